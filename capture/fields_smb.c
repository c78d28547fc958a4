/*
 * Fields of what is SMB in user data: writes to mailslots, with the messages of browsers, and
 * messages that pop up. What cannot be read as one is octets, and those are printed elsewhere.
 */
#include "capture/fields_out.h"
#include "nbt/browse.h"
#include "nbt/messenger.h"

/* Bits of ServerType, each with its word; in detail, what it means. */
static void server_type(out *o, uint32_t type)
{
    const char *word, *meaning;
    uint32_t bit;
    begin(o, "type_words", '[');
    for (size_t i = 0; (bit = nbt_server_type(i, &word, &meaning)) != 0; i++) {
        if (!(type & bit))
            continue;
        str(o, NULL, word);
        if (o->detail) {
            put(o, " (", 2);
            put_str(o, meaning);
            put_char(o, ')');
        }
    }
    finish(o, ']');
}

static void texts(out *o, const char *k, nbt_bytes list)
{
    nbt_bytes one;
    begin(o, k, '[');
    while (nbt_browse_next(&list, &one))
        visible(o, NULL, one);
    finish(o, ']');
}

static void wide_bits(out *o, const char *k, uint32_t v)
{
    const uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    if (!o->detail) {
        num(o, k, v);
        return;
    }
    key(o, k);
    put(o, "0x", 2);
    put_hex(o, b, sizeof b);
}

static void browse_field(out *o, const nbt_browse *m, const nbt_browse_field *f)
{
    switch (f->form) {
    case NBT_BROWSE_U8:
    case NBT_BROWSE_U16:
    case NBT_BROWSE_U32:
        num(o, f->key, nbt_browse_number(m, f));
        return;
    case NBT_BROWSE_X16:
        bits(o, f->key, nbt_browse_number(m, f), 16);
        return;
    case NBT_BROWSE_X32:
        wide_bits(o, f->key, nbt_browse_number(m, f));
        if (f->offset == offsetof(nbt_browse, type))
            server_type(o, m->type);
        return;
    case NBT_BROWSE_NAME:
        visible(o, f->key, nbt_browse_name(nbt_browse_bytes(m, f)));
        return;
    case NBT_BROWSE_TEXT:
        visible(o, f->key, nbt_browse_bytes(m, f));
        return;
    case NBT_BROWSE_TEXTS:
        texts(o, f->key, nbt_browse_bytes(m, f));
        return;
    }
}

/* Nothing, where it is no message that is known. */
static void browse(out *o, nbt_bytes data, bool lanman)
{
    nbt_rd r;
    nbt_browse m;
    const nbt_browse_field *f;
    nbt_rd_init(&r, data.p, data.n);
    nbt_browse_rd(&r, lanman, &m);
    if (r.err)
        return;
    const nbt_browse_info *info = nbt_browse_info_of(m.kind);
    begin(o, "browse", '{');
    num(o, "opcode", info->opcode);
    if (o->detail) {
        put_char(o, ' ');
        put_str(o, info->word);
        put(o, " (", 2);
        put_str(o, info->text);
        put(o, "; ", 2);
        put_str(o, info->source);
        put_char(o, ')');
    } else {
        str(o, "opcode_word", info->word);
    }
    for (size_t i = 0; (f = nbt_browse_field_of(m.kind, i)) != NULL; i++)
        browse_field(o, &m, f);
    if (m.rest.n > 0)
        visible(o, "rest", m.rest);
    finish(o, '}');
}

/* What both kinds of messages that pop up have. */
static void popup_texts(out *o, const nbt_messenger *m)
{
    if (m->from.p)
        visible(o, "from", m->from);
    if (m->to.p)
        visible(o, "to", m->to);
    if (m->text.p)
        visible(o, "text", m->text);
}

static void popup_slot(out *o, nbt_bytes data)
{
    nbt_rd r;
    nbt_messenger m;
    nbt_rd_init(&r, data.p, data.n);
    nbt_messenger_slot_rd(&r, &m);
    if (r.err)
        return;
    begin(o, "messenger", '{');
    str(o, "kind", nbt_messenger_word(m.kind));
    popup_texts(o, &m);
    finish(o, '}');
}

/* Backslashes are what it is full of. */
static void slot_name(out *o, nbt_bytes b)
{
    size_t i = 0;
    while (i < b.n && b.p[i] >= 0x20 && b.p[i] < 0x7F)
        i++;
    if (i == b.n)
        text(o, "name", (const char *)b.p, b.n);
    else
        visible(o, "name", b);
}

void cap_fields_mailslot(out *o, nbt_bytes data)
{
    nbt_rd r;
    nbt_mailslot m;
    bool lanman;
    if (!nbt_mailslot_is(data))
        return;
    nbt_rd_init(&r, data.p, data.n);
    nbt_mailslot_rd(&r, &m);
    if (r.err)
        return;
    begin(o, "mailslot", '{');
    slot_name(o, m.name);
    num(o, "priority", m.priority);
    num(o, "class", m.cls);
    num(o, "timeout", m.timeout);
    bits(o, "flags", m.flags, 16);
    num(o, "length", m.data.n);
    if (nbt_browse_slot(&m, &lanman))
        browse(o, m.data, lanman);
    else if (nbt_mailslot_named(&m, NBT_MAILSLOT_MESSNGR))
        popup_slot(o, m.data);
    finish(o, '}');
}

void cap_fields_messenger(out *o, nbt_bytes data)
{
    nbt_rd r;
    nbt_messenger m;
    if (!nbt_messenger_is(data))
        return;
    nbt_rd_init(&r, data.p, data.n);
    nbt_messenger_rd(&r, &m);
    if (r.err)
        return;
    begin(o, "messenger", '{');
    str(o, "kind", nbt_messenger_word(m.kind));
    boolean(o, "reply", m.reply);
    wide_bits(o, "status", m.status);
    num(o, "mid", m.mid);
    num(o, "group", m.group);
    popup_texts(o, &m);
    finish(o, '}');
}
