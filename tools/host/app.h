/*
 * A pure application object made to run: its control blocks go to a driver's socket, its TCP
 * connections and UDP ports are real, its clock is the loop's. It knows no protocol and nothing of
 * what the application does: that is in the object and, for what users see, in the tool.
 *
 * An application emits NBT_ACT_NCB, NBT_ACT_TCP_*, NBT_ACT_SEND (from one of its ports),
 * NBT_ACT_TRACE and NBT_ACT_APP; the other kinds of action are a driver's and must not come from
 * it.
 */
#ifndef TOOLS_HOST_APP_H
#define TOOLS_HOST_APP_H

#include "nbt/act.h"
#include "tools/host/err.h"
#include "tools/host/loop.h"

/*
 * The object's entrances; all but `rx` are there, `app` is always host_app_cfg.app. Each appends
 * what it wants done to `out`, which is carried out, in order, after it has returned.
 */
typedef struct host_app_ops {
    /* Once, before anything else. */
    void (*start)(void *app, nbt_time now, nbt_out *out);
    /* The driver answers a control block: `kind` is NBT_IPC_ACCEPTED or NBT_IPC_DONE. `data` is
     * what its NCB_BUFFER holds after a DONE; it lasts for the call. */
    void (*ncb)(void *app, nbt_time now, nbt_ipc_kind kind, uint32_t tag, const nbt_ncb *ncb,
                nbt_bytes data, nbt_out *out);
    /* There is no driver (any more): no answer will come to any control block, and further ones are
     * dropped. Told once; right after `start` if the tool named no driver. */
    void (*gone)(void *app, nbt_time now, nbt_out *out);
    /* Something happened to a TCP connection. ev->lana is 0. */
    void (*tcp)(void *app, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out);
    /* The user or the tool wants something: an enum of the application's, as NBT_ACT_APP the other
     * way round. It comes from host_app_do. */
    void (*act)(void *app, nbt_time now, uint32_t what, int64_t value, nbt_bytes data,
                nbt_out *out);
    void (*tick)(void *app, nbt_time now, nbt_out *out);
    nbt_time (*due)(const void *app);
    /* A UDP datagram came to one of host_app_cfg.ports; to.ip is 0. NULL: there are no ports. */
    void (*rx)(void *app, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data, nbt_out *out);
} host_app_ops;

typedef struct host_app_cfg {
    const host_app_ops *ops; /* borrowed, must outlive the host_app */
    void *app;               /* the object: borrowed */
    const char *driver;      /* path of the driver's socket; NULL: run without a driver */
    const char *remedy;      /* host_tcp_cfg.remedy; NULL: the object never listens */
    const uint16_t *ports; /* UDP ports, open from the beginning; 0: one that the system chooses */
    size_t nports;
    void *tool; /* first argument of what follows */
    /* An NBT_ACT_APP: act->app, act->value, and its data, which lasts for the call. */
    void (*on_app)(void *tool, const nbt_act *act, nbt_bytes data);
    /* An NBT_ACT_TRACE; may be NULL. */
    void (*on_trace)(void *tool, const nbt_act *act);
    /* An effect that the object cannot be told about has failed: a port that it wants to listen on
     * is taken (HOST_PORT), there is no memory (HOST_SYSTEM). Told once; nothing is carried out any
     * more, so that nobody is told of success afterwards. A tool prints it and ends. */
    void (*on_fail)(void *tool, const host_err *err);
    /* SIGINT or SIGTERM came: the tool makes its application end (host_app_do), or the loop
     * (host_loop_stop). */
    void (*on_stop)(void *tool);
} host_app_cfg;

typedef struct host_app host_app;

/*
 * Connects to the driver and puts the object on the loop; the loop drives nothing else. `cfg` is
 * copied. NULL: err says why (HOST_DRIVER: no driver at that path; HOST_PORT; HOST_SYSTEM).
 */
host_app *host_app_new(host_loop *loop, const host_app_cfg *cfg, host_err *err);

/*
 * Ends the connection to the driver (which then releases the program's names and sessions), breaks
 * the TCP connections off, and forgets the object. Not from within a callback: after host_loop_run.
 */
void host_app_free(host_app *a);

/* Calls the object's `start`; then host_loop_run. */
void host_app_start(host_app *a);

/* Calls the object's `act`. From any callback, too: a call from within one of the object's own
 * effects waits until those before it have been carried out. */
void host_app_do(host_app *a, uint32_t what, int64_t value, nbt_bytes data);

/* The tool itself cannot go on: on_fail, with all that it says there. From any callback. */
void host_app_fail(host_app *a, const host_err *err);

#endif
