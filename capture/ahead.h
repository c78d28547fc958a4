/*
 * Octets that one thread makes and another takes: a few blocks between them, so that neither waits
 * for the other as long as both have something to do. It does not know where the octets come from.
 */
#ifndef CAPTURE_AHEAD_H
#define CAPTURE_AHEAD_H

#include "nbt/base.h"

enum { CAP_AHEAD_BLOCK = 128 * 1024, CAP_AHEAD_BLOCKS = 4 };

typedef struct cap_ahead cap_ahead;

/* Makes up to `cap` octets, at least one; 0: there are no more, it is not called again. */
typedef size_t cap_ahead_make(void *ctx, uint8_t *to, size_t cap);

/*
 * Starts a thread, which gets no signals, and in which `make` is called until there is no more.
 * What `ctx` points to is the thread's until cap_ahead_take has given 0, or cap_ahead_free has come
 * back. NULL: there is no memory, or no thread to be had.
 */
cap_ahead *cap_ahead_new(cap_ahead_make *make, void *ctx);

/* Ends the thread, for which it waits: `make` is to be something that comes to an end. */
void cap_ahead_free(cap_ahead *a);

/* Takes up to `cap` octets, and waits until there are some; 0: there will be no more. */
size_t cap_ahead_take(cap_ahead *a, uint8_t *to, size_t cap);

#endif
