/*
 * The two cursors. What can fail is decided in nbt_rd_take and nbt_wr_room alone.
 */
#include "nbt/wire.h"

#include <assert.h>
#include <string.h>

const char *nbt_err_str(nbt_err err)
{
    switch (err) {
    case NBT_OK:
        return "no error";
    case NBT_ERR_SHORT:
        return "runs past the end";
    case NBT_ERR_EXTRA:
        return "bytes left over";
    case NBT_ERR_LABEL:
        return "no NetBIOS label";
    case NBT_ERR_LETTER:
        return "letter outside A..P";
    case NBT_ERR_POINTER:
        return "pointer not allowed";
    case NBT_ERR_HOPS:
        return "too many pointers";
    case NBT_ERR_LONG:
        return "name too long";
    case NBT_ERR_COUNT:
        return "impossible count";
    case NBT_ERR_LENGTH:
        return "length does not fit";
    case NBT_ERR_VALUE:
        return "unknown value";
    case NBT_ERR_FULL:
        return "buffer too small";
    case NBT_ERR_RANGE:
        return "value too large for the field";
    }
    return "unknown error";
}

void nbt_rd_init(nbt_rd *r, const uint8_t *base, size_t len)
{
    static const uint8_t nothing; /* adding 0 to NULL is undefined */

    assert(base || len == 0);
    r->base = base ? base : &nothing;
    r->at = 0;
    r->end = len;
    r->err = NBT_OK;
    r->err_at = 0;
    r->err_field = NULL;
    r->spans = NULL;
}

void nbt_rd_fail(nbt_rd *r, nbt_err err, size_t at, const char *field)
{
    if (r->err)
        return;
    r->err = err;
    r->err_at = at;
    r->err_field = field;
}

nbt_bytes nbt_rd_bytes(nbt_rd *r, size_t n, const char *field)
{
    const uint8_t *p = nbt_rd_take(r, n, field);
    return (nbt_bytes){ p, p ? n : 0 };
}

nbt_rd nbt_rd_sub(nbt_rd *r, size_t n, const char *field)
{
    size_t from = r->at;
    nbt_rd_take(r, n, field);
    nbt_rd sub = *r;
    sub.at = from;
    sub.end = r->at;
    return sub;
}

void nbt_rd_close(nbt_rd *r, const nbt_rd *sub, const char *field)
{
    if (sub->err)
        nbt_rd_fail(r, sub->err, sub->err_at, sub->err_field);
    else if (sub->at < sub->end)
        nbt_rd_fail(r, NBT_ERR_EXTRA, sub->at, field);
}

void nbt_wr_init(nbt_wr *w, uint8_t *base, size_t cap)
{
    w->base = base;
    w->at = 0;
    w->cap = cap;
    w->err = NBT_OK;
    w->err_field = NULL;
}

void nbt_wr_fail(nbt_wr *w, nbt_err err, const char *field)
{
    if (w->err)
        return;
    w->err = err;
    w->err_field = field;
}

/* Room that the caller fills to its last byte. */
static uint8_t *take(nbt_wr *w, size_t n, const char *field)
{
    if (w->err)
        return NULL;
    if (n > w->cap - w->at) {
        nbt_wr_fail(w, NBT_ERR_FULL, field);
        return NULL;
    }
    uint8_t *p = w->base + w->at;
    w->at += n;
    return p;
}

uint8_t *nbt_wr_room(nbt_wr *w, size_t n, const char *field)
{
    uint8_t *p = take(w, n, field);
    return p ? memset(p, 0, n) : NULL;
}

/* Big-endian, the octets of an integer of n octets; n is at most 4. */
static void put(nbt_wr *w, uint64_t v, size_t n, const char *field)
{
    if (v >> (8 * n)) {
        nbt_wr_fail(w, NBT_ERR_RANGE, field);
        return;
    }
    uint8_t *p = take(w, n, field);
    for (size_t i = n; p && i > 0; i--, v >>= 8)
        p[i - 1] = (uint8_t)v;
}

void nbt_wr_u8(nbt_wr *w, uint64_t v, const char *field)
{
    put(w, v, 1, field);
}

void nbt_wr_u16(nbt_wr *w, uint64_t v, const char *field)
{
    put(w, v, 2, field);
}

void nbt_wr_u32(nbt_wr *w, uint64_t v, const char *field)
{
    put(w, v, 4, field);
}

/* Little-endian; the same limits. */
static void put_le(nbt_wr *w, uint64_t v, size_t n, const char *field)
{
    if (v >> (8 * n)) {
        nbt_wr_fail(w, NBT_ERR_RANGE, field);
        return;
    }
    uint8_t *p = take(w, n, field);
    for (size_t i = 0; p && i < n; i++, v >>= 8)
        p[i] = (uint8_t)v;
}

void nbt_wr_u16le(nbt_wr *w, uint64_t v, const char *field)
{
    put_le(w, v, 2, field);
}

void nbt_wr_u32le(nbt_wr *w, uint64_t v, const char *field)
{
    put_le(w, v, 4, field);
}

void nbt_wr_bytes(nbt_wr *w, const void *p, size_t n, const char *field)
{
    uint8_t *to = n > 0 ? take(w, n, field) : NULL; /* p may be NULL for no bytes */
    if (to)
        memcpy(to, p, n);
}

size_t nbt_wr_reserve16(nbt_wr *w, const char *field)
{
    size_t where = w->at;
    nbt_wr_room(w, 2, field);
    return where;
}

void nbt_wr_fill16(nbt_wr *w, size_t where, const char *field)
{
    if (w->err)
        return;
    assert(where + 2 <= w->at);
    nbt_wr length;
    nbt_wr_init(&length, w->base + where, 2);
    nbt_wr_u16(&length, w->at - where - 2, field);
    if (length.err)
        nbt_wr_fail(w, length.err, field);
}
