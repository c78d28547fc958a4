/*
 * Tables of names, holdings, claims under way and incidents, each a pool of bounded size with
 * chained look-up, and the rules by which a message changes them.
 */
#include "capture/ledger.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHAINS = 65536,
    GROWTH = 256,
    LOOK_AT = 16, /* so many of a chain that strangers can make long are looked at */
    TRAITS = 8,
};

/* After so long without another packet, what there is decides about a claim. */
#define BROADCAST_QUIET NBT_S(5)
#define SERVER_QUIET NBT_S(90)

/* What a host was seen to do with names, by their first 15 octets; for CAP_INCIDENT_STRANGE. */
typedef struct trait {
    uint32_t known[TRAITS];    /* names that it claimed, refreshed, sent from, listed */
    uint32_t answered[TRAITS]; /* unique names that it answered for with its own address */
    cap_when when[TRAITS];     /* the first such answer */
    uint8_t nknown, nanswered;
    bool claimed, listed;
} trait;

typedef struct pool {
    void *at;
    uint32_t n, cap, max; /* place 0 is none */
    size_t size;
} pool;

struct cap_ledger {
    cap_hosts *hosts;
    pool names, scopes, holdings, claims, incidents, traits;
    uint32_t by_name[CHAINS], by_holder[CHAINS], by_claimant[CHAINS];
    uint32_t oldest, newest; /* of the claims under way */
    uint32_t free_claim;     /* chained by `next` */
    uint64_t left_out;
    cap_when now;
};

/* ---- Pools --------------------------------------------------------------------------------- */

/* A new place, all zero; 0 when there is no room. */
static uint32_t pool_add(pool *p)
{
    if (p->n == p->cap) {
        uint32_t more = p->cap ? p->cap * 2 : GROWTH;
        more = more < p->max + 1 ? more : p->max + 1;
        void *at = more > p->cap ? realloc(p->at, more * p->size) : NULL;
        if (!at)
            return 0;
        p->at = at;
        p->cap = more;
    }
    uint32_t place = p->n > 0 ? p->n : 1;
    if (p->n == 0) {
        memset(p->at, 0, p->size);
        p->n = 1;
        return p->cap > 1 ? pool_add(p) : 0;
    }
    memset((char *)p->at + place * p->size, 0, p->size);
    p->n++;
    return place;
}

static uint32_t pool_count(const pool *p)
{
    return p->n > 0 ? p->n - 1 : 0;
}

static cap_named *named(const cap_ledger *l, uint32_t place)
{
    return (cap_named *)l->names.at + place;
}

static cap_holding *holding(const cap_ledger *l, uint32_t place)
{
    return (cap_holding *)l->holdings.at + place;
}

static cap_claim *claim(const cap_ledger *l, uint32_t place)
{
    return (cap_claim *)l->claims.at + place;
}

static cap_incident *incident(const cap_ledger *l, uint32_t place)
{
    return (cap_incident *)l->incidents.at + place;
}

cap_ledger *cap_ledger_new(void)
{
    cap_ledger *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->hosts = cap_hosts_new();
    l->names = (pool){ .max = CAP_LEDGER_NAMES_MAX, .size = sizeof(cap_named) };
    l->scopes = (pool){ .max = CAP_LEDGER_SCOPES_MAX, .size = sizeof(nbt_scope) };
    l->holdings = (pool){ .max = CAP_LEDGER_HOLDINGS_MAX, .size = sizeof(cap_holding) };
    l->claims = (pool){ .max = CAP_LEDGER_CLAIMS_MAX, .size = sizeof(cap_claim) };
    l->incidents = (pool){ .max = CAP_LEDGER_INCIDENTS_MAX, .size = sizeof(cap_incident) };
    l->traits = (pool){ .max = CAP_HOSTS_MAX, .size = sizeof(trait) };
    if (!l->hosts) {
        cap_ledger_free(l);
        return NULL;
    }
    return l;
}

void cap_ledger_free(cap_ledger *l)
{
    if (!l)
        return;
    cap_hosts_free(l->hosts);
    free(l->names.at);
    free(l->scopes.at);
    free(l->holdings.at);
    free(l->claims.at);
    free(l->incidents.at);
    free(l->traits.at);
    free(l);
}

/* ---- Names --------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 32;
}

static uint64_t hash_octets(const uint8_t b[NBT_NAME_LEN])
{
    uint64_t low, high;
    memcpy(&low, b, sizeof low);
    memcpy(&high, b + sizeof low, sizeof high);
    return mix(mix(0, low), high);
}

/* 0 for the empty scope, and where there is no room. */
static uint16_t scope_at(cap_ledger *l, const nbt_scope *scope)
{
    const nbt_scope *all = l->scopes.at;
    if (scope->len == 0)
        return 0;
    for (uint32_t i = 1; i < l->scopes.n; i++) {
        if (nbt_scope_eq(&all[i], scope))
            return (uint16_t)i;
    }
    uint32_t place = pool_add(&l->scopes);
    if (place)
        ((nbt_scope *)l->scopes.at)[place] = *scope;
    return (uint16_t)place;
}

static uint32_t name_of(cap_ledger *l, const uint8_t b[NBT_NAME_LEN], uint16_t scope)
{
    uint32_t *chain = &l->by_name[mix(hash_octets(b), scope) % CHAINS];
    for (uint32_t place = *chain; place; place = named(l, place)->chain) {
        const cap_named *n = named(l, place);
        if (memcmp(n->b, b, sizeof n->b) == 0 && n->scope == scope)
            return place;
    }
    uint32_t place = pool_add(&l->names);
    if (!place) {
        l->left_out++;
        return 0;
    }
    cap_named *n = named(l, place);
    memcpy(n->b, b, sizeof n->b);
    n->scope = scope;
    n->chain = *chain;
    *chain = place;
    return place;
}

/* 0 for what is no NetBIOS name, and for a wildcard. */
static uint32_t name_at(cap_ledger *l, const nbt_name *name)
{
    if (!name || name->form != NBT_NAME_NETBIOS || name->b[0] == '*')
        return 0;
    uint16_t scope = scope_at(l, &name->scope);
    if (name->scope.len > 0 && scope == 0) {
        l->left_out++;
        return 0;
    }
    return name_of(l, name->b, scope);
}

/* ---- What hosts do ------------------------------------------------------------------------- */

static trait *trait_of(cap_ledger *l, cap_host_id host)
{
    while (host >= l->traits.n) {
        if (!pool_add(&l->traits))
            return NULL;
    }
    return (trait *)l->traits.at + host;
}

static bool same_base(const cap_ledger *l, uint32_t a, uint32_t b)
{
    return memcmp(named(l, a)->b, named(l, b)->b, NBT_NAME_TEXT_MAX) == 0;
}

static bool has_base(const cap_ledger *l, const uint32_t *list, uint8_t n, uint32_t name)
{
    for (uint8_t i = 0; i < n; i++) {
        if (same_base(l, list[i], name))
            return true;
    }
    return false;
}

static void note_trait(cap_ledger *l, cap_host_id host, uint32_t name, cap_evidence how)
{
    trait *t = trait_of(l, host);
    if (!t)
        return;
    /* A user's name or a program's may come at any time, a computer's own when it starts. */
    uint8_t suffix = named(l, name)->b[NBT_NAME_LEN - 1];
    if (how == CAP_CLAIMED || how == CAP_GRANTED)
        t->claimed = t->claimed || suffix == 0x00 || suffix == 0x20;
    t->listed = t->listed || how == CAP_LISTED;
    if (how == CAP_ANSWERED) {
        if (t->nanswered < TRAITS && !has_base(l, t->answered, t->nanswered, name)) {
            t->when[t->nanswered] = l->now;
            t->answered[t->nanswered++] = name;
        }
    } else if (t->nknown < TRAITS && !has_base(l, t->known, t->nknown, name)) {
        t->known[t->nknown++] = name;
    }
}

/* ---- Incidents ----------------------------------------------------------------------------- */

/* Of two owners it does not matter which was seen first. */
static bool same_parties(const cap_incident *i, cap_incident_kind kind, cap_host_id a,
                         cap_host_id b)
{
    return (i->a == a && i->b == b) || (kind == CAP_INCIDENT_TWO_OWNERS && i->a == b && i->b == a);
}

/* The same kind with the same parties is one incident, seen again. NULL: it is, or no room. */
static cap_incident *note(cap_ledger *l, cap_incident_kind kind, uint32_t name, cap_host_id a,
                          cap_host_id b, unsigned rcode)
{
    unsigned looked = 0;
    for (uint32_t at = named(l, name)->incidents; at; at = incident(l, at)->next) {
        cap_incident *i = incident(l, at);
        if (i->kind == kind && i->claim.rcode == rcode && same_parties(i, kind, a, b)) {
            i->last = l->now;
            i->times++;
            return NULL;
        }
        if (++looked == LOOK_AT * 4)
            break;
    }
    uint32_t place = looked < LOOK_AT * 4 ? pool_add(&l->incidents) : 0;
    if (!place) {
        l->left_out++;
        return NULL;
    }
    cap_incident *i = incident(l, place);
    *i = (cap_incident){
        .kind = kind,
        .name = name,
        .a = a,
        .b = b,
        .first = l->now,
        .last = l->now,
        .times = 1,
        .claim.rcode = rcode,
        .next = named(l, name)->incidents,
    };
    named(l, name)->incidents = place;
    return i;
}

/* Whether one of two refused the name to the other, or answered for it beside it. */
static bool known_apart(const cap_ledger *l, uint32_t name, cap_host_id a, cap_host_id b)
{
    unsigned looked = 0;
    for (uint32_t at = named(l, name)->incidents; at && looked++ < LOOK_AT * 4;
         at = incident(l, at)->next) {
        const cap_incident *i = incident(l, at);
        if ((i->kind == CAP_INCIDENT_REFUSED || i->kind == CAP_INCIDENT_TWO_OWNERS) &&
            ((i->a == a && i->b == b) || (i->a == b && i->b == a)))
            return true;
    }
    return false;
}

/* ---- Holdings ------------------------------------------------------------------------------ */

static uint32_t *holder_chain(cap_ledger *l, uint32_t name, cap_host_id host)
{
    return &l->by_holder[mix(mix(1, name), host) % CHAINS];
}

static uint32_t find_holding(cap_ledger *l, uint32_t name, cap_host_id host, bool group)
{
    uint32_t place = *holder_chain(l, name, host);
    for (; place; place = holding(l, place)->chain) {
        const cap_holding *h = holding(l, place);
        if (h->name == name && h->host == host && h->group == group)
            return place;
    }
    return 0;
}

static uint32_t add_holding(cap_ledger *l, uint32_t name, cap_host_id host, bool group,
                            cap_evidence how)
{
    uint32_t place = pool_add(&l->holdings);
    if (!place) {
        l->left_out++;
        return 0;
    }
    uint32_t *chain = holder_chain(l, name, host);
    uint32_t *list = group ? &named(l, name)->group : &named(l, name)->unique;
    *holding(l, place) = (cap_holding){
        .name = name,
        .host = host,
        .group = group,
        .began = how,
        .evidence = how,
        .first = l->now,
        .strong = l->now,
        .last = l->now,
        .next = *list,
        .chain = *chain,
    };
    *chain = *list = place;
    return place;
}

/* What is strong enough to say that a second owner is there. */
static bool counts(const cap_holding *h)
{
    return h->ending == CAP_HELD && h->evidence >= CAP_SENT_AS;
}

static void two_owners(cap_ledger *l, const cap_holding *old, const cap_holding *new,
                       cap_evidence how)
{
    bool old_sends = old->evidence == CAP_SENT_AS, new_sends = new->evidence == CAP_SENT_AS;
    cap_when before = old->last;
    cap_incident *i;
    if (old_sends && !new_sends)
        i = note(l, CAP_INCIDENT_USED, new->name, new->host, old->host, 0);
    else if (new_sends && !old_sends)
        i = note(l, CAP_INCIDENT_USED, new->name, old->host, new->host, 0);
    else
        i = note(l, CAP_INCIDENT_TWO_OWNERS, new->name, old->host, new->host, 0);
    if (!i)
        return;
    i->before = before;
    i->how = how;
}

/*
 * A host shows that it has a name. Whoever else has it, and is another computer, is either there
 * too, or gone: a claim that met silence, begun at `since`, says that a host that was not heard of
 * after that is gone.
 */
static void beside(cap_ledger *l, uint32_t place, cap_evidence how, cap_when since)
{
    const cap_holding *h = holding(l, place);
    bool claims = how == CAP_CLAIMED || how == CAP_GRANTED;
    unsigned looked = 0;
    for (uint32_t at = named(l, h->name)->unique; at && looked++ < LOOK_AT;
         at = holding(l, at)->next) {
        cap_holding *other = holding(l, at);
        if (at == place || other->host == h->host || !counts(other))
            continue;
        if (cap_hosts_same(l->hosts, other->host, h->host)) {
            if (claims && other->last.time < since.time) {
                other->ending = CAP_MOVED;
                other->ended = l->now;
            }
        } else if (h->group) {
            note(l, CAP_INCIDENT_GROUP_UNIQUE, h->name, other->host, h->host, 0);
        } else if (claims && other->last.time < since.time) {
            other->ending = CAP_TAKEN;
            other->ended = l->now;
        } else {
            two_owners(l, other, h, how);
        }
    }
    if (!h->group && named(l, h->name)->group) {
        const cap_holding *member = holding(l, named(l, h->name)->group);
        if (counts(member) && member->host != h->host)
            note(l, CAP_INCIDENT_GROUP_UNIQUE, h->name, h->host, member->host, 0);
    }
}

static void hold(cap_ledger *l, uint32_t name, cap_host_id host, bool group, cap_evidence how,
                 cap_when since)
{
    if (!name || !host)
        return;
    uint32_t place = find_holding(l, name, host, group);
    bool fresh = !place, again = false;
    if (fresh)
        place = add_holding(l, name, host, group, how);
    if (!place)
        return;
    cap_holding *h = holding(l, place);
    if (h->ending != CAP_HELD && how > CAP_SAID) {
        again = true;
        h->ending = CAP_HELD;
    }
    if (how > h->evidence) {
        h->evidence = how;
        h->strong = l->now;
    }
    bool only_said = how <= CAP_CALLED_AS;
    if (!only_said || fresh)
        h->last = l->now;
    if (!only_said && !group)
        note_trait(l, host, name, how);
    const cap_named *n = named(l, name);
    /* Nearly always nobody else is there. */
    if (!only_said && (again || n->group || h->next || n->unique != place))
        beside(l, place, how, since);
}

static void end_holding(cap_ledger *l, uint32_t name, cap_host_id host, bool group,
                        cap_ending ending)
{
    uint32_t place = find_holding(l, name, host, group);
    if (!place)
        return;
    holding(l, place)->ending = ending;
    holding(l, place)->ended = l->now;
}

/* ---- Claims under way ---------------------------------------------------------------------- */

static uint32_t *claimant_chain(cap_ledger *l, uint32_t name, cap_host_id asker)
{
    return &l->by_claimant[mix(mix(2, name), asker) % CHAINS];
}

static uint32_t find_claim(cap_ledger *l, uint32_t name, cap_host_id asker, uint16_t id)
{
    for (uint32_t at = *claimant_chain(l, name, asker); at; at = claim(l, at)->chain) {
        const cap_claim *c = claim(l, at);
        if (c->name == name && c->asker == asker && c->id == id)
            return at;
    }
    return 0;
}

/* That of the claim which a demand ends, whatever its id: some take a new one. */
static uint32_t find_pending(cap_ledger *l, uint32_t name, cap_host_id asker)
{
    for (uint32_t at = *claimant_chain(l, name, asker); at; at = claim(l, at)->chain) {
        const cap_claim *c = claim(l, at);
        if (c->name == name && c->asker == asker && c->outcome == CAP_PENDING && !c->to_server)
            return at;
    }
    return 0;
}

static void unlist(cap_ledger *l, uint32_t at)
{
    cap_claim *c = claim(l, at);
    if (c->older)
        claim(l, c->older)->newer = c->newer;
    else
        l->oldest = c->newer;
    if (c->newer)
        claim(l, c->newer)->older = c->older;
    else
        l->newest = c->older;
    c->older = c->newer = 0;
}

static void list_last(cap_ledger *l, uint32_t at)
{
    cap_claim *c = claim(l, at);
    c->older = l->newest;
    c->newer = 0;
    if (l->newest)
        claim(l, l->newest)->newer = at;
    else
        l->oldest = at;
    l->newest = at;
}

/* Takes a claim out of a list that is chained by `next` or `chain`. */
static void unchain(cap_ledger *l, uint32_t *head, uint32_t at, bool by_next)
{
    while (*head && *head != at)
        head = by_next ? &claim(l, *head)->next : &claim(l, *head)->chain;
    if (*head)
        *head = by_next ? claim(l, at)->next : claim(l, at)->chain;
}

/* The incident that a claim which came to nothing is; the first of its kind keeps the claim. */
static void note_claim(cap_ledger *l, cap_incident_kind kind, uint32_t at, cap_host_id by)
{
    cap_claim *c = claim(l, at);
    cap_incident *i = note(l, kind, c->name, c->asker, by, c->rcode);
    if (!i)
        return;
    c->incident = (uint32_t)(i - incident(l, 0));
    i->claim = *c;
    i->first = c->first;
}

/* What came of a claim, as soon as that is clear. */
static void refuse(cap_ledger *l, uint32_t at, cap_host_id by, unsigned rcode)
{
    cap_claim *c = claim(l, at);
    c->outcome = CAP_NO;
    c->end = l->now;
    c->refuser = by;
    c->rcode = rcode;
    const cap_host *h = cap_hosts_get(l->hosts, by);
    if (by == c->asker && h && h->other_mac.frame && !c->echo.frame)
        note(l, CAP_INCIDENT_SAME_ADDRESS, c->name, by, by, 0);
    else
        note_claim(l, CAP_INCIDENT_REFUSED, at, by);
}

static void conclude(cap_ledger *l, uint32_t at)
{
    cap_claim *c = claim(l, at);
    cap_host_id owner = cap_hosts_at(l->hosts, c->owner);
    switch (c->outcome) {
    case CAP_SILENCE:
        hold(l, c->name, owner, c->group, CAP_CLAIMED, c->first);
        break;
    case CAP_YES:
        hold(l, c->name, owner, c->group, CAP_GRANTED, c->first);
        break;
    case CAP_NO:
        if (c->incident) /* with what has come since */
            incident(l, c->incident)->claim = *c;
        break;
    case CAP_UNANSWERED:
        note_claim(l, CAP_INCIDENT_UNANSWERED, at, c->server);
        break;
    case CAP_PENDING:
    case CAP_UNKNOWN:
        break;
    }
    c = claim(l, at);
    unlist(l, at);
    unchain(l, claimant_chain(l, c->name, c->asker), at, false);
    if (c->to_server)
        unchain(l, &named(l, c->name)->asked, at, true);
    c->next = l->free_claim;
    l->free_claim = at;
}

static void decide(cap_ledger *l, uint32_t at, cap_outcome outcome)
{
    claim(l, at)->outcome = outcome;
    claim(l, at)->end = l->now;
    conclude(l, at);
}

/* What it means that no more came. A server that named the owner of old has answered. */
static cap_outcome quiet_outcome(const cap_claim *c)
{
    if (!c->to_server)
        return CAP_SILENCE;
    return c->challenged ? CAP_UNKNOWN : CAP_UNANSWERED;
}

/* Refusals may come several times, so a refused claim stays a while. */
static void overdue(cap_ledger *l)
{
    while (l->oldest) {
        cap_claim *c = claim(l, l->oldest);
        int64_t quiet = l->now.time - c->last.time;
        if (quiet < (c->to_server && c->outcome == CAP_PENDING ? SERVER_QUIET : BROADCAST_QUIET))
            return;
        if (c->outcome == CAP_PENDING)
            decide(l, l->oldest, quiet_outcome(c));
        else
            conclude(l, l->oldest);
    }
}

static uint32_t add_claim(cap_ledger *l, uint32_t name, cap_host_id asker, uint16_t id)
{
    uint32_t at = l->free_claim;
    if (at)
        l->free_claim = claim(l, at)->next;
    else
        at = pool_add(&l->claims);
    if (!at) {
        l->left_out++;
        return 0;
    }
    uint32_t *chain = claimant_chain(l, name, asker);
    *claim(l, at) = (cap_claim){
        .name = name, .asker = asker, .id = id, .first = l->now, .last = l->now, .chain = *chain
    };
    *chain = at;
    list_last(l, at);
    return at;
}

/* ---- Messages ------------------------------------------------------------------------------ */

static bool is_broadcast(const cap_item *item, const nbt_ns *m)
{
    return (m->word & NBT_NS_B) || (item->to.ip & 0xFF) == 0xFF || (item->to.ip >> 28) == 0xE;
}

static void to_server(cap_ledger *l, uint32_t at, uint32_t ip)
{
    cap_claim *c = claim(l, at);
    c->to_server = true;
    c->server = cap_hosts_at(l->hosts, ip);
    c->next = named(l, c->name)->asked;
    named(l, c->name)->asked = at;
}

/* From one address, but by other hardware, somebody claims what is held there. */
static void claimed_twice(cap_ledger *l, const cap_item *item, cap_host_id asker, uint32_t name)
{
    const cap_host *h = cap_hosts_get(l->hosts, asker);
    uint32_t place = find_holding(l, name, asker, false);
    if (!h || !h->has_mac || !item->has_mac || memcmp(h->mac, item->mac_from, sizeof h->mac) == 0)
        return;
    if (place && counts(holding(l, place)))
        note(l, CAP_INCIDENT_SAME_ADDRESS, name, asker, asker, 0);
}

static void take_request(cap_ledger *l, const cap_item *item, cap_host_id asker, uint32_t name,
                         nbt_ns_kind kind)
{
    const nbt_ns *m = &item->msg->u.ns;
    nbt_addr owner = nbt_addr_get(&m->rr[0], 0);
    uint32_t at = find_claim(l, name, asker, m->trn_id);
    if (!at && kind == NBT_NS_OVERWRITE_DEMAND)
        at = find_pending(l, name, asker);
    bool fresh = !at;
    if (fresh)
        at = add_claim(l, name, asker, m->trn_id);
    if (!at)
        return;
    if (fresh)
        claimed_twice(l, item, asker, name);
    cap_claim *c = claim(l, at);
    if (fresh) {
        c->owner = owner.ip;
        c->group = (owner.nb_flags & NBT_NB_G) != 0;
        c->refresh = kind == NBT_NS_REFRESH;
        c->multihomed = kind == NBT_NS_MULTIHOMED;
        if (!is_broadcast(item, m) && kind != NBT_NS_OVERWRITE_DEMAND)
            to_server(l, at, item->to.ip);
        if (c->multihomed && owner.ip != item->from.ip)
            cap_hosts_join(l->hosts, asker, cap_hosts_at(l->hosts, owner.ip), CAP_SAME_LIST,
                           l->now);
        c = claim(l, at);
    }
    const cap_host *h = cap_hosts_get(l->hosts, asker);
    if (!c->echo.frame && !fresh && h && h->other_mac.frame == item->number)
        c->echo = l->now;
    c->sent++;
    c->last = l->now;
    unlist(l, at);
    list_last(l, at);
    if (kind != NBT_NS_OVERWRITE_DEMAND || c->outcome != CAP_PENDING)
        return;
    /* RFC 1002 5.1.1.1: with the demand the name is the claimant's, if it asked before. */
    c->demand = l->now;
    if (c->sent > 1)
        decide(l, at, CAP_SILENCE);
}

/* The claim that a response is to; one whose request the capture does not have is made up. */
static uint32_t claim_of_response(cap_ledger *l, const cap_item *item, const cap_link *link,
                                  uint32_t name)
{
    const nbt_ns *m = &item->msg->u.ns;
    cap_host_id asker = cap_hosts_at(l->hosts, item->to.ip);
    uint32_t at = find_claim(l, name, asker, m->trn_id);
    if (at)
        return at;
    at = add_claim(l, name, asker, m->trn_id);
    if (!at)
        return 0;
    cap_claim *c = claim(l, at);
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
    cap_claim *c = claim(l, at);
    c->refusals++;
    if (c->outcome == CAP_NO)
        return;
    refuse(l, at, refuser, nbt_ns_rcode(&item->msg->u.ns));
    if (c->to_server && c->server == refuser)
        cap_hosts_serves(l->hosts, refuser, l->now);
    if (cap_hosts_get(l->hosts, refuser) && cap_hosts_get(l->hosts, refuser)->server.frame &&
        (c->to_server || c->sent == 0))
        return; /* on behalf of another */
    /* It said what it has by refusing: unique, or, if a unique name was asked for, perhaps a group.
     */
    bool group = !c->group && find_holding(l, name, refuser, true);
    hold(l, name, refuser, group, CAP_DEFENDED, c->first);
}

static void take_grant(cap_ledger *l, const cap_item *item, cap_host_id server,
                       const cap_link *link, uint32_t name)
{
    uint32_t at = claim_of_response(l, item, link, name);
    if (!at || claim(l, at)->outcome != CAP_PENDING)
        return;
    cap_hosts_serves(l->hosts, server, l->now);
    decide(l, at, CAP_YES);
}

static void take_wack(cap_ledger *l, const cap_item *item, cap_host_id from, uint32_t name)
{
    cap_host_id asker = cap_hosts_at(l->hosts, item->to.ip);
    uint32_t at = find_claim(l, name, asker, item->msg->u.ns.trn_id);
    cap_hosts_serves(l->hosts, from, l->now);
    if (at)
        claim(l, at)->wack = l->now;
}

/* A name server asks the owner of old, or, being told to by one (RFC 1002 4.2.7), the claimant. */
static void take_query(cap_ledger *l, const cap_item *item, cap_host_id from, uint32_t name)
{
    if (!named(l, name)->asked || is_broadcast(item, &item->msg->u.ns))
        return;
    cap_host_id to = cap_hosts_at(l->hosts, item->to.ip);
    unsigned looked = 0;
    for (uint32_t at = named(l, name)->asked; at && looked++ < LOOK_AT; at = claim(l, at)->next) {
        cap_claim *c = claim(l, at);
        bool told = c->asker == from && c->challenged == to;
        if (!told && (c->server != from || c->asker == to || c->outcome != CAP_PENDING))
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
    claim(l, at)->challenged = cap_hosts_at(l->hosts, nbt_addr_get(&item->msg->u.ns.rr[0], 0).ip);
}

static void answer_challenge(cap_ledger *l, uint32_t name, cap_host_id from, uint32_t to, bool yes)
{
    cap_host_id asker = cap_hosts_at(l->hosts, to);
    unsigned looked = 0;
    for (uint32_t at = named(l, name)->asked; at && looked++ < LOOK_AT; at = claim(l, at)->next) {
        cap_claim *c = claim(l, at);
        if (c->challenged != from || (c->server != asker && c->asker != asker) ||
            c->challenges == 0)
            continue;
        c->challenge_answer = l->now;
        c->challenge_yes = yes;
        if (!yes || c->asker != asker || c->outcome != CAP_PENDING)
            continue;
        /* RFC 1002 5.1.2.1: the claimant has asked itself, and with this its claim has failed. */
        refuse(l, at, from, NBT_RCODE_OK);
    }
}

/* Two computers in one record of a unique name, of which it is known that they are two. */
static void take_list(cap_ledger *l, uint32_t name, const nbt_rr *rr)
{
    size_t n = nbt_addr_count(rr);
    for (size_t i = 0; i + 1 < n && i < LOOK_AT; i++) {
        cap_host_id a = cap_hosts_at(l->hosts, nbt_addr_get(rr, i).ip);
        cap_host_id b = cap_hosts_at(l->hosts, nbt_addr_get(rr, i + 1).ip);
        if (a && b && known_apart(l, name, a, b))
            note(l, CAP_INCIDENT_LISTED, name, a < b ? a : b, a < b ? b : a, 0);
    }
}

static void take_answer(cap_ledger *l, const cap_item *item, cap_host_id from, uint32_t name)
{
    const nbt_rr *rr = &item->msg->u.ns.rr[0];
    size_t n = nbt_addr_count(rr);
    bool own = false;
    for (size_t i = 0; i < n; i++)
        own = own || nbt_addr_get(rr, i).ip == item->from.ip;
    if (!own && n > 0)
        cap_hosts_serves(l->hosts, from, l->now);
    bool server = cap_hosts_get(l->hosts, from) && cap_hosts_get(l->hosts, from)->server.frame;
    for (size_t i = 0; i < n; i++) {
        nbt_addr a = nbt_addr_get(rr, i);
        bool group = (a.nb_flags & NBT_NB_G) != 0, self = a.ip == item->from.ip;
        cap_host_id host = a.ip == UINT32_MAX ? 0 : cap_hosts_at(l->hosts, a.ip);
        if (own && !server && !self && !group)
            cap_hosts_join(l->hosts, from, host, CAP_SAME_LIST, l->now);
        hold(l, name, host, group, self || (own && !server) ? CAP_ANSWERED : CAP_SAID, l->now);
    }
    if (n > 1 && !(nbt_addr_get(rr, 0).nb_flags & NBT_NB_G))
        take_list(l, name, rr);
    if (own)
        answer_challenge(l, name, from, item->to.ip, true);
}

static void take_status(cap_ledger *l, const cap_item *item, cap_host_id from)
{
    static const uint8_t none[6] = { 0 };
    const nbt_rr *rr = &item->msg->u.ns.rr[0];
    uint16_t scope = scope_at(l, &rr->name.scope);
    nbt_statistics st;
    if (nbt_status_statistics(rr, &st) && memcmp(st.unit_id, none, sizeof none) != 0)
        cap_hosts_unit(l->hosts, from, st.unit_id, l->now);
    for (size_t i = 0; i < nbt_status_count(rr); i++) {
        nbt_node_name n = nbt_status_get(rr, i);
        uint32_t name = n.b[0] == '*' ? 0 : name_of(l, n.b, scope);
        if (!name)
            continue;
        if (n.flags & NBT_NB_CNF) {
            note(l, CAP_INCIDENT_CONFLICT, name, from, 0, 0);
            note_trait(l, from, name, CAP_LISTED);
        } else if (n.flags & NBT_NB_ACT)
            hold(l, name, from, (n.flags & NBT_NB_G) != 0, CAP_LISTED, l->now);
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
        note(l, CAP_INCIDENT_RELEASED, name, from, host, 0);
    end_holding(l, name, host, group, CAP_RELEASED);
}

static void take_demand(cap_ledger *l, const cap_item *item, cap_host_id from, uint32_t name)
{
    cap_host_id to = cap_hosts_at(l->hosts, item->to.ip);
    note(l, CAP_INCIDENT_DEMAND, name, from, to, 0);
    end_holding(l, name, to, false, CAP_IN_CONFLICT);
}

static void take_ns(cap_ledger *l, const cap_item *item, const cap_link *link)
{
    const nbt_ns *m = &item->msg->u.ns;
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    cap_host_id from = cap_hosts_sender(l->hosts, item);
    if (kind == NBT_NS_STATUS_RESPONSE) {
        take_status(l, item, from);
        return;
    }
    uint32_t name = name_at(l, nbt_ns_name(m));
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
        take_answer(l, item, from, name);
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
    uint32_t name = name_at(l, &m->from);
    if (name && !named(l, name)->group)
        hold(l, name, source, false, CAP_SENT_AS, l->now);
}

static void take_ssn(cap_ledger *l, const cap_item *item)
{
    const nbt_ssn *m = &item->msg->u.ssn;
    if (m->type == NBT_SSN_REQUEST)
        hold(l, name_at(l, &m->calling), cap_hosts_sender(l->hosts, item), false, CAP_CALLED_AS,
             l->now);
}

void cap_ledger_put(cap_ledger *l, const cap_item *item, const cap_link *link)
{
    l->now = (cap_when){ item->number, item->time };
    if (!item->msg || item->msg->err)
        return;
    overdue(l);
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

/* ---- The end ------------------------------------------------------------------------------- */

/*
 * A host that answered for a name which it was never seen to register, though it was seen to
 * register others, or though its own node status does not have it; or that answered for more names
 * than computers have.
 */
static void judge(cap_ledger *l, cap_host_id host, const trait *t)
{
    unsigned strange = 0;
    const cap_host *h = cap_hosts_get(l->hosts, host);
    if (h && h->server.frame)
        return; /* it answers for others */
    for (uint8_t i = 0; i < t->nanswered; i++)
        strange += has_base(l, t->known, t->nknown, t->answered[i]) ? 0 : 1;
    if (strange < TRAITS / 2 && !(strange > 0 && (t->claimed || t->listed)))
        return;
    for (uint8_t i = 0; i < t->nanswered; i++) {
        if (has_base(l, t->known, t->nknown, t->answered[i]))
            continue;
        l->now = t->when[i];
        note(l, CAP_INCIDENT_STRANGE, t->answered[i], host, 0, 0);
    }
}

void cap_ledger_end(cap_ledger *l)
{
    while (l->oldest) {
        cap_claim *c = claim(l, l->oldest);
        int64_t asked = c->last.time - c->first.time;
        if (c->outcome != CAP_PENDING)
            conclude(l, l->oldest);
        else if (c->sent < 3 || asked < NBT_MS(500)) /* RFC 1002 5.1.1.1: three, 250 ms apart */
            decide(l, l->oldest, CAP_UNKNOWN);
        else
            decide(l, l->oldest, quiet_outcome(c));
    }
    cap_when end = l->now;
    for (cap_host_id host = 1; host < l->traits.n; host++)
        judge(l, host, (const trait *)l->traits.at + host);
    l->now = end;
}

uint32_t cap_ledger_names(const cap_ledger *l)
{
    return pool_count(&l->names);
}

const cap_named *cap_ledger_named(const cap_ledger *l, uint32_t place)
{
    return named(l, place);
}

void cap_ledger_name(const cap_ledger *l, uint32_t place, nbt_name *name)
{
    const cap_named *n = named(l, place);
    name->form = NBT_NAME_NETBIOS;
    memcpy(name->b, n->b, sizeof name->b);
    name->scope.len = 0;
    if (n->scope)
        name->scope = ((const nbt_scope *)l->scopes.at)[n->scope];
}

const cap_holding *cap_ledger_holding(const cap_ledger *l, uint32_t place)
{
    return place ? holding(l, place) : NULL;
}

uint32_t cap_ledger_incidents(const cap_ledger *l)
{
    return pool_count(&l->incidents);
}

const cap_incident *cap_ledger_incident(const cap_ledger *l, uint32_t place)
{
    return incident(l, place);
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
    const uint32_t lists[] = { named(l, name)->unique, named(l, name)->group };
    const cap_holding *best = NULL;
    unsigned looked = 0;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (uint32_t at = lists[i]; at && looked++ < LOOK_AT; at = holding(l, at)->next) {
            const cap_holding *h = holding(l, at);
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
