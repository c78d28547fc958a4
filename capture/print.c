/*
 * Lines. What is printed a million times is put together by hand here; what a message says is
 * nbt/text.h's.
 */
#include "capture/print.h"
#include "nbt/digits.h"
#include "nbt/text.h"

#include <string.h>
#include <time.h>

enum { MICRO = 1000000, MICRO_DIGITS = 6 };

void cap_printer_init(cap_printer *p, cap_clock clock, bool brief)
{
    *p = (cap_printer){ .clock = clock, .brief = brief, .second = INT64_MIN };
}

static char *put_str(char *to, const char *s)
{
    size_t n = strlen(s);
    memcpy(to, s, n);
    return to + n;
}

/* 12.000345, with a sign where it is less than nothing. */
static char *put_seconds(char *to, int64_t microseconds)
{
    uint64_t v = (uint64_t)microseconds;
    if (microseconds < 0) {
        *to++ = '-';
        v = 0 - v;
    }
    to = nbt_digits_dec(to, v / MICRO);
    *to++ = '.';
    return nbt_digits_fixed(to, (uint32_t)(v % MICRO), MICRO_DIGITS);
}

/* Date and time of a second cost much, and most packets are of the same second as those before. */
static char *put_date(cap_printer *p, char *to, int64_t time)
{
    int64_t micro = time % MICRO, second = time / MICRO;
    if (micro < 0) {
        micro += MICRO;
        second--;
    }
    if (second != p->second) {
        struct tm tm;
        time_t t = (time_t)second;
        p->second = second;
        p->date_len = 0;
        if (localtime_r(&t, &tm))
            p->date_len = strftime(p->date, sizeof p->date, "%Y-%m-%dT%H:%M:%S.", &tm);
    }
    memcpy(to, p->date, sizeof p->date);
    return nbt_digits_fixed(to + p->date_len, (uint32_t)micro, MICRO_DIGITS);
}

static char *put_time(cap_printer *p, char *to, int64_t time)
{
    cap_print_begin(p, time);
    int64_t before = p->before;
    p->before = time;
    switch (p->clock) {
    case CAP_CLOCK_ABSOLUTE:
        return put_date(p, to, time);
    case CAP_CLOCK_RELATIVE:
        return put_seconds(to, time - p->first);
    case CAP_CLOCK_DELTA:
        return put_seconds(to, time - before);
    }
    return to;
}

size_t cap_print_time(cap_printer *p, int64_t time, char *to)
{
    if (p->clock == CAP_CLOCK_ABSOLUTE)
        return (size_t)(put_date(p, to, time) - to);
    return (size_t)(put_seconds(to, p->begun ? time - p->first : 0) - to);
}

void cap_print_begin(cap_printer *p, int64_t time)
{
    if (!p->begun)
        p->first = p->before = time;
    p->begun = true;
}

/* Without a port where there is none. */
static char *put_ep(char *to, nbt_ep ep)
{
    to = nbt_digits_ip(to, ep.ip);
    if (ep.port == 0)
        return to;
    *to++ = ':';
    return nbt_digits_dec(to, ep.port);
}

static char *put_mac(char *to, const uint8_t mac[6])
{
    for (int i = 0; i < 6; i++) {
        to = nbt_digits_hex(to, mac + i, 1);
        *to++ = ':';
    }
    return to - 1;
}

static char *put_addresses(char *to, const cap_item *item)
{
    if (!item->has_ip && !item->has_mac) {
        *to++ = '-';
        return to;
    }
    to = item->has_ip ? put_ep(to, item->from) : put_mac(to, item->mac_from);
    to = put_str(to, " > ");
    return item->has_ip ? put_ep(to, item->to) : put_mac(to, item->mac_to);
}

/* The first words of the text form: KIND and NAME. */
static size_t words(const char *text, size_t n, unsigned count)
{
    size_t at = 0;
    for (; at < n; at++) {
        if (text[at] == ' ' && --count == 0)
            break;
    }
    return at;
}

/* What is malformed has no NAME. */
static char *put_message(const cap_printer *p, char *to, const nbt_msg *m)
{
    size_t n = nbt_text_print(m, to, CAP_LINE_MAX / 2);
    return to + (p->brief ? words(to, n, m->err ? 1 : 2) : n);
}

static char *put_rc(const cap_printer *p, char *to, const rc_packet *m)
{
    size_t n = rc_text_print(m, to, CAP_LINE_MAX / 2);
    return to + (p->brief ? words(to, n, m->err ? 1 : 2) : n);
}

/* What stands behind the #: several things have commas between them. */
static char *put_remarks(char *to, const cap_item *item, const cap_link *link)
{
    const char *between = " # ";
    if (link->answers) {
        to = nbt_digits_dec(put_str(put_str(to, between), "answers "), link->answers);
        to = put_str(put_seconds(put_str(to, " after "), link->after), " s");
        between = ", ";
    }
    if (link->repeats) {
        to = nbt_digits_dec(put_str(put_str(to, between), "repeats "), link->repeats);
        between = ", ";
    }
    if (item->note[0])
        to = put_str(put_str(to, between), item->note);
    return to;
}

size_t cap_print_line(cap_printer *p, const cap_item *item, const cap_link *link, char *to)
{
    char *at = nbt_digits_dec(to, item->number);
    *at++ = ' ';
    at = put_time(p, at, item->time);
    *at++ = ' ';
    at = put_addresses(at, item);
    if (item->msg) {
        *at++ = ' ';
        at = put_message(p, at, item->msg);
    } else if (item->rc) {
        *at++ = ' ';
        at = put_rc(p, at, item->rc);
    }
    at = put_remarks(at, item, link);
    *at++ = '\n';
    return (size_t)(at - to);
}
