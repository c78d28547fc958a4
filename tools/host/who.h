/*
 * Which process holds a local port, so that "address already in use" names somebody. It looks into
 * /proc of this network namespace and sees the processes that this user may see.
 */
#ifndef TOOLS_HOST_WHO_H
#define TOOLS_HOST_WHO_H

#include "nbt/base.h"
#include "tools/host/err.h"

typedef enum host_proto { HOST_UDP, HOST_TCP } host_proto;

/*
 * Writes who keeps a socket from being bound to `at` (ip 0: any address): "nmbd (pid 1234)",
 * several joined by " and ", or "another process, of user root" where only the owner is known.
 * Returns `buf`.
 */
const char *host_who(host_proto proto, nbt_ep at, char *buf, size_t cap);

/* The same, where it is not known that somebody does. False: nobody. */
bool host_who_holds(host_proto proto, nbt_ep at, char *buf, size_t cap);

/* The whole error for a port that could not be bound (HOST_PORT). `place` is where the port is to
 * users, an address or an interface: "10.0.0.1"; `remedy` follows "stop it or ". */
void host_who_err(host_err *err, host_proto proto, nbt_ep at, const char *place,
                  const char *remedy);

/* The short name of a process, as ps shows it, or "a process". Returns `buf`. */
const char *host_comm(long pid, char *buf, size_t cap);

#endif
