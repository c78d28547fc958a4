/*
 * Options. What one means is said in the man page, and shortly in its row of option_list.
 */
#include "tools/replay/opt.h"
#include "capture/tap.h"
#include "tools/host/err.h"

#include <argp.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPT_ANONYMISE = 256,
    OPT_KEY,
    OPT_PORT,
};

static const struct argp_option option_list[] = {
    { 0, 0, 0, 0, "What is done with FILE:", 1 },
    { "anonymise", OPT_ANONYMISE, "OUT", 0, "write it with other names and addresses", 1 },
    { "key", OPT_KEY, "KEY", 0, "of which equal ones replace alike (default: a random one)", 1 },
    { 0, 0, 0, 0, "How it is read:", 2 },
    { "port", OPT_PORT, "137=PORT", 0, "what is usual at 137 is at PORT in it", 2 },
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
    if (o->nports == REPLAY_OPT_PORTS_MAX)
        argp_error(state, "--port: at most %d of them", REPLAY_OPT_PORTS_MAX);
    o->ports[o->nports].usual = (uint16_t)usual;
    o->ports[o->nports++].port = (uint16_t)port;
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
    if (!o->file)
        argp_error(state, "which capture? Give FILE");
    if (o->deed == REPLAY_NOTHING)
        argp_error(state, "what is to be done with %s? Give --anonymise OUT", o->file);
    if (o->keyed && o->deed != REPLAY_ANONYMISE)
        argp_error(state, "--key is for --anonymise");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    replay_opt *o = state->input;
    switch (key) {
    case OPT_ANONYMISE:
        set_deed(o, REPLAY_ANONYMISE, "--anonymise", state);
        o->write = arg;
        return 0;
    case OPT_KEY:
        parse_key(o, arg, state);
        return 0;
    case OPT_PORT:
        parse_port(o, arg, state);
        return 0;
    case ARGP_KEY_ARG:
        if (o->file)
            argp_error(state, "%s is one too many: one FILE", arg);
        o->file = arg;
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
        .args_doc = "FILE --anonymise OUT",
        .doc = "Says again what is in a capture. See nbtreplay(1).",
    };
    *o = (replay_opt){ 0 };
    argp_program_version = "nbtreplay " NBTLAB_VERSION;
    argp_err_exit_status = HOST_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, o);
}
