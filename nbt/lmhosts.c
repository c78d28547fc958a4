/*
 * LMHOSTS, line by line. It opens no file and forgets a line when it has told it.
 */
#include "nbt/lmhosts.h"

#include <string.h>

enum { DOMAIN_CONTROLLERS = 0x1C, LAST = NBT_NAME_LEN - 1 };

/* What is left of a line. */
typedef struct rest {
    const uint8_t *p, *end;
} rest;

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 'a' + 'A') : c;
}

static void skip_space(rest *r)
{
    while (r->p < r->end && is_space(*r->p))
        r->p++;
}

/* Takes the characters up to the next space or '#'. */
static nbt_bytes take_word(rest *r)
{
    const uint8_t *begin = r->p;
    while (r->p < r->end && !is_space(*r->p) && (*r->p != '#' || r->p == begin))
        r->p++;
    return (nbt_bytes){ begin, (size_t)(r->p - begin) };
}

/* Whether a word is this keyword, whatever its case; with a colon: whether it begins with it. */
static bool is_keyword(nbt_bytes word, const char *keyword)
{
    size_t n = strlen(keyword);
    if (word.n < n || (word.n > n && keyword[n - 1] != ':'))
        return false;
    for (size_t i = 0; i < n; i++)
        if (upper(word.p[i]) != (uint8_t)keyword[i])
            return false;
    return true;
}

static bool take_ip(rest *r, uint32_t *ip)
{
    uint32_t v = 0;
    for (unsigned part = 0; part < 4; part++) {
        unsigned octet = 0, digits = 0;
        while (r->p < r->end && *r->p >= '0' && *r->p <= '9' && digits++ < 3)
            octet = octet * 10 + (unsigned)(*r->p++ - '0');
        bool dot = part == 3 || (r->p < r->end && *r->p == '.');
        if (digits == 0 || octet > 255 || !dot)
            return false;
        r->p += part < 3;
        v = v << 8 | octet;
    }
    if (r->p < r->end && !is_space(*r->p))
        return false;
    *ip = v;
    return true;
}

static int hex_digit(uint8_t c)
{
    c = upper(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \0xNN */
static bool take_escape(rest *r, uint8_t *b)
{
    if (r->end - r->p < 5 || r->p[0] != '\\' || r->p[1] != '0' || upper(r->p[2]) != 'X')
        return false;
    int high = hex_digit(r->p[3]), low = hex_digit(r->p[4]);
    if (high < 0 || low < 0)
        return false;
    *b = (uint8_t)(high << 4 | low);
    r->p += 5;
    return true;
}

/* A name in quotes: up to 16 bytes, none of which means anything but itself and the escape. */
static const char *take_quoted(rest *r, nbt_lmhost *h)
{
    size_t n = 0;
    r->p++;
    while (r->p < r->end && *r->p != '"') {
        uint8_t b;
        bool escaped = take_escape(r, &b);
        if (!escaped)
            b = *r->p++;
        if (n == NBT_NAME_LEN)
            return "the name in quotes has more than 16 characters";
        h->name[n] = escaped || n == LAST ? b : upper(b);
        n++;
    }
    if (r->p == r->end)
        return "the quotes are not closed";
    r->p++;
    h->any_suffix = n < NBT_NAME_LEN;
    return n > 0 ? NULL : "the name is empty";
}

static const char *take_name(rest *r, nbt_lmhost *h)
{
    memset(h->name, ' ', sizeof h->name);
    if (r->p < r->end && *r->p == '"')
        return take_quoted(r, h);
    nbt_bytes word = take_word(r);
    if (word.n == 0 || word.p[0] == '#')
        return "there is no name behind the address";
    if (word.n > LAST)
        return "the name has more than 15 characters";
    for (size_t i = 0; i < word.n; i++)
        h->name[i] = upper(word.p[i]);
    h->any_suffix = true;
    return NULL;
}

static const char *take_domain(nbt_bytes word, nbt_lmhost *h)
{
    static const char prefix[] = "#DOM:";
    size_t n = word.n - (sizeof prefix - 1);
    if (n == 0 || n > sizeof h->domain)
        return "the name of the domain has not 1 to 15 characters";
    memset(h->domain, ' ', sizeof h->domain);
    for (size_t i = 0; i < n; i++)
        h->domain[i] = upper(word.p[sizeof prefix - 1 + i]);
    h->dom = true;
    return NULL;
}

/* MS-NBTE 2.2.3: what is behind the name, in any order; anything else behind '#' is a comment. */
static const char *take_keywords(rest *r, nbt_lmhost *h)
{
    for (;;) {
        skip_space(r);
        if (r->p == r->end)
            return NULL;
        if (*r->p != '#')
            return "there is something behind the name that is no keyword";
        nbt_bytes word = take_word(r);
        if (is_keyword(word, "#PRE"))
            h->pre = true;
        else if (is_keyword(word, "#MH"))
            h->multihomed = true;
        else if (is_keyword(word, "#DOM:")) {
            const char *why = take_domain(word, h);
            if (why)
                return why;
        } else
            return NULL;
    }
}

static const char *take_host(rest *r, nbt_lmhost *h)
{
    if (!take_ip(r, &h->ip))
        return "it begins with no IPv4 address";
    skip_space(r);
    const char *why = take_name(r, h);
    if (why)
        return why;
    return take_keywords(r, h);
}

/* A line that begins with '#': false if it is a comment. */
static bool take_directive(rest *r, nbt_lmline *line)
{
    nbt_bytes word = take_word(r);
    skip_space(r);
    if (is_keyword(word, "#BEGIN_ALTERNATE")) {
        line->kind = NBT_LMLINE_BEGIN_ALTERNATE;
    } else if (is_keyword(word, "#END_ALTERNATE")) {
        line->kind = NBT_LMLINE_END_ALTERNATE;
    } else if (is_keyword(word, "#INCLUDE")) {
        while (r->end > r->p && is_space(r->end[-1]))
            r->end--;
        line->path = (nbt_bytes){ r->p, (size_t)(r->end - r->p) };
        line->kind = line->path.n > 0 ? NBT_LMLINE_INCLUDE : NBT_LMLINE_BAD;
        line->why = "there is no file behind #INCLUDE";
    } else {
        return false;
    }
    return true;
}

nbt_lmline nbt_lmtext_next(nbt_lmtext *t)
{
    nbt_lmline line = { .kind = NBT_LMLINE_END };
    while (t->at < t->text.n) {
        rest r = { t->text.p + t->at, t->text.p + t->text.n };
        const uint8_t *lf = memchr(r.p, '\n', t->text.n - t->at);
        if (lf)
            r.end = lf;
        t->at = (size_t)(r.end - t->text.p) + (lf ? 1 : 0);
        line.number = ++t->number;
        skip_space(&r);
        if (r.p == r.end)
            continue;
        if (*r.p == '#') {
            if (take_directive(&r, &line))
                return line;
            continue;
        }
        line.why = take_host(&r, &line.host);
        line.kind = line.why ? NBT_LMLINE_BAD : NBT_LMLINE_HOST;
        return line;
    }
    return line;
}

/* --- look-up ------------------------------------------------------------------------------ */

static bool fits(const nbt_lmhost *h, const uint8_t name[NBT_NAME_LEN], bool three)
{
    uint8_t suffix = name[LAST];
    if (memcmp(h->name, name, LAST) != 0)
        return false;
    if (!h->any_suffix)
        return h->name[LAST] == suffix;
    return !three || suffix == 0x00 || suffix == 0x03 || suffix == 0x20;
}

static size_t add(nbt_addr *addrs, size_t n, size_t max, unsigned nb_flags, uint32_t ip)
{
    for (size_t i = 0; i < n; i++)
        if (addrs[i].ip == ip)
            return n;
    if (n < max)
        addrs[n++] = (nbt_addr){ (uint16_t)nb_flags, ip };
    return n;
}

size_t nbt_lmhosts_find(const nbt_lmhost *hosts, size_t n, const uint8_t name[NBT_NAME_LEN],
                        bool pre, bool three, nbt_addr *addrs, size_t max)
{
    size_t found = 0;
    bool controllers = name[LAST] == DOMAIN_CONTROLLERS;
    for (size_t i = 0; controllers && i < n; i++)
        if (hosts[i].dom && (hosts[i].pre || !pre) && memcmp(hosts[i].domain, name, LAST) == 0)
            found = add(addrs, found, max, NBT_NB_G, hosts[i].ip);
    if (found > 0)
        return found;
    for (size_t i = 0; i < n; i++) {
        if ((pre && !hosts[i].pre) || !fits(&hosts[i], name, three))
            continue;
        if (found > 0 && !hosts[i].multihomed)
            continue;
        found = add(addrs, found, max, 0, hosts[i].ip);
        if (!hosts[i].multihomed)
            break;
    }
    return found;
}
