/*
 * Remote control on the simulated network: viewers and agents as its objects. What they want of
 * whoever runs them comes out as effects.
 */
#ifndef SCENE_SIMRC_H
#define SCENE_SIMRC_H

#include "nbt/simnet.h"

/* An rc_viewer, an rc_agent. */
extern const nbt_simnet_ops simrc_viewer;
extern const nbt_simnet_ops simrc_agent;

#endif
