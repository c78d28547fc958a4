/*
 * Faults by meaning: which message one acts upon, and what becomes of it. One decision for the
 * simulated network and for a real one; carrying it out is the network's.
 */
#ifndef SCENE_FAULT_H
#define SCENE_FAULT_H

#include "tools/scene/pattern.h"

/* What becomes of one message. Several faults can act upon it, in the order of the file. */
typedef struct scene_fate {
    bool drop;
    bool behind;     /* it comes behind the next message of its sender to the same receiver */
    nbt_time more;   /* so much later than it would */
    uint32_t copies; /* beside itself, */
    nbt_time later;  /* and so much later than it */
    bool corrupted;  /* octets have been changed where they stand */
} scene_fate;

typedef struct scene_faults scene_faults;

/* How one fault stands. Equal ones do the same from now on. */
typedef struct scene_acting {
    bool on;
    uint32_t fitted; /* messages so far, as far as it still matters how many */
    nbt_time since;
} scene_acting;

/* The faults of a scene, which is borrowed; those that no step begins act at once. NULL: no memory.
 */
scene_faults *scene_faults_new(nbt_mem mem, const scene *s);
void scene_faults_free(scene_faults *f);

/* As at the start: nothing counted, steps not taken. */
void scene_faults_reset(scene_faults *f);

/* A step begins fault `index`, from its first message on; or ends it. Times since the start. */
void scene_faults_begin(scene_faults *f, uint32_t index, nbt_time now);
void scene_faults_end(scene_faults *f, uint32_t index);

/* How all of them stand, and that they stand so: `of` has as many as the scene. For who goes
 * different ways from one moment. */
void scene_faults_save(const scene_faults *f, scene_acting *of);
void scene_faults_load(scene_faults *f, const scene_acting *of);

/* Whether any could act now: else nobody needs to read messages for them. */
bool scene_faults_any(const scene_faults *f);

/*
 * A message is sent: its fate. `data` is what is sent, `n` octets, and sent->msg what it reads as;
 * corruption changes `data` in place and leaves its length, so that sent->msg is stale after it.
 * A field that the message has not stays as it is.
 */
scene_fate scene_faults_meet(scene_faults *f, nbt_time now, const scene_sent *sent, uint8_t *data,
                             size_t n);

#endif
