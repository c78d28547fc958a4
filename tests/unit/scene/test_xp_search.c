/* The search: toy worlds whose states can be counted on paper. */
#include "tests/support/test.h"

#include "tests/support/mem.h"
#include "tools/scene/xp_search.h"

/* N counters from 0 to `top`, each of which can be raised by one: (top + 1)^N states. */
typedef struct counters {
    size_t n;
    uint32_t top;
    bool (*wrong)(const uint32_t *w, size_t n);
} counters;

static size_t counters_first(void *ctx, uint32_t *words)
{
    const counters *c = ctx;
    memset(words, 0, c->n * sizeof *words);
    return c->n;
}

static bool counters_expand(void *ctx, const uint32_t *words, size_t n, const xp_sink *s)
{
    const counters *c = ctx;
    uint32_t w[XP_WORDS_MAX];
    memcpy(w, words, n * sizeof *w);
    for (size_t i = 0; i < n; i++) {
        if (w[i] == c->top)
            continue;
        w[i]++;
        xp_follow(s, (uint32_t)i, w, n);
        w[i]--;
    }
    return true;
}

static unsigned counters_judge(void *ctx, const uint32_t *words, size_t n)
{
    const counters *c = ctx;
    return c->wrong && c->wrong(words, n) ? 7 : 0;
}

static xp_end run(counters *c, xp_cfg cfg, xp_counts *counts, unsigned *wrong, uint32_t **path,
                  size_t *npath)
{
    test_mem mem = { 0 };
    xp_space space = { c, counters_first, counters_expand, counters_judge, NULL };
    cfg.mem = test_mem_of(&mem);
    xp_search *s = xp_search_new(&cfg, &space);
    assert_non_null(s);
    xp_end end;
    while ((end = xp_search_run(s, 100)) == XP_RUNNING) {
    }
    xp_search_counts(s, counts);
    if (end == XP_FOUND) {
        *wrong = xp_search_wrong(s);
        uint32_t *p = xp_search_path(s, npath);
        assert_non_null(p);
        *path = malloc((*npath + 1) * sizeof **path);
        memcpy(*path, p, *npath * sizeof *p);
        cfg.mem.resize(cfg.mem.ctx, p, (*npath ? *npath : 1) * sizeof *p, 0);
    }
    xp_search_free(s);
    assert_int_equal(mem.blocks, 0);
    return end;
}

static void every_state_is_seen_once(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        uint32_t top;
        uint64_t states, choices;
        uint32_t depth;
    } rows[] = {
        { 1, 0, 1, 0, 0 },
        { 1, 5, 6, 5, 5 },
        { 3, 2, 27, 54, 6 },        /* 3 counters, each raised in 2 * 9 states */
        { 5, 3, 1024, 3840, 15 },   /* 5 * 3 * 256 */
        { 4, 9, 10000, 36000, 36 }, /* 4 * 9 * 1000 */
        { 17, 1, 131072, 1114112, 17 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        counters c = { rows[i].n, rows[i].top, NULL };
        xp_counts counts;
        assert_int_equal(run(&c, (xp_cfg){ .states = 0 }, &counts, NULL, NULL, NULL), XP_EXHAUSTED);
        assert_int_equal(counts.states, rows[i].states);
        assert_int_equal(counts.choices, rows[i].choices);
        assert_int_equal(counts.depth, rows[i].depth);
        assert_int_equal(counts.waiting, 0);
    }
}

static bool first_two_one_three(const uint32_t *w, size_t n)
{
    return n == 3 && w[0] == 2 && w[1] == 1 && w[2] == 3;
}

static bool always(const uint32_t *w, size_t n)
{
    (void)w;
    (void)n;
    return true;
}

static void the_way_to_what_is_wrong_is_a_shortest_one(void **state)
{
    (void)state;
    counters c = { 3, 5, first_two_one_three };
    xp_counts counts;
    uint32_t *path = NULL, w[3] = { 0 };
    size_t n = 0;
    unsigned wrong = 0;
    assert_int_equal(run(&c, (xp_cfg){ .states = 0 }, &counts, &wrong, &path, &n), XP_FOUND);
    assert_int_equal(wrong, 7);
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++)
        w[path[i]]++;
    assert_true(first_two_one_three(w, 3));
    free(path);

    c.wrong = always; /* the first state itself */
    assert_int_equal(run(&c, (xp_cfg){ .states = 0 }, &counts, &wrong, &path, &n), XP_FOUND);
    assert_int_equal(n, 0);
    assert_int_equal(counts.states, 1);
    free(path);
}

static void bounds_are_kept(void **state)
{
    (void)state;
    counters c = { 5, 9, NULL };
    xp_counts counts;
    assert_int_equal(run(&c, (xp_cfg){ .states = 500 }, &counts, NULL, NULL, NULL), XP_STATES);
    assert_int_equal(counts.states, 500);
    assert_int_equal(run(&c, (xp_cfg){ .memory = 3000000 }, &counts, NULL, NULL, NULL), XP_MEMORY);
    assert_in_range(counts.memory, 3000000, 12000000);
    assert_in_range(counts.states, 1000, 99999);
}

static void without_memory_it_ends(void **state)
{
    (void)state;
    counters c = { 4, 3, NULL };
    xp_space space = { &c, counters_first, counters_expand, counters_judge, NULL };
    unsigned ended = 0;
    for (size_t at = 1; at < 20; at++) {
        test_mem mem = { .fail_at = at };
        xp_cfg cfg = { .mem = test_mem_of(&mem) };
        xp_search *s = xp_search_new(&cfg, &space);
        if (s)
            ended += xp_search_run(s, 1000000) == XP_MEMORY;
        xp_search_free(s);
        assert_int_equal(mem.blocks, 0);
    }
    assert_in_range(ended, 2, 18);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", every_state_is_seen_once),
    NBT_TEST("", the_way_to_what_is_wrong_is_a_shortest_one),
    NBT_TEST("", bounds_are_kept),
    NBT_TEST("", without_memory_it_ends),
};

NBT_MAIN("xp_search", tests)
