/*
 * The messages of browsers, read and written by their tables.
 */
#include "nbt/browse.h"

#include <string.h>

static const nbt_browse_info infos[NBT_BROWSE_KINDS] = {
#define LANMAN true
#define BROWSE false
#define NBT_BROWSE(sym, slot, opcode, word, text, source)                                          \
    [NBT_BROWSE_##sym] = { opcode, slot, word, text, source },
#include "nbt/browse.def"
#undef NBT_BROWSE
#undef LANMAN
#undef BROWSE
};

static const nbt_browse_field fields[] = {
#define NBT_BROWSE_FIELD(sym, form, member, name)                                                  \
    { NBT_BROWSE_##sym, NBT_BROWSE_##form, offsetof(nbt_browse, member), #member, name },
#include "nbt/browse.def"
#undef NBT_BROWSE_FIELD
};

enum { FIELDS = sizeof fields / sizeof fields[0] };

const nbt_browse_info *nbt_browse_info_of(nbt_browse_kind kind)
{
    return &infos[kind];
}

bool nbt_browse_parse(nbt_browse_kind *kind, const char *word, size_t len)
{
    for (size_t i = 0; i < NBT_BROWSE_KINDS; i++) {
        if (strlen(infos[i].word) == len && memcmp(infos[i].word, word, len) == 0) {
            *kind = (nbt_browse_kind)i;
            return true;
        }
    }
    return false;
}

const nbt_browse_field *nbt_browse_field_of(nbt_browse_kind kind, size_t i)
{
    size_t first = 0;
    while (fields[first].kind != kind)
        first++;
    return i < FIELDS - first && fields[first + i].kind == kind ? &fields[first + i] : NULL;
}

uint32_t nbt_browse_number(const nbt_browse *m, const nbt_browse_field *f)
{
    uint32_t v;
    memcpy(&v, (const char *)m + f->offset, sizeof v);
    return v;
}

nbt_bytes nbt_browse_bytes(const nbt_browse *m, const nbt_browse_field *f)
{
    nbt_bytes v;
    memcpy(&v, (const char *)m + f->offset, sizeof v);
    return v;
}

void nbt_browse_set(nbt_browse *m, const nbt_browse_field *f, uint32_t number, nbt_bytes bytes)
{
    char *to = (char *)m + f->offset;
    if (f->form <= NBT_BROWSE_X32)
        memcpy(to, &number, sizeof number);
    else
        memcpy(to, &bytes, sizeof bytes);
}

bool nbt_browse_slot(const nbt_mailslot *m, bool *lanman)
{
    *lanman = nbt_mailslot_named(m, NBT_MAILSLOT_LANMAN);
    return *lanman || nbt_mailslot_named(m, NBT_MAILSLOT_BROWSE);
}

/* All that is left, which must end in a NUL. */
static nbt_bytes texts_rd(nbt_rd *r, const char *field)
{
    nbt_bytes v = nbt_rd_bytes(r, nbt_rd_left(r), field);
    if (v.n > 0 && v.p[v.n - 1] != '\0')
        nbt_rd_fail(r, NBT_ERR_SHORT, r->at, field);
    return v;
}

static void field_rd(nbt_rd *r, const nbt_browse_field *f, nbt_browse *m)
{
    uint32_t number = 0;
    nbt_bytes bytes = { NULL, 0 };
    switch (f->form) {
    case NBT_BROWSE_U8:
        number = nbt_rd_u8(r, f->field);
        break;
    case NBT_BROWSE_U16:
    case NBT_BROWSE_X16:
        number = nbt_rd_u16le(r, f->field);
        break;
    case NBT_BROWSE_U32:
    case NBT_BROWSE_X32:
        number = nbt_rd_u32le(r, f->field);
        break;
    case NBT_BROWSE_NAME:
        bytes = nbt_rd_bytes(r, NBT_NAME_LEN, f->field);
        break;
    case NBT_BROWSE_TEXT:
        bytes = nbt_smb_string_rd(r, f->field);
        break;
    case NBT_BROWSE_TEXTS:
        bytes = texts_rd(r, f->field);
        break;
    }
    nbt_browse_set(m, f, number, bytes);
}

static void field_wr(nbt_wr *w, const nbt_browse_field *f, const nbt_browse *m)
{
    nbt_bytes v;
    switch (f->form) {
    case NBT_BROWSE_U8:
        nbt_wr_u8(w, nbt_browse_number(m, f), f->field);
        return;
    case NBT_BROWSE_U16:
    case NBT_BROWSE_X16:
        nbt_wr_u16le(w, nbt_browse_number(m, f), f->field);
        return;
    case NBT_BROWSE_U32:
    case NBT_BROWSE_X32:
        nbt_wr_u32le(w, nbt_browse_number(m, f), f->field);
        return;
    case NBT_BROWSE_NAME:
        v = nbt_browse_bytes(m, f);
        if (v.n > NBT_NAME_LEN) {
            nbt_wr_fail(w, NBT_ERR_LONG, f->field);
            return;
        }
        nbt_wr_bytes(w, v.p, v.n, f->field);
        nbt_wr_room(w, NBT_NAME_LEN - v.n, f->field);
        return;
    case NBT_BROWSE_TEXT:
        nbt_smb_string_wr(w, nbt_browse_bytes(m, f), f->field);
        return;
    case NBT_BROWSE_TEXTS:
        v = nbt_browse_bytes(m, f);
        nbt_wr_bytes(w, v.p, v.n, f->field);
        return;
    }
}

void nbt_browse_rd(nbt_rd *r, bool lanman, nbt_browse *m)
{
    size_t from = r->at;
    uint8_t opcode = nbt_rd_u8(r, "Opcode");
    size_t kind = 0;
    while (kind < NBT_BROWSE_KINDS &&
           (infos[kind].opcode != opcode || infos[kind].lanman != lanman))
        kind++;
    memset(m, 0, sizeof *m);
    if (kind == NBT_BROWSE_KINDS) {
        nbt_rd_fail(r, NBT_ERR_VALUE, from, "Opcode");
        return;
    }
    m->kind = (nbt_browse_kind)kind;
    const nbt_browse_field *f;
    for (size_t i = 0; (f = nbt_browse_field_of(m->kind, i)) != NULL; i++)
        field_rd(r, f, m);
    m->rest = nbt_rd_bytes(r, nbt_rd_left(r), "Databytes");
}

void nbt_browse_wr(nbt_wr *w, const nbt_browse *m)
{
    nbt_wr_u8(w, infos[m->kind].opcode, "Opcode");
    const nbt_browse_field *f;
    for (size_t i = 0; (f = nbt_browse_field_of(m->kind, i)) != NULL; i++)
        field_wr(w, f, m);
    nbt_wr_bytes(w, m->rest.p, m->rest.n, "Databytes");
}

void nbt_browse_mailslot_wr(nbt_wr *w, const nbt_browse *m)
{
    static const uint8_t browse[] = NBT_MAILSLOT_BROWSE, lanman[] = NBT_MAILSLOT_LANMAN;
    uint8_t data[NBT_MAILSLOT_MAX];
    nbt_wr inner;
    nbt_wr_init(&inner, data, sizeof data);
    nbt_browse_wr(&inner, m);
    if (inner.err)
        nbt_wr_fail(w, inner.err == NBT_ERR_FULL ? NBT_ERR_LONG : inner.err, inner.err_field);
    const uint8_t *name = infos[m->kind].lanman ? lanman : browse;
    nbt_mailslot_wr(w, &(nbt_mailslot){ .timeout = 1000,
                                        .priority = 1,
                                        .cls = NBT_MAILSLOT_UNRELIABLE,
                                        .name = { name, sizeof browse - 1 },
                                        .data = { data, inner.at } });
}

nbt_bytes nbt_browse_name(nbt_bytes field)
{
    const uint8_t *nul = field.n > 0 ? memchr(field.p, '\0', field.n) : NULL;
    if (nul)
        field.n = (size_t)(nul - field.p);
    return field;
}

bool nbt_browse_next(nbt_bytes *texts, nbt_bytes *text)
{
    const uint8_t *nul = texts->n > 0 ? memchr(texts->p, '\0', texts->n) : NULL;
    if (!nul)
        return false;
    *text = (nbt_bytes){ texts->p, (size_t)(nul - texts->p) };
    *texts = (nbt_bytes){ nul + 1, texts->n - text->n - 1 };
    return true;
}

uint32_t nbt_server_type(size_t i, const char **word, const char **text)
{
    static const struct {
        uint32_t bit;
        const char *word, *text;
    } bits[] = {
#define NBT_SERVER_TYPE(bit, word, text) { bit, word, text },
#include "nbt/browse.def"
#undef NBT_SERVER_TYPE
    };
    if (i >= sizeof bits / sizeof bits[0])
        return 0;
    *word = bits[i].word;
    *text = bits[i].text;
    return bits[i].bit;
}
