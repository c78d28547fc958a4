/*
 * The text form, parsed: the values of a line's words, and what is wrong with it. It never prints.
 */
#include "nbt/smbtext.h"
#include "nbt/text_impl.h"

void nbt_text_fail(nbt_text_line *l, const char *at, const char *why, const char *expected)
{
    if (l->bad)
        return;
    l->bad = true;
    l->err = (nbt_text_err){ (size_t)(at - l->text) + 1, why, expected };
}

/* The value of k cannot be read from `at` on. */
void nbt_text_fail_value(nbt_text_line *l, nbt_text_key k, const char *at)
{
    nbt_text_fail(l, at,
                  at < l->w[k].p + l->w[k].n ? "not a value of this word" : "the value breaks off",
                  nbt_text_keys[k].value);
}

void nbt_text_need(nbt_text_line *l, nbt_text_key k)
{
    if (!nbt_text_has(l, k))
        nbt_text_fail(l, l->text + l->len, "a word is missing", nbt_text_key_word(k));
}

/* Refuses the words from first to last, since the message has nothing that they could mean. */
void nbt_text_forbid(nbt_text_line *l, nbt_text_key first, nbt_text_key last, const char *why,
                     const char *expected)
{
    for (nbt_text_key k = first; k <= last; k++) {
        if (nbt_text_has(l, k))
            nbt_text_fail(l, nbt_text_start_of(l, k), why, expected);
    }
}

/* The number that k has; `otherwise` where it is not there. */
uint32_t nbt_text_get_num(nbt_text_line *l, nbt_text_key k, uint32_t otherwise, uint32_t max)
{
    nbt_word w = l->w[k];
    uint32_t v = otherwise;
    if (w.p && (!nbt_word_eat_num(&w, max, &v) || w.n > 0))
        nbt_text_fail_value(l, k, w.p);
    return v;
}

uint16_t nbt_text_get_num16(nbt_text_line *l, nbt_text_key k, uint16_t otherwise)
{
    return (uint16_t)nbt_text_get_num(l, k, otherwise, 0xFFFF);
}

/* The same for bits of `mask`. */
uint16_t nbt_text_get_bits(nbt_text_line *l, nbt_text_key k, uint16_t mask)
{
    uint16_t v = nbt_text_get_num16(l, k, 0);
    if (v & ~mask)
        nbt_text_fail_value(l, k, l->w[k].p);
    return v;
}

/* The same for a code by its word, or by its number. */
uint16_t nbt_text_get_code(nbt_text_line *l, nbt_text_key k, nbt_codeset set, uint16_t otherwise,
                           uint16_t max)
{
    nbt_word w = l->w[k];
    const nbt_code *known = w.p ? nbt_code_parse(set, w.p, w.n) : NULL;
    return known ? known->value : (uint16_t)nbt_text_get_num(l, k, otherwise, max);
}

uint32_t nbt_text_get_ip(nbt_text_line *l, nbt_text_key k)
{
    nbt_word w = l->w[k];
    uint32_t v = 0;
    if (w.p && (!nbt_word_eat_ip(&w, &v) || w.n > 0))
        nbt_text_fail_value(l, k, w.p);
    return v;
}

nbt_ep nbt_text_get_ep(nbt_text_line *l, nbt_text_key k)
{
    nbt_word w = l->w[k];
    nbt_ep v = { 0, 0 };
    uint32_t port = 0;
    if (w.p && (!nbt_word_eat_ip(&w, &v.ip) || !nbt_word_eat(&w, ":") ||
                !nbt_word_eat_digits(&w, 10, 0xFFFF, &port) || w.n))
        nbt_text_fail_value(l, k, w.p);
    v.port = (uint16_t)port;
    return v;
}

uint16_t nbt_text_get_node(nbt_text_line *l)
{
    nbt_text_need(l, NBT_KEY_NODE);
    nbt_word w = l->w[NBT_KEY_NODE];
    const nbt_code *node = w.p ? nbt_code_parse(NBT_CODESET_NODE_TYPE, w.p, w.n) : NULL;
    if (w.p && !node)
        nbt_text_fail_value(l, NBT_KEY_NODE, w.p);
    return node ? node->value : 0;
}

/* A name that can be sent. */
static void read_name(nbt_text_line *l, nbt_word w, nbt_name *name)
{
    if (!nbt_name_parse(name, w.p, w.n))
        nbt_text_fail(l, w.p, "not a name", NBT_TEXT_A_NAME);
    else if (nbt_name_size(name) > NBT_NAME_WIRE_MAX)
        nbt_text_fail(l, w.p, "too long a name to be sent", "at most 255 octets with its scope");
}

void nbt_text_get_name(nbt_text_line *l, nbt_text_key k, nbt_name *name)
{
    if (nbt_text_has(l, k))
        read_name(l, l->w[k], name);
}

void nbt_text_get_main_name(nbt_text_line *l, nbt_name *name)
{
    read_name(l, l->w[NBT_KEY_NAME], name);
}

/* Datagrams and sessions have names of 16 bytes, and no others (RFC 1002 4.1). */
void nbt_text_get_netbios_name(nbt_text_line *l, nbt_word w, nbt_name *name)
{
    if (!w.p)
        return;
    read_name(l, w, name);
    if (name->form != NBT_NAME_NETBIOS)
        nbt_text_fail(l, w.p, "not the name of a program", NBT_TEXT_A_NAME);
}

void nbt_text_no_main_name(nbt_text_line *l, const char *why)
{
    if (!nbt_word_eq(l->w[NBT_KEY_NAME], "-"))
        nbt_text_fail(l, l->w[NBT_KEY_NAME].p, why, "-");
}

/* The bytes written to the arena since `from`. */
nbt_bytes nbt_text_written(nbt_text_line *l, size_t from)
{
    if (l->arena.err)
        nbt_text_fail(l, l->text, "the arena is too small", "an arena as nbt/text.h has it");
    return (nbt_bytes){ l->arena.base + from, l->arena.at - from };
}

/* Octets, which of data= alone may be "text" or SMB. */
nbt_bytes nbt_text_get_octets(nbt_text_line *l, nbt_text_key k)
{
    nbt_word w = l->w[k];
    nbt_bytes octets = { NULL, 0 };
    size_t from = l->arena.at;
    if (!w.p)
        return octets;
    bool good = k == NBT_KEY_DATA && nbt_smbtext_is(w)
                    ? nbt_smbtext_parse(&w, &l->arena)
                    : nbt_word_eat_octets(&w, &l->arena, &octets);
    if (!good || (k != NBT_KEY_DATA && l->w[k].n > 0 && *l->w[k].p == '"'))
        nbt_text_fail_value(l, k, w.p);
    return nbt_text_written(l, from);
}
