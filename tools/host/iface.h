/*
 * A network interface by its name: what an adapter needs to know of it. It is read once; an
 * interface whose address changes later is not followed.
 */
#ifndef TOOLS_HOST_IFACE_H
#define TOOLS_HOST_IFACE_H

#include <net/if.h>

#include "nbt/nbns.h"
#include "tools/host/err.h"

typedef struct host_iface {
    char name[IF_NAMESIZE];
    int index;
    uint32_t ip, mask, broadcast; /* the first IPv4 address; host byte order */
    uint8_t mac[6];               /* zeros where there is none, as on lo */
} host_iface;

/*
 * False with status HOST_INTERFACE when it is not there (the error lists those that are), is down,
 * or has no IPv4 address; HOST_SYSTEM when the system does not tell.
 */
bool host_iface_find(const char *name, host_iface *out, host_err *err);

/* The interface that a user means who names none: the only one that is up, has an IPv4 address and
 * is no loopback. False with HOST_INTERFACE when there is none, or more than one. */
bool host_iface_only(host_iface *out, host_err *err);

/* All IPv4 addresses of an interface, each with its network, into `list` of room for `max`; gives
 * how many. 0: it is not there, or has none. */
size_t host_iface_addresses(const char *name, host_iface *list, size_t max);

/* The interface whose network an address is on. False: no interface that is up has such a one. */
bool host_iface_towards(uint32_t ip, host_iface *out);

/* Whether an address is on the network of an interface that is up, so that no router is asked. */
bool host_iface_attached(uint32_t ip);

/* Whether the kernel knows a hardware address for an address, since it has answered ARP lately. */
bool host_iface_neighbour(uint32_t ip);
/* "10.1.0.0/16". False: it is no subnet. */
bool host_subnet_parse(const char *text, nbt_subnet *out);

static inline bool host_subnet_has(const nbt_subnet *net, uint32_t ip)
{
    return ((ip ^ net->ip) & net->mask) == 0;
}

/* "10.0.0.1" into a buffer of at least HOST_IP_STR_MAX; returns the buffer. */
enum { HOST_IP_STR_MAX = 16 };
const char *host_ip_str(uint32_t ip, char *buf);

#endif
