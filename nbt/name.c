/*
 * NetBIOS names, between 16 bytes, packets and text. Nothing here pads or folds case, except the
 * two that say so: nbt_name_make and the text form.
 */
#include "nbt/name.h"

#include <assert.h>
#include <string.h>

enum {
    LABEL_NETBIOS = 2 * NBT_NAME_LEN,  /* the length of a half-ASCII label, RFC 1002 4.1 */
    PLAIN_LEN = 1 + LABEL_NETBIOS + 1, /* a name without a scope */
    LABEL_MAX = 63,                    /* RFC 1002 4.1 */
    LABEL_TOP_BITS = 0xC0,             /* 00 a length, 11 a pointer, 01 and 10 reserved */
    HEADER_LEN = 12,                   /* of the name service: no name is in there */
    SCOPE_SENT_MAX = NBT_NAME_WIRE_MAX - 1 - LABEL_NETBIOS - 1, /* what a sent name can carry */
};

static uint64_t eight_octets(const uint8_t *p)
{
    return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 |
           (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
           (uint64_t)p[6] << 8 | p[7];
}

/*
 * RFC 1001 14.1: each half of a byte as a letter A..P. False for any other letter; `b` is then
 * unspecified. Eight letters at a time, since every packet has a name or two: 'A' taken off each, a
 * letter in the range leaves its upper four bits clear, and any other leaves one of them set (only
 * a letter that is wrong itself borrows from its neighbour).
 */
static bool half_ascii_rd(const uint8_t *letters, uint8_t b[NBT_NAME_LEN])
{
    uint64_t seen = 0;
    for (size_t i = 0; i < NBT_NAME_LEN; i += 4) {
        uint64_t v = eight_octets(letters + 2 * i) - UINT64_C(0x4141414141414141);
        seen |= v;
        v |= v >> 4; /* two halves in every second byte */
        b[i] = (uint8_t)(v >> 48);
        b[i + 1] = (uint8_t)(v >> 32);
        b[i + 2] = (uint8_t)(v >> 16);
        b[i + 3] = (uint8_t)v;
    }
    return (seen & UINT64_C(0xF0F0F0F0F0F0F0F0)) == 0;
}

static void half_ascii_wr(uint8_t *letters, const uint8_t b[NBT_NAME_LEN])
{
    for (size_t i = 0; i < NBT_NAME_LEN; i++) {
        letters[2 * i] = (uint8_t)(0x41 + (b[i] >> 4));
        letters[2 * i + 1] = (uint8_t)(0x41 + (b[i] & 0x0F));
    }
}

/* Where in a half-ASCII label the first letter outside A..P is. */
static size_t first_wrong_letter(nbt_bytes label)
{
    size_t i = 0;
    while (i < label.n && label.p[i] >= 0x41 && label.p[i] <= 0x50)
        i++;
    return i;
}

/* The labels of one name, one after the other, wherever pointers lead. */
typedef struct walk {
    nbt_rd r;
    unsigned rules;
    const char *field;
    size_t label_at; /* the length octet of the label last given */
    size_t run_at;   /* where this run of labels began */
    size_t resume;   /* behind the first pointer: where the name ends for whoever reads on; or 0 */
    unsigned hops;
} walk;

/*
 * Three guards: strictly backwards, from where this run of labels began, so that no loop can be
 * built (RFC 1035 4.1.4); not into the header, where no name can be; and a cap on the hops, so that
 * a chain of legal pointers costs bounded time.
 */
static void follow(walk *w, size_t at, size_t target)
{
    if (!(w->rules & NBT_NAME_POINTERS) || target < HEADER_LEN || target >= w->run_at)
        nbt_rd_fail(&w->r, NBT_ERR_POINTER, at, w->field);
    else if (++w->hops > NBT_NAME_HOPS_MAX)
        nbt_rd_fail(&w->r, NBT_ERR_HOPS, at, w->field);
    if (w->r.err)
        return;
    if (!w->resume)
        w->resume = w->r.at;
    w->r.spans = NULL; /* what is there was read before */
    w->run_at = w->r.at = target;
}

/* The next label; no bytes for the root, and after a failure. */
static nbt_bytes next_label(walk *w)
{
    for (;;) {
        size_t at = w->r.at;
        unsigned length = nbt_rd_u8(&w->r, w->field), top = length & LABEL_TOP_BITS;
        if (top == 0) {
            w->label_at = at;
            return nbt_rd_bytes(&w->r, length, w->field);
        }
        unsigned low = top == LABEL_TOP_BITS ? nbt_rd_u8(&w->r, w->field) : 0;
        if (top != LABEL_TOP_BITS)
            nbt_rd_fail(&w->r, NBT_ERR_LABEL, at, w->field);
        else if (!w->r.err)
            follow(w, at, (length & ~(unsigned)LABEL_TOP_BITS) << 8 | low);
        if (w->r.err)
            return (nbt_bytes){ NULL, 0 };
    }
}

static bool scope_add(nbt_scope *scope, size_t max, nbt_bytes label)
{
    if (scope->len + 1 + label.n > max)
        return false;
    scope->b[scope->len] = (uint8_t)label.n;
    memcpy(scope->b + scope->len + 1, label.p, label.n);
    scope->len = (uint8_t)(scope->len + 1 + label.n);
    return true;
}

/* What the first label makes of the name, RFC 1002 4.1: it must be half-ASCII, or be allowed not
 * to. */
static nbt_name_form first_label(walk *w, nbt_bytes label, uint8_t b[NBT_NAME_LEN])
{
    if (label.n == LABEL_NETBIOS && half_ascii_rd(label.p, b))
        return NBT_NAME_NETBIOS;
    if (!(w->rules & NBT_NAME_ANY_FORM)) {
        if (label.n == LABEL_NETBIOS)
            nbt_rd_fail(&w->r, NBT_ERR_LETTER, w->label_at + 1 + first_wrong_letter(label),
                        w->field);
        else
            nbt_rd_fail(&w->r, NBT_ERR_LABEL, w->label_at, w->field);
    }
    memset(b, 0, NBT_NAME_LEN);
    return label.n > 0 ? NBT_NAME_DOMAIN : NBT_NAME_NULL;
}

/*
 * What nearly all names are: no scope, no pointer. False for any other, or where more is to be done
 * than to read it; nothing is touched then.
 */
static bool plain_rd(nbt_rd *r, nbt_name *name)
{
    if (r->spans)
        return false;
    nbt_rd ahead = *r;
    uint8_t b[NBT_NAME_LEN];
    const uint8_t *p = nbt_rd_left(r) >= PLAIN_LEN ? nbt_rd_take(&ahead, PLAIN_LEN, "") : NULL;
    if (!p || p[0] != LABEL_NETBIOS || p[PLAIN_LEN - 1] != 0 || !half_ascii_rd(p + 1, b))
        return false;
    r->at = ahead.at;
    name->form = NBT_NAME_NETBIOS;
    memcpy(name->b, b, NBT_NAME_LEN);
    name->scope.len = 0;
    return true;
}

void nbt_name_rd(nbt_rd *r, nbt_name *name, unsigned rules, const char *field)
{
    if (plain_rd(r, name))
        return;
    walk w = { .r = *r, .rules = rules, .field = field, .run_at = r->at };
    nbt_name out; /* not cleared: of its scope only the first `len` bytes mean anything */
    out.scope.len = 0;

    nbt_bytes label = next_label(&w);
    out.form = first_label(&w, label, out.b);
    size_t max = NBT_SCOPE_MAX;
    if (!(rules & NBT_NAME_LONG))
        max = out.form == NBT_NAME_NETBIOS ? SCOPE_SENT_MAX : NBT_NAME_WIRE_MAX - 1;

    if (out.form == NBT_NAME_NETBIOS)
        label = next_label(&w);
    for (; label.n > 0; label = next_label(&w)) {
        if (!scope_add(&out.scope, max, label))
            nbt_rd_fail(&w.r, NBT_ERR_LONG, w.label_at, field);
    }

    if (w.r.err) {
        nbt_rd_fail(r, w.r.err, w.r.err_at, w.r.err_field);
        return;
    }
    r->at = w.resume ? w.resume : w.r.at;
    nbt_name_copy(name, &out);
}

void nbt_name_wr(nbt_wr *w, const nbt_name *name, const char *field)
{
    if (nbt_name_size(name) > NBT_NAME_WIRE_MAX)
        nbt_wr_fail(w, NBT_ERR_LONG, field);
    nbt_name_wr_long(w, name, field);
}

void nbt_name_wr_long(nbt_wr *w, const nbt_name *name, const char *field)
{
    uint8_t *p = nbt_wr_room(w, nbt_name_size(name), field); /* zeroed: the root octet stands */
    if (!p)
        return;
    if (name->form == NBT_NAME_NETBIOS) {
        *p = LABEL_NETBIOS;
        half_ascii_wr(p + 1, name->b);
        p += 1 + LABEL_NETBIOS;
    }
    memcpy(p, name->scope.b, name->scope.len);
}

bool nbt_scope_eq(const nbt_scope *a, const nbt_scope *b)
{
    return a->len == b->len && memcmp(a->b, b->b, a->len) == 0;
}

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

/* Lengths are below 64, and so no letters. */
bool nbt_scope_eq_any_case(const nbt_scope *a, const nbt_scope *b)
{
    size_t i = 0;
    while (a->len == b->len && i < a->len && upper(a->b[i]) == upper(b->b[i]))
        i++;
    return a->len == b->len && i == a->len;
}

bool nbt_name_eq(const nbt_name *a, const nbt_name *b)
{
    return a->form == b->form && memcmp(a->b, b->b, NBT_NAME_LEN) == 0 &&
           nbt_scope_eq(&a->scope, &b->scope);
}

uint64_t nbt_name_hash(const nbt_name *name)
{
    uint64_t h = 0, eight;
    for (size_t i = 0; i < NBT_NAME_LEN; i += sizeof eight) {
        memcpy(&eight, name->b + i, sizeof eight);
        h = (h ^ eight) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 32;
    }
    for (size_t i = 0; i < name->scope.len; i++)
        h = (h ^ name->scope.b[i]) * UINT64_C(0x100000001B3);
    return h | 1;
}

bool nbt_name_make(nbt_name *name, const char *text, size_t len, uint8_t suffix)
{
    if (len == 0 || len > NBT_NAME_TEXT_MAX)
        return false;
    name->form = NBT_NAME_NETBIOS;
    memset(name->b, ' ', NBT_NAME_LEN);
    memcpy(name->b, text, len);
    name->b[NBT_NAME_LEN - 1] = suffix;
    name->scope.len = 0;
    return true;
}

static const uint8_t wildcard[NBT_NAME_LEN] = { '*' };

void nbt_name_wildcard(nbt_name *name)
{
    name->form = NBT_NAME_NETBIOS;
    memcpy(name->b, wildcard, NBT_NAME_LEN);
    name->scope.len = 0;
}

bool nbt_name_is_wildcard(const uint8_t b[NBT_NAME_LEN])
{
    return memcmp(b, wildcard, NBT_NAME_LEN) == 0;
}

/* RFC 883's letters, digits and hyphen; the underscore, since administrators did use it. */
static bool is_scope_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

bool nbt_scope_parse(nbt_scope *scope, const char *text, size_t len)
{
    nbt_scope out;
    out.len = 0;
    if (len == 1 && text[0] == '*')
        len = 0; /* the registry value that stands for no scope */

    for (size_t at = 0; at < len; at++) { /* from dot to dot */
        uint8_t label[LABEL_MAX];
        size_t n = 0;
        for (; at < len && text[at] != '.'; at++) {
            if (n == LABEL_MAX || !is_scope_char(text[at]))
                return false;
            label[n++] = (uint8_t)text[at];
        }
        if (n == 0 || at + 1 == len || !scope_add(&out, SCOPE_SENT_MAX, (nbt_bytes){ label, n }))
            return false;
    }
    scope->len = out.len;
    memcpy(scope->b, out.b, out.len);
    return true;
}

/* Whether a byte stands for itself in the text form: visible, and no character of its grammar. */
static bool is_plain(unsigned c)
{
#define BIT(c) (UINT64_C(1) << ((c) % 64))
    static const uint64_t plain[4] = {
        ~UINT64_C(0) << 0x21 & ~(BIT('"') | BIT('.') | BIT('<') | BIT('>')),
        ~(BIT('\\') | BIT(0x7F)),
    };
#undef BIT
    return (plain[c / 64] >> (c % 64) & 1) != 0;
}

static char *hex_print(char *to, unsigned c)
{
    static const char digits[] = "0123456789ABCDEF";
    *to++ = digits[c >> 4];
    *to++ = digits[c & 0x0F];
    return to;
}

static char *escaped_print(char *to, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_plain(p[i])) {
            *to++ = (char)p[i];
        } else {
            *to++ = '\\';
            *to++ = 'x';
            to = hex_print(to, p[i]);
        }
    }
    return to;
}

/* Eight times the same byte. */
static uint64_t every(uint8_t c)
{
    return c * UINT64_C(0x0101010101010101);
}

/* For each of eight bytes below 0x80, the top bit, where that byte is `c`; the rest is noise. */
static uint64_t equals(uint64_t eight, uint8_t c)
{
    return (eight ^ every(c)) - every(1);
}

/*
 * Whether all of eight bytes are plain (see is_plain). Each test leaves its answer in the top bits;
 * where one borrows from the next byte, there was something that is not plain.
 */
static bool all_plain(uint64_t eight)
{
    uint64_t found = eight | (eight - every(0x21)) | (eight + every(1)) | equals(eight, '"') |
                     equals(eight, '.') | equals(eight, '<') | equals(eight, '>') |
                     equals(eight, '\\');
    return (found & every(0x80)) == 0;
}

/* How many of eight bytes stand before the padding, the first being the highest. */
static unsigned unpadded(uint64_t eight)
{
    uint64_t other = eight ^ every(' ');
    return other ? 8 - (unsigned)__builtin_ctzll(other) / 8 : 0;
}

/* Eight bytes with something plain in place of all but the first n. */
static uint64_t first_of(uint64_t eight, unsigned n)
{
    uint64_t rest = n < 8 ? UINT64_MAX >> 8 * n : 0;
    return (eight & ~rest) | (every('-') & rest);
}

/*
 * What nearly all names are, some plain bytes and then spaces, is printed without a loop: how long
 * a name is, no processor can guess. NULL for any other; nothing is printed then.
 */
static char *plain_print(char *to, const uint8_t b[NBT_NAME_LEN])
{
    uint64_t high = eight_octets(b);
    uint64_t low = (eight_octets(b + 8) & ~UINT64_C(0xFF)) | ' '; /* instead of the suffix */
    unsigned in_low = unpadded(low), in_high = in_low > 0 ? 8 : unpadded(high);
    if (in_high < 2 || !all_plain(first_of(high, in_high)) || !all_plain(first_of(low, in_low)))
        return NULL;
    memcpy(to, b, NBT_NAME_LEN); /* of which the last are overwritten */
    return to + in_high + in_low;
}

static char *any_print(char *to, const uint8_t b[NBT_NAME_LEN])
{
    size_t n = NBT_NAME_TEXT_MAX;
    if (nbt_name_is_wildcard(b))
        n = 1;
    while (n > 0 && b[n - 1] == ' ')
        n--;
    if (n == 1 && b[0] == '*' && b[NBT_NAME_LEN - 1] == 0 && !nbt_name_is_wildcard(b))
        n = 2; /* padded with spaces: not the wildcard, and not to be read as it */
    return escaped_print(to, b, n);
}

static char *name16_print(char *to, const uint8_t b[NBT_NAME_LEN])
{
    char *end = plain_print(to, b);
    if (!end)
        end = any_print(to, b);
    *end++ = '<';
    end = hex_print(end, b[NBT_NAME_LEN - 1]);
    *end++ = '>';
    return end;
}

static char *scope_print(char *to, const nbt_scope *scope)
{
    for (size_t at = 0; at < scope->len;) {
        size_t n = scope->b[at++];
        assert(at + n <= scope->len);
        *to++ = '.';
        to = escaped_print(to, scope->b + at, n);
        at += n;
    }
    return to;
}

size_t nbt_name16_print(const uint8_t b[NBT_NAME_LEN], char *buf, size_t cap)
{
    assert(cap >= NBT_NAME_LEN * 4 + 4 + 1);
    (void)cap;
    char *end = name16_print(buf, b);
    *end = '\0';
    return (size_t)(end - buf);
}

size_t nbt_name_print(const nbt_name *name, char *buf, size_t cap)
{
    assert(cap >= NBT_NAME_STR_MAX);
    (void)cap;
    char *end = buf;
    switch (name->form) {
    case NBT_NAME_NETBIOS:
        end = scope_print(name16_print(end, name->b), &name->scope);
        break;
    case NBT_NAME_DOMAIN:
        end = scope_print(end, &name->scope);
        break;
    case NBT_NAME_NULL:
        *end++ = '.';
        break;
    }
    *end = '\0';
    return (size_t)(end - buf);
}

/* Text that is being parsed. */
typedef struct text {
    const char *at, *end;
} text;

static bool take_char(text *t, char c)
{
    if (t->at == t->end || *t->at != c)
        return false;
    t->at++;
    return true;
}

static bool take_hex_digit(text *t, unsigned *digit)
{
    char c = '\0';
    if (t->at < t->end)
        c = *t->at;
    if (c >= '0' && c <= '9')
        *digit = (unsigned)(c - '0');
    else if (c >= 'A' && c <= 'F')
        *digit = (unsigned)(c - 'A') + 10;
    else if (c >= 'a' && c <= 'f')
        *digit = (unsigned)(c - 'a') + 10;
    else
        return false;
    t->at++;
    return true;
}

static bool take_hex(text *t, uint8_t *byte)
{
    unsigned high, low;
    if (!take_hex_digit(t, &high) || !take_hex_digit(t, &low))
        return false;
    *byte = (uint8_t)(high << 4 | low);
    return true;
}

/* Plain and escaped bytes, up to `cap`; false if one is neither. Stops at what ends the run. */
static bool take_bytes(text *t, uint8_t *b, size_t cap, size_t *n)
{
    for (*n = 0; t->at < t->end && *t->at != '<' && *t->at != '.'; ++*n) {
        if (*n == cap)
            return false;
        if (take_char(t, '\\')) {
            if (!take_char(t, 'x') || !take_hex(t, &b[*n]))
                return false;
        } else if (is_plain((unsigned char)*t->at)) {
            b[*n] = (uint8_t)*t->at++;
        } else {
            return false;
        }
    }
    return true;
}

static bool take_scope(text *t, nbt_scope *scope)
{
    uint8_t label[LABEL_MAX];
    size_t n;
    scope->len = 0;
    while (take_char(t, '.')) {
        if (!take_bytes(t, label, LABEL_MAX, &n) || n == 0 ||
            !scope_add(scope, NBT_SCOPE_MAX, (nbt_bytes){ label, n }))
            return false;
    }
    return true;
}

/* NAME<1D>, padded as is the custom, but for the wildcard. */
static bool take_name16(text *t, uint8_t b[NBT_NAME_LEN])
{
    size_t n;
    memset(b, ' ', NBT_NAME_LEN);
    if (!take_bytes(t, b, NBT_NAME_TEXT_MAX, &n) || !take_char(t, '<') ||
        !take_hex(t, &b[NBT_NAME_LEN - 1]) || !take_char(t, '>'))
        return false;
    if (n == 1 && b[0] == '*' && b[NBT_NAME_LEN - 1] == 0)
        memcpy(b, wildcard, NBT_NAME_LEN);
    return true;
}

bool nbt_name_parse(nbt_name *name, const char *string, size_t len)
{
    if (len == 0)
        return false;
    text t = { string, string + len };
    nbt_name out;
    if (take_char(&t, '.')) {
        out.form = len == 1 ? NBT_NAME_NULL : NBT_NAME_DOMAIN;
        memset(out.b, 0, NBT_NAME_LEN);
        t.at = len == 1 ? t.end : string; /* the dot is the first label's */
    } else {
        out.form = NBT_NAME_NETBIOS;
        if (!take_name16(&t, out.b))
            return false;
    }
    if (!take_scope(&t, &out.scope) || t.at != t.end)
        return false;
    nbt_name_copy(name, &out);
    return true;
}
