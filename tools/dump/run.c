/*
 * The loop: a source of packets, the way from packets to messages, and what is made of these.
 */
#include "tools/dump/run.h"
#include "capture/dialog.h"
#include "capture/fields.h"
#include "capture/lint.h"
#include "capture/octets.h"
#include "capture/source.h"
#include "capture/stats.h"
#include "capture/tap.h"
#include "tools/dump/find.h"
#include "tools/dump/out.h"
#include "tools/dump/report.h"
#include "tools/dump/save.h"
#include "tools/host/drop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    GROWTH_MS = 100, /* how often a followed file is looked at, */
    SIGNAL_MS = 500, /* and how late a signal is seen at worst that came at the wrong moment */
    INTERFACES_MAX = 256,
};

typedef struct dump {
    const dump_opt *o;
    cap_source *source;
    dump_save save;   /* DUMP_WRITE */
    cap_stats *stats; /* DUMP_STATS */
    cap_tap *tap;
    cap_dialog *dialog;
    cap_printer printer;
    cap_lint *lint;     /* NULL: nothing is judged */
    uint64_t deviating; /* messages in which --lint found something */
    dump_out out;
    bool colors;
    dump_report report; /* DUMP_NAMES, DUMP_EXPLAIN */
    int64_t now;        /* by the clock of the packets */
    uint64_t packets, messages;
    host_err err; /* status 0: none */
} dump;

static volatile sig_atomic_t stop; /* signals have no other way in */

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

void dump_catch(void)
{
    struct sigaction on = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };
    sigaction(SIGINT, &on, NULL); /* not restarted: a read that waits is to end */
    sigaction(SIGTERM, &on, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

/* ---- Output -------------------------------------------------------------------------------- */

static void flush(dump *d)
{
    dump_out_flush(&d->out);
    dump_save_flush(&d->save, &d->err);
}

static bool enough(const dump *d)
{
    return stop || d->out.broken || d->err.status ||
           (d->o->count > 0 && d->messages >= d->o->count);
}

static void show_line(dump *d, const cap_item *item, const cap_link *link)
{
    dump_out *out = &d->out;
    char *to = dump_out_room(out);
    size_t n = cap_print_line(&d->printer, item, link, to);
    dump_out_added(out, d->colors ? dump_color_line(to, n, item) : n);
    if (d->o->lint)
        dump_out_added(out, cap_lint_lines(d->lint, item, dump_out_room(out)));
    if (d->o->verbose)
        dump_out_added(out, cap_fields_detail(item, dump_out_room(out)));
    if (d->o->octets)
        dump_out_added(out, cap_octets_print(item, dump_out_room(out)));
}

static void show_object(dump *d, const cap_item *item, const cap_link *link)
{
    char *to = dump_out_room(&d->out);
    size_t n =
        d->o->form == DUMP_EK ? cap_fields_ek(item, link, to) : cap_fields_json(item, link, to);
    dump_out_added(&d->out, d->lint ? cap_lint_json(d->lint, d->o->lint, to, n) : n);
}

static void judge(dump *d, cap_item *item, const cap_link *link)
{
    cap_lint_put(d->lint, item, link);
    d->deviating += d->lint->n > 0;
    if (d->o->form == DUMP_TEXT)
        cap_lint_remark(d->lint, item);
}

static void show_message(dump *d, cap_item *item, const cap_link *link)
{
    if (d->lint)
        judge(d, item, link);
    if (d->o->form == DUMP_TEXT)
        show_line(d, item, link);
    else
        show_object(d, item, link);
    dump_out_shown(&d->out);
}

static void show(dump *d, cap_item *item)
{
    cap_link link;
    cap_dialog_put(d->dialog, item, &link);
    if (d->o->pick && !cap_pick_holds(d->o->pick, item, &link))
        return;
    d->messages += item->msg || item->rc;
    switch (d->o->show) {
    case DUMP_MESSAGES:
        show_message(d, item, &link);
        return;
    case DUMP_WRITE:
        dump_save_want(&d->save, item);
        return;
    case DUMP_STATS:
        cap_stats_put(d->stats, item, &link);
        return;
    case DUMP_NAMES:
    case DUMP_EXPLAIN:
        dump_report_put(&d->report, item, &link);
        return;
    }
}

static bool reports(const dump *d)
{
    return d->o->show == DUMP_NAMES || d->o->show == DUMP_EXPLAIN;
}

static void no_memory(dump *d)
{
    host_err_set(&d->err, HOST_SYSTEM, "no memory");
}

/* Of what is still coming in, somebody wants to hear while it does. */
static void settle(dump *d)
{
    struct timespec t;
    if (!reports(d))
        return;
    if (!d->o->interface && !d->o->follow && cap_source_fd(d->source) < 0)
        return; /* all of it is there already */
    if (d->o->interface && clock_gettime(CLOCK_REALTIME, &t) == 0)
        d->now = NBT_S(t.tv_sec) + t.tv_nsec / 1000;
    if (!dump_report_settle(&d->report, d->now))
        no_memory(d);
    dump_out_shown(&d->out);
}

static void show_all(dump *d)
{
    cap_item item;
    while (!enough(d) && cap_tap_next(d->tap, &item))
        show(d, &item);
}

/* ---- Input --------------------------------------------------------------------------------- */

static void take(dump *d, const cap_packet *p)
{
    d->packets++;
    d->now = p->time;
    bool ours = cap_tap_put(d->tap, p);
    dump_save_packet(&d->save, p, d->tap, ours, &d->err);
    show_all(d);
    dump_save_settle(&d->save, d->tap, &d->err);
    settle(d);
}

/* What is shown of all of it together. */
static void show_end(dump *d)
{
    dump_out *out = &d->out;
    if (out->broken || d->err.status)
        return;
    if (reports(d) && !dump_report_end(&d->report))
        no_memory(d);
    if (!d->stats)
        return;
    if (d->o->form == DUMP_TEXT)
        dump_out_added(out, cap_stats_text(d->stats, dump_out_room(out)));
    else
        dump_out_added(out, cap_stats_json(d->stats, dump_out_room(out)));
}

static const char *source_name(const dump *d)
{
    return d->o->read ? d->o->read : d->o->interface;
}

/* Nothing is there: what there is goes out first. */
static void await(dump *d)
{
    struct pollfd p = { .fd = cap_source_fd(d->source), .events = POLLIN };
    settle(d);
    flush(d);
    if (!enough(d))
        poll(&p, p.fd >= 0, p.fd >= 0 ? SIGNAL_MS : GROWTH_MS);
}

/* Packets of which it is not even known whether they are NetBIOS's are not passed in silence. */
static void say_unread(dump *d)
{
    int link;
    char name[CAP_LINK_NAME_MAX];
    uint64_t n = cap_tap_unread(d->tap, &link);
    if (n == 0 || d->err.status)
        return;
    cap_link_name(link, name);
    if (n == d->packets)
        host_err_set(&d->err, (host_status)DUMP_DAMAGED,
                     "%s: its packets are of link type %s, which is not read", source_name(d),
                     name);
    else
        fprintf(stderr, "nbtdump: %s: %llu packets are of link type %s, which is not read\n",
                source_name(d), (unsigned long long)n, name);
}

static void run(dump *d)
{
    cap_packet p;
    cap_got got = CAP_PACKET;
    if (d->o->interface)
        fprintf(stderr, "nbtdump: listening on %s\n", d->o->interface);
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
    dump_save_end(&d->save, &d->err);
    show_end(d);
    flush(d);
    if (got == CAP_DAMAGE && !d->err.status)
        host_err_set(&d->err, (host_status)DUMP_DAMAGED, "%s: %s", source_name(d),
                     cap_source_error(d->source));
    say_unread(d);
}

static void say_counts(dump *d)
{
    fprintf(stderr, "%llu messages in %llu packets", (unsigned long long)d->messages,
            (unsigned long long)d->packets);
    uint64_t missed = cap_source_lost(d->source), lost = cap_tap_lost(d->tap);
    if (d->o->interface)
        fprintf(stderr, ", %llu packets missed", (unsigned long long)missed);
    if (lost > 0)
        fprintf(stderr, ", %llu never put together from fragments", (unsigned long long)lost);
    fprintf(stderr, "\n");
}

/* ---- Beginning and end --------------------------------------------------------------------- */

static bool open_source(dump *d)
{
    char why[CAP_ERR_MAX];
    if (d->o->interface)
        d->source = cap_source_live(d->o->interface, why);
    else if (d->o->follow)
        d->source = cap_source_follow(d->o->read, why);
    else
        d->source = cap_source_file(d->o->read, why);
    if (!d->source) {
        host_err_set(&d->err, d->o->interface ? HOST_INTERFACE : (host_status)DUMP_DAMAGED, "%s",
                     why);
        return false;
    }
    if (d->o->filter && !cap_source_filter(d->source, d->o->filter, why)) {
        host_err_set(&d->err, HOST_USAGE, "%s", why);
        return false;
    }
    return true;
}

/* Whoever asks for nothing of it pays nothing for it. */
static bool begin_lint(dump *d)
{
    if (!d->o->lint && d->o->as == CAP_AS_LENIENT)
        return true;
    d->lint = malloc(sizeof *d->lint);
    if (d->lint)
        cap_lint_init(d->lint, d->o->as, d->o->nports > 0);
    return d->lint != NULL;
}

static bool begin(dump *d, int to)
{
    if (d->o->pick)
        cap_pick_begin(d->o->pick);
    if (d->o->pick && cap_pick_packet(d->o->pick) && !dump_find(d->o, &d->err))
        return false;
    if (!open_source(d) || !dump_save_init(&d->save, d->o, d->source, &d->err))
        return false;
    if (d->o->interface && (!host_drop_user(&d->err) || !host_drop(NULL, 0, &d->err)))
        return false;
    d->tap = cap_tap_new();
    d->dialog = cap_dialog_new();
    if (d->o->show == DUMP_STATS)
        d->stats = cap_stats_new();
    if (!dump_out_init(&d->out, to) || !d->tap || !d->dialog || !begin_lint(d) ||
        (d->o->show == DUMP_STATS && !d->stats) ||
        (reports(d) && !dump_report_init(&d->report, d->o, &d->out, &d->printer))) {
        no_memory(d);
        return false;
    }
    for (size_t i = 0; i < d->o->nports; i++)
        cap_tap_port(d->tap, d->o->ports[i].usual, d->o->ports[i].port);
    cap_printer_init(&d->printer, d->o->clock, d->o->brief);
    d->colors = dump_color_is_wanted(d->o->color, to);
    return true;
}

static int end(dump *d)
{
    cap_tap_free(d->tap);
    cap_dialog_free(d->dialog);
    cap_stats_free(d->stats);
    dump_report_fini(&d->report);
    free(d->lint);
    cap_source_free(d->source);
    dump_out_fini(&d->out);
    dump_save_fini(&d->save, &d->err);
    if (!d->err.status)
        d->err = d->out.err;
    if (d->err.status)
        return host_err_print("nbtdump", &d->err);
    bool found = d->o->show == DUMP_EXPLAIN ? d->report.found > 0 : d->o->lint && d->deviating > 0;
    return found ? HOST_FOUND : HOST_OK;
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

int dump_run(const dump_opt *o, int to)
{
    dump d = { .o = o };
    if (o->list)
        return list_interfaces();
    if (begin(&d, to)) {
        run(&d);
        if (stop)
            say_counts(&d);
    }
    return end(&d);
}
