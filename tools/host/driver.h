/*
 * A computer made to run: its packets go through real sockets of real interfaces, programs reach it
 * through its socket, and its clock is the loop's. What the commands do is the computer's.
 */
#ifndef TOOLS_HOST_DRIVER_H
#define TOOLS_HOST_DRIVER_H

#include "nbt/computer.h"
#include "nbt/dummy.h"
#include "tools/host/iface.h"
#include "tools/host/loop.h"
#include "tools/host/nameserver.h"

/* An adapter: what the computer is told of it, and the interface that it is. */
typedef struct host_adapter {
    nbt_lana_cfg lana; /* lana.profile is borrowed */
    host_iface iface;
} host_adapter;

typedef struct host_driver_cfg {
    const host_adapter *adapters; /* copied */
    size_t nadapters;
    const char *socket; /* where programs find it */
    /* A name server that this computer is as well, on the same interfaces in the same order: its
       port 137 is shared. It must outlive the driver. NULL: none. */
    host_nameserver *name_server;
    uint16_t sessions;     /* nbt_computer_cfg.sessions */
    const nbt_rule *rules; /* the same; copied */
    size_t nrules;
    const nbt_dummy *services; /* of a laboratory: copied; host_driver_serve starts them */
    size_t nservices;
    uint64_t seed;
    void *tool; /* first argument of what follows */
    /* A command of program 0, the driver itself, has ended. */
    void (*on_done)(void *tool, uint32_t tag, const nbt_ncb *ncb);
    /* An NBT_ACT_TRACE. */
    void (*on_trace)(void *tool, const nbt_act *act);
    /* A line for whoever watches, without its newline. */
    void (*on_log)(void *tool, const char *line);
    /* SIGINT or SIGTERM came: the tool calls host_driver_leave. */
    void (*on_stop)(void *tool);
} host_driver_cfg;

typedef struct host_driver host_driver;

/*
 * Opens UDP 137 (or shares it), UDP 138 and TCP 139 of every adapter, then the socket, and puts the
 * computer on the loop. NULL: err says why: HOST_PORT, HOST_MISSING, HOST_DRIVER, HOST_SYSTEM.
 */
host_driver *host_driver_new(host_loop *loop, const host_driver_cfg *cfg, host_err *err);

/* Closes everything, if need be without waiting for the releases' repetitions. After
 * host_loop_run. */
void host_driver_free(host_driver *d);

/* Submits a wait command without data as program 0; on_done follows, perhaps before this returns.
 */
void host_driver_do(host_driver *d, uint32_t tag, const nbt_ncb *ncb);

/* Lets the services of the configuration begin: they claim their names. */
void host_driver_serve(host_driver *d);

/*
 * The end in order: the socket is closed, every program is gone, and when all names have been
 * released on the network, or the time for that is over, the loop is stopped. A second call does
 * nothing.
 */
void host_driver_leave(host_driver *d);

#endif
