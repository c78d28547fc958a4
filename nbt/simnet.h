/*
 * A network of computers under a virtual clock and one seed: the same objects that run for real,
 * on wires that delay, lose, double and reorder. Equal seeds give equal runs, to the byte.
 *
 * Hosts stand on segments with their adapters (simwire.h); objects run on hosts: a computer, a
 * name server, an application. What an object wants done is carried out here: datagrams and
 * streams go over the wires, control blocks from a program to its host's driver and back. What is
 * meant for nobody in the network waits to be pulled.
 */
#ifndef NBT_SIMNET_H
#define NBT_SIMNET_H

#include "nbt/computer.h"
#include "nbt/nbdd.h"
#include "nbt/nbns.h"
#include "nbt/simtcp.h"
#include "nbt/simwire.h"

/*
 * What an object can do; what it cannot is NULL. Each appends to `out`, which is carried out when
 * it has returned. `due` is asked after every call.
 */
typedef struct nbt_simnet_ops {
    /* A UDP datagram reached one of its host's adapters. */
    void (*rx)(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
               nbt_out *out);
    /* Those that hear broadcasts: which they have to be called for, and how many others there were
     * before they are called next (nbt_node_hears, nbt_node_overheard). NULL: all of them. */
    nbt_heard (*hears)(const void *obj, uint8_t lana);
    void (*overheard)(void *obj, uint8_t lana, const nbt_overheard *o);
    /* Something happened to one of its TCP connections. */
    void (*tcp)(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out);
    /* Drivers: a program on the host submits a control block. */
    void (*submit)(void *obj, nbt_time now, uint32_t proc, uint32_t tag, const nbt_ncb *ncb,
                   nbt_bytes data, nbt_out *out);
    /* Programs: the driver answers one. */
    void (*ncb)(void *obj, nbt_time now, nbt_ipc_kind kind, uint32_t tag, const nbt_ncb *ncb,
                nbt_bytes data, nbt_out *out);
    /* Drivers: program `proc` is no more. Programs: their driver is no more; proc is 0. */
    void (*gone)(void *obj, nbt_time now, uint32_t proc, nbt_out *out);
    void (*tick)(void *obj, nbt_time now, nbt_out *out);
    nbt_time (*due)(const void *obj);
} nbt_simnet_ops;

/* An nbt_computer, an nbt_nbns; an nbt_nbdd, on the host of the name server whose records it has,
 * and without a computer. */
extern const nbt_simnet_ops nbt_simnet_computer;
extern const nbt_simnet_ops nbt_simnet_nbns;
extern const nbt_simnet_ops nbt_simnet_nbdd;

/* A computer that is a name server, too (nbt/both.h): two objects of one host, in either order,
 * each of which is handed the whole. The one is the host's driver, the other listens at TCP 137. */
typedef struct nbt_simboth {
    nbt_computer *computer;
    nbt_nbns *server;
} nbt_simboth;

extern const nbt_simnet_ops nbt_simnet_both_computer;
extern const nbt_simnet_ops nbt_simnet_both_server;

/* What is to become of a frame, beside what the wires do to it. All zero: nothing. */
typedef struct nbt_simfate {
    bool drop;   /* nobody gets it */
    bool behind; /* UDP: it leaves behind the next frame of its host, or in NBT_SIMNET_PATIENCE */
    uint32_t again; /* UDP: so many more like it leave with it, */
    nbt_time later; /*      each so much longer on its way than it */
    nbt_time more;  /* so much longer on its way */
    nbt_bytes data; /* in place of its own, if not NULL; as many octets, in a stream. It holds until
                     * the tap is called again */
} nbt_simfate;

#define NBT_SIMNET_PATIENCE NBT_S(10)

typedef struct nbt_simnet_cfg {
    nbt_mem mem;
    uint64_t seed;
    bool no_echo; /* a sender does not hear its own broadcasts, as its socket does on Linux */
    bool cut;     /* streams arrive in pieces of any size */
    bool frames;  /* keep frames, for nbt_simnet_frame; they pile up until they are pulled */
    bool acks;    /* of streams, show acknowledgements, too */
    bool traces;  /* keep traces, for nbt_simnet_next; the same */
    /* Asked about each frame that leaves a host; NULL: nobody is. It must not use the network. */
    void (*tap)(void *ctx, const nbt_simframe *f, nbt_simfate *fate);
    void *tap_ctx;
} nbt_simnet_cfg;

typedef struct nbt_simnet nbt_simnet;

/* NULL without memory. The clock starts at 0. */
nbt_simnet *nbt_simnet_new(const nbt_simnet_cfg *cfg);

/* The objects are their owners', and are left alone. */
void nbt_simnet_free(nbt_simnet *net);

/*
 * Builds the network, at any time. Each gives the number of the new thing, from 1 on; 0 without
 * memory. An adapter takes its lana, ip and broadcast from `cfg`; its address must be new.
 */
uint32_t nbt_simnet_segment(nbt_simnet *net, const nbt_simlink *link);
uint32_t nbt_simnet_host(nbt_simnet *net);
uint32_t nbt_simnet_adapter(nbt_simnet *net, uint32_t host, uint32_t segment,
                            const nbt_lana_cfg *cfg);

/*
 * Puts an object on a host. `proc`: the program that it is to the driver on this host, 0 if it is
 * none. The first object with `submit` is the host's driver. `ops` and `obj` are borrowed and must
 * outlive the network.
 */
uint32_t nbt_simnet_attach(nbt_simnet *net, uint32_t host, uint32_t proc, const nbt_simnet_ops *ops,
                           void *obj);

/*
 * Takes an object away: nothing reaches it any more, and it may be freed. Its connections are reset
 * and, if it was a program or a driver, its driver or programs are told that it is gone.
 */
void nbt_simnet_detach(nbt_simnet *net, uint32_t obj);

/*
 * Switches a host off or on. Off: all its objects are taken away without a word, what it sends and
 * what would reach it is lost. On: objects can be attached to it again.
 */
void nbt_simnet_power(nbt_simnet *net, uint32_t host, bool on);

/* Sends a datagram that no object of the host has asked for. As from a socket of any address, one
 * from ip 0 comes from the adapter that it leaves by. */
void nbt_simnet_send(nbt_simnet *net, uint32_t host, nbt_ep from, nbt_ep to, nbt_bytes data);

/* A host's clock jumps ahead: to its objects it is so much later from now on. */
void nbt_simnet_jump(nbt_simnet *net, uint32_t host, nbt_time ahead);

/* What a host's clock shows: the time to call its objects with. */
nbt_time nbt_simnet_clock(const nbt_simnet *net, uint32_t host);

/* The largest IP packet that passes a segment, 0: any. Longer datagrams are lost. */
void nbt_simnet_mtu(nbt_simnet *net, uint32_t segment, uint32_t mtu);

/* Has an object take connections on an address of its host (ip 0: on all that it has now). */
void nbt_simnet_listen(nbt_simnet *net, uint32_t obj, nbt_ep at);

/* From now on the segment does this to frames. */
void nbt_simnet_relink(nbt_simnet *net, uint32_t segment, const nbt_simlink *link);

/* Puts an adapter on a side of its segment (0: where all are at first). What is under way arrives.
 */
void nbt_simnet_side(nbt_simnet *net, uint32_t adapter, uint32_t side);

/* The object at the other end of an object's connection, and its number for it. False: there is
 * none, or no more. */
bool nbt_simnet_peer(const nbt_simnet *net, uint32_t obj, uint32_t conn, uint32_t *peer,
                     uint32_t *peer_conn);

/*
 * For entrances that the network does not know, such as nbt_computer_do: begin gives the list to
 * call them with, at time nbt_simnet_clock; end carries out what they wanted. Nothing between the
 * two but that one call.
 */
nbt_out *nbt_simnet_begin(nbt_simnet *net);
void nbt_simnet_end(nbt_simnet *net, uint32_t obj);

nbt_time nbt_simnet_now(const nbt_simnet *net);

/* When the next thing happens, NBT_NEVER if nothing will. */
nbt_time nbt_simnet_due(const nbt_simnet *net);

/* Lets the next thing happen; false if there is none. */
bool nbt_simnet_step(nbt_simnet *net);

/* Lets everything happen up to and including a time, to which the clock is then set. */
void nbt_simnet_run(nbt_simnet *net, nbt_time until);

/* What an object wanted of somebody outside the network: ACCEPTED and DONE of programs that are not
 * objects, APP, and TRACE if traces are kept. */
typedef struct nbt_simnet_effect {
    nbt_time at;
    uint32_t obj; /* whose */
    nbt_act act;  /* its data is in `data` */
    nbt_bytes data;
} nbt_simnet_effect;

/* The oldest effect that was not pulled yet; it holds until the next pull. NULL: none. */
const nbt_simnet_effect *nbt_simnet_next(nbt_simnet *net);

/* The oldest frame that was not pulled yet, if frames are kept; it holds until the next pull. */
const nbt_simframe *nbt_simnet_frame(nbt_simnet *net);

const nbt_simwire_stats *nbt_simnet_stats(const nbt_simnet *net);

/* There was no memory somewhere: something was dropped, and the run means nothing. */
bool nbt_simnet_failed(const nbt_simnet *net);

#endif
