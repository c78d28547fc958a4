/*
 * The text form of remote-control messages and segments, printed; and what kinds of them there are.
 * Octets are read and written by rc/channel and rc/udp alone.
 */
#include "rc/text_impl.h"
#include "nbt/word.h"

#include <string.h>

#define KEY_ROW(sym, word, in, value) { word, in, value },

const rc_text_key rc_text_keys[KEY_COUNT] = { KEYS(KEY_ROW) };

/* ---- The vocabulary ------------------------------------------------------------------------ */

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

unsigned rc_packet_kind(const rc_packet *p)
{
    if (p->segment)
        return p->err ? (unsigned)RC_KIND_BAD_SEGMENT : RC_KIND_SEGMENT + (unsigned)p->seg.kind;
    return p->err ? (unsigned)RC_KIND_BAD_MESSAGE : (unsigned)p->m.type;
}

const char *rc_text_kind_str(unsigned kind)
{
    switch (kind) {
    case RC_KIND_BAD_MESSAGE:
        return "malformed-rc-message";
    case RC_KIND_BAD_SEGMENT:
        return "malformed-rc-segment";
#define KIND(sym, word)                                                                            \
    case RC_MSG_##sym:                                                                             \
        return "rc-" word;
        RC_MSG_TYPES(KIND)
#undef KIND
#define KIND(sym, code, word)                                                                      \
    case RC_KIND_SEGMENT + RC_UDP_##sym:                                                           \
        return "rc-udp-" word;
        RC_UDP_KINDS(KIND)
#undef KIND
    }
    return "unknown";
}

const char *rc_text_kind(const rc_packet *p)
{
    return rc_text_kind_str(rc_packet_kind(p));
}

/* ---- Octets -------------------------------------------------------------------------------- */

static bool was_read(rc_packet *p, const nbt_rd *r, const uint8_t *bytes, size_t n)
{
    p->err = r->err;
    p->err_at = r->err_at;
    p->err_field = r->err_field;
    p->bytes = (nbt_bytes){ bytes, n };
    return !r->err;
}

bool rc_packet_rd(rc_packet *p, const uint8_t *bytes, size_t n)
{
    nbt_rd r;
    nbt_rd_init(&r, bytes, n);
    rc_msg_rd(&r, &p->m);
    p->segment = false;
    return was_read(p, &r, bytes, n);
}

bool rc_packet_rd_segment(rc_packet *p, const uint8_t *bytes, size_t n)
{
    nbt_rd r;
    nbt_rd_init(&r, bytes, n);
    rc_udp_seg_rd(&r, &p->seg);
    p->segment = true;
    return was_read(p, &r, bytes, n);
}

void rc_packet_note(nbt_spans *spans, const rc_packet *p)
{
    rc_msg m;
    rc_udp_seg seg;
    nbt_rd r;
    nbt_rd_init(&r, p->bytes.p, p->bytes.n);
    r.spans = spans;
    if (p->segment)
        rc_udp_seg_rd(&r, &seg);
    else
        rc_msg_rd(&r, &m);
}

void rc_packet_wr(nbt_wr *w, const rc_packet *p)
{
    if (p->err)
        nbt_wr_bytes(w, p->bytes.p, p->bytes.n, "raw");
    else if (p->segment)
        rc_udp_seg_wr(w, &p->seg);
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
    put_str(o, rc_text_keys[k].word);
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

static void put_number(out *o, key k, uint32_t v)
{
    const uint8_t octets[] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
                               (uint8_t)v };
    put_key(o, k);
    put(o, "0x", 2);
    put_hex(o, (nbt_bytes){ octets, sizeof octets });
}

static void put_some(out *o, nbt_bytes data, bool text)
{
    put_num(o, KEY_LENGTH, (uint32_t)data.n);
    if (data.n == 0)
        return;
    if (text || (data.n > 2 && nbt_word_is_text(data)))
        put_text(o, KEY_DATA, data);
    else
        put_octets(o, KEY_DATA, data);
}

static void put_data(out *o, const rc_msg *m)
{
    put_some(o, m->data, 1U << m->type & IN_TEXT);
}

static void print_segment(out *o, const rc_udp_seg *seg)
{
    put_number(o, KEY_STREAM, seg->id);
    put_num(o, KEY_NUMBER, seg->number);
    put_num(o, KEY_ACK, seg->ack);
    if (seg->data.n > 0)
        put_some(o, seg->data, false);
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
        put_number(o, KEY_TICKET, m->ticket);
        return;
    case RC_MSG_OPEN:
        put_number(o, KEY_TICKET, m->ticket);
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

static void print_name(out *o, const rc_packet *p)
{
    char text[NBT_NAME_STR_MAX];
    put(o, " ", 1);
    if (!p->segment && p->m.type == RC_MSG_RIGHTS)
        put(o, text, nbt_name16_print(p->m.machine, text, sizeof text));
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
        print_name(&o, p);
        if (p->segment)
            print_segment(&o, &p->seg);
        else
            print_words(&o, &p->m);
    }
    if (cap > 0)
        buf[o.len < o.room ? o.len : o.room] = '\0';
    return o.len;
}
