/*
 * Name service packets: every kind as drawn, what Windows and Samba make of it, and what is
 * refused.
 */
#include "tests/support/test.h"

#include "nbt/ns.h"
#include "tests/support/build.h"
#include "tests/support/samples.h"

/* Reads hex out of a block of exactly its size; the block is given to *bytes, for free(). */
static nbt_rd read_hex(const char *hex, nbt_ns *m, uint8_t **bytes)
{
    size_t cap = strlen(hex) / 2 + 1;
    uint8_t *room = malloc(cap);
    assert_non_null(room);
    size_t n = hex_bytes(hex, room, cap);
    *bytes = exact_copy(room, n);
    free(room);
    nbt_rd r;
    nbt_rd_init(&r, *bytes, n);
    nbt_ns_rd(&r, m);
    return r;
}

static void check_error(const char *hex, nbt_err err, size_t at, const char *field)
{
    nbt_ns m;
    uint8_t *bytes;
    nbt_rd r = read_hex(hex, &m, &bytes);
    free(bytes);
    assert_rd_err(&r, err, at, field);
}

/* A good sample, read: its fields and the kind that its label says. */
static uint8_t *read_sample(const char *label, nbt_ns *m)
{
    uint8_t *bytes;
    nbt_rd r = read_hex(sample_of(label)->hex, m, &bytes);
    assert_rd_end(&r);
    return bytes;
}

static void every_kind_is_read_and_written_as_drawn(void **state)
{
    (void)state;
    /* The one cut that is whole again: a negative query response may end before its record. */
    assert_int_equal(check_good_samples(NBT_SERVICE_NAME), 1);
}

static void every_kind_is_known_by_its_bits(void **state)
{
    (void)state;
    bool seen[NBT_NS_KINDS] = { false };
    for (size_t i = 0; i < good_samples_n + inexact_samples_n; i++) {
        const sample *s =
            i < good_samples_n ? &good_samples[i] : &inexact_samples[i - good_samples_n];
        if (s->service != NBT_SERVICE_NAME)
            continue;
        nbt_ns m;
        uint8_t *bytes;
        nbt_rd r = read_hex(s->hex, &m, &bytes);
        assert_rd_end(&r);
        nbt_ns_kind kind = nbt_ns_kind_of(&m);
        size_t word = strcspn(s->label, " ,");
        print_message("%s\n", s->label);
        assert_int_equal(strlen(nbt_ns_kind_word(kind)), word);
        assert_memory_equal(nbt_ns_kind_word(kind), s->label, word);
        seen[kind] = true;
        free(bytes);
    }
    for (int kind = 0; kind < NBT_NS_KINDS; kind++) {
        assert_true(seen[kind]);
        assert_non_null(nbt_ns_kind_section((nbt_ns_kind)kind));
    }
}

/* A header and what it needs to be of a kind, over all opcodes with R clear. */
static void only_known_opcodes_are_kinds(void **state)
{
    (void)state;
    for (unsigned opcode = 0; opcode < 16; opcode++) {
        packet p = build_request(1, opcode << NBT_NS_OPCODE_SHIFT, "FRED<20>", 0, 0, "10.0.0.1");
        nbt_ns m;
        nbt_rd r;
        nbt_rd_init(&r, p.b, p.n);
        nbt_ns_rd(&r, &m);
        assert_rd_end(&r);
        assert_int_equal(nbt_ns_opcode(&m), opcode);
        bool known =
            opcode == 0 || opcode == 5 || opcode == 6 || opcode == 8 || opcode == 9 || opcode == 15;
        assert_int_equal(nbt_ns_kind_of(&m) != NBT_NS_OTHER, known);
    }
}

static void a_claim_and_an_overwrite_differ_in_rd_alone(void **state)
{
    (void)state;
    static const struct {
        unsigned word;
        nbt_ns_kind kind;
    } rows[] = {
        { 0x2900, NBT_NS_REGISTRATION },      { 0x2910, NBT_NS_REGISTRATION },
        { 0x2800, NBT_NS_OVERWRITE_REQUEST }, { 0x2810, NBT_NS_OVERWRITE_DEMAND },
        { 0x2970, NBT_NS_REGISTRATION }, /* reserved bits mean nothing */
        { 0x2D10, NBT_NS_REGISTRATION }, /* nor does AA in a request */
        { 0x7900, NBT_NS_MULTIHOMED },        { 0x7910, NBT_NS_MULTIHOMED },
        { 0x4000, NBT_NS_REFRESH },           { 0x4810, NBT_NS_REFRESH },
        { 0x3000, NBT_NS_RELEASE_REQUEST },   { 0x3010, NBT_NS_RELEASE_DEMAND },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        packet p = build_request(1, rows[i].word, "FRED<20>", 0, 0, "10.0.0.1");
        assert_int_equal(p.n, 68);
        nbt_ns m;
        nbt_rd r;
        nbt_rd_init(&r, p.b, p.n);
        nbt_ns_rd(&r, &m);
        assert_rd_end(&r);
        assert_int_equal(m.word, rows[i].word);
        assert_int_equal(nbt_ns_kind_of(&m), rows[i].kind);
    }
}

static void answers_differ_in_ra_rcode_and_address(void **state)
{
    (void)state;
    static const struct {
        unsigned word;
        const char *ip;
        nbt_ns_kind kind;
    } rows[] = {
        { 0xAD80, "10.0.0.1", NBT_NS_POSITIVE_REGISTRATION },
        { 0xAD00, "10.0.0.1", NBT_NS_CHALLENGE },
        { 0xAD81, "10.0.0.1", NBT_NS_NEGATIVE_REGISTRATION },
        { 0xAD82, "10.0.0.1", NBT_NS_NEGATIVE_REGISTRATION },
        { 0xAD84, "10.0.0.1", NBT_NS_NEGATIVE_REGISTRATION },
        { 0xAD85, "10.0.0.1", NBT_NS_NEGATIVE_REGISTRATION },
        { 0xAD86, "10.0.0.1", NBT_NS_NEGATIVE_REGISTRATION },
        { 0xAD06, "10.0.0.1", NBT_NS_NEGATIVE_REGISTRATION },
        { 0xAD87, "10.0.0.1", NBT_NS_NEGATIVE_REGISTRATION },
        { 0xAD87, "0.0.0.0", NBT_NS_CONFLICT_DEMAND },
        { 0xC580, "10.0.0.1", NBT_NS_POSITIVE_REGISTRATION }, /* opcode 8 again, not 5 */
        { 0xB400, "10.0.0.1", NBT_NS_POSITIVE_RELEASE },
        { 0xB401, "10.0.0.1", NBT_NS_NEGATIVE_RELEASE },
        { 0xB402, "10.0.0.1", NBT_NS_NEGATIVE_RELEASE },
        { 0xB403, "10.0.0.1", NBT_NS_NEGATIVE_RELEASE }, /* Samba */
        { 0xB405, "10.0.0.1", NBT_NS_NEGATIVE_RELEASE },
        { 0xB406, "10.0.0.1", NBT_NS_NEGATIVE_RELEASE },
        { 0x8580, "10.0.0.1", NBT_NS_POSITIVE_QUERY },
        { 0x8500, "10.0.0.1", NBT_NS_POSITIVE_QUERY },
        { 0x8700, "10.0.0.1", NBT_NS_POSITIVE_QUERY },
        { 0x8583, "10.0.0.1", NBT_NS_NEGATIVE_QUERY },
        { 0x8081, "10.0.0.1", NBT_NS_NEGATIVE_QUERY },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        packet p = build_address_answer(1, rows[i].word, "FRED<20>", 0, 0, rows[i].ip);
        assert_int_equal(p.n, 62);
        nbt_ns m;
        nbt_rd r;
        nbt_rd_init(&r, p.b, p.n);
        nbt_ns_rd(&r, &m);
        assert_rd_end(&r);
        print_message("%04X\n", rows[i].word);
        assert_int_equal(nbt_ns_kind_of(&m), rows[i].kind);
    }
}

static void the_flag_words_bits_are_where_they_belong(void **state)
{
    (void)state;
    static const struct {
        unsigned mask, word, value;
    } rows[] = {
        { NBT_NS_R, 0xAD86, 1 },  { NBT_NS_AA, 0x0400, 1 }, { NBT_NS_TC, 0x0200, 1 },
        { NBT_NS_RD, 0x0100, 1 }, { NBT_NS_RA, 0x0080, 1 }, { NBT_NS_B, 0x0010, 1 },
        { NBT_NS_RA, 0xFF7F, 0 }, { NBT_NS_B, 0xFFEF, 0 },  { NBT_NS_R, 0x7FFF, 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        packet p = build_question(0xBEEF, rows[i].word, "FRED<20>", NBT_RR_NB);
        nbt_ns m;
        nbt_rd r;
        nbt_rd_init(&r, p.b, p.n);
        nbt_ns_rd(&r, &m);
        assert_rd_end(&r);
        assert_int_equal(m.trn_id, 0xBEEF);
        assert_int_equal((m.word & rows[i].mask) != 0, rows[i].value);
        assert_int_equal(nbt_ns_opcode(&m), rows[i].word >> 11 & 15);
        assert_int_equal(nbt_ns_rcode(&m), rows[i].word & 15);
        uint8_t room[NBT_NS_UDP_MAX];
        nbt_wr w;
        nbt_wr_init(&w, room, sizeof room);
        nbt_ns_wr(&w, &m);
        assert_wr_bytes(&w, p.b, p.n);
    }
}

/* Fields of a claim, against the drawing of RFC 1002 4.2.2. */
static void a_claims_fields_are_read(void **state)
{
    (void)state;
    nbt_ns m;
    uint8_t *bytes = read_sample("registration-request to a name server", &m);
    nbt_name fred = name_of("FRED<20>.NETBIOS.COM");
    assert_int_equal(m.trn_id, 0x1234);
    assert_int_equal(m.word, 0x2900);
    assert_int_equal(m.qdcount, 1);
    assert_int_equal(m.arcount, 1);
    assert_true(nbt_name_eq(&m.q.name, &fred));
    assert_int_equal(m.q.type, NBT_RR_NB);
    assert_int_equal(m.q.cls, NBT_CLASS_IN);
    assert_int_equal(m.nrr, 1);
    assert_true(m.rr_pointer);
    assert_false(m.inexact);
    assert_true(nbt_name_eq(&m.rr[0].name, &fred));
    assert_int_equal(m.rr[0].type, NBT_RR_NB);
    assert_int_equal(m.rr[0].cls, NBT_CLASS_IN);
    assert_int_equal(m.rr[0].ttl, 300000);
    assert_int_equal(nbt_addr_count(&m.rr[0]), 1);
    nbt_addr a = nbt_addr_get(&m.rr[0], 0);
    assert_int_equal(a.nb_flags, 0x6000);
    assert_int_equal(a.ip, 0x0A000001);
    assert_ptr_equal(nbt_ns_name(&m), &m.q.name);
    free(bytes);
}

static void a_ttl_is_unsigned(void **state)
{
    (void)state;
    packet p = build_address_answer(1, 0xAD80, "FRED<20>", 0xFFFFFFFF, 0, "10.0.0.1");
    nbt_ns m;
    nbt_rd r;
    nbt_rd_init(&r, p.b, p.n);
    nbt_ns_rd(&r, &m);
    assert_rd_end(&r);
    assert_true(m.rr[0].ttl == UINT32_MAX);
}

static void requests_point_to_their_question(void **state)
{
    (void)state;
    uint8_t rdata[6], room[NBT_NS_UDP_MAX];
    nbt_wr w;
    nbt_wr_init(&w, rdata, sizeof rdata);
    nbt_addr_wr(&w, (nbt_addr){ 0x6000, 0x0A000001 });
    nbt_ns m = { .trn_id = 0x1234, .word = 0x2910, .qdcount = 1, .arcount = 1, .nrr = 1 };
    m.q = (nbt_question){ name_of("FRED<20>"), NBT_RR_NB, NBT_CLASS_IN };
    m.rr[0] = (nbt_rr){ m.q.name, NBT_RR_NB, NBT_CLASS_IN, 0, { rdata, sizeof rdata } };
    m.rr_pointer = true;
    nbt_wr_init(&w, room, sizeof room);
    nbt_ns_wr(&w, &m);
    assert_int_equal(w.at, 68);
    assert_hex(room + 50, 18, TO_QUESTION NB_IN "00000000 0006 6000 0A000001");

    /* A response has no question to point to, whatever the caller thinks. */
    m.word = 0xAD86;
    m.qdcount = m.arcount = 0;
    m.ancount = 1;
    nbt_wr_init(&w, room, sizeof room);
    nbt_ns_wr(&w, &m);
    assert_int_equal(w.at, 62);
    assert_hex(room + 12, 50, NAME_FRED NB_IN "00000000 0006 6000 0A000001");
}

/* On TCP the packet lies behind its length; the pointer still counts from the transaction id. */
static void pointers_count_from_the_packet(void **state)
{
    (void)state;
    packet p = build_request(1, 0x2900, "FRED<20>", 0, 0, "10.0.0.1");
    uint8_t frame[2 + PACKET_MAX] = { 0 };
    memcpy(frame + 2, p.b, p.n);
    nbt_ns m;
    nbt_rd r;
    nbt_rd_init(&r, frame + 2, p.n);
    nbt_ns_rd(&r, &m);
    assert_rd_end(&r);
    assert_true(nbt_name_eq(&m.q.name, &m.rr[0].name));
}

static void many_addresses_are_all_read(void **state)
{
    (void)state;
    nbt_ns m;
    uint8_t *bytes = read_sample("positive-query-response of three", &m);
    assert_int_equal(nbt_addr_count(&m.rr[0]), 3);
    assert_int_equal(nbt_addr_get(&m.rr[0], 1).ip, 0x0A000002);
    assert_int_equal(nbt_addr_get(&m.rr[0], 2).nb_flags, 0xE000);
    free(bytes);
    bytes = read_sample("positive-query-response without", &m);
    assert_int_equal(nbt_addr_count(&m.rr[0]), 0);
    free(bytes);

    enum { MANY = 10000, HEAD = 12 + 34 + 10 }; /* as only TCP could carry them */
    uint8_t *rdata = calloc(MANY, NBT_ADDR_LEN), *p = malloc(HEAD + MANY * NBT_ADDR_LEN);
    assert_non_null(rdata);
    assert_non_null(p);
    nbt_wr w;
    nbt_wr_init(&w, p, HEAD + MANY * NBT_ADDR_LEN);
    put_header(&w, 1, 0x8580, 0, 1, 0, 0);
    put_record(&w, "FRED<20>", NBT_RR_NB, 0, rdata, MANY * NBT_ADDR_LEN);
    assert_int_equal(w.err, NBT_OK);
    nbt_rd r;
    nbt_rd_init(&r, p, w.at);
    nbt_ns_rd(&r, &m);
    assert_rd_end(&r);
    assert_int_equal(nbt_addr_count(&m.rr[0]), MANY);
    assert_int_equal(nbt_addr_get(&m.rr[0], MANY - 1).ip, 0);
    free(rdata);
    free(p);
}

static void a_negative_query_may_have_its_record_uncounted(void **state)
{
    (void)state;
    nbt_ns m;
    uint8_t *bytes = read_sample("negative-query-response as Windows", &m);
    assert_int_equal(m.ancount, 0);
    assert_int_equal(m.nrr, 1);
    assert_int_equal(m.rr[0].type, NBT_RR_NULL);
    assert_ptr_equal(nbt_ns_name(&m), &m.rr[0].name);
    free(bytes);
    bytes = read_sample("negative-query-response as Samba", &m);
    assert_int_equal(m.ancount, 1);
    assert_int_equal(m.nrr, 1);
    free(bytes);
    bytes = read_sample("negative-query-response without", &m);
    assert_int_equal(m.nrr, 0);
    assert_null(nbt_ns_name(&m));
    free(bytes);

    /* One record, not more; and only there. */
    check_error("1234 8583 0000 0000 0000 0000 " NAME_FRED "000A 0001 00000000 0000 00",
                NBT_ERR_EXTRA, 56, "TRAILER");
    check_error("1234 8580 0000 0000 0000 0000 " NAME_FRED "000A 0001 00000000 0000", NBT_ERR_EXTRA,
                12, "TRAILER");
    check_error("1234 0003 0000 0000 0000 0000 " NAME_FRED "000A 0001 00000000 0000", NBT_ERR_EXTRA,
                12, "TRAILER");
    check_error("1234 AD86 0000 0000 0000 0000 " NAME_FRED "000A 0001 00000000 0000", NBT_ERR_EXTRA,
                12, "TRAILER");
}

static void a_wack_tells_what_it_is_about(void **state)
{
    (void)state;
    nbt_ns m;
    uint8_t *bytes = read_sample("wack", &m);
    nbt_name fred = name_of("FRED<20>");
    assert_true(nbt_name_eq(&m.rr[0].name, &fred));
    assert_int_equal(m.rr[0].type, NBT_RR_NB);
    assert_int_equal(m.rr[0].ttl, 60);
    assert_int_equal(nbt_wack_word(&m.rr[0]), 0x2900);
    free(bytes);
    bytes = read_sample("wack of type NULL", &m);
    assert_int_equal(m.rr[0].type, NBT_RR_NULL);
    assert_int_equal(nbt_wack_word(&m.rr[0]), 0x7900);
    free(bytes);
    bytes = read_sample("wack without", &m);
    assert_int_equal(m.rr[0].name.form, NBT_NAME_NULL);
    free(bytes);
    check_error("1234 BC00 0000 0001 0000 0000 00 " NB_IN "00000000 0001 29", NBT_ERR_LENGTH, 21,
                "RDLENGTH");
    check_error("1234 BC00 0000 0001 0000 0000 00 000A 0001 00000000 0003 290000", NBT_ERR_LENGTH,
                21, "RDLENGTH");
}

static void a_redirect_has_domain_names(void **state)
{
    (void)state;
    nbt_ns m;
    uint8_t *bytes = read_sample("redirect", &m);
    assert_int_equal(m.nscount, 1);
    assert_int_equal(m.arcount, 1);
    assert_int_equal(m.nrr, 2);
    assert_int_equal(m.rr[0].name.form, NBT_NAME_DOMAIN);
    assert_int_equal(m.rr[0].type, NBT_RR_NS);
    assert_int_equal(m.rr[1].type, NBT_RR_A);
    assert_hex(m.rr[1].rdata.p, m.rr[1].rdata.n, "0A000009");
    free(bytes);
    check_error("1234 8100 0000 0000 0001 0000 00 0002 0001 00000000 0003 01 41 41", NBT_ERR_LABEL,
                25, "NSD_NAME");
    check_error("1234 8100 0000 0000 0001 0000 00 0002 0001 00000000 0004 01 41 00 00",
                NBT_ERR_EXTRA, 26, "RDATA");
    check_error("1234 8100 0000 0000 0000 0001 " NAME_FRED "0001 0001 00000000 0003 0A0000",
                NBT_ERR_LENGTH, 54, "RDLENGTH");
}

static void other_names_stand_only_where_they_may(void **state)
{
    (void)state;
    check_error("1234 0110 0001 0000 0000 0000 00 " NB_IN, NBT_ERR_LABEL, 12, "QUESTION_NAME");
    check_error("1234 AD86 0000 0001 0000 0000 00 " NB_IN "00000000 0000", NBT_ERR_LABEL, 12,
                "RR_NAME");
    check_error("1234 8580 0000 0001 0000 0000 03 434f4d 00 " NB_IN "00000000 0000", NBT_ERR_LABEL,
                12, "RR_NAME");
    check_error("1234 BC00 0000 0001 0000 0000 03 434f4d 00 " NB_IN "00000000 0002 2900",
                NBT_ERR_LABEL, 12, "RR_NAME");
}

static void windows_long_scopes_are_read_and_not_written(void **state)
{
    (void)state;
    uint8_t p[12 + 272 + 4] = { 0x12, 0x34, 0x01, 0x10, 0, 1 };
    p[12] = 0x20;
    memset(p + 13, 'A', 32);
    for (size_t i = 0; i < 238; i++)
        p[45 + i] = i % 64 == 0 ? (uint8_t)(i < 192 ? 63 : 45) : 'S';
    p[12 + 272 + 1] = 0x20;
    p[12 + 272 + 3] = 0x01;
    nbt_ns m;
    nbt_rd r;
    nbt_rd_init(&r, p, sizeof p);
    nbt_ns_rd(&r, &m);
    assert_rd_end(&r);
    assert_int_equal(m.q.name.scope.len, 238);
    assert_true(m.inexact);
    uint8_t room[NBT_NS_UDP_MAX];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_ns_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_LONG);
}

static void counts_beyond_any_packet_are_refused_at_once(void **state)
{
    (void)state;
    check_error("0000 0000 FFFF FFFF FFFF FFFF", NBT_ERR_COUNT, 4, "QDCOUNT");
    check_error("0000 0000 0000 FFFF FFFF FFFF", NBT_ERR_COUNT, 6, "ANCOUNT");
    check_error("0000 0000 0000 0000 FFFF FFFF", NBT_ERR_COUNT, 8, "NSCOUNT");
    check_error("0000 0000 0000 0000 0000 FFFF", NBT_ERR_COUNT, 10, "ARCOUNT");
    check_error("0000 0000 0002 0000 0000 0000 " NAME_FRED NB_IN NAME_FRED NB_IN, NBT_ERR_COUNT, 4,
                "QDCOUNT");
    check_error("0000 8500 0000 0003 0000 0000", NBT_ERR_COUNT, 6, "ANCOUNT");
    check_error("0000 8500 0000 0001 0001 0001", NBT_ERR_COUNT, 10, "ARCOUNT");
}

static void what_the_counts_promise_must_be_there(void **state)
{
    (void)state;
    check_error("0000 8500 0000 0001 0000 0000", NBT_ERR_SHORT, 12, "RR_NAME");
    check_error("0000 0110 0001 0000 0000 0000", NBT_ERR_SHORT, 12, "QUESTION_NAME");
    check_error("0000 2910 0001 0000 0000 0001 " NAME_FRED NB_IN, NBT_ERR_SHORT, 50, "RR_NAME");
    check_error("0000 0110 0001 0000 0000 0000 " NAME_FRED NB_IN "00", NBT_ERR_EXTRA, 50,
                "TRAILER");
}

static void rdlength_must_fit_its_type(void **state)
{
    (void)state;
    static const struct {
        const char *rest; /* RDLENGTH and RDATA of a claim's record */
        nbt_err err;
        size_t at;
        const char *field;
    } rows[] = {
        { "0001 00", NBT_ERR_LENGTH, 60, "RDLENGTH" },
        { "0005 0000000000", NBT_ERR_LENGTH, 60, "RDLENGTH" },
        { "0007 00000A00000100", NBT_ERR_LENGTH, 60, "RDLENGTH" },
        { "000C 00000A000001", NBT_ERR_SHORT, 62, "RDATA" },
        { "FFFF 00000A000001", NBT_ERR_SHORT, 62, "RDATA" },
        { "0000 00000A000001", NBT_ERR_EXTRA, 62, "TRAILER" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char hex[400] =
            "1234 2910 0001 0000 0000 0001 " NAME_FRED NB_IN TO_QUESTION NB_IN "00000000 ";
        strcat(hex, rows[i].rest);
        check_error(hex, rows[i].err, rows[i].at, rows[i].field);
    }
    /* None at all can be read, and is no claim. */
    nbt_ns m;
    uint8_t *bytes;
    nbt_rd r =
        read_hex("1234 2910 0001 0000 0000 0001 " NAME_FRED NB_IN TO_QUESTION NB_IN "00000000 0000",
                 &m, &bytes);
    assert_rd_end(&r);
    assert_int_equal(nbt_ns_kind_of(&m), NBT_NS_OTHER);
    free(bytes);
}

static void a_status_gives_names_as_16_octets(void **state)
{
    (void)state;
    nbt_ns m;
    uint8_t *bytes = read_sample("status-response", &m);
    assert_int_equal(m.rr[0].ttl, 0);
    assert_int_equal(m.rr[0].rdata.n, 47 + 18 * 2);
    assert_int_equal(nbt_status_count(&m.rr[0]), 2);
    nbt_node_name name = nbt_status_get(&m.rr[0], 1);
    assert_memory_equal(name.b, "FLINTSTONE     \0", NBT_NAME_LEN);
    assert_int_equal(name.flags, NBT_NB_G | NBT_NB_ACT);
    name = nbt_status_get(&m.rr[0], 0);
    assert_int_equal(name.flags, NBT_NB_ACT);
    free(bytes);
}

static void statistics_are_in_the_drawn_order(void **state)
{
    (void)state;
    nbt_ns m;
    uint8_t *bytes = read_sample("status-response", &m);
    nbt_statistics st;
    assert_true(nbt_status_statistics(&m.rr[0], &st));
    assert_hex(st.unit_id, 6, "00A0C9010203");
    assert_int_equal(st.jumpers, 0x11);
    assert_int_equal(st.test_result, 0x22);
    assert_int_equal(st.version, 0x3344);
    assert_int_equal(st.period, 0x5566);
    assert_int_equal(st.crcs, 0x7788);
    assert_int_equal(st.alignment, 0x99AA);
    assert_int_equal(st.collisions, 0xBBCC);
    assert_int_equal(st.send_aborts, 0xDDEE);
    assert_int_equal(st.good_sends, 0x01020304);
    assert_int_equal(st.good_receives, 0x05060708);
    assert_int_equal(st.retransmits, 0x1111);
    assert_int_equal(st.no_resource, 0x2222);
    assert_int_equal(st.free_cmd, 0x3333);
    assert_int_equal(st.total_cmd, 0x4444);
    assert_int_equal(st.max_total_cmd, 0x5555);
    assert_int_equal(st.pending_sess, 0x6666);
    assert_int_equal(st.max_pending_sess, 0x7777);
    assert_int_equal(st.max_total_sess, 0x8888);
    assert_int_equal(st.sess_data_pkt_size, 0x9999);

    nbt_node_name names[2] = { nbt_status_get(&m.rr[0], 0), nbt_status_get(&m.rr[0], 1) };
    uint8_t room[NBT_NS_UDP_MAX];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_status_wr(&w, names, 2, &st);
    assert_wr_bytes(&w, m.rr[0].rdata.p, m.rr[0].rdata.n);
    free(bytes);
}

static void a_status_is_read_as_far_as_it_goes(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        uint8_t num_names;
        size_t rdlength, count;
        bool statistics;
        uint8_t unit_id; /* its first octet, as read */
    } rows[] = {
        { "nothing but the count", 3, 1, 0, false, 0 },
        { "no names, no statistics", 0, 1, 0, false, 0 },
        { "no names", 0, 47, 0, true, 0xEE },
        { "255 names in room for two", 255, 47, 2, false, 0 },
        { "half a name", 2, 1 + 18 + 9, 1, false, 0 },
        { "no statistics", 2, 37, 2, false, 0 },
        { "the unit id alone", 2, 37 + 6, 2, false, 0xEE },
        { "half the unit id", 2, 37 + 3, 2, false, 0 },
        { "one octet of the last counter", 2, 37 + 45, 2, false, 0xEE },
        { "all", 2, 37 + 46, 2, true, 0xEE },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("%s\n", rows[i].label);
        uint8_t rdata[100];
        memset(rdata, 0xEE, sizeof rdata);
        rdata[0] = rows[i].num_names;
        packet p = build_answer(1, 0x8400, "*<00>", NBT_RR_NBSTAT, 0, rdata, rows[i].rdlength);
        uint8_t *exact = exact_copy(p.b, p.n);
        nbt_ns m;
        nbt_rd r;
        nbt_rd_init(&r, exact, p.n);
        nbt_ns_rd(&r, &m);
        assert_rd_end(&r);
        assert_int_equal(nbt_ns_kind_of(&m), NBT_NS_STATUS_RESPONSE);
        assert_int_equal(nbt_status_count(&m.rr[0]), rows[i].count);
        for (size_t j = 0; j < rows[i].count; j++)
            assert_int_equal(nbt_status_get(&m.rr[0], j).flags, 0xEEEE);
        nbt_statistics st;
        memset(&st, 0x55, sizeof st);
        assert_int_equal(nbt_status_statistics(&m.rr[0], &st), rows[i].statistics);
        assert_int_equal(st.unit_id[0], rows[i].unit_id);
        assert_int_equal(st.sess_data_pkt_size, rows[i].statistics ? 0xEEEE : 0);
        free(exact);
    }
    check_error("1234 8400 0000 0001 0000 0000 " NAME_WILDCARD "0021 0001 00000000 0000",
                NBT_ERR_LENGTH, 54, "RDLENGTH");
    uint8_t longer[48] = { 0 };
    packet p = build_answer(1, 0x8400, "*<00>", NBT_RR_NBSTAT, 0, longer, sizeof longer);
    nbt_ns m;
    nbt_rd r;
    nbt_rd_init(&r, p.b, p.n);
    nbt_ns_rd(&r, &m);
    assert_rd_err(&r, NBT_ERR_LENGTH, 54, "RDLENGTH");
}

/* Windows XP: a status response goes on for 18 octets behind its record. */
static void a_status_may_have_octets_behind_it(void **state)
{
    (void)state;
    char hex[1000] = { 0 };
    strcat(hex, sample_of("status-response")->hex);
    strcat(hex, " 000000000000000000000000000000000000");
    nbt_ns m;
    uint8_t *bytes;
    nbt_rd r = read_hex(hex, &m, &bytes);
    assert_rd_end(&r);
    assert_true(m.inexact);
    assert_int_equal(nbt_ns_kind_of(&m), NBT_NS_STATUS_RESPONSE);
    assert_int_equal(nbt_status_count(&m.rr[0]), 2);
    free(bytes);
    bytes = read_sample("status-response", &m);
    assert_false(m.inexact);
    free(bytes);
}

static void pointers_into_rdata_are_read_safely(void **state)
{
    (void)state;
    /* The second record's name points into the first one's address: a label of 42. */
    check_error("1234 8500 0000 0002 0000 0000 " NAME_FRED NB_IN "00000000 0006 0000 2A000001 "
                "C03A " NB_IN "00000000 0000",
                NBT_ERR_SHORT, 59, "RR_NAME");
    /* Here it is one. */
    nbt_ns m;
    uint8_t *bytes;
    nbt_rd r = read_hex("1234 8500 0000 0002 0000 0000 " NAME_FRED
                        "BEEF 0001 00000000 0022 " NAME_BARNEY "C038 " NB_IN "00000000 0000",
                        &m, &bytes);
    assert_rd_end(&r);
    nbt_name barney = name_of("BARNEY<00>");
    assert_true(nbt_name_eq(&m.rr[1].name, &barney));
    assert_true(m.inexact);
    free(bytes);
}

static void what_does_not_fit_is_not_written(void **state)
{
    (void)state;
    static const uint8_t big[65536];
    static uint8_t room[2 * 65536];
    nbt_ns m = { .word = 0x8500, .ancount = 1, .nrr = 1 };
    m.rr[0] = (nbt_rr){ name_of("FRED<20>"), NBT_RR_NB, NBT_CLASS_IN, 0, { big, 65535 } };
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_ns_wr(&w, &m);
    assert_int_equal(w.err, NBT_OK);
    m.rr[0].rdata.n = 65536;
    nbt_wr_init(&w, room, sizeof room);
    nbt_ns_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_RANGE);
    assert_string_equal(w.err_field, "RDLENGTH");

    m = (nbt_ns){ .word = 0x0100, .qdcount = 2 };
    nbt_wr_init(&w, room, sizeof room);
    nbt_ns_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_RANGE);

    nbt_node_name names[256] = { { { 0 }, 0 } };
    nbt_statistics st = { .version = 0 };
    nbt_wr_init(&w, room, sizeof room);
    nbt_status_wr(&w, names, 256, &st);
    assert_wr_err(&w, NBT_ERR_RANGE);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("B12 B14 B45 H74", every_kind_is_read_and_written_as_drawn),
    NBT_TEST("", every_kind_is_known_by_its_bits),
    NBT_TEST("", only_known_opcodes_are_kinds),
    NBT_TEST("B25 B35", a_claim_and_an_overwrite_differ_in_rd_alone),
    NBT_TEST("B28 B33 B37 B39", answers_differ_in_ra_rcode_and_address),
    NBT_TEST("B2", the_flag_words_bits_are_where_they_belong),
    NBT_TEST("", a_claims_fields_are_read),
    NBT_TEST("B14", a_ttl_is_unsigned),
    NBT_TEST("A24 A25", requests_point_to_their_question),
    NBT_TEST("A23", pointers_count_from_the_packet),
    NBT_TEST("B40 H33", many_addresses_are_all_read),
    NBT_TEST("B44 H4", a_negative_query_may_have_its_record_uncounted),
    NBT_TEST("A12 B47 H3", a_wack_tells_what_it_is_about),
    NBT_TEST("A12 B45", a_redirect_has_domain_names),
    NBT_TEST("A12", other_names_stand_only_where_they_may),
    NBT_TEST("A16", windows_long_scopes_are_read_and_not_written),
    NBT_TEST("H27", counts_beyond_any_packet_are_refused_at_once),
    NBT_TEST("B12", what_the_counts_promise_must_be_there),
    NBT_TEST("B40 H32 H33 H60 H70 H71", rdlength_must_fit_its_type),
    NBT_TEST("A32 B50 B51", a_status_gives_names_as_16_octets),
    NBT_TEST("B53", statistics_are_in_the_drawn_order),
    NBT_TEST("B57 H34 H76", a_status_is_read_as_far_as_it_goes),
    NBT_TEST("", a_status_may_have_octets_behind_it),
    NBT_TEST("H30", pointers_into_rdata_are_read_safely),
    NBT_TEST("H70", what_does_not_fit_is_not_written),
};

NBT_MAIN("ns", tests)
