/*
 * Captured packets out: a pcap file, or a pcapng one, gzipped or not, as its name says.
 */
#ifndef CAPTURE_SINK_H
#define CAPTURE_SINK_H

#include "capture/file.h"

typedef struct cap_sink cap_sink;

enum { CAP_SINK_LINKS_MAX = 16 };

/*
 * Creates or replaces a file for packets of a link type (DLT_*). A name that ends in .pcapng makes
 * it a pcapng file, which can also have packets of other link types, and has nanoseconds; one that
 * ends in .gz, as .pcapng.gz, a gzipped one. "-" is standard output. NULL: `err` says why, in one
 * line.
 */
cap_sink *cap_sink_new(const char *path, int link, char err[CAP_ERR_MAX]);

/*
 * The same for a file that is there as a whole or not at all: it has another name beside its own
 * until cap_sink_keep, and without that, cap_sink_free removes it. What is no plain file, as a pipe
 * is none, is written to as it is.
 */
cap_sink *cap_sink_new_whole(const char *path, int link, char err[CAP_ERR_MAX]);

/* All is written: closes, and the file gets its name. False: it could not be, there is no file. */
bool cap_sink_keep(cap_sink *s);

/* Whether writing to `path` would destroy the file `other`; NULL: there is no other. */
bool cap_sink_is_over(const char *path, const char *other);

/*
 * The times of a pcap file are in nanoseconds, not in microseconds. To be called before the first
 * packet.
 */
void cap_sink_nano(cap_sink *s);

/*
 * Appends a packet; its number is not kept, the file counts anew. False for a packet of a link type
 * that the file cannot hold: another than the first, or of pcapng one too many.
 */
bool cap_sink_put(cap_sink *s, const cap_packet *p);

/* How many packets were put. */
uint64_t cap_sink_count(const cap_sink *s);

/* Writes out what is buffered. False when that, or anything before, could not be written. */
bool cap_sink_flush(cap_sink *s);

/* The same, and closes. */
bool cap_sink_free(cap_sink *s);

#endif
