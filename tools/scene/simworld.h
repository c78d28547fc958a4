/*
 * The hosts and programs of a scenario on a simulated network: what its steps do to them, what
 * faults do to their messages, and what all of them say, as events (event.h). Who decides which
 * step is next is script.h, and who makes something of the events judge.h.
 *
 * When a host is up, that is when its own names are obtained or refused, its programs start, but
 * for viewers and for those that are off. A program that runs is an object of the network; the
 * console's places that viewers want are their host's. Steps that cannot be done, as something
 * typed into a viewer that has ended, do nothing.
 */
#ifndef SCENE_SIMWORLD_H
#define SCENE_SIMWORLD_H

#include "nbt/simnet.h"
#include "tools/scene/event.h"
#include "tools/scene/judge.h"
#include "tools/scene/simbook.h"

typedef struct simworld_cfg {
    nbt_mem mem;
    const scene *scene; /* borrowed, as long as the world */
    uint64_t seed;
    bool acks;   /* frames are to have the acknowledgements of TCP */
    bool states; /* the events of TRACE are wanted */
    void *ctx;
    void (*event)(void *ctx, const scene_event *ev);
    /* NULL, or told of each frame; gives its number from 1 on, which events then have. */
    uint64_t (*frame)(void *ctx, const nbt_simframe *f);
} simworld_cfg;

typedef struct simworld simworld;

/* Everything is there and nothing has begun. NULL without memory. */
simworld *simworld_new(const simworld_cfg *cfg);
void simworld_free(simworld *w);

/* The hosts that are not off start. Once. */
void simworld_begin(simworld *w);

/* Carries out a step other than AWAIT, now. One with a control block is a step of the scene. */
void simworld_do(simworld *w, const scene_step *step);

nbt_time simworld_now(const simworld *w);

/* When something is next to happen, NBT_NEVER if nothing will. */
nbt_time simworld_due(const simworld *w);

/* Lets the next thing happen; or lets time pass until something does. */
void simworld_step(simworld *w);
void simworld_wait(simworld *w, nbt_time until);

/* How things stand, for the judge. */
scene_view simworld_view(simworld *w);

/*
 * Whether an invariant does not hold as things stand, and on whom: computers that hear each other
 * now. To be asked when things are quiet; what the scenario allows is the caller's business.
 */
bool simworld_breaks(const simworld *w, scene_invariant what, scene_breach *breach);

/*
 * At the end of a run: what of control blocks and sessions must not have been (simbook.h). Before
 * that the world goes on, up to some minutes and for nobody to see, until every control block has
 * come back that has to.
 */
void simworld_settle(simworld *w);
const simbook_entry *simworld_fault(const simworld *w, simbook_fault fault);

const nbt_simwire_stats *simworld_stats(const simworld *w);

/* There was no memory: the run means nothing. */
bool simworld_failed(const simworld *w);

#endif
