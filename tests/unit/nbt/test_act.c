/*
 * The list of actions.
 */
#include "tests/support/test.h"

#include "nbt/act.h"
#include "tests/support/mem.h"

static void keeps_actions_and_their_bytes(void **state)
{
    (void)state;
    test_mem m = { 0 };
    nbt_out out;
    nbt_out_init(&out, test_mem_of(&m));

    /* Enough of both to make array and arena grow more than once. */
    for (unsigned i = 0; i < 100; i++) {
        uint8_t data[40];
        memset(data, (int)i, sizeof data);
        nbt_act *act = nbt_out_add(&out, NBT_ACT_SEND, data, i % sizeof data);
        act->lana = (uint8_t)i;
    }
    assert_int_equal(out.n, 100);
    assert_false(out.failed);
    for (unsigned i = 0; i < 100; i++) {
        nbt_bytes data = nbt_out_data(&out, &out.acts[i]);
        assert_int_equal(out.acts[i].kind, NBT_ACT_SEND);
        assert_int_equal(out.acts[i].lana, i);
        assert_int_equal(data.n, i % 40);
        for (size_t k = 0; k < data.n; k++)
            assert_int_equal(data.p[k], i);
    }
    nbt_out_fini(&out);
    assert_int_equal(m.blocks, 0);
}

static void starts_every_action_from_zero(void **state)
{
    (void)state;
    test_mem m = { 0 };
    nbt_out out;
    nbt_out_init(&out, test_mem_of(&m));
    nbt_act *act = nbt_out_add(&out, NBT_ACT_SEND, "old", 3);
    act->conn = 7;
    nbt_out_clear(&out);
    assert_int_equal(out.n, 0);
    size_t requests = m.requests;

    act = nbt_out_add(&out, NBT_ACT_TRACE, NULL, 3);
    assert_int_equal(act->conn, 0);
    assert_memory_equal(nbt_out_data(&out, act).p, "\0\0\0", 3);
    assert_int_equal(m.requests, requests); /* emptying keeps the memory */

    act = nbt_out_add(&out, NBT_ACT_DONE, NULL, 0);
    assert_null(nbt_out_data(&out, act).p);
    nbt_out_fini(&out);
}

static void joins_what_comes_from_two_places(void **state)
{
    (void)state;
    static const nbt_bytes head = { (const uint8_t *)"head", 4 },
                           body = { (const uint8_t *)"er", 2 }, none = { NULL, 0 };
    test_mem m = { 0 };
    nbt_out out;
    nbt_out_init(&out, test_mem_of(&m));
    (void)nbt_out_add_both(&out, NBT_ACT_TCP_SEND, head, body);
    (void)nbt_out_add_both(&out, NBT_ACT_TCP_SEND, none, body);
    (void)nbt_out_add_both(&out, NBT_ACT_TCP_SEND, head, none);
    (void)nbt_out_add_both(&out, NBT_ACT_TCP_SEND, none, none);
    assert_int_equal(nbt_out_data(&out, &out.acts[0]).n, 6);
    assert_memory_equal(nbt_out_data(&out, &out.acts[0]).p, "header", 6);
    assert_int_equal(nbt_out_data(&out, &out.acts[1]).n, 2);
    assert_memory_equal(nbt_out_data(&out, &out.acts[1]).p, "er", 2);
    assert_memory_equal(nbt_out_data(&out, &out.acts[2]).p, "head", 4);
    assert_null(nbt_out_data(&out, &out.acts[3]).p);
    nbt_out_fini(&out);
}

static void takes_a_big_block_at_once(void **state)
{
    (void)state;
    test_mem m = { 0 };
    nbt_out out;
    nbt_out_init(&out, test_mem_of(&m));
    nbt_out_add(&out, NBT_ACT_TCP_SEND, NULL, 10);
    const nbt_act *act = nbt_out_add(&out, NBT_ACT_TCP_SEND, NULL, 131071);
    assert_int_equal(nbt_out_data(&out, act).n, 131071);
    assert_int_equal(nbt_out_data(&out, act).p[131070], 0);
    nbt_out_fini(&out);
    assert_int_equal(m.blocks, 0);
}

static void drops_what_it_has_no_memory_for(void **state)
{
    (void)state;
    test_mem m = { .fail_at = 1 };
    nbt_out out;
    nbt_out_init(&out, test_mem_of(&m));
    nbt_act *act = nbt_out_add(&out, NBT_ACT_SEND, "abc", 3);
    assert_non_null(act); /* to be filled in as usual */
    assert_int_equal(act->kind, NBT_ACT_SEND);
    assert_int_equal(act->data_len, 0);
    assert_int_equal(out.n, 0);
    assert_true(out.failed);

    /* What was in the list before stays, and later ones find room again. */
    nbt_out_clear(&out);
    m.fail_at = 0;
    nbt_out_add(&out, NBT_ACT_SEND, "abc", 3);
    m.fail_at = m.requests + 1;
    nbt_out_add(&out, NBT_ACT_SEND, NULL, 100000);
    assert_true(out.failed);
    assert_int_equal(out.n, 1);
    nbt_out_add(&out, NBT_ACT_SEND, "def", 3);
    assert_int_equal(out.n, 2);
    assert_memory_equal(nbt_out_data(&out, &out.acts[0]).p, "abc", 3);
    assert_memory_equal(nbt_out_data(&out, &out.acts[1]).p, "def", 3);
    nbt_out_fini(&out);
    assert_int_equal(m.blocks, 0);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", keeps_actions_and_their_bytes),    NBT_TEST("", starts_every_action_from_zero),
    NBT_TEST("", joins_what_comes_from_two_places), NBT_TEST("", takes_a_big_block_at_once),
    NBT_TEST("", drops_what_it_has_no_memory_for),
};

NBT_MAIN("act", tests)
