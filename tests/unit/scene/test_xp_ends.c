/* tools/scene/xp_ends.c: streams between two explored hosts, piece by piece. */
#include "tests/support/test.h"

#include "tests/support/build.h"
#include "tests/support/mem.h"
#include "tests/support/scenes.h"
#include "tools/scene/xp_work_impl.h"

enum { ONE, OTHER, PORT = 1761, ARENA = 4 * 1024 * 1024 };

#define SCENE                                                                                      \
    "scenario two \"two\"\nnetwork lan\ncomputer ONE address=10.0.0.1 services=none\n"             \
    "computer OTHER address=10.0.0.2 services=none\nprogram P1 on=ONE\nprogram P2 on=OTHER\n"

/* Two hosts, and what their programs have heard: letters, as words. */
typedef struct pair {
    scene s;
    test_mem mem;
    xp_net net;
    xp_hosts all;
    xp_arena arena[2];
    xp_work work[2];
    char heard[200];
} pair;

static pair p;

static void begin(void)
{
    memset(&p, 0, sizeof p);
    nbt_mem mem = test_mem_of(&p.mem);
    scenes_read(mem, SCENE, strlen(SCENE), &p.s);
    xp_net_init(&p.net, mem, &p.s, NBT_NEVER, false);
    assert_true(xp_hosts_init(&p.all, mem, &p.s, &p.net));
    for (uint8_t i = 0; i < 2; i++) {
        assert_true(xp_arena_init(&p.arena[i], mem, ARENA));
        assert_true(xp_work_init(&p.work[i], &p.all, i, &p.arena[i]));
        xp_work_start(&p.work[i]);
    }
    xp_ends_listen(&p.work[OTHER].o->ends, 2, PORT);
}

/* The letters are read here, not delivered: there are no programs. */
static const char *heard(int who)
{
    static const char *const words[] = {
        [NBT_TCP_ACCEPTED] = "accepted ", [NBT_TCP_OPENED] = "opened ",
        [NBT_TCP_REFUSED] = "refused ",   [NBT_TCP_UNREACHABLE] = "unreachable ",
        [NBT_TCP_DATA] = "data ",         [NBT_TCP_SENT] = "sent ",
        [NBT_TCP_EOF] = "eof ",           [NBT_TCP_RESET] = "reset ",
    };
    xp_work *h = &p.work[who];
    p.heard[0] = '\0';
    for (size_t i = 0; i < h->nmail; i++) {
        xp_letter l = h->mail[i];
        if (l.kind == NBT_ACT_TCP_RESUME)
            xp_ends_take(h, l.proc, l.ev.conn);
        else
            strcat(p.heard, words[l.ev.kind]);
        nbt_mem m = test_mem_of(&p.mem);
        if (l.n > 0)
            m.resize(m.ctx, l.data, l.n, 0);
    }
    h->nmail = 0;
    return p.heard;
}

/* All that one has sent reaches the other; how many pieces. */
static size_t carry(int from)
{
    xp_work *h = &p.work[from];
    size_t n = h->nsent;
    for (size_t i = 0; i < n; i++) {
        xp_packet piece = p.net.packet[h->sent[i]];
        xp_ends_hear(&p.work[1 - from], &piece, h->sent[i], 0);
    }
    h->nsent = 0;
    return n;
}

static void wants(int who, nbt_act_kind kind, uint32_t conn, const char *text)
{
    nbt_act act = { .kind = kind, .conn = conn, .to = { ip_of("10.0.0.2"), PORT } };
    nbt_bytes data = { (const uint8_t *)text, text ? strlen(text) : 0 };
    xp_ends_do(&p.work[who], (uint32_t)who + 1, &act, data);
}

/* Connection 2 of ONE, 1 of OTHER. */
static void connect(void)
{
    begin();
    wants(ONE, NBT_ACT_TCP_OPEN, 2, NULL);
    assert_int_equal(carry(ONE), 1);
    assert_string_equal(heard(OTHER), "accepted ");
    assert_int_equal(carry(OTHER), 1);
    assert_string_equal(heard(ONE), "opened ");
}

static bool has_ends(int who)
{
    for (size_t i = 0; i < XP_ENDS_MAX; i++)
        if (p.work[who].o->ends.end[i].state != XP_TCP_NONE)
            return true;
    return false;
}

static void end(void)
{
    for (int i = 0; i < 2; i++) {
        (void)heard(i);
        xp_work_fini(&p.work[i]);
        xp_arena_fini(&p.arena[i]);
    }
    xp_hosts_fini(&p.all);
    xp_net_fini(&p.net);
    scene_free(&p.s);
    assert_int_equal(p.mem.blocks, 0);
}

static void a_close_in_order_leaves_nothing(void **state)
{
    (void)state;
    connect();
    wants(ONE, NBT_ACT_TCP_SEND, 2, "hello");
    wants(ONE, NBT_ACT_TCP_CLOSE, 2, NULL);
    wants(ONE, NBT_ACT_TCP_SEND, 2, "behind the end");
    assert_string_equal(heard(ONE), "sent ");
    assert_int_equal(carry(ONE), 2);
    assert_string_equal(heard(OTHER), "data eof ");
    assert_true(has_ends(ONE) && has_ends(OTHER));
    wants(OTHER, NBT_ACT_TCP_CLOSE, 1, NULL);
    assert_false(has_ends(OTHER));
    carry(OTHER);
    assert_string_equal(heard(ONE), "eof ");
    assert_false(has_ends(ONE));
    end();
}

static void what_is_held_waits(void **state)
{
    (void)state;
    connect();
    wants(OTHER, NBT_ACT_TCP_HOLD, 1, NULL);
    wants(ONE, NBT_ACT_TCP_SEND, 2, "one");
    wants(ONE, NBT_ACT_TCP_SEND, 2, "two");
    wants(ONE, NBT_ACT_TCP_CLOSE, 2, NULL);
    carry(ONE);
    assert_string_equal(heard(OTHER), "");
    wants(OTHER, NBT_ACT_TCP_RESUME, 1, NULL);
    assert_string_equal(heard(OTHER), "data data eof ");
    end();
}

static void nobody_listens_or_knows(void **state)
{
    (void)state;
    connect();
    p.work[OTHER].o->ends.listener[0].port = 0;
    p.work[OTHER].o->ends.listener[1].port = 0;
    wants(ONE, NBT_ACT_TCP_OPEN, 4, NULL);
    carry(ONE);
    carry(OTHER);
    assert_string_equal(heard(ONE), "refused ");
    wants(OTHER, NBT_ACT_TCP_ABORT, 1, NULL);
    assert_false(has_ends(OTHER));
    wants(ONE, NBT_ACT_TCP_SEND, 2, "meets nobody");
    carry(ONE);
    assert_int_equal(carry(OTHER), 2); /* of the abort, and for what met nobody */
    assert_string_equal(heard(ONE), "sent reset ");
    assert_false(has_ends(ONE));
    end();
}

/* A call is given up after 7 s, a connection to a host without power 51 s after it sent there. */
static void nobody_is_there(void **state)
{
    (void)state;
    connect();
    xp_work *one = &p.work[ONE];
    wants(ONE, NBT_ACT_TCP_OPEN, 4, NULL);
    one->nsent = 0;
    assert_true(xp_ends_due(&one->o->ends) == XP_SYN_PATIENCE);
    one->now = XP_SYN_PATIENCE;
    xp_ends_tick(one);
    assert_string_equal(heard(ONE), "unreachable ");

    nbt_computer *off = p.work[OTHER].o->computer;
    xp_ends_gone(&p.work[OTHER], 2, true);
    p.work[OTHER].o->computer = NULL;
    wants(ONE, NBT_ACT_TCP_SEND, 2, "x");
    carry(ONE);
    carry(OTHER);
    assert_true(xp_ends_due(&one->o->ends) == XP_SYN_PATIENCE + XP_DATA_PATIENCE);
    one->now += XP_DATA_PATIENCE;
    xp_ends_tick(one);
    assert_string_equal(heard(ONE), "sent reset ");
    assert_false(has_ends(ONE));
    p.work[OTHER].o->computer = off;
    end();
}

/* --- what sessions carry: between the drivers, which are program 0 ---------------------------- */

static void say(const char *text)
{
    nbt_act act = { .kind = NBT_ACT_TCP_SEND, .conn = 2 };
    nbt_bytes data = { (const uint8_t *)text, strlen(text) };
    xp_ends_say(&p.work[ONE], 2, data);
    xp_ends_do(&p.work[ONE], XP_DRIVER, &act, data);
    carry(ONE);
    (void)heard(ONE);
    (void)heard(OTHER);
}

static void receives(const char *text, uint8_t retcode)
{
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE, .retcode = retcode };
    xp_ends_receive(&p.work[OTHER], 1, &ncb, (nbt_bytes){ (const uint8_t *)text, strlen(text) });
}

static void connect_drivers(void)
{
    begin();
    p.work[OTHER].o->ends.listener[1].proc = XP_DRIVER;
    nbt_act act = { .kind = NBT_ACT_TCP_OPEN, .conn = 2 };
    act.to = (nbt_ep){ ip_of("10.0.0.2"), NBT_PORT_SSN };
    xp_ends_do(&p.work[ONE], XP_DRIVER, &act, (nbt_bytes){ NULL, 0 });
    carry(ONE);
    carry(OTHER);
    (void)heard(ONE);
    (void)heard(OTHER);
}

static void what_is_received_is_what_was_sent(void **state)
{
    (void)state;
    static const struct {
        const char *label, *said[2], *got[3];
        uint8_t nrc[3];
        bool changed, lost;
    } rows[] = {
        { "whole and in order", { "a", "bc" }, { "a", "bc" }, { 0, 0 }, false, false },
        { "in pieces", { "abc" }, { "a", "bc" }, { NBT_NRC_INCOMP, 0 }, false, false },
        { "changed", { "abc" }, { "abd" }, { 0 }, true, false },
        { "twice", { "a" }, { "a", "a" }, { 0, 0 }, true, false },
        { "overtaken", { "a", "b" }, { "b", "a" }, { 0, 0 }, true, false },
        { "cut short", { "abc" }, { "ab" }, { 0 }, true, false },
        { "lost", { "a", "b" }, { "a", "" }, { 0, NBT_NRC_SCLOSED }, false, true },
        { "closed behind all", { "a" }, { "a", "" }, { 0, NBT_NRC_SCLOSED }, false, false },
        { "broken", { "a", "b" }, { "a", "" }, { 0, NBT_NRC_SABORT }, false, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        connect_drivers();
        for (size_t k = 0; k < 2 && rows[i].said[k]; k++)
            say(rows[i].said[k]);
        for (size_t k = 0; k < 3 && rows[i].got[k]; k++)
            receives(rows[i].got[k], rows[i].nrc[k]);
        if (p.work[OTHER].o->ends.changed != rows[i].changed ||
            p.work[OTHER].o->ends.lost != rows[i].lost)
            fail_msg("%s", rows[i].label);
        end();
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_close_in_order_leaves_nothing),   NBT_TEST("", what_is_held_waits),
    NBT_TEST("", nobody_listens_or_knows),           NBT_TEST("", nobody_is_there),
    NBT_TEST("", what_is_received_is_what_was_sent),
};

NBT_MAIN("xp_ends", tests)
