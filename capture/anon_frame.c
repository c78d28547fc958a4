/*
 * Which octets are which header, capture/frame.c notes; here each is copied, replaced or left to be
 * zeros. What is not in the table is not copied.
 */
#include "capture/anon_frame.h"

#include <string.h>

enum {
    SPANS_MAX = 64,
    IP_HEADER_LEN = 20,
    IP6_HEADER_LEN = 40,
    ARP_LEN = 28, /* for Ethernet and IPv4 */
    ARP_HEAD_LEN = 8,
    MAC_LEN = 6,
    ICMP_REDIRECT = 5,
    ICMP_PROTO = 1,
    UDP_HEADER_LEN = 8,
    COOKED_LEN = 14, /* Linux cooked frames; version 2 has 18, behind its protocol */
};

/* ---- Checksums (RFC 1071) ------------------------------------------------------------------ */

static uint16_t fold(uint64_t sum)
{
    while (sum > 0xFFFF)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)sum;
}

static uint16_t sum_of(const uint8_t *p, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (uint64_t)p[i] << 8 | p[i + 1];
    return fold(n % 2 ? sum + ((uint64_t)p[n - 1] << 8) : sum);
}

/* `sum` less `other`; not 0 where it is as much, but the other zero of one's complement. */
static uint16_t less(uint16_t sum, uint16_t other)
{
    return fold((uint32_t)sum + (uint16_t)~other);
}

static uint16_t sum_of_ip(uint32_t ip)
{
    return fold(ip);
}

/* Sets a checksum so that all of it comes to `sum` again, as ones' complement counts. */
static void set_sum(uint8_t *all, size_t n, size_t at, uint16_t sum)
{
    all[at] = all[at + 1] = 0;
    uint16_t now = sum_of(all, n), value = less(sum, now);
    if (value == 0xFFFF)
        value = 0; /* the same number, and the one that senders write (RFC 1624 3) */
    all[at] = (uint8_t)(value >> 8);
    all[at + 1] = (uint8_t)value;
}

void cap_anon_frame_sum(const cap_anon_shape *s, uint8_t *out)
{
    if (s->to == 0 || (s->may_lack && out[s->checksum] == 0 && out[s->checksum + 1] == 0))
        return;
    set_sum(out + s->from, s->to - s->from, s->checksum - s->from, s->sum);
    if (s->may_lack && out[s->checksum] == 0 && out[s->checksum + 1] == 0)
        out[s->checksum] = out[s->checksum + 1] = 0xFF;
}

/* ---- Headers ------------------------------------------------------------------------------- */

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_ip(const cap_anon_map *m, const uint8_t *in, uint8_t *out)
{
    uint32_t ip = cap_anon_ip(m, u32(in));
    for (int i = 3; i >= 0; i--, ip >>= 8)
        out[i] = (uint8_t)ip;
}

static void put_mac(const cap_anon_map *m, const uint8_t *in, uint8_t *out)
{
    memcpy(out, in, MAC_LEN);
    cap_anon_mac(m, out);
}

static void put_ip6(const cap_anon_map *m, nbt_bytes in, uint8_t *out)
{
    if (in.n < IP6_HEADER_LEN)
        return;
    memcpy(out, in.p, IP6_HEADER_LEN);
    cap_anon_ip6(m, out + 8);
    cap_anon_ip6(m, out + 24);
}

/* RFC 826: of any other hardware, or protocol, than Ethernet and IPv4 only what they are stays. */
static void put_arp(const cap_anon_map *m, nbt_bytes in, uint8_t *out)
{
    if (in.n < ARP_HEAD_LEN)
        return;
    memcpy(out, in.p, ARP_HEAD_LEN);
    if (in.n < ARP_LEN || in.p[4] != MAC_LEN || in.p[5] != 4)
        return;
    for (size_t at = ARP_HEAD_LEN; at < ARP_LEN; at += MAC_LEN + 4) {
        put_mac(m, in.p + at, out + at);
        put_ip(m, in.p + at + MAC_LEN, out + at + MAC_LEN);
    }
}

/* The type of hardware and the length of its address are right before the address. */
static void put_cooked(const cap_anon_map *m, const uint8_t *in, size_t n, uint8_t *out)
{
    size_t address = n - 8, length = n == COOKED_LEN ? in[5] : in[9];
    memcpy(out, in, address);
    if (length == MAC_LEN)
        put_mac(m, in + address, out + address);
}

/* The whole of it, from its version on. Its options become zeros, the end of the list. */
static void put_ip_header(const cap_anon_map *m, nbt_bytes in, uint8_t *out)
{
    if (in.p[0] >> 4 == 6)
        put_ip6(m, in, out);
    if (in.p[0] >> 4 != 4)
        return;
    size_t len = (in.p[0] & 0x0FU) * 4U;
    len = len > in.n ? in.n : len;
    memcpy(out, in.p, IP_HEADER_LEN);
    put_ip(m, in.p + 12, out + 12);
    put_ip(m, in.p + 16, out + 16);
    if (len >= IP_HEADER_LEN)
        set_sum(out, len, 10, sum_of(in.p, len));
}

static void put_icmp(const cap_anon_map *m, const uint8_t *in, uint8_t *out)
{
    memcpy(out, in, 8);
    if (in[0] == ICMP_REDIRECT)
        put_ip(m, in + 4, out + 4);
}

/* Those whose values are numbers of TCP's own stay; others become no operation. */
static void put_tcp_options(const uint8_t *in, size_t n, uint8_t *out)
{
    enum { END, NOP, MSS, SCALE, SACK_OK, SACK, TIMES = 8 };
    memset(out, NOP, n);
    for (size_t at = 0; at < n;) {
        size_t len = in[at] == NOP ? 1 : at + 1 < n ? in[at + 1] : 0;
        if (in[at] == END)
            memset(out + at, END, n - at);
        if (in[at] == END || len == 0 || len > n - at)
            return;
        if ((in[at] >= MSS && in[at] <= SACK) || in[at] == TIMES)
            memcpy(out + at, in + at, len);
        at += len;
    }
}

/* What is done with a header, under the name that the reader has for it. */
typedef enum deed { DEED_COPY, DEED_MACS, DEED_COOKED, DEED_IP, DEED_ICMP, DEED_OPTIONS } deed;

static const struct {
    const char *field;
    deed deed;
} deeds[] = {
    { "Ethernet addresses", DEED_MACS },
    { "EtherType", DEED_COPY },
    { "VLAN tag", DEED_COPY },
    { "LLC DSAP", DEED_COPY },
    { "SSAP, control, organisation", DEED_COPY },
    { "SNAP type", DEED_COPY },
    { "cooked header", DEED_COOKED },
    { "protocol", DEED_COPY },
    { "address family", DEED_COPY },
    { "PPP address or protocol", DEED_COPY },
    { "PPP control", DEED_COPY },
    { "PPP protocol", DEED_COPY },
    { "IP header", DEED_IP },
    { "ICMP header", DEED_ICMP },
    { "ports", DEED_COPY },
    { "UDP header", DEED_COPY },
    { "TCP header", DEED_COPY },
    { "TCP options", DEED_OPTIONS },
};

static void put_span(const cap_anon_map *m, const nbt_span *s, nbt_bytes in, uint8_t *out)
{
    const uint8_t *from = in.p + s->at;
    size_t i = 0, count = sizeof deeds / sizeof deeds[0];
    out += s->at;
    while (i < count && strcmp(deeds[i].field, s->field) != 0)
        i++;
    if (i == count)
        return;
    switch (deeds[i].deed) {
    case DEED_COPY:
        memcpy(out, from, s->n);
        return;
    case DEED_MACS:
        put_mac(m, from, out);
        put_mac(m, from + MAC_LEN, out + MAC_LEN);
        return;
    case DEED_COOKED:
        put_cooked(m, from, s->n, out);
        return;
    case DEED_IP:
        put_ip_header(m, (nbt_bytes){ from, in.n - s->at }, out);
        return;
    case DEED_ICMP:
        put_icmp(m, from, out);
        return;
    case DEED_OPTIONS:
        put_tcp_options(from, s->n, out);
        return;
    }
}

/* ---- Frames -------------------------------------------------------------------------------- */

static bool is(const nbt_span *s, const char *field)
{
    return strcmp(s->field, field) == 0;
}

/* Where a header of this name begins; SIZE_MAX: there is none. */
static size_t find(const nbt_spans *spans, const char *field)
{
    for (size_t i = 0; i < spans->n; i++) {
        if (is(&spans->p[i], field))
            return spans->p[i].at;
    }
    return SIZE_MAX;
}

/* What the checksum of UDP, TCP or ICMP covers, as far as it was captured. */
static void note_sum(const cap_anon_map *m, const cap_frame *f, const nbt_spans *spans,
                     nbt_bytes in, cap_anon_shape *s)
{
    static const struct {
        const char *field;
        size_t at;
    } heads[] = { { "UDP header", 6 }, { "TCP header", 16 }, { "ICMP header", 2 } };
    size_t which = 0, from;
    while ((from = find(spans, heads[which].field)) == SIZE_MAX) {
        if (++which == sizeof heads / sizeof heads[0])
            return;
    }
    bool icmp = which == 2;
    if (!icmp && f->kind != CAP_FRAME_UDP && f->kind != CAP_FRAME_TCP)
        return;
    const nbt_span *last = &spans->p[spans->n - 1];
    s->from = from;
    s->checksum = from + heads[which].at;
    s->to = icmp ? last->at + last->n : (size_t)(f->payload.p - in.p) + f->payload.n;
    s->may_lack = which == 0;
    s->sum = sum_of(in.p + from, s->to - from);
    for (int i = 0; !icmp && i < 2; i++) { /* the addresses of the pseudo header */
        uint32_t ip = i ? f->to.ip : f->from.ip;
        s->sum = fold((uint32_t)s->sum + sum_of_ip(ip));
        s->sum = less(s->sum, sum_of_ip(cap_anon_ip(m, ip)));
    }
}

static void put_headers(const cap_anon_map *m, const cap_frame *f, const nbt_spans *spans,
                        nbt_bytes in, uint8_t *out, cap_anon_shape *shape)
{
    *shape = (cap_anon_shape){ .frame = *f };
    for (size_t i = 0; i < spans->n; i++)
        put_span(m, &spans->p[i], in, out);
    if (f->payload.p) {
        shape->payload = (size_t)(f->payload.p - in.p);
        shape->n = f->payload.n;
    }
    if (spans->n > 0)
        note_sum(m, f, spans, in, shape);
}

void cap_anon_frame(const cap_anon_map *m, int link, nbt_bytes in, uint8_t *out,
                    cap_anon_shape *shape)
{
    nbt_span room[SPANS_MAX];
    nbt_spans spans;
    cap_frame f;
    nbt_spans_init(&spans, room, SPANS_MAX);
    if (in.n > 0)
        memset(out, 0, in.n);
    cap_frame_rd_note(&f, link, in, &spans);
    put_headers(m, &f, &spans, in, out, shape);
    if (f.kind != CAP_FRAME_OTHER || spans.n == 0)
        return;
    size_t rest = room[spans.n - 1].at + room[spans.n - 1].n; /* behind what was read */
    nbt_bytes behind = { in.p + rest, in.n - rest };
    if (strcmp(f.what, "ARP") == 0)
        put_arp(m, behind, out + rest);
    else if (strcmp(f.what, "IPv6") == 0 && !is(&room[spans.n - 1], "IP header"))
        put_ip6(m, behind, out + rest);
}

void cap_anon_whole(const cap_anon_map *m, const cap_frame *f, nbt_bytes in, uint8_t *out,
                    cap_anon_shape *shape)
{
    nbt_span room[SPANS_MAX];
    nbt_spans spans;
    cap_frame whole = *f;
    nbt_spans_init(&spans, room, SPANS_MAX);
    memset(out, 0, in.n);
    whole.payload = (nbt_bytes){ NULL, 0 };
    cap_frame_whole_note(&whole, in, &spans);
    put_headers(m, &whole, &spans, in, out, shape);
}
