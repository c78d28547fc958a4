/*
 * The session machine, one table for each paragraph of RFC 1002 5.2, and the stream cut at every
 * octet. It never opens a socket: what the machine wants done is compared as text.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/session.h"

static const nbt_profile profile = {
    .name = "test",
    .ssn_retry_count = 4,
    .ssn_retry_pause = NBT_MS(1000),
    .ssn_open_timeout = NBT_MS(20000),
    .ssn_response_timeout = NBT_MS(10000),
    .ssn_request_timeout = NBT_MS(10000),
    .ssn_close_timeout = NBT_MS(30000),
    .ssn_keep_alive = NBT_MS(60000),
};
static const nbt_lana_cfg lana = {
    .ip = 0x0A000001, .mask = 0xFFFFFF00, .broadcast = 0x0A0000FF, .profile = &profile
};

static const uint8_t fred[] = "FRED            ", barney[] = "BARNEY          ";

/* SESSION REQUEST from FRED<20> to BARNEY<20> */
#define BARNEY "20 45 43 45 42 46 43 45 4F 45 46 46 4A " SPACES_10
#define FRED "20 45 47 46 43 45 46 45 45 " SPACES_10 "43 41 43 41 "
#define SPACES_10 "43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 43 41 "
#define REQUEST "81 00 00 44 " BARNEY "00 " FRED "00 "

/* --- a bench for one session -------------------------------------------------------------------
 */

typedef struct bench {
    nbt_session s;
    nbt_out out;
    uint32_t conns;
    uint32_t conn; /* the one connection that there is */
    size_t blocks; /* that are allocated */
    char acts[4096];
} bench;

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    size_t *blocks = ctx;
    (void)old;
    if (size == 0) {
        *blocks -= p ? 1 : 0;
        free(p);
        return NULL;
    }
    *blocks += p ? 0 : 1;
    return realloc(p, size);
}

static nbt_session_cfg open_bench(bench *b)
{
    memset(b, 0, sizeof *b);
    nbt_mem mem = { &b->blocks, resize };
    nbt_out_init(&b->out, mem);
    return (nbt_session_cfg){ mem, &lana, &b->conns };
}

static void close_bench(bench *b)
{
    nbt_session_fini(&b->s);
    nbt_out_fini(&b->out);
    assert_int_equal(b->blocks, 0);
}

static void say(bench *b, const char *format, ...)
{
    size_t at = strlen(b->acts);
    va_list args;
    va_start(args, format);
    vsnprintf(b->acts + at, sizeof b->acts - at, format, args);
    va_end(args);
}

/* What one TCP_SEND carries, which is always one packet. */
static void say_packet(bench *b, nbt_bytes bytes)
{
    nbt_rd r;
    nbt_ssn m;
    nbt_rd_init(&r, bytes.p, bytes.n);
    nbt_ssn_rd(&r, &m);
    assert_rd_end(&r);
    switch ((enum nbt_ssn_type)m.type) {
    case NBT_SSN_REQUEST:
        say(b, "request(%.6s,%.4s) ", (const char *)m.called.b, (const char *)m.calling.b);
        return;
    case NBT_SSN_NEGATIVE:
        say(b, "negative(%02X) ", m.code);
        return;
    case NBT_SSN_MESSAGE:
        say(b, "message(%.*s) ", (int)m.data.n, (const char *)m.data.p);
        return;
    case NBT_SSN_POSITIVE:
        say(b, "positive ");
        return;
    case NBT_SSN_KEEP_ALIVE:
        say(b, "keep-alive ");
        return;
    case NBT_SSN_RETARGET:
        break;
    }
    fail_msg("packet of type %02X", m.type);
}

static void say_act(bench *b, const nbt_act *act)
{
    if (act->kind == NBT_ACT_TRACE)
        return;
    if (act->kind == NBT_ACT_TCP_OPEN) {
        assert_int_equal(act->from.ip, lana.ip);
        assert_int_equal(act->from.port, 0); /* any: C24 */
        assert_int_equal(act->conn % 2, 0);
        assert_int_not_equal(act->conn, b->conn);
        b->conn = act->conn;
    }
    assert_int_equal(act->conn, b->conn);
    switch (act->kind) {
    case NBT_ACT_TCP_OPEN:
        say(b, "open(%u:%u) ", (unsigned)act->to.ip & 0xFF, act->to.port);
        return;
    case NBT_ACT_TCP_SEND:
        say_packet(b, nbt_out_data(&b->out, act));
        return;
    case NBT_ACT_TCP_HOLD:
        say(b, "hold ");
        return;
    case NBT_ACT_TCP_RESUME:
        say(b, "resume ");
        return;
    case NBT_ACT_TCP_CLOSE:
        say(b, "close ");
        return;
    case NBT_ACT_TCP_ABORT:
        say(b, "abort ");
        return;
    case NBT_ACT_SEND:
    case NBT_ACT_TCP_LISTEN:
    case NBT_ACT_NCB:
    case NBT_ACT_ACCEPTED:
    case NBT_ACT_DONE:
    case NBT_ACT_APP:
    case NBT_ACT_TRACE:
        break;
    }
    fail_msg("action %d", act->kind);
}

/* The actions as text, a look-up that is wanted last; afterwards the list is empty. */
static const char *acts(bench *b)
{
    b->acts[0] = '\0';
    for (size_t i = 0; i < b->out.n; i++)
        say_act(b, &b->out.acts[i]);
    if (nbt_session_lookup(&b->s))
        say(b, "lookup ");
    nbt_out_clear(&b->out);
    if (b->acts[0])
        b->acts[strlen(b->acts) - 1] = '\0';
    return b->acts;
}

static void data(bench *b, nbt_time now, nbt_bytes bytes)
{
    nbt_tcp_ev ev = { .kind = NBT_TCP_DATA, .conn = b->s.conn, .data = bytes };
    nbt_session_tcp(&b->s, now, &ev, &b->out);
}

static void data_hex(bench *b, nbt_time now, const char *hex)
{
    uint8_t in[1024];
    size_t n = hex_bytes(hex, in, sizeof in);
    uint8_t *exact = exact_copy(in, n);
    data(b, now, (nbt_bytes){ exact, n });
    free(exact);
}

static void event(bench *b, nbt_time now, nbt_tcp_kind kind, size_t sent)
{
    nbt_tcp_ev ev = { .kind = kind, .conn = b->s.conn, .sent = sent };
    nbt_session_tcp(&b->s, now, &ev, &b->out);
}

/* --- tables ------------------------------------------------------------------------------------
 */

typedef enum what {
    FOUND, /* `arg`: last octets of the addresses, as hex; the query has ended */
    OPENED,
    REFUSED,
    UNREACHABLE,
    DATA, /* `arg`: hex */
    SENT, /* all that was queued */
    END,  /* the peer's FIN */
    RESET,
    TIME,
    ACCEPT,
    REFUSE, /* `arg`: the code, hex */
    SEND,   /* `arg`: the message, text */
    TAKE,   /* the whole message that waits; `arg` is what it must be, text */
    HANG_UP,
} what;

typedef struct row {
    const char *label;
    unsigned ms;
    what what;
    const char *arg;
    const char *acts;
    nbt_phase phase;
} row;

static void found(bench *b, nbt_time now, const char *arg)
{
    uint8_t octets[8];
    nbt_found list[8] = { 0 };
    size_t n = hex_bytes(arg, octets, sizeof octets);
    for (size_t i = 0; i < n; i++)
        list[i].addr.ip = 0x0A000000u + octets[i];
    nbt_session_found(&b->s, now, list, n, true, &b->out);
}

static void send_text(bench *b, nbt_time now, const char *text)
{
    uint64_t end = 0, before = b->s.queued;
    nbt_bytes bytes = { (const uint8_t *)text, strlen(text) };
    assert_true(nbt_session_send(&b->s, now, bytes, &end, &b->out));
    assert_true(end == before + 4 + bytes.n);
}

static void take_text(bench *b, const char *text)
{
    nbt_bytes rest;
    assert_true(nbt_session_message(&b->s, &rest));
    assert_int_equal(rest.n, strlen(text));
    assert_memory_equal(rest.p, text, rest.n);
    nbt_session_take(&b->s, rest.n, &b->out);
}

static void step(bench *b, nbt_time now, const row *r)
{
    uint8_t code;
    switch (r->what) {
    case FOUND:
        found(b, now, r->arg);
        return;
    case OPENED:
        event(b, now, NBT_TCP_OPENED, 0);
        return;
    case REFUSED:
        event(b, now, NBT_TCP_REFUSED, 0);
        return;
    case UNREACHABLE:
        event(b, now, NBT_TCP_UNREACHABLE, 0);
        return;
    case DATA:
        data_hex(b, now, r->arg);
        return;
    case SENT:
        event(b, now, NBT_TCP_SENT, (size_t)(b->s.queued - b->s.sent));
        return;
    case END:
        event(b, now, NBT_TCP_EOF, 0);
        return;
    case RESET:
        event(b, now, NBT_TCP_RESET, 0);
        return;
    case TIME:
        nbt_session_tick(&b->s, now, &b->out);
        return;
    case ACCEPT:
        nbt_session_accept(&b->s, now, &b->out);
        return;
    case REFUSE:
        hex_bytes(r->arg, &code, 1);
        nbt_session_refuse(&b->s, now, code, &b->out);
        return;
    case SEND:
        send_text(b, now, r->arg);
        return;
    case TAKE:
        take_text(b, r->arg);
        return;
    case HANG_UP:
        nbt_session_close(&b->s, now, &b->out);
        return;
    }
}

static void check(bench *b, const row *r)
{
    nbt_session_flow(&b->s, &b->out);
    const char *have = acts(b);
    if (strcmp(have, r->acts) != 0)
        fail_msg("%s: \"%s\", want \"%s\"", r->label, have, r->acts);
    if (b->s.phase != r->phase)
        fail_msg("%s: %s", r->label, nbt_phase_str(b->s.phase));
}

/*
 * Before each row the clock stands one microsecond early once: nothing may come of that. What time
 * brings, it brings when the session asked for it, unless the row says that the tick is late.
 */
static void run(bench *b, const row *rows, size_t n, uint8_t nrc)
{
    for (size_t i = 0; i < n; i++) {
        nbt_time now = NBT_MS(rows[i].ms);
        if (now > 0 && nbt_session_due(&b->s) >= now) {
            nbt_session_tick(&b->s, now - 1, &b->out);
            if (strcmp(acts(b), "") != 0)
                fail_msg("%s: early: %s", rows[i].label, b->acts);
        }
        bool late = strncmp(rows[i].label, "a late tick", 11) == 0;
        if (rows[i].what == TIME && rows[i].acts[0] && !late)
            assert_true(nbt_session_due(&b->s) == now);
        step(b, now, &rows[i]);
        check(b, &rows[i]);
    }
    if (b->s.phase == NBT_PHASE_OVER && b->s.nrc != nrc)
        fail_msg("%s: over with %02X", rows[n - 1].label, b->s.nrc);
}

static void run_call(const row *rows, size_t n, uint8_t nrc)
{
    bench b;
    nbt_session_cfg cfg = open_bench(&b);
    nbt_session_call(&b.s, &cfg, barney, fred, &b.out);
    assert_string_equal(acts(&b), "lookup");
    run(&b, rows, n, nrc);
    close_bench(&b);
}

static void run_answer(const row *rows, size_t n, uint8_t nrc)
{
    bench b;
    nbt_session_cfg cfg = open_bench(&b);
    b.conn = 7;
    nbt_session_answer(&b.s, &cfg, 0, 7, (nbt_ep){ 0x0A000002, 4000 }, &b.out);
    run(&b, rows, n, nrc);
    close_bench(&b);
}

/* A session that stands: the calling side's when `calling`. */
static void establish(bench *b, bool calling)
{
    nbt_session_cfg cfg = open_bench(b);
    if (calling) {
        nbt_session_call(&b->s, &cfg, barney, fred, &b->out);
        found(b, 0, "02");
        event(b, 0, NBT_TCP_OPENED, 0);
        event(b, 0, NBT_TCP_SENT, 72);
        data_hex(b, 0, "82 00 00 00");
    } else {
        b->conn = 7;
        nbt_session_answer(&b->s, &cfg, 0, 7, (nbt_ep){ 0x0A000002, 4000 }, &b->out);
        data_hex(b, 0, REQUEST);
        nbt_session_accept(&b->s, 0, &b->out);
        event(b, 0, NBT_TCP_SENT, 4);
    }
    assert_int_equal(b->s.phase, NBT_PHASE_UP);
    (void)acts(b);
}

static void run_up(const row *rows, size_t n, uint8_t nrc)
{
    for (int calling = 0; calling < 2; calling++) { /* a session looks the same from both sides */
        bench b;
        establish(&b, calling);
        run(&b, rows, n, nrc);
        close_bench(&b);
    }
}

#define CALL(rows, nrc) run_call(rows, LENGTH_OF(rows), nrc)
#define ANSWER(rows, nrc) run_answer(rows, LENGTH_OF(rows), nrc)
#define UP(rows, nrc) run_up(rows, LENGTH_OF(rows), nrc)
#define P(phase) NBT_PHASE_##phase

/* --- RFC 1002 5.2.1.1: the calling side --------------------------------------------------------
 */

static void a_call_that_is_accepted(void **state)
{
    (void)state;
    static const row rows[] = {
        { "found", 5, FOUND, "02", "open(2:139)", P(CONNECT) },
        { "connected", 10, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "it has left", 11, SENT, "", "", P(ANSWER) },
        { "accepted", 12, DATA, "82 00 00 00", "", P(UP) },
        { "an answer is not repeated", 13, TIME, "", "", P(UP) },
    };
    CALL(rows, 0);
    static const row with_more[] = {
        { "found", 5, FOUND, "02", "open(2:139)", P(CONNECT) },
        { "connected", 10, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "an answer with a trailer, and a message", 12, DATA,
          "82 00 00 02 AA BB 00 00 00 02 48 49", "hold", P(UP) },
        { "the message", 13, TAKE, "HI", "resume", P(UP) },
    };
    CALL(with_more, 0);
}

static void a_call_to_nobody(void **state)
{
    (void)state;
    static const row rows[] = { { "nobody", 5, FOUND, "", "", P(OVER) } };
    CALL(rows, NBT_NRC_NOCALL);
}

static void a_call_that_is_refused_by_code(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        const char *acts; /* once the peer has closed */
        nbt_phase phase;
        uint8_t nrc;
    } rows[] = {
        { "83 00 00 01 80", "close", P(OVER), NBT_NRC_REMTFUL },
        { "83 00 00 01 81", "close", P(OVER), NBT_NRC_REMTFUL },
        { "83 00 00 01 82", "close lookup", P(LOOKUP), 0 },
        { "83 00 00 01 83", "close", P(PAUSE), 0 },
        { "83 00 00 01 8F", "close", P(PAUSE), 0 },
        { "83 00 00 01 42", "close", P(PAUSE), 0 }, /* a code that nobody knows */
        { "83 00 00 03 82 00 00", "close lookup", P(LOOKUP), 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const row steps[] = {
            { "found", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
            { "connected", 0, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
            { "refused", 0, DATA, rows[i].answer, "", P(REJECTED) },
            { "more is not heard", 0, DATA, "00 00 00 00", "", P(REJECTED) },
            { rows[i].answer, 5, END, "", rows[i].acts, rows[i].phase },
        };
        CALL(steps, rows[i].nrc);
    }
}

static void the_retries_of_a_call_are_paced_and_bounded(void **state)
{
    (void)state;
    static const row busy[] = {
        { "found", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
        { "connected", 0, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "busy", 10, DATA, "83 00 00 01 83", "", P(REJECTED) },
        { "it closes first", 11, END, "", "close", P(PAUSE) },
        { "after the pause", 1011, TIME, "", "open(2:139)", P(CONNECT) },
        { "2nd", 1020, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "busy", 1030, DATA, "83 00 00 01 8F", "", P(REJECTED) },
        { "it breaks the connection", 1040, RESET, "", "", P(PAUSE) },
        { "after the pause", 2040, TIME, "", "open(2:139)", P(CONNECT) },
        { "3rd", 2050, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "busy", 2060, DATA, "83 00 00 01 83", "", P(REJECTED) },
        { "it does not close", 3060, TIME, "", "abort", P(PAUSE) },
        { "a late tick", 9000, TIME, "", "open(2:139)", P(CONNECT) },
        { "4th", 9001, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "busy", 9002, DATA, "83 00 00 01 83", "", P(REJECTED) },
        { "enough", 9003, END, "", "close", P(OVER) },
    };
    CALL(busy, NBT_NRC_REMTFUL);
    static const row refused[] = {
        { "found", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
        { "nobody there", 1, REFUSED, "", "", P(PAUSE) },
        { "once more", 1001, TIME, "", "open(2:139)", P(CONNECT) },
        { "nobody there", 1002, REFUSED, "", "", P(OVER) },
    };
    CALL(refused, NBT_NRC_NOCALL);
}

static void a_silent_peer_is_looked_up_again(void **state)
{
    (void)state;
    static const row rows[] = {
        { "found", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
        { "no connection in time", 20000, TIME, "", "abort lookup", P(LOOKUP) },
        { "found", 20001, FOUND, "03", "open(3:139)", P(CONNECT) },
        { "no route", 20002, UNREACHABLE, "", "lookup", P(LOOKUP) },
        { "found", 20003, FOUND, "03", "open(3:139)", P(CONNECT) },
        { "connected", 20004, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "half an answer", 20005, DATA, "82 00", "", P(ANSWER) },
        { "no answer in time", 30004, TIME, "", "abort lookup", P(LOOKUP) },
        { "gone", 30005, FOUND, "", "", P(OVER) },
    };
    CALL(rows, NBT_NRC_NOCALL);
}

static void a_call_follows_a_retarget_with_the_same_names(void **state)
{
    (void)state;
    static const row rows[] = {
        { "found", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
        { "connected", 1, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "retargeted", 2, DATA, "84 00 00 06 0A 00 00 07 10 92", "", P(REJECTED) },
        { "the peer closes first", 3, END, "", "close open(7:4242)", P(CONNECT) },
        { "connected there", 4, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "accepted there", 5, DATA, "82 00 00 00", "", P(UP) },
    };
    CALL(rows, 0);
    static const row back[] = {
        { "found", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
        { "connected", 1, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "retargeted", 2, DATA, "84 00 00 06 0A 00 00 07 10 92", "", P(REJECTED) },
        { "the peer does not close", 1002, TIME, "", "abort open(7:4242)", P(CONNECT) },
        { "nobody there", 1003, REFUSED, "", "open(2:139)", P(CONNECT) },
    };
    CALL(back, 0);
    static const row forever[] = {
        { "found", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
        { "connected", 1, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "to itself", 2, DATA, "84 00 00 06 0A 00 00 02 00 8B", "", P(REJECTED) },
        { "2nd", 3, END, "", "close open(2:139)", P(CONNECT) },
        { "connected", 4, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "to itself", 5, DATA, "84 00 00 06 0A 00 00 02 00 8B", "", P(REJECTED) },
        { "3rd", 6, END, "", "close open(2:139)", P(CONNECT) },
        { "connected", 7, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "to itself", 8, DATA, "84 00 00 06 0A 00 00 02 00 8B", "", P(REJECTED) },
        { "4th", 9, END, "", "close open(2:139)", P(CONNECT) },
        { "connected", 10, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "to itself", 11, DATA, "84 00 00 06 0A 00 00 02 00 8B", "", P(REJECTED) },
        { "enough", 12, END, "", "close", P(OVER) },
    };
    CALL(forever, NBT_NRC_NOCALL);
}

static void an_answer_without_its_fields_is_a_refusal(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "83 00 00 00",                   /* no code */
        "84 00 00 05 0A 00 00 07 10",    /* half a port */
        "84 00 00 00",                   /* nothing at all */
        "84 00 00 06 0A 00 00 07 00 00", /* port 0 */
        "84 00 00 06 FF FF FF FF 00 8B", /* nobody's address */
    };
    for (size_t i = 0; i < LENGTH_OF(answers); i++) {
        const row rows[] = {
            { "found", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
            { "connected", 0, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
            { answers[i], 0, DATA, answers[i], "", P(REJECTED) },
            { "the peer closes", 5, END, "", "close", P(PAUSE) },
            { "the same address", 1005, TIME, "", "open(2:139)", P(CONNECT) },
        };
        CALL(rows, 0);
    }
}

static void garbage_before_the_answer_ends_the_call(void **state)
{
    (void)state;
    static const char *const garbage[] = {
        "00 00 00 00",       /* a message (H44) */
        "81 00 00 00",       /* a request */
        "85 00 00 00",       /* a keep-alive */
        "47 45 54 20",       /* another protocol */
        "82 02 00 00",       /* reserved flags */
        "FF 53 4D 42 72 00", /* SMB without its framing */
    };
    for (size_t i = 0; i < LENGTH_OF(garbage); i++) {
        const row rows[] = {
            { "found", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
            { "connected", 0, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
            { garbage[i], 0, DATA, garbage[i], "abort", P(OVER) },
        };
        CALL(rows, NBT_NRC_SABORT);
    }
}

static void a_connection_lost_before_the_answer_ends_the_call(void **state)
{
    (void)state;
    static const row closed[] = {
        { "found", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
        { "connected", 0, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "closed without an answer", 1, END, "", "close", P(OVER) },
    };
    CALL(closed, NBT_NRC_SABORT);
    static const row broken[] = {
        { "found", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
        { "connected", 0, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
        { "broken", 1, RESET, "", "", P(OVER) },
    };
    CALL(broken, NBT_NRC_SABORT);
}

/* The phases of a call, each reached by its own steps, and given up there. */
static void a_call_can_be_given_up_in_every_phase(void **state)
{
    (void)state;
    static const struct {
        nbt_phase phase;
        const char *acts;
        row rows[4];
    } table[] = {
        { P(LOOKUP), "", { { 0 } } },
        { P(CONNECT), "abort", { { "", 0, FOUND, "02", "open(2:139)", P(CONNECT) } } },
        { P(PAUSE),
          "",
          { { "", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
            { "", 0, REFUSED, "", "", P(PAUSE) } } },
        { P(ANSWER),
          "abort",
          { { "", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
            { "", 0, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) } } },
        { P(REJECTED),
          "abort",
          { { "", 0, FOUND, "02", "open(2:139)", P(CONNECT) },
            { "", 0, OPENED, "", "request(BARNEY,FRED)", P(ANSWER) },
            { "", 0, DATA, "83 00 00 01 82", "", P(REJECTED) } } },
    };
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        bench b;
        nbt_session_cfg cfg = open_bench(&b);
        nbt_session_call(&b.s, &cfg, barney, fred, &b.out);
        (void)acts(&b);
        for (size_t k = 0; k < LENGTH_OF(table[i].rows) && table[i].rows[k].label; k++)
            run(&b, &table[i].rows[k], 1, 0);
        assert_int_equal(b.s.phase, table[i].phase);
        nbt_session_abort(&b.s, NBT_NRC_CMDCAN, "cancelled", &b.out);
        assert_string_equal(acts(&b), table[i].acts);
        assert_int_equal(b.s.phase, NBT_PHASE_OVER);
        assert_int_equal(b.s.nrc, NBT_NRC_CMDCAN);
        assert_true(nbt_session_due(&b.s) == NBT_NEVER);
        event(&b, 0, NBT_TCP_OPENED, 0); /* what comes too late is not heard */
        data_hex(&b, 0, "82 00 00 00");
        assert_string_equal(acts(&b), "");
        close_bench(&b);
    }
}

/* --- RFC 1002 5.2.1.2: the called side ------------------------------------------------------ */

static void a_request_is_offered_and_accepted(void **state)
{
    (void)state;
    static const row rows[] = {
        { "half a request", 0, DATA, "81 00 00 44 " BARNEY, "", P(REQUEST) },
        { "the other half", 9999, DATA, "00 " FRED "00", "", P(OFFER) },
        { "accepted", 9999, ACCEPT, "", "positive", P(UP) },
    };
    ANSWER(rows, 0);
    bench b;
    nbt_session_cfg cfg = open_bench(&b);
    nbt_session_answer(&b.s, &cfg, 0, 7, (nbt_ep){ 0x0A000002, 4000 }, &b.out);
    data_hex(&b, 0, REQUEST);
    assert_memory_equal(b.s.called.b, barney, 16);
    assert_memory_equal(b.s.calling.b, fred, 16);
    close_bench(&b);
}

static void a_refusal_closes_first_and_does_not_wait_for_ever(void **state)
{
    (void)state;
    static const char *const codes[] = { "80", "81", "82", "83", "8F" };
    for (size_t i = 0; i < LENGTH_OF(codes); i++) {
        char want[32];
        snprintf(want, sizeof want, "negative(%s) close", codes[i]);
        const row polite[] = {
            { "asked", 0, DATA, REQUEST, "", P(OFFER) },
            { "refused", 0, REFUSE, codes[i], want, P(TURNED) },
            { "the peer goes on talking", 1, DATA, "00 00 00 00", "", P(TURNED) },
            { "the peer closes", 2, END, "", "", P(OVER) },
        };
        ANSWER(polite, NBT_NRC_SCLOSED);
        const row rude[] = {
            { "asked", 0, DATA, REQUEST, "", P(OFFER) },
            { "refused", 0, REFUSE, codes[i], want, P(TURNED) },
            { "the peer does not close", 30000, TIME, "", "abort", P(OVER) },
        };
        ANSWER(rude, NBT_NRC_SABORT);
    }
}

static void a_first_packet_that_is_no_request_closes(void **state)
{
    (void)state;
    static const char *const first[] = {
        "00 00 00 04 FF 53 4D 42", /* port 445's style (C41) */
        "FF 53 4D 42",             /* a bare SMB header */
        "82 00 00 00",
        "83 00 00 01 80",
        "84 00 00 06",
        "85 00 00 00",
        "89 00 00 00", /* no type of any packet */
        "47 45 54 20",
        "81 80 00 44",
    };
    for (size_t i = 0; i < LENGTH_OF(first); i++) {
        const row rows[] = {
            { first[i], 0, DATA, first[i], "close", P(TURNED) },
            { "the peer closes", 1, END, "", "", P(OVER) },
        };
        ANSWER(rows, NBT_NRC_SCLOSED);
    }
}

static void a_malformed_request_is_refused_as_such(void **state)
{
    (void)state;
    static const char *const requests[] = {
        "81 00 00 00",
        "81 00 00 01 20",
        "81 00 00 21 " BARNEY,
        "81 00 00 22 " BARNEY "00",
        "81 00 00 43 " BARNEY "00 " FRED,         /* one octet short */
        "81 00 00 45 " BARNEY "00 " FRED "00 00", /* one too many */
        "81 00 00 23 " BARNEY "00 00",            /* a null calling name (H42, H53) */
        "81 00 00 24 " BARNEY "00 C0 04",         /* a pointer */
        "81 00 01 FF",                            /* longer than any two names */
        "81 01 00 44",
    };
    for (size_t i = 0; i < LENGTH_OF(requests); i++) {
        const row rows[] = {
            { requests[i], 0, DATA, requests[i], "negative(8F) close", P(TURNED) },
        };
        ANSWER(rows, 0);
    }
}

static void a_connection_without_a_request_does_not_last(void **state)
{
    (void)state;
    static const row silent[] = {
        { "nothing comes", 10000, TIME, "", "abort", P(OVER) },
    };
    ANSWER(silent, NBT_NRC_SABORT);
    static const row slow[] = {
        { "one octet", 5000, DATA, "81", "", P(REQUEST) },
        { "three more do not buy time", 9000, DATA, "00 00 44", "", P(REQUEST) },
        { "time is up", 10000, TIME, "", "abort", P(OVER) },
    };
    ANSWER(slow, NBT_NRC_SABORT);
    static const row closed[] = {
        { "two octets", 0, DATA, "81 00", "", P(REQUEST) },
        { "closed", 1, END, "", "close", P(OVER) },
    };
    ANSWER(closed, NBT_NRC_SCLOSED);
    static const row broken[] = {
        { "broken", 1, RESET, "", "", P(OVER) },
    };
    ANSWER(broken, NBT_NRC_SABORT);
}

/* --- RFC 1002 5.2.2: data ------------------------------------------------------------------- */

static void messages_go_both_ways(void **state)
{
    (void)state;
    static const row rows[] = {
        { "one out", 1, SEND, "hello", "message(hello)", P(UP) },
        { "one in", 2, DATA, "00 00 00 02 48 49", "hold", P(UP) },
        { "taken", 3, TAKE, "HI", "resume", P(UP) },
        { "an empty one", 4, DATA, "00 00 00 00", "hold", P(UP) },
        { "taken", 5, TAKE, "", "resume", P(UP) },
        { "an empty one out", 6, SEND, "", "message()", P(UP) },
        { "two in one piece", 7, DATA, "00 00 00 01 41 00 00 00 01 42", "hold", P(UP) },
        { "the first", 8, TAKE, "A", "", P(UP) },
        { "the second", 9, TAKE, "B", "resume", P(UP) },
        { "keep-alives between", 10, DATA, "85 00 00 00 85 00 00 02 00 00 00 00 00 01 43", "hold",
          P(UP) },
        { "the message", 11, TAKE, "C", "resume", P(UP) },
    };
    UP(rows, 0);
}

static void a_request_and_a_message_in_one_piece(void **state)
{
    (void)state;
    static const row rows[] = {
        { "both", 0, DATA, REQUEST "00 00 00 02 48 49", "", P(OFFER) },
        { "accepted", 0, ACCEPT, "", "positive hold", P(UP) },
        { "the message", 1, TAKE, "HI", "resume", P(UP) },
    };
    ANSWER(rows, 0);
}

static void what_is_no_message_ends_the_session(void **state)
{
    (void)state;
    static const char *const packets[] = {
        "81 00 00 44", "82 00 00 00", "83 00 00 01", "84 00 00 06", "86 00 00 00",
        "89 00 00 00", "47 45 54 20", "00 02 00 00", "00 FE 00 01", "85 80 00 00",
    };
    for (size_t i = 0; i < LENGTH_OF(packets); i++) {
        const row rows[] = {
            { packets[i], 1, DATA, packets[i], "abort", P(OVER) },
            { "nothing more is heard", 2, DATA, "00 00 00 00", "", P(OVER) },
        };
        UP(rows, NBT_NRC_SABORT);
    }
    static const row behind[] = {
        { "behind a message that waits", 1, DATA, "00 00 00 01 41 89 00 00 00", "hold", P(UP) },
        { "it is found when its turn comes", 2, TAKE, "A", "abort", P(OVER) },
    };
    UP(behind, NBT_NRC_SABORT);
}

static void keep_alives_are_sent_when_nothing_else_is(void **state)
{
    (void)state;
    static const row rows[] = {
        { "a minute of silence", 60000, TIME, "", "keep-alive", P(UP) },
        { "and another", 120000, TIME, "", "keep-alive", P(UP) },
        { "something comes", 150000, DATA, "85 00 00 00", "", P(UP) },
        { "a minute after that", 210000, TIME, "", "keep-alive", P(UP) },
        { "something is sent", 240000, SEND, "x", "message(x)", P(UP) },
        { "a minute after that", 300000, TIME, "", "keep-alive", P(UP) },
        { "half a message comes", 330000, DATA, "00 00 00 02 41", "", P(UP) },
        { "a minute after that", 390000, TIME, "", "keep-alive", P(UP) },
        { "a late tick sends one", 900000, TIME, "", "keep-alive", P(UP) },
        { "hung up", 900001, HANG_UP, "", "", P(CLOSE) },
    };
    bench b; /* the sends never leave, so that FIN waits: see HANG_UP */
    establish(&b, true);
    run(&b, rows, LENGTH_OF(rows), 0);
    assert_true(nbt_session_due(&b.s) == NBT_MS(930001));
    close_bench(&b);

    establish(&b, false);
    nbt_profile off = profile;
    nbt_lana_cfg quiet = lana;
    off.ssn_keep_alive = NBT_NEVER;
    quiet.profile = &off;
    b.s.cfg.lana = &quiet;
    data_hex(&b, NBT_MS(1), "85 00 00 00");
    assert_true(nbt_session_due(&b.s) == NBT_NEVER);
    close_bench(&b);
}

static void a_message_can_be_taken_in_parts(void **state)
{
    (void)state;
    bench b;
    establish(&b, false);
    data_hex(&b, 0, "00 00 00 05 48 45 4C 4C 4F 00 00 00 01 21");
    nbt_bytes rest;
    assert_true(nbt_session_message(&b.s, &rest));
    assert_int_equal(rest.n, 5);
    nbt_session_take(&b.s, 2, &b.out);
    assert_true(nbt_session_message(&b.s, &rest));
    assert_int_equal(rest.n, 3);
    assert_memory_equal(rest.p, "LLO", 3);
    nbt_session_take(&b.s, 0, &b.out);
    nbt_session_take(&b.s, 3, &b.out);
    assert_true(nbt_session_message(&b.s, &rest));
    assert_int_equal(rest.n, 1);
    close_bench(&b);
}

/* A stream with everything in it, cut in two at every octet and given octet by octet. */
static void the_stream_may_be_cut_anywhere(void **state)
{
    (void)state;
    static const char stream[] = REQUEST "00 00 00 02 48 49 85 00 00 00 00 00 00 00 "
                                         "85 00 00 01 55 00 00 00 03 61 62 63";
    static const char *const want[] = { "HI", "", "abc" };
    uint8_t in[256];
    size_t n = hex_bytes(stream, in, sizeof in);
    for (size_t cut = 0; cut <= n; cut++) {
        bench b;
        nbt_session_cfg cfg = open_bench(&b);
        nbt_session_answer(&b.s, &cfg, 0, 7, (nbt_ep){ 0x0A000002, 4000 }, &b.out);
        size_t taken = 0;
        for (size_t at = 0; at < n;) {
            size_t len = at < cut ? cut - at : cut == 0 ? 1 : n - at; /* cut 0: single octets */
            uint8_t *exact = exact_copy(in + at, len);
            data(&b, 0, (nbt_bytes){ exact, len });
            free(exact);
            at += len;
            if (b.s.phase == NBT_PHASE_OFFER)
                nbt_session_accept(&b.s, 0, &b.out);
            nbt_bytes rest;
            while (nbt_session_message(&b.s, &rest)) {
                assert_true(taken < LENGTH_OF(want));
                take_text(&b, want[taken++]);
            }
        }
        assert_int_equal(taken, LENGTH_OF(want));
        assert_int_equal(b.s.phase, NBT_PHASE_UP);
        assert_null(b.s.buf); /* nothing is kept that is not needed */
        close_bench(&b);
    }
}

static void messages_of_every_length_arrive(void **state)
{
    (void)state;
    static const size_t lengths[] = { 0, 1, 65535, 65536, 131070, 131071 };
    uint8_t *message = malloc(NBT_SSN_LEN_MAX);
    assert_non_null(message);
    for (size_t i = 0; i < NBT_SSN_LEN_MAX; i++)
        message[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t i = 0; i < LENGTH_OF(lengths); i++) {
        bench from, to;
        establish(&from, true);
        establish(&to, false);
        uint64_t end;
        nbt_bytes whole = { message, lengths[i] }, rest;
        assert_true(nbt_session_send(&from.s, 0, whole, &end, &from.out));
        nbt_bytes sent = nbt_out_data(&from.out, &from.out.acts[0]);
        assert_int_equal(sent.n, lengths[i] + 4);
        assert_int_equal(sent.p[1], lengths[i] > 65535);
        for (size_t at = 0; at < sent.n; at += 1460) {
            assert_false(nbt_session_message(&to.s, &rest));
            size_t len = sent.n - at < 1460 ? sent.n - at : 1460;
            data(&to, 0, (nbt_bytes){ sent.p + at, len });
        }
        assert_true(nbt_session_message(&to.s, &rest));
        assert_int_equal(rest.n, lengths[i]);
        if (rest.n > 0)
            assert_memory_equal(rest.p, message, rest.n);
        nbt_out_clear(&from.out);
        nbt_session_take(&to.s, rest.n, &to.out);
        close_bench(&from);
        close_bench(&to);
    }
    free(message);
}

/* A header promises 131071 octets: no memory is taken on a promise. */
static void memory_follows_the_octets_that_came(void **state)
{
    (void)state;
    bench b;
    establish(&b, false);
    data_hex(&b, 0, "00 01 FF FF 00");
    assert_true(b.s.cap <= 1024);
    close_bench(&b);
}

/* A world that does not heed TCP_HOLD is stopped before it fills the memory. */
static void what_waits_is_bounded(void **state)
{
    (void)state;
    bench b;
    establish(&b, false);
    static const uint8_t piece[4096]; /* 1024 empty messages */
    size_t given = 0;
    while (b.s.phase == NBT_PHASE_UP) {
        data(&b, 0, (nbt_bytes){ piece, sizeof piece });
        given += sizeof piece;
        assert_true(given <= NBT_SESSION_BUFFER_MAX + sizeof piece);
    }
    assert_true(given > NBT_SESSION_BUFFER_MAX);
    assert_string_equal(acts(&b), "abort");
    assert_int_equal(b.s.nrc, NBT_NRC_SABORT);
    close_bench(&b);
}

/* What an attempt before had queued belongs to another connection. */
static void octets_are_counted_for_each_connection(void **state)
{
    (void)state;
    bench b;
    nbt_session_cfg cfg = open_bench(&b);
    nbt_session_call(&b.s, &cfg, barney, fred, &b.out);
    found(&b, 0, "02 03");
    event(&b, 0, NBT_TCP_OPENED, 0); /* the request never leaves */
    event(&b, 0, NBT_TCP_RESET, 0);
    event(&b, 0, NBT_TCP_OPENED, 0);
    event(&b, 0, NBT_TCP_SENT, 72);
    data_hex(&b, 0, "82 00 00 00");
    (void)acts(&b);
    nbt_session_close(&b.s, 0, &b.out);
    assert_string_equal(acts(&b), "close"); /* all has left */
    close_bench(&b);
}

static void sends_are_done_when_their_octets_have_left(void **state)
{
    (void)state;
    bench b;
    establish(&b, true);
    uint64_t first, second;
    nbt_bytes text = { (const uint8_t *)"hello", 5 };
    assert_true(nbt_session_send(&b.s, 0, text, &first, &b.out));
    assert_true(nbt_session_send(&b.s, 0, text, &second, &b.out));
    event(&b, 0, NBT_TCP_SENT, 8);
    assert_true(b.s.sent < first);
    event(&b, 0, NBT_TCP_SENT, 1);
    assert_true(b.s.sent >= first && b.s.sent < second);
    event(&b, 0, NBT_TCP_SENT, 9);
    assert_true(b.s.sent >= second);
    close_bench(&b);
}

/* --- RFC 1002 5.2.3: the end ---------------------------------------------------------------- */

static void a_session_is_hung_up(void **state)
{
    (void)state;
    static const row rows[] = {
        { "hung up", 1, HANG_UP, "", "close", P(CLOSE) },
        { "what still comes is dropped", 2, DATA, "00 00 00 01 41", "", P(CLOSE) },
        { "even garbage", 2, DATA, "89", "", P(CLOSE) },
        { "the peer closes", 3, END, "", "", P(OVER) },
    };
    UP(rows, NBT_NRC_GOODRET);
    static const row sending[] = {
        { "a send is under way", 1, SEND, "bye", "message(bye)", P(UP) },
        { "hung up: not before it has left", 2, HANG_UP, "", "", P(CLOSE) },
        { "it has left", 3, SENT, "", "close", P(CLOSE) },
        { "the peer closes", 4, END, "", "", P(OVER) },
    };
    UP(sending, NBT_NRC_GOODRET);
    static const row first[] = {
        { "a send is under way", 1, SEND, "bye", "message(bye)", P(UP) },
        { "hung up", 2, HANG_UP, "", "", P(CLOSE) },
        { "the peer has closed before", 3, END, "", "", P(CLOSE) },
        { "it has left", 4, SENT, "", "close", P(OVER) },
    };
    UP(first, NBT_NRC_GOODRET);
    static const row held[] = {
        { "a message waits", 1, DATA, "00 00 00 01 41", "hold", P(UP) },
        { "hung up: it is dropped", 2, HANG_UP, "", "resume close", P(CLOSE) },
        { "the peer breaks off", 3, RESET, "", "", P(OVER) },
    };
    UP(held, NBT_NRC_GOODRET);
}

static void a_hang_up_does_not_wait_for_ever(void **state)
{
    (void)state;
    static const row peer[] = {
        { "hung up", 1, HANG_UP, "", "close", P(CLOSE) },
        { "the peer does not close", 30001, TIME, "", "abort", P(OVER) },
    };
    UP(peer, NBT_NRC_GOODRET);
    static const row sending[] = {
        { "a send is under way", 1, SEND, "bye", "message(bye)", P(UP) },
        { "hung up", 2, HANG_UP, "", "", P(CLOSE) },
        { "it does not leave", 30002, TIME, "", "abort", P(OVER) },
    };
    UP(sending, NBT_NRC_CMDTMO);
    static const row broken[] = {
        { "a send is under way", 1, SEND, "bye", "message(bye)", P(UP) },
        { "hung up", 2, HANG_UP, "", "", P(CLOSE) },
        { "the connection breaks", 3, RESET, "", "", P(OVER) },
    };
    UP(broken, NBT_NRC_SABORT);
}

static void the_peer_closes(void **state)
{
    (void)state;
    static const row rows[] = {
        { "closed", 1, END, "", "close", P(OVER) },
        { "nothing follows", 100000, TIME, "", "", P(OVER) },
    };
    UP(rows, NBT_NRC_SCLOSED);
    static const row waiting[] = {
        { "two messages and a keep-alive", 1, DATA, "00 00 00 01 41 85 00 00 00 00 00 00 01 42",
          "hold", P(UP) },
        { "closed", 2, END, "", "close", P(OVER) },
        { "what had come is still there", 3, TAKE, "A", "", P(OVER) },
        { "all of it", 4, TAKE, "B", "", P(OVER) },
    };
    UP(waiting, NBT_NRC_SCLOSED);
}

static void a_fin_within_a_message_is_an_abnormal_end(void **state)
{
    (void)state;
    static const char *const halves[] = {
        "00", "00 00",       "00 00 00",       "00 00 00 01", "00 00 00 02 41",
        "85", "85 00 00 01", "00 01 00 00 41",
    };
    for (size_t i = 0; i < LENGTH_OF(halves); i++) {
        const row rows[] = {
            { "half a packet", 1, DATA, halves[i], "", P(UP) },
            { halves[i], 2, END, "", "close", P(OVER) },
        };
        UP(rows, NBT_NRC_SABORT);
    }
    static const row behind[] = {
        { "one and a half", 1, DATA, "00 00 00 01 41 00 00 00 02 42", "hold", P(UP) },
        { "closed", 2, END, "", "close", P(OVER) },
        { "the whole one is delivered", 3, TAKE, "A", "", P(OVER) },
    };
    UP(behind, NBT_NRC_SABORT);
    bench b;
    establish(&b, true);
    data_hex(&b, 0, "00 00 00 02 41");
    event(&b, 0, NBT_TCP_EOF, 0);
    nbt_bytes rest;
    assert_false(nbt_session_message(&b.s, &rest)); /* neither half nor empty */
    close_bench(&b);
}

static void the_connection_breaks(void **state)
{
    (void)state;
    static const row rows[] = {
        { "broken", 1, RESET, "", "", P(OVER) },
        { "nothing follows", 100000, TIME, "", "", P(OVER) },
    };
    UP(rows, NBT_NRC_SABORT);
}

/* --- what cannot be read -------------------------------------------------------------------- */

/* The one trace of something malformed among the actions, as "FIELD 13: why", or "". */
static const char *told(bench *b, bool named)
{
    b->acts[0] = '\0';
    for (size_t i = 0; i < b->out.n; i++) {
        const nbt_trace *t = &b->out.acts[i].trace;
        if (b->out.acts[i].kind != NBT_ACT_TRACE || strcmp(t->to, "malformed") != 0)
            continue;
        assert_string_equal(b->acts, "");
        assert_string_equal(t->what, "session packet");
        assert_string_equal(t->from, "");
        assert_int_equal(t->peer.ip, 0x0A000002);
        assert_int_equal(t->unnamed, !named);
        say(b, "%s %u: %s", t->field, (unsigned)t->offset, t->why);
    }
    nbt_out_clear(&b->out);
    return b->acts;
}

typedef struct bad {
    const char *hex; /* what comes */
    bool end;        /* and FIN behind it */
    const char *told;
} bad;

/* A session in its phase hears one thing. */
static void hear_bad(bench *b, const bad *in, bool named)
{
    nbt_out_clear(&b->out);
    data_hex(b, 0, in->hex);
    if (in->end) {
        assert_string_equal(told(b, named), "");
        event(b, 0, NBT_TCP_EOF, 0);
    }
    const char *have = told(b, named);
    if (strcmp(have, in->told) != 0)
        fail_msg("%s: \"%s\", want \"%s\"", in->hex, have, in->told);
    close_bench(b);
}

static void a_request_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    static const bad rows[] = {
        { "FF 53 4D 42", false, "TYPE 0: unknown value" },
        { "81 80 00 44", false, "FLAGS 1: unknown value" },
        { "00 00 00 04 FF", false, "TYPE 0: not a session request" },
        { "81 00 01 FF", false, "LENGTH 2: length does not fit" },
        { "81 00 00 00", false, "CALLED_NAME 4: runs past the end" },
        { "81 00 00 24 " BARNEY "00 C0 04", false, "CALLING_NAME 38: pointer not allowed" },
        { "81 00 00 45 " BARNEY "00 " FRED "00 00", false, "TRAILER 72: bytes left over" },
        { "81 00", true, "LENGTH 2: runs past the end" },
        { "81 00 00 44 20", true, "TRAILER 4: runs past the end" },
        { "", true, "" },
        { REQUEST, false, "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        bench b;
        nbt_session_cfg cfg = open_bench(&b);
        nbt_session_answer(&b.s, &cfg, 0, 7, (nbt_ep){ 0x0A000002, 4000 }, &b.out);
        hear_bad(&b, &rows[i], false);
    }
}

static void an_answer_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    static const bad rows[] = {
        { "47 45 54 20", false, "TYPE 0: unknown value" },
        { "82 02 00 00", false, "FLAGS 1: unknown value" },
        { "85 00 00 00", false, "TYPE 0: not a session response" },
        { "83 00 00 00", false, "LENGTH 2: length does not fit" },
        { "84 00 00 06 0A", true, "TRAILER 4: runs past the end" },
        { "", true, "" },
        { "82 00 00 00", false, "" },
        { "83 00 00 01 82", false, "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        bench b;
        nbt_session_cfg cfg = open_bench(&b);
        nbt_session_call(&b.s, &cfg, barney, fred, &b.out);
        found(&b, 0, "02");
        event(&b, 0, NBT_TCP_OPENED, 0);
        hear_bad(&b, &rows[i], true);
    }
}

static void a_stream_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    static const bad rows[] = {
        { "89 00 00 00", false, "TYPE 0: unknown value" },
        { "85 00 00 00 00 FE 00 01", false, "FLAGS 1: unknown value" },
        { "82 00 00 00", false, "TYPE 0: not a message" },
        { "85", true, "FLAGS 1: runs past the end" },
        { "00 00 00 01 41 00 00 00 02 42", true, "TRAILER 4: runs past the end" },
        { "00 00 00 01 41", true, "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        bench b;
        nbt_session_cfg cfg = open_bench(&b);
        nbt_session_answer(&b.s, &cfg, 0, 7, (nbt_ep){ 0x0A000002, 4000 }, &b.out);
        data_hex(&b, 0, REQUEST);
        nbt_session_accept(&b.s, 0, &b.out);
        hear_bad(&b, &rows[i], true);
    }
}

static void a_session_has_no_name_before_its_request(void **state)
{
    (void)state;
    bench b;
    nbt_session_cfg cfg = open_bench(&b);
    nbt_session_answer(&b.s, &cfg, 0, 7, (nbt_ep){ 0x0A000002, 4000 }, &b.out);
    assert_true(b.out.acts[0].trace.unnamed);
    nbt_out_clear(&b.out);
    data_hex(&b, 0, REQUEST);
    assert_false(b.out.acts[0].trace.unnamed);
    assert_memory_equal(b.out.acts[0].trace.name, barney, NBT_NAME_LEN);
    close_bench(&b);
}

/* --- memory --------------------------------------------------------------------------------- */

static void *no_memory(void *ctx, void *p, size_t old, size_t size)
{
    return size == 0 ? resize(ctx, p, old, size) : NULL;
}

static void without_memory_a_session_ends_or_says_so(void **state)
{
    (void)state;
    bench b;
    establish(&b, false);
    b.s.cfg.mem.resize = no_memory;
    data_hex(&b, 0, "00 00 00 02 48");
    assert_string_equal(acts(&b), "abort");
    assert_int_equal(b.s.nrc, NBT_NRC_SABORT);
    close_bench(&b);

    establish(&b, false);
    uint64_t end = 0, queued = b.s.queued;
    nbt_out full;
    nbt_mem none = { &b.blocks, no_memory };
    nbt_out_init(&full, none);
    assert_false(nbt_session_send(&b.s, 0, (nbt_bytes){ 0 }, &end, &full));
    assert_true(b.s.queued == queued); /* the stream is still whole */
    assert_int_equal(b.s.phase, NBT_PHASE_UP);
    nbt_out_fini(&full);
    close_bench(&b);

    nbt_session_cfg cfg = open_bench(&b);
    nbt_session_answer(&b.s, &cfg, 0, 7, (nbt_ep){ 0x0A000002, 4000 }, &b.out);
    data_hex(&b, 0, REQUEST);
    nbt_session_accept(&b.s, 0, &full); /* the answer cannot be sent: no session */
    assert_int_equal(b.s.phase, NBT_PHASE_OVER);
    assert_int_equal(b.s.nrc, NBT_NRC_NORES);
    close_bench(&b);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("C6 C12 C24", a_call_that_is_accepted),
    NBT_TEST("", a_call_to_nobody),
    NBT_TEST("C7 C20 C28 C30", a_call_that_is_refused_by_code),
    NBT_TEST("C25 C30 C31", the_retries_of_a_call_are_paced_and_bounded),
    NBT_TEST("C27", a_silent_peer_is_looked_up_again),
    NBT_TEST("C26 C32 C33", a_call_follows_a_retarget_with_the_same_names),
    NBT_TEST("H43", an_answer_without_its_fields_is_a_refusal),
    NBT_TEST("C3", garbage_before_the_answer_ends_the_call),
    NBT_TEST("", a_connection_lost_before_the_answer_ends_the_call),
    NBT_TEST("", a_call_can_be_given_up_in_every_phase),
    NBT_TEST("C6", a_request_is_offered_and_accepted),
    NBT_TEST("C7 C20", a_refusal_closes_first_and_does_not_wait_for_ever),
    NBT_TEST("C3 C13 C41", a_first_packet_that_is_no_request_closes),
    NBT_TEST("C5 H42 H53", a_malformed_request_is_refused_as_such),
    NBT_TEST("C13 H41 H57", a_connection_without_a_request_does_not_last),
    NBT_TEST("C9 C10", messages_go_both_ways),
    NBT_TEST("C12", a_request_and_a_message_in_one_piece),
    NBT_TEST("C2 C3 C21 C35 H44", what_is_no_message_ends_the_session),
    NBT_TEST("C10 C36", keep_alives_are_sent_when_nothing_else_is),
    NBT_TEST("", a_message_can_be_taken_in_parts),
    NBT_TEST("C12", the_stream_may_be_cut_anywhere),
    NBT_TEST("C1 C2 C11", messages_of_every_length_arrive),
    NBT_TEST("H41", memory_follows_the_octets_that_came),
    NBT_TEST("H41", what_waits_is_bounded),
    NBT_TEST("", octets_are_counted_for_each_connection),
    NBT_TEST("", sends_are_done_when_their_octets_have_left),
    NBT_TEST("C38", a_session_is_hung_up),
    NBT_TEST("C38", a_hang_up_does_not_wait_for_ever),
    NBT_TEST("C39", the_peer_closes),
    NBT_TEST("C39 H44", a_fin_within_a_message_is_an_abnormal_end),
    NBT_TEST("", the_connection_breaks),
    NBT_TEST("", a_request_that_cannot_be_read_is_told),
    NBT_TEST("", an_answer_that_cannot_be_read_is_told),
    NBT_TEST("", a_stream_that_cannot_be_read_is_told),
    NBT_TEST("", a_session_has_no_name_before_its_request),
    NBT_TEST("", without_memory_a_session_ends_or_says_so),
};

NBT_MAIN("session", tests)
