/*
 * A slow link: frames from one computer reach its bridge later. In user space, since the kernel's
 * own delay (the netem discipline) is not there in every kernel.
 */
#ifndef LAB_DELAY_H
#define LAB_DELAY_H

#include <stdbool.h>
#include <uv.h>

typedef struct lab_delay lab_delay;

/*
 * Puts itself between the interface `port` and the bridge that it is on, br0: what comes from the
 * port goes on `ms` milliseconds later, in its order; what goes to it, at once. At most some
 * hundred frames are under way, others are lost, as on a real link. NULL after one line on standard
 * error.
 */
lab_delay *lab_delay_new(uv_loop_t *loop, const char *port, unsigned ms);

/* Closes it; it is gone when the loop has run. NULL is allowed. The computer is cut off then. */
void lab_delay_free(lab_delay *d);

#endif
