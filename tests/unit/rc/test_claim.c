/*
 * rc/claim.c by itself: what test_viewer.c and test_agent.c do not see of it.
 */
#include "tests/support/test.h"

#include "rc/claim.h"
#include "tests/support/mem.h"

typedef struct claiming {
    test_mem mem;
    nbt_out out;
    nbt_prog_tags tags;
    rc_claim claim;
    uint32_t tag;
    nbt_ncb ncb;
} claiming;

/* Takes the last control block that came out, and forgets the effects. */
static void take(claiming *c)
{
    c->tag = 0;
    for (size_t i = 0; i < c->out.n; i++)
        if (c->out.acts[i].kind == NBT_ACT_NCB) {
            c->tag = c->out.acts[i].tag;
            c->ncb = c->out.acts[i].ncb;
        }
    nbt_out_clear(&c->out);
}

static void begin(claiming *c, const rc_claim_cfg *cfg)
{
    memset(c, 0, sizeof *c);
    nbt_out_init(&c->out, test_mem_of(&c->mem));
    rc_claim_start(&c->claim, cfg, &c->tags, &c->out);
    take(c);
}

static nbt_prog_took answer(claiming *c, uint8_t retcode)
{
    nbt_ncb ncb = c->ncb;
    ncb.retcode = retcode;
    nbt_prog_took took =
        rc_claim_ncb(&c->claim, &c->tags, c->tag, &ncb, (nbt_bytes){ NULL, 0 }, &c->out);
    take(c);
    return took;
}

static rc_claim_cfg three_lanas(rc_policy policy)
{
    static const uint8_t lanas[] = { 0, 1, 2 };
    return (rc_claim_cfg){ .machine = "box",
                           .want_name = true,
                           .suffix = 0x41,
                           .policy = policy,
                           .lanas = lanas,
                           .nlanas = 3,
                           .refused = RC_SAY_NAME_REFUSED_2,
                           .about = "CLIENT1" };
}

static void case_is_folded_only_on_demand(void **state)
{
    (void)state;
    rc_claim_cfg cfg = three_lanas(RC_POLICY_PER_SESSION);
    claiming c;
    begin(&c, &cfg);
    assert_memory_equal(c.ncb.name, "box            A", NBT_NAME_LEN);
    nbt_out_fini(&c.out);
    cfg.upper = true;
    begin(&c, &cfg);
    assert_memory_equal(c.ncb.name, "BOX            A", NBT_NAME_LEN);
    nbt_out_fini(&c.out);
}

static void nothing_to_claim_is_settled_at_once(void **state)
{
    (void)state;
    rc_claim_cfg cfg = three_lanas(RC_POLICY_PER_SESSION);
    cfg.want_name = false;
    claiming c;
    begin(&c, &cfg);
    assert_int_equal(c.claim.state, RC_CLAIM_SETTLED);
    assert_int_equal(c.tag, 0);
    assert_int_equal(rc_claim_count(&c.claim), 0);
    assert_memory_equal(c.claim.machine, "box            \0", NBT_NAME_LEN);
    nbt_out_fini(&c.out);
}

static void tolerant_goes_on_with_the_next_lana(void **state)
{
    (void)state;
    rc_claim_cfg cfg = three_lanas(RC_POLICY_TOLERANT);
    claiming c;
    begin(&c, &cfg);
    assert_int_equal(answer(&c, NBT_NRC_GOODRET), NBT_PROG_TAKEN);
    assert_int_equal(answer(&c, NBT_NRC_INUSE), NBT_PROG_TAKEN);
    assert_int_equal(c.ncb.lana, 2);
    assert_int_equal(answer(&c, NBT_NRC_BRIDGE), NBT_PROG_DONE);
    assert_int_equal(c.claim.state, RC_CLAIM_SETTLED);
    assert_int_equal(rc_claim_count(&c.claim), 1);
    nbt_out_fini(&c.out);
}

static void each_lana_counts_for_itself(void **state)
{
    (void)state;
    rc_claim_cfg cfg = three_lanas(RC_POLICY_NUMBERED);
    claiming c;
    begin(&c, &cfg);
    answer(&c, NBT_NRC_DUPNAME);
    answer(&c, NBT_NRC_GOODRET);
    assert_memory_equal(c.claim.lanas[0].name, "box           2A", NBT_NAME_LEN);
    assert_memory_equal(c.ncb.name, "box           1A", NBT_NAME_LEN);
    nbt_out_fini(&c.out);
}

static void claiming_again_leaves_the_other_lanas_alone(void **state)
{
    (void)state;
    rc_claim_cfg cfg = three_lanas(RC_POLICY_SHARED);
    claiming c;
    begin(&c, &cfg);
    answer(&c, NBT_NRC_GOODRET);
    answer(&c, NBT_NRC_DUPNAME);
    assert_int_equal(answer(&c, NBT_NRC_DUPNAME), NBT_PROG_DONE);
    rc_claim_again(&c.claim, 1, &c.tags, &c.out);
    take(&c);
    assert_int_equal(c.ncb.lana, 1);
    assert_int_equal(answer(&c, NBT_NRC_GOODRET), NBT_PROG_DONE);
    assert_int_equal(c.claim.lanas[0].hold, RC_HOLD_ADDED);
    assert_int_equal(c.claim.lanas[1].hold, RC_HOLD_ADDED);
    assert_int_equal(c.claim.lanas[2].hold, RC_HOLD_SHARED);
    nbt_out_fini(&c.out);
}

static void only_what_was_added_is_given_back(void **state)
{
    (void)state;
    rc_claim_cfg cfg = three_lanas(RC_POLICY_SHARED);
    claiming c;
    begin(&c, &cfg);
    answer(&c, NBT_NRC_GOODRET);
    answer(&c, NBT_NRC_DUPNAME);
    answer(&c, NBT_NRC_GOODRET);
    rc_claim_return(&c.claim, 2, &c.tags, &c.out);
    assert_int_equal(c.out.n, 1);
    take(&c);
    assert_int_equal(c.ncb.command, NBT_NCB_DELETE_NAME);
    assert_int_equal(c.ncb.lana, 0);
    assert_int_equal(rc_claim_count(&c.claim), 1);
    assert_false(rc_claim_idle(&c.claim));
    rc_claim_return(&c.claim, -1, &c.tags, &c.out); /* once more: only the one that was kept */
    assert_int_equal(c.out.n, 1);
    assert_int_equal(answer(&c, NBT_NRC_GOODRET), NBT_PROG_TAKEN);
    assert_false(rc_claim_idle(&c.claim));
    rc_claim_forget(&c.claim);
    assert_true(rc_claim_idle(&c.claim));
    nbt_out_fini(&c.out);
}

static void policies_have_words(void **state)
{
    (void)state;
    static const char *const words[] = { "per-session", "shared", "group", "numbered", "tolerant" };
    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        rc_policy policy;
        assert_true(rc_policy_parse(&policy, words[i], strlen(words[i])));
        assert_int_equal(policy, i);
    }
    rc_policy policy = RC_POLICY_GROUP;
    assert_false(rc_policy_parse(&policy, "Shared", 6));
    assert_int_equal(policy, RC_POLICY_GROUP);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", case_is_folded_only_on_demand),
    NBT_TEST("", nothing_to_claim_is_settled_at_once),
    NBT_TEST("", tolerant_goes_on_with_the_next_lana),
    NBT_TEST("", each_lana_counts_for_itself),
    NBT_TEST("", claiming_again_leaves_the_other_lanas_alone),
    NBT_TEST("", only_what_was_added_is_given_back),
    NBT_TEST("", policies_have_words),
};

NBT_MAIN("claim", tests)
