/*
 * The two simplest programs of a scenario: one that sends back what it receives, and one that
 * receives and says nothing. Each adds its name and listens for anybody, on one adapter; sessions
 * can be as many as its driver lets it have.
 *
 * Control blocks in and out, nothing else. Which session is which stands in their tags, so that
 * there is nothing to remember.
 */
#ifndef SCENE_PEER_H
#define SCENE_PEER_H

#include "nbt/act.h"

typedef struct scene_peer {
    bool echoes;
    uint8_t lana;
    uint8_t name[NBT_NAME_LEN];
} scene_peer;

enum { SCENE_PEER_TAG = 1 << 30 }; /* its tags have this bit */

/* It starts: RESET, ADD NAME, LISTEN. */
void scene_peer_start(const scene_peer *p, nbt_out *out);

/* A control block came back, with what its buffer holds. */
void scene_peer_ncb(const scene_peer *p, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                    nbt_out *out);

#endif
