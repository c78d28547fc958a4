/*
 * Captured packets in: a capture file, or what an interface sees now. Files are read by
 * capture/file.h; libpcap captures, and gives the filter language to both.
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include "capture/file.h"

enum { CAP_LINK_NAME_MAX = 64 };

typedef struct cap_source cap_source;

/*
 * Opens a capture file: pcap or pcapng, of either byte order, gzipped or not; "-" for standard
 * input. NULL: `err` says why, in one line without a newline.
 */
cap_source *cap_source_file(const char *path, char err[CAP_ERR_MAX]);

/* The same for a file that is being written: at its end, cap_source_next says CAP_WAIT. */
cap_source *cap_source_follow(const char *path, char err[CAP_ERR_MAX]);

/*
 * Opens an interface: all its packets, promiscuous, delivered at once. cap_source_next then never
 * waits. NULL: `err` says why.
 */
cap_source *cap_source_live(const char *interface, char err[CAP_ERR_MAX]);

void cap_source_free(cap_source *s);

/*
 * Only packets that an expression of the pcap filter language fits: of a live source the others are
 * not even counted, of a file they keep their numbers. To be called once, before the first packet.
 * False: `err` says why.
 */
bool cap_source_filter(cap_source *s, const char *expression, char err[CAP_ERR_MAX]);

/* libpcap's link type (DLT_*); of a pcapng file that has several, the first packet may have others.
 */
int cap_source_link(const cap_source *s);

/* What a link type (DLT_*) is called: "IEEE802_11"; a number where libpcap knows no name. */
void cap_link_name(int link, char name[CAP_LINK_NAME_MAX]);

/* Whether packets may have time stamps finer than a microsecond. */
bool cap_source_is_nano(const cap_source *s);

/*
 * A descriptor that becomes readable when there is more after CAP_WAIT: of a live source, and of a
 * pipe. -1 for a file.
 */
int cap_source_fd(const cap_source *s);

/* The next packet. A live source never ends. */
cap_got cap_source_next(cap_source *s, cap_packet *p);

/* How much of a file has been read, from 0 to 1; below 0 where that cannot be known. */
double cap_source_part(const cap_source *s);

/* What is wrong after CAP_DAMAGE. */
const char *cap_source_error(const cap_source *s);

/* How many packets a live source has missed so far; 0 for a file. */
uint64_t cap_source_lost(cap_source *s);

/* An interface that packets can be captured on. */
typedef struct cap_interface {
    char name[64];
    char about[128]; /* what libpcap says of it; may be empty */
} cap_interface;

/* Lists them into `list`, of room for `max`; gives their number. -1: `err` says why. */
int cap_interfaces(cap_interface *list, size_t max, char err[CAP_ERR_MAX]);

#endif
