/*
 * The heap of deadlines. It never looks at a clock and never takes anything out by itself: what has
 * become pointless is for the caller to recognise when it comes.
 */
#include "nbt/heap.h"

#include "nbt/mem.h"

#include <assert.h>

static bool before(const nbt_heap_item *a, const nbt_heap_item *b)
{
    return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

void nbt_heap_init(nbt_heap *h, nbt_mem mem)
{
    *h = (nbt_heap){ .mem = mem };
}

void nbt_heap_fini(nbt_heap *h)
{
    nbt_mem_free(h->mem, h->item, h->cap * sizeof *h->item);
    nbt_heap_init(h, h->mem);
}

bool nbt_heap_push(nbt_heap *h, nbt_time at, uint32_t id)
{
    if (h->n == h->cap) {
        nbt_heap_item *item = nbt_mem_grow(h->mem, h->item, &h->cap, sizeof *item);
        if (!item)
            return false;
        h->item = item;
    }
    nbt_heap_item new = { at, h->seq++, id };
    size_t i = h->n++;
    while (i > 0 && before(&new, &h->item[(i - 1) / 2])) {
        h->item[i] = h->item[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h->item[i] = new;
    return true;
}

uint32_t nbt_heap_pop(nbt_heap *h)
{
    assert(h->n > 0);
    uint32_t id = h->item[0].id;
    nbt_heap_item last = h->item[--h->n];
    size_t i = 0;
    for (size_t child = 1; child < h->n; child = 2 * i + 1) {
        if (child + 1 < h->n && before(&h->item[child + 1], &h->item[child]))
            child++;
        if (!before(&h->item[child], &last))
            break;
        h->item[i] = h->item[child];
        i = child;
    }
    h->item[i] = last;
    return id;
}
