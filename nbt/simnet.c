/*
 * The virtual clock and what hangs on it. Objects are called one at a time and never from within
 * one another: whatever one wants of another waits its turn among the events.
 */
#include "nbt/simnet_impl.h"

#include "nbt/mem.h"

#include <assert.h>

/* --- memory ------------------------------------------------------------------------------- */

/* The tap's word about a piece of a stream. */
static bool tap_piece(void *ctx, uint32_t from, nbt_simframe *f, uint8_t *data, nbt_time *more)
{
    nbt_simnet *net = ctx;
    nbt_simfate fate = { .drop = false };
    f->segment = nbt_simwire_at(&net->wire, from)->segment;
    net->cfg.tap(net->cfg.tap_ctx, f, &fate);
    assert(!fate.data.p || fate.data.n == f->data.n);
    if (fate.data.p && data)
        memcpy(data, fate.data.p, fate.data.n);
    *more = fate.more;
    return !fate.drop;
}

nbt_simnet *nbt_simnet_new(const nbt_simnet_cfg *cfg)
{
    nbt_simnet *net = nbt_mem_new(cfg->mem, sizeof *net);
    if (!net)
        return NULL;
    net->cfg = *cfg;
    net->nobjects = net->nevents = 1; /* number 0 is none */
    nbt_rng seeds = { cfg->seed };
    nbt_simwire_init(&net->wire, cfg->mem, nbt_rng_u64(&seeds), cfg->frames);
    nbt_simtcp_init(&net->tcp, cfg->mem, &net->wire, nbt_rng_u64(&seeds), cfg->cut);
    net->tcp.tap = cfg->tap ? tap_piece : NULL;
    net->tcp.tap_ctx = net;
    net->tcp.acks = cfg->acks;
    nbt_heap_init(&net->due, cfg->mem);
    nbt_out_init(&net->out, cfg->mem);
    nbt_fifo_init(&net->effects, cfg->mem);
    return net;
}

static void free_letter(nbt_simnet *net, nbt_simletter *l)
{
    if (l)
        nbt_mem_free(net->cfg.mem, l, sizeof *l + l->n);
}

void nbt_simnet_drop_copy(nbt_simnet *net, nbt_simpacket *p)
{
    if (p && --p->copies == 0)
        nbt_mem_free(net->cfg.mem, p, sizeof *p + p->n);
}

void nbt_simnet_free(nbt_simnet *net)
{
    if (!net)
        return;
    nbt_mem mem = net->cfg.mem;
    while (net->due.n > 0) {
        nbt_simevent *e = &net->event[nbt_heap_pop(&net->due)];
        nbt_simnet_drop_copy(net, e->packet);
        free_letter(net, e->letter);
    }
    nbt_mem_free(mem, net->event, net->events_cap * sizeof *net->event);
    nbt_mem_free(mem, net->object, net->objects_cap * sizeof *net->object);
    for (uint32_t host = 1; host < net->wire.nhosts; host++)
        nbt_simnet_drop_copy(net, net->site[host].waiting);
    nbt_mem_free(mem, net->site, net->sites_cap * sizeof *net->site);
    nbt_mem_free(mem, net->ear, net->ears_cap * sizeof *net->ear);
    nbt_fifo_fini(&net->effects);
    nbt_out_fini(&net->out);
    nbt_heap_fini(&net->due);
    nbt_simtcp_fini(&net->tcp);
    nbt_simwire_fini(&net->wire);
    nbt_mem_free(mem, net, sizeof *net);
}

bool nbt_simnet_schedule(nbt_simnet *net, nbt_time at, const nbt_simevent *ev)
{
    uint32_t place = net->free_event ? net->free_event : (uint32_t)net->nevents;
    if (place >= net->events_cap) {
        nbt_simevent *e = nbt_mem_grow(net->cfg.mem, net->event, &net->events_cap, sizeof *e);
        if (!e) {
            net->failed = true;
            return false;
        }
        net->event = e;
    }
    if (!nbt_heap_push(&net->due, at, place)) {
        net->failed = true;
        return false;
    }
    if (place == net->free_event)
        net->free_event = net->event[place].next_free;
    else
        net->nevents++;
    net->event[place] = *ev;
    net->event[place].at = at;
    return true;
}

/* --- what objects want -------------------------------------------------------------------- */

static uint32_t driver_of(const nbt_simnet *net, uint32_t host)
{
    uint32_t id = net->site[host].first;
    while (id && !net->object[id].ops->submit)
        id = net->object[id].next;
    return id;
}

static uint32_t program_of(const nbt_simnet *net, uint32_t host, uint32_t proc)
{
    uint32_t id = net->site[host].first;
    while (id && !(proc && net->object[id].ops->ncb && net->object[id].proc == proc))
        id = net->object[id].next;
    return id;
}

/* A control block, or its answer, on its way to another object of the host. */
static void post(nbt_simnet *net, uint32_t from, uint32_t to, uint32_t proc, const nbt_act *act,
                 nbt_bytes data)
{
    nbt_simletter *l = nbt_mem_new(net->cfg.mem, sizeof *l + data.n);
    if (!l) {
        net->failed = true;
        return;
    }
    l->act = *act;
    l->from = from;
    l->proc = proc;
    l->n = data.n;
    if (data.n > 0)
        memcpy(l->b, data.p, data.n);
    nbt_simevent ev = { .kind = NBT_SIMEVENT_NCB, .whom = to, .letter = l };
    if (!nbt_simnet_schedule(net, net->now, &ev))
        free_letter(net, l);
}

static void keep_effect(nbt_simnet *net, uint32_t obj, const nbt_act *act, nbt_bytes data)
{
    nbt_simnet_effect *e = nbt_fifo_push(&net->effects, sizeof *e + data.n);
    if (!e) {
        net->failed = true;
        return;
    }
    e->at = net->now;
    e->obj = obj;
    e->act = *act;
    if (data.n > 0) {
        uint8_t *bytes = (uint8_t *)(e + 1);
        memcpy(bytes, data.p, data.n);
        e->data = (nbt_bytes){ bytes, data.n };
    }
}

static void carry_out(nbt_simnet *net, uint32_t obj, const nbt_act *act, nbt_bytes data)
{
    const nbt_simobject *o = &net->object[obj];
    uint32_t other = 0;
    switch (act->kind) {
    case NBT_ACT_SEND:
        nbt_simnet_send(net, o->host, act->from, act->to, data);
        return;
    case NBT_ACT_TCP_LISTEN:
    case NBT_ACT_TCP_OPEN:
    case NBT_ACT_TCP_SEND:
    case NBT_ACT_TCP_HOLD:
    case NBT_ACT_TCP_RESUME:
    case NBT_ACT_TCP_CLOSE:
    case NBT_ACT_TCP_ABORT:
        nbt_simtcp_do(&net->tcp, net->now, obj, o->host, act, data);
        return;
    case NBT_ACT_NCB:
        other = driver_of(net, o->host);
        if (other)
            post(net, obj, other, o->proc, act, data);
        return;
    case NBT_ACT_ACCEPTED:
    case NBT_ACT_DONE:
        other = program_of(net, o->host, act->proc);
        if (other)
            post(net, obj, other, act->proc, act, data);
        else
            keep_effect(net, obj, act, data);
        return;
    case NBT_ACT_TRACE:
        if (net->cfg.traces)
            keep_effect(net, obj, act, data);
        return;
    case NBT_ACT_APP:
        keep_effect(net, obj, act, data);
        return;
    }
}

/* An earlier wish than the one that is under way is put beside it; a later one waits for it. */
static void wake_up(nbt_simnet *net, uint32_t obj)
{
    nbt_simobject *o = &net->object[obj];
    nbt_time due = o->ops && o->ops->due ? o->ops->due(o->self) : NBT_NEVER;
    if (due == NBT_NEVER)
        return;
    due -= net->site[o->host].ahead;
    if (due >= o->wake)
        return;
    if (due < net->now)
        due = net->now;
    nbt_simevent ev = { .kind = NBT_SIMEVENT_TICK, .whom = obj };
    if (nbt_simnet_schedule(net, due, &ev))
        o->wake = due;
}

/* --- entrances ---------------------------------------------------------------------------- */

static nbt_out *begin(nbt_simnet *net, uint32_t obj)
{
    nbt_simnet_tell_overheard(net, net->object[obj].host);
    nbt_out_clear(&net->out);
    return &net->out;
}

bool nbt_simnet_peer(const nbt_simnet *net, uint32_t obj, uint32_t conn, uint32_t *peer,
                     uint32_t *peer_conn)
{
    return nbt_simtcp_peer(&net->tcp, obj, conn, peer, peer_conn);
}

nbt_out *nbt_simnet_begin(nbt_simnet *net)
{
    for (uint32_t host = 1; net->overheard && host < net->wire.nhosts; host++)
        nbt_simnet_tell_overheard(net, host);
    net->overheard = false;
    nbt_out_clear(&net->out);
    return &net->out;
}

void nbt_simnet_end(nbt_simnet *net, uint32_t obj)
{
    for (size_t i = 0; i < net->out.n; i++)
        carry_out(net, obj, &net->out.acts[i], nbt_out_data(&net->out, &net->out.acts[i]));
    net->failed = net->failed || net->out.failed;
    nbt_simnet_ask_again(net, net->object[obj].host);
    wake_up(net, obj);
}

/* --- what happens ------------------------------------------------------------------------- */

/* What a host's clock shows. */
static nbt_time clock_of(const nbt_simnet *net, uint32_t host)
{
    return net->now + net->site[host].ahead;
}

static void deliver(nbt_simnet *net, uint32_t adapter, nbt_simpacket *p)
{
    const nbt_simadapter *a = nbt_simwire_at(&net->wire, adapter);
    if (nbt_simnet_is_overheard(net, adapter, a, p))
        return;
    uint8_t lana = a->lana;
    nbt_time now = clock_of(net, a->host);
    nbt_bytes data = { p->n > 0 ? p->b : NULL, p->n };
    for (uint32_t id = net->site[a->host].first, next; id; id = next) {
        const nbt_simobject *o = &net->object[id];
        next = o->next;
        if (!o->ops->rx)
            continue;
        o->ops->rx(o->self, now, lana, p->from, p->to, data, begin(net, id));
        nbt_simnet_end(net, id);
    }
}

static void on_all(nbt_simnet *net, uint32_t from, uint32_t n, nbt_simpacket *p)
{
    const nbt_simadapter sender = *nbt_simwire_at(&net->wire, from);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t to = net->wire.segment[sender.segment].adapter[i];
        if (nbt_simwire_at(&net->wire, to)->host != sender.host)
            deliver(net, to, p);
    }
    nbt_simnet_drop_copy(net, p);
}

static void on_tick(nbt_simnet *net, uint32_t obj, nbt_time at)
{
    nbt_simobject *o = &net->object[obj];
    if (!o->ops ||
        o->wake != at) /* an earlier one was put beside this one, and has done its work */
        return;
    o->wake = NBT_NEVER;
    nbt_time now = clock_of(net, o->host);
    nbt_out *out = begin(net, obj);
    if (o->ops->due(o->self) <= now)
        o->ops->tick(o->self, now, out);
    nbt_simnet_end(net, obj);
}

/* A program that was taken away gets no answers, and what it had submitted is not carried out. */
static void on_ncb(nbt_simnet *net, uint32_t obj, nbt_simletter *l)
{
    const nbt_simobject *o = &net->object[obj];
    if (o->ops && net->object[l->from].ops) {
        nbt_bytes data = { l->n > 0 ? l->b : NULL, l->n };
        nbt_time now = clock_of(net, o->host);
        nbt_out *out = begin(net, obj);
        if (l->act.kind == NBT_ACT_NCB)
            o->ops->submit(o->self, now, l->proc, l->act.tag, &l->act.ncb, data, out);
        else
            o->ops->ncb(o->self, now, l->act.kind == NBT_ACT_DONE ? NBT_IPC_DONE : NBT_IPC_ACCEPTED,
                        l->act.tag, &l->act.ncb, data, out);
        nbt_simnet_end(net, obj);
    }
    free_letter(net, l);
}

static void next_event(nbt_simnet *net)
{
    uint32_t place = nbt_heap_pop(&net->due);
    nbt_simevent ev = net->event[place];
    net->event[place].next_free = net->free_event;
    net->free_event = place;
    switch (ev.kind) {
    case NBT_SIMEVENT_RX:
        deliver(net, ev.whom, ev.packet);
        nbt_simnet_drop_copy(net, ev.packet);
        return;
    case NBT_SIMEVENT_ALL:
        on_all(net, ev.whom, ev.n, ev.packet);
        return;
    case NBT_SIMEVENT_LATE:
        if (net->site[ev.whom].waiting == ev.packet)
            nbt_simnet_send_waiting(net, ev.whom, net->now);
        nbt_simnet_drop_copy(net, ev.packet);
        return;
    case NBT_SIMEVENT_TICK:
        on_tick(net, ev.whom, ev.at);
        return;
    case NBT_SIMEVENT_NCB:
        on_ncb(net, ev.whom, ev.letter);
        return;
    }
}

static void next_of_tcp(nbt_simnet *net)
{
    nbt_simtcp_report r;
    if (!nbt_simtcp_tick(&net->tcp, net->now, &r))
        return;
    const nbt_simobject *o = &net->object[r.obj];
    if (!o->ops)
        return;
    assert(o->ops->tcp);
    o->ops->tcp(o->self, clock_of(net, o->host), &r.ev, begin(net, r.obj));
    nbt_simnet_end(net, r.obj);
}

nbt_time nbt_simnet_due(const nbt_simnet *net)
{
    return nbt_time_min(nbt_heap_due(&net->due), nbt_simtcp_due(&net->tcp));
}

bool nbt_simnet_step(nbt_simnet *net)
{
    nbt_time due = nbt_simnet_due(net);
    if (due == NBT_NEVER)
        return false;
    assert(due >= net->now);
    net->now = due;
    if (nbt_simtcp_due(&net->tcp) == due) /* at equal times streams go first */
        next_of_tcp(net);
    else
        next_event(net);
    return true;
}

void nbt_simnet_run(nbt_simnet *net, nbt_time until)
{
    while (nbt_simnet_due(net) <= until && nbt_simnet_step(net)) {
    }
    if (until > net->now)
        net->now = until;
}

/* --- building and looking ----------------------------------------------------------------- */

uint32_t nbt_simnet_segment(nbt_simnet *net, const nbt_simlink *link)
{
    return nbt_simwire_segment(&net->wire, link);
}

uint32_t nbt_simnet_host(nbt_simnet *net)
{
    if (net->wire.nhosts >= net->sites_cap) {
        nbt_simsite *p = nbt_mem_grow(net->cfg.mem, net->site, &net->sites_cap, sizeof *p);
        if (!p) {
            net->failed = true;
            return 0;
        }
        net->site = p;
    }
    uint32_t host = nbt_simwire_host(&net->wire);
    net->site[host] = (nbt_simsite){ .first = 0 };
    return host;
}

uint32_t nbt_simnet_adapter(nbt_simnet *net, uint32_t host, uint32_t segment,
                            const nbt_lana_cfg *cfg)
{
    if (net->wire.nadapters >= net->ears_cap) {
        nbt_simear *e = nbt_mem_grow(net->cfg.mem, net->ear, &net->ears_cap, sizeof *e);
        if (!e) {
            net->failed = true;
            return 0;
        }
        net->ear = e;
    }
    net->ear[net->wire.nadapters] = (nbt_simear){ .known = false };
    return nbt_simwire_adapter(&net->wire, host, segment, cfg);
}

uint32_t nbt_simnet_attach(nbt_simnet *net, uint32_t host, uint32_t proc, const nbt_simnet_ops *ops,
                           void *obj)
{
    assert(host > 0 && host < net->wire.nhosts);
    if (net->nobjects >= net->objects_cap) {
        nbt_simobject *o = nbt_mem_grow(net->cfg.mem, net->object, &net->objects_cap, sizeof *o);
        if (!o) {
            net->failed = true;
            return 0;
        }
        net->object = o;
    }
    uint32_t id = (uint32_t)net->nobjects++;
    net->object[id] = (nbt_simobject){ .ops = ops, .self = obj, .host = host, .proc = proc };
    net->object[id].wake = NBT_NEVER;
    uint32_t *last = &net->site[host].first;
    while (*last)
        last = &net->object[*last].next;
    *last = id;
    nbt_simnet_ask_again(net, host);
    wake_up(net, id);
    return id;
}

static void forget(nbt_simnet *net, uint32_t obj)
{
    nbt_simobject *o = &net->object[obj];
    uint32_t *at = &net->site[o->host].first;
    while (*at != obj)
        at = &net->object[*at].next;
    nbt_simnet_tell_overheard(net, o->host);
    nbt_simnet_ask_again(net, o->host);
    *at = o->next;
    o->ops = NULL;
    o->wake = NBT_NEVER;
}

static void tell_gone(nbt_simnet *net, uint32_t obj, uint32_t proc)
{
    const nbt_simobject *o = &net->object[obj];
    if (!o->ops->gone)
        return;
    o->ops->gone(o->self, clock_of(net, o->host), proc, begin(net, obj));
    nbt_simnet_end(net, obj);
}

void nbt_simnet_detach(nbt_simnet *net, uint32_t obj)
{
    nbt_simobject gone = net->object[obj];
    assert(gone.ops);
    nbt_simtcp_gone(&net->tcp, net->now, obj, false);
    forget(net, obj);
    if (gone.ops->submit) {
        for (uint32_t id = net->site[gone.host].first, next; id; id = next) {
            next = net->object[id].next;
            if (net->object[id].ops->ncb)
                tell_gone(net, id, 0);
        }
    } else if (gone.proc > 0 && driver_of(net, gone.host)) {
        tell_gone(net, driver_of(net, gone.host), gone.proc);
    }
}

void nbt_simnet_power(nbt_simnet *net, uint32_t host, bool on)
{
    nbt_simsite *at = &net->site[host];
    for (uint32_t a = net->wire.host[host]; a; a = nbt_simwire_at(&net->wire, a)->next)
        nbt_simwire_down(&net->wire, a, !on);
    if (on)
        return;
    nbt_simnet_drop_copy(net, at->waiting);
    at->waiting = NULL;
    while (at->first) {
        nbt_simtcp_gone(&net->tcp, net->now, at->first, true);
        forget(net, at->first);
    }
}

void nbt_simnet_jump(nbt_simnet *net, uint32_t host, nbt_time ahead)
{
    assert(ahead >= 0);
    net->site[host].ahead += ahead;
    for (uint32_t id = net->site[host].first; id; id = net->object[id].next)
        wake_up(net, id);
}

nbt_time nbt_simnet_clock(const nbt_simnet *net, uint32_t host)
{
    return clock_of(net, host);
}

void nbt_simnet_mtu(nbt_simnet *net, uint32_t segment, uint32_t mtu)
{
    net->wire.segment[segment].mtu = mtu;
}

void nbt_simnet_listen(nbt_simnet *net, uint32_t obj, nbt_ep at)
{
    nbt_act act = { .kind = NBT_ACT_TCP_LISTEN, .from = at };
    carry_out(net, obj, &act, (nbt_bytes){ NULL, 0 });
}

void nbt_simnet_relink(nbt_simnet *net, uint32_t segment, const nbt_simlink *link)
{
    net->wire.segment[segment].link = *link;
}

void nbt_simnet_side(nbt_simnet *net, uint32_t adapter, uint32_t side)
{
    nbt_simwire_side(&net->wire, adapter, side);
}

nbt_time nbt_simnet_now(const nbt_simnet *net)
{
    return net->now;
}

const nbt_simnet_effect *nbt_simnet_next(nbt_simnet *net)
{
    return nbt_fifo_pull(&net->effects);
}

const nbt_simframe *nbt_simnet_frame(nbt_simnet *net)
{
    return nbt_simwire_frame(&net->wire);
}

const nbt_simwire_stats *nbt_simnet_stats(const nbt_simnet *net)
{
    return &net->wire.stats;
}

bool nbt_simnet_failed(const nbt_simnet *net)
{
    return net->failed || net->wire.failed || net->tcp.failed;
}
