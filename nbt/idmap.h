/*
 * From a 64-bit number to a 32-bit one, in the same time however many there are: open addressing,
 * a power of two of places, half of them free.
 */
#ifndef NBT_IDMAP_H
#define NBT_IDMAP_H

#include "nbt/base.h"

typedef struct nbt_idmap_place {
    uint64_t key;
    uint32_t value; /* 0: nothing here */
} nbt_idmap_place;

typedef struct nbt_idmap {
    nbt_mem mem;
    nbt_idmap_place *place;
    size_t n, cap;
} nbt_idmap;

void nbt_idmap_init(nbt_idmap *m, nbt_mem mem);
void nbt_idmap_fini(nbt_idmap *m);

/* Enters a value (not 0) for a key that is not there. False without memory. */
bool nbt_idmap_add(nbt_idmap *m, uint64_t key, uint32_t value);

/* The value of a key, 0 if there is none. */
uint32_t nbt_idmap_get(const nbt_idmap *m, uint64_t key);

/* Takes a key out, if it is there. */
void nbt_idmap_remove(nbt_idmap *m, uint64_t key);

#endif
