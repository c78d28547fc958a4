/*
 * A computer whose memory ends: one run of everything that it can do, repeated with the nth request
 * for memory refused, for every n; once that request alone, once it and all that follow. Nothing
 * may crash or leak, every command must be answered once, and with a code that says what is wrong.
 */
#include "tests/support/test.h"

#include "nbt/computer.h"
#include "nbt/draft.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"

/* --- an allocator that refuses one request --------------------------------------------------- */

typedef struct refusing {
    test_mem under;
    size_t requests, refuse; /* 0: none */
    bool onwards;
} refusing;

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    refusing *r = ctx;
    if (size > 0) {
        r->requests++;
        if (r->refuse && (r->onwards ? r->requests >= r->refuse : r->requests == r->refuse))
            return NULL;
    }
    nbt_mem under = test_mem_of(&r->under);
    return under.resize(under.ctx, p, old, size);
}

/* --- a world without expectations ------------------------------------------------------------ */

enum { COMMANDS = 256 };

typedef struct world {
    refusing mem, out_mem;
    nbt_computer *c;
    nbt_out out;
    nbt_time now;
    uint16_t id;     /* of the last datagram */
    uint32_t opened; /* the connection opened last */
    uint16_t lsn;    /* of the session that began last */
    bool lost;       /* an action was dropped */
    unsigned good;   /* commands that have succeeded */
    bool accepting;  /* a POSITIVE SESSION RESPONSE has just been sent */
    bool cancelling;
    uint32_t last_tag;
    bool pending[COMMANDS], accepted[COMMANDS];
    uint8_t verb[COMMANDS];
} world;

/* What a command may come to when there is no memory here or behind it. */
static bool is_sensible(uint8_t verb, uint8_t nrc, bool cancelling)
{
    switch ((enum nbt_nrc)nrc) {
    case NBT_NRC_GOODRET:
    case NBT_NRC_NORES:      /* this command needed memory */
    case NBT_NRC_OSRESNOTAV: /* there was none even to keep it */
        return true;
    case NBT_NRC_SNUMOUT: /* the session or the name that it needs did not come about */
    case NBT_NRC_NOWILD:
    case NBT_NRC_ILLNN:
    case NBT_NRC_CANOCCR:
        return true;
    case NBT_NRC_SABORT: /* the session ended for want of memory, */
    case NBT_NRC_SCLOSED:
    case NBT_NRC_NOCALL: /* or the packet that was needed was lost */
    case NBT_NRC_CMDTMO:
    case NBT_NRC_NAMERR:
        return true;
    case NBT_NRC_CMDCAN: /* by CANCEL; or by the RESET at the end, if it may wait for ever */
        return cancelling || verb == NBT_NCB_LISTEN || verb == NBT_NCB_RECEIVE ||
               verb == NBT_NCB_RECEIVE_ANY || verb == NBT_NCB_SEND ||
               verb == NBT_NCB_RECEIVE_DATAGRAM;
    case NBT_NRC_ACTSES:
    case NBT_NRC_DUPNAME: /* an earlier DELETE NAME found no memory */
        return verb == NBT_NCB_DELETE_NAME || verb == NBT_NCB_ADD_NAME ||
               verb == NBT_NCB_ADD_GROUP_NAME;
    case NBT_NRC_BUFLEN:
    case NBT_NRC_ILLCMD:
    case NBT_NRC_INCOMP:
    case NBT_NRC_BADDR:
    case NBT_NRC_NAMTFUL:
    case NBT_NRC_LOCTFUL:
    case NBT_NRC_REMTFUL:
    case NBT_NRC_INUSE:
    case NBT_NRC_NAMCONF:
    case NBT_NRC_IFBUSY:
    case NBT_NRC_TOOMANY:
    case NBT_NRC_BRIDGE:
    case NBT_NRC_CANCEL:
    case NBT_NRC_DUPENV:
    case NBT_NRC_ENVNOTDEF:
    case NBT_NRC_MAXAPPS:
    case NBT_NRC_NOSAPS:
    case NBT_NRC_NORESOURCES:
    case NBT_NRC_INVADDRESS:
    case NBT_NRC_INVDDID:
    case NBT_NRC_LOCKFAIL:
    case NBT_NRC_OPENERR:
    case NBT_NRC_SYSTEM:
    case NBT_NRC_PENDING:
        break;
    }
    return false;
}

static void take_answer(world *w, const nbt_act *act)
{
    assert_true(act->tag < COMMANDS && w->pending[act->tag]);
    uint8_t verb = w->verb[act->tag], nrc = act->ncb.retcode;
    if (!is_sensible(verb, nrc, w->cancelling))
        fail_msg("%s: %02X", nbt_code_word(NBT_CODESET_NCB_COMMAND, verb), nrc);
    if (act->kind == NBT_ACT_ACCEPTED) {
        assert_false(w->accepted[act->tag]);
        w->accepted[act->tag] = true;
        w->pending[act->tag] = nrc == NBT_NRC_GOODRET;
        return;
    }
    w->pending[act->tag] = false;
    w->good += nrc == NBT_NRC_GOODRET;
    if (nrc == NBT_NRC_GOODRET && (verb == NBT_NCB_CALL || verb == NBT_NCB_LISTEN))
        w->lsn = act->ncb.lsn;
    if (nrc == NBT_NRC_GOODRET && verb == NBT_NCB_LISTEN)
        assert_true(w->accepting);
}

static void drain(world *w)
{
    for (size_t i = 0; i < w->out.n; i++) {
        const nbt_act *act = &w->out.acts[i];
        nbt_bytes data = nbt_out_data(&w->out, act);
        if (act->kind == NBT_ACT_DONE || act->kind == NBT_ACT_ACCEPTED)
            take_answer(w, act);
        if (act->kind == NBT_ACT_SEND)
            w->id = (uint16_t)(data.p[0] << 8 | data.p[1]);
        if (act->kind == NBT_ACT_TCP_OPEN)
            w->opened = act->conn;
        if (act->kind == NBT_ACT_TCP_SEND)
            w->accepting = data.p[0] == NBT_SSN_POSITIVE;
    }
    w->lost = w->lost || w->out.failed;
    nbt_out_fini(&w->out); /* so that each list needs memory anew */
}

static uint32_t submit(world *w, nbt_ncb ncb, const void *data, size_t n)
{
    uint32_t tag = ++w->last_tag;
    assert_true(tag < COMMANDS);
    w->pending[tag] = true;
    w->verb[tag] = (uint8_t)nbt_ncb_verb(&ncb);
    nbt_computer_do(w->c, w->now, 1, tag, &ncb, (nbt_bytes){ data, n }, &w->out);
    drain(w);
    return tag;
}

static uint32_t command(world *w, unsigned verb, const char *name, const char *callname)
{
    nbt_ncb ncb = { .command = (uint8_t)verb, .lsn = w->lsn, .num = NBT_NUM_ANY, .length = 200 };
    if (name)
        memcpy(ncb.name, name_of(name).b, NBT_NAME_LEN);
    if (callname)
        memcpy(ncb.callname, name_of(callname).b, NBT_NAME_LEN);
    if (verb == NBT_NCB_RESET)
        ncb.lsn = ncb.num = 0;
    return submit(w, ncb, NULL, 0);
}

static void pass(world *w, unsigned ms)
{
    for (unsigned i = 0; i < ms; i += 50) {
        w->now += NBT_MS(50);
        nbt_computer_tick(w->c, w->now, &w->out);
        drain(w);
    }
}

static void hear_at(world *w, uint16_t port, const packet *p)
{
    nbt_computer_rx(w->c, w->now, 0, (nbt_ep){ 0x0A000009, port }, (nbt_ep){ 0x0A000001, port },
                    (nbt_bytes){ p->b, p->n }, &w->out);
    drain(w);
}

static void hear(world *w, const packet *p)
{
    hear_at(w, NBT_PORT_NS, p);
}

static void found(world *w, const char *name)
{
    packet p = build_address_answer(w->id, NBT_WORD_POSITIVE_QUERY, name, 0, 0, "10.0.0.9");
    hear(w, &p);
}

static void tcp(world *w, nbt_tcp_kind kind, uint32_t conn, const packet *p)
{
    nbt_tcp_ev ev = { .kind = kind, .conn = conn, .peer = { 0x0A000009, 4000 }, .sent = 500 };
    if (p)
        ev.data = (nbt_bytes){ p->b, p->n };
    nbt_computer_tcp(w->c, w->now, &ev, &w->out);
    drain(w);
}

/* --- all that it can do ---------------------------------------------------------------------- */

static void be_called(world *w)
{
    packet request = build_session_request("FRED<20>", "BARNEY<20>");
    packet message = build_session(NBT_SSN_MESSAGE, "0123456789", 10);
    packet half = message;
    half.n = 7;
    command(w, NBT_NCB_LISTEN | NBT_NCB_ASYNC, "FRED<20>", "*<00>");
    tcp(w, NBT_TCP_ACCEPTED, 1, NULL);
    tcp(w, NBT_TCP_DATA, 1, &request);
    tcp(w, NBT_TCP_SENT, 1, NULL);
    command(w, NBT_NCB_RECEIVE, NULL, NULL);
    tcp(w, NBT_TCP_DATA, 1, &message);
    tcp(w, NBT_TCP_DATA, 1, &half);
    nbt_ncb send = { .command = NBT_NCB_SEND, .lsn = w->lsn, .length = 5 };
    submit(w, send, "hello", 5);
    submit(w, send, "hello", 5);
    tcp(w, NBT_TCP_SENT, 1, NULL);
    command(w, NBT_NCB_RECEIVE_ANY | NBT_NCB_ASYNC, NULL, NULL);
    tcp(w, NBT_TCP_EOF, 1, NULL);
    tcp(w, NBT_TCP_ACCEPTED, 3, NULL); /* nobody listens */
    tcp(w, NBT_TCP_DATA, 3, &request);
}

static void call(world *w)
{
    packet yes = build_session(NBT_SSN_POSITIVE, NULL, 0);
    uint32_t tag = command(w, NBT_NCB_CALL, "FRED<20>", "NOBODY<20>");
    nbt_ncb cancel = { .command = NBT_NCB_CANCEL, .target = tag };
    w->cancelling = true;
    submit(w, cancel, NULL, 0);
    w->cancelling = false;
    command(w, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    found(w, "BARNEY<20>");
    tcp(w, NBT_TCP_OPENED, w->opened, NULL);
    tcp(w, NBT_TCP_DATA, w->opened, &yes);
    command(w, NBT_NCB_SESSION_STATUS, "FRED<20>", NULL);
    command(w, NBT_NCB_DELETE_NAME, "FRED<20>", NULL);
    command(w, NBT_NCB_HANGUP, NULL, NULL);
    tcp(w, NBT_TCP_SENT, w->opened, NULL);
    tcp(w, NBT_TCP_EOF, w->opened, NULL);
    pass(w, 1000);
}

static void ask_around(world *w)
{
    nbt_draft d;
    nbt_node_name theirs = { "BARNEY         \x20", NBT_NB_ACT };
    nbt_name name = name_of("BARNEY<20>");
    packet p;
    nbt_wr wr;
    command(w, NBT_NCB_LANA_ENUM, NULL, NULL);
    command(w, NBT_NCB_ADAPTER_STATUS, NULL, "*<00>");
    command(w, NBT_NCB_FIND_NAME, NULL, "BARNEY<20>");
    found(w, "BARNEY<20>");
    pass(w, 1500);
    command(w, NBT_NCB_ADAPTER_STATUS, NULL, "BARNEY<20>");
    found(w, "BARNEY<20>");
    nbt_draft_status(&d, w->id, NBT_WORD_STATUS_RESPONSE, &name, &theirs, 1,
                     &(nbt_statistics){ .version = 1 });
    nbt_wr_init(&wr, p.b, sizeof p.b);
    nbt_ns_wr(&wr, &d.ns);
    p.n = wr.at;
    hear(w, &p);
}

static void datagrams(world *w)
{
    nbt_ncb send = { .command = NBT_NCB_SEND_DATAGRAM, .length = 2 };
    memcpy(send.name, name_of("GROUP<00>").b, NBT_NAME_LEN);
    memcpy(send.callname, name_of("BARNEY<20>").b, NBT_NAME_LEN);
    submit(w, send, "hi", 2);
    found(w, "BARNEY<20>");
    send.command = NBT_NCB_SEND_BROADCAST;
    submit(w, send, "hi", 2);
    command(w, NBT_NCB_RECEIVE_DATAGRAM, NULL, NULL);
    packet p = build_datagram(NBT_DGM_GROUP, 7, "10.0.0.9", "BARNEY<20>", "GROUP<00>", "Yabba", 5);
    packet rest = p;
    p.n -= 3;
    p.b[1] |= NBT_DGM_MORE;
    rest.b[1] = 0;
    rest.b[13] = 34 + 34 + 2; /* PACKET_OFFSET */
    rest.n = 14 + 3;
    memcpy(rest.b + 14, p.b + p.n, 3);
    hear_at(w, NBT_PORT_DGM, &p);
    hear_at(w, NBT_PORT_DGM, &rest);
}

static void everything(world *w)
{
    command(w, NBT_NCB_RESET, NULL, NULL);
    command(w, NBT_NCB_ADD_NAME | NBT_NCB_ASYNC, "FRED<20>", NULL);
    command(w, NBT_NCB_ADD_GROUP_NAME, "GROUP<00>", NULL);
    pass(w, 1000);
    be_called(w);
    call(w);
    ask_around(w);
    datagrams(w);
    command(w, NBT_NCB_DELETE_NAME, "GROUP<00>", NULL);
    command(w, NBT_NCB_ADD_NAME, "WILMA<20>", NULL);
}

/* Everything, with a request refused. True if it came to that. */
static bool run(size_t refuse, bool onwards, bool out_too)
{
    static world w;
    memset(&w, 0, sizeof w);
    w.mem.refuse = refuse;
    w.mem.onwards = onwards;
    refusing *out_mem = out_too ? &w.mem : &w.out_mem;
    nbt_out_init(&w.out, (nbt_mem){ out_mem, resize });
    const nbt_lana_cfg lana = { .ip = 0x0A000001,
                                .mask = 0xFFFFFF00,
                                .broadcast = 0x0A0000FF,
                                .profile = nbt_profile_find("rfc", 3) };
    nbt_computer_cfg cfg = { { &w.mem, resize }, 1, &lana, 1, 0, NULL, 0 };
    w.c = nbt_computer_new(&cfg);
    if (w.c) {
        everything(&w);
        if (refuse == 0)
            assert_int_equal(w.good, 19); /* the others end otherwise, or later */
        w.mem.refuse = 0;
        pass(&w, 60000);
        if (refuse % 2) /* a program ends with a RESET, or just so */
            command(&w, NBT_NCB_RESET, NULL, NULL);
        pass(&w, 60000);
        for (uint32_t tag = 1; tag <= w.last_tag && refuse % 2 && !w.lost; tag++)
            if (w.pending[tag])
                fail_msg("%s was never answered",
                         nbt_code_word(NBT_CODESET_NCB_COMMAND, w.verb[tag]));
        nbt_computer_gone(w.c, w.now, 1, &w.out);
        drain(&w);
        pass(&w, 60000);
        assert_int_equal(nbt_node_names(nbt_computer_lana(w.c, 0))->count, 0);
        assert_true(nbt_computer_due(w.c) == NBT_NEVER);
    }
    nbt_computer_free(w.c);
    nbt_out_fini(&w.out);
    assert_int_equal(w.mem.under.blocks, 0);
    assert_int_equal(w.out_mem.under.blocks, 0);
    return w.mem.requests >= refuse;
}

static void run_all(bool onwards, bool out_too)
{
    size_t n = 1;
    for (; run(n, onwards, out_too); n++)
        continue;
    print_message("%zu requests for memory, each refused\n", n - 1);
    assert_true(n > 30); /* it does need memory */
}

/* Or the other tests would not go far. */
static void with_memory_all_of_it_works(void **state)
{
    (void)state;
    (void)run(0, false, false);
}

static void one_request_is_refused(void **state)
{
    (void)state;
    run_all(false, false);
}

static void all_requests_are_refused_from_one_on(void **state)
{
    (void)state;
    run_all(true, false);
}

/* Then answers are lost with the list: no promise is left but to survive. */
static void the_list_of_actions_has_no_memory_either(void **state)
{
    (void)state;
    run_all(false, true);
    run_all(true, true);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", with_memory_all_of_it_works),
    NBT_TEST("", one_request_is_refused),
    NBT_TEST("", all_requests_are_refused_from_one_on),
    NBT_TEST("", the_list_of_actions_has_no_memory_either),
};

NBT_MAIN("alloc", tests)
