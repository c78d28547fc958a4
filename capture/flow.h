/*
 * TCP streams put in order, and cut into the messages that they carry: session packets (RFC 1002
 * 4.3); or name packets (RFC 1002 4.2.1.1) or remote-control messages (rc/channel.h), both behind
 * two octets of length. Each direction of a connection is a stream of its own.
 *
 * What is kept is bounded: so many connections, and so many octets for all of them together. A
 * stream that the bound hits loses the message that it is in the middle of, and nothing else.
 */
#ifndef CAPTURE_FLOW_H
#define CAPTURE_FLOW_H

#include "capture/frame.h"

enum {
    CAP_FLOWS_MAX = 8192,                  /* connections; the longest silent gives way */
    CAP_FLOWS_HELD_MAX = 16 * 1024 * 1024, /* octets, of all streams */
    CAP_FLOW_AHEAD_MAX = 256 * 1024, /* octets of one stream that wait for those before them */
};

typedef enum cap_framing { CAP_FRAMING_SESSION, CAP_FRAMING_NAME, CAP_FRAMING_RC } cap_framing;

typedef enum cap_piece_kind {
    CAP_PIECE_MESSAGE,  /* one whole message */
    CAP_PIECE_CUT,      /* the beginning of a message whose rest is not in the capture */
    CAP_PIECE_MISSING,  /* octets of the stream that are not in the capture */
    CAP_PIECE_UNFRAMED, /* octets of which it is not known where a message begins */
} cap_piece_kind;

typedef struct cap_piece {
    cap_piece_kind kind;
    nbt_ep from, to;
    cap_framing framing;
    nbt_bytes bytes; /* MESSAGE, CUT: without the two octets of length. Until the next call */
    uint32_t seq;    /* MESSAGE, CUT: the sequence number of the first of `bytes`, */
    uint8_t lead;    /* and how many octets of length are before it, there to be read */
    uint64_t count;  /* MISSING, UNFRAMED: octets */
    uint64_t number; /* the packet that it was found in, as given to cap_flows_put */
    int64_t time;
    uint64_t stream; /* which stream it is of: a number that others hardly have */
    uint64_t began;  /* the packet of the stream from which on it can be found again, by itself */
    uint8_t *mark;   /* of the connection, for the caller; 0 at first. Until the next call */
} cap_piece;

typedef struct cap_flows cap_flows;

cap_flows *cap_flows_new(void); /* NULL: no memory */
void cap_flows_free(cap_flows *t);

/*
 * Takes a CAP_FRAME_TCP. Returns whether that is of a connection that is followed, or may be: the
 * ports of remote control lie where any program's may, so that one whose SYN was not seen is
 * followed from where a message of remote control begins. Then cap_flows_next is to be called until
 * it gives no more: the pieces borrow from the frame. `number` and `time` are those of its packet.
 */
bool cap_flows_put(cap_flows *t, const cap_frame *f, cap_framing framing, uint64_t number,
                   int64_t time);

/* The capture ends: what streams still hold comes out of cap_flows_next, stream by stream. */
void cap_flows_end(cap_flows *t);

bool cap_flows_next(cap_flows *t, cap_piece *p);

/* No message is to come that has packets of this stream before `from` in it. */
typedef struct cap_need {
    uint64_t stream;
    uint64_t from;
} cap_need;

/*
 * Of a stream's number: the two of a connection differ in the lowest bit, and have the second; what
 * only acknowledges has the last one.
 */
#define CAP_STREAM_TCP UINT64_C(2)
#define CAP_STREAM_ACK (UINT64_C(1) << 63)

/*
 * The stream that the frame which was put last has octets of, or begins; with CAP_STREAM_ACK, if it
 * has no octets; 0: it is of no connection that is followed. And, once
 * cap_flows_next has given no more, what is still needed of the two streams of its connection:
 * gives how many of `needs` it filled in, 2 or 0.
 */
uint64_t cap_flows_stream(const cap_flows *t);
size_t cap_flows_needs(const cap_flows *t, cap_need needs[2]);

#endif
