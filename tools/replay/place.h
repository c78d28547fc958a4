/*
 * Where a capture is played on a real network: by which interface, under which of its addresses,
 * towards whom, and to whom nothing may be sent.
 */
#ifndef REPLAY_PLACE_H
#define REPLAY_PLACE_H

#include "tools/host/iface.h"
#include "tools/replay/setup.h"

typedef struct replay_place {
    const replay_opt *o;
    host_iface iface[CAP_PARTS_MAX]; /* the adapters: one interface, and an address for each host */
    uint32_t ours[CAP_PARTS_MAX], broadcast[CAP_PARTS_MAX], theirs[CAP_PARTS_MAX];
    size_t nours, ntheirs;
} replay_place;

/*
 * Finds the interface (the named one, or the one whose network the first target is on) and gives
 * each host that is played one of its addresses: its own, where it has that, or the next one. Maps
 * all of them, and the peers to the targets. False: HOST_INTERFACE, or HOST_USAGE for a target
 * that no router would be needed for and that is not allowed.
 */
bool replay_place_find(replay_place *p, replay_setup *s, host_err *err);

/* Whether something may be sent there: to a target, the interface's network, what is allowed. */
bool replay_place_may(const replay_place *p, uint32_t ip);

/* The adapter that has an address, or the first whose network has it as that of broadcasts; else 0.
 */
uint8_t replay_place_lana(const replay_place *p, uint32_t ip);

/* Prints who plays whom, and what is opened. */
void replay_place_say(const replay_place *p, const replay_setup *s);

#endif
