/*
 * Frames in a stream: whole, in pieces of every size, several at once, and lengths that cannot be.
 */
#include "tests/support/test.h"

#include "nbt/framed.h"

static nbt_framed f; /* which is large */

/* All frames of a stream that comes in pieces, as text: "[abc][de]". */
static nbt_framed_result take_all(const uint8_t *bytes, size_t n, size_t piece, char *got)
{
    nbt_framed_result result = NBT_FRAMED_MORE;
    nbt_framed_init(&f);
    *got = 0;
    for (size_t at = 0; at < n && result != NBT_FRAMED_BAD; at += piece) {
        size_t len = n - at < piece ? n - at : piece;
        uint8_t *copy = exact_copy(bytes + at, len), *frame;
        nbt_bytes in = { copy, len };
        while ((result = nbt_framed_take(&f, &in, &frame, &len)) == NBT_FRAMED_FRAME) {
            strcat(got, "[");
            strncat(got, (char *)frame, len);
            strcat(got, "]");
        }
        if (result == NBT_FRAMED_MORE)
            assert_int_equal(in.n, 0);
        free(copy);
    }
    return result;
}

static void test_pieces(void **state)
{
    static const uint8_t stream[] = "\0\0\0\3abc\0\0\0\1d\0\0\0\6efghij";
    char got[64];
    (void)state;
    for (size_t piece = 1; piece <= sizeof stream; piece++) {
        assert_int_equal(take_all(stream, sizeof stream - 1, piece, got), NBT_FRAMED_MORE);
        assert_string_equal(got, "[abc][d][efghij]");
    }
}

static void test_every_truncation(void **state)
{
    static const uint8_t stream[] = "\0\0\0\3abc\0\0\0\2de";
    char got[64];
    (void)state;
    for (size_t n = 0; n < sizeof stream; n++) {
        assert_int_equal(take_all(stream, n, sizeof stream, got), NBT_FRAMED_MORE);
        assert_string_equal(got, n == 13 ? "[abc][de]" : n >= 7 ? "[abc]" : "");
    }
}

static void test_lengths(void **state)
{
    static const struct {
        const char *label;
        uint8_t head[NBT_FRAMED_HEAD];
        nbt_framed_result result;
    } table[] = {
        { "the shortest", { 0, 0, 0, 1 }, NBT_FRAMED_MORE },
        { "the longest", { 0, 1, 0x10, 0 }, NBT_FRAMED_MORE },
        { "one more", { 0, 1, 0x10, 1 }, NBT_FRAMED_BAD },
        { "none", { 0, 0, 0, 0 }, NBT_FRAMED_BAD },
        { "what is no length", { 'G', 'E', 'T', ' ' }, NBT_FRAMED_BAD },
    };
    char got[64];
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(table); i++)
        if (take_all(table[i].head, NBT_FRAMED_HEAD, NBT_FRAMED_HEAD, got) != table[i].result)
            fail_msg("%s", table[i].label);
}

static void test_longest(void **state)
{
    uint8_t head[NBT_FRAMED_HEAD], *frame;
    size_t len;
    (void)state;
    nbt_framed_init(&f);
    nbt_framed_head(NBT_FRAMED_MAX, head);
    assert_hex(head, sizeof head, "00011000");
    nbt_bytes in = { head, sizeof head };
    assert_int_equal(nbt_framed_take(&f, &in, &frame, &len), NBT_FRAMED_MORE);
    uint8_t *bytes = calloc(NBT_FRAMED_MAX, 1);
    assert_non_null(bytes);
    in = (nbt_bytes){ bytes, NBT_FRAMED_MAX };
    assert_int_equal(nbt_framed_take(&f, &in, &frame, &len), NBT_FRAMED_FRAME);
    assert_int_equal(len, NBT_FRAMED_MAX);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_pieces),
        NBT_TEST("", test_every_truncation),
        NBT_TEST("", test_lengths),
        NBT_TEST("", test_longest),
    };
    return cmocka_run_group_tests_name("framed", tests, NULL, NULL);
}
