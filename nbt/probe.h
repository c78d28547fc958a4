/*
 * One question to the network by somebody who is no node: he holds no names, answers nobody, and
 * wants to see every answer. By broadcast, at one address, or both ways at once; the procedures are
 * those of the nodes (RFC 1002 5.1.1, 5.1.2; RFC 1001 15.6), but it goes nowhere it was not sent: a
 * redirect or an end-node challenge ends its way, and is left to the asker. An answer that was cut
 * is fetched by TCP from who has given it.
 */
#ifndef NBT_PROBE_H
#define NBT_PROBE_H

#include "nbt/act.h"
#include "nbt/msg.h"
#include "nbt/profile.h"
#include "nbt/trn.h"

/* What a way has come to. */
typedef enum nbt_probe_result {
    NBT_PROBE_PENDING,
    NBT_PROBE_YES,       /* found, granted, released */
    NBT_PROBE_NO,        /* unknown, refused */
    NBT_PROBE_SILENCE,   /* no answer that counts; to a broadcast claim or release, no objection */
    NBT_PROBE_ELSEWHERE, /* the name server says: ask that one yourself */
} nbt_probe_result;

typedef struct nbt_probe_cfg {
    nbt_mem mem;
    uint64_t seed;
    const nbt_profile *profile; /* borrowed; words and TTLs, the paces are given apart */
    nbt_trn_kind kind;          /* a REFRESH has no broadcast */
    nbt_name name;
    bool group;      /* CLAIM, REFRESH, RELEASE: of the record */
    uint32_t ip;     /* from which it asks, and for which it claims */
    uint16_t port;   /* from which it asks, as the socket is known by */
    bool broadcast;  /* to everybody, */
    uint32_t subnet; /* at this address; and, or, */
    uint32_t server; /* to this one; 0: to none. STATUS: the node */
    nbt_pace bcast;  /* how often and how long, by broadcast */
    nbt_pace ucast;  /* and at `server` */
    /* CLAIM, REFRESH at `server`: an OPCODE instead of the profile's, 0: that one. */
    unsigned opcode;
} nbt_probe_cfg;

typedef struct nbt_probe_way {
    nbt_trn *trn; /* owned by the probe */
    nbt_probe_result result;
    uint32_t to;
    nbt_time began;
    unsigned sent; /* requests */
    /* A claim by broadcast: who has refused it, each once. After the first, others are listened to
       for a while, till `listens`; NBT_NEVER if nobody is. */
    nbt_time listens;
    size_t nrefusers;
    uint32_t refusers[NBT_FOUND_MAX];
    bool fetching; /* a connection is there or on its way; its number is twice the way's */
} nbt_probe_way;

enum { NBT_PROBE_WAYS_MAX = 2 };

typedef struct nbt_probe {
    nbt_probe_cfg cfg;
    nbt_trns trns;
    size_t n;
    nbt_probe_way ways[NBT_PROBE_WAYS_MAX];
} nbt_probe;

/* What came in was, to the probe. */
typedef enum nbt_probe_take {
    NBT_PROBE_STRAY,  /* nothing: a request, or an answer to somebody else */
    NBT_PROBE_ODD,    /* a response with its id that cannot be an answer, or cannot be read */
    NBT_PROBE_ANSWER, /* an answer, though perhaps one more */
} nbt_probe_take;

typedef struct nbt_probe_got {
    const nbt_probe_way *way; /* which it is about; NULL of a stray */
    nbt_time after;           /* since the way's first request */
    bool by_tcp;
    nbt_msg msg; /* borrows from the bytes received; those of a stream last as long as the probe */
} nbt_probe_got;

/* Sends the first requests. False without memory; fini is then still to be called. */
bool nbt_probe_init(nbt_probe *p, const nbt_probe_cfg *cfg, nbt_time now, nbt_out *out);
void nbt_probe_fini(nbt_probe *p);

nbt_probe_take nbt_probe_rx(nbt_probe *p, nbt_time now, nbt_ep from, nbt_bytes data,
                            nbt_probe_got *got, nbt_out *out);

/* What becomes of a connection that the probe has opened. ANSWER and ODD when a packet was all
 * there, else STRAY. */
nbt_probe_take nbt_probe_tcp(nbt_probe *p, nbt_time now, const nbt_tcp_ev *ev, nbt_probe_got *got,
                             nbt_out *out);

void nbt_probe_tick(nbt_probe *p, nbt_time now, nbt_out *out);

/* NBT_NEVER when it is over. */
nbt_time nbt_probe_due(const nbt_probe *p);
bool nbt_probe_over(const nbt_probe *p);

/* Of a query by broadcast: two nodes have answered that cannot both have the name, as one at least
 * says that it is unique (RFC 1001 15.1.3.5). */
bool nbt_probe_disputed(const nbt_probe *p);

#endif
