/*
 * Control blocks as viewers and agents give them to their driver: the tags that tell the answers
 * apart, and one command at a time for which the driver may want a RESET first.
 *
 * All commands are in the wait form: exactly one answer comes to each. Nothing waits for it here;
 * the driver has a program's commands pending side by side.
 */
#ifndef RC_ASK_H
#define RC_ASK_H

#include "nbt/act.h"

/* The last tag given. One for each program, all zero at first; no tag is 0. */
typedef struct rc_tags {
    uint32_t last;
} rc_tags;

/* Submits a control block and returns its tag. */
uint32_t rc_submit(rc_tags *tags, const nbt_ncb *ncb, const void *data, size_t n, nbt_out *out);

/* Whether a completed control block was waited for. */
typedef enum rc_took {
    RC_NOT_MINE,
    RC_TAKEN, /* it was, but that is not the end */
    RC_DONE,
} rc_took;

/* A command that begins work with a LANA. All zero: nothing is asked. */
typedef struct rc_ask {
    uint32_t tag; /* 0: no answer is due */
    nbt_ncb ncb;  /* what was asked, and when done, its answer */
    bool reset, resetting;
} rc_ask;

void rc_ask_put(rc_ask *ask, rc_tags *tags, const nbt_ncb *ncb, nbt_out *out);

/*
 * A control block has come back. NRC_ENVNOTDEF makes this RESET the LANA and ask once more (KB
 * Q126651). DONE: ask->ncb is the answer, or that of a RESET that failed.
 */
rc_took rc_ask_ncb(rc_ask *ask, rc_tags *tags, uint32_t tag, const nbt_ncb *ncb, nbt_out *out);

#endif
