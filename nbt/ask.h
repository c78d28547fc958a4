/*
 * One request to the name servers, in turn: each is asked a few times, and the next one when it
 * keeps silent. The common part of what RFC 1002 5.1.2 has for registration, query, release and
 * refresh; a list of servers is MS-NBTE 3.1.4.2's.
 */
#ifndef NBT_ASK_H
#define NBT_ASK_H

#include "nbt/machine.h"

/* How servers are asked. */
typedef struct nbt_ask_cfg {
    nbt_pace pace;
    nbt_time wack_max; /* how long WACKs can put off the next request, however many there are */
    uint8_t servers;   /* how many there are; 0 if none can be asked */
    uint8_t first;     /* the number of the one that is asked first, from 0 on */
    bool past_denial;  /* after a no, too, the next one is asked */
} nbt_ask_cfg;

typedef enum nbt_ask_state {
    NBT_ASK_IDLE,
    NBT_ASK_ASKING,
    NBT_ASK_PUT_OFF, /* by a WACK */
    NBT_ASK_ENDED,
} nbt_ask_state;

typedef struct nbt_ask {
    nbt_ask_state state;
    nbt_time due;
    nbt_ask_cfg cfg;
    nbt_time patience; /* PUT_OFF: no WACK counts beyond it */
    uint8_t at;        /* the server that is asked */
    uint8_t tried;     /* servers that have kept silent, or were passed over */
    bool denied;       /* one of them has said no */
    uint8_t asked;     /* requests to this one */
} nbt_ask;

void nbt_ask_init(nbt_ask *a, const nbt_ask_cfg *cfg);

/*
 * Effects: SEND, meant for server `at`; at the end ENDED after a positive answer, DENIED after a
 * negative one, SILENT if there was none. Challenges and redirects are for those who know them:
 * here they change nothing.
 */
void nbt_ask_step(nbt_ask *a, nbt_time now, const nbt_stimulus *s, nbt_effects *fx);

static inline nbt_time nbt_ask_due(const nbt_ask *a)
{
    return a->due;
}

#endif
