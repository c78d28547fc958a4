/*
 * What a program needs to give control blocks to its driver: tags that tell the answers apart, and
 * a first command for which the driver may want a RESET. It knows no command's meaning.
 *
 * All commands are in the wait form: exactly one answer comes to each, and nothing waits for it
 * here.
 */
#ifndef NBT_PROG_H
#define NBT_PROG_H

#include "nbt/act.h"

/* The last tag given. One for each program, all zero at first; no tag is 0. */
typedef struct nbt_prog_tags {
    uint32_t last;
} nbt_prog_tags;

/* Submits a control block with `n` octets of data and returns its tag. */
uint32_t nbt_prog_submit(nbt_prog_tags *tags, const nbt_ncb *ncb, const void *data, size_t n,
                         nbt_out *out);

/* A command that may be asked again behind a RESET. All zero: nothing is asked. */
typedef struct nbt_prog_ask {
    uint32_t tag; /* 0: no answer is due */
    nbt_ncb ncb;  /* what was asked, as NRC_PENDING, and when done, its answer */
    bool reset, resetting;
} nbt_prog_ask;

/* Whether a control block that has come back was waited for. */
typedef enum nbt_prog_took {
    NBT_PROG_NOT_MINE,
    NBT_PROG_TAKEN, /* it was, but that is not the end */
    NBT_PROG_DONE,
} nbt_prog_took;

void nbt_prog_put(nbt_prog_ask *ask, nbt_prog_tags *tags, const nbt_ncb *ncb, nbt_out *out);

/*
 * A control block has come back. NRC_ENVNOTDEF makes this RESET the LANA and ask once more (KB
 * Q126651). DONE: that was the answer, and ask->ncb is it, or that of a RESET that failed.
 */
nbt_prog_took nbt_prog_answered(nbt_prog_ask *ask, nbt_prog_tags *tags, uint32_t tag,
                                const nbt_ncb *ncb, nbt_out *out);

/* Asks what the computer is called: ADAPTER STATUS of the driver itself. */
void nbt_prog_ask_machine(nbt_prog_ask *ask, nbt_prog_tags *tags, uint8_t lana, nbt_out *out);

/*
 * The answer: the driver's first unique name of suffix 00, without the spaces behind it, filled up
 * with NULs. False: it has none, or the command failed.
 */
bool nbt_prog_machine(const nbt_prog_ask *ask, nbt_bytes data, char machine[NBT_NAME_LEN]);

#endif
