/*
 * The remote name cache: what queries have found, remembered for a while (RFC 1001 15.1.8 allows
 * it; how long, the profile says). It learns from answers to own questions alone, never from what
 * others send unasked, and holds a bounded number of names.
 */
#ifndef NBT_CACHE_H
#define NBT_CACHE_H

#include "nbt/query.h"

enum { NBT_CACHE_MAX = 256 }; /* names; ours */

typedef struct nbt_cached {
    uint8_t name[NBT_NAME_LEN];
    nbt_time until;
    uint8_t n;
    nbt_found *found; /* owned */
} nbt_cached;

typedef struct nbt_cache {
    nbt_mem mem;
    nbt_cached *e;
    size_t n, cap;
} nbt_cache;

void nbt_cache_init(nbt_cache *c, nbt_mem mem);
void nbt_cache_fini(nbt_cache *c);

/*
 * Remembers the n (1 to NBT_FOUND_MAX) addresses of a name until a time, in place of what was known
 * of it. When the cache is full, the name that would be forgotten first has to go. Without memory
 * nothing is remembered.
 */
void nbt_cache_put(nbt_cache *c, const uint8_t name[NBT_NAME_LEN], const nbt_found *found, size_t n,
                   nbt_time until);

/* The addresses of a name, NULL if none are remembered; they hold until the next put or drop. */
const nbt_found *nbt_cache_find(const nbt_cache *c, nbt_time now, const uint8_t name[NBT_NAME_LEN],
                                size_t *n);

/* Forgets a name, or every name with that address. */
void nbt_cache_drop(nbt_cache *c, const uint8_t name[NBT_NAME_LEN]);
void nbt_cache_drop_address(nbt_cache *c, uint32_t ip);

#endif
