/*
 * One function for each form; what they share is a message in words.
 */
#include "tools/replay/report.h"

#include "capture/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct replay_report {
    replay_report_cfg cfg;
    cap_buf want, got, line; /* of the result that is told */
    uint64_t n, failures;    /* TAP and JUnit: tests so far */
    FILE *cases;             /* of JUnit: they come after their number */
    bool failed;             /* something could not be written, or there was no memory */
};

replay_report *replay_report_new(const replay_report_cfg *cfg, char err[CAP_ERR_MAX])
{
    replay_report *r = calloc(1, sizeof *r);
    if (!r) {
        (void)snprintf(err, CAP_ERR_MAX, "no memory");
        return NULL;
    }
    r->cfg = *cfg;
    if (cfg->junit && !(r->cases = tmpfile())) {
        (void)snprintf(err, CAP_ERR_MAX, "a temporary file for JUnit: %s", strerror(errno));
        free(r);
        return NULL;
    }
    if (cfg->form == REPLAY_TAP)
        (void)fputs("TAP version 13\n", cfg->to);
    return r;
}

/* --- a message in words ----------------------------------------------------------------------- */

static void say(cap_buf *b, const cap_result *x, nbt_bytes bytes)
{
    const char *word = cap_move_word(x->kind);
    b->n = 0;
    if (word)
        cap_buf_str(b, word);
    else
        cap_say(b, x->carry, bytes);
}

static void say_ep(cap_buf *b, nbt_ep ep)
{
    cap_buf_ip(b, ep.ip);
    cap_buf_fmt(b, ":%u", ep.port);
}

static void say_way(cap_buf *b, const cap_result *x)
{
    say_ep(b, x->from);
    cap_buf_str(b, " > ");
    say_ep(b, x->to);
}

static bool has_got(const cap_result *x)
{
    return x->verdict == CAP_MATCHED || x->verdict == CAP_LATE || x->verdict == CAP_DIFFERENT ||
           x->verdict == CAP_UNEXPECTED;
}

static bool has_expected(const cap_result *x)
{
    return x->verdict != CAP_UNEXPECTED;
}

static bool is_good(cap_came v)
{
    return v == CAP_SENT || v == CAP_MATCHED;
}

/* --- text ------------------------------------------------------------------------------------- */

static const char *color_of(cap_came v)
{
    if (is_good(v))
        return "\033[32m";
    return v == CAP_LATE || v == CAP_SKIPPED ? "\033[33m" : "\033[31m";
}

static void text_head(replay_report *r, const cap_result *x)
{
    cap_buf *b = &r->line;
    b->n = 0;
    if (r->cfg.color)
        cap_buf_str(b, color_of(x->verdict));
    cap_buf_str(b, cap_came_str(x->verdict));
    if (r->cfg.color)
        cap_buf_str(b, "\033[0m");
    if (x->number)
        cap_buf_fmt(b, " %llu", (unsigned long long)x->number);
    cap_buf_str(b, " ");
    say_way(b, x);
    cap_buf_str(b, " ");
    if (has_expected(x))
        cap_buf_add(b, r->want.s, r->want.n);
    else
        cap_buf_add(b, r->got.s, r->got.n);
    cap_buf_str(b, "\n");
}

static void put_text(replay_report *r, const cap_result *x)
{
    if (is_good(x->verdict) && !r->cfg.verbose)
        return;
    text_head(r, x);
    if (x->verdict == CAP_SKIPPED)
        cap_buf_fmt(&r->line, "    not sent: %s\n", x->diff);
    if (x->verdict == CAP_LATE)
        cap_buf_fmt(&r->line, "    %.3f s later than in the capture\n", (double)x->late / 1e6);
    if (x->verdict == CAP_DIFFERENT) {
        cap_buf_fmt(&r->line, "    differs: %s\n", x->diff);
        if (!cap_move_word(x->kind)) {
            cap_buf_str(&r->line, "    got: ");
            cap_buf_add(&r->line, r->got.s, r->got.n);
            cap_buf_str(&r->line, "\n");
        }
    }
    (void)fwrite(r->line.s, 1, r->line.n, r->cfg.to);
}

/* "3 matched, " and the like; nothing for none. */
static void count(cap_buf *b, uint64_t n, const char *what)
{
    if (n)
        cap_buf_fmt(b, "%s%llu %s", b->n ? ", " : "", (unsigned long long)n, what);
}

static void sum_text(replay_report *r, const cap_player_counts *c)
{
    cap_buf *b = &r->line;
    b->n = 0;
    for (int v = CAP_MATCHED; v < CAP_VERDICTS; v++)
        count(b, c->of[v], cap_came_str((cap_came)v));
    count(b, c->unneeded, "no longer needed");
    count(b, c->again, "came again");
    (void)fprintf(r->cfg.to, "%llu sent", (unsigned long long)c->of[CAP_SENT]);
    if (c->of[CAP_SKIPPED])
        (void)fprintf(r->cfg.to, ", %llu not sent", (unsigned long long)c->of[CAP_SKIPPED]);
    (void)fprintf(r->cfg.to, "; %llu expected", (unsigned long long)c->expected);
    if (b->n)
        (void)fprintf(r->cfg.to, ": %.*s", (int)b->n, b->s);
    if (c->strangers)
        (void)fprintf(r->cfg.to, "; %llu from strangers", (unsigned long long)c->strangers);
    (void)fputs("\n", r->cfg.to);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void json_ep(cap_buf *b, const char *key, nbt_ep ep)
{
    cap_buf_fmt(b, ",\"%s\":\"", key);
    say_ep(b, ep);
    cap_buf_str(b, "\"");
}

static void put_json(replay_report *r, const cap_result *x)
{
    cap_buf *b = &r->line;
    const char *word = cap_move_word(x->kind);
    b->n = 0;
    cap_buf_fmt(b, "{\"verdict\":\"%s\",\"frame\":", cap_came_str(x->verdict));
    if (x->number)
        cap_buf_fmt(b, "%llu", (unsigned long long)x->number);
    else
        cap_buf_str(b, "null");
    cap_buf_fmt(b, ",\"at\":%.6f,\"what\":\"%s\"", (double)x->at / 1e6, word ? word : "message");
    json_ep(b, "src", x->from);
    json_ep(b, "dst", x->to);
    if (has_got(x) && has_expected(x))
        cap_buf_fmt(b, ",\"late\":%.6f", (double)x->late / 1e6);
    if (has_expected(x) && !word) {
        cap_buf_fmt(b, ",\"%s\":", x->verdict <= CAP_SKIPPED ? "message" : "expected");
        cap_buf_json(b, r->want.s, r->want.n);
    }
    if (has_got(x) && !word) {
        cap_buf_str(b, ",\"got\":");
        cap_buf_json(b, r->got.s, r->got.n);
    }
    if (x->diff[0]) {
        cap_buf_fmt(b, ",\"%s\":", x->verdict == CAP_SKIPPED ? "why" : "differs");
        cap_buf_json(b, x->diff, strlen(x->diff));
    }
    cap_buf_str(b, "}\n");
    (void)fwrite(b->s, 1, b->n, r->cfg.to);
}

static void sum_json(replay_report *r, const cap_player_counts *c)
{
    static const char *const key[CAP_VERDICTS] = { "sent",      "not_sent", "matched",   "late",
                                                   "different", "missing",  "unexpected" };
    (void)fprintf(r->cfg.to, "{\"summary\":{\"expected\":%llu", (unsigned long long)c->expected);
    for (size_t v = 0; v < CAP_VERDICTS; v++)
        (void)fprintf(r->cfg.to, ",\"%s\":%llu", key[v], (unsigned long long)c->of[v]);
    (void)fprintf(r->cfg.to, ",\"unneeded\":%llu,\"again\":%llu,\"strangers\":%llu}}\n",
                  (unsigned long long)c->unneeded, (unsigned long long)c->again,
                  (unsigned long long)c->strangers);
}

/* --- TAP and JUnit: a test for each message that was expected, or should have been -------------
 */

static void say_title(replay_report *r, const cap_result *x)
{
    enum { TITLE_MAX = 100 };
    const cap_buf *of = has_expected(x) ? &r->want : &r->got;
    cap_buf *b = &r->line;
    b->n = 0;
    if (x->number)
        cap_buf_fmt(b, "frame %llu ", (unsigned long long)x->number);
    say_way(b, x);
    cap_buf_str(b, " ");
    cap_buf_add(b, of->s, of->n < TITLE_MAX ? of->n : TITLE_MAX);
}

static void put_tap(replay_report *r, const cap_result *x)
{
    say_title(r, x);
    for (size_t i = 0; i < r->line.n; i++)
        if (r->line.s[i] == '#') /* it would begin a directive */
            r->line.s[i] = '.';
    (void)fprintf(r->cfg.to, "%s %llu - %.*s\n", is_good(x->verdict) ? "ok" : "not ok",
                  (unsigned long long)r->n, (int)r->line.n, r->line.s);
    if (is_good(x->verdict))
        return;
    cap_buf *b = &r->line;
    b->n = 0;
    cap_buf_fmt(b, "  ---\n  verdict: %s\n", cap_came_str(x->verdict));
    if (x->diff[0]) {
        cap_buf_str(b, "  message: ");
        cap_buf_json(b, x->diff, strlen(x->diff));
        cap_buf_str(b, "\n");
    }
    if (has_got(x)) {
        cap_buf_str(b, "  got: ");
        cap_buf_json(b, r->got.s, r->got.n);
        cap_buf_str(b, "\n");
    }
    if (has_expected(x)) {
        cap_buf_str(b, "  expected: ");
        cap_buf_json(b, r->want.s, r->want.n);
        cap_buf_str(b, "\n");
    }
    cap_buf_str(b, "  ...\n");
    (void)fwrite(b->s, 1, b->n, r->cfg.to);
}

static void xml(FILE *to, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        switch (s[i]) {
        case '&':
            (void)fputs("&amp;", to);
            break;
        case '<':
            (void)fputs("&lt;", to);
            break;
        case '>':
            (void)fputs("&gt;", to);
            break;
        case '"':
            (void)fputs("&quot;", to);
            break;
        default:
            (void)fputc(s[i] >= ' ' && s[i] <= '~' ? s[i] : '?', to);
        }
    }
}

static void put_junit(replay_report *r, const cap_result *x)
{
    const char *why = x->diff[0] ? x->diff : cap_came_str(x->verdict);
    say_title(r, x);
    (void)fputs("    <testcase classname=\"nbtreplay\" name=\"", r->cases);
    xml(r->cases, r->line.s, r->line.n);
    if (is_good(x->verdict)) {
        (void)fputs("\"/>\n", r->cases);
        return;
    }
    (void)fprintf(r->cases, "\">\n      <failure type=\"%s\" message=\"", cap_came_str(x->verdict));
    xml(r->cases, why, strlen(why));
    (void)fputs("\">expected: ", r->cases);
    xml(r->cases, r->want.s, r->want.n);
    (void)fputs("\ngot: ", r->cases);
    xml(r->cases, r->got.s, r->got.n);
    (void)fputs("</failure>\n    </testcase>\n", r->cases);
}

static bool copy_cases(replay_report *r, FILE *to)
{
    char piece[4096];
    size_t n;
    if (fflush(r->cases) != 0 || fseek(r->cases, 0, SEEK_SET) != 0)
        return false;
    while ((n = fread(piece, 1, sizeof piece, r->cases)) > 0)
        (void)fwrite(piece, 1, n, to);
    return !ferror(r->cases);
}

static bool write_junit(replay_report *r)
{
    FILE *to = fopen(r->cfg.junit, "w");
    if (!to)
        return false;
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"",
                to);
    xml(to, r->cfg.name, strlen(r->cfg.name));
    (void)fprintf(to, "\" tests=\"%llu\" failures=\"%llu\">\n", (unsigned long long)r->n,
                  (unsigned long long)r->failures);
    bool good = copy_cases(r, to);
    (void)fputs("  </testsuite>\n</testsuites>\n", to);
    good = !ferror(to) && good;
    return fclose(to) == 0 && good;
}

/* --- all of them ------------------------------------------------------------------------------ */

void replay_report_put(replay_report *r, const cap_result *x)
{
    r->want.n = r->got.n = 0;
    if (has_expected(x))
        say(&r->want, x, x->expected);
    if (has_got(x))
        say(&r->got, x, x->got);
    if (x->verdict != CAP_SENT) {
        r->n++;
        r->failures += !is_good(x->verdict);
    }
    if (r->cfg.form == REPLAY_TEXT)
        put_text(r, x);
    else if (r->cfg.form == REPLAY_JSON)
        put_json(r, x);
    else if (x->verdict != CAP_SENT)
        put_tap(r, x);
    if (r->cases && x->verdict != CAP_SENT)
        put_junit(r, x);
    r->failed = r->failed || r->want.failed || r->got.failed || r->line.failed;
}

void replay_report_note(replay_report *r, const char *text)
{
    if (r->cfg.form == REPLAY_TEXT)
        (void)fprintf(r->cfg.to, "%s\n", text);
    if (r->cfg.form == REPLAY_TAP)
        (void)fprintf(r->cfg.to, "# %s\n", text);
}

bool replay_report_end(replay_report *r, const cap_player_counts *c)
{
    if (r->cfg.form == REPLAY_TEXT)
        sum_text(r, c);
    else if (r->cfg.form == REPLAY_JSON)
        sum_json(r, c);
    else
        (void)fprintf(r->cfg.to, "1..%llu\n", (unsigned long long)r->n);
    if (r->cases && !write_junit(r))
        r->failed = true;
    bool good = true;
    for (int v = 0; v < CAP_VERDICTS; v++)
        good = good && (is_good((cap_came)v) || c->of[v] == 0);
    return good;
}

bool replay_report_free(replay_report *r, char err[CAP_ERR_MAX])
{
    bool good = !r->failed && fflush(r->cfg.to) == 0 && !ferror(r->cfg.to);
    if (!good)
        (void)snprintf(err, CAP_ERR_MAX, "the report could not be written: %s",
                       r->failed && r->cfg.junit ? r->cfg.junit : "no room, or no memory");
    if (r->cases)
        (void)fclose(r->cases);
    cap_buf_fini(&r->want);
    cap_buf_fini(&r->got);
    cap_buf_fini(&r->line);
    free(r);
    return good;
}
