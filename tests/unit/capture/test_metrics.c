/*
 * OpenMetrics text: golden, and held against the rules of the format; and that the checker itself
 * sees what is wrong.
 */
#include "capture/metrics.h"

#include "tests/support/openmetrics.h"
#include "tests/support/test.h"

static void the_text_is_what_the_format_says(void **state)
{
    (void)state;
    cap_buf out = { 0 };
    cap_metrics m;
    size_t line;
    cap_metrics_init(&m, &out);
    cap_metrics_family(&m, "nbt_things", CAP_COUNTER, "Things \"seen\"\nso far \\.");
    cap_metrics_sample(&m, "kind", "a\"b\\c\nd", 3);
    cap_metrics_sample(&m, "kind", "", UINT64_MAX);
    cap_metrics_family(&m, "nbt_time_seconds", CAP_GAUGE, "A time.");
    cap_metrics_seconds(&m, NBT_S(12) + 34);
    cap_metrics_end(&m);
    assert_null(openmetrics_wrong(out.s, out.n, &line));
    cap_buf_add(&out, "", 1);
    assert_string_equal(out.s, "# TYPE nbt_things counter\n"
                               "# HELP nbt_things Things \\\"seen\\\"\\nso far \\\\.\n"
                               "nbt_things_total{kind=\"a\\\"b\\\\c\\nd\"} 3\n"
                               "nbt_things_total{kind=\"\"} 18446744073709551615\n"
                               "# TYPE nbt_time_seconds gauge\n"
                               "# HELP nbt_time_seconds A time.\n"
                               "nbt_time_seconds 12.000034\n"
                               "# EOF\n");
    cap_buf_fini(&out);
}

#define HEAD "# TYPE a counter\n# HELP a A.\n"

static void the_checker_sees_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text;
        size_t line; /* 0: nothing is wrong */
    } cases[] = {
        { "well", HEAD "a_total 1\n# EOF\n", 0 },
        { "no end", HEAD "a_total 1\n", 3 },
        { "no newline at the end", HEAD "a_total 1\n# EOF", 4 },
        { "behind the end", HEAD "a_total 1\n# EOF\na_total 2\n", 5 },
        { "no _total", HEAD "a 1\n# EOF\n", 3 },
        { "a gauge with it", "# TYPE a gauge\n# HELP a A.\na_total 1\n# EOF\n", 3 },
        { "no type", "a_total 1\n# EOF\n", 1 },
        { "no help", "# TYPE a counter\na_total 1\n# EOF\n", 2 },
        { "another family's", HEAD "b_total 1\n# EOF\n", 3 },
        { "twice", HEAD "a_total 1\na_total 2\n# EOF\n", 4 },
        { "other labels", HEAD "a_total{x=\"1\"} 1\na_total{x=\"2\"} 2\n# EOF\n", 0 },
        { "a family twice", HEAD "a_total 1\n" HEAD "# EOF\n", 4 },
        { "an open quotation", HEAD "a_total{x=\"1} 1\n# EOF\n", 3 },
        { "an escape", HEAD "a_total{x=\"\\t\"} 1\n# EOF\n", 3 },
        { "a label's name", HEAD "a_total{1=\"x\"} 1\n# EOF\n", 3 },
        { "a time stamp", HEAD "a_total 1 123\n# EOF\n", 3 },
        { "below 0", HEAD "a_total -1\n# EOF\n", 3 },
        { "no number", HEAD "a_total x\n# EOF\n", 3 },
        { "an empty line", HEAD "\na_total 1\n# EOF\n", 3 },
        { "a type of no kind", "# TYPE a thing\n# HELP a A.\n# EOF\n", 1 },
    };
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        size_t line;
        const char *wrong = openmetrics_wrong(cases[i].text, strlen(cases[i].text), &line);
        if ((wrong ? line : 0) != cases[i].line)
            fail_msg("%s: line %zu: %s", cases[i].label, line, wrong ? wrong : "nothing wrong");
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", the_text_is_what_the_format_says),
    NBT_TEST("", the_checker_sees_what_is_wrong),
};

NBT_MAIN("metrics", tests)
