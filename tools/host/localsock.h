/*
 * Unix sockets that other programs of this machine find at a path: listening there, in the place of
 * what a dead process left behind, and connecting. Who may connect is decided by the file's
 * permissions: the umask's, so usually the user alone.
 */
#ifndef TOOLS_HOST_LOCALSOCK_H
#define TOOLS_HOST_LOCALSOCK_H

#include <sys/types.h>
#include <sys/un.h>

#include "tools/host/err.h"

typedef struct host_localsock {
    int fd; /* listening, does not block; -1: none */
    struct sockaddr_un at;
    dev_t dev; /* of the socket file that is ours */
    ino_t ino;
} host_localsock;

/*
 * Listens at a path with a socket of a type (SOCK_SEQPACKET, SOCK_STREAM); a socket file that no
 * process listens on any more is replaced. False: HOST_DRIVER (somebody listens there, or something
 * that is no socket is there, or the path is too long), HOST_SYSTEM.
 */
bool host_localsock_listen(host_localsock *l, const char *path, int type, host_err *err);

/* Removes the file, if it still is the one that was made here. The descriptor stays open. */
void host_localsock_remove(const host_localsock *l);

/* Connects: a descriptor that blocks, or -1 with errno; ENAMETOOLONG for a path that cannot be. */
int host_localsock_connect(const char *path, int type);

/*
 * The path that a socket has when nobody chooses one: $XDG_RUNTIME_DIR/nbtlab/NAME.sock, or
 * /run/nbtlab/NAME.sock without that variable. In NAME, what could be more than a part of a file's
 * name is written %XX. The folder is made if it is not there. False: err says why (HOST_SYSTEM).
 */
bool host_localsock_path(const char *name, char *buf, size_t cap, host_err *err);

#endif
