/*
 * Name packets (RFC 1002 4.2) as words, printed and parsed: all but the RDATA of the first record,
 * which is text_rdata.c's. What is as the RFC draws it for the kind goes without saying.
 */
#include "nbt/text_impl.h"

/* The flag word in pieces. */
static const struct {
    nbt_text_key key;
    uint16_t mask;
    uint8_t shift;
} flags[] = {
    { NBT_KEY_R, NBT_NS_R, 15 },
    { NBT_KEY_OPCODE, NBT_NS_OPCODE_MASK, NBT_NS_OPCODE_SHIFT },
    { NBT_KEY_AA, NBT_NS_AA, 10 },
    { NBT_KEY_TC, NBT_NS_TC, 9 },
    { NBT_KEY_RD, NBT_NS_RD, 8 },
    { NBT_KEY_RA, NBT_NS_RA, 7 },
    { NBT_KEY_RESERVED, NBT_NS_RESERVED, 0 },
    { NBT_KEY_B, NBT_NS_B, 4 },
    { NBT_KEY_RCODE, NBT_NS_RCODE_MASK, 0 },
};

/* How many records the counts promise: of a negative query response also the one of B44. */
static uint32_t promised_records(nbt_ns_kind kind, const nbt_ns *m)
{
    uint32_t n = (uint32_t)m->ancount + m->nscount + m->arcount;
    return n == 0 && kind == NBT_NS_NEGATIVE_QUERY ? 1 : n;
}

/* NSD_IP_ADDR, RFC 1002 4.2.15. */
static bool has_address(const nbt_rr *rr)
{
    return rr->type == NBT_RR_A && rr->rdata.n == sizeof(uint32_t);
}

static void print_flags(nbt_text_out *o, const nbt_ns *m, nbt_ns_kind kind)
{
    unsigned odd = m->word ^ nbt_ns_drawn[kind].word;
    if (kind == NBT_NS_OTHER)
        odd |= NBT_NS_R | NBT_NS_OPCODE_MASK;
    for (size_t i = 0; odd && i < LENGTH_OF(flags); i++) {
        if (!(odd & flags[i].mask))
            continue;
        unsigned v = (unsigned)(m->word & flags[i].mask) >> flags[i].shift;
        nbt_text_put_key(o, flags[i].key);
        if (flags[i].key == NBT_KEY_RESERVED)
            nbt_text_put_hex(o, v, 4);
        else if (flags[i].key == NBT_KEY_RCODE)
            nbt_text_put_code(o, NBT_CODESET_RCODE, v);
        else
            nbt_text_put_dec(o, v);
    }
}

static uint16_t parse_flags(nbt_text_line *l, nbt_ns_kind kind)
{
    unsigned flag_word = nbt_ns_drawn[kind].word;
    for (size_t i = 0; i < LENGTH_OF(flags); i++) {
        nbt_text_key k = flags[i].key;
        unsigned mask = flags[i].mask, shift = flags[i].shift;
        unsigned v = (flag_word & mask) >> shift;
        if (k == NBT_KEY_RESERVED)
            v = nbt_text_get_bits(l, k, NBT_NS_RESERVED);
        else if (k == NBT_KEY_RCODE)
            v = nbt_text_get_code(l, k, NBT_CODESET_RCODE, (uint16_t)v, NBT_NS_RCODE_MASK);
        else
            v = nbt_text_get_num(l, k, v, mask >> shift);
        flag_word = (flag_word & ~mask) | v << shift;
    }
    if (kind == NBT_NS_OTHER) {
        nbt_text_need(l, NBT_KEY_R);
        nbt_text_need(l, NBT_KEY_OPCODE);
    }
    if (kind == NBT_NS_NEGATIVE_REGISTRATION || kind == NBT_NS_NEGATIVE_RELEASE ||
        kind == NBT_NS_NEGATIVE_QUERY)
        nbt_text_need(l, NBT_KEY_RCODE);
    return (uint16_t)flag_word;
}

static void print_counts(nbt_text_out *o, const nbt_ns *m, nbt_ns_kind kind)
{
    if (m->qdcount != nbt_ns_drawn[kind].qdcount)
        nbt_text_put_num(o, NBT_KEY_QDCOUNT, m->qdcount);
    if (m->ancount != nbt_ns_drawn[kind].ancount)
        nbt_text_put_num(o, NBT_KEY_ANCOUNT, m->ancount);
    if (m->nscount != nbt_ns_drawn[kind].nscount)
        nbt_text_put_num(o, NBT_KEY_NSCOUNT, m->nscount);
    if (m->arcount != nbt_ns_drawn[kind].arcount)
        nbt_text_put_num(o, NBT_KEY_ARCOUNT, m->arcount);
    if (m->nrr != promised_records(kind, m))
        nbt_text_put_num(o, NBT_KEY_RECORDS, m->nrr);
}

static void parse_counts(nbt_text_line *l, nbt_ns_kind kind, nbt_ns *m)
{
    m->qdcount = (uint16_t)nbt_text_get_num(l, NBT_KEY_QDCOUNT, nbt_ns_drawn[kind].qdcount, 1);
    m->ancount = nbt_text_get_num16(l, NBT_KEY_ANCOUNT, nbt_ns_drawn[kind].ancount);
    m->nscount = nbt_text_get_num16(l, NBT_KEY_NSCOUNT, nbt_ns_drawn[kind].nscount);
    m->arcount = nbt_text_get_num16(l, NBT_KEY_ARCOUNT, nbt_ns_drawn[kind].arcount);
    uint32_t promised = promised_records(kind, m);
    if (promised > NBT_NS_RR_MAX && !nbt_text_has(l, NBT_KEY_RECORDS))
        nbt_text_fail(l, l->text + l->len, "the counts promise too many records",
                      nbt_text_key_word(NBT_KEY_RECORDS));
    m->nrr = (uint8_t)nbt_text_get_num(l, NBT_KEY_RECORDS, promised, NBT_NS_RR_MAX);
}

static void print_type(nbt_text_out *o, nbt_text_key k, uint16_t type, uint16_t as_drawn)
{
    if (type == as_drawn)
        return;
    nbt_text_put_key(o, k);
    nbt_text_put_code(o, NBT_CODESET_RRTYPE, type);
}

static void print_question(nbt_text_out *o, const nbt_question *q, nbt_ns_kind kind)
{
    print_type(o, NBT_KEY_QTYPE, q->type, nbt_ns_drawn[kind].qtype);
    if (q->cls != NBT_CLASS_IN)
        nbt_text_put_num(o, NBT_KEY_QCLASS, q->cls);
}

static void parse_question(nbt_text_line *l, nbt_ns_kind kind, nbt_ns *m)
{
    if (m->qdcount != 1) {
        nbt_text_forbid(l, NBT_KEY_QTYPE, NBT_KEY_QCLASS, "the packet has no question",
                        "qdcount=1");
        return;
    }
    nbt_text_get_main_name(l, &m->q.name);
    m->q.type =
        nbt_text_get_code(l, NBT_KEY_QTYPE, NBT_CODESET_RRTYPE, nbt_ns_drawn[kind].qtype, 0xFFFF);
    m->q.cls = nbt_text_get_num16(l, NBT_KEY_QCLASS, NBT_CLASS_IN);
}

static void print_rr_name(nbt_text_out *o, const nbt_ns *m, nbt_ns_kind kind)
{
    if (m->qdcount != 1)
        return; /* it is the NAME */
    if (!m->rr_pointer && !nbt_name_eq(&m->rr[0].name, &m->q.name)) {
        nbt_text_put_key(o, NBT_KEY_RR_NAME);
        nbt_text_put_name(o, &m->rr[0].name);
    } else if (m->rr_pointer != nbt_ns_drawn[kind].pointer) {
        nbt_text_put_num(o, NBT_KEY_POINTER, m->rr_pointer);
    }
}

static void parse_rr_name(nbt_text_line *l, nbt_ns_kind kind, nbt_ns *m)
{
    nbt_rr *rr = &m->rr[0];
    if (m->qdcount != 1) {
        nbt_text_get_main_name(l, &rr->name);
        nbt_text_forbid(l, NBT_KEY_RR_NAME, NBT_KEY_POINTER,
                        "without a question, NAME is the record's", "qdcount=1");
        return;
    }
    bool pointer = !nbt_text_has(l, NBT_KEY_RR_NAME) && nbt_ns_drawn[kind].pointer;
    m->rr_pointer = nbt_text_get_num(l, NBT_KEY_POINTER, pointer, 1) == 1;
    rr->name = m->q.name;
    nbt_text_get_name(l, NBT_KEY_RR_NAME, &rr->name);
    if (m->rr_pointer && !nbt_name_eq(&rr->name, &m->q.name))
        nbt_text_fail(l, nbt_text_start_of(l, NBT_KEY_RR_NAME), "the pointer leads to NAME",
                      "pointer=0");
}

static void print_records(nbt_text_out *o, const nbt_ns *m, nbt_ns_kind kind)
{
    const nbt_rr *rr = &m->rr[0];
    nbt_name server;
    nbt_text_form f = nbt_text_form_of(kind, rr, &server);
    print_rr_name(o, m, kind);
    print_type(o, NBT_KEY_TYPE, rr->type, nbt_ns_drawn[kind].type);
    if (rr->cls != NBT_CLASS_IN)
        nbt_text_put_num(o, NBT_KEY_CLASS, rr->cls);
    if (kind == NBT_NS_WACK || rr->ttl > 0)
        nbt_text_put_num(o, kind == NBT_NS_WACK ? NBT_KEY_WAIT : NBT_KEY_TTL, rr->ttl);
    if (kind == NBT_NS_WACK)
        nbt_text_put_char(o, 's');
    nbt_text_print_rdata(o, rr, f, &server);
    if (m->nrr < 2)
        return;

    const nbt_rr *second = &m->rr[1];
    if (!nbt_name_eq(&second->name, f == NBT_FORM_SERVER ? &server : nbt_ns_name(m))) {
        nbt_text_put_key(o, NBT_KEY_RR_NAME2);
        nbt_text_put_name(o, &second->name);
    }
    print_type(o, NBT_KEY_TYPE2, second->type, nbt_ns_drawn[kind].type2);
    if (second->cls != NBT_CLASS_IN)
        nbt_text_put_num(o, NBT_KEY_CLASS2, second->cls);
    if (second->ttl > 0)
        nbt_text_put_num(o, NBT_KEY_TTL2, second->ttl);
    if (has_address(second)) {
        nbt_rd address;
        nbt_rd_init(&address, second->rdata.p, second->rdata.n);
        nbt_text_put_key(o, NBT_KEY_ADDRESS);
        nbt_text_put_ip(o, nbt_rd_u32(&address, "NSD_IP_ADDR"));
    } else {
        nbt_text_put_key(o, NBT_KEY_RDATA2);
        nbt_text_put_bytes(o, second->rdata);
    }
}

static void parse_second_record(nbt_text_line *l, nbt_ns_kind kind, const nbt_name *name,
                                nbt_rr *rr)
{
    rr->name = *name;
    nbt_text_get_name(l, NBT_KEY_RR_NAME2, &rr->name);
    rr->type =
        nbt_text_get_code(l, NBT_KEY_TYPE2, NBT_CODESET_RRTYPE, nbt_ns_drawn[kind].type2, 0xFFFF);
    rr->cls = nbt_text_get_num16(l, NBT_KEY_CLASS2, NBT_CLASS_IN);
    rr->ttl = nbt_text_get_num(l, NBT_KEY_TTL2, 0, UINT32_MAX);
    size_t from = l->arena.at;
    if (nbt_text_has(l, NBT_KEY_ADDRESS)) {
        nbt_text_forbid(l, NBT_KEY_RDATA2, NBT_KEY_RDATA2, "the record has an address already",
                        "either address= or rdata2=");
        if (rr->type != NBT_RR_A)
            nbt_text_fail(l, nbt_text_start_of(l, NBT_KEY_ADDRESS),
                          "a record of this type has no address", "rdata2=");
        nbt_wr_u32(&l->arena, nbt_text_get_ip(l, NBT_KEY_ADDRESS), "NSD_IP_ADDR");
    } else {
        nbt_text_need(l, rr->type == NBT_RR_A && !nbt_text_has(l, NBT_KEY_RDATA2) ? NBT_KEY_ADDRESS
                                                                                  : NBT_KEY_RDATA2);
        nbt_text_get_octets(l, NBT_KEY_RDATA2);
    }
    rr->rdata = nbt_text_written(l, from);
    if (rr->rdata.n > UINT16_MAX)
        nbt_text_fail(l, l->w[NBT_KEY_RDATA2].p, "longer than RDLENGTH can say",
                      "at most 65535 bytes");
}

/* wait=60s */
static uint32_t parse_wait(nbt_text_line *l)
{
    nbt_word w = l->w[NBT_KEY_WAIT];
    uint32_t v = 0;
    nbt_text_need(l, NBT_KEY_WAIT);
    if (w.p && (!nbt_word_eat_num(&w, UINT32_MAX, &v) || !nbt_word_eat(&w, "s") || w.n > 0))
        nbt_text_fail_value(l, NBT_KEY_WAIT, w.p);
    return v;
}

static void parse_records(nbt_text_line *l, nbt_ns_kind kind, nbt_ns *m)
{
    nbt_rr *rr = &m->rr[0];
    nbt_name server;
    if (m->nrr == 0) {
        nbt_text_forbid(l, NBT_KEY_RR_NAME, NBT_KEY_RDATA, "the packet has no record", "records=1");
    } else {
        parse_rr_name(l, kind, m);
        rr->type =
            nbt_text_get_code(l, NBT_KEY_TYPE, NBT_CODESET_RRTYPE, nbt_ns_drawn[kind].type, 0xFFFF);
        rr->cls = nbt_text_get_num16(l, NBT_KEY_CLASS, NBT_CLASS_IN);
        rr->ttl =
            kind == NBT_NS_WACK ? parse_wait(l) : nbt_text_get_num(l, NBT_KEY_TTL, 0, UINT32_MAX);
        nbt_text_form f = nbt_text_parse_form(l, kind, rr->type);
        rr->rdata = nbt_text_parse_rdata(l, f, &server);
        if (m->nrr == 2)
            parse_second_record(l, kind, f == NBT_FORM_SERVER ? &server : nbt_ns_name(m),
                                &m->rr[1]);
    }
    if (m->nrr < 2)
        nbt_text_forbid(l, NBT_KEY_RR_NAME2, NBT_KEY_RDATA2, "the packet has no second record",
                        "records=2");
}

void nbt_text_print_ns(nbt_text_out *o, const nbt_ns *m)
{
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    nbt_text_put_str(o, nbt_ns_kind_word(kind));
    nbt_text_put_main_name(o, nbt_ns_name(m));
    nbt_text_put_key(o, NBT_KEY_ID);
    nbt_text_put_hex(o, m->trn_id, 4);
    print_flags(o, m, kind);
    print_counts(o, m, kind);
    if (m->qdcount == 1)
        print_question(o, &m->q, kind);
    if (m->nrr > 0)
        print_records(o, m, kind);
}

void nbt_text_parse_ns(nbt_text_line *l, nbt_ns_kind kind, nbt_ns *m)
{
    memset(m, 0, sizeof *m);
    nbt_text_need(l, NBT_KEY_ID);
    m->trn_id = nbt_text_get_num16(l, NBT_KEY_ID, 0);
    m->word = parse_flags(l, kind);
    parse_counts(l, kind, m);
    parse_question(l, kind, m);
    parse_records(l, kind, m);
    if (m->qdcount != 1 && m->nrr == 0)
        nbt_text_no_main_name(l, "the packet has neither a question nor a record with a name");
    if (!l->bad && nbt_ns_kind_of(m) != kind)
        nbt_text_fail(l, l->text, "what the line says makes it another kind",
                      nbt_ns_kind_word(nbt_ns_kind_of(m)));
}
