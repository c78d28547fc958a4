/*
 * Packets held until they are decided: which come out, in which order, and when there is no room.
 */
#include "tests/support/test.h"

#include "capture/keep.h"
#include "nbt/base.h"

#include <stdio.h>

enum { S = 1000000 };

static void put(cap_keep *k, uint64_t number, int64_t time, size_t n, uint64_t stream)
{
    uint8_t *b = malloc(n > 0 ? n : 1); /* gone when it is asked for */
    assert_non_null(b);
    memset(b, (int)(number % 251), n);
    cap_keep_put(k, &(cap_packet){ .number = number, .time = time, .bytes = { b, n } }, stream);
    free(b);
}

/* Takes out what there is, looks at its octets, and adds its numbers to the text. */
static void take(cap_keep *k, bool end, char *numbers, size_t cap)
{
    cap_packet p;
    while (cap_keep_next(k, end, &p)) {
        size_t n = strlen(numbers);
        snprintf(numbers + n, cap - n, "%s%llu", n ? " " : "", (unsigned long long)p.number);
        for (size_t i = 0; i < p.bytes.n; i++)
            assert_int_equal(p.bytes.p[i], p.number % 251);
    }
}

typedef struct step {
    const char *label;
    char what;             /* p: put, w: want, d: done, e: the end */
    uint64_t stream, a, b; /* p: number, octets; w: first, last; d: before */
    const char *out;       /* what then comes */
} step;

static void play(const step *steps, size_t n)
{
    cap_keep *k = cap_keep_new();
    for (size_t i = 0; i < n; i++) {
        char numbers[64] = "";
        uint64_t a = steps[i].a, b = steps[i].b;
        print_message("%s\n", steps[i].label);
        if (steps[i].what == 'p')
            put(k, a, (int64_t)a, b, steps[i].stream);
        else if (steps[i].what == 'w')
            cap_keep_want(k, steps[i].stream, a, b);
        else if (steps[i].what == 'd')
            cap_keep_done(k, steps[i].stream, a);
        if (steps[i].what != 'p') /* as its messages come right behind it */
            take(k, steps[i].what == 'e', numbers, sizeof numbers);
        assert_string_equal(numbers, steps[i].out);
    }
    cap_keep_free(k);
}

static void test_what_comes_out_and_when(void **state)
{
    static const step steps[] = {
        { "alone", 'p', 0, 1, 60, "" },
        { "wanted", 'w', 0, 1, 1, "1" },
        { "alone, not wanted", 'p', 0, 2, 60, "" },
        { "the beginning of something", 'p', 16, 3, 60, "" },
        { "alone", 'p', 0, 4, 60, "" },
        { "wanted, but not before the other is decided", 'w', 0, 4, 4, "" },
        { "of another stream", 'p', 32, 5, 60, "" },
        { "more", 'p', 16, 6, 60, "" },
        { "whole, and wanted", 'w', 16, 3, 6, "3 4" },
        { "the other goes on", 'p', 32, 7, 60, "" },
        { "and is whole from 7 on; what was before is nothing", 'd', 32, 7, 0, "6" },
        { "wanted, and ends in a packet of nobody's", 'p', 0, 8, 0, "" },
        { "so that is wanted too", 'w', 32, 7, 8, "7 8" },
        { "wanted twice", 'p', 64, 9, 60, "" },
        { "by a message", 'w', 64, 9, 9, "9" },
        { "and by another", 'w', 64, 9, 9, "" },
        { "what is only begun", 'p', 16, 10, 60, "" },
        { "a wanted one behind it", 'p', 0, 11, 60, "" },
        { "waits", 'w', 0, 11, 11, "" },
        { "until the end", 'e', 0, 0, 0, "11" },
    };
    (void)state;
    play(steps, LENGTH_OF(steps));
}

/* Between two parts of a stream: what shows a reader that there was more, so that he does not wait.
 */
static void test_gaps(void **state)
{
#define A (UINT64_C(16) | CAP_STREAM_TCP)
#define B (A ^ 1)
    static const step steps[] = {
        { "octets", 'p', A, 1, 60, "" },
        { "wanted", 'w', A, 1, 1, "1" },
        { "of the other side", 'p', B, 2, 60, "" },
        { "not wanted, but it may be asked for", 'd', B, 3, 0, "" },
        { "more octets", 'p', A, 3, 60, "" },
        { "not wanted, and nobody has acknowledged them", 'd', A, 4, 0, "" },
        { "now somebody has", 'p', B | CAP_STREAM_ACK, 4, 40, "" },
        { "so that they are not needed", 'd', A, 4, 0, "" },
        { "nor is what the other side said before", 'd', B, 3, 0, "" },
        { "others, behind the gap", 'p', A, 5, 60, "" },
        { "wanted, with the acknowledgement", 'w', A, 5, 5, "4 5" },
        { "more octets", 'p', A, 6, 60, "" },
        { "not wanted", 'd', A, 7, 0, "" },
        { "others", 'p', A, 7, 60, "" },
        { "wanted, with those that nobody has acknowledged", 'w', A, 7, 7, "6 7" },
        { "of the other side", 'p', B, 8, 60, "" },
        { "wanted", 'w', B, 8, 8, "8" },
        { "an acknowledgement", 'p', A | CAP_STREAM_ACK, 9, 40, "" },
        { "stays", 'd', A, UINT64_MAX, 0, "" },
        { "and is not asked for", 'p', B, 10, 40, "" },
        { "as there is no gap", 'w', B, 10, 10, "" },
        { "in what was wanted of it", 'e', 0, 0, 0, "10" },
    };
    /* An acknowledgement that has octets begins a stream, which then has gaps of its own. */
    static const step both[] = {
        { "octets", 'p', A, 1, 60, "" },
        { "wanted", 'w', A, 1, 1, "1" },
        { "octets that are not", 'p', A, 2, 60, "" },
        { "acknowledged", 'p', B, 3, 60, "" },
        { "so they are not needed", 'd', A, 3, 0, "" },
        { "others", 'p', A, 4, 60, "" },
        { "wanted, with the acknowledgement", 'w', A, 4, 4, "3 4" },
        { "of the other side", 'p', B, 5, 60, "" },
        { "not wanted", 'd', B, 6, 0, "" },
        { "acknowledged", 'p', A | CAP_STREAM_ACK, 6, 60, "" },
        { "so it is not needed", 'd', B, 6, 0, "" },
        { "stays", 'd', A, 7, 0, "" },
        { "of the other side", 'p', B, 7, 60, "" },
        { "wanted, with the acknowledgement", 'w', B, 7, 7, "" },
        { "which the first of them had to wait for", 'd', B, 8, 0, "6 7" },
    };
    (void)state;
    play(steps, LENGTH_OF(steps));
    play(both, LENGTH_OF(both));
#undef A
#undef B
}

/* A stream that is never whole holds up the rest for so long, and no longer. */
static void test_time(void **state)
{
    char numbers[64] = "";
    cap_keep *k = cap_keep_new();
    (void)state;
    put(k, 1, 0, 10, 7);
    put(k, 2, 1 * S, 10, 0);
    cap_keep_want(k, 0, 2, 2);
    put(k, 3, CAP_KEEP_SECONDS * S, 10, 0);
    take(k, false, numbers, sizeof numbers);
    assert_string_equal(numbers, "");
    put(k, 4, CAP_KEEP_SECONDS * S + 1, 10, 0);
    take(k, false, numbers, sizeof numbers);
    assert_string_equal(numbers, "2");
    cap_keep_free(k);
    cap_keep_free(NULL);
}

/* The same for many packets, and for large ones: the oldest give way, and what is left is whole. */
static void test_room(void **state)
{
    static const struct {
        const char *label;
        size_t octets, packets, left; /* at least */
    } rows[] = {
        { "many", 40, CAP_KEEP_PACKETS * 2 + 5, CAP_KEEP_PACKETS - 1 },
        { "none in them", 0, CAP_KEEP_PACKETS * 2 + 5, CAP_KEEP_PACKETS - 1 },
        { "large ones", 262144, 500, 60 },
        { "not a divisor", 100003, 500, 150 },
    };
    (void)state;
    for (size_t r = 0; r < LENGTH_OF(rows); r++) {
        cap_keep *k = cap_keep_new();
        cap_packet p;
        size_t left = 0;
        print_message("%s\n", rows[r].label);
        for (size_t i = 1; i <= rows[r].packets; i++) {
            put(k, i, 0, rows[r].octets, 7);
            assert_false(cap_keep_next(k, false, &p)); /* never decided, so never out */
        }
        cap_keep_want(k, 7, 0, rows[r].packets);
        while (cap_keep_next(k, false, &p)) {
            left++;
            for (size_t i = 0; i < p.bytes.n; i += 1000)
                assert_int_equal(p.bytes.p[i], p.number % 251);
        }
        assert_int_equal(p.number, rows[r].packets);
        assert_in_range(left, rows[r].left, rows[r].packets);
        cap_keep_free(k);
    }
}

/* Streams at random, against the same done by hand: every wanted packet comes, in order. */
static void test_at_random(void **state)
{
    enum { PACKETS = 20000, STREAMS = 40 };
    static bool wanted[PACKETS + 1];
    static uint64_t of[PACKETS + 1];
    nbt_rng rng = { test_seed() };
    uint64_t begun[STREAMS + 1] = { 0 }, next = 1;
    cap_keep *k = cap_keep_new();
    (void)state;
    for (uint64_t i = 1; i <= PACKETS; i++) {
        uint64_t s = nbt_rng_below(&rng, STREAMS + 1), stream = of[i] = 2 * s;
        cap_packet p;
        wanted[i] = false;
        put(k, i, 0, nbt_rng_below(&rng, 1500), stream);
        if (!begun[s] || s == 0)
            begun[s] = i;
        uint32_t chance = nbt_rng_below(&rng, 4);
        for (uint64_t n = begun[s]; chance == 0 && n <= i; n++)
            wanted[n] = wanted[n] || (of[n] == stream && (s || n == i));
        if (chance == 0)
            cap_keep_want(k, stream, begun[s], i);
        if (chance < 2) {
            cap_keep_done(k, stream, i + 1);
            begun[s] = 0;
        }
        while (cap_keep_next(k, i == PACKETS, &p)) {
            for (; next < p.number; next++)
                assert_false(wanted[next]);
            assert_true(wanted[next++]);
        }
    }
    for (; next <= PACKETS; next++)
        assert_false(wanted[next]);
    cap_keep_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_what_comes_out_and_when),
        NBT_TEST("", test_gaps),
        NBT_TEST("", test_time),
        NBT_TEST("", test_room),
        NBT_TEST("", test_at_random),
    };
    return cmocka_run_group_tests_name("keep", tests, NULL, NULL);
}
