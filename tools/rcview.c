/*
 * rcview: the console's side of a remote-control session. Options, wiring, and who sees what.
 */
#include <argp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rc/transfer.h"
#include "rc/viewer.h"
#include "tools/host/app.h"
#include "tools/host/drop.h"
#include "tools/host/files.h"
#include "tools/host/input.h"
#include "tools/host/mem.h"
#include "tools/host/ncbsock.h"
#include "tools/host/rcopt.h"
#include "tools/host/rcshow.h"
#include "tools/host/slot.h"
#include "tools/host/snapshot.h"
#include "tools/host/term.h"
#include "tools/host/trace.h"

typedef struct rcview {
    host_rcopt opt;
    rc_viewer_cfg cfg;
    const char *driver, *type;
    uint32_t addresses[HOST_RCOPT_ADDRESSES_MAX];
    size_t naddresses;
    const char *path; /* of the file here; --as, or the one that is put */
    const char *as, *put;
    unsigned wait;
    bool chat, function; /* one was asked for */
    unsigned pings;
    bool json, verbose, no_input, terminal;
    char user[RC_USER_MAX + 1];
    host_err err; /* of an option */
    bool wrong;   /* err is set */
    host_loop *loop;
    host_app *app;
    rc_viewer *viewer;
    host_input *input;
    host_files *files;
    host_term_watch *watch;
    const char *snapshot; /* where the last screen goes; NULL: nowhere */
    host_rcshow show;
    int slot;
    int status;
} rcview;

/* --- the object, as the host runs it -------------------------------------------------------- */

static void op_start(void *app, nbt_time now, nbt_out *out)
{
    rc_viewer_start(app, now, out);
}

static void op_ncb(void *app, nbt_time now, nbt_ipc_kind kind, uint32_t tag, const nbt_ncb *ncb,
                   nbt_bytes data, nbt_out *out)
{
    if (kind == NBT_IPC_DONE)
        rc_viewer_ncb(app, now, tag, ncb, data, out);
}

static void op_gone(void *app, nbt_time now, nbt_out *out)
{
    rc_viewer_gone(app, now, out);
}

static void op_tcp(void *app, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    rc_viewer_tcp(app, now, ev, out);
}

static void op_rx(void *app, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data, nbt_out *out)
{
    rc_viewer_rx(app, now, from, to, data, out);
}

static void op_act(void *app, nbt_time now, uint32_t what, int64_t value, nbt_bytes data,
                   nbt_out *out)
{
    rc_cmd cmd = { .kind = (rc_cmd_kind)what, .value = value, .data = data };
    rc_viewer_do(app, now, &cmd, out);
}

static void op_tick(void *app, nbt_time now, nbt_out *out)
{
    rc_viewer_tick(app, now, out);
}

static nbt_time op_due(const void *app)
{
    return rc_viewer_due(app);
}

static const host_app_ops ops = {
    op_start, op_ncb, op_gone, op_tcp, op_act, op_tick, op_due, op_rx
};

static const nbt_bytes nothing;

/* --- what it wants of us -------------------------------------------------------------------- */

static void give_up(rcview *v, const host_err *err)
{
    host_term_end();
    v->status = host_err_print("rcview", err);
    host_loop_stop(v->loop);
}

static void want_slot(rcview *v, unsigned count)
{
    host_err err;
    if (host_slot_take(v->driver, count, &v->slot, &err))
        host_app_do(v->app, RC_CMD_SLOT, v->slot >= 0, nothing);
    else
        give_up(v, &err);
}

/* False: nobody gets the events any more, and it ends. */
static bool show_event(rcview *v, const nbt_act *act, nbt_bytes data)
{
    host_err err;
    if (!v->json)
        return true;
    host_rcshow_json(stdout, &v->show, act, data);
    if (!host_stdout_lost(&err))
        return true;
    host_app_fail(v->app, &err);
    return false;
}

static void redraw(void *tool)
{
    rcview *v = tool;
    host_term_draw(STDOUT_FILENO, v->show.screen, HOST_TERM_ALL);
}

static void take_terminal(rcview *v)
{
    char text[RC_COLUMNS + 1];
    snprintf(text, sizeof text, "rcview: %s. Ctrl-] ends the session.", v->cfg.client);
    host_term_status(text);
    host_term_begin();
    redraw(v);
}

/* The screen as it was last, when the session ends. */
static void take_snapshot(rcview *v)
{
    host_err err;
    if (v->snapshot && !host_snapshot_write(v->snapshot, v->show.screen, &err))
        host_app_fail(v->app, &err);
}

static void on_file(rcview *v, const nbt_act *act, nbt_bytes data)
{
    host_files_answer answer = host_files_act(v->files, act, data);
    if (answer.due)
        host_app_do(v->app, RC_CMD_FILE, answer.value, answer.data);
}

static void on_app(void *tool, const nbt_act *act, nbt_bytes data)
{
    rcview *v = tool;
    rc_app app = (rc_app)act->app;
    if (app == RC_APP_CLOSED || app == RC_APP_ERROR || app == RC_APP_EXIT)
        host_term_end();
    if (!show_event(v, act, data))
        return;
    host_rcshow_line(stderr, &v->show, act, data, v->verbose);
    if (app == RC_APP_SLOT_WANTED) {
        want_slot(v, (unsigned)act->value);
    } else if (app == RC_APP_SLOT_BACK) {
        close(v->slot);
    } else if (app == RC_APP_KEYS && v->input) {
        host_input_hold(v->input, act->value == 0);
    } else if (app == RC_APP_CONNECTED && v->terminal) {
        take_terminal(v);
    } else if (app == RC_APP_SCREEN && v->terminal) {
        host_term_draw(STDOUT_FILENO, v->show.screen, (uint32_t)act->value);
    } else if (app >= RC_APP_FILE_OPEN && app <= RC_APP_FILE_OVER) {
        on_file(v, act, data);
    } else if (app == RC_APP_CLOSED) {
        take_snapshot(v);
    } else if (app == RC_APP_EXIT) {
        v->status = host_rcshow_status((rc_end)act->value);
        host_loop_stop(v->loop);
    }
}

static void on_trace(void *tool, const nbt_act *act)
{
    rcview *v = tool;
    if (v->verbose)
        host_trace_line(stderr, act);
}

static void on_fail(void *tool, const host_err *err)
{
    give_up(tool, err);
}

static void on_stop(void *tool)
{
    rcview *v = tool;
    host_app_do(v->app, RC_CMD_CLOSE, 0, nothing);
}

/* --- what is typed -------------------------------------------------------------------------- */

static void on_bytes(void *tool, nbt_bytes bytes)
{
    rcview *v = tool;
    const uint8_t *escape = v->terminal ? memchr(bytes.p, HOST_TERM_ESCAPE, bytes.n) : NULL;
    if (escape)
        bytes.n = (size_t)(escape - bytes.p);
    host_app_do(v->app, RC_CMD_KEYS, 0, bytes);
    if (escape)
        host_app_do(v->app, RC_CMD_CLOSE, 0, nothing);
}

static void on_end(void *tool)
{
    rcview *v = tool;
    host_app_do(v->app, v->terminal ? RC_CMD_CLOSE : RC_CMD_FINISH, 0, nothing);
}

/* --- the program ---------------------------------------------------------------------------- */

static void go(rcview *v)
{
    host_input_cfg input = { .ctx = v, .bytes = on_bytes, .end = on_end };
    host_err err;
    host_app_start(v->app);
    if (v->type)
        host_app_do(v->app, RC_CMD_KEYS, 0,
                    (nbt_bytes){ (const uint8_t *)v->type, strlen(v->type) });
    if (v->snapshot && v->pings == 0)
        v->pings = 1; /* its answer comes behind the whole screen */
    host_app_do(v->app, RC_CMD_PING, v->pings, nothing);
    if (v->terminal)
        v->watch = host_term_watch_new(host_loop_uv(v->loop), v, redraw);
    if (!v->no_input &&
        !(v->input = host_input_new(host_loop_uv(v->loop), STDIN_FILENO, &input, &err)))
        give_up(v, &err);
    else
        host_loop_run(v->loop);
    host_term_watch_free(v->watch);
    host_input_free(v->input);
}

static int run(rcview *v)
{
    host_err err;
    v->loop = host_loop_new(&err);
    if (!v->loop)
        return host_err_print("rcview", &err);
    if (v->path && !(v->files = host_files_one(v->path, &err))) {
        host_loop_free(v->loop);
        return host_err_print("rcview", &err);
    }
    v->viewer = rc_viewer_new(host_mem(), &v->cfg);
    static const uint16_t any[] = { 0 };
    host_app_cfg cfg = { .ops = &ops,
                         .app = v->viewer,
                         .driver = v->driver,
                         .ports = any,
                         .nports = v->cfg.protocols & RC_SPEAKS_UDP ? 1 : 0,
                         .tool = v,
                         .on_app = on_app,
                         .on_trace = on_trace,
                         .on_fail = on_fail,
                         .on_stop = on_stop };
    if (!v->viewer)
        host_err_set(&err, HOST_SYSTEM, "no memory");
    else
        v->app = host_app_new(v->loop, &cfg, &err);
    const char *const kept[] = { v->path, v->snapshot };
    if (v->app && host_drop(kept, 2, &err)) {
        v->terminal = host_term_there() && !v->json && !v->no_input && !v->chat;
        v->show = (host_rcshow){ .program = "rcview",
                                 .client = v->cfg.client,
                                 .profile = v->cfg.profile,
                                 .screen = rc_viewer_screen(v->viewer) };
        go(v);
    } else {
        v->status = host_err_print("rcview", &err);
    }
    host_app_free(v->app);
    rc_viewer_free(v->viewer);
    host_files_free(v->files);
    host_loop_free(v->loop);
    return v->status;
}

enum {
    OPT_CLAIM = 256,
    OPT_POLICY,
    OPT_CONSOLE,
    OPT_USER,
    OPT_PING,
    OPT_TYPE,
    OPT_NO_INPUT,
    OPT_GET,
    OPT_PUT,
    OPT_AS,
    OPT_CHAT,
    OPT_EXECUTE,
    OPT_REBOOT,
    OPT_WAIT,
    OPT_SNAPSHOT,
    TYPE_MAX = 1024,
};

static const struct argp_option options[] = {
    { "driver", 'd', "PATH", 0, "the socket of this computer's nbtd", 0 },
    { "protocols", 'p', "LIST", 0,
      "netbios, tcp, udp: some of the product's (default: all but udp)", 0 },
    { "product", 'P', "PRODUCT", 0, "sms1.2, sms2.0 (default) or sms2.0sp2", 0 },
    { "address", 'a', "A[,A...]", 0,
      "the client's IPv4 addresses, tried in turn, or name (default: found by its name)", 0 },
    { "claim", OPT_CLAIM, "HOW", 0, "the name is claimed each-attempt (default), or held", 0 },
    { "name-policy", OPT_POLICY, "POLICY", 0,
      "per-session (default), shared, group, numbered or tolerant", 0 },
    { "lana", 'l', "N[,N...]", 0, "LANA numbers to use, or all (default: 0)", 0 },
    { "console", OPT_CONSOLE, "NAME", 0, "this computer's name (default: the driver's)", 0 },
    { "user", OPT_USER, "NAME", 0, "who controls (default: you)", 0 },
    { "type", OPT_TYPE, "TEXT", 0, "type this first", 0 },
    { "ping", OPT_PING, "N", 0, "then measure N round trips", 0 },
    { "get", OPT_GET, "NAME", 0, "instead of controlling it, fetch this file of the client's", 0 },
    { "put", OPT_PUT, "PATH", 0, "instead, store this file at the client's", 0 },
    { "as", OPT_AS, "NAME", 0, "under another path here (--get), or name there (--put)", 0 },
    { "chat", OPT_CHAT, NULL, 0, "instead, exchange lines with the client's user", 0 },
    { "execute", OPT_EXECUTE, "COMMAND", 0, "instead, have a command run (it is only recorded)",
      0 },
    { "reboot", OPT_REBOOT, NULL, 0, "have the client restart, and control it behind that", 0 },
    { "wait", OPT_WAIT, "SECONDS", 0, "how long to wait for a restart (default: 120)", 0 },
    { "snapshot", OPT_SNAPSHOT, "FILE", 0,
      "write the screen to FILE.txt or FILE.png when the session ends", 0 },
    { "no-input", OPT_NO_INPUT, NULL, 0, "do not read standard input; stay until a signal", 0 },
    { "json", 'j', NULL, 0, "events as JSON on standard output", 0 },
    { "verbose", 'v', NULL, 0, "everything on standard error", 0 },
    { 0 },
};

static bool parse_keep(rcview *v, const char *text)
{
    bool held = strcmp(text, "held") == 0;
    v->cfg.keep = held ? RC_KEEP_HELD : RC_KEEP_ATTEMPT;
    if (held || strcmp(text, "each-attempt") == 0)
        return true;
    host_err_set(&v->err, HOST_USAGE,
                 "\"%s\" is no way to claim; --claim takes each-attempt or "
                 "held",
                 text);
    return false;
}

static bool parse_policy(rcview *v, const char *text)
{
    if (rc_policy_parse(&v->cfg.policy, text, strlen(text)))
        return true;
    host_err_set(&v->err, HOST_USAGE,
                 "there is no policy \"%s\"; --name-policy takes per-session, "
                 "shared, group, numbered or tolerant",
                 text);
    return false;
}

static bool parse_text(rcview *v, const char *option, const char *text, size_t max, const char **to)
{
    *to = text;
    if (strlen(text) <= max)
        return true;
    host_err_set(&v->err, HOST_USAGE, "%s takes up to %zu characters, not %zu", option, max,
                 strlen(text));
    return false;
}

/* Only one thing can be wanted of a session. */
static bool parse_function(rcview *v, rc_function function)
{
    v->cfg.function = function;
    if (!v->function) {
        v->function = true;
        return true;
    }
    host_err_set(&v->err, HOST_USAGE,
                 "a session is for one thing; give one of --get, --put, --chat, --execute and "
                 "--reboot");
    return false;
}

/* The file's name there, and its path here. */
static bool finish_file(rcview *v)
{
    const char *slash = v->put ? strrchr(v->put, '/') : NULL;
    if (v->put) {
        v->cfg.store = true;
        v->cfg.file = v->as ? v->as : slash ? slash + 1 : v->put;
        v->path = v->put;
    } else {
        v->path = v->as ? v->as : v->cfg.file;
    }
    if (rc_file_name_ok((nbt_bytes){ (const uint8_t *)v->cfg.file, strlen(v->cfg.file) }))
        return true;
    host_err_set(&v->err, HOST_USAGE,
                 "\"%s\" is no name of a file at the client: up to %d characters, without / \\ : "
                 "or a dot at its beginning",
                 v->cfg.file, RC_FILE_NAME_MAX);
    return false;
}

/* When all options are in. */
static bool finish(rcview *v)
{
    v->cfg.reconnect = v->cfg.function == RC_FUNCTION_REBOOT ? NBT_S(v->wait) : 0;
    if (v->cfg.function == RC_FUNCTION_TRANSFER || v->cfg.function == RC_FUNCTION_EXECUTE)
        v->no_input = true;
    if (v->cfg.function == RC_FUNCTION_TRANSFER && !finish_file(v))
        return false;
    if (v->as && v->cfg.function != RC_FUNCTION_TRANSFER)
        host_err_set(&v->err, HOST_USAGE, "--as is for a file; give --get or --put with it");
    else if (v->cfg.command && !*v->cfg.command)
        host_err_set(&v->err, HOST_USAGE, "--execute takes a command, not nothing");
    else if (!v->cfg.client)
        host_err_set(&v->err, HOST_USAGE, "whom? name the CLIENT to be controlled");
    else if (!v->driver)
        host_err_set(&v->err, HOST_USAGE,
                     "there is no driver; give --driver PATH, the socket of "
                     "this computer's nbtd");
    else if (host_rcopt_finish(&v->opt, &v->err))
        return true;
    return false;
}

/* How the client is reached, and as whom. False: the option is about something else. */
static bool parse_way(rcview *v, int key, char *arg, bool *ok)
{
    switch (key) {
    case 'd':
        v->driver = arg;
        return true;
    case 'p':
        *ok = host_rcopt_protocols(&v->opt, arg, &v->err);
        return true;
    case 'P':
        *ok = host_rcopt_product(&v->opt, arg, &v->err);
        return true;
    case 'a':
        *ok = host_rcopt_addresses(arg, v->addresses, &v->naddresses, &v->err);
        return true;
    case OPT_CLAIM:
        *ok = parse_keep(v, arg);
        return true;
    case OPT_POLICY:
        *ok = parse_policy(v, arg);
        return true;
    case 'l':
        *ok = host_rcopt_lanas(&v->opt, arg, &v->err);
        return true;
    case OPT_CONSOLE:
        v->cfg.console = arg;
        *ok = host_rcopt_machine("--console", arg, &v->err);
        return true;
    case OPT_USER:
        *ok = parse_text(v, "--user", arg, RC_USER_MAX, &v->cfg.user);
        return true;
    default:
        return false;
    }
}

/* What is wanted of the client. False: the same. */
static bool parse_wish(rcview *v, int key, char *arg, bool *ok)
{
    switch (key) {
    case OPT_GET:
        v->cfg.file = arg;
        *ok = parse_function(v, RC_FUNCTION_TRANSFER);
        return true;
    case OPT_PUT:
        v->put = arg;
        *ok = parse_function(v, RC_FUNCTION_TRANSFER);
        return true;
    case OPT_AS:
        v->as = arg;
        return true;
    case OPT_CHAT:
        v->chat = true;
        *ok = parse_function(v, RC_FUNCTION_CHAT);
        return true;
    case OPT_EXECUTE:
        *ok = parse_text(v, "--execute", arg, RC_TEXT_MAX, &v->cfg.command) &&
              parse_function(v, RC_FUNCTION_EXECUTE);
        return true;
    case OPT_REBOOT:
        *ok = parse_function(v, RC_FUNCTION_REBOOT);
        return true;
    case OPT_WAIT:
        *ok = host_rcopt_number("--wait", arg, 3600, &v->wait, &v->err);
        return true;
    default:
        return false;
    }
}

/* What is done at this end. False: the same. */
static bool parse_here(rcview *v, int key, char *arg, bool *ok)
{
    switch (key) {
    case OPT_TYPE:
        *ok = parse_text(v, "--type", arg, TYPE_MAX, &v->type);
        return true;
    case OPT_PING:
        *ok = host_rcopt_number("--ping", arg, 1000000, &v->pings, &v->err);
        return true;
    case OPT_SNAPSHOT:
        v->snapshot = arg;
        *ok = host_snapshot_path(arg, &v->err);
        return true;
    case OPT_NO_INPUT:
        v->no_input = true;
        return true;
    case 'j':
        v->json = true;
        return true;
    case 'v':
        v->verbose = true;
        return true;
    default:
        return false;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    rcview *v = state->input;
    bool ok = true;
    if (v->wrong)
        return 0; /* the first trouble is told */
    if (key == ARGP_KEY_ARG && !v->cfg.client) {
        v->cfg.client = arg;
        ok = host_rcopt_machine("CLIENT", arg, &v->err);
    } else if (key == ARGP_KEY_END) {
        ok = finish(v);
    } else if (!parse_way(v, key, arg, &ok) && !parse_wish(v, key, arg, &ok) &&
               !parse_here(v, key, arg, &ok)) {
        return ARGP_ERR_UNKNOWN;
    }
    v->wrong = !ok;
    return 0;
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "CLIENT",
        .doc = "Control a client from this console, in the foreground. On a terminal, Ctrl-] ends "
               "the session. See rcview(1) for the events and exit statuses.",
    };
    rcview v = { .slot = -1, .wait = 120 };
    const struct passwd *me = getpwuid(getuid());
    snprintf(v.user, sizeof v.user, "%s", me ? me->pw_name : "user");
    v.cfg.user = v.user;
    argp_program_version = "rcview " NBTLAB_VERSION;
    argp_err_exit_status = HOST_USAGE;
    v.driver = host_ncb_default();
    host_rcopt_init(&v.opt);
    argp_parse(&argp, argc, argv, 0, NULL, &v);
    if (v.wrong)
        return host_err_print("rcview", &v.err);
    v.cfg.profile = v.opt.profile;
    v.cfg.protocols = v.opt.protocols;
    v.cfg.address = v.addresses[0];
    v.cfg.more = v.addresses + 1;
    v.cfg.nmore = v.naddresses > 0 ? v.naddresses - 1 : 0;
    v.cfg.lanas = v.opt.lanas;
    v.cfg.nlanas = v.opt.nlanas;
    return run(&v);
}
