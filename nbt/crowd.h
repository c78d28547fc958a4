/*
 * Many computers at one place: thousands of them behind a few sockets. A crowd is to the world what
 * one computer is, with the same entrances; it finds out whom a packet or a connection is for, and
 * calls nobody whom a broadcast does not concern. What becomes of it is the computers' affair.
 *
 * What a computer wants done is in the list as it said it, but for this: `member` says whose it is;
 * `lana` of what is sent or opened is a wire of the crowd, not an adapter of the computer; and
 * connections have numbers of the crowd's. A trace comes from (`from`) its adapter's address.
 */
#ifndef NBT_CROWD_H
#define NBT_CROWD_H

#include "nbt/computer.h"
#include "nbt/own.h"

typedef struct nbt_crowd nbt_crowd;

typedef struct nbt_crowd_cfg {
    nbt_mem mem;
    bool traces; /* those of the computers are passed on */
    /* How many computers are called in one tick at most, the others in the next, which is due at
       once: so that the world can take in what some have said before the others speak. 0: all. */
    uint32_t burst;
} nbt_crowd_cfg;

/* NULL without memory. */
nbt_crowd *nbt_crowd_new(const nbt_crowd_cfg *cfg);

/* The computers go with it. */
void nbt_crowd_free(nbt_crowd *c);

/*
 * One more computer, whose i-th adapter is on wire wires[i]. `own`: the names that it will claim
 * for itself; copied. Gives its number, from 1 on; 0 without memory, or if one of its addresses is
 * another member's already.
 */
uint32_t nbt_crowd_add(nbt_crowd *c, const nbt_computer_cfg *cfg, const uint8_t *wires,
                       const nbt_own *own);

/* Switches a computer on: it begins to claim its own names. Once. */
void nbt_crowd_boot(nbt_crowd *c, nbt_time now, uint32_t member, nbt_out *out);

/* The same of a member as nbt_computer_do and nbt_computer_gone; proc is not 0. */
void nbt_crowd_do(nbt_crowd *c, nbt_time now, uint32_t member, uint32_t proc, uint32_t tag,
                  const nbt_ncb *ncb, nbt_bytes data, nbt_out *out);
void nbt_crowd_gone(nbt_crowd *c, nbt_time now, uint32_t member, uint32_t proc, nbt_out *out);

/*
 * Gives all names of a computer back and ends its sessions, as when it is switched off in order;
 * the releases take their time: nbt_crowd_idle.
 */
void nbt_crowd_shut(nbt_crowd *c, nbt_time now, uint32_t member, nbt_out *out);

/* A UDP datagram arrived by a wire, for one member or broadcast. Own broadcasts are to come back,
 * as they do from a real network: that is how the members hear each other. */
void nbt_crowd_rx(nbt_crowd *c, nbt_time now, uint8_t wire, nbt_ep from, nbt_ep to, nbt_bytes data,
                  nbt_out *out);

/* Something happened to a connection; an accepted one is whose address is ev->local. For nobody:
 * ABORT. */
void nbt_crowd_tcp(nbt_crowd *c, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out);

void nbt_crowd_tick(nbt_crowd *c, nbt_time now, nbt_out *out);
nbt_time nbt_crowd_due(const nbt_crowd *c);

/* The computer of a number, NULL if there is none: to be looked at. And who has an address, 0:
 * nobody. */
const nbt_computer *nbt_crowd_computer(const nbt_crowd *c, uint32_t member);
uint32_t nbt_crowd_whose(const nbt_crowd *c, uint32_t ip);

/* How far a member has come; OFF, too, for one that is shut. */
typedef enum nbt_crowd_stage { NBT_CROWD_OFF, NBT_CROWD_BOOTING, NBT_CROWD_UP } nbt_crowd_stage;

nbt_crowd_stage nbt_crowd_stage_of(const nbt_crowd *c, uint32_t member);

/* What has become of the computers' own names so far. */
typedef struct nbt_crowd_names {
    uint32_t members, booted, settled; /* settled: all their names were obtained or refused */
    uint32_t obtained, refused;
} nbt_crowd_names;

nbt_crowd_names nbt_crowd_own_names(const nbt_crowd *c);

/* Whether no member has anything under way that will end by itself (nbt_computer_idle). */
bool nbt_crowd_idle(const nbt_crowd *c);

#endif
