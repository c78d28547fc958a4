/*
 * The transactions that a node has begun: a machine each, with the id, the name and the kind of
 * packet by which its answers are known. They are kept in the order in which they began.
 *
 * Nothing here sends: what a step wants done is handed to the caller.
 */
#ifndef NBT_TRN_H
#define NBT_TRN_H

#include "nbt/claim.h"
#include "nbt/enrol.h"
#include "nbt/fetch.h"
#include "nbt/lookup.h"
#include "nbt/nodetype.h"
#include "nbt/query.h"
#include "nbt/release.h"
#include "nbt/status.h"

typedef enum nbt_trn_kind {
    NBT_TRN_CLAIM,
    NBT_TRN_QUERY,
    NBT_TRN_RELEASE,
    NBT_TRN_STATUS,
    NBT_TRN_REFRESH, /* presents a name of this node to its name servers again */
} nbt_trn_kind;

typedef struct nbt_trn {
    struct nbt_trn *next;
    nbt_trn_kind kind;
    uint8_t leg; /* of the procedure that the node's type has for it */
    nbt_way way; /* of this leg: which machine of `m` runs */
    uint16_t id; /* NAME_TRN_ID */
    nbt_name name;
    uint32_t ref;  /* query, status: what the caller knows it by; 0 for the others */
    uint8_t num;   /* claim, refresh: the name's number */
    bool group;    /* claim, refresh, release */
    uint32_t ttl;  /* query: the shortest that its answers have given, 0: none has */
    bool members;  /* query: a group's list, which only the name server has */
    bool disputed; /* query: a second owner was told so */
    bool sent;     /* whatever is sent from now on is a repetition */
    /* Status, challenge: the only host whose answer counts; lookup: where a redirect led. */
    uint32_t ip;
    nbt_found own;    /* query: what is held here itself, as long as no way has been gone */
    nbt_rr answer;    /* status: the record that answered, once `rdata` is there */
    uint8_t *rdata;   /* owned */
    nbt_fetch *fetch; /* owned; NULL: none is awaited */
    /* Last, since only a query has memory for all of it: it is twelve times as large as the others,
       of which a computer has several at once when it starts. */
    union {
        nbt_claim claim;
        nbt_enrol enrol; /* a claim by way of a server, and every refresh */
        nbt_release release;
        nbt_ask ask; /* a release by way of a server */
        nbt_status status;
        nbt_query query;
        nbt_lookup lookup; /* a query by way of a server */
        struct {
            uint8_t nfound;
            nbt_found found[NBT_FOUND_MAX];
        } memory; /* what was known; no machine */
    } m;
} nbt_trn;

typedef struct nbt_trns {
    nbt_mem mem;
    nbt_rng rng;
    nbt_trn *first;
    size_t n;
} nbt_trns;

void nbt_trns_init(nbt_trns *t, nbt_mem mem, uint64_t seed);
void nbt_trns_fini(nbt_trns *t);

/*
 * A new transaction at the end of the list, its machine still to be initialised. Its id is random,
 * not 0, and no other pending transaction's (RFC 1001 13.2.1; that it cannot be guessed is B21).
 * NULL without memory, or when half of all ids are in use.
 */
nbt_trn *nbt_trns_begin(nbt_trns *t, nbt_trn_kind kind, const nbt_name *name);

/* Its machine as it was at the beginning, before another one is initialised in its place. */
void nbt_trn_clear(nbt_trn *trn);

/* An id for a request whose answer nobody awaits. */
uint16_t nbt_trns_spare_id(nbt_trns *t);

/* A new id, when another request of the same transaction begins: answers to the old are stray. */
void nbt_trns_renew_id(nbt_trns *t, nbt_trn *trn);

/* Takes one out of the list; it is then the caller's until nbt_trns_free. */
void nbt_trns_unlink(nbt_trns *t, nbt_trn *trn);
void nbt_trns_free(nbt_trns *t, nbt_trn *trn); /* not in the list; NULL is fine */
void nbt_trns_drop(nbt_trns *t, nbt_trn *trn); /* both */

/* Copies the record that answered a status request; false, with nothing changed, without memory. */
bool nbt_trns_keep_answer(nbt_trns *t, nbt_trn *trn, const nbt_rr *rr);

nbt_trn *nbt_trns_find_ref(const nbt_trns *t, uint32_t ref);
nbt_trn *nbt_trns_find_name(const nbt_trns *t, nbt_trn_kind kind, const uint8_t b[NBT_NAME_LEN]);

/* An owner is being challenged: what counts is his answer. */
bool nbt_trn_challenges(const nbt_trn *trn);

/*
 * The transaction that a response from `from` answers: the id is its id, the name its name, and the
 * packet of a kind that it can be answered by (B19); NULL if there is none. `*s` says what the
 * answer is to its machine, and is untouched if there is none. Whether `from` is one of the name
 * servers, the caller knows.
 */
nbt_trn *nbt_trns_answered(const nbt_trns *t, nbt_ep from, const nbt_ns *m, nbt_stimulus_kind *s);

/* The one with the earliest deadline, of several the one begun first; NULL if the list is empty. */
nbt_trn *nbt_trns_earliest(const nbt_trns *t);

void nbt_trn_step(nbt_trn *trn, nbt_time now, const nbt_stimulus *s, nbt_effects *fx);
nbt_time nbt_trn_due(const nbt_trn *trn);

#endif
