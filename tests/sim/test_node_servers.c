/*
 * P, M and H nodes around a name server, on a network that loses, delays, doubles and reorders, and
 * from which the server is cut off now and then: what holds in the end, however it went. Each seed
 * is a world of its own; NBT_SEEDS=N runs seed N alone.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/nbns.h"
#include "nbt/simnet.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"

enum { NODES = 6, NAMES = 3, SERVER_IP = 0x0A000101, STEPS = 60 };
enum { TTL = 700 }; /* Windows comes after five minutes at the earliest */
enum { FRED, WILMA, GROUP };
static const char *const names[NAMES] = { "FRED<20>", "WILMA<20>", "GROUP<00>" };

typedef struct world world;

typedef struct station {
    world *w;
    unsigned who;
    nbt_node *node;
    uint32_t obj;
    uint32_t query;     /* pending */
    size_t found;       /* by the last one */
    uint8_t num[NAMES]; /* 0: not here */
    bool claims[NAMES]; /* it has not ended */
} station;

struct world {
    uint64_t seed;
    nbt_rng rng;
    test_mem mem;
    nbt_simnet *net;
    uint32_t segment[2]; /* of the M and H nodes; of the P nodes and the server */
    uint32_t server_adapter, server_obj;
    nbt_nbns_profile profile;
    nbt_nbns *server;
    station st[NODES];
    unsigned conflicts, refused;
};

/* The world that is being run, for the teardown of a test that fails in it. */
static const world *running;

/* --- a world -------------------------------------------------------------------------------- */

static unsigned name_of_num(const station *st, uint8_t num)
{
    for (unsigned i = 0; i < NAMES; i++)
        if (st->num[i] == num)
            return i;
    fail_msg("node %u reports name %u, which it has not", st->who, num);
    return 0;
}

/* Every result is one that was waited for, and comes once. */
static void take_events(station *st)
{
    for (nbt_node_ev ev; nbt_node_next(st->node, &ev);) {
        unsigned name;
        switch (ev.kind) {
        case NBT_NODE_ADDED:
        case NBT_NODE_REFUSED:
            name = name_of_num(st, ev.num);
            assert_true(st->claims[name]);
            st->claims[name] = false;
            if (ev.kind == NBT_NODE_REFUSED) {
                st->num[name] = 0;
                st->w->refused++;
                assert_int_not_equal(ev.peer.ip, nbt_node_cfg(st->node)->ip);
            }
            break;
        case NBT_NODE_CONFLICT:
            name = name_of_num(st, ev.num);
            assert_false(st->claims[name]);
            assert_int_not_equal(name, GROUP);
            st->w->conflicts++;
            break;
        case NBT_NODE_FOUND:
            assert_int_equal(ev.ref, st->query);
            break;
        case NBT_NODE_FOUND_ALL:
            assert_int_equal(ev.ref, st->query);
            st->query = 0;
            st->found = ev.nfound;
            break;
        case NBT_NODE_RELEASED: /* this server takes no name away */
        case NBT_NODE_STATUS:
        case NBT_NODE_NO_STATUS:
            fail();
        }
    }
}

static void rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
               nbt_out *out)
{
    station *st = obj;
    (void)lana;
    nbt_node_rx(st->node, now, from, to, data, out);
    take_events(st);
}

static void tick(void *obj, nbt_time now, nbt_out *out)
{
    station *st = obj;
    nbt_node_tick(st->node, now, out);
    take_events(st);
}

static nbt_time due(const void *obj)
{
    const station *st = obj;
    return nbt_node_due(st->node);
}

static void tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    station *st = obj;
    assert_true(nbt_node_tcp(st->node, now, ev, out));
    take_events(st);
}

static const nbt_simnet_ops node_ops = { .rx = rx, .tcp = tcp, .tick = tick, .due = due };

static void server_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                      nbt_out *out)
{
    nbt_nbns_rx(((world *)obj)->server, now, lana, from, to, data, out);
}

static void server_tick(void *obj, nbt_time now, nbt_out *out)
{
    nbt_nbns_tick(((world *)obj)->server, now, out);
}

static nbt_time server_due(const void *obj)
{
    return nbt_nbns_due(((const world *)obj)->server);
}

static void server_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    nbt_nbns_tcp(((world *)obj)->server, now, ev, out);
}

static const nbt_simnet_ops server_ops = {
    .rx = server_rx, .tcp = server_tcp, .tick = server_tick, .due = server_due
};

static void add_server(world *w, bool secured)
{
    const nbt_nbns_profile *rfc = nbt_nbns_profile_find("rfc", 3);
    w->profile = *rfc;
    w->profile.secured = secured;
    w->profile.ttl_min = w->profile.ttl_max = w->profile.ttl_infinite = TTL;
    nbt_nbns_lana lana = { .ip = SERVER_IP, .mask = 0xFFFFFF00, .broadcast = 0x0A0001FF };
    nbt_nbns_cfg cfg = { .mem = test_mem_of(&w->mem), .seed = 1, .profile = &w->profile };
    cfg.lanas = &lana;
    cfg.nlanas = 1;
    cfg.max_names = cfg.max_pending = cfg.max_conns = 100;
    cfg.served = (nbt_subnet[]){ { 0x0A000000, 0xFFFFFF00 } };
    cfg.nserved = 1;
    w->server = nbt_nbns_new(&cfg, 0);
    assert_non_null(w->server);
    nbt_lana_cfg adapter = { .ip = lana.ip, .broadcast = lana.broadcast };
    uint32_t host = nbt_simnet_host(w->net);
    w->server_adapter = nbt_simnet_adapter(w->net, host, w->segment[1], &adapter);
    w->server_obj = nbt_simnet_attach(w->net, host, 0, &server_ops, w);
    nbt_simnet_listen(w->net, w->server_obj, (nbt_ep){ 0, NBT_PORT_NS });
}

/* Nodes 0 and 1 are P nodes beside the server, 2 and 3 M, 4 and 5 H nodes behind the router. */
static void add_node(world *w, unsigned i, const char *profile)
{
    static const nbt_node_type types[NODES] = { NBT_ONT_P, NBT_ONT_P, NBT_ONT_M,
                                                NBT_ONT_M, NBT_ONT_H, NBT_ONT_H };
    bool p = types[i] == NBT_ONT_P;
    station *st = &w->st[i];
    nbt_lana_cfg lana = { .ip = (p ? 0x0A000110 : 0x0A000010) + i, .mask = 0xFFFFFF00 };
    lana.broadcast = lana.ip | 0xFF;
    lana.type = types[i];
    lana.servers[0] = SERVER_IP;
    lana.nservers = 1;
    lana.profile = nbt_profile_find(profile, strlen(profile));
    st->w = w;
    st->who = i;
    st->node = nbt_node_new(test_mem_of(&w->mem), &lana, nbt_rng_u64(&w->rng));
    uint32_t host = nbt_simnet_host(w->net);
    nbt_simnet_adapter(w->net, host, w->segment[p], &lana);
    st->obj = nbt_simnet_attach(w->net, host, 0, &node_ops, st);
}

static const nbt_simlink good = { .delay = NBT_MS(1), .jitter = NBT_MS(19) };
static const nbt_simlink bad = { .delay = NBT_MS(2),
                                 .jitter = NBT_MS(400),
                                 .loss = 200000,
                                 .duplicate = 200000,
                                 .reorder = 200000,
                                 .late = NBT_S(3) };

static void relink(world *w, const nbt_simlink *link)
{
    nbt_simnet_relink(w->net, w->segment[0], link);
    nbt_simnet_relink(w->net, w->segment[1], link);
}

static void set_up(world *w, uint64_t seed, const char *profile, bool secured)
{
    *w = (world){ .seed = seed, .rng = { seed } };
    running = w;
    nbt_simnet_cfg cfg = { .mem = test_mem_of(&w->mem), .seed = nbt_rng_u64(&w->rng) };
    w->net = nbt_simnet_new(&cfg);
    w->segment[0] = nbt_simnet_segment(w->net, &good);
    w->segment[1] = nbt_simnet_segment(w->net, &good);
    add_server(w, secured);
    for (unsigned i = 0; i < NODES; i++)
        add_node(w, i, profile);
}

static void tear_down(world *w)
{
    running = NULL;
    assert_false(nbt_simnet_failed(w->net));
    for (unsigned i = 0; i < NODES; i++)
        nbt_node_free(w->st[i].node);
    nbt_simnet_free(w->net);
    nbt_nbns_free(w->server);
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

static void each_seed(unsigned count, const char *profile, bool secured, void (*run)(world *w))
{
    static world w; /* so that a failure's teardown finds it */
    const char *only = getenv("NBT_SEEDS");
    uint64_t first = only ? strtoull(only, NULL, 0) : 1;
    for (uint64_t seed = first; seed < first + (only ? 1 : count); seed++) {
        set_up(&w, seed, profile, secured);
        run(&w);
        tear_down(&w);
    }
}

/* --- what happens ---------------------------------------------------------------------------- */

static void pass(world *w, nbt_time more)
{
    nbt_simnet_run(w->net, nbt_simnet_now(w->net) + more);
}

static const nbt_entry *entry(const world *w, unsigned who, unsigned name)
{
    nbt_name n = name_of(names[name]);
    return nbt_ltable_find_const(nbt_node_names(w->st[who].node), n.b);
}

static void toggle(world *w, unsigned who, unsigned name)
{
    station *st = &w->st[who];
    nbt_name n = name_of(names[name]);
    nbt_time now = nbt_simnet_now(w->net);
    nbt_out *out = nbt_simnet_begin(w->net);
    if (entry(w, who, name)) {
        nbt_node_delete(st->node, now, st->num[name], out);
        st->num[name] = 0;
        st->claims[name] = false;
    } else {
        st->num[name] = nbt_node_add(st->node, now, n.b, name == GROUP, out);
        assert_int_not_equal(st->num[name], 0);
        st->claims[name] = true;
    }
    nbt_simnet_end(w->net, st->obj);
    take_events(st);
}

static void ask(world *w, unsigned who, unsigned name)
{
    station *st = &w->st[who];
    nbt_name n = name_of(names[name]);
    nbt_out *out = nbt_simnet_begin(w->net);
    if (!st->query)
        st->query = nbt_node_query(st->node, nbt_simnet_now(w->net), n.b, out);
    nbt_simnet_end(w->net, st->obj);
    take_events(st);
}

static bool on_record(const world *w, unsigned who, unsigned name)
{
    nbt_name n = name_of(names[name]);
    const nbt_nbrec *rec = nbt_nbns_find(w->server, &n);
    for (unsigned i = 0; rec && rec->state == NBT_NBSTATE_ACTIVE && i < rec->n; i++)
        if (nbt_nbdb_addrs_const(rec)[i].ip == nbt_node_cfg(w->st[who].node)->ip)
            return true;
    return false;
}

/*
 * The network is well, the server there, and much time has passed: nobody waits for anything; what
 * a node holds the server has on record, and nothing else; so a unique name has one owner at most.
 */
static void assert_settled(world *w)
{
    relink(w, &good);
    nbt_simnet_side(w->net, w->server_adapter, 0);
    pass(w, NBT_S(10 * TTL));
    for (unsigned name = 0; name < NAMES; name++) {
        unsigned owners = 0;
        for (unsigned who = 0; who < NODES; who++) {
            const nbt_entry *e = entry(w, who, name);
            bool holds = e && e->state == NBT_ENTRY_REGISTERED && !e->conflict;
            assert_false(w->st[who].claims[name]);
            assert_int_equal(w->st[who].query, 0);
            if (holds != on_record(w, who, name))
                fail_msg("node %u %s %s, and the server thinks otherwise", who,
                         holds ? "holds" : "does not hold", names[name]);
            assert_true(!holds || e->at_server);
            owners += holds;
        }
        assert_true(name == GROUP || owners <= 1);
    }
}

static void anything_goes(world *w)
{
    relink(w, nbt_rng_below(&w->rng, 4) ? &bad : &good);
    for (unsigned i = 0; i < STEPS; i++) {
        if (nbt_rng_below(&w->rng, 3) == 0)
            toggle(w, nbt_rng_below(&w->rng, NODES), nbt_rng_below(&w->rng, NAMES));
        if (nbt_rng_below(&w->rng, 4) == 0)
            ask(w, nbt_rng_below(&w->rng, NODES), nbt_rng_below(&w->rng, NAMES));
        if (nbt_rng_below(&w->rng, 10) == 0)
            nbt_simnet_side(w->net, w->server_adapter, nbt_rng_below(&w->rng, 2));
        pass(w, NBT_MS(nbt_rng_below(&w->rng, 20000)));
    }
    assert_settled(w);
}

static void in_the_end_all_agree(void **state)
{
    (void)state;
    each_seed(60, "rfc", true, anything_goes);
    each_seed(60, "rfc", false, anything_goes);
    each_seed(60, "win2000", true, anything_goes);
    each_seed(60, "samba", true, anything_goes);
}

/* RFC 1001 15.2.2: with a server, of two that claim at the same moment one is refused. */
static void all_claim_at_once(world *w)
{
    for (unsigned who = 0; who < NODES; who++)
        toggle(w, who, FRED);
    pass(w, NBT_S(120));
    unsigned owners = 0;
    for (unsigned who = 0; who < NODES; who++) {
        const nbt_entry *e = entry(w, who, FRED);
        owners += e && e->state == NBT_ENTRY_REGISTERED && !e->conflict;
        assert_false(w->st[who].claims[FRED]);
    }
    assert_int_equal(owners, 1);
    assert_int_equal(w->refused, NODES - 1);
    assert_int_equal(w->conflicts, 0);
}

static void a_server_has_one_owner_from_the_start(void **state)
{
    (void)state;
    each_seed(50, "rfc", true, all_claim_at_once);
    each_seed(50, "rfc", false, all_claim_at_once);
}

/* An owner that has died: the server finds out, by itself or through the claimant. */
static void one_dies(world *w)
{
    unsigned who = nbt_rng_below(&w->rng, 2), heir = 1 - who;
    toggle(w, who, WILMA);
    pass(w, NBT_S(30));
    assert_true(on_record(w, who, WILMA));
    toggle(w, heir, WILMA);
    pass(w, NBT_S(30));
    assert_null(entry(w, heir, WILMA)); /* refused by who is alive */
    nbt_node_free(w->st[who].node);     /* dies without a word, and comes back knowing nothing */
    w->st[who].num[WILMA] = 0;
    nbt_lana_cfg lana = { .ip = 0x0A000200, .broadcast = 0x0A0002FF, .type = NBT_ONT_P };
    lana.profile = nbt_profile_find("rfc", 3);
    w->st[who].node = nbt_node_new(test_mem_of(&w->mem), &lana, 1);
    toggle(w, heir, WILMA);
    pass(w, NBT_S(50));
    assert_true(on_record(w, heir, WILMA));
    assert_int_equal(entry(w, heir, WILMA)->state, NBT_ENTRY_REGISTERED);
}

static void a_dead_owner_loses_the_name(void **state)
{
    (void)state;
    each_seed(20, "rfc", true, one_dies);
    each_seed(20, "rfc", false, one_dies);
}

/* MS-NBTE 3.1.4.1, 3.2.5.3: opcode F for each address, and an owner who lists them all. */
static void two_adapters(world *w)
{
    w->profile = *nbt_nbns_profile_find("windows", strlen("windows"));
    nbt_node_join(w->st[0].node, w->st[1].node);
    toggle(w, 0, FRED);
    pass(w, NBT_S(30));
    toggle(w, 1, FRED);
    pass(w, NBT_S(30));
    for (unsigned who = 0; who < 2; who++) {
        assert_non_null(entry(w, who, FRED));
        assert_int_equal(entry(w, who, FRED)->state, NBT_ENTRY_REGISTERED);
        assert_true(on_record(w, who, FRED));
    }
    toggle(w, 4, FRED); /* another computer is refused all the same */
    pass(w, NBT_S(60));
    assert_null(entry(w, 4, FRED));
    ask(w, 5, FRED);
    pass(w, NBT_S(60));
    assert_int_equal(w->st[5].found, 2);
}

static void a_computer_has_one_name_on_two_adapters(void **state)
{
    (void)state;
    each_seed(20, "samba", true, two_adapters);
}

/* RFC 1001 15.3.4: more members than fit into a datagram, and a stream that the network delays. */
static void a_long_list(world *w)
{
    enum { MEMBERS = 200 };
    w->profile.ttl_max = UINT32_MAX; /* nobody refreshes these */
    for (unsigned i = 0; i < MEMBERS; i++) {
        char ip[20];
        snprintf(ip, sizeof ip, "10.0.0.%u", i + 50);
        packet p = build_request((uint16_t)(i + 1), 0x2900, names[GROUP], 100000, NBT_NB_G, ip);
        nbt_out *out = nbt_simnet_begin(w->net);
        nbt_nbns_rx(w->server, nbt_simnet_now(w->net), 0, (nbt_ep){ ip_of(ip), 137 },
                    (nbt_ep){ SERVER_IP, 137 }, (nbt_bytes){ p.b, p.n }, out);
        nbt_simnet_end(w->net, w->server_obj);
    }
    relink(w, nbt_rng_below(&w->rng, 2) ? &bad : &good);
    for (unsigned i = 0; i < 10; i++) {
        ask(w, 0, GROUP);
        pass(w, NBT_S(300));
        size_t found = w->st[0].found; /* all; as many as a datagram holds; or nobody */
        assert_true(found == MEMBERS || found == 86 || found == 82 || found == 0);
        assert_int_equal(w->st[0].query, 0);
    }
    relink(w, &good);
    ask(w, 0, GROUP);
    pass(w, NBT_S(300));
    assert_int_equal(w->st[0].found, MEMBERS);
}

static void a_long_list_comes_by_tcp(void **state)
{
    (void)state;
    each_seed(50, "rfc", true, a_long_list);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("", in_the_end_all_agree, NULL, name_seed),
    NBT_TEST_WITH("", a_server_has_one_owner_from_the_start, NULL, name_seed),
    NBT_TEST_WITH("F21 F24 B43", a_computer_has_one_name_on_two_adapters, NULL, name_seed),
    NBT_TEST_WITH("E30", a_long_list_comes_by_tcp, NULL, name_seed),
    NBT_TEST_WITH("E28 G23", a_dead_owner_loses_the_name, NULL, name_seed),
};

NBT_MAIN("node_servers", tests)
