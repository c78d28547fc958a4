/*
 * The messenger service's messages, read and written side by side.
 */
#include "nbt/messenger.h"

#include <string.h>

enum { FORMAT_BLOCK = 1, FORMAT_ASCII = 4 };

static const struct {
    uint8_t command;
    const char *word;
} kinds[NBT_MESSENGER_COUNT] = {
#define X(sym, command, word) [NBT_MESSENGER_##sym] = { command, word },
    NBT_MESSENGER_KINDS(X)
#undef X
};

const char *nbt_messenger_word(nbt_messenger_kind kind)
{
    return kinds[kind].word;
}

bool nbt_messenger_parse(nbt_messenger_kind *kind, const char *word, size_t len)
{
    for (size_t i = 0; i < NBT_MESSENGER_COUNT; i++) {
        if (strlen(kinds[i].word) == len && memcmp(kinds[i].word, word, len) == 0) {
            *kind = (nbt_messenger_kind)i;
            return true;
        }
    }
    return false;
}

bool nbt_messenger_is(nbt_bytes b)
{
    for (size_t i = 0; i < NBT_MESSENGER_COUNT; i++) {
        if (nbt_smb_is(b, kinds[i].command))
            return true;
    }
    return false;
}

/* What each of them, and its answer, is made of. */
static bool has_names(const nbt_messenger *m)
{
    return !m->reply && (m->kind == NBT_MESSENGER_SEND || m->kind == NBT_MESSENGER_START);
}

static bool has_text(const nbt_messenger *m)
{
    return !m->reply && (m->kind == NBT_MESSENGER_SEND || m->kind == NBT_MESSENGER_TEXT);
}

static bool has_group(const nbt_messenger *m)
{
    if (m->reply)
        return m->kind == NBT_MESSENGER_START && m->status == 0;
    return m->kind == NBT_MESSENGER_TEXT || m->kind == NBT_MESSENGER_END;
}

static void format_rd(nbt_rd *r, uint8_t want)
{
    size_t at = r->at;
    uint8_t v = nbt_rd_u8(r, "BufferFormat");
    if (!r->err && v != want)
        nbt_rd_fail(r, NBT_ERR_VALUE, at, "BufferFormat");
}

/* BufferFormat | OriginatorName | BufferFormat | DestinationName | BufferFormat | Length | Text */
static void buffers_rd(nbt_rd *r, nbt_messenger *m)
{
    if (has_names(m)) {
        format_rd(r, FORMAT_ASCII);
        m->from = nbt_smb_string_rd(r, "OriginatorName");
        format_rd(r, FORMAT_ASCII);
        m->to = nbt_smb_string_rd(r, "DestinationName");
    }
    if (has_text(m)) {
        format_rd(r, FORMAT_BLOCK);
        m->text = nbt_rd_bytes(r, nbt_rd_u16le(r, "Length"), "Text");
    }
}

static void buffers_wr(nbt_wr *w, const nbt_messenger *m)
{
    if (has_names(m)) {
        nbt_wr_u8(w, FORMAT_ASCII, "BufferFormat");
        nbt_smb_string_wr(w, m->from, "OriginatorName");
        nbt_wr_u8(w, FORMAT_ASCII, "BufferFormat");
        nbt_smb_string_wr(w, m->to, "DestinationName");
    }
    if (has_text(m)) {
        nbt_wr_u8(w, FORMAT_BLOCK, "BufferFormat");
        nbt_wr_u16le(w, m->text.n, "Length");
        nbt_wr_bytes(w, m->text.p, m->text.n, "Text");
    }
}

static void kind_rd(nbt_rd *r, const nbt_smb *h, size_t from, nbt_messenger *m)
{
    size_t i = 0;
    while (i < NBT_MESSENGER_COUNT && kinds[i].command != h->command)
        i++;
    if (i == NBT_MESSENGER_COUNT) {
        nbt_rd_fail(r, NBT_ERR_VALUE, from + 4, "Command");
        return;
    }
    m->kind = (nbt_messenger_kind)i;
}

/* header | WordCount | MessageGroupID, where there is one | ByteCount | buffers */
void nbt_messenger_rd(nbt_rd *r, nbt_messenger *m)
{
    nbt_smb h;
    size_t from = r->at;
    nbt_smb_rd(r, &h);
    memset(m, 0, sizeof *m);
    kind_rd(r, &h, from, m);
    m->reply = (h.flags & NBT_SMB_REPLY) != 0;
    m->flags = (uint8_t)(h.flags & ~NBT_SMB_REPLY);
    m->status = h.status;
    m->flags2 = h.flags2;
    m->tid = h.tid;
    m->pid = h.pid;
    m->uid = h.uid;
    m->mid = h.mid;
    size_t at = r->at;
    uint8_t words = nbt_rd_u8(r, "WordCount");
    if (!r->err && words != has_group(m))
        nbt_rd_fail(r, NBT_ERR_VALUE, at, "WordCount");
    if (has_group(m))
        m->group = nbt_rd_u16le(r, "MessageGroupID");
    nbt_rd buffers = nbt_rd_sub(r, nbt_rd_u16le(r, "ByteCount"), "ByteCount");
    buffers_rd(&buffers, m);
    nbt_rd_close(r, &buffers, "ByteCount");
    if (nbt_rd_left(r) > 0)
        nbt_rd_fail(r, NBT_ERR_EXTRA, r->at, "Text");
}

void nbt_messenger_wr(nbt_wr *w, const nbt_messenger *m)
{
    nbt_smb_wr(w, &(nbt_smb){ .command = kinds[m->kind].command,
                              .status = m->status,
                              .flags = (uint8_t)(m->flags | (m->reply ? NBT_SMB_REPLY : 0)),
                              .flags2 = m->flags2,
                              .tid = m->tid,
                              .pid = m->pid,
                              .uid = m->uid,
                              .mid = m->mid });
    nbt_wr_u8(w, has_group(m), "WordCount");
    if (has_group(m))
        nbt_wr_u16le(w, m->group, "MessageGroupID");
    size_t names = has_names(m) ? 4 + m->from.n + m->to.n : 0;
    nbt_wr_u16le(w, names + (has_text(m) ? 3 + m->text.n : 0), "ByteCount");
    buffers_wr(w, m);
}

void nbt_messenger_slot_rd(nbt_rd *r, nbt_messenger *m)
{
    memset(m, 0, sizeof *m);
    m->from = nbt_smb_string_rd(r, "OriginatorName");
    m->to = nbt_smb_string_rd(r, "DestinationName");
    m->text = nbt_smb_string_rd(r, "Text");
    if (nbt_rd_left(r) > 0)
        nbt_rd_fail(r, NBT_ERR_EXTRA, r->at, "Text");
}

void nbt_messenger_slot_wr(nbt_wr *w, const nbt_messenger *m)
{
    nbt_smb_string_wr(w, m->from, "OriginatorName");
    nbt_smb_string_wr(w, m->to, "DestinationName");
    nbt_smb_string_wr(w, m->text, "Text");
}
