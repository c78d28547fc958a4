/*
 * What captures tell about their hosts.
 */
#include "tests/support/test.h"

#include "tools/replay/feed.h"

#include <stdio.h>

static const struct {
    const char *capture;
    uint32_t ip;
    bool has_type, has_broadcast, serves;
    nbt_node_type type;
    uint32_t broadcast, server; /* 0: none */
} table[] = {
    { "conflict", 0x0A000002, true, true, false, NBT_ONT_B, 0x0A0000FF, 0 },
    { "challenge", 0x0A000006, true, false, false, NBT_ONT_P, 0, 0x0A000001 },
    /* It only gives a name up at its server, once. */
    { "challenge", 0x0A000005, true, false, false, NBT_ONT_P, 0, 0x0A000001 },
    { "challenge", 0x0A000001, false, false, true, NBT_ONT_B, 0, 0 },
    { "nbtd-node-types", 0x0A4D0003, true, true, false, NBT_ONT_M, 0x0A4D00FF, 0x0A4D0001 },
    { "nbtd-node-types", 0x0A4D0005, true, true, false, NBT_ONT_B, 0x0A4D00FF, 0 },
    { "redirect", 0x0A000001, false, false, true, NBT_ONT_B, 0, 0 },
    { "redirect", 0x0A000002, false, false, true, NBT_ONT_B, 0, 0 },
};

static void read_study(replay_study *s, const char *capture)
{
    char path[200], err[CAP_ERR_MAX];
    cap_parts parts = { .nours = 0 };
    replay_cut cut = { .path = path };
    snprintf(path, sizeof path, "fixtures/captures/%s.pcap", capture);
    assert_true(replay_study_read(s, &cut, &parts, err));
    assert_string_equal("", err);
}

static void kinds_of_hosts(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        replay_study s = { 0 };
        read_study(&s, table[i].capture);
        const replay_person *p = replay_people_find(s.people, table[i].ip);
        if (!p)
            fail_msg("%s: nothing of %08x", table[i].capture, table[i].ip);
        if (p->has_type != table[i].has_type || (p->has_type && p->type != table[i].type) ||
            p->has_broadcast != table[i].has_broadcast || p->broadcast != table[i].broadcast ||
            p->serves != table[i].serves || p->nservers != (table[i].server != 0) ||
            (p->nservers && p->server[0] != table[i].server))
            fail_msg("row %zu: type %d %d, broadcast %08x, %zu servers, serves %d", i, p->has_type,
                     p->type, p->broadcast, p->nservers, p->serves);
        assert_null(replay_people_find(s.people, 0x01010101));
        replay_study_fini(&s);
    }
}

static void names_that_were_called(void **state)
{
    (void)state;
    replay_study s = { 0 };
    const replay_called *called;
    read_study(&s, "sessions");
    size_t n = replay_people_called(s.people, &called), took = 0;
    assert_int_equal(3, n); /* BOB<20>, BOB<03>, GONE<20> */
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(0x0A000006, called[i].ip);
        took += called[i].took;
        assert_int_equal(memcmp("GONE", called[i].name, 4) != 0, called[i].there);
        if (called[i].took)
            assert_memory_equal("BOB             ", called[i].name, NBT_NAME_LEN);
    }
    assert_int_equal(1, took);
    replay_study_fini(&s);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", kinds_of_hosts),
    NBT_TEST("", names_that_were_called),
};

NBT_MAIN("people", tests)
