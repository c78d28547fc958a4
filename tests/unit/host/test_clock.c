/* Lines of standard input make the clock jump ahead, and nothing else does. */
#include "tools/host/clock.h"
#include "tools/host/loop.h"

#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/turn.h"

static void on_wrong(void *ctx, const char *text)
{
    assert_non_null(strstr(text, "microseconds"));
    ++*(unsigned *)ctx;
}

static const struct {
    const char *text;
    nbt_time jumps;
    unsigned wrong;
} lines[] = {
    { "3600000000\n", NBT_S(3600), 0 },
    { "1000000\n2000000\n", NBT_S(3), 0 },
    { "5000000", 0, 0 }, /* not yet a line */
    { "\n", 0, 1 },
    { "0\n", 0, 1 },
    { "-1\n", 0, 1 },
    { "10h\n1000000\n", NBT_S(1), 1 },
    { "316224000000000\n", HOST_CLOCK_MAX, 0 },
    { "316224000000001\n", 0, 1 },
    { "99999999999999999999999999\n1000000\n", NBT_S(1), 1 },
};

static void a_line_is_a_jump(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(lines); i++) {
        uv_loop_t uv;
        host_err err;
        int ends[2];
        unsigned wrong = 0;
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(uv_loop_init(&uv), 0);
        host_clock *c = host_clock_new(&uv, ends[0], on_wrong, &wrong, &err);
        assert_non_null(c);
        nbt_time before = host_now();
        ssize_t n = (ssize_t)strlen(lines[i].text);
        assert_int_equal(write(ends[1], lines[i].text, (size_t)n), n);
        test_turn_idle(&uv);
        nbt_time jumped = host_now() - before;
        assert_true(jumped >= lines[i].jumps);
        assert_true(jumped < lines[i].jumps + NBT_S(1)); /* every jump above is one at least */
        assert_int_equal(wrong, lines[i].wrong);
        host_clock_free(c);
        test_turn_end(&uv);
        close(ends[0]);
        close(ends[1]);
    }
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_line_is_a_jump),
};

NBT_MAIN("clock", tests)
