/*
 * Datagrams leave: what the tap says, who hears them, and when.
 */
#include "nbt/simnet_impl.h"

#include <string.h>

static void send_copy(nbt_simnet *net, nbt_time at, uint32_t adapter, nbt_simpacket *p)
{
    nbt_simevent ev = { .kind = NBT_SIMEVENT_RX, .whom = adapter, .packet = p };
    if (nbt_simnet_schedule(net, at, &ev))
        p->copies++;
}

/* How a frame leaves: what the tap has said, and what it must not overtake. */
typedef struct leave {
    nbt_time more;
    nbt_time floor;  /* no copy arrives earlier */
    nbt_time latest; /* when the last copy arrives */
} leave;

/* All copies for one receiver; how many arrive there. */
static unsigned send_to(nbt_simnet *net, uint32_t from, uint32_t to, nbt_simpacket *p, leave *l)
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
static bool send_at_once(nbt_simnet *net, uint32_t from, nbt_simpacket *p, leave *l)
{
    const nbt_simsegment *s = &net->wire.segment[nbt_simwire_at(&net->wire, from)->segment];
    bool plain = s->link.delay > 0 && s->link.jitter == 0 && s->link.loss == 0 &&
                 s->link.duplicate == 0 && s->link.reorder == 0;
    if (!plain || s->apart > 0 || s->mtu > 0 || s->n < 2)
        return false;
    nbt_time at = net->now + s->link.delay + l->more;
    nbt_simevent ev = { .kind = NBT_SIMEVENT_ALL, .whom = from, .n = (uint32_t)s->n, .packet = p };
    if (at < l->floor)
        at = l->floor;
    l->latest = at;
    if (nbt_simnet_schedule(net, at, &ev))
        p->copies++;
    const nbt_simadapter *a = nbt_simwire_at(&net->wire, from);
    for (uint32_t own = net->wire.host[a->host]; own; own = nbt_simwire_at(&net->wire, own)->next)
        if (nbt_simwire_at(&net->wire, own)->segment == a->segment &&
            (own != from || !net->cfg.no_echo))
            send_copy(net, net->now, own, p);
    net->wire.stats.arrived += s->n - 1;
    return true;
}

static unsigned send_to_all(nbt_simnet *net, uint32_t from, nbt_simpacket *p, leave *l)
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

/* Two adapters of a host on one wire hear each other over the wire; on two, the host passes it on
   inside, and no wire has it. */
static bool stays_inside(const nbt_simnet *net, uint32_t from, uint32_t to)
{
    const nbt_simadapter *a = nbt_simwire_at(&net->wire, from), *b;
    if (!to)
        return false;
    b = nbt_simwire_at(&net->wire, to);
    return b->host == a->host && b->segment != a->segment;
}

/* A frame leaves an adapter. It is shown, unless it stays inside its host. */
static void send_frame(nbt_simnet *net, uint32_t from, nbt_simpacket *p, bool drop, leave *l)
{
    uint32_t to = nbt_simwire_find(&net->wire, p->to.ip);
    nbt_simframe f = { .at = net->now, .from = p->from, .to = p->to, .data = { p->b, p->n } };
    if (drop)
        net->wire.stats.lost++;
    else if (nbt_simwire_is_broadcast(&net->wire, from, p->to.ip))
        f.copies = send_to_all(net, from, p, l);
    else
        f.copies = send_to(net, from, to, p, l);
    if (!stays_inside(net, from, to))
        nbt_simwire_show(&net->wire, from, &f);
}

void nbt_simnet_send_waiting(nbt_simnet *net, uint32_t host, nbt_time floor)
{
    nbt_simsite *at = &net->site[host];
    nbt_simpacket *p = at->waiting;
    leave l = { .floor = floor };
    at->waiting = NULL;
    send_frame(net, at->from, p, false, &l);
    nbt_simnet_drop_copy(net, p);
}

/* It takes the caller's copy along. */
static void let_wait(nbt_simnet *net, uint32_t host, uint32_t from, nbt_simpacket *p)
{
    nbt_simsite *at = &net->site[host];
    nbt_simevent ev = { .kind = NBT_SIMEVENT_LATE, .whom = host, .packet = p };
    at->waiting = p;
    at->from = from;
    if (nbt_simnet_schedule(net, net->now + NBT_SIMNET_PATIENCE, &ev))
        p->copies++;
}

static nbt_simpacket *new_packet(nbt_simnet *net, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    nbt_simpacket *p = net->cfg.mem.resize(net->cfg.mem.ctx, NULL, 0, sizeof *p + data.n);
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
    from.ip = from.ip ? from.ip : nbt_simwire_at(&net->wire, adapter)->ip;
    if (net->cfg.tap) {
        nbt_simframe f = { .at = net->now, .from = from, .to = to, .data = data };
        f.segment = nbt_simwire_at(&net->wire, adapter)->segment;
        net->cfg.tap(net->cfg.tap_ctx, &f, &fate);
    }
    nbt_simpacket *p = new_packet(net, from, to, fate.data.p ? fate.data : data);
    if (!p)
        return;
    if (fate.behind && !fate.drop && !net->site[host].waiting) {
        let_wait(net, host, adapter, p);
        return;
    }
    leave l = { .more = fate.more };
    for (uint32_t i = 0; i <= fate.again; i++) {
        if (i == 1)
            l.more += fate.later;
        send_frame(net, adapter, p, fate.drop, &l);
    }
    nbt_simnet_drop_copy(net, p);
    if (net->site[host].waiting && net->site[host].waiting->to.ip == to.ip)
        nbt_simnet_send_waiting(net, host, l.latest);
}
