/*
 * A way to what was found as a scenario that goes that way: each step at its time, and a fault for
 * each message that must be late or lost.
 *
 * The explorer's moments say only what comes before what. Here each event gets a time of its own:
 * clocks run out exactly when they must, what follows from another comes after it, and as many
 * messages as possible take the time that the link takes for all.
 */
#ifndef SCENE_EXPLORE_REPLAY_H
#define SCENE_EXPLORE_REPLAY_H

#include "tools/scene/explore_way.h"

typedef enum xp_replay {
    XP_REPLAY_DONE,
    XP_REPLAY_NO_MEMORY,
    XP_REPLAY_NO_TIMES, /* no exact clocks go that way */
    XP_REPLAY_APART,    /* a broadcast is lost to some of its hearers, and the network is cut
                           anyway, or has not begun yet */
    XP_REPLAY_DOUBLED,  /* a message would have to come again, not everywhere or not at one time */
} xp_replay;

/* Why there is no scenario; "" for DONE. Static text. */
const char *xp_replay_str(xp_replay r);

/*
 * Changes the scene, in which the way was found, into one that goes the way: its links, steps,
 * faults and expectations are new; the texts that it is described by stay. What it then expects is
 * left to the caller.
 */
xp_replay xp_way_replay(const xp_way *way, const xp_world *w, scene *s);

#endif
