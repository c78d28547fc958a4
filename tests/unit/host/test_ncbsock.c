/* One end of a driver's connection: whole messages, what may come where, and a slow other side. */
#include "tools/host/ncbsock.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/turn.h"

/* What one end was told. */
typedef struct end {
    host_ncbsock *sock;
    nbt_ipc last;
    size_t messages, bytes;
    uint32_t next_tag; /* expected: tags count up */
    unsigned closed;
    char why[200];
    host_ncbsock *echo; /* a driver's: answers each SUBMIT with its data */
} end;

typedef struct world {
    uv_loop_t uv;
    end driver, program;
    int raw; /* instead of `program`, if raw is not -1 */
} world;

static void on_message(void *ctx, const nbt_ipc *m)
{
    end *e = ctx;
    e->last = *m;
    e->messages++;
    e->bytes += m->data.n;
    assert_int_equal(m->tag, e->next_tag++);
    if (e->echo) {
        nbt_ipc answer = *m;
        answer.kind = NBT_IPC_DONE;
        host_ncbsock_send(e->echo, &answer);
    }
}

static void on_closed(void *ctx, const char *why)
{
    end *e = ctx;
    e->closed++;
    snprintf(e->why, sizeof e->why, "%s", why ? why : "");
}

/* With `raw` the program's end is a bare descriptor. */
static world *begin(bool raw)
{
    world *w = calloc(1, sizeof *w);
    int fd[2];
    assert_non_null(w);
    uv_loop_init(&w->uv);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
    host_ncbsock_cfg driver = {
        .ctx = &w->driver, .driver = true, .message = on_message, .closed = on_closed
    };
    host_ncbsock_cfg program = { .ctx = &w->program, .message = on_message, .closed = on_closed };
    w->driver.sock = host_ncbsock_new(&w->uv, fd[0], &driver);
    w->raw = raw ? fd[1] : -1;
    w->program.sock = raw ? NULL : host_ncbsock_new(&w->uv, fd[1], &program);
    return w;
}

static void finish(world *w)
{
    host_ncbsock_free(w->driver.sock);
    host_ncbsock_free(w->program.sock);
    test_turn_end(&w->uv);
    if (w->raw >= 0)
        close(w->raw);
    free(w);
}

static nbt_ipc submit(uint32_t tag, const void *p, size_t n)
{
    return (nbt_ipc){ .kind = NBT_IPC_SUBMIT,
                      .tag = tag,
                      .ncb = { .command = NBT_NCB_SEND, .lsn = 7, .length = (uint32_t)n },
                      .data = { p, n } };
}

static void messages_both_ways(void **state)
{
    (void)state;
    world *w = begin(false);
    nbt_ipc m = submit(0, "hello", 5);
    w->driver.echo = w->driver.sock;
    host_ncbsock_send(w->program.sock, &m);
    test_turn_until(&w->uv, w->program.messages == 1);
    assert_int_equal(w->driver.last.kind, NBT_IPC_SUBMIT);
    assert_int_equal(w->driver.last.ncb.lsn, 7);
    assert_int_equal(w->program.last.kind, NBT_IPC_DONE);
    assert_int_equal(w->program.last.ncb.command, NBT_NCB_SEND);
    assert_int_equal(w->program.bytes, 5);
    finish(w);
}

static void the_other_side_closes(void **state)
{
    (void)state;
    world *w = begin(false);
    nbt_ipc m = submit(0, "last", 4);
    host_ncbsock_send(w->program.sock, &m);
    host_ncbsock_free(w->program.sock);
    w->program.sock = NULL;
    test_turn_until(&w->uv, w->driver.closed);
    assert_int_equal(w->driver.messages, 1); /* what it said before is not lost */
    assert_string_equal(w->driver.why, "");
    host_ncbsock_send(w->driver.sock, &m); /* to nobody: nothing happens */
    test_turn_idle(&w->uv);
    assert_int_equal(w->driver.closed, 1);
    finish(w);
}

static const struct {
    const char *label;
    size_t n;
    uint8_t head[2]; /* version, kind */
    const char *why;
} bad[] = {
    { "one octet", 1, { 1, 1 }, "bad message of 1 octets: kind at offset 1" },
    { "an octet too few", 63, { 1, 1 }, "bad message of 63 octets: zero at offset 60" },
    { "another version", 64, { 2, 1 }, "version at offset 0" },
    { "no kind", 64, { 1, 0 }, "kind at offset 1" },
    { "an answer", 64, { 1, 3 }, "kind 3 does not go this way" },
    { "an octet too many", NBT_IPC_MAX + 1, { 1, 1 }, "131135 octets, 131134 are allowed" },
};

static void bad_messages_end_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(bad); i++) {
        world *w = begin(true);
        uint8_t *bytes = calloc(1, NBT_IPC_MAX + 1);
        memcpy(bytes, bad[i].head, 2);
        assert_int_equal(send(w->raw, bytes, bad[i].n, 0), bad[i].n);
        test_turn_until(&w->uv, w->driver.closed);
        if (!strstr(w->driver.why, bad[i].why))
            fail_msg("%s: \"%s\"", bad[i].label, w->driver.why);
        assert_int_equal(w->driver.messages, 0);
        free(bytes);
        finish(w);
    }
}

static void a_program_takes_no_submit(void **state)
{
    (void)state;
    world *w = begin(false);
    nbt_ipc m = submit(0, NULL, 0);
    host_ncbsock_send(w->driver.sock, &m);
    test_turn_until(&w->uv, w->program.closed);
    assert_non_null(strstr(w->program.why, "kind 1 does not go this way"));
    finish(w);
}

/*
 * Many messages, every other one large: none is lost or out of order, though the kernel takes few
 * at a time, and has room for a small one when it has none for a large one.
 */
static void more_than_the_kernel_takes(void **state)
{
    (void)state;
    enum { MESSAGES = 50 };
    world *w = begin(false);
    uint8_t *data = calloc(1, NBT_CHAIN_MAX);
    w->driver.echo = w->driver.sock;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        nbt_ipc m = submit(i, data, i % 2 ? 0 : NBT_CHAIN_MAX);
        host_ncbsock_send(w->program.sock, &m);
    }
    test_turn_until(&w->uv, w->program.messages == MESSAGES);
    assert_int_equal(w->program.bytes, (size_t)MESSAGES / 2 * NBT_CHAIN_MAX);
    free(data);
    finish(w);
}

static void many_at_once(void **state)
{
    (void)state;
    enum {
        MESSAGES = 70
    }; /* more than go out in one system call, and more than the kernel takes */
    world *w = begin(true);
    uint8_t *data = calloc(1, NBT_CHAIN_MAX), *bytes = malloc(NBT_IPC_MAX);
    nbt_ipc m[MESSAGES];
    for (uint32_t i = 0; i < MESSAGES; i++)
        m[i] = (nbt_ipc){ .kind = NBT_IPC_DONE,
                          .tag = i,
                          .data = { data, i < 40 ? i : NBT_CHAIN_MAX - i } };
    host_ncbsock_send_all(w->driver.sock, m, 0);
    host_ncbsock_send_all(w->driver.sock, m, MESSAGES);
    for (uint8_t i = 0; i < MESSAGES; i++) {
        ssize_t n = -1;
        test_turn_until(&w->uv, (n = recv(w->raw, bytes, NBT_IPC_MAX, MSG_DONTWAIT)) > 0);
        assert_int_equal(bytes[7], i);
        assert_int_equal(n, NBT_IPC_HEADER_LEN + m[i].data.n);
    }
    free(data);
    free(bytes);
    finish(w);
}

/* When the other side takes one, there is room: for the oldest that waits, not for the newest. */
static void none_overtakes_another(void **state)
{
    (void)state;
    enum { MESSAGES = 20 };
    world *w = begin(true);
    uint8_t *data = calloc(1, NBT_CHAIN_MAX), *bytes = malloc(NBT_IPC_MAX);
    nbt_ipc m = { .kind = NBT_IPC_DONE, .data = { data, NBT_CHAIN_MAX } };
    for (; m.tag < MESSAGES; m.tag++)
        host_ncbsock_send(w->driver.sock, &m);
    assert_int_equal(recv(w->raw, bytes, NBT_IPC_MAX, 0), NBT_IPC_MAX);
    m.data.n = 0;
    host_ncbsock_send(w->driver.sock, &m);
    for (uint8_t tag = 1; tag <= MESSAGES; tag++) {
        test_turn_until(&w->uv, recv(w->raw, bytes, NBT_IPC_MAX, MSG_DONTWAIT) > 0);
        assert_int_equal(bytes[7], tag);
    }
    free(data);
    free(bytes);
    finish(w);
}

/* A program that asks and never listens is not read from any more, so it cannot fill the driver's
 * memory; when it listens after all, it gets everything. */
static void a_deaf_program_is_left_waiting(void **state)
{
    (void)state;
    world *w = begin(true);
    uint8_t *bytes = calloc(1, NBT_IPC_MAX), *answer = calloc(1, NBT_IPC_MAX);
    size_t sent = 0, got = 0;
    bytes[0] = NBT_IPC_VERSION;
    bytes[1] = NBT_IPC_SUBMIT;
    w->driver.echo = w->driver.sock;
    for (size_t idle = 0; idle < 3;) {
        bytes[7] = (uint8_t)sent; /* the tag */
        idle = send(w->raw, bytes, NBT_IPC_MAX, MSG_DONTWAIT) > 0 ? 0 : idle + 1;
        sent += idle == 0;
        assert_true(sent < 100);
        test_turn_idle(&w->uv);
    }
    assert_true(w->driver.messages < sent);
    while (got < sent) {
        test_turn_idle(&w->uv);
        while (recv(w->raw, answer, NBT_IPC_MAX, MSG_DONTWAIT) == NBT_IPC_MAX)
            assert_int_equal(answer[7], got++);
    }
    assert_int_equal(w->driver.messages, sent);
    free(bytes);
    free(answer);
    finish(w);
}

static void no_driver_there(void **state)
{
    (void)state;
    host_err err;
    char path[200];
    assert_int_equal(host_ncb_open("/nonexistent/driver.sock", &err), -1);
    assert_int_equal(err.status, HOST_DRIVER);
    assert_string_equal(err.text, "no driver answers at /nonexistent/driver.sock: No such file or "
                                  "directory; start nbtd with --socket /nonexistent/driver.sock");
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    assert_int_equal(host_ncb_open(path, &err), -1);
    assert_int_equal(err.status, HOST_DRIVER);
    assert_non_null(strstr(err.text, "too long"));
}

static void answer_once(void *arg)
{
    int fd = *(int *)arg;
    uint8_t bytes[NBT_IPC_HEADER_LEN + 4];
    assert_int_equal(recv(fd, bytes, sizeof bytes, 0), sizeof bytes);
    bytes[1] = NBT_IPC_ACCEPTED; /* passed over */
    assert_int_equal(send(fd, bytes, NBT_IPC_HEADER_LEN, 0), NBT_IPC_HEADER_LEN);
    bytes[1] = NBT_IPC_DONE;
    bytes[9] = NBT_NRC_INUSE;
    memcpy(bytes + NBT_IPC_HEADER_LEN, "pong", 4);
    assert_int_equal(send(fd, bytes, sizeof bytes, 0), sizeof bytes);
    close(fd);
}

static void the_blocking_call(void **state)
{
    (void)state;
    int fd[2];
    uv_thread_t thread;
    host_err err;
    uint8_t *buf = malloc(NBT_IPC_MAX);
    nbt_ncb ncb = { .command = NBT_NCB_ADAPTER_STATUS };
    nbt_bytes answer;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
    uv_thread_create(&thread, answer_once, &fd[1]);
    nbt_bytes ping = { (const uint8_t *)"ping", 4 };
    assert_true(host_ncb_call(fd[0], &ncb, ping, &answer, buf, &err));
    assert_int_equal(ncb.retcode, NBT_NRC_INUSE);
    assert_int_equal(answer.n, 4);
    assert_memory_equal(answer.p, "pong", 4);
    uv_thread_join(&thread);

    assert_false(host_ncb_call(fd[0], &ncb, ping, &answer, buf, &err));
    assert_int_equal(err.status, HOST_DRIVER);
    assert_non_null(strstr(err.text, "the driver has gone"));
    close(fd[0]);
    free(buf);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", messages_both_ways),
    NBT_TEST("", the_other_side_closes),
    NBT_TEST("", bad_messages_end_it),
    NBT_TEST("", a_program_takes_no_submit),
    NBT_TEST("", more_than_the_kernel_takes),
    NBT_TEST("", many_at_once),
    NBT_TEST("", none_overtakes_another),
    NBT_TEST("", a_deaf_program_is_left_waiting),
    NBT_TEST("", no_driver_there),
    NBT_TEST("", the_blocking_call),
};

NBT_MAIN("ncbsock", tests)
