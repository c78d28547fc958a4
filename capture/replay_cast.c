/*
 * A table of hosts by their address.
 */
#include "capture/replay_cast.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 2 * CAP_CAST_MAX }; /* a power of two */

struct cap_cast {
    cap_parts parts;
    cap_cast_host host[CAP_CAST_MAX];
    size_t n;
    uint16_t place[PLACES]; /* host + 1; 0: nothing */
    cap_cast_port port[CAP_CAST_PORTS_MAX];
    size_t nports;
};

static bool among(const uint32_t *list, size_t n, uint32_t ip)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == ip)
            return true;
    return false;
}

bool cap_parts_ours(const cap_parts *p, uint32_t ip)
{
    return among(p->ours, p->nours, ip);
}

bool cap_parts_theirs(const cap_parts *p, uint32_t ip)
{
    if (p->ntheirs > 0)
        return among(p->theirs, p->ntheirs, ip);
    return !cap_parts_ours(p, ip);
}

bool cap_is_to_all(const cap_item *item)
{
    static const uint8_t all[6] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
    if (item->tcp)
        return false;
    if (item->has_mac && memcmp(item->mac_to, all, sizeof all) == 0)
        return true;
    return (item->to.ip & 0xFF) == 0xFF;
}

cap_cast *cap_cast_new(const cap_parts *parts)
{
    cap_cast *c = calloc(1, sizeof *c);
    if (c)
        c->parts = *parts;
    return c;
}

void cap_cast_free(cap_cast *c)
{
    free(c);
}

static uint16_t *place_of(cap_cast *c, uint32_t ip)
{
    size_t at = (ip * UINT32_C(0x9E3779B1)) >> 19;
    while (c->place[at % PLACES] && c->host[c->place[at % PLACES] - 1].ip != ip)
        at++;
    return &c->place[at % PLACES];
}

static cap_cast_host *enter(cap_cast *c, uint32_t ip)
{
    uint16_t *place = place_of(c, ip);
    if (*place)
        return &c->host[*place - 1];
    if (c->n == CAP_CAST_MAX || ip == 0)
        return NULL;
    c->host[c->n] = (cap_cast_host){ .ip = ip };
    *place = (uint16_t)++c->n;
    return &c->host[*place - 1];
}

static void note_port(cap_cast *c, nbt_ep at, bool tcp)
{
    for (size_t i = 0; i < c->nports; i++)
        if (c->port[i].tcp == tcp && nbt_ep_eq(c->port[i].at, at))
            return;
    if (c->nports < CAP_CAST_PORTS_MAX)
        c->port[c->nports++] = (cap_cast_port){ at, tcp };
}

/* Ports that ours must have open: all that it sent from by UDP, and those where it was called. */
static void note_ports(cap_cast *c, const cap_item *item, bool from, bool to)
{
    if (!item->tcp && from)
        note_port(c, item->from, false);
    if (!item->tcp && to)
        note_port(c, item->to, false);
    if (item->tcp && to && item->to.port < item->from.port)
        note_port(c, item->to, true);
    if (item->tcp && from && item->from.port < item->to.port)
        note_port(c, item->from, true);
}

void cap_cast_put(cap_cast *c, const cap_item *item)
{
    if (!item->has_ip || (!item->msg && !item->rc))
        return;
    bool all = cap_is_to_all(item);
    bool from = cap_parts_ours(&c->parts, item->from.ip);
    bool to = !all && cap_parts_ours(&c->parts, item->to.ip);
    cap_cast_host *h = enter(c, item->from.ip);
    if (h) {
        h->sent++;
        h->all += all;
        h->with_ours += to;
        if (item->has_mac) {
            h->has_mac = true;
            memcpy(h->mac, item->mac_from, sizeof h->mac);
        }
    }
    if (!all && (h = enter(c, item->to.ip)))
        h->with_ours += from;
    note_ports(c, item, from, to);
}

size_t cap_cast_count(const cap_cast *c)
{
    return c->n;
}

const cap_cast_host *cap_cast_at(const cap_cast *c, size_t i)
{
    return &c->host[i];
}

const cap_cast_host *cap_cast_find(const cap_cast *c, uint32_t ip)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->host[i].ip == ip && c->host[i].sent > 0)
            return &c->host[i];
    return NULL;
}

const cap_cast_host *cap_cast_peer(const cap_cast *c)
{
    const cap_cast_host *best = NULL;
    for (size_t i = 0; i < c->n; i++) {
        const cap_cast_host *h = &c->host[i];
        if (!cap_parts_ours(&c->parts, h->ip) && h->with_ours > 0 &&
            (!best || h->with_ours > best->with_ours))
            best = h;
    }
    return best;
}

size_t cap_cast_ports(const cap_cast *c, const cap_cast_port **ports)
{
    *ports = c->port;
    return c->nports;
}
