/*
 * A clock that jumps, for laboratories: lines of standard input, each the microseconds by which the
 * clock of this process is to jump ahead. It never sets the machine's clock.
 */
#ifndef TOOLS_HOST_CLOCK_H
#define TOOLS_HOST_CLOCK_H

#include <uv.h>

#include "tools/host/err.h"

/* How far a clock may jump at once: ten years. */
#define HOST_CLOCK_MAX NBT_S(10LL * 366 * 24 * 3600)

typedef struct host_clock host_clock;

/* Begins to read a descriptor. A line that is no such number, from 1 to HOST_CLOCK_MAX, is told to
 * `wrong`, with its reason, and does nothing. NULL: HOST_SYSTEM. */
host_clock *host_clock_new(uv_loop_t *uv, int fd, void (*wrong)(void *ctx, const char *text),
                           void *ctx, host_err *err);

/* The loop must still turn once. NULL is fine. */
void host_clock_free(host_clock *c);

#endif
