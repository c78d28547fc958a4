/*
 * Captures as moves: how many each side has, and that what each followed can be.
 */
#include "tests/support/test.h"

#include "capture/replay.h"

enum { SEQS = 4096 };

typedef struct seen {
    uint64_t n;
    uint64_t of[2]; /* theirs, ours */
    uint64_t kinds[CAP_MOVE_RESET + 1], streamed;
    bool ours[SEQS];
    bool opened[SEQS]; /* by the move's number: it begins a connection */
    uint64_t conn[SEQS];
} seen;

/* A move follows one that was before, of the other side; on a connection, of the same one. */
static void check(seen *s, const cap_move *m)
{
    assert_int_equal(m->seq, ++s->n);
    assert_true(m->seq < SEQS);
    s->of[m->ours]++;
    s->ours[m->seq] = m->ours;
    s->conn[m->seq] = m->conn;
    s->opened[m->seq] = m->kind == CAP_MOVE_OPEN;
    s->kinds[m->kind]++;
    assert_true(m->cause < m->seq);
    assert_int_equal(m->conn != 0, m->kind != CAP_MOVE_DATAGRAM);
    if (m->kind == CAP_MOVE_ACCEPT)
        assert_true(s->opened[m->cause]);
    if (!m->cause)
        return;
    assert_int_equal(s->ours[m->cause], !m->ours);
    if (m->conn)
        assert_int_equal(s->conn[m->cause], m->conn);
}

static void read_moves(const char *path, uint32_t us, bool asides, bool streams, seen *s)
{
    char err[CAP_ERR_MAX];
    cap_parts parts = { .ours = { us }, .nours = 1 };
    cap_file file;
    cap_packet p;
    cap_move m;
    cap_replay *r = cap_replay_new(&parts);
    memset(s, 0, sizeof *s);
    assert_non_null(r);
    if (asides)
        cap_replay_asides(r);
    if (streams)
        cap_replay_streams(r);
    if (!cap_file_init(&file, path, false, err))
        fail_msg("%s: %s", path, err);
    while (cap_file_next(&file, &p) == CAP_PACKET) {
        cap_replay_put(r, &p);
        while (cap_replay_next(r, &m)) {
            assert_true(asides || !m.aside);
            check(s, &m);
        }
    }
    cap_replay_end(r);
    while (cap_replay_next(r, &m))
        check(s, &m);
    s->streamed = cap_replay_left(r)->streamed;
    cap_file_fini(&file);
    cap_replay_free(r);
}

static void test_captures(void **state)
{
    static const struct {
        const char *path;
        uint32_t us;
        uint64_t ours, theirs;
    } rows[] = {
        { "fixtures/captures/sessions.pcap", 0x0A000005, 22, 22 },
        { "fixtures/captures/tcp-137.pcap", 0x0A000005, 6, 5 },
        { "fixtures/captures/reproduce-clone.pcap", 0x0A4D0001, 33, 53 },
    };
    static seen s;
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("%s\n", rows[i].path);
        read_moves(rows[i].path, rows[i].us, false, false, &s);
        assert_int_equal(s.of[true], rows[i].ours);
        assert_int_equal(s.of[false], rows[i].theirs);
    }
}

/* What others say among themselves is none, unless it is asked for; and no host has no part. */
static void test_asides(void **state)
{
    static seen without, with;
    (void)state;
    read_moves("fixtures/captures/samba-name-server.pcap", 0x0A4D0003, false, false, &without);
    read_moves("fixtures/captures/samba-name-server.pcap", 0x0A4D0003, true, false, &with);
    assert_int_equal(with.of[true], without.of[true]);
    assert_true(with.of[false] > without.of[false]);
    read_moves("fixtures/captures/samba-name-server.pcap", 0x01020304, false, false, &without);
    assert_int_equal(without.of[true], 0);
}

/* Over UDP: two streams, with what was lost and what came twice. */
static void test_streams(void **state)
{
    static const char path[] = "fixtures/captures/run-udp-bad-link.pcap";
    static seen s;
    (void)state;
    read_moves(path, 0x0A000001, false, true, &s);
    assert_int_equal(s.kinds[CAP_MOVE_OPEN], 2);
    assert_int_equal(s.kinds[CAP_MOVE_ACCEPT], 2);
    assert_int_equal(s.kinds[CAP_MOVE_MESSAGE], 10);
    assert_int_equal(s.kinds[CAP_MOVE_FIN], 2);
    assert_int_equal(s.kinds[CAP_MOVE_RESET], 0);
    assert_int_equal(s.streamed, 0);
    read_moves(path, 0x0A000001, false, false, &s);
    assert_int_equal(s.kinds[CAP_MOVE_OPEN] + s.kinds[CAP_MOVE_MESSAGE], 0);
    assert_int_equal(s.streamed, 10);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", test_captures),
    NBT_TEST("", test_asides),
    NBT_TEST("", test_streams),
};

NBT_MAIN("replay", tests)
