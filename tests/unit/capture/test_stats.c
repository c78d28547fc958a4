/*
 * Counts: a conversation in the text form, and what the tables then say; times that are counted in
 * steps; more names than there are places.
 */
#include "tests/support/test.h"

#include "capture/stats.h"
#include "nbt/text.h"

#include <jansson.h>
#include <stdio.h>

enum { A = 0x0A000001, B = 0x0A000002, ALL = 0x0A0000FF, MS = 1000 };

static char *buffer;
static cap_stats *stats;

static int begin(void **state)
{
    (void)state;
    buffer = malloc(CAP_STATS_TEXT_MAX + 1);
    stats = cap_stats_new();
    return buffer && stats ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    free(buffer);
    cap_stats_free(stats);
    return 0;
}

/* The counts as an object; to be given back. */
static json_t *object(void)
{
    json_error_t err;
    size_t n = cap_stats_json(stats, buffer);
    assert_true(n > 0 && n < CAP_STATS_TEXT_MAX && buffer[n - 1] == '\n');
    json_t *o = json_loadb(buffer, n, JSON_REJECT_DUPLICATES, &err);
    if (!o)
        fail_msg("column %d: %s: %.*s", err.column, err.text, (int)n, buffer);
    return o;
}

static long long number(const json_t *o, const char *key)
{
    json_t *v = json_object_get(o, key);
    assert_true(json_is_integer(v));
    return json_integer_value(v);
}

static double real(const json_t *o, const char *key)
{
    json_t *v = json_object_get(o, key);
    assert_true(json_is_real(v));
    return json_real_value(v);
}

/* The row of an array whose `key` is `value`; NULL: there is none. */
static json_t *row(const json_t *o, const char *array, const char *key, const char *value)
{
    size_t i;
    json_t *r;
    json_array_foreach (json_object_get(o, array), i, r) {
        const char *got = json_string_value(json_object_get(r, key));
        if (got && strcmp(got, value) == 0)
            return r;
    }
    return NULL;
}

typedef struct line {
    uint32_t from, to;
    int64_t ms;
    const char *text;
} line;

#define OWNER " ttl=300000 owner=10.0.0.1 node=B unique"

/* Packets are 10 octets long, as it were. */
static const line conversation[] = {
    { A, ALL, 1000, "registration-request FRED<20> id=0x0001 b=1" OWNER },
    { A, ALL, 1250, "registration-request FRED<20> id=0x0001 b=1" OWNER },
    { A, ALL, 1500, "overwrite-demand FRED<20> id=0x0001" OWNER },
    { A, B, 2000, "query-request LISA<20>.NET id=0x0002" },
    { B, A, 2100, "positive-query-response LISA<20>.NET id=0x0002 owners=10.0.0.2/B/unique" },
    { B, A, 2900, "positive-query-response LISA<20>.NET id=0x0002 owners=10.0.0.9/B/unique" },
    { A, B, 3000, "query-request LISA<20> id=0x0003" },
    { A, B, 4000, "release-request FRED<20> id=0x0004" OWNER },
    { B, A, 4010, "wack FRED<20> id=0x0004 wait=2s about=release-request/0x3000" },
    { B, A, 4500, "positive-release-response FRED<20> id=0x0004" OWNER },
    { B, A, 5000, "malformed-name-packet raw=1a2b" },
};

static void play(const line *lines, size_t n)
{
    cap_dialog *d = cap_dialog_new();
    assert_non_null(d);
    for (size_t i = 0; i < n; i++) {
        uint8_t arena[4096];
        nbt_msg m;
        nbt_text_err err;
        cap_link link;
        if (!nbt_text_parse(&m, lines[i].text, strlen(lines[i].text), arena, sizeof arena, &err))
            fail_msg("%s: column %zu: %s", lines[i].text, err.column, err.why);
        m.bytes.n = 10;
        cap_item item = {
            .number = i + 1,
            .time = lines[i].ms * MS,
            .has_ip = true,
            .from = { lines[i].from, 137 },
            .to = { lines[i].to, 137 },
            .msg = &m,
        };
        cap_dialog_put(d, &item, &link);
        cap_stats_put(stats, &item, &link);
    }
    cap_dialog_free(d);
}

static void test_tables(void **state)
{
    static const char expected[] =
        "11 messages of 110 octets in 4.000000 seconds, 1 of them malformed; 1 notes\n"
        "\n"
        "kind                                 messages       octets    repeats\n"
        "registration-request                        2           20          1\n"
        "overwrite-demand                            1           10          0\n"
        "release-request                             1           10          0\n"
        "positive-release-response                   1           10          0\n"
        "query-request                               2           20          0\n"
        "positive-query-response                     2           20          0\n"
        "wack                                        1           10          0\n"
        "malformed-name-packet                       1           10          0\n"
        "\n"
        "seconds to the answer       requests  answered       not   shortest     median       "
        "90 %       99 %    longest\n"
        "registration-request               1         0         1\n"
        "overwrite-demand                   1         0         1\n"
        "query-request                      2         1         1   0.100000   0.100000   "
        "0.100000   0.100000   0.100000\n"
        "release-request                    1         1         0   0.500000   0.500000   "
        "0.500000   0.500000   0.500000\n"
        "\n"
        "name                                 messages\n"
        "FRED<20>                                    6\n"
        "LISA<20>.NET                                3\n"
        "LISA<20>                                    1\n"
        "\n"
        "sender                               messages       octets\n"
        "10.0.0.1                                    6           60\n"
        "10.0.0.2                                    5           50\n";
    const cap_item note = { .number = 12, .time = 5000 * MS, .note = "IPX, not decoded" };
    const cap_link none = { 0 };
    (void)state;
    play(conversation, LENGTH_OF(conversation));
    cap_stats_put(stats, &note, &none);
    buffer[cap_stats_text(stats, buffer)] = '\0';
    assert_string_equal(buffer, expected);
}

static void test_object(void **state)
{
    (void)state;
    play(conversation, LENGTH_OF(conversation));
    json_t *o = object();
    assert_int_equal(number(o, "messages"), 11);
    assert_int_equal(number(o, "octets"), 110);
    assert_int_equal(number(o, "malformed"), 1);
    assert_int_equal(number(o, "notes"), 0);
    assert_true(real(o, "begin") == 1.0 && real(o, "end") == 5.0);
    json_t *r = row(o, "requests", "kind", "query-request");
    assert_int_equal(number(r, "requests"), 2);
    assert_int_equal(number(r, "answered"), 1); /* the second answer settles nothing more */
    assert_int_equal(number(r, "unanswered"), 1);
    assert_true(real(r, "median") == 0.1 && real(r, "max") == 0.1);
    assert_true(
        json_is_null(json_object_get(row(o, "requests", "kind", "overwrite-demand"), "min")));
    assert_int_equal(number(row(o, "kinds", "kind", "registration-request"), "repeats"), 1);
    assert_int_equal(number(row(o, "senders", "address", "10.0.0.2"), "octets"), 50);
    json_t *name = json_object_get(json_array_get(json_object_get(o, "names"), 1), "name");
    assert_string_equal(json_string_value(json_object_get(name, "scope")), "NET");
    assert_int_equal(number(json_object_get(o, "other_names"), "count"), 0);
    json_decref(o);
}

static void test_nothing(void **state)
{
    (void)state;
    json_t *o = object();
    assert_true(json_is_null(json_object_get(o, "begin")));
    assert_int_equal(json_array_size(json_object_get(o, "names")), 0);
    json_decref(o);
    buffer[cap_stats_text(stats, buffer)] = '\0';
    assert_string_equal(buffer,
                        "0 messages of 0 octets in 0.000000 seconds, 0 of them malformed\n");
}

/* A thousand answers, the i-th after i times `step` microseconds. */
static void test_percentiles(void **state)
{
    static const int64_t steps[] = { 0, 1, 3, 7, 100, 999, 31415, 60000 };
    static const struct {
        const char *key;
        unsigned hundredths;
    } percentiles[] = { { "median", 50 }, { "p90", 90 }, { "p99", 99 } };
    const nbt_msg answer = {
        .service = NBT_SERVICE_NAME,
        .u.ns = { .word = 0x8580 },
    };
    (void)state;
    for (size_t s = 0; s < LENGTH_OF(steps); s++) {
        cap_stats_free(stats);
        stats = cap_stats_new();
        assert_non_null(stats);
        for (int64_t i = 1000; i > 0; i--) {
            cap_item item = { .number = 1, .msg = &answer };
            cap_link link = { .settles = true, .asked = NBT_NS_QUERY, .after = i * steps[s] };
            cap_stats_put(stats, &item, &link);
        }
        json_t *o = object(), *r = row(o, "requests", "kind", "query-request");
        for (size_t p = 0; p < LENGTH_OF(percentiles); p++) {
            double is = (double)(10 * percentiles[p].hundredths * steps[s]) / 1e6;
            double said = real(r, percentiles[p].key);
            if (said < is - 1e-9 || said > is * 17 / 16 + 1e-9)
                fail_msg("%s of steps of %d: %f for %f", percentiles[p].key, (int)steps[s], said,
                         is);
        }
        assert_true(real(r, "min") == (double)steps[s] / 1e6);
        assert_true(real(r, "max") == (double)(1000 * steps[s]) / 1e6);
        json_decref(o);
    }
}

/* A clock that was set back, and one that runs for years. */
static void test_times_beyond_reason(void **state)
{
    const nbt_msg answer = { .service = NBT_SERVICE_NAME, .u.ns = { .word = 0x8580 } };
    const cap_item item = { .number = 1, .msg = &answer };
    (void)state;
    cap_stats_put(stats, &item, &(cap_link){ .settles = true, .after = -5 });
    cap_stats_put(stats, &item, &(cap_link){ .settles = true, .after = INT64_MAX });
    json_t *o = object(), *r = json_array_get(json_object_get(o, "requests"), 0);
    assert_true(real(r, "min") == 0);
    assert_true(real(r, "max") > 9e12);
    json_decref(o);
}

/* Every message has a name and a sender of its own: memory does not grow, nothing is lost. */
static void test_more_than_places(void **state)
{
    enum { MESSAGES = 2 * CAP_STATS_PLACES };
    nbt_msg m = { .service = NBT_SERVICE_NAME, .bytes.n = 3 };
    const cap_link none = { 0 };
    (void)state;
    m.u.ns.qdcount = 1;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        cap_item item = { .number = i + 1, .has_ip = true, .from = { i, 137 }, .msg = &m };
        char text[16];
        int n = snprintf(text, sizeof text, "N%u", (unsigned)i);
        assert_true(nbt_name_make(&m.u.ns.q.name, text, (size_t)n, 0x20));
        cap_stats_put(stats, &item, &none);
    }
    json_t *o = object(), *names = json_object_get(o, "other_names"),
           *senders = json_object_get(o, "other_senders");
    assert_true(json_is_null(json_object_get(names, "count")));
    assert_int_equal(number(names, "messages"), MESSAGES - CAP_STATS_TOP);
    assert_true(json_is_null(json_object_get(senders, "count")));
    assert_int_equal(number(senders, "messages"), MESSAGES - CAP_STATS_TOP);
    assert_int_equal(number(senders, "octets"), 3 * (MESSAGES - CAP_STATS_TOP));
    json_decref(o);
    buffer[cap_stats_text(stats, buffer)] = '\0';
    assert_non_null(strstr(buffer, "\nmore than 49132 other names "));
}

/* It is counted by kind and sender, and is no note. */
static void test_remote_control(void **state)
{
    static const char *const octets[] = { "\x01\x0A\x00", "\x01\x0A\x01", "\x01\xFF" };
    const cap_link none = { 0 };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(octets); i++) {
        rc_packet rc;
        rc_packet_rd(&rc, (const uint8_t *)octets[i], i < 2 ? 3 : 2);
        const cap_item item = { .number = i + 1, .has_ip = true, .from = { 9, 1761 }, .rc = &rc };
        cap_stats_put(stats, &item, &none);
    }
    json_t *o = object();
    assert_int_equal(number(o, "messages"), 3);
    assert_int_equal(number(o, "octets"), 8);
    assert_int_equal(number(o, "malformed"), 1);
    assert_int_equal(number(o, "notes"), 0);
    const json_t *kinds = json_object_get(o, "kinds");
    assert_int_equal(json_array_size(kinds), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *row = json_array_get(kinds, i);
        bool bye = strcmp(json_string_value(json_object_get(row, "kind")), "rc-bye") == 0;
        assert_int_equal(number(row, "messages"), bye ? 2 : 1);
    }
    assert_int_equal(json_array_size(json_object_get(o, "senders")), 1);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST_WITH("", test_tables, begin, end),
        NBT_TEST_WITH("", test_object, begin, end),
        NBT_TEST_WITH("", test_nothing, begin, end),
        NBT_TEST_WITH("", test_percentiles, begin, end),
        NBT_TEST_WITH("", test_times_beyond_reason, begin, end),
        NBT_TEST_WITH("", test_more_than_places, begin, end),
        NBT_TEST_WITH("", test_remote_control, begin, end),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
