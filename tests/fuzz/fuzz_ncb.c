/*
 * Any bytes as a message of the driver's socket, and as what a control block's buffer holds: what
 * can be read is written and read again, and is the same.
 */
#include "nbt/ncb.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void try_message(const uint8_t *data, size_t size)
{
    nbt_rd r;
    nbt_ipc m;
    nbt_rd_init(&r, data, size);
    nbt_ipc_rd(&r, &m);
    if (r.err)
        return;
    check(size >= NBT_IPC_HEADER_LEN && m.data.n == size - NBT_IPC_HEADER_LEN);

    uint8_t *again = malloc(size);
    nbt_wr w;
    check(again != NULL);
    nbt_wr_init(&w, again, size);
    nbt_ipc_wr(&w, &m);
    check(!w.err && w.at == size);
    nbt_rd_init(&r, again, size);
    nbt_ipc same;
    nbt_ipc_rd(&r, &same);
    check(!r.err && same.kind == m.kind && same.tag == m.tag);
    check(same.ncb.command == m.ncb.command && same.ncb.length == m.ncb.length);
    check(memcmp(same.ncb.name, m.ncb.name, NBT_NAME_LEN) == 0);
    check(memcmp(same.ncb.callname, m.ncb.callname, NBT_NAME_LEN) == 0);
    check(m.data.n == 0 || memcmp(same.data.p, m.data.p, m.data.n) == 0);
    free(again);
}

/* The structures that programs find in their buffers: a short one sticks, and reads as zeros. */
static void try_buffers(const uint8_t *data, size_t size)
{
    nbt_rd r;
    nbt_astat st;
    nbt_astat_name name;
    nbt_rd_init(&r, data, size);
    nbt_astat_rd(&r, &st);
    while (!r.err && nbt_rd_left(&r) > 0)
        nbt_astat_name_rd(&r, &name);

    nbt_sstat_head head;
    nbt_sstat_session session;
    nbt_rd_init(&r, data, size);
    nbt_sstat_head_rd(&r, &head);
    while (!r.err && nbt_rd_left(&r) > 0)
        nbt_sstat_session_rd(&r, &session);

    nbt_find found;
    nbt_rd_init(&r, data, size);
    nbt_find_rd(&r, &found);
    while (!r.err && nbt_rd_left(&r) > 0)
        (void)nbt_find_node_rd(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_message(data, size);
    try_buffers(data, size);
    return 0;
}
