/*
 * Name service packets, read and written side by side. No packet is judged here beyond its form.
 */
#include "nbt/ns.h"

#include <assert.h>
#include <string.h>

enum {
    QUESTION_POINTER = 0xC00C, /* to the question's name, the first octet behind the header */
    WACK_RDATA_LEN = 2,
};

static bool is_response(const nbt_ns *m)
{
    return (m->word & NBT_NS_R) != 0;
}

static bool is_wack(const nbt_ns *m)
{
    return is_response(m) && nbt_ns_opcode(m) == NBT_OPCODE_WACK;
}

/*
 * RFC 1002 4.2.14 draws a record but counts none, and Windows does what is drawn. Only this packet
 * may have a record that the counts do not promise.
 */
static bool may_have_uncounted_record(const nbt_ns *m)
{
    return is_response(m) && nbt_ns_opcode(m) == NBT_OPCODE_QUERY &&
           nbt_ns_rcode(m) != NBT_RCODE_OK;
}

/*
 * HEADER, RFC 1002 4.2.1.1
 *
 *   NAME_TRN_ID | R OPCODE NM_FLAGS RCODE | QDCOUNT | ANCOUNT | NSCOUNT | ARCOUNT
 */
static void header_rd(nbt_rd *r, nbt_ns *m)
{
    size_t from = r->at;
    m->trn_id = nbt_rd_u16(r, "NAME_TRN_ID");
    m->word = nbt_rd_u16(r, "OPCODE");
    m->qdcount = nbt_rd_u16(r, "QDCOUNT");
    m->ancount = nbt_rd_u16(r, "ANCOUNT");
    m->nscount = nbt_rd_u16(r, "NSCOUNT");
    m->arcount = nbt_rd_u16(r, "ARCOUNT");

    if (m->qdcount > 1)
        nbt_rd_fail(r, NBT_ERR_COUNT, from + 4, "QDCOUNT");
    if (m->ancount > NBT_NS_RR_MAX)
        nbt_rd_fail(r, NBT_ERR_COUNT, from + 6, "ANCOUNT");
    if (m->ancount + m->nscount > NBT_NS_RR_MAX)
        nbt_rd_fail(r, NBT_ERR_COUNT, from + 8, "NSCOUNT");
    if (m->ancount + m->nscount + m->arcount > NBT_NS_RR_MAX)
        nbt_rd_fail(r, NBT_ERR_COUNT, from + 10, "ARCOUNT");
}

static void header_wr(nbt_wr *w, const nbt_ns *m)
{
    nbt_wr_u16(w, m->trn_id, "NAME_TRN_ID");
    nbt_wr_u16(w, m->word, "OPCODE");
    nbt_wr_u16(w, m->qdcount, "QDCOUNT");
    nbt_wr_u16(w, m->ancount, "ANCOUNT");
    nbt_wr_u16(w, m->nscount, "NSCOUNT");
    nbt_wr_u16(w, m->arcount, "ARCOUNT");
    if (m->qdcount > 1)
        nbt_wr_fail(w, NBT_ERR_RANGE, "QDCOUNT");
}

/* A name, and whether it stood there as nbt_name_wr would write it. */
static void name_rd(nbt_rd *r, nbt_ns *m, nbt_name *name, unsigned rules, const char *field)
{
    size_t from = r->at;
    nbt_name_rd(r, name, NBT_NAME_POINTERS | NBT_NAME_LONG | rules, field);
    if (r->err)
        return;
    size_t size = nbt_name_size(name);
    if (r->at - from != size || size > NBT_NAME_WIRE_MAX)
        m->inexact = true;
}

/* QUESTION SECTION, RFC 1002 4.2.1.2: QUESTION_NAME | QUESTION_TYPE | QUESTION_CLASS */
static void question_rd(nbt_rd *r, nbt_ns *m, nbt_question *q)
{
    name_rd(r, m, &q->name, 0, "QUESTION_NAME");
    q->type = nbt_rd_u16(r, "QUESTION_TYPE");
    q->cls = nbt_rd_u16(r, "QUESTION_CLASS");
}

static void question_wr(nbt_wr *w, const nbt_question *q)
{
    nbt_name_wr(w, &q->name, "QUESTION_NAME");
    nbt_wr_u16(w, q->type, "QUESTION_TYPE");
    nbt_wr_u16(w, q->cls, "QUESTION_CLASS");
}

/*
 * RR_NAME. Requests have a pointer to the question there (RFC 1002 4.2.2), a WACK may have the null
 * name (4.2.16), a redirect has domain names (4.2.15).
 */
static void rr_name_rd(nbt_rd *r, nbt_ns *m, nbt_rr *rr)
{
    size_t from = r->at;
    nbt_rd ahead = *r;
    if (rr == m->rr && m->qdcount == 1 && nbt_rd_u16(&ahead, "RR_NAME") == QUESTION_POINTER) {
        m->rr_pointer = true;
        nbt_name_copy(&rr->name, &m->q.name);
        r->at = ahead.at;
        return;
    }
    bool redirect = is_response(m) && nbt_ns_opcode(m) == NBT_OPCODE_QUERY && m->nscount > 0;
    name_rd(r, m, &rr->name, is_wack(m) || redirect ? NBT_NAME_ANY_FORM : 0, "RR_NAME");
    if (!r->err && is_wack(m) && rr->name.form == NBT_NAME_DOMAIN)
        nbt_rd_fail(r, NBT_ERR_LABEL, from, "RR_NAME");
}

/* Whether RDATA can be what its type says. */
static bool rdata_fits(const nbt_ns *m, const nbt_rr *rr)
{
    size_t n = rr->rdata.n;
    switch ((enum nbt_rrtype)rr->type) {
    case NBT_RR_A:
        return n == 4;
    case NBT_RR_NB: /* RFC 1002 4.2.16 draws the WACK with NB's number and NULL's name */
        return is_wack(m) ? n == WACK_RDATA_LEN : n % NBT_ADDR_LEN == 0;
    case NBT_RR_NULL:
        return !is_wack(m) || n == WACK_RDATA_LEN;
    case NBT_RR_NBSTAT:
        return n >= 1 && n <= 1 + (size_t)rr->rdata.p[0] * NBT_NODE_NAME_LEN + NBT_STATISTICS_LEN;
    case NBT_RR_NS:
        return true; /* a name, which tells more exactly what is wrong with it */
    }
    return true;
}

/* ADDR_ENTRY, RFC 1002 4.2.13 */
static nbt_addr addr_rd(nbt_rd *r)
{
    nbt_addr a;
    a.nb_flags = nbt_rd_u16(r, "NB_FLAGS");
    a.ip = nbt_rd_u32(r, "NB_ADDRESS");
    return a;
}

/* An entry of the NODE_NAME ARRAY, RFC 1002 4.2.18 */
static nbt_node_name node_name_rd(nbt_rd *r)
{
    nbt_node_name name;
    const uint8_t *b = nbt_rd_take(r, NBT_NAME_LEN, "NETBIOS_NAME");
    if (b)
        memcpy(name.b, b, NBT_NAME_LEN);
    else
        memset(name.b, 0, NBT_NAME_LEN);
    name.flags = nbt_rd_u16(r, "NAME_FLAGS");
    return name;
}

/* STATISTICS, RFC 1002 4.2.18 */
static void statistics_rd(nbt_rd *r, nbt_statistics *st)
{
    const uint8_t *unit_id = nbt_rd_take(r, sizeof st->unit_id, "UNIT_ID");
    if (unit_id)
        memcpy(st->unit_id, unit_id, sizeof st->unit_id);
    else
        memset(st->unit_id, 0, sizeof st->unit_id);
    st->jumpers = nbt_rd_u8(r, "JUMPERS");
    st->test_result = nbt_rd_u8(r, "TEST_RESULT");
    st->version = nbt_rd_u16(r, "VERSION_NUMBER");
    st->period = nbt_rd_u16(r, "PERIOD_OF_STATISTICS");
    st->crcs = nbt_rd_u16(r, "NUMBER_OF_CRCs");
    st->alignment = nbt_rd_u16(r, "NUMBER_ALIGNMENT_ERRORS");
    st->collisions = nbt_rd_u16(r, "NUMBER_OF_COLLISIONS");
    st->send_aborts = nbt_rd_u16(r, "NUMBER_SEND_ABORTS");
    st->good_sends = nbt_rd_u32(r, "NUMBER_GOOD_SENDS");
    st->good_receives = nbt_rd_u32(r, "NUMBER_GOOD_RECEIVES");
    st->retransmits = nbt_rd_u16(r, "NUMBER_RETRANSMITS");
    st->no_resource = nbt_rd_u16(r, "NUMBER_NO_RESOURCE_CONDITIONS");
    st->free_cmd = nbt_rd_u16(r, "NUMBER_FREE_COMMAND_BLOCKS");
    st->total_cmd = nbt_rd_u16(r, "TOTAL_NUMBER_COMMAND_BLOCKS");
    st->max_total_cmd = nbt_rd_u16(r, "MAX_TOTAL_NUMBER_COMMAND_BLOCKS");
    st->pending_sess = nbt_rd_u16(r, "NUMBER_PENDING_SESSIONS");
    st->max_pending_sess = nbt_rd_u16(r, "MAX_NUMBER_PENDING_SESSIONS");
    st->max_total_sess = nbt_rd_u16(r, "MAX_TOTAL_SESSIONS_POSSIBLE");
    st->sess_data_pkt_size = nbt_rd_u16(r, "SESSION_DATA_PACKET_SIZE");
}

/* What RDATA is made of, for a cursor that notes it: what is in a record is read when needed. */
__attribute__((cold)) static void rdata_note(nbt_rd region, const nbt_ns *m, const nbt_rr *rr)
{
    nbt_statistics st;
    if (is_wack(m)) {
        nbt_rd_u16(&region, "OPCODE");
    } else if (rr->type == NBT_RR_NB) {
        while (nbt_rd_left(&region) > 0)
            addr_rd(&region);
    } else if (rr->type == NBT_RR_NBSTAT) {
        size_t names = nbt_rd_u8(&region, "NUM_NAMES");
        for (size_t i = 0; i < names && nbt_rd_left(&region) > 0; i++)
            node_name_rd(&region);
        if (nbt_rd_left(&region) > 0)
            statistics_rd(&region, &st);
    } else if (rr->type == NBT_RR_A) {
        nbt_rd_u32(&region, "NSD_IP_ADDR");
    }
}

/* RESOURCE RECORD, RFC 1002 4.2.1.3: RR_NAME | RR_TYPE | RR_CLASS | TTL | RDLENGTH | RDATA */
static void rr_rd(nbt_rd *r, nbt_ns *m, nbt_rr *rr)
{
    rr_name_rd(r, m, rr);
    rr->type = nbt_rd_u16(r, "RR_TYPE");
    rr->cls = nbt_rd_u16(r, "RR_CLASS");
    rr->ttl = nbt_rd_u32(r, "TTL");
    size_t length_at = r->at;
    uint16_t length = nbt_rd_u16(r, "RDLENGTH");
    nbt_rd region = nbt_rd_sub(r, length, "RDATA");
    if (r->err)
        return;
    rr->rdata = (nbt_bytes){ region.base + region.at, length };
    if (!rdata_fits(m, rr))
        nbt_rd_fail(r, NBT_ERR_LENGTH, length_at, "RDLENGTH");
    if (region.spans)
        rdata_note(region, m, rr);
    if (rr->type == NBT_RR_NS) {
        nbt_name nsd;
        nbt_name_rd(&region, &nsd, NBT_NAME_POINTERS | NBT_NAME_LONG | NBT_NAME_ANY_FORM,
                    "NSD_NAME");
        nbt_rd_close(r, &region, "RDATA");
    }
}

static void rr_wr(nbt_wr *w, const nbt_rr *rr, bool pointer)
{
    if (pointer)
        nbt_wr_u16(w, QUESTION_POINTER, "RR_NAME");
    else
        nbt_name_wr(w, &rr->name, "RR_NAME");
    nbt_wr_u16(w, rr->type, "RR_TYPE");
    nbt_wr_u16(w, rr->cls, "RR_CLASS");
    nbt_wr_u32(w, rr->ttl, "TTL");
    nbt_wr_u16(w, rr->rdata.n, "RDLENGTH");
    nbt_wr_bytes(w, rr->rdata.p, rr->rdata.n, "RDATA");
}

/*
 * There should be nothing left. Windows XP sends a node status in room for one name more than it
 * lists, and RDLENGTH does not count the 18 octets.
 */
static void trailer_rd(nbt_rd *r, nbt_ns *m)
{
    size_t n = nbt_rd_left(r);
    if (n > 0 && is_response(m) && m->nrr == 1 && m->rr[0].type == NBT_RR_NBSTAT) {
        nbt_rd_take(r, n, "TRAILER");
        m->trailer = n;
        m->inexact = true;
    } else if (n > 0) {
        nbt_rd_fail(r, NBT_ERR_EXTRA, r->at, "TRAILER");
    }
}

void nbt_ns_rd(nbt_rd *r, nbt_ns *m)
{
    m->rr_pointer = false;
    m->inexact = false;
    m->trailer = 0;
    header_rd(r, m);
    if (m->qdcount == 1)
        question_rd(r, m, &m->q);
    unsigned records = r->err ? 0 : m->ancount + 0U + m->nscount + m->arcount;
    if (records == 0 && nbt_rd_left(r) > 0 && may_have_uncounted_record(m))
        records = 1;
    m->nrr = (uint8_t)records;
    for (unsigned i = 0; i < records && !r->err; i++)
        rr_rd(r, m, &m->rr[i]);
    trailer_rd(r, m);
}

void nbt_ns_wr(nbt_wr *w, const nbt_ns *m)
{
    assert(m->nrr <= NBT_NS_RR_MAX);
    header_wr(w, m);
    if (m->qdcount == 1)
        question_wr(w, &m->q);
    for (unsigned i = 0; i < m->nrr; i++)
        rr_wr(w, &m->rr[i], i == 0 && m->rr_pointer && m->qdcount == 1);
}

const nbt_name *nbt_ns_name(const nbt_ns *m)
{
    if (m->qdcount == 1)
        return &m->q.name;
    return m->nrr > 0 ? &m->rr[0].name : NULL;
}

/* The record of a request, as RFC 1002 4.2.2 draws it: with somebody's address. */
static bool has_request_record(const nbt_ns *m)
{
    return m->nrr == 1 && m->arcount == 1 && m->rr[0].type == NBT_RR_NB &&
           nbt_addr_count(&m->rr[0]) > 0;
}

static nbt_ns_kind request_kind(const nbt_ns *m)
{
    bool broadcast = (m->word & NBT_NS_B) != 0;
    if (m->qdcount != 1)
        return NBT_NS_OTHER;
    switch ((enum nbt_opcode)nbt_ns_opcode(m)) {
    case NBT_OPCODE_QUERY:
        if (m->q.type == NBT_RR_NB)
            return NBT_NS_QUERY;
        return m->q.type == NBT_RR_NBSTAT ? NBT_NS_STATUS_REQUEST : NBT_NS_OTHER;
    case NBT_OPCODE_REGISTRATION:
        if (!has_request_record(m))
            return NBT_NS_OTHER;
        if (m->word & NBT_NS_RD)
            return NBT_NS_REGISTRATION;
        return broadcast ? NBT_NS_OVERWRITE_DEMAND : NBT_NS_OVERWRITE_REQUEST;
    case NBT_OPCODE_RELEASE:
        if (!has_request_record(m))
            return NBT_NS_OTHER;
        return broadcast ? NBT_NS_RELEASE_DEMAND : NBT_NS_RELEASE_REQUEST;
    case NBT_OPCODE_REFRESH:
    case NBT_OPCODE_REFRESH9:
        return has_request_record(m) ? NBT_NS_REFRESH : NBT_NS_OTHER;
    case NBT_OPCODE_MULTIHOMED:
        return has_request_record(m) ? NBT_NS_MULTIHOMED : NBT_NS_OTHER;
    case NBT_OPCODE_WACK:
        return NBT_NS_OTHER;
    }
    return NBT_NS_OTHER;
}

static nbt_ns_kind query_response_kind(const nbt_ns *m)
{
    if (nbt_ns_rcode(m) != NBT_RCODE_OK)
        return NBT_NS_NEGATIVE_QUERY;
    if (m->ancount > 0 && m->nrr > 0 && m->rr[0].type == NBT_RR_NB)
        return NBT_NS_POSITIVE_QUERY;
    if (m->ancount > 0 && m->nrr > 0 && m->rr[0].type == NBT_RR_NBSTAT)
        return NBT_NS_STATUS_RESPONSE;
    if (m->nscount == 1 && m->arcount == 1 && m->nrr == 2 && m->rr[1].type == NBT_RR_A)
        return NBT_NS_REDIRECT;
    return NBT_NS_OTHER;
}

/* RFC 1002 4.2.5 to 4.2.8: four packets that differ in RCODE, in RA and in the address alone. */
static nbt_ns_kind registration_response_kind(const nbt_ns *m)
{
    bool address = m->rr[0].type == NBT_RR_NB && nbt_addr_count(&m->rr[0]) > 0;
    if (nbt_ns_rcode(m) == NBT_RCODE_OK && (m->word & NBT_NS_RA))
        return NBT_NS_POSITIVE_REGISTRATION;
    if (nbt_ns_rcode(m) == NBT_RCODE_OK)
        return address ? NBT_NS_CHALLENGE : NBT_NS_OTHER;
    if (nbt_ns_rcode(m) == NBT_RCODE_CFT_ERR && address && nbt_addr_get(&m->rr[0], 0).ip == 0)
        return NBT_NS_CONFLICT_DEMAND;
    return NBT_NS_NEGATIVE_REGISTRATION;
}

static nbt_ns_kind response_kind(const nbt_ns *m)
{
    if (nbt_ns_opcode(m) == NBT_OPCODE_QUERY)
        return query_response_kind(m);
    if (m->ancount == 0 || m->nrr == 0)
        return NBT_NS_OTHER;
    switch ((enum nbt_opcode)nbt_ns_opcode(m)) {
    case NBT_OPCODE_REGISTRATION:
    case NBT_OPCODE_REFRESH:
    case NBT_OPCODE_REFRESH9:
    case NBT_OPCODE_MULTIHOMED:
        return registration_response_kind(m);
    case NBT_OPCODE_RELEASE:
        return nbt_ns_rcode(m) ? NBT_NS_NEGATIVE_RELEASE : NBT_NS_POSITIVE_RELEASE;
    case NBT_OPCODE_WACK:
        return m->rr[0].rdata.n == WACK_RDATA_LEN ? NBT_NS_WACK : NBT_NS_OTHER;
    case NBT_OPCODE_QUERY:
        break;
    }
    return NBT_NS_OTHER;
}

nbt_ns_kind nbt_ns_kind_of(const nbt_ns *m)
{
    return is_response(m) ? response_kind(m) : request_kind(m);
}

const nbt_ns_drawing nbt_ns_drawn[NBT_NS_KINDS] = {
#define NB NBT_RR_NB
#define STAT NBT_RR_NBSTAT
    [NBT_NS_REGISTRATION] = { 0x2900, 1, 0, 0, 1, NB, NB, NB, true },
    [NBT_NS_OVERWRITE_REQUEST] = { 0x2800, 1, 0, 0, 1, NB, NB, NB, true },
    [NBT_NS_OVERWRITE_DEMAND] = { 0x2810, 1, 0, 0, 1, NB, NB, NB, true },
    [NBT_NS_MULTIHOMED] = { 0x7900, 1, 0, 0, 1, NB, NB, NB, true },
    [NBT_NS_REFRESH] = { 0x4000, 1, 0, 0, 1, NB, NB, NB, true },
    [NBT_NS_POSITIVE_REGISTRATION] = { 0xAD80, 0, 1, 0, 0, NB, NB, NB, false },
    [NBT_NS_NEGATIVE_REGISTRATION] = { 0xAD80, 0, 1, 0, 0, NB, NB, NB, false },
    [NBT_NS_CHALLENGE] = { 0xAD00, 0, 1, 0, 0, NB, NB, NB, false },
    [NBT_NS_CONFLICT_DEMAND] = { 0xAD87, 0, 1, 0, 0, NB, NB, NB, false },
    [NBT_NS_RELEASE_REQUEST] = { 0x3000, 1, 0, 0, 1, NB, NB, NB, true },
    [NBT_NS_RELEASE_DEMAND] = { 0x3010, 1, 0, 0, 1, NB, NB, NB, true },
    [NBT_NS_POSITIVE_RELEASE] = { 0xB400, 0, 1, 0, 0, NB, NB, NB, false },
    [NBT_NS_NEGATIVE_RELEASE] = { 0xB400, 0, 1, 0, 0, NB, NB, NB, false },
    [NBT_NS_QUERY] = { 0x0100, 1, 0, 0, 0, NB, NB, NB, false },
    [NBT_NS_POSITIVE_QUERY] = { 0x8580, 0, 1, 0, 0, NB, NB, NB, false },
    [NBT_NS_NEGATIVE_QUERY] = { 0x8580, 0, 0, 0, 0, NB, NBT_RR_NULL, NB, false },
    [NBT_NS_REDIRECT] = { 0x8100, 0, 0, 1, 1, NB, NBT_RR_NS, NBT_RR_A, false },
    [NBT_NS_WACK] = { 0xBC00, 0, 1, 0, 0, NB, NB, NB, false },
    [NBT_NS_STATUS_REQUEST] = { 0x0000, 1, 0, 0, 0, STAT, STAT, NB, false },
    [NBT_NS_STATUS_RESPONSE] = { 0x8400, 0, 1, 0, 0, STAT, STAT, NB, false },
    [NBT_NS_OTHER] = { 0x0000, 0, 0, 0, 0, NB, NB, NB, false },
#undef NB
#undef STAT
};

static const struct {
    const char *word, *section;
} kinds[NBT_NS_KINDS] = {
#define NBT_NS_KIND(sym, word, text, section) { word, section },
#include "nbt/kinds.def"
#undef NBT_NS_KIND
};

const char *nbt_ns_kind_word(nbt_ns_kind kind)
{
    assert(kind < NBT_NS_KINDS);
    return kinds[kind].word;
}

const char *nbt_ns_kind_section(nbt_ns_kind kind)
{
    assert(kind < NBT_NS_KINDS);
    return kinds[kind].section;
}

/* A cursor over RDATA from octet `skip` on. */
static nbt_rd rdata_from(const nbt_rr *rr, size_t skip)
{
    nbt_rd r;
    nbt_rd_init(&r, rr->rdata.p, rr->rdata.n);
    nbt_rd_take(&r, skip, "RDATA");
    return r;
}

nbt_addr nbt_addr_get(const nbt_rr *rr, size_t i)
{
    assert(i < nbt_addr_count(rr));
    nbt_rd r = rdata_from(rr, i * NBT_ADDR_LEN);
    return addr_rd(&r);
}

void nbt_addr_wr(nbt_wr *w, nbt_addr a)
{
    nbt_wr_u16(w, a.nb_flags, "NB_FLAGS");
    nbt_wr_u32(w, a.ip, "NB_ADDRESS");
}

/* What the packet says, whether or not RDATA holds it. */
static size_t num_names(const nbt_rr *rr)
{
    nbt_rd r = rdata_from(rr, 0);
    return nbt_rd_u8(&r, "NUM_NAMES");
}

size_t nbt_status_count(const nbt_rr *rr)
{
    size_t said = num_names(rr);
    size_t held = rr->rdata.n > 0 ? (rr->rdata.n - 1) / NBT_NODE_NAME_LEN : 0;
    return said < held ? said : held;
}

nbt_node_name nbt_status_get(const nbt_rr *rr, size_t i)
{
    assert(i < nbt_status_count(rr));
    nbt_rd r = rdata_from(rr, 1 + i * NBT_NODE_NAME_LEN);
    return node_name_rd(&r);
}

bool nbt_status_statistics(const nbt_rr *rr, nbt_statistics *st)
{
    nbt_rd r = rdata_from(rr, 1 + num_names(rr) * NBT_NODE_NAME_LEN);
    statistics_rd(&r, st);
    return !r.err;
}

static void statistics_wr(nbt_wr *w, const nbt_statistics *st)
{
    nbt_wr_bytes(w, st->unit_id, sizeof st->unit_id, "UNIT_ID");
    nbt_wr_u8(w, st->jumpers, "JUMPERS");
    nbt_wr_u8(w, st->test_result, "TEST_RESULT");
    nbt_wr_u16(w, st->version, "VERSION_NUMBER");
    nbt_wr_u16(w, st->period, "PERIOD_OF_STATISTICS");
    nbt_wr_u16(w, st->crcs, "NUMBER_OF_CRCs");
    nbt_wr_u16(w, st->alignment, "NUMBER_ALIGNMENT_ERRORS");
    nbt_wr_u16(w, st->collisions, "NUMBER_OF_COLLISIONS");
    nbt_wr_u16(w, st->send_aborts, "NUMBER_SEND_ABORTS");
    nbt_wr_u32(w, st->good_sends, "NUMBER_GOOD_SENDS");
    nbt_wr_u32(w, st->good_receives, "NUMBER_GOOD_RECEIVES");
    nbt_wr_u16(w, st->retransmits, "NUMBER_RETRANSMITS");
    nbt_wr_u16(w, st->no_resource, "NUMBER_NO_RESOURCE_CONDITIONS");
    nbt_wr_u16(w, st->free_cmd, "NUMBER_FREE_COMMAND_BLOCKS");
    nbt_wr_u16(w, st->total_cmd, "TOTAL_NUMBER_COMMAND_BLOCKS");
    nbt_wr_u16(w, st->max_total_cmd, "MAX_TOTAL_NUMBER_COMMAND_BLOCKS");
    nbt_wr_u16(w, st->pending_sess, "NUMBER_PENDING_SESSIONS");
    nbt_wr_u16(w, st->max_pending_sess, "MAX_NUMBER_PENDING_SESSIONS");
    nbt_wr_u16(w, st->max_total_sess, "MAX_TOTAL_SESSIONS_POSSIBLE");
    nbt_wr_u16(w, st->sess_data_pkt_size, "SESSION_DATA_PACKET_SIZE");
}

void nbt_status_wr(nbt_wr *w, const nbt_node_name *names, size_t n, const nbt_statistics *st)
{
    nbt_wr_u8(w, n, "NUM_NAMES");
    for (size_t i = 0; i < n; i++) {
        nbt_wr_bytes(w, names[i].b, NBT_NAME_LEN, "NETBIOS_NAME");
        nbt_wr_u16(w, names[i].flags, "NAME_FLAGS");
    }
    statistics_wr(w, st);
}

uint16_t nbt_wack_word(const nbt_rr *rr)
{
    nbt_rd r = rdata_from(rr, 0);
    return nbt_rd_u16(&r, "RDATA");
}
