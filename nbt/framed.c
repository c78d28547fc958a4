/*
 * Frames with their lengths. It never gives out more than came in.
 */
#include "nbt/framed.h"

#include <string.h>

#include "nbt/wire.h"

void nbt_framed_init(nbt_framed *f)
{
    f->n = 0;
}

/* Until `want` octets are there. */
static bool fill(nbt_framed *f, nbt_bytes *in, size_t want)
{
    size_t missing = want - f->n;
    size_t n = missing < in->n ? missing : in->n;
    if (n > 0) {
        memcpy(f->bytes + f->n, in->p, n);
        f->n += n;
        in->p += n;
        in->n -= n;
    }
    return f->n == want;
}

static size_t length_of(const nbt_framed *f)
{
    nbt_rd r;
    nbt_rd_init(&r, f->bytes, NBT_FRAMED_HEAD);
    return nbt_rd_u32(&r, "length");
}

nbt_framed_result nbt_framed_take(nbt_framed *f, nbt_bytes *in, uint8_t **frame, size_t *len)
{
    if (f->n < NBT_FRAMED_HEAD && !fill(f, in, NBT_FRAMED_HEAD))
        return NBT_FRAMED_MORE;
    size_t n = length_of(f);
    if (n == 0 || n > NBT_FRAMED_MAX)
        return NBT_FRAMED_BAD;
    if (!fill(f, in, NBT_FRAMED_HEAD + n))
        return NBT_FRAMED_MORE;
    *frame = f->bytes + NBT_FRAMED_HEAD;
    *len = n;
    f->n = 0;
    return NBT_FRAMED_FRAME;
}

void nbt_framed_head(size_t len, uint8_t head[NBT_FRAMED_HEAD])
{
    nbt_wr w;
    nbt_wr_init(&w, head, NBT_FRAMED_HEAD);
    nbt_wr_u32(&w, len, "length");
}
