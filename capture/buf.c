/*
 * Growing by doubling.
 */
#include "capture/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cap_buf_fini(cap_buf *b)
{
    free(b->s);
    *b = (cap_buf){ 0 };
}

static bool room(cap_buf *b, size_t n)
{
    size_t cap = b->cap ? b->cap : 256;
    if (b->failed)
        return false;
    while (cap - b->n < n)
        cap *= 2;
    if (cap == b->cap)
        return true;
    char *s = realloc(b->s, cap);
    if (!s) {
        b->failed = true;
        return false;
    }
    b->s = s;
    b->cap = cap;
    return true;
}

void cap_buf_add(cap_buf *b, const char *s, size_t n)
{
    if (n == 0 || !room(b, n))
        return;
    memcpy(b->s + b->n, s, n);
    b->n += n;
}

void cap_buf_str(cap_buf *b, const char *s)
{
    cap_buf_add(b, s, strlen(s));
}

void cap_buf_fmt(cap_buf *b, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n > 0)
        cap_buf_add(b, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

void cap_buf_ip(cap_buf *b, uint32_t ip)
{
    cap_buf_fmt(b, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 0xFF, ip >> 8 & 0xFF, ip & 0xFF);
}

void cap_buf_mac(cap_buf *b, const uint8_t mac[6])
{
    for (int i = 0; i < 6; i++)
        cap_buf_fmt(b, "%s%02x", i > 0 ? ":" : "", mac[i]);
}

void cap_buf_json(cap_buf *b, const char *s, size_t n)
{
    cap_buf_str(b, "\"");
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\')
            cap_buf_fmt(b, "\\%c", c);
        else if (c < 0x20)
            cap_buf_fmt(b, "\\u%04x", c);
        else
            cap_buf_add(b, &s[i], 1);
    }
    cap_buf_str(b, "\"");
}

void cap_buf_wrap(cap_buf *b, const char *s, size_t n, size_t indent, size_t width)
{
    size_t column = 0;
    for (size_t at = 0; at < n;) {
        size_t word = 0;
        while (at + word < n && s[at + word] != ' ')
            word++;
        if (column > 0 && column + 1 + word > width) {
            cap_buf_str(b, "\n");
            column = 0;
        }
        if (column == 0) {
            for (; column < indent; column++)
                cap_buf_str(b, " ");
        } else {
            cap_buf_str(b, " ");
            column++;
        }
        cap_buf_add(b, s + at, word);
        column += word;
        at += word;
        while (at < n && s[at] == ' ')
            at++;
    }
    cap_buf_str(b, "\n");
}
