/*
 * Moves of a feed, and a look at those that come: whoever calls as a captured host did must know
 * when the connection is opened whom it will ask for.
 */
#ifndef REPLAY_AHEAD_H
#define REPLAY_AHEAD_H

#include "tools/replay/feed.h"

enum { REPLAY_AHEAD_MAX = 64 }; /* moves that are looked at */

typedef struct replay_ahead replay_ahead;

/* `feed` is borrowed. NULL: no memory. */
replay_ahead *replay_ahead_new(replay_feed *feed);
void replay_ahead_free(replay_ahead *a);

/* The next move, until the next call; false at the end, or when memory is short. */
bool replay_ahead_next(replay_ahead *a, cap_move *m);

/* The first session request that comes on a connection, until the next call; NULL: none is near. */
const nbt_ssn *replay_ahead_request(replay_ahead *a, uint64_t conn);

/* The i-th message of the other side, from 0, that comes on a connection, until the next call;
 * NULL: none is near. */
const cap_move *replay_ahead_said(replay_ahead *a, uint64_t conn, size_t i);

/* Whether a connection that is opened will be taken; false: it is not, or that is not near. */
bool replay_ahead_takes(replay_ahead *a, uint64_t conn);

#endif
