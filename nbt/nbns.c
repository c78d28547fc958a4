/*
 * The name server: packets in, time, the administrator's wishes, the journal. Who gets a name is
 * decided in nbns_claim.c.
 */
#include "nbt/nbns_impl.h"

#include "nbt/mem.h"

#include <assert.h>
#include <string.h>

static const nbt_nbns_profile profiles[] = {
#define NBT_NBNS_PROFILE(...) { __VA_ARGS__ },
#include "nbt/nbns.def"
#undef NBT_NBNS_PROFILE
};

const nbt_nbns_profile *nbt_nbns_profile_at(size_t i)
{
    return i < sizeof profiles / sizeof profiles[0] ? &profiles[i] : NULL;
}

const nbt_nbns_profile *nbt_nbns_profile_find(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
        if (strlen(profiles[i].name) == len && memcmp(profiles[i].name, name, len) == 0)
            return &profiles[i];
    return NULL;
}

nbt_sec nbt_nbns_sec(const nbt_nbns *s, nbt_time now)
{
    return (nbt_sec)((now + s->cfg.wall) / NBT_S(1));
}

static bool copy_served(nbt_nbns *s, const nbt_nbns_cfg *cfg)
{
    size_t size = cfg->nserved * sizeof *s->served;
    if (size == 0)
        return true;
    s->served = nbt_mem_new(cfg->mem, size);
    if (s->served)
        memcpy(s->served, cfg->served, size);
    return s->served != NULL;
}

nbt_nbns *nbt_nbns_new(const nbt_nbns_cfg *cfg, nbt_time now)
{
    enum { PENDING_MAX = 16384 }; /* so that a random question's id is soon found free */
    assert(cfg->nlanas > 0 && cfg->nlanas <= NBT_NBNS_LANAS_MAX);
    nbt_nbns *s = nbt_mem_new(cfg->mem, sizeof *s);
    if (!s)
        return NULL;
    s->cfg = *cfg;
    s->cfg.max_pending = cfg->max_pending < PENDING_MAX ? cfg->max_pending : PENDING_MAX;
    memcpy(s->lanas, cfg->lanas, cfg->nlanas * sizeof *s->lanas);
    s->rng = (nbt_rng){ cfg->seed };
    nbt_idmap_init(&s->pending_of, cfg->mem);
    nbt_heap_init(&s->due, cfg->mem);
    s->db = nbt_nbdb_new(cfg->mem, nbt_rng_u64(&s->rng), nbt_nbns_sec(s, now), cfg->journal);
    if (!s->db || !copy_served(s, cfg)) {
        nbt_nbns_free(s);
        return NULL;
    }
    return s;
}

void nbt_nbns_free(nbt_nbns *s)
{
    if (!s)
        return;
    nbt_nbns_tcp_fini(s);
    nbt_nbns_pending_fini(s);
    nbt_idmap_fini(&s->pending_of);
    nbt_heap_fini(&s->due);
    nbt_nbdb_free(s->db);
    nbt_mem_free(s->cfg.mem, s->served, s->cfg.nserved * sizeof *s->served);
    nbt_mem_free(s->cfg.mem, s, sizeof *s);
}

void nbt_nbns_trace(nbt_out *out, const nbt_asker *who, const nbt_name *name, const char *from,
                    const char *to, const char *why, uint8_t code, const nbt_nbns_evidence *ev)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_TRACE, NULL, 0);
    nbt_trace *t = &act->trace;
    t->what = "registration";
    t->from = from;
    t->to = to;
    t->why = why;
    t->code = code;
    t->holder = ev->holder;
    t->since = ev->since;
    t->asked = ev->asked;
    memcpy(t->name, name->b, NBT_NAME_LEN);
    if (!who)
        return;
    act->lana = who->lana;
    t->peer = who->from;
}

/* --- packets --------------------------------------------------------------------------------- */

static void trace_malformed(nbt_out *out, const nbt_asker *who, const nbt_rd *r)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_TRACE, NULL, 0);
    act->lana = who->lana;
    act->trace.what = "packet";
    act->trace.from = "";
    act->trace.to = "malformed";
    act->trace.why = nbt_err_str(r->err);
    act->trace.peer = who->from;
    act->trace.unnamed = true;
    act->trace.field = r->err_field;
    act->trace.offset = (uint32_t)r->err_at;
}

static void claim(nbt_nbns *s, nbt_time now, const nbt_asker *who, nbt_ns_kind kind,
                  const nbt_ns *m, nbt_out *out)
{
    nbt_claimant c = { .who = *who, .kind = kind, .trn_id = m->trn_id, .word = m->word };
    c.ttl = m->rr[0].ttl;
    c.addr = nbt_addr_get(&m->rr[0], 0);
    nbt_name_copy(&c.name, &m->q.name);
    nbt_nbns_claim(s, now, &c, out);
}

/* A request with a record that is about the question's name, in a class and type that exist. */
static bool well_formed(const nbt_ns *m)
{
    return m->q.type == NBT_RR_NB && m->q.cls == NBT_CLASS_IN &&
           nbt_name_eq(&m->q.name, &m->rr[0].name);
}

/* What cannot be a request is passed over; what wants to be one is told so. */
static void other(nbt_nbns *s, const nbt_asker *who, const nbt_ns *m, nbt_out *out)
{
    bool wants_record = false;
    switch ((enum nbt_opcode)nbt_ns_opcode(m)) {
    case NBT_OPCODE_REGISTRATION:
    case NBT_OPCODE_RELEASE:
    case NBT_OPCODE_REFRESH:
    case NBT_OPCODE_REFRESH9:
    case NBT_OPCODE_MULTIHOMED:
        wants_record = true;
        break;
    case NBT_OPCODE_QUERY:
    case NBT_OPCODE_WACK:
        break;
    }
    if (wants_record && !(m->word & NBT_NS_R) && m->qdcount == 1)
        nbt_nbns_bad_form(s, who, m, out);
    else
        s->stats.ignored++;
}

static void take(nbt_nbns *s, nbt_time now, const nbt_asker *who, const nbt_ns *m, nbt_out *out)
{
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    switch (kind) {
    case NBT_NS_QUERY:
        if (m->q.cls == NBT_CLASS_IN)
            nbt_nbns_query(s, now, who, m, out);
        return;
    case NBT_NS_REGISTRATION:
    case NBT_NS_MULTIHOMED:
    case NBT_NS_REFRESH:
        if (well_formed(m))
            claim(s, now, who, kind, m, out);
        else
            nbt_nbns_bad_form(s, who, m, out);
        return;
    case NBT_NS_OVERWRITE_REQUEST:
    case NBT_NS_OVERWRITE_DEMAND: /* the B bit alone says nothing (B10) */
        if (well_formed(m))
            claim(s, now, who, NBT_NS_OVERWRITE_REQUEST, m, out);
        else
            nbt_nbns_bad_form(s, who, m, out);
        return;
    case NBT_NS_RELEASE_REQUEST:
    case NBT_NS_RELEASE_DEMAND:
        if (well_formed(m))
            nbt_nbns_release(s, now, who, m, out);
        else
            nbt_nbns_bad_form(s, who, m, out);
        return;
    case NBT_NS_POSITIVE_QUERY:
    case NBT_NS_NEGATIVE_QUERY:
        nbt_nbns_word(s, now, who->from, m, kind == NBT_NS_POSITIVE_QUERY, out);
        return;
    case NBT_NS_OTHER:
        other(s, who, m, out);
        return;
    case NBT_NS_POSITIVE_REGISTRATION:
    case NBT_NS_NEGATIVE_REGISTRATION:
    case NBT_NS_CHALLENGE:
    case NBT_NS_CONFLICT_DEMAND:
    case NBT_NS_POSITIVE_RELEASE:
    case NBT_NS_NEGATIVE_RELEASE:
    case NBT_NS_REDIRECT:
    case NBT_NS_WACK:
    case NBT_NS_STATUS_REQUEST:
    case NBT_NS_STATUS_RESPONSE:
    case NBT_NS_KINDS:
        s->stats.ignored++;
        return;
    }
}

void nbt_nbns_packet(nbt_nbns *s, nbt_time now, const nbt_asker *who, nbt_bytes data, nbt_out *out)
{
    nbt_rd r;
    nbt_ns m;
    s->stats.received++;
    nbt_rd_init(&r, data.p, data.n);
    nbt_ns_rd(&r, &m);
    if (r.err) {
        s->stats.malformed++;
        trace_malformed(out, who, &r);
        return;
    }
    take(s, now, who, &m, out);
}

/* An address that an answer must not go to. */
static bool is_nobody(nbt_ep from)
{
    return from.ip == 0 || from.ip >= 0xE0000000 || from.port == 0;
}

void nbt_nbns_rx(nbt_nbns *s, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                 nbt_out *out)
{
    bool broadcast = to.ip >= 0xE0000000;
    for (size_t i = 0; i < s->cfg.nlanas; i++)
        broadcast |= to.ip == s->lanas[i].broadcast;
    if (broadcast || is_nobody(from)) {
        s->stats.ignored++;
        return;
    }
    nbt_asker who = { .from = from, .to = to, .len = data.n, .lana = lana };
    nbt_nbns_packet(s, now, &who, data, out);
}

/* --- time ------------------------------------------------------------------------------------ */

void nbt_nbns_active(nbt_nbns *s, nbt_nbrec *rec)
{
    nbt_sec first = 0;
    const nbt_nbaddr *a = nbt_nbdb_addrs_const(rec);
    for (unsigned i = 0; !rec->fixed && i < rec->n; i++)
        if (a[i].expires && (!first || a[i].expires < first))
            first = a[i].expires;
    nbt_nbdb_due(s->db, rec, first);
    nbt_nbdb_touch(s->db, rec);
}

/* RFC 1002 5.1.4.2: who has not refreshed in time has given the name back. */
static void end_addresses(nbt_nbns *s, nbt_time now, nbt_nbrec *rec, nbt_out *out)
{
    nbt_sec sec = nbt_nbns_sec(s, now);
    for (unsigned i = rec->n; i-- > 0 && rec->n > 1;) {
        const nbt_nbaddr *a = &nbt_nbdb_addrs(rec)[i];
        if (a->expires && a->expires <= sec)
            nbt_nbdb_addr_drop(s->db, rec, i);
    }
    const nbt_nbaddr *last = nbt_nbdb_addrs(rec);
    if (rec->n > 1 || !last->expires || last->expires > sec) {
        nbt_nbns_active(s, rec);
        return;
    }
    nbt_nbns_evidence ev = { .holder = last->ip, .since = rec->since };
    nbt_name name;
    nbt_nbdb_name(rec, &name);
    nbt_nbns_trace(out, NULL, &name, "active", "released", "not refreshed in time", 0, &ev);
    s->stats.expired++;
    nbt_nbns_let_go(s, now, rec, 0, out);
}

static void age(nbt_nbns *s, nbt_time now, nbt_nbrec *rec, nbt_out *out)
{
    switch ((nbt_nbstate)rec->state) {
    case NBT_NBSTATE_ACTIVE:
        end_addresses(s, now, rec, out);
        return;
    case NBT_NBSTATE_RELEASED:
        if (s->cfg.profile->forget_after) {
            rec->state = NBT_NBSTATE_EXTINCT;
            nbt_nbdb_due(s->db, rec, nbt_nbns_sec(s, now) + s->cfg.profile->forget_after);
            nbt_nbdb_touch(s->db, rec);
            return;
        }
        nbt_nbdb_remove(s->db, rec);
        return;
    case NBT_NBSTATE_EXTINCT:
        nbt_nbdb_remove(s->db, rec);
        return;
    case NBT_NBSTATE_GONE:
        return;
    }
}

void nbt_nbns_tick(nbt_nbns *s, nbt_time now, nbt_out *out)
{
    unsigned budget = 512; /* a burst of registrations ends in one of expirations: others wait */
    nbt_sec sec = nbt_nbns_sec(s, now);
    for (nbt_nbrec *rec; !s->frozen && (rec = nbt_nbdb_expired(s->db, sec, &budget));)
        age(s, now, rec, out);
    nbt_nbns_ask_again(s, now, out);
    nbt_nbns_tcp_tick(s, now, out);
}

nbt_time nbt_nbns_due(const nbt_nbns *s)
{
    nbt_sec sec = s->frozen ? 0 : nbt_nbdb_next(s->db);
    nbt_time due = sec ? NBT_S(sec) - s->cfg.wall : NBT_NEVER;
    due = nbt_time_min(due, nbt_heap_due(&s->due));
    return nbt_time_min(due, nbt_nbns_tcp_due(s));
}

nbt_time nbt_nbns_soonest(const nbt_nbns *s)
{
    nbt_time soonest = nbt_heap_due(&s->due);
    uint32_t at = 0;
    for (const nbt_nbrec *rec; !s->frozen && (rec = nbt_nbdb_each(s->db, &at));) {
        nbt_sec sec = nbt_nbdb_comes(s->db, rec);
        soonest = nbt_time_min(soonest, sec ? NBT_S(sec) - s->cfg.wall : NBT_NEVER);
    }
    return soonest;
}

/* --- the administrator ----------------------------------------------------------------------- */

static bool is_bad_name(const nbt_nbns *s, const nbt_name *name)
{
    return name->form != NBT_NAME_NETBIOS || name->b[0] == '*' ||
           nbt_name_size(name) > s->cfg.profile->name_max;
}

static bool is_group(nbt_nbkind kind)
{
    return kind == NBT_NBKIND_GROUP || kind == NBT_NBKIND_INTERNET;
}

static nbt_nbns_result put(nbt_nbns *s, nbt_time now, const nbt_nbns_cmd *cmd, nbt_out *out)
{
    static const nbt_nbns_evidence none = { 0 };
    nbt_nbrec *rec = nbt_nbdb_find(s->db, &cmd->name);
    bool held = rec && rec->state == NBT_NBSTATE_ACTIVE;
    unsigned g = is_group(cmd->kind) ? NBT_NB_G : 0;
    nbt_nbaddr a = { cmd->ip, cmd->expires, (uint16_t)((cmd->nb_flags & ~(unsigned)NBT_NB_G) | g) };
    if (is_bad_name(s, &cmd->name))
        return NBT_NBNS_BAD_NAME;
    if (a.expires <= nbt_nbns_sec(s, now))
        return NBT_NBNS_OVER;
    if (held && (rec->fixed || rec->kind != cmd->kind || cmd->kind == NBT_NBKIND_UNIQUE ||
                 nbt_nbdb_addr(rec, a.ip)))
        return NBT_NBNS_HELD;
    if (!rec && nbt_nbdb_count(s->db) < s->cfg.max_names)
        rec = nbt_nbdb_add(s->db, &cmd->name, cmd->kind);
    if (!rec)
        return NBT_NBNS_NO_MEMORY;
    if (!held)
        nbt_nbdb_addr_clear(s->db, rec);
    if (!nbt_nbdb_addr_add(s->db, rec, &a, NBT_NBNS_INTERNET_MAX))
        return NBT_NBNS_NO_MEMORY;
    rec->kind = (uint8_t)cmd->kind;
    rec->state = NBT_NBSTATE_ACTIVE;
    rec->since = nbt_nbns_sec(s, now);
    nbt_nbns_active(s, rec);
    nbt_nbns_trace(out, NULL, &cmd->name, "", "registered", "another server's word", 0, &none);
    return NBT_NBNS_DONE;
}

static nbt_nbns_result add_fixed(nbt_nbns *s, nbt_time now, const nbt_nbns_cmd *cmd, nbt_out *out)
{
    static const nbt_nbns_evidence none = { 0 };
    nbt_nbrec *rec = nbt_nbdb_find(s->db, &cmd->name);
    bool more = rec && rec->fixed && rec->kind == cmd->kind && cmd->kind != NBT_NBKIND_UNIQUE;
    if (is_bad_name(s, &cmd->name))
        return NBT_NBNS_BAD_NAME;
    if (!rec && nbt_nbdb_count(s->db) < s->cfg.max_names)
        rec = nbt_nbdb_add(s->db, &cmd->name, cmd->kind);
    if (!rec)
        return NBT_NBNS_NO_MEMORY;
    if (!more)
        nbt_nbdb_addr_clear(s->db, rec);
    nbt_nbaddr a = { .ip = cmd->ip, .nb_flags = is_group(cmd->kind) ? NBT_NB_G : 0 };
    if (!nbt_nbdb_addr(rec, a.ip) && !nbt_nbdb_addr_add(s->db, rec, &a, NBT_NBNS_INTERNET_MAX))
        return NBT_NBNS_NO_MEMORY;
    rec->kind = (uint8_t)cmd->kind;
    rec->state = NBT_NBSTATE_ACTIVE;
    rec->fixed = true;
    rec->since = nbt_nbns_sec(s, now);
    nbt_nbns_active(s, rec);
    nbt_nbns_trace(out, NULL, &cmd->name, "", "registered", "a static mapping", 0, &none);
    nbt_nbns_withdrawn(s, now, rec->idx, out);
    return NBT_NBNS_DONE;
}

static nbt_nbns_result delete_name(nbt_nbns *s, nbt_time now, const nbt_name *name, nbt_out *out)
{
    static const nbt_nbns_evidence none = { 0 };
    nbt_nbrec *rec = nbt_nbdb_find(s->db, name);
    if (!rec)
        return NBT_NBNS_NO_NAME;
    uint32_t idx = rec->idx;
    nbt_nbns_trace(out, NULL, name, nbt_nbstate_str((nbt_nbstate)rec->state), "deleted",
                   "by the administrator", 0, &none);
    nbt_nbdb_remove(s->db, rec);
    nbt_nbns_withdrawn(s, now, idx, out);
    return NBT_NBNS_DONE;
}

nbt_nbns_result nbt_nbns_do(nbt_nbns *s, nbt_time now, const nbt_nbns_cmd *cmd, nbt_out *out)
{
    switch (cmd->verb) {
    case NBT_NBNS_ADD:
        return add_fixed(s, now, cmd, out);
    case NBT_NBNS_PUT:
        return put(s, now, cmd, out);
    case NBT_NBNS_DELETE:
        return delete_name(s, now, &cmd->name, out);
    case NBT_NBNS_FREEZE:
    case NBT_NBNS_THAW:
        s->frozen = cmd->verb == NBT_NBNS_FREEZE;
        return NBT_NBNS_DONE;
    }
    return NBT_NBNS_DONE;
}

/* `*` takes as little as it can, and more when what follows does not fit. */
static bool matches(const char *glob, const char *text)
{
    const char *star = NULL, *from = NULL;
    while (*text) {
        if (*glob == '*') {
            star = ++glob;
            from = text;
        } else if (*glob == '?' || *glob == *text) {
            glob++;
            text++;
        } else if (star) {
            glob = star;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return !*glob;
}

const nbt_nbrec *nbt_nbns_each(const nbt_nbns *s, uint32_t *at, const char *glob)
{
    for (const nbt_nbrec *rec; (rec = nbt_nbdb_each(s->db, at));) {
        nbt_name name;
        char text[NBT_NAME_STR_MAX];
        if (!glob)
            return rec;
        nbt_nbdb_name(rec, &name);
        nbt_name_print(&name, text, sizeof text);
        if (matches(glob, text))
            return rec;
    }
    return NULL;
}

const nbt_nbrec *nbt_nbns_find(const nbt_nbns *s, const nbt_name *name)
{
    return nbt_nbdb_find(s->db, name);
}

/* --- the journal ----------------------------------------------------------------------------- */

size_t nbt_nbns_dirty(const nbt_nbns *s)
{
    return nbt_nbdb_dirty(s->db);
}

const nbt_nbrec *nbt_nbns_changed(nbt_nbns *s)
{
    return nbt_nbdb_changed(s->db);
}

bool nbt_nbns_restore(nbt_nbns *s, const nbt_nbns_kept *k)
{
    if (k->kind > NBT_NBKIND_MULTIHOMED || k->state >= NBT_NBSTATE_GONE || k->naddrs == 0 ||
        k->naddrs > NBT_NBADDR_MAX || k->name->form != NBT_NAME_NETBIOS)
        return false;
    nbt_nbrec *rec = nbt_nbdb_restore(s->db, k->idx, k->name, (nbt_nbkind)k->kind);
    if (!rec)
        return false;
    rec->state = k->state;
    rec->fixed = k->fixed;
    rec->since = k->since;
    for (size_t i = 0; i < k->naddrs; i++)
        if (nbt_nbdb_addr(rec, k->addrs[i].ip) ||
            !nbt_nbdb_addr_add(s->db, rec, &k->addrs[i], NBT_NBADDR_MAX))
            break;
    nbt_nbdb_due(s->db, rec, k->due);
    return true;
}

const nbt_nbns_stats *nbt_nbns_counts(const nbt_nbns *s)
{
    return &s->stats;
}

bool nbt_nbns_frozen(const nbt_nbns *s)
{
    return s->frozen;
}

size_t nbt_nbns_names(const nbt_nbns *s)
{
    return nbt_nbdb_count(s->db);
}

size_t nbt_nbns_pending(const nbt_nbns *s)
{
    return s->npending;
}
