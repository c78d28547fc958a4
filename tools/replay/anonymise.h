/*
 * nbtreplay FILE --anonymise OUT: a capture that can be shown to others. OUT is there as a whole or
 * not at all.
 */
#ifndef REPLAY_ANONYMISE_H
#define REPLAY_ANONYMISE_H

#include "tools/host/err.h"
#include "tools/replay/opt.h"

/* Does it. Gives the exit status; what is wrong is said on standard error. */
int replay_anonymise(const replay_opt *o);

#endif
