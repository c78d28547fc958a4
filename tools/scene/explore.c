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

bool explore_about(const explore *x, char name[NBT_NAME_STR_MAX], const char **one,
                   const char **other)
{
    scene_breach breach;
    if (!xp_world_culprits(x->world, explore_wrong(x), &breach))
        return false;
    (void)nbt_name_print(&breach.name, name, NBT_NAME_STR_MAX);
    *one = x->cfg.world.scene->host[breach.one].name;
    *other = x->cfg.world.scene->host[breach.other].name;
    return true;
}

/* --- the scenario that goes there ----------------------------------------------------------- */

/* One line more about the scene. */
static bool add_about(scene *s, const char *text)
{
    char **longer = scene_room(s, (s->nabouts + 1) * sizeof *longer);
    char *copy = scene_text(s, text, strlen(text));
    if (!longer || !copy)
        return false;
    if (s->nabouts > 0)
        memcpy(longer, s->about, s->nabouts * sizeof *longer);
    longer[s->nabouts++] = copy;
    s->about = longer;
    return true;
}

/* At the end so many own the name, or this host has it so. */
static bool expect_at_end(scene *s, scene_see see, const nbt_name *name, uint16_t host,
                          scene_name_state state, int32_t owners)
{
    scene_expect *e = scene_add_expect(s);
    if (!e)
        return false;
    scene_sight_init(&e->sight, see);
    e->finally = true;
    e->sight.named = true;
    e->sight.name = *name;
    e->sight.host = host;
    e->sight.state = state;
    e->sight.count = owners;
    return true;
}

/* A viewer comes to stand so. */
static bool expect_standing(scene *s, uint16_t program, const xp_standing *is)
{
    scene_expect *e = scene_add_expect(s);
    if (!e)
        return false;
    scene_sight_init(&e->sight, SCENE_SEE_PROGRAM);
    e->sight.program = program;
    e->sight.phase = is->refused ? SCENE_PHASE_REFUSED : SCENE_PHASE_CONNECTED;
    if (is->refused)
        e->sight.retcode = is->retcode;
    else
        e->sight.via = (int8_t)is->detail;
    return true;
}

static bool expect_what_is_wrong(const explore *x, scene *s)
{
    xp_wrong wrong = explore_wrong(x);
    bool group = wrong == XP_WRONG_GROUP || wrong == XP_WRONG_GROUP_EVER;
    bool nobody = wrong == XP_WRONG_NOBODY;
    scene_name_state state = nobody ? SCENE_NAME_CONFLICT : SCENE_NAME_REGISTERED;
    scene_breach breach;
    const char *text = xp_wrong_text(wrong);
    if (!add_about(s, "Found by nbtlab explore, which knows no shorter way:") ||
        !add_about(s, text))
        return false;
    uint16_t program;
    xp_standing is;
    if (xp_world_culprit(x->world, wrong, &program, &is))
        return expect_standing(s, program, &is);
    if (!xp_world_culprits(x->world, wrong, &breach))
        return true;
    const nbt_name *name = &breach.name;
    char **allow = &s->allow[group ? SCENE_INV_GROUP_AND_UNIQUE : SCENE_INV_TWO_OWNERS];
    *allow = scene_text(s, text, strlen(text));
    return *allow &&
           expect_at_end(s, SCENE_SEE_OWNERS, name, SCENE_NOBODY, state, nobody ? 0 : 2) &&
           expect_at_end(s, SCENE_SEE_NAME, name, breach.one, state, 0) &&
           expect_at_end(s, SCENE_SEE_NAME, name, breach.other, state, 0);
}

xp_replay explore_replay(explore *x, scene *s)
{
    if (!explore_walk(x))
        return XP_REPLAY_NO_MEMORY;
    xp_replay r = xp_way_replay(&x->way, x->world, s);
    if (r == XP_REPLAY_DONE && !expect_what_is_wrong(x, s))
        r = XP_REPLAY_NO_MEMORY;
    return r;
}
