/*
 * Link layer, IPv4, UDP and TCP headers. Reads with the cursor of nbt/wire.h, so that no length in
 * a frame is believed; never touches what is inside UDP or TCP.
 */
#include "capture/frame.h"
#include "nbt/wire.h"

#include <pcap/dlt.h>
#include <string.h>

enum {
    ETHER_IPV4 = 0x0800,
    ETHER_ARP = 0x0806,
    ETHER_VLAN = 0x8100,
    ETHER_QINQ = 0x88A8,
    ETHER_IPX = 0x8137,
    ETHER_IPV6 = 0x86DD,
    ETHER_LENGTH_MAX = 1500, /* IEEE 802.3: up to here the field is a length, not a type */
    LLC_NETBEUI = 0xF0,
    IP_TCP = 6,
    IP_UDP = 17,
};

static void other(cap_frame *f, const char *what)
{
    f->kind = CAP_FRAME_OTHER;
    f->what = what;
}

static void rd_udp(cap_frame *f, nbt_rd *r)
{
    f->from.port = nbt_rd_u16(r, "UDP source port");
    f->to.port = nbt_rd_u16(r, "UDP destination port");
    uint16_t len = nbt_rd_u16(r, "UDP length");
    (void)nbt_rd_u16(r, "UDP checksum");
    if (r->err) {
        other(f, "cut UDP header");
        return;
    }
    if (len < 8) {
        other(f, "UDP length below its header");
        return;
    }
    size_t left = nbt_rd_left(r);
    size_t n = len - 8u;
    f->kind = CAP_FRAME_UDP;
    f->cut = n > left;
    f->payload = nbt_rd_bytes(r, f->cut ? left : n, "UDP payload");
}

static void rd_tcp(cap_frame *f, nbt_rd *r)
{
    f->from.port = nbt_rd_u16(r, "TCP source port");
    f->to.port = nbt_rd_u16(r, "TCP destination port");
    f->seq = nbt_rd_u32(r, "TCP sequence");
    (void)nbt_rd_u32(r, "TCP acknowledgement");
    size_t head = (size_t)(nbt_rd_u8(r, "TCP data offset") >> 4) * 4;
    f->tcp_flags = nbt_rd_u8(r, "TCP flags");
    (void)nbt_rd_take(r, 6, "TCP window, checksum, urgent pointer");
    if (r->err) {
        other(f, "cut TCP header");
        return;
    }
    if (head < 20) {
        other(f, "TCP data offset below its header");
        return;
    }
    (void)nbt_rd_take(r, head - 20, "TCP options");
    if (r->err) {
        other(f, "cut TCP options");
        return;
    }
    f->kind = CAP_FRAME_TCP;
    f->payload = nbt_rd_bytes(r, nbt_rd_left(r), "TCP data");
}

/* RFC 791 3.1. What follows the header is bounded by the total length: Ethernet pads. */
static void rd_ipv4(cap_frame *f, nbt_rd *r)
{
    uint8_t ver_ihl = nbt_rd_u8(r, "IP version");
    (void)nbt_rd_u8(r, "IP type of service");
    uint16_t total = nbt_rd_u16(r, "IP total length");
    (void)nbt_rd_u16(r, "IP identification");
    uint16_t frag = nbt_rd_u16(r, "IP fragment offset");
    (void)nbt_rd_u8(r, "IP time to live");
    uint8_t proto = nbt_rd_u8(r, "IP protocol");
    (void)nbt_rd_u16(r, "IP checksum");
    f->from.ip = nbt_rd_u32(r, "IP source");
    f->to.ip = nbt_rd_u32(r, "IP destination");
    size_t head = (ver_ihl & 0x0Fu) * 4u;
    if (r->err) {
        other(f, "cut IP header");
        return;
    }
    if (ver_ihl >> 4 != 4) {
        other(f, ver_ihl >> 4 == 6 ? "IPv6" : "not IP");
        return;
    }
    if (head < 20 || total < head) {
        other(f, "IP lengths that contradict each other");
        return;
    }
    (void)nbt_rd_take(r, head - 20, "IP options");
    if (r->err) {
        other(f, "cut IP options");
        return;
    }
    size_t body = total - head;
    f->cut = body > nbt_rd_left(r);
    nbt_rd sub = nbt_rd_sub(r, f->cut ? nbt_rd_left(r) : body, "IP data");
    if ((frag & 0x3FFF) != 0) { /* offset, or more fragments */
        f->kind = CAP_FRAME_FRAGMENT;
        f->payload = nbt_rd_bytes(&sub, nbt_rd_left(&sub), "IP fragment");
    } else if (proto == IP_UDP) {
        rd_udp(f, &sub);
    } else if (proto == IP_TCP) {
        rd_tcp(f, &sub);
    } else {
        other(f, proto == 1 ? "ICMP" : "neither UDP nor TCP");
    }
}

static void rd_ethertype(cap_frame *f, nbt_rd *r)
{
    uint16_t type = nbt_rd_u16(r, "EtherType");
    while (!r->err && (type == ETHER_VLAN || type == ETHER_QINQ)) {
        (void)nbt_rd_u16(r, "VLAN tag");
        type = nbt_rd_u16(r, "EtherType");
    }
    if (r->err) {
        other(f, "cut Ethernet header");
        return;
    }
    switch (type) {
    case ETHER_IPV4:
        rd_ipv4(f, r);
        return;
    case ETHER_IPV6:
        other(f, "IPv6");
        return;
    case ETHER_ARP:
        other(f, "ARP");
        return;
    case ETHER_IPX:
        other(f, "IPX");
        return;
    }
    if (type <= ETHER_LENGTH_MAX) {
        uint8_t dsap = nbt_rd_u8(r, "LLC DSAP");
        other(f, dsap == LLC_NETBEUI ? "NetBEUI" : dsap == 0xFF || dsap == 0xE0 ? "IPX" : "LLC");
        return;
    }
    other(f, "not IP");
}

static void rd_ethernet(cap_frame *f, nbt_rd *r)
{
    const uint8_t *mac = nbt_rd_take(r, 12, "Ethernet addresses");
    if (!mac) {
        other(f, "cut Ethernet header");
        return;
    }
    f->has_mac = true;
    memcpy(f->mac_to, mac, 6);
    memcpy(f->mac_from, mac + 6, 6);
    rd_ethertype(f, r);
}

void cap_frame_rd(cap_frame *f, int link, nbt_bytes bytes)
{
    nbt_rd r;
    nbt_rd_init(&r, bytes.p, bytes.n);
    *f = (cap_frame){ .kind = CAP_FRAME_OTHER, .what = "" };
    switch (link) {
    case DLT_EN10MB:
        rd_ethernet(f, &r);
        return;
    case DLT_LINUX_SLL: /* packet type, ARPHRD, address length, address: 14 octets, then the type */
        (void)nbt_rd_take(&r, 14, "cooked header");
        rd_ethertype(f, &r);
        return;
    case DLT_RAW:
    case DLT_IPV4:
        rd_ipv4(f, &r);
        return;
    }
    other(f, "a link type that is not read");
}
