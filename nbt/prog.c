/*
 * Control blocks as programs give them to their driver.
 */
#include "nbt/prog.h"

#include <string.h>

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
    ask->ncb.retcode = NBT_NRC_PENDING; /* nb30.h: NCB_CMD_CPLT until it is finished */
}

nbt_prog_took nbt_prog_answered(nbt_prog_ask *ask, nbt_prog_tags *tags, uint32_t tag,
                                const nbt_ncb *ncb, nbt_out *out)
{
    if (tag != ask->tag || tag == 0)
        return NBT_PROG_NOT_MINE;
    if (ask->resetting && ncb->retcode == NBT_NRC_GOODRET) {
        ask->resetting = false;
        ask->tag = nbt_prog_submit(tags, &ask->ncb, NULL, 0, out);
        return NBT_PROG_TAKEN;
    }
    if (!ask->reset && ncb->retcode == NBT_NRC_ENVNOTDEF) {
        /* NCB_LSN 0 asks for a new environment; limits of 0 are the driver's own (nb30.h). */
        nbt_ncb reset = { .command = NBT_NCB_RESET, .lana = ask->ncb.lana };
        ask->reset = ask->resetting = true;
        ask->tag = nbt_prog_submit(tags, &reset, NULL, 0, out);
        return NBT_PROG_TAKEN;
    }
    ask->tag = 0;
    ask->ncb = *ncb;
    return NBT_PROG_DONE;
}

void nbt_prog_ask_machine(nbt_prog_ask *ask, nbt_prog_tags *tags, uint8_t lana, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_ADAPTER_STATUS,
                    .lana = lana,
                    .length = NBT_ASTAT_LEN + NBT_NAMES_MAX * NBT_ASTAT_NAME_LEN };
    ncb.callname[0] = '*';
    memset(ncb.callname + 1, ' ', NBT_NAME_LEN - 1);
    nbt_prog_put(ask, tags, &ncb, out);
}

bool nbt_prog_machine(const nbt_prog_ask *ask, nbt_bytes data, char machine[NBT_NAME_LEN])
{
    nbt_rd r;
    nbt_astat status;
    nbt_astat_name name;
    if (ask->ncb.retcode != NBT_NRC_GOODRET && ask->ncb.retcode != NBT_NRC_INCOMP)
        return false;
    nbt_rd_init(&r, data.p, data.n);
    nbt_astat_rd(&r, &status);
    while (nbt_rd_left(&r) > 0) {
        nbt_astat_name_rd(&r, &name);
        size_t n = NBT_NAME_LEN - 1;
        while (n > 0 && name.name[n - 1] == ' ')
            n--;
        if (r.err || n == 0 || name.name[0] == 0 || name.name[NBT_NAME_LEN - 1] != 0 ||
            (name.flags & NBT_NAME_FLAG_GROUP))
            continue;
        memset(machine, 0, NBT_NAME_LEN);
        memcpy(machine, name.name, n);
        return true;
    }
    return false;
}
