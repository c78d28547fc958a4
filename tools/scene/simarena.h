/*
 * The memory of runs that come one after the other: blocks are cut from large pieces, what is given
 * back is given out again to who wants about as much, and all of it can be taken back at once,
 * with the pieces kept for the next run.
 */
#ifndef SCENE_SIMARENA_H
#define SCENE_SIMARENA_H

#include "nbt/base.h"

enum { SIMARENA_CLASSES = 64 };

typedef struct simarena {
    nbt_mem from; /* where the pieces are from */
    struct simarena_piece *first, *now;
    size_t used;                  /* octets of `now` */
    void *free[SIMARENA_CLASSES]; /* lists of blocks that were given back */
    uint64_t blocks;              /* that are out */
} simarena;

void simarena_init(simarena *a, nbt_mem from);
void simarena_fini(simarena *a);

/* The allocator. */
nbt_mem simarena_mem(simarena *a);

/* Takes everything back that is still out. */
void simarena_reset(simarena *a);

#endif
