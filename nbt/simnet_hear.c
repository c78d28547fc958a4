/*
 * Broadcasts that nobody is called for (hearsay.h).
 */
#include "nbt/simnet_impl.h"

void nbt_simnet_tell_overheard(nbt_simnet *net, uint32_t host)
{
    for (uint32_t a = net->wire.host[host]; a; a = nbt_simwire_at(&net->wire, a)->next) {
        nbt_simear *e = &net->ear[a];
        if (e->overheard.requests == 0 && e->overheard.demands == 0)
            continue;
        for (uint32_t id = net->site[host].first; id; id = net->object[id].next)
            if (net->object[id].ops->overheard)
                net->object[id].ops->overheard(net->object[id].self,
                                               nbt_simwire_at(&net->wire, a)->lana, &e->overheard);
        e->overheard = (nbt_overheard){ .requests = 0 };
    }
}

void nbt_simnet_ask_again(nbt_simnet *net, uint32_t host)
{
    for (uint32_t a = net->wire.host[host]; a; a = nbt_simwire_at(&net->wire, a)->next)
        net->ear[a].known = false;
}

static const nbt_simear *ask(nbt_simnet *net, uint32_t adapter, const nbt_simadapter *a)
{
    nbt_simear *e = &net->ear[adapter];
    if (e->known)
        return e;
    e->known = true;
    e->hears = (nbt_heard){ .w = { 0 } };
    for (uint32_t id = net->site[a->host].first; id; id = net->object[id].next) {
        const nbt_simobject *o = &net->object[id];
        if (!o->ops->rx)
            continue;
        nbt_heard its = o->ops->hears ? o->ops->hears(o->self, a->lana) : nbt_heard_all();
        nbt_heard_add(&e->hears, &its);
    }
    return e;
}

static void look_at(const nbt_simnet *net, nbt_simpacket *p)
{
    p->looked_at = true;
    p->hearsay = (nbt_hearsay){ .is = false };
    /* Only what comes from a node is worth a node's attention: see there. */
    if (p->to.port == NBT_PORT_NS && p->from.port != 0 && nbt_simwire_find(&net->wire, p->from.ip))
        nbt_hearsay_rd(&p->hearsay, (nbt_bytes){ p->b, p->n });
}

bool nbt_simnet_is_overheard(nbt_simnet *net, uint32_t adapter, const nbt_simadapter *a,
                             nbt_simpacket *p)
{
    if (p->to.ip == a->ip || p->from.ip == a->ip)
        return false;
    if (!p->looked_at)
        look_at(net, p);
    /* Of a demand each node leaves a trace. */
    if (!p->hearsay.is || (p->hearsay.demand && net->cfg.traces))
        return false;
    if (nbt_heard_has(&ask(net, adapter, a)->hears, &p->hearsay.name))
        return false;
    nbt_overheard *o = &net->ear[adapter].overheard;
    o->requests += !p->hearsay.demand;
    o->demands += p->hearsay.demand;
    net->overheard = true;
    return true;
}
