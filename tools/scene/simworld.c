/*
 * The world as a whole: its life, its clock, and which host or program something is about.
 */
#include "tools/scene/simworld_impl.h"

#include <assert.h>
#include <string.h>

/* --- life ------------------------------------------------------------------------------------- */

/* There may be no programs, and even no hosts. */
static size_t hosts_size(const scene *s)
{
    return (s->nhosts + 1u) * sizeof(simhost);
}

static size_t progs_size(const scene *s)
{
    return (s->nprograms + 1u) * sizeof(simprog);
}

static bool make_networks(simworld *w)
{
    w->segment = nbt_mem_new(w->cfg.mem, w->s->nnetworks * sizeof *w->segment);
    if (!w->segment)
        return false;
    for (uint32_t i = 0; i < w->s->nnetworks; i++) {
        w->segment[i] = nbt_simnet_segment(w->net, &w->s->network[i].link);
        if (!w->segment[i])
            return false;
        nbt_simnet_mtu(w->net, w->segment[i], w->s->network[i].mtu);
    }
    return true;
}

static bool make_host(simworld *w, uint32_t i)
{
    const scene_host *h = &w->s->host[i];
    simhost *host = &w->host[i];
    host->leave_by = NBT_NEVER;
    host->net = nbt_simnet_host(w->net);
    if (!host->net)
        return false;
    for (uint8_t a = 0; a < h->nadapters; a++) {
        nbt_lana_cfg lana;
        scene_build_lana(w->s, h, a, &lana);
        host->adapter[a] =
            nbt_simnet_adapter(w->net, host->net, w->segment[h->adapter[a].network], &lana);
        if (!host->adapter[a])
            return false;
    }
    nbt_simnet_power(w->net, host->net, false);
    return true;
}

static bool make_hosts(simworld *w)
{
    w->host = nbt_mem_new(w->cfg.mem, hosts_size(w->s));
    w->prog = nbt_mem_new(w->cfg.mem, progs_size(w->s));
    if (!w->host || !w->prog)
        return false;
    for (uint32_t i = 0; i < w->s->nhosts; i++)
        if (!make_host(w, i))
            return false;
    for (uint32_t i = 0; i < w->s->nprograms; i++) {
        w->prog[i].w = w;
        w->prog[i].index = (uint16_t)i;
    }
    return true;
}

static void tap(void *ctx, const nbt_simframe *f, nbt_simfate *fate)
{
    simworld *w = ctx;
    scene_hear_fate(&w->hear, f, fate);
}

simworld *simworld_new(const simworld_cfg *cfg)
{
    simworld *w = nbt_mem_new(cfg->mem, sizeof *w);
    if (!w)
        return NULL;
    w->cfg = *cfg;
    w->s = cfg->scene;
    w->rng.s = cfg->seed;
    w->leaving = NBT_NEVER;
    nbt_simnet_cfg net = { .mem = cfg->mem,
                           .seed = nbt_rng_u64(&w->rng),
                           .no_echo = true,
                           .frames = true,
                           .acks = cfg->acks,
                           .traces = cfg->states,
                           .tap = w->s->nfaults > 0 ? tap : NULL,
                           .tap_ctx = w };
    w->net = nbt_simnet_new(&net);
    w->book = simbook_new(cfg->mem);
    w->faults = scene_faults_new(cfg->mem, w->s);
    scene_hear_init(&w->hear, cfg->mem, w->s, w->faults);
    w->hear.ctx = cfg->ctx;
    w->hear.event = cfg->event;
    if (w->net && w->book && w->faults && make_networks(w) && make_hosts(w))
        return w;
    simworld_free(w);
    return NULL;
}

void simworld_free(simworld *w)
{
    if (!w)
        return;
    nbt_mem mem = w->cfg.mem;
    nbt_simnet_free(w->net);
    for (uint32_t i = 0; w->prog && i < w->s->nprograms; i++) {
        rc_viewer_free(w->prog[i].viewer);
        rc_agent_free(w->prog[i].agent);
    }
    for (uint32_t i = 0; w->host && i < w->s->nhosts; i++) {
        nbt_computer_free(w->host[i].computer);
        nbt_nbdd_free(w->host[i].nbdd);
        nbt_nbns_free(w->host[i].server);
    }
    scene_hear_fini(&w->hear);
    simbook_free(w->book);
    nbt_mem_free(mem, w->owner, w->owners_cap * sizeof *w->owner);
    nbt_mem_free(mem, w->prog, progs_size(w->s));
    nbt_mem_free(mem, w->host, hosts_size(w->s));
    nbt_mem_free(mem, w->segment, w->s->nnetworks * sizeof *w->segment);
    scene_faults_free(w->faults);
    nbt_mem_free(mem, w, sizeof *w);
}

void simworld_own(simworld *w, uint32_t obj, uint32_t owner)
{
    while (obj >= w->owners_cap) {
        uint32_t *more = nbt_mem_grow(w->cfg.mem, w->owner, &w->owners_cap, sizeof *more);
        if (!more) {
            w->failed = true;
            return;
        }
        w->owner = more;
    }
    w->owner[obj] = owner;
}

void simworld_tell(simworld *w, scene_event_kind kind, uint32_t index)
{
    scene_event ev = { .kind = kind, .at = nbt_simnet_now(w->net), .index = index };
    w->cfg.event(w->cfg.ctx, &ev);
}

/* --- what happens ----------------------------------------------------------------------------- */

/* Tells what was said. */
static void show(simworld *w)
{
    const nbt_simframe *f;
    while ((f = nbt_simnet_frame(w->net)))
        scene_hear_frame(&w->hear, f, w->cfg.frame ? w->cfg.frame(w->cfg.ctx, f) : 0);
}

/* Does that too, and what objects want of whoever is outside. */
static void attend(simworld *w)
{
    const nbt_simnet_effect *next;
    show(w);
    while ((next = nbt_simnet_next(w->net)) && !w->failed) {
        nbt_simnet_effect e = *next; /* its data hold until the next one is pulled */
        uint32_t owner = w->owner[e.obj];
        if (owner < w->s->nhosts)
            simworld_host_effect(w, (uint16_t)owner, &e);
        else
            simworld_prog_effect(w, (uint16_t)(owner - w->s->nhosts), &e);
        show(w);
    }
    simworld_hosts_leave(w);
}

void simworld_begin(simworld *w)
{
    for (uint32_t i = 0; i < w->s->nhosts; i++)
        if (!w->s->host[i].off)
            simworld_host_start(w, (uint16_t)i);
    attend(w);
}

nbt_time simworld_now(const simworld *w)
{
    return nbt_simnet_now(w->net);
}

nbt_time simworld_due(const simworld *w)
{
    return nbt_time_min(nbt_simnet_due(w->net), w->leaving);
}

void simworld_step(simworld *w)
{
    nbt_time due = simworld_due(w);
    if (nbt_simnet_due(w->net) == due)
        (void)nbt_simnet_step(w->net);
    else
        nbt_simnet_run(w->net, due);
    attend(w);
}

void simworld_wait(simworld *w, nbt_time until)
{
    assert(simworld_due(w) >= until);
    if (until > nbt_simnet_now(w->net) && nbt_simnet_due(w->net) > until)
        nbt_simnet_run(w->net, until);
}

const nbt_simwire_stats *simworld_stats(const simworld *w)
{
    return nbt_simnet_stats(w->net);
}

bool simworld_failed(const simworld *w)
{
    return w->failed || w->hear.failed || nbt_simnet_failed(w->net) || simbook_failed(w->book);
}

/* --- steps ------------------------------------------------------------------------------------ */

static void set_side(simworld *w, uint16_t host, uint16_t network, uint8_t side)
{
    const scene_host *h = &w->s->host[host];
    for (uint8_t a = 0; a < h->nadapters; a++) {
        if (h->adapter[a].network != network)
            continue;
        w->host[host].side[a] = side;
        nbt_simnet_side(w->net, w->host[host].adapter[a], side);
    }
}

static void partition(simworld *w, const scene_step *step)
{
    for (uint32_t i = 0; i < w->s->nhosts; i++)
        set_side(w, (uint16_t)i, step->network, 0);
    for (uint32_t i = 0; i < step->nhosts; i++)
        set_side(w, step->hosts[i], step->network, 1);
}

static void order_server(simworld *w, const scene_step *step)
{
    simhost *h = &w->host[step->host];
    if (!h->server)
        return;
    nbt_nbns_cmd cmd = scene_build_order(step);
    nbt_out *out = nbt_simnet_begin(w->net);
    (void)nbt_nbns_do(h->server, nbt_simnet_clock(w->net, h->net), &cmd, out);
    nbt_simnet_end(w->net, h->obj);
}

static void do_step(simworld *w, const scene_step *step)
{
    rc_cmd cmd = { .kind = RC_CMD_CLOSE };
    switch (step->what) {
    case SCENE_DO_START:
        simworld_host_start(w, step->host);
        return;
    case SCENE_DO_STOP:
        simworld_host_stop(w, step->host);
        return;
    case SCENE_DO_CRASH:
        simworld_host_crash(w, step->host);
        return;
    case SCENE_DO_RUN:
        simworld_prog_run(w, step->program);
        return;
    case SCENE_DO_KILL:
        simworld_prog_kill(w, step->program);
        return;
    case SCENE_DO_TYPE:
        cmd = (rc_cmd){ .kind = RC_CMD_KEYS,
                        .data = { (const uint8_t *)step->text, strlen(step->text) } };
        simworld_prog_command(w, step->program, &cmd);
        return;
    case SCENE_DO_PERMIT:
        cmd = (rc_cmd){ .kind = RC_CMD_PERMIT, .value = step->yes };
        simworld_prog_command(w, step->program, &cmd);
        return;
    case SCENE_DO_CLOSE:
        simworld_prog_command(w, step->program, &cmd);
        return;
    case SCENE_DO_NCB:
        simworld_prog_submit(w, step);
        return;
    case SCENE_DO_SEND:
        simworld_host_send(w, step);
        return;
    case SCENE_DO_STATIC:
    case SCENE_DO_FORGET:
    case SCENE_DO_FREEZE:
    case SCENE_DO_THAW:
        order_server(w, step);
        return;
    case SCENE_DO_LINK:
        nbt_simnet_relink(w->net, w->segment[step->network], &step->link);
        return;
    case SCENE_DO_PARTITION:
    case SCENE_DO_HEAL: /* of nobody against all others */
        partition(w, step);
        return;
    case SCENE_DO_FAULT:
        scene_faults_begin(w->faults, step->fault, nbt_simnet_now(w->net));
        return;
    case SCENE_DO_MEND:
        scene_faults_end(w->faults, step->fault);
        return;
    case SCENE_DO_CLOCK:
        nbt_simnet_jump(w->net, w->host[step->host].net, step->jump);
        return;
    case SCENE_DO_AWAIT:
        return; /* the script's */
    }
}

void simworld_do(simworld *w, const scene_step *step)
{
    do_step(w, step);
    attend(w);
}

/* --- how things stand ------------------------------------------------------------------------- */

static scene_name_state state_of(const nbt_entry *e)
{
    if (e->conflict)
        return SCENE_NAME_CONFLICT;
    switch (e->state) {
    case NBT_ENTRY_FREE:
        return SCENE_NAME_ABSENT;
    case NBT_ENTRY_REGISTERING:
        return SCENE_NAME_CLAIMED;
    case NBT_ENTRY_REGISTERED:
    case NBT_ENTRY_DEREGISTERED: /* it is still defended */
        return SCENE_NAME_REGISTERED;
    }
    return SCENE_NAME_ABSENT;
}

static scene_name_state view_name(void *ctx, uint16_t host, const nbt_name *name)
{
    static const uint8_t rank[] = { [SCENE_NAME_ABSENT] = 0,
                                    [SCENE_NAME_CLAIMED] = 1,
                                    [SCENE_NAME_CONFLICT] = 2,
                                    [SCENE_NAME_REGISTERED] = 3 };
    const simworld *w = ctx;
    const nbt_computer *c = w->host[host].computer;
    const scene_host *h = &w->s->host[host];
    scene_name_state best = SCENE_NAME_ABSENT;
    if (!c || !nbt_scope_eq(&h->scope, &name->scope))
        return best;
    for (uint8_t i = 0; i < h->nadapters; i++) {
        const nbt_ltable *names = nbt_node_names(nbt_computer_lana(c, i));
        const nbt_entry *e = nbt_ltable_find_const(names, name->b);
        if (e && rank[state_of(e)] > rank[best])
            best = state_of(e);
    }
    return best;
}

static nbt_nbstate view_record(void *ctx, uint16_t host, const nbt_name *name, uint32_t owner,
                               bool *owned)
{
    const simworld *w = ctx;
    const nbt_nbns *server = w->host[host].server;
    const nbt_nbrec *rec = server ? nbt_nbns_find(server, name) : NULL;
    *owned = false;
    if (!rec)
        return NBT_NBSTATE_GONE;
    const nbt_nbaddr *addrs = nbt_nbdb_addrs_const(rec);
    for (uint16_t i = 0; i < rec->n; i++)
        *owned = *owned || addrs[i].ip == owner;
    return (nbt_nbstate)rec->state;
}

static uint32_t view_sessions(void *ctx, uint16_t host)
{
    const simworld *w = ctx;
    const nbt_computer *c = w->host[host].computer;
    return c ? nbt_computer_established(c) : 0;
}

static bool view_ready(void *ctx, uint16_t host)
{
    return ((const simworld *)ctx)->host[host].up;
}

scene_view simworld_view(simworld *w)
{
    return (scene_view){ .ctx = w,
                         .name = view_name,
                         .record = view_record,
                         .sessions = view_sessions,
                         .ready = view_ready };
}
