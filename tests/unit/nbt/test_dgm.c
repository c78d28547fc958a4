/*
 * Datagram service packets: seven types with three headers, fragments, and what is refused.
 */
#include "tests/support/test.h"

#include "nbt/dgm.h"
#include "tests/support/build.h"
#include "tests/support/samples.h"

static nbt_rd read_bytes(const uint8_t *p, size_t n, nbt_dgm *m)
{
    nbt_rd r;
    nbt_rd_init(&r, p, n);
    nbt_dgm_rd(&r, m);
    return r;
}

static void check_error(const char *hex, nbt_err err, size_t at, const char *field)
{
    uint8_t room[512];
    size_t n = hex_bytes(hex, room, sizeof room);
    uint8_t *exact = exact_copy(room, n);
    nbt_dgm m;
    nbt_rd r = read_bytes(exact, n, &m);
    free(exact);
    assert_rd_err(&r, err, at, field);
}

static void every_type_is_read_and_written_as_drawn(void **state)
{
    (void)state;
    /* The cuts that are whole again: each octet of user data may be missing. */
    assert_int_equal(check_good_samples(NBT_SERVICE_DATAGRAM), 5 + 2 + 3);
}

static void a_messages_fields_are_read(void **state)
{
    (void)state;
    size_t n;
    uint8_t *p = sample_bytes(sample_of("direct-unique"), &n);
    nbt_dgm m;
    nbt_rd r = read_bytes(p, n, &m);
    assert_rd_end(&r);
    nbt_name fred = name_of("FRED<20>"), barney = name_of("BARNEY<00>");
    assert_int_equal(m.type, NBT_DGM_UNIQUE);
    assert_int_equal(m.flags, NBT_DGM_FIRST);
    assert_int_equal(m.id, 0x4321);
    assert_true(nbt_ep_eq(m.source, (nbt_ep){ 0x0A000001, 138 }));
    assert_int_equal(m.length, 34 + 34 + 5);
    assert_int_equal(m.offset, 0);
    assert_true(nbt_name_eq(&m.from, &barney));
    assert_true(nbt_name_eq(&m.to, &fred));
    assert_int_equal(m.data.n, 5);
    assert_memory_equal(m.data.p, "Data!", 5);
    assert_int_equal(nbt_dgm_length(&m.from, &m.to, 5), m.length);
    nbt_name scoped = name_of("FRED<20>.NETBIOS.COM");
    assert_int_equal(nbt_dgm_length(&scoped, &m.to, 512), 46 + 34 + 512);
    free(p);
}

static void an_error_has_eleven_octets(void **state)
{
    (void)state;
    size_t n;
    uint8_t *p = sample_bytes(sample_of("datagram-error"), &n);
    assert_int_equal(n, 11);
    nbt_dgm m;
    nbt_rd r = read_bytes(p, n, &m);
    assert_rd_end(&r);
    assert_int_equal(m.code, NBT_DGM_CODE_DESTINATION_NOT_PRESENT);
    assert_int_equal(m.length, 0);
    assert_int_equal(m.data.n, 0);
    free(p);
    check_error("13 00 4321 0A000002 008A 82 00", NBT_ERR_EXTRA, 11, "TRAILER");
    check_error("13 00 4321 0A000002 008A", NBT_ERR_SHORT, 10, "ERROR_CODE");
}

static void a_query_has_a_header_of_ten_octets_and_a_name(void **state)
{
    (void)state;
    static const char *const labels[] = { "datagram-query-request", "datagram-positive",
                                          "datagram-negative" };
    static const char *const names[] = { "FRED<20>", "FRED<20>", "FRED<20>.NETBIOS.COM" };
    for (size_t i = 0; i < LENGTH_OF(labels); i++) {
        size_t n;
        uint8_t *p = sample_bytes(sample_of(labels[i]), &n);
        nbt_dgm m;
        nbt_rd r = read_bytes(p, n, &m);
        assert_rd_end(&r);
        nbt_name name = name_of(names[i]);
        assert_true(nbt_name_eq(&m.to, &name));
        assert_int_equal(n, 10 + nbt_name_size(&name));
        free(p);
    }
    check_error("14 00 4321 0A000001 008A " NAME_FRED "00", NBT_ERR_EXTRA, 44, "TRAILER");
}

static void a_later_fragment_has_no_names(void **state)
{
    (void)state;
    size_t n;
    uint8_t *p = sample_bytes(sample_of("broadcast-datagram, a later"), &n);
    nbt_dgm m;
    nbt_rd r = read_bytes(p, n, &m);
    assert_rd_end(&r);
    assert_int_equal(m.offset, 2);
    assert_int_equal(m.length, 73);
    assert_memory_equal(m.data.p, "ta!", 3);
    free(p);
}

/* 1064 octets with IP and UDP headers, RFC 1001 17.1.2. */
static void the_largest_datagram_is_read(void **state)
{
    (void)state;
    uint8_t p[14 + 255 + 255 + 512] = { 0x10, 0x02 };
    for (size_t name = 14; name < 14 + 2 * 255; name += 255) {
        p[name] = 0x20;
        memset(p + name + 1, 'A', 32);
        for (size_t i = 33; i < 254; i++)
            p[name + i] = (i - 33) % 64 == 0 ? (uint8_t)(i - 33 < 192 ? 63 : 28) : 'S';
    }
    nbt_dgm m;
    nbt_rd r = read_bytes(p, sizeof p, &m);
    assert_rd_end(&r);
    assert_int_equal(m.data.n, 512);
    assert_int_equal(sizeof p + 8 + 20, 1064);
    uint8_t room[sizeof p];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_dgm_wr(&w, &m);
    assert_wr_bytes(&w, p, sizeof p);
}

static void lengths_that_lie_are_given_as_they_are(void **state)
{
    (void)state;
    uint8_t room[200];
    size_t n = hex_bytes("10 02 4321 0A000001 008A FFFF FFFF " NAME_BARNEY NAME_FRED "21", room,
                         sizeof room);
    nbt_dgm m;
    nbt_rd r = read_bytes(room, n, &m);
    assert_rd_end(&r);
    assert_int_equal(m.length, 0xFFFF);
    assert_int_equal(m.offset, 0xFFFF);
    assert_int_equal(m.data.n, 1);
}

static void unknown_types_and_bad_names_are_described(void **state)
{
    (void)state;
    check_error("", NBT_ERR_SHORT, 0, "MSG_TYPE");
    check_error("10 02 4321 0A000001 00", NBT_ERR_SHORT, 8, "SOURCE_PORT");
    check_error("10 02 4321 0A000001 008A", NBT_ERR_SHORT, 10, "DGM_LENGTH");
    check_error("10 02 4321 0A000001 008A 0000 00", NBT_ERR_SHORT, 12, "PACKET_OFFSET");
    check_error("0F 02 4321 0A000001 008A 0000 0000", NBT_ERR_VALUE, 0, "MSG_TYPE");
    check_error("17 02 4321 0A000001 008A 0000 0000", NBT_ERR_VALUE, 0, "MSG_TYPE");
    check_error("10 02 4321 0A000001 008A 0044 0000 " NAME_BARNEY "C00E", NBT_ERR_POINTER, 48,
                "DESTINATION_NAME");
    check_error("10 02 4321 0A000001 008A 0044 0000 C000 " NAME_FRED, NBT_ERR_POINTER, 14,
                "SOURCE_NAME");
    check_error("14 00 4321 0A000001 008A 03434f4d00", NBT_ERR_LABEL, 10, "DESTINATION_NAME");
}

static void what_is_no_datagram_is_not_written(void **state)
{
    (void)state;
    uint8_t room[1500];
    nbt_wr w;
    nbt_dgm m = { .type = 0x17 };
    nbt_wr_init(&w, room, sizeof room);
    nbt_dgm_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_VALUE);

    m = (nbt_dgm){ .type = NBT_DGM_QUERY, .to = name_of("FRED<20>") };
    for (size_t i = 0; i < 4; i++)
        m.to.scope.b[64 * i] = 63;
    m.to.scope.len = 64 * 3 + 30;
    nbt_wr_init(&w, room, sizeof room);
    nbt_dgm_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_LONG);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("D1", every_type_is_read_and_written_as_drawn),
    NBT_TEST("D1", a_messages_fields_are_read),
    NBT_TEST("D9", an_error_has_eleven_octets),
    NBT_TEST("D11", a_query_has_a_header_of_ten_octets_and_a_name),
    NBT_TEST("", a_later_fragment_has_no_names),
    NBT_TEST("", the_largest_datagram_is_read),
    NBT_TEST("", lengths_that_lie_are_given_as_they_are),
    NBT_TEST("", unknown_types_and_bad_names_are_described),
    NBT_TEST("H67", what_is_no_datagram_is_not_written),
};

NBT_MAIN("dgm", tests)
