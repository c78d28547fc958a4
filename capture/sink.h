/*
 * Captured packets out: a pcap file. Uses libpcap.
 */
#ifndef CAPTURE_SINK_H
#define CAPTURE_SINK_H

#include "capture/source.h"

typedef struct cap_sink cap_sink;

/* Creates or replaces a file for packets of a link type. NULL: `err` says why, in one line. */
cap_sink *cap_sink_new(const char *path, int link, char err[CAP_ERR_MAX]);

/* Appends a packet; its number is not kept, the file counts anew. */
void cap_sink_put(cap_sink *s, const cap_packet *p);

/* How many packets were put. */
uint64_t cap_sink_count(const cap_sink *s);

/* Writes out what is buffered and closes. False when anything could not be written. */
bool cap_sink_free(cap_sink *s);

#endif
