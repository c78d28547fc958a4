/*
 * Ethernet frames in a stream of octets, as QEMU's `-netdev socket` and `-netdev stream` have them:
 * each after its length, 32 bits. What comes in pieces is put together; what is behind a length is
 * not looked at.
 */
#ifndef NBT_FRAMED_H
#define NBT_FRAMED_H

#include "nbt/base.h"

enum {
    NBT_FRAMED_HEAD = 4,
    NBT_FRAMED_MAX = 4096 + 65536, /* octets of a frame; QEMU's own bound (NET_BUFSIZE) */
};

typedef struct nbt_framed {
    size_t n; /* octets that are there, of the head and the frame */
    uint8_t bytes[NBT_FRAMED_HEAD + NBT_FRAMED_MAX];
} nbt_framed;

typedef enum nbt_framed_result {
    NBT_FRAMED_MORE,  /* all was taken, and no frame is complete */
    NBT_FRAMED_FRAME, /* one is; there may be others in what is left */
    NBT_FRAMED_BAD,   /* a length that no frame has: the stream makes no sense from here on */
} nbt_framed_result;

void nbt_framed_init(nbt_framed *f);

/*
 * Takes octets from the front of `in` until a frame is complete: it is at `frame`, in the object,
 * may be changed there, where there is room for NBT_FRAMED_MAX, and lasts until the next call.
 */
nbt_framed_result nbt_framed_take(nbt_framed *f, nbt_bytes *in, uint8_t **frame, size_t *len);

/* What goes before a frame. */
void nbt_framed_head(size_t len, uint8_t head[NBT_FRAMED_HEAD]);

#endif
