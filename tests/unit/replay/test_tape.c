/*
 * The capture of a replay on a real network: what was put in comes out of it as messages.
 */
#include "tests/support/test.h"

#include "capture/source.h"
#include "capture/tap.h"
#include "nbt/mem.h"
#include "nbt/text.h"
#include "tests/support/mem.h"
#include "tools/replay/tape.h"

#include <stdio.h>
#include <unistd.h>

static const nbt_ep here = { 0x0A000001, 137 }, all = { 0x0A0000FF, 137 },
                    caller = { 0x0A000002, 40001 }, taker = { 0x0A000001, 139 };

static size_t octets(const char *text, uint8_t *to, size_t cap)
{
    static uint8_t arena[2048];
    nbt_msg m;
    nbt_text_err err;
    nbt_wr w;
    assert_true(nbt_text_parse(&m, text, strlen(text), arena, sizeof arena, &err));
    nbt_wr_init(&w, to, cap);
    nbt_msg_wr(&w, &m);
    assert_false(w.err);
    return w.at;
}

/* A connection that the other side opens, with a request in two pieces and an answer. */
static void put_session(replay_tape *t)
{
    uint8_t b[256];
    test_mem m = { 0 };
    nbt_out out;
    size_t n = octets("session-request FRED<20> from=LISA<00>", b, sizeof b);
    nbt_tcp_ev ev = { .kind = NBT_TCP_ACCEPTED, .conn = 1, .peer = caller, .local = taker };
    replay_tape_event(t, NBT_S(2), &ev);
    ev.kind = NBT_TCP_DATA;
    ev.data = (nbt_bytes){ b, 10 };
    replay_tape_event(t, NBT_S(2) + 1, &ev);
    ev.data = (nbt_bytes){ b + 10, n - 10 };
    replay_tape_event(t, NBT_S(2) + 2, &ev);
    nbt_out_init(&out, test_mem_of(&m));
    n = octets("positive-session-response -", b, sizeof b);
    nbt_act *act = nbt_out_add(&out, NBT_ACT_TCP_SEND, b, n);
    act->conn = 1;
    replay_tape_act(t, NBT_S(3), act, nbt_out_data(&out, act));
    act = nbt_out_add(&out, NBT_ACT_TCP_CLOSE, NULL, 0);
    act->conn = 1;
    replay_tape_act(t, NBT_S(4), act, (nbt_bytes){ NULL, 0 });
    nbt_out_fini(&out);
}

/* "FROM > TO TEXT" of each message. */
static size_t read_back(const char *path, char lines[8][200], int64_t *first)
{
    char err[CAP_ERR_MAX];
    cap_source *source = cap_source_file(path, err);
    cap_tap *tap = cap_tap_new();
    cap_packet p;
    cap_item item;
    size_t n = 0;
    assert_true(source && tap);
    while (cap_source_next(source, &p) == CAP_PACKET) {
        *first = n == 0 ? p.time : *first;
        cap_tap_put(tap, &p);
        while (cap_tap_next(tap, &item)) {
            assert_true(item.msg && !item.msg->err && n < 8);
            int at = snprintf(lines[n], 200, "%08x:%u > %08x:%u ", item.from.ip, item.from.port,
                              item.to.ip, item.to.port);
            nbt_text_print(item.msg, lines[n++] + at, 200 - (size_t)at);
        }
    }
    cap_tap_free(tap);
    cap_source_free(source);
    return n;
}

static void what_was_said(void **state)
{
    (void)state;
    char path[] = "/tmp/nbtlab-tape-XXXXXX", err[CAP_ERR_MAX], lines[8][200];
    uint8_t b[256];
    int64_t first = 0;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    replay_tape *t = replay_tape_new(path, (nbt_subnet){ 0x0A000000, 0xFFFFFF00 }, 1000000000, err);
    assert_non_null(t);
    size_t n = octets("query-request FRED<20> id=0x0001 b=1", b, sizeof b);
    replay_tape_datagram(t, NBT_S(1), here, all, (nbt_bytes){ b, n });
    put_session(t);
    assert_true(replay_tape_free(t));
    n = read_back(path, lines, &first);
    unlink(path);
    assert_int_equal(3, n);
    assert_int_equal(1000000000 + NBT_S(1), first);
    assert_string_equal("0a000001:137 > 0a0000ff:137 query-request FRED<20> id=0x0001 b=1",
                        lines[0]);
    assert_string_equal("0a000002:40001 > 0a000001:139 session-request FRED<20> from=LISA<00>",
                        lines[1]);
    assert_string_equal("0a000001:139 > 0a000002:40001 positive-session-response -", lines[2]);
}

static void no_tape(void **state)
{
    (void)state;
    char err[CAP_ERR_MAX] = "";
    nbt_subnet net = { 0x0A000000, 0xFFFFFF00 };
    assert_null(replay_tape_new("/nonexistent/x.pcap", net, 0, err));
    assert_string_not_equal("", err);
    replay_tape_datagram(NULL, 0, here, all, (nbt_bytes){ NULL, 0 });
    assert_true(replay_tape_free(NULL));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", what_was_said),
    NBT_TEST("", no_tape),
};

NBT_MAIN("tape", tests)
