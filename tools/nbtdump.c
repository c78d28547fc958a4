/*
 * nbtdump: shows the NetBIOS messages of a network or of a capture file. Options, wiring, and the
 * manners of a program that writes much: buffers, signals, pipes that break.
 */
#include <argp.h>
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/dialog.h"
#include "capture/fields.h"
#include "capture/print.h"
#include "capture/sink.h"
#include "capture/source.h"
#include "capture/tap.h"
#include "tools/host/drop.h"
#include "tools/host/err.h"

enum {
    /* A capture that is damaged, or none, gives this; so does a wrong command line. */
    STATUS_DAMAGED = HOST_USAGE,
    FLUSH_AT = 64 * 1024,
    GROWTH_MS = 100, /* how often a followed file is looked at, */
    SIGNAL_MS = 500, /* and how late a signal is seen at worst that came at the wrong moment */
    NOBODY = 65534,
    INTERFACES_MAX = 256,
};

typedef struct options {
    const char *interface, *read, *write;
    char *filter;   /* on the heap */
    uint64_t count; /* messages to print; 0: all */
    bool follow, list, brief, json, verbose, octets;
    cap_clock clock;
    struct {
        uint16_t usual, port;
    } ports[CAP_TAP_PORTS_MAX];
    size_t nports;
} options;

typedef struct nbtdump {
    options o;
    cap_source *source;
    cap_sink *sink;
    cap_tap *tap;
    cap_dialog *dialog;
    cap_printer printer;
    char *out;
    size_t n;     /* octets in `out` */
    bool watched; /* somebody looks at every line as it comes */
    bool broken;  /* whoever read the output has gone */
    uint64_t packets, messages;
    host_err err; /* status 0: none */
} nbtdump;

static volatile sig_atomic_t stop; /* signals have no other way in */

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* ---- Output -------------------------------------------------------------------------------- */

static void flush(nbtdump *d)
{
    size_t at = 0;
    while (at < d->n && !d->broken) {
        ssize_t n = write(STDOUT_FILENO, d->out + at, d->n - at);
        if (n >= 0)
            at += (size_t)n;
        else if (errno == EPIPE)
            d->broken = true; /* as when `head` has seen enough: no reason to complain */
        else if (errno != EINTR) {
            host_err_set(&d->err, HOST_SYSTEM, "standard output: %s", strerror(errno));
            d->broken = true;
        }
    }
    d->n = 0;
    if (d->sink && !cap_sink_flush(d->sink) && !d->err.status)
        host_err_set(&d->err, HOST_SYSTEM, "%s: cannot be written", d->o.write);
}

static bool enough(const nbtdump *d)
{
    return stop || d->broken || d->err.status || (d->o.count > 0 && d->messages >= d->o.count);
}

/* So many characters were added to what goes out. */
static void added(nbtdump *d, size_t n)
{
    d->n += n;
    if (d->n >= FLUSH_AT)
        flush(d);
}

static void show(nbtdump *d, const cap_item *item)
{
    cap_link link;
    cap_dialog_put(d->dialog, item, &link);
    d->messages += item->msg != NULL;
    if (d->sink)
        return; /* packets are written instead */
    if (d->o.json)
        added(d, cap_fields_json(item, &link, d->out + d->n));
    else
        added(d, cap_print_line(&d->printer, item, &link, d->out + d->n));
    if (d->o.verbose)
        added(d, cap_fields_detail(item, d->out + d->n));
    if (d->o.octets)
        added(d, cap_fields_octets(item, d->out + d->n));
    if (d->watched)
        flush(d);
}

static void show_all(nbtdump *d)
{
    cap_item item;
    while (!enough(d) && cap_tap_next(d->tap, &item))
        show(d, &item);
}

/* ---- Input --------------------------------------------------------------------------------- */

static void take(nbtdump *d, const cap_packet *p)
{
    d->packets++;
    bool ours = cap_tap_put(d->tap, p);
    if (ours && d->sink && !cap_sink_put(d->sink, p))
        host_err_set(&d->err, HOST_FAILED,
                     "%s: packet %llu has another link type than those before it, and a pcap file "
                     "holds one; choose with a filter",
                     d->o.write, (unsigned long long)p->number);
    show_all(d);
}

/* Nothing is there: what there is goes out first. */
static void await(nbtdump *d)
{
    struct pollfd p = { .fd = cap_source_fd(d->source), .events = POLLIN };
    flush(d);
    if (!enough(d))
        poll(&p, p.fd >= 0, p.fd >= 0 ? SIGNAL_MS : GROWTH_MS);
}

static void run(nbtdump *d)
{
    cap_packet p;
    cap_got got = CAP_PACKET;
    if (d->o.interface)
        fprintf(stderr, "nbtdump: listening on %s\n", d->o.interface);
    while (!enough(d) && got != CAP_END && got != CAP_DAMAGE) {
        got = cap_source_next(d->source, &p);
        if (got == CAP_PACKET)
            take(d, &p);
        else if (got == CAP_WAIT)
            await(d);
    }
    if (!enough(d)) {
        cap_tap_end(d->tap);
        show_all(d);
    }
    flush(d);
    if (got == CAP_DAMAGE && !d->err.status)
        host_err_set(&d->err, (host_status)STATUS_DAMAGED, "%s: %s",
                     d->o.read ? d->o.read : d->o.interface, cap_source_error(d->source));
}

static void say_counts(nbtdump *d)
{
    fprintf(stderr, "%llu messages in %llu packets", (unsigned long long)d->messages,
            (unsigned long long)d->packets);
    uint64_t missed = cap_source_lost(d->source), lost = cap_tap_lost(d->tap);
    if (d->o.interface)
        fprintf(stderr, ", %llu packets missed", (unsigned long long)missed);
    if (lost > 0)
        fprintf(stderr, ", %llu never put together from fragments", (unsigned long long)lost);
    fprintf(stderr, "\n");
}

/* ---- Beginning and end --------------------------------------------------------------------- */

/* Whoever started us as root need not let a decoder of strangers' packets be root. */
static bool drop_user(host_err *err)
{
    const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");
    uid_t u = uid ? (uid_t)strtoul(uid, NULL, 10) : NOBODY;
    gid_t g = gid ? (gid_t)strtoul(gid, NULL, 10) : NOBODY;
    if (geteuid() != 0)
        return true;
    if ((setgroups(0, NULL) == 0 && setgid(g) == 0 && setuid(u) == 0) ||
        errno == EINVAL) /* a user namespace that knows no other user: there is nothing to drop */
        return true;
    if (errno == EPERM && setuid(0) == 0) /* the same, without the right to set groups */
        return true;
    host_err_set(err, HOST_SYSTEM, "cannot become user %u: %s", (unsigned)u, strerror(errno));
    return false;
}

static bool open_source(nbtdump *d)
{
    char why[CAP_ERR_MAX];
    if (d->o.interface)
        d->source = cap_source_live(d->o.interface, why);
    else if (d->o.follow)
        d->source = cap_source_follow(d->o.read, why);
    else
        d->source = cap_source_file(d->o.read, why);
    if (!d->source) {
        host_err_set(&d->err, d->o.interface ? HOST_INTERFACE : (host_status)STATUS_DAMAGED, "%s",
                     why);
        return false;
    }
    if (d->o.filter && !cap_source_filter(d->source, d->o.filter, why)) {
        host_err_set(&d->err, HOST_USAGE, "%s", why);
        return false;
    }
    return true;
}

static bool open_sink(nbtdump *d)
{
    char why[CAP_ERR_MAX];
    if (!d->o.write)
        return true;
    d->sink = cap_sink_new(d->o.write, cap_source_link(d->source), why);
    if (!d->sink) {
        host_err_set(&d->err, HOST_SYSTEM, "%s", why);
        return false;
    }
    if (cap_source_is_nano(d->source))
        cap_sink_nano(d->sink);
    return true;
}

static bool begin(nbtdump *d)
{
    struct sigaction on = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };
    sigaction(SIGINT, &on, NULL); /* not restarted: a read that waits is to end */
    sigaction(SIGTERM, &on, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    if (!open_source(d) || !open_sink(d))
        return false;
    if (d->o.interface && (!drop_user(&d->err) || !host_drop(&d->err)))
        return false;
    d->tap = cap_tap_new();
    d->dialog = cap_dialog_new();
    d->out = malloc(FLUSH_AT + CAP_LINE_MAX);
    if (!d->tap || !d->dialog || !d->out) {
        host_err_set(&d->err, HOST_SYSTEM, "no memory");
        return false;
    }
    for (size_t i = 0; i < d->o.nports; i++)
        cap_tap_port(d->tap, d->o.ports[i].usual, d->o.ports[i].port);
    cap_printer_init(&d->printer, d->o.clock, d->o.brief);
    d->watched = isatty(STDOUT_FILENO);
    return true;
}

static int end(nbtdump *d)
{
    cap_tap_free(d->tap);
    cap_dialog_free(d->dialog);
    cap_source_free(d->source);
    free(d->out);
    free(d->o.filter);
    if (!cap_sink_free(d->sink) && !d->err.status)
        host_err_set(&d->err, HOST_SYSTEM, "%s: cannot be written", d->o.write);
    return d->err.status ? host_err_print("nbtdump", &d->err) : HOST_OK;
}

static int list_interfaces(void)
{
    static cap_interface list[INTERFACES_MAX];
    host_err err;
    char why[CAP_ERR_MAX];
    int n = cap_interfaces(list, INTERFACES_MAX, why);
    if (n < 0) {
        host_err_set(&err, HOST_INTERFACE, "%s", why);
        return host_err_print("nbtdump", &err);
    }
    for (int i = 0; i < n; i++)
        printf("%-16s %s\n", list[i].name, list[i].about);
    return HOST_OK;
}

/* ---- Options ------------------------------------------------------------------------------- */

enum { OPT_TIME = 256, OPT_PORT, OPT_FOLLOW, OPT_JSON };

static void parse_count(options *o, const char *arg, struct argp_state *state)
{
    char *rest;
    errno = 0;
    o->count = strtoull(arg, &rest, 10);
    if (errno || *rest || rest == arg || *arg == '-' || o->count == 0)
        argp_error(state, "-c %s: it is a number from 1", arg);
}

static void parse_clock(options *o, const char *arg, struct argp_state *state)
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

/* 137=10137 */
static void parse_port(options *o, const char *arg, struct argp_state *state)
{
    char *rest;
    unsigned long usual = strtoul(arg, &rest, 10), port = 0;
    if (*rest == '=')
        port = strtoul(rest + 1, &rest, 10);
    if (*rest || usual < NBT_PORT_NS || usual > NBT_PORT_SSN || port < 1 || port > 65535)
        argp_error(state, "--port %s: it is 137=, 138= or 139= and another port", arg);
    if (o->nports == CAP_TAP_PORTS_MAX - 3) /* the usual three have their places */
        argp_error(state, "--port: too many of them");
    o->ports[o->nports].usual = (uint16_t)usual;
    o->ports[o->nports++].port = (uint16_t)port;
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

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'i':
        o->interface = arg;
        return 0;
    case 'r':
        o->read = arg;
        return 0;
    case 'w':
        o->write = arg;
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
        o->json = true;
        return 0;
    case ARGP_KEY_ARGS:
        o->filter = join(state->argv + state->next);
        return 0;
    case ARGP_KEY_END:
        if (!o->list && !o->interface == !o->read)
            argp_error(state, "what is to be read? Either -i INTERFACE or -r FILE");
        if (o->json && (o->verbose || o->octets))
            argp_error(state, "--json has all fields; -v and -x are for lines");
        if (o->follow && !o->read)
            argp_error(state, "--follow is for -r FILE");
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static const struct argp_option option_list[] = {
    { 0, 'i', "INTERFACE", 0, "Capture on it; any: on all", 0 },
    { 0, 'r', "FILE", 0, "Read pcap or pcapng, also gzipped; -: standard input", 0 },
    { "follow", OPT_FOLLOW, 0, 0, "Wait for more at the end of FILE", 0 },
    { 0, 'D', 0, 0, "List the interfaces and end", 0 },
    { 0, 'w', "FILE", 0, "Write NBT's packets to a pcap file instead of lines", 0 },
    { 0, 'c', "N", 0, "End after N messages", 0 },
    { 0, 'q', 0, 0, "Of each message only its kind and its name", 0 },
    { 0, 'v', 0, 0, "Under each line every field and what it means", 0 },
    { 0, 'x', 0, 0, "Under each line the octets of the message", 0 },
    { "json", OPT_JSON, 0, 0, "One JSON object a line, with all fields", 0 },
    { "time", OPT_TIME, "WHICH", 0, "absolute (default), relative or delta", 0 },
    { "port", OPT_PORT, "137=PORT", 0, "Another port for 137, 138 or 139; may be repeated", 0 },
    { 0 },
};

static void print_version(FILE *to, struct argp_state *state)
{
    (void)state;
    fprintf(to, "nbtdump %s\n", NBTLAB_VERSION);
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = option_list,
        .parser = parse,
        .args_doc = "[FILTER...]",
        .doc = "Shows the NetBIOS over TCP/IP messages of a network or a capture file, one a line.",
    };
    nbtdump d = { 0 };
    argp_err_exit_status = HOST_USAGE;
    argp_program_version_hook = print_version;
    argp_parse(&argp, argc, argv, 0, NULL, &d.o);
    if (d.o.list)
        return list_interfaces();
    if (begin(&d)) {
        run(&d);
        if (stop)
            say_counts(&d);
    }
    return end(&d);
}
