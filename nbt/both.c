/*
 * Whose a packet is. It looks at the server, and changes nothing.
 */
#include "nbt/both.h"

#include "nbt/ns.h"

nbt_both nbt_both_whose(const nbt_nbns *server, uint32_t own, nbt_ep from, nbt_ep to,
                        nbt_bytes data)
{
    nbt_rd r;
    nbt_ns m;
    if (to.ip != own)
        return NBT_BOTH_NODE;
    nbt_rd_init(&r, data.p, data.n);
    nbt_ns_rd(&r, &m);
    if (r.err)
        return NBT_BOTH_SERVER;
    bool awaited = nbt_nbns_awaits(server, &m);
    if (m.word & NBT_NS_R)
        return awaited ? NBT_BOTH_SERVER : NBT_BOTH_NODE;
    if (nbt_ns_kind_of(&m) == NBT_NS_STATUS_REQUEST)
        return NBT_BOTH_NODE;
    bool from_here = from.ip == own && from.port == NBT_PORT_NS;
    return from_here && awaited ? NBT_BOTH_NODE : NBT_BOTH_SERVER;
}
