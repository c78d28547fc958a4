/*
 * The release of a name, without a network (RFC 1002 5.1.1.4).
 */
#include "tests/support/test.h"

#include "nbt/release.h"
#include "tests/support/machine.h"

typedef struct row {
    const char *label;
    unsigned ms;
    nbt_stimulus_kind what;
    const char *fx;
    nbt_release_state state;
    unsigned due; /* ms; 0: never */
} row;

static void run(const row *rows, size_t n, uint8_t count)
{
    nbt_release c;
    nbt_release_init(&c, (nbt_pace){ count, NBT_MS(250) });
    for (const row *r = rows; r < rows + n; r++) {
        nbt_effects fx = { .n = 0 };
        nbt_release_step(&c, NBT_MS(r->ms), &(nbt_stimulus){ .kind = r->what }, &fx);
        nbt_time due = r->due ? NBT_MS(r->due) : NBT_NEVER;
        if (strcmp(fx_words(&fx), r->fx) != 0 || c.state != r->state || nbt_release_due(&c) != due)
            fail_msg("%s: \"%s\", state %d, due %lld", r->label, fx_words(&fx), (int)c.state,
                     (long long)nbt_release_due(&c));
    }
}

static void says_so_three_times(void **state)
{
    (void)state;
    static const row rows[] = {
        { "not before it is told", 0, NBT_ON_TIME, "", NBT_RELEASE_IDLE, 0 },
        { "at once", 0, NBT_ON_START, "send", NBT_RELEASE_TELLING, 250 },
        { "too early", 249, NBT_ON_TIME, "", NBT_RELEASE_TELLING, 250 },
        { "again", 250, NBT_ON_TIME, "send", NBT_RELEASE_TELLING, 500 },
        { "last", 500, NBT_ON_TIME, "send ended", NBT_RELEASE_ENDED, 0 },
        { "over", 750, NBT_ON_TIME, "", NBT_RELEASE_ENDED, 0 },
    };
    run(rows, LENGTH_OF(rows), 3);
}

static void no_answer_changes_anything(void **state)
{
    (void)state;
    static const row rows[] = {
        { "stray", 0, NBT_ON_POSITIVE, "", NBT_RELEASE_IDLE, 0 },
        { "at once", 0, NBT_ON_START, "send", NBT_RELEASE_TELLING, 250 },
        { "positive", 10, NBT_ON_POSITIVE, "", NBT_RELEASE_TELLING, 250 },
        { "negative", 20, NBT_ON_NEGATIVE, "", NBT_RELEASE_TELLING, 250 },
        { "late", 900, NBT_ON_TIME, "send", NBT_RELEASE_TELLING, 1150 },
        { "last", 1150, NBT_ON_TIME, "send ended", NBT_RELEASE_ENDED, 0 },
        { "after the end", 1200, NBT_ON_NEGATIVE, "", NBT_RELEASE_ENDED, 0 },
    };
    run(rows, LENGTH_OF(rows), 3);
}

static void once_is_enough_for_some(void **state)
{
    (void)state;
    static const row rows[] = {
        { "at once", 0, NBT_ON_START, "send ended", NBT_RELEASE_ENDED, 0 },
    };
    run(rows, LENGTH_OF(rows), 1);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", says_so_three_times),
    NBT_TEST("", no_answer_changes_anything),
    NBT_TEST("", once_is_enough_for_some),
};

NBT_MAIN("release", tests)
