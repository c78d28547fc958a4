/*
 * The agent's inside, for the files that it is made of. Whoever has connected is a guest; at most
 * one of them is the holder, who has the rights and, soon, the session. Over TCP the holder's
 * session is carried by a second guest, which showed the ticket that the holder was given.
 */
#ifndef RC_AGENT_IMPL_H
#define RC_AGENT_IMPL_H

#include "rc/agent.h"
#include "rc/link.h"
#include "rc/screen.h"
#include "rc/transfer.h"

/* No article has any of these times. */
#define REQUEST_TIMEOUT NBT_S(10) /* for a message that must come next */
#define CLOSE_TIMEOUT NBT_S(10)
#define LISTEN_PAUSE NBT_S(1) /* before a LISTEN that failed for a passing reason */

enum {
    GUESTS_MAX = 8,
    LISTENS_EACH = 2, /* on each LANA, so that the one who is told "busy" finds one, too */
    LISTENS_MAX = LISTENS_EACH * RC_LANAS_MAX,
    GRANTS_MAX = 4,
    CHAT_WAITING = 4096, /* octets typed here that may wait to be sent */
};

typedef enum rc_guest_state {
    GUEST_FREE,
    GUEST_REQUEST, /* waits for RIGHTS, or on the function port for OPEN */
    GUEST_ASKING,  /* the holder: our user is being asked */
    GUEST_GRANTED, /* the holder: waits for OPEN */
    GUEST_HOLDING, /* the holder: the session is up */
    GUEST_CARRIER, /* carries the holder's session over TCP */
    GUEST_LEAVING, /* being closed */
} rc_guest_state;

typedef struct rc_guest {
    rc_guest_state state;
    nbt_time due;
    bool reboots;  /* the computer restarts when he has gone */
    bool function; /* it came to a function's port: that of `wants` */
    rc_function wants;
    rc_link link;
    uint8_t machine[NBT_NAME_LEN];
    char user[RC_USER_MAX + 1];
    uint8_t packings;
    uint32_t ticket;
} rc_guest;

typedef struct rc_listener {
    size_t lana;  /* in claim.lanas */
    uint32_t tag; /* of the LISTEN, 0 if none is pending */
    nbt_time due; /* of the next one */
    bool over;    /* the name is no good any more */
} rc_listener;

typedef struct rc_grant {
    uint8_t machine[NBT_NAME_LEN];
    nbt_time until;
} rc_grant;

typedef enum rc_agent_state {
    AGENT_IDLE,
    AGENT_CLAIM,
    AGENT_LISTENING,
    AGENT_DOWN, /* acts out that its computer restarts */
    AGENT_CLOSE,
    AGENT_OVER
} rc_agent_state;

struct rc_agent {
    nbt_mem mem;
    rc_agent_cfg cfg;
    char client[NBT_NAME_LEN];
    uint8_t lanas[RC_LANAS_MAX];
    unsigned protocols;

    rc_agent_state state;
    nbt_time due;
    nbt_prog_tags tags;
    nbt_rng rng;
    rc_claim claim;
    bool no_driver;
    rc_end end;

    rc_listener listens[LISTENS_MAX];
    size_t nlistens;
    bool ports; /* they are listened on, once and for all */
    rc_guest guests[GUESTS_MAX];
    rc_guest *holder; /* NULL: nobody */
    /* Whose link the session uses; the holder's own over NetBIOS; NULL: it is not up. */
    rc_guest *carrier;
    rc_grant grants[GRANTS_MAX];
    rc_grant told_busy; /* the console that was told so last */
    nbt_time heard;     /* when the viewer said something last */
    bool context_lost;  /* what it says is discarded, */
    bool out_of_step;   /* and so with this */
    size_t next_grant;

    rc_page page;
    rc_screen sent;     /* the screen as the viewer has it */
    nbt_time clock_due; /* when the clock on it moves */
    rc_packer *packer;
    rc_transfer transfer;
    uint8_t chat[CHAT_WAITING];
    size_t nchat;
};

/* ---- agent.c ---- */

/* A guest's end, whoever he is. */
void rc_agent_end_guest(rc_agent *a, nbt_time now, rc_guest *g, rc_closed by, nbt_out *out);
void rc_agent_send_bye(rc_agent *a, rc_guest *g, rc_bye bye, nbt_out *out);

/* A guest's link has ended. */
void rc_agent_free_guest(rc_agent *a, rc_guest *g, nbt_out *out);

/* ---- agent_rights.c ---- */

void rc_agent_rights(rc_agent *a, nbt_time now, rc_guest *g, const rc_msg *m, nbt_out *out);

/* Our user has answered. */
void rc_agent_permit(rc_agent *a, nbt_time now, bool yes, nbt_out *out);
void rc_agent_give_verdict(rc_agent *a, nbt_time now, rc_guest *g, rc_verdict verdict,
                           nbt_out *out);

/* An entry about a guest; that he begins what he wants. */
void rc_agent_log(const rc_guest *g, rc_log code, nbt_out *out);
void rc_agent_log_function(const rc_guest *g, nbt_out *out);

/* ---- agent_functions.c ---- */

/* Whether such a message, of a function that is no remote control, may come from this guest. */
bool rc_agent_function_awaits(const rc_agent *a, const rc_guest *g, rc_msg_type type);

/* It has come. False: it says what cannot be. */
bool rc_agent_function_msg(rc_agent *a, nbt_time now, rc_guest *g, const rc_msg *m, nbt_out *out);

/* The tool's answer about a file. */
void rc_agent_file(rc_agent *a, nbt_time now, const rc_cmd *cmd, nbt_out *out);

/* What our user has typed for the chat. */
void rc_agent_chat(rc_agent *a, nbt_bytes typed);

/* What there is to be sent goes out, as long as the carrier's link takes it. */
void rc_agent_function_pump(rc_agent *a, nbt_time now, nbt_out *out);

/* ---- agent_session.c ---- */

/* Something happened to a guest's link. */
void rc_agent_linked(rc_agent *a, nbt_time now, rc_guest *g, rc_link_ev ev, nbt_out *out);

/* What is new goes out as fast as the links take it. */
void rc_agent_flaw(rc_agent *a, nbt_time now, rc_guest *g, nbt_out *out);
void rc_agent_pump(rc_agent *a, nbt_time now, nbt_out *out);

#endif
