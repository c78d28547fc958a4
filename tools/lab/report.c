/*
 * Tables and text from the results. It judges nothing: whether a case agrees is in its result.
 */
#include "tools/lab/report.h"

#include <stdbool.h>
#include <string.h>

/* The columns of the table. A cell's text is broken between words where it is longer. */
enum { COLUMNS = 6 };
static const int widths[COLUMNS] = { 23, 27, 8, 38, 32, 8 };
static const char *const headings[COLUMNS] = { "case",        "asked",
                                               "obtained",    "refused with (NCB, code, frame)",
                                               "the article", "agrees" };

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

/* The refusals of a case as one text, a line for each. */
static void refusals(char *to, size_t cap, const json_t *result)
{
    size_t i, at = 0;
    const json_t *a;
    to[0] = '\0';
    json_array_foreach (json_object_get(result, "attempts"), i, a) {
        char line[192];
        if (json_is_true(json_object_get(a, "ok")))
            continue;
        refusal(line, sizeof line, a);
        int n = snprintf(to + at, cap - at, "%s%s", at > 0 ? "\n" : "", line);
        at = n > 0 && at + (size_t)n < cap ? at + (size_t)n : at;
    }
    if (at == 0)
        snprintf(to, cap, "-");
}

/* How much of a cell's text fits on one line of `width`; *next is where the rest begins. */
static int fit(const char *text, int width, const char **next)
{
    int n = 0, space = -1;
    while (text[n] && text[n] != '\n' && n < width) {
        if (text[n] == ' ')
            space = n;
        n++;
    }
    if (text[n] && text[n] != '\n' && text[n] != ' ' && space > 0)
        n = space;
    *next = text + n;
    while (**next == ' ' || **next == '\n') {
        bool newline = **next == '\n';
        ++*next;
        if (newline)
            break;
    }
    return n;
}

static void print_row(FILE *to, const char *const cells[COLUMNS])
{
    const char *rest[COLUMNS];
    bool more = true;
    memcpy(rest, cells, sizeof rest);
    while (more) {
        int owed = 0; /* blanks that are printed once something follows them */
        more = false;
        for (int c = 0; c < COLUMNS; c++) {
            const char *next;
            int n = fit(rest[c], widths[c], &next);
            if (n > 0) {
                fprintf(to, "%*s%.*s", owed, "", n, rest[c]);
                owed = 0;
            }
            owed += widths[c] - n + 2;
            rest[c] = next;
            more = more || *next;
        }
        fputc('\n', to);
    }
}

static void rule(FILE *to)
{
    for (int c = 0; c < COLUMNS; c++) {
        for (int i = 0; i < widths[c] + (c + 1 < COLUMNS ? 2 : 0); i++)
            fputc('-', to);
    }
    fputc('\n', to);
}

static void row(FILE *to, const json_t *result)
{
    char refused[1024], obtained[24];
    refusals(refused, sizeof refused, result);
    snprintf(obtained, sizeof obtained, "%lld", int_of(result, "obtained"));
    const char *const cells[COLUMNS] = {
        text_of(result, "case"),
        text_of(result, "asked"),
        obtained,
        refused,
        text_of(result, "article"),
        agrees(result) ? "yes" : "DEVIATES",
    };
    print_row(to, cells);
    if (*text_of(result, "depends"))
        fprintf(to, "    (%s)\n", text_of(result, "depends"));
    const json_t *d;
    size_t i;
    json_array_foreach (json_object_get(result, "deviations"), i, d)
        fprintf(to, "    ! %s\n", json_string_value(d));
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
            print_row(to, headings);
            rule(to);
        }
        row(to, result);
    }
}

static void attempt_text(FILE *to, const json_t *a)
{
    char line[192];
    if (int_of(a, "viewer") > 0)
        fprintf(to, "  viewer %lld on %s towards %s (%s): ", int_of(a, "viewer"),
                text_of(a, "host"), text_of(a, "client"), text_of(a, "protocols"));
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
