/*
 * Lines in colours, for people: the kind of a message, the name that it is about, what is refused,
 * and, dim, the remarks.
 */
#ifndef DUMP_COLOR_H
#define DUMP_COLOR_H

#include "capture/tap.h"

typedef enum dump_color { DUMP_COLOR_AUTO, DUMP_COLOR_ALWAYS, DUMP_COLOR_NEVER } dump_color;

/*
 * Whether what goes to `fd` is coloured. AUTO: it is a terminal, not a dumb one (TERM), and whoever
 * sits there does not want none (NO_COLOR is not set, or empty).
 */
bool dump_color_is_wanted(dump_color when, int fd);

/* Characters that colours add to a line, at most. */
enum { DUMP_COLOR_MAX = 64 };

/*
 * Colours a line of cap_print_line, of `n` characters, in its place, which has room for
 * DUMP_COLOR_MAX more. Gives its new length.
 */
size_t dump_color_line(char *line, size_t n, const cap_item *item);

#endif
