/*
 * Packets put together from fragments: in any order, with some twice, too many at a time, too late.
 */
#include "tests/support/capfile.h"
#include "tests/support/test.h"

#include "capture/frag.h"

#include <pcap/dlt.h>

enum { DATA = 100, PACKET = 128 }; /* of UDP; with both headers */

static void make(uint8_t packet[PACKET], uint8_t from)
{
    uint8_t data[DATA];
    for (size_t i = 0; i < DATA; i++)
        data[i] = (uint8_t)i;
    assert_int_equal(frame_udp(packet, from, 137, 2, 137, data, DATA), PACKET);
}

/* Puts octets [at, at + n) of the packet of 10.0.0.`from`; times are numbers of packets, too. */
static bool put(cap_frags *t, uint8_t from, size_t at, size_t n, int64_t time, cap_whole *whole)
{
    uint8_t packet[PACKET], piece[PACKET];
    cap_frame f;
    make(packet, from);
    size_t len = frame_fragment(piece, packet, PACKET, at, n);
    uint8_t *owned = exact_copy(piece, len);
    cap_frame_rd(&f, DLT_RAW, (nbt_bytes){ owned, len });
    assert_int_equal(f.kind, CAP_FRAME_FRAGMENT);
    bool done = cap_frags_add(t, &f, (uint64_t)time + 1, time, whole);
    free(owned);
    return done;
}

static void check_whole(cap_whole whole, uint8_t from)
{
    uint8_t packet[PACKET];
    make(packet, from);
    assert_int_equal(whole.data.n, PACKET - 20);
    assert_memory_equal(whole.data.p, packet + 20, whole.data.n);
}

static void test_in_any_order(void **state)
{
    static const struct {
        const char *label;
        size_t at[5]; /* pieces of 32 octets begin there */
    } rows[] = {
        { "in order", { 0, 32, 64, 96 } },        { "backwards", { 96, 64, 32, 0 } },
        { "mixed", { 32, 96, 0, 64 } },           { "some twice", { 0, 0, 96, 32, 64 } },
        { "overlapping", { 0, 24, 56, 64, 96 } },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        cap_frags *t = cap_frags_new();
        cap_whole whole = { { NULL, 0 }, 0 };
        bool done = false;
        print_message("%s\n", rows[i].label);
        for (size_t k = 0; k < 5 && !done; k++) {
            size_t at = rows[i].at[k];
            done = put(t, 1, at, at == 96 ? 12 : 32, (int64_t)k + 4, &whole);
        }
        assert_true(done);
        assert_int_equal(whole.began, 5);
        check_whole(whole, 1);
        assert_int_equal(cap_frags_lost(t), 0);
        cap_frags_free(t);
    }
}

static void test_packets_are_told_apart(void **state)
{
    cap_frags *t = cap_frags_new();
    cap_whole whole;
    (void)state;
    assert_false(put(t, 1, 0, 64, 0, &whole));
    assert_false(put(t, 3, 64, 44, 0, &whole));
    assert_int_equal(cap_frags_lost(t), 2);
    assert_true(put(t, 1, 64, 44, 0, &whole));
    check_whole(whole, 1);
    assert_true(put(t, 3, 0, 64, 0, &whole));
    check_whole(whole, 3);
    assert_int_equal(cap_frags_lost(t), 0);
    cap_frags_free(t);
}

static void test_the_oldest_gives_way(void **state)
{
    cap_frags *t = cap_frags_new();
    cap_whole whole;
    (void)state;
    for (unsigned i = 0; i <= CAP_FRAGS_MAX; i++)
        assert_false(put(t, (uint8_t)(10 + i), 0, 64, i, &whole));
    assert_int_equal(cap_frags_lost(t), CAP_FRAGS_MAX + 1);
    assert_false(put(t, 10, 64, 44, 100, &whole)); /* the first is gone, and takes the second's */
    assert_false(put(t, 11, 64, 44, 101, &whole));
    assert_true(put(t, 13, 64, 44, 102, &whole));
    cap_frags_free(t);
}

static void test_too_late_is_another_packet(void **state)
{
    cap_frags *t = cap_frags_new();
    cap_whole whole;
    (void)state;
    assert_false(put(t, 1, 0, 64, 0, &whole));
    assert_false(put(t, 1, 64, 44, NBT_S(CAP_FRAGS_SECONDS) + 1, &whole));
    assert_true(put(t, 1, 0, 64, NBT_S(CAP_FRAGS_SECONDS) + 2, &whole));
    check_whole(whole, 1);
    cap_frags_free(t);
}

/* Pieces that contradict each other never make a packet with a hole in it. */
static void test_nothing_lies_behind_the_last(void **state)
{
    cap_frags *t = cap_frags_new();
    cap_frame last = { .kind = CAP_FRAME_FRAGMENT,
                       .offset = 8,
                       .payload = { (const uint8_t *)"x", 1 } };
    cap_frame far = last;
    cap_whole whole;
    (void)state;
    far.offset = 64;
    far.more = true;
    far.payload = (nbt_bytes){ (const uint8_t *)"12345678", 8 };
    assert_false(cap_frags_add(t, &far, 1, 0, &whole));
    assert_false(cap_frags_add(t, &last, 1, 0, &whole)); /* the end is before what is there */
    cap_frame first = far;
    first.offset = 0;
    assert_false(cap_frags_add(t, &first, 1, 0, &whole));
    far.offset = 65528; /* the data would be longer than any packet */
    assert_false(cap_frags_add(t, &far, 1, 0, &whole));
    cap_frags_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_in_any_order),
        NBT_TEST("", test_packets_are_told_apart),
        NBT_TEST("", test_the_oldest_gives_way),
        NBT_TEST("", test_too_late_is_another_packet),
        NBT_TEST("", test_nothing_lies_behind_the_last),
    };
    return cmocka_run_group_tests_name("frag", tests, NULL, NULL);
}
