/*
 * What must not be once things are quiet, and what must have been by the end.
 */
#include "tools/scene/simworld_impl.h"

/* Whether two hosts share a network, and are on one side of it. */
static bool hear_each_other(const simworld *w, uint32_t a, uint32_t b)
{
    const scene_host *one = &w->s->host[a], *other = &w->s->host[b];
    for (uint8_t i = 0; i < one->nadapters; i++)
        for (uint8_t k = 0; k < other->nadapters; k++)
            if (one->adapter[i].network == other->adapter[k].network &&
                w->host[a].side[i] == w->host[b].side[k])
                return true;
    return false;
}

static const nbt_ltable *names_of(const simworld *w, uint32_t host, uint8_t lana)
{
    return nbt_node_names(nbt_computer_lana(w->host[host].computer, lana));
}

static bool owns(const nbt_entry *e)
{
    return e && e->state == NBT_ENTRY_REGISTERED && !e->conflict && e->name[0] != '*';
}

/* Whether a host owns a name that another owns, as a group or not. */
static bool owns_too(const simworld *w, uint32_t host, const nbt_entry *e, bool group)
{
    for (uint8_t lana = 0; lana < w->s->host[host].nadapters; lana++) {
        const nbt_entry *own = nbt_ltable_find_const(names_of(w, host, lana), e->name);
        if (owns(own) && own->group == group)
            return true;
    }
    return false;
}

/* The first name of `one` that `other` owns, too, and is unique on `other`; the first is it unless
   `group`. */
static bool find_name(const simworld *w, uint32_t one, uint32_t other, bool group, nbt_name *name)
{
    for (uint8_t lana = 0; lana < w->s->host[one].nadapters; lana++) {
        const nbt_ltable *names = names_of(w, one, lana);
        for (const nbt_entry *e = nbt_ltable_next(names, NULL); e; e = nbt_ltable_next(names, e)) {
            if (!owns(e) || e->group != group || !owns_too(w, other, e, false))
                continue;
            *name = (nbt_name){ .form = NBT_NAME_NETBIOS, .scope = w->s->host[one].scope };
            memcpy(name->b, e->name, NBT_NAME_LEN);
            return true;
        }
    }
    return false;
}

bool simworld_breaks(const simworld *w, scene_invariant what, scene_breach *breach)
{
    bool group = what == SCENE_INV_GROUP_AND_UNIQUE;
    for (uint32_t a = 0; a < w->s->nhosts; a++) {
        for (uint32_t b = 0; b < w->s->nhosts; b++) {
            bool computers = a != b && w->host[a].computer && w->host[b].computer;
            if (!computers || !nbt_scope_eq(&w->s->host[a].scope, &w->s->host[b].scope) ||
                !hear_each_other(w, a, b) || !find_name(w, a, b, group, &breach->name))
                continue;
            breach->one = (uint16_t)a;
            breach->other = (uint16_t)b;
            return true;
        }
    }
    return false;
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
