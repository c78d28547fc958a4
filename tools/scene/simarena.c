/*
 * Size classes: multiples of 16 octets up to 640, and from there on each is twice the one before.
 */
#include "tools/scene/simarena.h"

#include <string.h>

enum { GRAIN = 16, SMALL = 40 * GRAIN, PIECE = 1 << 20 };

typedef struct simarena_piece {
    struct simarena_piece *next;
    size_t size; /* octets behind this */
} piece;

/* Octets before what is given out; a multiple of GRAIN. */
enum { HEAD = (sizeof(piece) + GRAIN - 1) / GRAIN * GRAIN };

/* The class of a size, and the room that blocks of it have. */
static unsigned class_of(size_t size, size_t *room)
{
    if (size <= SMALL) {
        unsigned n = (unsigned)((size + GRAIN - 1) / GRAIN);
        *room = (size_t)n * GRAIN;
        return n - 1;
    }
    unsigned n = SMALL / GRAIN;
    *room = SMALL;
    while (*room < size && n < SIMARENA_CLASSES - 1) {
        *room *= 2;
        n++;
    }
    if (*room < size)
        *room = (size + GRAIN - 1) / GRAIN * GRAIN; /* the last class: of any size, not reused */
    return n;
}

void simarena_init(simarena *a, nbt_mem from)
{
    *a = (simarena){ .from = from };
}

void simarena_fini(simarena *a)
{
    while (a->first) {
        piece *p = a->first;
        a->first = p->next;
        a->from.resize(a->from.ctx, p, HEAD + p->size, 0);
    }
    a->now = NULL;
}

void simarena_reset(simarena *a)
{
    a->now = a->first;
    a->used = 0;
    a->blocks = 0;
    memset(a->free, 0, sizeof a->free);
}

/* A piece with room for `size`, behind the present one. */
static piece *next_piece(simarena *a, size_t size)
{
    piece *next = a->now ? a->now->next : a->first;
    if (!next || next->size < size) {
        size_t wanted = size > PIECE ? size : PIECE;
        piece *p = a->from.resize(a->from.ctx, NULL, 0, HEAD + wanted);
        if (!p)
            return NULL;
        *p = (piece){ .next = next, .size = wanted };
        if (a->now)
            a->now->next = p;
        else
            a->first = p;
        next = p;
    }
    a->now = next;
    a->used = 0;
    return next;
}

static void *take(simarena *a, size_t size)
{
    size_t room;
    unsigned c = class_of(size, &room);
    void *p = a->free[c];
    if (p && c < SIMARENA_CLASSES - 1) {
        memcpy(&a->free[c], p, sizeof p);
    } else {
        if ((!a->now || a->now->size - a->used < room) && !next_piece(a, room))
            return NULL;
        p = (uint8_t *)a->now + HEAD + a->used;
        a->used += room;
    }
    a->blocks++;
    return p;
}

static void give(simarena *a, void *p, size_t size)
{
    size_t room;
    unsigned c = class_of(size, &room);
    a->blocks--;
    if (c < SIMARENA_CLASSES - 1) {
        memcpy(p, &a->free[c], sizeof p);
        a->free[c] = p;
    }
}

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    simarena *a = ctx;
    size_t had, wanted;
    if (!p)
        return size > 0 ? take(a, size) : NULL;
    if (size == 0) {
        give(a, p, old);
        return NULL;
    }
    if (class_of(old, &had) == class_of(size, &wanted) && had == wanted)
        return p;
    void *q = take(a, size);
    if (!q)
        return NULL;
    memcpy(q, p, old < size ? old : size);
    give(a, p, old);
    return q;
}

nbt_mem simarena_mem(simarena *a)
{
    return (nbt_mem){ .ctx = a, .resize = resize };
}
