/*
 * Requests, and the control blocks that they come from.
 */
#include "tools/replay/toscene_impl.h"

/* What a kind of name packet means for who would have a computer send it. */
typedef struct meaning {
    const char *verb;
    bool goes_on;
} meaning;

static const meaning meanings[NBT_NS_KINDS] = {
    [NBT_NS_REGISTRATION] = { .verb = "add" },
    [NBT_NS_MULTIHOMED] = { .verb = "add" },
    [NBT_NS_RELEASE_REQUEST] = { .verb = "delete" },
    [NBT_NS_RELEASE_DEMAND] = { .verb = "delete" },
    [NBT_NS_QUERY] = { .verb = "find" },
    [NBT_NS_STATUS_REQUEST] = { .verb = "status" },
    [NBT_NS_OVERWRITE_DEMAND] = { .goes_on = true },
    [NBT_NS_OVERWRITE_REQUEST] = { .goes_on = true },
    [NBT_NS_CONFLICT_DEMAND] = { .goes_on = true },
    [NBT_NS_REFRESH] = { .goes_on = true },
};

const char *toscene_verb(const nbt_ns *ns)
{
    nbt_ns_kind kind = nbt_ns_kind_of(ns);
    bool claims = kind == NBT_NS_REGISTRATION || kind == NBT_NS_MULTIHOMED;
    bool group = claims && ns->nrr > 0 && ns->rr[0].type == NBT_RR_NB &&
                 nbt_addr_count(&ns->rr[0]) > 0 && nbt_addr_get(&ns->rr[0], 0).nb_flags & NBT_NB_G;
    return group ? "add-group" : meanings[kind].verb;
}

bool toscene_goes_on(const nbt_ns *ns)
{
    return meanings[nbt_ns_kind_of(ns)].goes_on;
}
