/*
 * The options that programs of a driver share.
 */
#include "tests/support/test.h"

#include <argp.h>
#include <stdlib.h>

#include "tools/host/progtool.h"

static void what_is_given(void **state)
{
    host_progtool t = { .name = "tool" };
    bool known = true;
    (void)state;
    assert_true(host_progtool_option(&t, 'd', "/run/box", &known));
    assert_true(host_progtool_option(&t, 'l', "3", &known));
    assert_true(host_progtool_option(&t, 'j', NULL, &known));
    assert_true(host_progtool_option(&t, 'v', NULL, &known));
    assert_true(host_progtool_option(&t, ARGP_KEY_END, NULL, &known));
    assert_true(known);
    assert_string_equal(t.driver, "/run/box");
    assert_int_equal(t.lana, 3);
    assert_true(t.json && t.verbose);
    assert_true(host_progtool_option(&t, 'x', NULL, &known));
    assert_false(known);
}

static void what_is_wrong(void **state)
{
    static const struct {
        const char *label;
        int key;
        const char *arg, *says;
    } rows[] = {
        { "no number", 'l', "x", "" },
        { "several", 'l', "1,2", "--lana does not take \"1,2\"; it takes one number" },
        { "no driver", ARGP_KEY_END, NULL,
          "there is no driver; give --driver PATH, the socket of this computer's nbtd" },
    };
    (void)state;
    unsetenv("NBTLAB_DRIVER");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("%s\n", rows[i].label);
        host_progtool t = { .name = "tool" };
        bool known = true;
        assert_false(host_progtool_option(&t, rows[i].key, rows[i].arg, &known));
        assert_int_equal(t.err.status, HOST_USAGE);
        if (rows[i].says[0])
            assert_string_equal(t.err.text, rows[i].says);
    }
}

/* As `nbtlab exec` names it. */
static void a_driver_that_nobody_names(void **state)
{
    (void)state;
    host_progtool t = { .name = "tool" };
    bool known = true;
    setenv("NBTLAB_DRIVER", "/run/other", 1);
    assert_true(host_progtool_option(&t, ARGP_KEY_END, NULL, &known));
    assert_string_equal(t.driver, "/run/other");
    t.driver = "/run/box";
    assert_true(host_progtool_option(&t, ARGP_KEY_END, NULL, &known));
    assert_string_equal(t.driver, "/run/box");
    unsetenv("NBTLAB_DRIVER");
}

static void how_it_ends(void **state)
{
    (void)state;
    assert_int_equal(host_progtool_status(0), HOST_OK);
    assert_int_equal(host_progtool_status(1), HOST_NETBIOS);
    host_progtool t = { .name = "tool" };
    static const host_app_ops ops;
    assert_int_equal(host_progtool_run(&t, &ops, NULL, NULL), HOST_SYSTEM); /* no memory for it */
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", what_is_given),
    NBT_TEST("", what_is_wrong),
    NBT_TEST("", a_driver_that_nobody_names),
    NBT_TEST("", how_it_ends),
};

NBT_MAIN("progtool", tests)
