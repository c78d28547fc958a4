/*
 * Where a replay on a real network may send to, and which adapter a packet is of.
 */
#include "tests/support/test.h"

#include "tools/replay/place.h"

/* Two hosts on two networks of one interface, a third beside the first, and a target elsewhere. */
static replay_place two_networks(const replay_opt *o)
{
    replay_place p = { .o = o,
                       .ours = { 0x0A000001, 0x0A010001, 0x0A000002 },
                       .broadcast = { 0x0A0000FF, 0x0A0100FF, 0x0A0000FF },
                       .theirs = { 0xC0000201 },
                       .nours = 3,
                       .ntheirs = 1 };
    for (size_t i = 0; i < p.nours; i++)
        p.iface[i] = (host_iface){ .ip = p.ours[i], .mask = 0xFFFFFF00 };
    return p;
}

static void whose_a_packet_is(void **state)
{
    (void)state;
    replay_opt o = { .deed = REPLAY_LIVE };
    replay_place p = two_networks(&o);
    assert_int_equal(0, replay_place_lana(&p, 0x0A000001));
    assert_int_equal(1, replay_place_lana(&p, 0x0A010001));
    assert_int_equal(2, replay_place_lana(&p, 0x0A000002));
    assert_int_equal(0, replay_place_lana(&p, 0x0A0000FF)); /* of the two who hear it, the first */
    assert_int_equal(1, replay_place_lana(&p, 0x0A0100FF));
    assert_int_equal(0, replay_place_lana(&p, 0xFFFFFFFF));
}

static void where_it_may_send_to(void **state)
{
    (void)state;
    replay_opt o = { .deed = REPLAY_LIVE };
    replay_place p = two_networks(&o);
    assert_true(replay_place_may(&p, 0xC0000201));  /* the target */
    assert_false(replay_place_may(&p, 0xC0000202)); /* beside it */
    assert_true(replay_place_may(&p, 0x0A000077));
    assert_true(replay_place_may(&p, 0x0A0100FF));
    assert_false(replay_place_may(&p, 0x0A020001));
    o.allowed[o.nallowed++] = (nbt_subnet){ 0x0A020000, 0xFFFFFF00 };
    assert_true(replay_place_may(&p, 0x0A020001));
    assert_false(replay_place_may(&p, 0x0A030001));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", whose_a_packet_is),
    NBT_TEST("", where_it_may_send_to),
};

NBT_MAIN("place", tests)
