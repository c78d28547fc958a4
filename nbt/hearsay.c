/*
 * Which broadcasts are hearsay: requests that look for a name's owner or ask whether there is one,
 * and what is demanded of who remembers a name.
 */
#include "nbt/hearsay.h"

#include "nbt/ns.h"

#include <string.h>

nbt_heard nbt_heard_name(const uint8_t name[NBT_NAME_LEN])
{
    uint64_t half[2];
    memcpy(half, name, sizeof half);
    nbt_rng mix = { half[0] ^ half[1] * UINT64_C(0x9E3779B97F4A7C15) };
    uint64_t h = nbt_rng_u64(&mix);
    nbt_heard set;
    for (unsigned i = 0; i < NBT_HEARD_WORDS; i++)
        set.w[i] = UINT64_C(1) << (h >> 6 * i & 63);
    return set;
}

nbt_heard nbt_heard_all(void)
{
    nbt_heard set;
    memset(&set, 0xFF, sizeof set);
    return set;
}

/* A demand counts as understood only in the scope of who hears it: here, in none. */
static bool is_plain(const nbt_ns *m)
{
    const nbt_name *name = nbt_ns_name(m);
    return name->form == NBT_NAME_NETBIOS && name->scope.len == 0 &&
           (m->qdcount == 0 || m->q.cls == NBT_CLASS_IN) &&
           (m->nrr == 0 || m->rr[0].cls == NBT_CLASS_IN);
}

void nbt_hearsay_rd(nbt_hearsay *h, nbt_bytes data)
{
    nbt_rd r;
    nbt_ns m;
    *h = (nbt_hearsay){ .is = false };
    nbt_rd_init(&r, data.p, data.n);
    nbt_ns_rd(&r, &m);
    if (r.err || !nbt_ns_name(&m))
        return;
    h->name = nbt_heard_name(nbt_ns_name(&m)->b);
    switch (nbt_ns_kind_of(&m)) {
    case NBT_NS_REGISTRATION:
    case NBT_NS_MULTIHOMED:
    case NBT_NS_REFRESH:
    case NBT_NS_QUERY:
        h->is = true;
        return;
    case NBT_NS_OVERWRITE_REQUEST:
    case NBT_NS_OVERWRITE_DEMAND:
    case NBT_NS_RELEASE_REQUEST:
    case NBT_NS_RELEASE_DEMAND:
        h->is = h->demand = is_plain(&m);
        return;
    case NBT_NS_POSITIVE_REGISTRATION:
    case NBT_NS_NEGATIVE_REGISTRATION:
    case NBT_NS_CHALLENGE:
    case NBT_NS_CONFLICT_DEMAND:
    case NBT_NS_POSITIVE_RELEASE:
    case NBT_NS_NEGATIVE_RELEASE:
    case NBT_NS_POSITIVE_QUERY:
    case NBT_NS_NEGATIVE_QUERY:
    case NBT_NS_REDIRECT:
    case NBT_NS_WACK:
    case NBT_NS_STATUS_REQUEST:
    case NBT_NS_STATUS_RESPONSE:
    case NBT_NS_OTHER:
    case NBT_NS_KINDS:
        return;
    }
}
