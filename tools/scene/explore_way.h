/*
 * The way to what was found, written down: what happens in what order, and which message of which
 * event arrives when. Times are the explorer's: the moments at which time stops.
 */
#ifndef SCENE_EXPLORE_WAY_H
#define SCENE_EXPLORE_WAY_H

#include "tools/scene/xp_world.h"

enum { XP_NO_EVENT = -1 }; /* the beginning; or: never */

typedef struct xp_deed {
    xp_choice_kind kind; /* not PASS */
    nbt_time at;
    uint8_t host;
    uint32_t message, step;
    uint32_t first, nsent; /* of xp_way.sent: datagrams */
    /* DUE: the event that has set the clock that ran out, and for how long. */
    int setter;
    nbt_time period;
} xp_deed;

/* A datagram's copy for one receiver. */
typedef struct xp_copy {
    uint32_t message;
    uint32_t frame; /* which of all that were sent, in order */
    uint32_t nth;   /* of those for this receiver, from 0 on */
    int sent_by, arrives;
    nbt_time more;   /* by which a fault of the scene has it arrive later, at least, */
    int freed_by;    /* unless this has let it go before that */
    nbt_time latest; /* when it must arrive: that tells it from others that are the same */
    bool lost;
} xp_copy;

typedef struct xp_way {
    nbt_mem mem;
    xp_deed *deed;
    xp_sent *sent;
    xp_copy *copy; /* in the order in which they were sent */
    size_t ndeeds, deeds_cap, nsent, sent_cap, ncopies, copies_cap;
    uint32_t nframes;
} xp_way;

/* Walks the path that the search has found, in a world in which nobody searches any more. False
 * without memory; xp_way_fini in any case. */
bool xp_way_walk(xp_way *way, nbt_mem mem, xp_world *w, const xp_search *s);
void xp_way_fini(xp_way *way);

#endif
