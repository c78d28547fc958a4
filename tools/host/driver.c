/*
 * The wiring between a computer, UDP, TCP, the programs' socket and the loop.
 */
#include "tools/host/driver.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tools/host/carry.h"
#include "tools/host/mem.h"
#include "tools/host/services.h"

struct host_driver {
    host_loop *loop;
    host_driver_cfg cfg;
    host_adapter *adapters;
    nbt_computer *computer;
    host_udp *udp; /* its own, or the name server's */
    host_tcp *tcp;
    host_ncbsrv *srv;
    host_services *services;
    host_carry carry;
    bool leaving;
    nbt_time leave_by;
};

/* What the driver itself wanted, or a service of its. */
static bool take_done(void *ctx, const nbt_act *act, nbt_bytes data)
{
    host_driver *d = ctx;
    if (act->proc != 0)
        return host_services_done(d->services, act, data);
    d->cfg.on_done(d->cfg.tool, act->tag, &act->ncb);
    return true;
}

static host_ncbsrv *programs(void *ctx, const nbt_act *act)
{
    const host_driver *d = ctx;
    (void)act;
    return d->srv;
}

static void on_trace(void *ctx, const nbt_act *act)
{
    const host_driver *d = ctx;
    d->cfg.on_trace(d->cfg.tool, act);
}

static void on_log(void *ctx, const char *line)
{
    const host_driver *d = ctx;
    d->cfg.on_log(d->cfg.tool, line);
}

static void on_packet(void *ctx, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    host_driver *d = ctx;
    nbt_computer_rx(d->computer, host_now(), lana, from, to, data, host_carry_fill(&d->carry));
    if (d->cfg.name_server)
        host_carry_out(&d->carry); /* its batches are its own */
}

/* What came in one system call, or in one turn of the loop, is answered in one. */
static void on_batch(void *ctx)
{
    host_driver *d = ctx;
    host_carry_out(&d->carry);
}

static void on_trouble(void *ctx, uint8_t lana, int error)
{
    host_driver *d = ctx;
    const char *name = "";
    for (size_t i = 0; i < d->cfg.nadapters; i++)
        if (d->adapters[i].lana.lana == lana)
            name = d->adapters[i].iface.name;
    host_carry_trouble(&d->carry, name, error);
}

static void on_tcp(void *ctx, const nbt_tcp_ev *ev)
{
    host_driver *d = ctx;
    nbt_computer_tcp(d->computer, host_now(), ev, host_carry_fill(&d->carry));
    host_carry_out(&d->carry);
}

static void on_submit(void *ctx, uint32_t proc, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data)
{
    host_driver *d = ctx;
    nbt_computer_do(d->computer, host_now(), proc, tag, ncb, data, host_carry_fill(&d->carry));
}

static void submit_now(void *ctx, uint32_t proc, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data)
{
    on_submit(ctx, proc, tag, ncb, data);
    on_batch(ctx);
}

static void gone(void *ctx, uint32_t proc)
{
    host_driver *d = ctx;
    nbt_computer_gone(d->computer, host_now(), proc, host_carry_fill(&d->carry));
    host_carry_out(&d->carry);
}

/* While leaving, a computer with nothing left to do is due at once: to be found out, and stopped.
 */
static nbt_time due(const void *ctx)
{
    const host_driver *d = ctx;
    nbt_time due = nbt_computer_due(d->computer);
    if (!d->leaving)
        return nbt_time_min(due, host_services_due(d->services));
    return due == NBT_NEVER ? 0 : nbt_time_min(due, d->leave_by);
}

static void tick(void *ctx, nbt_time now)
{
    host_driver *d = ctx;
    nbt_computer_tick(d->computer, now, host_carry_fill(&d->carry));
    host_carry_out(&d->carry);
    if (!d->leaving)
        host_services_tick(d->services, now);
    if (d->leaving && (nbt_computer_due(d->computer) == NBT_NEVER || now >= d->leave_by))
        host_loop_stop(d->loop);
}

static void stop(void *ctx)
{
    host_driver *d = ctx;
    d->cfg.on_stop(d->cfg.tool);
}

static bool open_adapter(host_driver *d, const host_adapter *a, host_err *err)
{
    bool distributed = d->cfg.name_server && host_nameserver_datagrams(d->cfg.name_server);
    nbt_ep ssn = { a->iface.ip, NBT_PORT_SSN };
    return (d->cfg.name_server ||
            host_udp_open(d->udp, a->lana.lana, &a->iface, NBT_PORT_NS, err)) &&
           (distributed || host_udp_open(d->udp, a->lana.lana, &a->iface, NBT_PORT_DGM, err)) &&
           host_tcp_listen(d->tcp, ssn, a->lana.lana, err);
}

static bool open_all(host_driver *d, host_err *err)
{
    host_ncbsrv_cfg srv = {
        .ctx = d, .submit = on_submit, .gone = gone, .log = on_log, .turn = on_batch
    };
    for (size_t i = 0; i < d->cfg.nadapters; i++)
        if (!open_adapter(d, &d->adapters[i], err))
            return false;
    d->srv = host_ncbsrv_new(host_loop_uv(d->loop), d->cfg.socket, &srv, err);
    return d->srv != NULL;
}

/* Copies the adapters, for the computer and for ourselves. */
static bool make_computer(host_driver *d, const host_driver_cfg *cfg)
{
    size_t n = cfg->nadapters;
    nbt_lana_cfg *lanas = calloc(n, sizeof *lanas);
    d->adapters = calloc(n, sizeof *d->adapters);
    if (lanas && d->adapters) {
        for (size_t i = 0; i < n; i++) {
            d->adapters[i] = cfg->adapters[i];
            lanas[i] = cfg->adapters[i].lana;
        }
        nbt_computer_cfg computer = { .mem = host_mem(),
                                      .seed = cfg->seed,
                                      .lanas = lanas,
                                      .nlanas = n,
                                      .sessions = cfg->sessions,
                                      .rules = cfg->rules,
                                      .nrules = cfg->nrules };
        d->computer = nbt_computer_new(&computer);
    }
    free(lanas);
    return d->computer != NULL;
}

/* A descriptor for each session, and some for the rest. */
static bool make_room(const host_driver_cfg *cfg, host_err *err)
{
    enum { REST = 256 };
    rlim_t need = cfg->nadapters * (rlim_t)cfg->sessions + REST;
    struct rlimit r;
    if (cfg->sessions <= NBT_SESSIONS_MAX || getrlimit(RLIMIT_NOFILE, &r) != 0 ||
        r.rlim_cur >= need)
        return true;
    if (r.rlim_max != RLIM_INFINITY && r.rlim_max < need) {
        host_err_set(
            err, HOST_SYSTEM,
            "%u sessions need %lu file descriptors, and %lu are allowed; see ulimit -Hn, or "
            "have fewer --sessions",
            cfg->sessions, (unsigned long)need, (unsigned long)r.rlim_max);
        return false;
    }
    r.rlim_cur = need;
    (void)setrlimit(RLIMIT_NOFILE, &r);
    return true;
}

host_driver *host_driver_new(host_loop *loop, const host_driver_cfg *cfg, host_err *err)
{
    if (!make_room(cfg, err))
        return NULL;
    host_driver *d = calloc(1, sizeof *d);
    host_udp_cfg udp = { .ctx = d, .rx = on_packet, .batch = on_batch, .trouble = on_trouble };
    host_tcp_cfg tcp = { .ctx = d, .event = on_tcp, .remedy = "choose another interface" };
    const nbt_persona *persona = cfg->nadapters > 0 ? cfg->adapters[0].lana.persona : NULL;
    if (persona) {
        udp.ttl = tcp.ttl = persona->ip_ttl;
        udp.ip_fragments = persona->ip_fragments;
    }
    if (!d) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return NULL;
    }
    d->loop = loop;
    d->cfg = *cfg;
    d->udp = cfg->name_server ? host_nameserver_udp(cfg->name_server)
                              : host_udp_new(host_loop_uv(loop), &udp);
    d->tcp = host_tcp_new(host_loop_uv(loop), &tcp);
    host_carry_init(&d->carry, &(host_carry_cfg){ .ctx = d,
                                                  .udp = d->udp,
                                                  .tcp = d->tcp,
                                                  .programs = programs,
                                                  .done = take_done,
                                                  .trace = on_trace,
                                                  .log = on_log });
    host_services_cfg services = { .services = cfg->services,
                                   .n = cfg->nservices,
                                   .ctx = d,
                                   .submit = submit_now,
                                   .log = on_log };
    d->services = host_services_new(&services);
    if (!d->udp || !d->tcp || !d->services || !make_computer(d, cfg)) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        host_driver_free(d);
        return NULL;
    }
    if (!open_all(d, err)) {
        host_driver_free(d);
        return NULL;
    }
    if (cfg->name_server)
        host_nameserver_share(cfg->name_server, d, on_packet);
    host_driven driven = { .ctx = d, .due = due, .tick = tick, .stop = stop };
    host_loop_drive(loop, &driven);
    return d;
}

void host_driver_free(host_driver *d)
{
    if (!d)
        return;
    if (d->srv)
        host_driver_leave(d);
    if (d->cfg.name_server)
        host_nameserver_share(d->cfg.name_server, NULL, NULL);
    else
        host_udp_free(d->udp);
    host_tcp_free(d->tcp);
    nbt_computer_free(d->computer);
    host_services_free(d->services);
    host_carry_fini(&d->carry);
    free(d->adapters);
    free(d);
}

void host_driver_do(host_driver *d, uint32_t tag, const nbt_ncb *ncb)
{
    submit_now(d, 0, tag, ncb, (nbt_bytes){ NULL, 0 });
}

void host_driver_serve(host_driver *d)
{
    host_services_start(d->services);
}

static nbt_time release_time(const host_driver *d)
{
    nbt_time longest = 0;
    for (size_t i = 0; i < d->cfg.nadapters; i++) {
        nbt_time time = nbt_node_release_time(&d->adapters[i].lana);
        longest = time > longest ? time : longest;
    }
    return longest;
}

void host_driver_leave(host_driver *d)
{
    if (d->leaving)
        return;
    d->leaving = true;
    d->leave_by = host_now() + release_time(d);
    host_ncbsrv *srv = d->srv;
    d->srv = NULL;
    host_ncbsrv_free(srv); /* tells that its programs are gone */
    for (size_t i = 0; host_services_proc(d->services, i); i++)
        gone(d, host_services_proc(d->services, i));
    gone(d, 0);
}
