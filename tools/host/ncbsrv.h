/*
 * The driver's socket: a path in the file system, and behind it a connection for each program.
 */
#ifndef TOOLS_HOST_NCBSRV_H
#define TOOLS_HOST_NCBSRV_H

#include <uv.h>

#include "nbt/act.h"
#include "tools/host/err.h"

typedef struct host_ncbsrv host_ncbsrv;

typedef struct host_ncbsrv_cfg {
    void *ctx;
    /* A program (never 0) submits a command; data lasts for the call. */
    void (*submit)(void *ctx, uint32_t proc, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data);
    /* A program has gone, by itself or cut off. */
    void (*gone)(void *ctx, uint32_t proc);
    /* A line for whoever watches the driver, without its newline. */
    void (*log)(void *ctx, const char *line);
    /* After the commands that came in one turn of the loop: a chance to answer them together. May
     * be NULL. */
    void (*turn)(void *ctx);
} host_ncbsrv_cfg;

/*
 * Listens at a path; a socket file that no process listens on any more is replaced. Who may
 * connect is decided by the file's permissions: the umask's, so usually the user alone. NULL:
 * HOST_DRIVER (a driver listens there, or something that is no socket is there, or the path is too
 * long), HOST_SYSTEM.
 */
host_ncbsrv *host_ncbsrv_new(uv_loop_t *uv, const char *path, const host_ncbsrv_cfg *cfg,
                             host_err *err);

/* Ends every connection, reporting each program as gone, and removes the socket file. */
void host_ncbsrv_free(host_ncbsrv *srv);

/*
 * Sends an NBT_ACT_ACCEPTED or NBT_ACT_DONE to its program, at the latest when host_ncbsrv_flush is
 * called: `data` must last until then. Dropped if the program has gone.
 */
void host_ncbsrv_answer(host_ncbsrv *srv, const nbt_act *act, nbt_bytes data);
void host_ncbsrv_flush(host_ncbsrv *srv);

#endif
