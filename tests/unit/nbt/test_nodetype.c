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

static const struct CMUnitTest tests[] = { NBT_TEST("", each_type_goes_its_ways) };

NBT_MAIN("nodetype", tests)
