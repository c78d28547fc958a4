/*
 * A name server made to run on lo: what it acknowledges is in the store by then, and what happens
 * when the store cannot be written. Who gets which name is tested with the server.
 */
#include "tools/host/nameserver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/build.h"
#include "tests/support/netns.h"
#include "tests/support/test.h"
#include "tests/support/turn.h"

enum { SERVER = 0x7F000001, CLIENT = 0x7F000002 };

typedef struct tool {
    host_loop *loop;
    host_nameserver *ns;
    nbt_nbns_profile profile;
    char folder[64], path[96];
    int udp;
    unsigned registered;
    char log[256];
    packet got;
} tool;

static void on_trace(void *ctx, const nbt_act *act)
{
    tool *t = ctx;
    t->registered += strcmp(act->trace.to, "registered") == 0;
}

static void on_log(void *ctx, const char *line)
{
    tool *t = ctx;
    snprintf(t->log, sizeof t->log, "%s", line);
}

static int bound(int type)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(CLIENT) };
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    at.sin_addr.s_addr = htonl(SERVER);
    at.sin_port = htons(NBT_PORT_NS);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

static host_nameserver *start(tool *t, const char *store, host_err *err)
{
    host_iface lo;
    assert_true(host_iface_find("lo", &lo, err));
    host_nameserver_cfg cfg = { .ifaces = &lo,
                                .nifaces = 1,
                                .store = store,
                                .tool = t,
                                .on_trace = on_trace,
                                .on_log = on_log };
    cfg.server = (nbt_nbns_cfg){
        .profile = &t->profile, .seed = 1, .max_names = 1000, .max_pending = 10, .max_conns = 10
    };
    return host_nameserver_new(t->loop, &cfg, err);
}

static tool *begin(bool store)
{
    tool *t = calloc(1, sizeof *t);
    host_err err = { .text = "" };
    assert_non_null(t);
    t->profile = *nbt_nbns_profile_find("rfc", 3);
    t->loop = host_loop_new(&err);
    strcpy(t->folder, "/tmp/nbtlab-server-XXXXXX");
    assert_non_null(mkdtemp(t->folder));
    snprintf(t->path, sizeof t->path, "%s/names.db", t->folder);
    t->ns = start(t, store ? t->path : NULL, &err);
    if (!t->ns)
        fail_msg("%s", err.text);
    t->udp = bound(SOCK_DGRAM);
    return t;
}

static void end(tool *t)
{
    static const char *const files[] = { "", "-wal", "-shm", "-lock" };
    char path[120];
    host_nameserver_free(t->ns);
    host_loop_free(t->loop);
    close(t->udp);
    for (size_t i = 0; i < LENGTH_OF(files); i++) {
        snprintf(path, sizeof path, "%s%s", t->path, files[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(t->folder), 0);
    free(t);
}

static void send_to(int fd, const packet *p)
{
    assert_int_equal(send(fd, p->b, p->n, 0), p->n);
}

static bool answered(tool *t)
{
    ssize_t n = recv(t->udp, t->got.b, sizeof t->got.b, 0);
    t->got.n = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static void claim(tool *t, uint16_t id, const char *name)
{
    packet p = build_request(id, 0x2900, name, 1000, 0, "127.0.0.2");
    send_to(t->udp, &p);
}

static void await_answer(tool *t, unsigned word)
{
    test_turn_until(host_loop_uv(t->loop), answered(t));
    assert_int_equal(t->got.b[2] << 8 | t->got.b[3], word);
}

/* How many rows of that name the store has, for anybody who reads it now. */
static int rows(tool *t, const char *name)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open_v2(t->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT count(*) FROM registrations WHERE name = ?1 AND "
                                        "kind = 'unique' AND address = '127.0.0.2'",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    int n = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return n;
}

static void what_is_acknowledged_is_stored(void **state)
{
    (void)state;
    tool *t = begin(true);
    for (unsigned i = 0; i < 30; i++) {
        char name[30];
        snprintf(name, sizeof name, "N%u<20>", i);
        claim(t, (uint16_t)i, name);
        await_answer(t, 0xAD80);
        assert_int_equal(rows(t, name), 1);
    }
    assert_int_equal(t->registered, 30);
    end(t);
}

static void a_restarted_server_has_them(void **state)
{
    (void)state;
    tool *t = begin(true);
    host_err err;
    claim(t, 1, "FRED<20>");
    await_answer(t, 0xAD80);
    host_nameserver_free(t->ns);
    host_loop_free(t->loop);
    t->loop = host_loop_new(&err);
    t->ns = start(t, t->path, &err);
    packet p = build_question(2, 0x0100, "FRED<20>", NBT_RR_NB);
    send_to(t->udp, &p);
    await_answer(t, 0x8580);
    end(t);
}

/* No room on the disk: nothing is promised, but everything is told. */
static void without_room_nothing_is_promised(void **state)
{
    (void)state;
    tool *t = begin(true);
    struct rlimit was, none;
    struct stat st;
    char wal[120];
    uv_loop_t *uv = host_loop_uv(t->loop);
    claim(t, 1, "FRED<20>");
    await_answer(t, 0xAD80);
    snprintf(wal, sizeof wal, "%s-wal", t->path);
    assert_int_equal(stat(wal, &st), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    none = was;
    none.rlim_cur = (rlim_t)st.st_size;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    claim(t, 2, "WILMA<20>");
    test_turn_until(uv, strstr(t->log, "registrations are not answered until it can"));
    claim(t, 3, "WILMA<20>");
    packet p = build_question(4, 0x0100, "FRED<20>", NBT_RR_NB);
    send_to(t->udp, &p);
    await_answer(t, 0x8580); /* the first that comes */
    assert_int_equal(t->got.b[1], 4);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    test_turn_until(uv, strstr(t->log, "the store can be written again"));
    assert_int_equal(rows(t, "WILMA<20>"), 1);
    claim(t, 5, "WILMA<20>");
    await_answer(t, 0xAD80);
    assert_int_equal(t->got.b[1], 5);
    end(t);
}

static void streams_are_served(void **state)
{
    (void)state;
    tool *t = begin(false);
    uint8_t b[300];
    int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(NBT_PORT_NS),
                              .sin_addr.s_addr = htonl(SERVER) };
    assert_int_equal(connect(tcp, (struct sockaddr *)&at, sizeof at), 0);
    packet p = build_request(7, 0x2900, "FRED<20>", 1000, 0, "127.0.0.2");
    b[0] = 0;
    b[1] = (uint8_t)p.n;
    memcpy(b + 2, p.b, p.n);
    assert_int_equal(send(tcp, b, p.n + 2, 0), p.n + 2);
    assert_int_equal(fcntl(tcp, F_SETFL, O_NONBLOCK), 0);
    ssize_t n = 0;
    test_turn_until(host_loop_uv(t->loop), (n = recv(tcp, b, sizeof b, 0)) > 0);
    assert_int_equal(n, 64);
    assert_int_equal(b[1], 62);
    assert_int_equal(b[4] << 8 | b[5], 0xAD80);
    close(tcp);
    end(t);
}

static void a_port_that_is_taken_is_told(void **state)
{
    (void)state;
    tool *t = begin(false);
    tool other = { .loop = t->loop, .profile = t->profile };
    host_err err = { .text = "" };
    assert_null(start(&other, NULL, &err));
    assert_int_equal(err.status, HOST_PORT);
    end(t);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", what_is_acknowledged_is_stored),   NBT_TEST("", a_restarted_server_has_them),
    NBT_TEST("", without_room_nothing_is_promised), NBT_TEST("", streams_are_served),
    NBT_TEST("", a_port_that_is_taken_is_told),
};

NBT_MAIN_NETNS("nameserver", tests)
