/*
 * Who reaches whom. A link's greatest delay is all that counts of it: whatever arrives sooner, in
 * whatever order, is explored, and losses and doubles are the explorer's choice.
 */
#include "tools/scene/xp_net.h"

#include "nbt/digest.h"
#include "nbt/mem.h"

#include <assert.h>

void xp_net_init(xp_net *net, nbt_mem mem, const scene *s, nbt_time delay, bool whole)
{
    *net = (xp_net){ .mem = mem, .scene = s, .delay = delay, .whole = whole };
    nbt_idmap_init(&net->packet_of, mem);
    assert(s->nhosts <= XP_HOSTS_MAX);
    for (uint32_t h = 0; h < s->nhosts; h++) {
        for (uint8_t i = 0; i < s->host[h].nadapters; i++) {
            assert(net->nslots < XP_SLOTS_MAX);
            const scene_adapter *a = &s->host[h].adapter[i];
            net->slot[net->nslots++] = (xp_slot){ (uint8_t)h, i, a->network, a->ip };
        }
    }
}

void xp_net_fini(xp_net *net)
{
    for (size_t i = 0; i < net->npackets; i++) {
        nbt_bytes data = net->packet[i].data;
        uint8_t *p = NULL;
        memcpy(&p, &data.p, sizeof p); /* it was ours to write, once */
        nbt_mem_free(net->mem, p, data.n);
    }
    nbt_mem_free(net->mem, net->packet, net->packets_cap * sizeof *net->packet);
    nbt_idmap_fini(&net->packet_of);
}

nbt_service xp_packet_service(const xp_packet *p)
{
    bool datagram = p->kind == XP_DATAGRAM;
    if (datagram && (p->from.port == NBT_PORT_DGM || p->to.port == NBT_PORT_DGM))
        return NBT_SERVICE_DATAGRAM;
    if (!datagram && (p->from.port == NBT_PORT_SSN || p->to.port == NBT_PORT_SSN))
        return NBT_SERVICE_SESSION;
    return NBT_SERVICE_NAME;
}

static uint64_t digest_of(const xp_packet *p)
{
    nbt_digest d;
    nbt_digest_init(&d, 0);
    nbt_digest_u64(&d, (uint64_t)p->from.ip << 16 | p->from.port);
    nbt_digest_u64(&d, (uint64_t)p->to.ip << 16 | p->to.port);
    nbt_digest_bytes(&d, p->data.p, p->data.n);
    if (p->kind == XP_DATAGRAM)
        return d.h;
    nbt_digest_u64(&d, (uint64_t)p->kind << 16 | p->seq);
    nbt_digest_bytes(&d, p->said, p->nsaid * sizeof p->said[0]);
    return d.h;
}

bool xp_net_packet(xp_net *net, const xp_packet *what, uint32_t *number)
{
    uint64_t key = digest_of(what);
    nbt_bytes data = what->data;
    uint32_t place = nbt_idmap_get(&net->packet_of, key);
    if (place > 0) {
        *number = place - 1;
        return true;
    }
    if (net->npackets == net->packets_cap) {
        void *longer = nbt_mem_grow(net->mem, net->packet, &net->packets_cap, sizeof(xp_packet));
        if (!longer)
            return false;
        net->packet = longer;
    }
    uint8_t *copy = data.n > 0 ? nbt_mem_new(net->mem, data.n) : NULL;
    if (data.n > 0 && !copy)
        return false;
    if (copy)
        memcpy(copy, data.p, data.n);
    net->packet[net->npackets] = *what;
    net->packet[net->npackets].data = (nbt_bytes){ copy, data.n };
    if (!nbt_idmap_add(&net->packet_of, key, (uint32_t)net->npackets + 1)) {
        nbt_mem_free(net->mem, copy, data.n);
        return false;
    }
    *number = (uint32_t)net->npackets++;
    return true;
}

uint32_t xp_net_broadcast(const xp_net *net, uint16_t network)
{
    const scene_network *n = &net->scene->network[network];
    return n->subnet | ~n->mask;
}

static nbt_time crossing(const xp_net *net, uint16_t network)
{
    const nbt_simlink *l = &net->scene->network[network].link;
    if (net->delay != NBT_NEVER)
        return net->delay;
    return l->delay + l->jitter + (l->reorder ? l->late : 0);
}

static bool is_cut(uint32_t sides, size_t slot)
{
    return sides >> slot & 1;
}

/* How long it takes between two adapters, -1 if it does not get there. */
static nbt_time path(const xp_net *net, size_t a, size_t b, uint32_t sides)
{
    const xp_slot *from = &net->slot[a], *to = &net->slot[b];
    if (from->host == to->host)
        return 0;
    if (from->network == to->network)
        return is_cut(sides, a) == is_cut(sides, b) ? crossing(net, from->network) : -1;
    if (is_cut(sides, a) || is_cut(sides, b)) /* only those who are not have the router */
        return -1;
    return crossing(net, from->network) + crossing(net, to->network);
}

static bool is_ever_on(const scene *s, uint8_t host)
{
    bool on = !s->host[host].off;
    for (uint32_t i = 0; i < s->nsteps && !on; i++)
        on = s->step[i].what == SCENE_DO_START && s->step[i].host == host;
    return on;
}

bool xp_net_deaf(const scene *s, uint8_t host, bool broadcast)
{
    const scene_host *h = &s->host[host];
    switch (h->kind) {
    case SCENE_HOST:
        return true;
    case SCENE_SERVER:
        return broadcast || !is_ever_on(s, host);
    case SCENE_COMPUTER:
        return (broadcast && h->node == NBT_ONT_P) || !is_ever_on(s, host);
    }
    return false;
}

/* Whether its sender waits for a word that it has come. */
static bool is_missed(const xp_packet *p)
{
    return p->kind == XP_SYN_ACK || p->kind == XP_DATA || p->kind == XP_FIN;
}

bool xp_net_comes_back(const xp_net *net, uint32_t message)
{
    const xp_packet *p = &net->packet[xp_message_packet(message)];
    uint32_t ip = net->slot[xp_message_slot(message)].ip;
    return is_missed(p) && p->from.ip == ip && p->to.ip != ip;
}

size_t xp_net_route(const xp_net *net, uint32_t number, uint32_t sides, uint8_t to[XP_SLOTS_MAX],
                    nbt_time within[XP_SLOTS_MAX])
{
    const xp_packet *p = &net->packet[number];
    size_t from = 0, n = 0;
    while (from < net->nslots && net->slot[from].ip != p->from.ip)
        from++;
    if (from == net->nslots)
        return 0;
    uint16_t network = net->slot[from].network;
    bool all = p->to.ip == UINT32_MAX || p->to.ip == xp_net_broadcast(net, network);
    for (uint8_t i = 0; i < net->nslots; i++) {
        bool meant =
            all ? i != from && net->slot[i].network == network : net->slot[i].ip == p->to.ip;
        if (meant && !net->whole && xp_net_deaf(net->scene, net->slot[i].host, all))
            continue;
        nbt_time takes = meant ? path(net, from, i, sides) : -1;
        bool back = meant && takes < 0 && is_missed(p);
        if (takes < 0 && !back)
            continue;
        to[n] = back ? (uint8_t)from : i;
        within[n++] = back ? 0 : takes;
    }
    return n;
}

uint32_t xp_net_message(const xp_net *net, uint32_t number, uint8_t slot)
{
    return xp_message(number, slot) |
           (net->packet[number].kind == XP_DATAGRAM ? 0 : XP_MESSAGE_STREAM);
}

nbt_time xp_net_takes(const xp_net *net, uint32_t message)
{
    uint32_t ip = net->packet[xp_message_packet(message)].from.ip;
    size_t from = 0;
    while (from < net->nslots && net->slot[from].ip != ip)
        from++;
    return from == net->nslots ? 0 : path(net, from, xp_message_slot(message), 0);
}

static bool share_server(const scene_host *a, const scene_host *b)
{
    for (size_t i = 0; i < a->nwins && a->node != NBT_ONT_B; i++)
        for (size_t k = 0; k < b->nwins && b->node != NBT_ONT_B; k++)
            if (a->wins[i] == b->wins[k])
                return true;
    return false;
}

bool xp_net_hear(const xp_net *net, uint8_t a, uint8_t b, uint32_t sides)
{
    const scene_host *one = &net->scene->host[a], *other = &net->scene->host[b];
    if (share_server(one, other))
        return true;
    if (one->node == NBT_ONT_P || other->node == NBT_ONT_P)
        return false; /* such a node neither claims nor hears a claim by broadcast */
    for (size_t i = 0; i < net->nslots; i++)
        for (size_t k = 0; k < net->nslots; k++)
            if (net->slot[i].host == a && net->slot[k].host == b &&
                net->slot[i].network == net->slot[k].network && path(net, i, k, sides) >= 0)
                return true;
    return false;
}
