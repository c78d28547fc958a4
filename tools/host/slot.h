/*
 * A console's places for remote-control sessions, shared by its viewers although each is a process
 * of its own: a place that is taken is a name in the system's abstract socket names, which vanishes
 * with the process that holds it. Nothing is ever connected to it.
 */
#ifndef TOOLS_HOST_SLOT_H
#define TOOLS_HOST_SLOT_H

#include "tools/host/err.h"

/*
 * Takes one of the `count` places of the console whose driver has its socket at `driver`. `*fd` is
 * the place, given back by close(), or -1 when all are taken. The places are those of this network
 * namespace, and the path may be written in any way. False: HOST_SYSTEM.
 */
bool host_slot_take(const char *driver, unsigned count, int *fd, host_err *err);

#endif
