/*
 * One adapter (a LANA in NetBIOS terms): its local name table, and the machines that claim, defend,
 * find, release and describe names for it. RFC 1001 15, RFC 1002 5.1.
 *
 * A node knows names, not programs: who holds a name is the computer's business. It speaks UDP 137,
 * and TCP 137 to name servers whose answer did not fit. Results are pulled with nbt_node_next after
 * any call; nothing calls back.
 */
#ifndef NBT_NODE_H
#define NBT_NODE_H

#include "nbt/act.h"
#include "nbt/hearsay.h"
#include "nbt/lmhosts.h"
#include "nbt/ltable.h"
#include "nbt/ns.h"
#include "nbt/persona.h"
#include "nbt/profile.h"
#include "nbt/query.h"

enum {
    NBT_SERVERS_MAX = 12, /* as many as Windows 2000 takes */
    NBT_NBDDS_MAX = 4,    /* ours */
};

/* An adapter's place in the world. Addresses in host byte order. */
typedef struct nbt_lana_cfg {
    uint8_t lana;
    uint32_t ip, mask, broadcast;
    uint8_t mac[6];
    nbt_node_type type;
    const nbt_profile *profile; /* borrowed, must outlive the node */
    const nbt_persona *persona; /* how its node status is ordered; NULL: by number */
    nbt_scope scope;
    /* Name servers in order of preference (DHCP option 44); a B node asks none. */
    uint32_t servers[NBT_SERVERS_MAX];
    uint8_t nservers;
    /* Datagram distribution servers in order of preference (option 45); a B node uses none. */
    uint32_t nbdds[NBT_NBDDS_MAX];
    uint8_t nnbdds;
    const nbt_lmhost *hosts; /* LMHOSTS: borrowed, must outlive the node */
    size_t nhosts;
    bool multihomed; /* the computer has other adapters: unique names go out by opcode F (F21) */
} nbt_lana_cfg;

/* Whether that is the adapter's scope (A19, A20). */
bool nbt_lana_in_scope(const nbt_lana_cfg *cfg, const nbt_scope *scope);

typedef enum nbt_node_ev_kind {
    NBT_NODE_ADDED,     /* the claim of name number `num` succeeded */
    NBT_NODE_REFUSED,   /* it was refused: rcode, peer; or, with rcode 0 and peer 0.0.0.0, no name
                           server has answered. The entry is gone */
    NBT_NODE_FOUND,     /* query `ref`: the first positive answer is in */
    NBT_NODE_FOUND_ALL, /* query `ref` has ended: all answers, perhaps none; ref is gone */
    NBT_NODE_STATUS,    /* status `ref`: the answer's RDATA is in `status`; ref is gone */
    NBT_NODE_NO_STATUS, /* status `ref`: no answer; ref is gone */
    NBT_NODE_CONFLICT,  /* name number `num` was marked as in conflict, by peer */
    NBT_NODE_RELEASED,  /* name number `num` was taken away by peer. The entry is gone */
} nbt_node_ev_kind;

typedef struct nbt_node_ev {
    nbt_node_ev_kind kind;
    uint32_t ref;
    uint8_t num;
    uint8_t rcode;
    nbt_ep peer;
    const nbt_found *found; /* FOUND, FOUND_ALL: in the order they came; hold till the next call */
    size_t nfound;
    const nbt_rr *status; /* STATUS: holds until the next call */
} nbt_node_ev;

typedef struct nbt_node nbt_node;

/* NULL without memory. `seed` feeds transaction ids. */
nbt_node *nbt_node_new(nbt_mem mem, const nbt_lana_cfg *cfg, uint64_t seed);
void nbt_node_free(nbt_node *node);

/*
 * Tells a node, and those it was told of, that `other`, which is alone so far, is an adapter of the
 * same computer: where the profile has it, each answers queries for a unique name with the
 * addresses of all that have it, or are about to. They are freed together.
 */
void nbt_node_join(nbt_node *node, nbt_node *other);

/* Whether an adapter that was joined has that name in conflict, and the profile has it that this
 * concerns them all (MS-NBTE 3.1.4.1, 3.1.5.1). */
bool nbt_node_in_conflict_elsewhere(const nbt_node *node, const uint8_t name[NBT_NAME_LEN]);

const nbt_lana_cfg *nbt_node_cfg(const nbt_node *node);
const nbt_ltable *nbt_node_names(const nbt_node *node);

/*
 * Claims a name by the ways of the node's type (RFC 1002 5.1.1.1, 5.1.1.2, 5.1.2.1, 5.1.3.1; H
 * nodes: MS-NBTE 3.1.7): the entry is there at once, as registering. Returns its number; 0 when the
 * table is full or there is no memory. The name must not be in the table yet. ADDED or REFUSED
 * follows. A name that begins with '*' is added without a packet, and never defended or released
 * (A34).
 */
uint8_t nbt_node_add(nbt_node *node, nbt_time now, const uint8_t name[NBT_NAME_LEN], bool group,
                     nbt_out *out);

/*
 * Gives a name back (RFC 1002 5.1.1.4, 5.1.2.4, 5.1.3.4): the entry is gone at once, whatever a
 * name server says to it; the releases follow unless the name was lost to a conflict or its claim
 * had not got as far as a name server. Unknown: nothing. Events about it that were not pulled yet
 * are forgotten.
 */
void nbt_node_delete(nbt_node *node, nbt_time now, uint8_t num, nbt_out *out);

/*
 * Marks a registered entry as deregistered: deleted, but alive until its last session ends (G16).
 * It is still defended and answered for, since nobody has been told yet that it is free.
 */
void nbt_node_deregister(nbt_node *node, nbt_time now, uint8_t num, nbt_out *out);

/* How long releasing a name takes at most: its request is repeated (RFC 1002 5.1.1.4), and name
 * servers may be silent and send the node on to broadcast (5.1.2.4). */
nbt_time nbt_node_release_time(const nbt_lana_cfg *cfg);

/* Looks for a name (RFC 1002 5.1.1.3, 5.1.2.3, 5.1.3.3): FOUND at the first answer, FOUND_ALL at
 * the end. Returns its reference, 0 without memory. A unique name of this node is answered without
 * a packet; for a group of its own it is the first answer itself, and others that are members are
 * looked for. */
uint32_t nbt_node_query(nbt_node *node, nbt_time now, const uint8_t name[NBT_NAME_LEN],
                        nbt_out *out);

/* Asks the name server for a group's members, whatever is known or the node's type would do (RFC
 * 1002 5.3.2); only FOUND_ALL counts. Returns its reference, 0 without memory. */
uint32_t nbt_node_members(nbt_node *node, nbt_time now, const uint8_t name[NBT_NAME_LEN],
                          nbt_out *out);

/* A name is not at an address where it was said to be (RFC 1002 5.3.3): it is forgotten, and if the
 * profile has it the name server is told so. */
void nbt_node_misled(nbt_node *node, const uint8_t name[NBT_NAME_LEN], uint32_t ip, nbt_out *out);

/* Forgets what is remembered of a name: nobody was there when it was tried (F36). */
void nbt_node_forget_name(nbt_node *node, const uint8_t name[NBT_NAME_LEN]);

/*
 * Tells the name server that `ip` has not the name that was found there (RFC 1002 5.2.1.1): one
 * NAME RELEASE REQUEST in that node's stead, whose answer nobody awaits. By nodes that have a
 * server and the profile for it; else nothing.
 */
void nbt_node_release_absent(nbt_node *node, const uint8_t name[NBT_NAME_LEN], uint32_t ip,
                             bool group, nbt_out *out);

/*
 * Asks the node at `ip` for its names, as NODE STATUS REQUEST for `name` (often the wildcard).
 * Returns its reference, 0 without memory. STATUS or NO_STATUS follows; this node's own address is
 * answered without a packet.
 */
uint32_t nbt_node_status(nbt_node *node, nbt_time now, const uint8_t name[NBT_NAME_LEN],
                         uint32_t ip, nbt_out *out);

/* Forgets a query or a status request; nothing is reported about it any more. Unknown: nothing. */
void nbt_node_cancel(nbt_node *node, uint32_t ref);

/*
 * Which broadcasts this node has to be called for: every name that it holds or remembers. Of others
 * it only wants to know how many there were, before it is called next.
 */
nbt_heard nbt_node_hears(const nbt_node *node);
void nbt_node_overheard(nbt_node *node, const nbt_overheard *o);

/* A UDP datagram arrived at port 137: `to` is the address it was sent to, broadcasts included. */
void nbt_node_rx(nbt_node *node, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data,
                 nbt_out *out);

/*
 * Something happened to a TCP connection. False: it is none of this node's, which opens connections
 * to name servers for answers that are too long for a datagram, with numbers from 0x80000000 on.
 */
bool nbt_node_tcp(nbt_node *node, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out);

void nbt_node_tick(nbt_node *node, nbt_time now, nbt_out *out);
nbt_time nbt_node_due(const nbt_node *node);

/* Whether nothing is being asked, claimed or given back. */
bool nbt_node_idle(const nbt_node *node);

/* The next result, oldest first; false when there is none. */
bool nbt_node_next(nbt_node *node, nbt_node_ev *ev);

/* Packets sent and received since the start, for the node status (saturate at their width). */
typedef struct nbt_node_stats {
    uint32_t sent, received;
    uint32_t resent;    /* of the sent: requests that were repeated */
    uint32_t malformed; /* of the received: could not be read */
    uint32_t ignored;   /* of the received: own ones that came back, and what concerns nobody */
} nbt_node_stats;

const nbt_node_stats *nbt_node_counts(const nbt_node *node);

#endif
