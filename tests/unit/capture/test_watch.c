/*
 * Watching: what is told when, what is told again, that memory stays where it is and what is
 * forgotten is counted, and that the numbers are OpenMetrics.
 */
#include "capture/watch.h"

#include <stdio.h>

#include "nbt/text.h"

#include "tests/support/openmetrics.h"
#include "tests/support/story.h"
#include "tests/support/test.h"

typedef struct seen {
    cap_watch *w;
    int64_t step; /* of put: microseconds from frame to frame */
    cap_buf text; /* "3 error clone FRED<00>: ...", a line for each event behind its frame */
} seen;

static void fetch(seen *s, uint64_t frame)
{
    cap_event event;
    while (cap_watch_next(s->w, &event)) {
        cap_buf_fmt(&s->text, "%llu ", (unsigned long long)frame);
        assert_true(cap_watch_line(s->w, &event, &s->text));
        cap_buf_str(&s->text, "\n");
    }
}

static void listen(void *ctx, const cap_item *item, const cap_link *link)
{
    seen *s = ctx;
    cap_watch_put(s->w, item, link);
    fetch(s, item->number);
}

#define CLAIM(ms, id)                                                                              \
#ms " 10.0.0.2 > 10.0.0.255 registration-request FRED<00> id=" #id                             \
        " b=1 owner=10.0.0.2 node=B unique"
#define REFUSE(ms, id)                                                                             \
#ms " 10.0.0.1 > 10.0.0.2 negative-registration-response FRED<00> id=" #id                     \
        " rcode=ACT_ERR owner=10.0.0.1 node=B unique"
#define QUERY(ms, name, id) #ms " 10.0.0.3 > 10.0.0.255 query-request " name " id=" #id " b=1"
#define ANSWER(ms, n, name, id)                                                                    \
#ms " 10.0.0." #n " > 10.0.0.3 positive-query-response " name " id=" #id                       \
        " ra=0 owners=10.0.0." #n "/B/unique"
#define A "10.0.0.1 (02:00:0a:00:00:01)"
#define B "10.0.0.2 (02:00:0a:00:00:02)"

enum { LINES = 16 };

static const struct {
    const char *label;
    const char *story[LINES];
    const char *told;
} cases[] = {
    { "a refusal, with the packet that says it",
      { CLAIM(0, 5), REFUSE(1, 5) },
      "2 error clone FRED<00>: " B " was refused by " A
      "; refused, a clone: two computers have the same computer name\n" },
    { "the same attempt is one",
      { CLAIM(0, 5), REFUSE(1, 5), CLAIM(250, 5), REFUSE(251, 5) },
      "2 error clone FRED<00>: " B " was refused by " A
      "; refused, a clone: two computers have the same computer name\n" },
    { "later attempts are held back for a minute, and counted",
      { CLAIM(0, 5), REFUSE(1, 5), CLAIM(20000, 6), REFUSE(20001, 6), CLAIM(60002, 7),
        REFUSE(60003, 7) },
      "2 error clone FRED<00>: " B " was refused by " A
      "; refused, a clone: two computers have the same computer name\n"
      "6 error clone FRED<00>: " B " was refused by " A
      "; refused, a clone: two computers have the same computer name (again, 2 times since)\n" },
    { "a second owner, with his answer",
      { QUERY(0, "FRED<00>", 9), ANSWER(1, 1, "FRED<00>", 9), ANSWER(2, 2, "FRED<00>", 9) },
      "3 error two-owners FRED<00>: " A " and " B "; owned by two computers at once\n" },
    { "a spoofed answer is known while it happens",
      { "0 10.0.0.2 > 10.0.0.3 status-response *<00> id=8 names=FRED<00>/B/unique/act "
        "mac=02:00:0a:00:00:02",
        QUERY(5, "WPAD<00>", 9), ANSWER(6, 2, "WPAD<00>", 9), QUERY(7, "FRED<00>", 10),
        ANSWER(8, 2, "FRED<00>", 10) },
      "3 error spoofed WPAD<00>: " B "; answered for by a host that never registered it\n" },
    { "an answer while the claim is under way is none",
      { "0 10.0.0.2 > 10.0.0.3 status-response *<00> id=8 names=FRED<00>/B/unique/act "
        "mac=02:00:0a:00:00:02",
        "1 10.0.0.2 > 10.0.0.255 registration-request LAB<1D> id=5 b=1 owner=10.0.0.2 node=B "
        "unique",
        QUERY(5, "LAB<1D>", 9), ANSWER(6, 2, "LAB<1D>", 9) },
      "" },
    { "an answer that nobody asked for",
      { QUERY(0, "OTHER<00>", 9), ANSWER(1, 2, "FRED<00>", 10) },
      "2 error unasked-answer FRED<00>: " B " told 10.0.0.3 (02:00:0a:00:00:03); answered for to a "
      "host that did not ask\n" },
};

static void events_are_told_when_they_happen(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        seen s = { .w = cap_watch_new(&(cap_watch_cfg){ .again = NBT_S(60) }) };
        assert_non_null(s.w);
        story_tell(cases[i].story, listen, &s);
        cap_watch_end(s.w);
        fetch(&s, 0);
        cap_buf_add(&s.text, "", 1);
        if (strcmp(s.text.s, cases[i].told) != 0)
            fail_msg("%s: got\n%snot\n%s", cases[i].label, s.text.s, cases[i].told);
        cap_buf_fini(&s.text);
        cap_watch_free(s.w);
    }
}

static void a_silent_server_is_told_by_time_alone(void **state)
{
    (void)state;
    static const char *const story[] = { "0 10.0.0.1 > 10.0.0.9 registration-request FRED<00> id=5 "
                                         "ttl=300000 owner=10.0.0.1 node=P unique",
                                         NULL };
    seen s = { .w = cap_watch_new(&(cap_watch_cfg){ .again = NBT_S(60) }) };
    story_tell(story, listen, &s);
    cap_watch_tick(s.w, NBT_S(1000) + NBT_S(89));
    fetch(&s, 89);
    cap_watch_tick(s.w, NBT_S(1000) + NBT_S(91));
    fetch(&s, 91);
    cap_buf_add(&s.text, "", 1);
    assert_string_equal(s.text.s, "91 error server-silent FRED<00>: " A " was not answered by "
                                  "10.0.0.9; not registered, the name server does not answer\n");
    cap_buf_fini(&s.text);
    cap_watch_free(s.w);
}

/* A message of a conversation `i`, in which host 2 * i is refused a name that 2 * i + 1 has. */
static void put(seen *s, cap_dialog *d, uint64_t frame, uint32_t i, bool refusal)
{
    char line[256];
    uint8_t arena[512];
    nbt_text_err err;
    nbt_msg m;
    cap_link link;
    uint32_t one = 0x0A000000 + 2 * i, other = one + 1;
    if (refusal)
        snprintf(line, sizeof line,
                 "negative-registration-response N%u<00> id=%u rcode=ACT_ERR owner=10.0.0.1 node=B "
                 "unique",
                 i, i & 0xFFFF);
    else
        snprintf(line, sizeof line,
                 "registration-request N%u<00> id=%u b=1 owner=10.0.0.1 node=B unique", i,
                 i & 0xFFFF);
    assert_true(nbt_text_parse(&m, line, strlen(line), arena, sizeof arena, &err));
    cap_item item = { .number = frame,
                      .time = NBT_S(1000) + s->step * (int64_t)frame,
                      .has_ip = true,
                      .from = { refusal ? other : one, 137 },
                      .to = { refusal ? one : 0x0AFFFFFF, 137 },
                      .msg = &m };
    cap_dialog_put(d, &item, &link);
    listen(s, &item, &link);
}

/* Ten times as many names and hosts as there is room for, each with trouble of its own. */
static void memory_is_bounded_and_what_is_forgotten_is_counted(void **state)
{
    (void)state;
    enum { NAMES = 256, MANY = 10 * NAMES };
    seen s = { .w = cap_watch_new(&(cap_watch_cfg){ .names = NAMES, .again = NBT_S(3600) }),
               .step = NBT_MS(100) };
    cap_dialog *d = cap_dialog_new();
    for (uint32_t i = 0; i < MANY; i++) {
        put(&s, d, 2 * i + 1, i, false);
        put(&s, d, 2 * i + 2, i, true);
        assert_true(cap_watch_names(s.w) <= NAMES && cap_watch_hosts(s.w) <= NAMES);
    }
    const cap_watch_counts *c = cap_watch_count(s.w);
    assert_int_equal(c->events[CAP_VERDICT_CLONE], MANY); /* none is missed, and none told twice */
    assert_int_equal(c->held_back, 0);
    assert_int_equal(c->left_out, 0);
    assert_int_equal(c->forgotten_names + cap_watch_names(s.w), MANY);
    assert_int_equal(c->forgotten_hosts + cap_watch_hosts(s.w), 2 * MANY);
    cap_dialog_free(d);
    cap_buf_fini(&s.text);
    cap_watch_free(s.w);
}

/* The same trouble again, after its ledger was changed for another, is not new. */
static void what_was_told_is_known_after_a_turn(void **state)
{
    (void)state;
    enum { NAMES = 256 };
    /* Far apart, so that each is an attempt of its own. */
    seen s = { .w = cap_watch_new(&(cap_watch_cfg){ .names = NAMES, .again = NBT_S(86400) }),
               .step = NBT_S(4) };
    cap_dialog *d = cap_dialog_new();
    uint64_t frame = 0;
    for (uint32_t i = 0; i < 4 * NAMES; i++) {
        put(&s, d, ++frame, i, false);
        put(&s, d, ++frame, i, true);
        put(&s, d, ++frame, 1000000, false);
        put(&s, d, ++frame, 1000000, true);
    }
    assert_true(cap_watch_count(s.w)->forgotten_names > NAMES);
    assert_int_equal(cap_watch_count(s.w)->events[CAP_VERDICT_CLONE], 4 * NAMES + 1);
    cap_dialog_free(d);
    cap_buf_fini(&s.text);
    cap_watch_free(s.w);
}

/* Events that come at once are told up to a bound, and the others are counted. */
static void a_flood_is_held_back(void **state)
{
    (void)state;
    seen s = { .w = cap_watch_new(&(cap_watch_cfg){ .again = NBT_S(60) }) };
    cap_dialog *d = cap_dialog_new();
    for (uint32_t i = 0; i < 500; i++)
        put(&s, d, 1, i, true);
    size_t told = 0;
    for (size_t i = 0; i < s.text.n; i++)
        told += s.text.s[i] == '\n';
    assert_int_equal(told, CAP_WATCH_BURST);
    assert_int_equal(cap_watch_count(s.w)->held_back, 500 - CAP_WATCH_BURST);
    assert_int_equal(cap_watch_count(s.w)->events[CAP_VERDICT_CLONE], 500);
    cap_dialog_free(d);
    cap_buf_fini(&s.text);
    cap_watch_free(s.w);
}

static void the_numbers_are_openmetrics(void **state)
{
    (void)state;
    static const char *const story[] = { CLAIM(0, 5), REFUSE(1, 5), NULL };
    seen s = { .w = cap_watch_new(&(cap_watch_cfg){ .again = NBT_S(60) }) };
    cap_buf out = { 0 };
    size_t line;
    story_tell(story, listen, &s);
    cap_watch_metrics(s.w, NBT_S(999), &out);
    const char *wrong = openmetrics_wrong(out.s, out.n, &line);
    cap_buf_add(&out, "", 1);
    if (wrong)
        fail_msg("line %zu: %s\n%s", line, wrong, out.s);
    assert_non_null(strstr(out.s, "\nnbt_watch_findings_total{finding=\"clone\"} 1\n"));
    assert_non_null(strstr(out.s, "\nnbt_watch_messages_total{service=\"name\"} 2\n"));
    assert_non_null(strstr(out.s, "\nnbt_watch_start_time_seconds 999.000000\n"));
    out.n = 0;
    cap_watch_summary(s.w, &out);
    cap_buf_add(&out, "", 1);
    assert_string_equal(out.s, "1 findings in 2 messages of 2 hosts with 1 names");
    cap_buf_fini(&out);
    cap_buf_fini(&s.text);
    cap_watch_free(s.w);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", events_are_told_when_they_happen),
    NBT_TEST("", a_silent_server_is_told_by_time_alone),
    NBT_TEST("", memory_is_bounded_and_what_is_forgotten_is_counted),
    NBT_TEST("", what_was_told_is_known_after_a_turn),
    NBT_TEST("", a_flood_is_held_back),
    NBT_TEST("", the_numbers_are_openmetrics),
};

NBT_MAIN("watch", tests)
