/*
 * What fields of messages are printed with, as JSON or in detail: for capture/fields.c and
 * fields_smb.c alone, which know what the fields are.
 */
#ifndef CAPTURE_FIELDS_OUT_H
#define CAPTURE_FIELDS_OUT_H

#include "nbt/codes.h"
#include "nbt/digits.h"
#include "nbt/name.h"

#include <assert.h>
#include <string.h>

/*
 * Where the next character goes, and in which form. In JSON, a comma follows each member, and is
 * taken back where a bracket closes. Only octets have a length that is not bounded by a little: for
 * these it is looked whether they fit, and REST is left for all that comes with them.
 */
typedef struct out {
    char *at, *end;
    bool detail;    /* a line for each field; else JSON */
    unsigned depth; /* detail: how many brackets there would be */
    struct {
        const nbt_name *name; /* NULL: none */
        bool group;
        const char *at;
        size_t n;
    } told; /* JSON: the object of the name that the message is about, for where it comes again */
} out;

enum { REST = 256 * 1024, MICRO_DIGITS = 6 };

/*
 * What has a key is inline, whatever the compiler thinks of its size: the key is a constant where
 * it is used, so that its length is known, and it is copied by a store or two.
 */
#define INLINE static inline __attribute__((always_inline))

INLINE void put(out *o, const char *s, size_t n)
{
    memcpy(o->at, s, n);
    o->at += n;
}

INLINE void put_str(out *o, const char *s)
{
    put(o, s, strlen(s));
}

INLINE void put_char(out *o, char c)
{
    *o->at++ = c;
}

static inline void put_dec(out *o, uint64_t v)
{
    if (v < 10)
        put_char(o, (char)('0' + v));
    else
        o->at = nbt_digits_dec(o->at, v);
}

static inline void put_hex(out *o, const uint8_t *p, size_t n)
{
    assert(2 * n + REST <= (size_t)(o->end - o->at));
    o->at = nbt_digits_hex(o->at, p, n);
}

/* ASCII that can be seen: backslashes and quotes are all there is to escape. */
static inline void put_text(out *o, const char *s, size_t n)
{
    if (!memchr(s, '\\', n) && !memchr(s, '"', n)) {
        put(o, s, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\\' || s[i] == '"')
            put_char(o, '\\');
        put_char(o, s[i]);
    }
}

/* Detail: a new line for the field, further in the deeper it lies. */
static inline void detail_key(out *o, const char *k)
{
    put_char(o, '\n');
    for (unsigned i = 0; i < o->depth; i++)
        put(o, "    ", 4);
    if (k) {
        put_str(o, k);
        put_char(o, ':');
    } else {
        put_char(o, '-');
    }
}

/* Begins a member, or with no key an element. */
INLINE void key(out *o, const char *k)
{
    if (o->detail) {
        detail_key(o, k);
        put_char(o, ' ');
    } else if (k) {
        put_char(o, '"');
        put_str(o, k);
        put(o, "\":", 2);
    }
}

/* Ends one. */
INLINE void comma(out *o)
{
    if (!o->detail)
        put_char(o, ',');
}

INLINE void begin(out *o, const char *k, char bracket)
{
    if (o->detail) {
        detail_key(o, k);
        o->depth++;
        return;
    }
    key(o, k);
    put_char(o, bracket);
}

INLINE void finish(out *o, char bracket)
{
    if (o->detail) {
        o->depth--;
        return;
    }
    if (o->at[-1] == ',')
        o->at--;
    put_char(o, bracket);
    put_char(o, ',');
}

/* Text is in quotes only where a program reads it. */
INLINE void quote(out *o)
{
    if (!o->detail)
        put_char(o, '"');
}

INLINE void num(out *o, const char *k, uint64_t v)
{
    key(o, k);
    put_dec(o, v);
    comma(o);
}

/* Bits of a word of 8 or 16. */
INLINE void bits(out *o, const char *k, unsigned v, unsigned width)
{
    const uint8_t octets[2] = { (uint8_t)(v >> 8), (uint8_t)v };
    if (!o->detail) {
        num(o, k, v);
        return;
    }
    key(o, k);
    put(o, "0x", 2);
    put_hex(o, width == 8 ? octets + 1 : octets, width / 8);
}

INLINE void boolean(out *o, const char *k, bool v)
{
    key(o, k);
    memcpy(o->at, v ? "true,\0\0" : "false,\0", 8); /* at once, and then taken for what it is */
    o->at += (v ? 4 : 5) + !o->detail;
}

/* A word or a text of a table of ours, in which nothing needs an escape. */
INLINE void str(out *o, const char *k, const char *v)
{
    key(o, k);
    quote(o);
    put_str(o, v);
    quote(o);
    comma(o);
}

/* Any other text. */
INLINE void text(out *o, const char *k, const char *v, size_t n)
{
    key(o, k);
    quote(o);
    if (o->detail)
        put(o, v, n);
    else
        put_text(o, v, n);
    quote(o);
    comma(o);
}

INLINE void hex(out *o, const char *k, nbt_bytes b)
{
    key(o, k);
    quote(o);
    put_hex(o, b.p, b.n);
    quote(o);
    comma(o);
}

/* Seconds, to the microsecond. */
INLINE void seconds(out *o, const char *k, int64_t microseconds)
{
    uint64_t v = (uint64_t)microseconds;
    key(o, k);
    if (microseconds < 0) {
        put_char(o, '-');
        v = 0 - v;
    }
    put_dec(o, v / 1000000);
    put_char(o, '.');
    o->at = nbt_digits_fixed(o->at, (uint32_t)(v % 1000000), MICRO_DIGITS);
    comma(o);
}

/* "10.0.0.1:137"; without the port where there is none. */
INLINE void ep(out *o, const char *k, nbt_ep v)
{
    key(o, k);
    quote(o);
    o->at = nbt_digits_ip(o->at, v.ip);
    if (v.port) {
        put_char(o, ':');
        put_dec(o, v.port);
    }
    quote(o);
    comma(o);
}

INLINE void mac(out *o, const char *k, const uint8_t b[6])
{
    key(o, k);
    quote(o);
    for (int i = 0; i < 6; i++) {
        o->at = nbt_digits_hex(o->at, b + i, 1);
        if (i < 5)
            put_char(o, ':');
    }
    quote(o);
    comma(o);
}

/* What is not known is null to a program, and not worth a line to a reader. */
INLINE void null(out *o, const char *k)
{
    if (o->detail)
        return;
    key(o, k);
    put(o, "null", 4);
    comma(o);
}

/* The number of a code, and its word, or null if it has none; in detail also what it means. */
INLINE void code(out *o, const char *k, const char *word_key, nbt_codeset set, unsigned v)
{
    const nbt_code *c = nbt_code_find(set, v);
    num(o, k, v);
    if (!c)
        null(o, word_key);
    else if (!o->detail)
        str(o, word_key, c->word);
    if (!c || !o->detail)
        return;
    put_char(o, ' ');
    put_str(o, c->word);
    put(o, " (", 2);
    put_str(o, c->text);
    put(o, "; ", 2);
    put_str(o, c->source);
    put_char(o, ')');
}

/* Octets that are not visible ASCII, or are a backslash or quotes, as \xNN. */
static inline void visible(out *o, const char *k, nbt_bytes b)
{
    key(o, k);
    quote(o);
    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];
        if (c >= 0x20 && c < 0x7F && c != '\\' && c != '"') {
            put_char(o, (char)c);
            continue;
        }
        put_str(o, o->detail ? "\\x" : "\\\\x");
        put_hex(o, &c, 1);
    }
    quote(o);
    comma(o);
}

/* ---- SMB: fields_smb.c ------------------------------------------------------------------------
 */

/* The mailslot that user data is written to and what is written there, where it is that. */
void cap_fields_mailslot(out *o, nbt_bytes data);

/* The message that pops up, where user data of a session is one. */
void cap_fields_messenger(out *o, nbt_bytes data);

#endif
