/*
 * A stream of octets over UDP datagrams: numbered, acknowledged, sent again a bounded number of
 * times, and handed on once and in order. It never looks into the octets; rc/link.h puts messages
 * into them as it does over TCP.
 *
 * THIS FORMAT IS NBTLAB'S OWN INVENTION, as that of rc/channel.h is. Of SMS 1.2 it is known that
 * its sockets were UDP 1761 and 1762 (KB Q200401, Q178748), that it acknowledged, said what was
 * missing and sent again above them (Q152632, Q153634, Q186255), and that too many lost frames
 * ended a session without a word (Q173120); no article has a byte of it.
 *
 * A segment is a datagram: an octet of version, an octet of kind, two octets that count the data,
 * and four each of the stream's id, which who opens it chooses, of the number of the first octet of
 * the data, and of the next octet that is awaited from the other side; then the data. Numbers count
 * from 0 in each direction, and CLOSE takes one; integers are big-endian.
 */
#ifndef RC_UDP_H
#define RC_UDP_H

#include "nbt/act.h"

enum {
    RC_UDP_VERSION = 1,
    RC_UDP_HEAD = 16,                 /* octets before the data */
    RC_UDP_PIECE = 1024,              /* octets of data in one segment, at most */
    RC_UDP_WINDOW = 8 * RC_UDP_PIECE, /* octets on their way at a time */
    RC_UDP_QUEUE = 32768,             /* octets that wait to be acknowledged; a power of two */
    RC_UDP_TRIES = 10, /* to open; to send again, without a word from the other side */
};

/* Between the tries. No article has a time. */
#define RC_UDP_RETRY NBT_MS(500)

#define RC_UDP_KINDS(X)                                                                            \
    X(OPEN, 1, "open")     /* may there be a stream? */                                            \
    X(OPENED, 2, "opened") /* there is */                                                          \
    X(DATA, 3, "data")                                                                             \
    X(CLOSE, 4, "close") /* nothing more comes, and nothing more is taken */                       \
    X(ACK, 5, "ack")                                                                               \
    X(NAK, 6, "nak")     /* an ACK, and: what came is not what is awaited */                       \
    X(RESET, 7, "reset") /* there is no such stream */

typedef enum rc_udp_kind {
#define X(sym, code, word) RC_UDP_##sym = (code),
    RC_UDP_KINDS(X)
#undef X
} rc_udp_kind;

enum { RC_UDP_KIND_LAST = RC_UDP_RESET };

/* Their words. Static text; NULL: there is no such kind. */
const char *rc_udp_kind_str(rc_udp_kind kind);

typedef struct rc_udp_seg {
    rc_udp_kind kind;
    uint32_t id, number, ack;
    nbt_bytes data; /* borrowed; of DATA alone, and never empty there */
} rc_udp_seg;

/* Whether these are the first octets of a segment: its version and a kind. */
bool rc_udp_seg_begins(nbt_bytes bytes);

/* Reads a whole datagram; nothing may be behind the data. Errors are kept in the cursor. */
void rc_udp_seg_rd(nbt_rd *r, rc_udp_seg *seg);
void rc_udp_seg_wr(nbt_wr *w, const rc_udp_seg *seg);

typedef enum rc_udp_state {
    RC_UDP_IS_CLOSED,
    RC_UDP_IS_OPENING,
    RC_UDP_IS_OPEN,
    RC_UDP_IS_CLOSING, /* closed here; what was sent is not acknowledged yet */
} rc_udp_state;

typedef enum rc_udp_ev {
    RC_UDP_NOT_MINE, /* of another stream */
    RC_UDP_SAME,
    RC_UDP_UP,      /* OPENING has led to OPEN */
    RC_UDP_REFUSED, /* OPENING has led to CLOSED: the other side says no */
    RC_UDP_UNHEARD, /* the same: it says nothing */
    RC_UDP_INPUT,   /* here are the next octets */
    RC_UDP_LOST,    /* OPEN has become CLOSED: by the other side, by a break, in silence */
    RC_UDP_ENDED,   /* CLOSING has become CLOSED */
} rc_udp_ev;

/* All zero: closed. */
typedef struct rc_udp {
    rc_udp_state state;
    uint32_t id;
    nbt_ep here, peer;
    uint32_t got;              /* octets that have come, in order */
    uint32_t acked, sent, end; /* octets that the other side has, that are on their way, all */
    bool held;                 /* no more is taken */
    bool nak;                  /* it has been told that `got` is awaited */
    bool full;                 /* there was no room for something */
    uint32_t gaps, naks;       /* how often NAK was said, and heard */
    unsigned tries;
    nbt_time due; /* of the next try; NBT_NEVER: nothing is on its way */
    uint8_t queue[RC_UDP_QUEUE];
} rc_udp;

/*
 * Opens a stream from here (ip and port may be 0: whoever sends it fills them in). `id` should
 * differ from that of other streams between the two. Everything goes out with rc_udp_tick.
 */
void rc_udp_open(rc_udp *u, uint32_t id, nbt_ep here, nbt_ep to);

/* Accepts the stream of an OPEN that came from `from` to `here`, and says so. */
void rc_udp_accept(rc_udp *u, const rc_udp_seg *open, nbt_ep here, nbt_ep from, nbt_out *out);

/* Answers a segment of no stream: RESET; nothing to a RESET. */
void rc_udp_refuse(const rc_udp_seg *seg, nbt_ep here, nbt_ep from, nbt_out *out);

/* A segment has come. INPUT: *data is what is new, within seg->data. */
rc_udp_ev rc_udp_rx(rc_udp *u, nbt_time now, nbt_ep from, const rc_udp_seg *seg, nbt_bytes *data,
                    nbt_out *out);

/* Octets that wait to be sent or acknowledged; none when the stream is closed. */
size_t rc_udp_unsent(const rc_udp *u);

/* Sends, copying; does nothing when the stream is not open. What there is no room for ends it. */
void rc_udp_send(rc_udp *u, const void *p, size_t n);

/* From now on nothing is taken, or again something. The other side sends it again until then. */
void rc_udp_hold(rc_udp *u, bool held, nbt_out *out);

/* Closes an open stream behind what was sent: ENDED follows. */
void rc_udp_close(rc_udp *u);

/* Forgets the stream, and tells the other side. Nothing follows. */
void rc_udp_abort(rc_udp *u, nbt_out *out);

/* Sends what is to be sent by now. UNHEARD, LOST or ENDED: the other side has been silent. */
rc_udp_ev rc_udp_tick(rc_udp *u, nbt_time now, nbt_out *out);
nbt_time rc_udp_due(const rc_udp *u);

#endif
