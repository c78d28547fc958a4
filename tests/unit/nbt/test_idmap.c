/*
 * The map of numbers, held against an array that cannot be wrong.
 */
#include "nbt/idmap.h"
#include "tests/support/mem.h"
#include "tests/support/test.h"

static void empty_map(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_idmap m;
    nbt_idmap_init(&m, test_mem_of(&mem));
    assert_int_equal(nbt_idmap_get(&m, 0), 0);
    nbt_idmap_remove(&m, 0);
    nbt_idmap_fini(&m);
    assert_int_equal(mem.requests, 0);
}

/* Keys so near each other that they get in each other's way, added and removed at random. */
static void agrees_with_an_array(void **state)
{
    (void)state;
    enum { KEYS = 600 };
    static const uint64_t step[] = { 1, 16, UINT64_C(1) << 32, UINT64_C(0xFFFFFFFFFFFFF001) };
    nbt_rng rng = { test_seed() };
    for (size_t s = 0; s < LENGTH_OF(step); s++) {
        test_mem mem = { 0 };
        nbt_idmap m;
        nbt_idmap_init(&m, test_mem_of(&mem));
        uint32_t want[KEYS] = { 0 };
        size_t n = 0;
        for (unsigned turn = 0; turn < 20000; turn++) {
            uint32_t i = nbt_rng_below(&rng, KEYS);
            if (want[i] == 0) {
                want[i] = turn + 1;
                assert_true(nbt_idmap_add(&m, i * step[s], want[i]));
                n++;
            } else {
                want[i] = 0;
                nbt_idmap_remove(&m, i * step[s]);
                n--;
            }
            i = nbt_rng_below(&rng, KEYS);
            assert_int_equal(nbt_idmap_get(&m, i * step[s]), want[i]);
        }
        for (uint32_t i = 0; i < KEYS; i++)
            assert_int_equal(nbt_idmap_get(&m, i * step[s]), want[i]);
        assert_int_equal(m.n, n);
        nbt_idmap_fini(&m);
        assert_int_equal(mem.blocks, 0);
    }
}

static void without_memory_nothing_changes(void **state)
{
    (void)state;
    test_mem mem = { .fail_at = 2 };
    nbt_idmap m;
    nbt_idmap_init(&m, test_mem_of(&mem));
    uint32_t n = 0;
    while (nbt_idmap_add(&m, n, n + 1))
        n++;
    assert_true(n > 0);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(nbt_idmap_get(&m, i), i + 1);
    assert_int_equal(nbt_idmap_get(&m, n), 0);
    nbt_idmap_fini(&m);
    assert_int_equal(mem.blocks, 0);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", empty_map),
    NBT_TEST("", agrees_with_an_array),
    NBT_TEST("", without_memory_nothing_changes),
};

NBT_MAIN("idmap", tests)
