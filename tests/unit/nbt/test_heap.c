/*
 * The heap of deadlines: what comes out is in order of time, and of arrival within one time.
 */
#include "nbt/heap.h"
#include "tests/support/mem.h"
#include "tests/support/test.h"

static void earliest_first(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_heap h;
    nbt_heap_init(&h, test_mem_of(&mem));
    assert_true(nbt_heap_due(&h) == NBT_NEVER);
    static const nbt_time at[] = { 30, 10, 20, 10, 0, 30, 10 };
    for (uint32_t i = 0; i < LENGTH_OF(at); i++)
        assert_true(nbt_heap_push(&h, at[i], i));
    static const uint32_t order[] = { 4, 1, 3, 6, 2, 0, 5 };
    for (size_t i = 0; i < LENGTH_OF(order); i++) {
        assert_true(nbt_heap_due(&h) == at[order[i]]);
        assert_int_equal(nbt_heap_pop(&h), order[i]);
    }
    assert_true(nbt_heap_due(&h) == NBT_NEVER);
    nbt_heap_fini(&h);
    assert_int_equal(mem.blocks, 0);
}

/* Thousands in and out, in turns: never one before its time, never two of a time out of order. */
static void order_holds_whatever_goes_in(void **state)
{
    (void)state;
    enum { ALL = 20000 };
    static nbt_time at[ALL];
    nbt_rng rng = { test_seed() };
    test_mem mem = { 0 };
    nbt_heap h;
    nbt_heap_init(&h, test_mem_of(&mem));
    uint32_t in = 0, out = 0;
    nbt_time now = 0;
    bool seen[ALL] = { false };
    uint32_t last = 0;
    while (out < ALL) {
        if (in < ALL && (h.n == 0 || nbt_rng_below(&rng, 5) < 3)) {
            at[in] = now + nbt_rng_below(&rng, 50);
            assert_true(nbt_heap_push(&h, at[in], in));
            in++;
            continue;
        }
        nbt_time due = nbt_heap_due(&h);
        uint32_t id = nbt_heap_pop(&h);
        assert_false(seen[id]);
        assert_true(at[id] == due && due >= now);
        assert_true(due > now || out == 0 || id > last || at[last] < due);
        seen[id] = true;
        last = id;
        now = due;
        out++;
    }
    nbt_heap_fini(&h);
    assert_int_equal(mem.blocks, 0);
}

static void without_memory_nothing_changes(void **state)
{
    (void)state;
    test_mem mem = { .fail_at = 2 };
    nbt_heap h;
    nbt_heap_init(&h, test_mem_of(&mem));
    uint32_t n = 0;
    while (nbt_heap_push(&h, -(nbt_time)n, n))
        n++;
    assert_true(n > 0 && h.n == n);
    while (n > 0)
        assert_int_equal(nbt_heap_pop(&h), --n);
    nbt_heap_fini(&h);
    assert_int_equal(mem.blocks, 0);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", earliest_first),
    NBT_TEST("", order_holds_whatever_goes_in),
    NBT_TEST("", without_memory_nothing_changes),
};

NBT_MAIN("heap", tests)
