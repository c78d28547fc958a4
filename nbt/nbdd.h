/*
 * The datagram distribution server (NBDD; RFC 1001 11.2, 17.3, RFC 1002 5.3.4): nodes that do not
 * broadcast send it the datagrams for a group or for everybody, and it passes them on to each node
 * that the name server knows for a member. It passes packets on as they are, neither reads their
 * data nor puts fragments together, and gives no other feedback than an answer to a question.
 */
#ifndef NBT_NBDD_H
#define NBT_NBDD_H

#include "nbt/act.h"
#include "nbt/dgm.h"
#include "nbt/nbns.h"

enum {
    NBT_NBDD_PASSED_MAX = 64, /* datagrams that are remembered for an error about one (D39) */
};

typedef struct nbt_nbdd_cfg {
    nbt_mem mem;
    const nbt_nbns *records;    /* borrowed: who is a member of what */
    const nbt_nbns_lana *lanas; /* copied; 1 to NBT_NBNS_LANAS_MAX */
    size_t nlanas;
    nbt_time timeout;   /* FRAGMENT_TO: how long the rest of a datagram is awaited */
    size_t max_pending; /* datagrams whose rest is awaited; with more, the oldest is forgotten */
    size_t max_copies;  /* of one packet */
    bool not_back;  /* a member's datagram does not come back to it (D38; the RFC says "each") */
    bool strangers; /* who has not registered the name that it sends from is served, too */
} nbt_nbdd_cfg;

typedef struct nbt_nbdd nbt_nbdd;

/* NULL without memory. */
nbt_nbdd *nbt_nbdd_new(const nbt_nbdd_cfg *cfg);
void nbt_nbdd_free(nbt_nbdd *s);

/*
 * Whether a packet to port 138 is for the server and not for a computer at the same address: what
 * was sent to that address alone by a node that does not broadcast, and is not for one name; and
 * questions. What the server itself has sent there is the computer's.
 */
bool nbt_nbdd_takes(const nbt_nbdd *s, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data);

/* A packet to port 138. What it does not take is ignored. */
void nbt_nbdd_rx(nbt_nbdd *s, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                 nbt_out *out);

void nbt_nbdd_tick(nbt_nbdd *s, nbt_time now);
nbt_time nbt_nbdd_due(const nbt_nbdd *s);

/* What has happened since the start. */
typedef struct nbt_nbdd_stats {
    uint64_t received, copies; /* packets taken, and sent on */
    uint64_t questions;        /* answered */
    uint64_t dropped;          /* nobody's, without a member, from strangers, without a beginning */
} nbt_nbdd_stats;

const nbt_nbdd_stats *nbt_nbdd_counts(const nbt_nbdd *s);

#endif
