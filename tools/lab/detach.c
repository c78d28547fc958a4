/*
 * Two pipes, read until the word comes. What is said into them later is lost, without harm.
 */
#include "tools/lab/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/host/err.h"

/* A stream of the process: what has come of its last line. */
typedef struct stream {
    int fd; /* -1: it has ended */
    FILE *to;
    char line[1024];
    size_t n;
} stream;

static void listen_to(stream *s, bool (*ready)(const char *line), bool *came)
{
    char text[512];
    ssize_t n = read(s->fd, text, sizeof text);
    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0) {
        close(s->fd);
        s->fd = -1;
        return;
    }
    fwrite(text, 1, (size_t)n, s->to);
    fflush(s->to);
    for (ssize_t i = 0; i < n; i++) {
        if (text[i] != '\n') {
            s->n += s->n < sizeof s->line - 1;
            s->line[s->n - 1] = text[i];
            continue;
        }
        s->line[s->n] = '\0';
        *came = *came || (s->to == stdout && ready(s->line));
        s->n = 0;
    }
}

static int wait_for(pid_t pid, int out, int err, bool (*ready)(const char *line))
{
    stream s[] = { { .fd = out, .to = stdout }, { .fd = err, .to = stderr } };
    bool came = false;
    int status = 0;
    while (!came && (s[0].fd >= 0 || s[1].fd >= 0)) {
        struct pollfd p[] = { { .fd = s[0].fd, .events = POLLIN },
                              { .fd = s[1].fd, .events = POLLIN } };
        if (poll(p, 2, -1) < 0)
            continue;
        for (int i = 1; i >= 0; i--) /* what is wrong is said first */
            if (p[i].revents)
                listen_to(&s[i], ready, &came);
    }
    if (came)
        return HOST_OK;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int lab_detach(int (*run)(const void *arg), const void *arg, bool (*ready)(const char *line))
{
    int out[2], err[2], null;
    host_err trouble;
    fflush(NULL);
    pid_t pid = pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0 ? fork() : -1;
    if (pid < 0) {
        host_err_set(&trouble, HOST_SYSTEM, "no process can be started: %s", strerror(errno));
        return host_err_print("nbtlab", &trouble);
    }
    if (pid == 0) {
        setsid();
        signal(SIGPIPE, SIG_IGN);
        null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (null >= 0 && dup2(null, 0) == 0 && dup2(out[1], 1) == 1 && dup2(err[1], 2) == 2) {
            close(out[0]);
            close(err[0]);
            _exit(run(arg));
        }
        _exit(HOST_SYSTEM);
    }
    close(out[1]);
    close(err[1]);
    return wait_for(pid, out[0], err[0], ready);
}
