/*
 * capture_of SCRIPT FILE.pcap: makes a capture of a conversation that is written down. For the
 * kinds of messages that nobody could be found to send; the messages are in the text form of
 * nbt/text.h.
 *
 * A script's line is one of
 *     TIME FROM:PORT > TO:PORT MESSAGE     a message at this many seconds. Port 139, or `tcp`
 * before the message: over a TCP connection, opened when first used by whoever says something first
 *     TIME FROM:PORT > TO:PORT close       that end of the connection says that it has done
 *     TIME FROM:PORT > TO:PORT tcp hex HEX any octets in that direction of a connection
 *     mtu N        from here on, larger IP packets are sent in fragments
 *     segment N    from here on, a TCP segment holds no more
 *     keep N       from here on, no more of a packet is captured
 *     vlan N [N]   from here on, frames have these tags; without N: none
 *     mac IP MAC   from here on, that is the hardware address of IP (else it is 02:00 and the IP)
 *     # ...        a remark
 *
 * The same script gives the same octets, always. Trouble ends it with a line and status 1.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/compose.h"
#include "capture/sink.h"
#include "nbt/text.h"

enum {
    EPOCH = 1767225600, /* 2026-01-01: when every script begins */
    LINK_ETHERNET = CAP_COMPOSE_ETHERNET,
    IP_LEN = CAP_COMPOSE_IP_LEN,
    PAYLOAD_MAX = 140000, /* the longest session message, and its header */
    IP_MAX = 65535,
    FLOWS_MAX = 64,
    MACS_MAX = 16,
};

/* One direction of a TCP connection. */
typedef struct flow {
    nbt_ep from, to;
    uint32_t seq, ack;
} flow;

typedef struct script {
    const char *path;
    unsigned line;
    cap_sink *sink;
    int64_t time;
    uint64_t packets;
    uint16_t ip_id;
    unsigned mtu, segment, keep;
    unsigned vlan[2], nvlan;
    flow flows[FLOWS_MAX];
    size_t nflows;
    struct {
        uint32_t ip;
        uint8_t mac[6];
    } macs[MACS_MAX];
    size_t nmacs;
} script;

static void trouble(const script *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s:%u: ", s->path, s->line);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(1);
}

/* ---- Frames -------------------------------------------------------------------------------- */

static void wr_mac(const script *s, nbt_wr *w, uint32_t ip)
{
    if ((ip & 0xFF) == 0xFF) {
        nbt_wr_bytes(w, "\xFF\xFF\xFF\xFF\xFF\xFF", 6, "MAC");
        return;
    }
    for (size_t i = s->nmacs; i-- > 0;) {
        if (s->macs[i].ip == ip) {
            nbt_wr_bytes(w, s->macs[i].mac, 6, "MAC");
            return;
        }
    }
    uint8_t mac[6];
    cap_compose_mac(ip, mac);
    nbt_wr_bytes(w, mac, sizeof mac, "MAC");
}

static void put_frame(script *s, uint32_t from, uint32_t to, unsigned protocol, unsigned where,
                      const uint8_t *p, size_t n)
{
    uint8_t buf[IP_MAX + 64];
    nbt_wr w;
    nbt_wr_init(&w, buf, sizeof buf);
    wr_mac(s, &w, to);
    wr_mac(s, &w, from);
    for (unsigned i = 0; i < s->nvlan; i++)
        nbt_wr_u32(&w, (i + 1 < s->nvlan ? 0x88A80000 : 0x81000000) | s->vlan[i], "tag");
    nbt_wr_u16(&w, 0x0800, "type");
    cap_compose_ip(&w, from, to, (uint8_t)protocol, s->ip_id, (uint16_t)where, n);
    nbt_wr_bytes(&w, p, n, "payload");
    if (w.err)
        trouble(s, "the packet is too long");
    cap_packet packet = { .number = ++s->packets,
                          .time = s->time,
                          .link = LINK_ETHERNET,
                          .wire_len = (uint32_t)w.at,
                          .bytes = { buf, w.at < s->keep ? w.at : s->keep } };
    if (!cap_sink_put(s->sink, &packet))
        trouble(s, "it cannot be written");
    s->time++; /* what belongs together comes a microsecond apart */
}

/* An IP packet, in fragments where it is larger than what the wire takes. */
static void put_ip(script *s, uint32_t from, uint32_t to, unsigned protocol, const uint8_t *p,
                   size_t n)
{
    size_t most = (s->mtu - IP_LEN) / 8 * 8;
    s->ip_id++;
    if (IP_LEN + n <= s->mtu) {
        put_frame(s, from, to, protocol, 0, p, n);
        return;
    }
    for (size_t at = 0; at < n; at += most) {
        size_t len = n - at < most ? n - at : most;
        put_frame(s, from, to, protocol, (unsigned)(at / 8) | (at + len < n ? 0x2000 : 0), p + at,
                  len);
    }
}

static void put_udp(script *s, nbt_ep from, nbt_ep to, const uint8_t *p, size_t n)
{
    uint8_t buf[IP_MAX];
    nbt_wr w;
    nbt_wr_init(&w, buf, sizeof buf);
    cap_compose_udp(&w, from, to, (nbt_bytes){ p, n });
    if (w.err)
        trouble(s, "no UDP packet holds %zu octets", n);
    put_ip(s, from.ip, to.ip, CAP_IP_UDP, buf, w.at);
}

/* ---- TCP ----------------------------------------------------------------------------------- */

static flow *find_flow(script *s, nbt_ep from, nbt_ep to)
{
    for (size_t i = 0; i < s->nflows; i++) {
        flow *f = &s->flows[i];
        if (f->from.ip == from.ip && f->from.port == from.port && f->to.ip == to.ip &&
            f->to.port == to.port)
            return f;
    }
    return NULL;
}

static void put_segment(script *s, flow *f, unsigned flags, const uint8_t *p, size_t n)
{
    uint8_t buf[IP_MAX];
    nbt_wr w;
    nbt_wr_init(&w, buf, sizeof buf);
    cap_compose_tcp(&w, f->from, f->to, f->seq, f->ack, (uint8_t)flags, (nbt_bytes){ p, n });
    if (w.err)
        trouble(s, "a segment of %zu octets is too long", n);
    put_ip(s, f->from.ip, f->to.ip, CAP_IP_TCP, buf, w.at);
    f->seq += (uint32_t)n + (flags & (CAP_TCP_SYN | CAP_TCP_FIN) ? 1 : 0);
    flow *back = find_flow(s, f->to, f->from);
    back->ack = f->seq;
}

/* The connection, as it is seen from `from`; opened if need be. */
static flow *connected(script *s, nbt_ep from, nbt_ep to)
{
    flow *f = find_flow(s, from, to);
    if (f)
        return f;
    if (s->nflows + 2 > FLOWS_MAX)
        trouble(s, "too many connections");
    f = &s->flows[s->nflows++];
    flow *back = &s->flows[s->nflows++];
    *f = (flow){ .from = from, .to = to, .seq = 1000000u * (uint32_t)s->nflows };
    *back = (flow){ .from = to, .to = from, .seq = 5000000u * (uint32_t)s->nflows };
    put_segment(s, f, CAP_TCP_SYN, NULL, 0);
    put_segment(s, back, CAP_TCP_SYN | CAP_TCP_ACK, NULL, 0);
    put_segment(s, f, CAP_TCP_ACK, NULL, 0);
    return f;
}

static void put_stream(script *s, nbt_ep from, nbt_ep to, const uint8_t *p, size_t n)
{
    flow *f = connected(s, from, to);
    for (size_t at = 0; at < n; at += s->segment)
        put_segment(s, f, CAP_COMPOSE_PSH | CAP_TCP_ACK, p + at,
                    n - at < s->segment ? n - at : s->segment);
}

/* ---- Lines --------------------------------------------------------------------------------- */

/* The next word, cut off; an empty one at the end. */
static char *word(char **rest)
{
    char *w = *rest + strspn(*rest, " ");
    *rest = w + strcspn(w, " ");
    if (**rest)
        *(*rest)++ = '\0';
    return w;
}

static unsigned number(const script *s, const char *w, unsigned max)
{
    char *end;
    errno = 0;
    unsigned long v = strtoul(w, &end, 10);
    if (errno || *end || end == w || v > max)
        trouble(s, "\"%s\" is no number up to %u", w, max);
    return (unsigned)v;
}

static uint32_t parse_ip(const script *s, const char *w)
{
    unsigned b[4];
    char more;
    if (sscanf(w, "%3u.%3u.%3u.%3u%c", &b[0], &b[1], &b[2], &b[3], &more) != 4)
        trouble(s, "\"%s\" is no address", w);
    return b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

static nbt_ep parse_ep(const script *s, char *w)
{
    char *colon = strchr(w, ':');
    if (!colon)
        trouble(s, "\"%s\" has no port", w);
    *colon = '\0';
    return (nbt_ep){ parse_ip(s, w), (uint16_t)number(s, colon + 1, 65535) };
}

static int64_t parse_time(const script *s, const char *w)
{
    unsigned seconds, micro;
    char more;
    if (sscanf(w, "%u.%6u%c", &seconds, &micro, &more) != 2 || strlen(strchr(w, '.')) != 7)
        trouble(s, "\"%s\" is no time as in 1.250000", w);
    return ((int64_t)EPOCH + seconds) * 1000000 + micro;
}

static size_t parse_hex(const script *s, const char *w, uint8_t *to)
{
    size_t n = 0;
    unsigned v;
    for (; sscanf(w, "%2x", &v) == 1 && w[1] && n < PAYLOAD_MAX; w += 2)
        to[n++] = (uint8_t)v;
    if (*w)
        trouble(s, "\"%s\" is no hex", w);
    return n;
}

/* Text form to octets; over TCP, a name packet has its length before it (RFC 1002 4.2.1.1). */
static size_t parse_message(const script *s, const char *text, bool tcp, uint8_t *to)
{
    static uint8_t arena[4 * PAYLOAD_MAX];
    nbt_text_err err;
    nbt_msg m;
    nbt_wr w;
    if (!nbt_text_parse(&m, text, strlen(text), arena, sizeof arena, &err))
        trouble(s, "column %zu of the message: %s; expected %s", err.column, err.why, err.expected);
    nbt_wr_init(&w, to, PAYLOAD_MAX);
    if (tcp && m.service == NBT_SERVICE_NAME) {
        size_t length = nbt_wr_reserve16(&w, "length");
        nbt_msg_wr(&w, &m);
        nbt_wr_fill16(&w, length, "length");
    } else {
        nbt_msg_wr(&w, &m);
    }
    if (w.err)
        trouble(s, "the message is too long");
    return w.at;
}

static void take_mac(script *s, char *rest)
{
    unsigned b[6];
    uint32_t ip = parse_ip(s, word(&rest));
    if (s->nmacs == MACS_MAX ||
        sscanf(rest, "%2x:%2x:%2x:%2x:%2x:%2x", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5]) != 6)
        trouble(s, "\"%s\" is no hardware address, or there are too many", rest);
    s->macs[s->nmacs].ip = ip;
    for (int i = 0; i < 6; i++)
        s->macs[s->nmacs].mac[i] = (uint8_t)b[i];
    s->nmacs++;
}

static void take_message(script *s, const char *time, char *rest)
{
    static uint8_t payload[PAYLOAD_MAX];
    s->time = parse_time(s, time);
    nbt_ep from = parse_ep(s, word(&rest));
    if (strcmp(word(&rest), ">") != 0)
        trouble(s, "no > between sender and receiver");
    nbt_ep to = parse_ep(s, word(&rest));
    bool tcp = from.port == NBT_PORT_SSN || to.port == NBT_PORT_SSN;
    if (strncmp(rest, "tcp ", 4) == 0) {
        tcp = true;
        rest += 4;
    }
    if (strcmp(rest, "close") == 0)
        put_segment(s, connected(s, from, to), CAP_TCP_FIN | CAP_TCP_ACK, NULL, 0);
    else if (strncmp(rest, "hex ", 4) == 0)
        put_stream(s, from, to, payload, parse_hex(s, rest + 4, payload));
    else if (tcp)
        put_stream(s, from, to, payload, parse_message(s, rest, true, payload));
    else
        put_udp(s, from, to, payload, parse_message(s, rest, false, payload));
}

static void take_line(script *s, char *line)
{
    char *rest = line, *first = word(&rest);
    if (!*first || *first == '#')
        return;
    if (strcmp(first, "mtu") == 0) {
        s->mtu = number(s, rest, IP_MAX);
        if (s->mtu < IP_LEN + 8)
            trouble(s, "an mtu of %u holds nothing", s->mtu);
    } else if (strcmp(first, "segment") == 0) {
        s->segment = number(s, rest, IP_MAX - 64);
    } else if (strcmp(first, "keep") == 0) {
        s->keep = number(s, rest, IP_MAX);
    } else if (strcmp(first, "vlan") == 0) {
        for (s->nvlan = 0; s->nvlan < 2 && *rest; s->nvlan++)
            s->vlan[s->nvlan] = number(s, word(&rest), 4094);
    } else if (strcmp(first, "mac") == 0) {
        take_mac(s, rest);
    } else {
        take_message(s, first, rest);
    }
}

int main(int argc, char **argv)
{
    static char line[4 * PAYLOAD_MAX];
    char err[CAP_ERR_MAX];
    if (argc != 3) {
        fprintf(stderr, "usage: capture_of SCRIPT FILE.pcap\n");
        return 2;
    }
    script s = { .path = argv[1], .mtu = 1500, .segment = 1460, .keep = IP_MAX + 64 };
    FILE *in = fopen(argv[1], "r");
    s.sink = in ? cap_sink_new(argv[2], LINK_ETHERNET, err) : NULL;
    if (!s.sink) {
        fprintf(stderr, "%s: %s\n", argv[in ? 2 : 1], in ? err : strerror(errno));
        return 1;
    }
    for (s.line = 1; fgets(line, sizeof line, in); s.line++) {
        line[strcspn(line, "\n")] = '\0';
        take_line(&s, line);
    }
    fclose(in);
    if (!cap_sink_free(s.sink)) {
        fprintf(stderr, "%s: cannot be written\n", argv[2]);
        return 1;
    }
    return 0;
}
