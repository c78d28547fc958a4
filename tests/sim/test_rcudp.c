/*
 * Viewers and agents of SMS 1.2 over UDP, on networks that lose, double and reorder: sessions work
 * as they do over the other transports, every octet of a file arrives, and a break ends a session
 * in silence.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "tests/support/rcworld.h"

static rcworld world;
static rcworld_file there, here;

static const nbt_simlink lossless = { .delay = NBT_MS(1), .jitter = NBT_MS(1) };

static void begin(const nbt_simlink *link, uint64_t seed)
{
    rcworld_cfg cfg = { .profile = "rfc", .clients = 1, .seed = seed, .link = *link };
    rcworld_init(&world, &cfg);
}

static rc_agent_cfg agent_cfg(const char *protocols)
{
    rc_agent_cfg cfg = rcworld_agent_cfg(protocols);
    cfg.profile = rc_profile_find("sms1.2", 6);
    cfg.functions = 1u << RC_FUNCTION_CONTROL | 1u << RC_FUNCTION_TRANSFER;
    return cfg;
}

static unsigned agent(const char *protocols)
{
    rc_agent_cfg cfg = agent_cfg(protocols);
    return rcworld_agent(&world, 1, &cfg);
}

/* Each from a port of its own, as a socket has one. */
static rc_viewer_cfg viewer_cfg(const char *protocols)
{
    rc_viewer_cfg cfg = rcworld_viewer_cfg(protocols, "CLIENT1", 1);
    cfg.profile = rc_profile_find("sms1.2", 6);
    cfg.here = (nbt_ep){ 0x0A000001, (uint16_t)(40000 + world.programs) };
    return cfg;
}

static unsigned viewer(const char *protocols)
{
    rc_viewer_cfg cfg = viewer_cfg(protocols);
    return rcworld_viewer(&world, 0, &cfg);
}

static void a_session_works(const nbt_simlink *link, uint64_t seed)
{
    begin(link, seed);
    agent("udp");
    unsigned v = viewer("udp");
    assert_int_equal(rcworld_outcome(&world, v), 'U');
    assert_true(rcworld_alive(&world, v));
    rcworld_do(&world, v, RC_CMD_PING, 3);
    rcworld_do(&world, v, RC_CMD_FINISH, 0);
    rcworld_await_end(&world, v);
    assert_int_equal(world.program[v].pings, 3);
    assert_int_equal(world.program[v].end, RC_END_DONE);
    v = viewer("udp"); /* and there is room for the next one */
    assert_int_equal(rcworld_outcome(&world, v), 'U');
    assert_true(rcworld_alive(&world, v));
    rcworld_fini(&world);
}

static void sessions_work(void **state)
{
    (void)state;
    a_session_works(&lossless, 1);
    for (uint64_t seed = 1; seed <= 6; seed++) {
        nbt_simlink bad = { .delay = NBT_MS(2), .jitter = NBT_MS(20) };
        bad.loss = 100000;
        bad.duplicate = 100000;
        a_session_works(&bad, seed);
    }
}

static void a_file_arrives_whole(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        nbt_simlink bad = { .delay = NBT_MS(2), .jitter = NBT_MS(5) };
        bad.loss = 50000;
        begin(&bad, seed);
        unsigned a = agent("udp");
        memset(&there, 0, sizeof there);
        memset(&here, 0, sizeof here);
        for (size_t i = 0; i < RCWORLD_FILE_MAX; i++)
            there.b[i] = (uint8_t)(i * 7 + i / 253);
        there.n = RCWORLD_FILE_MAX;
        there.there = true;
        world.program[a].file = &there;
        rc_viewer_cfg cfg = viewer_cfg("udp");
        cfg.function = RC_FUNCTION_TRANSFER;
        cfg.file = "whole.bin";
        unsigned v = rcworld_viewer(&world, 0, &cfg);
        world.program[v].file = &here;
        rcworld_await_end(&world, v);
        assert_int_equal(world.program[v].end, RC_END_DONE);
        assert_int_equal(here.n, there.n);
        assert_memory_equal(here.b, there.b, there.n);
        rcworld_fini(&world);
    }
}

/* KB Q226297: addresses before NetBIOS; and NetBIOS is the cure. */
static void netbios_is_tried_behind_it(void **state)
{
    (void)state;
    begin(&lossless, 1);
    agent("netbios");
    unsigned v = viewer("netbios,udp");
    assert_int_equal(rcworld_outcome(&world, v), 'N');
    assert_true(world.program[v].says[RC_SAY_TRYING_MORE] > 0);
    rcworld_fini(&world);
}

static void a_second_viewer_is_sent_away(void **state)
{
    (void)state;
    begin(&lossless, 1);
    agent("udp");
    unsigned first = viewer("udp");
    assert_int_equal(rcworld_outcome(&world, first), 'U');
    unsigned second = viewer("udp");
    rcworld_await_end(&world, second);
    assert_true(rcworld_alive(&world, first));
    rcworld_fini(&world);
}

/* KB Q173120. */
static void a_break_ends_a_session(void **state)
{
    (void)state;
    nbt_simlink dead = lossless;
    begin(&lossless, 1);
    unsigned a = agent("udp");
    unsigned v = viewer("udp");
    assert_int_equal(rcworld_outcome(&world, v), 'U');
    dead.loss = 1000000;
    nbt_simnet_relink(world.net, world.segment, &dead);
    rcworld_type(&world, v, "x");
    rcworld_await_end(&world, v);
    assert_int_equal(world.program[v].end, RC_END_LOST);
    rcworld_wait(&world, NBT_S(60)); /* the agent's clock has moved, and nobody saw it */
    assert_int_equal(world.program[a].closed, RC_CLOSED_BY_LOSS);
    nbt_simnet_relink(world.net, world.segment, &lossless);
    v = viewer("udp");
    assert_int_equal(rcworld_outcome(&world, v), 'U');
    rcworld_fini(&world);
}

/* KB Q178748, Q192788: what is sent to the ports at random takes no memory and no place. */
static void junk_takes_nothing(void **state)
{
    (void)state;
    begin(&lossless, 1);
    agent("udp");
    unsigned v = viewer("udp");
    assert_int_equal(rcworld_outcome(&world, v), 'U');
    size_t blocks = world.mem.blocks;
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t junk[40];
        for (size_t k = 0; k < sizeof junk; k++)
            junk[k] = (uint8_t)nbt_rng_u16(&world.rng);
        if (i % 2) { /* it looks like a segment */
            junk[0] = 1;
            junk[1] = (uint8_t)(1 + i / 2 % 7);
            junk[2] = junk[3] = 0;
        }
        size_t n = i % 2 ? 16 : nbt_rng_below(&world.rng, sizeof junk);
        nbt_ep from = { 0x0A000001, (uint16_t)(50000 + i) };
        nbt_ep to = { 0x0A000002, (uint16_t)(1761 + i % 4) };
        nbt_simnet_send(world.net, 1, from, to, (nbt_bytes){ junk, n });
        if (i % 100 == 0)
            rcworld_wait(&world, NBT_MS(50));
    }
    rcworld_wait(&world, NBT_S(30)); /* those that got a place have lost it */
    assert_true(world.mem.blocks <= blocks);
    assert_true(rcworld_alive(&world, v));
    rcworld_do(&world, v, RC_CMD_CLOSE, 0);
    rcworld_await_end(&world, v);
    v = viewer("udp");
    assert_int_equal(rcworld_outcome(&world, v), 'U');
    rcworld_fini(&world);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", sessions_work),
    NBT_TEST("", a_file_arrives_whole),
    NBT_TEST("", netbios_is_tried_behind_it),
    NBT_TEST("", a_second_viewer_is_sent_away),
    NBT_TEST("", a_break_ends_a_session),
    NBT_TEST("", junk_takes_nothing),
};

NBT_MAIN("rcudp", tests)
