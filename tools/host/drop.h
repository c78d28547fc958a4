/*
 * Giving up what a running driver does not need: it reads what strangers send, so a fault in it
 * must not be worth much.
 */
#ifndef TOOLS_HOST_DROP_H
#define TOOLS_HOST_DROP_H

#include "tools/host/err.h"

#include <stddef.h>

/*
 * For the rest of the process's life: no capability but CAP_DAC_OVERRIDE (a driver that root
 * started must be able to remove its socket from a folder that is somebody else's); no system
 * call that starts a program, enters a namespace, mounts, or reaches into the kernel or into other
 * processes (they fail with EPERM); and no file written, made or removed but in the folders of the
 * `n` paths at `kept`, of which some may be NULL (elsewhere it fails with EACCES; files that are
 * open stay so, and reading goes on). The last is Landlock's work: a kernel without it lets files
 * be. To be called when the ports are open. False: HOST_SYSTEM.
 */
bool host_drop(const char *const *kept, size_t n, host_err *err);

/*
 * Root no more: the user who called sudo, or nobody; for who will open no more files. Nothing for
 * whoever is not root, or in a user namespace that knows no other user. Before host_drop. False:
 * HOST_SYSTEM.
 */
bool host_drop_user(host_err *err);

#endif
