/*
 * Datagrams cut and put together: every size round trips; what does not fit together is nothing.
 */
#include "tests/support/test.h"

#include "nbt/fragment.h"
#include "nbt/mem.h"
#include "tests/support/build.h"
#include "tests/support/mem.h"

enum { ROOM = 8192, PEER = 0x0A000009 };

typedef struct world {
    test_mem mem;
    nbt_fragments f;
    uint8_t data[4096];
} world;

static int setup(void **state)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    nbt_fragments_init(&w->f, test_mem_of(&w->mem), NBT_S(2), ROOM);
    for (size_t i = 0; i < sizeof w->data; i++)
        w->data[i] = (uint8_t)(i * 7 + i / 256);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world *w = *state;
    nbt_fragments_fini(&w->f);
    assert_int_equal(w->mem.blocks, 0);
    free(w);
    return 0;
}

static nbt_dgm message(const world *w, uint16_t id, size_t n)
{
    nbt_dgm m = { .type = NBT_DGM_UNIQUE, .id = id, .source = { PEER, NBT_PORT_DGM } };
    m.from = name_of("BARNEY<20>");
    m.to = name_of("FRED<20>");
    m.data = (nbt_bytes){ w->data, n };
    m.length = (uint16_t)nbt_dgm_length(&m.from, &m.to, n);
    m.flags = NBT_ONT_M << NBT_DGM_SNT_SHIFT | NBT_DGM_FIRST;
    return m;
}

/* All pieces of a message; their number. */
static size_t cut(const nbt_dgm *whole, size_t max, nbt_dgm *part, size_t cap)
{
    size_t n = 0, sent = 0;
    while (n < cap && nbt_fragment_next(whole, max, &sent, &part[n]))
        n++;
    return n;
}

/* What a packet is when it has been on the wire. */
static nbt_fragment_fate take(world *w, nbt_time now, const nbt_dgm *part, nbt_dgm *got)
{
    uint8_t buf[2048];
    nbt_wr wr;
    nbt_rd rd;
    nbt_wr_init(&wr, buf, sizeof buf);
    nbt_dgm_wr(&wr, part);
    assert_int_equal(wr.err, NBT_OK);
    uint8_t *exact = exact_copy(buf, wr.at);
    nbt_rd_init(&rd, exact, wr.at);
    nbt_dgm_rd(&rd, got);
    assert_rd_end(&rd);
    nbt_fragment_fate fate = nbt_fragments_take(&w->f, now, PEER, got);
    if (fate == NBT_FRAGMENT_WHOLE && got->data.n > 0) { /* a whole packet's data is the packet's */
        assert_true(got->data.n <= sizeof w->data);
        assert_memory_equal(got->data.p, w->data, got->data.n);
    }
    free(exact);
    return fate;
}

/* RFC 1001 17.1.2: names, then data; every header in full; offsets count from the first name. */
static void pieces_are_as_the_rfc_draws_them(void **state)
{
    world *w = *state;
    nbt_dgm part[4], m = message(w, 7, 512);
    assert_int_equal(cut(&m, 576, part, 4), 2);
    size_t first = 576 - 28 - 14;
    assert_int_equal(part[0].flags, NBT_ONT_M << 2 | NBT_DGM_FIRST | NBT_DGM_MORE);
    assert_int_equal(part[0].offset, 0);
    assert_int_equal(part[0].data.n, first - 68);
    assert_int_equal(part[1].flags, NBT_ONT_M << 2);
    assert_int_equal(part[1].offset, first); /* not DGM_LENGTH less that, as 5.3.1 has it */
    assert_int_equal(part[1].data.n, 512 - (first - 68));
    assert_ptr_equal(part[1].data.p, w->data + part[0].data.n);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(part[i].type, NBT_DGM_UNIQUE);
        assert_int_equal(part[i].id, 7);
        assert_true(nbt_ep_eq(part[i].source, m.source));
        assert_int_equal(part[i].length, 68 + 512);
    }
}

/* 28 octets of IP and UDP, 14 of header, 68 of names: 466 octets of data make 576. */
static void what_fits_goes_whole(void **state)
{
    world *w = *state;
    nbt_dgm part[4], m = message(w, 7, 466);
    assert_int_equal(cut(&m, 576, part, 4), 1);
    assert_int_equal(part[0].flags, NBT_ONT_M << 2 | NBT_DGM_FIRST);
    assert_int_equal(part[0].offset, 0);
    assert_int_equal(part[0].length, 68 + 466);
    m = message(w, 7, 467);
    assert_int_equal(cut(&m, 576, part, 4), 2);
    assert_int_equal(part[1].data.n, 1);
    m = message(w, 7, 0);
    assert_int_equal(cut(&m, 576, part, 4), 1);
}

static void names_must_fit_into_the_first(void **state)
{
    const world *w = *state;
    size_t least = 28 + 14 + 68;
    nbt_dgm none = message(w, 1, 0), one = message(w, 1, 1);
    assert_true(nbt_fragment_possible(&none, least));
    assert_false(nbt_fragment_possible(&none, least - 1));
    assert_true(nbt_fragment_possible(&one, least + 1));
    assert_false(nbt_fragment_possible(&one, least));
}

static void every_size_comes_together_again(void **state)
{
    world *w = *state;
    nbt_dgm part[600], got;
    for (size_t max = 28 + 14 + 69; max < 28 + 14 + 69 + 600; max += 37) {
        for (size_t n = 0; n <= 512; n += n < 4 ? 1 : 31) {
            nbt_dgm m = message(w, (uint16_t)(max ^ n << 3), n);
            size_t pieces = cut(&m, max, part, LENGTH_OF(part));
            assert_in_range(pieces, 1, LENGTH_OF(part) - 1);
            for (size_t i = 0; i + 1 < pieces; i++)
                assert_int_equal(take(w, 0, &part[i], &got), NBT_FRAGMENT_KEPT);
            assert_int_equal(take(w, 0, &part[pieces - 1], &got), NBT_FRAGMENT_WHOLE);
            assert_int_equal(got.data.n, n);
            assert_int_equal(got.flags, m.flags);
            assert_true(nbt_name_eq(&got.from, &m.from));
            assert_true(nbt_name_eq(&got.to, &m.to));
            assert_int_equal(w->f.used, 0);
        }
    }
}

/* Each row: which pieces of a message in four come in which order, and what becomes of the last. */
static void the_order_counts(void **state)
{
    world *w = *state;
    static const struct {
        const char *label, *order;
        nbt_fragment_fate fate;
        bool waits; /* something is kept afterwards */
    } rows[] = {
        { "in order", "0123", NBT_FRAGMENT_WHOLE, false },
        { "the first is lost", "1", NBT_FRAGMENT_STRAY, false },
        { "the last comes first", "3", NBT_FRAGMENT_STRAY, false },
        { "a later one is lost", "02", NBT_FRAGMENT_FALSE, false },
        { "the last but one is lost", "013", NBT_FRAGMENT_FALSE, false },
        { "after a gap all is lost", "0213", NBT_FRAGMENT_STRAY, false },
        { "the first twice", "00", NBT_FRAGMENT_AGAIN, true },
        { "the first twice, and all the same", "00123", NBT_FRAGMENT_WHOLE, false },
        { "the second twice", "011", NBT_FRAGMENT_AGAIN, true },
        { "the first again, late", "0120", NBT_FRAGMENT_AGAIN, true },
        { "an old one again", "0121", NBT_FRAGMENT_AGAIN, true },
        { "each twice", "00112233", NBT_FRAGMENT_STRAY, false },
    };
    nbt_dgm part[4], got, m = message(w, 9, 400);
    assert_int_equal(cut(&m, 28 + 14 + 68 + 60, part, 4), 4);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_fragment_fate fate = NBT_FRAGMENT_STRAY;
        for (const char *c = rows[i].order; *c; c++)
            fate = take(w, 0, &part[*c - '0'], &got);
        if (fate != rows[i].fate || (w->f.used > 0) != rows[i].waits)
            fail_msg("%s: %d", rows[i].label, fate);
        nbt_fragments_tick(&w->f, NBT_S(3));
    }
}

static void kept_first(world *w, nbt_dgm *part)
{
    nbt_dgm got, m = message(w, 9, 400);
    assert_int_equal(cut(&m, 28 + 14 + 68 + 332 + 1, part, 2), 2);
    assert_int_equal(take(w, 0, &part[0], &got), NBT_FRAGMENT_KEPT);
}

/* D20: whatever contradicts what is there costs the whole datagram. */
static void what_contradicts_is_dropped(void **state)
{
    world *w = *state;
    nbt_dgm part[2], got, bad;
    enum { LENGTH, OVERLAP, BEYOND, NAMES, SHORT, LONG, TYPE, KINDS };
    for (int kind = LENGTH; kind < KINDS; kind++) {
        kept_first(w, part);
        bad = part[1];
        bad.length = (uint16_t)(bad.length + (kind == LENGTH));
        bad.offset = (uint16_t)(bad.offset - (kind == OVERLAP) + (kind == BEYOND ? 500 : 0));
        bad.data.n = bad.data.n - (kind == SHORT) + (kind == LONG);
        bad.type = kind == TYPE ? NBT_DGM_GROUP : bad.type;
        if (kind == NAMES)
            bad.offset = 0; /* FIRST is not set, and it says it were (H45) */
        assert_int_equal(take(w, 0, &bad, &got), NBT_FRAGMENT_FALSE);
        assert_int_equal(take(w, 0, &part[1], &got), NBT_FRAGMENT_STRAY);
        assert_int_equal(w->f.used, 0);
    }
}

static void a_different_first_one_is_a_contradiction(void **state)
{
    world *w = *state;
    nbt_dgm part[2], got;
    kept_first(w, part);
    nbt_dgm other = part[0];
    other.to = name_of("WILMA<20>");
    assert_int_equal(take(w, 0, &other, &got), NBT_FRAGMENT_FALSE);
    assert_int_equal(w->f.used, 0);
}

/* H45: lengths that lie, in one packet. */
static void a_packet_must_not_lie(void **state)
{
    world *w = *state;
    static const struct {
        int length, offset;
        bool more;
        nbt_fragment_fate fate;
    } rows[] = {
        { 0, 0, false, NBT_FRAGMENT_WHOLE },     { 1, 0, false, NBT_FRAGMENT_FALSE },
        { -1, 0, false, NBT_FRAGMENT_FALSE },    { -400, 0, false, NBT_FRAGMENT_FALSE },
        { 65067, 0, false, NBT_FRAGMENT_FALSE }, { 0, 1, false, NBT_FRAGMENT_FALSE },
        { -1, 0, true, NBT_FRAGMENT_FALSE },     { 0, 68, true, NBT_FRAGMENT_FALSE },
        { -468, 0, true, NBT_FRAGMENT_FALSE },   { 65067, 0, true, NBT_FRAGMENT_FULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_dgm got, m = message(w, 3, 400);
        m.length = (uint16_t)(m.length + rows[i].length);
        m.offset = (uint16_t)rows[i].offset;
        m.flags = (uint8_t)(m.flags | (rows[i].more ? NBT_DGM_MORE : 0));
        nbt_fragment_fate fate = take(w, 0, &m, &got);
        if (fate != rows[i].fate || w->f.used > 0)
            fail_msg("row %zu: %d", i, fate);
    }
}

/* D17 */
static void messages_are_told_apart(void **state)
{
    world *w = *state;
    nbt_dgm part[2], got;
    kept_first(w, part);
    nbt_dgm other = part[1];
    other.id++;
    assert_int_equal(take(w, 0, &other, &got), NBT_FRAGMENT_STRAY);
    other = part[1];
    other.source.ip++;
    assert_int_equal(take(w, 0, &other, &got), NBT_FRAGMENT_STRAY);
    other = part[1];
    assert_int_equal(nbt_fragments_take(&w->f, 0, PEER + 1, &other), NBT_FRAGMENT_STRAY);
    assert_int_equal(take(w, 0, &part[1], &got), NBT_FRAGMENT_WHOLE);
}

/* D19 */
static void patience_ends(void **state)
{
    world *w = *state;
    nbt_dgm part[2], got;
    assert_int_equal(nbt_fragments_due(&w->f), NBT_NEVER);
    kept_first(w, part);
    assert_int_equal(nbt_fragments_due(&w->f), NBT_S(2));
    nbt_fragments_tick(&w->f, NBT_S(2) - 1); /* too early */
    assert_int_equal(take(w, NBT_S(2) - 1, &part[1], &got), NBT_FRAGMENT_WHOLE);
    kept_first(w, part);
    assert_int_equal(take(w, NBT_S(2), &part[1], &got), NBT_FRAGMENT_STRAY); /* without a tick */
    assert_int_equal(w->f.used, 0);
}

/* H45: endless first fragments. */
static void memory_is_bounded(void **state)
{
    world *w = *state;
    nbt_dgm part[2], got;
    kept_first(w, part);
    size_t one = w->f.used;
    for (uint16_t id = 10; id < 1000; id++) {
        part[0].id = part[1].id = id;
        assert_int_equal(take(w, 0, &part[0], &got), NBT_FRAGMENT_KEPT);
        assert_true(w->f.used <= ROOM);
    }
    assert_true(w->f.used + one > ROOM);
    assert_int_equal(take(w, 0, &part[1], &got), NBT_FRAGMENT_WHOLE); /* the youngest is there */
    part[1].id = 10;
    assert_int_equal(take(w, 0, &part[1], &got), NBT_FRAGMENT_STRAY); /* the oldest had to go */
}

static void without_memory_nothing_is_kept(void **state)
{
    world *w = *state;
    nbt_dgm part[2], got, m = message(w, 9, 400);
    assert_int_equal(cut(&m, 300, part, 2), 2);
    w->mem.fail_at = w->mem.requests + 1;
    assert_int_equal(take(w, 0, &part[0], &got), NBT_FRAGMENT_FULL);
    assert_int_equal(w->f.used, 0);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("D5 D14 D15 H21", pieces_are_as_the_rfc_draws_them, setup, teardown),
    NBT_TEST_WITH("D4 D13 H21", what_fits_goes_whole, setup, teardown),
    NBT_TEST_WITH("D14", names_must_fit_into_the_first, setup, teardown),
    NBT_TEST_WITH("D15 D16", every_size_comes_together_again, setup, teardown),
    NBT_TEST_WITH("D16 D18 D20", the_order_counts, setup, teardown),
    NBT_TEST_WITH("D20", what_contradicts_is_dropped, setup, teardown),
    NBT_TEST_WITH("D20", a_different_first_one_is_a_contradiction, setup, teardown),
    NBT_TEST_WITH("D20 H45", a_packet_must_not_lie, setup, teardown),
    NBT_TEST_WITH("D17", messages_are_told_apart, setup, teardown),
    NBT_TEST_WITH("D19", patience_ends, setup, teardown),
    NBT_TEST_WITH("D19 H45", memory_is_bounded, setup, teardown),
    NBT_TEST_WITH("", without_memory_nothing_is_kept, setup, teardown),
};

NBT_MAIN("fragment", tests)
