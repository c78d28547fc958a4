/*
 * The wiring between a name server, its sockets, its store and the loop.
 *
 * Answers that promise something wait for the store: those of one batch are held back until it is
 * committed, while the next batch gathers. Nothing else waits.
 */
#include "tools/host/nameserver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nbt/both.h"
#include "nbt/nbdd.h"
#include "tools/host/mem.h"
#include "tools/host/nsctl.h"
#include "tools/host/outs.h"
#include "tools/host/store.h"
#include "tools/host/tcp.h"
#include "tools/host/udp.h"

struct host_nameserver {
    host_loop *loop;
    host_nameserver_cfg cfg;
    host_iface ifaces[NBT_NBNS_LANAS_MAX];
    nbt_nbns *server;
    nbt_nbdd *nbdd; /* NULL: none */
    host_udp *udp;
    host_tcp *tcp;
    host_store *store;
    host_nsctl *ctl;
    host_outs outs;
    nbt_out held[2];    /* answers that wait: for the batch under way, and for the next one */
    unsigned gathering; /* the one for the next */
    bool releasing;     /* those of a committed batch are on their way out */
    bool failing;       /* the last batch could not be committed */
    nbt_time retry_at;
    /* The computer that has the same interfaces, if there is one. */
    void *sharer;
    void (*sharer_rx)(void *ctx, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data);
};

static void say(host_nameserver *ns, const char *line)
{
    ns->cfg.on_log(ns->cfg.tool, line);
}

/* --- what the server wants done --------------------------------------------------------------- */

/* Keeps a copy of an answer until the store has what it promises. */
static void hold(host_nameserver *ns, const nbt_act *act, nbt_bytes data)
{
    if (ns->failing)
        return; /* the promise may never be kept: the asker will ask again */
    nbt_act *copy = nbt_out_add(&ns->held[ns->gathering], act->kind, data.p, data.n);
    size_t at = copy->data_at;
    *copy = *act;
    copy->data_at = at;
    copy->kept = false;
}

static void carry_one(host_nameserver *ns, const nbt_act *act, nbt_bytes data)
{
    switch (act->kind) {
    case NBT_ACT_SEND:
        if (act->kept)
            hold(ns, act, data);
        return; /* the others of a list have been sent together */
    case NBT_ACT_TCP_SEND:
        if (act->kept) {
            hold(ns, act, data);
            return;
        }
        host_tcp_act(ns->tcp, act, data);
        return;
    case NBT_ACT_TCP_CLOSE:
    case NBT_ACT_TCP_ABORT:
        host_tcp_act(ns->tcp, act, data);
        return;
    case NBT_ACT_TRACE:
        ns->cfg.on_trace(ns->cfg.tool, act);
        if (ns->ctl)
            host_nsctl_trace(ns->ctl, act);
        return;
    case NBT_ACT_TCP_LISTEN:
    case NBT_ACT_TCP_OPEN:
    case NBT_ACT_TCP_HOLD:
    case NBT_ACT_TCP_RESUME:
    case NBT_ACT_NCB:
    case NBT_ACT_ACCEPTED:
    case NBT_ACT_DONE:
    case NBT_ACT_APP:
        return; /* a name server does nothing of the kind */
    }
}

static void carry_list(void *ctx, const nbt_out *out)
{
    host_nameserver *ns = ctx;
    if (out->failed)
        say(ns, "no memory: packets are lost");
    host_udp_send(ns->udp, out);
    for (size_t i = 0; i < out->n; i++)
        carry_one(ns, &out->acts[i], nbt_out_data(out, &out->acts[i]));
}

/* Begins a batch of what there is to keep, if none is under way; when nothing is left, whoever has
 * changed something by hand has his answer. */
static void keep(host_nameserver *ns)
{
    bool waiting = nbt_nbns_dirty(ns->server) > 0 || ns->held[ns->gathering].n > 0;
    if (ns->failing || ns->releasing || (ns->store && host_store_busy(ns->store)))
        return;
    if (!ns->store || !waiting) {
        if (ns->ctl)
            host_nsctl_kept(ns->ctl);
        return;
    }
    ns->gathering ^= 1;
    host_store_commit(ns->store, ns->server);
}

static void carry(void *ctx)
{
    host_nameserver *ns = ctx;
    host_outs_carry(&ns->outs, carry_list, ns);
    keep(ns);
}

static void on_committed(void *ctx, const char *trouble)
{
    enum { RETRY_S = 1 };
    host_nameserver *ns = ctx;
    nbt_out *held = &ns->held[ns->gathering ^ 1];
    char line[300];
    if (trouble && !ns->failing) {
        snprintf(line, sizeof line,
                 "the store cannot be written: %s; registrations are not answered until it can",
                 trouble);
        say(ns, line);
    } else if (!trouble && ns->failing) {
        say(ns, "the store can be written again");
    }
    ns->failing = trouble != NULL;
    if (trouble) {
        ns->retry_at = host_now() + NBT_S(RETRY_S);
        nbt_out_clear(&ns->held[ns->gathering]);
    } else {
        ns->releasing = true; /* it may lead to more, which must not come into this list */
        carry_list(ns, held);
        ns->releasing = false;
    }
    nbt_out_clear(held);
    keep(ns);
}

/* --- what comes in -----------------------------------------------------------------------------
 */

/* Port 138: the distribution server's, or the computer's. */
static void on_datagram(host_nameserver *ns, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    if (ns->nbdd && nbt_nbdd_takes(ns->nbdd, lana, from, to, data))
        nbt_nbdd_rx(ns->nbdd, host_now(), lana, from, to, data, host_outs_fill(&ns->outs));
    else if (ns->sharer_rx)
        ns->sharer_rx(ns->sharer, lana, from, to, data);
}

static void on_packet(void *ctx, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    host_nameserver *ns = ctx;
    if (to.port == NBT_PORT_DGM) {
        on_datagram(ns, lana, from, to, data);
        return;
    }
    if (ns->sharer_rx &&
        nbt_both_whose(ns->server, ns->ifaces[lana].ip, from, to, data) == NBT_BOTH_NODE) {
        ns->sharer_rx(ns->sharer, lana, from, to, data);
        return;
    }
    nbt_nbns_rx(ns->server, host_now(), lana, from, to, data, host_outs_fill(&ns->outs));
}

static void on_trouble(void *ctx, uint8_t lana, int error)
{
    host_nameserver *ns = ctx;
    char line[160];
    const char *name = ns->ifaces[lana].name;
    if (error)
        snprintf(line, sizeof line, "interface %s does not carry packets: %s", name,
                 strerror(error));
    else
        snprintf(line, sizeof line, "interface %s carries packets again", name);
    say(ns, line);
}

static void on_tcp(void *ctx, const nbt_tcp_ev *ev)
{
    host_nameserver *ns = ctx;
    nbt_nbns_tcp(ns->server, host_now(), ev, host_outs_fill(&ns->outs));
    carry(ns);
}

static nbt_nbns_result on_change(void *ctx, const nbt_nbns_cmd *cmd)
{
    host_nameserver *ns = ctx;
    nbt_nbns_result result = nbt_nbns_do(ns->server, host_now(), cmd, host_outs_fill(&ns->outs));
    carry(ns);
    return result;
}

static void settle(void *ctx)
{
    keep(ctx);
}

static nbt_time due(const void *ctx)
{
    const host_nameserver *ns = ctx;
    nbt_time due = nbt_nbns_due(ns->server);
    if (ns->nbdd)
        due = nbt_time_min(due, nbt_nbdd_due(ns->nbdd));
    return ns->failing ? nbt_time_min(due, ns->retry_at) : due;
}

static void tick(void *ctx, nbt_time now)
{
    host_nameserver *ns = ctx;
    nbt_nbns_tick(ns->server, now, host_outs_fill(&ns->outs));
    if (ns->nbdd)
        nbt_nbdd_tick(ns->nbdd, now);
    carry(ns);
    if (ns->failing && now >= ns->retry_at && !host_store_busy(ns->store)) {
        ns->retry_at = NBT_NEVER; /* until it has ended */
        host_store_commit(ns->store, ns->server);
    }
}

static void stop(void *ctx)
{
    host_nameserver *ns = ctx;
    host_loop_stop(ns->loop);
}

/* --- its making --------------------------------------------------------------------------------
 */

static bool load(host_nameserver *ns, host_err *err)
{
    size_t refused;
    char line[100];
    host_store_cfg cfg = { .ctx = ns, .committed = on_committed };
    if (!ns->cfg.store)
        return true;
    ns->store = host_store_open(host_loop_uv(ns->loop), ns->cfg.store, &cfg, err);
    if (!ns->store || !host_store_load(ns->store, ns->server, &refused, err))
        return false;
    if (refused) {
        snprintf(line, sizeof line, "%zu records of the store make no sense and are passed over",
                 refused);
        say(ns, line);
    }
    return true;
}

/* What is added to host_now() for the time of day, in microseconds. */
static nbt_time wall_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return NBT_S(t.tv_sec) + t.tv_nsec / 1000 - host_now();
}

static nbt_nbdd *make_nbdd(const host_nameserver *ns, const nbt_nbns_lana *lanas)
{
    enum { PENDING = 1024, COPIES = 4096, FRAGMENT_TO_S = 2 };
    nbt_nbdd_cfg cfg = { .mem = host_mem(),
                         .records = ns->server,
                         .lanas = lanas,
                         .nlanas = ns->cfg.nifaces,
                         .timeout = NBT_S(FRAGMENT_TO_S),
                         .max_pending = PENDING,
                         .max_copies = COPIES,
                         .not_back = ns->cfg.not_back };
    return nbt_nbdd_new(&cfg);
}

static bool make_server(host_nameserver *ns)
{
    nbt_nbns_cfg cfg = ns->cfg.server;
    nbt_nbns_lana lanas[NBT_NBNS_LANAS_MAX];
    for (size_t i = 0; i < ns->cfg.nifaces; i++) {
        const host_iface *f = &ns->ifaces[i];
        lanas[i] = (nbt_nbns_lana){ (uint8_t)i, f->ip, f->mask, f->broadcast };
    }
    cfg.mem = host_mem();
    cfg.lanas = lanas;
    cfg.nlanas = ns->cfg.nifaces;
    cfg.wall = wall_clock();
    cfg.journal = ns->cfg.store != NULL;
    ns->server = nbt_nbns_new(&cfg, host_now());
    if (ns->server && ns->cfg.datagrams)
        ns->nbdd = make_nbdd(ns, lanas);
    return ns->server && (ns->nbdd || !ns->cfg.datagrams);
}

static bool open_ports(host_nameserver *ns, host_err *err)
{
    host_nsctl_cfg ctl = { .ctx = ns, .server = ns->server, .change = on_change, .settle = settle };
    for (size_t i = 0; i < ns->cfg.nifaces; i++) {
        const host_iface *f = &ns->ifaces[i];
        nbt_ep at = { f->ip, NBT_PORT_NS };
        if (!host_udp_open(ns->udp, (uint8_t)i, f, NBT_PORT_NS, err) ||
            !host_tcp_listen(ns->tcp, at, (uint8_t)i, err))
            return false;
        if (ns->nbdd && !host_udp_open(ns->udp, (uint8_t)i, f, NBT_PORT_DGM, err))
            return false;
    }
    if (ns->cfg.socket)
        ns->ctl = host_nsctl_new(host_loop_uv(ns->loop), ns->cfg.socket, &ctl, err);
    return !ns->cfg.socket || ns->ctl;
}

host_nameserver *host_nameserver_new(host_loop *loop, const host_nameserver_cfg *cfg, host_err *err)
{
    host_nameserver *ns = calloc(1, sizeof *ns);
    if (!ns) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return NULL;
    }
    ns->loop = loop;
    ns->cfg = *cfg;
    memcpy(ns->ifaces, cfg->ifaces, cfg->nifaces * sizeof *cfg->ifaces);
    host_outs_init(&ns->outs, host_mem());
    nbt_out_init(&ns->held[0], host_mem());
    nbt_out_init(&ns->held[1], host_mem());
    host_udp_cfg udp = {
        .ctx = ns, .rx = on_packet, .batch = carry, .trouble = on_trouble, .busy = true
    };
    host_tcp_cfg tcp = { .ctx = ns, .event = on_tcp, .remedy = "choose another interface" };
    ns->udp = host_udp_new(host_loop_uv(loop), &udp);
    ns->tcp = host_tcp_new(host_loop_uv(loop), &tcp);
    bool memory = ns->udp && ns->tcp && make_server(ns);
    if (!memory)
        host_err_set(err, HOST_SYSTEM, "no memory");
    if (!memory || !load(ns, err) || !open_ports(ns, err)) {
        host_nameserver_free(ns);
        return NULL;
    }
    host_driven driven = { .ctx = ns, .due = due, .tick = tick, .stop = stop };
    host_loop_drive(loop, &driven);
    return ns;
}

void host_nameserver_free(host_nameserver *ns)
{
    if (!ns)
        return;
    host_nsctl_free(ns->ctl);
    host_udp_free(ns->udp);
    host_tcp_free(ns->tcp);
    host_store_close(ns->store, ns->server);
    nbt_nbdd_free(ns->nbdd);
    nbt_nbns_free(ns->server);
    host_outs_fini(&ns->outs);
    nbt_out_fini(&ns->held[0]);
    nbt_out_fini(&ns->held[1]);
    free(ns);
}

void host_nameserver_share(host_nameserver *ns, void *ctx,
                           void (*rx)(void *ctx, uint8_t lana, nbt_ep from, nbt_ep to,
                                      nbt_bytes data))
{
    ns->sharer = ctx;
    ns->sharer_rx = rx;
}

bool host_nameserver_datagrams(const host_nameserver *ns)
{
    return ns->nbdd != NULL;
}

host_udp *host_nameserver_udp(host_nameserver *ns)
{
    return ns->udp;
}

const nbt_nbns *host_nameserver_server(const host_nameserver *ns)
{
    return ns->server;
}
