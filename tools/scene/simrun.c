/*
 * The run: what the script wants and what the world does, in the order of their times.
 */
#include "tools/scene/simrun.h"

#include <string.h>

static void on_event(void *ctx, const scene_event *ev)
{
    simrun *r = ctx;
    if (r->over)
        return; /* it only settles */
    r->messages += ev->kind == SCENE_EV_MESSAGE;
    scene_judge_event(r->judge, ev);
    if (r->cfg.log)
        scene_log_event(r->cfg.log, ev);
}

static uint64_t on_frame(void *ctx, const nbt_simframe *f)
{
    const simrun *r = ctx;
    return r->over ? 0 : r->cfg.frame(r->cfg.ctx, f);
}

bool simrun_init(simrun *r, const simrun_cfg *cfg)
{
    *r = (simrun){ .cfg = *cfg };
    simworld_cfg world = { .mem = cfg->mem,
                           .scene = cfg->scene,
                           .seed = cfg->seed,
                           .acks = cfg->frame,
                           .ctx = r,
                           .event = on_event };
    world.frame = cfg->frame ? on_frame : NULL;
    r->world = simworld_new(&world);
    if (!r->world)
        return false;
    scene_view view = simworld_view(r->world);
    r->judge = scene_judge_new(cfg->mem, cfg->scene, &view);
    if (!r->judge)
        return false;
    scene_script_init(&r->script, cfg->scene, r->judge);
    simworld_begin(r->world);
    scene_judge_look(r->judge, 0);
    return true;
}

void simrun_fini(simrun *r)
{
    scene_judge_free(r->judge);
    simworld_free(r->world);
}

static void judge_invariants(simrun *r, nbt_time now)
{
    for (unsigned i = 0; i < SCENE_INVARIANTS; i++) {
        if (r->broken[i] || r->cfg.scene->allow[i])
            continue;
        r->broken[i] = simworld_breaks(r->world, (scene_invariant)i, &r->breach[i]);
        r->breach[i].at = now;
    }
}

/* Before a step changes something: nothing at all has happened for so long. It costs the square of
 * the number of hosts. */
enum { QUIET = NBT_S(1), QUIET_HOSTS_MAX = 64 };

static void judge_quiet(simrun *r, nbt_time now)
{
    if (now - r->happened >= QUIET && r->cfg.scene->nhosts <= QUIET_HOSTS_MAX)
        judge_invariants(r, now);
    r->happened = now;
}

static void do_steps(simrun *r, nbt_time now)
{
    const scene_step *step;
    while ((step = scene_script_next(&r->script, now))) {
        judge_quiet(r, now);
        simworld_do(r->world, step);
        scene_judge_look(r->judge, now);
    }
}

bool simrun_go(simrun *r, uint32_t n)
{
    for (; n > 0 && !r->over; n--) {
        nbt_time now = simworld_now(r->world);
        do_steps(r, now);
        if (scene_script_is_over(&r->script, now)) {
            scene_judge_end(r->judge, now);
            judge_invariants(r, now);
            r->end = now;
            r->over = true;
            simworld_settle(r->world);
            return true;
        }
        nbt_time due = scene_script_due(&r->script);
        if (simworld_due(r->world) <= due) {
            simworld_step(r->world);
            r->happened = simworld_now(r->world);
        } else {
            simworld_wait(r->world, due);
        }
        r->events++;
        scene_judge_look(r->judge, simworld_now(r->world));
        if (simworld_failed(r->world))
            return true;
    }
    return r->over;
}

bool simrun_failed(const simrun *r)
{
    return !r->world || !r->judge || simworld_failed(r->world);
}

bool simrun_is_good(const simrun *r)
{
    if (!r->over || simrun_failed(r) || r->script.missed)
        return false;
    for (unsigned i = 0; i < SIMBOOK_FAULTS; i++)
        if (simworld_fault(r->world, (simbook_fault)i)->n > 0)
            return false;
    for (uint32_t i = 0; i < r->cfg.scene->nexpects; i++)
        if (!scene_judge_held(r->judge, i))
            return false;
    for (unsigned i = 0; i < SCENE_INVARIANTS; i++)
        if (r->broken[i])
            return false;
    return true;
}
