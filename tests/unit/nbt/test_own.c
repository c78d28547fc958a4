/*
 * Which names a computer claims for itself, and in which order.
 */
#include "nbt/own.h"
#include "tests/support/test.h"

#include <stdio.h>

/* What comes out until nothing does: "FRED<00>@0 ". */
static void claims(nbt_own *own, const char *expected)
{
    char all[200] = "", name[NBT_NAME_STR_MAX];
    uint32_t tag, last = 0;
    nbt_ncb ncb;
    size_t at = 0;
    while (nbt_own_next(own, &tag, &ncb)) {
        bool group = strncmp((char *)ncb.name, "LAB", 3) == 0 || ncb.name[0] == 1;
        assert_int_equal(ncb.command, group ? NBT_NCB_ADD_GROUP_NAME : NBT_NCB_ADD_NAME);
        assert_true(tag > last);
        last = tag;
        nbt_name16_print(ncb.name, name, sizeof name);
        at += (size_t)snprintf(all + at, sizeof all - at, "%s@%u ", name, ncb.lana);
    }
    assert_string_equal(all, expected);
}

static bool ends(nbt_own *own, uint8_t retcode)
{
    nbt_ncb ncb = { .command = NBT_NCB_ADD_NAME, .retcode = retcode };
    return nbt_own_done(own, &ncb);
}

static void one_adapter_after_the_other(void **state)
{
    (void)state;
    nbt_own own;
    nbt_own_init(&own, "FRED", 4, 2);
    nbt_own_serve(&own, 0x00);
    nbt_own_serve(&own, 0x20);
    assert_false(nbt_own_settled(&own));
    claims(&own, "FRED<00>@0 FRED<20>@0 ");
    assert_true(ends(&own, NBT_NRC_GOODRET));
    claims(&own, ""); /* the other one is still under way there */
    assert_true(ends(&own, NBT_NRC_INUSE));
    assert_false(nbt_own_settled(&own));
    claims(&own, "FRED<00>@1 FRED<20>@1 ");
    assert_true(ends(&own, NBT_NRC_GOODRET));
    assert_false(nbt_own_settled(&own));
    assert_true(ends(&own, NBT_NRC_GOODRET));
    assert_true(nbt_own_settled(&own));
    claims(&own, "");
    assert_int_equal(own.obtained, 3);
    assert_int_equal(own.refused, 1);
    assert_false(ends(&own, NBT_NRC_GOODRET)); /* somebody else's */
    assert_int_equal(own.obtained, 3);
}

/* A claim may end before the next one is asked for, as in a full name table. */
static void refused_at_once(void **state)
{
    (void)state;
    nbt_own own;
    uint32_t tag;
    nbt_ncb ncb;
    nbt_own_init(&own, "FRED", 4, 2);
    nbt_own_serve(&own, 0x00);
    nbt_own_serve(&own, 0x20);
    for (unsigned i = 0; i < 4; i++) {
        assert_false(nbt_own_settled(&own));
        assert_true(nbt_own_next(&own, &tag, &ncb));
        assert_int_equal(ncb.lana, i / 2);
        assert_true(ends(&own, NBT_NRC_NORES));
    }
    assert_true(nbt_own_settled(&own));
    assert_int_equal(own.refused, 4);
}

static void none(void **state)
{
    (void)state;
    nbt_own own;
    nbt_own_init(&own, "FRED", 4, 3);
    assert_true(nbt_own_settled(&own));
    claims(&own, "");
    nbt_ncb other = { .command = NBT_NCB_DELETE_NAME };
    assert_false(nbt_own_done(&own, &other));
}

/* What waits is claimed when all before it have ended; what nobody asked for is left out. */
static void as_a_persona_has_them(void **state)
{
    (void)state;
    static const nbt_persona odd = { .claims = { { 0x03, NBT_WHOSE_MACHINE, false, false },
                                                 { 0x00, NBT_WHOSE_MACHINE, false, false },
                                                 { 0x00, NBT_WHOSE_GROUP, true, false },
                                                 { 0x01, NBT_WHOSE_BROWSERS, false, false },
                                                 { 0x03, NBT_WHOSE_USER, true, true } } };
    static const struct {
        const char *group, *user, *first, *second, *third;
    } rows[] = {
        { "LAB", "JOE", "FRED<00>@0 ", "LAB<00>@0 \\x01\\x02__MSBROWSE__\\x02<01>@0 ",
          "JOE<03>@0 " },
        { "LAB", NULL, "FRED<00>@0 ", "LAB<00>@0 \\x01\\x02__MSBROWSE__\\x02<01>@0 ", "" },
        { NULL, NULL, "FRED<00>@0 \\x01\\x02__MSBROWSE__\\x02<01>@0 ", "", "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_own own;
        nbt_own_init(&own, "FRED", 4, 1);
        nbt_own_serve(&own, 0x20); /* not one of the persona's */
        nbt_own_serve(&own, 0x00);
        nbt_own_be(&own, &odd, rows[i].group, rows[i].user);
        const char *const turns[] = { rows[i].first, rows[i].second, rows[i].third };
        for (size_t k = 0; k < LENGTH_OF(turns); k++) {
            claims(&own, turns[k]);
            claims(&own, "");
            while (own.waiting > 0)
                assert_true(ends(&own, k ? NBT_NRC_INUSE : NBT_NRC_GOODRET));
        }
        assert_true(nbt_own_settled(&own));
        assert_int_equal(own.obtained + own.refused, own.nclaims);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", one_adapter_after_the_other),
    NBT_TEST("", refused_at_once),
    NBT_TEST("", none),
    NBT_TEST("", as_a_persona_has_them),
};

NBT_MAIN("own", tests)
