/* What a process can no longer do once it has given it up. */
#include "tools/host/drop.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

/* A folder of this test, and two files that it may make. */
static char kept_folder[] = "/tmp/test_drop.XXXXXX";
static char inside[64], outside[64];

/* Runs in a child that has dropped everything; its answer is the exit status. */
static int in_child(int (*what)(void))
{
    const char *const kept[] = { NULL, inside[0] ? inside : NULL };
    host_err err;
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(host_drop(kept, 2, &err) ? what() : 99);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int start_a_program(void)
{
    static char path[] = "/bin/true";
    char *argv[] = { path, NULL };
    execv(path, argv);
    return errno;
}

static int enter_a_namespace(void)
{
    return unshare(CLONE_NEWNET) == 0 ? 0 : errno;
}

static int open_a_raw_socket(void)
{
    return socket(AF_INET, SOCK_RAW, 1) >= 0 ? 0 : errno;
}

static int open_a_tcp_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : errno;
}

static int make_a_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 ? errno : unlink(path) == 0 ? 0 : errno;
}

static int make_one_inside(void)
{
    return make_a_file(inside);
}

static int make_one_outside(void)
{
    return make_a_file(outside);
}

static int read_one(void)
{
    int fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
    return fd >= 0 || errno == ENOENT ? 0 : errno;
}

static bool kernel_has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

static void files_change_in_one_folder_alone(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(kept_folder));
    snprintf(inside, sizeof inside, "%s/file", kept_folder);
    snprintf(outside, sizeof outside, "%s.file", kept_folder);
    assert_int_equal(in_child(make_one_inside), 0);
    assert_int_equal(in_child(read_one), 0);
    int elsewhere = in_child(make_one_outside);
    assert_int_equal(rmdir(kept_folder), 0);
    inside[0] = '\0'; /* the other tests keep nothing */
    if (!kernel_has_landlock()) {
        print_message("this kernel has no Landlock: files elsewhere are not closed off\n");
        skip();
    }
    assert_int_equal(elsewhere, EACCES);
}

static void no_folder(void **state)
{
    static const char *const kept[] = { "/nowhere/at/all" };
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        host_err err;
        _exit(host_drop(kept, 1, &err) ? 1 : err.status == HOST_SYSTEM ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!kernel_has_landlock())
        skip();
    assert_int_equal(status, 0);
}

static void dangerous_things_fail(void **state)
{
    (void)state;
    assert_int_equal(in_child(start_a_program), EPERM);
    assert_int_equal(in_child(enter_a_namespace), EPERM);
    assert_int_equal(in_child(open_a_raw_socket), EPERM);
}

static void the_drivers_work_goes_on(void **state)
{
    (void)state;
    assert_int_equal(in_child(open_a_tcp_socket), 0);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", files_change_in_one_folder_alone),
    NBT_TEST("", no_folder),
    NBT_TEST("", dangerous_things_fail),
    NBT_TEST("", the_drivers_work_goes_on),
};

NBT_MAIN("drop", tests)
