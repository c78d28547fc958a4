/*
 * Any text as a scenario: reading ends, with errors that stand in the file; what was read is
 * printed, and reads as the same; what can be is run for a while, and what can be explored is.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/mem.h"
#include "tools/scene/check.h"
#include "tools/scene/explore.h"
#include "tools/scene/parse.h"
#include "tools/scene/print.h"
#include "tools/scene/simrun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A run is not to take longer than a moment. */
enum { HOSTS_MAX = 12, EVENTS_MAX = 3000, WORLD_MAX = 4, STATES_MAX = 400, TEXT_MAX = 1 << 16 };

static void look_at(const scene_errs *errs, const char *text, size_t len)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    for (uint32_t i = 0; i < errs->n; i++) {
        char line[SCENE_ERR_STR_MAX];
        assert(errs->at[i].pos.line <= lines);
        assert(errs->at[i].why[0]);
        size_t n = scene_err_print(&errs->at[i], line, sizeof line);
        assert(n > 0 && n < sizeof line);
    }
}

static char *print(const scene *s, size_t *len)
{
    *len = scene_print(s, NULL, 0);
    char *text = malloc(*len + 1);
    assert(text && scene_print(s, text, *len + 1) == *len && strlen(text) == *len);
    return text;
}

/* What is printed of a scene that can be reads as that scene, and prints as it is. */
static void print_and_read(const scene *s)
{
    static scene_errs errs;
    scene again;
    size_t len, len2;
    char *text = print(s, &len);
    bool read = scene_parse(host_mem(), text, len, &again, &errs);
    assert(read);
    assert(scene_check(&again, &errs));
    char *text2 = print(&again, &len2);
    assert(len == len2 && memcmp(text, text2, len) == 0);
    free(text);
    free(text2);
    scene_free(&again);
}

static void run(const scene *s)
{
    simrun r;
    simrun_cfg cfg = { .mem = host_mem(), .scene = s, .seed = 1 };
    if (simrun_init(&r, &cfg))
        (void)simrun_go(&r, EVENTS_MAX);
    assert(!simrun_failed(&r));
    simrun_fini(&r);
}

static void be_told(void *ctx, const explore_line *line)
{
    assert(strlen(line->text) < sizeof line->text);
    ++*(size_t *)ctx;
}

/* Some states of it, and the way to what is found, which is a scenario that can be. */
static void go_through(scene *s)
{
    scene_pos at;
    size_t lines = 0;
    if (explore_refuses(s, &at))
        return;
    explore_cfg cfg = explore_usual(host_mem(), s);
    cfg.world.losses = cfg.world.doubles = 1;
    cfg.states = STATES_MAX;
    explore *x = explore_new(&cfg);
    xp_end end = x ? explore_run(x, STATES_MAX) : XP_MEMORY;
    if (end == XP_FOUND) {
        assert(explore_tell(x, be_told, &lines));
        if (explore_replay(x, s) == XP_REPLAY_DONE)
            print_and_read(s);
    }
    explore_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static scene_errs errs;
    scene s;
    if (size > TEXT_MAX)
        return 0;
    bool good = scene_parse(host_mem(), (const char *)data, size, &s, &errs);
    assert(good == (errs.n == 0));
    if (good) {
        good = scene_check(&s, &errs);
        assert(good == (errs.n == 0));
    }
    look_at(&errs, (const char *)data, size);
    if (good) {
        print_and_read(&s);
        if (s.nhosts <= HOSTS_MAX)
            run(&s);
        if (s.nhosts <= WORLD_MAX)
            go_through(&s);
    }
    scene_free(&s);
    return 0;
}
