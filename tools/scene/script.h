/*
 * The order of a scenario's steps: which is to be carried out now, and when it is all over. It
 * carries nothing out: whoever runs a scenario asks it, and tells the judge what came of it.
 *
 * Steps are done one after the other, each at its time; an await is over when the judge has seen
 * what it waits for. One that sees nothing in time fails, and no further step is done.
 */
#ifndef SCENE_SCRIPT_H
#define SCENE_SCRIPT_H

#include "tools/scene/judge.h"

typedef struct scene_script {
    const scene *s;
    scene_judge *judge;
    uint32_t at;    /* the step that is next */
    nbt_time ended; /* when the one before it ended */
    nbt_time due;   /* when it is to happen, or its waiting is over; or when all is over */
    bool missed;    /* step `at` is an await that has failed */
    bool waiting;   /* step `at` is an await that has begun */
} scene_script;

/* At time 0. Both are borrowed; the judge was made or reset for this scene. */
void scene_script_init(scene_script *k, const scene *s, scene_judge *judge);

/*
 * The step to be carried out now, NULL if there is none. It counts as ended with this call. To be
 * asked again until it gives none, whenever something has happened or the script is due.
 */
const scene_step *scene_script_next(scene_script *k, nbt_time now);

/* When to ask again at the latest, if nothing happens; when it is over, the end's time. */
static inline nbt_time scene_script_due(const scene_script *k)
{
    return k->due;
}

/* All steps have been done or given up, and the scenario's time is over. */
bool scene_script_is_over(const scene_script *k, nbt_time now);

#endif
