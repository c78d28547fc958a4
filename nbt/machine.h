/*
 * What the small name-service machines share (claim, query, release and status; ask, enrol and
 * lookup, which talk to name servers): the pace of their repetitions, what can happen to them, and
 * what they want done.
 *
 * A machine knows neither packets nor transaction ids nor addresses of its own: the node hands it
 * only what answers its transaction, and makes packets of its effects. It asks, waits, and decides.
 * A wait counts from the packet that left, as the RFC's pause() does: a late tick sends one packet
 * and waits again, so that a slow caller never makes a node claim a name without having listened.
 */
#ifndef NBT_MACHINE_H
#define NBT_MACHINE_H

#include "nbt/ns.h"

#include <assert.h>

/* How often something is sent and how long is waited after each time. */
typedef struct nbt_pace {
    uint8_t count; /* packets in all; at least 1 */
    nbt_time timeout;
} nbt_pace;

typedef enum nbt_stimulus_kind {
    NBT_ON_START,     /* begin: once, first */
    NBT_ON_TIME,      /* time has passed, perhaps not enough */
    NBT_ON_POSITIVE,  /* a positive answer */
    NBT_ON_NEGATIVE,  /* a negative answer */
    NBT_ON_WACK,      /* a name server wants more time */
    NBT_ON_CHALLENGE, /* a name server: this node is to ask the owner itself */
    NBT_ON_REDIRECT,  /* a name server: ask another one */
} nbt_stimulus_kind;

typedef struct nbt_stimulus {
    nbt_stimulus_kind kind;
    nbt_ep from;           /* answers: who sent it */
    const nbt_addr *addrs; /* a positive query answer: what it lists */
    size_t naddrs;
    bool truncated; /* there are more that did not fit */
    nbt_time wait;  /* a WACK: how long it asks for; 0 if it does not say */
} nbt_stimulus;

typedef enum nbt_effect {
    NBT_FX_SEND,      /* send the request, or send it again */
    NBT_FX_DEMAND,    /* tell everybody whose name it is now: NAME OVERWRITE DEMAND */
    NBT_FX_WON,       /* the name is ours */
    NBT_FX_LOST,      /* the name is another's */
    NBT_FX_ANSWERED,  /* the first answer is in */
    NBT_FX_CONFLICT,  /* the sender of this answer is to be told that its name is in conflict */
    NBT_FX_ENDED,     /* the transaction is over */
    NBT_FX_CHALLENGE, /* ask the owner whether the name is still his, or ask again */
    NBT_FX_OVERWRITE, /* tell the name server that it is not: NAME OVERWRITE REQUEST */
    NBT_FX_MORE,      /* ask once more by TCP, where long answers fit */
    NBT_FX_DENIED,    /* a name server has said no */
    NBT_FX_SILENT,    /* no name server has answered */
} nbt_effect;

/* In the order in which they are to be done. The caller empties it before each step. */
typedef struct nbt_effects {
    uint8_t n;
    nbt_effect e[4];
} nbt_effects;

static inline void nbt_fx_emit(nbt_effects *fx, nbt_effect e)
{
    assert(fx->n < sizeof fx->e / sizeof fx->e[0]);
    fx->e[fx->n++] = e;
}

#endif
