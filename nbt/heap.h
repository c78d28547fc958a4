/*
 * What is to happen when: a binary heap of numbers, each with its time. Two of the same time come
 * out in the order in which they went in, so that a run with a seed is always the same run.
 */
#ifndef NBT_HEAP_H
#define NBT_HEAP_H

#include "nbt/base.h"

typedef struct nbt_heap_item {
    nbt_time at;
    uint64_t seq; /* how many went in before it */
    uint32_t id;  /* the caller's */
} nbt_heap_item;

typedef struct nbt_heap {
    nbt_mem mem;
    nbt_heap_item *item;
    size_t n, cap;
    uint64_t seq;
} nbt_heap;

void nbt_heap_init(nbt_heap *h, nbt_mem mem);
void nbt_heap_fini(nbt_heap *h);

/* False without memory; the heap is then as it was. */
bool nbt_heap_push(nbt_heap *h, nbt_time at, uint32_t id);

/* Takes the earliest one out. Its number; the heap must not be empty. */
uint32_t nbt_heap_pop(nbt_heap *h);

/* The time of the earliest one, NBT_NEVER if there is none. */
static inline nbt_time nbt_heap_due(const nbt_heap *h)
{
    return h->n > 0 ? h->item[0].at : NBT_NEVER;
}

#endif
