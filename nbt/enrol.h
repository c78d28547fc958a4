/*
 * Registering a name at a name server (RFC 1002 5.1.2.1): asking for it, and, if the server leaves
 * that to us, challenging the owner and then telling the server that it was in vain.
 */
#ifndef NBT_ENROL_H
#define NBT_ENROL_H

#include "nbt/ask.h"

typedef enum nbt_enrol_state {
    NBT_ENROL_ASKING,
    NBT_ENROL_CHALLENGING, /* the owner is asked; answers to anything else are stray */
    NBT_ENROL_OVERWRITING, /* the server is told that the name is free */
    NBT_ENROL_ENDED,
} nbt_enrol_state;

typedef struct nbt_enrol {
    nbt_enrol_state state;
    nbt_ask ask;   /* ASKING, OVERWRITING */
    nbt_time due;  /* CHALLENGING */
    nbt_pace pace; /* of the challenge */
    uint8_t asked; /* challenges */
} nbt_enrol;

void nbt_enrol_init(nbt_enrol *e, const nbt_ask_cfg *cfg);

/*
 * Effects: SEND and OVERWRITE, meant for the server `ask.at`; CHALLENGE, meant for the owner whom
 * its CHALLENGE stimulus has named; at the end WON, or DENIED by the server, or LOST to the owner,
 * who has answered, or SILENT.
 */
void nbt_enrol_step(nbt_enrol *e, nbt_time now, const nbt_stimulus *s, nbt_effects *fx);

nbt_time nbt_enrol_due(const nbt_enrol *e);

#endif
