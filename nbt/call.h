/*
 * Whom a call tries next: the loop of RFC 1002 5.2.1.1 as a machine. It is told what each attempt
 * came to and says what to do about it. It never connects, waits or looks up a name itself.
 */
#ifndef NBT_CALL_H
#define NBT_CALL_H

#include "nbt/node.h"

/* The addresses of a name, as they become known, and which of them is being tried. */
typedef struct nbt_targets {
    uint32_t ip[NBT_FOUND_MAX];
    uint8_t n, at;
    bool more;  /* the query still runs */
    bool group; /* the name is a group's */
} nbt_targets;

/*
 * Whether a connection to the address can be wanted at all: not 0.0.0.0, multicast or broadcast,
 * and 127.x only for an adapter that is there itself (H40).
 */
bool nbt_target_usable(const nbt_lana_cfg *lana, uint32_t ip);

/* Adds what a query has found so far: usable addresses, each once; of several that are new the near
 * ones first, those of the own subnet, then those of the own class A, B or C network (F27). */
void nbt_targets_add(nbt_targets *t, const nbt_lana_cfg *lana, const nbt_found *found, size_t n);

/* What an attempt came to when it did not come to a session. */
typedef enum nbt_trouble {
    NBT_TROUBLE_NONE,
    NBT_TROUBLE_REFUSED,       /* TCP: nobody takes connections there */
    NBT_TROUBLE_SILENT,        /* TCP did not connect, or no answer came in time */
    NBT_TROUBLE_LOST,          /* the connection ended before the answer, or brought garbage */
    NBT_TROUBLE_NOT_LISTENING, /* 80, 81 */
    NBT_TROUBLE_NOT_PRESENT,   /* 82 */
    NBT_TROUBLE_BUSY,          /* 83 */
    NBT_TROUBLE_UNSPECIFIED,   /* 8F and codes that nobody knows (C7) */
    NBT_TROUBLE_RETARGETED,
} nbt_trouble;

/* Static text for it, and the return code of a CALL that ends with it (G36, G37). */
const char *nbt_trouble_str(nbt_trouble trouble);
uint8_t nbt_trouble_nrc(nbt_trouble trouble);

typedef enum nbt_call_next {
    NBT_CALL_CONNECT, /* to `peer` */
    NBT_CALL_PAUSE,   /* SESSION_RETRY_TIMER, then nbt_call_again */
    NBT_CALL_LOOK_UP, /* ask for the name's addresses (again) */
    NBT_CALL_WAIT,    /* the query that runs may find more: nbt_call_learn, nbt_call_resume */
    NBT_CALL_FAIL,    /* `trouble` is why */
} nbt_call_next;

typedef struct nbt_call {
    const nbt_lana_cfg *lana; /* borrowed */
    nbt_ep peer;
    nbt_targets targets;
    nbt_trouble trouble; /* of the last attempt */
    uint8_t attempts;    /* connections begun */
    bool again;          /* this address has refused once already */
    bool retargeted;     /* peer is where a RETARGET led to */
} nbt_call;

/* A new call. Its first need is LOOK_UP. */
void nbt_call_init(nbt_call *c, const nbt_lana_cfg *lana);

/* What the query has found so far, `last` if it has ended. */
void nbt_call_learn(nbt_call *c, const nbt_found *found, size_t n, bool last);

/* What to do with what was learnt, for a call that was told to LOOK_UP or WAIT. */
nbt_call_next nbt_call_resume(nbt_call *c);

/* An attempt has failed. RETARGETED: nbt_call_retarget. */
nbt_call_next nbt_call_failed(nbt_call *c, nbt_trouble trouble);

/* An attempt was redirected; to an address that nobody can connect to is as good as 8F (H43). */
nbt_call_next nbt_call_retarget(nbt_call *c, nbt_ep to);

/* A pause has ended. */
nbt_call_next nbt_call_again(nbt_call *c);

#endif
