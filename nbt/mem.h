/*
 * The three things that the larger objects do with an allocator: a zeroed block, giving it back,
 * and a longer array.
 */
#ifndef NBT_MEM_H
#define NBT_MEM_H

#include "nbt/base.h"

#include <string.h>

/* `size` zero bytes, or NULL. */
static inline void *nbt_mem_new(nbt_mem mem, size_t size)
{
    void *p = mem.resize(mem.ctx, NULL, 0, size);
    if (p)
        memset(p, 0, size);
    return p;
}

/* Gives back a block of `size` bytes; NULL is fine. */
static inline void nbt_mem_free(nbt_mem mem, void *p, size_t size)
{
    if (p)
        mem.resize(mem.ctx, p, size, 0);
}

/*
 * An array of `*cap` items of `item` bytes each, made twice as long; doubling keeps growing rare.
 * Gives its new place and sets `*cap`; NULL without memory, the array is then as it was.
 */
static inline void *nbt_mem_grow(nbt_mem mem, void *p, size_t *cap, size_t item)
{
    size_t longer = *cap ? *cap * 2 : 16;
    void *q = mem.resize(mem.ctx, p, *cap * item, longer * item);
    if (q)
        *cap = longer;
    return q;
}

#endif
