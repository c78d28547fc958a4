/*
 * A stream of frames from anywhere, in pieces whose size its first octet says: the same frames come
 * out as when it comes at once.
 */
#include "nbt/framed.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A digest of all frames, and whether the stream makes sense to its end. */
typedef struct sum {
    size_t frames, octets;
    uint32_t digest;
    bool bad;
} sum;

static sum sum_of(nbt_framed *f, const uint8_t *data, size_t size, size_t piece)
{
    sum s = { 0, 0, 5381, false };
    nbt_framed_init(f);
    for (size_t at = 0; at < size && !s.bad; at += piece) {
        uint8_t *frame;
        size_t len;
        nbt_bytes in = { data + at, size - at < piece ? size - at : piece };
        nbt_framed_result result;
        while ((result = nbt_framed_take(f, &in, &frame, &len)) == NBT_FRAMED_FRAME) {
            s.frames++;
            s.octets += len;
            for (size_t i = 0; i < len; i++)
                s.digest = s.digest * 33 + frame[i];
        }
        s.bad = result == NBT_FRAMED_BAD;
        assert(s.bad || in.n == 0);
    }
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    nbt_framed *f = malloc(sizeof *f);
    assert(f);
    sum whole = sum_of(f, data + 1, size - 1, size),
        pieces = sum_of(f, data + 1, size - 1, data[0] + 1U);
    assert(whole.frames == pieces.frames && whole.octets == pieces.octets);
    assert(whole.digest == pieces.digest && whole.bad == pieces.bad);
    assert(whole.octets + whole.frames * NBT_FRAMED_HEAD <= size);
    free(f);
    return 0;
}
