/*
 * Items as lines of text: number, time, addresses, the message in its text form (nbt/text.h), and
 * behind " # " what is to be said of it: what it answers or repeats, and what the capture lacks.
 *
 *     12 2026-11-22T17:05:11.123456 10.0.0.2:137 > 10.0.0.1:137 KIND NAME ... # answers 11 after
 * ... 13 2026-11-22T17:05:12.000001 02:00:00:00:00:01 > 02:00:00:00:00:02 # NetBEUI, not decoded
 *
 * No word of the text form is a single #, so that a line can be cut there.
 */
#ifndef CAPTURE_PRINT_H
#define CAPTURE_PRINT_H

#include "capture/dialog.h"
#include "capture/tap.h"

/* A line is never longer than this, its newline included: the longest message has 131 075 octets.
 */
enum { CAP_LINE_MAX = 2 * 1024 * 1024 };

typedef enum cap_clock {
    CAP_CLOCK_ABSOLUTE, /* date and time of the place where it is printed */
    CAP_CLOCK_RELATIVE, /* seconds since the first item */
    CAP_CLOCK_DELTA,    /* seconds since the item before */
} cap_clock;

/* How to print, and what that needs to know of the lines before. */
typedef struct cap_printer {
    cap_clock clock;
    bool brief; /* of a message only its kind and its name */
    bool begun;
    int64_t first, before; /* times of items */
    int64_t second;        /* whose text this is: */
    char date[24];
    size_t date_len;
} cap_printer;

void cap_printer_init(cap_printer *p, cap_clock clock, bool brief);

/* Times count from the first item: this one, if none was before. */
void cap_print_begin(cap_printer *p, int64_t time);

/* A time as lines have it, but for CAP_CLOCK_DELTA, which is as relative. `to` has room for 40. */
size_t cap_print_time(cap_printer *p, int64_t time, char *to);

/*
 * Prints an item and a newline at `to`, which has room for CAP_LINE_MAX. Gives the number of
 * characters.
 */
size_t cap_print_line(cap_printer *p, const cap_item *item, const cap_link *link, char *to);

#endif
