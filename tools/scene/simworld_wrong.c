/*
 * What must not be once things are quiet, and what must have been by the end.
 */
#include "tools/scene/owners.h"
#include "tools/scene/simworld_impl.h"

static bool runs(void *ctx, uint16_t host)
{
    const simworld *w = ctx;
    return w->host[host].computer;
}

/* Whether two hosts share a network, and are on one side of it. */
static bool hear_each_other(void *ctx, uint16_t a, uint16_t b)
{
    const simworld *w = ctx;
    const scene_host *one = &w->s->host[a], *other = &w->s->host[b];
    for (uint8_t i = 0; i < one->nadapters; i++)
        for (uint8_t k = 0; k < other->nadapters; k++)
            if (one->adapter[i].network == other->adapter[k].network &&
                w->host[a].side[i] == w->host[b].side[k])
                return true;
    return false;
}

static const nbt_ltable *names_of(const simworld *w, uint16_t host, uint8_t lana)
{
    return nbt_node_names(nbt_computer_lana(w->host[host].computer, lana));
}

static bool owns(const nbt_entry *e)
{
    return e->state == NBT_ENTRY_REGISTERED && !e->conflict;
}

static const void *next(void *ctx, uint16_t host, uint8_t lana, const void *before, scene_owned *to)
{
    const nbt_ltable *names = names_of(ctx, host, lana);
    const nbt_entry *e = nbt_ltable_next(names, before);
    while (e && !owns(e))
        e = nbt_ltable_next(names, e);
    if (e)
        *to = (scene_owned){ e->name, e->group };
    return e;
}

static bool owns_alone(void *ctx, uint16_t host, const uint8_t name[NBT_NAME_LEN])
{
    const simworld *w = ctx;
    for (uint8_t lana = 0; lana < w->s->host[host].nadapters; lana++) {
        const nbt_entry *e = nbt_ltable_find_const(names_of(w, host, lana), name);
        if (e && owns(e) && !e->group)
            return true;
    }
    return false;
}

bool simworld_breaks(const simworld *w, scene_invariant what, scene_breach *breach)
{
    const scene_owners view = { (void *)(uintptr_t)w, runs, hear_each_other, next, owns_alone };
    return scene_owners_break(w->s, &view, what, breach);
}

/* --- control blocks and sessions -------------------------------------------------------------- */

/* As long as its session stands, a control block may wait for the other side. */
static bool waits(void *ctx, uint32_t host, const nbt_ncb *ncb)
{
    const simworld *w = ctx;
    unsigned verb = nbt_ncb_verb(ncb);
    if (verb == NBT_NCB_LISTEN || verb == NBT_NCB_RECEIVE_ANY || verb == NBT_NCB_RECEIVE_DATAGRAM ||
        verb == NBT_NCB_RECEIVE_BROADCAST)
        return true;
    const nbt_computer *c = w->host[host].computer;
    return c && nbt_computer_conn(c, ncb->lana, ncb->lsn);
}

void simworld_settle(simworld *w)
{
    enum { EVENTS_MAX = 100000 };
    nbt_time until = simworld_now(w) + NBT_S(600);
    for (int n = 0; n < EVENTS_MAX && !simworld_failed(w); n++) {
        if (simbook_open(w->book, waits, w) == 0 || simworld_due(w) > until)
            break;
        simworld_step(w);
    }
    simbook_end_all(w->book, waits, w);
}

const simbook_entry *simworld_fault(const simworld *w, simbook_fault fault)
{
    return simbook_found(w->book, fault);
}
