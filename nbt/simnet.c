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
    const nbt_simnet_ops *ops;
    void *self;
    uint32_t host, proc;
    uint32_t next; /* the next object of its host */
    nbt_time wake; /* when the EVENT_TICK comes that counts; NBT_NEVER: there is none */
} object;

/* A datagram's bytes, shared by all copies that are under way. */
typedef struct packet {
    uint32_t copies;
    nbt_ep from, to;
    size_t n;
    uint8_t b[];
} packet;

/* A control block between a program and its driver. */
typedef struct letter {
    nbt_act act;
    uint32_t proc;
    size_t n;
    uint8_t b[];
} letter;

typedef enum event_kind {
    EVENT_RX,   /* `packet` reaches adapter `whom` */
    EVENT_TICK, /* object `whom` wanted to be called */
    EVENT_NCB,  /* `letter` reaches object `whom` */
} event_kind;

typedef struct event {
    event_kind kind;
    uint32_t whom;
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
    uint32_t *first; /* by host: its first object */
    event *event;
    size_t nobjects, nevents, objects_cap, firsts_cap, events_cap;
    uint32_t free_event; /* a list of places, 0 ends it */
    bool failed;
};

/* --- memory ------------------------------------------------------------------------------- */

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
    nbt_mem_free(mem, net->first, net->firsts_cap * sizeof *net->first);
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

/* All copies for one receiver; how many arrive there. */
static unsigned send_to(nbt_simnet *net, uint32_t from, uint32_t to, packet *p)
{
    nbt_time takes[2];
    unsigned copies = nbt_simwire_datagram(&net->wire, from, to, takes);
    for (unsigned i = 0; i < copies; i++)
        send_copy(net, net->now + takes[i], to, p);
    return copies;
}

static unsigned send_to_all(nbt_simnet *net, uint32_t from, packet *p)
{
    const nbt_simsegment *s = &net->wire.segment[nbt_simwire_at(&net->wire, from)->segment];
    unsigned copies = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->adapter[i] != from)
            copies += send_to(net, from, s->adapter[i], p);
        else if (!net->cfg.no_echo)
            send_copy(net, net->now, from, p);
    }
    return copies;
}

static void send_datagram(nbt_simnet *net, uint32_t host, const nbt_act *act, nbt_bytes data)
{
    uint32_t from = nbt_simwire_choose(&net->wire, host, act->from.ip, act->to.ip);
    if (!from)
        return;
    packet *p = nbt_mem_new(net->cfg.mem, sizeof *p + data.n);
    if (!p) {
        net->failed = true;
        return;
    }
    p->copies = 1; /* ours, until the end of this function */
    p->from = act->from;
    p->to = act->to;
    p->n = data.n;
    if (data.n > 0)
        memcpy(p->b, data.p, data.n);

    uint32_t to = nbt_simwire_find(&net->wire, act->to.ip);
    nbt_simframe f = { .at = net->now, .from = act->from, .to = act->to, .data = data };
    if (nbt_simwire_is_broadcast(&net->wire, from, act->to.ip))
        f.copies = send_to_all(net, from, p);
    else
        f.copies = send_to(net, from, to, p);
    if (!to || nbt_simwire_at(&net->wire, to)->host != host)
        nbt_simwire_show(&net->wire, from, &f);
    drop_copy(net, p);
}

static uint32_t driver_of(const nbt_simnet *net, uint32_t host)
{
    uint32_t id = net->first[host];
    while (id && !net->object[id].ops->submit)
        id = net->object[id].next;
    return id;
}

static uint32_t program_of(const nbt_simnet *net, uint32_t host, uint32_t proc)
{
    uint32_t id = net->first[host];
    while (id && !(proc && net->object[id].ops->ncb && net->object[id].proc == proc))
        id = net->object[id].next;
    return id;
}

/* A control block, or its answer, on its way to another object of the host. */
static void post(nbt_simnet *net, uint32_t to, uint32_t proc, const nbt_act *act, nbt_bytes data)
{
    letter *l = nbt_mem_new(net->cfg.mem, sizeof *l + data.n);
    if (!l) {
        net->failed = true;
        return;
    }
    l->act = *act;
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
        send_datagram(net, o->host, act, data);
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
            post(net, other, o->proc, act, data);
        return;
    case NBT_ACT_ACCEPTED:
    case NBT_ACT_DONE:
        other = program_of(net, o->host, act->proc);
        if (other)
            post(net, other, act->proc, act, data);
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
    nbt_time due = o->ops->due ? o->ops->due(o->self) : NBT_NEVER;
    if (due >= o->wake)
        return;
    if (due < net->now)
        due = net->now;
    event ev = { .kind = EVENT_TICK, .whom = obj };
    if (schedule(net, due, &ev))
        o->wake = due;
}

nbt_out *nbt_simnet_begin(nbt_simnet *net)
{
    nbt_out_clear(&net->out);
    return &net->out;
}

void nbt_simnet_end(nbt_simnet *net, uint32_t obj)
{
    for (size_t i = 0; i < net->out.n; i++)
        carry_out(net, obj, &net->out.acts[i], nbt_out_data(&net->out, &net->out.acts[i]));
    net->failed = net->failed || net->out.failed;
    wake_up(net, obj);
}

/* --- what happens ------------------------------------------------------------------------- */

static void on_rx(nbt_simnet *net, uint32_t adapter, packet *p)
{
    nbt_simadapter a = *nbt_simwire_at(&net->wire, adapter);
    for (uint32_t id = net->first[a.host]; id; id = net->object[id].next) {
        const object *o = &net->object[id];
        if (!o->ops->rx)
            continue;
        nbt_bytes data = { p->n > 0 ? p->b : NULL, p->n };
        o->ops->rx(o->self, net->now, a.lana, p->from, p->to, data, nbt_simnet_begin(net));
        nbt_simnet_end(net, id);
    }
    drop_copy(net, p);
}

static void on_tick(nbt_simnet *net, uint32_t obj, nbt_time at)
{
    object *o = &net->object[obj];
    if (o->wake != at) /* an earlier one was put beside this one, and has done its work */
        return;
    o->wake = NBT_NEVER;
    nbt_out *out = nbt_simnet_begin(net);
    if (o->ops->due(o->self) <= net->now)
        o->ops->tick(o->self, net->now, out);
    nbt_simnet_end(net, obj);
}

static void on_ncb(nbt_simnet *net, uint32_t obj, letter *l)
{
    const object *o = &net->object[obj];
    nbt_bytes data = { l->n > 0 ? l->b : NULL, l->n };
    nbt_out *out = nbt_simnet_begin(net);
    if (l->act.kind == NBT_ACT_NCB)
        o->ops->submit(o->self, net->now, l->proc, l->act.tag, &l->act.ncb, data, out);
    else
        o->ops->ncb(o->self, net->now,
                    l->act.kind == NBT_ACT_DONE ? NBT_IPC_DONE : NBT_IPC_ACCEPTED, l->act.tag,
                    &l->act.ncb, data, out);
    nbt_simnet_end(net, obj);
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
        on_rx(net, ev.whom, ev.packet);
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
    assert(o->ops->tcp);
    o->ops->tcp(o->self, net->now, &r.ev, nbt_simnet_begin(net));
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
    if (net->wire.nhosts >= net->firsts_cap) {
        uint32_t *first =
            nbt_mem_grow(net->cfg.mem, net->first, &net->firsts_cap, sizeof *net->first);
        if (!first) {
            net->failed = true;
            return 0;
        }
        net->first = first;
    }
    uint32_t host = nbt_simwire_host(&net->wire);
    net->first[host] = 0;
    return host;
}

uint32_t nbt_simnet_adapter(nbt_simnet *net, uint32_t host, uint32_t segment,
                            const nbt_lana_cfg *cfg)
{
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
    uint32_t *last = &net->first[host];
    while (*last)
        last = &net->object[*last].next;
    *last = id;
    wake_up(net, id);
    return id;
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
    net->wire.adapter[adapter].side = side;
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
    .tcp = computer_tcp,
    .submit = computer_submit,
    .tick = computer_tick,
    .due = computer_due,
};
