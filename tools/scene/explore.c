/*
 * A world, the search through it, and the way to what was found.
 */
#include "tools/scene/explore_impl.h"

#include "nbt/mem.h"

explore_cfg explore_usual(nbt_mem mem, const scene *s)
{
    return (explore_cfg){ .world = { .mem = mem,
                                     .scene = s,
                                     .delay = NBT_NEVER,
                                     .grain = NBT_NEVER,
                                     .wrongs = XP_WRONGS_QUIET } };
}

explore *explore_new(const explore_cfg *cfg)
{
    explore *x = nbt_mem_new(cfg->world.mem, sizeof *x);
    if (!x)
        return NULL;
    x->cfg = *cfg;
    x->world = xp_world_new(&cfg->world);
    if (x->world) {
        xp_cfg bounds = { cfg->world.mem, cfg->states, cfg->memory };
        x->space = xp_world_space(x->world);
        x->search = xp_search_new(&bounds, &x->space);
    }
    if (!x->search) {
        explore_free(x);
        return NULL;
    }
    return x;
}

void explore_free(explore *x)
{
    if (!x)
        return;
    if (x->walked)
        xp_way_fini(&x->way);
    xp_search_free(x->search);
    xp_world_free(x->world);
    nbt_mem_free(x->cfg.world.mem, x, sizeof *x);
}

xp_end explore_run(explore *x, uint64_t n)
{
    return xp_search_run(x->search, n);
}

void explore_count(const explore *x, explore_counts *counts)
{
    xp_search_counts(x->search, &counts->search);
    xp_world_counts(x->world, &counts->host_states, &counts->runs);
    counts->overflowed = xp_world_overflowed(x->world);
}

xp_wrong explore_wrong(const explore *x)
{
    return (xp_wrong)xp_search_wrong(x->search);
}

bool explore_walk(explore *x)
{
    if (x->walked)
        return true;
    x->walked = true;
    if (xp_way_walk(&x->way, x->cfg.world.mem, x->world, x->search))
        return true;
    xp_way_fini(&x->way);
    x->walked = false;
    return false;
}

xp_replay explore_replay(explore *x, scene *s)
{
    return explore_walk(x) ? xp_way_replay(&x->way, x->world, s) : XP_REPLAY_NO_MEMORY;
}

bool explore_about(const explore *x, char name[NBT_NAME_STR_MAX], const char **one,
                   const char **other)
{
    uint16_t number;
    uint8_t a, b;
    if (!xp_world_culprits(x->world, explore_wrong(x), &number, &a, &b))
        return false;
    (void)nbt_name_print(xp_world_name(x->world, number), name, NBT_NAME_STR_MAX);
    *one = x->cfg.world.scene->host[a].name;
    *other = x->cfg.world.scene->host[b].name;
    return true;
}
