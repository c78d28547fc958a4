/*
 * The inside of an exploration, for explore*.c.
 */
#ifndef SCENE_EXPLORE_IMPL_H
#define SCENE_EXPLORE_IMPL_H

#include "tools/scene/explore.h"
#include "tools/scene/explore_way.h"

struct explore {
    explore_cfg cfg;
    xp_world *world;
    xp_space space;
    xp_search *search;
    xp_way way; /* `walked`: it is there */
    bool walked;
};

/* Writes the way down, if that was not done yet; false without memory. */
bool explore_walk(explore *x);

#endif
