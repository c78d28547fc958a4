/*
 * What leaves a node: packets, traces, events. Nothing here decides whether any of it should.
 */
#include "nbt/answer.h"
#include "nbt/node_impl.h"

#include <assert.h>
#include <string.h>

/* --- traces ------------------------------------------------------------------------------- */

static void trace(const nbt_node *node, nbt_out *out, const nbt_trace *t)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_TRACE, NULL, 0);
    act->lana = node->cfg.lana;
    act->trace = *t;
}

void nbt_node_trace_own(const nbt_node *node, nbt_out *out, const char *what, const char *from,
                        const char *to, const char *why, const uint8_t name[NBT_NAME_LEN],
                        uint16_t trn_id)
{
    nbt_trace t = { .what = what, .from = from, .to = to, .why = why, .trn_id = trn_id };
    memcpy(t.name, name, NBT_NAME_LEN);
    trace(node, out, &t);
}

void nbt_node_trace_packet(const nbt_node *node, nbt_out *out, const char *what, const char *from,
                           const char *to, const char *why, nbt_ep peer, const nbt_ns *m)
{
    nbt_trace t = { .what = what, .from = from, .to = to, .why = why, .peer = peer };
    t.trn_id = m->trn_id;
    t.code = (uint8_t)nbt_ns_rcode(m);
    memcpy(t.name, nbt_ns_name(m)->b, NBT_NAME_LEN);
    trace(node, out, &t);
}

void nbt_node_trace_malformed(const nbt_node *node, nbt_out *out, nbt_ep peer, const nbt_rd *r)
{
    nbt_trace t = { .what = "packet", .from = "", .to = "malformed", .peer = peer };
    t.why = nbt_err_str(r->err);
    t.unnamed = true;
    t.field = r->err_field;
    t.offset = (uint32_t)r->err_at;
    trace(node, out, &t);
}

/* --- packets ------------------------------------------------------------------------------ */

void nbt_node_count(uint32_t *counter)
{
    if (*counter < UINT32_MAX)
        ++*counter;
}

void nbt_node_send(nbt_node *node, nbt_out *out, nbt_ep to, const nbt_draft *d)
{
    uint8_t buf[NBT_NS_UDP_MAX];
    nbt_wr w;
    nbt_wr_init(&w, buf, sizeof buf);
    nbt_ns_wr(&w, &d->ns);
    assert(!w.err);
    size_t len = w.at;
    for (uint8_t i = 0; i < d->tail && len < sizeof buf; i++)
        buf[len++] = 0;
    nbt_act *act = nbt_out_add(out, NBT_ACT_SEND, buf, len);
    act->lana = node->cfg.lana;
    act->from = (nbt_ep){ node->cfg.ip, NBT_PORT_NS };
    act->to = to;
    nbt_node_count(&node->stats.sent);
}

static void send_to(nbt_node *node, nbt_out *out, uint32_t ip, const nbt_draft *d)
{
    nbt_node_send(node, out, (nbt_ep){ ip, NBT_PORT_NS }, d);
}

nbt_addr nbt_node_own_address(const nbt_node *node, bool group)
{
    return (nbt_addr){ nbt_answer_nb_flags(&node->cfg, group), node->cfg.ip };
}

/* A request about a name of ours, with our record. */
static void draft_own(const nbt_node *node, const nbt_trn *trn, unsigned word, uint32_t ttl,
                      nbt_draft *d)
{
    nbt_draft_record(d, trn->id, word, &trn->name, ttl, nbt_node_own_address(node, trn->group));
}

/* The word by which a name server is asked for a name (4.2.2, MS-NBTE 3.1.4.1). */
static unsigned registration_word(const nbt_node *node, const nbt_trn *trn)
{
    bool multihomed = node->cfg.multihomed || node->cfg.profile->multihomed_always;
    return multihomed && !trn->group ? NBT_WORD_MULTIHOMED : NBT_WORD_REGISTRATION;
}

static unsigned refresh_word(const nbt_node *node, const nbt_trn *trn)
{
    if (!nbt_ltable_at_const(&node->names, trn->num)->at_server) /* it has never heard of it */
        return registration_word(node, trn);
    return NBT_WORD_REFRESH | (unsigned)node->cfg.profile->refresh_opcode << NBT_NS_OPCODE_SHIFT;
}

static void broadcast_request(nbt_node *node, const nbt_trn *trn, nbt_out *out)
{
    nbt_draft d;
    if (trn->kind == NBT_TRN_CLAIM)
        draft_own(node, trn, NBT_WORD_REGISTRATION | NBT_NS_B, node->cfg.profile->bcast_ttl, &d);
    else if (trn->kind == NBT_TRN_RELEASE)
        draft_own(node, trn, NBT_WORD_RELEASE | NBT_NS_B, 0, &d);
    else
        nbt_draft_question(&d, trn->id, NBT_WORD_QUERY | NBT_NS_B, &trn->name, NBT_RR_NB);
    send_to(node, out, node->cfg.broadcast, &d);
}

uint32_t nbt_node_asked(const nbt_node *node, const nbt_trn *trn)
{
    const nbt_lookup *l = &trn->m.lookup;
    return l->redirected ? trn->ip : node->cfg.servers[l->ask.at];
}

static void server_request(nbt_node *node, const nbt_trn *trn, nbt_out *out)
{
    nbt_draft d;
    uint32_t ttl = node->cfg.profile->ucast_ttl;
    switch (trn->kind) {
    case NBT_TRN_CLAIM:
        draft_own(node, trn, registration_word(node, trn), ttl, &d);
        send_to(node, out, node->cfg.servers[trn->m.enrol.ask.at], &d);
        return;
    case NBT_TRN_REFRESH:
        draft_own(node, trn, refresh_word(node, trn), ttl, &d);
        send_to(node, out, node->cfg.servers[trn->m.enrol.ask.at], &d);
        return;
    case NBT_TRN_QUERY:
        nbt_draft_question(&d, trn->id, NBT_WORD_QUERY, &trn->name, NBT_RR_NB);
        send_to(node, out, nbt_node_asked(node, trn), &d);
        return;
    case NBT_TRN_RELEASE:
        draft_own(node, trn, NBT_WORD_RELEASE, 0, &d);
        send_to(node, out, node->cfg.servers[trn->m.ask.at], &d);
        return;
    case NBT_TRN_STATUS: /* asked of nobody but its host */
        return;
    }
}

static void sent(nbt_node *node, nbt_trn *trn)
{
    if (trn->sent)
        nbt_node_count(&node->stats.resent);
    trn->sent = true;
}

void nbt_node_send_request(nbt_node *node, nbt_trn *trn, nbt_out *out)
{
    if (trn->kind == NBT_TRN_STATUS) {
        nbt_draft d;
        nbt_draft_question(&d, trn->id, NBT_WORD_STATUS_REQUEST, &trn->name, NBT_RR_NBSTAT);
        send_to(node, out, trn->ip, &d);
    } else if (trn->way == NBT_WAY_SERVER) {
        server_request(node, trn, out);
    } else {
        broadcast_request(node, trn, out);
    }
    sent(node, trn);
}

/* The claim's packet with RD = 0 (4.2.3), sent once (H11). */
void nbt_node_send_demand(nbt_node *node, const nbt_trn *trn, nbt_out *out)
{
    nbt_draft d;
    draft_own(node, trn, NBT_WORD_OVERWRITE | NBT_NS_B, node->cfg.profile->bcast_ttl, &d);
    send_to(node, out, node->cfg.broadcast, &d);
}

void nbt_node_send_overwrite(nbt_node *node, nbt_trn *trn, nbt_out *out)
{
    nbt_draft d;
    if (trn->m.enrol.ask.asked == 1) {
        nbt_trns_renew_id(&node->trns, trn);
        trn->sent = false;
    }
    draft_own(node, trn, NBT_WORD_OVERWRITE, node->cfg.profile->ucast_ttl, &d);
    send_to(node, out, node->cfg.servers[trn->m.enrol.ask.at], &d);
    sent(node, trn);
}

void nbt_node_send_challenge(nbt_node *node, nbt_trn *trn, nbt_out *out)
{
    nbt_draft d;
    if (trn->m.enrol.asked == 1) {
        nbt_trns_renew_id(&node->trns, trn);
        trn->sent = false;
    }
    nbt_draft_question(&d, trn->id, NBT_WORD_QUERY, &trn->name, NBT_RR_NB);
    send_to(node, out, trn->ip, &d);
    sent(node, trn);
}

/* G and the address are zero, ONT is the node's own. */
void nbt_node_send_conflict(nbt_node *node, const nbt_trn *trn, nbt_ep peer, nbt_out *out)
{
    nbt_draft d;
    nbt_addr nobody = { nbt_answer_nb_flags(&node->cfg, false), 0 };
    nbt_draft_response(&d, trn->id, NBT_WORD_CONFLICT_DEMAND, &trn->name, 0, nobody);
    send_to(node, out, peer.ip, &d);
}

/* The record of another node: its type is not known, B is 0 (RFC 1001 15.1.7). */
void nbt_node_release_absent(nbt_node *node, const uint8_t name[NBT_NAME_LEN], uint32_t ip,
                             bool group, nbt_out *out)
{
    if (!node->cfg.profile->ssn_release_absent || !node->type->has_servers ||
        node->cfg.nservers == 0)
        return;
    nbt_name whole = { .scope = node->cfg.scope };
    memcpy(whole.b, name, NBT_NAME_LEN);
    nbt_addr theirs = { group ? NBT_NB_G : 0, ip };
    nbt_draft d;
    uint16_t id = nbt_trns_spare_id(&node->trns);
    nbt_draft_record(&d, id, NBT_WORD_RELEASE, &whole, 0, theirs);
    nbt_node_trace_own(node, out, "release", "", "told", "the called node has not the name", name,
                       id);
    send_to(node, out, node->cfg.servers[node->servers.at], &d);
}

/* --- events ------------------------------------------------------------------------------- */

void nbt_node_tell(nbt_node *node, const nbt_node_ev *ev, nbt_trn *last)
{
    assert(node->nevents < node->events_cap); /* nbt_node_begin has seen to it */
    node->events[node->nevents++] = (nbt_node_said){ *ev, last };
}

void nbt_node_tell_found(nbt_node *node, nbt_node_ev_kind kind, nbt_trn *trn, nbt_trn *last)
{
    nbt_node_ev ev = { .kind = kind, .ref = trn->ref, .found = &trn->own, .nfound = 1 };
    if (trn->way == NBT_WAY_SERVER) {
        ev.found = trn->m.lookup.found;
        ev.nfound = trn->m.lookup.nfound;
    } else if (trn->way == NBT_WAY_BROADCAST) {
        ev.found = trn->m.query.found;
        ev.nfound = trn->m.query.nfound;
    } else if (trn->way == NBT_WAY_MEMORY) {
        ev.found = trn->m.memory.found;
        ev.nfound = trn->m.memory.nfound;
    }
    if (ev.nfound > 0)
        ev.peer = ev.found[0].from;
    nbt_node_tell(node, &ev, last);
}
