/*
 * Faults by meaning: upon which message each acts, how often, when, and what it does to octets.
 */
#include "tests/support/mem.h"
#include "tests/support/test.h"
#include "tools/scene/fault.h"
#include "tools/scene/parse.h"

#include <stdio.h>

#define HOSTS                                                                                      \
    "scenario x \"x\"\n"                                                                           \
    "computer FRED address=10.0.0.1\n"                                                             \
    "computer LISA address=10.0.0.2\n"                                                             \
    "end 1s\n"

#define CLAIM "registration-request FRED<20> id=0x0001 b=1 ttl=300000 owner=10.0.0.1 node=B unique"
#define QUERY "query-request FRED<20> id=0x0002 b=1"

typedef struct bad {
    test_mem mem;
    scene s;
    scene_faults *faults;
    uint8_t data[1024];
    size_t n;
    nbt_msg msg; /* what is there after the fault */
} bad;

static void begin(bad *b, const char *rest)
{
    char text[1024];
    scene_errs errs = { 0 };
    memset(b, 0, sizeof *b);
    int n = snprintf(text, sizeof text, HOSTS "%s", rest);
    bool ok = scene_parse(test_mem_of(&b->mem), text, (size_t)n, &b->s, &errs);
    if (!ok)
        fail_msg("line %u: %s: %s", errs.at[0].pos.line, errs.at[0].found, errs.at[0].why);
    b->faults = scene_faults_new(test_mem_of(&b->mem), &b->s);
    assert_non_null(b->faults);
}

static void end(bad *b)
{
    scene_faults_free(b->faults);
    scene_free(&b->s);
    assert_int_equal(b->mem.blocks, 0);
}

/* FRED sends a line to all; its fate, and what it then reads as. */
static scene_fate meet(bad *b, nbt_time now, const char *line)
{
    uint8_t arena[NBT_TEXT_ARENA_EXTRA + 512];
    nbt_text_err err;
    nbt_msg m;
    nbt_wr w;
    assert_true(nbt_text_parse(&m, line, strlen(line), arena, sizeof arena, &err));
    nbt_wr_init(&w, b->data, sizeof b->data);
    nbt_msg_wr(&w, &m);
    b->n = w.at;
    scene_sent sent = { { 0x0A000001, 137 }, { 0x0A0000FF, 137 }, true, &m, NULL };
    scene_fate fate = scene_faults_meet(b->faults, now, &sent, b->data, b->n);
    nbt_msg_rd(&b->msg, NBT_SERVICE_NAME, b->data, b->n);
    return fate;
}

/* The fates of eight claims in a row: d where it is dropped. */
static void fates(bad *b, char to[9])
{
    for (size_t i = 0; i < 8; i++)
        to[i] = meet(b, 0, CLAIM).drop ? 'd' : '.';
    to[8] = 0;
}

static void test_which_one(void **state)
{
    static const struct {
        const char *fault, *fates;
    } rows[] = {
        { "fault drop from=FRED registration-request FRED<20>\n", "dddddddd" },
        { "fault drop from=LISA registration-request FRED<20>\n", "........" },
        { "fault drop from=FRED query-request FRED<20>\n", "........" },
        { "fault drop registration-request LISA<20>\n", "........" },
        { "fault drop to=broadcast * *\n", "dddddddd" },
        { "fault drop first=2 registration-request FRED<20>\n", "dd......" },
        { "fault drop nth=3 registration-request FRED<20>\n", "..d....." },
        { "fault drop every=3 registration-request FRED<20>\n", "..d..d.." },
        { "fault drop first=1 registration-request FRED<20>\n"
          "fault drop nth=4 registration-request FRED<20>\n",
          "d..d...." },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        bad b;
        char got[9];
        begin(&b, rows[i].fault);
        fates(&b, got);
        assert_string_equal(got, rows[i].fates);
        scene_faults_reset(b.faults);
        fates(&b, got);
        assert_string_equal(got, rows[i].fates);
        end(&b);
    }
}

static void test_what_becomes_of_it(void **state)
{
    bad b;
    (void)state;
    begin(&b, "fault delay by=300ms registration-request *\n"
              "fault delay by=50ms * FRED<20>\n"
              "fault duplicate times=2 registration-request *\n"
              "fault duplicate later=4ms registration-request *\n"
              "fault reorder query-request *\n");
    scene_fate fate = meet(&b, 0, CLAIM);
    assert_int_equal(fate.more, NBT_MS(350));
    assert_int_equal(fate.copies, 3);
    assert_int_equal(fate.later, NBT_MS(4));
    assert_false(fate.drop || fate.behind || fate.corrupted);
    fate = meet(&b, 0, QUERY);
    assert_int_equal(fate.more, NBT_MS(50));
    assert_int_equal(fate.copies, 0);
    assert_true(fate.behind);
    end(&b);
}

static void test_steps_begin_and_end_it(void **state)
{
    bad b;
    (void)state;
    begin(&b, "at 1s fault F drop nth=2 registration-request *\nat 2s mend F\n");
    assert_false(scene_faults_any(b.faults));
    assert_false(meet(&b, 0, CLAIM).drop);
    scene_faults_begin(b.faults, 0, NBT_S(1));
    assert_true(scene_faults_any(b.faults));
    assert_false(meet(&b, NBT_S(1), CLAIM).drop);
    assert_true(meet(&b, NBT_S(1), CLAIM).drop); /* what came before does not count */
    scene_faults_begin(b.faults, 0, NBT_S(2));
    scene_faults_end(b.faults, 0);
    assert_false(scene_faults_any(b.faults));
    assert_false(meet(&b, NBT_S(2), CLAIM).drop);
    end(&b);
}

static void test_it_comes_and_goes(void **state)
{
    static const struct {
        nbt_time now;
        bool dropped;
    } rows[] = { { 0, true },         { NBT_MS(1999), true },
                 { NBT_S(2), false }, { NBT_MS(4999), false },
                 { NBT_S(5), true },  { NBT_S(7), false } };
    bad b;
    (void)state;
    begin(&b, "fault drop on=2s off=3s * *\n");
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_int_equal(meet(&b, rows[i].now, CLAIM).drop, rows[i].dropped);
    end(&b);
}

static void test_damage(void **state)
{
    bad b;
    (void)state;

    begin(&b, "fault corrupt rcode=5 * *\n");
    assert_true(meet(&b, 0, CLAIM).corrupted);
    assert_int_equal(nbt_ns_rcode(&b.msg.u.ns), 5);
    assert_int_equal(b.msg.u.ns.word & ~NBT_NS_RCODE_MASK, 0x2910 & ~NBT_NS_RCODE_MASK);
    end(&b);

    begin(&b, "fault corrupt trn_id=0xbeef * *\n");
    assert_true(meet(&b, 0, CLAIM).corrupted);
    assert_int_equal(b.msg.u.ns.trn_id, 0xbeef);
    end(&b);

    begin(&b, "fault corrupt ttl=7 * *\n");
    assert_true(meet(&b, 0, CLAIM).corrupted);
    assert_int_equal(b.msg.u.ns.rr[0].ttl, 7);
    assert_false(meet(&b, 0, QUERY).corrupted); /* it has no record */
    end(&b);

    begin(&b, "fault corrupt rdlength=700 * *\n");
    assert_true(meet(&b, 0, CLAIM).corrupted);
    assert_true(b.msg.err);
    assert_string_equal(b.msg.err_field, "RDATA"); /* of which there is less */
    end(&b);

    begin(&b, "fault corrupt name=LISA<41> * *\n");
    assert_true(meet(&b, 0, CLAIM).corrupted);
    char text[NBT_NAME_STR_MAX];
    nbt_name_print(&b.msg.u.ns.q.name, text, sizeof text);
    assert_string_equal(text, "LISA<41>");
    end(&b);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", test_which_one),
    NBT_TEST("", test_what_becomes_of_it),
    NBT_TEST("", test_steps_begin_and_end_it),
    NBT_TEST("", test_it_comes_and_goes),
    NBT_TEST("", test_damage),
};

NBT_MAIN("scene fault", tests)
