/*
 * Streams over UDP (rc/udp.h) as somebody else hears them who is neither of their ends: which
 * octets are new and in order, and which messages they complete. It never answers, and never keeps
 * what is out of order: its receiver does not either, and asks for it again.
 *
 * So many streams are known at a time; the one that was silent longest gives way, and with it the
 * message that it was in the middle of.
 */
#ifndef RC_EAR_H
#define RC_EAR_H

#include "rc/channel.h"
#include "rc/udp.h"

typedef struct rc_ear rc_ear;

/* For up to so many streams, at least one. NULL without memory. */
rc_ear *rc_ear_new(nbt_mem mem, size_t streams);
void rc_ear_free(rc_ear *e);

/* Where the data of a segment belongs, of what was heard in its direction so far. */
typedef enum rc_ear_place {
    RC_EAR_NEXT,  /* behind it; or there is no data */
    RC_EAR_AGAIN, /* all of it was heard before */
    RC_EAR_AHEAD, /* octets between the two were not heard */
} rc_ear_place;

/*
 * A segment was sent. `packet` is the caller's number for it, which rises. It is copied where that
 * is needed, but for its data, which must last until rc_ear_next gives no more: that is to be
 * called then. `*behind`, for AHEAD: how many octets are between.
 */
rc_ear_place rc_ear_put(rc_ear *e, nbt_ep from, nbt_ep to, const rc_udp_seg *seg, uint64_t packet,
                        uint32_t *behind);

/* Whether there is a stream between these two. */
bool rc_ear_knows(const rc_ear *e, nbt_ep from, nbt_ep to);

/* Nothing more is heard: what messages have begun comes out of rc_ear_next. */
void rc_ear_end(rc_ear *e);

typedef enum rc_ear_kind {
    RC_EAR_MESSAGE,  /* one whole message, without the two octets of length before it */
    RC_EAR_CUT,      /* the beginning of one whose rest was not heard; the same */
    RC_EAR_MISSING,  /* octets that the receiver has, and that were not heard */
    RC_EAR_UNFRAMED, /* octets of which it is not known where a message begins */
} rc_ear_kind;

typedef struct rc_ear_piece {
    rc_ear_kind kind;
    nbt_ep from, to;
    nbt_bytes bytes; /* MESSAGE, CUT: until the next call */
    uint32_t number; /* the same: of the first of `bytes` in its stream, */
    uint8_t lead;    /* and how many octets of length are before it, there to be read */
    uint32_t count;  /* MISSING, UNFRAMED: octets */
    uint64_t began;  /* the packet in which it begins */
} rc_ear_piece;

bool rc_ear_next(rc_ear *e, rc_ear_piece *p);

/* No message is to come that has packets before this in it, of the direction of the segment that
 * was put last. UINT64_MAX: none is under way. */
uint64_t rc_ear_need(const rc_ear *e);

#endif
