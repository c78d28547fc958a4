/*
 * The viewer's inside, for the files that it is made of. Every change of state goes through
 * rc_viewer_enter; every failure through rc_viewer_fail, which is where the session's remains are
 * put away, whatever state they are in.
 */
#ifndef RC_VIEWER_IMPL_H
#define RC_VIEWER_IMPL_H

#include "rc/link.h"
#include "rc/pack.h"
#include "rc/transfer.h"
#include "rc/viewer.h"

/* No article has any of these times. */
#define CONNECT_TIMEOUT NBT_S(10) /* for a TCP connection */
#define ANSWER_TIMEOUT NBT_S(10)  /* for a message that must come next */
#define PING_TIMEOUT NBT_S(10)
#define CLOSE_TIMEOUT NBT_S(10)
#define DOWN_PAUSE NBT_S(5)     /* before a client that restarts is tried again */
#define AGAIN_PAUSE NBT_MS(250) /* before a shared name that went away is claimed anew */

enum {
    FENCES_MAX = 3,      /* round trips without an answer, until FINISH is given up */
    AGAIN_MAX = 16,      /* times: together longer than the claim of another viewer takes */
    KEYS_WAITING = 4096, /* octets typed that may wait to be sent */
    KEYS_MANY = 2048,    /* from here on no more are wanted */
};

typedef enum rc_viewer_state {
    VIEWER_IDLE,
    VIEWER_SLOT,    /* waits for a place among the console's sessions */
    VIEWER_CLAIM,   /* the machine's name and the claim of <41> */
    VIEWER_FIND,    /* FIND NAME for the client's address */
    VIEWER_CONNECT, /* TCP to the rights port */
    VIEWER_CALL,
    VIEWER_CALL_AGAIN, /* the shared name had gone: pauses, then claims it on one LANA */
    VIEWER_RIGHTS,     /* waits for the verdict */
    VIEWER_CONNECT_FUNCTION,
    VIEWER_OPEN, /* waits for the function */
    VIEWER_UP,
    VIEWER_ACT,  /* waits for what became of a command or a restart */
    VIEWER_DOWN, /* the client restarts: pauses, then looks for it */
    VIEWER_CLOSE,
    VIEWER_OVER,
} rc_viewer_state;

struct rc_viewer {
    nbt_mem mem;
    rc_viewer_cfg cfg;
    char console[NBT_NAME_LEN], client[NBT_NAME_LEN], user[RC_USER_MAX + 1];
    uint8_t lanas[RC_LANAS_MAX];
    unsigned protocols; /* what is left of cfg.protocols */
    bool no_driver;

    rc_viewer_state state;
    nbt_time due;
    nbt_prog_tags tags;
    rc_claim claim;
    bool has_slot;
    rc_end end;

    size_t step, lana;                       /* which attempt: in the profile, in claim.lanas */
    uint32_t addresses[1 + RC_MORE_MAX], ip; /* 0: by name; the one that is tried */
    size_t naddresses, address;              /* which one of them that is */
    uint32_t named;                          /* what the name stands for; 0: not known */
    bool unnamed;                            /* nobody knows */
    unsigned again;
    nbt_prog_ask find;
    uint32_t call;  /* tag of the CALL, 0 if none is pending */
    uint32_t conn;  /* the last connection number used */
    nbt_ncb missed; /* the last attempt over NetBIOS, its command 0 if there was none */

    rc_link rights, function; /* over NetBIOS `rights` is both */
    uint32_t ticket;
    rc_packer *packer;
    rc_screen screen;

    uint8_t keys[KEYS_WAITING];
    size_t nkeys;
    bool keys_held;
    uint32_t typed, seen; /* KEYS messages sent; how many of them a PONG has come behind */
    int64_t pings;        /* still to be made */
    uint32_t serial;      /* of the last one */
    bool pinging, fence;  /* one is under way; it is nobody's but FINISH's */
    uint32_t ping_typed;
    nbt_time ping_at;
    bool finish;
    unsigned fences; /* of its round trips, those that got no answer */

    char file[RC_FILE_NAME_MAX + 1], command[RC_TEXT_MAX + 1];
    rc_transfer transfer;
    nbt_time back_by; /* the client restarts, and is looked for until then; 0: it does not */
};

/* ---- viewer.c ---- */

void rc_viewer_enter(rc_viewer *v, rc_viewer_state s, nbt_time due, nbt_out *out);

/* The session first, then its name; then it is over. */
void rc_viewer_begin_close(rc_viewer *v, nbt_time now, rc_end end, rc_bye bye, nbt_out *out);
void rc_viewer_close_on(rc_viewer *v, nbt_time now, nbt_out *out);

/* If there is a session, it is told that it ends. */
void rc_viewer_closed(rc_viewer *v, rc_closed by, nbt_out *out);

/* Ends it with an error: the user is told `say`, programs `end` and `reason` (NULL: end's own). */
void rc_viewer_fail_why(rc_viewer *v, nbt_time now, rc_end end, rc_say say, const char *reason,
                        const nbt_ncb *ncb, nbt_out *out);
void rc_viewer_fail(rc_viewer *v, nbt_time now, rc_end end, rc_say say, nbt_out *out);

/* The link that carries the function, or will. */
rc_link *rc_viewer_function_link(rc_viewer *v);

/* ---- viewer_ways.c ---- */

/* The transport of the step that is tried, and its connection or stream. */
rc_transport rc_viewer_socket(const rc_viewer *v);
void rc_viewer_connect(rc_viewer *v, rc_link *l, nbt_ep to, nbt_out *out);

/* Begins with the name; it has ended, one way or the other. */
void rc_viewer_claim(rc_viewer *v, nbt_time now, nbt_out *out);
void rc_viewer_claimed(rc_viewer *v, nbt_time now, nbt_out *out);

/* FIND NAME, CALL have come back; a TCP connection is there. */
void rc_viewer_found(rc_viewer *v, nbt_time now, nbt_bytes data, nbt_out *out);
void rc_viewer_called(rc_viewer *v, nbt_time now, const nbt_ncb *ncb, nbt_out *out);
void rc_viewer_settled(rc_viewer *v, nbt_time now, nbt_out *out);

/* An attempt has failed; the next one. */
void rc_viewer_missed(rc_viewer *v, rc_transport transport, const nbt_ncb *ncb, const char *why,
                      nbt_out *out);
void rc_viewer_next_address(rc_viewer *v, nbt_time now, nbt_out *out);
void rc_viewer_next_step(rc_viewer *v, nbt_time now, nbt_out *out);
void rc_viewer_driver_gone(rc_viewer *v, nbt_time now, nbt_out *out);

/* ---- viewer_session.c ---- */

/* Something happened to a link; `why`, for one that could not be opened. */
void rc_viewer_linked(rc_viewer *v, nbt_time now, rc_link *l, rc_link_ev ev, const char *why,
                      nbt_out *out);
void rc_viewer_not_connected(rc_viewer *v, nbt_time now, const char *why, nbt_out *out);

void rc_viewer_take_keys(rc_viewer *v, nbt_bytes keys, nbt_out *out);

/* A round trip has ended; after so many microseconds, -1: not in time. */
void rc_viewer_ping_over(rc_viewer *v, int64_t microseconds, nbt_out *out);

/* ---- viewer_functions.c ---- */

/* The function is open; the rights are there for what needs no function. */
void rc_viewer_function_up(rc_viewer *v, nbt_time now, nbt_out *out);
void rc_viewer_act(rc_viewer *v, nbt_time now, nbt_out *out);

/* Whether such a message, of a function that is no remote control, may come now. */
bool rc_viewer_function_awaits(const rc_viewer *v, rc_msg_type type);

/* It has come. False: it says what cannot be. */
bool rc_viewer_function_msg(rc_viewer *v, nbt_time now, const rc_msg *m, nbt_out *out);

/* The tool's answer about a file; more of it can be sent; nothing moves any more. */
void rc_viewer_file(rc_viewer *v, nbt_time now, const rc_cmd *cmd, nbt_out *out);
void rc_viewer_file_pump(rc_viewer *v, nbt_time now, nbt_out *out);
void rc_viewer_file_overdue(rc_viewer *v, nbt_time now, nbt_out *out);

/* Whether the client restarts and may not be back yet; everything from the start for it. */
bool rc_viewer_is_waiting(const rc_viewer *v, nbt_time now);
void rc_viewer_wait(rc_viewer *v, nbt_time now, nbt_out *out);

/* ---- viewer_session.c, again ---- */

/* What the user wants goes out as fast as the link takes it. */
void rc_viewer_pump(rc_viewer *v, nbt_time now, nbt_out *out);

#endif
