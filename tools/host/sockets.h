/*
 * UDP sockets for an application: ports on all of this computer's addresses. A driver, whose
 * adapters each have an address, has tools/host/udp.h. It never looks into a datagram.
 */
#ifndef TOOLS_HOST_SOCKETS_H
#define TOOLS_HOST_SOCKETS_H

#include <uv.h>

#include "nbt/act.h"
#include "tools/host/err.h"

typedef struct host_sockets host_sockets;

typedef struct host_sockets_cfg {
    void *ctx;
    /* A datagram. `to` has the port as it was given to host_sockets_open, and no address; data
     * lasts for the call. */
    void (*rx)(void *ctx, nbt_ep from, nbt_ep to, nbt_bytes data);
    const char *remedy; /* as host_tcp_cfg.remedy */
} host_sockets_cfg;

/* NULL without memory. */
host_sockets *host_sockets_new(uv_loop_t *uv, const host_sockets_cfg *cfg);

/* Closes the sockets. */
void host_sockets_free(host_sockets *s);

/* Opens a port; 0: one that the system chooses. Errors: HOST_PORT (it names the holder),
 * HOST_SYSTEM. */
bool host_sockets_open(host_sockets *s, uint16_t port, host_err *err);

/* Sends from a port as it was given to host_sockets_open. What cannot be sent, or was never opened,
 * is lost. */
void host_sockets_send(host_sockets *s, nbt_ep from, nbt_ep to, nbt_bytes data);

#endif
