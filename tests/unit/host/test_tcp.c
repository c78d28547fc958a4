/* Actions become connections, and what happens to those becomes events: two objects over lo. */
#include "tools/host/tcp.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/netns.h"
#include "tests/support/test.h"
#include "tests/support/turn.h"
#include "tools/host/mem.h"

enum { PORT = 5139, LO = 0x7F000001, EVENTS = 512 };

/* One object's view: what it was told, and its received bytes in a row. */
typedef struct side {
    host_tcp *tcp;
    nbt_tcp_ev ev[EVENTS];
    size_t n;
    uint8_t *data;
    size_t len, cap;
    size_t sent;
} side;

typedef struct world {
    uv_loop_t uv;
    side server, client;
} world;

static void on_event(void *ctx, const nbt_tcp_ev *ev)
{
    side *s = ctx;
    if (ev->kind == NBT_TCP_DATA) {
        if (s->len + ev->data.n > s->cap) {
            s->cap = 2 * (s->len + ev->data.n);
            s->data = realloc(s->data, s->cap);
            assert_non_null(s->data);
        }
        memcpy(s->data + s->len, ev->data.p, ev->data.n);
        s->len += ev->data.n;
    } else if (ev->kind == NBT_TCP_SENT) {
        s->sent += ev->sent;
    } else {
        assert_true(s->n < EVENTS);
        s->ev[s->n++] = *ev;
    }
}

static world *begin(void)
{
    world *w = calloc(1, sizeof *w);
    host_err err = { .text = "" };
    assert_non_null(w);
    signal(SIGPIPE, SIG_IGN); /* as host_loop_new does */
    uv_loop_init(&w->uv);
    host_tcp_cfg server = { .ctx = &w->server,
                            .event = on_event,
                            .remedy = "choose another address" },
                 client = { .ctx = &w->client, .event = on_event };
    w->server.tcp = host_tcp_new(&w->uv, &server);
    w->client.tcp = host_tcp_new(&w->uv, &client);
    if (!host_tcp_listen(w->server.tcp, (nbt_ep){ LO, PORT }, 5, &err))
        fail_msg("%s", err.text);
    return w;
}

static void end(world *w)
{
    host_tcp_free(w->server.tcp);
    host_tcp_free(w->client.tcp);
    test_turn_end(&w->uv);
    free(w->server.data);
    free(w->client.data);
    free(w);
}

static void act(side *s, nbt_act_kind kind, uint32_t conn, const char *data)
{
    nbt_act a = { .kind = kind, .conn = conn };
    nbt_bytes bytes = { (const uint8_t *)data, data ? strlen(data) : 0 };
    host_tcp_act(s->tcp, &a, bytes);
}

static void open_from(world *w, uint32_t conn, uint32_t from, nbt_ep to)
{
    nbt_act a = {
        .kind = NBT_ACT_TCP_OPEN, .conn = conn, .lana = 7, .from = { from, 0 }, .to = to
    };
    host_tcp_act(w->client.tcp, &a, (nbt_bytes){ NULL, 0 });
}

/* The client's connection 2 is the server's 1. */
static void connected(world *w)
{
    open_from(w, 2, LO + 2, (nbt_ep){ LO, PORT });
    test_turn_until(&w->uv, w->server.n == 1 && w->client.n == 1);
}

static void assert_event(const side *s, size_t i, nbt_tcp_kind kind, uint32_t conn)
{
    assert_true(i < s->n);
    assert_int_equal(s->ev[i].kind, kind);
    assert_int_equal(s->ev[i].conn, conn);
}

static void both_ends_know_the_addresses(void **state)
{
    (void)state;
    world *w = begin();
    connected(w);
    assert_event(&w->server, 0, NBT_TCP_ACCEPTED, 1);
    assert_event(&w->client, 0, NBT_TCP_OPENED, 2);
    const nbt_tcp_ev *in = &w->server.ev[0], *out = &w->client.ev[0];
    assert_int_equal(in->lana, 5);
    assert_int_equal(out->lana, 7);
    assert_int_equal(in->local.ip, LO);
    assert_int_equal(in->local.port, PORT);
    assert_int_equal(in->peer.ip, LO + 2); /* the source address that was asked for */
    assert_true(nbt_ep_eq(in->peer, out->local));
    assert_true(nbt_ep_eq(in->local, out->peer));

    open_from(w, 4, 0, (nbt_ep){ LO, PORT });
    test_turn_until(&w->uv, w->server.n == 2 && w->client.n == 2);
    assert_event(&w->server, 1, NBT_TCP_ACCEPTED, 3);
    assert_int_equal(w->server.ev[1].peer.ip, LO);
    end(w);
}

static void bytes_both_ways(void **state)
{
    (void)state;
    world *w = begin();
    connected(w);
    act(&w->client, NBT_ACT_TCP_SEND, 2, "hello ");
    act(&w->client, NBT_ACT_TCP_SEND, 2, "server");
    act(&w->client, NBT_ACT_TCP_SEND, 2, "");
    act(&w->server, NBT_ACT_TCP_SEND, 1, "hello client");
    test_turn_until(&w->uv, w->server.len == 12 && w->client.len == 12);
    test_turn_until(&w->uv, w->server.sent == 12 && w->client.sent == 12);
    assert_memory_equal(w->server.data, "hello server", 12);
    assert_memory_equal(w->client.data, "hello client", 12);
    end(w);
}

/* An octet marked as urgent by a client of its own comes in its place. */
static void urgent_octets_are_octets(void **state)
{
    (void)state;
    world *w = begin();
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    to.sin_addr.s_addr = htonl(LO);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    test_turn_until(&w->uv, w->server.n == 1);
    assert_int_equal(send(fd, "ab", 2, 0), 2);
    assert_int_equal(send(fd, "cd", 2, MSG_OOB), 2);
    assert_int_equal(send(fd, "ef", 2, 0), 2);
    test_turn_until(&w->uv, w->server.len == 6);
    assert_memory_equal(w->server.data, "abcdef", 6);
    close(fd);
    end(w);
}

static void hold_and_resume(void **state)
{
    (void)state;
    world *w = begin();
    connected(w);
    act(&w->server, NBT_ACT_TCP_HOLD, 1, NULL);
    act(&w->client, NBT_ACT_TCP_SEND, 2, "waits");
    test_turn_until(&w->uv, w->client.sent == 5);
    test_turn_idle(&w->uv);
    assert_int_equal(w->server.len, 0);
    act(&w->server, NBT_ACT_TCP_RESUME, 1, NULL);
    test_turn_until(&w->uv, w->server.len == 5);
    end(w);
}

/* A held connection fills up: what was given is not called sent before the kernel has taken it. */
static void sent_is_what_has_left(void **state)
{
    (void)state;
    enum { SIZE = 16 << 20 }; /* more than the kernel's buffers take */
    world *w = begin();
    char *much = calloc(1, SIZE + 1);
    connected(w);
    memset(much, 'x', SIZE);
    act(&w->server, NBT_ACT_TCP_HOLD, 1, NULL);
    act(&w->client, NBT_ACT_TCP_SEND, 2, much);
    test_turn_idle(&w->uv);
    assert_int_equal(w->client.sent, 0);
    act(&w->server, NBT_ACT_TCP_RESUME, 1, NULL);
    test_turn_until(&w->uv, w->client.sent == SIZE && w->server.len == SIZE);
    free(much);
    end(w);
}

static void close_sends_what_is_queued(void **state)
{
    (void)state;
    world *w = begin();
    connected(w);
    act(&w->client, NBT_ACT_TCP_SEND, 2, "last words");
    act(&w->client, NBT_ACT_TCP_CLOSE, 2, NULL);
    act(&w->client, NBT_ACT_TCP_SEND, 2, "too late");
    act(&w->client, NBT_ACT_TCP_CLOSE, 2, NULL);
    test_turn_until(&w->uv, w->server.n == 2);
    assert_event(&w->server, 1, NBT_TCP_EOF, 1);
    assert_int_equal(w->server.len, 10);

    /* The other direction is still open, but of no interest to who has closed. */
    act(&w->server, NBT_ACT_TCP_SEND, 1, "answer");
    act(&w->server, NBT_ACT_TCP_CLOSE, 1, NULL);
    test_turn_until(&w->uv, w->client.n == 2);
    assert_event(&w->client, 1, NBT_TCP_EOF, 2);
    assert_int_equal(w->client.len, 0);
    assert_int_equal(w->client.sent, 10);
    test_turn_idle(&w->uv);
    assert_int_equal(w->server.n, 2); /* nothing more: both ends are gone */
    assert_int_equal(w->client.n, 2);
    open_from(w, 2, 0, (nbt_ep){ LO, PORT }); /* so the number is free */
    test_turn_until(&w->uv, w->client.n == 3);
    end(w);
}

static void close_of_a_held_connection_sees_the_end(void **state)
{
    (void)state;
    world *w = begin();
    connected(w);
    act(&w->client, NBT_ACT_TCP_HOLD, 2, NULL);
    act(&w->server, NBT_ACT_TCP_SEND, 1, "unread");
    act(&w->server, NBT_ACT_TCP_CLOSE, 1, NULL);
    act(&w->client, NBT_ACT_TCP_CLOSE, 2, NULL);
    test_turn_until(&w->uv, w->client.n == 2 && w->server.n == 2);
    assert_event(&w->client, 1, NBT_TCP_EOF, 2);
    assert_int_equal(w->client.len, 0);
    end(w);
}

static void put(nbt_out *out, nbt_act_kind kind, uint32_t conn, const void *p, size_t n)
{
    nbt_out_add(out, kind, p, n)->conn = conn;
}

/* The client's connections 2 and 4 are the server's 1 and 3. */
static void a_list_is_carried_out_in_its_order(void **state)
{
    (void)state;
    enum { MANY = 200 }; /* more than go out in one system call */
    world *w = begin();
    nbt_out out;
    connected(w);
    open_from(w, 4, 0, (nbt_ep){ LO, PORT });
    test_turn_until(&w->uv, w->server.n == 2 && w->client.n == 2);
    nbt_out_init(&out, host_mem());
    put(&out, NBT_ACT_SEND, 0, "a packet", 8); /* not its */
    put(&out, NBT_ACT_TCP_SEND, 2, "ab", 2);
    put(&out, NBT_ACT_TCP_SEND, 2, NULL, 0);
    put(&out, NBT_ACT_TCP_SEND, 6, "nobody", 6);
    put(&out, NBT_ACT_TCP_SEND, 2, "cd", 2);
    put(&out, NBT_ACT_TCP_CLOSE, 2, NULL, 0);
    put(&out, NBT_ACT_TCP_SEND, 2, "too late", 8);
    host_tcp_carry(w->client.tcp, &out);
    assert_int_equal(w->client.sent, 0); /* that is told from the loop */
    test_turn_until(&w->uv, w->server.n == 3 && w->client.sent == 4);
    assert_event(&w->server, 2, NBT_TCP_EOF, 1);
    assert_int_equal(w->server.len, 4);
    assert_memory_equal(w->server.data, "abcd", 4);

    nbt_out_clear(&out);
    for (unsigned i = 0; i < MANY; i++)
        put(&out, NBT_ACT_TCP_SEND, 4, &(uint8_t){ (uint8_t)i }, 1);
    host_tcp_carry(w->client.tcp, &out);
    test_turn_until(&w->uv, w->server.len == 4 + MANY && w->client.sent == 4 + MANY);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(w->server.data[4 + i], i);
    nbt_out_fini(&out);
    end(w);
}

/* The kernel takes a part of the pieces: the rest comes behind it, and all of it is told once. */
static void a_list_that_is_too_much_at_once(void **state)
{
    (void)state;
    enum { PIECE = 5000011, PIECES = 5 };
    world *w = begin();
    nbt_out out;
    uint8_t *piece = malloc(PIECE);
    connected(w);
    nbt_out_init(&out, host_mem());
    for (unsigned i = 0; i < PIECES; i++) {
        for (size_t k = 0; k < PIECE; k++)
            piece[k] = (uint8_t)((i * PIECE + k) % 251);
        put(&out, NBT_ACT_TCP_SEND, 2, piece, PIECE);
    }
    act(&w->server, NBT_ACT_TCP_HOLD, 1, NULL);
    host_tcp_carry(w->client.tcp, &out);
    nbt_out_fini(&out); /* it is no longer needed */
    test_turn_idle(&w->uv);
    assert_int_equal(w->client.sent, 0);
    act(&w->server, NBT_ACT_TCP_RESUME, 1, NULL);
    test_turn_until(&w->uv, w->client.sent == PIECE * PIECES && w->server.len == PIECE * PIECES);
    for (size_t k = 0; k < PIECE * PIECES; k++)
        if (w->server.data[k] != k % 251)
            fail_msg("octet %zu is wrong", k);
    free(piece);
    end(w);
}

static void abort_is_a_reset(void **state)
{
    (void)state;
    world *w = begin();
    connected(w);
    act(&w->client, NBT_ACT_TCP_ABORT, 2, NULL);
    act(&w->client, NBT_ACT_TCP_SEND, 2, "nobody"); /* ignored: it is gone */
    test_turn_until(&w->uv, w->server.n == 2);
    assert_event(&w->server, 1, NBT_TCP_RESET, 1);
    assert_int_equal(w->client.n, 1);
    end(w);
}

static void abort_after_close_is_a_reset(void **state)
{
    (void)state;
    world *w = begin();
    connected(w);
    act(&w->client, NBT_ACT_TCP_CLOSE, 2, NULL);
    test_turn_until(&w->uv, w->server.n == 2); /* EOF */
    act(&w->server, NBT_ACT_TCP_SEND, 1, "still there?");
    test_turn_until(&w->uv, w->server.sent == 12);
    act(&w->client, NBT_ACT_TCP_ABORT, 2, NULL);
    act(&w->server, NBT_ACT_TCP_SEND, 1, "and now?");
    test_turn_until(&w->uv, w->server.n == 3);
    assert_event(&w->server, 2, NBT_TCP_RESET, 1);
    assert_int_equal(w->client.n, 1);
    end(w);
}

static void abort_while_connecting_is_silent(void **state)
{
    (void)state;
    world *w = begin();
    open_from(w, 2, 0, (nbt_ep){ LO, PORT });
    act(&w->client, NBT_ACT_TCP_ABORT, 2, NULL);
    open_from(w, 2, 0, (nbt_ep){ LO, PORT }); /* the number is free again */
    test_turn_until(&w->uv, w->client.n == 1);
    assert_event(&w->client, 0, NBT_TCP_OPENED, 2);
    end(w);
}

static void nobody_there(void **state)
{
    (void)state;
    world *w = begin();
    open_from(w, 2, 0, (nbt_ep){ LO, PORT + 1 });
    test_turn_until(&w->uv, w->client.n == 1);
    assert_event(&w->client, 0, NBT_TCP_REFUSED, 2);
    open_from(w, 4, 0, (nbt_ep){ 0x0A0B0C0D, PORT }); /* there is no route in this namespace */
    test_turn_until(&w->uv, w->client.n == 2);
    assert_event(&w->client, 1, NBT_TCP_UNREACHABLE, 4);
    open_from(w, 6, 0x08080808, (nbt_ep){ LO, PORT }); /* not our address */
    test_turn_until(&w->uv, w->client.n == 3);
    assert_event(&w->client, 2, NBT_TCP_UNREACHABLE, 6);
    end(w);
}

static void a_taken_port_names_its_holder(void **state)
{
    (void)state;
    world *w = begin();
    host_err err;
    char pid[32];
    assert_false(host_tcp_listen(w->client.tcp, (nbt_ep){ LO, PORT }, 0, &err));
    assert_int_equal(err.status, HOST_PORT);
    snprintf(pid, sizeof pid, "(pid %ld); stop it or", (long)getpid());
    assert_non_null(strstr(err.text, "TCP port 5139 of 127.0.0.1 is taken by "));
    assert_non_null(strstr(err.text, pid));
    end(w);
}

static void the_end_with_everything_open(void **state)
{
    (void)state;
    world *w = begin();
    connected(w);
    act(&w->client, NBT_ACT_TCP_SEND, 2, "unfinished");
    open_from(w, 4, 0, (nbt_ep){ LO, PORT });
    end(w); /* the sanitizer sees what is left */
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", both_ends_know_the_addresses),
    NBT_TEST("", bytes_both_ways),
    NBT_TEST("C40 H50", urgent_octets_are_octets),
    NBT_TEST("", hold_and_resume),
    NBT_TEST("", sent_is_what_has_left),
    NBT_TEST("", close_sends_what_is_queued),
    NBT_TEST("", close_of_a_held_connection_sees_the_end),
    NBT_TEST("", a_list_is_carried_out_in_its_order),
    NBT_TEST("", a_list_that_is_too_much_at_once),
    NBT_TEST("", abort_is_a_reset),
    NBT_TEST("", abort_after_close_is_a_reset),
    NBT_TEST("", abort_while_connecting_is_silent),
    NBT_TEST("", nobody_there),
    NBT_TEST("", a_taken_port_names_its_holder),
    NBT_TEST("", the_end_with_everything_open),
};

NBT_MAIN_NETNS("tcp", tests)
