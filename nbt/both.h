/*
 * A computer that is a name server as well, as every real WINS server is: both have the address,
 * and port 137 of it. What arrives there is for the one or the other.
 *
 * The computer's own node may have that server for its name server: what they say to each other
 * goes from the address to itself, and is told apart by who of them has asked.
 */
#ifndef NBT_BOTH_H
#define NBT_BOTH_H

#include "nbt/nbns.h"

typedef enum nbt_both {
    NBT_BOTH_NODE,
    NBT_BOTH_SERVER,
} nbt_both;

/*
 * Whose a datagram to port 137 is; `own` is the address of the adapter that it came in by.
 * Broadcasts and node status are the node's. So are answers, but for those that the server waits
 * for; of what else is asked of the address alone, everything is the server's, which knows the
 * names of the computer as it knows those of others. The exception is its own question to its own
 * computer.
 */
nbt_both nbt_both_whose(const nbt_nbns *server, uint32_t own, nbt_ep from, nbt_ep to,
                        nbt_bytes data);

#endif
