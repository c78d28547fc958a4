/*
 * TCP on the simulated wires: connections as reliable streams in order, which arrive in pieces of
 * any size. What is lost on the wire is sent again later; what stays lost breaks the connection.
 *
 * It has the four entrances of every object (act.h), and the reports are pulled: one tick carries
 * out the one thing that is next and gives the report that comes of it, so that whoever gets a
 * report can still change what comes after.
 */
#ifndef NBT_SIMTCP_H
#define NBT_SIMTCP_H

#include "nbt/heap.h"
#include "nbt/simwire.h"

enum {
    NBT_SIMTCP_WINDOW = 65535, /* octets under way and not yet taken, in each direction */
    NBT_SIMTCP_MSS = 1460,
    NBT_SIMTCP_SYN_TRIES = 3,    /* at 0, 1, 3 s; over at 7 s */
    NBT_SIMTCP_DATA_TRIES = 8,   /* at 0, 0.2, 0.6, ... 25.4 s; over at 51 s */
    NBT_SIMTCP_PROBE = NBT_S(5), /* between questions to a peer that takes nothing */
};

/* Every piece before it leaves: false has it lost on the way; `*more` is how much longer it takes.
 * Its octets may be changed. `ctx` is the network's. */
typedef bool nbt_simtcp_tap(void *ctx, uint32_t from, nbt_simframe *f, uint8_t *data,
                            nbt_time *more);

/* Something to tell an object. ev.data holds until the next tick. */
typedef struct nbt_simtcp_report {
    uint32_t obj;
    nbt_tcp_ev ev;
} nbt_simtcp_report;

typedef struct nbt_simtcp {
    nbt_mem mem;
    nbt_rng rng;
    nbt_simwire *wire;   /* borrowed */
    nbt_simtcp_tap *tap; /* NULL: none */
    void *tap_ctx;
    bool cut;    /* pieces of any size, drawn */
    bool acks;   /* what has arrived is acknowledged, for who looks on */
    bool failed; /* there was no memory: the run is void */
    nbt_heap due;
    nbt_idmap listeners; /* address and port to object */
    nbt_idmap numbers;   /* object and its number to connection and side */
    struct nbt_simtcp_conn *conn;
    struct nbt_simtcp_event *event;
    size_t nconns, conns_cap, nevents, events_cap;
    uint32_t free_conn, free_event; /* lists of places, 0 ends them */
    uint32_t last_accepted;         /* connection number */
    uint16_t last_port;
    struct nbt_simtcp_piece *spent; /* what the last report shows */
} nbt_simtcp;

void nbt_simtcp_init(nbt_simtcp *t, nbt_mem mem, nbt_simwire *wire, uint64_t seed, bool cut);
void nbt_simtcp_fini(nbt_simtcp *t);

/*
 * Carries out one TCP action of an object on a host. TCP_LISTEN with ip 0 listens on the addresses
 * that the host has now; a port that is taken stays with its first taker. Actions for connections
 * that are gone do nothing, since the report may be under way.
 */
void nbt_simtcp_do(nbt_simtcp *t, nbt_time now, uint32_t obj, uint32_t host, const nbt_act *act,
                   nbt_bytes data);

/* The other end of an object's connection: whose it is and the number that it has there. False if
 * there is none, or no more. */
bool nbt_simtcp_peer(const nbt_simtcp *t, uint32_t obj, uint32_t number, uint32_t *peer,
                     uint32_t *peer_number);

/*
 * An object is no more: it no longer listens, and its connections are gone. `silent`: nobody is
 * told, since its host has no power; else their peers get RST.
 */
void nbt_simtcp_gone(nbt_simtcp *t, nbt_time now, uint32_t obj, bool silent);

/* Does the one thing that is next, if its time has come; true: there is a report. */
bool nbt_simtcp_tick(nbt_simtcp *t, nbt_time now, nbt_simtcp_report *report);

static inline nbt_time nbt_simtcp_due(const nbt_simtcp *t)
{
    return nbt_heap_due(&t->due);
}

#endif
