/*
 * The screen that is viewed: 80 by 25 cells, each a character and an attribute (the colours of a
 * text display), and a cursor; what changed between two of them; and the one program that the
 * client's computer runs, a page that echoes what is typed under a line with a clock.
 *
 * It never draws anything anywhere: that is up to whoever shows a screen.
 */
#ifndef RC_SCREEN_H
#define RC_SCREEN_H

#include "nbt/wire.h"

enum {
    RC_COLUMNS = 80,
    RC_ROWS = 25,
    RC_CELLS = RC_COLUMNS * RC_ROWS,
    RC_ATTR_PLAIN = 0x07, /* light grey on black */
    RC_ATTR_BAR = 0x70,   /* black on light grey */
};

typedef struct rc_screen {
    uint16_t cursor; /* a cell: 80 * row + column */
    uint8_t chars[RC_CELLS];
    uint8_t attrs[RC_CELLS];
} rc_screen;

/* Blank: spaces, plain, the cursor at the first cell. Both sides of a session start with it. */
void rc_screen_init(rc_screen *s);

bool rc_screen_eq(const rc_screen *a, const rc_screen *b);

/* The characters of a row without trailing spaces, as a NUL-terminated text; unprintables as '.'.
 */
void rc_screen_row(const rc_screen *s, unsigned row, char text[RC_COLUMNS + 1]);

/*
 * The difference of two screens: the cursor (2 octets), then spans: first cell (2), count of cells
 * (2), the count's characters, its attributes. Characters and attributes stand apart because each
 * kind repeats itself far more often than the pair does.
 *
 * Spans ascend and are at least three cells apart: two equal cells cost no more than a second
 * span's head, so that a difference is never longer than that of two screens without a cell in
 * common.
 */
enum { RC_DIFF_MAX = 2 + 4 + 2 * RC_CELLS };

/* Writes what leads from `from` to `to`. Error: FULL, if there is no room for RC_DIFF_MAX. */
void rc_diff_wr(nbt_wr *w, const rc_screen *from, const rc_screen *to);

/*
 * Reads a difference to its end and applies it. Errors: SHORT; VALUE (the cursor, a span that is
 * empty, outside the screen or not behind the one before); `s` is untouched on failure.
 * `rows`, if not NULL, gets the set of the rows with a changed cell, as 1 << row.
 */
void rc_diff_rd(nbt_rd *r, rc_screen *s, uint32_t *rows);

/*
 * The page. Its first row is a bar with the client's name and a clock; below it is what was typed,
 * which scrolls up when it is full. Keys: 20 to 7E hex are written; carriage return or line feed
 * begin a new row (a line feed right behind a carriage return does not); backspace (08, 7F) takes
 * one character of this row back; all others do nothing.
 */
typedef struct rc_page {
    rc_screen screen;
    bool after_cr;
} rc_page;

void rc_page_init(rc_page *p, const char *machine);
void rc_page_clock(rc_page *p, uint32_t second_of_day);
void rc_page_type(rc_page *p, nbt_bytes keys);

#endif
