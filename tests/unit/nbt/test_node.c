/*
 * A node and what it begins itself: claims, searches, releases, status requests, and what becomes
 * of its names. One table a paragraph of the RFC.
 */
#include "tests/support/test.h"

#include "tests/support/adapter.h"

#define CLAIM "registration-request FRED<20> to all"
#define DEMAND "overwrite-demand FRED<20> to all"
#define QUERY "query-request FRED<20> to all"
#define RELEASE "release-demand FRED<20> to all"

enum { U = 0, G = NBT_NB_G };

static const nbt_entry *entry(const adapter *a, const char *name)
{
    nbt_name n = name_of(name);
    return nbt_ltable_find_const(nbt_node_names(a->node), n.b);
}

/* What is in the last packet, which must have been built like this one. */
static void assert_last_packet(const adapter *a, const packet *want)
{
    nbt_bytes data = adapter_last_packet(a);
    assert_int_equal(data.n, want->n);
    assert_memory_equal(data.p, want->b, want->n);
}

/* --- claims --------------------------------------------------------------------------------- */

typedef struct claim_step {
    const char *label;
    unsigned ms;
    const char *want;
} claim_step;

/* Lets a claim of FRED<20> run, nobody answering; every request must be the same packet. */
static void run_claim(const char *profile, bool group, uint32_t ttl, const claim_step *rows,
                      size_t n)
{
    adapter a;
    adapter_init(&a, profile, "");
    assert_int_equal(adapter_add(&a, "FRED<20>", group), 2);
    uint16_t id = adapter_last_id(&a);
    packet claim = build_request(id, 0x2910, "FRED<20>", ttl, group ? G : U, "10.0.0.1");
    packet demand = build_request(id, 0x2810, "FRED<20>", ttl, group ? G : U, "10.0.0.1");
    for (size_t i = 0; i < n; i++) {
        adapter_at(&a, rows[i].ms);
        if (strncmp(rows[i].want, CLAIM, strlen(CLAIM)) == 0)
            assert_last_packet(&a, &claim);
        if (strncmp(rows[i].want, DEMAND, strlen(DEMAND)) == 0)
            assert_last_packet(&a, &demand);
        bool registered = strstr(rows[i].want, "ADDED") || i == n - 1;
        assert_int_equal(entry(&a, "FRED<20>")->state,
                         registered ? NBT_ENTRY_REGISTERED : NBT_ENTRY_REGISTERING);
        const char *said = adapter_said(&a);
        if (strcmp(said, rows[i].want) != 0)
            fail_msg("%s, %s: \"%s\"", profile, rows[i].label, said);
    }
    assert_int_equal(entry(&a, "FRED<20>")->group, group);
    adapter_fini(&a);
}

static const claim_step rfc_claim[] = {
    { "asks at once", 0, CLAIM },
    { "too early", 249, "" },
    { "asks again", 250, CLAIM },
    { "too early", 499, "" },
    { "third and last", 500, CLAIM },
    { "waits once more", 749, "" },
    { "silence: ours", 750, DEMAND "; ADDED #2" },
    { "nothing is repeated", 5000, "" },
};

/* RFC 1002 5.1.1.1 */
static void a_name_is_claimed(void **state)
{
    (void)state;
    run_claim("rfc", false, 0, rfc_claim, LENGTH_OF(rfc_claim));
}

/* RFC 1002 5.1.1.2: the same with G set. */
static void a_group_name_is_claimed(void **state)
{
    (void)state;
    run_claim("rfc", true, 0, rfc_claim, LENGTH_OF(rfc_claim));
}

/* KB Q233517: four frames, 750 ms apart. The captures: and as long behind the fourth. */
static void nt_claims_more_slowly(void **state)
{
    (void)state;
    static const claim_step rows[] = {
        { "asks at once", 0, CLAIM },           { "too early", 749, "" },
        { "asks again", 750, CLAIM },           { "third and last", 1500, CLAIM },
        { "waits once more", 2249, "" },        { "silence: it is to be ours", 2250, DEMAND },
        { "waits behind that, too", 2999, "" }, { "ours", 3000, "ADDED #2" },
        { "nothing is repeated", 9000, "" },
    };
    run_claim("nt4", false, 300000, rows, LENGTH_OF(rows));
}

static const struct refusal_row {
    const char *label;
    int id_off; /* from the claim's id */
    unsigned word;
    const char *name, *ip;
    const char *want;
} refusals[] = {
    { "FMT_ERR", 0, 0xAD81, "FRED<20>", "10.0.0.9", "REFUSED #2 FMT_ERR 10.0.0.9" },
    { "SRV_ERR", 0, 0xAD82, "FRED<20>", "10.0.0.9", "REFUSED #2 SRV_ERR 10.0.0.9" },
    { "IMP_ERR", 0, 0xAD84, "FRED<20>", "10.0.0.9", "REFUSED #2 IMP_ERR 10.0.0.9" },
    { "RFS_ERR", 0, 0xAD85, "FRED<20>", "10.0.0.9", "REFUSED #2 RFS_ERR 10.0.0.9" },
    { "ACT_ERR", 0, 0xAD86, "FRED<20>", "10.0.0.9", "REFUSED #2 ACT_ERR 10.0.0.9" },
    { "CFT_ERR", 0, 0xAD87, "FRED<20>", "10.0.0.9", "REFUSED #2 CFT_ERR 10.0.0.9" },
    { "as a demand, with the id", 0, 0xAD87, "FRED<20>", "0.0.0.0", "REFUSED #2 CFT_ERR 10.0.0.9" },
    { "the claimant's own record", 0, 0xAD86, "FRED<20>", "10.0.0.1",
      "REFUSED #2 ACT_ERR 10.0.0.9" },
    { "another id", 1, 0xAD86, "FRED<20>", "10.0.0.9", "" },
    { "a demand with another id", 1, 0xAD87, "FRED<20>", "0.0.0.0", "" },
    { "another name", 0, 0xAD86, "FRED<21>", "10.0.0.9", "" },
    { "another scope", 0, 0xAD86, "FRED<20>.LAB", "10.0.0.9", "" },
    { "positive", 0, 0xAD80, "FRED<20>", "10.0.0.9", "" },
    { "challenge", 0, 0xAD00, "FRED<20>", "10.0.0.9", "" },
    { "a query's answer", 0, 0x8500, "FRED<20>", "10.0.0.9", "" },
    { "a release's answer", 0, 0xB406, "FRED<20>", "10.0.0.9", "" },
};

/* One answer while a claim runs: refused at once, or the claim goes on to its good end. */
static void run_refusal(const struct refusal_row *r)
{
    adapter a;
    adapter_init(&a, "rfc", "");
    adapter_add(&a, "FRED<20>", false);
    uint16_t id = (uint16_t)(adapter_last_id(&a) + r->id_off);
    adapter_at(&a, 100);
    adapter_said(&a);
    packet p = build_address_answer(id, r->word, r->name, 0, 0, r->ip);
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &p);
    const char *said = adapter_said(&a);
    if (strcmp(said, r->want) != 0)
        fail_msg("%s: \"%s\"", r->label, said);

    bool refused = *r->want != '\0';
    assert_int_equal(entry(&a, "FRED<20>") == NULL, refused);
    adapter_at(&a, 250);
    assert_said(&a, refused ? "" : CLAIM);
    adapter_at(&a, 500);
    assert_said(&a, refused ? "" : CLAIM);
    adapter_at(&a, 750);
    assert_said(&a, refused ? "" : DEMAND "; ADDED #2");
    adapter_fini(&a);
}

static void any_refusal_ends_a_claim(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(refusals); i++)
        if (*refusals[i].want)
            run_refusal(&refusals[i]);
}

static void other_answers_do_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(refusals); i++)
        if (!*refusals[i].want)
            run_refusal(&refusals[i]);
}

/* An answer after success answers nothing any more: the name stays. */
static void a_refusal_after_success_is_stray(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    adapter_add(&a, "FRED<20>", false);
    packet p = build_address_answer(adapter_last_id(&a), 0xAD86, "FRED<20>", 0, 0, "10.0.0.9");
    adapter_at(&a, 250);
    adapter_at(&a, 500);
    adapter_at(&a, 750);
    adapter_said(&a);
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &p);
    assert_said(&a, "");
    assert_int_equal(entry(&a, "FRED<20>")->state, NBT_ENTRY_REGISTERED);
    assert_false(entry(&a, "FRED<20>")->conflict);
    assert_int_equal(nbt_node_counts(a.node)->ignored, 1);
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &p);
    assert_traced(&a, "name FRED<20> registered > registered 10.0.0.9 ACT_ERR");
    adapter_fini(&a);
}

/* Two at the same moment: neither has anything to defend yet (RFC 1001 15.1.3.5, 15.2.1). */
static void two_claims_at_once_do_not_see_each_other(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    adapter_add(&a, "FRED<20>", false);
    packet other = build_request(0x4242, 0x2910, "FRED<20>", 0, U, "10.0.0.9");
    packet demand = build_request(0x4242, 0x2810, "FRED<20>", 0, U, "10.0.0.9");
    packet query = build_question(0x4243, 0x0110, "FRED<20>", NBT_RR_NB);
    for (unsigned ms = 0; ms < 750; ms += 250) {
        adapter_at(&a, ms);
        adapter_hear(&a, "10.0.0.9", "all", &other);
        adapter_hear(&a, "10.0.0.9", "all", &query);
        assert_said(&a, CLAIM);
    }
    adapter_hear(&a, "10.0.0.9", "all", &demand);
    adapter_at(&a, 750);
    assert_said(&a, DEMAND "; ADDED #2");
    adapter_fini(&a);
}

static void a_claim_deleted_midway_ends_silently(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint8_t num = adapter_add(&a, "FRED<20>", false);
    uint16_t id = adapter_last_id(&a);
    adapter_at(&a, 250);
    adapter_said(&a);
    nbt_node_delete(a.node, a.now, num, &a.out);
    assert_null(entry(&a, "FRED<20>"));
    assert_int_equal(nbt_node_due(a.node), NBT_NEVER);
    packet p = build_address_answer(id, 0xAD86, "FRED<20>", 0, 0, "10.0.0.9");
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &p);
    adapter_at(&a, 9000);
    assert_said(&a, "");

    /* Deleted before its success was pulled: nothing is reported about it. */
    num = adapter_add(&a, "FRED<20>", false);
    adapter_at(&a, 9250);
    adapter_at(&a, 9500);
    adapter_at(&a, 9750);
    nbt_node_delete(a.node, a.now, num, &a.out);
    nbt_node_ev ev;
    assert_false(nbt_node_next(a.node, &ev));
    nbt_node_delete(a.node, a.now, num, &a.out); /* it is unknown now */
    adapter_fini(&a);
}

static void a_full_table_takes_no_more(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    for (unsigned i = 0; i < 253; i++) {
        char name[] = "xx<20>";
        name[0] = (char)('A' + i / 20);
        name[1] = (char)('A' + i % 20);
        assert_int_equal(adapter_add(&a, name, false), i + 2);
    }
    nbt_out_clear(&a.out);
    assert_int_equal(adapter_add(&a, "FRED<20>", false), 0);
    assert_said(&a, "");
    adapter_fini(&a);
}

/* --- searches ------------------------------------------------------------------------------- */

/* RFC 1002 5.1.1.3, nobody answers: three packets, and the failure one pause after the last. */
static void a_search_in_vain(void **state)
{
    (void)state;
    static const struct {
        const char *profile;
        unsigned pause;
    } rows[] = { { "rfc", 250 }, { "nt4", 750 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init(&a, rows[i].profile, "");
        assert_int_not_equal(adapter_query(&a, "FRED<20>"), 0);
        packet want = build_question(adapter_last_id(&a), 0x0110, "FRED<20>", NBT_RR_NB);
        for (unsigned n = 0; n < 3; n++) {
            if (n > 0) {
                adapter_at(&a, n * rows[i].pause - 1);
                assert_said(&a, "");
            }
            adapter_at(&a, n * rows[i].pause);
            assert_last_packet(&a, &want);
            assert_said(&a, QUERY);
        }
        adapter_at(&a, 3 * rows[i].pause - 1);
        assert_said(&a, "");
        adapter_at(&a, 3 * rows[i].pause);
        assert_said(&a, "FOUND_ALL nobody");
        assert_int_equal(nbt_node_due(a.node), NBT_NEVER);
        adapter_fini(&a);
    }
}

typedef struct heard {
    const char *label;
    unsigned ms;
    const char *from; /* "": nothing arrives, time passes */
    unsigned word, flags;
    const char *want;
} heard;

#define TOLD(ip) "conflict-demand(CFT_ERR) FRED<20> to " ip

static void run_search(const char *profile, const heard *rows, size_t n)
{
    adapter a;
    adapter_init(&a, profile, "");
    adapter_query(&a, "FRED<20>");
    uint16_t id = adapter_last_id(&a);
    for (size_t i = 0; i < n; i++) {
        const heard *h = &rows[i];
        adapter_at(&a, h->ms);
        char ip[20] = "";
        strncat(ip, h->from, strcspn(h->from, ":"));
        packet p;
        if (*h->from) {
            p = build_address_answer(id, h->word, "FRED<20>", 0, h->flags, ip);
            adapter_hear(&a, h->from, "10.0.0.1", &p);
        }
        const char *said = adapter_said(&a);
        if (strcmp(said, h->want) != 0)
            fail_msg("%s: \"%s\"", h->label, said);
    }
    adapter_fini(&a);
}

/* RFC 1002 5.1.1.3: the first positive answer wins; others are watched for CONFLICT_TIMER. */
static void the_first_answer_wins(void **state)
{
    (void)state;
    static const heard rows[] = {
        { "asks", 0, "", 0, 0, QUERY },
        { "negative", 10, "10.0.0.5", 0x8583, U, "" },
        { "a claim's answer", 20, "10.0.0.5", 0xAD86, U, "" },
        { "asks on", 250, "", 0, 0, QUERY },
        { "the first", 300, "10.0.0.6", 0x8500, U, "FOUND 10.0.0.6" },
        { "negative", 400, "10.0.0.5", 0x8583, U, "" },
        { "asks no more", 500, "", 0, 0, "" },
        { "watches still", 1299, "", 0, 0, "" },
        { "ends", 1300, "", 0, 0, "FOUND_ALL 10.0.0.6" },
        { "too late", 1301, "10.0.0.7", 0x8500, U, "" },
    };
    run_search("rfc", rows, LENGTH_OF(rows));
}

/* RFC 1001 15.3.1: the members of a group each answer for themselves. */
static void members_of_a_group_are_collected(void **state)
{
    (void)state;
    static const heard rows[] = {
        { "asks", 0, "", 0, 0, QUERY },
        { "one", 10, "10.0.0.5", 0x8500, G, "FOUND 10.0.0.5" },
        { "two", 20, "10.0.0.6", 0x8580, G, "" },
        { "two again", 30, "10.0.0.6", 0x8580, G, "" },
        { "three", 900, "10.0.0.7", 0x8500, G, "" },
        { "all", 1010, "", 0, 0, "FOUND_ALL 10.0.0.5 10.0.0.6 10.0.0.7" },
    };
    run_search("rfc", rows, LENGTH_OF(rows));
    run_search("nt4", rows, LENGTH_OF(rows));
}

/* RFC 1001 15.1.3.5: the later one is told, at port 137 whatever port it answered from. */
static void a_second_owner_is_told(void **state)
{
    (void)state;
    static const heard rows[] = {
        { "asks", 0, "", 0, 0, QUERY },
        { "the first", 10, "10.0.0.5", 0x8500, U, "FOUND 10.0.0.5" },
        { "its copy", 11, "10.0.0.5", 0x8500, U, "" },
        { "the second", 20, "10.0.0.6:1137", 0x8500, U, TOLD("10.0.0.6") },
        { "its copy", 21, "10.0.0.6:1137", 0x8500, U, "" },
        { "a third", 30, "10.0.0.7", 0x8500, G, TOLD("10.0.0.7") },
        { "the first again", 40, "10.0.0.5", 0x8500, U, "" },
        { "all are reported", 1010, "", 0, 0, "FOUND_ALL 10.0.0.5 10.0.0.6 10.0.0.7" },
    };
    run_search("rfc", rows, LENGTH_OF(rows));
}

static void nt_tells_nobody(void **state)
{
    (void)state;
    static const heard rows[] = {
        { "asks", 0, "", 0, 0, QUERY },
        { "the first", 10, "10.0.0.5", 0x8500, U, "FOUND 10.0.0.5" },
        { "the second", 20, "10.0.0.6", 0x8500, U, "" },
        { "both are reported", 1010, "", 0, 0, "FOUND_ALL 10.0.0.5 10.0.0.6" },
    };
    run_search("nt4", rows, LENGTH_OF(rows));
}

/* The same answers with another id, or about another name, are nobody's. */
static void answers_to_somebody_else_are_ignored(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    adapter_query(&a, "FRED<20>");
    uint16_t id = adapter_last_id(&a);
    adapter_said(&a);
    packet p[] = {
        build_address_answer((uint16_t)(id + 1), 0x8500, "FRED<20>", 0, 0, "10.0.0.5"),
        build_address_answer(id, 0x8500, "FRED<21>", 0, 0, "10.0.0.5"),
        build_address_answer(id, 0x8500, "FRED<20>.LAB", 0, 0, "10.0.0.5"),
        build_answer(id, 0x8500, "FRED<20>", NBT_RR_NBSTAT, 0, "\0", 1),
        build_answer(id, 0x8500, "FRED<20>", NBT_RR_NB, 0, "", 0), /* no address in it */
    };
    for (size_t i = 0; i < LENGTH_OF(p); i++) {
        adapter_hear(&a, "10.0.0.5", "10.0.0.1", &p[i]);
        assert_said(&a, "");
    }
    adapter_at(&a, 250);
    assert_said(&a, QUERY);
    adapter_fini(&a);
}

static void names_held_here_are_found_here(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint8_t num = adapter_hold(&a, "FRED<20>", false);
    assert_int_not_equal(adapter_query(&a, "FRED<20>"), 0);
    assert_said(&a, "FOUND 10.0.0.1; FOUND_ALL 10.0.0.1");
    assert_int_equal(nbt_node_due(a.node), NBT_NEVER);

    /* Not while it is lost to a conflict, and not while it is only claimed. */
    packet demand = build_address_answer(7, 0xAD87, "FRED<20>", 0, 0, "0.0.0.0");
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &demand);
    adapter_said(&a);
    adapter_query(&a, "FRED<20>");
    assert_said(&a, QUERY);
    nbt_node_delete(a.node, a.now, num, &a.out);
    adapter_add(&a, "FRED<20>", false);
    adapter_said(&a);
    adapter_query(&a, "FRED<20>");
    assert_said(&a, QUERY);
    adapter_fini(&a);
}

static void other_members_of_an_own_group_are_looked_for(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    (void)adapter_hold(&a, "FRED<20>", true);
    unsigned ms = (unsigned)(a.now / NBT_MS(1));
    adapter_query(&a, "FRED<20>");
    packet p = build_address_answer(adapter_last_id(&a), 0x8500, "FRED<20>", 0, 0x8000, "10.0.0.5");
    assert_said(&a, QUERY "; FOUND 10.0.0.1");
    adapter_hear(&a, "10.0.0.5", "10.0.0.1", &p);
    adapter_hear(&a, "10.0.0.5", "10.0.0.1", &p); /* twice */
    adapter_at(&a, ms + 999);
    assert_said(&a, "");
    adapter_at(&a, ms + 1000);
    assert_said(&a, "FOUND_ALL 10.0.0.1 10.0.0.5");
    adapter_fini(&a);
}

static void a_cancelled_search_is_forgotten(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint32_t ref = adapter_query(&a, "FRED<20>");
    packet p = build_address_answer(adapter_last_id(&a), 0x8500, "FRED<20>", 0, 0, "10.0.0.5");
    assert_said(&a, QUERY);
    adapter_hear(&a, "10.0.0.5", "10.0.0.1", &p);
    nbt_node_cancel(a.node, ref); /* with FOUND not pulled yet */
    assert_said(&a, "");
    assert_int_equal(nbt_node_due(a.node), NBT_NEVER);

    ref = adapter_query(&a, "FRED<20>");
    uint32_t other = adapter_query(&a, "WILMA<20>");
    assert_int_not_equal(ref, other);
    adapter_at(&a, 250);
    adapter_at(&a, 500);
    adapter_at(&a, 750);
    nbt_out_clear(&a.out);
    nbt_node_cancel(a.node, ref); /* with FOUND_ALL not pulled yet */
    nbt_node_ev ev;
    assert_true(nbt_node_next(a.node, &ev));
    assert_int_equal(ev.ref, other);
    assert_false(nbt_node_next(a.node, &ev));
    nbt_node_cancel(a.node, ref);
    nbt_node_cancel(a.node, 0);
    adapter_fini(&a);
}

/* --- releases ------------------------------------------------------------------------------- */

/* RFC 1002 5.1.1.4 */
static void a_name_is_given_back(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint8_t num = adapter_hold(&a, "FRED<20>", true);
    unsigned t0 = (unsigned)(a.now / 1000);
    packet claim = build_request(0x4242, 0x2910, "FRED<20>", 0, U, "10.0.0.9");
    nbt_node_delete(a.node, a.now, num, &a.out);
    assert_null(entry(&a, "FRED<20>"));
    packet want = build_request(adapter_last_id(&a), 0x3010, "FRED<20>", 0, G, "10.0.0.1");
    static const struct {
        unsigned ms;
        const char *want;
    } rows[] = {
        { 0, RELEASE }, { 249, "" }, { 250, RELEASE }, { 499, "" }, { 500, RELEASE }, { 9000, "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter_at(&a, t0 + rows[i].ms);
        if (*rows[i].want)
            assert_last_packet(&a, &want);
        assert_said(&a, rows[i].want);
        adapter_hear(&a, "10.0.0.9", "all", &claim); /* not defended any more, from the start */
        assert_said(&a, "");
    }
    adapter_fini(&a);
}

static void claiming_again_cuts_the_release_short(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint8_t num = adapter_hold(&a, "FRED<20>", false);
    unsigned t0 = (unsigned)(a.now / 1000);
    nbt_node_delete(a.node, a.now, num, &a.out);
    assert_said(&a, RELEASE);
    adapter_at(&a, t0 + 100);
    uint8_t again = adapter_add(&a, "FRED<20>", false);
    assert_int_not_equal(again, num);
    assert_said(&a, CLAIM);
    adapter_at(&a, t0 + 250);
    assert_said(&a, "");
    adapter_at(&a, t0 + 350);
    assert_said(&a, CLAIM);
    adapter_at(&a, t0 + 600);
    assert_said(&a, CLAIM);
    adapter_at(&a, t0 + 850);
    assert_said(&a, DEMAND "; ADDED #3");
    adapter_fini(&a);
}

/* A name with sessions: nobody is told until it is really deleted. */
static void a_deregistered_name_is_released_at_last(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint8_t num = adapter_hold(&a, "FRED<20>", false);
    nbt_node_deregister(a.node, a.now, num, &a.out);
    assert_int_equal(entry(&a, "FRED<20>")->state, NBT_ENTRY_DEREGISTERED);
    assert_said(&a, "");
    assert_int_equal(nbt_node_due(a.node), NBT_NEVER);
    nbt_node_delete(a.node, a.now, num, &a.out);
    assert_said(&a, RELEASE);
    adapter_fini(&a);
}

/* --- conflicts ------------------------------------------------------------------------------ */

static const struct demand_row {
    const char *label;
    const char *held; /* "" for nothing */
    bool group;
    unsigned word;
    const char *name, *to;
    const char *want;
} demands[] = {
    { "a unique name", "FRED<20>", false, 0xAD87, "FRED<20>", "10.0.0.1", "CONFLICT #2 10.0.0.9" },
    { "RA not set", "FRED<20>", false, 0xAC07, "FRED<20>", "10.0.0.1", "CONFLICT #2 10.0.0.9" },
    { "by broadcast", "FRED<20>", false, 0xAD87, "FRED<20>", "all", "CONFLICT #2 10.0.0.9" },
    { "a group name", "FRED<20>", true, 0xAD87, "FRED<20>", "10.0.0.1", "" },
    { "a name not held", "", false, 0xAD87, "FRED<20>", "10.0.0.1", "" },
    { "another suffix", "FRED<20>", false, 0xAD87, "FRED<00>", "10.0.0.1", "" },
    { "another scope", "FRED<20>", false, 0xAD87, "FRED<20>.LAB", "10.0.0.1", "" },
    { "another RCODE", "FRED<20>", false, 0xAD86, "FRED<20>", "10.0.0.1", "" },
};

/* RFC 1002 5.1.1.5, NAME CONFLICT DEMAND. */
static void run_demand(const struct demand_row *r)
{
    adapter a;
    adapter_init(&a, "rfc", "");
    if (*r->held)
        adapter_hold(&a, r->held, r->group);
    packet p = build_address_answer(0x4242, r->word, r->name, 0, 0, "0.0.0.0");
    adapter_hear(&a, "10.0.0.9", r->to, &p);
    adapter_hear(&a, "10.0.0.9", r->to, &p); /* the second one changes nothing */
    const char *said = adapter_said(&a);
    if (strcmp(said, r->want) != 0)
        fail_msg("%s: \"%s\"", r->label, said);
    if (*r->held)
        assert_int_equal(entry(&a, r->held)->conflict, *r->want != '\0');
    adapter_fini(&a);
}

static void a_demand_marks_a_unique_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(demands); i++)
        if (*demands[i].want)
            run_demand(&demands[i]);
}

static void a_demand_for_anything_else_is_ignored(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(demands); i++)
        if (!*demands[i].want)
            run_demand(&demands[i]);
}

/* With the id of a pending claim it refuses the claim, with any other it marks a name. */
static void the_id_tells_a_demand_from_a_refusal(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    adapter_hold(&a, "FRED<20>", false);
    adapter_add(&a, "WILMA<20>", false);
    uint16_t id = adapter_last_id(&a);
    packet held = build_address_answer(id, 0xAD87, "FRED<20>", 0, 0, "0.0.0.0");
    packet claimed = build_address_answer(id, 0xAD87, "WILMA<20>", 0, 0, "0.0.0.0");
    packet unknown = build_address_answer((uint16_t)(id + 1), 0xAD87, "WILMA<20>", 0, 0, "0.0.0.0");
    adapter_said(&a);
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &unknown);
    assert_said(&a, ""); /* what is claimed only is nobody's yet */
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &held);
    assert_said(&a, "CONFLICT #2 10.0.0.9"); /* the claim's id, but not the claim's name */
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &claimed);
    assert_said(&a, "REFUSED #3 CFT_ERR 10.0.0.9");
    adapter_fini(&a);
}

/* RFC 1001 15.1.3.5: only DELETE NAME is left; what was lost is not given back. */
static void a_name_in_conflict_is_deleted_silently(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint8_t num = adapter_hold(&a, "FRED<20>", false);
    packet p = build_address_answer(0x4242, 0xAD87, "FRED<20>", 0, 0, "0.0.0.0");
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &p);
    nbt_node_delete(a.node, a.now, num, &a.out); /* CONFLICT not pulled: it is not told either */
    assert_said(&a, "");
    assert_null(entry(&a, "FRED<20>"));
    adapter_add(&a, "FRED<20>", false);
    assert_said(&a, CLAIM);
    adapter_fini(&a);
}

/* RFC 1002 5.1.1.5: releases and overwrites of others are for caches. */
static void demands_of_others_leave_own_names_alone(void **state)
{
    (void)state;
    static const struct {
        unsigned word;
        const char *ip;
        const char *want;
    } rows[] = {
        { 0x3010, "10.0.0.9", "" },
        { 0x3000, "10.0.0.9", "" },
        { 0x3010, "10.0.0.1", "" }, /* even if it names this node's address */
        { 0x2810, "10.0.0.9", "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9" },
        { 0x2800, "10.0.0.9", "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init(&a, "rfc", "");
        adapter_hold(&a, "FRED<20>", false);
        nbt_entry before = *entry(&a, "FRED<20>");
        packet p = build_request(0x4242, rows[i].word, "FRED<20>", 0, U, rows[i].ip);
        adapter_hear(&a, "10.0.0.9", "all", &p);
        assert_said(&a, rows[i].want);
        const nbt_entry *e = entry(&a, "FRED<20>");
        assert_int_equal(e->state, before.state);
        assert_int_equal(e->conflict, before.conflict);
        assert_int_equal(e->num, before.num);
        adapter_fini(&a);
    }
}

/* --- status requests -------------------------------------------------------------------------- */

#define ASKS "status-request *<00> to 10.0.0.9"

static uint32_t ask_status(adapter *a, const char *ip)
{
    nbt_name star = name_of("*<00>");
    return nbt_node_status(a->node, a->now, star.b, ip_of(ip), &a->out);
}

/* RFC 1001 15.6: three requests, at the pace of unicast. */
static void a_status_request_without_an_answer(void **state)
{
    (void)state;
    static const struct {
        const char *profile;
        unsigned pause;
    } rows[] = { { "rfc", 5000 }, { "nt4", 1500 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init(&a, rows[i].profile, "");
        ask_status(&a, "10.0.0.9");
        packet want = build_question(adapter_last_id(&a), 0x0000, "*<00>", NBT_RR_NBSTAT);
        for (unsigned n = 0; n < 3; n++) {
            if (n > 0) {
                adapter_at(&a, n * rows[i].pause - 1);
                assert_said(&a, "");
            }
            adapter_at(&a, n * rows[i].pause);
            assert_last_packet(&a, &want);
            assert_said(&a, ASKS);
        }
        adapter_at(&a, 3 * rows[i].pause - 1);
        assert_said(&a, "");
        adapter_at(&a, 3 * rows[i].pause);
        assert_said(&a, "NO_STATUS");
        adapter_fini(&a);
    }
}

static const uint8_t one_name[] = "\x01"
                                  "FRED           \x20"
                                  "\x04\x00";

static void a_status_is_reported_as_it_came(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint32_t ref = ask_status(&a, "10.0.0.9");
    uint16_t id = adapter_last_id(&a);
    assert_said(&a, ASKS);
    packet wrong[] = {
        build_answer((uint16_t)(id + 1), 0x8400, "*<00>", NBT_RR_NBSTAT, 0, one_name, 19),
        build_answer(id, 0x8400, "FRED<20>", NBT_RR_NBSTAT, 0, one_name, 19),
        build_address_answer(id, 0x8500, "*<00>", 0, 0, "10.0.0.9"),
        build_answer(id, 0xBC00, "*<00>", NBT_RR_NULL, 5, "\0\0", 2),
    };
    for (size_t i = 0; i < LENGTH_OF(wrong); i++) {
        adapter_hear(&a, "10.0.0.9", "10.0.0.1", &wrong[i]);
        assert_said(&a, "");
    }
    packet right = build_answer(id, 0x8400, "*<00>", NBT_RR_NBSTAT, 0, one_name, 19);
    adapter_hear(&a, "10.0.0.8", "10.0.0.1", &right); /* somebody who was not asked */
    assert_said(&a, "");

    adapter_hear(&a, "10.0.0.9:1234", "10.0.0.1", &right); /* cut, without statistics */
    nbt_node_ev ev;
    assert_true(nbt_node_next(a.node, &ev));
    assert_int_equal(ev.kind, NBT_NODE_STATUS);
    assert_int_equal(ev.ref, ref);
    assert_int_equal(ev.peer.ip, ip_of("10.0.0.9"));
    assert_int_equal(nbt_status_count(ev.status), 1);
    assert_memory_equal(nbt_status_get(ev.status, 0).b, "FRED           \x20", 16);
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &right); /* the answer to nothing now */
    assert_said(&a, "");
    adapter_fini(&a);
}

static void the_own_address_answers_without_a_packet(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    adapter_hold(&a, "FRED<20>", false);
    ask_status(&a, "10.0.0.1");
    assert_int_equal(a.out.n, 2); /* two traces */
    nbt_node_ev ev;
    assert_true(nbt_node_next(a.node, &ev));
    assert_int_equal(ev.kind, NBT_NODE_STATUS);
    assert_int_equal(nbt_status_count(ev.status), 1);
    nbt_name other = name_of("WILMA<20>");
    nbt_node_status(a.node, a.now, other.b, ip_of("10.0.0.1"), &a.out);
    assert_said(&a, "NO_STATUS");
    adapter_fini(&a);
}

static void a_cancelled_status_is_forgotten(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint32_t ref = ask_status(&a, "10.0.0.9");
    packet p = build_answer(adapter_last_id(&a), 0x8400, "*<00>", NBT_RR_NBSTAT, 0, one_name, 19);
    assert_said(&a, ASKS);
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &p);
    nbt_node_cancel(a.node, ref);
    assert_said(&a, "");
    ref = ask_status(&a, "10.0.0.9");
    nbt_node_cancel(a.node, ref);
    adapter_at(&a, 60000);
    assert_said(&a, ASKS); /* the first one only */
    adapter_fini(&a);
}

/* --- everything together ---------------------------------------------------------------------- */

/* Windows 95 does not look at the port that a request is from (nmblookup(1), -r). */
static void answers_go_where_the_profile_says(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *defence, *found, *status;
    } rows[] = {
        { "rfc", "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9:1234",
          "positive-query-response FRED<20> to 10.0.0.9:1234",
          "status-response *<00> to 10.0.0.9:1234" },
        { "win95", "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9",
          "positive-query-response FRED<20> to 10.0.0.9", "status-response *<00> to 10.0.0.9" },
    };
    packet claim = build_request(7, 0x2910, "FRED<20>", 0, U, "10.0.0.9");
    packet query = build_question(8, 0x0110, "FRED<20>", NBT_RR_NB);
    packet status = build_question(9, 0x0000, "*<00>", NBT_RR_NBSTAT);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init(&a, rows[i].profile, "");
        adapter_hold(&a, "FRED<20>", false);
        adapter_hear(&a, "10.0.0.9:1234", "all", &claim);
        assert_said(&a, rows[i].defence);
        adapter_hear(&a, "10.0.0.9:1234", "all", &query);
        assert_said(&a, rows[i].found);
        adapter_hear(&a, "10.0.0.9:1234", "10.0.0.1", &status);
        assert_said(&a, rows[i].status);
        adapter_fini(&a);
    }
}

/* Requests and demands to port 137, responses to the port that asked. */
static void where_packets_go(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint8_t num = adapter_hold(&a, "FRED<20>", false);
    packet claim = build_request(0x4242, 0x2910, "FRED<20>", 0, U, "10.0.0.9");
    packet query = build_question(0x4243, 0x0100, "FRED<20>", NBT_RR_NB);
    packet status = build_question(0x4244, 0x0000, "FRED<20>", NBT_RR_NBSTAT);
    adapter_hear(&a, "10.0.0.9:5001", "all", &claim);
    adapter_hear(&a, "10.0.0.9:5002", "10.0.0.1", &query);
    adapter_hear(&a, "10.0.0.9:5003", "10.0.0.1", &status);
    assert_said(&a, "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9:5001; "
                    "positive-query-response FRED<20> to 10.0.0.9:5002; "
                    "status-response FRED<20> to 10.0.0.9:5003");
    ask_status(&a, "10.0.0.9");
    assert_said(&a, ASKS);
    adapter_query(&a, "WILMA<20>");
    packet first = build_address_answer(adapter_last_id(&a), 0x8500, "WILMA<20>", 0, 0, "10.0.0.5");
    packet second =
        build_address_answer(adapter_last_id(&a), 0x8500, "WILMA<20>", 0, 0, "10.0.0.6");
    assert_said(&a, "query-request WILMA<20> to all");
    adapter_hear(&a, "10.0.0.5:5005", "10.0.0.1", &first);
    adapter_hear(&a, "10.0.0.6:5006", "10.0.0.1", &second);
    packet want = build_address_answer(0, 0xAD87, "WILMA<20>", 0, 0, "0.0.0.0");
    assert_memory_equal(adapter_last_packet(&a).p + 2, want.b + 2, want.n - 2); /* any id */
    assert_said(&a, "conflict-demand(CFT_ERR) WILMA<20> to 10.0.0.6; FOUND 10.0.0.5");
    nbt_node_delete(a.node, a.now, num, &a.out);
    for (size_t i = 0; i < a.out.n; i++)
        if (a.out.acts[i].kind == NBT_ACT_SEND)
            assert_int_equal(a.out.acts[i].from.port, NBT_PORT_NS);
    assert_said(&a, RELEASE);
    adapter_fini(&a);
}

/* The flag words of RFC 1002's drawings, RD set in broadcasts too (H5); a request for a status and
 * a release hold what 4.2.17 and 4.2.9 draw, and nothing else. */
static void requests_are_drawn_so(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint8_t num = adapter_add(&a, "FRED<20>", false);
    packet claim = build_request(adapter_last_id(&a), 0x2910, "FRED<20>", 0, U, "10.0.0.1");
    assert_last_packet(&a, &claim);
    adapter_at(&a, 5000);
    adapter_at(&a, 10000);
    adapter_at(&a, 15000);
    adapter_at(&a, 20000);
    adapter_said(&a);
    adapter_query(&a, "WILMA<20>");
    packet query = build_question(adapter_last_id(&a), 0x0110, "WILMA<20>", NBT_RR_NB);
    assert_last_packet(&a, &query);
    ask_status(&a, "10.0.0.9");
    packet status = build_question(adapter_last_id(&a), 0x0000, "*<00>", NBT_RR_NBSTAT);
    assert_last_packet(&a, &status);
    assert_int_equal(status.n, 12 + 34 + 4);
    nbt_node_delete(a.node, a.now, num, &a.out);
    packet release = build_request(adapter_last_id(&a), 0x3010, "FRED<20>", 0, U, "10.0.0.1");
    assert_last_packet(&a, &release);
    adapter_fini(&a);
}

/* RA is a name server's; what end nodes make of it differs, and it is read either way (H6). */
static void ra_means_little(void **state)
{
    (void)state;
    for (unsigned ra = 0; ra < 2; ra++) {
        adapter a;
        adapter_init(&a, "rfc", "");
        adapter_hold(&a, "BARNEY<20>", false);
        adapter_query(&a, "WILMA<20>");
        packet yes = build_address_answer(adapter_last_id(&a), 0x8500 | ra << 7, "WILMA<20>", 0, 0,
                                          "10.0.0.5");
        adapter_said(&a);
        adapter_hear(&a, "10.0.0.5", "10.0.0.1", &yes);
        assert_said(&a, "FOUND 10.0.0.5");
        adapter_add(&a, "FRED<20>", false);
        packet no = build_address_answer(adapter_last_id(&a), 0xAD06 | ra << 7, "FRED<20>", 0, 0,
                                         "10.0.0.9");
        adapter_said(&a);
        adapter_hear(&a, "10.0.0.9", "10.0.0.1", &no);
        assert_said(&a, "REFUSED #3 ACT_ERR 10.0.0.9");

        packet asked = build_question(5, 0x0110 | ra << 7, "BARNEY<20>", NBT_RR_NB);
        packet claimed = build_request(6, 0x2910 | ra << 7, "BARNEY<20>", 0, U, "10.0.0.9");
        adapter_hear(&a, "10.0.0.9", "all", &asked);
        assert_int_equal(adapter_last_packet(&a).p[3] & 0x80, 0); /* RA clear */
        adapter_hear(&a, "10.0.0.9", "all", &claimed);
        assert_int_equal(adapter_last_packet(&a).p[3] & 0x80, 0x80); /* RA set */
        adapter_fini(&a);
    }
}

/* What is longer than a datagram of ours can be is read all the same (RFC 1002 4.2.1.1, TC). */
static void long_packets_are_read(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    static uint8_t rdata[1 + 18 * 60];
    static packet p;
    rdata[0] = 60;
    ask_status(&a, "10.0.0.9");
    p = build_answer(adapter_last_id(&a), 0x8400, "*<00>", NBT_RR_NBSTAT, 0, rdata, sizeof rdata);
    assert_true(p.n > NBT_NS_UDP_MAX + 500);
    adapter_said(&a);
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &p);
    assert_said(&a, "STATUS");
    adapter_fini(&a);
}

/* CVE-1999-0810, CVE-2017-0174: octets of no sense whatever. */
static void random_octets_do_no_harm(void **state)
{
    (void)state;
    nbt_rng rng = { test_seed() };
    adapter a;
    adapter_init(&a, "nt4", "");
    adapter_hold(&a, "FRED<20>", false);
    for (unsigned i = 0; i < 20000; i++) {
        packet p;
        p.n = nbt_rng_below(&rng, sizeof p.b);
        for (size_t k = 0; k < p.n; k++)
            p.b[k] = (uint8_t)nbt_rng_u64(&rng);
        adapter_hear(&a, "10.0.0.9", nbt_rng_below(&rng, 2) ? "all" : "10.0.0.1", &p);
        nbt_out_clear(&a.out);
        for (nbt_node_ev ev; nbt_node_next(a.node, &ev);)
            continue;
    }
    packet good = build_question(2, 0x0110, "FRED<20>", NBT_RR_NB);
    adapter_hear(&a, "10.0.0.9", "all", &good);
    assert_said(&a, "positive-query-response FRED<20> to 10.0.0.9");
    adapter_fini(&a);
}

/* One late tick: each transaction takes the one step that is due, the most overdue first. */
static void a_late_tick_goes_in_order(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint8_t num = adapter_hold(&a, "A<20>", false); /* ends at 750 */
    adapter_query(&a, "B<20>");
    adapter_at(&a, 760);
    adapter_add(&a, "C<20>", false);
    adapter_at(&a, 770);
    nbt_node_delete(a.node, a.now, num, &a.out);
    adapter_said(&a);
    assert_int_equal(nbt_node_due(a.node), NBT_MS(1000));

    adapter_at(&a, 60000);
    assert_said(&a, "query-request B<20> to all; registration-request C<20> to all; "
                    "release-demand A<20> to all");
    adapter_at(&a, 60249);
    assert_said(&a, "");
    adapter_at(&a, 60250);
    assert_said(&a, "query-request B<20> to all; registration-request C<20> to all; "
                    "release-demand A<20> to all");
    adapter_at(&a, 60500);
    assert_said(&a, "overwrite-demand C<20> to all; FOUND_ALL nobody; ADDED #3");
    adapter_fini(&a);
}

static void every_change_leaves_a_trace(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    uint8_t num = adapter_add(&a, "FRED<20>", false);
    uint16_t id = adapter_last_id(&a);
    assert_int_equal(a.out.acts[0].trace.trn_id, id); /* the evidence in the capture */
    assert_int_equal(a.out.acts[0].lana, 3);
    assert_traced(&a, "name FRED<20> > registering");
    packet refusal = build_address_answer(id, 0xAD86, "FRED<20>", 0, 0, "10.0.0.9");
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &refusal);
    assert_int_equal(a.out.acts[0].trace.trn_id, id);
    assert_traced(&a, "name FRED<20> registering > refused 10.0.0.9 ACT_ERR");

    num = adapter_add(&a, "FRED<20>", false);
    nbt_out_clear(&a.out);
    adapter_at(&a, 250);
    adapter_at(&a, 500);
    assert_traced(&a, "");
    adapter_at(&a, 750);
    assert_traced(&a, "name FRED<20> registering > registered");

    packet claim = build_request(0x4242, 0x2910, "FRED<20>", 0, U, "10.0.0.9");
    adapter_hear(&a, "10.0.0.9", "all", &claim);
    assert_int_equal(a.out.acts[1].trace.trn_id, 0x4242);
    assert_traced(&a, "defence FRED<20> > refused 10.0.0.9 ACT_ERR");
    packet release = build_request(0x4242, 0x3010, "FRED<20>", 0, U, "10.0.0.9");
    adapter_hear(&a, "10.0.0.9", "all", &release);
    assert_traced(&a, "demand FRED<20> > release 10.0.0.9");
    packet overwrite = build_request(0x4242, 0x2810, "WILMA<20>", 0, U, "10.0.0.9");
    adapter_hear(&a, "10.0.0.9", "all", &overwrite);
    assert_traced(&a, "demand WILMA<20> > overwrite 10.0.0.9");

    nbt_node_deregister(a.node, a.now, num, &a.out);
    assert_traced(&a, "name FRED<20> registered > deregistered");
    nbt_node_delete(a.node, a.now, num, &a.out);
    assert_traced(&a, "name FRED<20> deregistered > released");

    num = adapter_hold(&a, "WILMA<20>", false);
    packet conflict = build_address_answer(0x4243, 0xAD87, "WILMA<20>", 0, 0, "0.0.0.0");
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &conflict);
    assert_traced(&a, "demand WILMA<20> > conflict 10.0.0.9 CFT_ERR; "
                      "name WILMA<20> registered > conflict 10.0.0.9 CFT_ERR");
    nbt_node_delete(a.node, a.now, num, &a.out);
    assert_traced(&a, "name WILMA<20> conflict > released");

    adapter_query(&a, "BARNEY<20>");
    id = adapter_last_id(&a);
    assert_traced(&a, "query BARNEY<20> > asking");
    packet first = build_address_answer(id, 0x8500, "BARNEY<20>", 0, 0, "10.0.0.5");
    adapter_hear(&a, "10.0.0.5", "10.0.0.1", &first);
    assert_traced(&a, "query BARNEY<20> asking > found 10.0.0.5");
    packet second = build_address_answer(id, 0x8500, "BARNEY<20>", 0, 0, "10.0.0.6");
    adapter_hear(&a, "10.0.0.6", "10.0.0.1", &second);
    assert_traced(&a, "query BARNEY<20> found > conflict 10.0.0.6");
    adapter_at(&a, (unsigned)(a.now / 1000) + 1000);
    assert_traced(&a, "query BARNEY<20> found > ended");
    adapter_fini(&a);
}

static void a_malformed_packet_leaves_a_trace(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    packet claim = build_request(0x4242, 0x2910, "FRED<20>", 0, U, "10.0.0.9");
    packet letter = claim, half = claim;
    letter.b[17] = 'Q';
    half.n = 3;
    static const char traced[] = "packet - > malformed 10.0.0.9";
    const struct {
        const packet *p;
        const char *why, *field;
        uint32_t offset;
    } rows[] = {
        { &letter, "letter outside A..P", "QUESTION_NAME", 17 },
        { &half, "runs past the end", "OPCODE", 2 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter_hear(&a, "10.0.0.9:1234", "all", rows[i].p);
        const nbt_trace *t = &a.out.acts[0].trace;
        assert_int_equal(a.out.n, 1);
        assert_int_equal(a.out.acts[0].lana, 3);
        assert_string_equal(t->why, rows[i].why);
        assert_string_equal(t->field, rows[i].field);
        assert_int_equal(t->offset, rows[i].offset);
        assert_int_equal(t->peer.port, 1234);
        assert_traced(&a, traced);
    }
    assert_int_equal(nbt_node_counts(a.node)->malformed, 2);
    adapter_fini(&a);
}

/* Nobody has to pull after each call. */
static void results_wait_until_they_are_pulled(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    for (unsigned i = 0; i < 100; i++) {
        char name[] = "xx<20>";
        name[0] = (char)('A' + i / 20);
        name[1] = (char)('A' + i % 20);
        adapter_add(&a, name, false);
        name[4] = '1';
        adapter_query(&a, name);
    }
    for (unsigned ms = 250; ms <= 750; ms += 250)
        adapter_at(&a, ms);
    for (unsigned i = 0; i < 100; i++) {
        char name[] = "xx<20>";
        name[0] = (char)('A' + i / 20);
        name[1] = (char)('A' + i % 20);
        packet p = build_address_answer(7, 0xAD87, name, 0, 0, "0.0.0.0");
        adapter_hear(&a, "10.0.0.9", "10.0.0.1", &p);
    }
    unsigned count[NBT_NODE_CONFLICT + 1] = { 0 };
    for (nbt_node_ev ev; nbt_node_next(a.node, &ev);)
        count[ev.kind]++;
    assert_int_equal(count[NBT_NODE_ADDED], 100);
    assert_int_equal(count[NBT_NODE_FOUND_ALL], 100);
    assert_int_equal(count[NBT_NODE_CONFLICT], 100);
    adapter_fini(&a);
}

/* Everything a node does, while memory runs out at the nth request for it. */
static void busy_day(adapter *a)
{
    packet demand = build_address_answer(0x4242, 0xAD87, "FRED<20>", 0, 0, "0.0.0.0");
    packet status = build_question(0x4244, 0x0000, "*<00>", NBT_RR_NBSTAT);
    uint8_t fred = adapter_add(a, "FRED<20>", false);
    uint8_t group = adapter_add(a, "GROUP<00>", true);
    uint32_t query = adapter_query(a, "WILMA<20>");
    uint32_t asked = ask_status(a, "10.0.0.9");
    for (unsigned ms = 250; ms <= 1000; ms += 250)
        adapter_at(a, ms);
    adapter_hear(a, "10.0.0.9", "all", &status);
    adapter_hear(a, "10.0.0.9", "10.0.0.1", &demand);
    nbt_node_delete(a->node, a->now, group, &a->out);
    adapter_at(a, 20000);
    adapter_at(a, 40000);
    adapter_at(a, 60000);

    /* Whatever was begun has ended, and its end is told. */
    bool added = false, conflict = false, found = false, no_status = false;
    for (nbt_node_ev ev; nbt_node_next(a->node, &ev);) {
        added |= ev.kind == NBT_NODE_ADDED && ev.num == fred;
        conflict |= ev.kind == NBT_NODE_CONFLICT && ev.num == fred;
        found |= ev.kind == NBT_NODE_FOUND_ALL && ev.ref == query;
        no_status |= ev.kind == NBT_NODE_NO_STATUS && ev.ref == asked;
    }
    assert_int_equal(added, fred != 0);
    assert_int_equal(conflict, fred != 0);
    assert_int_equal(found, query != 0);
    assert_int_equal(no_status, asked != 0);
    assert_int_equal(nbt_node_due(a->node), NBT_NEVER);
}

static void no_result_is_lost_without_memory(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    busy_day(&a);
    size_t requests = a.mem.requests;
    adapter_fini(&a);
    assert_true(requests > 8);
    for (size_t n = 2; n <= requests + 1; n++) { /* the first is the node itself */
        adapter_init(&a, "rfc", "");
        a.mem.fail_at = n;
        busy_day(&a);
        adapter_fini(&a);
    }
    test_mem none = { .fail_at = 1 };
    nbt_lana_cfg cfg = { .profile = nbt_profile_at(0) };
    assert_null(nbt_node_new(test_mem_of(&none), &cfg, 1));
    nbt_node_free(NULL);
}

/* Without memory for the answer it is asked for again. */
static void an_answer_without_memory_is_asked_for_again(void **state)
{
    (void)state;
    adapter a;
    adapter_init(&a, "rfc", "");
    ask_status(&a, "10.0.0.9");
    packet p = build_answer(adapter_last_id(&a), 0x8400, "*<00>", NBT_RR_NBSTAT, 0, one_name, 19);
    assert_said(&a, ASKS);
    a.mem.fail_at = a.mem.requests + 1;
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &p);
    a.mem.fail_at = 0;
    assert_said(&a, "");
    adapter_at(&a, 5000);
    assert_said(&a, ASKS);
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &p);
    assert_said(&a, "STATUS");
    adapter_fini(&a);
}

/* Packets of chance, and good ones with a wrong bit: no answer to garbage, no harm done. */
static void garbage_does_no_harm(void **state)
{
    (void)state;
    nbt_rng rng = { test_seed() };
    adapter a;
    adapter_init(&a, "nt4", "");
    adapter_hold(&a, "FRED<20>", false);
    packet good[] = {
        build_request(1, 0x2910, "FRED<20>", 0, U, "10.0.0.9"),
        build_question(2, 0x0110, "FRED<20>", NBT_RR_NB),
        build_question(3, 0x0000, "*<00>", NBT_RR_NBSTAT),
        build_address_answer(4, 0xAD86, "FRED<20>", 0, 0, "10.0.0.9"),
        build_answer(5, 0x8400, "*<00>", NBT_RR_NBSTAT, 0, one_name, 19),
    };
    for (unsigned i = 0; i < 20000; i++) {
        packet p = good[nbt_rng_below(&rng, LENGTH_OF(good))];
        for (unsigned k = nbt_rng_below(&rng, 4); k > 0; k--)
            p.b[nbt_rng_below(&rng, (uint32_t)p.n)] ^= (uint8_t)(1 << nbt_rng_below(&rng, 8));
        p.n = nbt_rng_below(&rng, 3) ? p.n : nbt_rng_below(&rng, (uint32_t)p.n + 1);
        adapter_hear(&a, "10.0.0.9", nbt_rng_below(&rng, 2) ? "all" : "10.0.0.1", &p);
        assert_true(a.out.n <= 3); /* a trace of a demand, an answer, a trace of a defence */
        nbt_out_clear(&a.out);
        for (nbt_node_ev ev; nbt_node_next(a.node, &ev);)
            continue;
    }
    assert_non_null(entry(&a, "FRED<20>"));
    const nbt_node_stats *s = nbt_node_counts(a.node);
    assert_int_equal(s->received, 20000);
    assert_true(s->malformed > 1000 && s->malformed + s->ignored < 20000);
    adapter_fini(&a);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("E1 E8 B20 B22 B23 B25 H9", a_name_is_claimed),
    NBT_TEST("E12", a_group_name_is_claimed),
    NBT_TEST("", nt_claims_more_slowly),
    NBT_TEST("E9", any_refusal_ends_a_claim),
    NBT_TEST("E10 E11 H81", other_answers_do_not),
    NBT_TEST("G28", a_refusal_after_success_is_stray),
    NBT_TEST("E13", two_claims_at_once_do_not_see_each_other),
    NBT_TEST("", a_claim_deleted_midway_ends_silently),
    NBT_TEST("", a_full_table_takes_no_more),
    NBT_TEST("E7", a_search_in_vain),
    NBT_TEST("E3 E18", the_first_answer_wins),
    NBT_TEST("E20", members_of_a_group_are_collected),
    NBT_TEST("E43", a_second_owner_is_told),
    NBT_TEST("", nt_tells_nobody),
    NBT_TEST("H81", answers_to_somebody_else_are_ignored),
    NBT_TEST("", names_held_here_are_found_here),
    NBT_TEST("", other_members_of_an_own_group_are_looked_for),
    NBT_TEST("", a_cancelled_search_is_forgotten),
    NBT_TEST("E21", a_name_is_given_back),
    NBT_TEST("", claiming_again_cuts_the_release_short),
    NBT_TEST("", a_deregistered_name_is_released_at_last),
    NBT_TEST("", a_demand_marks_a_unique_name),
    NBT_TEST("E48", a_demand_for_anything_else_is_ignored),
    NBT_TEST("H8", the_id_tells_a_demand_from_a_refusal),
    NBT_TEST("", a_name_in_conflict_is_deleted_silently),
    NBT_TEST("", demands_of_others_leave_own_names_alone),
    NBT_TEST("E2", a_status_request_without_an_answer),
    NBT_TEST("", a_status_is_reported_as_it_came),
    NBT_TEST("", the_own_address_answers_without_a_packet),
    NBT_TEST("", a_cancelled_status_is_forgotten),
    NBT_TEST("B18 B34 E5 F11", where_packets_go),
    NBT_TEST("B18", answers_go_where_the_profile_says),
    NBT_TEST("", a_late_tick_goes_in_order),
    NBT_TEST("", every_change_leaves_a_trace),
    NBT_TEST("", a_malformed_packet_leaves_a_trace),
    NBT_TEST("", results_wait_until_they_are_pulled),
    NBT_TEST("", no_result_is_lost_without_memory),
    NBT_TEST("", an_answer_without_memory_is_asked_for_again),
    NBT_TEST("H78", garbage_does_no_harm),
    NBT_TEST("H51 H78", random_octets_do_no_harm),
    NBT_TEST("B36 B49 H5", requests_are_drawn_so),
    NBT_TEST("B8 H6", ra_means_little),
    NBT_TEST("B16", long_packets_are_read),
};

NBT_MAIN("node", tests)
