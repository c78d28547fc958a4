/*
 * `nbtlab explore`: options, progress, and the result in words or as JSON. What is explored, and
 * how, is in tools/scene/explore.h.
 */
#include "tools/lab/exploretool.h"

#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/host/err.h"
#include "tools/host/mem.h"
#include "tools/lab/scenefile.h"
#include "tools/scene/explore.h"
#include "tools/scene/print.h"
#include "tools/scene/read.h"

enum {
    OPT_LOSSES = 256,
    OPT_DUPLICATES,
    OPT_DELAY,
    OPT_GRAIN,
    OPT_STATES,
    OPT_MEMORY,
    OPT_LOOK_FOR
};

enum { BATCH = 20000 /* states between two looks at the clock */, BAR = 30 };

typedef struct tool {
    const char *file;
    const char *to; /* the file for what was found; NULL: none */
    explore_cfg cfg;
    unsigned wrongs; /* as the options say; 0: the usual ones */
    bool json;
    bool terminal; /* standard error is one */
    double begun, shown;
    json_t *way; /* with --json */
} tool;

static volatile sig_atomic_t interrupted; /* signals have no other way in */

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- options -------------------------------------------------------------------------------- */

static uint64_t number(struct argp_state *state, const char *option, const char *text,
                       uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno || end == text || *end != '\0' || text[0] == '-' || n > most)
        argp_error(state, "--%s %s: it is a number up to %llu", option, text,
                   (unsigned long long)most);
    return n;
}

/* 512M, 4G; without a letter it is octets. */
static uint64_t size(struct argp_state *state, const char *text)
{
    static const char letters[] = "KMG";
    size_t len = strlen(text);
    const char *letter = len > 1 ? strchr(letters, text[len - 1]) : NULL;
    char digits[24];
    if (len >= sizeof digits)
        argp_error(state, "--memory %s: it is a number, perhaps with K, M or G", text);
    memcpy(digits, text, len + 1);
    if (letter)
        digits[len - 1] = '\0';
    uint64_t n = number(state, "memory", digits, UINT64_C(1) << 32);
    return letter ? n << 10 * (letter - letters + 1) : n;
}

static nbt_time a_time(struct argp_state *state, const char *option, const char *text)
{
    enum { HOURS_MAX = 1 };
    scene_errs errs = { .n = 0 };
    scene_rd r = { .errs = &errs };
    nbt_time t = 0;
    if (!scene_rd_time(&r, (scene_tok){ text, strlen(text), 1 }, &t) || t > NBT_S(3600) * HOURS_MAX)
        argp_error(state, "--%s %s: it is a time up to an hour, as in 20ms", option, text);
    return t;
}

static unsigned a_wrong(struct argp_state *state, const char *word)
{
    for (unsigned i = 1; xp_wrong_str(i); i++)
        if (strcmp(xp_wrong_str(i), word) == 0)
            return 1u << i;
    argp_error(state, "--look-for %s: `nbtlab explore --help` names what there is", word);
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    tool *t = state->input;
    switch (key) {
    case OPT_LOSSES:
        t->cfg.world.losses = (unsigned)number(state, "losses", arg, UINT8_MAX);
        return 0;
    case OPT_DUPLICATES:
        t->cfg.world.doubles = (unsigned)number(state, "duplicates", arg, UINT8_MAX);
        return 0;
    case OPT_DELAY:
        t->cfg.world.delay = a_time(state, "delay", arg);
        return 0;
    case OPT_GRAIN:
        t->cfg.world.grain = a_time(state, "grain", arg);
        if (t->cfg.world.grain == 0)
            argp_error(state, "--grain %s: it is longer than nothing", arg);
        return 0;
    case OPT_STATES:
        t->cfg.states = number(state, "states", arg, UINT32_MAX - 2);
        return 0;
    case OPT_MEMORY:
        t->cfg.memory = size(state, arg);
        return 0;
    case OPT_LOOK_FOR:
        t->wrongs |= a_wrong(state, arg);
        return 0;
    case 'o':
        t->to = arg;
        return 0;
    case 'j':
        t->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (t->file)
            argp_error(state, "one scenario at a time");
        t->file = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which scenario? try: nbtlab explore FILE");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* What --look-for can be, behind the options of --help. */
static char *help(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)(uintptr_t)text;
    char *list = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&list, &n);
    if (!f)
        return NULL;
    fprintf(f, "WORD is one of:\n");
    for (unsigned i = 1; xp_wrong_str(i); i++)
        fprintf(f, "  %s\n", xp_wrong_str(i));
    fprintf(f, "The first five are looked for by default; nbtlab(1) says what each is.");
    fclose(f);
    return list;
}

/* --- the scenario --------------------------------------------------------------------------- */

/* False: the user knows why, and `*status` is what to end with. */
static bool read_scene(const tool *t, scene *s, int *status)
{
    scene_errs errs;
    host_err err;
    scene_pos at;
    *status = HOST_USAGE;
    if (!lab_scenefile_load(t->file, s, &errs, &err)) {
        if (errs.n > 0)
            lab_scenefile_complain(t->file, &errs);
        else
            *status = host_err_print("nbtlab explore", &err);
        return false;
    }
    const char *why = explore_refuses(s, &at);
    if (why)
        fprintf(stderr, "%s:%u:%u: %s\n", t->file, at.line, at.column, why);
    return why == NULL;
}

/* --- progress ------------------------------------------------------------------------------- */

static void show(tool *t, const explore *x, bool last)
{
    explore_counts c;
    double now = seconds();
    if (!last && now - t->shown < (t->terminal ? 0.1 : 1.0))
        return;
    if (last && !t->terminal)
        return;
    t->shown = now;
    explore_count(x, &c);
    if (t->terminal && t->cfg.states > 0) {
        int full = (int)(c.search.states * BAR / t->cfg.states);
        fprintf(stderr, "\r[%.*s%*s] ", full, "##############################", BAR - full, "");
    } else if (t->terminal) {
        fputc('\r', stderr);
    }
    fprintf(stderr, "%llu states, %llu wait, depth %u, %.0f a second, %llu MiB%s",
            (unsigned long long)c.search.states, (unsigned long long)c.search.waiting,
            c.search.depth, (double)c.search.states / (now - t->begun + 1e-9),
            (unsigned long long)c.search.memory >> 20, t->terminal ? "\033[K" : "\n");
    if (last)
        fputc('\n', stderr);
    fflush(stderr);
}

/* --- the result ----------------------------------------------------------------------------- */

static void print_line(void *ctx, const explore_line *line)
{
    (void)ctx;
    printf("%12.3f ms  %s %s %s\n", (double)line->at / 1000, line->host, line->what, line->text);
}

static void add_line(void *ctx, const explore_line *line)
{
    tool *t = ctx;
    json_array_append_new(t->way,
                          json_pack("{s:I, s:s, s:s, s:s}", "at_us", (json_int_t)line->at, "host",
                                    line->host, "what", line->what, "text", line->text));
}

static const char *word_of(xp_end end)
{
    switch (end) {
    case XP_EXHAUSTED:
        return "exhausted";
    case XP_FOUND:
        return "found";
    case XP_STATES:
        return "states";
    case XP_MEMORY:
        return "memory";
    case XP_RUNNING:
        break;
    }
    return "interrupted";
}

static bool print_json(tool *t, explore *x, xp_end end, const explore_counts *c, double took)
{
    char name[NBT_NAME_STR_MAX];
    const char *one, *other;
    json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:i, s:f, s:I}", "scenario", t->file, "end",
                          word_of(end), "states", (json_int_t)c->search.states, "choices",
                          (json_int_t)c->search.choices, "depth", (int)c->search.depth, "seconds",
                          took, "memory", (json_int_t)c->search.memory);
    bool told = true;
    t->way = json_array();
    if (end == XP_FOUND) {
        told = explore_tell(x, add_line, t);
        json_object_set_new(o, "wrong", json_string(xp_wrong_str(explore_wrong(x))));
        if (explore_about(x, name, &one, &other)) {
            json_object_set_new(o, "name", json_string(name));
            json_object_set_new(o, "computers", json_pack("[s, s]", one, other));
        }
        json_object_set(o, "way", t->way);
    }
    json_decref(t->way);
    json_dumpf(o, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(o);
    return told;
}

static bool print_words(tool *t, explore *x, xp_end end, const explore_counts *c, double took)
{
    char name[NBT_NAME_STR_MAX];
    const char *one, *other;
    bool told = true;
    if (end == XP_FOUND) {
        printf("%s: %s: %s\n\n", t->file, xp_wrong_str(explore_wrong(x)),
               xp_wrong_text(explore_wrong(x)));
        told = explore_tell(x, print_line, t);
        if (explore_about(x, name, &one, &other))
            printf("\n%s: %s and %s.\n", name, one, other);
        printf("No shorter way leads to it. ");
    } else {
        printf("%s: %s. ", t->file,
               end == XP_EXHAUSTED ? "nothing is wrong"
               : c->overflowed     ? "more is under way at a time than can be explored"
               : end == XP_STATES  ? "nothing is wrong in as many states as --states allows"
               : end == XP_MEMORY  ? "nothing is wrong in what fits into memory"
                                   : "interrupted; nothing is wrong so far");
    }
    printf("%llu states, %llu choices, depth %u; %.1f s, %.0f states a second, %llu MiB.\n",
           (unsigned long long)c->search.states, (unsigned long long)c->search.choices,
           c->search.depth, took, (double)c->search.states / (took + 1e-9),
           (unsigned long long)c->search.memory >> 20);
    return told;
}

/* The scene becomes the scenario that goes the way; where there is none, the user is told why. */
static bool write_scenario(const tool *t, explore *x, scene *s, host_err *err)
{
    xp_replay r = explore_replay(x, s);
    if (r == XP_REPLAY_NO_MEMORY) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return false;
    }
    if (r != XP_REPLAY_DONE) {
        fprintf(stderr, "nbtlab explore: %s is not written: %s\n", t->to, xp_replay_str(r));
        return true;
    }
    size_t n = scene_print(s, NULL, 0);
    char *text = malloc(n + 1);
    FILE *f = text ? fopen(t->to, "w") : NULL;
    bool written = f != NULL;
    if (f) {
        (void)scene_print(s, text, n + 1);
        written = fwrite(text, 1, n, f) == n;
        written = fclose(f) == 0 && written;
    }
    free(text);
    if (!written)
        host_err_set(err, HOST_SYSTEM, "%s cannot be written: %s", t->to, strerror(errno));
    return written;
}

static int explore_scene(tool *t, scene *s)
{
    host_err err;
    t->cfg.world.scene = s;
    if (t->wrongs)
        t->cfg.world.wrongs = t->wrongs;
    explore *x = explore_new(&t->cfg);
    if (!x) {
        host_err_set(&err, HOST_SYSTEM, "no memory");
        return host_err_print("nbtlab explore", &err);
    }
    struct sigaction on = { .sa_handler = on_signal };
    sigaction(SIGINT, &on, NULL);
    sigaction(SIGTERM, &on, NULL);
    t->begun = t->shown = seconds();
    xp_end end;
    while ((end = explore_run(x, BATCH)) == XP_RUNNING && !interrupted)
        show(t, x, false);
    double took = seconds() - t->begun;
    if (t->terminal)
        show(t, x, true);
    explore_counts c;
    explore_count(x, &c);
    bool well = t->json ? print_json(t, x, end, &c, took) : print_words(t, x, end, &c, took);
    if (!well)
        host_err_set(&err, HOST_SYSTEM, "no memory");
    else if (t->to && end == XP_FOUND)
        well = write_scenario(t, x, s, &err);
    explore_free(x);
    if (!well || host_stdout_lost(&err))
        return host_err_print("nbtlab explore", &err);
    return end == XP_FOUND ? HOST_FOUND : end == XP_EXHAUSTED ? HOST_OK : HOST_BOUND;
}

int lab_exploretool(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "losses", OPT_LOSSES, "N", 0, "Up to N messages are lost (default: none)", 0 },
        { "duplicates", OPT_DUPLICATES, "N", 0, "Up to N arrive twice (default: none)", 0 },
        { "delay", OPT_DELAY, "TIME", 0,
          "The greatest delay of every link (default: the scenario's)", 0 },
        { "grain", OPT_GRAIN, "TIME", 0, "Time also stops after so long (default: not)", 0 },
        { "states", OPT_STATES, "N", 0, "See at most N states", 0 },
        { "memory", OPT_MEMORY, "SIZE", 0, "Use at most so much, as in 512M (default 2G)", 0 },
        { "look-for", OPT_LOOK_FOR, "WORD", 0, "Look for this alone; may be repeated", 0 },
        { "output", 'o', "FILE", 0, "Write a scenario that goes the way to what was found", 0 },
        { "json", 'j', NULL, 0, "The result as JSON on standard output", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "FILE",
        .doc =
            "Goes through everything that can happen in a small scenario: every order in which "
            "messages arrive, every loss, every time-out; and prints the shortest way to a state "
            "that must not be.\v",
        .help_filter = help,
    };
    tool t = { .cfg = explore_usual(host_mem(), NULL), .terminal = isatty(STDERR_FILENO) };
    t.cfg.memory = UINT64_C(2) << 30;
    argp_parse(&argp, argc, argv, 0, NULL, &t);
    scene s;
    int status;
    scene_init(&s, host_mem());
    if (read_scene(&t, &s, &status))
        status = explore_scene(&t, &s);
    scene_free(&s);
    return status;
}
