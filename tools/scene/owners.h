/*
 * Who must not own what: the same for computers that are simulated, for those that are real, and in
 * every state that explore comes to.
 */
#ifndef SCENE_OWNERS_H
#define SCENE_OWNERS_H

#include "tools/scene/judge.h"

/* A name that a computer has registered, and not in conflict. */
typedef struct scene_owned {
    const uint8_t *name; /* 16 bytes */
    bool group;
} scene_owned;

/* How computers are looked at; only those of the scene are asked for. */
typedef struct scene_owners {
    void *ctx;
    bool (*runs)(void *ctx, uint16_t host);
    bool (*hear)(void *ctx, uint16_t one, uint16_t other); /* on one network, on one side of it */
    /* The next name that it owns by an adapter, behind the one at `before` (NULL: the first); where
     * that stands, NULL if there is none. */
    const void *(*next)(void *ctx, uint16_t host, uint8_t lana, const void *before, scene_owned *e);
    /* Whether it owns a name by some adapter, and for itself alone. */
    bool (*alone)(void *ctx, uint16_t host, const uint8_t name[NBT_NAME_LEN]);
} scene_owners;

/* Whether an invariant is broken now, and where first: of GROUP_AND_UNIQUE, `one` has the group.
 * `breach->at` is left alone. */
bool scene_owners_break(const scene *s, const scene_owners *view, scene_invariant what,
                        scene_breach *breach);

#endif
