/*
 * The states of a host by number, and what has come of each stimulus. It never looks into objects.
 */
#include "tools/scene/xp_host.h"

#include "nbt/mem.h"
#include "tools/scene/xp_objects.h"

#include <assert.h>

enum { ARENA = 4 * 1024 * 1024 };

typedef struct xp_state {
    xp_image *image;
    nbt_time now; /* as the objects in the image have it */
    xp_facts facts;
} xp_state;

typedef struct outcome {
    uint32_t to, first, n;
} outcome;

struct xp_host {
    xp_hosts *all;
    xp_arena arena;
    xp_work work;
    xp_state *state;
    outcome *outcome;
    size_t nstates, states_cap, noutcomes, outcomes_cap;
    nbt_idmap state_of, outcome_of;
    uint64_t runs;
};

/* --- states --------------------------------------------------------------------------------- */

/* The number of the state that the host is in. */
static bool settle(xp_host *h, uint32_t *number)
{
    uint64_t digest = xp_work_digest(&h->work);
    uint32_t place = nbt_idmap_get(&h->state_of, digest);
    if (place > 0) {
        *number = place - 1;
        return true;
    }
    if (h->nstates == h->states_cap) {
        xp_state *longer = nbt_mem_grow(h->all->mem, h->state, &h->states_cap, sizeof *longer);
        if (!longer)
            return false;
        h->state = longer;
    }
    xp_state *s = &h->state[h->nstates];
    s->now = h->work.now;
    s->image = xp_arena_save(&h->arena);
    if (!s->image || !xp_work_see(&h->work, &s->facts) ||
        !nbt_idmap_add(&h->state_of, digest, (uint32_t)h->nstates + 1)) {
        xp_image_free(&h->arena, s->image);
        return false;
    }
    h->all->weight += sizeof *s + xp_image_size(s->image);
    *number = (uint32_t)h->nstates++;
    return true;
}

/* --- the entrances -------------------------------------------------------------------------- */

static bool remember(xp_host *h, uint64_t key, uint32_t to, size_t first)
{
    if (h->noutcomes == h->outcomes_cap) {
        outcome *longer = nbt_mem_grow(h->all->mem, h->outcome, &h->outcomes_cap, sizeof *longer);
        if (!longer)
            return false;
        h->outcome = longer;
    }
    h->outcome[h->noutcomes] = (outcome){ to, (uint32_t)first, (uint32_t)(h->work.nsent - first) };
    if (!nbt_idmap_add(&h->outcome_of, key, (uint32_t)h->noutcomes + 1))
        return false;
    h->noutcomes++;
    h->all->weight += sizeof(outcome) + (h->work.nsent - first) * sizeof *h->work.sent;
    return true;
}

static void recall(const xp_host *h, uint32_t place, xp_outcome *out)
{
    const outcome *known = &h->outcome[place - 1];
    *out = (xp_outcome){ known->to, known->n, known->n ? h->work.sent + known->first : NULL };
}

bool xp_host_step(xp_hosts *all, uint8_t host, uint32_t from, uint32_t stimulus, xp_outcome *out)
{
    xp_host *h = all->host[host];
    uint64_t key = (uint64_t)stimulus << 32 | from;
    uint32_t place = nbt_idmap_get(&h->outcome_of, key);
    if (place == 0) {
        size_t first = h->work.nsent;
        uint32_t to;
        xp_arena_load(&h->arena, h->state[from].image);
        h->work.now = h->state[from].now;
        h->runs++;
        if (!xp_work_do(&h->work, stimulus) || !settle(h, &to) || !remember(h, key, to, first))
            return false;
        place = (uint32_t)h->noutcomes;
    }
    recall(h, place, out);
    return true;
}

bool xp_host_first(xp_hosts *all, uint8_t host, xp_outcome *out)
{
    xp_host *h = all->host[host];
    assert(h->nstates == 0);
    if (!h->work.cfg->off)
        xp_work_start(&h->work);
    if (h->work.failed || !xp_arena_mark(&h->arena))
        return false;
    size_t first = 0;
    uint32_t to;
    if (!settle(h, &to))
        return false;
    *out = (xp_outcome){ to, (uint32_t)(h->work.nsent - first), h->work.sent };
    return true;
}

const xp_facts *xp_host_facts(const xp_hosts *all, uint8_t host, uint32_t number)
{
    return &all->host[host]->state[number].facts;
}

bool xp_hosts_pause(xp_hosts *all, nbt_time pause, uint32_t *number)
{
    for (size_t i = all->npauses; i-- > 0;)
        if (all->pause[i] == pause) {
            *number = (uint32_t)i;
            return true;
        }
    if (all->npauses == all->pauses_cap) {
        nbt_time *longer = nbt_mem_grow(all->mem, all->pause, &all->pauses_cap, sizeof *longer);
        if (!longer)
            return false;
        all->pause = longer;
    }
    *number = (uint32_t)all->npauses;
    all->pause[all->npauses++] = pause;
    return true;
}

void xp_hosts_counts(const xp_hosts *all, uint64_t *states, uint64_t *runs)
{
    *states = *runs = 0;
    for (uint32_t i = 0; i < all->scene->nhosts; i++) {
        *states += all->host[i]->nstates;
        *runs += all->host[i]->runs;
    }
}

/* --- life ----------------------------------------------------------------------------------- */

static bool host_new(xp_hosts *all, uint8_t index)
{
    xp_host *h = nbt_mem_new(all->mem, sizeof *h);
    if (!h)
        return false;
    all->host[index] = h;
    h->all = all;
    nbt_idmap_init(&h->state_of, all->mem);
    nbt_idmap_init(&h->outcome_of, all->mem);
    return xp_arena_init(&h->arena, all->mem, ARENA) &&
           xp_work_init(&h->work, all, index, &h->arena);
}

static void host_free(xp_host *h)
{
    if (!h)
        return;
    nbt_mem mem = h->all->mem;
    for (size_t i = 0; i < h->nstates; i++)
        xp_image_free(&h->arena, h->state[i].image);
    nbt_mem_free(mem, h->state, h->states_cap * sizeof *h->state);
    nbt_mem_free(mem, h->outcome, h->outcomes_cap * sizeof *h->outcome);
    nbt_idmap_fini(&h->state_of);
    nbt_idmap_fini(&h->outcome_of);
    xp_work_fini(&h->work);
    xp_arena_fini(&h->arena);
    nbt_mem_free(mem, h, sizeof *h);
}

bool xp_hosts_init(xp_hosts *all, nbt_mem mem, const scene *s, xp_net *net)
{
    *all = (xp_hosts){ .mem = mem, .scene = s, .net = net };
    assert(s->nsteps <= XP_STEPS_MAX);
    for (uint32_t i = 0; i < s->nhosts; i++)
        if (!host_new(all, (uint8_t)i))
            return false;
    return true;
}

void xp_hosts_fini(xp_hosts *all)
{
    for (size_t i = 0; i < XP_HOSTS_MAX; i++)
        host_free(all->host[i]);
    nbt_mem_free(all->mem, all->name, all->names_cap * sizeof *all->name);
    nbt_mem_free(all->mem, all->pause, all->pauses_cap * sizeof *all->pause);
}
