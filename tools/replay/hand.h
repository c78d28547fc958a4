/*
 * The programs of an emulated host, in one: they add and delete names, look for them, take calls,
 * and send in a session what was sent there in the capture, when the time for it has come. It is an
 * object of the simulated network; control blocks and questions go out, and nothing else.
 */
#ifndef REPLAY_HAND_H
#define REPLAY_HAND_H

#include "capture/replay.h"
#include "nbt/simnet.h"

extern const nbt_simnet_ops replay_hand_ops;

typedef struct replay_hand replay_hand;

typedef struct replay_hand_cfg {
    nbt_mem mem;
    uint64_t seed;
    const nbt_profile *profile; /* borrowed */
    const nbt_lana_cfg *lanas;  /* copied */
    size_t nlanas;
    bool serves; /* its host is a name server, which asks holders by itself */
} replay_hand_cfg;

replay_hand *replay_hand_new(const replay_hand_cfg *cfg); /* NULL: no memory */
void replay_hand_free(replay_hand *h);

/* It starts: a RESET of each adapter. */
void replay_hand_start(replay_hand *h, nbt_out *out);

/* Its host has lost power: what was under way is over, and of what was to be done before `now`
 * nothing is done any more. Before replay_hand_start, when it is there again. */
void replay_hand_forget(replay_hand *h, nbt_time now);

/* A name that its host has, and one that takes calls as soon as it is there. */
void replay_hand_add(replay_hand *h, nbt_time now, uint8_t lana, const uint8_t name[NBT_NAME_LEN],
                     bool group);
void replay_hand_listen(replay_hand *h, uint8_t lana, const uint8_t name[NBT_NAME_LEN]);

/*
 * It is to call from a name of its host, over what is a connection of the capture. The session
 * request is the driver's.
 */
void replay_hand_call(replay_hand *h, nbt_time at, uint8_t lana, uint64_t conn,
                      const uint8_t from[NBT_NAME_LEN], const uint8_t to[NBT_NAME_LEN]);

/*
 * Its host is to make a move of the capture at that time, as far as that is for programs to do:
 * what the driver does by itself is left to it. `at` may be now. False: no program could do it,
 * and the driver does not either, so that it will not come. Addresses in it are as they are here.
 */
bool replay_hand_move(replay_hand *h, nbt_time at, uint8_t lana, const cap_move *m);

#endif
