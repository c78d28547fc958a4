/*
 * The text form of remote-control messages: one table of words, for both ways. Octets are read and
 * written by rc/channel alone.
 */
#include "rc/text.h"
#include "nbt/word.h"

#include <string.h>

/* ---- The vocabulary ------------------------------------------------------------------------ */

#define IN(type) (1U << RC_MSG_##type)

enum {
    IN_MALFORMED = 1,
    IN_TEXT = IN(KEYS) | IN(FETCH) | IN(STORE) | IN(CHAT) | IN(EXECUTE),
    IN_DATA = IN_TEXT | IN(SCREEN) | IN(PING) | IN(PONG) | IN(PIECE),
};

/* Symbol, text, where it stands, what its value can be; in the order of printing. */
#define KEYS(X)                                                                                    \
    X(PACKINGS, "packings=", IN(RIGHTS), "a list such as none,rle,zlib, or -")                     \
    X(USER, "user=", IN(RIGHTS), "at most 64 octets, as \"text\" or in hex")                       \
    X(SECONDS, "seconds=", IN(WAIT), "a number 0..65535")                                          \
    X(VERDICT, "verdict=", IN(VERDICT) | IN(OPENED), "a verdict such as granted")                  \
    X(TICKET, "ticket=", IN(VERDICT) | IN(OPEN), "a number 0x00000000..0xffffffff")                \
    X(COLUMNS, "columns=", IN(OPENED), "a number 0..255")                                          \
    X(ROWS, "rows=", IN(OPENED), "a number 0..255")                                                \
    X(PACKING, "packing=", IN(SCREEN), "none, rle or zlib")                                        \
    X(UNPACKED, "unpacked=", IN(SCREEN), "a number 0..65535")                                      \
    X(SERIAL, "serial=", IN(PING) | IN(PONG), "a number 0..4294967295")                            \
    X(REASON, "reason=", IN(BYE), "closed, stopped or nonsense")                                   \
    X(FUNCTION, "function=", IN(FUNCTION), "a function such as transfer")                          \
    X(SIZE, "size=", IN(BEGIN) | IN(WHOLE), "a number 0..4294967295")                              \
    X(OFFSET, "offset=", IN(HAVE) | IN(BEGIN) | IN(PIECE), "a number 0..4294967295")               \
    X(DIGEST, "digest=", IN(HAVE) | IN(WHOLE), "32 octets in hex")                                 \
    X(RESULT, "result=", IN(RESULT), "a result such as done")                                      \
    X(LENGTH, "length=", IN_DATA, "how many octets data= has")                                     \
    X(DATA, "data=", IN_DATA, "as many octets as may be, as \"text\" or in hex")                   \
    X(AT, "at=", IN_MALFORMED, "the offset of the trouble")                                        \
    X(FIELD, "field=", IN_MALFORMED, "the field that has the trouble")                             \
    X(WHY, "why=", IN_MALFORMED, "the trouble")                                                    \
    X(RAW, "raw=", IN_MALFORMED, "octets in hex, or -")

#define KEY_SYMBOL(sym, word, in, value) KEY_##sym,
#define KEY_ROW(sym, word, in, value) { word, in, value },

typedef enum key { KEYS(KEY_SYMBOL) KEY_COUNT } key;

static const struct {
    const char *word;
    unsigned in;
    const char *value;
} keys[] = { KEYS(KEY_ROW) };

static const char malformed_word[] = "malformed-rc-message";

const char *rc_packing_str(rc_packing packing)
{
    switch (packing) {
    case RC_PACKING_NONE:
        return "none";
    case RC_PACKING_RLE:
        return "rle";
    case RC_PACKING_ZLIB:
        return "zlib";
    }
    return "unknown";
}

const char *rc_bye_str(rc_bye bye)
{
    switch (bye) {
    case RC_BYE_CLOSED:
        return "closed";
    case RC_BYE_STOPPED:
        return "stopped";
    case RC_BYE_NONSENSE:
        return "nonsense";
    }
    return "unknown";
}

const char *rc_text_kind(const rc_packet *p)
{
    if (p->err)
        return malformed_word;
    switch (p->m.type) {
#define KIND(sym, word)                                                                            \
    case RC_MSG_##sym:                                                                             \
        return "rc-" word;
        RC_MSG_TYPES(KIND)
#undef KIND
    }
    return "unknown";
}

/* ---- Octets -------------------------------------------------------------------------------- */

bool rc_packet_rd(rc_packet *p, const uint8_t *bytes, size_t n)
{
    nbt_rd r;
    nbt_rd_init(&r, bytes, n);
    rc_msg_rd(&r, &p->m);
    p->err = r.err;
    p->err_at = r.err_at;
    p->err_field = r.err_field;
    p->bytes = (nbt_bytes){ bytes, n };
    return !r.err;
}

void rc_packet_note(nbt_spans *spans, const uint8_t *bytes, size_t n)
{
    rc_msg m;
    nbt_rd r;
    nbt_rd_init(&r, bytes, n);
    r.spans = spans;
    rc_msg_rd(&r, &m);
}

void rc_packet_wr(nbt_wr *w, const rc_packet *p)
{
    if (p->err)
        nbt_wr_bytes(w, p->bytes.p, p->bytes.n, "raw");
    else
        rc_msg_wr(w, &p->m);
}

/* ---- Printing ------------------------------------------------------------------------------ */

typedef struct out {
    char *buf;
    size_t room; /* characters that fit, the NUL not counted */
    size_t len;  /* of the whole line, whether it fits or not */
} out;

static void put(out *o, const char *s, size_t n)
{
    if (o->len < o->room)
        memcpy(o->buf + o->len, s, n < o->room - o->len ? n : o->room - o->len);
    o->len += n;
}

static void put_str(out *o, const char *s)
{
    put(o, s, strlen(s));
}

static void put_key(out *o, key k)
{
    put(o, " ", 1);
    put_str(o, keys[k].word);
}

static void put_dec(out *o, uint32_t v)
{
    char digits[10];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    put(o, digits + at, sizeof digits - at);
}

static void put_num(out *o, key k, uint32_t v)
{
    put_key(o, k);
    put_dec(o, v);
}

static void put_word(out *o, key k, const char *word)
{
    put_key(o, k);
    for (; *word; word++)
        put(o, *word == ' ' ? "-" : word, 1);
}

static void put_hex(out *o, nbt_bytes b)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < b.n; i++) {
        put(o, &digits[b.p[i] >> 4], 1);
        put(o, &digits[b.p[i] & 15], 1);
    }
}

static void put_octets(out *o, key k, nbt_bytes b)
{
    put_key(o, k);
    put_hex(o, b);
    if (b.n == 0)
        put(o, "-", 1);
}

/* What people have written reads better as text, even if some of it cannot be seen. */
static void put_text(out *o, key k, nbt_bytes b)
{
    put_key(o, k);
    put(o, "\"", 1);
    for (size_t i = 0; i < b.n; i++) {
        nbt_bytes one = { b.p + i, 1 };
        if (nbt_word_is_text(one)) {
            put(o, (const char *)one.p, 1);
        } else {
            put(o, "\\x", 2);
            put_hex(o, one);
        }
    }
    put(o, "\"", 1);
}

static void put_ticket(out *o, uint32_t v)
{
    const uint8_t octets[] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
                               (uint8_t)v };
    put_key(o, KEY_TICKET);
    put(o, "0x", 2);
    put_hex(o, (nbt_bytes){ octets, sizeof octets });
}

static void put_data(out *o, const rc_msg *m)
{
    put_num(o, KEY_LENGTH, (uint32_t)m->data.n);
    if (m->data.n == 0)
        return;
    if ((1U << m->type & IN_TEXT) || (m->data.n > 2 && nbt_word_is_text(m->data)))
        put_text(o, KEY_DATA, m->data);
    else
        put_octets(o, KEY_DATA, m->data);
}

static void put_rights(out *o, const rc_msg *m)
{
    const char *between = "";
    put_key(o, KEY_PACKINGS);
    for (rc_packing packing = RC_PACKING_NONE; packing <= RC_PACKING_ZLIB; packing++) {
        if (!(m->packings & 1U << packing))
            continue;
        put_str(o, between);
        put_str(o, rc_packing_str(packing));
        between = ",";
    }
    if (m->packings == 0)
        put(o, "-", 1);
    put_text(o, KEY_USER, m->user);
}

static void put_digest(out *o, const rc_msg *m)
{
    put_octets(o, KEY_DIGEST, (nbt_bytes){ m->digest, RC_DIGEST_LEN });
}

static void print_words(out *o, const rc_msg *m)
{
    switch (m->type) {
    case RC_MSG_RIGHTS:
        put_rights(o, m);
        return;
    case RC_MSG_WAIT:
        put_num(o, KEY_SECONDS, m->seconds);
        return;
    case RC_MSG_VERDICT:
        put_word(o, KEY_VERDICT, rc_verdict_str(m->verdict));
        put_ticket(o, m->ticket);
        return;
    case RC_MSG_OPEN:
        put_ticket(o, m->ticket);
        return;
    case RC_MSG_OPENED:
        put_word(o, KEY_VERDICT, rc_verdict_str(m->verdict));
        put_num(o, KEY_COLUMNS, m->columns);
        put_num(o, KEY_ROWS, m->rows);
        return;
    case RC_MSG_SCREEN:
        put_word(o, KEY_PACKING, rc_packing_str(m->packing));
        put_num(o, KEY_UNPACKED, m->unpacked);
        put_data(o, m);
        return;
    case RC_MSG_KEYS:
    case RC_MSG_FETCH:
    case RC_MSG_STORE:
    case RC_MSG_CHAT:
    case RC_MSG_EXECUTE:
        put_data(o, m);
        return;
    case RC_MSG_PING:
    case RC_MSG_PONG:
        put_num(o, KEY_SERIAL, m->serial);
        put_data(o, m);
        return;
    case RC_MSG_BYE:
        put_word(o, KEY_REASON, rc_bye_str(m->bye));
        return;
    case RC_MSG_FUNCTION:
        put_word(o, KEY_FUNCTION, rc_function_str(m->function));
        return;
    case RC_MSG_HAVE:
        put_num(o, KEY_OFFSET, m->offset);
        put_digest(o, m);
        return;
    case RC_MSG_BEGIN:
        put_num(o, KEY_SIZE, m->size);
        put_num(o, KEY_OFFSET, m->offset);
        return;
    case RC_MSG_PIECE:
        put_num(o, KEY_OFFSET, m->offset);
        put_data(o, m);
        return;
    case RC_MSG_WHOLE:
        put_num(o, KEY_SIZE, m->size);
        put_digest(o, m);
        return;
    case RC_MSG_RESULT:
        put_word(o, KEY_RESULT, rc_result_str(m->result));
        return;
    case RC_MSG_REBOOT:
        return;
    }
}

static void print_name(out *o, const rc_msg *m)
{
    char text[NBT_NAME_STR_MAX];
    put(o, " ", 1);
    if (m->type == RC_MSG_RIGHTS)
        put(o, text, nbt_name16_print(m->machine, text, sizeof text));
    else
        put(o, "-", 1);
}

static void print_malformed(out *o, const rc_packet *p)
{
    put_num(o, KEY_AT, (uint32_t)p->err_at);
    put_word(o, KEY_FIELD, p->err_field ? p->err_field : "-");
    put_word(o, KEY_WHY, nbt_err_str(p->err));
    put_octets(o, KEY_RAW, p->bytes);
}

size_t rc_text_print(const rc_packet *p, char *buf, size_t cap)
{
    out o = { .buf = buf, .room = cap > 0 ? cap - 1 : 0 };
    put_str(&o, rc_text_kind(p));
    if (p->err) {
        print_malformed(&o, p);
    } else {
        print_name(&o, &p->m);
        print_words(&o, &p->m);
    }
    if (cap > 0)
        buf[o.len < o.room ? o.len : o.room] = '\0';
    return o.len;
}

/* ---- Parsing ------------------------------------------------------------------------------- */

/* A line cut into words. The first trouble sticks. */
typedef struct line {
    const char *text, *end;
    unsigned in;           /* which words may stand in it */
    nbt_word name;         /* p is NULL where there is none */
    nbt_word w[KEY_COUNT]; /* the values; the same */
    nbt_wr arena;
    bool bad;
    nbt_text_err err;
} line;

static void fail(line *l, const char *at, const char *why, const char *expected)
{
    if (l->bad)
        return;
    l->bad = true;
    l->err = (nbt_text_err){ (size_t)(at - l->text) + 1, why, expected };
}

static void fail_value(line *l, key k, const char *at)
{
    fail(l, at, "not a value that this can have", keys[k].value);
}

static bool need(line *l, key k)
{
    if (!l->w[k].p)
        fail(l, l->end, "a word is missing", keys[k].word);
    return l->w[k].p != NULL;
}

static uint32_t get_num(line *l, key k, uint32_t max)
{
    nbt_word w = l->w[k];
    uint32_t v = 0;
    if (need(l, k) && (!nbt_word_eat_num(&w, max, &v) || w.n > 0))
        fail_value(l, k, w.p);
    return v;
}

static nbt_bytes get_octets(line *l, key k, size_t max)
{
    nbt_word w = l->w[k];
    nbt_bytes octets = { NULL, 0 };
    if (!w.p)
        return octets;
    if (!nbt_word_eat_octets(&w, &l->arena, &octets) || octets.n > max)
        fail_value(l, k, w.p);
    if (l->arena.err)
        fail(l, l->text, "the arena is too small", "as many octets as the line has characters");
    return octets;
}

static rc_verdict get_verdict(line *l)
{
    if (need(l, KEY_VERDICT)) {
#define X(sym, value, word, meaning)                                                               \
    if (nbt_word_eq(l->w[KEY_VERDICT], word))                                                      \
        return RC_VERDICT_##sym;
        RC_VERDICTS(X)
#undef X
        fail_value(l, KEY_VERDICT, l->w[KEY_VERDICT].p);
    }
    return RC_VERDICT_GRANTED;
}

static bool find_packing(nbt_word w, rc_packing *packing)
{
    *packing = RC_PACKING_NONE;
    while (*packing < RC_PACKING_ZLIB && !nbt_word_eq(w, rc_packing_str(*packing)))
        ++*packing;
    return nbt_word_eq(w, rc_packing_str(*packing));
}

static rc_packing get_packing(line *l)
{
    rc_packing packing = RC_PACKING_NONE;
    if (need(l, KEY_PACKING) && !find_packing(l->w[KEY_PACKING], &packing))
        fail_value(l, KEY_PACKING, l->w[KEY_PACKING].p);
    return packing;
}

static uint8_t get_packings(line *l)
{
    nbt_word w = l->w[KEY_PACKINGS];
    unsigned set = 0;
    if (!need(l, KEY_PACKINGS) || nbt_word_eq(w, "-"))
        return 0;
    do {
        const char *comma = w.n > 0 ? memchr(w.p, ',', w.n) : NULL;
        nbt_word one = { w.p, comma ? (size_t)(comma - w.p) : w.n };
        rc_packing packing;
        if (!find_packing(one, &packing) || (set & 1U << packing)) {
            fail_value(l, KEY_PACKINGS, w.p);
            return 0;
        }
        set |= 1U << packing;
        w.p += one.n;
        w.n -= one.n;
    } while (nbt_word_eat(&w, ","));
    return (uint8_t)set;
}

static rc_bye get_reason(line *l)
{
    rc_bye bye = RC_BYE_CLOSED;
    if (!need(l, KEY_REASON))
        return bye;
    while (bye < RC_BYE_NONSENSE && !nbt_word_eq(l->w[KEY_REASON], rc_bye_str(bye)))
        bye++;
    if (!nbt_word_eq(l->w[KEY_REASON], rc_bye_str(bye)))
        fail_value(l, KEY_REASON, l->w[KEY_REASON].p);
    return bye;
}

static rc_function get_function(line *l)
{
    rc_function function = RC_FUNCTION_CONTROL;
    nbt_word w = l->w[KEY_FUNCTION];
    if (need(l, KEY_FUNCTION) && !rc_function_parse(&function, w.p, w.n))
        fail_value(l, KEY_FUNCTION, w.p);
    return function;
}

static rc_result get_result(line *l)
{
    rc_result result = RC_RESULT_DONE;
    if (!need(l, KEY_RESULT))
        return result;
    while (result < RC_RESULT_STOPPED && !nbt_word_eq(l->w[KEY_RESULT], rc_result_str(result)))
        result++;
    if (!nbt_word_eq(l->w[KEY_RESULT], rc_result_str(result)))
        fail_value(l, KEY_RESULT, l->w[KEY_RESULT].p);
    return result;
}

static void get_digest(line *l, rc_msg *m)
{
    if (!need(l, KEY_DIGEST))
        return;
    nbt_bytes digest = get_octets(l, KEY_DIGEST, RC_DIGEST_LEN);
    if (digest.n == RC_DIGEST_LEN)
        memcpy(m->digest, digest.p, RC_DIGEST_LEN);
    else
        fail_value(l, KEY_DIGEST, l->w[KEY_DIGEST].p);
}

static nbt_bytes get_data(line *l, size_t min, size_t max)
{
    nbt_bytes data = get_octets(l, KEY_DATA, max);
    if (data.n < min && need(l, KEY_DATA))
        fail_value(l, KEY_DATA, l->w[KEY_DATA].p);
    if (l->w[KEY_LENGTH].p && get_num(l, KEY_LENGTH, UINT32_MAX) != data.n)
        fail_value(l, KEY_LENGTH, l->w[KEY_LENGTH].p);
    return data;
}

static void get_machine(line *l, rc_msg *m)
{
    nbt_name name;
    if (!nbt_name_parse(&name, l->name.p, l->name.n) || name.form != NBT_NAME_NETBIOS ||
        name.scope.len > 0)
        fail(l, l->name.p, "not the name of a machine", "16 octets such as CONSOLE<41>");
    else
        memcpy(m->machine, name.b, sizeof m->machine);
}

static void parse_words(line *l, rc_msg *m)
{
    switch (m->type) {
    case RC_MSG_RIGHTS:
        get_machine(l, m);
        m->packings = get_packings(l);
        need(l, KEY_USER);
        m->user = get_octets(l, KEY_USER, RC_USER_MAX);
        return;
    case RC_MSG_WAIT:
        m->seconds = (uint16_t)get_num(l, KEY_SECONDS, UINT16_MAX);
        return;
    case RC_MSG_VERDICT:
        m->verdict = get_verdict(l);
        m->ticket = get_num(l, KEY_TICKET, UINT32_MAX);
        return;
    case RC_MSG_OPEN:
        m->ticket = get_num(l, KEY_TICKET, UINT32_MAX);
        return;
    case RC_MSG_OPENED:
        m->verdict = get_verdict(l);
        m->columns = (uint8_t)get_num(l, KEY_COLUMNS, UINT8_MAX);
        m->rows = (uint8_t)get_num(l, KEY_ROWS, UINT8_MAX);
        return;
    case RC_MSG_SCREEN:
        m->packing = get_packing(l);
        m->unpacked = (uint16_t)get_num(l, KEY_UNPACKED, UINT16_MAX);
        m->data = get_data(l, 0, RC_MSG_MAX);
        return;
    case RC_MSG_KEYS:
        m->data = get_data(l, 1, RC_KEYS_MAX);
        return;
    case RC_MSG_PING:
    case RC_MSG_PONG:
        m->serial = get_num(l, KEY_SERIAL, UINT32_MAX);
        m->data = get_data(l, 0, RC_PING_MAX);
        return;
    case RC_MSG_BYE:
        m->bye = get_reason(l);
        return;
    case RC_MSG_FUNCTION:
        m->function = get_function(l);
        return;
    case RC_MSG_FETCH:
    case RC_MSG_STORE:
        m->data = get_data(l, 1, RC_FILE_NAME_MAX);
        return;
    case RC_MSG_CHAT:
    case RC_MSG_EXECUTE:
        m->data = get_data(l, 1, RC_TEXT_MAX);
        return;
    case RC_MSG_HAVE:
        m->offset = get_num(l, KEY_OFFSET, UINT32_MAX);
        get_digest(l, m);
        return;
    case RC_MSG_BEGIN:
        m->size = get_num(l, KEY_SIZE, UINT32_MAX);
        m->offset = get_num(l, KEY_OFFSET, UINT32_MAX);
        return;
    case RC_MSG_PIECE:
        m->offset = get_num(l, KEY_OFFSET, UINT32_MAX);
        m->data = get_data(l, 1, RC_PIECE_MAX);
        return;
    case RC_MSG_WHOLE:
        m->size = get_num(l, KEY_SIZE, UINT32_MAX);
        get_digest(l, m);
        return;
    case RC_MSG_RESULT:
        m->result = get_result(l);
        return;
    case RC_MSG_REBOOT:
        return;
    }
}

static void file_word(line *l, nbt_word w)
{
    key k = 0;
    nbt_word value = w;
    while (k < KEY_COUNT && !nbt_word_eat(&value, keys[k].word))
        k++;
    if (k == KEY_COUNT)
        fail(l, w.p, "an unknown word", "a word of rc/text.h");
    else if (!(keys[k].in & l->in))
        fail(l, w.p, "this kind of message has no such word", "a word of its kind");
    else if (l->w[k].p)
        fail(l, w.p, "this was said before", "every word once");
    else
        l->w[k] = value;
}

/* Files all words behind KIND. A malformed message has no NAME. */
static void file_words(line *l, const char *at)
{
    bool name_next = l->in != IN_MALFORMED;
    while (at < l->end && !l->bad) {
        nbt_word w = nbt_word_next(at + 1, l->end);
        if (w.n == 0)
            fail(l, w.p, "an empty word", "words with one space between them");
        else if (name_next)
            l->name = w;
        else
            file_word(l, w);
        name_next = false;
        at = w.p + w.n;
    }
    if (name_next)
        fail(l, l->end, "a word is missing", "the NAME, or -");
}

static bool find_kind(nbt_word w, line *l, rc_msg *m)
{
    if (nbt_word_eq(w, malformed_word)) {
        l->in = IN_MALFORMED;
        return true;
    }
#define KIND(sym, word)                                                                            \
    if (nbt_word_eq(w, "rc-" word)) {                                                              \
        m->type = RC_MSG_##sym;                                                                    \
        l->in = IN(sym);                                                                           \
        return true;                                                                               \
    }
    RC_MSG_TYPES(KIND)
#undef KIND
    return false;
}

/* What is said of the trouble is explanation; the octets count, and they must have some. */
static void parse_malformed(line *l, rc_packet *p)
{
    if (!need(l, KEY_RAW))
        return;
    nbt_bytes raw = get_octets(l, KEY_RAW, l->arena.cap);
    if (rc_packet_rd(p, raw.p, raw.n))
        fail(l, l->w[KEY_RAW].p, "raw= can be read", rc_text_kind(p));
}

bool rc_text_parse(rc_packet *p, const char *text, size_t len, uint8_t *arena, size_t arena_cap,
                   nbt_text_err *err)
{
    line l;
    memset(&l, 0, sizeof l);
    memset(p, 0, sizeof *p);
    l.text = text;
    l.end = text + len;
    nbt_wr_init(&l.arena, arena, arena_cap);
    nbt_word kind = nbt_word_next(text, l.end);
    if (!find_kind(kind, &l, &p->m))
        fail(&l, text, "not a kind of message", "rc-rights, rc-wait, ... malformed-rc-message");
    else
        file_words(&l, kind.p + kind.n);
    if (!l.bad && l.in == IN_MALFORMED)
        parse_malformed(&l, p);
    else if (!l.bad && p->m.type != RC_MSG_RIGHTS && !nbt_word_eq(l.name, "-"))
        fail(&l, l.name.p, "this kind of message is about no name", "-");
    else if (!l.bad)
        parse_words(&l, &p->m);
    if (l.bad)
        *err = l.err;
    return !l.bad;
}
