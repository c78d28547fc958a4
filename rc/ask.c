/*
 * Control blocks as viewers and agents give them to their driver. Nothing here knows what a command
 * is good for.
 */
#include "rc/ask.h"

#include <string.h>

uint32_t rc_submit(rc_tags *tags, const nbt_ncb *ncb, const void *data, size_t n, nbt_out *out)
{
    if (++tags->last == 0)
        tags->last = 1;
    nbt_act *act = nbt_out_add(out, NBT_ACT_NCB, data, n);
    act->tag = tags->last;
    act->ncb = *ncb;
    return tags->last;
}

void rc_ask_put(rc_ask *ask, rc_tags *tags, const nbt_ncb *ncb, nbt_out *out)
{
    ask->reset = ask->resetting = false;
    ask->ncb = *ncb;
    ask->tag = rc_submit(tags, ncb, NULL, 0, out);
}

/* NCB_LSN 0 asks for a new environment; the limits, all 0, are the driver's own (nb30.h). */
static void reset(rc_ask *ask, rc_tags *tags, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_RESET, .lana = ask->ncb.lana };
    ask->reset = ask->resetting = true;
    ask->tag = rc_submit(tags, &ncb, NULL, 0, out);
}

rc_took rc_ask_ncb(rc_ask *ask, rc_tags *tags, uint32_t tag, const nbt_ncb *ncb, nbt_out *out)
{
    if (tag != ask->tag || tag == 0)
        return RC_NOT_MINE;
    if (ask->resetting && ncb->retcode == NBT_NRC_GOODRET) {
        ask->resetting = false;
        ask->tag = rc_submit(tags, &ask->ncb, NULL, 0, out);
        return RC_TAKEN;
    }
    if (!ask->reset && ncb->retcode == NBT_NRC_ENVNOTDEF) {
        reset(ask, tags, out);
        return RC_TAKEN;
    }
    ask->tag = 0;
    ask->ncb = *ncb;
    return RC_DONE;
}
