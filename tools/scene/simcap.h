/*
 * A capture of a simulated network, as an observer who hears every network at once would have taken
 * it: Ethernet frames with virtual times, TCP with sequence numbers. Equal runs give equal files.
 */
#ifndef SCENE_SIMCAP_H
#define SCENE_SIMCAP_H

#include "capture/sink.h"
#include "nbt/simwire.h"
#include "tools/scene/scene.h"

typedef struct simcap simcap;

/* Creates or replaces a file: see cap_sink_new. The scene is borrowed. NULL: `err` says why. */
simcap *simcap_new(const char *path, const scene *s, char err[CAP_ERR_MAX]);

/* When time 0 of its frames was, in microseconds since 1970; else that is 2026-01-01. */
void simcap_epoch(simcap *c, int64_t epoch);

/* Frames are so much later from now on: those of another network, whose time begins at 0 again. */
void simcap_shift(simcap *c, int64_t more);

/* Appends a frame; its number, from 1. */
uint64_t simcap_put(simcap *c, const nbt_simframe *f);

/* Closes the file. False if anything could not be written. */
bool simcap_free(simcap *c);

#endif
