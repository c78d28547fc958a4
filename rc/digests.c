/*
 * Every field that can still make a difference, in a fixed order.
 */
#include "rc/digests.h"

void rc_digest_ask(nbt_digest *d, const nbt_prog_ask *ask)
{
    nbt_digest_u64(d, ask->tag);
    nbt_digest_u64(d, (uint64_t)ask->reset << 1 | ask->resetting);
    if (ask->tag)
        nbt_digest_ncb(d, &ask->ncb);
}

void rc_digest_claim(nbt_digest *d, const rc_claim *c)
{
    nbt_digest_u64(d, c->state);
    nbt_digest_bytes(d, c->machine, NBT_NAME_LEN);
    nbt_digest_u64(d, (uint64_t)c->at << 32 | c->number);
    for (size_t i = 0; i < c->nlanas; i++) {
        nbt_digest_u64(d, (uint64_t)c->lanas[i].lana << 8 | c->lanas[i].hold);
        nbt_digest_u64(d, c->lanas[i].returning);
        nbt_digest_bytes(d, c->lanas[i].name, NBT_NAME_LEN);
    }
    rc_digest_ask(d, &c->ask);
}

static void digest_udp(nbt_digest *d, const rc_udp *u)
{
    nbt_digest_u64(d, (uint64_t)u->id << 32 | u->got);
    nbt_digest_u64(d, (uint64_t)u->acked << 32 | u->sent);
    nbt_digest_u64(d, (uint64_t)u->end << 32 | u->tries << 4 | (unsigned)u->held << 2 |
                          (unsigned)u->nak << 1 | u->full);
    nbt_digest_time(d, u->due);
    nbt_digest_u64(d, (uint64_t)u->gaps << 32 | u->naks);
    for (uint32_t i = u->acked; i != u->end; i++)
        nbt_digest_bytes(d, &u->queue[i % RC_UDP_QUEUE], 1);
}

void rc_digest_link(nbt_digest *d, const rc_link *l)
{
    nbt_digest_u64(d, (uint64_t)l->state << 32 | (uint64_t)l->transport << 24 |
                          (uint64_t)l->lana << 16 | l->lsn);
    nbt_digest_u64(d, (uint64_t)l->receive << 32 | l->hangup);
    for (size_t i = 0; i < RC_LINK_SENDS_MAX; i++)
        nbt_digest_u64(d, l->sends[i]);
    nbt_digest_u64(d, (uint64_t)l->held << 32 | l->conn);
    nbt_digest_u64(d, (uint64_t)l->peer.ip << 16 | l->peer.port);
    nbt_digest_u64(d, l->unsent);
    if (l->transport != RC_NETBIOS && l->state != RC_LINK_CLOSED)
        nbt_digest_bytes(d, l->framer.b, l->framer.n);
    if (l->transport == RC_UDP && l->state != RC_LINK_CLOSED)
        digest_udp(d, &l->udp);
}

void rc_digest_transfer(nbt_digest *d, const rc_transfer *t)
{
    nbt_digest_u64(d, (uint64_t)t->state << 8 | (uint64_t)t->sends << 3 | (uint64_t)t->viewer << 2 |
                          (uint64_t)t->asked << 1 | t->heard);
    if (!rc_transfer_busy(t))
        return;
    nbt_digest_u64(d, (uint64_t)t->size << 32 | t->at);
    nbt_digest_u64(d, (uint64_t)t->have << 32 | t->begun);
    nbt_digest_u64(d, t->told);
    nbt_digest_bytes(d, t->digest, sizeof t->digest);
    nbt_digest_bytes(d, t->name, t->name_len);
    nbt_digest_time(d, t->due);
    uint8_t sha[RC_SHA256_LEN];
    rc_sha256_digest(&t->sha, sha);
    nbt_digest_bytes(d, sha, sizeof sha);
}
