/*
 * Name service packets in the making: the few shapes of RFC 1002 4.2 that nodes send, with the room
 * that their RDATA borrows. What the packet is, its word says (NBT_WORD_*): the words that the RFC
 * draws, to which a sender adds B, T or RA where the drawing leaves them open.
 */
#ifndef NBT_DRAFT_H
#define NBT_DRAFT_H

#include "nbt/ns.h"

enum {
    NBT_WORD_REGISTRATION = 0x2900,          /* 4.2.2 */
    NBT_WORD_OVERWRITE = 0x2800,             /* 4.2.3 */
    NBT_WORD_MULTIHOMED = 0x7900,            /* MS-NBTE 2.2.2 */
    NBT_WORD_REFRESH = 0x0000,               /* 4.2.4, with an OPCODE: 8 or 9 (B27) */
    NBT_WORD_NEGATIVE_REGISTRATION = 0xAD80, /* 4.2.6, with an RCODE */
    NBT_WORD_CONFLICT_DEMAND = 0xAD87,       /* 4.2.8 */
    NBT_WORD_RELEASE = 0x3000,               /* 4.2.9 */
    NBT_WORD_POSITIVE_RELEASE = 0xB400,      /* 4.2.10 */
    NBT_WORD_QUERY = 0x0100,                 /* 4.2.12 */
    NBT_WORD_POSITIVE_QUERY = 0x8500,        /* 4.2.13 */
    NBT_WORD_NEGATIVE_QUERY = 0x8500,        /* 4.2.14, with an RCODE */
    NBT_WORD_STATUS_REQUEST = 0x0000,        /* 4.2.17 */
    NBT_WORD_STATUS_RESPONSE = 0x8400,       /* 4.2.18 */
};

/* Not to be copied: ns borrows rdata. */
typedef struct nbt_draft {
    nbt_ns ns;
    uint8_t tail; /* octets of zero behind the message, which some systems send */
    uint8_t rdata[NBT_NS_UDP_MAX];
} nbt_draft;

/* A request of one question and no record: query (type NB), node status (type NBSTAT). */
void nbt_draft_question(nbt_draft *d, uint16_t trn_id, unsigned word, const nbt_name *name,
                        unsigned type);

/* A request with an NB record for the name of its question: registration, overwrite, refresh,
 * release. */
void nbt_draft_record(nbt_draft *d, uint16_t trn_id, unsigned word, const nbt_name *name,
                      uint32_t ttl, nbt_addr addr);

/* A response with one NB record of one address. */
void nbt_draft_response(nbt_draft *d, uint16_t trn_id, unsigned word, const nbt_name *name,
                        uint32_t ttl, nbt_addr addr);

/* One more address for that record; false if there is no room. */
bool nbt_draft_add_address(nbt_draft *d, nbt_addr addr);

/* NEGATIVE NAME QUERY RESPONSE: a NULL record that ANCOUNT does not count, as 4.2.14 has it. */
void nbt_draft_negative_query(nbt_draft *d, uint16_t trn_id, unsigned word, const nbt_name *name);

/* NODE STATUS RESPONSE; n names must fit, see nbt_draft_status_room. */
void nbt_draft_status(nbt_draft *d, uint16_t trn_id, unsigned word, const nbt_name *name,
                      const nbt_node_name *names, size_t n, const nbt_statistics *st);

/*
 * How many names fit into a NODE STATUS RESPONSE about `name`. RFC 1001 15.6 has 576 octets for the
 * IP datagram here, headers included: 24 names without a scope (B56).
 */
size_t nbt_draft_status_room(const nbt_name *name);

#endif
