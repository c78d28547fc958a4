/*
 * The two packings of screen updates: run lengths (the product's "low" compression, by article some
 * 40 %) and zlib (for its "high" one, LZ, 90 %; KB Q199262). An agent is set to one of them or to
 * "auto". The product's auto went by the computer's speed; ours takes the shorter result, update by
 * update. What packing would make longer is always sent as it is.
 */
#ifndef RC_PACK_H
#define RC_PACK_H

#include "rc/channel.h"
#include "rc/line.h"

typedef enum rc_compression { RC_COMPRESS_RLE, RC_COMPRESS_ZLIB, RC_COMPRESS_AUTO } rc_compression;

/* "rle", "zlib", "auto". */
const char *rc_compression_str(rc_compression compression);
bool rc_compression_parse(rc_compression *compression, const char *text, size_t len);

/*
 * Run lengths: a control octet c, then for c < 80 hex, c + 1 octets as they are; else one octet
 * that stands c - 80 hex + 3 times.
 *
 * pack: false when the result does not fit into `cap`, which then holds anything. unpack: fills
 * exactly `n` octets; errors: SHORT, and LENGTH for a result longer or shorter than n.
 */
bool rc_rle_pack(nbt_bytes in, uint8_t *out, size_t cap, size_t *n);
void rc_rle_unpack(nbt_rd *r, uint8_t *out, size_t n);

typedef struct rc_packer rc_packer;

/* Both directions of zlib, with memory of their own. NULL without memory. */
rc_packer *rc_packer_new(nbt_mem mem);
void rc_packer_free(rc_packer *p);

/*
 * Packs `in` (up to RC_MSG_MAX octets) by `compression`, using only `packings` (a set of
 * rc_packing) that the viewer reads. The result is in `out`, which has room for in.n octets and is
 * not `in`.
 */
rc_packing rc_pack(rc_packer *p, rc_compression compression, unsigned packings, nbt_bytes in,
                   uint8_t *out, size_t *n);

/*
 * The other way: `m` is a SCREEN message; exactly m->unpacked octets go to `out`. False: `r` says
 * why and where, counted from the start of m->data. Errors: SHORT, LENGTH, and VALUE for what zlib
 * cannot read.
 */
bool rc_unpack(rc_packer *p, const rc_msg *m, uint8_t *out, nbt_rd *r);

#endif
