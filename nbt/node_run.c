/*
 * The transactions of a node at work: what machines want is done, one leg of a procedure follows
 * the other, and the last one's outcome becomes the state of a name or the result of a search.
 */
#include "nbt/answer.h"
#include "nbt/node_impl.h"

#include <assert.h>
#include <string.h>

/* --- the end of claims and refreshes ------------------------------------------------------ */

/* RFC 1002 5.1.2.1: what the server grants is binding (E27); when we come again, the profile says.
 */
static nbt_time refresh_time(const nbt_profile *p, nbt_time now, uint32_t ttl)
{
    if (ttl == 0)
        return NBT_NEVER; /* INFINITE_TTL */
    nbt_time wait = NBT_S(ttl) / p->refresh_divisor;
    wait = nbt_time_min(wait, p->refresh_max);
    return now + (wait < p->refresh_min ? p->refresh_min : wait);
}

static void granted(nbt_node *node, nbt_entry *e, nbt_time now, const nbt_ns *m)
{
    e->at_server = true;
    e->refresh_at = refresh_time(node->cfg.profile, now, m->rr[0].ttl);
}

/* No server knows, or none has said anything: later (E36, F4). */
static void present_later(nbt_node *node, nbt_entry *e, nbt_time now)
{
    if (node->servers.n > 0)
        e->refresh_at = now + node->cfg.profile->server_retry;
}

/* Obtained: `m` is a server's word, NULL if silence was consent. */
static void won(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_ep peer, const nbt_ns *m,
                const char *why, nbt_out *out)
{
    nbt_entry *e = nbt_ltable_at(&node->names, trn->num);
    e->state = NBT_ENTRY_REGISTERED;
    if (m) {
        granted(node, e, now, m);
        nbt_node_trace_packet(node, out, "name", "registering", "registered", why, peer, m);
    } else {
        present_later(node, e, now);
        nbt_node_trace_own(node, out, "name", "registering", "registered", why, trn->name.b,
                           trn->id);
    }
    nbt_node_tell(node, &(nbt_node_ev){ .kind = NBT_NODE_ADDED, .num = trn->num }, NULL);
    nbt_trns_drop(&node->trns, trn);
}

/* Refused by `peer`; `m` is NULL if no server has answered. */
static void lost(nbt_node *node, nbt_trn *trn, nbt_ep peer, const nbt_ns *m, const char *why,
                 nbt_out *out)
{
    nbt_node_ev ev = { .kind = NBT_NODE_REFUSED, .num = trn->num };
    nbt_ltable_remove(&node->names, nbt_ltable_at(&node->names, trn->num));
    if (m) {
        nbt_node_trace_packet(node, out, "name", "registering", "refused", why, peer, m);
        ev.peer = peer;
        /* An owner who answers a challenge has no RCODE for it: he has the name. */
        ev.rcode = (uint8_t)(nbt_ns_rcode(m) ? nbt_ns_rcode(m) : NBT_RCODE_ACT_ERR);
    } else {
        nbt_node_trace_own(node, out, "name", "registering", "refused", why, trn->name.b, trn->id);
    }
    nbt_node_tell(node, &ev, NULL);
    nbt_trns_drop(&node->trns, trn);
}

/* What a claim's last leg came to; `m` caused it. */
static void claim_over(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_outcome outcome,
                       const nbt_stimulus *s, const nbt_ns *m, nbt_out *out)
{
    bool server = trn->way == NBT_WAY_SERVER, owner;
    switch (outcome) {
    case NBT_OUTCOME_YES:
        if (server)
            won(node, trn, now, s->from, m, "granted by the name server", out);
        else
            won(node, trn, now, s->from, NULL, "nobody objected", out);
        return;
    case NBT_OUTCOME_NO:
        owner = !server || nbt_ns_kind_of(m) == NBT_NS_POSITIVE_QUERY;
        lost(node, trn, s->from, m, owner ? "another node objects" : "the name server refuses",
             out);
        return;
    case NBT_OUTCOME_SILENCE: /* of the servers; E42: before them, nobody in reach objected */
        if (trn->leg > 0 && node->cfg.profile->broadcast_only)
            won(node, trn, now, s->from, NULL, "nobody objected, no name server answered", out);
        else
            lost(node, trn, s->from, NULL, "no name server answered", out);
        return;
    }
}

void nbt_node_in_conflict(nbt_node *node, nbt_entry *e, nbt_ep peer, const nbt_ns *m,
                          const char *why, nbt_out *out)
{
    nbt_node_trace_packet(node, out, "name", nbt_node_entry_state(e), "conflict", why, peer, m);
    e->conflict = true;
    e->refresh_at = NBT_NEVER; /* E46 */
    nbt_trn *refresh = nbt_trns_find_name(&node->trns, NBT_TRN_REFRESH, e->name);
    if (refresh)
        nbt_trns_drop(&node->trns, refresh);
    nbt_node_ev ev = { .kind = NBT_NODE_CONFLICT, .num = e->num, .peer = peer };
    ev.rcode = (uint8_t)nbt_ns_rcode(m);
    nbt_node_tell(node, &ev, NULL);
}

/* RFC 1002 5.1.2.6 */
static void refresh_over(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_outcome outcome,
                         const nbt_stimulus *s, const nbt_ns *m, nbt_out *out)
{
    nbt_entry *e = nbt_ltable_at(&node->names, trn->num);
    switch (outcome) {
    case NBT_OUTCOME_YES:
        nbt_node_trace_packet(node, out, "refresh", "asking", "granted", "", s->from, m);
        granted(node, e, now, m);
        break;
    case NBT_OUTCOME_NO:
        nbt_node_trace_packet(node, out, "refresh", "asking", "refused", "", s->from, m);
        if (!e->group) {
            nbt_node_in_conflict(node, e, s->from, m, "the name server has given it to another",
                                 out);
            return; /* and with it went the transaction */
        }
        present_later(node, e, now); /* a group is nobody's to lose (F34) */
        break;
    case NBT_OUTCOME_SILENCE:
        nbt_node_trace_own(node, out, "refresh", "asking", "no answer", "", trn->name.b, trn->id);
        present_later(node, e, now);
        break;
    }
    nbt_trns_drop(&node->trns, trn);
}

/* --- the end of the others ---------------------------------------------------------------- */

static void answered(nbt_node *node, nbt_trn *trn, nbt_ep peer, const nbt_ns *m, nbt_out *out)
{
    if (trn->kind == NBT_TRN_QUERY) {
        if (m)
            nbt_node_trace_packet(node, out, "query", "asking", "found", "", peer, m);
        else
            nbt_node_trace_own(node, out, "query", "asking", "found", "no TCP: a part of the list",
                               trn->name.b, trn->id);
        nbt_node_tell_found(node, NBT_NODE_FOUND, trn, NULL);
    } else {
        nbt_node_trace_packet(node, out, "status", "asking", "answered", "", peer, m);
    }
}

static void query_over(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_out *out)
{
    bool found = trn->way == NBT_WAY_SERVER ? trn->m.lookup.nfound > 0 : trn->m.query.nfound > 0;
    if (!found && nbt_node_recall_last(node, trn, out))
        return;
    nbt_node_remember(node, trn, now);
    nbt_node_trace_own(node, out, "query", found ? "found" : "asking",
                       found ? "ended" : "not found", "", trn->name.b, trn->id);
    nbt_trns_unlink(&node->trns, trn);
    nbt_node_tell_found(node, NBT_NODE_FOUND_ALL, trn, trn);
}

static void status_over(nbt_node *node, nbt_trn *trn, nbt_out *out)
{
    nbt_node_ev ev = { .kind = NBT_NODE_NO_STATUS, .ref = trn->ref };
    nbt_trns_unlink(&node->trns, trn);
    if (trn->rdata) {
        ev.kind = NBT_NODE_STATUS;
        ev.peer = (nbt_ep){ trn->ip, NBT_PORT_NS };
        ev.status = &trn->answer;
    } else {
        nbt_node_trace_own(node, out, "status", "asking", "no answer", "", trn->name.b, trn->id);
    }
    nbt_node_tell(node, &ev, trn);
}

/* The name is gone already, whatever is said to it (E31). */
static void release_over(nbt_node *node, nbt_trn *trn, nbt_outcome outcome, const nbt_stimulus *s,
                         const nbt_ns *m, nbt_out *out)
{
    if (outcome == NBT_OUTCOME_NO)
        nbt_node_trace_packet(node, out, "release", "asking", "refused", "", s->from, m);
    else if (outcome == NBT_OUTCOME_SILENCE)
        nbt_node_trace_own(node, out, "release", "asking", "no answer", "", trn->name.b, trn->id);
    nbt_trns_drop(&node->trns, trn);
}

void nbt_node_ended(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_out *out)
{
    if (trn->kind == NBT_TRN_QUERY)
        query_over(node, trn, now, out);
    else
        status_over(node, trn, out);
}

/* --- legs --------------------------------------------------------------------------------- */

/* What the suffix of a name says about it, the RFC does not know, and some profiles do. */
static const nbt_nodetype *ways_of(const nbt_node *node, const nbt_trn *trn)
{
    if (!node->cfg.profile->subnet_names)
        return node->type;
    return nbt_nodetype_of_name(node->cfg.type, trn->name.b);
}

static const nbt_leg *legs_of(const nbt_node *node, const nbt_trn *trn)
{
    static const nbt_leg server[NBT_LEGS_MAX] = { { NBT_WAY_SERVER, 0 } };
    static const nbt_leg status[NBT_LEGS_MAX] = { { NBT_WAY_NONE, 0 } };
    switch (trn->kind) {
    case NBT_TRN_CLAIM:
        return ways_of(node, trn)->claim;
    case NBT_TRN_QUERY:
        return trn->members ? server : ways_of(node, trn)->query;
    case NBT_TRN_RELEASE:
        return ways_of(node, trn)->release;
    case NBT_TRN_REFRESH:
        return server;
    case NBT_TRN_STATUS: /* goes to its host */
        break;
    }
    return status;
}

static void init_broadcast(nbt_node *node, nbt_trn *trn)
{
    const nbt_profile *p = node->cfg.profile;
    nbt_pace pace = { p->bcast_count, p->bcast_timeout };
    if (trn->kind == NBT_TRN_CLAIM) {
        /* Nobody is told that it is ours while a server may still refuse it (E37). */
        bool last = !nbt_leg_next(legs_of(node, trn), trn->leg, NBT_OUTCOME_YES);
        nbt_claim_init(&trn->m.claim, pace, p->overwrite_demand && last, p->demand_settles);
    } else if (trn->kind == NBT_TRN_QUERY) {
        nbt_query_init(&trn->m.query, pace, p->conflict_timer, p->watch_conflicts);
    } else {
        nbt_release_init(&trn->m.release, pace);
    }
}

static void init_server(nbt_node *node, nbt_trn *trn, nbt_time now)
{
    const nbt_profile *p = node->cfg.profile;
    nbt_ask_cfg cfg = nbt_servers_ask(&node->servers, now, p);
    cfg.past_denial = trn->kind == NBT_TRN_QUERY && p->past_denial;
    if (trn->kind == NBT_TRN_QUERY)
        nbt_lookup_init(&trn->m.lookup, &cfg, p->redirects);
    else if (trn->kind == NBT_TRN_RELEASE)
        nbt_ask_init(&trn->m.ask, &cfg);
    else
        nbt_enrol_init(&trn->m.enrol, &cfg);
}

/* A member of the group that is looked for is the first answer itself. */
static void know_own(nbt_node *node, nbt_trn *trn)
{
    const nbt_entry *e = nbt_ltable_find(&node->names, trn->name.b);
    if (trn->kind != NBT_TRN_QUERY || !nbt_answer_holds(e))
        return;
    nbt_ep self = { node->cfg.ip, NBT_PORT_NS };
    nbt_found own = { nbt_node_own_address(node, e->group), self };
    if (trn->way == NBT_WAY_SERVER)
        nbt_lookup_know(&trn->m.lookup, own);
    else
        nbt_query_know(&trn->m.query, own);
}

static void start_leg(nbt_node *node, nbt_trn *trn, nbt_time now, const nbt_leg *leg, nbt_out *out)
{
    nbt_trn_clear(trn);
    trn->way = leg->way;
    trn->sent = false;
    switch (leg->way) {
    case NBT_WAY_BROADCAST:
        init_broadcast(node, trn);
        break;
    case NBT_WAY_SERVER:
        init_server(node, trn, now);
        break;
    case NBT_WAY_NONE:
    case NBT_WAY_MEMORY:
        nbt_status_init(&trn->m.status, (nbt_pace){ node->cfg.profile->ucast_count,
                                                    node->cfg.profile->ucast_timeout });
        break;
    }
    know_own(node, trn);
    nbt_node_step(node, trn, now, &(nbt_stimulus){ .kind = NBT_ON_START }, NULL, out);
}

void nbt_node_start(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_out *out)
{
    trn->leg = 0;
    start_leg(node, trn, now, legs_of(node, trn), out);
}

void nbt_node_put_off(nbt_node *node, nbt_trn *trn)
{
    const nbt_profile *p = node->cfg.profile;
    trn->way = NBT_WAY_NONE;
    nbt_claim_init(&trn->m.claim, (nbt_pace){ p->bcast_count, p->bcast_timeout }, false, 0);
}

/* Which server a transaction has been asking. */
static uint8_t server_of(const nbt_trn *trn)
{
    if (trn->kind == NBT_TRN_QUERY)
        return trn->m.lookup.ask.at;
    return trn->kind == NBT_TRN_RELEASE ? trn->m.ask.at : trn->m.enrol.ask.at;
}

static void trace_leg(const nbt_node *node, const nbt_trn *trn, nbt_way way, nbt_out *out)
{
    bool claim = trn->kind == NBT_TRN_CLAIM;
    const char *what = claim ? "name" : trn->kind == NBT_TRN_QUERY ? "query" : "release";
    const char *state = claim ? "registering" : "asking";
    nbt_node_trace_own(node, out, what, state, state,
                       way == NBT_WAY_SERVER ? "now at the name server" : "now by broadcast",
                       trn->name.b, trn->id);
}

/* The claim that waits for this release; NULL if there is none. */
static nbt_trn *who_waits(const nbt_node *node, const nbt_trn *release)
{
    nbt_trn *claim = release->kind == NBT_TRN_RELEASE
                         ? nbt_trns_find_name(&node->trns, NBT_TRN_CLAIM, release->name.b)
                         : NULL;
    return claim && claim->way == NBT_WAY_NONE ? claim : NULL;
}

/* A leg is over: the next one, or the result. */
static void conclude(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_outcome outcome,
                     const nbt_stimulus *s, const nbt_ns *m, nbt_out *out)
{
    const nbt_leg *next = nbt_leg_next(legs_of(node, trn), trn->leg, outcome);
    if (trn->way == NBT_WAY_SERVER && outcome == NBT_OUTCOME_SILENCE)
        nbt_servers_silent(&node->servers, now, node->cfg.profile);
    else if (trn->way == NBT_WAY_SERVER)
        nbt_servers_answered(&node->servers, now, server_of(trn), node->cfg.profile);
    nbt_trn *claim = who_waits(node, trn);
    if (claim) { /* nobody else need be told that the name is free: it is not */
        release_over(node, trn, outcome, s, m, out);
        nbt_node_start(node, claim, now, out);
        return;
    }
    if (next) {
        trace_leg(node, trn, next->way, out);
        trn->leg++;
        start_leg(node, trn, now, next, out);
        return;
    }
    switch (trn->kind) {
    case NBT_TRN_CLAIM:
        claim_over(node, trn, now, outcome, s, m, out);
        return;
    case NBT_TRN_REFRESH:
        refresh_over(node, trn, now, outcome, s, m, out);
        return;
    case NBT_TRN_RELEASE:
        release_over(node, trn, outcome, s, m, out);
        return;
    case NBT_TRN_QUERY:
    case NBT_TRN_STATUS:
        nbt_node_ended(node, trn, now, out);
        return;
    }
}

/* The end of a search may be that nothing was found; every other end is a success. */
static nbt_outcome ended_as(const nbt_trn *trn)
{
    bool in_vain =
        trn->kind == NBT_TRN_QUERY && trn->way == NBT_WAY_BROADCAST && trn->m.query.nfound == 0;
    return in_vain ? NBT_OUTCOME_SILENCE : NBT_OUTCOME_YES;
}

void nbt_node_step(nbt_node *node, nbt_trn *trn, nbt_time now, const nbt_stimulus *s,
                   const nbt_ns *m, nbt_out *out)
{
    nbt_effects fx = { .n = 0 };
    nbt_trn_step(trn, now, s, &fx);
    if (trn->fetch && trn->m.lookup.state != NBT_LOOKUP_FETCHING)
        nbt_node_fetched(node, trn, out);
    for (size_t i = 0; i < fx.n; i++) {
        switch (fx.e[i]) {
        case NBT_FX_SEND:
            nbt_node_send_request(node, trn, out);
            break;
        case NBT_FX_DEMAND:
            nbt_node_send_demand(node, trn, out);
            break;
        case NBT_FX_OVERWRITE:
            nbt_node_send_overwrite(node, trn, out);
            break;
        case NBT_FX_CHALLENGE:
            nbt_node_send_challenge(node, trn, out);
            break;
        case NBT_FX_ANSWERED:
            answered(node, trn, s->from, m, out);
            break;
        case NBT_FX_CONFLICT:
            trn->disputed = true;
            nbt_cache_drop(&node->cache, trn->name.b); /* RFC 1001 15.1.8 */
            nbt_cache_drop_address(&node->cache, s->from.ip);
            nbt_node_send_conflict(node, trn, s->from, out);
            nbt_node_trace_packet(node, out, "query", "found", "conflict",
                                  "a second owner was told so", s->from, m);
            break;
        case NBT_FX_MORE:
            nbt_node_fetch(node, trn, out);
            break;
        case NBT_FX_WON:
            conclude(node, trn, now, NBT_OUTCOME_YES, s, m, out);
            return;
        case NBT_FX_LOST:
        case NBT_FX_DENIED:
            conclude(node, trn, now, NBT_OUTCOME_NO, s, m, out);
            return;
        case NBT_FX_SILENT:
            conclude(node, trn, now, NBT_OUTCOME_SILENCE, s, m, out);
            return;
        case NBT_FX_ENDED:
            conclude(node, trn, now, ended_as(trn), s, m, out);
            return;
        }
    }
}
