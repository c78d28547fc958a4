/*
 * Messages by their fields, which the codecs note (nbt/span.h). What is in no field of the table is
 * copied only where it is a number, and else left to be zeros.
 */
#include "capture/anon_msg.h"

#include <string.h>

enum {
    SPANS_MAX = 4096, /* of more, the records at the end are zeros */
    NUMBER_MAX = 4,   /* octets of the largest number that a field holds */
    LABEL_NETBIOS = 2 * NBT_NAME_LEN,
    LABEL_TOP_BITS = 0xC0,
};

/* What is done with a field. */
typedef enum deed {
    DEED_NUMBER,
    DEED_NAME,
    DEED_SHORT_NAME,
    DEED_IP,
    DEED_MAC,
    DEED_TEXT,
    DEED_ZERO,
    DEED_USER_DATA
} deed;

static const struct {
    const char *field;
    deed deed;
} deeds[] = {
    { "QUESTION_NAME", DEED_NAME },
    { "RR_NAME", DEED_NAME },
    { "NSD_NAME", DEED_NAME },
    { "SOURCE_NAME", DEED_NAME },
    { "DESTINATION_NAME", DEED_NAME },
    { "CALLED_NAME", DEED_NAME },
    { "CALLING_NAME", DEED_NAME },
    { "NETBIOS_NAME", DEED_SHORT_NAME },
    { "MACHINE", DEED_SHORT_NAME },
    { "NB_ADDRESS", DEED_IP },
    { "NSD_IP_ADDR", DEED_IP },
    { "SOURCE_IP", DEED_IP },
    { "RETARGET_IP_ADDRESS", DEED_IP },
    { "UNIT_ID", DEED_MAC },
    { "USER", DEED_TEXT },
    { "USER_DATA", DEED_USER_DATA },
    { "DATA", DEED_ZERO },
    { "RDATA", DEED_ZERO },
    { "TRAILER", DEED_ZERO },
};

static deed deed_of(const char *field)
{
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        if (strcmp(deeds[i].field, field) == 0)
            return deeds[i].deed;
    }
    return DEED_NUMBER;
}

/* ---- Names as they are in packets ---------------------------------------------------------- */

static bool is_letter(uint8_t c)
{
    return c >= 'A' && c <= 'P';
}

/* RFC 1001 14.1: each half of an octet as a letter. */
static void put_half_ascii(const cap_anon_map *m, const uint8_t *in, uint8_t *out)
{
    uint8_t b[NBT_NAME_LEN];
    for (size_t i = 0; i < NBT_NAME_LEN; i++)
        b[i] = (uint8_t)((in[2 * i] - 'A') << 4 | (in[2 * i + 1] - 'A'));
    cap_anon_name(m, b);
    for (size_t i = 0; i < NBT_NAME_LEN; i++) {
        out[2 * i] = (uint8_t)('A' + (b[i] >> 4));
        out[2 * i + 1] = (uint8_t)('A' + (b[i] & 15));
    }
}

/* What is wrong with a name stays wrong in the same place, and nothing else of it stays. */
static void put_wrong_letters(const uint8_t *in, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = is_letter(in[i]) ? 'A' : '!';
}

static void put_label(const cap_anon_map *m, nbt_bytes in, bool first, bool wrong, uint8_t *out)
{
    size_t letters = 0;
    while (letters < in.n && is_letter(in.p[letters]))
        letters++;
    if (first && in.n == LABEL_NETBIOS && letters == in.n) {
        put_half_ascii(m, in.p, out);
    } else if (first && wrong) {
        put_wrong_letters(in.p, in.n, out);
    } else {
        memcpy(out, in.p, in.n);
        cap_anon_text(m, out, in.n);
    }
}

/*
 * A name, from its first octet on; `in` reaches to where it must end. Lengths and pointers are
 * copied. A name to which a pointer leads is its own, and one that goes on by a pointer ends there.
 */
static void put_name(const cap_anon_map *m, nbt_bytes in, bool wrong, uint8_t *out)
{
    for (size_t at = 0, labels = 0; at < in.n; labels++) {
        size_t length = in.p[at];
        out[at] = in.p[at];
        if (length & LABEL_TOP_BITS) {
            if ((length & LABEL_TOP_BITS) == LABEL_TOP_BITS && at + 1 < in.n)
                out[at + 1] = in.p[at + 1];
            return;
        }
        if (length == 0)
            return;
        at++;
        if (length > in.n - at)
            length = in.n - at;
        put_label(m, (nbt_bytes){ in.p + at, length }, labels == 0, wrong, out + at);
        at += length;
    }
}

/* ---- Fields -------------------------------------------------------------------------------- */

typedef struct job {
    const cap_anon_map *m;
    nbt_bytes all; /* the message */
    uint8_t *out;
    bool mailslot; /* its user data may be what is written to one */
    bool wrong;    /* its last field could not be read */
} job;

static void put_ip(const job *j, const nbt_span *s)
{
    nbt_rd r;
    nbt_wr w;
    nbt_rd_init(&r, j->all.p + s->at, s->n);
    nbt_wr_init(&w, j->out + s->at, s->n);
    nbt_wr_u32(&w, cap_anon_ip(j->m, nbt_rd_u32(&r, s->field)), s->field);
}

static void put_field(const job *j, const nbt_span *s, bool last)
{
    const uint8_t *in = j->all.p + s->at;
    uint8_t *out = j->out + s->at;
    deed d = deed_of(s->field);
    bool cut = last && j->wrong;
    switch (d) {
    case DEED_NUMBER:
        if (s->n <= NUMBER_MAX)
            memcpy(out, in, s->n);
        return;
    case DEED_NAME:
        put_name(j->m, (nbt_bytes){ in, cut ? j->all.n - s->at : s->n }, cut, out);
        return;
    case DEED_SHORT_NAME:
    case DEED_TEXT:
        memcpy(out, in, s->n);
        if (d == DEED_SHORT_NAME && s->n == NBT_NAME_LEN)
            cap_anon_name(j->m, out);
        else
            cap_anon_text(j->m, out, s->n);
        return;
    case DEED_IP:
        if (s->n == 4)
            put_ip(j, s);
        return;
    case DEED_MAC:
        memcpy(out, in, s->n);
        if (s->n == 6)
            cap_anon_mac(j->m, out);
        return;
    case DEED_ZERO:
        return;
    case DEED_USER_DATA:
        cap_anon_smb(j->m, (nbt_bytes){ in, s->n }, j->mailslot, out);
        return;
    }
}

static void put_fields(const job *j, const nbt_spans *spans)
{
    for (size_t i = 0; i < spans->n; i++)
        put_field(j, &spans->p[i], i + 1 == spans->n);
}

void cap_anon_msg(const cap_anon_map *m, const nbt_msg *msg, uint8_t *out)
{
    nbt_span room[SPANS_MAX];
    nbt_spans spans;
    nbt_msg again;
    job j = { .m = m, .all = msg->bytes, .out = out, .wrong = msg->err != NBT_OK };
    if (msg->bytes.n == 0)
        return;
    memset(out, 0, msg->bytes.n);
    nbt_spans_init(&spans, room, SPANS_MAX);
    nbt_msg_rd_note(&again, msg->service, msg->bytes.p, msg->bytes.n, &spans);
    /* What is not the first of several fragments does not begin with a header of SMB. */
    j.mailslot = !msg->err && msg->service == NBT_SERVICE_DATAGRAM;
    put_fields(&j, &spans);
}

void cap_anon_rc(const cap_anon_map *m, const rc_packet *rc, uint8_t *out)
{
    nbt_span room[16];
    nbt_spans spans;
    job j = { .m = m, .all = rc->bytes, .out = out, .wrong = rc->err != NBT_OK };
    if (rc->bytes.n == 0)
        return;
    memset(out, 0, rc->bytes.n);
    nbt_spans_init(&spans, room, sizeof room / sizeof room[0]);
    rc_packet_note(&spans, rc);
    put_fields(&j, &spans);
}
