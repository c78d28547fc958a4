/*
 * rcagent, once for each agent. Which command lines these are args.h knows.
 */
#include "tools/lab/upprogs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/lab/args.h"
#include "tools/lab/lab.h"

bool lab_upprogs_wants(const lab_upset *set, const scene_program *p)
{
    if (p->kind != SCENE_AGENT || p->off)
        return false;
    for (uint32_t low = 0, high = set->n; low < high;) { /* they are in ascending order */
        uint32_t at = low + (high - low) / 2;
        if (set->host[at] == p->host)
            return true;
        if (set->host[at] < p->host)
            low = at + 1;
        else
            high = at;
    }
    return false;
}

bool lab_upprogs_check(const lab_upset *set, host_err *err)
{
    unsigned n = 0, tcp = 0;
    const char *why = NULL;
    for (uint32_t i = 0; i < set->s.nprograms; i++) {
        const scene_program *p = &set->s.program[i];
        if (!lab_upprogs_wants(set, p))
            continue;
        tcp += p->agent.protocols & ~(unsigned)RC_SPEAKS_NETBIOS ? 1 : 0;
        if (++n > LAB_UPPROGS_MAX)
            why = "would be one agent too many for one machine: cut the lab with --shard";
        else if (tcp > 1)
            why = "would be the second agent of this machine that speaks TCP: protocols=netbios";
        else if (lab_args_has_files(p))
            why = "has files, which are moved on the simulated network only";
        if (!why)
            continue;
        host_err_set(err, HOST_USAGE, "%s:%u: %s %s", set->path, p->pos.line, p->name, why);
        return false;
    }
    return true;
}

/* The process itself becomes the program. */
static void become(const lab_args *args)
{
    char folder[PATH_MAX], path[PATH_MAX + 16];
    char *argv[LAB_ARGS_MAX + 1] = { NULL };
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    signal(SIGINT, SIG_DFL);
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || !lab_folder(folder, sizeof folder))
        return;
    snprintf(path, sizeof path, "%s/%s", folder, args->at[0]);
    for (unsigned i = 0; i < args->n; i++)
        memcpy(&argv[i], &args->at[i], sizeof argv[i]); /* execv leaves them alone */
    execv(path, argv);
}

void lab_upprogs_start(lab_upprogs *p, const lab_upset *set, const char *who,
                       void (*path)(void *arg, const char *computer, char *to, size_t cap),
                       void *arg)
{
    pid_t parent = getpid();
    for (uint32_t i = 0; i < set->s.nprograms && p->n < LAB_UPPROGS_MAX; i++) {
        const scene_program *program = &set->s.program[i];
        char driver[PATH_MAX];
        lab_args args;
        if (!lab_upprogs_wants(set, program))
            continue;
        path(arg, set->s.host[program->host].name, driver, sizeof driver);
        lab_args_agent(&args, &set->s, program, driver, NULL);
        pid_t pid = args.full ? -1 : fork();
        if (pid == 0) {
            if (getppid() == parent)
                become(&args);
            _exit(HOST_SYSTEM);
        }
        if (pid < 0) {
            fprintf(stderr, "%s: %s cannot be started: %s\n", who, program->name,
                    args.full ? "its command line is too long" : strerror(errno));
            continue;
        }
        p->at[p->n].pid = pid;
        memcpy(p->at[p->n++].name, program->name, sizeof program->name);
    }
}

bool lab_upprogs_ended(lab_upprogs *p, const char *who, pid_t pid, int status)
{
    for (unsigned i = 0; i < p->n; i++) {
        if (p->at[i].pid != pid)
            continue;
        p->at[i].pid = 0;
        fprintf(stderr, "%s: %s has ended with status %d\n", who, p->at[i].name,
                WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        return true;
    }
    return false;
}

void lab_upprogs_stop(lab_upprogs *p)
{
    for (unsigned i = 0; i < p->n; i++)
        if (p->at[i].pid > 0)
            kill(p->at[i].pid, SIGTERM);
    for (unsigned i = 0; i < p->n; i++)
        while (p->at[i].pid > 0 && waitpid(p->at[i].pid, NULL, 0) < 0 && errno == EINTR)
            ;
}
