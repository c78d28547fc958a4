/*
 * Packing and unpacking of screen updates. Each update is packed by itself, so that the one can be
 * read without those before it.
 */
#include "rc/pack.h"

#include <assert.h>
#include <string.h>
#define ZLIB_CONST /* z_stream.next_in points to const */
#include <zlib.h>

enum {
    RUN_MIN = 3, /* a shorter run is no gain: its control octet and its octet cost two */
    RUN_MAX = 0x7F + RUN_MIN,
    LITERAL_MAX = 0x80,
    RUN_BIT = 0x80,
    WINDOW_BITS = 13, /* 8 KiB: a whole update */
    MEM_LEVEL = 6,
};

struct rc_packer {
    nbt_mem mem;
    z_stream deflate, inflate;
    uint8_t other[RC_MSG_MAX]; /* the second result, when the shorter one is wanted */
};

const char *rc_compression_str(rc_compression compression)
{
    switch (compression) {
    case RC_COMPRESS_RLE:
        return "rle";
    case RC_COMPRESS_ZLIB:
        return "zlib";
    case RC_COMPRESS_AUTO:
        return "auto";
    }
    return "";
}

bool rc_compression_parse(rc_compression *compression, const char *text, size_t len)
{
    for (rc_compression c = RC_COMPRESS_RLE; c <= RC_COMPRESS_AUTO; c++) {
        if (rc_word_eq(rc_compression_str(c), text, len)) {
            *compression = c;
            return true;
        }
    }
    return false;
}

/* How often in[at] stands there in a row, up to RUN_MAX. */
static size_t run(nbt_bytes in, size_t at)
{
    size_t n = 1;
    while (n < RUN_MAX && at + n < in.n && in.p[at + n] == in.p[at])
        n++;
    return n;
}

/* How many octets stand there up to the next run, up to LITERAL_MAX. */
static size_t literal(nbt_bytes in, size_t at)
{
    size_t n = 1;
    while (n < LITERAL_MAX && at + n < in.n && run(in, at + n) < RUN_MIN)
        n++;
    return n;
}

bool rc_rle_pack(nbt_bytes in, uint8_t *out, size_t cap, size_t *n)
{
    nbt_wr w;
    nbt_wr_init(&w, out, cap);
    for (size_t at = 0; at < in.n && !w.err;) {
        size_t length = run(in, at);
        if (length >= RUN_MIN) {
            nbt_wr_u8(&w, RUN_BIT | (length - RUN_MIN), "RUN");
            nbt_wr_u8(&w, in.p[at], "OCTET");
        } else {
            length = literal(in, at);
            nbt_wr_u8(&w, length - 1, "LITERAL");
            nbt_wr_bytes(&w, in.p + at, length, "OCTETS");
        }
        at += length;
    }
    *n = w.at;
    return !w.err;
}

void rc_rle_unpack(nbt_rd *r, uint8_t *out, size_t n)
{
    size_t done = 0;
    while (nbt_rd_left(r) > 0) {
        size_t at = r->at;
        unsigned control = nbt_rd_u8(r, "control octet");
        bool is_run = control & RUN_BIT;
        size_t length = is_run ? (control & ~(unsigned)RUN_BIT) + RUN_MIN : control + 1u;
        if (length > n - done) {
            nbt_rd_fail(r, NBT_ERR_LENGTH, at, "control octet");
            return;
        }
        if (is_run) {
            memset(out + done, nbt_rd_u8(r, "OCTET"), length);
        } else {
            nbt_bytes octets = nbt_rd_bytes(r, length, "OCTETS");
            if (octets.n > 0)
                memcpy(out + done, octets.p, length);
        }
        done += length;
    }
    if (done < n)
        nbt_rd_fail(r, NBT_ERR_LENGTH, r->at, "DATA");
}

/* zlib gives no size back with a block, so each carries its own, in a place that keeps alignment.
 */
typedef union block_head {
    size_t size;
    max_align_t align;
} block_head;

static voidpf zlib_alloc(voidpf opaque, uInt items, uInt size)
{
    const nbt_mem *mem = opaque;
    size_t whole = sizeof(block_head) + (size_t)items * size;
    block_head *head = mem->resize(mem->ctx, NULL, 0, whole);
    if (!head)
        return Z_NULL;
    head->size = whole;
    return head + 1;
}

static void zlib_free(voidpf opaque, voidpf address)
{
    const nbt_mem *mem = opaque;
    block_head *head = (block_head *)address - 1;
    mem->resize(mem->ctx, head, head->size, 0);
}

static void use_memory(z_stream *z, nbt_mem *mem)
{
    z->zalloc = zlib_alloc;
    z->zfree = zlib_free;
    z->opaque = mem;
}

rc_packer *rc_packer_new(nbt_mem mem)
{
    rc_packer *p = mem.resize(mem.ctx, NULL, 0, sizeof *p);
    if (!p)
        return NULL;
    memset(p, 0, sizeof *p);
    p->mem = mem;
    use_memory(&p->deflate, &p->mem);
    use_memory(&p->inflate, &p->mem);
    int deflate_made = deflateInit2(&p->deflate, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WINDOW_BITS,
                                    MEM_LEVEL, Z_DEFAULT_STRATEGY);
    int inflate_made = inflateInit2(&p->inflate, WINDOW_BITS);
    if (deflate_made == Z_OK && inflate_made == Z_OK)
        return p;
    rc_packer_free(p);
    return NULL;
}

void rc_packer_free(rc_packer *p)
{
    if (!p)
        return;
    deflateEnd(&p->deflate); /* of a stream that could not be made: does nothing */
    inflateEnd(&p->inflate);
    nbt_mem mem = p->mem;
    mem.resize(mem.ctx, p, sizeof *p, 0);
}

static void give(z_stream *z, nbt_bytes in)
{
    z->next_in = in.p;
    z->avail_in = (uInt)in.n;
}

static bool zlib_pack(rc_packer *p, nbt_bytes in, uint8_t *out, size_t cap, size_t *n)
{
    deflateReset(&p->deflate);
    give(&p->deflate, in);
    p->deflate.next_out = out;
    p->deflate.avail_out = (uInt)cap;
    bool whole = deflate(&p->deflate, Z_FINISH) == Z_STREAM_END;
    *n = p->deflate.total_out;
    return whole;
}

/* Errors are put where zlib stopped reading. */
static void zlib_unpack(rc_packer *p, nbt_rd *r, uint8_t *out, size_t n)
{
    uint8_t none;
    inflateReset(&p->inflate);
    give(&p->inflate, (nbt_bytes){ r->base, r->end });
    p->inflate.next_out = n > 0 ? out : &none;
    p->inflate.avail_out = (uInt)n;
    int end = inflate(&p->inflate, Z_FINISH);
    size_t read = p->inflate.total_in;
    if (end == Z_STREAM_END && p->inflate.total_out == n && read == r->end)
        r->at = read;
    else if (end == Z_STREAM_END)
        nbt_rd_fail(r, read < r->end ? NBT_ERR_EXTRA : NBT_ERR_LENGTH, read, "DATA");
    else if (end == Z_BUF_ERROR)
        nbt_rd_fail(r, p->inflate.avail_out == 0 ? NBT_ERR_LENGTH : NBT_ERR_SHORT, read, "DATA");
    else
        nbt_rd_fail(r, NBT_ERR_VALUE, read, "DATA");
}

rc_packing rc_pack(rc_packer *p, rc_compression compression, unsigned packings, nbt_bytes in,
                   uint8_t *out, size_t *n)
{
    assert(in.n <= RC_MSG_MAX);
    bool rle = compression != RC_COMPRESS_ZLIB && packings & 1 << RC_PACKING_RLE;
    bool zlib = compression != RC_COMPRESS_RLE && packings & 1 << RC_PACKING_ZLIB;
    rc_packing best = RC_PACKING_NONE;
    size_t shortest = in.n, length;
    if (rle && rc_rle_pack(in, out, shortest, &length) && length < shortest) {
        best = RC_PACKING_RLE;
        shortest = length;
    }
    if (zlib && zlib_pack(p, in, p->other, shortest, &length) && length < shortest) {
        best = RC_PACKING_ZLIB;
        shortest = length;
        memcpy(out, p->other, length);
    }
    if (best == RC_PACKING_NONE && in.n > 0)
        memcpy(out, in.p, in.n);
    *n = shortest;
    return best;
}

bool rc_unpack(rc_packer *p, const rc_msg *m, uint8_t *out, nbt_rd *r)
{
    nbt_rd_init(r, m->data.p, m->data.n);
    switch (m->packing) {
    case RC_PACKING_NONE:
        if (m->data.n != m->unpacked)
            nbt_rd_fail(r, NBT_ERR_LENGTH, 0, "DATA");
        else if (m->data.n > 0)
            memcpy(out, nbt_rd_take(r, m->data.n, "DATA"), m->data.n);
        break;
    case RC_PACKING_RLE:
        rc_rle_unpack(r, out, m->unpacked);
        break;
    case RC_PACKING_ZLIB:
        zlib_unpack(p, r, out, m->unpacked);
        break;
    }
    return !r->err;
}
