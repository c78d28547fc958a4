/*
 * Datagram service packets (RFC 1002 4.4), UDP port 138: read and written.
 *
 * Three header lengths: 14 octets for the three message types, 11 for DATAGRAM ERROR, 10 for the
 * query and its two answers. Names stand in full, never as pointers (RFC 1002 4.1).
 */
#ifndef NBT_DGM_H
#define NBT_DGM_H

#include "nbt/codes.h"
#include "nbt/name.h"

enum {
    NBT_DGM_MORE = 0x01,
    NBT_DGM_FIRST = 0x02,
    NBT_DGM_SNT_MASK = 0x0C,
    NBT_DGM_SNT_SHIFT = 2,
    NBT_DGM_HEADER_LEN = 14,
    NBT_DGM_DATA_MAX = 512, /* user data of one datagram, RFC 1002 4.4.2 */
};

typedef struct nbt_dgm {
    uint8_t type; /* enum nbt_dgm_type */
    uint8_t flags;
    uint16_t id;
    nbt_ep source;   /* SOURCE_IP, SOURCE_PORT */
    uint16_t length; /* DGM_LENGTH: names and user data of the whole datagram; message types */
    uint16_t offset; /* PACKET_OFFSET; message types */
    uint8_t code;    /* ERROR_CODE; DATAGRAM ERROR */
    nbt_name from;   /* SOURCE_NAME; message types with FIRST */
    nbt_name to;     /* DESTINATION_NAME; message types with FIRST, and the queries */
    nbt_bytes data;  /* user data, borrowed; of a later fragment all that follows the header */
} nbt_dgm;

/*
 * Reads one packet. DGM_LENGTH and PACKET_OFFSET are given as they are: whether they fit is for
 * whoever puts fragments together. Numbers that a type does not have read as 0, names are left
 * alone. Errors: SHORT, EXTRA, VALUE (unknown MSG_TYPE), and the names'.
 */
void nbt_dgm_rd(nbt_rd *r, nbt_dgm *m);

/* What a DATAGRAM ERROR says about a packet that could not be read because of a name in it (4.4.3):
 * 83 or 84; 0: it is cut off, or the trouble is elsewhere. */
uint8_t nbt_dgm_name_error(const nbt_rd *r);

/* Writes one packet. Errors: FULL, LONG, VALUE (unknown type). */
void nbt_dgm_wr(nbt_wr *w, const nbt_dgm *m);

/* The value that DGM_LENGTH has for these names and this much user data, unfragmented. */
size_t nbt_dgm_length(const nbt_name *from, const nbt_name *to, size_t data);

#endif
