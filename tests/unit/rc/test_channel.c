/*
 * rc/channel.c: every message comes back as it went, every truncation and every wrong octet is
 * described, and a stream may be cut anywhere.
 */
#include "tests/support/test.h"

#include "rc/channel.h"

#define BYTES(text)                                                                                \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

static const struct {
    rc_msg m;
    const char *hex;
} samples[] = {
    { { .type = RC_MSG_RIGHTS,
        .machine = "CONSOLE1       ",
        .packings = RC_PACKINGS_ALL,
        .user = BYTES("bob") },
      "0101 434F4E534F4C4531 20202020202020 00 07 03 626F62" },
    { { .type = RC_MSG_WAIT, .seconds = 30 }, "0102 001E" },
    { { .type = RC_MSG_VERDICT, .verdict = RC_VERDICT_GRANTED, .ticket = 0x12345678 },
      "0103 00 12345678" },
    { { .type = RC_MSG_VERDICT, .verdict = RC_VERDICT_SILENT }, "0103 05 00000000" },
    { { .type = RC_MSG_OPEN, .ticket = 0xFFFFFFFF }, "0104 FFFFFFFF" },
    { { .type = RC_MSG_OPENED, .verdict = RC_VERDICT_GRANTED, .columns = 80, .rows = 25 },
      "0105 00 50 19" },
    { { .type = RC_MSG_SCREEN,
        .packing = RC_PACKING_RLE,
        .unpacked = 6,
        .data = BYTES("\x83"
                      "A") },
      "0106 01 0006 8341" },
    { { .type = RC_MSG_KEYS, .data = BYTES("dir\r") }, "0107 6469720D" },
    { { .type = RC_MSG_PING, .serial = 7, .data = BYTES("padding") },
      "0108 00000007 70616464696E67" },
    { { .type = RC_MSG_PONG, .serial = 8 }, "0109 00000008" },
    { { .type = RC_MSG_BYE, .bye = RC_BYE_STOPPED }, "010A 01" },
    { { .type = RC_MSG_FUNCTION, .function = RC_FUNCTION_TRANSFER }, "010B 02" },
    { { .type = RC_MSG_FETCH, .data = BYTES("a.txt") }, "010C 612E747874" },
    { { .type = RC_MSG_STORE, .data = BYTES("b") }, "010D 62" },
    { { .type = RC_MSG_HAVE, .offset = 258, .digest = "0123456789abcdefghijklmnopqrstu" },
      "010E 00000102 30313233343536373839 6162636465666768696A6B6C6D6E6F70717273747500" },
    { { .type = RC_MSG_BEGIN, .size = 5000, .offset = 258 }, "010F 00001388 00000102" },
    { { .type = RC_MSG_PIECE, .offset = 258, .data = BYTES("octets") },
      "0110 00000102 6F6374657473" },
    { { .type = RC_MSG_WHOLE, .size = 0xFFFFFFFF, .digest = "0123456789abcdefghijklmnopqrstu" },
      "0111 FFFFFFFF 30313233343536373839 6162636465666768696A6B6C6D6E6F70717273747500" },
    { { .type = RC_MSG_RESULT, .result = RC_RESULT_STOPPED }, "0112 08" },
    { { .type = RC_MSG_CHAT, .data = BYTES("hello\n") }, "0113 68656C6C6F0A" },
    { { .type = RC_MSG_EXECUTE, .data = BYTES("dir") }, "0114 646972" },
    { { .type = RC_MSG_REBOOT }, "0115" },
};

static void assert_same(const rc_msg *a, const rc_msg *b)
{
    assert_int_equal(a->type, b->type);
    assert_memory_equal(a->machine, b->machine, sizeof a->machine);
    assert_int_equal(a->packings, b->packings);
    assert_int_equal(a->seconds, b->seconds);
    assert_int_equal(a->verdict, b->verdict);
    assert_int_equal(a->ticket, b->ticket);
    assert_int_equal(a->columns, b->columns);
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->packing, b->packing);
    assert_int_equal(a->unpacked, b->unpacked);
    assert_int_equal(a->serial, b->serial);
    assert_int_equal(a->bye, b->bye);
    assert_int_equal(a->function, b->function);
    assert_int_equal(a->result, b->result);
    assert_int_equal(a->size, b->size);
    assert_int_equal(a->offset, b->offset);
    assert_memory_equal(a->digest, b->digest, sizeof a->digest);
    assert_int_equal(a->user.n, b->user.n);
    assert_int_equal(a->data.n, b->data.n);
    if (a->user.n > 0)
        assert_memory_equal(a->user.p, b->user.p, a->user.n);
    if (a->data.n > 0)
        assert_memory_equal(a->data.p, b->data.p, a->data.n);
}

static size_t write(const rc_msg *m, uint8_t *bytes, size_t cap)
{
    nbt_wr w;
    nbt_wr_init(&w, bytes, cap);
    rc_msg_wr(&w, m);
    assert_int_equal(w.err, NBT_OK);
    return w.at;
}

static void every_message_comes_back_as_it_went(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(samples); i++) {
        uint8_t bytes[RC_MSG_MAX];
        size_t n = write(&samples[i].m, bytes, sizeof bytes);
        print_message("%s\n", rc_msg_type_str(samples[i].m.type));
        assert_hex(bytes, n, samples[i].hex);
        nbt_rd r;
        rc_msg m;
        nbt_rd_init(&r, bytes, n);
        rc_msg_rd(&r, &m);
        assert_rd_end(&r);
        assert_same(&m, &samples[i].m);
    }
}

/* What may be cut off without harm: the rest of a message that has no length of its own. */
static bool may_end(const rc_msg *m, size_t n)
{
    switch (m->type) {
    case RC_MSG_SCREEN:
        return n >= 5;
    case RC_MSG_KEYS:
    case RC_MSG_FETCH:
    case RC_MSG_STORE:
    case RC_MSG_CHAT:
    case RC_MSG_EXECUTE:
        return n >= 3;
    case RC_MSG_PIECE:
        return n >= 7;
    case RC_MSG_PING:
    case RC_MSG_PONG:
        return n >= 6;
    case RC_MSG_RIGHTS:
    case RC_MSG_WAIT:
    case RC_MSG_VERDICT:
    case RC_MSG_OPEN:
    case RC_MSG_OPENED:
    case RC_MSG_BYE:
    case RC_MSG_FUNCTION:
    case RC_MSG_HAVE:
    case RC_MSG_BEGIN:
    case RC_MSG_WHOLE:
    case RC_MSG_RESULT:
    case RC_MSG_REBOOT:
        return false;
    }
    return false;
}

static void every_truncation_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(samples); i++) {
        uint8_t bytes[RC_MSG_MAX];
        size_t n = write(&samples[i].m, bytes, sizeof bytes);
        for (size_t cut = 0; cut < n; cut++) {
            uint8_t *part = exact_copy(bytes, cut);
            nbt_rd r;
            rc_msg m = { .ticket = 0xAA };
            nbt_rd_init(&r, part, cut);
            rc_msg_rd(&r, &m);
            if (may_end(&samples[i].m, cut)) {
                assert_rd_end(&r);
            } else {
                assert_int_equal(r.err, NBT_ERR_SHORT);
                assert_non_null(r.err_field);
                assert_int_equal(m.ticket, 0xAA); /* untouched */
            }
            free(part);
        }
    }
}

/* CVE-2023-38432: a length within a message that says more than the message has, or less. */
static void inner_lengths_are_held_to_the_message(void **state)
{
    (void)state;
    rc_msg m = { .type = RC_MSG_RIGHTS, .packings = 1 };
    m.user = (nbt_bytes){ (const uint8_t *)"fred", 4 };
    uint8_t bytes[RC_MSG_MAX];
    size_t n = write(&m, bytes, sizeof bytes);
    for (unsigned len = 0; len < 256; len++) {
        bytes[n - 5] = (uint8_t)len;
        uint8_t *exact = exact_copy(bytes, n);
        nbt_rd r;
        nbt_rd_init(&r, exact, n);
        rc_msg_rd(&r, &m);
        assert_int_equal(r.err == NBT_OK, len == 4);
        free(exact);
    }
}

static void every_buffer_that_is_too_small_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(samples); i++) {
        uint8_t bytes[RC_FRAME_MAX];
        nbt_wr w;
        nbt_wr_init(&w, bytes, sizeof bytes);
        rc_frame_wr(&w, &samples[i].m);
        assert_int_equal(w.err, NBT_OK);
        for (size_t cap = 0; cap < w.at; cap++) {
            uint8_t *small = malloc(cap > 0 ? cap : 1);
            nbt_wr tight;
            nbt_wr_init(&tight, small, cap);
            rc_frame_wr(&tight, &samples[i].m);
            assert_wr_err(&tight, NBT_ERR_FULL);
            free(small);
        }
    }
}

static void a_wrong_octet_is_found_in_its_field(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        nbt_err err;
        size_t at;
        const char *field;
    } rows[] = {
        { "", NBT_ERR_SHORT, 0, "VERSION" },
        { "0201", NBT_ERR_VALUE, 0, "VERSION" },
        { "0100", NBT_ERR_VALUE, 1, "TYPE" },
        { "0116", NBT_ERR_VALUE, 1, "TYPE" },
        { "0102 001E00", NBT_ERR_EXTRA, 4, "message" },
        { "0103 08 00000000", NBT_ERR_VALUE, 2, "VERDICT" },
        { "0105 FF 50 19", NBT_ERR_VALUE, 2, "VERDICT" },
        { "0106 03 0000", NBT_ERR_VALUE, 2, "PACKING" },
        { "0107", NBT_ERR_SHORT, 2, "DATA" },
        { "010B 05", NBT_ERR_VALUE, 2, "FUNCTION" },
        { "010C", NBT_ERR_SHORT, 2, "DATA" },
        { "0110 00000000", NBT_ERR_SHORT, 6, "DATA" },
        { "0112 09", NBT_ERR_VALUE, 2, "RESULT" },
        { "0115 00", NBT_ERR_EXTRA, 2, "message" },
        { "010A 03", NBT_ERR_VALUE, 2, "REASON" },
        { "0101 434F4E534F4C4531 20202020202020 00 08 00", NBT_ERR_VALUE, 18, "PACKINGS" },
        { "0101 434F4E534F4C4531 20202020202020 00 07 41", NBT_ERR_LONG, 19, "USER length" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t bytes[100];
        size_t n = hex_bytes(rows[i].hex, bytes, sizeof bytes);
        uint8_t *exact = exact_copy(bytes, n);
        nbt_rd r;
        rc_msg m;
        nbt_rd_init(&r, exact, n);
        rc_msg_rd(&r, &m);
        assert_rd_err(&r, rows[i].err, rows[i].at, rows[i].field);
        free(exact);
    }
}

static void what_is_too_long_is_neither_read_nor_written(void **state)
{
    (void)state;
    static const struct {
        rc_msg_type type;
        size_t head, max;
    } rows[] = { { RC_MSG_KEYS, 2, RC_KEYS_MAX }, { RC_MSG_PING, 6, RC_PING_MAX } };
    static const uint8_t many[RC_MSG_MAX];
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        for (size_t over = 0; over <= 1; over++) {
            uint8_t bytes[RC_MSG_MAX] = { RC_CHANNEL_VERSION, (uint8_t)rows[i].type };
            rc_msg m = { .type = rows[i].type, .data = { many, rows[i].max + over } }, back;
            nbt_wr w;
            nbt_wr_init(&w, bytes, sizeof bytes);
            rc_msg_wr(&w, &m);
            assert_wr_err(&w, over ? NBT_ERR_LONG : NBT_OK);
            nbt_rd r;
            nbt_rd_init(&r, bytes, rows[i].head + rows[i].max + over);
            rc_msg_rd(&r, &back);
            assert_int_equal(r.err, over ? NBT_ERR_LONG : NBT_OK);
        }
    uint8_t bytes[100];
    nbt_wr w;
    rc_msg m = { .type = RC_MSG_RIGHTS, .user = { many, RC_USER_MAX + 1 } };
    nbt_wr_init(&w, bytes, sizeof bytes);
    rc_msg_wr(&w, &m);
    assert_wr_err(&w, NBT_ERR_LONG);
}

/* All samples as one stream, in pieces of `step` octets. */
static void assert_stream(const uint8_t *stream, size_t n, size_t step)
{
    rc_framer f;
    size_t found = 0;
    rc_framer_init(&f);
    for (size_t at = 0; at < n; at += step) {
        size_t len = n - at < step ? n - at : step;
        uint8_t *piece = exact_copy(stream + at, len);
        nbt_bytes in = { piece, len }, bytes;
        rc_framed framed;
        while ((framed = rc_framer_next(&f, &in, &bytes)) == RC_FRAMED_MSG) {
            nbt_rd r;
            rc_msg m;
            nbt_rd_init(&r, bytes.p, bytes.n);
            rc_msg_rd(&r, &m);
            assert_rd_end(&r);
            assert_true(found < LENGTH_OF(samples));
            assert_same(&m, &samples[found++].m);
        }
        assert_int_equal(framed, RC_FRAMED_MORE);
        assert_int_equal(in.n, 0);
        free(piece);
    }
    assert_int_equal(found, LENGTH_OF(samples));
}

static void a_stream_may_be_cut_anywhere(void **state)
{
    (void)state;
    uint8_t stream[4096];
    nbt_wr w;
    nbt_wr_init(&w, stream, sizeof stream);
    for (size_t i = 0; i < LENGTH_OF(samples); i++)
        rc_frame_wr(&w, &samples[i].m);
    assert_int_equal(w.err, NBT_OK);
    for (size_t step = 1; step <= w.at; step++)
        assert_stream(stream, w.at, step);
}

static void a_length_that_no_message_has_ends_a_stream(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        rc_framed framed;
    } rows[] = {
        { "0000", RC_FRAMED_BAD },  { "2001", RC_FRAMED_BAD }, { "FFFF", RC_FRAMED_BAD },
        { "2000", RC_FRAMED_MORE }, { "00", RC_FRAMED_MORE },  { "", RC_FRAMED_MORE },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint8_t bytes[2];
        rc_framer f;
        nbt_bytes in = { bytes, hex_bytes(rows[i].hex, bytes, sizeof bytes) }, msg;
        rc_framer_init(&f);
        assert_int_equal(rc_framer_next(&f, &in, &msg), rows[i].framed);
    }
}

static void verdicts_have_words(void **state)
{
    (void)state;
    assert_string_equal(rc_verdict_str(RC_VERDICT_GRANTED), "granted");
    assert_string_equal(rc_verdict_str(RC_VERDICT_NO_TICKET), "no-ticket");
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", every_message_comes_back_as_it_went),
    NBT_TEST("", every_truncation_is_described),
    NBT_TEST("H84", inner_lengths_are_held_to_the_message),
    NBT_TEST("", every_buffer_that_is_too_small_is_refused),
    NBT_TEST("", a_wrong_octet_is_found_in_its_field),
    NBT_TEST("", what_is_too_long_is_neither_read_nor_written),
    NBT_TEST("", a_stream_may_be_cut_anywhere),
    NBT_TEST("", a_length_that_no_message_has_ends_a_stream),
    NBT_TEST("", verdicts_have_words),
};

NBT_MAIN("channel", tests)
