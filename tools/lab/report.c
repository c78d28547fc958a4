/*
 * Tables and text from the results. It judges nothing: whether a case agrees is in its result.
 */
#include "tools/lab/report.h"

#include <stdbool.h>
#include <string.h>

enum { CASE_WIDTH = 24, ASKED_WIDTH = 44, REFUSED_WIDTH = 56 };

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));
    return text ? text : "";
}

static long long int_of(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static bool agrees(const json_t *result)
{
    return json_is_true(json_object_get(result, "agrees"));
}

static const char *ordinal(long long n)
{
    static const char *const words[] = { "own name", "1st", "2nd", "3rd", "4th", "5th" };
    return n >= 0 && n <= 5 ? words[n] : "later";
}

/* "2nd: ADD NAME NRC_DUPNAME (0x0D), no packet", or with frame, address and RCODE. */
static void refusal(char *to, size_t cap, const json_t *a)
{
    int n = snprintf(to, cap, "%s: ", ordinal(int_of(a, "viewer")));
    size_t at = n > 0 ? (size_t)n : 0;
    if (strcmp(text_of(a, "outcome"), "L") == 0) {
        snprintf(to + at, cap - at, "the console's limit of four sessions");
        return;
    }
    if (text_of(a, "ncb")[0] == '\0') {
        snprintf(to + at, cap - at, "%s", text_of(a, "said"));
        return;
    }
    n = snprintf(to + at, cap - at, "%s %s (0x%02llX)", text_of(a, "ncb"), text_of(a, "nrc"),
                 (unsigned long long)int_of(a, "retcode"));
    at += n > 0 ? (size_t)n : 0;
    if (json_object_get(a, "frame") && at < cap)
        snprintf(to + at, cap - at, ", frame %lld: RCODE %lld by %s", int_of(a, "frame"),
                 int_of(a, "rcode"), text_of(a, "by"));
    else if (json_object_get(a, "packets") && int_of(a, "packets") == 0 && at < cap)
        snprintf(to + at, cap - at, ", no packet");
}

/* The refusals of a case, one a line of the table. */
static size_t refusals(const json_t *result, char lines[][160], size_t max)
{
    size_t n = 0, i;
    const json_t *a;
    json_array_foreach (json_object_get(result, "attempts"), i, a) {
        if (!json_is_true(json_object_get(a, "ok")) && n < max)
            refusal(lines[n++], sizeof lines[0], a);
    }
    return n;
}

static void rule(FILE *to)
{
    for (int i = 0; i < CASE_WIDTH + ASKED_WIDTH + REFUSED_WIDTH + 72; i++)
        fputc('-', to);
    fputc('\n', to);
}

static void row(FILE *to, const json_t *result)
{
    char lines[8][160];
    size_t n = refusals(result, lines, 8), i;
    fprintf(to, "%-*s %-*s %8lld  %-*s %-60s %s\n", CASE_WIDTH, text_of(result, "case"),
            ASKED_WIDTH, text_of(result, "asked"), int_of(result, "obtained"), REFUSED_WIDTH,
            n > 0 ? lines[0] : "-", text_of(result, "article"),
            agrees(result) ? "agrees" : "DEVIATES");
    for (i = 1; i < n; i++)
        fprintf(to, "%*s %s\n", CASE_WIDTH + ASKED_WIDTH + 11, "", lines[i]);
    const json_t *d;
    json_array_foreach (json_object_get(result, "deviations"), i, d)
        fprintf(to, "%*s ! %s\n", CASE_WIDTH, "", json_string_value(d));
}

void lab_report_table(FILE *to, const json_t *results)
{
    const char *claim = "";
    const json_t *result;
    size_t i;
    json_array_foreach (results, i, result) {
        if (strcmp(claim, text_of(result, "claim")) != 0) {
            claim = text_of(result, "claim");
            fprintf(to, "%s--claim=%s, timing profile %s\n", i > 0 ? "\n" : "", claim,
                    text_of(result, "profile"));
            fprintf(to, "%-*s %-*s %8s  %-*s %-60s %s\n", CASE_WIDTH, "case", ASKED_WIDTH, "asked",
                    "obtained", REFUSED_WIDTH, "refused with (NCB, code, frame)",
                    "what the article says", "agrees");
            rule(to);
        }
        row(to, result);
    }
}

static void attempt_text(FILE *to, const json_t *a)
{
    char line[160];
    if (int_of(a, "viewer") > 0)
        fprintf(to, "  viewer %lld on %s towards %s (%s): ", int_of(a, "viewer"), text_of(a, "host"),
                text_of(a, "client"), text_of(a, "protocols"));
    else
        fprintf(to, "  the computer %s: ", text_of(a, "host"));
    if (json_is_true(json_object_get(a, "ok"))) {
        fprintf(to, "session over %s\n", text_of(a, "over"));
        return;
    }
    refusal(line, sizeof line, a);
    fprintf(to, "refused, %s\n", line);
    if (text_of(a, "said")[0])
        fprintf(to, "    it said: %s\n", text_of(a, "said"));
}

void lab_report_text(FILE *to, const json_t *results)
{
    const json_t *result, *x;
    size_t i, k;
    json_array_foreach (results, i, result) {
        fprintf(to, "%s (--claim=%s, profile %s)\n", text_of(result, "case"),
                text_of(result, "claim"), text_of(result, "profile"));
        fprintf(to, "  asked: %s\n  the article: %s\n", text_of(result, "asked"),
                text_of(result, "article"));
        json_array_foreach (json_object_get(result, "attempts"), k, x)
            attempt_text(to, x);
        json_array_foreach (json_object_get(result, "notes"), k, x)
            fprintf(to, "  note: %s\n", json_string_value(x));
        json_array_foreach (json_object_get(result, "deviations"), k, x)
            fprintf(to, "  DEVIATES: %s\n", json_string_value(x));
        fprintf(to, "  %lld sessions; %s; capture %s, %lld frames; %.1f s\n\n",
                int_of(result, "obtained"), agrees(result) ? "agrees" : "DEVIATES",
                text_of(result, "capture"), int_of(result, "frames"),
                json_real_value(json_object_get(result, "seconds")));
    }
}

void lab_report_line(FILE *to, const json_t *result)
{
    fprintf(to, "%s (%s): %s, %lld sessions, %.1f s\n", text_of(result, "case"),
            text_of(result, "claim"), agrees(result) ? "agrees" : "DEVIATES",
            int_of(result, "obtained"), json_real_value(json_object_get(result, "seconds")));
}
