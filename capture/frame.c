/*
 * Link layer, IPv4, UDP and TCP headers. Takes each header with the cursor of nbt/wire.h, so that
 * no length in a frame is believed; never touches what is inside UDP or TCP.
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
    ETHER_QINQ_OLD = 0x9100,
    ETHER_IPX = 0x8137,
    ETHER_NETBEUI = 0x8191,
    ETHER_IPV6 = 0x86DD,
    ETHER_LENGTH_MAX = 1500, /* IEEE 802.3: up to here the field is a length, not a type */
    LINUX_802_3 = 1,         /* what Linux cooked frames have for 802.3 without LLC, */
    LINUX_LLC = 4,           /* and with it */
    LLC_SNAP = 0xAA,
    LLC_IPX = 0xE0,
    LLC_NETBEUI = 0xF0,
    LLC_RAW_IPX = 0xFF,
    BSD_INET = 2,
    PPP_ALL = 0xFF, /* the address, */
    PPP_UI = 0x03,  /* and the control octet, which both may be left away */
    PPP_IPV4 = 0x21,
    PPP_IPX = 0x2B,
    PPP_NETBEUI = 0x3F,
    PPP_IPV6 = 0x57,
    IP_ICMP = 1,
    ICMP_UNREACHABLE = 3,
    ICMP_EXCEEDED = 11,
    IP_HEADER_LEN = 20,
    UDP_HEADER_LEN = 8,
    TCP_HEADER_LEN = 20,
};

/* A field of a header that was taken whole. */
static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void other(cap_frame *f, const char *what)
{
    f->kind = CAP_FRAME_OTHER;
    f->what = what;
}

/* RFC 768: ports, length, checksum. */
static void rd_udp(cap_frame *f, nbt_rd *r)
{
    const uint8_t *head = nbt_rd_take(r, UDP_HEADER_LEN, "UDP header");
    if (!head) {
        other(f, "cut UDP header");
        return;
    }
    f->from.port = u16(head);
    f->to.port = u16(head + 2);
    uint16_t len = u16(head + 4);
    if (len < UDP_HEADER_LEN) {
        other(f, "UDP length below its header");
        return;
    }
    size_t left = nbt_rd_left(r);
    f->whole = len - (size_t)UDP_HEADER_LEN;
    f->kind = CAP_FRAME_UDP;
    f->cut = f->whole > left;
    f->payload = nbt_rd_bytes(r, f->cut ? left : f->whole, "UDP payload");
}

/* RFC 9293 3.1: ports, sequence, acknowledgement, offset, flags, window, checksum, urgent. */
static void rd_tcp(cap_frame *f, nbt_rd *r, size_t segment)
{
    const uint8_t *head = nbt_rd_take(r, TCP_HEADER_LEN, "TCP header");
    if (!head) {
        other(f, "cut TCP header");
        return;
    }
    f->from.port = u16(head);
    f->to.port = u16(head + 2);
    f->seq = u32(head + 4);
    f->ack = u32(head + 8);
    size_t len = (head[12] >> 4) * 4U;
    f->tcp_flags = head[13];
    if (len < TCP_HEADER_LEN) {
        other(f, "TCP data offset below its header");
        return;
    }
    if (!nbt_rd_take(r, len - TCP_HEADER_LEN, "TCP options")) {
        other(f, "cut TCP options");
        return;
    }
    f->kind = CAP_FRAME_TCP;
    f->whole = segment - len;
    f->payload = nbt_rd_bytes(r, nbt_rd_left(r), "TCP data");
}

/* RFC 792, page 4. */
static const char *unreachable(uint8_t code)
{
    static const char *const codes[] = {
        "network unreachable",
        "host unreachable",
        "protocol unreachable",
        "port unreachable",
        "too large",
        "source route failed",
        "unreachable",
        "unreachable",
        "unreachable",
        "network prohibited",
        "host prohibited",
        "unreachable",
        "unreachable",
        "communication prohibited",
    };
    return code < sizeof codes / sizeof codes[0] ? codes[code] : "unreachable";
}

/*
 * ICMP, RFC 792: type, code, checksum, four octets; then, if a packet did not arrive, its IP header
 * and its ports.
 */
static void rd_icmp(cap_frame *f, nbt_rd *r)
{
    const uint8_t *icmp = nbt_rd_take(r, 8, "ICMP header");
    other(f, "ICMP");
    if (!icmp || (icmp[0] != ICMP_UNREACHABLE && icmp[0] != ICMP_EXCEEDED))
        return;
    const uint8_t *ip = nbt_rd_take(r, IP_HEADER_LEN, "IP header");
    if (!ip)
        return;
    size_t len = (ip[0] & 0x0FU) * 4U;
    bool transport = ip[9] == CAP_IP_UDP || ip[9] == CAP_IP_TCP;
    if (len < IP_HEADER_LEN || !transport || !nbt_rd_take(r, len - IP_HEADER_LEN, "IP options"))
        return;
    const uint8_t *ports = nbt_rd_take(r, 4, "ports");
    if (!ports || u16(ip + 6) & 0x1FFF)
        return;
    f->kind = CAP_FRAME_REFUSED;
    f->what = icmp[0] == ICMP_UNREACHABLE ? unreachable(icmp[1]) : "time exceeded";
    f->proto = ip[9];
    f->quoted_from = (nbt_ep){ u32(ip + 12), u16(ports) };
    f->quoted_to = (nbt_ep){ u32(ip + 16), u16(ports + 2) };
}

/* What IP carries, of which `n` octets were sent. */
static void rd_transport(cap_frame *f, nbt_rd *r, size_t n, uint8_t proto)
{
    if (proto == CAP_IP_UDP)
        rd_udp(f, r);
    else if (proto == CAP_IP_TCP)
        rd_tcp(f, r, n);
    else if (proto == IP_ICMP)
        rd_icmp(f, r);
    else
        other(f, "neither UDP nor TCP");
}

static void rd_fragment(cap_frame *f, nbt_rd *r, size_t n, const uint8_t *head)
{
    f->kind = CAP_FRAME_FRAGMENT;
    f->proto = head[9];
    f->id = u16(head + 4);
    f->offset = (u16(head + 6) & 0x1FFFU) * 8;
    f->more = (head[6] & 0x20) != 0;
    f->whole = n;
    f->payload = nbt_rd_bytes(r, nbt_rd_left(r), "IP fragment");
}

/*
 * RFC 791 3.1. What follows the header is bounded by the total length: Ethernet pads. A total
 * length of 0 is that of a packet which the sender's adapter was still to cut up.
 */
static void rd_ipv4(cap_frame *f, nbt_rd *r)
{
    size_t there = nbt_rd_left(r);
    const uint8_t *head = nbt_rd_take(r, IP_HEADER_LEN, "IP header");
    if (!head) {
        other(f, "cut IP header");
        return;
    }
    if (head[0] >> 4 != 4) {
        other(f, head[0] >> 4 == 6 ? "IPv6" : "not IP");
        return;
    }
    size_t len = (head[0] & 0x0FU) * 4U;
    size_t total = u16(head + 2) ? u16(head + 2) : there;
    f->from.ip = u32(head + 12);
    f->to.ip = u32(head + 16);
    if (len < IP_HEADER_LEN || total < len) {
        other(f, "IP lengths that contradict each other");
        return;
    }
    if (!nbt_rd_take(r, len - IP_HEADER_LEN, "IP options")) {
        other(f, "cut IP options");
        return;
    }
    size_t n = total - len;
    f->cut = n > nbt_rd_left(r);
    nbt_rd data = nbt_rd_sub(r, f->cut ? nbt_rd_left(r) : n, "IP data");
    if (u16(head + 6) & 0x3FFF) /* an offset, or more fragments */
        rd_fragment(f, &data, n, head);
    else
        rd_transport(f, &data, n, head[9]);
}

/* What an EtherType says, if it is no VLAN's. */
static void rd_protocol(cap_frame *f, nbt_rd *r, uint16_t type)
{
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
        f->kind = CAP_FRAME_IPX;
        return;
    case ETHER_NETBEUI:
        f->kind = CAP_FRAME_NETBEUI;
        return;
    }
    other(f, "not IP");
}

/* IEEE 802.2: two addresses, a control octet; with SNAP an EtherType after all. */
static void rd_llc(cap_frame *f, nbt_rd *r)
{
    uint8_t dsap = nbt_rd_u8(r, "LLC DSAP");
    switch (dsap) {
    case LLC_SNAP:
        nbt_rd_take(r, 5, "SSAP, control, organisation");
        rd_protocol(f, r, nbt_rd_u16(r, "SNAP type"));
        return;
    case LLC_NETBEUI:
        f->kind = CAP_FRAME_NETBEUI;
        return;
    case LLC_RAW_IPX:
    case LLC_IPX:
        f->kind = CAP_FRAME_IPX;
        return;
    }
    other(f, "LLC");
}

/* What an EtherType says that follows; `type` is the one that was just read. */
static void rd_ethertype(cap_frame *f, nbt_rd *r, uint16_t type)
{
    while (!r->err && (type == ETHER_VLAN || type == ETHER_QINQ || type == ETHER_QINQ_OLD)) {
        (void)nbt_rd_u16(r, "VLAN tag");
        type = nbt_rd_u16(r, "EtherType");
    }
    if (r->err) {
        other(f, "cut Ethernet header");
        return;
    }
    if (type <= ETHER_LENGTH_MAX)
        rd_llc(f, r);
    else
        rd_protocol(f, r, type);
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
    rd_ethertype(f, r, nbt_rd_u16(r, "EtherType"));
}

/* The type of a Linux cooked frame is an EtherType, or one of a few small numbers of its own. */
static void rd_cooked(cap_frame *f, nbt_rd *r, uint16_t type)
{
    if (!r->err && type == LINUX_802_3)
        f->kind = CAP_FRAME_IPX;
    else if (!r->err && type == LINUX_LLC)
        rd_llc(f, r);
    else if (!r->err && type <= ETHER_LENGTH_MAX)
        other(f, "not IP");
    else
        rd_ethertype(f, r, type);
}

/* BSD loopback: the address family in the byte order of whoever captured. */
static void rd_loopback(cap_frame *f, nbt_rd *r)
{
    const uint8_t *family = nbt_rd_take(r, 4, "address family");
    if (!family)
        other(f, "cut loopback header");
    else if (u32(family) == BSD_INET || (family[0] == BSD_INET && u16(family + 1) == 0))
        rd_ipv4(f, r);
    else
        other(f, "not IPv4");
}

/* RFC 1661 2: the protocol has two octets, or if it is odd, one. RFC 2097 has NetBIOS frames. */
static void rd_ppp(cap_frame *f, nbt_rd *r)
{
    uint16_t protocol = nbt_rd_u8(r, "PPP address or protocol");
    if (protocol == PPP_ALL && nbt_rd_u8(r, "PPP control") == PPP_UI)
        protocol = nbt_rd_u8(r, "PPP protocol");
    if (protocol % 2 == 0)
        protocol = (uint16_t)(protocol << 8 | nbt_rd_u8(r, "PPP protocol"));
    if (r->err)
        other(f, "cut PPP header");
    else if (protocol == PPP_IPV4)
        rd_ipv4(f, r);
    else if (protocol == PPP_IPX || protocol == PPP_NETBEUI)
        f->kind = protocol == PPP_IPX ? CAP_FRAME_IPX : CAP_FRAME_NETBEUI;
    else
        other(f, protocol == PPP_IPV6 ? "IPv6" : "not IP");
}

void cap_frame_rd_note(cap_frame *f, int link, nbt_bytes bytes, nbt_spans *spans)
{
    nbt_rd r;
    uint16_t type;
    nbt_rd_init(&r, bytes.p, bytes.n);
    r.spans = spans;
    *f = (cap_frame){ .kind = CAP_FRAME_OTHER, .what = "" };
    switch (link) {
    case DLT_EN10MB:
        rd_ethernet(f, &r);
        return;
    case DLT_LINUX_SLL: /* packet type, ARPHRD, address length, address: 14 octets, then the type */
        (void)nbt_rd_take(&r, 14, "cooked header");
        rd_cooked(f, &r, nbt_rd_u16(&r, "protocol"));
        return;
    case DLT_LINUX_SLL2: /* the type, then 18 octets of the same and an interface */
        type = nbt_rd_u16(&r, "protocol");
        (void)nbt_rd_take(&r, 18, "cooked header");
        rd_cooked(f, &r, type);
        return;
    case DLT_RAW:
    case DLT_IPV4:
        rd_ipv4(f, &r);
        return;
    case DLT_PPP:
    case DLT_PPP_SERIAL:
        rd_ppp(f, &r);
        return;
    case DLT_NULL:
    case DLT_LOOP:
        rd_loopback(f, &r);
        return;
    }
    f->kind = CAP_FRAME_UNREAD;
}

void cap_frame_whole_note(cap_frame *f, nbt_bytes data, nbt_spans *spans)
{
    nbt_rd r;
    nbt_rd_init(&r, data.p, data.n);
    r.spans = spans;
    f->cut = false;
    rd_transport(f, &r, data.n, f->proto);
}
