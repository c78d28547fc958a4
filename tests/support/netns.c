/*
 * unshare(2) and ip(8). Never touches the network that the machine has.
 */
#include "tests/support/netns.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/support/test.h"

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        fail_msg("cannot write \"%s\" to %s", text, path);
    close(fd);
}

static void become_root(uid_t uid, gid_t gid)
{
    char map[64];
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", uid);
    write_file("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", gid);
    write_file("/proc/self/gid_map", map);
}

int test_netns_enter(void **state)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    (void)state;
    if (unshare(CLONE_NEWNET) != 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
            puts("skipped: network namespaces are not allowed here");
            exit(77);
        }
        become_root(uid, gid);
    }
    test_netns_ip("link set lo up");
    return 0;
}

void test_netns_ip(const char *arguments)
{
    char line[256];
    snprintf(line, sizeof line, "ip %s", arguments);
    fflush(NULL);
    if (system(line) != 0)
        fail_msg("this failed: %s", line);
}

void test_netns_await_up(const char *interface)
{
    char line[128];
    snprintf(line, sizeof line, "ip -o link show dev %s | grep -q 'state UP'", interface);
    fflush(NULL);
    for (int tries = 0; system(line) != 0; tries++)
        if (tries == 1000)
            fail_msg("%s does not come up", interface);
}

void test_netns_sysctl(const char *interface, const char *key, const char *value)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/net/ipv4/conf/%s/%s", interface, key);
    write_file(path, value);
}
