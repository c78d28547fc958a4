/*
 * A network of a scene, moved: whose addresses follow, and what has no room there.
 */
#include "tests/support/mem.h"
#include "tests/support/test.h"

#include "tools/scene/move.h"
#include "tools/scene/parse.h"

static const char text[] = "scenario move \"three on one network, one on another\"\n"
                           "about \"Of each address the last part stays.\"\n"
                           "network LAN subnet=10.1.0.0/24\n"
                           "network FAR subnet=10.9.0.0/24\n"
                           "server NS address=10.1.0.5\n"
                           "computer PC address=10.1.0.40 wins=10.1.0.5\n"
                           "computer OTHER address=10.9.0.40 wins=10.1.0.5\n"
                           "lmhosts PC \"10.1.0.7 SEVEN\"\n"
                           "lmhosts PC \"10.9.0.7 NINE\"\n"
                           "end 1s\n";

static void load(test_mem *m, scene *s)
{
    scene_errs errs = { .n = 0 };
    if (!scene_parse(test_mem_of(m), text, sizeof text - 1, s, &errs))
        fail_msg("%u errors", (unsigned)errs.n);
}

static void test_who_follows(void **state)
{
    test_mem m = { 0 };
    scene s;
    uint32_t host = 99;
    const nbt_subnet to = { 0xC0A87A00, 0xFFFFFF00 };
    (void)state;
    load(&m, &s);
    assert_true(scene_move(&s, 0, &to, &host));
    assert_int_equal(host, 99);
    assert_int_equal(s.network[0].subnet, 0xC0A87A00);
    assert_int_equal(s.network[1].subnet, 0x0A090000);
    assert_int_equal(s.host[0].adapter[0].ip, 0xC0A87A05);
    assert_int_equal(s.host[1].adapter[0].ip, 0xC0A87A28);
    assert_int_equal(s.host[1].wins[0], 0xC0A87A05);
    assert_int_equal(s.host[1].lmhosts[0].ip, 0xC0A87A07);
    assert_int_equal(s.host[1].lmhosts[1].ip, 0x0A090007);
    assert_int_equal(s.host[2].adapter[0].ip, 0x0A090028);
    assert_int_equal(s.host[2].wins[0], 0xC0A87A05);
    scene_free(&s);
}

static void test_room(void **state)
{
    static const struct {
        const char *label;
        nbt_subnet to;
        bool fits;
    } table[] = {
        { "a larger one", { 0xAC100000, 0xFFFF0000 }, true },
        { "one that is just large enough", { 0xC0A80000, 0xFFFFFFC0 }, true }, /* 0 to 63 */
        { "one of 32", { 0xC0A80000, 0xFFFFFFE0 }, false },
        { "one of 8", { 0xC0A80000, 0xFFFFFFF8 }, false },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        test_mem m = { 0 };
        scene s;
        uint32_t host = 99;
        load(&m, &s);
        if (scene_move(&s, 0, &table[i].to, &host) != table[i].fits)
            fail_msg("%s", table[i].label);
        assert_int_equal(host, table[i].fits ? 99 : 1);
        if (!table[i].fits)
            assert_int_equal(s.host[0].adapter[0].ip, 0x0A010005); /* nothing is moved */
        scene_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_who_follows),
        NBT_TEST("", test_room),
    };
    return cmocka_run_group_tests_name("move", tests, NULL, NULL);
}
