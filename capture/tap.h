/*
 * From packets to NBT messages: frames are read, fragments put together, streams put in order and
 * cut. One packet gives none, one or several items; what belongs to NBT and gives no message gives
 * a note, so that nothing passes in silence.
 *
 * A message of remote control is an item of its own, with `rc` and no `msg`: whoever looks for NBT
 * messages sees none there. Where a session over NetBIOS carried it, that session message is the
 * item before; where it went over UDP, the segment is in which it ends.
 */
#ifndef CAPTURE_TAP_H
#define CAPTURE_TAP_H

#include "capture/file.h"
#include "capture/flow.h"
#include "capture/frame.h"
#include "nbt/msg.h"
#include "rc/text.h"

enum { CAP_NOTE_MAX = 128 };

typedef struct cap_item {
    uint64_t number; /* the packet that completed it */
    uint64_t began;  /* the packet from which on it can be found again, */
    uint64_t stream; /* together with those of this stream in between; 0: it is all in one packet */
    int64_t time;    /* microseconds since 1970 */
    bool has_mac, has_ip, tcp;
    bool cut; /* the capture lacks octets of the message */
    uint8_t mac_from[6], mac_to[6];
    nbt_ep from, to;
    uint32_t seq;            /* of a stream: the sequence number of the message's first octet, */
    uint8_t lead;            /* and how many octets of length are before it, there to be read */
    const nbt_msg *msg;      /* until the next call; NULL: there is none */
    const rc_packet *rc;     /* the same; where both are NULL, there is only the note */
    char note[CAP_NOTE_MAX]; /* in plain words; "" for a message about which there is nothing to say
                              */
} cap_item;

typedef struct cap_tap cap_tap;

/*
 * Messages are looked for at UDP 137 and 138 and at TCP 137 and 139; those of remote control at the
 * ports of rc_is_port, and in sessions with a called name <43> to <46> or a calling name <41>, once
 * they were accepted. At UDP ports of rc_is_port, which are also such as anybody's program has,
 * only what begins as a segment of rc/udp.h is one; between ends of a stream that is known, all is.
 * NULL: no memory.
 */
cap_tap *cap_tap_new(void);
void cap_tap_free(cap_tap *t);

/* Another port for what is spoken at one of these. False: that is none of these. */
bool cap_tap_is_usual(uint16_t port);
bool cap_tap_port(cap_tap *t, uint16_t usual, uint16_t port);

/*
 * Takes a packet. Then cap_tap_next is to be called until it gives no more. Returns whether the
 * packet is of NBT's ports, or may be: a fragment, or NetBIOS without IP.
 */
bool cap_tap_put(cap_tap *t, const cap_packet *p);

/* The capture ends: what waits for more comes out of cap_tap_next. */
void cap_tap_end(cap_tap *t);

bool cap_tap_next(cap_tap *t, cap_item *item);

/*
 * For whoever keeps packets until their messages are known. The stream that the packet which was
 * put last is part of: one direction of a connection, the fragments of a packet; 0: of none. And,
 * once cap_tap_next has given no more, what is still needed of that and its connection: gives how
 * many of `needs` it filled in.
 */
enum { CAP_NEEDS_MAX = 3 };
uint64_t cap_tap_stream(const cap_tap *t);
size_t cap_tap_needs(const cap_tap *t, cap_need needs[CAP_NEEDS_MAX]);

/*
 * The stream of fragments that the packet which was put last has made a segment of a connection; 0:
 * it has not. Which messages that segment is part of is not known by this stream.
 */
uint64_t cap_tap_segment(const cap_tap *t);

/*
 * What the packet that was put last was read as, until the next; and, where it has completed a
 * packet of fragments, all that IP carried: else no octets.
 */
const cap_frame *cap_tap_frame(const cap_tap *t);
nbt_bytes cap_tap_whole(const cap_tap *t);

/* The stream of the connection that the packet which was put last is of, in fragments or not. */
uint64_t cap_tap_connection(const cap_tap *t);

/* How many packets could not be put together from their fragments. */
uint64_t cap_tap_lost(const cap_tap *t);

/* How many packets were of a link type that is not read, and which that was last (DLT_*). */
uint64_t cap_tap_unread(const cap_tap *t, int *link);

#endif
