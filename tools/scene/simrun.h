/*
 * One simulated run of a scenario: its world, its script and its judge, from the beginning to the
 * end, under one seed. Equal seeds give equal runs, to the octet.
 */
#ifndef SCENE_SIMRUN_H
#define SCENE_SIMRUN_H

#include "tools/scene/log.h"
#include "tools/scene/script.h"
#include "tools/scene/simworld.h"

typedef struct simrun_cfg {
    nbt_mem mem; /* of all that the run makes */
    const scene *scene;
    uint64_t seed;
    scene_log *log; /* what happens, for people to read; NULL: nobody will */
    /* Of frames, and their acknowledgements: simworld.h. NULL: nobody wants them. */
    void *ctx;
    uint64_t (*frame)(void *ctx, const nbt_simframe *f);
} simrun_cfg;

typedef struct simrun {
    simrun_cfg cfg;
    simworld *world;
    scene_judge *judge;
    scene_script script;
    uint64_t messages, events; /* so far */
    bool over;                 /* the judge has judged */
    nbt_time end;              /* when that was; behind it, the world has only settled */
    nbt_time happened;         /* when something last did */
    /* What must not be when things are quiet, was, and the scenario does not allow it: before a
     * step, or at the end. */
    bool broken[SCENE_INVARIANTS];
    scene_breach breach[SCENE_INVARIANTS];
} simrun;

/* False without memory; simrun_fini in any case. */
bool simrun_init(simrun *r, const simrun_cfg *cfg);
void simrun_fini(simrun *r);

/* Lets up to `n` things happen. True when it is over, or there was no memory. */
bool simrun_go(simrun *r, uint32_t n);

/* There was no memory: what was judged means nothing. */
bool simrun_failed(const simrun *r);

/* It is over, every await was fulfilled, every expectation and every invariant held. */
bool simrun_is_good(const simrun *r);

#endif
