/*
 * Many computers at one place: they do what each of them alone would have done.
 *
 * The same computers stand beside the crowd, each called for every packet. Whatever happens to
 * both, they want the same things done, in the same order, and have counted the same.
 */
#include "nbt/crowd.h"
#include "nbt/draft.h"
#include "nbt/text.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"
#include "tests/support/test.h"

#include <stdio.h>

enum { COMPUTERS = 12, WIRES = 2, QUEUE = 4096, PACKET = 600 };

typedef struct parcel {
    uint8_t wire;
    nbt_ep from, to;
    size_t n;
    uint8_t b[PACKET];
} parcel;

typedef struct world {
    test_mem mem;
    nbt_crowd *crowd;
    nbt_computer *alone[COMPUTERS];
    nbt_own own[COMPUTERS];
    bool booted[COMPUTERS];
    nbt_lana_cfg lana[COMPUTERS];
    uint8_t wire[COMPUTERS];
    nbt_out got, want;
    nbt_time now;
    nbt_rng rng;
    uint32_t tag;
    parcel queue[QUEUE]; /* on its way, oldest first */
    size_t first, n;
} world;

static world w;

static uint32_t broadcast_of(uint8_t wire)
{
    return 0x0A0000FFu + ((uint32_t)wire << 16);
}

static void fill_lana(unsigned i)
{
    static const nbt_node_type types[] = { NBT_ONT_B, NBT_ONT_B, NBT_ONT_P, NBT_ONT_M };
    w.wire[i] = i % 4 == 3;
    w.lana[i] = (nbt_lana_cfg){ .ip = broadcast_of(w.wire[i]) - 0xFF + 1 + i,
                                .mask = 0xFFFFFF00,
                                .broadcast = broadcast_of(w.wire[i]),
                                .type = types[i % 4],
                                .profile = nbt_profile_at(i % 3),
                                .servers = { 0x0A0000FD },
                                .nservers = 1 };
}

static void build(uint64_t seed, bool traces)
{
    w = (world){ .rng = { seed } };
    nbt_mem mem = test_mem_of(&w.mem);
    nbt_out_init(&w.got, mem);
    nbt_out_init(&w.want, mem);
    nbt_crowd_cfg crowd = { .mem = mem, .traces = traces, .burst = seed % 3 == 0 ? 1 : 0 };
    w.crowd = nbt_crowd_new(&crowd);
    assert_non_null(w.crowd);
    for (unsigned i = 0; i < COMPUTERS; i++) {
        fill_lana(i);
        nbt_computer_cfg cfg = { .mem = mem, .seed = seed + i, .lanas = &w.lana[i], .nlanas = 1 };
        char name[16];
        int len = snprintf(name, sizeof name, "PC%u", i % 7); /* some are clones */
        nbt_own_init(&w.own[i], name, (size_t)len, 1);
        nbt_own_serve(&w.own[i], 0x00);
        nbt_own_serve(&w.own[i], 0x20);
        w.alone[i] = nbt_computer_new(&cfg);
        assert_int_equal(nbt_crowd_add(w.crowd, &cfg, &w.wire[i], &w.own[i]), i + 1);
    }
}

static void end(void)
{
    nbt_crowd_free(w.crowd);
    for (unsigned i = 0; i < COMPUTERS; i++)
        nbt_computer_free(w.alone[i]);
    nbt_out_fini(&w.got);
    nbt_out_fini(&w.want);
    assert_int_equal(w.mem.blocks, 0);
}

/* --- what is to be alike ------------------------------------------------------------------ */

/* Computer i has been called: its own names go on, and what it wants is said as the crowd does. */
static void after(unsigned i, size_t from)
{
    size_t kept = from;
    for (size_t k = from; k < w.want.n; k++) {
        nbt_act act = w.want.acts[k];
        act.member = i + 1;
        if (act.kind == NBT_ACT_DONE && act.proc == 0) {
            (void)nbt_own_done(&w.own[i], &act.ncb);
            continue;
        }
        if (act.kind == NBT_ACT_TRACE)
            continue;
        act.lana = act.kind == NBT_ACT_SEND ? w.wire[i] : act.lana;
        w.want.acts[kept++] = act;
    }
    w.want.n = kept;
    uint32_t tag;
    nbt_ncb ncb;
    while (w.booted[i] && nbt_own_next(&w.own[i], &tag, &ncb)) {
        size_t n = w.want.n;
        nbt_computer_do(w.alone[i], w.now, 0, tag, &ncb, (nbt_bytes){ NULL, 0 }, &w.want);
        after(i, n);
    }
}

static const nbt_act *next_of(const nbt_out *out, size_t *at, unsigned member)
{
    while (*at < out->n) {
        const nbt_act *act = &out->acts[(*at)++];
        if (act->member == member && act->kind != NBT_ACT_TRACE)
            return act;
    }
    return NULL;
}

/* Each of them wants the same things in the same order, whoever is called first. */
static void compare(void)
{
    for (unsigned member = 1; member <= COMPUTERS; member++) {
        const nbt_act *got, *want;
        size_t i = 0, k = 0;
        do {
            got = next_of(&w.got, &i, member);
            want = next_of(&w.want, &k, member);
            assert_int_equal(got != NULL, want != NULL);
            if (!got)
                break;
            assert_int_equal(got->kind, want->kind);
            assert_int_equal(got->lana, want->lana);
            assert_true(nbt_ep_eq(got->from, want->from) && nbt_ep_eq(got->to, want->to));
            assert_int_equal(got->proc, want->proc);
            assert_int_equal(got->ncb.retcode, want->ncb.retcode);
            nbt_bytes a = nbt_out_data(&w.got, got), b = nbt_out_data(&w.want, want);
            assert_int_equal(a.n, b.n);
            if (a.n > 0)
                assert_memory_equal(a.p, b.p, a.n);
        } while (got);
    }
}

/* What was sent is on its way to whoever hears it; nobody is lost but by chance. */
static void settle(void)
{
    compare();
    for (size_t i = 0; i < w.want.n; i++) {
        const nbt_act *act = &w.want.acts[i];
        nbt_bytes data = nbt_out_data(&w.want, act);
        if (act->kind != NBT_ACT_SEND || nbt_rng_below(&w.rng, 10) == 0)
            continue;
        assert_true(w.n < QUEUE && data.n <= PACKET);
        parcel *p = &w.queue[(w.first + w.n++) % QUEUE];
        *p = (parcel){ .wire = act->lana, .from = act->from, .to = act->to, .n = data.n };
        memcpy(p->b, data.p, data.n);
    }
    nbt_out_clear(&w.got);
    nbt_out_clear(&w.want);
}

/* --- what happens ------------------------------------------------------------------------- */

static void boot(unsigned i)
{
    w.booted[i] = true;
    nbt_crowd_boot(w.crowd, w.now, i + 1, &w.got);
    after(i, w.want.n);
    settle();
}

static void arrive(const parcel *p)
{
    nbt_bytes data = { p->b, p->n };
    bool broadcast = p->to.ip == broadcast_of(p->wire);
    nbt_crowd_rx(w.crowd, w.now, p->wire, p->from, p->to, data, &w.got);
    for (unsigned i = 0; i < COMPUTERS; i++) {
        if (broadcast ? w.wire[i] != p->wire : w.lana[i].ip != p->to.ip)
            continue;
        size_t n = w.want.n;
        nbt_computer_rx(w.alone[i], w.now, 0, p->from, p->to, data, &w.want);
        after(i, n);
    }
    settle();
}

static bool known(uint32_t ip)
{
    return nbt_crowd_whose(w.crowd, ip) != 0;
}

/* Everything that is on its way arrives; what is sent to nobody is gone. */
static void deliver(void)
{
    while (w.n > 0) {
        parcel p = w.queue[w.first];
        w.first = (w.first + 1) % QUEUE;
        w.n--;
        if (known(p.to.ip) || p.to.ip == broadcast_of(p.wire))
            arrive(&p);
    }
}

/* Time passes. Each computer is called when it wants to be, in the order of those times: one after
 * the other here, so that the order does not depend on the crowd's. */
static void pass(nbt_time until)
{
    for (;;) {
        nbt_time due = NBT_NEVER;
        unsigned who = 0;
        for (unsigned i = 0; i < COMPUTERS; i++) {
            nbt_time its = nbt_computer_due(w.alone[i]);
            if (its < due) {
                due = its;
                who = i;
            }
        }
        if (due > until)
            break;
        w.now = due;
        for (unsigned i = who; i < COMPUTERS; i++)
            if (nbt_computer_due(w.alone[i]) <= due) {
                size_t n = w.want.n;
                nbt_computer_tick(w.alone[i], w.now, &w.want);
                after(i, n);
            }
        assert_true(nbt_crowd_due(w.crowd) <= due);
        do
            nbt_crowd_tick(w.crowd, w.now, &w.got);
        while (nbt_crowd_due(w.crowd) <= w.now);
        settle();
        deliver();
    }
    w.now = until;
}

static void submit(unsigned i, unsigned command, const char *text)
{
    nbt_name name;
    assert_true(nbt_name_parse(&name, text, strlen(text)));
    nbt_ncb ncb = { .command = (uint8_t)command };
    memcpy(ncb.name, name.b, NBT_NAME_LEN);
    nbt_bytes none = { NULL, 0 };
    w.tag++;
    nbt_crowd_do(w.crowd, w.now, i + 1, 1, w.tag, &ncb, none, &w.got);
    size_t n = w.want.n;
    nbt_computer_do(w.alone[i], w.now, 1, w.tag, &ncb, none, &w.want);
    after(i, n);
    settle();
}

static const nbt_node_stats *stats_of(const nbt_computer *c)
{
    return nbt_node_counts(nbt_computer_lana(c, 0));
}

/* A computer counts what it was not called for when it is called next: here, by its own. */
static void compare_numbers(void)
{
    for (unsigned i = 0; i < COMPUTERS; i++) {
        submit(i, NBT_NCB_LANA_ENUM, "X<00>");
        nbt_node_stats got = *stats_of(nbt_crowd_computer(w.crowd, i + 1));
        nbt_node_stats want = *stats_of(w.alone[i]);
        assert_memory_equal(&got, &want, sizeof got);
    }
}

static void something(void)
{
    static const char *const names[] = { "FRED<20>", "BARNEY<41>", "PC1<00>", "PC3<20>" };
    static const unsigned verbs[] = { NBT_NCB_ADD_NAME, NBT_NCB_ADD_GROUP_NAME, NBT_NCB_DELETE_NAME,
                                      NBT_NCB_FIND_NAME };
    unsigned i = nbt_rng_below(&w.rng, COMPUTERS);
    submit(i, verbs[nbt_rng_below(&w.rng, 4)], names[nbt_rng_below(&w.rng, 4)]);
}

static void lives(uint64_t seed, bool traces)
{
    build(seed, traces);
    for (unsigned i = 0; i < COMPUTERS; i++) {
        boot(i);
        if (i % 3 == 0)
            pass(w.now + NBT_MS(nbt_rng_below(&w.rng, 400)));
        deliver();
    }
    for (unsigned step = 0; step < 60; step++) {
        something();
        deliver();
        pass(w.now + NBT_MS(nbt_rng_below(&w.rng, 900)));
    }
    pass(w.now + NBT_S(60));
    compare_numbers();
    nbt_crowd_names names = nbt_crowd_own_names(w.crowd);
    assert_int_equal(names.members, COMPUTERS);
    assert_int_equal(names.settled, COMPUTERS);
    assert_int_equal(names.obtained + names.refused, 2 * COMPUTERS);
    assert_true(nbt_crowd_idle(w.crowd));
    end();
}

static void they_do_what_each_would_alone(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        lives(seed, seed % 2 != 0);
}

/* --- connections -------------------------------------------------------------------------- */

enum { STREAMS = 16 };

/* The world's streams: even ends were opened by a member, odd ones accepted for another. */
typedef struct stream {
    uint32_t opened, accepted;
} stream;

static stream streams[STREAMS];
static unsigned nstreams, ndone;
static uint8_t retcode[8]; /* of the commands that have ended, by tag */

static uint32_t other_end(uint32_t conn)
{
    for (unsigned i = 0; i < nstreams; i++)
        if (streams[i].opened == conn || streams[i].accepted == conn)
            return streams[i].opened ^ streams[i].accepted ^ conn;
    fail_msg("a connection that nobody has: %u", conn);
    return 0;
}

static void tell(nbt_tcp_kind kind, uint32_t conn, nbt_bytes data, size_t sent, nbt_out *out)
{
    nbt_tcp_ev ev = { .kind = kind, .conn = conn, .data = data, .sent = sent };
    nbt_crowd_tcp(w.crowd, w.now, &ev, out);
}

static void open_stream(const nbt_act *act, nbt_out *out)
{
    assert_true(nstreams < STREAMS && act->conn % 2 == 0);
    for (unsigned i = 0; i < nstreams; i++)
        assert_int_not_equal(streams[i].opened, act->conn); /* two members have the same number */
    streams[nstreams] = (stream){ act->conn, 2 * nstreams + 1 };
    nbt_ep caller = { act->from.ip, (uint16_t)(1025 + nstreams) };
    nbt_tcp_ev in = { .kind = NBT_TCP_ACCEPTED, .conn = streams[nstreams].accepted };
    nbt_tcp_ev opened = { .kind = NBT_TCP_OPENED, .conn = act->conn };
    nstreams++;
    in.local = opened.peer = act->to;
    in.peer = opened.local = caller;
    nbt_crowd_tcp(w.crowd, w.now, &in, out);
    nbt_crowd_tcp(w.crowd, w.now, &opened, out);
}

static void carry_out(const nbt_act *act, nbt_bytes data, nbt_out *more)
{
    switch (act->kind) {
    case NBT_ACT_SEND:
        nbt_crowd_rx(w.crowd, w.now, act->lana, act->from, act->to, data, more);
        break;
    case NBT_ACT_TCP_OPEN:
        open_stream(act, more);
        break;
    case NBT_ACT_TCP_SEND:
        tell(NBT_TCP_DATA, other_end(act->conn), data, 0, more);
        tell(NBT_TCP_SENT, act->conn, (nbt_bytes){ NULL, 0 }, data.n, more);
        break;
    case NBT_ACT_TCP_CLOSE:
        tell(NBT_TCP_EOF, other_end(act->conn), (nbt_bytes){ NULL, 0 }, 0, more);
        break;
    case NBT_ACT_TCP_ABORT:
        tell(NBT_TCP_RESET, other_end(act->conn), (nbt_bytes){ NULL, 0 }, 0, more);
        break;
    case NBT_ACT_DONE:
        retcode[act->tag] = act->ncb.retcode;
        ndone++;
        break;
    case NBT_ACT_TCP_HOLD: /* it is in no hurry */
    case NBT_ACT_TCP_RESUME:
    case NBT_ACT_ACCEPTED:
    case NBT_ACT_TRACE:
        break;
    case NBT_ACT_TCP_LISTEN:
    case NBT_ACT_NCB:
    case NBT_ACT_APP:
        fail_msg("an application's action");
    }
}

/* Everything that has been said is done, until nothing more comes of it. */
static void run(void)
{
    nbt_out *now = &w.got, *later = &w.want;
    while (now->n > 0) {
        for (size_t i = 0; i < now->n; i++)
            carry_out(&now->acts[i], nbt_out_data(now, &now->acts[i]), later);
        nbt_out_clear(now);
        nbt_out *swap = now;
        now = later;
        later = swap;
    }
}

static void run_until(nbt_time until)
{
    while (nbt_crowd_due(w.crowd) <= until) {
        w.now = nbt_crowd_due(w.crowd);
        nbt_crowd_tick(w.crowd, w.now, &w.got);
        run();
    }
    w.now = until;
}

static void command(unsigned member, unsigned verb, uint32_t tag, const char *name,
                    const char *call)
{
    nbt_name own, other;
    nbt_ncb ncb = { .command = (uint8_t)verb };
    assert_true(nbt_name_parse(&own, name, strlen(name)));
    assert_true(nbt_name_parse(&other, call, strlen(call)));
    memcpy(ncb.name, own.b, NBT_NAME_LEN);
    memcpy(ncb.callname, other.b, NBT_NAME_LEN);
    nbt_crowd_do(w.crowd, w.now, member, 1, tag, &ncb, (nbt_bytes){ NULL, 0 }, &w.got);
    run();
}

static void sessions_between_members(void **state)
{
    (void)state;
    build(1, false);
    nstreams = ndone = 0;
    memset(retcode, 0xEE, sizeof retcode);
    /* Two B nodes on one wire, whose programs need no RESET first. */
    command(1, NBT_NCB_ADD_NAME, 1, "ONE<00>", "X<00>");
    command(10, NBT_NCB_ADD_NAME, 2, "TWO<00>", "X<00>");
    run_until(w.now + NBT_S(5));
    assert_int_equal(ndone, 2);

    /* Each calls the other: to both of them it is their first connection. */
    command(1, NBT_NCB_LISTEN, 3, "ONE<00>", "*<20>");
    command(10, NBT_NCB_LISTEN, 4, "TWO<00>", "*<20>");
    command(1, NBT_NCB_CALL, 5, "ONE<00>", "TWO<00>");
    command(10, NBT_NCB_CALL, 6, "TWO<00>", "ONE<00>");
    run_until(w.now + NBT_S(5));
    assert_int_equal(ndone, 6);
    for (unsigned tag = 1; tag <= 6; tag++)
        assert_int_equal(retcode[tag], NBT_NRC_GOODRET);
    assert_int_equal(nstreams, 2);
    assert_int_equal(nbt_computer_established(nbt_crowd_computer(w.crowd, 1)), 2);

    /* One's program has gone: the other's sessions end, and no connection is left over. */
    nbt_crowd_gone(w.crowd, w.now, 1, 1, &w.got);
    run();
    run_until(w.now + NBT_S(60));
    assert_int_equal(nbt_computer_established(nbt_crowd_computer(w.crowd, 10)), 0);
    for (unsigned i = 0; i < nstreams; i++) {
        tell(NBT_TCP_DATA, streams[i].opened, (nbt_bytes){ (const uint8_t *)"x", 1 }, 0, &w.got);
        tell(NBT_TCP_DATA, streams[i].accepted, (nbt_bytes){ (const uint8_t *)"x", 1 }, 0, &w.got);
    }
    assert_int_equal(w.got.n, 0);
    end();
}

static void a_connection_for_nobody_is_ended(void **state)
{
    (void)state;
    build(1, false);
    nbt_tcp_ev ev = { .kind = NBT_TCP_ACCEPTED, .conn = 7, .local = { 0x01020304, 139 } };
    nbt_crowd_tcp(w.crowd, 0, &ev, &w.got);
    assert_int_equal(w.got.n, 1);
    assert_int_equal(w.got.acts[0].kind, NBT_ACT_TCP_ABORT);
    assert_int_equal(w.got.acts[0].conn, 7);
    end();
}

/* --- who is there ------------------------------------------------------------------------- */

static void an_address_has_one_computer(void **state)
{
    (void)state;
    build(1, false);
    nbt_computer_cfg cfg = { .mem = test_mem_of(&w.mem), .lanas = &w.lana[3], .nlanas = 1 };
    assert_int_equal(nbt_crowd_add(w.crowd, &cfg, &w.wire[3], &w.own[3]), 0);
    assert_int_equal(nbt_crowd_whose(w.crowd, w.lana[3].ip), 4);
    assert_int_equal(nbt_crowd_whose(w.crowd, 0x01020304), 0);
    assert_null(nbt_crowd_computer(w.crowd, COMPUTERS + 1));
    assert_int_equal(nbt_crowd_own_names(w.crowd).members, COMPUTERS);
    end();
}

/* Boots all, and lets time pass until their names are theirs; nobody hears them. */
static nbt_time boot_all(nbt_crowd *crowd, uint32_t n, nbt_out *out)
{
    nbt_time now = 0;
    for (uint32_t member = 1; member <= n; member++)
        nbt_crowd_boot(crowd, now, member, out);
    while (nbt_crowd_own_names(crowd).settled < n) {
        now = nbt_crowd_due(crowd);
        nbt_out_clear(out);
        nbt_crowd_tick(crowd, now, out);
    }
    return now;
}

/* Of hundreds the one that has the name answers, and nobody else says anything. */
static void each_of_many_is_found(void **state)
{
    (void)state;
    enum { MANY = 300, STRANGER = 0x0A00FE01, TO_ALL = 0x0A00FFFF };
    static const uint8_t wire = 0;
    test_mem mem = { 0 };
    nbt_crowd *crowd = nbt_crowd_new(&(nbt_crowd_cfg){ .mem = test_mem_of(&mem) });
    nbt_out out;
    char text[16];
    nbt_out_init(&out, test_mem_of(&mem));
    for (uint32_t i = 1; i <= MANY; i++) {
        nbt_lana_cfg lana = { .ip = 0x0A000000 + i,
                              .mask = 0xFFFF0000,
                              .broadcast = TO_ALL,
                              .type = NBT_ONT_B,
                              .profile = nbt_profile_at(0) };
        nbt_computer_cfg cfg = { .mem = test_mem_of(&mem), .lanas = &lana, .nlanas = 1 };
        nbt_own own;
        nbt_own_init(&own, text, (size_t)snprintf(text, sizeof text, "PC%u", i), 1);
        nbt_own_serve(&own, 0x20);
        assert_int_equal(nbt_crowd_add(crowd, &cfg, &wire, &own), i);
    }
    nbt_time now = boot_all(crowd, MANY, &out);
    for (uint32_t i = 1; i <= MANY + 1; i++) { /* the last is nobody's */
        snprintf(text, sizeof text, "PC%u<20>", i);
        packet ask = build_question((uint16_t)i, NBT_WORD_QUERY | NBT_NS_B, text, NBT_RR_NB);
        nbt_out_clear(&out);
        nbt_crowd_rx(crowd, now, wire, (nbt_ep){ STRANGER, NBT_PORT_NS },
                     (nbt_ep){ TO_ALL, NBT_PORT_NS }, (nbt_bytes){ ask.b, ask.n }, &out);
        assert_int_equal(out.n, i <= MANY);
        if (i <= MANY)
            assert_int_equal(out.acts[0].member, i);
    }
    nbt_out_fini(&out);
    nbt_crowd_free(crowd);
    assert_int_equal(mem.blocks, 0);
}

/* Wherever memory ends, what was there stays, and nothing is lost. */
static void without_memory(void **state)
{
    (void)state;
    for (size_t fail_at = 1;; fail_at++) {
        test_mem mem = { .fail_at = fail_at };
        nbt_crowd_cfg few = { .mem = test_mem_of(&mem) };
        nbt_crowd *crowd = nbt_crowd_new(&few);
        uint32_t member = 0;
        for (unsigned i = 0; crowd && i < 3; i++) {
            fill_lana(i);
            nbt_computer_cfg cfg = { .mem = test_mem_of(&mem), .lanas = &w.lana[i], .nlanas = 1 };
            nbt_own own;
            nbt_own_init(&own, "PC", 2, 1);
            member = nbt_crowd_add(crowd, &cfg, &w.wire[i], &own);
            assert_int_equal(nbt_crowd_whose(crowd, w.lana[i].ip), member);
        }
        nbt_crowd_free(crowd);
        assert_int_equal(mem.blocks, 0);
        if (member == 3)
            return;
        assert_true(fail_at < 100);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", they_do_what_each_would_alone),
    NBT_TEST("", sessions_between_members),
    NBT_TEST("", a_connection_for_nobody_is_ended),
    NBT_TEST("", an_address_has_one_computer),
    NBT_TEST("", each_of_many_is_found),
    NBT_TEST("", without_memory),
};

NBT_MAIN("crowd", tests)
