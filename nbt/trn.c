/*
 * The transactions of a node. It never sends and never decides what an answer means: machines do.
 */
#include "nbt/trn.h"

#include "nbt/mem.h"

#include <string.h>

/* What a transaction has instead of the whole union: the largest of the machines that list no
 * owners. */
typedef union short_machine {
    nbt_claim claim;
    nbt_enrol enrol;
    nbt_release release;
    nbt_ask ask;
    nbt_status status;
} short_machine;

static size_t size_of(nbt_trn_kind kind)
{
    return kind == NBT_TRN_QUERY ? sizeof(nbt_trn) : offsetof(nbt_trn, m) + sizeof(short_machine);
}

enum { TRNS_MAX = 0x8000 }; /* half of all ids, so that a free one is found soon */

void nbt_trns_init(nbt_trns *t, nbt_mem mem, uint64_t seed)
{
    memset(t, 0, sizeof *t);
    t->mem = mem;
    t->rng.s = seed;
}

void nbt_trns_fini(nbt_trns *t)
{
    while (t->first)
        nbt_trns_drop(t, t->first);
}

static nbt_trn *find_id(const nbt_trns *t, uint16_t id)
{
    for (nbt_trn *trn = t->first; trn; trn = trn->next)
        if (trn->id == id)
            return trn;
    return NULL;
}

static uint16_t new_id(nbt_trns *t)
{
    uint16_t id;
    do
        id = nbt_rng_u16(&t->rng);
    while (id == 0 || find_id(t, id));
    return id;
}

uint16_t nbt_trns_spare_id(nbt_trns *t)
{
    return new_id(t);
}

nbt_trn *nbt_trns_begin(nbt_trns *t, nbt_trn_kind kind, const nbt_name *name)
{
    nbt_trn *trn = t->n < TRNS_MAX ? nbt_mem_new(t->mem, size_of(kind)) : NULL;
    if (!trn)
        return NULL;
    trn->kind = kind;
    trn->id = new_id(t);
    trn->name = *name;

    nbt_trn **end = &t->first;
    while (*end)
        end = &(*end)->next;
    *end = trn;
    t->n++;
    return trn;
}

void nbt_trn_clear(nbt_trn *trn)
{
    memset(&trn->m, 0, size_of(trn->kind) - offsetof(nbt_trn, m));
}

void nbt_trns_renew_id(nbt_trns *t, nbt_trn *trn)
{
    trn->id = new_id(t);
}

void nbt_trns_unlink(nbt_trns *t, nbt_trn *trn)
{
    nbt_trn **at = &t->first;
    while (*at != trn)
        at = &(*at)->next;
    *at = trn->next;
    trn->next = NULL;
    t->n--;
}

void nbt_trns_free(nbt_trns *t, nbt_trn *trn)
{
    if (!trn)
        return;
    nbt_mem_free(t->mem, trn->fetch, sizeof *trn->fetch);
    nbt_mem_free(t->mem, trn->rdata, trn->answer.rdata.n);
    nbt_mem_free(t->mem, trn, size_of(trn->kind));
}

void nbt_trns_drop(nbt_trns *t, nbt_trn *trn)
{
    nbt_trns_unlink(t, trn);
    nbt_trns_free(t, trn);
}

bool nbt_trns_keep_answer(nbt_trns *t, nbt_trn *trn, const nbt_rr *rr)
{
    assert(rr->rdata.n > 0 && !trn->rdata);
    uint8_t *rdata = nbt_mem_new(t->mem, rr->rdata.n);
    if (!rdata)
        return false;
    memcpy(rdata, rr->rdata.p, rr->rdata.n);
    trn->answer = *rr;
    trn->answer.rdata.p = trn->rdata = rdata;
    return true;
}

nbt_trn *nbt_trns_find_ref(const nbt_trns *t, uint32_t ref)
{
    for (nbt_trn *trn = t->first; trn; trn = trn->next)
        if (trn->ref == ref)
            return trn;
    return NULL;
}

nbt_trn *nbt_trns_find_name(const nbt_trns *t, nbt_trn_kind kind, const uint8_t b[NBT_NAME_LEN])
{
    for (nbt_trn *trn = t->first; trn; trn = trn->next)
        if (trn->kind == kind && memcmp(trn->name.b, b, NBT_NAME_LEN) == 0)
            return trn;
    return NULL;
}

bool nbt_trn_challenges(const nbt_trn *trn)
{
    bool enrols =
        trn->kind == NBT_TRN_REFRESH || (trn->kind == NBT_TRN_CLAIM && trn->way == NBT_WAY_SERVER);
    return enrols && trn->m.enrol.state == NBT_ENROL_CHALLENGING;
}

/* The kind of transaction that is answered in the same way: a refresh is one more registration, a
   challenge a query. */
static nbt_trn_kind answered_as(const nbt_trn *trn)
{
    if (nbt_trn_challenges(trn))
        return NBT_TRN_QUERY;
    return trn->kind == NBT_TRN_REFRESH ? NBT_TRN_CLAIM : trn->kind;
}

/* What a packet is to a transaction of some kind; false if it cannot be an answer to it. */
static bool stimulus_of(nbt_ns_kind packet, nbt_trn_kind to, nbt_stimulus_kind *s)
{
    nbt_trn_kind fits = NBT_TRN_CLAIM;
    nbt_stimulus_kind is = NBT_ON_WACK;
    switch (packet) {
    case NBT_NS_POSITIVE_REGISTRATION:
        is = NBT_ON_POSITIVE;
        break;
    case NBT_NS_NEGATIVE_REGISTRATION:
    case NBT_NS_CONFLICT_DEMAND: /* with a claim's id it is a refusal like any other (H8) */
        is = NBT_ON_NEGATIVE;
        break;
    case NBT_NS_CHALLENGE:
        is = NBT_ON_CHALLENGE;
        break;
    case NBT_NS_WACK: /* whatever was asked of a name server, which a status never is */
        fits = to == NBT_TRN_STATUS ? NBT_TRN_CLAIM : to;
        break;
    case NBT_NS_POSITIVE_RELEASE:
        fits = NBT_TRN_RELEASE;
        is = NBT_ON_POSITIVE;
        break;
    case NBT_NS_NEGATIVE_RELEASE:
        fits = NBT_TRN_RELEASE;
        is = NBT_ON_NEGATIVE;
        break;
    case NBT_NS_POSITIVE_QUERY:
        fits = NBT_TRN_QUERY;
        is = NBT_ON_POSITIVE;
        break;
    case NBT_NS_NEGATIVE_QUERY:
        fits = NBT_TRN_QUERY;
        is = NBT_ON_NEGATIVE;
        break;
    case NBT_NS_REDIRECT:
        fits = NBT_TRN_QUERY;
        is = NBT_ON_REDIRECT;
        break;
    case NBT_NS_STATUS_RESPONSE:
        fits = NBT_TRN_STATUS;
        is = NBT_ON_POSITIVE;
        break;
    case NBT_NS_REGISTRATION:
    case NBT_NS_OVERWRITE_REQUEST:
    case NBT_NS_OVERWRITE_DEMAND:
    case NBT_NS_MULTIHOMED:
    case NBT_NS_REFRESH:
    case NBT_NS_RELEASE_REQUEST:
    case NBT_NS_RELEASE_DEMAND:
    case NBT_NS_QUERY:
    case NBT_NS_STATUS_REQUEST:
    case NBT_NS_OTHER:
    case NBT_NS_KINDS:
        return false;
    }
    if (fits != to)
        return false;
    *s = is;
    return true;
}

nbt_trn *nbt_trns_answered(const nbt_trns *t, nbt_ep from, const nbt_ns *m, nbt_stimulus_kind *s)
{
    nbt_trn *trn = find_id(t, m->trn_id);
    const nbt_name *name = nbt_ns_name(m);
    if (!trn || !name || !nbt_name_eq(&trn->name, name))
        return NULL;
    if ((trn->kind == NBT_TRN_STATUS || nbt_trn_challenges(trn)) && trn->ip != from.ip)
        return NULL;
    return stimulus_of(nbt_ns_kind_of(m), answered_as(trn), s) ? trn : NULL;
}

nbt_trn *nbt_trns_earliest(const nbt_trns *t)
{
    nbt_trn *first = t->first;
    for (nbt_trn *trn = first; trn; trn = trn->next)
        if (nbt_trn_due(trn) < nbt_trn_due(first))
            first = trn;
    return first;
}

void nbt_trn_step(nbt_trn *trn, nbt_time now, const nbt_stimulus *s, nbt_effects *fx)
{
    bool server = trn->way == NBT_WAY_SERVER;
    switch (trn->kind) {
    case NBT_TRN_CLAIM:
        if (server)
            nbt_enrol_step(&trn->m.enrol, now, s, fx);
        else
            nbt_claim_step(&trn->m.claim, now, s, fx);
        return;
    case NBT_TRN_REFRESH:
        nbt_enrol_step(&trn->m.enrol, now, s, fx);
        return;
    case NBT_TRN_QUERY:
        if (server)
            nbt_lookup_step(&trn->m.lookup, now, s, fx);
        else
            nbt_query_step(&trn->m.query, now, s, fx);
        return;
    case NBT_TRN_RELEASE:
        if (server)
            nbt_ask_step(&trn->m.ask, now, s, fx);
        else
            nbt_release_step(&trn->m.release, now, s, fx);
        return;
    case NBT_TRN_STATUS:
        nbt_status_step(&trn->m.status, now, s, fx);
        return;
    }
}

nbt_time nbt_trn_due(const nbt_trn *trn)
{
    bool server = trn->way == NBT_WAY_SERVER;
    switch (trn->kind) {
    case NBT_TRN_CLAIM:
        return server ? nbt_enrol_due(&trn->m.enrol) : nbt_claim_due(&trn->m.claim);
    case NBT_TRN_REFRESH:
        return nbt_enrol_due(&trn->m.enrol);
    case NBT_TRN_QUERY:
        return server ? nbt_lookup_due(&trn->m.lookup) : nbt_query_due(&trn->m.query);
    case NBT_TRN_RELEASE:
        return server ? nbt_ask_due(&trn->m.ask) : nbt_release_due(&trn->m.release);
    case NBT_TRN_STATUS:
        return nbt_status_due(&trn->m.status);
    }
    return NBT_NEVER;
}
