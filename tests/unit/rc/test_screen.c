/*
 * rc/screen.c: a difference leads from any screen to any other and is never long; and the page
 * echoes what is typed.
 */
#include "tests/support/test.h"

#include "rc/screen.h"

static size_t diff(const rc_screen *from, const rc_screen *to, uint8_t *bytes)
{
    nbt_wr w;
    nbt_wr_init(&w, bytes, RC_DIFF_MAX);
    rc_diff_wr(&w, from, to);
    assert_int_equal(w.err, NBT_OK);
    return w.at;
}

static void apply(rc_screen *s, const uint8_t *bytes, size_t n, uint32_t *rows)
{
    nbt_rd r;
    nbt_rd_init(&r, bytes, n);
    rc_diff_rd(&r, s, rows);
    assert_rd_end(&r);
}

static void small_changes_make_small_differences(void **state)
{
    (void)state;
    rc_screen from, to;
    uint8_t bytes[RC_DIFF_MAX];
    rc_screen_init(&from);
    to = from;
    assert_hex(bytes, diff(&from, &to, bytes), "0000");
    to.cursor = 81;
    assert_hex(bytes, diff(&from, &to, bytes), "0051");
    to.chars[80] = 'A';
    assert_hex(bytes, diff(&from, &to, bytes), "0051 0050 0001 41 07");
    to.chars[83] = 'B'; /* two equal cells between: one span */
    assert_hex(bytes, diff(&from, &to, bytes), "0051 0050 0004 41202042 07070707");
    to.chars[83] = ' ';
    to.chars[84] = 'B'; /* three: two spans */
    assert_hex(bytes, diff(&from, &to, bytes), "0051 0050 0001 41 07 0054 0001 42 07");
    to = from;
    to.attrs[RC_CELLS - 1] = RC_ATTR_BAR; /* a colour alone, at the very end */
    assert_hex(bytes, diff(&from, &to, bytes), "0000 07CF 0001 20 70");
}

static void the_rows_with_changes_are_told(void **state)
{
    (void)state;
    rc_screen from, to, s;
    uint8_t bytes[RC_DIFF_MAX];
    uint32_t rows = 0xFFFFFFFF;
    rc_screen_init(&from);
    to = s = from;
    to.chars[0] = 'x';
    to.chars[2 * 80 + 79] = to.chars[3 * 80] = 'y'; /* one span over two rows */
    to.chars[24 * 80] = 'z';
    apply(&s, bytes, diff(&from, &to, bytes), &rows);
    assert_int_equal(rows, 1 | 1 << 2 | 1 << 3 | 1 << 24);
    apply(&s, bytes, diff(&to, &to, bytes), &rows);
    assert_int_equal(rows, 0);
}

static void fill(rc_screen *s, nbt_rng *rng, uint32_t kinds)
{
    s->cursor = (uint16_t)nbt_rng_below(rng, RC_CELLS);
    for (size_t i = 0; i < RC_CELLS; i++) {
        s->chars[i] = (uint8_t)nbt_rng_below(rng, kinds);
        s->attrs[i] = (uint8_t)nbt_rng_below(rng, kinds);
    }
}

static void a_difference_leads_from_any_screen_to_any_other(void **state)
{
    (void)state;
    static const uint32_t kinds[] = { 1, 2, 3, 256 }; /* from all alike to nothing alike */
    nbt_rng rng = { test_seed() };
    for (unsigned round = 0; round < 400; round++) {
        rc_screen from, to;
        uint8_t bytes[RC_DIFF_MAX];
        fill(&from, &rng, kinds[round % 4]);
        fill(&to, &rng, kinds[round / 4 % 4]);
        size_t n = diff(&from, &to, bytes); /* asserts that it is not longer than RC_DIFF_MAX */
        apply(&from, bytes, n, NULL);
        assert_true(rc_screen_eq(&from, &to));
    }
}

/* What costs the most: as many spans as can be, three equal cells apart. */
static void many_spans_are_not_longer_than_the_screen(void **state)
{
    (void)state;
    rc_screen from, to;
    uint8_t bytes[RC_DIFF_MAX];
    rc_screen_init(&from);
    to = from;
    for (size_t i = 0; i < RC_CELLS; i += 4)
        to.chars[i] = '#';
    assert_int_equal(diff(&from, &to, bytes), 2 + RC_CELLS / 4 * 6);
    for (size_t i = 0; i < RC_CELLS; i++)
        to.chars[i] = '#';
    assert_int_equal(diff(&from, &to, bytes), RC_DIFF_MAX);
}

static void a_bad_difference_changes_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        nbt_err err;
        size_t at;
        const char *field;
    } rows[] = {
        { "", NBT_ERR_SHORT, 0, "CURSOR" },
        { "07D0", NBT_ERR_VALUE, 0, "CURSOR" },
        { "0000 00", NBT_ERR_SHORT, 2, "FIRST" },
        { "0000 07D0 0001 41 07", NBT_ERR_VALUE, 2, "FIRST" },
        { "0000 0000 0000", NBT_ERR_VALUE, 4, "COUNT" },
        { "0000 07CF 0002 4141 0707", NBT_ERR_VALUE, 4, "COUNT" },
        { "0000 0000 0002 41", NBT_ERR_SHORT, 6, "CHARACTERS" },
        { "0000 0000 0002 4141 07", NBT_ERR_SHORT, 8, "ATTRIBUTES" },
        { "0000 0005 0002 4141 0707 0006 0001 42 07", NBT_ERR_VALUE, 10, "FIRST" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t bytes[100];
        size_t n = hex_bytes(rows[i].hex, bytes, sizeof bytes);
        uint8_t *exact = exact_copy(bytes, n);
        rc_screen s, blank;
        uint32_t changed = 77;
        nbt_rd r;
        rc_screen_init(&s);
        rc_screen_init(&blank);
        nbt_rd_init(&r, exact, n);
        rc_diff_rd(&r, &s, &changed);
        assert_rd_err(&r, rows[i].err, rows[i].at, rows[i].field);
        assert_true(rc_screen_eq(&s, &blank));
        assert_int_equal(changed, 77);
        free(exact);
    }
}

static void type(rc_page *p, const char *keys)
{
    rc_page_type(p, (nbt_bytes){ (const uint8_t *)keys, strlen(keys) });
}

static void assert_row(const rc_page *p, unsigned row, const char *text)
{
    char have[RC_COLUMNS + 1];
    rc_screen_row(&p->screen, row, have);
    assert_string_equal(have, text);
}

static void the_bar_has_the_machine_and_a_clock(void **state)
{
    (void)state;
    rc_page p;
    rc_page_init(&p, "CLIENT1");
    rc_page_clock(&p, 23 * 3600 + 59 * 60 + 8);
    char bar[RC_COLUMNS + 1];
    rc_screen_row(&p.screen, 0, bar);
    assert_int_equal(strlen(bar), 79);
    assert_memory_equal(bar, " CLIENT1  ", 10);
    assert_string_equal(bar + 71, "23:59:08");
    rc_page_clock(&p, 0);
    rc_screen_row(&p.screen, 0, bar);
    assert_string_equal(bar + 71, "00:00:00");
    assert_int_equal(p.screen.attrs[79], RC_ATTR_BAR);
    assert_int_equal(p.screen.attrs[80], RC_ATTR_PLAIN);
}

static void keys_are_echoed(void **state)
{
    (void)state;
    static const struct {
        const char *label, *keys, *row1, *row2;
        unsigned cursor;
    } rows[] = {
        { "letters", "dir", "dir", "", 83 },
        { "return begins a row", "dir\rA", "dir", "A", 161 },
        { "line feed does, too", "dir\nA", "dir", "A", 161 },
        { "both together begin one", "dir\r\nA", "dir", "A", 161 },
        { "two returns begin two", "dir\r\rA", "dir", "", 241 },
        { "backspace takes back", "dirx\b", "dir", "", 83 },
        { "delete does, too", "dirx\x7f", "dir", "", 83 },
        { "not beyond the row", "\b\bA\r\bB", "A", "B", 161 },
        { "others do nothing",
          "\x1b\t\x80\xff\x01"
          "A",
          "A", "", 81 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        rc_page p;
        print_message("%s\n", rows[i].label);
        rc_page_init(&p, "C");
        type(&p, rows[i].keys);
        assert_row(&p, 1, rows[i].row1);
        assert_row(&p, 2, rows[i].row2);
        assert_int_equal(p.screen.cursor, rows[i].cursor);
    }
}

static void a_full_page_scrolls_under_its_bar(void **state)
{
    (void)state;
    rc_page p;
    char line[] = "line A\r";
    rc_page_init(&p, "CLIENT1");
    for (unsigned i = 0; i < 24; i++, line[5]++)
        type(&p, line);
    assert_row(&p, 0, " CLIENT1");
    assert_row(&p, 1, "line B");
    assert_row(&p, 23, "line X");
    assert_row(&p, 24, "");
    assert_int_equal(p.screen.cursor, 24 * 80);
}

static void a_full_row_goes_on_in_the_next(void **state)
{
    (void)state;
    rc_page p;
    rc_page_init(&p, "C");
    for (unsigned i = 0; i < 24 * 80; i++)
        type(&p, i % 80 ? "." : "#");
    assert_int_equal(p.screen.cursor, 24 * 80); /* it has scrolled when its last cell was full */
    assert_int_equal(p.screen.chars[23 * 80], '#');
    assert_int_equal(p.screen.chars[24 * 80], ' ');
}

static void unprintable_characters_are_dots_in_a_row(void **state)
{
    (void)state;
    rc_screen s;
    char text[RC_COLUMNS + 1];
    rc_screen_init(&s);
    memcpy(s.chars + 80, "a\x00\x1f~\x7f\xff b", 8);
    rc_screen_row(&s, 1, text);
    assert_string_equal(text, "a..~.. b");
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", small_changes_make_small_differences),
    NBT_TEST("", the_rows_with_changes_are_told),
    NBT_TEST("", a_difference_leads_from_any_screen_to_any_other),
    NBT_TEST("", many_spans_are_not_longer_than_the_screen),
    NBT_TEST("", a_bad_difference_changes_nothing),
    NBT_TEST("", the_bar_has_the_machine_and_a_clock),
    NBT_TEST("", keys_are_echoed),
    NBT_TEST("", a_full_page_scrolls_under_its_bar),
    NBT_TEST("", a_full_row_goes_on_in_the_next),
    NBT_TEST("", unprintable_characters_are_dots_in_a_row),
};

NBT_MAIN("screen", tests)
