/*
 * The little that rc/ does with text. Nothing here knows what a text is about.
 */
#include "rc/line.h"

#include <string.h>

void rc_line_init(rc_line *line)
{
    line->n = 0;
    line->s[0] = '\0';
}

void rc_line_add(rc_line *line, const void *p, size_t n)
{
    size_t room = sizeof line->s - 1 - line->n;
    if (n > room)
        n = room;
    if (n > 0)
        memcpy(line->s + line->n, p, n);
    line->n += n;
    line->s[line->n] = '\0';
}

void rc_line_str(rc_line *line, const char *text)
{
    rc_line_add(line, text, strlen(text));
}

void rc_line_num(rc_line *line, uint64_t number)
{
    char digits[20]; /* of UINT64_MAX */
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    rc_line_add(line, digits + at, sizeof digits - at);
}

bool rc_word_eq(const char *word, const char *text, size_t len)
{
    return strlen(word) == len && memcmp(word, text, len) == 0;
}
