/*
 * Of an answer the header is enough; all else is read, since names can be written in several ways.
 */
#include "capture/replay_key.h"

#include <string.h>

/* What a request asks for; those that ask for the same in other words are one. */
enum about {
    ABOUT_ANSWER = 1,
    ABOUT_WACK,
    ABOUT_QUERY,
    ABOUT_STATUS,
    ABOUT_CLAIM,
    ABOUT_OVERWRITE,
    ABOUT_REFRESH,
    ABOUT_RELEASE,
    ABOUT_CONFLICT,
    ABOUT_OTHER,
    ABOUT_DATAGRAM,
    ABOUT_LATER_PART,
    ABOUT_DATAGRAM_QUERY,
    ABOUT_DATAGRAM_ANSWER,
    ABOUT_NOTHING,
};

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ (h >> 29);
}

static uint64_t mix_octets(uint64_t h, const uint8_t *p, size_t n)
{
    uint64_t x;
    for (; n >= sizeof x; p += sizeof x, n -= sizeof x) {
        memcpy(&x, p, sizeof x);
        h = mix(h, x);
    }
    x = n;
    if (n > 0)
        memcpy(&x, p, n);
    return mix(h, x);
}

static uint64_t mix_name(uint64_t h, const nbt_name *name)
{
    h = mix(h, (uint64_t)name->form << 16 | name->scope.len);
    if (name->form == NBT_NAME_NETBIOS)
        h = mix_octets(h, name->b, NBT_NAME_LEN);
    return name->scope.len ? mix_octets(h, name->scope.b, name->scope.len) : h;
}

static uint64_t done(uint64_t h)
{
    return h ? h : 1;
}

uint64_t cap_key_id(nbt_service service, uint32_t ip, uint16_t id)
{
    return done(mix(mix(service + 1, ip), id));
}

static enum about about_request(const nbt_ns *ns)
{
    switch (nbt_ns_opcode(ns)) {
    case NBT_OPCODE_QUERY:
        return ns->q.type == NBT_RR_NBSTAT ? ABOUT_STATUS : ABOUT_QUERY;
    case NBT_OPCODE_REGISTRATION:
        return ns->word & NBT_NS_RD ? ABOUT_CLAIM : ABOUT_OVERWRITE;
    case NBT_OPCODE_MULTIHOMED:
        return ABOUT_CLAIM;
    case NBT_OPCODE_REFRESH:
    case NBT_OPCODE_REFRESH9:
        return ABOUT_REFRESH;
    case NBT_OPCODE_RELEASE:
        return ABOUT_RELEASE;
    }
    return ABOUT_OTHER;
}

static uint64_t key_ns(const nbt_msg *m, uint32_t to, cap_role *role)
{
    const nbt_ns *ns = &m->u.ns;
    const nbt_name *name = nbt_ns_name(ns);
    bool response = ns->word & NBT_NS_R;
    bool demand = response && nbt_ns_kind_of(ns) == NBT_NS_CONFLICT_DEMAND;
    if (response && !demand) {
        *role = CAP_ROLE_ANSWERS;
        bool wack = nbt_ns_opcode(ns) == NBT_OPCODE_WACK;
        return mix(mix(wack ? ABOUT_WACK : ABOUT_ANSWER, ns->trn_id), to);
    }
    *role = demand ? CAP_ROLE_TELLS : CAP_ROLE_ASKS;
    uint64_t h = mix(demand ? ABOUT_CONFLICT : about_request(ns), 0);
    return name ? mix_name(h, name) : h;
}

static uint64_t key_dgm(const nbt_dgm *d, uint32_t to, cap_role *role)
{
    *role = CAP_ROLE_ASKS;
    switch (d->type) {
    case NBT_DGM_ERROR:
    case NBT_DGM_POSITIVE_QUERY:
    case NBT_DGM_NEGATIVE_QUERY:
        *role = CAP_ROLE_ANSWERS;
        return mix(mix(ABOUT_DATAGRAM_ANSWER, d->id), to);
    case NBT_DGM_QUERY:
        return mix_name(ABOUT_DATAGRAM_QUERY, &d->to);
    }
    if (!(d->flags & NBT_DGM_FIRST))
        return mix(mix(ABOUT_LATER_PART, d->source.ip), d->offset);
    return mix_name(mix_name(mix(ABOUT_DATAGRAM, d->type), &d->from), &d->to);
}

uint64_t cap_key(nbt_service service, nbt_bytes bytes, uint32_t to, cap_role *role)
{
    nbt_msg m;
    if (nbt_msg_rd(&m, service, bytes.p, bytes.n) && service == NBT_SERVICE_NAME)
        return done(key_ns(&m, to, role));
    if (!m.err && service == NBT_SERVICE_DATAGRAM)
        return done(key_dgm(&m.u.dgm, to, role));
    *role = CAP_ROLE_ASKS;
    return done(mix_octets(ABOUT_NOTHING, bytes.p, bytes.n));
}
