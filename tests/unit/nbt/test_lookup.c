/*
 * The search for a name at name servers, without a network.
 */
#include "tests/support/test.h"

#include "nbt/lookup.h"
#include "tests/support/machine.h"

#define ASKING NBT_LOOKUP_ASKING
#define FETCHING NBT_LOOKUP_FETCHING
#define ENDED NBT_LOOKUP_ENDED

typedef struct row {
    const char *label;
    unsigned ms;
    nbt_stimulus_kind what;
    unsigned naddrs;
    bool cut;
    const char *fx;
    nbt_lookup_state state;
    unsigned found;
    unsigned due; /* ms; 0: never */
} row;

static void run(const row *rows, size_t n, bool redirected)
{
    nbt_lookup l;
    nbt_addr addrs[NBT_FOUND_MAX] = { { 0, 1 } };
    nbt_ask_cfg cfg = { { 3, NBT_S(5) }, NBT_S(60), 2, 0, false };
    nbt_lookup_init(&l, &cfg, 2);
    for (const row *r = rows; r < rows + n; r++) {
        nbt_effects fx = { .n = 0 };
        nbt_stimulus s = { .kind = r->what, .from = { 9, 137 }, .wait = NBT_S(10) };
        s.addrs = addrs;
        s.naddrs = r->naddrs;
        s.truncated = r->cut;
        nbt_lookup_step(&l, NBT_MS(r->ms), &s, &fx);
        nbt_time due = r->due ? NBT_MS(r->due) : NBT_NEVER;
        if (strcmp(fx_words(&fx), r->fx) != 0 || l.state != r->state || l.nfound != r->found ||
            nbt_lookup_due(&l) != due)
            fail_msg("%s: \"%s\", state %d, %u found, due %lld", r->label, fx_words(&fx),
                     (int)l.state, l.nfound, (long long)nbt_lookup_due(&l));
        if (l.nfound > 0)
            assert_int_equal(l.found[0].from.ip, 9);
    }
    assert_int_equal(l.redirected, redirected);
}

/* RFC 1002 5.1.2.3 */
static void the_server_knows_or_does_not(void **state)
{
    (void)state;
    static const row yes[] = {
        { "stray, before", 0, NBT_ON_POSITIVE, 1, false, "", ASKING, 0, 0 },
        { "asks", 0, NBT_ON_START, 0, false, "send", ASKING, 0, 5000 },
        { "too early", 4999, NBT_ON_TIME, 0, false, "", ASKING, 0, 5000 },
        { "again", 5000, NBT_ON_TIME, 0, false, "send", ASKING, 0, 10000 },
        { "wait", 5001, NBT_ON_WACK, 0, false, "", ASKING, 0, 15001 },
        { "found", 6000, NBT_ON_POSITIVE, 3, false, "answered ended", ENDED, 3, 0 },
        { "no second answer", 6001, NBT_ON_POSITIVE, 1, false, "", ENDED, 3, 0 },
    };
    static const row no[] = {
        { "asks", 0, NBT_ON_START, 0, false, "send", ASKING, 0, 5000 },
        { "unknown", 10, NBT_ON_NEGATIVE, 0, false, "denied", ENDED, 0, 0 },
    };
    static const row nowhere[] = {
        { "asks", 0, NBT_ON_START, 0, false, "send", ASKING, 0, 5000 },
        { "no address", 10, NBT_ON_POSITIVE, 0, false, "denied", ENDED, 0, 0 },
    };
    static const row silent[] = {
        { "asks", 0, NBT_ON_START, 0, false, "send", ASKING, 0, 5000 },
        { "again", 5000, NBT_ON_TIME, 0, false, "send", ASKING, 0, 10000 },
        { "again", 10000, NBT_ON_TIME, 0, false, "send", ASKING, 0, 15000 },
        { "the other", 15000, NBT_ON_TIME, 0, false, "send", ASKING, 0, 20000 },
        { "again", 20000, NBT_ON_TIME, 0, false, "send", ASKING, 0, 25000 },
        { "again", 25000, NBT_ON_TIME, 0, false, "send", ASKING, 0, 30000 },
        { "nobody", 30000, NBT_ON_TIME, 0, false, "silent", ENDED, 0, 0 },
    };
    run(yes, LENGTH_OF(yes), false);
    run(no, LENGTH_OF(no), false);
    run(nowhere, LENGTH_OF(nowhere), false);
    run(silent, LENGTH_OF(silent), false);
}

/* RFC 1002 5.1.2.3, 4.2.15: from the start, but there; and not for ever (B46). */
static void a_redirect_is_followed(void **state)
{
    (void)state;
    static const row found[] = {
        { "stray, before", 0, NBT_ON_REDIRECT, 0, false, "", ASKING, 0, 0 },
        { "asks", 0, NBT_ON_START, 0, false, "send", ASKING, 0, 5000 },
        { "ask there", 4000, NBT_ON_REDIRECT, 0, false, "send", ASKING, 0, 9000 },
        { "too early", 8999, NBT_ON_TIME, 0, false, "", ASKING, 0, 9000 },
        { "again", 9000, NBT_ON_TIME, 0, false, "send", ASKING, 0, 14000 },
        { "found", 9001, NBT_ON_POSITIVE, 1, false, "answered ended", ENDED, 1, 0 },
    };
    static const row circle[] = {
        { "asks", 0, NBT_ON_START, 0, false, "send", ASKING, 0, 5000 },
        { "ask there", 1, NBT_ON_REDIRECT, 0, false, "send", ASKING, 0, 5001 },
        { "ask there", 2, NBT_ON_REDIRECT, 0, false, "send", ASKING, 0, 5002 },
        { "enough", 3, NBT_ON_REDIRECT, 0, false, "denied", ENDED, 0, 0 },
    };
    static const row nowhere[] = {
        { "asks", 0, NBT_ON_START, 0, false, "send", ASKING, 0, 5000 },
        { "ask there", 0, NBT_ON_REDIRECT, 0, false, "send", ASKING, 0, 5000 },
        { "again", 5000, NBT_ON_TIME, 0, false, "send", ASKING, 0, 10000 },
        { "again", 10000, NBT_ON_TIME, 0, false, "send", ASKING, 0, 15000 },
        { "as good as a no", 15000, NBT_ON_TIME, 0, false, "denied", ENDED, 0, 0 },
    };
    run(found, LENGTH_OF(found), true);
    run(circle, LENGTH_OF(circle), true);
    run(nowhere, LENGTH_OF(nowhere), true);
}

/* RFC 1001 15.1.5.1, 15.3.4 */
static void a_cut_list_is_had_whole_by_tcp(void **state)
{
    (void)state;
    static const row whole[] = {
        { "asks", 0, NBT_ON_START, 0, false, "send", ASKING, 0, 5000 },
        { "cut", 10, NBT_ON_POSITIVE, 2, true, "more", FETCHING, 2, 5010 },
        { "cut again", 11, NBT_ON_WACK, 0, false, "", FETCHING, 2, 5010 },
        { "too early", 5009, NBT_ON_TIME, 0, false, "", FETCHING, 2, 5010 },
        { "whole", 5009, NBT_ON_POSITIVE, 64, false, "answered ended", ENDED, 64, 0 },
    };
    static const row refused[] = {
        { "asks", 0, NBT_ON_START, 0, false, "send", ASKING, 0, 5000 },
        { "cut", 10, NBT_ON_POSITIVE, 2, true, "more", FETCHING, 2, 5010 },
        { "no TCP there", 20, NBT_ON_NEGATIVE, 0, false, "answered ended", ENDED, 2, 0 },
    };
    static const row silent[] = {
        { "asks", 0, NBT_ON_START, 0, false, "send", ASKING, 0, 5000 },
        { "cut", 10, NBT_ON_POSITIVE, 2, true, "more", FETCHING, 2, 5010 },
        { "no TCP in time", 5010, NBT_ON_TIME, 0, false, "answered ended", ENDED, 2, 0 },
    };
    run(whole, LENGTH_OF(whole), false);
    run(refused, LENGTH_OF(refused), false);
    run(silent, LENGTH_OF(silent), false);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", the_server_knows_or_does_not),
    NBT_TEST("", a_redirect_is_followed),
    NBT_TEST("", a_cut_list_is_had_whole_by_tcp),
};

NBT_MAIN("lookup", tests)
