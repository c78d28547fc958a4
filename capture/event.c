/*
 * The pasted data is cut into words; which of them are data, and in which order their octets stand,
 * is found out from what must be there: the event's code, at 0x0C.
 */
#include "capture/event.h"
#include "capture/errors.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* IO_ERROR_LOG_PACKET, as the kernel's documentation has it; NetBT's own data begins at 0x28. */
enum {
    SIZE_AT = 0x02,    /* 16 bits: how many octets there are of NetBT's own */
    CODE_AT = 0x0C,    /* 32 bits: 0xC000 and the number of the event */
    IP_AT = 0x28,      /* 32 bits, as a number of this machine: its octets stand backwards */
    OCTETS_A_LINE = 8, /* or what the offset of the next line leaves room for, */
    OCTETS_A_LINE_MAX = 16,
    NETBT_FIRST = 4319,
    NETBT_LAST = 4321,
};

typedef struct token {
    const char *s;
    size_t n;
    bool is_label; /* an offset, with its colon */
} token;

/* Words with the form of octets, 16 or 32 bits, or a long string of hex. */
typedef struct reader {
    const char *at, *end;
    size_t octets;   /* of data in a line */
    size_t line_end; /* where the octets of a line end, and its characters begin */
    bool labelled;
    bool skips;   /* the rest of the line is characters */
    size_t width; /* octets in each word so far; 0: none yet, SIZE_MAX: they differ */
    const char *why;
} reader;

static bool is_hex(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isxdigit((unsigned char)s[i]))
            return false;
    }
    return n > 0;
}

static unsigned digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

static bool is_between(char c)
{
    return isspace((unsigned char)c) || c == ',' || c == '"' || c == '\'' || c == '\0';
}

/* A label ends at its colon, whatever follows. */
static bool next(reader *r, token *t)
{
    while (r->at < r->end && is_between(*r->at))
        r->at++;
    t->s = r->at;
    while (r->at < r->end && !is_between(*r->at) && *r->at != ':')
        r->at++;
    t->n = (size_t)(r->at - t->s);
    t->is_label = r->at < r->end && *r->at == ':' && t->n >= 4 && t->n <= 8 && is_hex(t->s, t->n);
    if (t->is_label)
        r->at++;
    while (!t->is_label && r->at < r->end && !is_between(*r->at)) {
        r->at++; /* a colon among characters */
        t->n++;
    }
    return t->n > 0;
}

static size_t offset_of(const token *t)
{
    size_t at = 0;
    for (size_t i = 0; i < t->n; i++)
        at = at << 4 | digit(t->s[i]);
    return at;
}

/* How many octets stand in the line whose offset was just read: in the last one, as in the others.
 */
static size_t line_octets(const reader *r, size_t offset)
{
    reader ahead = *r;
    token t;
    while (next(&ahead, &t)) {
        size_t other = t.is_label ? offset_of(&t) : 0;
        if (other > offset + OCTETS_A_LINE && other <= offset + OCTETS_A_LINE_MAX)
            return other - offset;
        if (t.is_label)
            return OCTETS_A_LINE;
    }
    return r->octets;
}

/*
 * A new line. Lines that are missing leave a gap of zeros; an offset before where we are counts in
 * other units than octets, as the words of some versions do, or is repeated.
 */
static bool start_line(reader *r, cap_event *e, const token *t)
{
    size_t at = offset_of(t);
    r->labelled = true;
    r->skips = false;
    if (at > CAP_EVENT_MAX) {
        r->why = "an offset lies far behind the end of such data";
        return false;
    }
    if (at > e->n)
        e->n = at;
    r->octets = line_octets(r, at);
    r->line_end = e->n + r->octets;
    return true;
}

static bool put_word(reader *r, cap_event *e, const token *t)
{
    size_t width = t->n / 2;
    if (e->n + width > CAP_EVENT_MAX) {
        r->why = "it is longer than such data is";
        return false;
    }
    for (size_t i = 0; i < t->n; i += 2)
        e->b[e->n++] = (uint8_t)(digit(t->s[i]) << 4 | digit(t->s[i + 1]));
    r->width = r->width == 0 || r->width == width ? width : SIZE_MAX;
    return true;
}

/* Behind the octets of a line stand the characters that they would be. */
static bool put_token(reader *r, cap_event *e, const token *t)
{
    bool full = r->labelled && t->n == 2 && e->n >= r->line_end;
    bool hex = is_hex(t->s, t->n) && t->n % 2 == 0;
    if (t->is_label)
        return start_line(r, e, t);
    if (r->skips)
        return true;
    if (hex && !full)
        return put_word(r, e, t);
    r->skips = r->labelled;
    if (!r->skips)
        r->why = "a word of it is no hex";
    return r->skips;
}

static uint32_t number_at(const cap_event *e, size_t at, size_t octets)
{
    uint32_t v = 0;
    for (size_t i = 0; i < octets; i++)
        v |= (uint32_t)e->b[at + i] << 8 * i;
    return v;
}

static bool is_netbt(uint32_t code)
{
    return code >> 16 == 0xC000 && (code & 0xFFFF) >= NETBT_FIRST && (code & 0xFFFF) <= NETBT_LAST;
}

/* Words that were shown as numbers have their first octet last. */
static void turn(cap_event *e, size_t width)
{
    for (size_t at = 0; at + width <= e->n; at += width) {
        for (size_t i = 0; i < width / 2; i++) {
            uint8_t b = e->b[at + i];
            e->b[at + i] = e->b[at + width - 1 - i];
            e->b[at + width - 1 - i] = b;
        }
    }
}

/* In which order it is can be told by the code alone. */
static void find_order(cap_event *e, size_t width)
{
    bool words = width == 2 || width == 4;
    if (!words || e->n < CODE_AT + 4 || is_netbt(number_at(e, CODE_AT, 4)))
        return;
    turn(e, width);
    if (!is_netbt(number_at(e, CODE_AT, 4)) && width == 2)
        turn(e, width); /* neither: then as they stand */
}

bool cap_event_parse(cap_event *e, const char *text, size_t len, const char **why)
{
    reader r = {
        .at = text, .end = text + len, .octets = OCTETS_A_LINE, .why = "there is nothing"
    };
    token t;
    memset(e, 0, sizeof *e);
    while (next(&r, &t)) {
        if (!put_token(&r, e, &t)) {
            *why = r.why;
            return false;
        }
    }
    if (e->n == 0) {
        *why = r.why;
        return false;
    }
    find_order(e, r.width);
    e->has_code = e->n >= CODE_AT + 4;
    if (e->has_code)
        e->code = number_at(e, CODE_AT, 4);
    e->has_ip =
        e->has_code && is_netbt(e->code) && number_at(e, SIZE_AT, 2) >= 4 && e->n >= IP_AT + 4;
    if (e->has_ip)
        e->ip = number_at(e, IP_AT, 4);
    return true;
}

/* What the machine at that address did. */
static const char *deed(uint32_t code)
{
    switch (code & 0xFFFF) {
    case 4319:
        return "sent the packet that showed the duplicate name";
    case 4320:
        return "sent the name release";
    default:
        return "did not allow the name";
    }
}

static void explain_ip(const cap_event *e, cap_buf *out)
{
    const uint8_t *b = &e->b[IP_AT];
    cap_buf_str(out, "    ");
    cap_buf_ip(out, e->ip);
    cap_buf_fmt(out, " %s (octets %02X %02X %02X %02X at 0x28, backwards).\n", deed(e->code), b[0],
                b[1], b[2], b[3]);
    cap_buf_str(out, "    next: nbtstat -A ");
    cap_buf_ip(out, e->ip);
    cap_buf_str(out, " says which computer that is; nbtstat -n here, which name is in Conflict or\n"
                     "    Released; of a capture, nbtdump --conflict --host ");
    cap_buf_ip(out, e->ip);
    cap_buf_str(out, " shows the packets.\n");
}

void cap_event_explain(const cap_event *e, cap_buf *out)
{
    char number[32];
    if (!e->has_code) {
        cap_buf_fmt(out,
                    "The data ends after %zu octets. The event's code is at 0x0C, the other "
                    "machine's address at 0x28: copy all of it.\n",
                    e->n);
        return;
    }
    cap_buf_fmt(out, "The data is of event %u (code 0x%08X at 0x0C).\n", e->code & 0xFFFF, e->code);
    if (!is_netbt(e->code)) {
        cap_buf_str(out, "    That is none of NetBT's events about names, 4319 to 4321: no address "
                         "can be told from it.\n");
    } else if (e->has_ip) {
        explain_ip(e, out);
    } else {
        cap_buf_fmt(out,
                    "    The address of the other machine is not in it: that stands at 0x28, and "
                    "there are %zu octets.\n",
                    e->n);
    }
    snprintf(number, sizeof number, "event %u", e->code & 0xFFFF);
    cap_error_explain(number, out);
}
