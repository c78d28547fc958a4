/*
 * What a message does to the ledger.
 */
#include "capture/ledger_impl.h"

#include <string.h>

static bool is_broadcast(const cap_item *item, const nbt_ns *m)
{
    return (m->word & NBT_NS_B) || (item->to.ip & 0xFF) == 0xFF || (item->to.ip >> 28) == 0xE;
}

static void to_server(cap_ledger *l, uint32_t at, uint32_t ip)
{
    cap_claim *c = cap_at_claim(l, at);
    c->to_server = true;
    c->server = cap_hosts_at(l->hosts, ip);
    c->next = cap_at_name(l, c->name)->asked;
    cap_at_name(l, c->name)->asked = at;
}

/* From one address, but by other hardware, somebody claims what is held there. */
static void claimed_twice(cap_ledger *l, const cap_item *item, cap_host_id asker, uint32_t name)
{
    const cap_host *h = cap_hosts_get(l->hosts, asker);
    uint32_t place = cap_ledger_find_holding(l, name, asker, false);
    if (!h || !h->has_mac || !item->has_mac || memcmp(h->mac, item->mac_from, sizeof h->mac) == 0)
        return;
    if (place && cap_ledger_counts(cap_at_holding(l, place)))
        cap_ledger_note(l, CAP_INCIDENT_SAME_ADDRESS, name, asker, asker, 0);
}

static void take_request(cap_ledger *l, const cap_item *item, cap_host_id asker, uint32_t name,
                         nbt_ns_kind kind)
{
    const nbt_ns *m = &item->msg->u.ns;
    nbt_addr owner = nbt_addr_get(&m->rr[0], 0);
    uint32_t at = cap_ledger_find_claim(l, name, asker, m->trn_id);
    bool one = !is_broadcast(item, m) && kind != NBT_NS_OVERWRITE_DEMAND;
    if (at && cap_at_claim(l, at)->to_server != one) {
        /* A node that asks both ways, one after the other, may keep the id. */
        cap_ledger_quiet(l, at);
        at = 0;
    }
    if (!at && kind == NBT_NS_OVERWRITE_DEMAND)
        at = cap_ledger_find_pending(l, name, asker);
    bool fresh = !at;
    if (fresh)
        at = cap_ledger_add_claim(l, name, asker, m->trn_id);
    if (!at)
        return;
    if (fresh)
        claimed_twice(l, item, asker, name);
    cap_claim *c = cap_at_claim(l, at);
    if (fresh) {
        c->owner = owner.ip;
        c->group = (owner.nb_flags & NBT_NB_G) != 0;
        c->refresh = kind == NBT_NS_REFRESH;
        if (one)
            to_server(l, at, item->to.ip);
        if (kind == NBT_NS_MULTIHOMED && owner.ip != item->from.ip)
            cap_hosts_join(l->hosts, asker, cap_hosts_at(l->hosts, owner.ip), CAP_SAME_LIST);
        c = cap_at_claim(l, at);
    }
    const cap_host *h = cap_hosts_get(l->hosts, asker);
    if (!c->echo.frame && !fresh && h && h->other_mac.frame == item->number)
        c->echo = l->now;
    c->sent++;
    cap_ledger_touch(l, at);
    if (kind != NBT_NS_OVERWRITE_DEMAND || c->outcome != CAP_PENDING)
        return;
    /* RFC 1002 5.1.1.1: with the demand the name is the claimant's, if it asked before. */
    if (c->sent > 1)
        cap_ledger_decide(l, at, CAP_SILENCE);
}

/* The claim that a response is to; one whose request the capture does not have is made up. */
static uint32_t claim_of_response(cap_ledger *l, const cap_item *item, const cap_link *link,
                                  uint32_t name)
{
    const nbt_ns *m = &item->msg->u.ns;
    cap_host_id asker = cap_hosts_at(l->hosts, item->to.ip);
    uint32_t at = cap_ledger_find_claim(l, name, asker, m->trn_id);
    if (at)
        return at;
    at = cap_ledger_add_claim(l, name, asker, m->trn_id);
    if (!at)
        return 0;
    cap_claim *c = cap_at_claim(l, at);
    c->owner = item->to.ip;
    c->first.frame = link->answers; /* 0: none */
    if (m->nrr > 0 && m->rr[0].type == NBT_RR_NB && nbt_addr_count(&m->rr[0]) > 0)
        c->group = (nbt_addr_get(&m->rr[0], 0).nb_flags & NBT_NB_G) != 0;
    return at;
}

static void take_refusal(cap_ledger *l, const cap_item *item, cap_host_id refuser,
                         const cap_link *link, uint32_t name)
{
    uint32_t at = claim_of_response(l, item, link, name);
    if (!at)
        return;
    cap_claim *c = cap_at_claim(l, at);
    if (c->outcome == CAP_NO)
        return;
    cap_ledger_refuse(l, at, refuser, nbt_ns_rcode(&item->msg->u.ns));
    if (c->to_server && c->server == refuser)
        cap_hosts_serves(l->hosts, refuser, l->now);
    if (cap_hosts_get(l->hosts, refuser) && cap_hosts_get(l->hosts, refuser)->server.frame &&
        (c->to_server || c->sent == 0))
        return; /* on behalf of another */
    /* It said what it has by refusing: unique, or, if a unique name was asked for, perhaps a group.
     */
    bool group = !c->group && cap_ledger_find_holding(l, name, refuser, true);
    cap_ledger_hold(l, name, refuser, group, CAP_DEFENDED, c->first);
}

static void take_grant(cap_ledger *l, const cap_item *item, cap_host_id server,
                       const cap_link *link, uint32_t name)
{
    uint32_t at = claim_of_response(l, item, link, name);
    if (!at || cap_at_claim(l, at)->outcome != CAP_PENDING)
        return;
    cap_hosts_serves(l->hosts, server, l->now);
    cap_ledger_decide(l, at, CAP_YES);
}

static void take_wack(cap_ledger *l, const cap_item *item, cap_host_id from, uint32_t name)
{
    cap_host_id asker = cap_hosts_at(l->hosts, item->to.ip);
    uint32_t at = cap_ledger_find_claim(l, name, asker, item->msg->u.ns.trn_id);
    cap_hosts_serves(l->hosts, from, l->now);
    if (at)
        cap_at_claim(l, at)->wack = l->now;
}

/* A name server asks the owner of old, or, being told to by one (RFC 1002 4.2.7), the claimant. */
static void take_query(cap_ledger *l, const cap_item *item, cap_host_id from, uint32_t name)
{
    if (!cap_at_name(l, name)->asked || is_broadcast(item, &item->msg->u.ns))
        return;
    cap_host_id to = cap_hosts_at(l->hosts, item->to.ip);
    unsigned looked = 0;
    for (uint32_t at = cap_at_name(l, name)->asked; at && looked++ < CAP_LEDGER_LOOK_AT;
         at = cap_at_claim(l, at)->next) {
        cap_claim *c = cap_at_claim(l, at);
        bool told = c->asker == from && c->challenged == to;
        if (c->outcome != CAP_PENDING || (!told && (c->server != from || c->asker == to)))
            continue;
        if (c->challenges++ == 0)
            c->challenge = l->now;
        c->challenge_last = l->now;
        c->challenged = to;
    }
}

/* END-NODE CHALLENGE REGISTRATION RESPONSE: the server names the owner of old. */
static void take_challenge(cap_ledger *l, const cap_item *item, cap_host_id server,
                           const cap_link *link, uint32_t name)
{
    uint32_t at = claim_of_response(l, item, link, name);
    cap_hosts_serves(l->hosts, server, l->now);
    if (!at)
        return;
    cap_at_claim(l, at)->challenged =
        cap_hosts_at(l->hosts, nbt_addr_get(&item->msg->u.ns.rr[0], 0).ip);
}

static void answer_challenge(cap_ledger *l, uint32_t name, cap_host_id from, uint32_t to, bool yes)
{
    cap_host_id asker = cap_hosts_at(l->hosts, to);
    unsigned looked = 0;
    for (uint32_t at = cap_at_name(l, name)->asked; at && looked++ < CAP_LEDGER_LOOK_AT;
         at = cap_at_claim(l, at)->next) {
        cap_claim *c = cap_at_claim(l, at);
        if (c->challenged != from || (c->server != asker && c->asker != asker) ||
            c->challenges == 0 || c->outcome != CAP_PENDING)
            continue;
        c->challenge_answer = l->now;
        c->challenge_yes = yes;
        if (!yes || c->asker != asker)
            continue;
        /* RFC 1002 5.1.2.1: the claimant has asked itself, and with this its claim has failed. */
        cap_ledger_refuse(l, at, from, NBT_RCODE_OK);
    }
}

static void take_status(cap_ledger *l, const cap_item *item, cap_host_id from)
{
    static const uint8_t none[6] = { 0 };
    const nbt_rr *rr = &item->msg->u.ns.rr[0];
    uint16_t scope = cap_ledger_scope_at(l, &rr->name.scope);
    nbt_statistics st;
    if (nbt_status_statistics(rr, &st) && memcmp(st.unit_id, none, sizeof none) != 0)
        cap_hosts_unit(l->hosts, from, st.unit_id);
    for (size_t i = 0; i < nbt_status_count(rr); i++) {
        nbt_node_name n = nbt_status_get(rr, i);
        uint32_t name = n.b[0] == '*' ? 0 : cap_ledger_name_of(l, n.b, scope);
        if (!name)
            continue;
        if (n.flags & NBT_NB_CNF) {
            cap_ledger_note(l, CAP_INCIDENT_CONFLICT, name, from, 0, 0);
            cap_ledger_trait(l, from, name, CAP_LISTED);
        } else if (n.flags & NBT_NB_ACT)
            cap_ledger_hold(l, name, from, (n.flags & NBT_NB_G) != 0, CAP_LISTED, l->now);
    }
}

static void take_release(cap_ledger *l, const cap_item *item, cap_host_id from, uint32_t name)
{
    nbt_addr owner = nbt_addr_get(&item->msg->u.ns.rr[0], 0);
    cap_host_id host = cap_hosts_at(l->hosts, owner.ip);
    bool group = (owner.nb_flags & NBT_NB_G) != 0;
    if (!host)
        return;
    if (from && from != host && !cap_hosts_same(l->hosts, from, host))
        cap_ledger_note(l, CAP_INCIDENT_RELEASED, name, from, host, 0);
    cap_ledger_end_holding(l, name, host, group, CAP_RELEASED);
}

static void take_demand(cap_ledger *l, const cap_item *item, cap_host_id from, uint32_t name)
{
    cap_host_id to = cap_hosts_at(l->hosts, item->to.ip);
    cap_ledger_note(l, CAP_INCIDENT_DEMAND, name, from, to, 0);
    cap_ledger_end_holding(l, name, to, false, CAP_IN_CONFLICT);
}

static void take_ns(cap_ledger *l, const cap_item *item, const cap_link *link)
{
    const nbt_ns *m = &item->msg->u.ns;
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    cap_host_id from = cap_hosts_sender(l->hosts, item);
    cap_trait *t = m->word & NBT_NS_R ? NULL : cap_ledger_trait_of(l, from);
    if (t)
        t->asks = true;
    if (kind == NBT_NS_STATUS_RESPONSE) {
        take_status(l, item, from);
        return;
    }
    uint32_t name = cap_ledger_name_at(l, nbt_ns_name(m));
    if (!name)
        return;
    switch (kind) {
    case NBT_NS_REGISTRATION:
    case NBT_NS_OVERWRITE_REQUEST:
    case NBT_NS_OVERWRITE_DEMAND:
    case NBT_NS_MULTIHOMED:
    case NBT_NS_REFRESH:
        take_request(l, item, from, name, kind);
        return;
    case NBT_NS_POSITIVE_REGISTRATION:
        take_grant(l, item, from, link, name);
        return;
    case NBT_NS_NEGATIVE_REGISTRATION:
        take_refusal(l, item, from, link, name);
        return;
    case NBT_NS_CHALLENGE:
        take_challenge(l, item, from, link, name);
        return;
    case NBT_NS_CONFLICT_DEMAND:
        take_demand(l, item, from, name);
        return;
    case NBT_NS_RELEASE_REQUEST:
    case NBT_NS_RELEASE_DEMAND:
        take_release(l, item, from, name);
        return;
    case NBT_NS_QUERY:
        take_query(l, item, from, name);
        return;
    case NBT_NS_POSITIVE_QUERY:
        if (cap_ledger_answer(l, item, link, from, name))
            answer_challenge(l, name, from, item->to.ip, true);
        return;
    case NBT_NS_NEGATIVE_QUERY:
        answer_challenge(l, name, from, item->to.ip, false);
        return;
    case NBT_NS_REDIRECT:
        cap_hosts_serves(l->hosts, from, l->now);
        return;
    case NBT_NS_WACK:
        take_wack(l, item, from, name);
        return;
    case NBT_NS_POSITIVE_RELEASE:
    case NBT_NS_NEGATIVE_RELEASE:
    case NBT_NS_STATUS_REQUEST:
    case NBT_NS_STATUS_RESPONSE:
    case NBT_NS_OTHER:
    case NBT_NS_KINDS:
        return;
    }
}

static void take_dgm(cap_ledger *l, const cap_item *item)
{
    const nbt_dgm *m = &item->msg->u.dgm;
    bool message =
        m->type == NBT_DGM_UNIQUE || m->type == NBT_DGM_GROUP || m->type == NBT_DGM_BROADCAST;
    cap_host_id from = cap_hosts_sender(l->hosts, item);
    if (!message || !(m->flags & NBT_DGM_FIRST))
        return;
    /* One that a datagram distribution server passed on is still its source's. */
    cap_host_id source =
        m->source.ip == item->from.ip ? from : cap_hosts_at(l->hosts, m->source.ip);
    uint32_t name = cap_ledger_name_at(l, &m->from);
    if (name && !cap_at_name(l, name)->group)
        cap_ledger_hold(l, name, source, false, CAP_SENT_AS, l->now);
}

static void take_ssn(cap_ledger *l, const cap_item *item)
{
    const nbt_ssn *m = &item->msg->u.ssn;
    if (m->type == NBT_SSN_REQUEST)
        cap_ledger_hold(l, cap_ledger_name_at(l, &m->calling), cap_hosts_sender(l->hosts, item),
                        false, CAP_CALLED_AS, l->now);
}

void cap_ledger_put(cap_ledger *l, const cap_item *item, const cap_link *link)
{
    l->now = (cap_when){ item->number, item->time };
    if (!item->msg || item->msg->err)
        return;
    cap_ledger_overdue(l);
    switch (item->msg->service) {
    case NBT_SERVICE_NAME:
        take_ns(l, item, link);
        return;
    case NBT_SERVICE_DATAGRAM:
        take_dgm(l, item);
        return;
    case NBT_SERVICE_SESSION:
        take_ssn(l, item);
        return;
    }
}

void cap_ledger_tick(cap_ledger *l, int64_t now)
{
    l->now.time = now > l->now.time ? now : l->now.time;
    cap_ledger_overdue(l);
    cap_when then = l->now;
    if (l->answered)
        cap_ledger_judge(l, l->answered);
    l->answered = 0;
    l->now = then;
}

/* ---- The end ------------------------------------------------------------------------------- */

void cap_ledger_end(cap_ledger *l)
{
    cap_ledger_end_claims(l);
    cap_when end = l->now;
    for (cap_host_id host = 1; host < l->traits.n; host++)
        cap_ledger_judge(l, host);
    l->now = end;
}

uint32_t cap_ledger_names(const cap_ledger *l)
{
    return cap_pool_count(&l->names);
}

const cap_named *cap_ledger_named(const cap_ledger *l, uint32_t place)
{
    return cap_at_name(l, place);
}

void cap_ledger_name(const cap_ledger *l, uint32_t place, nbt_name *name)
{
    const cap_named *n = cap_at_name(l, place);
    name->form = NBT_NAME_NETBIOS;
    memcpy(name->b, n->b, sizeof name->b);
    name->scope.len = 0;
    if (n->scope)
        name->scope = ((const nbt_scope *)l->scopes.at)[n->scope];
}

const cap_holding *cap_ledger_holding(const cap_ledger *l, uint32_t place)
{
    return place ? cap_at_holding(l, place) : NULL;
}

uint32_t cap_ledger_incidents(const cap_ledger *l)
{
    return cap_pool_count(&l->incidents);
}

const cap_incident *cap_ledger_incident(const cap_ledger *l, uint32_t place)
{
    return cap_at_incident(l, place);
}

const cap_hosts *cap_ledger_hosts(const cap_ledger *l)
{
    return l->hosts;
}

uint64_t cap_ledger_left_out(const cap_ledger *l)
{
    return l->left_out;
}

const cap_holding *cap_ledger_holder(const cap_ledger *l, uint32_t name, cap_host_id not )
{
    const uint32_t lists[] = { cap_at_name(l, name)->unique, cap_at_name(l, name)->group };
    const cap_holding *best = NULL;
    unsigned looked = 0;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (uint32_t at = lists[i]; at && looked++ < CAP_LEDGER_LOOK_AT;
             at = cap_at_holding(l, at)->next) {
            const cap_holding *h = cap_at_holding(l, at);
            if (h->host != not &&(!best || h->evidence > best->evidence))
                best = h;
        }
    }
    return best;
}

static const struct {
    const char *word, *text;
} evidences[] = {
    [CAP_SAID] = { "said", "a name server says so" },
    [CAP_CALLED_AS] = { "called-as", "it called under it" },
    [CAP_SENT_AS] = { "sent-as", "it sent datagrams from it" },
    [CAP_ANSWERED] = { "answered", "it answered for it" },
    [CAP_LISTED] = { "listed", "its node status has it" },
    [CAP_CLAIMED] = { "claimed", "it claimed it, and nobody objected" },
    [CAP_GRANTED] = { "granted", "a name server granted it" },
    [CAP_DEFENDED] = { "defended", "it refused it to another" },
};

const char *cap_evidence_str(cap_evidence evidence)
{
    return evidences[evidence].text;
}

const char *cap_evidence_word(cap_evidence evidence)
{
    return evidences[evidence].word;
}
