/*
 * Viewers and agents on real computers of a simulated network: the cases of KB Q200832 and its
 * remedies come out as they must, and sessions carry what they should over either transport.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "tests/support/rcworld.h"

static rcworld world;

static const nbt_simlink lossless = { .delay = NBT_MS(1), .jitter = NBT_MS(1) };

static void begin(const char *profile, unsigned clients, uint64_t seed)
{
    rcworld_cfg cfg = { .profile = profile, .clients = clients, .seed = seed, .link = lossless };
    rcworld_init(&world, &cfg);
}

static unsigned view(const char *protocols, unsigned client, rc_keep keep, rc_policy policy)
{
    char name[16];
    snprintf(name, sizeof name, "CLIENT%u", client);
    rc_viewer_cfg cfg = rcworld_viewer_cfg(protocols, name, client);
    cfg.keep = keep;
    cfg.policy = policy;
    return rcworld_viewer(&world, 0, &cfg);
}

/* ---- the cases ---- */

#define BOTH "netbios,tcp"

typedef struct attempt {
    const char *agent, *viewer; /* what the client listens on; what the viewer may use */
    bool close_before;          /* the viewer before it is closed first */
} attempt;

static const struct article_case {
    const char *label;
    rc_policy policy;
    attempt attempts[5];
    const char *expect[2]; /* each-attempt, held */
} cases[] = {
    { "tcp-only",
      RC_POLICY_PER_SESSION,
      { { "tcp", "tcp", false },
        { "tcp", "tcp", false },
        { "tcp", "tcp", false },
        { "tcp", "tcp", false },
        { "tcp", "tcp", false } },
      { "TTTTL", "TTTTL" } },
    { "netbios-then-netbios",
      RC_POLICY_PER_SESSION,
      { { "netbios", BOTH, false }, { "netbios", BOTH, false } },
      { "ND", "ND" } },
    { "netbios-then-tcp",
      RC_POLICY_PER_SESSION,
      { { "netbios", BOTH, false }, { "tcp", BOTH, false } },
      { "ND", "ND" } },
    { "netbios-then-tcp-only", /* the viewer's setting decides, not the client's */
      RC_POLICY_PER_SESSION,
      { { "netbios", BOTH, false }, { "tcp", "tcp", false } },
      { "NT", "NT" } },
    { "tcp-tcp-netbios-tcp",
      RC_POLICY_PER_SESSION,
      { { "tcp", BOTH, false },
        { "tcp", BOTH, false },
        { "netbios", BOTH, false },
        { "tcp", BOTH, false } },
      { "TTND", "TDDD" } },
    { "netbios-closed-then-tcp",
      RC_POLICY_PER_SESSION,
      { { "netbios", BOTH, false }, { "tcp", BOTH, true } },
      { "NT", "NT" } },
    { "shared",
      RC_POLICY_SHARED,
      { { "netbios", BOTH, false },
        { "netbios", BOTH, false },
        { "tcp", BOTH, false },
        { "tcp", BOTH, false } },
      { "NNTT", "NNTT" } },
    { "group",
      RC_POLICY_GROUP,
      { { "netbios", BOTH, false },
        { "netbios", BOTH, false },
        { "tcp", BOTH, false },
        { "tcp", BOTH, false } },
      { "NNTT", "NNTT" } },
    { "numbered",
      RC_POLICY_NUMBERED,
      { { "netbios", BOTH, false },
        { "netbios", BOTH, false },
        { "tcp", BOTH, false },
        { "tcp", BOTH, false } },
      { "NNTT", "NNTT" } },
    { "tolerant",
      RC_POLICY_TOLERANT,
      { { "netbios", BOTH, false },
        { BOTH, BOTH, false },
        { "tcp", BOTH, false },
        { "tcp", BOTH, false } },
      { "NTTT", "NTTT" } },
};

/* Runs a case; every session that was got, and not closed, must be alive at the end. */
static void run_case(const struct article_case *c, rc_keep keep, const char *profile)
{
    unsigned viewer[5], n = 0;
    char got[6] = "";
    print_message("%s, %s, %s\n", c->label, keep == RC_KEEP_HELD ? "held" : "each-attempt",
                  profile);
    begin(profile, 5, 1);
    for (unsigned i = 0; i < 5 && c->attempts[i].agent; i++) {
        rc_agent_cfg agent = rcworld_agent_cfg(c->attempts[i].agent);
        rcworld_agent(&world, i + 1, &agent);
    }
    for (; n < 5 && c->attempts[n].agent; n++) {
        if (c->attempts[n].close_before) {
            rcworld_do(&world, viewer[n - 1], RC_CMD_CLOSE, 0);
            rcworld_await_end(&world, viewer[n - 1]);
        }
        viewer[n] = view(c->attempts[n].viewer, n + 1, keep, c->policy);
        got[n] = rcworld_outcome(&world, viewer[n]);
    }
    assert_string_equal(got, c->expect[keep]);
    for (unsigned i = 0; i < n; i++)
        if (!world.program[viewer[i]].gone)
            assert_true(rcworld_alive(&world, viewer[i]));
    rcworld_fini(&world);
}

static void the_article_comes_true(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++)
        for (rc_keep keep = RC_KEEP_ATTEMPT; keep <= RC_KEEP_HELD; keep++) {
            run_case(&cases[i], keep, "rfc");
            run_case(&cases[i], keep, "nt4"); /* wants a RESET first */
        }
}

static void another_computer_with_the_name_is_refused_on_the_wire(void **state)
{
    (void)state;
    rcworld_cfg cfg = {
        .profile = "rfc", .clients = 1, .seed = 1, .link = lossless, .clone = true
    };
    rcworld_init(&world, &cfg);
    rc_agent_cfg agent = rcworld_agent_cfg("netbios");
    rcworld_agent(&world, 1, &agent);
    unsigned first = view(BOTH, 1, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
    assert_int_equal(rcworld_outcome(&world, first), 'N');
    rc_viewer_cfg clone = rcworld_viewer_cfg(BOTH, "CLIENT1", 1);
    unsigned second = rcworld_viewer(&world, 2, &clone);
    assert_int_equal(rcworld_outcome(&world, second), 'I');
    rcworld_do(&world, first, RC_CMD_CLOSE, 0);
    rcworld_await_end(&world, first);
    unsigned third = rcworld_viewer(&world, 2, &clone); /* and then it is free for the clone */
    assert_int_equal(rcworld_outcome(&world, third), 'N');
    rcworld_fini(&world);
}

/* ---- names between viewers ---- */

static void a_viewer_that_dies_leaves_no_name_behind(void **state)
{
    (void)state;
    begin("rfc", 2, 1);
    rc_agent_cfg agent = rcworld_agent_cfg("netbios");
    rcworld_agent(&world, 1, &agent);
    rcworld_agent(&world, 2, &agent);
    unsigned first = view("netbios", 1, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
    assert_int_equal(rcworld_outcome(&world, first), 'N');
    rcworld_kill(&world, first);
    rcworld_wait(&world, NBT_S(2));
    unsigned second = view("netbios", 2, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
    assert_int_equal(rcworld_outcome(&world, second), 'N');
    rcworld_fini(&world);
}

static void the_owner_of_a_shared_name_may_go_first(void **state)
{
    (void)state;
    begin("rfc", 3, 1);
    rc_agent_cfg agent = rcworld_agent_cfg("netbios");
    for (unsigned i = 1; i <= 3; i++)
        rcworld_agent(&world, i, &agent);
    unsigned owner = view("netbios", 1, RC_KEEP_ATTEMPT, RC_POLICY_SHARED);
    assert_int_equal(rcworld_outcome(&world, owner), 'N');
    unsigned other = view("netbios", 2, RC_KEEP_ATTEMPT, RC_POLICY_SHARED);
    assert_int_equal(rcworld_outcome(&world, other), 'N');
    rcworld_do(&world, owner, RC_CMD_CLOSE, 0);
    rcworld_await_end(&world, owner);
    assert_int_equal(world.program[owner].end, RC_END_DONE);
    assert_true(rcworld_alive(&world, other)); /* NRC_ACTSES: the other session lives on */

    /* What sharing cannot heal: deregistered, the name is there for nobody until that has ended. */
    unsigned third = view("netbios", 3, RC_KEEP_ATTEMPT, RC_POLICY_SHARED);
    (void)rcworld_outcome(&world, third);
    assert_int_equal(world.program[third].end, RC_END_NAME);
    rcworld_do(&world, other, RC_CMD_CLOSE, 0);
    rcworld_await_end(&world, other);
    unsigned fourth = view("netbios", 3, RC_KEEP_ATTEMPT, RC_POLICY_SHARED);
    assert_int_equal(rcworld_outcome(&world, fourth), 'N');
    rcworld_fini(&world);
}

/* Two viewers at the same moment: the second finds the name while the first still claims it. */
static void shared_waits_for_a_claim_that_is_under_way(void **state)
{
    (void)state;
    begin("nt4", 2, 1);
    rc_agent_cfg agent = rcworld_agent_cfg("netbios");
    rcworld_agent(&world, 1, &agent);
    rcworld_agent(&world, 2, &agent);
    unsigned first = view("netbios", 1, RC_KEEP_ATTEMPT, RC_POLICY_SHARED);
    unsigned second = view("netbios", 2, RC_KEEP_ATTEMPT, RC_POLICY_SHARED);
    assert_int_equal(rcworld_outcome(&world, first), 'N');
    assert_int_equal(rcworld_outcome(&world, second), 'N');
    rcworld_fini(&world);
}

/* The race that each-attempt foretells: starts that overlap within the time of a claim. */
static void two_starts_at_once_collide_though_both_are_for_tcp(void **state)
{
    (void)state;
    begin("rfc", 2, 1);
    rc_agent_cfg agent = rcworld_agent_cfg("tcp");
    rcworld_agent(&world, 1, &agent);
    rcworld_agent(&world, 2, &agent);
    unsigned first = view(BOTH, 1, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
    unsigned second = view(BOTH, 2, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
    assert_int_equal(rcworld_outcome(&world, first), 'T');
    assert_int_equal(rcworld_outcome(&world, second), 'D');
    rcworld_fini(&world);
}

/* ---- sessions ---- */

static void one_viewer_at_a_time_whatever_the_transport(void **state)
{
    (void)state;
    static const char *const transports[] = { "tcp", "netbios" };
    for (size_t i = 0; i < 4; i++) {
        begin("rfc", 1, 1);
        rc_agent_cfg agent = rcworld_agent_cfg(BOTH);
        rcworld_agent(&world, 1, &agent);
        unsigned first = view(transports[i / 2], 1, RC_KEEP_ATTEMPT, RC_POLICY_NUMBERED);
        assert_int_equal(rcworld_outcome(&world, first), i / 2 ? 'N' : 'T');
        unsigned second = view(transports[i % 2], 1, RC_KEEP_ATTEMPT, RC_POLICY_NUMBERED);
        assert_int_equal(rcworld_outcome(&world, second), 'B');
        assert_true(world.program[second].says[RC_SAY_BUSY]);
        assert_true(rcworld_alive(&world, first));
        rcworld_fini(&world);
    }
}

static void every_verdict_reaches_its_viewer(void **state)
{
    (void)state;
    static const char *const alice[] = { "alice" };
    static const struct {
        rc_permission permission;
        const char *const *permitted;
        size_t npermitted;
        rc_end end;
        rc_say say;
    } rows[] = {
        { RC_PERMISSION_DENY, NULL, 0, RC_END_PERMISSION, RC_SAY_USER_REFUSED },
        { RC_PERMISSION_ASK, NULL, 0, RC_END_PERMISSION, RC_SAY_USER_SILENT },
        { RC_PERMISSION_GRANT, alice, 1, RC_END_RIGHTS, RC_SAY_NO_RIGHTS },
        { RC_PERMISSION_GRANT, alice, 0, RC_END_RIGHTS, RC_SAY_NO_CONTEXT },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        for (unsigned netbios = 0; netbios <= 1; netbios++) {
            begin("rfc", 1, 1);
            rc_agent_cfg agent = rcworld_agent_cfg(BOTH);
            agent.permission = rows[i].permission;
            agent.permitted = rows[i].permitted;
            agent.npermitted = rows[i].npermitted;
            rcworld_agent(&world, 1, &agent);
            unsigned viewer =
                view(netbios ? "netbios" : "tcp", 1, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
            rcworld_await_end(&world, viewer);
            assert_int_equal(world.program[viewer].end, rows[i].end);
            assert_true(world.program[viewer].says[rows[i].say]);
            rcworld_fini(&world);
        }
}

static void either_side_can_end_a_session(void **state)
{
    (void)state;
    static const struct {
        const char *label, *transport;
        bool by_viewer, killed;
        rc_end end;
        rc_closed closed;
    } rows[] = {
        { "the viewer, TCP", "tcp", true, false, RC_END_DONE, RC_CLOSED_BY_VIEWER },
        { "the viewer, NetBIOS", "netbios", true, false, RC_END_DONE, RC_CLOSED_BY_VIEWER },
        { "the agent, TCP", "tcp", false, false, RC_END_LOST, RC_CLOSED_BY_CLIENT },
        { "the agent, NetBIOS", "netbios", false, false, RC_END_LOST, RC_CLOSED_BY_CLIENT },
        { "the agent dies", "netbios", false, true, RC_END_LOST, RC_CLOSED_BY_LOSS },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        print_message("%s\n", rows[i].label);
        begin("rfc", 1, 1);
        rc_agent_cfg cfg = rcworld_agent_cfg(BOTH);
        unsigned agent = rcworld_agent(&world, 1, &cfg);
        unsigned viewer = view(rows[i].transport, 1, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
        (void)rcworld_outcome(&world, viewer);
        assert_true(world.program[viewer].ready);
        if (rows[i].killed)
            rcworld_kill(&world, agent);
        else
            rcworld_do(&world, rows[i].by_viewer ? viewer : agent, RC_CMD_CLOSE, 0);
        rcworld_await_end(&world, viewer);
        assert_int_equal(world.program[viewer].end, rows[i].end);
        assert_int_equal(world.program[viewer].closed, rows[i].closed);
        if (rows[i].by_viewer) { /* the client takes the next one */
            viewer = view("netbios", 1, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
            assert_int_equal(rcworld_outcome(&world, viewer), 'N');
        } else {
            rcworld_await_end(&world, agent);
        }
        rcworld_fini(&world);
    }
}

/* A long text, in the pieces that a fast typist makes, is there in whole at the end. */
static void all_that_is_typed_arrives(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        begin("rfc", 1, test_seed());
        rc_agent_cfg cfg = rcworld_agent_cfg(BOTH);
        cfg.compression = (rc_compression)(i / 2);
        rcworld_agent(&world, 1, &cfg);
        unsigned viewer =
            view(i % 2 ? "netbios" : "tcp", 1, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
        char expect[RC_COLUMNS + 1] = "", have[RC_COLUMNS + 1];
        (void)rcworld_outcome(&world, viewer);
        for (unsigned k = 0; k < 70; k++) {
            char key[2] = { (char)('a' + k % 26), '\0' };
            strcat(expect, key);
            rcworld_type(&world, viewer, key);
            if (k % 7 == 0)
                rcworld_wait(&world, NBT_MS(nbt_rng_below(&world.rng, 5)));
        }
        rcworld_do(&world, viewer, RC_CMD_PING, 3);
        rcworld_do(&world, viewer, RC_CMD_FINISH, 0);
        rcworld_await_end(&world, viewer);
        assert_int_equal(world.program[viewer].end, RC_END_DONE);
        assert_int_equal(world.program[viewer].pings, 3);
        rc_screen_row(rc_viewer_screen(world.program[viewer].viewer), 1, have);
        assert_string_equal(have, expect);
        rcworld_fini(&world);
    }
}

static void the_clock_runs_on_the_viewers_screen(void **state)
{
    (void)state;
    begin("rfc", 1, 1);
    rc_agent_cfg cfg = rcworld_agent_cfg(BOTH);
    cfg.midnight = NBT_S(3600);
    rcworld_agent(&world, 1, &cfg);
    unsigned viewer = view("netbios", 1, RC_KEEP_ATTEMPT, RC_POLICY_PER_SESSION);
    assert_int_equal(rcworld_outcome(&world, viewer), 'N');
    rcworld_wait(&world, NBT_S(60) - nbt_simnet_now(world.net) + NBT_MS(500));
    char row[RC_COLUMNS + 1];
    rc_screen_row(rc_viewer_screen(world.program[viewer].viewer), 0, row);
    assert_string_equal(row + 71, "01:01:00");
    rcworld_fini(&world);
}

/* Loss, delay and doubling: slower, and for names sometimes wrong, but never stuck and never mad.
 */
static void every_viewer_comes_to_an_end_on_a_bad_network(void **state)
{
    (void)state;
    static const char *const transports[] = { "tcp", "netbios", BOTH };
    uint64_t seed = test_seed();
    unsigned up = 0;
    for (unsigned round = 0; round < 60; round++) {
        rcworld_cfg cfg = { .profile = "rfc", .clients = 2, .seed = seed + round };
        cfg.link = (nbt_simlink){ .jitter = NBT_MS(80), .loss = 100000, .duplicate = 50000 };
        rcworld_init(&world, &cfg);
        rc_agent_cfg agent = rcworld_agent_cfg(BOTH);
        rcworld_agent(&world, 1, &agent);
        rcworld_agent(&world, 2, &agent);
        unsigned first = view(transports[round % 3], 1, round % 2, RC_POLICY_TOLERANT);
        unsigned second = view(BOTH, round % 5 ? 2 : 1, round % 2, (rc_policy)(round % 5));
        char a = rcworld_outcome(&world, first), b = rcworld_outcome(&world, second);
        assert_true(world.program[first].ready || world.program[first].gone);
        assert_true(world.program[second].ready || world.program[second].gone);
        up += a == 'N' || a == 'T';
        up += b == 'N' || b == 'T';
        for (unsigned viewer = first; viewer <= second; viewer++) {
            if (!world.program[viewer].gone)
                rcworld_do(&world, viewer, RC_CMD_FINISH, 0);
            rcworld_await_end(&world, viewer);
        }
        assert_int_equal(world.slots, 0);
        rcworld_fini(&world);
    }
    print_message("%u of 120 had a session\n", up);
    assert_true(up > 60);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", the_article_comes_true),
    NBT_TEST("", another_computer_with_the_name_is_refused_on_the_wire),
    NBT_TEST("", a_viewer_that_dies_leaves_no_name_behind),
    NBT_TEST("", the_owner_of_a_shared_name_may_go_first),
    NBT_TEST("", shared_waits_for_a_claim_that_is_under_way),
    NBT_TEST("", two_starts_at_once_collide_though_both_are_for_tcp),
    NBT_TEST("", one_viewer_at_a_time_whatever_the_transport),
    NBT_TEST("", every_verdict_reaches_its_viewer),
    NBT_TEST("", either_side_can_end_a_session),
    NBT_TEST("", all_that_is_typed_arrives),
    NBT_TEST("", the_clock_runs_on_the_viewers_screen),
    NBT_TEST("", every_viewer_comes_to_an_end_on_a_bad_network),
};

NBT_MAIN("remote", tests)
