/*
 * The registration of a name at a name server, without a network.
 */
#include "tests/support/test.h"

#include "nbt/enrol.h"
#include "tests/support/machine.h"

#define ASKING NBT_ENROL_ASKING
#define CHALLENGING NBT_ENROL_CHALLENGING
#define OVERWRITING NBT_ENROL_OVERWRITING
#define ENDED NBT_ENROL_ENDED

typedef struct row {
    const char *label;
    unsigned ms;
    nbt_stimulus_kind what;
    const char *fx;
    nbt_enrol_state state;
    unsigned due; /* ms; 0: never */
} row;

static void run(const row *rows, size_t n)
{
    nbt_enrol e;
    nbt_ask_cfg cfg = { { 3, NBT_S(5) }, NBT_S(60), 2, 1, false };
    nbt_enrol_init(&e, &cfg);
    for (const row *r = rows; r < rows + n; r++) {
        nbt_effects fx = { .n = 0 };
        nbt_stimulus s = { .kind = r->what, .wait = NBT_S(10) };
        nbt_enrol_step(&e, NBT_MS(r->ms), &s, &fx);
        nbt_time due = r->due ? NBT_MS(r->due) : NBT_NEVER;
        if (strcmp(fx_words(&fx), r->fx) != 0 || e.state != r->state || nbt_enrol_due(&e) != due)
            fail_msg("%s: \"%s\", state %d, due %lld", r->label, fx_words(&fx), (int)e.state,
                     (long long)nbt_enrol_due(&e));
    }
    assert_int_equal(e.ask.at, 1);
}

/* RFC 1002 5.1.2.1: the server's word. */
static void the_server_decides(void **state)
{
    (void)state;
    static const row yes[] = {
        { "a stray challenge", 0, NBT_ON_CHALLENGE, "", ASKING, 0 },
        { "asks", 0, NBT_ON_START, "send", ASKING, 5000 },
        { "too early", 4999, NBT_ON_TIME, "", ASKING, 5000 },
        { "again", 5000, NBT_ON_TIME, "send", ASKING, 10000 },
        { "wait", 5001, NBT_ON_WACK, "", ASKING, 15001 },
        { "yours", 9000, NBT_ON_POSITIVE, "won", ENDED, 0 },
        { "a second thought", 9001, NBT_ON_NEGATIVE, "", ENDED, 0 },
    };
    static const row no[] = {
        { "asks", 0, NBT_ON_START, "send", ASKING, 5000 },
        { "not yours", 10, NBT_ON_NEGATIVE, "denied", ENDED, 0 },
        { "asks no more", 5000, NBT_ON_TIME, "", ENDED, 0 },
    };
    run(yes, LENGTH_OF(yes));
    run(no, LENGTH_OF(no));
}

/* RFC 1002 5.1.2.1, RFC 1001 15.2.2: END-NODE CHALLENGE, the owner is alive. */
static void an_owner_who_answers_keeps_the_name(void **state)
{
    (void)state;
    static const row rows[] = {
        { "asks", 0, NBT_ON_START, "send", ASKING, 5000 },
        { "ask him", 10, NBT_ON_CHALLENGE, "challenge", CHALLENGING, 5010 },
        { "its copy", 11, NBT_ON_CHALLENGE, "", CHALLENGING, 5010 },
        { "too early", 5009, NBT_ON_TIME, "", CHALLENGING, 5010 },
        { "again", 5010, NBT_ON_TIME, "challenge", CHALLENGING, 10010 },
        { "it is mine", 5011, NBT_ON_POSITIVE, "lost", ENDED, 0 },
    };
    run(rows, LENGTH_OF(rows));
}

/* The owner says no, or nothing at all: the server is told, and decides. */
static void an_owner_who_does_not_loses_it(void **state)
{
    (void)state;
    static const row no[] = {
        { "asks", 0, NBT_ON_START, "send", ASKING, 5000 },
        { "ask him", 10, NBT_ON_CHALLENGE, "challenge", CHALLENGING, 5010 },
        { "not mine", 20, NBT_ON_NEGATIVE, "overwrite", OVERWRITING, 5020 },
        { "again", 5020, NBT_ON_TIME, "overwrite", OVERWRITING, 10020 },
        { "yours", 5030, NBT_ON_POSITIVE, "won", ENDED, 0 },
    };
    static const row silent[] = {
        { "asks", 0, NBT_ON_START, "send", ASKING, 5000 },
        { "ask him", 0, NBT_ON_CHALLENGE, "challenge", CHALLENGING, 5000 },
        { "again", 5000, NBT_ON_TIME, "challenge", CHALLENGING, 10000 },
        { "again", 10000, NBT_ON_TIME, "challenge", CHALLENGING, 15000 },
        { "waits once more", 14999, NBT_ON_TIME, "", CHALLENGING, 15000 },
        { "silence", 15000, NBT_ON_TIME, "overwrite", OVERWRITING, 20000 },
        { "not yours all the same", 15010, NBT_ON_NEGATIVE, "denied", ENDED, 0 },
    };
    static const row server_gone[] = {
        { "asks", 0, NBT_ON_START, "send", ASKING, 5000 },
        { "ask him", 0, NBT_ON_CHALLENGE, "challenge", CHALLENGING, 5000 },
        { "not mine", 0, NBT_ON_NEGATIVE, "overwrite", OVERWRITING, 5000 },
        { "again", 5000, NBT_ON_TIME, "overwrite", OVERWRITING, 10000 },
        { "again", 10000, NBT_ON_TIME, "overwrite", OVERWRITING, 15000 },
        { "no other server knows of it", 15000, NBT_ON_TIME, "silent", ENDED, 0 },
    };
    run(no, LENGTH_OF(no));
    run(silent, LENGTH_OF(silent));
    run(server_gone, LENGTH_OF(server_gone));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", the_server_decides),
    NBT_TEST("", an_owner_who_answers_keeps_the_name),
    NBT_TEST("", an_owner_who_does_not_loses_it),
};

NBT_MAIN("enrol", tests)
