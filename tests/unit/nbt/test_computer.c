/*
 * How commands begin and end: what is refused at once, wait and no-wait, CANCEL, programs that go.
 * What single commands mean is in the tests of computer_names, _sessions and _status.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "tests/support/driver.h"

static driver d;

static int setup(void **state)
{
    (void)state;
    driver_init(&d, NULL, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    driver_fini(&d);
    return 0;
}

static void restart(const nbt_profile *profile, size_t lanas)
{
    driver_fini(&d);
    driver_init(&d, profile, lanas);
}

/* --- refused at once ------------------------------------------------------------------------ */

static void a_command_that_does_not_exist(void **state)
{
    (void)state;
    for (unsigned command = 0; command < 256; command++) {
        if (nbt_code_find(NBT_CODESET_NCB_COMMAND, command & 0x7F))
            continue;
        driver_submit(&d, 1, command, command, NULL, NULL);
        char want[64];
        snprintf(want, sizeof want, "%s 1/%u 03", command & 0x80 ? "accepted" : "done", command);
        assert_driver(&d, want);
    }
}

static void an_adapter_that_does_not_exist(void **state)
{
    (void)state;
    for (unsigned verb = 0; verb < 128; verb++) {
        if (!nbt_code_find(NBT_CODESET_NCB_COMMAND, verb))
            continue;
        nbt_ncb ncb = driver_ncb(verb, "FRED<20>", NULL);
        ncb.lana = 7;
        ncb.length = 10;
        driver_do(&d, 1, 1, ncb, NULL, 0);
        assert_driver(&d, verb == NBT_NCB_LANA_ENUM ? "done 1/1 00" : "done 1/1 23");
    }
}

/* What cannot be taken is told at once, and nothing follows; all else ends once, later. */
static void a_no_wait_command_is_taken_at_once_and_ends_once(void **state)
{
    (void)state;
    static const struct {
        unsigned verb;
        const char *name, *callname;
    } rows[] = {
        { NBT_NCB_ADD_NAME, "WILMA<20>", NULL },   { NBT_NCB_ADD_GROUP_NAME, "LODGE<00>", NULL },
        { NBT_NCB_LISTEN, "FRED<20>", "*<00>" },   { NBT_NCB_CALL, "FRED<20>", "BARNEY<20>" },
        { NBT_NCB_FIND_NAME, NULL, "BARNEY<20>" }, { NBT_NCB_ADAPTER_STATUS, NULL, "BARNEY<20>" },
        { NBT_NCB_DELETE_NAME, "FRED<20>", NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        restart(NULL, 1);
        (void)driver_hold(&d, 1, "FRED<20>", false);
        driver_submit(&d, 1, 7, rows[i].verb | NBT_NCB_ASYNC, rows[i].name, rows[i].callname);
        const char *said = driver_said(&d);
        if (strncmp(said, "accepted 1/7 00", 15) != 0)
            fail_msg("row %zu: \"%s\"", i, said);
        unsigned ends = strstr(said, "done 1/7") != NULL;
        driver_submit(&d, 1, 7, rows[i].verb | NBT_NCB_ASYNC, rows[i].name, rows[i].callname);
        said = driver_said(&d); /* a tag that is in use, or a new command */
        if (!ends)
            assert_non_null(strstr(said, "accepted 1/7 03"));
        for (unsigned s = 0; s < 60 && rows[i].verb != NBT_NCB_LISTEN; s++) {
            driver_pass(&d, 1000);
            ends += strstr(driver_said(&d), "done 1/7") != NULL;
        }
        if (rows[i].verb == NBT_NCB_LISTEN) {
            driver_cancel(&d, 1, 8, 7);
            ends += strstr(driver_said(&d), "done 1/7 0B") != NULL;
        }
        assert_int_equal(ends, 1);
    }
}

static void a_profile_may_want_a_reset_first(void **state)
{
    (void)state;
    nbt_profile strict = driver_profile();
    strict.reset_required = true;
    restart(&strict, 2);
    driver_submit(&d, 1, 1, NBT_NCB_ADD_NAME, "FRED<20>", NULL);
    assert_driver(&d, "done 1/1 34");
    driver_submit(&d, 1, 1, NBT_NCB_ADD_NAME | NBT_NCB_ASYNC, "FRED<20>", NULL);
    assert_driver(&d, "accepted 1/1 34");
    nbt_ncb which = { .command = NBT_NCB_LANA_ENUM, .length = 10 };
    driver_do(&d, 1, 1, which, NULL, 0);
    assert_driver(&d, "done 1/1 00");
    driver_submit(&d, 1, 1, NBT_NCB_RESET, NULL, NULL);
    assert_driver(&d, "done 1/1 00");
    nbt_ncb other = driver_ncb(NBT_NCB_ADD_NAME, "FRED<20>", NULL);
    other.lana = 1; /* a RESET is for one adapter, */
    driver_do(&d, 1, 1, other, NULL, 0);
    assert_driver(&d, "done 1/1 34");
    driver_submit(&d, 2, 1, NBT_NCB_ADD_NAME, "FRED<20>", NULL); /* and for one program */
    assert_driver(&d, "done 2/1 34");
    (void)driver_hold(&d, 1, "FRED<20>", false);
    (void)driver_hold(&d, 0, "SERVER<20>", false); /* the driver's own names need none */
}

static void too_many_commands_at_a_time(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    nbt_ncb reset = { .command = NBT_NCB_RESET, .num = 3 };
    driver_do(&d, 1, 1, reset, NULL, 0);
    driver_pass(&d, 5000);
    (void)driver_said(&d);
    (void)driver_hold(&d, 1, "FRED<20>", false);
    for (uint32_t tag = 1; tag <= 3; tag++)
        driver_submit(&d, 1, tag, NBT_NCB_LISTEN, "FRED<20>", "*<00>");
    assert_driver(&d, "");
    driver_submit(&d, 1, 4, NBT_NCB_LISTEN | NBT_NCB_ASYNC, "FRED<20>", "*<00>");
    assert_driver(&d, "accepted 1/4 22");
    driver_submit(&d, 1, 4, NBT_NCB_ADAPTER_STATUS, NULL, "*<00>");
    assert_driver(&d, "done 1/4 22");
    driver_submit(&d, 2, 4, NBT_NCB_FIND_NAME, NULL, "*<00>"); /* another program's are its own */
    assert_driver(&d, "done 2/4 01");
    driver_cancel(&d, 1, 5, 2); /* CANCEL is always taken */
    assert_driver(&d, "done 1/2 0B; done 1/5 00");
    driver_submit(&d, 1, 4, NBT_NCB_LISTEN, "FRED<20>", "*<00>");
    assert_driver(&d, "");
}

static void a_tag_that_is_in_use(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    driver_submit(&d, 1, 5, NBT_NCB_LISTEN, "FRED<20>", "*<00>");
    driver_submit(&d, 1, 5, NBT_NCB_LISTEN, "FRED<20>", "*<00>");
    assert_driver(&d, "done 1/5 03");
    driver_submit(&d, 1, 5, NBT_NCB_LISTEN | NBT_NCB_ASYNC, "FRED<20>", "*<00>");
    assert_driver(&d, "accepted 1/5 03");
    driver_submit(&d, 2, 5, NBT_NCB_LISTEN, "FRED<20>", "*<00>"); /* another program's tags */
    assert_driver(&d, "");
    driver_cancel(&d, 1, 6, 5);
    assert_driver(&d, "done 1/5 0B; done 1/6 00");
    driver_submit(&d, 1, 5, NBT_NCB_LISTEN, "FRED<20>", "*<00>"); /* free again */
    assert_driver(&d, "");
}

/* --- wait and no-wait ------------------------------------------------------------------------ */

static void a_no_wait_command_is_accepted_and_done_once(void **state)
{
    (void)state;
    driver_submit(&d, 1, 1, NBT_NCB_ADD_NAME | NBT_NCB_ASYNC, "FRED<20>", NULL);
    assert_driver(&d, "accepted 1/1 00; registration-request FRED<20> to all");
    driver_pass(&d, 10000);
    assert_driver(&d, "registration-request FRED<20> to all; registration-request FRED<20> to all; "
                      "overwrite-demand FRED<20> to all; done 1/1 00 num 2");
    assert_int_equal(d.ncb.command, NBT_NCB_ADD_NAME | NBT_NCB_ASYNC); /* as it came */
    driver_submit(&d, 1, 2, NBT_NCB_LISTEN | NBT_NCB_ASYNC, "NOBODY<20>", "*<00>");
    assert_driver(&d, "accepted 1/2 00; done 1/2 15"); /* not an immediate error: G2 */
    driver_submit(&d, 1, 3, NBT_NCB_DELETE_NAME | NBT_NCB_ASYNC, "FRED<20>", NULL);
    assert_driver(&d, "accepted 1/3 00; release-demand FRED<20> to all; done 1/3 00");
}

static void a_wait_command_is_done_once(void **state)
{
    (void)state;
    driver_submit(&d, 1, 1, NBT_NCB_ADD_NAME, "FRED<20>", NULL);
    assert_driver(&d, "registration-request FRED<20> to all");
    driver_pass(&d, 10000);
    assert_driver(&d, "registration-request FRED<20> to all; registration-request FRED<20> to all; "
                      "overwrite-demand FRED<20> to all; done 1/1 00 num 2");
}

/* --- CANCEL ---------------------------------------------------------------------------------- */

static void commands_that_wait_can_be_cancelled(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    driver_submit(&d, 1, 1, NBT_NCB_LISTEN, "FRED<20>", "*<00>");
    driver_receive(&d, 1, 2, lsn);
    driver_receive_any(&d, 1, 3, NBT_NUM_ANY);
    for (uint32_t tag = 1; tag <= 3; tag++) {
        char want[64];
        snprintf(want, sizeof want, "done 1/%u 0B; done 1/9 00", (unsigned)tag);
        driver_cancel(&d, 1, 9, tag);
        if (tag < 3)
            assert_driver(&d, want);
    }
    assert_driver(&d, "done 1/3 0B; done 1/9 00");
    nbt_ncb status = driver_ncb(NBT_NCB_ADAPTER_STATUS, NULL, "BARNEY<20>");
    status.length = 100;
    driver_do(&d, 1, 4, status, NULL, 0);
    driver_cancel(&d, 1, 9, 4);
    assert_driver(&d, "query-request BARNEY<20> to all; done 1/4 0B; done 1/9 00");
    nbt_ncb find = driver_ncb(NBT_NCB_FIND_NAME, NULL, "BARNEY<20>");
    find.length = 100;
    driver_do(&d, 1, 5, find, NULL, 0);
    driver_cancel(&d, 1, 9, 5);
    assert_driver(&d, "query-request BARNEY<20> to all; done 1/5 0B; done 1/9 00");
    driver_pass(&d, 60000); /* the queries are forgotten; the session lives */
    assert_driver(&d, "keep-alive@1");
}

/* What the interface has for other transports and for machines without a disk. */
static void commands_that_mean_nothing_here(void **state)
{
    (void)state;
    driver_submit(&d, 1, 1, NBT_NCB_UNLINK, NULL, NULL);
    assert_driver(&d, "done 1/1 00");
    driver_submit(&d, 1, 1, NBT_NCB_TRACE | NBT_NCB_ASYNC, NULL, NULL);
    assert_driver(&d, "accepted 1/1 00; done 1/1 00");
    driver_submit(&d, 1, 1, NBT_NCB_ACTION, NULL, NULL);
    assert_driver(&d, "done 1/1 03");
    driver_submit(&d, 1, 1, NBT_NCB_LAN_STATUS_ALERT | NBT_NCB_ASYNC, NULL, NULL);
    driver_pass(&d, 3600000);
    assert_driver(&d, "accepted 1/1 00"); /* no ring, no trouble */
    assert_true(nbt_computer_idle(d.c));
    driver_cancel(&d, 1, 2, 1);
    assert_driver(&d, "done 1/1 0B; done 1/2 00");
}

static void a_cancelled_call_leaves_nothing_behind(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    driver_submit(&d, 1, 1, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    driver_cancel(&d, 1, 9, 1);
    assert_driver(&d, "query-request BARNEY<20> to all; done 1/1 0B; done 1/9 00");
    driver_pass(&d, 60000);
    assert_driver(&d, "");

    driver_submit(&d, 1, 1, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    driver_found(&d, "BARNEY<20>", "10.0.0.9", false);
    driver_cancel(&d, 1, 9, 1);
    assert_driver(&d, "query-request BARNEY<20> to all; open@2 10.0.0.9:139; "
                      "done 1/1 0B; abort@2; done 1/9 00");
    driver_tcp(&d, NBT_TCP_OPENED, 2); /* was under way already */
    driver_submit(&d, 1, 2, NBT_NCB_DELETE_NAME, "FRED<20>", NULL);
    assert_driver(&d, "release-demand FRED<20> to all; done 1/2 00"); /* no session keeps it */
}

static void a_cancelled_send_takes_its_session_with_it(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    driver_send(&d, 1, 1, lsn, "one");
    driver_send(&d, 1, 2, lsn, "two");
    driver_receive(&d, 1, 3, lsn);
    driver_cancel(&d, 1, 9, 2);
    assert_driver(&d, "message@1 one; message@1 two; "
                      "done 1/2 0B; abort@1; done 1/1 18; done 1/3 18; done 1/9 00");
    driver_receive(&d, 1, 4, lsn);
    assert_driver(&d, "done 1/4 08");

    lsn = driver_session(&d, 1, "FRED<20>");
    nbt_ncb chain = { .command = NBT_NCB_CHAIN_SEND, .lsn = lsn, .length = 1, .chain_length = 1 };
    driver_do(&d, 1, 1, chain, "ab", 2);
    driver_cancel(&d, 1, 9, 1);
    assert_driver(&d, "message@3 ab; done 1/1 0B; abort@3; done 1/9 00");

    lsn = driver_session(&d, 1, "FRED<20>");
    driver_hang_up(&d, 1, 1, lsn);
    driver_cancel(&d, 1, 9, 1);
    assert_driver(&d, "close@5; done 1/1 0B; abort@5; done 1/9 00");
}

static void what_cannot_be_cancelled(void **state)
{
    (void)state;
    driver_submit(&d, 1, 1, NBT_NCB_ADD_NAME, "FRED<20>", NULL);
    driver_submit(&d, 1, 2, NBT_NCB_ADD_GROUP_NAME, "GROUP<00>", NULL);
    (void)driver_said(&d);
    driver_cancel(&d, 1, 9, 1);
    assert_driver(&d, "done 1/9 26");
    driver_cancel(&d, 1, 9, 2);
    assert_driver(&d, "done 1/9 26");
    driver_cancel(&d, 1, 9, 9); /* itself */
    assert_driver(&d, "done 1/9 26");
    driver_cancel(&d, 1, 9, 77); /* never there, or done already */
    assert_driver(&d, "done 1/9 24");
    driver_cancel(&d, 2, 9, 1); /* another program's */
    assert_driver(&d, "done 2/9 24");
    driver_pass(&d, 10000);
    (void)driver_said(&d);
    driver_cancel(&d, 1, 9, 1);
    assert_driver(&d, "done 1/9 24");
}

/* --- programs that go ------------------------------------------------------------------------ */

static void a_program_that_goes_takes_all_that_is_its(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    (void)driver_hold(&d, 2, "WILMA<20>", false);
    (void)driver_session(&d, 1, "FRED<20>");  /* @1 */
    (void)driver_session(&d, 2, "WILMA<20>"); /* @3 */
    driver_submit(&d, 1, 1, NBT_NCB_LISTEN, "FRED<20>", "*<00>");
    driver_submit(&d, 1, 2, NBT_NCB_ADD_NAME, "DINO<20>", NULL);
    driver_submit(&d, 1, 3, NBT_NCB_CALL, "FRED<20>", "BARNEY<20>");
    (void)driver_said(&d);
    nbt_computer_gone(d.c, d.now, 1, &d.out);
    assert_driver(&d, "close@1; release-demand FRED<20> to all");
    driver_tcp(&d, NBT_TCP_EOF, 1);
    driver_pass(&d, 100000);
    assert_driver(&d, "release-demand FRED<20> to all; release-demand FRED<20> to all; "
                      "keep-alive@3");
    driver_message(&d, 3, "still here");
    driver_receive_any(&d, 2, 1, NBT_NUM_ANY);
    assert_driver(&d, "hold@3; done 2/1 00 lsn 2 num 3 still here; resume@3");
    nbt_computer_gone(d.c, d.now, 1, &d.out);  /* twice, */
    nbt_computer_gone(d.c, d.now, 77, &d.out); /* or one that never was */
    assert_driver(&d, "");
}

static void what_a_program_had_sent_still_leaves(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    uint16_t lsn = driver_session(&d, 1, "FRED<20>");
    driver_send(&d, 1, 1, lsn, "bye");
    nbt_computer_gone(d.c, d.now, 1, &d.out);
    assert_driver(&d, "message@1 bye; release-demand FRED<20> to all");
    driver_sent(&d, 1, 7);
    assert_driver(&d, "close@1");
    driver_tcp(&d, NBT_TCP_EOF, 1);
    driver_pass(&d, 100000);
    (void)driver_said(&d);

    (void)driver_hold(&d, 2, "FRED<20>", false);
    lsn = driver_session(&d, 2, "FRED<20>");
    driver_send(&d, 2, 1, lsn, "bye");
    nbt_computer_gone(d.c, d.now, 2, &d.out);
    (void)driver_said(&d);
    driver_pass(&d, 29999); /* within SSN_CLOSE_TIMEOUT */
    (void)driver_said(&d);
    driver_pass(&d, 1);
    assert_driver(&d, "abort@3");
}

/* --- adapters and ports ---------------------------------------------------------------------- */

static void datagrams_for_other_ports_and_adapters_are_dropped(void **state)
{
    (void)state;
    (void)driver_hold(&d, 1, "FRED<20>", false);
    packet p = build_question(7, 0x0110, "FRED<20>", NBT_RR_NB);
    nbt_bytes data = { p.b, p.n };
    nbt_ep from = { 0x0A000009, 137 };
    nbt_computer_rx(d.c, d.now, 0, from, (nbt_ep){ 0x0A0000FF, 138 }, data, &d.out);
    nbt_computer_rx(d.c, d.now, 9, from, (nbt_ep){ 0x0A0000FF, 137 }, data, &d.out);
    assert_driver(&d, "");
    nbt_computer_rx(d.c, d.now, 0, from, (nbt_ep){ 0x0A0000FF, 137 }, data, &d.out);
    assert_driver(&d, "positive-query-response FRED<20> to 10.0.0.9");
    assert_non_null(nbt_computer_lana(d.c, 0));
    assert_null(nbt_computer_lana(d.c, 1));
}

static void an_early_tick_changes_nothing(void **state)
{
    (void)state;
    driver_submit(&d, 1, 1, NBT_NCB_ADD_NAME, "FRED<20>", NULL);
    (void)driver_said(&d);
    for (int i = 0; i < 10; i++)
        nbt_computer_tick(d.c, d.now, &d.out);
    assert_driver(&d, "");
    assert_true(nbt_computer_due(d.c) == NBT_MS(250));
}

static void traces_tell_of_sessions_and_refused_commands(void **state)
{
    (void)state;
    driver_submit(&d, 1, 1, NBT_NCB_ADD_NAME, "*<00>", NULL);
    const char *traced = driver_traced(&d);
    assert_string_equal(traced, "command *<00> > failed 15");
    driver_submit(&d, 1, 1, 0x7E, "FRED<20>", NULL);
    assert_string_equal(driver_traced(&d), "command FRED<20> > refused 03");
    (void)driver_hold(&d, 1, "FRED<20>", false);
    (void)driver_called(&d, "FRED<20>", "BARNEY<20>");
    assert_string_equal(driver_traced(&d), "session \\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
                                           "\\x00\\x00\\x00\\x00\\x00\\x00<00> > request; "
                                           "session FRED<20> request > offer; "
                                           "session FRED<20> offer > turned 80");
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("G3", a_command_that_does_not_exist, setup, teardown),
    NBT_TEST_WITH("G3", an_adapter_that_does_not_exist, setup, teardown),
    NBT_TEST_WITH("G2", a_no_wait_command_is_taken_at_once_and_ends_once, setup, teardown),
    NBT_TEST_WITH("G3", a_profile_may_want_a_reset_first, setup, teardown),
    NBT_TEST_WITH("", too_many_commands_at_a_time, setup, teardown),
    NBT_TEST_WITH("", a_tag_that_is_in_use, setup, teardown),
    NBT_TEST_WITH("", a_no_wait_command_is_accepted_and_done_once, setup, teardown),
    NBT_TEST_WITH("G20", a_wait_command_is_done_once, setup, teardown),
    NBT_TEST_WITH("G38", commands_that_wait_can_be_cancelled, setup, teardown),
    NBT_TEST_WITH("G1 G49", commands_that_mean_nothing_here, setup, teardown),
    NBT_TEST_WITH("G36", a_cancelled_call_leaves_nothing_behind, setup, teardown),
    NBT_TEST_WITH("", a_cancelled_send_takes_its_session_with_it, setup, teardown),
    NBT_TEST_WITH("", what_cannot_be_cancelled, setup, teardown),
    NBT_TEST_WITH("G19", a_program_that_goes_takes_all_that_is_its, setup, teardown),
    NBT_TEST_WITH("", what_a_program_had_sent_still_leaves, setup, teardown),
    NBT_TEST_WITH("", datagrams_for_other_ports_and_adapters_are_dropped, setup, teardown),
    NBT_TEST_WITH("", an_early_tick_changes_nothing, setup, teardown),
    NBT_TEST_WITH("", traces_tell_of_sessions_and_refused_commands, setup, teardown),
};

NBT_MAIN("computer", tests)
