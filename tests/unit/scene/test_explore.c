/* Small scenes, gone through in every way. */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/profile.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"
#include "tools/scene/explore.h"

enum { HOSTS = 4, STEPS = 12 };

/* A scene in the making: one network, hosts 10.0.0.1 and up, a program on each computer. */
typedef struct making {
    scene s;
    scene_network network;
    scene_host host[HOSTS];
    scene_program program[HOSTS];
    scene_step step[STEPS];
} making;

static making m;

static void make(nbt_time delay)
{
    memset(&m, 0, sizeof m);
    m.network = (scene_network){ .name = "lan", .subnet = ip_of("10.0.0.0"), .mask = 0xFFFFFF00 };
    m.network.link.delay = delay;
    m.s.network = &m.network;
    m.s.nnetworks = 1;
    m.s.host = m.host;
    m.s.program = m.program;
    m.s.step = m.step;
}

static uint16_t computer(nbt_node_type node)
{
    uint16_t i = (uint16_t)m.s.nhosts++;
    m.host[i] = (scene_host){ .kind = SCENE_COMPUTER, .node = node, .nadapters = 1 };
    m.host[i].adapter[0].ip = ip_of("10.0.0.1") + i;
    m.host[i].profile = nbt_profile_find("rfc", 3);
    m.host[i].nwins = node != NBT_ONT_B;
    m.host[i].wins[0] = ip_of("10.0.0.1");
    snprintf(m.host[i].name, sizeof m.host[i].name, "%c", 'A' + i);
    strcpy(m.host[i].netbios, m.host[i].name);
    m.program[m.s.nprograms++] = (scene_program){ .kind = SCENE_PROGRAM, .host = i };
    return i;
}

static void server(void)
{
    uint16_t i = (uint16_t)m.s.nhosts++;
    m.host[i] = (scene_host){ .kind = SCENE_SERVER, .nadapters = 1 };
    m.host[i].adapter[0].ip = ip_of("10.0.0.1") + i;
    strcpy(m.host[i].name, "WINS");
    m.host[i].server = *nbt_nbns_profile_find("rfc", 3);
    m.program[m.s.nprograms++] = (scene_program){ .kind = SCENE_PROGRAM, .host = i };
}

static scene_step *at(nbt_time when, nbt_time slack, scene_do what)
{
    scene_step *s = &m.step[m.s.nsteps++];
    *s = (scene_step){ .at = when, .slack = slack, .what = what };
    return s;
}

static void claims(nbt_time when, nbt_time slack, uint16_t who, const char *name, unsigned verb)
{
    scene_step *s = at(when, slack, SCENE_DO_NCB);
    s->program = who;
    s->ncb.command = (uint8_t)verb;
    memcpy(s->ncb.name, name_of(name).b, NBT_NAME_LEN);
}

typedef struct result {
    xp_end end;
    xp_wrong wrong;
    explore_counts counts;
    char story[8000];
} result;

static void add_line(void *ctx, const explore_line *line)
{
    result *r = ctx;
    size_t len = strlen(r->story);
    snprintf(r->story + len, sizeof r->story - len, "%u.%03u %s %s %s\n",
             (unsigned)(line->at / 1000), (unsigned)(line->at % 1000), line->host, line->what,
             line->text);
}

static result run(explore_cfg cfg)
{
    test_mem mem = { 0 };
    scene_pos pos;
    result r = { .end = XP_RUNNING };
    assert_null(explore_refuses(&m.s, &pos));
    cfg.world.mem = test_mem_of(&mem);
    explore *x = explore_new(&cfg);
    assert_non_null(x);
    while ((r.end = explore_run(x, 1000)) == XP_RUNNING) {
    }
    explore_count(x, &r.counts);
    assert_false(r.counts.overflowed);
    if (r.end == XP_FOUND) {
        r.wrong = explore_wrong(x);
        assert_true(explore_tell(x, add_line, &r));
    }
    explore_free(x);
    assert_int_equal(mem.blocks, 0);
    if (getenv("NBTLAB_TELL"))
        printf("%s: %llu states, %llu choices, depth %u, %llu states of hosts, %llu runs\n%s",
               r.end == XP_FOUND       ? xp_wrong_str(r.wrong)
               : r.end == XP_EXHAUSTED ? "none"
                                       : "bound",
               (unsigned long long)r.counts.search.states,
               (unsigned long long)r.counts.search.choices, r.counts.search.depth,
               (unsigned long long)r.counts.host_states, (unsigned long long)r.counts.runs,
               r.story);
    return r;
}

static result explore_all(unsigned losses, unsigned doubles, unsigned wrongs)
{
    explore_cfg cfg = explore_usual((nbt_mem){ NULL, NULL }, &m.s);
    cfg.world.losses = losses;
    cfg.world.doubles = doubles;
    cfg.world.wrongs = wrongs;
    cfg.states = 3000000;
    return run(cfg);
}

static unsigned count(const char *story, const char *word)
{
    unsigned n = 0;
    for (const char *at = story; (at = strstr(at, word)); at++)
        n++;
    return n;
}

/* --- by broadcast --------------------------------------------------------------------------- */

/* It asks at 0, 250 and 500 ms and has the name at 750: a state before and after each. */
static void one_that_claims(void **state)
{
    (void)state;
    make(NBT_MS(20));
    claims(0, 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    result r = explore_all(0, 0, XP_WRONGS_QUIET);
    assert_int_equal(r.end, XP_EXHAUSTED);
    assert_int_equal(r.counts.search.states, 8);
    assert_int_equal(r.counts.search.choices, 7);
    assert_int_equal(r.counts.runs, 7);
}

/* RFC 1001 15.2.1 has nobody defend what he is only claiming. */
static void claims_that_overlap_both_succeed(void **state)
{
    (void)state;
    make(NBT_MS(20));
    claims(0, 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    claims(NBT_MS(700), 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    result r = explore_all(0, 0, XP_WRONGS_QUIET);
    assert_int_equal(r.end, XP_EXHAUSTED); /* the last two requests are heard by an owner */
    m.network.link.delay = NBT_MS(20);
    m.step[1].at = NBT_MS(100);
    r = explore_all(0, 0, XP_WRONGS_QUIET);
    assert_int_equal(r.end, XP_FOUND);
    assert_int_equal(r.wrong, XP_WRONG_OWNERS);
    assert_int_equal(count(r.story, "never gets"), 0);
    r = explore_all(0, 0, 1u << XP_WRONG_EVER);
    assert_int_equal(r.wrong, XP_WRONG_EVER);
    r = explore_all(0, 0, 1u << XP_WRONG_GROUP | 1u << XP_WRONG_UNENDED | 1u << XP_WRONG_DOUBLED);
    assert_int_equal(r.end, XP_EXHAUSTED);
}

static void apart(nbt_time delay)
{
    make(delay);
    claims(0, 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    claims(NBT_S(2), 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
}

/* A later claim is asked three times: nothing less than three losses will do. */
static void as_many_losses_as_it_takes(void **state)
{
    (void)state;
    apart(NBT_MS(20));
    for (unsigned losses = 0; losses < 3; losses++)
        assert_int_equal(explore_all(losses, 2, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    result r = explore_all(5, 0, XP_WRONGS_QUIET);
    assert_int_equal(r.wrong, XP_WRONG_OWNERS);
    assert_int_equal(count(r.story, "never gets"), 3);

    nbt_profile hasty = *m.host[0].profile; /* asks once only: one loss does it */
    hasty.bcast_count = 1;
    m.host[0].profile = m.host[1].profile = &hasty;
    assert_int_equal(explore_all(0, 2, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    r = explore_all(5, 0, XP_WRONGS_QUIET);
    assert_int_equal(r.wrong, XP_WRONG_OWNERS);
    assert_int_equal(count(r.story, "never gets"), 1);
}

/* The objection to the first request must be there within 750 ms: there and back. */
static void a_defender_that_is_too_late(void **state)
{
    (void)state;
    apart(NBT_MS(370));
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    m.network.link.delay = NBT_MS(380);
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).wrong, XP_WRONG_OWNERS);
    m.network.link.delay = NBT_MS(260); /* the second request's, if the first is lost */
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    result r = explore_all(1, 0, XP_WRONGS_QUIET);
    assert_int_equal(r.wrong, XP_WRONG_OWNERS);
    assert_int_equal(count(r.story, "never gets"), 1);
}

static void a_group_and_a_unique_name(void **state)
{
    (void)state;
    make(NBT_MS(20));
    claims(0, 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_GROUP_NAME);
    claims(NBT_S(2), 0, computer(NBT_ONT_B), "FRED<20>", NBT_NCB_ADD_NAME);
    assert_int_equal(explore_all(2, 0, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    assert_int_equal(explore_all(3, 0, XP_WRONGS_QUIET).wrong, XP_WRONG_GROUP);
    m.step[1].at = NBT_MS(50);
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).wrong, XP_WRONG_GROUP);
    m.step[1].ncb.command = NBT_NCB_ADD_GROUP_NAME;
    assert_int_equal(explore_all(1, 1, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
}

/* A name that is free again may be had; one that was cut off from its owner is had twice. */
static void release_and_partition(void **state)
{
    (void)state;
    apart(NBT_MS(20));
    claims(NBT_S(5), 0, 0, "FRED<20>", NBT_NCB_DELETE_NAME);
    claims(NBT_S(10), 0, 1, "FRED<20>", NBT_NCB_ADD_NAME);
    assert_int_equal(explore_all(1, 1, XP_WRONGS_QUIET).end, XP_EXHAUSTED);

    uint16_t side[] = { 1 };
    apart(NBT_MS(20));
    m.step[1].at = NBT_S(3);
    m.step[2] = m.step[1];
    m.step[1] = (scene_step){ .at = NBT_S(2), .what = SCENE_DO_PARTITION };
    m.step[1].hosts = side;
    m.step[1].nhosts = 1;
    m.s.nsteps = 3;
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    at(NBT_S(9), 0, SCENE_DO_HEAL);
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).wrong, XP_WRONG_OWNERS);
}

/* --- at a name server ----------------------------------------------------------------------- */

static void challenge(void **state)
{
    (void)state;
    make(NBT_MS(20));
    server();
    claims(0, 0, computer(NBT_ONT_P), "FRED<20>", NBT_NCB_ADD_NAME);
    claims(NBT_S(1), NBT_S(1), computer(NBT_ONT_P), "FRED<20>", NBT_NCB_ADD_NAME);
    for (unsigned losses = 0; losses < 3; losses++)
        assert_int_equal(explore_all(losses, losses == 1, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    result r = explore_all(3, 0, XP_WRONGS_QUIET); /* UCAST_REQ_RETRY_COUNT questions */
    assert_int_equal(r.wrong, XP_WRONG_OWNERS);
    assert_int_equal(count(r.story, "never gets WINS's query-request"), 3);
}

/* --- what waits, and what cannot be ---------------------------------------------------------- */

static void a_step_that_waits(void **state)
{
    (void)state;
    apart(NBT_MS(20));
    m.step[1] = (scene_step){ .relative = true, .what = SCENE_DO_AWAIT, .limit = NBT_S(5) };
    m.step[1].sight =
        (scene_sight){ .see = SCENE_SEE_DONE, .program = 0, .retcode = NBT_NRC_GOODRET };
    m.s.nsteps = 2;
    claims(0, 0, 1, "FRED<20>", NBT_NCB_ADD_NAME);
    m.step[2].relative = true; /* at once, when the first has it: never in its claim */
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    m.step[1].sight.retcode = NBT_NRC_INUSE; /* which does not come */
    result r = explore_all(0, 0, XP_WRONGS_QUIET);
    assert_int_equal(r.end, XP_EXHAUSTED);
    m.step[1].sight = (scene_sight){ .see = SCENE_SEE_NAME, .host = 0 };
    m.step[1].sight.name = name_of("FRED<20>");
    m.step[1].sight.state = SCENE_NAME_CLAIMED;
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).wrong, XP_WRONG_OWNERS);
}

static void what_cannot_be_explored_is_refused(void **state)
{
    (void)state;
    scene_pos pos;
    scene_fault fault[XP_FAULTS_MAX + 1] = { { .pos = { 7, 1 } } };
    apart(0);
    assert_null(explore_refuses(&m.s, &pos));
    m.s.fault = fault;
    m.s.nfaults = XP_FAULTS_MAX;
    assert_null(explore_refuses(&m.s, &pos));
    fault[0].more = NBT_S(3600);
    assert_non_null(explore_refuses(&m.s, &pos));
    assert_int_equal(pos.line, 7);
    fault[0].more = 0;
    fault[0].msg.kind = "rc-udp-data";
    assert_non_null(explore_refuses(&m.s, &pos));
    fault[0].msg.kind = NULL;
    m.s.nfaults++;
    assert_non_null(explore_refuses(&m.s, &pos));
    m.s.nfaults = 0;
    m.step[1].what = SCENE_DO_PARTITION;
    m.step[1].pos.line = 9;
    assert_null(explore_refuses(&m.s, &pos));
    m.program[1].kind = SCENE_AGENT;
    assert_null(explore_refuses(&m.s, &pos));
    m.step[1].what = SCENE_DO_HEAL; /* what is sent again to one who is back is TCP's affair */
    assert_non_null(explore_refuses(&m.s, &pos));
    assert_int_equal(pos.line, 9);
    m.program[1].kind = SCENE_PROGRAM;
    m.program[1].agent.protocols = RC_SPEAKS_NETBIOS | RC_SPEAKS_UDP;
    m.program[1].pos.line = 10;
    assert_non_null(explore_refuses(&m.s, &pos));
    assert_int_equal(pos.line, 10);
    m.program[1].agent.protocols = RC_SPEAKS_NETBIOS;
    m.program[1].file_size = 64001;
    assert_non_null(explore_refuses(&m.s, &pos));
    m.program[1].file_size = 64000;
    m.step[1].what = SCENE_DO_LINK;
    assert_non_null(explore_refuses(&m.s, &pos));
    m.step[1].what = SCENE_DO_SEND;
    assert_null(explore_refuses(&m.s, &pos));
    m.step[1].asked = true;
    assert_non_null(explore_refuses(&m.s, &pos));
    uint8_t octet = 0;
    m.step[1] = (scene_step){ .what = SCENE_DO_NCB, .bytes = &octet, .nbytes = 1 };
    assert_null(explore_refuses(&m.s, &pos));
}

/* --- faults of the file, and clocks ---------------------------------------------------------- */

static scene_fault *harm(scene_harm what, uint16_t from, const char *kind)
{
    static scene_fault faults[4];
    if (m.s.nfaults == 0)
        memset(faults, 0, sizeof faults);
    m.s.fault = faults;
    scene_fault *f = &faults[m.s.nfaults++];
    f->harm = what;
    scene_pattern_init(&f->msg);
    f->msg.from = from;
    f->msg.kind = (char *)(uintptr_t)kind;
    return f;
}

/* Three losses by the file are what three of the explorer's choice are; two are not enough. */
static void what_the_file_loses_is_lost(void **state)
{
    (void)state;
    apart(NBT_MS(20));
    scene_fault *f = harm(SCENE_HARM_DROP, 0, "negative-registration-response");
    f->first = 2;
    assert_int_equal(explore_all(0, 1, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    assert_int_equal(explore_all(1, 0, XP_WRONGS_QUIET).wrong, XP_WRONG_OWNERS);
    f->first = 3;
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).wrong, XP_WRONG_OWNERS);
    f->first = 0;
    f->every = 2;
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    f->msg.from = 1; /* who never sends one */
    f->every = 0;
    assert_int_equal(explore_all(2, 0, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    m.s.nfaults = 0;
}

/* An objection has 750 ms: what is late by more than that is none, what is late by less is one. */
static void what_the_file_delays_is_late(void **state)
{
    (void)state;
    apart(NBT_MS(20));
    scene_fault *f = harm(SCENE_HARM_DELAY, 0, "negative-registration-response");
    f->more = NBT_MS(700);
    assert_int_equal(explore_all(0, 1, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    f->more = NBT_MS(750);
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).wrong, XP_WRONG_OWNERS);
    f->on = NBT_S(1); /* it comes and goes: at 2 s it has come again */
    f->off = NBT_MS(800);
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).wrong, XP_WRONG_OWNERS);
    f->off = NBT_S(1);
    m.step[1].at = NBT_MS(1100);
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    m.s.nfaults = 0;
}

/* A step begins a fault, another one ends it. */
static void a_fault_has_its_time(void **state)
{
    (void)state;
    apart(NBT_MS(20));
    harm(SCENE_HARM_DROP, 0, "negative-registration-response")->stepped = true;
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    m.step[2] = m.step[1];
    m.step[1] = (scene_step){ .at = NBT_S(1), .what = SCENE_DO_FAULT };
    m.s.nsteps = 3;
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).wrong, XP_WRONG_OWNERS);
    at(NBT_MS(2400), 0, SCENE_DO_MEND);
    assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    m.s.nfaults = 0;
}

/* 240 ms there and back are in time for two time-outs, 260 ms are not, and a jump takes one away.
 */
static void a_clock_that_jumps(void **state)
{
    (void)state;
    for (int slow = 0; slow < 2; slow++) {
        apart(slow ? NBT_MS(260) : NBT_MS(240));
        scene_step *s = at(NBT_S(2), NBT_MS(800), SCENE_DO_CLOCK);
        s->host = 1;
        s->jump = NBT_MS(200); /* of a time-out of 250 */
        assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
        s->jump = NBT_S(9);
        result r = explore_all(0, 0, XP_WRONGS_QUIET);
        assert_int_equal(r.wrong, slow ? XP_WRONG_OWNERS : XP_WRONG_NOTHING);
        s->host = 0; /* an owner's clock is nothing to his names */
        assert_int_equal(explore_all(0, 0, XP_WRONGS_QUIET).end, XP_EXHAUSTED);
    }
}

/* --- what is left out ----------------------------------------------------------------------- */

static result with_all(unsigned losses, bool whole)
{
    explore_cfg cfg = explore_usual((nbt_mem){ NULL, NULL }, &m.s);
    cfg.world.losses = losses;
    cfg.world.whole = whole;
    return run(cfg);
}

/* A message that can make no difference is not under way: nothing else is found, in fewer states.
 */
static void what_is_left_out_makes_no_difference(void **state)
{
    (void)state;
    static const struct {
        nbt_node_type one, other;
        nbt_time when;
        unsigned losses;
        xp_end end;
    } rows[] = {
        { NBT_ONT_M, NBT_ONT_M, 0, 1, XP_EXHAUSTED },
        { NBT_ONT_M, NBT_ONT_M, 0, 2, XP_FOUND },
        { NBT_ONT_B, NBT_ONT_M, NBT_S(3), 2, XP_EXHAUSTED },
        { NBT_ONT_B, NBT_ONT_M, NBT_S(3), 3, XP_FOUND },
        { NBT_ONT_B, NBT_ONT_P, NBT_S(3), 1, XP_EXHAUSTED },
        { NBT_ONT_H, NBT_ONT_M, NBT_S(3), 1, XP_EXHAUSTED },
        { NBT_ONT_B, NBT_ONT_H, NBT_S(3), 0, XP_FOUND },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        make(NBT_MS(20));
        server();
        claims(0, 0, computer(rows[i].one), "FRED<20>", NBT_NCB_ADD_NAME);
        claims(rows[i].when, 0, computer(rows[i].other), "FRED<20>", NBT_NCB_ADD_NAME);
        m.host[computer(NBT_ONT_B)].off = true;
        result all = with_all(rows[i].losses, true), some = with_all(rows[i].losses, false);
        assert_int_equal(all.end, rows[i].end);
        assert_int_equal(some.end, rows[i].end);
        assert_int_equal(all.wrong, some.wrong);
        assert_true(some.counts.search.states < all.counts.search.states);
    }
}

static void a_host_that_is_switched_on_later_hears(void **state)
{
    (void)state;
    apart(NBT_MS(20));
    m.host[0].off = true;
    assert_true(xp_net_deaf(&m.s, 0, false));
    at(NBT_S(1), 0, SCENE_DO_START)->host = 0;
    assert_false(xp_net_deaf(&m.s, 0, true));
    assert_false(xp_net_deaf(&m.s, 1, true));
    m.host[1].node = NBT_ONT_P;
    assert_true(xp_net_deaf(&m.s, 1, true));
    assert_false(xp_net_deaf(&m.s, 1, false));
    m.host[1].kind = SCENE_HOST;
    assert_true(xp_net_deaf(&m.s, 1, false));
}

/* Wherever memory ends, the exploration ends, and gives back what it had. */
static void without_memory_it_ends(void **state)
{
    (void)state;
    unsigned whole = 0;
    apart(NBT_MS(20));
    for (size_t fail = 1; fail < 3000 && whole == 0; fail += fail < 200 ? 1 : 37) {
        test_mem mem = { .fail_at = fail };
        explore_cfg cfg = explore_usual(test_mem_of(&mem), &m.s);
        cfg.world.losses = 3;
        explore *x = explore_new(&cfg);
        xp_end end = x ? explore_run(x, 1000000) : XP_MEMORY;
        if (end == XP_FOUND) {
            result r = { .end = end };
            whole += explore_tell(x, add_line, &r);
        } else {
            assert_int_equal(end, XP_MEMORY);
        }
        explore_free(x);
        assert_int_equal(mem.blocks, 0);
    }
    assert_int_equal(whole, 1);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", one_that_claims),
    NBT_TEST("", claims_that_overlap_both_succeed),
    NBT_TEST("", as_many_losses_as_it_takes),
    NBT_TEST("", a_defender_that_is_too_late),
    NBT_TEST("", a_group_and_a_unique_name),
    NBT_TEST("", release_and_partition),
    NBT_TEST("", challenge),
    NBT_TEST("", a_step_that_waits),
    NBT_TEST("", what_cannot_be_explored_is_refused),
    NBT_TEST("", what_the_file_loses_is_lost),
    NBT_TEST("", what_the_file_delays_is_late),
    NBT_TEST("", a_fault_has_its_time),
    NBT_TEST("", a_clock_that_jumps),
    NBT_TEST("", what_is_left_out_makes_no_difference),
    NBT_TEST("", a_host_that_is_switched_on_later_hears),
    NBT_TEST("", without_memory_it_ends),
};

NBT_MAIN("explore", tests)
