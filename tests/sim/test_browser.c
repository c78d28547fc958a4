/*
 * Browsers of a workgroup on real computers of a simulated network: once things are quiet there is
 * exactly one local master, whatever was lost and late; it is the one with the best criteria where
 * nothing was; it knows everybody; and when it dies there is another.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/browser.h"
#include "nbt/dgm.h"
#include "nbt/simnet.h"
#include "tests/support/mem.h"

enum { MANY = 6 };

typedef struct world {
    test_mem mem;
    nbt_rng rng;
    uint64_t seed;
    nbt_simnet *net;
    uint32_t segment, host[MANY], program[MANY];
    nbt_computer *computer[MANY];
    nbt_browser *browser[MANY];
    nbt_browser_part part[MANY];
    int os[MANY];
    bool on[MANY];
    unsigned n;
    unsigned masters; /* how often somebody became one */
    unsigned full;
} world;

static world w;

/* ---- a browser as an object of the network ---- */

static void op_ncb(void *obj, nbt_time now, nbt_ipc_kind kind, uint32_t tag, const nbt_ncb *ncb,
                   nbt_bytes data, nbt_out *out)
{
    if (kind == NBT_IPC_DONE)
        nbt_browser_ncb(obj, now, tag, ncb, data, out);
}

static void op_gone(void *obj, nbt_time now, uint32_t proc, nbt_out *out)
{
    (void)proc;
    nbt_browser_gone(obj, now, out);
}

static void op_tick(void *obj, nbt_time now, nbt_out *out)
{
    nbt_browser_tick(obj, now, out);
}

static nbt_time op_due(const void *obj)
{
    return nbt_browser_due(obj);
}

static const nbt_simnet_ops ops = {
    .ncb = op_ncb, .gone = op_gone, .tick = op_tick, .due = op_due
};

/* ---- the world ---- */

/* The computer's own name is a program's of the driver's, here as in nbtd. */
static void tell_driver(unsigned i, uint32_t driver, uint32_t tag, const nbt_ncb *ncb)
{
    nbt_out *out = nbt_simnet_begin(w.net);
    nbt_computer_do(w.computer[i], nbt_simnet_now(w.net), 99, tag, ncb, (nbt_bytes){ NULL, 0 },
                    out);
    nbt_simnet_end(w.net, driver);
}

static void add(const char *profile, nbt_browser_part part, int os)
{
    unsigned i = w.n++;
    char name[16];
    snprintf(name, sizeof name, "PC%u", i);
    nbt_lana_cfg lana = { .ip = 0x0A000001 + i, .mask = 0xFFFFFF00, .broadcast = 0x0A0000FF };
    lana.type = NBT_ONT_B;
    lana.profile = nbt_profile_find(profile, strlen(profile));
    nbt_computer_cfg computer = { .mem = test_mem_of(&w.mem), .lanas = &lana, .nlanas = 1 };
    computer.seed = nbt_rng_u64(&w.rng);
    w.computer[i] = nbt_computer_new(&computer);
    assert_non_null(w.computer[i]);
    w.host[i] = nbt_simnet_host(w.net);
    nbt_simnet_adapter(w.net, w.host[i], w.segment, &lana);
    uint32_t driver = nbt_simnet_attach(w.net, w.host[i], 0, &nbt_simnet_computer, w.computer[i]);
    nbt_name own;
    assert_true(nbt_name_make(&own, name, strlen(name), 0));
    nbt_ncb ncb = { .command = NBT_NCB_RESET };
    tell_driver(i, driver, 1, &ncb); /* nt4 wants it, rfc does not mind */
    ncb.command = NBT_NCB_ADD_NAME;
    memcpy(ncb.name, own.b, NBT_NAME_LEN);
    tell_driver(i, driver, 2, &ncb);
    nbt_browser_cfg cfg = { .profile = nbt_browser_profile_find("nt4", 3),
                            .part = part,
                            .group = "LAB",
                            .machine = name,
                            .comment = "a lab",
                            .os = os,
                            .seed = nbt_rng_u64(&w.rng) };
    w.browser[i] = nbt_browser_new(test_mem_of(&w.mem), &cfg);
    assert_non_null(w.browser[i]);
    w.part[i] = part;
    w.os[i] = os;
    w.on[i] = true;
}

static void start(unsigned i)
{
    w.program[i] = nbt_simnet_attach(w.net, w.host[i], 1, &ops, w.browser[i]);
    nbt_out *out = nbt_simnet_begin(w.net);
    nbt_browser_start(w.browser[i], nbt_simnet_now(w.net), out);
    nbt_simnet_end(w.net, w.program[i]);
}

static void run(nbt_time more)
{
    const nbt_simnet_effect *e;
    nbt_simnet_run(w.net, nbt_simnet_now(w.net) + more);
    while ((e = nbt_simnet_next(w.net)) != NULL) {
        if (e->act.kind != NBT_ACT_APP)
            continue;
        w.masters += e->act.app == NBT_BROWSER_ROLE && e->act.value == NBT_BROWSER_IS_MASTER;
        w.full += e->act.app == NBT_BROWSER_FULL;
    }
}

static void begin(uint64_t seed, const nbt_simlink *link)
{
    memset(&w, 0, sizeof w);
    w.seed = w.rng.s = seed;
    nbt_simnet_cfg net = { .mem = test_mem_of(&w.mem), .seed = nbt_rng_u64(&w.rng) };
    w.net = nbt_simnet_new(&net);
    assert_non_null(w.net);
    w.segment = nbt_simnet_segment(w.net, link);
}

static void end(void)
{
    assert_false(nbt_simnet_failed(w.net));
    nbt_simnet_free(w.net);
    for (unsigned i = 0; i < w.n; i++) {
        nbt_browser_free(w.browser[i]);
        nbt_computer_free(w.computer[i]);
    }
    assert_int_equal(w.mem.blocks, 0);
    w.seed = 0;
}

/* Names the seed of a failure. */
static int teardown(void **state)
{
    (void)state;
    if (w.seed)
        print_message("seed %llu\n", (unsigned long long)w.seed);
    return 0;
}

/* Computers that may be elected, each with its own level, so that it is known who has to be. */
static void populate(const char *profile)
{
    unsigned n = 2 + nbt_rng_below(&w.rng, MANY - 1);
    int level = 16 + (int)nbt_rng_below(&w.rng, 8);
    for (unsigned i = 0; i < n; i++) {
        unsigned kind = nbt_rng_below(&w.rng, 4);
        bool must = i < 2; /* one may die */
        nbt_browser_part part = kind == 0 && !must ? NBT_BROWSER_HOST
                                : kind == 1        ? NBT_BROWSER_PREFERRED
                                                   : NBT_BROWSER_POTENTIAL;
        add(profile, part, level + (int)(i * 7 + 3) % 11);
    }
    run(NBT_S(5));
    for (unsigned i = 0; i < n; i++) {
        start(i);
        run(NBT_MS(nbt_rng_below(&w.rng, 4000)));
    }
}

static unsigned the_master(void)
{
    unsigned found = MANY, masters = 0;
    for (unsigned i = 0; i < w.n; i++) {
        if (!w.on[i] || nbt_browser_role_of(w.browser[i]) != NBT_BROWSER_IS_MASTER)
            continue;
        found = i;
        masters++;
    }
    if (masters != 1)
        print_message("seed %llu: %u masters\n", (unsigned long long)w.seed, masters);
    assert_int_equal(masters, 1);
    return found;
}

static unsigned the_best(void)
{
    unsigned best = MANY;
    for (unsigned i = 0; i < w.n; i++) {
        if (w.on[i] && w.part[i] != NBT_BROWSER_HOST && (best == MANY || w.os[i] > w.os[best]))
            best = i;
    }
    return best;
}

static bool lists(unsigned master, unsigned i)
{
    const nbt_browser_server *s;
    char name[16];
    snprintf(name, sizeof name, "PC%u", i);
    for (size_t at = 0; (s = nbt_browser_server_at(w.browser[master], at)) != NULL; at++)
        if (strcmp(s->name, name) == 0)
            return true;
    return false;
}

static void knows_everybody(unsigned master)
{
    for (unsigned i = 0; i < w.n; i++) {
        if (w.on[i] && !lists(master, i))
            print_message("seed %llu: PC%u does not list PC%u\n", (unsigned long long)w.seed,
                          master, i);
        assert_true(!w.on[i] || lists(master, i));
    }
}

static void die(unsigned i)
{
    nbt_simnet_power(w.net, w.host[i], false);
    w.on[i] = false;
}

/* ---- tests ---- */

/* MS-BRWS 3.3.5.8: who starts later and is better is preferred only if he forces an election. */
static void one_is_elected_who_knows_everybody(void **state)
{
    static const nbt_simlink clean = { .delay = NBT_MS(1), .jitter = NBT_MS(1) };
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        begin(seed, &clean);
        populate(seed & 1 ? "nt4" : "rfc");
        run(NBT_S(90));
        unsigned master = the_master();
        run(NBT_S(15 * 60));
        assert_int_equal(the_master(), master);
        knows_everybody(master);
        end();
    }
}

static void a_forced_election_is_won_by_the_best(void **state)
{
    static const nbt_simlink clean = { .delay = NBT_MS(1), .jitter = NBT_MS(1) };
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        begin(seed, &clean);
        populate("rfc");
        run(NBT_S(120));
        the_master();
        for (unsigned i = 0; i < w.n; i++) {
            if (w.part[i] == NBT_BROWSER_HOST)
                continue;
            nbt_out *out = nbt_simnet_begin(w.net);
            nbt_browser_do(w.browser[i], nbt_simnet_now(w.net), NBT_BROWSER_CMD_ELECT, out);
            nbt_simnet_end(w.net, w.program[i]);
            break;
        }
        run(NBT_S(60));
        assert_int_equal(the_master(), the_best());
        end();
    }
}

static void the_master_dies_and_another_is_elected(void **state)
{
    static const nbt_simlink clean = { .delay = NBT_MS(1), .jitter = NBT_MS(1) };
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        begin(seed, &clean);
        populate("rfc");
        run(NBT_S(120));
        unsigned master = the_master();
        die(master);
        run(NBT_S(13 * 60)); /* MS-BRWS 3.3.6: within twelve minutes somebody looks for him */
        unsigned other = the_master();
        assert_int_not_equal(other, master);
        run(NBT_S(40 * 60));
        assert_int_equal(the_master(), other);
        knows_everybody(other);
        assert_false(lists(other, master));
        end();
    }
}

static void the_master_says_goodbye_and_another_is_elected_at_once(void **state)
{
    static const nbt_simlink clean = { .delay = NBT_MS(1), .jitter = NBT_MS(1) };
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        begin(seed, &clean);
        populate("nt4");
        run(NBT_S(120));
        unsigned master = the_master();
        nbt_out *out = nbt_simnet_begin(w.net);
        nbt_browser_do(w.browser[master], nbt_simnet_now(w.net), NBT_BROWSER_CMD_CLOSE, out);
        nbt_simnet_end(w.net, w.program[master]);
        w.on[master] = false;
        run(NBT_S(30));
        assert_int_not_equal(the_master(), master);
        end();
    }
}

/* What is lost and late may make two of them, or none; it does not stay so. */
static void loss_and_delay_end_in_one_master(void **state)
{
    (void)state;
    unsigned elected = 0;
    for (uint64_t seed = 1; seed <= 120; seed++) {
        nbt_rng rng = { seed };
        nbt_simlink bad = { .delay = NBT_MS(1 + nbt_rng_below(&rng, 200)),
                            .jitter = NBT_MS(nbt_rng_below(&rng, 400)),
                            .loss = nbt_rng_below(&rng, 300000),
                            .duplicate = nbt_rng_below(&rng, 100000) };
        static const nbt_simlink clean = { .delay = NBT_MS(1) };
        begin(seed, &bad);
        populate(seed & 1 ? "nt4" : "rfc");
        run(NBT_S(30 * 60));
        nbt_simnet_relink(w.net, w.segment, &clean);
        run(NBT_S(40 * 60));
        knows_everybody(the_master());
        elected += w.masters;
        end();
    }
    print_message("%u elections won in 120 worlds\n", elected);
    assert_true(elected > 120); /* more than one had to be in some of them */
}

/* H54: a flood of announcements takes no more than its room, and whoever was there stays. */
static void a_flood_of_announcements_is_bounded(void **state)
{
    static const nbt_simlink clean = { .delay = NBT_MS(1) };
    (void)state;
    begin(1, &clean);
    add("rfc", NBT_BROWSER_PREFERRED, 32);
    add("rfc", NBT_BROWSER_HOST, 1);
    run(NBT_S(5));
    start(0);
    start(1);
    run(NBT_S(90));
    assert_true(lists(the_master(), 1));
    for (unsigned i = 0; i < 2000; i++) {
        char name[16];
        uint8_t slot[600], packet[800];
        nbt_wr s, p;
        snprintf(name, sizeof name, "FLOOD%u", i);
        nbt_browse m = { .kind = NBT_BROWSE_HOST,
                         .periodicity = 720000,
                         .type = NBT_SERVER_SERVER,
                         .server = { (const uint8_t *)name, strlen(name) } };
        nbt_wr_init(&s, slot, sizeof slot);
        nbt_browse_mailslot_wr(&s, &m);
        nbt_dgm dgm, *d = &dgm;
        memset(d, 0, sizeof *d);
        d->type = NBT_DGM_GROUP;
        d->flags = NBT_DGM_FIRST;
        d->id = (uint16_t)i;
        d->source = (nbt_ep){ 0x0A000002, NBT_PORT_DGM };
        assert_true(nbt_name_make(&d->from, name, strlen(name), 0));
        assert_true(nbt_name_make(&d->to, "LAB", 3, 0x1D));
        d->data = (nbt_bytes){ slot, s.at };
        d->length = (uint16_t)nbt_dgm_length(&d->from, &d->to, s.at);
        nbt_wr_init(&p, packet, sizeof packet);
        nbt_dgm_wr(&p, d);
        nbt_simnet_send(w.net, w.host[1], d->source, (nbt_ep){ 0x0A0000FF, NBT_PORT_DGM },
                        (nbt_bytes){ packet, p.at });
        run(NBT_MS(10));
    }
    size_t n = 0;
    while (nbt_browser_server_at(w.browser[0], n))
        n++;
    assert_int_equal(n, NBT_BROWSER_SERVERS_MAX);
    assert_int_equal(w.full, 1); /* told once */
    assert_true(lists(0, 0) && lists(0, 1));
    end();
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("D42", one_is_elected_who_knows_everybody, NULL, teardown),
    NBT_TEST_WITH("", a_forced_election_is_won_by_the_best, NULL, teardown),
    NBT_TEST_WITH("", the_master_dies_and_another_is_elected, NULL, teardown),
    NBT_TEST_WITH("", the_master_says_goodbye_and_another_is_elected_at_once, NULL, teardown),
    NBT_TEST_WITH("", loss_and_delay_end_in_one_master, NULL, teardown),
    NBT_TEST_WITH("H54", a_flood_of_announcements_is_bounded, NULL, teardown),
};

NBT_MAIN("browser", tests)
