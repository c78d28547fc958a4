/*
 * The ledger's tables: names, who holds them, what went wrong with them, what hosts do.
 */
#include "capture/ledger_impl.h"

#include <stdlib.h>
#include <string.h>

enum { GROWTH = 256 };

/* ---- Pools --------------------------------------------------------------------------------- */

uint32_t cap_pool_add(cap_pool *p)
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
        return p->cap > 1 ? cap_pool_add(p) : 0;
    }
    memset((char *)p->at + place * p->size, 0, p->size);
    p->n++;
    return place;
}

/* A table of a ledger for so many names, of which the largest one has `max`. */
static cap_pool pool(uint32_t names, uint32_t max, size_t size)
{
    return (cap_pool){ .max = (uint32_t)((uint64_t)max * names / CAP_LEDGER_NAMES_MAX),
                       .size = size };
}

cap_ledger *cap_ledger_new_bounded(uint32_t names)
{
    cap_ledger *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    names = names < 64 ? 64 : names > CAP_LEDGER_NAMES_MAX ? CAP_LEDGER_NAMES_MAX : names;
    l->hosts = cap_hosts_new(names);
    l->names = pool(names, CAP_LEDGER_NAMES_MAX, sizeof(cap_named));
    l->scopes = (cap_pool){ .max = CAP_LEDGER_SCOPES_MAX, .size = sizeof(nbt_scope) };
    l->holdings = pool(names, CAP_LEDGER_HOLDINGS_MAX, sizeof(cap_holding));
    l->claims = pool(names, CAP_LEDGER_CLAIMS_MAX, sizeof(cap_claim));
    l->incidents = pool(names, CAP_LEDGER_INCIDENTS_MAX, sizeof(cap_incident));
    l->traits = pool(names, CAP_HOSTS_MAX, sizeof(cap_trait));
    if (!l->hosts) {
        cap_ledger_free(l);
        return NULL;
    }
    return l;
}

cap_ledger *cap_ledger_new(void)
{
    return cap_ledger_new_bounded(CAP_LEDGER_NAMES_MAX);
}

static unsigned part(uint64_t n, uint64_t max)
{
    return (unsigned)(n * 100 / max);
}

unsigned cap_ledger_fill(const cap_ledger *l)
{
    /* Scopes are bounded whatever the names are, and claims under way are given back. */
    const cap_pool *pools[] = { &l->names, &l->holdings, &l->incidents };
    unsigned most = part(cap_hosts_count(l->hosts), cap_hosts_bound(l->hosts));
    for (size_t i = 0; i < sizeof pools / sizeof *pools; i++) {
        unsigned full = part(cap_pool_count(pools[i]), pools[i]->max);
        most = full > most ? full : most;
    }
    return most;
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

static uint64_t hash_octets(const uint8_t b[NBT_NAME_LEN])
{
    uint64_t low, high;
    memcpy(&low, b, sizeof low);
    memcpy(&high, b + sizeof low, sizeof high);
    return cap_mix(cap_mix(0, low), high);
}

uint16_t cap_ledger_scope_at(cap_ledger *l, const nbt_scope *scope)
{
    const nbt_scope *all = l->scopes.at;
    if (scope->len == 0)
        return 0;
    for (uint32_t i = 1; i < l->scopes.n; i++) {
        if (nbt_scope_eq(&all[i], scope))
            return (uint16_t)i;
    }
    uint32_t place = cap_pool_add(&l->scopes);
    if (place)
        ((nbt_scope *)l->scopes.at)[place] = *scope;
    return (uint16_t)place;
}

uint32_t cap_ledger_name_of(cap_ledger *l, const uint8_t b[NBT_NAME_LEN], uint16_t scope)
{
    uint32_t *chain = &l->by_name[cap_mix(hash_octets(b), scope) % CAP_LEDGER_CHAINS];
    for (uint32_t place = *chain; place; place = cap_at_name(l, place)->chain) {
        const cap_named *n = cap_at_name(l, place);
        if (memcmp(n->b, b, sizeof n->b) == 0 && n->scope == scope)
            return place;
    }
    uint32_t place = cap_pool_add(&l->names);
    if (!place) {
        l->left_out++;
        return 0;
    }
    cap_named *n = cap_at_name(l, place);
    memcpy(n->b, b, sizeof n->b);
    n->scope = scope;
    n->chain = *chain;
    *chain = place;
    return place;
}

uint32_t cap_ledger_name_at(cap_ledger *l, const nbt_name *name)
{
    if (!name || name->form != NBT_NAME_NETBIOS || name->b[0] == '*')
        return 0;
    uint16_t scope = cap_ledger_scope_at(l, &name->scope);
    if (name->scope.len > 0 && scope == 0) {
        l->left_out++;
        return 0;
    }
    return cap_ledger_name_of(l, name->b, scope);
}

/* ---- What hosts do ------------------------------------------------------------------------- */

cap_trait *cap_ledger_trait_of(cap_ledger *l, cap_host_id host)
{
    if (!host)
        return NULL;
    while (host >= l->traits.n) {
        if (!cap_pool_add(&l->traits))
            return NULL;
    }
    return (cap_trait *)l->traits.at + host;
}

static bool same_base(const cap_ledger *l, uint32_t a, uint32_t b)
{
    return memcmp(cap_at_name(l, a)->b, cap_at_name(l, b)->b, NBT_NAME_TEXT_MAX) == 0;
}

bool cap_ledger_has_base(const cap_ledger *l, const uint32_t *list, uint8_t n, uint32_t name)
{
    for (uint8_t i = 0; i < n; i++) {
        if (same_base(l, list[i], name))
            return true;
    }
    return false;
}

void cap_ledger_trait(cap_ledger *l, cap_host_id host, uint32_t name, cap_evidence how)
{
    cap_trait *t = cap_ledger_trait_of(l, host);
    if (!t)
        return;
    /* A user's name or a program's may come at any time, a computer's own when it starts. */
    uint8_t suffix = cap_at_name(l, name)->b[NBT_NAME_LEN - 1];
    if (how == CAP_CLAIMED || how == CAP_GRANTED)
        t->claimed = t->claimed || suffix == 0x00 || suffix == 0x20;
    t->listed = t->listed || how == CAP_LISTED;
    if (how == CAP_ANSWERED) {
        if (t->nanswered < CAP_LEDGER_TRAITS &&
            !cap_ledger_has_base(l, t->answered, t->nanswered, name)) {
            t->when[t->nanswered] = l->now;
            t->answered[t->nanswered++] = name;
        }
    } else if (t->nknown < CAP_LEDGER_TRAITS &&
               !cap_ledger_has_base(l, t->known, t->nknown, name)) {
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

/* For whoever looks at incidents as they come. */
static void seen(cap_ledger *l, uint32_t place)
{
    for (size_t i = 0; i < l->nseen; i++) {
        if (l->seen[i] == place)
            return;
    }
    if (l->nseen < CAP_LEDGER_SEEN_MAX)
        l->seen[l->nseen++] = place;
}

size_t cap_ledger_look(cap_ledger *l, uint32_t places[CAP_LEDGER_SEEN_MAX])
{
    size_t n = l->nseen;
    memcpy(places, l->seen, n * sizeof *places);
    l->nseen = 0;
    return n;
}

cap_incident *cap_ledger_note(cap_ledger *l, cap_incident_kind kind, uint32_t name, cap_host_id a,
                              cap_host_id b, unsigned rcode)
{
    unsigned looked = 0;
    for (uint32_t at = cap_at_name(l, name)->incidents; at; at = cap_at_incident(l, at)->next) {
        cap_incident *i = cap_at_incident(l, at);
        if (i->kind == kind && i->claim.rcode == rcode && same_parties(i, kind, a, b)) {
            i->last = l->now;
            i->times++;
            seen(l, at);
            return NULL;
        }
        if (++looked == CAP_LEDGER_LOOK_AT * 4)
            break;
    }
    uint32_t place = looked < CAP_LEDGER_LOOK_AT * 4 ? cap_pool_add(&l->incidents) : 0;
    if (!place) {
        l->left_out++;
        return NULL;
    }
    cap_incident *i = cap_at_incident(l, place);
    *i = (cap_incident){
        .kind = kind,
        .name = name,
        .a = a,
        .b = b,
        .first = l->now,
        .last = l->now,
        .times = 1,
        .claim.rcode = rcode,
        .next = cap_at_name(l, name)->incidents,
    };
    cap_at_name(l, name)->incidents = place;
    seen(l, place);
    return i;
}

bool cap_ledger_known_apart(const cap_ledger *l, uint32_t name, cap_host_id a, cap_host_id b)
{
    unsigned looked = 0;
    for (uint32_t at = cap_at_name(l, name)->incidents; at && looked++ < CAP_LEDGER_LOOK_AT * 4;
         at = cap_at_incident(l, at)->next) {
        const cap_incident *i = cap_at_incident(l, at);
        if ((i->kind == CAP_INCIDENT_REFUSED || i->kind == CAP_INCIDENT_TWO_OWNERS) &&
            ((i->a == a && i->b == b) || (i->a == b && i->b == a)))
            return true;
    }
    return false;
}

/* ---- Holdings ------------------------------------------------------------------------------ */

static uint32_t *holder_chain(cap_ledger *l, uint32_t name, cap_host_id host)
{
    return &l->by_holder[cap_mix(cap_mix(1, name), host) % CAP_LEDGER_CHAINS];
}

uint32_t cap_ledger_find_holding(cap_ledger *l, uint32_t name, cap_host_id host, bool group)
{
    uint32_t place = *holder_chain(l, name, host);
    for (; place; place = cap_at_holding(l, place)->chain) {
        const cap_holding *h = cap_at_holding(l, place);
        if (h->name == name && h->host == host && h->group == group)
            return place;
    }
    return 0;
}

static uint32_t add_holding(cap_ledger *l, uint32_t name, cap_host_id host, bool group,
                            cap_evidence how)
{
    uint32_t place = cap_pool_add(&l->holdings);
    if (!place) {
        l->left_out++;
        return 0;
    }
    uint32_t *chain = holder_chain(l, name, host);
    uint32_t *list = group ? &cap_at_name(l, name)->group : &cap_at_name(l, name)->unique;
    *cap_at_holding(l, place) = (cap_holding){
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

bool cap_ledger_counts(const cap_holding *h)
{
    return h->ending == CAP_HELD && h->evidence >= CAP_SENT_AS;
}

static void two_owners(cap_ledger *l, const cap_holding *old, const cap_holding *new)
{
    bool old_sends = old->evidence == CAP_SENT_AS, new_sends = new->evidence == CAP_SENT_AS;
    cap_when before = old->last;
    cap_incident *i;
    if (old_sends && !new_sends)
        i = cap_ledger_note(l, CAP_INCIDENT_USED, new->name, new->host, old->host, 0);
    else if (new_sends && !old_sends)
        i = cap_ledger_note(l, CAP_INCIDENT_USED, new->name, old->host, new->host, 0);
    else
        i = cap_ledger_note(l, CAP_INCIDENT_TWO_OWNERS, new->name, old->host, new->host, 0);
    if (i)
        i->before = before;
}

/*
 * A host shows that it has a name. Whoever else has it, and is another computer, is either there
 * too, or gone: a claim that met silence, begun at `since`, says that a host that was not heard of
 * after that is gone.
 */
static void beside(cap_ledger *l, uint32_t place, cap_evidence how, cap_when since)
{
    const cap_holding *h = cap_at_holding(l, place);
    bool claims = how == CAP_CLAIMED || how == CAP_GRANTED;
    unsigned looked = 0;
    for (uint32_t at = cap_at_name(l, h->name)->unique; at && looked++ < CAP_LEDGER_LOOK_AT;
         at = cap_at_holding(l, at)->next) {
        cap_holding *other = cap_at_holding(l, at);
        if (at == place || other->host == h->host || !cap_ledger_counts(other))
            continue;
        if (cap_hosts_same(l->hosts, other->host, h->host)) {
            if (claims && other->last.time < since.time) {
                other->ending = CAP_MOVED;
                other->ended = l->now;
            }
        } else if (h->group) {
            cap_ledger_note(l, CAP_INCIDENT_GROUP_UNIQUE, h->name, other->host, h->host, 0);
        } else if (claims && other->last.time < since.time) {
            other->ending = CAP_TAKEN;
            other->ended = l->now;
        } else {
            two_owners(l, other, h);
        }
    }
    if (!h->group && cap_at_name(l, h->name)->group) {
        const cap_holding *member = cap_at_holding(l, cap_at_name(l, h->name)->group);
        if (cap_ledger_counts(member) && member->host != h->host)
            cap_ledger_note(l, CAP_INCIDENT_GROUP_UNIQUE, h->name, h->host, member->host, 0);
    }
}

void cap_ledger_hold(cap_ledger *l, uint32_t name, cap_host_id host, bool group, cap_evidence how,
                     cap_when since)
{
    if (!name || !host)
        return;
    uint32_t place = cap_ledger_find_holding(l, name, host, group);
    bool fresh = !place, again = false;
    if (fresh)
        place = add_holding(l, name, host, group, how);
    if (!place)
        return;
    cap_holding *h = cap_at_holding(l, place);
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
        cap_ledger_trait(l, host, name, how);
    const cap_named *n = cap_at_name(l, name);
    /* Nearly always nobody else is there. */
    if (!only_said && (again || n->group || h->next || n->unique != place))
        beside(l, place, how, since);
}

void cap_ledger_end_holding(cap_ledger *l, uint32_t name, cap_host_id host, bool group,
                            cap_ending ending)
{
    uint32_t place = cap_ledger_find_holding(l, name, host, group);
    if (!place)
        return;
    cap_at_holding(l, place)->ending = ending;
    cap_at_holding(l, place)->ended = l->now;
}
