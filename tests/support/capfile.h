/*
 * Capture files and frames put together in memory, in either byte order: what the tests of capture/
 * read. They are made here octet by octet, never with the writers that are under test.
 */
#ifndef TESTS_SUPPORT_CAPFILE_H
#define TESTS_SUPPORT_CAPFILE_H

#include "nbt/base.h"

enum { CAPFILE_MAX = 64 * 1024 };

typedef struct capfile {
    bool big; /* big-endian */
    size_t n;
    uint8_t b[CAPFILE_MAX];
} capfile;

void capfile_u16(capfile *f, uint32_t v);
void capfile_u32(capfile *f, uint32_t v);
void capfile_bytes(capfile *f, const void *p, size_t n);

/* pcap: the header, and a packet of which `n` octets were kept. */
void capfile_pcap(capfile *f, uint32_t magic, uint32_t linktype);
void capfile_record(capfile *f, uint32_t seconds, uint32_t fraction, const void *p, size_t n,
                    uint32_t wire_len);

/* pcapng: blocks. A tsresol of 0 leaves the option away. */
void capfile_section(capfile *f);
void capfile_interface(capfile *f, uint16_t linktype, uint8_t tsresol);
void capfile_packet(capfile *f, uint32_t interface, uint64_t stamp, const void *p, size_t n);
void capfile_simple(capfile *f, const void *p, size_t n);
void capfile_block(capfile *f, uint32_t type, const void *p, size_t n);

/* Writes it to a new file below /tmp, gzipped or not, whose path goes to `path` (64 octets). */
void capfile_save(const capfile *f, bool gzip, char path[64]);

/* Frames of raw IP; they give their length. 10.0.0.`from` sends to 10.0.0.`to`. */
size_t frame_udp(uint8_t *out, uint8_t from, uint16_t sport, uint8_t to, uint16_t dport,
                 const void *p, size_t n);
size_t frame_tcp(uint8_t *out, uint8_t from, uint16_t sport, uint8_t to, uint16_t dport,
                 uint32_t seq, uint32_t ack, uint8_t flags, const void *p, size_t n);

/* Octets `at` to `at + n` of what an IP packet that was made so carries, as a fragment. */
size_t frame_fragment(uint8_t *out, const uint8_t *packet, size_t len, size_t at, size_t n);

#endif
