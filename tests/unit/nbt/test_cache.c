/*
 * The remote name cache.
 */
#include "tests/support/test.h"

#include "nbt/cache.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"

static nbt_found at(uint32_t ip)
{
    return (nbt_found){ { 0, ip }, { 9, 137 } };
}

/* What is remembered of a name: its first address, 0 for nothing. */
static uint32_t known(const nbt_cache *c, nbt_time now, const char *name, size_t count)
{
    size_t n = 0;
    const nbt_found *found = nbt_cache_find(c, now, name_of(name).b, &n);
    assert_int_equal(n, count);
    return found ? found[0].addr.ip : 0;
}

static void a_name_is_remembered_until_its_time(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_cache c;
    nbt_cache_init(&c, test_mem_of(&mem));
    assert_int_equal(known(&c, 0, "FRED<20>", 0), 0);
    nbt_found two[] = { at(5), at(6) }, one = at(7);
    nbt_cache_put(&c, name_of("FRED<20>").b, two, 2, NBT_S(600));
    nbt_cache_put(&c, name_of("WILMA<20>").b, &one, 1, NBT_S(700));
    assert_int_equal(known(&c, NBT_S(599), "FRED<20>", 2), 5);
    assert_int_equal(known(&c, NBT_S(599), "FRED<00>", 0), 0);
    assert_int_equal(known(&c, NBT_S(600), "FRED<20>", 0), 0);
    assert_int_equal(known(&c, NBT_S(600), "WILMA<20>", 1), 7);
    nbt_cache_put(&c, name_of("FRED<20>").b, &one, 1, NBT_S(1000)); /* in place of the old */
    assert_int_equal(known(&c, NBT_S(600), "FRED<20>", 1), 7);
    assert_int_equal(c.n, 2);
    nbt_cache_fini(&c);
    assert_int_equal(mem.blocks, 0);
}

static void names_and_addresses_are_forgotten(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_cache c;
    nbt_cache_init(&c, test_mem_of(&mem));
    nbt_found two[] = { at(5), at(6) }, one = at(6), other = at(7);
    nbt_cache_put(&c, name_of("FRED<20>").b, two, 2, NBT_S(600));
    nbt_cache_put(&c, name_of("WILMA<20>").b, &one, 1, NBT_S(600));
    nbt_cache_put(&c, name_of("BARNEY<20>").b, &other, 1, NBT_S(600));
    nbt_cache_put(&c, name_of("BETTY<20>").b, &other, 1, NBT_S(600));
    nbt_cache_drop(&c, name_of("NOBODY<20>").b);
    nbt_cache_drop(&c, name_of("BETTY<20>").b);
    nbt_cache_drop_address(&c, 6);
    assert_int_equal(known(&c, 0, "FRED<20>", 0), 0);
    assert_int_equal(known(&c, 0, "WILMA<20>", 0), 0);
    assert_int_equal(known(&c, 0, "BETTY<20>", 0), 0);
    assert_int_equal(known(&c, 0, "BARNEY<20>", 1), 7);
    nbt_cache_fini(&c);
    assert_int_equal(mem.blocks, 0);
}

/* However many are found: the one whose time is over first goes. */
static void it_is_bounded(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_cache c;
    nbt_cache_init(&c, test_mem_of(&mem));
    for (uint32_t i = 0; i < 3 * NBT_CACHE_MAX; i++) {
        nbt_name name = name_of("NAME<20>");
        name.b[14] = (uint8_t)i;
        name.b[13] = (uint8_t)(i >> 8);
        nbt_found one = at(i + 1);
        nbt_cache_put(&c, name.b, &one, 1, NBT_S(600) + i);
        size_t n;
        assert_int_equal(nbt_cache_find(&c, 0, name.b, &n)->addr.ip, i + 1);
    }
    assert_int_equal(c.n, NBT_CACHE_MAX);
    for (size_t i = 0; i < c.n; i++)
        assert_true(c.e[i].until >= NBT_S(600) + 2 * NBT_CACHE_MAX);
    nbt_cache_fini(&c);
    assert_int_equal(mem.blocks, 0);
}

static void without_memory_nothing_is_remembered(void **state)
{
    (void)state;
    for (size_t fail = 1; fail < 6; fail++) {
        test_mem mem = { .fail_at = fail };
        nbt_cache c;
        nbt_cache_init(&c, test_mem_of(&mem));
        nbt_found one = at(5);
        nbt_cache_put(&c, name_of("FRED<20>").b, &one, 1, NBT_S(600));
        nbt_cache_put(&c, name_of("FRED<20>").b, &one, 1, NBT_S(600));
        assert_true(c.n <= 1);
        nbt_cache_fini(&c);
        assert_int_equal(mem.blocks, 0);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_name_is_remembered_until_its_time),
    NBT_TEST("", names_and_addresses_are_forgotten),
    NBT_TEST("", it_is_bounded),
    NBT_TEST("", without_memory_nothing_is_remembered),
};

NBT_MAIN("cache", tests)
