/*
 * Writes to mailslots, read and written side by side. It never looks at what is written.
 */
#include "nbt/mailslot.h"

#include <string.h>

enum { WORDS = 17, SETUP_WORDS = 3 };

static uint16_t must_be(nbt_rd *r, uint16_t want, nbt_err err, const char *field)
{
    size_t at = r->at;
    uint16_t v = nbt_rd_u16le(r, field);
    if (!r->err && v != want)
        nbt_rd_fail(r, err, at, field);
    return v;
}

static void octet_must_be(nbt_rd *r, uint8_t want, const char *field)
{
    size_t at = r->at;
    uint8_t v = nbt_rd_u8(r, field);
    if (!r->err && v != want)
        nbt_rd_fail(r, NBT_ERR_VALUE, at, field);
}

/* Setup words and name, which are what makes a transaction a write to a mailslot. */
static void slot_rd(nbt_rd *r, nbt_mailslot *m)
{
    octet_must_be(r, SETUP_WORDS, "SetupCount");
    nbt_rd_u8(r, "Reserved3");
    must_be(r, NBT_MAILSLOT_WRITE, NBT_ERR_VALUE, "MailSlotOpcode");
    m->priority = nbt_rd_u16le(r, "Priority");
    m->cls = nbt_rd_u16le(r, "Class");
    nbt_rd_u16le(r, "ByteCount"); /* as large as the rest, or nonsense: DataCount is what counts */
    m->name = nbt_smb_string_rd(r, "MailslotName");
}

/*
 *   header | WordCount | TotalParameterCount | TotalDataCount | MaxParameterCount | MaxDataCount |
 *   MaxSetupCount | Reserved1 | Flags | Timeout | Reserved2 | ParameterCount | ParameterOffset |
 *   DataCount | DataOffset | SetupCount | Reserved3 | MailSlotOpcode | Priority | Class |
 *   ByteCount | MailslotName | Databytes
 */
void nbt_mailslot_rd(nbt_rd *r, nbt_mailslot *m)
{
    nbt_smb h;
    size_t from = r->at;
    nbt_smb_rd(r, &h);
    if (!r->err && h.command != NBT_MAILSLOT_COMMAND)
        nbt_rd_fail(r, NBT_ERR_VALUE, from + 4, "Command");
    octet_must_be(r, WORDS, "WordCount");
    must_be(r, 0, NBT_ERR_LENGTH, "TotalParameterCount");
    uint16_t total = nbt_rd_u16le(r, "TotalDataCount");
    nbt_rd_u16le(r, "MaxParameterCount");
    nbt_rd_u16le(r, "MaxDataCount");
    nbt_rd_u8(r, "MaxSetupCount");
    nbt_rd_u8(r, "Reserved1");
    m->flags = nbt_rd_u16le(r, "Flags");
    m->timeout = nbt_rd_u32le(r, "Timeout");
    nbt_rd_u16le(r, "Reserved2");
    must_be(r, 0, NBT_ERR_LENGTH, "ParameterCount");
    nbt_rd_u16le(r, "ParameterOffset");
    must_be(r, total, NBT_ERR_LENGTH, "DataCount"); /* all of it is in this one datagram */
    size_t offset_at = r->at;
    size_t offset = nbt_rd_u16le(r, "DataOffset");
    slot_rd(r, m);
    if (!r->err && offset < r->at - from)
        nbt_rd_fail(r, NBT_ERR_LENGTH, offset_at, "DataOffset");
    else if (!r->err)
        nbt_rd_bytes(r, offset - (r->at - from), "Pad");
    m->data = nbt_rd_bytes(r, total, "Databytes");
    nbt_rd_bytes(r, nbt_rd_left(r), "Pad");
}

void nbt_mailslot_wr(nbt_wr *w, const nbt_mailslot *m)
{
    size_t bytes = m->name.n + 1 + m->data.n;
    if (bytes > NBT_MAILSLOT_MAX)
        nbt_wr_fail(w, NBT_ERR_LONG, "Databytes");
    nbt_smb_wr(w, &(nbt_smb){ .command = NBT_MAILSLOT_COMMAND });
    nbt_wr_u8(w, WORDS, "WordCount");
    nbt_wr_u16le(w, 0, "TotalParameterCount");
    nbt_wr_u16le(w, m->data.n, "TotalDataCount");
    nbt_wr_u16le(w, 0, "MaxParameterCount");
    nbt_wr_u16le(w, 0, "MaxDataCount");
    nbt_wr_u8(w, 0, "MaxSetupCount");
    nbt_wr_u8(w, 0, "Reserved1");
    nbt_wr_u16le(w, m->flags, "Flags");
    nbt_wr_u32le(w, m->timeout, "Timeout");
    nbt_wr_u16le(w, 0, "Reserved2");
    nbt_wr_u16le(w, 0, "ParameterCount");
    nbt_wr_u16le(w, 0, "ParameterOffset");
    nbt_wr_u16le(w, m->data.n, "DataCount");
    nbt_wr_u16le(w, NBT_MAILSLOT_HEAD + m->name.n + 1, "DataOffset");
    nbt_wr_u8(w, SETUP_WORDS, "SetupCount");
    nbt_wr_u8(w, 0, "Reserved3");
    nbt_wr_u16le(w, NBT_MAILSLOT_WRITE, "MailSlotOpcode");
    nbt_wr_u16le(w, m->priority, "Priority");
    nbt_wr_u16le(w, m->cls, "Class");
    nbt_wr_u16le(w, bytes, "ByteCount");
    nbt_smb_string_wr(w, m->name, "MailslotName");
    nbt_wr_bytes(w, m->data.p, m->data.n, "Databytes");
}

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

bool nbt_mailslot_named(const nbt_mailslot *m, const char *name)
{
    size_t i = 0;
    while (i < m->name.n && name[i] && upper(m->name.p[i]) == (uint8_t)name[i])
        i++;
    return i == m->name.n && !name[i];
}
