/* Actions that come up while others are carried out wait for their turn. */
#include "tools/host/outs.h"

#include "tests/support/test.h"
#include "tools/host/mem.h"

typedef struct world {
    host_outs outs;
    uint32_t seen[16];
    size_t n;
} world;

static void carry(void *ctx, const nbt_out *out)
{
    world *w = ctx;
    for (size_t i = 0; i < out->n; i++) {
        const nbt_act *act = &out->acts[i];
        nbt_bytes data = nbt_out_data(out, act);
        w->seen[w->n++] = act->app;
        if (act->app < 10) { /* causes one more, large, from inside */
            nbt_out_add(host_outs_fill(&w->outs), NBT_ACT_APP, NULL, 5000)->app = act->app + 10;
            host_outs_carry(&w->outs, carry, w);
            assert_memory_equal(data.p, "data", 4); /* and is where it was */
        }
    }
}

static void order_is_kept(void **state)
{
    (void)state;
    static const uint32_t order[] = { 1, 2, 3, 11, 12, 13 };
    world w = { .n = 0 };
    host_outs_init(&w.outs, host_mem());
    for (uint32_t i = 1; i <= 3; i++)
        nbt_out_add(host_outs_fill(&w.outs), NBT_ACT_APP, "data", 4)->app = i;
    host_outs_carry(&w.outs, carry, &w);
    assert_int_equal(w.n, LENGTH_OF(order));
    assert_memory_equal(w.seen, order, sizeof order);
    host_outs_carry(&w.outs, carry, &w); /* nothing is left */
    assert_int_equal(w.n, LENGTH_OF(order));
    host_outs_fini(&w.outs);
}

static void *no_memory(void *ctx, void *p, size_t old, size_t size)
{
    (void)ctx, (void)p, (void)old, (void)size;
    return NULL;
}

static void carry_failed(void *ctx, const nbt_out *out)
{
    unsigned *failures = ctx;
    *failures += out->failed;
}

static void want_of_memory_is_told(void **state)
{
    (void)state;
    host_outs outs;
    unsigned failures = 0;
    host_outs_init(&outs, (nbt_mem){ NULL, no_memory });
    nbt_out_add(host_outs_fill(&outs), NBT_ACT_APP, NULL, 0);
    host_outs_carry(&outs, carry_failed, &failures);
    host_outs_carry(&outs, carry_failed, &failures);
    assert_int_equal(failures, 1);
    host_outs_fini(&outs);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", order_is_kept),
    NBT_TEST("", want_of_memory_is_told),
};

NBT_MAIN("outs", tests)
