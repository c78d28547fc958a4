/* The driver's socket: its path, its programs, and programs that misbehave. */
#include "tools/host/ncbsrv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/test.h"
#include "tests/support/turn.h"
#include "tools/host/ncbsock.h"

typedef struct world {
    uv_loop_t uv;
    char folder[64], path[96];
    host_ncbsrv *srv;
    nbt_ncb ncb; /* the last that was submitted */
    uint32_t proc, tag;
    uint8_t data[64];
    size_t n, submits, turns, submits_at_turn;
    uint32_t gone[8];
    size_t ngone;
    char log[256];
} world;

static void on_submit(void *ctx, uint32_t proc, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data)
{
    world *w = ctx;
    w->ncb = *ncb;
    w->proc = proc;
    w->tag = tag;
    w->n = data.n;
    w->submits++;
    if (data.n)
        memcpy(w->data, data.p, data.n < sizeof w->data ? data.n : sizeof w->data);
}

static void on_turn(void *ctx)
{
    world *w = ctx;
    w->turns++;
    w->submits_at_turn = w->submits;
}

static void on_gone(void *ctx, uint32_t proc)
{
    world *w = ctx;
    w->gone[w->ngone++] = proc;
}

static void on_log(void *ctx, const char *line)
{
    world *w = ctx;
    snprintf(w->log, sizeof w->log, "%s", line);
}

static host_ncbsrv *serve(world *w, const char *path, host_err *err)
{
    host_ncbsrv_cfg cfg = {
        .ctx = w, .submit = on_submit, .gone = on_gone, .log = on_log, .turn = on_turn
    };
    return host_ncbsrv_new(&w->uv, path, &cfg, err);
}

static world *begin(void)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    uv_loop_init(&w->uv);
    strcpy(w->folder, "/tmp/nbtlab-test-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    snprintf(w->path, sizeof w->path, "%s/driver.sock", w->folder);
    return w;
}

static world *begin_serving(void)
{
    world *w = begin();
    host_err err = { .text = "" };
    w->srv = serve(w, w->path, &err);
    if (!w->srv)
        fail_msg("%s", err.text);
    return w;
}

static void finish(world *w)
{
    host_ncbsrv_free(w->srv);
    test_turn_end(&w->uv);
    assert_int_equal(rmdir(w->folder), 0); /* nothing is left behind in it */
    free(w);
}

static int program(world *w)
{
    host_err err = { .text = "" };
    int fd = host_ncb_open(w->path, &err);
    if (fd < 0)
        fail_msg("%s", err.text);
    return fd;
}

static void submit(int fd, uint32_t tag, const char *data)
{
    nbt_ncb ncb = { .command = NBT_NCB_ADD_NAME, .lana = 1, .name = "FRED           \x41" };
    nbt_bytes bytes = { (const uint8_t *)data, strlen(data) };
    host_err err;
    assert_true(host_ncb_submit(fd, tag, &ncb, bytes, &err));
}

static void gather(world *w, nbt_act_kind kind, uint32_t proc, uint32_t tag, uint8_t retcode,
                   const char *data)
{
    nbt_act act = { .kind = kind, .proc = proc, .tag = tag, .ncb = w->ncb };
    act.ncb.retcode = retcode;
    host_ncbsrv_answer(w->srv, &act, (nbt_bytes){ (const uint8_t *)data, strlen(data) });
}

static void answer(world *w, nbt_act_kind kind, uint32_t proc, uint32_t tag, uint8_t retcode,
                   const char *data)
{
    gather(w, kind, proc, tag, retcode, data);
    host_ncbsrv_flush(w->srv);
}

static void commands_and_answers(void **state)
{
    (void)state;
    world *w = begin_serving();
    uint8_t *buf = malloc(NBT_IPC_MAX);
    nbt_ipc m;
    host_err err;
    int a = program(w), b = program(w);
    submit(a, 77, "ping");
    test_turn_until(&w->uv, w->submits == 1);
    assert_int_equal(w->tag, 77);
    assert_int_equal(w->ncb.command, NBT_NCB_ADD_NAME);
    assert_int_equal(w->ncb.lana, 1);
    assert_memory_equal(w->ncb.name, "FRED           \x41", 16);
    assert_int_equal(w->n, 4);
    assert_memory_equal(w->data, "ping", 4);
    uint32_t first = w->proc;
    assert_int_not_equal(first, 0);
    submit(b, 77, "");
    test_turn_until(&w->uv, w->submits == 2);
    assert_int_not_equal(w->proc, first);

    answer(w, NBT_ACT_ACCEPTED, first, 77, NBT_NRC_GOODRET, "");
    answer(w, NBT_ACT_DONE, first, 77, NBT_NRC_INUSE, "pong");
    answer(w, NBT_ACT_DONE, 4242, 77, NBT_NRC_GOODRET, ""); /* nobody's */
    assert_true(host_ncb_next(a, &m, buf, &err));
    assert_int_equal(m.kind, NBT_IPC_ACCEPTED);
    assert_true(host_ncb_next(a, &m, buf, &err));
    assert_int_equal(m.kind, NBT_IPC_DONE);
    assert_int_equal(m.tag, 77);
    assert_int_equal(m.ncb.retcode, NBT_NRC_INUSE);
    assert_int_equal(m.data.n, 4);
    assert_int_equal(recv(b, buf, 1, MSG_DONTWAIT), -1); /* none of it was for b */
    close(a);
    close(b);
    test_turn_until(&w->uv, w->ngone == 2);
    assert_string_equal(w->log, ""); /* going is no fault */
    free(buf);
    finish(w);
}

/* Answers that are gathered: each program's in their order, and none for who has gone meanwhile. */
static void answers_together(void **state)
{
    (void)state;
    enum { MANY = 100 };
    world *w = begin_serving();
    uint8_t *buf = malloc(NBT_IPC_MAX);
    uint32_t proc[3];
    int fd[3];
    nbt_ipc m;
    host_err err;
    for (unsigned i = 0; i < 3; i++) {
        fd[i] = program(w);
        submit(fd[i], 1, "");
        test_turn_until(&w->uv, w->submits == i + 1);
        proc[i] = w->proc;
    }
    for (uint32_t tag = 0; tag < MANY; tag++)
        gather(w, NBT_ACT_DONE, proc[tag % 7 == 0], tag, NBT_NRC_GOODRET, tag % 2 ? "odd" : "");
    gather(w, NBT_ACT_DONE, proc[2], 1, NBT_NRC_GOODRET, "");
    close(fd[2]);
    test_turn_until(&w->uv, w->ngone == 1);
    host_ncbsrv_flush(w->srv);
    host_ncbsrv_flush(w->srv); /* there is nothing more */
    for (uint32_t tag = 0; tag < MANY; tag++) {
        assert_true(host_ncb_next(fd[tag % 7 == 0], &m, buf, &err));
        assert_int_equal(m.tag, tag);
        assert_int_equal(m.data.n, tag % 2 ? 3 : 0);
    }
    assert_int_equal(recv(fd[0], buf, 1, MSG_DONTWAIT), -1);
    close(fd[0]);
    close(fd[1]);
    test_turn_until(&w->uv, w->ngone == 3);
    free(buf);
    finish(w);
}

/* Commands that came together are told of as such. */
static void turns(void **state)
{
    (void)state;
    world *w = begin_serving();
    int fd = program(w);
    for (uint32_t tag = 1; tag <= 3; tag++)
        submit(fd, tag, "");
    test_turn_until(&w->uv, w->submits == 3);
    test_turn_until(&w->uv, w->turns > 0);
    assert_int_equal(w->turns, 1);
    assert_int_equal(w->submits_at_turn, 3);
    close(fd);
    test_turn_until(&w->uv, w->ngone == 1);
    assert_int_equal(w->turns, 1);
    finish(w);
}

static void a_bad_message_costs_its_program_alone(void **state)
{
    (void)state;
    world *w = begin_serving();
    char who[64];
    int bad = program(w), good = program(w);
    submit(bad, 1, "");
    test_turn_until(&w->uv, w->submits == 1);
    uint32_t proc = w->proc;
    assert_int_equal(send(bad, "garbage", 7, 0), 7);
    test_turn_until(&w->uv, w->ngone == 1);
    assert_int_equal(w->gone[0], proc);
    snprintf(who, sizeof who, ", pid %ld) is cut off: bad message", (long)getpid());
    assert_non_null(strstr(w->log, who));
    assert_int_equal(recv(bad, who, sizeof who, 0), 0); /* closed */
    submit(good, 2, "");
    test_turn_until(&w->uv, w->submits == 2);
    close(bad);
    close(good);
    finish(w);
}

static void the_end_tells_of_every_program(void **state)
{
    (void)state;
    world *w = begin_serving();
    int a = program(w), b = program(w);
    submit(a, 1, "");
    submit(b, 1, "");
    test_turn_until(&w->uv, w->submits == 2);
    host_ncbsrv_free(w->srv);
    w->srv = NULL;
    assert_int_equal(w->ngone, 2);
    test_turn_idle(&w->uv);
    char octet;
    assert_int_equal(recv(a, &octet, 1, 0), 0);
    close(a);
    close(b);
    finish(w);
}

static void a_path_in_use(void **state)
{
    (void)state;
    world *w = begin_serving();
    host_err err;
    char pid[32];
    assert_null(serve(w, w->path, &err));
    assert_int_equal(err.status, HOST_DRIVER);
    snprintf(pid, sizeof pid, "(pid %ld); stop it or", (long)getpid());
    assert_non_null(strstr(err.text, "driver.sock is in use by "));
    assert_non_null(strstr(err.text, pid));
    int fd = program(w); /* the first one still answers */
    close(fd);
    finish(w);
}

static void a_stale_socket_is_replaced(void **state)
{
    (void)state;
    world *w = begin();
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    host_err err = { .text = "" };
    snprintf(at.sun_path, sizeof at.sun_path, "%s", w->path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    close(fd); /* as a driver that was killed leaves it */
    w->srv = serve(w, w->path, &err);
    assert_string_equal(err.text, "");
    assert_non_null(w->srv);
    close(program(w));
    finish(w);
}

static void what_is_no_socket_is_left_alone(void **state)
{
    (void)state;
    world *w = begin();
    host_err err;
    char text[8] = "";
    FILE *f = fopen(w->path, "w+");
    assert_non_null(f);
    fputs("data", f);
    fflush(f);
    assert_null(serve(w, w->path, &err));
    assert_int_equal(err.status, HOST_DRIVER);
    assert_non_null(strstr(err.text, "is no socket"));
    rewind(f);
    assert_non_null(fgets(text, sizeof text, f));
    assert_string_equal(text, "data");
    fclose(f);
    unlink(w->path);
    finish(w);
}

static void paths_that_cannot_be(void **state)
{
    (void)state;
    world *w = begin();
    host_err err;
    char path[200];
    assert_null(serve(w, "/nonexistent/driver.sock", &err));
    assert_int_equal(err.status, HOST_SYSTEM);
    assert_non_null(strstr(err.text, "/nonexistent/driver.sock"));
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    assert_null(serve(w, path, &err));
    assert_int_equal(err.status, HOST_DRIVER);
    assert_non_null(strstr(err.text, "too long"));
    finish(w);
}

static void anothers_socket_is_not_removed(void **state)
{
    (void)state;
    world *w = begin_serving();
    host_err err;
    struct stat st;
    unlink(w->path);
    host_ncbsrv *other = serve(w, w->path, &err);
    assert_non_null(other);
    host_ncbsrv_free(w->srv);
    assert_int_equal(lstat(w->path, &st), 0);
    w->srv = other;
    finish(w);
}

static void no_descriptors_left(void **state)
{
    (void)state;
    world *w = begin_serving();
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    struct rlimit before, now;
    char octet;
    snprintf(at.sun_path, sizeof at.sun_path, "%s", w->path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    int last = dup(fd);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    now = before;
    now.rlim_cur = (rlim_t)last + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    test_turn_until(&w->uv, w->log[0]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_non_null(strstr(w->log, "turned away"));
    assert_int_equal(recv(fd, &octet, 1, 0), 0);
    close(fd);
    close(last);

    fd = program(w); /* and things are well again */
    submit(fd, 1, "");
    test_turn_until(&w->uv, w->submits == 1);
    close(fd);
    finish(w);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", commands_and_answers),
    NBT_TEST("", answers_together),
    NBT_TEST("", turns),
    NBT_TEST("", a_bad_message_costs_its_program_alone),
    NBT_TEST("", the_end_tells_of_every_program),
    NBT_TEST("", a_path_in_use),
    NBT_TEST("", a_stale_socket_is_replaced),
    NBT_TEST("", what_is_no_socket_is_left_alone),
    NBT_TEST("", paths_that_cannot_be),
    NBT_TEST("", anothers_socket_is_not_removed),
    NBT_TEST("", no_descriptors_left),
};

NBT_MAIN("ncbsrv", tests)
