/*
 * The header of SMB, read and written side by side. It never looks behind its 32 octets.
 */
#include "nbt/smb.h"

#include <string.h>

static const uint8_t protocol[4] = { 0xFF, 'S', 'M', 'B' };

bool nbt_smb_is(nbt_bytes b, uint8_t command)
{
    return b.n > sizeof protocol && memcmp(b.p, protocol, sizeof protocol) == 0 &&
           b.p[sizeof protocol] == command;
}

/*
 *   Protocol | Command | Status | Flags | Flags2 | PIDHigh | SecurityFeatures | Reserved |
 *   TID | PIDLow | UID | MID
 */
void nbt_smb_rd(nbt_rd *r, nbt_smb *h)
{
    size_t from = r->at;
    nbt_bytes p = nbt_rd_bytes(r, sizeof protocol, "Protocol");
    if (!r->err && memcmp(p.p, protocol, sizeof protocol) != 0)
        nbt_rd_fail(r, NBT_ERR_VALUE, from, "Protocol");
    h->command = nbt_rd_u8(r, "Command");
    h->status = nbt_rd_u32le(r, "Status");
    h->flags = nbt_rd_u8(r, "Flags");
    h->flags2 = nbt_rd_u16le(r, "Flags2");
    nbt_rd_u16le(r, "PIDHigh");
    nbt_rd_bytes(r, 8, "SecurityFeatures");
    nbt_rd_u16le(r, "Reserved");
    h->tid = nbt_rd_u16le(r, "TID");
    h->pid = nbt_rd_u16le(r, "PIDLow");
    h->uid = nbt_rd_u16le(r, "UID");
    h->mid = nbt_rd_u16le(r, "MID");
}

void nbt_smb_wr(nbt_wr *w, const nbt_smb *h)
{
    nbt_wr_bytes(w, protocol, sizeof protocol, "Protocol");
    nbt_wr_u8(w, h->command, "Command");
    nbt_wr_u32le(w, h->status, "Status");
    nbt_wr_u8(w, h->flags, "Flags");
    nbt_wr_u16le(w, h->flags2, "Flags2");
    nbt_wr_u16le(w, 0, "PIDHigh");
    nbt_wr_room(w, 8, "SecurityFeatures");
    nbt_wr_u16le(w, 0, "Reserved");
    nbt_wr_u16le(w, h->tid, "TID");
    nbt_wr_u16le(w, h->pid, "PIDLow");
    nbt_wr_u16le(w, h->uid, "UID");
    nbt_wr_u16le(w, h->mid, "MID");
}

nbt_bytes nbt_smb_string_rd(nbt_rd *r, const char *field)
{
    size_t left = nbt_rd_left(r);
    const uint8_t *nul = left > 0 ? memchr(r->base + r->at, '\0', left) : NULL;
    size_t n = nul ? (size_t)(nul - (r->base + r->at)) : left;
    nbt_bytes text = nbt_rd_bytes(r, n + 1, field); /* fails where there is no NUL */
    if (text.n > 0)
        text.n--;
    return text;
}

void nbt_smb_string_wr(nbt_wr *w, nbt_bytes text, const char *field)
{
    if (text.n > 0 && memchr(text.p, '\0', text.n))
        nbt_wr_fail(w, NBT_ERR_RANGE, field);
    nbt_wr_bytes(w, text.p, text.n, field);
    nbt_wr_u8(w, 0, field);
}
