/*
 * The inside of the simulated network, shared by simnet*.c: what is on its way, and what is known
 * of hosts and objects.
 */
#ifndef NBT_SIMNET_IMPL_H
#define NBT_SIMNET_IMPL_H

#include "nbt/heap.h"
#include "nbt/simnet.h"

/* An object at its host. Its numbers are those of the array; 0 is none, as everywhere here. */
typedef struct nbt_simobject {
    const nbt_simnet_ops *ops; /* NULL: it was taken away */
    void *self;
    uint32_t host, proc;
    uint32_t next; /* the next object of its host */
    nbt_time wake; /* when the tick comes that counts; NBT_NEVER: there is none */
} nbt_simobject;

/* A datagram's bytes, shared by all copies that are under way. */
typedef struct nbt_simpacket {
    uint32_t copies;
    bool looked_at; /* `hearsay` says what it is */
    nbt_hearsay hearsay;
    nbt_ep from, to;
    size_t n;
    uint8_t b[];
} nbt_simpacket;

/* A control block between a program and its driver. */
typedef struct nbt_simletter {
    nbt_act act;
    uint32_t from; /* an object */
    uint32_t proc;
    size_t n;
    uint8_t b[];
} nbt_simletter;

/* A host: its objects, its clock, and the frame that waits for the next one to the same address. */
typedef struct nbt_simsite {
    uint32_t first;         /* object */
    nbt_time ahead;         /* of its clock */
    nbt_simpacket *waiting; /* NULL: none, from adapter `from` */
    uint32_t from;
} nbt_simsite;

/* What is known of an adapter's host without asking its objects: most broadcasts concern nobody,
   and in a large network that is most of what happens. */
typedef struct nbt_simear {
    nbt_heard hears;
    nbt_overheard overheard; /* and not told yet */
    bool known;              /* `hears` is what the objects would say now */
} nbt_simear;

typedef enum nbt_simevent_kind {
    NBT_SIMEVENT_RX,   /* `packet` reaches adapter `whom` */
    NBT_SIMEVENT_ALL,  /* `packet` reaches the first `n` adapters of the segment of its sender,
                          `whom` */
    NBT_SIMEVENT_LATE, /* host `whom` sends the frame that waits, if it is still `packet` */
    NBT_SIMEVENT_TICK, /* object `whom` wanted to be called */
    NBT_SIMEVENT_NCB,  /* `letter` reaches object `whom` */
} nbt_simevent_kind;

typedef struct nbt_simevent {
    nbt_simevent_kind kind;
    uint32_t whom, n;
    nbt_time at;
    nbt_simpacket *packet;
    nbt_simletter *letter;
    uint32_t next_free;
} nbt_simevent;

struct nbt_simnet {
    nbt_simnet_cfg cfg;
    nbt_time now;
    nbt_simwire wire;
    nbt_simtcp tcp;
    nbt_heap due;
    nbt_out out;
    nbt_fifo effects;
    nbt_simobject *object;
    nbt_simsite *site; /* by host */
    nbt_simear *ear;   /* by adapter */
    nbt_simevent *event;
    size_t nobjects, nevents, objects_cap, sites_cap, ears_cap, events_cap;
    uint32_t free_event; /* a list of places, 0 ends it */
    bool overheard;      /* by somebody, since all were told last */
    bool failed;
};

/* --- simnet.c ----------------------------------------------------------------------------- */

/* One copy less; the last one takes the bytes along. */
void nbt_simnet_drop_copy(nbt_simnet *net, nbt_simpacket *p);

/* False without memory: it will not happen. */
bool nbt_simnet_schedule(nbt_simnet *net, nbt_time at, const nbt_simevent *ev);

/* --- simnet_send.c ------------------------------------------------------------------------ */

/* The frame that waits at a host leaves, and arrives no earlier than `floor`. */
void nbt_simnet_send_waiting(nbt_simnet *net, uint32_t host, nbt_time floor);

/* --- simnet_hear.c ------------------------------------------------------------------------ */

/* Whether nobody at an adapter has to be called for a packet: it is then only counted. */
bool nbt_simnet_is_overheard(nbt_simnet *net, uint32_t adapter, const nbt_simadapter *a,
                             nbt_simpacket *p);

/* Tells a host's objects what they were not called for. */
void nbt_simnet_tell_overheard(nbt_simnet *net, uint32_t host);

/* A host's objects may have changed what they hear. */
void nbt_simnet_ask_again(nbt_simnet *net, uint32_t host);

#endif
