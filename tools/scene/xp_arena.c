/*
 * The block: a head, then pieces in units of 16 octets, never joined and never split. Objects of
 * the simulation ask for few different sizes again and again, so that a list for each size is all
 * that is needed.
 */
#include "tools/scene/xp_arena.h"

#include "nbt/mem.h"

#include <assert.h>

enum {
    UNIT = 16,
    SIZES_MAX = 48, /* different sizes; pieces of any more are not given out again */
    LINE = 64,      /* octets that are put aside together */
};

/* A list of pieces that were given back: their offsets in the block; 0 ends it. */
typedef struct free_list {
    uint32_t size, first;
} free_list;

/* At the beginning of the block, so that it is put aside with the rest. */
typedef struct head {
    size_t used;
    uint32_t nlists;
    free_list list[SIZES_MAX];
} head;

struct xp_image {
    size_t used;
    size_t n;        /* lines that differ */
    uint32_t line[]; /* their numbers, then their octets */
};

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static head *head_of(const xp_arena *a)
{
    return (head *)(void *)a->block;
}

bool xp_arena_init(xp_arena *a, nbt_mem mem, size_t size)
{
    memset(a, 0, sizeof *a);
    a->mem = mem;
    a->size = round_up(size, LINE);
    a->block = nbt_mem_new(mem, a->size);
    if (!a->block)
        return false;
    head_of(a)->used = round_up(sizeof(head), LINE);
    return true;
}

void xp_arena_fini(xp_arena *a)
{
    nbt_mem_free(a->mem, a->base, a->nbase);
    nbt_mem_free(a->mem, a->block, a->size);
    memset(a, 0, sizeof *a);
}

static free_list *list_of(head *h, size_t size)
{
    for (uint32_t i = 0; i < h->nlists; i++)
        if (h->list[i].size == size)
            return &h->list[i];
    return NULL;
}

static void *take(xp_arena *a, size_t size)
{
    head *h = head_of(a);
    free_list *l = list_of(h, size);
    if (l && l->first) {
        uint8_t *p = a->block + l->first;
        memcpy(&l->first, p, sizeof l->first);
        memset(p, 0, sizeof l->first);
        return p;
    }
    if (size > a->size - h->used)
        return NULL;
    void *p = a->block + h->used;
    h->used += size;
    return p;
}

static void give(xp_arena *a, uint8_t *p, size_t size)
{
    head *h = head_of(a);
    free_list *l = list_of(h, size);
    memset(p, 0, size);
    if (!l && h->nlists < SIZES_MAX) {
        l = &h->list[h->nlists++];
        *l = (free_list){ (uint32_t)size, 0 };
    }
    if (!l)
        return;
    memcpy(p, &l->first, sizeof l->first);
    l->first = (uint32_t)(p - a->block);
}

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    xp_arena *a = ctx;
    size_t was = round_up(old, UNIT), want = round_up(size, UNIT);
    if (p && size > 0 && was == want)
        return p;
    void *q = NULL;
    if (size > 0) {
        q = take(a, want);
        if (!q)
            return NULL;
        if (p)
            memcpy(q, p, old < size ? old : size);
    }
    if (p)
        give(a, p, was);
    return q;
}

nbt_mem xp_arena_mem(xp_arena *a)
{
    return (nbt_mem){ a, resize };
}

bool xp_arena_mark(xp_arena *a)
{
    assert(!a->base);
    size_t n = round_up(head_of(a)->used, LINE);
    a->base = nbt_mem_new(a->mem, n);
    if (!a->base)
        return false;
    memcpy(a->base, a->block, n);
    a->nbase = n;
    return true;
}

static bool differs(const xp_arena *a, size_t line)
{
    static const uint8_t zeros[LINE];
    size_t at = line * LINE;
    return memcmp(a->block + at, at < a->nbase ? a->base + at : zeros, LINE) != 0;
}

static uint8_t *octets_of(xp_image *image)
{
    return (uint8_t *)(image->line + image->n);
}

static size_t size_with(size_t lines)
{
    return sizeof(xp_image) + lines * (sizeof(uint32_t) + LINE);
}

xp_image *xp_arena_save(const xp_arena *a)
{
    size_t lines = round_up(head_of(a)->used, LINE) / LINE, n = 0;
    for (size_t i = 0; i < lines; i++)
        n += differs(a, i);
    xp_image *image = nbt_mem_new(a->mem, size_with(n));
    if (!image)
        return NULL;
    image->used = head_of(a)->used;
    image->n = n;
    size_t k = 0;
    for (size_t i = 0; i < lines; i++) {
        if (!differs(a, i))
            continue;
        image->line[k] = (uint32_t)i;
        memcpy(octets_of(image) + k++ * LINE, a->block + i * LINE, LINE);
    }
    return image;
}

void xp_arena_load(xp_arena *a, const xp_image *image)
{
    size_t now = round_up(head_of(a)->used, LINE);
    memcpy(a->block, a->base, a->nbase);
    if (now > a->nbase)
        memset(a->block + a->nbase, 0, now - a->nbase);
    const uint8_t *octets = (const uint8_t *)(image->line + image->n);
    for (size_t i = 0; i < image->n; i++)
        memcpy(a->block + (size_t)image->line[i] * LINE, octets + i * LINE, LINE);
}

void xp_image_free(const xp_arena *a, xp_image *image)
{
    nbt_mem_free(a->mem, image, image ? size_with(image->n) : 0);
}

size_t xp_image_size(const xp_image *image)
{
    return size_with(image->n);
}
