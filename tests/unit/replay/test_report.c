/*
 * What is told of a replay: in lines, and who counts what.
 */
#include "tests/support/test.h"

#include "tools/replay/report.h"

static const nbt_ep from = { 0x0A000001, 137 }, to = { 0x0A000002, 137 };

static cap_result result(cap_came verdict, cap_move_kind kind, const char *diff)
{
    cap_result r = { .verdict = verdict, .kind = kind, .from = from, .to = to, .diff = diff };
    r.number = verdict == CAP_UNEXPECTED ? 0 : 7;
    r.late = 1500000;
    return r;
}

static void put_all(replay_report *report)
{
    static const cap_came verdicts[] = { CAP_SENT,      CAP_SKIPPED, CAP_MATCHED,   CAP_LATE,
                                         CAP_DIFFERENT, CAP_MISSING, CAP_UNEXPECTED };
    for (size_t i = 0; i < LENGTH_OF(verdicts); i++) {
        bool why = verdicts[i] == CAP_SKIPPED || verdicts[i] == CAP_DIFFERENT;
        cap_result r = result(verdicts[i], CAP_MOVE_OPEN, why ? "a \"reason\"" : "");
        replay_report_put(report, &r);
    }
}

/* The text of all of it. */
static void tell(replay_form form, bool verbose, char *text, size_t cap, bool *good)
{
    char err[CAP_ERR_MAX];
    FILE *f = tmpfile();
    assert_non_null(f);
    replay_report_cfg cfg = { .form = form, .to = f, .name = "x.pcap", .verbose = verbose };
    replay_report *r = replay_report_new(&cfg, err);
    assert_non_null(r);
    replay_report_note(r, "a note");
    put_all(r);
    cap_player_counts counts = { .of = { 1, 1, 1, 1, 1, 1, 1 }, .expected = 4, .strangers = 2 };
    *good = replay_report_end(r, &counts);
    assert_true(replay_report_free(r, err));
    rewind(f);
    size_t n = fread(text, 1, cap - 1, f);
    text[n] = '\0';
    fclose(f);
}

static void in_lines(void **state)
{
    (void)state;
    char text[4000];
    bool good;
    tell(REPLAY_TEXT, false, text, sizeof text, &good);
    assert_false(good);
    assert_string_equal(text, "a note\n"
                              "not sent 7 10.0.0.1:137 > 10.0.0.2:137 tcp-open\n"
                              "    not sent: a \"reason\"\n"
                              "late 7 10.0.0.1:137 > 10.0.0.2:137 tcp-open\n"
                              "    1.500 s later than in the capture\n"
                              "different 7 10.0.0.1:137 > 10.0.0.2:137 tcp-open\n"
                              "    differs: a \"reason\"\n"
                              "missing 7 10.0.0.1:137 > 10.0.0.2:137 tcp-open\n"
                              "unexpected 10.0.0.1:137 > 10.0.0.2:137 tcp-open\n"
                              "1 sent, 1 not sent; 4 expected: 1 matched, 1 late, 1 different, 1 "
                              "missing, 1 unexpected; 2 from strangers\n");
    tell(REPLAY_TEXT, true, text, sizeof text, &good);
    assert_non_null(strstr(text, "\nsent 7 10.0.0.1:137 > 10.0.0.2:137 tcp-open\n"));
    assert_non_null(strstr(text, "\nmatched 7 10.0.0.1:137 > 10.0.0.2:137 tcp-open\n"));
}

static void for_programs(void **state)
{
    (void)state;
    char text[4000];
    bool good;
    tell(REPLAY_JSON, false, text, sizeof text, &good);
    assert_non_null(strstr(text, "\"verdict\":\"different\",\"frame\":7,"));
    assert_non_null(strstr(text, "\"differs\":\"a \\\"reason\\\"\"}\n"));
    assert_non_null(strstr(text, "\"verdict\":\"unexpected\",\"frame\":null,"));
    assert_non_null(strstr(text, "{\"summary\":{\"expected\":4,\"sent\":1,\"not_sent\":1,"));
    tell(REPLAY_TAP, false, text, sizeof text, &good);
    assert_memory_equal(text, "TAP version 13\n# a note\n", 24);
    assert_non_null(strstr(text, "not ok 1 - frame 7 "));
    assert_non_null(strstr(text, "\nok 2 - frame 7 "));
    assert_non_null(strstr(text, "\n1..6\n"));
}

/* All that was expected has come, and nothing else. */
static void what_is_good(void **state)
{
    (void)state;
    char err[CAP_ERR_MAX];
    for (int v = 0; v < CAP_VERDICTS; v++) {
        FILE *f = tmpfile();
        replay_report_cfg cfg = { .form = REPLAY_TEXT, .to = f, .name = "x.pcap" };
        replay_report *r = replay_report_new(&cfg, err);
        cap_player_counts counts = { .expected = 1 };
        counts.of[v] = 1;
        assert_int_equal(v == CAP_SENT || v == CAP_MATCHED, replay_report_end(r, &counts));
        assert_true(replay_report_free(r, err));
        fclose(f);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", in_lines),
    NBT_TEST("", for_programs),
    NBT_TEST("", what_is_good),
};

NBT_MAIN("report", tests)
