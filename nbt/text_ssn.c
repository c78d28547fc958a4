/*
 * Session packets (RFC 1002 4.3) as words, printed and parsed. It knows no layout.
 */
#include "nbt/text_impl.h"

enum { SSN_RESERVED = 0xFE };

unsigned nbt_text_ssn_words(uint8_t type)
{
    switch ((enum nbt_ssn_type)type) {
    case NBT_SSN_MESSAGE:
        return NBT_IN_MESSAGE;
    case NBT_SSN_REQUEST:
        return NBT_IN_REQUEST;
    case NBT_SSN_NEGATIVE:
        return NBT_IN_NEGATIVE;
    case NBT_SSN_RETARGET:
        return NBT_IN_RETARGET;
    case NBT_SSN_POSITIVE:
    case NBT_SSN_KEEP_ALIVE:
        return NBT_IN_BARE;
    }
    return 0;
}

void nbt_text_print_ssn(nbt_text_out *o, const nbt_ssn *m)
{
    unsigned words = nbt_text_ssn_words(m->type);
    nbt_text_put_str(o, nbt_code_word(NBT_CODESET_SSN_TYPE, m->type));
    nbt_text_put_main_name(o, words == NBT_IN_REQUEST ? &m->called : NULL);
    if (words == NBT_IN_REQUEST) {
        nbt_text_put_key(o, NBT_KEY_FROM);
        nbt_text_put_name(o, &m->calling);
    }
    if (words == NBT_IN_NEGATIVE) {
        nbt_text_put_key(o, NBT_KEY_ERROR);
        nbt_text_put_code(o, NBT_CODESET_SSN_CODE, m->code);
    }
    if (words == NBT_IN_RETARGET) {
        nbt_text_put_key(o, NBT_KEY_RETARGET);
        nbt_text_put_ep(o, m->retarget);
    }
    nbt_text_put_reserved_octet(o, m->flags & SSN_RESERVED);
    if (words == NBT_IN_MESSAGE)
        nbt_text_put_num(o, NBT_KEY_LENGTH, (uint32_t)m->data.n);
    nbt_text_put_data(o, m->data);
}

/* How many octets follow the header. */
static size_t trailer_size(const nbt_ssn *m)
{
    switch (nbt_text_ssn_words(m->type)) {
    case NBT_IN_REQUEST:
        return nbt_name_size(&m->called) + nbt_name_size(&m->calling) + m->data.n;
    case NBT_IN_NEGATIVE:
        return 1 + m->data.n;
    case NBT_IN_RETARGET:
        return 6 + m->data.n;
    default:
        return m->data.n;
    }
}

void nbt_text_parse_ssn(nbt_text_line *l, uint8_t type, nbt_ssn *m)
{
    unsigned words = nbt_text_ssn_words(type);
    memset(m, 0, sizeof *m);
    m->type = type;
    if (words == NBT_IN_REQUEST) {
        nbt_text_need(l, NBT_KEY_FROM);
        nbt_text_get_netbios_name(l, l->w[NBT_KEY_NAME], &m->called);
        nbt_text_get_netbios_name(l, l->w[NBT_KEY_FROM], &m->calling);
    } else {
        nbt_text_no_main_name(l, "only a session request has names");
    }
    if (words == NBT_IN_NEGATIVE) {
        nbt_text_need(l, NBT_KEY_ERROR);
        m->code = (uint8_t)nbt_text_get_code(l, NBT_KEY_ERROR, NBT_CODESET_SSN_CODE, 0, 0xFF);
    }
    if (words == NBT_IN_RETARGET) {
        nbt_text_need(l, NBT_KEY_RETARGET);
        m->retarget = nbt_text_get_ep(l, NBT_KEY_RETARGET);
    }
    m->data = nbt_text_get_octets(l, NBT_KEY_DATA);
    if (nbt_text_get_num(l, NBT_KEY_LENGTH, (uint32_t)m->data.n, UINT32_MAX) != m->data.n)
        nbt_text_fail(l, l->w[NBT_KEY_LENGTH].p, "not the length of the data",
                      "as many as data= has");
    size_t length = trailer_size(m);
    if (length > NBT_SSN_LEN_MAX && nbt_text_has(l, NBT_KEY_DATA))
        nbt_text_fail(l, l->w[NBT_KEY_DATA].p, "longer than LENGTH can say",
                      "at most 131071 octets in all");
    m->flags = (uint8_t)(nbt_text_get_bits(l, NBT_KEY_RESERVED, SSN_RESERVED) |
                         (length > UINT16_MAX ? NBT_SSN_E : 0));
}
