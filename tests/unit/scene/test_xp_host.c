/*
 * States that are merged: what the explorer looks up is what the objects do. Random ways through
 * worlds are gone a second time by objects that nobody has ever put aside or taken for others, and
 * all that they send, and all that there is to see of them, must be the same.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "tests/support/mem.h"
#include "tests/support/scenes.h"
#include "tools/scene/explore.h"
#include "tools/scene/xp_objects.h"

enum { WAY_MAX = 400, ARENA = 4 * 1024 * 1024 };

/* The choices of a state. */
typedef struct choices {
    uint32_t choice[64];
    uint32_t words[64][XP_WORDS_MAX];
    size_t n[64], count;
} choices;

static void collect(void *to, uint32_t choice, const uint32_t *words, size_t n)
{
    choices *c = to;
    if (c->count == LENGTH_OF(c->choice))
        return;
    c->choice[c->count] = choice;
    c->n[c->count] = n;
    memcpy(c->words[c->count++], words, n * sizeof *words);
}

/* A random way from the beginning; its length. */
static size_t wander(xp_world *w, nbt_rng *rng, uint32_t way[WAY_MAX])
{
    static choices c;
    xp_space space = xp_world_space(w);
    uint32_t words[XP_WORDS_MAX];
    size_t n = space.first(space.ctx, words), length = 0;
    while (length < WAY_MAX) {
        c.count = 0;
        assert_true(space.expand(space.ctx, words, n, &(xp_sink){ collect, &c }));
        if (c.count == 0)
            break;
        uint32_t i = nbt_rng_below(rng, (uint32_t)c.count);
        way[length++] = c.choice[i];
        n = c.n[i];
        memcpy(words, c.words[i], n * sizeof *words);
    }
    return length;
}

/* The same hosts, without a table of states. */
typedef struct plain {
    const scene *s;
    test_mem mem;
    xp_net net;
    xp_hosts all;
    xp_arena arena[XP_HOSTS_MAX];
    xp_work work[XP_HOSTS_MAX];
} plain;

static void plain_init(plain *p, const scene *s)
{
    memset(p, 0, sizeof *p);
    p->s = s;
    nbt_mem mem = test_mem_of(&p->mem);
    xp_net_init(&p->net, mem, s, NBT_NEVER, false);
    assert_true(xp_hosts_init(&p->all, mem, s, &p->net));
    for (uint8_t i = 0; i < s->nhosts; i++) {
        assert_true(xp_arena_init(&p->arena[i], mem, ARENA));
        assert_true(xp_work_init(&p->work[i], &p->all, i, &p->arena[i]));
        if (!s->host[i].off)
            xp_work_start(&p->work[i]);
    }
}

static void plain_fini(plain *p)
{
    for (uint8_t i = 0; i < p->s->nhosts; i++) {
        xp_work_fini(&p->work[i]);
        xp_arena_fini(&p->arena[i]);
    }
    xp_hosts_fini(&p->all);
    xp_net_fini(&p->net);
    assert_int_equal(p->mem.blocks, 0);
}

static void stir(plain *p, uint8_t host, xp_stimulus_kind kind, uint32_t about)
{
    p->work[host].nsent = 0;
    assert_true(xp_work_do(&p->work[host], xp_stimulus(kind, about)));
}

/* The other network's number for a message. */
static uint32_t translate(plain *p, const xp_world *w, uint32_t message)
{
    uint32_t number;
    assert_true(xp_net_packet(&p->net, xp_world_packet(w, xp_message_packet(message)), &number));
    return xp_net_message(&p->net, number, xp_message_slot(message));
}

static void same_packets(const plain *p, const xp_world *w, const xp_event *ev)
{
    const xp_work *work = &p->work[ev->host];
    assert_int_equal(work->nsent, ev->nsent);
    for (size_t i = 0; i < ev->nsent; i++) {
        const xp_packet *a = &p->net.packet[work->sent[i]],
                        *b = xp_world_packet(w, ev->sent[i].packet);
        assert_true(nbt_ep_eq(a->from, b->from) && nbt_ep_eq(a->to, b->to));
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->seq, b->seq);
        assert_int_equal(a->data.n, b->data.n);
        if (a->data.n > 0)
            assert_memory_equal(a->data.p, b->data.p, a->data.n);
    }
}

static void same_facts(plain *p, const xp_world *w, uint8_t host)
{
    xp_facts a;
    const xp_facts *b = xp_world_facts(w, host);
    assert_true(xp_work_see(&p->work[host], &a));
    assert_true(a.due == b->due);
    assert_true(a.up == b->up && a.quiet == b->quiet && a.doubled == b->doubled);
    assert_true(a.changed == b->changed && a.lost == b->lost && a.bare == b->bare);
    assert_memory_equal(a.result, b->result, sizeof a.result);
    assert_memory_equal(a.standing, b->standing, sizeof a.standing);
    assert_int_equal(a.nends, b->nends);
    assert_int_equal(a.nholdings, b->nholdings);
    for (size_t i = 0; i < a.nholdings; i++) {
        assert_int_equal(a.holding[i].state, b->holding[i].state);
        assert_int_equal(a.holding[i].group, b->holding[i].group);
        assert_true(
            nbt_name_eq(&p->all.name[a.holding[i].name], xp_world_name(w, b->holding[i].name)));
    }
}

static void go_again(plain *p, const xp_world *w, const xp_event *ev)
{
    uint32_t pause;
    switch (ev->kind) {
    case XP_ARRIVE:
    case XP_ARRIVE_TWICE:
        stir(p, ev->host, XP_ON_MESSAGE, translate(p, w, ev->message));
        break;
    case XP_DUE:
        stir(p, ev->host, XP_ON_TIME, 0);
        break;
    case XP_STEP:
        if (ev->host < XP_HOSTS_MAX)
            stir(p, ev->host, XP_ON_STEP, ev->step);
        break;
    case XP_PASS:
        assert_true(xp_hosts_pause(&p->all, ev->pause, &pause));
        for (uint8_t i = 0; i < p->s->nhosts; i++)
            stir(p, i, XP_ON_PAUSE, pause);
        return;
    case XP_LOSE:
        return;
    }
    if (ev->host < XP_HOSTS_MAX)
        same_packets(p, w, ev);
}

static size_t one_way(const scene *s, uint64_t seed)
{
    test_mem mem = { 0 };
    nbt_rng rng = { seed };
    xp_world_cfg cfg = explore_usual(test_mem_of(&mem), s).world;
    cfg.losses = cfg.doubles = 2;
    static plain p;
    xp_world *w = xp_world_new(&cfg);
    assert_non_null(w);
    uint32_t way[WAY_MAX];
    for (int i = 0; i < 30; i++) /* so that states are known from other ways */
        (void)wander(w, &rng, way);
    size_t n = wander(w, &rng, way);
    plain_init(&p, s);
    for (size_t i = 0; i < n; i++) {
        xp_event ev;
        assert_true(xp_world_tell(w, way[i], &ev));
        go_again(&p, w, &ev);
        for (uint8_t h = 0; h < s->nhosts; h++)
            same_facts(&p, w, h);
    }
    plain_fini(&p);
    xp_world_free(w);
    assert_int_equal(mem.blocks, 0);
    return n;
}

static void merged_states_do_what_objects_do(void **state)
{
    (void)state;
    static const char *const worlds[] = {
        "overlapping-claims", "challenge-unheard", "challenge-and-return", "overtaken-release",
        "mixed-nodes",        "one-console",       "clock-at-server",      "release-again",
        "held-back",          "consoles",          "session-messages",     "echo",
        "viewer-race",        "viewer-tcp",        "client-crashes",       "distributed",
        "file-and-break",     "session-cut"
    };
    for (size_t i = 0; i < LENGTH_OF(worlds); i++) {
        char path[100];
        size_t len;
        snprintf(path, sizeof path, "fixtures/scenarios/worlds/%s.scn", worlds[i]);
        char *text = scenes_file(path, &len);
        test_mem mem = { 0 };
        scene s;
        scenes_read(test_mem_of(&mem), text, len, &s);
        size_t steps = 0;
        for (uint64_t seed = 1; seed <= 10; seed++)
            steps += one_way(&s, seed);
        assert_true(steps > 10 * 5);
        scene_free(&s);
        free(text);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", merged_states_do_what_objects_do),
};

NBT_MAIN("xp_host", tests)
