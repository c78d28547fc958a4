/*
 * Numbers, addresses and octets as characters: what every text, line and JSON object of the project
 * is made of by the million. Each function writes at `to`, which has the room that it says, and
 * gives the end of what it wrote. No NUL is written.
 */
#ifndef NBT_DIGITS_H
#define NBT_DIGITS_H

#include "nbt/base.h"

enum {
    NBT_DIGITS_DEC_MAX = 20, /* room for any 64 bits */
    NBT_DIGITS_IP_MAX = 16,  /* 255.255.255.255, and what is overwritten behind it */
};

/* In decimal. Room: NBT_DIGITS_DEC_MAX. */
char *nbt_digits_dec(char *to, uint64_t v);

/* So many decimal digits, the last ones of v; `n` is even and not above 8. Room: n. */
char *nbt_digits_fixed(char *to, uint32_t v, unsigned n);

/* 10.0.0.1. Room: NBT_DIGITS_IP_MAX. */
char *nbt_digits_ip(char *to, uint32_t ip);

/* Two digits an octet, in lower case. Room: 2 * n. */
char *nbt_digits_hex(char *to, const uint8_t *p, size_t n);

#endif
