/*
 * SMB as a word. A message is a list of items, whatever it is; these are printed and parsed. What
 * an item means is known only where the list is made.
 */
#include "nbt/browse.h"
#include "nbt/digits.h"
#include "nbt/messenger.h"
#include "nbt/smbtext.h"

#include <string.h>

enum {
    ITEMS_MAX = 20,
    SMB_MAX = NBT_MESSENGER_LEN, /* longer ones are printed as other octets are */
};

typedef struct item {
    const char *key;
    nbt_browse_form form;
    bool quiet; /* goes without saying where it is `usual` */
    uint32_t usual, number;
    nbt_bytes bytes;
    bool seen; /* parsed */
} item;

/* Any of the messages, in pieces. */
typedef struct message {
    nbt_mailslot slot; /* no name: an SMB of the messenger's */
    const char *kind;  /* NULL: none */
    nbt_browse browse;
    nbt_messenger messenger;
    item items[ITEMS_MAX];
    size_t n;
} message;

static void add(message *m, const char *key, nbt_browse_form form, uint32_t number, nbt_bytes bytes)
{
    m->items[m->n++] = (item){ .key = key, .form = form, .number = number, .bytes = bytes };
}

static void add_quiet(message *m, const char *key, nbt_browse_form form, uint32_t number,
                      uint32_t usual)
{
    m->items[m->n++] =
        (item){ .key = key, .form = form, .number = number, .usual = usual, .quiet = true };
}

static void add_quiet_text(message *m, const char *key, nbt_bytes bytes)
{
    m->items[m->n++] = (item){ .key = key, .form = NBT_BROWSE_TEXT, .bytes = bytes, .quiet = true };
}

static const nbt_bytes none;

/* ---- Lists of items, from messages and back; the order of both is the same --------------------
 */

static void slot_items(message *m)
{
    add_quiet(m, "timeout", NBT_BROWSE_U32, m->slot.timeout, 1000);
    add_quiet(m, "priority", NBT_BROWSE_U16, m->slot.priority, 1);
    add_quiet(m, "class", NBT_BROWSE_U16, m->slot.cls, NBT_MAILSLOT_UNRELIABLE);
    add_quiet(m, "flags", NBT_BROWSE_U16, m->slot.flags, 0);
}

static void slot_from_items(message *m)
{
    m->slot.timeout = m->items[0].number;
    m->slot.priority = (uint16_t)m->items[1].number;
    m->slot.cls = (uint16_t)m->items[2].number;
    m->slot.flags = (uint16_t)m->items[3].number;
}

static void browse_items(message *m)
{
    const nbt_browse_field *f;
    for (size_t i = 0; (f = nbt_browse_field_of(m->browse.kind, i)) != NULL; i++) {
        bool number = f->form <= NBT_BROWSE_X32;
        add(m, f->key, f->form, number ? nbt_browse_number(&m->browse, f) : 0,
            number ? none : nbt_browse_bytes(&m->browse, f));
    }
    add_quiet_text(m, "rest", m->browse.rest);
}

static void browse_from_items(message *m, const item *items)
{
    const nbt_browse_field *f;
    size_t i = 0;
    for (; (f = nbt_browse_field_of(m->browse.kind, i)) != NULL; i++)
        nbt_browse_set(&m->browse, f, items[i].number, items[i].bytes);
    m->browse.rest = items[i].bytes;
}

static void header_items(message *m)
{
    const nbt_messenger *g = &m->messenger;
    add_quiet(m, "reply", NBT_BROWSE_U8, g->reply, 0);
    add_quiet(m, "status", NBT_BROWSE_U32, g->status, 0);
    add_quiet(m, "flags", NBT_BROWSE_U8, g->flags, 0);
    add_quiet(m, "flags2", NBT_BROWSE_U16, g->flags2, 0);
    add_quiet(m, "tid", NBT_BROWSE_U16, g->tid, 0);
    add_quiet(m, "pid", NBT_BROWSE_U16, g->pid, 0);
    add_quiet(m, "uid", NBT_BROWSE_U16, g->uid, 0);
    add_quiet(m, "mid", NBT_BROWSE_U16, g->mid, 0);
}

static void header_from_items(nbt_messenger *g, const item *items)
{
    g->reply = items[0].number != 0;
    g->status = items[1].number;
    g->flags = (uint8_t)items[2].number;
    g->flags2 = (uint16_t)items[3].number;
    g->tid = (uint16_t)items[4].number;
    g->pid = (uint16_t)items[5].number;
    g->uid = (uint16_t)items[6].number;
    g->mid = (uint16_t)items[7].number;
}

/* Those of a message that pops up, which not all of its kinds have. */
static void popup_items(message *m)
{
    const nbt_messenger *g = &m->messenger;
    add_quiet(m, "group", NBT_BROWSE_U16, g->group, 0);
    add_quiet_text(m, "from", g->from);
    add_quiet_text(m, "to", g->to);
    add_quiet_text(m, "text", g->text);
}

static void popup_from_items(nbt_messenger *g, const item *items)
{
    g->group = (uint16_t)items[0].number;
    g->from = items[1].bytes;
    g->to = items[2].bytes;
    g->text = items[3].bytes;
}

/* ---- Which message it is -----------------------------------------------------------------------
 */

static bool is_messngr(const nbt_mailslot *m)
{
    return nbt_mailslot_named(m, NBT_MAILSLOT_MESSNGR);
}

static void written_items(message *m)
{
    nbt_rd r;
    bool lanman;
    slot_items(m);
    nbt_rd_init(&r, m->slot.data.p, m->slot.data.n);
    if (nbt_browse_slot(&m->slot, &lanman)) {
        nbt_browse_rd(&r, lanman, &m->browse);
        if (!r.err) {
            m->kind = nbt_browse_info_of(m->browse.kind)->word;
            browse_items(m);
            return;
        }
    } else if (is_messngr(&m->slot)) {
        nbt_messenger_slot_rd(&r, &m->messenger);
        if (!r.err) {
            m->kind = nbt_messenger_word(NBT_MESSENGER_SEND);
            popup_items(m);
            return;
        }
    }
    add(m, "data", NBT_BROWSE_TEXTS, 0, m->slot.data); /* which is no list here, but octets */
}

static bool read_message(message *m, nbt_bytes data)
{
    nbt_rd r;
    memset(m, 0, sizeof *m);
    nbt_rd_init(&r, data.p, data.n);
    if (nbt_mailslot_is(data)) {
        nbt_mailslot_rd(&r, &m->slot);
        if (r.err || m->slot.name.n == 0)
            return false;
        written_items(m);
        return true;
    }
    if (!nbt_messenger_is(data))
        return false;
    nbt_messenger_rd(&r, &m->messenger);
    m->kind = nbt_messenger_word(m->messenger.kind);
    header_items(m);
    popup_items(m);
    return !r.err;
}

static void write_message(nbt_wr *w, const message *m)
{
    if (m->slot.name.n > 0)
        nbt_mailslot_wr(w, &m->slot);
    else
        nbt_messenger_wr(w, &m->messenger);
}

/* ---- Printing ---------------------------------------------------------------------------------
 */

static char *put_str(char *to, const char *s)
{
    size_t n = strlen(s);
    memcpy(to, s, n);
    return to + n;
}

static char *put_quoted(char *to, nbt_bytes b)
{
    *to++ = '"';
    for (size_t i = 0; i < b.n; i++) {
        nbt_bytes one = { b.p + i, 1 };
        if (nbt_word_is_text(one))
            *to++ = (char)b.p[i];
        else
            to = nbt_digits_hex(put_str(to, "\\x"), one.p, 1);
    }
    *to++ = '"';
    return to;
}

static char *put_texts(char *to, nbt_bytes texts)
{
    nbt_bytes text;
    if (texts.n == 0)
        *to++ = '-';
    for (const char *from = to; nbt_browse_next(&texts, &text);) {
        if (to > from)
            *to++ = '/';
        to = put_quoted(to, text);
    }
    return to;
}

static char *put_bits(char *to, uint32_t v, size_t octets)
{
    const uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    return nbt_digits_hex(put_str(to, "0x"), b + sizeof b - octets, octets);
}

/* Without the NULs that fill a name up, if that is what is behind its first one. */
static nbt_bytes without_fill(nbt_bytes b)
{
    while (b.n > 0 && b.p[b.n - 1] == '\0')
        b.n--;
    return b;
}

static char *put_value(char *to, const item *it)
{
    switch (it->form) {
    case NBT_BROWSE_U8:
    case NBT_BROWSE_U16:
    case NBT_BROWSE_U32:
        return nbt_digits_dec(to, it->number);
    case NBT_BROWSE_X16:
        return put_bits(to, it->number, 2);
    case NBT_BROWSE_X32:
        return put_bits(to, it->number, 4);
    case NBT_BROWSE_NAME:
        return put_quoted(to, without_fill(it->bytes));
    case NBT_BROWSE_TEXT:
        return put_quoted(to, it->bytes);
    case NBT_BROWSE_TEXTS:
        return put_texts(to, it->bytes);
    }
    return to;
}

static char *put_item(char *to, const message *m, const item *it)
{
    if (it->quiet && it->number == it->usual && it->bytes.n == 0)
        return to;
    if (to[-1] != '(')
        *to++ = ',';
    to = put_str(put_str(to, it->key), "=");
    if (it->form == NBT_BROWSE_TEXTS && !m->kind)
        return it->bytes.n > 0 ? nbt_digits_hex(to, it->bytes.p, it->bytes.n) : put_str(to, "-");
    return put_value(to, it);
}

static bool is_usual_name(nbt_bytes name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '(' ||
            !(nbt_word_is_text((nbt_bytes){ name.p + i, 1 }) || name.p[i] == '\\'))
            return false;
    }
    return name.n > 1 && name.p[0] == '\\';
}

size_t nbt_smbtext_print(nbt_bytes data, char *to)
{
    uint8_t again[SMB_MAX];
    message m;
    nbt_wr w;
    if (data.n > SMB_MAX || !read_message(&m, data))
        return 0;
    nbt_wr_init(&w, again, sizeof again);
    write_message(&w, &m);
    if (w.err || w.at != data.n || memcmp(again, data.p, data.n) != 0)
        return 0;
    char *at = to;
    if (m.slot.name.n > 0) {
        if (!is_usual_name(m.slot.name))
            return 0;
        memcpy(at, m.slot.name.p, m.slot.name.n);
        at += m.slot.name.n;
    } else {
        at = put_str(at, "smb");
    }
    *at++ = '(';
    if (m.kind)
        at = put_str(at, m.kind);
    for (size_t i = 0; i < m.n; i++)
        at = put_item(at, &m, &m.items[i]);
    *at++ = ')';
    return (size_t)(at - to);
}

/* ---- Parsing ----------------------------------------------------------------------------------
 */

bool nbt_smbtext_is(nbt_word w)
{
    return w.n > 0 && (*w.p == '\\' || nbt_word_eat(&w, "smb("));
}

/* A text in quotes, or hex, or a dash, up to what ends a value; its octets go to `w`. */
static bool eat_octets(nbt_word *v, char end, nbt_wr *w)
{
    size_t n = 0;
    nbt_bytes octets;
    if (v->n > 0 && *v->p == '"') {
        const char *quote = v->n > 1 ? memchr(v->p + 1, '"', v->n - 1) : NULL;
        n = quote ? (size_t)(quote - v->p) + 1 : v->n;
    }
    while (n < v->n && v->p[n] != ',' && v->p[n] != ')' && v->p[n] != end)
        n++;
    nbt_word text = { v->p, n };
    bool good = nbt_word_eat_octets(&text, w, &octets);
    v->n -= (size_t)(text.p - v->p);
    v->p = text.p;
    return good;
}

static bool eat_texts(nbt_word *v, nbt_wr *w)
{
    if (nbt_word_eat(v, "-"))
        return true;
    do {
        if (!eat_octets(v, '/', w))
            return false;
        nbt_wr_u8(w, 0, "texts");
    } while (nbt_word_eat(v, "/"));
    return true;
}

static bool eat_value(nbt_word *v, const message *m, item *it, nbt_wr *w)
{
    static const uint32_t most[] = {
        [NBT_BROWSE_U8] = UINT8_MAX,   [NBT_BROWSE_U16] = UINT16_MAX, [NBT_BROWSE_U32] = UINT32_MAX,
        [NBT_BROWSE_X16] = UINT16_MAX, [NBT_BROWSE_X32] = UINT32_MAX,
    };
    if (it->form <= NBT_BROWSE_X32)
        return nbt_word_eat_num(v, most[it->form], &it->number);
    size_t from = w->at;
    bool good = it->form == NBT_BROWSE_TEXTS && m->kind ? eat_texts(v, w) : eat_octets(v, ',', w);
    it->bytes = (nbt_bytes){ w->base + from, w->at - from };
    return good && !w->err;
}

/* One key=value. */
static bool eat_item(nbt_word *v, message *m, nbt_wr *w)
{
    for (size_t i = 0; i < m->n; i++) {
        nbt_word all = *v;
        if (m->items[i].seen || !nbt_word_eat(v, m->items[i].key) || !nbt_word_eat(v, "=")) {
            *v = all;
            continue;
        }
        m->items[i].seen = true;
        return eat_value(v, m, &m->items[i], w);
    }
    return false;
}

/* The word of a kind; none is good, too. */
static void eat_kind(nbt_word *v, message *m)
{
    bool lanman;
    size_t n = 0;
    nbt_messenger_kind popup;
    while (n < v->n && v->p[n] != ',' && v->p[n] != ')')
        n++;
    if (m->slot.name.n > 0 && nbt_browse_slot(&m->slot, &lanman)) {
        if (nbt_browse_parse(&m->browse.kind, v->p, n) &&
            nbt_browse_info_of(m->browse.kind)->lanman == lanman)
            m->kind = nbt_browse_info_of(m->browse.kind)->word;
    } else if (m->slot.name.n == 0 || is_messngr(&m->slot)) {
        if (nbt_messenger_parse(&popup, v->p, n) &&
            (m->slot.name.n == 0 || popup == NBT_MESSENGER_SEND)) {
            m->messenger.kind = popup;
            m->kind = nbt_messenger_word(popup);
        }
    }
    if (m->kind)
        nbt_word_eat(v, m->kind);
}

static void make_items(message *m)
{
    if (m->slot.name.n == 0) {
        header_items(m);
        popup_items(m);
        return;
    }
    slot_items(m);
    if (m->kind && is_messngr(&m->slot))
        popup_items(m);
    else if (m->kind)
        browse_items(m);
    else
        add(m, "data", NBT_BROWSE_TEXTS, 0, none);
    for (size_t i = 0; i < m->n; i++)
        m->items[i].number = m->items[i].usual;
}

/* What was parsed, as octets. */
static void put_message(message *m, nbt_wr *to)
{
    enum { SLOT_ITEMS = 4, HEADER_ITEMS = 8 };
    uint8_t data[NBT_MAILSLOT_MAX];
    nbt_wr w;
    if (m->slot.name.n == 0) {
        header_from_items(&m->messenger, m->items);
        popup_from_items(&m->messenger, m->items + HEADER_ITEMS);
        nbt_messenger_wr(to, &m->messenger);
        return;
    }
    slot_from_items(m);
    nbt_wr_init(&w, data, sizeof data);
    if (m->kind && is_messngr(&m->slot)) {
        popup_from_items(&m->messenger, m->items + SLOT_ITEMS);
        nbt_messenger_slot_wr(&w, &m->messenger);
    } else if (m->kind) {
        browse_from_items(m, m->items + SLOT_ITEMS);
        nbt_browse_wr(&w, &m->browse);
    } else {
        nbt_wr_bytes(&w, m->items[SLOT_ITEMS].bytes.p, m->items[SLOT_ITEMS].bytes.n, "data");
    }
    if (w.err)
        nbt_wr_fail(to, w.err, w.err_field);
    m->slot.data = (nbt_bytes){ data, w.at };
    nbt_mailslot_wr(to, &m->slot);
}

static bool eat_name(nbt_word *v, message *m)
{
    const char *open = v->n > 0 ? memchr(v->p, '(', v->n) : NULL;
    if (nbt_word_eat(v, "smb("))
        return true;
    if (!open || *v->p != '\\')
        return false;
    m->slot.name = (nbt_bytes){ (const uint8_t *)v->p, (size_t)(open - v->p) };
    v->n -= m->slot.name.n + 1;
    v->p = open + 1;
    return is_usual_name(m->slot.name);
}

bool nbt_smbtext_parse(nbt_word *v, nbt_wr *to)
{
    uint8_t octets[SMB_MAX];
    nbt_wr w, probe;
    uint8_t smb[SMB_MAX];
    message m;
    nbt_word all = *v;
    memset(&m, 0, sizeof m);
    nbt_wr_init(&w, octets, sizeof octets);
    if (!eat_name(v, &m))
        return false;
    eat_kind(v, &m);
    if (!m.kind && m.slot.name.n == 0)
        return false;
    make_items(&m);
    bool first = !m.kind;
    while (v->n > 0 && *v->p != ')') {
        if ((!first && !nbt_word_eat(v, ",")) || !eat_item(v, &m, &w))
            return false;
        first = false;
    }
    if (!nbt_word_eat(v, ")") || v->n > 0)
        return false;
    nbt_wr_init(&probe, smb, sizeof smb);
    put_message(&m, &probe);
    if (probe.err) {
        *v = all;
        return false;
    }
    nbt_wr_bytes(to, smb, probe.at, "octets");
    return true;
}
