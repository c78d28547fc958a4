/*
 * The loop, its one timer and the two signals. It never looks into what it drives.
 */
#include "tools/host/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>

enum { DRIVEN_MAX = 2 };

struct host_loop {
    uv_loop_t uv;
    uv_prepare_t prepare; /* runs before every wait: asks for the deadline */
    uv_timer_t timer;     /* set to it */
    uv_signal_t interrupt, terminate;
    host_driven driven[DRIVEN_MAX];
    size_t ndriven;
    bool stopping; /* a signal has come */
};

/* A process has one clock, and so one offset to it; other threads may ask for the time. */
static _Atomic nbt_time jumped;

nbt_time host_now(void)
{
    return (nbt_time)(uv_hrtime() / 1000) + jumped;
}

void host_jump(nbt_time ahead)
{
    assert(ahead >= 0);
    jumped += ahead;
}

static void on_timer(uv_timer_t *timer)
{
    host_loop *loop = timer->data;
    nbt_time now = host_now();
    for (size_t i = 0; i < loop->ndriven; i++) /* what is not due yet does nothing */
        loop->driven[i].tick(loop->driven[i].ctx, now);
}

static void on_prepare(uv_prepare_t *prepare)
{
    host_loop *loop = prepare->data;
    nbt_time due = NBT_NEVER;
    for (size_t i = 0; i < loop->ndriven; i++)
        due = nbt_time_min(due, loop->driven[i].due(loop->driven[i].ctx));
    if (due == NBT_NEVER) {
        uv_timer_stop(&loop->timer);
        return;
    }
    /* Rounded up: a tick before its time is harmless, but would make the loop spin. */
    nbt_time now = host_now();
    uint64_t ms = due > now ? (uint64_t)(due - now + 999) / 1000 : 0;
    uv_update_time(&loop->uv);
    uv_timer_start(&loop->timer, on_timer, ms, 0);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    host_loop *loop = handle->data;
    (void)signum;
    const host_driven *last = loop->ndriven > 0 ? &loop->driven[loop->ndriven - 1] : NULL;
    if (loop->stopping || !last || !last->stop) {
        host_loop_stop(loop);
        return;
    }
    loop->stopping = true;
    last->stop(last->ctx);
}

host_loop *host_loop_new(host_err *err)
{
    host_loop *loop = calloc(1, sizeof *loop);
    int rc = loop ? uv_loop_init(&loop->uv) : UV_ENOMEM;
    if (rc) {
        host_err_set(err, HOST_SYSTEM, "the event loop cannot be set up: %s", uv_strerror(rc));
        free(loop);
        return NULL;
    }
    /* A write to a peer that has gone is an error to report, not the end of the program. */
    signal(SIGPIPE, SIG_IGN);

    loop->prepare.data = loop->timer.data = loop;
    loop->interrupt.data = loop->terminate.data = loop;
    uv_prepare_init(&loop->uv, &loop->prepare);
    uv_timer_init(&loop->uv, &loop->timer);
    uv_signal_init(&loop->uv, &loop->interrupt);
    uv_signal_init(&loop->uv, &loop->terminate);
    uv_signal_start(&loop->interrupt, on_signal, SIGINT);
    uv_signal_start(&loop->terminate, on_signal, SIGTERM);
    return loop;
}

void host_loop_free(host_loop *loop)
{
    if (!loop)
        return;
    uv_close((uv_handle_t *)&loop->prepare, NULL);
    uv_close((uv_handle_t *)&loop->timer, NULL);
    uv_close((uv_handle_t *)&loop->interrupt, NULL);
    uv_close((uv_handle_t *)&loop->terminate, NULL);
    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0)
        ; /* a stop that came outside of host_loop_run ends only the first */
    int rc = uv_loop_close(&loop->uv);
    assert(rc == 0);
    (void)rc;
    free(loop);
}

void host_loop_drive(host_loop *loop, const host_driven *driven)
{
    assert(loop->ndriven < DRIVEN_MAX);
    loop->driven[loop->ndriven++] = *driven;
    uv_prepare_start(&loop->prepare, on_prepare);
}

void host_loop_run(host_loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void host_loop_stop(host_loop *loop)
{
    uv_stop(&loop->uv);
}

uv_loop_t *host_loop_uv(host_loop *loop)
{
    return &loop->uv;
}
