/*
 * Sockets that carry Ethernet frames, as those of QEMU's `-netdev socket`, `stream` and `dgram` and
 * of VirtualBox' UDP tunnels do: opened from what a user says.
 */
#ifndef TOOLS_HOST_CORD_H
#define TOOLS_HOST_CORD_H

#include "tools/host/localsock.h"
#include "tools/host/plug.h"

typedef struct host_cord {
    host_plug_end end;
    host_localsock local; /* a socket's file that was made; fd -1: none */
} host_cord;

/*
 * `where` is PORT (of 127.0.0.1), ADDRESS:PORT, or a path, which has a slash in it. False:
 * HOST_USAGE (it is none of these), HOST_PORT, HOST_DRIVER (the path is in use), HOST_SYSTEM.
 */
bool host_cord_listen(host_cord *c, const char *where, host_err *err);

/* A stream to there. Nothing is opened yet. */
bool host_cord_connect(host_cord *c, const char *where, host_err *err);

/* All who are in a group: ADDRESS:PORT, of 224.0.0.0/4, on this machine alone. */
bool host_cord_multicast(host_cord *c, const char *where, host_err *err);

/* "PORT,PORT" or "ADDRESS:PORT,ADDRESS:PORT": datagrams that come to the first and go to the
 * second. */
bool host_cord_datagrams(host_cord *c, const char *where, host_err *err);

/* Removes what is left in the file system. Descriptors are the plug's. */
void host_cord_remove(const host_cord *c);

#endif
