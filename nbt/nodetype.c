/*
 * The types of node as a table. Nothing here decides anything.
 */
#include "nbt/nodetype.h"

#include <stddef.h>
#include <string.h>

enum { YES = NBT_OUTCOME_YES, NO = NBT_OUTCOME_NO, SILENCE = NBT_OUTCOME_SILENCE };

static const nbt_nodetype types[] = {
    [NBT_ONT_B] = {
        .claim = { { NBT_WAY_BROADCAST, 0 } },
        .query = { { NBT_WAY_BROADCAST, 0 } },
        .release = { { NBT_WAY_BROADCAST, 0 } },
        .hears_broadcasts = true,
    },
    [NBT_ONT_P] = {
        .claim = { { NBT_WAY_SERVER, 0 } },
        .query = { { NBT_WAY_SERVER, 0 } },
        .release = { { NBT_WAY_SERVER, 0 } },
        .denies = true, /* RFC 1002 5.1.2.5 */
        .has_servers = true,
    },
    [NBT_ONT_M] = {
        /* RFC 1001 15.2.3, 15.3.3, 15.4.3 */
        .claim = { { NBT_WAY_BROADCAST, 0 }, { NBT_WAY_SERVER, YES } },
        .query = { { NBT_WAY_BROADCAST, 0 }, { NBT_WAY_SERVER, SILENCE } },
        /* Without an answer the name is gone all the same (H16), and all are to know. */
        .release = { { NBT_WAY_SERVER, 0 }, { NBT_WAY_BROADCAST, YES | SILENCE } },
        .hears_broadcasts = true,
        .denies = true, /* RFC 1002 5.1.3.5 */
        .has_servers = true,
    },
    [NBT_ONT_H] = {
        /* F3 to F5: a server's no to a claim is final, to a query or a release it is not. */
        .claim = { { NBT_WAY_SERVER, 0 }, { NBT_WAY_BROADCAST, SILENCE } },
        .query = { { NBT_WAY_SERVER, 0 }, { NBT_WAY_BROADCAST, NO | SILENCE } },
        .release = { { NBT_WAY_SERVER, 0 }, { NBT_WAY_BROADCAST, NO | SILENCE } },
        .hears_broadcasts = true,
        .denies = true, /* as M: a challenging name server waits for it */
        .has_servers = true,
    },
};

/* An H node, about a name of its subnet. */
static const nbt_nodetype hybrid_of_subnet = {
    .claim = { { NBT_WAY_BROADCAST, 0 }, { NBT_WAY_SERVER, YES } },
    .query = { { NBT_WAY_SERVER, 0 }, { NBT_WAY_BROADCAST, NO | SILENCE } },
    .release = { { NBT_WAY_SERVER, 0 }, { NBT_WAY_BROADCAST, YES | NO | SILENCE } },
    .hears_broadcasts = true,
    .denies = true,
    .has_servers = true,
};

const nbt_nodetype *nbt_nodetype_of(nbt_node_type type)
{
    return &types[type];
}

bool nbt_nodetype_is_of_subnet(const uint8_t name[NBT_NAME_LEN])
{
    static const uint8_t masters[] = "\x01\x02__MSBROWSE__\x02\x01";
    uint8_t suffix = name[NBT_NAME_LEN - 1];
    return suffix == 0x1D || suffix == 0x1E || memcmp(name, masters, NBT_NAME_LEN) == 0;
}

const nbt_nodetype *nbt_nodetype_of_name(nbt_node_type type, const uint8_t name[NBT_NAME_LEN])
{
    return type == NBT_ONT_H && nbt_nodetype_is_of_subnet(name) ? &hybrid_of_subnet : &types[type];
}

const nbt_leg *nbt_leg_next(const nbt_leg legs[NBT_LEGS_MAX], unsigned i, nbt_outcome outcome)
{
    if (i + 1 >= NBT_LEGS_MAX || legs[i + 1].way == NBT_WAY_NONE || !(legs[i + 1].after & outcome))
        return NULL;
    return &legs[i + 1];
}
