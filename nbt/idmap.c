/*
 * The map of numbers. It never stores a tombstone: what stood behind a key that is taken out moves
 * up, so that searching does not become slower with time.
 */
#include "nbt/idmap.h"

#include "nbt/mem.h"

#include <assert.h>

void nbt_idmap_init(nbt_idmap *m, nbt_mem mem)
{
    *m = (nbt_idmap){ .mem = mem };
}

void nbt_idmap_fini(nbt_idmap *m)
{
    nbt_mem_free(m->mem, m->place, m->cap * sizeof *m->place);
    nbt_idmap_init(m, m->mem);
}

/* Where a key would stand if all places were free. The high bits of the product depend on all of
   the key's bits. */
static size_t home(const nbt_idmap *m, uint64_t key)
{
    return (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (m->cap - 1);
}

/* Where it stands, or the free place where it belongs. */
static size_t place_of(const nbt_idmap *m, uint64_t key)
{
    size_t i = home(m, key);
    while (m->place[i].value != 0 && m->place[i].key != key)
        i = (i + 1) & (m->cap - 1);
    return i;
}

static bool make_room(nbt_idmap *m)
{
    if (2 * m->n < m->cap)
        return true;
    nbt_idmap longer = { .mem = m->mem, .n = m->n, .cap = m->cap ? 2 * m->cap : 16 };
    longer.place = nbt_mem_new(m->mem, longer.cap * sizeof *longer.place);
    if (!longer.place)
        return false;
    for (size_t i = 0; i < m->cap; i++)
        if (m->place[i].value != 0)
            longer.place[place_of(&longer, m->place[i].key)] = m->place[i];
    nbt_idmap_fini(m);
    *m = longer;
    return true;
}

bool nbt_idmap_add(nbt_idmap *m, uint64_t key, uint32_t value)
{
    assert(value != 0 && nbt_idmap_get(m, key) == 0);
    if (!make_room(m))
        return false;
    m->place[place_of(m, key)] = (nbt_idmap_place){ key, value };
    m->n++;
    return true;
}

uint32_t nbt_idmap_get(const nbt_idmap *m, uint64_t key)
{
    return m->n > 0 ? m->place[place_of(m, key)].value : 0;
}

void nbt_idmap_remove(nbt_idmap *m, uint64_t key)
{
    if (nbt_idmap_get(m, key) == 0)
        return;
    size_t mask = m->cap - 1;
    size_t free_place = place_of(m, key);
    for (size_t i = (free_place + 1) & mask; m->place[i].value != 0; i = (i + 1) & mask) {
        /* It may move up unless its home lies behind the free place. */
        size_t from_home = (i - home(m, m->place[i].key)) & mask;
        if (from_home >= ((i - free_place) & mask)) {
            m->place[free_place] = m->place[i];
            free_place = i;
        }
    }
    m->place[free_place] = (nbt_idmap_place){ 0, 0 };
    m->n--;
}
