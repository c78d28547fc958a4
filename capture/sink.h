/*
 * Captured packets out: a pcap file, gzipped if its name says so.
 */
#ifndef CAPTURE_SINK_H
#define CAPTURE_SINK_H

#include "capture/file.h"

typedef struct cap_sink cap_sink;

/*
 * Creates or replaces a file for packets of a link type (DLT_*); a name that ends in .gz makes it a
 * gzipped one, "-" is standard output. NULL: `err` says why, in one line.
 */
cap_sink *cap_sink_new(const char *path, int link, char err[CAP_ERR_MAX]);

/* The file's times are in nanoseconds, not in microseconds. To be called before the first packet.
 */
void cap_sink_nano(cap_sink *s);

/*
 * Appends a packet; its number is not kept, the file counts anew. False for a packet of another
 * link type than the file's, which it cannot hold.
 */
bool cap_sink_put(cap_sink *s, const cap_packet *p);

/* How many packets were put. */
uint64_t cap_sink_count(const cap_sink *s);

/* Writes out what is buffered. False when that, or anything before, could not be written. */
bool cap_sink_flush(cap_sink *s);

/* The same, and closes. */
bool cap_sink_free(cap_sink *s);

#endif
