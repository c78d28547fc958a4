/*
 * A computer and a name server at one address, 10.0.0.1: whose a packet is.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/both.h"
#include "tests/support/nbserver.h"

#define OWN "10.0.0.1"
#define CLAIM(ip) "registration-request FRED<20> ttl=9000 owner=" ip " node=P unique"

/* "node" or "server". */
static const char *whose_from(const nbserver *n, nbt_ep source, const char *to, const char *line)
{
    packet p = nbserver_packet(n, line);
    uint8_t *copy = exact_copy(p.b, p.n);
    nbt_both share = nbt_both_whose(n->s, ip_of(OWN), source, (nbt_ep){ ip_of(to), 137 },
                                    (nbt_bytes){ copy, p.n });
    free(copy);
    return share == NBT_BOTH_NODE ? "node" : "server";
}

static const char *whose(const nbserver *n, const char *from, const char *to, const char *line)
{
    return whose_from(n, (nbt_ep){ ip_of(from), 137 }, to, line);
}

/* The server asks 10.0.0.2, who has FRED<20>, since 10.0.0.3 wants it. */
static void ask_the_holder(nbserver *n, const char *holder)
{
    char claim[200];
    nbserver_init(n, "rfc");
    nbserver_start(n);
    snprintf(claim, sizeof claim, "registration-request FRED<20> ttl=9000 owner=%s node=P unique",
             holder);
    nbserver_hear(n, holder, claim);
    nbserver_hear(n, "10.0.0.3", CLAIM("10.0.0.3"));
    assert_non_null(strstr(nbserver_said(n), "query-request FRED<20> id=Q"));
}

static void each_packet_is_one_ones(void **state)
{
    (void)state;
    static const struct {
        const char *label, *from, *to, *line, *whose;
    } rows[] = {
        { "a claim by broadcast", "10.0.0.2", "10.0.0.255",
          "registration-request FRED<20> b=1 owner=10.0.0.2 node=B unique", "node" },
        { "a query by broadcast", "10.0.0.2", "10.0.0.255", "query-request FRED<20> b=1", "node" },
        { "the same to the address alone", "10.0.0.2", OWN, "query-request FRED<20>", "server" },
        { "a registration", "10.0.0.2", OWN, CLAIM("10.0.0.2"), "server" },
        { "a refresh", "10.0.0.2", OWN, "refresh-request FRED<20> owner=10.0.0.2 node=P unique",
          "server" },
        { "a multihomed one", "10.0.0.2", OWN,
          "multihomed-registration FRED<20> owner=10.0.0.2 node=P unique", "server" },
        { "a release", "10.0.0.2", OWN, "release-request FRED<20> owner=10.0.0.2 node=P unique",
          "server" },
        { "a status", "10.0.0.2", OWN, "status-request *<00>", "node" },
        { "another adapter's address", "10.0.0.2", "10.9.0.1", "query-request FRED<20>", "node" },
        { "the answer that is awaited", "10.0.0.2", OWN,
          "positive-query-response FRED<20> id=Q owners=10.0.0.2/P/unique", "server" },
        { "a no to it", "10.0.0.2", OWN, "negative-query-response FRED<20> id=Q rcode=NAM_ERR",
          "server" },
        { "about another name", "10.0.0.2", OWN,
          "positive-query-response WILMA<20> id=Q owners=10.0.0.2/P/unique", "node" },
        { "an answer to somebody else", "10.0.0.2", OWN,
          "positive-query-response FRED<20> owners=10.0.0.2/P/unique", "node" },
        { "a server's grant", "10.0.0.9", OWN,
          "positive-registration-response FRED<20> owner=10.0.0.1 node=P unique", "node" },
        { "an unasked demand", "10.0.0.9", OWN,
          "conflict-demand FRED<20> owner=0.0.0.0 node=B unique", "node" },
        { "the node registers here", OWN, OWN, CLAIM(OWN), "server" },
        { "the node asks here", OWN, OWN, "query-request WILMA<20>", "server" },
        { "and is answered", OWN, OWN,
          "positive-registration-response WILMA<20> owner=10.0.0.1 node=P unique", "node" },
    };
    nbserver n;
    ask_the_holder(&n, "10.0.0.2");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *got = whose(&n, rows[i].from, rows[i].to, rows[i].line);
        if (strcmp(got, rows[i].whose) != 0)
            fail_msg("%s: the %s's", rows[i].label, got);
    }
    nbserver_fini(&n);
}

/* The server's question to its own computer looks like any other but for its id. */
static void a_challenge_to_itself_is_the_nodes(void **state)
{
    (void)state;
    nbserver n;
    ask_the_holder(&n, OWN);
    assert_string_equal(whose(&n, OWN, OWN, "query-request FRED<20> id=Q"), "node");
    assert_string_equal(whose(&n, OWN, OWN, "query-request FRED<20>"), "server");
    assert_string_equal(
        whose_from(&n, (nbt_ep){ ip_of(OWN), 4000 }, OWN, "query-request FRED<20> id=Q"), "server");
    assert_string_equal(whose(&n, "10.0.0.5", OWN, "query-request FRED<20> id=Q"), "server");
    assert_string_equal(
        whose(&n, OWN, OWN, "positive-query-response FRED<20> id=Q owners=10.0.0.1/P/unique"),
        "server");
    nbserver_at(&n, 60000); /* it is over */
    assert_string_equal(whose(&n, OWN, OWN, "query-request FRED<20> id=Q"), "server");
    nbserver_fini(&n);
}

static void what_cannot_be_read_is_the_servers(void **state)
{
    (void)state;
    nbserver n;
    nbserver_init(&n, "rfc");
    nbserver_start(&n);
    uint8_t *one = exact_copy("\x29", 1);
    nbt_ep peer = { ip_of("10.0.0.2"), 137 }, own = { ip_of(OWN), 137 };
    assert_int_equal(nbt_both_whose(n.s, own.ip, peer, own, (nbt_bytes){ one, 1 }),
                     NBT_BOTH_SERVER);
    assert_int_equal(nbt_both_whose(n.s, own.ip, peer, own, (nbt_bytes){ NULL, 0 }),
                     NBT_BOTH_SERVER);
    assert_int_equal(nbt_both_whose(n.s, own.ip, peer, (nbt_ep){ ip_of("10.0.0.255"), 137 },
                                    (nbt_bytes){ one, 1 }),
                     NBT_BOTH_NODE);
    free(one);
    nbserver_fini(&n);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", each_packet_is_one_ones),
    NBT_TEST("", a_challenge_to_itself_is_the_nodes),
    NBT_TEST("", what_cannot_be_read_is_the_servers),
};

NBT_MAIN("both", tests)
