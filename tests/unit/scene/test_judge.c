/*
 * The judge and the script, told by hand what happens: each sort of sight is seen when it is there
 * and not seen when it is not, in its window, its order and its number.
 */
#include "tests/support/mem.h"
#include "tests/support/test.h"
#include "tools/scene/parse.h"
#include "tools/scene/script.h"

#include <stdio.h>

#define HOSTS                                                                                      \
    "scenario x \"x\"\n"                                                                           \
    "computer FRED address=10.0.0.1\n"                                                             \
    "computer LISA address=10.0.0.2\n"                                                             \
    "server WINS address=10.0.0.9\n"                                                               \
    "program P1 on=FRED\n"                                                                         \
    "agent A1 on=FRED protocols=netbios\n"                                                         \
    "viewer V1 on=LISA client=FRED protocols=netbios\n"

#define CLAIM "registration-request FRED<20> id=0x0001 b=1 ttl=300000 owner=10.0.0.1 node=B unique"
#define REFUSAL                                                                                    \
    "negative-registration-response FRED<20> id=0x0001 rcode=ACT_ERR owner=10.0.0.1 node=B unique"

enum { FRED, LISA, WINS };
enum { P1, A1, V1 };

typedef struct court {
    test_mem mem;
    scene s;
    scene_judge *judge;
    scene_script script;
    /* What the view says. */
    scene_name_state name[2];
    nbt_nbstate record;
    uint32_t owner, sessions;
    bool ready;
} court;

static scene_name_state name_of(void *ctx, uint16_t host, const nbt_name *name)
{
    (void)name;
    return ((court *)ctx)->name[host];
}

static nbt_nbstate record_of(void *ctx, uint16_t host, const nbt_name *name, uint32_t owner,
                             bool *owned)
{
    const court *c = ctx;
    (void)name;
    assert_int_equal(host, WINS);
    *owned = c->owner == owner;
    return c->record;
}

static uint32_t sessions_of(void *ctx, uint16_t host)
{
    (void)host;
    return ((court *)ctx)->sessions;
}

static bool is_ready(void *ctx, uint16_t host)
{
    (void)host;
    return ((court *)ctx)->ready;
}

static void convene(court *c, const char *rest)
{
    char text[4096];
    scene_errs errs = { 0 };
    memset(c, 0, sizeof *c);
    int n = snprintf(text, sizeof text, HOSTS "%s", rest);
    bool ok = scene_parse(test_mem_of(&c->mem), text, (size_t)n, &c->s, &errs);
    if (!ok)
        fail_msg("line %u: %s: %s", errs.at[0].pos.line, errs.at[0].found, errs.at[0].why);
    c->record = NBT_NBSTATE_GONE;
    scene_view view = { c, name_of, record_of, sessions_of, is_ready };
    c->judge = scene_judge_new(test_mem_of(&c->mem), &c->s, &view);
    assert_non_null(c->judge);
    scene_script_init(&c->script, &c->s, c->judge);
}

static void adjourn(court *c)
{
    scene_judge_free(c->judge);
    scene_free(&c->s);
    assert_int_equal(c->mem.blocks, 0);
}

static void tell_message(court *c, nbt_time at, uint32_t from, uint32_t to, const char *line)
{
    uint8_t arena[NBT_TEXT_ARENA_EXTRA + 512];
    nbt_text_err err;
    nbt_msg m;
    assert_true(nbt_text_parse(&m, line, strlen(line), arena, sizeof arena, &err));
    scene_event ev = { .kind = SCENE_EV_MESSAGE,
                       .at = at,
                       .from = { from, NBT_PORT_NS },
                       .to = { to, NBT_PORT_NS },
                       .broadcast = to == 0x0A0000FF,
                       .frame = 7,
                       .msg = &m };
    scene_judge_event(c->judge, &ev);
}

static void claims(court *c, nbt_time at)
{
    tell_message(c, at, 0x0A000001, 0x0A0000FF, CLAIM);
}

static void refuses(court *c, nbt_time at)
{
    tell_message(c, at, 0x0A000002, 0x0A000001, REFUSAL);
}

static void tell_done(court *c, nbt_time at, uint8_t verb, const char *name, uint8_t retcode)
{
    nbt_name n;
    nbt_ncb ncb = { .command = verb, .retcode = retcode };
    assert_true(nbt_name_parse(&n, name, strlen(name)));
    memcpy(ncb.name, n.b, NBT_NAME_LEN);
    scene_judge_event(c->judge,
                      &(scene_event){ .kind = SCENE_EV_DONE, .at = at, .index = P1, .ncb = &ncb });
}

static void tell_app(court *c, nbt_time at, uint32_t program, rc_app app, int64_t value)
{
    const nbt_ncb ncb = { .retcode = NBT_NRC_DUPNAME };
    scene_judge_event(c->judge, &(scene_event){ .kind = SCENE_EV_APP,
                                                .at = at,
                                                .index = program,
                                                .app = app,
                                                .value = value,
                                                .ncb = &ncb });
}

/* Whether expectation 0 of a scenario holds after what `happens`. */
static bool holds(const char *expectation, void (*happens)(court *c))
{
    court c;
    convene(&c, expectation);
    happens(&c);
    scene_judge_end(c.judge, NBT_S(60));
    bool held = scene_judge_held(c.judge, 0);
    adjourn(&c);
    return held;
}

static void nothing(court *c)
{
    (void)c;
}

static void a_claim_at_2s(court *c)
{
    claims(c, NBT_S(2));
}

static void two_claims(court *c)
{
    claims(c, NBT_S(2));
    claims(c, NBT_S(3));
}

static void a_refusal(court *c)
{
    refuses(c, NBT_S(2));
}

static void claim_then_refusal(court *c)
{
    claims(c, NBT_S(2));
    refuses(c, NBT_S(3));
}

static void refusal_then_claim(court *c)
{
    refuses(c, NBT_S(2));
    claims(c, NBT_S(3));
}

static void added(court *c)
{
    tell_done(c, NBT_S(1), NBT_NCB_ADD_NAME, "FRED<20>", NBT_NRC_GOODRET);
}

static void refused(court *c)
{
    tell_done(c, NBT_S(1), NBT_NCB_ADD_NAME, "FRED<20>", NBT_NRC_INUSE);
}

static void another_added(court *c)
{
    tell_done(c, NBT_S(1), NBT_NCB_ADD_NAME, "LISA<20>", NBT_NRC_GOODRET);
}

static void shows_rows(court *c)
{
    static const char rows[] = "CLIENT1 16:43:20\n> alive\n";
    scene_event ev = { .kind = SCENE_EV_APP,
                       .at = NBT_S(1),
                       .index = V1,
                       .app = RC_APP_SCREEN,
                       .data = { (const uint8_t *)rows, sizeof rows - 1 } };
    scene_judge_event(c->judge, &ev);
}

static void listens(court *c)
{
    tell_app(c, NBT_S(1), A1, RC_APP_LISTENING, 0);
}

static void connects(court *c)
{
    tell_app(c, NBT_S(1), V1, RC_APP_CONNECTED, RC_NETBIOS);
}

static void connects_and_ends(court *c)
{
    connects(c);
    tell_app(c, NBT_S(2), V1, RC_APP_EXIT, RC_END_LOST);
}

static void connects_and_crashes(court *c)
{
    connects(c);
    scene_judge_event(c->judge,
                      &(scene_event){ .kind = SCENE_EV_DOWN, .at = NBT_S(2), .index = LISA });
}

static void viewer_refused(court *c)
{
    tell_app(c, NBT_S(1), V1, RC_APP_CLAIM_REFUSED, 1);
}

/* A name that is registered between 1 and 2 s. */
static void registered_for_a_while(court *c)
{
    c->name[FRED] = SCENE_NAME_REGISTERED;
    scene_judge_look(c->judge, NBT_S(1));
    c->name[FRED] = SCENE_NAME_CONFLICT;
    scene_judge_look(c->judge, NBT_S(2));
}

static void both_own(court *c)
{
    c->name[FRED] = c->name[LISA] = SCENE_NAME_REGISTERED;
    scene_judge_look(c->judge, NBT_S(1));
}

static void record_active(court *c)
{
    c->record = NBT_NBSTATE_ACTIVE;
    c->owner = 0x0A000001;
    scene_judge_look(c->judge, NBT_S(1));
}

static void two_sessions(court *c)
{
    c->sessions = 2;
    scene_judge_look(c->judge, NBT_S(1));
}

static void is_up(court *c)
{
    c->ready = true;
    scene_judge_look(c->judge, NBT_S(1));
}

#define MSG "message from=FRED registration-request FRED<20>"

static void test_sights(void **state)
{
    static const struct {
        const char *text;
        void (*happens)(court *c);
        bool held;
    } rows[] = {
        { "expect " MSG "\n", a_claim_at_2s, true },
        { "expect " MSG "\n", nothing, false },
        { "expect " MSG "\n", a_refusal, false },
        { "expect message from=LISA registration-request FRED<20>\n", a_claim_at_2s, false },
        { "expect message from=FRED registration-request LISA<20>\n", a_claim_at_2s, false },
        { "expect " MSG " unique b=1\n", a_claim_at_2s, true },
        { "expect " MSG " group\n", a_claim_at_2s, false },
        { "expect " MSG " id=*\n", a_claim_at_2s, true },
        { "expect " MSG " id=0x0002\n", a_claim_at_2s, false },
        { "expect message to=broadcast * *\n", a_claim_at_2s, true },
        { "expect message to=broadcast * *\n", a_refusal, false },
        { "expect message to=FRED * FRED<20>\n", a_refusal, true },
        { "expect message to=10.0.0.1 * *\n", a_refusal, true },
        { "expect message from=10.0.0.9 * *\n", a_refusal, false },
        { "never " MSG "\n", nothing, true },
        { "never " MSG "\n", a_claim_at_2s, false },
        { "expect count=2 " MSG "\n", two_claims, true },
        { "expect count=2 " MSG "\n", a_claim_at_2s, false },
        { "expect count=1 " MSG "\n", two_claims, false },
        { "expect count=0 " MSG "\n", a_refusal, true },
        { "expect done P1 add FRED<20> NRC_GOODRET\n", added, true },
        { "expect done P1 add FRED<20> NRC_GOODRET\n", refused, false },
        { "expect done P1 add FRED<20> NRC_GOODRET\n", another_added, false },
        { "expect done P1 delete FRED<20> NRC_GOODRET\n", added, false },
        { "expect A1 ready\n", listens, true },
        { "expect A1 ready\n", connects, false },
        { "expect V1 connected via=netbios\n", connects, true },
        { "expect V1 connected via=tcp\n", connects, false },
        { "expect V1 shows \"alive\"\n", shows_rows, true },
        { "expect V1 shows \"16:43:20\"\n", shows_rows, true },
        { "expect V1 shows \"alive1\"\n", shows_rows, false },
        { "expect V1 shows \"alive\"\n", connects, false },
        { "expect V1 refused NRC_DUPNAME\n", viewer_refused, true },
        { "expect V1 refused NRC_INUSE\n", viewer_refused, false },
        { "expect V1 ended session-lost\n", connects_and_ends, true },
        { "expect V1 ended done\n", connects_and_ends, false },
        { "expect V1 connected\n", connects_and_ends, true },
        { "expect finally V1 connected\n", connects_and_ends, false },
        { "expect finally V1 connected\n", connects, true },
        { "expect finally V1 connected\n", connects_and_crashes, false },
        { "expect name FRED<20> on=FRED registered\n", registered_for_a_while, true },
        { "expect name FRED<20> on=LISA registered\n", registered_for_a_while, false },
        { "expect finally name FRED<20> on=FRED registered\n", registered_for_a_while, false },
        { "expect finally name FRED<20> on=FRED conflict\n", registered_for_a_while, true },
        { "expect name FRED<20> on=FRED absent\n", both_own, false },
        { "never owners FRED<20> count=2\n", both_own, false },
        { "never owners FRED<20> count=2\n", registered_for_a_while, true },
        { "expect record FRED<20> on=WINS active owner=10.0.0.1\n", record_active, true },
        { "expect record FRED<20> on=WINS active owner=10.0.0.2\n", record_active, false },
        { "expect record FRED<20> on=WINS released\n", record_active, false },
        { "expect finally sessions on=FRED count=2\n", two_sessions, true },
        { "expect finally sessions on=FRED count=1\n", two_sessions, false },
        { "expect ready FRED\n", is_up, true },
        { "expect ready FRED\n", nothing, false },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        if (holds(rows[i].text, rows[i].happens) != rows[i].held)
            fail_msg("row %zu: %s", i, rows[i].text);
    }
}

#define IN_ORDER                                                                                   \
    "expect after=a message to=FRED negative-registration-response FRED<20>\nexpect a: " MSG "\n"

static void test_order_and_window(void **state)
{
    (void)state;
    assert_true(holds(IN_ORDER, claim_then_refusal));
    assert_false(holds(IN_ORDER, refusal_then_claim));
    assert_false(holds(IN_ORDER, a_refusal));
    assert_true(holds("expect " MSG " within 2s\n", a_claim_at_2s));
    assert_false(holds("expect " MSG " within 1999ms\n", a_claim_at_2s));
}

/* --- the script ---------------------------------------------------------------------------------
 */

static const scene_step *next(court *c, nbt_time now)
{
    return scene_script_next(&c->script, now);
}

static void test_steps_in_time(void **state)
{
    court c;
    (void)state;
    convene(&c, "at 1s crash FRED\nat +2s start FRED\nat +0s crash LISA\nend 10s\n");
    assert_int_equal(scene_script_due(&c.script), NBT_S(1));
    assert_null(next(&c, NBT_MS(999)));
    const scene_step *step = next(&c, NBT_S(1));
    assert_non_null(step);
    assert_int_equal(step->what, SCENE_DO_CRASH);
    assert_null(next(&c, NBT_S(1)));
    assert_int_equal(scene_script_due(&c.script), NBT_S(3));
    step = next(&c, NBT_S(3));
    assert_int_equal(step->what, SCENE_DO_START);
    step = next(&c, NBT_S(3));
    assert_int_equal(step->host, LISA);
    assert_null(next(&c, NBT_S(3)));
    assert_int_equal(scene_script_due(&c.script), NBT_S(10));
    assert_false(scene_script_is_over(&c.script, NBT_MS(9999)));
    assert_true(scene_script_is_over(&c.script, NBT_S(10)));
    adjourn(&c);
}

/* Two awaits in a row are fulfilled in either order; what came before the step does not count. */
static void test_awaits(void **state)
{
    court c;
    (void)state;
    convene(&c,
            "at 1s crash LISA\nawait 5s A1 ready\nawait 5s " MSG "\nat +1s start LISA\nend +1s\n");
    claims(&c, NBT_MS(500));
    assert_non_null(next(&c, NBT_S(1)));
    assert_null(next(&c, NBT_S(1)));
    assert_int_equal(scene_script_due(&c.script), NBT_S(6));
    claims(&c, NBT_S(2));
    assert_null(next(&c, NBT_S(2)));
    listens(&c);
    assert_null(next(&c, NBT_S(3)));
    assert_int_equal(scene_script_due(&c.script), NBT_S(4)); /* both are over: the start */
    assert_non_null(next(&c, NBT_S(4)));
    assert_null(next(&c, NBT_S(4)));
    assert_true(scene_script_is_over(&c.script, NBT_S(5)));
    assert_false(c.script.missed);
    adjourn(&c);
}

static void test_a_missed_await_ends_the_script(void **state)
{
    court c;
    (void)state;
    convene(&c, "at 1s crash LISA\nawait 5s " MSG "\nat +1s start LISA\nend +1s\n");
    claims(&c, NBT_MS(500)); /* before the step: it does not count */
    assert_non_null(next(&c, NBT_S(1)));
    assert_null(next(&c, NBT_S(1)));
    assert_null(next(&c, NBT_S(6)));
    assert_true(c.script.missed);
    assert_null(next(&c, NBT_S(60)));
    assert_true(scene_script_is_over(&c.script, NBT_S(7)));
    adjourn(&c);
}

/* A program that stands so already need not come to it again. */
static void test_await_of_what_is_so_already(void **state)
{
    court c;
    (void)state;
    convene(&c, "at 2s crash LISA\nawait 5s A1 ready\nend +1s\n");
    listens(&c);
    assert_non_null(next(&c, NBT_S(2)));
    assert_null(next(&c, NBT_S(2)));
    assert_false(c.script.waiting);
    adjourn(&c);
}

static void test_shares(void **state)
{
    scene_tally t = { 0 };
    scene_expect all = { .share = 1000000 }, most = { .share = 900000 };
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++)
        scene_tally_add(&t, seed % 10 != 0, seed);
    assert_int_equal(t.failed, 2);
    assert_int_equal(t.seed[0], 10);
    assert_int_equal(t.seed[1], 20);
    assert_false(scene_tally_is_enough(&t, &all, 20));
    assert_true(scene_tally_is_enough(&t, &most, 20));
    assert_false(scene_tally_is_enough(&t, &most, 19));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", test_sights),
    NBT_TEST("", test_order_and_window),
    NBT_TEST("", test_steps_in_time),
    NBT_TEST("", test_awaits),
    NBT_TEST("", test_a_missed_await_ends_the_script),
    NBT_TEST("", test_await_of_what_is_so_already),
    NBT_TEST("", test_shares),
};

NBT_MAIN("scene judge", tests)
