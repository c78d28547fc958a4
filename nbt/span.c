/*
 * The list of spans. Reading goes forward, so that all that happens, happens near its end.
 */
#include "nbt/span.h"

#include <string.h>

void nbt_spans_init(nbt_spans *s, nbt_span *room, size_t cap)
{
    *s = (nbt_spans){ room, 0, cap };
}

static size_t end_of(const nbt_span *span)
{
    return span->at + span->n;
}

static bool same_text(const char *a, const char *b)
{
    size_t n = strlen(a);
    return a == b || (strlen(b) == n && memcmp(a, b, n) == 0);
}

/* Puts `n` spans in the place of `old` at index `i`. */
static void replace(nbt_spans *s, size_t i, size_t old, const nbt_span *spans, size_t n)
{
    memmove(&s->p[i + n], &s->p[i + old], (s->n - i - old) * sizeof *s->p);
    memcpy(&s->p[i], spans, n * sizeof *s->p);
    s->n = s->n - old + n;
}

void nbt_spans_add(nbt_spans *s, size_t at, size_t n, const char *field)
{
    size_t end = at + n, i = s->n, pieces = 0;
    nbt_span piece[3], around = { at, 0, field };
    while (i > 0 && s->p[i - 1].at > at) /* one step for each region around it */
        i--;
    if (n == 0 || (i < s->n && s->p[i].at < end))
        return;
    if (i > 0 && at < end_of(&s->p[i - 1]))
        around = s->p[--i];
    size_t old = around.n > 0;
    if (at > around.at)
        piece[pieces++] = (nbt_span){ around.at, at - around.at, around.field };
    nbt_span *last = pieces == 0 && i > 0 ? &s->p[i - 1] : NULL;
    bool goes_on = last && end_of(last) == at && same_text(last->field, field);
    if (!goes_on)
        piece[pieces++] = (nbt_span){ at, n, field };
    if (end_of(&around) > end)
        piece[pieces++] = (nbt_span){ end, end_of(&around) - end, around.field };
    if (s->n - old + pieces > s->cap)
        return;
    if (goes_on)
        last->n += n; /* pieces of one field are one span */
    replace(s, i, old, piece, pieces);
}
