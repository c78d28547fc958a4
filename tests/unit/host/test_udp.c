/*
 * Addresses of packets, in and out: on lo, and between two adapters of one computer on one network,
 * as the case of the reproduction has it.
 */
#include "tools/host/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/netns.h"
#include "tests/support/test.h"
#include "tests/support/turn.h"
#include "tools/host/drop.h"
#include "tools/host/mem.h"

enum { PORT = 5137, LO = 0x7F000001 };

typedef struct packet {
    uint8_t lana;
    nbt_ep from, to;
    uint8_t data[64];
    size_t n;
} packet;

typedef struct world {
    uv_loop_t uv;
    host_udp *udp;
    packet got[128];
    size_t n;
    int errors[8]; /* as `trouble` told them */
    size_t nerrors;
} world;

static void rx(void *ctx, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    world *w = ctx;
    packet *p = &w->got[w->n++];
    *p = (packet){ .lana = lana, .from = from, .to = to, .n = data.n };
    memcpy(p->data, data.p, data.n < sizeof p->data ? data.n : sizeof p->data);
}

static void trouble(void *ctx, uint8_t lana, int error)
{
    world *w = ctx;
    (void)lana;
    w->errors[w->nerrors++] = error;
}

static world *begin_as(bool busy)
{
    world *w = calloc(1, sizeof *w);
    host_udp_cfg cfg = { .ctx = w, .rx = rx, .trouble = trouble, .busy = busy };
    assert_non_null(w);
    uv_loop_init(&w->uv);
    w->udp = host_udp_new(&w->uv, &cfg);
    assert_non_null(w->udp);
    return w;
}

static world *begin(void)
{
    return begin_as(false);
}

static void end(world *w)
{
    host_udp_free(w->udp);
    test_turn_end(&w->uv);
    free(w);
}

static void open_on(world *w, uint8_t lana, const char *name)
{
    host_iface iface;
    host_err err = { .text = "" };
    assert_true(host_iface_find(name, &iface, &err));
    if (!host_udp_open(w->udp, lana, &iface, PORT, &err))
        fail_msg("%s", err.text);
}

static void add(nbt_out *out, uint8_t lana, uint32_t from, nbt_ep to, const char *text)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_SEND, text, strlen(text));
    act->lana = lana;
    act->from = (nbt_ep){ from, PORT };
    act->to = to;
}

static void send_to(world *w, uint8_t lana, uint32_t from, nbt_ep to, const char *text)
{
    nbt_out out;
    nbt_out_init(&out, host_mem());
    add(&out, lana, from, to, text);
    host_udp_send(w->udp, &out);
    nbt_out_fini(&out);
}

/* Some packet is as described; they come in any order. */
static void assert_got(const world *w, uint8_t lana, uint32_t from, uint32_t to, const char *text)
{
    for (size_t i = 0; i < w->n; i++) {
        const packet *p = &w->got[i];
        if (p->lana == lana && p->from.ip == from && p->to.ip == to && p->to.port == PORT &&
            p->n == strlen(text) && memcmp(p->data, text, p->n) == 0)
            return;
    }
    fail_msg("no packet \"%s\" from %08X to %08X on LANA %u", text, from, to, lana);
}

static void addresses(bool busy)
{
    world *w = begin_as(busy);
    open_on(w, 3, "lo");
    send_to(w, 3, LO, (nbt_ep){ LO, PORT }, "one");
    send_to(w, 3, LO + 4, (nbt_ep){ LO + 1, PORT }, "two");
    send_to(w, 3, LO, (nbt_ep){ 0x7FFFFFFF, PORT }, "broadcast");
    test_turn_until(&w->uv, w->n == 3);
    assert_got(w, 3, LO, LO, "one");
    assert_got(w, 3, LO + 4, LO + 1, "two");
    assert_got(w, 3, LO, 0x7FFFFFFF, "broadcast");
    assert_int_equal(w->got[0].from.port, PORT);
    assert_int_equal(w->nerrors, 0);
    end(w);
}

static void destination_and_source_addresses(void **state)
{
    (void)state;
    addresses(false);
}

/* With a socket for the own address and one for all others, and a port that nobody else gets. */
static void addresses_where_much_is_expected(void **state)
{
    (void)state;
    addresses(true);
}

static bool can_bind(uint32_t ip)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    int on = 1, fd = socket(AF_INET, SOCK_DGRAM, 0);
    a.sin_addr.s_addr = htonl(ip);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), 0);
    bool can = bind(fd, (struct sockaddr *)&a, sizeof a) == 0;
    close(fd);
    return can;
}

static void a_port_that_is_taken_stays_taken(void **state)
{
    (void)state;
    for (int busy = 0; busy < 2; busy++) {
        world *w = begin_as(busy);
        assert_true(can_bind(LO));
        open_on(w, 0, "lo");
        assert_false(can_bind(LO));
        assert_false(can_bind(INADDR_ANY));
        end(w);
    }
}

static void batches(bool busy)
{
    world *w = begin_as(busy);
    nbt_out out;
    open_on(w, 0, "lo");
    nbt_out_init(&out, host_mem());
    for (uint8_t i = 0; i < 100; i++) {
        nbt_act *act = nbt_out_add(&out, NBT_ACT_SEND, &i, 1);
        act->from = act->to = (nbt_ep){ LO, PORT };
        nbt_out_add(&out, NBT_ACT_TRACE, NULL, 0); /* passed over */
    }
    host_udp_send(w->udp, &out);
    nbt_out_fini(&out);
    test_turn_until(&w->uv, w->n == 100);
    for (uint8_t i = 0; i < 100; i++)
        assert_int_equal(w->got[i].data[0], i);
    end(w);
}

static void more_than_a_batch_in_one_list(void **state)
{
    (void)state;
    batches(false);
    batches(true);
}

static void a_large_packet_is_whole(void **state)
{
    (void)state;
    world *w = begin();
    char *text = calloc(1, 60001);
    open_on(w, 0, "lo");
    memset(text, 'x', 60000);
    send_to(w, 0, LO, (nbt_ep){ LO, PORT }, text);
    test_turn_until(&w->uv, w->n == 1);
    assert_int_equal(w->got[0].n, 60000);
    free(text);
    end(w);
}

static void on_timer(uv_timer_t *timer)
{
    timer->data = timer; /* it is over */
}

static void what_cannot_be_sent_is_told_once(void **state)
{
    (void)state;
    world *w = begin();
    nbt_out out;
    open_on(w, 0, "lo");
    nbt_out_init(&out, host_mem());
    add(&out, 0, 0x08080808, (nbt_ep){ LO, PORT }, "not our address");
    add(&out, 0, 0x08080808, (nbt_ep){ LO, PORT }, "still not");
    add(&out, 0, LO, (nbt_ep){ LO, PORT }, "well");
    host_udp_send(w->udp, &out);
    nbt_out_fini(&out);
    test_turn_until(&w->uv, w->n == 1);
    assert_int_equal(w->nerrors, 2);
    assert_int_not_equal(w->errors[0], 0);
    assert_int_equal(w->errors[1], 0);
    end(w);
}

/* CVE-2014-0244: an empty datagram is one, and an error that waits at the socket (here that nobody
 * is at a port) is no reason to try again and again. */
static void empty_datagrams_and_errors_do_not_spin(void **state)
{
    (void)state;
    world *w = begin();
    nbt_out out;
    open_on(w, 0, "lo");
    nbt_out_init(&out, host_mem());
    for (int i = 0; i < 5; i++) {
        add(&out, 0, LO, (nbt_ep){ LO, 5139 }, "nobody is there");
        add(&out, 0, LO, (nbt_ep){ LO, PORT }, "");
    }
    host_udp_send(w->udp, &out);
    nbt_out_clear(&out);
    test_turn_until(&w->uv, w->n == 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(w->got[i].n, 0);
    clock_t before = clock(); /* the processor's time: waiting costs none */
    uv_timer_t timer;
    uv_timer_init(&w->uv, &timer);
    timer.data = NULL;
    uv_timer_start(&timer, on_timer, 200, 0);
    test_turn_until(&w->uv, timer.data != NULL);
    assert_true((double)(clock() - before) / CLOCKS_PER_SEC < 0.1);
    uv_close((uv_handle_t *)&timer, NULL);
    add(&out, 0, LO, (nbt_ep){ LO, PORT }, "well");
    host_udp_send(w->udp, &out);
    nbt_out_fini(&out);
    test_turn_until(&w->uv, w->n == 6);
    assert_int_equal(w->got[5].n, 4);
    end(w);
}

/* Two adapters on one network: each hears the other over the wire, and a broadcast's sender hears
 * itself. */
static void two_adapters_on_one_network(void **state)
{
    (void)state;
    enum { A = 0x0A070001, B = 0x0A070002, ALL = 0x0A0700FF };
    test_netns_ip("link add udpa type veth peer name udpb");
    test_netns_ip("address add 10.7.0.1/24 dev udpa");
    test_netns_ip("address add 10.7.0.2/24 dev udpb");
    test_netns_ip("link set udpa up");
    test_netns_ip("link set udpb up");
    static const char *const names[] = { "all", "udpa", "udpb" };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        test_netns_sysctl(names[i], "accept_local", "1");
        test_netns_sysctl(names[i], "rp_filter", "0");
    }
    test_netns_await_up("udpa");
    test_netns_await_up("udpb");
    world *w = begin();
    open_on(w, 0, "udpa");
    open_on(w, 1, "udpb");

    send_to(w, 0, A, (nbt_ep){ ALL, PORT }, "who");
    test_turn_until(&w->uv, w->n == 2);
    assert_got(w, 0, A, ALL, "who");
    assert_got(w, 1, A, ALL, "who");

    send_to(w, 1, B, (nbt_ep){ A, PORT }, "me");
    test_turn_until(&w->uv, w->n == 3);
    assert_got(w, 0, B, A, "me");

    /* A program of this machine, which knows nothing of interfaces. */
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(PORT),
                              .sin_addr.s_addr = htonl(B) };
    assert_int_equal(sendto(fd, "local", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
    test_turn_until(&w->uv, w->n == 4);
    assert_got(w, 1, B, B, "local");
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    char answer[8];
    send_to(w, 1, B, w->got[3].from, "yes");
    assert_int_equal(recvfrom(fd, answer, sizeof answer, 0, (struct sockaddr *)&from, &len), 3);
    assert_int_equal(ntohl(from.sin_addr.s_addr), B);
    assert_int_equal(ntohs(from.sin_port), PORT);
    close(fd);
    end(w);
}

/* A packet for one adapter comes in by the other's interface, since Linux answers ARP there, too.
 */
static void the_destination_decides(void **state)
{
    (void)state;
    enum { A = 0x0A080001, FROM = 0x0A080009 };
    test_netns_ip("link add udpc type veth peer name udpd");
    test_netns_ip("link add udpe type veth peer name udpf");
    test_netns_ip("address add 10.8.0.1/32 dev udpc");
    test_netns_ip("address add 10.8.0.2/32 dev udpe");
    test_netns_ip("address add 10.8.0.9/32 dev udpf");
    static const char *const names[] = { "udpc", "udpd", "udpe", "udpf" };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        char up[32];
        snprintf(up, sizeof up, "link set %s up", names[i]);
        test_netns_ip(up);
        test_netns_sysctl(names[i], "accept_local", "1");
        test_netns_sysctl(names[i], "rp_filter", "0");
    }
    test_netns_sysctl("all", "rp_filter", "0");
    test_netns_ip("route add 10.8.0.1/32 dev udpf"); /* to udpe, whose address it is not */
    test_netns_await_up("udpe");
    test_netns_await_up("udpf");
    world *w = begin();
    open_on(w, 0, "udpc");
    open_on(w, 1, "udpe");

    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(PORT),
                              .sin_addr.s_addr = htonl(A) };
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "udpf", 4), 0);
    assert_int_equal(sendto(fd, "stray", 5, 0, (struct sockaddr *)&to, sizeof to), 5);
    test_turn_until(&w->uv, w->n == 1);
    assert_got(w, 0, FROM, A, "stray");
    close(fd);
    end(w);
}

static void a_taken_port_names_its_holder(void **state)
{
    (void)state;
    world *w = begin(), *second = begin();
    host_iface lo;
    host_err err;
    char pid[32];
    open_on(w, 0, "lo");
    assert_true(host_iface_find("lo", &lo, &err));
    assert_false(host_udp_open(second->udp, 0, &lo, PORT, &err));
    assert_int_equal(err.status, HOST_PORT);
    snprintf(pid, sizeof pid, "(pid %ld); stop it or", (long)getpid());
    assert_non_null(strstr(err.text, "UDP port 5137 of 127.0.0.1 is taken by "));
    assert_non_null(strstr(err.text, pid));
    end(second);
    end(w);
}

static void a_low_port_needs_a_privilege(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        world *w = begin();
        host_iface lo;
        host_err err;
        if (!host_drop(NULL, 0, &err) || !host_iface_find("lo", &lo, &err) ||
            host_udp_open(w->udp, 0, &lo, 137, &err))
            _exit(100);
        bool told = strstr(err.text, "UDP port 137 of 127.0.0.1 needs the privilege");
        _exit(told ? (int)err.status : 101);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), HOST_MISSING);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", destination_and_source_addresses),
    NBT_TEST("", addresses_where_much_is_expected),
    NBT_TEST("", a_port_that_is_taken_stays_taken),
    NBT_TEST("", more_than_a_batch_in_one_list),
    NBT_TEST("", a_large_packet_is_whole),
    NBT_TEST("H72", what_cannot_be_sent_is_told_once),
    NBT_TEST("H73", empty_datagrams_and_errors_do_not_spin),
    NBT_TEST("", two_adapters_on_one_network),
    NBT_TEST("", the_destination_decides),
    NBT_TEST("", a_taken_port_names_its_holder),
    NBT_TEST("", a_low_port_needs_a_privilege),
};

NBT_MAIN_NETNS("udp", tests)
