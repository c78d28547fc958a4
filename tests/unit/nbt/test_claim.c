/*
 * The claim of a name, without a network: one table a paragraph of the RFC.
 */
#include "tests/support/test.h"

#include "nbt/claim.h"
#include "tests/support/machine.h"

typedef struct row {
    const char *label;
    unsigned ms;
    nbt_stimulus_kind what;
    const char *fx; /* what must come out, in order */
    nbt_claim_state state;
    unsigned due; /* ms; 0: never */
} row;

static void run_settling(const row *rows, size_t n, bool demand, unsigned settle_ms)
{
    nbt_claim c;
    nbt_claim_init(&c, (nbt_pace){ 3, NBT_MS(250) }, demand, NBT_MS(settle_ms));
    assert_int_equal(nbt_claim_due(&c), NBT_NEVER);
    for (const row *r = rows; r < rows + n; r++) {
        nbt_effects fx = { .n = 0 };
        nbt_claim_step(&c, NBT_MS(r->ms), &(nbt_stimulus){ .kind = r->what }, &fx);
        nbt_time due = r->due ? NBT_MS(r->due) : NBT_NEVER;
        if (strcmp(fx_words(&fx), r->fx) != 0 || c.state != r->state || nbt_claim_due(&c) != due)
            fail_msg("%s: \"%s\", state %d, due %lld", r->label, fx_words(&fx), (int)c.state,
                     (long long)nbt_claim_due(&c));
    }
}

static void run(const row *rows, size_t n, bool demand)
{
    run_settling(rows, n, demand, 0);
}

/* RFC 1002 5.1.1.1: nobody answers. */
static void silence_means_consent(void **state)
{
    (void)state;
    static const row rows[] = {
        { "not before it is told", 0, NBT_ON_TIME, "", NBT_CLAIM_IDLE, 0 },
        { "asks at once", 0, NBT_ON_START, "send", NBT_CLAIM_ASKING, 250 },
        { "too early", 249, NBT_ON_TIME, "", NBT_CLAIM_ASKING, 250 },
        { "asks again", 250, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 500 },
        { "started twice", 300, NBT_ON_START, "", NBT_CLAIM_ASKING, 500 },
        { "third and last", 500, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 750 },
        { "waits once more", 749, NBT_ON_TIME, "", NBT_CLAIM_ASKING, 750 },
        { "says whose it is", 750, NBT_ON_TIME, "demand won", NBT_CLAIM_OWNED, 0 },
        { "only once", 1000, NBT_ON_TIME, "", NBT_CLAIM_OWNED, 0 },
        { "a refusal too late", 1000, NBT_ON_NEGATIVE, "", NBT_CLAIM_OWNED, 0 },
    };
    run(rows, LENGTH_OF(rows), true);
}

static void without_a_demand_it_is_won_silently(void **state)
{
    (void)state;
    static const row rows[] = {
        { "asks", 0, NBT_ON_START, "send", NBT_CLAIM_ASKING, 250 },
        { "again", 250, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 500 },
        { "again", 500, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 750 },
        { "won", 750, NBT_ON_TIME, "won", NBT_CLAIM_OWNED, 0 },
    };
    run(rows, LENGTH_OF(rows), false);
}

/* Windows waits behind its demand as behind a request. */
static void a_demand_may_take_its_time(void **state)
{
    (void)state;
    static const row won[] = {
        { "asks", 0, NBT_ON_START, "send", NBT_CLAIM_ASKING, 250 },
        { "again", 250, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 500 },
        { "again", 500, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 750 },
        { "says whose it is", 750, NBT_ON_TIME, "demand", NBT_CLAIM_SETTLING, 850 },
        { "too early", 849, NBT_ON_TIME, "", NBT_CLAIM_SETTLING, 850 },
        { "started twice", 849, NBT_ON_START, "", NBT_CLAIM_SETTLING, 850 },
        { "stray answer", 849, NBT_ON_POSITIVE, "", NBT_CLAIM_SETTLING, 850 },
        { "won", 850, NBT_ON_TIME, "won", NBT_CLAIM_OWNED, 0 },
        { "only once", 900, NBT_ON_TIME, "", NBT_CLAIM_OWNED, 0 },
    };
    static const row lost[] = {
        { "asks", 0, NBT_ON_START, "send", NBT_CLAIM_ASKING, 250 },
        { "again", 250, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 500 },
        { "again", 500, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 750 },
        { "says whose it is", 750, NBT_ON_TIME, "demand", NBT_CLAIM_SETTLING, 850 },
        { "refused", 849, NBT_ON_NEGATIVE, "lost", NBT_CLAIM_REFUSED, 0 },
        { "over", 850, NBT_ON_TIME, "", NBT_CLAIM_REFUSED, 0 },
    };
    static const row without[] = {
        { "asks", 0, NBT_ON_START, "send", NBT_CLAIM_ASKING, 250 },
        { "again", 250, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 500 },
        { "again", 500, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 750 },
        { "there is no demand", 750, NBT_ON_TIME, "won", NBT_CLAIM_OWNED, 0 },
    };
    run_settling(won, LENGTH_OF(won), true, 100);
    run_settling(lost, LENGTH_OF(lost), true, 100);
    run_settling(without, LENGTH_OF(without), false, 100);
}

/* RFC 1002 5.1.1.1: NEGATIVE NAME REGISTRATION RESPONSE. */
static void any_refusal_ends_it(void **state)
{
    (void)state;
    static const row first[] = {
        { "asks", 0, NBT_ON_START, "send", NBT_CLAIM_ASKING, 250 },
        { "refused at once", 1, NBT_ON_NEGATIVE, "lost", NBT_CLAIM_REFUSED, 0 },
        { "refused again", 2, NBT_ON_NEGATIVE, "", NBT_CLAIM_REFUSED, 0 },
        { "asks no more", 250, NBT_ON_TIME, "", NBT_CLAIM_REFUSED, 0 },
    };
    static const row last[] = {
        { "asks", 0, NBT_ON_START, "send", NBT_CLAIM_ASKING, 250 },
        { "again", 250, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 500 },
        { "again", 500, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 750 },
        { "in the last interval", 749, NBT_ON_NEGATIVE, "lost", NBT_CLAIM_REFUSED, 0 },
    };
    static const row late_tick[] = {
        { "asks", 0, NBT_ON_START, "send", NBT_CLAIM_ASKING, 250 },
        { "here before the tick", 900, NBT_ON_NEGATIVE, "lost", NBT_CLAIM_REFUSED, 0 },
    };
    run(first, LENGTH_OF(first), true);
    run(last, LENGTH_OF(last), true);
    run(late_tick, LENGTH_OF(late_tick), true);
}

/* RFC 1002 5.1.1.1: positive responses and challenges are not for B nodes. */
static void other_answers_are_ignored(void **state)
{
    (void)state;
    static const row rows[] = {
        { "before the start", 0, NBT_ON_NEGATIVE, "", NBT_CLAIM_IDLE, 0 },
        { "asks", 0, NBT_ON_START, "send", NBT_CLAIM_ASKING, 250 },
        { "positive", 100, NBT_ON_POSITIVE, "", NBT_CLAIM_ASKING, 250 },
        { "challenge", 200, NBT_ON_CHALLENGE, "", NBT_CLAIM_ASKING, 250 },
        { "positive, overdue", 260, NBT_ON_POSITIVE, "", NBT_CLAIM_ASKING, 250 },
        { "goes on as ever", 260, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 510 },
    };
    run(rows, LENGTH_OF(rows), true);
}

/* However late the ticks are, every request is followed by its pause. */
static void a_late_tick_still_listens(void **state)
{
    (void)state;
    static const row rows[] = {
        { "asks", 0, NBT_ON_START, "send", NBT_CLAIM_ASKING, 250 },
        { "much too late", 10000, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 10250 },
        { "no burst", 10000, NBT_ON_TIME, "", NBT_CLAIM_ASKING, 10250 },
        { "third", 10250, NBT_ON_TIME, "send", NBT_CLAIM_ASKING, 10500 },
        { "won", 20000, NBT_ON_TIME, "demand won", NBT_CLAIM_OWNED, 0 },
    };
    run(rows, LENGTH_OF(rows), true);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", silence_means_consent),      NBT_TEST("", without_a_demand_it_is_won_silently),
    NBT_TEST("", a_demand_may_take_its_time), NBT_TEST("", any_refusal_ends_it),
    NBT_TEST("", other_answers_are_ignored),  NBT_TEST("", a_late_tick_still_listens),
};

NBT_MAIN("claim", tests)
