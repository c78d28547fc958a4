/*
 * The text form, printed: what words are made of, into a buffer as far as there is room, or
 * compared with the words of a line. It never parses.
 */
#include "nbt/digits.h"
#include "nbt/smbtext.h"
#include "nbt/text_impl.h"

static void compare(nbt_text_out *o, const char *s, size_t n)
{
    if (!o->comparing)
        return;
    size_t same = 0;
    while (same < n && same < o->rest.n && o->rest.p[same] == s[same])
        same++;
    o->rest.p += same;
    o->rest.n -= same;
    if (same < n)
        nbt_text_fail(o->beside, o->rest.p, "raw= says otherwise", "what raw= says");
}

/* What was printed last is all that its word may say. */
void nbt_text_compare_end(nbt_text_out *o)
{
    if (o->comparing && o->rest.n > 0)
        nbt_text_fail(o->beside, o->rest.p, "raw= says less", "the end of the word");
    o->comparing = false;
}

/* A malformed packet need not be explained. Words that were compared are taken off the line. */
static void compare_begin(nbt_text_out *o, nbt_text_key k)
{
    nbt_text_line *l = o->beside;
    nbt_text_compare_end(o);
    o->comparing = nbt_text_has(l, k);
    o->rest = l->w[k];
    l->w[k] = (nbt_word){ NULL, 0 };
    if (!o->comparing && l->words != NBT_IN_MALFORMED)
        nbt_text_fail(l, nbt_text_start_of(l, NBT_KEY_RAW), "raw= says something that no word says",
                      nbt_text_key_word(k));
}

/* What does not fit, or is not for a buffer. */
void nbt_text_put_otherwise(nbt_text_out *o, const char *s, size_t n)
{
    if (o->beside) {
        compare(o, s, n);
        return;
    }
    if (o->len < o->room)
        memcpy(o->buf + o->len, s, o->room - o->len);
    o->len += n;
}

void nbt_text_put_str(nbt_text_out *o, const char *s)
{
    nbt_text_put(o, s, strlen(s));
}

/* Begins another word than KIND. */
void nbt_text_put_begin(nbt_text_out *o, nbt_text_key k)
{
    if (o->beside)
        compare_begin(o, k);
    else
        nbt_text_put_char(o, ' ');
}

/* Most keys fit into what a processor copies at once, so that is copied, and taken for the key. */
void nbt_text_put_key(nbt_text_out *o, nbt_text_key k)
{
    enum { AT_ONCE = 16 };
    size_t n = nbt_text_keys[k].len + 1U;
    if (o->beside) {
        compare_begin(o, k);
    } else if (n <= AT_ONCE && o->len + AT_ONCE <= o->room) {
        memcpy(o->buf + o->len, nbt_text_keys[k].printed, AT_ONCE);
        o->len += n;
    } else {
        nbt_text_put(o, nbt_text_keys[k].printed, n);
    }
}

/*
 * Where up to `max` characters can be put at once: into the buffer where they fit, else into
 * `text`. put_piece is then told where they end.
 */
static inline char *piece(const nbt_text_out *o, char *text, size_t max)
{
    return o->len + max <= o->room ? o->buf + o->len : text;
}

static inline void put_piece(nbt_text_out *o, const char *text, const char *at, const char *end)
{
    if (at == text)
        nbt_text_put(o, text, (size_t)(end - text));
    else
        o->len += (size_t)(end - at);
}

void nbt_text_put_dec(nbt_text_out *o, uint32_t v)
{
    char text[NBT_DIGITS_DEC_MAX], *at = piece(o, text, sizeof text);
    put_piece(o, text, at, nbt_digits_dec(at, v));
}

/* 0x and two or four digits. */
void nbt_text_put_hex(nbt_text_out *o, unsigned v, size_t digits)
{
    char text[6], *at = piece(o, text, sizeof text);
    const uint8_t octets[2] = { (uint8_t)(v >> 8), (uint8_t)v };
    size_t n = digits / 2;
    at[0] = '0';
    at[1] = 'x';
    put_piece(o, text, at, nbt_digits_hex(at + 2, octets + 2 - n, n));
}

void nbt_text_put_num(nbt_text_out *o, nbt_text_key k, uint32_t v)
{
    nbt_text_put_key(o, k);
    nbt_text_put_dec(o, v);
}

void nbt_text_put_ip(nbt_text_out *o, uint32_t ip)
{
    char text[NBT_DIGITS_IP_MAX], *at = piece(o, text, sizeof text);
    put_piece(o, text, at, nbt_digits_ip(at, ip));
}

void nbt_text_put_ep(nbt_text_out *o, nbt_ep ep)
{
    nbt_text_put_ip(o, ep.ip);
    nbt_text_put_char(o, ':');
    nbt_text_put_dec(o, ep.port);
}

void nbt_text_put_name(nbt_text_out *o, const nbt_name *name)
{
    char text[NBT_NAME_STR_MAX], *at = piece(o, text, sizeof text);
    put_piece(o, text, at, at + nbt_name_print(name, at, sizeof text));
}

void nbt_text_put_main_name(nbt_text_out *o, const nbt_name *name)
{
    nbt_text_put_begin(o, NBT_KEY_NAME);
    if (name)
        nbt_text_put_name(o, name);
    else
        nbt_text_put_char(o, '-');
}

/* Bytes in hex; a dash where there are none. */
void nbt_text_put_bytes(nbt_text_out *o, nbt_bytes b)
{
    if (b.n == 0) {
        nbt_text_put_char(o, '-');
    } else if (o->len + 2 * b.n <= o->room) {
        o->len = (size_t)(nbt_digits_hex(o->buf + o->len, b.p, b.n) - o->buf);
    } else {
        size_t i = 0;
        for (; i < b.n && (o->len < o->room || o->beside); i++) {
            char two[2];
            nbt_text_put(o, two, (size_t)(nbt_digits_hex(two, b.p + i, 1) - two));
        }
        o->len += 2 * (b.n - i);
    }
}

/* What is said in a word of its own: "bytes left over" is bytes-left-over. */
void nbt_text_put_hyphened(nbt_text_out *o, const char *s)
{
    for (; *s; s++)
        nbt_text_put_char(o, (char)(*s == ' ' ? '-' : *s));
}

/* The word of a code, or its number. */
void nbt_text_put_code(nbt_text_out *o, nbt_codeset set, unsigned v)
{
    const nbt_code *code = nbt_code_find(set, v);
    if (code)
        nbt_text_put_str(o, code->word);
    else if (set == NBT_CODESET_DGM_CODE || set == NBT_CODESET_SSN_CODE)
        nbt_text_put_hex(o, v, 2);
    else
        nbt_text_put_dec(o, v);
}

/* As SMB, where it is, and that says all of it. */
static bool put_smb(nbt_text_out *o, nbt_bytes b)
{
    char word[NBT_SMBTEXT_MAX];
    size_t n = nbt_smbtext_print(b, word);
    nbt_text_put(o, word, n);
    return n > 0;
}

void nbt_text_put_data(nbt_text_out *o, nbt_bytes b)
{
    if (b.n == 0)
        return;
    nbt_text_put_key(o, NBT_KEY_DATA);
    if (b.n > NBT_SMB_LEN && put_smb(o, b))
        return;
    if (b.n < 3 || !nbt_word_is_text(b)) { /* "ab" is no shorter than 6162 */
        nbt_text_put_bytes(o, b);
        return;
    }
    nbt_text_put_char(o, '"');
    nbt_text_put(o, (const char *)b.p, b.n);
    nbt_text_put_char(o, '"');
}

void nbt_text_put_node(nbt_text_out *o, unsigned node)
{
    nbt_text_put_key(o, NBT_KEY_NODE);
    nbt_text_put_code(o, NBT_CODESET_NODE_TYPE, node);
}

/* Reserved bits of an octet of flags. */
void nbt_text_put_reserved_octet(nbt_text_out *o, unsigned bits)
{
    if (bits) {
        nbt_text_put_key(o, NBT_KEY_RESERVED);
        nbt_text_put_hex(o, bits, 2);
    }
}
