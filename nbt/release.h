/*
 * Giving a name back by broadcast: say so a few times, expect no answer (RFC 1002 5.1.1.4).
 */
#ifndef NBT_RELEASE_H
#define NBT_RELEASE_H

#include "nbt/machine.h"

typedef enum nbt_release_state {
    NBT_RELEASE_IDLE,
    NBT_RELEASE_TELLING,
    NBT_RELEASE_ENDED,
} nbt_release_state;

typedef struct nbt_release {
    nbt_release_state state;
    nbt_time due;
    nbt_pace pace;
    uint8_t told;
} nbt_release;

void nbt_release_init(nbt_release *r, nbt_pace pace);

/* Effects: SEND; with the last one ENDED. Answers change nothing. */
void nbt_release_step(nbt_release *r, nbt_time now, const nbt_stimulus *s, nbt_effects *fx);

static inline nbt_time nbt_release_due(const nbt_release *r)
{
    return r->due;
}

#endif
