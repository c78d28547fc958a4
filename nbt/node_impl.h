/*
 * The inside of a node, shared by node*.c: its tables, and the gates through which every packet,
 * trace and event leaves.
 *
 * An entrance (node.c), a packet (node_in.c) or a deadline is a stimulus to one transaction; what
 * its machine wants then is done in node_run.c, which goes from one leg of a procedure to the next
 * and knows what the end of each means to the name.
 */
#ifndef NBT_NODE_IMPL_H
#define NBT_NODE_IMPL_H

#include "nbt/cache.h"
#include "nbt/draft.h"
#include "nbt/node.h"
#include "nbt/servers.h"
#include "nbt/trn.h"

typedef struct nbt_node_said {
    nbt_node_ev ev;
    nbt_trn *last; /* this is all that was to be said about it: it goes with the event */
} nbt_node_said;

struct nbt_node {
    nbt_mem mem;
    nbt_lana_cfg cfg;
    const nbt_nodetype *type;
    const nbt_node *next; /* the computer's adapters in a ring */
    nbt_ltable names;
    nbt_node_stats stats;
    nbt_time answered; /* each answer moves this on by its share of a second; never ahead of now */
    nbt_servers servers;
    nbt_cache cache;
    nbt_trns trns;
    uint32_t last_ref;
    nbt_node_said *events; /* in the order in which they happened */
    size_t nevents, events_cap;
    nbt_trn *spent; /* went with the event that was pulled last */
};

/* --- node.c ------------------------------------------------------------------------------- */

/*
 * A transaction about a name, its leg and machine still to be chosen; NULL without memory. Room for
 * every event that it can cause is made here, so that no result is ever lost.
 */
nbt_trn *nbt_node_begin(nbt_node *node, nbt_trn_kind kind, const uint8_t name[NBT_NAME_LEN]);

/* Forgets the events about a transaction (ref) or about an entry that is there (num); 0: none. */
void nbt_node_forget(nbt_node *node, uint32_t ref, uint8_t num);

const char *nbt_node_entry_state(const nbt_entry *e);

/* --- node_out.c --------------------------------------------------------------------------- */

/* A change in the state of a name or a transaction that nobody else caused. */
void nbt_node_trace_own(const nbt_node *node, nbt_out *out, const char *what, const char *from,
                        const char *to, const char *why, const uint8_t name[NBT_NAME_LEN],
                        uint16_t trn_id);

/* The same, caused by a packet. */
void nbt_node_trace_packet(const nbt_node *node, nbt_out *out, const char *what, const char *from,
                           const char *to, const char *why, nbt_ep peer, const nbt_ns *m);

/* A packet that nothing else can be said about. */
void nbt_node_trace_malformed(const nbt_node *node, nbt_out *out, nbt_ep peer, const nbt_rd *r);

void nbt_node_count(uint32_t *counter);

/* Whom a query by way of a server asks. */
uint32_t nbt_node_asked(const nbt_node *node, const nbt_trn *trn);

nbt_addr nbt_node_own_address(const nbt_node *node, bool group);
void nbt_node_send(nbt_node *node, nbt_out *out, nbt_ep to, const nbt_draft *d);

/* The request of a transaction; every repetition is the same packet (B20). */
void nbt_node_send_request(nbt_node *node, nbt_trn *trn, nbt_out *out);

/* What a machine wants sent besides: NAME OVERWRITE DEMAND (4.2.3) and REQUEST, the query that
 * challenges an owner, NAME CONFLICT DEMAND (4.2.8). */
void nbt_node_send_demand(nbt_node *node, const nbt_trn *trn, nbt_out *out);
void nbt_node_send_overwrite(nbt_node *node, nbt_trn *trn, nbt_out *out);
void nbt_node_send_challenge(nbt_node *node, nbt_trn *trn, nbt_out *out);
void nbt_node_send_conflict(nbt_node *node, const nbt_trn *trn, nbt_ep peer, nbt_out *out);

void nbt_node_tell(nbt_node *node, const nbt_node_ev *ev, nbt_trn *last);
void nbt_node_tell_found(nbt_node *node, nbt_node_ev_kind kind, nbt_trn *trn, nbt_trn *last);

/* --- node_run.c --------------------------------------------------------------------------- */

/* Begins a transaction by the first leg that the node's type has for its kind. */
void nbt_node_start(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_out *out);

/* A claim that waits until a name server has heard of the release of its name: it then begins. */
void nbt_node_put_off(nbt_node *node, nbt_trn *trn);

/* Steps a machine and does what it wants. `m` is what caused it, NULL if nothing did. The
 * transaction may be gone afterwards. */
void nbt_node_step(nbt_node *node, nbt_trn *trn, nbt_time now, const nbt_stimulus *s,
                   const nbt_ns *m, nbt_out *out);

/* The end of a search or a status request. */
void nbt_node_ended(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_out *out);

/* RFC 1001 15.1.3.5: from now on only DELETE NAME is valid. */
void nbt_node_in_conflict(nbt_node *node, nbt_entry *e, nbt_ep peer, const nbt_ns *m,
                          const char *why, nbt_out *out);

/* --- node_memory.c ------------------------------------------------------------------------ */

/* Answers a query without a packet, if what is known allows it; true if it did: it is over then. */
bool nbt_node_recall(nbt_node *node, nbt_trn *trn, nbt_time now, nbt_out *out);

/* The same for one that nobody has answered. */
bool nbt_node_recall_last(nbt_node *node, nbt_trn *trn, nbt_out *out);

/* Remembers what a query has found, if it may be. */
void nbt_node_remember(nbt_node *node, const nbt_trn *trn, nbt_time now);

/* Somebody gives a name up. */
void nbt_node_heard_release(nbt_node *node, nbt_time now, const nbt_ns *m);

/* --- node_tcp.c --------------------------------------------------------------------------- */

/* Asks once more by TCP; without memory nothing happens. And the end of that, if it is going on. */
void nbt_node_fetch(nbt_node *node, nbt_trn *trn, nbt_out *out);
void nbt_node_fetched(nbt_node *node, nbt_trn *trn, nbt_out *out);

/* --- node_in.c: nbt_node_rx, and -------------------------------------------------------------- */

/* What came by TCP; false if it does not answer the query. */
bool nbt_node_take_fetched(nbt_node *node, nbt_time now, nbt_trn *trn, nbt_ep from, const nbt_ns *m,
                           nbt_out *out);

#endif
