/*
 * Sessions in seeded worlds: what one program sends another receives, once, whole and in order,
 * however TCP cuts it up; what is under way when a session, a program or the network ends; and
 * every command ends once.
 *
 * Two computers have a few sessions with each other. A flow is one direction of one of them.
 */
#include "tests/support/sim.h"
#include "tests/support/test.h"

enum { SESSIONS = 3, FLOWS = 2 * SESSIONS, MESSAGES = 8, LEFT = 0, RIGHT = 1, PROC = 1 };

static const char *const names[] = { "LEFT<20>", "RIGHT<20>" };
static const nbt_bytes nothing = { NULL, 0 };

static const sim_cfg fine = {
    .computers = 2, .profile = "rfc", .link = { .delay = NBT_MS(1) }, .cut = true
};

typedef struct message {
    uint8_t *p;
    uint32_t n;
    unsigned cmd; /* its SEND */
} message;

typedef struct flow {
    unsigned from, to; /* computers */
    uint16_t from_lsn, to_lsn;
    message m[MESSAGES];
    unsigned sent, received; /* messages */
    uint32_t at;             /* of the next one, so many octets were received */
    unsigned waiting;        /* RECEIVEs that are under way */
    bool told;               /* a SEND of the receiver's has told it that the session is over */
    uint8_t end;             /* the code with which a RECEIVE has, 0 before */
} flow;

/* Static, so that what a failed test leaves behind is still known to somebody. */
static flow flows[FLOWS];

static void forget_flows(void)
{
    for (unsigned i = 0; i < FLOWS; i++)
        for (unsigned k = 0; k < flows[i].sent; k++)
            free(flows[i].m[k].p);
    memset(flows, 0, sizeof flows);
}

static flow *flow_to(unsigned who, uint16_t lsn)
{
    for (unsigned i = 0; i < FLOWS; i++)
        if (flows[i].to == who && flows[i].to_lsn == lsn)
            return &flows[i];
    fail_msg("a session that nobody has opened: %u", lsn);
    return NULL;
}

/* The other direction of the same session. */
static flow *back(const flow *f)
{
    return &flows[(f - flows) ^ 1];
}

/* --- programs ----------------------------------------------------------------------------- */

/* Mostly small ones, now and then nothing, and now and then as much as goes into one (G45). */
static uint32_t any_size(sim *s)
{
    uint32_t kind = nbt_rng_below(&s->rng, 40);
    if (kind == 0)
        return NBT_SEND_MAX - nbt_rng_below(&s->rng, 2);
    if (kind == 1)
        return NBT_CHAIN_MAX - nbt_rng_below(&s->rng, 2) * nbt_rng_below(&s->rng, NBT_SEND_MAX);
    if (kind < 6)
        return 0;
    return nbt_rng_below(&s->rng, kind < 12 ? 6000 : 40);
}

/* n octets and room for a few more. */
static uint8_t *any_octets(sim *s, uint32_t n)
{
    uint64_t *p = malloc((n / sizeof *p + 1) * sizeof *p);
    assert_non_null(p);
    for (uint32_t i = 0; i <= n / sizeof *p; i++)
        p[i] = nbt_rng_u64(&s->rng);
    return (uint8_t *)p;
}

static void send(sim *s, flow *f)
{
    if (f->sent == MESSAGES || f->end || back(f)->end)
        return;
    message *m = &f->m[f->sent++];
    m->n = any_size(s);
    m->p = any_octets(s, m->n);
    bool no_ack = nbt_rng_below(&s->rng, 4) == 0;
    nbt_ncb ncb = { .command = no_ack ? NBT_NCB_SEND_NO_ACK : NBT_NCB_SEND };
    ncb.lsn = f->from_lsn;
    ncb.length = m->n;
    if (m->n > NBT_SEND_MAX) {
        ncb.command = no_ack ? NBT_NCB_CHAIN_SEND_NO_ACK : NBT_NCB_CHAIN_SEND;
        ncb.length = NBT_SEND_MAX;
        ncb.chain_length = m->n - NBT_SEND_MAX;
    }
    m->cmd = sim_submit(s, f->from, PROC, ncb, (nbt_bytes){ m->p, m->n });
}

static void receive(sim *s, flow *f)
{
    if (f->end)
        return;
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE, .lsn = f->to_lsn };
    ncb.length = nbt_rng_below(&s->rng, 2) ? NBT_RECEIVE_MAX : nbt_rng_below(&s->rng, 5000);
    f->waiting++;
    (void)sim_submit(s, f->to, PROC, ncb, nothing);
}

static void receive_any(sim *s, unsigned who)
{
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE_ANY, .num = NBT_NUM_ANY };
    ncb.length = 1 + nbt_rng_below(&s->rng, 5000);
    if (nbt_rng_below(&s->rng, 2))
        ncb.num = sim_entry(s, who, names[who])->num;
    (void)sim_submit(s, who, PROC, ncb, nothing);
}

/* The next octets of a flow, in the order in which commands end. */
static void take(flow *f, const sim_cmd *cmd)
{
    assert_int_equal(cmd->n, cmd->got.length);
    assert_true(f->received < f->sent);
    const message *m = &f->m[f->received];
    assert_true(cmd->n <= m->n - f->at);
    assert_true(cmd->n <= cmd->sent.length);
    assert_true(cmd->got.retcode != NBT_NRC_INCOMP || cmd->n == cmd->sent.length);
    if (cmd->n > 0)
        assert_memory_equal(cmd->data, m->p + f->at, cmd->n);
    f->at += (uint32_t)cmd->n;
    bool whole = f->at == m->n;
    assert_int_equal(cmd->got.retcode, whole ? NBT_NRC_GOODRET : NBT_NRC_INCOMP);
    if (whole) {
        f->received++;
        f->at = 0;
    }
}

static void command_done(sim *s, unsigned number)
{
    const sim_cmd *cmd = sim_at(s, number);
    unsigned verb = nbt_ncb_verb(&cmd->sent);
    uint8_t nrc = cmd->got.retcode;
    if (nbt_ncb_sends(verb)) {
        flow_to(cmd->who, cmd->sent.lsn)->told |= nrc != NBT_NRC_GOODRET;
        return;
    }
    if (verb != NBT_NCB_RECEIVE && verb != NBT_NCB_RECEIVE_ANY)
        return;
    bool data = nrc == NBT_NRC_GOODRET || nrc == NBT_NRC_INCOMP;
    if (verb == NBT_NCB_RECEIVE_ANY && !data && nrc != NBT_NRC_SCLOSED && nrc != NBT_NRC_SABORT)
        return; /* of no session */
    flow *f = flow_to(cmd->who, cmd->got.lsn);
    f->waiting -= verb == NBT_NCB_RECEIVE;
    if (data) {
        assert_int_equal(f->end, 0);
        take(f, cmd);
        return;
    }
    assert_int_equal(cmd->n, 0);
    f->end = f->end ? f->end : nrc;
}

/* It was told the end of the session once: by its RECEIVE, or by a SEND before (G40, G41). */
static bool ended_by(const flow *f, uint8_t nrc)
{
    return f->end == nrc || (f->told && f->end == NBT_NRC_SNUMOUT);
}

/* --- worlds ------------------------------------------------------------------------------- */

static void begin(sim *s)
{
    forget_flows();
    for (unsigned i = LEFT; i <= RIGHT; i++)
        assert_int_equal(sim_do(s, i, PROC, sim_ncb(NBT_NCB_ADD_NAME, names[i], NULL)),
                         NBT_NRC_GOODRET);
    for (unsigned i = 0; i < FLOWS; i += 2) {
        unsigned from = nbt_rng_below(&s->rng, 2), to = !from;
        sim_session x = sim_connect(s, from, PROC, names[from], to, PROC, names[to]);
        flows[i] = (flow){ .from = from, .to = to };
        flows[i].from_lsn = x.caller_lsn;
        flows[i].to_lsn = x.called_lsn;
        flows[i + 1] = (flow){ .from = to, .to = from };
        flows[i + 1].from_lsn = x.called_lsn;
        flows[i + 1].to_lsn = x.caller_lsn;
    }
    s->done = command_done;
    nbt_simlink link = { .delay = nbt_rng_below(&s->rng, NBT_MS(5)) };
    link.jitter = nbt_rng_below(&s->rng, NBT_MS(20));
    link.loss = nbt_rng_below(&s->rng, 2) ? nbt_rng_below(&s->rng, 50000) : 0;
    nbt_simnet_relink(s->net, s->segment, &link);
}

/* Both programs at work on all sessions. */
static void work(sim *s, unsigned turns)
{
    for (unsigned i = 0; i < turns; i++) {
        flow *f = &flows[nbt_rng_below(&s->rng, FLOWS)];
        switch (nbt_rng_below(&s->rng, 5)) {
        case 0:
        case 1:
            send(s, f);
            break;
        case 2:
        case 3:
            receive(s, f);
            break;
        case 4:
            receive_any(s, nbt_rng_below(&s->rng, 2));
            break;
        }
        sim_wait(s, nbt_rng_below(&s->rng, NBT_MS(60)));
    }
}

static bool is_drained(const flow *f)
{
    return f->received == f->sent || f->end;
}

/* Receives until all has come that will. */
static void drain(sim *s, bool until_end)
{
    bool more = true;
    for (unsigned turns = 0; more; turns++) {
        assert_true(turns < 4000); /* of 50 ms */
        more = false;
        for (unsigned i = 0; i < FLOWS; i++) {
            flow *f = &flows[i];
            if (until_end ? f->end : is_drained(f))
                continue;
            more = true;
            if (f->waiting == 0)
                receive(s, f);
        }
        sim_wait(s, NBT_MS(50));
    }
}

static uint8_t hang_up(sim *s, unsigned who, uint16_t lsn)
{
    return sim_do(s, who, PROC, (nbt_ncb){ .command = NBT_NCB_HANGUP, .lsn = lsn });
}

static uint8_t receive_now(sim *s, unsigned who, uint16_t lsn)
{
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE, .lsn = lsn, .length = 10 };
    return sim_do(s, who, PROC, ncb);
}

/* --- the tests ---------------------------------------------------------------------------- */

/* Everything arrives; then one side hangs up, and the other is told so, once. */
static void talk_and_hang_up(sim *s)
{
    begin(s);
    work(s, 60);
    drain(s, false);
    for (unsigned i = 0; i < FLOWS; i++)
        for (unsigned k = 0; k < flows[i].sent; k++)
            assert_int_equal(sim_at(s, flows[i].m[k].cmd)->got.retcode, NBT_NRC_GOODRET);
    s->done = NULL;
    /* What still waits for a message would take the news of the end. */
    for (unsigned i = 0, n = s->ncmds; i < n; i++) {
        unsigned verb = nbt_ncb_verb(&sim_at(s, i)->sent);
        if (sim_at(s, i)->done || (verb != NBT_NCB_RECEIVE && verb != NBT_NCB_RECEIVE_ANY))
            continue;
        nbt_ncb cancel = { .command = NBT_NCB_CANCEL, .target = i + 1 };
        assert_int_equal(sim_do(s, sim_at(s, i)->who, PROC, cancel), NBT_NRC_GOODRET);
        assert_int_equal(sim_at(s, i)->got.retcode, NBT_NRC_CMDCAN);
    }
    for (unsigned i = 0; i < FLOWS; i += 2) {
        const flow *f = &flows[i + nbt_rng_below(&s->rng, 2)];
        assert_int_equal(hang_up(s, f->from, f->from_lsn), NBT_NRC_GOODRET);
        sim_wait(s, NBT_S(60));
        assert_int_equal(receive_now(s, f->to, f->to_lsn), NBT_NRC_SCLOSED);
        assert_int_equal(receive_now(s, f->to, f->to_lsn), NBT_NRC_SNUMOUT);
        assert_int_equal(hang_up(s, f->from, f->from_lsn), NBT_NRC_SNUMOUT);
    }
}

static void messages_arrive_once_whole_in_order(void **state)
{
    (void)state;
    sim_each_seed(&fine, 120, talk_and_hang_up);
    forget_flows();
}

/*
 * One side hangs up while both talk. What it has sent before still arrives (RFC 1002 5.2.3.1), and
 * then the end; of what the other side was saying nothing need arrive.
 */
static void hang_up_in_between(sim *s)
{
    begin(s);
    work(s, nbt_rng_below(&s->rng, 50));
    bool whole[FLOWS] = { false };
    unsigned hung_up[FLOWS];
    for (unsigned i = 0; i < FLOWS; i += 2) {
        unsigned k = i + nbt_rng_below(&s->rng, 2);
        nbt_ncb ncb = { .command = NBT_NCB_HANGUP, .lsn = flows[k].from_lsn };
        back(&flows[k])->end = NBT_NRC_SCLOSED; /* nobody listens there any more */
        hung_up[k] = sim_submit(s, flows[k].from, PROC, ncb, nothing);
        whole[k] = true;
    }
    drain(s, true);
    for (unsigned i = 0; i < FLOWS; i++) {
        assert_true(ended_by(&flows[i], NBT_NRC_SCLOSED));
        if (!whole[i])
            continue;
        assert_int_equal(flows[i].received, flows[i].sent);
        sim_await(s, hung_up[i], NBT_S(30)); /* SSN_CLOSE_TIMEOUT */
        assert_int_equal(sim_at(s, hung_up[i])->got.retcode, NBT_NRC_GOODRET);
    }
}

static void a_hang_up_loses_nothing(void **state)
{
    (void)state;
    sim_each_seed(&fine, 120, hang_up_in_between);
    forget_flows();
}

/* A program ends in mid-sentence: its peer gets what had left, perhaps, and then the end. */
static void end_in_between(sim *s)
{
    begin(s);
    work(s, nbt_rng_below(&s->rng, 50));
    unsigned gone = nbt_rng_below(&s->rng, 2);
    if (nbt_rng_below(&s->rng, 2)) {
        sim_gone(s, gone, PROC);
    } else {
        for (unsigned i = 0; i < FLOWS; i++)
            if (flows[i].to == gone)
                flows[i].end = NBT_NRC_CMDCAN;
        assert_int_equal(sim_do(s, gone, PROC, sim_ncb(NBT_NCB_RESET, NULL, NULL)),
                         NBT_NRC_GOODRET);
    }
    assert_null(sim_entry(s, gone, names[gone]));
    for (unsigned i = 0; i < FLOWS; i++)
        if (flows[i].to == gone)
            flows[i].end = NBT_NRC_CMDCAN;
    drain(s, true);
    for (unsigned i = 0; i < FLOWS; i++)
        if (flows[i].from == gone)
            assert_true(ended_by(&flows[i], NBT_NRC_SCLOSED) ||
                        ended_by(&flows[i], NBT_NRC_SABORT));
    for (unsigned i = 0; i < s->ncmds; i++) /* none hangs on a session that is gone */
        assert_true(sim_at(s, i)->done || sim_at(s, i)->gone ||
                    nbt_ncb_verb(&sim_at(s, i)->sent) == NBT_NCB_RECEIVE_ANY);
}

static void a_program_that_ends(void **state)
{
    (void)state;
    sim_each_seed(&fine, 120, end_in_between);
    forget_flows();
}

/*
 * The network breaks and stays broken. TCP gives up what is under way, a keep-alive finds out about
 * a session on which nothing is: both sides know within a keep-alive's interval and TCP's patience.
 */
static void cut_in_between(sim *s)
{
    begin(s);
    work(s, nbt_rng_below(&s->rng, 40));
    nbt_simnet_side(s->net, s->adapter[LEFT], 1);
    nbt_time cut = nbt_simnet_now(s->net);
    drain(s, true);
    assert_true(nbt_simnet_now(s->net) < cut + NBT_S(60 + 56));
    for (unsigned i = 0; i < FLOWS; i++)
        assert_true(ended_by(&flows[i], NBT_NRC_SABORT));
    for (unsigned i = 0; i < s->ncmds; i++) {
        const sim_cmd *cmd = sim_at(s, i);
        unsigned verb = nbt_ncb_verb(&cmd->sent);
        bool send = verb == NBT_NCB_SEND || verb == NBT_NCB_CHAIN_SEND;
        assert_true(cmd->done || verb == NBT_NCB_RECEIVE_ANY);
        assert_true(!send || cmd->got.retcode == NBT_NRC_GOODRET ||
                    cmd->got.retcode == NBT_NRC_SABORT);
    }
}

static void a_network_that_breaks(void **state)
{
    (void)state;
    sim_each_seed(&fine, 120, cut_in_between);
    forget_flows();
}

/* --- calls -------------------------------------------------------------------------------- */

enum { CALLERS = 3, SERVER = 3, CALLS = 6 };

static const sim_cfg four = {
    .computers = CALLERS + 1, .profile = "rfc", .link = { .delay = NBT_MS(1) }, .cut = true
};

static const char *const caller[CALLERS] = { "X<00>", "Y<00>", "Z<00>" };

static const sim_cmd *find_listen(const sim *s, const unsigned listen[], unsigned n, uint16_t lsn)
{
    for (unsigned i = 0; i < n; i++)
        if (sim_at(s, listen[i])->done && sim_at(s, listen[i])->got.lsn == lsn)
            return sim_at(s, listen[i]);
    return NULL;
}

/* A message from the caller of each session: it comes out where the LISTEN said that caller was. */
static void check_sessions(sim *s, const unsigned call[], const unsigned listen[], unsigned n)
{
    for (unsigned i = 0; i < CALLS; i++) {
        const sim_cmd *c = sim_at(s, call[i]);
        if (c->got.retcode != NBT_NRC_GOODRET)
            continue;
        uint8_t text[] = { 'n', 'o', (uint8_t)i };
        nbt_ncb ncb = { .command = NBT_NCB_SEND, .lsn = c->got.lsn, .length = sizeof text };
        unsigned who = c->who;
        (void)sim_submit(s, who, PROC, ncb, (nbt_bytes){ text, sizeof text });
        ncb = (nbt_ncb){ .command = NBT_NCB_RECEIVE_ANY, .num = NBT_NUM_ANY, .length = 100 };
        unsigned any = sim_submit(s, SERVER, PROC, ncb, nothing);
        sim_await(s, any, NBT_S(60));
        assert_int_equal(sim_at(s, any)->n, sizeof text);
        assert_memory_equal(sim_at(s, any)->data, text, sizeof text);
        const sim_cmd *l = find_listen(s, listen, n, sim_at(s, any)->got.lsn);
        assert_non_null(l);
        nbt_ncb want = sim_ncb(0, NULL, caller[who]);
        assert_memory_equal(l->got.callname, want.callname, NBT_NAME_LEN);
    }
}

/*
 * Three callers, six calls in all, and some LISTENs, for one of them or for anybody: every LISTEN
 * gets at most one session, of a caller whom it wanted; every call a session or a refusal; and no
 * LISTEN is left that a refused caller could have had.
 */
static void call_many(sim *s)
{
    assert_int_equal(sim_do(s, SERVER, PROC, sim_ncb(NBT_NCB_ADD_NAME, "S<20>", NULL)),
                     NBT_NRC_GOODRET);
    for (unsigned i = 0; i < CALLERS; i++)
        assert_int_equal(sim_do(s, i, PROC, sim_ncb(NBT_NCB_ADD_NAME, caller[i], NULL)),
                         NBT_NRC_GOODRET);
    unsigned n = nbt_rng_below(&s->rng, 8), listen[8], call[CALLS];
    for (unsigned i = 0; i < n; i++) {
        unsigned who = nbt_rng_below(&s->rng, CALLERS + 1);
        nbt_ncb ncb = sim_ncb(NBT_NCB_LISTEN, "S<20>", who < CALLERS ? caller[who] : "*<00>");
        listen[i] = sim_submit(s, SERVER, PROC, ncb, nothing);
    }
    for (unsigned i = 0; i < CALLS; i++) {
        unsigned who = nbt_rng_below(&s->rng, CALLERS);
        nbt_ncb ncb = sim_ncb(NBT_NCB_CALL, caller[who], "S<20>");
        call[i] = sim_submit(s, who, PROC, ncb, nothing);
        sim_wait(s, nbt_rng_below(&s->rng, NBT_MS(3)));
    }
    sim_wait(s, NBT_S(20));

    unsigned taken = 0, up = 0;
    for (unsigned i = 0; i < n; i++) {
        const sim_cmd *l = sim_at(s, listen[i]);
        taken += l->done;
        assert_true(!l->done || l->got.retcode == NBT_NRC_GOODRET);
        if (l->done && l->sent.callname[0] != '*')
            assert_memory_equal(l->got.callname, l->sent.callname, NBT_NAME_LEN);
    }
    for (unsigned i = 0; i < CALLS; i++) {
        const sim_cmd *c = sim_at(s, call[i]);
        assert_true(c->done);
        up += c->got.retcode == NBT_NRC_GOODRET;
        if (c->got.retcode == NBT_NRC_GOODRET)
            continue;
        assert_int_equal(c->got.retcode, NBT_NRC_REMTFUL);
        for (unsigned k = 0; k < n; k++) {
            const sim_cmd *l = sim_at(s, listen[k]);
            bool fits = l->sent.callname[0] == '*' ||
                        memcmp(l->sent.callname, c->sent.name, NBT_NAME_LEN) == 0;
            assert_true(l->done || !fits);
        }
    }
    assert_int_equal(up, taken);
    check_sessions(s, call, listen, n);
}

static void calls_and_listens(void **state)
{
    (void)state;
    sim_each_seed(&four, 300, call_many);
}

/* --- anything ----------------------------------------------------------------------------- */

/* Any command on any session, on a network that comes and goes, with too little memory now and
   then; programs that come and go. */
static void do_anything(sim *s)
{
    static const uint8_t verbs[] = { NBT_NCB_CALL,    NBT_NCB_CALL,          NBT_NCB_LISTEN,
                                     NBT_NCB_LISTEN,  NBT_NCB_SEND,          NBT_NCB_SEND_NO_ACK,
                                     NBT_NCB_RECEIVE, NBT_NCB_RECEIVE_ANY,   NBT_NCB_HANGUP,
                                     NBT_NCB_CANCEL,  NBT_NCB_SESSION_STATUS };
    static const uint8_t text[NBT_SEND_MAX];
    begin(s);
    s->done = NULL;
    uint32_t proc = PROC;
    for (unsigned i = 0; i < 100; i++) {
        sim_starve(s, nbt_rng_below(&s->rng, 8) == 0);
        unsigned who = nbt_rng_below(&s->rng, 2);
        nbt_ncb ncb =
            sim_ncb(verbs[nbt_rng_below(&s->rng, LENGTH_OF(verbs))], names[who], names[!who]);
        ncb.lsn = (uint8_t)nbt_rng_below(&s->rng, 6);
        ncb.length = nbt_rng_below(&s->rng, nbt_rng_below(&s->rng, 2) ? 300 : sizeof text);
        ncb.num = NBT_NUM_ANY;
        ncb.rto = (uint8_t)nbt_rng_below(&s->rng, 3);
        ncb.sto = (uint8_t)nbt_rng_below(&s->rng, 3);
        ncb.target = ncb.command == NBT_NCB_CANCEL ? 1 + nbt_rng_below(&s->rng, s->ncmds) : 0;
        bool with_data = nbt_ncb_sends(ncb.command);
        (void)sim_submit(s, who, who == LEFT ? proc : PROC, ncb,
                         with_data ? (nbt_bytes){ text, ncb.length } : nothing);
        nbt_simnet_side(s->net, s->adapter[LEFT], nbt_rng_below(&s->rng, 10) == 0);
        sim_wait(s, NBT_MS(nbt_rng_below(&s->rng, nbt_rng_below(&s->rng, 10) ? 200 : 20000)));
        if (nbt_rng_below(&s->rng, 50) == 0) {
            sim_gone(s, LEFT, proc++);
            (void)sim_submit(s, LEFT, proc, sim_ncb(NBT_NCB_ADD_NAME, names[LEFT], NULL), nothing);
        }
    }
    sim_starve(s, false);
}

static void every_command_ends_once(void **state)
{
    (void)state;
    sim_each_seed(&fine, 300, do_anything);
    forget_flows();
}

static void equal_seeds_are_equal_runs(void **state)
{
    (void)state;
    void (*const worlds[])(sim *) = { talk_and_hang_up, cut_in_between, do_anything };
    for (size_t i = 0; i < LENGTH_OF(worlds); i++) {
        uint64_t last = 0;
        for (uint64_t seed = 1; seed <= 10; seed++) {
            uint64_t hash = sim_one_seed(&fine, seed, worlds[i]);
            assert_true(hash == sim_one_seed(&fine, seed, worlds[i]));
            assert_true(hash != last);
            last = hash;
        }
    }
    forget_flows();
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("C12 G44 G45", messages_arrive_once_whole_in_order, NULL, sim_teardown),
    NBT_TEST_WITH("", a_hang_up_loses_nothing, NULL, sim_teardown),
    NBT_TEST_WITH("G19", a_program_that_ends, NULL, sim_teardown),
    NBT_TEST_WITH("G41", a_network_that_breaks, NULL, sim_teardown),
    NBT_TEST_WITH("C17", calls_and_listens, NULL, sim_teardown),
    NBT_TEST_WITH("H77", every_command_ends_once, NULL, sim_teardown),
    NBT_TEST_WITH("", equal_seeds_are_equal_runs, NULL, sim_teardown),
};

NBT_MAIN("sessions", tests)
