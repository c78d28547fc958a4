/*
 * Text that grows: for what is put together once, at the end. Where there is no memory, it stays as
 * it is and says so.
 */
#ifndef CAPTURE_BUF_H
#define CAPTURE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "nbt/base.h"

typedef struct cap_buf {
    char *s; /* n characters; no NUL behind them */
    size_t n, cap;
    bool failed; /* something was left out, for want of memory */
} cap_buf;

/* A buffer of all zero is empty. */
void cap_buf_fini(cap_buf *b);

void cap_buf_add(cap_buf *b, const char *s, size_t n);
void cap_buf_str(cap_buf *b, const char *s);
void cap_buf_fmt(cap_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* 10.0.0.1; 02:00:00:00:00:01. */
void cap_buf_ip(cap_buf *b, uint32_t ip);
void cap_buf_mac(cap_buf *b, const uint8_t mac[6]);

/* A JSON string, with its quotes. What is no ASCII must be UTF-8. */
void cap_buf_json(cap_buf *b, const char *s, size_t n);

/* Words of `s` in lines of at most `width` characters, each behind `indent` spaces. */
void cap_buf_wrap(cap_buf *b, const char *s, size_t n, size_t indent, size_t width);

#endif
