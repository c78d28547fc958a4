/*
 * The event loop: one libuv loop, one timer that follows the deadlines of one object or two, and
 * the signals that end a program. It never knows what the objects are.
 */
#ifndef TOOLS_HOST_LOOP_H
#define TOOLS_HOST_LOOP_H

#include <uv.h>

#include "nbt/base.h"
#include "tools/host/err.h"

/*
 * What is driven. `due` is asked before every wait; `tick` is called when that time has come.
 * `stop` is called at the first SIGINT or SIGTERM and may take its time to end things well: it, or
 * what follows from it, calls host_loop_stop. A second signal ends the loop at once.
 */
typedef struct host_driven {
    void *ctx;
    nbt_time (*due)(const void *ctx);
    void (*tick)(void *ctx, nbt_time now);
    void (*stop)(void *ctx);
} host_driven;

typedef struct host_loop host_loop;

/* A loop that drives nothing yet; SIGPIPE is ignored from now on. NULL: err says why. */
host_loop *host_loop_new(host_err *err);

/* Closes the loop; every handle that others opened on it must be closed or closing by then. */
void host_loop_free(host_loop *loop);

/* Adds what is driven; `driven` is copied. Once or twice, before host_loop_run. Of two, the second
 * is the one that is told to stop. */
void host_loop_drive(host_loop *loop, const host_driven *driven);

/* Runs until host_loop_stop. */
void host_loop_run(host_loop *loop);
void host_loop_stop(host_loop *loop);

/* The loop itself, for the other files here and for a tool's own handles. */
uv_loop_t *host_loop_uv(host_loop *loop);

/* Microseconds of the monotonic clock: the time that every object is given. */
nbt_time host_now(void);

/* From now on host_now is so much later (0 and more): a clock that was set ahead. For the clocks of
 * laboratories (clock.h); what is due by then is done at once. */
void host_jump(nbt_time ahead);

#endif
