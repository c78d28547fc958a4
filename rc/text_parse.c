/*
 * The text form of remote-control messages and segments, read: the words of rc/text_impl.h.
 */
#include "rc/text_impl.h"
#include "nbt/word.h"

#include <string.h>

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
    fail(l, at, "not a value that this can have", rc_text_keys[k].value);
}

static bool need(line *l, key k)
{
    if (!l->w[k].p)
        fail(l, l->end, "a word is missing", rc_text_keys[k].word);
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

static void parse_segment(line *l, rc_udp_seg *seg)
{
    seg->id = get_num(l, KEY_STREAM, UINT32_MAX);
    seg->number = get_num(l, KEY_NUMBER, UINT32_MAX);
    seg->ack = get_num(l, KEY_ACK, UINT32_MAX);
    if (seg->kind == RC_UDP_DATA)
        seg->data = get_data(l, 1, RC_UDP_PIECE);
}

static void file_word(line *l, nbt_word w)
{
    key k = 0;
    nbt_word value = w;
    while (k < KEY_COUNT && !nbt_word_eat(&value, rc_text_keys[k].word))
        k++;
    if (k == KEY_COUNT)
        fail(l, w.p, "an unknown word", "a word of rc/text.h");
    else if (!(rc_text_keys[k].in & l->in))
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

/* The words of a kind. */
static unsigned in_of(unsigned kind)
{
    if (kind == RC_KIND_BAD_MESSAGE || kind == RC_KIND_BAD_SEGMENT)
        return IN_MALFORMED;
    if (kind == RC_KIND_SEGMENT + RC_UDP_DATA)
        return IN_DATA_SEGMENT;
    return kind > RC_KIND_SEGMENT ? (unsigned)IN_OTHER_SEGMENT : 1U << kind;
}

/* RC_KINDS where there is no such kind. */
static unsigned find_kind(nbt_word w)
{
    unsigned kind = 0;
    while (kind < RC_KINDS && !nbt_word_eq(w, rc_text_kind_str(kind)))
        kind++;
    return kind;
}

static void set_kind(rc_packet *p, unsigned kind)
{
    p->segment = kind > RC_KIND_SEGMENT;
    if (kind == RC_KIND_BAD_MESSAGE || kind == RC_KIND_BAD_SEGMENT)
        return;
    if (p->segment)
        p->seg.kind = (rc_udp_kind)(kind - RC_KIND_SEGMENT);
    else
        p->m.type = (rc_msg_type)kind;
}

static const char all_kinds[] = "rc-rights, rc-udp-data, ... malformed-rc-message";

/* What is said of the trouble is explanation; the octets count, and they must have some. */
static void parse_malformed(line *l, rc_packet *p)
{
    if (!need(l, KEY_RAW))
        return;
    nbt_bytes raw = get_octets(l, KEY_RAW, l->arena.cap);
    if (p->segment ? rc_packet_rd_segment(p, raw.p, raw.n) : rc_packet_rd(p, raw.p, raw.n))
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
    nbt_word first = nbt_word_next(text, l.end);
    unsigned kind = find_kind(first);
    if (kind == RC_KINDS) {
        fail(&l, text, "not a kind of message", all_kinds);
    } else {
        l.in = in_of(kind);
        set_kind(p, kind);
        file_words(&l, first.p + first.n);
    }
    bool named = kind == (unsigned)RC_MSG_RIGHTS;
    if (!l.bad && l.in == IN_MALFORMED)
        parse_malformed(&l, p);
    else if (!l.bad && !named && !nbt_word_eq(l.name, "-"))
        fail(&l, l.name.p, "this kind of message is about no name", "-");
    else if (!l.bad && p->segment)
        parse_segment(&l, &p->seg);
    else if (!l.bad)
        parse_words(&l, &p->m);
    if (l.bad)
        *err = l.err;
    return !l.bad;
}

bool rc_text_may_say(const char *kind_text, size_t kind_len, const char *word, size_t len,
                     nbt_text_err *err)
{
    line l;
    nbt_word kind_word = { kind_text, kind_len };
    bool any = nbt_word_eq(kind_word, "*");
    unsigned kind = any ? 0 : find_kind(kind_word);
    memset(&l, 0, sizeof l);
    if (kind == RC_KINDS) {
        *err = (nbt_text_err){ 1, "not a kind of message", all_kinds };
        return false;
    }
    if (len == 0)
        return true;
    l.text = word;
    l.end = word + len;
    l.in = any ? ~0U : in_of(kind);
    file_word(&l, (nbt_word){ word, len });
    if (l.bad)
        *err = l.err;
    return !l.bad;
}

bool rc_text_has_key(const char *text, size_t len)
{
    for (size_t k = 0; k < KEY_COUNT; k++) {
        size_t n = strlen(rc_text_keys[k].word) - 1; /* without the = */
        if (n == len && memcmp(rc_text_keys[k].word, text, n) == 0)
            return true;
    }
    return false;
}
