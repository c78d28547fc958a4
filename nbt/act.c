/*
 * The list of actions: one growing array and one growing arena for the bytes. It never carries an
 * action out, and never looks into one.
 */
#include "nbt/act.h"

#include "nbt/mem.h"

#include <string.h>

void nbt_out_init(nbt_out *out, nbt_mem mem)
{
    memset(out, 0, sizeof *out);
    out->mem = mem;
}

void nbt_out_fini(nbt_out *out)
{
    nbt_mem_free(out->mem, out->acts, out->cap * sizeof *out->acts);
    nbt_mem_free(out->mem, out->arena, out->size);
    nbt_out_init(out, out->mem);
}

void nbt_out_clear(nbt_out *out)
{
    out->n = 0;
    out->used = 0;
    out->failed = false;
}

/* Room for one more action and n more bytes. */
static bool make_room(nbt_out *out, size_t n)
{
    if (out->n == out->cap) {
        void *acts = nbt_mem_grow(out->mem, out->acts, &out->cap, sizeof *out->acts);
        if (!acts)
            return false;
        out->acts = acts;
    }
    if (n > out->size - out->used) {
        size_t size = out->size ? out->size * 2 : 1024;
        if (size < out->used + n)
            size = out->used + n;
        void *arena = out->mem.resize(out->mem.ctx, out->arena, out->size, size);
        if (!arena)
            return false;
        out->arena = arena;
        out->size = size;
    }
    return true;
}

/* An action with room for n bytes, which are not set yet. */
static nbt_act *add(nbt_out *out, nbt_act_kind kind, size_t n)
{
    nbt_act *act = &out->scratch;
    bool room = make_room(out, n);
    if (room)
        act = &out->acts[out->n++];
    else
        out->failed = true;

    memset(act, 0, sizeof *act);
    act->kind = kind;
    if (room && n > 0) {
        act->data_at = out->used;
        act->data_len = n;
        out->used += n;
    }
    return act;
}

nbt_act *nbt_out_add(nbt_out *out, nbt_act_kind kind, const void *p, size_t n)
{
    nbt_act *act = add(out, kind, n);
    if (act->data_len > 0 && p)
        memcpy(out->arena + act->data_at, p, n);
    else if (act->data_len > 0)
        memset(out->arena + act->data_at, 0, n);
    return act;
}

nbt_act *nbt_out_add_both(nbt_out *out, nbt_act_kind kind, nbt_bytes head, nbt_bytes body)
{
    nbt_act *act = add(out, kind, head.n + body.n);
    if (act->data_len > 0 && head.n > 0)
        memcpy(out->arena + act->data_at, head.p, head.n);
    if (act->data_len > 0 && body.n > 0)
        memcpy(out->arena + act->data_at + head.n, body.p, body.n);
    return act;
}
