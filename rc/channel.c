/*
 * The messages of a remote-control session: each body's reading and writing side by side. Nothing
 * here knows which message may come when; that is in viewer.c and agent.c.
 */
#include "rc/channel.h"

#include <string.h>

const char *rc_msg_type_str(rc_msg_type type)
{
    switch (type) {
#define X(sym, word)                                                                               \
    case RC_MSG_##sym:                                                                             \
        return word;
        RC_MSG_TYPES(X)
#undef X
    }
    return "unknown";
}

const char *rc_verdict_str(rc_verdict verdict)
{
    switch (verdict) {
#define X(sym, value, word, meaning)                                                               \
    case RC_VERDICT_##sym:                                                                         \
        return word;
        RC_VERDICTS(X)
#undef X
    }
    return "unknown";
}

const char *rc_function_str(rc_function function)
{
    switch (function) {
#define X(sym, value, word)                                                                        \
    case RC_FUNCTION_##sym:                                                                        \
        return word;
        RC_FUNCTIONS(X)
#undef X
    }
    return "unknown";
}

bool rc_function_parse(rc_function *function, const char *text, size_t len)
{
#define X(sym, value, word)                                                                        \
    if (len == sizeof word - 1 && memcmp(text, word, len) == 0) {                                  \
        *function = RC_FUNCTION_##sym;                                                             \
        return true;                                                                               \
    }
    RC_FUNCTIONS(X)
#undef X
    return false;
}

const char *rc_result_str(rc_result result)
{
    switch (result) {
#define X(sym, value, word, meaning)                                                               \
    case RC_RESULT_##sym:                                                                          \
        return word;
        RC_RESULTS(X)
#undef X
    }
    return "unknown";
}

const char *rc_result_meaning(rc_result result)
{
    switch (result) {
#define X(sym, value, word, meaning)                                                               \
    case RC_RESULT_##sym:                                                                          \
        return meaning;
        RC_RESULTS(X)
#undef X
    }
    return "unknown";
}

/* An octet of which only 0 to `last` is known. */
static unsigned known_rd(nbt_rd *r, unsigned last, const char *field)
{
    size_t at = r->at;
    unsigned value = nbt_rd_u8(r, field);
    if (value > last)
        nbt_rd_fail(r, NBT_ERR_VALUE, at, field);
    return value;
}

/* What is left, at least `min` and at most `max` octets. */
static nbt_bytes rest_rd(nbt_rd *r, size_t min, size_t max, const char *field)
{
    size_t at = r->at, left = nbt_rd_left(r);
    if (left > max)
        nbt_rd_fail(r, NBT_ERR_LONG, at, field);
    return nbt_rd_bytes(r, left < min ? min : left, field);
}

static void rest_wr(nbt_wr *w, nbt_bytes rest, size_t max, const char *field)
{
    if (rest.n > max)
        nbt_wr_fail(w, NBT_ERR_LONG, field);
    nbt_wr_bytes(w, rest.p, rest.n, field);
}

static void rights_rd(nbt_rd *r, rc_msg *m)
{
    nbt_bytes machine = nbt_rd_bytes(r, NBT_NAME_LEN, "MACHINE");
    if (machine.n > 0)
        memcpy(m->machine, machine.p, NBT_NAME_LEN);
    m->packings = (uint8_t)known_rd(r, RC_PACKINGS_ALL, "PACKINGS");
    size_t at = r->at, n = nbt_rd_u8(r, "USER length");
    if (n > RC_USER_MAX)
        nbt_rd_fail(r, NBT_ERR_LONG, at, "USER length");
    m->user = nbt_rd_bytes(r, n, "USER");
}

static void rights_wr(nbt_wr *w, const rc_msg *m)
{
    nbt_wr_bytes(w, m->machine, NBT_NAME_LEN, "MACHINE");
    nbt_wr_u8(w, m->packings, "PACKINGS");
    nbt_wr_u8(w, m->user.n, "USER length");
    rest_wr(w, m->user, RC_USER_MAX, "USER");
}

static void verdict_rd(nbt_rd *r, rc_msg *m)
{
    m->verdict = (rc_verdict)known_rd(r, RC_VERDICT_NO_FUNCTION, "VERDICT");
    m->ticket = nbt_rd_u32(r, "TICKET");
}

static void verdict_wr(nbt_wr *w, const rc_msg *m)
{
    nbt_wr_u8(w, m->verdict, "VERDICT");
    nbt_wr_u32(w, m->ticket, "TICKET");
}

static void opened_rd(nbt_rd *r, rc_msg *m)
{
    m->verdict = (rc_verdict)known_rd(r, RC_VERDICT_NO_FUNCTION, "VERDICT");
    m->columns = nbt_rd_u8(r, "COLUMNS");
    m->rows = nbt_rd_u8(r, "ROWS");
}

static void opened_wr(nbt_wr *w, const rc_msg *m)
{
    nbt_wr_u8(w, m->verdict, "VERDICT");
    nbt_wr_u8(w, m->columns, "COLUMNS");
    nbt_wr_u8(w, m->rows, "ROWS");
}

static void screen_rd(nbt_rd *r, rc_msg *m)
{
    m->packing = (rc_packing)known_rd(r, RC_PACKING_ZLIB, "PACKING");
    m->unpacked = nbt_rd_u16(r, "UNPACKED");
    m->data = rest_rd(r, 0, RC_MSG_MAX, "DATA");
}

static void screen_wr(nbt_wr *w, const rc_msg *m)
{
    nbt_wr_u8(w, m->packing, "PACKING");
    nbt_wr_u16(w, m->unpacked, "UNPACKED");
    rest_wr(w, m->data, RC_MSG_MAX, "DATA");
}

static void ping_rd(nbt_rd *r, rc_msg *m)
{
    m->serial = nbt_rd_u32(r, "SERIAL");
    m->data = rest_rd(r, 0, RC_PING_MAX, "DATA");
}

static void ping_wr(nbt_wr *w, const rc_msg *m)
{
    nbt_wr_u32(w, m->serial, "SERIAL");
    rest_wr(w, m->data, RC_PING_MAX, "DATA");
}

static void digest_rd(nbt_rd *r, rc_msg *m)
{
    nbt_bytes digest = nbt_rd_bytes(r, RC_DIGEST_LEN, "DIGEST");
    if (digest.n > 0)
        memcpy(m->digest, digest.p, RC_DIGEST_LEN);
}

static void digest_wr(nbt_wr *w, const rc_msg *m)
{
    nbt_wr_bytes(w, m->digest, RC_DIGEST_LEN, "DIGEST");
}

/* How many octets the text of these types may have. */
static size_t text_max(rc_msg_type type)
{
    return type == RC_MSG_FETCH || type == RC_MSG_STORE ? RC_FILE_NAME_MAX : RC_TEXT_MAX;
}

static void body_rd(nbt_rd *r, rc_msg *m)
{
    switch (m->type) {
    case RC_MSG_RIGHTS:
        rights_rd(r, m);
        return;
    case RC_MSG_WAIT:
        m->seconds = nbt_rd_u16(r, "SECONDS");
        return;
    case RC_MSG_VERDICT:
        verdict_rd(r, m);
        return;
    case RC_MSG_OPEN:
        m->ticket = nbt_rd_u32(r, "TICKET");
        return;
    case RC_MSG_OPENED:
        opened_rd(r, m);
        return;
    case RC_MSG_SCREEN:
        screen_rd(r, m);
        return;
    case RC_MSG_KEYS:
        m->data = rest_rd(r, 1, RC_KEYS_MAX, "DATA");
        return;
    case RC_MSG_PING:
    case RC_MSG_PONG:
        ping_rd(r, m);
        return;
    case RC_MSG_BYE:
        m->bye = (rc_bye)known_rd(r, RC_BYE_NONSENSE, "REASON");
        return;
    case RC_MSG_FUNCTION:
        m->function = (rc_function)known_rd(r, RC_FUNCTION_LAST, "FUNCTION");
        return;
    case RC_MSG_FETCH:
    case RC_MSG_STORE:
    case RC_MSG_CHAT:
    case RC_MSG_EXECUTE:
        m->data = rest_rd(r, 1, text_max(m->type), "DATA");
        return;
    case RC_MSG_HAVE:
        m->offset = nbt_rd_u32(r, "OFFSET");
        digest_rd(r, m);
        return;
    case RC_MSG_BEGIN:
        m->size = nbt_rd_u32(r, "SIZE");
        m->offset = nbt_rd_u32(r, "OFFSET");
        return;
    case RC_MSG_PIECE:
        m->offset = nbt_rd_u32(r, "OFFSET");
        m->data = rest_rd(r, 1, RC_PIECE_MAX, "DATA");
        return;
    case RC_MSG_WHOLE:
        m->size = nbt_rd_u32(r, "SIZE");
        digest_rd(r, m);
        return;
    case RC_MSG_RESULT:
        m->result = (rc_result)known_rd(r, RC_RESULT_STOPPED, "RESULT");
        return;
    case RC_MSG_REBOOT:
        return;
    }
}

static void body_wr(nbt_wr *w, const rc_msg *m)
{
    switch (m->type) {
    case RC_MSG_RIGHTS:
        rights_wr(w, m);
        return;
    case RC_MSG_WAIT:
        nbt_wr_u16(w, m->seconds, "SECONDS");
        return;
    case RC_MSG_VERDICT:
        verdict_wr(w, m);
        return;
    case RC_MSG_OPEN:
        nbt_wr_u32(w, m->ticket, "TICKET");
        return;
    case RC_MSG_OPENED:
        opened_wr(w, m);
        return;
    case RC_MSG_SCREEN:
        screen_wr(w, m);
        return;
    case RC_MSG_KEYS:
        rest_wr(w, m->data, RC_KEYS_MAX, "DATA");
        return;
    case RC_MSG_PING:
    case RC_MSG_PONG:
        ping_wr(w, m);
        return;
    case RC_MSG_BYE:
        nbt_wr_u8(w, m->bye, "REASON");
        return;
    case RC_MSG_FUNCTION:
        nbt_wr_u8(w, m->function, "FUNCTION");
        return;
    case RC_MSG_FETCH:
    case RC_MSG_STORE:
    case RC_MSG_CHAT:
    case RC_MSG_EXECUTE:
        rest_wr(w, m->data, text_max(m->type), "DATA");
        return;
    case RC_MSG_HAVE:
        nbt_wr_u32(w, m->offset, "OFFSET");
        digest_wr(w, m);
        return;
    case RC_MSG_BEGIN:
        nbt_wr_u32(w, m->size, "SIZE");
        nbt_wr_u32(w, m->offset, "OFFSET");
        return;
    case RC_MSG_PIECE:
        nbt_wr_u32(w, m->offset, "OFFSET");
        rest_wr(w, m->data, RC_PIECE_MAX, "DATA");
        return;
    case RC_MSG_WHOLE:
        nbt_wr_u32(w, m->size, "SIZE");
        digest_wr(w, m);
        return;
    case RC_MSG_RESULT:
        nbt_wr_u8(w, m->result, "RESULT");
        return;
    case RC_MSG_REBOOT:
        return;
    }
}

void rc_msg_rd(nbt_rd *r, rc_msg *m)
{
    rc_msg read;
    memset(&read, 0, sizeof read);
    size_t at = r->at;
    if (nbt_rd_u8(r, "VERSION") != RC_CHANNEL_VERSION)
        nbt_rd_fail(r, NBT_ERR_VALUE, at, "VERSION");
    at = r->at;
    unsigned type = nbt_rd_u8(r, "TYPE");
    if (type < RC_MSG_RIGHTS || type > RC_MSG_TYPE_LAST) {
        nbt_rd_fail(r, NBT_ERR_VALUE, at, "TYPE");
        return;
    }
    read.type = (rc_msg_type)type;
    body_rd(r, &read);
    if (nbt_rd_left(r) > 0)
        nbt_rd_fail(r, NBT_ERR_EXTRA, r->at, "message");
    if (!r->err)
        *m = read;
}

bool rc_msg_begins(nbt_bytes bytes)
{
    return bytes.n >= 2 && bytes.p[0] == RC_CHANNEL_VERSION && bytes.p[1] >= RC_MSG_RIGHTS &&
           bytes.p[1] <= RC_MSG_TYPE_LAST;
}

void rc_msg_wr(nbt_wr *w, const rc_msg *m)
{
    nbt_wr_u8(w, RC_CHANNEL_VERSION, "VERSION");
    nbt_wr_u8(w, m->type, "TYPE");
    body_wr(w, m);
}

void rc_frame_wr(nbt_wr *w, const rc_msg *m)
{
    size_t length = nbt_wr_reserve16(w, "LENGTH");
    rc_msg_wr(w, m);
    nbt_wr_fill16(w, length, "LENGTH");
}

void rc_framer_init(rc_framer *f)
{
    f->n = 0;
}

/* Takes from `in` until f holds `want` octets. */
static bool fill(rc_framer *f, nbt_bytes *in, size_t want)
{
    size_t n = want - f->n;
    if (n > in->n)
        n = in->n;
    if (n > 0) { /* p may be NULL for no bytes */
        memcpy(f->b + f->n, in->p, n);
        f->n += n;
        in->p += n;
        in->n -= n;
    }
    return f->n == want;
}

rc_framed rc_framer_next(rc_framer *f, nbt_bytes *in, nbt_bytes *msg)
{
    if (f->n < 2 && !fill(f, in, 2))
        return RC_FRAMED_MORE;
    size_t n = (size_t)f->b[0] << 8 | f->b[1];
    if (n == 0 || n > RC_MSG_MAX)
        return RC_FRAMED_BAD;
    if (!fill(f, in, 2 + n))
        return RC_FRAMED_MORE;
    *msg = (nbt_bytes){ f->b + 2, n };
    f->n = 0;
    return RC_FRAMED_MSG;
}
