/*
 * The name server's records: the table of names against a plain model, the wheel against plain
 * arithmetic, the journal, and what happens without memory.
 */
#include "tests/support/test.h"

#include "nbt/nbdb.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"

enum { NOW = 1000000 };

static nbt_nbdb *new_db(test_mem *m, bool journal)
{
    nbt_nbdb *db = nbt_nbdb_new(test_mem_of(m), test_seed(), NOW, journal);
    assert_non_null(db);
    return db;
}

static void end_db(test_mem *m, nbt_nbdb *db)
{
    nbt_nbdb_free(db);
    assert_int_equal(m->blocks, 0);
}

/* The i-th of many names; every third has a scope. */
static nbt_name many_name(uint32_t i)
{
    nbt_name name = name_of(i % 3 == 2 ? "NAME<20>.SCOPE" : "NAME<20>");
    memcpy(name.b + 4, &i, sizeof i);
    return name;
}

static void names_are_all_of_their_bytes(void **state)
{
    (void)state;
    static const char *const names[] = { "FRED<20>",   "FRED<00>",     "fred<20>",  "FRED<20>.A",
                                         "FRED<20>.B", "FRED<20>.A.B", "FRED2<20>", "FRED<20>.AA" };
    test_mem m = { 0 };
    nbt_nbdb *db = new_db(&m, false);
    nbt_nbrec *rec[LENGTH_OF(names)];
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        nbt_name name = name_of(names[i]);
        assert_null(nbt_nbdb_find(db, &name));
        rec[i] = nbt_nbdb_add(db, &name, NBT_NBKIND_UNIQUE);
    }
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        nbt_name name = name_of(names[i]), again;
        assert_ptr_equal(nbt_nbdb_find(db, &name), rec[i]);
        nbt_nbdb_name(rec[i], &again);
        assert_true(nbt_name_eq(&name, &again));
    }
    assert_int_equal(nbt_nbdb_count(db), LENGTH_OF(names));
    end_db(&m, db);
}

/* Names come and go at random; the database always has what a plain list has. */
static void found_is_what_was_put_in(void **state)
{
    (void)state;
    enum { NAMES = 6000, STEPS = 60000 };
    static bool there[NAMES];
    test_mem m = { 0 };
    nbt_rng rng = { test_seed() };
    nbt_nbdb *db = new_db(&m, false);
    size_t count = 0;
    memset(there, 0, sizeof there);
    for (unsigned step = 0; step < STEPS; step++) {
        uint32_t i = nbt_rng_below(&rng, NAMES);
        nbt_name name = many_name(i);
        nbt_nbrec *rec = nbt_nbdb_find(db, &name);
        assert_int_equal(rec != NULL, there[i]);
        if (rec) {
            nbt_nbdb_remove(db, rec);
            count--;
        } else if (nbt_rng_below(&rng, 4) > 0) {
            assert_non_null(nbt_nbdb_add(db, &name, NBT_NBKIND_UNIQUE));
            count++;
        } else {
            continue;
        }
        there[i] = !there[i];
        assert_int_equal(nbt_nbdb_count(db), count);
    }
    uint32_t at = 0;
    size_t listed = 0;
    while (nbt_nbdb_each(db, &at))
        listed++;
    assert_int_equal(listed, count);
    end_db(&m, db);
}

static void a_name_takes_little_memory(void **state)
{
    (void)state;
    /* A record, and its share of the table of names just after the table has doubled. */
    assert_true(sizeof(nbt_nbrec) + 3 * 8 < 128);
}

static nbt_nbaddr address(uint32_t ip)
{
    return (nbt_nbaddr){ .ip = ip, .expires = ip + 1, .nb_flags = 0x6000 };
}

static void addresses_are_kept_oldest_first(void **state)
{
    (void)state;
    test_mem m = { 0 };
    nbt_nbdb *db = new_db(&m, false);
    nbt_name name = name_of("DOM<1C>");
    nbt_nbrec *rec = nbt_nbdb_add(db, &name, NBT_NBKIND_INTERNET);
    for (uint32_t ip = 1; ip <= 25; ip++) {
        nbt_nbaddr a = address(ip);
        assert_true(nbt_nbdb_addr_add(db, rec, &a, 25));
    }
    assert_int_equal(rec->n, 25);
    nbt_nbaddr a = address(26);
    assert_true(nbt_nbdb_addr_add(db, rec, &a, 25)); /* the oldest goes */
    assert_int_equal(rec->n, 25);
    assert_null(nbt_nbdb_addr(rec, 1));
    for (uint32_t i = 0; i < 25; i++)
        assert_int_equal(nbt_nbdb_addrs(rec)[i].ip, i + 2);
    nbt_nbdb_addr_drop(db, rec, 3);
    assert_null(nbt_nbdb_addr(rec, 5));
    assert_int_equal(nbt_nbdb_addrs(rec)[3].ip, 6);
    assert_int_equal(nbt_nbdb_addr(rec, 26)->expires, 27);
    nbt_nbdb_addr_clear(db, rec);
    assert_int_equal(rec->n, 0);
    assert_true(nbt_nbdb_addr_add(db, rec, &a, 1));
    assert_int_equal(nbt_nbdb_addrs(rec)[0].ip, 26);
    end_db(&m, db);
}

/* --- the wheel ------------------------------------------------------------------------------- */

/* Times of every level, put off and brought forward; each record comes out in its second. */
static void each_comes_out_in_its_second(void **state)
{
    (void)state;
    enum { RECORDS = 400 };
    static const uint32_t reach[] = { 5, 256, 700, 70000, 300000, 20000000 };
    test_mem m = { 0 };
    nbt_rng rng = { test_seed() };
    nbt_nbdb *db = new_db(&m, false);
    nbt_sec due[RECORDS], now = NOW;
    size_t left = RECORDS;
    for (uint32_t i = 0; i < RECORDS; i++) {
        nbt_name name = many_name(i);
        nbt_nbrec *rec = nbt_nbdb_add(db, &name, NBT_NBKIND_UNIQUE);
        due[i] = now + 1 + nbt_rng_below(&rng, reach[i % LENGTH_OF(reach)]);
        nbt_nbdb_due(db, rec, due[i]);
        if (i % 4 == 1) /* put off, or brought forward */
            due[i] = now + 1 + nbt_rng_below(&rng, reach[i / 4 % LENGTH_OF(reach)]);
        nbt_nbdb_due(db, rec, due[i]);
    }
    while (left > 0) {
        nbt_sec next = nbt_nbdb_next(db);
        assert_true(next > 0 && next >= now);
        now = next;
        unsigned budget = RECORDS;
        for (nbt_nbrec *rec; (rec = nbt_nbdb_expired(db, now, &budget));) {
            assert_int_equal(due[rec->idx], now);
            left--;
        }
        for (uint32_t i = 0; i < RECORDS; i++) {
            nbt_name name = many_name(i);
            if (due[i] <= now)
                assert_int_equal(nbt_nbdb_find(db, &name)->due, 0);
        }
    }
    assert_int_equal(nbt_nbdb_next(db), 0);
    end_db(&m, db);
}

static void a_late_look_finds_all_that_is_over(void **state)
{
    (void)state;
    test_mem m = { 0 };
    nbt_nbdb *db = new_db(&m, false);
    unsigned budget = 1000, n = 0;
    for (uint32_t i = 0; i < 100; i++) {
        nbt_name name = many_name(i);
        nbt_nbdb_due(db, nbt_nbdb_add(db, &name, NBT_NBKIND_UNIQUE), NOW + 10 + i * 1000);
    }
    assert_null(nbt_nbdb_expired(db, NOW + 9, &budget)); /* too early */
    while (nbt_nbdb_expired(db, NOW + 50010, &budget))
        n++;
    assert_int_equal(n, 51);
    end_db(&m, db);
}

static void a_look_takes_no_more_than_its_budget(void **state)
{
    (void)state;
    test_mem m = { 0 };
    nbt_nbdb *db = new_db(&m, false);
    for (uint32_t i = 0; i < 1000; i++) {
        nbt_name name = many_name(i);
        nbt_nbdb_due(db, nbt_nbdb_add(db, &name, NBT_NBKIND_UNIQUE), NOW + 70000);
    }
    unsigned looks = 0, n = 0, before = 0;
    while (n < 1000) {
        unsigned budget = 64;
        while (nbt_nbdb_expired(db, NOW + 70000, &budget))
            n++;
        assert_true(n - before <= 64);
        before = n;
        looks++;
        if (n < 1000) { /* there is more at once */
            assert_int_equal(budget, 0);
            assert_true(nbt_nbdb_next(db) <= NOW + 70000);
        }
    }
    assert_true(looks >= 1000 / 64);
    end_db(&m, db);
}

/* Removed and never-due records do not come out; a time that has passed comes out a second later.
 */
static void only_what_is_there_comes_out(void **state)
{
    (void)state;
    test_mem m = { 0 };
    nbt_nbdb *db = new_db(&m, false);
    nbt_nbrec *rec[4];
    unsigned budget = 100;
    for (uint32_t i = 0; i < 4; i++) {
        nbt_name name = many_name(i);
        rec[i] = nbt_nbdb_add(db, &name, NBT_NBKIND_UNIQUE);
        nbt_nbdb_due(db, rec[i], NOW + 5);
    }
    nbt_nbdb_remove(db, rec[1]);
    nbt_nbdb_due(db, rec[2], 0);
    nbt_nbdb_due(db, rec[3], NOW - 5);
    assert_null(nbt_nbdb_expired(db, NOW, &budget));
    assert_ptr_equal(nbt_nbdb_expired(db, NOW + 1, &budget), rec[3]);
    assert_null(nbt_nbdb_expired(db, NOW + 1, &budget));
    assert_ptr_equal(nbt_nbdb_expired(db, NOW + 100, &budget), rec[0]);
    assert_null(nbt_nbdb_expired(db, NOW + 100000, &budget));
    end_db(&m, db);
}

/* --- the journal ----------------------------------------------------------------------------- */

static void changes_are_told_in_their_order(void **state)
{
    (void)state;
    test_mem m = { 0 };
    nbt_nbdb *db = new_db(&m, true);
    nbt_name a = name_of("A<20>"), b = name_of("B<20>"), c = name_of("C<20>.S");
    nbt_nbrec *ra = nbt_nbdb_add(db, &a, NBT_NBKIND_UNIQUE);
    nbt_nbrec *rb = nbt_nbdb_add(db, &b, NBT_NBKIND_UNIQUE);
    nbt_nbrec *rc = nbt_nbdb_add(db, &c, NBT_NBKIND_UNIQUE);
    assert_null(nbt_nbdb_changed(db));
    nbt_nbdb_touch(db, rb);
    nbt_nbdb_touch(db, ra);
    nbt_nbdb_touch(db, rb); /* once is enough */
    nbt_nbdb_touch(db, rc);
    assert_int_equal(nbt_nbdb_dirty(db), 3);
    uint32_t old = rc->idx;
    nbt_nbdb_remove(db, rc);
    nbt_nbrec *again = nbt_nbdb_add(db, &c, NBT_NBKIND_GROUP);
    nbt_nbdb_touch(db, again);
    assert_int_not_equal(again->idx, old); /* not before its end has been told */
    assert_ptr_equal(nbt_nbdb_changed(db), rb);
    assert_ptr_equal(nbt_nbdb_changed(db), ra);
    const nbt_nbrec *gone = nbt_nbdb_changed(db);
    assert_int_equal(gone->idx, old);
    assert_int_equal(gone->state, NBT_NBSTATE_GONE);
    assert_ptr_equal(nbt_nbdb_changed(db), again);
    assert_null(nbt_nbdb_changed(db));
    assert_int_equal(nbt_nbdb_dirty(db), 0);
    nbt_name d = name_of("D<20>");
    assert_int_equal(nbt_nbdb_add(db, &d, NBT_NBKIND_UNIQUE)->idx, old); /* now it is */
    end_db(&m, db);
}

static void restored_records_keep_their_numbers(void **state)
{
    (void)state;
    test_mem m = { 0 };
    nbt_nbdb *db = new_db(&m, true);
    nbt_name a = name_of("A<20>"), b = name_of("B<20>"), c = name_of("C<20>");
    assert_int_equal(nbt_nbdb_restore(db, 2, &a, NBT_NBKIND_UNIQUE)->idx, 2);
    assert_null(nbt_nbdb_restore(db, 2, &b, NBT_NBKIND_UNIQUE));
    assert_null(nbt_nbdb_restore(db, 5, &a, NBT_NBKIND_UNIQUE));
    assert_null(nbt_nbdb_restore(db, UINT32_MAX, &b, NBT_NBKIND_UNIQUE));
    assert_int_equal(nbt_nbdb_restore(db, 2000, &b, NBT_NBKIND_UNIQUE)->idx, 2000);
    assert_int_equal(nbt_nbdb_add(db, &c, NBT_NBKIND_UNIQUE)->idx, 0); /* the gaps are used */
    assert_int_equal(nbt_nbdb_find(db, &a)->idx, 2);
    assert_int_equal(nbt_nbdb_count(db), 3);
    end_db(&m, db);
}

/* Whichever request for memory is refused, what is there stays whole. */
static void without_memory_nothing_changes(void **state)
{
    (void)state;
    for (size_t fail = 1;; fail++) {
        test_mem m = { .fail_at = fail };
        size_t had = 0;
        nbt_nbdb *db = nbt_nbdb_new(test_mem_of(&m), 1, NOW, false);
        for (uint32_t i = 0; db && i < 1500; i++) {
            nbt_name name = many_name(i);
            nbt_nbrec *rec = nbt_nbdb_add(db, &name, NBT_NBKIND_GROUP);
            if (!rec) {
                assert_null(nbt_nbdb_find(db, &name));
                break;
            }
            had++;
            nbt_nbaddr a = address(1), b = address(2);
            assert_true(nbt_nbdb_addr_add(db, rec, &a, 25));
            if (!nbt_nbdb_addr_add(db, rec, &b, 25)) {
                assert_int_equal(rec->n, 1);
                break;
            }
        }
        if (db)
            assert_int_equal(nbt_nbdb_count(db), had);
        nbt_nbdb_free(db);
        assert_int_equal(m.blocks, 0);
        if (had == 1500)
            break;
        fail += fail / 8; /* the early ones all, later ones in steps */
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", names_are_all_of_their_bytes),
    NBT_TEST("", found_is_what_was_put_in),
    NBT_TEST("", a_name_takes_little_memory),
    NBT_TEST("", addresses_are_kept_oldest_first),
    NBT_TEST("", each_comes_out_in_its_second),
    NBT_TEST("", a_late_look_finds_all_that_is_over),
    NBT_TEST("", a_look_takes_no_more_than_its_budget),
    NBT_TEST("", only_what_is_there_comes_out),
    NBT_TEST("", changes_are_told_in_their_order),
    NBT_TEST("", restored_records_keep_their_numbers),
    NBT_TEST("", without_memory_nothing_changes),
};

NBT_MAIN("nbdb", tests)
