/*
 * The inside of a datagram distribution server, for nbdd.c and for its digest (digests.c).
 */
#ifndef NBT_NBDD_IMPL_H
#define NBT_NBDD_IMPL_H

#include "nbt/nbdd.h"

/* A datagram of which more is to come (D36). */
typedef struct nbt_nbdd_started {
    struct nbt_nbdd_started *next;
    nbt_time due;
    uint32_t ip; /* who sends it */
    nbt_ep source;
    uint16_t id;
    nbt_name to;
} nbt_nbdd_started;

/* One that was passed on. */
typedef struct nbt_nbdd_passed {
    bool used;
    uint16_t id;
    nbt_name to;
} nbt_nbdd_passed;

struct nbt_nbdd {
    nbt_nbdd_cfg cfg;
    nbt_nbns_lana lanas[NBT_NBNS_LANAS_MAX];
    nbt_nbdd_stats stats;
    nbt_nbdd_started *first; /* in the order in which they came */
    size_t nstarted;
    nbt_nbdd_passed passed[NBT_NBDD_PASSED_MAX]; /* a ring */
    uint32_t npassed;
    size_t ncopies;
    uint32_t copies[]; /* where the packet at hand goes: addresses, rising */
};

#endif
