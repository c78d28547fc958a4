/*
 * The remote name cache. It has no deadline: what is over is not found, and makes room when room is
 * needed.
 */
#include "nbt/cache.h"

#include "nbt/mem.h"

#include <string.h>

void nbt_cache_init(nbt_cache *c, nbt_mem mem)
{
    memset(c, 0, sizeof *c);
    c->mem = mem;
}

static void drop(nbt_cache *c, size_t i)
{
    nbt_mem_free(c->mem, c->e[i].found, c->e[i].n * sizeof *c->e[i].found);
    c->e[i] = c->e[--c->n];
}

void nbt_cache_fini(nbt_cache *c)
{
    while (c->n > 0)
        drop(c, c->n - 1);
    nbt_mem_free(c->mem, c->e, c->cap * sizeof *c->e);
    nbt_cache_init(c, c->mem);
}

void nbt_cache_drop(nbt_cache *c, const uint8_t name[NBT_NAME_LEN])
{
    for (size_t i = 0; i < c->n; i++)
        if (memcmp(c->e[i].name, name, NBT_NAME_LEN) == 0) {
            drop(c, i);
            return;
        }
}

static bool has(const nbt_cached *e, uint32_t ip)
{
    for (size_t i = 0; i < e->n; i++)
        if (e->found[i].addr.ip == ip)
            return true;
    return false;
}

void nbt_cache_drop_address(nbt_cache *c, uint32_t ip)
{
    for (size_t i = c->n; i-- > 0;)
        if (has(&c->e[i], ip))
            drop(c, i);
}

static bool make_room(nbt_cache *c)
{
    if (c->n == NBT_CACHE_MAX) {
        size_t first = 0;
        for (size_t i = 1; i < c->n; i++)
            if (c->e[i].until < c->e[first].until)
                first = i;
        drop(c, first);
    }
    if (c->n < c->cap)
        return true;
    nbt_cached *e = nbt_mem_grow(c->mem, c->e, &c->cap, sizeof *e);
    if (!e)
        return false;
    c->e = e;
    return true;
}

void nbt_cache_put(nbt_cache *c, const uint8_t name[NBT_NAME_LEN], const nbt_found *found, size_t n,
                   nbt_time until)
{
    assert(n > 0 && n <= NBT_FOUND_MAX);
    nbt_cache_drop(c, name);
    nbt_found *copy = nbt_mem_new(c->mem, n * sizeof *copy);
    if (!copy)
        return;
    if (!make_room(c)) {
        nbt_mem_free(c->mem, copy, n * sizeof *copy);
        return;
    }
    memcpy(copy, found, n * sizeof *copy);
    nbt_cached *e = &c->e[c->n++];
    *e = (nbt_cached){ .until = until, .n = (uint8_t)n, .found = copy };
    memcpy(e->name, name, NBT_NAME_LEN);
}

const nbt_found *nbt_cache_find(const nbt_cache *c, nbt_time now, const uint8_t name[NBT_NAME_LEN],
                                size_t *n)
{
    for (size_t i = 0; i < c->n; i++) {
        const nbt_cached *e = &c->e[i];
        if (memcmp(e->name, name, NBT_NAME_LEN) != 0 || now >= e->until)
            continue;
        *n = e->n;
        return e->found;
    }
    return NULL;
}
