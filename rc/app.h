/*
 * What a viewer or an agent wants from whoever runs it, beyond control blocks and TCP: the meaning
 * of its NBT_ACT_APP actions; and what it can be told, its commands.
 */
#ifndef RC_APP_H
#define RC_APP_H

#include "nbt/act.h"
#include "rc/says.h"

/*
 * act->app, and which other fields of the action are used. `ncb` is the completed control block
 * that the action is about, with its return code; its command is 0 where there was none.
 */
typedef enum rc_app {
    /* Questions, to be answered by a command. */
    RC_APP_SLOT_WANTED, /* viewer: one of the console's places, of which there are `value` */
    RC_APP_SLOT_BACK,   /* viewer: the place is free again; no answer */
    RC_APP_ASK,         /* agent: may this viewer? data: the question; value: seconds to answer */
    RC_APP_ASK_OVER,    /* agent: the question is void; no answer */

    /* The NetBIOS name. ncb: ADD NAME, ADD GROUP NAME or DELETE NAME. */
    RC_APP_CLAIMED,       /* value: 1 it was added, 0 it was there and is shared */
    RC_APP_CLAIM_REFUSED, /* value: 1 that ends the program, 0 it goes on; data: the product's text
                           */
    RC_APP_NAME_RETURNED, /* ncb.retcode says how */

    /* The way to a session. value: rc_transport; to: the TCP peer; ncb: CALL or LISTEN. */
    RC_APP_LISTENING,     /* agent: ready; value: set of transports; ncb.name: its name */
    RC_APP_LISTEN_FAILED, /* agent: one LISTEN came back without a session */
    RC_APP_TRYING,        /* viewer: an attempt begins; ncb: the CALL that is made, or FIND NAME */
    RC_APP_MISSED,        /* viewer: that attempt failed; data: why, for TCP */
    RC_APP_WAITING,       /* viewer: the client's user is being asked; value: seconds */
    RC_APP_CHECKED,       /* agent: value: rc_verdict; ncb.callname: the console; data: the user */
    RC_APP_CONNECTED,     /* the session is up; tag: rc_function; agent: ncb.callname: the console;
                             data: the user */

    /* The session. */
    RC_APP_SCREEN, /* viewer: value: set of changed rows, 1 << row; the screen is the viewer's */
    RC_APP_KEYS,   /* viewer: value: 0 no more keys for now, 1 go on typing */
    RC_APP_PING,   /* viewer: tag: serial; value: microseconds there and back, -1 none in time */
    RC_APP_CLOSED, /* value: rc_closed */

    /*
     * A file. One of these questions is open at a time; RC_CMD_FILE answers OPEN, READ and PLACE,
     * and a WRITE or CUT that failed.
     */
    RC_APP_FILE_OPEN,  /* data: its name; value: 0 to be read: answer its size; 1 to be written:
                          answer how much of it is kept from before */
    RC_APP_FILE_READ,  /* value: from this octet; tag: how many; answer them, fewer at the end */
    RC_APP_FILE_WRITE, /* value: from this octet; data */
    RC_APP_FILE_CUT,   /* value: no more than so many octets shall be left */
    RC_APP_FILE_PLACE, /* it is whole: under its name with it; value: its size */
    RC_APP_FILE_OVER,  /* not PLACEd, or read: value: 1 keep what there is, 0 nothing shall stay */
    RC_APP_FILE_PROGRESS, /* value: octets so far; tag: of so many */
    RC_APP_FILE_RESULT,   /* data: its name; value: rc_result; tag: octets */

    RC_APP_CHAT,    /* data: a line that the other side has typed */
    RC_APP_EXECUTE, /* agent: data: a command that shall be run; it is recorded, never run */
    RC_APP_REBOOT,  /* agent: its computer restarts, which is acted out; value: for so many seconds
                     */
    RC_APP_CONTEXT_LOST, /* agent: the security context of the session is lost: what its viewer
                            sends is discarded from now on; data: the user */
    RC_APP_OUT_OF_STEP,  /* agent: the stream from the viewer is out of step: what its viewer sends
                            is discarded from now on; data: the user */
    RC_APP_LOG,          /* agent: an entry of the security log; value: rc_log; data: the
                            user; ncb.callname: the console */

    RC_APP_SAY,   /* value: rc_say; data: the text, filled in */
    RC_APP_ERROR, /* value: rc_end; data: the reason in our own words */
    RC_APP_EXIT,  /* value: rc_end; the last action of all */
} rc_app;

/* The word for an effect, as programs read it: "claim-refused". Static text. */
const char *rc_app_str(rc_app app);

/* The codes of an agent's security log (KB Q161364): symbol, code, meaning. */
#define RC_LOGS(X)                                                                                 \
    X(REBOOT, 1, "restart")                                                                        \
    X(CHAT, 2, "chat")                                                                             \
    X(TRANSFER, 3, "file transfer")                                                                \
    X(EXECUTE, 4, "remote execute")                                                                \
    X(CONTROL, 5, "remote control begins")                                                         \
    X(CONTROL_END, 6, "remote control ends")                                                       \
    X(USER_GRANTED, 7, "the user gave permission")                                                 \
    X(USER_REFUSED, 8, "the user gave no permission")                                              \
    X(PERMITTED, 9, "a permitted viewer")                                                          \
    X(NOT_PERMITTED, 10, "not a permitted viewer")

typedef enum rc_log {
#define X(sym, code, meaning) RC_LOG_##sym = (code),
    RC_LOGS(X)
#undef X
} rc_log;

/* What a code means. Static text. */
const char *rc_log_meaning(rc_log code);

/* Who ended a session. */
typedef enum rc_closed { RC_CLOSED_BY_VIEWER, RC_CLOSED_BY_CLIENT, RC_CLOSED_BY_LOSS } rc_closed;

/* "viewer", "client", "loss". */
const char *rc_closed_str(rc_closed closed);

/* Why a program ends: symbol, word, reason in our own words. */
#define RC_ENDS(X)                                                                                 \
    X(DONE, "done", "closed as asked")                                                             \
    X(NAME, "name-refused", "the NetBIOS name cannot be used")                                     \
    X(NETBIOS, "netbios-failed", "the NetBIOS driver did not do what was asked")                   \
    X(NOT_FOUND, "not-found", "no transport leads to the client")                                  \
    X(BUSY, "client-busy", "another viewer controls the client")                                   \
    X(RIGHTS, "no-rights", "this user may not control the client")                                 \
    X(PERMISSION, "permission-denied", "the user of the client did not give permission")           \
    X(LIMIT, "session-limit", "the console has as many sessions as it can have")                   \
    X(LOST, "session-lost", "the session ended without being closed here")                         \
    X(NONSENSE, "bad-message", "the peer sent something that is not remote control")               \
    X(TRANSFER, "not-transferred", "the file was not transferred")

typedef enum rc_end {
#define X(sym, word, reason) RC_END_##sym,
    RC_ENDS(X)
#undef X
} rc_end;

/* The word and the reason. Static text. */
const char *rc_end_str(rc_end end);
const char *rc_end_reason(rc_end end);

/* What can be told to a viewer (V) or an agent (A). */
typedef enum rc_cmd_kind {
    RC_CMD_SLOT,   /* V: answer to SLOT_WANTED; value: 0 there is none, 1 here it is */
    RC_CMD_KEYS,   /* V: data: what was typed */
    RC_CMD_PING,   /* V: value: how many round trips */
    RC_CMD_FINISH, /* V: close when all keys and round trips so far have been answered */
    RC_CMD_PERMIT, /* A: answer to ASK; value: 0 no, 1 yes */
    RC_CMD_CLOSE,  /* V, A: end now */
    RC_CMD_CHAT,   /* A: data: what its user has typed for the chat */
    RC_CMD_FILE,   /* V, A: answer about a file; value: a number, or a negated rc_result; data */
} rc_cmd_kind;

typedef struct rc_cmd {
    rc_cmd_kind kind;
    int64_t value;
    nbt_bytes data;
} rc_cmd;

/* For viewer.c, agent.c and what they are made of: append an effect, with text if it has one. */
nbt_act *rc_emit(nbt_out *out, rc_app app, int64_t value, const char *text);
void rc_emit_say(nbt_out *out, rc_say say, const char *who);
nbt_act *rc_emit_error(nbt_out *out, rc_end end, const char *reason, const nbt_ncb *ncb);

#endif
