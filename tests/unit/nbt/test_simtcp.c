/*
 * Streams on the simulated wires: what objects are told, in which order, when.
 *
 * Two hosts with one object each, ann and bob; bob listens on port 139. What they are told is
 * written down as a line of text, which the tests compare: "1.000 bob ACCEPTED; ...", the time in
 * milliseconds, where it matters.
 */
#include "nbt/simtcp.h"
#include "tests/support/mem.h"
#include "tests/support/test.h"

#include <stdio.h>

enum { ANN = 1, BOB = 2, ANN_IP = 0x0A000001, BOB_IP = 0x0A000002, NOBODY_IP = 0x0A000003 };
enum { CALL = 2, TAKEN = 1 }; /* the first connection's number at ann and at bob */

typedef struct world {
    test_mem mem;
    nbt_simwire wire;
    nbt_simtcp tcp;
    uint32_t segment, host[3], adapter[3];
    nbt_time now;
    bool times; /* write them down too */
    char log[4000];
    size_t at;
    uint8_t got[3][400000]; /* by object: what it received */
    size_t ngot[3], nsent[3];
} world;

static void act(world *w, uint32_t obj, nbt_act_kind kind, uint32_t conn)
{
    nbt_act a = { .kind = kind, .conn = conn, .to = { BOB_IP, NBT_PORT_SSN } };
    nbt_simtcp_do(&w->tcp, w->now, obj, w->host[obj], &a, (nbt_bytes){ NULL, 0 });
}

static void say(world *w, uint32_t obj, uint32_t conn, const void *p, size_t n)
{
    nbt_act a = { .kind = NBT_ACT_TCP_SEND, .conn = conn };
    nbt_simtcp_do(&w->tcp, w->now, obj, w->host[obj], &a, (nbt_bytes){ p, n });
}

static world *new_world(const nbt_simlink *link, uint64_t seed, bool cut)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    nbt_mem mem = test_mem_of(&w->mem);
    nbt_simwire_init(&w->wire, mem, seed, false);
    nbt_simtcp_init(&w->tcp, mem, &w->wire, seed + 1, cut);
    w->segment = nbt_simwire_segment(&w->wire, link);
    for (uint32_t obj = ANN; obj <= BOB; obj++) {
        w->host[obj] = nbt_simwire_host(&w->wire);
        nbt_lana_cfg cfg = { .lana = (uint8_t)(obj + 4), .ip = ANN_IP - ANN + obj };
        w->adapter[obj] = nbt_simwire_adapter(&w->wire, w->host[obj], w->segment, &cfg);
    }
    nbt_act a = { .kind = NBT_ACT_TCP_LISTEN, .from = { 0, NBT_PORT_SSN } };
    nbt_simtcp_do(&w->tcp, 0, BOB, w->host[BOB], &a, (nbt_bytes){ NULL, 0 });
    return w;
}

static void free_world(world *w)
{
    nbt_simtcp_fini(&w->tcp);
    nbt_simwire_fini(&w->wire);
    assert_int_equal(w->mem.blocks, 0);
    free(w);
}

static void write_down(world *w, const nbt_simtcp_report *r)
{
    static const char *const words[] = { "ACCEPTED", "OPENED", "REFUSED", "UNREACHABLE",
                                         "DATA",     "SENT",   "EOF",     "RESET" };
    const nbt_tcp_ev *ev = &r->ev;
    size_t cap = sizeof w->log - w->at;
    int n = 0;
    if (w->times)
        n = snprintf(w->log + w->at, cap, "%.3f ", (double)w->now / 1000);
    w->at += (size_t)n;
    cap -= (size_t)n;
    n = snprintf(w->log + w->at, cap, "%s%u %s", r->obj == ANN ? "ann" : "bob", ev->conn,
                 words[ev->kind]);
    w->at += (size_t)n;
    cap -= (size_t)n;
    size_t bytes = ev->kind == NBT_TCP_DATA ? ev->data.n : ev->sent;
    n = snprintf(w->log + w->at, cap, bytes ? " %zu; " : "; ", bytes);
    w->at += (size_t)n;
    assert_true(w->at < sizeof w->log);
}

static void take(world *w, const nbt_simtcp_report *r)
{
    const nbt_tcp_ev *ev = &r->ev;
    w->nsent[r->obj] += ev->sent;
    if (ev->kind != NBT_TCP_DATA)
        return;
    size_t *n = &w->ngot[r->obj];
    assert_true(ev->data.n > 0 && *n + ev->data.n <= sizeof w->got[0]);
    memcpy(w->got[r->obj] + *n, ev->data.p, ev->data.n);
    *n += ev->data.n;
}

/* Everything up to a time; what was told is the log, which begins anew. */
static void run(world *w, nbt_time until, bool log)
{
    w->at = 0;
    w->log[0] = 0;
    while (nbt_simtcp_due(&w->tcp) <= until) {
        assert_true(nbt_simtcp_due(&w->tcp) >= w->now);
        w->now = nbt_simtcp_due(&w->tcp);
        nbt_simtcp_report r;
        if (!nbt_simtcp_tick(&w->tcp, w->now, &r))
            continue;
        take(w, &r);
        if (log)
            write_down(w, &r);
    }
    w->now = until;
}

static void expect(world *w, nbt_time until, const char *log)
{
    run(w, until, true);
    assert_string_equal(w->log, log);
}

static const nbt_simlink quiet = { .delay = NBT_MS(1) };

/* A connection that is there, at 10 ms. */
static world *connected(const nbt_simlink *link, uint64_t seed, bool cut)
{
    world *w = new_world(link, seed, cut);
    act(w, ANN, NBT_ACT_TCP_OPEN, CALL);
    expect(w, NBT_MS(10), "bob1 ACCEPTED; ann2 OPENED; ");
    return w;
}

/* --- the tests ---------------------------------------------------------------------------- */

static void a_life_in_order(void **state)
{
    (void)state;
    world *w = new_world(&quiet, 1, false);
    w->times = true;
    act(w, ANN, NBT_ACT_TCP_OPEN, CALL);
    say(w, ANN, CALL, "early", 5); /* leaves when it is open */
    expect(w, NBT_MS(5),
           "1.000 bob1 ACCEPTED; 2.000 ann2 OPENED; 2.000 ann2 SENT 5; "
           "3.000 bob1 DATA 5; ");
    say(w, BOB, TAKEN, "an", 2);
    say(w, BOB, TAKEN, "swer", 4); /* at the same time: one piece */
    act(w, BOB, NBT_ACT_TCP_CLOSE, TAKEN);
    say(w, BOB, TAKEN, "late", 4); /* too late */
    expect(w, NBT_MS(10), "5.000 bob1 SENT 6; 6.000 ann2 DATA 6; 6.000 ann2 EOF; ");
    say(w, ANN, CALL, "more", 4); /* bob has closed, and is told no more data */
    act(w, ANN, NBT_ACT_TCP_CLOSE, CALL);
    expect(w, NBT_S(100), "10.000 ann2 SENT 4; 11.000 bob1 EOF; ");
    assert_memory_equal(w->got[BOB], "early", 5);
    assert_memory_equal(w->got[ANN], "answer", 6);
    assert_int_equal(w->tcp.numbers.n, 0);
    free_world(w);
}

static void addresses_are_told(void **state)
{
    (void)state;
    world *w = new_world(&quiet, 1, false);
    act(w, ANN, NBT_ACT_TCP_OPEN, CALL);
    nbt_simtcp_report r;
    assert_false(nbt_simtcp_tick(&w->tcp, 0, &r));
    assert_true(nbt_simtcp_tick(&w->tcp, NBT_MS(1), &r));
    assert_int_equal(r.ev.kind, NBT_TCP_ACCEPTED);
    assert_int_equal(r.ev.lana, BOB + 4);
    assert_int_equal(r.ev.peer.ip, ANN_IP);
    assert_true(r.ev.peer.port >= 49152);
    assert_true(nbt_ep_eq(r.ev.local, (nbt_ep){ BOB_IP, NBT_PORT_SSN }));
    free_world(w);
}

static void nobody_takes_it(void **state)
{
    (void)state;
    world *w = new_world(&quiet, 1, false);
    w->times = true;
    nbt_act a = { .kind = NBT_ACT_TCP_OPEN, .conn = 2, .to = { BOB_IP, 1761 } };
    nbt_simtcp_do(&w->tcp, 0, ANN, w->host[ANN], &a, (nbt_bytes){ NULL, 0 });
    expect(w, NBT_S(100), "2.000 ann2 REFUSED; ");

    w->now = 0;
    a.to.ip = NOBODY_IP;
    a.conn = 4;
    nbt_simtcp_do(&w->tcp, 0, ANN, w->host[ANN], &a, (nbt_bytes){ NULL, 0 });
    expect(w, NBT_S(100), "7000.000 ann4 UNREACHABLE; ");

    a.conn = 6;
    nbt_simtcp_do(&w->tcp, w->now, ANN, w->host[ANN], &a, (nbt_bytes){ NULL, 0 });
    run(w, w->now + NBT_S(1), true);
    act(w, ANN, NBT_ACT_TCP_ABORT, 6);
    expect(w, NBT_S(200), ""); /* forgotten */
    assert_int_equal(w->tcp.numbers.n, 0);
    free_world(w);
}

static void an_object_that_holds_slows_the_sender(void **state)
{
    (void)state;
    static uint8_t bytes[200000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * i >> 3);
    world *w = connected(&quiet, 1, false);
    act(w, BOB, NBT_ACT_TCP_HOLD, TAKEN);
    say(w, ANN, CALL, bytes, sizeof bytes);
    act(w, ANN, NBT_ACT_TCP_CLOSE, CALL);
    run(w, NBT_S(1), false);
    assert_int_equal(w->nsent[ANN], NBT_SIMTCP_WINDOW);
    assert_int_equal(w->ngot[BOB], 0);
    act(w, BOB, NBT_ACT_TCP_RESUME, TAKEN);
    run(w, NBT_S(2), false);
    assert_int_equal(w->nsent[ANN], sizeof bytes);
    assert_int_equal(w->ngot[BOB], sizeof bytes);
    assert_memory_equal(w->got[BOB], bytes, sizeof bytes);
    run(w, NBT_S(10), false);
    assert_true(nbt_simtcp_due(&w->tcp) == NBT_NEVER); /* and then there is nothing to do */
    free_world(w);
}

/*
 * The peer takes nothing, and then the network breaks: nothing is under way that TCP could miss, so
 * it has to ask, every five seconds. The same when it heals: RST was lost, asking brings it again.
 */
static void a_sender_that_waits_asks(void **state)
{
    (void)state;
    static const uint8_t bytes[100000];
    for (unsigned heals = 0; heals < 2; heals++) {
        world *w = connected(&quiet, 1, false);
        act(w, BOB, NBT_ACT_TCP_HOLD, TAKEN);
        say(w, ANN, CALL, bytes, sizeof bytes);
        run(w, NBT_S(1), false);
        w->wire.adapter[w->adapter[BOB]].side = 1;
        act(w, BOB, heals ? NBT_ACT_TCP_ABORT : NBT_ACT_TCP_HOLD, TAKEN);
        expect(w, NBT_S(20), "");
        w->wire.adapter[w->adapter[BOB]].side = heals ? 0 : 1;
        expect(w, NBT_S(1 + 5 + 52), "ann2 RESET; ");
        free_world(w);
    }
}

/* HOLD given upon one piece stops the next, although it has arrived with it. */
static void a_hold_counts_at_once(void **state)
{
    (void)state;
    static const uint8_t bytes[5000];
    world *w = connected(&quiet, 1, false);
    say(w, ANN, CALL, bytes, sizeof bytes);
    nbt_simtcp_report r = { 0 };
    while (r.ev.kind != NBT_TCP_DATA) {
        w->now = nbt_simtcp_due(&w->tcp);
        if (!nbt_simtcp_tick(&w->tcp, w->now, &r))
            r.ev.kind = NBT_TCP_SENT;
    }
    act(w, BOB, NBT_ACT_TCP_HOLD, TAKEN);
    expect(w, NBT_S(1), "");
    act(w, BOB, NBT_ACT_TCP_CLOSE, TAKEN); /* who has closed holds no more, and is told no data */
    act(w, ANN, NBT_ACT_TCP_CLOSE, CALL);
    expect(w, NBT_S(2), "ann2 EOF; bob1 EOF; ");
    free_world(w);
}

static void an_abort_resets_the_other_side(void **state)
{
    (void)state;
    world *w = connected(&quiet, 1, false);
    say(w, ANN, CALL, "never leaves", 12);
    act(w, ANN, NBT_ACT_TCP_ABORT, CALL);
    say(w, ANN, CALL, "x", 1); /* of a connection that is gone: nothing */
    act(w, ANN, NBT_ACT_TCP_CLOSE, CALL);
    say(w, BOB, TAKEN, "crossing", 8);
    expect(w, NBT_S(1), "bob1 SENT 8; bob1 RESET; ");
    assert_int_equal(w->tcp.numbers.n, 0);

    act(w, ANN, NBT_ACT_TCP_OPEN, 4); /* given up before the answer: the other side sees it all */
    uint64_t before = w->wire.stats.frames;
    run(w, w->now + NBT_MS(1) / 2, false);
    act(w, ANN, NBT_ACT_TCP_ABORT, 4);
    expect(w, NBT_S(9), "bob3 ACCEPTED; bob3 RESET; ");
    assert_int_equal(w->wire.stats.frames - before, 3); /* SYN, SYN-ACK, and RST to that */
    assert_int_equal(w->tcp.numbers.n, 0);
    free_world(w);
}

/* A partition that heals delays; one that lasts breaks the connection, at each side in its time. */
static void partition(void **state)
{
    (void)state;
    world *w = connected(&quiet, 1, false);
    w->times = true;
    w->wire.adapter[w->adapter[BOB]].side = 1;
    say(w, ANN, CALL, "a", 1);
    expect(w, NBT_S(1), "10.000 ann2 SENT 1; ");
    w->wire.adapter[w->adapter[BOB]].side = 0;
    say(w, ANN, CALL, "b", 1);
    /* a is sent at 10, 210, 610, 1410 ms; b arrives long before it, and waits. */
    expect(w, NBT_S(2), "1000.000 ann2 SENT 1; 1411.000 bob1 DATA 1; 1411.000 bob1 DATA 1; ");
    assert_memory_equal(w->got[BOB], "ab", 2);

    w->wire.adapter[w->adapter[BOB]].side = 1;
    say(w, ANN, CALL, "c", 1);
    expect(w, NBT_S(60), "2000.000 ann2 SENT 1; 53000.000 ann2 RESET; ");
    w->wire.adapter[w->adapter[BOB]].side = 0;
    say(w, BOB, TAKEN, "d", 1); /* bob does not know yet */
    expect(w, NBT_S(70), "60000.000 bob1 SENT 1; 60002.000 bob1 RESET; ");
    free_world(w);
}

/* The RST that refuses may be lost like anything else; the caller then asks again. */
static void a_lost_refusal(void **state)
{
    (void)state;
    unsigned refused = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        world *w = new_world(&(nbt_simlink){ .delay = 1000, .loss = 300000 }, seed, false);
        nbt_act a = { .kind = NBT_ACT_TCP_OPEN, .conn = 2, .to = { BOB_IP, 1761 } };
        nbt_simtcp_do(&w->tcp, 0, ANN, w->host[ANN], &a, (nbt_bytes){ NULL, 0 });
        run(w, NBT_S(100), true);
        refused += strcmp(w->log, "ann2 REFUSED; ") == 0;
        if (strcmp(w->log, "ann2 REFUSED; ") != 0) /* three times in a row */
            assert_string_equal(w->log, "ann2 UNREACHABLE; ");
        free_world(w);
    }
    assert_in_range(refused, 180, 199);
}

/* Both talk at random while the wire loses and shuffles: each hears all that the other said. */
static void streams_are_whole_and_in_order(void **state)
{
    (void)state;
    uint64_t first = test_seed();
    static uint8_t said[3][sizeof((world *)0)->got[0]];
    for (uint64_t seed = first; seed < first + 300; seed++) {
        nbt_rng rng = { seed };
        nbt_simlink link = { .delay = nbt_rng_below(&rng, 3000), .jitter = 2000, .loss = 50000 };
        world *w = new_world(&link, seed, true);
        size_t n[3] = { 0 };
        act(w, ANN, NBT_ACT_TCP_OPEN, CALL);
        run(w, NBT_S(20), false);
        if (w->tcp.numbers.n < 2) { /* nobody heard SYN three times */
            free_world(w);
            continue;
        }
        for (unsigned turn = 0; turn < 40; turn++) {
            uint32_t obj = ANN + nbt_rng_below(&rng, 2);
            uint32_t conn = obj == ANN ? CALL : TAKEN;
            size_t len = 1 + nbt_rng_below(&rng, turn % 8 ? 30 : 9000);
            for (size_t i = 0; i < len; i++)
                said[obj][n[obj] + i] = (uint8_t)nbt_rng_u64(&rng);
            say(w, obj, conn, said[obj] + n[obj], len);
            n[obj] += len;
            act(w, obj, nbt_rng_below(&rng, 3) ? NBT_ACT_TCP_RESUME : NBT_ACT_TCP_HOLD, conn);
            run(w, w->now + nbt_rng_below(&rng, 100000), false);
        }
        act(w, ANN, NBT_ACT_TCP_RESUME, CALL);
        act(w, BOB, NBT_ACT_TCP_RESUME, TAKEN);
        run(w, w->now + NBT_S(60), false);
        for (uint32_t obj = ANN; obj <= BOB; obj++) {
            uint32_t other = ANN + BOB - obj;
            if (w->nsent[obj] != n[obj] || w->ngot[other] != n[obj] ||
                memcmp(w->got[other], said[obj], n[obj]) != 0)
                fail_msg("seed %llu: %u", (unsigned long long)seed, obj);
        }
        act(w, ANN, NBT_ACT_TCP_CLOSE, CALL);
        act(w, BOB, NBT_ACT_TCP_CLOSE, TAKEN);
        run(w, w->now + NBT_S(60), false);
        assert_int_equal(w->tcp.numbers.n, 0);
        free_world(w);
    }
}

static void places_are_used_again(void **state)
{
    (void)state;
    world *w = new_world(&quiet, 1, false);
    for (uint32_t i = 0; i < 500; i++) {
        act(w, ANN, NBT_ACT_TCP_OPEN, 2 * i + 2);
        run(w, w->now + NBT_MS(10), false);
        say(w, ANN, 2 * i + 2, "hello", 5);
        act(w, ANN, i % 2 ? NBT_ACT_TCP_CLOSE : NBT_ACT_TCP_ABORT, 2 * i + 2);
        act(w, BOB, NBT_ACT_TCP_CLOSE, 2 * i + 1);
        run(w, w->now + NBT_S(1), false);
    }
    assert_int_equal(w->tcp.numbers.n, 0);
    assert_int_equal(w->tcp.nconns, 2); /* nobody, and the one that is used again and again */
    assert_in_range(w->tcp.nevents, 2, 10);
    free_world(w);
}

/* Memory ends at every point in turn: the run is void then, and says so; nothing is left behind. */
static void without_memory(void **state)
{
    (void)state;
    bool failed = true;
    for (size_t nth = 1; failed; nth++) {
        world *w = new_world(&quiet, 1, false);
        w->mem.fail_at = w->mem.requests + nth;
        act(w, ANN, NBT_ACT_TCP_OPEN, CALL);
        run(w, NBT_MS(10), false);
        say(w, ANN, CALL, "hello", 5);
        act(w, ANN, NBT_ACT_TCP_CLOSE, CALL);
        run(w, NBT_MS(20), false);
        act(w, BOB, NBT_ACT_TCP_CLOSE, TAKEN);
        run(w, NBT_S(60), false);
        failed = w->tcp.failed;
        if (!failed)
            assert_int_equal(w->ngot[BOB], 5);
        assert_true(failed || nth > 1);
        free_world(w);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_life_in_order),
    NBT_TEST("", addresses_are_told),
    NBT_TEST("", nobody_takes_it),
    NBT_TEST("", an_object_that_holds_slows_the_sender),
    NBT_TEST("", a_sender_that_waits_asks),
    NBT_TEST("", a_hold_counts_at_once),
    NBT_TEST("", an_abort_resets_the_other_side),
    NBT_TEST("", partition),
    NBT_TEST("", a_lost_refusal),
    NBT_TEST("", streams_are_whole_and_in_order),
    NBT_TEST("", places_are_used_again),
    NBT_TEST("", without_memory),
};

NBT_MAIN("simtcp", tests)
