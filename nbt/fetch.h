/*
 * A query by TCP, for an answer that a datagram has cut (RFC 1001 15.1.5.1, 15.3.4): a stream to
 * port 137 on which each packet has its length before it, in two octets. Here is what goes over the
 * stream; whoever opens it, closes it.
 */
#ifndef NBT_FETCH_H
#define NBT_FETCH_H

#include "nbt/ns.h"

enum {
    NBT_FETCH_PREFIX = 2, /* the length */
    NBT_FETCH_ASK_MAX = NBT_FETCH_PREFIX + NBT_NS_UDP_MAX,
};

/* An answer, as far as it is here: its length with it. Zeroed, it is the beginning of one. */
typedef struct nbt_fetch {
    size_t n;
    uint8_t b[NBT_FETCH_PREFIX + UINT16_MAX];
} nbt_fetch;

/* Writes the request with its length; returns how many octets that is. */
size_t nbt_fetch_ask(uint16_t trn_id, const nbt_name *name, uint8_t buf[NBT_FETCH_ASK_MAX]);

/*
 * Takes octets from the stream. True once the packet is there as a whole: `*packet` is set then,
 * without its length, and borrows from `f`. What comes behind it is not looked at.
 */
bool nbt_fetch_feed(nbt_fetch *f, nbt_bytes data, nbt_bytes *packet);

#endif
