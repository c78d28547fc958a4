/*
 * The cable of nbt/cable.h made real: frames are carried between the kernel that plays many
 * computers and a network on which each of them has its own hardware address.
 */
#ifndef TOOLS_HOST_RELAY_H
#define TOOLS_HOST_RELAY_H

#include "nbt/cable.h"
#include "tools/host/loop.h"
#include "tools/host/plug.h"

typedef struct host_relay_cfg {
    nbt_cable_cfg cable;
    int inner; /* the kernel's tap: the relay's from then on, as what `outer` has */
    host_plug_end outer;
    void *ctx;
    /* The addresses are ours now, or not to be had (NBT_CABLE_TAKEN). */
    void (*settled)(void *ctx, const nbt_cable *cable);
    /* Somebody uses an address of ours. */
    void (*conflict)(void *ctx, const nbt_cable_peer *by);
    /* Whom a stream leads to is there, or is not (any more, or yet): why. */
    void (*linked)(void *ctx, bool is, const char *why);
    /* The network is gone: errno. */
    void (*gone)(void *ctx, int error);
    void (*stop)(void *ctx); /* SIGINT or SIGTERM came */
} host_relay_cfg;

typedef struct host_relay host_relay;

/* Puts it on the loop, and asks whether the addresses are free as soon as somebody is there. NULL:
 * HOST_SYSTEM. */
host_relay *host_relay_new(host_loop *loop, const host_relay_cfg *cfg, host_err *err);

/* After host_loop_run. */
void host_relay_free(host_relay *r);

#endif
