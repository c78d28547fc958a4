/* Small scenes, gone through in every way. */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/profile.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"
#include "tools/scene/xp_world.h"

enum { HOSTS = 4, STEPS = 12 };

/* A scene in the making: one network, hosts 10.0.0.1 and up, a program on each computer. */
typedef struct making {
    scene s;
    scene_network network;
    scene_host host[HOSTS];
    scene_program program[HOSTS];
    scene_step step[STEPS];
} making;

static making m;

static void make(nbt_time delay)
{
    memset(&m, 0, sizeof m);
    m.network = (scene_network){ .name = "lan", .subnet = ip_of("10.0.0.0"), .mask = 0xFFFFFF00 };
    m.network.link.delay = delay;
    m.s.network = &m.network;
    m.s.nnetworks = 1;
    m.s.host = m.host;
    m.s.program = m.program;
    m.s.step = m.step;
}

static uint16_t computer(nbt_node_type node)
{
    uint16_t i = (uint16_t)m.s.nhosts++;
    m.host[i] = (scene_host){ .kind = SCENE_COMPUTER, .node = node, .nadapters = 1 };
    m.host[i].adapter[0].ip = ip_of("10.0.0.1") + i;
    m.host[i].profile = nbt_profile_find("rfc", 3);
    m.host[i].nwins = node != NBT_ONT_B;
    m.host[i].wins[0] = ip_of("10.0.0.1");
    m.program[m.s.nprograms++] = (scene_program){ .kind = SCENE_PROGRAM, .host = i };
    return i;
}

static void server(void)
{
    uint16_t i = (uint16_t)m.s.nhosts++;
    m.host[i] = (scene_host){ .kind = SCENE_SERVER, .nadapters = 1 };
    m.host[i].adapter[0].ip = ip_of("10.0.0.1") + i;
    m.host[i].server = *nbt_nbns_profile_find("rfc", 3);
    m.program[m.s.nprograms++] = (scene_program){ .kind = SCENE_PROGRAM, .host = i };
}

static scene_step *at(nbt_time when, nbt_time slack, scene_do what)
{
    scene_step *s = &m.step[m.s.nsteps++];
    *s = (scene_step){ .at = when, .slack = slack, .what = what };
    return s;
}

static void claims(nbt_time when, nbt_time slack, uint16_t who, const char *name, unsigned verb)
{
    scene_step *s = at(when, slack, SCENE_DO_NCB);
    s->program = who;
    s->ncb.command = (uint8_t)verb;
    memcpy(s->ncb.name, name_of(name).b, NBT_NAME_LEN);
}

typedef struct result {
    xp_end end;
    xp_wrong wrong;
    xp_counts counts;
    size_t length;
    uint64_t states, runs;
    char story[4000];
} result;

static void tell(xp_world *w, const uint32_t *path, size_t n, result *r)
{
    static const char *const words[] = { "arrive", "arrive-twice", "lose", "due", "step", "pass" };
    xp_event ev;
    r->story[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        assert_true(xp_world_tell(w, path[i], &ev));
        size_t len = strlen(r->story);
        snprintf(r->story + len, sizeof r->story - len, "%lld %s %u; ", (long long)ev.at / 1000,
                 words[ev.kind], ev.host);
    }
}

static result explore(unsigned losses, unsigned doubles, unsigned wrongs)
{
    test_mem mem = { 0 };
    scene_pos pos;
    result r = { .length = 0 };
    assert_null(xp_world_refuses(&m.s, &pos));
    xp_world_cfg cfg = { test_mem_of(&mem), &m.s, losses, doubles, NBT_NEVER, NBT_NEVER, wrongs };
    xp_world *w = xp_world_new(&cfg);
    assert_non_null(w);
    xp_space space = xp_world_space(w);
    xp_cfg bounds = { .mem = cfg.mem, .states = 3000000 };
    xp_search *s = xp_search_new(&bounds, &space);
    while ((r.end = xp_search_run(s, 1000)) == XP_RUNNING) {
    }
    assert_false(xp_world_overflowed(w));
    xp_search_counts(s, &r.counts);
    xp_world_counts(w, &r.states, &r.runs);
    if (r.end == XP_FOUND) {
        r.wrong = (xp_wrong)xp_search_wrong(s);
        uint32_t *path = xp_search_path(s, &r.length);
        tell(w, path, r.length, &r);
        cfg.mem.resize(cfg.mem.ctx, path, (r.length ? r.length : 1) * sizeof *path, 0);
    }
    xp_search_free(s);
    xp_world_free(w);
    assert_int_equal(mem.blocks, 0);
    printf(
        "end %d wrong %s states %llu choices %llu depth %u, local %llu runs %llu length %zu %s\n",
        (int)r.end, xp_wrong_str(r.wrong), (unsigned long long)r.counts.states,
        (unsigned long long)r.counts.choices, r.counts.depth, (unsigned long long)r.states,
        (unsigned long long)r.runs, r.length, r.story);
    return r;
}

static void one_that_claims(void **state)
{
    (void)state;
    make(NBT_MS(20));
    claims(0, 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    result r = explore(0, 0, XP_WRONGS_QUIET);
    assert_int_equal(r.end, XP_EXHAUSTED);
}

static void two_that_claim(void **state)
{
    (void)state;
    make(NBT_MS(20));
    claims(0, 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    claims(NBT_MS(100), 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    (void)explore(0, 0, XP_WRONGS_QUIET);
    m.step[1].at = NBT_MS(900);
    (void)explore(0, 0, XP_WRONGS_QUIET);
    (void)explore(3, 0, XP_WRONGS_QUIET);
    (void)explore(2, 2, XP_WRONGS_QUIET);
    (void)server;
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", one_that_claims),
    NBT_TEST("", two_that_claim),
};

NBT_MAIN("xp_world", tests)
