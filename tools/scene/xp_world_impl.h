/*
 * The inside of an explored world: xp_world.c has its choices, xp_wrong.c what must not be.
 */
#ifndef SCENE_XP_WORLD_IMPL_H
#define SCENE_XP_WORLD_IMPL_H

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
    uint32_t *sent; /* by the last choice */
    size_t nsent, sent_cap;
    xp_moment here; /* of the way that is told */
    nbt_time at;
    uint32_t *begun; /* sent before the first choice */
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

/* What is wrong with a state. */
xp_wrong xp_judge(const xp_world *w, const xp_moment *m);

#endif
