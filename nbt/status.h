/*
 * Asking one node for its names: a unicast request, repeated until it answers or the count is
 * reached (RFC 1001 15.6, RFC 1002 4.2.17).
 */
#ifndef NBT_STATUS_H
#define NBT_STATUS_H

#include "nbt/machine.h"

typedef enum nbt_status_state {
    NBT_STATUS_IDLE,
    NBT_STATUS_ASKING,
    NBT_STATUS_ANSWERED,
    NBT_STATUS_SILENT,
} nbt_status_state;

typedef struct nbt_status {
    nbt_status_state state;
    nbt_time due;
    nbt_pace pace;
    uint8_t asked;
} nbt_status;

void nbt_status_init(nbt_status *st, nbt_pace pace);

/* Effects: SEND; at the end ANSWERED (if it was) and ENDED. */
void nbt_status_step(nbt_status *st, nbt_time now, const nbt_stimulus *s, nbt_effects *fx);

static inline nbt_time nbt_status_due(const nbt_status *st)
{
    return st->due;
}

#endif
