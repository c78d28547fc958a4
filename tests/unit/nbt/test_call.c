/*
 * The retry rules of a CALL, one table a rule: what each attempt came to, and what has to follow.
 */
#include "tests/support/test.h"

#include "nbt/call.h"

static const nbt_profile profile = { .name = "test", .ssn_retry_count = 4 };
static const nbt_lana_cfg lana = {
    .ip = 0x0A000001, .mask = 0xFFFFFF00, .broadcast = 0x0A0000FF, .profile = &profile
};

#define PEER(n) (0x0A000000u + (n))

/* What happens to the call. */
typedef enum what {
    FOUND,     /* the query has ended with the addresses of `peers` */
    FOUND_ONE, /* it has these so far, and goes on */
    TROUBLE,
    RETARGET, /* to peers[0] */
    AGAIN,    /* the pause is over */
} what;

typedef struct row {
    const char *label;
    what what;
    nbt_trouble trouble;
    uint8_t peers[3]; /* last octets of 10.0.0.x, 0 ends the list */
    nbt_call_next next;
    uint8_t to; /* CONNECT: to whom; FAIL: the return code */
} row;

static size_t addresses(const row *r, bool group, nbt_found found[3])
{
    size_t n = 0;
    for (; n < LENGTH_OF(r->peers) && r->peers[n]; n++)
        found[n] = (nbt_found){ .addr = { group ? NBT_NB_G : 0, PEER(r->peers[n]) } };
    return n;
}

static nbt_call_next step(nbt_call *c, const row *r, bool group)
{
    nbt_found found[3];
    size_t n = addresses(r, group, found);
    switch (r->what) {
    case FOUND:
    case FOUND_ONE:
        nbt_call_learn(c, found, n, r->what == FOUND);
        return nbt_call_resume(c);
    case TROUBLE:
        return nbt_call_failed(c, r->trouble);
    case RETARGET:
        return nbt_call_retarget(c, (nbt_ep){ PEER(r->peers[0]), 5000 });
    case AGAIN:
        return nbt_call_again(c);
    }
    return NBT_CALL_FAIL;
}

static void run(const row *rows, size_t n, bool group)
{
    nbt_call c;
    nbt_call_init(&c, &lana);
    for (size_t i = 0; i < n; i++) {
        const row *r = &rows[i];
        nbt_call_next next = step(&c, r, group);
        uint32_t to = next == NBT_CALL_CONNECT ? c.peer.ip & 0xFF
                      : next == NBT_CALL_FAIL  ? nbt_trouble_nrc(c.trouble)
                                               : 0;
        if (next != r->next || to != r->to)
            fail_msg("%s: next %d, to %u", r->label, next, to);
        assert_true(c.attempts <= profile.ssn_retry_count);
    }
}

#define RUN(rows, group) run(rows, LENGTH_OF(rows), group)

/* Shorter rows. */
#define T(x)                                                                                       \
    TROUBLE, NBT_TROUBLE_##x,                                                                      \
    {                                                                                              \
        0                                                                                          \
    }
#define OPEN NBT_CALL_CONNECT
#define FAILS(nrc) NBT_CALL_FAIL, NBT_NRC_##nrc

static void a_name_that_is_not_found(void **state)
{
    (void)state;
    static const row rows[] = {
        { "nobody so far", FOUND_ONE, 0, { 0 }, NBT_CALL_WAIT, 0 },
        { "nobody at all", FOUND, 0, { 0 }, FAILS(NOCALL) },
    };
    RUN(rows, false);
}

static void a_refused_connection_is_tried_once_more(void **state)
{
    (void)state;
    static const row rows[] = {
        { "found", FOUND, 0, { 2 }, OPEN, 2 },
        { "refused: pause", T(REFUSED), NBT_CALL_PAUSE, 0 },
        { "the same again", AGAIN, 0, { 0 }, OPEN, 2 },
        { "refused again", T(REFUSED), FAILS(NOCALL) },
    };
    RUN(rows, false);
}

static void a_silent_address_is_looked_up_again(void **state)
{
    (void)state;
    static const row rows[] = {
        { "found", FOUND, 0, { 2 }, OPEN, 2 },
        { "silence", T(SILENT), NBT_CALL_LOOK_UP, 0 },
        { "it is elsewhere now", FOUND, 0, { 3 }, OPEN, 3 },
        { "silence again", T(SILENT), NBT_CALL_LOOK_UP, 0 },
        { "found", FOUND, 0, { 3 }, OPEN, 3 },
        { "and again", T(SILENT), NBT_CALL_LOOK_UP, 0 },
        { "gone", FOUND, 0, { 0 }, FAILS(NOCALL) },
    };
    RUN(rows, false);
}

static void not_listening_ends_the_call(void **state)
{
    (void)state;
    static const row rows[] = {
        { "two addresses of one node", FOUND, 0, { 2, 3 }, OPEN, 2 },
        { "80 or 81", T(NOT_LISTENING), FAILS(REMTFUL) },
    };
    RUN(rows, false);
}

static void a_name_not_present_is_looked_up_again(void **state)
{
    (void)state;
    static const row rows[] = {
        { "found", FOUND, 0, { 2, 3 }, OPEN, 2 },
        { "82", T(NOT_PRESENT), NBT_CALL_LOOK_UP, 0 },
        { "found", FOUND, 0, { 3 }, OPEN, 3 },
        { "82", T(NOT_PRESENT), NBT_CALL_LOOK_UP, 0 },
        { "found", FOUND, 0, { 3 }, OPEN, 3 },
        { "82", T(NOT_PRESENT), NBT_CALL_LOOK_UP, 0 },
        { "found", FOUND, 0, { 3 }, OPEN, 3 },
        { "that was the fourth attempt", T(NOT_PRESENT), FAILS(NOCALL) },
    };
    RUN(rows, false);
}

static void a_busy_node_is_tried_again_within_the_bound(void **state)
{
    (void)state;
    static const row rows[] = {
        { "found", FOUND, 0, { 2 }, OPEN, 2 }, { "83", T(BUSY), NBT_CALL_PAUSE, 0 },
        { "2nd", AGAIN, 0, { 0 }, OPEN, 2 },   { "83", T(BUSY), NBT_CALL_PAUSE, 0 },
        { "3rd", AGAIN, 0, { 0 }, OPEN, 2 },   { "83", T(BUSY), NBT_CALL_PAUSE, 0 },
        { "4th", AGAIN, 0, { 0 }, OPEN, 2 },   { "enough", T(BUSY), FAILS(REMTFUL) },
    };
    RUN(rows, false);
}

static void a_refusal_without_a_reason_is_no_answer_in_the_end(void **state)
{
    (void)state;
    static const row rows[] = {
        { "found", FOUND, 0, { 2 }, OPEN, 2 },
        { "8F", T(UNSPECIFIED), NBT_CALL_PAUSE, 0 },
        { "2nd", AGAIN, 0, { 0 }, OPEN, 2 },
        { "83", T(BUSY), NBT_CALL_PAUSE, 0 },
        { "3rd", AGAIN, 0, { 0 }, OPEN, 2 },
        { "retargeted to nowhere", RETARGET, 0, { 255 }, NBT_CALL_PAUSE, 0 },
        { "4th", AGAIN, 0, { 0 }, OPEN, 2 },
        { "enough: the last one counts", T(UNSPECIFIED), FAILS(NOCALL) },
    };
    RUN(rows, false);
    static const row member[] = {
        { "a member of a group", FOUND, 0, { 2, 3 }, OPEN, 2 },
        { "8F: the next one", T(UNSPECIFIED), OPEN, 3 },
    };
    RUN(member, true);
}

static void a_lost_connection_ends_the_call(void **state)
{
    (void)state;
    static const row rows[] = {
        { "found", FOUND, 0, { 2 }, OPEN, 2 },
        { "lost before the answer", T(LOST), FAILS(SABORT) },
    };
    RUN(rows, false);
}

static void every_address_of_a_unique_name_is_tried(void **state)
{
    (void)state;
    static const row rows[] = {
        { "three addresses", FOUND, 0, { 2, 3, 4 }, OPEN, 2 },
        { "silence: the next", T(SILENT), OPEN, 3 },
        { "lost: the next", T(LOST), OPEN, 4 },
        { "refused: a pause first", T(REFUSED), NBT_CALL_PAUSE, 0 },
        { "once more", AGAIN, 0, { 0 }, OPEN, 4 },
        { "that was the fourth attempt", T(REFUSED), FAILS(NOCALL) },
    };
    RUN(rows, false);
}

static void each_address_is_given_a_second_chance(void **state)
{
    (void)state;
    static const row rows[] = {
        { "two addresses", FOUND, 0, { 2, 3 }, OPEN, 2 },
        { "refused: a pause", T(REFUSED), NBT_CALL_PAUSE, 0 },
        { "once more", AGAIN, 0, { 0 }, OPEN, 2 },
        { "the next", T(REFUSED), OPEN, 3 },
        { "refused: a pause here too", T(REFUSED), NBT_CALL_PAUSE, 0 },
        { "once more", AGAIN, 0, { 0 }, OPEN, 3 },
        { "enough", T(REFUSED), FAILS(NOCALL) },
    };
    RUN(rows, false);
}

static void an_address_that_is_found_later_is_tried(void **state)
{
    (void)state;
    static const row rows[] = {
        { "the first answer", FOUND_ONE, 0, { 2 }, OPEN, 2 },
        { "lost: perhaps there are more", T(LOST), NBT_CALL_WAIT, 0 },
        { "nothing new", FOUND_ONE, 0, { 2 }, NBT_CALL_WAIT, 0 },
        { "one more", FOUND_ONE, 0, { 2, 3 }, OPEN, 3 },
        { "lost", T(LOST), NBT_CALL_WAIT, 0 },
        { "there are no more", FOUND, 0, { 2, 3 }, FAILS(SABORT) },
    };
    RUN(rows, false);
}

static void the_members_of_a_group_are_tried_in_turn(void **state)
{
    (void)state;
    static const row rows[] = {
        { "one member so far", FOUND_ONE, 0, { 2 }, OPEN, 2 },
        { "it does not listen", T(NOT_LISTENING), NBT_CALL_WAIT, 0 },
        { "three members", FOUND, 0, { 2, 3, 4 }, OPEN, 3 },
        { "it has left the group", T(NOT_PRESENT), OPEN, 4 },
        { "it is busy: again there", T(BUSY), NBT_CALL_PAUSE, 0 },
        { "the last attempt", AGAIN, 0, { 0 }, OPEN, 4 },
        { "it does not listen", T(NOT_LISTENING), FAILS(REMTFUL) },
    };
    RUN(rows, true);
}

static void a_retarget_is_followed(void **state)
{
    (void)state;
    static const row rows[] = {
        { "found", FOUND, 0, { 2 }, OPEN, 2 },
        { "retargeted", RETARGET, 0, { 7 }, OPEN, 7 },
        { "retargeted again", RETARGET, 0, { 8 }, OPEN, 8 },
        { "nobody there: back to the start", T(REFUSED), OPEN, 2 },
        { "that was the fourth attempt", RETARGET, 0, { 7 }, FAILS(NOCALL) },
    };
    RUN(rows, false);
    static const row silent[] = {
        { "found", FOUND, 0, { 2 }, OPEN, 2 },
        { "retargeted", RETARGET, 0, { 7 }, OPEN, 7 },
        { "silence there: back to the start", T(SILENT), OPEN, 2 },
        { "refused here: the pause", T(REFUSED), NBT_CALL_PAUSE, 0 },
        { "once more", AGAIN, 0, { 0 }, OPEN, 2 },
        { "enough", T(REFUSED), FAILS(NOCALL) },
    };
    RUN(silent, false);
}

static void a_retarget_keeps_its_port_and_the_name_service_gives_139(void **state)
{
    (void)state;
    nbt_call c;
    nbt_call_init(&c, &lana);
    nbt_call_learn(&c, &(nbt_found){ .addr = { 0, PEER(2) } }, 1, true);
    assert_int_equal(nbt_call_resume(&c), NBT_CALL_CONNECT);
    assert_true(nbt_ep_eq(c.peer, (nbt_ep){ PEER(2), 139 }));
    assert_int_equal(nbt_call_retarget(&c, (nbt_ep){ PEER(7), 1139 }), NBT_CALL_CONNECT);
    assert_true(nbt_ep_eq(c.peer, (nbt_ep){ PEER(7), 1139 }));
    assert_int_equal(nbt_call_failed(&c, NBT_TROUBLE_REFUSED), NBT_CALL_CONNECT);
    assert_true(nbt_ep_eq(c.peer, (nbt_ep){ PEER(2), 139 }));
}

static void a_retarget_to_nowhere_is_a_refusal(void **state)
{
    (void)state;
    static const nbt_ep nowhere[] = {
        { PEER(7), 0 },      { 0, 139 },          { 0xFFFFFFFF, 139 },
        { 0xE0000001, 139 }, { 0x7F000001, 139 }, { 0x0A0000FF, 139 },
    };
    for (size_t i = 0; i < LENGTH_OF(nowhere); i++) {
        nbt_call c;
        nbt_call_init(&c, &lana);
        nbt_call_learn(&c, &(nbt_found){ .addr = { 0, PEER(2) } }, 1, true);
        (void)nbt_call_resume(&c);
        assert_int_equal(nbt_call_retarget(&c, nowhere[i]), NBT_CALL_PAUSE);
        assert_int_equal(nbt_call_again(&c), NBT_CALL_CONNECT);
        assert_int_equal(c.peer.ip, PEER(2));
        while (nbt_call_retarget(&c, nowhere[i]) == NBT_CALL_PAUSE)
            (void)nbt_call_again(&c);
        assert_int_equal(nbt_trouble_nrc(c.trouble), NBT_NRC_NOCALL);
    }
}

/* Whatever a hostile peer answers, there are never more connections than SSN_RETRY_COUNT. */
static void no_sequence_of_troubles_exceeds_the_bound(void **state)
{
    (void)state;
    nbt_rng rng = { test_seed() };
    for (unsigned round = 0; round < 5000; round++) {
        nbt_call c;
        nbt_call_init(&c, &lana);
        nbt_call_next next = NBT_CALL_LOOK_UP;
        unsigned opened = 0;
        for (unsigned i = 0; next != NBT_CALL_FAIL; i++) {
            nbt_found found = { .addr = { nbt_rng_below(&rng, 2) ? NBT_NB_G : 0,
                                          PEER(2 + nbt_rng_below(&rng, 3)) } };
            switch (next) {
            case NBT_CALL_CONNECT:
                opened++;
                next = nbt_rng_below(&rng, 3)
                           ? nbt_call_failed(&c, NBT_TROUBLE_REFUSED + nbt_rng_below(&rng, 7))
                           : nbt_call_retarget(&c, (nbt_ep){ PEER(9), 139 });
                break;
            case NBT_CALL_PAUSE:
                next = nbt_call_again(&c);
                break;
            case NBT_CALL_LOOK_UP:
            case NBT_CALL_WAIT:
                nbt_call_learn(&c, &found, 1, nbt_rng_below(&rng, 2));
                next = nbt_call_resume(&c);
                break;
            case NBT_CALL_FAIL:
                break;
            }
            assert_true(i < 200);
        }
        assert_true(opened <= profile.ssn_retry_count);
    }
}

static void only_usable_addresses_become_targets(void **state)
{
    (void)state;
    static const struct {
        uint32_t ip;
        bool usable;
    } rows[] = {
        { PEER(2), true },     { 0, false },          { 0x0A0000FF, false }, { 0xFFFFFFFF, false },
        { 0x7F000001, false }, { 0xE0000001, false }, { 0xDFFFFFFF, true },  { 0xC0A80001, true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_targets t = { 0 };
        nbt_targets_add(&t, &lana, &(nbt_found){ .addr = { 0, rows[i].ip } }, 1);
        if (t.n != rows[i].usable)
            fail_msg("%08X", (unsigned)rows[i].ip);
    }
    nbt_lana_cfg local = lana;
    local.ip = 0x7F000002;
    assert_true(nbt_target_usable(&local, 0x7F000001));
}

/* KB Q161425: of what is found at one time the nearest comes first; what comes later, later. */
static void near_addresses_come_first(void **state)
{
    (void)state;
    static const struct {
        uint32_t own;
        uint32_t found[5], want[5];
    } rows[] = {
        { 0x0A000001, /* 10.0.0.1 */
          { 0xC0000001, 0x0A010001, 0x0A000005, 0x0B000001, 0x0A000004 },
          { 0x0A000005, 0x0A000004, 0x0A010001, 0xC0000001, 0x0B000001 } },
        { 0xAC100001, /* 172.16.0.1 */
          { 0xAC110001, 0xAC100101, 0xAC100002, 0x0A000001, 0xAC100102 },
          { 0xAC100002, 0xAC100101, 0xAC100102, 0xAC110001, 0x0A000001 } },
        { 0xC0A80001, /* 192.168.0.1 */
          { 0xC0A80101, 0xC0A80002, 0xC0A80003, 0x0A000001, 0xC0A80004 },
          { 0xC0A80002, 0xC0A80003, 0xC0A80004, 0xC0A80101, 0x0A000001 } },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_lana_cfg own = lana;
        nbt_found found[5];
        own.ip = rows[i].own;
        own.broadcast = own.ip | 0xFF;
        for (size_t k = 0; k < 5; k++)
            found[k] = (nbt_found){ .addr = { 0, rows[i].found[k] } };
        nbt_targets t = { 0 };
        nbt_targets_add(&t, &own, found, 5);
        assert_int_equal(t.n, 5);
        for (size_t k = 0; k < 5; k++)
            assert_int_equal(t.ip[k], rows[i].want[k]);
        found[0].addr.ip = own.ip + 20;
        nbt_targets_add(&t, &own, found, 5); /* only the new one is added, at the end */
        assert_int_equal(t.n, 6);
        assert_int_equal(t.ip[5], own.ip + 20);
    }
}

static void the_list_of_targets_has_an_end(void **state)
{
    (void)state;
    nbt_targets t = { 0 };
    for (uint32_t i = 1; i < 600; i++)
        nbt_targets_add(&t, &lana, &(nbt_found){ .addr = { 0, 0x0B000000 + i / 2 + 1 } }, 1);
    assert_int_equal(t.n, NBT_FOUND_MAX);
    assert_int_equal(t.ip[1], 0x0B000002); /* each once */
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_name_that_is_not_found),
    NBT_TEST("C25", a_refused_connection_is_tried_once_more),
    NBT_TEST("C27", a_silent_address_is_looked_up_again),
    NBT_TEST("", not_listening_ends_the_call),
    NBT_TEST("", a_name_not_present_is_looked_up_again),
    NBT_TEST("C30", a_busy_node_is_tried_again_within_the_bound),
    NBT_TEST("C30", a_refusal_without_a_reason_is_no_answer_in_the_end),
    NBT_TEST("", a_lost_connection_ends_the_call),
    NBT_TEST("C34", every_address_of_a_unique_name_is_tried),
    NBT_TEST("C25 C34", each_address_is_given_a_second_chance),
    NBT_TEST("C34", an_address_that_is_found_later_is_tried),
    NBT_TEST("C34", the_members_of_a_group_are_tried_in_turn),
    NBT_TEST("C26 C32", a_retarget_is_followed),
    NBT_TEST("C26", a_retarget_keeps_its_port_and_the_name_service_gives_139),
    NBT_TEST("", a_retarget_to_nowhere_is_a_refusal),
    NBT_TEST("C31 C32 H23", no_sequence_of_troubles_exceeds_the_bound),
    NBT_TEST("H40", only_usable_addresses_become_targets),
    NBT_TEST("F27", near_addresses_come_first),
    NBT_TEST("", the_list_of_targets_has_an_end),
};

NBT_MAIN("call", tests)
