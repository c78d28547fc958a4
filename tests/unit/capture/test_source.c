/*
 * Capture files written and read again, and files that are none.
 */
#include "tests/support/test.h"

#include "capture/sink.h"
#include "capture/source.h"

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

/* Written with nanoseconds or gzipped, or as pcapng, it is the same. */
static void test_every_form_of_the_file(void **state)
{
    static const struct {
        const char *end;
        bool nano;
        bool ng;
    } rows[] = {
        { "", false, false },   { "", true, false },        { ".gz", false, false },
        { ".gz", true, false }, { ".pcapng", false, true }, { ".pcapng.gz", true, true },
    };
    char name[80], err[CAP_ERR_MAX];
    cap_packet p;
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        snprintf(name, sizeof name, "%s%s", path, rows[i].end);
        cap_sink *sink = cap_sink_new(name, DLT_NULL, err);
        assert_non_null(sink);
        if (rows[i].nano)
            cap_sink_nano(sink);
        const cap_packet put = { .time = 5000006,
                                 .nano = 789,
                                 .link = DLT_NULL,
                                 .wire_len = 4,
                                 .bytes = { (const uint8_t *)"abcd", 4 } };
        cap_packet other = put;
        other.link = DLT_RAW;
        assert_true(cap_sink_put(sink, &put));
        assert_int_equal(cap_sink_put(sink, &other), rows[i].ng);
        assert_true(cap_sink_flush(sink));
        assert_int_equal(cap_sink_count(sink), rows[i].ng ? 2 : 1);
        assert_true(cap_sink_free(sink));
        FILE *f = fopen(name, "rb");
        assert_int_equal(getc(f) == 0x1F, strstr(rows[i].end, ".gz") != NULL);
        fclose(f);
        cap_source *s = cap_source_file(name, err);
        assert_non_null(s);
        assert_int_equal(cap_source_is_nano(s), rows[i].nano || rows[i].ng);
        assert_int_equal(cap_source_next(s, &p), CAP_PACKET);
        assert_int_equal(p.time, 5000006);
        assert_int_equal(p.nano, rows[i].nano || rows[i].ng ? 789 : 0);
        assert_int_equal(p.link, DLT_NULL);
        assert_memory_equal(p.bytes.p, "abcd", 4);
        if (rows[i].ng) {
            assert_int_equal(cap_source_next(s, &p), CAP_PACKET);
            assert_int_equal(p.link, DLT_RAW);
            assert_int_equal(p.time, 5000006);
            assert_memory_equal(p.bytes.p, "abcd", 4);
        }
        assert_int_equal(cap_source_next(s, &p), CAP_END);
        cap_source_free(s);
        unlink(name);
    }
}

/* Packets of every length, which pcapng pads; and no more link types than it has room for. */
static void test_pcapng(void **state)
{
    char name[80], err[CAP_ERR_MAX];
    uint8_t bytes[9] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
    cap_packet p;
    (void)state;
    snprintf(name, sizeof name, "%s.pcapng", path);
    cap_sink *sink = cap_sink_new(name, 200, err);
    assert_non_null(sink);
    for (int i = 0; i < CAP_SINK_LINKS_MAX + 1; i++) {
        const cap_packet put = {
            .link = 200 + i, .wire_len = 100, .time = i, .bytes = { bytes, (size_t)i % 10 }
        };
        assert_int_equal(cap_sink_put(sink, &put), i < CAP_SINK_LINKS_MAX);
    }
    assert_true(cap_sink_free(sink));
    cap_source *s = cap_source_file(name, err);
    for (int i = 0; i < CAP_SINK_LINKS_MAX; i++) {
        assert_int_equal(cap_source_next(s, &p), CAP_PACKET);
        assert_int_equal(p.link, 200 + i);
        assert_int_equal(p.wire_len, 100);
        assert_int_equal(p.time, i);
        assert_int_equal(p.bytes.n, i % 10);
        assert_memory_equal(p.bytes.p, bytes, p.bytes.n);
    }
    assert_int_equal(cap_source_next(s, &p), CAP_END);
    cap_source_free(s);
    unlink(name);
}

/* libpcap's filter language; packets keep the numbers that they have in the file. */
static void test_a_filter(void **state)
{
    static const uint8_t ip[][20] = {
        { 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 },
        { 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 3, 10, 0, 0, 2 },
    };
    char err[CAP_ERR_MAX];
    cap_packet p;
    (void)state;
    cap_sink *sink = cap_sink_new(path, DLT_RAW, err);
    for (size_t i = 0; i < 2; i++) {
        const cap_packet put = { .link = DLT_RAW, .wire_len = 20, .bytes = { ip[i], 20 } };
        assert_true(cap_sink_put(sink, &put));
    }
    assert_true(cap_sink_free(sink));
    cap_source *s = cap_source_file(path, err);
    assert_false(cap_source_filter(s, "not a filter", err));
    assert_non_null(strstr(err, "filter: "));
    cap_source_free(s);
    s = cap_source_file(path, err);
    assert_true(cap_source_filter(s, "host 10.0.0.3", err));
    assert_int_equal(cap_source_next(s, &p), CAP_PACKET);
    assert_int_equal(p.number, 2);
    assert_int_equal(cap_source_next(s, &p), CAP_END);
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
        NBT_TEST_WITH("", test_every_form_of_the_file, make_path, remove_file),
        NBT_TEST_WITH("", test_pcapng, make_path, remove_file),
        NBT_TEST_WITH("", test_a_filter, make_path, remove_file),
        NBT_TEST_WITH("", test_what_is_no_capture_is_refused, make_path, remove_file),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
