/*
 * A capture made anonymous, packet by packet: names, addresses, hardware addresses and scopes are
 * replaced by a key (capture/anon_map.h), everywhere NBT and remote control have them. What is not
 * understood becomes zeros. As many packets come out as went in, in their order, with their times
 * and their lengths.
 *
 * A message may lie in several packets, which are then held until the last is there. What is held
 * is bounded, in octets, packets and time: of a message that takes more, what was captured becomes
 * zeros.
 */
#ifndef CAPTURE_ANON_H
#define CAPTURE_ANON_H

#include "capture/anon_map.h"
#include "capture/file.h"

enum {
    CAP_ANON_OCTETS = 16 * 1024 * 1024,
    CAP_ANON_PACKETS = 64 * 1024,
    CAP_ANON_SECONDS = 60, /* of the capture's time */
};

typedef struct cap_anon cap_anon;

cap_anon *cap_anon_new(const cap_anon_map *map); /* copies the map. NULL: no memory */
void cap_anon_free(cap_anon *a);

/* What is spoken at a port (capture/tap.h), at another. False: nothing is. */
bool cap_anon_port(cap_anon *a, uint16_t usual, uint16_t port);

/* Takes a packet. False: no memory, and it will not come out. */
bool cap_anon_put(cap_anon *a, const cap_packet *p);

/* The capture ends: nothing is to be waited for any longer. */
void cap_anon_end(cap_anon *a);

/* The next packet, until the next call of any of these; false where there is none as yet. */
bool cap_anon_next(cap_anon *a, cap_packet *p);

/* How many packets were of a link type that is not read, and are zeros; which that was last. */
uint64_t cap_anon_unread(const cap_anon *a, int *link);

#endif
