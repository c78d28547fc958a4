#include "tools/scene/script.h"

/* When step `at` is to happen, or the end; not before the step before it has ended. */
static nbt_time time_of(const scene_script *k)
{
    if (k->missed || k->at >= k->s->nsteps) {
        bool relative = k->missed || k->s->end_relative;
        nbt_time end = relative ? k->ended + (k->s->end_relative ? k->s->end : 0) : k->s->end;
        return end > k->ended ? end : k->ended;
    }
    const scene_step *step = &k->s->step[k->at];
    nbt_time at = step->relative ? k->ended + step->at : step->at;
    return at > k->ended ? at : k->ended;
}

static void go_on(scene_script *k, nbt_time now)
{
    scene_judge_event(k->judge, &(scene_event){ .kind = SCENE_EV_STEP, .at = now, .index = k->at });
    k->at++;
    k->ended = now;
    k->waiting = false;
    k->due = time_of(k);
}

void scene_script_init(scene_script *k, const scene *s, scene_judge *judge)
{
    *k = (scene_script){ .s = s, .judge = judge };
    k->due = time_of(k);
}

/* Whether the await that is next is over, fulfilled or missed. */
static bool await(scene_script *k, nbt_time now)
{
    const scene_step *step = &k->s->step[k->at];
    if (!k->waiting) {
        k->waiting = true;
        k->due = now + step->limit;
        scene_judge_begin(k->judge, k->at, now);
    }
    if (scene_judge_saw(k->judge, k->at)) {
        go_on(k, now);
        return true;
    }
    if (now < k->due)
        return false;
    k->missed = true;
    k->waiting = false;
    k->ended = now;
    k->due = time_of(k);
    return true;
}

const scene_step *scene_script_next(scene_script *k, nbt_time now)
{
    while (!k->missed && k->at < k->s->nsteps) {
        const scene_step *step = &k->s->step[k->at];
        if (!k->waiting && now < k->due)
            return NULL;
        if (step->what == SCENE_DO_AWAIT) {
            if (!await(k, now))
                return NULL;
            continue;
        }
        scene_judge_begin(k->judge, k->at, now);
        go_on(k, now);
        return step;
    }
    return NULL;
}

bool scene_script_is_over(const scene_script *k, nbt_time now)
{
    return (k->missed || k->at >= k->s->nsteps) && now >= k->due;
}
