/*
 * Runs a command whose output goes nowhere, or with -p through a pipe to cat, and prints what it
 * took: wall, user and system time in microseconds, the most memory in KiB, its exit status. Its
 * standard input and standard error are ours. What cat takes is not counted.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static long long micro(struct timeval t)
{
    return t.tv_sec * 1000000LL + t.tv_usec;
}

/* Where the output goes. With a pipe, somebody is there to read it. */
static int open_output(bool pipe_to_cat)
{
    int ends[2];
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (!pipe_to_cat || nowhere < 0)
        return nowhere;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pid_t cat = fork();
    if (cat == 0) {
        dup2(ends[0], STDIN_FILENO);
        dup2(nowhere, STDOUT_FILENO);
        execlp("cat", "cat", (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    close(nowhere);
    return cat > 0 ? ends[1] : -1;
}

int main(int argc, char **argv)
{
    bool pipe_to_cat = argc > 1 && strcmp(argv[1], "-p") == 0;
    char **command = argv + 1 + pipe_to_cat;
    struct rusage used;
    int status;
    if (!*command) {
        fprintf(stderr, "usage: bench.run [-p] COMMAND...\n");
        return 2;
    }
    int out = open_output(pipe_to_cat);
    long long begun = wall();
    pid_t child = out >= 0 ? fork() : -1;
    if (child == 0) {
        dup2(out, STDOUT_FILENO);
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) < 0) {
        perror("bench.run");
        return 1;
    }
    printf("%lld %lld %lld %ld %d\n", wall() - begun, micro(used.ru_utime), micro(used.ru_stime),
           used.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
