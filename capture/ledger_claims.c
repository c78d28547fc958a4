/*
 * Claims under way, from their first packet until nothing more can be expected.
 */
#include "capture/ledger_impl.h"

/* After so long without another packet, what there is decides about a claim. */
#define BROADCAST_QUIET NBT_S(5)
#define SERVER_QUIET NBT_S(90)

static uint32_t *claimant_chain(cap_ledger *l, uint32_t name, cap_host_id asker)
{
    return &l->by_claimant[cap_mix(cap_mix(2, name), asker) % CAP_LEDGER_CHAINS];
}

uint32_t cap_ledger_find_claim(cap_ledger *l, uint32_t name, cap_host_id asker, uint16_t id)
{
    for (uint32_t at = *claimant_chain(l, name, asker); at; at = cap_at_claim(l, at)->chain) {
        const cap_claim *c = cap_at_claim(l, at);
        if (c->name == name && c->asker == asker && c->id == id)
            return at;
    }
    return 0;
}

uint32_t cap_ledger_find_pending(cap_ledger *l, uint32_t name, cap_host_id asker)
{
    for (uint32_t at = *claimant_chain(l, name, asker); at; at = cap_at_claim(l, at)->chain) {
        const cap_claim *c = cap_at_claim(l, at);
        if (c->name == name && c->asker == asker && c->outcome == CAP_PENDING && !c->to_server)
            return at;
    }
    return 0;
}

static void unlist(cap_ledger *l, uint32_t at)
{
    cap_claim *c = cap_at_claim(l, at);
    if (c->older)
        cap_at_claim(l, c->older)->newer = c->newer;
    else
        l->oldest = c->newer;
    if (c->newer)
        cap_at_claim(l, c->newer)->older = c->older;
    else
        l->newest = c->older;
    c->older = c->newer = 0;
}

static void list_last(cap_ledger *l, uint32_t at)
{
    cap_claim *c = cap_at_claim(l, at);
    c->older = l->newest;
    c->newer = 0;
    if (l->newest)
        cap_at_claim(l, l->newest)->newer = at;
    else
        l->oldest = at;
    l->newest = at;
}

/* Takes a claim out of a list that is chained by `next` or `chain`. */
static void unchain(cap_ledger *l, uint32_t *head, uint32_t at, bool by_next)
{
    while (*head && *head != at)
        head = by_next ? &cap_at_claim(l, *head)->next : &cap_at_claim(l, *head)->chain;
    if (*head)
        *head = by_next ? cap_at_claim(l, at)->next : cap_at_claim(l, at)->chain;
}

/* The incident that a claim which came to nothing is; the first of its kind keeps the claim. */
static void note_claim(cap_ledger *l, cap_incident_kind kind, uint32_t at, cap_host_id by)
{
    cap_claim *c = cap_at_claim(l, at);
    cap_incident *i = cap_ledger_note(l, kind, c->name, c->asker, by, c->rcode);
    if (!i)
        return;
    c->incident = (uint32_t)(i - cap_at_incident(l, 0));
    i->claim = *c;
    i->first = c->first;
}

void cap_ledger_refuse(cap_ledger *l, uint32_t at, cap_host_id by, unsigned rcode)
{
    cap_claim *c = cap_at_claim(l, at);
    c->outcome = CAP_NO;
    c->end = l->now;
    c->refuser = by;
    c->rcode = rcode;
    const cap_host *h = cap_hosts_get(l->hosts, by);
    if (by == c->asker && h && h->other_mac.frame && !c->echo.frame)
        cap_ledger_note(l, CAP_INCIDENT_SAME_ADDRESS, c->name, by, by, 0);
    else
        note_claim(l, CAP_INCIDENT_REFUSED, at, by);
}

/* It is over, as its outcome says. */
static void conclude(cap_ledger *l, uint32_t at)
{
    cap_claim *c = cap_at_claim(l, at);
    cap_host_id owner = cap_hosts_at(l->hosts, c->owner);
    switch (c->outcome) {
    case CAP_SILENCE:
        cap_ledger_hold(l, c->name, owner, c->group, CAP_CLAIMED, c->first);
        break;
    case CAP_YES:
        cap_ledger_hold(l, c->name, owner, c->group, CAP_GRANTED, c->first);
        break;
    case CAP_NO:
        if (c->incident) /* with what has come since */
            cap_at_incident(l, c->incident)->claim = *c;
        break;
    case CAP_UNANSWERED:
        note_claim(l, CAP_INCIDENT_UNANSWERED, at, c->server);
        break;
    case CAP_UNKNOWN: /* it may have got it: that it answers for it is not strange */
        if (owner && !c->group)
            cap_ledger_trait(l, owner, c->name, CAP_CALLED_AS);
        break;
    case CAP_PENDING:
        break;
    }
    c = cap_at_claim(l, at);
    unlist(l, at);
    unchain(l, claimant_chain(l, c->name, c->asker), at, false);
    if (c->to_server)
        unchain(l, &cap_at_name(l, c->name)->asked, at, true);
    c->next = l->free_claim;
    l->free_claim = at;
}

void cap_ledger_decide(cap_ledger *l, uint32_t at, cap_outcome outcome)
{
    cap_at_claim(l, at)->outcome = outcome;
    cap_at_claim(l, at)->end = l->now;
    conclude(l, at);
}

/* What it means that no more came. A server that named the owner of old has answered. */
static cap_outcome quiet_outcome(const cap_claim *c)
{
    if (!c->to_server)
        return CAP_SILENCE;
    return c->challenged ? CAP_UNKNOWN : CAP_UNANSWERED;
}

void cap_ledger_quiet(cap_ledger *l, uint32_t at)
{
    if (cap_at_claim(l, at)->outcome == CAP_PENDING)
        cap_ledger_decide(l, at, quiet_outcome(cap_at_claim(l, at)));
    else
        conclude(l, at);
}

void cap_ledger_overdue(cap_ledger *l)
{
    while (l->oldest) {
        cap_claim *c = cap_at_claim(l, l->oldest);
        int64_t quiet = l->now.time - c->last.time;
        if (quiet < (c->to_server && c->outcome == CAP_PENDING ? SERVER_QUIET : BROADCAST_QUIET))
            return;
        cap_ledger_quiet(l, l->oldest);
    }
}

/* A host that claims one name under ever new ids is not remembered each time. */
static bool claims_often(cap_ledger *l, uint32_t name, cap_host_id asker)
{
    unsigned n = 0;
    for (uint32_t at = *claimant_chain(l, name, asker); at; at = cap_at_claim(l, at)->chain)
        n += cap_at_claim(l, at)->name == name && cap_at_claim(l, at)->asker == asker;
    return n >= CAP_LEDGER_LOOK_AT;
}

uint32_t cap_ledger_add_claim(cap_ledger *l, uint32_t name, cap_host_id asker, uint16_t id)
{
    uint32_t at = l->free_claim;
    if (claims_often(l, name, asker))
        at = 0;
    else if (at)
        l->free_claim = cap_at_claim(l, at)->next;
    else
        at = cap_pool_add(&l->claims);
    if (!at) {
        l->left_out++;
        return 0;
    }
    uint32_t *chain = claimant_chain(l, name, asker);
    *cap_at_claim(l, at) = (cap_claim){
        .name = name, .asker = asker, .id = id, .first = l->now, .last = l->now, .chain = *chain
    };
    *chain = at;
    list_last(l, at);
    return at;
}

void cap_ledger_touch(cap_ledger *l, uint32_t at)
{
    cap_at_claim(l, at)->last = l->now;
    unlist(l, at);
    list_last(l, at);
}

void cap_ledger_end_claims(cap_ledger *l)
{
    while (l->oldest) {
        const cap_claim *c = cap_at_claim(l, l->oldest);
        int64_t asked = c->last.time - c->first.time;
        if (c->outcome != CAP_PENDING)
            conclude(l, l->oldest);
        else if (c->sent < 3 || asked < NBT_MS(500)) /* RFC 1002 5.1.1.1: three, 250 ms apart */
            cap_ledger_decide(l, l->oldest, CAP_UNKNOWN);
        else
            cap_ledger_decide(l, l->oldest, quiet_outcome(c));
    }
}
