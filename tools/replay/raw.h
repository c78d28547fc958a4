/*
 * nbtreplay FILE --raw: the frames of a capture, sent as they are by an interface, as fast as
 * asked. It listens to nothing. Before anything is sent, all of the capture is looked at: a frame
 * to an address that is neither on the interface's subnet nor allowed is refused, and nothing is
 * sent.
 */
#ifndef REPLAY_RAW_H
#define REPLAY_RAW_H

#include "tools/host/err.h"
#include "tools/replay/opt.h"

/* Does it. Gives the exit status; what is wrong is said on standard error. */
int replay_raw(const replay_opt *o);

#endif
