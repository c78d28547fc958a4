/*
 * The cable of many computers that one kernel plays: on its inner end a single hardware address
 * that has all their IPv4 addresses, on its outer end a network on which each of them has a
 * hardware address of its own. Ethernet frames are changed where they lie, ARP is answered here,
 * and before an address is used the network is asked whether somebody has it (RFC 826, RFC 5227).
 * It never looks behind an IP header, and carries nothing but IPv4 and ARP.
 */
#ifndef NBT_CABLE_H
#define NBT_CABLE_H

#include "nbt/base.h"

enum {
    NBT_MAC_LEN = 6,
    NBT_CABLE_ARP_LEN = 42, /* octets of an ARP frame, without padding */
    NBT_CABLE_TAKEN_MAX = 8,
    NBT_CABLE_PEERS = 256, /* whose hardware addresses are remembered: a power of two */
};

/* Computers in a row: ascending addresses, ascending hardware addresses. */
typedef struct nbt_cable_row {
    uint32_t ip, count;
    uint8_t mac[NBT_MAC_LEN]; /* of the first */
} nbt_cable_row;

typedef struct nbt_cable_cfg {
    const nbt_cable_row *row; /* borrowed; none overlap */
    size_t nrows;
    uint8_t inner[NBT_MAC_LEN]; /* the kernel's */
} nbt_cable_cfg;

/* Somebody else who has an address. */
typedef struct nbt_cable_peer {
    uint32_t ip;
    uint8_t mac[NBT_MAC_LEN];
} nbt_cable_peer;

typedef enum nbt_cable_state {
    NBT_CABLE_OFF,
    NBT_CABLE_ASKING, /* whether the addresses are free: nothing is carried */
    NBT_CABLE_TAKEN,  /* some are not: the end */
    NBT_CABLE_UP,
} nbt_cable_state;

typedef struct nbt_cable {
    nbt_cable_cfg cfg;
    nbt_cable_state state;
    uint32_t total;     /* addresses of all rows */
    nbt_time begun;     /* to ask */
    nbt_time round;     /* how long a round lasts */
    uint32_t said;      /* probes and announcements that were sent, of all rounds */
    nbt_time defended;  /* when last */
    uint32_t conflicts; /* how often somebody claimed an address of ours */
    nbt_cable_peer taken[NBT_CABLE_TAKEN_MAX]; /* by whom: the first ones */
    size_t ntaken;
    nbt_cable_peer peer[NBT_CABLE_PEERS]; /* heard last, each where its address leads to */
    nbt_cable_peer moved;                 /* heard from another hardware address now; ip 0: none */
} nbt_cable;

/* What becomes of a frame. */
typedef enum nbt_cable_way {
    NBT_CABLE_DROP,
    NBT_CABLE_PASS,  /* it leaves by the other end */
    NBT_CABLE_REPLY, /* it is an answer now, and leaves by the end that it came from */
} nbt_cable_way;

void nbt_cable_init(nbt_cable *c, const nbt_cable_cfg *cfg);

/* The hardware address that nobody chose: locally administered, 02:00 and the IP address. */
void nbt_cable_mac_made(uint32_t ip, uint8_t mac[NBT_MAC_LEN]);

/* The hardware address of one of the computers. False: no computer has that address. */
bool nbt_cable_mac(const nbt_cable *c, uint32_t ip, uint8_t mac[NBT_MAC_LEN]);

/* Begins to ask whether the addresses are free: then the state becomes UP or TAKEN. */
void nbt_cable_ask(nbt_cable *c, nbt_time now);

/* A frame that the kernel sends, and one that comes from the network. Both change it. */
nbt_cable_way nbt_cable_out(nbt_cable *c, uint8_t *frame, size_t len);
nbt_cable_way nbt_cable_in(nbt_cable *c, nbt_time now, uint8_t *frame, size_t len);

/*
 * After nbt_cable_in, and for the kernel before what has come in: somebody has another hardware
 * address than before, as a virtual machine in the place of another one has. Without that the
 * kernel would answer the old one for half a minute.
 */
bool nbt_cable_news(nbt_cable *c, uint8_t frame[NBT_CABLE_ARP_LEN]);

/*
 * The cable's own frames, for the network: probes and announcements. To be called when it is due,
 * and again until it gives false.
 */
bool nbt_cable_tick(nbt_cable *c, nbt_time now, uint8_t frame[NBT_CABLE_ARP_LEN]);
nbt_time nbt_cable_due(const nbt_cable *c);

#endif
