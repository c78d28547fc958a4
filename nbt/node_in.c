/*
 * What comes in from the network: whether it is anybody's business here, and whose. It sends
 * answers, and nothing that was not asked for.
 */
#include "nbt/answer.h"
#include "nbt/call.h"
#include "nbt/node_impl.h"

#include <assert.h>

static bool is_server(const nbt_node *node, uint32_t ip)
{
    for (size_t i = 0; i < node->cfg.nservers; i++)
        if (node->cfg.servers[i] == ip)
            return true;
    return false;
}

/* From the name server that has our address and our port (nbt/both.h). */
static bool is_server_here(const nbt_node *node, nbt_ep from)
{
    return from.ip == node->cfg.ip && from.port == NBT_PORT_NS && node->type->has_servers &&
           is_server(node, from.ip);
}

/* Whether a packet can be from somebody else: no other is worth an answer, or belief. */
static bool is_another(const nbt_node *node, nbt_ep from, nbt_ep to)
{
    /* Our own broadcast, heard again (E16); what another port here sends is a program's question.
     */
    if (from.ip == node->cfg.ip && from.port == NBT_PORT_NS)
        return to.ip == node->cfg.ip && is_server_here(node, from);
    bool multicast_or_above = from.ip >> 28 >= 0xE;
    return from.ip != 0 && from.ip != node->cfg.broadcast && !multicast_or_above && from.port != 0;
}

/* A name of our scope; the same sixteen bytes in another scope are another name (A20). */
static bool concerns_us(const nbt_node *node, const nbt_ns *m)
{
    const nbt_name *name = nbt_ns_name(m);
    if (!name || name->form != NBT_NAME_NETBIOS || !nbt_lana_in_scope(&node->cfg, &name->scope))
        return false;
    return (m->qdcount == 0 || m->q.cls == NBT_CLASS_IN) &&
           (m->nrr == 0 || m->rr[0].cls == NBT_CLASS_IN);
}

/* A program of this machine, on a port of its own, may ask; it can neither claim nor demand. */
static bool may_say(const nbt_node *node, nbt_ep from, const nbt_ns *m)
{
    return from.ip != node->cfg.ip || (m->word & (NBT_NS_R | NBT_NS_OPCODE_MASK)) == 0 ||
           is_server_here(node, from);
}

/*
 * RFC 1002 5.1.1.5: neither demand touches a name of ours (E22, E23). What is remembered of the
 * name is forgotten: learning the new owner from who says so would be believing anybody.
 */
static bool take_demand(nbt_node *node, nbt_time now, nbt_ep from, const nbt_ns *m, nbt_out *out)
{
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    bool release = kind == NBT_NS_RELEASE_DEMAND || kind == NBT_NS_RELEASE_REQUEST;
    bool overwrite = kind == NBT_NS_OVERWRITE_DEMAND || kind == NBT_NS_OVERWRITE_REQUEST;
    if (release || overwrite)
        nbt_node_trace_packet(node, out, "demand", "", release ? "release" : "overwrite", "", from,
                              m);
    if (release)
        nbt_node_heard_release(node, now, m);
    else if (overwrite)
        nbt_cache_drop(&node->cache, nbt_ns_name(m)->b);
    return release || overwrite;
}

/* E34 */
static bool obeys(const nbt_node *node, nbt_obey whom, uint32_t ip)
{
    switch (whom) {
    case NBT_OBEY_NOBODY:
        return false;
    case NBT_OBEY_SERVERS:
        return node->type->has_servers && is_server(node, ip);
    case NBT_OBEY_ANYBODY:
        return true;
    }
    return false;
}

/*
 * RFC 1002 5.1.2.5, NAME RELEASE REQUEST: a name server takes a name away. A group is not its to
 * take (F34), and what was sent to everybody is another member's farewell (E41). The answer is RFC
 * 1001 15.5.3's.
 */
static bool take_release(nbt_node *node, nbt_ep from, const nbt_ns *m, nbt_out *out)
{
    nbt_entry *e = nbt_ltable_find(&node->names, m->q.name.b);
    bool ours = e && !e->group && e->name[0] != '*' && e->state != NBT_ENTRY_REGISTERING;
    if (!ours || !node->type->has_servers || !obeys(node, node->cfg.profile->obey_release, from.ip))
        return false;
    nbt_draft d;
    nbt_draft_response(&d, m->trn_id, NBT_WORD_POSITIVE_RELEASE, &m->q.name, 0,
                       nbt_addr_get(&m->rr[0], 0));
    nbt_node_send(node, out, from, &d);
    nbt_node_trace_packet(node, out, "name", nbt_node_entry_state(e), "released",
                          "taken away by a name server", from, m);
    nbt_node_ev ev = { .kind = NBT_NODE_RELEASED, .num = e->num, .peer = from };
    nbt_trn *refresh = nbt_trns_find_name(&node->trns, NBT_TRN_REFRESH, e->name);
    if (refresh)
        nbt_trns_drop(&node->trns, refresh);
    nbt_node_forget(node, 0, e->num);
    nbt_ltable_remove(&node->names, e);
    nbt_node_tell(node, &ev, NULL);
    return true;
}

/*
 * A multihomed owner that is challenged lists all its addresses, so that a name server sees that
 * the claimant of another one is the same computer (F24): also those of claims that are under way.
 */
static void add_siblings(const nbt_node *node, const nbt_ns *m, nbt_draft *d)
{
    const nbt_entry *own = nbt_ltable_find_const(&node->names, m->q.name.b);
    if (!node->cfg.profile->all_addresses || own->group)
        return;
    for (const nbt_node *n = node->next; n != node; n = n->next) {
        const nbt_entry *e = nbt_ltable_find_const(&n->names, m->q.name.b);
        if (e && !e->group && !e->conflict)
            (void)nbt_draft_add_address(d, nbt_node_own_address(n, false));
    }
}

/*
 * Whether an answer may go out: of those that anybody can ask for in another's name no more than
 * the profile has within a second, all at once or one after the other (H48). A defence always may.
 */
static bool within_limit(nbt_node *node, nbt_time now, nbt_answer answer)
{
    uint16_t limit = node->cfg.profile->answers;
    if (limit == 0 || answer == NBT_ANSWER_DEFENCE || answer == NBT_ANSWER_REFUSAL)
        return true;
    nbt_time share = NBT_S(1) / limit;
    if (node->answered < now - NBT_S(1))
        node->answered = now - NBT_S(1);
    if (node->answered + share > now)
        return false;
    node->answered += share;
    return true;
}

static bool take_request(nbt_node *node, nbt_time now, nbt_ep from, nbt_ep to, const nbt_ns *m,
                         nbt_out *out)
{
    bool demand = take_demand(node, now, from, m, out);
    bool unicast = to.ip == node->cfg.ip; /* the B bit is a claim, the address a fact (B10) */
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    bool release = kind == NBT_NS_RELEASE_REQUEST || kind == NBT_NS_RELEASE_DEMAND;
    if (unicast && release && take_release(node, from, m, out))
        return true;
    nbt_draft d;
    nbt_answer answer = nbt_answer_to(&node->cfg, &node->names, &node->stats, m, unicast, &d);
    if (answer == NBT_ANSWER_NONE ||
        (answer == NBT_ANSWER_DEFENCE && nbt_node_in_conflict_elsewhere(node, m->q.name.b)) ||
        !within_limit(node, now, answer))
        return demand;
    if (answer == NBT_ANSWER_POSITIVE)
        add_siblings(node, m, &d);
    nbt_ep to_asker = { from.ip, node->cfg.profile->answers_at_137 ? NBT_PORT_NS : from.port };
    nbt_node_send(node, out, to_asker, &d);
    if (!unicast && node->cfg.profile->broadcasts_twice)
        nbt_node_send(node, out, to_asker, &d);
    if (answer == NBT_ANSWER_DEFENCE)
        nbt_node_trace_packet(node, out, "defence", "", "refused", "claimed by another node", from,
                              &d.ns);
    return true;
}

/* RFC 1002 5.1.1.5: an unasked NAME CONFLICT DEMAND. A group name cannot be in conflict (E48). */
static bool take_conflict_demand(nbt_node *node, nbt_ep from, const nbt_ns *m, nbt_out *out)
{
    nbt_node_trace_packet(node, out, "demand", "", "conflict", "", from, m);
    nbt_entry *e = nbt_ltable_find(&node->names, nbt_ns_name(m)->b);
    if (nbt_answer_holds(e) && !e->group && obeys(node, node->cfg.profile->obey_conflict, from.ip))
        nbt_node_in_conflict(node, e, from, m, "demanded by another node", out);
    return true;
}

/* The addresses of a positive query response, as many as a query remembers; and how long they may
   be (B42). */
static size_t addresses(nbt_trn *trn, const nbt_ns *m, nbt_addr addrs[NBT_FOUND_MAX])
{
    size_t n = 0;
    if (m->rr[0].ttl && (!trn->ttl || m->rr[0].ttl < trn->ttl))
        trn->ttl = m->rr[0].ttl;
    while (n < NBT_FOUND_MAX && n < nbt_addr_count(&m->rr[0])) {
        addrs[n] = nbt_addr_get(&m->rr[0], n);
        n++;
    }
    return n;
}

/* What a server wants to tell besides yes and no; false if it makes no sense. */
static bool server_says(const nbt_node *node, nbt_trn *trn, const nbt_ns *m, nbt_stimulus *s)
{
    uint32_t ip;
    nbt_rd r;
    switch (s->kind) {
    case NBT_ON_WACK: /* 4.2.16 */
        s->wait = NBT_S(m->rr[0].ttl);
        return true;
    case NBT_ON_CHALLENGE: /* 4.2.7: the owner's record */
        ip = nbt_addr_get(&m->rr[0], 0).ip;
        break;
    case NBT_ON_REDIRECT: /* 4.2.15: NSD_IP_ADDR */
        nbt_rd_init(&r, m->rr[1].rdata.p, m->rr[1].rdata.n);
        ip = nbt_rd_u32(&r, "NSD_IP_ADDR");
        break;
    case NBT_ON_START:
    case NBT_ON_TIME:
    case NBT_ON_POSITIVE:
    case NBT_ON_NEGATIVE:
        return true;
    }
    if (!nbt_target_usable(&node->cfg, ip))
        return false;
    trn->ip = ip;
    return true;
}

/* What answers a request to a name server: B19, and KB Q152705 where the profile has it. */
static bool may_answer(const nbt_node *node, const nbt_trn *trn, nbt_ep from)
{
    if (trn->way != NBT_WAY_SERVER || nbt_trn_challenges(trn))
        return true; /* what was broadcast anybody may; of the others the id knows */
    bool redirected = trn->kind == NBT_TRN_QUERY && trn->m.lookup.redirected;
    return node->cfg.profile->any_server_address || is_server(node, from.ip) ||
           (redirected && from.ip == trn->ip);
}

bool nbt_node_take_fetched(nbt_node *node, nbt_time now, nbt_trn *trn, nbt_ep from, const nbt_ns *m,
                           nbt_out *out)
{
    nbt_addr addrs[NBT_FOUND_MAX];
    nbt_stimulus s = { .from = from, .addrs = addrs };
    if (nbt_trns_answered(&node->trns, from, m, &s.kind) != trn || s.kind != NBT_ON_POSITIVE)
        return false;
    s.naddrs = addresses(trn, m, addrs);
    nbt_node_step(node, trn, now, &s, m, out);
    return true;
}

/* It changes nothing, but whoever looks for a duplicate wants to know (G28). */
static void trace_late_refusal(nbt_node *node, nbt_ep from, const nbt_ns *m, nbt_out *out)
{
    const nbt_entry *e = nbt_ltable_find_const(&node->names, nbt_ns_name(m)->b);
    if (nbt_answer_holds(e))
        nbt_node_trace_packet(node, out, "name", nbt_node_entry_state(e), nbt_node_entry_state(e),
                              "a refusal that came too late", from, m);
}

static bool take_response(nbt_node *node, nbt_time now, nbt_ep from, const nbt_ns *m, nbt_out *out)
{
    nbt_addr addrs[NBT_FOUND_MAX];
    nbt_stimulus s = { .from = from, .addrs = addrs };
    nbt_trn *trn = nbt_trns_answered(&node->trns, from, m, &s.kind);
    if (!trn && nbt_ns_kind_of(m) == NBT_NS_CONFLICT_DEMAND)
        return take_conflict_demand(node, from, m, out);
    if (!trn && nbt_ns_kind_of(m) == NBT_NS_NEGATIVE_REGISTRATION)
        trace_late_refusal(node, from, m, out);
    if (!trn || !may_answer(node, trn, from) ||
        (trn->way == NBT_WAY_SERVER && !server_says(node, trn, m, &s)))
        return false;
    if (trn->kind == NBT_TRN_QUERY && s.kind == NBT_ON_POSITIVE) {
        s.naddrs = addresses(trn, m, addrs);
        s.truncated = (m->word & NBT_NS_TC) != 0;
    }
    /* Without memory for it, a status counts as lost on the way: the request is repeated. */
    if (trn->kind == NBT_TRN_STATUS && s.kind == NBT_ON_POSITIVE &&
        !nbt_trns_keep_answer(&node->trns, trn, &m->rr[0]))
        return false;
    nbt_node_step(node, trn, now, &s, m, out);
    return true;
}

void nbt_node_rx(nbt_node *node, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data, nbt_out *out)
{
    bool unheard = to.ip != node->cfg.ip && !node->type->hears_broadcasts; /* 5.1.2.5 */
    nbt_node_count(&node->stats.received);
    if (unheard || !is_another(node, from, to)) {
        nbt_node_count(&node->stats.ignored);
        return;
    }
    nbt_rd r;
    nbt_ns m;
    nbt_rd_init(&r, data.p, data.n);
    nbt_ns_rd(&r, &m);
    if (r.err) {
        nbt_node_count(&node->stats.malformed);
        nbt_node_trace_malformed(node, out, from, &r);
        return;
    }
    bool used = concerns_us(node, &m) && may_say(node, from, &m) &&
                ((m.word & NBT_NS_R) ? take_response(node, now, from, &m, out)
                                     : take_request(node, now, from, to, &m, out));
    if (!used)
        nbt_node_count(&node->stats.ignored);
}

/* Requests and demands concern who holds a name or claims it, demands also who remembers it. */
nbt_heard nbt_node_hears(const nbt_node *node)
{
    nbt_heard all = { .w = { 0 } }, one;
    if (!node->type->hears_broadcasts)
        return all;
    for (const nbt_entry *e = nbt_ltable_next(&node->names, NULL); e;
         e = nbt_ltable_next(&node->names, e)) {
        one = nbt_heard_name(e->name);
        nbt_heard_add(&all, &one);
    }
    for (size_t i = 0; i < node->cache.n; i++) {
        one = nbt_heard_name(node->cache.e[i].name);
        nbt_heard_add(&all, &one);
    }
    return all;
}

static void count_many(uint32_t *counter, uint32_t n)
{
    *counter = n < UINT32_MAX - *counter ? *counter + n : UINT32_MAX;
}

void nbt_node_overheard(nbt_node *node, const nbt_overheard *o)
{
    bool understands = node->type->hears_broadcasts && node->cfg.scope.len == 0;
    count_many(&node->stats.received, o->requests);
    count_many(&node->stats.received, o->demands);
    count_many(&node->stats.ignored, o->requests);
    if (!understands)
        count_many(&node->stats.ignored, o->demands);
}
