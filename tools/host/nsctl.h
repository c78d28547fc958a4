/*
 * The control socket of a name server: a local socket (SOCK_STREAM) on which whoever may open it
 * looks at the names and changes them. A request is a line of words; the answer is JSON events, one
 * a line, of which the last is "end".
 *
 *     list [GLOB]              a "record" for each name whose text matches
 *     status                   a "status" with counts
 *     add NAME KIND ADDRESS    a static mapping; KIND is unique, group, internet or multihomed
 *     put NAME KIND ADDRESS EXPIRES NB_FLAGS
 *                              a registration of another server's; both numbers are decimal
 *     delete NAME
 *     freeze, thaw
 *     watch                    a "trace" for each decision, until the connection ends
 *
 * "end" has `ok`, and if that is false `trouble`. One request is answered after the other; a change
 * is answered when it is kept.
 */
#ifndef TOOLS_HOST_NSCTL_H
#define TOOLS_HOST_NSCTL_H

#include <uv.h>

#include "nbt/nbns.h"
#include "tools/host/err.h"

typedef struct host_nsctl host_nsctl;

typedef struct host_nsctl_cfg {
    void *ctx;
    const nbt_nbns *server;
    /* Carries a change out. */
    nbt_nbns_result (*change)(void *ctx, const nbt_nbns_cmd *cmd);
    /* Calls host_nsctl_kept when all changes are kept, from within if they are already. */
    void (*settle)(void *ctx);
} host_nsctl_cfg;

/* Listens at a path. NULL: err says why, as host_localsock_listen has it, or HOST_SYSTEM. */
host_nsctl *host_nsctl_new(uv_loop_t *uv, const char *path, const host_nsctl_cfg *cfg,
                           host_err *err);

/* Ends every connection and removes the socket file. NULL is fine. */
void host_nsctl_free(host_nsctl *c);

/* All changes so far are kept. */
void host_nsctl_kept(host_nsctl *c);

/* A decision, for those who watch. */
void host_nsctl_trace(host_nsctl *c, const nbt_act *act);

#endif
