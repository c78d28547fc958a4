/*
 * The network of an explored scene: who reaches whom, within what time, and what is sent, each
 * different datagram once, as a number.
 */
#ifndef SCENE_XP_NET_H
#define SCENE_XP_NET_H

#include "nbt/idmap.h"
#include "nbt/msg.h"
#include "tools/scene/scene.h"

enum { XP_HOSTS_MAX = 8, XP_SLOTS_MAX = 16 /* adapters of all hosts */ };

/* An adapter at its place. */
typedef struct xp_slot {
    uint8_t host, lana;
    uint16_t network;
    uint32_t ip;
} xp_slot;

/* A datagram, or what is a piece of a stream: xp_ends.h. */
typedef enum xp_packet_kind {
    XP_DATAGRAM,
    XP_SYN,
    XP_SYN_ACK,
    XP_DATA,
    XP_FIN,
    XP_RST,
    XP_GONE, /* from a host that is off, where nobody sends one: what came there was lost */
} xp_packet_kind;

enum { XP_SAID_MAX = 8 };

typedef struct xp_packet {
    nbt_ep from, to;
    uint8_t kind;                      /* xp_packet_kind */
    uint16_t seq;                      /* of a stream's piece: which one */
    nbt_bytes data;                    /* owned */
    uint32_t nsaid, said[XP_SAID_MAX]; /* the session's messages that are in it: hashes */
} xp_packet;

typedef struct xp_net {
    nbt_mem mem;
    const scene *scene;
    xp_slot slot[XP_SLOTS_MAX];
    uint8_t nslots;
    nbt_time delay; /* of every link, instead of its own; NBT_NEVER: its own */
    bool whole;     /* what is for nobody's ears is under way, too */
    xp_packet *packet;
    size_t npackets, packets_cap;
    nbt_idmap packet_of;
} xp_net;

/* The scene must have no more hosts and adapters than there is room for. */
void xp_net_init(xp_net *net, nbt_mem mem, const scene *s, nbt_time delay, bool whole);
void xp_net_fini(xp_net *net);

/* The service that it is of, by its ports; the name service's where they say nothing. */
nbt_service xp_packet_service(const xp_packet *p);

/* The number of a packet, whose data are borrowed; false without memory. */
bool xp_net_packet(xp_net *net, const xp_packet *what, uint32_t *number);

uint32_t xp_net_broadcast(const xp_net *net, uint16_t network);

/*
 * A message is a datagram on its way to one adapter, as a number: of a broadcast there are as many
 * as adapters hear it.
 */
static inline uint32_t xp_message(uint32_t number, uint8_t slot)
{
    return number << 8 | slot;
}

static inline uint32_t xp_message_packet(uint32_t message)
{
    return message >> 8;
}

/* What a message under way has besides: it arrives no earlier than when as much time is left as its
 * way takes; and it is held back until its sender sends another one there. */
enum {
    XP_MESSAGE_STREAM =
        0x80, /* a piece of a stream, which overtakes none that was sent before it */
    XP_MESSAGE_LATE = 0x40,
    XP_MESSAGE_HELD = 0x20,
    XP_MESSAGE_MARKS = XP_MESSAGE_LATE | XP_MESSAGE_HELD,
    XP_MESSAGE_SLOT = 0x0F,
};

static inline uint8_t xp_message_slot(uint32_t message)
{
    return (uint8_t)(message & XP_MESSAGE_SLOT);
}

/* What arrives in the end. */
static inline uint32_t xp_message_plain(uint32_t message)
{
    return message & ~(uint32_t)XP_MESSAGE_MARKS;
}

/*
 * Whether nothing that reaches a host makes a difference there: not in any state it can be in. What
 * is sent to it need not be under way then, since its arrival, at whatever time, changes nothing.
 * Broadcasts are nothing to a name server (RFC 1002 5.1.4, nbt/nbns.h) and to a P node (5.1.2.5),
 * anything is nothing to a host that only sends, or is never switched on.
 */
bool xp_net_deaf(const scene *s, uint8_t host, bool broadcast);

/*
 * The adapters that a datagram reaches, and how long it takes at most. `sides` has a bit for each
 * adapter that is cut off from those without it. Returns how many. A piece of a stream that is cut
 * off comes back to its sender at once, who learns from it that he will hear nothing.
 */
size_t xp_net_route(const xp_net *net, uint32_t number, uint32_t sides, uint8_t to[XP_SLOTS_MAX],
                    nbt_time within[XP_SLOTS_MAX]);

/* Whether a message is such a piece. */
bool xp_net_comes_back(const xp_net *net, uint32_t message);

/* A packet's message to an adapter, with the mark of a stream if it is of one. */
uint32_t xp_net_message(const xp_net *net, uint32_t number, uint8_t slot);

/* How long a message takes at most, on a network that is whole. */
nbt_time xp_net_takes(const xp_net *net, uint32_t message);

/* Whether two hosts can hear each other's claims: by broadcast, or by a name server of both. */
bool xp_net_hear(const xp_net *net, uint8_t a, uint8_t b, uint32_t sides);

#endif
