/*
 * A question by somebody who is no node: its requests, and what becomes of the answers. Messages
 * are written in the text form of nbt/text.h; in those that come in, id= is the question's.
 */
#include "tests/support/test.h"

#include "nbt/probe.h"
#include <stdio.h>

#include "nbt/text.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"

enum { ME = 0x0A000003, SUBNET = 0x0A0000FF, SERVER = 0x0A000009, OTHER = 0x0A000001 };

typedef struct world {
    test_mem mem;
    nbt_out out;
    nbt_probe probe;
    nbt_time now;
} world;

static nbt_probe_cfg config(world *w, nbt_trn_kind kind)
{
    nbt_probe_cfg cfg = { .mem = test_mem_of(&w->mem),
                          .seed = 7,
                          .profile = nbt_profile_find("rfc", 3),
                          .kind = kind,
                          .ip = ME,
                          .port = 4000,
                          .subnet = SUBNET,
                          .bcast = { 3, NBT_MS(250) },
                          .ucast = { 2, NBT_S(5) } };
    assert_true(nbt_name_parse(&cfg.name, "FRED<20>", 8));
    return cfg;
}

static void begin(world *w, const nbt_probe_cfg *cfg)
{
    nbt_out_init(&w->out, cfg->mem);
    assert_true(nbt_probe_init(&w->probe, cfg, w->now, &w->out));
}

static void end(world *w)
{
    nbt_probe_fini(&w->probe);
    nbt_out_fini(&w->out);
    assert_int_equal(w->mem.blocks, 0);
}

/* Takes the only message that is to be sent, to this address, and compares it but for its id. */
static void sends(world *w, uint32_t to, const char *want)
{
    char line[1024];
    nbt_msg m;
    assert_int_equal(w->out.n, 1);
    const nbt_act *act = &w->out.acts[0];
    nbt_bytes data = nbt_out_data(&w->out, act);
    assert_int_equal(act->kind, NBT_ACT_SEND);
    assert_int_equal(act->to.ip, to);
    assert_int_equal(act->to.port, 137);
    assert_int_equal(act->from.ip, ME);
    assert_int_equal(act->from.port, 4000);
    assert_true(nbt_msg_rd(&m, NBT_SERVICE_NAME, data.p, data.n));
    assert_int_equal(m.u.ns.trn_id, w->probe.ways[w->probe.n - 1].trn->id);
    m.u.ns.trn_id = 1;
    nbt_text_print(&m, line, sizeof line);
    assert_string_equal(line, want);
    nbt_out_clear(&w->out);
}

static void sends_nothing(const world *w)
{
    assert_int_equal(w->out.n, 0);
}

static void tick(world *w, nbt_time now)
{
    w->now = now;
    nbt_probe_tick(&w->probe, now, &w->out);
}

/* A message arrives, with the id of the way if it is written as 1. */
static nbt_probe_take take(world *w, size_t way, uint32_t from, const char *text)
{
    uint8_t arena[4096], buf[NBT_NS_UDP_MAX];
    nbt_text_err err;
    nbt_msg m;
    nbt_wr wr;
    nbt_probe_got got;
    if (!nbt_text_parse(&m, text, strlen(text), arena, sizeof arena, &err))
        fail_msg("%s: column %zu, %s", text, err.column, err.why);
    if (m.u.ns.trn_id == 1)
        m.u.ns.trn_id = w->probe.ways[way].trn->id;
    nbt_wr_init(&wr, buf, sizeof buf);
    nbt_msg_wr(&wr, &m);
    assert_int_equal(wr.err, NBT_OK);
    uint8_t *copy = exact_copy(buf, wr.at);
    nbt_probe_take is = nbt_probe_rx(&w->probe, w->now, (nbt_ep){ from, 137 },
                                     (nbt_bytes){ copy, wr.at }, &got, &w->out);
    if (is != NBT_PROBE_STRAY) {
        assert_ptr_equal(got.way, &w->probe.ways[way]);
        assert_int_equal(got.after, w->now - got.way->began);
    }
    free(copy);
    return is;
}

#define FOUND(ip, rest) "positive-query-response FRED<20> id=0x0001 owners=" ip "/B/" rest

static void a_broadcast_is_repeated_and_then_over(void **state)
{
    (void)state;
    world w = { .now = 0 };
    nbt_probe_cfg cfg = config(&w, NBT_TRN_QUERY);
    cfg.broadcast = true;
    begin(&w, &cfg);
    for (unsigned i = 0; i < 3; i++) {
        sends(&w, SUBNET, "query-request FRED<20> id=0x0001 b=1");
        tick(&w, NBT_MS(250) * (i + 1) - 1);
        sends_nothing(&w);
        assert_false(nbt_probe_over(&w.probe));
        assert_int_equal(nbt_probe_due(&w.probe), NBT_MS(250) * (i + 1));
        tick(&w, NBT_MS(250) * (i + 1));
    }
    sends_nothing(&w);
    assert_true(nbt_probe_over(&w.probe));
    assert_int_equal(w.probe.ways[0].result, NBT_PROBE_SILENCE);
    assert_int_equal(w.probe.ways[0].sent, 3);
    assert_true(nbt_probe_due(&w.probe) == NBT_NEVER);
    end(&w);
}

static const struct {
    const char *label, *first, *second;
    bool disputed;
} seconds[] = {
    { "two unique owners", FOUND("10.0.0.1", "unique"), FOUND("10.0.0.2", "unique"), true },
    { "a group and a unique name", FOUND("10.0.0.1", "group"), FOUND("10.0.0.2", "unique"), true },
    { "two members", FOUND("10.0.0.1", "group"), FOUND("10.0.0.2", "group"), false },
    { "the same said twice", FOUND("10.0.0.1", "unique"), FOUND("10.0.0.1", "unique"), false },
};

static void a_second_owner_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(seconds); i++) {
        world w = { .now = 0 };
        nbt_probe_cfg cfg = config(&w, NBT_TRN_QUERY);
        cfg.broadcast = true;
        begin(&w, &cfg);
        nbt_out_clear(&w.out);
        w.now = NBT_MS(1);
        assert_int_equal(take(&w, 0, 0x0A000001, seconds[i].first), NBT_PROBE_ANSWER);
        assert_false(nbt_probe_over(&w.probe));
        w.now = NBT_MS(900);
        assert_int_equal(take(&w, 0, 0x0A000002, seconds[i].second), NBT_PROBE_ANSWER);
        if (nbt_probe_disputed(&w.probe) != seconds[i].disputed)
            fail_msg("%s", seconds[i].label);
        tick(&w, NBT_MS(1001));
        assert_true(nbt_probe_over(&w.probe));
        assert_int_equal(w.probe.ways[0].result, NBT_PROBE_YES);
        sends_nothing(&w);
        end(&w);
    }
}

/* What is asked at a server, what it says, and what that comes to. */
static const struct {
    const char *label;
    nbt_trn_kind kind;
    const char *asked, *answer;
    nbt_probe_take take;
    nbt_probe_result result;
} servers[] = {
    { "found", NBT_TRN_QUERY, "query-request FRED<20> id=0x0001", FOUND("10.0.0.1", "unique"),
      NBT_PROBE_ANSWER, NBT_PROBE_YES },
    { "unknown", NBT_TRN_QUERY, "query-request FRED<20> id=0x0001",
      "negative-query-response FRED<20> id=0x0001 rcode=NAM_ERR", NBT_PROBE_ANSWER, NBT_PROBE_NO },
    { "redirected: not followed", NBT_TRN_QUERY, "query-request FRED<20> id=0x0001",
      "redirect-query-response FRED<20> id=0x0001 server=NBNS<00> address=10.0.0.8",
      NBT_PROBE_ANSWER, NBT_PROBE_ELSEWHERE },
    { "told to wait", NBT_TRN_CLAIM,
      "registration-request FRED<20> id=0x0001 owner=10.0.0.3 node=P unique",
      "wack FRED<20> id=0x0001 wait=60s about=registration-request/0x2900", NBT_PROBE_ANSWER,
      NBT_PROBE_PENDING },
    { "granted", NBT_TRN_CLAIM,
      "registration-request FRED<20> id=0x0001 owner=10.0.0.3 node=P unique",
      "positive-registration-response FRED<20> id=0x0001 owner=10.0.0.3 node=P unique",
      NBT_PROBE_ANSWER, NBT_PROBE_YES },
    { "refused", NBT_TRN_CLAIM,
      "registration-request FRED<20> id=0x0001 owner=10.0.0.3 node=P unique",
      "negative-registration-response FRED<20> id=0x0001 rcode=ACT_ERR owner=10.0.0.3 node=P "
      "unique",
      NBT_PROBE_ANSWER, NBT_PROBE_NO },
    { "sent to the owner: not obeyed", NBT_TRN_CLAIM,
      "registration-request FRED<20> id=0x0001 owner=10.0.0.3 node=P unique",
      "end-node-challenge FRED<20> id=0x0001 owner=10.0.0.1 node=P unique", NBT_PROBE_ANSWER,
      NBT_PROBE_ELSEWHERE },
    { "refreshed", NBT_TRN_REFRESH,
      "refresh-request FRED<20> id=0x0001 owner=10.0.0.3 node=P unique",
      "positive-registration-response FRED<20> id=0x0001 owner=10.0.0.3 node=P unique",
      NBT_PROBE_ANSWER, NBT_PROBE_YES },
    { "released", NBT_TRN_RELEASE,
      "release-request FRED<20> id=0x0001 owner=10.0.0.3 node=P unique",
      "positive-release-response FRED<20> id=0x0001 owner=10.0.0.3 node=P unique", NBT_PROBE_ANSWER,
      NBT_PROBE_YES },
    { "not released", NBT_TRN_RELEASE,
      "release-request FRED<20> id=0x0001 owner=10.0.0.3 node=P unique",
      "negative-release-response FRED<20> id=0x0001 rcode=RFS_ERR owner=10.0.0.3 node=P unique",
      NBT_PROBE_ANSWER, NBT_PROBE_NO },
    { "a status", NBT_TRN_STATUS, "status-request FRED<20> id=0x0001",
      "status-response FRED<20> id=0x0001 names=FRED<20>/B/unique/act mac=02:00:00:00:00:01",
      NBT_PROBE_ANSWER, NBT_PROBE_YES },
    { "about another name", NBT_TRN_QUERY, "query-request FRED<20> id=0x0001",
      "positive-query-response LISA<20> id=0x0001 owners=10.0.0.1/B/unique", NBT_PROBE_ODD,
      NBT_PROBE_PENDING },
    { "an answer to something else", NBT_TRN_QUERY, "query-request FRED<20> id=0x0001",
      "positive-release-response FRED<20> id=0x0001 owner=10.0.0.3 node=P unique", NBT_PROBE_ODD,
      NBT_PROBE_PENDING },
    { "a request with the same id", NBT_TRN_QUERY, "query-request FRED<20> id=0x0001",
      "query-request FRED<20> id=0x0001", NBT_PROBE_STRAY, NBT_PROBE_PENDING },
    { "garbage with the id", NBT_TRN_QUERY, "query-request FRED<20> id=0x0001", NULL, NBT_PROBE_ODD,
      NBT_PROBE_PENDING },
};

static nbt_probe_take garbage(world *w)
{
    uint16_t id = w->probe.ways[0].trn->id;
    const uint8_t bytes[] = { (uint8_t)(id >> 8), (uint8_t)id, 0x85, 0x00, 0x00 };
    uint8_t *copy = exact_copy(bytes, sizeof bytes);
    nbt_probe_got got;
    nbt_probe_take is = nbt_probe_rx(&w->probe, w->now, (nbt_ep){ OTHER, 137 },
                                     (nbt_bytes){ copy, sizeof bytes }, &got, &w->out);
    assert_int_not_equal(got.msg.err, NBT_OK);
    free(copy);
    return is;
}

static void a_server_is_asked_and_believed(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(servers); i++) {
        world w = { .now = NBT_S(100) };
        nbt_probe_cfg cfg = config(&w, servers[i].kind);
        cfg.server = SERVER;
        begin(&w, &cfg);
        sends(&w, SERVER, servers[i].asked);
        w.now += NBT_MS(3);
        nbt_probe_take is =
            servers[i].answer ? take(&w, 0, SERVER, servers[i].answer) : garbage(&w);
        if (is != servers[i].take || w.probe.ways[0].result != servers[i].result)
            fail_msg("%s: take %d, result %d", servers[i].label, (int)is,
                     (int)w.probe.ways[0].result);
        assert_int_equal(nbt_probe_over(&w.probe), servers[i].result != NBT_PROBE_PENDING);
        sends_nothing(&w);
        end(&w);
    }
}

static void a_wack_puts_the_next_request_off(void **state)
{
    (void)state;
    world w = { .now = 0 };
    nbt_probe_cfg cfg = config(&w, NBT_TRN_CLAIM);
    cfg.server = SERVER;
    begin(&w, &cfg);
    nbt_out_clear(&w.out);
    take(&w, 0, SERVER, "wack FRED<20> id=0x0001 wait=60s about=registration-request/0x2900");
    assert_int_equal(nbt_probe_due(&w.probe), NBT_S(60));
    end(&w);
}

static void silence_of_a_server_is_no_consent(void **state)
{
    (void)state;
    world w = { .now = 0 };
    nbt_probe_cfg cfg = config(&w, NBT_TRN_CLAIM);
    cfg.server = SERVER;
    begin(&w, &cfg);
    tick(&w, NBT_S(5));
    tick(&w, NBT_S(10));
    assert_int_equal(w.probe.ways[0].result, NBT_PROBE_SILENCE);
    assert_int_equal(w.probe.ways[0].sent, 2);
    end(&w);
}

static void a_claim_by_broadcast_ends_in_a_demand(void **state)
{
    (void)state;
    world w = { .now = 0 };
    nbt_probe_cfg cfg = config(&w, NBT_TRN_CLAIM);
    cfg.broadcast = cfg.group = true;
    begin(&w, &cfg);
    for (unsigned i = 1; i <= 3; i++) {
        sends(&w, SUBNET,
              "registration-request FRED<20> id=0x0001 b=1 owner=10.0.0.3 node=B group");
        tick(&w, NBT_MS(250) * i);
    }
    sends(&w, SUBNET, "overwrite-demand FRED<20> id=0x0001 owner=10.0.0.3 node=B group");
    assert_int_equal(w.probe.ways[0].result, NBT_PROBE_SILENCE);
    end(&w);
}

static void a_refusal_ends_a_claim(void **state)
{
    (void)state;
    world w = { .now = 0 };
    nbt_probe_cfg cfg = config(&w, NBT_TRN_CLAIM);
    cfg.broadcast = true;
    begin(&w, &cfg);
    nbt_out_clear(&w.out);
    assert_int_equal(take(&w, 0, OTHER,
                          "negative-registration-response FRED<20> id=0x0001 rcode=ACT_ERR "
                          "owner=10.0.0.1 node=B unique"),
                     NBT_PROBE_ANSWER);
    assert_int_equal(w.probe.ways[0].result, NBT_PROBE_NO);
    tick(&w, NBT_S(9));
    sends_nothing(&w);
    end(&w);
}

#define NO(ip)                                                                                     \
    "negative-registration-response FRED<20> id=0x0001 rcode=ACT_ERR owner=" ip " node=B unique"

/* A second node that has the name is what the asker wants to know of. */
static void whoever_refuses_a_claim_is_listed(void **state)
{
    (void)state;
    world w = { .now = 0 };
    nbt_probe_cfg cfg = config(&w, NBT_TRN_CLAIM);
    cfg.broadcast = true;
    begin(&w, &cfg);
    nbt_out_clear(&w.out);
    w.now = NBT_MS(1);
    take(&w, 0, OTHER, NO("10.0.0.1"));
    assert_int_equal(w.probe.ways[0].result, NBT_PROBE_NO);
    assert_false(nbt_probe_over(&w.probe));
    assert_int_equal(nbt_probe_due(&w.probe), NBT_MS(1001));
    w.now = NBT_MS(600);
    assert_int_equal(take(&w, 0, SERVER, NO("10.0.0.9")), NBT_PROBE_ANSWER);
    assert_int_equal(take(&w, 0, OTHER, NO("10.0.0.1")), NBT_PROBE_ANSWER);
    tick(&w, NBT_MS(1000));
    assert_false(nbt_probe_over(&w.probe));
    tick(&w, NBT_MS(1001)); /* counted from the first */
    assert_true(nbt_probe_over(&w.probe));
    assert_int_equal(nbt_probe_due(&w.probe), NBT_NEVER);
    sends_nothing(&w);
    assert_int_equal(w.probe.ways[0].nrefusers, 2);
    assert_int_equal(w.probe.ways[0].refusers[0], OTHER);
    assert_int_equal(w.probe.ways[0].refusers[1], SERVER);
    end(&w);
}

/* RFC 1002 4.2.1.1, 4.2.4; MS-NBTE 2.2.2: names are registered and refreshed by several opcodes,
   and the answer may have the request's. */
static void it_asks_by_the_opcode_that_is_wanted(void **state)
{
    (void)state;
    static const struct {
        nbt_trn_kind kind;
        unsigned opcode;
        const char *asks;
        unsigned answer; /* its word */
    } rows[] = {
#define REST " FRED<20> id=0x0001 owner=10.0.0.3 node=P unique"
        { NBT_TRN_CLAIM, 0, "registration-request" REST, 0xAD80 },
        { NBT_TRN_CLAIM, 5, "registration-request" REST, 0xAD80 },
        { NBT_TRN_CLAIM, 15, "multihomed-registration" REST, 0xFD80 },
        { NBT_TRN_REFRESH, 0, "refresh-request" REST, 0xAD80 },
        { NBT_TRN_REFRESH, 8, "refresh-request" REST, 0xC580 },
        { NBT_TRN_REFRESH, 9,
          "refresh-request FRED<20> id=0x0001 opcode=9 owner=10.0.0.3 node=P unique", 0xCD80 },
        { NBT_TRN_REFRESH, 15, "multihomed-registration" REST, 0xFD80 },
#undef REST
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        world w = { .now = 0 };
        nbt_probe_cfg cfg = config(&w, rows[i].kind);
        cfg.server = SERVER;
        cfg.opcode = rows[i].opcode;
        begin(&w, &cfg);
        sends(&w, SERVER, rows[i].asks);
        packet yes = build_address_answer(w.probe.ways[0].trn->id, rows[i].answer, "FRED<20>", 60,
                                          0, "10.0.0.3");
        nbt_probe_got got;
        assert_int_equal(nbt_probe_rx(&w.probe, 0, (nbt_ep){ SERVER, 137 },
                                      (nbt_bytes){ yes.b, yes.n }, &got, &w.out),
                         NBT_PROBE_ANSWER);
        assert_int_equal(w.probe.ways[0].result, NBT_PROBE_YES);
        end(&w);
    }
}

/* --- an answer that was cut --- */

/* "open", "send N", "abort", for each action since the last time. */
static const char *streamed(world *w)
{
    static char text[200];
    text[0] = '\0';
    for (size_t i = 0; i < w->out.n; i++) {
        const nbt_act *act = &w->out.acts[i];
        size_t at = strlen(text);
        assert_int_equal(act->conn, 0);
        if (act->kind == NBT_ACT_TCP_OPEN) {
            assert_int_equal(act->to.ip, SERVER);
            assert_int_equal(act->to.port, 137);
            assert_int_equal(act->from.ip, ME);
        }
        snprintf(text + at, sizeof text - at, "%s%s", at ? " " : "",
                 act->kind == NBT_ACT_TCP_OPEN    ? "open"
                 : act->kind == NBT_ACT_TCP_SEND  ? "send"
                 : act->kind == NBT_ACT_TCP_ABORT ? "abort"
                                                  : "?");
    }
    nbt_out_clear(&w->out);
    return text;
}

static nbt_probe_take stream_says(world *w, nbt_tcp_kind kind, const uint8_t *p, size_t n,
                                  nbt_probe_got *got)
{
    nbt_tcp_ev ev = { .kind = kind, .data = { p, n } };
    return nbt_probe_tcp(&w->probe, w->now, &ev, got, &w->out);
}

/* The members of a group, and the same behind a length. */
static packet members(const world *w, unsigned word, unsigned n, uint8_t stream[700])
{
    uint8_t rdata[600];
    for (unsigned i = 0; i < n; i++)
        memcpy(rdata + 6 * i, (uint8_t[]){ 0x80, 0, 10, 1, 0, (uint8_t)(i + 1) }, 6);
    packet p = build_answer(w->probe.ways[0].trn->id, word, "FRED<20>", NBT_RR_NB, 0, rdata, 6 * n);
    stream[0] = (uint8_t)(p.n >> 8);
    stream[1] = (uint8_t)p.n;
    memcpy(stream + 2, p.b, p.n);
    return p;
}

/* Asks, and is given three of many. */
static void ask_and_be_cut_short(world *w)
{
    uint8_t stream[700];
    nbt_probe_got got;
    nbt_probe_cfg cfg = config(w, NBT_TRN_QUERY);
    cfg.server = SERVER;
    begin(w, &cfg);
    nbt_out_clear(&w->out);
    packet cut = members(w, 0x8780, 3, stream);
    assert_int_equal(nbt_probe_rx(&w->probe, w->now, (nbt_ep){ SERVER, 137 },
                                  (nbt_bytes){ cut.b, cut.n }, &got, &w->out),
                     NBT_PROBE_ANSWER);
    assert_false(got.by_tcp);
    assert_string_equal(streamed(w), "open");
    assert_int_equal(w->probe.ways[0].result, NBT_PROBE_PENDING);
}

static void a_cut_answer_is_fetched(void **state)
{
    (void)state;
    world w = { .now = 0 };
    uint8_t stream[700];
    nbt_probe_got got;
    ask_and_be_cut_short(&w);
    assert_int_equal(stream_says(&w, NBT_TCP_OPENED, NULL, 0, &got), NBT_PROBE_STRAY);
    assert_string_equal(streamed(&w), "send");
    packet all = members(&w, 0x8580, 40, stream);
    w.now = NBT_MS(5);
    assert_int_equal(stream_says(&w, NBT_TCP_DATA, stream, 100, &got), NBT_PROBE_STRAY);
    assert_string_equal(streamed(&w), "");
    assert_int_equal(stream_says(&w, NBT_TCP_DATA, stream + 100, all.n + 2 - 100, &got),
                     NBT_PROBE_ANSWER);
    assert_true(got.by_tcp);
    assert_int_equal(got.after, NBT_MS(5));
    assert_int_equal(nbt_addr_count(&got.msg.u.ns.rr[0]), 40);
    assert_int_equal(nbt_addr_get(&got.msg.u.ns.rr[0], 39).ip, 0x0A010028);
    assert_string_equal(streamed(&w), "abort");
    assert_int_equal(w.probe.ways[0].result, NBT_PROBE_YES);
    assert_true(nbt_probe_over(&w.probe));
    assert_int_equal(stream_says(&w, NBT_TCP_DATA, stream, 100, &got), NBT_PROBE_STRAY);
    end(&w);
}

/* What there is of it must do. */
static void what_cannot_be_fetched_is_done_without(void **state)
{
    (void)state;
    static const struct {
        nbt_tcp_kind kind;
        const char *then;
    } rows[] = {
        { NBT_TCP_REFUSED, "" },
        { NBT_TCP_UNREACHABLE, "" },
        { NBT_TCP_RESET, "" },
        { NBT_TCP_EOF, "abort" },
    };
    nbt_probe_got got;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        world w = { .now = 0 };
        ask_and_be_cut_short(&w);
        assert_int_equal(stream_says(&w, rows[i].kind, NULL, 0, &got), NBT_PROBE_STRAY);
        assert_string_equal(streamed(&w), rows[i].then);
        assert_int_equal(w.probe.ways[0].result, NBT_PROBE_YES);
        end(&w);
    }
    world w = { .now = 0 };
    ask_and_be_cut_short(&w);
    assert_int_equal(stream_says(&w, NBT_TCP_DATA, (const uint8_t *)"\0\4junk", 6, &got),
                     NBT_PROBE_ODD);
    assert_string_equal(streamed(&w), "abort");
    assert_int_equal(w.probe.ways[0].result, NBT_PROBE_YES);
    end(&w);

    w = (world){ .now = 0 };
    ask_and_be_cut_short(&w);
    assert_int_equal(nbt_probe_due(&w.probe), NBT_S(5));
    tick(&w, NBT_S(5));
    assert_string_equal(streamed(&w), "abort");
    assert_int_equal(w.probe.ways[0].result, NBT_PROBE_YES);
    end(&w);
}

static void both_ways_have_ids_and_results_of_their_own(void **state)
{
    (void)state;
    world w = { .now = 0 };
    nbt_probe_cfg cfg = config(&w, NBT_TRN_QUERY);
    cfg.broadcast = true;
    cfg.server = SERVER;
    begin(&w, &cfg);
    assert_int_equal(w.out.n, 2);
    assert_int_equal(w.out.acts[0].to.ip, SUBNET);
    assert_int_equal(w.out.acts[1].to.ip, SERVER);
    nbt_out_clear(&w.out);
    take(&w, 1, SERVER, "negative-query-response FRED<20> id=0x0001 rcode=NAM_ERR");
    assert_int_equal(w.probe.ways[1].result, NBT_PROBE_NO);
    assert_int_equal(w.probe.ways[0].result, NBT_PROBE_PENDING);
    tick(&w, NBT_MS(250));
    tick(&w, NBT_MS(500));
    tick(&w, NBT_MS(750));
    assert_int_equal(w.probe.ways[0].result, NBT_PROBE_SILENCE);
    assert_true(nbt_probe_over(&w.probe));
    end(&w);
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    world w = { .mem.fail_at = 1 };
    nbt_probe_cfg cfg = config(&w, NBT_TRN_QUERY);
    cfg.broadcast = true;
    nbt_out_init(&w.out, cfg.mem);
    assert_false(nbt_probe_init(&w.probe, &cfg, 0, &w.out));
    end(&w);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_broadcast_is_repeated_and_then_over),
    NBT_TEST("", a_second_owner_is_noticed),
    NBT_TEST("", a_server_is_asked_and_believed),
    NBT_TEST("", a_wack_puts_the_next_request_off),
    NBT_TEST("", silence_of_a_server_is_no_consent),
    NBT_TEST("", a_claim_by_broadcast_ends_in_a_demand),
    NBT_TEST("", a_refusal_ends_a_claim),
    NBT_TEST("", whoever_refuses_a_claim_is_listed),
    NBT_TEST("", it_asks_by_the_opcode_that_is_wanted),
    NBT_TEST("", a_cut_answer_is_fetched),
    NBT_TEST("", what_cannot_be_fetched_is_done_without),
    NBT_TEST("", both_ways_have_ids_and_results_of_their_own),
    NBT_TEST("", without_memory_it_says_so),
};

NBT_MAIN("probe", tests)
