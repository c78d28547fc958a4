/* The holder of a port is found by process, or at least by user. */
#include "tools/host/who.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/netns.h"
#include "tests/support/test.h"

static int hold(int type, uint32_t ip, uint16_t port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(ip) };
    int fd = socket(AF_INET, type, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static const char *self(char *buf, size_t cap)
{
    char comm[32];
    snprintf(buf, cap, "%s (pid %ld)", host_comm(getpid(), comm, sizeof comm), (long)getpid());
    return buf;
}

static void own_sockets_are_found(void **state)
{
    (void)state;
    char who[128], me[64];
    int udp = hold(SOCK_DGRAM, INADDR_LOOPBACK, 5137), tcp = hold(SOCK_STREAM, INADDR_ANY, 5139);
    self(me, sizeof me);
    nbt_ep lo137 = { INADDR_LOOPBACK, 5137 }, any137 = { 0, 5137 };
    nbt_ep lo139 = { INADDR_LOOPBACK, 5139 }, other = { INADDR_LOOPBACK + 1, 5137 };
    assert_string_equal(host_who(HOST_UDP, lo137, who, sizeof who), me);
    assert_string_equal(host_who(HOST_UDP, any137, who, sizeof who), me);
    assert_string_equal(host_who(HOST_TCP, lo139, who, sizeof who), me);
    assert_string_equal(host_who(HOST_TCP, lo137, who, sizeof who), "another process");
    assert_string_equal(host_who(HOST_UDP, other, who, sizeof who), "another process");
    close(udp);
    close(tcp);
}

static void an_ipv6_wildcard_counts(void **state)
{
    (void)state;
    char who[128], me[64];
    struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_port = htons(5139) };
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd < 0)
        skip();
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 1), 0);
    nbt_ep ep = { INADDR_LOOPBACK, 5139 };
    assert_string_equal(host_who(HOST_TCP, ep, who, sizeof who), self(me, sizeof me));
    close(fd);
}

/* What another user's process holds is not to be seen; but whose it is, is. */
static void a_process_that_is_hidden(void **state)
{
    (void)state;
    int fd = hold(SOCK_DGRAM, INADDR_LOOPBACK, 5137), status;
    pid_t pid = fork();
    if (pid == 0) {
        char who[128];
        close(fd); /* the parent keeps it */
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(77); /* a user namespace has one user only */
        host_who(HOST_UDP, (nbt_ep){ INADDR_LOOPBACK, 5137 }, who, sizeof who);
        _exit(strcmp(who, "another process, of user root") == 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(fd);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void nobody_is_told_from_somebody(void **state)
{
    (void)state;
    char who[128], me[64];
    nbt_ep ep = { INADDR_LOOPBACK, 5137 };
    assert_false(host_who_holds(HOST_UDP, ep, who, sizeof who));
    int fd = hold(SOCK_DGRAM, INADDR_LOOPBACK, 5137);
    assert_false(host_who_holds(HOST_TCP, ep, who, sizeof who));
    assert_false(host_who_holds(HOST_UDP, (nbt_ep){ INADDR_LOOPBACK + 1, 5137 }, who, sizeof who));
    assert_true(host_who_holds(HOST_UDP, ep, who, sizeof who));
    assert_string_equal(who, self(me, sizeof me));
    close(fd);
}

static void the_whole_error(void **state)
{
    (void)state;
    char me[64], text[256];
    host_err err;
    int fd = hold(SOCK_DGRAM, INADDR_LOOPBACK, 5137);
    host_who_err(&err, HOST_UDP, (nbt_ep){ 0, 5137 }, "10.0.0.1", "choose another interface");
    snprintf(text, sizeof text,
             "UDP port 5137 of 10.0.0.1 is taken by %s; stop it or choose another interface",
             self(me, sizeof me));
    assert_int_equal(err.status, HOST_PORT);
    assert_string_equal(err.text, text);
    close(fd);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", own_sockets_are_found),    NBT_TEST("", an_ipv6_wildcard_counts),
    NBT_TEST("", a_process_that_is_hidden), NBT_TEST("", nobody_is_told_from_somebody),
    NBT_TEST("", the_whole_error),
};

NBT_MAIN_NETNS("who", tests)
