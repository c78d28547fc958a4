/*
 * The memory of runs: blocks keep what is in them however they grow, do not overlap, are given out
 * again, and all of it comes back.
 */
#include "tests/support/mem.h"
#include "tests/support/test.h"
#include "tools/scene/simarena.h"

enum { BLOCKS = 200, LARGEST = 3 << 20 };

typedef struct block {
    uint8_t *p;
    size_t n;
    uint8_t fill;
} block;

static bool holds(const block *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (b->p[i] != b->fill)
            return false;
    return true;
}

static void change(nbt_mem mem, nbt_rng *rng, block *b)
{
    static const size_t sizes[] = { 0, 1, 16, 17, 100, 640, 641, 5000, 70000, LARGEST };
    size_t n = sizes[nbt_rng_below(rng, (uint32_t)LENGTH_OF(sizes))];
    if (n > 17)
        n -= nbt_rng_below(rng, 16);
    b->p = mem.resize(mem.ctx, b->p, b->n, n);
    assert_int_equal(b->p != NULL, n > 0);
    assert_int_equal((uintptr_t)b->p % 16, 0);
    assert_true(holds(b, n < b->n ? n : b->n));
    b->n = n;
    b->fill = (uint8_t)nbt_rng_u16(rng);
    if (n > 0)
        memset(b->p, b->fill, n);
}

static void blocks_are_their_owners(void **state)
{
    (void)state;
    test_mem under = { .blocks = 0 };
    simarena a;
    simarena_init(&a, test_mem_of(&under));
    nbt_mem mem = simarena_mem(&a);
    nbt_rng rng = { 5 };
    size_t pieces = 0;
    for (unsigned round = 0; round < 4; round++) {
        block b[BLOCKS] = { 0 };
        for (unsigned i = 0; i < 20 * BLOCKS; i++)
            change(mem, &rng, &b[nbt_rng_below(&rng, BLOCKS)]);
        uint64_t out = 0;
        for (unsigned i = 0; i < BLOCKS; i++) {
            assert_true(holds(&b[i], b[i].n));
            out += b[i].p != NULL;
        }
        assert_int_equal(a.blocks, out);
        simarena_reset(&a);
        assert_int_equal(a.blocks, 0);
        pieces = under.blocks;
    }
    assert_true(pieces > 0);
    simarena_fini(&a);
    assert_int_equal(under.blocks, 0);
}

/* What is given back is given out again, and a reset keeps the pieces: the same work needs no more
   memory however often it is done. */
static void nothing_piles_up(void **state)
{
    (void)state;
    test_mem under = { .blocks = 0 };
    simarena a;
    simarena_init(&a, test_mem_of(&under));
    nbt_mem mem = simarena_mem(&a);
    for (unsigned i = 0; i < 100000; i++) {
        void *p = mem.resize(mem.ctx, NULL, 0, 100 + i % 500);
        mem.resize(mem.ctx, p, 100 + i % 500, 0);
    }
    assert_int_equal(under.blocks, 1);
    for (unsigned i = 0; i < 100; i++) {
        for (unsigned k = 0; k < 100; k++)
            assert_non_null(mem.resize(mem.ctx, NULL, 0, 30000));
        simarena_reset(&a);
    }
    assert_in_range(under.blocks, 2, 8);
    simarena_fini(&a);
    assert_int_equal(under.blocks, 0);
}

static void without_memory(void **state)
{
    (void)state;
    test_mem under = { .fail_at = 2 };
    simarena a;
    simarena_init(&a, test_mem_of(&under));
    nbt_mem mem = simarena_mem(&a);
    uint8_t *p = mem.resize(mem.ctx, NULL, 0, 1000);
    assert_non_null(p);
    p[999] = 7;
    assert_null(mem.resize(mem.ctx, NULL, 0, 2 << 20));
    assert_null(mem.resize(mem.ctx, p, 1000, 2 << 20)); /* the block is as it was */
    assert_int_equal(p[999], 7);
    simarena_fini(&a);
    assert_int_equal(under.blocks, 0);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", blocks_are_their_owners),
    NBT_TEST("", nothing_piles_up),
    NBT_TEST("", without_memory),
};

NBT_MAIN("simarena", tests)
