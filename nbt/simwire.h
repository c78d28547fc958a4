/*
 * The wires of the simulated network: segments, the adapters on them, who reaches whom, and what
 * becomes of a frame on its way. Chance is drawn from one seed.
 *
 * A segment is a broadcast domain. All segments hang on one router, which passes unicast on and
 * broadcasts not. Adapters of a segment stand on sides: while two stand on different sides nothing
 * passes between them, and only side 0 has the router.
 */
#ifndef NBT_SIMWIRE_H
#define NBT_SIMWIRE_H

#include "nbt/fifo.h"
#include "nbt/idmap.h"
#include "nbt/node.h"

/* What a segment does to a frame. Chances are in a million. */
typedef struct nbt_simlink {
    nbt_time delay;     /* of every frame */
    nbt_time jitter;    /* up to this much more, drawn anew each time; below an hour */
    uint32_t loss;      /* it does not arrive; TCP sends it again, later */
    uint32_t duplicate; /* UDP: it arrives twice */
    uint32_t reorder;   /* UDP: it arrives `late` later, behind others */
    nbt_time late;
} nbt_simlink;

typedef enum nbt_simframe_kind {
    NBT_SIMFRAME_UDP,
    NBT_SIMFRAME_SYN,
    NBT_SIMFRAME_SYN_ACK,
    NBT_SIMFRAME_DATA,
    NBT_SIMFRAME_FIN,
    NBT_SIMFRAME_RST,
    NBT_SIMFRAME_ACK, /* nothing but what has arrived */
} nbt_simframe_kind;

/* A frame as an observer at the sender's segment sees it. What stays inside a host is not seen. */
typedef struct nbt_simframe {
    nbt_time at;      /* when it was sent */
    uint32_t segment; /* the sender's */
    nbt_simframe_kind kind;
    nbt_ep from, to;
    uint64_t seq;    /* TCP: octets sent before it in its direction, */
    uint64_t ack;    /* and those that its sender has taken from the other one */
    bool syn, fin;   /* TCP: its sender has taken that too */
    uint32_t copies; /* how many of it arrive, at all receivers together; 0: it is lost */
    nbt_bytes data;  /* the UDP payload or the octets of the stream */
} nbt_simframe;

/* Segments, hosts and adapters are known by numbers from 1 on; 0 is none, or no memory. */
typedef struct nbt_simadapter {
    uint32_t host, segment, side;
    uint32_t next; /* the next adapter of its host */
    bool down;     /* its host has no power: nothing leaves, and what comes is lost */
    uint8_t lana;
    uint32_t ip, broadcast;
} nbt_simadapter;

typedef struct nbt_simsegment {
    nbt_simlink link;
    uint32_t mtu;      /* octets of an IP packet; 0: any */
    uint32_t apart;    /* how many adapters are not on side 0, or down */
    uint32_t *adapter; /* all on it, in the order in which they came */
    size_t n, cap;
} nbt_simsegment;

typedef struct nbt_simwire_stats {
    uint64_t frames;    /* sent */
    uint64_t arrived;   /* copies that arrived */
    uint64_t lost;      /* copies that did not: by chance, or nobody there */
    uint64_t doubled;   /* copies that the network made */
    uint64_t reordered; /* copies that came late */
} nbt_simwire_stats;

typedef struct nbt_simwire {
    nbt_mem mem;
    nbt_rng rng;
    bool keep; /* keep what an observer sees */
    bool failed;
    nbt_fifo frames;
    nbt_simwire_stats stats;
    nbt_idmap by_ip;
    nbt_simadapter *adapter; /* [0] is nobody, here and below */
    nbt_simsegment *segment;
    uint32_t *host; /* its first adapter */
    size_t nadapters, nsegments, nhosts, adapters_cap, segments_cap, hosts_cap;
} nbt_simwire;

void nbt_simwire_init(nbt_simwire *w, nbt_mem mem, uint64_t seed, bool keep);
void nbt_simwire_fini(nbt_simwire *w);

uint32_t nbt_simwire_segment(nbt_simwire *w, const nbt_simlink *link);
uint32_t nbt_simwire_host(nbt_simwire *w);

/* An adapter of a host on a segment: of `cfg` it takes lana, ip and broadcast. The address must be
 * new. */
uint32_t nbt_simwire_adapter(nbt_simwire *w, uint32_t host, uint32_t segment,
                             const nbt_lana_cfg *cfg);

/* The adapter of that address, 0 if there is none. */
uint32_t nbt_simwire_find(const nbt_simwire *w, uint32_t ip);

/* The adapter from which a host sends to an address: the one of address `from`, if that is not 0;
 * else one on the same segment, else its first. 0 if it has none. */
uint32_t nbt_simwire_choose(const nbt_simwire *w, uint32_t host, uint32_t from, uint32_t to);

static inline const nbt_simadapter *nbt_simwire_at(const nbt_simwire *w, uint32_t adapter)
{
    return &w->adapter[adapter];
}

/* The largest IP packet between two adapters, UINT32_MAX if there is no such limit. */
uint32_t nbt_simwire_mtu(const nbt_simwire *w, uint32_t from, uint32_t to);

/* Puts an adapter on a side of its segment; takes its power away, or gives it. */
void nbt_simwire_side(nbt_simwire *w, uint32_t adapter, uint32_t side);
void nbt_simwire_down(nbt_simwire *w, uint32_t adapter, bool down);

/* Whether something sent to `ip` from this adapter is for all on its segment. */
bool nbt_simwire_is_broadcast(const nbt_simwire *w, uint32_t adapter, uint32_t ip);

/*
 * Sends one datagram's copy from an adapter to another: how many arrive (0, 1, 2), and how long
 * each takes. Within a host one arrives at once.
 */
unsigned nbt_simwire_datagram(nbt_simwire *w, uint32_t from, uint32_t to, nbt_time takes[2]);

/* The same for a piece of a stream, of which at most one arrives; false if none does. */
bool nbt_simwire_piece(nbt_simwire *w, uint32_t from, uint32_t to, nbt_time *takes);

/* Shows a frame to the observer; its segment is that of adapter `from`. `f->data` is copied. */
void nbt_simwire_show(nbt_simwire *w, uint32_t from, const nbt_simframe *f);

/* The oldest frame that was not pulled yet; it holds until the next pull. NULL: none. */
const nbt_simframe *nbt_simwire_frame(nbt_simwire *w);

#endif
