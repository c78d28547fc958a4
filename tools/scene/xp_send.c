/*
 * What hosts send, on its way: which faults of the scene a datagram meets, what is under way
 * because of it, and what time does to that. It neither chooses what arrives nor knows what a host
 * does.
 */
#include "tools/scene/xp_world_impl.h"

#include "nbt/mem.h"
#include "nbt/simnet.h"
#include "tools/scene/hear.h"

#include <assert.h>

/* --- under way ------------------------------------------------------------------------------ */

static bool is_before(xp_under_way a, xp_under_way b)
{
    return a.message < b.message || (a.message == b.message && a.left < b.left);
}

static void put_under_way(xp_world *w, xp_moment *m, xp_under_way new)
{
    if (m->nways == XP_UNDER_WAY_MAX) {
        w->overflowed = true;
        return;
    }
    size_t at = m->nways++;
    for (; at > 0 && is_before(new, m->ways[at - 1]); at--)
        m->ways[at] = m->ways[at - 1];
    m->ways[at] = new;
}

void xp_take_off(xp_moment *m, size_t i)
{
    m->nways--;
    memmove(&m->ways[i], &m->ways[i + 1], (m->nways - i) * sizeof m->ways[0]);
}

/* It is like any other from now on. */
static void unmark(xp_world *w, xp_moment *m, size_t i, uint32_t left)
{
    uint32_t message = xp_message_plain(m->ways[i].message);
    xp_take_off(m, i);
    put_under_way(w, m, (xp_under_way){ message, left });
}

void xp_ways_pass(xp_world *w, xp_moment *m, nbt_time pause)
{
    for (size_t i = 0; i < m->nways; i++)
        m->ways[i].left -= (uint32_t)pause;
    for (size_t i = m->nways; i-- > 0;)
        if (m->ways[i].message & XP_MESSAGE_MARKS && xp_too_early(w, m->ways[i]) <= 0) {
            unmark(w, m, i, m->ways[i].left);
            i = m->nways; /* they are in order, and another one now */
        }
}

/* --- faults --------------------------------------------------------------------------------- */

static bool keeps_time(const scene_fault *f)
{
    return f->on > 0;
}

void xp_fault_begin(const xp_world *w, xp_moment *m, uint32_t fault)
{
    assert(fault < w->scene->nfaults);
    m->fault[fault] = (scene_acting){ .on = true };
}

void xp_fault_end(xp_moment *m, uint32_t fault)
{
    m->fault[fault] = (scene_acting){ .on = false };
}

/* One that comes and goes: since when it is there or gone, counted as time before now. */
void xp_faults_pass(const xp_world *w, xp_moment *m, nbt_time pause)
{
    for (uint32_t i = 0; i < w->scene->nfaults; i++) {
        const scene_fault *f = &w->scene->fault[i];
        if (m->fault[i].on && keeps_time(f))
            m->fault[i].since = -((pause - m->fault[i].since) % (f->on + f->off));
    }
}

nbt_time xp_faults_rest(const xp_world *w, const xp_moment *m)
{
    nbt_time rest = NBT_NEVER;
    for (uint32_t i = 0; i < w->scene->nfaults; i++) {
        const scene_fault *f = &w->scene->fault[i];
        nbt_time phase = -m->fault[i].since;
        if (m->fault[i].on && keeps_time(f))
            rest = nbt_time_min(rest, phase < f->on ? f->on - phase : f->on + f->off - phase);
    }
    return rest;
}

/* The packet's octets, to be spoilt. NULL without memory. */
static uint8_t *copy_of(xp_world *w, nbt_bytes data)
{
    while (w->spoilt_cap < data.n) {
        uint8_t *more = nbt_mem_grow(w->cfg.mem, w->spoilt, &w->spoilt_cap, 1);
        if (!more)
            return NULL;
        w->spoilt = more;
    }
    if (data.n > 0)
        memcpy(w->spoilt, data.p, data.n);
    return w->spoilt;
}

static bool service_of(const xp_packet *p, nbt_service *service)
{
    if (p->kind != XP_DATAGRAM)
        return false; /* what a stream loses it sends again */
    if (p->to.port == NBT_PORT_NS || p->from.port == NBT_PORT_NS)
        *service = NBT_SERVICE_NAME;
    else if (p->to.port == NBT_PORT_DGM || p->from.port == NBT_PORT_DGM)
        *service = NBT_SERVICE_DATAGRAM;
    else
        return false;
    return true;
}

/* A datagram leaves: what becomes of it. False without memory. */
static bool meet(xp_world *w, xp_moment *m, uint32_t number, xp_sent *sent)
{
    nbt_service service;
    nbt_msg msg;
    xp_packet p = w->net.packet[number];
    if (!service_of(&p, &service))
        return true;
    uint8_t *data = copy_of(w, p.data);
    if (!data)
        return false;
    (void)nbt_msg_rd(&msg, service, data, p.data.n);
    scene_sent what = { .from = p.from,
                        .to = p.to,
                        .broadcast = scene_hear_is_for_all(w->scene, p.to.ip),
                        .msg = &msg };
    scene_faults_load(w->faults, m->fault);
    scene_fate fate = scene_faults_meet(w->faults, 0, &what, data, p.data.n);
    scene_faults_save(w->faults, m->fault);
    sent->drop = fate.drop;
    sent->held = fate.behind && !fate.drop;
    sent->more = fate.more;
    sent->again = fate.copies;
    sent->later = fate.later;
    p.data.p = data;
    return !fate.corrupted || xp_net_packet(&w->net, &p, &sent->wire);
}

/* --- leaving -------------------------------------------------------------------------------- */

static uint8_t host_of_ip(const xp_world *w, uint32_t ip)
{
    for (uint8_t i = 0; i < w->net.nslots; i++)
        if (w->net.slot[i].ip == ip)
            return w->net.slot[i].host;
    return XP_HOSTS_MAX;
}

/* Whether a host holds something back, to this address or, 0, to any. */
static bool holds(const xp_world *w, xp_under_way u, uint8_t host, uint32_t to)
{
    const xp_packet *p = &w->net.packet[xp_message_packet(u.message)];
    return u.message & XP_MESSAGE_HELD && host_of_ip(w, p->from.ip) == host &&
           (to == 0 || p->to.ip == to);
}

/* A host has one at a time that waits (nbt/simnet.h), with all its copies. */
static bool holds_any(const xp_world *w, const xp_moment *m, uint8_t host)
{
    for (size_t i = 0; i < m->nways; i++)
        if (holds(w, m->ways[i], host, 0))
            return true;
    return false;
}

static bool let_go(xp_world *w, xp_moment *m, uint8_t host, uint32_t to)
{
    bool any = false;
    for (size_t i = 0; i < m->nways; i++)
        if (holds(w, m->ways[i], host, to)) {
            unmark(w, m, i, (uint32_t)xp_net_takes(&w->net, m->ways[i].message));
            i = (size_t)-1; /* from the first one on: their order has changed */
            any = true;
        }
    return any;
}

static void put_copies(xp_world *w, xp_moment *m, const xp_sent *sent)
{
    uint8_t to[XP_SLOTS_MAX];
    nbt_time within[XP_SLOTS_MAX];
    size_t n = xp_net_route(&w->net, sent->wire, m->sides, to, within);
    nbt_time more = sent->held ? NBT_SIMNET_PATIENCE : sent->more;
    uint32_t late = sent->held ? XP_MESSAGE_HELD : more > 0 ? XP_MESSAGE_LATE : 0;
    for (uint32_t i = 0; i <= (sent->held ? 0 : sent->again); i++) {
        if (i == 1 && sent->later > 0) {
            more += sent->later;
            late = XP_MESSAGE_LATE;
        }
        for (size_t k = 0; k < n; k++)
            put_under_way(w, m,
                          (xp_under_way){ xp_net_message(&w->net, sent->wire, to[k]) | late,
                                          (uint32_t)(within[k] + more) });
    }
}

/* With faults: what they make of it, and what waited for this one. */
static void send_through(xp_world *w, xp_moment *m, xp_sent *sent)
{
    const xp_packet *p = &w->net.packet[sent->packet];
    uint8_t host = host_of_ip(w, p->from.ip);
    uint32_t to = p->to.ip;
    if (!meet(w, m, sent->packet, sent)) {
        w->failed = true;
        return;
    }
    sent->held = sent->held && !holds_any(w, m, host);
    if (!sent->held)
        sent->frees = let_go(w, m, host, to);
    if (!sent->drop)
        put_copies(w, m, sent);
}

void xp_send_all(xp_world *w, xp_moment *m, xp_sent *sent, size_t n)
{
    uint8_t to[XP_SLOTS_MAX];
    nbt_time within[XP_SLOTS_MAX];
    for (size_t i = 0; i < n; i++) {
        if (w->scene->nfaults > 0) {
            send_through(w, m, &sent[i]);
            continue;
        }
        size_t copies = xp_net_route(&w->net, sent[i].packet, m->sides, to, within);
        for (size_t k = 0; k < copies; k++)
            put_under_way(w, m,
                          (xp_under_way){ xp_net_message(&w->net, sent[i].packet, to[k]),
                                          (uint32_t)within[k] });
    }
}

bool xp_keep_sent(xp_world *w, const xp_outcome *out)
{
    while (w->sent_cap < out->nsent) {
        xp_sent *sent = nbt_mem_grow(w->cfg.mem, w->sent, &w->sent_cap, sizeof *sent);
        if (!sent)
            return false;
        w->sent = sent;
    }
    w->nsent = out->nsent;
    for (size_t i = 0; i < out->nsent; i++)
        w->sent[i] = (xp_sent){ .packet = out->sent[i], .wire = out->sent[i] };
    return true;
}
