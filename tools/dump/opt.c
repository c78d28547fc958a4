/*
 * Options. What one means is said in its row of option_list and in the man page.
 */
#include "tools/dump/opt.h"
#include "capture/tap.h"
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

static error_t parse(int key, char *arg, struct argp_state *state)
{
    dump_opt *o = state->input;
    switch (key) {
    case 'i':
        o->interface = arg;
        return 0;
    case 'r':
        o->read = arg;
        return 0;
    case 'w':
        o->write = arg;
        parse_show(o, DUMP_WRITE, "-w", state);
        return 0;
    case 'c':
        parse_count(o, arg, state);
        return 0;
    case 'q':
        o->brief = true;
        return 0;
    case 'v':
        o->verbose = true;
        return 0;
    case 'x':
        o->octets = true;
        return 0;
    case 'D':
        o->list = true;
        return 0;
    case OPT_TIME:
        parse_clock(o, arg, state);
        return 0;
    case OPT_PORT:
        parse_port(o, arg, state);
        return 0;
    case OPT_FOLLOW:
        o->follow = true;
        return 0;
    case OPT_JSON:
        parse_form(o, DUMP_JSON, "--json", state);
        return 0;
    case OPT_STATS:
        parse_show(o, DUMP_STATS, "--stats", state);
        return 0;
    case OPT_NAMES:
        parse_show(o, DUMP_NAMES, "--names", state);
        return 0;
    case OPT_EXPLAIN:
        parse_show(o, DUMP_EXPLAIN, "--explain", state);
        return 0;
    case OPT_EK:
        parse_form(o, DUMP_EK, "--ek", state);
        return 0;
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
    case OPT_ERROR:
        o->error = arg;
        return 0;
    case OPT_LINT:
        o->lint = true;
        return 0;
    case OPT_AS:
        parse_as(o, arg, state);
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

static const struct argp_option option_list[] = {
    { 0, 'i', "INTERFACE", 0, "Capture on it; any: on all", 0 },
    { 0, 'r', "FILE", 0, "Read pcap or pcapng, also gzipped; -: standard input", 0 },
    { "follow", OPT_FOLLOW, 0, 0, "Wait for more at the end of FILE", 0 },
    { 0, 'D', 0, 0, "List the interfaces and end", 0 },
    { 0, 'w', "FILE", 0, "Write the packets: pcap, .pcapng, also .gz", 0 },
    { 0, 'c', "N", 0, "End after N messages", 0 },
    { 0, 'q', 0, 0, "Of each message only its kind and its name", 0 },
    { 0, 'v', 0, 0, "Under each line every field and what it means", 0 },
    { 0, 'x', 0, 0, "Under each line the octets of the message", 0 },
    { "json", OPT_JSON, 0, 0, "One JSON object a line, with all fields", 0 },
    { "ek", OPT_EK, 0, 0, "The same, as Elasticsearch and OpenSearch take it in bulk", 0 },
    { "stats", OPT_STATS, 0, 0, "Count instead: by kind, name and sender; times to answers", 0 },
    { "names", OPT_NAMES, 0, 0, "Every name: who held it, from when to when", 0 },
    { "explain", OPT_EXPLAIN, 0, 0, "Every failure with names, in plain words", 0 },
    { "error", OPT_ERROR, "CODE", 0, "What a number means: 0x16, 52, 4320 and its data, rcode 6",
      0 },
    { "lint", OPT_LINT, 0, 0, "Under each line what deviates from the RFCs and from Windows", 0 },
    { "as", OPT_AS, "WHOM", 0, "Refuse what rfc or windows does; lenient (default): nothing", 0 },
    { "time", OPT_TIME, "WHICH", 0, "absolute (default), relative or delta", 0 },
    { "name", OPT_NAME, "GLOB", 0, "Only with a name like FRED*, *<41>", 0 },
    { "suffix", OPT_SUFFIX, "HEX,...", 0, "Only with a name of this 16th byte", 0 },
    { "kind", OPT_KIND, "WORD,...", 0, "Only of a kind, as registration, negative", 0 },
    { "rcode", OPT_RCODE, "CODE,...", 0, "Only answers with a code, as 6 or ACT_ERR", 0 },
    { "conflict", OPT_CONFLICT, 0, 0, "Only what conflicts of names are made of", 0 },
    { "host", OPT_HOST, "ADDRESS,...", 0, "Only to, from, about 10.0.0.0/24 or a MAC", 0 },
    { "transaction", OPT_TRANSACTION, "FRAME", 0, "Only the conversation that FRAME is part of",
      0 },
    { "life", OPT_LIFE, "NAME", 0, "Only what happens to a name", 0 },
    { "role", OPT_ROLE, "WHO", 0, "Only what owner, asker or server send", 0 },
    { "port", OPT_PORT, "137=PORT", 0, "Another port for 137, 138 or 139; may be repeated", 0 },
    { 0 },
};

static void print_version(FILE *to, struct argp_state *state)
{
    (void)state;
    fprintf(to, "nbtdump %s\n", NBTLAB_VERSION);
}

void dump_opt_parse(dump_opt *o, int argc, char **argv)
{
    static const struct argp argp = {
        .options = option_list,
        .parser = parse,
        .args_doc = "[FILTER...]",
        .doc = "Shows the NetBIOS over TCP/IP messages of a network or a capture file, one a line.",
    };
    *o = (dump_opt){ 0 };
    argp_err_exit_status = HOST_USAGE;
    argp_program_version_hook = print_version;
    argp_parse(&argp, argc, argv, 0, NULL, o);
}

void dump_opt_fini(dump_opt *o)
{
    free(o->filter);
    cap_pick_free(o->pick);
    o->filter = NULL;
    o->pick = NULL;
}
