/*
 * Streams in order and cut into messages: each test is a table of segments, and what each of them
 * brings to light.
 */
#include "tests/support/test.h"

#include "capture/flow.h"

#include <stdio.h>

enum { SYN = CAP_TCP_SYN, FIN = CAP_TCP_FIN, RST = CAP_TCP_RST };

/*
 * A segment, and the pieces that come out of it, one after the other: M and the octets of a
 * message, C and those of a cut one, -N for N octets missing, ?N for N that nobody can frame; a <
 * goes before those of the other direction.
 */
typedef struct segment {
    const char *label;
    char way; /* '>' or '<' */
    uint32_t seq;
    unsigned flags;
    const char *hex;
    const char *pieces;
    uint32_t ack; /* 0: none */
} segment;

static const nbt_ep client = { 0x0A000001, 1024 }, server = { 0x0A000002, 139 };

/* What comes out now, as text. */
static void drain(cap_flows *t, char *to, size_t cap)
{
    cap_piece p;
    size_t n = 0;
    to[0] = '\0';
    while (cap_flows_next(t, &p)) {
        bool back = nbt_ep_eq(p.from, server);
        assert_true(nbt_ep_eq(p.to, back ? client : server));
        n += (size_t)snprintf(to + n, cap - n, "%s%s", n > 0 ? " " : "", back ? "<" : "");
        switch (p.kind) {
        case CAP_PIECE_MESSAGE:
        case CAP_PIECE_CUT:
            n += (size_t)snprintf(to + n, cap - n, "%c", p.kind == CAP_PIECE_CUT ? 'C' : 'M');
            for (size_t i = 0; i < p.bytes.n; i++)
                n += (size_t)snprintf(to + n, cap - n, "%02X", p.bytes.p[i]);
            break;
        case CAP_PIECE_MISSING:
            n += (size_t)snprintf(to + n, cap - n, "-%llu", (unsigned long long)p.count);
            break;
        case CAP_PIECE_UNFRAMED:
            n += (size_t)snprintf(to + n, cap - n, "?%llu", (unsigned long long)p.count);
            break;
        }
    }
}

static void put(cap_flows *t, const segment *s, cap_framing framing)
{
    uint8_t buf[256];
    size_t n = hex_bytes(s->hex, buf, sizeof buf);
    uint8_t *owned = exact_copy(buf, n);
    cap_frame f = {
        .kind = CAP_FRAME_TCP,
        .from = s->way == '>' ? client : server,
        .to = s->way == '>' ? server : client,
        .seq = s->seq,
        .ack = s->ack,
        .tcp_flags = (uint8_t)(s->flags | (s->ack ? CAP_TCP_ACK : 0U)),
        .payload = { owned, n },
        .whole = n,
    };
    char pieces[1024];
    cap_flows_put(t, &f, framing, 1, 2);
    drain(t, pieces, sizeof pieces);
    free(owned);
    if (strcmp(pieces, s->pieces) != 0)
        fail_msg("%s: '%s' came out, not '%s'", s->label, pieces, s->pieces);
}

static void play(const segment *s, size_t n, cap_framing framing, const char *at_end)
{
    cap_flows *t = cap_flows_new();
    char pieces[1024];
    for (size_t i = 0; i < n; i++)
        put(t, &s[i], framing);
    cap_flows_end(t);
    drain(t, pieces, sizeof pieces);
    assert_string_equal(pieces, at_end);
    cap_flows_free(t);
}

/* A keep-alive is 85 00 00 00; 00 00 00 02 goes before two octets of user data. */
static void test_messages_and_segments(void **state)
{
    static const segment rows[] = {
        { "SYN", '>', 99, SYN, "", "", 0 },
        { "one in one", '>', 100, 0, "85000000", "M85000000", 0 },
        { "two in one", '>', 104, 0, "85000000 00000002 AABB", "M85000000 M00000002AABB", 0 },
        { "half a head", '>', 114, 0, "0000", "", 0 },
        { "the other half", '>', 116, 0, "0003", "", 0 },
        { "data", '>', 118, 0, "AABB", "", 0 },
        { "its end, another's beginning", '>', 120, 0, "CC 8500", "M00000003AABBCC", 0 },
        { "that one's end", '>', 123, 0, "0000", "M85000000", 0 },
        { "the other way", '<', 700, 0, "82000000", "<M82000000", 0 },
        { "a FIN in the middle", '>', 125, FIN, "00000002 AA", "C00000002AA", 0 },
    };
    (void)state;
    play(rows, LENGTH_OF(rows), CAP_FRAMING_SESSION, "");
}

static void test_order(void **state)
{
    static const segment rows[] = {
        { "SYN", '>', 0xFFFFFFFD, SYN, "", "", 0 },
        { "across the wrap", '>', 0xFFFFFFFE, 0, "85000000", "M85000000", 0 },
        { "sent again", '>', 0xFFFFFFFE, 0, "85000000", "", 0 },
        { "the third", '>', 10, 0, "0000 85000000", "", 0 },
        { "again", '>', 10, 0, "0000", "", 0 },
        { "the second", '>', 6, 0, "AABB 8500", "", 0 },
        { "the first", '>', 2, 0, "00000002", "M00000002AABB M85000000 M85000000", 0 },
    };
    (void)state;
    play(rows, LENGTH_OF(rows), CAP_FRAMING_SESSION, "");
    static const segment overlap[] = {
        { "SYN", '>', 99, SYN, "", "", 0 },
        { "first", '>', 100, 0, "00000004 AABB", "", 0 },
        { "old and new", '>', 104, 0, "AABB CCDD", "M00000004AABBCCDD", 0 },
        { "old only", '>', 101, 0, "0000", "", 0 },
        { "ahead", '>', 112, 0, "85000000", "", 0 },
        { "over the next", '>', 108, 0, "85000000 8500", "M85000000 M85000000", 0 },
    };
    play(overlap, LENGTH_OF(overlap), CAP_FRAMING_SESSION, "");
}

/* What is missing is told when the other side says that it has it, or at the end. */
static void test_loss(void **state)
{
    static const segment rows[] = {
        { "SYN", '>', 99, SYN, "", "", 0 },
        { "data", '>', 100, 0, "00000008 AABB", "", 0 },
        { "four octets are lost", '>', 110, 0, "EEFF 00000001AA 85000000", "", 0 },
        { "not yet said", '<', 500, 0, "", "", 106 },
        { "said", '<', 500, 0, "", "C00000008AABB -4 M00000001AA M85000000", 107 },
        { "more than a message is lost", '>', 130, 0, "AABBCC", "", 0 },
        { "said", '<', 500, 0, "", "-9 ?3", 133 },
        { "found again", '>', 133, 0, "85000000", "M85000000", 0 },
        { "lost at the end", '>', 140, 0, "85000000", "", 0 },
    };
    (void)state;
    play(rows, LENGTH_OF(rows), CAP_FRAMING_SESSION, "-3 M85000000");
}

/* A segment that says that another was lost may have octets of its own: none of them are lost. */
static void test_loss_and_data_in_one_segment(void **state)
{
    static const segment rows[] = {
        { "SYN", '>', 99, SYN, "", "", 0 },
        { "its answer", '<', 699, SYN, "", "", 0 },
        { "far ahead", '>', 110, 0, "85000000", "", 0 },
        { "it all came, and here is more", '<', 700, 0, "82000000 85000000",
          "-10 M85000000 <M82000000 <M85000000", 114 },
    };
    (void)state;
    play(rows, LENGTH_OF(rows), CAP_FRAMING_SESSION, "");
}

/*
 * From which packet on a message can be found again, and what is still needed of its stream.
 * Packets are the rows, from 1; 0 is the end of the list, and ALL that nothing is needed.
 */
static void test_where_messages_begin(void **state)
{
    enum { ALL = 99 };
    static const struct {
        const char *label;
        segment s;
        uint64_t began[3]; /* of the messages that come */
        uint64_t need;     /* of the stream, behind it */
    } rows[] = {
        { "1 SYN: a message that cannot be told by itself may follow",
          { "", '>', 99, SYN, "", "", 0 },
          { 0 },
          1 },
        { "2 one that can", { "", '>', 100, 0, "85000000", "", 0 }, { 2 }, 2 },
        { "3 the beginning of one that cannot",
          { "", '>', 104, 0, "00000004 AA", "", 0 },
          { 0 },
          2 },
        { "4 its end, and another", { "", '>', 109, 0, "BBCCDD 85000000", "", 0 }, { 2, 2 }, 2 },
        { "5 one that can", { "", '>', 116, 0, "85000000", "", 0 }, { 5 }, 5 },
        { "6 ahead of others", { "", '>', 124, 0, "00000004 AABBCCDD", "", 0 }, { 0 }, 5 },
        { "7 which come now", { "", '>', 120, 0, "85000000", "", 0 }, { 7, 6 }, 6 },
        { "8 SMB: whatever follows can be told by itself",
          { "", '>', 132, 0, "00000004 FF534D42", "", 0 },
          { 8 },
          ALL },
        { "9 half of one", { "", '>', 140, 0, "00000008 FF534D42", "", 0 }, { 0 }, 9 },
        { "10 the other half", { "", '>', 148, 0, "00000000", "", 0 }, { 9 }, ALL },
        { "11 ahead", { "", '>', 156, 0, "85000000", "", 0 }, { 0 }, 11 },
        { "12 the other way has nothing to do with it",
          { "", '<', 700, 0, "82000000", "", 0 },
          { 12 },
          12 },
        { "13 lost", { "", '<', 704, 0, "", "", 160 }, { 13, 11 }, 12 },
        { "14 the end of one", { "", '>', 168, 0, "CCDD", "", 0 }, { 0 }, 11 },
        { "15 and then its beginning",
          { "", '>', 160, 0, "00000006 FF534D42", "", 0 },
          { 14 },
          ALL },
        { "16 RST", { "", '>', 170, RST, "", "", 0 }, { 0 }, ALL },
    };
    cap_flows *t = cap_flows_new();
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const segment *s = &rows[i].s;
        cap_piece p;
        cap_need needs[2];
        size_t k = 0;
        uint8_t buf[256], *owned = exact_copy(buf, hex_bytes(s->hex, buf, sizeof buf));
        cap_frame f = {
            .kind = CAP_FRAME_TCP,
            .from = s->way == '>' ? client : server,
            .to = s->way == '>' ? server : client,
            .seq = s->seq,
            .ack = s->ack,
            .tcp_flags = (uint8_t)(s->flags | (s->ack ? CAP_TCP_ACK : 0U)),
            .payload = { owned, hex_bytes(s->hex, buf, sizeof buf) },
        };
        print_message("%s\n", rows[i].label);
        cap_flows_put(t, &f, CAP_FRAMING_SESSION, i + 1, 2);
        uint64_t stream = cap_flows_stream(t);
        assert_int_equal((stream & CAP_STREAM_ACK) != 0, f.payload.n == 0 && !(s->flags & SYN));
        assert_true(stream & CAP_STREAM_TCP);
        for (; cap_flows_next(t, &p); k++) {
            assert_true(k < 3);
            assert_int_equal(p.began, rows[i].began[k]);
        }
        assert_true(k == 3 || rows[i].began[k] == 0);
        assert_int_equal(cap_flows_needs(t, needs), 2);
        assert_int_equal(needs[0].stream ^ needs[1].stream, 1);
        const cap_need *need = needs[1].stream == (stream & ~CAP_STREAM_ACK) ? &needs[1] : needs;
        assert_int_equal(need->from, rows[i].need == ALL ? UINT64_MAX : rows[i].need);
        free(owned);
    }
    cap_flows_free(t);
}

static void test_joined_in_the_middle(void **state)
{
    static const segment rows[] = {
        { "who knows", '>', 100, 0, "00010203 0405", "?6", 0 },
        { "zeros are no messages", '>', 106, 0, "00000000 0000", "?6", 0 },
        { "a header that fits", '>', 112, 0, "00000002 AABB", "M00000002AABB", 0 },
        { "from now on", '>', 118, 0, "00000009 AABB", "", 0 },
        { "SMB", '<', 900, 0, "00000080 FF534D42 00", "", 0 },
        { "a refusal", '<', 909, RST, "", "C00000009AABB <C00000080FF534D4200", 0 },
    };
    (void)state;
    play(rows, LENGTH_OF(rows), CAP_FRAMING_SESSION, "");
}

/* What is no session service has no length that could be believed. */
static void test_nonsense(void **state)
{
    static const segment rows[] = {
        { "SYN", '>', 99, SYN, "", "", 0 },
        { "GET /", '>', 100, 0, "474554202F", "M474554202F", 0 },
        { "more", '>', 105, 0, "0D0A", "?2", 0 },
        { "sense again", '>', 107, 0, "85000000", "M85000000", 0 },
    };
    (void)state;
    play(rows, LENGTH_OF(rows), CAP_FRAMING_SESSION, "");
}

static void test_ports_are_used_again(void **state)
{
    static const segment rows[] = {
        { "SYN", '>', 99, SYN, "", "", 0 },
        { "SYN, sent again", '>', 99, SYN, "", "", 0 },
        { "half", '>', 100, 0, "00000002 AA", "", 0 },
        { "another connection", '>', 5000, SYN, "", "C00000002AA", 0 },
        { "its message", '>', 5001, 0, "85000000", "M85000000", 0 },
        { "far away", '>', 0x40000000, 0, "85000000", "M85000000", 0 },
    };
    (void)state;
    play(rows, LENGTH_OF(rows), CAP_FRAMING_SESSION, "");
}

/* RFC 1002 4.2.1.1: over TCP, name packets have a length before them, which is not theirs. */
static void test_name_packets(void **state)
{
    static const segment rows[] = {
        { "SYN", '>', 99, SYN, "", "", 0 },
        { "half a length", '>', 100, 0, "00", "", 0 },
        { "the rest", '>', 101, 0, "02 AABB", "MAABB", 0 },
        { "cut", '>', 104, 0, "0004 CC", "", 0 },
    };
    (void)state;
    play(rows, LENGTH_OF(rows), CAP_FRAMING_NAME, "CCC");
}

/* A message of remote control (rc/channel.h) is 01 02 001E: wait 30 seconds. */
static void test_remote_control(void **state)
{
    static const segment rows[] = {
        { "SYN", '>', 99, SYN, "", "", 0 },
        { "two in one", '>', 100, 0, "0004 0102001E 0004 0102001F", "M0102001E M0102001F", 0 },
        { "half a length", '>', 112, 0, "00", "", 0 },
        { "the rest, and more", '>', 113, 0, "03 010A00 0003", "M010A00", 0 },
        { "its end", '>', 119, 0, "010A01", "M010A01", 0 },
        { "no message has no octet", '>', 122, 0, "0000 010A01", "M010A01", 0 },
        { "nobody knows", '>', 127, 0, "0003 FF0A01", "?5", 0 },
        { "found again", '>', 132, 0, "0003 010A01", "M010A01", 0 },
        { "no message is so long", '>', 137, 0, "2001 0106", "M0106", 0 },
    };
    (void)state;
    play(rows, LENGTH_OF(rows), CAP_FRAMING_RC, "");
}

/* Its ports are also those of clients of anything: a stream is not followed before it makes sense.
 */
static void test_no_remote_control(void **state)
{
    static const segment rows[] = {
        { "GET /", '>', 100, 0, "474554202F", "", 0 },
        { "nothing", '>', 105, 0, "", "", 0 },
        { "an answer to a call", '<', 99, SYN, "", "", 100 },
        { "not alone", '>', 105, 0, "0003 010A01 0003", "", 0 },
        { "a message", '>', 113, 0, "0003 010A01", "M010A01", 0 },
        { "from now on", '>', 118, 0, "0003 01", "", 0 },
        { "followed", '>', 121, 0, "0A00", "M010A00", 0 },
    };
    (void)state;
    play(rows, LENGTH_OF(rows), CAP_FRAMING_RC, "");
}

/* The longest message, octet by octet, and one beyond what all streams together may hold. */
static void test_bounds(void **state)
{
    enum { STREAMS = 200, CHUNK = 65000 };
    cap_flows *t = cap_flows_new();
    uint8_t *data = calloc(1, CHUNK);
    cap_frame f = { .kind = CAP_FRAME_TCP, .from = client, .to = server };
    cap_piece p;
    size_t cut = 0;
    (void)state;
    for (uint16_t i = 0; i < STREAMS; i++) {
        f.from.port = (uint16_t)(1024 + i);
        f.seq = 99;
        f.tcp_flags = SYN;
        f.payload = (nbt_bytes){ NULL, 0 };
        cap_flows_put(t, &f, CAP_FRAMING_SESSION, 1, 0);
        assert_false(cap_flows_next(t, &p));
        memcpy(data, "\x00\x01\xFF\xFF", 4); /* 131071 octets */
        f.seq = 100;
        f.tcp_flags = 0;
        f.payload = (nbt_bytes){ data, CHUNK };
        cap_flows_put(t, &f, CAP_FRAMING_SESSION, 2, 0);
        while (cap_flows_next(t, &p))
            cut += p.kind == CAP_PIECE_CUT;
    }
    /* 16 MiB hold 127 messages of 131075 octets. The others were given up, but not lost track of.
     */
    assert_int_equal(cut, STREAMS - CAP_FLOWS_HELD_MAX / 131075);
    memset(data, 0, CHUNK);
    f.seq = 100 + CHUNK;
    cap_flows_put(t, &f, CAP_FRAMING_SESSION, 3, 0);
    assert_false(cap_flows_next(t, &p));
    f.seq += CHUNK;
    memcpy(data + 131075 - 2 * CHUNK, "\x85\x00\x00\x00", 4);
    f.payload.n = 131075 - 2 * CHUNK + 4;
    cap_flows_put(t, &f, CAP_FRAMING_SESSION, 4, 0);
    assert_true(cap_flows_next(t, &p));
    assert_int_equal(p.kind, CAP_PIECE_MESSAGE);
    assert_hex(p.bytes.p, p.bytes.n, "85000000");
    free(data);
    cap_flows_free(t);
}

/* Messages that are over take no room from those to come. */
static void test_room_is_given_back(void **state)
{
    enum { STREAMS = 300, CHUNK = 50000 };
    cap_flows *t = cap_flows_new();
    uint8_t *data = calloc(1, CHUNK);
    cap_frame f = { .kind = CAP_FRAME_TCP, .from = client, .to = server };
    cap_piece p;
    (void)state;
    for (uint16_t i = 0; i < STREAMS; i++) {
        f.from.port = (uint16_t)(1024 + i);
        f.seq = 99;
        f.tcp_flags = SYN;
        f.payload = (nbt_bytes){ NULL, 0 };
        cap_flows_put(t, &f, CAP_FRAMING_SESSION, 1, 0);
        assert_false(cap_flows_next(t, &p));
        memcpy(data, "\x00\x01\x86\x9C", 4); /* 99996 octets: two chunks with the head */
        f.seq = 100;
        f.tcp_flags = 0;
        f.payload = (nbt_bytes){ data, CHUNK };
        cap_flows_put(t, &f, CAP_FRAMING_SESSION, 2, 0);
        assert_false(cap_flows_next(t, &p));
        f.seq += CHUNK;
        cap_flows_put(t, &f, CAP_FRAMING_SESSION, 3, 0);
        assert_true(cap_flows_next(t, &p));
        assert_int_equal(p.kind, CAP_PIECE_MESSAGE);
        assert_int_equal(p.bytes.n, 2 * CHUNK);
        assert_false(cap_flows_next(t, &p));
    }
    free(data);
    cap_flows_free(t);
}

static void test_the_longest_silent_connection_gives_way(void **state)
{
    cap_flows *t = cap_flows_new();
    const uint8_t half[] = { 0, 0, 0, 9, 1 };
    cap_frame f = { .kind = CAP_FRAME_TCP, .to = server, .payload = { half, sizeof half } };
    cap_piece p;
    (void)state;
    for (uint32_t i = 0; i <= CAP_FLOWS_MAX; i++) {
        f.from = (nbt_ep){ 0x0B000000 + i, 1024 };
        f.seq = 99;
        f.tcp_flags = SYN;
        f.payload.n = 0;
        cap_flows_put(t, &f, CAP_FRAMING_SESSION, i, 0);
        bool any = cap_flows_next(t, &p);
        assert_int_equal(any, i == CAP_FLOWS_MAX);
        if (any)
            assert_int_equal(p.from.ip, 0x0B000000);
        assert_false(cap_flows_next(t, &p));
        f.seq = 100;
        f.tcp_flags = 0;
        f.payload.n = sizeof half;
        cap_flows_put(t, &f, CAP_FRAMING_SESSION, i, 0);
        assert_false(cap_flows_next(t, &p));
    }
    cap_flows_end(t);
    size_t n = 0;
    while (cap_flows_next(t, &p)) {
        assert_int_equal(p.kind, CAP_PIECE_CUT);
        n++;
        assert_int_equal(p.from.ip, 0x0B000000 + n); /* the oldest first */
        assert_int_equal(p.number, n);
    }
    assert_int_equal(n, CAP_FLOWS_MAX);
    cap_flows_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_messages_and_segments),
        NBT_TEST("", test_order),
        NBT_TEST("", test_loss),
        NBT_TEST("", test_loss_and_data_in_one_segment),
        NBT_TEST("", test_where_messages_begin),
        NBT_TEST("", test_joined_in_the_middle),
        NBT_TEST("", test_nonsense),
        NBT_TEST("", test_ports_are_used_again),
        NBT_TEST("", test_name_packets),
        NBT_TEST("", test_remote_control),
        NBT_TEST("", test_no_remote_control),
        NBT_TEST("", test_bounds),
        NBT_TEST("", test_room_is_given_back),
        NBT_TEST("", test_the_longest_silent_connection_gives_way),
    };
    return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
