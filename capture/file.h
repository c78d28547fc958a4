/*
 * Capture files, read: pcap (also with nanoseconds, and as old patched Linux programs wrote it) and
 * pcapng, of either byte order, gzipped or not. Only the container is read here, never a packet.
 *
 * A file is read block by block, with a reader of our own: it costs less than the general one of
 * libpcap, and it tells a file that is not yet whole from one that is damaged.
 */
#ifndef CAPTURE_FILE_H
#define CAPTURE_FILE_H

#include "capture/input.h"

enum { CAP_FILE_INTERFACES_MAX = 1024 }; /* of one section of a pcapng file */

/* One packet, as every source gives it. */
typedef struct cap_packet {
    uint64_t number;   /* counted from 1, as frame numbers are */
    int64_t time;      /* microseconds since 1970-01-01 UTC */
    uint16_t nano;     /* nanoseconds beyond `time`, where the source knows them: 0..999 */
    int link;          /* libpcap's link type (DLT_*) */
    uint32_t wire_len; /* length on the wire; bytes.n may be less (snap length) */
    nbt_bytes bytes;   /* borrowed until the next call */
} cap_packet;

typedef enum cap_got {
    CAP_PACKET, /* one packet */
    CAP_END,    /* there will be no more */
    CAP_WAIT,   /* there is none now, and later there may be: live, a pipe, a followed file */
    CAP_DAMAGE, /* the file is damaged, or reading failed */
} cap_got;

/* An interface that a file has packets of; a pcap file has one. */
typedef struct cap_file_interface {
    int link;         /* DLT_* */
    uint32_t snap;    /* the most of a packet that is kept; 0: all */
    uint64_t coarse;  /* time stamps are divided by this first, */
    uint64_t per_sec; /* and are then so many a second, at most 10^9 */
    int64_t offset;   /* seconds to be added */
} cap_file_interface;

typedef struct cap_file {
    cap_input in;
    bool ng;          /* pcapng */
    bool little;      /* the byte order */
    uint16_t minor;   /* pcap: version 2.minor */
    uint8_t head_len; /* pcap: of a packet's header */
    uint32_t skip;    /* octets to pass over before the next packet or block */
    uint64_t count;
    size_t n; /* interfaces so far; of a pcapng file, in this section */
    size_t cap;
    cap_file_interface *interfaces;
    char error[256];
} cap_file;

/*
 * Opens a capture file, "-" for standard input, and reads it up to where its first packet may come,
 * blocking for a pipe's writer if need be. False: `err` says why, in one line.
 */
bool cap_file_init(cap_file *f, const char *path, bool follow, char err[CAP_ERR_MAX]);
void cap_file_fini(cap_file *f);

/* The next packet. On CAP_DAMAGE, `error` says what is wrong, and where. */
cap_got cap_file_next(cap_file *f, cap_packet *p);

/* Whether any time stamp may be finer than a microsecond. */
bool cap_file_is_nano(const cap_file *f);

/* The link type of pcap and pcapng files (LINKTYPE_*) as libpcap's, and back. */
int cap_link_from_file(uint32_t linktype);
uint32_t cap_link_to_file(int link);

#endif
