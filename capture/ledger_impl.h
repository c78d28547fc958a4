/*
 * The inside of a ledger, for its own files: pools of bounded size with chained look-up. Nobody
 * else includes this.
 */
#ifndef CAPTURE_LEDGER_IMPL_H
#define CAPTURE_LEDGER_IMPL_H

#include "capture/ledger.h"

enum {
    CAP_LEDGER_CHAINS = 65536,
    CAP_LEDGER_LOOK_AT = 16, /* so many of a chain that strangers can make long are looked at */
    CAP_LEDGER_TRAITS = 8,
    CAP_LEDGER_REPLIES = 1024,
};

/* What a host was seen to do with names, by their first 15 octets; for CAP_INCIDENT_STRANGE. */
typedef struct cap_trait {
    uint32_t known[CAP_LEDGER_TRAITS];    /* names that it claimed, refreshed, sent from, listed */
    uint32_t answered[CAP_LEDGER_TRAITS]; /* unique names that it answered for as its own */
    cap_when when[CAP_LEDGER_TRAITS];     /* the first such answer */
    uint8_t nknown, nanswered;
    bool claimed, listed;
    bool asks; /* the capture shows its requests */
} cap_trait;

/* The first answer to a question for a unique name; for CAP_INCIDENT_TWO_ANSWERS. */
typedef struct cap_reply {
    uint64_t transaction; /* 0: none */
    uint32_t name, ip;    /* the first address that was given */
    cap_host_id from;
    bool own; /* it was the answerer's */
} cap_reply;

typedef struct cap_pool {
    void *at;
    uint32_t n, cap, max; /* place 0 is none */
    size_t size;
} cap_pool;

struct cap_ledger {
    cap_hosts *hosts;
    cap_pool names, scopes, holdings, claims, incidents, traits;
    uint32_t by_name[CAP_LEDGER_CHAINS], by_holder[CAP_LEDGER_CHAINS],
        by_claimant[CAP_LEDGER_CHAINS];
    uint32_t oldest, newest; /* of the claims under way */
    uint32_t free_claim;     /* chained by `next` */
    uint64_t left_out;
    cap_when now;
    cap_reply replies[CAP_LEDGER_REPLIES];
    uint32_t seen[CAP_LEDGER_SEEN_MAX]; /* incidents, for cap_ledger_look */
    size_t nseen;
    cap_host_id answered; /* who has answered since the last tick; 0: nobody */
};

static inline cap_named *cap_at_name(const cap_ledger *l, uint32_t place)
{
    return (cap_named *)l->names.at + place;
}

static inline cap_holding *cap_at_holding(const cap_ledger *l, uint32_t place)
{
    return (cap_holding *)l->holdings.at + place;
}

static inline cap_claim *cap_at_claim(const cap_ledger *l, uint32_t place)
{
    return (cap_claim *)l->claims.at + place;
}

static inline cap_incident *cap_at_incident(const cap_ledger *l, uint32_t place)
{
    return (cap_incident *)l->incidents.at + place;
}

static inline uint32_t cap_pool_count(const cap_pool *p)
{
    return p->n > 0 ? p->n - 1 : 0;
}

static inline uint64_t cap_mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ h >> 32;
}

/* --- ledger_tables.c ---------------------------------------------------------------------- */

/* A new place, all zero; 0 when there is no room. It may move all others. */
uint32_t cap_pool_add(cap_pool *p);

/* The place of a scope; 0 for the empty one, and where there is no room. */
uint16_t cap_ledger_scope_at(cap_ledger *l, const nbt_scope *scope);

/* The place of a name, entered if need be; 0 without room. */
uint32_t cap_ledger_name_of(cap_ledger *l, const uint8_t b[NBT_NAME_LEN], uint16_t scope);

/* The same; 0 for what is no NetBIOS name, and for a wildcard. */
uint32_t cap_ledger_name_at(cap_ledger *l, const nbt_name *name);

/* What a host was seen to do. NULL without room, and for nobody. Until the next call for another.
 */
cap_trait *cap_ledger_trait_of(cap_ledger *l, cap_host_id host);

/* A host was seen to have a name, in this way. */
void cap_ledger_trait(cap_ledger *l, cap_host_id host, uint32_t name, cap_evidence how);

/* Whether one of n names has the same first 15 octets as `name`. */
bool cap_ledger_has_base(const cap_ledger *l, const uint32_t *list, uint8_t n, uint32_t name);

/* Enters an incident. NULL: no room, or the same kind with the same parties is there: seen again.
 */
cap_incident *cap_ledger_note(cap_ledger *l, cap_incident_kind kind, uint32_t name, cap_host_id a,
                              cap_host_id b, unsigned rcode);

/* Whether one of two refused the name to the other, or answered for it beside it. */
bool cap_ledger_known_apart(const cap_ledger *l, uint32_t name, cap_host_id a, cap_host_id b);

/* 0: it holds no such name. */
uint32_t cap_ledger_find_holding(cap_ledger *l, uint32_t name, cap_host_id host, bool group);

/* Strong enough, and not over, so that a second owner is one too many. */
bool cap_ledger_counts(const cap_holding *h);

/* A host shows that it has a name; a claim to it began at `since`. Nothing for name 0 or host 0. */
void cap_ledger_hold(cap_ledger *l, uint32_t name, cap_host_id host, bool group, cap_evidence how,
                     cap_when since);

/* Its holding, if there is one, ends now. */
void cap_ledger_end_holding(cap_ledger *l, uint32_t name, cap_host_id host, bool group,
                            cap_ending ending);

/* --- ledger_answers.c --------------------------------------------------------------------- */

/* A positive answer for a name. Whether it is the answerer's own address, or one of them. */
bool cap_ledger_answer(cap_ledger *l, const cap_item *item, const cap_link *link, cap_host_id from,
                       uint32_t name);

/* Whether a host answered for what is not its own, as far as is known; if so it is noted. */
void cap_ledger_judge(cap_ledger *l, cap_host_id host);

/* --- ledger_claims.c ---------------------------------------------------------------------- */

/* The claim under way of this id; 0: none. */
uint32_t cap_ledger_find_claim(cap_ledger *l, uint32_t name, cap_host_id asker, uint16_t id);

/* That of the claim by broadcast which a demand ends, whatever its id: some take a new one. */
uint32_t cap_ledger_find_pending(cap_ledger *l, uint32_t name, cap_host_id asker);

/* A new claim that begins now; 0 without room. */
uint32_t cap_ledger_add_claim(cap_ledger *l, uint32_t name, cap_host_id asker, uint16_t id);

/* It was refused, now. It stays a while, for refusals may come several times. */
void cap_ledger_refuse(cap_ledger *l, uint32_t at, cap_host_id by, unsigned rcode);

/* It ended now, and is over. */
void cap_ledger_decide(cap_ledger *l, uint32_t at, cap_outcome outcome);

/* Another packet of it came, now. */
void cap_ledger_touch(cap_ledger *l, uint32_t at);

/* No more is to come of it: what there is decides. */
void cap_ledger_quiet(cap_ledger *l, uint32_t at);

/* Claims that have been quiet for long are over. */
void cap_ledger_overdue(cap_ledger *l);

/* The capture ends, and with it all of them. */
void cap_ledger_end_claims(cap_ledger *l);

#endif
