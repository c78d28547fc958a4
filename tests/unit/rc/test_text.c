/*
 * rc/text.c: every message has its line, which gives its octets again; what is no line is refused
 * where it stops being one.
 */
#include "tests/support/test.h"

#include "rc/text.h"

enum { LINE_MAX = 4 * RC_MSG_MAX + 256 };

static const struct {
    const char *hex, *line;
} samples[] = {
    { "0101 434F4E534F4C4531 20202020202020 41 07 03 626F62",
      "rc-rights CONSOLE1<41> packings=none,rle,zlib user=\"bob\"" },
    { "0101 434F4E534F4C4531 20202020202020 00 00 00",
      "rc-rights CONSOLE1<00> packings=- user=\"\"" },
    { "0101 434F4E534F4C4531 20202020202020 00 04 04 4A2E2022",
      "rc-rights CONSOLE1<00> packings=zlib user=\"J.\\x20\\x22\"" },
    { "0102 001E", "rc-wait - seconds=30" },
    { "0103 00 12345678", "rc-verdict - verdict=granted ticket=0x12345678" },
    { "0103 05 00000000", "rc-verdict - verdict=silent ticket=0x00000000" },
    { "0104 FFFFFFFF", "rc-open - ticket=0xffffffff" },
    { "0105 00 50 19", "rc-opened - verdict=granted columns=80 rows=25" },
    { "0106 01 0006 8341", "rc-screen - packing=rle unpacked=6 length=2 data=8341" },
    { "0106 00 0003 414243", "rc-screen - packing=none unpacked=3 length=3 data=\"ABC\"" },
    { "0106 02 0000", "rc-screen - packing=zlib unpacked=0 length=0" },
    { "0107 6469720D", "rc-keys - length=4 data=\"dir\\x0d\"" },
    { "0107 20", "rc-keys - length=1 data=\"\\x20\"" },
    { "0108 00000007 70616464696E67", "rc-ping - serial=7 length=7 data=\"padding\"" },
    { "0109 FFFFFFFF", "rc-pong - serial=4294967295 length=0" },
    { "010A 00", "rc-bye - reason=closed" },
    { "010A 01", "rc-bye - reason=stopped" },
    { "010A 02", "rc-bye - reason=nonsense" },
    { "010B 02", "rc-function - function=transfer" },
    { "010C 612E747874", "rc-fetch - length=5 data=\"a.txt\"" },
    { "010D 62", "rc-store - length=1 data=\"b\"" },
    { "010E 00000102 30313233343536373839 6162636465666768696A6B6C6D6E6F70717273747500",
      "rc-have - offset=258 "
      "digest=303132333435363738396162636465666768696a6b6c6d6e6f70717273747500" },
    { "010F 00001388 00000102", "rc-begin - size=5000 offset=258" },
    { "0110 00000102 6F6374657473", "rc-piece - offset=258 length=6 data=\"octets\"" },
    { "0110 00000000 00FF", "rc-piece - offset=0 length=2 data=00ff" },
    { "0111 FFFFFFFF 30313233343536373839 6162636465666768696A6B6C6D6E6F70717273747500",
      "rc-whole - size=4294967295 "
      "digest=303132333435363738396162636465666768696a6b6c6d6e6f70717273747500" },
    { "0112 00", "rc-result - result=done" },
    { "0112 08", "rc-result - result=stopped" },
    { "0113 6F6B0A", "rc-chat - length=3 data=\"ok\\x0a\"" },
    { "0114 646972", "rc-execute - length=3 data=\"dir\"" },
    { "0115", "rc-reboot -" },
    { "", "malformed-rc-message at=0 field=VERSION why=runs-past-the-end raw=-" },
    { "01FF", "malformed-rc-message at=1 field=TYPE why=unknown-value raw=01ff" },
    { "0102 001E 00",
      "malformed-rc-message at=4 field=message why=bytes-left-over raw=0102001e00" },
};

static const struct {
    const char *hex, *line;
} segments[] = {
    { "0101 0000 00000002 00000000 00000000", "rc-udp-open - stream=0x00000002 number=0 ack=0" },
    { "0102 0000 00000002 00000000 00000000", "rc-udp-opened - stream=0x00000002 number=0 ack=0" },
    { "0103 0005 FFFFFFFF 0000000A FFFFFFFF 0003010A00",
      "rc-udp-data - stream=0xffffffff number=10 ack=4294967295 length=5 data=0003010a00" },
    { "0103 0003 00000002 00000000 00000000 414243",
      "rc-udp-data - stream=0x00000002 number=0 ack=0 length=3 data=\"ABC\"" },
    { "0104 0000 00000002 00000007 00000009", "rc-udp-close - stream=0x00000002 number=7 ack=9" },
    { "0105 0000 00000002 00000007 00000009", "rc-udp-ack - stream=0x00000002 number=7 ack=9" },
    { "0106 0000 00000002 00000007 00000009", "rc-udp-nak - stream=0x00000002 number=7 ack=9" },
    { "0107 0000 00000002 00000007 00000000", "rc-udp-reset - stream=0x00000002 number=7 ack=0" },
    { "", "malformed-rc-segment at=0 field=VERSION why=runs-past-the-end raw=-" },
    { "0109", "malformed-rc-segment at=1 field=KIND why=unknown-value raw=0109" },
};

/* Octets, line, octets, line. */
static void round_trip_of(bool segment, const uint8_t *bytes, size_t n, char *line, size_t cap)
{
    rc_packet p, again;
    nbt_text_err err;
    nbt_wr w;
    if (segment)
        rc_packet_rd_segment(&p, bytes, n);
    else
        rc_packet_rd(&p, bytes, n);
    size_t len = rc_text_print(&p, line, cap);
    assert_true(len < cap && len == strlen(line));
    uint8_t *arena = malloc(len), *written = malloc(n + 1);
    char *second = malloc(len + 1);
    if (!rc_text_parse(&again, line, len, arena, len, &err))
        fail_msg("%s\ncolumn %zu: %s: expected %s", line, err.column, err.why, err.expected);
    nbt_wr_init(&w, written, n);
    rc_packet_wr(&w, &again);
    assert_int_equal(w.err, NBT_OK);
    assert_int_equal(w.at, n);
    if (n > 0)
        assert_memory_equal(written, bytes, n);
    assert_int_equal(rc_text_print(&again, second, len + 1), len);
    assert_string_equal(second, line);
    free(second);
    free(written);
    free(arena);
}

static void round_trip(const uint8_t *bytes, size_t n, char *line, size_t cap)
{
    round_trip_of(false, bytes, n, line, cap);
}

/* A segment of a stream over UDP, whole and cut anywhere. */
static void test_segments(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(segments); i++) {
        char line[512];
        uint8_t bytes[64];
        size_t n = hex_bytes(segments[i].hex, bytes, sizeof bytes);
        round_trip_of(true, bytes, n, line, sizeof line);
        assert_string_equal(line, segments[i].line);
        for (size_t cut = 0; cut < n; cut++) {
            uint8_t *exact = exact_copy(bytes, cut);
            round_trip_of(true, exact, cut, line, sizeof line);
            assert_memory_equal(line, "malformed-rc-segment ", 21);
            free(exact);
        }
    }
}

/* What a pattern may say of a kind. */
static void test_which_words_a_kind_can_have(void **state)
{
    static const struct {
        const char *kind, *word;
        bool may;
    } rows[] = {
        { "rc-udp-data", "", true },
        { "rc-udp-dat", "", false },
        { "rc-udp-data", "number=0", true },
        { "rc-udp-data", "number=*", true },
        { "rc-udp-data", "data=00", true },
        { "rc-udp-ack", "data=00", false },
        { "rc-udp-ack", "stream=0x00000002", true },
        { "rc-keys", "number=0", false },
        { "rc-keys", "length=4", true },
        { "rc-rights", "user=\"lisa\"", true },
        { "*", "user=\"lisa\"", true },
        { "*", "nothing", false },
        { "malformed-rc-segment", "field=KIND", true },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_text_err err = { 0, NULL, NULL };
        print_message("%s %s\n", rows[i].kind, rows[i].word);
        assert_int_equal(rc_text_may_say(rows[i].kind, strlen(rows[i].kind), rows[i].word,
                                         strlen(rows[i].word), &err),
                         rows[i].may);
        assert_int_equal(err.why != NULL, !rows[i].may);
    }
}

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(samples); i++) {
        char line[512];
        uint8_t bytes[64];
        size_t n = hex_bytes(samples[i].hex, bytes, sizeof bytes);
        round_trip(bytes, n, line, sizeof line);
        assert_string_equal(line, samples[i].line);
    }
}

/* Cut anywhere, it is a message or a malformed one, and comes back from its line all the same. */
static void test_truncations(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(samples); i++) {
        char line[512];
        uint8_t bytes[64];
        size_t n = hex_bytes(samples[i].hex, bytes, sizeof bytes);
        for (size_t cut = 0; cut < n; cut++) {
            uint8_t *exact = exact_copy(bytes, cut);
            round_trip(exact, cut, line, sizeof line);
            free(exact);
        }
    }
}

static void test_the_longest(void **state)
{
    static uint8_t bytes[RC_MSG_MAX];
    static char line[LINE_MAX];
    (void)state;
    memcpy(bytes, "\x01\x06\x02\xFF\xFF", 5);
    round_trip(bytes, sizeof bytes, line, sizeof line);
    bytes[1] = 7;
    round_trip(bytes, 2 + RC_KEYS_MAX, line, sizeof line);
    round_trip(bytes, 2 + RC_KEYS_MAX + 1, line, sizeof line);
    assert_memory_equal(line, "malformed-", 10);
}

static void test_small_buffers(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(samples); i++) {
        uint8_t bytes[64];
        rc_packet p;
        size_t len = strlen(samples[i].line), n = hex_bytes(samples[i].hex, bytes, sizeof bytes);
        rc_packet_rd(&p, bytes, n);
        assert_int_equal(rc_text_print(&p, NULL, 0), len);
        for (size_t cap = 1; cap <= len; cap++) {
            char *small = malloc(cap);
            assert_int_equal(rc_text_print(&p, small, cap), len);
            assert_memory_equal(small, samples[i].line, cap - 1);
            assert_int_equal(small[cap - 1], 0);
            free(small);
        }
    }
}

static void test_other_ways_to_say_it(void **state)
{
    static const struct {
        const char *line, *hex;
    } rows[] = {
        { "rc-opened - rows=0x19 columns=80 verdict=granted", "0105 00 50 19" },
        { "rc-keys - data=6469720D", "0107 6469720D" },
        { "rc-ping - serial=7", "0108 00000007" },
        { "rc-open - ticket=1", "0104 00000001" },
        { "rc-rights CONSOLE1<41> user=626f62 packings=zlib,none,rle",
          "0101 434F4E534F4C4531 20202020202020 41 07 03 626F62" },
        { "malformed-rc-message raw=01ff", "01FF" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t arena[256], bytes[64];
        rc_packet p;
        nbt_text_err err;
        nbt_wr w;
        if (!rc_text_parse(&p, rows[i].line, strlen(rows[i].line), arena, sizeof arena, &err))
            fail_msg("%s: column %zu: %s", rows[i].line, err.column, err.why);
        nbt_wr_init(&w, bytes, sizeof bytes);
        rc_packet_wr(&w, &p);
        assert_hex(bytes, w.at, rows[i].hex);
    }
}

static void test_what_is_refused(void **state)
{
    static const struct {
        const char *line;
        size_t column;
        const char *why;
    } rows[] = {
        { "", 1, "not a kind of message" },
        { "session-message", 1, "not a kind of message" },
        { "rc-wait", 8, "a word is missing" },
        { "rc-wait -", 10, "a word is missing" },
        { "rc-wait  seconds=1", 9, "an empty word" },
        { "rc-wait FRED<20> seconds=1", 9, "this kind of message is about no name" },
        { "rc-wait - second=1", 11, "an unknown word" },
        { "rc-wait - seconds=", 19, "not a value that this can have" },
        { "rc-wait - seconds=65536", 19, "not a value that this can have" },
        { "rc-wait - seconds=1x", 20, "not a value that this can have" },
        { "rc-wait - seconds=1 seconds=1", 21, "this was said before" },
        { "rc-wait - seconds=1 ticket=1", 21, "this kind of message has no such word" },
        { "rc-verdict - verdict=maybe ticket=1", 22, "not a value that this can have" },
        { "rc-opened - verdict=busy columns=256 rows=1", 34, "not a value that this can have" },
        { "rc-rights - packings=- user=-", 11, "not the name of a machine" },
        { "rc-rights A<41>.SCOPE packings=- user=-", 11, "not the name of a machine" },
        { "rc-rights A<41> packings=rle,rle user=-", 30, "not a value that this can have" },
        { "rc-rights A<41> packings=rle, user=-", 30, "not a value that this can have" },
        { "rc-rights A<41> packings=rle", 29, "a word is missing" },
        { "rc-screen - packing=lzw unpacked=1", 21, "not a value that this can have" },
        { "rc-keys -", 10, "a word is missing" },
        { "rc-keys - data=-", 16, "not a value that this can have" },
        { "rc-keys - length=5 data=6469720D", 18, "not a value that this can have" },
        { "rc-keys - data=\"a", 18, "not a value that this can have" },
        { "rc-bye - reason=tired", 17, "not a value that this can have" },
        { "rc-function - function=paint", 24, "not a value that this can have" },
        { "rc-function -", 14, "a word is missing" },
        { "rc-fetch -", 11, "a word is missing" },
        { "rc-have - offset=1", 19, "a word is missing" },
        { "rc-have - offset=1 digest=00", 27, "not a value that this can have" },
        { "rc-begin - size=4294967296 offset=0", 17, "not a value that this can have" },
        { "rc-piece - offset=0", 20, "a word is missing" },
        { "rc-result - result=well", 20, "not a value that this can have" },
        { "rc-reboot - result=done", 13, "this kind of message has no such word" },
        { "malformed-rc-message", 21, "a word is missing" },
        { "malformed-rc-message raw=0102001e", 26, "raw= can be read" },
        { "rc-udp-ack - stream=2 number=1", 31, "a word is missing" },
        { "rc-udp-ack FRED<20> stream=2", 12, "this kind of message is about no name" },
        { "rc-udp-ack - stream=2 number=1 ack=1 data=00", 38,
          "this kind of message has no such word" },
        { "rc-udp-data - stream=2 number=1 ack=1", 38, "a word is missing" },
        { "rc-udp-data - stream=2 number=1 ack=1 data=-", 44, "not a value that this can have" },
        { "malformed-rc-segment raw=01050000000000020000000700000009", 26, "raw= can be read" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t arena[256];
        rc_packet p;
        nbt_text_err err;
        print_message("%s\n", rows[i].line);
        assert_false(
            rc_text_parse(&p, rows[i].line, strlen(rows[i].line), arena, sizeof arena, &err));
        assert_string_equal(err.why, rows[i].why);
        assert_int_equal(err.column, rows[i].column);
        assert_non_null(err.expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_lines),
        NBT_TEST("", test_segments),
        NBT_TEST("", test_which_words_a_kind_can_have),
        NBT_TEST("", test_truncations),
        NBT_TEST("", test_the_longest),
        NBT_TEST("", test_small_buffers),
        NBT_TEST("", test_other_ways_to_say_it),
        NBT_TEST("", test_what_is_refused),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
