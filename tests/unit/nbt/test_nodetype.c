/*
 * The types of node: by which ways each procedure goes on after each outcome.
 */
#include "tests/support/test.h"

#include "nbt/nodetype.h"

/* "B" broadcast, "S" server, "" over. */
static const char *way_of(const nbt_leg *leg)
{
    if (!leg || leg->way == NBT_WAY_NONE)
        return "";
    return leg->way == NBT_WAY_SERVER ? "S" : "B";
}

/* RFC 1001 15.2, 15.3, 15.4; MS-NBTE 3.1.7 for H. */
static void each_type_goes_its_ways(void **state)
{
    (void)state;
    static const struct {
        nbt_node_type type;
        const char *procedure;
        const char *first, *yes, *no, *silence;
    } rows[] = {
        { NBT_ONT_B, "claim", "B", "", "", "" },     { NBT_ONT_B, "query", "B", "", "", "" },
        { NBT_ONT_B, "release", "B", "", "", "" },   { NBT_ONT_P, "claim", "S", "", "", "" },
        { NBT_ONT_P, "query", "S", "", "", "" },     { NBT_ONT_P, "release", "S", "", "", "" },
        { NBT_ONT_M, "claim", "B", "S", "", "" },    { NBT_ONT_M, "query", "B", "", "", "S" },
        { NBT_ONT_M, "release", "S", "B", "", "B" }, { NBT_ONT_H, "claim", "S", "", "", "B" },
        { NBT_ONT_H, "query", "S", "", "B", "B" },   { NBT_ONT_H, "release", "S", "", "B", "B" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const nbt_nodetype *t = nbt_nodetype_of(rows[i].type);
        char what = rows[i].procedure[0];
        const nbt_leg *legs = what == 'c' ? t->claim : what == 'q' ? t->query : t->release;
        assert_string_equal(way_of(legs), rows[i].first);
        assert_string_equal(way_of(nbt_leg_next(legs, 0, NBT_OUTCOME_YES)), rows[i].yes);
        assert_string_equal(way_of(nbt_leg_next(legs, 0, NBT_OUTCOME_NO)), rows[i].no);
        assert_string_equal(way_of(nbt_leg_next(legs, 0, NBT_OUTCOME_SILENCE)), rows[i].silence);
        assert_null(nbt_leg_next(legs, 1, NBT_OUTCOME_YES));
        assert_null(nbt_leg_next(legs, 1, NBT_OUTCOME_SILENCE));
    }
    assert_false(nbt_nodetype_of(NBT_ONT_B)->has_servers);
    assert_false(nbt_nodetype_of(NBT_ONT_P)->hears_broadcasts);
}

/* MS-NBTE <3>: only an H node's ways for the subnet's own names are others. */
static void names_of_a_subnet_have_ways_of_their_own(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool own;
    } rows[] = {
        { "DOMAIN<1D>", true },
        { "DOMAIN<1E>", true },
        { "\\x01\\x02__MSBROWSE__\\x02<01>", true },
        { "DOMAIN<1B>", false },
        { "DOMAIN<1C>", false },
        { "DOMAIN<00>", false },
        { "\\x01\\x02__MSBROWSE__\\x02<00>", false },
        { "__MSBROWSE__<01>", false },
        { "FRED<20>", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_name n;
        assert_true(nbt_name_parse(&n, rows[i].name, strlen(rows[i].name)));
        for (nbt_node_type type = NBT_ONT_B; type <= NBT_ONT_H; type++) {
            const nbt_nodetype *t = nbt_nodetype_of_name(type, n.b);
            assert_int_equal(t != nbt_nodetype_of(type), rows[i].own && type == NBT_ONT_H);
        }
        const nbt_nodetype *h = nbt_nodetype_of_name(NBT_ONT_H, n.b);
        const nbt_nodetype *m = nbt_nodetype_of(NBT_ONT_M);
        if (!rows[i].own)
            continue;
        assert_memory_equal(h->claim, m->claim, sizeof h->claim);
        for (unsigned o = NBT_OUTCOME_YES; o <= NBT_OUTCOME_SILENCE; o <<= 1)
            assert_string_equal(way_of(nbt_leg_next(h->release, 0, (nbt_outcome)o)), "B");
        assert_memory_equal(h->query, nbt_nodetype_of(NBT_ONT_H)->query, sizeof h->query);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", each_type_goes_its_ways),
    NBT_TEST("", names_of_a_subnet_have_ways_of_their_own),
};

NBT_MAIN("nodetype", tests)
