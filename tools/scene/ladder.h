/*
 * What happened in a run as a drawing: a column for each host, time downwards, an arrow for each
 * message.
 */
#ifndef SCENE_LADDER_H
#define SCENE_LADDER_H

#include "capture/buf.h"
#include "tools/scene/log.h"

/*
 * Adds the drawing of a log of a run of `s`. A message goes from o to its hearer's >, <, or to both
 * sides if it is a broadcast; x is where it was lost. What hosts and programs came to stands in
 * their line. On the right is what the message says. Beyond so many hosts that their columns leave
 * no room, the others have none, and their names stand on the right.
 */
void scene_ladder(cap_buf *to, const scene *s, const scene_log *log);

#endif
