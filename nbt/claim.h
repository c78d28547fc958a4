/*
 * Claiming a name by broadcast: ask whether anybody objects, and take silence for consent (RFC 1002
 * 5.1.1.1 for a unique name, 5.1.1.2 for a group name: the machine is the same, the packet's G bit
 * is not its business).
 */
#ifndef NBT_CLAIM_H
#define NBT_CLAIM_H

#include "nbt/machine.h"

typedef enum nbt_claim_state {
    NBT_CLAIM_IDLE,
    NBT_CLAIM_ASKING,
    NBT_CLAIM_SETTLING, /* the demand is out */
    NBT_CLAIM_OWNED,
    NBT_CLAIM_REFUSED,
} nbt_claim_state;

typedef struct nbt_claim {
    nbt_claim_state state;
    nbt_time due;
    nbt_pace pace;
    bool demand;     /* success is announced by a NAME OVERWRITE DEMAND */
    nbt_time settle; /* behind which the name is not owned yet, for so long */
    uint8_t asked;
} nbt_claim;

void nbt_claim_init(nbt_claim *c, nbt_pace pace, bool demand, nbt_time settle);

/* Effects: SEND; at the end DEMAND (if wanted) and WON, or LOST. */
void nbt_claim_step(nbt_claim *c, nbt_time now, const nbt_stimulus *s, nbt_effects *fx);

static inline nbt_time nbt_claim_due(const nbt_claim *c)
{
    return c->due;
}

#endif
