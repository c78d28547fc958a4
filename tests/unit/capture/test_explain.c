/*
 * Findings: a story for each verdict, and beside it the story that looks like it and is none. What
 * is compared is the findings' words and names; the paragraphs of two of them are given whole.
 */
#include "capture/explain.h"

#include "tests/support/story.h"
#include "tests/support/test.h"

static void listen(void *ctx, const cap_item *item, const cap_link *link)
{
    cap_ledger_put(ctx, item, link);
}

static cap_ledger *ledger_of(const char *const story[])
{
    cap_ledger *l = cap_ledger_new();
    assert_non_null(l);
    story_tell(story, listen, l);
    cap_ledger_end(l);
    return l;
}

/* "clone FRED<00> FRED<20>; two-owners FRED<00>" */
static void findings(const cap_ledger *l, cap_buf *out)
{
    cap_explain e;
    assert_true(cap_explain_init(&e, l, 1, cap_ledger_incidents(l)));
    for (size_t i = 0; i < e.n; i++) {
        const cap_finding *f = &e.findings[i];
        cap_buf_fmt(out, "%s%s", i > 0 ? "; " : "", cap_verdict_str(f->verdict));
        for (size_t k = 0; k < f->n; k++) {
            char text[NBT_NAME_STR_MAX];
            nbt_name name;
            cap_ledger_name(l, cap_ledger_incident(l, e.places[f->first + k])->name, &name);
            nbt_name_print(&name, text, sizeof text);
            cap_buf_fmt(out, " %s", text);
        }
    }
    cap_buf_add(out, "", 1);
    cap_explain_fini(&e);
}

/* Claims by broadcast, of .1 without an objection and of others. */
#define CLAIM(ms, n, id, name, more)                                                               \
#ms " 10.0.0." #n " > 10.0.0.255 registration-request " name " id=" #id                        \
        " b=1 owner=10.0.0." #n " node=B " more
#define DEMAND(ms, n, id, name, more)                                                              \
#ms " 10.0.0." #n " > 10.0.0.255 overwrite-demand " name " id=" #id " owner=10.0.0." #n        \
        " node=B " more
#define REFUSE(ms, n, to, id, name)                                                                \
#ms " 10.0.0." #n " > 10.0.0." #to " negative-registration-response " name " id=" #id          \
        " rcode=ACT_ERR owner=10.0.0." #n " node=B unique"
#define QUERY(ms, n, id, name)                                                                     \
#ms " 10.0.0." #n " > 10.0.0.255 query-request " name " id=" #id " b=1"
#define ANSWER(ms, n, to, id, name)                                                                \
#ms " 10.0.0." #n " > 10.0.0." #to " positive-query-response " name " id=" #id                 \
        " ra=0 owners=10.0.0." #n "/B/unique"
#define HAS(ms, n, name)                                                                           \
    CLAIM(ms, n, 1, name, "unique"), CLAIM(ms, n, 1, name, "unique"),                              \
        CLAIM(ms, n, 1, name, "unique"), DEMAND(ms, n, 1, name, "unique")

/* To the name server, which is 10.0.0.9. */
#define REGISTER(ms, n, id, name, more)                                                            \
#ms " 10.0.0." #n " > 10.0.0.9 registration-request " name " id=" #id                          \
        " ttl=300000 owner=10.0.0." #n " node=P " more
#define GRANT(ms, n, id, name, more)                                                               \
#ms " 10.0.0.9 > 10.0.0." #n " positive-registration-response " name " id=" #id                \
        " ttl=300000 owner=10.0.0." #n " node=P " more
#define DENY(ms, n, id, name, rcode, more)                                                         \
#ms " 10.0.0.9 > 10.0.0." #n " negative-registration-response " name " id=" #id                \
        " rcode=" #rcode " owner=10.0.0." #n " node=P " more
#define WACK(ms, n, id, name)                                                                      \
#ms " 10.0.0.9 > 10.0.0." #n " wack " name " id=" #id                                          \
        " wait=60s about=registration-request/0x2900"
#define CHALLENGE(ms, n, id, name)                                                                 \
#ms " 10.0.0.9 > 10.0.0." #n " query-request " name " id=" #id " rd=0"
#define STILL(ms, n, id, name)                                                                     \
#ms " 10.0.0." #n " > 10.0.0.9 positive-query-response " name " id=" #id " owners=10.0.0." #n  \
        "/P/unique"
#define NO_MORE(ms, n, id, name)                                                                   \
#ms " 10.0.0." #n " > 10.0.0.9 negative-query-response " name " id=" #id " rcode=NAM_ERR"
#define DATAGRAM(ms, n, name)                                                                      \
#ms " 10.0.0." #n " > 10.0.0.255 direct-group-datagram LAB<1D> id=7 from=" name                \
        " source=10.0.0." #n ":138 node=B first data=00"

enum { LINES = 32 };

static const struct {
    const char *label;
    const char *story[LINES];
    const char *found;
} cases[] = {
    { "a claim that nobody objects to", { HAS(0, 1, "FRED<00>") }, "" },
    { "answered with somebody else's address",
      { HAS(0, 1, "FRED<00>"), QUERY(5000, 3, 9, "FRED<00>"), ANSWER(5001, 1, 3, 9, "FRED<00>"),
        "5002 10.0.0.6 > 10.0.0.3 positive-query-response FRED<00> id=9 ra=0 "
        "owners=10.0.0.66/B/unique" },
      "foreign-answer FRED<00>; two-answers FRED<00>" },
    { "with that of another adapter of its own",
      { "0 10.0.0.2@7 > 10.0.0.255 query-request A<00> id=1 b=1", QUERY(5000, 3, 9, "FRED<00>"),
        "5001 10.0.0.1@7 > 10.0.0.3 positive-query-response FRED<00> id=9 ra=0 "
        "owners=10.0.0.2/B/unique" },
      "" },
    { "a name server, asked, answers for others",
      { "0 10.0.0.3 > 10.0.0.9 query-request FRED<00> id=9",
        "1 10.0.0.9 > 10.0.0.3 positive-query-response FRED<00> id=9 owners=10.0.0.1/P/unique" },
      "" },
    { "answered to one who has not asked, and is seen to ask",
      { QUERY(0, 3, 9, "OTHER<00>"), ANSWER(1, 6, 3, 10, "FRED<00>") },
      "unasked-answer FRED<00>" },
    { "of one who is not seen to ask that is not known",
      { QUERY(0, 4, 9, "OTHER<00>"), ANSWER(1, 6, 3, 10, "FRED<00>") },
      "" },
    { "answered twice, the same",
      { QUERY(0, 3, 9, "FRED<00>"), ANSWER(1, 1, 3, 9, "FRED<00>"),
        ANSWER(2, 1, 3, 9, "FRED<00>") },
      "" },
    { "one changes its mind within one question",
      { "0 10.0.0.3 > 10.0.0.9 query-request FRED<00> id=9",
        "1 10.0.0.9 > 10.0.0.3 positive-query-response FRED<00> id=9 owners=10.0.0.1/P/unique",
        "2 10.0.0.9 > 10.0.0.3 positive-query-response FRED<00> id=9 owners=10.0.0.2/P/unique" },
      "two-answers FRED<00>" },
    { "members of a group do so all the time",
      { QUERY(0, 3, 9, "LAB<00>"),
        "1 10.0.0.1 > 10.0.0.3 positive-query-response LAB<00> id=9 ra=0 owners=10.0.0.1/B/group",
        "2 10.0.0.2 > 10.0.0.3 positive-query-response LAB<00> id=9 ra=0 owners=10.0.0.2/B/group" },
      "" },
    { "a computer's own name",
      { HAS(0, 1, "FRED<00>"), CLAIM(900, 2, 5, "FRED<00>", "unique"),
        REFUSE(901, 1, 2, 5, "FRED<00>") },
      "clone FRED<00>" },
    { "several names of a computer are one finding",
      { CLAIM(0, 2, 5, "FRED<00>", "unique"), CLAIM(1, 2, 6, "FRED<20>", "unique"),
        CLAIM(2, 2, 7, "FRED<03>", "unique"), REFUSE(3, 1, 2, 5, "FRED<00>"),
        REFUSE(4, 1, 2, 6, "FRED<20>"), REFUSE(5, 1, 2, 7, "FRED<03>") },
      "clone FRED<00> FRED<20> FRED<03>" },
    { "a name of a program alone",
      { HAS(0, 1, "FRED<41>"), CLAIM(900, 2, 5, "FRED<41>", "unique"),
        REFUSE(901, 1, 2, 5, "FRED<41>") },
      "duplicate FRED<41>" },
    { "a subnet has one master browser",
      { HAS(0, 1, "LAB<1D>"), CLAIM(900, 2, 5, "LAB<1D>", "unique"),
        REFUSE(901, 1, 2, 5, "LAB<1D>") },
      "master-browser LAB<1D>" },
    { "refusals of each request are one",
      { CLAIM(0, 2, 5, "FRED<41>", "unique"), REFUSE(1, 1, 2, 5, "FRED<41>"),
        REFUSE(2, 1, 2, 5, "FRED<41>"), CLAIM(250, 2, 5, "FRED<41>", "unique"),
        REFUSE(251, 1, 2, 5, "FRED<41>") },
      "duplicate FRED<41>" },
    { "a refusal whose request the capture lacks",
      { REFUSE(0, 1, 2, 5, "FRED<00>") },
      "clone FRED<00>" },
    { "other names are other findings",
      { CLAIM(0, 2, 5, "FRED<41>", "unique"), REFUSE(1, 1, 2, 5, "FRED<41>"),
        CLAIM(2, 2, 6, "JOE<03>", "unique"), REFUSE(3, 1, 2, 6, "JOE<03>") },
      "duplicate FRED<41>; duplicate JOE<03>" },
    { "one hardware address has both",
      { "0 10.0.0.2@7 > 10.0.0.255 registration-request FRED<00> id=5 b=1 owner=10.0.0.2 node=B "
        "unique",
        "1 10.0.0.1@7 > 10.0.0.2 negative-registration-response FRED<00> id=5 rcode=ACT_ERR "
        "owner=10.0.0.1 node=B unique" },
      "own-adapter FRED<00>" },
    { "a router has more than three",
      { "0 10.0.0.2@7 > 10.0.0.255 registration-request FRED<00> id=5 b=1 owner=10.0.0.2 node=B "
        "unique",
        "1 10.0.0.1@7 > 10.0.0.2 negative-registration-response FRED<00> id=5 rcode=ACT_ERR "
        "owner=10.0.0.1 node=B unique",
        "2 10.0.0.3@7 > 10.0.0.255 query-request A<00> id=1 b=1",
        "3 10.0.0.4@7 > 10.0.0.255 query-request A<00> id=1 b=1" },
      "clone FRED<00>" },
    { "it said that both addresses are its own",
      { QUERY(0, 3, 9, "FRED<00>"),
        "1 10.0.0.1 > 10.0.0.3 positive-query-response FRED<00> id=9 ra=0 "
        "owners=10.0.0.1/B/unique,10.0.0.2/B/unique",
        CLAIM(900, 2, 5, "FRED<20>", "unique"), REFUSE(901, 1, 2, 5, "FRED<20>") },
      "own-adapter FRED<20>" },
    { "its node status has the other's hardware address",
      { CLAIM(0, 2, 5, "FRED<00>", "unique"), REFUSE(1, 1, 2, 5, "FRED<00>"),
        "2 10.0.0.3 > 10.0.0.1 status-request *<00> id=8",
        "3 10.0.0.1 > 10.0.0.3 status-response *<00> id=8 names=FRED<00>/B/unique/act "
        "mac=02:00:0a:00:00:02" },
      "own-adapter FRED<00>" },
    { "one adapter asks as soon as another has done so",
      { HAS(0, 1, "FRED<00>"), CLAIM(1, 2, 5, "FRED<00>", "unique"),
        REFUSE(2, 1, 2, 5, "FRED<00>") },
      "own-adapter FRED<00>" },
    { "and what is known of one name goes for all",
      { HAS(0, 1, "FRED<00>"), CLAIM(1, 2, 5, "FRED<00>", "unique"), REFUSE(2, 1, 2, 5, "FRED<00>"),
        CLAIM(3000, 2, 6, "FRED<41>", "unique"), REFUSE(3001, 1, 2, 6, "FRED<41>") },
      "own-adapter FRED<00> FRED<41>" },
    { "refused by the claimant's own address",
      { CLAIM(0, 2, 5, "FRED<00>", "unique"), REFUSE(1, 2, 2, 5, "FRED<00>") },
      "own-echo FRED<00>" },
    { "the request came back from another hardware address",
      { CLAIM(0, 2, 5, "FRED<00>", "unique"),
        "1 10.0.0.2@8 > 10.0.0.255 registration-request FRED<00> id=5 b=1 owner=10.0.0.2 node=B "
        "unique",
        REFUSE(2, 1, 2, 5, "FRED<00>") },
      "own-echo FRED<00>" },
    { "two computers with one address",
      { HAS(0, 2, "FRED<00>"),
        "5000 10.0.0.2@8 > 10.0.0.255 registration-request FRED<00> id=6 b=1 owner=10.0.0.2 node=B "
        "unique",
        REFUSE(5001, 2, 2, 6, "FRED<00>") },
      "same-address FRED<00>" },
    { "and nobody objects, since neither hears another address",
      { HAS(0, 2, "FRED<00>"),
        "5000 10.0.0.2@8 > 10.0.0.255 registration-request FRED<00> id=6 b=1 owner=10.0.0.2 node=B "
        "unique" },
      "same-address FRED<00>" },
    { "a computer that claims its name anew",
      { HAS(0, 2, "FRED<00>"), HAS(5000, 2, "FRED<00>") },
      "" },
    { "the owner whom the server asks is silent",
      { REGISTER(0, 1, 5, "FRED<20>", "unique"), GRANT(1, 1, 5, "FRED<20>", "unique"),
        REGISTER(9000, 2, 6, "FRED<20>", "unique"), WACK(9001, 2, 6, "FRED<20>"),
        CHALLENGE(9002, 1, 70, "FRED<20>"), CHALLENGE(14002, 1, 70, "FRED<20>"),
        DENY(19000, 2, 6, "FRED<20>", RFS_ERR, "unique") },
      "stale-record FRED<20>" },
    { "or says that it has it no more",
      { REGISTER(9000, 2, 6, "FRED<20>", "unique"), CHALLENGE(9002, 1, 70, "FRED<20>"),
        NO_MORE(9003, 1, 70, "FRED<20>"), DENY(9004, 2, 6, "FRED<20>", RFS_ERR, "unique") },
      "stale-record FRED<20>" },
    { "or has it",
      { REGISTER(9000, 2, 6, "FRED<20>", "unique"), CHALLENGE(9002, 1, 70, "FRED<20>"),
        STILL(9003, 1, 70, "FRED<20>"), DENY(9004, 2, 6, "FRED<20>", ACT_ERR, "unique") },
      "clone FRED<20>" },
    { "the owner is silent and the name is given away: no failure",
      { REGISTER(0, 1, 5, "FRED<20>", "unique"), GRANT(1, 1, 5, "FRED<20>", "unique"),
        REGISTER(9000, 2, 6, "FRED<20>", "unique"), CHALLENGE(9002, 1, 70, "FRED<20>"),
        CHALLENGE(14002, 1, 70, "FRED<20>"), GRANT(19000, 2, 6, "FRED<20>", "unique") },
      "" },
    { "but the owner of old is still there",
      { REGISTER(0, 1, 5, "FRED<20>", "unique"), GRANT(1, 1, 5, "FRED<20>", "unique"),
        REGISTER(9000, 2, 6, "FRED<20>", "unique"), CHALLENGE(9002, 1, 70, "FRED<20>"),
        GRANT(19000, 2, 6, "FRED<20>", "unique"), QUERY(20000, 3, 9, "FRED<20>"),
        ANSWER(20001, 1, 3, 9, "FRED<20>") },
      "two-owners FRED<20>" },
    { "the server asks nobody",
      { REGISTER(0, 2, 6, "FRED<20>", "unique"), DENY(1, 2, 6, "FRED<20>", ACT_ERR, "unique") },
      "static-record FRED<20>" },
    { "another reason",
      { REGISTER(0, 2, 6, "FRED<20>", "unique"), DENY(1, 2, 6, "FRED<20>", SRV_ERR, "unique") },
      "server-refused FRED<20>" },
    { "the server holds a group",
      { REGISTER(0, 1, 5, "LAB<00>", "group"), GRANT(1, 1, 5, "LAB<00>", "group"),
        REGISTER(9000, 2, 6, "LAB<00>", "unique"), DENY(9001, 2, 6, "LAB<00>", RFS_ERR, "unique") },
      "group-clash LAB<00>" },
    { "a server's word, then its answer for another",
      { "0 10.0.0.9 > 10.0.0.3 positive-query-response LAB<00> id=9 owners=10.0.0.1/P/unique",
        REGISTER(100, 2, 6, "LAB<00>", "unique"), DENY(101, 2, 6, "LAB<00>", ACT_ERR, "unique") },
      "static-record LAB<00>" },
    { "silence of the server",
      { REGISTER(0, 2, 6, "FRED<00>", "unique"), REGISTER(5000, 2, 6, "FRED<00>", "unique"),
        REGISTER(10000, 2, 6, "FRED<00>", "unique") },
      "server-silent FRED<00>" },
    { "silence of the server, and then by broadcast under the same id",
      { REGISTER(0, 2, 6, "FRED<00>", "unique"), REGISTER(1500, 2, 6, "FRED<00>", "unique"),
        REGISTER(3000, 2, 6, "FRED<00>", "unique"), CLAIM(4500, 2, 6, "FRED<00>", "unique"),
        CLAIM(4750, 2, 6, "FRED<00>", "unique"), CLAIM(5000, 2, 6, "FRED<00>", "unique"),
        DEMAND(5250, 2, 6, "FRED<00>", "unique") },
      "server-silent FRED<00>" },
    { "one request at the end of a capture is no silence",
      { REGISTER(0, 2, 6, "FRED<00>", "unique") },
      "" },
    { "RFC 1002 4.2.7: the claimant asks, and is told",
      { REGISTER(0, 2, 6, "FRED<20>", "unique"),
        "1 10.0.0.9 > 10.0.0.2 end-node-challenge FRED<20> id=6 owner=10.0.0.1 node=P unique",
        "2 10.0.0.2 > 10.0.0.1 query-request FRED<20> id=8",
        "3 10.0.0.1 > 10.0.0.2 positive-query-response FRED<20> id=8 owners=10.0.0.1/P/unique" },
      "clone FRED<20>" },
    { "and nobody answers it, so that it takes the name",
      { REGISTER(0, 2, 6, "FRED<20>", "unique"),
        "1 10.0.0.9 > 10.0.0.2 end-node-challenge FRED<20> id=6 owner=10.0.0.1 node=P unique",
        "2 10.0.0.2 > 10.0.0.1 query-request FRED<20> id=8",
        "15000 10.0.0.2 > 10.0.0.9 overwrite-request FRED<20> id=7 ttl=300 owner=10.0.0.2 node=P "
        "unique",
        GRANT(15001, 2, 7, "FRED<20>", "unique") },
      "" },
    { "and takes a while, so that the first request is long over",
      { REGISTER(0, 2, 6, "FRED<20>", "unique"),
        "1 10.0.0.9 > 10.0.0.2 end-node-challenge FRED<20> id=6 owner=10.0.0.1 node=P unique",
        "120000 10.0.0.2 > 10.0.0.3 query-request X<20> id=8" },
      "" },
    { "two answer one question",
      { QUERY(0, 3, 9, "FRED<41>"), ANSWER(1, 1, 3, 9, "FRED<41>"), ANSWER(2, 2, 3, 9, "FRED<41>"),
        ANSWER(3, 1, 3, 9, "FRED<41>") },
      "two-owners FRED<41>" },
    { "two claim at the same time and neither objects",
      { CLAIM(0, 1, 5, "FRED<00>", "unique"), CLAIM(1, 2, 6, "FRED<00>", "unique"),
        CLAIM(250, 1, 5, "FRED<00>", "unique"), CLAIM(251, 2, 6, "FRED<00>", "unique"),
        CLAIM(500, 1, 5, "FRED<00>", "unique"), CLAIM(501, 2, 6, "FRED<00>", "unique"),
        DEMAND(750, 1, 5, "FRED<00>", "unique"), DEMAND(751, 2, 6, "FRED<00>", "unique") },
      "two-owners FRED<00>" },
    { "a computer that changed its address",
      { HAS(0, 1, "FRED<00>"),
        "9000 10.0.0.5@1 > 10.0.0.255 registration-request FRED<00> id=6 b=1 owner=10.0.0.5 node=B "
        "unique",
        "9250 10.0.0.5@1 > 10.0.0.255 registration-request FRED<00> id=6 b=1 owner=10.0.0.5 node=B "
        "unique",
        "9500 10.0.0.5@1 > 10.0.0.255 overwrite-demand FRED<00> id=6 owner=10.0.0.5 node=B "
        "unique" },
      "" },
    { "another has it after a release",
      { HAS(0, 1, "FRED<00>"),
        "900 10.0.0.1 > 10.0.0.255 release-demand FRED<00> id=8 owner=10.0.0.1 node=B unique",
        HAS(2000, 2, "FRED<00>"), QUERY(3000, 3, 9, "FRED<00>"),
        ANSWER(3001, 2, 3, 9, "FRED<00>") },
      "" },
    { "many have a group name",
      { "0 10.0.0.1 > 10.0.0.255 registration-request LAB<00> id=1 b=1 "
        "owner=10.0.0.1 node=B group",
        "9000 10.0.0.2 > 10.0.0.255 registration-request LAB<00> id=1 b=1 owner=10.0.0.2 node=B "
        "group",
        "18000 10.0.0.3 > 10.0.0.255 query-request X<00> id=1 b=1" },
      "" },
    { "a group's name, and then unique",
      { "0 10.0.0.1 > 10.0.0.255 registration-request LAB<00> id=1 b=1 owner=10.0.0.1 node=B group",
        HAS(9000, 2, "LAB<00>") },
      "two-kinds LAB<00>" },
    { "unique, and a claim as a group's is refused",
      { HAS(0, 1, "LAB<00>"), CLAIM(900, 2, 6, "LAB<00>", "group"),
        REFUSE(901, 1, 2, 6, "LAB<00>") },
      "group-clash LAB<00>" },
    { "refused, and used all the same",
      { CLAIM(0, 2, 5, "FRED<00>", "unique"), REFUSE(1, 1, 2, 5, "FRED<00>"),
        DATAGRAM(10, 2, "FRED<00>") },
      "clone FRED<00>; used-anyway FRED<00>" },
    { "a program may call itself what it likes",
      { HAS(0, 1, "FRED<00>"), "900 10.0.0.2 > 10.0.0.1 session-request FRED<20> from=FRED<00>" },
      "" },
    { "told of a conflict",
      { "0 10.0.0.3 > 10.0.0.1 conflict-demand FRED<00> id=9 owner=0.0.0.0 node=B unique" },
      "conflict-demand FRED<00>" },
    { "whoever lists it as in conflict had registered it",
      { QUERY(0, 3, 9, "FRED<20>"), ANSWER(1, 2, 3, 9, "FRED<20>"),
        "2 10.0.0.2 > 10.0.0.3 status-response *<00> id=8 names=FRED<20>/B/unique/cnf/act "
        "mac=02:00:0a:00:00:02" },
      "in-conflict FRED<20>" },
    { "marked in a node status",
      { "0 10.0.0.1 > 10.0.0.3 status-response *<00> id=8 names=FRED<00>/B/unique/cnf/act "
        "mac=02:00:0a:00:00:01" },
      "in-conflict FRED<00>" },
    { "released by another",
      { "0 10.0.0.3 > 10.0.0.1 release-request FRED<00> id=9 owner=10.0.0.1 node=B unique" },
      "released-by-other FRED<00>" },
    { "the server lists two whom it is known to be two",
      { CLAIM(0, 2, 5, "FRED<20>", "unique"), REFUSE(1, 1, 2, 5, "FRED<20>"),
        "2 10.0.0.9 > 10.0.0.3 positive-query-response FRED<20> id=8 "
        "owners=10.0.0.1/P/unique,10.0.0.2/P/unique" },
      "clone FRED<20>; merged FRED<20>" },
    { "the server lists two of whom nothing is known",
      { "2 10.0.0.9 > 10.0.0.3 positive-query-response FRED<20> id=8 "
        "owners=10.0.0.1/P/unique,10.0.0.2/P/unique" },
      "" },
    { "an answer for what its host never registered",
      { HAS(0, 6, "EVIL<00>"), QUERY(900, 3, 9, "FILESRV<20>"),
        ANSWER(901, 6, 3, 9, "FILESRV<20>") },
      "spoofed FILESRV<20>" },
    { "for what its node status does not have",
      { "0 10.0.0.6 > 10.0.0.3 status-response *<00> id=8 names=EVIL<00>/B/unique/act "
        "mac=02:00:0a:00:00:06",
        QUERY(900, 3, 9, "WPAD<00>"), ANSWER(901, 6, 3, 9, "WPAD<00>") },
      "spoofed WPAD<00>" },
    { "an answer for what was registered before the capture began",
      { QUERY(900, 3, 9, "FILESRV<20>"), ANSWER(901, 6, 3, 9, "FILESRV<20>") },
      "" },
    { "a user's name came later, the computer's is older than the capture",
      { HAS(0, 6, "JOE<03>"), QUERY(900, 3, 9, "PC6<20>"), ANSWER(901, 6, 3, 9, "PC6<20>") },
      "" },
    { "for many names",
      { QUERY(0, 3, 1, "A<20>"), ANSWER(1, 6, 3, 1, "A<20>"), QUERY(2, 3, 2, "B<20>"),
        ANSWER(3, 6, 3, 2, "B<20>"), QUERY(4, 3, 3, "C<20>"), ANSWER(5, 6, 3, 3, "C<20>"),
        QUERY(6, 3, 4, "D<20>"), ANSWER(7, 6, 3, 4, "D<20>") },
      "spoofed A<20> B<20> C<20> D<20>" },
    { "a name server answers for many too",
      { "0 10.0.0.9 > 10.0.0.3 positive-query-response A<20> id=1 owners=10.0.0.1/P/unique",
        "1 10.0.0.9 > 10.0.0.3 positive-query-response B<20> id=2 owners=10.0.0.9/P/unique",
        "2 10.0.0.9 > 10.0.0.3 positive-query-response C<20> id=3 owners=10.0.0.9/P/unique",
        "3 10.0.0.9 > 10.0.0.3 positive-query-response D<20> id=4 owners=10.0.0.9/P/unique",
        "4 10.0.0.9 > 10.0.0.3 positive-query-response E<20> id=5 owners=10.0.0.9/P/unique" },
      "" },
};

static void every_verdict_has_its_story(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        cap_buf got = { 0 };
        cap_ledger *l = ledger_of(cases[i].story);
        findings(l, &got);
        if (strcmp(got.s, cases[i].found) != 0)
            fail_msg("%s: found \"%s\", not \"%s\"", cases[i].label, got.s, cases[i].found);
        cap_buf_fini(&got);
        cap_ledger_free(l);
    }
}

/* Each finding in every form; a sanitizer or the JSON test of the programs sees what is wrong. */
static void every_story_can_be_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        cap_explain e;
        cap_ledger *l = ledger_of(cases[i].story);
        assert_true(cap_explain_init(&e, l, 1, cap_ledger_incidents(l)));
        for (size_t k = 0; k < e.n; k++) {
            cap_buf text = { 0 }, json = { 0 };
            cap_explain_text(&e, k, k + 1, &text);
            cap_explain_json(&e, k, &json);
            assert_false(text.failed || json.failed);
            assert_true(text.n > 100 && text.s[text.n - 1] == '\n');
            assert_true(json.s[0] == '{' && json.s[json.n - 2] == '}');
            cap_buf_fini(&text);
            cap_buf_fini(&json);
        }
        cap_explain_fini(&e);
        cap_ledger_free(l);
    }
}

static void assert_told(const char *const story[], const char *told)
{
    cap_explain e;
    cap_buf text = { 0 };
    cap_ledger *l = ledger_of(story);
    assert_true(cap_explain_init(&e, l, 1, cap_ledger_incidents(l)));
    for (size_t i = 0; i < e.n; i++)
        cap_explain_text(&e, i, i + 1, &text);
    cap_explain_hints(l, &text);
    cap_buf_add(&text, "", 1);
    assert_string_equal(text.s, told);
    cap_buf_fini(&text);
    cap_explain_fini(&e);
    cap_ledger_free(l);
}

static void a_refusal_by_broadcast_is_told(void **state)
{
    (void)state;
    static const char *const story[] = { HAS(0, 1, "CONSOLE<41>"),
                                         CLAIM(900, 2, 5, "CONSOLE<41>", "unique"),
                                         CLAIM(1650, 2, 5, "CONSOLE<41>", "unique"),
                                         REFUSE(1651, 1, 2, 5, "CONSOLE<41>"), NULL };
    assert_told(
        story,
        "1. CONSOLE<41>: refused, another computer has the name\n"
        "    10.0.0.2 (02:00:0a:00:00:02) claimed CONSOLE<41> by broadcast (frame 5, x2\n"
        "    over 0.75 s). 10.0.0.1 (02:00:0a:00:00:01) refused (frame 7; RCODE 6\n"
        "    ACT_ERR: another node owns the name). It has had it since frame 4 (it\n"
        "    claimed it, and nobody objected). The program that asked got NRC_INUSE\n"
        "    (0x16: name in use on a remote adapter). The user of a remote-control\n"
        "    console sees no session; the nearest texts that are documented are \"Unable\n"
        "    To Locate <name>\" (Q165589) and \"Remote Control Agent not found\" (Q223044).\n"
        "    To do: Find the two computers by their hardware addresses and give one of\n"
        "    them, or the user or program behind the name, another name.\n"
        "\n"
        "Note: 10.0.0.1 (02:00:0a:00:00:01) holds the viewer's name CONSOLE<41> from\n"
        "frame 4 on. A second remote-control session that this console begins meanwhile\n"
        "is refused by its own name table (ADD NAME gives NRC_DUPNAME, 0x0D), and no\n"
        "packet shows it (Q200832).\n"
        "\n");
}

/* What belongs to the claim that comes after it is no part of the first. */
static void a_question_of_the_claimant_is_told(void **state)
{
    (void)state;
    static const char *const story[] = {
        REGISTER(0, 2, 6, "FRED<41>", "unique"),
        "1 10.0.0.9 > 10.0.0.2 end-node-challenge FRED<41> id=6 owner=10.0.0.1 node=P unique",
        "2 10.0.0.2 > 10.0.0.1 query-request FRED<41> id=8",
        "3 10.0.0.1 > 10.0.0.2 positive-query-response FRED<41> id=8 owners=10.0.0.1/P/unique",
        REGISTER(50, 2, 7, "FRED<41>", "unique"),
        "51 10.0.0.9 > 10.0.0.2 end-node-challenge FRED<41> id=7 owner=10.0.0.1 node=P unique",
        "52 10.0.0.2 > 10.0.0.1 query-request FRED<41> id=9",
        "53 10.0.0.1 > 10.0.0.2 negative-query-response FRED<41> id=9 rcode=NAM_ERR",
        NULL,
    };
    assert_told(
        story,
        "1. FRED<41>: refused, another computer has the name\n"
        "    10.0.0.2 (02:00:0a:00:00:02) asked the name server 10.0.0.9\n"
        "    (02:00:0a:00:00:09) for FRED<41> (frame 1). Told who has it, it asked\n"
        "    10.0.0.1 (02:00:0a:00:00:01) (frame 3), who said that it has it (frame 4).\n"
        "    With that the claim has failed (RFC 1002 5.1.2.1). The program that asked\n"
        "    got NRC_INUSE (0x16: name in use on a remote adapter). The user of a\n"
        "    remote-control console sees no session; the nearest texts that are\n"
        "    documented are \"Unable To Locate <name>\" (Q165589) and \"Remote Control Agent\n"
        "    not found\" (Q223044).\n"
        "    To do: Find the two computers by their hardware addresses and give one of\n"
        "    them, or the user or program behind the name, another name.\n"
        "\n");
}

static void a_stale_record_is_told(void **state)
{
    (void)state;
    static const char *const story[] = {
        REGISTER(0, 2, 6, "FRED<20>", "unique"),
        WACK(1, 2, 6, "FRED<20>"),
        CHALLENGE(2, 1, 70, "FRED<20>"),
        CHALLENGE(752, 1, 70, "FRED<20>"),
        CHALLENGE(1502, 1, 70, "FRED<20>"),
        CHALLENGE(2252, 1, 70, "FRED<20>"),
        DENY(3000, 2, 6, "FRED<20>", RFS_ERR, "unique"),
        NULL,
    };
    assert_told(story,
                "1. FRED<20>: refused for a stale record of the name server\n"
                "    10.0.0.2 (02:00:0a:00:00:02) asked the name server 10.0.0.9\n"
                "    (02:00:0a:00:00:09) for FRED<20> (frame 1). It was told to wait (frame 2).\n"
                "    The server asked 10.0.0.1, who has the name in its records (frames 3 to 6,\n"
                "    x4 over 2.25 s), and got no answer. 10.0.0.9 (02:00:0a:00:00:09) refused\n"
                "    (frame 7; RCODE 5 RFS_ERR: refused, for reasons of policy). The program that\n"
                "    asked got NRC_INUSE (0x16: name in use on a remote adapter). What the user\n"
                "    sees: the Server service does not start (event 2505) or shares are not\n"
                "    reached by name (Q103470).\n"
                "    To do: Delete the record at the name server, or wait until it is scavenged;\n"
                "    the computer that it names does not answer for the name any more.\n"
                "\n");
}

/* Requests before refusals, of several names: none of their frames is left out. */
static void json_has_every_frame(void **state)
{
    (void)state;
    static const char *const story[] = { CLAIM(0, 2, 5, "FRED<00>", "unique"),
                                         CLAIM(1, 2, 6, "FRED<20>", "unique"),
                                         REFUSE(2, 1, 2, 5, "FRED<00>"),
                                         REFUSE(3, 1, 2, 6, "FRED<20>"), NULL };
    cap_explain e;
    cap_buf json = { 0 };
    cap_ledger *l = ledger_of(story);
    assert_true(cap_explain_init(&e, l, 1, cap_ledger_incidents(l)));
    assert_int_equal(e.n, 1);
    cap_explain_json(&e, 0, &json);
    cap_buf_add(&json, "", 1);
    assert_non_null(strstr(json.s, "\"frames\":[1,2,3,4]"));
    cap_buf_fini(&json);
    cap_explain_fini(&e);
    cap_ledger_free(l);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", every_verdict_has_its_story),    NBT_TEST("", every_story_can_be_told),
    NBT_TEST("", a_refusal_by_broadcast_is_told), NBT_TEST("", a_question_of_the_claimant_is_told),
    NBT_TEST("", json_has_every_frame),           NBT_TEST("", a_stale_record_is_told),
};

NBT_MAIN("explain", tests)
