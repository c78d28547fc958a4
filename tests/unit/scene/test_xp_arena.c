/* One block for an object: what is put aside comes back, octet for octet and at its place. */
#include "tests/support/test.h"

#include "nbt/mem.h"
#include "tests/support/mem.h"
#include "tools/scene/xp_arena.h"

enum { SLOTS = 20, IMAGES = 12 };

/* Blocks that a test has taken, with what it wrote into them. */
typedef struct slots {
    uint8_t *p[SLOTS];
    size_t n[SLOTS];
    uint8_t with[SLOTS];
} slots;

static void change(nbt_rng *rng, nbt_mem mem, slots *s)
{
    static const size_t sizes[] = { 1, 16, 40, 100, 1000, 5000 };
    unsigned i = nbt_rng_below(rng, SLOTS);
    if (s->p[i] && nbt_rng_below(rng, 2)) {
        nbt_mem_free(mem, s->p[i], s->n[i]);
        s->p[i] = NULL;
        return;
    }
    size_t n = sizes[nbt_rng_below(rng, LENGTH_OF(sizes))];
    uint8_t *p = mem.resize(mem.ctx, s->p[i], s->p[i] ? s->n[i] : 0, n);
    if (!p)
        return; /* full: it is as it was */
    if (s->p[i] && s->n[i] > 0)
        assert_int_equal(p[0], s->with[i]);
    s->p[i] = p;
    s->n[i] = n;
    s->with[i] = (uint8_t)(1 + nbt_rng_below(rng, 255));
    memset(p, s->with[i], n);
}

static void check(const slots *s)
{
    for (size_t i = 0; i < SLOTS; i++)
        for (size_t k = 0; s->p[i] && k < s->n[i]; k++)
            assert_int_equal(s->p[i][k], s->with[i]);
}

static void what_was_put_aside_comes_back(void **state)
{
    (void)state;
    nbt_rng rng = { test_seed() };
    test_mem outer = { 0 };
    xp_arena a;
    assert_true(xp_arena_init(&a, test_mem_of(&outer), 60000));
    nbt_mem mem = xp_arena_mem(&a);
    static slots now, then[IMAGES];
    memset(&now, 0, sizeof now);
    for (int i = 0; i < 30; i++)
        change(&rng, mem, &now);
    assert_true(xp_arena_mark(&a));
    xp_image *image[IMAGES];
    for (size_t k = 0; k < IMAGES; k++) {
        for (int i = 0; i < 10; i++)
            change(&rng, mem, &now);
        then[k] = now;
        image[k] = xp_arena_save(&a);
        assert_non_null(image[k]);
    }
    for (int i = 0; i < 500; i++) {
        size_t k = nbt_rng_below(&rng, IMAGES);
        xp_arena_load(&a, image[k]);
        now = then[k];
        check(&now);
        for (unsigned j = nbt_rng_below(&rng, 40); j > 0; j--)
            change(&rng, mem, &now);
        check(&now);
    }
    for (size_t k = 0; k < IMAGES; k++)
        xp_image_free(&a, image[k]);
    xp_arena_fini(&a);
    assert_int_equal(outer.blocks, 0);
}

/* An image has what differs from the base, and not what is the same. */
static void an_image_is_small(void **state)
{
    (void)state;
    test_mem outer = { 0 };
    xp_arena a;
    assert_true(xp_arena_init(&a, test_mem_of(&outer), 100000));
    nbt_mem mem = xp_arena_mem(&a);
    uint8_t *p = nbt_mem_new(mem, 50000);
    assert_non_null(p);
    assert_null(nbt_mem_new(mem, 60000));
    memset(p, 3, 50000);
    assert_true(xp_arena_mark(&a));
    p[25000] = 4;
    xp_image *image = xp_arena_save(&a);
    assert_in_range(xp_image_size(image), 64, 200);
    p[25000] = 5;
    p[1] = 9;
    xp_arena_load(&a, image);
    assert_int_equal(p[25000], 4);
    assert_int_equal(p[1], 3);
    xp_image_free(&a, image);
    xp_arena_fini(&a);
    assert_int_equal(outer.blocks, 0);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", what_was_put_aside_comes_back),
    NBT_TEST("", an_image_is_small),
};

NBT_MAIN("xp_arena", tests)
