/*
 * Options. What one means is said in the man page, and shortly in its row of option_list.
 */
#include "tools/replay/opt.h"
#include "capture/tap.h"
#include "tools/host/err.h"
#include "tools/host/iface.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_ANONYMISE = 256,
    OPT_KEY,
    OPT_PORT,
    OPT_RAW,
    OPT_ALLOW,
    OPT_DRY,
    OPT_TIMING,
    OPT_LIMIT,
    OPT_FROM,
    OPT_TO,
    OPT_LOOP,
};

enum { MILLIONTHS = 1000000 };

static const struct argp_option option_list[] = {
    { 0, 0, 0, 0, "What is done with FILE:", 1 },
    { "anonymise", OPT_ANONYMISE, "OUT", 0, "write it with other names and addresses", 1 },
    { "key", OPT_KEY, "KEY", 0, "of which equal ones replace alike (default: a random one)", 1 },
    { "raw", OPT_RAW, 0, 0, "send its frames as they are, and listen to nothing", 1 },
    { 0, 0, 0, 0, "What of it:", 2 },
    { "from", OPT_FROM, "WHERE", 0, "from that packet on, or time, as 120 or 2.5s", 2 },
    { "to", OPT_TO, "WHERE", 0, "up to there", 2 },
    { "loop", OPT_LOOP, "N", 0, "N times", 2 },
    { "port", OPT_PORT, "137=PORT", 0, "what is usual at 137 is at PORT in it", 2 },
    { 0, 0, 0, 0, "Where and when it is sent:", 3 },
    { "interface", 'i', "IF", 0, "by this interface", 3 },
    { "allow", OPT_ALLOW, "NETWORK", 0, "also to addresses of 10.1.0.0/16, or the like", 3 },
    { "timing", OPT_TIMING, "captured|scaled=X|asap", 0, "when: as in the capture (default), ...",
      3 },
    { "limit-rate", OPT_LIMIT, "N", 0, "at most N a second", 3 },
    { "dry-run", OPT_DRY, 0, 0, "only say what would be sent, and to whom", 3 },
    { 0 },
};

/* 32 hexadecimal digits are a key themselves; any other text makes one. */
static void parse_key(replay_opt *o, const char *arg, struct argp_state *state)
{
    uint8_t key[CAP_ANON_KEY_LEN];
    size_t n = strlen(arg), digits = 0;
    while (isxdigit((unsigned char)arg[digits]))
        digits++;
    if (n == 0)
        argp_error(state, "--key: it is empty, and so everybody's");
    o->keyed = true;
    if (n != 2 * sizeof key || digits != n) {
        cap_anon_map_text(&o->key, arg);
        return;
    }
    for (size_t i = 0; i < sizeof key; i++) {
        char pair[] = { arg[2 * i], arg[2 * i + 1], '\0' };
        key[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    cap_anon_map_init(&o->key, key);
}

static void parse_port(replay_opt *o, const char *arg, struct argp_state *state)
{
    char *rest;
    unsigned long usual = strtoul(arg, &rest, 10), port = 0;
    if (*rest == '=')
        port = strtoul(rest + 1, &rest, 10);
    bool known = usual <= UINT16_MAX && cap_tap_is_usual((uint16_t)usual);
    if (*rest || !known || port < 1 || port > UINT16_MAX)
        argp_error(state,
                   "--port %s: it is 137=, 138=, 139=, or a port of remote control as 1761=,"
                   " and another port",
                   arg);
    replay_cut *cut = &o->cut;
    if (cut->nports == REPLAY_PORTS_MAX)
        argp_error(state, "--port: at most %d of them", REPLAY_PORTS_MAX);
    cut->ports[cut->nports].usual = (uint16_t)usual;
    cut->ports[cut->nports++].port = (uint16_t)port;
}

static uint64_t parse_number(const char *arg, const char *option, uint64_t most,
                             struct argp_state *state)
{
    char *rest;
    errno = 0;
    unsigned long long n = strtoull(arg, &rest, 10);
    if (errno || *rest || rest == arg || *arg < '0' || *arg > '9' || n < 1 || n > most)
        argp_error(state, "%s %s: it is a number from 1 to %llu", option, arg,
                   (unsigned long long)most);
    return n;
}

/* The number of a packet, or a time since the first, with its unit. */
static void parse_where(const char *arg, const char *option, uint64_t *number, int64_t *time,
                        struct argp_state *state)
{
    char *rest;
    double t = strtod(arg, &rest), unit = strcmp(rest, "s") == 0 ? 1e6 : 1e3;
    bool timed = *arg >= '0' && *arg <= '9' && (strcmp(rest, "s") == 0 || strcmp(rest, "ms") == 0);
    *number = 0;
    *time = 0;
    if (timed && t * unit >= 0 && t * unit < 1e15)
        *time = (int64_t)(t * unit);
    else if (*arg && strspn(arg, "0123456789") == strlen(arg))
        *number = parse_number(arg, option, UINT64_MAX, state);
    else
        argp_error(state,
                   "%s %s: it is the number of a packet, as 120, or a time, as 2.5s or 300ms",
                   option, arg);
}

static void parse_timing(replay_opt *o, const char *arg, struct argp_state *state)
{
    char *rest = NULL;
    double scale = strncmp(arg, "scaled=", 7) == 0 ? strtod(arg + 7, &rest) : 1;
    bool scaled = rest && rest > arg + 7 && !*rest && scale > 0 && scale <= 1000;
    o->timing = CAP_TIMING_CAPTURED;
    o->scale = MILLIONTHS;
    if (strcmp(arg, "asap") == 0)
        o->timing = CAP_TIMING_ASAP;
    else if (scaled)
        o->scale = scale * MILLIONTHS < 1 ? 1 : (uint32_t)(scale * MILLIONTHS);
    else if (strcmp(arg, "captured") != 0)
        argp_error(state, "--timing %s: it is captured, asap, or scaled=0.1 or the like", arg);
}

static void parse_allow(replay_opt *o, const char *arg, struct argp_state *state)
{
    if (o->nallowed == REPLAY_ALLOWED_MAX)
        argp_error(state, "--allow: at most %d of them", REPLAY_ALLOWED_MAX);
    if (!host_subnet_parse(arg, &o->allowed[o->nallowed++]))
        argp_error(state, "--allow %s: it is a network as 10.1.0.0/16, or one host as 10.1.0.7/32",
                   arg);
}

/* Of what can be done, one thing is. */
static void set_deed(replay_opt *o, replay_deed deed, const char *option, struct argp_state *state)
{
    if (o->deed != REPLAY_NOTHING)
        argp_error(state, "%s: something else is to be done already", option);
    o->deed = deed;
}

static void check(const replay_opt *o, struct argp_state *state)
{
    bool sends = o->deed == REPLAY_RAW, reads_all = o->deed == REPLAY_ANONYMISE;
    if (!o->cut.path)
        argp_error(state, "which capture? Give FILE");
    if (o->deed == REPLAY_NOTHING)
        argp_error(state, "what is to be done with %s? Give --anonymise OUT or --raw", o->cut.path);
    if (o->keyed && o->deed != REPLAY_ANONYMISE)
        argp_error(state, "--key is for --anonymise");
    if (o->deed == REPLAY_RAW && !o->interface)
        argp_error(state, "--raw sends by an interface; say which: --interface IF");
    if (!sends && (o->interface || o->nallowed || o->dry || o->per_second))
        argp_error(state, "--interface, --allow, --dry-run and --limit-rate are for what is sent");
    if (reads_all && (o->cut.first || o->cut.last || o->cut.begin || o->cut.end || o->cut.loops))
        argp_error(state, "--anonymise takes all of a capture, once");
    if (sends && strcmp(o->cut.path, "-") == 0)
        argp_error(state, "what is sent is read twice; save it to a file first");
}

/* What of the capture. */
static bool parse_cut(replay_opt *o, int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case OPT_FROM:
        parse_where(arg, "--from", &o->cut.first, &o->cut.begin, state);
        return true;
    case OPT_TO:
        parse_where(arg, "--to", &o->cut.last, &o->cut.end, state);
        return true;
    case OPT_LOOP:
        o->cut.loops = (unsigned)parse_number(arg, "--loop", UINT32_MAX, state);
        return true;
    case OPT_PORT:
        parse_port(o, arg, state);
        return true;
    }
    return false;
}

/* Where it goes, and when. */
static bool parse_sending(replay_opt *o, int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case 'i':
        o->interface = arg;
        return true;
    case OPT_ALLOW:
        parse_allow(o, arg, state);
        return true;
    case OPT_TIMING:
        parse_timing(o, arg, state);
        return true;
    case OPT_LIMIT:
        o->per_second = parse_number(arg, "--limit-rate", 1000000000, state);
        return true;
    case OPT_DRY:
        o->dry = true;
        return true;
    }
    return false;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    replay_opt *o = state->input;
    if (parse_cut(o, key, arg, state) || parse_sending(o, key, arg, state))
        return 0;
    switch (key) {
    case OPT_ANONYMISE:
        set_deed(o, REPLAY_ANONYMISE, "--anonymise", state);
        o->write = arg;
        return 0;
    case OPT_KEY:
        parse_key(o, arg, state);
        return 0;
    case OPT_RAW:
        set_deed(o, REPLAY_RAW, "--raw", state);
        return 0;
    case ARGP_KEY_ARG:
        if (o->cut.path)
            argp_error(state, "%s is one too many: one FILE", arg);
        o->cut.path = arg;
        return 0;
    case ARGP_KEY_END:
        check(o, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void replay_opt_parse(replay_opt *o, int argc, char **argv)
{
    static const struct argp argp = {
        .options = option_list,
        .parser = parse,
        .args_doc = "FILE --anonymise OUT\nFILE --raw --interface IF",
        .doc = "Says again what is in a capture. See nbtreplay(1).",
    };
    *o = (replay_opt){ .scale = MILLIONTHS };
    argp_program_version = "nbtreplay " NBTLAB_VERSION;
    argp_err_exit_status = HOST_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, o);
}
