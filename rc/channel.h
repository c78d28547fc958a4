/*
 * The messages of a remote-control session, read and written.
 *
 * THIS FORMAT IS NBTLAB'S OWN INVENTION. No article documents the bytes that the real product
 * exchanged; only what a session does is known (KB Q256884, Q168600, Q196225, Q199262): rights are
 * verified first, then a function is opened, which carries the screen, the keyboard and a ping
 * test; or files, or a chat; execute and reboot need no opening, they go where the rights went
 * (Q167128). What is seen here on the wire says nothing about the product's.
 *
 * A message is an octet of version, an octet of type, and a body; integers are big-endian. Over
 * NetBIOS one message is one session message. Over TCP two octets of length, which count what
 * follows them, go before each message. Texts are an octet of length and that many octets.
 */
#ifndef RC_CHANNEL_H
#define RC_CHANNEL_H

#include "nbt/name.h"

enum {
    RC_CHANNEL_VERSION = 1,
    RC_MSG_MAX = 8192,             /* octets of one message, without a length before it */
    RC_FRAME_MAX = 2 + RC_MSG_MAX, /* the same with it */
    RC_USER_MAX = 64,              /* octets of a user's name */
    RC_KEYS_MAX = 1024,            /* octets typed, in one message */
    RC_PING_MAX = 1024,            /* octets of padding in a ping */
    RC_TEXT_MAX = 1024,            /* octets of a chat's line, of a command */
    RC_FILE_NAME_MAX = 128,        /* octets of a file's name */
    RC_PIECE_MAX = 8000,           /* octets of a file, in one message */
    RC_DIGEST_LEN = 32,            /* SHA-256 */
};

/*
 * Whether an agent may listen there: 1761 to 1764 and, from SMS 2.0 SP2 on, 2701 to 2704: rights,
 * remote control, chat and file transfer (KB Q167128, Q256884).
 */
static inline bool rc_is_port(uint16_t port)
{
    return (port >= 1761 && port <= 1764) || (port >= 2701 && port <= 2704);
}

/* What a message is about. The comment says who sends it. */
typedef enum rc_msg_type {
    RC_MSG_RIGHTS = 1,  /* viewer: may I? The first message of a session */
    RC_MSG_WAIT = 2,    /* agent: the user is being asked */
    RC_MSG_VERDICT = 3, /* agent: you may, or not */
    RC_MSG_OPEN = 4, /* viewer: open the function; on the function's connection, if there is one */
    RC_MSG_OPENED = 5,    /* agent: it is open, or not */
    RC_MSG_SCREEN = 6,    /* agent: what has changed on the screen */
    RC_MSG_KEYS = 7,      /* viewer: what was typed */
    RC_MSG_PING = 8,      /* viewer: send this back, behind all screen changes so far */
    RC_MSG_PONG = 9,      /* agent: here it is */
    RC_MSG_BYE = 10,      /* both: the session ends */
    RC_MSG_FUNCTION = 11, /* viewer, before RIGHTS: what for; without it: remote control */
    RC_MSG_FETCH = 12,    /* viewer: send me this file */
    RC_MSG_STORE = 13,    /* viewer: take this file */
    RC_MSG_HAVE = 14,     /* who receives a file: so much of it is there from before */
    RC_MSG_BEGIN = 15,    /* who sends it: its size, and where I begin */
    RC_MSG_PIECE = 16,    /* who sends it: octets of it */
    RC_MSG_WHOLE = 17,    /* who sends it: that was all; its size and digest */
    RC_MSG_RESULT = 18,   /* both: what became of a file; agent: of EXECUTE and REBOOT */
    RC_MSG_CHAT = 19,     /* both: a line of the chat */
    RC_MSG_EXECUTE = 20,  /* viewer: run this command */
    RC_MSG_REBOOT = 21,   /* viewer: restart the computer */
} rc_msg_type;

enum { RC_MSG_TYPE_LAST = RC_MSG_REBOOT };

/* Their words. */
#define RC_MSG_TYPES(X)                                                                            \
    X(RIGHTS, "rights")                                                                            \
    X(WAIT, "wait")                                                                                \
    X(VERDICT, "verdict")                                                                          \
    X(OPEN, "open")                                                                                \
    X(OPENED, "opened")                                                                            \
    X(SCREEN, "screen")                                                                            \
    X(KEYS, "keys")                                                                                \
    X(PING, "ping")                                                                                \
    X(PONG, "pong")                                                                                \
    X(BYE, "bye")                                                                                  \
    X(FUNCTION, "function")                                                                        \
    X(FETCH, "fetch")                                                                              \
    X(STORE, "store")                                                                              \
    X(HAVE, "have")                                                                                \
    X(BEGIN, "begin")                                                                              \
    X(PIECE, "piece")                                                                              \
    X(WHOLE, "whole")                                                                              \
    X(RESULT, "result")                                                                            \
    X(CHAT, "chat")                                                                                \
    X(EXECUTE, "execute")                                                                          \
    X(REBOOT, "reboot")

/* What an agent decides about a viewer: symbol, value, word, meaning. */
#define RC_VERDICTS(X)                                                                             \
    X(GRANTED, 0, "granted", "go ahead")                                                           \
    X(BUSY, 1, "busy", "another viewer controls this client")                                      \
    X(NO_RIGHTS, 2, "no-rights", "this user is no permitted viewer")                               \
    X(NO_CONTEXT, 3, "no-context", "nobody is a permitted viewer")                                 \
    X(REFUSED, 4, "refused", "the client's user said no")                                          \
    X(SILENT, 5, "silent", "the client's user said nothing in time")                               \
    X(NO_TICKET, 6, "no-ticket", "the function was opened without verified rights")                \
    X(NO_FUNCTION, 7, "no-function", "the client does not let anybody do that")

typedef enum rc_verdict {
#define X(sym, value, word, meaning) RC_VERDICT_##sym = (value),
    RC_VERDICTS(X)
#undef X
} rc_verdict;

/* The word for a verdict. Static text. */
const char *rc_verdict_str(rc_verdict verdict);

/*
 * What a session is for (KB Q196225, Q154411): symbol, value, word. Sets are 1 << these.
 */
#define RC_FUNCTIONS(X)                                                                            \
    X(CONTROL, 0, "control")                                                                       \
    X(CHAT, 1, "chat")                                                                             \
    X(TRANSFER, 2, "transfer")                                                                     \
    X(EXECUTE, 3, "execute")                                                                       \
    X(REBOOT, 4, "reboot")

typedef enum rc_function {
#define X(sym, value, word) RC_FUNCTION_##sym = (value),
    RC_FUNCTIONS(X)
#undef X
} rc_function;

enum { RC_FUNCTION_LAST = RC_FUNCTION_REBOOT, RC_FUNCTIONS_ALL = (2 << RC_FUNCTION_LAST) - 1 };

/* The word for a function; whether a text is one. Static text. */
const char *rc_function_str(rc_function function);
bool rc_function_parse(rc_function *function, const char *text, size_t len);

/* What became of a file, a command, a restart: symbol, value, word, meaning. */
#define RC_RESULTS(X)                                                                              \
    X(DONE, 0, "done", "done")                                                                     \
    X(NO_FILE, 1, "no-file", "there is no such file")                                              \
    X(BAD_NAME, 2, "bad-name", "that is no name for a file here")                                  \
    X(REFUSED, 3, "refused", "the system does not allow it")                                       \
    X(NO_ROOM, 4, "no-room", "there is no room for it")                                            \
    X(ALTERED, 5, "altered", "what arrived is not what was sent")                                  \
    X(CHANGED, 6, "changed", "the file changed while it was sent")                                 \
    X(FAILED, 7, "failed", "the system could not do it")                                           \
    X(STOPPED, 8, "stopped", "it was given up")

typedef enum rc_result {
#define X(sym, value, word, meaning) RC_RESULT_##sym = (value),
    RC_RESULTS(X)
#undef X
} rc_result;

/* The word and the meaning. Static text. */
const char *rc_result_str(rc_result result);
const char *rc_result_meaning(rc_result result);

/* Why a session ends. */
typedef enum rc_bye {
    RC_BYE_CLOSED = 0,   /* its user closed it */
    RC_BYE_STOPPED = 1,  /* the program stops */
    RC_BYE_NONSENSE = 2, /* the peer sent something that is no message, or not now */
} rc_bye;

/* How an update of the screen is packed; sets are 1 << these. */
typedef enum rc_packing { RC_PACKING_NONE = 0, RC_PACKING_RLE = 1, RC_PACKING_ZLIB = 2 } rc_packing;

enum { RC_PACKINGS_ALL = 1 << RC_PACKING_NONE | 1 << RC_PACKING_RLE | 1 << RC_PACKING_ZLIB };

/*
 * One message. Which members are there depends on its type:
 *
 *     RIGHTS    machine (16 octets, a name with its suffix), packings (1), user (text)
 *     WAIT      seconds (2)
 *     VERDICT   verdict (1), ticket (4)
 *     OPEN      ticket (4)
 *     OPENED    verdict (1), columns (1), rows (1)
 *     SCREEN    packing (1), unpacked (2: length when unpacked), data (the rest)
 *     KEYS      data (the rest: 1 to RC_KEYS_MAX octets)
 *     PING      serial (4), data (the rest: up to RC_PING_MAX octets)
 *     PONG      the same
 *     BYE       bye (1)
 *     FUNCTION  function (1)
 *     FETCH     data (the rest: 1 to RC_FILE_NAME_MAX octets, the file's name)
 *     STORE     the same
 *     HAVE      offset (4: octets that are there), digest (32: of these)
 *     BEGIN     size (4), offset (4: HAVE's, or 0 where what is there is of another file)
 *     PIECE     offset (4), data (the rest: 1 to RC_PIECE_MAX octets)
 *     WHOLE     size (4), digest (32: of the file)
 *     RESULT    result (1)
 *     CHAT      data (the rest: 1 to RC_TEXT_MAX octets)
 *     EXECUTE   the same
 *     REBOOT    nothing
 */
typedef struct rc_msg {
    rc_msg_type type;
    uint8_t machine[NBT_NAME_LEN];
    uint8_t packings;
    uint16_t seconds;
    rc_verdict verdict;
    uint32_t ticket;
    uint8_t columns, rows;
    rc_packing packing;
    uint16_t unpacked;
    uint32_t serial;
    rc_bye bye;
    rc_function function;
    rc_result result;
    uint32_t size, offset;
    uint8_t digest[RC_DIGEST_LEN];
    nbt_bytes user; /* borrowed */
    nbt_bytes data; /* borrowed */
} rc_msg;

/* The word for a type, for traces: "rights". Static text. */
const char *rc_msg_type_str(rc_msg_type type);

/*
 * Reads one whole message: bytes behind it are an error. Errors: SHORT; EXTRA; VALUE (version,
 * type, verdict, packing, packings, bye, function, result); LONG (user, data); `m` is untouched on
 * failure.
 */
void rc_msg_rd(nbt_rd *r, rc_msg *m);

/* Whether these are the first octets, at least two, of a message: its version and a type. */
bool rc_msg_begins(nbt_bytes bytes);

/* Writes one message without a length before it. Errors: FULL; RANGE; LONG (user, data). */
void rc_msg_wr(nbt_wr *w, const rc_msg *m);

/* The same behind its two octets of length, as TCP carries it. */
void rc_frame_wr(nbt_wr *w, const rc_msg *m);

/* Cuts a stream into messages. It holds the beginning of one that is not yet there as a whole. */
typedef struct rc_framer {
    size_t n;
    uint8_t b[RC_FRAME_MAX];
} rc_framer;

void rc_framer_init(rc_framer *f);

typedef enum rc_framed {
    RC_FRAMED_MSG,  /* `msg` is the next message; it holds until the next call */
    RC_FRAMED_MORE, /* all is taken, and that is no whole message yet */
    RC_FRAMED_BAD,  /* a length that no message has: the stream is of no more use */
} rc_framed;

/* Takes bytes off the front of `in` until there is a message. */
rc_framed rc_framer_next(rc_framer *f, nbt_bytes *in, nbt_bytes *msg);

#endif
