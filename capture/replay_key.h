/*
 * What a datagram is about, as a number: the same for the one that was captured and the one that
 * comes when the same is said again, whatever else is different about them.
 */
#ifndef CAPTURE_REPLAY_KEY_H
#define CAPTURE_REPLAY_KEY_H

#include "nbt/msg.h"

/* How a datagram stands to others of its conversation. */
typedef enum cap_role {
    CAP_ROLE_ASKS,    /* it begins something: its id is its sender's choice */
    CAP_ROLE_ANSWERS, /* its id is that of what it answers */
    CAP_ROLE_TELLS,   /* a conflict demand: its id may be either */
} cap_role;

/*
 * Of an answer: its id, whether it is only a WACK, and whom it is for; of a request: what is asked,
 * and its name; of a datagram: its type and its names; of what cannot be read: all its octets.
 */
uint64_t cap_key(nbt_service service, nbt_bytes bytes, uint32_t to, cap_role *role);

/* The key of a conversation: whose id it is, and the id. Never 0. */
uint64_t cap_key_id(nbt_service service, uint32_t ip, uint16_t id);

#endif
