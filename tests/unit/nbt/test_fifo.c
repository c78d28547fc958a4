/*
 * The queue of blocks: what went in first comes out first, and stays whole until the next pull.
 */
#include "nbt/fifo.h"
#include "tests/support/mem.h"
#include "tests/support/test.h"

static void first_in_first_out(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_fifo f;
    nbt_fifo_init(&f, test_mem_of(&mem));
    assert_null(nbt_fifo_pull(&f));
    for (unsigned turn = 0; turn < 3; turn++) {
        for (size_t n = 1; n <= 40; n++) {
            uint8_t *p = nbt_fifo_push(&f, n);
            assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(p[i], 0);
                p[i] = (uint8_t)n;
            }
        }
        for (size_t n = 1; n <= 40; n++) {
            const uint8_t *p = nbt_fifo_pull(&f);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(p[i], n);
            assert_int_equal(mem.blocks, 41 - n);
        }
        assert_null(nbt_fifo_pull(&f));
        assert_int_equal(mem.blocks, 0);
    }
    nbt_fifo_fini(&f);
}

static void gives_everything_back(void **state)
{
    (void)state;
    test_mem mem = { .fail_at = 4 };
    nbt_fifo f;
    nbt_fifo_init(&f, test_mem_of(&mem));
    for (unsigned i = 0; i < 3; i++)
        assert_non_null(nbt_fifo_push(&f, 10));
    assert_null(nbt_fifo_push(&f, 10));
    assert_non_null(nbt_fifo_pull(&f));
    nbt_fifo_fini(&f);
    assert_int_equal(mem.blocks, 0);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", first_in_first_out),
    NBT_TEST("", gives_everything_back),
};

NBT_MAIN("fifo", tests)
