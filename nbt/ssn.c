/*
 * Session service packets, read and written side by side, and the framing of the stream.
 */
#include "nbt/ssn.h"

enum {
    RETARGET_LEN = 6,
    NEGATIVE_LEN = 1,
};

/*
 * The header, RFC 1002 4.3.1
 *
 *   TYPE | FLAGS, its lowest bit being LENGTH's highest | LENGTH
 */
void nbt_ssn_head_rd(nbt_rd *r, nbt_ssn_head *h)
{
    h->type = nbt_rd_u8(r, "TYPE");
    h->flags = nbt_rd_u8(r, "FLAGS");
    h->length = nbt_rd_u16(r, "LENGTH") | (h->flags & NBT_SSN_E) * 0x10000U;
}

/* With the reserved flags too, for whoever must send what another sent. */
static void head_wr(nbt_wr *w, uint8_t type, uint8_t flags, size_t length)
{
    unsigned e = length > 0xFFFF ? NBT_SSN_E : 0;
    if (length > NBT_SSN_LEN_MAX)
        nbt_wr_fail(w, NBT_ERR_RANGE, "LENGTH");
    nbt_wr_u8(w, type, "TYPE");
    nbt_wr_u8(w, (flags & ~(unsigned)NBT_SSN_E) | e, "FLAGS");
    nbt_wr_u16(w, length & 0xFFFF, "LENGTH");
}

void nbt_ssn_head_wr(nbt_wr *w, uint8_t type, size_t length)
{
    head_wr(w, type, 0, length);
}

/* SESSION REQUEST, RFC 1002 4.3.2: CALLED NAME | CALLING NAME */
static void request_rd(nbt_rd *r, nbt_ssn *m)
{
    nbt_name_rd(r, &m->called, 0, "CALLED_NAME");
    nbt_name_rd(r, &m->calling, 0, "CALLING_NAME");
}

static void request_wr(nbt_wr *w, const nbt_ssn *m)
{
    nbt_name_wr(w, &m->called, "CALLED_NAME");
    nbt_name_wr(w, &m->calling, "CALLING_NAME");
}

/* RETARGET SESSION RESPONSE, RFC 1002 4.3.5: RETARGET_IP_ADDRESS | PORT */
static void retarget_rd(nbt_rd *r, nbt_ssn *m)
{
    m->retarget.ip = nbt_rd_u32(r, "RETARGET_IP_ADDRESS");
    m->retarget.port = nbt_rd_u16(r, "PORT");
}

static void retarget_wr(nbt_wr *w, const nbt_ssn *m)
{
    nbt_wr_u32(w, m->retarget.ip, "RETARGET_IP_ADDRESS");
    nbt_wr_u16(w, m->retarget.port, "PORT");
}

/* The fields of the trailer, by type; `length_at` is where LENGTH stands. */
static void trailer_rd(nbt_rd *r, nbt_ssn *m, size_t length_at)
{
    switch ((enum nbt_ssn_type)m->type) {
    case NBT_SSN_REQUEST:
        request_rd(r, m);
        return;
    case NBT_SSN_NEGATIVE: /* RFC 1002 4.3.4 */
        if (nbt_rd_left(r) < NEGATIVE_LEN)
            nbt_rd_fail(r, NBT_ERR_LENGTH, length_at, "LENGTH");
        m->code = nbt_rd_u8(r, "ERROR_CODE");
        return;
    case NBT_SSN_RETARGET:
        if (nbt_rd_left(r) < RETARGET_LEN)
            nbt_rd_fail(r, NBT_ERR_LENGTH, length_at, "LENGTH");
        retarget_rd(r, m);
        return;
    case NBT_SSN_MESSAGE:
    case NBT_SSN_POSITIVE:
    case NBT_SSN_KEEP_ALIVE:
        return;
    }
}

static void trailer_wr(nbt_wr *w, const nbt_ssn *m)
{
    switch ((enum nbt_ssn_type)m->type) {
    case NBT_SSN_REQUEST:
        request_wr(w, m);
        return;
    case NBT_SSN_NEGATIVE:
        nbt_wr_u8(w, m->code, "ERROR_CODE");
        return;
    case NBT_SSN_RETARGET:
        retarget_wr(w, m);
        return;
    case NBT_SSN_MESSAGE:
    case NBT_SSN_POSITIVE:
    case NBT_SSN_KEEP_ALIVE:
        return;
    }
    nbt_wr_fail(w, NBT_ERR_VALUE, "TYPE");
}

void nbt_ssn_rd(nbt_rd *r, nbt_ssn *m)
{
    size_t from = r->at;
    nbt_ssn_head head;
    nbt_ssn_head_rd(r, &head);
    m->type = head.type;
    m->flags = head.flags;
    m->code = 0;
    m->retarget = (nbt_ep){ 0, 0 };
    if (!nbt_code_find(NBT_CODESET_SSN_TYPE, head.type))
        nbt_rd_fail(r, NBT_ERR_VALUE, from, "TYPE");

    nbt_rd trailer = nbt_rd_sub(r, head.length, "TRAILER");
    trailer_rd(&trailer, m, from + 2);
    m->data = nbt_rd_bytes(&trailer, nbt_rd_left(&trailer), "USER_DATA");
    nbt_rd_close(r, &trailer, "TRAILER");
    if (nbt_rd_left(r) > 0)
        nbt_rd_fail(r, NBT_ERR_EXTRA, r->at, "TRAILER");
}

void nbt_ssn_wr(nbt_wr *w, const nbt_ssn *m)
{
    uint8_t *head = nbt_wr_room(w, NBT_SSN_HEADER_LEN, "TYPE");
    size_t from = w->at;
    trailer_wr(w, m);
    nbt_wr_bytes(w, m->data.p, m->data.n, "USER_DATA");
    if (w->err)
        return;
    nbt_wr h; /* the header, now that its length is known */
    nbt_wr_init(&h, head, NBT_SSN_HEADER_LEN);
    head_wr(&h, m->type, m->flags, w->at - from);
    if (h.err)
        nbt_wr_fail(w, h.err, h.err_field);
}

size_t nbt_ssn_frame(nbt_bytes bytes)
{
    if (bytes.n < NBT_SSN_HEADER_LEN)
        return 0;
    nbt_rd r;
    nbt_ssn_head head;
    nbt_rd_init(&r, bytes.p, NBT_SSN_HEADER_LEN);
    nbt_ssn_head_rd(&r, &head);
    return NBT_SSN_HEADER_LEN + head.length;
}
