/*
 * What a viewer's future depends on, as a number. It changes nothing.
 */
#include "rc/viewer_impl.h"

#include <assert.h>

static void digest_ask(nbt_digest *d, const rc_ask *ask)
{
    nbt_digest_u64(d, ask->tag);
    nbt_digest_u64(d, (uint64_t)ask->reset << 1 | ask->resetting);
    if (ask->tag)
        nbt_digest_ncb(d, &ask->ncb);
}

static void digest_claim(nbt_digest *d, const rc_claim *c)
{
    nbt_digest_u64(d, c->state);
    nbt_digest_bytes(d, c->machine, NBT_NAME_LEN);
    nbt_digest_u64(d, (uint64_t)c->at << 32 | c->number);
    for (size_t i = 0; i < c->nlanas; i++) {
        nbt_digest_u64(d, (uint64_t)c->lanas[i].lana << 8 | c->lanas[i].hold);
        nbt_digest_u64(d, c->lanas[i].returning);
        nbt_digest_bytes(d, c->lanas[i].name, NBT_NAME_LEN);
    }
    digest_ask(d, &c->ask);
}

static void digest_link(nbt_digest *d, const rc_link *l)
{
    nbt_digest_u64(d, (uint64_t)l->state << 32 | (uint64_t)l->transport << 24 |
                          (uint64_t)l->lana << 16 | l->lsn);
    nbt_digest_u64(d, (uint64_t)l->receive << 32 | l->hangup);
    nbt_digest_u64(d, l->conn);
    nbt_digest_u64(d, (uint64_t)l->peer.ip << 16 | l->peer.port);
}

void rc_viewer_digest(const rc_viewer *v, nbt_digest *d)
{
    assert(v->state < VIEWER_RIGHTS || v->state >= VIEWER_CLOSE);
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
    digest_claim(d, &v->claim);
    digest_ask(d, &v->find);
    digest_link(d, &v->rights);
    digest_link(d, &v->function);
}
