/*
 * Packets made, for captures that nobody has taken: of a simulated network, or of a conversation
 * that is written down. What frame.h reads is written here.
 */
#ifndef CAPTURE_COMPOSE_H
#define CAPTURE_COMPOSE_H

#include "capture/frame.h"
#include "nbt/wire.h"

enum { CAP_COMPOSE_PSH = 0x08, CAP_COMPOSE_IP_LEN = 20, CAP_COMPOSE_ETHERNET = 1 /* DLT_EN10MB */ };

/* The hardware address that a made capture has for an IP address: 02:00 and the address. */
void cap_compose_mac(uint32_t ip, uint8_t mac[6]);

/* An Ethernet header of an IPv4 packet. */
void cap_compose_ether(nbt_wr *w, const uint8_t from[6], const uint8_t to[6]);

/* An IPv4 header before `n` octets. `fragment`: flags and offset, as the header has them. */
void cap_compose_ip(nbt_wr *w, uint32_t from, uint32_t to, uint8_t proto, uint16_t id,
                    uint16_t fragment, size_t n);

/* A whole UDP datagram. Into a writer that has nothing yet. */
void cap_compose_udp(nbt_wr *w, nbt_ep from, nbt_ep to, nbt_bytes payload);

/* A whole TCP segment, the same. `flags`: CAP_TCP_* and CAP_COMPOSE_PSH; without CAP_TCP_ACK, `ack`
 * is not written. */
void cap_compose_tcp(nbt_wr *w, nbt_ep from, nbt_ep to, uint32_t seq, uint32_t ack, uint8_t flags,
                     nbt_bytes payload);

#endif
