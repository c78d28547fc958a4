/*
 * Octets between two threads: all of them, in order, whoever is the slower; and an end at any time.
 */
#include "tests/support/test.h"

#include "capture/ahead.h"

#include <signal.h>

/* Makes the octets 0, 1, 2... in pieces of a size that changes. */
typedef struct source {
    nbt_rng rng;
    size_t left;
    uint8_t next;
    unsigned calls;
    bool signals; /* one was not blocked */
} source;

static size_t make(void *ctx, uint8_t *to, size_t cap)
{
    source *s = ctx;
    sigset_t blocked;
    size_t n = 1 + nbt_rng_below(&s->rng, (uint32_t)cap);
    if (n > s->left)
        n = s->left;
    for (size_t i = 0; i < n; i++)
        to[i] = s->next++;
    s->left -= n;
    s->calls++;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    s->signals = s->signals || !sigismember(&blocked, SIGINT);
    return n;
}

static void test_all_octets_in_order(void **state)
{
    (void)state;
    for (size_t total = 0; total < 6 * (size_t)CAP_AHEAD_BLOCK; total = total * 3 + 1) {
        static uint8_t piece[CAP_AHEAD_BLOCK + 7];
        source s = { .rng = { test_seed() + total }, .left = total };
        nbt_rng rng = { total };
        uint8_t next = 0;
        size_t got = 0, n;
        cap_ahead *a = cap_ahead_new(make, &s);
        assert_non_null(a);
        while ((n = cap_ahead_take(a, piece, 1 + nbt_rng_below(&rng, sizeof piece - 1))) > 0) {
            for (size_t i = 0; i < n; i++)
                assert_int_equal(piece[i], next++);
            got += n;
        }
        assert_int_equal(got, total);
        assert_int_equal(cap_ahead_take(a, piece, 1), 0); /* it stays so */
        assert_false(s.signals);
        cap_ahead_free(a);
    }
}

/* The maker is far ahead, or has made nothing yet: it ends all the same, and was not called on. */
static void test_nobody_wants_more(void **state)
{
    uint8_t one;
    (void)state;
    for (int taken = 0; taken < 3; taken++) {
        source s = { .rng = { test_seed() }, .left = SIZE_MAX };
        cap_ahead *a = cap_ahead_new(make, &s);
        assert_non_null(a);
        for (int i = 0; i < taken; i++)
            assert_int_equal(cap_ahead_take(a, &one, 1), 1);
        cap_ahead_free(a);
        assert_in_range(s.calls, 0, CAP_AHEAD_BLOCKS + 1);
    }
    cap_ahead_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_all_octets_in_order),
        NBT_TEST("", test_nobody_wants_more),
    };
    return cmocka_run_group_tests_name("ahead", tests, NULL, NULL);
}
