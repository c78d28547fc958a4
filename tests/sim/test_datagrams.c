/*
 * Datagrams between computers on a network that loses, delays, doubles and reorders their
 * fragments: each arrives whole, with the octets that were sent, or not at all; none that the
 * network has not doubled arrives twice; and what waits for a rest is forgotten.
 */
#include "nbt/dgm.h"
#include "tests/support/sim.h"
#include "tests/support/test.h"

enum { PROC = 7, COMPUTERS = 4, SENT_MAX = 200, ROUNDS = 40 };

static const char *const names[COMPUTERS] = { "FRED<20>", "BARNEY<20>", "WILMA<20>", "BETTY<20>" };
static const char *const group = "LODGE<00>";

static const sim_cfg quiet = { .computers = COMPUTERS, .profile = "rfc", .link = { .delay = 900 } };
static const sim_cfg lossy = {
    .computers = COMPUTERS,
    .profile = "rfc",
    .link = { .delay = 900, .jitter = 3000, .loss = 100000, .reorder = 50000, .late = 30000 }
};
static const sim_cfg wild = { .computers = COMPUTERS,
                              .profile = "rfc",
                              .link = { .delay = 900,
                                        .jitter = 3000,
                                        .loss = 50000,
                                        .duplicate = 200000,
                                        .reorder = 50000,
                                        .late = 30000 } };

/* P nodes send them through the distribution server; names are claimed before the line goes bad. */
static const sim_cfg served = {
    .computers = COMPUTERS, .profile = "rfc", .type = NBT_ONT_P, .link = { .delay = 900 }
};

/* What was sent, and who has it how often. */
static struct {
    uint32_t n;
    struct {
        uint32_t length;
        unsigned from;
        int to; /* a computer; -1: the group; -2: everybody */
        unsigned got[COMPUTERS];
    } sent[SENT_MAX];
    uint64_t arrived, missed; /* over all seeds */
} book;

/* The octets of number i: the number itself, and others that follow from it. */
static void octets(uint32_t i, uint8_t *p, uint32_t n)
{
    nbt_rng rng = { i };
    for (uint32_t k = 0; k < n; k++)
        p[k] = (uint8_t)(k < 4 ? i >> 8 * k : nbt_rng_u64(&rng));
}

static void receive(sim *s, unsigned who, unsigned verb)
{
    nbt_ncb ncb = { .command = (uint8_t)verb, .num = NBT_NUM_ANY, .length = NBT_SEND_MAX };
    (void)sim_submit(s, who, PROC, ncb, (nbt_bytes){ NULL, 0 });
}

static void command_done(sim *s, unsigned number)
{
    const sim_cmd *cmd = sim_at(s, number);
    unsigned verb = nbt_ncb_verb(&cmd->sent);
    bool all = verb == NBT_NCB_RECEIVE_BROADCAST;
    if ((verb != NBT_NCB_RECEIVE_DATAGRAM && !all) || cmd->got.retcode != NBT_NRC_GOODRET)
        return;
    uint8_t expected[NBT_DGM_DATA_MAX];
    assert_in_range(cmd->n, 4, sizeof expected);
    uint32_t i = cmd->data[0] | (uint32_t)cmd->data[1] << 8 | (uint32_t)cmd->data[2] << 16;
    assert_true(i < book.n);
    assert_int_equal(cmd->n, book.sent[i].length);
    octets(i, expected, book.sent[i].length);
    assert_memory_equal(cmd->data, expected, cmd->n);
    assert_memory_equal(cmd->got.callname, sim_ncb(0, names[book.sent[i].from], NULL).name,
                        NBT_NAME_LEN);
    assert_true(book.sent[i].to == (all ? -2 : -1) || book.sent[i].to == (int)cmd->who);
    book.sent[i].got[cmd->who]++;
    receive(s, cmd->who, verb);
}

static void send(sim *s)
{
    uint8_t data[NBT_DGM_DATA_MAX];
    uint32_t i = book.n++;
    unsigned from = nbt_rng_below(&s->rng, COMPUTERS);
    int to = (int)nbt_rng_below(&s->rng, COMPUTERS + 2) - 2;
    uint32_t n = 4 + nbt_rng_below(&s->rng, sizeof data - 3);
    book.sent[i].from = from;
    book.sent[i].to = to;
    book.sent[i].length = n;
    octets(i, data, n);
    nbt_ncb ncb = sim_ncb(to == -2 ? NBT_NCB_SEND_BROADCAST : NBT_NCB_SEND_DATAGRAM, names[from],
                          to == -2   ? NULL
                          : to == -1 ? group
                                     : names[to]);
    ncb.length = n;
    (void)sim_submit(s, from, PROC, ncb, (nbt_bytes){ data, n });
}

/* Everybody has a name of his own and is of the group. */
static void begin(sim *s)
{
    memset(book.sent, 0, sizeof book.sent);
    book.n = 0;
    s->done = command_done;
    for (unsigned i = 0; i < COMPUTERS; i++) {
        assert_int_equal(sim_do(s, i, PROC, sim_ncb(NBT_NCB_ADD_NAME, names[i], NULL)), 0);
        assert_int_equal(sim_do(s, i, PROC, sim_ncb(NBT_NCB_ADD_GROUP_NAME, group, NULL)), 0);
        receive(s, i, NBT_NCB_RECEIVE_DATAGRAM);
        receive(s, i, NBT_NCB_RECEIVE_BROADCAST);
    }
}

/* Answers are seen when the world has stopped, so that a program waits again soon enough for what
 * comes next. */
static void pass(sim *s, uint32_t ms)
{
    for (unsigned i = 0; i < 50; i++)
        sim_wait(s, 100);
    sim_wait(s, NBT_MS(ms));
}

static void send_all(sim *s)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        send(s);
        pass(s, nbt_rng_below(&s->rng, nbt_rng_below(&s->rng, 4) ? 20 : 3000));
    }
}

static void talk(sim *s)
{
    begin(s);
    send_all(s);
    sim_wait(s, NBT_S(10)); /* fragments that are alone are forgotten, queries have ended */
    for (unsigned i = 0; i < COMPUTERS; i++) {
        assert_true(nbt_computer_idle(s->computer[i]));
        assert_true(nbt_computer_due(s->computer[i]) == NBT_NEVER);
    }
}

static bool is_for(uint32_t i, unsigned who)
{
    return book.sent[i].to < 0 || book.sent[i].to == (int)who;
}

static void check(bool twice, bool lost)
{
    for (uint32_t i = 0; i < book.n; i++)
        for (unsigned who = 0; who < COMPUTERS; who++) {
            unsigned got = book.sent[i].got[who];
            assert_true(is_for(i, who) || got == 0);
            assert_true(twice || got <= 1);
            assert_true(lost || got >= (unsigned)is_for(i, who));
            book.arrived += got;
            book.missed += is_for(i, who) && got == 0;
        }
}

static void talk_quietly(sim *s)
{
    talk(s);
    check(false, false);
}

static void talk_over_a_bad_line(sim *s)
{
    talk(s);
    check(false, true);
}

static void talk_with_an_echo(sim *s)
{
    talk(s);
    check(true, true);
}

static void talk_through_the_server(sim *s, const nbt_simlink *link)
{
    begin(s);
    nbt_simnet_relink(s->net, s->segment, link);
    send_all(s);
    nbt_simnet_relink(s->net, s->segment, &served.link);
    sim_wait(s, NBT_S(60)); /* three questions, and three more at the name server */
    for (unsigned i = 0; i < COMPUTERS; i++)
        assert_true(nbt_computer_idle(s->computer[i]));
    assert_true(nbt_nbdd_due(s->nbdd) == NBT_NEVER);
    assert_true(nbt_nbdd_counts(s->nbdd)->copies > 0);
}

static void be_served(sim *s)
{
    talk_through_the_server(s, &served.link);
    check(false, false);
}

static void be_served_badly(sim *s)
{
    talk_through_the_server(s, &lossy.link);
    check(false, true);
}

static void a_server_passes_on_what_it_gets(void **state)
{
    (void)state;
    book.arrived = book.missed = 0;
    sim_each_seed(&served, 30, be_served);
    assert_int_equal(book.missed, 0);
    unsigned seeds = sim_each_seed(&served, 100, be_served_badly);
    assert_true(book.missed > seeds && book.arrived > 10 * seeds);
}

static void each_arrives_once_where_nothing_is_lost(void **state)
{
    (void)state;
    sim_each_seed(&quiet, 50, talk_quietly);
}

static void each_arrives_whole_or_not_at_all(void **state)
{
    (void)state;
    book.arrived = book.missed = 0;
    unsigned seeds = sim_each_seed(&lossy, 200, talk_over_a_bad_line);
    assert_true(book.missed > seeds && book.arrived > 10 * seeds); /* the network did both */
}

static void and_with_an_echo_perhaps_twice(void **state)
{
    (void)state;
    sim_each_seed(&wild, 200, talk_with_an_echo);
}

/* Any command at any moment, memory gone now and then, programs that die. */
static void do_anything(sim *s)
{
    static const uint8_t verbs[] = {
        NBT_NCB_SEND_DATAGRAM,     NBT_NCB_SEND_DATAGRAM,  NBT_NCB_SEND_BROADCAST,
        NBT_NCB_RECEIVE_DATAGRAM,  NBT_NCB_ADD_NAME,       NBT_NCB_ADD_GROUP_NAME,
        NBT_NCB_RECEIVE_BROADCAST, NBT_NCB_CANCEL,         NBT_NCB_RESET,
        NBT_NCB_DELETE_NAME,       NBT_NCB_SESSION_STATUS,
    };
    static uint8_t data[NBT_DGM_DATA_MAX + 2];
    uint32_t proc = PROC;
    begin(s);
    s->done = NULL;
    for (unsigned i = 0; i < 80; i++) {
        sim_starve(s, nbt_rng_below(&s->rng, 8) == 0);
        unsigned who = nbt_rng_below(&s->rng, COMPUTERS);
        const char *to =
            nbt_rng_below(&s->rng, 3) ? names[nbt_rng_below(&s->rng, COMPUTERS)] : group;
        nbt_ncb ncb = sim_ncb(verbs[nbt_rng_below(&s->rng, LENGTH_OF(verbs))], names[who], to);
        ncb.length = nbt_rng_below(&s->rng, sizeof data + 1);
        ncb.num = (uint8_t)(nbt_rng_below(&s->rng, 2) ? nbt_rng_below(&s->rng, 5) : NBT_NUM_ANY);
        ncb.target = ncb.command == NBT_NCB_CANCEL ? 1 + nbt_rng_below(&s->rng, s->ncmds) : 0;
        bool sends = ncb.command == NBT_NCB_SEND_DATAGRAM || ncb.command == NBT_NCB_SEND_BROADCAST;
        (void)sim_submit(s, who, who == 0 ? proc : PROC, ncb,
                         sends ? (nbt_bytes){ data, ncb.length } : (nbt_bytes){ NULL, 0 });
        sim_wait(s, NBT_MS(nbt_rng_below(&s->rng, nbt_rng_below(&s->rng, 4) ? 30 : 1500)));
        if (nbt_rng_below(&s->rng, 40) == 0)
            sim_gone(s, 0, proc++);
    }
    sim_starve(s, false);
}

static void every_command_ends_once(void **state)
{
    (void)state;
    sim_each_seed(&wild, 200, do_anything);
}

static void equal_seeds_are_equal_runs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++)
        assert_true(sim_one_seed(&wild, seed, talk_with_an_echo) ==
                    sim_one_seed(&wild, seed, talk_with_an_echo));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("D28", each_arrives_once_where_nothing_is_lost, NULL, sim_teardown),
    NBT_TEST_WITH("D18 D19 D20", each_arrives_whole_or_not_at_all, NULL, sim_teardown),
    NBT_TEST_WITH("D20", and_with_an_echo_perhaps_twice, NULL, sim_teardown),
    NBT_TEST_WITH("D24 D25 D35 D36", a_server_passes_on_what_it_gets, NULL, sim_teardown),
    NBT_TEST_WITH("", every_command_ends_once, NULL, sim_teardown),
    NBT_TEST_WITH("", equal_seeds_are_equal_runs, NULL, sim_teardown),
};

NBT_MAIN("datagrams", tests)
