/* The timer follows the deadline of what is driven; signals end the loop in two steps. */
#include "tools/host/loop.h"

#include <signal.h>

#include "tests/support/test.h"

typedef struct object {
    host_loop *loop;
    nbt_time due;
    nbt_time ticks[8];
    unsigned nticks, stops;
    bool stop_at_once; /* `stop` ends the loop itself */
} object;

static nbt_time due(const void *ctx)
{
    return ((const object *)ctx)->due;
}

static void tick(void *ctx, nbt_time now)
{
    object *o = ctx;
    if (now < o->due)
        return; /* early: harmless */
    o->ticks[o->nticks++] = now;
    o->due = o->nticks < 3 ? o->due + NBT_MS(5) : NBT_NEVER;
    if (o->due == NBT_NEVER)
        host_loop_stop(o->loop);
}

static void stop(void *ctx)
{
    object *o = ctx;
    o->stops++;
    if (o->stop_at_once)
        host_loop_stop(o->loop);
    else
        raise(SIGTERM); /* the second one */
}

static void drive(object *o)
{
    host_err err;
    host_driven driven = { o, due, tick, stop };
    o->loop = host_loop_new(&err);
    assert_non_null(o->loop);
    host_loop_drive(o->loop, &driven);
}

static void ticks_come_at_their_time(void **state)
{
    (void)state;
    object o = { .due = host_now() + NBT_MS(5) };
    nbt_time first = o.due;
    drive(&o);
    host_loop_run(o.loop);
    assert_int_equal(o.nticks, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_true(o.ticks[i] >= first + NBT_MS(5) * i);
    host_loop_free(o.loop);
}

static void first_signal_asks(void **state)
{
    (void)state;
    object o = { .due = NBT_NEVER, .stop_at_once = true };
    drive(&o);
    raise(SIGINT);
    host_loop_run(o.loop);
    assert_int_equal(o.stops, 1);
    assert_int_equal(o.nticks, 0);
    host_loop_free(o.loop);
}

static void second_signal_ends(void **state)
{
    (void)state;
    object o = { .due = NBT_NEVER };
    drive(&o);
    raise(SIGINT);
    host_loop_run(o.loop); /* comes back although `stop` did not stop it */
    assert_int_equal(o.stops, 1);
    host_loop_free(o.loop);
}

/* Each at its own time; the second one is told to stop. */
static void two_are_driven(void **state)
{
    (void)state;
    object first = { .due = host_now() + NBT_MS(5), .nticks = 1 }, second = { .due = NBT_NEVER };
    host_driven driven = { &second, due, tick, stop };
    drive(&first);
    second.loop = first.loop;
    host_loop_drive(first.loop, &driven);
    host_loop_run(first.loop); /* till the first one's third tick */
    assert_int_equal(first.nticks, 3);
    assert_int_equal(second.nticks, 0);
    second.due = host_now() + NBT_MS(5);
    host_loop_run(first.loop);
    assert_int_equal(second.nticks, 3);
    assert_int_equal(first.nticks, 3);
    second.stop_at_once = true;
    raise(SIGINT);
    host_loop_run(first.loop);
    assert_int_equal(second.stops, 1);
    assert_int_equal(first.stops, 0);
    host_loop_free(first.loop);
}

static void time_goes_on(void **state)
{
    (void)state;
    nbt_time a = host_now(), b;
    do
        b = host_now();
    while (b == a);
    assert_true(b > a && b - a < NBT_S(1));
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", ticks_come_at_their_time),
    NBT_TEST("", first_signal_asks),
    NBT_TEST("", second_signal_ends),
    NBT_TEST("", two_are_driven),
    NBT_TEST("", time_goes_on),
};

NBT_MAIN("loop", tests)
