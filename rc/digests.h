/*
 * What the future of a viewer's or an agent's parts depends on, as a digest (nbt/digest.h): for
 * rc_viewer_digest and rc_agent_digest.
 */
#ifndef RC_DIGESTS_H
#define RC_DIGESTS_H

#include "nbt/digest.h"
#include "rc/claim.h"
#include "rc/link.h"
#include "rc/transfer.h"

void rc_digest_ask(nbt_digest *d, const nbt_prog_ask *ask);
void rc_digest_claim(nbt_digest *d, const rc_claim *c);

/* Between two calls: all that has arrived was pulled. */
void rc_digest_link(nbt_digest *d, const rc_link *l);

void rc_digest_transfer(nbt_digest *d, const rc_transfer *t);

#endif
