/*
 * Two lists that take turns. It never looks into an action.
 */
#include "tools/host/outs.h"

void host_outs_init(host_outs *o, nbt_mem mem)
{
    nbt_out_init(&o->list[0], mem);
    nbt_out_init(&o->list[1], mem);
    o->filling = 0;
    o->carrying = false;
}

void host_outs_fini(host_outs *o)
{
    nbt_out_fini(&o->list[0]);
    nbt_out_fini(&o->list[1]);
}

nbt_out *host_outs_fill(host_outs *o)
{
    return &o->list[o->filling];
}

void host_outs_carry(host_outs *o, void (*carry)(void *ctx, const nbt_out *out), void *ctx)
{
    if (o->carrying)
        return;
    o->carrying = true;
    for (;;) {
        nbt_out *full = &o->list[o->filling];
        if (full->n == 0 && !full->failed)
            break;
        o->filling ^= 1;
        carry(ctx, full);
        nbt_out_clear(full);
    }
    o->carrying = false;
}
