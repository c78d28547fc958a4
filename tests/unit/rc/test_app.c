/*
 * rc/app.c: effects carry what their table says, and every one has a word of its own.
 */
#include "tests/support/test.h"

#include "rc/app.h"
#include "tests/support/mem.h"

static void every_effect_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (rc_app a = RC_APP_SLOT_WANTED; a <= RC_APP_EXIT; a++) {
        assert_string_not_equal(rc_app_str(a), "unknown");
        for (rc_app b = RC_APP_SLOT_WANTED; b < a; b++)
            assert_string_not_equal(rc_app_str(a), rc_app_str(b));
    }
}

static void every_end_has_a_word_and_a_reason(void **state)
{
    (void)state;
    assert_string_equal(rc_end_str(RC_END_DONE), "done");
    assert_string_equal(rc_end_str(RC_END_NAME), "name-refused");
    for (rc_end e = RC_END_DONE; e <= RC_END_TRANSFER; e++) {
        assert_string_not_equal(rc_end_str(e), "unknown");
        assert_true(strlen(rc_end_reason(e)) > 10);
    }
    assert_string_equal(rc_closed_str(RC_CLOSED_BY_VIEWER), "viewer");
    assert_string_equal(rc_closed_str(RC_CLOSED_BY_LOSS), "loss");
}

static void assert_data(const nbt_out *out, size_t i, const char *text)
{
    nbt_bytes data = nbt_out_data(out, &out->acts[i]);
    assert_int_equal(data.n, strlen(text));
    assert_memory_equal(data.p, text, data.n);
}

static void an_error_has_a_reason_and_its_control_block(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_out out;
    nbt_ncb ncb = { .command = NBT_NCB_ADD_NAME, .retcode = NBT_NRC_DUPNAME };
    nbt_out_init(&out, test_mem_of(&mem));
    rc_emit_error(&out, RC_END_NAME, NULL, &ncb);
    rc_emit_error(&out, RC_END_NONSENSE, "because", NULL);
    rc_emit_say(&out, RC_SAY_BUSY, "CLIENT1");
    assert_int_equal(out.acts[0].app, RC_APP_ERROR);
    assert_int_equal(out.acts[0].value, RC_END_NAME);
    assert_int_equal(out.acts[0].ncb.retcode, NBT_NRC_DUPNAME);
    assert_data(&out, 0, rc_end_reason(RC_END_NAME));
    assert_int_equal(out.acts[1].ncb.command, 0);
    assert_data(&out, 1, "because");
    assert_int_equal(out.acts[2].value, RC_SAY_BUSY);
    assert_data(&out, 2, "CLIENT1 is already being controlled by another console.");
    nbt_out_fini(&out);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", every_effect_has_a_word_of_its_own),
    NBT_TEST("", every_end_has_a_word_and_a_reason),
    NBT_TEST("", an_error_has_a_reason_and_its_control_block),
};

NBT_MAIN("app", tests)
