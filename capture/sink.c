/*
 * Captured packets out, in the forms that every program reads: pcap 2.4, or pcapng 1.0 of one
 * section; both little-endian.
 */
#include "capture/sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
    SNAP_ALL = 262144,
    BUFFER = 128 * 1024,

    /* pcap */
    HEADER_LEN = 24,
    RECORD_LEN = 16,

    /* pcapng: blocks of these sizes, a packet without its octets */
    SECTION = 0x0A0D0D0A,
    SECTION_LEN = 28,
    INTERFACE = 1,
    INTERFACE_LEN = 32,
    PACKET = 6,
    PACKET_LEN = 32,
    OPT_TSRESOL = 9,
    NANO = 9, /* a power of ten */
};

struct cap_sink {
    FILE *plain; /* one of the two */
    gzFile gzip;
    int links[CAP_SINK_LINKS_MAX]; /* of a pcap file only the first */
    uint32_t n;                    /* of these, how many the file has already */
    bool ng;
    bool nano;
    bool begun; /* the file has its header */
    bool failed;
    uint64_t count;
    char *beside, *path; /* what it is called until it is whole, and then; NULL: it has its name */
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
    s->links[0] = link;
    s->ng = ends_in(path, ".pcapng") || ends_in(path, ".pcapng.gz");
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

/* "x/.nbtlab-123-y.pcap.gz" for x/y.pcap.gz: on the same disk, with an end that says the form. */
static char *name_beside(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t n = strlen(path) + 32;
    char *to = malloc(n);
    if (to)
        snprintf(to, n, "%.*s.nbtlab-%ld-%s", (int)(base - path), path, (long)getpid(), base);
    return to;
}

cap_sink *cap_sink_new_whole(const char *path, int link, char err[CAP_ERR_MAX])
{
    struct stat st;
    if (strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode)))
        return cap_sink_new(path, link, err);
    char *beside = name_beside(path), *own = strdup(path);
    cap_sink *s = beside && own ? cap_sink_new(beside, link, err) : NULL;
    if (!beside || !own)
        snprintf(err, CAP_ERR_MAX, "no memory");
    else if (!s) /* it was the other name that could not be opened; the user knows this one */
        snprintf(err, CAP_ERR_MAX, "%s: %s", path, errno ? strerror(errno) : "no memory");
    if (s) {
        s->beside = beside;
        s->path = own;
        return s;
    }
    free(beside);
    free(own);
    return NULL;
}

bool cap_sink_is_over(const char *path, const char *other)
{
    struct stat x, y;
    return other && stat(path, &x) == 0 && stat(other, &y) == 0 && S_ISREG(x.st_mode) &&
           x.st_dev == y.st_dev && x.st_ino == y.st_ino;
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

static void begin_pcap(cap_sink *s)
{
    uint8_t head[HEADER_LEN] = { 0 };
    put_u32(head, s->nano ? 0xA1B23C4D : 0xA1B2C3D4);
    put_u32(head + 4, 4U << 16 | 2U); /* version 2.4 */
    put_u32(head + 16, SNAP_ALL);
    put_u32(head + 20, cap_link_to_file(s->links[0]));
    put(s, head, sizeof head);
}

/* A block's type, and its length at both ends. */
static void put_frame(uint8_t *block, uint32_t type, uint32_t n)
{
    put_u32(block, type);
    put_u32(block + 4, n);
    put_u32(block + n - 4, n);
}

static void put_interface(cap_sink *s, int link)
{
    uint8_t block[INTERFACE_LEN] = { 0 };
    put_frame(block, INTERFACE, INTERFACE_LEN);
    put_u32(block + 8, cap_link_to_file(link));
    put_u32(block + 12, SNAP_ALL);
    put_u32(block + 16, 1U << 16 | OPT_TSRESOL); /* of one octet, padded; behind it the end, 0 */
    put_u32(block + 20, NANO);
    put(s, block, sizeof block);
    s->links[s->n++] = link;
}

static void begin_ng(cap_sink *s)
{
    uint8_t block[SECTION_LEN];
    put_frame(block, SECTION, SECTION_LEN);
    put_u32(block + 8, 0x1A2B3C4D);
    put_u32(block + 12, 1); /* version 1.0 */
    put_u32(block + 16, UINT32_MAX);
    put_u32(block + 20, UINT32_MAX); /* how long it will be is not known */
    put(s, block, sizeof block);
    put_interface(s, s->links[0]);
}

static void begin(cap_sink *s)
{
    s->begun = true;
    if (s->ng)
        begin_ng(s);
    else
        begin_pcap(s);
}

static bool put_pcap(cap_sink *s, const cap_packet *p)
{
    uint8_t head[RECORD_LEN];
    if (p->link != s->links[0])
        return false;
    uint32_t fraction = (uint32_t)(p->time % 1000000);
    put_u32(head, (uint32_t)(p->time / 1000000));
    put_u32(head + 4, s->nano ? fraction * 1000 + p->nano : fraction);
    put_u32(head + 8, (uint32_t)p->bytes.n);
    put_u32(head + 12, p->wire_len);
    put(s, head, sizeof head);
    put(s, p->bytes.p, p->bytes.n);
    return true;
}

static bool put_ng(cap_sink *s, const cap_packet *p)
{
    uint8_t block[PACKET_LEN];
    const uint8_t padding[4] = { 0 };
    uint32_t interface = 0, pad = (4 - (uint32_t)p->bytes.n % 4) % 4;
    while (interface < s->n && s->links[interface] != p->link)
        interface++;
    if (interface == CAP_SINK_LINKS_MAX)
        return false;
    if (interface == s->n)
        put_interface(s, p->link);
    uint64_t time = (uint64_t)p->time * 1000 + p->nano;
    put_u32(block, PACKET);
    put_u32(block + 4, PACKET_LEN + (uint32_t)p->bytes.n + pad);
    put_u32(block + 8, interface);
    put_u32(block + 12, (uint32_t)(time >> 32));
    put_u32(block + 16, (uint32_t)time);
    put_u32(block + 20, (uint32_t)p->bytes.n);
    put_u32(block + 24, p->wire_len);
    put_u32(block + 28, PACKET_LEN + (uint32_t)p->bytes.n + pad);
    put(s, block, PACKET_LEN - 4);
    put(s, p->bytes.p, p->bytes.n);
    put(s, padding, pad);
    put(s, block + PACKET_LEN - 4, 4);
    return true;
}

bool cap_sink_put(cap_sink *s, const cap_packet *p)
{
    if (!s->begun)
        begin(s);
    bool good = s->ng ? put_ng(s, p) : put_pcap(s, p);
    s->count += good;
    return good;
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

static bool end(cap_sink *s, bool keep)
{
    if (!s->begun)
        begin(s);
    bool closed = s->gzip ? gzclose(s->gzip) == Z_OK : fclose(s->plain) == 0;
    bool good = closed && !s->failed;
    if (s->beside && good && keep)
        good = rename(s->beside, s->path) == 0;
    if (s->beside && !(good && keep))
        unlink(s->beside);
    free(s->beside);
    free(s->path);
    free(s);
    return good;
}

bool cap_sink_keep(cap_sink *s)
{
    return end(s, true);
}

bool cap_sink_free(cap_sink *s)
{
    return !s || end(s, false);
}
