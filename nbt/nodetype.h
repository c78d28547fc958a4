/*
 * What the types of node differ in (RFC 1001 10, MS-NBTE 3.1.7): by which ways they claim, find and
 * release names, and in what order; and what they listen to. One row a type.
 */
#ifndef NBT_NODETYPE_H
#define NBT_NODETYPE_H

#include "nbt/codes.h"
#include "nbt/name.h"

#include <stdbool.h>

typedef enum nbt_way {
    NBT_WAY_NONE,
    NBT_WAY_BROADCAST, /* RFC 1002 5.1.1 */
    NBT_WAY_SERVER,    /* RFC 1002 5.1.2 */
    NBT_WAY_MEMORY,    /* no packet: what the node was told or remembers */
} nbt_way;

/* What a way has come to. Bits, so that a leg can name several. */
typedef enum nbt_outcome {
    NBT_OUTCOME_YES = 1,     /* obtained, found, released */
    NBT_OUTCOME_NO = 2,      /* refused, unknown, not released */
    NBT_OUTCOME_SILENCE = 4, /* nobody has said anything */
} nbt_outcome;

/* One leg of a procedure: a way, and the outcomes of the leg before it that lead to it. */
typedef struct nbt_leg {
    nbt_way way;
    unsigned after;
} nbt_leg;

enum { NBT_LEGS_MAX = 2 };

typedef struct nbt_nodetype {
    nbt_leg claim[NBT_LEGS_MAX];
    nbt_leg query[NBT_LEGS_MAX];
    nbt_leg release[NBT_LEGS_MAX];
    bool hears_broadcasts; /* what was sent to everybody concerns it as well */
    bool denies;           /* says no to a unicast query for a name it has not */
    bool has_servers;
} nbt_nodetype;

const nbt_nodetype *nbt_nodetype_of(nbt_node_type type);

/*
 * The same for one name, where the suffix counts. A subnet's own names are <1D>, its master
 * browser, <1E> and __MSBROWSE__: a Windows name server grants the first to everybody and keeps no
 * members of the others (MS-NBTE <3>), so that an H node that asked it alone would learn of no
 * other holder. It claims them as an M node does, and when it gives them up everybody is told.
 * <1B>, of which a domain has one, and <1C>, whose members the server lists, go the type's ways;
 * so does every name of a node that broadcasts anyway, or never.
 */
const nbt_nodetype *nbt_nodetype_of_name(nbt_node_type type, const uint8_t name[NBT_NAME_LEN]);

/* Whether it is one of those. */
bool nbt_nodetype_is_of_subnet(const uint8_t name[NBT_NAME_LEN]);

/* The leg that follows leg `i` of a procedure when that came to `outcome`; NULL: it is over. */
const nbt_leg *nbt_leg_next(const nbt_leg legs[NBT_LEGS_MAX], unsigned i, nbt_outcome outcome);

#endif
