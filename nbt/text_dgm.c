/*
 * Datagrams (RFC 1002 4.4) as words, printed and parsed. It knows no layout.
 */
#include "nbt/text_impl.h"

enum { DGM_RESERVED = 0xF0 };

/* Which words the datagrams and session packets of a type have. */
unsigned nbt_text_dgm_words(uint8_t type)
{
    switch ((enum nbt_dgm_type)type) {
    case NBT_DGM_UNIQUE:
    case NBT_DGM_GROUP:
    case NBT_DGM_BROADCAST:
        return NBT_IN_DATAGRAM;
    case NBT_DGM_ERROR:
        return NBT_IN_DGM_ERROR;
    case NBT_DGM_QUERY:
    case NBT_DGM_POSITIVE_QUERY:
    case NBT_DGM_NEGATIVE_QUERY:
        return NBT_IN_DGM_QUERY;
    }
    return 0;
}

/* Of the datagrams with user data, only a first fragment has names. */
static bool dgm_has_names(const nbt_dgm *m)
{
    return nbt_text_dgm_words(m->type) == NBT_IN_DATAGRAM && (m->flags & NBT_DGM_FIRST);
}

void nbt_text_print_dgm(nbt_text_out *o, const nbt_dgm *m)
{
    unsigned words = nbt_text_dgm_words(m->type);
    bool names = dgm_has_names(m);
    nbt_text_put_str(o, nbt_code_word(NBT_CODESET_DGM_TYPE, m->type));
    nbt_text_put_main_name(o, names || words == NBT_IN_DGM_QUERY ? &m->to : NULL);
    nbt_text_put_key(o, NBT_KEY_ID);
    nbt_text_put_hex(o, m->id, 4);
    if (names) {
        nbt_text_put_key(o, NBT_KEY_FROM);
        nbt_text_put_name(o, &m->from);
    }
    nbt_text_put_key(o, NBT_KEY_SOURCE);
    nbt_text_put_ep(o, m->source);
    nbt_text_put_node(o, (m->flags & NBT_DGM_SNT_MASK) >> NBT_DGM_SNT_SHIFT);
    if (m->flags & NBT_DGM_FIRST)
        nbt_text_put_key(o, NBT_KEY_FIRST);
    if (m->flags & NBT_DGM_MORE)
        nbt_text_put_key(o, NBT_KEY_MORE);
    nbt_text_put_reserved_octet(o, m->flags & DGM_RESERVED);
    if (words == NBT_IN_DGM_ERROR) {
        nbt_text_put_key(o, NBT_KEY_ERROR);
        nbt_text_put_code(o, NBT_CODESET_DGM_CODE, m->code);
    }
    if (words == NBT_IN_DATAGRAM) {
        nbt_text_put_num(o, NBT_KEY_LENGTH, m->length);
        if (m->offset)
            nbt_text_put_num(o, NBT_KEY_OFFSET, m->offset);
        nbt_text_put_data(o, m->data);
    }
}

/* DGM_LENGTH goes without saying where the packet is the whole datagram. */
static void parse_dgm_length(nbt_text_line *l, nbt_dgm *m)
{
    size_t whole = 0;
    if ((m->flags & (NBT_DGM_FIRST | NBT_DGM_MORE)) == NBT_DGM_FIRST)
        whole = nbt_dgm_length(&m->from, &m->to, m->data.n);
    if (whole == 0 || whole > UINT16_MAX)
        nbt_text_need(l, NBT_KEY_LENGTH);
    m->length = nbt_text_get_num16(l, NBT_KEY_LENGTH, (uint16_t)whole);
}

void nbt_text_parse_dgm(nbt_text_line *l, uint8_t type, nbt_dgm *m)
{
    unsigned words = nbt_text_dgm_words(type);
    memset(m, 0, sizeof *m);
    m->type = type;
    m->flags = (uint8_t)(nbt_text_get_node(l) << NBT_DGM_SNT_SHIFT |
                         nbt_text_get_bits(l, NBT_KEY_RESERVED, DGM_RESERVED));
    if (nbt_text_has(l, NBT_KEY_FIRST))
        m->flags |= NBT_DGM_FIRST;
    if (nbt_text_has(l, NBT_KEY_MORE))
        m->flags |= NBT_DGM_MORE;
    nbt_text_need(l, NBT_KEY_ID);
    m->id = nbt_text_get_num16(l, NBT_KEY_ID, 0);
    nbt_text_need(l, NBT_KEY_SOURCE);
    m->source = nbt_text_get_ep(l, NBT_KEY_SOURCE);

    bool names = dgm_has_names(m);
    if (names || words == NBT_IN_DGM_QUERY)
        nbt_text_get_netbios_name(l, l->w[NBT_KEY_NAME], &m->to);
    else
        nbt_text_no_main_name(l, words == NBT_IN_DATAGRAM ? "only a first fragment has names"
                                                          : "it has no name");
    if (names) {
        nbt_text_need(l, NBT_KEY_FROM);
        nbt_text_get_netbios_name(l, l->w[NBT_KEY_FROM], &m->from);
    } else {
        nbt_text_forbid(l, NBT_KEY_FROM, NBT_KEY_FROM, "only a first fragment has names", "first");
    }
    if (words == NBT_IN_DGM_ERROR) {
        nbt_text_need(l, NBT_KEY_ERROR);
        m->code = (uint8_t)nbt_text_get_code(l, NBT_KEY_ERROR, NBT_CODESET_DGM_CODE, 0, 0xFF);
    }
    if (words == NBT_IN_DATAGRAM) {
        m->offset = nbt_text_get_num16(l, NBT_KEY_OFFSET, 0);
        m->data = nbt_text_get_octets(l, NBT_KEY_DATA);
        parse_dgm_length(l, m);
    }
}
