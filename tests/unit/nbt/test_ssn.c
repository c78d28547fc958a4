/*
 * Session service packets: six types, 17-bit lengths, and packets out of a stream cut anywhere.
 */
#include "tests/support/test.h"

#include "nbt/ssn.h"
#include "tests/support/build.h"
#include "tests/support/samples.h"

static nbt_rd read_bytes(const uint8_t *p, size_t n, nbt_ssn *m)
{
    nbt_rd r;
    nbt_rd_init(&r, p, n);
    nbt_ssn_rd(&r, m);
    return r;
}

static void check_error(const char *hex, nbt_err err, size_t at, const char *field)
{
    uint8_t room[512];
    size_t n = hex_bytes(hex, room, sizeof room);
    uint8_t *exact = exact_copy(room, n);
    nbt_ssn m;
    nbt_rd r = read_bytes(exact, n, &m);
    free(exact);
    assert_rd_err(&r, err, at, field);
}

static uint8_t *read_sample(const char *label, nbt_ssn *m)
{
    size_t n;
    uint8_t *p = sample_bytes(sample_of(label), &n);
    nbt_rd r = read_bytes(p, n, m);
    assert_rd_end(&r);
    return p;
}

static void every_type_is_read_and_written_as_drawn(void **state)
{
    (void)state;
    assert_int_equal(check_good_samples(NBT_SERVICE_SESSION), 0);
}

static void a_request_has_the_called_name_first(void **state)
{
    (void)state;
    nbt_ssn m;
    uint8_t *p = read_sample("session-request", &m);
    nbt_name fred = name_of("FRED<20>"), barney = name_of("BARNEY<00>");
    assert_int_equal(m.type, NBT_SSN_REQUEST);
    assert_true(nbt_name_eq(&m.called, &fred));
    assert_true(nbt_name_eq(&m.calling, &barney));
    assert_int_equal(m.data.n, 0);
    free(p);

    m = (nbt_ssn){ .type = NBT_SSN_REQUEST, .called = fred, .calling = barney };
    uint8_t room[4 + NBT_SSN_REQUEST_MAX];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_ssn_wr(&w, &m);
    assert_int_equal(w.at, 4 + 68);
    assert_hex(room, w.at, "81 00 0044 " NAME_FRED NAME_BARNEY);
}

static void the_longest_request_has_510_octets(void **state)
{
    (void)state;
    uint8_t p[4 + NBT_SSN_REQUEST_MAX] = { 0x81, 0x00, 0x01, 0xFE };
    for (size_t name = 4; name < sizeof p; name += 255) {
        p[name] = 0x20;
        memset(p + name + 1, 'A', 32);
        for (size_t i = 33; i < 254; i++)
            p[name + i] = (i - 33) % 64 == 0 ? (uint8_t)(i - 33 < 192 ? 63 : 28) : 'S';
    }
    nbt_ssn m;
    nbt_rd r = read_bytes(p, sizeof p, &m);
    assert_rd_end(&r);
    uint8_t room[sizeof p];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_ssn_wr(&w, &m);
    assert_wr_bytes(&w, p, sizeof p);

    m.calling.scope.b[192] = 29; /* one octet more in the last label */
    m.calling.scope.len++;
    nbt_wr_init(&w, room, sizeof room);
    nbt_ssn_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_LONG);
}

static void answers_carry_what_is_drawn(void **state)
{
    (void)state;
    nbt_ssn m;
    uint8_t *p = read_sample("negative-session-response", &m);
    assert_int_equal(m.code, NBT_SSN_CODE_CALLED_NOT_PRESENT);
    assert_int_equal(m.data.n, 0);
    free(p);
    p = read_sample("retarget-session-response", &m);
    assert_true(nbt_ep_eq(m.retarget, (nbt_ep){ 0x0A000002, 1163 }));
    assert_int_equal(m.code, 0);
    free(p);
    p = read_sample("positive-session-response", &m);
    assert_int_equal(m.data.n, 0);
    free(p);
}

static void what_stands_behind_the_fields_is_kept(void **state)
{
    (void)state;
    nbt_ssn m;
    uint8_t *p = read_sample("session-request with more", &m);
    assert_int_equal(m.data.n, 1);
    assert_int_equal(m.data.p[0], 0x21);
    free(p);
    static const uint8_t keep_alive[] = { 0x85, 0x00, 0x00, 0x02, 7, 8 };
    nbt_rd r = read_bytes(keep_alive, sizeof keep_alive, &m);
    assert_rd_end(&r);
    assert_hex(m.data.p, m.data.n, "0708");
    static const uint8_t negative[] = { 0x83, 0x00, 0x00, 0x02, 0x80, 9 };
    r = read_bytes(negative, sizeof negative, &m);
    assert_rd_end(&r);
    assert_int_equal(m.code, NBT_SSN_CODE_NOT_LISTENING_CALLED);
    assert_hex(m.data.p, m.data.n, "09");
}

static void lengths_have_17_bits(void **state)
{
    (void)state;
    static const struct {
        size_t length;
        const char *head;
    } rows[] = {
        { 0, "00 00 0000" },     { 1, "00 00 0001" },      { 65535, "00 00 FFFF" },
        { 65536, "00 01 0000" }, { 131071, "00 01 FFFF" },
    };
    uint8_t *data = calloc(1, NBT_SSN_LEN_MAX + 1), *room = malloc(4 + NBT_SSN_LEN_MAX + 1);
    assert_non_null(data);
    assert_non_null(room);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        size_t n = rows[i].length;
        nbt_ssn m = { .type = NBT_SSN_MESSAGE, .data = { data, n } }, again;
        nbt_wr w;
        nbt_wr_init(&w, room, 4 + n);
        nbt_ssn_wr(&w, &m);
        assert_int_equal(w.err, NBT_OK);
        assert_int_equal(w.at, 4 + n);
        assert_hex(room, 4, rows[i].head);
        nbt_rd r = read_bytes(room, w.at, &again);
        assert_rd_end(&r);
        assert_int_equal(again.data.n, n);
        assert_int_equal(nbt_ssn_frame((nbt_bytes){ room, w.at }), 4 + n);

        nbt_wr_init(&w, room, 4);
        nbt_ssn_head_wr(&w, NBT_SSN_MESSAGE, n);
        assert_hex(room, w.at, rows[i].head);
    }
    nbt_ssn m = { .type = NBT_SSN_MESSAGE, .data = { data, NBT_SSN_LEN_MAX + 1 } };
    nbt_wr w;
    nbt_wr_init(&w, room, 4 + NBT_SSN_LEN_MAX + 1);
    nbt_ssn_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_RANGE);
    nbt_wr_init(&w, room, 4);
    nbt_ssn_head_wr(&w, NBT_SSN_MESSAGE, NBT_SSN_LEN_MAX + 1);
    assert_wr_err(&w, NBT_ERR_RANGE);
    free(data);
    free(room);
}

static void reserved_flags_do_not_count_for_the_length(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 0x00, 0xFE, 0x00, 0x01 };
    nbt_rd r;
    nbt_ssn_head head;
    nbt_rd_init(&r, bytes, sizeof bytes);
    nbt_ssn_head_rd(&r, &head);
    assert_rd_end(&r);
    assert_int_equal(head.type, NBT_SSN_MESSAGE);
    assert_int_equal(head.flags, 0xFE);
    assert_int_equal(head.length, 1);
}

/* Takes whole packets off the front of what has come; returns how many, and compares them. */
static size_t take_packets(const uint8_t *stream, size_t *from, size_t have)
{
    size_t taken = 0;
    for (;;) {
        size_t n = nbt_ssn_frame((nbt_bytes){ stream + *from, have - *from });
        if (n == 0 || n > have - *from)
            return taken;
        nbt_ssn m;
        nbt_rd r = read_bytes(stream + *from, n, &m);
        assert_rd_end(&r);
        *from += n;
        taken++;
    }
}

static void packets_come_out_of_a_stream_however_it_is_cut(void **state)
{
    (void)state;
    uint8_t stream[1024];
    size_t n = 0, packets = 0;
    for (size_t i = 0; i < good_samples_n; i++) {
        if (good_samples[i].service != NBT_SERVICE_SESSION)
            continue;
        n += hex_bytes(good_samples[i].hex, stream + n, sizeof stream - n);
        packets++;
    }
    size_t from = 0, taken = 0;
    for (size_t have = 1; have <= n; have++) { /* octet by octet */
        uint8_t *exact = exact_copy(stream + from, have - from);
        size_t at = 0;
        taken += take_packets(exact, &at, have - from);
        from += at;
        free(exact);
    }
    assert_int_equal(taken, packets);
    assert_int_equal(from, n);

    from = 0; /* all in one piece */
    assert_int_equal(take_packets(stream, &from, n), packets);

    nbt_rng rng = { test_seed() };
    for (int round = 0; round < 200; round++) {
        from = taken = 0;
        for (size_t have = 0; have < n;) {
            have += 1 + nbt_rng_below(&rng, 60);
            have = have < n ? have : n;
            taken += take_packets(stream, &from, have);
        }
        assert_int_equal(taken, packets);
    }
}

static void a_frame_looks_at_the_header_alone(void **state)
{
    (void)state;
    static const uint8_t head[] = { 0x00, 0x01, 0x00, 0x00 };
    uint8_t *exact = exact_copy(head, sizeof head);
    assert_int_equal(nbt_ssn_frame((nbt_bytes){ exact, sizeof head }), 4 + 65536);
    for (size_t n = 0; n < sizeof head; n++)
        assert_int_equal(nbt_ssn_frame((nbt_bytes){ exact, n }), 0);
    free(exact);
}

static void requests_too_short_for_two_names_are_described(void **state)
{
    (void)state;
    check_error("81 00 0000", NBT_ERR_SHORT, 4, "CALLED_NAME");
    check_error("81 00 0001 20", NBT_ERR_SHORT, 5, "CALLED_NAME");
    check_error("81 00 0021 20 " CA4 CA4 CA4 CA4, NBT_ERR_SHORT, 37, "CALLED_NAME");
    check_error("81 00 0022 " NAME_FRED, NBT_ERR_SHORT, 38, "CALLING_NAME");
    check_error("81 00 0043 " NAME_FRED "20 " CA4 CA4 CA4 CA4, NBT_ERR_SHORT, 71, "CALLING_NAME");
    check_error("81 00 0022 " NAME_FRED NAME_BARNEY, NBT_ERR_SHORT, 38, "CALLING_NAME");
    check_error("81 00 0023 " NAME_FRED "00", NBT_ERR_LABEL, 38, "CALLING_NAME");
    check_error("81 00 0024 " NAME_FRED "C004", NBT_ERR_POINTER, 38, "CALLING_NAME");
    check_error("81 00 0044 " NAME_FRED "20 61" CA4 CA4 CA4 "434143414341 41 00", NBT_ERR_LETTER,
                39, "CALLING_NAME");
}

static void other_malformed_packets_are_described(void **state)
{
    (void)state;
    check_error("", NBT_ERR_SHORT, 0, "TYPE");
    check_error("00 00 00", NBT_ERR_SHORT, 2, "LENGTH");
    check_error("00 00 0002 21", NBT_ERR_SHORT, 4, "TRAILER");
    check_error("00 01 0001 21", NBT_ERR_SHORT, 4, "TRAILER");
    check_error("00 00 0001 2122", NBT_ERR_EXTRA, 5, "TRAILER");
    check_error("83 00 0000", NBT_ERR_LENGTH, 2, "LENGTH");
    check_error("84 00 0005 0A00000204", NBT_ERR_LENGTH, 2, "LENGTH");
    check_error("89 00 0000", NBT_ERR_VALUE, 0, "TYPE");
    check_error("86 00 FFFF", NBT_ERR_VALUE, 0, "TYPE");
    nbt_ssn m = { .type = 0x89 };
    uint8_t room[8];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_ssn_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_VALUE);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", every_type_is_read_and_written_as_drawn),
    NBT_TEST("C4", a_request_has_the_called_name_first),
    NBT_TEST("", the_longest_request_has_510_octets),
    NBT_TEST("C8", answers_carry_what_is_drawn),
    NBT_TEST("", what_stands_behind_the_fields_is_kept),
    NBT_TEST("C1 C11", lengths_have_17_bits),
    NBT_TEST("C1", reserved_flags_do_not_count_for_the_length),
    NBT_TEST("C12", packets_come_out_of_a_stream_however_it_is_cut),
    NBT_TEST("", a_frame_looks_at_the_header_alone),
    NBT_TEST("", requests_too_short_for_two_names_are_described),
    NBT_TEST("", other_malformed_packets_are_described),
};

NBT_MAIN("ssn", tests)
