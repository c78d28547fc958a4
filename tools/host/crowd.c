/*
 * The wiring between a crowd, its sockets, its computers' programs and the loop.
 */
#include "tools/host/crowd.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "nbt/idmap.h"
#include "nbt/mem.h"
#include "tools/host/carry.h"
#include "tools/host/crowdns.h"
#include "tools/host/mem.h"
#include "tools/host/services.h"

enum {
    WIRE = 0,
    BURST = 16, /* computers that speak before it is heard what they have said */
    SERVERS = 16,
    AT_ONCE = 1000, /* computers that claim their own names: it takes memory for the while */
};

/* A computer whose programs can reach it. */
typedef struct desk {
    LIST_ENTRY(desk) link;
    host_crowd *h;
    uint32_t member;
    uint32_t number;  /* of all desks, from 1 on: its place in `at` */
    host_ncbsrv *srv; /* NULL: no program comes from outside */
    char *path;
    host_services *services;      /* NULL: none */
    LIST_ENTRY(desk) start, slow; /* among those whose services wait, or have to be called */
    bool waits, is_slow;
} desk;

struct host_crowd {
    host_loop *loop;
    host_crowd_cfg cfg;
    nbt_crowd *crowd;
    host_udp *udp;
    host_tcp *tcp;
    LIST_HEAD(, desk) desks;
    nbt_idmap numbers; /* of the desks, by member */
    desk **at;
    size_t ndesks, cap_desks;
    LIST_HEAD(, desk) waiting;
    LIST_HEAD(, desk) slow;
    host_crowdns *server[SERVERS];
    size_t nservers;
    host_carry carry;
    host_crowd_counts counts;
    uint32_t members, settled;
    nbt_time release_time; /* of the slowest */
    uint32_t boot, booted; /* members that are to be switched on, and those that are */
    bool leaving;
    uint32_t left; /* members that were shut so far */
    nbt_time leave_by;
};

/* --- what the computers want done ------------------------------------------------------------- */

static desk *desk_of(const host_crowd *h, uint32_t member)
{
    uint32_t number = nbt_idmap_get(&h->numbers, member);
    return number ? h->at[number - 1] : NULL;
}

static host_ncbsrv *programs(void *ctx, const nbt_act *act)
{
    const desk *d = desk_of(ctx, act->member);
    return d ? d->srv : NULL;
}

static void on_trace(void *ctx, const nbt_act *act)
{
    const host_crowd *h = ctx;
    h->cfg.on_trace(h->cfg.tool, act);
}

/* A service's answer. */
static bool on_done(void *ctx, const nbt_act *act, nbt_bytes data)
{
    const host_crowd *h = ctx;
    const desk *d = desk_of(h, act->member);
    if (!d || !d->services || !host_services_done(d->services, act, data))
        return false;
    if (nbt_ncb_verb(&act->ncb) == NBT_NCB_ADD_NAME && h->cfg.on_service)
        h->cfg.on_service(h->cfg.tool, act->ncb.retcode == NBT_NRC_GOODRET);
    return true;
}

static void on_log(void *ctx, const char *line)
{
    const host_crowd *h = ctx;
    h->cfg.on_log(h->cfg.tool, line);
}

/* --- what happens ----------------------------------------------------------------------------- */

static void on_packet(void *ctx, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    host_crowd *h = ctx;
    h->counts.received++;
    for (size_t i = 0; i < h->nservers; i++)
        if (host_crowdns_rx(h->server[i], from, to, data))
            return;
    nbt_crowd_rx(h->crowd, host_now(), lana, from, to, data, host_carry_fill(&h->carry));
}

/* What came in one system call is answered in one. */
static void on_batch(void *ctx)
{
    host_crowd *h = ctx;
    host_carry_out(&h->carry);
    for (size_t i = 0; i < h->nservers; i++)
        host_crowdns_out(h->server[i]);
}

static void on_trouble(void *ctx, uint8_t lana, int error)
{
    const host_crowd *h = ctx;
    (void)lana;
    host_carry_trouble(&h->carry, h->cfg.iface.name, error);
}

static void on_tcp(void *ctx, const nbt_tcp_ev *ev)
{
    host_crowd *h = ctx;
    nbt_crowd_tcp(h->crowd, host_now(), ev, host_carry_fill(&h->carry));
    host_carry_out(&h->carry);
}

static void on_submit(void *ctx, uint32_t proc, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data)
{
    desk *d = ctx;
    nbt_crowd_do(d->h->crowd, host_now(), d->member, proc, tag, ncb, data,
                 host_carry_fill(&d->h->carry));
}

static void on_turn(void *ctx)
{
    desk *d = ctx;
    host_carry_out(&d->h->carry);
}

static void on_gone(void *ctx, uint32_t proc)
{
    desk *d = ctx;
    nbt_crowd_gone(d->h->crowd, host_now(), d->member, proc, host_carry_fill(&d->h->carry));
    host_carry_out(&d->h->carry);
}

static void log_of_desk(void *ctx, const char *line)
{
    const desk *d = ctx;
    on_log(d->h, line);
}

/* Whose computer is up now. */
static void start_services(host_crowd *h)
{
    desk *next;
    for (desk *d = LIST_FIRST(&h->waiting); d; d = next) {
        next = LIST_NEXT(d, start);
        if (nbt_crowd_stage_of(h->crowd, d->member) != NBT_CROWD_UP)
            continue;
        LIST_REMOVE(d, start);
        d->waits = false;
        host_services_start(d->services);
    }
    host_carry_out(&h->carry);
}

static void tell_settled(host_crowd *h)
{
    uint32_t settled = nbt_crowd_own_names(h->crowd).settled;
    if (h->settled < settled && !h->leaving)
        start_services(h);
    for (; h->settled < settled; h->settled++)
        if (h->cfg.on_settled)
            h->cfg.on_settled(h->cfg.tool);
}

static bool may_boot(const host_crowd *h)
{
    return h->booted < h->boot && h->booted - h->settled < AT_ONCE;
}

static void boot_some(host_crowd *h, nbt_time now)
{
    for (unsigned i = 0; i < BURST && may_boot(h); i++)
        nbt_crowd_boot(h->crowd, now, ++h->booted, host_carry_fill(&h->carry));
}

/* While leaving, a few computers are shut at a time, as they speak when they are switched on. */
static void shut_some(host_crowd *h, nbt_time now)
{
    for (unsigned i = 0; i < BURST && h->left < h->members; i++)
        nbt_crowd_shut(h->crowd, now, ++h->left, host_carry_fill(&h->carry));
    if (h->left == h->members && h->leave_by == NBT_NEVER)
        h->leave_by = now + h->release_time;
}

static nbt_time due(const void *ctx)
{
    const host_crowd *h = ctx;
    nbt_time due = nbt_crowd_due(h->crowd);
    const desk *d;
    for (size_t i = 0; i < h->nservers; i++)
        due = nbt_time_min(due, host_crowdns_due(h->server[i]));
    LIST_FOREACH(d, &h->slow, slow)
    {
        due = nbt_time_min(due, host_services_due(d->services));
    }
    if (!h->leaving)
        return may_boot(h) ? 0 : due;
    return h->left < h->members || due == NBT_NEVER ? 0 : nbt_time_min(due, h->leave_by);
}

static void tick(void *ctx, nbt_time now)
{
    host_crowd *h = ctx;
    desk *d;
    nbt_crowd_tick(h->crowd, now, host_carry_fill(&h->carry));
    for (size_t i = 0; i < h->nservers; i++)
        host_crowdns_tick(h->server[i], now);
    LIST_FOREACH(d, &h->slow, slow)
    {
        host_services_tick(d->services, now);
    }
    if (h->leaving)
        shut_some(h, now);
    else
        boot_some(h, now);
    host_carry_out(&h->carry);
    tell_settled(h);
    if (h->leaving && h->left == h->members &&
        (now >= h->leave_by || nbt_crowd_due(h->crowd) == NBT_NEVER))
        host_loop_stop(h->loop);
}

static void stop(void *ctx)
{
    host_crowd *h = ctx;
    h->cfg.on_stop(h->cfg.tool);
}

/* --- life ------------------------------------------------------------------------------------- */

host_crowd *host_crowd_new(host_loop *loop, const host_crowd_cfg *cfg, host_err *err)
{
    host_crowd *h = calloc(1, sizeof *h);
    if (!h) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return NULL;
    }
    nbt_crowd_cfg crowd = { .mem = host_mem(), .traces = cfg->traces, .burst = BURST };
    host_udp_cfg udp = {
        .ctx = h, .rx = on_packet, .batch = on_batch, .trouble = on_trouble, .many = true
    };
    host_tcp_cfg tcp = { .ctx = h, .event = on_tcp, .remedy = "use another network namespace" };
    h->loop = loop;
    h->cfg = *cfg;
    h->leave_by = NBT_NEVER;
    LIST_INIT(&h->desks);
    nbt_idmap_init(&h->numbers, host_mem());
    h->crowd = nbt_crowd_new(&crowd);
    h->udp = host_udp_new(host_loop_uv(loop), &udp);
    h->tcp = host_tcp_new(host_loop_uv(loop), &tcp);
    host_carry_init(&h->carry, &(host_carry_cfg){ .ctx = h,
                                                  .udp = h->udp,
                                                  .tcp = h->tcp,
                                                  .programs = programs,
                                                  .done = on_done,
                                                  .trace = on_trace,
                                                  .log = on_log });
    if (!h->crowd || !h->udp || !h->tcp) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        host_crowd_free(h);
        return NULL;
    }
    nbt_ep any = { 0, NBT_PORT_SSN };
    if (!host_udp_open(h->udp, WIRE, &cfg->iface, NBT_PORT_NS, err) ||
        !host_udp_open(h->udp, WIRE, &cfg->iface, NBT_PORT_DGM, err) ||
        !host_tcp_listen(h->tcp, any, WIRE, err)) {
        host_crowd_free(h);
        return NULL;
    }
    host_driven driven = { .ctx = h, .due = due, .tick = tick, .stop = stop };
    host_loop_drive(loop, &driven);
    return h;
}

/* A desk that is known by its member. NULL without memory. */
static desk *desk_new(host_crowd *h, uint32_t member)
{
    desk *d = calloc(1, sizeof *d);
    if (d && h->ndesks == h->cap_desks) {
        desk **longer = nbt_mem_grow(host_mem(), h->at, &h->cap_desks, sizeof(desk *));
        h->at = longer ? longer : h->at;
    }
    if (!d || h->ndesks == h->cap_desks ||
        !nbt_idmap_add(&h->numbers, member, (uint32_t)h->ndesks + 1)) {
        free(d);
        return NULL;
    }
    d->h = h;
    d->member = member;
    h->at[h->ndesks++] = d;
    d->number = (uint32_t)h->ndesks;
    LIST_INSERT_HEAD(&h->desks, d, link);
    return d;
}

/* Its services are gone, as programs are. */
static void end_services(desk *d)
{
    host_services *s = d->services;
    if (d->waits)
        LIST_REMOVE(d, start);
    if (d->is_slow)
        LIST_REMOVE(d, slow);
    for (size_t i = 0; !d->waits && host_services_proc(s, i); i++)
        on_gone(d, host_services_proc(s, i));
    d->services = NULL;
    host_services_free(s);
}

static void desk_free(desk *d)
{
    LIST_REMOVE(d, link);
    d->h->at[d->number - 1] = NULL;
    nbt_idmap_remove(&d->h->numbers, d->member);
    free(d->path);
    free(d);
}

static void close_desks(host_crowd *h)
{
    for (desk *d; (d = LIST_FIRST(&h->desks));) {
        host_ncbsrv *srv = d->srv;
        d->srv = NULL;
        host_ncbsrv_free(srv); /* tells that its programs are gone */
        if (d->services)
            end_services(d);
        desk_free(d);
    }
}

void host_crowd_free(host_crowd *h)
{
    if (!h)
        return;
    close_desks(h);
    for (size_t i = 0; i < h->nservers; i++)
        host_crowdns_free(h->server[i]);
    host_udp_free(h->udp);
    host_tcp_free(h->tcp);
    nbt_crowd_free(h->crowd);
    nbt_idmap_fini(&h->numbers);
    nbt_mem_free(host_mem(), h->at, h->cap_desks * sizeof(desk *));
    host_carry_fini(&h->carry);
    free(h);
}

uint32_t host_crowd_add(host_crowd *h, const host_crowd_member *m)
{
    static const uint8_t wire = WIRE;
    nbt_computer_cfg cfg = { .mem = host_mem(),
                             .seed = m->seed,
                             .lanas = &m->lana,
                             .nlanas = 1,
                             .rules = m->rules,
                             .nrules = m->nrules };
    uint32_t member = nbt_crowd_add(h->crowd, &cfg, &wire, &m->own);
    nbt_time release_time = nbt_node_release_time(&m->lana);
    h->members += member != 0;
    h->release_time = release_time > h->release_time ? release_time : h->release_time;
    return member;
}

void host_crowd_boot(host_crowd *h)
{
    h->boot = h->members;
}

bool host_crowd_serve(host_crowd *h, uint32_t member, const char *path, host_err *err)
{
    desk *d = desk_of(h, member);
    d = d ? d : desk_new(h, member);
    if (!d || !(d->path = strdup(path))) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return false;
    }
    host_ncbsrv_cfg srv = {
        .ctx = d, .submit = on_submit, .turn = on_turn, .gone = on_gone, .log = log_of_desk
    };
    d->srv = host_ncbsrv_new(host_loop_uv(h->loop), path, &srv, err);
    if (!d->srv) {
        free(d->path);
        d->path = NULL;
    }
    return d->srv != NULL;
}

/* A service that has its name is told of by on_service; what is logged is the rest. */
static void log_of_service(void *ctx, const char *line)
{
    const desk *d = ctx;
    if (strstr(line, "refused") || strstr(line, "no memory"))
        on_log(d->h, line);
}

bool host_crowd_run(host_crowd *h, uint32_t member, const nbt_dummy *services, size_t n,
                    host_err *err)
{
    desk *d = desk_of(h, member);
    d = d ? d : desk_new(h, member);
    host_services_cfg cfg = {
        .services = services, .n = n, .ctx = d, .submit = on_submit, .log = log_of_service
    };
    d = d && (d->services = host_services_new(&cfg)) ? d : NULL;
    if (!d) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return false;
    }
    LIST_INSERT_HEAD(&h->waiting, d, start);
    d->waits = true;
    for (size_t i = 0; i < n; i++)
        d->is_slow = d->is_slow || services[i].kind == NBT_DUMMY_SLOW;
    if (d->is_slow)
        LIST_INSERT_HEAD(&h->slow, d, slow);
    return true;
}

bool host_crowd_add_server(host_crowd *h, uint32_t ip, nbt_nbns *server, nbt_nbdd *nbdd,
                           host_err *err)
{
    host_crowdns_cfg cfg = { .ip = ip,
                             .server = server,
                             .nbdd = nbdd,
                             .udp = h->udp,
                             .wire = WIRE,
                             .ctx = h,
                             .log = on_log };
    if (h->nservers == SERVERS) {
        nbt_nbdd_free(nbdd);
        nbt_nbns_free(server);
        host_err_set(err, HOST_USAGE, "there are more than %d name servers", SERVERS);
        return false;
    }
    host_crowdns *s = host_crowdns_new(host_loop_uv(h->loop), &cfg, err);
    if (s)
        h->server[h->nservers++] = s;
    return s != NULL;
}

const char *host_crowd_served(const host_crowd *h, uint32_t member)
{
    const desk *d = desk_of(h, member);
    return d ? d->path : NULL;
}

const nbt_crowd *host_crowd_all(const host_crowd *h)
{
    return h->crowd;
}

host_crowd_counts host_crowd_count(const host_crowd *h)
{
    host_crowd_counts counts = h->counts;
    counts.sent = h->carry.sent;
    counts.lost = host_udp_lost(h->udp);
    return counts;
}

void host_crowd_leave(host_crowd *h)
{
    if (h->leaving)
        return;
    h->leaving = true;
    close_desks(h);
    host_carry_out(&h->carry);
}
