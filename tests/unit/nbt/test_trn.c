/*
 * The transactions of a node: ids, and which response answers which.
 */
#include "tests/support/test.h"

#include "nbt/trn.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"

static nbt_ns read(const packet *p)
{
    nbt_rd r;
    nbt_ns m;
    nbt_rd_init(&r, p->b, p->n);
    nbt_ns_rd(&r, &m);
    assert_int_equal(r.err, NBT_OK);
    return m;
}

/* RFC 1001 13.2.1 */
static void ids_differ_and_do_not_count_up(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_trns t;
    nbt_trns_init(&t, test_mem_of(&mem), test_seed());
    static uint8_t seen[0x10000];
    memset(seen, 0, sizeof seen);
    nbt_name name = name_of("FRED<20>");
    unsigned steps = 0;
    uint16_t last = 0;
    for (unsigned i = 0; i < 3000; i++) {
        const nbt_trn *trn = nbt_trns_begin(&t, NBT_TRN_QUERY, &name);
        assert_non_null(trn);
        assert_int_not_equal(trn->id, 0);
        assert_int_equal(seen[trn->id]++, 0);
        steps += (uint16_t)(trn->id - last) < 16;
        last = trn->id;
    }
    assert_in_range(steps, 0, 10); /* by chance: 3000 * 16 / 65536 */
    nbt_trns_fini(&t);
    assert_int_equal(mem.blocks, 0);

    /* Another seed, other ids. */
    nbt_trns_init(&t, test_mem_of(&mem), test_seed() + 1);
    uint16_t other = nbt_trns_begin(&t, NBT_TRN_QUERY, &name)->id;
    nbt_trns_fini(&t);
    nbt_trns_init(&t, test_mem_of(&mem), test_seed());
    assert_int_not_equal(nbt_trns_begin(&t, NBT_TRN_QUERY, &name)->id, other);
    nbt_trns_fini(&t);
}

/* Ids run out long before the network does. */
static void half_of_all_ids_is_the_limit(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_trns t;
    nbt_trns_init(&t, test_mem_of(&mem), 1);
    nbt_name name = name_of("FRED<20>");
    t.n = 0x8000; /* as if so many were pending */
    assert_null(nbt_trns_begin(&t, NBT_TRN_QUERY, &name));
    t.n--;
    assert_non_null(nbt_trns_begin(&t, NBT_TRN_QUERY, &name));
    nbt_trns_fini(&t);
    assert_int_equal(mem.blocks, 0);
}

enum { RIGHT = 1, WRONG_ID, WRONG_NAME, WRONG_HOST };

/* What may answer what (B19): `fits` is C claim, Q query, R release, S status. */
static void answers_are_known_by_id_name_and_kind(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        unsigned word;
        unsigned type;
        const char *rdata;
        const char *fits;
        nbt_stimulus_kind what;
    } rows[] = {
        { "positive registration", 0xAD80, NBT_RR_NB, "0000 0A000009", "C", NBT_ON_POSITIVE },
        { "negative registration", 0xAD86, NBT_RR_NB, "0000 0A000009", "C", NBT_ON_NEGATIVE },
        { "refused by policy", 0xAD85, NBT_RR_NB, "0000 0A000009", "C", NBT_ON_NEGATIVE },
        { "conflict demand", 0xAD87, NBT_RR_NB, "0000 00000000", "C", NBT_ON_NEGATIVE },
        { "challenge", 0xAD00, NBT_RR_NB, "0000 0A000009", "C", NBT_ON_CHALLENGE },
        { "positive query", 0x8500, NBT_RR_NB, "0000 0A000009", "Q", NBT_ON_POSITIVE },
        { "negative query", 0x8583, NBT_RR_NULL, "", "Q", NBT_ON_NEGATIVE },
        { "positive release", 0xB400, NBT_RR_NB, "0000 0A000009", "R", NBT_ON_POSITIVE },
        { "negative release", 0xB406, NBT_RR_NB, "0000 0A000009", "R", NBT_ON_NEGATIVE },
        { "status", 0x8400, NBT_RR_NBSTAT, "00", "S", NBT_ON_POSITIVE },
        { "wait", 0xBC00, NBT_RR_NULL, "2900", "CQR", NBT_ON_WACK },
    };
    static const struct {
        char letter;
        nbt_trn_kind kind;
    } kinds[] = {
        { 'C', NBT_TRN_CLAIM },
        { 'Q', NBT_TRN_QUERY },
        { 'R', NBT_TRN_RELEASE },
        { 'S', NBT_TRN_STATUS },
    };
    test_mem mem = { 0 };
    nbt_name name = name_of("FRED<20>.SCOPE");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        for (size_t k = 0; k < LENGTH_OF(kinds); k++) {
            nbt_trns t;
            nbt_trns_init(&t, test_mem_of(&mem), 1);
            nbt_trn *trn = nbt_trns_begin(&t, kinds[k].kind, &name);
            trn->ip = ip_of("10.0.0.9");
            uint8_t rdata[16];
            size_t n = hex_bytes(rows[i].rdata, rdata, sizeof rdata);
            bool fits = strchr(rows[i].fits, kinds[k].letter) != NULL;
            for (int what = RIGHT; what <= WRONG_HOST; what++) {
                packet p = build_answer((uint16_t)(trn->id ^ (what == WRONG_ID)), rows[i].word,
                                        what == WRONG_NAME ? "FRED<21>.SCOPE" : "FRED<20>.SCOPE",
                                        rows[i].type, 0, rdata, n);
                nbt_ns m = read(&p);
                nbt_ep from = { ip_of(what == WRONG_HOST ? "10.0.0.8" : "10.0.0.9"), 137 };
                nbt_stimulus_kind s = NBT_ON_START;
                /* Whoever is asked by broadcast may answer; a status only the host asked. */
                bool any_host = kinds[k].kind != NBT_TRN_STATUS;
                bool want = fits && (what == RIGHT || (what == WRONG_HOST && any_host));
                const nbt_trn *got = nbt_trns_answered(&t, from, &m, &s);
                if (got != (want ? trn : NULL) || s != (want ? rows[i].what : NBT_ON_START))
                    fail_msg("%s to %c, case %d", rows[i].label, kinds[k].letter, what);
            }
            nbt_trns_fini(&t);
        }
    }
}

static void requests_answer_nothing(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_trns t;
    nbt_trns_init(&t, test_mem_of(&mem), 1);
    nbt_name name = name_of("FRED<20>");
    const nbt_trn *trn = nbt_trns_begin(&t, NBT_TRN_CLAIM, &name);
    static const unsigned words[] = { 0x2910, 0x2810, 0x7900, 0x3010, 0x4000 };
    for (size_t i = 0; i < LENGTH_OF(words); i++) {
        packet p = build_request(trn->id, words[i], "FRED<20>", 0, 0, "10.0.0.9");
        nbt_ns m = read(&p);
        nbt_stimulus_kind s;
        assert_null(nbt_trns_answered(&t, (nbt_ep){ 1, 137 }, &m, &s));
    }
    nbt_trns_fini(&t);
}

/* Of deadlines that are the same the one begun first is the earliest. */
static void the_earliest_comes_first(void **state)
{
    (void)state;
    test_mem mem = { 0 };
    nbt_trns t;
    nbt_trns_init(&t, test_mem_of(&mem), 1);
    assert_null(nbt_trns_earliest(&t));
    nbt_name name = name_of("FRED<20>");
    static const unsigned timeouts[] = { 30, 10, 20, 10 };
    nbt_trn *trn[LENGTH_OF(timeouts)];
    for (size_t i = 0; i < LENGTH_OF(timeouts); i++) {
        nbt_effects fx = { .n = 0 };
        trn[i] = nbt_trns_begin(&t, NBT_TRN_STATUS, &name);
        nbt_status_init(&trn[i]->m.status, (nbt_pace){ 3, NBT_MS(timeouts[i]) });
        nbt_trn_step(trn[i], 0, &(nbt_stimulus){ .kind = NBT_ON_START }, &fx);
        assert_int_equal(nbt_trn_due(trn[i]), NBT_MS(timeouts[i]));
    }
    static const size_t order[] = { 1, 3, 2, 0 };
    for (size_t i = 0; i < LENGTH_OF(order); i++) {
        assert_ptr_equal(nbt_trns_earliest(&t), trn[order[i]]);
        nbt_trns_drop(&t, trn[order[i]]);
    }
    assert_null(nbt_trns_earliest(&t));
    assert_int_equal(mem.blocks, 0);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("B21", ids_differ_and_do_not_count_up),
    NBT_TEST("", half_of_all_ids_is_the_limit),
    NBT_TEST("B19", answers_are_known_by_id_name_and_kind),
    NBT_TEST("", requests_answer_nothing),
    NBT_TEST("", the_earliest_comes_first),
};

NBT_MAIN("trn", tests)
