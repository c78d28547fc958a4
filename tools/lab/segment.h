/*
 * Real Ethernet frames as the simulated network has them, and back: which connection a TCP segment
 * is of and where in its stream, octets of a payload changed with the checksum made right, and what
 * answers ARP.
 */
#ifndef LAB_SEGMENT_H
#define LAB_SEGMENT_H

#include "nbt/simwire.h"

/* One direction of a TCP connection. */
typedef struct lab_way {
    nbt_ep from, to;
    uint32_t first; /* the sequence number of its SYN */
} lab_way;

typedef struct lab_ways {
    lab_way *way;
    size_t n, cap;
} lab_ways;

void lab_ways_fini(lab_ways *w);

/* What a frame is to NetBIOS. */
typedef struct lab_segment {
    bool udp;
    bool part;  /* of an IP packet in fragments: it was longer than its network takes */
    unsigned n; /* 0: nothing that a message could be in; 2: data and the end of its stream */
    nbt_simframe frame[2]; /* of these, kind, from, to, seq and data, which points into the frame */
} lab_segment;

/* Reads a frame that leaves a host at the time `at`. All zero for what is neither UDP nor a segment
 * of a connection whose beginning was seen. */
void lab_segment_rd(lab_ways *w, nbt_time at, const uint8_t *bytes, size_t len, lab_segment *seg);

/* Other octets, as many, in the place of the first payload of a frame that was read as `seg`; its
 * UDP or TCP checksum is made right. */
void lab_segment_spoil(uint8_t *bytes, const lab_segment *seg, nbt_bytes data);

/* The IP address that the hardware address at `mac` has (capture/compose.h); 0: none. */
uint32_t lab_segment_ip(const uint8_t mac[6]);

enum { LAB_ARP_LEN = 42 };

/* Whether a frame is of ARP; and the answer to it, if it asks for another's address: false if it
 * does not. */
bool lab_segment_is_arp(const uint8_t *bytes, size_t len);
bool lab_segment_arp(const uint8_t *bytes, size_t len, uint8_t answer[LAB_ARP_LEN]);

/* What an ARP packet, of Ethernet and IPv4, says of its sender, and which address it is about. */
typedef struct lab_arp {
    uint32_t sender, target;
    uint8_t mac[6]; /* the sender's */
} lab_arp;

/* False: it is none. */
bool lab_segment_arp_rd(const uint8_t *bytes, size_t len, lab_arp *arp);

/* A request for an address' hardware address, from `mac` and no IP address (RFC 5227: a probe). */
void lab_segment_arp_ask(uint32_t ip, const uint8_t mac[6], uint8_t frame[LAB_ARP_LEN]);

/* The sender's address of a frame with an IPv4 packet. False: it has none. */
bool lab_segment_source(const uint8_t *bytes, size_t len, uint32_t *ip);

#endif
