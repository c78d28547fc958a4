/*
 * One turn of a loop, with a guard against waiting for ever.
 */
#include "tests/support/turn.h"

#include "tests/support/test.h"

static const uint64_t patience = UINT64_C(20000000000); /* nanoseconds */

static void on_guard(uv_timer_t *timer)
{
    (void)timer; /* it has made the turn end */
}

void test_turn(uv_loop_t *uv, uint64_t begun, const char *condition, const char *file, int line)
{
    uv_timer_t guard;
    uint64_t used = uv_hrtime() - begun;
    if (used > patience) {
        print_error("in vain waited for: %s\n", condition);
        _fail(file, line);
    }
    uv_timer_init(uv, &guard);
    uv_timer_start(&guard, on_guard, (patience - used) / 1000000 + 1, 0);
    uv_run(uv, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&guard, NULL);
    uv_run(uv, UV_RUN_NOWAIT); /* the guard is on the stack: it must be closed for good */
}

void test_turn_idle(uv_loop_t *uv)
{
    for (int i = 0; i < 10; i++)
        uv_run(uv, UV_RUN_NOWAIT);
}

void test_turn_end(uv_loop_t *uv)
{
    uv_run(uv, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(uv), 0);
}
