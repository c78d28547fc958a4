/*
 * What a viewer's future depends on, as a number. It changes nothing.
 */
#include "rc/digests.h"
#include "rc/viewer_impl.h"

#include <string.h>

bool rc_viewer_rests(const rc_viewer *v)
{
    return v->state == VIEWER_UP && !v->pinging && v->nkeys == 0 && !rc_transfer_busy(&v->transfer);
}

/* The screen is for people: no decision looks at it. */
static void digest_session(const rc_viewer *v, nbt_digest *d)
{
    nbt_digest_u64(d, v->ticket);
    nbt_digest_bytes(d, v->keys, v->nkeys);
    nbt_digest_u64(d, (uint64_t)v->keys_held << 3 | (uint64_t)v->pinging << 2 |
                          (uint64_t)v->fence << 1 | v->finish);
    nbt_digest_u64(d, (uint64_t)v->typed << 32 | v->seen);
    nbt_digest_u64(d, (uint64_t)v->pings);
    nbt_digest_u64(d, (uint64_t)v->serial << 32 | v->ping_typed);
    nbt_digest_time(d, v->pinging ? v->ping_at + PING_TIMEOUT : NBT_NEVER);
    rc_digest_transfer(d, &v->transfer);
}

void rc_viewer_digest(const rc_viewer *v, nbt_digest *d)
{
    nbt_digest_u64(d, v->state);
    nbt_digest_time(d, v->due);
    nbt_digest_time(d, v->back_by);
    nbt_digest_u64(d, (uint64_t)v->protocols << 8 | (uint64_t)v->no_driver << 1 | v->has_slot);
    nbt_digest_u64(d, (uint64_t)v->tags.last << 32 | v->call);
    nbt_digest_u64(d, (uint64_t)v->end << 32 | v->conn);
    nbt_digest_u64(d, (uint64_t)v->step << 40 | (uint64_t)v->lana << 32 | v->again);
    nbt_digest_u64(d, (uint64_t)v->ip << 32 | v->named);
    nbt_digest_u64(d, (uint64_t)v->address << 1 | v->unnamed);
    nbt_digest_ncb(d, &v->missed);
    rc_digest_claim(d, &v->claim);
    rc_digest_ask(d, &v->find);
    rc_digest_link(d, &v->rights);
    rc_digest_link(d, &v->function);
    digest_session(v, d);
}
