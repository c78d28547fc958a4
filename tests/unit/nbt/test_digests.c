/*
 * Digests of the wholes: they see every field that makes a difference, and neither the hour nor
 * what makes none; equal ones mean equal futures.
 */
#include "tests/support/test.h"

#include "nbt/computer_impl.h"
#include "nbt/digests.h"
#include "nbt/nbdd_impl.h"
#include "nbt/nbns_impl.h"
#include "nbt/node_impl.h"
#include "tests/support/adapter.h"
#include "tests/support/build.h"
#include "tests/support/driver.h"
#include "tests/support/nbserver.h"

static uint64_t of_computer(const nbt_computer *c, nbt_time now)
{
    nbt_digest d;
    nbt_digest_init(&d, now);
    nbt_digest_computer(&d, c);
    return d.h;
}

static uint64_t of_node(const nbt_node *node, nbt_time now)
{
    nbt_digest d;
    nbt_digest_init(&d, now);
    nbt_digest_node(&d, node);
    return d.h;
}

static uint64_t of_server(const nbt_nbns *s, nbt_time now)
{
    nbt_digest d;
    nbt_digest_init(&d, now);
    nbt_digest_nbns(&d, s);
    return d.h;
}

static uint64_t of_nbdd(const nbt_nbdd *s, nbt_time now)
{
    nbt_digest d;
    nbt_digest_init(&d, now);
    nbt_digest_nbdd(&d, s);
    return d.h;
}

/* Changes a field, wants to see that, and changes it back. */
#define SEEN(digest, field, other)                                                                 \
    do {                                                                                           \
        uint64_t before = (digest);                                                                \
        _Static_assert(sizeof(field) <= 8, "one number");                                          \
        uint64_t kept = (uint64_t)(field);                                                         \
        (field) = (other);                                                                         \
        assert_int_not_equal((uint64_t)(field), kept);                                             \
        if ((digest) == before)                                                                    \
            fail_msg("%s is not seen", #field);                                                    \
        (field) = (__typeof__(field))kept;                                                         \
        assert_true((digest) == before);                                                           \
    } while (0)

#define UNSEEN(digest, field, other)                                                               \
    do {                                                                                           \
        uint64_t before = (digest);                                                                \
        (field) = (other);                                                                         \
        assert_true((digest) == before);                                                           \
    } while (0)

/* --- nodes ---------------------------------------------------------------------------------- */

static void a_node_is_seen(void **state)
{
    (void)state;
    static adapter a;
    adapter_init_type(&a, "rfc", "H", 2);
    uint8_t num = adapter_add(&a, "FRED<20>", false);
    (void)adapter_said(&a);
    nbt_node *node = a.node;
    nbt_entry *e = nbt_ltable_at(&node->names, num);
    nbt_trn *trn = node->trns.first;
#define NODE of_node(node, a.now)
    SEEN(NODE, e->name[3], 'X');
    SEEN(NODE, e->group, true);
    SEEN(NODE, e->conflict, true);
    SEEN(NODE, e->at_server, true);
    SEEN(NODE, e->refresh_at, a.now + 5);
    SEEN(NODE, e->state, NBT_ENTRY_REGISTERED);
    SEEN(NODE, node->names.last, 77);
    SEEN(NODE, node->servers.at, 1);
    SEEN(NODE, node->servers.up_at, a.now + 9);
    SEEN(NODE, node->trns.rng.s, 1);
    SEEN(NODE, node->last_ref, 3);
    SEEN(NODE, trn->kind, NBT_TRN_REFRESH);
    SEEN(NODE, trn->leg, 1);
    SEEN(NODE, trn->id, 4711);
    SEEN(NODE, trn->name.b[0], 'X');
    SEEN(NODE, trn->ref, 8);
    SEEN(NODE, trn->num, 9);
    SEEN(NODE, trn->group, true);
    SEEN(NODE, trn->ttl, 10);
    SEEN(NODE, trn->disputed, true);
    SEEN(NODE, trn->sent, false);
    SEEN(NODE, trn->ip, 11);
    SEEN(NODE, trn->own.addr.ip, 12);
    SEEN(NODE, trn->m.enrol.state, NBT_ENROL_OVERWRITING);
    SEEN(NODE, trn->m.enrol.asked, 2);
    SEEN(NODE, trn->m.enrol.due, a.now + 3);
    SEEN(NODE, trn->m.enrol.pace.count, 9);
    SEEN(NODE, trn->m.enrol.ask.state, NBT_ASK_PUT_OFF);
    SEEN(NODE, trn->m.enrol.ask.due, a.now + 1);
    SEEN(NODE, trn->m.enrol.ask.at, 1);
    SEEN(NODE, trn->m.enrol.ask.tried, 1);
    SEEN(NODE, trn->m.enrol.ask.asked, 2);
    SEEN(NODE, trn->m.enrol.ask.cfg.servers, 1);
    SEEN(NODE, trn->m.enrol.ask.cfg.past_denial, true);
    SEEN(NODE, trn->m.enrol.ask.denied, true);
    UNSEEN(NODE, node->stats.sent, 99);
    UNSEEN(NODE, node->stats.received, 99);
#undef NODE
    adapter_fini(&a);
}

static void broadcast_machines_are_seen(void **state)
{
    (void)state;
    static adapter a;
    adapter_init(&a, "nt4", ""); /* which remembers what it has found */
    uint8_t wilma = adapter_hold(&a, "WILMA<20>", false);
    nbt_node_ev ev;
    (void)adapter_query(&a, "BARNEY<20>");
    packet answer =
        build_address_answer(adapter_last_id(&a), 0x8500, "BARNEY<20>", 0, 0, "10.0.0.5");
    adapter_hear(&a, "10.0.0.5", "10.0.0.1", &answer);
    a.now += NBT_S(2); /* its watch has ended: it is remembered */
    nbt_node_tick(a.node, a.now, &a.out);
    nbt_node_delete(a.node, a.now, wilma, &a.out);
    (void)adapter_add(&a, "PEBBLES<20>", false);
    (void)adapter_query(&a, "DINO<20>");
    (void)nbt_node_status(a.node, a.now, name_of("*<00>").b, ip_of("10.0.0.9"), &a.out);
    while (nbt_node_next(a.node, &ev)) {
    }
#define NODE of_node(a.node, a.now)
    nbt_claim *claim =
        &nbt_trns_find_name(&a.node->trns, NBT_TRN_CLAIM, name_of("PEBBLES<20>").b)->m.claim;
    nbt_query *query =
        &nbt_trns_find_name(&a.node->trns, NBT_TRN_QUERY, name_of("DINO<20>").b)->m.query;
    nbt_release *release =
        &nbt_trns_find_name(&a.node->trns, NBT_TRN_RELEASE, name_of("WILMA<20>").b)->m.release;
    nbt_status *status =
        &nbt_trns_find_name(&a.node->trns, NBT_TRN_STATUS, name_of("*<00>").b)->m.status;
    SEEN(NODE, claim->state, NBT_CLAIM_IDLE);
    SEEN(NODE, claim->due, a.now + 7);
    SEEN(NODE, claim->asked, 2);
    SEEN(NODE, claim->demand, false);
    SEEN(NODE, query->state, NBT_QUERY_WATCHING);
    SEEN(NODE, query->due, a.now + 7);
    SEEN(NODE, query->asked, 2);
    SEEN(NODE, query->watch, 2);
    SEEN(NODE, query->find_conflicts, true);
    SEEN(NODE, query->nfound, 1);
    SEEN(NODE, release->state, NBT_RELEASE_IDLE);
    SEEN(NODE, release->due, a.now + 7);
    SEEN(NODE, release->told, 2);
    SEEN(NODE, status->state, NBT_STATUS_SILENT);
    SEEN(NODE, status->due, a.now + 7);
    SEEN(NODE, status->asked, 2);
    assert_int_equal(a.node->cache.n, 1);
    SEEN(NODE, a.node->cache.e[0].name[0], 'X');
    SEEN(NODE, a.node->cache.e[0].until, a.now + 7);
    SEEN(NODE, a.node->cache.e[0].found[0].addr.ip, 7);
    SEEN(NODE, a.node->cache.e[0].found[0].from.ip, 7);
#undef NODE
    adapter_fini(&a);
}

/* --- computers ------------------------------------------------------------------------------ */

static void a_computer_is_seen(void **state)
{
    (void)state;
    static driver d;
    driver_init(&d, NULL, 1);
    (void)driver_hold(&d, 1, "FRED<20>", false);
    (void)driver_session(&d, 1, "FRED<20>");
    driver_submit(&d, 2, 77, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    driver_submit(&d, 2, 78, NBT_NCB_ADD_NAME, "WILMA<20>", NULL);
    nbt_computer *c = d.c;
    nbt_prog *prog = c->progs;
    nbt_link *link = c->links;
    nbt_cmd *cmd = c->cmds;
#define COMPUTER of_computer(c, d.now)
    SEEN(COMPUTER, c->conns, 9);
    SEEN(COMPUTER, c->lanas[0].last_lsn, 9);
    SEEN(COMPUTER, c->lanas[0].last_heard, 9);
    SEEN(COMPUTER, prog->proc, 9);
    SEEN(COMPUTER, prog->share[0].reset, true);
    SEEN(COMPUTER, prog->share[0].max_names, 9);
    SEEN(COMPUTER, prog->share[0].max_sessions, 9);
    SEEN(COMPUTER, prog->share[0].max_commands, 9);
    SEEN(COMPUTER, prog->share[0].holds[1], 9);
    SEEN(COMPUTER, link->lsn, 9);
    SEEN(COMPUTER, link->num, 9);
    SEEN(COMPUTER, link->rto, 9);
    SEEN(COMPUTER, link->sto, 9);
    SEEN(COMPUTER, link->told, true);
    SEEN(COMPUTER, link->dead, true);
    SEEN(COMPUTER, link->s.phase, NBT_PHASE_CLOSE);
    SEEN(COMPUTER, link->s.due, d.now + 1);
    SEEN(COMPUTER, link->s.nrc, 9);
    SEEN(COMPUTER, link->s.conn, 99);
    SEEN(COMPUTER, link->s.peer.ip, 9);
    SEEN(COMPUTER, link->s.live, false);
    SEEN(COMPUTER, link->s.held, true);
    SEEN(COMPUTER, link->s.fin_in, true);
    SEEN(COMPUTER, link->s.fin_out, true);
    SEEN(COMPUTER, link->s.queued, 999);
    SEEN(COMPUTER, link->s.sent, 999);
    SEEN(COMPUTER, link->s.taken, 9);
    SEEN(COMPUTER, link->s.keep_alive, d.now + 1);
    SEEN(COMPUTER, link->s.call.attempts, 9);
    SEEN(COMPUTER, cmd->tag, 9);
    SEEN(COMPUTER, cmd->ncb.lsn, 9);
    SEEN(COMPUTER, cmd->ncb.length, 9);
    SEEN(COMPUTER, cmd->ncb.name[0], 'X');
    SEEN(COMPUTER, cmd->ncb.callname[0], 'X');
    SEEN(COMPUTER, cmd->due, d.now + 1);
    SEEN(COMPUTER, cmd->num, 9);
    SEEN(COMPUTER, cmd->end, 9);
    SEEN(COMPUTER, cmd->query, 9);
    SEEN(COMPUTER, cmd->status, 9);
#undef COMPUTER
    driver_fini(&d);
}

/* A datagram on its way out, one of which the rest is awaited, and what was sent last. */
static void datagrams_are_seen(void **state)
{
    (void)state;
    static driver d;
    driver_init(&d, NULL, 1);
    nbt_ncb ncb = driver_ncb(NBT_NCB_SEND_DATAGRAM, NULL, "BARNEY<20>");
    ncb.num = driver_hold(&d, 1, "FRED<20>", false);
    ncb.length = 2;
    driver_do(&d, 1, 1, ncb, "hi", 2);
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    driver_do(&d, 1, 2, ncb, "ho", 2);
    packet p = build_datagram(NBT_DGM_UNIQUE, 7, "10.0.0.9", "BARNEY<20>", "FRED<20>", "Yabba", 5);
    p.b[1] |= NBT_DGM_MORE;
    driver_hear_datagram(&d, "10.0.0.9", "10.0.0.1", &p);
    nbt_computer *c = d.c;
    nbt_dgram *dg = &c->lanas[0].dgram;
    nbt_piece *piece = dg->fragments.first;
    nbt_sending *s = c->cmds->sending;
    assert_non_null(piece);
    assert_non_null(s);
#define COMPUTER of_computer(c, d.now)
    SEEN(COMPUTER, dg->last_id, 9);
    SEEN(COMPUTER, dg->sent[0].ip, 9);
    SEEN(COMPUTER, dg->sent[0].id, 9);
    SEEN(COMPUTER, dg->sent[0].name[3], 9);
    SEEN(COMPUTER, piece->due, d.now + 1);
    SEEN(COMPUTER, piece->ip, 9);
    SEEN(COMPUTER, piece->m.id, 9);
    SEEN(COMPUTER, piece->m.type, 9);
    SEEN(COMPUTER, piece->m.source.port, 9);
    SEEN(COMPUTER, piece->m.to.b[3], 9);
    SEEN(COMPUTER, piece->m.from.b[3], 9);
    SEEN(COMPUTER, piece->data[0], 9);
    SEEN(COMPUTER, s->way.state, NBT_DGSEND_ASKING);
    SEEN(COMPUTER, s->way.at, 9);
    SEEN(COMPUTER, s->way.asked, 9);
    SEEN(COMPUTER, s->way.due, d.now + 1);
    SEEN(COMPUTER, s->id, 9);
    SEEN(COMPUTER, s->data[0], 9);
#undef COMPUTER
    driver_fini(&d);
}

/* --- name servers --------------------------------------------------------------------------- */

static void a_server_is_seen(void **state)
{
    (void)state;
    static nbserver n;
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    nbserver_hear(&n, "10.0.0.2",
                  "registration-request FRED<20> ttl=300 owner=10.0.0.2 node=H unique");
    nbserver_hear(&n, "10.0.0.3",
                  "registration-request FRED<20> ttl=300 owner=10.0.0.3 node=H unique");
    assert_int_equal(nbt_nbns_pending(n.s), 1);
    nbt_name name = name_of("FRED<20>");
    nbt_nbrec *rec = nbt_nbdb_find(n.s->db, &name);
    nbt_pending *p = NULL;
    for (size_t i = 0; i < n.s->pending_cap; i++)
        p = n.s->pending[i] ? n.s->pending[i] : p;
    assert_non_null(p);
#define SERVER of_server(n.s, n.now)
    SEEN(SERVER, rec->name[0], 'X');
    SEEN(SERVER, rec->kind, NBT_NBKIND_GROUP);
    SEEN(SERVER, rec->state, NBT_NBSTATE_RELEASED);
    SEEN(SERVER, rec->fixed, true);
    SEEN(SERVER, rec->due, rec->due + 9);
    SEEN(SERVER, nbt_nbdb_addrs(rec)[0].ip, 9);
    SEEN(SERVER, nbt_nbdb_addrs(rec)[0].expires, 9);
    SEEN(SERVER, nbt_nbdb_addrs(rec)[0].nb_flags, 9);
    SEEN(SERVER, p->trn_id, 9);
    SEEN(SERVER, p->asked, 9);
    SEEN(SERVER, p->due, n.now + 1);
    SEEN(SERVER, p->pause, 1);
    SEEN(SERVER, p->denied, 9);
    SEEN(SERVER, p->holder[0], 9);
    SEEN(SERVER, p->c.trn_id, 9);
    SEEN(SERVER, p->c.who.from.ip, 9);
    SEEN(SERVER, p->c.addr.ip, 9);
    SEEN(SERVER, p->c.ttl, 9);
    SEEN(SERVER, p->c.wacked, !p->c.wacked);
    SEEN(SERVER, n.s->frozen, true);
    SEEN(SERVER, n.s->rng.s, 1);
    UNSEEN(SERVER, n.s->stats.received, 99);
#undef SERVER
    nbserver_fini(&n);
}

/* --- equal digests, equal futures ----------------------------------------------------------- */

enum { WALKS = 300, STEPS = 40 };

/* A computer on a walk: what it wants done goes to nobody but a hash. */
typedef struct walker {
    test_mem mem;
    nbt_computer *c;
    nbt_out out;
    nbt_time now;
} walker;

static void walker_init(walker *w, nbt_time now)
{
    memset(w, 0, sizeof *w);
    nbt_lana_cfg lana = { .ip = ip_of("10.0.0.1"),
                          .mask = 0xFFFFFF00,
                          .broadcast = ip_of("10.0.0.255"),
                          .profile = nbt_profile_find("rfc", 3) };
    nbt_computer_cfg cfg = { .mem = test_mem_of(&w->mem), .seed = 5, .lanas = &lana, .nlanas = 1 };
    w->c = nbt_computer_new(&cfg);
    nbt_out_init(&w->out, cfg.mem);
    w->now = now;
}

static void walker_fini(walker *w)
{
    nbt_computer_free(w->c);
    nbt_out_fini(&w->out);
    assert_int_equal(w->mem.blocks, 0);
}

static uint64_t said(walker *w)
{
    nbt_digest d;
    nbt_digest_init(&d, w->now);
    for (size_t i = 0; i < w->out.n; i++) {
        const nbt_act *act = &w->out.acts[i];
        if (act->kind == NBT_ACT_TRACE)
            continue;
        nbt_digest_u64(&d, act->kind);
        nbt_digest_u64(&d, act->to.ip);
        nbt_digest_u64(&d, act->tag);
        nbt_digest_ncb(&d, &act->ncb);
        nbt_bytes data = nbt_out_data(&w->out, act);
        nbt_digest_bytes(&d, data.p, data.n);
    }
    nbt_out_clear(&w->out);
    return d.h;
}

/* Something happens: what, is drawn from `rng`. What it led to, as a hash. */
static uint64_t happen(walker *w, nbt_rng *rng, uint32_t tag)
{
    static const char *const names[] = { "FRED<20>", "WILMA<20>" };
    static const uint8_t verbs[] = { NBT_NCB_ADD_NAME,      NBT_NCB_ADD_GROUP_NAME,
                                     NBT_NCB_DELETE_NAME,   NBT_NCB_FIND_NAME,
                                     NBT_NCB_CALL,          NBT_NCB_LISTEN,
                                     NBT_NCB_SEND_DATAGRAM, NBT_NCB_RECEIVE_DATAGRAM };
    const char *name = names[nbt_rng_below(rng, 2)], *other = names[nbt_rng_below(rng, 2)];
    unsigned what = nbt_rng_below(rng, 5), verb = verbs[nbt_rng_below(rng, LENGTH_OF(verbs))];
    uint32_t ms = nbt_rng_below(rng, 400);
    nbt_ep from = { ip_of("10.0.0.2"), 137 }, to = { ip_of("10.0.0.255"), 137 };
    if (what == 0) {
        nbt_ncb ncb = driver_ncb(verb, name, other);
        ncb.length = verb == NBT_NCB_SEND_DATAGRAM ? 0 : 500;
        nbt_computer_do(w->c, w->now, 1 + ms % 2, tag, &ncb, (nbt_bytes){ NULL, 0 }, &w->out);
    } else if (what == 1) {
        packet p = ms % 2 ? build_request(9, 0x2910, name, 0, 0, "10.0.0.2")
                          : build_question(9, 0x0110, name, NBT_RR_NB);
        nbt_computer_rx(w->c, w->now, 0, from, to, (nbt_bytes){ p.b, p.n }, &w->out);
    } else if (what == 2) {
        packet p =
            build_datagram(NBT_DGM_UNIQUE, (uint16_t)(ms % 3), "10.0.0.2", other, name, "x", 1);
        p.b[1] |= ms % 2 ? NBT_DGM_MORE : 0;
        from.port = to.port = NBT_PORT_DGM;
        nbt_computer_rx(w->c, w->now, 0, from, to, (nbt_bytes){ p.b, p.n }, &w->out);
    } else {
        nbt_time until = w->now + NBT_MS(ms), due;
        while ((due = nbt_computer_due(w->c)) <= until) {
            w->now = due > w->now ? due : w->now;
            nbt_computer_tick(w->c, w->now, &w->out);
        }
        w->now = until;
    }
    return said(w);
}

/* The same walk at another hour, with packets between that are nobody's business: all the same. */
static void equal_digests_are_equal_futures(void **state)
{
    (void)state;
    unsigned news = 0;
    for (uint64_t seed = 1; seed <= WALKS; seed++) {
        walker a, b;
        walker_init(&a, 0);
        walker_init(&b, NBT_S(12345) + 678);
        nbt_rng one = { seed }, two = { seed };
        uint64_t last = 0;
        for (uint32_t i = 1; i <= STEPS; i++) {
            packet stray = build_question(77, 0x0110, "NOBODY<20>", NBT_RR_NB);
            nbt_computer_rx(b.c, b.now, 0, (nbt_ep){ ip_of("10.0.0.9"), 137 },
                            (nbt_ep){ ip_of("10.0.0.255"), 137 }, (nbt_bytes){ stray.b, stray.n },
                            &b.out);
            assert_int_equal(of_computer(a.c, a.now), of_computer(b.c, b.now));
            assert_int_equal(happen(&a, &one, i), happen(&b, &two, i));
            news += of_computer(a.c, a.now) != last;
            last = of_computer(a.c, a.now);
        }
        walker_fini(&a);
        walker_fini(&b);
    }
    assert_true(news > 10 * WALKS); /* the walks have led somewhere */
}

/* A beginning of which more is to come, and two that were passed on; not what was only counted. */
static void a_distribution_server_is_seen(void **state)
{
    (void)state;
    enum { NOW = 1000 };
    nbt_nbdd_started one = { .due = NOW + 5, .ip = 1, .source = { 2, 138 }, .id = 3 };
    nbt_nbdd *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->first = &one;
    s->nstarted = 1;
    s->npassed = 2;
    s->passed[0] = (nbt_nbdd_passed){ .used = true, .id = 7 };
    s->passed[1] = (nbt_nbdd_passed){ .used = true, .id = 8 };
    SEEN(of_nbdd(s, NOW), one.due, NOW + 6);
    SEEN(of_nbdd(s, NOW), one.ip, 9);
    SEEN(of_nbdd(s, NOW), one.source.ip, 9);
    SEEN(of_nbdd(s, NOW), one.source.port, 9);
    SEEN(of_nbdd(s, NOW), one.id, 9);
    SEEN(of_nbdd(s, NOW), one.to.b[3], 9);
    SEEN(of_nbdd(s, NOW), s->passed[0].used, false);
    SEEN(of_nbdd(s, NOW), s->passed[1].id, 9);
    SEEN(of_nbdd(s, NOW), s->passed[1].to.b[15], 9);
    UNSEEN(of_nbdd(s, NOW), s->stats.copies, 9);
    UNSEEN(of_nbdd(s, NOW), s->ncopies, 1);
    free(s);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_node_is_seen),
    NBT_TEST("", broadcast_machines_are_seen),
    NBT_TEST("", a_computer_is_seen),
    NBT_TEST("", datagrams_are_seen),
    NBT_TEST("", a_distribution_server_is_seen),
    NBT_TEST("", a_server_is_seen),
    NBT_TEST("", equal_digests_are_equal_futures),
};

NBT_MAIN("digests", tests)
