/*
 * Scenarios on the simulated network: one run for each seed, and what came of all of them.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/buf.h"
#include "tools/host/err.h"
#include "tools/host/mem.h"
#include "tools/host/progress.h"
#include "tools/lab/runtool.h"
#include "tools/lab/scenefile.h"
#include "tools/scene/ladder.h"
#include "tools/scene/simarena.h"
#include "tools/scene/simcap.h"
#include "tools/scene/simrun.h"
#include "tools/scene/tell.h"
#include "tools/scene/words.h"

/* One scenario, and what its runs came to. */
typedef struct job {
    const lab_run_plan *plan;
    const char *path;
    scene s;
    simarena arena;
    host_progress *progress;
    scene_tally *tally; /* by expectation */
    scene_tally missed; /* awaits that were not fulfilled */
    scene_tally kept;   /* memory that was not given back */
    scene_tally fault[SIMBOOK_FAULTS];
    scene_tally broken[SCENE_INVARIANTS];
    uint64_t runs, wanted; /* so far; in all, 0 for as many as there are numbers */
    uint64_t messages, events;
    nbt_time virtual_time; /* of all runs together */
    double seconds;
    simcap *capture; /* NULL: nobody wants one */
    bool cut;        /* it was interrupted */
} job;

/* Things that happen between two looks at the clock. */
enum { BATCH = 2000 };

static void show(job *j, const simrun *r)
{
    char text[160];
    if (!host_progress_due(j->progress))
        return;
    nbt_time simulated = j->virtual_time + simworld_now(r->world);
    snprintf(text, sizeof text, "%s: %" PRIu64 " of %" PRIu64 " seeds, %.0f s simulated", j->s.name,
             j->runs, j->wanted, (double)simulated / 1e6);
    host_progress_show(j->progress, (double)j->runs, (double)j->wanted, text);
}

/* --- one run ---------------------------------------------------------------------------------- */

typedef enum outcome { GOOD, BAD, CUT, NO_MEMORY } outcome;

static outcome finish(simrun *r, bool over)
{
    if (simrun_failed(r))
        return NO_MEMORY;
    if (!over)
        return CUT;
    return simrun_is_good(r) ? GOOD : BAD;
}

static uint64_t on_frame(void *ctx, const nbt_simframe *f)
{
    job *j = ctx;
    return simcap_put(j->capture, f);
}

static outcome run(job *j, simrun *r, uint64_t seed, scene_log *log)
{
    simrun_cfg cfg = { .mem = simarena_mem(&j->arena), .scene = &j->s, .seed = seed, .log = log };
    cfg.ctx = j;
    cfg.frame = j->capture ? on_frame : NULL;
    bool over = !simrun_init(r, &cfg);
    while (!over && !host_progress_stopped()) {
        over = simrun_go(r, BATCH);
        show(j, r);
    }
    return finish(r, over);
}

static void count(job *j, const simrun *r, uint64_t seed)
{
    scene_tally_add(&j->missed, !r->script.missed, seed);
    for (unsigned i = 0; i < SIMBOOK_FAULTS; i++)
        scene_tally_add(&j->fault[i], simworld_fault(r->world, (simbook_fault)i)->n == 0, seed);
    for (unsigned i = 0; i < SCENE_INVARIANTS; i++)
        scene_tally_add(&j->broken[i], !r->broken[i], seed);
    for (uint32_t i = 0; i < j->s.nexpects; i++)
        scene_tally_add(&j->tally[i], scene_judge_held(r->judge, i), seed);
    j->runs++;
    j->messages += r->messages;
    j->events += r->events;
    j->virtual_time += r->end;
}

/* All seeds. False: there was no memory. */
static bool run_all(job *j)
{
    simrun r;
    outcome came = GOOD;
    j->wanted = j->plan->last - j->plan->first + 1;
    for (uint64_t seed = j->plan->first; came != NO_MEMORY && came != CUT; seed++) {
        came = run(j, &r, seed, NULL);
        if (came == GOOD || came == BAD)
            count(j, &r, seed);
        simrun_fini(&r);
        scene_tally_add(&j->kept, j->arena.blocks == 0, seed);
        simarena_reset(&j->arena);
        if (seed == j->plan->last)
            break;
    }
    j->cut = came == CUT;
    return came != NO_MEMORY;
}

/* --- what is said ----------------------------------------------------------------------------- */

static bool is_enough(const job *j, uint32_t i)
{
    return scene_tally_is_enough(&j->tally[i], &j->s.expect[i], j->runs);
}

static bool all_held(const job *j)
{
    bool held = j->missed.failed == 0 && j->kept.failed == 0;
    for (unsigned i = 0; i < SIMBOOK_FAULTS; i++)
        held = held && j->fault[i].failed == 0;
    for (unsigned i = 0; i < SCENE_INVARIANTS; i++)
        held = held && j->broken[i].failed == 0;
    for (uint32_t i = 0; i < j->s.nexpects; i++)
        held = held && is_enough(j, i);
    return held;
}

static void print_line(const job *j)
{
    const lab_run_plan *p = j->plan;
    printf("%s: %s: ", j->path, all_held(j) ? "held" : "failed");
    if (p->first == p->last)
        printf("seed %" PRIu64, p->first);
    else
        printf("seeds %" PRIu64 "..%" PRIu64, p->first, p->first + j->runs - 1);
    printf(", %u expectations, %" PRIu64 " messages in %.3f s, simulated in %.3f s%s\n",
           (unsigned)j->s.nexpects, j->messages, (double)j->virtual_time / 1e6, j->seconds,
           j->cut ? " (interrupted)" : "");
}

/* The seeds on which something failed, as far as they were kept. */
static void print_seeds(const scene_tally *t, uint64_t runs)
{
    printf("held on %" PRIu64 " of %" PRIu64 " seeds; not on", runs - t->failed, runs);
    uint64_t shown = t->failed < SCENE_TALLY_SEEDS ? t->failed : SCENE_TALLY_SEEDS;
    for (uint64_t i = 0; i < shown; i++)
        printf("%s %" PRIu64, i ? "," : "", t->seed[i]);
    puts(shown < t->failed ? ", ..." : "");
}

static void print_shares(const job *j)
{
    if (j->kept.failed > 0) {
        printf("%s: memory was not given back, a fault of nbtlab: ", j->path);
        print_seeds(&j->kept, j->runs);
    }
    for (unsigned i = 0; i < SIMBOOK_FAULTS; i++) {
        if (j->fault[i].failed == 0)
            continue;
        printf("%s: %s, a fault of nbtlab: ", j->path, simbook_fault_str((simbook_fault)i));
        print_seeds(&j->fault[i], j->runs);
    }
    if (j->runs < 2)
        return;
    if (j->missed.failed > 0) {
        printf("%s: awaits: ", j->path);
        print_seeds(&j->missed, j->runs);
    }
    for (unsigned i = 0; i < SCENE_INVARIANTS; i++) {
        if (j->broken[i].failed == 0)
            continue;
        printf("%s: %s: ", j->path, scene_word(SCENE_SET_INVARIANT, i));
        print_seeds(&j->broken[i], j->runs);
    }
    for (uint32_t i = 0; i < j->s.nexpects; i++) {
        if (j->tally[i].failed == 0)
            continue;
        printf("%s:%u: ", j->path, j->s.expect[i].pos.line);
        print_seeds(&j->tally[i], j->runs);
    }
}

/* What the drivers did wrong with control blocks and sessions, the first of each. */
static void tell_faults(const job *j, const simrun *r, cap_buf *text)
{
    for (unsigned i = 0; i < SIMBOOK_FAULTS; i++) {
        const simbook_entry *e = simworld_fault(r->world, (simbook_fault)i);
        if (e->n > 0)
            scene_tell_fault(text, j->path, &j->s, (simbook_fault)i, e);
    }
}

/* The same run again, told in full: of the first seed on which something failed. */
static void tell_seed(job *j, uint64_t seed, cap_buf *text)
{
    scene_log *log = scene_log_new(host_mem(), &j->s);
    simrun r;
    outcome came = log ? run(j, &r, seed, log) : NO_MEMORY;
    if (came == GOOD || came == BAD) {
        if (j->plan->verbose)
            scene_tell_log(text, log);
        if (j->plan->ladder)
            scene_ladder(text, &j->s, log);
        if (r.script.missed)
            scene_tell_missed(text, j->path, &r.script, log);
        for (unsigned i = 0; i < SCENE_INVARIANTS; i++)
            if (r.broken[i])
                scene_tell_breach(text, j->path, &j->s, (scene_invariant)i, &r.breach[i], r.end);
        tell_faults(j, &r, text);
        for (uint32_t i = 0; i < j->s.nexpects; i++)
            if (!scene_judge_held(r.judge, i))
                scene_tell_expect(text, j->path, &j->s, r.judge, log, i);
        if (came == BAD)
            cap_buf_fmt(text, "to see it again: nbtlab run --seed %" PRIu64 " %s\n", seed, j->path);
    }
    if (log)
        simrun_fini(&r);
    simarena_reset(&j->arena);
    scene_log_free(log);
}

static bool first_failure(const job *j, uint64_t *seed)
{
    const scene_tally *const first[] = { &j->missed, &j->kept };
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        if (first[i]->failed > 0) {
            *seed = first[i]->seed[0];
            return true;
        }
    }
    for (unsigned i = 0; i < SIMBOOK_FAULTS; i++) {
        if (j->fault[i].failed > 0) {
            *seed = j->fault[i].seed[0];
            return true;
        }
    }
    for (unsigned i = 0; i < SCENE_INVARIANTS; i++) {
        if (j->broken[i].failed > 0) {
            *seed = j->broken[i].seed[0];
            return true;
        }
    }
    for (uint32_t i = 0; i < j->s.nexpects; i++) {
        if (!is_enough(j, i)) {
            *seed = j->tally[i].seed[0];
            return true;
        }
    }
    return false;
}

static json_t *json_of(const scene_tally *t)
{
    json_t *seeds = json_array();
    for (uint64_t i = 0; i < t->failed && i < SCENE_TALLY_SEEDS; i++)
        json_array_append_new(seeds, json_integer((json_int_t)t->seed[i]));
    return json_pack("{s:I, s:o}", "failed", (json_int_t)t->failed, "seeds", seeds);
}

static void print_json(const job *j, const cap_buf *told)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < j->s.nexpects; i++) {
        json_t *one = json_of(&j->tally[i]);
        json_object_set_new(one, "line", json_integer(j->s.expect[i].pos.line));
        json_object_set_new(one, "label", json_string(j->s.expect[i].label));
        json_object_set_new(one, "held", json_boolean(is_enough(j, i)));
        json_array_append_new(list, one);
    }
    json_t *all = json_pack(
        "{s:s, s:s, s:b, s:b, s:I, s:I, s:I, s:I, s:f, s:o, s:o, s:o}", "file", j->path, "scenario",
        j->s.name, "held", all_held(j), "interrupted", j->cut, "first_seed",
        (json_int_t)j->plan->first, "seeds", (json_int_t)j->runs, "messages",
        (json_int_t)j->messages, "simulated_us", (json_int_t)j->virtual_time, "seconds", j->seconds,
        "memory_kept", json_of(&j->kept), "awaits", json_of(&j->missed), "expectations", list);
    json_t *broken = json_object();
    for (unsigned i = 0; i < SCENE_INVARIANTS; i++)
        json_object_set_new(broken, scene_word(SCENE_SET_INVARIANT, i), json_of(&j->broken[i]));
    for (unsigned i = 0; i < SIMBOOK_FAULTS; i++)
        json_object_set_new(broken, simbook_fault_str((simbook_fault)i), json_of(&j->fault[i]));
    json_object_set_new(all, "invariants", broken);
    if (told->n > 0) /* what is no UTF-8 cannot be told so */
        json_object_set_new(all, "told", json_stringn(told->s, told->n));
    json_dumpf(all, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(all);
}

static int say(job *j)
{
    uint64_t seed = j->plan->first;
    bool failed = first_failure(j, &seed);
    cap_buf told = { 0 };
    if (j->runs > 0 && (failed || j->plan->verbose || j->plan->ladder) && !j->cut)
        tell_seed(j, seed, &told);
    host_progress_clear(j->progress);
    if (j->plan->json) {
        print_json(j, &told);
    } else {
        if (told.n > 0)
            fwrite(told.s, 1, told.n, stdout);
        print_shares(j);
        print_line(j);
    }
    cap_buf_fini(&told);
    if (failed)
        return HOST_FOUND;
    return j->cut ? HOST_BOUND : HOST_OK;
}

/* --- files ------------------------------------------------------------------------------------ */

/* The file is written while the seed runs for the first time. */
static bool run_captured(job *j, host_err *err)
{
    char why[CAP_ERR_MAX];
    const char *path = j->plan->capture;
    if (!path)
        return run_all(j);
    j->capture = simcap_new(path, &j->s, why);
    if (!j->capture) {
        host_err_set(err, HOST_SYSTEM, "%s", why);
        return false;
    }
    bool ran = run_all(j);
    bool written = simcap_free(j->capture);
    j->capture = NULL;
    if (ran && !written)
        host_err_set(err, HOST_SYSTEM, "%s cannot be written; is there room?", path);
    return ran && written;
}

static int run_scene(job *j)
{
    host_err err;
    if (j->s.only == SCENE_LIVE) {
        host_err_set(&err, HOST_USAGE, "%s cannot be simulated: %s", j->path,
                     j->s.only_why ? j->s.only_why : "it says `only live`");
        return host_err_print("nbtlab run", &err);
    }
    double begun = host_progress_seconds(j->progress);
    j->tally = calloc(j->s.nexpects + 1, sizeof *j->tally);
    host_err_set(&err, HOST_SYSTEM, "%s: no memory", j->path);
    bool ran = j->tally && run_captured(j, &err);
    j->seconds = host_progress_seconds(j->progress) - begun;
    int status = ran ? say(j) : host_err_print("nbtlab run", &err);
    free(j->tally);
    return status;
}

static int run_file(const lab_run_plan *plan, const char *path, host_progress *progress)
{
    job j = { .plan = plan, .path = path, .progress = progress };
    scene_errs errs;
    host_err err;
    int status;
    if (lab_scenefile_load(path, &j.s, &errs, &err)) {
        simarena_init(&j.arena, host_mem());
        status = run_scene(&j);
        simarena_fini(&j.arena);
    } else if (errs.n > 0) {
        lab_scenefile_complain(path, &errs);
        status = HOST_USAGE;
    } else {
        status = host_err_print("nbtlab run", &err);
    }
    scene_free(&j.s);
    return status;
}

int lab_run_worse(int a, int b)
{
    static const int order[] = { HOST_SYSTEM, HOST_USAGE, HOST_FOUND, HOST_BOUND };
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return a == HOST_OK ? b : a;
}

int lab_run_simulated(const lab_run_plan *plan)
{
    host_progress progress;
    host_err err;
    int status = HOST_OK;
    host_progress_init(&progress);
    for (size_t i = 0; i < plan->n && !host_progress_stopped(); i++)
        status = lab_run_worse(status, run_file(plan, plan->file[i], &progress));
    return host_stdout_lost(&err) ? host_err_print("nbtlab run", &err) : status;
}
