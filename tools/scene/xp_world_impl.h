/*
 * The inside of an explored world: xp_world.c has its choices, xp_send.c what is under way,
 * xp_wrong.c what must not be.
 */
#ifndef SCENE_XP_WORLD_IMPL_H
#define SCENE_XP_WORLD_IMPL_H

#include "tools/scene/fault.h"
#include "tools/scene/xp_world.h"

/* A message under way, and within how many microseconds it arrives. */
typedef struct xp_under_way {
    uint32_t message, left;
} xp_under_way;

/* A state, unpacked. */
typedef struct xp_moment {
    uint8_t step, losses, doubles;
    uint32_t sides;
    nbt_time left;  /* until the next step may be done; below 0: since then */
    nbt_time clock; /* since the beginning, as long as a later step needs to know */
    uint32_t host[XP_HOSTS_MAX];
    scene_acting fault[XP_FAULTS_MAX]; /* since: 0 or before, as if it were now at 0 */
    uint32_t nways;
    xp_under_way ways[XP_UNDER_WAY_MAX]; /* in order */
} xp_moment;

struct xp_world {
    xp_world_cfg cfg;
    const scene *scene;
    xp_net net;
    xp_hosts hosts;
    uint8_t nhosts;
    uint32_t last_absolute; /* steps from here on do not look at the clock */
    bool overflowed, failed;
    scene_faults *faults; /* as they stand in the moment that was looked at last */
    uint8_t *spoilt;      /* a datagram that they change */
    size_t spoilt_cap;
    xp_sent *sent; /* by the last choice */
    size_t nsent, sent_cap;
    xp_moment here; /* of the way that is told */
    nbt_time at;
    xp_sent *begun; /* sent before the first choice */
    size_t nbegun, begun_cap;
};

/* What there is to see of a host. */
static inline const xp_facts *xp_facts_of(const xp_world *w, const xp_moment *m, uint8_t host)
{
    return xp_host_facts(&w->hosts, host, m->host[host]);
}

static inline const scene_step *xp_next_step(const xp_world *w, const xp_moment *m)
{
    return m->step < w->scene->nsteps ? &w->scene->step[m->step] : NULL;
}

/* Nothing is under way, on the wires or in a host. */
bool xp_is_quiet(const xp_world *w, const xp_moment *m);

/* How long nothing has to happen; NBT_NEVER: nothing will. */
nbt_time xp_rest(const xp_world *w, const xp_moment *m);

/* --- xp_send.c ------------------------------------------------------------------------------ */

/* What a host has sent becomes what the last choice has sent; false without memory. */
bool xp_keep_sent(xp_world *w, const xp_outcome *out);

/* It leaves: whoever it reaches has it under way. What faults make of it is noted in `sent`. */
void xp_send_all(xp_world *w, xp_moment *m, xp_sent *sent, size_t n);

void xp_take_off(xp_moment *m, size_t i);

/* How long a message cannot arrive, since it is late by more than its way takes; 0 or less: it can.
 */
static inline nbt_time xp_too_early(const xp_world *w, xp_under_way u)
{
    if (!(u.message & (XP_MESSAGE_LATE | XP_MESSAGE_HELD)))
        return 0;
    return (nbt_time)u.left - xp_net_takes(&w->net, u.message);
}

/* Steps begin and end a fault. */
void xp_fault_begin(const xp_world *w, xp_moment *m, uint32_t fault);
void xp_fault_end(xp_moment *m, uint32_t fault);

/* Time passes for them; when the next of those that come and go does so. */
void xp_ways_pass(xp_world *w, xp_moment *m, nbt_time pause);
void xp_faults_pass(const xp_world *w, xp_moment *m, nbt_time pause);
nbt_time xp_faults_rest(const xp_world *w, const xp_moment *m);

/* --- xp_wrong.c ----------------------------------------------------------------------------- */

/* What is wrong with a state. */
xp_wrong xp_judge(const xp_world *w, const xp_moment *m);

#endif
