/*
 * The cable of nbt/cable.h made real: frames are carried between the kernel that plays many
 * computers and a network on which each of them has its own hardware address.
 */
#ifndef TOOLS_HOST_RELAY_H
#define TOOLS_HOST_RELAY_H

#include "nbt/cable.h"
#include "tools/host/loop.h"

typedef struct host_relay_cfg {
    nbt_cable_cfg cable;
    int inner, outer; /* TAP devices' descriptors, the relay's from then on */
    void *ctx;
    /* The addresses are ours now, or not to be had (NBT_CABLE_TAKEN). */
    void (*settled)(void *ctx, const nbt_cable *cable);
    /* Somebody uses an address of ours. */
    void (*conflict)(void *ctx, const nbt_cable_taken *by);
    /* The network is gone: errno. */
    void (*gone)(void *ctx, int error);
    void (*stop)(void *ctx); /* SIGINT or SIGTERM came */
} host_relay_cfg;

typedef struct host_relay host_relay;

/* Puts it on the loop, and begins to ask whether the addresses are free. NULL: HOST_SYSTEM. */
host_relay *host_relay_new(host_loop *loop, const host_relay_cfg *cfg, host_err *err);

/* After host_loop_run. */
void host_relay_free(host_relay *r);

#endif
