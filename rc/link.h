/*
 * One way for messages between a viewer and an agent: a NetBIOS session, where each message is a
 * session message, or a TCP connection or a stream over UDP, where each has its length before it.
 * It knows how messages travel and never what they say.
 *
 * What arrives is pulled with rc_link_next after each call that answers RC_LINK_INPUT; it lasts
 * until the next call.
 */
#ifndef RC_LINK_H
#define RC_LINK_H

#include "nbt/prog.h"
#include "rc/channel.h"
#include "rc/profile.h"
#include "rc/udp.h"

typedef enum rc_link_state {
    RC_LINK_CLOSED, /* there is none (any more) */
    RC_LINK_OPENING,
    RC_LINK_OPEN,
    RC_LINK_CLOSING, /* closed here, not yet there */
} rc_link_state;

/* What a call has changed. */
typedef enum rc_link_ev {
    RC_LINK_NOT_MINE, /* it was about something else */
    RC_LINK_SAME,     /* nothing to do */
    RC_LINK_UP,       /* OPENING has led to OPEN */
    RC_LINK_FAILED,   /* OPENING has led to CLOSED */
    RC_LINK_INPUT,    /* there may be messages */
    RC_LINK_LOST,     /* OPEN has become CLOSED, from the other side or by a break */
    RC_LINK_ENDED,    /* CLOSING has become CLOSED */
} rc_link_ev;

enum {
    RC_LINK_SENDS_MAX = 6, /* SENDs pending at a time */
    RC_LINK_SENDS_READY = 2,
    RC_LINK_UNSENT_READY = 16384, /* octets, over TCP and UDP */
};

/* All zero: closed. */
typedef struct rc_link {
    rc_link_state state;
    rc_transport transport;
    uint8_t lana; /* NETBIOS */
    uint16_t lsn;
    uint32_t receive, hangup;          /* tags of pending commands, 0 if there is none */
    uint32_t sends[RC_LINK_SENDS_MAX]; /* the same */
    uint32_t conn;                     /* TCP, UDP */
    nbt_ep peer;
    size_t unsent;
    bool held;
    nbt_ncb lost_by; /* LOST: the command that told it; its command is 0 for others */
    bool input;      /* a NetBIOS message has not been pulled yet */
    nbt_bytes in;    /* borrowed: that message, or what is left of a piece of a stream */
    rc_framer framer;
    rc_udp udp; /* UDP */
} rc_link;

/* A session that a CALL or a LISTEN gave. Begins to receive. */
void rc_link_netbios(rc_link *l, nbt_prog_tags *tags, const nbt_ncb *ncb, nbt_out *out);

/* A connection that somebody opened to here; a stream, by an OPEN. */
void rc_link_accepted(rc_link *l, const nbt_tcp_ev *ev);
void rc_link_admitted(rc_link *l, const rc_udp_seg *open, nbt_ep here, nbt_ep from, nbt_out *out);

/* Opens a connection, or a stream from here (rc_udp_open): UP or FAILED follows. */
void rc_link_connect(rc_link *l, uint32_t conn, nbt_ep to, nbt_out *out);
void rc_link_stream(rc_link *l, uint32_t conn, nbt_ep here, nbt_ep to);

/* Whether more messages can be sent without piling up. What need not be sent now waits for it. */
bool rc_link_ready(const rc_link *l);

/* Sends a message; does nothing when the link is not open. */
void rc_link_send(rc_link *l, nbt_prog_tags *tags, const rc_msg *m, nbt_out *out);

/* A control block has come back; something happened to a connection; a segment has come. */
rc_link_ev rc_link_ncb(rc_link *l, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data);
rc_link_ev rc_link_tcp(rc_link *l, const nbt_tcp_ev *ev, nbt_out *out);
rc_link_ev rc_link_rx(rc_link *l, nbt_time now, nbt_ep from, const rc_udp_seg *seg, nbt_out *out);

/* Time has passed: what goes over UDP is sent here, and given up here. NOT_MINE: all others. */
rc_link_ev rc_link_tick(rc_link *l, nbt_time now, nbt_out *out);
nbt_time rc_link_due(const rc_link *l);

typedef enum rc_link_pull { RC_LINK_MSG, RC_LINK_NONE, RC_LINK_BAD } rc_link_pull;

/* The next message that has arrived. BAD: `r` says what is wrong with it, and where. */
rc_link_pull rc_link_next(rc_link *l, rc_msg *m, nbt_rd *r);

/*
 * To be called when all that arrived was dealt with: asks for more, if it is wanted. Whoever
 * answers messages wants more only while the link is ready, so that a peer that takes no answers is
 * not listened to either; whoever asks always does, or both might wait for each other.
 */
void rc_link_more(rc_link *l, nbt_prog_tags *tags, bool wanted, nbt_out *out);

/* Closes in order: what was sent still goes out. ENDED follows, unless it is closed already. */
void rc_link_close(rc_link *l, nbt_prog_tags *tags, nbt_out *out);

/* Forgets the link; a connection is reset. Nothing follows. */
void rc_link_abort(rc_link *l, nbt_out *out);

/* Puts down what is wrong with a message, and where: "unknown value in TYPE at octet 1". */
void rc_link_describe(const nbt_rd *r, rc_line *line);

#endif
