/*
 * What must not be, and whose fault it is.
 */
#include "tools/scene/owners.h"
#include "tools/scene/xp_world_impl.h"

#include <string.h>

const char *xp_wrong_str(unsigned wrong)
{
    static const char *const words[] = { "",
#define X(sym, word, text) word,
                                         XP_WRONGS(X)
#undef X
    };
    return wrong < sizeof words / sizeof words[0] ? words[wrong] : NULL;
}

const char *xp_wrong_text(unsigned wrong)
{
    static const char *const texts[] = { "",
#define X(sym, word, text) text,
                                         XP_WRONGS(X)
#undef X
    };
    return wrong < sizeof texts / sizeof texts[0] ? texts[wrong] : NULL;
}

static bool owns(const xp_holding *h)
{
    return h->state == SCENE_NAME_REGISTERED;
}

/* What owners.h wants to know of a moment. */
typedef struct sight {
    const xp_world *w;
    const xp_moment *m;
} sight;

static bool runs(void *ctx, uint16_t host)
{
    const sight *at = ctx;
    return xp_facts_of(at->w, at->m, (uint8_t)host)->nholdings > 0;
}

static bool hear_each_other(void *ctx, uint16_t a, uint16_t b)
{
    const sight *at = ctx;
    return xp_net_hear(&at->w->net, (uint8_t)a, (uint8_t)b, at->m->sides);
}

static const void *next(void *ctx, uint16_t host, uint8_t lana, const void *before, scene_owned *e)
{
    const sight *at = ctx;
    const xp_facts *f = xp_facts_of(at->w, at->m, (uint8_t)host);
    const xp_holding *h = before ? (const xp_holding *)before + 1 : f->holding;
    while (h < f->holding + f->nholdings && (h->lana != lana || !owns(h)))
        h++;
    if (h == f->holding + f->nholdings)
        return NULL;
    *e = (scene_owned){ at->w->hosts.name[h->name].b, h->group };
    return h;
}

static bool owns_alone(void *ctx, uint16_t host, const uint8_t name[NBT_NAME_LEN])
{
    const sight *at = ctx;
    const xp_facts *f = xp_facts_of(at->w, at->m, (uint8_t)host);
    for (size_t i = 0; i < f->nholdings; i++)
        if (owns(&f->holding[i]) && !f->holding[i].group &&
            memcmp(at->w->hosts.name[f->holding[i].name].b, name, NBT_NAME_LEN) == 0)
            return true;
    return false;
}

static bool breaks(const xp_world *w, const xp_moment *m, scene_invariant what,
                   scene_breach *breach)
{
    sight at = { w, m };
    const scene_owners view = { &at, runs, hear_each_other, next, owns_alone };
    return scene_owners_break(w->scene, &view, what, breach);
}

/* Two hosts that have a name in conflict, while nobody else owns it. */
static bool find_orphan(const xp_world *w, const xp_moment *m, scene_breach *breach)
{
    for (uint16_t n = 0; n < w->hosts.nnames; n++) {
        unsigned owners = 0, marked = 0;
        uint8_t who[2] = { 0, 0 };
        for (uint8_t i = 0; i < w->nhosts; i++) {
            const xp_facts *f = xp_facts_of(w, m, i);
            for (size_t k = 0; k < f->nholdings; k++) {
                if (f->holding[k].name != n)
                    continue;
                owners += owns(&f->holding[k]);
                if (f->holding[k].state == SCENE_NAME_CONFLICT && marked < 2)
                    who[marked++] = i;
            }
        }
        if (owners > 0 || marked < 2)
            continue;
        breach->name = w->hosts.name[n];
        breach->one = who[0];
        breach->other = who[1];
        return true;
    }
    return false;
}

static bool has_end(const xp_facts *f, const xp_ends_seen *of)
{
    for (size_t i = 0; i < f->nends; i++)
        if (nbt_ep_eq(f->end[i].local, of->peer) && nbt_ep_eq(f->end[i].peer, of->local))
            return true;
    return false;
}

/* A connection that its other side knows nothing of, or a session without one. What was said to a
 * host before it lost its power, or was cut off, is nobody's fault. */
static bool is_leaked(const xp_world *w, const xp_moment *m)
{
    bool crashed = m->sides != 0;
    for (uint8_t i = 0; i < w->nhosts; i++)
        crashed = crashed || xp_facts_of(w, m, i)->crashed;
    for (uint8_t i = 0; i < w->nhosts && !crashed; i++) {
        const xp_facts *f = xp_facts_of(w, m, i);
        if (f->bare)
            return true;
        for (size_t k = 0; k < f->nends; k++) {
            bool there = false;
            for (uint8_t other = 0; other < w->nhosts; other++)
                there = there || has_end(xp_facts_of(w, m, other), &f->end[k]);
            if (!there)
                return true;
        }
    }
    return false;
}

static bool wants(const xp_world *w, xp_wrong wrong)
{
    return w->cfg.wrongs >> wrong & 1;
}

/* A program of a host that stands so. */
static bool find_standing(const xp_world *w, const xp_moment *m, scene_phase phase,
                          uint16_t *program, xp_standing *is)
{
    for (uint16_t i = 0; i < w->scene->nprograms; i++) {
        const scene_program *p = &w->scene->program[i];
        *is = xp_facts_of(w, m, (uint8_t)p->host)->standing[i];
        *program = i;
        if (p->kind == SCENE_VIEWER &&
            (phase == SCENE_PHASE_REFUSED ? is->refused : is->phase == XP_PHASE_OF(phase)))
            return true;
    }
    return false;
}

/* What is wrong whenever it is so. */
static xp_wrong judge_hosts(const xp_world *w, const xp_moment *m)
{
    for (uint8_t i = 0; i < w->nhosts; i++) {
        const xp_facts *f = xp_facts_of(w, m, i);
        if (f->doubled && wants(w, XP_WRONG_DOUBLED))
            return XP_WRONG_DOUBLED;
        if (f->shared && wants(w, XP_WRONG_SHARED))
            return XP_WRONG_SHARED;
        if (f->unanswered && wants(w, XP_WRONG_UNENDED))
            return XP_WRONG_UNENDED;
        if (f->changed && wants(w, XP_WRONG_CHANGED))
            return XP_WRONG_CHANGED;
        if (f->lost && wants(w, XP_WRONG_LOST))
            return XP_WRONG_LOST;
    }
    uint16_t program;
    xp_standing is;
    if (wants(w, XP_WRONG_CONNECTED) && find_standing(w, m, SCENE_PHASE_CONNECTED, &program, &is))
        return XP_WRONG_CONNECTED;
    if (wants(w, XP_WRONG_REFUSED) && find_standing(w, m, SCENE_PHASE_REFUSED, &program, &is))
        return XP_WRONG_REFUSED;
    return XP_WRONG_NOTHING;
}

/* Nothing will happen any more. */
static xp_wrong judge_end(const xp_world *w, const xp_moment *m)
{
    scene_breach breach;
    if (wants(w, XP_WRONG_LEFT) && breaks(w, m, SCENE_INV_TWO_OWNERS, &breach))
        return XP_WRONG_LEFT;
    if (wants(w, XP_WRONG_NOBODY) && find_orphan(w, m, &breach))
        return XP_WRONG_NOBODY;
    return wants(w, XP_WRONG_LEAKED) && is_leaked(w, m) ? XP_WRONG_LEAKED : XP_WRONG_NOTHING;
}

xp_wrong xp_judge(const xp_world *w, const xp_moment *m)
{
    scene_breach breach;
    xp_wrong wrong = judge_hosts(w, m);
    if (wrong != XP_WRONG_NOTHING)
        return wrong;
    bool quiet = xp_is_quiet(w, m);
    bool owners = quiet && wants(w, XP_WRONG_OWNERS), group = quiet && wants(w, XP_WRONG_GROUP);
    if ((owners || wants(w, XP_WRONG_EVER)) && breaks(w, m, SCENE_INV_TWO_OWNERS, &breach))
        return owners ? XP_WRONG_OWNERS : XP_WRONG_EVER;
    if ((group || wants(w, XP_WRONG_GROUP_EVER)) &&
        breaks(w, m, SCENE_INV_GROUP_AND_UNIQUE, &breach))
        return group ? XP_WRONG_GROUP : XP_WRONG_GROUP_EVER;
    if (xp_next_step(w, m))
        return XP_WRONG_NOTHING;
    if (quiet)
        return judge_end(w, m);
    bool over = xp_rest(w, m) == NBT_NEVER;
    return over && wants(w, XP_WRONG_UNENDED) ? XP_WRONG_UNENDED : XP_WRONG_NOTHING;
}

bool xp_world_culprit(const xp_world *w, xp_wrong wrong, uint16_t *program, xp_standing *is)
{
    if (wrong == XP_WRONG_CONNECTED)
        return find_standing(w, &w->here, SCENE_PHASE_CONNECTED, program, is);
    if (wrong == XP_WRONG_REFUSED)
        return find_standing(w, &w->here, SCENE_PHASE_REFUSED, program, is);
    return false;
}

bool xp_world_culprits(const xp_world *w, xp_wrong wrong, scene_breach *breach)
{
    if (wrong == XP_WRONG_NOBODY)
        return find_orphan(w, &w->here, breach);
    if (wrong == XP_WRONG_OWNERS || wrong == XP_WRONG_EVER || wrong == XP_WRONG_LEFT)
        return breaks(w, &w->here, SCENE_INV_TWO_OWNERS, breach);
    if (wrong == XP_WRONG_GROUP || wrong == XP_WRONG_GROUP_EVER)
        return breaks(w, &w->here, SCENE_INV_GROUP_AND_UNIQUE, breach);
    return false;
}
