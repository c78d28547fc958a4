/*
 * The capture of a replay on a real network: what was sent and what came, as the sockets saw it,
 * made into packets. Hardware addresses and the numbers of TCP are made up.
 */
#ifndef REPLAY_TAPE_H
#define REPLAY_TAPE_H

#include "capture/file.h"
#include "nbt/act.h"
#include "nbt/nbns.h"

typedef struct replay_tape replay_tape;

/*
 * Creates or replaces a file: see cap_sink_new. `net` is the network that broadcasts are of; `zero`
 * is when time 0 was, in microseconds since 1970. NULL: `err` says why.
 */
replay_tape *replay_tape_new(const char *path, nbt_subnet net, int64_t zero, char err[CAP_ERR_MAX]);

/* Closes the file. False if anything could not be written. NULL is fine, also below. */
bool replay_tape_free(replay_tape *t);

void replay_tape_datagram(replay_tape *t, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data);

/* NBT_ACT_TCP_*: what is done to a connection; and what is reported about one. */
void replay_tape_act(replay_tape *t, nbt_time now, const nbt_act *act, nbt_bytes data);
void replay_tape_event(replay_tape *t, nbt_time now, const nbt_tcp_ev *ev);

#endif
