/*
 * P, M and H nodes: what they ask their name servers and what they broadcast, and what comes of it.
 * One table a paragraph of the RFC. The node is 10.0.0.1, its servers are 10.0.0.201 and .202, the
 * name is FRED<20>.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/codes.h"
#include "tests/support/adapter.h"

#define WINS "10.0.0.201"
#define WINS2 "10.0.0.202"
#define ASK "registration-request FRED<20> to " WINS
#define ASK2 "registration-request FRED<20> to " WINS2
#define CLAIM "registration-request FRED<20> to all"
#define DEMAND "overwrite-demand FRED<20> to all"
#define REFRESH "refresh-request FRED<20> to " WINS
#define RELEASE "release-request FRED<20> to " WINS
#define FAREWELL "release-demand FRED<20> to all"
#define QUERY "query-request FRED<20> to " WINS
#define QUERY2 "query-request FRED<20> to " WINS2
#define CALL "query-request FRED<20> to all"
#define DOUBT "query-request FRED<20> to 10.0.0.9"
#define WILDCARD "*\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00<00>"
#define OVERWRITE "overwrite-request FRED<20> to " WINS

typedef enum what {
    TIME,
    ADD,
    ADD_GROUP,
    DELETE,
    FIND,
    /* Answers to the last request. */
    GRANT,     /* POSITIVE NAME REGISTRATION RESPONSE, `ttl` */
    REFUSE,    /* ACT_ERR */
    WACK,      /* `ttl` */
    CHALLENGE, /* the owner is `ip` */
    FOUND,     /* at `ip` */
    UNKNOWN,
    REDIRECT, /* to `ip` */
    RELEASED,
    NOT_RELEASED,
    STRAY, /* a refusal of, and a positive answer to, something else */
    /* Unasked. */
    CONFLICT,
    TAKE,          /* NAME RELEASE REQUEST */
    TAKE_FROM_ALL, /* the same, broadcast */
} what;

typedef struct step {
    const char *label;
    unsigned ms;
    what what;
    const char *from;
    const char *ip;
    uint32_t ttl;
    const char *want;
} step;

/* A redirect as 4.2.15 draws it. */
static packet build_redirect(uint16_t id, const char *ip)
{
    static const uint8_t ns[] = { 2, 'N', 'S', 0 };
    uint32_t a = ip_of(ip);
    const uint8_t rdata[] = { (uint8_t)(a >> 24), (uint8_t)(a >> 16), (uint8_t)(a >> 8),
                              (uint8_t)a };
    packet p = { 0 };
    nbt_wr w;
    nbt_wr_init(&w, p.b, sizeof p.b);
    put_header(&w, id, 0x8100, 0, 0, 1, 1);
    put_record(&w, "FRED<20>", NBT_RR_NS, 0, ns, sizeof ns);
    put_record(&w, "FRED<20>", NBT_RR_A, 0, rdata, sizeof rdata);
    p.n = w.at;
    return p;
}

static packet build(const step *s, uint16_t id, unsigned flags)
{
    static const uint8_t word[] = { 0x29, 0x00 };
    const char *ip = s->ip ? s->ip : "10.0.0.1";
    switch (s->what) {
    case GRANT:
        return build_address_answer(id, 0xAD80, "FRED<20>", s->ttl, flags, ip);
    case REFUSE:
        return build_address_answer(id, 0xAD86, "FRED<20>", 0, flags, ip);
    case WACK:
        return build_answer(id, 0xBC00, "FRED<20>", NBT_RR_NULL, s->ttl, word, sizeof word);
    case CHALLENGE:
        return build_address_answer(id, 0xAD00, "FRED<20>", 0, flags, ip);
    case FOUND:
        return build_address_answer(id, 0x8580, "FRED<20>", s->ttl, flags, ip);
    case UNKNOWN:
        return build_answer(id, 0x8583, "FRED<20>", NBT_RR_NULL, 0, NULL, 0);
    case REDIRECT:
        return build_redirect(id, ip);
    case RELEASED:
        return build_address_answer(id, 0xB400, "FRED<20>", 0, flags, ip);
    case NOT_RELEASED:
        return build_address_answer(id, 0xB406, "FRED<20>", 0, flags, ip);
    case STRAY:
        return build_address_answer((uint16_t)(id ^ 1), 0xAD86, "FRED<20>", 0, flags, ip);
    case CONFLICT:
        return build_address_answer(0x4321, 0xAD87, "FRED<20>", 0, 0, "0.0.0.0");
    case TAKE:
        return build_request(0x4321, 0x3000, "FRED<20>", 0, flags, ip);
    case TAKE_FROM_ALL:
        return build_request(0x4321, 0x3010, "FRED<20>", 0, flags, ip);
    case TIME:
    case ADD:
    case ADD_GROUP:
    case DELETE:
    case FIND:
        break;
    }
    fail();
    return (packet){ 0 };
}

static void take_step(adapter *a, const step *s, uint16_t id)
{
    nbt_name fred = name_of("FRED<20>");
    const nbt_entry *e = nbt_ltable_find_const(nbt_node_names(a->node), fred.b);
    packet p;
    switch (s->what) {
    case TIME:
        break;
    case ADD:
    case ADD_GROUP:
        assert_int_not_equal(adapter_add(a, "FRED<20>", s->what == ADD_GROUP), 0);
        break;
    case DELETE:
        nbt_node_delete(a->node, a->now, e->num, &a->out);
        break;
    case FIND:
        adapter_query(a, "FRED<20>");
        break;
    case GRANT:
    case REFUSE:
    case WACK:
    case CHALLENGE:
    case FOUND:
    case UNKNOWN:
    case REDIRECT:
    case RELEASED:
    case NOT_RELEASED:
    case STRAY:
    case CONFLICT:
    case TAKE:
    case TAKE_FROM_ALL:
        p = build(s, id, e && e->group ? NBT_NB_G : 0);
        adapter_hear(a, s->from ? s->from : WINS, s->what == TAKE_FROM_ALL ? "all" : "10.0.0.1",
                     &p);
        break;
    }
}

static bool sends(const adapter *a)
{
    for (size_t i = 0; i < a->out.n; i++)
        if (a->out.acts[i].kind == NBT_ACT_SEND)
            return true;
    return false;
}

static void run_on(adapter *a, const step *rows, size_t n)
{
    uint16_t id = 0;
    for (const step *s = rows; s < rows + n; s++) {
        adapter_at(a, s->ms);
        if (s->what != TIME)
            assert_false(sends(a)); /* a row of its own for what time brings */
        take_step(a, s, id);
        if (sends(a))
            id = adapter_last_id(a);
        const char *said = adapter_said(a);
        if (strcmp(said, s->want) != 0)
            fail_msg("%s: \"%s\"", s->label, said);
    }
}

static void run(const char *profile, const char *type, unsigned servers, const step *rows, size_t n)
{
    adapter a;
    adapter_init_type(&a, profile, type, servers);
    run_on(&a, rows, n);
    adapter_fini(&a);
}

#define RUN(profile, type, servers, rows) run(profile, type, servers, rows, LENGTH_OF(rows))

static const nbt_entry *fred(const adapter *a)
{
    nbt_name n = name_of("FRED<20>");
    return nbt_ltable_find_const(nbt_node_names(a->node), n.b);
}

/* --- P: claims -------------------------------------------------------------------------------- */

/* RFC 1002 5.1.2.1 */
static void a_p_node_asks_its_server_for_a_name(void **state)
{
    (void)state;
    static const step granted[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "too early", 4999, TIME, 0, 0, 0, "" },
        { "asks again", 5000, TIME, 0, 0, 0, ASK },
        { "stray answer", 5001, STRAY, 0, 0, 0, "" },
        { "somebody else's yes", 5002, GRANT, "10.0.0.9", 0, 0, "" },
        { "somebody else's no", 5003, REFUSE, "10.0.0.9", 0, 0, "" },
        { "a query's answer", 5004, FOUND, 0, "10.0.0.9", 0, "" },
        { "yours", 5005, GRANT, 0, 0, 0, "ADDED #2" },
        { "its copy", 5006, GRANT, 0, 0, 0, "" },
        { "nothing more", 999000, TIME, 0, 0, 0, "" },
    };
    static const step refused[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "not yours", 10, REFUSE, 0, 0, 0, "REFUSED #2 ACT_ERR " WINS },
        { "nothing more", 99000, TIME, 0, 0, 0, "" },
    };
    static const step silent[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "asks again", 5000, TIME, 0, 0, 0, ASK },
        { "third and last", 10000, TIME, 0, 0, 0, ASK },
        { "too early", 14999, TIME, 0, 0, 0, "" },
        { "nobody", 15000, TIME, 0, 0, 0, "REFUSED #2 unanswered" },
        { "nothing more", 99000, TIME, 0, 0, 0, "" },
    };
    static const step wack[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "wait", 10, WACK, 0, 0, 60, "" },
        { "waits", 60009, TIME, 0, 0, 0, "" },
        { "asks again", 60010, TIME, 0, 0, 0, ASK },
        { "136 years", 60011, WACK, 0, 0, 0xFFFFFFFF, "" },
        { "two minutes", 180010, TIME, 0, 0, 0, "" },
        { "are enough", 180011, TIME, 0, 0, 0, ASK },
        { "yours", 180012, GRANT, 0, 0, 0, "ADDED #2" },
    };
    RUN("rfc", "P", 1, granted);
    RUN("rfc", "P", 1, refused);
    RUN("rfc", "P", 1, silent);
    RUN("rfc", "P", 1, wack);
}

/* What leaves is what 4.2.2 draws, with the TTL of the profile. */
static void the_request_is_the_rfcs(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *type;
        unsigned word, flags;
        uint32_t ttl;
        bool group;
    } rows[] = {
        { "rfc", "P", 0x2900, 0x2000, 0, false },
        { "rfc", "P", 0x2900, 0xA000, 0, true },
        { "nt4", "H", 0x2900, 0x6000, 300000, false },
        { "win95", "H", 0x2900, 0x0000, 300000, false },
        { "samba", "H", 0x7900, 0x6000, 259200, false }, /* opcode F with one address, too */
        { "samba", "H", 0x2900, 0xE000, 259200, true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init_type(&a, rows[i].profile, rows[i].type, 1);
        adapter_add(&a, "FRED<20>", rows[i].group);
        packet p = build_request(adapter_last_id(&a), rows[i].word, "FRED<20>", rows[i].ttl,
                                 rows[i].flags, "10.0.0.1");
        nbt_bytes sent = adapter_last_packet(&a);
        assert_int_equal(sent.n, p.n);
        assert_memory_equal(sent.p, p.b, p.n);
        adapter_fini(&a);
    }
}

/* MS-NBTE 3.1.4.1, 2.2.2: opcode F for unique names, by unicast; the rest is as ever. */
static void of_several_adapters_each_says_so(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        bool group;
        unsigned first, later; /* the words of the first request, and of the one after 7 s */
    } rows[] = {
        { "P", false, 0x7900, 0x7900 },
        { "P", true, 0x2900, 0x2900 },
        { "M", false, 0x2910, 0x7900 }, /* its broadcast is an ordinary one */
        { "H", false, 0x7900, 0x7900 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init_multihomed(&a, "rfc", rows[i].type);
        adapter_add(&a, "FRED<20>", rows[i].group);
        nbt_bytes sent = adapter_last_packet(&a);
        assert_int_equal(sent.p[2] << 8 | sent.p[3], rows[i].first);
        while (a.now < NBT_S(7))
            adapter_at(&a, (unsigned)(a.now / 1000) + 250);
        sent = adapter_last_packet(&a);
        assert_int_equal(sent.p[2] << 8 | sent.p[3], rows[i].later);
        adapter_fini(&a);
    }
}

/* The addresses of the last packet, "1 2" for 10.0.0.1 and .2; G and U for a group's. */
static const char *listed(const adapter *a)
{
    static char text[60];
    nbt_bytes p = adapter_last_packet(a);
    nbt_rd r;
    nbt_ns m;
    nbt_rd_init(&r, p.p, p.n);
    nbt_ns_rd(&r, &m);
    text[0] = '\0';
    for (size_t i = 0; i < nbt_addr_count(&m.rr[0]); i++) {
        nbt_addr addr = nbt_addr_get(&m.rr[0], i);
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "%s%s%u", i ? " " : "",
                 addr.nb_flags & NBT_NB_G ? "G" : "", addr.ip & 255);
    }
    return text;
}

/* MS-NBTE <2>; a server that knows the rule grants the second adapter the name of the first. */
static void of_several_adapters_one_answers_for_all(void **state)
{
    (void)state;
    static const struct {
        const char *label, *profile;
        bool here, there, group_there;
        const char *want;
    } rows[] = {
        { "both have it", "nt4", false, true, false, "1 7" },
        { "the other has another name", "nt4", false, false, false, "1" },
        { "a group there", "nt4", false, true, true, "1" },
        { "a group here", "nt4", true, true, true, "G1" },
        { "the RFC knows one adapter", "rfc", false, true, false, "1" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init_type(&a, rows[i].profile, "P", 1);
        nbt_lana_cfg cfg = *nbt_node_cfg(a.node);
        cfg.ip = ip_of("10.0.0.7");
        cfg.lana = 4;
        nbt_node *other = nbt_node_new(test_mem_of(&a.mem), &cfg, 2);
        nbt_node_join(a.node, other);
        adapter_add(&a, "FRED<20>", rows[i].here);
        packet yes =
            build_address_answer(adapter_last_id(&a), 0xAD80, "FRED<20>", 0, 0, "10.0.0.1");
        adapter_hear(&a, WINS, "10.0.0.1", &yes);
        nbt_name name = name_of(rows[i].there ? "FRED<20>" : "WILMA<20>"); /* being claimed */
        assert_int_not_equal(nbt_node_add(other, a.now, name.b, rows[i].group_there, &a.out), 0);
        packet challenge = build_question(0x4321, 0x0100, "FRED<20>", NBT_RR_NB);
        adapter_hear(&a, WINS, "10.0.0.1", &challenge);
        if (strcmp(listed(&a), rows[i].want) != 0)
            fail_msg("%s: \"%s\"", rows[i].label, listed(&a));
        nbt_node_free(other);
        adapter_fini(&a);
    }
}

/* RFC 1002 5.1.2.1, RFC 1001 15.2.2: END-NODE CHALLENGE REGISTRATION RESPONSE. */
static void told_to_it_challenges_the_owner(void **state)
{
    (void)state;
    static const step alive[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "an owner nobody can ask", 1, CHALLENGE, 0, "255.255.255.255", 0, "" },
        { "ask him", 10, CHALLENGE, 0, "10.0.0.9", 0, DOUBT },
        { "somebody else", 20, FOUND, "10.0.0.8", "10.0.0.8", 0, "" },
        { "too early", 5009, TIME, 0, 0, 0, "" },
        { "asks him again", 5010, TIME, 0, 0, 0, DOUBT },
        { "mine", 5020, FOUND, "10.0.0.9", "10.0.0.9", 0, "REFUSED #2 ACT_ERR 10.0.0.9" },
    };
    static const step denies[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "ask him", 10, CHALLENGE, 0, "10.0.0.9", 0, DOUBT },
        { "not mine", 20, UNKNOWN, "10.0.0.9", 0, 0, OVERWRITE },
        { "asks again", 5020, TIME, 0, 0, 0, OVERWRITE },
        { "yours", 5030, GRANT, 0, 0, 0, "ADDED #2" },
    };
    static const step dead[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "ask him", 0, CHALLENGE, 0, "10.0.0.9", 0, DOUBT },
        { "again", 5000, TIME, 0, 0, 0, DOUBT },
        { "again", 10000, TIME, 0, 0, 0, DOUBT },
        { "dead", 15000, TIME, 0, 0, 0, OVERWRITE },
        { "not yours all the same", 15010, REFUSE, 0, 0, 0, "REFUSED #2 ACT_ERR " WINS },
    };
    RUN("rfc", "P", 1, alive);
    RUN("rfc", "P", 1, denies);
    RUN("rfc", "P", 1, dead);
}

/* MS-NBTE 3.1.4.2; KB Q120642 WinsDownTimeout, Q247559. */
static void the_second_server_is_asked_when_the_first_is_silent(void **state)
{
    (void)state;
    static const step rows[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "again", 1500, TIME, 0, 0, 0, ASK },
        { "again", 3000, TIME, 0, 0, 0, ASK },
        { "the second", 4500, TIME, 0, 0, 0, ASK2 },
        { "who grants it", 4600, GRANT, WINS2, 0, 0, "ADDED #2" },
        { "and stays in use", 5000, DELETE, 0, 0, 0, "release-request FRED<20> to " WINS2 },
        { "released", 5001, RELEASED, WINS2, 0, 0, "" },
        { "for ten minutes", 604599, FIND, 0, 0, 0, QUERY2 },
        { "unknown", 604599, UNKNOWN, WINS2, 0, 0, "FOUND_ALL nobody" },
        { "then the first again", 604600, FIND, 0, 0, 0, QUERY },
        { "again", 606100, TIME, 0, 0, 0, QUERY },
        { "again", 607600, TIME, 0, 0, 0, QUERY },
        { "the second", 609100, TIME, 0, 0, 0, QUERY2 },
        { "again", 610600, TIME, 0, 0, 0, QUERY2 },
        { "again", 612100, TIME, 0, 0, 0, QUERY2 },
        { "nobody", 613600, TIME, 0, 0, 0, "FOUND_ALL nobody" },
        { "none is asked for 15 s", 628599, FIND, 0, 0, 0, "FOUND_ALL nobody" },
        { "then again", 628600, FIND, 0, 0, 0, QUERY },
        { "found", 628601, FOUND, 0, "10.0.0.9", 0, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
    };
    RUN("nt4", "P", 2, rows);
}

/* The profile's word: a query alone goes past a no, never a claim. */
static void the_second_server_is_asked_when_the_first_says_no(void **state)
{
    (void)state;
    static const step rows[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "unknown there", 10, UNKNOWN, 0, 0, 0, QUERY2 },
        { "known here", 20, FOUND, WINS2, "10.0.0.9", 0, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
        { "claims where it was answered", 30, ADD, 0, 0, 0, ASK2 },
        { "a no is final", 40, REFUSE, WINS2, 0, 0, "REFUSED #2 ACT_ERR " WINS2 },
    };
    nbt_profile profile = *nbt_profile_find("rfc", 3);
    profile.past_denial = true;
    adapter a;
    adapter_init_profile(&a, &profile, "P", 2);
    run_on(&a, rows, LENGTH_OF(rows));
    adapter_fini(&a);
}

/* --- P: searches and the end of names -----------------------------------------------------------
 */

/* RFC 1002 5.1.2.3 */
static void a_p_node_asks_its_server_for_an_owner(void **state)
{
    (void)state;
    static const step found[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "too early", 4999, TIME, 0, 0, 0, "" },
        { "again", 5000, TIME, 0, 0, 0, QUERY },
        { "wait", 5001, WACK, 0, 0, 7, "" },
        { "waits", 12000, TIME, 0, 0, 0, "" },
        { "again", 12001, TIME, 0, 0, 0, QUERY },
        { "somebody else's answer", 12002, FOUND, "10.0.0.8", "10.0.0.8", 0, "" },
        { "found", 12003, FOUND, 0, "10.0.0.9", 0, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
        { "a second answer is stray", 12004, FOUND, 0, "10.0.0.8", 0, "" },
    };
    static const step unknown[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "nobody", 10, UNKNOWN, 0, 0, 0, "FOUND_ALL nobody" },
    };
    static const step silent[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "again", 5000, TIME, 0, 0, 0, QUERY },
        { "again", 10000, TIME, 0, 0, 0, QUERY },
        { "nobody", 15000, TIME, 0, 0, 0, "FOUND_ALL nobody" },
    };
    static const step redirected[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "to nowhere", 1, REDIRECT, 0, "224.0.0.1", 0, "" },
        { "there", 10, REDIRECT, 0, "10.9.9.9", 0, "query-request FRED<20> to 10.9.9.9" },
        { "again", 5010, TIME, 0, 0, 0, "query-request FRED<20> to 10.9.9.9" },
        { "found", 5011, FOUND, "10.9.9.9", "10.0.0.9", 0, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
    };
    static const step circle[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "1", 1, REDIRECT, 0, "10.9.9.9", 0, "query-request FRED<20> to 10.9.9.9" },
        { "2", 2, REDIRECT, "10.9.9.9", WINS, 0, QUERY },
        { "3", 3, REDIRECT, 0, "10.9.9.9", 0, "query-request FRED<20> to 10.9.9.9" },
        { "4", 4, REDIRECT, "10.9.9.9", WINS, 0, QUERY },
        { "5", 5, REDIRECT, 0, "10.9.9.9", 0, "query-request FRED<20> to 10.9.9.9" },
        { "enough", 6, REDIRECT, "10.9.9.9", WINS, 0, "FOUND_ALL nobody" },
    };
    RUN("rfc", "P", 1, found);
    RUN("rfc", "P", 1, unknown);
    RUN("rfc", "P", 1, silent);
    RUN("rfc", "P", 1, redirected);
    RUN("rfc", "P", 1, circle);
}

/* Its own membership is known before the server says anything. */
static void a_member_asks_for_the_others(void **state)
{
    (void)state;
    static const step rows[] = {
        { "asks", 0, ADD_GROUP, 0, 0, 0, ASK },
        { "member", 1, GRANT, 0, 0, 0, "ADDED #2" },
        { "is one itself", 2, FIND, 0, 0, 0, QUERY "; FOUND 10.0.0.1" },
        { "and another", 3, FOUND, 0, "10.0.0.9", 0, "FOUND_ALL 10.0.0.1 10.0.0.9" },
        { "asks again", 4, FIND, 0, 0, 0, QUERY "; FOUND 10.0.0.1" },
        { "alone", 5, UNKNOWN, 0, 0, 0, "FOUND_ALL 10.0.0.1" },
    };
    RUN("rfc", "P", 1, rows);
}

/* RFC 1002 5.1.2.4: gone here at once, whatever is said to it. */
static void a_p_node_gives_names_back_to_its_server(void **state)
{
    (void)state;
    static const step rows[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "yours", 1, GRANT, 0, 0, 0, "ADDED #2" },
        { "gives it back", 2, DELETE, 0, 0, 0, RELEASE },
        { "too early", 5001, TIME, 0, 0, 0, "" },
        { "again", 5002, TIME, 0, 0, 0, RELEASE },
        { "wait", 5003, WACK, 0, 0, 9, "" },
        { "a stray answer", 5004, REFUSE, 0, 0, 0, "" },
        { "again", 14003, TIME, 0, 0, 0, RELEASE },
        { "released", 14004, RELEASED, 0, 0, 0, "" },
        { "asks", 20000, ADD, 0, 0, 0, ASK },
        { "yours", 20001, GRANT, 0, 0, 0, "ADDED #3" },
        { "gives it back", 20002, DELETE, 0, 0, 0, RELEASE },
        { "not released", 20003, NOT_RELEASED, 0, 0, 0, "" },
        { "asks", 30000, ADD, 0, 0, 0, ASK },
        { "changes its mind: it may be entered", 30001, DELETE, 0, 0, 0, RELEASE },
        { "again", 35001, TIME, 0, 0, 0, RELEASE },
        { "again", 40001, TIME, 0, 0, 0, RELEASE },
        { "silence", 45001, TIME, 0, 0, 0, "" },
        { "asks", 50000, ADD, 0, 0, 0, ASK },
        { "ask him", 50001, CHALLENGE, 0, "10.0.0.9", 0, DOUBT },
        { "changes its mind: nothing is entered", 50002, DELETE, 0, 0, 0, "" },
        { "nothing more", 99000, TIME, 0, 0, 0, "" },
    };
    RUN("rfc", "P", 1, rows);
}

/* On the way the claim might overtake the release, and the server would take back what it has just
   granted (fixtures/scenarios/findings/overtaken-release.scn). */
static void a_claim_waits_until_the_server_has_heard_of_the_release(void **state)
{
    (void)state;
    static const step rows[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "yours", 1, GRANT, 0, 0, 0, "ADDED #2" },
        { "gives it back", 2, DELETE, 0, 0, 0, RELEASE },
        { "wants it again", 3, ADD, 0, 0, 0, "" },
        { "the release again", 5002, TIME, 0, 0, 0, RELEASE },
        { "released: asks", 5003, RELEASED, 0, 0, 0, ASK },
        { "yours", 5004, GRANT, 0, 0, 0, "ADDED #3" },
        { "gives it back", 6000, DELETE, 0, 0, 0, RELEASE },
        { "wants it again", 6001, ADD_GROUP, 0, 0, 0, "" },
        { "not released: asks", 6002, NOT_RELEASED, 0, 0, 0, ASK },
        { "yours", 6003, GRANT, 0, 0, 0, "ADDED #4" },
        { "gives it back", 7000, DELETE, 0, 0, 0, RELEASE },
        { "wants it again", 7001, ADD, 0, 0, 0, "" },
        { "changes its mind", 7002, DELETE, 0, 0, 0, "" },
        { "released", 7003, RELEASED, 0, 0, 0, "" },
        { "nothing more", 99000, TIME, 0, 0, 0, "" },
    };
    static const step mixed[] = {
        { "broadcasts", 0, ADD, 0, 0, 0, CLAIM },
        { "again", 250, TIME, 0, 0, 0, CLAIM },
        { "again", 500, TIME, 0, 0, 0, CLAIM },
        { "asks", 750, TIME, 0, 0, 0, ASK },
        { "granted", 760, GRANT, 0, 0, 0, "ADDED #2" },
        { "gives it back", 1000, DELETE, 0, 0, 0, RELEASE },
        { "wants it again", 1001, ADD, 0, 0, 0, "" },
        { "released: nobody else is told", 1010, RELEASED, 0, 0, 0, CLAIM },
        { "gives that up", 1011, DELETE, 0, 0, 0, "" },
        { "nothing more", 99000, TIME, 0, 0, 0, "" },
    };
    RUN("rfc", "P", 1, rows);
    RUN("rfc", "M", 1, mixed);
}

/* RFC 1002 5.1.2.4: "NBNS does [not] want node to delete this name". Whoever watches is told. */
static void a_release_that_is_refused_is_reported(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        what what;
        const char *want;
    } rows[] = {
        { "refused", NOT_RELEASED, "release FRED<20> asking > refused " WINS " ACT_ERR" },
        { "agreed", RELEASED, "" },
        { "silence", TIME, "release FRED<20> asking > no answer" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init_type(&a, "rfc", "P", 1);
        adapter_add(&a, "FRED<20>", false);
        step s = { .what = GRANT };
        take_step(&a, &s, adapter_last_id(&a));
        adapter_said(&a);
        nbt_node_delete(a.node, a.now, 2, &a.out);
        assert_null(fred(&a)); /* gone at once, whatever the server says */
        uint16_t id = adapter_last_id(&a);
        if (rows[i].what == TIME) {
            adapter_at(&a, 5000);
            adapter_at(&a, 10000);
            nbt_out_clear(&a.out);
            adapter_at(&a, 15000);
        } else {
            nbt_out_clear(&a.out);
            s.what = rows[i].what;
            take_step(&a, &s, id);
        }
        const char *traced = adapter_traced(&a);
        if (strcmp(traced, rows[i].want) != 0)
            fail_msg("%s: \"%s\"", rows[i].label, traced);
        adapter_fini(&a);
    }
}

/* --- P: refresh ---------------------------------------------------------------------------------
 */

/* RFC 1002 5.1.2.6: by the TTL that was granted. */
static void names_are_refreshed_by_the_granted_ttl(void **state)
{
    (void)state;
    static const step rfc[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "for a minute", 1000, GRANT, 0, 0, 60, "ADDED #2" },
        { "too early", 60999, TIME, 0, 0, 0, "" },
        { "refreshes", 61000, TIME, 0, 0, 0, REFRESH },
        { "stray answer", 61001, STRAY, 0, 0, 0, "" },
        { "again", 66000, TIME, 0, 0, 0, REFRESH },
        { "for a hundred seconds", 66500, GRANT, 0, 0, 100, "" },
        { "too early", 166499, TIME, 0, 0, 0, "" },
        { "refreshes", 166500, TIME, 0, 0, 0, REFRESH },
        { "wait", 166501, WACK, 0, 0, 20, "" },
        { "again", 186501, TIME, 0, 0, 0, REFRESH },
        { "for ever", 186502, GRANT, 0, 0, 0, "" },
        { "never again", 99999000, TIME, 0, 0, 0, "" },
    };
    static const step nt4[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "for an hour", 0, GRANT, 0, 0, 3600, "ADDED #2" },
        { "too early", 1799999, TIME, 0, 0, 0, "" },
        { "half of it", 1800000, TIME, 0, 0, 0, REFRESH },
        { "for a minute", 1800000, GRANT, 0, 0, 60, "" },
        { "not that soon", 2099999, TIME, 0, 0, 0, "" },
        { "five minutes", 2100000, TIME, 0, 0, 0, REFRESH },
    };
    RUN("rfc", "P", 1, rfc);
    RUN("nt4", "P", 1, nt4);
}

/* RFC 1002 4.2.4 draws one opcode, the table of 4.2.1.1 has the other; the record is the same. */
static void a_refresh_has_either_opcode(void **state)
{
    (void)state;
    static const struct {
        uint8_t opcode;
        unsigned word;
    } rows[] = { { 8, 0x4000 }, { 9, 0x4800 } };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_profile p = *nbt_profile_find("rfc", 3);
        adapter a;
        p.refresh_opcode = rows[i].opcode;
        p.ucast_ttl = 7;
        adapter_init_profile(&a, &p, "P", 1);
        adapter_add(&a, "FRED<20>", true);
        step s = { .what = GRANT, .ttl = 60 };
        take_step(&a, &s, adapter_last_id(&a));
        adapter_said(&a);
        adapter_at(&a, 60000);
        nbt_bytes sent = adapter_last_packet(&a);
        packet want =
            build_request(adapter_last_id(&a), rows[i].word, "FRED<20>", 7, 0xA000, "10.0.0.1");
        assert_int_equal(sent.n, want.n);
        assert_memory_equal(sent.p, want.b, want.n);
        assert_said(&a, REFRESH);
        adapter_fini(&a);
    }
}

/* KB Q152705: a server with several addresses may answer from another of them. */
static void from_where_an_answer_may_come(void **state)
{
    (void)state;
    static const step rfc[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "from elsewhere", 1, GRANT, "10.0.0.203", 0, 0, "" },
        { "from the second server", 2, GRANT, WINS2, 0, 0, "ADDED #2" },
    };
    static const step nt4[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "from elsewhere", 1, GRANT, "10.0.0.203", 0, 0, "ADDED #2" },
    };
    RUN("rfc", "P", 2, rfc);
    RUN("nt4", "P", 2, nt4);
}

/* E36: nothing is lost. */
static void an_unanswered_refresh_is_repeated_later(void **state)
{
    (void)state;
    static const step rows[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "for ten seconds", 0, GRANT, 0, 0, 10, "ADDED #2" },
        { "refreshes", 10000, TIME, 0, 0, 0, REFRESH },
        { "again", 15000, TIME, 0, 0, 0, REFRESH },
        { "again", 20000, TIME, 0, 0, 0, REFRESH },
        { "silence", 25000, TIME, 0, 0, 0, "" },
        { "too early", 84999, TIME, 0, 0, 0, "" },
        { "a minute later", 85000, TIME, 0, 0, 0, REFRESH },
        { "for ten seconds", 85001, GRANT, 0, 0, 10, "" },
        { "refreshes", 95001, TIME, 0, 0, 0, REFRESH },
        { "given back meanwhile", 95002, DELETE, 0, 0, 0, RELEASE },
        { "released", 95003, RELEASED, 0, 0, 0, "" },
        { "nothing more", 999000, TIME, 0, 0, 0, "" },
    };
    RUN("rfc", "P", 1, rows);
}

/* RFC 1002 5.1.2.6: "refused, can't keep name". */
static void a_refused_refresh_is_a_conflict(void **state)
{
    (void)state;
    static const step unique[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "for ten seconds", 0, GRANT, 0, 0, 10, "ADDED #2" },
        { "refreshes", 10000, TIME, 0, 0, 0, REFRESH },
        { "not yours", 10001, REFUSE, 0, 0, 0, "CONFLICT #2 " WINS },
        { "no refresh in conflict", 999000, TIME, 0, 0, 0, "" },
        { "no release either", 999001, DELETE, 0, 0, 0, "" },
    };
    static const step group[] = {
        { "asks", 0, ADD_GROUP, 0, 0, 0, ASK },
        { "for ten seconds", 0, GRANT, 0, 0, 10, "ADDED #2" },
        { "refreshes", 10000, TIME, 0, 0, 0, REFRESH },
        { "a group is nobody's to lose", 10001, REFUSE, 0, 0, 0, "" },
        { "later", 70001, TIME, 0, 0, 0, REFRESH },
    };
    RUN("rfc", "P", 1, unique);
    RUN("rfc", "P", 1, group);
}

/* --- P: what others send ------------------------------------------------------------------------
 */

/* A node that holds FRED<20>, as its server has granted for ever. */
static void hold(adapter *a, const char *profile, const char *type, bool group)
{
    adapter_init_type(a, profile, type, 1);
    adapter_add(a, "FRED<20>", group);
    for (unsigned i = 0; i < 3 && *type == 'M'; i++)
        adapter_at(a, (i + 1) * 2000);
    packet p = build_address_answer(adapter_last_id(a), 0xAD80, "FRED<20>", 0, 0, "10.0.0.1");
    adapter_hear(a, WINS, "10.0.0.1", &p);
    assert_int_equal(fred(a)->state, NBT_ENTRY_REGISTERED);
    adapter_said(a);
}

/* RFC 1002 5.1.2.5, 5.1.3.5: queries; everything else is as with a B node. */
static void queries_to_it_alone_are_always_answered(void **state)
{
    (void)state;
    static const struct {
        const char *type, *name, *to, *want;
    } rows[] = {
        { "P", "FRED<20>", "10.0.0.1", "positive-query-response FRED<20> to 10.0.0.9" },
        { "P", "FRED<20>", "all", "" },
        { "P", "WILMA<20>", "10.0.0.1", "negative-query-response(NAM_ERR) WILMA<20> to 10.0.0.9" },
        { "P", "WILMA<20>", "all", "" },
        { "M", "FRED<20>", "10.0.0.1", "positive-query-response FRED<20> to 10.0.0.9" },
        { "M", "FRED<20>", "all", "positive-query-response FRED<20> to 10.0.0.9" },
        { "M", "WILMA<20>", "10.0.0.1", "negative-query-response(NAM_ERR) WILMA<20> to 10.0.0.9" },
        { "M", "WILMA<20>", "all", "" },
        { "H", "FRED<20>", "all", "positive-query-response FRED<20> to 10.0.0.9" },
        { "H", "WILMA<20>", "10.0.0.1", "negative-query-response(NAM_ERR) WILMA<20> to 10.0.0.9" },
        { "H", "WILMA<20>", "all", "" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        hold(&a, "rfc", rows[i].type, false);
        packet p = build_question(0x4321, 0x0100, rows[i].name, NBT_RR_NB);
        adapter_hear(&a, "10.0.0.9", rows[i].to, &p);
        const char *said = adapter_said(&a);
        if (strcmp(said, rows[i].want) != 0)
            fail_msg("%s, %s to %s: \"%s\"", rows[i].type, rows[i].name, rows[i].to, said);
        adapter_fini(&a);
    }
}

/* A challenge for the next claimant may overtake the server's yes: no answer is the true one. */
static void a_claimant_neither_denies_nor_affirms(void **state)
{
    (void)state;
    adapter a;
    adapter_init_type(&a, "rfc", "P", 1);
    adapter_add(&a, "FRED<20>", false);
    uint16_t id = adapter_last_id(&a);
    adapter_said(&a);
    packet challenge = build_question(0x4321, 0x0100, "FRED<20>", NBT_RR_NB);
    packet yes = build_address_answer(id, 0xAD80, "FRED<20>", 0, 0, "10.0.0.1");
    adapter_hear(&a, WINS, "10.0.0.1", &challenge);
    assert_said(&a, "");
    adapter_hear(&a, WINS, "10.0.0.1", &yes);
    adapter_hear(&a, WINS, "10.0.0.1", &challenge);
    assert_said(&a, "positive-query-response FRED<20> to " WINS "; ADDED #2");
    adapter_fini(&a);
}

/* RFC 1002 5.1.2: it defends nothing by broadcast; the others do. */
static void a_p_node_hears_no_broadcast(void **state)
{
    (void)state;
    static const char *const types[] = { "P", "M", "H" };
    for (size_t i = 0; i < LENGTH_OF(types); i++) {
        adapter a;
        hold(&a, "rfc", types[i], false);
        packet claim = build_request(0x4321, 0x2910, "FRED<20>", 0, 0, "10.0.0.9");
        adapter_hear(&a, "10.0.0.9", "all", &claim);
        adapter_hear(&a, "10.0.0.9", "255.255.255.255", &claim);
        const char *no = "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9; "
                         "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9";
        assert_said(&a, *types[i] == 'P' ? "" : no);
        packet status = build_question(0x4322, 0x0000, "FRED<20>", NBT_RR_NBSTAT);
        adapter_hear(&a, "10.0.0.9", "all", &status);
        adapter_said(&a);
        assert_int_equal(nbt_node_counts(a.node)->ignored, *types[i] == 'P' ? 3 : 0);
        adapter_fini(&a);
    }
}

/* RFC 1002 5.1.2.5, RFC 1001 15.5.3; whom a node believes is its profile's choice. */
static void demands_are_obeyed_if_the_profile_says_so(void **state)
{
    (void)state;
#define MARKED(ip) "CONFLICT #2 " ip
#define TAKEN(ip) "positive-release-response FRED<20> to " ip "; RELEASED #2 " ip
    static const struct {
        const char *profile, *type;
        bool group;
        what what;
        const char *from, *want;
    } rows[] = {
        { "rfc", "P", false, CONFLICT, WINS, MARKED(WINS) },
        { "rfc", "P", false, CONFLICT, "10.0.0.9", MARKED("10.0.0.9") },
        { "rfc", "P", true, CONFLICT, WINS, "" },
        { "rfc", "P", false, TAKE, WINS, TAKEN(WINS) },
        { "rfc", "P", false, TAKE, "10.0.0.9", "" },
        { "rfc", "P", true, TAKE, WINS, "" },
        { "rfc", "M", false, TAKE, WINS, TAKEN(WINS) },
        { "rfc", "M", false, TAKE_FROM_ALL, WINS, "" },
        { "rfc", "M", false, TAKE_FROM_ALL, "10.0.0.9", "" },
        { "rfc", "M", true, TAKE_FROM_ALL, "10.0.0.9", "" },
        { "nt4", "H", false, CONFLICT, "10.0.0.9", MARKED("10.0.0.9") },
        { "nt4", "H", false, TAKE, "10.0.0.9", TAKEN("10.0.0.9") },
        { "nt4", "H", true, TAKE, WINS, "" },
        { "nt4-patched", "H", false, CONFLICT, "10.0.0.9", "" },
        { "nt4-patched", "H", false, TAKE, "10.0.0.9", "" },
        { "nt4-patched", "H", false, TAKE, WINS, TAKEN(WINS) },
        { "win2000-unpatched", "H", false, CONFLICT, "10.0.0.9", MARKED("10.0.0.9") },
        { "win2000-unpatched", "H", false, TAKE, "10.0.0.9", TAKEN("10.0.0.9") },
        { "win2000", "H", false, CONFLICT, "10.0.0.9", "" },
        { "win2000", "H", false, TAKE, "10.0.0.9", "" },
        { "win2000", "H", false, TAKE, WINS, TAKEN(WINS) },
        { "samba", "H", false, CONFLICT, WINS, "" },
        { "samba", "H", false, TAKE, WINS,
          "negative-release-response(FMT_ERR) FRED<20> to " WINS }, /* it is no name server */
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        hold(&a, rows[i].profile, rows[i].type, rows[i].group);
        step s = { "", (unsigned)(a.now / 1000), rows[i].what, rows[i].from, 0, 0, "" };
        take_step(&a, &s, 0);
        const char *said = adapter_said(&a);
        if (strcmp(said, rows[i].want) != 0)
            fail_msg("%s, %s, row %zu: \"%s\"", rows[i].profile, rows[i].type, i, said);
        bool taken = strstr(rows[i].want, "RELEASED"), marked = strstr(rows[i].want, "CONFLICT");
        assert_int_equal(fred(&a) == NULL, taken);
        if (!taken)
            assert_int_equal(fred(&a)->conflict, marked);
        adapter_fini(&a);
    }
}

/* E47: after that it is as if it had never been. */
static void a_name_taken_away_can_be_had_again(void **state)
{
    (void)state;
    static const step rows[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "for ten seconds", 0, GRANT, 0, 0, 10, "ADDED #2" },
        { "in conflict", 1, CONFLICT, 0, 0, 0, "CONFLICT #2 " WINS },
        { "taken away", 2, TAKE, 0, 0, 0, TAKEN(WINS) },
        { "again", 3, TAKE, 0, 0, 0, "" },
        { "asks", 4, ADD, 0, 0, 0, ASK },
        { "for ten seconds", 5, GRANT, 0, 0, 10, "ADDED #3" },
        { "refreshes", 10005, TIME, 0, 0, 0, REFRESH },
        { "taken away meanwhile", 10006, TAKE, 0, 0, 0,
          "positive-release-response FRED<20> to " WINS "; RELEASED #3 " WINS },
        { "nothing more", 999000, TIME, 0, 0, 0, "" },
    };
    RUN("rfc", "P", 1, rows);
}

/* --- M -------------------------------------------------------------------------------------------
 */

/* RFC 1001 15.2.3, RFC 1002 5.1.3.1 */
static void an_m_node_claims_twice(void **state)
{
    (void)state;
    static const step both[] = {
        { "broadcasts", 0, ADD, 0, 0, 0, CLAIM },
        { "a server's yes is too early", 1, GRANT, 0, 0, 0, "" },
        { "so is its challenge", 2, CHALLENGE, 0, "10.0.0.9", 0, "" },
        { "and its wish for time", 3, WACK, 0, 0, 60, "" },
        { "a query's answer", 4, FOUND, "10.0.0.9", "10.0.0.9", 0, "" },
        { "again", 250, TIME, 0, 0, 0, CLAIM },
        { "again", 500, TIME, 0, 0, 0, CLAIM },
        { "no demand: asks", 750, TIME, 0, 0, 0, ASK },
        { "another node's no is too late", 751, REFUSE, "10.0.0.9", 0, 0, "" },
        { "granted", 760, GRANT, 0, 0, 30, "ADDED #2" },
        { "refreshes", 30760, TIME, 0, 0, 0, REFRESH },
    };
    static const step refused_here[] = {
        { "broadcasts", 0, ADD, 0, 0, 0, CLAIM },
        { "mine", 10, REFUSE, "10.0.0.9", 0, 0, "REFUSED #2 ACT_ERR 10.0.0.9" },
        { "nothing more", 99000, TIME, 0, 0, 0, "" },
    };
    static const step refused_there[] = {
        { "broadcasts", 0, ADD, 0, 0, 0, CLAIM },
        { "again", 250, TIME, 0, 0, 0, CLAIM },
        { "again", 500, TIME, 0, 0, 0, CLAIM },
        { "asks", 750, TIME, 0, 0, 0, ASK },
        { "ask him", 760, CHALLENGE, 0, "10.0.0.9", 0, DOUBT },
        { "not mine", 770, UNKNOWN, "10.0.0.9", 0, 0, OVERWRITE }, /* H14 */
        { "no", 780, REFUSE, 0, 0, 0, "REFUSED #2 ACT_ERR " WINS },
    };
    static const step overwritten[] = {
        { "broadcasts", 0, ADD, 0, 0, 0, CLAIM },
        { "again", 250, TIME, 0, 0, 0, CLAIM },
        { "again", 500, TIME, 0, 0, 0, CLAIM },
        { "asks", 750, TIME, 0, 0, 0, ASK },
        { "ask him", 760, CHALLENGE, 0, "10.0.0.9", 0, DOUBT },
        { "not mine", 770, UNKNOWN, "10.0.0.9", 0, 0, OVERWRITE }, /* H14 */
        { "yours", 780, GRANT, 0, 0, 0, "ADDED #2" },
    };
    RUN("rfc", "M", 1, both);
    RUN("rfc", "M", 1, overwritten);
    RUN("rfc", "M", 1, refused_here);
    RUN("rfc", "M", 1, refused_there);
}

/* RFC 1001 10.3 against RFC 1002 5.1.3.1: the profile decides. */
static void an_m_node_without_its_server(void **state)
{
    (void)state;
    static const step rfc[] = {
        { "broadcasts", 0, ADD, 0, 0, 0, CLAIM },
        { "again", 250, TIME, 0, 0, 0, CLAIM },
        { "again", 500, TIME, 0, 0, 0, CLAIM },
        { "asks", 750, TIME, 0, 0, 0, ASK },
        { "again", 5750, TIME, 0, 0, 0, ASK },
        { "again", 10750, TIME, 0, 0, 0, ASK },
        { "no", 15750, TIME, 0, 0, 0, "REFUSED #2 unanswered" },
    };
    static const step nt4[] = {
        { "broadcasts", 0, ADD, 0, 0, 0, CLAIM },
        { "again", 750, TIME, 0, 0, 0, CLAIM },
        { "again", 1500, TIME, 0, 0, 0, CLAIM },
        { "asks", 2250, TIME, 0, 0, 0, ASK },
        { "again", 3750, TIME, 0, 0, 0, ASK },
        { "again", 5250, TIME, 0, 0, 0, ASK },
        { "goes on", 6750, TIME, 0, 0, 0, "ADDED #2" },
        { "presents it later", 126750, TIME, 0, 0, 0, ASK },
        { "granted", 126751, GRANT, 0, 0, 0, "" },
    };
    RUN("rfc", "M", 1, rfc);
    RUN("nt4", "M", 1, nt4);
}

/* RFC 1002 5.1.3.3 */
static void an_m_node_looks_around_before_it_asks(void **state)
{
    (void)state;
    static const step near[] = {
        { "calls", 0, FIND, 0, 0, 0, CALL },
        { "here", 10, FOUND, "10.0.0.9", "10.0.0.9", 0, "FOUND 10.0.0.9" },
        { "here, too", 20, FOUND, "10.0.0.8", "10.0.0.8", 0,
          "conflict-demand(CFT_ERR) FRED<20> to 10.0.0.8" },
        { "both", 1010, TIME, 0, 0, 0, "FOUND_ALL 10.0.0.9 10.0.0.8" },
    };
    static const step far[] = {
        { "calls", 0, FIND, 0, 0, 0, CALL },
        { "again", 250, TIME, 0, 0, 0, CALL },
        { "again", 500, TIME, 0, 0, 0, CALL },
        { "asks", 750, TIME, 0, 0, 0, QUERY },
        { "there", 760, FOUND, 0, "10.9.9.9", 0, "FOUND 10.9.9.9; FOUND_ALL 10.9.9.9" },
    };
    RUN("rfc", "M", 1, near);
    RUN("rfc", "M", 1, far);
}

/* RFC 1001 15.4.3: "If and only if the P procedure succeeds". */
static void an_m_node_tells_all_when_its_server_has_agreed(void **state)
{
    (void)state;
    static const step rows[] = {
        { "broadcasts", 0, ADD, 0, 0, 0, CLAIM },
        { "again", 250, TIME, 0, 0, 0, CLAIM },
        { "again", 500, TIME, 0, 0, 0, CLAIM },
        { "asks", 750, TIME, 0, 0, 0, ASK },
        { "granted", 760, GRANT, 0, 0, 0, "ADDED #2" },
        { "gives it back", 1000, DELETE, 0, 0, 0, RELEASE },
        { "released", 1010, RELEASED, 0, 0, 0, FAREWELL },
        { "again", 1260, TIME, 0, 0, 0, FAREWELL },
        { "again", 1510, TIME, 0, 0, 0, FAREWELL },
        { "nothing more", 9000, TIME, 0, 0, 0, "" },
    };
    static const step refused[] = {
        { "broadcasts", 0, ADD, 0, 0, 0, CLAIM },
        { "again", 250, TIME, 0, 0, 0, CLAIM },
        { "again", 500, TIME, 0, 0, 0, CLAIM },
        { "asks", 750, TIME, 0, 0, 0, ASK },
        { "granted", 760, GRANT, 0, 0, 0, "ADDED #2" },
        { "gives it back", 1000, DELETE, 0, 0, 0, RELEASE },
        { "refused", 1010, NOT_RELEASED, 0, 0, 0, "" },
        { "nothing more", 99000, TIME, 0, 0, 0, "" },
    };
    static const step silence[] = {
        { "broadcasts", 0, ADD, 0, 0, 0, CLAIM },
        { "again", 250, TIME, 0, 0, 0, CLAIM },
        { "again", 500, TIME, 0, 0, 0, CLAIM },
        { "asks", 750, TIME, 0, 0, 0, ASK },
        { "granted", 760, GRANT, 0, 0, 0, "ADDED #2" },
        { "gives it back", 1000, DELETE, 0, 0, 0, RELEASE },
        { "again", 6000, TIME, 0, 0, 0, RELEASE },
        { "again", 11000, TIME, 0, 0, 0, RELEASE },
        { "nobody: tells all", 16000, TIME, 0, 0, 0, FAREWELL },
    };
    RUN("rfc", "M", 1, rows);
    RUN("rfc", "M", 1, refused);
    RUN("rfc", "M", 1, silence);
}

/* --- H -------------------------------------------------------------------------------------------
 */

/* A trace of Windows 98: 3 x 2900 1.5 s apart, 3 x 2910 750 ms apart, one 2810, all of one id. */
static void an_h_node_falls_back_to_broadcast(void **state)
{
    (void)state;
    static const step rows[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "again", 1500, TIME, 0, 0, 0, ASK },
        { "again", 3000, TIME, 0, 0, 0, ASK },
        { "broadcasts", 4500, TIME, 0, 0, 0, CLAIM },
        { "again", 5250, TIME, 0, 0, 0, CLAIM },
        { "again", 6000, TIME, 0, 0, 0, CLAIM },
        { "nobody objects", 6750, TIME, 0, 0, 0, DEMAND },
        { "nor to that", 7500, TIME, 0, 0, 0, "ADDED #2" },
        { "too early", 127499, TIME, 0, 0, 0, "" },
        { "tries the server on", 127500, TIME, 0, 0, 0, ASK },
        { "granted", 127510, GRANT, 0, 0, 3600, "" },
        { "from now on as any other", 1927510, TIME, 0, 0, 0, REFRESH },
    };
    RUN("win95", "H", 1, rows);

    adapter a;
    adapter_init_type(&a, "win95", "H", 1);
    adapter_add(&a, "FRED<20>", false);
    uint16_t id = adapter_last_id(&a);
    for (unsigned ms = 0; ms <= 7500; ms += 750) {
        adapter_at(&a, ms);
        assert_int_equal(adapter_last_id(&a), id);
    }
    assert_int_equal(fred(&a)->state, NBT_ENTRY_REGISTERED);
    adapter_fini(&a);
}

/* What is said, a letter a packet: B to all, S to the server, which says yes to everything; other
   cases for other kinds: d an overwrite demand, b and s for releases. '+' when the name is there.
 */
static void follow(adapter *a, const char *name, char *text)
{
    size_t done = 0;
    for (size_t i = 0; i < a->out.n; i++) {
        if (a->out.acts[i].kind != NBT_ACT_SEND)
            continue;
        nbt_bytes p = nbt_out_data(&a->out, &a->out.acts[i]);
        bool all = a->out.acts[i].to.ip != ip_of(WINS);
        unsigned opcode = p.p[2] >> 3 & 15, rd = p.p[2] & 1;
        char c = opcode == 6 ? (all ? 'b' : 's') : !rd ? 'd' : all ? 'B' : 'S';
        text[done++] = c;
    }
    text[done] = '\0';
    if (done == 0 || (text[done - 1] != 'S' && text[done - 1] != 's'))
        return;
    unsigned word = text[done - 1] == 'S' ? 0xAD80 : 0xB400;
    packet yes = build_address_answer(adapter_last_id(a), word, name, 300000, 0, "10.0.0.1");
    nbt_out_clear(&a->out);
    adapter_hear(a, WINS, "10.0.0.1", &yes);
    follow(a, name, text + done);
}

static const char *ways(adapter *a, const char *name)
{
    static char text[80];
    text[0] = '\0';
    for (unsigned i = 0; i < 12; i++) {
        follow(a, name, text + strlen(text));
        (void)adapter_said(a);
        adapter_at(a, (unsigned)(a->now / 1000) + 750);
    }
    return text;
}

/* MS-NBTE <3>: a server's yes to <1D>, <1E> and __MSBROWSE__ tells nothing about the subnet. */
static void a_subnets_names_are_claimed_by_broadcast_too(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *type, *name;
        bool group;
        const char *claim, *release;
    } rows[] = {
        { "nt4", "H", "DOM<20>", false, "S", "s" },
        { "nt4", "H", "DOM<1B>", false, "S", "s" },
        { "nt4", "H", "DOM<1C>", true, "S", "s" },
        { "nt4", "H", "DOM<1D>", false, "BBBS", "sbbb" },
        { "nt4", "H", "DOM<1E>", true, "BBBS", "sbbb" },
        { "win2000", "H", "\\x01\\x02__MSBROWSE__\\x02<01>", true, "BBBS", "sbbb" },
        { "rfc", "H", "DOM<1D>", false, "S", "s" },
        { "nt4", "P", "DOM<1D>", false, "S", "s" },
        { "win95", "H", "DOM<1D>", false, "S", "s" }, /* as a trace of Windows 98 has it */
        { "nt4", "M", "DOM<1D>", false, "BBBS", "sbbb" },
        { "nt4", "B", "DOM<1D>", false, "BBBd", "bbb" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init_type(&a, rows[i].profile, rows[i].type, 1);
        uint8_t num = adapter_add(&a, rows[i].name, rows[i].group);
        const char *said = ways(&a, rows[i].name);
        if (strcmp(said, rows[i].claim) != 0)
            fail_msg("%s %s %s: \"%s\"", rows[i].profile, rows[i].type, rows[i].name, said);
        nbt_node_delete(a.node, a.now, num, &a.out);
        said = ways(&a, rows[i].name);
        if (strcmp(said, rows[i].release) != 0)
            fail_msg("%s %s %s: \"%s\"", rows[i].profile, rows[i].type, rows[i].name, said);
        adapter_fini(&a);
    }
}

/* Another master browser in reach says no, and the server never hears of the claim. */
static void a_subnets_other_master_is_noticed(void **state)
{
    (void)state;
    adapter a;
    adapter_init_type(&a, "nt4", "H", 1);
    adapter_add(&a, "DOM<1D>", false);
    uint16_t id = adapter_last_id(&a);
    assert_said(&a, "registration-request DOM<1D> to all");
    packet no = build_address_answer(id, 0xAD86, "DOM<1D>", 0, 0, "10.0.0.9");
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &no);
    assert_said(&a, "REFUSED #2 ACT_ERR 10.0.0.9");
    adapter_at(&a, 99000);
    assert_said(&a, "");
    adapter_fini(&a);
}

/* F4's way on without a server is theirs, too: who is heard by nobody in reach has the name. */
static void a_subnets_name_without_its_server(void **state)
{
    (void)state;
    adapter a;
    adapter_init_type(&a, "nt4", "H", 1);
    adapter_add(&a, "DOM<1D>", false);
    for (unsigned ms = 0; ms < 6750; ms += 750)
        adapter_at(&a, ms);
    (void)adapter_said(&a);
    adapter_at(&a, 6750);
    assert_said(&a, "ADDED #2");
    adapter_at(&a, 126750);
    assert_said(&a, "registration-request DOM<1D> to " WINS);
    adapter_fini(&a);
}

static void what_a_server_says_to_a_claim_is_final(void **state)
{
    (void)state;
    static const step no[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "no", 10, REFUSE, 0, 0, 0, "REFUSED #2 ACT_ERR " WINS },
        { "nothing more", 99000, TIME, 0, 0, 0, "" },
    };
    static const step late_no[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "again", 1500, TIME, 0, 0, 0, ASK },
        { "again", 3000, TIME, 0, 0, 0, ASK },
        { "broadcasts", 4500, TIME, 0, 0, 0, CLAIM },
        { "a late no", 4600, REFUSE, 0, 0, 0, "REFUSED #2 ACT_ERR " WINS },
    };
    /* What was obtained by broadcast alone may turn out to be another's. */
    static const step another_has_it[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "again", 1500, TIME, 0, 0, 0, ASK },
        { "again", 3000, TIME, 0, 0, 0, ASK },
        { "broadcasts", 4500, TIME, 0, 0, 0, CLAIM },
        { "again", 5250, TIME, 0, 0, 0, CLAIM },
        { "again", 6000, TIME, 0, 0, 0, CLAIM },
        { "to be ours", 6750, TIME, 0, 0, 0, DEMAND },
        { "ours", 7500, TIME, 0, 0, 0, "ADDED #2" },
        { "presents it", 127500, TIME, 0, 0, 0, ASK },
        { "ask him", 127501, CHALLENGE, 0, "10.0.0.9", 0, DOUBT },
        { "mine", 127502, FOUND, "10.0.0.9", "10.0.0.9", 0, "CONFLICT #2 10.0.0.9" },
    };
    RUN("nt4", "H", 1, no);
    RUN("nt4", "H", 1, late_no);
    RUN("nt4", "H", 1, another_has_it);
}

static void an_h_node_calls_when_its_server_does_not_know(void **state)
{
    (void)state;
    static const step there[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "there", 10, FOUND, 0, "10.9.9.9", 0, "FOUND 10.9.9.9; FOUND_ALL 10.9.9.9" },
    };
    static const step here[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "unknown", 10, UNKNOWN, 0, 0, 0, CALL },
        { "here", 20, FOUND, "10.0.0.9", "10.0.0.9", 0, "FOUND 10.0.0.9" },
        { "nobody else", 1020, TIME, 0, 0, 0, "FOUND_ALL 10.0.0.9" },
    };
    static const step dead[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "again", 1500, TIME, 0, 0, 0, QUERY },
        { "again", 3000, TIME, 0, 0, 0, QUERY },
        { "calls", 4500, TIME, 0, 0, 0, CALL },
        { "again", 5250, TIME, 0, 0, 0, CALL },
        { "again", 6000, TIME, 0, 0, 0, CALL },
        { "nobody", 6750, TIME, 0, 0, 0, "FOUND_ALL nobody" },
        { "the server is left alone", 7000, FIND, 0, 0, 0, CALL },
    };
    RUN("nt4", "H", 1, there);
    RUN("nt4", "H", 1, here);
    RUN("nt4", "H", 1, dead);
}

/* MS-NBTE 3.1.7: the other way round than M. */
static void an_h_node_tells_all_when_its_server_has_not_agreed(void **state)
{
    (void)state;
    static const step agreed[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "granted", 10, GRANT, 0, 0, 0, "ADDED #2" },
        { "gives it back", 20, DELETE, 0, 0, 0, RELEASE },
        { "released", 30, RELEASED, 0, 0, 0, "" },
        { "nothing more", 99000, TIME, 0, 0, 0, "" },
    };
    static const step not_agreed[] = {
        { "asks", 0, ADD, 0, 0, 0, ASK },
        { "granted", 10, GRANT, 0, 0, 0, "ADDED #2" },
        { "gives it back", 20, DELETE, 0, 0, 0, RELEASE },
        { "not released", 30, NOT_RELEASED, 0, 0, 0, FAREWELL },
        { "again", 780, TIME, 0, 0, 0, FAREWELL },
        { "again", 1530, TIME, 0, 0, 0, FAREWELL },
        { "nothing more", 99000, TIME, 0, 0, 0, "" },
    };
    RUN("nt4", "H", 1, agreed);
    RUN("nt4", "H", 1, not_agreed);
}

/* --- of all types
 * --------------------------------------------------------------------------------- */

/* H17, RFC 1001 15.6: whoever it is, and what he leaves out is not asked for again. */
static void every_type_gives_and_takes_a_status(void **state)
{
    (void)state;
    static const char *const types[] = { "B", "P", "M", "H" };
    static const uint8_t none[] = { 0 };
    for (size_t i = 0; i < LENGTH_OF(types); i++) {
        adapter a;
        adapter_init_type(&a, "rfc", types[i], *types[i] == 'B' ? 0 : 1);
        nbt_name all = name_of(WILDCARD);
        packet ask = build_question(0x4321, 0x0000, WILDCARD, NBT_RR_NBSTAT);
        adapter_hear(&a, "10.0.0.9:1234", "10.0.0.1", &ask);
        assert_true(sends(&a));
        adapter_said(&a);
        (void)nbt_node_status(a.node, a.now, all.b, ip_of("10.0.0.9"), &a.out);
        packet cut = build_answer(adapter_last_id(&a), 0x8600, /* TC */
                                  WILDCARD, NBT_RR_NBSTAT, 0, none, sizeof none);
        adapter_said(&a);
        adapter_hear(&a, "10.0.0.9", "10.0.0.1", &cut);
        for (size_t k = 0; k < a.out.n; k++)
            assert_int_equal(a.out.acts[k].kind, NBT_ACT_TRACE);
        assert_said(&a, "STATUS");
        adapter_fini(&a);
    }
}

/* RFC 1002 4.2.1.1: bits that mean nothing change nothing. What is sent, the adapter looks at. */
static void bits_without_a_meaning_change_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        unsigned word;
        bool claim;
        const char *to, *want;
    } rows[] = {
        { "B", 0x0110, false, "all", "positive-query-response FRED<20> to 10.0.0.9" },
        { "B", 0x0570, false, "all", "positive-query-response FRED<20> to 10.0.0.9" },
        { "P", 0x0100, false, "10.0.0.1", "positive-query-response FRED<20> to 10.0.0.9" },
        { "P", 0x0570, false, "10.0.0.1", "positive-query-response FRED<20> to 10.0.0.9" },
        { "M", 0x2910, true, "all",
          "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9" },
        { "H", 0x2D70, true, "all",
          "negative-registration-response(ACT_ERR) FRED<20> to 10.0.0.9" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        if (*rows[i].type == 'B') {
            adapter_init_type(&a, "rfc", "B", 0);
            (void)adapter_hold(&a, "FRED<20>", false);
        } else {
            hold(&a, "rfc", rows[i].type, false);
        }
        packet p = rows[i].claim
                       ? build_request(0x4321, rows[i].word, "FRED<20>", 0, 0x1FFF, "10.0.0.9")
                       : build_question(0x4321, rows[i].word, "FRED<20>", NBT_RR_NB);
        adapter_hear(&a, "10.0.0.9", rows[i].to, &p);
        assert_said(&a, rows[i].want);
        adapter_fini(&a);
    }
}

/* RFC 1002 4.2.14 describes IMP_ERR and RFS_ERR in words of a registration: here they are a no that
 * says the kind of question is not supported, or refused. */
static void a_query_can_be_unsupported_or_refused(void **state)
{
    (void)state;
    for (unsigned rcode = 4; rcode <= 5; rcode++) {
        adapter a;
        adapter_init_type(&a, "rfc", "P", 1);
        adapter_query(&a, "FRED<20>");
        packet no =
            build_answer(adapter_last_id(&a), 0x8580 | rcode, "FRED<20>", NBT_RR_NULL, 0, "", 0);
        assert_said(&a, QUERY);
        adapter_hear(&a, WINS, "10.0.0.1", &no);
        assert_said(&a, "FOUND_ALL nobody");
        adapter_fini(&a);
    }
    assert_string_equal(nbt_code_word(NBT_CODESET_RCODE, 4), "IMP_ERR");
    assert_non_null(strstr(nbt_code_find(NBT_CODESET_RCODE, 4)->text, "not supported"));
    assert_string_equal(nbt_code_word(NBT_CODESET_RCODE, 5), "RFS_ERR");
    assert_non_null(strstr(nbt_code_find(NBT_CODESET_RCODE, 5)->text, "refused"));
}

/* CVE-2000-0673: who believes a stranger says so, and who does not says so too. */
static void demands_are_logged_obeyed_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *profile;
        what what;
        const char *from, *want;
    } rows[] = {
        { "nt4", CONFLICT, "10.0.0.9",
          "demand FRED<20> > conflict 10.0.0.9 CFT_ERR; "
          "name FRED<20> registered > conflict 10.0.0.9 CFT_ERR" },
        { "win2000", CONFLICT, "10.0.0.9", "demand FRED<20> > conflict 10.0.0.9 CFT_ERR" },
        { "nt4", TAKE, "10.0.0.9",
          "demand FRED<20> > release 10.0.0.9; name FRED<20> registered > released 10.0.0.9" },
        { "win2000", TAKE, "10.0.0.9", "demand FRED<20> > release 10.0.0.9" },
        { "win2000", TAKE, WINS,
          "demand FRED<20> > release " WINS "; name FRED<20> registered > released " WINS },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        hold(&a, rows[i].profile, "H", false);
        step s = { .what = rows[i].what, .from = rows[i].from };
        take_step(&a, &s, 0);
        const char *traced = adapter_traced(&a);
        if (strcmp(traced, rows[i].want) != 0)
            fail_msg("row %zu: \"%s\"", i, traced);
        adapter_fini(&a);
    }
}

/* RFC 1001 15.1.3.2: any 32 bits are a lifetime. */
static void the_shortest_and_the_longest_lifetime(void **state)
{
    (void)state;
    adapter a;
    adapter_init_type(&a, "rfc", "P", 1);
    adapter_add(&a, "FRED<20>", false);
    step s = { .what = GRANT, .ttl = 1 };
    take_step(&a, &s, adapter_last_id(&a));
    adapter_said(&a);
    unsigned refreshes = 0;
    for (unsigned ms = 0; ms < 60000; ms += 10) {
        adapter_at(&a, ms);
        if (!sends(&a))
            continue;
        refreshes++;
        take_step(&a, &s, adapter_last_id(&a));
        adapter_said(&a);
    }
    assert_in_range(refreshes, 55, 60); /* one a second, no more */
    adapter_at(&a, 61000);
    s.ttl = 0xFFFFFFFF;
    take_step(&a, &s, adapter_last_id(&a));
    adapter_said(&a);
    assert_int_equal(nbt_node_due(a.node), a.now + (nbt_time)0xFFFFFFFF * 1000000);
    nbt_node_tick(a.node, nbt_node_due(a.node), &a.out);
    assert_said(&a, REFRESH);
    adapter_fini(&a);
}

/* RFC 1002 4.2.16: a WACK without its two octets is none, and a series of them has an end. */
static void wacks_have_an_end(void **state)
{
    (void)state;
    static const uint8_t octets[4] = { 0x29 };
    adapter a;
    adapter_init_type(&a, "rfc", "P", 1);
    adapter_add(&a, "FRED<20>", false);
    uint16_t id = adapter_last_id(&a);
    adapter_said(&a);
    for (size_t n = 0; n <= 4; n++) {
        packet p = build_answer(id, 0xBC00, "FRED<20>", NBT_RR_NULL, 1000, octets, n);
        if (n != 2)
            adapter_hear(&a, WINS, "10.0.0.1", &p);
    }
    adapter_at(&a, 5000);
    assert_said(&a, ASK); /* as if nothing had come */
    packet p = build_answer(id, 0xBC00, "FRED<20>", NBT_RR_NULL, 0xFFFFFFFF, octets, 2);
    unsigned ms = 5000;
    for (; adapter_hear(&a, WINS, "10.0.0.1", &p), fred(&a); ms += 100)
        adapter_at(&a, ms);
    assert_in_range(ms, 240000, 260000); /* two more patiences of two minutes */
    adapter_fini(&a);
}

/* MS-NBTE 3.1.4.2: no other rule for names that nobody can register. */
static void names_with_an_asterisk_are_looked_for(void **state)
{
    (void)state;
    static const struct {
        const char *type, *want;
    } rows[] = {
        { "B", "query-request *SMBSERVER<20> to all" },
        { "P", "query-request *SMBSERVER<20> to " WINS },
        { "M", "query-request *SMBSERVER<20> to all" },
        { "H", "query-request *SMBSERVER<20> to " WINS },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init_type(&a, "rfc", rows[i].type, 1);
        adapter_query(&a, "*SMBSERVER<20>");
        assert_said(&a, rows[i].want);
        adapter_fini(&a);
    }
}

/* KB Q242053, Q131739: who has refused, and with what. */
static void a_refusal_is_told_with_who_and_why(void **state)
{
    (void)state;
    static const struct {
        const char *type, *from;
        unsigned word;
        const char *want;
    } rows[] = {
        { "B", "10.0.0.9", 0xAD86, "name FRED<20> registering > refused 10.0.0.9 ACT_ERR" },
        { "B", "10.0.0.9", 0xAD87, "name FRED<20> registering > refused 10.0.0.9 CFT_ERR" },
        { "P", WINS, 0xAD85, "name FRED<20> registering > refused " WINS " RFS_ERR" },
        { "P", WINS, 0xAD81, "name FRED<20> registering > refused " WINS " FMT_ERR" },
        { "M", "10.0.0.9", 0xAD86, "name FRED<20> registering > refused 10.0.0.9 ACT_ERR" },
        { "H", WINS, 0xAD86, "name FRED<20> registering > refused " WINS " ACT_ERR" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init_type(&a, "rfc", rows[i].type, 1);
        adapter_add(&a, "FRED<20>", false);
        packet no =
            build_address_answer(adapter_last_id(&a), rows[i].word, "FRED<20>", 0, 0, "10.0.0.1");
        nbt_out_clear(&a.out);
        adapter_hear(&a, rows[i].from, "10.0.0.1", &no);
        assert_traced(&a, rows[i].want);
        adapter_fini(&a);
    }
}

/* --- what is known without asking ----------------------------------------------------------------
 */

/* KB Q119493: own name, cache with its preloaded lines, server, broadcast, LMHOSTS. */
static void it_is_looked_for_in_the_documented_order(void **state)
{
    (void)state;
    static const step preloaded[] = {
        { "no packet", 0, FIND, 0, 0, 0, "FOUND 10.0.0.7; FOUND_ALL 10.0.0.7" },
        { "its own name comes first", 1, ADD, 0, 0, 0, ASK },
        { "granted", 2, GRANT, 0, 0, 0, "ADDED #2" },
        { "here", 3, FIND, 0, 0, 0, "FOUND 10.0.0.1; FOUND_ALL 10.0.0.1" },
    };
    static const step last[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "unknown", 10, UNKNOWN, 0, 0, 0, CALL },
        { "again", 760, TIME, 0, 0, 0, CALL },
        { "again", 1510, TIME, 0, 0, 0, CALL },
        { "in the file", 2260, TIME, 0, 0, 0, "FOUND 10.0.0.7; FOUND_ALL 10.0.0.7" },
        { "which is not remembered", 2261, FIND, 0, 0, 0, QUERY },
        { "and comes last", 2262, FOUND, 0, "10.0.0.9", 0, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
        { "that is", 2263, FIND, 0, 0, 0, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
    };
    static const step calls[] = {
        { "calls", 0, FIND, 0, 0, 0, CALL },
        { "again", 250, TIME, 0, 0, 0, CALL },
        { "again", 500, TIME, 0, 0, 0, CALL },
        { "in the file", 750, TIME, 0, 0, 0, "FOUND 10.0.0.7; FOUND_ALL 10.0.0.7" },
    };
    adapter a;
    adapter_init_hosts(&a, "nt4", "H", "10.0.0.7 FRED #PRE");
    run_on(&a, preloaded, LENGTH_OF(preloaded));
    adapter_fini(&a);
    adapter_init_hosts(&a, "nt4", "H", "10.0.0.8 WILMA\n10.0.0.7 FRED");
    run_on(&a, last, LENGTH_OF(last));
    adapter_fini(&a);
    adapter_init_hosts(&a, "rfc", "B", "10.0.0.7 FRED");
    run_on(&a, calls, LENGTH_OF(calls));
    adapter_fini(&a);
}

/* KB Q236901, Q188655; RFC 1001 15.1.8 */
static void answers_are_remembered(void **state)
{
    (void)state;
    static const step rows[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "found", 0, FOUND, 0, "10.0.0.9", 0, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
        { "remembers", 659999, FIND, 0, 0, 0, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
        { "no longer", 660000, FIND, 0, 0, 0, QUERY },
        { "found", 660000, FOUND, 0, "10.0.0.9", 0, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
        /* E22: whose address is another's, is another. */
        { "somebody else's farewell", 660001, TAKE_FROM_ALL, "10.0.0.8", "10.0.0.8", 0, "" },
        { "remembers", 660002, FIND, 0, 0, 0, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
        { "his farewell", 660003, TAKE_FROM_ALL, "10.0.0.9", "10.0.0.9", 0, "" },
        { "asks", 660004, FIND, 0, 0, 0, QUERY },
        { "unknown", 660005, UNKNOWN, 0, 0, 0, CALL },
    };
    static const step not_rfc[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "found", 0, FOUND, 0, "10.0.0.9", 0, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
        { "asks again", 1, FIND, 0, 0, 0, QUERY },
    };
    static const step short_lived[] = {
        { "asks", 0, FIND, 0, 0, 0, QUERY },
        { "for a minute", 0, FOUND, 0, "10.0.0.9", 60, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
        { "remembers", 59999, FIND, 0, 0, 0, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
        { "no longer", 60000, FIND, 0, 0, 0, QUERY },
        { "for days", 60000, FOUND, 0, "10.0.0.9", 300000, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9" },
        { "its own time is shorter", 720000, FIND, 0, 0, 0, QUERY },
    };
    RUN("nt4", "H", 1, rows);
    RUN("nt4", "H", 1, short_lived);
    RUN("rfc", "H", 1, not_rfc);
}

/* E23, CVE-2000-1079: nobody's word puts anything into it; at most something is forgotten. */
static void nothing_is_learnt_from_what_nobody_asked_for(void **state)
{
    (void)state;
    adapter a;
    adapter_init_type(&a, "nt4", "B", 0);
    packet demand = build_request(0x4321, 0x2810, "FRED<20>", 0, 0, "10.0.0.8");
    packet answer = build_address_answer(0x4321, 0x8500, "FRED<20>", 0, 0, "10.0.0.8");
    adapter_hear(&a, "10.0.0.8", "all", &demand);
    adapter_hear(&a, "10.0.0.8", "10.0.0.1", &answer);
    adapter_query(&a, "FRED<20>");
    uint16_t id = adapter_last_id(&a);
    assert_said(&a, CALL);
    packet found = build_address_answer(id, 0x8500, "FRED<20>", 0, 0, "10.0.0.9");
    adapter_hear(&a, "10.0.0.9", "10.0.0.1", &found);
    adapter_at(&a, 1000);
    assert_said(&a, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9");
    adapter_query(&a, "FRED<20>");
    assert_said(&a, "FOUND 10.0.0.9; FOUND_ALL 10.0.0.9");
    adapter_hear(&a, "10.0.0.8", "all", &demand);
    adapter_query(&a, "FRED<20>");
    assert_said(&a, CALL);
    adapter_fini(&a);
}

/* KB Q138449, Q163112: a scope in another case is another scope, but to nmbd. */
static void a_scope_in_another_case(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *name;
        bool answers;
    } rows[] = {
        { "rfc", "FRED<20>.LAB", true },    { "rfc", "FRED<20>.lab", false },
        { "nt4", "FRED<20>.lab", false },   { "win2000", "FRED<20>.lab", false },
        { "samba", "FRED<20>.LAB", true },  { "samba", "FRED<20>.lab", true },
        { "samba", "FRED<20>.lib", false }, { "samba", "FRED<20>", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        adapter a;
        adapter_init(&a, rows[i].profile, "LAB");
        (void)adapter_hold(&a, "FRED<20>", false);
        packet query = build_question(0x4321, 0x0110, rows[i].name, NBT_RR_NB);
        adapter_hear(&a, "10.0.0.9", "all", &query);
        char want[160] = "";
        bool twice = strcmp(rows[i].profile, "samba") == 0; /* what was asked of everybody */
        if (rows[i].answers)                                /* in the asker's words */
            snprintf(want, sizeof want, "positive-query-response %s to 10.0.0.9%s%s%s",
                     rows[i].name, twice ? "; positive-query-response " : "",
                     twice ? rows[i].name : "", twice ? " to 10.0.0.9" : "");
        assert_said(&a, want);
        adapter_fini(&a);
    }
}

/* A server at the node's own address (nbt/both.h) is believed, and nobody else who says to be it.
 */
static void its_own_name_server_is_another(void **state)
{
    (void)state;
    adapter a;
    adapter_init_own_server(&a, "nt4", "H");
    adapter_add(&a, "FRED<20>", false);
    uint16_t id = adapter_last_id(&a);
    assert_said(&a, "registration-request FRED<20> to 10.0.0.1");
    packet yes = build_address_answer(id, 0xAD80, "FRED<20>", 3600, 0, "10.0.0.1");
    adapter_hear(&a, "10.0.0.1", "all", &yes); /* a broadcast of ours, heard again (E16) */
    adapter_hear(&a, "10.0.0.1:4000", "10.0.0.1", &yes);
    assert_said(&a, "");
    adapter_hear(&a, "10.0.0.1", "10.0.0.1", &yes);
    assert_said(&a, "ADDED #2");

    packet challenge = build_question(0x4321, 0x0100, "FRED<20>", NBT_RR_NB);
    adapter_hear(&a, "10.0.0.1", "10.0.0.1", &challenge);
    assert_said(&a, "positive-query-response FRED<20> to 10.0.0.1");
    packet claim = build_request(0x4321, 0x2910, "FRED<20>", 0, 0, "10.0.0.1");
    adapter_hear(&a, "10.0.0.1", "all", &claim);
    assert_said(&a, "");
    packet take = build_request(0x4321, 0x3000, "FRED<20>", 0, 0, "10.0.0.1");
    adapter_hear(&a, "10.0.0.1:4000", "10.0.0.1", &take);
    assert_said(&a, "");
    adapter_hear(&a, "10.0.0.1", "10.0.0.1", &take);
    assert_said(&a, "positive-release-response FRED<20> to 10.0.0.1; RELEASED #2 10.0.0.1");
    adapter_fini(&a);

    adapter_init_type(&a, "nt4", "H",
                      1); /* its server is elsewhere: nothing of ours is another's */
    adapter_add(&a, "FRED<20>", false);
    yes = build_address_answer(adapter_last_id(&a), 0xAD80, "FRED<20>", 3600, 0, "10.0.0.1");
    (void)adapter_said(&a);
    adapter_hear(&a, "10.0.0.1", "10.0.0.1", &yes);
    assert_said(&a, "");
    adapter_fini(&a);
}

/* Whichever request for memory is refused: nothing is lost but what there was no memory for. */
static void without_memory_it_goes_on(void **state)
{
    (void)state;
    static const char *const types[] = { "P", "M", "H" };
    for (size_t i = 0; i < 3 * 40; i++) {
        adapter a;
        adapter_init_type(&a, "nt4", types[i % 3], 1);
        packet yes = build_address_answer(0, 0xAD80, "FRED<20>", 60, 0, "10.0.0.1");
        packet found = build_address_answer(0, 0x8780, "BARNEY<20>", 0, 0, "10.0.0.9");
        a.mem.fail_at = a.mem.requests + 1 + i / 3;
        uint8_t num = adapter_add(&a, "FRED<20>", false);
        nbt_name barney = name_of("BARNEY<20>");
        (void)nbt_node_query(a.node, a.now, barney.b, &a.out);
        for (unsigned ms = 0; ms < 900000; ms += 450) {
            adapter_at(&a, ms);
            if (ms % 4500 == 0)
                a.mem.fail_at = 0; /* there is memory again */
            if (sends(&a)) {
                nbt_bytes p = adapter_last_packet(&a);
                memcpy(yes.b, p.p, 2);
                memcpy(found.b, p.p, 2);
                adapter_hear(&a, WINS, "10.0.0.1", p.p[3] == 0 && p.p[2] == 1 ? &found : &yes);
            }
            (void)adapter_said(&a);
            a.out.failed = false;
        }
        const nbt_entry *e = fred(&a);
        assert_int_equal(e != NULL, num != 0);
        assert_true(!e || (e->state == NBT_ENTRY_REGISTERED && e->at_server && !e->conflict));
        if (num)
            nbt_node_delete(a.node, a.now, num, &a.out);
        adapter_fini(&a);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("E26 H10 H12 H75", a_p_node_asks_its_server_for_a_name),
    NBT_TEST("B24", the_request_is_the_rfcs),
    NBT_TEST("F21", of_several_adapters_each_says_so),
    NBT_TEST("F24", of_several_adapters_one_answers_for_all),
    NBT_TEST("E28", told_to_it_challenges_the_owner),
    NBT_TEST("F7", the_second_server_is_asked_when_the_first_is_silent),
    NBT_TEST("F7", the_second_server_is_asked_when_the_first_says_no),
    NBT_TEST("E29 B46 H39", a_p_node_asks_its_server_for_an_owner),
    NBT_TEST("", a_member_asks_for_the_others),
    NBT_TEST("H16", a_p_node_gives_names_back_to_its_server),
    NBT_TEST("", a_claim_waits_until_the_server_has_heard_of_the_release),
    NBT_TEST("E31", a_release_that_is_refused_is_reported),
    NBT_TEST("E27 E35 F9", names_are_refreshed_by_the_granted_ttl),
    NBT_TEST("B27 H2", a_refresh_has_either_opcode),
    NBT_TEST("", from_where_an_answer_may_come),
    NBT_TEST("E36", an_unanswered_refresh_is_repeated_later),
    NBT_TEST("E35 G30", a_refused_refresh_is_a_conflict),
    NBT_TEST("E32 E40", queries_to_it_alone_are_always_answered),
    NBT_TEST("", a_claimant_neither_denies_nor_affirms),
    NBT_TEST("E25", a_p_node_hears_no_broadcast),
    NBT_TEST("E33 E34 E41 F34 H15", demands_are_obeyed_if_the_profile_says_so),
    NBT_TEST("E33", a_name_taken_away_can_be_had_again),
    NBT_TEST("E37 H13 H14", an_m_node_claims_twice),
    NBT_TEST("E42", an_m_node_without_its_server),
    NBT_TEST("E38 H11", an_m_node_looks_around_before_it_asks),
    NBT_TEST("E39 H16", an_m_node_tells_all_when_its_server_has_agreed),
    NBT_TEST("F4 H11", an_h_node_falls_back_to_broadcast),
    NBT_TEST("", a_subnets_names_are_claimed_by_broadcast_too),
    NBT_TEST("", a_subnets_other_master_is_noticed),
    NBT_TEST("", a_subnets_name_without_its_server),
    NBT_TEST("F4", what_a_server_says_to_a_claim_is_final),
    NBT_TEST("F3", an_h_node_calls_when_its_server_does_not_know),
    NBT_TEST("H17 E66", every_type_gives_and_takes_a_status),
    NBT_TEST("B3 B5 B6 B7 B10 B11", bits_without_a_meaning_change_nothing),
    NBT_TEST("H20", a_query_can_be_unsupported_or_refused),
    NBT_TEST("F33 H47 H55", demands_are_logged_obeyed_or_not),
    NBT_TEST("H38", the_shortest_and_the_longest_lifetime),
    NBT_TEST("H37", wacks_have_an_end),
    NBT_TEST("A35", names_with_an_asterisk_are_looked_for),
    NBT_TEST("G32 F35", a_refusal_is_told_with_who_and_why),
    NBT_TEST("F6 F39", it_is_looked_for_in_the_documented_order),
    NBT_TEST("E22 B42", answers_are_remembered),
    NBT_TEST("E23 H81", nothing_is_learnt_from_what_nobody_asked_for),
    NBT_TEST("A19", a_scope_in_another_case),
    NBT_TEST("", its_own_name_server_is_another),
    NBT_TEST("", without_memory_it_goes_on),
    NBT_TEST("F5", an_h_node_tells_all_when_its_server_has_not_agreed),
};

NBT_MAIN("node_types", tests)
