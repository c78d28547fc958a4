/*
 * Options. What one means is said in the man page, and shortly in its row of option_list.
 */
#include "tools/replay/opt.h"
#include "capture/tap.h"
#include "tools/host/err.h"
#include "tools/host/iface.h"
#include "tools/host/query.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_ANONYMISE = 256,
    OPT_TO_SCENARIO,
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
    OPT_AS,
    OPT_AGAINST,
    OPT_EMULATOR,
    OPT_PEER,
    OPT_RENAME,
    OPT_MAP,
    OPT_SCOPE,
    OPT_TARGET_PORT,
    OPT_IGNORE,
    OPT_PATIENCE,
    OPT_LATE,
    OPT_PROFILE,
    OPT_SERVER,
    OPT_SEED,
    OPT_STEP,
    OPT_QUIET,
    OPT_JSON,
    OPT_TAP,
    OPT_JUNIT,
};

enum { MILLIONTHS = 1000000 };

static const struct argp_option option_list[] = {
    { 0, 0, 0, 0, "What is done with FILE:", 1 },
    { "as", OPT_AS, "HOST[,HOST]", 0, "play the part of these hosts of it", 1 },
    { "against", OPT_AGAINST, "TARGET[,TARGET]", 0, "towards a real host", 1 },
    { "emulator", OPT_EMULATOR, 0, 0, "towards our own computers, in virtual time", 1 },
    { "anonymise", OPT_ANONYMISE, "OUT", 0, "write it with other names and addresses", 1 },
    { "to-scenario", OPT_TO_SCENARIO, "OUT", 0, "make a scenario of it", 1 },
    { "key", OPT_KEY, "KEY", 0, "of which equal ones replace alike (default: a random one)", 1 },
    { "raw", OPT_RAW, 0, 0, "send its frames as they are, and listen to nothing", 1 },
    { 0, 0, 0, 0, "What of it:", 2 },
    { "from", OPT_FROM, "WHERE", 0, "from that packet on, or time, as 120 or 2.5s", 2 },
    { "to", OPT_TO, "WHERE", 0, "up to there", 2 },
    { "loop", OPT_LOOP, "N", 0, "N times", 2 },
    { "port", OPT_PORT, "137=PORT", 0, "what is usual at 137 is at PORT in it", 2 },
    { "peer", OPT_PEER, "HOST[,HOST]", 0,
      "whose part TARGET has (default: who speaks most with HOST)", 2 },
    { 0, 0, 0, 0, "What is said otherwise:", 3 },
    { "rename", OPT_RENAME, "OLD=NEW", 0, "a name: FRED=LISA, or FRED<20>=LISA<20>", 3 },
    { "map", OPT_MAP, "ADDRESS=ADDRESS", 0, "an address inside messages", 3 },
    { "scope", OPT_SCOPE, "OLD=NEW", 0, "a scope; either may be empty", 3 },
    { "target-port", OPT_TARGET_PORT, "139=PORT", 0, "TARGET has at PORT what was at 139", 3 },
    { 0, 0, 0, 0, "What comes back:", 4 },
    { "ignore", OPT_IGNORE, "WORD[,WORD]", 0, "may differ, as ttl", 4 },
    { "no-broadcasts", OPT_QUIET, 0, 0, "TARGET may broadcast what it likes", 4 },
    { "patience", OPT_PATIENCE, "TIME", 0, "wait so much longer than in the capture (default: 5s)",
      4 },
    { "late", OPT_LATE, "TIME", 0, "so much later is not late (default: 1s)", 4 },
    { "verbose", 'v', 0, 0, "also what was sent and what matched", 4 },
    { "json", OPT_JSON, 0, 0, "an object a line", 4 },
    { "tap", OPT_TAP, 0, 0, "for the Test Anything Protocol", 4 },
    { "junit", OPT_JUNIT, "FILE", 0, "for JUnit, too, to FILE", 4 },
    { 0, 'w', "FILE", 0, "the new capture, to FILE", 4 },
    { 0, 0, 0, 0, "The emulator:", 5 },
    { "profile", OPT_PROFILE, "NAME", 0, "what kind of computers (default: win2000)", 5 },
    { "server", OPT_SERVER, "NAME", 0, "what kind of name servers (default: windows)", 5 },
    { "seed", OPT_SEED, "N", 0, "what chance is made of", 5 },
    { 0, 0, 0, 0, "Where and when it is sent:", 6 },
    { "interface", 'i', "IF", 0, "by this interface", 6 },
    { "allow", OPT_ALLOW, "NETWORK", 0, "also to addresses of 10.1.0.0/16, or the like", 6 },
    { "timing", OPT_TIMING, "captured|scaled=X|asap", 0, "when: as in the capture (default), ...",
      3 },
    { "limit-rate", OPT_LIMIT, "N", 0, "at most N a second", 6 },
    { "step", OPT_STEP, 0, 0, "each message at a key press", 6 },
    { "dry-run", OPT_DRY, 0, 0, "only say what would be sent, and to whom", 6 },
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

/* A time with its unit: 5s, 300ms. */
static nbt_time parse_time(const char *arg, const char *option, struct argp_state *state)
{
    uint64_t number;
    int64_t time = 0;
    parse_where(arg, option, &number, &time, state);
    if (number)
        argp_error(state, "%s %s: it is a time, as 2.5s or 300ms", option, arg);
    return time;
}

/* Addresses with commas. */
static void parse_hosts(const char *arg, const char *option, uint32_t list[CAP_PARTS_MAX],
                        size_t *n, struct argp_state *state)
{
    while (arg) {
        host_err err;
        char item[HOST_IP_STR_MAX + 1];
        size_t len = strcspn(arg, ",");
        snprintf(item, sizeof item, "%.*s", (int)len, arg);
        if (*n == CAP_PARTS_MAX)
            argp_error(state, "%s: at most %d hosts", option, CAP_PARTS_MAX);
        if (!host_query_address(item, option, &list[(*n)++], &err))
            argp_error(state, "%s", err.text);
        arg = arg[len] ? arg + len + 1 : NULL;
    }
}

/* 10.0.0.1=10.0.0.7 */
static void parse_map(replay_opt *o, const char *arg, struct argp_state *state)
{
    uint32_t pair[2];
    host_err err;
    char from[HOST_IP_STR_MAX + 1];
    const char *to = strchr(arg, '=');
    if (!to)
        argp_error(state, "--map %s: it is two addresses, as 10.0.0.1=10.0.0.7", arg);
    snprintf(from, sizeof from, "%.*s", (int)(to - arg), arg);
    if (!host_query_address(from, "--map", &pair[0], &err) ||
        !host_query_address(to + 1, "--map", &pair[1], &err))
        argp_error(state, "%s", err.text);
    if (!cap_map_address(&o->map, pair[0], pair[1]))
        argp_error(state, "--map: there are too many");
}

static void parse_scope(replay_opt *o, const char *arg, struct argp_state *state)
{
    char from[NBT_NAME_STR_MAX];
    nbt_name name[2];
    host_err err;
    const char *to = strchr(arg, '=');
    if (!to || (size_t)(to - arg) >= sizeof from)
        argp_error(state, "--scope %s: it is two scopes, as OLD=NEW, of which one may be empty",
                   arg);
    snprintf(from, sizeof from, "%.*s", (int)(to - arg), arg);
    if (!host_query_name("*<00>", from[0] ? from : NULL, &name[0], &err) ||
        !host_query_name("*<00>", to[1] ? to + 1 : NULL, &name[1], &err))
        argp_error(state, "--scope %s: %s", arg, err.text);
    o->map.scoped = true;
    o->map.scope_from = name[0].scope;
    o->map.scope_to = name[1].scope;
}

static void parse_target_port(replay_opt *o, const char *arg, struct argp_state *state)
{
    char *rest;
    unsigned long from = strtoul(arg, &rest, 10), to = 0;
    if (*rest == '=')
        to = strtoul(rest + 1, &rest, 10);
    if (*rest || from < 1 || from > UINT16_MAX || to < 1 || to > UINT16_MAX)
        argp_error(state, "--target-port %s: it is two ports, as 139=1139", arg);
    if (!cap_map_port(&o->map, (uint16_t)from, (uint16_t)to))
        argp_error(state, "--target-port: there are too many");
}

static void parse_ignore(replay_opt *o, const char *arg, struct argp_state *state)
{
    while (arg) {
        size_t len = strcspn(arg, ",");
        if (!cap_ignore_add(&o->ignore, arg, len))
            argp_error(state,
                       "--ignore %.*s: no message has such a word; it is ttl, owners or "
                       "another as nbtdump prints it",
                       (int)len, arg);
        arg = arg[len] ? arg + len + 1 : NULL;
    }
}

static void set_form(replay_opt *o, replay_form form, struct argp_state *state)
{
    if (o->form != REPLAY_TEXT && o->form != form)
        argp_error(state, "--json and --tap do not go together");
    o->form = form;
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

/* What goes with whom. */
static void check_deed(const replay_opt *o, struct argp_state *state)
{
    bool live = o->deed == REPLAY_LIVE, plays = live || o->deed == REPLAY_EMULATOR;
    bool sends = live || o->deed == REPLAY_RAW;
    const replay_cut *cut = &o->cut;
    if (!plays && (o->npeers || o->map.naddresses || o->map.nnames || o->map.scoped ||
                   o->ignore.n || o->form != REPLAY_TEXT || o->junit || o->step || o->verbose))
        argp_error(state, "some of this is for --as HOST alone; see nbtreplay(1)");
    if (!plays && !o->write && o->deed == REPLAY_ANONYMISE)
        argp_error(state, "--anonymise needs OUT");
    if (o->deed == REPLAY_RAW && o->write)
        argp_error(state, "--raw listens to nothing, and so has nothing to write");
    if (!live && (o->map.nports || o->no_broadcasts))
        argp_error(state, "--target-port and --no-broadcasts are for --against");
    if (o->deed != REPLAY_EMULATOR && o->deed != REPLAY_SCENARIO && (o->profile || o->server))
        argp_error(state, "--profile and --server are for --emulator and --to-scenario");
    if (o->keyed && o->deed != REPLAY_ANONYMISE)
        argp_error(state, "--key is for --anonymise");
    if (o->deed == REPLAY_RAW && !o->interface)
        argp_error(state, "--raw sends by an interface; say which: --interface IF");
    if (!sends && (o->interface || o->nallowed || o->dry))
        argp_error(state, "--interface, --allow and --dry-run are for what is really sent");
    if (o->deed == REPLAY_ANONYMISE &&
        (cut->first || cut->last || cut->begin || cut->end || cut->loops || o->per_second))
        argp_error(state, "--anonymise takes all of a capture, once");
    if (o->deed == REPLAY_SCENARIO && (cut->loops || o->per_second))
        argp_error(state, "--to-scenario takes a capture once, at its own times");
    if (o->deed != REPLAY_ANONYMISE && strcmp(cut->path, "-") == 0)
        argp_error(state, "what is played is read twice; save it to a file first");
    if (o->step && o->deed == REPLAY_EMULATOR)
        argp_error(state, "--step is for --against; virtual time waits for nobody");
}

static void check(replay_opt *o, struct argp_state *state)
{
    if (!o->cut.path)
        argp_error(state, "which capture? Give FILE");
    if (o->deed == REPLAY_NOTHING && o->nours)
        argp_error(state, "towards whom? Give --against TARGET, or --emulator");
    if (o->deed == REPLAY_NOTHING)
        argp_error(state,
                   "what is to be done with %s? Give --as HOST and --against TARGET or --emulator, "
                   "--anonymise OUT, --to-scenario OUT, or --raw",
                   o->cut.path);
    bool plays = o->deed == REPLAY_LIVE || o->deed == REPLAY_EMULATOR;
    if (plays != (o->nours > 0) && o->deed != REPLAY_SCENARIO)
        argp_error(state, "whose part is played? Give --as HOST, an address of the capture");
    if (o->npeers && o->ntargets && o->npeers != o->ntargets)
        argp_error(state, "as many targets as peers: one has the part of one");
    if (o->ntargets > 1 && !o->npeers)
        argp_error(state, "which of several targets has whose part? Give --peer HOST,HOST");
    check_deed(o, state);
}

/* Who plays whom, and what is said otherwise. */
static bool parse_part(replay_opt *o, int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case OPT_AS:
        parse_hosts(arg, "--as", o->ours, &o->nours, state);
        return true;
    case OPT_AGAINST:
        if (!o->ntargets)
            set_deed(o, REPLAY_LIVE, "--against", state);
        parse_hosts(arg, "--against", o->targets, &o->ntargets, state);
        return true;
    case OPT_EMULATOR:
        set_deed(o, REPLAY_EMULATOR, "--emulator", state);
        return true;
    case OPT_PEER:
        parse_hosts(arg, "--peer", o->peers, &o->npeers, state);
        return true;
    case OPT_RENAME:
        if (!cap_map_name(&o->map, arg))
            argp_error(state, "--rename %s: it is two names, as FRED=LISA or FRED<20>=LISA<20>",
                       arg);
        return true;
    case OPT_MAP:
        parse_map(o, arg, state);
        return true;
    case OPT_SCOPE:
        parse_scope(o, arg, state);
        return true;
    case OPT_TARGET_PORT:
        parse_target_port(o, arg, state);
        return true;
    }
    return false;
}

/* What comes back, and how it is told. */
static bool parse_result(replay_opt *o, int key, char *arg, struct argp_state *state)
{
    switch (key) {
    case OPT_IGNORE:
        parse_ignore(o, arg, state);
        return true;
    case OPT_QUIET:
        o->no_broadcasts = true;
        return true;
    case OPT_PATIENCE:
        o->patience = parse_time(arg, "--patience", state);
        return true;
    case OPT_LATE:
        o->late = parse_time(arg, "--late", state);
        return true;
    case 'v':
        o->verbose = true;
        return true;
    case OPT_JSON:
        set_form(o, REPLAY_JSON, state);
        return true;
    case OPT_TAP:
        set_form(o, REPLAY_TAP, state);
        return true;
    case OPT_JUNIT:
        o->junit = arg;
        return true;
    case 'w':
        o->write = arg;
        return true;
    case OPT_PROFILE:
        o->profile = arg;
        return true;
    case OPT_SERVER:
        o->server = arg;
        return true;
    case OPT_SEED:
        o->seeded = true;
        o->seed = parse_number(arg, "--seed", UINT64_MAX, state);
        return true;
    }
    return false;
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
    case OPT_STEP:
        o->step = true;
        return true;
    }
    return false;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    replay_opt *o = state->input;
    if (parse_cut(o, key, arg, state) || parse_sending(o, key, arg, state) ||
        parse_part(o, key, arg, state) || parse_result(o, key, arg, state))
        return 0;
    switch (key) {
    case OPT_TO_SCENARIO:
        set_deed(o, REPLAY_SCENARIO, "--to-scenario", state);
        o->write = arg;
        return 0;
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
        .args_doc = "FILE --as HOST --against TARGET\nFILE --as HOST --emulator\n"
                    "FILE --anonymise OUT\nFILE --to-scenario OUT\nFILE --raw --interface IF",
        .doc = "Plays one side of a capture, and says what came back different. See nbtreplay(1).",
    };
    *o = (replay_opt){ .scale = MILLIONTHS, .patience = NBT_S(5), .late = NBT_S(1), .seed = 1 };
    argp_program_version = "nbtreplay " NBTLAB_VERSION;
    argp_err_exit_status = HOST_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, o);
}
