/*
 * The wiring between a name server, a crowd's sockets and its own listener. Who gets which name is
 * the server's business.
 */
#include "tools/host/crowdns.h"

#include <stdlib.h>

#include "tools/host/carry.h"
#include "tools/host/loop.h"

struct host_crowdns {
    host_crowdns_cfg cfg;
    host_tcp *tcp;
    host_carry carry;
};

static host_ncbsrv *no_programs(void *ctx, const nbt_act *act)
{
    (void)ctx;
    (void)act;
    return NULL;
}

static void no_trace(void *ctx, const nbt_act *act)
{
    (void)ctx;
    (void)act;
}

static void on_log(void *ctx, const char *line)
{
    const host_crowdns *s = ctx;
    s->cfg.log(s->cfg.ctx, line);
}

static void on_tcp(void *ctx, const nbt_tcp_ev *ev)
{
    host_crowdns *s = ctx;
    nbt_nbns_tcp(s->cfg.server, host_now(), ev, host_carry_fill(&s->carry));
    host_carry_out(&s->carry);
}

host_crowdns *host_crowdns_new(uv_loop_t *uv, const host_crowdns_cfg *cfg, host_err *err)
{
    host_crowdns *s = calloc(1, sizeof *s);
    host_tcp_cfg tcp = { .ctx = s, .event = on_tcp, .remedy = "use another network namespace" };
    nbt_ep at = { cfg->ip, NBT_PORT_NS };
    if (!s) {
        nbt_nbdd_free(cfg->nbdd);
        nbt_nbns_free(cfg->server);
        host_err_set(err, HOST_SYSTEM, "no memory");
        return NULL;
    }
    s->cfg = *cfg;
    s->tcp = host_tcp_new(uv, &tcp);
    host_carry_init(&s->carry, &(host_carry_cfg){ .ctx = s,
                                                  .udp = cfg->udp,
                                                  .tcp = s->tcp,
                                                  .programs = no_programs,
                                                  .trace = no_trace,
                                                  .log = on_log });
    if (!s->tcp)
        host_err_set(err, HOST_SYSTEM, "no memory");
    if (s->tcp && host_tcp_listen(s->tcp, at, cfg->wire, err))
        return s;
    host_crowdns_free(s);
    return NULL;
}

void host_crowdns_free(host_crowdns *s)
{
    if (!s)
        return;
    host_tcp_free(s->tcp);
    host_carry_fini(&s->carry);
    nbt_nbdd_free(s->cfg.nbdd);
    nbt_nbns_free(s->cfg.server);
    free(s);
}

bool host_crowdns_rx(host_crowdns *s, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    const host_crowdns_cfg *c = &s->cfg;
    if (to.ip != c->ip)
        return false;
    if (to.port == NBT_PORT_NS)
        nbt_nbns_rx(c->server, host_now(), 0, from, to, data, host_carry_fill(&s->carry));
    else if (c->nbdd && nbt_nbdd_takes(c->nbdd, 0, from, to, data))
        nbt_nbdd_rx(c->nbdd, host_now(), 0, from, to, data, host_carry_fill(&s->carry));
    return true;
}

void host_crowdns_out(host_crowdns *s)
{
    host_carry_out(&s->carry);
}

void host_crowdns_tick(host_crowdns *s, nbt_time now)
{
    nbt_nbns_tick(s->cfg.server, now, host_carry_fill(&s->carry));
    if (s->cfg.nbdd)
        nbt_nbdd_tick(s->cfg.nbdd, now);
    host_carry_out(&s->carry);
}

nbt_time host_crowdns_due(const host_crowdns *s)
{
    nbt_time due = nbt_nbns_due(s->cfg.server);
    return s->cfg.nbdd ? nbt_time_min(due, nbt_nbdd_due(s->cfg.nbdd)) : due;
}
