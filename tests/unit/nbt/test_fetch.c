/*
 * A query by TCP: what is written to the stream, and an answer that comes in pieces.
 */
#include "tests/support/test.h"

#include "nbt/fetch.h"
#include "tests/support/build.h"

static void the_request_has_its_length_before_it(void **state)
{
    (void)state;
    uint8_t buf[NBT_FETCH_ASK_MAX];
    nbt_name fred = name_of("FRED<20>");
    packet want = build_question(0x1234, 0x0100, "FRED<20>", NBT_RR_NB);
    assert_int_equal(nbt_fetch_ask(0x1234, &fred, buf), want.n + 2);
    assert_int_equal(buf[0] << 8 | buf[1], want.n);
    assert_memory_equal(buf + 2, want.b, want.n);
}

/* Wherever the stream is cut, the packet is there with its last octet and not before. */
static void the_answer_comes_in_pieces(void **state)
{
    (void)state;
    packet p = build_address_answer(0x1234, 0x8580, "FRED<20>", 0, 0, "10.0.0.9");
    uint8_t stream[600] = { (uint8_t)(p.n >> 8), (uint8_t)p.n };
    memcpy(stream + 2, p.b, p.n);
    size_t whole = 2 + p.n;
    for (size_t cut = 0; cut <= whole; cut++) {
        nbt_fetch *f = calloc(1, sizeof *f);
        nbt_bytes got = { NULL, 0 };
        uint8_t *first = exact_copy(stream, cut);
        uint8_t *rest = exact_copy(stream + cut, whole - cut);
        bool there = nbt_fetch_feed(f, (nbt_bytes){ first, cut }, &got);
        assert_int_equal(there, cut == whole);
        if (!there)
            assert_true(nbt_fetch_feed(f, (nbt_bytes){ rest, whole - cut }, &got));
        assert_int_equal(got.n, p.n);
        assert_memory_equal(got.p, p.b, p.n);
        free(first);
        free(rest);
        free(f);
    }
}

/* The longest that a length can promise, and whatever is sent behind it. */
static void the_longest_answer_has_room(void **state)
{
    (void)state;
    enum { LONGEST = UINT16_MAX };
    nbt_fetch *f = calloc(1, sizeof *f);
    uint8_t *stream = calloc(1, LONGEST + 102);
    nbt_bytes got;
    stream[0] = stream[1] = 0xFF;
    stream[LONGEST + 1] = 7;
    assert_false(nbt_fetch_feed(f, (nbt_bytes){ stream, LONGEST + 1 }, &got));
    assert_true(nbt_fetch_feed(f, (nbt_bytes){ stream + LONGEST + 1, 101 }, &got));
    assert_int_equal(got.n, LONGEST);
    assert_int_equal(got.p[LONGEST - 1], 7);
    free(stream);
    free(f);
}

static void an_empty_packet_is_one(void **state)
{
    (void)state;
    nbt_fetch *f = calloc(1, sizeof *f);
    nbt_bytes got = { NULL, 9 };
    assert_false(nbt_fetch_feed(f, (nbt_bytes){ NULL, 0 }, &got));
    assert_false(nbt_fetch_feed(f, (nbt_bytes){ (const uint8_t *)"\0", 1 }, &got));
    assert_true(nbt_fetch_feed(f, (nbt_bytes){ (const uint8_t *)"\0", 1 }, &got));
    assert_int_equal(got.n, 0);
    free(f);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", the_request_has_its_length_before_it),
    NBT_TEST("", the_answer_comes_in_pieces),
    NBT_TEST("", the_longest_answer_has_room),
    NBT_TEST("", an_empty_packet_is_one),
};

NBT_MAIN("fetch", tests)
