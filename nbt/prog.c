/*
 * Control blocks as programs give them to their driver.
 */
#include "nbt/prog.h"

uint32_t nbt_prog_submit(nbt_prog_tags *tags, const nbt_ncb *ncb, const void *data, size_t n,
                         nbt_out *out)
{
    if (++tags->last == 0)
        tags->last = 1;
    nbt_act *act = nbt_out_add(out, NBT_ACT_NCB, data, n);
    act->tag = tags->last;
    act->ncb = *ncb;
    return tags->last;
}

void nbt_prog_put(nbt_prog_ask *ask, nbt_prog_tags *tags, const nbt_ncb *ncb, nbt_out *out)
{
    ask->reset = ask->resetting = false;
    ask->ncb = *ncb;
    ask->tag = nbt_prog_submit(tags, ncb, NULL, 0, out);
}

bool nbt_prog_answered(nbt_prog_ask *ask, nbt_prog_tags *tags, uint32_t tag, const nbt_ncb *ncb,
                       nbt_out *out)
{
    if (tag != ask->tag || tag == 0)
        return false;
    if (ask->resetting && ncb->retcode == NBT_NRC_GOODRET) {
        ask->resetting = false;
        ask->tag = nbt_prog_submit(tags, &ask->ncb, NULL, 0, out);
        return false;
    }
    if (!ask->reset && ncb->retcode == NBT_NRC_ENVNOTDEF) {
        /* NCB_LSN 0 asks for a new environment; limits of 0 are the driver's own (nb30.h). */
        nbt_ncb reset = { .command = NBT_NCB_RESET, .lana = ask->ncb.lana };
        ask->reset = ask->resetting = true;
        ask->tag = nbt_prog_submit(tags, &reset, NULL, 0, out);
        return false;
    }
    ask->tag = 0;
    ask->ncb = *ncb;
    return true;
}
