/*
 * The command line of `nbtlab run`.
 */
#include "tools/lab/runtool.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/host/err.h"
#include "tools/host/iface.h"

enum {
    OPT_SIMULATE = 256,
    OPT_SEED,
    OPT_SEEDS,
    OPT_CAPTURE,
    OPT_LADDER,
    OPT_LIVE,
    OPT_JOBS,
    OPT_INTERFACE,
    OPT_BRIDGE,
    OPT_TAP,
    OPT_ALLOW
};

/* A number at the beginning of a text; what is behind it. */
static const char *number(const char *text, uint64_t *n)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (errno || end == text || text[0] == '-' || text[0] == '+' || text[0] == ' ')
        return NULL;
    *n = v;
    return end;
}

static void parse_seeds(lab_run_plan *p, const char *text, struct argp_state *state)
{
    const char *at = number(text, &p->first);
    if (at && strncmp(at, "..", 2) == 0)
        at = number(at + 2, &p->last);
    else
        at = NULL;
    if (!at || *at || p->last < p->first || p->last - p->first == UINT64_MAX)
        argp_error(state, "--seeds %s: it is two numbers, as in 1..1000", text);
    p->seeded = true;
}

static void parse_jobs(lab_run_plan *p, const char *text, struct argp_state *state)
{
    uint64_t n = 0;
    const char *end = number(text, &n);
    if (!end || *end || n < 1 || n > LAB_RUN_JOBS_MAX)
        argp_error(state, "--jobs %s: it is a number from 1 to %d", text, LAB_RUN_JOBS_MAX);
    p->jobs = (size_t)n;
}

static void parse_allow(lab_run_plan *p, const char *text, struct argp_state *state)
{
    if (p->nallowed == LAB_RUN_ALLOWED_MAX)
        argp_error(state, "--allow: at most %d of them", LAB_RUN_ALLOWED_MAX);
    if (!host_subnet_parse(text, &p->allowed[p->nallowed++]))
        argp_error(state, "--allow %s: it is a network, as 10.1.0.0/16", text);
}

/* Options that do not go together. */
static void check(const lab_run_plan *p, struct argp_state *state)
{
    if (p->live && p->simulate)
        argp_error(state, "--live or --simulate?");
    if (p->interface && (!p->live || p->n > 1))
        argp_error(state, "--interface goes with --live, and takes one FILE");
    if ((p->bridge || p->tap) && (!p->live || p->n > 1 || p->interface || (p->bridge && p->tap)))
        argp_error(state, "--bridge or --tap goes with --live, without --interface, and takes one "
                          "FILE");
    if (p->nallowed && !p->bridge && !p->tap)
        argp_error(state, "--allow goes with --bridge or --tap: elsewhere nobody is disturbed");
    if (p->live && p->first != p->last)
        argp_error(state, "--live takes one seed: --seed N, for the chances of links");
    if (p->capture && (p->n > 1 || p->first != p->last))
        argp_error(state, "--capture takes one run: one FILE, one seed");
    if ((p->verbose || p->ladder) && p->first != p->last)
        argp_error(state, "%s takes one seed", p->verbose ? "--verbose" : "--ladder");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    lab_run_plan *p = state->input;
    const char *end;
    switch (key) {
    case OPT_SIMULATE:
        p->simulate = true;
        return 0;
    case OPT_LIVE:
        p->live = true;
        return 0;
    case OPT_INTERFACE:
        p->interface = arg;
        return 0;
    case OPT_BRIDGE:
        p->bridge = arg;
        return 0;
    case OPT_TAP:
        p->tap = arg;
        return 0;
    case OPT_ALLOW:
        parse_allow(p, arg, state);
        return 0;
    case OPT_JOBS:
        parse_jobs(p, arg, state);
        return 0;
    case OPT_SEED:
        end = number(arg, &p->first);
        if (!end || *end)
            argp_error(state, "--seed %s: it is a number", arg);
        p->last = p->first;
        p->seeded = true;
        return 0;
    case OPT_SEEDS:
        parse_seeds(p, arg, state);
        return 0;
    case OPT_CAPTURE:
        p->capture = arg;
        return 0;
    case 'j':
        p->json = true;
        return 0;
    case 'v':
        p->verbose = true;
        return 0;
    case OPT_LADDER:
        p->ladder = true;
        return 0;
    case ARGP_KEY_ARGS:
        p->file = state->argv + state->next;
        p->n = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which scenario? try: nbtlab run FILE");
        return 0;
    case ARGP_KEY_SUCCESS:
        check(p, state);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int lab_runtool(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "simulate", OPT_SIMULATE, 0, 0,
          "On a simulated network, under a virtual clock (the default)", 0 },
        { "live", OPT_LIVE, 0, 0, "For real, in network namespaces made for it, in real time", 0 },
        { "interface", OPT_INTERFACE, "IF", 0,
          "Live: the computer of this interface's address, beside real machines", 0 },
        { "bridge", OPT_BRIDGE, "BR", 0,
          "Live: beside the real machines at this bridge, which are the scenario's hosts", 0 },
        { "tap", OPT_TAP, "TAP", 0, "Live: the same by a tap that is there", 0 },
        { "allow", OPT_ALLOW, "NETWORK", 0,
          "The real machines of 10.1.0.0/16, or the like, may be disturbed", 0 },
        { "jobs", OPT_JOBS, "N", 0, "Live: scenarios side by side (default 8)", 0 },
        { "seed", OPT_SEED, "N", 0, "What chance is drawn from (default 1)", 0 },
        { "seeds", OPT_SEEDS, "N..M", 0, "One run for each of these seeds", 0 },
        { "capture", OPT_CAPTURE, "FILE", 0, "All frames, as pcap or pcapng", 0 },
        { "json", 'j', 0, 0, "The results as JSON, an object a scenario", 0 },
        { "ladder", OPT_LADDER, 0, 0, "Draw all that happens, a column for each host", 0 },
        { "verbose", 'v', 0, 0, "Tell all that happens", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "FILE...",
        .doc = "Runs scenarios and says whether what they expect has come. The same seed gives the "
               "same run. A FILE of - is standard input.",
    };
    lab_run_plan plan = { .first = 1, .last = 1, .jobs = LAB_RUN_JOBS };
    argp_parse(&argp, argc, argv, 0, NULL, &plan);
    if (plan.interface)
        return lab_run_beside(&plan);
    return plan.live ? lab_run_live(&plan) : lab_run_simulated(&plan);
}
