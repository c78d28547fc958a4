/*
 * Pairs of computers. It asks, and knows of no network.
 */
#include "tools/scene/owners.h"

#include <string.h>

/* The first name of `one`, a group's or not, that `other` owns alone. */
static bool find_name(const scene *s, const scene_owners *v, uint16_t one, uint16_t other,
                      bool group, nbt_name *name)
{
    scene_owned e;
    for (uint8_t lana = 0; lana < s->host[one].nadapters; lana++) {
        for (const void *at = v->next(v->ctx, one, lana, NULL, &e); at;
             at = v->next(v->ctx, one, lana, at, &e)) {
            if (e.group != group || e.name[0] == '*' || !v->alone(v->ctx, other, e.name))
                continue;
            *name = (nbt_name){ .form = NBT_NAME_NETBIOS, .scope = s->host[one].scope };
            memcpy(name->b, e.name, NBT_NAME_LEN);
            return true;
        }
    }
    return false;
}

static bool may_meet(const scene *s, const scene_owners *v, uint16_t a, uint16_t b)
{
    const scene_host *one = &s->host[a], *other = &s->host[b];
    return a != b && one->kind == SCENE_COMPUTER && other->kind == SCENE_COMPUTER &&
           v->runs(v->ctx, a) && v->runs(v->ctx, b) && nbt_scope_eq(&one->scope, &other->scope);
}

bool scene_owners_break(const scene *s, const scene_owners *view, scene_invariant what,
                        scene_breach *breach)
{
    bool group = what == SCENE_INV_GROUP_AND_UNIQUE;
    for (uint32_t a = 0; a < s->nhosts; a++) {
        for (uint32_t b = 0; b < s->nhosts; b++) {
            uint16_t one = (uint16_t)a, other = (uint16_t)b;
            if (!may_meet(s, view, one, other) ||
                !find_name(s, view, one, other, group, &breach->name) ||
                !view->hear(view->ctx, one, other))
                continue;
            breach->one = one;
            breach->other = other;
            return true;
        }
    }
    return false;
}
