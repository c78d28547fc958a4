/*
 * Capture files and frames, octet by octet.
 */
#include "tests/support/capfile.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { IP_LEN = 20, UDP_LEN = 8, TCP_LEN = 20 };

void capfile_bytes(capfile *f, const void *p, size_t n)
{
    assert(f->n + n <= sizeof f->b);
    if (n > 0)
        memcpy(f->b + f->n, p, n);
    f->n += n;
}

static void number(capfile *f, uint32_t v, unsigned n)
{
    uint8_t b[4];
    for (unsigned i = 0; i < n; i++)
        b[f->big ? n - 1 - i : i] = (uint8_t)(v >> (8 * i));
    capfile_bytes(f, b, n);
}

void capfile_u16(capfile *f, uint32_t v)
{
    number(f, v, 2);
}

void capfile_u32(capfile *f, uint32_t v)
{
    number(f, v, 4);
}

void capfile_pcap(capfile *f, uint32_t magic, uint32_t linktype)
{
    capfile_u32(f, magic);
    capfile_u16(f, 2);
    capfile_u16(f, 4);
    capfile_u32(f, 0);
    capfile_u32(f, 0);
    capfile_u32(f, 65535);
    capfile_u32(f, linktype);
}

void capfile_record(capfile *f, uint32_t seconds, uint32_t fraction, const void *p, size_t n,
                    uint32_t wire_len)
{
    capfile_u32(f, seconds);
    capfile_u32(f, fraction);
    capfile_u32(f, (uint32_t)n);
    capfile_u32(f, wire_len);
    capfile_bytes(f, p, n);
}

void capfile_block(capfile *f, uint32_t type, const void *p, size_t n)
{
    static const uint8_t padding[4];
    size_t pad = (4 - n % 4) % 4;
    capfile_u32(f, type);
    capfile_u32(f, (uint32_t)(12 + n + pad));
    capfile_bytes(f, p, n);
    capfile_bytes(f, padding, pad);
    capfile_u32(f, (uint32_t)(12 + n + pad));
}

void capfile_section(capfile *f)
{
    capfile body = { .big = f->big };
    capfile_u32(&body, 0x1A2B3C4D);
    capfile_u16(&body, 1);
    capfile_u16(&body, 0);
    capfile_u32(&body, 0xFFFFFFFF); /* a length that nobody knew */
    capfile_u32(&body, 0xFFFFFFFF);
    capfile_block(f, 0x0A0D0D0A, body.b, body.n);
}

void capfile_interface(capfile *f, uint16_t linktype, uint8_t tsresol)
{
    capfile body = { .big = f->big };
    capfile_u16(&body, linktype);
    capfile_u16(&body, 0);
    capfile_u32(&body, 0);
    if (tsresol) {
        const uint8_t value[4] = { tsresol };
        capfile_u16(&body, 9);
        capfile_u16(&body, 1);
        capfile_bytes(&body, value, sizeof value);
        capfile_u32(&body, 0);
    }
    capfile_block(f, 1, body.b, body.n);
}

void capfile_packet(capfile *f, uint32_t interface, uint64_t stamp, const void *p, size_t n)
{
    capfile body = { .big = f->big };
    capfile_u32(&body, interface);
    capfile_u32(&body, (uint32_t)(stamp >> 32));
    capfile_u32(&body, (uint32_t)stamp);
    capfile_u32(&body, (uint32_t)n);
    capfile_u32(&body, (uint32_t)n);
    capfile_bytes(&body, p, n);
    capfile_block(f, 6, body.b, body.n);
}

void capfile_simple(capfile *f, const void *p, size_t n)
{
    capfile body = { .big = f->big };
    capfile_u32(&body, (uint32_t)n);
    capfile_bytes(&body, p, n);
    capfile_block(f, 3, body.b, body.n);
}

void capfile_save(const capfile *f, bool gzip, char path[64])
{
    snprintf(path, 64, "/tmp/nbtlab-test-XXXXXX");
    int fd = mkstemp(path);
    assert(fd >= 0);
    gzFile z = gzdopen(fd, gzip ? "wb" : "wbT"); /* T: as it is */
    assert(z);
    int written = gzwrite(z, f->b, (unsigned)f->n);
    assert(written == (int)f->n);
    int closed = gzclose(z);
    assert(closed == Z_OK);
    (void)written;
    (void)closed;
}

static void put16(uint8_t *to, size_t v)
{
    to[0] = (uint8_t)(v >> 8);
    to[1] = (uint8_t)v;
}

static void put32(uint8_t *to, uint32_t v)
{
    put16(to, v >> 16);
    put16(to + 2, v & 0xFFFF);
}

static uint8_t *ip_head(uint8_t *out, uint8_t proto, uint8_t from, uint8_t to, size_t n)
{
    memset(out, 0, IP_LEN);
    out[0] = 0x45;
    put16(out + 2, IP_LEN + n);
    put16(out + 4, 0x1234);
    out[8] = 64;
    out[9] = proto;
    put32(out + 12, 0x0A000000U | from);
    put32(out + 16, 0x0A000000U | to);
    return out + IP_LEN;
}

size_t frame_udp(uint8_t *out, uint8_t from, uint16_t sport, uint8_t to, uint16_t dport,
                 const void *p, size_t n)
{
    uint8_t *udp = ip_head(out, 17, from, to, UDP_LEN + n);
    memset(udp, 0, UDP_LEN);
    put16(udp, sport);
    put16(udp + 2, dport);
    put16(udp + 4, UDP_LEN + n);
    if (n > 0)
        memcpy(udp + UDP_LEN, p, n);
    return IP_LEN + UDP_LEN + n;
}

size_t frame_tcp(uint8_t *out, uint8_t from, uint16_t sport, uint8_t to, uint16_t dport,
                 uint32_t seq, uint32_t ack, uint8_t flags, const void *p, size_t n)
{
    uint8_t *tcp = ip_head(out, 6, from, to, TCP_LEN + n);
    memset(tcp, 0, TCP_LEN);
    put16(tcp, sport);
    put16(tcp + 2, dport);
    put32(tcp + 4, seq);
    put32(tcp + 8, ack);
    tcp[12] = TCP_LEN / 4 << 4;
    tcp[13] = flags;
    if (n > 0)
        memcpy(tcp + TCP_LEN, p, n);
    return IP_LEN + TCP_LEN + n;
}

size_t frame_fragment(uint8_t *out, const uint8_t *packet, size_t len, size_t at, size_t n)
{
    bool more = IP_LEN + at + n < len;
    assert(IP_LEN + at + n <= len && at % 8 == 0);
    memcpy(out, packet, IP_LEN);
    put16(out + 2, IP_LEN + n);
    put16(out + 6, at / 8 | (more ? 0x2000U : 0));
    memcpy(out + IP_LEN, packet + IP_LEN + at, n);
    return IP_LEN + n;
}
