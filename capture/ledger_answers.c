/*
 * Answers to questions for a name: what they say of who has it, and whether they can be trusted:
 * who gives them, to whom, and whether they agree with each other.
 */
#include "capture/ledger_impl.h"

/* Two computers in one record of a unique name, of which it is known that they are two. */
static void take_list(cap_ledger *l, uint32_t name, const nbt_rr *rr)
{
    size_t n = nbt_addr_count(rr);
    for (size_t i = 0; i + 1 < n && i < CAP_LEDGER_LOOK_AT; i++) {
        cap_host_id a = cap_hosts_at(l->hosts, nbt_addr_get(rr, i).ip);
        cap_host_id b = cap_hosts_at(l->hosts, nbt_addr_get(rr, i + 1).ip);
        if (a && b && cap_ledger_known_apart(l, name, a, b))
            cap_ledger_note(l, CAP_INCIDENT_LISTED, name, a < b ? a : b, a < b ? b : a, 0);
    }
}

static bool has_address(const nbt_rr *rr, uint32_t ip)
{
    for (size_t i = 0; i < nbt_addr_count(rr); i++) {
        if (nbt_addr_get(rr, i).ip == ip)
            return true;
    }
    return false;
}

/*
 * RFC 1002 5.1.1.3: a broadcast question is answered by who has the name, with its own address.
 * Only a proxy gives another's, and whoever wants others to go where he likes.
 */
static bool is_foreign(const cap_ledger *l, const nbt_rr *rr, const cap_link *link,
                       cap_host_id from, bool own)
{
    return link->asked_all && !own && nbt_addr_count(rr) > 0 &&
           !(nbt_addr_get(rr, 0).nb_flags & NBT_NB_G) && cap_hosts_get(l->hosts, from);
}

/* The capture shows what this one asks, and has not shown this question. */
static bool is_unasked(cap_ledger *l, const cap_item *item, const cap_link *link)
{
    if (link->answers)
        return false;
    const cap_trait *t = cap_ledger_trait_of(l, cap_hosts_at(l->hosts, item->to.ip));
    return t && t->asks;
}

/* The answers to one question, of which the first is kept. Two owners are another incident. */
static void compare(cap_ledger *l, const nbt_rr *rr, const cap_link *link, cap_host_id from,
                    uint32_t name, bool own)
{
    cap_reply *r = &l->replies[cap_mix(cap_mix(3, name), link->transaction) % CAP_LEDGER_REPLIES];
    if (!link->answers || nbt_addr_count(rr) == 0 || (nbt_addr_get(rr, 0).nb_flags & NBT_NB_G))
        return;
    if (r->transaction != link->transaction || r->name != name) {
        *r = (cap_reply){ link->transaction, name, nbt_addr_get(rr, 0).ip, from, own };
        return;
    }
    if (has_address(rr, r->ip) || (own && r->own))
        return;
    cap_host_id first = cap_hosts_at(l->hosts, r->ip);
    cap_host_id other = cap_hosts_at(l->hosts, nbt_addr_get(rr, 0).ip);
    if (!cap_hosts_same(l->hosts, first, other))
        cap_ledger_note(l, CAP_INCIDENT_TWO_ANSWERS, name, r->from, from, 0);
}

static void take_addresses(cap_ledger *l, const cap_item *item, cap_host_id from, uint32_t name,
                           bool own)
{
    const nbt_rr *rr = &item->msg->u.ns.rr[0];
    bool server = cap_hosts_get(l->hosts, from) && cap_hosts_get(l->hosts, from)->server.frame;
    for (size_t i = 0; i < nbt_addr_count(rr); i++) {
        nbt_addr a = nbt_addr_get(rr, i);
        bool group = (a.nb_flags & NBT_NB_G) != 0, self = a.ip == item->from.ip;
        cap_host_id host = a.ip == UINT32_MAX ? 0 : cap_hosts_at(l->hosts, a.ip);
        if (own && !server && !self && !group)
            cap_hosts_join(l->hosts, from, host, CAP_SAME_LIST);
        cap_ledger_hold(l, name, host, group, self || (own && !server) ? CAP_ANSWERED : CAP_SAID,
                        l->now);
    }
}

bool cap_ledger_answer(cap_ledger *l, const cap_item *item, const cap_link *link, cap_host_id from,
                       uint32_t name)
{
    const nbt_rr *rr = &item->msg->u.ns.rr[0];
    bool own = has_address(rr, item->from.ip);
    cap_host_id whose = cap_hosts_at(l->hosts, nbt_addr_get(rr, 0).ip);
    l->answered = from;
    if (is_foreign(l, rr, link, from, own)) {
        if (!cap_hosts_same(l->hosts, from, whose))
            cap_ledger_note(l, CAP_INCIDENT_FOREIGN, name, from, whose, 0);
    } else if (!own && nbt_addr_count(rr) > 0) {
        cap_hosts_serves(l->hosts, from, l->now);
    }
    if (is_unasked(l, item, link))
        cap_ledger_note(l, CAP_INCIDENT_UNASKED, name, from, cap_hosts_at(l->hosts, item->to.ip),
                        0);
    take_addresses(l, item, from, name, own);
    compare(l, rr, link, from, name, own);
    if (nbt_addr_count(rr) > 1 && !(nbt_addr_get(rr, 0).nb_flags & NBT_NB_G))
        take_list(l, name, rr);
    return own;
}

/* ---- Who answers for what -------------------------------------------------------------------- */

/* It does not have the name, as far as is known, and is not about to get it. */
static bool is_strange(cap_ledger *l, const cap_trait *t, cap_host_id host, uint32_t name)
{
    return !cap_ledger_has_base(l, t->known, t->nknown, name) &&
           !cap_ledger_find_pending(l, name, host);
}

static bool is_told(const cap_ledger *l, uint32_t name, cap_host_id host)
{
    unsigned looked = 0;
    for (uint32_t at = cap_at_name(l, name)->incidents; at && looked++ < CAP_LEDGER_LOOK_AT * 4;
         at = cap_at_incident(l, at)->next) {
        const cap_incident *i = cap_at_incident(l, at);
        if (i->kind == CAP_INCIDENT_STRANGE && i->a == host)
            return true;
    }
    return false;
}

/*
 * A host that answered for a name which it was never seen to register, though it was seen to
 * register others, or though its own node status does not have it; or that answered for more names
 * than computers have.
 */
void cap_ledger_judge(cap_ledger *l, cap_host_id host)
{
    unsigned strange = 0;
    const cap_host *h = cap_hosts_get(l->hosts, host);
    const cap_trait *t = cap_ledger_trait_of(l, host);
    if (!t || (h && h->server.frame))
        return; /* it answers for others */
    for (uint8_t i = 0; i < t->nanswered; i++)
        strange += is_strange(l, t, host, t->answered[i]);
    if (strange < CAP_LEDGER_TRAITS / 2 && !(strange > 0 && (t->claimed || t->listed)))
        return;
    for (uint8_t i = 0; i < t->nanswered; i++) {
        if (!is_strange(l, t, host, t->answered[i]) || is_told(l, t->answered[i], host))
            continue;
        l->now = t->when[i];
        cap_ledger_note(l, CAP_INCIDENT_STRANGE, t->answered[i], host, 0, 0);
    }
}
