/*
 * The doctor's judgement: a sight for each finding, and the nearest one without it; and what sights
 * are filled in with.
 */
#include "nbt/doctor.h"

#include <stdio.h>

#include "nbt/text.h"
#include "tests/support/test.h"

#define IP(n) (0x0A000000u + (n))

enum { OWN = 1, PEER = 2, THIRD = 3, SERVER = 9, ALL = 255 };

static nbt_doctor_name named(const char *text, uint32_t owner)
{
    nbt_doctor_name n = { .broadcast = { NBT_DOCTOR_YES, 1, { owner }, { owner } } };
    nbt_name_make(&n.name, text, strlen(text), 0x20);
    return n;
}

/* All is well: a node with a name, a peer with another, broadcasts in both directions. */
static nbt_doctor_sight healthy(void)
{
    nbt_doctor_sight s = {
        .ip = IP(OWN),
        .mask = 0xFFFFFF00,
        .broadcast = IP(ALL),
        .ports = { "nbtd (pid 1)", "nbtd (pid 1)", "nbtd (pid 1)", NULL },
        .own = { .ip = IP(OWN), .attached = true, .there = true, .status = NBT_DOCTOR_YES, .n = 1 },
        .peer = { .ip = IP(PEER),
                  .attached = true,
                  .there = true,
                  .status = NBT_DOCTOR_YES,
                  .n = 1 },
        .wire = true,
        .heard = 3,
        .passed = 4,
        .taken = 4,
    };
    s.own.names[0] = named("FRED", IP(OWN));
    s.peer.names[0] = named("JOE", IP(PEER));
    s.peer.names[0].direct = s.peer.names[0].broadcast;
    return s;
}

/* The words of what was found that is not good, "a b"; or of all of it. */
static void words(const nbt_doctor_sight *s, bool all, char *to, size_t cap)
{
    nbt_doctor_finding found[NBT_DOCTOR_FINDINGS_MAX];
    size_t n = nbt_doctor_judge(s, found), at = 0;
    to[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const nbt_doctor_row *row = nbt_doctor_row_of(found[i].kind);
        if (all || row->grade != NBT_DOCTOR_GOOD)
            at += (size_t)snprintf(to + at, cap - at, "%s%s", at ? " " : "", row->word);
    }
}

static void no_node(nbt_doctor_sight *s)
{
    s->ports = (nbt_doctor_ports){ 0 };
    s->own = (nbt_doctor_node){ .ip = IP(OWN) };
}

static void other_program(nbt_doctor_sight *s)
{
    s->own = (nbt_doctor_node){ .ip = IP(OWN), .status = NBT_DOCTOR_SILENT };
    s->own_any.reply = NBT_DOCTOR_SILENT;
}

/* A name server that is no node: it has no node status, and answers questions. */
static void only_a_server(nbt_doctor_sight *s)
{
    other_program(s);
    s->own_any.reply = NBT_DOCTOR_NO;
}

static void two_programs(nbt_doctor_sight *s)
{
    s->ports.udp138 = "python3 (pid 2)";
}

static void smbd_beside(nbt_doctor_sight *s)
{
    s->ports.tcp139 = s->ports.tcp445 = "smbd (pid 3)";
}

static void wrong_broadcast(nbt_doctor_sight *s)
{
    s->broadcast = 0x0AFFFFFF;
    s->other_from = IP(PEER); /* whose is right */
    s->other_to = IP(ALL);
}

static void others_broadcast(nbt_doctor_sight *s)
{
    s->other_from = IP(THIRD);
    s->other_to = 0x0AFFFFFF;
}

static void own_deaf(nbt_doctor_sight *s)
{
    s->own.names[0].broadcast = (nbt_doctor_answers){ .reply = NBT_DOCTOR_SILENT };
}

/* Another answers for the own name; the own node does not. */
static void own_deaf_beside_another(nbt_doctor_sight *s)
{
    s->own.names[0].broadcast =
        (nbt_doctor_answers){ NBT_DOCTOR_YES, 1, { IP(THIRD) }, { IP(THIRD) } };
}

static void dropped(nbt_doctor_sight *s)
{
    s->taken = 1;
}

static void no_rights(nbt_doctor_sight *s)
{
    s->wire = false;
    s->heard = s->passed = 0;
}

static void quiet(nbt_doctor_sight *s)
{
    s->heard = 0;
}

static void unsent(nbt_doctor_sight *s)
{
    s->unsent = "Operation not permitted";
}

static void peer_is(nbt_doctor_sight *s, nbt_doctor_reply reply)
{
    s->peer = (nbt_doctor_node){ .ip = IP(PEER), .attached = true, .there = true, .status = reply };
}

static void peer_silent(nbt_doctor_sight *s)
{
    peer_is(s, NBT_DOCTOR_SILENT);
}

static void peer_away(nbt_doctor_sight *s)
{
    peer_is(s, NBT_DOCTOR_SILENT);
    s->peer.there = false;
}

static void peer_far(nbt_doctor_sight *s)
{
    peer_is(s, NBT_DOCTOR_SILENT);
    s->peer.attached = s->peer.there = false;
}

static void peer_old(nbt_doctor_sight *s)
{
    peer_silent(s);
    s->peer.at_137 = true;
}

static void peer_closed(nbt_doctor_sight *s)
{
    peer_is(s, NBT_DOCTOR_CLOSED);
}

static void peer_forbidden(nbt_doctor_sight *s)
{
    peer_is(s, NBT_DOCTOR_FORBIDDEN);
}

static void peer_deaf(nbt_doctor_sight *s)
{
    s->peer.names[0].broadcast = (nbt_doctor_answers){ .reply = NBT_DOCTOR_SILENT };
}

static void peer_deaf_behind_a_router(nbt_doctor_sight *s)
{
    peer_deaf(s);
    s->peer.attached = false;
}

static void peer_elsewhere(nbt_doctor_sight *s)
{
    s->peer.names[0].direct = (nbt_doctor_answers){ NBT_DOCTOR_YES, 1, { IP(PEER) }, { IP(77) } };
}

static void peer_multihomed(nbt_doctor_sight *s)
{
    s->peer.names[0].direct =
        (nbt_doctor_answers){ NBT_DOCTOR_YES, 2, { IP(PEER), IP(PEER) }, { IP(77), IP(PEER) } };
}

static void conflict(nbt_doctor_sight *s)
{
    s->own.names[0].conflict = true;
}

static void duplicate(nbt_doctor_sight *s)
{
    s->own.names[0].broadcast =
        (nbt_doctor_answers){ NBT_DOCTOR_YES, 2, { IP(OWN), IP(THIRD) }, { IP(OWN), IP(THIRD) } };
}

static void two_adapters(nbt_doctor_sight *s)
{
    s->peer.names[0].broadcast = (nbt_doctor_answers){
        NBT_DOCTOR_YES, 3, { IP(PEER), IP(PEER), IP(77) }, { IP(PEER), IP(77), IP(77) }
    };
}

static void asks_servers(nbt_doctor_sight *s)
{
    s->own.names[0].uses_servers = true;
}

static void server_is(nbt_doctor_sight *s, uint32_t says)
{
    asks_servers(s);
    s->server = IP(SERVER);
    s->server_any.reply = NBT_DOCTOR_NO;
    s->own.names[0].server = (nbt_doctor_answers){ NBT_DOCTOR_YES, 1, { IP(SERVER) }, { says } };
}

static void server_agrees(nbt_doctor_sight *s)
{
    server_is(s, IP(OWN));
}

static void server_differs(nbt_doctor_sight *s)
{
    server_is(s, IP(THIRD));
}

static void server_lacks(nbt_doctor_sight *s)
{
    server_is(s, 0);
    s->own.names[0].server = (nbt_doctor_answers){ .reply = NBT_DOCTOR_NO };
}

static void server_lacks_a_b_node(nbt_doctor_sight *s)
{
    server_lacks(s);
    s->own.names[0].uses_servers = false;
}

static void server_dead(nbt_doctor_sight *s)
{
    server_is(s, IP(OWN));
    s->server_any.reply = NBT_DOCTOR_SILENT;
    s->own.names[0].server = (nbt_doctor_answers){ .reply = NBT_DOCTOR_SILENT };
}

static void nothing(nbt_doctor_sight *s)
{
    (void)s;
}

static const struct {
    const char *label;
    void (*change)(nbt_doctor_sight *s);
    const char *found; /* what is not good */
} cases[] = {
    { "all is well", nothing, "" },
    { "nobody has names here", no_node, "port-free" },
    { "a program that is no NetBIOS has the port", other_program, "port-taken" },
    { "a name server that is no node is fine", only_a_server, "" },
    { "names are one's, datagrams another's", two_programs, "port-split" },
    { "sessions may be another's", smbd_beside, "" },
    { "the interface's broadcast address", wrong_broadcast, "broadcast-address" },
    { "that of another", others_broadcast, "broadcast-other" },
    { "broadcasts do not come in", own_deaf, "broadcast-deaf" },
    { "nor then", own_deaf_beside_another, "broadcast-deaf duplicate" },
    { "answers pass and do not arrive", dropped, "answers-dropped" },
    { "the wire cannot be seen", no_rights, "wire-unseen" },
    { "nobody else broadcasts", quiet, "broadcast-quiet" },
    { "nothing can be sent", unsent, "send-refused" },
    { "the peer is silent", peer_silent, "peer-silent" },
    { "or not there", peer_away, "peer-away" },
    { "or behind a router", peer_far, "peer-far" },
    { "or answers to port 137 alone", peer_old, "peer-at-137" },
    { "or closed", peer_closed, "peer-closed" },
    { "or forbidden", peer_forbidden, "peer-forbidden" },
    { "the peer does not hear broadcasts", peer_deaf, "peer-deaf" },
    { "of another subnet it cannot", peer_deaf_behind_a_router, "" },
    { "the peer's name is at another address", peer_elsewhere, "wrong-address" },
    { "at this one, too, is fine", peer_multihomed, "" },
    { "a name in conflict", conflict, "in-conflict" },
    { "two owners", duplicate, "duplicate" },
    { "two adapters of one", two_adapters, "" },
    { "a name server that is not known", asks_servers, "server-unknown" },
    { "one that agrees", server_agrees, "" },
    { "one that does not", server_differs, "server-differs" },
    { "one that lacks a name", server_lacks, "server-lacks" },
    { "of a node that does not register there", server_lacks_a_b_node, "" },
    { "one that is dead", server_dead, "server-dead" },
};

static void what_is_wrong_is_found_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        char got[512];
        nbt_doctor_sight s = healthy();
        cases[i].change(&s);
        words(&s, false, got, sizeof got);
        if (strcmp(got, cases[i].found) != 0)
            fail_msg("%s: found \"%s\", not \"%s\"", cases[i].label, got, cases[i].found);
    }
}

static void every_finding_has_its_case(void **state)
{
    (void)state;
    bool seen[NBT_DOCTOR_KINDS] = { false };
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        nbt_doctor_finding found[NBT_DOCTOR_FINDINGS_MAX];
        nbt_doctor_sight s = healthy();
        cases[i].change(&s);
        for (size_t k = nbt_doctor_judge(&s, found); k > 0; k--)
            seen[found[k - 1].kind] = true;
    }
    for (nbt_doctor_kind k = 0; k < NBT_DOCTOR_KINDS; k++) {
        const nbt_doctor_row *row = nbt_doctor_row_of(k);
        if (!seen[k])
            fail_msg("no case finds %s", row->word);
        if ((row->grade != NBT_DOCTOR_GOOD) != (row->remedy[0] != '\0'))
            fail_msg("%s: what is not good has a remedy, and nothing else", row->word);
    }
}

static void what_is_well_is_told_in_order(void **state)
{
    (void)state;
    char got[512];
    nbt_doctor_sight s = healthy();
    words(&s, true, got, sizeof got);
    assert_string_equal(got,
                        "port-held port-held port-held broadcast-in broadcast-heard peer-answers "
                        "peer-hears names-good names-good");
}

/* All that can be wrong at once has room. */
static void the_worst_has_room(void **state)
{
    (void)state;
    nbt_doctor_finding found[NBT_DOCTOR_FINDINGS_MAX];
    nbt_doctor_sight s = healthy();
    server_is(&s, IP(THIRD));
    unsent(&s);
    others_broadcast(&s);
    dropped(&s);
    duplicate(&s);
    for (size_t i = 0; i < NBT_DOCTOR_NAMES_MAX; i++) {
        s.own.names[i] = s.own.names[0];
        s.own.names[i].broadcast = (nbt_doctor_answers){
            NBT_DOCTOR_YES, 2, { IP(OWN), IP(THIRD) }, { IP(77), IP(THIRD) }
        };
        s.peer.names[i] = s.own.names[i];
    }
    s.own.n = s.peer.n = NBT_DOCTOR_NAMES_MAX;
    assert_true(nbt_doctor_judge(&s, found) > 20);
}

/* ---- What sights are filled in with ---------------------------------------------------------- */

static nbt_ns message(const char *text)
{
    static uint8_t arena[4096];
    nbt_text_err err;
    nbt_msg m;
    assert_true(nbt_text_parse(&m, text, strlen(text), arena, sizeof arena, &err));
    return m.u.ns;
}

static void answers_are_kept_once_and_within_bounds(void **state)
{
    (void)state;
    nbt_doctor_answers a = { .reply = NBT_DOCTOR_SILENT };
    nbt_ns no = message("negative-query-response FRED<20> id=1 rcode=NAM_ERR");
    nbt_doctor_answered(&a, IP(9), &no);
    assert_int_equal(a.reply, NBT_DOCTOR_NO);
    nbt_ns yes = message("positive-query-response FRED<20> id=1 owners=10.0.0.1/B/unique");
    nbt_doctor_answered(&a, IP(1), &yes);
    nbt_doctor_answered(&a, IP(1), &yes);
    assert_int_equal(a.reply, NBT_DOCTOR_YES);
    assert_int_equal(a.n, 1);
    nbt_doctor_answered(&a, IP(9), &no); /* too late */
    assert_int_equal(a.reply, NBT_DOCTOR_YES);
    for (uint32_t i = 2; i < 20; i++)
        nbt_doctor_answered(&a, IP(i), &yes);
    assert_int_equal(a.n, NBT_DOCTOR_OWNERS_MAX);
}

static void unique_names_of_a_status_are_taken(void **state)
{
    (void)state;
    nbt_doctor_node node = { .status = NBT_DOCTOR_SILENT };
    nbt_ns m = message("status-response *<00> id=8 names=FRED<00>/H/unique/act,LAB<00>/H/group/act,"
                       "LAB<1D>/H/unique/act,GONE<20>/H/unique,BAD<20>/H/unique/cnf,"
                       "A<20>/B/unique/act,B<20>/B/unique/act,C<20>/B/unique/act "
                       "mac=02:00:0a:00:00:01");
    nbt_doctor_listed(&node, &m);
    assert_int_equal(node.status, NBT_DOCTOR_YES);
    assert_int_equal(node.n, NBT_DOCTOR_NAMES_MAX);
    assert_memory_equal(node.names[0].name.b, "FRED           ", 16);
    assert_true(node.names[0].uses_servers && !node.names[0].conflict);
    assert_memory_equal(node.names[1].name.b, "BAD            \x20", 16);
    assert_true(node.names[1].conflict);
    assert_false(node.names[2].uses_servers);
    nbt_doctor_listed(&node, &m); /* an answer that came twice */
    assert_int_equal(node.n, NBT_DOCTOR_NAMES_MAX);
}

enum { PORT = 40000 };

static nbt_bytes bytes_of(const char *text, uint8_t *buf, size_t cap)
{
    uint8_t arena[512];
    nbt_text_err err;
    nbt_msg m;
    nbt_wr w;
    assert_true(nbt_text_parse(&m, text, strlen(text), arena, sizeof arena, &err));
    nbt_wr_init(&w, buf, cap);
    nbt_msg_wr(&w, &m);
    return (nbt_bytes){ buf, w.at };
}

static void what_passes_is_counted(void **state)
{
    (void)state;
    uint8_t buf[512];
    const nbt_ep own = { IP(OWN), 137 }, peer = { IP(PEER), 137 }, all = { IP(ALL), 137 },
                 wide = { 0x0AFFFFFF, 137 }, us = { IP(OWN), PORT }, server = { IP(SERVER), 137 };
    nbt_doctor_sight s = healthy();
    s.heard = s.passed = 0;
    nbt_bytes query = bytes_of("query-request FRED<20> id=1 rd=0", buf, sizeof buf);
    nbt_doctor_passed(&s, peer, all, true, PORT, query);
    assert_int_equal(s.heard, 1);
    nbt_doctor_passed(&s, own, all, true, PORT, query); /* this machine's own */
    assert_int_equal(s.heard, 1);
    nbt_doctor_passed(&s, (nbt_ep){ 0xC0A80001, 137 }, wide, true, PORT,
                      query); /* another subnet's */
    assert_int_equal(s.other_from, 0);
    nbt_doctor_passed(&s, peer, wide, true, PORT, query);
    assert_int_equal(s.other_from, IP(PEER));
    assert_int_equal(s.heard, 1);
    nbt_doctor_passed(&s, peer, us, false, PORT, query);
    nbt_doctor_passed(&s, (nbt_ep){ IP(PEER), 53 }, us, false, PORT, query);
    assert_int_equal(s.passed, 1);
    nbt_doctor_passed(&s, peer, own, false, PORT, query); /* it asks itself */
    assert_false(s.peer.at_137);
    nbt_bytes status = bytes_of("status-response *<00> id=8 names=JOE<20>/B/unique/act "
                                "mac=02:00:0a:00:00:02",
                                buf, sizeof buf);
    nbt_doctor_passed(&s, (nbt_ep){ IP(THIRD), 137 }, own, false, PORT, status);
    assert_false(s.peer.at_137);
    nbt_doctor_passed(&s, peer, own, false, PORT, status);
    assert_true(s.peer.at_137);
    query = bytes_of("query-request FRED<20> id=1 rd=0", buf, sizeof buf);
    nbt_doctor_passed(&s, own, server, false, PORT, query); /* without RD: as a node is asked */
    assert_int_equal(s.server, 0);
    nbt_bytes asked = bytes_of("query-request FRED<20> id=1 rd=1", buf, sizeof buf);
    nbt_doctor_passed(&s, peer, server, false, PORT, asked); /* another's */
    assert_int_equal(s.server, 0);
    nbt_doctor_passed(&s, own, server, false, PORT, (nbt_bytes){ buf, 11 });
    assert_int_equal(s.server, 0);
    nbt_doctor_passed(&s, own, server, false, PORT, asked);
    assert_int_equal(s.server, IP(SERVER));
}

static void icmp_says_why(void **state)
{
    (void)state;
    nbt_doctor_sight s = healthy();
    peer_silent(&s);
    nbt_doctor_refused(&s, IP(PEER), (nbt_ep){ IP(PEER), 138 }, false);
    assert_int_equal(s.peer.status, NBT_DOCTOR_SILENT);
    nbt_doctor_refused(&s, IP(PEER), (nbt_ep){ IP(PEER), 137 }, false);
    assert_int_equal(s.peer.status, NBT_DOCTOR_CLOSED);
    nbt_doctor_refused(&s, IP(7), (nbt_ep){ IP(PEER), 137 }, true);
    assert_int_equal(s.peer.status, NBT_DOCTOR_FORBIDDEN);
    assert_int_equal(s.peer.by, IP(7));
    s = healthy();
    nbt_doctor_refused(&s, IP(7), (nbt_ep){ IP(PEER), 137 }, true); /* it has answered */
    assert_int_equal(s.peer.status, NBT_DOCTOR_YES);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", what_is_wrong_is_found_and_nothing_else),
    NBT_TEST("", every_finding_has_its_case),
    NBT_TEST("", what_is_well_is_told_in_order),
    NBT_TEST("", the_worst_has_room),
    NBT_TEST("", answers_are_kept_once_and_within_bounds),
    NBT_TEST("", unique_names_of_a_status_are_taken),
    NBT_TEST("", what_passes_is_counted),
    NBT_TEST("", icmp_says_why),
};

NBT_MAIN("doctor", tests)
