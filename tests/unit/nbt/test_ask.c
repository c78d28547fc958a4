/*
 * One request to name servers, without a network: pauses, WACKs, and whose turn it is.
 */
#include "tests/support/test.h"

#include "nbt/ask.h"
#include "tests/support/machine.h"

typedef struct row {
    const char *label;
    unsigned ms;
    nbt_stimulus_kind what;
    uint32_t wait; /* WACK: seconds */
    const char *fx;
    unsigned at;  /* the server asked */
    unsigned due; /* ms; 0: never */
} row;

/* UCAST_REQ_RETRY_TIMEOUT 5 s, three times; WACKs are obeyed for a minute. */
static void run_by(bool past_denial, unsigned servers, unsigned first, const row *rows, size_t n)
{
    nbt_ask a;
    nbt_ask_cfg cfg = { { 3, NBT_S(5) }, NBT_S(60), (uint8_t)servers, (uint8_t)first, past_denial };
    nbt_ask_init(&a, &cfg);
    for (const row *r = rows; r < rows + n; r++) {
        nbt_effects fx = { .n = 0 };
        nbt_stimulus s = { .kind = r->what, .wait = NBT_S(r->wait) };
        nbt_ask_step(&a, NBT_MS(r->ms), &s, &fx);
        nbt_time due = r->due ? NBT_MS(r->due) : NBT_NEVER;
        if (strcmp(fx_words(&fx), r->fx) != 0 || a.at != r->at || nbt_ask_due(&a) != due)
            fail_msg("%s: \"%s\", server %u, due %lld", r->label, fx_words(&fx), a.at,
                     (long long)nbt_ask_due(&a));
    }
}

static void run(unsigned servers, unsigned first, const row *rows, size_t n)
{
    run_by(false, servers, first, rows, n);
}

/* RFC 1002 5.1.2.1: "REPEAT ... UNTIL retransmit count has been exceeded". */
static void silence_ends_it(void **state)
{
    (void)state;
    static const row rows[] = {
        { "not before it is told", 0, NBT_ON_TIME, 0, "", 0, 0 },
        { "stray, before", 0, NBT_ON_POSITIVE, 0, "", 0, 0 },
        { "asks at once", 0, NBT_ON_START, 0, "send", 0, 5000 },
        { "too early", 4999, NBT_ON_TIME, 0, "", 0, 5000 },
        { "again", 5000, NBT_ON_TIME, 0, "send", 0, 10000 },
        { "started twice", 6000, NBT_ON_START, 0, "", 0, 10000 },
        { "last, late", 11000, NBT_ON_TIME, 0, "send", 0, 16000 },
        { "waits once more", 15999, NBT_ON_TIME, 0, "", 0, 16000 },
        { "nobody", 16000, NBT_ON_TIME, 0, "silent", 0, 0 },
        { "too late", 16001, NBT_ON_POSITIVE, 0, "", 0, 0 },
    };
    run(1, 0, rows, LENGTH_OF(rows));
}

static void an_answer_ends_it(void **state)
{
    (void)state;
    static const row yes[] = {
        { "asks", 0, NBT_ON_START, 0, "send", 0, 5000 },
        { "a challenge is not for it", 10, NBT_ON_CHALLENGE, 0, "", 0, 5000 },
        { "nor is a redirect", 20, NBT_ON_REDIRECT, 0, "", 0, 5000 },
        { "yes", 100, NBT_ON_POSITIVE, 0, "ended", 0, 0 },
        { "its copy", 101, NBT_ON_POSITIVE, 0, "", 0, 0 },
        { "asks no more", 5000, NBT_ON_TIME, 0, "", 0, 0 },
    };
    static const row no[] = {
        { "asks", 0, NBT_ON_START, 0, "send", 0, 5000 },
        { "no, here before the tick", 7000, NBT_ON_NEGATIVE, 0, "denied", 0, 0 },
        { "a second thought", 7001, NBT_ON_POSITIVE, 0, "", 0, 0 },
    };
    run(1, 0, yes, LENGTH_OF(yes));
    run(1, 0, no, LENGTH_OF(no));
}

/* MS-NBTE 3.1.4.2: in order of preference, "until one responds". */
static void the_next_server_is_asked_after_silence(void **state)
{
    (void)state;
    static const row rows[] = {
        { "the second is the one in use", 0, NBT_ON_START, 0, "send", 1, 5000 },
        { "again", 5000, NBT_ON_TIME, 0, "send", 1, 10000 },
        { "again", 10000, NBT_ON_TIME, 0, "send", 1, 15000 },
        { "the third", 15000, NBT_ON_TIME, 0, "send", 2, 20000 },
        { "again", 20000, NBT_ON_TIME, 0, "send", 2, 25000 },
        { "again", 25000, NBT_ON_TIME, 0, "send", 2, 30000 },
        { "round to the first", 30000, NBT_ON_TIME, 0, "send", 0, 35000 },
        { "again", 35000, NBT_ON_TIME, 0, "send", 0, 40000 },
        { "again", 40000, NBT_ON_TIME, 0, "send", 0, 45000 },
        { "nobody", 45000, NBT_ON_TIME, 0, "silent", 0, 0 },
    };
    run(3, 1, rows, LENGTH_OF(rows));
}

/* MS-NBTE 3.1.4.2 again: whether a no is a response that ends it, the profile says. */
static void a_denial_ends_it_or_leads_on(void **state)
{
    (void)state;
    static const row ends[] = {
        { "asks", 0, NBT_ON_START, 0, "send", 0, 5000 },
        { "no", 100, NBT_ON_NEGATIVE, 0, "denied", 0, 0 },
        { "that is all", 5000, NBT_ON_TIME, 0, "", 0, 0 },
    };
    static const row leads_on[] = {
        { "asks", 0, NBT_ON_START, 0, "send", 0, 5000 },
        { "no: the second", 100, NBT_ON_NEGATIVE, 0, "send", 1, 5100 },
        { "silent: again", 5100, NBT_ON_TIME, 0, "send", 1, 10100 },
        { "again", 10100, NBT_ON_TIME, 0, "send", 1, 15100 },
        { "the third", 15100, NBT_ON_TIME, 0, "send", 2, 20100 },
        { "knows it", 15200, NBT_ON_POSITIVE, 0, "ended", 2, 0 },
    };
    static const row nobody_knows[] = {
        { "asks", 0, NBT_ON_START, 0, "send", 0, 5000 },
        { "no: the second", 100, NBT_ON_NEGATIVE, 0, "send", 1, 5100 },
        { "no: the last word", 200, NBT_ON_NEGATIVE, 0, "denied", 1, 0 },
    };
    static const row one_did_not_know[] = {
        { "asks", 0, NBT_ON_START, 0, "send", 0, 5000 },
        { "no: the second", 100, NBT_ON_NEGATIVE, 0, "send", 1, 5100 },
        { "silent: again", 5100, NBT_ON_TIME, 0, "send", 1, 10100 },
        { "again", 10100, NBT_ON_TIME, 0, "send", 1, 15100 },
        { "what was said counts", 15100, NBT_ON_TIME, 0, "denied", 1, 0 },
    };
    run_by(false, 3, 0, ends, LENGTH_OF(ends));
    run_by(true, 3, 0, leads_on, LENGTH_OF(leads_on));
    run_by(true, 2, 0, nobody_knows, LENGTH_OF(nobody_knows));
    run_by(true, 2, 0, one_did_not_know, LENGTH_OF(one_did_not_know));
}

static void without_a_server_it_ends_at_once(void **state)
{
    (void)state;
    static const row rows[] = { { "nobody to ask", 0, NBT_ON_START, 0, "silent", 0, 0 } };
    run(0, 0, rows, LENGTH_OF(rows));
}

/* RFC 1002 5.1.2.1: "IF receive a WACK RESPONSE THEN pause(time from TTL field of response)". */
static void a_wack_puts_the_next_request_off(void **state)
{
    (void)state;
    static const row rows[] = {
        { "asks", 0, NBT_ON_START, 0, "send", 0, 5000 },
        { "twenty seconds", 100, NBT_ON_WACK, 20, "", 0, 20100 },
        { "does not ask meanwhile", 5000, NBT_ON_TIME, 0, "", 0, 20100 },
        { "two seconds will do", 6000, NBT_ON_WACK, 2, "", 0, 8000 },
        { "asks on", 8000, NBT_ON_TIME, 0, "send", 0, 13000 },
        { "no time given: a pause", 9000, NBT_ON_WACK, 0, "", 0, 14000 },
        { "yes", 13500, NBT_ON_POSITIVE, 0, "ended", 0, 0 },
    };
    run(1, 0, rows, LENGTH_OF(rows));
}

/* A TTL is anything up to 136 years, and a WACK can come again and again. */
static void no_wack_puts_it_off_for_ever(void **state)
{
    (void)state;
    static const row rows[] = {
        { "asks", 0, NBT_ON_START, 0, "send", 0, 5000 },
        { "136 years", 1000, NBT_ON_WACK, 0xFFFFFFFF, "", 0, 61000 },
        { "once more", 60000, NBT_ON_WACK, 30, "", 0, 61000 },
        { "enough", 61000, NBT_ON_TIME, 0, "send", 0, 66000 },
        { "136 years", 62000, NBT_ON_WACK, 0xFFFFFFFF, "", 0, 122000 },
        { "a last time", 122000, NBT_ON_TIME, 0, "send", 0, 127000 },
        { "136 years", 122000, NBT_ON_WACK, 0xFFFFFFFF, "", 0, 182000 },
        { "the other one", 182000, NBT_ON_TIME, 0, "send", 1, 187000 },
        { "who answers", 182001, NBT_ON_POSITIVE, 0, "ended", 1, 0 },
    };
    run(2, 0, rows, LENGTH_OF(rows));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", silence_ends_it),
    NBT_TEST("", an_answer_ends_it),
    NBT_TEST("F7", the_next_server_is_asked_after_silence),
    NBT_TEST("F7", a_denial_ends_it_or_leads_on),
    NBT_TEST("", without_a_server_it_ends_at_once),
    NBT_TEST("", a_wack_puts_the_next_request_off),
    NBT_TEST("", no_wack_puts_it_off_for_ever),
};

NBT_MAIN("ask", tests)
