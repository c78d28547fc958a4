/*
 * The ledger: who holds which name by what, how holdings end, and that its tables are bounded
 * whatever a capture says.
 */
#include "capture/buf.h"
#include "capture/ledger.h"

#include <stdio.h>

#include "tests/support/story.h"
#include "tests/support/test.h"

static void listen(void *ctx, const cap_item *item, const cap_link *link)
{
    cap_ledger_put(ctx, item, link);
}

/* "FRED<00> 10.0.0.1 unique 4-6 held claimed", a line for each holding, newest first. */
static void print_holdings(const cap_ledger *l, uint32_t first, const char *name, cap_buf *out)
{
    static const char *const endings[] = { [CAP_HELD] = "held",
                                           [CAP_RELEASED] = "released",
                                           [CAP_TAKEN] = "taken",
                                           [CAP_MOVED] = "moved",
                                           [CAP_IN_CONFLICT] = "conflict" };
    for (const cap_holding *h = cap_ledger_holding(l, first); h;
         h = cap_ledger_holding(l, h->next)) {
        uint64_t to = h->ending == CAP_HELD ? h->last.frame : h->ended.frame;
        cap_buf_fmt(out, "%s .%u %s %llu-%llu %s %s\n", name,
                    cap_hosts_get(cap_ledger_hosts(l), h->host)->ip & 0xFF,
                    h->group ? "group" : "unique", (unsigned long long)h->first.frame,
                    (unsigned long long)to, endings[h->ending], cap_evidence_word(h->evidence));
    }
}

static void print_ledger(const cap_ledger *l, cap_buf *out)
{
    for (uint32_t i = 1; i <= cap_ledger_names(l); i++) {
        char text[NBT_NAME_STR_MAX];
        nbt_name name;
        cap_ledger_name(l, i, &name);
        nbt_name_print(&name, text, sizeof text);
        print_holdings(l, cap_ledger_named(l, i)->unique, text, out);
        print_holdings(l, cap_ledger_named(l, i)->group, text, out);
    }
    cap_buf_add(out, "", 1);
}

#define CLAIM                                                                                      \
    "10.0.0.1 > 10.0.0.255 registration-request FRED<00> id=1 b=1 owner=10.0.0.1 node=B unique"
#define DEMAND "10.0.0.1 > 10.0.0.255 overwrite-demand FRED<00> id=1 owner=10.0.0.1 node=B unique"

enum { LINES = 16 };

static const struct {
    const char *label;
    const char *story[LINES];
    const char *holdings;
} cases[] = {
    { "a demand ends the claim",
      { "0 " CLAIM, "250 " CLAIM, "500 " CLAIM, "750 " DEMAND },
      "FRED<00> .1 unique 4-4 held claimed\n" },
    { "also under an id of its own",
      { "0 " CLAIM, "250 " CLAIM, "500 " CLAIM,
        "750 10.0.0.1 > 10.0.0.255 overwrite-demand FRED<00> id=2 owner=10.0.0.1 node=B unique" },
      "FRED<00> .1 unique 4-4 held claimed\n" },
    { "three claims and silence do too",
      { "0 " CLAIM, "250 " CLAIM, "500 " CLAIM },
      "FRED<00> .1 unique 3-3 held claimed\n" },
    { "one claim at the end of a capture does not", { "0 " CLAIM }, "" },
    { "one claim, and five quiet seconds",
      { "0 " CLAIM, "5000 10.0.0.9 > 10.0.0.255 query-request X<00> id=1 b=1" },
      "FRED<00> .1 unique 2-2 held claimed\n" },
    { "a demand before any claim decides nothing yet",
      { "0 " DEMAND, "1 10.0.0.2 > 10.0.0.1 negative-registration-response FRED<00> id=1 "
                     "rcode=ACT_ERR owner=10.0.0.2 node=B unique" },
      "FRED<00> .2 unique 2-2 held defended\n" },
    { "a server grants, refreshes, and is told of the end",
      { "0 10.0.0.1 > 10.0.0.9 registration-request FRED<00> id=1 ttl=60 owner=10.0.0.1 node=P "
        "unique",
        "1 10.0.0.9 > 10.0.0.1 positive-registration-response FRED<00> id=1 ttl=60 owner=10.0.0.1 "
        "node=P unique",
        "30000 10.0.0.1 > 10.0.0.9 refresh-request FRED<00> id=2 ttl=60 owner=10.0.0.1 node=P "
        "unique",
        "30001 10.0.0.9 > 10.0.0.1 positive-registration-response FRED<00> id=2 ttl=60 "
        "owner=10.0.0.1 node=P unique",
        "40000 10.0.0.1 > 10.0.0.9 release-request FRED<00> id=3 owner=10.0.0.1 node=P unique" },
      "FRED<00> .1 unique 2-5 released granted\n" },
    { "a server's word alone",
      { "0 10.0.0.9 > 10.0.0.3 positive-query-response FRED<00> id=1 owners=10.0.0.1/P/unique" },
      "FRED<00> .1 unique 1-1 held said\n" },
    { "a node status",
      { "0 10.0.0.1 > 10.0.0.3 status-response *<00> id=8 "
        "names=FRED<00>/B/unique/act,LAB<00>/B/group/act,OLD<00>/B/unique mac=02:00:0a:00:00:01" },
      "FRED<00> .1 unique 1-1 held listed\nLAB<00> .1 group 1-1 held listed\n" },
    { "a datagram, also one that was passed on",
      { "0 10.0.0.9 > 10.0.0.3 direct-unique-datagram X<00> id=1 from=FRED<00> "
        "source=10.0.0.1:138 node=B first data=00" },
      "FRED<00> .1 unique 1-1 held sent-as\n" },
    { "a caller",
      { "0 10.0.0.1 > 10.0.0.2 session-request X<20> from=FRED<00>" },
      "FRED<00> .1 unique 1-1 held called-as\n" },
    { "another takes it from a silent owner",
      { "0 " CLAIM, "250 " CLAIM, "500 " CLAIM, "750 " DEMAND,
        "9000 10.0.0.2 > 10.0.0.255 registration-request FRED<00> id=2 b=1 owner=10.0.0.2 node=B "
        "unique",
        "9250 10.0.0.2 > 10.0.0.255 overwrite-demand FRED<00> id=2 owner=10.0.0.2 node=B unique" },
      "FRED<00> .2 unique 6-6 held claimed\nFRED<00> .1 unique 4-6 taken claimed\n" },
    { "a conflict is declared",
      { "0 " CLAIM, "250 " CLAIM, "500 " CLAIM, "750 " DEMAND,
        "900 10.0.0.3 > 10.0.0.1 conflict-demand FRED<00> id=9 owner=0.0.0.0 node=B unique" },
      "FRED<00> .1 unique 4-5 conflict claimed\n" },
    { "the same name in a scope is another",
      { "0 10.0.0.9 > 10.0.0.3 positive-query-response FRED<00> id=1 owners=10.0.0.1/P/unique",
        "1 10.0.0.9 > 10.0.0.3 positive-query-response FRED<00>.A id=1 owners=10.0.0.2/P/unique" },
      "FRED<00> .1 unique 1-1 held said\nFRED<00>.A .2 unique 2-2 held said\n" },
    { "no address, and all addresses, are nobody's",
      { "0 10.0.0.9 > 10.0.0.3 positive-query-response LAB<00> id=1 "
        "owners=0.0.0.0/B/group,255.255.255.255/B/group" },
      "" },
};

static void holdings_are_what_was_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        cap_buf got = { 0 };
        cap_ledger *l = cap_ledger_new();
        assert_non_null(l);
        story_tell(cases[i].story, listen, l);
        cap_ledger_end(l);
        print_ledger(l, &got);
        if (strcmp(got.s, cases[i].holdings) != 0)
            fail_msg("%s: got\n%snot\n%s", cases[i].label, got.s, cases[i].holdings);
        cap_buf_fini(&got);
        cap_ledger_free(l);
    }
}

/* A claim of name number `name` by host number `host`. */
static void put_claim(cap_ledger *l, uint64_t frame, uint32_t host, uint32_t name)
{
    uint8_t rdata[NBT_ADDR_LEN] = {
        0, 0, (uint8_t)(host >> 24), (uint8_t)(host >> 16), (uint8_t)(host >> 8), (uint8_t)host
    };
    nbt_msg m = { .service = NBT_SERVICE_NAME };
    nbt_ns *ns = &m.u.ns;
    cap_item item = { .number = frame,
                      .time = NBT_S(1) + (int64_t)frame,
                      .has_ip = true,
                      .from = { host, 137 },
                      .to = { UINT32_MAX, 137 },
                      .msg = &m };
    cap_link link = { 0 };
    *ns =
        (nbt_ns){ .trn_id = (uint16_t)frame, .word = 0x2910, .qdcount = 1, .arcount = 1, .nrr = 1 };
    char text[16];
    int n = snprintf(text, sizeof text, "N%u", name);
    nbt_name_make(&ns->q.name, text, (size_t)n, 0x20);
    ns->q.type = NBT_RR_NB;
    ns->q.cls = 1;
    ns->rr[0] = (nbt_rr){
        .name = ns->q.name, .type = NBT_RR_NB, .cls = 1, .rdata = { rdata, sizeof rdata }
    };
    cap_ledger_put(l, &item, &link);
}

static void tables_are_bounded(void **state)
{
    (void)state;
    cap_ledger *l = cap_ledger_new();
    assert_non_null(l);
    for (uint32_t i = 1; i <= CAP_LEDGER_NAMES_MAX + 1000; i++)
        put_claim(l, i, 0x0A000000 + i, i);
    cap_ledger_end(l);
    assert_int_equal(cap_ledger_names(l), CAP_LEDGER_NAMES_MAX);
    assert_true(cap_ledger_left_out(l) >= 1000);
    cap_ledger_free(l);
}

/* All claim one name: each claim looks at a few of the others, not at all of them. */
static void a_crowd_around_one_name_is_survived(void **state)
{
    (void)state;
    cap_ledger *l = cap_ledger_new();
    assert_non_null(l);
    for (uint32_t i = 1; i <= 40000; i++)
        put_claim(l, i * 1000, 0x0A000000 + i, 1);
    cap_ledger_end(l);
    assert_int_equal(cap_ledger_names(l), 1);
    assert_true(cap_ledger_incidents(l) < 100);
    cap_ledger_free(l);
}

/* One host claims one name again and again, each time as if anew. */
static void a_host_that_claims_without_end_is_survived(void **state)
{
    (void)state;
    cap_ledger *l = cap_ledger_new();
    assert_non_null(l);
    for (uint32_t i = 1; i <= 60000; i++)
        put_claim(l, i, 0x0A000001, 1);
    assert_true(cap_ledger_left_out(l) > 50000);
    cap_ledger_end(l);
    assert_int_equal(cap_ledger_names(l), 1);
    cap_ledger_free(l);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", holdings_are_what_was_seen),
    NBT_TEST("", tables_are_bounded),
    NBT_TEST("", a_host_that_claims_without_end_is_survived),
    NBT_TEST("", a_crowd_around_one_name_is_survived),
};

NBT_MAIN("ledger", tests)
