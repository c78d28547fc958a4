/*
 * The ways of a datagram: for every kind of node, destination and answer, what is asked and where
 * it is sent.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "nbt/dgsend.h"

enum { UNIQUE = 0, GROUP = NBT_NB_G };

static const nbt_dgsend_cfg b_node = { .broadcasts = true, .pace = { 3, NBT_S(5) } };
static const nbt_dgsend_cfg p_node = { .lists = true, .pace = { 3, NBT_S(5) } };
static const nbt_dgsend_cfg m_node = { .pace = { 3, NBT_S(5) } };
static const nbt_dgsend_cfg p_nbdd = { .nbdds = 1, .lists = true, .pace = { 3, NBT_S(5) } };
static const nbt_dgsend_cfg p_asks = { 2, true, false, true, { 2, NBT_S(5) } };
static const nbt_dgsend_cfg h_asks = { 1, true, true, false, { 1, NBT_S(5) } };

static const char *word(const nbt_dgsend *s, nbt_dgsend_want want)
{
    static char text[32];
    static const char *const words[] = { "",    "find", "list", "ask",    "one",
                                         "all", "nbdd", "each", "nowhere" };
    bool numbered = want == NBT_DGSEND_ASK || want == NBT_DGSEND_TO_NBDD;
    bool sent = want >= NBT_DGSEND_TO_ONE && want != NBT_DGSEND_NOWHERE;
    int n = snprintf(text, sizeof text, "%s", words[want]);
    if (numbered)
        n += snprintf(text + n, sizeof text - (size_t)n, "%u", s->at);
    if (sent)
        snprintf(text + n, sizeof text - (size_t)n, "(%02x)", s->type);
    return text;
}

/*
 * What happens, a letter each: u a unique name is found, g a group, G all of it, 0 nothing at all,
 * l a list of members, 2 a list with 255.255.255.255, y and n a distribution server's answer, t
 * five seconds pass, e a little less.
 */
static nbt_dgsend_want happens(nbt_dgsend *s, char what, nbt_time *now)
{
    nbt_found unique = { { UNIQUE, 0x0A000009 }, { 0, 0 } };
    nbt_found group = { { GROUP, 0x0A000009 }, { 0, 0 } },
              all = { { GROUP, UINT32_MAX }, { 0, 0 } };
    switch (what) {
    case 'u':
        return nbt_dgsend_found(s, *now, &unique, 1, false);
    case 'g':
        return nbt_dgsend_found(s, *now, &group, 1, false);
    case 'G':
    case 'l':
        return nbt_dgsend_found(s, *now, &group, 1, true);
    case '2':
        return nbt_dgsend_found(s, *now, &all, 1, true);
    case '0':
        return nbt_dgsend_found(s, *now, NULL, 0, true);
    case 'y':
    case 'n':
        return nbt_dgsend_answered(s, *now, what == 'y');
    }
    *now += what == 't' ? NBT_S(5) : NBT_S(5) - 1;
    return nbt_dgsend_tick(s, *now);
}

typedef struct row {
    const char *label;
    const nbt_dgsend_cfg *cfg;
    nbt_dgsend_kind kind;
    const char *events, *wants; /* wants: one more than there are events, a space between */
} row;

static void check(const row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        nbt_dgsend s;
        nbt_time now = 0;
        char said[200];
        size_t at =
            (size_t)snprintf(said, sizeof said, "%s",
                             word(&s, nbt_dgsend_start(&s, now, rows[i].cfg, rows[i].kind)));
        for (const char *e = rows[i].events; *e; e++) {
            nbt_dgsend_want want = happens(&s, *e, &now);
            at += (size_t)snprintf(said + at, sizeof said - at, " %s", word(&s, want));
        }
        if (strcmp(said, rows[i].wants) != 0)
            fail_msg("%s: %s", rows[i].label, said);
        if (s.state == NBT_DGSEND_ENDED)
            assert_int_equal(nbt_dgsend_due(&s), NBT_NEVER);
    }
}

/* RFC 1002 5.3.1 */
static void a_b_node(void **state)
{
    (void)state;
    static const row rows[] = {
        { "unique", &b_node, NBT_DGSEND_NAME, "u", "find one(10)" },
        { "group", &b_node, NBT_DGSEND_NAME, "g", "find all(11)" },
        { "nobody", &b_node, NBT_DGSEND_NAME, "0", "find nowhere" },
        { "a group that is known", &b_node, NBT_DGSEND_GROUP, "", "all(11)" },
        { "everybody", &b_node, NBT_DGSEND_BROADCAST, "", "all(12)" },
        { "sent once", &b_node, NBT_DGSEND_NAME, "uugG0ynt", "find one(10)       " },
        { "no answer is awaited that was not asked for", &b_node, NBT_DGSEND_NAME, "yntu",
          "find    one(10)" },
    };
    check(rows, LENGTH_OF(rows));
}

/* RFC 1002 5.3.2, RFC 1001 17.3 */
static void a_node_without_distribution_server(void **state)
{
    (void)state;
    static const row rows[] = {
        { "unique", &p_node, NBT_DGSEND_NAME, "u", "find one(10)" },
        { "a group's list is complete at the end", &p_node, NBT_DGSEND_NAME, "gG",
          "find  each(11)" },
        { "a group of one's own", &p_node, NBT_DGSEND_GROUP, "gl", "list  each(11)" },
        { "F20", &p_node, NBT_DGSEND_GROUP, "2", "list all(11)" },
        { "F20 of a name", &p_node, NBT_DGSEND_NAME, "2", "find all(11)" },
        { "everybody", &p_node, NBT_DGSEND_BROADCAST, "", "nowhere" },
        { "nobody is left", &p_node, NBT_DGSEND_GROUP, "0", "list nowhere" },
        { "M asks the server for all", &m_node, NBT_DGSEND_NAME, "gl", "find list each(11)" },
        { "and is patient", &m_node, NBT_DGSEND_NAME, "ggl", "find list  each(11)" },
        { "M, everybody", &m_node, NBT_DGSEND_BROADCAST, "", "nowhere" },
    };
    check(rows, LENGTH_OF(rows));
}

static void a_node_with_distribution_servers(void **state)
{
    (void)state;
    static const row rows[] = {
        { "unique", &p_nbdd, NBT_DGSEND_NAME, "u", "find one(10)" },
        { "unasked", &p_nbdd, NBT_DGSEND_NAME, "g", "find nbdd0(11)" },
        { "everybody", &p_nbdd, NBT_DGSEND_BROADCAST, "", "nbdd0(12)" },
        { "asked: yes", &p_asks, NBT_DGSEND_NAME, "gy", "find ask0 nbdd0(11)" },
        { "no, and the next: yes", &p_asks, NBT_DGSEND_GROUP, "ny", "ask0 ask1 nbdd1(11)" },
        { "no, no: the list", &p_asks, NBT_DGSEND_GROUP, "nnl", "ask0 ask1 list each(11)" },
        { "too early", &p_asks, NBT_DGSEND_GROUP, "ey", "ask0  nbdd0(11)" },
        { "silence", &p_asks, NBT_DGSEND_GROUP, "ttttl", "ask0 ask0 ask1 ask1 list each(11)" },
        { "silence, of everybody", &p_asks, NBT_DGSEND_BROADCAST, "tttt",
          "ask0 ask0 ask1 ask1 nowhere" },
        { "late news of the name", &p_asks, NBT_DGSEND_NAME, "gGy", "find ask0  nbdd0(11)" },
        { "H broadcasts then", &h_asks, NBT_DGSEND_NAME, "gn", "find ask0 all(11)" },
        { "H broadcasts then, too", &h_asks, NBT_DGSEND_BROADCAST, "t", "ask0 all(12)" },
    };
    check(rows, LENGTH_OF(rows));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("D22 D23", a_b_node),
    NBT_TEST("D22 D24 D26 F20", a_node_without_distribution_server),
    NBT_TEST("D24 D25", a_node_with_distribution_servers),
};

NBT_MAIN("dgsend", tests)
