/* Small scenes, gone through in every way. */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/profile.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"
#include "tools/scene/explore.h"

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
    snprintf(m.host[i].name, sizeof m.host[i].name, "%c", 'A' + i);
    m.program[m.s.nprograms++] = (scene_program){ .kind = SCENE_PROGRAM, .host = i };
    return i;
}

static void server(void)
{
    uint16_t i = (uint16_t)m.s.nhosts++;
    m.host[i] = (scene_host){ .kind = SCENE_SERVER, .nadapters = 1 };
    m.host[i].adapter[0].ip = ip_of("10.0.0.1") + i;
    strcpy(m.host[i].name, "WINS");
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
    explore_counts counts;
    char story[8000];
} result;

static void add_line(void *ctx, const explore_line *line)
{
    result *r = ctx;
    size_t len = strlen(r->story);
    snprintf(r->story + len, sizeof r->story - len, "%u.%03u %s %s %s\n",
             (unsigned)(line->at / 1000), (unsigned)(line->at % 1000), line->host, line->what,
             line->text);
}

static result run(explore_cfg cfg)
{
    test_mem mem = { 0 };
    scene_pos pos;
    result r = { .end = XP_RUNNING };
    assert_null(xp_world_refuses(&m.s, &pos));
    cfg.world.mem = test_mem_of(&mem);
    explore *x = explore_new(&cfg);
    assert_non_null(x);
    while ((r.end = explore_run(x, 1000)) == XP_RUNNING) {
    }
    explore_count(x, &r.counts);
    assert_false(r.counts.overflowed);
    if (r.end == XP_FOUND) {
        r.wrong = explore_wrong(x);
        assert_true(explore_tell(x, add_line, &r));
    }
    explore_free(x);
    assert_int_equal(mem.blocks, 0);
    if (getenv("NBTLAB_TELL"))
        printf("%s: %llu states, %llu choices, depth %u, %llu states of hosts, %llu runs\n%s",
               r.end == XP_FOUND       ? xp_wrong_str(r.wrong)
               : r.end == XP_EXHAUSTED ? "none"
                                       : "bound",
               (unsigned long long)r.counts.search.states,
               (unsigned long long)r.counts.search.choices, r.counts.search.depth,
               (unsigned long long)r.counts.host_states, (unsigned long long)r.counts.runs,
               r.story);
    return r;
}

static result explore_all(unsigned losses, unsigned doubles, unsigned wrongs)
{
    explore_cfg cfg = explore_usual((nbt_mem){ NULL, NULL }, &m.s);
    cfg.world.losses = losses;
    cfg.world.doubles = doubles;
    cfg.world.wrongs = wrongs;
    cfg.states = 3000000;
    return run(cfg);
}

static void one_that_claims(void **state)
{
    (void)state;
    make(NBT_MS(20));
    claims(0, 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    result r = explore_all(0, 0, XP_WRONGS_QUIET);
    assert_int_equal(r.end, XP_EXHAUSTED);
}

static void two_that_claim(void **state)
{
    (void)state;
    make(NBT_MS(20));
    claims(0, 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    claims(NBT_MS(100), 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    (void)explore_all(0, 0, XP_WRONGS_QUIET);
    m.step[1].at = NBT_MS(900);
    (void)explore_all(0, 0, XP_WRONGS_QUIET);
    (void)explore_all(3, 0, XP_WRONGS_QUIET);
    (void)explore_all(2, 2, XP_WRONGS_QUIET);
}

static void late_defender(void **state)
{
    (void)state;
    make(NBT_MS(300));
    claims(0, 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    claims(NBT_S(2), 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    (void)explore_all(0, 0, XP_WRONGS_QUIET);
    m.network.link.delay = NBT_MS(400);
    (void)explore_all(0, 0, XP_WRONGS_QUIET);
    m.network.link.delay = NBT_MS(200);
    (void)explore_all(2, 0, XP_WRONGS_QUIET);
}

static void challenge(void **state)
{
    (void)state;
    make(NBT_MS(20));
    server();
    claims(0, 0, computer(NBT_ONT_P), "FRED<20>", NBT_NCB_ADD_NAME);
    claims(NBT_S(2), 0, computer(NBT_ONT_P), "FRED<20>", NBT_NCB_ADD_NAME);
    (void)explore_all(0, 0, XP_WRONGS_QUIET);
    (void)explore_all(1, 0, XP_WRONGS_QUIET);
    (void)explore_all(1, 1, XP_WRONGS_QUIET);
    (void)explore_all(3, 0, XP_WRONGS_QUIET);
    m.step[1].at = NBT_S(1);
    m.step[1].slack = NBT_S(1);
    (void)explore_all(1, 1, XP_WRONGS_QUIET);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", one_that_claims),
    NBT_TEST("", two_that_claim),
    NBT_TEST("", late_defender),
    NBT_TEST("", challenge),
};

NBT_MAIN("xp_world", tests)
