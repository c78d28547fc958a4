/*
 * What an object's future depends on, as a digest: two objects of one making with equal digests
 * answer equal stimuli alike from now on, and have equal digests then. What only counts or
 * remembers for people (statistics, traces, room that was taken once) is left out.
 */
#ifndef NBT_DIGESTS_H
#define NBT_DIGESTS_H

#include "nbt/computer.h"
#include "nbt/digest.h"
#include "nbt/nbdd.h"
#include "nbt/nbns.h"

/* A node whose events have been pulled, and that has no answer coming by TCP. */
void nbt_digest_node(nbt_digest *d, const nbt_node *node);

/* A computer; its sessions with it, and what has arrived on them. */
void nbt_digest_computer(nbt_digest *d, const nbt_computer *c);

/* A distribution server, without the records that it borrows. */
void nbt_digest_nbdd(nbt_digest *d, const nbt_nbdd *s);

/* A name server without connections that is ticked when nbt_nbns_soonest says so. Its clock has
 * seconds that begin when they begin: their part that has passed counts. */
void nbt_digest_nbns(nbt_digest *d, const nbt_nbns *s);

#endif
