/*
 * nbt/prog.c: one command at a time, a RESET where the driver wants one, and no answer of
 * another's.
 */
#include "tests/support/test.h"

#include "nbt/prog.h"
#include "tests/support/mem.h"

typedef struct asked {
    test_mem mem;
    nbt_out out;
    nbt_prog_tags tags;
    nbt_prog_ask ask;
} asked;

static void begin(asked *a)
{
    nbt_ncb ncb = { .command = NBT_NCB_ADD_NAME, .lana = 3 };
    memset(a, 0, sizeof *a);
    nbt_out_init(&a->out, test_mem_of(&a->mem));
    nbt_prog_put(&a->ask, &a->tags, &ncb, &a->out);
}

/* The last control block that came out, completed. */
static nbt_prog_took answer(asked *a, uint8_t retcode)
{
    nbt_act *last = &a->out.acts[a->out.n - 1];
    nbt_ncb ncb = last->ncb;
    ncb.retcode = retcode;
    return nbt_prog_answered(&a->ask, &a->tags, last->tag, &ncb, &a->out);
}

static void the_answer_is_kept(void **state)
{
    (void)state;
    asked a;
    begin(&a);
    assert_int_equal(a.out.acts[0].ncb.command, NBT_NCB_ADD_NAME);
    assert_int_equal(a.out.acts[0].ncb.retcode, NBT_NRC_GOODRET);
    assert_int_equal(a.ask.ncb.retcode, 0xFF);
    assert_int_equal(nbt_prog_answered(&a.ask, &a.tags, a.ask.tag + 1, &a.ask.ncb, &a.out),
                     NBT_PROG_NOT_MINE);
    assert_int_equal(a.ask.ncb.retcode, 0xFF); /* until it is finished */
    assert_int_equal(answer(&a, NBT_NRC_DUPNAME), NBT_PROG_DONE);
    assert_int_equal(a.ask.ncb.retcode, NBT_NRC_DUPNAME);
    assert_int_equal(a.ask.tag, 0);
    assert_int_equal(answer(&a, NBT_NRC_GOODRET), NBT_PROG_NOT_MINE); /* it comes once */
    nbt_out_fini(&a.out);
}

static void a_reset_goes_between_and_the_command_again(void **state)
{
    (void)state;
    asked a;
    begin(&a);
    assert_int_equal(answer(&a, NBT_NRC_ENVNOTDEF), NBT_PROG_TAKEN);
    assert_int_equal(a.ask.ncb.retcode, 0xFF);
    assert_int_equal(a.out.acts[1].ncb.command, NBT_NCB_RESET);
    assert_int_equal(a.out.acts[1].ncb.lana, 3);
    assert_int_equal(a.out.acts[1].ncb.lsn, 0);
    assert_int_equal(answer(&a, NBT_NRC_GOODRET), NBT_PROG_TAKEN);
    assert_int_equal(a.out.acts[2].ncb.command, NBT_NCB_ADD_NAME);
    assert_int_equal(answer(&a, NBT_NRC_ENVNOTDEF), NBT_PROG_DONE);
    assert_int_equal(a.out.n, 3);
    nbt_out_fini(&a.out);
}

static void a_reset_that_fails_is_the_answer(void **state)
{
    (void)state;
    asked a;
    begin(&a);
    assert_int_equal(answer(&a, NBT_NRC_ENVNOTDEF), NBT_PROG_TAKEN);
    assert_int_equal(answer(&a, NBT_NRC_MAXAPPS), NBT_PROG_DONE);
    assert_int_equal(a.ask.ncb.command, NBT_NCB_RESET);
    assert_int_equal(a.ask.ncb.retcode, NBT_NRC_MAXAPPS);
    nbt_out_fini(&a.out);
}

static void no_tag_is_zero(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_out out;
    nbt_prog_tags tags = { UINT32_MAX };
    nbt_ncb ncb = { .command = NBT_NCB_SEND };
    nbt_out_init(&out, test_mem_of(&mem));
    assert_int_equal(nbt_prog_submit(&tags, &ncb, "abc", 3, &out), 1);
    assert_int_equal(out.acts[0].tag, 1);
    assert_memory_equal(nbt_out_data(&out, &out.acts[0]).p, "abc", 3);
    nbt_out_fini(&out);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("G2", the_answer_is_kept),
    NBT_TEST("", a_reset_goes_between_and_the_command_again),
    NBT_TEST("", a_reset_that_fails_is_the_answer),
    NBT_TEST("", no_tag_is_zero),
};

NBT_MAIN("prog", tests)
