/*
 * The catalogue: scenario files of a folder, in the order of their names. How long one lasts is
 * found by a simulated run of it; nothing is started for real.
 */
#include "tools/lab/listtool.h"

#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/host/err.h"
#include "tools/host/mem.h"
#include "tools/lab/scenefile.h"
#include "tools/scene/simrun.h"
#include "tools/scene/words.h"

enum { OPT_JSON = 'j' };

typedef struct list_args {
    bool json;
    char **at;
    size_t n;
} list_args;

/* -- how long it lasts ------------------------------------------------------------------------- */

/* Longer runs than any of the catalogue are not waited for. */
enum { EVENTS_MAX = 2000000 };

/* On the clock of a simulated run with seed 1; -1: it cannot be simulated, or not in a moment. */
static nbt_time lasts(const scene *s)
{
    simrun_cfg cfg = { .mem = host_mem(), .scene = s, .seed = 1 };
    simrun r;
    nbt_time t = -1;
    if (s->only == SCENE_LIVE)
        return -1;
    if (simrun_init(&r, &cfg) && simrun_go(&r, EVENTS_MAX) && !simrun_failed(&r))
        t = r.end;
    simrun_fini(&r);
    return t;
}

static void print_time(nbt_time t)
{
    static const struct {
        const char *unit;
        double s;
    } units[] = { { "d", 86400 }, { "h", 3600 }, { "m", 60 } };
    double s = (double)t / 1e6;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (s >= 2 * units[i].s) {
            printf("%5.1f %s", s / units[i].s, units[i].unit);
            return;
        }
    }
    if (t < 0)
        printf("%7s", "?");
    else
        printf("%5.1f s", s);
}

/* -- one file ---------------------------------------------------------------------------------- */

/* Where it is from, and where alone it runs. */
static void print_sources(const scene *s)
{
    enum { INDENT = 35 };
    bool only = s->only != SCENE_BOTH;
    if (s->nsources == 0 && !only)
        return;
    printf("%*s", INDENT, "");
    for (uint32_t i = 0; i < s->nsources; i++)
        printf("%s%s", i ? "; " : "", s->source[i]);
    if (only)
        printf("%sonly %s", s->nsources ? "; " : "", scene_word(SCENE_SET_ONLY, s->only));
    puts("");
}

static void print_words(const scene *s)
{
    printf("%-25s ", s->name);
    print_time(lasts(s));
    printf("  %s\n", s->title);
    print_sources(s);
}

static json_t *json_texts(char *const *text, uint32_t n)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(text[i]));
    return list;
}

static void print_json(const char *path, const scene *s)
{
    nbt_time t = lasts(s);
    json_t *all =
        json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:i, s:i}", "file", path, "name", s->name,
                  "title", s->title, "sources", json_texts(s->source, s->nsources), "about",
                  json_texts(s->about, s->nabouts), "lasts_us",
                  t < 0 ? json_null() : json_integer((json_int_t)t), "hosts", (int)s->nhosts,
                  "expectations", (int)s->nexpects);
    if (s->only != SCENE_BOTH)
        json_object_set_new(all, "only", json_string(scene_word(SCENE_SET_ONLY, s->only)));
    json_dumpf(all, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(all);
}

static int list_file(const list_args *a, const char *path)
{
    scene s;
    scene_errs errs;
    host_err err;
    int status = HOST_OK;
    if (!lab_scenefile_load(path, &s, &errs, &err)) {
        status = (int)err.status;
        if (errs.n > 0)
            lab_scenefile_complain(path, &errs);
        else
            host_err_print("nbtlab list", &err);
    } else if (a->json) {
        print_json(path, &s);
    } else {
        print_words(&s);
    }
    scene_free(&s);
    return status;
}

/* -- folders ----------------------------------------------------------------------------------- */

static int is_scenario(const struct dirent *e)
{
    const char *dot = strrchr(e->d_name, '.');
    return dot && dot != e->d_name && strcmp(dot, ".scn") == 0;
}

static int fail(host_status status, const char *path, const char *why)
{
    host_err err;
    host_err_set(&err, status, "%s: %s; name a folder that has scenario files (*.scn)", path, why);
    return host_err_print("nbtlab list", &err);
}

static int list_folder(const list_args *a, const char *folder)
{
    struct dirent **entry;
    int status = HOST_OK;
    int n = scandir(folder, &entry, is_scenario, alphasort);
    if (n < 0)
        return fail(HOST_SYSTEM, folder, strerror(errno));
    for (int i = 0; i < n; i++) {
        char path[PATH_MAX + NAME_MAX + 2];
        snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        int one = list_file(a, path);
        status = one == HOST_OK || status == HOST_SYSTEM ? status : one;
        free(entry[i]);
    }
    free(entry);
    return n > 0 ? status : fail(HOST_FOUND, folder, "no scenario is there");
}

static int list_at(const list_args *a, const char *path)
{
    struct stat st;
    bool folder = stat(path, &st) != 0 || S_ISDIR(st.st_mode);
    return folder ? list_folder(a, path) : list_file(a, path);
}

static int list_catalogue(const list_args *a)
{
    char path[PATH_MAX];
    host_err err;
    if (!lab_scenefile_catalogue(path, &err))
        return host_err_print("nbtlab list", &err);
    return list_folder(a, path);
}

/* -- the command line -------------------------------------------------------------------------- */

static error_t parse(int key, char *arg, struct argp_state *state)
{
    list_args *a = state->input;
    (void)arg;
    switch (key) {
    case OPT_JSON:
        a->json = true;
        return 0;
    case ARGP_KEY_ARGS:
        a->at = state->argv + state->next;
        a->n = (size_t)(state->argc - state->next);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int lab_list(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "json", OPT_JSON, 0, 0, "As JSON, an object a scenario", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "[FOLDER|FILE...]",
        .doc = "Tells which scenarios there are, those that come with nbtlab or those of a FOLDER: "
               "the name of each, how long it lasts, what it is about, and where that is from.",
    };
    list_args a = { 0 };
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    int status = a.n == 0 ? list_catalogue(&a) : HOST_OK;
    for (size_t i = 0; i < a.n; i++) {
        int one = list_at(&a, a.at[i]);
        status = one == HOST_OK || status == HOST_SYSTEM ? status : one;
    }
    host_err err;
    return host_stdout_lost(&err) ? host_err_print("nbtlab list", &err) : status;
}
