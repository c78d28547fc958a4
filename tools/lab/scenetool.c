/*
 * Scenario files looked at. Nothing is started here.
 */
#include "tools/lab/scenetool.h"
#include "tools/host/err.h"
#include "tools/lab/scenefile.h"

#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { OPT_JSON = 256 };

typedef struct check_args {
    bool json;
    char **file;
    size_t n;
} check_args;

/* -- check ------------------------------------------------------------------------------------- */

static json_t *json_of(const scene_err *e)
{
    return json_pack("{s:i, s:i, s:s%, s:s, s:s}", "line", (int)e->pos.line, "column",
                     (int)e->pos.column, "found", e->found, strlen(e->found), "why", e->why,
                     "expected", e->expected);
}

/* One object a file. Octets that are no UTF-8 are left out of what was found. */
static void print_json(const char *path, const scene *s, const scene_errs *errs, bool ok,
                       const char *trouble)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < errs->n; i++) {
        scene_err e = errs->at[i];
        json_t *one = json_of(&e);
        if (!one) {
            e.found[0] = '\0';
            one = json_of(&e);
        }
        json_array_append_new(list, one);
    }
    json_t *all = json_pack("{s:s, s:b, s:s*, s:s*, s:s*, s:o, s:i}", "file", path, "ok", ok,
                            "name", s->name, "title", s->title, "trouble", trouble, "errors", list,
                            "not_shown", (int)errs->more);
    json_dumpf(all, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(all);
}

static int check_file(const check_args *a, const char *path)
{
    scene s;
    scene_errs errs;
    host_err err;
    bool ok = lab_scenefile_load(path, &s, &errs, &err);
    bool unread = !ok && errs.n == 0;
    if (a->json)
        print_json(path, &s, &errs, ok, unread ? err.text : NULL);
    else if (ok)
        printf("%s: good: %s\n", path, s.title);
    else if (unread)
        host_err_print("nbtlab check", &err);
    else
        lab_scenefile_complain(path, &errs);
    scene_free(&s);
    return ok ? HOST_OK : (int)err.status;
}

static error_t parse_check(int key, char *arg, struct argp_state *state)
{
    check_args *a = state->input;
    (void)arg;
    switch (key) {
    case OPT_JSON:
        a->json = true;
        return 0;
    case ARGP_KEY_ARGS:
        a->file = state->argv + state->next;
        a->n = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a scenario's file is missing");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int lab_check(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "json", OPT_JSON, 0, 0, "What is found as JSON, an object a file", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_check,
        .args_doc = "FILE...",
        .doc = "Says whether scenario files are what they should be: their lines can be read, and "
               "what they ask for can be. Nothing is started. A FILE of - is standard input.",
    };
    check_args a = { 0 };
    int status = HOST_OK;
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    for (size_t i = 0; i < a.n; i++) {
        int one = check_file(&a, a.file[i]);
        if (status == HOST_OK || one == HOST_SYSTEM)
            status = one == HOST_OK ? status : one;
    }
    host_err err;
    return host_stdout_lost(&err) ? host_err_print("nbtlab check", &err) : status;
}
