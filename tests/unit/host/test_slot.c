/* A console's places: as many as it has, and free again when their holder closes them or dies. */
#include "tools/host/slot.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

static char folder[] = "/tmp/nbtlab-slot-XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

static int take(const char *driver, unsigned count)
{
    int fd = -2;
    host_err err;
    assert_true(host_slot_take(driver, count, &fd, &err));
    return fd;
}

static void there_are_as_many_as_there_are(void **state)
{
    (void)state;
    int fd[4];
    for (unsigned i = 0; i < 4; i++) {
        fd[i] = take("console.sock", 4);
        assert_true(fd[i] >= 0);
    }
    assert_int_equal(take("console.sock", 4), -1);
    close(fd[1]);
    fd[1] = take("console.sock", 4);
    assert_true(fd[1] >= 0);
    assert_int_equal(take("console.sock", 4), -1);
    for (unsigned i = 0; i < 4; i++)
        close(fd[i]);
    assert_int_equal(take("console.sock", 0), -1);
}

static void each_console_has_its_own(void **state)
{
    (void)state;
    int one = take("one.sock", 1), other = take("other.sock", 1);
    assert_true(one >= 0 && other >= 0);
    close(one);
    close(other);
}

static void a_path_may_be_written_in_any_way(void **state)
{
    (void)state;
    char whole[64], last[64];
    FILE *f = fopen("console.sock", "w"); /* any file will do */
    assert_non_null(f);
    fclose(f);
    snprintf(whole, sizeof whole, "%s/console.sock", folder);
    snprintf(last, sizeof last, "../%s/./console.sock", strrchr(folder, '/') + 1);
    int fd = take("console.sock", 1);
    assert_true(fd >= 0);
    assert_int_equal(take(whole, 1), -1);
    assert_int_equal(take(last, 1), -1);
    close(fd);
    unlink("console.sock");
}

static void who_dies_holds_nothing(void **state)
{
    (void)state;
    int pipes[2], status;
    char c;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        host_err err;
        int fd;
        bool ok = host_slot_take("console.sock", 1, &fd, &err) && fd >= 0;
        (void)!write(pipes[1], ok ? "y" : "n", 1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(pipes[0], &c, 1), 1);
    assert_int_equal(c, 'y');
    assert_int_equal(take("console.sock", 1), -1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    int fd = take("console.sock", 1);
    assert_true(fd >= 0);
    close(fd);
    close(pipes[0]);
    close(pipes[1]);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", there_are_as_many_as_there_are),
    NBT_TEST("", each_console_has_its_own),
    NBT_TEST("", a_path_may_be_written_in_any_way),
    NBT_TEST("", who_dies_holds_nothing),
};

int main(void)
{
    return cmocka_run_group_tests_name("slot", tests, enter_folder, leave_folder);
}
