/*
 * What a node answers to the requests of others (RFC 1002 5.1.1.5), asked through a whole node.
 */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "nbt/answer.h"
#include "nbt/codes.h"
#include "tests/support/adapter.h"

/* What the node's entry for the name is when the request comes. */
typedef enum own {
    NOTHING,
    UNIQUE,
    GROUP,
    CLAIMING,     /* a unique name, its claim has not ended */
    CONFLICT,     /* a unique name, lost to a conflict */
    DEREGISTERED, /* a unique name, deleted, with a session that lives */
    RELEASED,     /* a unique name, deleted just now: the demands still run */
} own;

static void be(adapter *a, own state, const char *name)
{
    if (state == NOTHING)
        return;
    uint8_t num =
        state == CLAIMING ? adapter_add(a, name, false) : adapter_hold(a, name, state == GROUP);
    assert_int_not_equal(num, 0);
    if (state == CONFLICT) {
        packet p = build_address_answer(0x7777, 0xAD87, name, 0, 0, "0.0.0.0");
        adapter_hear(a, "10.0.0.9", "10.0.0.1", &p);
    }
    if (state == DEREGISTERED)
        nbt_node_deregister(a->node, a->now, num, &a->out);
    if (state == RELEASED)
        nbt_node_delete(a->node, a->now, num, &a->out);
    adapter_said(a);
}

enum { U = 0, G = NBT_NB_G };

#define DEFENCE "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9"

static const struct claim_row {
    const char *label;
    own own;
    unsigned word, flags;
    const char *want;
} claims[] = {
    { "a unique claim against a unique name", UNIQUE, 0x2910, U, DEFENCE },
    { "a unique claim against a group name", GROUP, 0x2910, U, DEFENCE },
    { "a refresh of a unique name", UNIQUE, 0x4000, U, DEFENCE },
    { "a refresh of a group name", GROUP, 0x4000, G, "" },
    { "a group claim against a unique name", UNIQUE, 0x2910, G, DEFENCE },
    { "a group claim against a group name", GROUP, 0x2910, G, "" },
    { "a name that is not here", NOTHING, 0x2910, U, "" },
    { "a name that is not ours yet", CLAIMING, 0x2910, U, "" },
    { "a name that is not ours any more", CONFLICT, 0x2910, U, "" },
    { "a name that a session still has", DEREGISTERED, 0x2910, U, DEFENCE },
    { "a name just deleted", RELEASED, 0x2910, U, "" },
    { "RD = 0 decides nothing", UNIQUE, 0x2810, U, DEFENCE },
    { "RD = 0, unique against group", GROUP, 0x2810, U, DEFENCE },
    { "RD = 0, group against group", GROUP, 0x2810, G, "" },
    { "multihomed", UNIQUE, 0x7910, U, DEFENCE },
    { "multihomed, group against group", GROUP, 0x7910, G, "" },
    { "multihomed, unicast", UNIQUE, 0x7900, U, DEFENCE },
    { "a claim by unicast", UNIQUE, 0x2900, U, DEFENCE },
    { "another node type", UNIQUE, 0x2910, 0x6000, DEFENCE },
    { "not a claim: refresh", UNIQUE, 0x4010, U, "" },
    { "not a claim: release", UNIQUE, 0x3010, U, "" },
    { "an opcode that nobody knows", UNIQUE, 0x5910, U, "" },
    { "stray bits of NB_FLAGS", UNIQUE, 0x2910, 0x1FFF, DEFENCE },
    { "stray bits, group against group", GROUP, 0x2910, G | 0x1FFF, "" },
};

static void run_claim(const struct claim_row *r)
{
    adapter a;
    adapter_init(&a, "rfc", "");
    be(&a, r->own, "FRED<20>");
    packet p = build_request(0x4242, r->word, "FRED<20>", 0, r->flags, "10.0.0.9");
    adapter_hear(&a, "10.0.0.9", r->word & NBT_NS_B ? "all" : "10.0.0.1", &p);
    if (*r->want)
        assert_int_equal(adapter_last_id(&a), 0x4242);
    const char *said = adapter_said(&a);
    if (strcmp(said, r->want) != 0)
        fail_msg("%s: \"%s\"", r->label, said);
    adapter_fini(&a);
}

static void names_are_defended(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(claims); i++)
        run_claim(&claims[i]);
}

/* Three requests get three answers, each where it came from; no state is kept. */
static void every_request_is_answered(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    be(&a, UNIQUE, "FRED<20>");
    packet p = build_request(0x4242, 0x2910, "FRED<20>", 0, 0, "10.0.0.9");
    for (int i = 0; i < 3; i++) {
        adapter_hear(&a, "10.0.0.9:1137", "all", &p);
        assert_said(&a, "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9:1137");
    }
    adapter_fini(&a);
}

/* The defender's own record, whatever the claim says: flags of its entry, its address. */
static void a_defence_shows_the_owner(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    be(&a, GROUP, "FRED<20>");
    packet p = build_request(0x4242, 0x2910, "FRED<20>", 300000, 0x6000, "10.0.0.9");
    adapter_hear(&a, "10.0.0.9", "all", &p);
    packet want = build_address_answer(0x4242, 0xAD86, "FRED<20>", 0, NBT_NB_G, "10.0.0.1");
    assert_int_equal(adapter_last_packet(&a).n, want.n);
    assert_memory_equal(adapter_last_packet(&a).p, want.b, want.n);
    adapter_fini(&a);
}

/* nmbd gives back what was claimed, and says it twice: 02-dup-name-bcast, frames 1 to 3. */
static void nmbd_echoes_the_claim(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "samba", "");
    be(&a, UNIQUE, "ALPHA<20>");
    packet p = build_request(0x4084, 0x2910, "ALPHA<20>", 0, 0x0000, "10.0.0.9");
    packet want = build_address_answer(0x4084, 0xAD86, "ALPHA<20>", 0, 0, "10.0.0.9");
    adapter_hear(&a, "10.0.0.9", "all", &p);
    assert_int_equal(adapter_last_packet(&a).n, want.n);
    assert_memory_equal(adapter_last_packet(&a).p, want.b, want.n);
    assert_said(&a, "negative-registration-response(ACT_ERR) ALPHA<20> to 10.0.0.9; "
                    "negative-registration-response(ACT_ERR) ALPHA<20> to 10.0.0.9");
    adapter_fini(&a);
}

/* What nmbd makes of requests to it alone goes by B; live.persona has the same of a real one. */
static void nmbd_goes_by_the_b_bit(void **state)
{
    (void)state;
#define REFUSED(what) "negative-" what "-response(FMT_ERR) "
    static const struct {
        const char *label;
        unsigned word, flags;
        const char *name, *to, *want;
    } rows[] = {
        { "a claim", 0x2910, U, "FRED<20>", "10.0.0.1",
          "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9" },
        { "a claim for a server", 0x2900, U, "FRED<20>", "10.0.0.1",
          REFUSED("registration") "FRED<20> to 10.0.0.9" },
        { "of any name", 0x2900, U, "JOE<20>", "10.0.0.1",
          REFUSED("registration") "JOE<20> to 10.0.0.9" },
        { "an overwrite request", 0x2800, U, "FRED<20>", "10.0.0.1",
          REFUSED("registration") "FRED<20> to 10.0.0.9" },
        { "a refresh", 0x4000, U, "JOE<20>", "10.0.0.1",
          REFUSED("registration") "JOE<20> to 10.0.0.9" },
        { "a refresh, B", 0x4010, U, "FRED<20>", "10.0.0.1", "" },
        { "a multihomed claim", 0x7900, U, "FRED<20>", "10.0.0.1", "" },
        { "a multihomed claim, B", 0x7910, U, "FRED<20>", "10.0.0.1", "" },
        { "a release", 0x3000, U, "JOE<20>", "10.0.0.1", REFUSED("release") "JOE<20> to 10.0.0.9" },
        { "a release, B", 0x3010, U, "FRED<20>", "10.0.0.1",
          "negative-release-response(ACT_ERR) FRED<20> to 10.0.0.9" },
        { "of another name", 0x3010, U, "JOE<20>", "10.0.0.1", "" },
        { "of a group", 0x3010, G, "FRED<20>", "10.0.0.1", "" },
        { "to all", 0x3010, U, "FRED<20>", "all",
          "negative-release-response(ACT_ERR) FRED<20> to 10.0.0.9; "
          "negative-release-response(ACT_ERR) FRED<20> to 10.0.0.9" },
        { "a claim of another name", 0x2910, U, "JOE<20>", "all", "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init(&a, "samba", "");
        be(&a, UNIQUE, "FRED<20>");
        packet p = build_request(7, rows[i].word, rows[i].name, 0, rows[i].flags, "10.0.0.9");
        adapter_hear(&a, "10.0.0.9", rows[i].to, &p);
        const char *said = adapter_said(&a);
        if (strcmp(said, rows[i].want) != 0)
            fail_msg("%s: \"%s\"", rows[i].label, said);
        adapter_fini(&a);
    }
}

static void flags_say_group_and_type_alone(void **state)
{
    (void)state;
    static const char *const types[] = { "B", "P", "M", "H" };
    for (unsigned i = 0; i < LENGTH_OF(types); i++) {
        adapter a;
        adapter_init_type(&a, "rfc", types[i], i > 0);
        assert_int_equal(nbt_answer_nb_flags(nbt_node_cfg(a.node), false), i << 13);
        assert_int_equal(nbt_answer_nb_flags(nbt_node_cfg(a.node), true), 0x8000 | i << 13);
        adapter_fini(&a);
    }
}

static void names_with_a_star_are_known_here_alone(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint8_t num = adapter_add(&a, "*SMBSERVER<20>", false);
    assert_said(&a, "ADDED #2"); /* at once, without a packet */
    packet p = build_request(0x4242, 0x2910, "*SMBSERVER<20>", 0, 0, "10.0.0.9");
    adapter_hear(&a, "10.0.0.9", "all", &p);
    assert_said(&a, "");
    nbt_node_delete(a.node, a.now, num, &a.out);
    assert_said(&a, "");
    assert_int_equal(nbt_node_due(a.node), NBT_NEVER);
    adapter_fini(&a);
}

#define POSITIVE "positive-query-response FRED<20> to 10.0.0.9:1137"
#define NEGATIVE "negative-query-response(NAM_ERR) FRED<20> to 10.0.0.9:1137"

/* What is asked for, and what comes back: a B node of the RFC says no to nobody. */
static const struct query_row {
    const char *label;
    const char *profile;
    own own;
    unsigned word;
    const char *to;
    const char *want;
} queries[] = {
    { "held, by broadcast", "rfc", UNIQUE, 0x0110, "all", POSITIVE },
    { "held, by unicast", "rfc", UNIQUE, 0x0100, "10.0.0.1", POSITIVE },
    { "held, everybody's broadcast address", "rfc", UNIQUE, 0x0110, "255.255.255.255", POSITIVE },
    { "held, RD = 0", "rfc", UNIQUE, 0x0000, "10.0.0.1", POSITIVE },
    { "a group name", "rfc", GROUP, 0x0110, "all", POSITIVE },
    { "deleted, a session lives", "rfc", DEREGISTERED, 0x0110, "all", POSITIVE },
    { "not held, by broadcast", "rfc", NOTHING, 0x0110, "all", "" },
    { "not held, by unicast", "rfc", NOTHING, 0x0100, "10.0.0.1", "" },
    { "claimed only", "rfc", CLAIMING, 0x0110, "all", "" },
    { "in conflict, by broadcast", "rfc", CONFLICT, 0x0110, "all", "" },
    { "in conflict, by unicast", "rfc", CONFLICT, 0x0100, "10.0.0.1", "" },
    { "just deleted", "rfc", RELEASED, 0x0110, "all", "" },
    { "NT: held", "nt4", UNIQUE, 0x0110, "all", POSITIVE },
    { "NT: not held, by broadcast", "nt4", NOTHING, 0x0110, "all", "" },
    { "NT: not held, by unicast", "nt4", NOTHING, 0x0100, "10.0.0.1", NEGATIVE },
    { "NT: not held, by unicast, RD = 0", "nt4", NOTHING, 0x0000, "10.0.0.1", NEGATIVE },
    { "NT: claimed only, by unicast", "nt4", CLAIMING, 0x0100, "10.0.0.1", NEGATIVE },
    { "NT: in conflict, by broadcast", "nt4", CONFLICT, 0x0110, "all", "" },
    { "NT: in conflict, by unicast", "nt4", CONFLICT, 0x0100, "10.0.0.1", NEGATIVE },
    { "NT: B set, but sent to it alone", "nt4", NOTHING, 0x0110, "10.0.0.1", NEGATIVE },
    { "NT: B not set, but broadcast", "nt4", NOTHING, 0x0100, "all", "" },
    { "Samba: held, by broadcast", "samba", UNIQUE, 0x0110, "all", POSITIVE "; " POSITIVE },
    { "Samba: held, by unicast", "samba", UNIQUE, 0x0100, "10.0.0.1", POSITIVE },
    { "Samba: not held, by unicast", "samba", NOTHING, 0x0100, "10.0.0.1", "" },
    { "Samba: not held, by unicast, RD = 0", "samba", NOTHING, 0x0000, "10.0.0.1", NEGATIVE },
    { "NT: everybody's broadcast address", "nt4", NOTHING, 0x0110, "255.255.255.255", "" },
};

static void run_query(const struct query_row *r)
{
    adapter a;
    adapter_init(&a, r->profile, "");
    be(&a, r->own, "FRED<20>");
    packet p = build_question(0x4242, r->word, "FRED<20>", NBT_RR_NB);
    adapter_hear(&a, "10.0.0.9:1137", r->to, &p);
    if (*r->want)
        assert_int_equal(adapter_last_id(&a), 0x4242);
    const char *said = adapter_said(&a);
    if (strcmp(said, r->want) != 0)
        fail_msg("%s: \"%s\"", r->label, said);
    adapter_fini(&a);
}

static void queries_are_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(queries); i++)
        if (queries[i].own != CONFLICT)
            run_query(&queries[i]);
}

static void a_name_in_conflict_is_not_here(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(queries); i++)
        if (queries[i].own == CONFLICT)
            run_query(&queries[i]);
}

static void a_positive_answer_octet_for_octet(void **state)
{
    (void)state;
    static const struct {
        const char *profile;
        uint32_t ttl;
    } rows[] = { { "rfc", 0 }, { "nt4", 300000 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init(&a, rows[i].profile, "NETBIOS.COM");
        be(&a, GROUP, "FRED<20>");
        packet p = build_question(0x4242, 0x0110, "FRED<20>.NETBIOS.COM", NBT_RR_NB);
        adapter_hear(&a, "10.0.0.9", "all", &p);
        packet want = build_address_answer(0x4242, 0x8500, "FRED<20>.NETBIOS.COM", rows[i].ttl,
                                           NBT_NB_G, "10.0.0.1");
        assert_int_equal(adapter_last_packet(&a).n, want.n);
        assert_memory_equal(adapter_last_packet(&a).p, want.b, want.n);
        adapter_fini(&a);
    }
}

/* The same sixteen bytes in another scope are another name, for every kind of request. */
static void another_scope_is_another_name(void **state)
{
    (void)state;
    static const struct {
        const char *own_scope, *asked;
        bool same;
    } rows[] = {
        { "", "FRED<20>", true },         { "", "FRED<20>.LAB", false },
        { "LAB", "FRED<20>", false },     { "LAB", "FRED<20>.LAB", true },
        { "LAB", "FRED<20>.lab", false }, { "LAB", "FRED<20>.LAB.EAST", false },
        { "LAB", "fred<20>.LAB", false }, { "LAB", "FRED<21>.LAB", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        packet p[] = {
            build_question(1, 0x0110, rows[i].asked, NBT_RR_NB),
            build_question(2, 0x0000, rows[i].asked, NBT_RR_NBSTAT),
            build_request(3, 0x2910, rows[i].asked, 0, 0, "10.0.0.9"),
        };
        for (size_t k = 0; k < LENGTH_OF(p); k++) {
            adapter a;
            adapter_init(&a, "rfc", rows[i].own_scope);
            adapter_hold(&a, "FRED<20>", false);
            adapter_hear(&a, "10.0.0.9", "all", &p[k]);
            if ((*adapter_said(&a) != '\0') != rows[i].same)
                fail_msg("scope \"%s\", %s, packet %zu", rows[i].own_scope, rows[i].asked, k);
            adapter_fini(&a);
        }
    }
}

/* --- node status --------------------------------------------------------------------------- */

#define STATUS(name) "status-response " name " to 10.0.0.9:1137"

static const struct status_row {
    const char *label;
    const char *scope;
    own own;
    const char *asked, *to, *want;
} statuses[] = {
    { "a held name", "", UNIQUE, "FRED<20>", "10.0.0.1", STATUS("FRED<20>") },
    { "a group name", "", GROUP, "FRED<20>", "10.0.0.1", STATUS("FRED<20>") },
    { "any name", "", UNIQUE, "*<00>", "10.0.0.1", STATUS("*<00>") },
    { "any name, nothing held", "", NOTHING, "*<00>", "10.0.0.1", STATUS("*<00>") },
    { "by broadcast", "", UNIQUE, "*<00>", "all", STATUS("*<00>") },
    { "another name", "", UNIQUE, "WILMA<20>", "10.0.0.1", "" },
    { "another star", "", UNIQUE, "*<20>", "10.0.0.1", "" },
    { "claimed only", "", CLAIMING, "FRED<20>", "10.0.0.1", "" },
    { "in conflict", "", CONFLICT, "FRED<20>", "10.0.0.1", "" },
    { "any name, another scope", "LAB", UNIQUE, "*<00>", "10.0.0.1", "" },
    { "any name, this scope", "LAB", UNIQUE, "*<00>.LAB", "10.0.0.1", STATUS("*<00>.LAB") },
};

static void status_requests_are_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(statuses); i++) {
        adapter a;
        adapter_init(&a, "rfc", statuses[i].scope);
        be(&a, statuses[i].own, *statuses[i].scope ? "FRED<20>.LAB" : "FRED<20>");
        packet p = build_question(0x4242, 0x0000, statuses[i].asked, NBT_RR_NBSTAT);
        adapter_hear(&a, "10.0.0.9:1137", statuses[i].to, &p);
        const char *said = adapter_said(&a);
        if (strcmp(said, statuses[i].want) != 0)
            fail_msg("%s: \"%s\"", statuses[i].label, said);
        adapter_fini(&a);
    }
}

/* An asterisk and zeros is any node; an asterisk and blanks is so to who is tolerant (KB Q251166);
 * any other asterisk is a name like others. */
static void a_wildcard_has_one_form_or_two(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *asked;
        bool answered;
    } rows[] = {
        { "rfc", "*<00>", true },       { "nt4", "*<00>", true },
        { "rfc", "*<20>", false },      { "nt4", "*<20>", true },
        { "samba", "*<20>", true },     { "nt4", "*SMBSERVER<20>", false },
        { "nt4", "*\\x00<20>", false }, { "nt4", "*<03>", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init(&a, rows[i].profile, "");
        packet p = build_question(0x4242, 0x0000, rows[i].asked, NBT_RR_NBSTAT);
        adapter_hear(&a, "10.0.0.9", "10.0.0.1", &p);
        if ((*adapter_said(&a) != '\0') != rows[i].answered)
            fail_msg("%s asked for %s", rows[i].profile, rows[i].asked);
        adapter_fini(&a);
    }
}

/* Number 1 of the table is the permanent name's. */
static void only_the_permanent_name_is_permanent(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    be(&a, UNIQUE, "FRED<20>");
    nbt_ltable t = *nbt_node_names(a.node);
    nbt_name box = name_of("\\x00\\x00\\x00<00>"), any = name_of("*<00>");
    nbt_draft d;
    nbt_node_stats none = { 0 };
    t.used[0] |= 2;
    nbt_entry *e = &t.first->e[1];
    *e = (nbt_entry){ .num = 1, .state = NBT_ENTRY_REGISTERED };
    memcpy(e->name, box.b, NBT_NAME_LEN);
    nbt_answer_status(nbt_node_cfg(a.node), &t, &none, 7, &any, &d);
    assert_int_equal(nbt_status_count(&d.ns.rr[0]), 2);
    assert_int_equal(nbt_status_get(&d.ns.rr[0], 0).flags, NBT_NB_ACT | NBT_NB_PRM);
    assert_int_equal(nbt_status_get(&d.ns.rr[0], 1).flags, NBT_NB_ACT);
    adapter_fini(&a);
}

/* Asks for the status of the node and gives its only record. */
static nbt_rr status_of(adapter *a, nbt_ns *m)
{
    packet p = build_question(0x4242, 0x0000, "*<00>", NBT_RR_NBSTAT);
    adapter_hear(a, "10.0.0.9", "10.0.0.1", &p);
    nbt_bytes data = adapter_last_packet(a);
    nbt_rd r;
    nbt_rd_init(&r, data.p, data.n);
    nbt_ns_rd(&r, m);
    assert_int_equal(r.err, NBT_OK);
    return m->rr[0];
}

static void a_status_lists_names_with_their_flags(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    be(&a, UNIQUE, "U<20>");
    be(&a, GROUP, "G<00>");
    be(&a, CONFLICT, "C<03>");
    be(&a, DEREGISTERED, "D<41>");
    be(&a, CONFLICT, "CD<41>");
    nbt_name both = name_of("CD<41>");
    nbt_node_deregister(a.node, a.now, nbt_ltable_find_const(nbt_node_names(a.node), both.b)->num,
                        &a.out);
    be(&a, CLAIMING, "N<20>");

    static const struct {
        const char *name;
        uint16_t flags;
    } want[] = {
        { "U<20>", NBT_NB_ACT },
        { "G<00>", NBT_NB_ACT | NBT_NB_G },
        { "C<03>", NBT_NB_ACT | NBT_NB_CNF },
        { "D<41>", NBT_NB_ACT | NBT_NB_DRG },
        { "CD<41>", NBT_NB_ACT | NBT_NB_DRG | NBT_NB_CNF },
    };
    nbt_ns m;
    nbt_rr rr = status_of(&a, &m);
    assert_int_equal(m.word, 0x8400);
    assert_int_equal(rr.ttl, 0);
    assert_int_equal(nbt_status_count(&rr), LENGTH_OF(want));
    assert_int_equal(rr.rdata.n, 47 + 18 * LENGTH_OF(want));
    for (size_t i = 0; i < LENGTH_OF(want); i++) {
        nbt_node_name n = nbt_status_get(&rr, i);
        nbt_name name = name_of(want[i].name);
        assert_memory_equal(n.b, name.b, NBT_NAME_LEN); /* raw, not encoded */
        assert_int_equal(n.flags, want[i].flags);
    }
    adapter_fini(&a);
}

static void a_status_counts_packets(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    be(&a, UNIQUE, "FRED<20>"); /* three requests and the demand */
    packet garbage = { 3, { 1, 2, 3 } };
    adapter_hear(&a, "10.0.0.9", "all", &garbage);
    nbt_ns m;
    nbt_statistics st;
    nbt_rr rr = status_of(&a, &m);
    assert_true(nbt_status_statistics(&rr, &st));
    assert_memory_equal(st.unit_id, "\x02\0\0\0\0\x01", 6);
    assert_int_equal(st.good_sends, 4);
    assert_int_equal(st.retransmits, 2);
    assert_int_equal(st.good_receives, 1); /* the request itself; the garbage was not good */
    adapter_fini(&a);
}

/* Windows counts nothing there, and nmbd tells no unit id either. */
static void some_statuses_are_zeros(void **state)
{
    (void)state;
    static const struct {
        const char *profile;
        bool unit_id;
    } rows[] = { { "win95", true }, { "nt4", true }, { "win2000", true }, { "samba", false } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init(&a, rows[i].profile, "");
        be(&a, UNIQUE, "FRED<20>");
        nbt_ns m;
        nbt_statistics st, zeros = { 0 };
        nbt_rr rr = status_of(&a, &m);
        assert_true(nbt_status_statistics(&rr, &st));
        if (rows[i].unit_id)
            memcpy(zeros.unit_id, "\x02\0\0\0\0\x01", 6);
        assert_memory_equal(&st, &zeros, sizeof st);
        adapter_fini(&a);
    }
}

static void a_long_status_is_cut(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    for (unsigned i = 0; i < 24; i++) {
        char name[] = "NAMEx<20>";
        name[4] = (char)('A' + i);
        be(&a, UNIQUE, name);
    }
    nbt_ns m;
    nbt_rr rr = status_of(&a, &m);
    assert_int_equal(nbt_status_count(&rr), 24);
    assert_int_equal(m.word & NBT_NS_TC, 0);
    nbt_out_clear(&a.out);

    be(&a, CLAIMING, "NOT-YET<20>");
    rr = status_of(&a, &m);
    assert_int_equal(m.word & NBT_NS_TC, 0);
    nbt_out_clear(&a.out);

    be(&a, UNIQUE, "ONE-TOO-MANY<20>");
    rr = status_of(&a, &m);
    assert_int_equal(nbt_status_count(&rr), 24);
    assert_int_equal(rr.rdata.n, 47 + 18 * 24);
    assert_int_equal(m.word & NBT_NS_TC, NBT_NS_TC);
    assert_true(adapter_last_packet(&a).n <= NBT_NS_UDP_MAX);
    adapter_fini(&a);
}

/* A thousand within a second, at once or one after the other; claims are refused for all that. */
static void a_flood_is_answered_at_a_limited_rate(void **state)
{
    (void)state;
    static const struct {
        const char *label, *to;
        unsigned word;
        unsigned type;
    } rows[] = {
        { "status of all", "all", 0x0010, NBT_RR_NBSTAT },
        { "status", "10.0.0.1", 0x0000, NBT_RR_NBSTAT },
        { "queries", "all", 0x0110, NBT_RR_NB },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init(&a, "rfc", "");
        be(&a, UNIQUE, "FRED<20>");
        adapter_at(&a, 5000);
        packet p = build_question(1, rows[i].word, "FRED<20>", rows[i].type);
        packet claim = build_request(2, 0x2910, "FRED<20>", 0, U, "10.0.0.8");
        unsigned answers[4] = { 0 };
        for (unsigned n = 0; n < 4 * 3000; n++) {
            if (n % 3000 == 0)
                adapter_at(&a, 5000 + n / 3000 * 500);
            adapter_hear(&a, "10.0.0.9", rows[i].to, &p);
            answers[n / 3000] += *adapter_said(&a) != '\0';
        }
        if (answers[0] != 1000 || answers[1] != 500 || answers[2] != 500 || answers[3] != 500)
            fail_msg("%s: %u, %u, %u, %u", rows[i].label, answers[0], answers[1], answers[2],
                     answers[3]);
        adapter_hear(&a, "10.0.0.9", "all", &claim);
        assert_said(&a, DEFENCE);
        adapter_at(&a, 60000); /* it is no debt that is paid for later */
        adapter_hear(&a, "10.0.0.9", rows[i].to, &p);
        assert_true(*adapter_said(&a) != '\0');
        adapter_fini(&a);
    }
}

/* --- what gets no answer -------------------------------------------------------------------- */

static void requests_out_of_form_are_left_alone(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "nt4", "");
    be(&a, UNIQUE, "FRED<20>");
    static packet p[60];
    size_t n = 0;

    /* The header promises what is not there, or too much. */
    for (size_t len = 0; len <= 12; len++) {
        p[n] = build_question(1, 0x0110, "FRED<20>", NBT_RR_NB);
        p[n++].n = len;
    }
    /* Everything that carries a record, without its question, without its record, with too many,
       with a record of another type, and for another name than the question's. */
    static const unsigned words[] = { 0x2910, 0x2810, 0x7910, 0x3010, 0x4010, 0x4810 };
    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        static const unsigned counts[][2] = { { 0, 1 }, { 1, 0 }, { 65535, 65535 } };
        nbt_wr w;
        for (size_t k = 0; k < LENGTH_OF(counts); k++) {
            nbt_wr_init(&w, p[n].b, sizeof p[n].b);
            put_header(&w, 1, words[i], counts[k][0], 0, 0, counts[k][1]);
            if (counts[k][0] == 1)
                put_question(&w, "FRED<20>", NBT_RR_NB);
            if (counts[k][1] == 1)
                put_address_record(&w, "FRED<20>", 0, 0, "10.0.0.9");
            p[n++].n = w.at;
        }
        nbt_wr_init(&w, p[n].b, sizeof p[n].b);
        put_header(&w, 1, words[i], 1, 0, 0, 1);
        put_question(&w, "FRED<20>", NBT_RR_NB);
        put_record(&w, NULL, NBT_RR_NBSTAT, 0, "\0", 1);
        p[n++].n = w.at;
        nbt_wr_init(&w, p[n].b, sizeof p[n].b);
        put_header(&w, 1, words[i], 1, 0, 0, 1);
        put_question(&w, "FRED<20>", NBT_RR_NB);
        put_address_record(&w, "WILMA<20>", 0, 0, "10.0.0.9");
        p[n++].n = w.at;
    }
    /* A type and a class that NetBIOS has not. */
    p[n++] = build_question(1, 0x0110, "FRED<20>", NBT_RR_A);
    p[n] = build_question(1, 0x0110, "FRED<20>", NBT_RR_NB);
    p[n].b[p[n].n - 1] = 3;
    n++;
    assert_true(n <= LENGTH_OF(p));

    nbt_node_stats before = *nbt_node_counts(a.node);
    for (size_t i = 0; i < n; i++) {
        adapter_hear(&a, "10.0.0.9", "10.0.0.1", &p[i]);
        assert_said(&a, "");
    }
    const nbt_node_stats *after = nbt_node_counts(a.node);
    assert_int_equal(after->received - before.received, n);
    assert_true(after->malformed + after->ignored > before.malformed + before.ignored);
    assert_int_equal(after->sent, before.sent);
    adapter_fini(&a);
}

/* RFC 1002 4.2.1.1: six words, the greater octet first; each count promises what must be there. */
static void the_header_is_six_words(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    be(&a, UNIQUE, "FRED<20>");
    packet good = build_question(0x1234, 0x0110, "FRED<20>", NBT_RR_NB);
    assert_memory_equal(good.b, "\x12\x34\x01\x10\0\x01\0\0\0\0\0\0", 12);
    adapter_hear(&a, "10.0.0.9", "all", &good);
    assert_int_equal(adapter_last_id(&a), 0x1234);
    assert_memory_equal(adapter_last_packet(&a).p, "\x12\x34\x85\0\0\0\0\x01\0\0\0\0", 12);
    assert_string_not_equal(adapter_said(&a), "");
    for (size_t at = 4; at < 12; at++) { /* a count that is another one */
        packet p = good;
        p.b[at] ^= 1;
        adapter_hear(&a, "10.0.0.9", "all", &p);
        assert_said(&a, "");
    }
    for (size_t len = 0; len < 12; len++) {
        packet p = good;
        p.n = len;
        adapter_hear(&a, "10.0.0.9", "all", &p);
        assert_said(&a, "");
    }
    adapter_fini(&a);
}

/* Whatever else a request may be, it gets no answer. */
static void only_known_requests_are_answered(void **state)
{
    (void)state;
    static const char *const words[16] = {
        [0] = "query",   [5] = "registration", [6] = "release",     [7] = "wack",
        [8] = "refresh", [9] = "refresh9",     [15] = "multihomed",
    };
    for (unsigned opcode = 0; opcode < 16; opcode++) {
        const nbt_code *known = nbt_code_find(NBT_CODESET_OPCODE, opcode);
        assert_int_equal(known != NULL, words[opcode] != NULL);
        if (known)
            assert_string_equal(known->word, words[opcode]);
        for (int all = 0; all < 2; all++) {
            adapter a;
            adapter_init(&a, "nt4", "");
            be(&a, UNIQUE, "FRED<20>");
            unsigned how = opcode << NBT_NS_OPCODE_SHIFT | (all ? NBT_NS_B : 0);
            packet p = opcode == 0 ? build_question(1, how, "FRED<20>", NBT_RR_NB)
                                   : build_request(1, how, "FRED<20>", 0, 0, "10.0.0.9");
            adapter_hear(&a, "10.0.0.9", all ? "all" : "10.0.0.1", &p);
            bool refresh = opcode == 8 || opcode == 9;
            bool wanted = opcode == 0 || opcode == 5 || opcode == 15 || (refresh && !all);
            if ((*adapter_said(&a) != '\0') != wanted)
                fail_msg("opcode %u, %s", opcode, all ? "to all" : "to it");
            adapter_fini(&a);
        }
    }
}

/* FRED and fred are two names: here side by side, and never one for the other. */
static void case_makes_another_name(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "nt4", "");
    be(&a, UNIQUE, "FRED<20>");
    packet lower = build_question(1, 0x0110, "fred<20>", NBT_RR_NB);
    packet upper = build_question(2, 0x0110, "FRED<20>", NBT_RR_NB);
    packet claim = build_request(3, 0x2910, "fred<20>", 0, 0, "10.0.0.9");
    adapter_hear(&a, "10.0.0.9", "all", &lower);
    adapter_hear(&a, "10.0.0.9", "all", &claim);
    assert_said(&a, "");
    be(&a, GROUP, "fred<20>");
    adapter_hear(&a, "10.0.0.9", "all", &lower);
    adapter_hear(&a, "10.0.0.9", "all", &upper);
    assert_said(&a, "positive-query-response fred<20> to 10.0.0.9; "
                    "positive-query-response FRED<20> to 10.0.0.9");
    adapter_fini(&a);
}

/* A label that is no 32 octets long, another last octet, a scope: none of them is our name. */
static void what_is_nearly_our_name_is_not(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "nt4", "");
    be(&a, UNIQUE, "FRED<20>");
    packet good = build_question(1, 0x0110, "FRED<20>", NBT_RR_NB);
    for (unsigned len = 0; len < 256; len++) {
        packet p = good;
        p.b[12] = (uint8_t)len; /* the label's, without a change of what follows */
        adapter_hear(&a, "10.0.0.9", "all", &p);
        if ((*adapter_said(&a) != '\0') != (len == 32))
            fail_msg("a label of %u", len);
    }
    for (unsigned suffix = 0; suffix < 256; suffix++) {
        char name[20];
        snprintf(name, sizeof name, "FRED<%02X>", suffix);
        packet p = build_question(1, 0x0110, name, NBT_RR_NB);
        adapter_hear(&a, "10.0.0.9", "all", &p);
        if ((*adapter_said(&a) != '\0') != (suffix == 0x20))
            fail_msg("%s", name);
    }
    packet scoped = build_question(1, 0x0110, "FRED<20>.LAB", NBT_RR_NB);
    adapter_hear(&a, "10.0.0.9", "all", &scoped);
    assert_said(&a, "");
    adapter_fini(&a);
}

/* --- CVE-2003-0661: old memory in answers ----------------------------------------------------- */

/* Memory that is full of something. */
static void *filled(void *ctx, void *p, size_t old, size_t size)
{
    void *q = size > 0 ? malloc(size) : NULL;
    if (q)
        memset(q, *(const uint8_t *)ctx, size);
    if (q && p)
        memcpy(q, p, old < size ? old : size);
    free(p);
    return q;
}

/* All answers to a set of requests, by a node whose memory and actions' room hold `pattern`. */
static size_t answers_with(uint8_t pattern, uint8_t *to, size_t cap)
{
    nbt_mem mem = { &pattern, filled };
    nbt_lana_cfg cfg = { .ip = ip_of("10.0.0.1"),
                         .broadcast = ip_of("10.0.0.255"),
                         .profile = nbt_profile_find("nt4", 3) };
    nbt_node *node = nbt_node_new(mem, &cfg, 1);
    nbt_name fred = name_of("FRED<20>");
    nbt_out out;
    nbt_out_init(&out, mem);
    nbt_node_add(node, 0, fred.b, false, &out);
    for (nbt_time now = 0; now < NBT_S(5); now += NBT_MS(250))
        nbt_node_tick(node, now, &out);
    packet p[] = {
        build_question(1, 0x0110, "FRED<20>", NBT_RR_NB),
        build_question(2, 0x0100, "WILMA<20>", NBT_RR_NB),
        build_question(3, 0x0000, "*<00>", NBT_RR_NBSTAT),
        build_request(4, 0x2910, "FRED<20>", 0, 0, "10.0.0.9"),
    };
    for (size_t i = 0; i < LENGTH_OF(p); i++)
        nbt_node_rx(node, NBT_S(5), (nbt_ep){ ip_of("10.0.0.9"), NBT_PORT_NS },
                    (nbt_ep){ cfg.ip, NBT_PORT_NS }, (nbt_bytes){ p[i].b, p[i].n }, &out);
    nbt_node_delete(node, NBT_S(5), 2, &out);
    size_t n = 0;
    for (size_t i = 0; i < out.n; i++) {
        nbt_bytes data = nbt_out_data(&out, &out.acts[i]);
        if (out.acts[i].kind != NBT_ACT_SEND)
            continue;
        assert_true(n + data.n <= cap);
        memcpy(to + n, data.p, data.n);
        n += data.n;
    }
    nbt_out_fini(&out);
    nbt_node_free(node);
    return n;
}

static void no_octet_is_somebody_elses(void **state)
{
    (void)state;
    static uint8_t one[4096], other[4096];
    size_t n = answers_with(0x00, one, sizeof one);
    assert_true(n > 500);
    assert_int_equal(answers_with(0xA5, other, sizeof other), n);
    assert_memory_equal(one, other, n);
}

/* Own packets come back from a hub, a mirror port, a bridge loop: by their address they are known.
 */
static void own_packets_are_nobodys_claim(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    be(&a, UNIQUE, "FRED<20>");
    packet claim = build_request(7, 0x2910, "FRED<20>", 0, 0, "10.0.0.1");
    adapter_hear(&a, "10.0.0.1", "all", &claim);
    packet query = build_question(7, 0x0110, "FRED<20>", NBT_RR_NB);
    adapter_hear(&a, "10.0.0.1", "all", &query);
    packet demand = build_address_answer(7, 0xAD87, "FRED<20>", 0, 0, "0.0.0.0");
    adapter_hear(&a, "10.0.0.1", "all", &demand);
    assert_said(&a, "");
    assert_int_equal(nbt_node_counts(a.node)->ignored, 3);

    /* With a record that names another host it is still ours: where it is from is what counts. */
    packet p = build_request(7, 0x2910, "FRED<20>", 0, 0, "10.0.0.9");
    adapter_hear(&a, "10.0.0.1", "all", &p);
    assert_said(&a, "");
    adapter_fini(&a);
}

/* nmblookup on the same machine asks from the same address, but from a port of its own. */
static void a_program_of_this_machine_may_only_ask(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    be(&a, UNIQUE, "FRED<20>");
    packet claim = build_request(7, 0x2910, "FRED<20>", 0, 0, "10.0.0.1");
    adapter_hear(&a, "10.0.0.1:1137", "all", &claim);
    packet demand = build_address_answer(7, 0xAD87, "FRED<20>", 0, 0, "0.0.0.0");
    adapter_hear(&a, "10.0.0.1:1137", "10.0.0.1", &demand);
    assert_said(&a, "");
    packet query = build_question(7, 0x0110, "FRED<20>", NBT_RR_NB);
    adapter_hear(&a, "10.0.0.1:1137", "all", &query);
    assert_string_not_equal(adapter_said(&a), "");
    adapter_fini(&a);
}

static void nobody_is_answered_who_cannot_be_one_host(void **state)
{
    (void)state;
    static const char *const sources[] = { "0.0.0.0",   "255.255.255.255", "all",
                                           "224.0.0.1", "239.255.255.250", "10.0.0.9:0" };
    adapter a;
    adapter_init(&a, "nt4", "");
    be(&a, UNIQUE, "FRED<20>");
    packet p[] = {
        build_question(1, 0x0110, "FRED<20>", NBT_RR_NB),
        build_question(2, 0x0000, "*<00>", NBT_RR_NBSTAT),
        build_request(3, 0x2910, "FRED<20>", 0, 0, "10.0.0.9"),
        build_address_answer(4, 0xAD87, "FRED<20>", 0, 0, "0.0.0.0"),
    };
    for (size_t i = 0; i < LENGTH_OF(sources); i++)
        for (size_t k = 0; k < LENGTH_OF(p); k++) {
            adapter_hear(&a, sources[i], "10.0.0.1", &p[k]);
            const char *said = adapter_said(&a);
            if (*said)
                fail_msg("from %s, packet %zu: %s", sources[i], k, said);
        }
    adapter_fini(&a);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("E14 E15 B15 B26 H7 H25", names_are_defended),
    NBT_TEST("E17", every_request_is_answered),
    NBT_TEST("B32", a_defence_shows_the_owner),
    NBT_TEST("", nmbd_echoes_the_claim),
    NBT_TEST("E33", nmbd_goes_by_the_b_bit),
    NBT_TEST("B15", flags_say_group_and_type_alone),
    NBT_TEST("A34", names_with_a_star_are_known_here_alone),
    NBT_TEST("E5 E19", queries_are_answered),
    NBT_TEST("H24", a_name_in_conflict_is_not_here),
    NBT_TEST("", a_positive_answer_octet_for_octet),
    NBT_TEST("", another_scope_is_another_name),
    NBT_TEST("E24", status_requests_are_answered),
    NBT_TEST("A36", a_wildcard_has_one_form_or_two),
    NBT_TEST("A38", only_the_permanent_name_is_permanent),
    NBT_TEST("B50 B52 B55", a_status_lists_names_with_their_flags),
    NBT_TEST("B54", a_status_counts_packets),
    NBT_TEST("B54", some_statuses_are_zeros),
    NBT_TEST("H48", a_flood_is_answered_at_a_limited_rate),
    NBT_TEST("B9 B16 B56", a_long_status_is_cut),
    NBT_TEST("B13 H28", requests_out_of_form_are_left_alone),
    NBT_TEST("B1", the_header_is_six_words),
    NBT_TEST("B4", only_known_requests_are_answered),
    NBT_TEST("F12", case_makes_another_name),
    NBT_TEST("H87", what_is_nearly_our_name_is_not),
    NBT_TEST("H58", no_octet_is_somebody_elses),
    NBT_TEST("E16", own_packets_are_nobodys_claim),
    NBT_TEST("", a_program_of_this_machine_may_only_ask),
    NBT_TEST("", nobody_is_answered_who_cannot_be_one_host),
};

NBT_MAIN("answer", tests)
