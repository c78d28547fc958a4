/*
 * nbtlab: the lab. Options and wiring of its subcommands.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nbt/profile.h"
#include "tools/host/err.h"
#include "tools/lab/doctortool.h"
#include "tools/lab/exploretool.h"
#include "tools/lab/lab.h"
#include "tools/lab/listtool.h"
#include "tools/lab/namestool.h"
#include "tools/lab/ncbtool.h"
#include "tools/lab/net.h"
#include "tools/lab/reproduce.h"
#include "tools/lab/runtool.h"
#include "tools/lab/sandbox.h"
#include "tools/lab/scenefile.h"
#include "tools/lab/scenetool.h"
#include "tools/lab/statustool.h"
#include "tools/lab/up.h"
#include "tools/lab/watchtool.h"

/* -- reproduce --------------------------------------------------------------------------------- */

enum { OPT_OUT = 256, OPT_PROFILE, OPT_CLAIM, OPT_JOBS, OPT_LIST, OPT_JSON };

typedef struct reproduce_args {
    lab_plan plan;
    bool list;
} reproduce_args;

static void list_cases(void)
{
    for (size_t i = 0; i < lab_case_count(); i++)
        printf("%-24s %s\n", lab_case_at(i)->name, lab_case_at(i)->asked);
}

static void parse_claim(lab_plan *p, const char *word, struct argp_state *state)
{
    bool known = strcmp(word, "both") == 0;
    for (lab_claim c = 0; c < LAB_CLAIMS; c++) {
        p->claims[c] = strcmp(word, "both") == 0 || strcmp(word, lab_claim_word(c)) == 0;
        known = known || p->claims[c];
    }
    if (!known)
        argp_error(state, "--claim %s: it is each-attempt, held or both", word);
}

static void parse_cases(lab_plan *p, struct argp_state *state)
{
    p->names = (const char *const *)state->argv + state->next;
    p->nnames = (size_t)(state->argc - state->next);
    for (size_t i = 0; i < p->nnames; i++) {
        if (!lab_case_find(p->names[i]))
            argp_error(state, "%s is no case; `nbtlab reproduce --list` names them", p->names[i]);
    }
}

static error_t parse_reproduce(int key, char *arg, struct argp_state *state)
{
    reproduce_args *a = state->input;
    unsigned long n;
    char *end;
    switch (key) {
    case OPT_OUT:
        a->plan.options.out = arg;
        return 0;
    case OPT_PROFILE:
        if (!nbt_profile_find(arg, strlen(arg)))
            argp_error(state, "--profile %s: there is no such timing profile", arg);
        a->plan.options.profile = arg;
        return 0;
    case OPT_CLAIM:
        parse_claim(&a->plan, arg, state);
        return 0;
    case OPT_JOBS:
        n = strtoul(arg, &end, 10);
        if (*end != '\0' || end == arg || n < 1 || n > 64)
            argp_error(state, "--jobs %s: it is a number from 1 to 64", arg);
        a->plan.jobs = (unsigned)n;
        return 0;
    case OPT_LIST:
        a->list = true;
        return 0;
    case OPT_JSON:
        a->plan.json = true;
        return 0;
    case ARGP_KEY_ARGS:
        parse_cases(&a->plan, state);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static int reproduce(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "out", OPT_OUT, "FOLDER", 0, "Where captures and report.txt go (default: out)", 0 },
        { "profile", OPT_PROFILE, "NAME", 0,
          "Timing of all computers, as in nbtd: rfc (default), nt4, ...", 0 },
        { "claim", OPT_CLAIM, "MODEL", 0, "How viewers claim: each-attempt, held or both (default)",
          0 },
        { "jobs", OPT_JOBS, "N", 0, "Cases at a time (default 24)", 0 },
        { "list", OPT_LIST, 0, 0, "List the cases and end", 0 },
        { "json", OPT_JSON, 0, 0, "The results as JSON on standard output", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_reproduce,
        .args_doc = "[CASE...]",
        .doc = "Reproduces the failure of article Q200832, each case in network namespaces of its "
               "own, and proves it with a capture.",
    };
    reproduce_args a = { .plan = { .options = { .out = "out", .profile = "rfc" },
                                   .claims = { true, true },
                                   .jobs = 24 } };
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    if (a.list) {
        list_cases();
        return HOST_OK;
    }
    char programs[PATH_MAX], scenarios[PATH_MAX];
    host_err err;
    if (!lab_scenefile_catalogue(scenarios, &err) || !lab_folder(programs, sizeof programs))
        return host_err_print("nbtlab reproduce", &err);
    a.plan.options.programs = programs;
    a.plan.options.scenarios = scenarios;
    return lab_reproduce(&a.plan);
}

/* -- lab --------------------------------------------------------------------------------------- */

typedef struct lab_args {
    lab_host hosts[LAB_HOSTS_MAX];
    size_t n;
    char **command;
} lab_args;

/* A namespace's name is a file's name too. */
static const char host_letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

/* NAME[:ADAPTERS[:SEGMENT]] */
static bool parse_host(lab_host *h, char *arg)
{
    char *save = NULL;
    const char *name = strtok_r(arg, ":", &save);
    const char *nics = strtok_r(NULL, ":", &save);
    const char *segment = strtok_r(NULL, ":", &save);
    *h = (lab_host){ name, nics ? (unsigned)strtoul(nics, NULL, 10) : 1,
                     segment ? (unsigned)strtoul(segment, NULL, 10) : 0 };
    bool named = name && strlen(name) < LAB_NAME_MAX && name[strspn(name, host_letters)] == '\0';
    if (named && h->nics >= 1 && h->nics <= 8 && h->segment <= 1)
        return true;
    fprintf(
        stderr,
        "nbtlab: %s is no host: NAME[:ADAPTERS[:SEGMENT]], the name up to %d letters, digits and "
        "hyphens, 1 to 8 adapters, segment 0 or 1\n",
        arg, LAB_NAME_MAX - 1);
    return false;
}

static int run_lab(void *arg)
{
    lab_args *a = arg;
    if (!lab_net_build(a->hosts, a->n))
        return HOST_SYSTEM;
    pid_t pid =
        fork(); /* the sandbox's first process stays, so that the command is an ordinary one */
    if (pid == 0) {
        execvp(a->command[0], a->command);
        fprintf(stderr, "nbtlab: %s: %s\n", a->command[0], strerror(errno));
        _exit(HOST_USAGE);
    }
    return lab_sandbox_wait(pid);
}

static void lab_usage(FILE *to)
{
    fprintf(to,
            "Usage: nbtlab lab HOST[:ADAPTERS[:SEGMENT]]... -- COMMAND [ARG...]\n"
            "Run a command beside computers in network namespaces, which vanish with it.\n\n"
            "  HOST      name of a computer's namespace: nsenter --net=/run/netns/HOST enters it\n"
            "  ADAPTERS  how many it has, eth0 and up (default 1); they get 10.77.0.1/24 and up\n"
            "  SEGMENT   the bridge that they are on, br0 or br1 (default 0)\n");
}

static int run_lab_command(int argc, char **argv)
{
    lab_args a = { .n = 0 };
    int i = 1;
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        lab_usage(stdout);
        return HOST_OK;
    }
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (a.n == LAB_HOSTS_MAX) {
            fprintf(stderr, "nbtlab: a lab has at most %d hosts\n", LAB_HOSTS_MAX);
            return HOST_USAGE;
        }
        if (!parse_host(&a.hosts[a.n++], argv[i]))
            return HOST_USAGE;
    }
    if (i + 1 >= argc || a.n == 0) {
        fprintf(stderr, "nbtlab: lab wants hosts, then --, then a command; `nbtlab lab --help`\n");
        return HOST_USAGE;
    }
    a.command = argv + i + 1;
    return lab_sandbox_run(run_lab, &a);
}

/* -- the whole --------------------------------------------------------------------------------- */

typedef struct subcommand {
    const char *name, *what;
    char full[24]; /* its argv[0]: what its messages begin with */
    int (*run)(int argc, char **argv);
} subcommand;

static const subcommand subcommands[] = {
    { "run", "run scenarios, and say whether what they expect has come", "nbtlab run",
      lab_runtool },
    { "explore", "go through everything that can happen in a small scenario", "nbtlab explore",
      lab_exploretool },
    { "check", "say whether scenario files are right", "nbtlab check", lab_check },
    { "list", "tell which scenarios there are", "nbtlab list", lab_list },
    { "doctor", "say what is wrong with this machine's NetBIOS and its network", "nbtlab doctor",
      lab_doctortool },
    { "watch", "look at a network, and tell what goes wrong with names", "nbtlab watch",
      lab_watchtool },
    { "reproduce", "reproduce the failure of article Q200832", "nbtlab reproduce", reproduce },
    { "lab", "run a command in a network of namespaces that vanishes with it", "nbtlab lab",
      run_lab_command },
    { "up", "switch computers on, on a real interface", "nbtlab up", lab_up },
    { "status", "say what a running `nbtlab up` has", "nbtlab status", lab_status },
    { "exec", "run a command on a computer of a running `nbtlab up`", "nbtlab exec", lab_exec },
    { "down", "end `nbtlab up`, or take away what a killed one has left behind", "nbtlab down",
      lab_down },
    { "ncb", "submit control blocks to a running driver", "nbtlab ncb", lab_ncbtool },
    { "names", "look at a running name server's names and change them", "nbtlab names",
      lab_namestool },
};

static void usage(FILE *to)
{
    fprintf(to, "usage: nbtlab COMMAND [ARG...]\n\n");
    for (size_t i = 0; i < sizeof subcommands / sizeof subcommands[0]; i++)
        fprintf(to, "  %-12s %s\n", subcommands[i].name, subcommands[i].what);
    fprintf(to, "\n`nbtlab COMMAND --help` tells more; nbtlab --version gives the version.\n");
}

int main(int argc, char **argv)
{
    argp_err_exit_status = HOST_USAGE;
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("nbtlab %s\n", NBTLAB_VERSION);
        return HOST_OK;
    }
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return HOST_OK;
    }
    for (size_t i = 0; argc > 1 && i < sizeof subcommands / sizeof subcommands[0]; i++) {
        if (strcmp(subcommands[i].name, argv[1]) == 0) {
            char full[sizeof subcommands[i].full];
            argv[1] = memcpy(full, subcommands[i].full, sizeof full);
            return subcommands[i].run(argc - 1, argv + 1);
        }
    }
    if (argc > 1)
        fprintf(stderr, "nbtlab: %s is no command\n", argv[1]);
    usage(stderr);
    return HOST_USAGE;
}
