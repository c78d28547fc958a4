/*
 * Reading and writing of packet bytes: the only pointer arithmetic on packets in the project.
 *
 * Both cursors are sticky: the first trouble is kept with its offset and the name of the field, and
 * every later call does nothing (reads give zero), so that a decoder is a list of fields in the
 * RFC's order and looks at the cursor once, at its end. All integers are big-endian on the wire,
 * but those of SMB, for which there are functions whose names end in le.
 *
 * A sub-cursor shares its parent's base, so that offsets count from the start of the message
 * everywhere and a compression pointer (RFC 1002 4.1) means the same in every region.
 */
#ifndef NBT_WIRE_H
#define NBT_WIRE_H

#include "nbt/span.h"

typedef enum nbt_err {
    NBT_OK = 0,
    NBT_ERR_SHORT,   /* the field runs past the end of the bytes */
    NBT_ERR_EXTRA,   /* bytes are left where none may be */
    NBT_ERR_LABEL,   /* a label length that a NetBIOS name cannot have, or reserved top bits */
    NBT_ERR_LETTER,  /* a half-ASCII letter outside A..P */
    NBT_ERR_POINTER, /* a compression pointer forward, to itself, into the header, or not allowed */
    NBT_ERR_HOPS,    /* too many compression pointers in one name */
    NBT_ERR_LONG,    /* a name over the length limit */
    NBT_ERR_COUNT,   /* a section count that no NetBIOS packet has */
    NBT_ERR_LENGTH,  /* a length field that does not fit what it measures */
    NBT_ERR_VALUE,   /* a value that this field cannot have */
    NBT_ERR_FULL,    /* writing: the buffer is too small */
    NBT_ERR_RANGE,   /* writing: the value does not fit the field */
} nbt_err;

/* Static text for an error: what is wrong, in a few words. */
const char *nbt_err_str(nbt_err err);

typedef struct nbt_rd {
    const uint8_t *base;   /* the message's first byte */
    size_t at;             /* next byte to read, from base */
    size_t end;            /* first byte that is no longer ours, from base */
    nbt_err err;           /* the first trouble, NBT_OK while there is none */
    size_t err_at;         /* where it is, from base */
    const char *err_field; /* in which field; static text */
    nbt_spans *spans;      /* where each field that is read is noted; NULL: nowhere */
} nbt_rd;

/* `base` may be NULL when len is 0: an empty packet is a packet. */
void nbt_rd_init(nbt_rd *r, const uint8_t *base, size_t len);

/* Keeps the first trouble; later ones change nothing. */
void nbt_rd_fail(nbt_rd *r, nbt_err err, size_t at, const char *field);

/*
 * The next n bytes, or NULL after a failure: the one bounds check. n = 0 is allowed. Inline, since
 * every field of every packet comes through here.
 */
static inline const uint8_t *nbt_rd_take(nbt_rd *r, size_t n, const char *field)
{
    if (r->err)
        return NULL;
    if (n > r->end - r->at) {
        nbt_rd_fail(r, NBT_ERR_SHORT, r->at, field);
        return NULL;
    }
    if (r->spans)
        nbt_spans_add(r->spans, r->at, n, field);
    const uint8_t *p = r->base + r->at;
    r->at += n;
    return p;
}

static inline size_t nbt_rd_left(const nbt_rd *r)
{
    return r->err ? 0 : r->end - r->at;
}

static inline uint8_t nbt_rd_u8(nbt_rd *r, const char *field)
{
    const uint8_t *p = nbt_rd_take(r, 1, field);
    return p ? p[0] : 0;
}

static inline uint16_t nbt_rd_u16(nbt_rd *r, const char *field)
{
    const uint8_t *p = nbt_rd_take(r, 2, field);
    return (uint16_t)(p ? p[0] << 8 | p[1] : 0);
}

static inline uint32_t nbt_rd_u32(nbt_rd *r, const char *field)
{
    const uint8_t *p = nbt_rd_take(r, 4, field);
    return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

static inline uint16_t nbt_rd_u16le(nbt_rd *r, const char *field)
{
    const uint8_t *p = nbt_rd_take(r, 2, field);
    return (uint16_t)(p ? p[0] | p[1] << 8 : 0);
}

static inline uint32_t nbt_rd_u32le(nbt_rd *r, const char *field)
{
    const uint8_t *p = nbt_rd_take(r, 4, field);
    return p ? (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0] : 0;
}

/* The next n bytes as borrowed bytes; {NULL, 0} after a failure. */
nbt_bytes nbt_rd_bytes(nbt_rd *r, size_t n, const char *field);

/* Takes n bytes of `r` as a region of its own. A failed parent gives a failed child. */
nbt_rd nbt_rd_sub(nbt_rd *r, size_t n, const char *field);

/* Ends a region: its trouble, or bytes left in it (NBT_ERR_EXTRA), become the parent's. */
void nbt_rd_close(nbt_rd *r, const nbt_rd *sub, const char *field);

typedef struct nbt_wr {
    uint8_t *base;
    size_t at;  /* bytes written so far */
    size_t cap; /* room */
    nbt_err err;
    const char *err_field;
} nbt_wr;

void nbt_wr_init(nbt_wr *w, uint8_t *base, size_t cap);
void nbt_wr_fail(nbt_wr *w, nbt_err err, const char *field);

/* Room for n bytes, all zero, or NULL after a failure. */
uint8_t *nbt_wr_room(nbt_wr *w, size_t n, const char *field);

/* Integers are taken wide and refused (NBT_ERR_RANGE) when the field cannot hold them. */
void nbt_wr_u8(nbt_wr *w, uint64_t v, const char *field);
void nbt_wr_u16(nbt_wr *w, uint64_t v, const char *field);
void nbt_wr_u32(nbt_wr *w, uint64_t v, const char *field);
void nbt_wr_u16le(nbt_wr *w, uint64_t v, const char *field);
void nbt_wr_u32le(nbt_wr *w, uint64_t v, const char *field);
void nbt_wr_bytes(nbt_wr *w, const void *p, size_t n, const char *field);

/*
 * A 16-bit length that is known only later: reserve it, write what it measures, fill it in. The
 * value is the count of bytes written since the reservation.
 */
size_t nbt_wr_reserve16(nbt_wr *w, const char *field);
void nbt_wr_fill16(nbt_wr *w, size_t where, const char *field);

#endif
