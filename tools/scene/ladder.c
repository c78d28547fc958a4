/*
 * A line of the drawing is made in a row of characters, then what it says is put behind it.
 */
#include "tools/scene/ladder.h"

#include <string.h>

enum { COLUMNS_MAX = 10, GAP = 3, WIDEST = 12, ROW_MAX = COLUMNS_MAX * (WIDEST + GAP) + 1 };

typedef struct drawing {
    const scene *s;
    uint32_t columns;
    size_t width; /* of a column */
    char row[ROW_MAX];
} drawing;

/* Where the line of a host is. */
static size_t middle(const drawing *d, uint32_t host)
{
    return host * d->width + d->width / 2;
}

static size_t row_length(const drawing *d)
{
    return d->columns * d->width;
}

static void lines(drawing *d)
{
    memset(d->row, ' ', sizeof d->row);
    for (uint32_t i = 0; i < d->columns; i++)
        d->row[middle(d, i)] = '|';
}

/* From column `from` to `to`, which gets `head`. */
static void arrow(drawing *d, size_t from, size_t to, char head)
{
    size_t low = from < to ? from : to, high = from < to ? to : from;
    for (size_t i = low; i <= high; i++)
        d->row[i] = d->row[i] == '|' ? '+' : '-';
    d->row[from] = 'o';
    d->row[to] = head;
}

static void draw_message(drawing *d, const scene_line *line)
{
    bool sender = line->from < d->columns;
    if (!sender && line->to < d->columns) {
        d->row[middle(d, line->to)] = line->lost ? 'x' : '*'; /* from somebody who has no column */
        return;
    }
    if (!sender)
        return;
    size_t from = middle(d, line->from), last = row_length(d) - 1;
    if (line->to == SCENE_EVERYBODY) {
        arrow(d, from, 0, line->lost ? 'x' : '<');
        arrow(d, from, last, line->lost ? 'x' : '>');
        return;
    }
    size_t to = line->to < d->columns ? middle(d, line->to) : last;
    if (to == from)
        d->row[from] = '*';
    else
        arrow(d, from, to, line->lost ? 'x' : to > from ? '>' : '<');
}

static void add_head(cap_buf *to, drawing *d)
{
    memset(d->row, ' ', sizeof d->row);
    for (uint32_t i = 0; i < d->columns; i++) {
        const char *name = d->s->host[i].name;
        size_t n = strlen(name);
        n = n < d->width - 1 ? n : d->width - 1;
        memcpy(d->row + middle(d, i) - n / 2, name, n);
    }
    cap_buf_fmt(to, "%13s", "");
    cap_buf_add(to, d->row, row_length(d));
    cap_buf_str(to, "\n");
}

static void add_line(cap_buf *to, drawing *d, const scene_log *log, uint32_t i)
{
    const scene_line *line = scene_log_at(log, i);
    bool told = line->message && line->from < d->columns &&
                (line->to == SCENE_EVERYBODY || line->to < d->columns);
    size_t at = told ? line->about : 0; /* who says it to whom is in the drawing */
    lines(d);
    if (line->message)
        draw_message(d, line);
    else if (line->from < d->columns)
        d->row[middle(d, line->from)] = '#';
    cap_buf_fmt(to, "%5lld.%06lld ", (long long)(line->at / NBT_S(1)),
                (long long)(line->at % NBT_S(1)));
    cap_buf_add(to, d->row, row_length(d));
    cap_buf_str(to, " ");
    cap_buf_add(to, scene_log_text(log, i) + at, line->n - at);
    cap_buf_str(to, "\n");
}

void scene_ladder(cap_buf *to, const scene *s, const scene_log *log)
{
    drawing d = { .s = s, .columns = s->nhosts < COLUMNS_MAX ? s->nhosts : COLUMNS_MAX };
    for (uint32_t i = 0; i < d.columns; i++) {
        size_t n = strlen(s->host[i].name);
        d.width = n > d.width ? n : d.width;
    }
    d.width = (d.width < WIDEST ? d.width : WIDEST) + GAP;
    add_head(to, &d);
    for (uint32_t i = 0; i < scene_log_count(log); i++)
        add_line(to, &d, log, i);
}
