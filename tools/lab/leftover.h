/*
 * What processes that were killed have left behind in files. It never touches what a process has in
 * use.
 */
#ifndef LAB_LEFTOVER_H
#define LAB_LEFTOVER_H

#include "tools/host/err.h"

/* Removes the drivers' sockets in a folder that nobody listens at. False: HOST_SYSTEM. */
bool lab_leftover_sockets(const char *folder, host_err *err);

#endif
