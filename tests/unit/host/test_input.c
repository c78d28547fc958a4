/* What is typed arrives, from whatever it comes, until its end; and it can be made to wait. */
#include "tools/host/input.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/turn.h"

typedef struct typed {
    uv_loop_t uv;
    host_input *in;
    char text[8192];
    size_t n;
    bool ended;
    bool hold_after; /* whatever has come */
} typed;

static void on_bytes(void *ctx, nbt_bytes bytes)
{
    typed *t = ctx;
    assert_true(bytes.n > 0 && bytes.n <= HOST_INPUT_MAX && t->n + bytes.n < sizeof t->text);
    memcpy(t->text + t->n, bytes.p, bytes.n);
    t->n += bytes.n;
    t->text[t->n] = '\0';
    if (t->hold_after)
        host_input_hold(t->in, true);
}

static void on_end(void *ctx)
{
    typed *t = ctx;
    assert_false(t->ended);
    t->ended = true;
}

static void begin(typed *t, int fd)
{
    host_err err;
    host_input_cfg cfg = { .ctx = t, .bytes = on_bytes, .end = on_end };
    memset(t, 0, sizeof *t);
    assert_int_equal(uv_loop_init(&t->uv), 0);
    t->in = host_input_new(&t->uv, fd, &cfg, &err);
    assert_non_null(t->in);
}

static void finish(typed *t)
{
    host_input_free(t->in);
    test_turn_end(&t->uv);
}

/* From either end of two connected descriptors. */
static void talk(int mine, int theirs)
{
    typed t;
    int flags = fcntl(theirs, F_GETFL);
    begin(&t, theirs);
    assert_int_equal(write(mine, "dir", 3), 3);
    test_turn_until(&t.uv, t.n == 3);
    assert_string_equal(t.text, "dir");
    host_input_hold(t.in, true);
    assert_int_equal(write(mine, "\r", 1), 1);
    test_turn_idle(&t.uv);
    assert_int_equal(t.n, 3);
    host_input_hold(t.in, false);
    test_turn_until(&t.uv, t.n == 4);
    assert_false(t.ended);
    close(mine);
    test_turn_until(&t.uv, t.ended);
    test_turn_idle(&t.uv); /* told once */
    finish(&t);
    if (flags >= 0)
        assert_int_equal(fcntl(theirs, F_GETFL) & O_NONBLOCK, flags & O_NONBLOCK);
    close(theirs);
}

static void a_pipe_is_read_and_left_as_it_was(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    talk(fds[1], fds[0]);
}

static void a_socket_is_read(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    /* Its flags are shared with whoever gave it; there is no other way to have it. */
    assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    talk(fds[1], fds[0]);
}

static void a_file_is_read_to_its_end(void **state)
{
    (void)state;
    char path[] = "/tmp/nbtlab-input-XXXXXX", many[3000];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    memset(many, 'x', sizeof many);
    assert_int_equal(write(fd, many, sizeof many), sizeof many);
    typed t;
    begin(&t, fd);
    t.hold_after = true; /* one piece at a time */
    test_turn_until(&t.uv, t.n > 0);
    test_turn_idle(&t.uv);
    assert_int_equal(t.n, HOST_INPUT_MAX);
    t.hold_after = false;
    host_input_hold(t.in, false);
    test_turn_until(&t.uv, t.ended);
    assert_int_equal(t.n, sizeof many);
    finish(&t);
    close(fd);
    unlink(path);
}

static void nothing_ends_at_once(void **state)
{
    (void)state;
    int null = open("/dev/null", O_RDONLY), closed = dup(null);
    close(closed);
    for (unsigned i = 0; i < 2; i++) {
        typed t;
        begin(&t, i ? closed : null);
        test_turn_until(&t.uv, t.ended);
        assert_int_equal(t.n, 0);
        finish(&t);
    }
    close(null);
    host_input_free(NULL);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_pipe_is_read_and_left_as_it_was),
    NBT_TEST("", a_socket_is_read),
    NBT_TEST("", a_file_is_read_to_its_end),
    NBT_TEST("", nothing_ends_at_once),
};

NBT_MAIN("input", tests)
