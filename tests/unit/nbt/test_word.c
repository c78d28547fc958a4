/*
 * Words: what is eaten, what is left, and what stays as it was.
 */
#include "tests/support/test.h"

#include "nbt/word.h"

#include <string.h>

static nbt_word word(const char *s)
{
    return (nbt_word){ s, strlen(s) };
}

static void test_words_of_a_line(void **state)
{
    const char line[] = "one  two", *end = line + strlen(line);
    (void)state;
    assert_true(nbt_word_eq(nbt_word_next(line, end), "one"));
    assert_int_equal(nbt_word_next(line + 4, end).n, 0);
    assert_true(nbt_word_eq(nbt_word_next(line + 5, end), "two"));
    assert_int_equal(nbt_word_next(end, end).n, 0);
    assert_false(nbt_word_eq(word("one"), "on"));
    assert_false(nbt_word_eq(word("on"), "one"));
}

static void test_numbers(void **state)
{
    static const struct {
        const char *word;
        uint32_t max;
        bool good;
        uint32_t value;
        const char *rest;
    } rows[] = {
        { "0", 9, true, 0, "" },
        { "12,3", 12, true, 12, ",3" },
        { "13", 12, false, 0, "13" },
        { "0x1fG", 255, true, 31, "G" },
        { "0x1F", 255, true, 31, "" },
        { "0x", 255, false, 0, "0x" },
        { "0x100", 255, false, 0, "0x100" },
        { "4294967295", UINT32_MAX, true, UINT32_MAX, "" },
        { "4294967296", UINT32_MAX, false, 0, "4294967296" },
        { "99999999999999999999999999", UINT32_MAX, false, 0, "99999999999999999999999999" },
        { "-1", 9, false, 0, "-1" },
        { "", 9, false, 0, "" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_word w = word(rows[i].word);
        uint32_t value = 0;
        print_message("%s\n", rows[i].word);
        assert_int_equal(nbt_word_eat_num(&w, rows[i].max, &value), rows[i].good);
        assert_int_equal(value, rows[i].value);
        assert_true(nbt_word_eq(w, rows[i].rest));
    }
}

static void test_octets(void **state)
{
    static const struct {
        const char *word;
        bool good;
        const char *hex, *rest;
    } rows[] = {
        { "-", true, "", "" },
        { "00fF", true, "00FF", "" },
        { "\"abc\"", true, "616263", "" },
        { "\"a\\x00\\\"", false, "6100", "\\\"" },
        { "\"a\\x0g\"", false, "61", "\\x0g\"" },
        { "\"abc", false, "616263", "" },
        { "\"abc\"d", false, "616263", "d" },
        { "\"\"", true, "", "" },
        { "00f", false, "00", "f" },
        { "--", false, "", "--" },
        { "", false, "", "" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_word w = word(rows[i].word);
        uint8_t room[8];
        nbt_wr to;
        nbt_bytes octets;
        nbt_wr_init(&to, room, sizeof room);
        print_message("%s\n", rows[i].word);
        assert_int_equal(nbt_word_eat_octets(&w, &to, &octets), rows[i].good);
        assert_hex(octets.p, octets.n, rows[i].hex);
        assert_true(nbt_word_eq(w, rows[i].rest));
    }
}

static void test_what_is_text(void **state)
{
    (void)state;
    assert_true(nbt_word_is_text((nbt_bytes){ (const uint8_t *)"a~!", 3 }));
    assert_true(nbt_word_is_text((nbt_bytes){ NULL, 0 }));
    assert_false(nbt_word_is_text((nbt_bytes){ (const uint8_t *)"a b", 3 }));
    assert_false(nbt_word_is_text((nbt_bytes){ (const uint8_t *)"a\"b", 3 }));
    assert_false(nbt_word_is_text((nbt_bytes){ (const uint8_t *)"a\\b", 3 }));
    assert_false(nbt_word_is_text((nbt_bytes){ (const uint8_t *)"a\x7F"
                                                                "b",
                                               3 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_words_of_a_line),
        NBT_TEST("", test_numbers),
        NBT_TEST("", test_octets),
        NBT_TEST("", test_what_is_text),
    };
    return cmocka_run_group_tests_name("word", tests, NULL, NULL);
}
