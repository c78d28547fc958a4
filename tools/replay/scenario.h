/*
 * nbtreplay --to-scenario: a capture file becomes a scenario file.
 */
#ifndef REPLAY_SCENARIO_H
#define REPLAY_SCENARIO_H

#include "tools/replay/opt.h"

/*
 * Reads the file twice and writes o->write ("-": standard output). o->ours are sent by steps, the
 * others are computers and servers of the profiles that are named; no `ours`: all are sent. Returns
 * the exit status.
 */
int replay_scenario(const replay_opt *o);

#endif
