/*
 * The local name table.
 */
#include "tests/support/mem.h"
#include "tests/support/test.h"

#include "nbt/ltable.h"

static void name_number(uint8_t name[NBT_NAME_LEN], unsigned i)
{
    memset(name, ' ', NBT_NAME_LEN);
    name[0] = (uint8_t)(i >> 8);
    name[1] = (uint8_t)i;
}

static nbt_entry *add(nbt_ltable *t, unsigned i)
{
    uint8_t name[NBT_NAME_LEN];
    name_number(name, i);
    return nbt_ltable_add(t, name, false);
}

static void a_new_entry_is_registering(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_ltable t;
    nbt_ltable_init(&t, test_mem_of(&mem));
    assert_null(nbt_ltable_next(&t, NULL));
    uint8_t name[NBT_NAME_LEN];
    name_number(name, 1);
    const nbt_entry *e = nbt_ltable_add(&t, name, true);
    assert_non_null(e);
    assert_int_equal(e->state, NBT_ENTRY_REGISTERING);
    assert_true(e->group);
    assert_false(e->conflict);
    assert_memory_equal(e->name, name, sizeof name);
    assert_int_equal(t.count, 1);
    assert_ptr_equal(nbt_ltable_find(&t, name), e);
    assert_ptr_equal(nbt_ltable_find_const(&t, name), e);
    assert_ptr_equal(nbt_ltable_at(&t, e->num), e);
    nbt_ltable_fini(&t);
    assert_int_equal(mem.blocks, 0);
}

/* Two names are one only if all 16 bytes are. */
static void looks_up_byte_exact(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        uint8_t name[NBT_NAME_LEN + 1];
        bool found;
    } rows[] = {
        { "itself", "FRED           A", true },
        { "other suffix", "FRED           B", false },
        { "other case", "fred           A", false },
        { "other padding", "FRED\0\0\0\0\0\0\0\0\0\0\0A", false },
    };
    test_mem mem = { 0 };
    nbt_ltable t;
    nbt_ltable_init(&t, test_mem_of(&mem));
    assert_non_null(nbt_ltable_add(&t, rows[0].name, false));
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if ((nbt_ltable_find(&t, rows[i].name) != NULL) != rows[i].found)
            fail_msg("%s", rows[i].label);
    nbt_ltable_fini(&t);
    assert_int_equal(mem.blocks, 0);
}

static void numbers_go_round_and_leave_out_one(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_ltable t;
    nbt_ltable_init(&t, test_mem_of(&mem));
    for (unsigned num = 2; num <= 254; num++)
        assert_int_equal(add(&t, num)->num, num);
    assert_null(add(&t, 1000)); /* number 1 is the permanent name's */
    assert_int_equal(t.count, 253);

    nbt_ltable_remove(&t, nbt_ltable_at(&t, 17));
    nbt_ltable_remove(&t, nbt_ltable_at(&t, 9));
    assert_int_equal(add(&t, 1001)->num, 9); /* on behind 254, which was given last */
    assert_int_equal(add(&t, 1002)->num, 17);
    assert_null(add(&t, 1003));
    nbt_ltable_fini(&t);
    assert_int_equal(mem.blocks, 0);
}

/* Many come and go by chance: each is found, by name and by number, and none that has gone. */
static void finds_what_is_there_and_nothing_else(void **state)
{
    (void)state;
    enum { NAMES = 400 };
    test_mem mem = { 0 };
    nbt_ltable t;
    nbt_rng rng = { 1 };
    bool there[NAMES] = { false };
    unsigned count = 0;
    nbt_ltable_init(&t, test_mem_of(&mem));
    for (unsigned step = 0; step < 4000; step++) {
        unsigned i = (unsigned)nbt_rng_below(&rng, NAMES);
        uint8_t name[NBT_NAME_LEN];
        name_number(name, i);
        nbt_entry *e = nbt_ltable_find(&t, name);
        assert_int_equal(e != NULL, there[i]);
        if (e) {
            assert_memory_equal(e->name, name, sizeof name);
            assert_ptr_equal(nbt_ltable_at(&t, e->num), e);
            nbt_ltable_remove(&t, e);
            count--;
            there[i] = false;
        } else if (add(&t, i)) {
            count++;
            there[i] = true;
        } else {
            assert_int_equal(count, 253);
        }
        assert_int_equal(t.count, count);
    }
    nbt_ltable_fini(&t);
    assert_int_equal(mem.blocks, 0);
}

static void a_number_just_freed_rests(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_ltable t;
    nbt_ltable_init(&t, test_mem_of(&mem));
    nbt_entry *e = add(&t, 1);
    assert_int_equal(e->num, 2);
    nbt_ltable_remove(&t, e);
    assert_int_equal(add(&t, 1)->num, 3);
    nbt_ltable_fini(&t);
    assert_int_equal(mem.blocks, 0);
}

static void a_removed_entry_is_gone(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_ltable t;
    nbt_ltable_init(&t, test_mem_of(&mem));
    nbt_entry *e = add(&t, 1);
    uint8_t num = e->num, name[NBT_NAME_LEN];
    memcpy(name, e->name, sizeof name);
    e->conflict = true;
    nbt_ltable_remove(&t, e);
    assert_int_equal(t.count, 0);
    assert_null(nbt_ltable_find(&t, name));
    assert_null(nbt_ltable_at(&t, num));
    assert_null(nbt_ltable_next(&t, NULL));
    assert_null(nbt_ltable_at(&t, 0));
    assert_null(nbt_ltable_at(&t, 255));
    nbt_ltable_fini(&t);
    assert_int_equal(mem.blocks, 0);
}

static void walks_in_order_of_number(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_ltable t;
    nbt_ltable_init(&t, test_mem_of(&mem));
    for (unsigned i = 0; i < 5; i++)
        add(&t, i);
    nbt_ltable_remove(&t, nbt_ltable_at(&t, 4));
    static const uint8_t want[] = { 2, 3, 5, 6 };
    size_t n = 0;
    for (const nbt_entry *e = nbt_ltable_next(&t, NULL); e; e = nbt_ltable_next(&t, e))
        assert_int_equal(e->num, want[n++]);
    assert_int_equal(n, LENGTH_OF(want));
    nbt_ltable_fini(&t);
    assert_int_equal(mem.blocks, 0);
}

/* Entries are reserved by the leaf: the second leaf is refused, and the table is as it was. */
static void without_memory_there_is_no_more_room(void **state)
{
    (void)state;
    test_mem mem = { .fail_at = 2 };
    nbt_ltable t;
    nbt_ltable_init(&t, test_mem_of(&mem));
    unsigned n = 0;
    while (add(&t, n))
        n++;
    assert_int_equal(n, NBT_LTABLE_LEAF - 2); /* numbers 0 and 1 are not given */
    assert_int_equal(t.count, n);
    nbt_ltable_remove(&t, nbt_ltable_at(&t, 5));
    assert_null(add(&t, 1000)); /* on behind the number given last, where there is no leaf */
    mem.fail_at = 0;
    assert_int_equal(add(&t, 1000)->num, NBT_LTABLE_LEAF);
    nbt_ltable_fini(&t);
    assert_int_equal(mem.blocks, 0);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_new_entry_is_registering),
    NBT_TEST("", looks_up_byte_exact),
    NBT_TEST("", numbers_go_round_and_leave_out_one),
    NBT_TEST("", finds_what_is_there_and_nothing_else),
    NBT_TEST("", a_number_just_freed_rests),
    NBT_TEST("", a_removed_entry_is_gone),
    NBT_TEST("", walks_in_order_of_number),
    NBT_TEST("", without_memory_there_is_no_more_room),
};

NBT_MAIN("ltable", tests)
