/*
 * Frames, read by capture/frame and never changed but where a fault asks for it.
 */
#include "tools/lab/segment.h"
#include "capture/compose.h"

#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>

void lab_ways_fini(lab_ways *w)
{
    free(w->way);
    *w = (lab_ways){ 0 };
}

/* -- connections ------------------------------------------------------------------------------- */

static lab_way *find_way(const lab_ways *w, nbt_ep from, nbt_ep to)
{
    for (size_t i = 0; i < w->n; i++)
        if (nbt_ep_eq(w->way[i].from, from) && nbt_ep_eq(w->way[i].to, to))
            return &w->way[i];
    return NULL;
}

static void close_way(lab_ways *w, nbt_ep from, nbt_ep to)
{
    lab_way *way = find_way(w, from, to);
    if (way)
        *way = w->way[--w->n];
}

/* Its SYN; without memory the connection is as one that was never seen. */
static void open_way(lab_ways *w, const cap_frame *f)
{
    close_way(w, f->from, f->to);
    if (w->n == w->cap) {
        size_t cap = w->cap ? 2 * w->cap : 16;
        lab_way *more = realloc(w->way, cap * sizeof *more);
        if (!more)
            return;
        w->way = more;
        w->cap = cap;
    }
    w->way[w->n++] = (lab_way){ .from = f->from, .to = f->to, .first = f->seq };
}

/* -- reading ----------------------------------------------------------------------------------- */

static nbt_simframe *add(lab_segment *seg, const cap_frame *f, nbt_time at, nbt_simframe_kind kind)
{
    nbt_simframe *to = &seg->frame[seg->n++];
    *to = (nbt_simframe){ .at = at, .kind = kind, .from = f->from, .to = f->to };
    return to;
}

static void read_data(const lab_ways *w, nbt_time at, const cap_frame *f, lab_segment *seg)
{
    const lab_way *way = find_way(w, f->from, f->to);
    if (!way)
        return;
    uint64_t seq = f->seq - way->first - 1;
    if (f->payload.n > 0) {
        nbt_simframe *to = add(seg, f, at, NBT_SIMFRAME_DATA);
        to->seq = seq;
        to->data = f->payload;
    }
    if (f->tcp_flags & CAP_TCP_FIN)
        add(seg, f, at, NBT_SIMFRAME_FIN)->seq = seq + f->payload.n;
    else if (f->payload.n == 0)
        add(seg, f, at, NBT_SIMFRAME_ACK)->seq = seq;
}

static void read_tcp(lab_ways *w, nbt_time at, const cap_frame *f, lab_segment *seg)
{
    bool ack = f->tcp_flags & CAP_TCP_ACK;
    if (f->tcp_flags & CAP_TCP_RST) {
        (void)add(seg, f, at, NBT_SIMFRAME_RST);
        close_way(w, f->from, f->to);
        close_way(w, f->to, f->from);
    } else if (f->tcp_flags & CAP_TCP_SYN) {
        open_way(w, f);
        (void)add(seg, f, at, ack ? NBT_SIMFRAME_SYN_ACK : NBT_SIMFRAME_SYN);
    } else {
        read_data(w, at, f, seg);
    }
}

void lab_segment_rd(lab_ways *w, nbt_time at, const uint8_t *bytes, size_t len, lab_segment *seg)
{
    cap_frame f;
    *seg = (lab_segment){ .n = 0 };
    cap_frame_rd(&f, CAP_COMPOSE_ETHERNET, (nbt_bytes){ bytes, len });
    seg->part = f.kind == CAP_FRAME_FRAGMENT;
    if (f.kind == CAP_FRAME_TCP) {
        read_tcp(w, at, &f, seg);
    } else if (f.kind == CAP_FRAME_UDP) {
        seg->udp = true;
        add(seg, &f, at, NBT_SIMFRAME_UDP)->data = f.payload;
    }
}

/* -- changing ---------------------------------------------------------------------------------- */

static uint32_t word_at(const uint8_t *p, size_t left)
{
    return (uint32_t)p[0] << 8 | (left > 1 ? p[1] : 0);
}

/* RFC 1624, 3: the checksum of what has other words in the place of some. */
static uint16_t mended(uint16_t sum, const uint8_t *was, nbt_bytes is)
{
    uint32_t acc = (uint16_t)~sum;
    for (size_t i = 0; i < is.n; i += 2) {
        acc += (uint16_t)~word_at(was + i, is.n - i);
        acc += word_at(is.p + i, is.n - i);
        acc = (acc & 0xFFFF) + (acc >> 16);
    }
    acc = (acc & 0xFFFF) + (acc >> 16);
    return (uint16_t)~acc;
}

void lab_segment_spoil(uint8_t *bytes, const lab_segment *seg, nbt_bytes data)
{
    enum { IP_LEN_UNIT = 4, UDP_SUM = 6, TCP_SUM = 16 };
    uint8_t *transport = bytes + ETHER_HDR_LEN + (bytes[ETHER_HDR_LEN] & 0xFU) * IP_LEN_UNIT;
    uint8_t *sum = transport + (seg->udp ? UDP_SUM : TCP_SUM);
    uint8_t *payload = bytes + (seg->frame[0].data.p - bytes);
    uint16_t old = (uint16_t)word_at(sum, 2);
    if (!seg->udp || old != 0) { /* RFC 768: a datagram may have none */
        uint16_t now = mended(old, payload, data);
        now = now ? now : 0xFFFF;
        sum[0] = (uint8_t)(now >> 8);
        sum[1] = (uint8_t)now;
    }
    memcpy(payload, data.p, data.n);
}

/* -- ARP (RFC 826) ----------------------------------------------------------------------------- */

enum {
    TYPE = 12,   /* where the frame's type stands */
    OP = 21,     /* the second octet of the operation */
    SENDER = 22, /* its hardware address, then its address */
    TARGET = 38, /* the address that is asked for */
    REQUEST = 1,
    REPLY = 2,
    MAC_LEN = 6,
    IP_LEN = 4,
};

static uint32_t address_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint32_t lab_segment_ip(const uint8_t mac[6])
{
    bool made = mac[0] == 2 && mac[1] == 0;
    return made ? address_at(mac + 2) : 0;
}

bool lab_segment_is_arp(const uint8_t *bytes, size_t len)
{
    return len >= LAB_ARP_LEN && bytes[TYPE] == ETHERTYPE_ARP >> 8 &&
           bytes[TYPE + 1] == (ETHERTYPE_ARP & 0xFF);
}

bool lab_segment_arp(const uint8_t *bytes, size_t len, uint8_t answer[LAB_ARP_LEN])
{
    if (!lab_segment_is_arp(bytes, len))
        return false;
    const uint8_t *sender = bytes + SENDER, *target = bytes + TARGET;
    if (bytes[OP] != REQUEST || memcmp(sender + MAC_LEN, target, IP_LEN) == 0)
        return false;
    uint8_t mac[MAC_LEN];
    cap_compose_mac(address_at(target), mac);
    memcpy(answer, bytes, LAB_ARP_LEN);
    memcpy(answer, sender, MAC_LEN);
    memcpy(answer + MAC_LEN, mac, MAC_LEN);
    answer[OP] = REPLY;
    memcpy(answer + SENDER, mac, MAC_LEN);
    memcpy(answer + SENDER + MAC_LEN, target, IP_LEN);
    memcpy(answer + SENDER + MAC_LEN + IP_LEN, sender, MAC_LEN + IP_LEN);
    return true;
}

bool lab_segment_arp_rd(const uint8_t *bytes, size_t len, lab_arp *arp)
{
    if (!lab_segment_is_arp(bytes, len))
        return false;
    memcpy(arp->mac, bytes + SENDER, MAC_LEN);
    arp->sender = address_at(bytes + SENDER + MAC_LEN);
    arp->target = address_at(bytes + TARGET);
    return true;
}

void lab_segment_arp_ask(uint32_t ip, const uint8_t mac[6], uint8_t frame[LAB_ARP_LEN])
{
    static const uint8_t head[] = { ETHERTYPE_ARP >> 8,
                                    ETHERTYPE_ARP & 0xFF, /* the frame's type */
                                    0,
                                    1, /* Ethernet */
                                    ETHERTYPE_IP >> 8,
                                    ETHERTYPE_IP & 0xFF, /* IPv4 */
                                    MAC_LEN,
                                    IP_LEN,
                                    0,
                                    REQUEST };
    memset(frame, 0, LAB_ARP_LEN);
    memset(frame, 0xFF, MAC_LEN);
    memcpy(frame + MAC_LEN, mac, MAC_LEN);
    memcpy(frame + TYPE, head, sizeof head);
    memcpy(frame + SENDER, mac, MAC_LEN);
    for (int i = 0; i < IP_LEN; i++)
        frame[TARGET + i] = (uint8_t)(ip >> (24 - 8 * i));
}

bool lab_segment_source(const uint8_t *bytes, size_t len, uint32_t *ip)
{
    enum { SOURCE = ETHER_HDR_LEN + 12, HEADER = ETHER_HDR_LEN + 20 };
    if (len < HEADER || bytes[TYPE] != ETHERTYPE_IP >> 8 ||
        bytes[TYPE + 1] != (ETHERTYPE_IP & 0xFF))
        return false;
    *ip = address_at(bytes + SOURCE);
    return true;
}
