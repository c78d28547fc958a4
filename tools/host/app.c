/*
 * The wiring between an application object, the driver's socket, TCP, UDP and the loop.
 */
#include "tools/host/app.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>

#include "tools/host/mem.h"
#include "tools/host/ncbsock.h"
#include "tools/host/outs.h"
#include "tools/host/sockets.h"
#include "tools/host/tcp.h"

struct host_app {
    host_app_cfg cfg;
    host_ncbsock *driver; /* NULL: there is none, or none any more */
    host_tcp *tcp;
    host_sockets *udp; /* NULL: it has no ports */
    host_outs outs;
    bool failed; /* nothing is carried out any more */
};

static void fail_without_memory(host_app *a)
{
    host_err err;
    host_err_set(&err, HOST_SYSTEM, "no memory for what is to be done");
    host_app_fail(a, &err);
}

static void listen_at(host_app *a, nbt_ep at)
{
    host_err err;
    if (!host_tcp_listen(a->tcp, at, 0, &err))
        host_app_fail(a, &err);
}

static void submit(host_app *a, const nbt_act *act, nbt_bytes data)
{
    nbt_ipc m = { .kind = NBT_IPC_SUBMIT, .tag = act->tag, .ncb = act->ncb, .data = data };
    if (a->driver)
        host_ncbsock_send(a->driver, &m);
}

static void carry_one(host_app *a, const nbt_act *act, nbt_bytes data)
{
    switch (act->kind) {
    case NBT_ACT_NCB:
        submit(a, act, data);
        return;
    case NBT_ACT_TCP_LISTEN:
        listen_at(a, act->from);
        return;
    case NBT_ACT_TCP_OPEN:
    case NBT_ACT_TCP_SEND:
    case NBT_ACT_TCP_HOLD:
    case NBT_ACT_TCP_RESUME:
    case NBT_ACT_TCP_CLOSE:
    case NBT_ACT_TCP_ABORT:
        host_tcp_act(a->tcp, act, data);
        return;
    case NBT_ACT_TRACE:
        if (a->cfg.on_trace)
            a->cfg.on_trace(a->cfg.tool, act);
        return;
    case NBT_ACT_APP:
        a->cfg.on_app(a->cfg.tool, act, data);
        return;
    case NBT_ACT_SEND:
        host_sockets_send(a->udp, act->from, act->to, data);
        return;
    case NBT_ACT_ACCEPTED:
    case NBT_ACT_DONE:
        assert(false); /* a driver's */
    }
}

static void carry_list(void *ctx, const nbt_out *out)
{
    host_app *a = ctx;
    if (out->failed)
        fail_without_memory(a);
    for (size_t i = 0; i < out->n && !a->failed; i++)
        carry_one(a, &out->acts[i], nbt_out_data(out, &out->acts[i]));
}

static void carry(host_app *a)
{
    host_outs_carry(&a->outs, carry_list, a);
}

static void on_answer(void *ctx, const nbt_ipc *m)
{
    host_app *a = ctx;
    a->cfg.ops->ncb(a->cfg.app, host_now(), m->kind, m->tag, &m->ncb, m->data,
                    host_outs_fill(&a->outs));
    carry(a);
}

static void driver_gone(host_app *a)
{
    host_ncbsock_free(a->driver);
    a->driver = NULL;
    a->cfg.ops->gone(a->cfg.app, host_now(), host_outs_fill(&a->outs));
    carry(a);
}

static void on_driver_closed(void *ctx, const char *why)
{
    (void)why;
    driver_gone(ctx);
}

static void on_tcp(void *ctx, const nbt_tcp_ev *ev)
{
    host_app *a = ctx;
    a->cfg.ops->tcp(a->cfg.app, host_now(), ev, host_outs_fill(&a->outs));
    carry(a);
}

static void on_udp(void *ctx, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    host_app *a = ctx;
    a->cfg.ops->rx(a->cfg.app, host_now(), from, to, data, host_outs_fill(&a->outs));
    carry(a);
}

static nbt_time due(const void *ctx)
{
    const host_app *a = ctx;
    return a->cfg.ops->due(a->cfg.app);
}

static void tick(void *ctx, nbt_time now)
{
    host_app *a = ctx;
    a->cfg.ops->tick(a->cfg.app, now, host_outs_fill(&a->outs));
    carry(a);
}

static void stop(void *ctx)
{
    host_app *a = ctx;
    a->cfg.on_stop(a->cfg.tool);
}

static bool connect_driver(host_app *a, host_loop *loop, host_err *err)
{
    host_ncbsock_cfg cfg = { .ctx = a, .message = on_answer, .closed = on_driver_closed };
    int fd = host_ncb_open(a->cfg.driver, err);
    if (fd < 0)
        return false;
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    a->driver = host_ncbsock_new(host_loop_uv(loop), fd, &cfg);
    if (!a->driver)
        host_err_set(err, HOST_SYSTEM, "no memory for the connection to the driver");
    return a->driver != NULL;
}

static bool open_ports(host_app *a, host_loop *loop, host_err *err)
{
    host_sockets_cfg cfg = { .ctx = a, .rx = on_udp, .remedy = a->cfg.remedy };
    if (a->cfg.nports == 0)
        return true;
    a->udp = host_sockets_new(host_loop_uv(loop), &cfg);
    if (!a->udp)
        host_err_set(err, HOST_SYSTEM, "no memory for UDP");
    for (size_t i = 0; a->udp && i < a->cfg.nports; i++)
        if (!host_sockets_open(a->udp, a->cfg.ports[i], err))
            return false;
    return a->udp != NULL;
}

host_app *host_app_new(host_loop *loop, const host_app_cfg *cfg, host_err *err)
{
    host_app *a = calloc(1, sizeof *a);
    host_tcp_cfg tcp = { .ctx = a, .event = on_tcp, .remedy = cfg->remedy };
    if (!a || !(a->tcp = host_tcp_new(host_loop_uv(loop), &tcp))) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        free(a);
        return NULL;
    }
    a->cfg = *cfg;
    host_outs_init(&a->outs, host_mem());
    if (!open_ports(a, loop, err) || (cfg->driver && !connect_driver(a, loop, err))) {
        host_app_free(a);
        return NULL;
    }
    host_driven driven = { .ctx = a, .due = due, .tick = tick, .stop = stop };
    host_loop_drive(loop, &driven);
    return a;
}

void host_app_free(host_app *a)
{
    if (!a)
        return;
    host_ncbsock_free(a->driver);
    host_tcp_free(a->tcp);
    host_sockets_free(a->udp);
    host_outs_fini(&a->outs);
    free(a);
}

void host_app_start(host_app *a)
{
    a->cfg.ops->start(a->cfg.app, host_now(), host_outs_fill(&a->outs));
    carry(a);
    if (!a->cfg.driver)
        driver_gone(a);
}

void host_app_fail(host_app *a, const host_err *err)
{
    if (a->failed)
        return;
    a->failed = true;
    a->cfg.on_fail(a->cfg.tool, err);
}

void host_app_do(host_app *a, uint32_t what, int64_t value, nbt_bytes data)
{
    a->cfg.ops->act(a->cfg.app, host_now(), what, value, data, host_outs_fill(&a->outs));
    carry(a);
}
