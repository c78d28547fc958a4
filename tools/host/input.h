/*
 * What is typed: a file descriptor that is read as things come, be it a terminal, a pipe, a socket
 * or a file. It never changes the flags that it shares with other processes.
 */
#ifndef TOOLS_HOST_INPUT_H
#define TOOLS_HOST_INPUT_H

#include <uv.h>

#include "nbt/base.h"
#include "tools/host/err.h"

typedef struct host_input_cfg {
    void *ctx;
    void (*bytes)(void *ctx, nbt_bytes bytes); /* up to HOST_INPUT_MAX; they last for the call */
    void (*end)(void *ctx);                    /* no more will come; told once */
} host_input_cfg;

enum { HOST_INPUT_MAX = 1024 };

typedef struct host_input host_input;

/* Begins to read. NULL: HOST_SYSTEM. A descriptor that is not open has ended at once. */
host_input *host_input_new(uv_loop_t *uv, int fd, const host_input_cfg *cfg, host_err *err);

/* Stops reading for a while, or goes on. From any callback. */
void host_input_hold(host_input *in, bool hold);

/* Ends it; the loop must still turn once. From any callback. NULL is fine. */
void host_input_free(host_input *in);

#endif
