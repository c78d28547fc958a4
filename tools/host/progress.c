/*
 * Progress of long runs.
 */
#include "tools/host/progress.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopped; /* signals have no other way in */

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static double clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void host_progress_init(host_progress *p)
{
    struct sigaction once = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
    *p = (host_progress){ .terminal = isatty(STDERR_FILENO) };
    p->begun = p->shown = clock_now();
    sigaction(SIGINT, &once, NULL);
    sigaction(SIGTERM, &once, NULL);
}

bool host_progress_stopped(void)
{
    return stopped;
}

double host_progress_seconds(const host_progress *p)
{
    return clock_now() - p->begun;
}

bool host_progress_due(host_progress *p)
{
    double now = clock_now();
    if (now - p->shown < (p->terminal ? 0.1 : 1.0))
        return false;
    p->shown = now;
    return true;
}

void host_progress_show(host_progress *p, double done, double all, const char *text)
{
    enum { BAR = 30 };
    static const char full[] = "##############################";
    if (!p->terminal) {
        fprintf(stderr, "%s\n", text);
        return;
    }
    int n = all > 0 && done < all ? (int)(done * BAR / all) : BAR;
    fprintf(stderr, "\r[%.*s%*s] %s\033[K", n, full, BAR - n, "", text);
    fflush(stderr);
    p->drawn = true;
}

void host_progress_clear(host_progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = false;
}
