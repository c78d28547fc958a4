/*
 * Exhaustive exploration of a small scene: every order of arrivals, every loss and every doubled
 * message up to a bound, every time-out at its time, with the scene's own faults upon each message
 * that they fit; and the shortest way to a state that must not be. xp_world.h says what is a
 * choice, xp_search.h how states are told apart.
 *
 * What is not explored: streams that lose something and go on (xp_ends.h), clocks that run slow or
 * fast, name servers' answers by TCP, and their refreshes after the last step.
 */
#ifndef SCENE_EXPLORE_H
#define SCENE_EXPLORE_H

#include "tools/scene/explore_replay.h"

typedef struct explore_cfg {
    xp_world_cfg world;
    uint64_t states; /* at most; 0: no bound */
    uint64_t memory; /* octets, at most; 0: no bound */
} explore_cfg;

typedef struct explore explore;

/* Why a scene cannot be explored, and where; NULL if it can. Static text. */
const char *explore_refuses(const scene *s, scene_pos *at);

/* The usual one of a scene: nothing is lost or doubled, what is wrong when quiet is looked for. */
explore_cfg explore_usual(nbt_mem mem, const scene *s);

/* NULL without memory. The scene is borrowed. */
explore *explore_new(const explore_cfg *cfg);
void explore_free(explore *x);

/* Goes on for `n` states more. */
xp_end explore_run(explore *x, uint64_t n);

typedef struct explore_counts {
    xp_counts search;
    uint64_t host_states, runs; /* states of single hosts; how often objects were run */
    bool overflowed;            /* MEMORY: it was more than there is room for in a state */
} explore_counts;

void explore_count(const explore *x, explore_counts *counts);

/* FOUND: what is wrong. */
xp_wrong explore_wrong(const explore *x);

/* One thing that happens on the way to what is wrong. */
typedef struct explore_line {
    nbt_time at; /* microseconds since the beginning */
    const char *host;
    const char *what; /* "gets", "never gets", "does", ...: what `text` is to `host` */
    char text[200];   /* the message, or the step */
} explore_line;

/* FOUND: each line of the way is given to `line`. After this there is no more running. False
 * without memory. */
bool explore_tell(explore *x, void (*line)(void *ctx, const explore_line *line), void *ctx);

/*
 * FOUND: changes the scene, which was explored, into a scenario that goes the way: see
 * xp_way_replay. Nothing can be told any more.
 */
xp_replay explore_replay(explore *x, scene *s);

/* After explore_tell: the name that is wrong, as text, and the names of two that have it; false if
 * what is wrong is not about a name. */
bool explore_about(const explore *x, char name[NBT_NAME_STR_MAX], const char **one,
                   const char **other);

#endif
