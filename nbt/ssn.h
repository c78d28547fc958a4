/*
 * Session service packets (RFC 1002 4.3), TCP port 139: read and written, and cut out of the
 * stream.
 *
 * The length has 17 bits, its highest in the E bit of FLAGS: 0..131071. This is not the 24-bit
 * framing that port 445 uses.
 */
#ifndef NBT_SSN_H
#define NBT_SSN_H

#include "nbt/codes.h"
#include "nbt/name.h"

enum {
    NBT_SSN_HEADER_LEN = 4,
    NBT_SSN_E = 0x01,
    NBT_SSN_LEN_MAX = 131071,
    NBT_SSN_REQUEST_MAX = 510, /* two names, RFC 1002 4.1 */
};

typedef struct nbt_ssn {
    uint8_t type;     /* enum nbt_ssn_type */
    uint8_t flags;    /* with E as received; writing sets E from the length */
    nbt_name called;  /* SESSION REQUEST */
    nbt_name calling; /* SESSION REQUEST */
    uint8_t code;     /* NEGATIVE SESSION RESPONSE */
    nbt_ep retarget;  /* RETARGET SESSION RESPONSE */
    nbt_bytes data;   /* SESSION MESSAGE; also the unexpected trailer of any other type. Borrowed */
} nbt_ssn;

/* The header alone, of at least 4 bytes: type, flags and length of the trailer. */
typedef struct nbt_ssn_head {
    uint8_t type;
    uint8_t flags;
    uint32_t length;
} nbt_ssn_head;

void nbt_ssn_head_rd(nbt_rd *r, nbt_ssn_head *h);
void nbt_ssn_head_wr(nbt_wr *w, uint8_t type, size_t length);

/*
 * Reads one whole packet (header and trailer). Errors: SHORT, EXTRA, VALUE (unknown TYPE), LENGTH
 * (a trailer too short for its type; of a SESSION REQUEST it is the name that is SHORT), and the
 * names'. Trailing octets after the fields of a type are no error here: they are in `data` (C5, C6,
 * C10 leave it to the receiver). Numbers that a type does not have read as 0, names are left alone.
 */
void nbt_ssn_rd(nbt_rd *r, nbt_ssn *m);

/* Writes one whole packet. Errors: FULL, LONG, RANGE (message over 131071), VALUE. */
void nbt_ssn_wr(nbt_wr *w, const nbt_ssn *m);

/*
 * How many bytes the first packet in `bytes` has, header included: 0 while fewer than 4 bytes are
 * there to tell. Never looks beyond the header.
 */
size_t nbt_ssn_frame(nbt_bytes bytes);

#endif
