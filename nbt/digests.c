/*
 * Every field of every object that can still make a difference, in a fixed order. A field that is
 * new somewhere belongs here too: tests/unit/nbt/test_digests.c changes each and wants to see it.
 */
#include "nbt/digests.h"

#include "nbt/computer_impl.h"
#include "nbt/nbdd_impl.h"
#include "nbt/nbns_impl.h"
#include "nbt/node_impl.h"

#include <assert.h>

static void num(nbt_digest *d, uint64_t v)
{
    nbt_digest_u64(d, v);
}

static void endpoint(nbt_digest *d, nbt_ep ep)
{
    num(d, (uint64_t)ep.ip << 16 | ep.port);
}

static void address(nbt_digest *d, nbt_addr a)
{
    num(d, (uint64_t)a.nb_flags << 32 | a.ip);
}

static void found(nbt_digest *d, const nbt_found *f, size_t n)
{
    num(d, n);
    for (size_t i = 0; i < n; i++) {
        address(d, f[i].addr);
        endpoint(d, f[i].from);
    }
}

/* --- machines ------------------------------------------------------------------------------- */

static void pace(nbt_digest *d, nbt_pace p)
{
    num(d, p.count);
    num(d, (uint64_t)p.timeout);
}

static void ask(nbt_digest *d, const nbt_ask *a)
{
    num(d, a->state);
    nbt_digest_time(d, a->due);
    pace(d, a->cfg.pace);
    num(d, (uint64_t)a->cfg.wack_max);
    num(d, (uint64_t)a->cfg.servers << 8 | a->cfg.first);
    nbt_digest_time(d, a->state == NBT_ASK_PUT_OFF ? a->patience : NBT_NEVER);
    num(d, (uint64_t)a->cfg.past_denial << 1 | a->denied);
    num(d, (uint64_t)a->at << 16 | (uint64_t)a->tried << 8 | a->asked);
}

static void enrol(nbt_digest *d, const nbt_enrol *e)
{
    num(d, e->state);
    ask(d, &e->ask);
    nbt_digest_time(d, e->due);
    pace(d, e->pace);
    num(d, e->asked);
}

static void claim(nbt_digest *d, const nbt_claim *c)
{
    num(d, c->state);
    nbt_digest_time(d, c->due);
    pace(d, c->pace);
    num(d, (uint64_t)c->demand << 8 | c->asked);
}

static void query(nbt_digest *d, const nbt_query *q)
{
    num(d, q->state);
    nbt_digest_time(d, q->due);
    pace(d, q->pace);
    num(d, (uint64_t)q->watch);
    num(d, (uint64_t)q->find_conflicts << 8 | q->asked);
    found(d, q->found, q->nfound);
    nbt_digest_bytes(d, q->begin, q->nanswers);
}

static void lookup(nbt_digest *d, const nbt_lookup *l)
{
    num(d, l->state);
    ask(d, &l->ask);
    nbt_digest_time(d, l->due);
    num(d, (uint64_t)l->redirects << 24 | (uint64_t)l->limit << 16 | (uint64_t)l->redirected << 8 |
               l->nknown);
    found(d, l->found, l->nfound);
}

static void release(nbt_digest *d, const nbt_release *r)
{
    num(d, r->state);
    nbt_digest_time(d, r->due);
    pace(d, r->pace);
    num(d, r->told);
}

static void status(nbt_digest *d, const nbt_status *s)
{
    num(d, s->state);
    nbt_digest_time(d, s->due);
    pace(d, s->pace);
    num(d, s->asked);
}

static void machine(nbt_digest *d, const nbt_trn *trn)
{
    bool server = trn->way == NBT_WAY_SERVER;
    switch (trn->kind) {
    case NBT_TRN_CLAIM:
        if (server)
            enrol(d, &trn->m.enrol);
        else
            claim(d, &trn->m.claim);
        return;
    case NBT_TRN_REFRESH:
        enrol(d, &trn->m.enrol);
        return;
    case NBT_TRN_QUERY:
        if (server)
            lookup(d, &trn->m.lookup);
        else
            query(d, &trn->m.query);
        return;
    case NBT_TRN_RELEASE:
        if (server)
            ask(d, &trn->m.ask);
        else
            release(d, &trn->m.release);
        return;
    case NBT_TRN_STATUS:
        status(d, &trn->m.status);
        return;
    }
}

static void transaction(nbt_digest *d, const nbt_trn *trn)
{
    assert(!trn->fetch);
    num(d,
        (uint64_t)trn->kind << 40 | (uint64_t)trn->leg << 32 | (uint64_t)trn->way << 16 | trn->id);
    nbt_digest_name(d, &trn->name);
    num(d, trn->ref);
    num(d, (uint64_t)trn->num << 24 | (uint64_t)trn->group << 16 | (uint64_t)trn->disputed << 8 |
               trn->sent);
    num(d, trn->members);
    num(d, (uint64_t)trn->ttl << 32 | trn->ip);
    found(d, &trn->own, 1);
    nbt_digest_bytes(d, trn->rdata, trn->rdata ? trn->answer.rdata.n : 0);
    machine(d, trn);
}

/* --- a node --------------------------------------------------------------------------------- */

static void table(nbt_digest *d, const nbt_ltable *t)
{
    num(d, (uint64_t)t->last << 8 | t->count);
    for (const nbt_entry *e = nbt_ltable_next(t, NULL); e; e = nbt_ltable_next(t, e)) {
        nbt_digest_bytes(d, e->name, NBT_NAME_LEN);
        num(d, (uint64_t)e->num << 32 | (uint64_t)e->state << 24 | (uint64_t)e->group << 16 |
                   (uint64_t)e->conflict << 8 | e->at_server);
        nbt_digest_time(d, e->refresh_at);
    }
}

static void servers(nbt_digest *d, const nbt_servers *s)
{
    num(d, (uint64_t)s->n << 8 | s->at);
    nbt_digest_time(d, s->at ? s->back_at : NBT_NEVER);
    nbt_digest_time(d, s->up_at);
}

static void cache(nbt_digest *d, const nbt_cache *c)
{
    num(d, c->n);
    for (size_t i = 0; i < c->n; i++) {
        nbt_digest_bytes(d, c->e[i].name, NBT_NAME_LEN);
        nbt_digest_time(d, c->e[i].until);
        found(d, c->e[i].found, c->e[i].n);
    }
}

void nbt_digest_node(nbt_digest *d, const nbt_node *node)
{
    assert(node->nevents == 0);
    table(d, &node->names);
    servers(d, &node->servers);
    cache(d, &node->cache);
    num(d, node->trns.n);
    num(d, node->trns.rng.s);
    num(d, node->last_ref);
    /* node->answered is left out: nothing that is explored is a flood. */
    for (const nbt_trn *trn = node->trns.first; trn; trn = trn->next)
        transaction(d, trn);
}

/* --- a computer ----------------------------------------------------------------------------- */

static void targets(nbt_digest *d, const nbt_targets *t)
{
    num(d, (uint64_t)t->n << 24 | (uint64_t)t->at << 16 | (uint64_t)t->more << 8 | t->group);
    for (size_t i = 0; i < t->n; i++)
        num(d, t->ip[i]);
}

static void session(nbt_digest *d, const nbt_session *s)
{
    num(d, (uint64_t)s->phase << 8 | s->nrc);
    nbt_digest_time(d, s->due);
    nbt_digest_name(d, &s->called);
    nbt_digest_name(d, &s->calling);
    num(d, s->conn);
    endpoint(d, s->peer);
    num(d, (uint64_t)s->live << 5 | (uint64_t)s->held << 4 | (uint64_t)s->named << 3 |
               (uint64_t)s->fin_out << 2 | (uint64_t)s->fin_in << 1 | s->lookup);
    endpoint(d, s->call.peer);
    targets(d, &s->call.targets);
    num(d, (uint64_t)s->call.trouble << 24 | (uint64_t)s->call.attempts << 16 |
               (uint64_t)s->call.again << 8 | s->call.retargeted);
    num(d, s->rejection);
    endpoint(d, s->retarget);
    nbt_digest_bytes(d, s->buf ? s->buf + s->at : NULL, s->have - s->at);
    num(d, s->message);
    num(d, s->taken);
    num(d, s->queued);
    num(d, s->sent);
    nbt_digest_time(d, s->keep_alive);
}

/* Which one of a list something is, from 1 on; 0: none. */
static uint64_t place_of_link(const nbt_computer *c, const nbt_link *link)
{
    uint64_t place = 0;
    for (const nbt_link *l = link ? c->links : NULL; l; l = l->next) {
        place++;
        if (l == link)
            return place;
    }
    return 0;
}

static void link(nbt_digest *d, const nbt_link *l)
{
    session(d, &l->s);
    num(d, l->lana ? l->lana->i + 1 : 0);
    num(d, l->prog ? l->prog->proc : UINT64_MAX);
    num(d, (uint64_t)l->lsn << 48 | (uint64_t)l->num << 40 | (uint64_t)l->rto << 32 |
               (uint64_t)l->sto << 24 | (uint64_t)l->caller << 2 | (uint64_t)l->told << 1 |
               l->dead);
}

static void sending(nbt_digest *d, const nbt_sending *s)
{
    num(d, (uint64_t)s->id << 32 | (uint64_t)s->way.state << 24 | (uint64_t)s->way.type << 16 |
               (uint64_t)s->way.at << 8 | s->way.asked);
    nbt_digest_time(d, s->way.due);
    nbt_digest_bytes(d, s->data, s->n);
}

static void command(nbt_digest *d, const nbt_computer *c, const nbt_cmd *cmd)
{
    num(d, (uint64_t)cmd->prog->proc << 32 | cmd->tag);
    nbt_digest_ncb(d, &cmd->ncb);
    num(d, cmd->lana ? cmd->lana->i + 1 : 0);
    nbt_digest_time(d, cmd->due);
    num(d, place_of_link(c, cmd->link));
    num(d, cmd->num);
    num(d, cmd->end);
    num(d, (uint64_t)cmd->query << 32 | cmd->status);
    if (cmd->targets)
        targets(d, cmd->targets);
    if (cmd->sending)
        sending(d, cmd->sending);
}

static void datagrams(nbt_digest *d, const nbt_dgram *dg)
{
    num(d, dg->last_id);
    for (uint32_t i = 0; dg->sent && i < NBT_DGRAM_SENT_MAX; i++) { /* the oldest first */
        const nbt_dgram_sent *sent = &dg->sent[(dg->nsent + i) % NBT_DGRAM_SENT_MAX];
        num(d, (uint64_t)sent->ip << 16 | sent->id);
        nbt_digest_bytes(d, sent->name, NBT_NAME_LEN);
    }
    for (const nbt_piece *p = dg->fragments.first; p; p = p->next) {
        nbt_digest_time(d, p->due);
        num(d, (uint64_t)p->ip << 32 | p->m.source.ip);
        num(d, (uint64_t)p->m.source.port << 40 | (uint64_t)p->m.type << 32 |
                   (uint64_t)p->m.flags << 16 | p->m.id);
        nbt_digest_name(d, &p->m.from);
        nbt_digest_name(d, &p->m.to);
        num(d, p->room);
        nbt_digest_bytes(d, p->data, p->m.data.n);
    }
}

static void program(nbt_digest *d, const nbt_computer *c, const nbt_prog *prog)
{
    num(d, prog->proc);
    for (size_t i = 0; i < c->nlanas; i++) {
        const nbt_share *s = &prog->share[i];
        num(d, (uint64_t)s->reset << 56 | (uint64_t)s->max_sessions << 40 |
                   (uint64_t)s->max_commands << 8 | s->max_names);
        nbt_digest_bytes(d, s->holds, sizeof s->holds);
    }
}

void nbt_digest_computer(nbt_digest *d, const nbt_computer *c)
{
    num(d, c->conns);
    for (size_t i = 0; i < c->nlanas; i++) {
        nbt_digest_node(d, c->lanas[i].node);
        num(d, (uint64_t)c->lanas[i].last_lsn << 16 | c->lanas[i].last_heard);
        datagrams(d, &c->lanas[i].dgram);
    }
    for (const nbt_prog *prog = c->progs; prog; prog = prog->next)
        program(d, c, prog);
    for (const nbt_link *l = c->links; l; l = l->next)
        link(d, l);
    for (const nbt_cmd *cmd = c->cmds; cmd; cmd = cmd->next)
        command(d, c, cmd);
}

/* --- a name server -------------------------------------------------------------------------- */

/* The server reckons in whole seconds of its own clock. */
static void second(nbt_digest *d, const nbt_nbns *s, nbt_sec at)
{
    num(d, at ? (uint64_t)at - nbt_nbns_sec(s, d->now) : UINT64_MAX);
}

static void record(nbt_digest *d, const nbt_nbns *s, const nbt_nbrec *rec)
{
    nbt_name name;
    nbt_nbdb_name(rec, &name);
    nbt_digest_name(d, &name);
    num(d, (uint64_t)rec->idx << 32 | (uint64_t)rec->kind << 16 | (uint64_t)rec->state << 8 |
               rec->fixed);
    second(d, s, nbt_nbdb_comes(s->db, rec));
    const nbt_nbaddr *a = nbt_nbdb_addrs_const(rec);
    num(d, rec->n);
    for (unsigned i = 0; i < rec->n; i++) {
        num(d, (uint64_t)a[i].nb_flags << 32 | a[i].ip);
        second(d, s, a[i].expires);
    }
}

static void claimant(nbt_digest *d, const nbt_claimant *c)
{
    endpoint(d, c->who.from);
    endpoint(d, c->who.to);
    num(d, (uint64_t)c->who.len << 32 | c->who.conn);
    num(d, (uint64_t)c->who.lana << 8 | c->who.tcp);
    num(d,
        (uint64_t)c->kind << 40 | (uint64_t)c->wacked << 32 | (uint64_t)c->trn_id << 16 | c->word);
    num(d, c->ttl);
    address(d, c->addr);
    nbt_digest_name(d, &c->name);
}

static void pending(nbt_digest *d, const nbt_pending *p)
{
    claimant(d, &p->c);
    num(d, (uint64_t)p->id << 32 | p->idx);
    num(d, (uint64_t)p->trn_id << 16 | p->asked);
    num(d, (uint64_t)p->pause);
    nbt_digest_time(d, p->due);
    num(d, (uint64_t)p->denied << 8 | p->nholder);
    for (size_t i = 0; i < p->nholder; i++)
        num(d, p->holder[i]);
    num(d, p->nwaiters);
    for (const nbt_waiter *w = p->first; w; w = w->next)
        claimant(d, &w->c);
}

void nbt_digest_nbns(nbt_digest *d, const nbt_nbns *s)
{
    assert(s->nconns == 0);
    num(d, (uint64_t)(d->now + s->cfg.wall) % NBT_S(1));
    num(d, s->rng.s);
    num(d, (uint64_t)s->frozen << 32 | s->burst_run);
    num(d, nbt_nbdb_dirty(s->db));
    uint32_t at = 0;
    for (const nbt_nbrec *rec; (rec = nbt_nbdb_each(s->db, &at));)
        record(d, s, rec);
    num(d, s->npending);
    num(d, s->next_place);
    for (size_t i = 0; i < s->pending_cap; i++)
        if (s->pending[i])
            pending(d, s->pending[i]);
}

/* Errors find the youngest that was passed on; which place is next matters to no answer. */
void nbt_digest_nbdd(nbt_digest *d, const nbt_nbdd *s)
{
    num(d, s->nstarted);
    for (const nbt_nbdd_started *st = s->first; st; st = st->next) {
        nbt_digest_time(d, st->due);
        num(d, (uint64_t)st->ip << 32 | st->source.ip);
        num(d, (uint64_t)st->source.port << 16 | st->id);
        nbt_digest_name(d, &st->to);
    }
    for (uint32_t i = 0; i < NBT_NBDD_PASSED_MAX; i++) {
        const nbt_nbdd_passed *p = &s->passed[(s->npassed + i) % NBT_NBDD_PASSED_MAX];
        if (!p->used)
            continue;
        num(d, p->id);
        nbt_digest_name(d, &p->to);
    }
}
