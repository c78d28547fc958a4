/*
 * The UDP sockets of a computer's adapters: each packet comes in with the adapter it came in by and
 * the address it was sent to, and goes out by the adapter and from the address that it names. Own
 * broadcasts come back as the kernel sends them back. It never looks into a packet.
 */
#ifndef TOOLS_HOST_UDP_H
#define TOOLS_HOST_UDP_H

#include <uv.h>

#include "nbt/act.h"
#include "tools/host/iface.h"

typedef struct host_udp host_udp;

typedef struct host_udp_cfg {
    void *ctx;
    /* A packet; data lasts for the call. */
    void (*rx)(void *ctx, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data);
    /* After the packets that came in one system call: a chance to answer them in one. May be NULL.
     */
    void (*batch)(void *ctx);
    /* An adapter has begun to have trouble (errno), or has none any more (0): for the log, since a
     * packet that cannot be sent is lost like any other. */
    void (*trouble)(void *ctx, uint8_t lana, int error);
    bool busy;         /* many packets are to be expected at once: room is asked for them */
    uint8_t ttl;       /* of IP; 0: the system's */
    bool ip_fragments; /* packets have DF clear; the system sets it */
    bool many; /* the same, and for other addresses of this machine than the interface's, too */
} host_udp_cfg;

/* NULL without memory. */
host_udp *host_udp_new(uv_loop_t *uv, const host_udp_cfg *cfg);

/* Closes the sockets. */
void host_udp_free(host_udp *udp);

/*
 * Opens a port on an interface as adapter `lana`. Errors: HOST_PORT (the error names the holder),
 * HOST_MISSING (a port below 1024 needs CAP_NET_BIND_SERVICE), HOST_SYSTEM.
 */
bool host_udp_open(host_udp *udp, uint8_t lana, const host_iface *iface, uint16_t port,
                   host_err *err);

/* How many packets the kernel has thrown away because there was no room for them. */
uint64_t host_udp_lost(const host_udp *udp);

/* Sends what is NBT_ACT_SEND in a list, in its order, but for what is to wait for a store (`kept`).
 * Every adapter and port in it must be open. */
void host_udp_send(host_udp *udp, const nbt_out *out);

#endif
