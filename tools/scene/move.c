/*
 * Addresses, changed in place.
 */
#include "tools/scene/move.h"

typedef struct way {
    nbt_subnet from, to;
} way;

static void move(const way *w, uint32_t *ip)
{
    if (((*ip ^ w->from.ip) & w->from.mask) == 0)
        *ip = w->to.ip | (*ip & ~w->from.mask);
}

static bool has_room(const way *w, const scene_host *h, uint16_t network)
{
    for (uint8_t i = 0; i < h->nadapters; i++) {
        uint32_t part = h->adapter[i].ip & ~w->from.mask;
        if (h->adapter[i].network == network &&
            (part & w->to.mask || part == 0 || part == ~w->to.mask))
            return false;
    }
    return true;
}

static void move_host(const way *w, scene_host *h)
{
    for (uint8_t i = 0; i < h->nadapters; i++)
        move(w, &h->adapter[i].ip);
    for (uint8_t i = 0; i < h->nwins; i++)
        move(w, &h->wins[i]);
    for (uint8_t i = 0; i < h->nnbdds; i++)
        move(w, &h->nbdds[i]);
    for (uint32_t i = 0; i < h->nlmhosts; i++)
        move(w, &h->lmhosts[i].ip);
    move(w, &h->redirect);
}

bool scene_move(scene *s, uint16_t network, const nbt_subnet *to, uint32_t *host)
{
    scene_network *n = &s->network[network];
    const way w = { { n->subnet, n->mask }, *to };
    for (uint32_t i = 0; i < s->nhosts; i++)
        if (!has_room(&w, &s->host[i], network)) {
            *host = i;
            return false;
        }
    for (uint32_t i = 0; i < s->nhosts; i++)
        move_host(&w, &s->host[i]);
    n->subnet = to->ip;
    n->mask = to->mask;
    return true;
}
