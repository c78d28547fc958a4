/*
 * Options. What one means is said in the man page, and shortly in its row of option_list.
 */
#include "tools/dump/opt.h"
#include "capture/tap.h"
#include "tools/dump/help.h"
#include "tools/host/err.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_TIME = 256,
    OPT_PORT,
    OPT_FOLLOW,
    OPT_JSON,
    OPT_EK,
    OPT_AS,
    OPT_CONFLICT,
    OPT_HOST,
    OPT_KIND,
    OPT_LIFE,
    OPT_LINT,
    OPT_NAME,
    OPT_RCODE,
    OPT_ROLE,
    OPT_STATS,
    OPT_SUFFIX,
    OPT_TRANSACTION,
    OPT_NAMES,
    OPT_EXPLAIN,
    OPT_ERROR,
    OPT_COLOR,
    OPT_USAGE,
};

static void parse_count(dump_opt *o, const char *arg, struct argp_state *state)
{
    char *rest;
    errno = 0;
    o->count = strtoull(arg, &rest, 10);
    if (errno || *rest || rest == arg || *arg == '-' || o->count == 0)
        argp_error(state, "-c %s: it is a number from 1", arg);
}

static void parse_clock(dump_opt *o, const char *arg, struct argp_state *state)
{
    if (strcmp(arg, "absolute") == 0)
        o->clock = CAP_CLOCK_ABSOLUTE;
    else if (strcmp(arg, "relative") == 0)
        o->clock = CAP_CLOCK_RELATIVE;
    else if (strcmp(arg, "delta") == 0)
        o->clock = CAP_CLOCK_DELTA;
    else
        argp_error(state, "--time %s: it is absolute, relative or delta", arg);
}

static void parse_color(dump_opt *o, const char *arg, struct argp_state *state)
{
    if (!arg || strcmp(arg, "always") == 0)
        o->color = DUMP_COLOR_ALWAYS;
    else if (strcmp(arg, "auto") == 0)
        o->color = DUMP_COLOR_AUTO;
    else if (strcmp(arg, "never") == 0)
        o->color = DUMP_COLOR_NEVER;
    else
        argp_error(state, "--color=%s: it is auto, always or never", arg);
}

static void parse_as(dump_opt *o, const char *arg, struct argp_state *state)
{
    if (strcmp(arg, "rfc") == 0)
        o->as = CAP_AS_RFC;
    else if (strcmp(arg, "windows") == 0)
        o->as = CAP_AS_WINDOWS;
    else if (strcmp(arg, "lenient") == 0)
        o->as = CAP_AS_LENIENT;
    else
        argp_error(state, "--as %s: it is rfc, windows or lenient", arg);
}

/* 137=10137. Ports of remote control have others too. */
static void parse_port(dump_opt *o, const char *arg, struct argp_state *state)
{
    char *rest;
    unsigned long usual = strtoul(arg, &rest, 10), port = 0;
    if (*rest == '=')
        port = strtoul(rest + 1, &rest, 10);
    bool known = usual <= UINT16_MAX && cap_tap_is_usual((uint16_t)usual);
    if (*rest || !known || port < 1 || port > UINT16_MAX)
        argp_error(state,
                   "--port %s: it is 137=, 138=, 139=, or one of remote control such as 1761=, and "
                   "another port",
                   arg);
    if (o->nports == DUMP_PORTS_MAX)
        argp_error(state, "--port: at most %d of them", DUMP_PORTS_MAX);
    o->ports[o->nports].usual = (uint16_t)usual;
    o->ports[o->nports++].port = (uint16_t)port;
}

/* Which messages: each option adds to what is wanted. */
static void parse_pick(dump_opt *o, int key, const char *arg, struct argp_state *state)
{
    char why[CAP_ERR_MAX], *rest;
    bool good = o->pick || (o->pick = cap_pick_new());
    if (!good)
        snprintf(why, sizeof why, "no memory");
    else if (key == OPT_LIFE)
        good = cap_pick_life(o->pick, arg, why);
    else if (key == OPT_ROLE)
        good = cap_pick_role(o->pick, arg, why);
    else if (key == OPT_TRANSACTION)
        cap_pick_transaction(o->pick, strtoull(arg, &rest, 10));
    else
        good = cap_pick_by(o->pick,
                           key == OPT_NAME     ? CAP_FILTER_NAME
                           : key == OPT_SUFFIX ? CAP_FILTER_SUFFIX
                           : key == OPT_KIND   ? CAP_FILTER_KIND
                           : key == OPT_RCODE  ? CAP_FILTER_CODE
                           : key == OPT_HOST   ? CAP_FILTER_HOST
                                               : CAP_FILTER_CONFLICT,
                           arg, why);
    if (good && key == OPT_TRANSACTION && (*rest || *arg < '0' || *arg > '9' || atoll(arg) < 1)) {
        snprintf(why, sizeof why, "--transaction %.40s: it is the number of a packet, from 1", arg);
        good = false;
    }
    if (!good)
        argp_error(state, "%s", why);
}

/* Of what can be shown, one thing is. */
static void parse_show(dump_opt *o, dump_show show, const char *option, struct argp_state *state)
{
    if (o->show != DUMP_MESSAGES && o->show != show)
        argp_error(state, "%s: something else is to be shown already", option);
    o->show = show;
}

static void parse_form(dump_opt *o, dump_form form, const char *option, struct argp_state *state)
{
    if (o->form != DUMP_TEXT && o->form != form)
        argp_error(state, "%s: another form is asked for already", option);
    o->form = form;
}

/* The words of a filter, with spaces between them, as if they had been quoted. */
static char *join(char **words)
{
    size_t n = 1;
    for (char **w = words; *w; w++)
        n += strlen(*w) + 1;
    char *text = calloc(1, n);
    for (char **w = words; text && *w; w++) {
        strcat(text, *w);
        if (w[1])
            strcat(text, " ");
    }
    return text;
}

static void check(const dump_opt *o, struct argp_state *state)
{
    if (o->error && (o->interface || o->read))
        argp_error(state, "--error reads no packets");
    if (!o->list && !o->error && !o->interface == !o->read)
        argp_error(state, "what is to be read? Either -i INTERFACE or -r FILE");
    if ((o->show != DUMP_MESSAGES || o->form != DUMP_TEXT) && (o->verbose || o->octets))
        argp_error(state, "-v and -x are for lines");
    if (o->show == DUMP_WRITE && o->form != DUMP_TEXT)
        argp_error(state, "-w writes packets, and not as JSON");
    if (o->show != DUMP_MESSAGES && o->form == DUMP_EK)
        argp_error(state, "--ek is for messages");
    if (o->show != DUMP_MESSAGES && (o->lint || o->as != CAP_AS_LENIENT))
        argp_error(state, "--lint and --as are for messages");
    if (o->follow && !o->read)
        argp_error(state, "--follow is for -r FILE");
    if (o->pick && cap_pick_packet(o->pick) &&
        (o->interface || o->follow || (o->read && strcmp(o->read, "-") == 0)))
        argp_error(state, "--transaction reads a file twice; save it first with -w FILE");
}

/* The texts are those of --help, where 20 characters have room; the man page says more. */
static const struct argp_option option_list[] = {
    { 0, 0, 0, 0, "What is read:", 0 },
    { 0, 'i', "INTERFACE", 0, "capture; any: on all", 0 },
    { 0, 'r', "FILE", 0, "a capture; -: stdin", 0 },
    { "follow", OPT_FOLLOW, 0, 0, "wait for more of it", 0 },
    { 0, 'D', 0, 0, "list the interfaces", 0 },
    { "port", OPT_PORT, "137=PORT", 0, "another port", 0 },
    { 0, 0, 0, 0, "What is printed, a message a line:", 0 },
    { 0, 'q', 0, 0, "kinds and names only", 0 },
    { 0, 'v', 0, 0, "all fields beneath", 0 },
    { 0, 'x', 0, 0, "octets beneath", 0 },
    { "json", OPT_JSON, 0, 0, "an object a line", 0 },
    { "ek", OPT_EK, 0, 0, "for Elasticsearch", 0 },
    { "time", OPT_TIME, "WHICH", 0, "relative or delta", 0 },
    { "color", OPT_COLOR, "WHEN", OPTION_ARG_OPTIONAL, "auto, always, never", 0 },
    { "lint", OPT_LINT, 0, 0, "with what is wrong", 0 },
    { "as", OPT_AS, "WHOM", 0, "as rfc or windows", 0 },
    { 0, 'w', "FILE", 0, "the packets, to FILE", 0 },
    { 0, 'c', "N", 0, "only N messages", 0 },
    { 0, 0, 0, 0, "Instead of messages:", 0 },
    { "stats", OPT_STATS, 0, 0, "counts, answer times", 0 },
    { "names", OPT_NAMES, 0, 0, "who held which name", 0 },
    { "explain", OPT_EXPLAIN, 0, 0, "failures, in words", 0 },
    { "error", OPT_ERROR, "CODE", 0, "what a number means", 0 },
    { 0, 0, 0, 0, "Which messages:", 0 },
    { "name", OPT_NAME, "GLOB", 0, "with a name as FRED*", 0 },
    { "suffix", OPT_SUFFIX, "HEX,...", 0, "with this 16th byte", 0 },
    { "kind", OPT_KIND, "WORD,...", 0, "as registration", 0 },
    { "rcode", OPT_RCODE, "CODE,...", 0, "as 6 or ACT_ERR", 0 },
    { "conflict", OPT_CONFLICT, 0, 0, "of name conflicts", 0 },
    { "host", OPT_HOST, "ADDRESS,...", 0, "IP, IP/24 or MAC", 0 },
    { "life", OPT_LIFE, "NAME", 0, "all about one name", 0 },
    { "transaction", OPT_TRANSACTION, "FRAME", 0, "with FRAME", 0 },
    { "role", OPT_ROLE, "WHO", 0, "owner, asker, server", 0 },
    { 0, 0, 0, 0, "And:", 0 },
    { "help", '?', 0, 0, "this", 0 },
    { "usage", OPT_USAGE, 0, 0, "options in a row", 0 },
    { "version", 'V', 0, 0, "the version", 0 },
    { 0 },
};

/* What is asked of nbtdump itself: it says it and ends. */
static void answer(int key, struct argp_state *state)
{
    if (key == 'V')
        printf("nbtdump %s\n", NBTLAB_VERSION);
    else if (key == OPT_USAGE)
        argp_state_help(state, stdout, ARGP_HELP_USAGE);
    else
        dump_help_print(option_list, stdout);
    exit(fflush(stdout) == 0 ? HOST_OK : HOST_SYSTEM);
}

/* What is read, and how much of it. */
static bool parse_input(dump_opt *o, int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case 'i':
        o->interface = arg;
        return true;
    case 'r':
        o->read = arg;
        return true;
    case 'c':
        parse_count(o, arg, state);
        return true;
    case 'D':
        o->list = true;
        return true;
    case OPT_PORT:
        parse_port(o, arg, state);
        return true;
    case OPT_FOLLOW:
        o->follow = true;
        return true;
    }
    return false;
}

/* What is shown, of the options that show something else than lines or in another form. */
static bool parse_output(dump_opt *o, int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case 'w':
        o->write = arg;
        parse_show(o, DUMP_WRITE, "-w", state);
        return true;
    case OPT_STATS:
        parse_show(o, DUMP_STATS, "--stats", state);
        return true;
    case OPT_NAMES:
        parse_show(o, DUMP_NAMES, "--names", state);
        return true;
    case OPT_EXPLAIN:
        parse_show(o, DUMP_EXPLAIN, "--explain", state);
        return true;
    case OPT_JSON:
        parse_form(o, DUMP_JSON, "--json", state);
        return true;
    case OPT_EK:
        parse_form(o, DUMP_EK, "--ek", state);
        return true;
    case OPT_ERROR:
        o->error = arg;
        return true;
    }
    return false;
}

/* How lines look, and what stands beneath them. */
static bool parse_manner(dump_opt *o, int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case 'q':
        o->brief = true;
        return true;
    case 'v':
        o->verbose = true;
        return true;
    case 'x':
        o->octets = true;
        return true;
    case OPT_LINT:
        o->lint = true;
        return true;
    case OPT_AS:
        parse_as(o, arg, state);
        return true;
    case OPT_TIME:
        parse_clock(o, arg, state);
        return true;
    case OPT_COLOR:
        parse_color(o, arg, state);
        return true;
    }
    return false;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    dump_opt *o = state->input;
    if (parse_input(o, key, arg, state) || parse_output(o, key, arg, state) ||
        parse_manner(o, key, arg, state))
        return 0;
    switch (key) {
    case OPT_CONFLICT:
    case OPT_HOST:
    case OPT_KIND:
    case OPT_LIFE:
    case OPT_NAME:
    case OPT_RCODE:
    case OPT_ROLE:
    case OPT_SUFFIX:
    case OPT_TRANSACTION:
        parse_pick(o, key, arg ? arg : "", state);
        return 0;
    case '?':
    case 'V':
    case OPT_USAGE:
        answer(key, state);
        return 0;
    case ARGP_KEY_ARGS:
        o->filter = join(state->argv + state->next);
        return 0;
    case ARGP_KEY_END:
        check(o, state);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

void dump_opt_parse(dump_opt *o, int argc, char **argv)
{
    static const struct argp argp = {
        .options = option_list,
        .parser = parse,
        .args_doc = "[FILTER...]",
    };
    *o = (dump_opt){ 0 };
    argp_err_exit_status = HOST_USAGE;
    argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, o);
}

void dump_opt_fini(dump_opt *o)
{
    free(o->filter);
    cap_pick_free(o->pick);
    o->filter = NULL;
    o->pick = NULL;
}
