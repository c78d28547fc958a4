/*
 * IPv4 packets put together again from their fragments (RFC 791 3.2). What it keeps is bounded: so
 * many packets at a time, each for so long; the oldest gives way.
 */
#ifndef CAPTURE_FRAG_H
#define CAPTURE_FRAG_H

#include "capture/frame.h"

enum {
    CAP_FRAGS_MAX = 64,     /* packets that wait for fragments */
    CAP_FRAGS_SECONDS = 30, /* for how long */
    CAP_FRAG_DATA_MAX = 65535,
};

typedef struct cap_frags cap_frags;

cap_frags *cap_frags_new(void); /* NULL: no memory */
void cap_frags_free(cap_frags *t);

/* A packet that is whole again. */
typedef struct cap_whole {
    nbt_bytes data; /* all of it behind the IP header, until the next call */
    uint64_t began; /* the first of its fragments */
} cap_whole;

/*
 * Takes a CAP_FRAME_FRAGMENT, packet `number` of the capture, at `time` (microseconds). True when
 * its packet is now whole. Where fragments overlap, what came first stands. A fragment that the
 * capture has cut is no help.
 */
bool cap_frags_add(cap_frags *t, const cap_frame *f, uint64_t number, int64_t time,
                   cap_whole *whole);

/* How many packets were given up, or still wait. */
uint64_t cap_frags_lost(const cap_frags *t);

#endif
