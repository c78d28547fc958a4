/*
 * What the user is told about peers that send malformed packets: a line for each peer now and then,
 * however many packets come. It does not print and reads no clock.
 */
#ifndef TOOLS_HOST_COMPLAIN_H
#define TOOLS_HOST_COMPLAIN_H

#include "nbt/act.h"

enum {
    HOST_COMPLAIN_PEERS = 16, /* addresses that are remembered */
    HOST_COMPLAIN_PAUSE_S = 5,
    HOST_COMPLAIN_STR_MAX = 240,
};

/* A peer that a line was about; ip 0: nobody yet. */
typedef struct host_complained {
    uint32_t ip;
    nbt_time said;
    uint32_t held; /* malformed packets since then */
} host_complained;

/* All zero to begin with. */
typedef struct host_complaints {
    host_complained peers[HOST_COMPLAIN_PEERS];
} host_complaints;

/*
 * Writes the line for a trace, without a newline, and returns true, if the trace is about a
 * malformed packet and the last line about that address is HOST_COMPLAIN_PAUSE_S old; how many
 * packets had no line of their own meanwhile is said at its end. A new address takes the place of
 * the one whose line is the oldest; what was held back of that one is never said.
 */
bool host_complain(host_complaints *c, nbt_time now, const nbt_trace *t,
                   char line[HOST_COMPLAIN_STR_MAX]);

#endif
