/*
 * NetBIOS names: 16 opaque bytes and a scope (RFC 1001 section 14, RFC 1002 4.1).
 *
 * The codec never pads, trims, folds case or gives byte 16 a meaning: any byte is legal in any
 * place, and two names are the same only if all 16 bytes and the scope are (conformance A1, A9).
 * Padding and the service suffix are conventions of the programs above; nbt_name_make has them.
 */
#ifndef NBT_NAME_H
#define NBT_NAME_H

#include <string.h>

#include "nbt/wire.h"

enum {
    NBT_NAME_LEN = 16,
    NBT_NAME_TEXT_MAX = 15,  /* what a user may name a computer; the 16th byte is the suffix */
    NBT_NAME_WIRE_MAX = 255, /* RFC 1002 4.1: label octets and length octets of one name, sent */
    NBT_SCOPE_MAX = 255,     /* received: what Windows lets through goes beyond the RFC (A16) */
    NBT_NAME_HOPS_MAX = 16,  /* compression pointers followed in one name */
    NBT_NAME_STR_MAX = 16 * 4 + 4 + NBT_SCOPE_MAX * 4 + 1, /* room for the text form with its NUL */
};

/* Scope labels as on the wire: length octet and label, repeated; no closing root octet. */
typedef struct nbt_scope {
    uint8_t len;
    uint8_t b[NBT_SCOPE_MAX];
} nbt_scope;

/* What stands where a name may stand. */
typedef enum nbt_name_form {
    NBT_NAME_NETBIOS, /* 16 bytes and a scope */
    NBT_NAME_DOMAIN,  /* a plain domain name: all of it is in `scope` (redirect, RFC 1002 4.2.15) */
    NBT_NAME_NULL,    /* a single zero octet (WACK without a name, RFC 1002 4.2.16) */
} nbt_name_form;

typedef struct nbt_name {
    nbt_name_form form;
    uint8_t b[NBT_NAME_LEN];
    nbt_scope scope;
} nbt_name;

/* The octets that a name takes in full: length octets, labels and the closing root octet. */
static inline size_t nbt_name_size(const nbt_name *name)
{
    size_t first = name->form == NBT_NAME_NETBIOS ? 1 + 2 * NBT_NAME_LEN : 0;
    return first + name->scope.len + 1;
}

/* Copies as much of a name as means anything: a scope is seldom there, and its room is large. */
static inline void nbt_name_copy(nbt_name *to, const nbt_name *from)
{
    memcpy(to, from, offsetof(nbt_name, scope.b) + from->scope.len);
}

/* How strictly a name is read. */
typedef enum nbt_name_rule {
    NBT_NAME_POINTERS = 1, /* compression pointers are allowed: name service only (A31) */
    NBT_NAME_LONG = 2,     /* a scope of up to 255 octets, as Windows sends them (A16) */
    NBT_NAME_ANY_FORM = 4, /* a domain name or the null name may stand here */
} nbt_name_rule;

/*
 * Reads one name; `rules` is a set of nbt_name_rule. Errors (kept in the cursor): SHORT, LABEL,
 * LETTER, POINTER, HOPS, LONG. `name` is untouched on failure. A pointer costs exactly two octets
 * of the region, and only ever leads backwards and behind the 12-octet header (A27, A29).
 */
void nbt_name_rd(nbt_rd *r, nbt_name *name, unsigned rules, const char *field);

/*
 * Writes one name in full. Errors: FULL, LONG (nbt_name_size over NBT_NAME_WIRE_MAX: the root octet
 * counts, so that a scope's text has at most 220 characters, A16).
 */
void nbt_name_wr(nbt_wr *w, const nbt_name *name, const char *field);

/* The same for a name that somebody else has sent (NBT_NAME_LONG) and is to get back: never LONG.
 */
void nbt_name_wr_long(nbt_wr *w, const nbt_name *name, const char *field);

/* Byte-exact comparison of form, 16 bytes and scope. */
bool nbt_name_eq(const nbt_name *a, const nbt_name *b);
bool nbt_scope_eq(const nbt_scope *a, const nbt_scope *b);

/* The same, but that letters of ASCII may differ in case (A19). */
bool nbt_scope_eq_any_case(const nbt_scope *a, const nbt_scope *b);

/* A hash of what nbt_name_eq compares, but for the form. Never 0, nor are its low 32 bits. */
uint64_t nbt_name_hash(const nbt_name *name);

/*
 * The Microsoft convention: `text` padded with spaces to 15, then `suffix`. False when text is
 * empty or longer than 15 bytes; case is left as it is. The scope of the result is empty.
 */
bool nbt_name_make(nbt_name *name, const char *text, size_t len, uint8_t suffix);

/* The node-status and broadcast wildcard: '*' and 15 zero bytes, no scope (A36). */
void nbt_name_wildcard(nbt_name *name);
bool nbt_name_is_wildcard(const uint8_t b[NBT_NAME_LEN]);

/*
 * Scope text ("NETBIOS.COM", no leading or trailing dot) to labels. False for an empty label, a
 * label over 63, a byte that domain names do not have, or a total that no name could carry (A17).
 * "" and "*" both mean the empty scope (A21).
 */
bool nbt_scope_parse(nbt_scope *scope, const char *text, size_t len);

/*
 * The text form, printed and parsed: NAME<1D>.SCOPE.LABELS. The suffix is always there, in two
 * upper-case hex digits; padding spaces are not printed; bytes outside 21..7E, and \ < > . " in the
 * name, are written \xNN, so that the text never holds a space. "*<00>" is the wildcard (padded
 * with zero bytes); one padding space is printed where the rest would look like it. A domain name
 * is printed with a leading dot, the null name as a single dot. Parsing takes hex digits of either
 * case.
 *
 * print: returns the length without the closing NUL, which is always written; cap must be at least
 * NBT_NAME_STR_MAX. parse: takes exactly `len` characters; false leaves `name` untouched.
 */
size_t nbt_name_print(const nbt_name *name, char *buf, size_t cap);
bool nbt_name_parse(nbt_name *name, const char *text, size_t len);

/* The same for 16 bytes without a scope, as the NCBs have them. */
size_t nbt_name16_print(const uint8_t b[NBT_NAME_LEN], char *buf, size_t cap);

#endif
