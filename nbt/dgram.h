/*
 * The datagram service of one adapter (RFC 1001 17, RFC 1002 5.3): packets made and sent, in
 * fragments where they must be; packets read, put together and believed or not. It knows no names
 * of its own and no programs: for whom a datagram is, the computer knows.
 */
#ifndef NBT_DGRAM_H
#define NBT_DGRAM_H

#include "nbt/act.h"
#include "nbt/fragment.h"
#include "nbt/node.h"

/* How many datagrams are remembered, so that an error about one can be believed (D33). */
enum { NBT_DGRAM_SENT_MAX = 32 };

typedef struct nbt_dgram_sent {
    uint16_t id;
    uint32_t ip; /* where it went; 0: nothing is remembered here */
    uint8_t name[NBT_NAME_LEN];
} nbt_dgram_sent;

typedef struct nbt_dgram {
    const nbt_lana_cfg *cfg; /* borrowed */
    uint16_t last_id;        /* DGM_ID given last */
    nbt_fragments fragments;
    nbt_dgram_sent *sent; /* a ring of NBT_DGRAM_SENT_MAX: the next place is nsent % that; NULL
                           * before the first, since most adapters never send any */
    uint32_t nsent;
} nbt_dgram;

/* `last_id`: the first datagram has the number behind it. */
void nbt_dgram_init(nbt_dgram *d, nbt_mem mem, const nbt_lana_cfg *cfg, uint16_t last_id);
void nbt_dgram_fini(nbt_dgram *d);

/*
 * A message of one of the types 0x10 to 0x12 with an id of its own. `data` is borrowed. False if
 * names that long cannot be sent at all (D14).
 */
bool nbt_dgram_make(nbt_dgram *d, uint8_t type, const uint8_t from[NBT_NAME_LEN],
                    const uint8_t to[NBT_NAME_LEN], nbt_bytes data, nbt_dgm *m);

/* Sends a message to port 138 of an address; unique ones are remembered. */
void nbt_dgram_send(nbt_dgram *d, const nbt_dgm *m, uint32_t ip, nbt_out *out);

/* DATAGRAM QUERY REQUEST about a name, to a distribution server. */
void nbt_dgram_ask(nbt_dgram *d, const uint8_t name[NBT_NAME_LEN], uint16_t id, uint32_t ip,
                   nbt_out *out);

/* An id for a question. */
uint16_t nbt_dgram_new_id(nbt_dgram *d);

typedef enum nbt_dgram_news {
    NBT_DGRAM_NOTHING,
    NBT_DGRAM_MESSAGE,  /* a whole one, of our scope; it may be answered by nbt_dgram_refuse */
    NBT_DGRAM_ABSENT,   /* a DATAGRAM ERROR that can be believed: `to` names whom nobody knows */
    NBT_DGRAM_POSITIVE, /* a distribution server's answer about `to` */
    NBT_DGRAM_NEGATIVE,
} nbt_dgram_news;

/*
 * A packet has come to port 138: `to` is the address that it was sent to. What `m` borrows holds
 * until the next call. Packets that cannot be read are traced, and perhaps answered (D30, A31).
 */
nbt_dgram_news nbt_dgram_rx(nbt_dgram *d, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data,
                            nbt_dgm *m, nbt_out *out);

/*
 * DATAGRAM ERROR about a message that came from `from` to `to`, to the address in its header (H22):
 * if the profile has it, and never about what was sent to more than this node (D31).
 */
void nbt_dgram_refuse(nbt_dgram *d, nbt_ep to, const nbt_dgm *m, uint8_t code, nbt_out *out);

/* A datagram that comes to nothing, for whoever watches. */
void nbt_dgram_trace(const nbt_dgram *d, const char *to, const char *why,
                     const uint8_t name[NBT_NAME_LEN], nbt_ep peer, nbt_out *out);

void nbt_dgram_tick(nbt_dgram *d, nbt_time now);
nbt_time nbt_dgram_due(const nbt_dgram *d);

#endif
