/*
 * What a node answers to the requests of others (RFC 1002 5.1.1.5, 5.1.2.5, 5.1.3.5): defence of
 * its names, queries, node status. One request, at most one answer, no memory of either: three
 * requests may well get three answers (RFC 1001 15.3.1). It changes nothing and sends nothing
 * itself.
 */
#ifndef NBT_ANSWER_H
#define NBT_ANSWER_H

#include "nbt/draft.h"
#include "nbt/node.h"

typedef enum nbt_answer {
    NBT_ANSWER_NONE,     /* none of our business, or better left alone */
    NBT_ANSWER_DEFENCE,  /* NEGATIVE NAME REGISTRATION RESPONSE */
    NBT_ANSWER_POSITIVE, /* POSITIVE NAME QUERY RESPONSE */
    NBT_ANSWER_NEGATIVE, /* NEGATIVE NAME QUERY RESPONSE */
    NBT_ANSWER_STATUS,   /* NODE STATUS RESPONSE */
    NBT_ANSWER_REFUSAL,  /* NEGATIVE RELEASE or REGISTRATION RESPONSE of who is no name server */
} nbt_answer;

/*
 * The answer to a request (R = 0) for one of our scope's names; `unicast` tells whether it was sent
 * to this node alone. `d` is filled in unless the answer is NONE.
 */
nbt_answer nbt_answer_to(const nbt_lana_cfg *cfg, const nbt_ltable *names,
                         const nbt_node_stats *stats, const nbt_ns *m, bool unicast, nbt_draft *d);

/* Whether a node may stand up for an entry: registered, and not lost to a conflict. */
bool nbt_answer_holds(const nbt_entry *e);

/* NB_FLAGS of an entry of ours, as requests and answers carry them. */
uint16_t nbt_answer_nb_flags(const nbt_lana_cfg *cfg, bool group);

/* NODE STATUS RESPONSE about `name`, cut with TC set where it would be too long. */
void nbt_answer_status(const nbt_lana_cfg *cfg, const nbt_ltable *names,
                       const nbt_node_stats *stats, uint16_t trn_id, const nbt_name *name,
                       nbt_draft *d);

#endif
