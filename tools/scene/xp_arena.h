/*
 * One block that holds all memory of an object, so that the object as a whole can be put aside and
 * brought back: to the same address, so that its pointers hold. What is put aside is what differs
 * from a base image, since most of an object is room that is seldom used.
 */
#ifndef SCENE_XP_ARENA_H
#define SCENE_XP_ARENA_H

#include "nbt/base.h"

typedef struct xp_arena {
    nbt_mem mem; /* where the block is from */
    uint8_t *block;
    size_t size;
    uint8_t *base; /* what xp_arena_mark saw, */
    size_t nbase;  /* its length */
} xp_arena;

/* How an arena was at some time. */
typedef struct xp_image xp_image;

/* A block of `size` octets, all for objects but a small head. False without memory. */
bool xp_arena_init(xp_arena *a, nbt_mem mem, size_t size);
void xp_arena_fini(xp_arena *a);

/* The allocator of what lives in it; NULL when the block is full. What is given back is zeroed, and
 * given out again to who wants the same size. */
nbt_mem xp_arena_mem(xp_arena *a);

/* What is there now is what images differ from. Once, before the first image. False without memory.
 */
bool xp_arena_mark(xp_arena *a);

/* An image of now, NULL without memory; and as it was then. */
xp_image *xp_arena_save(const xp_arena *a);
void xp_arena_load(xp_arena *a, const xp_image *image);
void xp_image_free(const xp_arena *a, xp_image *image);

/* The octets that an image takes. */
size_t xp_image_size(const xp_image *image);

#endif
