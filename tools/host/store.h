/*
 * Where a name server's records are kept: one SQLite file, written behind the server's back in
 * batches, each in one transaction in a thread of its own. What is committed outlives the process,
 * however it ends; against a loss of power SQLite's WAL is safe but may lose the last moments.
 *
 * It decides nothing: the records are the server's, as its journal tells them.
 */
#ifndef TOOLS_HOST_STORE_H
#define TOOLS_HOST_STORE_H

#include <uv.h>

#include "nbt/nbns.h"
#include "tools/host/err.h"

typedef struct host_store host_store;

typedef struct host_store_cfg {
    void *ctx;
    /* A batch has ended. NULL: all that the journal had told by host_store_commit is kept. Else why
     * not; the batch is still there, and the next host_store_commit tries it again. */
    void (*committed)(void *ctx, const char *trouble);
} host_store_cfg;

/*
 * Opens the file, or makes it. NULL: err says why: HOST_SYSTEM (also when the file is something
 * else, or of a later version, or another process has it).
 */
host_store *host_store_open(uv_loop_t *uv, const char *path, const host_store_cfg *cfg,
                            host_err *err);

/*
 * Gives all records to a new server. False: err says why. A record that the server refuses is not
 * given, and counted in `*refused`.
 */
bool host_store_load(host_store *st, nbt_nbns *into, size_t *refused, host_err *err);

/* Whether a batch is under way. */
bool host_store_busy(const host_store *st);

/* Empties the server's journal into a batch and begins to commit it. Not while it is busy. */
void host_store_commit(host_store *st, nbt_nbns *from);

/*
 * Commits what the journal has left, if nothing is under way, and closes the file. `from` may be
 * NULL. A batch under way is finished first, behind the caller's back: the loop must run until its
 * end (host_loop_free does). NULL is fine.
 */
void host_store_close(host_store *st, nbt_nbns *from);

#endif
