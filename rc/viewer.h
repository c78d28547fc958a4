/*
 * The viewer: the console's side of one remote-control session, from the wish to the end.
 *
 * In order: a place among the console's sessions; the NetBIOS name, if its protocols have NetBIOS
 * in them, whatever transport the session will use (that is the fault of KB Q200832: a refused name
 * ends an attempt for which TCP would have done); then the profile's transports, one after the
 * other; rights; the function; the session. A session is for remote control, a chat, one file; or
 * for one command or a restart, which need no function.
 *
 * It speaks control blocks, TCP connections and datagrams only. It never draws the screen and never
 * knows what a console is beyond its name.
 */
#ifndef RC_VIEWER_H
#define RC_VIEWER_H

#include "nbt/digest.h"
#include "rc/claim.h"
#include "rc/profile.h"
#include "rc/screen.h"

/* How long the name is kept: two readings of an article that does not say it. */
typedef enum rc_keep {
    RC_KEEP_ATTEMPT, /* given back as soon as the session turns out not to be a NetBIOS one */
    RC_KEEP_HELD,    /* kept as long as the viewer lives */
} rc_keep;

enum { RC_MORE_MAX = 7 };

typedef struct rc_viewer_cfg {
    const rc_profile *profile; /* borrowed, as long as the viewer */
    unsigned protocols;        /* set of transports, at least one that the profile speaks */
    rc_keep keep;
    rc_policy policy;
    const char *console;  /* this machine's name; NULL: the driver is asked */
    const char *client;   /* the machine to be controlled: 1 to 15 bytes */
    const char *user;     /* who controls it: up to RC_USER_MAX bytes */
    rc_function function; /* what for */
    const char *file;     /* TRANSFER: its name there, as rc_file_name_ok has it */
    bool store;           /* TRANSFER: it goes there, else it is fetched */
    const char *command;  /* EXECUTE: 1 to RC_TEXT_MAX bytes */
    nbt_time reconnect;   /* REBOOT: how long to try for a session behind it; 0: not at all */
    uint32_t address;     /* of the client; 0: the driver is asked for <client><00> (FIND NAME) */
    const uint32_t *more; /* further addresses, tried in turn; 0 as above (KB Q226297). Copied */
    size_t nmore;         /* up to RC_MORE_MAX */
    nbt_ep here;          /* UDP: where it sends from; 0: whoever carries it out knows */
    const uint8_t *lanas; /* up to RC_LANAS_MAX */
    size_t nlanas;        /* 0: all that the driver has, up to RC_LANAS_MAX */
} rc_viewer_cfg;

typedef struct rc_viewer rc_viewer;

/* `cfg` is copied, with its texts. NULL without memory. */
rc_viewer *rc_viewer_new(nbt_mem mem, const rc_viewer_cfg *cfg);
void rc_viewer_free(rc_viewer *v);

/*
 * The entrances; effects are those of rc/app.h, control blocks and TCP actions. `ncb` is the answer
 * to a control block that came out with this tag, `data` what its buffer holds. `gone`: there is no
 * driver (any more); no answer comes to what is pending. After RC_APP_EXIT nothing comes out.
 */
void rc_viewer_start(rc_viewer *v, nbt_time now, nbt_out *out);
void rc_viewer_ncb(rc_viewer *v, nbt_time now, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                   nbt_out *out);
void rc_viewer_gone(rc_viewer *v, nbt_time now, nbt_out *out);
void rc_viewer_tcp(rc_viewer *v, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out);
void rc_viewer_rx(rc_viewer *v, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data, nbt_out *out);
void rc_viewer_do(rc_viewer *v, nbt_time now, const rc_cmd *cmd, nbt_out *out);
void rc_viewer_tick(rc_viewer *v, nbt_time now, nbt_out *out);
nbt_time rc_viewer_due(const rc_viewer *v);

/* Whether it has its session, and all that it was told to do there is done. */
bool rc_viewer_rests(const rc_viewer *v);

/* What its future depends on, as in nbt/digests.h. */
void rc_viewer_digest(const rc_viewer *v, nbt_digest *d);

/* The client's screen as it is known here. */
const rc_screen *rc_viewer_screen(const rc_viewer *v);

#endif
