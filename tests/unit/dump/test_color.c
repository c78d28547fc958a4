/*
 * Colours in lines: where they begin and end, and that the line is else the same.
 */
#include "tests/support/test.h"

#include "capture/print.h"
#include "nbt/text.h"
#include "tools/dump/color.h"

#include <stdio.h>
#include <stdlib.h>

/* ESC [ 1 m as {1}. */
static void show_escapes(const char *line, size_t n, char *to)
{
    for (size_t i = 0; i < n; i++) {
        char c = line[i];
        *to++ = c == '\033' ? '{' : c;
        if (c == '\033') {
            for (i += 2; line[i] != 'm'; i++)
                *to++ = line[i];
            *to++ = '}';
        }
    }
    *to = '\0';
}

static void check(const cap_item *item, const cap_link *link, const char *want)
{
    char *line = malloc(CAP_LINE_MAX + DUMP_COLOR_MAX), shown[1024];
    cap_printer p;
    cap_printer_init(&p, CAP_CLOCK_RELATIVE, true);
    size_t n = cap_print_line(&p, item, link, line);
    size_t colored = dump_color_line(line, n, item);
    assert_true(colored - n <= DUMP_COLOR_MAX);
    show_escapes(line, colored, shown);
    assert_string_equal(shown, want);
    free(line);
}

static void test_lines(void **state)
{
    static const struct {
        const char *text;
        uint64_t answers;
        const char *note, *want;
    } rows[] = {
        { "query-request FRED<20> id=0x0001", 0, "",
          "1 0.000000 10.0.0.1:137 > 10.0.0.2:137 {36}query-request{0} {1}FRED<20>{0}\n" },
        { "negative-query-response FRED<20> id=0x0001 rcode=NAM_ERR type=NULL", 3, "",
          "1 0.000000 10.0.0.1:137 > 10.0.0.2:137 {1;31}negative-query-response{0} {1}FRED<20>{0} "
          "{2}# answers 3 after 0.000000 s{0}\n" },
        { "positive-session-response -", 0, "",
          "1 0.000000 10.0.0.1:137 > 10.0.0.2:137 {36}positive-session-response{0} {1}-{0}\n" },
        { "negative-session-response - error=called-not-present", 0, "",
          "1 0.000000 10.0.0.1:137 > 10.0.0.2:137 {1;31}negative-session-response{0} {1}-{0}\n" },
        { "malformed-name-packet raw=1a2b", 0, "cut",
          "1 0.000000 10.0.0.1:137 > 10.0.0.2:137 {33}malformed-name-packet{0} {2}# cut{0}\n" },
        { NULL, 0, "octets are missing",
          "1 0.000000 10.0.0.1:137 > 10.0.0.2:137 {2}# octets are missing{0}\n" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t arena[NBT_TEXT_ARENA_EXTRA + 256];
        nbt_msg m;
        nbt_text_err err;
        cap_item item = {
            .number = 1,
            .has_ip = true,
            .from = { 0x0A000001, 137 },
            .to = { 0x0A000002, 137 },
            .msg = rows[i].text ? &m : NULL,
        };
        const cap_link link = { .answers = rows[i].answers };
        snprintf(item.note, sizeof item.note, "%s", rows[i].note);
        if (rows[i].text)
            assert_true(
                nbt_text_parse(&m, rows[i].text, strlen(rows[i].text), arena, sizeof arena, &err));
        check(&item, &link, rows[i].want);
    }
}

static void test_remote_control(void **state)
{
    rc_packet rc;
    const cap_item item = { .number = 1, .rc = &rc };
    const cap_link none = { 0 };
    (void)state;
    rc_packet_rd(&rc, (const uint8_t *)"\x01\x03\x01\x00\x00\x00\x00", 7);
    check(&item, &none, "1 0.000000 - {1;31}rc-verdict{0} {1}-{0}\n");
    rc_packet_rd(&rc, (const uint8_t *)"\x01\x0A\x00", 3);
    check(&item, &none, "1 0.000000 - {36}rc-bye{0} {1}-{0}\n");
}

/* Nothing of this is a terminal: that is for tests/rules/dump_manners.py. */
static void test_when(void **state)
{
    FILE *file = tmpfile();
    (void)state;
    assert_true(dump_color_is_wanted(DUMP_COLOR_ALWAYS, fileno(file)));
    assert_false(dump_color_is_wanted(DUMP_COLOR_NEVER, fileno(file)));
    assert_false(dump_color_is_wanted(DUMP_COLOR_AUTO, fileno(file)));
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_lines),
        NBT_TEST("", test_remote_control),
        NBT_TEST("", test_when),
    };
    return cmocka_run_group_tests_name("color", tests, NULL, NULL);
}
