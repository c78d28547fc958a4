/*
 * One adapter: the machines of its names and searches put together, packets in, packets and events
 * out. It decides no timing and no policy itself: machines and the profile do.
 */
#include "nbt/node.h"

#include "nbt/answer.h"
#include "nbt/draft.h"
#include "nbt/mem.h"
#include "nbt/trn.h"

#include <assert.h>
#include <string.h>

typedef struct event {
    nbt_node_ev ev;
    nbt_trn *last; /* this is all that was to be said about it: it goes with the event */
} event;

struct nbt_node {
    nbt_mem mem;
    nbt_lana_cfg cfg;
    nbt_ltable names;
    nbt_node_stats stats;
    nbt_trns trns;
    uint32_t last_ref;
    event *events; /* in the order in which they happened */
    size_t nevents, events_cap;
    nbt_trn *spent; /* went with the event that was pulled last */
};

/*
 * Room for every event that can still come, made before the transaction begins that may cause it,
 * so that no result is ever lost: two a transaction (FOUND and FOUND_ALL), one a name (CONFLICT).
 */
static bool reserve_events(nbt_node *node)
{
    size_t need = node->nevents + 2 * (node->trns.n + 1) + node->names.count + 1u;
    while (node->events_cap < need) {
        void *events = nbt_mem_grow(node->mem, node->events, &node->events_cap, sizeof(event));
        if (!events)
            return false;
        node->events = events;
    }
    return true;
}

static nbt_trn *begin(nbt_node *node, nbt_trn_kind kind, const uint8_t name[NBT_NAME_LEN])
{
    nbt_name full = { .form = NBT_NAME_NETBIOS, .scope = node->cfg.scope };
    memcpy(full.b, name, NBT_NAME_LEN);
    return reserve_events(node) ? nbt_trns_begin(&node->trns, kind, &full) : NULL;
}

static uint32_t new_ref(nbt_node *node)
{
    if (++node->last_ref == 0)
        ++node->last_ref;
    return node->last_ref;
}

static nbt_pace broadcast_pace(const nbt_node *node)
{
    return (nbt_pace){ node->cfg.profile->bcast_count, node->cfg.profile->bcast_timeout };
}

static nbt_pace unicast_pace(const nbt_node *node)
{
    return (nbt_pace){ node->cfg.profile->ucast_count, node->cfg.profile->ucast_timeout };
}

/* --- what goes out ------------------------------------------------------------------------ */

static void count(uint32_t *counter)
{
    if (*counter < UINT32_MAX)
        ++*counter;
}

static void trace(const nbt_node *node, nbt_out *out, const nbt_trace *t)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_TRACE, NULL, 0);
    act->lana = node->cfg.lana;
    act->trace = *t;
}

/* A change in the state of a name or a transaction that nobody else caused. */
static void trace_own(const nbt_node *node, nbt_out *out, const char *what, const char *from,
                      const char *to, const char *why, const uint8_t name[NBT_NAME_LEN],
                      uint16_t trn_id)
{
    nbt_trace t = { .what = what, .from = from, .to = to, .why = why, .trn_id = trn_id };
    memcpy(t.name, name, NBT_NAME_LEN);
    trace(node, out, &t);
}

/* The same, caused by a packet. */
static void trace_packet(const nbt_node *node, nbt_out *out, const char *what, const char *from,
                         const char *to, const char *why, nbt_ep peer, const nbt_ns *m)
{
    nbt_trace t = { .what = what, .from = from, .to = to, .why = why, .peer = peer };
    t.trn_id = m->trn_id;
    t.code = (uint8_t)nbt_ns_rcode(m);
    memcpy(t.name, nbt_ns_name(m)->b, NBT_NAME_LEN);
    trace(node, out, &t);
}

/* A packet that nothing else can be said about. */
static void trace_malformed(const nbt_node *node, nbt_out *out, nbt_ep peer, const nbt_rd *r)
{
    nbt_trace t = { .what = "packet", .from = "", .to = "malformed", .peer = peer };
    t.why = nbt_err_str(r->err);
    t.unnamed = true;
    t.field = r->err_field;
    t.offset = (uint32_t)r->err_at;
    trace(node, out, &t);
}

static void send(nbt_node *node, nbt_out *out, nbt_ep to, const nbt_draft *d)
{
    uint8_t buf[NBT_NS_UDP_MAX];
    nbt_wr w;
    nbt_wr_init(&w, buf, sizeof buf);
    nbt_ns_wr(&w, &d->ns);
    assert(!w.err);
    nbt_act *act = nbt_out_add(out, NBT_ACT_SEND, buf, w.at);
    act->lana = node->cfg.lana;
    act->from = (nbt_ep){ node->cfg.ip, NBT_PORT_NS };
    act->to = to;
    count(&node->stats.sent);
}

static void broadcast(nbt_node *node, nbt_out *out, const nbt_draft *d)
{
    send(node, out, (nbt_ep){ node->cfg.broadcast, NBT_PORT_NS }, d);
}

static nbt_addr own_address(const nbt_node *node, bool group)
{
    return (nbt_addr){ nbt_answer_nb_flags(&node->cfg, group), node->cfg.ip };
}

/* The request of a transaction; every repetition is the same packet (B20). */
static void send_request(nbt_node *node, nbt_trn *trn, nbt_out *out)
{
    nbt_draft d;
    switch (trn->kind) {
    case NBT_TRN_CLAIM:
        nbt_draft_record(&d, trn->id, NBT_WORD_REGISTRATION | NBT_NS_B, &trn->name,
                         node->cfg.profile->bcast_ttl, own_address(node, trn->group));
        broadcast(node, out, &d);
        break;
    case NBT_TRN_QUERY:
        nbt_draft_question(&d, trn->id, NBT_WORD_QUERY | NBT_NS_B, &trn->name, NBT_RR_NB);
        broadcast(node, out, &d);
        break;
    case NBT_TRN_RELEASE:
        nbt_draft_record(&d, trn->id, NBT_WORD_RELEASE | NBT_NS_B, &trn->name, 0,
                         own_address(node, trn->group));
        broadcast(node, out, &d);
        break;
    case NBT_TRN_STATUS:
        nbt_draft_question(&d, trn->id, NBT_WORD_STATUS_REQUEST, &trn->name, NBT_RR_NBSTAT);
        send(node, out, (nbt_ep){ trn->ip, NBT_PORT_NS }, &d);
        break;
    }
    if (trn->sent)
        count(&node->stats.resent);
    trn->sent = true;
}

/* NAME CONFLICT DEMAND (4.2.8): G and the address are zero, ONT is the node's own. */
static void send_conflict_demand(nbt_node *node, const nbt_trn *trn, nbt_ep peer, nbt_out *out)
{
    nbt_draft d;
    nbt_addr nobody = { nbt_answer_nb_flags(&node->cfg, false), 0 };
    nbt_draft_response(&d, trn->id, NBT_WORD_CONFLICT_DEMAND, &trn->name, 0, nobody);
    send(node, out, (nbt_ep){ peer.ip, NBT_PORT_NS }, &d);
}

/* --- what is told to the owner of the node ------------------------------------------------- */

static void tell(nbt_node *node, const nbt_node_ev *ev, nbt_trn *last)
{
    assert(node->nevents < node->events_cap); /* reserve_events has seen to it */
    node->events[node->nevents++] = (event){ *ev, last };
}

static void tell_found(nbt_node *node, nbt_node_ev_kind kind, nbt_trn *trn, nbt_trn *last)
{
    const nbt_query *q = &trn->m.query;
    nbt_node_ev ev = { .kind = kind, .ref = trn->ref, .found = q->found, .nfound = q->nfound };
    if (q->nfound > 0)
        ev.peer = q->found[0].from;
    tell(node, &ev, last);
}

/* Forgets the events about a transaction (ref) or about an entry that is there (num); 0: none. */
static void forget_events(nbt_node *node, uint32_t ref, uint8_t num)
{
    size_t kept = 0;
    for (size_t i = 0; i < node->nevents; i++) {
        const nbt_node_ev *ev = &node->events[i].ev;
        bool about_name = ev->kind == NBT_NODE_ADDED || ev->kind == NBT_NODE_CONFLICT;
        if ((num && about_name && ev->num == num) || (ref && ev->ref == ref))
            nbt_trns_free(&node->trns, node->events[i].last);
        else
            node->events[kept++] = node->events[i];
    }
    node->nevents = kept;
}

/* --- effects ------------------------------------------------------------------------------ */

static void won(nbt_node *node, nbt_trn *trn, nbt_out *out)
{
    nbt_entry *e = nbt_ltable_at(&node->names, trn->num);
    e->state = NBT_ENTRY_REGISTERED;
    trace_own(node, out, "name", "registering", "registered", "nobody objected", trn->name.b,
              trn->id);
    tell(node, &(nbt_node_ev){ .kind = NBT_NODE_ADDED, .num = trn->num }, NULL);
    nbt_trns_drop(&node->trns, trn);
}

static void lost(nbt_node *node, nbt_trn *trn, nbt_ep peer, const nbt_ns *m, nbt_out *out)
{
    nbt_ltable_remove(&node->names, nbt_ltable_at(&node->names, trn->num));
    trace_packet(node, out, "name", "registering", "refused", "another node objects", peer, m);
    nbt_node_ev ev = { .kind = NBT_NODE_REFUSED, .num = trn->num, .peer = peer };
    ev.rcode = (uint8_t)nbt_ns_rcode(m);
    tell(node, &ev, NULL);
    nbt_trns_drop(&node->trns, trn);
}

static void answered(nbt_node *node, nbt_trn *trn, nbt_ep peer, const nbt_ns *m, nbt_out *out)
{
    if (trn->kind == NBT_TRN_QUERY) {
        trace_packet(node, out, "query", "asking", "found", "", peer, m);
        tell_found(node, NBT_NODE_FOUND, trn, NULL);
    } else {
        trace_packet(node, out, "status", "asking", "answered", "", peer, m);
    }
}

static void ended(nbt_node *node, nbt_trn *trn, nbt_out *out)
{
    switch (trn->kind) {
    case NBT_TRN_QUERY:
        trace_own(node, out, "query", trn->m.query.nfound ? "found" : "asking",
                  trn->m.query.nfound ? "ended" : "not found", "", trn->name.b, trn->id);
        nbt_trns_unlink(&node->trns, trn);
        tell_found(node, NBT_NODE_FOUND_ALL, trn, trn);
        return;
    case NBT_TRN_STATUS:
        nbt_trns_unlink(&node->trns, trn);
        if (trn->rdata) {
            tell(node,
                 &(nbt_node_ev){ .kind = NBT_NODE_STATUS,
                                 .ref = trn->ref,
                                 .peer = { trn->ip, NBT_PORT_NS },
                                 .status = &trn->answer },
                 trn);
            return;
        }
        trace_own(node, out, "status", "asking", "no answer", "", trn->name.b, trn->id);
        tell(node, &(nbt_node_ev){ .kind = NBT_NODE_NO_STATUS, .ref = trn->ref }, trn);
        return;
    case NBT_TRN_CLAIM: /* ends by being won or lost */
    case NBT_TRN_RELEASE:
        nbt_trns_drop(&node->trns, trn);
        return;
    }
}

/* Steps a machine and does what it wants. The transaction may be gone afterwards. */
static void step(nbt_node *node, nbt_trn *trn, nbt_time now, const nbt_stimulus *s, const nbt_ns *m,
                 nbt_out *out)
{
    nbt_effects fx = { .n = 0 };
    nbt_trn_step(trn, now, s, &fx);
    for (size_t i = 0; i < fx.n; i++) {
        nbt_draft d;
        switch (fx.e[i]) {
        case NBT_FX_SEND:
            send_request(node, trn, out);
            break;
        case NBT_FX_DEMAND: /* the claim's packet with RD = 0 (4.2.3), sent once (H11) */
            nbt_draft_record(&d, trn->id, NBT_WORD_OVERWRITE | NBT_NS_B, &trn->name,
                             node->cfg.profile->bcast_ttl, own_address(node, trn->group));
            broadcast(node, out, &d);
            break;
        case NBT_FX_WON:
            won(node, trn, out);
            return;
        case NBT_FX_LOST:
            lost(node, trn, s->from, m, out);
            return;
        case NBT_FX_ANSWERED:
            answered(node, trn, s->from, m, out);
            break;
        case NBT_FX_CONFLICT:
            send_conflict_demand(node, trn, s->from, out);
            trace_packet(node, out, "query", "found", "conflict", "a second owner was told so",
                         s->from, m);
            break;
        case NBT_FX_ENDED:
            ended(node, trn, out);
            return;
        }
    }
}

static void start(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_out *out)
{
    step(node, trn, now, &(nbt_stimulus){ .kind = NBT_ON_START }, NULL, out);
}

/* --- life --------------------------------------------------------------------------------- */

nbt_node *nbt_node_new(nbt_mem mem, const nbt_lana_cfg *cfg, uint64_t seed)
{
    assert(cfg->type == NBT_ONT_B);
    nbt_node *node = nbt_mem_new(mem, sizeof *node);
    if (!node)
        return NULL;
    node->mem = mem;
    node->cfg = *cfg;
    nbt_ltable_init(&node->names);
    nbt_trns_init(&node->trns, mem, seed);
    return node;
}

void nbt_node_free(nbt_node *node)
{
    if (!node)
        return;
    nbt_trns_fini(&node->trns);
    for (size_t i = 0; i < node->nevents; i++)
        nbt_trns_free(&node->trns, node->events[i].last);
    nbt_trns_free(&node->trns, node->spent);
    nbt_mem_free(node->mem, node->events, node->events_cap * sizeof *node->events);
    nbt_mem_free(node->mem, node, sizeof *node);
}

const nbt_lana_cfg *nbt_node_cfg(const nbt_node *node)
{
    return &node->cfg;
}

const nbt_ltable *nbt_node_names(const nbt_node *node)
{
    return &node->names;
}

const nbt_node_stats *nbt_node_counts(const nbt_node *node)
{
    return &node->stats;
}

bool nbt_node_next(nbt_node *node, nbt_node_ev *ev)
{
    nbt_trns_free(&node->trns, node->spent);
    node->spent = NULL;
    if (node->nevents == 0)
        return false;
    *ev = node->events[0].ev;
    node->spent = node->events[0].last;
    node->nevents--;
    memmove(node->events, node->events + 1, node->nevents * sizeof *node->events);
    return true;
}

/* --- names -------------------------------------------------------------------------------- */

/* Names that begin with '*' are known to this node alone (A34). */
static uint8_t add_local(nbt_node *node, nbt_entry *e, nbt_out *out)
{
    e->state = NBT_ENTRY_REGISTERED;
    trace_own(node, out, "name", "", "registered", "never claimed: begins with *", e->name, 0);
    tell(node, &(nbt_node_ev){ .kind = NBT_NODE_ADDED, .num = e->num }, NULL);
    return e->num;
}

uint8_t nbt_node_add(nbt_node *node, nbt_time now, const uint8_t name[NBT_NAME_LEN], bool group,
                     nbt_out *out)
{
    if (!reserve_events(node))
        return 0;
    nbt_entry *e = nbt_ltable_add(&node->names, name, group);
    if (!e)
        return 0;
    if (name[0] == '*')
        return add_local(node, e, out);
    nbt_trn *trn = begin(node, NBT_TRN_CLAIM, name);
    if (!trn) {
        nbt_ltable_remove(&node->names, e);
        return 0;
    }
    trn->num = e->num;
    trn->group = group;
    nbt_claim_init(&trn->m.claim, broadcast_pace(node), node->cfg.profile->overwrite_demand);

    /* A release that still runs would take back what the claim says. */
    nbt_trn *release = nbt_trns_find_name(&node->trns, NBT_TRN_RELEASE, name);
    if (release)
        nbt_trns_drop(&node->trns, release);
    trace_own(node, out, "name", "", "registering", release ? "its release is cut short" : "", name,
              trn->id);
    start(node, trn, now, out);
    return e->num;
}

static const char *entry_state(const nbt_entry *e)
{
    switch (e->state) {
    case NBT_ENTRY_REGISTERING:
        return "registering";
    case NBT_ENTRY_REGISTERED:
        return e->conflict ? "conflict" : "registered";
    case NBT_ENTRY_DEREGISTERED:
        return "deregistered";
    case NBT_ENTRY_FREE:
        break;
    }
    return "";
}

void nbt_node_delete(nbt_node *node, nbt_time now, uint8_t num, nbt_out *out)
{
    nbt_entry *e = nbt_ltable_at(&node->names, num);
    if (!e)
        return;
    nbt_entry was = *e;
    nbt_trn *claim = nbt_trns_find_name(&node->trns, NBT_TRN_CLAIM, was.name);
    if (claim)
        nbt_trns_drop(&node->trns, claim);
    forget_events(node, 0, num);
    nbt_ltable_remove(&node->names, e);

    /* Nothing to give back: not ours yet, not ours any more (E47), or never told to anybody.
       Without memory the demands are lost, as they may be on the wire. */
    const char *why = claim                ? "its claim had not ended"
                      : was.conflict       ? "lost to a conflict: no demand"
                      : was.name[0] == '*' ? "never claimed: no demand"
                                           : "";
    nbt_trn *trn = *why ? NULL : begin(node, NBT_TRN_RELEASE, was.name);
    trace_own(node, out, "name", entry_state(&was), "released", why, was.name, trn ? trn->id : 0);
    if (!trn)
        return;
    trn->group = was.group;
    nbt_release_init(&trn->m.release, broadcast_pace(node));
    start(node, trn, now, out);
}

void nbt_node_deregister(nbt_node *node, nbt_time now, uint8_t num, nbt_out *out)
{
    (void)now;
    nbt_entry *e = nbt_ltable_at(&node->names, num);
    assert(e && e->state == NBT_ENTRY_REGISTERED);
    const char *from = entry_state(e);
    e->state = NBT_ENTRY_DEREGISTERED;
    trace_own(node, out, "name", from, "deregistered", "sessions live on", e->name, 0);
}

/* --- searches ----------------------------------------------------------------------------- */

uint32_t nbt_node_query(nbt_node *node, nbt_time now, const uint8_t name[NBT_NAME_LEN],
                        nbt_out *out)
{
    nbt_trn *trn = begin(node, NBT_TRN_QUERY, name);
    if (!trn)
        return 0;
    uint32_t ref = trn->ref = new_ref(node);
    const nbt_profile *p = node->cfg.profile;
    nbt_query_init(&trn->m.query, broadcast_pace(node), p->conflict_timer, p->watch_conflicts);

    const nbt_entry *e = nbt_ltable_find(&node->names, name);
    if (nbt_answer_holds(e)) {
        nbt_ep self = { node->cfg.ip, NBT_PORT_NS };
        nbt_query_know(&trn->m.query, (nbt_found){ own_address(node, e->group), self });
        trace_own(node, out, "query", "", "found", "held here", name, e->group ? trn->id : 0);
        tell_found(node, NBT_NODE_FOUND, trn, NULL);
        if (e->group) { /* other nodes may be members as well */
            start(node, trn, now, out);
            return ref;
        }
        nbt_trns_unlink(&node->trns, trn);
        tell_found(node, NBT_NODE_FOUND_ALL, trn, trn);
        return ref;
    }
    trace_own(node, out, "query", "", "asking", "", name, trn->id);
    start(node, trn, now, out);
    return ref;
}

/* A node's own address: what it would have answered, without the network (E67). */
static void own_status(nbt_node *node, nbt_trn *trn, nbt_out *out)
{
    const nbt_entry *e = nbt_ltable_find(&node->names, trn->name.b);
    if (nbt_answer_holds(e) || nbt_name_is_wildcard(trn->name.b)) {
        nbt_draft d;
        nbt_answer_status(&node->cfg, &node->names, &node->stats, trn->id, &trn->name, &d);
        if (nbt_trns_keep_answer(&node->trns, trn, &d.ns.rr[0]))
            trace_own(node, out, "status", "asking", "answered", "own address", trn->name.b, 0);
    }
    ended(node, trn, out);
}

uint32_t nbt_node_status(nbt_node *node, nbt_time now, const uint8_t name[NBT_NAME_LEN],
                         uint32_t ip, nbt_out *out)
{
    nbt_trn *trn = begin(node, NBT_TRN_STATUS, name);
    if (!trn)
        return 0;
    uint32_t ref = trn->ref = new_ref(node);
    trn->ip = ip;
    nbt_status_init(&trn->m.status, unicast_pace(node));
    trace_own(node, out, "status", "", "asking", "", name, trn->id);
    if (ip == node->cfg.ip)
        own_status(node, trn, out);
    else
        start(node, trn, now, out);
    return ref;
}

void nbt_node_cancel(nbt_node *node, uint32_t ref)
{
    if (ref == 0)
        return; /* what every claim and release has */
    nbt_trn *trn = nbt_trns_find_ref(&node->trns, ref);
    if (trn)
        nbt_trns_drop(&node->trns, trn);
    forget_events(node, ref, 0);
}

/* --- what comes in ------------------------------------------------------------------------ */

/* Whether a packet can be from somebody else: no other is worth an answer, or belief. */
static bool is_another(const nbt_node *node, nbt_ep from)
{
    /* Our own broadcast, heard again (E16); what another port here sends is a program's question.
     */
    if (from.ip == node->cfg.ip && from.port == NBT_PORT_NS)
        return false;
    bool multicast_or_above = from.ip >> 28 >= 0xE;
    return from.ip != 0 && from.ip != node->cfg.broadcast && !multicast_or_above && from.port != 0;
}

/* A name of our scope; the same sixteen bytes in another scope are another name (A20). */
static bool concerns_us(const nbt_node *node, const nbt_ns *m)
{
    const nbt_name *name = nbt_ns_name(m);
    if (!name || name->form != NBT_NAME_NETBIOS || !nbt_scope_eq(&name->scope, &node->cfg.scope))
        return false;
    return (m->qdcount == 0 || m->q.cls == NBT_CLASS_IN) &&
           (m->nrr == 0 || m->rr[0].cls == NBT_CLASS_IN);
}

/* A program of this machine, on a port of its own, may ask; it can neither claim nor demand. */
static bool may_say(const nbt_node *node, nbt_ep from, const nbt_ns *m)
{
    return from.ip != node->cfg.ip || (m->word & (NBT_NS_R | NBT_NS_OPCODE_MASK)) == 0;
}

/* RFC 1002 5.1.1.5: neither demand touches a name of ours (E22, E23). */
static bool trace_demand(const nbt_node *node, nbt_ep from, const nbt_ns *m, nbt_out *out)
{
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    bool release = kind == NBT_NS_RELEASE_DEMAND || kind == NBT_NS_RELEASE_REQUEST;
    bool overwrite = kind == NBT_NS_OVERWRITE_DEMAND || kind == NBT_NS_OVERWRITE_REQUEST;
    if (release || overwrite)
        trace_packet(node, out, "demand", "", release ? "release" : "overwrite", "", from, m);
    return release || overwrite;
}

static bool take_request(nbt_node *node, nbt_ep from, nbt_ep to, const nbt_ns *m, nbt_out *out)
{
    bool demand = trace_demand(node, from, m, out);
    bool unicast = to.ip == node->cfg.ip; /* the B bit is a claim, the address a fact (B10) */
    nbt_draft d;
    nbt_answer answer = nbt_answer_to(&node->cfg, &node->names, &node->stats, m, unicast, &d);
    if (answer == NBT_ANSWER_NONE)
        return demand;
    send(node, out, from, &d);
    if (answer == NBT_ANSWER_DEFENCE)
        trace_packet(node, out, "defence", "", "refused", "claimed by another node", from, &d.ns);
    return true;
}

/* RFC 1002 5.1.1.5: an unasked NAME CONFLICT DEMAND. A group name cannot be in conflict (E48). */
static bool take_conflict_demand(nbt_node *node, nbt_ep from, const nbt_ns *m, nbt_out *out)
{
    trace_packet(node, out, "demand", "", "conflict", "", from, m);
    nbt_entry *e = nbt_ltable_find(&node->names, nbt_ns_name(m)->b);
    if (!nbt_answer_holds(e) || e->group)
        return true;
    trace_packet(node, out, "name", entry_state(e), "conflict", "demanded by another node", from,
                 m);
    e->conflict = true;
    nbt_node_ev ev = { .kind = NBT_NODE_CONFLICT, .num = e->num, .peer = from };
    ev.rcode = (uint8_t)nbt_ns_rcode(m);
    tell(node, &ev, NULL);
    return true;
}

/* The addresses of a positive query response, as many as a query remembers. */
static size_t addresses(const nbt_ns *m, nbt_addr addrs[NBT_FOUND_MAX])
{
    size_t n = 0;
    while (n < NBT_FOUND_MAX && n < nbt_addr_count(&m->rr[0])) {
        addrs[n] = nbt_addr_get(&m->rr[0], n);
        n++;
    }
    return n;
}

static bool take_response(nbt_node *node, nbt_time now, nbt_ep from, const nbt_ns *m, nbt_out *out)
{
    nbt_addr addrs[NBT_FOUND_MAX];
    nbt_stimulus s = { .from = from, .addrs = addrs };
    nbt_trn *trn = nbt_trns_answered(&node->trns, from, m, &s.kind);
    if (!trn && nbt_ns_kind_of(m) == NBT_NS_CONFLICT_DEMAND)
        return take_conflict_demand(node, from, m, out);
    if (!trn)
        return false;
    if (trn->kind == NBT_TRN_QUERY && s.kind == NBT_ON_POSITIVE)
        s.naddrs = addresses(m, addrs);
    /* Without memory for it, a status counts as lost on the way: the request is repeated. */
    if (trn->kind == NBT_TRN_STATUS && s.kind == NBT_ON_POSITIVE &&
        !nbt_trns_keep_answer(&node->trns, trn, &m->rr[0]))
        return false;
    step(node, trn, now, &s, m, out);
    return true;
}

void nbt_node_rx(nbt_node *node, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data, nbt_out *out)
{
    count(&node->stats.received);
    if (!is_another(node, from)) {
        count(&node->stats.ignored);
        return;
    }
    nbt_rd r;
    nbt_ns m;
    nbt_rd_init(&r, data.p, data.n);
    nbt_ns_rd(&r, &m);
    if (r.err) {
        count(&node->stats.malformed);
        trace_malformed(node, out, from, &r);
        return;
    }
    bool used = concerns_us(node, &m) && may_say(node, from, &m) &&
                ((m.word & NBT_NS_R) ? take_response(node, now, from, &m, out)
                                     : take_request(node, from, to, &m, out));
    if (!used)
        count(&node->stats.ignored);
}

/* --- time --------------------------------------------------------------------------------- */

void nbt_node_tick(nbt_node *node, nbt_time now, nbt_out *out)
{
    nbt_stimulus s = { .kind = NBT_ON_TIME };
    nbt_trn *trn;
    while ((trn = nbt_trns_earliest(&node->trns)) && nbt_trn_due(trn) <= now)
        step(node, trn, now, &s, NULL, out);
}

nbt_time nbt_node_due(const nbt_node *node)
{
    const nbt_trn *trn = nbt_trns_earliest(&node->trns);
    return trn ? nbt_trn_due(trn) : NBT_NEVER;
}
