/* What a process can no longer do once it has given it up. */
#include "tools/host/drop.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

/* Runs in a child that has dropped everything; its answer is the exit status. */
static int in_child(int (*what)(void))
{
    host_err err;
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(host_drop(&err) ? what() : 99);
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
    NBT_TEST("", dangerous_things_fail),
    NBT_TEST("", the_drivers_work_goes_on),
};

NBT_MAIN("drop", tests)
