/*
 * One captured frame, from its link layer to what NBT sees: a UDP payload or a TCP segment.
 *
 * Every frame gets an answer: either UDP or TCP with addresses and payload, or what it is instead.
 */
#ifndef CAPTURE_FRAME_H
#define CAPTURE_FRAME_H

#include "nbt/span.h"

typedef enum cap_frame_kind {
    CAP_FRAME_UDP,
    CAP_FRAME_TCP,
    CAP_FRAME_FRAGMENT, /* part of an IPv4 packet */
    CAP_FRAME_REFUSED,  /* ICMP: a UDP or TCP packet did not get where it should; `what` says why */
    CAP_FRAME_NETBEUI,  /* NetBIOS without IP: named, not read */
    CAP_FRAME_IPX,      /* the same */
    CAP_FRAME_OTHER,    /* something that NBT never sees: `what` names it */
    CAP_FRAME_UNREAD,   /* of a link type that is not read: it may be anything */
} cap_frame_kind;

typedef struct cap_frame {
    cap_frame_kind kind;
    const char *what; /* OTHER, REFUSED: what it is, or what is wrong with it; static text */
    bool has_mac;
    uint8_t mac_from[6], mac_to[6];
    nbt_ep from, to;               /* UDP, TCP; FRAGMENT and REFUSED without ports */
    nbt_ep quoted_from, quoted_to; /* REFUSED: the addresses of the packet that it quotes */
    nbt_bytes payload;             /* UDP: as far as captured; TCP: the segment's data. Borrowed */
    bool cut;                      /* the capture holds less than the packet had */
    size_t whole;                  /* how long the payload is, were it not cut */
    uint32_t seq, ack;             /* TCP */
    uint8_t tcp_flags;             /* TCP: CAP_TCP_* */
    uint8_t proto;                 /* FRAGMENT, REFUSED: of what it is a part, as IP numbers it */
    uint16_t id;                   /* FRAGMENT: of which packet */
    uint32_t offset;               /* FRAGMENT: where in it */
    bool more;                     /* FRAGMENT: it is not the last */
} cap_frame;

enum { CAP_IP_TCP = 6, CAP_IP_UDP = 17 };
enum { CAP_TCP_FIN = 0x01, CAP_TCP_SYN = 0x02, CAP_TCP_RST = 0x04, CAP_TCP_ACK = 0x10 };

/*
 * Reads a frame of a libpcap link type (DLT_*). Where `spans` is not NULL, it is noted there which
 * octets are which header, or part of one, and which the payload.
 */
void cap_frame_rd_note(cap_frame *f, int link, nbt_bytes bytes, nbt_spans *spans);

/* The same without notes. */
static inline void cap_frame_rd(cap_frame *f, int link, nbt_bytes bytes)
{
    cap_frame_rd_note(f, link, bytes, NULL);
}

/* Makes the last FRAGMENT of a packet the UDP or TCP that the whole of its data is; notes, too. */
void cap_frame_whole_note(cap_frame *f, nbt_bytes data, nbt_spans *spans);

static inline void cap_frame_whole(cap_frame *f, nbt_bytes data)
{
    cap_frame_whole_note(f, data, NULL);
}

#endif
