/*
 * nbtreplay FILE --as HOST --emulator: the capture against our own computers and name servers, in
 * virtual time.
 */
#ifndef REPLAY_EMULATOR_H
#define REPLAY_EMULATOR_H

#include "tools/replay/opt.h"

/* Does it. Gives the exit status; what is wrong is said on standard error. */
int replay_emulator(const replay_opt *o);

#endif
