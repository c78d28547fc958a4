/*
 * The screen that is viewed, and differences of it. Nothing here knows how a difference travels.
 */
#include "rc/screen.h"

#include <assert.h>
#include <string.h>

enum { SPAN_HEAD = 4, GAP_MIN = 3, BAR = 0, TYPED = 1 }; /* rows of the page */

void rc_screen_init(rc_screen *s)
{
    s->cursor = 0;
    memset(s->chars, ' ', sizeof s->chars);
    memset(s->attrs, RC_ATTR_PLAIN, sizeof s->attrs);
}

bool rc_screen_eq(const rc_screen *a, const rc_screen *b)
{
    return a->cursor == b->cursor && memcmp(a->chars, b->chars, sizeof a->chars) == 0 &&
           memcmp(a->attrs, b->attrs, sizeof a->attrs) == 0;
}

void rc_screen_row(const rc_screen *s, unsigned row, char text[RC_COLUMNS + 1])
{
    assert(row < RC_ROWS);
    const uint8_t *chars = s->chars + row * RC_COLUMNS;
    size_t n = RC_COLUMNS;
    while (n > 0 && chars[n - 1] == ' ')
        n--;
    for (size_t i = 0; i < n; i++)
        text[i] = (char)(chars[i] >= 0x20 && chars[i] <= 0x7E ? chars[i] : '.');
    text[n] = '\0';
}

static bool cell_eq(const rc_screen *a, const rc_screen *b, size_t cell)
{
    return a->chars[cell] == b->chars[cell] && a->attrs[cell] == b->attrs[cell];
}

/* The next cell at or after `cell` that differs; RC_CELLS if none does. */
static size_t next_change(const rc_screen *a, const rc_screen *b, size_t cell)
{
    while (cell < RC_CELLS && cell_eq(a, b, cell))
        cell++;
    return cell;
}

/* The end of the span that begins at `first`: where GAP_MIN cells or more are equal. */
static size_t span_end(const rc_screen *a, const rc_screen *b, size_t first)
{
    size_t end = first + 1;
    for (;;) {
        size_t next = next_change(a, b, end);
        if (next == RC_CELLS || next - end >= GAP_MIN)
            return end;
        end = next + 1;
    }
}

void rc_diff_wr(nbt_wr *w, const rc_screen *from, const rc_screen *to)
{
    nbt_wr_u16(w, to->cursor, "CURSOR");
    for (size_t first = next_change(from, to, 0); first < RC_CELLS;) {
        size_t end = span_end(from, to, first);
        nbt_wr_u16(w, first, "FIRST");
        nbt_wr_u16(w, end - first, "COUNT");
        nbt_wr_bytes(w, to->chars + first, end - first, "CHARACTERS");
        nbt_wr_bytes(w, to->attrs + first, end - first, "ATTRIBUTES");
        first = next_change(from, to, end);
    }
}

/* One span into `s`; `*behind` is the first cell that it may begin at. */
static void span_rd(nbt_rd *r, rc_screen *s, size_t *behind, uint32_t *rows)
{
    size_t at = r->at;
    size_t first = nbt_rd_u16(r, "FIRST");
    if (first < *behind || first >= RC_CELLS)
        nbt_rd_fail(r, NBT_ERR_VALUE, at, "FIRST");
    at = r->at;
    size_t n = nbt_rd_u16(r, "COUNT");
    if (n == 0 || n > RC_CELLS - first)
        nbt_rd_fail(r, NBT_ERR_VALUE, at, "COUNT");
    nbt_bytes chars = nbt_rd_bytes(r, n, "CHARACTERS");
    nbt_bytes attrs = nbt_rd_bytes(r, n, "ATTRIBUTES");
    if (r->err)
        return;
    memcpy(s->chars + first, chars.p, n);
    memcpy(s->attrs + first, attrs.p, n);
    *behind = first + n;
    for (size_t row = first / RC_COLUMNS; row <= (first + n - 1) / RC_COLUMNS; row++)
        *rows |= UINT32_C(1) << row;
}

void rc_diff_rd(nbt_rd *r, rc_screen *s, uint32_t *rows)
{
    rc_screen next = *s;
    uint32_t changed = 0;
    size_t at = r->at, behind = 0;
    next.cursor = nbt_rd_u16(r, "CURSOR");
    if (next.cursor >= RC_CELLS)
        nbt_rd_fail(r, NBT_ERR_VALUE, at, "CURSOR");
    while (nbt_rd_left(r) > 0)
        span_rd(r, &next, &behind, &changed);
    if (r->err)
        return;
    *s = next;
    if (rows)
        *rows = changed;
}

static void put(rc_screen *s, size_t cell, const char *text)
{
    size_t n = strlen(text);
    assert(cell + n <= RC_CELLS);
    memcpy(s->chars + cell, text, n);
}

void rc_page_init(rc_page *p, const char *machine)
{
    rc_screen_init(&p->screen);
    p->after_cr = false;
    p->screen.cursor = TYPED * RC_COLUMNS;
    memset(p->screen.attrs + BAR * RC_COLUMNS, RC_ATTR_BAR, RC_COLUMNS);
    put(&p->screen, BAR * RC_COLUMNS + 1, machine);
}

void rc_page_clock(rc_page *p, uint32_t second_of_day)
{
    uint32_t fields[3] = { second_of_day / 3600 % 24, second_of_day / 60 % 60, second_of_day % 60 };
    char text[] = "00:00:00";
    for (size_t i = 0; i < 3; i++) {
        text[3 * i] = (char)('0' + fields[i] / 10);
        text[3 * i + 1] = (char)('0' + fields[i] % 10);
    }
    put(&p->screen, (BAR + 1) * RC_COLUMNS - sizeof text, text);
}

static void scroll(rc_screen *s)
{
    const size_t top = TYPED * RC_COLUMNS, last = RC_CELLS - RC_COLUMNS;
    memmove(s->chars + top, s->chars + top + RC_COLUMNS, last - top);
    memset(s->chars + last, ' ', RC_COLUMNS);
}

static void new_row(rc_screen *s)
{
    unsigned row = s->cursor / RC_COLUMNS + 1u;
    if (row == RC_ROWS) {
        scroll(s);
        row--;
    }
    s->cursor = (uint16_t)(row * RC_COLUMNS);
}

static void write_char(rc_screen *s, uint8_t c)
{
    s->chars[s->cursor] = c;
    if (s->cursor % RC_COLUMNS == RC_COLUMNS - 1)
        new_row(s);
    else
        s->cursor++;
}

static void take_back(rc_screen *s)
{
    if (s->cursor % RC_COLUMNS == 0)
        return;
    s->cursor--;
    s->chars[s->cursor] = ' ';
}

void rc_page_type(rc_page *p, nbt_bytes keys)
{
    for (size_t i = 0; i < keys.n; i++) {
        uint8_t c = keys.p[i];
        if (c >= 0x20 && c <= 0x7E)
            write_char(&p->screen, c);
        else if (c == '\r' || (c == '\n' && !p->after_cr))
            new_row(&p->screen);
        else if (c == '\b' || c == 0x7F)
            take_back(&p->screen);
        p->after_cr = c == '\r';
    }
}
