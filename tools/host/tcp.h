/*
 * TCP connections for an object: carries out its NBT_ACT_TCP_* actions and reports nbt_tcp_ev. It
 * never looks into the bytes, and never closes a connection on its own: only a peer's reset, or a
 * close that both sides have made, ends one without the object's wish.
 */
#ifndef TOOLS_HOST_TCP_H
#define TOOLS_HOST_TCP_H

#include <uv.h>

#include "nbt/act.h"
#include "tools/host/err.h"

typedef struct host_tcp host_tcp;

typedef struct host_tcp_cfg {
    void *ctx;
    /* ev->data lasts for the call. May come from within host_tcp_act. */
    void (*event)(void *ctx, const nbt_tcp_ev *ev);
    /* What helps when another process has a port: it follows "stop it or ". Static text; NULL for
     * who never listens. */
    const char *remedy;
    uint8_t ttl; /* of IP; 0: the system's */
} host_tcp_cfg;

/* NULL without memory. */
host_tcp *host_tcp_new(uv_loop_t *uv, const host_tcp_cfg *cfg);

/* Resets every connection and closes every listener, reporting nothing. */
void host_tcp_free(host_tcp *tcp);

/*
 * Takes connections on an address and port (ip 0: any address), to be reported as adapter `lana`.
 * Accepted connections get odd numbers. Errors: HOST_PORT (it names the holder), HOST_MISSING,
 * HOST_SYSTEM.
 */
bool host_tcp_listen(host_tcp *tcp, nbt_ep at, uint8_t lana, host_err *err);

/*
 * Carries out one action: TCP_OPEN, SEND, HOLD, RESUME, CLOSE or ABORT (TCP_LISTEN is
 * host_tcp_listen's). An action for a connection that is gone is ignored, since the report may
 * still be under way. After CLOSE no more DATA is reported; SENT, EOF and RESET may be.
 */
void host_tcp_act(host_tcp *tcp, const nbt_act *act, nbt_bytes data);

/* Carries out all of a list that host_tcp_act takes, in its order; what is for one connection goes
 * out together. The other actions are passed over. */
void host_tcp_carry(host_tcp *tcp, const nbt_out *out);

#endif
