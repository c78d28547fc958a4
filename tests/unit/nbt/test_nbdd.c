/*
 * The distribution server beside a name server: who gets a copy of what, which questions are
 * answered how, and what it does not touch.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/nbdd.h"
#include "tests/support/nbserver.h"

#define A "10.0.0.10"
#define B "10.0.0.11"
#define C "10.0.0.12"

#define CLAIM(name, ip) "registration-request " name " ttl=1000 owner=" ip " node=P unique"
#define GROUP(name, ip) "registration-request " name " ttl=1000 owner=" ip " node=P group"

enum { P_NODE = NBT_ONT_P << NBT_DGM_SNT_SHIFT };

typedef struct world {
    nbserver n;
    nbt_nbdd *s;
    nbt_out out;
    nbt_time now;
    char words[20000];
} world;

static void start(world *w, bool not_back, size_t max_copies)
{
    nbt_nbns_lana lanas[] = { { 0, 0x0A000001, 0xFFFFFF00, 0x0A0000FF },
                              { 1, 0x0A090001, 0xFFFF0000, 0x0A09FFFF } };
    nbt_nbdd_cfg cfg = { .mem = test_mem_of(&w->n.mem),
                         .records = w->n.s,
                         .lanas = lanas,
                         .nlanas = 2,
                         .timeout = NBT_S(2),
                         .max_pending = 4,
                         .max_copies = max_copies,
                         .not_back = not_back };
    nbt_nbdd_free(w->s);
    w->s = nbt_nbdd_new(&cfg);
    assert_non_null(w->s);
}

/* FRED, BARNEY and WILMA are computers; all three are of the group, and DINO is elsewhere. */
static int setup(void **state)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    nbserver_init(&w->n, "rfc");
    nbserver_start(&w->n);
    nbserver_hear(&w->n, A, CLAIM("FRED<20>", A));
    nbserver_hear(&w->n, B, CLAIM("BARNEY<20>", B));
    nbserver_hear(&w->n, C, CLAIM("WILMA<20>", C));
    nbserver_hear(&w->n, A, GROUP("LODGE<00>", A));
    nbserver_hear(&w->n, B, GROUP("LODGE<00>", B));
    nbserver_hear(&w->n, C, GROUP("LODGE<00>", C));
    nbserver_hear(&w->n, "10.9.0.7", CLAIM("DINO<20>.ELSEWHERE", "10.9.0.7"));
    (void)nbserver_said(&w->n);
    nbt_out_init(&w->out, test_mem_of(&w->n.mem));
    start(w, false, 100);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world *w = *state;
    nbt_nbdd_free(w->s);
    nbt_out_fini(&w->out);
    nbserver_fini(&w->n);
    free(w);
    return 0;
}

/* What it sent: addresses, for copies of `like` (NULL: any packet, its kind first). */
static const char *said(world *w, const packet *like)
{
    size_t at = 0;
    w->words[0] = '\0';
    for (size_t i = 0; i < w->out.n; i++) {
        const nbt_act *act = &w->out.acts[i];
        nbt_bytes data = nbt_out_data(&w->out, act);
        assert_int_equal(act->kind, NBT_ACT_SEND);
        assert_int_equal(act->from.port, NBT_PORT_DGM);
        if (like) {
            assert_int_equal(data.n, like->n);
            assert_memory_equal(data.p, like->b, like->n);
        }
        at += (size_t)snprintf(w->words + at, sizeof w->words - at, "%s%u.%u.%u.%u:%u",
                               at ? " " : "", act->to.ip >> 24, act->to.ip >> 16 & 255,
                               act->to.ip >> 8 & 255, act->to.ip & 255, act->to.port);
        if (!like)
            at += (size_t)snprintf(w->words + at, sizeof w->words - at, "(%02x %02x)", data.p[0],
                                   data.p[1]);
    }
    nbt_out_clear(&w->out);
    return w->words;
}

static void hear(world *w, const char *from, const char *to, const packet *p)
{
    uint8_t *exact = exact_copy(p->b, p->n);
    nbt_nbdd_rx(w->s, w->now, 0, (nbt_ep){ ip_of(from), NBT_PORT_DGM },
                (nbt_ep){ ip_of(to), NBT_PORT_DGM }, (nbt_bytes){ exact, p->n }, &w->out);
    free(exact);
}

static packet message(unsigned type, unsigned flags, uint16_t id, const char *to)
{
    packet p = build_datagram(type, id, A, "FRED<20>", to, "Yabba", 5);
    p.b[1] = (uint8_t)(P_NODE | flags);
    return p;
}

/* Of a later fragment: no names. */
static packet later(uint16_t id, unsigned flags)
{
    packet p = message(NBT_DGM_GROUP, flags, id, "LODGE<00>");
    p.n = 20;
    return p;
}

#define ALL_THREE A ":138 " B ":138 " C ":138"

/* RFC 1002 5.3.4: not an octet is changed, so that an answer finds its way (D34). */
static void a_group_is_passed_on_as_it_is(void **state)
{
    world *w = *state;
    packet p = message(NBT_DGM_GROUP, NBT_DGM_FIRST, 7, "LODGE<00>");
    hear(w, A, "10.0.0.1", &p);
    assert_string_equal(said(w, &p), ALL_THREE);
    assert_int_equal(nbt_nbdd_counts(w->s)->copies, 3);
    start(w, true, 100);
    hear(w, A, "10.0.0.1", &p);
    assert_string_equal(said(w, &p), B ":138 " C ":138");
    p = message(NBT_DGM_GROUP, NBT_DGM_FIRST, 7, "NOBODYS<00>");
    hear(w, A, "10.0.0.1", &p);
    p = message(NBT_DGM_GROUP, NBT_DGM_FIRST, 7, "BARNEY<20>"); /* no group */
    hear(w, A, "10.0.0.1", &p);
    assert_string_equal(said(w, NULL), "");
    assert_int_equal(nbt_nbdd_counts(w->s)->dropped, 2);
}

static void everybody_is_every_node_of_the_scope(void **state)
{
    world *w = *state;
    packet p = message(NBT_DGM_BROADCAST, NBT_DGM_FIRST, 7, "*<00>");
    hear(w, A, "10.0.0.1", &p);
    assert_string_equal(said(w, &p), ALL_THREE); /* once each, whatever names they have */
    p = build_datagram(NBT_DGM_BROADCAST, 8, "10.9.0.7", "DINO<20>.ELSEWHERE", "*<00>.ELSEWHERE",
                       "", 0);
    p.b[1] |= P_NODE;
    hear(w, "10.9.0.7", "10.0.0.1", &p);
    assert_string_equal(said(w, &p), "10.9.0.7:138");
    start(w, false, 2); /* so many copies and no more */
    p = message(NBT_DGM_BROADCAST, NBT_DGM_FIRST, 7, "*<00>");
    hear(w, A, "10.0.0.1", &p);
    assert_string_equal(said(w, &p), A ":138 " B ":138");
}

/* Who has given his name back is no member any more. */
static void records_are_those_of_now(void **state)
{
    world *w = *state;
    packet p = message(NBT_DGM_GROUP, NBT_DGM_FIRST, 7, "LODGE<00>");
    nbserver_hear(&w->n, B, "release-request LODGE<00> owner=" B " node=P group");
    (void)nbserver_said(&w->n);
    hear(w, A, "10.0.0.1", &p);
    assert_string_equal(said(w, &p), A ":138 " C ":138");
}

/* RFC 1001 17.1.2 */
static void later_fragments_follow_the_first(void **state)
{
    world *w = *state;
    packet first = message(NBT_DGM_GROUP, NBT_DGM_FIRST | NBT_DGM_MORE, 7, "LODGE<00>");
    packet middle = later(7, NBT_DGM_MORE), last = later(7, 0), other = later(8, 0);
    hear(w, A, "10.0.0.1", &last);
    assert_string_equal(said(w, NULL), ""); /* before the first */
    hear(w, A, "10.0.0.1", &first);
    assert_string_equal(said(w, &first), ALL_THREE);
    hear(w, A, "10.0.0.1", &other); /* another datagram's */
    hear(w, B, "10.0.0.1", &last);  /* another sender's */
    assert_string_equal(said(w, NULL), "");
    hear(w, A, "10.0.0.1", &middle);
    assert_string_equal(said(w, &middle), ALL_THREE);
    assert_int_equal(nbt_nbdd_due(w->s), NBT_S(2));
    w->now = NBT_S(2) - 1;
    hear(w, A, "10.0.0.1", &last);
    assert_string_equal(said(w, &last), ALL_THREE);
    assert_int_equal(nbt_nbdd_due(w->s), NBT_NEVER);
    hear(w, A, "10.0.0.1", &last); /* it is over */
    hear(w, A, "10.0.0.1", &first);
    (void)said(w, NULL);
    w->now += NBT_S(2);
    hear(w, A, "10.0.0.1", &last); /* too late */
    assert_string_equal(said(w, NULL), "");
}

static void so_many_beginnings_are_remembered(void **state)
{
    world *w = *state;
    for (uint16_t id = 0; id < 100; id++) {
        packet p = message(NBT_DGM_GROUP, NBT_DGM_FIRST | NBT_DGM_MORE, id, "LODGE<00>");
        hear(w, A, "10.0.0.1", &p);
    }
    (void)said(w, NULL);
    packet young = later(96, 0), old = later(95, 0);
    hear(w, A, "10.0.0.1", &old);
    assert_string_equal(said(w, NULL), "");
    hear(w, A, "10.0.0.1", &young);
    assert_string_equal(said(w, &young), ALL_THREE);
}

static packet question(const char *name)
{
    packet p = message(NBT_DGM_QUERY, 0, 0x1234, name);
    memmove(p.b + 10, p.b + NBT_DGM_HEADER_LEN + 34, 34);
    p.n = 44;
    return p;
}

/* RFC 1002 5.3.4, 4.4.5: to the question's address and port. */
static void questions_are_answered(void **state)
{
    world *w = *state;
    static const struct {
        const char *name;
        uint8_t type;
    } rows[] = {
        { "LODGE<00>", NBT_DGM_POSITIVE_QUERY },
        { "*<00>", NBT_DGM_POSITIVE_QUERY },
        { "FRED<20>", NBT_DGM_NEGATIVE_QUERY },
        { "NOBODYS<00>", NBT_DGM_NEGATIVE_QUERY },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        packet p = question(rows[i].name);
        nbt_nbdd_rx(w->s, 0, 0, (nbt_ep){ ip_of(A), 4321 }, (nbt_ep){ 0x0A000001, 138 },
                    (nbt_bytes){ p.b, p.n }, &w->out);
        assert_int_equal(w->out.n, 1);
        nbt_bytes data = nbt_out_data(&w->out, &w->out.acts[0]);
        assert_int_equal(data.n, 44);
        assert_int_equal(data.p[0], rows[i].type);
        assert_hex(data.p + 1, 9, "0C 12 34 0A 00 00 01 00 8A");
        assert_memory_equal(data.p + 10, p.b + 10, 34);
        assert_string_equal(said(w, NULL), data.p[0] == NBT_DGM_POSITIVE_QUERY ? A ":4321(15 0c)"
                                                                               : A ":4321(16 0c)");
    }
}

/* D31, D40, H46 */
static void what_it_does_not_touch(void **state)
{
    world *w = *state;
    packet group = message(NBT_DGM_GROUP, NBT_DGM_FIRST, 7, "LODGE<00>");
    hear(w, A, "10.0.0.255", &group);
    hear(w, A, "255.255.255.255", &group);
    hear(w, "0.0.0.0", "10.0.0.1", &group);
    hear(w, "10.0.0.255", "10.0.0.1", &group);
    hear(w, "10.0.0.1", "10.0.0.1", &group); /* its own copy, for the computer that is here */
    packet ask = question("LODGE<00>");
    hear(w, A, "10.0.0.255", &ask);
    packet unique = message(NBT_DGM_UNIQUE, NBT_DGM_FIRST, 7, "BARNEY<20>");
    hear(w, A, "10.0.0.1", &unique);
    packet b_node = group;
    b_node.b[1] = NBT_DGM_FIRST;
    hear(w, A, "10.0.0.1", &b_node);
    packet answer = ask;
    for (unsigned type = NBT_DGM_POSITIVE_QUERY; type < 256; type++) {
        answer.b[0] = (uint8_t)type;
        hear(w, A, "10.0.0.1", &answer);
    }
    for (size_t n = 0; n < group.n - 5; n++) {
        packet cut = group;
        cut.n = n;
        hear(w, A, "10.0.0.1", &cut);
    }
    assert_string_equal(said(w, NULL), "");
}

/* D27: nobody can have everybody flooded who has not registered himself. */
static void strangers_are_not_served(void **state)
{
    world *w = *state;
    packet p = build_datagram(NBT_DGM_BROADCAST, 7, "10.0.0.66", "FRED<20>", "*<00>", "", 0);
    p.b[1] |= P_NODE;
    hear(w, "10.0.0.66", "10.0.0.1", &p);
    p = build_datagram(NBT_DGM_BROADCAST, 7, A, "NOBODY<20>", "*<00>", "", 0);
    p.b[1] |= P_NODE;
    hear(w, A, "10.0.0.1", &p);
    assert_string_equal(said(w, NULL), "");
    assert_int_equal(nbt_nbdd_counts(w->s)->dropped, 2);
    p = build_datagram(NBT_DGM_BROADCAST, 7, A, "LODGE<00>", "*<00>", "", 0); /* a group's name */
    p.b[1] |= P_NODE;
    hear(w, A, "10.0.0.1", &p);
    assert_string_equal(said(w, &p), ALL_THREE);
}

/* RFC 1002 5.3.4: the name server is told, who decides whether it believes it. */
static void an_error_is_told_to_the_name_server(void **state)
{
    world *w = *state;
    packet p = message(NBT_DGM_GROUP, NBT_DGM_FIRST, 7, "LODGE<00>");
    packet error = { .n = 11, .b = { NBT_DGM_ERROR, P_NODE, 0, 7, 10, 0, 0, 11, 0, 138, 0x82 } };
    hear(w, B, "10.0.0.1", &error); /* about nothing */
    hear(w, A, "10.0.0.1", &p);
    (void)said(w, NULL);
    hear(w, "10.0.0.66", "10.0.0.1", &error); /* from no member */
    error.b[10] = 0x84;
    hear(w, B, "10.0.0.1", &error);
    assert_string_equal(said(w, NULL), "");
    error.b[10] = 0x82;
    hear(w, B, "10.0.0.1", &error);
    nbt_bytes data = nbt_out_data(&w->out, &w->out.acts[0]);
    assert_hex(data.p + 2, 2, "30 00"); /* NAME RELEASE REQUEST, unicast */
    assert_hex(data.p + data.n - 6, 6, "80 00 0A 00 00 0B");
    assert_string_equal(said(w, NULL), "10.0.0.1:137(00 07)");
    hear(w, B, "10.0.0.1", &error); /* once */
    assert_string_equal(said(w, NULL), "");
}

static void without_memory_it_is_not_made(void **state)
{
    world *w = *state;
    nbt_nbns_lana lana = { 0, 1, 1, 1 };
    nbt_nbdd_cfg cfg = { .mem = test_mem_of(&w->n.mem), .records = w->n.s, .lanas = &lana };
    cfg.nlanas = cfg.max_pending = cfg.max_copies = 1;
    w->n.mem.fail_at = w->n.mem.requests + 1;
    assert_null(nbt_nbdd_new(&cfg));
    packet first = message(NBT_DGM_GROUP, NBT_DGM_FIRST | NBT_DGM_MORE, 7, "LODGE<00>");
    hear(w, A, "10.0.0.1", &first); /* nothing can be sent, nothing is remembered */
    assert_int_equal(nbt_nbdd_due(w->s), NBT_NEVER);
    w->n.mem.fail_at = 0;
    w->out.failed = false;
    (void)nbt_nbdd_counts(w->s);
    nbt_out_clear(&w->out);
    nbt_nbdd_free(NULL);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("D6 D34 D35 D37 D38", a_group_is_passed_on_as_it_is, setup, teardown),
    NBT_TEST_WITH("D35", everybody_is_every_node_of_the_scope, setup, teardown),
    NBT_TEST_WITH("D35", records_are_those_of_now, setup, teardown),
    NBT_TEST_WITH("D36", later_fragments_follow_the_first, setup, teardown),
    NBT_TEST_WITH("D36 H45", so_many_beginnings_are_remembered, setup, teardown),
    NBT_TEST_WITH("D11 D12 D37", questions_are_answered, setup, teardown),
    NBT_TEST_WITH("D31 D40 H46", what_it_does_not_touch, setup, teardown),
    NBT_TEST_WITH("D27", strangers_are_not_served, setup, teardown),
    NBT_TEST_WITH("D39", an_error_is_told_to_the_name_server, setup, teardown),
    NBT_TEST_WITH("", without_memory_it_is_not_made, setup, teardown),
};

NBT_MAIN("nbdd", tests)
