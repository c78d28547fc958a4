/*
 * rc/line.c: texts are put together, cut at the end of their place, and compared as words.
 */
#include "tests/support/test.h"

#include "rc/line.h"

static void texts_and_numbers_follow_each_other(void **state)
{
    (void)state;
    rc_line line;
    rc_line_init(&line);
    assert_string_equal(line.s, "");
    rc_line_str(&line, "octet ");
    rc_line_num(&line, 0);
    rc_line_add(&line, " of many", 3);
    rc_line_num(&line, UINT64_MAX);
    assert_string_equal(line.s, "octet 0 of18446744073709551615");
    assert_int_equal(line.n, strlen(line.s));
}

static void what_does_not_fit_is_cut(void **state)
{
    (void)state;
    rc_line line;
    rc_line_init(&line);
    for (size_t i = 0; i < RC_LINE_MAX; i++)
        rc_line_str(&line, "ab");
    assert_int_equal(line.n, RC_LINE_MAX - 1);
    assert_int_equal(strlen(line.s), RC_LINE_MAX - 1);
    assert_memory_equal(line.s + RC_LINE_MAX - 3, "ba", 3);
    rc_line_num(&line, 7);
    assert_int_equal(line.n, RC_LINE_MAX - 1);
}

static void a_word_is_equal_in_whole_only(void **state)
{
    (void)state;
    assert_true(rc_word_eq("tcp", "tcp", 3));
    assert_true(rc_word_eq("tcp", "tcp,netbios", 3));
    assert_false(rc_word_eq("tcp", "tcp", 2));
    assert_false(rc_word_eq("tcp", "tcpx", 4));
    assert_false(rc_word_eq("tcp", "TCP", 3));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", texts_and_numbers_follow_each_other),
    NBT_TEST("", what_does_not_fit_is_cut),
    NBT_TEST("", a_word_is_equal_in_whole_only),
};

NBT_MAIN("line", tests)
