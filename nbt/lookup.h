/*
 * Finding a name through a name server (RFC 1002 5.1.2.3): the answer is a list that is complete at
 * once, a denial, or another server's address; and a list that was cut can be had whole by TCP
 * (RFC 1001 15.3.4).
 */
#ifndef NBT_LOOKUP_H
#define NBT_LOOKUP_H

#include "nbt/ask.h"
#include "nbt/query.h"

typedef enum nbt_lookup_state {
    NBT_LOOKUP_ASKING,
    NBT_LOOKUP_FETCHING, /* by TCP, what was cut */
    NBT_LOOKUP_ENDED,
} nbt_lookup_state;

typedef struct nbt_lookup {
    nbt_lookup_state state;
    nbt_ask ask;
    nbt_time due;      /* FETCHING */
    uint8_t redirects; /* followed */
    uint8_t limit;     /* of them */
    bool redirected;   /* whom a REDIRECT stimulus named is asked, not one of the servers */
    uint8_t nknown;    /* of the found: known before the start */
    uint8_t nfound;
    nbt_found found[NBT_FOUND_MAX];
} nbt_lookup;

/* `redirects`: how many are followed (RFC 1002 has no limit, and so no end: B46). */
void nbt_lookup_init(nbt_lookup *l, const nbt_ask_cfg *cfg, uint8_t redirects);

/* Before the start: the asker has the name itself, so that the first answer is in already. */
void nbt_lookup_know(nbt_lookup *l, nbt_found own);

/*
 * Effects: SEND, meant for the server `ask.at`, or for the other one if `redirected`; MORE, meant
 * for the same by TCP, which is answered by POSITIVE or, if it cannot be had, NEGATIVE; at the end
 * ANSWERED (unless one was known before) and ENDED, DENIED, or SILENT. An answer that lists no
 * address, and a redirect that leads nowhere, is a denial. Of more than NBT_FOUND_MAX addresses the
 * first are kept.
 */
void nbt_lookup_step(nbt_lookup *l, nbt_time now, const nbt_stimulus *s, nbt_effects *fx);

nbt_time nbt_lookup_due(const nbt_lookup *l);

#endif
