/*
 * Lines. What is printed a million times is put together by hand here; what a message says is
 * nbt/text.h's.
 */
#include "capture/print.h"
#include "nbt/text.h"

#include <string.h>
#include <time.h>

enum { MICRO = 1000000 };

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

static char *put_dec(char *to, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    memcpy(to, digits + at, sizeof digits - at);
    return to + (sizeof digits - at);
}

/* Exactly `n` digits. */
static char *put_digits(char *to, uint32_t v, size_t n)
{
    for (size_t i = n; i > 0; i--, v /= 10)
        to[i - 1] = (char)('0' + v % 10);
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
    to = put_dec(to, v / MICRO);
    *to++ = '.';
    return put_digits(to, (uint32_t)(v % MICRO), 6);
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
        p->date[0] = '\0';
        if (localtime_r(&t, &tm))
            strftime(p->date, sizeof p->date, "%Y-%m-%dT%H:%M:%S", &tm);
    }
    to = put_str(to, p->date);
    *to++ = '.';
    return put_digits(to, (uint32_t)micro, 6);
}

static char *put_time(cap_printer *p, char *to, int64_t time)
{
    if (!p->begun)
        p->first = p->before = time;
    p->begun = true;
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

static char *put_octet(char *to, unsigned v)
{
    if (v > 99)
        *to++ = (char)('0' + v / 100);
    if (v > 9)
        *to++ = (char)('0' + v / 10 % 10);
    *to++ = (char)('0' + v % 10);
    return to;
}

/* Without a port where there is none. */
static char *put_ep(char *to, nbt_ep ep)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        to = put_octet(to, ep.ip >> shift & 0xFF);
        *to++ = shift > 0 ? '.' : ':';
    }
    return ep.port ? put_dec(to, ep.port) : to - 1;
}

static char *put_mac(char *to, const uint8_t mac[6])
{
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < 6; i++) {
        *to++ = hex[mac[i] >> 4];
        *to++ = hex[mac[i] & 15];
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

/* KIND and NAME: the first two words of the text form. */
static size_t two_words(const char *text, size_t n)
{
    const char *space = memchr(text, ' ', n);
    if (space)
        space = memchr(space + 1, ' ', n - (size_t)(space + 1 - text));
    return space ? (size_t)(space - text) : n;
}

static char *put_message(const cap_printer *p, char *to, const nbt_msg *m)
{
    size_t n = nbt_text_print(m, to, CAP_LINE_MAX / 2);
    return to + (p->brief ? two_words(to, n) : n);
}

/* What stands behind the #: several things have commas between them. */
static char *put_remarks(char *to, const cap_item *item, const cap_link *link)
{
    const char *between = " # ";
    if (link->answers) {
        to = put_dec(put_str(put_str(to, between), "answers "), link->answers);
        to = put_str(put_seconds(put_str(to, " after "), link->after), " s");
        between = ", ";
    }
    if (link->repeats) {
        to = put_dec(put_str(put_str(to, between), "repeats "), link->repeats);
        between = ", ";
    }
    if (item->note[0])
        to = put_str(put_str(to, between), item->note);
    return to;
}

size_t cap_print_line(cap_printer *p, const cap_item *item, const cap_link *link, char *to)
{
    char *at = put_dec(to, item->number);
    *at++ = ' ';
    at = put_time(p, at, item->time);
    *at++ = ' ';
    at = put_addresses(at, item);
    if (item->msg) {
        *at++ = ' ';
        at = put_message(p, at, item->msg);
    }
    at = put_remarks(at, item, link);
    *at++ = '\n';
    return (size_t)(at - to);
}
