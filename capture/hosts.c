/*
 * Two chained tables, by address and by hardware address. Who is one computer is kept as a forest:
 * each host points to one that stands for it.
 */
#include "capture/hosts.h"

#include <stdlib.h>
#include <string.h>

enum {
    CHAINS = 65536,
    ROUTER_AT = 4, /* so many addresses behind one hardware address are a router's doing */
    GROWTH = 256,
};

/* A hardware address, and the first hosts that had it. */
typedef struct mac {
    uint8_t b[6];
    uint8_t n; /* hosts, at most ROUTER_AT counted */
    cap_host_id first[ROUTER_AT - 1];
    uint32_t next;
} mac;

struct cap_hosts {
    cap_host *host;
    mac *macs;
    uint32_t nhosts, hosts_cap; /* place 0 is nobody */
    uint32_t nmacs, macs_cap;
    uint32_t max; /* places: one less is hosts */
    uint32_t by_ip[CHAINS], by_mac[CHAINS];
};

/* Room for one more of `size` octets, for which a place is never given back. */
static bool grow(void *array, uint32_t n, uint32_t *cap, uint32_t max, size_t size)
{
    void **at = array;
    if (n < *cap)
        return true;
    uint32_t more = *cap ? *cap * 2 : GROWTH;
    more = more < max ? more : max;
    void *grown = more > n ? realloc(*at, more * size) : NULL;
    if (!grown)
        return false;
    *at = grown;
    *cap = more;
    return true;
}

cap_hosts *cap_hosts_new(uint32_t max)
{
    cap_hosts *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->max = max < CAP_HOSTS_MAX ? max + 1 : CAP_HOSTS_MAX;
    if (!grow(&t->host, 0, &t->hosts_cap, t->max, sizeof *t->host) ||
        !grow(&t->macs, 0, &t->macs_cap, t->max, sizeof *t->macs)) {
        cap_hosts_free(t);
        return NULL;
    }
    t->host[0] = (cap_host){ 0 };
    t->nhosts = t->nmacs = 1;
    return t;
}

void cap_hosts_free(cap_hosts *t)
{
    if (!t)
        return;
    free(t->host);
    free(t->macs);
    free(t);
}

static uint32_t chain_of(uint64_t v)
{
    return (uint32_t)(v * UINT64_C(0x9E3779B97F4A7C15) >> 48);
}

cap_host_id cap_hosts_at(cap_hosts *t, uint32_t ip)
{
    uint32_t *chain = &t->by_ip[chain_of(ip)];
    for (cap_host_id id = *chain; id; id = t->host[id].next) {
        if (t->host[id].ip == ip)
            return id;
    }
    if (ip == 0 || !grow(&t->host, t->nhosts, &t->hosts_cap, t->max, sizeof *t->host))
        return 0;
    cap_host_id id = t->nhosts++;
    t->host[id] = (cap_host){ .ip = ip, .root = id, .next = *chain };
    *chain = id;
    return id;
}

uint32_t cap_hosts_count(const cap_hosts *t)
{
    return t->nhosts - 1;
}

uint32_t cap_hosts_bound(const cap_hosts *t)
{
    return t->max - 1;
}

const cap_host *cap_hosts_get(const cap_hosts *t, cap_host_id id)
{
    return id && id < t->nhosts ? &t->host[id] : NULL;
}

static uint64_t mac_number(const uint8_t b[6])
{
    uint64_t v = 0;
    for (int i = 0; i < 6; i++)
        v = v << 8 | b[i];
    return v;
}

/* 0 if it is not there, or there is no room for it. */
static uint32_t mac_at(cap_hosts *t, const uint8_t b[6], bool enter)
{
    uint32_t *chain = &t->by_mac[chain_of(mac_number(b))];
    for (uint32_t at = *chain; at; at = t->macs[at].next) {
        if (memcmp(t->macs[at].b, b, sizeof t->macs[at].b) == 0)
            return at;
    }
    if (!enter || !grow(&t->macs, t->nmacs, &t->macs_cap, t->max, sizeof *t->macs))
        return 0;
    uint32_t at = t->nmacs++;
    t->macs[at] = (mac){ .next = *chain };
    memcpy(t->macs[at].b, b, sizeof t->macs[at].b);
    *chain = at;
    return at;
}

/* Another host behind a hardware address. */
static void mac_has(cap_hosts *t, const uint8_t b[6], cap_host_id id)
{
    uint32_t at = mac_at(t, b, true); /* which may move them all */
    mac *m = &t->macs[at];
    if (!at || m->n == ROUTER_AT)
        return;
    if (m->n < ROUTER_AT - 1)
        m->first[m->n] = id;
    m->n++;
}

cap_host_id cap_hosts_sender(cap_hosts *t, const cap_item *item)
{
    cap_host_id id = item->has_ip ? cap_hosts_at(t, item->from.ip) : 0;
    cap_host *h = &t->host[id];
    if (!id || !item->has_mac)
        return id;
    if (!h->has_mac) {
        memcpy(h->mac, item->mac_from, sizeof h->mac);
        h->has_mac = true;
        mac_has(t, h->mac, id);
    } else if (memcmp(h->mac, item->mac_from, sizeof h->mac) != 0 && !h->other_mac.frame) {
        memcpy(h->mac2, item->mac_from, sizeof h->mac2);
        h->other_mac = (cap_when){ item->number, item->time };
    }
    return id;
}

void cap_hosts_serves(cap_hosts *t, cap_host_id id, cap_when when)
{
    if (id && !t->host[id].server.frame)
        t->host[id].server = when;
}

/* The way is halved each time, so that it stays short whatever order joins come in. */
static cap_host_id root_of(const cap_hosts *t, cap_host_id id)
{
    while (t->host[id].root != id) {
        t->host[id].root = t->host[t->host[id].root].root;
        id = t->host[id].root;
    }
    return id;
}

void cap_hosts_join(cap_hosts *t, cap_host_id a, cap_host_id b, cap_same why)
{
    if (!a || !b || root_of(t, a) == root_of(t, b))
        return;
    cap_host *h = &t->host[root_of(t, b)];
    h->root = root_of(t, a);
    h->same = why;
}

void cap_hosts_unit(cap_hosts *t, cap_host_id id, const uint8_t unit[6])
{
    uint32_t at = mac_at(t, unit, false);
    if (at && t->macs[at].n == 1)
        cap_hosts_join(t, t->macs[at].first[0], id, CAP_SAME_UNIT);
}

/* A router has many addresses behind it: that they share its own says nothing. */
static bool same_mac(const cap_hosts *t, const cap_host *a, const cap_host *b)
{
    if (!a->has_mac || !b->has_mac || memcmp(a->mac, b->mac, sizeof a->mac) != 0)
        return false;
    uint32_t at = t->by_mac[chain_of(mac_number(a->mac))];
    while (at && memcmp(t->macs[at].b, a->mac, sizeof a->mac) != 0)
        at = t->macs[at].next;
    return at && t->macs[at].n < ROUTER_AT;
}

cap_same cap_hosts_same(const cap_hosts *t, cap_host_id a, cap_host_id b)
{
    if (!a || !b)
        return CAP_SAME_NOT;
    if (same_mac(t, &t->host[a], &t->host[b]))
        return CAP_SAME_MAC;
    if (root_of(t, a) != root_of(t, b))
        return CAP_SAME_NOT;
    return t->host[a].same ? t->host[a].same : t->host[b].same;
}
