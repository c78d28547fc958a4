/*
 * Hosts: switched on and off, their own names, and what steps have them send.
 */
#include "tools/scene/simworld_impl.h"

/* --- on --------------------------------------------------------------------------------------- */

static void be_up(simworld *w, uint16_t host)
{
    w->host[host].up = true;
    simworld_tell(w, SCENE_EV_UP, host);
    for (uint32_t i = 0; i < w->s->nprograms; i++) {
        const scene_program *p = &w->s->program[i];
        if (p->host == host && !p->off && p->kind != SCENE_VIEWER)
            simworld_prog_run(w, (uint16_t)i);
    }
}

/* The next of its own names; when there is none any more, it is up. */
static void claim(simworld *w, uint16_t host)
{
    simhost *h = &w->host[host];
    nbt_ncb ncb;
    uint32_t tag;
    while (nbt_own_next(&h->own, &tag, &ncb)) {
        nbt_time now = nbt_simnet_clock(w->net, h->net);
        nbt_computer_do(h->computer, now, 0, tag, &ncb, (nbt_bytes){ NULL, 0 },
                        nbt_simnet_begin(w->net));
        nbt_simnet_end(w->net, h->obj);
    }
    if (!h->up && nbt_own_settled(&h->own))
        be_up(w, host);
}

static bool put_on(simworld *w, uint16_t host, const nbt_simnet_ops *ops, void *obj, uint16_t port)
{
    simhost *h = &w->host[host];
    h->obj = obj ? nbt_simnet_attach(w->net, h->net, 0, ops, obj) : 0;
    if (!h->obj) {
        w->failed = true;
        return false;
    }
    simworld_own(w, h->obj, host);
    nbt_simnet_listen(w->net, h->obj, (nbt_ep){ 0, port });
    return true;
}

static void start_computer(simworld *w, uint16_t host, uint64_t seed)
{
    simhost *h = &w->host[host];
    const scene_host *cfg = &w->s->host[host];
    h->computer = scene_build_computer(w->cfg.mem, w->s, cfg, seed);
    if (!put_on(w, host, &nbt_simnet_computer, h->computer, NBT_PORT_SSN))
        return;
    scene_build_own(cfg, &h->own);
    claim(w, host);
}

static void start_server(simworld *w, uint16_t host, uint64_t seed)
{
    simhost *h = &w->host[host];
    nbt_time now = nbt_simnet_clock(w->net, h->net);
    h->server = scene_build_server(w->cfg.mem, w->s, &w->s->host[host], seed, now);
    if (!put_on(w, host, &nbt_simnet_nbns, h->server, NBT_PORT_NS))
        return;
    if (w->s->host[host].datagrams) {
        h->nbdd = scene_build_nbdd(w->cfg.mem, w->s, &w->s->host[host], h->server);
        uint32_t obj =
            h->nbdd ? nbt_simnet_attach(w->net, h->net, 0, &nbt_simnet_nbdd, h->nbdd) : 0;
        w->failed = w->failed || !obj;
        if (obj)
            simworld_own(w, obj, host);
    }
    be_up(w, host);
}

void simworld_host_start(simworld *w, uint16_t host)
{
    simhost *h = &w->host[host];
    if (h->obj || h->up)
        return;
    nbt_rng seeds = { w->cfg.seed ^ (uint64_t)(host + 1) << 32 ^ ++h->starts };
    uint64_t seed = nbt_rng_u64(&seeds);
    nbt_simnet_power(w->net, h->net, true);
    switch (w->s->host[host].kind) {
    case SCENE_COMPUTER:
        start_computer(w, host, seed);
        return;
    case SCENE_SERVER:
        start_server(w, host, seed);
        return;
    case SCENE_HOST:
        be_up(w, host);
        return;
    }
}

/* --- off -------------------------------------------------------------------------------------- */

static void switch_off(simworld *w, uint16_t host)
{
    simhost *h = &w->host[host];
    nbt_simnet_power(w->net, h->net, false);
    nbt_computer_free(h->computer);
    nbt_nbdd_free(h->nbdd);
    nbt_nbns_free(h->server);
    h->nbdd = NULL;
    h->computer = NULL;
    h->server = NULL;
    h->obj = h->places = 0;
    h->up = false;
    h->leave_by = NBT_NEVER;
    simworld_tell(w, SCENE_EV_DOWN, host);
}

void simworld_host_crash(simworld *w, uint16_t host)
{
    if (!w->host[host].obj && !w->host[host].up)
        return;
    for (uint32_t i = 0; i < w->s->nprograms; i++)
        if (w->s->program[i].host == host)
            simworld_prog_vanish(w, (uint16_t)i);
    switch_off(w, host);
}

void simworld_host_stop(simworld *w, uint16_t host)
{
    simhost *h = &w->host[host];
    nbt_time longest = 0;
    if (!h->computer || h->leave_by != NBT_NEVER) {
        if (!h->computer)
            simworld_host_crash(w, host); /* it has nothing to give back */
        return;
    }
    for (uint32_t i = 0; i < w->s->nprograms; i++)
        if (w->s->program[i].host == host)
            simworld_prog_kill(w, (uint16_t)i);
    nbt_computer_gone(h->computer, nbt_simnet_clock(w->net, h->net), 0, nbt_simnet_begin(w->net));
    nbt_simnet_end(w->net, h->obj);
    for (uint8_t i = 0; i < w->s->host[host].nadapters; i++) {
        nbt_time time = nbt_node_release_time(nbt_node_cfg(nbt_computer_lana(h->computer, i)));
        longest = time > longest ? time : longest;
    }
    h->leave_by = nbt_simnet_now(w->net) + longest;
    w->leaving = nbt_time_min(w->leaving, h->leave_by);
}

void simworld_hosts_leave(simworld *w)
{
    if (w->leaving == NBT_NEVER)
        return;
    w->leaving = NBT_NEVER;
    for (uint32_t i = 0; i < w->s->nhosts; i++) {
        simhost *h = &w->host[i];
        if (h->leave_by == NBT_NEVER)
            continue;
        if (nbt_computer_due(h->computer) == NBT_NEVER || h->leave_by <= nbt_simnet_now(w->net))
            switch_off(w, (uint16_t)i);
        else
            w->leaving = nbt_time_min(w->leaving, h->leave_by);
    }
}

/* --- what its driver tells -------------------------------------------------------------------- */

void simworld_host_effect(simworld *w, uint16_t host, const nbt_simnet_effect *e)
{
    simhost *h = &w->host[host];
    if (e->obj != h->obj)
        return; /* it has been switched off since */
    if (e->act.kind == NBT_ACT_TRACE) {
        scene_event ev = {
            .kind = SCENE_EV_TRACE, .at = e->at, .index = host, .trace = &e->act.trace
        };
        w->cfg.event(w->cfg.ctx, &ev);
    } else if (e->act.kind == NBT_ACT_DONE && e->act.proc == 0 && h->leave_by == NBT_NEVER &&
               nbt_own_done(&h->own, &e->act.ncb)) {
        claim(w, host);
    }
}

/* --- what steps have it send ------------------------------------------------------------------ */

void simworld_host_send(simworld *w, const scene_step *step)
{
    nbt_simnet_send(w->net, w->host[step->host].net, step->from, step->to,
                    scene_hear_answer(&w->hear, step));
}
