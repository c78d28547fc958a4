/*
 * Rules for session requests: their text form, and which one is about whom.
 */
#include "tests/support/test.h"

#include "nbt/rule.h"

#include <string.h>

static nbt_rule parsed(const char *text)
{
    nbt_rule r;
    if (!nbt_rule_parse(&r, text, strlen(text)))
        fail_msg("\"%s\" is refused", text);
    return r;
}

static void answers_are_parsed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        nbt_rule_does does;
        uint8_t code;
        nbt_ep to;
    } rows[] = {
        { "X<20>=0x82", NBT_RULE_CODE, 0x82, { 0, 0 } },
        { "X<20>=0x00", NBT_RULE_CODE, 0x00, { 0, 0 } },
        { "X<20>=0xFF", NBT_RULE_CODE, 0xFF, { 0, 0 } },
        { "X<20>=called-not-present", NBT_RULE_CODE, 0x82, { 0, 0 } },
        { "X<20>=unspecified", NBT_RULE_CODE, 0x8F, { 0, 0 } },
        { "X<20>=retarget:10.0.0.9", NBT_RULE_RETARGET, 0, { 0x0A000009, 139 } },
        { "X<20>=retarget:10.0.0.9:1390", NBT_RULE_RETARGET, 0, { 0x0A000009, 1390 } },
        { "X<20>=silent", NBT_RULE_SILENT, 0, { 0, 0 } },
        { "X<20>=reset", NBT_RULE_RESET, 0, { 0, 0 } },
        { "X<20>=garbage", NBT_RULE_GARBAGE, 0, { 0, 0 } },
        { "*=listen", NBT_RULE_LISTEN, 0, { 0, 0 } },
        { "A=B<20>=0x80", NBT_RULE_CODE, 0x80, { 0, 0 } }, /* the last = counts */
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_rule r = parsed(rows[i].text);
        assert_int_equal(r.does, rows[i].does);
        assert_int_equal(r.code, rows[i].code);
        assert_int_equal(r.to.ip, rows[i].to.ip);
        assert_int_equal(r.to.port, rows[i].to.port);
    }
}

static void what_is_no_rule(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "=",
        "X<20>",
        "X<20>=",
        "=0x82",
        "X=0x82",
        "X<20>=82",
        "X<20>=0x182",
        "X<20>=0x82 ",
        "X<20>=busy",
        "X<20>=retarget:",
        "X<20>=retarget:10.0.0",
        "X<20>=retarget:10.0.0.9:",
        "X<20>=retarget:10.0.0.9:65536",
        "X<20>=retarget:10.0.0.9x",
        "X<20>.SCOPE=0x82",
        "X<20> Y<00>=0x82",
        "X<20> from =0x82",
        "X<20> from Y=0x82",
        "X<20> to Y<00>=0x82",
        " X<20>=0x82",
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_rule r = { .code = 77 };
        if (nbt_rule_parse(&r, rows[i], strlen(rows[i])))
            fail_msg("\"%s\" is taken", rows[i]);
        assert_int_equal(r.code, 77);
    }
}

static const uint8_t *name(const char *text)
{
    static nbt_name names[2];
    static unsigned i;
    i = !i;
    assert_true(nbt_name_parse(&names[i], text, strlen(text)));
    return names[i].b;
}

static void the_first_that_fits_counts(void **state)
{
    (void)state;
    const nbt_rule rules[] = {
        parsed("X<20> from Y<00>=0x81"), parsed("X<20>=0x82"), parsed("* from Z<00>=0x83"),
        parsed("X<03> from *=0x8F"),     parsed("X<20>=0x80"),
    };
    static const struct {
        const char *called, *calling;
        int code;
    } rows[] = {
        { "X<20>", "Y<00>", 0x81 }, { "X<20>", "Y<20>", 0x82 }, { "X<20>", "Z<00>", 0x82 },
        { "W<20>", "Z<00>", 0x83 }, { "X<03>", "Y<00>", 0x8F }, { "X<00>", "Y<00>", -1 },
        { "x<20>", "Y<00>", -1 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const nbt_rule *r =
            nbt_rule_find(rules, LENGTH_OF(rules), name(rows[i].called), name(rows[i].calling));
        assert_int_equal(r ? r->code : -1, rows[i].code);
    }
    assert_null(nbt_rule_find(NULL, 0, name("X<20>"), name("Y<00>")));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", answers_are_parsed),
    NBT_TEST("", what_is_no_rule),
    NBT_TEST("", the_first_that_fits_counts),
};

NBT_MAIN("rule", tests)
