/* The allocator over malloc keeps the contract of nbt/base.h. */
#include "tools/host/mem.h"

#include "tests/support/test.h"

static void grows_shrinks_and_gives_back(void **state)
{
    (void)state;
    nbt_mem mem = host_mem();
    uint8_t *p = mem.resize(mem.ctx, NULL, 0, 4);
    assert_non_null(p);
    memcpy(p, "abcd", 4);
    p = mem.resize(mem.ctx, p, 4, 100000);
    assert_non_null(p);
    assert_memory_equal(p, "abcd", 4);
    p = mem.resize(mem.ctx, p, 100000, 2);
    assert_memory_equal(p, "ab", 2);
    assert_null(mem.resize(mem.ctx, p, 2, 0)); /* the leak checker sees whether it is given back */
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", grows_shrinks_and_gives_back),
};

NBT_MAIN("mem", tests)
