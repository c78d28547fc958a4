/*
 * A state as one number: what states are compared by in whoever goes through all states of a world
 * and wants to know that he has been here before (nbt/digests.h has the wholes).
 *
 * Times count from `now`, so that the hour at which something is so makes no difference. 64 bits:
 * of ten million states two differ unseen with a chance of one in 400,000.
 */
#ifndef NBT_DIGEST_H
#define NBT_DIGEST_H

#include "nbt/ncb.h"

typedef struct nbt_digest {
    uint64_t h;
    nbt_time now;
} nbt_digest;

static inline void nbt_digest_init(nbt_digest *d, nbt_time now)
{
    d->h = UINT64_C(0x6E62746C61620001);
    d->now = now;
}

static inline void nbt_digest_u64(nbt_digest *d, uint64_t v)
{
    uint64_t h = (d->h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
    h = (h ^ (h >> 29)) * UINT64_C(0xBF58476D1CE4E5B9);
    d->h = h ^ (h >> 32);
}

/* n octets and how many they are. */
void nbt_digest_bytes(nbt_digest *d, const void *p, size_t n);

/* A moment, as it is seen from now: what has passed is all the same. */
static inline void nbt_digest_time(nbt_digest *d, nbt_time at)
{
    nbt_digest_u64(d, at == NBT_NEVER ? UINT64_MAX : at > d->now ? (uint64_t)(at - d->now) : 0);
}

void nbt_digest_name(nbt_digest *d, const nbt_name *name);
void nbt_digest_ncb(nbt_digest *d, const nbt_ncb *ncb);

#endif
