/*
 * SHA-256 (FIPS 180-4): what proves that a file has arrived as it was sent. It says nothing about
 * who sent it.
 */
#ifndef RC_SHA256_H
#define RC_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { RC_SHA256_LEN = 32, RC_SHA256_BLOCK = 64 };

typedef struct rc_sha256 {
    uint32_t h[8];
    uint64_t n; /* octets so far */
    uint8_t block[RC_SHA256_BLOCK];
} rc_sha256;

void rc_sha256_init(rc_sha256 *s);
void rc_sha256_add(rc_sha256 *s, const void *p, size_t n);

/* The digest of what was added so far; more can be added afterwards. */
void rc_sha256_digest(const rc_sha256 *s, uint8_t digest[RC_SHA256_LEN]);

#endif
