/*
 * Packets from a file, through capture/anon.h, to another file.
 */
#include "tools/replay/anonymise.h"
#include "capture/anon.h"
#include "capture/sink.h"
#include "capture/source.h"
#include "tools/host/progress.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { LOOK_EVERY = 1024 /* packets */, WAIT_MS = 100 };

typedef struct work {
    const replay_opt *o;
    cap_source *source;
    cap_anon *anon;
    cap_sink *sink;
    host_progress progress;
    uint64_t packets;
    host_err err; /* status 0: none */
} work;

static bool open_both(work *w)
{
    char why[CAP_ERR_MAX];
    if (cap_sink_is_over(w->o->write, w->o->cut.path)) {
        host_err_set(&w->err, HOST_USAGE, "%s is being read; write to another file", w->o->write);
        return false;
    }
    w->source = cap_source_file(w->o->cut.path, why);
    if (!w->source) {
        host_err_set(&w->err, HOST_USAGE, "%s", why);
        return false;
    }
    w->sink = cap_sink_new_whole(w->o->write, cap_source_link(w->source), why);
    if (!w->sink) {
        host_err_set(&w->err, HOST_SYSTEM, "%s", why);
        return false;
    }
    if (cap_source_is_nano(w->source))
        cap_sink_nano(w->sink);
    return true;
}

static bool begin(work *w)
{
    cap_anon_map map = w->o->key;
    uint8_t key[CAP_ANON_KEY_LEN];
    if (!open_both(w))
        return false;
    if (!w->o->keyed && getrandom(key, sizeof key, 0) != sizeof key) {
        host_err_set(&w->err, HOST_SYSTEM, "the system has no random numbers");
        return false;
    }
    if (!w->o->keyed)
        cap_anon_map_init(&map, key);
    w->anon = cap_anon_new(&map);
    if (!w->anon) {
        host_err_set(&w->err, HOST_SYSTEM, "no memory");
        return false;
    }
    for (size_t i = 0; i < w->o->cut.nports; i++)
        cap_anon_port(w->anon, w->o->cut.ports[i].usual, w->o->cut.ports[i].port);
    return true;
}

static void show_progress(work *w)
{
    char text[96];
    double part = cap_source_part(w->source);
    if (!host_progress_due(&w->progress))
        return;
    int n = snprintf(text, sizeof text, "%" PRIu64 " packets", w->packets);
    if (part >= 0)
        snprintf(text + n, sizeof text - (size_t)n, ", %.0f %%", part * 100);
    host_progress_show(&w->progress, part < 0 ? 0 : part, 1, text);
}

static void write_ready(work *w)
{
    cap_packet p;
    while (!w->err.status && cap_anon_next(w->anon, &p)) {
        if (!cap_sink_put(w->sink, &p))
            host_err_set(&w->err, HOST_FAILED,
                         "%s: packet %" PRIu64 " has another link type than those before it, and a "
                         "pcap file holds one; write to a name that ends in .pcapng",
                         w->o->write, p.number);
    }
}

static void take(work *w, const cap_packet *p)
{
    if (!cap_anon_put(w->anon, p))
        host_err_set(&w->err, HOST_SYSTEM, "no memory");
    write_ready(w);
    if (++w->packets % LOOK_EVERY == 0)
        show_progress(w);
}

/* A damaged file is still worth what is before the damage. */
static void run(work *w)
{
    cap_packet p;
    cap_got got = CAP_PACKET;
    while (!w->err.status && !host_progress_stopped() && got != CAP_END && got != CAP_DAMAGE) {
        got = cap_source_next(w->source, &p);
        struct pollfd more = { .fd = cap_source_fd(w->source), .events = POLLIN };
        if (got == CAP_PACKET)
            take(w, &p);
        else if (got == CAP_WAIT)
            poll(&more, more.fd >= 0, WAIT_MS);
    }
    cap_anon_end(w->anon);
    write_ready(w);
    host_progress_clear(&w->progress);
    if (host_progress_stopped() && !w->err.status)
        host_err_set(&w->err, HOST_FAILED, "stopped; %s is not written", w->o->write);
}

static void keep(work *w)
{
    cap_sink *sink = w->sink;
    w->sink = NULL;
    if (!cap_sink_keep(sink))
        host_err_set(&w->err, HOST_SYSTEM, "%s: cannot be written", w->o->write);
}

/* What else there is to be said of what was written. */
static void say_rest(work *w)
{
    int link;
    char name[CAP_LINK_NAME_MAX];
    uint64_t unread = cap_anon_unread(w->anon, &link);
    const char *damage = cap_source_error(w->source);
    if (unread > 0) {
        cap_link_name(link, name);
        fprintf(stderr,
                "nbtreplay: %s: %" PRIu64 " packets are of link type %s, which is not read; they "
                "are zeros in %s\n",
                w->o->cut.path, unread, name, w->o->write);
    }
    if (damage[0])
        host_err_set(&w->err, HOST_USAGE, "%s: %s; %s has what is before", w->o->cut.path, damage,
                     w->o->write);
}

int replay_anonymise(const replay_opt *o)
{
    work w = { .o = o };
    host_progress_init(&w.progress);
    if (begin(&w)) {
        run(&w);
        if (!w.err.status)
            keep(&w);
        if (!w.err.status)
            say_rest(&w);
    }
    cap_anon_free(w.anon);
    cap_sink_free(w.sink);
    cap_source_free(w.source);
    return w.err.status ? host_err_print("nbtreplay", &w.err) : HOST_OK;
}
