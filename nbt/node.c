/*
 * One adapter: the machines of its names and searches put together, packets in, packets and events
 * out. It decides no timing and no policy itself: machines, the node's type and the profile do.
 * Here are its entrances; the rest is in the other node*.c.
 */
#include "nbt/answer.h"
#include "nbt/mem.h"
#include "nbt/node_impl.h"

#include <assert.h>
#include <string.h>

/*
 * Room for every event that can still come, made before the transaction begins that may cause it,
 * so that no result is ever lost: two a transaction (FOUND and FOUND_ALL), one a name (CONFLICT).
 */
static bool reserve_events(nbt_node *node)
{
    size_t need = node->nevents + 2 * (node->trns.n + 1) + node->names.count + 1u;
    while (node->events_cap < need) {
        void *events =
            nbt_mem_grow(node->mem, node->events, &node->events_cap, sizeof *node->events);
        if (!events)
            return false;
        node->events = events;
    }
    return true;
}

nbt_trn *nbt_node_begin(nbt_node *node, nbt_trn_kind kind, const uint8_t name[NBT_NAME_LEN])
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

/* Forgets the events about a transaction (ref) or about an entry that is there (num); 0: none. */
void nbt_node_forget(nbt_node *node, uint32_t ref, uint8_t num)
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

bool nbt_lana_in_scope(const nbt_lana_cfg *cfg, const nbt_scope *scope)
{
    return nbt_scope_eq(scope, &cfg->scope) ||
           (cfg->profile->scope_any_case && nbt_scope_eq_any_case(scope, &cfg->scope));
}

/* --- life --------------------------------------------------------------------------------- */

nbt_node *nbt_node_new(nbt_mem mem, const nbt_lana_cfg *cfg, uint64_t seed)
{
    assert(cfg->nservers <= NBT_SERVERS_MAX);
    nbt_node *node = nbt_mem_new(mem, sizeof *node);
    if (!node)
        return NULL;
    node->mem = mem;
    node->cfg = *cfg;
    node->answered = -NBT_S(1); /* the first second is like any other */
    node->type = nbt_nodetype_of(cfg->type);
    node->next = node;
    nbt_servers_init(&node->servers, node->type->has_servers ? cfg->nservers : 0);
    nbt_ltable_init(&node->names, mem);
    nbt_cache_init(&node->cache, mem);
    nbt_trns_init(&node->trns, mem, seed);
    return node;
}

void nbt_node_join(nbt_node *node, nbt_node *other)
{
    assert(other->next == other && other != node);
    other->next = node->next;
    node->next = other;
}

bool nbt_node_in_conflict_elsewhere(const nbt_node *node, const uint8_t name[NBT_NAME_LEN])
{
    if (!node->cfg.profile->conflict_everywhere)
        return false;
    for (const nbt_node *n = node->next; n != node; n = n->next) {
        const nbt_entry *e = nbt_ltable_find_const(&n->names, name);
        if (e && e->conflict)
            return true;
    }
    return false;
}

void nbt_node_free(nbt_node *node)
{
    if (!node)
        return;
    nbt_ltable_fini(&node->names);
    nbt_trns_fini(&node->trns);
    nbt_cache_fini(&node->cache);
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

bool nbt_node_idle(const nbt_node *node)
{
    return node->trns.n == 0;
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
    nbt_node_trace_own(node, out, "name", "", "registered", "never claimed: begins with *", e->name,
                       0);
    nbt_node_tell(node, &(nbt_node_ev){ .kind = NBT_NODE_ADDED, .num = e->num }, NULL);
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
    nbt_trn *trn = nbt_node_begin(node, NBT_TRN_CLAIM, name);
    if (!trn) {
        nbt_ltable_remove(&node->names, e);
        return 0;
    }
    trn->num = e->num;
    trn->group = group;

    /* A release that still runs would take back what the claim says. By broadcast it is enough to
       say no more; at a name server the claim might overtake what was said, and a name that its
       owner has would be free for anybody (RFC 1002 5.1.2.4 waits for the answer, too). */
    nbt_trn *release = nbt_trns_find_name(&node->trns, NBT_TRN_RELEASE, name);
    bool waits = release && release->way == NBT_WAY_SERVER;
    if (release && !waits)
        nbt_trns_drop(&node->trns, release);
    nbt_node_trace_own(node, out, "name", "", "registering",
                       waits     ? "when the name server has heard of its release"
                       : release ? "its release is cut short"
                                 : "",
                       name, trn->id);
    uint8_t num = e->num; /* the entry may be gone at once: no server to ask */
    if (waits)
        nbt_node_put_off(node, trn);
    else
        nbt_node_start(node, trn, now, out);
    return num;
}

const char *nbt_node_entry_state(const nbt_entry *e)
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

/* Forgets a transaction about a name; false if there is none, or if a server may have taken it for
   what it is: a claim that must be taken back. */
static bool drop(nbt_node *node, nbt_trn_kind kind, const uint8_t name[NBT_NAME_LEN])
{
    nbt_trn *trn = nbt_trns_find_name(&node->trns, kind, name);
    if (!trn)
        return false;
    bool unheard = trn->way != NBT_WAY_SERVER || nbt_trn_challenges(trn);
    nbt_trns_drop(&node->trns, trn);
    return unheard;
}

void nbt_node_delete(nbt_node *node, nbt_time now, uint8_t num, nbt_out *out)
{
    nbt_entry *e = nbt_ltable_at(&node->names, num);
    if (!e)
        return;
    nbt_entry was = *e;
    bool claimed = drop(node, NBT_TRN_CLAIM, was.name);
    (void)drop(node, NBT_TRN_REFRESH, was.name);
    nbt_node_forget(node, 0, num);
    nbt_ltable_remove(&node->names, e);

    /* Nothing to give back: not ours yet, not ours any more (E47), or never told to anybody.
       Without memory the demands are lost, as they may be on the wire. */
    const char *why = claimed              ? "its claim had not ended"
                      : was.conflict       ? "lost to a conflict: no demand"
                      : was.name[0] == '*' ? "never claimed: no demand"
                                           : "";
    nbt_trn *trn = *why ? NULL : nbt_node_begin(node, NBT_TRN_RELEASE, was.name);
    nbt_node_trace_own(node, out, "name", nbt_node_entry_state(&was), "released", why, was.name,
                       trn ? trn->id : 0);
    if (!trn)
        return;
    trn->group = was.group;
    nbt_node_start(node, trn, now, out);
}

void nbt_node_deregister(nbt_node *node, nbt_time now, uint8_t num, nbt_out *out)
{
    (void)now;
    nbt_entry *e = nbt_ltable_at(&node->names, num);
    assert(e && e->state == NBT_ENTRY_REGISTERED);
    const char *from = nbt_node_entry_state(e);
    e->state = NBT_ENTRY_DEREGISTERED;
    nbt_node_trace_own(node, out, "name", from, "deregistered", "sessions live on", e->name, 0);
}

/* --- searches ----------------------------------------------------------------------------- */

nbt_time nbt_node_release_time(const nbt_lana_cfg *cfg)
{
    const nbt_profile *p = cfg->profile;
    nbt_time time = p->bcast_count * p->bcast_timeout;
    if (cfg->type != NBT_ONT_B)
        time += cfg->nservers * p->ucast_count * p->ucast_timeout;
    return time;
}

uint32_t nbt_node_query(nbt_node *node, nbt_time now, const uint8_t name[NBT_NAME_LEN],
                        nbt_out *out)
{
    nbt_trn *trn = nbt_node_begin(node, NBT_TRN_QUERY, name);
    if (!trn)
        return 0;
    uint32_t ref = trn->ref = new_ref(node);
    const nbt_entry *e = nbt_ltable_find(&node->names, name);
    if (!nbt_answer_holds(e)) {
        if (nbt_node_recall(node, trn, now, out))
            return ref;
        nbt_node_trace_own(node, out, "query", "", "asking", "", name, trn->id);
        nbt_node_start(node, trn, now, out);
        return ref;
    }
    nbt_node_trace_own(node, out, "query", "", "found", "held here", name, e->group ? trn->id : 0);
    trn->own.addr = nbt_node_own_address(node, e->group);
    trn->own.from = (nbt_ep){ node->cfg.ip, NBT_PORT_NS };
    nbt_node_tell_found(node, NBT_NODE_FOUND, trn, NULL);
    if (e->group) { /* other nodes may be members as well */
        nbt_node_start(node, trn, now, out);
        return ref;
    }
    nbt_trns_unlink(&node->trns, trn);
    nbt_node_tell_found(node, NBT_NODE_FOUND_ALL, trn, trn);
    return ref;
}

uint32_t nbt_node_members(nbt_node *node, nbt_time now, const uint8_t name[NBT_NAME_LEN],
                          nbt_out *out)
{
    nbt_trn *trn = nbt_node_begin(node, NBT_TRN_QUERY, name);
    if (!trn)
        return 0;
    uint32_t ref = trn->ref = new_ref(node);
    trn->members = true;
    nbt_node_trace_own(node, out, "query", "", "asking", "all members", name, trn->id);
    nbt_node_start(node, trn, now, out);
    return ref;
}

/* A node's own address: what it would have answered, without the network (E67). */
static void own_status(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_out *out)
{
    const nbt_entry *e = nbt_ltable_find(&node->names, trn->name.b);
    if (nbt_answer_holds(e) || nbt_name_is_wildcard(trn->name.b)) {
        nbt_draft d;
        nbt_answer_status(&node->cfg, &node->names, &node->stats, trn->id, &trn->name, &d);
        if (nbt_trns_keep_answer(&node->trns, trn, &d.ns.rr[0]))
            nbt_node_trace_own(node, out, "status", "asking", "answered", "own address",
                               trn->name.b, 0);
    }
    nbt_node_ended(node, trn, now, out);
}

uint32_t nbt_node_status(nbt_node *node, nbt_time now, const uint8_t name[NBT_NAME_LEN],
                         uint32_t ip, nbt_out *out)
{
    nbt_trn *trn = nbt_node_begin(node, NBT_TRN_STATUS, name);
    if (!trn)
        return 0;
    uint32_t ref = trn->ref = new_ref(node);
    trn->ip = ip;
    nbt_node_trace_own(node, out, "status", "", "asking", "", name, trn->id);
    if (ip == node->cfg.ip)
        own_status(node, trn, now, out);
    else
        nbt_node_start(node, trn, now, out);
    return ref;
}

void nbt_node_cancel(nbt_node *node, uint32_t ref)
{
    if (ref == 0)
        return; /* what every claim and release has */
    nbt_trn *trn = nbt_trns_find_ref(&node->trns, ref);
    if (trn)
        nbt_trns_drop(&node->trns, trn);
    nbt_node_forget(node, ref, 0);
}

/* --- time --------------------------------------------------------------------------------- */

/* RFC 1002 5.1.2.6: a name whose time has come is presented to the name server. */
static void refresh(nbt_node *node, nbt_time now, nbt_entry *e, nbt_out *out)
{
    e->refresh_at = now + node->cfg.profile->server_retry; /* should there be no memory */
    nbt_trn *trn = nbt_node_begin(node, NBT_TRN_REFRESH, e->name);
    if (!trn)
        return;
    e->refresh_at = NBT_NEVER; /* until it has ended */
    trn->num = e->num;
    trn->group = e->group;
    nbt_node_trace_own(node, out, "refresh", "", "asking", "", e->name, trn->id);
    nbt_node_start(node, trn, now, out);
}

/* The name that is to be presented first, NULL if none is. */
static const nbt_entry *next_refresh(const nbt_node *node)
{
    const nbt_entry *first = NULL;
    if (!node->type->has_servers)
        return NULL;
    for (const nbt_entry *e = nbt_ltable_next(&node->names, NULL); e;
         e = nbt_ltable_next(&node->names, e))
        if (e->refresh_at != NBT_NEVER && (!first || e->refresh_at < first->refresh_at))
            first = e;
    return first;
}

void nbt_node_tick(nbt_node *node, nbt_time now, nbt_out *out)
{
    nbt_stimulus s = { .kind = NBT_ON_TIME };
    nbt_trn *trn;
    while ((trn = nbt_trns_earliest(&node->trns)) && nbt_trn_due(trn) <= now)
        nbt_node_step(node, trn, now, &s, NULL, out);
    const nbt_entry *e;
    while ((e = next_refresh(node)) && e->refresh_at <= now)
        refresh(node, now, nbt_ltable_at(&node->names, e->num), out);
}

nbt_time nbt_node_due(const nbt_node *node)
{
    const nbt_trn *trn = nbt_trns_earliest(&node->trns);
    const nbt_entry *e = next_refresh(node);
    return nbt_time_min(trn ? nbt_trn_due(trn) : NBT_NEVER, e ? e->refresh_at : NBT_NEVER);
}
