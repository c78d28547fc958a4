/*
 * The claims that wait for a holder's word: found by the name's record and by the id of the
 * question, bounded in all and for each asker. What comes of them is decided in nbns_claim.c.
 */
#include "nbt/nbns_impl.h"

#include "nbt/mem.h"

static uint64_t question_key(uint16_t trn_id)
{
    return UINT64_C(1) << 32 | trn_id;
}

static uint64_t asker_key(uint32_t ip)
{
    return UINT64_C(2) << 32 | ip;
}

/* One more, or one less, pending claim from that address. False without memory. */
static bool count_asker(nbt_nbns *s, uint32_t ip, int change)
{
    uint32_t n = nbt_idmap_get(&s->pending_of, asker_key(ip)) + (uint32_t)change;
    nbt_idmap_remove(&s->pending_of, asker_key(ip));
    return n == 0 || nbt_idmap_add(&s->pending_of, asker_key(ip), n);
}

bool nbt_nbns_has_room(const nbt_nbns *s, uint32_t ip)
{
    enum { ALARMS = 64, PART = 8 };
    /* Questions that were answered leave their alarms behind for a while: those are bounded too. */
    return s->npending < s->cfg.max_pending && s->due.n < ALARMS * s->cfg.max_pending &&
           nbt_idmap_get(&s->pending_of, asker_key(ip)) <= s->cfg.max_pending / PART;
}

static nbt_pending *pending_at(const nbt_nbns *s, uint32_t ref)
{
    return ref ? s->pending[ref - 1] : NULL;
}

nbt_pending *nbt_nbns_pending_of(const nbt_nbns *s, uint32_t idx)
{
    return s->npending > 0 ? pending_at(s, nbt_idmap_get(&s->pending_of, idx)) : NULL;
}

nbt_pending *nbt_nbns_pending_asked(const nbt_nbns *s, uint16_t trn_id)
{
    return pending_at(s, nbt_idmap_get(&s->pending_of, question_key(trn_id)));
}

bool nbt_nbns_awaits(const nbt_nbns *s, const nbt_ns *m)
{
    const nbt_pending *p = nbt_nbns_pending_asked(s, m->trn_id);
    const nbt_name *name = nbt_ns_name(m);
    return p && name && nbt_name_eq(name, &p->c.name);
}

static uint16_t free_question(nbt_nbns *s)
{
    for (;;) { /* far fewer than 65535 are pending: see nbt_nbns_new */
        uint16_t id = nbt_rng_u16(&s->rng);
        if (nbt_idmap_get(&s->pending_of, question_key(id)) == 0)
            return id;
    }
}

static bool find_place(nbt_nbns *s, uint32_t *place)
{
    for (size_t i = 0; s->npending < s->pending_cap && i < s->pending_cap; i++) {
        *place = s->next_place;
        s->next_place = (s->next_place + 1) % (uint32_t)s->pending_cap;
        if (!s->pending[*place])
            return true;
    }
    size_t cap = s->pending_cap;
    void *longer = nbt_mem_grow(s->cfg.mem, s->pending, &s->pending_cap, sizeof(nbt_pending *));
    if (!longer)
        return false;
    s->pending = longer;
    for (size_t i = cap; i < s->pending_cap; i++)
        s->pending[i] = NULL;
    *place = (uint32_t)cap;
    return true;
}

nbt_pending *nbt_nbns_pending_new(nbt_nbns *s, const nbt_claimant *c, const nbt_nbrec *rec)
{
    uint32_t place;
    nbt_pending *p = find_place(s, &place) ? nbt_mem_new(s->cfg.mem, sizeof *p) : NULL;
    if (!p)
        return NULL;
    p->c = *c;
    p->id = place;
    p->idx = rec->idx;
    p->trn_id = free_question(s);
    p->pause = s->cfg.profile->challenge_timeout;
    const nbt_nbaddr *a = nbt_nbdb_addrs_const(rec);
    for (unsigned i = 0; i < rec->n && i < NBT_NBNS_INTERNET_MAX; i++)
        p->holder[p->nholder++] = a[i].ip;
    if (!nbt_idmap_add(&s->pending_of, p->idx, place + 1) ||
        !nbt_idmap_add(&s->pending_of, question_key(p->trn_id), place + 1) ||
        !count_asker(s, c->who.from.ip, 1)) {
        nbt_idmap_remove(&s->pending_of, p->idx);
        nbt_idmap_remove(&s->pending_of, question_key(p->trn_id));
        nbt_mem_free(s->cfg.mem, p, sizeof *p);
        return NULL;
    }
    s->pending[place] = p;
    s->npending++;
    return p;
}

void nbt_nbns_drop_alarms(nbt_nbns *s)
{
    while (s->due.n > 0) {
        const nbt_heap_item *first = &s->due.item[0];
        const nbt_pending *p = s->pending[first->id];
        if (p && p->due == first->at)
            return;
        (void)nbt_heap_pop(&s->due);
    }
}

void nbt_nbns_detach(nbt_nbns *s, nbt_pending *p)
{
    nbt_idmap_remove(&s->pending_of, p->idx);
    nbt_idmap_remove(&s->pending_of, question_key(p->trn_id));
    (void)count_asker(s, p->c.who.from.ip, -1); /* there was room for more */
    s->pending[p->id] = NULL;
    s->npending--;
    nbt_nbns_drop_alarms(s);
}

void nbt_nbns_pending_free(nbt_nbns *s, nbt_pending *p)
{
    for (nbt_waiter *w; (w = p->first);) {
        p->first = w->next;
        nbt_mem_free(s->cfg.mem, w, sizeof *w);
    }
    nbt_mem_free(s->cfg.mem, p, sizeof *p);
}

void nbt_nbns_pending_fini(nbt_nbns *s)
{
    for (size_t i = 0; i < s->pending_cap; i++)
        if (s->pending[i])
            nbt_nbns_pending_free(s, s->pending[i]);
    nbt_mem_free(s->cfg.mem, s->pending, s->pending_cap * sizeof(nbt_pending *));
}

static bool comes_by(const nbt_claimant *c, uint32_t conn)
{
    return c->who.tcp && c->who.conn == conn;
}

bool nbt_nbns_awaited(const nbt_nbns *s, uint32_t conn)
{
    for (size_t i = 0; s->npending > 0 && i < s->pending_cap; i++) {
        if (!s->pending[i])
            continue;
        if (comes_by(&s->pending[i]->c, conn))
            return true;
        for (const nbt_waiter *w = s->pending[i]->first; w; w = w->next)
            if (comes_by(&w->c, conn))
                return true;
    }
    return false;
}
