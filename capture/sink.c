/*
 * Captured packets out, in the form that every program reads: pcap 2.4, little-endian.
 */
#include "capture/sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { SNAP_ALL = 262144, HEADER_LEN = 24, RECORD_LEN = 16, BUFFER = 128 * 1024 };

struct cap_sink {
    FILE *plain; /* one of the two */
    gzFile gzip;
    int link;
    bool nano;
    bool begun; /* the file has its header */
    bool failed;
    uint64_t count;
};

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

cap_sink *cap_sink_new(const char *path, int link, char err[CAP_ERR_MAX])
{
    cap_sink *s = calloc(1, sizeof *s);
    if (!s) {
        snprintf(err, CAP_ERR_MAX, "no memory");
        return NULL;
    }
    s->link = link;
    errno = 0;
    if (strcmp(path, "-") == 0)
        s->plain = fdopen(dup(STDOUT_FILENO), "wb");
    else if (ends_in(path, ".gz"))
        s->gzip = gzopen(path, "wb");
    else
        s->plain = fopen(path, "wbe");
    if (s->gzip)
        gzbuffer(s->gzip, BUFFER);
    if (s->plain || s->gzip)
        return s;
    snprintf(err, CAP_ERR_MAX, "%s: %s", path, errno ? strerror(errno) : "no memory");
    free(s);
    return NULL;
}

void cap_sink_nano(cap_sink *s)
{
    s->nano = true;
}

static void put(cap_sink *s, const void *p, size_t n)
{
    if (n == 0 || s->failed)
        return;
    s->failed =
        s->gzip ? gzwrite(s->gzip, p, (unsigned)n) != (int)n : fwrite(p, 1, n, s->plain) != n;
}

static void put_u32(uint8_t *to, uint32_t v)
{
    for (int i = 0; i < 4; i++, v >>= 8)
        to[i] = (uint8_t)v;
}

static void begin(cap_sink *s)
{
    uint8_t head[HEADER_LEN] = { 0 };
    put_u32(head, s->nano ? 0xA1B23C4D : 0xA1B2C3D4);
    put_u32(head + 4, 4U << 16 | 2U); /* version 2.4 */
    put_u32(head + 16, SNAP_ALL);
    put_u32(head + 20, cap_link_to_file(s->link));
    put(s, head, sizeof head);
    s->begun = true;
}

bool cap_sink_put(cap_sink *s, const cap_packet *p)
{
    uint8_t head[RECORD_LEN];
    if (p->link != s->link)
        return false;
    if (!s->begun)
        begin(s);
    uint32_t fraction = (uint32_t)(p->time % 1000000);
    put_u32(head, (uint32_t)(p->time / 1000000));
    put_u32(head + 4, s->nano ? fraction * 1000 + p->nano : fraction);
    put_u32(head + 8, (uint32_t)p->bytes.n);
    put_u32(head + 12, p->wire_len);
    put(s, head, sizeof head);
    put(s, p->bytes.p, p->bytes.n);
    s->count++;
    return true;
}

uint64_t cap_sink_count(const cap_sink *s)
{
    return s->count;
}

bool cap_sink_flush(cap_sink *s)
{
    if (!s->begun)
        begin(s);
    if (s->gzip)
        s->failed = gzflush(s->gzip, Z_SYNC_FLUSH) != Z_OK || s->failed;
    else
        s->failed = fflush(s->plain) != 0 || s->failed;
    return !s->failed;
}

bool cap_sink_free(cap_sink *s)
{
    if (!s)
        return true;
    if (!s->begun)
        begin(s);
    bool closed = s->gzip ? gzclose(s->gzip) == Z_OK : fclose(s->plain) == 0;
    bool good = closed && !s->failed;
    free(s);
    return good;
}
