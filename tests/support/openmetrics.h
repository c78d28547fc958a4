/*
 * Whether a text is OpenMetrics 1.0, as far as counters and gauges go: what `promtool check
 * metrics` looks at, written from the rules of the format.
 */
#ifndef SUPPORT_OPENMETRICS_H
#define SUPPORT_OPENMETRICS_H

#include <stddef.h>

/*
 * NULL: it is. Else what is wrong, static text, and in `*line` where, counted from 1:
 * every line ends with a newline, the last is # EOF; a family has one TYPE and one HELP, both
 * before its samples, and all its samples stand together; a counter's samples end in _total, a
 * gauge's do not; names and labels are of their letters; label values escape \, " and newline; no
 * sample stands twice; a number is one, of a counter not below 0; no time stamps (node_exporter
 * refuses them).
 */
const char *openmetrics_wrong(const char *text, size_t n, size_t *line);

#endif
