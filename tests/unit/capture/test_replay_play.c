/*
 * The player against peers that are a script: what is sent when, and what is said of what comes.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "capture/replay_play.h"
#include "nbt/text.h"
#include "tests/support/mem.h"

enum { US = 0x0A000001, THEM = 0x0A000002, ALL = 0x0A0000FF, SALT = 0x100 };

/* A player, and all that came of it as text: "sent 1", "matched 2", ... */
typedef struct world {
    cap_player *p;
    cap_map map;
    cap_ignore ignore;
    test_mem mem;
    nbt_out out;
    nbt_time now;
    uint32_t ours, broadcast;
    uint64_t seq;
    char said[1024];
    char diff[1024]; /* of the last one that differs or was not sent */
} world;

static void begin_with(world *w, cap_player_cfg cfg)
{
    memset(w, 0, sizeof *w);
    w->ours = US;
    w->broadcast = ALL;
    w->map.salt = SALT;
    w->now = NBT_S(1000);
    cfg.map = &w->map;
    cfg.ignore = &w->ignore;
    cfg.ours = &w->ours;
    cfg.broadcast = &w->broadcast;
    cfg.nours = 1;
    cfg.scale = cfg.scale ? cfg.scale : 1000000;
    cfg.patience = NBT_S(2);
    cfg.late = NBT_MS(100);
    cfg.all = true;
    nbt_out_init(&w->out, test_mem_of(&w->mem));
    w->p = cap_player_new(&cfg);
    assert_non_null(w->p);
    cap_player_start(w->p, w->now, NULL, 0, &w->out);
}

static void begin(world *w)
{
    begin_with(w, (cap_player_cfg){ 0 });
}

static void hear(world *w)
{
    cap_result r;
    while (cap_player_next(w->p, &r)) {
        size_t n = strlen(w->said);
        (void)snprintf(w->said + n, sizeof w->said - n, "%s%s", n ? " " : "",
                       cap_came_str(r.verdict));
        if (r.number)
            (void)snprintf(w->said + strlen(w->said), 16, " %d", (int)r.number);
        if (r.diff[0])
            (void)snprintf(w->diff, sizeof w->diff, "%s", r.diff);
    }
}

static void finish(world *w)
{
    cap_player_end(w->p, w->now);
    for (int i = 0; i < 1000 && !cap_player_over(w->p); i++) {
        nbt_time due = cap_player_due(w->p);
        assert_true(due != NBT_NEVER);
        w->now = due > w->now ? due : w->now;
        nbt_out_clear(&w->out);
        cap_player_tick(w->p, w->now, &w->out);
    }
    assert_true(cap_player_over(w->p));
    assert_false(cap_player_counted(w->p)->failed);
    hear(w);
    cap_player_free(w->p);
    nbt_out_fini(&w->out);
}

static void expect_said(world *w, const char *said)
{
    finish(w);
    assert_string_equal(w->said, said);
}

/* The octets of a message in the text form. */
static size_t octets(const char *text, uint8_t *to, size_t cap)
{
    uint8_t arena[4096];
    nbt_msg m;
    nbt_text_err err;
    nbt_wr wr;
    if (!nbt_text_parse(&m, text, strlen(text), arena, sizeof arena, &err))
        fail_msg("%s: column %zu: %s", text, err.column, err.why);
    nbt_wr_init(&wr, to, cap);
    nbt_msg_wr(&wr, &m);
    assert_int_equal(wr.err, NBT_OK);
    return wr.at;
}

static nbt_service service_of(const char *text)
{
    return strstr(text, "session")    ? NBT_SERVICE_SESSION
           : strstr(text, "datagram") ? NBT_SERVICE_DATAGRAM
                                      : NBT_SERVICE_NAME;
}

/* The next move of the capture, which must be wanted: its number is the one it has in the order. */
static void move_as(world *w, cap_move m, int ms, const char *text)
{
    uint8_t bytes[2048];
    nbt_msg msg;
    m.seq = m.number = ++w->seq;
    m.time = NBT_MS(ms);
    if (text) {
        m.bytes = (nbt_bytes){ bytes, octets(text, bytes, sizeof bytes) };
        (void)nbt_msg_rd(&msg, service_of(text), bytes, m.bytes.n);
        m.msg = &msg;
    }
    assert_true(cap_player_wants(w->p));
    cap_player_feed(w->p, w->now, &m, &w->out);
    hear(w);
}

static uint16_t port_of(const char *text)
{
    return service_of(text) == NBT_SERVICE_DATAGRAM ? 138 : 137;
}

static void ours(world *w, int ms, uint64_t cause, uint32_t to, const char *text)
{
    move_as(w,
            (cap_move){ .ours = true,
                        .to_all = to == ALL,
                        .cause = cause,
                        .from = { US, port_of(text) },
                        .to = { to, port_of(text) } },
            ms, text);
}

static void theirs(world *w, int ms, uint64_t cause, uint32_t to, const char *text)
{
    move_as(w,
            (cap_move){ .to_all = to == ALL,
                        .cause = cause,
                        .from = { THEM, port_of(text) },
                        .to = { to, port_of(text) } },
            ms, text);
}

static void comes_from(world *w, int after, uint32_t from, uint32_t to, const char *text)
{
    uint8_t bytes[2048];
    size_t n = octets(text, bytes, sizeof bytes);
    w->now += NBT_MS(after);
    nbt_out_clear(&w->out);
    cap_player_tick(w->p, w->now, &w->out);
    cap_player_rx(w->p, w->now, 0, (nbt_ep){ from, port_of(text) }, (nbt_ep){ to, port_of(text) },
                  (nbt_bytes){ bytes, n }, &w->out);
    hear(w);
}

static void comes(world *w, int after, uint32_t to, const char *text)
{
    comes_from(w, after, THEM, to, text);
}

static void passes(world *w, int ms)
{
    w->now += NBT_MS(ms);
    nbt_out_clear(&w->out);
    cap_player_tick(w->p, w->now, &w->out);
    hear(w);
}

/* What was sent last: exactly one datagram, in the text form. */
static void expect_sent(world *w, nbt_ep to, const char *text)
{
    uint8_t bytes[2048];
    size_t n = octets(text, bytes, sizeof bytes);
    assert_int_equal(w->out.n, 1);
    assert_int_equal(w->out.acts[0].kind, NBT_ACT_SEND);
    assert_int_equal(w->out.acts[0].from.ip, US);
    assert_int_equal(w->out.acts[0].to.ip, to.ip);
    assert_int_equal(w->out.acts[0].to.port, to.port);
    nbt_bytes sent = nbt_out_data(&w->out, &w->out.acts[0]);
    assert_int_equal(sent.n, n);
    assert_memory_equal(sent.p, bytes, n);
}

#define QUERY "query-request FRED<20> id=0x0001"
#define QUERY_HERE "query-request FRED<20> id=0x0101"
#define ANSWER "positive-query-response FRED<20> id=0x0001 owners=10.0.0.2/B/unique"
#define ANSWER_HERE "positive-query-response FRED<20> id=0x0101 owners=10.0.0.2/B/unique"
#define CLAIM "registration-request LISA<00> id=0x0007 b=1 owner=10.0.0.2 node=B unique"
#define CLAIM_HERE "registration-request LISA<00> id=0x7777 b=1 owner=10.0.0.2 node=B unique"
#define REFUSAL                                                                                    \
    "negative-registration-response LISA<00> id=0x0007 rcode=ACT_ERR owner=10.0.0.2 node=B unique"
#define REFUSAL_HERE                                                                               \
    "negative-registration-response LISA<00> id=0x7777 rcode=ACT_ERR owner=10.0.0.2 node=B unique"

/* --- answers ---------------------------------------------------------------------------------- */

static void test_matched(void **state)
{
    world w;
    (void)state;
    begin(&w);
    ours(&w, 0, 0, THEM, QUERY);
    expect_sent(&w, (nbt_ep){ THEM, 137 }, QUERY_HERE);
    theirs(&w, 10, 1, US, ANSWER);
    comes(&w, 10, US, ANSWER_HERE);
    expect_said(&w, "sent 1 matched 2");
}

static void test_late(void **state)
{
    world w;
    (void)state;
    begin(&w);
    ours(&w, 0, 0, THEM, QUERY);
    theirs(&w, 10, 1, US, ANSWER);
    comes(&w, 111, US, ANSWER_HERE);
    expect_said(&w, "sent 1 late 2");
    begin(&w);
    ours(&w, 0, 0, THEM, QUERY);
    theirs(&w, 10, 1, US, ANSWER);
    comes(&w, 110, US, ANSWER_HERE);
    expect_said(&w, "sent 1 matched 2");
}

static void test_different(void **state)
{
    world w;
    (void)state;
    begin(&w);
    ours(&w, 0, 0, THEM, QUERY);
    theirs(&w, 10, 1, US, ANSWER);
    comes(&w, 10, US, "negative-query-response FRED<20> id=0x0101 rcode=NAM_ERR");
    expect_said(&w, "sent 1 different 2");
    assert_non_null(strstr(w.diff, "negative-query-response, not positive-query-response"));
    assert_non_null(strstr(w.diff, "rcode=NAM_ERR, which the capture does not have"));
}

static void test_ignored(void **state)
{
    world w;
    (void)state;
    begin(&w);
    assert_true(cap_ignore_add(&w.ignore, "TTL", 3));
    ours(&w, 0, 0, THEM, QUERY);
    theirs(&w, 10, 1, US, ANSWER);
    comes(&w, 10, US, "positive-query-response FRED<20> id=0x0101 ttl=9 owners=10.0.0.2/B/unique");
    expect_said(&w, "sent 1 matched 2");
}

static void test_missing_and_unexpected(void **state)
{
    world w;
    (void)state;
    begin(&w);
    ours(&w, 0, 0, THEM, QUERY);
    theirs(&w, 10, 1, US, ANSWER);
    comes(&w, 10, US, ANSWER); /* of the id in the capture, which nobody has asked by here */
    passes(&w, 1999);
    assert_string_equal(w.said, "sent 1");
    passes(&w, 1);
    assert_string_equal(w.said, "sent 1 missing 2");
    expect_said(&w, "sent 1 missing 2 unexpected");
}

static void test_another_host_answers(void **state)
{
    world w;
    (void)state;
    begin(&w);
    ours(&w, 0, 0, ALL, QUERY);
    theirs(&w, 10, 1, US, ANSWER);
    comes_from(&w, 10, THEM + 1, US, ANSWER_HERE);
    expect_said(&w, "sent 1 different 2");
    assert_string_equal(w.diff, "from 10.0.0.3, not 10.0.0.2");
}

static void test_wack_and_verdict(void **state)
{
    world w;
    (void)state;
    begin(&w);
    ours(&w, 0, 0, THEM,
         "registration-request LISA<00> id=0x0001 rd=1 owner=10.0.0.1 node=P unique");
    theirs(&w, 1, 1, US, "wack LISA<00> id=0x0001 wait=5s about=registration-request/0x2900");
    theirs(&w, 2, 1, US,
           "positive-registration-response LISA<00> id=0x0001 owner=10.0.0.1 node=P unique");
    comes(&w, 2, US,
          "positive-registration-response LISA<00> id=0x0101 owner=10.0.0.1 node=P unique");
    expect_said(&w, "sent 1 matched 3 missing 2");
}

/* An answer that is there before it is expected, since in the capture it came after a repetition.
 */
static void test_early(void **state)
{
    world w;
    (void)state;
    begin(&w);
    ours(&w, 0, 0, THEM, QUERY);
    ours(&w, 250, 0, THEM, QUERY);
    assert_false(cap_player_wants(w.p));
    comes(&w, 1, US, ANSWER_HERE);
    passes(&w, 249);
    theirs(&w, 251, 2, US, ANSWER);
    comes(&w, 1, US, ANSWER_HERE);
    assert_int_equal(cap_player_counted(w.p)->of[CAP_MATCHED], 1);
    expect_said(&w, "sent 1 sent 2 matched 3");
}

/* --- requests of theirs ----------------------------------------------------------------------- */

static void test_id_is_learnt(void **state)
{
    world w;
    (void)state;
    begin(&w);
    theirs(&w, 0, 0, ALL, CLAIM);
    ours(&w, 5, 1, THEM, REFUSAL);
    comes(&w, 1, ALL, CLAIM_HERE);
    passes(&w, 5);
    expect_sent(&w, (nbt_ep){ THEM, 137 }, REFUSAL_HERE);
    expect_said(&w, "matched 1 sent 2");
}

static void test_never_asked(void **state)
{
    world w;
    (void)state;
    begin(&w);
    theirs(&w, 0, 0, ALL, CLAIM);
    ours(&w, 5, 1, THEM, REFUSAL);
    expect_said(&w, "missing 1 not sent 2");
    assert_string_equal(w.diff, "what it answers has not come");
}

/* They need not ask again when they were answered before; when they were not, they must. */
static void test_repetitions(void **state)
{
    for (int answered = 0; answered < 2; answered++) {
        world w;
        (void)state;
        begin(&w);
        theirs(&w, 0, 0, ALL, CLAIM);
        move_as(&w,
                (cap_move){
                    .to_all = true, .repeats = true, .from = { THEM, 137 }, .to = { ALL, 137 } },
                250, CLAIM);
        if (answered)
            ours(&w, 260, 1, THEM, REFUSAL);
        comes(&w, 0, ALL, CLAIM_HERE);
        passes(&w, 260);
        finish(&w);
        assert_string_equal(w.said, answered ? "matched 1 sent 3" : "matched 1 missing 2");
    }
}

static void test_not_to_all(void **state)
{
    world w;
    (void)state;
    begin(&w);
    theirs(&w, 0, 0, ALL, CLAIM);
    comes(&w, 0, US, CLAIM_HERE);
    expect_said(&w, "different 1");
    assert_string_equal(w.diff, "to one host, not to all");
}

/* --- peers that are no good ------------------------------------------------------------------- */

/* Each question waits for its answer, and less and less patiently. */
static void test_silent(void **state)
{
    world w;
    enum { N = 40 };
    (void)state;
    begin_with(&w, (cap_player_cfg){ .timing = CAP_TIMING_ASAP });
    nbt_time start = w.now;
    for (int i = 0; i < N; i++) {
        while (!cap_player_wants(w.p)) {
            w.now = cap_player_due(w.p);
            assert_true(w.now != NBT_NEVER);
            passes(&w, 0);
        }
        ours(&w, 10 * i, 0, THEM, QUERY);
        while (!cap_player_wants(w.p)) {
            w.now = cap_player_due(w.p);
            passes(&w, 0);
        }
        theirs(&w, 10 * i + 1, w.seq, US, ANSWER);
    }
    finish(&w);
    assert_true(w.now - start < 8 * NBT_MS(2010) + (N - 8) * NBT_MS(260));
}

static void test_garbage(void **state)
{
    world w;
    (void)state;
    begin(&w);
    ours(&w, 0, 0, THEM, QUERY);
    theirs(&w, 10, 1, US, ANSWER);
    for (size_t n = 0; n < 60; n++) {
        uint8_t *junk = malloc(n + 1);
        assert_non_null(junk);
        memset(junk, (int)(0x40 + n), n);
        cap_player_rx(w.p, w.now, 0, (nbt_ep){ THEM, 137 }, (nbt_ep){ US, n % 2 ? 137 : 138 },
                      (nbt_bytes){ junk, n }, &w.out);
        free(junk);
    }
    comes(&w, 10, US, ANSWER_HERE);
    const cap_player_counts *c = cap_player_counted(w.p);
    assert_int_equal(c->of[CAP_MATCHED], 1);
    passes(&w, 4001);
    assert_int_equal(c->of[CAP_UNEXPECTED], 60);
    w.said[0] = '\0';
    expect_said(&w, "");
}

static void test_strangers(void **state)
{
    world w;
    uint32_t them = THEM;
    (void)state;
    begin_with(&w, (cap_player_cfg){ .theirs = &them, .ntheirs = 1 });
    ours(&w, 0, 0, THEM, QUERY);
    theirs(&w, 10, 1, US, ANSWER);
    comes_from(&w, 1, THEM + 1, US, ANSWER_HERE);
    comes_from(&w, 1, US, ALL, CLAIM_HERE); /* our own, heard again */
    assert_int_equal(cap_player_counted(w.p)->strangers, 1);
    expect_said(&w, "sent 1 missing 2");
}

/* --- what is different here ------------------------------------------------------------------- */

static void test_mapped(void **state)
{
    world w;
    (void)state;
    begin(&w);
    assert_true(cap_map_name(&w.map, "FRED=BARNEY"));
    assert_true(cap_map_address(&w.map, THEM, THEM + 5));
    assert_true(cap_map_port(&w.map, 137, 1137));
    ours(&w, 0, 0, THEM, QUERY);
    expect_sent(&w, (nbt_ep){ THEM + 5, 1137 }, "query-request BARNEY<20> id=0x0101");
    theirs(&w, 10, 1, US, ANSWER);
    comes_from(&w, 10, THEM + 5, US,
               "positive-query-response BARNEY<20> id=0x0101 owners=10.0.0.7/B/unique");
    expect_said(&w, "sent 1 matched 2");
}

static void test_broadcast_address(void **state)
{
    world w;
    (void)state;
    begin(&w);
    w.broadcast = 0x0AFFFFFF;
    ours(&w, 0, 0, ALL, QUERY);
    expect_sent(&w, (nbt_ep){ 0x0AFFFFFF, 137 }, QUERY_HERE);
    expect_said(&w, "sent 1");
}

/* --- time ------------------------------------------------------------------------------------- */

static void test_captured_time(void **state)
{
    world w;
    (void)state;
    begin_with(&w, (cap_player_cfg){ .scale = 500000 });
    ours(&w, 0, 0, THEM, QUERY);
    ours(&w, 1000, 0, THEM, QUERY);
    passes(&w, 499);
    assert_string_equal(w.said, "sent 1");
    passes(&w, 1);
    assert_string_equal(w.said, "sent 1 sent 2");
    expect_said(&w, "sent 1 sent 2");
}

static void test_pause(void **state)
{
    world w;
    (void)state;
    begin_with(&w, (cap_player_cfg){ .timing = CAP_TIMING_ASAP, .pause = NBT_MS(20) });
    ours(&w, 0, 0, THEM, QUERY);
    ours(&w, 1000, 0, THEM, QUERY);
    passes(&w, 19);
    assert_string_equal(w.said, "sent 1");
    expect_said(&w, "sent 1 sent 2");
}

static void test_step(void **state)
{
    world w;
    cap_result r;
    (void)state;
    begin_with(&w, (cap_player_cfg){ .step = true });
    assert_false(cap_player_waits(w.p, &r));
    ours(&w, 0, 0, THEM, QUERY);
    passes(&w, 5000);
    assert_string_equal(w.said, "");
    assert_true(cap_player_waits(w.p, &r));
    assert_int_equal(r.number, 1);
    cap_player_step(w.p, w.now, &w.out);
    hear(&w);
    expect_said(&w, "sent 1");
}

/* --- connections ------------------------------------------------------------------------------ */

enum { CONN = 77 };

static void on_conn(world *w, bool ours_, int ms, uint64_t cause, cap_move_kind kind,
                    const char *text)
{
    nbt_ep us = { US, 1025 }, them = { THEM, 139 };
    move_as(w,
            (cap_move){ .kind = kind,
                        .ours = ours_,
                        .cause = cause,
                        .conn = CONN,
                        .framing = CAP_FRAMING_SESSION,
                        .from = ours_ ? us : them,
                        .to = ours_ ? them : us },
            ms, text);
}

static void happens(world *w, nbt_tcp_kind kind, nbt_bytes data)
{
    nbt_tcp_ev ev = { .kind = kind, .conn = 2, .peer = { THEM, 139 }, .data = data };
    nbt_out_clear(&w->out);
    cap_player_tcp(w->p, w->now, &ev, &w->out);
    hear(w);
}

static const nbt_bytes none = { NULL, 0 };

static void arrives(world *w, const char *text, size_t piece)
{
    uint8_t bytes[2048];
    size_t n = octets(text, bytes, sizeof bytes);
    for (size_t at = 0; at < n; at += piece)
        happens(w, NBT_TCP_DATA, (nbt_bytes){ bytes + at, n - at < piece ? n - at : piece });
}

#define CALL "session-request FRED<20> from=LISA<00>"
#define TAKEN "positive-session-response -"
#define HELLO "session-message - length=2 data=4142"

static void call(world *w)
{
    on_conn(w, true, 0, 0, CAP_MOVE_OPEN, NULL);
    assert_int_equal(w->out.n, 1);
    assert_int_equal(w->out.acts[0].kind, NBT_ACT_TCP_OPEN);
    assert_int_equal(w->out.acts[0].to.ip, THEM);
    on_conn(w, false, 1, 1, CAP_MOVE_ACCEPT, NULL);
    on_conn(w, true, 2, 2, CAP_MOVE_MESSAGE, CALL);
    assert_false(cap_player_wants(w->p));
}

static void test_session(void **state)
{
    for (size_t piece = 1; piece < 8; piece++) {
        world w;
        (void)state;
        begin(&w);
        call(&w);
        happens(&w, NBT_TCP_OPENED, none);
        passes(&w, 1);
        assert_int_equal(w.out.n, 1);
        assert_int_equal(w.out.acts[0].kind, NBT_ACT_TCP_SEND);
        on_conn(&w, false, 3, 3, CAP_MOVE_MESSAGE, TAKEN);
        on_conn(&w, false, 4, 3, CAP_MOVE_MESSAGE, HELLO);
        on_conn(&w, false, 5, 3, CAP_MOVE_FIN, NULL);
        on_conn(&w, true, 6, 6, CAP_MOVE_FIN, NULL);
        arrives(&w, TAKEN, piece);
        arrives(&w, HELLO, piece);
        happens(&w, NBT_TCP_EOF, none);
        passes(&w, 6);
        assert_int_equal(w.out.n, 1);
        assert_int_equal(w.out.acts[0].kind, NBT_ACT_TCP_CLOSE);
        expect_said(&w, "sent 1 matched 2 sent 3 matched 4 matched 5 matched 6 sent 7");
    }
}

static void test_refused(void **state)
{
    world w;
    (void)state;
    begin(&w);
    call(&w);
    happens(&w, NBT_TCP_REFUSED, none);
    passes(&w, 5);
    on_conn(&w, false, 3, 3, CAP_MOVE_MESSAGE, TAKEN);
    expect_said(&w, "sent 1 different 2 not sent 3 missing 4");
    assert_string_equal(w.diff, "its connection was refused");
}

static void test_nobody_there(void **state)
{
    world w;
    (void)state;
    begin(&w);
    call(&w);
    passes(&w, 2001);
    passes(&w, 1);
    on_conn(&w, false, 3, 3, CAP_MOVE_MESSAGE, TAKEN);
    expect_said(&w, "sent 1 missing 2 not sent 3 missing 4");
    assert_string_equal(w.diff, "nothing came of its connection");
}

static void test_reset(void **state)
{
    world w;
    (void)state;
    begin(&w);
    call(&w);
    happens(&w, NBT_TCP_OPENED, none);
    passes(&w, 1);
    on_conn(&w, false, 3, 3, CAP_MOVE_MESSAGE, TAKEN);
    on_conn(&w, false, 4, 3, CAP_MOVE_FIN, NULL);
    happens(&w, NBT_TCP_RESET, none);
    on_conn(&w, true, 5, 4, CAP_MOVE_MESSAGE, HELLO);
    passes(&w, 5);
    expect_said(&w, "sent 1 matched 2 sent 3 missing 4 different 5 not sent 6");
    assert_string_equal(w.diff, "its connection is gone");
}

static void test_stream_of_garbage(void **state)
{
    world w;
    static const uint8_t junk[] = { 0x47, 0x45, 0x00, 0x02, 0x20, 0x2F, 0x00 };
    (void)state;
    begin(&w);
    call(&w);
    happens(&w, NBT_TCP_OPENED, none);
    passes(&w, 1);
    on_conn(&w, false, 3, 3, CAP_MOVE_MESSAGE, TAKEN);
    on_conn(&w, false, 4, 3, CAP_MOVE_FIN, NULL);
    happens(&w, NBT_TCP_DATA, (nbt_bytes){ junk, sizeof junk });
    happens(&w, NBT_TCP_EOF, none);
    expect_said(&w, "sent 1 matched 2 sent 3 different 4 matched 5");
}

/* Keep-alives come when they like, and stay away when they like. */
static void test_keep_alive(void **state)
{
    for (int expected = 0; expected < 2; expected++) {
        world w;
        (void)state;
        begin(&w);
        call(&w);
        happens(&w, NBT_TCP_OPENED, none);
        passes(&w, 1);
        if (expected)
            on_conn(&w, false, 3, 3, CAP_MOVE_MESSAGE, "session-keep-alive -");
        else
            arrives(&w, "session-keep-alive -", 1);
        on_conn(&w, false, 4, 3, CAP_MOVE_MESSAGE, TAKEN);
        arrives(&w, TAKEN, 4);
        finish(&w);
        assert_string_equal(w.said, expected ? "sent 1 matched 2 sent 3 matched 5"
                                             : "sent 1 matched 2 sent 3 matched 4");
    }
}

/* One message left out makes one missing, not all that follow different. */
static void test_left_out(void **state)
{
    world w;
    (void)state;
    begin(&w);
    call(&w);
    happens(&w, NBT_TCP_OPENED, none);
    passes(&w, 1);
    on_conn(&w, false, 3, 3, CAP_MOVE_MESSAGE, TAKEN);
    on_conn(&w, false, 4, 3, CAP_MOVE_MESSAGE, HELLO);
    arrives(&w, HELLO, 99);
    expect_said(&w, "sent 1 matched 2 sent 3 missing 4 matched 5");
}

static void test_called(void **state)
{
    world w;
    (void)state;
    begin(&w);
    nbt_ep us = { US, 139 }, them = { THEM, 4000 };
    cap_move open = { .kind = CAP_MOVE_OPEN, .conn = CONN, .from = them, .to = us };
    cap_move request = { .kind = CAP_MOVE_MESSAGE, .conn = CONN, .from = them, .to = us };
    cap_move taken = {
        .kind = CAP_MOVE_MESSAGE, .conn = CONN, .ours = true, .cause = 2, .from = us, .to = them
    };
    move_as(&w, open, 0, NULL);
    move_as(&w, request, 1, CALL);
    move_as(&w, taken, 2, TAKEN);
    nbt_tcp_ev ev = { .kind = NBT_TCP_ACCEPTED, .conn = 3, .peer = { THEM, 5555 }, .local = us };
    cap_player_tcp(w.p, w.now, &ev, &w.out);
    uint8_t bytes[256];
    ev = (nbt_tcp_ev){ .kind = NBT_TCP_DATA,
                       .conn = 3,
                       .data = { bytes, octets(CALL, bytes, sizeof bytes) } };
    cap_player_tcp(w.p, w.now, &ev, &w.out);
    passes(&w, 1);
    assert_int_equal(w.out.n, 1);
    assert_int_equal(w.out.acts[0].kind, NBT_ACT_TCP_SEND);
    assert_int_equal(w.out.acts[0].conn, 3);
    expect_said(&w, "matched 1 matched 2 sent 3");
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", test_matched),
    NBT_TEST("", test_late),
    NBT_TEST("", test_different),
    NBT_TEST("", test_ignored),
    NBT_TEST("", test_missing_and_unexpected),
    NBT_TEST("", test_another_host_answers),
    NBT_TEST("", test_wack_and_verdict),
    NBT_TEST("", test_early),
    NBT_TEST("", test_id_is_learnt),
    NBT_TEST("", test_never_asked),
    NBT_TEST("", test_repetitions),
    NBT_TEST("", test_not_to_all),
    NBT_TEST("", test_silent),
    NBT_TEST("", test_garbage),
    NBT_TEST("", test_strangers),
    NBT_TEST("", test_mapped),
    NBT_TEST("", test_broadcast_address),
    NBT_TEST("", test_captured_time),
    NBT_TEST("", test_pause),
    NBT_TEST("", test_step),
    NBT_TEST("", test_session),
    NBT_TEST("", test_refused),
    NBT_TEST("", test_nobody_there),
    NBT_TEST("", test_reset),
    NBT_TEST("", test_stream_of_garbage),
    NBT_TEST("", test_keep_alive),
    NBT_TEST("", test_left_out),
    NBT_TEST("", test_called),
};

NBT_MAIN("replay_play", tests)
