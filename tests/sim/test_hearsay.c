/*
 * Broadcasts that nobody is called for: a network that only counts them says the same, answer by
 * answer and number by number, as one that calls every node for every broadcast.
 *
 * B, P, M and H nodes of two scopes and several profiles add, delete, find and ask for names, and a
 * stranger sends whatever he likes.
 */
#include "nbt/simnet.h"
#include "nbt/text.h"
#include "tests/support/mem.h"
#include "tests/support/test.h"

#include <stdio.h>

enum { COMPUTERS = 9, NAMES = 6, STEPS = 120, SEEDS = 60 };

typedef struct world {
    test_mem mem;
    nbt_rng rng;
    nbt_simnet *net;
    nbt_computer *computer[COMPUTERS];
    nbt_lana_cfg lana[COMPUTERS];
    uint32_t obj[COMPUTERS], stranger, tag;
    uint64_t hash;
} world;

static void mix(world *w, const void *p, size_t n)
{
    const uint8_t *b = p;
    for (size_t i = 0; i < n; i++)
        w->hash = (w->hash ^ b[i]) * UINT64_C(0x100000001B3);
}

/* Each computer has a profile of its own, and each type of node is there in both scopes. */
static void fill_lana(world *w, unsigned i)
{
    static const nbt_node_type types[] = { NBT_ONT_B, NBT_ONT_P, NBT_ONT_M, NBT_ONT_H };
    const nbt_profile *profile = nbt_profile_at(i % 4);
    w->lana[i] = (nbt_lana_cfg){ .ip = 0x0A000001 + i,
                                 .mask = 0xFFFFFF00,
                                 .broadcast = 0x0A0000FF,
                                 .type = types[i % 3 == 0 ? 0 : i % 4],
                                 .profile = profile,
                                 .servers = { 0x0A0000FD },
                                 .nservers = 1 };
    if (i % 5 == 4)
        assert_true(nbt_scope_parse(&w->lana[i].scope, "LAB", 3));
}

static void build(world *w, uint64_t seed, bool all, bool traces)
{
    static nbt_simnet_ops everything;
    everything = nbt_simnet_computer;
    everything.hears = NULL;
    everything.overheard = NULL;
    *w = (world){ .rng = { seed }, .hash = UINT64_C(0xCBF29CE484222325) };
    nbt_simnet_cfg cfg = { .mem = test_mem_of(&w->mem), .seed = seed, .frames = true };
    cfg.traces = traces;
    w->net = nbt_simnet_new(&cfg);
    nbt_simlink link = { .delay = 500, .jitter = seed % 2 ? 0 : 3000 };
    uint32_t segment = nbt_simnet_segment(w->net, &link);
    for (unsigned i = 0; i < COMPUTERS; i++) {
        fill_lana(w, i);
        nbt_computer_cfg computer = {
            .mem = test_mem_of(&w->mem), .seed = seed + i, .lanas = &w->lana[i], .nlanas = 1
        };
        w->computer[i] = nbt_computer_new(&computer);
        uint32_t host = nbt_simnet_host(w->net);
        nbt_simnet_adapter(w->net, host, segment, &w->lana[i]);
        w->obj[i] = nbt_simnet_attach(w->net, host, 0, all ? &everything : &nbt_simnet_computer,
                                      w->computer[i]);
    }
    w->stranger = nbt_simnet_host(w->net);
    nbt_lana_cfg lana = { .ip = 0x0A0000FE, .broadcast = 0x0A0000FF };
    nbt_simnet_adapter(w->net, w->stranger, segment, &lana);
}

static void hear(world *w)
{
    const nbt_simframe *f;
    const nbt_simnet_effect *e;
    while ((f = nbt_simnet_frame(w->net))) {
        mix(w, &f->at, sizeof f->at);
        mix(w, &f->from.ip, sizeof f->from.ip);
        mix(w, f->data.p, f->data.n);
    }
    while ((e = nbt_simnet_next(w->net))) {
        mix(w, &e->at, sizeof e->at);
        mix(w, &e->act.ncb.retcode, 1);
        mix(w, e->data.p, e->data.n); /* of ADAPTER STATUS, with its counters */
        if (e->act.kind == NBT_ACT_TRACE)
            mix(w, e->act.trace.to, strlen(e->act.trace.to));
    }
}

static void any_name(world *w, uint8_t name[NBT_NAME_LEN])
{
    char text[8];
    nbt_name n;
    int len = snprintf(text, sizeof text, "N%u", (unsigned)nbt_rng_below(&w->rng, NAMES));
    nbt_name_make(&n, text, (size_t)len, 0x20);
    memcpy(name, n.b, NBT_NAME_LEN);
}

static void command(world *w, unsigned i)
{
    static const uint8_t verbs[] = {
        NBT_NCB_ADD_NAME,    NBT_NCB_ADD_NAME,  NBT_NCB_ADD_GROUP_NAME,
        NBT_NCB_DELETE_NAME, NBT_NCB_FIND_NAME, NBT_NCB_ADAPTER_STATUS
    };
    nbt_ncb ncb = { .command = verbs[nbt_rng_below(&w->rng, (uint32_t)LENGTH_OF(verbs))] };
    any_name(w, ncb.name);
    any_name(w, ncb.callname);
    ncb.length = 5000;
    if (ncb.command == NBT_NCB_ADAPTER_STATUS) {
        memset(ncb.callname, ' ', NBT_NAME_LEN);
        ncb.callname[0] = '*';
    }
    nbt_out *out = nbt_simnet_begin(w->net);
    nbt_computer_do(w->computer[i], nbt_simnet_now(w->net), 0, ++w->tag, &ncb,
                    (nbt_bytes){ NULL, 0 }, out);
    nbt_simnet_end(w->net, w->obj[i]);
}

/* Anything that can be broadcast, understood or not. */
static void say(world *w)
{
    static const char *const lines[] = {
        "registration-request N%u<20>%s id=0x0101 b=1 ttl=0 owner=10.0.0.%u node=B unique",
        "multihomed-registration N%u<20>%s id=0x0102 b=1 ttl=0 owner=10.0.0.%u node=B unique",
        "overwrite-demand N%u<20>%s id=0x0103 owner=10.0.0.%u node=B unique",
        "release-demand N%u<20>%s id=0x0104 owner=10.0.0.%u node=B unique",
        "refresh-request N%u<20>%s id=0x0105 b=1 ttl=9 owner=10.0.0.%u node=B unique",
        "conflict-demand N%u<20>%s id=0x0106 owner=0.0.0.0 node=B unique",
        "query-request N%u<20>%s id=0x0107 b=1",
        "query-request N%u<20>%s id=0x0108 b=1 qclass=255",
        "status-request N%u<20>%s id=0x0109 b=1",
        "positive-query-response N%u<20>%s id=0x010a ttl=9 owners=10.0.0.%u/B/unique",
        "malformed-name-packet raw=010b2910000100",
    };
    char line[200];
    uint8_t arena[200 + NBT_TEXT_ARENA_EXTRA], bytes[1000];
    nbt_msg m;
    nbt_text_err err;
    nbt_wr wr;
    const char *form = lines[nbt_rng_below(&w->rng, (uint32_t)LENGTH_OF(lines))];
    unsigned number = nbt_rng_below(&w->rng, NAMES), owner = 1 + nbt_rng_below(&w->rng, COMPUTERS);
    const char *scope = nbt_rng_below(&w->rng, 4) ? "" : ".LAB";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    int n = snprintf(line, sizeof line, form, number, scope, owner);
#pragma GCC diagnostic pop
    assert_true(nbt_text_parse(&m, line, (size_t)n, arena, sizeof arena, &err));
    nbt_wr_init(&wr, bytes, sizeof bytes);
    nbt_msg_wr(&wr, &m);
    bool own_port = nbt_rng_below(&w->rng, 3) > 0;
    nbt_simnet_send(w->net, w->stranger, (nbt_ep){ 0x0A0000FE, own_port ? 137 : 4000 },
                    (nbt_ep){ 0x0A0000FF, 137 }, (nbt_bytes){ bytes, wr.at });
}

/* Plays it, and gives the hash of all that could be noticed. */
static uint64_t play(uint64_t seed, bool all, bool traces)
{
    world w;
    build(&w, seed, all, traces);
    for (unsigned i = 0; i < STEPS; i++) {
        if (nbt_rng_below(&w.rng, 2))
            command(&w, nbt_rng_below(&w.rng, COMPUTERS));
        else
            say(&w);
        nbt_simnet_run(w.net, nbt_simnet_now(w.net) + nbt_rng_below(&w.rng, 400000));
        hear(&w);
    }
    (void)nbt_simnet_begin(w.net); /* what was overheard is told */
    nbt_simnet_end(w.net, w.obj[0]);
    for (unsigned i = 0; i < COMPUTERS; i++)
        mix(&w, nbt_node_counts(nbt_computer_lana(w.computer[i], 0)), sizeof(nbt_node_stats));
    assert_false(nbt_simnet_failed(w.net));
    nbt_simnet_free(w.net);
    for (unsigned i = 0; i < COMPUTERS; i++)
        nbt_computer_free(w.computer[i]);
    assert_int_equal(w.mem.blocks, 0);
    return w.hash;
}

static void nobody_notices(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        for (unsigned traces = 0; traces < 2; traces++)
            if (play(seed, true, traces) != play(seed, false, traces))
                fail_msg("seed %u, traces %u: it makes a difference", (unsigned)seed, traces);
        assert_int_not_equal(play(seed, false, true), play(seed + SEEDS, false, true));
    }
}

/* --- which broadcasts they are ------------------------------------------------------------- */

static nbt_hearsay hearsay_of(const char *line)
{
    uint8_t arena[200 + NBT_TEXT_ARENA_EXTRA], bytes[1000];
    nbt_msg m;
    nbt_text_err err;
    nbt_wr wr;
    nbt_hearsay h;
    assert_true(nbt_text_parse(&m, line, strlen(line), arena, sizeof arena, &err));
    nbt_wr_init(&wr, bytes, sizeof bytes);
    nbt_msg_wr(&wr, &m);
    nbt_hearsay_rd(&h, (nbt_bytes){ bytes, wr.at });
    return h;
}

static void some_are_for_all(void **state)
{
    (void)state;
    assert_true(hearsay_of("query-request FRED<20> id=0x0001 b=1").is);
    assert_false(hearsay_of("query-request FRED<20> id=0x0001 b=1").demand);
    assert_true(
        hearsay_of("release-demand FRED<20> id=0x0001 owner=10.0.0.1 node=B unique").demand);
    assert_false(
        hearsay_of("release-demand FRED<20>.LAB id=0x0001 owner=10.0.0.1 node=B unique").is);
    assert_false(hearsay_of("status-request FRED<20> id=0x0001 b=1").is);
    assert_false(hearsay_of("malformed-name-packet raw=010b2910000100").is);
    assert_false(hearsay_of("positive-query-response FRED<20> id=0x0001 ttl=9 "
                            "owners=10.0.0.1/B/unique")
                     .is);
}

/* A node need not be called for names that it does not know: nearly none of them. */
static void names_are_told_apart(void **state)
{
    (void)state;
    nbt_heard three = { .w = { 0 } };
    unsigned called = 0;
    for (unsigned i = 0; i < 1003; i++) {
        char text[16];
        nbt_name n;
        int len = snprintf(text, sizeof text, "PC%u", i);
        nbt_name_make(&n, text, (size_t)len, 0x20);
        nbt_heard one = nbt_heard_name(n.b);
        if (i < 3)
            nbt_heard_add(&three, &one);
        else
            called += nbt_heard_has(&three, &one);
        assert_true(i >= 3 || nbt_heard_has(&three, &one));
    }
    assert_in_range(called, 0, 3);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", nobody_notices),
    NBT_TEST("", some_are_for_all),
    NBT_TEST("", names_are_told_apart),
};

NBT_MAIN("hearsay", tests)
