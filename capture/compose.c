/*
 * Headers and their checksums.
 */
#include "capture/compose.h"

void cap_compose_mac(uint32_t ip, uint8_t mac[6])
{
    mac[0] = 2; /* locally administered */
    mac[1] = 0;
    for (int i = 0; i < 4; i++)
        mac[2 + i] = (uint8_t)(ip >> (24 - 8 * i));
}

void cap_compose_ether(nbt_wr *w, const uint8_t from[6], const uint8_t to[6])
{
    nbt_wr_bytes(w, to, 6, "MAC");
    nbt_wr_bytes(w, from, 6, "MAC");
    nbt_wr_u16(w, 0x0800, "type");
}

static uint32_t sum(uint32_t so_far, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        so_far += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    return so_far;
}

static uint16_t checksum(uint32_t total)
{
    while (total >> 16)
        total = (total & 0xFFFF) + (total >> 16);
    return (uint16_t)~total;
}

static void put_checksum(uint8_t *at, uint16_t c)
{
    at[0] = (uint8_t)(c >> 8);
    at[1] = (uint8_t)c;
}

void cap_compose_ip(nbt_wr *w, uint32_t from, uint32_t to, uint8_t proto, uint16_t id,
                    uint16_t fragment, size_t n)
{
    enum { CHECKSUM = 10 };
    uint8_t *start = w->base + w->at;
    nbt_wr_u16(w, 0x4500, "version, length, service");
    nbt_wr_u16(w, CAP_COMPOSE_IP_LEN + n, "total length");
    nbt_wr_u16(w, id, "identification");
    nbt_wr_u16(w, fragment, "fragment");
    nbt_wr_u16(w, 0x4000u | proto, "time to live, protocol");
    nbt_wr_u16(w, 0, "checksum");
    nbt_wr_u32(w, from, "source");
    nbt_wr_u32(w, to, "destination");
    if (!w->err)
        put_checksum(start + CHECKSUM, checksum(sum(0, start, CAP_COMPOSE_IP_LEN)));
}

/* Fills in the checksum of UDP or TCP, which lies `where` octets into it. */
static void finish(nbt_wr *w, nbt_ep from, nbt_ep to, uint8_t proto, size_t where)
{
    if (w->err)
        return;
    uint32_t total = proto + (uint32_t)w->at;
    total += (from.ip >> 16) + (from.ip & 0xFFFF) + (to.ip >> 16) + (to.ip & 0xFFFF);
    uint16_t c = checksum(sum(total, w->base, w->at));
    if (c == 0 && proto == CAP_IP_UDP)
        c = 0xFFFF; /* 0 is for none (RFC 768) */
    put_checksum(w->base + where, c);
}

void cap_compose_udp(nbt_wr *w, nbt_ep from, nbt_ep to, nbt_bytes payload)
{
    enum { HEADER = 8, CHECKSUM = 6 };
    nbt_wr_u16(w, from.port, "source port");
    nbt_wr_u16(w, to.port, "destination port");
    nbt_wr_u16(w, HEADER + payload.n, "length");
    nbt_wr_u16(w, 0, "checksum");
    nbt_wr_bytes(w, payload.p, payload.n, "payload");
    finish(w, from, to, CAP_IP_UDP, CHECKSUM);
}

void cap_compose_tcp(nbt_wr *w, nbt_ep from, nbt_ep to, uint32_t seq, uint32_t ack, uint8_t flags,
                     nbt_bytes payload)
{
    enum { CHECKSUM = 16 };
    nbt_wr_u16(w, from.port, "source port");
    nbt_wr_u16(w, to.port, "destination port");
    nbt_wr_u32(w, seq, "sequence number");
    nbt_wr_u32(w, flags & CAP_TCP_ACK ? ack : 0, "acknowledged");
    nbt_wr_u16(w, 0x5000u | flags, "offset, flags");
    nbt_wr_u16(w, 0xFAF0, "window");
    nbt_wr_u32(w, 0, "checksum, urgent");
    nbt_wr_bytes(w, payload.p, payload.n, "payload");
    finish(w, from, to, CAP_IP_TCP, CHECKSUM);
}
