/*
 * Packets that are held until it is known whether they are part of a wanted message: a message ends
 * in one packet, and may have begun in others long before. They come out in their order.
 *
 * Where packets of a TCP stream are left out between two that are wanted, whoever reads them again
 * waits for those in between, until he sees that the other side has acknowledged them. So a packet
 * of the other side is taken too that does, if there is one: its last before what is wanted.
 *
 * What is held is bounded, in octets, packets and time. A packet for which there is no room any
 * longer comes out if it is known to be wanted, and is else forgotten.
 */
#ifndef CAPTURE_KEEP_H
#define CAPTURE_KEEP_H

#include "capture/flow.h"
#include "capture/file.h"

enum {
    CAP_KEEP_OCTETS = 16 * 1024 * 1024,
    CAP_KEEP_PACKETS = 64 * 1024,
    CAP_KEEP_SECONDS = 30, /* of the capture's time */
};

typedef struct cap_keep cap_keep;

cap_keep *cap_keep_new(void); /* NULL: no memory */
void cap_keep_free(cap_keep *k);

/*
 * Takes a packet, a copy of it. `stream` is a number for what it is a part of, which is decided for
 * all of it together: cap_tap_stream gives it; 0: nothing, it is all of its messages. Before the
 * next, cap_keep_next is to be called until it gives none.
 */
void cap_keep_put(cap_keep *k, const cap_packet *p, uint64_t stream);

/*
 * A message is wanted that ended in packet `last`, and to which packets of the stream from `first`
 * on belong. `last` may be of another stream.
 */
void cap_keep_want(cap_keep *k, uint64_t stream, uint64_t first, uint64_t last);

/* No message is to come that has packets of this stream before `before` in it. */
void cap_keep_done(cap_keep *k, uint64_t stream, uint64_t before);

/*
 * The next wanted packet, until the next call; false when none is, or when others before it are
 * not decided. With `end` there is nothing to wait for any longer.
 */
bool cap_keep_next(cap_keep *k, bool end, cap_packet *p);

#endif
