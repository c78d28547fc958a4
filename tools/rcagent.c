/*
 * rcagent: the client's side of remote control. Options, wiring, and the question to the user.
 */
#include <argp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "rc/agent.h"
#include "tools/host/app.h"
#include "tools/host/drop.h"
#include "tools/host/files.h"
#include "tools/host/input.h"
#include "tools/host/mem.h"
#include "tools/host/ncbsock.h"
#include "tools/host/rcopt.h"
#include "tools/host/rcshow.h"
#include "tools/host/trace.h"

typedef struct rcagent {
    host_rcopt opt;
    rc_agent_cfg cfg;
    const char *driver;
    const char *folder; /* of the files that viewers may have; NULL: none */
    char **viewers;
    bool json, verbose, asking, dropped;
    host_err err; /* of an option */
    bool wrong;   /* err is set */
    host_loop *loop;
    host_app *app;
    rc_agent *agent;
    host_input *input;
    host_files *files; /* NULL: there are none for anybody */
    host_rcshow show;
    int status;
} rcagent;

/* --- the object, as the host runs it -------------------------------------------------------- */

static void op_start(void *app, nbt_time now, nbt_out *out)
{
    rc_agent_start(app, now, out);
}

static void op_ncb(void *app, nbt_time now, nbt_ipc_kind kind, uint32_t tag, const nbt_ncb *ncb,
                   nbt_bytes data, nbt_out *out)
{
    if (kind == NBT_IPC_DONE)
        rc_agent_ncb(app, now, tag, ncb, data, out);
}

static void op_gone(void *app, nbt_time now, nbt_out *out)
{
    rc_agent_gone(app, now, out);
}

static void op_tcp(void *app, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    rc_agent_tcp(app, now, ev, out);
}

static void op_rx(void *app, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data, nbt_out *out)
{
    rc_agent_rx(app, now, from, to, data, out);
}

static void op_act(void *app, nbt_time now, uint32_t what, int64_t value, nbt_bytes data,
                   nbt_out *out)
{
    rc_cmd cmd = { .kind = (rc_cmd_kind)what, .value = value, .data = data };
    rc_agent_do(app, now, &cmd, out);
}

static void op_tick(void *app, nbt_time now, nbt_out *out)
{
    rc_agent_tick(app, now, out);
}

static nbt_time op_due(const void *app)
{
    return rc_agent_due(app);
}

static const host_app_ops ops = {
    op_start, op_ncb, op_gone, op_tcp, op_act, op_tick, op_due, op_rx
};

static const nbt_bytes nothing;

/* --- what it wants of us -------------------------------------------------------------------- */

static void on_file(rcagent *a, const nbt_act *act, nbt_bytes data)
{
    host_files_answer answer = { .due = true, .value = -(int64_t)RC_RESULT_REFUSED };
    if (a->files)
        answer = host_files_act(a->files, act, data);
    if (answer.due)
        host_app_do(a->app, RC_CMD_FILE, answer.value, answer.data);
}

/* When all ports are open: it reads what strangers send, and changes files where viewers may, and
 * nowhere else. */
static bool drop(rcagent *a, host_err *err)
{
    char folder[PATH_MAX];
    const char *const kept[] = { a->folder ? folder : NULL };
    snprintf(folder, sizeof folder, "%s/", a->folder ? a->folder : "");
    a->dropped = true;
    return host_drop(kept, 1, err);
}

static void on_app(void *tool, const nbt_act *act, nbt_bytes data)
{
    rcagent *a = tool;
    host_err err;
    if (a->json) {
        host_rcshow_json(stdout, &a->show, act, data);
        if (host_stdout_lost(&err)) {
            host_app_fail(a->app, &err);
            return;
        }
    }
    host_rcshow_line(stderr, &a->show, act, data, a->verbose);
    if (act->app == RC_APP_ASK || act->app == RC_APP_ASK_OVER || act->app == RC_APP_CHECKED)
        a->asking = act->app == RC_APP_ASK;
    if (act->app >= RC_APP_FILE_OPEN && act->app <= RC_APP_FILE_OVER)
        on_file(a, act, data);
    if (act->app == RC_APP_LISTENING && !a->dropped && !drop(a, &err))
        host_app_fail(a->app, &err);
    if (act->app == RC_APP_EXIT) {
        a->status = host_rcshow_status((rc_end)act->value);
        host_loop_stop(a->loop);
    }
}

static void on_trace(void *tool, const nbt_act *act)
{
    rcagent *a = tool;
    if (a->verbose)
        host_trace_line(stderr, act);
}

static void on_fail(void *tool, const host_err *err)
{
    rcagent *a = tool;
    a->status = host_err_print("rcagent", err);
    host_loop_stop(a->loop);
}

static void on_stop(void *tool)
{
    rcagent *a = tool;
    host_app_do(a->app, RC_CMD_CLOSE, 0, nothing);
}

/* The user's answer, the last y or n of what was typed, when he is asked; else the chat's. */
static void on_bytes(void *tool, nbt_bytes bytes)
{
    rcagent *a = tool;
    if (!a->asking) {
        host_app_do(a->app, RC_CMD_CHAT, 0, bytes);
        return;
    }
    for (size_t i = 0; i < bytes.n; i++)
        if (memchr("yYnN", bytes.p[i], 4))
            host_app_do(a->app, RC_CMD_PERMIT, bytes.p[i] == 'y' || bytes.p[i] == 'Y', nothing);
}

/* Nobody will answer any more: questions run out of time. */
static void on_end(void *tool)
{
    (void)tool;
}

/* --- the program ---------------------------------------------------------------------------- */

static void go(rcagent *a)
{
    host_input_cfg input = { .ctx = a, .bytes = on_bytes, .end = on_end };
    host_err err;
    host_app_start(a->app);
    bool asks = a->cfg.permission == RC_PERMISSION_ASK || a->cfg.functions >> RC_FUNCTION_CHAT & 1;
    if (asks && !(a->input = host_input_new(host_loop_uv(a->loop), STDIN_FILENO, &input, &err)))
        on_fail(a, &err);
    else
        host_loop_run(a->loop);
    host_input_free(a->input);
}

static int run(rcagent *a)
{
    host_err err;
    a->loop = host_loop_new(&err);
    if (!a->loop)
        return host_err_print("rcagent", &err);
    if (a->folder && !(a->files = host_files_new(a->folder, &err))) {
        host_loop_free(a->loop);
        return host_err_print("rcagent", &err);
    }
    a->agent = rc_agent_new(host_mem(), &a->cfg);
    uint16_t ports[RC_PORTS_MAX];
    size_t nports = rc_profile_port_list(a->cfg.profile, a->cfg.functions, ports);
    host_app_cfg cfg = { .ops = &ops,
                         .app = a->agent,
                         .driver = a->driver,
                         .ports = ports,
                         .nports = a->cfg.protocols & RC_SPEAKS_UDP ? nports : 0,
                         .remedy = "use --protocols netbios",
                         .tool = a,
                         .on_app = on_app,
                         .on_trace = on_trace,
                         .on_fail = on_fail,
                         .on_stop = on_stop };
    if (!a->agent)
        host_err_set(&err, HOST_SYSTEM, "no memory");
    else
        a->app = host_app_new(a->loop, &cfg, &err);
    if (a->app) {
        a->show = (host_rcshow){ .program = "rcagent",
                                 .profile = a->cfg.profile,
                                 .functions = a->cfg.functions };
        go(a);
    } else {
        a->status = host_err_print("rcagent", &err);
    }
    host_app_free(a->app);
    rc_agent_free(a->agent);
    host_files_free(a->files);
    host_loop_free(a->loop);
    return a->status;
}

enum {
    OPT_PERMISSION = 256,
    OPT_ASK_TIMEOUT,
    OPT_COMPRESSION,
    OPT_NAME,
    OPT_VIEWERS,
    OPT_ALLOW,
    OPT_FILES,
    OPT_DOWN_TIME,
    OPT_UDP_FLAW
};

static const struct argp_option options[] = {
    { "driver", 'd', "PATH", 0, "the socket of this computer's nbtd", 0 },
    { "protocols", 'p', "LIST", 0,
      "netbios, tcp, udp: some of the product's (default: all but udp)", 0 },
    { "product", 'P', "PRODUCT", 0, "sms1.2, sms2.0 (default) or sms2.0sp2", 0 },
    { "permission", OPT_PERMISSION, "HOW", 0, "ask, grant (default) or deny", 0 },
    { "ask-timeout", OPT_ASK_TIMEOUT, "SECONDS", 0, "how long the user is asked (default: 30)", 0 },
    { "viewers", OPT_VIEWERS, "USER[,USER...]", 0,
      "the permitted viewers, or none (default: everybody)", 0 },
    { "allow", OPT_ALLOW, "LIST", 0,
      "what viewers may do: control (default), chat, transfer, execute, reboot, or all", 0 },
    { "files", OPT_FILES, "DIR", 0, "the folder whose files they may fetch and store", 0 },
    { "down-time", OPT_DOWN_TIME, "SECONDS", 0,
      "how long a restart takes, which is only acted out (default: 10)", 0 },
    { "udp-flaw", OPT_UDP_FLAW, "WORD", 0,
      "what goes wrong over UDP: none (default), out-of-step, too-many-naks", 0 },
    { "compression", OPT_COMPRESSION, "HOW", 0, "of the screen: rle, zlib or auto (default)", 0 },
    { "lana", 'l', "N[,N...]", 0, "LANA numbers to listen on, or all (default: 0)", 0 },
    { "name", OPT_NAME, "NAME", 0, "the name to be found under (default: the driver's)", 0 },
    { "json", 'j', NULL, 0, "events as JSON on standard output", 0 },
    { "verbose", 'v', NULL, 0, "everything on standard error", 0 },
    { 0 },
};

static bool parse_permission(rcagent *a, const char *text)
{
    if (rc_permission_parse(&a->cfg.permission, text, strlen(text)))
        return true;
    host_err_set(&a->err, HOST_USAGE,
                 "\"%s\" is no permission; --permission takes ask, grant or "
                 "deny",
                 text);
    return false;
}

static bool parse_compression(rcagent *a, const char *text)
{
    if (rc_compression_parse(&a->cfg.compression, text, strlen(text)))
        return true;
    host_err_set(&a->err, HOST_USAGE,
                 "there is no compression \"%s\"; --compression takes rle, "
                 "zlib or auto",
                 text);
    return false;
}

static bool parse_udp_flaw(rcagent *a, const char *text)
{
    if (rc_udp_flaw_parse(&a->cfg.flaw, text, strlen(text)))
        return true;
    host_err_set(&a->err, HOST_USAGE,
                 "nothing goes wrong like \"%s\"; --udp-flaw takes none, out-of-step or "
                 "too-many-naks",
                 text);
    return false;
}

static bool parse_viewers(rcagent *a, const char *text)
{
    free(a->viewers);
    a->viewers = host_rcopt_users(text, &a->cfg.npermitted, &a->err);
    return a->viewers != NULL;
}

static bool parse_ask_timeout(rcagent *a, const char *text)
{
    unsigned seconds = 0;
    bool ok = host_rcopt_number("--ask-timeout", text, 3600, &seconds, &a->err);
    a->cfg.ask_timeout = NBT_S(seconds);
    return ok;
}

static bool parse_down_time(rcagent *a, const char *text)
{
    unsigned seconds = 0;
    bool ok = host_rcopt_number("--down-time", text, 3600, &seconds, &a->err);
    a->cfg.down_time = NBT_S(seconds);
    return ok;
}

/* When all options are in. */
static bool finish(rcagent *a)
{
    unsigned transfer = 1u << RC_FUNCTION_TRANSFER;
    if (a->folder && a->cfg.functions == 0)
        a->cfg.functions = 1u << RC_FUNCTION_CONTROL | transfer;
    if (a->cfg.functions & transfer && !a->folder) {
        host_err_set(&a->err, HOST_USAGE,
                     "there are no files to be transferred; give --files DIR as well");
        return false;
    }
    if (a->driver)
        return host_rcopt_finish(&a->opt, &a->err);
    host_err_set(&a->err, HOST_USAGE,
                 "there is no driver; give --driver PATH, the socket of this "
                 "computer's nbtd");
    return false;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    rcagent *a = state->input;
    bool ok = true;
    if (a->wrong)
        return 0; /* the first trouble is told */
    switch (key) {
    case 'd':
        a->driver = arg;
        break;
    case 'p':
        ok = host_rcopt_protocols(&a->opt, arg, &a->err);
        break;
    case 'P':
        ok = host_rcopt_product(&a->opt, arg, &a->err);
        break;
    case OPT_PERMISSION:
        ok = parse_permission(a, arg);
        break;
    case OPT_ASK_TIMEOUT:
        ok = parse_ask_timeout(a, arg);
        break;
    case OPT_VIEWERS:
        ok = parse_viewers(a, arg);
        break;
    case OPT_ALLOW:
        ok = host_rcopt_functions(arg, &a->cfg.functions, &a->err);
        break;
    case OPT_FILES:
        a->folder = arg;
        break;
    case OPT_DOWN_TIME:
        ok = parse_down_time(a, arg);
        break;
    case OPT_UDP_FLAW:
        ok = parse_udp_flaw(a, arg);
        break;
    case OPT_COMPRESSION:
        ok = parse_compression(a, arg);
        break;
    case 'l':
        ok = host_rcopt_lanas(&a->opt, arg, &a->err);
        break;
    case OPT_NAME:
        a->cfg.client = arg;
        ok = host_rcopt_machine("--name", arg, &a->err);
        break;
    case 'j':
        a->json = true;
        break;
    case 'v':
        a->verbose = true;
        break;
    case ARGP_KEY_END:
        ok = finish(a);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    a->wrong = !ok;
    return 0;
}

/* What is to be added to host_now() for the microseconds since midnight. */
static nbt_time midnight(void)
{
    struct timespec now;
    struct tm tm;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    nbt_time day = NBT_S((tm.tm_hour * 60 + tm.tm_min) * 60 + tm.tm_sec) + now.tv_nsec / 1000;
    return NBT_S(86400) + day - host_now() % NBT_S(86400);
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .doc = "Let consoles control this computer, in the foreground. See rcagent(1) for the "
               "events and exit statuses.",
    };
    rcagent a = { .cfg = { .permission = RC_PERMISSION_GRANT,
                           .ask_timeout = NBT_S(30),
                           .down_time = NBT_S(10),
                           .compression = RC_COMPRESS_AUTO } };
    argp_program_version = "rcagent " NBTLAB_VERSION;
    argp_err_exit_status = HOST_USAGE;
    a.driver = host_ncb_default();
    host_rcopt_init(&a.opt);
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    if (!a.wrong && getrandom(&a.cfg.seed, sizeof a.cfg.seed, 0) != sizeof a.cfg.seed) {
        host_err_set(&a.err, HOST_SYSTEM, "the system has no random numbers");
        a.wrong = true;
    }
    a.cfg.profile = a.opt.profile;
    a.cfg.protocols = a.opt.protocols;
    a.cfg.lanas = a.opt.lanas;
    a.cfg.nlanas = a.opt.nlanas;
    a.cfg.permitted = (const char *const *)a.viewers;
    a.cfg.midnight = midnight();
    int status = a.wrong ? host_err_print("rcagent", &a.err) : run(&a);
    free(a.viewers);
    return status;
}
