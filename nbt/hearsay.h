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

/* A broadcast to port 137. */
typedef struct nbt_hearsay {
    bool is;       /* a node that has not heard of the name does nothing but count it */
    bool demand;   /* and counts it as one of those that it has understood (E22, E23) */
    uint64_t bits; /* of the name, to be looked for among those that a node hears of */
} nbt_hearsay;

/* Two bits of 64: names of one scope have the same whoever computes them. */
uint64_t nbt_hearsay_bits(const uint8_t name[NBT_NAME_LEN]);

/* Reads a packet as far as that. */
void nbt_hearsay_rd(nbt_hearsay *h, nbt_bytes data);

/* How much a node was not called for. */
typedef struct nbt_overheard {
    uint32_t requests, demands;
} nbt_overheard;

#endif
