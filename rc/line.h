/*
 * The little that rc/ does with text: one line in a fixed place, where what does not fit is cut off
 * and the NUL is always there; and the comparison of a word.
 */
#ifndef RC_LINE_H
#define RC_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RC_LINE_MAX = 160 };

typedef struct rc_line {
    size_t n;
    char s[RC_LINE_MAX];
} rc_line;

void rc_line_init(rc_line *line);

/* Append n bytes, a NUL-terminated text, a decimal number. */
void rc_line_add(rc_line *line, const void *p, size_t n);
void rc_line_str(rc_line *line, const char *text);
void rc_line_num(rc_line *line, uint64_t number);

/* Whether the `len` characters at `text` are `word`. */
bool rc_word_eq(const char *word, const char *text, size_t len);

#endif
