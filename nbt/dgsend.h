/*
 * How a datagram gets to its destination (RFC 1001 17, RFC 1002 5.3.1, 5.3.2): what its name turns
 * out to be, and to whom it is sent then. The machine knows no packets: it says whom to ask and
 * where to send, and is told what came of it. A datagram is sent once at most (RFC 1001 5.4: it may
 * be lost, and nobody is told).
 */
#ifndef NBT_DGSEND_H
#define NBT_DGSEND_H

#include "nbt/machine.h"
#include "nbt/query.h"

/* What is known of the destination before anybody is asked. */
typedef enum nbt_dgsend_kind {
    NBT_DGSEND_NAME,      /* nothing */
    NBT_DGSEND_GROUP,     /* it is a group */
    NBT_DGSEND_BROADCAST, /* everybody: SEND BROADCAST DATAGRAM */
} nbt_dgsend_kind;

typedef struct nbt_dgsend_cfg {
    uint8_t nbdds;   /* datagram distribution servers, in order of preference; a B node has none */
    bool asks;       /* DATAGRAM QUERY REQUEST before one is used */
    bool broadcasts; /* without one, groups are reached by IP broadcast: B and H nodes */
    bool lists;      /* what is found is all that the name server has: P nodes */
    nbt_pace pace;   /* of that question, at each of them */
} nbt_dgsend_cfg;

typedef enum nbt_dgsend_state {
    NBT_DGSEND_IDLE,
    NBT_DGSEND_FINDING, /* what the name is, and who has it */
    NBT_DGSEND_LISTING, /* all members, from the name server */
    NBT_DGSEND_ASKING,  /* whether a distribution server takes it */
    NBT_DGSEND_ENDED,
} nbt_dgsend_state;

typedef enum nbt_dgsend_want {
    NBT_DGSEND_WAIT,    /* nothing for now */
    NBT_DGSEND_FIND,    /* look for the name */
    NBT_DGSEND_LIST,    /* ask the name server for all members */
    NBT_DGSEND_ASK,     /* ask the distribution server number `at` */
    NBT_DGSEND_TO_ONE,  /* send to the first address that was found: unique */
    NBT_DGSEND_TO_ALL,  /* send by IP broadcast */
    NBT_DGSEND_TO_NBDD, /* send to the distribution server number `at` */
    NBT_DGSEND_TO_LIST, /* send to each address that was found */
    NBT_DGSEND_NOWHERE, /* nobody can be reached */
} nbt_dgsend_want;

typedef struct nbt_dgsend {
    nbt_dgsend_cfg cfg;
    nbt_dgsend_state state;
    nbt_time due;
    uint8_t type; /* enum nbt_dgm_type, as soon as it is sent */
    uint8_t at;   /* which distribution server */
    uint8_t asked;
} nbt_dgsend;

/* Begins: FIND, LIST, ASK, or already where to send. */
nbt_dgsend_want nbt_dgsend_start(nbt_dgsend *s, nbt_time now, const nbt_dgsend_cfg *cfg,
                                 nbt_dgsend_kind kind);

/* What was found so far; `last` says that this is all. Late or early, it is only taken while
 * something is looked for. */
nbt_dgsend_want nbt_dgsend_found(nbt_dgsend *s, nbt_time now, const nbt_found *found, size_t n,
                                 bool last);

/* The distribution server's answer: POSITIVE or NEGATIVE DATAGRAM QUERY RESPONSE. */
nbt_dgsend_want nbt_dgsend_answered(nbt_dgsend *s, nbt_time now, bool positive);

nbt_dgsend_want nbt_dgsend_tick(nbt_dgsend *s, nbt_time now);

static inline nbt_time nbt_dgsend_due(const nbt_dgsend *s)
{
    return s->due;
}

#endif
