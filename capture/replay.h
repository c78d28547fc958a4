/*
 * A capture as moves: what each side did, in order, and what it followed. One side is ours to play
 * again, the other is who is to be held against the capture. Packets go in, moves come out; nothing
 * is kept but what the next moves can lean on.
 */
#ifndef CAPTURE_REPLAY_H
#define CAPTURE_REPLAY_H

#include "capture/replay_cast.h"

typedef enum cap_move_kind {
    CAP_MOVE_DATAGRAM, /* a UDP message */
    CAP_MOVE_OPEN,     /* a TCP connection is opened */
    CAP_MOVE_ACCEPT,   /* it is taken */
    CAP_MOVE_REFUSE,   /* it is not */
    CAP_MOVE_MESSAGE,  /* a message on it */
    CAP_MOVE_FIN,      /* one side says no more on it */
    CAP_MOVE_RESET,    /* it is broken off */
} cap_move_kind;

/* "tcp-open"; NULL for the two kinds that are messages. Static text. */
const char *cap_move_word(cap_move_kind kind);

typedef struct cap_move {
    cap_move_kind kind;
    bool ours;
    bool to_all;     /* it was broadcast */
    bool aside;      /* between two of the other side: see cap_replay_asides */
    bool cut;        /* the capture lacks the end of `bytes` */
    bool repeats;    /* the same was said before */
    uint64_t seq;    /* counted from 1 */
    uint64_t cause;  /* the move of the other side that it followed; 0: none is known */
    uint64_t number; /* its packet */
    int64_t time;    /* microseconds since 1970 */
    nbt_ep from, to;
    uint64_t conn;       /* TCP: which connection; else 0 */
    cap_framing framing; /* MESSAGE: what goes before `bytes` in the stream */
    nbt_bytes bytes;     /* DATAGRAM, MESSAGE: until the next call, as are the next two */
    const nbt_msg *msg;  /* NULL: it is no NBT message */
    const rc_packet *rc; /* NULL: it is none of remote control */
} cap_move;

/* What gave no move, and why. */
typedef struct cap_left {
    uint64_t strangers; /* messages from or to a host that has no part */
    uint64_t unbegun;   /* messages on connections whose beginning is not in the capture */
    uint64_t streamed;  /* messages of remote control over UDP: see cap_replay_streams */
    uint64_t cut;       /* messages of our side whose end is not there */
    uint64_t unread;    /* packets of a link type that is not read */
    uint64_t lost;      /* packets whose fragments are not all there */
} cap_left;

typedef struct cap_replay cap_replay;

/* `parts` is copied. NULL: no memory. */
cap_replay *cap_replay_new(const cap_parts *parts);
void cap_replay_free(cap_replay *r);

/* Another port for what is spoken at one of the usual ones, in the capture: see cap_tap_port. */
bool cap_replay_port(cap_replay *r, uint16_t usual, uint16_t port);

/* Gives datagrams from one host of the other side to another as moves, too: for whoever plays that
 * side. They are none that ours could hear. */
void cap_replay_asides(cap_replay *r);

/*
 * Gives remote control over UDP as moves of connections, opened, closed and with what they carry:
 * for whoever can play it so. Without this it gives none: its segments acknowledge each other, and
 * to say them again is not what either side would do.
 */
void cap_replay_streams(cap_replay *r);

/* Takes a packet; then cap_replay_next is to be called until it gives no more. */
void cap_replay_put(cap_replay *r, const cap_packet *p);

bool cap_replay_next(cap_replay *r, cap_move *m);

/* The capture ends: what waited for more comes out of cap_replay_next. */
void cap_replay_end(cap_replay *r);

/* What was left out so far. */
const cap_left *cap_replay_left(cap_replay *r);

#endif
