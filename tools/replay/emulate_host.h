/*
 * One host of the other side, emulated: a computer, with a name server beside it where the capture
 * shows one, and the programs on it.
 */
#ifndef REPLAY_EMULATE_HOST_H
#define REPLAY_EMULATE_HOST_H

#include "nbt/simnet.h"
#include "tools/replay/emulate.h"
#include "tools/replay/hand.h"

enum { REPLAY_ADDRESSES_MAX = 4, REPLAY_WARM = 60 /* seconds, for names to be claimed in */ };

typedef struct replay_host {
    nbt_lana_cfg lana[REPLAY_ADDRESSES_MAX];
    size_t nlanas;
    cap_host_id root; /* 0: it is alone with its address */
    nbt_computer *computer;
    nbt_nbns *server; /* NULL: it is none */
    bool serves, off;
    replay_hand *hand;
    uint32_t net, obj, hand_obj; /* on the simulated network */
    size_t names;                /* that it has from the beginning */
} replay_host;

/* What it is built with. */
typedef struct replay_making {
    const replay_emulate_cfg *cfg;
    const nbt_profile *profile;
    const nbt_nbns_profile *server;
    nbt_mem mem;
    nbt_simnet *net;
    nbt_lmhost *called; /* names of ours, where those who call them find them without asking: what
                         * they asked before is in the capture, and asked again by the hand */
    size_t ncalled;
} replay_making;

/* The adapter of an address of the capture, as far as is known. `here`: what that is now. */
nbt_lana_cfg replay_lana(const replay_making *m, uint32_t ip, uint32_t here, uint8_t number);

/* Builds it from its adapters, on a host that stands on the network. False without memory. */
bool replay_host_start(replay_host *h, const replay_making *m, uint64_t seed);

/* It loses power, and all that it knew; and gets it back, without the names that it had. The latter
 * is false without memory. */
void replay_host_off(replay_host *h, const replay_making *m);
bool replay_host_on(replay_host *h, const replay_making *m, uint64_t seed);
void replay_host_fini(replay_host *h);

#endif
