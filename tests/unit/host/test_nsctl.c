/*
 * The control socket of a name server: requests in any form, slow and vanishing readers.
 */
#include "tools/host/nsctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/nbserver.h"
#include "tests/support/test.h"
#include "tests/support/turn.h"
#include "tools/host/localsock.h"

typedef struct world {
    uv_loop_t uv;
    char folder[64], path[96];
    host_nsctl *ctl;
    nbserver n;
    bool keeps; /* at once */
    char got[200000];
    size_t ngot;
} world;

static nbt_nbns_result change(void *ctx, const nbt_nbns_cmd *cmd)
{
    world *w = ctx;
    nbt_nbns_result result = nbt_nbns_do(w->n.s, w->n.now, cmd, &w->n.out);
    nbt_out_clear(&w->n.out);
    return result;
}

static void settle(void *ctx)
{
    world *w = ctx;
    if (w->keeps)
        host_nsctl_kept(w->ctl);
}

static world *begin(void)
{
    world *w = calloc(1, sizeof *w);
    host_err err;
    assert_non_null(w);
    uv_loop_init(&w->uv);
    strcpy(w->folder, "/tmp/nbtlab-nsctl-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    snprintf(w->path, sizeof w->path, "%s/ns.sock", w->folder);
    nbserver_init(&w->n, "rfc");
    nbserver_start(&w->n);
    w->keeps = true;
    host_nsctl_cfg cfg = { .ctx = w, .server = w->n.s, .change = change, .settle = settle };
    w->ctl = host_nsctl_new(&w->uv, w->path, &cfg, &err);
    assert_non_null(w->ctl);
    return w;
}

static void end(world *w)
{
    host_nsctl_free(w->ctl);
    test_turn_end(&w->uv);
    nbserver_fini(&w->n);
    assert_int_equal(rmdir(w->folder), 0); /* the socket file is gone */
    free(w);
}

static int dial(world *w)
{
    int fd = host_localsock_connect(w->path, SOCK_STREAM);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    w->ngot = 0;
    w->got[0] = '\0';
    return fd;
}

static void ask(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
}

/* Takes what has come; false at the connection's end. */
static bool take(world *w, int fd)
{
    ssize_t n = recv(fd, w->got + w->ngot, sizeof w->got - 1 - w->ngot, 0);
    if (n > 0)
        w->ngot += (size_t)n;
    w->got[w->ngot] = '\0';
    return n != 0;
}

static unsigned events(const world *w, const char *event)
{
    char word[60];
    unsigned n = 0;
    snprintf(word, sizeof word, "\"event\":\"%s\"", event);
    for (const char *p = w->got; (p = strstr(p, word)); p++)
        n++;
    return n;
}

static void await_ends(world *w, int fd, unsigned n)
{
    test_turn_until(&w->uv, (take(w, fd), events(w, "end") >= n));
    assert_int_equal(events(w, "end"), n);
}

static void requests_are_answered_in_turn(void **state)
{
    (void)state;
    world *w = begin();
    int fd = dial(w);
    ask(fd, "add FRED<20> unique 10.0.0.10\nadd LAB<1C>.S internet 10.0.0.11\r\nlist\nlis");
    await_ends(w, fd, 3);
    assert_int_equal(events(w, "record"), 2);
    assert_non_null(strstr(w->got, "\"name\":\"LAB<1C>.S\",\"kind\":\"internet group\""));
    ask(fd, "t F*\nstatus\n");
    await_ends(w, fd, 5);
    assert_int_equal(events(w, "record"), 3);
    assert_non_null(strstr(w->got, "\"names\":2"));
    ask(fd, "put FRED<20> unique 10.0.0.10 1000100 24576\n");
    await_ends(w, fd, 6);
    assert_non_null(strstr(w->got, "somebody has that name"));
    ask(fd, "put WILMA<20> unique 10.0.0.10 1000100 24576\nlist W*\ndelete WILMA<20>\n");
    await_ends(w, fd, 9);
    assert_non_null(strstr(w->got, "\"nb_flags\":24576,\"expires\":1000100"));
    w->ngot = 0;
    ask(fd, "freeze\nstatus\nthaw\ndelete FRED<20>\nlist\n");
    await_ends(w, fd, 5);
    assert_non_null(strstr(w->got, "\"frozen\":true"));
    assert_int_equal(events(w, "record"), 1);
    assert_null(strstr(w->got, "\"ok\":false"));
    close(fd);
    end(w);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *line, *trouble;
    } rows[] = {
        { "\n", "a request is list" },
        { "lists\n", "a request is list" },
        { "add\n", "a name is written as" },
        { "add FRED unique 10.0.0.1\n", "a name is written as" },
        { "add FRED<20> many 10.0.0.1\n", "a kind is" },
        { "add FRED<20> unique\n", "an address is written as" },
        { "add FRED<20> unique 10.0.0.256\n", "an address is written as" },
        { "add *<00> unique 10.0.0.1\n", "no computer can have such a name" },
        { "add FRED<20> unique 10.0.0.1 5\n", "behind the address" },
        { "put FRED<20> unique 10.0.0.1\n", "behind the address" },
        { "put FRED<20> unique 10.0.0.1 x 0\n", "behind the address" },
        { "put FRED<20> unique 10.0.0.1 5 0\n", "that time has passed" },
        { "delete FRED<20>\n", "there is no such name" },
        { "delete .DOMAIN\n", "a name is written as" },
    };
    world *w = begin();
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int fd = dial(w);
        ask(fd, rows[i].line);
        await_ends(w, fd, 1);
        if (!strstr(w->got, "\"ok\":false") || !strstr(w->got, rows[i].trouble))
            fail_msg("%s%s", rows[i].line, w->got);
        close(fd);
    }
    end(w);
}

static void a_change_is_answered_when_it_is_kept(void **state)
{
    (void)state;
    world *w = begin();
    w->keeps = false;
    int fd = dial(w);
    ask(fd, "add FRED<20> unique 10.0.0.10\nlist\n");
    nbt_name fred = name_of("FRED<20>");
    test_turn_until(&w->uv, nbt_nbns_find(w->n.s, &fred));
    test_turn_idle(&w->uv);
    take(w, fd);
    assert_int_equal(w->ngot, 0);
    host_nsctl_kept(w->ctl);
    await_ends(w, fd, 2);
    close(fd);
    end(w);
}

/* More than a socket holds, taken slowly, or not to its end. */
static void a_long_list_waits_for_its_reader(void **state)
{
    (void)state;
    world *w = begin();
    for (unsigned i = 0; i < 900; i++) {
        char line[100];
        snprintf(line, sizeof line,
                 "registration-request N%u<20> ttl=9 owner=10.0.0.10 node=B unique", i);
        nbserver_hear(&w->n, "10.0.0.10", line);
        nbt_out_clear(&w->n.out);
    }
    int fd = dial(w);
    ask(fd, "list\n");
    await_ends(w, fd, 1);
    assert_int_equal(events(w, "record"), 900);
    close(fd);
    fd = dial(w);
    ask(fd, "list\nlist\nlist\nlist\nlist\n");
    test_turn_until(&w->uv, (take(w, fd), w->ngot > 0));
    close(fd); /* in the midst of it */
    test_turn_idle(&w->uv);
    end(w);
}

static void a_line_without_end_ends_the_connection(void **state)
{
    (void)state;
    world *w = begin();
    char line[1500];
    int fd = dial(w);
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    ask(fd, line);
    test_turn_until(&w->uv, recv(fd, line, sizeof line, 0) == 0 ||
                                (recv(fd, line, sizeof line, MSG_PEEK) < 0 && errno == ECONNRESET));
    close(fd);
    end(w);
}

static void decisions_can_be_watched(void **state)
{
    (void)state;
    world *w = begin();
    int fd = dial(w);
    ask(fd, "watch\n");
    nbserver_hear(&w->n, "10.0.0.10",
                  "registration-request FRED<20> ttl=9 owner=10.0.0.10 node=B unique");
    const nbt_act *trace = &w->n.out.acts[0];
    assert_int_equal(trace->kind, NBT_ACT_TRACE);
    test_turn_until(&w->uv, (host_nsctl_trace(w->ctl, trace), take(w, fd), w->ngot > 0));
    assert_non_null(strstr(w->got, "\"what\":\"registration\""));
    assert_non_null(strstr(w->got, "\"to\":\"registered\",\"why\":\"nobody holds it\""));
    /* Who does not read them misses some, and is told how many. */
    for (unsigned i = 0; i < 20000; i++)
        host_nsctl_trace(w->ctl, trace);
    test_turn_until(&w->uv, (w->ngot = 0, take(w, fd), w->ngot == 0));
    host_nsctl_trace(w->ctl, trace);
    test_turn_until(&w->uv, (take(w, fd), events(w, "missed") > 0));
    close(fd);
    end(w);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", requests_are_answered_in_turn),
    NBT_TEST("", what_is_wrong_is_said),
    NBT_TEST("", a_change_is_answered_when_it_is_kept),
    NBT_TEST("", a_long_list_waits_for_its_reader),
    NBT_TEST("", a_line_without_end_ends_the_connection),
    NBT_TEST("", decisions_can_be_watched),
};

NBT_MAIN("nsctl", tests)
