/*
 * A line, word by word, and the values that stand in words. It knows no statement.
 */
#include "tools/scene/read.h"
#include "tools/scene/near.h"
#include "tools/scene/put.h"

#include <string.h>

/* -- words ------------------------------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

void scene_rd_next(scene_rd *r)
{
    const char *p = r->tok.p + r->tok.n;
    bool quoted = false;
    while (p < r->end && is_space(*p))
        p++;
    r->tok = (scene_tok){ p, 0, (uint32_t)(p - r->begin) + 1 };
    for (; p < r->end && (quoted || !is_space(*p)); p++) {
        if (*p == '"')
            quoted = !quoted;
        else if (*p == '\\' && quoted && p + 1 < r->end)
            p++;
    }
    r->tok.n = (size_t)(p - r->tok.p);
    if (r->tok.n == 1 && *r->tok.p == '#') { /* the rest is a remark */
        r->end = r->tok.p;
        r->tok.n = 0;
    }
}

static bool tok_is(scene_tok t, const char *word)
{
    return nbt_word_eq(scene_tok_word(t), word);
}

bool scene_rd_take(scene_rd *r, const char *word)
{
    if (!tok_is(r->tok, word))
        return false;
    scene_rd_next(r);
    return true;
}

scene_tok scene_rd_rest(const scene_rd *r)
{
    scene_rd ahead = *r;
    scene_tok last = r->tok;
    while (!scene_rd_end(&ahead)) {
        last = ahead.tok;
        scene_rd_next(&ahead);
    }
    return (scene_tok){ r->tok.p, (size_t)(last.p + last.n - r->tok.p), r->tok.column };
}

bool scene_rd_fail(scene_rd *r, scene_tok at, const char *why, const char *expected)
{
    char near[SCENE_COULD_MAX];
    if (scene_near(at.p, at.n, expected, near, sizeof near))
        expected = near;
    scene_errs_add(r->errs, (scene_pos){ r->line, at.column }, at.p, at.n, why, expected);
    return false;
}

bool scene_rd_done(scene_rd *r)
{
    return scene_rd_end(r) || scene_rd_fail(r, r->tok, "nothing more can stand here", "");
}

bool scene_rd_need(scene_rd *r, const char *expected)
{
    return !scene_rd_end(r) || scene_rd_fail(r, r->tok, "the line ends too early", expected);
}

/* -- numbers ----------------------------------------------------------------------------------- */

/* A number with a point. */
typedef struct decimal {
    uint64_t whole;
    uint32_t millionths;
} decimal;

static bool eat_digit(nbt_word *w, uint32_t *digit)
{
    if (w->n == 0 || *w->p < '0' || *w->p > '9')
        return false;
    *digit = (uint32_t)(*w->p - '0');
    w->p++;
    w->n--;
    return true;
}

/* Up to 16 digits, perhaps with a point and up to six behind it. */
static bool eat_decimal(nbt_word *w, decimal *d)
{
    uint32_t digit, unit = 1000000;
    size_t n = 0;
    *d = (decimal){ 0, 0 };
    for (; n < 16 && eat_digit(w, &digit); n++)
        d->whole = d->whole * 10 + digit;
    if (n == 0 || !nbt_word_eat(w, "."))
        return n > 0;
    for (n = 0; n < 6 && eat_digit(w, &digit); n++)
        d->millionths += digit * (unit /= 10);
    return n > 0;
}

bool scene_rd_time(scene_rd *r, scene_tok t, nbt_time *time)
{
    static const char expected[] = "a number and a unit: us, ms, s, m, h or d";
    static const uint64_t longest = (uint64_t)100 * 366 * 86400 * 1000000;
    nbt_word w = scene_tok_word(t);
    decimal d;
    if (!eat_decimal(&w, &d))
        return scene_rd_fail(r, t, "it is no time", expected);
    for (size_t i = 0; i < SCENE_UNITS; i++) {
        if (!nbt_word_eq(w, scene_units[i].word))
            continue;
        uint64_t us = (uint64_t)scene_units[i].us;
        if (d.whole > longest / us)
            return scene_rd_fail(r, t, "that is too long", "less than a hundred years");
        *time = (nbt_time)(d.whole * us + d.millionths * us / 1000000);
        return true;
    }
    return scene_rd_fail(r, t, w.n ? "that is no unit of time" : "there is no unit behind it",
                         expected);
}

bool scene_rd_share(scene_rd *r, scene_tok t, uint32_t *ppm)
{
    enum { PERCENT = 10000, ALL = 1000000 };
    nbt_word w = scene_tok_word(t);
    decimal d;
    if (!eat_decimal(&w, &d) || !nbt_word_eat(&w, "%") || w.n > 0 || d.whole > 100 ||
        d.whole * PERCENT + d.millionths / 100 > ALL)
        return scene_rd_fail(r, t, "it is no share", "0% to 100%, such as 2.5%");
    *ppm = (uint32_t)d.whole * PERCENT + d.millionths / 100;
    return true;
}

bool scene_rd_number(scene_rd *r, scene_tok t, uint32_t least, uint32_t most, uint32_t *v)
{
    nbt_word w = scene_tok_word(t);
    uint32_t n;
    if (nbt_word_eat_num(&w, most, &n) && w.n == 0 && n >= least) {
        *v = n;
        return true;
    }
    char expected[64];
    scene_put o;
    scene_put_init(&o, expected, sizeof expected);
    scene_put_str(&o, "a number from ");
    scene_put_dec(&o, least);
    scene_put_str(&o, " to ");
    scene_put_dec(&o, most);
    return scene_rd_fail(r, t, "it is no such number", expected);
}

static bool eat_ip(nbt_word *w, uint32_t *ip)
{
    uint32_t sum = 0, octet;
    for (int i = 0; i < 4; i++) {
        if ((i > 0 && !nbt_word_eat(w, ".")) || !nbt_word_eat_digits(w, 10, 255, &octet))
            return false;
        sum = sum << 8 | octet;
    }
    *ip = sum;
    return true;
}

bool scene_rd_ip(scene_rd *r, scene_tok t, uint32_t *ip)
{
    nbt_word w = scene_tok_word(t);
    uint32_t v;
    if (!eat_ip(&w, &v) || w.n > 0)
        return scene_rd_fail(r, t, "it is no IPv4 address", "one such as 10.0.0.1");
    *ip = v;
    return true;
}

bool scene_rd_ep(scene_rd *r, scene_tok t, nbt_ep *ep)
{
    nbt_word w = scene_tok_word(t);
    uint32_t ip, port = ep->port;
    if (!eat_ip(&w, &ip) ||
        (w.n > 0 && (!nbt_word_eat(&w, ":") || !nbt_word_eat_digits(&w, 10, 65535, &port))) ||
        w.n > 0)
        return scene_rd_fail(r, t, "it is no address", "one such as 10.0.0.1 or 10.0.0.1:137");
    *ep = (nbt_ep){ ip, (uint16_t)port };
    return true;
}

bool scene_rd_subnet(scene_rd *r, scene_tok t, uint32_t *ip, uint32_t *mask)
{
    nbt_word w = scene_tok_word(t);
    uint32_t v, bits;
    if (!eat_ip(&w, &v) || !nbt_word_eat(&w, "/") || !nbt_word_eat_digits(&w, 10, 30, &bits) ||
        w.n > 0 || bits < 8)
        return scene_rd_fail(r, t, "it is no subnet", "one such as 10.0.0.0/24, /8 to /30");
    *mask = UINT32_MAX << (32 - bits);
    *ip = v & *mask;
    return true;
}

/* -- texts ------------------------------------------------------------------------------------- */

bool scene_rd_name(scene_rd *r, scene_tok t, nbt_name *name)
{
    nbt_name n;
    if (!nbt_name_parse(&n, t.p, t.n) || n.form != NBT_NAME_NETBIOS)
        return scene_rd_fail(r, t, "it is no NetBIOS name",
                             "one such as FRED<20>: up to 15 characters and the 16th octet in hex");
    *name = n;
    return true;
}

bool scene_rd_name16(scene_rd *r, scene_tok t, bool any, uint8_t name[NBT_NAME_LEN])
{
    nbt_name n;
    if (any && tok_is(t, "*")) { /* as NCB_CALLNAME has it: the rest does not matter */
        memset(name, ' ', NBT_NAME_LEN);
        name[0] = '*';
        return true;
    }
    if (!scene_rd_name(r, t, &n))
        return false;
    if (n.scope.len > 0)
        return scene_rd_fail(r, t, "a control block's name has no scope: the computer's is taken",
                             "one such as FRED<20>");
    memcpy(name, n.b, NBT_NAME_LEN);
    return true;
}

/* The octet of an escape, whose first character behind the backslash is at `*i`; that of its last
 * one comes back. Zero cannot be. */
static bool unescape(scene_tok t, size_t *i, char *to)
{
    uint8_t octet;
    *to = t.p[*i];
    if (*to != 'x')
        return true;
    nbt_word w = { t.p + *i + 1, t.n - *i - 1 };
    if (!nbt_word_eat_octet(&w, &octet) || octet == 0)
        return false;
    *to = (char)octet;
    *i += 2;
    return true;
}

/* The octets of a quoted text without its quotes and escapes; false if they are not closed. */
static bool unquote(scene_tok t, char *to, size_t *n)
{
    size_t at = 0;
    for (size_t i = 1; i < t.n; i++) {
        if (t.p[i] == '"') {
            *n = at;
            return i + 1 == t.n;
        }
        to[at] = t.p[i];
        if (t.p[i] == '\\' && (++i == t.n || !unescape(t, &i, &to[at])))
            return false;
        at++;
    }
    return false;
}

bool scene_rd_text(scene_rd *r, scene_tok t, char **text)
{
    char *copy = scene_text(r->s, t.p, t.n);
    size_t n = t.n;
    if (!copy) {
        r->failed = true;
        return false;
    }
    if (memchr(t.p, '\0', t.n))
        return scene_rd_fail(r, t, "a text has no octet that is zero", "");
    if (t.n > 0 && t.p[0] == '"') {
        if (!unquote(t, copy, &n))
            return scene_rd_fail(r, t, "the quotes are not closed, or something is behind them",
                                 "a text in quotes, with \\\" and \\\\ in it for \" and \\, "
                                 "and \\x0d or the like for octets that cannot be seen");
        copy[n] = '\0';
    } else if (memchr(t.p, '"', t.n)) {
        return scene_rd_fail(r, t, "quotes stand at a text's begin and end", "a text in quotes");
    }
    *text = copy;
    return true;
}

bool scene_rd_word(scene_rd *r, scene_tok t, scene_set set, unsigned *value)
{
    char expected[SCENE_COULD_MAX];
    scene_put o;
    if (scene_word_find(set, t.p, t.n, value))
        return true;
    scene_put_init(&o, expected, sizeof expected);
    scene_put_str(&o, "one of ");
    scene_put_str(&o, scene_word_all(set));
    return scene_rd_fail(r, t, t.n ? "it is no word for this place" : "the line ends too early",
                         expected);
}

/* Three digits behind %03, the number as it is behind %. */
static void put_number(scene_put *o, scene_tok t, size_t *i, uint32_t number)
{
    uint32_t width = 0, reach = 1;
    if (*i + 2 < t.n && t.p[*i + 1] == '0' && t.p[*i + 2] >= '1' && t.p[*i + 2] <= '9') {
        width = (uint32_t)(t.p[*i + 2] - '0');
        *i += 2;
    }
    for (; width > 1; width--) {
        reach *= 10;
        if (number < reach)
            scene_put_str(o, "0");
    }
    scene_put_dec(o, number);
}

bool scene_rd_numbered(scene_rd *r, scene_tok *t, char room[SCENE_NUMBERED_MAX], const char **kept)
{
    scene_put o;
    if (r->row == 0 || t->n == 0 || !memchr(t->p, '%', t->n))
        return true;
    scene_put_init(&o, room, SCENE_NUMBERED_MAX);
    for (size_t i = 0; i < t->n; i++) {
        if (t->p[i] != '%')
            scene_put_n(&o, &t->p[i], 1);
        else if (i + 1 < t->n && t->p[i + 1] == '%')
            scene_put_n(&o, &t->p[i++], 1);
        else
            put_number(&o, *t, &i, r->row);
    }
    if (o.len >= SCENE_NUMBERED_MAX)
        return scene_rd_fail(r, *t, "it is too long for a word with a number", "a shorter one");
    if (r->row == 1 && !(*kept = scene_text(r->s, t->p, t->n))) {
        r->failed = true;
        return false;
    }
    t->p = room;
    t->n = o.len;
    return true;
}

bool scene_tok_item(scene_tok *list, scene_tok *item)
{
    if (!list->p)
        return false;
    const char *comma = list->n > 0 ? memchr(list->p, ',', list->n) : NULL;
    size_t n = comma ? (size_t)(comma - list->p) : list->n;
    *item = (scene_tok){ list->p, n, list->column };
    *list = comma ? scene_tok_from(*list, n + 1) : (scene_tok){ NULL, 0, 0 };
    return true;
}

/* -- keys -------------------------------------------------------------------------------------- */

static bool is_key(const scene_key *k, scene_tok t, size_t *value)
{
    size_t n = strlen(k->word);
    bool valued = k->word[n - 1] == '=';
    *value = n;
    return t.n >= n && memcmp(t.p, k->word, n) == 0 && (valued || t.n == n);
}

static bool unknown_key(scene_rd *r, const scene_key *keys, size_t n)
{
    char expected[SCENE_COULD_MAX];
    scene_put o;
    scene_put_init(&o, expected, sizeof expected);
    scene_put_str(&o, n ? "one of " : "");
    for (size_t i = 0; i < n; i++) {
        scene_put_str(&o, i ? ", " : "");
        scene_put_str(&o, keys[i].word);
    }
    return scene_rd_fail(r, r->tok, "this cannot stand here", expected);
}

static bool read_keys(scene_rd *r, const scene_key *keys, size_t n, void *what, bool all,
                      uint32_t *seen)
{
    for (; !scene_rd_end(r); scene_rd_next(r)) {
        size_t i = 0, value;
        while (i < n && !is_key(&keys[i], r->tok, &value))
            i++;
        if (i == n)
            return all ? unknown_key(r, keys, n) : true;
        if (*seen >> i & 1)
            return scene_rd_fail(r, r->tok, "this was said before", "every key once");
        *seen |= (uint32_t)1 << i;
        scene_tok v = scene_tok_from(r->tok, value);
        if (v.n == 0 && value > 0 && keys[i].word[value - 1] == '=')
            return scene_rd_fail(r, r->tok, "there is no value behind the =", "a value");
        if (!keys[i].set(r, what, v))
            return false;
    }
    return true;
}

bool scene_rd_keys(scene_rd *r, const scene_key *keys, size_t n, void *what, const char *must)
{
    uint32_t seen = 0;
    if (!read_keys(r, keys, n, what, true, &seen))
        return false;
    for (size_t i = 0; must && i < n; i++) {
        if (strcmp(keys[i].word, must) == 0 && !(seen >> i & 1))
            return scene_rd_fail(r, r->tok, "the line ends too early", must);
    }
    return true;
}

scene_tok scene_rd_ahead(const scene_rd *r, const char *key)
{
    size_t n = strlen(key);
    for (scene_rd ahead = *r; !scene_rd_end(&ahead); scene_rd_next(&ahead)) {
        if (ahead.tok.n >= n && memcmp(ahead.tok.p, key, n) == 0)
            return scene_tok_from(ahead.tok, n);
    }
    return (scene_tok){ 0 };
}

bool scene_rd_some_keys(scene_rd *r, const scene_key *keys, size_t n, void *what)
{
    uint32_t seen = 0;
    return read_keys(r, keys, n, what, false, &seen);
}

/* -- names of things --------------------------------------------------------------------------- */

static const char *entry_name(const scene *s, scene_ref ref, uint32_t i)
{
    switch (ref) {
    case SCENE_REF_NETWORK:
        return i < s->nnetworks ? s->network[i].name : NULL;
    case SCENE_REF_HOST:
        return i < s->nhosts ? s->host[i].name : NULL;
    case SCENE_REF_PROGRAM:
        return i < s->nprograms ? s->program[i].name : NULL;
    case SCENE_REF_FAULT:
        return i < s->nfaults ? s->fault[i].name : NULL;
    case SCENE_REF_EXPECT:
        return i < s->nexpects ? s->expect[i].label : NULL;
    case SCENE_REFS:
        break;
    }
    return NULL;
}

static const char *const kinds[SCENE_REFS] = { "network", "host", "program", "fault",
                                               "expectation" };

bool scene_rd_label(scene_rd *r, scene_tok t, char name[SCENE_WORD_MAX])
{
    unsigned verb;
    size_t i = 0;
    for (; i < t.n; i++) {
        char c = t.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              c == '-' || c == '_' || c == '.'))
            break;
    }
    if (i < t.n && t.p[i] == '%')
        return scene_rd_fail(r, t, "a % is the number in a row", "count= behind it");
    bool letter = t.n > 0 && ((t.p[0] | 0x20) >= 'a' && (t.p[0] | 0x20) <= 'z');
    if (!letter || i < t.n || t.n >= SCENE_WORD_MAX)
        return scene_rd_fail(r, t, t.n ? "it is no name" : "a name is missing",
                             "a letter, and up to 30 more letters, digits, and - _ .");
    if (scene_word_find(SCENE_SET_DO, t.p, t.n, &verb) ||
        scene_word_find(SCENE_SET_SEE, t.p, t.n, &verb) ||
        scene_word_find(SCENE_SET_HARM, t.p, t.n, &verb))
        return scene_rd_fail(r, t, "this is a word of the language", "another name");
    memset(name, 0, SCENE_WORD_MAX);
    memcpy(name, t.p, t.n);
    return true;
}

/* FNV-1a of a name and of whose it is; hosts and programs share theirs. */
static uint64_t hash(scene_ref ref, const char *p, size_t n)
{
    const uint64_t prime = UINT64_C(0x100000001B3);
    uint64_t of = ref == SCENE_REF_PROGRAM ? SCENE_REF_HOST : ref;
    uint64_t h = (UINT64_C(0xCBF29CE484222325) ^ of) * prime;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)p[i]) * prime;
    return h;
}

/* The number under which an entry is kept. */
static uint32_t number_of(scene_ref ref, uint32_t entry)
{
    return entry * SCENE_REFS + ref + 1;
}

static bool find_any(scene_rd *r, uint64_t key, const char *p, size_t n, scene_ref *ref,
                     uint32_t *entry)
{
    uint32_t number = nbt_idmap_get(&r->names, key);
    if (number == 0)
        return false;
    *ref = (number - 1) % SCENE_REFS;
    *entry = (number - 1) / SCENE_REFS;
    const char *name = entry_name(r->s, *ref, *entry);
    return name && strlen(name) == n && memcmp(name, p, n) == 0;
}

bool scene_rd_enter(scene_rd *r, scene_tok t, scene_ref ref, uint32_t entry)
{
    scene_ref other;
    uint32_t where;
    uint64_t key = hash(ref, t.p, t.n);
    if (find_any(r, key, t.p, t.n, &other, &where)) {
        char why[SCENE_WHY_MAX];
        scene_put o;
        scene_put_init(&o, why, sizeof why);
        scene_put_str(&o, "there is a ");
        scene_put_str(&o, kinds[other]);
        scene_put_str(&o, " of that name already");
        return scene_rd_fail(r, t, why, "another name");
    }
    if (!nbt_idmap_get(&r->names, key) && !nbt_idmap_add(&r->names, key, number_of(ref, entry)))
        r->failed = true;
    return !r->failed;
}

bool scene_rd_find(scene_rd *r, scene_ref ref, const char *p, size_t n, uint16_t *entry)
{
    scene_ref is;
    uint32_t where;
    if (!find_any(r, hash(ref, p, n), p, n, &is, &where) || is != ref)
        return false;
    *entry = (uint16_t)where;
    return true;
}

bool scene_rd_ref(scene_rd *r, scene_tok t, scene_ref ref, uint16_t *entry)
{
    char why[SCENE_WHY_MAX], expected[SCENE_COULD_MAX];
    scene_put w, e;
    if (scene_rd_find(r, ref, t.p, t.n, entry))
        return true;
    scene_put_init(&w, why, sizeof why);
    scene_put_str(&w, t.n ? "there is no " : "here stands the name of a ");
    scene_put_str(&w, kinds[ref]);
    scene_put_str(&w, t.n ? " of that name" : "");
    scene_put_init(&e, expected, sizeof expected);
    size_t n = 0;
    const char *name = entry_name(r->s, ref, 0);
    for (uint32_t i = 0; name && e.len < sizeof expected; name = entry_name(r->s, ref, ++i)) {
        if (!name[0])
            continue;
        scene_put_str(&e, n++ ? ", " : "one of ");
        scene_put_str(&e, name);
    }
    return scene_rd_fail(r, t, why, expected);
}
