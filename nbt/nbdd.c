/*
 * Datagrams for several, passed on. It changes no octet of them, and no record of the name server.
 */
#include "nbt/nbdd_impl.h"

#include "nbt/draft.h"
#include "nbt/mem.h"

#include <assert.h>

enum { SNT_NBDD = 3 };

static size_t size_with(size_t max_copies)
{
    return sizeof(nbt_nbdd) + max_copies * sizeof(uint32_t);
}

nbt_nbdd *nbt_nbdd_new(const nbt_nbdd_cfg *cfg)
{
    assert(cfg->nlanas >= 1 && cfg->nlanas <= NBT_NBNS_LANAS_MAX && cfg->max_pending > 0);
    nbt_nbdd *s = nbt_mem_new(cfg->mem, size_with(cfg->max_copies));
    if (!s)
        return NULL;
    s->cfg = *cfg;
    memcpy(s->lanas, cfg->lanas, cfg->nlanas * sizeof *cfg->lanas);
    s->cfg.lanas = s->lanas;
    return s;
}

static void forget(nbt_nbdd *s, nbt_nbdd_started *st)
{
    nbt_nbdd_started **at = &s->first;
    while (*at != st)
        at = &(*at)->next;
    *at = st->next;
    s->nstarted--;
    nbt_mem_free(s->cfg.mem, st, sizeof *st);
}

void nbt_nbdd_free(nbt_nbdd *s)
{
    if (!s)
        return;
    while (s->first)
        forget(s, s->first);
    nbt_mem_free(s->cfg.mem, s, size_with(s->cfg.max_copies));
}

const nbt_nbdd_stats *nbt_nbdd_counts(const nbt_nbdd *s)
{
    return &s->stats;
}

/* --- who is to have it ------------------------------------------------------------------------ */

static const nbt_nbns_lana *find_lana(const nbt_nbdd *s, uint8_t number)
{
    for (size_t i = 0; i < s->cfg.nlanas; i++)
        if (s->lanas[i].lana == number)
            return &s->lanas[i];
    return NULL;
}

/* The record of a name that somebody has, NULL if nobody does. */
static const nbt_nbrec *active(const nbt_nbdd *s, const nbt_name *name)
{
    const nbt_nbrec *rec = nbt_nbns_find(s->cfg.records, name);
    return rec && rec->state == NBT_NBSTATE_ACTIVE ? rec : NULL;
}

static bool is_group(const nbt_nbrec *rec)
{
    return rec->kind == NBT_NBKIND_GROUP || rec->kind == NBT_NBKIND_INTERNET;
}

/* A node's address: no broadcast, which this server never sends. */
static bool is_host(const nbt_nbdd *s, uint32_t ip)
{
    for (size_t i = 0; i < s->cfg.nlanas; i++)
        if (s->lanas[i].broadcast == ip)
            return false;
    return ip != 0 && ip >> 28 < 14;
}

/* Adds an address, once. */
static void copy_to(nbt_nbdd *s, uint32_t ip)
{
    size_t low = 0, high = s->ncopies;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (s->copies[mid] < ip)
            low = mid + 1;
        else
            high = mid;
    }
    bool there = low < s->ncopies && s->copies[low] == ip;
    if (there || s->ncopies == s->cfg.max_copies || !is_host(s, ip))
        return;
    memmove(&s->copies[low + 1], &s->copies[low], (s->ncopies - low) * sizeof s->copies[0]);
    s->copies[low] = ip;
    s->ncopies++;
}

static void copy_to_all_of(nbt_nbdd *s, const nbt_nbrec *rec)
{
    const nbt_nbaddr *a = nbt_nbdb_addrs_const(rec);
    for (unsigned i = 0; i < rec->n; i++)
        copy_to(s, a[i].ip);
}

/* RFC 1002 5.3.4: each member of the group, or every node of the scope. Their number. */
static size_t gather(nbt_nbdd *s, const nbt_name *to)
{
    const nbt_nbrec *rec;
    uint32_t at = 0;
    s->ncopies = 0;
    if (!nbt_name_is_wildcard(to->b)) {
        rec = active(s, to);
        if (rec && is_group(rec))
            copy_to_all_of(s, rec);
        return s->ncopies;
    }
    while ((rec = nbt_nbns_each(s->cfg.records, &at, NULL)) && s->ncopies < s->cfg.max_copies) {
        nbt_name name;
        nbt_nbdb_name(rec, &name);
        if (rec->state == NBT_NBSTATE_ACTIVE && nbt_scope_eq(&name.scope, &to->scope))
            copy_to_all_of(s, rec);
    }
    return s->ncopies;
}

/* D27: a sender has its name, so that one server's clients cannot be used against the others. */
static bool is_known(const nbt_nbdd *s, const nbt_dgm *m)
{
    const nbt_nbrec *rec = active(s, &m->from);
    if (!rec || is_group(rec))
        return rec != NULL;
    const nbt_nbaddr *a = nbt_nbdb_addrs_const(rec);
    for (unsigned i = 0; i < rec->n; i++)
        if (a[i].ip == m->source.ip)
            return true;
    return false;
}

/* --- messages --------------------------------------------------------------------------------- */

static void send(const nbt_nbns_lana *lana, nbt_ep to, nbt_bytes data, nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_SEND, data.p, data.n);
    act->lana = lana->lana;
    act->from = (nbt_ep){ lana->ip, NBT_PORT_DGM };
    act->to = to;
}

/* The packet as it came, to everybody who is to have it. */
static void pass_on(nbt_nbdd *s, const nbt_nbns_lana *lana, const nbt_name *to, uint32_t source,
                    nbt_bytes data, nbt_out *out)
{
    if (gather(s, to) == 0) {
        s->stats.dropped++;
        return;
    }
    for (size_t i = 0; i < s->ncopies; i++) {
        bool back = s->copies[i] == source && (s->cfg.not_back || source == lana->ip);
        if (back)
            continue;
        send(lana, (nbt_ep){ s->copies[i], NBT_PORT_DGM }, data, out);
        s->stats.copies++;
    }
}

static nbt_nbdd_started *find_started(const nbt_nbdd *s, uint32_t ip, const nbt_dgm *m)
{
    nbt_nbdd_started *st = s->first;
    while (st && (st->ip != ip || st->id != m->id || !nbt_ep_eq(st->source, m->source)))
        st = st->next;
    return st;
}

/* Without memory the rest is not passed on: a datagram may be lost. */
static void remember_start(nbt_nbdd *s, nbt_time now, uint32_t ip, const nbt_dgm *m)
{
    nbt_nbdd_started *st = find_started(s, ip, m);
    if (st)
        forget(s, st);
    if (s->nstarted == s->cfg.max_pending)
        forget(s, s->first);
    st = nbt_mem_new(s->cfg.mem, sizeof *st);
    if (!st)
        return;
    *st = (nbt_nbdd_started){
        .due = now + s->cfg.timeout, .ip = ip, .source = m->source, .id = m->id
    };
    st->to = m->to;
    nbt_nbdd_started **at = &s->first;
    while (*at)
        at = &(*at)->next;
    *at = st;
    s->nstarted++;
}

static void remember_passed(nbt_nbdd *s, const nbt_dgm *m)
{
    nbt_nbdd_passed *p = &s->passed[s->npassed++ % NBT_NBDD_PASSED_MAX];
    *p = (nbt_nbdd_passed){ .used = true, .id = m->id, .to = m->to };
}

static void take_first(nbt_nbdd *s, nbt_time now, const nbt_nbns_lana *lana, nbt_ep from,
                       const nbt_dgm *m, nbt_bytes data, nbt_out *out)
{
    if (!s->cfg.strangers && !is_known(s, m)) {
        s->stats.dropped++;
        return;
    }
    if (m->flags & NBT_DGM_MORE)
        remember_start(s, now, from.ip, m);
    remember_passed(s, m);
    pass_on(s, lana, &m->to, m->source.ip, data, out);
}

static void take_later(nbt_nbdd *s, const nbt_nbns_lana *lana, nbt_ep from, const nbt_dgm *m,
                       nbt_bytes data, nbt_out *out)
{
    nbt_nbdd_started *st = find_started(s, from.ip, m);
    if (!st) {
        s->stats.dropped++;
        return;
    }
    pass_on(s, lana, &st->to, m->source.ip, data, out);
    if (!(m->flags & NBT_DGM_MORE))
        forget(s, st);
}

/* --- questions and errors --------------------------------------------------------------------- */

static void send_packet(const nbt_nbns_lana *lana, nbt_ep to, const nbt_dgm *m, nbt_out *out)
{
    uint8_t buf[NBT_DGM_HEADER_LEN + NBT_NAME_WIRE_MAX];
    nbt_wr w;
    nbt_wr_init(&w, buf, sizeof buf);
    nbt_dgm_wr(&w, m);
    if (!w.err)
        send(lana, to, (nbt_bytes){ buf, w.at }, out);
}

/* RFC 1002 5.3.4: to the question's address and port, with its id. */
static void answer(nbt_nbdd *s, const nbt_nbns_lana *lana, nbt_ep from, const nbt_dgm *m,
                   nbt_out *out)
{
    bool can = gather(s, &m->to) > 0;
    nbt_dgm a = { .type = can ? NBT_DGM_POSITIVE_QUERY : NBT_DGM_NEGATIVE_QUERY, .id = m->id };
    a.flags = SNT_NBDD << NBT_DGM_SNT_SHIFT;
    a.source = (nbt_ep){ lana->ip, NBT_PORT_DGM };
    a.to = m->to;
    s->stats.questions++;
    send_packet(lana, from, &a, out);
}

/*
 * It should have gone to the source (5.3.4). The name server is told that the member is none: it
 * decides whether it believes that (H19).
 */
static void take_error(nbt_nbdd *s, const nbt_nbns_lana *lana, nbt_ep from, const nbt_dgm *m,
                       nbt_out *out)
{
    nbt_nbdd_passed *p = s->passed;
    while (p < s->passed + NBT_NBDD_PASSED_MAX && (!p->used || p->id != m->id))
        p++;
    if (p == s->passed + NBT_NBDD_PASSED_MAX || m->code != NBT_DGM_CODE_DESTINATION_NOT_PRESENT)
        return;
    nbt_name to = p->to;
    (void)gather(s, &to);
    for (size_t i = 0; i < s->ncopies; i++) {
        if (s->copies[i] != from.ip || nbt_name_is_wildcard(to.b))
            continue;
        uint8_t buf[NBT_NS_UDP_MAX];
        nbt_draft d;
        nbt_wr w;
        nbt_addr gone = { NBT_NB_G, from.ip };
        nbt_draft_record(&d, m->id, NBT_WORD_RELEASE, &to, 0, gone);
        nbt_wr_init(&w, buf, sizeof buf);
        nbt_ns_wr(&w, &d.ns);
        assert(!w.err);
        send(lana, (nbt_ep){ lana->ip, NBT_PORT_NS }, (nbt_bytes){ buf, w.at }, out);
        p->used = false;
        return;
    }
}

/* --- entrances -------------------------------------------------------------------------------- */

/* What of a packet can be seen without its names; false if it is too short. */
static bool look(nbt_bytes data, nbt_dgm *m)
{
    nbt_rd r;
    nbt_rd_init(&r, data.p, data.n);
    m->type = nbt_rd_u8(&r, "MSG_TYPE");
    m->flags = nbt_rd_u8(&r, "FLAGS");
    (void)nbt_rd_u16(&r, "DGM_ID");
    m->source.ip = nbt_rd_u32(&r, "SOURCE_IP");
    return !r.err;
}

bool nbt_nbdd_takes(const nbt_nbdd *s, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    const nbt_nbns_lana *l = find_lana(s, lana);
    nbt_dgm m;
    if (!l || to.ip != l->ip || from.port == 0 || !is_host(s, from.ip) || !look(data, &m))
        return false; /* D40: broadcasts are not its business */
    if (from.ip == l->ip && from.port == NBT_PORT_DGM && m.source.ip != l->ip)
        return false; /* passed on to the computer that is here as well */
    if (m.type == NBT_DGM_GROUP || m.type == NBT_DGM_BROADCAST)
        return (m.flags & NBT_DGM_SNT_MASK) != NBT_ONT_B << NBT_DGM_SNT_SHIFT; /* D40 */
    return m.type == NBT_DGM_QUERY || (m.type == NBT_DGM_ERROR && from.ip != l->ip);
}

void nbt_nbdd_rx(nbt_nbdd *s, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                 nbt_out *out)
{
    nbt_rd r;
    nbt_dgm m;
    nbt_nbdd_tick(s, now);
    if (!nbt_nbdd_takes(s, lana, from, to, data))
        return;
    s->stats.received++;
    nbt_rd_init(&r, data.p, data.n);
    nbt_dgm_rd(&r, &m);
    if (r.err) {
        s->stats.dropped++;
        return;
    }
    const nbt_nbns_lana *l = find_lana(s, lana);
    if (m.type == NBT_DGM_QUERY)
        answer(s, l, from, &m, out);
    else if (m.type == NBT_DGM_ERROR)
        take_error(s, l, from, &m, out);
    else if (m.flags & NBT_DGM_FIRST)
        take_first(s, now, l, from, &m, data, out);
    else
        take_later(s, l, from, &m, data, out);
}

void nbt_nbdd_tick(nbt_nbdd *s, nbt_time now)
{
    while (s->first && s->first->due <= now)
        forget(s, s->first);
}

nbt_time nbt_nbdd_due(const nbt_nbdd *s)
{
    return s->first ? s->first->due : NBT_NEVER;
}
