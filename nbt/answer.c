/*
 * Answers to the requests of others.
 */
#include "nbt/answer.h"

#include "nbt/nodetype.h"

#include <string.h>

bool nbt_answer_holds(const nbt_entry *e)
{
    /* A deregistered name is ours until its last session ends: nobody was told otherwise (G16). */
    return e && !e->conflict &&
           (e->state == NBT_ENTRY_REGISTERED || e->state == NBT_ENTRY_DEREGISTERED);
}

uint16_t nbt_answer_nb_flags(const nbt_lana_cfg *cfg, bool group)
{
    unsigned ont = cfg->profile->ont_in_nb_flags ? (unsigned)cfg->type << NBT_NB_ONT_SHIFT : 0;
    return (uint16_t)((group ? NBT_NB_G : 0) | ont);
}

static nbt_addr own_address(const nbt_lana_cfg *cfg, bool group)
{
    return (nbt_addr){ nbt_answer_nb_flags(cfg, group), cfg->ip };
}

/*
 * RFC 1002 5.1.1.5, NAME REGISTRATION REQUEST. RD, which tells a claim from an overwrite demand,
 * decides nothing: Samba's AD server has the bit the other way round (B26). The answer carries our
 * own record (4.2.6 leaves it open; Windows does the same).
 */
static nbt_answer defend(const nbt_lana_cfg *cfg, const nbt_entry *e, const nbt_ns *m, nbt_draft *d)
{
    if (m->q.type != NBT_RR_NB || !nbt_name_eq(&m->rr[0].name, &m->q.name))
        return NBT_ANSWER_NONE;
    bool claims_group = (nbt_addr_get(&m->rr[0], 0).nb_flags & NBT_NB_G) != 0;
    if (!nbt_answer_holds(e) || e->name[0] == '*' || (claims_group && e->group))
        return NBT_ANSWER_NONE;
    unsigned word = NBT_WORD_NEGATIVE_REGISTRATION | (unsigned)NBT_RCODE_ACT_ERR;
    nbt_addr addr = own_address(cfg, e->group);
    if (cfg->profile->defence_echoes)
        addr = nbt_addr_get(&m->rr[0], 0);
    nbt_draft_response(d, m->trn_id, word, &m->q.name, 0, addr);
    return NBT_ANSWER_DEFENCE;
}

/*
 * RFC 1002 5.1.1.5, NAME QUERY REQUEST. Nobody says no to a broadcast; whether a unicast query for
 * a name that is not here (or not any more, through a conflict: H24) gets a no, the profile says.
 */
static nbt_answer answer_query(const nbt_lana_cfg *cfg, const nbt_entry *e, const nbt_ns *m,
                               bool unicast, nbt_draft *d)
{
    unsigned ra = cfg->profile->ra_in_query_response ? NBT_NS_RA : 0;
    if (nbt_answer_holds(e)) {
        /* How long the answer may be kept, the RFC does not say; an RFC node's 0 means that nothing
           is said. */
        nbt_draft_response(d, m->trn_id, NBT_WORD_POSITIVE_QUERY | ra, &m->q.name,
                           cfg->profile->answer_ttl, own_address(cfg, e->group));
        return NBT_ANSWER_POSITIVE;
    }
    const nbt_nodetype *type = nbt_nodetype_of(cfg->type);
    if (!unicast || !(cfg->profile->negative_to_unicast || type->denies))
        return NBT_ANSWER_NONE;
    /* A server that has just granted the name may challenge us for the next claimant before we know
       it: neither a yes nor a no would be true, and it asks again. */
    if (e && e->state == NBT_ENTRY_REGISTERING && type->has_servers)
        return NBT_ANSWER_NONE;
    if ((m->word & NBT_NS_RD) && !cfg->profile->denies_with_rd)
        return NBT_ANSWER_NONE;
    nbt_draft_negative_query(d, m->trn_id, NBT_WORD_NEGATIVE_QUERY | ra | NBT_RCODE_NAM_ERR,
                             &m->q.name);
    d->ns.ancount = cfg->profile->denial_counts;
    return NBT_ANSWER_NEGATIVE;
}

/*
 * What nmbd says to a request that has come to it alone and has not B: it is meant for a name
 * server, and nmbd is none. A multihomed claim it leaves alone, with B or without.
 */
static nbt_answer refuse_for_server(const nbt_ns *m, nbt_ns_kind kind, nbt_draft *d)
{
    bool release = kind == NBT_NS_RELEASE_REQUEST || kind == NBT_NS_RELEASE_DEMAND;
    unsigned word = release ? NBT_WORD_POSITIVE_RELEASE : NBT_WORD_NEGATIVE_REGISTRATION;
    if (kind == NBT_NS_MULTIHOMED)
        return NBT_ANSWER_NONE;
    nbt_draft_response(d, m->trn_id, word | NBT_RCODE_FMT_ERR, &m->q.name, 0,
                       nbt_addr_get(&m->rr[0], 0));
    return NBT_ANSWER_REFUSAL;
}

/* And to a release of a unique name of its own. */
static nbt_answer refuse_release(const nbt_entry *e, const nbt_ns *m, nbt_draft *d)
{
    nbt_addr addr = nbt_addr_get(&m->rr[0], 0);
    if (!nbt_answer_holds(e) || e->group || (addr.nb_flags & NBT_NB_G))
        return NBT_ANSWER_NONE;
    nbt_draft_response(d, m->trn_id, NBT_WORD_POSITIVE_RELEASE | NBT_RCODE_ACT_ERR, &m->q.name, 0,
                       addr);
    return NBT_ANSWER_REFUSAL;
}

/* A request with a record, of a node that goes by B. */
static nbt_answer answer_by_b(const nbt_lana_cfg *cfg, const nbt_entry *e, const nbt_ns *m,
                              bool unicast, nbt_draft *d)
{
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    if (unicast && !(m->word & NBT_NS_B))
        return refuse_for_server(m, kind, d);
    if (kind == NBT_NS_RELEASE_REQUEST || kind == NBT_NS_RELEASE_DEMAND)
        return refuse_release(e, m, d);
    if (kind == NBT_NS_REFRESH || kind == NBT_NS_MULTIHOMED)
        return NBT_ANSWER_NONE;
    return defend(cfg, e, m, d);
}

/* NAME_FLAGS of RFC 1002 4.2.18: ACT is set in every entry, the others come on top of it. */
static uint16_t name_flags(const nbt_lana_cfg *cfg, const nbt_entry *e)
{
    unsigned flags = (unsigned)cfg->type << NBT_NB_ONT_SHIFT | NBT_NB_ACT;
    if (e->group)
        flags |= NBT_NB_G;
    if (e->state == NBT_ENTRY_DEREGISTERED)
        flags |= NBT_NB_DRG;
    if (e->conflict)
        flags |= NBT_NB_CNF;
    if (e->num == 1)
        flags |= NBT_NB_PRM;
    return (uint16_t)flags;
}

static nbt_statistics statistics(const nbt_lana_cfg *cfg, const nbt_node_stats *stats)
{
    nbt_statistics st = { 0 };
    if (!cfg->profile->status_no_unit_id)
        memcpy(st.unit_id, cfg->mac, sizeof st.unit_id);
    if (cfg->profile->status_no_counts)
        return st;
    st.good_sends = stats->sent;
    st.good_receives = stats->received - stats->malformed;
    st.retransmits = (uint16_t)(stats->resent < UINT16_MAX ? stats->resent : UINT16_MAX);
    return st;
}

void nbt_answer_status(const nbt_lana_cfg *cfg, const nbt_ltable *names,
                       const nbt_node_stats *stats, uint16_t trn_id, const nbt_name *name,
                       nbt_draft *d)
{
    nbt_node_name list[NBT_NAMES_MAX];
    const nbt_entry *order[NBT_NAMES_MAX];
    size_t n = 0, room = nbt_draft_status_room(name);
    size_t all = nbt_persona_list(cfg->persona, names, order);
    unsigned word = NBT_WORD_STATUS_RESPONSE;
    for (size_t i = 0; i < all; i++) {
        const nbt_entry *e = order[i];
        if (e->state == NBT_ENTRY_REGISTERING)
            continue; /* not ours yet (E13) */
        if (n == room) {
            word |= NBT_NS_TC;
            break;
        }
        memcpy(list[n].b, e->name, NBT_NAME_LEN);
        list[n++].flags = name_flags(cfg, e);
    }
    nbt_statistics st = statistics(cfg, stats);
    nbt_draft_status(d, trn_id, word, name, list, n, &st);
    d->tail = cfg->persona ? cfg->persona->status_tail : 0;
}

/* A status request that is for whoever hears it: not in 5.1.1.5, but in 5.1.2.5 and everywhere
 * (E24).
 */
static bool is_for_any(const nbt_lana_cfg *cfg, const uint8_t name[NBT_NAME_LEN])
{
    static const uint8_t blanks[NBT_NAME_LEN] = "*               ";
    return nbt_name_is_wildcard(name) ||
           (cfg->profile->star_and_blanks && memcmp(name, blanks, NBT_NAME_LEN) == 0);
}

nbt_answer nbt_answer_to(const nbt_lana_cfg *cfg, const nbt_ltable *names,
                         const nbt_node_stats *stats, const nbt_ns *m, bool unicast, nbt_draft *d)
{
    const nbt_entry *e = nbt_ltable_find_const(names, m->q.name.b);
    bool by_b = cfg->profile->b_tells;
    switch (nbt_ns_kind_of(m)) {
    case NBT_NS_QUERY:
        return answer_query(cfg, e, m, unicast, d);
    case NBT_NS_STATUS_REQUEST:
        if (!nbt_answer_holds(e) && !is_for_any(cfg, m->q.name.b))
            return NBT_ANSWER_NONE;
        nbt_answer_status(cfg, names, stats, m->trn_id, &m->q.name, d);
        return NBT_ANSWER_STATUS;
    case NBT_NS_REGISTRATION:
    case NBT_NS_OVERWRITE_REQUEST:
    case NBT_NS_OVERWRITE_DEMAND:
    case NBT_NS_MULTIHOMED:
        return by_b ? answer_by_b(cfg, e, m, unicast, d) : defend(cfg, e, m, d);
    case NBT_NS_REFRESH: /* not in 5.1.1.5; who sends us one claims our name, says Windows (TORT) */
        if (by_b)
            return answer_by_b(cfg, e, m, unicast, d);
        return unicast ? defend(cfg, e, m, d) : NBT_ANSWER_NONE;
    case NBT_NS_RELEASE_REQUEST:
    case NBT_NS_RELEASE_DEMAND:
        return by_b ? answer_by_b(cfg, e, m, unicast, d) : NBT_ANSWER_NONE;
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
    case NBT_NS_STATUS_RESPONSE:
    case NBT_NS_OTHER:
    case NBT_NS_KINDS:
        break;
    }
    return NBT_ANSWER_NONE;
}
