/*
 * Finding a name by broadcast (RFC 1002 5.1.1.3): the first positive answer is taken, and for a
 * while after it others are collected and compared with it (RFC 1001 15.1.3.5).
 */
#ifndef NBT_QUERY_H
#define NBT_QUERY_H

#include "nbt/machine.h"

enum { NBT_FOUND_MAX = 255 }; /* addresses remembered of one query */

typedef struct nbt_found {
    nbt_addr addr;
    nbt_ep from; /* who said so */
} nbt_found;

typedef enum nbt_query_state {
    NBT_QUERY_IDLE,
    NBT_QUERY_ASKING,
    NBT_QUERY_WATCHING, /* CONFLICT_TIMER runs */
    NBT_QUERY_ENDED,
} nbt_query_state;

typedef struct nbt_query {
    nbt_query_state state;
    nbt_time due;
    nbt_pace pace;
    nbt_time watch;      /* CONFLICT_TIMER */
    bool find_conflicts; /* a differing answer is a conflict, not just one more address */
    uint8_t asked;
    uint8_t nfound, nanswers;
    nbt_found found[NBT_FOUND_MAX]; /* the answers, one behind the other */
    uint8_t begin[NBT_FOUND_MAX];   /* where in `found` the i-th answer begins */
} nbt_query;

void nbt_query_init(nbt_query *q, nbt_pace pace, nbt_time watch, bool find_conflicts);

/* Before the start: the asker has the name itself, so that the first answer is in already. */
void nbt_query_know(nbt_query *q, nbt_found own);

/*
 * Effects: SEND; at the first answer, unless one was known before, ANSWERED; at a differing later
 * one perhaps CONFLICT, meant for its sender; at the end ENDED. An answer that lists no address is
 * none; one may list up to NBT_FOUND_MAX, and answers for which there is no room left are neither
 * kept nor compared.
 */
void nbt_query_step(nbt_query *q, nbt_time now, const nbt_stimulus *s, nbt_effects *fx);

static inline nbt_time nbt_query_due(const nbt_query *q)
{
    return q->due;
}

#endif
