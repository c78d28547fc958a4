/*
 * Broadcasts that mean something only to who knows their name. On a large network nearly everybody
 * hears nearly every broadcast for nothing: that can be told from the name alone, without asking
 * the node, once for all who hear it.
 *
 * What is told is what a node would have done, and no more: it may say that somebody is concerned
 * who is not, and never the opposite.
 */
#ifndef NBT_HEARSAY_H
#define NBT_HEARSAY_H

#include "nbt/name.h"

enum { NBT_HEARD_WORDS = 4 };

/*
 * A set of names that may seem to have more than were put in, never fewer (a Bloom filter): a name
 * has one bit in each word. With six names in it, it seems to have one of 12,000 others.
 */
typedef struct nbt_heard {
    uint64_t w[NBT_HEARD_WORDS];
} nbt_heard;

/* The set of one name: names of one scope have the same whoever computes it. */
nbt_heard nbt_heard_name(const uint8_t name[NBT_NAME_LEN]);

/* The set of all names. */
nbt_heard nbt_heard_all(void);

static inline void nbt_heard_add(nbt_heard *set, const nbt_heard *more)
{
    for (unsigned i = 0; i < NBT_HEARD_WORDS; i++)
        set->w[i] |= more->w[i];
}

static inline bool nbt_heard_has(const nbt_heard *set, const nbt_heard *name)
{
    uint64_t missing = 0;
    for (unsigned i = 0; i < NBT_HEARD_WORDS; i++)
        missing |= name->w[i] & ~set->w[i];
    return missing == 0;
}

/* A broadcast to port 137. */
typedef struct nbt_hearsay {
    bool is;        /* a node that has not heard of the name does nothing but count it */
    bool demand;    /* and counts it as one of those that it has understood (E22, E23) */
    nbt_heard name; /* to be looked for among those that a node hears of */
} nbt_hearsay;

/* Reads a packet as far as that. */
void nbt_hearsay_rd(nbt_hearsay *h, nbt_bytes data);

/* How much a node was not called for. */
typedef struct nbt_overheard {
    uint32_t requests, demands;
} nbt_overheard;

#endif
