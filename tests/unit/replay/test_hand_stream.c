/*
 * Streams of programs: which one here is which of the capture, whichever is known first.
 */
#include "tests/support/test.h"

#include "nbt/mem.h"
#include "tests/support/mem.h"
#include "tools/replay/hand_stream.h"

static nbt_tcp_ev event(nbt_tcp_kind kind, uint32_t conn, uint16_t port)
{
    return (nbt_tcp_ev){ .kind = kind, .conn = conn, .local = { 0x0A000001, port } };
}

/* What was wanted last: its kind and connection. */
static void wanted(nbt_out *out, size_t n, nbt_act_kind kind, uint32_t conn)
{
    assert_int_equal(n, out->n);
    if (n > 0) {
        assert_int_equal(kind, out->acts[n - 1].kind);
        assert_int_equal(conn, out->acts[n - 1].conn);
    }
    nbt_out_clear(out);
}

static void those_that_are_taken(void **state)
{
    (void)state;
    test_mem m = { 0 };
    nbt_out out;
    static replay_streams s = { .base = 100 };
    nbt_bytes data = { (const uint8_t *)"x", 1 };
    nbt_out_init(&out, test_mem_of(&m));
    /* It comes before the capture has it, and the other way round; another port is another's. */
    assert_true(replay_streams_tcp(
        &s, &(nbt_tcp_ev){ .kind = NBT_TCP_ACCEPTED, .conn = 1, .local = { 0, 1761 } }));
    replay_streams_take(&s, 71, 1762);
    replay_streams_take(&s, 72, 1761);
    nbt_tcp_ev second = event(NBT_TCP_ACCEPTED, 3, 1762);
    assert_true(replay_streams_tcp(&s, &second));
    replay_streams_send(&s, 72, data, &out);
    wanted(&out, 1, NBT_ACT_TCP_SEND, 1);
    replay_streams_send(&s, 71, data, &out);
    wanted(&out, 1, NBT_ACT_TCP_SEND, 3);
    /* Ended by us, and broken off by the other: nothing is said on it any more. */
    replay_streams_close(&s, 72, false, &out);
    wanted(&out, 1, NBT_ACT_TCP_CLOSE, 1);
    replay_streams_send(&s, 72, data, &out);
    nbt_tcp_ev reset = event(NBT_TCP_RESET, 3, 1762);
    assert_true(replay_streams_tcp(&s, &reset));
    replay_streams_send(&s, 71, data, &out);
    wanted(&out, 0, NBT_ACT_SEND, 0);
    nbt_out_fini(&out);
    assert_int_equal(0, m.blocks);
}

static void those_that_are_opened(void **state)
{
    (void)state;
    test_mem m = { 0 };
    nbt_out out;
    static replay_streams s = { .base = 100 };
    nbt_bytes data = { (const uint8_t *)"x", 1 };
    nbt_ep from = { 0x0A000001, 0 }, to = { 0x0A000002, 1761 };
    nbt_out_init(&out, test_mem_of(&m));
    replay_streams_open(&s, 5, from, to, &out);
    assert_true(nbt_ep_eq(to, out.acts[0].to));
    wanted(&out, 1, NBT_ACT_TCP_OPEN, 100);
    replay_streams_open(&s, 6, from, to, &out);
    wanted(&out, 1, NBT_ACT_TCP_OPEN, 102);
    nbt_tcp_ev opened = event(NBT_TCP_OPENED, 100, 0), other = event(NBT_TCP_OPENED, 40, 0);
    assert_true(replay_streams_tcp(&s, &opened));
    assert_false(replay_streams_tcp(&s, &other)); /* a question's */
    replay_streams_close(&s, 6, true, &out);
    wanted(&out, 1, NBT_ACT_TCP_ABORT, 102);
    nbt_tcp_ev refused = event(NBT_TCP_REFUSED, 100, 0);
    assert_true(replay_streams_tcp(&s, &refused));
    replay_streams_send(&s, 5, data, &out);
    replay_streams_send(&s, 99, data, &out);
    wanted(&out, 0, NBT_ACT_SEND, 0);
    /* A place is used again, under its number. */
    replay_streams_open(&s, 7, from, to, &out);
    wanted(&out, 1, NBT_ACT_TCP_OPEN, 100);
    replay_streams_clear(&s);
    replay_streams_send(&s, 7, data, &out);
    wanted(&out, 0, NBT_ACT_SEND, 0);
    nbt_out_fini(&out);
    assert_int_equal(0, m.blocks);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", those_that_are_taken),
    NBT_TEST("", those_that_are_opened),
};

NBT_MAIN("hand_stream", tests)
