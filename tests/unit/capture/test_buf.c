/* Growing text: JSON strings and wrapped lines. */
#include "capture/buf.h"

#include "tests/support/test.h"

static void assert_buf(cap_buf *b, const char *text)
{
    cap_buf_add(b, "", 1);
    assert_false(b->failed);
    assert_string_equal(b->s, text);
    cap_buf_fini(b);
    assert_null(b->s);
}

static void text_grows(void **state)
{
    (void)state;
    cap_buf b = { 0 };
    for (int i = 0; i < 1000; i++)
        cap_buf_str(&b, "abc");
    assert_int_equal(b.n, 3000);
    assert_memory_equal(b.s + 2997, "abc", 3);
    cap_buf_fini(&b);
}

static void addresses_are_written(void **state)
{
    (void)state;
    static const uint8_t mac[] = { 2, 0, 0, 0xAB, 0, 1 };
    cap_buf b = { 0 };
    cap_buf_ip(&b, 0x0A00FF01);
    cap_buf_str(&b, " ");
    cap_buf_mac(&b, mac);
    assert_buf(&b, "10.0.255.1 02:00:00:ab:00:01");
}

static void json_is_escaped(void **state)
{
    (void)state;
    cap_buf b = { 0 };
    cap_buf_json(&b, "a\"b\\c\n\x01", 7);
    assert_buf(&b, "\"a\\\"b\\\\c\\u000a\\u0001\"");
}

static void words_are_wrapped(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wrapped;
    } cases[] = {
        { "", "\n" },
        { "one", "  one\n" },
        { "one two three", "  one two\n  three\n" },
        { "one  two ", "  one two\n" },
        { "averyverylongword x", "  averyverylongword\n  x\n" },
        { "x averyverylongword", "  x\n  averyverylongword\n" },
    };
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        cap_buf b = { 0 };
        cap_buf_wrap(&b, cases[i].text, strlen(cases[i].text), 2, 10);
        assert_buf(&b, cases[i].wrapped);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", text_grows),
    NBT_TEST("", addresses_are_written),
    NBT_TEST("", json_is_escaped),
    NBT_TEST("", words_are_wrapped),
};

NBT_MAIN("buf", tests)
