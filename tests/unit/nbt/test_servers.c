/*
 * The choice among name servers.
 */
#include "tests/support/test.h"

#include "nbt/servers.h"

static const nbt_profile *profile(const char *name)
{
    return nbt_profile_find(name, strlen(name));
}

/* How many are asked, and the first of them. */
#define assert_asks(s, now, p, n, at)                                                              \
    do {                                                                                           \
        nbt_ask_cfg cfg = nbt_servers_ask((s), (now), (p));                                        \
        assert_int_equal(cfg.servers, (n));                                                        \
        assert_int_equal(cfg.first, (at));                                                         \
        assert_int_equal(cfg.pace.count, (p)->ucast_count);                                        \
        assert_int_equal(cfg.pace.timeout, (p)->ucast_timeout);                                    \
        assert_int_equal(cfg.wack_max, (p)->wack_max);                                             \
    } while (0)

/* KB Q247559 */
static void the_one_that_answered_stays_in_use_for_a_while(void **state)
{
    (void)state;
    const nbt_profile *p = profile("nt4");
    nbt_servers s;
    nbt_servers_init(&s, 3);
    assert_asks(&s, 0, p, 3, 0);
    nbt_servers_answered(&s, NBT_S(10), 2, p);
    assert_asks(&s, NBT_S(10), p, 3, 2);
    nbt_servers_answered(&s, NBT_S(500), 2, p); /* again: its time is not prolonged */
    assert_asks(&s, NBT_S(610) - 1, p, 3, 2);
    assert_asks(&s, NBT_S(610), p, 3, 0);
    nbt_servers_answered(&s, NBT_S(611), 0, p);
    assert_asks(&s, NBT_S(9999), p, 3, 0);
}

/* KB Q120642, WinsDownTimeout; the RFC has no such thing. */
static void silent_ones_are_left_alone_for_a_while(void **state)
{
    (void)state;
    const nbt_profile *p = profile("nt4");
    nbt_servers s;
    nbt_servers_init(&s, 2);
    nbt_servers_silent(&s, NBT_S(100), p);
    assert_asks(&s, NBT_S(100), p, 0, 0);
    nbt_servers_silent(&s, NBT_S(110), p); /* nobody was asked: nothing new */
    assert_asks(&s, NBT_S(115) - 1, p, 0, 0);
    assert_asks(&s, NBT_S(115), p, 2, 0);
    nbt_servers_silent(&s, NBT_S(115), p);
    nbt_servers_answered(&s, NBT_S(116), 1, p); /* a late answer: it lives */
    assert_asks(&s, NBT_S(116), p, 2, 1);

    nbt_servers_init(&s, 1);
    nbt_servers_silent(&s, NBT_S(100), profile("rfc"));
    assert_asks(&s, NBT_S(100), profile("rfc"), 1, 0);
}

static void without_servers_nobody_is_asked(void **state)
{
    (void)state;
    nbt_servers s;
    nbt_servers_init(&s, 0);
    assert_asks(&s, 0, profile("rfc"), 0, 0);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", the_one_that_answered_stays_in_use_for_a_while),
    NBT_TEST("", silent_ones_are_left_alone_for_a_while),
    NBT_TEST("", without_servers_nobody_is_asked),
};

NBT_MAIN("servers", tests)
