/*
 * nbtreplay FILE --as HOST --against TARGET: one side of a capture on a real network, towards a
 * real peer. The player (capture/replay_play.h) decides what is sent and what was expected; here
 * are its sockets and its clock.
 */
#ifndef REPLAY_LIVE_H
#define REPLAY_LIVE_H

#include "tools/replay/opt.h"

/* Does it. Gives the exit status; what is wrong is said on standard error. */
int replay_live(const replay_opt *o);

#endif
