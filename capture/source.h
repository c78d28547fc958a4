/*
 * Captured packets in: a capture file, or what an interface sees now. Uses libpcap.
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include "nbt/base.h"

enum { CAP_ERR_MAX = 512 }; /* room for an error text */

typedef struct cap_packet {
    uint64_t number;   /* counted from 1, as frame numbers are */
    int64_t time;      /* microseconds since 1970-01-01 UTC */
    uint32_t wire_len; /* length on the wire; bytes.n may be less (snap length) */
    nbt_bytes bytes;   /* borrowed until the next call */
} cap_packet;

typedef struct cap_source cap_source;

/*
 * Opens a capture file (whatever libpcap reads), "-" for standard input. NULL: `err` says why, in
 * one line without a newline.
 */
cap_source *cap_source_file(const char *path, char err[CAP_ERR_MAX]);

/*
 * Opens an interface: all its packets, promiscuous, delivered at once. cap_source_next then never
 * waits. NULL: `err` says why.
 */
cap_source *cap_source_live(const char *interface, char err[CAP_ERR_MAX]);

void cap_source_free(cap_source *s);

/* libpcap's link type (DLT_*). */
int cap_source_link(const cap_source *s);

/* A descriptor that becomes readable when a live source has packets; -1 for a file. */
int cap_source_fd(const cap_source *s);

typedef enum cap_got {
    CAP_PACKET, /* one packet */
    CAP_END,    /* the end of the file; live: nothing now */
    CAP_DAMAGE, /* the file is damaged, or reading failed: cap_source_error says how */
} cap_got;

cap_got cap_source_next(cap_source *s, cap_packet *p);
const char *cap_source_error(const cap_source *s);

/* How many packets a live source has missed so far; 0 for a file. */
uint64_t cap_source_lost(cap_source *s);

#endif
