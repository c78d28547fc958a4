/*
 * SMB in user data. The first byte of an input says what the others are: '0' user data, which must
 * come back from its word, and whose parts from what is written of them; '1' a word, which is
 * refused where it says, or whose octets then come back in the same way.
 */
#include "nbt/browse.h"
#include "nbt/messenger.h"
#include "nbt/smbtext.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 17 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Each part is the same again, once it was written. */
static void browse(nbt_bytes b, bool lanman)
{
    static uint8_t again[ROOM];
    nbt_browse m;
    nbt_rd r;
    nbt_wr w;
    nbt_rd_init(&r, b.p, b.n);
    nbt_browse_rd(&r, lanman, &m);
    if (r.err)
        return;
    nbt_wr_init(&w, again, sizeof again);
    nbt_browse_wr(&w, &m);
    must(!w.err && w.at == b.n && memcmp(again, b.p, b.n) == 0);
}

static void mailslot(nbt_bytes b)
{
    nbt_mailslot m;
    nbt_rd r;
    bool lanman;
    nbt_rd_init(&r, b.p, b.n);
    nbt_mailslot_rd(&r, &m);
    if (r.err)
        return;
    must(m.data.n == 0 || (m.data.p >= b.p && m.data.p + m.data.n <= b.p + b.n));
    if (nbt_browse_slot(&m, &lanman))
        browse(m.data, lanman);
}

static void messenger(nbt_bytes b)
{
    static uint8_t again[ROOM];
    nbt_messenger m;
    nbt_rd r;
    nbt_wr w;
    nbt_rd_init(&r, b.p, b.n);
    nbt_messenger_rd(&r, &m);
    if (r.err)
        return;
    nbt_wr_init(&w, again, sizeof again);
    nbt_messenger_wr(&w, &m);
    must(!w.err && w.at == b.n);
    nbt_rd_init(&r, again, w.at);
    nbt_messenger_rd(&r, &m);
    must(!r.err);
}

static void octets(nbt_bytes b)
{
    static char word[NBT_SMBTEXT_MAX];
    uint8_t again[4096];
    nbt_wr w;
    mailslot(b);
    messenger(b);
    size_t n = nbt_smbtext_print(b, word);
    must(n <= sizeof word);
    if (n == 0)
        return;
    nbt_word v = { word, n };
    nbt_wr_init(&w, again, sizeof again);
    must(nbt_smbtext_is(v) && nbt_smbtext_parse(&v, &w));
    must(w.at == b.n && memcmp(again, b.p, b.n) == 0);
}

static void any_word(const char *p, size_t n)
{
    uint8_t read[4096];
    nbt_wr w;
    nbt_word v = { p, n };
    nbt_wr_init(&w, read, sizeof read);
    if (nbt_smbtext_parse(&v, &w))
        octets((nbt_bytes){ read, w.at });
    else
        must(v.p >= p && v.p + v.n == p + n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & 1)
        any_word((const char *)data + 1, size - 1);
    else
        octets((nbt_bytes){ data + 1, size - 1 });
    return 0;
}
