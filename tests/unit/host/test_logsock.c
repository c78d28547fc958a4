/*
 * Lines for the system's log: their form, that a log which comes back is reached again, and that
 * what cannot be sent is counted and not waited for.
 */
#include "tools/host/logsock.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/test.h"

static const char path[] = "/tmp/nbtlab-test-logsock";

/* The log itself. */
static int listen_at(char at[64])
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    snprintf(at, 64, "%s.%ld", path, (long)getpid());
    memcpy(a.sun_path, at, strlen(at));
    unlink(at);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

static void take(int fd, char line[5000])
{
    ssize_t n = recv(fd, line, 4999, MSG_DONTWAIT);
    assert_true(n > 0);
    line[n] = '\0';
}

static void a_line_is_what_syslog_sends(void **state)
{
    (void)state;
    char at[64], line[5000], month[8], tail[64], clock[16];
    int pri, day;
    long pid;
    host_logsock l;
    host_err err;
    int fd = listen_at(at);
    assert_true(host_logsock_open(&l, at, "tag", &err));
    host_logsock_say(&l, HOST_LOG_WARNING, "two words, and more", 9);
    take(fd, line);
    assert_int_equal(
        sscanf(line, "<%d>%7s %d %15s tag[%ld]: %63[^\n]", &pri, month, &day, clock, &pid, tail),
        6);
    assert_int_equal(pri, 3 * 8 + 4);
    assert_int_equal(pid, getpid());
    assert_string_equal(tail, "two words");
    assert_int_equal(strlen(month), 3);
    host_logsock_close(&l);
    close(fd);
    unlink(at);
}

static void a_log_that_comes_back_is_reached_again(void **state)
{
    (void)state;
    char at[64], line[5000];
    host_logsock l;
    host_err err;
    int fd = listen_at(at);
    assert_true(host_logsock_open(&l, at, "tag", &err));
    close(fd);
    host_logsock_say(&l, HOST_LOG_NOTICE, "lost", 4);
    assert_int_equal(l.lost, 1);
    fd = listen_at(at);
    host_logsock_say(&l, HOST_LOG_NOTICE, "kept", 4);
    take(fd, line);
    assert_non_null(strstr(line, ": kept"));
    assert_int_equal(l.lost, 1);
    host_logsock_close(&l);
    close(fd);
    unlink(at);
}

static void a_log_that_does_not_read_is_not_waited_for(void **state)
{
    (void)state;
    char at[64];
    host_logsock l;
    host_err err;
    int fd = listen_at(at);
    assert_true(host_logsock_open(&l, at, "tag", &err));
    for (int i = 0; i < 2000; i++)
        host_logsock_say(&l, HOST_LOG_NOTICE, "much", 4);
    assert_true(l.lost > 0);
    host_logsock_close(&l);
    close(fd);
    unlink(at);
}

static void no_log_is_an_error_with_a_remedy(void **state)
{
    (void)state;
    host_logsock l;
    host_err err;
    char much[200];
    assert_false(host_logsock_open(&l, "/nowhere/log", "tag", &err));
    assert_int_equal(err.status, HOST_SYSTEM);
    assert_non_null(strstr(err.text, "leave --syslog away"));
    memset(much, 'x', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    assert_false(host_logsock_open(&l, much, "tag", &err));
    assert_int_equal(err.status, HOST_USAGE);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_line_is_what_syslog_sends),
    NBT_TEST("", a_log_that_comes_back_is_reached_again),
    NBT_TEST("", a_log_that_does_not_read_is_not_waited_for),
    NBT_TEST("", no_log_is_an_error_with_a_remedy),
};

NBT_MAIN("logsock", tests)
