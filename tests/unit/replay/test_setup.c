/*
 * Before a replay: who is in the capture, who stands for whom, and what is told where that cannot
 * be.
 */
#include "tests/support/test.h"

#include "tools/replay/setup.h"

#include <stdio.h>

static const struct {
    const char *capture;
    replay_deed deed;
    uint32_t ours, peer; /* 0: none is named */
    const char *err;     /* begins with; NULL: it is good, */
    uint32_t theirs;     /* and this one stands for the target; 0: everybody */
} table[] = {
    { "conflict", REPLAY_LIVE, 0x0A000001, 0, NULL, 0x0A000003 },
    { "conflict", REPLAY_LIVE, 0x0A000001, 0x0A000002, NULL, 0x0A000002 },
    { "conflict", REPLAY_EMULATOR, 0x0A000001, 0, NULL, 0 },
    { "conflict", REPLAY_EMULATOR, 0x0A000063, 0,
      "fixtures/captures/conflict.pcap has nothing that 10.0.0.99 said; it has: 10.0.0.1 (6 "
      "messages), ",
      0 },
    { "conflict", REPLAY_LIVE, 0x0A000001, 0x0A000063,
      "fixtures/captures/conflict.pcap has nothing that 10.0.0.99 said; it has: ", 0 },
    { "none-such", REPLAY_EMULATOR, 0x0A000001, 0, "fixtures/captures/none-such.pcap: No such file",
      0 },
};

static void who_stands_for_whom(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        char path[200];
        replay_opt o = { .deed = table[i].deed, .ours = { table[i].ours }, .nours = 1 };
        replay_setup s;
        host_err err = { .status = HOST_OK };
        snprintf(path, sizeof path, "fixtures/captures/%s.pcap", table[i].capture);
        o.cut.path = path;
        o.peers[0] = table[i].peer;
        o.npeers = table[i].peer != 0;
        o.seeded = true;
        bool good = replay_setup_begin(&s, &o, &err);
        if (good != !table[i].err ||
            (table[i].err && strncmp(err.text, table[i].err, strlen(table[i].err)) != 0))
            fail_msg("row %zu: %d, %s", i, good, good ? "" : err.text);
        if (good) {
            assert_true(replay_setup_has_hosts(&s, &err));
            assert_int_equal(table[i].ours, s.parts.ours[0]);
            assert_int_equal(table[i].theirs != 0, s.parts.ntheirs);
            assert_int_equal(table[i].theirs, s.parts.theirs[0]);
            assert_ptr_equal(&s.map, s.player.map);
        }
        replay_setup_end(&s, &err);
    }
}

/* Equal seeds give equal ids; without one they are drawn. */
static void which_ids(void **state)
{
    (void)state;
    uint16_t salt[2];
    for (uint64_t seed = 1; seed <= 2; seed++)
        for (size_t i = 0; i < 2; i++) {
            replay_opt o = { .deed = REPLAY_EMULATOR, .ours = { 0x0A000001 }, .nours = 1 };
            replay_setup s;
            host_err err = { .status = HOST_OK };
            o.cut.path = "fixtures/captures/conflict.pcap";
            o.seeded = true;
            o.seed = seed;
            assert_true(replay_setup_begin(&s, &o, &err));
            if (i > 0)
                assert_int_equal(salt[seed - 1], s.map.salt);
            salt[seed - 1] = s.map.salt;
            replay_setup_end(&s, &err);
        }
    assert_int_not_equal(salt[0], salt[1]);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", who_stands_for_whom),
    NBT_TEST("", which_ids),
};

NBT_MAIN("setup", tests)
