/*
 * The request for a node's status, without a network (RFC 1001 15.6).
 */
#include "tests/support/test.h"

#include "nbt/status.h"
#include "tests/support/machine.h"

typedef struct row {
    const char *label;
    unsigned ms;
    nbt_stimulus_kind what;
    const char *fx;
    nbt_status_state state;
    unsigned due; /* ms; 0: never */
} row;

static void run(const row *rows, size_t n)
{
    nbt_status c;
    nbt_status_init(&c, (nbt_pace){ 3, NBT_MS(5000) });
    for (const row *r = rows; r < rows + n; r++) {
        nbt_effects fx = { .n = 0 };
        nbt_status_step(&c, NBT_MS(r->ms), &(nbt_stimulus){ .kind = r->what }, &fx);
        nbt_time due = r->due ? NBT_MS(r->due) : NBT_NEVER;
        if (strcmp(fx_words(&fx), r->fx) != 0 || c.state != r->state || nbt_status_due(&c) != due)
            fail_msg("%s: \"%s\", state %d, due %lld", r->label, fx_words(&fx), (int)c.state,
                     (long long)nbt_status_due(&c));
    }
}

static void asks_three_times_and_gives_up(void **state)
{
    (void)state;
    static const row rows[] = {
        { "asks", 0, NBT_ON_START, "send", NBT_STATUS_ASKING, 5000 },
        { "too early", 4999, NBT_ON_TIME, "", NBT_STATUS_ASKING, 5000 },
        { "again", 5000, NBT_ON_TIME, "send", NBT_STATUS_ASKING, 10000 },
        { "last", 10000, NBT_ON_TIME, "send", NBT_STATUS_ASKING, 15000 },
        { "gives up", 15000, NBT_ON_TIME, "ended", NBT_STATUS_SILENT, 0 },
        { "an answer too late", 15001, NBT_ON_POSITIVE, "", NBT_STATUS_SILENT, 0 },
    };
    run(rows, LENGTH_OF(rows));
}

static void the_first_answer_ends_it(void **state)
{
    (void)state;
    static const row rows[] = {
        { "stray", 0, NBT_ON_POSITIVE, "", NBT_STATUS_IDLE, 0 },
        { "asks", 0, NBT_ON_START, "send", NBT_STATUS_ASKING, 5000 },
        { "no answer at all", 10, NBT_ON_WACK, "", NBT_STATUS_ASKING, 5000 },
        { "again, late", 6000, NBT_ON_TIME, "send", NBT_STATUS_ASKING, 11000 },
        { "answered", 6001, NBT_ON_POSITIVE, "answered ended", NBT_STATUS_ANSWERED, 0 },
        { "answered twice", 6002, NBT_ON_POSITIVE, "", NBT_STATUS_ANSWERED, 0 },
        { "asks no more", 11000, NBT_ON_TIME, "", NBT_STATUS_ANSWERED, 0 },
    };
    run(rows, LENGTH_OF(rows));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", asks_three_times_and_gives_up),
    NBT_TEST("", the_first_answer_ends_it),
};

NBT_MAIN("status", tests)
