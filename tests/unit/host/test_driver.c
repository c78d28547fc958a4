/*
 * A computer made to run on lo: its packets, its programs, its end. What the commands do in detail
 * is tested with the computer.
 */
#include "tools/host/driver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/netns.h"
#include "tests/support/test.h"
#include "tests/support/turn.h"
#include "tools/host/ncbsock.h"

enum { LO = 0x7F000001 };

typedef struct tool {
    host_loop *loop;
    host_driver *driver;
    host_adapter adapter;
    char folder[64], path[96];
    nbt_ncb done;
    uint32_t done_tag;
    unsigned ndone;
    unsigned claimed, registered, released; /* as traced, of any name */
    char log[256];
} tool;

static const uint8_t fred[NBT_NAME_LEN] = "FRED           \x41";

static void on_done(void *ctx, uint32_t tag, const nbt_ncb *ncb)
{
    tool *t = ctx;
    t->done = *ncb;
    t->done_tag = tag;
    t->ndone++;
}

static void on_trace(void *ctx, const nbt_act *act)
{
    tool *t = ctx;
    const nbt_trace *tr = &act->trace;
    bool name = strcmp(tr->what, "name") == 0;
    t->claimed += name && strcmp(tr->to, "registering") == 0;
    t->registered += name && strcmp(tr->to, "registered") == 0;
    t->released += name && strcmp(tr->to, "released") == 0;
}

static void on_log(void *ctx, const char *line)
{
    tool *t = ctx;
    snprintf(t->log, sizeof t->log, "%s", line);
}

static void on_stop(void *ctx)
{
    tool *t = ctx;
    host_driver_leave(t->driver);
}

static host_driver *new_driver(tool *t, const char *path, host_err *err)
{
    host_driver_cfg cfg = { .adapters = &t->adapter,
                            .nadapters = 1,
                            .socket = path,
                            .seed = 1,
                            .tool = t,
                            .on_done = on_done,
                            .on_trace = on_trace,
                            .on_log = on_log,
                            .on_stop = on_stop };
    return host_driver_new(t->loop, &cfg, err);
}

static tool *begin(void)
{
    tool *t = calloc(1, sizeof *t);
    host_err err = { .text = "" };
    assert_non_null(t);
    t->loop = host_loop_new(&err);
    strcpy(t->folder, "/tmp/nbtlab-test-XXXXXX");
    assert_non_null(mkdtemp(t->folder));
    snprintf(t->path, sizeof t->path, "%s/driver.sock", t->folder);
    assert_true(host_iface_find("lo", &t->adapter.iface, &err));
    t->adapter.lana = (nbt_lana_cfg){ .ip = t->adapter.iface.ip,
                                      .mask = t->adapter.iface.mask,
                                      .broadcast = t->adapter.iface.broadcast,
                                      .type = NBT_ONT_B,
                                      .profile = nbt_profile_find("rfc", 3) };
    t->driver = new_driver(t, t->path, &err);
    if (!t->driver)
        fail_msg("%s", err.text);
    return t;
}

static void finish(tool *t)
{
    host_driver_free(t->driver);
    host_loop_free(t->loop);
    assert_int_equal(rmdir(t->folder), 0); /* the socket is removed */
    free(t);
}

static uv_loop_t *uv(tool *t)
{
    return host_loop_uv(t->loop);
}

static nbt_ncb add_name(void)
{
    nbt_ncb ncb = { .command = NBT_NCB_ADD_NAME };
    memcpy(ncb.name, fred, sizeof fred);
    return ncb;
}

static void own_commands(void **state)
{
    (void)state;
    tool *t = begin();
    nbt_ncb ncb = add_name();
    host_driver_do(t->driver, 7, &ncb);
    assert_int_equal(t->claimed, 1);
    test_turn_until(uv(t), t->ndone == 1); /* the clock runs: 750 ms */
    assert_int_equal(t->done_tag, 7);
    assert_int_equal(t->done.retcode, NBT_NRC_GOODRET);
    assert_int_equal(t->registered, 1);
    host_driver_do(t->driver, 8, &ncb); /* answered before this returns */
    assert_int_equal(t->ndone, 2);
    assert_int_equal(t->done.retcode, NBT_NRC_DUPNAME);
    finish(t);
}

/* A SUBMIT comes in at the socket, its DONE goes out there; the program's end is noticed. */
static void a_program(void **state)
{
    (void)state;
    tool *t = begin();
    nbt_ncb ncb = add_name();
    nbt_bytes none = { NULL, 0 };
    uint8_t *buf = malloc(NBT_IPC_MAX);
    nbt_ipc m;
    host_err err;
    int fd = host_ncb_open(t->path, &err);
    assert_true(fd >= 0);
    ncb.command |= NBT_NCB_ASYNC;
    assert_true(host_ncb_submit(fd, 5, &ncb, none, &err));
    test_turn_until(uv(t), t->registered);
    assert_true(host_ncb_next(fd, &m, buf, &err));
    assert_int_equal(m.kind, NBT_IPC_ACCEPTED);
    assert_true(host_ncb_next(fd, &m, buf, &err));
    assert_int_equal(m.kind, NBT_IPC_DONE);
    assert_int_equal(m.tag, 5);
    assert_int_equal(m.ncb.retcode, NBT_NRC_GOODRET);
    assert_int_equal(t->released, 0);
    close(fd);
    test_turn_until(uv(t), t->released);
    assert_int_equal(t->ndone, 0); /* none of it was the driver's own */
    free(buf);
    finish(t);
}

/* Another host on the network asks for the node status of "*" (RFC 1002 4.2.17). */
static void a_packet_is_answered(void **state)
{
    (void)state;
    static const uint8_t request[50] = { 0x12, 0x34, 0,   0,   0,   1,   0,   0,    0,   0,
                                         0,    0,    32,  'C', 'K', 'A', 'A', 'A',  'A', 'A',
                                         'A',  'A',  'A', 'A', 'A', 'A', 'A', 'A',  'A', 'A',
                                         'A',  'A',  'A', 'A', 'A', 'A', 'A', 'A',  'A', 'A',
                                         'A',  'A',  'A', 'A', 'A', 0,   0,   0x21, 0,   1 };
    tool *t = begin();
    struct sockaddr_in me = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(LO + 1) };
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(NBT_PORT_NS),
                              .sin_addr.s_addr = htonl(LO) };
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    uint8_t answer[600];
    ssize_t n = -1;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&me, sizeof me), 0);
    assert_int_equal(sendto(fd, request, sizeof request, 0, (struct sockaddr *)&to, sizeof to), 50);
    test_turn_until(uv(t), (n = recvfrom(fd, answer, sizeof answer, MSG_DONTWAIT,
                                         (struct sockaddr *)&from, &len)) > 0);
    assert_int_equal(ntohl(from.sin_addr.s_addr), LO);
    assert_int_equal(ntohs(from.sin_port), NBT_PORT_NS);
    assert_true(n > 12);
    assert_int_equal(answer[0], 0x12);
    assert_int_equal(answer[1], 0x34);
    assert_true(answer[2] & 0x80);
    close(fd);
    finish(t);
}

/* C3, C13 are the session's; here it matters that TCP 139 leads to it and back. */
static void a_stranger_on_tcp_is_sent_away(void **state)
{
    (void)state;
    tool *t = begin();
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(NBT_PORT_SSN),
                              .sin_addr.s_addr = htonl(LO) };
    uint8_t octet;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(send(fd, "GET / HTTP/1.0\r\n\r\n", 18, 0), 18);
    ssize_t n = -1;
    test_turn_until(uv(t), (n = recv(fd, &octet, 1, MSG_DONTWAIT)) >= 0 || errno != EAGAIN);
    assert_true(n <= 0); /* closed or reset */
    close(fd);
    finish(t);
}

static void a_signal_is_the_end_in_order(void **state)
{
    (void)state;
    tool *t = begin();
    nbt_ncb ncb = add_name();
    host_driver_do(t->driver, 1, &ncb);
    test_turn_until(uv(t), t->ndone == 1);
    nbt_time begun = host_now();
    raise(SIGTERM);
    host_loop_run(t->loop);
    nbt_time took = host_now() - begun;
    assert_int_equal(t->released, 1);
    assert_true(took >= NBT_MS(450)); /* the release was repeated: three packets, 250 ms apart */
    struct stat st;
    assert_int_not_equal(lstat(t->path, &st), 0);
    finish(t);
}

static void without_names_the_end_is_at_once(void **state)
{
    (void)state;
    tool *t = begin();
    nbt_time begun = host_now();
    raise(SIGINT);
    host_loop_run(t->loop);
    assert_true(host_now() - begun < NBT_MS(700));
    finish(t);
}

static void what_keeps_it_from_starting(void **state)
{
    (void)state;
    tool *t = begin();
    host_err err;
    char other[128];
    snprintf(other, sizeof other, "%s/other.sock", t->folder);
    assert_null(new_driver(t, other, &err));
    assert_int_equal(err.status, HOST_PORT);
    assert_non_null(strstr(err.text, "UDP port 137 of 127.0.0.1 is taken by "));
    finish(t);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", own_commands),
    NBT_TEST("", a_program),
    NBT_TEST("", a_packet_is_answered),
    NBT_TEST("", a_stranger_on_tcp_is_sent_away),
    NBT_TEST("", a_signal_is_the_end_in_order),
    NBT_TEST("", without_names_the_end_is_at_once),
    NBT_TEST("", what_keeps_it_from_starting),
};

NBT_MAIN_NETNS("driver", tests)
