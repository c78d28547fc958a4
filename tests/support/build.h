/*
 * Packets for tests, built from what the test wants to say. They are put together field by field
 * with the write cursor, not by the codecs under test, so that a test may lie: counts, lengths and
 * types stand in the packet as given.
 */
#ifndef TESTS_SUPPORT_BUILD_H
#define TESTS_SUPPORT_BUILD_H

#include "nbt/msg.h"

enum { PACKET_MAX = 2048 };

typedef struct packet {
    size_t n;
    uint8_t b[PACKET_MAX];
} packet;

/* A name in its text form, "FRED<20>.SCOPE"; fails the test if it is none. */
nbt_name name_of(const char *text);

/* "10.0.0.1" in host byte order; fails the test on other text. */
uint32_t ip_of(const char *text);

/* The pieces of a name service packet. A NULL name is a pointer to the question. */
void put_header(nbt_wr *w, uint16_t trn_id, unsigned word, unsigned qdcount, unsigned ancount,
                unsigned nscount, unsigned arcount);
void put_question(nbt_wr *w, const char *name, unsigned type);
void put_record(nbt_wr *w, const char *name, unsigned type, uint32_t ttl, const void *rdata,
                size_t n);
void put_address_record(nbt_wr *w, const char *name, uint32_t ttl, unsigned nb_flags,
                        const char *ip);

/* Whole packets, as RFC 1002 4.2 draws them; `word` is R, OPCODE, NM_FLAGS and RCODE. */
packet build_question(uint16_t trn_id, unsigned word, const char *name, unsigned type);
packet build_request(uint16_t trn_id, unsigned word, const char *name, uint32_t ttl,
                     unsigned nb_flags, const char *ip);
packet build_answer(uint16_t trn_id, unsigned word, const char *name, unsigned type, uint32_t ttl,
                    const void *rdata, size_t n);
packet build_address_answer(uint16_t trn_id, unsigned word, const char *name, uint32_t ttl,
                            unsigned nb_flags, const char *ip);

/* An unfragmented datagram with the right DGM_LENGTH. */
packet build_datagram(unsigned type, uint16_t id, const char *ip, const char *from, const char *to,
                      const void *data, size_t n);

/* A SESSION REQUEST, and any session packet with its trailer given. */
packet build_session_request(const char *called, const char *calling);
packet build_session(unsigned type, const void *trailer, size_t n);

#endif
