/*
 * rc/picture.c: a screen's dots stand where its characters do; a bar and the cursor are turned
 * over.
 */
#include "tests/support/test.h"

#include "rc/picture.h"

/* A cell's dots as text, line by line. */
static void cell(const rc_screen *s, unsigned row, unsigned column, char *text)
{
    for (unsigned line = 0; line < RC_CELL_HEIGHT; line++) {
        uint8_t octets[RC_PICTURE_LINE];
        rc_picture_line(s, row * RC_CELL_HEIGHT + line, octets);
        for (unsigned dot = 0; dot < RC_CELL_WIDTH; dot++)
            *text++ = octets[column] & 0x80 >> dot ? '#' : '.';
        *text++ = '\n';
    }
    *text = '\0';
}

static const char letter_e[] =
    "........\n........\n"
    "..#####.\n..#.....\n..#.....\n..####..\n..#.....\n..#.....\n..#####.\n"
    "........\n........\n........\n";

static void a_letter_stands_in_its_cell(void **state)
{
    (void)state;
    char text[200];
    rc_screen s;
    rc_screen_init(&s);
    s.chars[3 * RC_COLUMNS + 79] = 'E';
    cell(&s, 3, 79, text);
    assert_string_equal(text, letter_e);
    cell(&s, 3, 78, text);
    assert_null(strchr(text, '#'));
}

static void a_bar_and_the_cursor_are_turned_over(void **state)
{
    (void)state;
    char plain[200], turned[200];
    rc_screen s;
    rc_screen_init(&s);
    s.cursor = 1;
    s.chars[0] = s.chars[1] = s.chars[2] = 'E';
    s.attrs[2] = RC_ATTR_BAR;
    cell(&s, 0, 0, plain);
    for (unsigned column = 1; column <= 2; column++) {
        cell(&s, 0, column, turned);
        for (size_t i = 0; plain[i]; i++)
            assert_true(plain[i] == '\n' || plain[i] != turned[i]);
    }
    s.cursor = 2; /* on a bar: back again */
    cell(&s, 0, 2, turned);
    assert_string_equal(turned, plain);
}

static void no_two_characters_look_the_same(void **state)
{
    (void)state;
    char one[200], two[200];
    rc_screen s;
    rc_screen_init(&s);
    s.cursor = 100;
    for (unsigned a = 0x20; a <= 0x7E; a++)
        for (unsigned b = a + 1; b <= 0x7E; b++) {
            s.chars[0] = (uint8_t)a;
            s.chars[1] = (uint8_t)b;
            cell(&s, 0, 0, one);
            cell(&s, 0, 1, two);
            if (strcmp(one, two) == 0)
                fail_msg("%c and %c", (int)a, (int)b);
        }
    s.chars[0] = 0x07;
    s.chars[1] = '.';
    cell(&s, 0, 0, one);
    cell(&s, 0, 1, two);
    assert_string_equal(one, two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", a_letter_stands_in_its_cell),
        NBT_TEST("", a_bar_and_the_cursor_are_turned_over),
        NBT_TEST("", no_two_characters_look_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
