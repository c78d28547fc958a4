/*
 * The inside of the name server: what its files share. nbns.c takes packets and keeps time,
 * nbns_claim.c decides who gets a name, nbns_pending.c keeps the claims that wait, nbns_reply.c
 * writes packets, nbns_tcp.c has the streams.
 */
#ifndef NBT_NBNS_IMPL_H
#define NBT_NBNS_IMPL_H

#include "nbt/heap.h"
#include "nbt/idmap.h"
#include "nbt/nbns.h"
#include "nbt/ns.h"

/* Who asks, and where the answer goes. */
typedef struct nbt_asker {
    nbt_ep from, to;
    size_t len; /* of the question, in octets */
    uint32_t conn;
    uint8_t lana;
    bool tcp; /* by conn */
} nbt_asker;

/* Somebody wants a name: a registration, an overwrite or a refresh. */
typedef struct nbt_claimant {
    nbt_asker who;
    nbt_ns_kind kind;
    uint16_t trn_id, word;
    uint32_t ttl; /* proposed */
    nbt_addr addr;
    bool wacked; /* was told to wait */
    nbt_name name;
} nbt_claimant;

typedef struct nbt_waiter {
    struct nbt_waiter *next;
    nbt_claimant c;
} nbt_waiter;

enum { NBT_NBNS_WAITERS_MAX = 8 }; /* claimants of one name while its holder is being asked */

/* A claim that waits for the holder's word. */
typedef struct nbt_pending {
    nbt_claimant c;
    uint32_t id;  /* its place in nbt_nbns.pending */
    uint32_t idx; /* of the holder's record */
    uint16_t trn_id;
    uint8_t asked;
    nbt_time pause, due;
    uint32_t holder[NBT_NBNS_INTERNET_MAX]; /* whom the question goes to */
    uint32_t denied;                        /* bits: who of them said no */
    uint8_t nholder;
    nbt_waiter *first, *last;
    unsigned nwaiters;
} nbt_pending;

typedef struct nbt_nbns_conn nbt_nbns_conn;

struct nbt_nbns {
    nbt_nbns_cfg cfg;
    nbt_nbns_lana lanas[NBT_NBNS_LANAS_MAX];
    nbt_subnet *served;
    nbt_rng rng;
    nbt_nbdb *db;
    bool frozen;
    nbt_nbns_stats stats;
    /* Pending claims: by place, by the number of their record, by the question's id; and how many
     * each asker has. */
    nbt_pending **pending;
    size_t pending_cap, npending;
    uint32_t next_place; /* where a free one is looked for */
    nbt_idmap pending_of;
    nbt_heap due; /* places; of entries that are out of date none is the first */
    unsigned burst_run;
    nbt_nbns_conn **conns;
    size_t nconns, conns_cap;
};

/* The second that it is. */
nbt_sec nbt_nbns_sec(const nbt_nbns *s, nbt_time now);

/* An active record has changed: when the first of its addresses is over is when it is due, and it
 * goes into the journal. */
void nbt_nbns_active(nbt_nbns *s, nbt_nbrec *rec);

/* Why something was decided; all zero if there is nothing to say. */
typedef struct nbt_nbns_evidence {
    uint32_t holder; /* who had the name */
    nbt_sec since;
    uint8_t asked; /* how often */
} nbt_nbns_evidence;

void nbt_nbns_trace(nbt_out *out, const nbt_asker *who, const nbt_name *name, const char *from,
                    const char *to, const char *why, uint8_t code, const nbt_nbns_evidence *ev);

/* A packet as it came, out of UDP or TCP. */
void nbt_nbns_packet(nbt_nbns *s, nbt_time now, const nbt_asker *who, nbt_bytes data, nbt_out *out);

/* --- nbns_claim.c --- */

void nbt_nbns_claim(nbt_nbns *s, nbt_time now, nbt_claimant *c, nbt_out *out);
void nbt_nbns_release(nbt_nbns *s, nbt_time now, const nbt_asker *who, const nbt_ns *m,
                      nbt_out *out);

/* An answer to a question of ours, perhaps. */
void nbt_nbns_word(nbt_nbns *s, nbt_time now, nbt_ep from, const nbt_ns *m, bool positive,
                   nbt_out *out);

/* Questions to be repeated, and those that nobody has answered. */
void nbt_nbns_ask_again(nbt_nbns *s, nbt_time now, nbt_out *out);

/* The record is not held any more by whom it was, or is going to be removed: who waits for its
 * holder's word gets its answer. To be called when the record has changed. */
void nbt_nbns_withdrawn(nbt_nbns *s, nbt_time now, uint32_t idx, nbt_out *out);

/* Takes one address of a name back, or all (ip 0). */
void nbt_nbns_let_go(nbt_nbns *s, nbt_time now, nbt_nbrec *rec, uint32_t ip, nbt_out *out);

/* --- nbns_pending.c --- */

/* Whether a claim from there may wait: nobody takes more than his part of the room. */
bool nbt_nbns_has_room(const nbt_nbns *s, uint32_t ip);

/* A claim of that record's name waits from now on. NULL without memory. */
nbt_pending *nbt_nbns_pending_new(nbt_nbns *s, const nbt_claimant *c, const nbt_nbrec *rec);

/* The claim that waits for the word of that record's holder, or of whom question `trn_id` went to;
 * NULL if none does. */
nbt_pending *nbt_nbns_pending_of(const nbt_nbns *s, uint32_t idx);
nbt_pending *nbt_nbns_pending_asked(const nbt_nbns *s, uint16_t trn_id);

/* Takes it out of all tables; its memory is still there until nbt_nbns_pending_free. */
void nbt_nbns_detach(nbt_nbns *s, nbt_pending *p);
void nbt_nbns_pending_free(nbt_nbns *s, nbt_pending *p);

/* Alarms of questions that are over would wake the server for nothing. */
void nbt_nbns_drop_alarms(nbt_nbns *s);

/* Whether a claim that came by this connection still waits for its verdict. */
bool nbt_nbns_awaited(const nbt_nbns *s, uint32_t conn);

void nbt_nbns_pending_fini(nbt_nbns *s);

/* --- nbns_reply.c --- */

typedef struct nbt_reply {
    const nbt_name *name;
    uint16_t trn_id, word;
    uint16_t ancount;
    uint16_t type;
    uint32_t ttl;
    const nbt_nbaddr *addrs; /* NB: the RDATA */
    size_t naddrs;
    bool backwards; /* the last address first */
    bool wack;      /* RDATA is wack_word */
    uint16_t wack_word;
    bool kept; /* it promises what is in the journal */
} nbt_reply;

void nbt_nbns_answer(nbt_nbns *s, const nbt_asker *who, const nbt_reply *r, nbt_out *out);

/* FMT_ERR to a request that registers or releases and has not what it needs. */
void nbt_nbns_bad_form(nbt_nbns *s, const nbt_asker *who, const nbt_ns *m, nbt_out *out);

/* The answer to a query. */
void nbt_nbns_query(nbt_nbns *s, nbt_time now, const nbt_asker *who, const nbt_ns *m, nbt_out *out);

/* NAME QUERY REQUEST to a holder. */
void nbt_nbns_ask(nbt_nbns *s, const nbt_asker *who, uint16_t trn_id, const nbt_name *name,
                  uint32_t ip, nbt_out *out);

/* --- nbns_tcp.c --- */

/* Octets of an answer are on their way to a connection. */
void nbt_nbns_tcp_sent(nbt_nbns *s, uint32_t conn, size_t n);

void nbt_nbns_tcp_tick(nbt_nbns *s, nbt_time now, nbt_out *out);
nbt_time nbt_nbns_tcp_due(const nbt_nbns *s);
void nbt_nbns_tcp_fini(nbt_nbns *s);

#endif
