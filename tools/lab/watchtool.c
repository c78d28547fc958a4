/*
 * From packets to events: a source, the way to messages, the watcher, and a second's tick. What is
 * wrong, capture/watch.h knows.
 */
#include "tools/lab/watchtool.h"

#include <argp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capture/source.h"
#include "tools/host/drop.h"
#include "tools/host/loop.h"
#include "tools/lab/watchout.h"

enum { AT_ONCE = 256 /* packets between two looks at everything else */ };

#define METRICS_EVERY NBT_S(10)

/*
 * For the kernel, so that a busy network costs nothing: the ports of NetBIOS, fragments, which have
 * no ports, and what has a VLAN tag (last: behind that word, all offsets are others).
 */
static const char ports[] = "udp port 137 or udp port 138 or tcp port 139 or tcp port 137 or "
                            "(ip[6:2] & 0x1fff != 0) or vlan";

typedef struct tool {
    const char *interface, *read;
    cap_watch_cfg cfg;
    lab_watchout_cfg out_cfg;
    lab_watchout out;
    cap_source *source;
    cap_tap *tap;
    cap_dialog *dialog;
    cap_watch *watch;
    host_loop *loop;
    uv_poll_t packets, served;
    uv_signal_t hangup;
    nbt_time next, numbers; /* when to tick, and when to write the numbers */
    host_err err;           /* status HOST_OK: none */
} tool;

static int64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return NBT_S(t.tv_sec) + t.tv_nsec / 1000;
}

/* ---- Packets ------------------------------------------------------------------------------- */

static bool take_items(tool *t)
{
    cap_item item;
    cap_link link;
    while (cap_tap_next(t->tap, &item)) {
        cap_dialog_put(t->dialog, &item, &link);
        cap_watch_put(t->watch, &item, &link);
        if (!lab_watchout_tell(&t->out, t->watch, &t->err))
            return false;
    }
    return true;
}

/* Up to so many packets. CAP_WAIT: there are no more for now; CAP_PACKET: there may be. */
static cap_got take_packets(tool *t, unsigned max)
{
    cap_packet p;
    for (unsigned i = 0; i < max; i++) {
        cap_got got = cap_source_next(t->source, &p);
        if (got != CAP_PACKET)
            return got;
        cap_watch_count(t->watch)->packets += cap_tap_put(t->tap, &p);
        if (!take_items(t))
            return CAP_END;
    }
    return CAP_PACKET;
}

static bool source_failed(tool *t)
{
    host_err_set(&t->err, t->interface ? HOST_INTERFACE : HOST_SYSTEM, "%s: %s",
                 t->interface ? t->interface : t->read, cap_source_error(t->source));
    return false;
}

/* ---- A file -------------------------------------------------------------------------------- */

static bool watch_file(tool *t)
{
    cap_got got;
    do
        got = take_packets(t, AT_ONCE);
    while (got == CAP_PACKET);
    if (t->err.status)
        return false;
    if (got == CAP_DAMAGE)
        return source_failed(t);
    cap_tap_end(t->tap);
    if (!take_items(t))
        return false;
    cap_watch_end(t->watch);
    return lab_watchout_tell(&t->out, t->watch, &t->err);
}

/* ---- An interface -------------------------------------------------------------------------- */

static void take_some(tool *t)
{
    cap_got got = take_packets(t, AT_ONCE);
    if (got == CAP_DAMAGE)
        source_failed(t);
    if (t->err.status)
        host_loop_stop(t->loop);
}

static void on_packets(uv_poll_t *handle, int status, int events)
{
    (void)status;
    (void)events;
    take_some(handle->data);
}

static void on_served(uv_poll_t *handle, int status, int events)
{
    tool *t = handle->data;
    (void)status;
    (void)events;
    cap_watch_count(t->watch)->missed = cap_source_lost(t->source);
    lab_watchout_serve(&t->out, t->watch);
}

/* The file was renamed, as logrotate does; or the terminal has gone, which is no reason to end. */
static void on_hangup(uv_signal_t *handle, int number)
{
    tool *t = handle->data;
    (void)number;
    lab_watchout_reopen(&t->out);
    lab_watchout_metrics(&t->out, t->watch);
}

static nbt_time due(const void *ctx)
{
    const tool *t = ctx;
    return t->next;
}

static void tick(void *ctx, nbt_time now)
{
    tool *t = ctx;
    if (now < t->next)
        return;
    t->next = now + NBT_S(1);
    /* libuv does not watch any longer what has had an error: an interface that was down. */
    uv_poll_start(&t->packets, UV_READABLE, on_packets);
    take_some(t);
    cap_watch_tick(t->watch, clock_now());
    if (!lab_watchout_tell(&t->out, t->watch, &t->err))
        host_loop_stop(t->loop);
    if (now < t->numbers)
        return;
    t->numbers = now + METRICS_EVERY;
    cap_watch_count(t->watch)->missed = cap_source_lost(t->source);
    lab_watchout_metrics(&t->out, t->watch);
}

static void on_stop(void *ctx)
{
    tool *t = ctx;
    host_loop_stop(t->loop);
}

/* What is left in the kernel when a signal comes was seen in time, too. */
static bool take_rest(tool *t)
{
    cap_got got;
    do
        got = take_packets(t, AT_ONCE);
    while (got == CAP_PACKET);
    cap_watch_tick(t->watch, clock_now());
    cap_watch_count(t->watch)->missed = cap_source_lost(t->source);
    return !t->err.status && lab_watchout_tell(&t->out, t->watch, &t->err);
}

static void poll_on(tool *t, uv_poll_t *poll, int fd, uv_poll_cb cb)
{
    poll->data = t;
    uv_poll_init(host_loop_uv(t->loop), poll, fd);
    uv_poll_start(poll, UV_READABLE, cb);
}

static bool watch_interface(tool *t)
{
    host_driven driven = { .ctx = t, .due = due, .tick = tick, .stop = on_stop };
    bool served = t->out.sock.fd >= 0;
    if (!(t->loop = host_loop_new(&t->err)))
        return false;
    t->hangup.data = t;
    uv_signal_init(host_loop_uv(t->loop), &t->hangup);
    uv_signal_start(&t->hangup, on_hangup, SIGHUP);
    poll_on(t, &t->packets, cap_source_fd(t->source), on_packets);
    if (served)
        poll_on(t, &t->served, t->out.sock.fd, on_served);
    host_loop_drive(t->loop, &driven);
    fprintf(stderr, "nbtlab watch: listening on %s\n", t->interface);
    host_loop_run(t->loop);
    uv_close((uv_handle_t *)&t->packets, NULL);
    uv_close((uv_handle_t *)&t->hangup, NULL);
    if (served)
        uv_close((uv_handle_t *)&t->served, NULL);
    host_loop_free(t->loop);
    return !t->err.status && take_rest(t);
}

/* ---- All of it ----------------------------------------------------------------------------- */

static bool open_source(tool *t)
{
    char why[CAP_ERR_MAX];
    t->source = t->interface ? cap_source_live(t->interface, why) : cap_source_file(t->read, why);
    if (!t->source) {
        host_err_set(&t->err, t->interface ? HOST_INTERFACE : HOST_SYSTEM, "%s", why);
        return false;
    }
    if (t->interface && !cap_source_filter(t->source, ports, why)) {
        host_err_set(&t->err, HOST_SYSTEM, "%s: %s", t->interface, why);
        return false;
    }
    return true;
}

static bool begin(tool *t)
{
    t->tap = cap_tap_new();
    t->dialog = cap_dialog_new();
    t->watch = cap_watch_new(&t->cfg);
    if (!t->tap || !t->dialog || !t->watch) {
        host_err_set(&t->err, HOST_SYSTEM, "there is no memory left");
        return false;
    }
    if (!open_source(t) || !lab_watchout_open(&t->out, &t->out_cfg, clock_now(), &t->err))
        return false;
    const char *kept[LAB_WATCHOUT_FILES];
    size_t n = lab_watchout_files(&t->out, kept);
    return !t->interface || ((n > 0 || host_drop_user(&t->err)) && host_drop(kept, n, &t->err));
}

static int run(tool *t)
{
    t->out.sock.fd = t->out.log.fd = -1;
    if (begin(t)) {
        bool good = t->interface ? watch_interface(t) : watch_file(t);
        host_err err;
        if (!lab_watchout_end(&t->out, t->watch, good ? &t->err : &err))
            good = false;
        lab_watchout_metrics(&t->out, t->watch);
    }
    bool found = t->out.told > 0;
    lab_watchout_close(&t->out);
    cap_watch_free(t->watch);
    cap_dialog_free(t->dialog);
    cap_tap_free(t->tap);
    cap_source_free(t->source);
    if (t->err.status)
        return host_err_print("nbtlab watch", &t->err);
    return found ? HOST_FOUND : HOST_OK;
}

enum { OPT_AGAIN = 256, OPT_NAMES, OPT_SYSLOG, OPT_METRICS };

static unsigned long number(const char *text, const char *option, unsigned long min,
                            unsigned long max, struct argp_state *state)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || n < min || n > max)
        argp_error(state, "%s %s: it is a number from %lu to %lu", option, text, min, max);
    return n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    tool *t = state->input;
    switch (key) {
    case 'i':
        t->interface = arg;
        return 0;
    case 'r':
        t->read = arg;
        return 0;
    case 'o':
        t->out_cfg.output = arg;
        return 0;
    case 'j':
        t->out_cfg.json = true;
        return 0;
    case 'q':
        t->out_cfg.quiet = true;
        return 0;
    case OPT_SYSLOG:
        t->out_cfg.syslog = arg ? arg : HOST_LOGSOCK_PATH;
        return 0;
    case OPT_METRICS:
        t->out_cfg.metrics = arg;
        return 0;
    case OPT_AGAIN:
        t->cfg.again = NBT_S((int64_t)number(arg, "--again", 0, 86400, state));
        return 0;
    case OPT_NAMES:
        t->cfg.names = (uint32_t)number(arg, "--names", 64, CAP_LEDGER_NAMES_MAX, state);
        return 0;
    case ARGP_KEY_END:
        if (!t->interface == !t->read)
            argp_error(state, "it takes either --interface IF or --read FILE");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int lab_watchtool(int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "interface", 'i', "IF", 0, "Watch this interface until interrupted", 0 },
        { "read", 'r', "FILE", 0, "Read a capture file instead; - is standard input", 0 },
        { "output", 'o', "FILE", 0, "Add lines to FILE; SIGHUP opens it anew", 0 },
        { "json", 'j', 0, 0, "JSON events instead of lines", 0 },
        { "quiet", 'q', 0, 0, "No lines on standard output", 0 },
        { "syslog", OPT_SYSLOG, "SOCKET", OPTION_ARG_OPTIONAL,
          "Lines to the system's log, too (at SOCKET instead of /dev/log)", 0 },
        { "metrics", OPT_METRICS, "FILE|unix:PATH", 0,
          "Numbers as OpenMetrics text, in FILE or on a Unix socket", 0 },
        { "again", OPT_AGAIN, "SECONDS", 0, "The same is told again after so long (default 60)",
          0 },
        { "names", OPT_NAMES, "N", 0, "So many names are known at most (default 16384)", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .doc = "Looks at a network, sends nothing, and tells what goes wrong with names: refused "
               "claims, second owners, conflicts, spoofed answers. Status 3: it found something.",
    };
    tool t = { .cfg = { .again = NBT_S(60) } };
    argp_parse(&argp, argc, argv, 0, NULL, &t);
    return run(&t);
}
