/*
 * Moves of a file: parts of it, several rounds, a damaged one; and the look ahead, which changes
 * nothing about them.
 */
#include "tests/support/test.h"

#include "tools/replay/ahead.h"

#include <stdio.h>
#include <unistd.h>

static const char capture[] = "fixtures/captures/sessions.pcap";
static const cap_parts parts = { .ours = { 0x0A000005 }, .nours = 1 };

typedef struct tally {
    size_t n, ours;
    uint64_t first, last; /* packets */
    uint64_t conns;
    int64_t begun, ended;
} tally;

/* Numbers and times do not go back, whichever round it is. */
static tally count(const replay_cut *cut, char err[CAP_ERR_MAX])
{
    tally t = { 0 };
    cap_move m;
    replay_feed *f = replay_feed_new(cut, &parts, err);
    assert_non_null(f);
    while (replay_feed_next(f, &m)) {
        t.n++;
        t.ours += m.ours;
        assert_int_equal(t.n, m.seq);
        assert_true(m.cause < m.seq);
        assert_true(t.n == 1 || m.time >= t.ended);
        t.first = t.first ? t.first : m.number;
        t.begun = t.n == 1 ? m.time : t.begun;
        t.last = m.number;
        t.ended = m.time;
        t.conns = m.conn > t.conns ? m.conn : t.conns;
    }
    snprintf(err, CAP_ERR_MAX, "%s", replay_feed_error(f));
    replay_feed_free(f);
    return t;
}

static void rounds(void **state)
{
    (void)state;
    char err[CAP_ERR_MAX];
    tally once = count(&(replay_cut){ .path = capture }, err);
    assert_string_equal("", err);
    assert_true(once.n > 40 && once.ours > 0 && once.ours < once.n);
    tally thrice = count(&(replay_cut){ .path = capture, .loops = 3 }, err);
    assert_int_equal(3 * once.n, thrice.n);
    assert_int_equal(3 * once.ours, thrice.ours);
    assert_int_equal(once.last, thrice.last);
    /* a second lies between two rounds */
    assert_int_equal(3 * (once.ended - once.begun) + 2000000, thrice.ended - thrice.begun);
}

static void parts_of_it(void **state)
{
    (void)state;
    char err[CAP_ERR_MAX];
    tally t = count(&(replay_cut){ .path = capture, .first = 8, .last = 20 }, err);
    assert_true(t.n > 0 && t.first >= 8 && t.last <= 20);
    t = count(&(replay_cut){ .path = capture, .begin = 6500000 }, err);
    assert_true(t.n > 0 && t.first > 37);
    t = count(&(replay_cut){ .path = capture, .end = 900000 }, err);
    assert_true(t.n > 0 && t.last < 11);
    t = count(&(replay_cut){ .path = capture, .begin = 99000000 }, err);
    assert_int_equal(0, t.n);
}

/* What is before the damage is there, once, and the error says what it is. */
static void damage(void **state)
{
    (void)state;
    char err[CAP_ERR_MAX], path[] = "/tmp/nbtlab-feed-XXXXXX";
    uint8_t bytes[2000];
    FILE *in = fopen(capture, "rb");
    int fd = mkstemp(path);
    assert_true(in && fd >= 0);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    assert_int_equal(sizeof bytes, n);
    assert_int_equal(n, write(fd, bytes, n));
    close(fd);
    fclose(in);
    tally whole = count(&(replay_cut){ .path = capture }, err);
    tally t = count(&(replay_cut){ .path = path, .loops = 3 }, err);
    assert_true(t.n > 0 && t.n < whole.n);
    assert_string_not_equal("", err);
    replay_study study;
    assert_true(replay_study_read(&study, &(replay_cut){ .path = path }, &parts, err));
    assert_string_not_equal("", err);
    replay_study_fini(&study);
    unlink(path);
    assert_null(replay_feed_new(&(replay_cut){ .path = path }, &parts, err));
    assert_false(replay_study_read(&study, &(replay_cut){ .path = path }, &parts, err));
    replay_study_fini(&study);
}

/* --- ahead ------------------------------------------------------------------------------------ */

static bool same(const cap_move *a, const cap_move *b)
{
    return a->kind == b->kind && a->ours == b->ours && a->seq == b->seq && a->cause == b->cause &&
           a->number == b->number && a->time == b->time && a->conn == b->conn &&
           nbt_ep_eq(a->from, b->from) && nbt_ep_eq(a->to, b->to) && a->bytes.n == b->bytes.n &&
           (a->bytes.n == 0 || memcmp(a->bytes.p, b->bytes.p, a->bytes.n) == 0) &&
           (a->msg != NULL) == (b->msg != NULL) && (a->rc != NULL) == (b->rc != NULL);
}

static void a_look_ahead(void **state)
{
    (void)state;
    char err[CAP_ERR_MAX];
    cap_move m, other;
    size_t requests = 0, taken = 0, said = 0;
    replay_cut cut = { .path = capture };
    replay_feed *plain = replay_feed_new(&cut, &parts, err);
    replay_feed *feed = replay_feed_new(&cut, &parts, err);
    replay_ahead *a = replay_ahead_new(feed);
    while (replay_ahead_next(a, &m)) {
        assert_true(replay_feed_next(plain, &other));
        assert_true(same(&m, &other));
        if (m.kind != CAP_MOVE_OPEN)
            continue;
        const nbt_ssn *request = replay_ahead_request(a, m.conn);
        if (request)
            assert_int_equal(NBT_SSN_REQUEST, request->type);
        requests += request != NULL;
        taken += replay_ahead_takes(a, m.conn);
        const cap_move *first = replay_ahead_said(a, m.conn, 0);
        assert_true(!first || (!first->ours && first->conn == m.conn));
        said += first != NULL;
    }
    assert_false(replay_feed_next(plain, &other));
    assert_int_equal(8, requests);
    assert_true(taken >= requests);
    assert_int_equal(8, said);
    replay_ahead_free(a);
    replay_feed_free(feed);
    replay_feed_free(plain);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", rounds),
    NBT_TEST("", parts_of_it),
    NBT_TEST("", damage),
    NBT_TEST("", a_look_ahead),
};

NBT_MAIN("feed", tests)
