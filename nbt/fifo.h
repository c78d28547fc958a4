/*
 * A queue of blocks of any size: written by one, pulled by another, oldest first.
 */
#ifndef NBT_FIFO_H
#define NBT_FIFO_H

#include "nbt/base.h"

typedef struct nbt_fifo_item nbt_fifo_item;

typedef struct nbt_fifo {
    nbt_mem mem;
    nbt_fifo_item *first, *last;
    nbt_fifo_item *pulled; /* what the reader has now */
} nbt_fifo;

void nbt_fifo_init(nbt_fifo *f, nbt_mem mem);
void nbt_fifo_fini(nbt_fifo *f);

/* A new last block of `size` zero bytes, aligned for anything; it stays where it is. NULL without
 * memory. */
void *nbt_fifo_push(nbt_fifo *f, size_t size);

/* Pulls the oldest block; it holds until the next pull. NULL when there is none. */
void *nbt_fifo_pull(nbt_fifo *f);

#endif
