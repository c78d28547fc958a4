/*
 * rc/viewer_functions.c: a viewer that wants a file, a command or a restart instead of the screen.
 */
#include "tests/support/test.h"

#include "rc/sha256.h"
#include "tests/support/rcdesk.h"

/* TCP alone; its rights are verified, on connection 2. What it said is forgotten. */
static void granted(desk *d, rc_viewer_cfg *cfg)
{
    rc_msg m = { .type = RC_MSG_VERDICT, .ticket = 5 };
    cfg->protocols = RC_SPEAKS_TCP;
    desk_viewer(d, cfg);
    desk_start(d);
    desk_do(d, RC_CMD_SLOT, 1);
    desk_tcp(d, NBT_TCP_OPENED, 2);
    assert_desk(d,
                "slot-wanted 4; trying tcp; open 2 10.0.0.2:1761; send 2 function; send 2 rights");
    desk_stream(d, 2, &m);
}

/* And the function is open, on connection 4. */
static void opened(desk *d)
{
    rc_msg m = { .type = RC_MSG_OPENED, .columns = RC_COLUMNS, .rows = RC_ROWS };
    desk_tcp(d, NBT_TCP_OPENED, 4);
    desk_said(d);
    desk_stream(d, 4, &m);
}

static void a_file_is_fetched(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.function = RC_FUNCTION_TRANSFER;
    cfg.file = "a.txt";
    granted(&d, &cfg);
    assert_desk(&d, "open 4 10.0.0.2:1764");
    opened(&d);
    assert_desk(&d, "connected tcp; send 4 fetch; file-open 1");
    desk_file(&d, 0, "");
    assert_desk(&d, "send 4 have");
    rc_msg begin = { .type = RC_MSG_BEGIN, .size = 3 };
    rc_msg piece = { .type = RC_MSG_PIECE, .data = { (const uint8_t *)"abc", 3 } };
    rc_msg whole = { .type = RC_MSG_WHOLE, .size = 3 };
    rc_sha256 sha;
    rc_sha256_init(&sha);
    rc_sha256_add(&sha, "abc", 3);
    rc_sha256_digest(&sha, whole.digest);
    desk_stream(&d, 4, &begin);
    desk_stream(&d, 4, &piece);
    desk_stream(&d, 4, &whole);
    assert_desk(&d, "file-cut 0; progress 0; file-write 0; progress 3; file-place 3");
    desk_file(&d, 0, "");
    assert_desk(&d, "send 4 result; file done; closed viewer; send 4 bye; close 4");
    desk_tcp(&d, NBT_TCP_EOF, 4);
    desk_tcp(&d, NBT_TCP_EOF, 2);
    assert_desk(&d, "close 2; slot-back; exit done");
    desk_fini(&d);
}

static void a_file_that_cannot_be_had_is_an_end_of_its_own(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.function = RC_FUNCTION_TRANSFER;
    cfg.file = "a.txt";
    granted(&d, &cfg);
    opened(&d);
    desk_said(&d);
    rc_msg result = { .type = RC_MSG_RESULT, .result = RC_RESULT_NO_FILE };
    desk_stream(&d, 4, &result);
    assert_desk(&d, "file-over 0; file no-file; closed viewer; say not-transferred; "
                    "error not-transferred; send 4 bye; close 4");
    desk_fini(&d);

    cfg.store = true; /* nothing to be sent */
    granted(&d, &cfg);
    opened(&d);
    assert_desk(&d, "connected tcp; send 4 store; file-open 0");
    desk_file(&d, -RC_RESULT_REFUSED, "");
    assert_desk(&d, "send 4 result; file-over 0; file refused; closed viewer; say not-transferred; "
                    "error not-transferred; send 4 bye; close 4");
    desk_fini(&d);
}

static void a_file_that_does_not_move_is_given_up(void **state)
{
    (void)state;
    desk d;
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.function = RC_FUNCTION_TRANSFER;
    cfg.file = "a.txt";
    granted(&d, &cfg);
    opened(&d);
    desk_file(&d, 7, ""); /* some is there from before */
    desk_file(&d, 7, "seven..");
    desk_said(&d);
    assert_int_equal(desk_due_ms(&d), 60000);
    desk_at(&d, 59999);
    assert_desk(&d, "");
    desk_at(&d, 60000);
    assert_desk(&d, "closed loss; say lost; error session-lost; file-over 1; file stopped; "
                    "send 4 bye; close 4");
    desk_fini(&d);
}

static void a_command_needs_no_function(void **state)
{
    (void)state;
    desk d;
    rc_msg result = { .type = RC_MSG_RESULT };
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.function = RC_FUNCTION_EXECUTE;
    cfg.command = "dir";
    for (result.result = RC_RESULT_DONE; result.result <= RC_RESULT_REFUSED; result.result += 3) {
        granted(&d, &cfg);
        assert_int_equal(desk_last(&d, RC_MSG_EXECUTE).data.n, 3);
        assert_desk(&d, "send 2 execute");
        desk_stream(&d, 2, &result);
        assert_desk(&d, result.result ? "say not-done; error no-rights; send 2 bye; close 2"
                                      : "send 2 bye; close 2");
        desk_fini(&d);
    }
    granted(&d, &cfg); /* no word of it comes */
    desk_said(&d);
    desk_at(&d, 10000);
    assert_desk(&d, "say no-answer; error session-lost; send 2 bye; close 2");
    desk_fini(&d);
}

/* Asks for a restart; the client goes down. */
static void restarted(desk *d, nbt_time reconnect)
{
    rc_msg result = { .type = RC_MSG_RESULT };
    rc_viewer_cfg cfg = desk_viewer_cfg();
    cfg.function = RC_FUNCTION_REBOOT;
    cfg.reconnect = reconnect;
    granted(d, &cfg);
    assert_desk(d, "send 2 reboot");
    desk_stream(d, 2, &result);
    desk_tcp(d, NBT_TCP_EOF, 2);
}

/* KB Q176961 */
static void behind_a_restart_it_comes_back(void **state)
{
    (void)state;
    desk d;
    restarted(&d, NBT_S(60));
    assert_desk(&d, "say rebooting; send 2 bye; close 2");
    desk_at(&d, 4999);
    assert_desk(&d, "");
    desk_at(&d, 5000);
    assert_desk(&d, "trying tcp; open 4 10.0.0.2:1761");
    desk_tcp(&d, NBT_TCP_REFUSED, 4); /* not yet, which is no wonder */
    assert_desk(&d, "missed tcp");
    desk_at(&d, 10000);
    desk_tcp(&d, NBT_TCP_OPENED, 6);
    assert_desk(&d, "trying tcp; open 6 10.0.0.2:1761; send 6 rights"); /* for remote control */
    desk_do(&d, RC_CMD_CLOSE, 0);
    desk_tcp(&d, NBT_TCP_EOF, 6);
    assert_desk(&d, "send 6 bye; close 6; slot-back; exit done");
    desk_fini(&d);
}

static void a_client_that_stays_away_is_given_up(void **state)
{
    (void)state;
    desk d;
    restarted(&d, NBT_S(8));
    desk_at(&d, 5000);
    desk_said(&d);
    desk_at(&d, 8000);
    desk_tcp(&d, NBT_TCP_REFUSED, 4);
    assert_desk(&d, "missed tcp; say agent-not-found; error not-found; slot-back; exit not-found");
    desk_fini(&d);

    restarted(&d, 0); /* or not waited for at all */
    assert_desk(&d, "send 2 bye; close 2; slot-back; exit done");
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", a_file_is_fetched),
        NBT_TEST("", a_file_that_cannot_be_had_is_an_end_of_its_own),
        NBT_TEST("", a_file_that_does_not_move_is_given_up),
        NBT_TEST("", a_command_needs_no_function),
        NBT_TEST("", behind_a_restart_it_comes_back),
        NBT_TEST("", a_client_that_stays_away_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
