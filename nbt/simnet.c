/*
 * The virtual clock and what hangs on it. Objects are called one at a time and never from within
 * one another: whatever one wants of another waits its turn among the events.
 */
#include "nbt/simnet.h"

#include "nbt/heap.h"
#include "nbt/mem.h"

#include <assert.h>

/* An object at its host. Its numbers are those of the array; 0 is none, as everywhere here. */
typedef struct object {
    const nbt_simnet_ops *ops; /* NULL: it was taken away */
    void *self;
    uint32_t host, proc;
    uint32_t next; /* the next object of its host */
    nbt_time wake; /* when the EVENT_TICK comes that counts; NBT_NEVER: there is none */
} object;

/* A datagram's bytes, shared by all copies that are under way. */
typedef struct packet {
    uint32_t copies;
    bool looked_at; /* `hearsay` says what it is */
    nbt_hearsay hearsay;
    nbt_ep from, to;
    size_t n;
    uint8_t b[];
} packet;

/* A control block between a program and its driver. */
typedef struct letter {
    nbt_act act;
    uint32_t from; /* object */
    uint32_t proc;
    size_t n;
    uint8_t b[];
} letter;

/* A host: its objects, its clock, and the frame that waits for the next one to the same address. */
typedef struct site {
    uint32_t first;  /* object */
    nbt_time ahead;  /* of its clock */
    packet *waiting; /* NULL: none, from adapter `from` */
    uint32_t from;
} site;

/* What is known of an adapter's host without asking its objects: most broadcasts concern nobody,
   and in a large network that is most of what happens. */
typedef struct ear {
    uint64_t hears;
    nbt_overheard overheard; /* and not told yet */
    bool known;              /* `hears` is what the objects would say now */
} ear;

typedef enum event_kind {
    EVENT_RX,   /* `packet` reaches adapter `whom` */
    EVENT_ALL,  /* `packet` reaches the first `n` adapters of the segment of its sender, `whom` */
    EVENT_LATE, /* host `whom` sends the frame that waits, if it is still `packet` */
    EVENT_TICK, /* object `whom` wanted to be called */
    EVENT_NCB,  /* `letter` reaches object `whom` */
} event_kind;

typedef struct event {
    event_kind kind;
    uint32_t whom, n;
    nbt_time at;
    packet *packet;
    letter *letter;
    uint32_t next_free;
} event;

struct nbt_simnet {
    nbt_simnet_cfg cfg;
    nbt_time now;
    nbt_simwire wire;
    nbt_simtcp tcp;
    nbt_heap due;
    nbt_out out;
    nbt_fifo effects;
    object *object;
    site *site; /* by host */
    ear *ear;   /* by adapter */
    event *event;
    size_t nobjects, nevents, objects_cap, sites_cap, ears_cap, events_cap;
    uint32_t free_event; /* a list of places, 0 ends it */
    bool overheard;      /* by somebody, since all were told last */
    bool failed;
};

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

static void free_letter(nbt_simnet *net, letter *l)
{
    if (l)
        nbt_mem_free(net->cfg.mem, l, sizeof *l + l->n);
}

/* One copy less; the last one takes the bytes along. */
static void drop_copy(nbt_simnet *net, packet *p)
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
        event *e = &net->event[nbt_heap_pop(&net->due)];
        drop_copy(net, e->packet);
        free_letter(net, e->letter);
    }
    nbt_mem_free(mem, net->event, net->events_cap * sizeof *net->event);
    nbt_mem_free(mem, net->object, net->objects_cap * sizeof *net->object);
    for (uint32_t host = 1; host < net->wire.nhosts; host++)
        drop_copy(net, net->site[host].waiting);
    nbt_mem_free(mem, net->site, net->sites_cap * sizeof *net->site);
    nbt_mem_free(mem, net->ear, net->ears_cap * sizeof *net->ear);
    nbt_fifo_fini(&net->effects);
    nbt_out_fini(&net->out);
    nbt_heap_fini(&net->due);
    nbt_simtcp_fini(&net->tcp);
    nbt_simwire_fini(&net->wire);
    nbt_mem_free(mem, net, sizeof *net);
}

/* False without memory: it will not happen. */
static bool schedule(nbt_simnet *net, nbt_time at, const event *ev)
{
    uint32_t place = net->free_event ? net->free_event : (uint32_t)net->nevents;
    if (place >= net->events_cap) {
        event *e = nbt_mem_grow(net->cfg.mem, net->event, &net->events_cap, sizeof *e);
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

static void send_copy(nbt_simnet *net, nbt_time at, uint32_t adapter, packet *p)
{
    event ev = { .kind = EVENT_RX, .whom = adapter, .packet = p };
    if (schedule(net, at, &ev))
        p->copies++;
}

/* How a frame leaves: what the tap has said, and what it must not overtake. */
typedef struct leave {
    nbt_time more;
    nbt_time floor;  /* no copy arrives earlier */
    nbt_time latest; /* when the last copy arrives */
} leave;

/* All copies for one receiver; how many arrive there. */
static unsigned send_to(nbt_simnet *net, uint32_t from, uint32_t to, packet *p, leave *l)
{
    enum { HEADERS = 28 }; /* of IP and UDP */
    nbt_time takes[2];
    if (to && p->n + HEADERS > nbt_simwire_mtu(&net->wire, from, to)) {
        net->wire.stats.lost++;
        return 0;
    }
    unsigned copies = nbt_simwire_datagram(&net->wire, from, to, takes);
    for (unsigned i = 0; i < copies; i++) {
        nbt_time at = net->now + takes[i] + l->more;
        if (at < l->floor)
            at = l->floor;
        if (at > l->latest)
            l->latest = at;
        send_copy(net, at, to, p);
    }
    return copies;
}

/* On a segment that does nothing but take its time, all hear it at once: one event for all of them,
   since most of what happens in a large network is this. */
static bool send_at_once(nbt_simnet *net, uint32_t from, packet *p, leave *l)
{
    const nbt_simsegment *s = &net->wire.segment[nbt_simwire_at(&net->wire, from)->segment];
    bool plain = s->link.delay > 0 && s->link.jitter == 0 && s->link.loss == 0 &&
                 s->link.duplicate == 0 && s->link.reorder == 0;
    if (!plain || s->apart > 0 || s->mtu > 0 || s->n < 2)
        return false;
    nbt_time at = net->now + s->link.delay + l->more;
    event ev = { .kind = EVENT_ALL, .whom = from, .n = (uint32_t)s->n, .packet = p };
    if (at < l->floor)
        at = l->floor;
    l->latest = at;
    if (schedule(net, at, &ev))
        p->copies++;
    const nbt_simadapter *a = nbt_simwire_at(&net->wire, from);
    for (uint32_t own = net->wire.host[a->host]; own; own = nbt_simwire_at(&net->wire, own)->next)
        if (nbt_simwire_at(&net->wire, own)->segment == a->segment &&
            (own != from || !net->cfg.no_echo))
            send_copy(net, net->now, own, p);
    net->wire.stats.arrived += s->n - 1;
    return true;
}

static unsigned send_to_all(nbt_simnet *net, uint32_t from, packet *p, leave *l)
{
    const nbt_simsegment *s = &net->wire.segment[nbt_simwire_at(&net->wire, from)->segment];
    unsigned copies = 0;
    if (send_at_once(net, from, p, l))
        return (unsigned)s->n - 1;
    for (size_t i = 0; i < s->n; i++) {
        if (s->adapter[i] != from)
            copies += send_to(net, from, s->adapter[i], p, l);
        else if (!net->cfg.no_echo)
            send_copy(net, net->now, from, p);
    }
    return copies;
}

/* A frame leaves an adapter. It is shown, unless it stays inside its host. */
static void send_frame(nbt_simnet *net, uint32_t from, packet *p, bool drop, leave *l)
{
    uint32_t to = nbt_simwire_find(&net->wire, p->to.ip);
    nbt_simframe f = { .at = net->now, .from = p->from, .to = p->to, .data = { p->b, p->n } };
    if (drop)
        net->wire.stats.lost++;
    else if (nbt_simwire_is_broadcast(&net->wire, from, p->to.ip))
        f.copies = send_to_all(net, from, p, l);
    else
        f.copies = send_to(net, from, to, p, l);
    uint32_t host = nbt_simwire_at(&net->wire, from)->host;
    if (!to || nbt_simwire_at(&net->wire, to)->host != host)
        nbt_simwire_show(&net->wire, from, &f);
}

/* The frame that waits at a host leaves, and arrives behind what has just left. */
static void send_waiting(nbt_simnet *net, uint32_t host, nbt_time floor)
{
    site *at = &net->site[host];
    packet *p = at->waiting;
    leave l = { .floor = floor };
    at->waiting = NULL;
    send_frame(net, at->from, p, false, &l);
    drop_copy(net, p);
}

/* It takes the caller's copy along. */
static void let_wait(nbt_simnet *net, uint32_t host, uint32_t from, packet *p)
{
    site *at = &net->site[host];
    event ev = { .kind = EVENT_LATE, .whom = host, .packet = p };
    at->waiting = p;
    at->from = from;
    if (schedule(net, net->now + NBT_SIMNET_PATIENCE, &ev))
        p->copies++;
}

static packet *new_packet(nbt_simnet *net, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    packet *p = net->cfg.mem.resize(net->cfg.mem.ctx, NULL, 0, sizeof *p + data.n);
    if (!p) {
        net->failed = true;
        return NULL;
    }
    p->copies = 1; /* the caller's */
    p->looked_at = false;
    p->from = from;
    p->to = to;
    p->n = data.n;
    if (data.n > 0)
        memcpy(p->b, data.p, data.n);
    return p;
}

void nbt_simnet_send(nbt_simnet *net, uint32_t host, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    uint32_t adapter = nbt_simwire_choose(&net->wire, host, from.ip, to.ip);
    if (!adapter || nbt_simwire_at(&net->wire, adapter)->down)
        return;
    nbt_simfate fate = { .drop = false };
    if (net->cfg.tap) {
        nbt_simframe f = { .at = net->now, .from = from, .to = to, .data = data };
        f.segment = nbt_simwire_at(&net->wire, adapter)->segment;
        net->cfg.tap(net->cfg.tap_ctx, &f, &fate);
    }
    packet *p = new_packet(net, from, to, fate.data.p ? fate.data : data);
    if (!p)
        return;
    if (fate.behind && !fate.drop && !net->site[host].waiting) {
        let_wait(net, host, adapter, p);
        return;
    }
    leave l = { .more = fate.more };
    for (uint32_t i = 0; i <= fate.again; i++)
        send_frame(net, adapter, p, fate.drop, &l);
    drop_copy(net, p);
    if (net->site[host].waiting && net->site[host].waiting->to.ip == to.ip)
        send_waiting(net, host, l.latest);
}

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
    letter *l = nbt_mem_new(net->cfg.mem, sizeof *l + data.n);
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
    event ev = { .kind = EVENT_NCB, .whom = to, .letter = l };
    if (!schedule(net, net->now, &ev))
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
    const object *o = &net->object[obj];
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
    object *o = &net->object[obj];
    nbt_time due = o->ops && o->ops->due ? o->ops->due(o->self) : NBT_NEVER;
    if (due == NBT_NEVER)
        return;
    due -= net->site[o->host].ahead;
    if (due >= o->wake)
        return;
    if (due < net->now)
        due = net->now;
    event ev = { .kind = EVENT_TICK, .whom = obj };
    if (schedule(net, due, &ev))
        o->wake = due;
}

/* --- what is overheard -------------------------------------------------------------------- */

/* Tells a host's objects what they were not called for. */
static void tell_overheard(nbt_simnet *net, uint32_t host)
{
    for (uint32_t a = net->wire.host[host]; a; a = nbt_simwire_at(&net->wire, a)->next) {
        ear *e = &net->ear[a];
        if (e->overheard.requests == 0 && e->overheard.demands == 0)
            continue;
        for (uint32_t id = net->site[host].first; id; id = net->object[id].next)
            if (net->object[id].ops->overheard)
                net->object[id].ops->overheard(net->object[id].self,
                                               nbt_simwire_at(&net->wire, a)->lana, &e->overheard);
        e->overheard = (nbt_overheard){ .requests = 0 };
    }
}

/* A host's objects may have changed what they hear. */
static void ask_again(nbt_simnet *net, uint32_t host)
{
    for (uint32_t a = net->wire.host[host]; a; a = nbt_simwire_at(&net->wire, a)->next)
        net->ear[a].known = false;
}

static const ear *ask(nbt_simnet *net, uint32_t adapter, const nbt_simadapter *a)
{
    ear *e = &net->ear[adapter];
    if (e->known)
        return e;
    e->known = true;
    e->hears = 0;
    for (uint32_t id = net->site[a->host].first; id; id = net->object[id].next) {
        const object *o = &net->object[id];
        if (o->ops->rx)
            e->hears |= o->ops->hears ? o->ops->hears(o->self, a->lana) : UINT64_MAX;
    }
    return e;
}

static void look_at(const nbt_simnet *net, packet *p)
{
    p->looked_at = true;
    p->hearsay = (nbt_hearsay){ .is = false };
    /* Only what comes from a node is worth a node's attention: see there. */
    if (p->to.port == NBT_PORT_NS && p->from.port != 0 && nbt_simwire_find(&net->wire, p->from.ip))
        nbt_hearsay_rd(&p->hearsay, (nbt_bytes){ p->b, p->n });
}

/* Whether nobody at an adapter has to be called for a packet: it is then only counted. */
static bool is_overheard(nbt_simnet *net, uint32_t adapter, const nbt_simadapter *a, packet *p)
{
    if (p->to.ip == a->ip || p->from.ip == a->ip)
        return false;
    if (!p->looked_at)
        look_at(net, p);
    /* Of a demand each node leaves a trace. */
    if (!p->hearsay.is || (p->hearsay.demand && net->cfg.traces))
        return false;
    if ((ask(net, adapter, a)->hears & p->hearsay.bits) == p->hearsay.bits)
        return false;
    nbt_overheard *o = &net->ear[adapter].overheard;
    o->requests += !p->hearsay.demand;
    o->demands += p->hearsay.demand;
    net->overheard = true;
    return true;
}

/* --- entrances ---------------------------------------------------------------------------- */

static nbt_out *begin(nbt_simnet *net, uint32_t obj)
{
    tell_overheard(net, net->object[obj].host);
    nbt_out_clear(&net->out);
    return &net->out;
}

nbt_out *nbt_simnet_begin(nbt_simnet *net)
{
    for (uint32_t host = 1; net->overheard && host < net->wire.nhosts; host++)
        tell_overheard(net, host);
    net->overheard = false;
    nbt_out_clear(&net->out);
    return &net->out;
}

void nbt_simnet_end(nbt_simnet *net, uint32_t obj)
{
    for (size_t i = 0; i < net->out.n; i++)
        carry_out(net, obj, &net->out.acts[i], nbt_out_data(&net->out, &net->out.acts[i]));
    net->failed = net->failed || net->out.failed;
    ask_again(net, net->object[obj].host);
    wake_up(net, obj);
}

/* --- what happens ------------------------------------------------------------------------- */

/* What a host's clock shows. */
static nbt_time clock_of(const nbt_simnet *net, uint32_t host)
{
    return net->now + net->site[host].ahead;
}

static void deliver(nbt_simnet *net, uint32_t adapter, packet *p)
{
    const nbt_simadapter *a = nbt_simwire_at(&net->wire, adapter);
    if (is_overheard(net, adapter, a, p))
        return;
    uint8_t lana = a->lana;
    nbt_time now = clock_of(net, a->host);
    nbt_bytes data = { p->n > 0 ? p->b : NULL, p->n };
    for (uint32_t id = net->site[a->host].first, next; id; id = next) {
        const object *o = &net->object[id];
        next = o->next;
        if (!o->ops->rx)
            continue;
        o->ops->rx(o->self, now, lana, p->from, p->to, data, begin(net, id));
        nbt_simnet_end(net, id);
    }
}

static void on_all(nbt_simnet *net, uint32_t from, uint32_t n, packet *p)
{
    const nbt_simadapter sender = *nbt_simwire_at(&net->wire, from);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t to = net->wire.segment[sender.segment].adapter[i];
        if (nbt_simwire_at(&net->wire, to)->host != sender.host)
            deliver(net, to, p);
    }
    drop_copy(net, p);
}

static void on_tick(nbt_simnet *net, uint32_t obj, nbt_time at)
{
    object *o = &net->object[obj];
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
static void on_ncb(nbt_simnet *net, uint32_t obj, letter *l)
{
    const object *o = &net->object[obj];
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
    event ev = net->event[place];
    net->event[place].next_free = net->free_event;
    net->free_event = place;
    switch (ev.kind) {
    case EVENT_RX:
        deliver(net, ev.whom, ev.packet);
        drop_copy(net, ev.packet);
        return;
    case EVENT_ALL:
        on_all(net, ev.whom, ev.n, ev.packet);
        return;
    case EVENT_LATE:
        if (net->site[ev.whom].waiting == ev.packet)
            send_waiting(net, ev.whom, net->now);
        drop_copy(net, ev.packet);
        return;
    case EVENT_TICK:
        on_tick(net, ev.whom, ev.at);
        return;
    case EVENT_NCB:
        on_ncb(net, ev.whom, ev.letter);
        return;
    }
}

static void next_of_tcp(nbt_simnet *net)
{
    nbt_simtcp_report r;
    if (!nbt_simtcp_tick(&net->tcp, net->now, &r))
        return;
    const object *o = &net->object[r.obj];
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
        site *p = nbt_mem_grow(net->cfg.mem, net->site, &net->sites_cap, sizeof *p);
        if (!p) {
            net->failed = true;
            return 0;
        }
        net->site = p;
    }
    uint32_t host = nbt_simwire_host(&net->wire);
    net->site[host] = (site){ .first = 0 };
    return host;
}

uint32_t nbt_simnet_adapter(nbt_simnet *net, uint32_t host, uint32_t segment,
                            const nbt_lana_cfg *cfg)
{
    if (net->wire.nadapters >= net->ears_cap) {
        ear *e = nbt_mem_grow(net->cfg.mem, net->ear, &net->ears_cap, sizeof *e);
        if (!e) {
            net->failed = true;
            return 0;
        }
        net->ear = e;
    }
    net->ear[net->wire.nadapters] = (ear){ .known = false };
    return nbt_simwire_adapter(&net->wire, host, segment, cfg);
}

uint32_t nbt_simnet_attach(nbt_simnet *net, uint32_t host, uint32_t proc, const nbt_simnet_ops *ops,
                           void *obj)
{
    assert(host > 0 && host < net->wire.nhosts);
    if (net->nobjects >= net->objects_cap) {
        object *o = nbt_mem_grow(net->cfg.mem, net->object, &net->objects_cap, sizeof *o);
        if (!o) {
            net->failed = true;
            return 0;
        }
        net->object = o;
    }
    uint32_t id = (uint32_t)net->nobjects++;
    net->object[id] = (object){ .ops = ops, .self = obj, .host = host, .proc = proc };
    net->object[id].wake = NBT_NEVER;
    uint32_t *last = &net->site[host].first;
    while (*last)
        last = &net->object[*last].next;
    *last = id;
    ask_again(net, host);
    wake_up(net, id);
    return id;
}

static void forget(nbt_simnet *net, uint32_t obj)
{
    object *o = &net->object[obj];
    uint32_t *at = &net->site[o->host].first;
    while (*at != obj)
        at = &net->object[*at].next;
    tell_overheard(net, o->host);
    ask_again(net, o->host);
    *at = o->next;
    o->ops = NULL;
    o->wake = NBT_NEVER;
}

static void tell_gone(nbt_simnet *net, uint32_t obj, uint32_t proc)
{
    const object *o = &net->object[obj];
    if (!o->ops->gone)
        return;
    o->ops->gone(o->self, clock_of(net, o->host), proc, begin(net, obj));
    nbt_simnet_end(net, obj);
}

void nbt_simnet_detach(nbt_simnet *net, uint32_t obj)
{
    object gone = net->object[obj];
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
    site *at = &net->site[host];
    for (uint32_t a = net->wire.host[host]; a; a = nbt_simwire_at(&net->wire, a)->next)
        nbt_simwire_down(&net->wire, a, !on);
    if (on)
        return;
    drop_copy(net, at->waiting);
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

/* --- a computer --------------------------------------------------------------------------- */

static void computer_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to,
                        nbt_bytes data, nbt_out *out)
{
    if (to.port == NBT_PORT_NS || to.port == NBT_PORT_DGM)
        nbt_computer_rx(obj, now, lana, from, to, data, out);
}

static void computer_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    nbt_computer_tcp(obj, now, ev, out);
}

static void computer_submit(void *obj, nbt_time now, uint32_t proc, uint32_t tag,
                            const nbt_ncb *ncb, nbt_bytes data, nbt_out *out)
{
    nbt_computer_do(obj, now, proc, tag, ncb, data, out);
}

static uint64_t computer_hears(const void *obj, uint8_t lana)
{
    return nbt_computer_hears(obj, lana);
}

static void computer_overheard(void *obj, uint8_t lana, const nbt_overheard *o)
{
    nbt_computer_overheard(obj, lana, o);
}

static void computer_gone(void *obj, nbt_time now, uint32_t proc, nbt_out *out)
{
    nbt_computer_gone(obj, now, proc, out);
}

static void computer_tick(void *obj, nbt_time now, nbt_out *out)
{
    nbt_computer_tick(obj, now, out);
}

static nbt_time computer_due(const void *obj)
{
    return nbt_computer_due(obj);
}

const nbt_simnet_ops nbt_simnet_computer = {
    .rx = computer_rx,
    .hears = computer_hears,
    .overheard = computer_overheard,
    .tcp = computer_tcp,
    .submit = computer_submit,
    .gone = computer_gone,
    .tick = computer_tick,
    .due = computer_due,
};

/* --- a name server ------------------------------------------------------------------------ */

static void nbns_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                    nbt_out *out)
{
    if (to.port == NBT_PORT_NS)
        nbt_nbns_rx(obj, now, lana, from, to, data, out);
}

static void nbns_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    nbt_nbns_tcp(obj, now, ev, out);
}

static void nbns_tick(void *obj, nbt_time now, nbt_out *out)
{
    nbt_nbns_tick(obj, now, out);
}

static nbt_time nbns_due(const void *obj)
{
    return nbt_nbns_due(obj);
}

const nbt_simnet_ops nbt_simnet_nbns = {
    .rx = nbns_rx, .tcp = nbns_tcp, .tick = nbns_tick, .due = nbns_due
};
