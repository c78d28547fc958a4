/*
 * Lines: their form, the three clocks, and that the text form in them can be parsed again.
 */
#include "tests/support/samples.h"
#include "tests/support/test.h"

#include "capture/print.h"
#include "nbt/text.h"

#include <stdio.h>
#include <time.h>

static char *buffer;

static int make_buffer(void **state)
{
    (void)state;
    buffer = malloc(CAP_LINE_MAX);
    setenv("TZ", "UTC", 1);
    tzset();
    return buffer ? 0 : -1;
}

static int free_buffer(void **state)
{
    (void)state;
    free(buffer);
    return 0;
}

static void check(cap_printer *p, const cap_item *item, const cap_link *link, const char *want)
{
    size_t n = cap_print_line(p, item, link, buffer);
    assert_true(n > 0 && buffer[n - 1] == '\n');
    buffer[n - 1] = '\0';
    assert_string_equal(buffer, want);
}

static const nbt_ep from = { 0x0A000001, 1024 }, to = { 0xC0A800FF, 137 };
static const int64_t when = INT64_C(1700000000) * 1000000 + 42;

static void test_a_line(void **state)
{
    size_t n;
    nbt_msg m;
    cap_printer p;
    cap_link link = { 0 };
    uint8_t *bytes = sample_bytes(sample_of("query-request"), &n);
    cap_item item = {
        .number = 12, .time = when, .has_ip = true, .from = from, .to = to, .msg = &m
    };
    (void)state;
    assert_true(nbt_msg_rd(&m, NBT_SERVICE_NAME, bytes, n));
    cap_printer_init(&p, CAP_CLOCK_ABSOLUTE, true);
    check(&p, &item, &link,
          "12 2023-11-14T22:13:20.000042 10.0.0.1:1024 > 192.168.0.255:137 query-request FRED<20>");
    link = (cap_link){ .answers = 11, .after = 1500042 };
    check(&p, &item, &link,
          "12 2023-11-14T22:13:20.000042 10.0.0.1:1024 > 192.168.0.255:137 query-request FRED<20> "
          "# answers 11 after 1.500042 s");
    link = (cap_link){ .repeats = 3 };
    strcpy(item.note, "something");
    check(&p, &item, &link,
          "12 2023-11-14T22:13:20.000042 10.0.0.1:1024 > 192.168.0.255:137 query-request FRED<20> "
          "# repeats 3, something");
    free(bytes);
}

static void test_lines_without_a_message(void **state)
{
    cap_printer p;
    const cap_link link = { 0 };
    cap_item item = { .number = 1, .time = when, .note = "NetBEUI, not decoded" };
    (void)state;
    cap_printer_init(&p, CAP_CLOCK_RELATIVE, false);
    check(&p, &item, &link, "1 0.000000 - # NetBEUI, not decoded");
    item.has_mac = true;
    memcpy(item.mac_from, "\x02\x00\x00\x00\x00\x01", 6);
    memcpy(item.mac_to, "\x02\x00\x00\x00\x00\xFF", 6);
    check(&p, &item, &link,
          "1 0.000000 02:00:00:00:00:01 > 02:00:00:00:00:ff # NetBEUI, not decoded");
    item.has_ip = true;
    item.from = (nbt_ep){ 0x0A000001, 0 }; /* ICMP has no ports */
    item.to = (nbt_ep){ 0x0A000002, 0 };
    check(&p, &item, &link, "1 0.000000 10.0.0.1 > 10.0.0.2 # NetBEUI, not decoded");
}

static void test_remote_control(void **state)
{
    cap_printer p;
    rc_packet m;
    const cap_link link = { .answers = 11, .after = 1000 };
    const cap_item item = { .number = 1, .has_ip = true, .from = from, .to = to, .rc = &m };
    (void)state;
    rc_packet_rd(&m, (const uint8_t *)"\x01\x0A\x00", 3);
    cap_printer_init(&p, CAP_CLOCK_RELATIVE, false);
    check(&p, &item, &link,
          "1 0.000000 10.0.0.1:1024 > 192.168.0.255:137 rc-bye - reason=closed # answers 11 after "
          "0.001000 s");
    p.brief = true;
    check(&p, &item, &link,
          "1 0.000000 10.0.0.1:1024 > 192.168.0.255:137 rc-bye - # answers 11 after 0.001000 s");
    rc_packet_rd(&m, (const uint8_t *)"\x01\xFF", 2);
    check(&p, &item, &(cap_link){ 0 },
          "1 0.000000 10.0.0.1:1024 > 192.168.0.255:137 malformed-rc-message");
}

static void test_clocks(void **state)
{
    cap_printer p;
    const cap_link link = { 0 };
    cap_item item = { .number = 1, .time = when, .note = "x" };
    (void)state;
    cap_printer_init(&p, CAP_CLOCK_RELATIVE, false);
    check(&p, &item, &link, "1 0.000000 - # x");
    item.time += 90000001;
    check(&p, &item, &link, "1 90.000001 - # x");
    item.time = when - 1;
    check(&p, &item, &link, "1 -0.000001 - # x");

    cap_printer_init(&p, CAP_CLOCK_DELTA, false);
    check(&p, &item, &link, "1 0.000000 - # x");
    item.time = when + 9;
    check(&p, &item, &link, "1 0.000010 - # x");
    check(&p, &item, &link, "1 0.000000 - # x");

    cap_printer_init(&p, CAP_CLOCK_ABSOLUTE, false);
    check(&p, &item, &link, "1 2023-11-14T22:13:20.000051 - # x");
    item.time = -1; /* a file may say so */
    check(&p, &item, &link, "1 1969-12-31T23:59:59.999999 - # x");
}

/* What stands between the addresses and the # is the message, whole. */
static void test_the_text_form_can_be_parsed(void **state)
{
    cap_printer p;
    const cap_link link = { .answers = 1, .after = 2 };
    (void)state;
    cap_printer_init(&p, CAP_CLOCK_RELATIVE, false);
    for (size_t i = 0; i < good_samples_n + inexact_samples_n; i++) {
        const sample *s =
            i < good_samples_n ? &good_samples[i] : &inexact_samples[i - good_samples_n];
        size_t n;
        uint8_t *bytes = sample_bytes(s, &n);
        uint8_t arena[8192], again[2048];
        nbt_msg m, parsed;
        nbt_text_err err;
        nbt_wr w;
        cap_item item = { .number = 1, .has_ip = true, .from = from, .to = to, .msg = &m };
        nbt_msg_rd(&m, s->service, bytes, n);
        size_t len = cap_print_line(&p, &item, &link, buffer);
        buffer[len] = '\0';
        const char *text = strstr(buffer, " > 192.168.0.255:137 ");
        assert_non_null(text);
        text += strlen(" > 192.168.0.255:137 ");
        const char *end = strstr(text, " # ");
        assert_non_null(end);
        if (!nbt_text_parse(&parsed, text, (size_t)(end - text), arena, sizeof arena, &err))
            fail_msg("%s: column %zu: %s", s->label, err.column, err.why);
        nbt_wr_init(&w, again, sizeof again);
        nbt_msg_wr(&w, &parsed);
        assert_int_equal(w.at, n);
        assert_memory_equal(again, bytes, n);
        free(bytes);
    }
}

/* Whatever is cut off, and wherever a name leads to (CVE-2000-0333: to itself), the line stays
 * within what there is and says why, and the next message has its line, too. */
static void test_what_is_cut_or_leads_in_circles(void **state)
{
    (void)state;
    cap_printer p;
    const cap_link link = { 0 };
    cap_printer_init(&p, CAP_CLOCK_RELATIVE, false);
    for (size_t i = 0; i < good_samples_n; i++) {
        uint8_t room[1500];
        size_t n = hex_bytes(good_samples[i].hex, room, sizeof room);
        for (size_t cut = 0; cut <= n; cut++) {
            uint8_t *bytes = exact_copy(room, cut);
            nbt_msg m;
            cap_item item = { .number = 1, .has_ip = true, .from = from, .to = to, .msg = &m };
            nbt_msg_rd(&m, good_samples[i].service, bytes, cut);
            size_t len = cap_print_line(&p, &item, &link, buffer);
            assert_true(len > 0 && len < CAP_LINE_MAX);
            free(bytes);
        }
    }
    static const char *const circles[] = { "12340110000100000000 0000 C00C 0020 0001",
                                           "12340110000100000000 0000 00 C00D 0020 0001",
                                           "12340110000100000000 0000 01 41 C00C 0020 0001" };
    for (size_t i = 0; i < LENGTH_OF(circles); i++) {
        uint8_t room[100];
        size_t n = hex_bytes(circles[i], room, sizeof room);
        uint8_t *bytes = exact_copy(room, n);
        nbt_msg m;
        cap_item item = { .number = 1, .has_ip = true, .from = from, .to = to, .msg = &m };
        assert_false(nbt_msg_rd(&m, NBT_SERVICE_NAME, bytes, n));
        buffer[cap_print_line(&p, &item, &link, buffer)] = '\0';
        assert_non_null(strstr(buffer, "malformed"));
        free(bytes);
    }
}

/* The longest message there can be fits into a line. */
static void test_the_longest_line(void **state)
{
    enum { LEN = NBT_SSN_HEADER_LEN + NBT_SSN_LEN_MAX };
    uint8_t *bytes = calloc(1, LEN);
    nbt_msg m;
    cap_printer p;
    const cap_link link = { 0 };
    cap_item item = { .number = 1, .has_ip = true, .from = from, .to = to, .msg = &m };
    (void)state;
    memcpy(bytes, "\x00\x01\xFF\xFF", 4);
    assert_true(nbt_msg_rd(&m, NBT_SERVICE_SESSION, bytes, LEN));
    cap_printer_init(&p, CAP_CLOCK_RELATIVE, false);
    size_t n = cap_print_line(&p, &item, &link, buffer);
    assert_true(n > 2 * NBT_SSN_LEN_MAX && n < CAP_LINE_MAX);
    assert_memory_equal(buffer + n - 5, "0000\n", 5);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_a_line),
        NBT_TEST("", test_lines_without_a_message),
        NBT_TEST("", test_clocks),
        NBT_TEST("", test_the_text_form_can_be_parsed),
        NBT_TEST("H52 H79", test_what_is_cut_or_leads_in_circles),
        NBT_TEST("", test_the_longest_line),
        NBT_TEST("", test_remote_control),
    };
    return cmocka_run_group_tests_name("print", tests, make_buffer, free_buffer);
}
