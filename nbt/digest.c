/*
 * The digest of octets, names and control blocks.
 */
#include "nbt/digest.h"

void nbt_digest_bytes(nbt_digest *d, const void *p, size_t n)
{
    const uint8_t *b = p;
    nbt_digest_u64(d, n);
    for (; n >= 8; n -= 8, b += 8) {
        uint64_t v;
        memcpy(&v, b, 8);
        nbt_digest_u64(d, v);
    }
    uint64_t rest = 0;
    for (size_t i = 0; i < n; i++)
        rest = rest << 8 | b[i];
    nbt_digest_u64(d, rest);
}

void nbt_digest_name(nbt_digest *d, const nbt_name *name)
{
    nbt_digest_u64(d, name->form);
    nbt_digest_bytes(d, name->b, NBT_NAME_LEN);
    nbt_digest_bytes(d, name->scope.b, name->scope.len);
}

void nbt_digest_ncb(nbt_digest *d, const nbt_ncb *ncb)
{
    nbt_digest_u64(d, (uint64_t)ncb->command << 40 | (uint64_t)ncb->retcode << 32 |
                          (uint64_t)ncb->lsn << 16 | (uint64_t)ncb->num << 8 | ncb->lana);
    nbt_digest_u64(d, (uint64_t)ncb->rto << 8 | ncb->sto);
    nbt_digest_bytes(d, ncb->callname, NBT_NAME_LEN);
    nbt_digest_bytes(d, ncb->name, NBT_NAME_LEN);
    nbt_digest_u64(d, (uint64_t)ncb->length << 32 | ncb->chain_length);
    nbt_digest_u64(d, ncb->target);
}
