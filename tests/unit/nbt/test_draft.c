/*
 * The packets that nodes send, octet for octet as RFC 1002 4.2 draws them.
 */
#include "tests/support/test.h"

#include "nbt/draft.h"
#include "tests/support/build.h"

/* FRED<20>, first as in a question (at offset 12), then the pointer to it. */
#define FRED_20 "20 4547464345464545434143414341434143414341434143414341434143414341 00"
#define POINTER "C00C"

static const nbt_addr here = { 0x2000, 0x0A000001 };

static void assert_draft(const nbt_draft *d, const char *hex)
{
    uint8_t buf[NBT_NS_UDP_MAX];
    nbt_wr w;
    nbt_wr_init(&w, buf, sizeof buf);
    nbt_ns_wr(&w, &d->ns);
    assert_int_equal(w.err, NBT_OK);
    assert_hex(buf, w.at, hex);
}

static void questions(void **state)
{
    (void)state;
    nbt_name fred = name_of("FRED<20>");
    nbt_draft d;
    nbt_draft_question(&d, 0x1234, NBT_WORD_QUERY | NBT_NS_B, &fred, NBT_RR_NB);
    assert_draft(&d, "1234 0110 0001 0000 0000 0000" FRED_20 "0020 0001");
    assert_int_equal(d.ns.qdcount, 1);

    nbt_draft_question(&d, 0x1234, NBT_WORD_STATUS_REQUEST, &fred, NBT_RR_NBSTAT);
    assert_draft(&d, "1234 0000 0001 0000 0000 0000" FRED_20 "0021 0001");
}

/* 68 octets each, without a scope. */
static void requests_with_a_record(void **state)
{
    (void)state;
    nbt_name fred = name_of("FRED<20>");
    static const struct {
        unsigned word;
        uint32_t ttl;
        const char *flags, *ttl_hex;
    } rows[] = {
        { NBT_WORD_REGISTRATION | NBT_NS_B, 300000, "2910", "000493E0" },
        { NBT_WORD_OVERWRITE | NBT_NS_B, 0, "2810", "00000000" },
        { NBT_WORD_RELEASE | NBT_NS_B, 0, "3010", "00000000" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_draft d;
        nbt_draft_record(&d, 0xABCD, rows[i].word, &fred, rows[i].ttl, here);
        char hex[300] = "ABCD";
        strcat(hex, rows[i].flags);
        strcat(hex, "0001 0000 0000 0001" FRED_20 "0020 0001" POINTER "0020 0001");
        strcat(hex, rows[i].ttl_hex);
        strcat(hex, "0006 2000 0A000001");
        assert_draft(&d, hex);
    }
}

static void responses_with_an_address(void **state)
{
    (void)state;
    nbt_name fred = name_of("FRED<20>");
    nbt_draft d;
    nbt_draft_response(&d, 1, NBT_WORD_NEGATIVE_REGISTRATION | (unsigned)NBT_RCODE_ACT_ERR, &fred,
                       0, here);
    assert_draft(&d,
                 "0001 AD86 0000 0001 0000 0000" FRED_20 "0020 0001 00000000 0006 2000 0A000001");

    nbt_draft_response(&d, 1, NBT_WORD_POSITIVE_QUERY, &fred, 300000, here);
    assert_draft(&d,
                 "0001 8500 0000 0001 0000 0000" FRED_20 "0020 0001 000493E0 0006 2000 0A000001");

    nbt_draft_response(&d, 1, NBT_WORD_CONFLICT_DEMAND, &fred, 0, (nbt_addr){ 0, 0 });
    assert_draft(&d,
                 "0001 AD87 0000 0001 0000 0000" FRED_20 "0020 0001 00000000 0006 0000 00000000");
}

static void a_negative_query_response(void **state)
{
    (void)state;
    nbt_name fred = name_of("FRED<20>");
    nbt_draft d;
    nbt_draft_negative_query(&d, 1, NBT_WORD_NEGATIVE_QUERY | (unsigned)NBT_RCODE_NAM_ERR, &fred);
    assert_draft(&d, "0001 8503 0000 0000 0000 0000" FRED_20 "000A 0001 00000000 0000");
}

static void a_status_response(void **state)
{
    (void)state;
    nbt_name fred = name_of("FRED<20>");
    nbt_node_name names[] = { { "FRED           ", 0x0400 }, { "GROUP          ", 0x8C00 } };
    nbt_statistics st = { .unit_id = { 2, 0, 0, 0, 0, 1 }, .good_sends = 5, .retransmits = 6 };
    nbt_draft d;
    nbt_draft_status(&d, 1, NBT_WORD_STATUS_RESPONSE, &fred, names, 2, &st);
    assert_draft(&d, "0001 8400 0000 0001 0000 0000" FRED_20 "0021 0001 00000000 0053 02"
                     "46524544202020202020202020202000 0400"
                     "47524F55502020202020202020202000 8C00"
                     "020000000001 00 00 0000 0000 0000 0000 0000 0000 00000005 00000000"
                     "0006 0000 0000 0000 0000 0000 0000 0000 0000");
}

/* RFC 1001 15.6 counts the whole IP datagram: 28 + 12 + 34 + 10 + 47 + 18n octets. */
static void room_in_a_status_response(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t room;
    } rows[] = {
        { "FRED<20>", 24 },              /* 13 octets to spare */
        { "FRED<20>.ABCDEFGHIJKL", 24 }, /* and not one */
        { "FRED<20>.ABCDEFGHIJKLM", 23 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_name name = name_of(rows[i].name);
        assert_int_equal(nbt_draft_status_room(&name), rows[i].room);
        static const nbt_node_name names[24];
        nbt_statistics st = { 0 };
        nbt_draft d;
        uint8_t buf[NBT_NS_UDP_MAX];
        nbt_wr w;
        nbt_draft_status(&d, 1, NBT_WORD_STATUS_RESPONSE, &name, names, rows[i].room, &st);
        nbt_wr_init(&w, buf, sizeof buf);
        nbt_ns_wr(&w, &d.ns);
        assert_int_equal(w.err, NBT_OK);
        assert_in_range(28 + w.at, NBT_NS_UDP_MAX - 17, NBT_NS_UDP_MAX);
    }
}

/* RFC 1002 4.2.13: ADDR_ENTRY is an array. */
static void a_response_can_have_more_addresses(void **state)
{
    (void)state;
    nbt_draft d;
    nbt_name name = name_of("FRED<20>");
    nbt_draft_response(&d, 7, NBT_WORD_POSITIVE_QUERY, &name, 0, (nbt_addr){ 0, 1 });
    for (uint32_t ip = 2; ip <= 32; ip++)
        assert_true(nbt_draft_add_address(&d, (nbt_addr){ 0x6000, ip }));
    assert_false(nbt_draft_add_address(&d, (nbt_addr){ 0, 33 }));
    assert_int_equal(nbt_addr_count(&d.ns.rr[0]), 32);
    for (uint32_t i = 0; i < 32; i++)
        assert_int_equal(nbt_addr_get(&d.ns.rr[0], i).ip, i + 1);
    uint8_t buf[NBT_NS_UDP_MAX];
    nbt_wr w;
    nbt_wr_init(&w, buf, sizeof buf);
    nbt_ns_wr(&w, &d.ns);
    assert_int_equal(w.err, NBT_OK);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", questions),
    NBT_TEST("", requests_with_a_record),
    NBT_TEST("", responses_with_an_address),
    NBT_TEST("", a_negative_query_response),
    NBT_TEST("", a_status_response),
    NBT_TEST("", room_in_a_status_response),
    NBT_TEST("", a_response_can_have_more_addresses),
};

NBT_MAIN("draft", tests)
