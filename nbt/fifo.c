/*
 * The queue of blocks, as a linked list. It never looks into a block.
 */
#include "nbt/fifo.h"

#include "nbt/mem.h"

struct nbt_fifo_item {
    nbt_fifo_item *next;
    size_t size; /* of all of it */
    _Alignas(max_align_t) uint8_t block[];
};

void nbt_fifo_init(nbt_fifo *f, nbt_mem mem)
{
    *f = (nbt_fifo){ .mem = mem };
}

static void free_item(nbt_fifo *f, nbt_fifo_item *item)
{
    if (item)
        nbt_mem_free(f->mem, item, item->size);
}

void nbt_fifo_fini(nbt_fifo *f)
{
    while (nbt_fifo_pull(f)) {
    }
}

void *nbt_fifo_push(nbt_fifo *f, size_t size)
{
    size_t all = sizeof(nbt_fifo_item) + size;
    nbt_fifo_item *item = nbt_mem_new(f->mem, all);
    if (!item)
        return NULL;
    item->size = all;
    if (f->last)
        f->last->next = item;
    else
        f->first = item;
    f->last = item;
    return item->block;
}

void *nbt_fifo_pull(nbt_fifo *f)
{
    free_item(f, f->pulled);
    f->pulled = f->first;
    if (!f->pulled)
        return NULL;
    f->first = f->pulled->next;
    if (!f->first)
        f->last = NULL;
    return f->pulled->block;
}
