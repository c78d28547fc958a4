/*
 * Capture files written and read again, and files that are none.
 */
#include "tests/support/test.h"

#include "capture/sink.h"

#include <pcap/dlt.h>
#include <stdio.h>
#include <unistd.h>

static char path[64];

static int make_path(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/nbtlab-test-%d.pcap", (int)getpid());
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

static void write_three(void)
{
    char err[CAP_ERR_MAX];
    cap_sink *sink = cap_sink_new(path, DLT_RAW, err);
    assert_non_null(sink);
    for (uint8_t i = 1; i <= 3; i++) {
        const uint8_t bytes[] = { i, i, i };
        const cap_packet p = { .time = INT64_C(1000000) * i + i,
                               .link = DLT_RAW,
                               .wire_len = 3U + i,
                               .bytes = { bytes, i } };
        cap_sink_put(sink, &p);
    }
    assert_int_equal(cap_sink_count(sink), 3);
    assert_true(cap_sink_free(sink));
}

static void test_what_was_put_comes_out(void **state)
{
    char err[CAP_ERR_MAX];
    cap_packet p;
    (void)state;
    write_three();
    cap_source *s = cap_source_file(path, err);
    assert_non_null(s);
    assert_int_equal(cap_source_link(s), DLT_RAW);
    assert_int_equal(cap_source_fd(s), -1);
    for (uint8_t i = 1; i <= 3; i++) {
        assert_int_equal(cap_source_next(s, &p), CAP_PACKET);
        assert_int_equal(p.number, i);
        assert_int_equal(p.time, INT64_C(1000000) * i + i);
        assert_int_equal(p.wire_len, 3 + i);
        assert_int_equal(p.bytes.n, i);
        assert_int_equal(p.bytes.p[0], i);
    }
    assert_int_equal(cap_source_next(s, &p), CAP_END);
    assert_int_equal(cap_source_lost(s), 0);
    cap_source_free(s);
}

static void test_a_damaged_file_gives_what_is_whole(void **state)
{
    char err[CAP_ERR_MAX];
    cap_packet p;
    (void)state;
    write_three();
    assert_int_equal(truncate(path, 24 + 16 + 1 + 16 + 1), 0); /* the second packet lacks a byte */
    cap_source *s = cap_source_file(path, err);
    assert_non_null(s);
    assert_int_equal(cap_source_next(s, &p), CAP_PACKET);
    assert_int_equal(cap_source_next(s, &p), CAP_DAMAGE);
    assert_true(cap_source_error(s)[0] != '\0');
    cap_source_free(s);
}

static void test_what_is_no_capture_is_refused(void **state)
{
    char err[CAP_ERR_MAX] = "";
    (void)state;
    assert_null(cap_source_file("/nonexistent/x.pcap", err));
    assert_non_null(strstr(err, "/nonexistent/x.pcap"));
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("this is no capture file, whatever its name says\n", f);
    fclose(f);
    err[0] = '\0';
    assert_null(cap_source_file(path, err));
    assert_true(err[0] != '\0');
    assert_null(cap_sink_new("/nonexistent/x.pcap", DLT_RAW, err));
    assert_non_null(strstr(err, "/nonexistent/x.pcap"));
    assert_null(cap_source_live("no-such-interface", err));
    assert_non_null(strstr(err, "no-such-interface"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST_WITH("", test_what_was_put_comes_out, make_path, remove_file),
        NBT_TEST_WITH("", test_a_damaged_file_gives_what_is_whole, make_path, remove_file),
        NBT_TEST_WITH("", test_what_is_no_capture_is_refused, make_path, remove_file),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
