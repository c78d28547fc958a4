/*
 * The search for a name and the watch for a second owner, without a network.
 */
#include "tests/support/test.h"

#include "nbt/query.h"
#include "tests/support/machine.h"

/* An answer as a row writes it: who sends it, what it lists; all of one kind, group or unique. */
typedef struct answer {
    uint32_t from;
    bool group;
    uint8_t n;
    uint32_t ip[3];
} answer;

typedef struct row {
    const char *label;
    unsigned ms;
    nbt_stimulus_kind what;
    answer a;
    const char *fx;
    nbt_query_state state;
    unsigned found; /* addresses kept so far */
} row;

static void run(const row *rows, size_t n, bool find_conflicts)
{
    nbt_query q;
    nbt_query_init(&q, (nbt_pace){ 3, NBT_MS(250) }, NBT_MS(1000), find_conflicts);
    for (const row *r = rows; r < rows + n; r++) {
        nbt_addr addrs[3];
        for (size_t i = 0; i < r->a.n; i++)
            addrs[i] = (nbt_addr){ r->a.group ? NBT_NB_G : 0, r->a.ip[i] };
        nbt_effects fx = { .n = 0 };
        nbt_stimulus s = { .kind = r->what, .from = { r->a.from, 137 }, .addrs = addrs };
        s.naddrs = r->a.n;
        nbt_query_step(&q, NBT_MS(r->ms), &s, &fx);
        if (strcmp(fx_words(&fx), r->fx) != 0 || q.state != r->state || q.nfound != r->found)
            fail_msg("%s: \"%s\", state %d, %u found", r->label, fx_words(&fx), (int)q.state,
                     q.nfound);
    }
}

/* RFC 1002 5.1.1.3, nobody answers. */
static void asks_three_times(void **state)
{
    (void)state;
    static const row rows[] = {
        { "not before it is told", 0, NBT_ON_TIME, { 0 }, "", NBT_QUERY_IDLE, 0 },
        { "asks", 0, NBT_ON_START, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "too early", 249, NBT_ON_TIME, { 0 }, "", NBT_QUERY_ASKING, 0 },
        { "again", 250, NBT_ON_TIME, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "last, late", 900, NBT_ON_TIME, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "waits once more", 1149, NBT_ON_TIME, { 0 }, "", NBT_QUERY_ASKING, 0 },
        { "nobody", 1150, NBT_ON_TIME, { 0 }, "ended", NBT_QUERY_ENDED, 0 },
        { "too late", 1151, NBT_ON_POSITIVE, { 5, false, 1, { 5 } }, "", NBT_QUERY_ENDED, 0 },
    };
    run(rows, LENGTH_OF(rows), true);
}

/* RFC 1002 5.1.1.3: negative and redirect answers are not for B nodes. */
static void other_answers_are_ignored(void **state)
{
    (void)state;
    static const row rows[] = {
        { "stray", 0, NBT_ON_POSITIVE, { 5, false, 1, { 5 } }, "", NBT_QUERY_IDLE, 0 },
        { "asks", 0, NBT_ON_START, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "negative", 10, NBT_ON_NEGATIVE, { 5, false, 0, { 0 } }, "", NBT_QUERY_ASKING, 0 },
        { "redirect", 20, NBT_ON_REDIRECT, { 5, false, 0, { 0 } }, "", NBT_QUERY_ASKING, 0 },
        { "no address", 30, NBT_ON_POSITIVE, { 5, false, 0, { 0 } }, "", NBT_QUERY_ASKING, 0 },
        { "goes on", 250, NBT_ON_TIME, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "found",
          260,
          NBT_ON_POSITIVE,
          { 6, false, 1, { 6 } },
          "answered",
          NBT_QUERY_WATCHING,
          1 },
        { "negative", 270, NBT_ON_NEGATIVE, { 5, false, 0, { 0 } }, "", NBT_QUERY_WATCHING, 1 },
        { "no address", 280, NBT_ON_POSITIVE, { 5, false, 0, { 0 } }, "", NBT_QUERY_WATCHING, 1 },
    };
    run(rows, LENGTH_OF(rows), true);
}

/* RFC 1002 5.1.1.3, 5.1.1.5: the first answer starts CONFLICT_TIMER. */
static void the_watch_lasts_a_second(void **state)
{
    (void)state;
    static const row rows[] = {
        { "asks", 0, NBT_ON_START, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "found",
          100,
          NBT_ON_POSITIVE,
          { 5, false, 1, { 5 } },
          "answered",
          NBT_QUERY_WATCHING,
          1 },
        { "asks no more", 250, NBT_ON_TIME, { 0 }, "", NBT_QUERY_WATCHING, 1 },
        { "still watching", 1099, NBT_ON_TIME, { 0 }, "", NBT_QUERY_WATCHING, 1 },
        { "too late, and so is the tick",
          1100,
          NBT_ON_POSITIVE,
          { 6, false, 1, { 6 } },
          "",
          NBT_QUERY_WATCHING,
          1 },
        { "over", 1101, NBT_ON_TIME, { 0 }, "ended", NBT_QUERY_ENDED, 1 },
    };
    run(rows, LENGTH_OF(rows), true);
}

/* RFC 1001 15.1.3.5: what makes a later answer inconsistent. */
static void a_second_owner_is_a_conflict(void **state)
{
    (void)state;
    static const row unique_unique[] = {
        { "asks", 0, NBT_ON_START, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "first", 1, NBT_ON_POSITIVE, { 5, false, 1, { 5 } }, "answered", NBT_QUERY_WATCHING, 1 },
        { "second", 2, NBT_ON_POSITIVE, { 6, false, 1, { 6 } }, "conflict", NBT_QUERY_WATCHING, 2 },
        { "third", 3, NBT_ON_POSITIVE, { 7, false, 1, { 7 } }, "conflict", NBT_QUERY_WATCHING, 3 },
    };
    static const row unique_group[] = {
        { "asks", 0, NBT_ON_START, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "first", 1, NBT_ON_POSITIVE, { 5, false, 1, { 5 } }, "answered", NBT_QUERY_WATCHING, 1 },
        { "second", 2, NBT_ON_POSITIVE, { 6, true, 1, { 6 } }, "conflict", NBT_QUERY_WATCHING, 2 },
    };
    static const row group_unique[] = {
        { "asks", 0, NBT_ON_START, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "first", 1, NBT_ON_POSITIVE, { 5, true, 1, { 5 } }, "answered", NBT_QUERY_WATCHING, 1 },
        { "member", 2, NBT_ON_POSITIVE, { 6, true, 1, { 6 } }, "", NBT_QUERY_WATCHING, 2 },
        { "unique", 3, NBT_ON_POSITIVE, { 7, false, 1, { 7 } }, "conflict", NBT_QUERY_WATCHING, 3 },
    };
    run(unique_unique, LENGTH_OF(unique_unique), true);
    run(unique_group, LENGTH_OF(unique_group), true);
    run(group_unique, LENGTH_OF(group_unique), true);
}

/* RFC 1001 15.1.3.5: what is no conflict. */
static void members_and_copies_are_no_conflict(void **state)
{
    (void)state;
    static const row members[] = {
        { "asks", 0, NBT_ON_START, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "first", 1, NBT_ON_POSITIVE, { 5, true, 1, { 5 } }, "answered", NBT_QUERY_WATCHING, 1 },
        { "second", 2, NBT_ON_POSITIVE, { 6, true, 1, { 6 } }, "", NBT_QUERY_WATCHING, 2 },
        { "a list", 3, NBT_ON_POSITIVE, { 7, true, 2, { 7, 8 } }, "", NBT_QUERY_WATCHING, 4 },
    };
    static const row copies[] = {
        { "asks", 0, NBT_ON_START, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "first",
          1,
          NBT_ON_POSITIVE,
          { 5, false, 2, { 5, 6 } },
          "answered",
          NBT_QUERY_WATCHING,
          2 },
        { "sent twice", 2, NBT_ON_POSITIVE, { 5, false, 2, { 5, 6 } }, "", NBT_QUERY_WATCHING, 2 },
        { "from its other card",
          3,
          NBT_ON_POSITIVE,
          { 6, false, 2, { 6, 5 } },
          "",
          NBT_QUERY_WATCHING,
          2 },
        { "second owner",
          4,
          NBT_ON_POSITIVE,
          { 9, false, 1, { 9 } },
          "conflict",
          NBT_QUERY_WATCHING,
          3 },
        { "sent twice", 5, NBT_ON_POSITIVE, { 9, false, 1, { 9 } }, "", NBT_QUERY_WATCHING, 3 },
        { "part of the first",
          6,
          NBT_ON_POSITIVE,
          { 7, false, 1, { 5 } },
          "conflict",
          NBT_QUERY_WATCHING,
          4 },
        { "more than the first",
          7,
          NBT_ON_POSITIVE,
          { 8, false, 3, { 5, 6, 8 } },
          "conflict",
          NBT_QUERY_WATCHING,
          7 },
        { "the first as a group",
          8,
          NBT_ON_POSITIVE,
          { 8, true, 2, { 5, 6 } },
          "conflict",
          NBT_QUERY_WATCHING,
          9 },
    };
    static const row second_thoughts[] = {
        { "asks", 0, NBT_ON_START, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "first", 1, NBT_ON_POSITIVE, { 5, false, 1, { 5 } }, "answered", NBT_QUERY_WATCHING, 1 },
        { "the first one again, changed",
          2,
          NBT_ON_POSITIVE,
          { 5, false, 1, { 6 } },
          "",
          NBT_QUERY_WATCHING,
          2 },
    };
    run(members, LENGTH_OF(members), true);
    run(copies, LENGTH_OF(copies), true);
    run(second_thoughts, LENGTH_OF(second_thoughts), true);
}

static void a_profile_may_not_look_for_conflicts(void **state)
{
    (void)state;
    static const row rows[] = {
        { "asks", 0, NBT_ON_START, { 0 }, "send", NBT_QUERY_ASKING, 0 },
        { "first", 1, NBT_ON_POSITIVE, { 5, false, 1, { 5 } }, "answered", NBT_QUERY_WATCHING, 1 },
        { "second", 2, NBT_ON_POSITIVE, { 6, false, 1, { 6 } }, "", NBT_QUERY_WATCHING, 2 },
    };
    run(rows, LENGTH_OF(rows), false);
}

/* More answers than there is room for: the first ones stay, the others change nothing. */
static void it_remembers_only_so_much(void **state)
{
    (void)state;
    nbt_query q;
    nbt_query_init(&q, (nbt_pace){ 3, NBT_MS(250) }, NBT_MS(1000), true);
    nbt_effects fx = { .n = 0 };
    nbt_query_step(&q, 0, &(nbt_stimulus){ .kind = NBT_ON_START }, &fx);
    for (uint32_t ip = 1; ip <= 1000; ip++) {
        nbt_addr addr = { 0, ip };
        nbt_stimulus s = { .kind = NBT_ON_POSITIVE, .from = { ip, 137 }, .addrs = &addr };
        s.naddrs = 1;
        fx.n = 0;
        nbt_query_step(&q, 1, &s, &fx);
        const char *want = ip == 1 ? "answered" : ip <= NBT_FOUND_MAX ? "conflict" : "";
        assert_string_equal(fx_words(&fx), want);
    }
    assert_int_equal(q.nfound, NBT_FOUND_MAX);
    for (uint32_t i = 0; i < NBT_FOUND_MAX; i++) {
        assert_int_equal(q.found[i].addr.ip, i + 1);
        assert_int_equal(q.found[i].from.ip, i + 1);
    }
}

/* The asker's own answer is the first: one request, then the others' are collected. */
static void a_known_answer_starts_the_watch(void **state)
{
    (void)state;
    nbt_query q;
    nbt_query_init(&q, (nbt_pace){ 3, NBT_MS(250) }, NBT_MS(1000), true);
    nbt_query_know(&q, (nbt_found){ { NBT_NB_G, 5 }, { 5, 137 } });
    static const struct {
        unsigned ms;
        nbt_stimulus_kind what;
        uint16_t flags;
        uint32_t ip;
        const char *fx;
        unsigned found;
    } rows[] = {
        { 0, NBT_ON_START, 0, 0, "send", 1 },
        { 10, NBT_ON_POSITIVE, NBT_NB_G, 6, "", 2 },
        { 20, NBT_ON_POSITIVE, 0, 7, "conflict", 3 },
        { 250, NBT_ON_TIME, 0, 0, "", 3 }, /* asks no more */
        { 1000, NBT_ON_TIME, 0, 0, "ended", 3 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_effects fx = { .n = 0 };
        nbt_addr addr = { rows[i].flags, rows[i].ip };
        nbt_stimulus s = { .kind = rows[i].what, .from = { rows[i].ip, 137 }, .addrs = &addr };
        s.naddrs = 1;
        nbt_query_step(&q, NBT_MS(rows[i].ms), &s, &fx);
        assert_string_equal(fx_words(&fx), rows[i].fx);
        assert_int_equal(q.nfound, rows[i].found);
    }
    assert_int_equal(q.found[0].addr.ip, 5);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", asks_three_times),
    NBT_TEST("", other_answers_are_ignored),
    NBT_TEST("", the_watch_lasts_a_second),
    NBT_TEST("E43", a_second_owner_is_a_conflict),
    NBT_TEST("E45", members_and_copies_are_no_conflict),
    NBT_TEST("", a_profile_may_not_look_for_conflicts),
    NBT_TEST("", it_remembers_only_so_much),
    NBT_TEST("", a_known_answer_starts_the_watch),
};

NBT_MAIN("query", tests)
