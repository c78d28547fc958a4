/*
 * A computer that is its own name server and that of others, on a network that loses, delays and
 * doubles: its programs and theirs want the same names. In the end a unique name has one holder at
 * most, and the server knows who. Each seed is a world of its own; NBT_SEEDS=N runs seed N alone.
 */
#include "tests/support/test.h"

#include "nbt/nbns.h"
#include "nbt/simnet.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"

enum { CLIENTS = 3, COMPUTERS = 1 + CLIENTS, NAMES = 3, TTL = 700, STEPS = 60 };
enum { SERVER_IP = 0x0A000001, BOTH = 0 };
enum { FRED, WILMA, GROUP };
static const char *const names[NAMES] = { "FRED<20>", "WILMA<20>", "GROUP<00>" };

typedef struct world {
    uint64_t seed;
    nbt_rng rng;
    test_mem mem;
    nbt_simnet *net;
    uint32_t segment;
    nbt_nbns_profile profile;
    nbt_profile client;
    nbt_simboth both;
    nbt_computer *computer[COMPUTERS]; /* BOTH is both.computer */
    uint32_t obj[COMPUTERS], server_obj;
    uint32_t tag;
    unsigned added[COMPUTERS], refused[COMPUTERS];
} world;

/* The world that is being run, for the teardown of a test that fails in it. */
static const world *running;

static const nbt_simlink good = { .delay = NBT_MS(1), .jitter = NBT_MS(19) };
static const nbt_simlink bad = {
    .delay = NBT_MS(2), .jitter = NBT_MS(400), .loss = 200000, .duplicate = 200000
};

static void add_server(world *w)
{
    nbt_nbns_lana lana = { .ip = SERVER_IP, .mask = 0xFFFFFF00, .broadcast = 0x0A0000FF };
    w->profile = *nbt_nbns_profile_find("rfc", 3);
    w->profile.ttl_min = w->profile.ttl_max = w->profile.ttl_infinite = TTL;
    nbt_nbns_cfg cfg = { .mem = test_mem_of(&w->mem), .seed = 1, .profile = &w->profile };
    cfg.lanas = &lana;
    cfg.nlanas = 1;
    cfg.max_names = cfg.max_pending = cfg.max_conns = 100;
    w->both.server = nbt_nbns_new(&cfg, 0);
    assert_non_null(w->both.server);
}

static void add_computer(world *w, unsigned i)
{
    nbt_lana_cfg lana = { .ip = SERVER_IP + i, .mask = 0xFFFFFF00, .broadcast = 0x0A0000FF };
    lana.type = i == BOTH ? NBT_ONT_H : NBT_ONT_P;
    lana.servers[0] = SERVER_IP;
    lana.nservers = 1;
    lana.profile = &w->client;
    nbt_computer_cfg cfg = { .mem = test_mem_of(&w->mem), .lanas = &lana, .nlanas = 1 };
    cfg.seed = nbt_rng_u64(&w->rng);
    w->computer[i] = nbt_computer_new(&cfg);
    assert_non_null(w->computer[i]);
    uint32_t host = nbt_simnet_host(w->net);
    nbt_simnet_adapter(w->net, host, w->segment, &lana);
    if (i != BOTH) {
        w->obj[i] = nbt_simnet_attach(w->net, host, 0, &nbt_simnet_computer, w->computer[i]);
        return;
    }
    w->both.computer = w->computer[i];
    w->obj[i] = nbt_simnet_attach(w->net, host, 0, &nbt_simnet_both_computer, &w->both);
    w->server_obj = nbt_simnet_attach(w->net, host, 0, &nbt_simnet_both_server, &w->both);
    nbt_simnet_listen(w->net, w->server_obj, (nbt_ep){ 0, NBT_PORT_NS });
}

static void set_up(world *w, uint64_t seed)
{
    *w = (world){ .seed = seed, .rng = { seed } };
    running = w;
    nbt_simnet_cfg cfg = { .mem = test_mem_of(&w->mem), .seed = nbt_rng_u64(&w->rng) };
    w->net = nbt_simnet_new(&cfg);
    w->segment = nbt_simnet_segment(w->net, &good);
    w->client = *nbt_profile_find("win2000", 7);
    w->client.reset_required = false; /* the test's programs do without */
    add_server(w);
    for (unsigned i = 0; i < COMPUTERS; i++)
        add_computer(w, i);
}

static void tear_down(world *w)
{
    running = NULL;
    assert_false(nbt_simnet_failed(w->net));
    nbt_simnet_free(w->net);
    for (unsigned i = 0; i < COMPUTERS; i++)
        nbt_computer_free(w->computer[i]);
    nbt_nbns_free(w->both.server);
    assert_int_equal(w->mem.blocks, 0);
}

static int name_seed(void **state)
{
    (void)state;
    if (running)
        print_error("NBT_SEEDS=%llu\n", (unsigned long long)running->seed);
    running = NULL;
    return 0;
}

static void each_seed(unsigned count, void (*run)(world *w))
{
    static world w; /* so that a failure's teardown finds it */
    const char *only = getenv("NBT_SEEDS");
    uint64_t first = only ? strtoull(only, NULL, 0) : 1;
    for (uint64_t seed = first; seed < first + (only ? 1 : count); seed++) {
        set_up(&w, seed);
        run(&w);
        tear_down(&w);
    }
}

/* --- what happens ---------------------------------------------------------------------------- */

/* Time passes; ends of ADD NAME are counted. */
static void pass(world *w, nbt_time more)
{
    nbt_simnet_run(w->net, nbt_simnet_now(w->net) + more);
    for (const nbt_simnet_effect *e; (e = nbt_simnet_next(w->net));) {
        if (e->act.kind != NBT_ACT_DONE || e->act.ncb.command != NBT_NCB_ADD_NAME)
            continue;
        for (unsigned i = 0; i < COMPUTERS; i++) {
            w->added[i] += e->obj == w->obj[i] && e->act.ncb.retcode == NBT_NRC_GOODRET;
            w->refused[i] += e->obj == w->obj[i] && e->act.ncb.retcode == NBT_NRC_INUSE;
        }
    }
}

static const nbt_entry *entry(const world *w, unsigned who, unsigned name)
{
    nbt_name n = name_of(names[name]);
    const nbt_node *node = nbt_computer_lana(w->computer[who], 0);
    return nbt_ltable_find_const(nbt_node_names(node), n.b);
}

static bool holds(const world *w, unsigned who, unsigned name)
{
    const nbt_entry *e = entry(w, who, name);
    return e && e->state == NBT_ENTRY_REGISTERED && !e->conflict;
}

static void submit(world *w, unsigned who, unsigned command, unsigned name)
{
    nbt_ncb ncb = { .command = (uint8_t)command };
    nbt_name n = name_of(names[name]);
    memcpy(ncb.name, n.b, NBT_NAME_LEN);
    nbt_computer_do(w->computer[who], nbt_simnet_now(w->net), 1, ++w->tag, &ncb,
                    (nbt_bytes){ NULL, 0 }, nbt_simnet_begin(w->net));
    nbt_simnet_end(w->net, w->obj[who]);
}

/* Adds a name that is not there, deletes one that is. */
static void toggle(world *w, unsigned who, unsigned name)
{
    if (entry(w, who, name))
        submit(w, who, NBT_NCB_DELETE_NAME, name);
    else
        submit(w, who, name == GROUP ? NBT_NCB_ADD_GROUP_NAME : NBT_NCB_ADD_NAME, name);
}

static bool on_record(const world *w, unsigned who, unsigned name)
{
    nbt_name n = name_of(names[name]);
    const nbt_nbrec *rec = nbt_nbns_find(w->both.server, &n);
    const nbt_nbaddr *a = rec ? nbt_nbdb_addrs_const(rec) : NULL;
    for (unsigned i = 0; rec && rec->state == NBT_NBSTATE_ACTIVE && i < rec->n; i++)
        if (a[i].ip == SERVER_IP + who)
            return true;
    return false;
}

/* --- what holds --------------------------------------------------------------------------------
 */

/* On a good network, in order: its own names are its server's to give and to refuse. */
static void in_order(world *w)
{
    submit(w, BOTH, NBT_NCB_ADD_NAME, FRED);
    pass(w, NBT_S(20));
    assert_true(holds(w, BOTH, FRED) && entry(w, BOTH, FRED)->at_server);
    assert_true(on_record(w, BOTH, FRED));
    submit(w, 1, NBT_NCB_ADD_NAME, FRED); /* its own node is asked, and says that it is there */
    pass(w, NBT_S(60));
    assert_null(entry(w, 1, FRED));
    assert_int_equal(w->refused[1], 1);
    submit(w, 2, NBT_NCB_ADD_NAME, WILMA);
    pass(w, NBT_S(60));
    assert_true(on_record(w, 2, WILMA));
    submit(w, BOTH, NBT_NCB_ADD_NAME, WILMA);
    pass(w, NBT_S(60));
    assert_int_equal(w->refused[BOTH], 1);
    pass(w, NBT_S(3 * TTL)); /* it refreshes at itself */
    assert_true(holds(w, BOTH, FRED) && on_record(w, BOTH, FRED));
    submit(w, BOTH, NBT_NCB_DELETE_NAME, FRED);
    pass(w, NBT_S(20));
    assert_false(on_record(w, BOTH, FRED));
    submit(w, 1, NBT_NCB_ADD_NAME, FRED);
    pass(w, NBT_S(60));
    assert_true(holds(w, 1, FRED) && on_record(w, 1, FRED));
}

static void it_gives_and_refuses_names_to_itself(void **state)
{
    (void)state;
    each_seed(10, in_order);
}

static void at_random(world *w)
{
    nbt_simnet_relink(w->net, w->segment, &bad);
    for (unsigned i = 0; i < STEPS; i++) {
        toggle(w, nbt_rng_below(&w->rng, COMPUTERS), nbt_rng_below(&w->rng, NAMES));
        pass(w, NBT_MS(nbt_rng_below(&w->rng, 60000)));
    }
    nbt_simnet_relink(w->net, w->segment, &good);
    pass(w, NBT_S(3 * TTL)); /* whoever does not know it yet is told when it refreshes */
    for (unsigned name = 0; name < NAMES; name++) {
        unsigned holders = 0;
        for (unsigned i = 0; i < COMPUTERS; i++) {
            holders += holds(w, i, name);
            if (holds(w, i, name))
                assert_true(on_record(w, i, name));
        }
        assert_true(name == GROUP || holders <= 1);
    }
}

static void in_the_end_a_name_has_one_holder(void **state)
{
    (void)state;
    each_seed(100, at_random);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("", it_gives_and_refuses_names_to_itself, NULL, name_seed),
    NBT_TEST_WITH("", in_the_end_a_name_has_one_holder, NULL, name_seed),
};

NBT_MAIN("both", tests)
