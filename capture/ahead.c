/*
 * A ring of blocks under a lock, which is held to count blocks and never while octets are made or
 * copied: a block belongs to one side at a time.
 */
#include "capture/ahead.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

struct cap_ahead {
    thrd_t thread;
    mtx_t lock;           /* of the next four */
    cnd_t changed;        /* one of them was */
    uint64_t made, taken; /* blocks so far: those between are full */
    bool over;            /* no more will be made */
    bool stop;            /* nor need be */
    cap_ahead_make *make;
    void *ctx;
    size_t at; /* so much of the first full block is taken already */
    size_t n[CAP_AHEAD_BLOCKS];
    uint8_t block[CAP_AHEAD_BLOCKS][CAP_AHEAD_BLOCK];
};

/* Waits for room; false when nobody wants more. */
static bool await_room(cap_ahead *a)
{
    mtx_lock(&a->lock);
    while (a->made - a->taken == CAP_AHEAD_BLOCKS && !a->stop)
        cnd_wait(&a->changed, &a->lock);
    bool wanted = !a->stop;
    mtx_unlock(&a->lock);
    return wanted;
}

static int run(void *p)
{
    cap_ahead *a = p;
    size_t n = 1;
    while (n > 0 && await_room(a)) {
        size_t i = a->made % CAP_AHEAD_BLOCKS;
        n = a->make(a->ctx, a->block[i], CAP_AHEAD_BLOCK);
        mtx_lock(&a->lock);
        a->n[i] = n;
        a->made += n > 0;
        a->over = n == 0;
        cnd_signal(&a->changed);
        mtx_unlock(&a->lock);
    }
    return 0;
}

/* Signals are for the thread that was there before. */
static bool start(cap_ahead *a)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = thrd_create(&a->thread, run, a) == thrd_success;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

cap_ahead *cap_ahead_new(cap_ahead_make *make, void *ctx)
{
    cap_ahead *a = malloc(sizeof *a);
    if (!a)
        return NULL;
    memset(a, 0, offsetof(cap_ahead, block));
    a->make = make;
    a->ctx = ctx;
    if (mtx_init(&a->lock, mtx_plain) != thrd_success) {
        free(a);
        return NULL;
    }
    if (cnd_init(&a->changed) != thrd_success) {
        mtx_destroy(&a->lock);
        free(a);
        return NULL;
    }
    if (start(a))
        return a;
    cnd_destroy(&a->changed);
    mtx_destroy(&a->lock);
    free(a);
    return NULL;
}

void cap_ahead_free(cap_ahead *a)
{
    if (!a)
        return;
    mtx_lock(&a->lock);
    a->stop = true;
    cnd_signal(&a->changed);
    mtx_unlock(&a->lock);
    thrd_join(a->thread, NULL);
    cnd_destroy(&a->changed);
    mtx_destroy(&a->lock);
    free(a);
}

size_t cap_ahead_take(cap_ahead *a, uint8_t *to, size_t cap)
{
    mtx_lock(&a->lock);
    while (a->made == a->taken && !a->over)
        cnd_wait(&a->changed, &a->lock);
    bool none = a->made == a->taken;
    mtx_unlock(&a->lock);
    if (none)
        return 0;
    size_t i = a->taken % CAP_AHEAD_BLOCKS, left = a->n[i] - a->at;
    size_t n = left < cap ? left : cap;
    memcpy(to, a->block[i] + a->at, n);
    a->at += n;
    if (n < left)
        return n;
    a->at = 0;
    mtx_lock(&a->lock);
    a->taken++;
    cnd_signal(&a->changed);
    mtx_unlock(&a->lock);
    return n;
}
