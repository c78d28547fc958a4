/*
 * The data of NetBT's events, in all forms in which people paste it: the examples of KB Q120752 and
 * Q314696; and pastes that went wrong, of which nothing bad may come.
 */
#include "tests/support/build.h"
#include "tests/support/test.h"

#include "capture/event.h"

#define ARTICLE                                                                                    \
    "0000: 00 00 04 00 01 00 54 00\n0008: 00 00 00 00 e0 10 00 c0\n"                               \
    "0010: 00 00 00 00 00 00 00 00\n0018: 00 00 00 00 00 00 00 00\n"                               \
    "0020: 00 00 00 00 00 00 00 00\n0028: e7 1a 65 16\n"

static const struct {
    const char *label, *text;
    unsigned event; /* 0: no code */
    const char *ip; /* NULL: none */
} pastes[] = {
    { "KB Q120752", ARTICLE, 4320, "22.101.26.231" },
    { "its lines run together, with tabs",
      "0000:   00   00   04   00   01   00   54   00   0008:   00   00   00   00   e0   10   00   "
      "c0   0010:   00   00   00   00   00   00   00   00   0018:   00   00   00   00   00   00   "
      "00   00   0020:   00   00   00   00   00   00   00   00   0028:   e7   1a   65   16\t\t\n",
      4320, "22.101.26.231" },
    { "KB Q314696, in words",
      "0000: 00040000 00540001 00000000 c00010e0 \n0010: 00000000 00000000 00000000 00000000 \n"
      "0020: 00000000 00000000 0168fc82\n",
      4320, "1.104.252.130" },
    { "words whose offsets count in something else",
      "0000: 00040000 00540001 00000000 C00010DF 0008: 00000000 00000000 00000000 00000000 0010: "
      "00000000 00000000 0168FC82",
      4319, "1.104.252.130" },
    { "with characters behind it",
      "0000: 00 00 04 00 01 00 54 00   ......T.\r\n0008: 00 00 00 00 e1 10 00 c0   ......ab\r\n"
      "0010: 00 00 00 00 00 00 00 00   ........\r\n0018: 00 00 00 00 00 00 00 00   ab cd ef\r\n"
      "0020: 00 00 00 00 00 00 00 00   0a 0b 0c\r\n0028: 05 02 00 0a               ....\r\n",
      4321, "10.0.2.5" },
    { "sixteen octets a line",
      "0000: 00 00 04 00 01 00 54 00 00 00 00 00 e0 10 00 c0 ................\n"
      "0010: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ................\n"
      "0020: 00 00 00 00 00 00 00 00 05 02 00 0a\n",
      4320, "10.0.2.5" },
    { "octets without offsets",
      "00 00 04 00 01 00 54 00 00 00 00 00 e0 10 00 c0 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
      "00 00 00 00 00 00 00 00 00 00 e7 1a 65 16",
      4320, "22.101.26.231" },
    { "octets in pairs",
      "0000 0400 0100 5400 0000 0000 e010 00c0 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 "
      "0000 0000 e71a 6516",
      4320, "22.101.26.231" },
    { "words of 16 bits",
      "0000 0004 0001 0054 0000 0000 10e0 c000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 "
      "0000 0000 1ae7 1665",
      4320, "22.101.26.231" },
    { "octets in fours",
      "00000400 01005400 00000000 e01000c0 00000000 00000000 00000000 00000000 00000000 00000000 "
      "e71a6516",
      4320, "22.101.26.231" },
    { "all in one, as XML has it",
      "0000040001005400"
      "00000000e01000c0"
      "0000000000000000"
      "0000000000000000"
      "0000000000000000"
      "e71a6516",
      4320, "22.101.26.231" },
    { "a line is missing",
      "0000: 00 00 04 00 01 00 54 00\n0008: 00 00 00 00 e0 10 00 c0\n0028: e7 1a 65 16\n", 4320,
      "22.101.26.231" },
    { "cut before the address", "0000: 00 00 04 00 01 00 54 00 0008: 00 00 00 00 e0 10 00 c0", 4320,
      NULL },
    { "cut within the address",
      "0000: 00 00 04 00 01 00 54 00 0008: 00 00 00 00 e0 10 00 c0 0028: e7 1a 65", 4320, NULL },
    { "cut before the code", "0000: 00 00 04 00 01 00 54 00 0008: 00 00 00 00 e0 10 00", 0, NULL },
    { "data of no length of its own",
      "0000: 00 00 00 00 01 00 54 00 0008: 00 00 00 00 e0 10 00 c0 0028: e7 1a 65 16", 4320, NULL },
    { "another event",
      "0000: 00 00 04 00 01 00 54 00 0008: 00 00 00 00 d9 09 00 c0 0028: e7 1a 65 16", 2521, NULL },
    { "one octet", "00", 0, NULL },
};

static void every_form_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(pastes); i++) {
        cap_event e;
        const char *why;
        print_message("%s\n", pastes[i].label);
        assert_true(cap_event_parse(&e, pastes[i].text, strlen(pastes[i].text), &why));
        assert_int_equal(e.has_code, pastes[i].event != 0);
        if (e.has_code)
            assert_int_equal(e.code & 0xFFFF, pastes[i].event);
        assert_int_equal(e.has_ip, pastes[i].ip != NULL);
        if (e.has_ip)
            assert_int_equal(e.ip, ip_of(pastes[i].ip));
    }
}

static void what_is_no_data_is_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } refused[] = {
        { "", "there is nothing" },
        { " \n\t ", "there is nothing" },
        { "0000:", "there is nothing" },
        { "hello", "a word of it is no hex" },
        { "000", "a word of it is no hex" },
        { "00 00 x4", "a word of it is no hex" },
        { "FFFFFFFF: 00", "an offset lies far behind the end of such data" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(refused); i++) {
        cap_event e;
        const char *why = "";
        print_message("%s\n", refused[i].text);
        assert_false(cap_event_parse(&e, refused[i].text, strlen(refused[i].text), &why));
        assert_string_equal(why, refused[i].why);
    }
}

static void too_much_is_refused(void **state)
{
    static char text[4 * CAP_EVENT_MAX];
    cap_event e;
    const char *why;
    (void)state;
    memset(text, '0', sizeof text);
    assert_true(cap_event_parse(&e, text, 2 * CAP_EVENT_MAX, &why));
    assert_int_equal(e.n, CAP_EVENT_MAX);
    assert_false(cap_event_parse(&e, text, 2 * CAP_EVENT_MAX + 2, &why));
    assert_string_equal(why, "it is longer than such data is");
    assert_true(cap_event_parse(&e, "0200: 00", 5, &why)); /* just the offset, at the very end */
    assert_false(cap_event_parse(&e, "0200: 00", 8, &why));
}

/* Pastes with characters lost, doubled and changed, in blocks of exactly their size. */
static void damaged_pastes_do_no_harm(void **state)
{
    static const char odd[] = "0123456789abcdefABCDEF: \n\t.,\"\\x\xE0-";
    nbt_rng rng = { test_seed() };
    (void)state;
    for (int round = 0; round < 20000; round++) {
        const char *from = pastes[nbt_rng_below(&rng, LENGTH_OF(pastes))].text;
        size_t n = strlen(from) - nbt_rng_below(&rng, (uint32_t)strlen(from));
        char *text = (char *)exact_copy(from + (strlen(from) - n) * nbt_rng_below(&rng, 2), n);
        for (uint32_t i = nbt_rng_below(&rng, 20); i > 0; i--)
            text[nbt_rng_below(&rng, (uint32_t)n)] =
                odd[nbt_rng_below(&rng, (uint32_t)sizeof odd)]; /* its NUL too */
        cap_event e;
        cap_buf out = { 0 };
        const char *why = NULL;
        if (cap_event_parse(&e, text, n, &why)) {
            assert_true(e.n > 0 && e.n <= CAP_EVENT_MAX);
            assert_true(!e.has_ip || e.has_code);
            cap_event_explain(&e, &out);
            assert_true(out.n > 0);
        } else {
            assert_non_null(why);
        }
        cap_buf_fini(&out);
        free(text);
    }
}

static void check_says(const char *text, const char *const *says)
{
    cap_event e;
    cap_buf out = { 0 };
    const char *why;
    assert_true(cap_event_parse(&e, text, strlen(text), &why));
    cap_event_explain(&e, &out);
    cap_buf_add(&out, "", 1);
    for (; *says; says++) {
        if (!strstr(out.s, *says))
            fail_msg("%s is not in: %s", *says, out.s);
    }
    cap_buf_fini(&out);
}

static void what_it_says(void **state)
{
    (void)state;
    check_says(ARTICLE,
               (const char *[]){ "event 4320 (code 0xC00010E0 at 0x0C)",
                                 "22.101.26.231 sent the name release (octets E7 1A 65 16 at 0x28",
                                 "nbtstat -A 22.101.26.231",
                                 "nbtdump --conflict --host 22.101.26.231", "KB Q120752", NULL });
    check_says("00 00", (const char *[]){ "ends after 2 octets", "copy all of it", NULL });
    check_says("0000: 00 00 04 00 01 00 54 00 0008: 00 00 00 00 d9 09 00 c0",
               (const char *[]){ "event 2521", "none of NetBT's", NULL });
    check_says("0000: 00 00 04 00 01 00 54 00 0008: 00 00 00 00 df 10 00 c0",
               (const char *[]){ "event 4319", "not in it", "16 octets", NULL });
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", every_form_is_read),  NBT_TEST("", what_is_no_data_is_refused),
    NBT_TEST("", too_much_is_refused), NBT_TEST("", damaged_pastes_do_no_harm),
    NBT_TEST("", what_it_says),
};

NBT_MAIN("event", tests)
