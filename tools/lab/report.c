/*
 * Tables and text from the results. It judges nothing: whether a case agrees is in its result.
 */
#include "tools/lab/report.h"
#include "tools/lab/lab.h"

#include <stdbool.h>
#include <string.h>

/* The columns of the table. A cell's text is broken between words where it is longer. */
enum { COLUMNS = 6 };
static const int widths[COLUMNS] = { 23, 27, 8, 38, 32, 8 };
static const char *const headings[COLUMNS] = { "case",        "asked",
                                               "obtained",    "refused with (NCB, code, frame)",
                                               "the article", "agrees" };

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
    if (strcmp(lab_text(a, "outcome"), "L") == 0) {
        snprintf(to + at, cap - at, "the console's limit of four sessions");
        return;
    }
    if (lab_text(a, "ncb")[0] == '\0') {
        snprintf(to + at, cap - at, "%s", lab_text(a, "said"));
        return;
    }
    n = snprintf(to + at, cap - at, "%s %s (0x%02llX)", lab_text(a, "ncb"), lab_text(a, "nrc"),
                 (unsigned long long)int_of(a, "retcode"));
    at += n > 0 ? (size_t)n : 0;
    if (json_object_get(a, "frame") && at < cap)
        snprintf(to + at, cap - at, ", frame %lld: RCODE %lld by %s", int_of(a, "frame"),
                 int_of(a, "rcode"), lab_text(a, "by"));
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
        lab_text(result, "case"),    lab_text(result, "asked"),           obtained, refused,
        lab_text(result, "article"), agrees(result) ? "yes" : "DEVIATES",
    };
    print_row(to, cells);
    if (*lab_text(result, "depends"))
        fprintf(to, "    (%s)\n", lab_text(result, "depends"));
    const json_t *d;
    size_t i;
    json_array_foreach (json_object_get(result, "deviations"), i, d)
        fprintf(to, "    ! %s\n", json_string_value(d));
}

static bool is_new_profile(const json_t *results, size_t from, size_t i)
{
    const char *profile = lab_text(json_array_get(results, i), "profile");
    for (size_t k = from; k < i; k++)
        if (strcmp(lab_text(json_array_get(results, k), "profile"), profile) == 0)
            return false;
    return true;
}

/* The model of claiming of the results from `from` on, and the profiles that their cases have. */
static void heading(FILE *to, const json_t *results, size_t from)
{
    const char *claim = lab_text(json_array_get(results, from), "claim"), *before = " ";
    fprintf(to, "%s--claim=%s, timing profile", from > 0 ? "\n" : "", claim);
    for (size_t i = from; i < json_array_size(results); i++) {
        const json_t *result = json_array_get(results, i);
        if (strcmp(lab_text(result, "claim"), claim) != 0)
            break;
        if (!is_new_profile(results, from, i))
            continue;
        fprintf(to, "%s%s", before, lab_text(result, "profile"));
        before = ", ";
    }
    fputc('\n', to);
    print_row(to, headings);
    rule(to);
}

void lab_report_table(FILE *to, const json_t *results)
{
    const char *claim = "";
    const json_t *result;
    size_t i;
    json_array_foreach (results, i, result) {
        if (strcmp(claim, lab_text(result, "claim")) != 0) {
            claim = lab_text(result, "claim");
            heading(to, results, i);
        }
        row(to, result);
    }
}

static void attempt_text(FILE *to, const json_t *a)
{
    char line[192];
    if (int_of(a, "viewer") > 0)
        fprintf(to, "  viewer %lld on %s towards %s (%s): ", int_of(a, "viewer"),
                lab_text(a, "host"), lab_text(a, "client"), lab_text(a, "protocols"));
    else
        fprintf(to, "  the computer %s: ", lab_text(a, "host"));
    if (json_is_true(json_object_get(a, "ok"))) {
        fprintf(to, "session over %s\n", lab_text(a, "over"));
        return;
    }
    refusal(line, sizeof line, a);
    fprintf(to, "refused, %s\n", line);
    if (lab_text(a, "said")[0])
        fprintf(to, "    it said: %s\n", lab_text(a, "said"));
}

void lab_report_text(FILE *to, const json_t *results)
{
    const json_t *result, *x;
    size_t i, k;
    json_array_foreach (results, i, result) {
        fprintf(to, "%s (--claim=%s, profile %s)\n", lab_text(result, "case"),
                lab_text(result, "claim"), lab_text(result, "profile"));
        fprintf(to, "  asked: %s\n  the article: %s\n", lab_text(result, "asked"),
                lab_text(result, "article"));
        json_array_foreach (json_object_get(result, "attempts"), k, x)
            attempt_text(to, x);
        json_array_foreach (json_object_get(result, "proof"), k, x)
            fprintf(to, "  frame %lld: %s, %s to %s\n", int_of(x, "frame"), lab_text(x, "what"),
                    lab_text(x, "by"), lab_text(x, "to"));
        json_array_foreach (json_object_get(result, "notes"), k, x)
            fprintf(to, "  note: %s\n", json_string_value(x));
        json_array_foreach (json_object_get(result, "deviations"), k, x)
            fprintf(to, "  DEVIATES: %s\n", json_string_value(x));
        fputs(lab_text(result, "told"), to);
        fprintf(to, "  %lld sessions; %s; capture %s, %lld frames; %.1f s\n\n",
                int_of(result, "obtained"), agrees(result) ? "agrees" : "DEVIATES",
                lab_text(result, "capture"), int_of(result, "frames"),
                json_real_value(json_object_get(result, "seconds")));
    }
}

void lab_report_line(FILE *to, const json_t *result)
{
    fprintf(to, "%s (%s): %s, %lld sessions, %.1f s\n", lab_text(result, "case"),
            lab_text(result, "claim"), agrees(result) ? "agrees" : "DEVIATES",
            int_of(result, "obtained"), json_real_value(json_object_get(result, "seconds")));
}
