/*
 * Datagrams in pieces (RFC 1001 17.1.2): one is cut into fragments that a network takes, and
 * fragments are put together again, in order, for a while and in bounded memory. It sends nothing,
 * and knows nobody's names.
 */
#ifndef NBT_FRAGMENT_H
#define NBT_FRAGMENT_H

#include "nbt/dgm.h"

/* What an IP and a UDP header take of MAX_DATAGRAM_LENGTH (RFC 1002 5.3). */
enum { NBT_FRAGMENT_IP_UDP = 28 };

/*
 * Whether a message can be sent in packets of at most `max` octets, IP header included: both names
 * must be in the first (RFC 1001 17.1.2).
 */
bool nbt_fragment_possible(const nbt_dgm *whole, size_t max);

/*
 * The next piece of a message whose names, data, id and source are set. `sent` is how many octets
 * behind the headers have been said, 0 before the first; false when there is no other piece. The
 * data of `part` is the message's.
 */
bool nbt_fragment_next(const nbt_dgm *whole, size_t max, size_t *sent, nbt_dgm *part);

/* A message that is not whole yet. */
typedef struct nbt_piece {
    struct nbt_piece *next;
    nbt_time due;
    uint32_t ip; /* who sent it, as UDP has it */
    nbt_dgm m;   /* of the first piece; its data is what is there by now */
    size_t room; /* for all of the data */
    uint8_t data[];
} nbt_piece;

/* Who waits for the rest of what. */
typedef struct nbt_fragments {
    nbt_mem mem;
    nbt_time timeout; /* FRAGMENT_TO */
    size_t room;      /* octets for all that waits */
    size_t used;
    bool any_length;  /* the length of a message in one packet is not looked at */
    nbt_piece *first; /* in the order in which they came; so fall due, too */
    nbt_piece *whole; /* what nbt_fragments_take gave last */
} nbt_fragments;

void nbt_fragments_init(nbt_fragments *f, nbt_mem mem, nbt_time timeout, size_t room);
void nbt_fragments_fini(nbt_fragments *f);

/* What has become of a packet. */
typedef enum nbt_fragment_fate {
    NBT_FRAGMENT_WHOLE, /* with it, the message is there */
    NBT_FRAGMENT_KEPT,  /* more is to come */
    NBT_FRAGMENT_AGAIN, /* it was there already: nothing has changed */
    NBT_FRAGMENT_STRAY, /* its first piece is not known (any more): RFC 1002 5.3.3 */
    NBT_FRAGMENT_FALSE, /* it contradicts itself or what is there, which is forgotten */
    NBT_FRAGMENT_FULL,  /* no memory, or larger than all there is */
} nbt_fragment_fate;

/*
 * Takes one packet of types 0x10 to 0x12 that `from` has sent. Messages are told apart by that
 * address, the source in the header and the id (D17). WHOLE: `m` has become the message, with both
 * names and all data, which hold until the next call. When the room is used up, what waits longest
 * is forgotten.
 */
nbt_fragment_fate nbt_fragments_take(nbt_fragments *f, nbt_time now, uint32_t from, nbt_dgm *m);

/* Forgets what has waited too long. */
void nbt_fragments_tick(nbt_fragments *f, nbt_time now);
nbt_time nbt_fragments_due(const nbt_fragments *f);

#endif
