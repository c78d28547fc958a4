/*
 * `nbtlab status`: a running lab looked at, once or again and again.
 */
#include "tools/lab/statustool.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/lab/lab.h"
#include "tools/lab/upsock.h"

enum { OPT_CONTROL = 256, OPT_COMPUTER, OPT_NAME, OPT_CONFLICTS, OPT_ALL, OPT_WATCH };
enum { FEW = 100 }; /* computers that are listed without being asked for */

typedef struct status {
    const char *control;
    const char *computer, *name;
    bool conflicts, all, watch, json;
    char path[PATH_MAX];
    long long computers, in_conflict;
} status;

static long long number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static void print_json(const json_t *o)
{
    json_dumpf(o, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    putchar('\n');
}

static void take_lab(void *arg, json_t *o)
{
    status *s = arg;
    s->computers = number(o, "computers");
    s->in_conflict = number(o, "conflicts");
    if (s->json) {
        print_json(o);
        return;
    }
    printf("%s on %s: %lld of %lld computers up, %lld names (%lld in conflict, %lld refused at "
           "boot), %lld sessions; for %lld s; packets: %lld sent, %lld received, %lld lost\n",
           lab_text(o, "name"), lab_text(o, "interface"), number(o, "up"), s->computers,
           number(o, "names"), s->in_conflict, number(o, "refused"), number(o, "sessions"),
           number(o, "seconds"), number(o, "sent"), number(o, "received"), number(o, "lost"));
}

static void take_computer(void *arg, json_t *o)
{
    const status *s = arg;
    size_t i;
    json_t *name;
    if (s->json) {
        print_json(o);
        return;
    }
    printf("%-16s %-15s %-8s", lab_text(o, "name"), lab_text(o, "address"), lab_text(o, "state"));
    json_array_foreach (json_object_get(o, "names"), i, name) {
        const char *state = lab_text(name, "state");
        bool plain = strcmp(state, "registered") == 0;
        printf("%s %s%s%s%s", i ? "," : "", lab_text(name, "name"),
               json_is_true(json_object_get(name, "group")) ? " group" : "", plain ? "" : " ",
               plain ? "" : state);
    }
    printf("; %lld sessions\n", number(o, "sessions"));
}

/* Which computers: those that are asked for; of a large lab those that are in trouble. */
static bool say(status *s, host_err *err)
{
    char request[1024];
    bool asked = s->computer || s->name || s->conflicts || s->all;
    if (!lab_upsock_ask(s->path, "lab\n", take_lab, s, err))
        return false;
    bool conflicts = s->conflicts || (!asked && s->computers > FEW);
    if (conflicts && s->in_conflict == 0)
        return true;
    int n = snprintf(request, sizeof request, "list%s%s%s%s%s\n", s->computer ? " computer=" : "",
                     s->computer ? s->computer : "", s->name ? " name=" : "",
                     s->name ? s->name : "", conflicts ? " conflicts" : "");
    if (n >= (int)sizeof request) {
        host_err_set(err, HOST_USAGE, "the patterns are too long");
        return false;
    }
    return lab_upsock_ask(s->path, request, take_computer, s, err);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    status *s = state->input;
    switch (key) {
    case OPT_CONTROL:
        s->control = arg;
        return 0;
    case OPT_COMPUTER:
    case OPT_NAME:
        if (arg[strcspn(arg, " \t\n")])
            argp_error(state, "a pattern has no spaces: a ? stands for one");
        *(key == OPT_NAME ? &s->name : &s->computer) = arg;
        return 0;
    case OPT_CONFLICTS:
        s->conflicts = true;
        return 0;
    case OPT_ALL:
        s->all = true;
        return 0;
    case OPT_WATCH:
        s->watch = true;
        return 0;
    case 'j':
        s->json = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "%s: what is asked for is said by options", arg);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static void pause_a_second(void)
{
    static const struct timespec second = { .tv_sec = 1 };
    fflush(stdout);
    nanosleep(&second, NULL);
    if (isatty(STDOUT_FILENO))
        fputs("\033[H\033[J", stdout);
}

int lab_status(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "control", OPT_CONTROL, "PATH", 0, "The lab's control socket (default: the only lab's)",
          0 },
        { "computer", OPT_COMPUTER, "GLOB", 0, "Computers that are called so, as in PC-00*", 0 },
        { "name", OPT_NAME, "GLOB", 0, "Computers with such a name, as in FRED<*>", 0 },
        { "conflicts", OPT_CONFLICTS, 0, 0, "Computers with a name in conflict", 0 },
        { "all", OPT_ALL, 0, 0,
          "All computers (default: all of up to 100, else those with a name in conflict)", 0 },
        { "watch", OPT_WATCH, 0, 0, "Again each second, until the lab is gone or SIGINT", 0 },
        { "json", 'j', 0, 0, "JSON, a line each", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .doc = "Says what a running `nbtlab up` has: its computers, their names and the states of "
               "these, sessions, packets.",
    };
    status s = { .control = NULL };
    host_err err;
    argp_parse(&argp, argc, argv, 0, NULL, &s);
    if (!lab_upsock_find(s.control, s.path, &err) || !say(&s, &err))
        return host_err_print("nbtlab status", &err);
    while (s.watch) {
        pause_a_second();
        if (!say(&s, &err))
            return err.status == HOST_DRIVER ? HOST_OK : host_err_print("nbtlab status", &err);
    }
    return HOST_OK;
}
