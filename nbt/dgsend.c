/*
 * The ways of a datagram as a machine. It never learns an address: what it was shown is its
 * caller's to send to.
 */
#include "nbt/dgsend.h"

static nbt_dgsend_want enter(nbt_dgsend *s, nbt_dgsend_state state, nbt_time due,
                             nbt_dgsend_want want)
{
    s->state = state;
    s->due = due;
    return want;
}

static nbt_dgsend_want end(nbt_dgsend *s, nbt_dgsend_want want)
{
    return enter(s, NBT_DGSEND_ENDED, NBT_NEVER, want);
}

/* Without a distribution server: by broadcast, or to all on the name server's list; of everybody it
 * has none. */
static nbt_dgsend_want without(nbt_dgsend *s)
{
    if (s->cfg.broadcasts)
        return end(s, NBT_DGSEND_TO_ALL);
    if (s->type == NBT_DGM_BROADCAST)
        return end(s, NBT_DGSEND_NOWHERE);
    return enter(s, NBT_DGSEND_LISTING, NBT_NEVER, NBT_DGSEND_LIST);
}

static nbt_dgsend_want ask(nbt_dgsend *s, nbt_time now)
{
    s->asked++;
    return enter(s, NBT_DGSEND_ASKING, now + s->cfg.pace.timeout, NBT_DGSEND_ASK);
}

/* A datagram for several, 5.3.1 or 5.3.2. */
static nbt_dgsend_want distribute(nbt_dgsend *s, nbt_time now)
{
    if (s->cfg.nbdds == 0)
        return without(s);
    return s->cfg.asks ? ask(s, now) : end(s, NBT_DGSEND_TO_NBDD);
}

nbt_dgsend_want nbt_dgsend_start(nbt_dgsend *s, nbt_time now, const nbt_dgsend_cfg *cfg,
                                 nbt_dgsend_kind kind)
{
    *s = (nbt_dgsend){ .cfg = *cfg, .due = NBT_NEVER, .type = NBT_DGM_GROUP };
    switch (kind) {
    case NBT_DGSEND_NAME:
        return enter(s, NBT_DGSEND_FINDING, NBT_NEVER, NBT_DGSEND_FIND);
    case NBT_DGSEND_GROUP:
        return distribute(s, now);
    case NBT_DGSEND_BROADCAST:
        s->type = NBT_DGM_BROADCAST;
        return distribute(s, now);
    }
    return end(s, NBT_DGSEND_NOWHERE);
}

/* F20: what stands for "all on your subnet" in a list, and is nobody's address. */
static bool means_subnet(const nbt_found *found, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (found[i].addr.ip == UINT32_MAX || found[i].addr.ip == 0)
            return true;
    return false;
}

static nbt_dgsend_want listed(nbt_dgsend *s, const nbt_found *found, size_t n, bool last)
{
    if (!last)
        return NBT_DGSEND_WAIT;
    if (n == 0)
        return end(s, NBT_DGSEND_NOWHERE);
    return end(s, means_subnet(found, n) ? NBT_DGSEND_TO_ALL : NBT_DGSEND_TO_LIST);
}

static nbt_dgsend_want found_group(nbt_dgsend *s, nbt_time now, const nbt_found *found, size_t n,
                                   bool last)
{
    if (s->cfg.nbdds > 0 || s->cfg.broadcasts || !s->cfg.lists)
        return distribute(s, now);
    (void)enter(s, NBT_DGSEND_LISTING, NBT_NEVER, NBT_DGSEND_WAIT);
    return listed(s, found, n, last);
}

nbt_dgsend_want nbt_dgsend_found(nbt_dgsend *s, nbt_time now, const nbt_found *found, size_t n,
                                 bool last)
{
    switch (s->state) {
    case NBT_DGSEND_FINDING:
        if (n == 0)
            return last ? end(s, NBT_DGSEND_NOWHERE) : NBT_DGSEND_WAIT;
        if (found[0].addr.nb_flags & NBT_NB_G)
            return found_group(s, now, found, n, last);
        s->type = NBT_DGM_UNIQUE;
        return end(s, NBT_DGSEND_TO_ONE);
    case NBT_DGSEND_LISTING:
        return listed(s, found, n, last);
    case NBT_DGSEND_IDLE:
    case NBT_DGSEND_ASKING:
    case NBT_DGSEND_ENDED:
        break;
    }
    return NBT_DGSEND_WAIT;
}

/* D25: no, or silence. The next server may know more. */
static nbt_dgsend_want next_nbdd(nbt_dgsend *s, nbt_time now)
{
    s->asked = 0;
    if (++s->at < s->cfg.nbdds)
        return ask(s, now);
    return without(s);
}

nbt_dgsend_want nbt_dgsend_answered(nbt_dgsend *s, nbt_time now, bool positive)
{
    if (s->state != NBT_DGSEND_ASKING)
        return NBT_DGSEND_WAIT;
    return positive ? end(s, NBT_DGSEND_TO_NBDD) : next_nbdd(s, now);
}

nbt_dgsend_want nbt_dgsend_tick(nbt_dgsend *s, nbt_time now)
{
    if (now < s->due)
        return NBT_DGSEND_WAIT;
    return s->asked < s->cfg.pace.count ? ask(s, now) : next_nbdd(s, now);
}
