/*
 * User data. Of SMB in a session only the header is known to hold no name; a datagram is a request
 * that writes to a mailslot, and what browsers write there has names in known places (MS-BRWS 2.2).
 */
#include "capture/anon_msg.h"
#include "nbt/browse.h"

#include <string.h>

enum { SMB2_LEN = 64, SMB2_SIGNATURE = 48 };

static const char word_slot[] = "\\MAILSLOT\\";

/* Words of paths that are everybody's; others may be a computer's name. */
static bool is_usual_word(const uint8_t *p, size_t n)
{
    static const char *const words[] = { "MAILSLOT", "BROWSE",  "LANMAN", "NET", "NETLOGON",
                                         "NTLOGON",  "MESSNGR", "GETDC",  "TEMP" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i]) == n && memcmp(words[i], p, n) == 0)
            return true;
    }
    return false;
}

static void put_path(const cap_anon_map *m, nbt_bytes in, uint8_t *out)
{
    memcpy(out, in.p, in.n);
    for (size_t at = 0; at < in.n;) {
        size_t end = at;
        while (end < in.n && in.p[end] != '\\')
            end++;
        if (!is_usual_word(in.p + at, end - at))
            cap_anon_text(m, out + at, end - at);
        at = end + 1;
    }
}

/* A message of browsers: its numbers stay, its texts do not. All of them lie in what was read. */
static void put_written(const cap_anon_map *m, nbt_bytes in, bool lanman, uint8_t *out)
{
    nbt_rd r;
    nbt_browse b;
    const nbt_browse_field *f;
    nbt_rd_init(&r, in.p, in.n);
    nbt_browse_rd(&r, lanman, &b);
    if (r.err)
        return;
    memcpy(out, in.p, in.n);
    for (size_t i = 0; (f = nbt_browse_field_of(b.kind, i)) != NULL; i++) {
        if (f->form <= NBT_BROWSE_X32)
            continue;
        nbt_bytes text = nbt_browse_bytes(&b, f);
        if (text.n > 0)
            cap_anon_text(m, out + (text.p - in.p), text.n);
    }
    if (b.rest.n > 0)
        cap_anon_text(m, out + (b.rest.p - in.p), b.rest.n);
}

/* The request's words, its path and what is written, where all that can be read. */
static void put_transaction(const cap_anon_map *m, nbt_bytes in, uint8_t *out)
{
    nbt_rd r;
    nbt_mailslot slot;
    bool lanman;
    nbt_rd_init(&r, in.p, in.n);
    nbt_mailslot_rd(&r, &slot);
    if (r.err || slot.name.n < sizeof word_slot - 1 ||
        memcmp(slot.name.p, word_slot, sizeof word_slot - 1) != 0)
        return;
    size_t path = (size_t)(slot.name.p - in.p);
    memcpy(out + NBT_SMB_LEN, in.p + NBT_SMB_LEN, path - NBT_SMB_LEN);
    put_path(m, slot.name, out + path);
    if (slot.data.n == 0)
        return;
    uint8_t *data = out + (slot.data.p - in.p);
    data[0] = slot.data.p[0];
    if (nbt_browse_slot(&slot, &lanman))
        put_written(m, slot.data, lanman, data);
}

/* A header whose last field but these is a signature, which says nothing of what is zeros now. */
static void put_header(nbt_bytes in, size_t n, size_t signature, size_t length, uint8_t *out)
{
    if (n > in.n)
        n = in.n;
    memcpy(out, in.p, n);
    if (n > signature)
        memset(out + signature, 0, n - signature < length ? n - signature : length);
}

void cap_anon_smb(const cap_anon_map *m, nbt_bytes in, bool mailslot, uint8_t *out)
{
    if (in.n < 5 || memcmp(in.p + 1, "SMB", 3) != 0)
        return;
    if (in.p[0] == 0xFE)
        put_header(in, SMB2_LEN, SMB2_SIGNATURE, 16, out);
    if (in.p[0] != 0xFF)
        return;
    put_header(in, NBT_SMB_LEN, NBT_SMB_SIGNATURE, 8, out);
    if (mailslot && nbt_mailslot_is(in))
        put_transaction(m, in, out);
}
