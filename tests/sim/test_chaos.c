/*
 * Every scenario of the catalogue, and then whatever can be done to its hosts and programs in any
 * order, on a network that loses, delays, doubles and damages: nothing falls over, a control block
 * comes back no more than once, and at the end all memory is back.
 */
#include "tests/support/mem.h"
#include "tests/support/scenes.h"
#include "tests/support/test.h"
#include "tools/scene/simworld.h"

#include <glob.h>
#include <stdio.h>

enum { STEPS = 60, SEEDS = 5 };

typedef struct chaos {
    test_mem mem;
    scene s;
    nbt_rng rng;
    simworld *world;
    uint64_t events, done, submitted;
    uint64_t done_once; /* a bit for each step: a control block is submitted no more than once */
} chaos;

static void on_event(void *ctx, const scene_event *ev)
{
    chaos *c = ctx;
    c->events++;
    c->done += ev->kind == SCENE_EV_DONE && c->s.program[ev->index].kind == SCENE_PROGRAM;
}

static uint16_t any(chaos *c, uint32_t n)
{
    return (uint16_t)nbt_rng_below(&c->rng, n);
}

/* A step of the scenario itself, or one that somebody might write, in `step`. NULL: this one cannot
   be. */
static const scene_step *any_step(chaos *c, scene_step *step, uint16_t hosts[2])
{
    static const scene_do whats[] = { SCENE_DO_START,  SCENE_DO_STOP,  SCENE_DO_CRASH,
                                      SCENE_DO_RUN,    SCENE_DO_KILL,  SCENE_DO_CLOSE,
                                      SCENE_DO_TYPE,   SCENE_DO_CLOCK, SCENE_DO_PARTITION,
                                      SCENE_DO_HEAL,   SCENE_DO_LINK,  SCENE_DO_PERMIT,
                                      SCENE_DO_FREEZE, SCENE_DO_THAW };
    const scene *s = &c->s;
    if (s->nsteps > 0 && any(c, 2)) {
        uint16_t i = any(c, s->nsteps);
        bool once = s->step[i].what == SCENE_DO_NCB && c->done_once >> i % 64 & 1;
        c->done_once |= UINT64_C(1) << i % 64;
        return s->step[i].what == SCENE_DO_AWAIT || once ? NULL : &s->step[i];
    }
    *step = (scene_step){ .what = whats[any(c, (uint32_t)LENGTH_OF(whats))],
                          .host = any(c, s->nhosts),
                          .text = (char[]){ "ls\r" },
                          .yes = any(c, 2),
                          .jump = NBT_S(any(c, 1000)),
                          .hosts = hosts,
                          .nhosts = any(c, 3) };
    step->network = any(c, s->nnetworks);
    step->link = (nbt_simlink){ .delay = any(c, 3000), .jitter = any(c, 9000), .late = 9000 };
    step->link.loss = step->link.duplicate = step->link.reorder = any(c, 60000);
    hosts[0] = any(c, s->nhosts);
    hosts[1] = any(c, s->nhosts);
    if (s->nprograms > 0)
        step->program = any(c, s->nprograms);
    bool program = step->what == SCENE_DO_RUN || step->what == SCENE_DO_KILL ||
                   step->what == SCENE_DO_CLOSE || step->what == SCENE_DO_TYPE ||
                   step->what == SCENE_DO_PERMIT;
    return !program || s->nprograms > 0 ? step : NULL;
}

static void play(chaos *c, uint64_t seed)
{
    scene_step room;
    uint16_t hosts[2];
    c->rng.s = seed;
    c->events = c->done = c->submitted = c->done_once = 0;
    simworld_cfg cfg = { .mem = test_mem_of(&c->mem), .scene = &c->s, .seed = seed };
    cfg.ctx = c;
    cfg.event = on_event;
    cfg.acks = cfg.states = seed % 2;
    c->world = simworld_new(&cfg);
    simworld_begin(c->world);
    for (unsigned i = 0; i < STEPS; i++) {
        const scene_step *step = any_step(c, &room, hosts);
        if (step) {
            c->submitted += step->what == SCENE_DO_NCB;
            simworld_do(c->world, step);
        }
        nbt_time until = simworld_now(c->world) + NBT_MS(any(c, 2000)) * (any(c, 8) ? 1 : 20);
        while (simworld_due(c->world) <= until)
            simworld_step(c->world);
        simworld_wait(c->world, until);
    }
    assert_false(simworld_failed(c->world));
    assert_true(c->done <= c->submitted);
    for (unsigned i = 0; i < SIMBOOK_FAULTS; i++)
        assert_int_equal(0, simworld_fault(c->world, (simbook_fault)i)->n);
    assert_true(c->events > 0);
    simworld_free(c->world);
    assert_int_equal(c->mem.blocks, 0);
}

/* What is played now, to be named if it fails. */
static struct {
    const char *file;
    uint64_t seed;
} now;

static int name_it(void **state)
{
    (void)state;
    if (now.file)
        print_error("it was %s, seed %u\n", now.file, (unsigned)now.seed);
    return 0;
}

static void whatever_happens(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob("fixtures/scenarios/*.scn", 0, NULL, &files), 0);
    assert_true(files.gl_pathc >= 30);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        chaos c = { .events = 0 };
        test_mem text = { .blocks = 0 };
        size_t n;
        char *file = scenes_file(files.gl_pathv[i], &n);
        scenes_read(test_mem_of(&text), file, n, &c.s);
        now.file = files.gl_pathv[i];
        for (now.seed = 1; now.seed <= SEEDS; now.seed++)
            play(&c, now.seed);
        now.file = NULL;
        scene_free(&c.s);
        free(file);
    }
    globfree(&files);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("", whatever_happens, NULL, name_it),
};

NBT_MAIN("chaos", tests)
