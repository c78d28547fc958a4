/*
 * Who gets a name and who does not: registrations, refreshes, releases, and the questions to
 * holders. RFC 1002 5.1.4.1 and MS-NBTE 3.2.5; where servers differ, the profile decides.
 */
#include "nbt/nbns_impl.h"

#include "nbt/draft.h"
#include "nbt/mem.h"

#include <string.h>

/* What is known of a name's holder when a claim of another is decided. */
typedef enum verdict {
    UNASKED,
    ALIVE,     /* he says that the name is his */
    SAME,      /* and lists the claimed address too: he is the claimant himself */
    DENIED,    /* he says that it is not */
    SILENT,    /* he says nothing */
    WITHDRAWN, /* he gave it back meanwhile */
} verdict;

static void judge(nbt_nbns *s, nbt_time now, nbt_claimant *c, verdict v, unsigned asked,
                  nbt_out *out);

static uint8_t suffix(const nbt_name *name)
{
    return name->b[NBT_NAME_LEN - 1];
}

static bool wants_group(const nbt_claimant *c)
{
    return (c->addr.nb_flags & NBT_NB_G) != 0;
}

static bool is_group(const nbt_nbrec *rec)
{
    return rec->kind == NBT_NBKIND_GROUP || rec->kind == NBT_NBKIND_INTERNET;
}

static nbt_nbkind kind_for(const nbt_nbns *s, const nbt_claimant *c)
{
    if (wants_group(c))
        return s->cfg.profile->internet_groups && suffix(&c->name) == 0x1C ? NBT_NBKIND_INTERNET
                                                                           : NBT_NBKIND_GROUP;
    return c->kind == NBT_NS_MULTIHOMED ? NBT_NBKIND_MULTIHOMED : NBT_NBKIND_UNIQUE;
}

static unsigned addrs_max(const nbt_nbns *s, nbt_nbkind kind)
{
    switch (kind) {
    case NBT_NBKIND_UNIQUE:
        return 1;
    case NBT_NBKIND_GROUP:
        return s->cfg.profile->group_members;
    case NBT_NBKIND_INTERNET:
    case NBT_NBKIND_MULTIHOMED:
        return NBT_NBNS_INTERNET_MAX;
    }
    return 1;
}

static nbt_nbns_evidence evidence(const nbt_nbrec *rec, unsigned asked)
{
    nbt_nbns_evidence ev = { .asked = (uint8_t)asked };
    if (rec && rec->n > 0) {
        ev.holder = nbt_nbdb_addrs_const(rec)[0].ip;
        ev.since = rec->since;
    }
    return ev;
}

/* --- answers to a claim -------------------------------------------------------------------- */

/* A registration response, RFC 1002 4.2.5 to 4.2.7; opcode 5 whatever was asked with (B29). */
static void respond(nbt_nbns *s, const nbt_claimant *c, unsigned word, uint32_t ttl, nbt_addr addr,
                    bool kept, nbt_out *out)
{
    nbt_nbaddr a = { .ip = addr.ip, .nb_flags = addr.nb_flags };
    nbt_reply r = { .name = &c->name, .trn_id = c->trn_id, .word = (uint16_t)word, .ancount = 1 };
    r.type = NBT_RR_NB;
    r.ttl = ttl;
    r.addrs = &a;
    r.naddrs = 1;
    r.kept = kept;
    nbt_nbns_answer(s, &c->who, &r, out);
}

static void refuse(nbt_nbns *s, const nbt_claimant *c, uint8_t rcode, const char *why,
                   const nbt_nbns_evidence *ev, nbt_out *out)
{
    s->stats.refused++;
    nbt_nbns_trace(out, &c->who, &c->name, "", "refused", why, rcode, ev);
    respond(s, c, NBT_WORD_NEGATIVE_REGISTRATION | rcode, 0, c->addr, false, out);
}

static void approve(nbt_nbns *s, const nbt_claimant *c, uint32_t ttl, bool kept, nbt_out *out)
{
    s->stats.granted++;
    respond(s, c, NBT_WORD_NEGATIVE_REGISTRATION | NBT_RCODE_OK, ttl, c->addr, kept, out);
}

/* RFC 1001 15.1.3.2: the server has the last word on how long. */
static uint32_t granted_ttl(const nbt_nbns *s, uint32_t asked)
{
    const nbt_nbns_profile *p = s->cfg.profile;
    if (asked == 0)
        return p->ttl_infinite;
    if (asked < p->ttl_min || (p->ttl_signed && asked > INT32_MAX))
        return p->ttl_min;
    return asked > p->ttl_max ? p->ttl_max : asked;
}

static nbt_sec end_of(const nbt_nbns *s, nbt_time now, uint32_t ttl)
{
    uint64_t end = nbt_nbns_sec(s, now) + (uint64_t)ttl * s->cfg.profile->expire_factor;
    return ttl == 0 || end > UINT32_MAX ? 0 : (nbt_sec)end;
}

/* --- what becomes of the record -------------------------------------------------------------- */

/* The claimed address, new or refreshed, as the youngest. False without memory. */
static bool put_address(nbt_nbns *s, nbt_time now, nbt_nbrec *rec, const nbt_claimant *c,
                        uint32_t ttl)
{
    nbt_nbaddr a = { c->addr.ip, end_of(s, now, ttl), c->addr.nb_flags };
    nbt_nbaddr *there = nbt_nbdb_addr(rec, a.ip);
    rec->fixed = false; /* only in migrate mode was it */
    if (there)
        *there = a;
    else if (!nbt_nbdb_addr_add(s->db, rec, &a, addrs_max(s, (nbt_nbkind)rec->kind)))
        return false;
    nbt_nbns_active(s, rec);
    return true;
}

/* The name goes to the claimant, whoever had it. */
static void give(nbt_nbns *s, nbt_time now, const nbt_claimant *c, nbt_nbrec *rec, const char *why,
                 unsigned asked, nbt_out *out)
{
    nbt_nbns_evidence ev = evidence(rec, asked);
    const char *from = rec ? nbt_nbstate_str((nbt_nbstate)rec->state) : "";
    nbt_nbkind kind = kind_for(s, c);
    uint32_t ttl = granted_ttl(s, c->ttl);
    if (rec) {
        nbt_nbdb_addr_clear(s->db, rec);
        rec->kind = (uint8_t)kind;
        rec->state = NBT_NBSTATE_ACTIVE;
    } else if (nbt_nbdb_count(s->db) < s->cfg.max_names) {
        rec = nbt_nbdb_add(s->db, &c->name, kind);
    }
    if (!rec) {
        refuse(s, c, NBT_RCODE_SRV_ERR, "there is no room for more names", &ev, out);
        return;
    }
    rec->since = nbt_nbns_sec(s, now);
    bool put = put_address(s, now, rec, c, ttl);
    (void)put; /* the first address needs no memory */
    nbt_nbns_trace(out, &c->who, &c->name, from, "registered", why, 0, &ev);
    approve(s, c, ttl, true, out);
}

/* The claimant becomes, or stays, one of those who have the name. */
static void join(nbt_nbns *s, nbt_time now, const nbt_claimant *c, nbt_nbrec *rec, const char *why,
                 unsigned asked, nbt_out *out)
{
    nbt_nbns_evidence ev = evidence(rec, asked);
    uint32_t ttl = granted_ttl(s, c->ttl);
    if (!put_address(s, now, rec, c, ttl)) {
        refuse(s, c, NBT_RCODE_SRV_ERR, "no memory", &ev, out);
        return;
    }
    nbt_nbns_trace(out, &c->who, &c->name, "active", "registered", why, 0, &ev);
    approve(s, c, ttl, true, out);
}

/* --- pending claims -------------------------------------------------------------------------- */

/* RFC 1002 4.2.16: how long the claimant may have to wait. */
static uint32_t wack_ttl(const nbt_nbns *s)
{
    const nbt_nbns_profile *p = s->cfg.profile;
    nbt_time sum = 0, pause = p->challenge_timeout;
    if (p->wack_ttl)
        return p->wack_ttl;
    for (unsigned i = 0; i < p->challenge_count; i++) {
        sum += pause;
        pause *= p->challenge_doubles ? 2 : 1;
    }
    return (uint32_t)((sum + NBT_S(1) - 1) / NBT_S(1)) + 1; /* a second for the way */
}

static void tell_to_wait(nbt_nbns *s, nbt_claimant *c, nbt_out *out)
{
    enum { WACK = 0xBC00 };
    if (!s->cfg.profile->wack || c->wacked)
        return;
    nbt_reply r = { .name = &c->name, .trn_id = c->trn_id, .word = WACK, .ancount = 1 };
    r.type = s->cfg.profile->wack_type;
    r.ttl = wack_ttl(s);
    r.wack = true;
    r.wack_word = c->word & (uint16_t)~NBT_NS_RCODE_MASK;
    nbt_nbns_answer(s, &c->who, &r, out);
    c->wacked = true;
}

/* The question to every address of the holder that has not said no. False without memory. */
static bool ask(nbt_nbns *s, nbt_time now, nbt_pending *p, nbt_out *out)
{
    if (p->asked > 0 && s->cfg.profile->challenge_doubles)
        p->pause *= 2;
    p->due = now + p->pause; /* counted from the packet that leaves: see nbt/machine.h */
    if (!nbt_heap_push(&s->due, p->due, p->id))
        return false;
    p->asked++;
    for (unsigned i = 0; i < p->nholder; i++)
        if (!(p->denied >> i & 1))
            nbt_nbns_ask(s, &p->c.who, p->trn_id, &p->c.name, p->holder[i], out);
    return true;
}

/*
 * KB Q184693, as far as it can be told of a server whose store makes nobody wait: the queue is the
 * challenges under way. When it is full, claims are granted unseen for five minutes, and for five
 * more with each further hundred, up to fifty and again from five; behind 25,000 they are dropped.
 */
static void grant_unseen(nbt_nbns *s, const nbt_claimant *c, const nbt_nbns_evidence *ev,
                         nbt_out *out)
{
    enum { STEP = 100, STEPS = 10, TTL = 300, DROP = 25000 };
    if (s->burst_run >= DROP) {
        s->stats.dropped++;
        return;
    }
    uint32_t ttl = TTL * (1 + s->burst_run++ / STEP % STEPS);
    s->stats.bursts++;
    nbt_nbns_trace(out, &c->who, &c->name, "", "granted unseen",
                   "too many claims wait for a holder's word", 0, ev);
    approve(s, c, ttl, false, out);
}

/* RFC 1002 5.1.4.1, the secured server: is the holder still there? */
static void challenge(nbt_nbns *s, nbt_time now, nbt_claimant *c, const nbt_nbrec *rec,
                      nbt_out *out)
{
    const nbt_nbns_profile *profile = s->cfg.profile;
    nbt_nbns_evidence ev = evidence(rec, 0);
    if (profile->burst_queue && s->npending >= profile->burst_queue) {
        grant_unseen(s, c, &ev, out);
        return;
    }
    s->burst_run = 0;
    nbt_pending *p = nbt_nbns_has_room(s, c->who.from.ip) ? nbt_nbns_pending_new(s, c, rec) : NULL;
    if (!p) {
        s->stats.dropped++; /* he will ask again */
        return;
    }
    nbt_nbns_trace(out, &c->who, &c->name, "active", "challenged", "another holds it", 0, &ev);
    tell_to_wait(s, &p->c, out);
    if (!ask(s, now, p, out)) {
        nbt_nbns_detach(s, p);
        nbt_nbns_pending_free(s, p);
        s->stats.dropped++;
    }
}

/*
 * Another claim of a name whose holder is being asked: the same again is no second transaction
 * (E62); another one waits for its turn (E63).
 */
static void queue(nbt_nbns *s, nbt_pending *p, const nbt_claimant *c, nbt_out *out)
{
    if (p->c.trn_id == c->trn_id && nbt_ep_eq(p->c.who.from, c->who.from))
        return;
    for (const nbt_waiter *w = p->first; w; w = w->next)
        if (w->c.trn_id == c->trn_id && nbt_ep_eq(w->c.who.from, c->who.from))
            return;
    nbt_waiter *w = p->nwaiters < NBT_NBNS_WAITERS_MAX ? nbt_mem_new(s->cfg.mem, sizeof *w) : NULL;
    if (!w) {
        s->stats.dropped++;
        return;
    }
    w->c = *c;
    if (p->last)
        p->last->next = w;
    else
        p->first = w;
    p->last = w;
    p->nwaiters++;
    tell_to_wait(s, &w->c, out);
}

static void consider(nbt_nbns *s, nbt_time now, nbt_claimant *c, nbt_out *out)
{
    const nbt_nbrec *rec = s->npending > 0 ? nbt_nbdb_find(s->db, &c->name) : NULL;
    nbt_pending *p = rec ? nbt_nbns_pending_of(s, rec->idx) : NULL;
    if (p)
        queue(s, p, c, out);
    else
        judge(s, now, c, UNASKED, 0, out);
}

/* The holder's word is in, or his silence: the claim is decided, and who waited has his turn. */
static void settle(nbt_nbns *s, nbt_time now, nbt_pending *p, verdict v, nbt_out *out)
{
    nbt_nbns_detach(s, p);
    judge(s, now, &p->c, v, p->asked, out);
    for (nbt_waiter *w = p->first; w; w = w->next)
        consider(s, now, &w->c, out);
    nbt_nbns_pending_free(s, p);
}

void nbt_nbns_withdrawn(nbt_nbns *s, nbt_time now, uint32_t idx, nbt_out *out)
{
    nbt_pending *p = nbt_nbns_pending_of(s, idx);
    if (p)
        settle(s, now, p, WITHDRAWN, out);
}

void nbt_nbns_ask_again(nbt_nbns *s, nbt_time now, nbt_out *out)
{
    while (nbt_heap_due(&s->due) <= now) {
        nbt_pending *p = s->pending[nbt_heap_pop(&s->due)];
        if (!p || p->due > now)
            continue; /* that question is over */
        if (p->asked >= s->cfg.profile->challenge_count || !ask(s, now, p, out))
            settle(s, now, p, SILENT, out);
    }
    nbt_nbns_drop_alarms(s);
}

void nbt_nbns_word(nbt_nbns *s, nbt_time now, nbt_ep from, const nbt_ns *m, bool positive,
                   nbt_out *out)
{
    nbt_pending *p = nbt_nbns_pending_asked(s, m->trn_id);
    const nbt_name *name = nbt_ns_name(m);
    unsigned i = 0;
    while (p && i < p->nholder && p->holder[i] != from.ip)
        i++;
    if (!p || i == p->nholder || !name || !nbt_name_eq(name, &p->c.name)) {
        s->stats.ignored++; /* nobody was asked that, or not he (B19) */
        return;
    }
    size_t n = positive ? nbt_addr_count(&m->rr[0]) : 0;
    if (n == 0) { /* a positive answer without any address is none */
        p->denied |= UINT32_C(1) << i;
        if (p->denied == (UINT32_C(1) << p->nholder) - 1)
            settle(s, now, p, DENIED, out);
        return;
    }
    verdict v = ALIVE;
    for (size_t k = 0; k < n; k++)
        if (nbt_addr_get(&m->rr[0], k).ip == p->c.addr.ip)
            v = SAME; /* F24 */
    settle(s, now, p, v, out);
}

/* --- the decisions --------------------------------------------------------------------------- */

/* A unique or multihomed name of somebody else, and what he says to it. */
static void judge_foreign(nbt_nbns *s, nbt_time now, nbt_claimant *c, nbt_nbrec *rec, verdict v,
                          unsigned asked, nbt_out *out)
{
    const nbt_nbns_profile *p = s->cfg.profile;
    nbt_nbns_evidence ev = evidence(rec, asked);
    bool another_address = c->kind == NBT_NS_MULTIHOMED && !wants_group(c);
    switch (v) {
    case UNASKED:
        challenge(s, now, c, rec, out);
        return;
    case SAME:
    case ALIVE:
        if (!wants_group(c) && (v == SAME || (another_address && p->multihomed_merges))) {
            rec->kind = NBT_NBKIND_MULTIHOMED;
            join(s, now, c, rec,
                 v == SAME ? "the holder has this address too"
                           : "another address of a name that is held",
                 asked, out);
            return;
        }
        refuse(s, c, NBT_RCODE_ACT_ERR, "the holder still has it", &ev, out);
        return;
    case DENIED:
    case SILENT:
        if (another_address && p->multihomed_denied)
            refuse(s, c, p->multihomed_denied, "the holder does not vouch for the address", &ev,
                   out);
        else
            give(s, now, c, rec, v == SILENT ? "the holder is silent" : "the holder denies it",
                 asked, out);
        return;
    case WITHDRAWN:
        challenge(s, now, c, rec, out); /* it has a new holder already */
        return;
    }
}

static void judge_unique(nbt_nbns *s, nbt_time now, nbt_claimant *c, nbt_nbrec *rec, verdict v,
                         unsigned asked, nbt_out *out)
{
    const nbt_nbns_profile *p = s->cfg.profile;
    const nbt_nbaddr *holder = nbt_nbdb_addrs_const(rec);
    nbt_nbns_evidence ev = evidence(rec, asked);
    if (!wants_group(c) && nbt_nbdb_addr(rec, c->addr.ip)) {
        join(s, now, c, rec, "it is his own", asked, out); /* E53 */
        return;
    }
    if (c->kind == NBT_NS_REFRESH && !p->refresh_challenges) {
        refuse(s, c, p->refresh_rcode, "a refresh of another's name", &ev, out);
        return;
    }
    if (p->secured) {
        judge_foreign(s, now, c, rec, v, asked, out);
    } else if (c->kind == NBT_NS_OVERWRITE_REQUEST) {
        give(s, now, c, rec, "the claimant has asked the holder himself", asked, out);
    } else {
        /* 4.2.7: RA is clear, and the address is the holder's. */
        nbt_nbns_trace(out, &c->who, &c->name, "active", "left to the claimant",
                       "he is to ask the holder himself", 0, &ev);
        respond(s, c, NBT_WORD_NEGATIVE_REGISTRATION & ~NBT_NS_RA, 0,
                (nbt_addr){ holder->nb_flags, holder->ip }, false, out);
    }
}

static bool is_for(nbt_nbrec *rec, const nbt_claimant *c)
{
    return is_group(rec) ? wants_group(c)
                         : !wants_group(c) && nbt_nbdb_addr(rec, c->addr.ip) != NULL;
}

/* KB Q167806, Q171794: one computer's mapping yields to another computer's claim, no group's does.
 */
static bool yields(const nbt_nbns *s, nbt_nbrec *rec, const nbt_claimant *c)
{
    return s->cfg.migrate && !is_group(rec) && !wants_group(c) && !is_for(rec, c);
}

/* A static mapping gives way to nobody (F42); it is as good as registered for those it is for. */
static void judge_fixed(nbt_nbns *s, const nbt_claimant *c, nbt_nbrec *rec, nbt_out *out)
{
    nbt_nbns_evidence ev = evidence(rec, 0);
    if (is_for(rec, c))
        approve(s, c, granted_ttl(s, c->ttl), false, out);
    else
        refuse(s, c, NBT_RCODE_ACT_ERR, "a static mapping", &ev, out);
}

/* What is refused whoever holds the name; NULL if nothing is. */
static const char *forbidden(const nbt_nbns *s, const nbt_claimant *c, uint8_t *rcode)
{
    const nbt_nbns_profile *p = s->cfg.profile;
    uint8_t last = suffix(&c->name);
    *rcode = NBT_RCODE_RFS_ERR;
    if (s->frozen)
        return "the server is frozen";
    if (nbt_name_size(&c->name) > p->name_max) {
        *rcode = NBT_RCODE_SRV_ERR;
        return "the name is too long";
    }
    if (c->name.b[0] == '*')
        return "a name that begins with an asterisk";
    if (c->addr.ip == 0 || c->addr.ip >= 0xE0000000)
        return "an address that no computer can have";
    for (size_t i = 0; i < s->cfg.nlanas; i++)
        if (c->addr.ip == s->lanas[i].ip && c->who.from.ip != s->lanas[i].ip)
            return "the server's own address";
    if (p->suffix_refusals && last == 0x1B && wants_group(c))
        return "a domain master browser is no group"; /* F14 */
    if (p->suffix_refusals && (last == 0x1C || last == 0x1E) && !wants_group(c))
        return "this suffix is a group's";
    *rcode = NBT_RCODE_IMP_ERR;
    if (c->kind == NBT_NS_OVERWRITE_REQUEST && p->secured && p->overwrite_refused)
        return "an overwrite, and the server asks holders itself"; /* E56 */
    return NULL;
}

static void judge(nbt_nbns *s, nbt_time now, nbt_claimant *c, verdict v, unsigned asked,
                  nbt_out *out)
{
    static const nbt_nbns_evidence none = { 0 };
    uint8_t rcode;
    const char *why = forbidden(s, c, &rcode);
    nbt_nbrec *rec = nbt_nbdb_find(s->db, &c->name);
    if (why) {
        refuse(s, c, rcode, why, &none, out);
    } else if (s->cfg.profile->master_apart && suffix(&c->name) == 0x1D && !wants_group(c)) {
        approve(s, c, granted_ttl(s, c->ttl), false, out); /* F16: and not stored */
    } else if (rec && rec->fixed && !yields(s, rec, c)) {
        judge_fixed(s, c, rec, out);
    } else if (!rec || rec->state != NBT_NBSTATE_ACTIVE) {
        give(s, now, c, rec, v == WITHDRAWN ? "the holder gave it back" : "nobody holds it", asked,
             out);
    } else if (!is_group(rec)) {
        judge_unique(s, now, c, rec, v, asked, out);
    } else if (wants_group(c)) {
        join(s, now, c, rec, "a member", asked, out); /* H18 */
    } else {
        /* RFC 1002 5.1.4.1: "members of a group name are NOT challenged". */
        nbt_nbns_evidence ev = evidence(rec, asked);
        refuse(s, c, s->cfg.profile->group_rcode, "a group has it", &ev, out);
    }
}

/* The store is behind: what is not answered will be asked again. */
static bool is_behind(nbt_nbns *s)
{
    bool behind = s->cfg.max_dirty && nbt_nbdb_dirty(s->db) >= s->cfg.max_dirty;
    s->stats.dropped += behind;
    return behind;
}

void nbt_nbns_claim(nbt_nbns *s, nbt_time now, nbt_claimant *c, nbt_out *out)
{
    s->stats.claims++;
    if (!is_behind(s))
        consider(s, now, c, out);
}

/* --- release --------------------------------------------------------------------------------- */

void nbt_nbns_let_go(nbt_nbns *s, nbt_time now, nbt_nbrec *rec, uint32_t ip, nbt_out *out)
{
    nbt_nbaddr *a = nbt_nbdb_addr(rec, ip);
    if (ip && a && rec->n > 1) {
        nbt_nbdb_addr_drop(s->db, rec, (unsigned)(a - nbt_nbdb_addrs(rec)));
        nbt_nbns_active(s, rec);
        return;
    }
    uint32_t idx = rec->idx;
    if (s->cfg.profile->extinct_after) {
        rec->state = NBT_NBSTATE_RELEASED; /* its address is remembered */
        nbt_nbdb_due(s->db, rec, nbt_nbns_sec(s, now) + s->cfg.profile->extinct_after);
        nbt_nbdb_touch(s->db, rec);
    } else {
        nbt_nbdb_remove(s->db, rec);
    }
    nbt_nbns_withdrawn(s, now, idx, out);
}

static void respond_release(nbt_nbns *s, const nbt_asker *who, const nbt_ns *m, uint8_t rcode,
                            bool kept, nbt_out *out)
{
    enum { RELEASE_RESPONSE = 0xB400 }; /* 4.2.10, 4.2.11 */
    nbt_addr addr = nbt_addr_get(&m->rr[0], 0);
    nbt_nbaddr a = { .ip = addr.ip, .nb_flags = addr.nb_flags };
    nbt_reply r = { .name = &m->q.name, .trn_id = m->trn_id, .ancount = 1, .type = NBT_RR_NB };
    r.word = (uint16_t)(RELEASE_RESPONSE | rcode);
    r.addrs = &a;
    r.naddrs = 1;
    r.kept = kept;
    nbt_nbns_answer(s, who, &r, out);
}

/*
 * RFC 1002 5.1.4.1 removes whatever is named; RFC 1001 15.3.2 and 4.2.11 let only the owner do it
 * (H19), and so does this: the address is the record's, and who sends is the record's owner.
 */
void nbt_nbns_release(nbt_nbns *s, nbt_time now, const nbt_asker *who, const nbt_ns *m,
                      nbt_out *out)
{
    const nbt_nbns_profile *p = s->cfg.profile;
    nbt_addr addr = nbt_addr_get(&m->rr[0], 0);
    bool group = (addr.nb_flags & NBT_NB_G) != 0;
    nbt_nbrec *rec = nbt_nbdb_find(s->db, &m->q.name);
    nbt_nbns_evidence ev = evidence(rec, 0);
    s->stats.releases++;
    if (is_behind(s))
        return;
    if (s->frozen) {
        respond_release(s, who, m, NBT_RCODE_RFS_ERR, false, out);
        return;
    }
    if (!rec || rec->state != NBT_NBSTATE_ACTIVE) {
        respond_release(s, who, m, p->release_unknown, false, out);
        return;
    }
    if (rec->kind == NBT_NBKIND_GROUP && group && !rec->fixed &&
        p->group_answer == NBT_NBNS_GROUP_BROADCAST) {
        respond_release(s, who, m, NBT_RCODE_OK, false, out); /* F18: the group stays */
        return;
    }
    if (rec->fixed || group != is_group(rec) || !nbt_nbdb_addr(rec, addr.ip) ||
        !nbt_nbdb_addr(rec, who->from.ip)) {
        nbt_nbns_trace(out, who, &m->q.name, "active", "not released",
                       rec->fixed ? "a static mapping" : "another holds it", p->release_foreign,
                       &ev);
        respond_release(s, who, m, p->release_foreign, false, out);
        return;
    }
    nbt_nbns_trace(out, who, &m->q.name, "active", "released", "by its holder", 0, &ev);
    respond_release(s, who, m, NBT_RCODE_OK, true, out);
    nbt_nbns_let_go(s, now, rec, addr.ip, out);
}
