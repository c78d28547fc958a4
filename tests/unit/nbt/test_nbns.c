/*
 * The name server without a network, as dialogs: one table a paragraph of RFC 1002 5.1.4 and of
 * MS-NBTE 3.2.5, and what holds beside them.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "tests/support/nbserver.h"

#define A "10.0.0.10"
#define B "10.0.0.11"
#define C "10.0.0.12"

#define CLAIM(name, ip) "registration-request " name " ttl=1000 owner=" ip " node=H unique"
#define GROUP(name, ip) "registration-request " name " ttl=1000 owner=" ip " node=H group"
#define MULTI(name, ip) "multihomed-registration " name " ttl=1000 owner=" ip " node=H unique"
#define OVERWRITE(name, ip) "overwrite-request " name " ttl=1000 owner=" ip " node=H unique"
#define REFRESH(name, ip) "refresh-request " name " ttl=1000 owner=" ip " node=H unique"
#define RELEASE(name, ip) "release-request " name " owner=" ip " node=H unique"
#define RELEASE_GROUP(name, ip) "release-request " name " owner=" ip " node=H group"
#define QUERY(name) "query-request " name
#define HERE(name, owners) "positive-query-response " name " id=Q owners=" owners
#define NOT_HERE(name) "negative-query-response " name " id=Q rcode=NAM_ERR"

/* What the rfc profile says, but for the TTL the same as the others. */
#define OK(to, name, ip)                                                                           \
    to " positive-registration-response " name " ttl=1000 owner=" ip " node=H unique"
#define OK_GROUP(to, name, ip)                                                                     \
    to " positive-registration-response " name " ttl=1000 owner=" ip " node=H group"
#define NO(to, name, ip, rcode)                                                                    \
    to " negative-registration-response " name " rcode=" rcode " owner=" ip " node=H unique"
#define NO_GROUP(to, name, ip, rcode)                                                              \
    to " negative-registration-response " name " rcode=" rcode " owner=" ip " node=H group"
#define WIN_OK(to, name, ip)                                                                       \
    to " positive-registration-response " name " ttl=518400 owner=" ip " node=H unique"
#define WIN_OK_GROUP(to, name, ip)                                                                 \
    to " positive-registration-response " name " ttl=518400 owner=" ip " node=H group"
#define RELEASED(to, name, ip) to " positive-release-response " name " owner=" ip " node=H unique"
#define NOT_RELEASED(to, name, ip, rcode)                                                          \
    to " negative-release-response " name " rcode=" rcode " owner=" ip " node=H unique"
#define WACK(to, name) to " wack " name " wait=16s about=registration-request/0x2900"
#define WIN_WACK(to, name) to " wack " name " wait=5s about=registration-request/0x2900"
#define ASK(to, name) to " query-request " name " id=Q"
#define FOUND(to, name, rest) to " positive-query-response " name " " rest
#define NOT_FOUND(to, name) to " negative-query-response " name " rcode=NAM_ERR"

/* At that time, from there, this comes in (or only time passes); that goes out. */
typedef struct step {
    const char *label;
    uint64_t ms;
    const char *from, *line, *answer;
} step;

static void run_on(nbserver *n, const step *steps, size_t count)
{
    for (const step *p = steps; p < steps + count; p++) {
        nbserver_at(n, p->ms);
        if (p->line)
            nbserver_hear(n, p->from, p->line);
        const char *said = nbserver_said(n);
        if (strcmp(said, p->answer) != 0)
            fail_msg("%s:\n  said \"%s\"\n  not  \"%s\"", p->label, said, p->answer);
    }
}

static void run(const char *profile, const step *steps, size_t count)
{
    nbserver n;
    nbserver_init(&n, profile);
    nbserver_start(&n);
    run_on(&n, steps, count);
    nbserver_fini(&n);
}

#define RUN(profile, steps) run((profile), (steps), LENGTH_OF(steps))
#define RUN_ON(n, steps) run_on((n), (steps), LENGTH_OF(steps))

/* --- registration ---------------------------------------------------------------------------- */

/* RFC 1002 5.1.4.1, "name does not exist". */
static void a_new_name_is_granted(void **state)
{
    (void)state;
    static const step steps[] = {
        { "unknown", 0, A, QUERY("FRED<20>"), NOT_FOUND(A, "FRED<20>") },
        { "unique", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "found", 0, B, QUERY("FRED<20>"),
          FOUND(B, "FRED<20>", "ttl=2000 owners=" A "/H/unique") },
        { "group", 0, A, GROUP("LAB<00>", A), OK_GROUP(A, "LAB<00>", A) },
        { "opcode 15", 0, A, MULTI("BARNEY<20>", A), OK(A, "BARNEY<20>", A) },
        { "overwrite, another port", 0, A ":4000", QUERY("BARNEY<20>"),
          FOUND(A ":4000", "BARNEY<20>", "ttl=2000 owners=" A "/H/unique") },
        { "the same, in another scope", 0, B, CLAIM("FRED<20>.LAB", B), OK(B, "FRED<20>.LAB", B) },
        { "case matters, in the name", 0, B, CLAIM("fred<20>", B), OK(B, "fred<20>", B) },
        { "and in the scope", 0, C, CLAIM("FRED<20>.lab", C), OK(C, "FRED<20>.lab", C) },
    };
    RUN("rfc", steps);
}

/* RFC 1001 15.1.3.2. */
static void the_granted_time_is_the_servers(void **state)
{
    (void)state;
    static const struct {
        const char *profile;
        unsigned asked, granted;
    } rows[] = {
        { "rfc", 0, 518400 },
        { "rfc", 1, 300 },
        { "rfc", 1000, 1000 },
        { "rfc", 4294967295, 4294967295 },
        { "windows", 0, 518400 },
        { "windows", 1, 518400 },
        { "windows", 4294967295, 518400 },
        { "samba", 0, 21600 },
        { "samba", 1000, 21600 },
        { "samba", 100000, 100000 },
        { "samba", 2147483647, 518400 },
        { "samba", 2147483648, 21600 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbserver n;
        char line[200], answer[200];
        nbserver_init(&n, rows[i].profile);
        nbserver_start(&n);
        snprintf(line, sizeof line,
                 "registration-request FRED<20> ttl=%u owner=" A " node=H unique", rows[i].asked);
        snprintf(answer, sizeof answer,
                 A " positive-registration-response FRED<20> ttl=%u owner=" A " node=H unique",
                 rows[i].granted);
        assert_answer(&n, A, line, answer);
        nbserver_fini(&n);
    }
}

/* The holder comes again, from the same address. */
static void ones_own_name_is_granted_again(void **state)
{
    (void)state;
    static const step steps[] = {
        { "first", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "again", 1000, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "as multihomed", 2000, A, MULTI("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "lasts anew", 3000, B, QUERY("FRED<20>"),
          FOUND(B, "FRED<20>", "ttl=1999 owners=" A "/H/unique") },
    };
    RUN("rfc", steps);
}

/* RFC 1002 5.1.4.1, the secured server: three questions, five seconds each. */
static void a_secured_server_asks_the_holder(void **state)
{
    (void)state;
    static const step alive[] = {
        { "held", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "wanted", 1000, B, CLAIM("FRED<20>", B), WACK(B, "FRED<20>") " | " ASK(A, "FRED<20>") },
        { "too early", 5999, NULL, NULL, "" },
        { "asked again", 6000, NULL, NULL, ASK(A, "FRED<20>") },
        { "the wrong one answers", 6100, C, NOT_HERE("FRED<20>"), "" },
        { "about another name", 6100, A, NOT_HERE("BARNEY<20>"), "" },
        { "with another id", 6100, A, "negative-query-response FRED<20> rcode=NAM_ERR", "" },
        { "it is his", 6200, A, HERE("FRED<20>", A "/H/unique"), NO(B, "FRED<20>", B, "ACT_ERR") },
        { "says it again", 6300, A, HERE("FRED<20>", A "/H/unique"), "" },
        { "nothing more", 60000, NULL, NULL, "" },
        { "it still is", 60000, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "ttl=1940 owners=" A "/H/unique") },
    };
    static const step denied[] = {
        { "held", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "wanted", 0, B, CLAIM("FRED<20>", B), WACK(B, "FRED<20>") " | " ASK(A, "FRED<20>") },
        { "not any more", 10, A, NOT_HERE("FRED<20>"), OK(B, "FRED<20>", B) },
        { "moved", 10, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "ttl=2000 owners=" B "/H/unique") },
    };
    static const step silent[] = {
        { "held", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "wanted", 0, B, CLAIM("FRED<20>", B), WACK(B, "FRED<20>") " | " ASK(A, "FRED<20>") },
        { "again", 5000, NULL, NULL, ASK(A, "FRED<20>") },
        { "third and last", 10000, NULL, NULL, ASK(A, "FRED<20>") },
        { "still his", 14999, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "ttl=1986 owners=" A "/H/unique") },
        { "given away", 15000, NULL, NULL, OK(B, "FRED<20>", B) },
        { "too late", 15001, A, HERE("FRED<20>", A "/H/unique"), "" },
        { "moved", 15001, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "ttl=2000 owners=" B "/H/unique") },
    };
    RUN("rfc", alive);
    RUN("rfc", denied);
    RUN("rfc", silent);
}

/* KB Q173519: 500 ms, doubling. LAB05: four questions. */
static void each_profile_asks_in_its_own_time(void **state)
{
    (void)state;
    static const step windows[] = {
        { "held", 0, A, CLAIM("FRED<20>", A), WIN_OK(A, "FRED<20>", A) },
        { "wanted", 0, B, CLAIM("FRED<20>", B), WIN_WACK(B, "FRED<20>") " | " ASK(A, "FRED<20>") },
        { "too early", 499, NULL, NULL, "" },
        { "second", 500, NULL, NULL, ASK(A, "FRED<20>") },
        { "too early", 1499, NULL, NULL, "" },
        { "third", 1500, NULL, NULL, ASK(A, "FRED<20>") },
        { "too early", 3499, NULL, NULL, "" },
        { "given away", 3500, NULL, NULL, WIN_OK(B, "FRED<20>", B) },
    };
    static const step samba[] = {
        { "held", 0, A, CLAIM("F<20>", A),
          A " positive-registration-response F<20> ttl=21600 owner=" A " node=H unique" },
        { "wanted", 0, B, CLAIM("F<20>", B),
          B " wack F<20> type=NULL wait=60s about=registration-request/0x2900 | " ASK(
              A, "F<20>") " rd=0" },
        { "2", 5000, NULL, NULL, ASK(A, "F<20>") " rd=0" },
        { "3", 10000, NULL, NULL, ASK(A, "F<20>") " rd=0" },
        { "4", 15000, NULL, NULL, ASK(A, "F<20>") " rd=0" },
        { "given away", 20000, NULL, NULL,
          B " positive-registration-response F<20> ttl=21600 owner=" B " node=H unique" },
    };
    RUN("windows", windows);
    RUN("samba", samba);
}

/* RFC 1002 5.1.4.1, the non-secured server: the claimant asks, and then overwrites. */
static void a_non_secured_server_leaves_it_to_the_claimant(void **state)
{
    (void)state;
    static const step steps[] = {
        { "held", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "wanted", 0, B, CLAIM("FRED<20>", B),
          B " end-node-challenge FRED<20> owner=" A " node=H unique" },
        { "by a group too", 0, B, GROUP("FRED<20>", B),
          B " end-node-challenge FRED<20> owner=" A " node=H unique" },
        { "nothing has changed", 20000, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "ttl=1980 owners=" A "/H/unique") },
        { "overwritten", 20000, B, OVERWRITE("FRED<20>", B), OK(B, "FRED<20>", B) },
        { "moved", 20000, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "ttl=2000 owners=" B "/H/unique") },
        { "also what nobody has", 20000, B, OVERWRITE("NEW<20>", B), OK(B, "NEW<20>", B) },
        { "a group is not overwritten", 20000, A, GROUP("LAB<00>", A), OK_GROUP(A, "LAB<00>", A) },
        { "", 20000, B, OVERWRITE("LAB<00>", B), NO(B, "LAB<00>", B, "ACT_ERR") },
    };
    nbserver n;
    nbserver_init(&n, "rfc");
    n.profile.secured = false;
    nbserver_start(&n);
    RUN_ON(&n, steps);
    nbserver_fini(&n);
}

static void a_secured_server_refuses_an_overwrite(void **state)
{
    (void)state;
    static const step rfc[] = {
        { "held", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "at once", 0, B, OVERWRITE("FRED<20>", B), NO(B, "FRED<20>", B, "IMP_ERR") },
    };
    static const step windows[] = {
        { "held", 0, A, CLAIM("FRED<20>", A), WIN_OK(A, "FRED<20>", A) },
        { "taken for a claim", 0, B, OVERWRITE("FRED<20>", B),
          B " wack FRED<20> wait=5s about=overwrite-request/0x2800 | " ASK(A, "FRED<20>") },
    };
    RUN("rfc", rfc);
    RUN("windows", windows);
}

/* RFC 1002 5.1.4.1: "Members of a group name are NOT challenged". */
static void a_group_is_never_challenged(void **state)
{
    (void)state;
    static const step rfc[] = {
        { "a group", 0, A, GROUP("LAB<00>", A), OK_GROUP(A, "LAB<00>", A) },
        { "no unique name", 0, B, CLAIM("LAB<00>", B), NO(B, "LAB<00>", B, "ACT_ERR") },
        { "one more", 0, B, GROUP("LAB<00>", B), OK_GROUP(B, "LAB<00>", B) },
        { "opcode 15 with G", 0, C,
          "multihomed-registration LAB<00> ttl=1000 owner=" C " node=H group",
          OK_GROUP(C, "LAB<00>", C) },
        { "all of them", 0, C, QUERY("LAB<00>"),
          FOUND(C, "LAB<00>", "ttl=2000 owners=" A "/H/group," B "/H/group," C "/H/group") },
        { "a unique name", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "wanted as a group", 0, B, GROUP("FRED<20>", B),
          WACK(B, "FRED<20>") " | " ASK(A, "FRED<20>") },
        { "is defended", 0, A, HERE("FRED<20>", A "/H/unique"),
          NO_GROUP(B, "FRED<20>", B, "ACT_ERR") },
        { "wanted again", 0, B, GROUP("FRED<20>", B),
          WACK(B, "FRED<20>") " | " ASK(A, "FRED<20>") },
        { "or not", 0, A, NOT_HERE("FRED<20>"), OK_GROUP(B, "FRED<20>", B) },
    };
    static const step samba[] = {
        { "", 0, A, GROUP("LAB<00>", A),
          A " positive-registration-response LAB<00> ttl=21600 owner=" A " node=H group" },
        { "refused otherwise", 0, B, CLAIM("LAB<00>", B), NO(B, "LAB<00>", B, "RFS_ERR") },
    };
    RUN("rfc", rfc);
    RUN("samba", samba);
}

/* --- while a holder is being asked ----------------------------------------------------------- */

static void a_repeated_claim_is_no_second_one(void **state)
{
    (void)state;
    static const step steps[] = {
        { "held", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "wanted", 0, B, CLAIM("FRED<20>", B), WACK(B, "FRED<20>") " | " ASK(A, "FRED<20>") },
        { "repeated", 100, B, CLAIM("FRED<20>", B), "" },
        { "and again", 200, B, CLAIM("FRED<20>", B), "" },
        { "one verdict", 300, A, NOT_HERE("FRED<20>"), OK(B, "FRED<20>", B) },
    };
    RUN("rfc", steps);
}

static void rivals_take_turns(void **state)
{
    (void)state;
    static const step steps[] = {
        { "held", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "wanted", 0, B, CLAIM("FRED<20>", B), WACK(B, "FRED<20>") " | " ASK(A, "FRED<20>") },
        { "by two", 0, C, CLAIM("FRED<20>", C), WACK(C, "FRED<20>") },
        { "repeated", 0, C, CLAIM("FRED<20>", C), "" },
        { "the first gets it, and is asked for the second", 100, A, NOT_HERE("FRED<20>"),
          OK(B, "FRED<20>", B) " | " ASK(B, "FRED<20>") },
        { "and stays", 200, B, HERE("FRED<20>", B "/H/unique"), NO(C, "FRED<20>", C, "ACT_ERR") },
    };
    RUN("rfc", steps);
}

/* Whatever becomes of the record meanwhile, the claimant has his answer. */
static void a_release_meanwhile_decides(void **state)
{
    (void)state;
    static const step released[] = {
        { "held", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "wanted", 0, B, CLAIM("FRED<20>", B), WACK(B, "FRED<20>") " | " ASK(A, "FRED<20>") },
        { "given back", 100, A, RELEASE("FRED<20>", A),
          RELEASED(A, "FRED<20>", A) " | " OK(B, "FRED<20>", B) },
        { "no more questions", 60000, NULL, NULL, "" },
    };
    RUN("rfc", released);
}

/* KB Q184693. */
static void a_burst_is_granted_unseen(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "windows");
    n.profile.burst_queue = 2;
    nbserver_start(&n);
    static const step steps[] = {
        { "held", 0, A, CLAIM("N1<20>", A), WIN_OK(A, "N1<20>", A) },
        { "held", 0, A, CLAIM("N2<20>", A), WIN_OK(A, "N2<20>", A) },
        { "held", 0, A, CLAIM("N3<20>", A), WIN_OK(A, "N3<20>", A) },
        { "", 0, B, CLAIM("N1<20>", B), WIN_WACK(B, "N1<20>") " | " ASK(A, "N1<20>") },
        { "", 0, B, CLAIM("N2<20>", B), WIN_WACK(B, "N2<20>") " | " ASK(A, "N2<20>") },
        { "five minutes", 0, B, CLAIM("N3<20>", B),
          B " positive-registration-response N3<20> ttl=300 owner=" B " node=H unique" },
        { "and not kept", 0, C, QUERY("N3<20>"), FOUND(C, "N3<20>", "owners=" A "/H/unique") },
    };
    RUN_ON(&n, steps);
    for (int i = 0; i < 100; i++) {
        nbserver_hear(&n, B, CLAIM("N3<20>", B));
        nbserver_said(&n);
    }
    assert_answer(&n, B, CLAIM("N3<20>", B),
                  B " positive-registration-response N3<20> ttl=600 owner=" B " node=H unique");
    assert_int_equal(nbt_nbns_counts(n.s)->bursts, 102);
    nbserver_fini(&n);
}

static void pending_claims_are_bounded(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "rfc");
    n.cfg.max_pending = 3;
    nbserver_start(&n);
    for (unsigned i = 0; i < 10; i++) {
        char line[200], from[20];
        snprintf(line, sizeof line, CLAIM("N%u<20>", A), i);
        snprintf(from, sizeof from, "10.0.0.%u", 20 + i);
        nbserver_hear(&n, A, line);
        snprintf(line, sizeof line, CLAIM("N%u<20>", B), i);
        nbserver_hear(&n, from, line);
    }
    assert_int_equal(nbt_nbns_pending(n.s), 3);
    assert_int_equal(nbt_nbns_counts(n.s)->dropped, 7);
    nbserver_said(&n);
    nbserver_at(&n, 15000);
    assert_int_equal(nbt_nbns_pending(n.s), 0);
    nbserver_fini(&n);
}

/* A flood from one host leaves room for the others. */
static void nobody_takes_all_the_room(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "rfc");
    n.cfg.max_pending = 16;
    nbserver_start(&n);
    for (unsigned i = 0; i < 50; i++) {
        char line[200];
        snprintf(line, sizeof line, CLAIM("N%u<20>", A), i);
        nbserver_hear(&n, A, line);
        snprintf(line, sizeof line, CLAIM("N%u<20>", B), i);
        nbserver_hear(&n, B, line);
    }
    assert_int_equal(nbt_nbns_pending(n.s), 3);
    nbserver_said(&n);
    assert_answer(&n, C, CLAIM("N40<20>", C), WACK(C, "N40<20>") " | " ASK(A, "N40<20>"));
    nbserver_at(&n, 15000);
    assert_int_equal(nbt_nbns_pending(n.s), 0);
    nbserver_said(&n);
    assert_answer(&n, B, CLAIM("N41<20>", B), WACK(B, "N41<20>") " | " ASK(A, "N41<20>"));
    nbserver_fini(&n);
}

/* --- multihomed names ------------------------------------------------------------------------ */

/* F24: a holder that lists the claimed address is the claimant. */
static void a_multihomed_holder_vouches_for_his_addresses(void **state)
{
    (void)state;
    static const step steps[] = {
        { "first", 0, A, MULTI("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "second", 0, B, MULTI("FRED<20>", B),
          B " wack FRED<20> wait=16s about=multihomed-registration/0x7900 | " ASK(A, "FRED<20>") },
        { "both are his", 0, A, HERE("FRED<20>", A "/H/unique," B "/H/unique"),
          OK(B, "FRED<20>", B) },
        { "found", 0, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "ttl=2000 owners=" A "/H/unique," B "/H/unique") },
        { "a stranger: both are asked", 0, C, MULTI("FRED<20>", C),
          C " wack FRED<20> wait=16s about=multihomed-registration/0x7900 | " ASK(
              A, "FRED<20>") " | " ASK(B, "FRED<20>") },
        { "one denies", 0, A, NOT_HERE("FRED<20>"), "" },
        { "the other is asked again", 5000, NULL, NULL, ASK(B, "FRED<20>") },
        { "and defends", 5000, B, HERE("FRED<20>", B "/H/unique"),
          NO(C, "FRED<20>", C, "ACT_ERR") },
        { "one address is given back", 5000, A, RELEASE("FRED<20>", A),
          RELEASED(A, "FRED<20>", A) },
        { "the other is there", 5000, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "ttl=1995 owners=" B "/H/unique") },
        { "the last one", 5000, B, RELEASE("FRED<20>", B), RELEASED(B, "FRED<20>", B) },
        { "gone", 5000, C, QUERY("FRED<20>"), NOT_FOUND(C, "FRED<20>") },
    };
    RUN("rfc", steps);
}

static void of_too_many_addresses_the_oldest_goes(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    nbserver_hear(&n, A, MULTI("FRED<20>", A));
    for (unsigned i = 0; i < 25; i++) {
        char line[200], here[200];
        snprintf(line, sizeof line, MULTI("FRED<20>", "10.0.0.%u"), 100 + i);
        snprintf(here, sizeof here, HERE("FRED<20>", "10.0.0.%u/H/unique"), 100 + i);
        nbserver_hear(&n, B, line);
        nbserver_said(&n);
        nbserver_hear(&n, i == 0 ? A : "10.0.0.100", here);
    }
    nbt_name fred = name_of("FRED<20>");
    const nbt_nbrec *rec = nbt_nbns_find(n.s, &fred);
    assert_int_equal(rec->n, 25);
    assert_int_equal(nbt_nbdb_addrs_const(rec)[0].ip, ip_of("10.0.0.100"));
    nbserver_fini(&n);
}

/* LAB04b, LAB40. */
static void nmbd_merges_what_it_should_not(void **state)
{
    (void)state;
    static const step steps[] = {
        { "", 0, A, MULTI("F<20>", A),
          A " positive-registration-response F<20> ttl=21600 owner=" A " node=H unique" },
        { "", 0, B, MULTI("F<20>", B),
          B " wack F<20> type=NULL wait=60s about=multihomed-registration/0x7900 | " ASK(
              A, "F<20>") " rd=0" },
        { "two computers, one name", 0, A, HERE("F<20>", A "/H/unique"),
          B " positive-registration-response F<20> ttl=21600 owner=" B " node=H unique" },
        { "", 0, C, QUERY("F<20>"),
          FOUND(C, "F<20>", "ttl=21600 owners=" B "/H/unique," A "/H/unique") },
        { "", 0, A, MULTI("G<20>", A),
          A " positive-registration-response G<20> ttl=21600 owner=" A " node=H unique" },
        { "", 0, B, MULTI("G<20>", B),
          B " wack G<20> type=NULL wait=60s about=multihomed-registration/0x7900 | " ASK(
              A, "G<20>") " rd=0" },
        { "denied is refused", 0, A, NOT_HERE("G<20>"), NO(B, "G<20>", B, "RFS_ERR") },
    };
    RUN("samba", steps);
}

/* --- refresh and release --------------------------------------------------------------------- */

/* RFC 1002 5.1.4.1, NAME REFRESH REQUEST. */
static void a_refresh_is_for_the_holder(void **state)
{
    (void)state;
    static const step rfc[] = {
        { "unknown: a registration", 0, A, REFRESH("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "his own", 500000, A, REFRESH("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "opcode 9", 500000, A, REFRESH("FRED<20>", A) " opcode=9", OK(A, "FRED<20>", A) },
        { "lasts from now on", 500000, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "ttl=2000 owners=" A "/H/unique") },
        { "another's", 500000, B, REFRESH("FRED<20>", B), NO(B, "FRED<20>", B, "ACT_ERR") },
    };
    static const step windows[] = {
        { "", 0, A, REFRESH("FRED<20>", A), WIN_OK(A, "FRED<20>", A) },
        { "another's is a claim", 0, B, REFRESH("FRED<20>", B),
          B " wack FRED<20> wait=5s about=refresh-request/0x4000 | " ASK(A, "FRED<20>") },
        { "", 0, A, HERE("FRED<20>", A "/H/unique"), NO(B, "FRED<20>", B, "ACT_ERR") },
    };
    RUN("rfc", rfc);
    RUN("windows", windows);
}

static void only_the_holder_releases(void **state)
{
    (void)state;
    static const step rfc[] = {
        { "unknown", 0, A, RELEASE("FRED<20>", A), RELEASED(A, "FRED<20>", A) },
        { "held", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "another, in his own name", 0, B, RELEASE("FRED<20>", B),
          NOT_RELEASED(B, "FRED<20>", B, "ACT_ERR") },
        { "another, in the holder's", 0, B, RELEASE("FRED<20>", A),
          NOT_RELEASED(B, "FRED<20>", A, "ACT_ERR") },
        { "as a group", 0, A, RELEASE_GROUP("FRED<20>", A),
          A " negative-release-response FRED<20> rcode=ACT_ERR owner=" A " node=H group" },
        { "still there", 0, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "ttl=2000 owners=" A "/H/unique") },
        { "the holder", 0, A, RELEASE("FRED<20>", A), RELEASED(A, "FRED<20>", A) },
        { "gone", 0, C, QUERY("FRED<20>"), NOT_FOUND(C, "FRED<20>") },
        { "again", 0, A, RELEASE("FRED<20>", A), RELEASED(A, "FRED<20>", A) },
    };
    static const step group[] = {
        { "", 0, A, GROUP("LAB<00>", A), OK_GROUP(A, "LAB<00>", A) },
        { "", 0, B, GROUP("LAB<00>", B), OK_GROUP(B, "LAB<00>", B) },
        { "one leaves", 0, A, RELEASE_GROUP("LAB<00>", A),
          A " positive-release-response LAB<00> owner=" A " node=H group" },
        { "one is left", 0, C, QUERY("LAB<00>"),
          FOUND(C, "LAB<00>", "ttl=2000 owners=" B "/H/group") },
        { "the last", 0, B, RELEASE_GROUP("LAB<00>", B),
          B " positive-release-response LAB<00> owner=" B " node=H group" },
        { "nobody is left", 0, C, QUERY("LAB<00>"), NOT_FOUND(C, "LAB<00>") },
    };
    static const step windows[] = {
        { "", 0, A, CLAIM("FRED<20>", A), WIN_OK(A, "FRED<20>", A) },
        { "yes, and nothing happens", 0, B, RELEASE("FRED<20>", B), RELEASED(B, "FRED<20>", B) },
        { "", 0, C, QUERY("FRED<20>"), FOUND(C, "FRED<20>", "owners=" A "/H/unique") },
    };
    static const step samba[] = {
        { "", 0, A, RELEASE("F<20>", A), NOT_RELEASED(A, "F<20>", A, "NAM_ERR") },
        { "", 0, A, CLAIM("F<20>", A),
          A " positive-registration-response F<20> ttl=21600 owner=" A " node=H unique" },
        { "", 0, B, RELEASE("F<20>", B), NOT_RELEASED(B, "F<20>", B, "NAM_ERR") },
    };
    RUN("rfc", rfc);
    RUN("rfc", group);
    RUN("windows", windows);
    RUN("samba", samba);
}

/* --- queries --------------------------------------------------------------------------------- */

/* An own group of n members, asked for from a served subnet; what the answer says. */
static void check_list(unsigned members, unsigned listed, bool cut)
{
    nbserver n;
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    for (unsigned i = 0; i < members; i++) {
        char line[200];
        snprintf(line, sizeof line, GROUP("LAB<00>", "10.9.%u.%u"), 1 + i / 250, 1 + i % 250);
        nbserver_hear(&n, A, line);
        nbt_out_clear(&n.out);
    }
    packet p = build_question(1, 0x0100, "LAB<00>", NBT_RR_NB);
    nbserver_hear_bytes(&n, A, "10.0.0.1", p.b, p.n);
    assert_int_equal(n.out.n, 1);
    nbt_bytes data = nbt_out_data(&n.out, &n.out.acts[0]);
    nbt_ns m;
    nbt_rd r;
    nbt_rd_init(&r, data.p, data.n);
    nbt_ns_rd(&r, &m);
    assert_rd_end(&r);
    assert_true(data.n <= NBT_NS_UDP_MAX);
    assert_int_equal(nbt_addr_count(&m.rr[0]), listed);
    assert_int_equal((m.word & NBT_NS_TC) != 0, cut);
    nbserver_fini(&n);
}

/* RFC 1002 4.2.1.1, 4.2.13: 576 octets of a UDP packet. */
static void a_list_that_is_too_long_is_cut(void **state)
{
    (void)state;
    check_list(1, 1, false);
    check_list(25, 25, false);
    check_list(85, 85, false);
    check_list(86, 86, false);
    check_list(87, 86, true);
    check_list(1000, 86, true);
}

static void a_stranger_gets_little(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "rfc");
    static const nbt_subnet served = { 0xC0A80000, 0xFFFF0000 };
    n.cfg.served = &served;
    n.cfg.nserved = 1;
    nbserver_start(&n);
    for (unsigned i = 0; i < 50; i++) {
        char line[200];
        snprintf(line, sizeof line, GROUP("LAB<00>", "10.9.0.%u"), 10 + i);
        nbserver_hear(&n, A, line);
    }
    static const struct {
        const char *from;
        size_t octets;
    } rows[] = { { "10.0.0.99", 62 + 49 * 6 },
                 { "192.168.7.7", 62 + 49 * 6 },
                 { "172.16.0.1", 98 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbserver_said(&n);
        packet p = build_question(1, 0x0100, "LAB<00>", NBT_RR_NB);
        nbserver_hear_bytes(&n, rows[i].from, "10.0.0.1", p.b, p.n);
        assert_int_equal(n.out.acts[0].data_len, rows[i].octets);
    }
    nbserver_fini(&n);
}

/* MS-NBTE 3.2.5.1 and its note 3. */
static void windows_knows_suffixes(void **state)
{
    (void)state;
    static const step steps[] = {
        { "1B is no group", 0, A, GROUP("DOM<1B>", A), NO_GROUP(A, "DOM<1B>", A, "RFS_ERR") },
        { "but a name", 0, A, CLAIM("DOM<1B>", A), WIN_OK(A, "DOM<1B>", A) },
        { "1C is a group", 0, A, CLAIM("DOM<1C>", A), NO(A, "DOM<1C>", A, "RFS_ERR") },
        { "of members", 0, A, GROUP("DOM<1C>", A), WIN_OK_GROUP(A, "DOM<1C>", A) },
        { "", 0, B, GROUP("DOM<1C>", B), WIN_OK_GROUP(B, "DOM<1C>", B) },
        { "listed", 0, C, QUERY("DOM<1C>"),
          FOUND(C, "DOM<1C>", "owners=" A "/H/group," B "/H/group") },
        { "one leaves", 0, A, RELEASE_GROUP("DOM<1C>", A),
          A " positive-release-response DOM<1C> owner=" A " node=H group" },
        { "", 0, C, QUERY("DOM<1C>"), FOUND(C, "DOM<1C>", "owners=" B "/H/group") },
        { "1D is everybody's", 0, A, CLAIM("LAB<1D>", A), WIN_OK(A, "LAB<1D>", A) },
        { "", 0, B, CLAIM("LAB<1D>", B), WIN_OK(B, "LAB<1D>", B) },
        { "and found by nobody", 0, C, QUERY("LAB<1D>"), NOT_FOUND(C, "LAB<1D>") },
        { "even as a group", 0, B, GROUP("LAB<1D>", B), WIN_OK_GROUP(B, "LAB<1D>", B) },
        { "", 0, C, QUERY("LAB<1D>"), NOT_FOUND(C, "LAB<1D>") },
        { "1E is a group", 0, A, CLAIM("LAB<1E>", A), NO(A, "LAB<1E>", A, "RFS_ERR") },
        { "", 0, A, GROUP("LAB<1E>", A), WIN_OK_GROUP(A, "LAB<1E>", A) },
        { "of all that hear", 0, C, QUERY("LAB<1E>"),
          FOUND(C, "LAB<1E>", "owners=255.255.255.255/B/group") },
        { "the browsers'", 0, A, GROUP("\\x01\\x02__MSBROWSE__\\x02<01>", A),
          WIN_OK_GROUP(A, "\\x01\\x02__MSBROWSE__\\x02<01>", A) },
        { "", 0, C, QUERY("\\x01\\x02__MSBROWSE__\\x02<01>"),
          FOUND(C, "\\x01\\x02__MSBROWSE__\\x02<01>", "owners=255.255.255.255/B/group") },
        { "a workgroup", 0, A, GROUP("LAB<00>", A), WIN_OK_GROUP(A, "LAB<00>", A) },
        { "left", 0, A, RELEASE_GROUP("LAB<00>", A),
          A " positive-release-response LAB<00> owner=" A " node=H group" },
        { "is still one", 0, C, QUERY("LAB<00>"),
          FOUND(C, "LAB<00>", "owners=255.255.255.255/B/group") },
    };
    RUN("windows", steps);
}

static void an_internet_group_has_25_members(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "windows");
    nbserver_start(&n);
    for (unsigned i = 0; i < 26; i++) {
        char line[200];
        snprintf(line, sizeof line, GROUP("DOM<1C>", "10.0.0.%u"), 100 + i);
        nbserver_hear(&n, A, line);
    }
    nbserver_said(&n);
    nbserver_hear(&n, A, QUERY("DOM<1C>"));
    const char *said = nbserver_said(&n);
    assert_null(strstr(said, "10.0.0.100/"));
    for (unsigned i = 1; i < 26; i++) {
        char member[40];
        snprintf(member, sizeof member, "10.0.0.%u/H/group", 100 + i);
        assert_non_null(strstr(said, member));
    }
    nbserver_fini(&n);
}

static void samba_answers_only_with_rd(void **state)
{
    (void)state;
    static const step steps[] = {
        { "", 0, A, CLAIM("F<20>", A),
          A " positive-registration-response F<20> ttl=21600 owner=" A " node=H unique" },
        { "", 0, A, QUERY("F<20>"), FOUND(A, "F<20>", "ttl=21600 owners=" A "/H/unique") },
        { "", 0, A, QUERY("F<20>") " rd=0",
          A " negative-query-response F<20> rcode=NAM_ERR rd=0 ancount=1" },
    };
    nbserver n;
    nbserver_init(&n, "samba");
    nbserver_start(&n);
    run_on(&n, steps, 2);
    nbserver_hear(&n, A, steps[2].line);
    assert_non_null(strstr(nbserver_said(&n), "negative-query-response F<20>"));
    nbserver_fini(&n);
}

static void an_asker_is_sent_elsewhere(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "rfc");
    n.cfg.redirect_to = ip_of("10.0.0.2");
    nbserver_start(&n);
    assert_answer(&n, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A));
    assert_answer(&n, A, QUERY("FRED<20>"), FOUND(A, "FRED<20>", "ttl=2000 owners=" A "/H/unique"));
    nbserver_hear(&n, A, QUERY("NONE<20>.LAB"));
    const char *said = nbserver_said(&n);
    assert_non_null(strstr(said, A " redirect-query-response NONE<20>.LAB"));
    assert_non_null(strstr(said, "address=10.0.0.2"));
    assert_non_null(strstr(said, "server=.NBNS.LAB"));
    nbserver_fini(&n);
}

/* --- time ------------------------------------------------------------------------------------ */

/* RFC 1002 5.1.4.2: a multiple of the TTL. */
static void a_name_that_is_not_refreshed_ends(void **state)
{
    (void)state;
    static const step rfc[] = {
        { "", 0, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "a group", 0, A, GROUP("LAB<00>", A), OK_GROUP(A, "LAB<00>", A) },
        { "refreshed", 1000000, A, REFRESH("FRED<20>", A), OK(A, "FRED<20>", A) },
        { "one more member", 1000000, B, GROUP("LAB<00>", B), OK_GROUP(B, "LAB<00>", B) },
        { "the first member has gone", 2000000, C, QUERY("LAB<00>"),
          FOUND(C, "LAB<00>", "ttl=1000 owners=" B "/H/group") },
        { "not yet", 2999999, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "ttl=1 owners=" A "/H/unique") },
        { "over", 3000000, C, QUERY("FRED<20>"), NOT_FOUND(C, "FRED<20>") },
        { "the group with its last member", 3000000, C, QUERY("LAB<00>"), NOT_FOUND(C, "LAB<00>") },
        { "free for others", 3000000, B, CLAIM("FRED<20>", B), OK(B, "FRED<20>", B) },
    };
    RUN("rfc", rfc);
}

static void a_record_is_remembered_for_a_while(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "windows");
    nbserver_start(&n);
    nbt_name fred = name_of("FRED<20>");
    nbserver_hear(&n, A, CLAIM("FRED<20>", A));
    static const struct {
        uint64_t days;
        int state; /* -1: not there */
    } rows[] = { { 5, NBT_NBSTATE_ACTIVE },    { 6, NBT_NBSTATE_RELEASED },
                 { 11, NBT_NBSTATE_RELEASED }, { 12, NBT_NBSTATE_EXTINCT },
                 { 17, NBT_NBSTATE_EXTINCT },  { 18, -1 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbserver_at(&n, rows[i].days * 86400000);
        const nbt_nbrec *rec = nbt_nbns_find(n.s, &fred);
        assert_int_equal(rec ? rec->state : -1, rows[i].state);
    }
    assert_int_equal(nbt_nbns_names(n.s), 0);
    assert_int_equal(nbt_nbns_due(n.s), NBT_NEVER);
    nbserver_fini(&n);
}

/* --- the administrator ----------------------------------------------------------------------- */

static void add(nbserver *n, const char *name, nbt_nbkind kind, const char *ip)
{
    nbt_nbns_cmd cmd = { .verb = NBT_NBNS_ADD, .name = name_of(name), .kind = kind };
    cmd.ip = ip_of(ip);
    assert_int_equal(nbt_nbns_do(n->s, n->now, &cmd, &n->out), NBT_NBNS_DONE);
    nbt_out_clear(&n->out);
}

static void a_static_mapping_gives_way_to_nobody(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "windows");
    nbserver_start(&n);
    nbserver_hear(&n, B, CLAIM("TAKEN<20>", B));
    nbserver_said(&n);
    add(&n, "FRED<20>", NBT_NBKIND_UNIQUE, A);
    add(&n, "TAKEN<20>", NBT_NBKIND_UNIQUE, A);
    add(&n, "USERS<20>", NBT_NBKIND_INTERNET, A);
    add(&n, "USERS<20>", NBT_NBKIND_INTERNET, B);
    static const step steps[] = {
        { "at once", 0, B, CLAIM("FRED<20>", B), NO(B, "FRED<20>", B, "ACT_ERR") },
        { "nor to a group", 0, B, GROUP("FRED<20>", B), NO_GROUP(B, "FRED<20>", B, "ACT_ERR") },
        { "to whom it is for", 0, A, CLAIM("FRED<20>", A), WIN_OK(A, "FRED<20>", A) },
        { "who cannot release it", 0, A, RELEASE("FRED<20>", A), RELEASED(A, "FRED<20>", A) },
        { "there for ever", 99999999999, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "owners=" A "/B/unique") },
        { "in place of a dynamic one", 99999999999, C, QUERY("TAKEN<20>"),
          FOUND(C, "TAKEN<20>", "owners=" A "/B/unique") },
        { "a group by hand", 99999999999, C, QUERY("USERS<20>"),
          FOUND(C, "USERS<20>", "owners=" A "/B/group," B "/B/group") },
    };
    RUN_ON(&n, steps);
    nbserver_fini(&n);
}

/* KB Q167806: in migrate mode one computer's mapping is as any registration, a group's is not. */
static void a_static_mapping_yields_in_migrate_mode(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "windows");
    n.cfg.migrate = true;
    nbserver_start(&n);
    add(&n, "FRED<20>", NBT_NBKIND_UNIQUE, A);
    add(&n, "ALIVE<20>", NBT_NBKIND_UNIQUE, A);
    add(&n, "USERS<20>", NBT_NBKIND_INTERNET, A);
    static const step steps[] = {
        { "not to a group", 0, B, GROUP("FRED<20>", B), NO_GROUP(B, "FRED<20>", B, "ACT_ERR") },
        { "a group's to nobody", 0, B, CLAIM("USERS<20>", B), NO(B, "USERS<20>", B, "ACT_ERR") },
        { "his own stays", 0, A, CLAIM("FRED<20>", A), WIN_OK(A, "FRED<20>", A) },
        { "he is asked", 0, B, CLAIM("ALIVE<20>", B),
          WIN_WACK(B, "ALIVE<20>") " | " ASK(A, "ALIVE<20>") },
        { "and is there", 10, A, HERE("ALIVE<20>", A "/H/unique"),
          NO(B, "ALIVE<20>", B, "ACT_ERR") },
        { "he is asked", 20, B, CLAIM("FRED<20>", B),
          WIN_WACK(B, "FRED<20>") " | " ASK(A, "FRED<20>") },
        { "and has gone", 30, A, NOT_HERE("FRED<20>"), WIN_OK(B, "FRED<20>", B) },
        { "it is the other's", 40, C, QUERY("FRED<20>"),
          FOUND(C, "FRED<20>", "owners=" B "/H/unique") },
        { "who can release it", 50, B, RELEASE("FRED<20>", B), RELEASED(B, "FRED<20>", B) },
        { "as any name", 60, C, QUERY("FRED<20>"), NOT_FOUND(C, "FRED<20>") },
    };
    RUN_ON(&n, steps);
    nbserver_fini(&n);
}

/* What another server has granted, until it would have ended there. */
static void registrations_are_taken_over(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "windows");
    nbserver_start(&n);
    nbt_nbns_cmd cmd = { .verb = NBT_NBNS_PUT, .name = name_of("FRED<20>") };
    cmd.ip = ip_of(A);
    cmd.nb_flags = 0x6000;
    cmd.expires = NBSERVER_WALL;
    assert_int_equal(nbt_nbns_do(n.s, n.now, &cmd, &n.out), NBT_NBNS_OVER);
    cmd.expires = NBSERVER_WALL + 100;
    assert_int_equal(nbt_nbns_do(n.s, n.now, &cmd, &n.out), NBT_NBNS_DONE);
    assert_int_equal(nbt_nbns_do(n.s, n.now, &cmd, &n.out), NBT_NBNS_HELD);
    cmd.name = name_of("DOM<1C>");
    cmd.kind = NBT_NBKIND_INTERNET;
    assert_int_equal(nbt_nbns_do(n.s, n.now, &cmd, &n.out), NBT_NBNS_DONE);
    cmd.ip = ip_of(B);
    assert_int_equal(nbt_nbns_do(n.s, n.now, &cmd, &n.out), NBT_NBNS_DONE);
    cmd.name = name_of("*<20>");
    assert_int_equal(nbt_nbns_do(n.s, n.now, &cmd, &n.out), NBT_NBNS_BAD_NAME);
    nbserver_said(&n);
    static const step steps[] = {
        { "found", 99999, C, QUERY("FRED<20>"), FOUND(C, "FRED<20>", "owners=" A "/H/unique") },
        { "all of them", 99999, C, QUERY("DOM<1C>"),
          FOUND(C, "DOM<1C>", "owners=" A "/H/group," B "/H/group") },
        { "over", 100000, C, QUERY("FRED<20>"), NOT_FOUND(C, "FRED<20>") },
    };
    RUN_ON(&n, steps);
    nbserver_fini(&n);
}

static void delete_and_freeze(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    nbt_nbns_cmd cmd = { .verb = NBT_NBNS_DELETE, .name = name_of("FRED<20>") };
    assert_int_equal(nbt_nbns_do(n.s, n.now, &cmd, &n.out), NBT_NBNS_NO_NAME);
    nbserver_hear(&n, A, CLAIM("FRED<20>", A));
    nbserver_hear(&n, B, CLAIM("FRED<20>", B));
    nbserver_said(&n);
    assert_int_equal(nbt_nbns_do(n.s, n.now, &cmd, &n.out), NBT_NBNS_DONE);
    assert_string_equal(nbserver_said(&n), OK(B, "FRED<20>", B)); /* who waited for it has it */
    cmd.verb = NBT_NBNS_FREEZE;
    nbt_nbns_do(n.s, n.now, &cmd, &n.out);
    static const step frozen[] = {
        { "no claim", 0, A, CLAIM("NEW<20>", A), NO(A, "NEW<20>", A, "RFS_ERR") },
        { "no release", 0, B, RELEASE("FRED<20>", B), NOT_RELEASED(B, "FRED<20>", B, "RFS_ERR") },
        { "no end", 5000000, C, QUERY("FRED<20>"), FOUND(C, "FRED<20>", "owners=" B "/H/unique") },
    };
    RUN_ON(&n, frozen);
    cmd.verb = NBT_NBNS_THAW;
    nbt_nbns_do(n.s, n.now, &cmd, &n.out);
    nbserver_at(&n, 5000000);
    assert_answer(&n, C, QUERY("FRED<20>"), NOT_FOUND(C, "FRED<20>"));
    nbserver_fini(&n);
}

static void records_are_listed_by_pattern(void **state)
{
    (void)state;
    static const struct {
        const char *glob;
        unsigned n;
    } rows[] = { { NULL, 4 },       { "*", 4 },        { "FRED*", 3 }, { "*<20>", 2 },
                 { "FRED<?0>", 2 }, { "*<2?>*", 3 },   { "FRED", 0 },  { "*.LAB", 1 },
                 { "**D*>", 2 },    { "FRED<20>", 1 }, { "", 0 },      { "?ARNEY<20>", 1 } };
    nbserver n;
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    nbserver_hear(&n, A, CLAIM("FRED<20>", A));
    nbserver_hear(&n, A, CLAIM("FRED<00>", A));
    nbserver_hear(&n, A, CLAIM("FRED<20>.LAB", A));
    nbserver_hear(&n, A, CLAIM("BARNEY<20>", A));
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        uint32_t at = 0;
        unsigned found = 0;
        while (nbt_nbns_each(n.s, &at, rows[i].glob))
            found++;
        if (found != rows[i].n)
            fail_msg("\"%s\" finds %u, not %u", rows[i].glob, found, rows[i].n);
    }
    nbserver_fini(&n);
}

static void decisions_are_told_with_their_reasons(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    nbserver_hear(&n, A, CLAIM("FRED<20>", A));
    assert_string_equal(nbserver_traced(&n), "FRED<20>  > registered (nobody holds it) by " A);
    nbserver_at(&n, 7000);
    nbserver_hear(&n, B, CLAIM("FRED<20>", B));
    assert_string_equal(nbserver_traced(&n), "FRED<20> active > challenged (another holds it) by " B
                                             ", held by " A " since 1000000");
    nbserver_at(&n, 22000);
    assert_string_equal(nbserver_traced(&n),
                        "FRED<20> active > registered (the holder is silent) by " B ", held by " A
                        " since 1000000, asked 3");
    nbserver_hear(&n, A, RELEASE("FRED<20>", A));
    assert_string_equal(nbserver_traced(&n),
                        "FRED<20> active > not released (another holds it) by " A ", held by " B
                        " since 1000022, ACT_ERR");
    nbserver_fini(&n);
}

/* --- what comes in -------------------------------------------------------------------------- */

static void what_is_no_request_of_ours_gets_no_answer(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    packet p = build_request(1, 0x2900, "FRED<20>", 0, 0, A);
    packet q = build_question(1, 0x0100, "FRED<20>", NBT_RR_NB);
    nbserver_hear_bytes(&n, A, "10.0.0.255", p.b, p.n); /* broadcasts */
    nbserver_hear_bytes(&n, A, "255.255.255.255", p.b, p.n);
    nbserver_hear_bytes(&n, A, "10.9.255.255", p.b, p.n);
    nbserver_hear_bytes(&n, "0.0.0.0", "10.0.0.1", q.b, q.n); /* nobody's addresses */
    nbserver_hear_bytes(&n, "10.0.0.9:0", "10.0.0.1", q.b, q.n);
    nbserver_hear_bytes(&n, "255.255.255.255", "10.0.0.1", q.b, q.n);
    nbserver_hear_bytes(&n, "224.0.0.1", "10.0.0.1", q.b, q.n);
    q = build_question(1, 0x0000, "*<00>", NBT_RR_NBSTAT);
    nbserver_hear_bytes(&n, A, "10.0.0.1", q.b, q.n);
    q = build_question(1, 0x3900, "FRED<20>", NBT_RR_NB); /* opcode 7 */
    nbserver_hear_bytes(&n, A, "10.0.0.1", q.b, q.n);
    nbserver_hear(&n, A, "positive-registration-response FRED<20> owner=" A " node=B unique");
    nbserver_hear(&n, A, "positive-query-response FRED<20> owners=" A "/B/unique");
    assert_string_equal(nbserver_said(&n), "");
    assert_int_equal(nbt_nbns_names(n.s), 0);
    nbserver_fini(&n);
}

/* A request that lacks its record; lengths that lie; nothing at all. */
static void bad_requests_do_no_harm(void **state)
{
    (void)state;
    static const unsigned words[] = { 0x2900, 0x7900, 0x4000, 0x4800, 0x3000 };
    nbserver n;
    nbserver_init(&n, "windows");
    nbserver_start(&n);
    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        packet p = build_question(1, words[i], "FRED<20>", NBT_RR_NB);
        nbserver_hear_bytes(&n, A, "10.0.0.1", p.b, p.n);
        assert_non_null(strstr(nbserver_said(&n), "rcode=FMT_ERR"));
        p = build_request(1, words[i], "FRED<20>", 1, 0, A);
        for (size_t cut = 0; cut < p.n; cut++)
            nbserver_hear_bytes(&n, A, "10.0.0.1", p.b, cut);
        p.b[p.n - 7] = 7; /* RDLENGTH */
        nbserver_hear_bytes(&n, A, "10.0.0.1", p.b, p.n);
        assert_string_equal(nbserver_said(&n), "");
    }
    assert_answer(&n, A, CLAIM("FRED<20>", A) " rr_name=BARNEY<20> pointer=0",
                  A " negative-registration-response FRED<20> rcode=FMT_ERR owner=0.0.0.0 node=B "
                    "unique");
    assert_int_equal(nbt_nbns_names(n.s), 0);
    nbserver_hear_bytes(&n, A, "10.0.0.1", NULL, 0);
    assert_string_equal(nbserver_traced(&n), "-  > malformed (runs past the end) by " A);
    nbserver_fini(&n);
}

static void names_that_nobody_may_have(void **state)
{
    (void)state;
    static const step rfc[] = {
        { "an asterisk", 0, A, CLAIM("*SMBSERVER<20>", A), NO(A, "*SMBSERVER<20>", A, "RFS_ERR") },
        { "no address", 0, A, CLAIM("FRED<20>", "0.0.0.0"),
          NO(A, "FRED<20>", "0.0.0.0", "RFS_ERR") },
        { "everybody's", 0, A, CLAIM("FRED<20>", "255.255.255.255"),
          NO(A, "FRED<20>", "255.255.255.255", "RFS_ERR") },
        { "a group's", 0, A, CLAIM("FRED<20>", "224.0.0.5"),
          NO(A, "FRED<20>", "224.0.0.5", "RFS_ERR") },
        { "the server's", 0, A, CLAIM("FRED<20>", "10.9.0.1"),
          NO(A, "FRED<20>", "10.9.0.1", "RFS_ERR") },
        { "by itself it may", 0, "10.0.0.1", CLAIM("FRED<20>", "10.0.0.1"),
          OK("10.0.0.1", "FRED<20>", "10.0.0.1") },
    };
    RUN("rfc", rfc);
}

/* A claim in a scope of `text` characters, all labels of 63 and the rest. */
static const char *claim_in_scope(nbserver *n, size_t text)
{
    uint8_t b[600];
    nbt_wr w;
    nbt_name name = name_of("FRED<20>");
    name.scope.len = 0;
    for (size_t left = text; left > 0;) {
        size_t label = left > 63 ? 63 : left;
        name.scope.b[name.scope.len++] = (uint8_t)label;
        memset(name.scope.b + name.scope.len, 'x', label);
        name.scope.len = (uint8_t)(name.scope.len + label);
        left -= label;
        if (left > 0)
            left--; /* the dot */
    }
    nbt_wr_init(&w, b, sizeof b);
    put_header(&w, 1, 0x2900, 1, 0, 0, 1);
    nbt_name_wr_long(&w, &name, "");
    nbt_wr_u16(&w, NBT_RR_NB, "");
    nbt_wr_u16(&w, NBT_CLASS_IN, "");
    put_address_record(&w, NULL, 1000, 0, A);
    nbserver_hear_bytes(n, A, "10.0.0.1", b, w.at);
    return nbserver_said(n);
}

static void a_scope_may_be_so_long(void **state)
{
    (void)state;
    static const struct {
        const char *profile;
        size_t text;
        const char *answer;
    } rows[] = { { "rfc", 220, "positive-registration-response" },
                 { "rfc", 221, "rcode=SRV_ERR" },
                 { "windows", 237, "positive-registration-response" },
                 { "windows", 238, "rcode=SRV_ERR" } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbserver n;
        nbserver_init(&n, rows[i].profile);
        nbserver_start(&n);
        assert_non_null(strstr(claim_in_scope(&n, rows[i].text), rows[i].answer));
        nbserver_fini(&n);
    }
}

/* --- streams --------------------------------------------------------------------------------- */

static void feed(nbserver *n, uint32_t conn, const uint8_t *p, size_t len)
{
    uint8_t *copy = exact_copy(p, len);
    nbt_tcp_ev ev = { .kind = NBT_TCP_DATA, .conn = conn, .data = { copy, len } };
    nbt_nbns_tcp(n->s, n->now, &ev, &n->out);
    free(copy);
}

static void connect_to(nbserver *n, uint32_t conn)
{
    nbt_tcp_ev ev = { .kind = NBT_TCP_ACCEPTED, .conn = conn, .peer = { ip_of(A), 5000 } };
    ev.local = (nbt_ep){ ip_of("10.0.0.1"), NBT_PORT_NS };
    nbt_nbns_tcp(n->s, n->now, &ev, &n->out);
}

static size_t framed(const packet *p, uint8_t *to)
{
    to[0] = (uint8_t)(p->n >> 8);
    to[1] = (uint8_t)p->n;
    memcpy(to + 2, p->b, p->n);
    return p->n + 2;
}

/* How many actions of a kind there are, and the last one of them. */
static size_t acts(const nbserver *n, nbt_act_kind kind, nbt_bytes *data)
{
    size_t count = 0;
    for (size_t i = 0; i < n->out.n; i++) {
        if (n->out.acts[i].kind != kind)
            continue;
        count++;
        if (data)
            *data = nbt_out_data(&n->out, &n->out.acts[i]);
    }
    return count;
}

/* RFC 1001 15.1.5.1: all of a list, however the stream is cut. */
static void a_stream_gets_the_whole_list(void **state)
{
    (void)state;
    nbserver n;
    uint8_t two[1000];
    nbt_bytes data = { NULL, 0 };
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    for (unsigned i = 0; i < 300; i++) {
        char line[200];
        snprintf(line, sizeof line, GROUP("LAB<00>", "10.9.%u.%u"), 1 + i / 250, 1 + i % 250);
        nbserver_hear(&n, A, line);
    }
    packet p = build_question(1, 0x0100, "LAB<00>", NBT_RR_NB);
    size_t len = framed(&p, two);
    len += framed(&p, two + len);
    connect_to(&n, 1);
    for (size_t cut = 0; cut <= len; cut++) {
        nbt_out_clear(&n.out);
        feed(&n, 1, two, cut);
        feed(&n, 1, two + cut, len - cut);
        assert_int_equal(acts(&n, NBT_ACT_TCP_SEND, &data), 2);
        assert_int_equal(data.n, 2 + 12 + 34 + 10 + 300 * 6);
        assert_int_equal(data.p[0] << 8 | data.p[1], data.n - 2);
        assert_int_equal(data.p[4] & 2, 0); /* TC */
        nbt_tcp_ev sent = { .kind = NBT_TCP_SENT, .conn = 1, .sent = 2 * data.n };
        nbt_nbns_tcp(n.s, n.now, &sent, &n.out);
    }
    nbserver_fini(&n);
}

static void senseless_streams_are_survived(void **state)
{
    (void)state;
    static const uint8_t none[] = { 0, 0 }, one[] = { 0, 1, 7 }, eleven[13] = { 0, 11 };
    static const uint8_t most[] = { 0xFF, 0xFF, 1, 2, 3 };
    nbserver n;
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    connect_to(&n, 1);
    feed(&n, 1, none, sizeof none);
    feed(&n, 1, one, sizeof one);
    feed(&n, 1, eleven, sizeof eleven);
    assert_int_equal(nbt_nbns_counts(n.s)->malformed, 3);
    feed(&n, 1, most, sizeof most); /* and never the rest of it */
    nbserver_at(&n, 29999);
    assert_int_equal(acts(&n, NBT_ACT_TCP_ABORT, NULL), 0);
    nbserver_at(&n, 30000);
    assert_int_equal(acts(&n, NBT_ACT_TCP_ABORT, NULL), 1);
    nbt_out_clear(&n.out);
    for (uint32_t conn = 3; conn < 15; conn += 2)
        connect_to(&n, conn); /* four are allowed */
    assert_int_equal(acts(&n, NBT_ACT_TCP_ABORT, NULL), 2);
    nbt_tcp_ev eof = { .kind = NBT_TCP_EOF, .conn = 3 }, reset = { .kind = NBT_TCP_RESET };
    nbt_nbns_tcp(n.s, n.now, &eof, &n.out);
    reset.conn = 5;
    nbt_nbns_tcp(n.s, n.now, &reset, &n.out);
    feed(&n, 5, one, sizeof one);
    assert_int_equal(acts(&n, NBT_ACT_TCP_CLOSE, NULL), 1);
    nbserver_fini(&n);
}

static void ev(nbserver *n, nbt_tcp_kind kind, uint32_t conn, size_t sent)
{
    nbt_tcp_ev e = { .kind = kind, .conn = conn, .sent = sent };
    nbt_nbns_tcp(n->s, n->now, &e, &n->out);
}

/* Who says no more may still wait for what he has asked: a claim's verdict takes its time. */
static void a_stream_that_ends_gets_its_verdict(void **state)
{
    (void)state;
    nbserver n;
    uint8_t claim[200];
    nbt_bytes data = { NULL, 0 };
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    nbserver_hear(&n, B, CLAIM("FRED<20>", B));
    packet p = build_request(0x1234, 0x2900, "FRED<20>", 1000, 0x6000, A);
    size_t len = framed(&p, claim);
    nbt_out_clear(&n.out);
    connect_to(&n, 1);
    feed(&n, 1, claim, len);
    ev(&n, NBT_TCP_EOF, 1, 0);
    assert_int_equal(acts(&n, NBT_ACT_TCP_SEND, &data), 1); /* WACK */
    assert_int_equal(data.p[4] & 0x78, 0x38);
    ev(&n, NBT_TCP_SENT, 1, data.n);
    assert_int_equal(acts(&n, NBT_ACT_TCP_CLOSE, NULL), 0);
    nbt_out_clear(&n.out);
    nbserver_at(&n, 25000); /* the holder is silent */
    assert_int_equal(acts(&n, NBT_ACT_TCP_SEND, &data), 1);
    assert_int_equal(data.p[4] & 0x78, 0x28);
    assert_int_equal(data.p[5] & 0x0F, NBT_RCODE_OK);
    assert_int_equal(acts(&n, NBT_ACT_TCP_CLOSE, NULL), 0); /* it may wait for the store */
    ev(&n, NBT_TCP_SENT, 1, data.n - 1);
    assert_int_equal(acts(&n, NBT_ACT_TCP_CLOSE, NULL), 0);
    ev(&n, NBT_TCP_SENT, 1, 1);
    assert_int_equal(acts(&n, NBT_ACT_TCP_CLOSE, NULL), 1);
    nbserver_fini(&n);
}

/* Who does not read the answers is not answered for ever. */
static void an_unread_stream_is_ended(void **state)
{
    (void)state;
    nbserver n;
    uint8_t one[100];
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    packet p = build_question(1, 0x0100, "LAB<00>", NBT_RR_NB);
    size_t len = framed(&p, one);
    connect_to(&n, 1);
    for (unsigned i = 0; i < 10000; i++)
        feed(&n, 1, one, len);
    assert_int_equal(acts(&n, NBT_ACT_TCP_ABORT, NULL), 1);
    assert_in_range(acts(&n, NBT_ACT_TCP_SEND, NULL), 1000, 9000);
    nbserver_fini(&n);
}

/* --- the journal ----------------------------------------------------------------------------- */

/* What is promised waits for the store, and nothing else does. */
static void promises_wait_for_the_store(void **state)
{
    (void)state;
    static const struct {
        const char *from, *line;
        bool kept;
    } rows[] = {
        { A, CLAIM("FRED<20>", A), true },    { A, QUERY("FRED<20>"), false },
        { A, REFRESH("FRED<20>", A), true },  { B, OVERWRITE("FRED<20>", B), false },
        { B, QUERY("NONE<20>"), false },      { A, RELEASE("FRED<20>", A), true },
        { A, RELEASE("NONE<20>", A), false }, { A, CLAIM("*X<20>", A), false },
    };
    nbserver n;
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbserver_hear(&n, rows[i].from, rows[i].line);
        const nbt_act *send = NULL;
        for (size_t k = 0; k < n.out.n; k++)
            if (n.out.acts[k].kind == NBT_ACT_SEND)
                send = &n.out.acts[k];
        assert_non_null(send);
        assert_int_equal(send->kept, rows[i].kept);
        assert_int_equal(nbt_nbns_dirty(n.s) > 0, rows[i].kept);
        while (nbt_nbns_changed(n.s))
            ;
        nbt_out_clear(&n.out);
    }
    nbserver_fini(&n);
}

/* A second server that is given the journal of the first one answers as it did. */
static void a_restored_server_answers_the_same(void **state)
{
    (void)state;
    nbserver a, b;
    nbserver_init(&a, "rfc");
    nbserver_init(&b, "rfc");
    nbserver_start(&a);
    nbserver_hear(&a, A, CLAIM("OLD<20>", A));
    nbserver_hear(&a, A, CLAIM("FRED<20>.LAB", A));
    nbserver_hear(&a, A, GROUP("LAB<00>", A));
    nbserver_hear(&a, B, GROUP("LAB<00>", B));
    nbserver_hear(&a, A, RELEASE("OLD<20>", A));
    b.now = NBT_S(500);
    nbserver_start(&b);
    for (const nbt_nbrec *rec; (rec = nbt_nbns_changed(a.s));) {
        nbt_name name;
        if (rec->state == NBT_NBSTATE_GONE)
            continue;
        nbt_nbdb_name(rec, &name);
        nbt_nbns_kept kept = { rec->idx,   &name,      rec->kind, rec->state,
                               rec->fixed, rec->since, rec->due,  nbt_nbdb_addrs_const(rec),
                               rec->n };
        assert_true(nbt_nbns_restore(b.s, &kept));
        assert_false(nbt_nbns_restore(b.s, &kept));
    }
    assert_int_equal(nbt_nbns_dirty(b.s), 0);
    static const step steps[] = {
        { "", 500000, C, QUERY("FRED<20>.LAB"),
          FOUND(C, "FRED<20>.LAB", "ttl=1500 owners=" A "/H/unique") },
        { "", 500000, C, QUERY("LAB<00>"),
          FOUND(C, "LAB<00>", "ttl=1500 owners=" A "/H/group," B "/H/group") },
        { "", 500000, C, QUERY("OLD<20>"), NOT_FOUND(C, "OLD<20>") },
        { "", 2000000, C, QUERY("FRED<20>.LAB"), NOT_FOUND(C, "FRED<20>.LAB") },
    };
    RUN_ON(&b, steps);
    nbserver_fini(&a);
    nbserver_fini(&b);
}

static void names_are_bounded(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "rfc");
    n.cfg.max_names = 1;
    nbserver_start(&n);
    assert_answer(&n, A, CLAIM("FRED<20>", A), OK(A, "FRED<20>", A));
    assert_answer(&n, A, CLAIM("BARNEY<20>", A), NO(A, "BARNEY<20>", A, "SRV_ERR"));
    nbserver_fini(&n);
}

static void a_store_that_is_behind_makes_claims_wait(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "rfc");
    n.cfg.max_dirty = 2;
    nbserver_start(&n);
    assert_answer(&n, A, CLAIM("N1<20>", A), OK(A, "N1<20>", A));
    assert_answer(&n, A, CLAIM("N2<20>", A), OK(A, "N2<20>", A));
    assert_answer(&n, A, CLAIM("N3<20>", A), "");
    assert_answer(&n, A, RELEASE("N1<20>", A), "");
    assert_answer(&n, A, QUERY("N1<20>"), FOUND(A, "N1<20>", "ttl=2000 owners=" A "/H/unique"));
    while (nbt_nbns_changed(n.s))
        ;
    assert_answer(&n, A, CLAIM("N3<20>", A), OK(A, "N3<20>", A));
    nbserver_fini(&n);
}

/* Whichever request for memory is refused, the server stays whole. */
static void without_memory_it_goes_on(void **state)
{
    (void)state;
    for (size_t fail = 1; fail < 60; fail++) {
        nbserver n;
        nbserver_init(&n, "rfc");
        n.mem.fail_at = fail;
        n.s = nbt_nbns_new(&n.cfg, 0);
        if (n.s) {
            nbserver_hear(&n, A, CLAIM("FRED<20>.LAB", A));
            nbserver_hear(&n, B, CLAIM("FRED<20>.LAB", B));
            nbserver_hear(&n, C, CLAIM("FRED<20>.LAB", C));
            nbserver_hear(&n, A, GROUP("LAB<00>", A));
            nbserver_hear(&n, B, GROUP("LAB<00>", B));
            connect_to(&n, 1);
            feed(&n, 1,
                 (const uint8_t *)"\x00\x0D"
                                  "AB",
                 4);
            nbserver_at(&n, 100000);
            assert_true(nbt_nbns_pending(n.s) == 0);
        }
        nbserver_fini(&n);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("E50 B28", a_new_name_is_granted),
    NBT_TEST("E60", the_granted_time_is_the_servers),
    NBT_TEST("E53", ones_own_name_is_granted_again),
    NBT_TEST("E52 B47 H36", a_secured_server_asks_the_holder),
    NBT_TEST("B48", each_profile_asks_in_its_own_time),
    NBT_TEST("E51 E56 B33", a_non_secured_server_leaves_it_to_the_claimant),
    NBT_TEST("E56 B31", a_secured_server_refuses_an_overwrite),
    NBT_TEST("E54 E55 H18 F23", a_group_is_never_challenged),
    NBT_TEST("E62", a_repeated_claim_is_no_second_one),
    NBT_TEST("E63", rivals_take_turns),
    NBT_TEST("", a_release_meanwhile_decides),
    NBT_TEST("", a_burst_is_granted_unseen),
    NBT_TEST("", pending_claims_are_bounded),
    NBT_TEST("", nobody_takes_all_the_room),
    NBT_TEST("F24 F26", a_multihomed_holder_vouches_for_his_addresses),
    NBT_TEST("F22", of_too_many_addresses_the_oldest_goes),
    NBT_TEST("", nmbd_merges_what_it_should_not),
    NBT_TEST("E57 B29", a_refresh_is_for_the_holder),
    NBT_TEST("B36 E58 H19", only_the_holder_releases),
    NBT_TEST("E59 B9 B16 B41 H66", a_list_that_is_too_long_is_cut),
    NBT_TEST("", a_stranger_gets_little),
    NBT_TEST("F14 F15 F16 F17 F18", windows_knows_suffixes),
    NBT_TEST("F15", an_internet_group_has_25_members),
    NBT_TEST("", samba_answers_only_with_rd),
    NBT_TEST("B45", an_asker_is_sent_elsewhere),
    NBT_TEST("E59 E61", a_name_that_is_not_refreshed_ends),
    NBT_TEST("F41", a_record_is_remembered_for_a_while),
    NBT_TEST("F19", a_static_mapping_gives_way_to_nobody),
    NBT_TEST("F42", a_static_mapping_yields_in_migrate_mode),
    NBT_TEST("", registrations_are_taken_over),
    NBT_TEST("", delete_and_freeze),
    NBT_TEST("", records_are_listed_by_pattern),
    NBT_TEST("", decisions_are_told_with_their_reasons),
    NBT_TEST("E49", what_is_no_request_of_ours_gets_no_answer),
    NBT_TEST("H59 H83 H86", bad_requests_do_no_harm),
    NBT_TEST("", names_that_nobody_may_have),
    NBT_TEST("H62", a_scope_may_be_so_long),
    NBT_TEST("B17 E64", a_stream_gets_the_whole_list),
    NBT_TEST("H49", senseless_streams_are_survived),
    NBT_TEST("", a_stream_that_ends_gets_its_verdict),
    NBT_TEST("", an_unread_stream_is_ended),
    NBT_TEST("", promises_wait_for_the_store),
    NBT_TEST("", a_restored_server_answers_the_same),
    NBT_TEST("", names_are_bounded),
    NBT_TEST("", a_store_that_is_behind_makes_claims_wait),
    NBT_TEST("", without_memory_it_goes_on),
};

NBT_MAIN("nbns", tests)
