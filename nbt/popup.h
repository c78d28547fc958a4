/*
 * Messages that pop up, as WinPopup and the messenger service had them: a program of a computer
 * that takes those for <computer><03>, over sessions (MS-MSRP) and from \MAILSLOT\MESSNGR; and one
 * that sends a message in one of these ways. Texts are bytes: what is shown is whoever runs it to
 * decide.
 */
#ifndef NBT_POPUP_H
#define NBT_POPUP_H

#include "nbt/act.h"
#include "nbt/messenger.h"

typedef enum nbt_popup_way {
    NBT_POPUP_SESSION,
    NBT_POPUP_MAILSLOT, /* also to a workgroup: nobody tells whether it was read */
} nbt_popup_way;

typedef struct nbt_popup_cfg {
    uint8_t lana;
    const char *machine; /* this computer's name; NULL: the driver is asked. Copied */
    const char *to;      /* whom to send to, 1 to 15 characters; NULL: messages are taken. Copied */
    nbt_bytes text;      /* 1 to NBT_MESSENGER_TEXT_MAX octets; borrowed, as long as it */
    nbt_popup_way way;   /* of sending; a mailslot takes texts of up to NBT_POPUP_SLOT_MAX */
} nbt_popup_cfg;

enum { NBT_POPUP_SLOT_MAX = 380 };

/* Its effects, act->app. */
typedef enum nbt_popup_app {
    NBT_POPUP_READY,   /* messages are taken; data: this computer's name */
    NBT_POPUP_MESSAGE, /* value: nbt_popup_way; data: from, to and text, with a NUL between them */
    NBT_POPUP_SENT,    /* data: the name */
    NBT_POPUP_ERROR,   /* data: what cannot be; ncb: what the driver said, if it was asked */
    NBT_POPUP_EXIT,    /* value: 0, or 1 behind an ERROR; the last of all */
} nbt_popup_app;

/* "ready", "message", ... Static text. */
const char *nbt_popup_app_str(nbt_popup_app app);

typedef struct nbt_popup nbt_popup;

/* NULL without memory. */
nbt_popup *nbt_popup_new(nbt_mem mem, const nbt_popup_cfg *cfg);
void nbt_popup_free(nbt_popup *p);

void nbt_popup_start(nbt_popup *p, nbt_time now, nbt_out *out);
/* A control block has ended. */
void nbt_popup_ncb(nbt_popup *p, nbt_time now, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                   nbt_out *out);
/* There is no driver any more. */
void nbt_popup_gone(nbt_popup *p, nbt_time now, nbt_out *out);
/* Ends it: the driver cleans up behind a program. */
void nbt_popup_close(nbt_popup *p, nbt_time now, nbt_out *out);
void nbt_popup_tick(nbt_popup *p, nbt_time now, nbt_out *out);
nbt_time nbt_popup_due(const nbt_popup *p);

#endif
