/*
 * A name server beside a crowd, at an address of its own: it has the crowd's UDP sockets, and a TCP
 * listener of its own. What it grants is in memory alone.
 */
#ifndef TOOLS_HOST_CROWDNS_H
#define TOOLS_HOST_CROWDNS_H

#include "nbt/nbdd.h"
#include "nbt/nbns.h"
#include "tools/host/udp.h"

typedef struct host_crowdns host_crowdns;

typedef struct host_crowdns_cfg {
    uint32_t ip;
    nbt_nbns *server; /* its from then on, also without success */
    nbt_nbdd *nbdd;   /* the same; NULL: none */
    host_udp *udp;
    uint8_t wire; /* of the sockets */
    void *ctx;
    void (*log)(void *ctx, const char *line);
} host_crowdns_cfg;

/* Opens TCP port 137 of the address. NULL: err says why, as host_tcp_listen. */
host_crowdns *host_crowdns_new(uv_loop_t *uv, const host_crowdns_cfg *cfg, host_err *err);
void host_crowdns_free(host_crowdns *s); /* NULL is fine */

/* A packet, to its address; false: it is not for that. host_crowdns_out answers. */
bool host_crowdns_rx(host_crowdns *s, nbt_ep from, nbt_ep to, nbt_bytes data);
void host_crowdns_out(host_crowdns *s);

void host_crowdns_tick(host_crowdns *s, nbt_time now);
nbt_time host_crowdns_due(const host_crowdns *s);

#endif
