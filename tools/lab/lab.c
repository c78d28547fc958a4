/*
 * Programs and recorder of a lab, on one libuv loop.
 */
#include "tools/lab/lab.h"
#include "capture/sink.h"
#include "tools/host/iface.h"
#include "tools/lab/delay.h"
#include "tools/lab/program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

enum { BRIDGES_MAX = 2 };

struct lab_child {
    lab_child *next;
    lab_program *program;
    json_t *events;
    size_t got; /* events up to here were waited for */
};

typedef struct recorder {
    cap_source *source;
    uv_poll_t poll;
    bool polling;
    bool lost; /* a packet could not be written */
    lab *lab;
} recorder;

struct lab {
    uv_loop_t loop;
    uv_timer_t timer;
    bool time_over;
    const lab_host *hosts;
    size_t nhosts;
    lab_child *children;
    recorder rec[BRIDGES_MAX];
    cap_sink *sink;
    lab_delay *slow; /* NULL: no link is */
    char ip[16];
    const char *programs; /* the folder of ours */
};

int64_t lab_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* -- the recorder ------------------------------------------------------------------------------ */

static void drain(recorder *r)
{
    cap_packet p;
    while (r->source && cap_source_next(r->source, &p) == CAP_PACKET)
        r->lost = !cap_sink_put(r->lab->sink, &p) || r->lost;
}

static void on_packets(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    drain(poll->data);
}

static bool record(lab *l, unsigned bridge, const char *capture)
{
    char name[16], err[CAP_ERR_MAX];
    recorder *r = &l->rec[bridge];
    r->lab = l;
    snprintf(name, sizeof name, "br%u", bridge);
    r->source = cap_source_live(name, err);
    if (r->source && !l->sink)
        l->sink = cap_sink_new(capture, cap_source_link(r->source), err);
    if (!r->source || !l->sink) {
        fprintf(stderr, "nbtlab: no capture: %s\n", err);
        return false;
    }
    uv_poll_init(&l->loop, &r->poll, cap_source_fd(r->source));
    r->poll.data = r;
    uv_poll_start(&r->poll, UV_READABLE, on_packets);
    r->polling = true;
    return true;
}

static bool stop_recording(recorder *r)
{
    if (!r->source)
        return true;
    drain(r);
    if (r->polling)
        uv_close((uv_handle_t *)&r->poll, NULL);
    r->polling = false;
    bool whole = !r->lost && cap_source_lost(r->source) == 0;
    cap_source_free(r->source);
    r->source = NULL;
    return whole;
}

bool lab_join(lab *l)
{
    return stop_recording(&l->rec[1]) && lab_net_join();
}

bool lab_slow(lab *l, const char *host, unsigned ms)
{
    char port[LAB_NAME_MAX];
    lab_net_port(l->hosts, l->nhosts, host, port);
    l->slow = lab_delay_new(&l->loop, port, ms);
    return l->slow != NULL;
}

/* -- programs ---------------------------------------------------------------------------------- */

static void on_event(void *ctx, json_t *event)
{
    lab_child *c = ctx;
    json_array_append(c->events, event);
}

lab_child *lab_spawn(lab *l, const char *host, const char *const argv[])
{
    lab_child *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    lab_program_cfg cfg = { .loop = &l->loop,
                            .programs = l->programs,
                            .host = host,
                            .argv = argv,
                            .ctx = c,
                            .event = on_event };
    c->events = json_array();
    c->program = c->events ? lab_program_new(&cfg) : NULL;
    if (!c->program) {
        json_decref(c->events);
        free(c);
        return NULL;
    }
    c->next = l->children;
    l->children = c;
    return c;
}

bool lab_type(lab_child *child, const char *text)
{
    return lab_program_type(child->program, text);
}

/* -- waiting ----------------------------------------------------------------------------------- */

static void on_time(uv_timer_t *t)
{
    lab *l = t->data;
    l->time_over = true;
}

static void start_clock(lab *l, unsigned ms)
{
    l->time_over = false;
    uv_timer_start(&l->timer, on_time, ms, 0);
}

static bool is_one_of(const char *name, const char *names)
{
    size_t n = strlen(name);
    for (const char *p = names; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL) {
        if (strncmp(p, name, n) == 0 && (p[n] == '|' || p[n] == '\0'))
            return true;
    }
    return false;
}

const char *lab_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

json_t *lab_wait(lab *l, lab_child *child, const char *names, unsigned ms)
{
    start_clock(l, ms);
    for (;;) {
        for (; child->got < json_array_size(child->events); child->got++) {
            json_t *event = json_array_get(child->events, child->got);
            if (is_one_of(lab_text(event, "event"), names)) {
                child->got++;
                return event;
            }
        }
        if (l->time_over ||
            (lab_program_ended(child->program) && lab_program_silent(child->program)))
            return NULL;
        uv_run(&l->loop, UV_RUN_ONCE);
    }
}

const json_t *lab_events(const lab_child *child)
{
    return child->events;
}

bool lab_until(lab *l, bool (*yes)(void *arg), void *arg, unsigned ms)
{
    start_clock(l, ms);
    while (!yes(arg)) {
        if (l->time_over)
            return false;
        uv_run(&l->loop, UV_RUN_ONCE);
    }
    return true;
}

int lab_ended(lab *l, lab_child *child, unsigned ms)
{
    start_clock(l, ms);
    while (!lab_program_over(child->program) && !l->time_over)
        uv_run(&l->loop, UV_RUN_ONCE);
    return lab_program_ended(child->program) ? lab_program_status(child->program) : -1;
}

int lab_end(lab *l, lab_child *child)
{
    lab_program_signal(child->program, SIGTERM);
    if (lab_ended(l, child, 2000) >= 0)
        return lab_program_status(child->program);
    return lab_kill(l, child);
}

int lab_kill(lab *l, lab_child *child)
{
    lab_program_signal(child->program, SIGKILL);
    return lab_ended(l, child, 2000);
}

const char *lab_said(const lab_child *child)
{
    return lab_program_said(child->program);
}

/* -- the whole --------------------------------------------------------------------------------- */

const char *lab_ip(const lab *l, const char *host, unsigned nic)
{
    uint32_t ip = lab_net_ip(l->hosts, l->nhosts, host, nic);
    static char text[HOST_IP_STR_MAX]; /* one process runs one lab, in one thread */
    return host_ip_str(ip, text);
}

bool lab_folder(char *buf, size_t cap)
{
    ssize_t n = readlink("/proc/self/exe", buf, cap - 1);
    buf[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(buf, '/');
    if (slash)
        *slash = '\0';
    return slash != NULL;
}

lab *lab_new(const lab_host *hosts, size_t n, const char *programs, const char *capture)
{
    if (!lab_net_build(hosts, n))
        return NULL;
    lab *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->hosts = hosts;
    l->nhosts = n;
    l->programs = programs;
    uv_loop_init(&l->loop);
    uv_timer_init(&l->loop, &l->timer);
    l->timer.data = l;
    unsigned bridges = 1;
    for (size_t i = 0; i < n; i++)
        bridges = hosts[i].segment + 1 > bridges ? hosts[i].segment + 1 : bridges;
    for (unsigned b = 0; b < bridges && b < BRIDGES_MAX; b++) {
        if (!record(l, b, capture)) {
            lab_free(l);
            return NULL;
        }
    }
    return l;
}

bool lab_free(lab *l)
{
    for (lab_child *c = l->children; c; c = c->next)
        lab_program_signal(c->program, SIGTERM); /* all at once: each takes its time to release */
    for (lab_child *c = l->children; c; c = c->next)
        lab_end(l, c);
    bool whole = true;
    for (unsigned i = 0; i < BRIDGES_MAX; i++)
        whole = stop_recording(&l->rec[i]) && whole;
    whole = cap_sink_free(l->sink) && whole;
    lab_delay_free(l->slow);
    uv_close((uv_handle_t *)&l->timer, NULL);
    while (uv_run(&l->loop, UV_RUN_NOWAIT) != 0)
        ;
    uv_loop_close(&l->loop);
    while (l->children) {
        lab_child *c = l->children;
        l->children = c->next;
        json_decref(c->events);
        lab_program_free(c->program);
        free(c);
    }
    free(l);
    return whole;
}
