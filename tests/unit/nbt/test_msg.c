/*
 * Messages of any service: nothing that arrives is lost, whatever is wrong with it.
 */
#include "tests/support/test.h"

#include "nbt/msg.h"
#include "tests/support/build.h"
#include "tests/support/samples.h"

/* Writing the message gives the bytes that were read. */
static void check_kept(const nbt_msg *m)
{
    uint8_t room[2048];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_msg_wr(&w, m);
    assert_wr_bytes(&w, m->bytes.p, m->bytes.n);
}

static void good_messages_are_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < good_samples_n; i++) {
        size_t n;
        uint8_t *p = sample_bytes(&good_samples[i], &n);
        nbt_msg m;
        print_message("%s\n", good_samples[i].label);
        assert_true(nbt_msg_rd(&m, good_samples[i].service, p, n));
        assert_int_equal(m.err, NBT_OK);
        assert_true(m.exact);
        assert_ptr_equal(m.bytes.p, p);
        assert_int_equal(m.bytes.n, n);
        check_kept(&m);
        free(p);
    }
}

static void otherwise_compressed_names_are_not_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < inexact_samples_n; i++) {
        size_t n;
        uint8_t *p = sample_bytes(&inexact_samples[i], &n);
        nbt_msg m;
        print_message("%s\n", inexact_samples[i].label);
        assert_true(nbt_msg_rd(&m, inexact_samples[i].service, p, n));
        assert_false(m.exact);
        check_kept(&m);

        uint8_t room[2048]; /* and so they should not be: the fields give other bytes */
        nbt_wr w;
        nbt_wr_init(&w, room, sizeof room);
        nbt_ns_wr(&w, &m.u.ns);
        assert_true(w.at != n || memcmp(room, p, n) != 0);
        free(p);
    }
}

static void malformed_messages_say_why_and_are_kept(void **state)
{
    (void)state;
    static const struct {
        nbt_service service;
        const char *hex;
        nbt_err err;
        size_t at;
        const char *field;
    } rows[] = {
        { NBT_SERVICE_NAME, "", NBT_ERR_SHORT, 0, "NAME_TRN_ID" },
        { NBT_SERVICE_NAME, "1234 0110 0001 0000 0000 0000 21", NBT_ERR_SHORT, 13,
          "QUESTION_NAME" },
        { NBT_SERVICE_NAME, "1234 0110 0001 0000 0000 0000 C00C", NBT_ERR_POINTER, 12,
          "QUESTION_NAME" },
        { NBT_SERVICE_DATAGRAM, "99 00 4321 0A000001 008A", NBT_ERR_VALUE, 0, "MSG_TYPE" },
        { NBT_SERVICE_SESSION, "83 00 0000", NBT_ERR_LENGTH, 2, "LENGTH" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t room[64];
        size_t n = hex_bytes(rows[i].hex, room, sizeof room);
        nbt_msg m;
        assert_false(nbt_msg_rd(&m, rows[i].service, n > 0 ? room : NULL, n));
        assert_int_equal(m.service, rows[i].service);
        assert_int_equal(m.err, rows[i].err);
        assert_int_equal(m.err_at, rows[i].at);
        assert_string_equal(m.err_field, rows[i].field);
        assert_false(m.exact);
        check_kept(&m);
    }
}

/* nbt_ns_rd refuses it; a message has it, and its trailer. */
static void a_name_packet_with_a_trailer_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < good_samples_n; i++) {
        size_t n;
        const sample *s = &good_samples[i];
        uint8_t *p = sample_bytes(s, &n), *longer = malloc(n + 2);
        nbt_msg m;
        memcpy(longer, p, n);
        memset(longer + n, 0xAB, 2);
        if (s->service == NBT_SERVICE_NAME) {
            print_message("%s\n", s->label);
            nbt_rd r;
            nbt_ns ns;
            nbt_rd_init(&r, longer, n + 2);
            nbt_ns_rd(&r, &ns);
            assert_true(r.err == NBT_ERR_EXTRA || strstr(s->label, "status-response") ||
                        strstr(s->label, "negative-query"));
            if (nbt_msg_rd(&m, s->service, longer, n + 2)) {
                assert_int_equal(m.u.ns.trailer, 2);
                assert_false(m.exact);
            } else { /* the trailer was taken for the record that B44 allows */
                assert_non_null(strstr(s->label, "negative-query"));
            }
            check_kept(&m);
        }
        free(longer);
        free(p);
    }
}

static void a_message_that_was_made_is_written_from_its_fields(void **state)
{
    (void)state;
    nbt_msg m = { .service = NBT_SERVICE_SESSION, .u.ssn.type = NBT_SSN_KEEP_ALIVE };
    uint8_t room[4];
    nbt_wr w;
    nbt_wr_init(&w, room, sizeof room);
    nbt_msg_wr(&w, &m);
    assert_hex(room, w.at, "85 00 0000");
    m = (nbt_msg){ .service = NBT_SERVICE_DATAGRAM, .u.dgm.type = 0x99 };
    nbt_wr_init(&w, room, sizeof room);
    nbt_msg_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_FULL);
}

/*
 * Good packets with a few octets changed: whatever comes of it, `exact` is true just when writing
 * the fields gives the same bytes, and nothing is ever lost.
 */
static void exact_is_what_it_says_for_damaged_messages_too(void **state)
{
    (void)state;
    nbt_rng rng = { test_seed() };
    size_t read = 0, inexact = 0;
    for (int round = 0; round < 20000; round++) {
        uint32_t pick = nbt_rng_below(&rng, (uint32_t)(good_samples_n + inexact_samples_n));
        const sample *s =
            pick < good_samples_n ? &good_samples[pick] : &inexact_samples[pick - good_samples_n];
        size_t n;
        uint8_t *p = sample_bytes(s, &n);
        for (uint32_t i = nbt_rng_below(&rng, 3); i > 0; i--)
            p[nbt_rng_below(&rng, (uint32_t)n)] = (uint8_t)nbt_rng_u64(&rng);
        nbt_msg m;
        if (nbt_msg_rd(&m, s->service, p, n)) {
            uint8_t room[2048];
            nbt_wr w;
            nbt_wr_init(&w, room, sizeof room);
            nbt_msg made = m;
            made.bytes = (nbt_bytes){ NULL, 0 };
            nbt_msg_wr(&w, &made);
            assert_int_equal(m.exact, !w.err && w.at == n && memcmp(room, p, n) == 0);
            read++;
            inexact += !m.exact;
        }
        check_kept(&m);
        free(p);
    }
    assert_true(read > 5000 && inexact > 100);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", good_messages_are_exact),
    NBT_TEST("", otherwise_compressed_names_are_not_exact),
    NBT_TEST("", malformed_messages_say_why_and_are_kept),
    NBT_TEST("", a_name_packet_with_a_trailer_is_read),
    NBT_TEST("", a_message_that_was_made_is_written_from_its_fields),
    NBT_TEST("", exact_is_what_it_says_for_damaged_messages_too),
};

NBT_MAIN("msg", tests)
