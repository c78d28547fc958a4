/*
 * SHA-256, block by block. Section numbers are those of FIPS 180-4.
 */
#include "rc/sha256.h"

#include <string.h>

/* 4.2.2: of the cube roots of the first 64 primes, the first 32 bits behind the point. */
static const uint32_t k[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

void rc_sha256_init(rc_sha256 *s)
{
    /* 5.3.3: the same of the square roots of the first eight. */
    static const uint32_t h[8] = {
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
        0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
    };
    memcpy(s->h, h, sizeof h);
    s->n = 0;
}

static uint32_t turn(uint32_t x, unsigned n)
{
    return x >> n | x << (32 - n);
}

/* 6.2.2, step 1: the message schedule. */
static void schedule(uint32_t w[64], const uint8_t *block)
{
    for (size_t t = 0; t < 16; t++)
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    for (size_t t = 16; t < 64; t++) {
        uint32_t a = w[t - 2], b = w[t - 15];
        uint32_t s1 = turn(a, 17) ^ turn(a, 19) ^ a >> 10;
        uint32_t s0 = turn(b, 7) ^ turn(b, 18) ^ b >> 3;
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
}

/* 6.2.2, steps 2 to 4; v[0] is the standard's a, v[7] its h. */
static void take_block(rc_sha256 *s, const uint8_t *block)
{
    uint32_t w[64], v[8];
    schedule(w, block);
    memcpy(v, s->h, sizeof v);
    for (size_t t = 0; t < 64; t++) {
        uint32_t sum1 = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25);
        uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t t1 = v[7] + sum1 + choice + k[t] + w[t];
        uint32_t sum0 = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + sum0 + majority;
    }
    for (size_t i = 0; i < 8; i++)
        s->h[i] += v[i];
}

void rc_sha256_add(rc_sha256 *s, const void *p, size_t n)
{
    const uint8_t *at = p;
    size_t held = s->n % RC_SHA256_BLOCK;
    s->n += n;
    while (n > 0) {
        size_t part = RC_SHA256_BLOCK - held < n ? RC_SHA256_BLOCK - held : n;
        memcpy(s->block + held, at, part);
        at += part;
        n -= part;
        held += part;
        if (held == RC_SHA256_BLOCK) {
            take_block(s, s->block);
            held = 0;
        }
    }
}

void rc_sha256_digest(const rc_sha256 *s, uint8_t digest[RC_SHA256_LEN])
{
    static const uint8_t padding[RC_SHA256_BLOCK] = { 0x80 }; /* 5.1.1 */
    rc_sha256 end = *s;
    size_t held = s->n % RC_SHA256_BLOCK;
    uint8_t bits[8];
    for (size_t i = 0; i < 8; i++)
        bits[i] = (uint8_t)(s->n * 8 >> (56 - 8 * i));
    rc_sha256_add(&end, padding, (held < 56 ? 56 : 120) - held);
    rc_sha256_add(&end, bits, sizeof bits);
    for (size_t i = 0; i < RC_SHA256_LEN; i++)
        digest[i] = (uint8_t)(end.h[i / 4] >> (24 - 8 * (i % 4)));
}
