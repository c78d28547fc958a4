/*
 * A tap: an end of a cable in this process, whose other end is in a bridge or at whatever the tap
 * was made for. It knows nothing of what is in frames.
 */
#ifndef TOOLS_HOST_TAP_H
#define TOOLS_HOST_TAP_H

#include "tools/host/err.h"

#include <net/if.h>
#include <stdint.h>

typedef struct host_tap {
    int fd; /* a frame for each read and write; it does not block */
    char name[IF_NAMESIZE];
} host_tap;

/*
 * Makes a tap of a name in this process's network, which is given no cable: whoever has the
 * descriptor is what it leads to. It is gone when its descriptor is closed. False: HOST_MISSING,
 * HOST_SYSTEM.
 */
bool host_tap_make(host_tap *tap, const char *name, host_err *err);

/* Its hardware address. False: HOST_SYSTEM. */
bool host_tap_mac(const host_tap *tap, uint8_t mac[6], host_err *err);

/*
 * Makes a tap and plugs it into a bridge, whose own address and MTU stay as they are, and waits
 * until the bridge passes frames on (at most 40 s, as long as the spanning tree of IEEE 802.1D
 * takes). The tap is gone when its descriptor is closed, however that comes. Called where the
 * bridge is: the descriptor is good in other namespaces, too. False: HOST_INTERFACE (no such
 * bridge), HOST_MISSING (no right, no /dev/net/tun), HOST_SYSTEM.
 */
bool host_tap_plug(host_tap *tap, const char *bridge, host_err *err);

/* The same with a tap that is there already, and may be an ordinary user's (ip tuntap add NAME mode
 * tap user USER); it stays. */
bool host_tap_take(host_tap *tap, const char *name, host_err *err);

/* How long a packet it carries can be; 0 if it does not tell. */
unsigned host_tap_mtu(const host_tap *tap);

void host_tap_close(host_tap *tap);

#endif
