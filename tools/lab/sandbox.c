/*
 * Namespaces through clone(2) and unshare(2). Never touches the interfaces or mounts that the
 * machine has.
 */
#include "tools/lab/sandbox.h"
#include "tools/host/err.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    int err = errno;
    close(fd);
    errno = err;
    return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* user_namespaces(7): an ordinary user may map only itself, and only once setgroups is denied. */
static int become_root_inside(uid_t uid, gid_t gid)
{
    char map[64];
    if (write_file("/proc/self/setgroups", "deny") != 0)
        return -1;
    snprintf(map, sizeof map, "0 %u 1", (unsigned)uid);
    if (write_file("/proc/self/uid_map", map) != 0)
        return -1;
    snprintf(map, sizeof map, "0 %u 1", (unsigned)gid);
    return write_file("/proc/self/gid_map", map);
}

static int private_run(void)
{
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return -1;
    return mount("nbtlab", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
}

static int first_process(int (*inside)(void *), void *arg)
{
    /* The lab must not outlive the command that was typed, even if that is killed. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0); /* an interrupt from the terminal is for the outer process to act on */
    if (private_run() != 0) {
        fprintf(stderr, "nbtlab: the lab's /run could not be mounted: %s\n", strerror(errno));
        return HOST_SYSTEM;
    }
    /* Some containers forbid a new /proc; then process numbers in messages are those outside. */
    (void)mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    return inside(arg);
}

static int exit_status(int status)
{
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int lab_sandbox_wait(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return HOST_SYSTEM;
    }
    return exit_status(status);
}

/* A signal to us ends the sandbox's first process, and with it everything inside. */
static int wait_outside(pid_t pid, const sigset_t *set)
{
    int interrupted = 0, status;
    for (;;) {
        int sig = sigwaitinfo(set, NULL);
        if (sig == SIGCHLD) {
            if (waitpid(pid, &status, WNOHANG) == pid)
                break;
        } else if (sig > 0) {
            interrupted = sig;
            kill(pid, SIGKILL);
        }
    }
    if (!interrupted)
        return exit_status(status);
    fprintf(stderr, "\nnbtlab: interrupted; the lab is gone, with everything in it\n");
    return 128 + interrupted;
}

/*
 * fork(2) into new namespaces; the calling process stays in its own. `user` tells in the child
 * whether a user namespace was needed.
 */
static pid_t fork_into(bool *user)
{
    const long flags = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | SIGCHLD;
    *user = false;
    long pid = syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
    if (pid < 0 && errno == EPERM) {
        *user = true;
        pid = syscall(SYS_clone, flags | CLONE_NEWUSER, NULL, NULL, NULL, NULL);
    }
    return (pid_t)pid;
}

int lab_sandbox_run(int (*inside)(void *arg), void *arg)
{
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, &old);

    bool user;
    uid_t uid = geteuid();
    gid_t gid = getegid();
    fflush(NULL);
    pid_t pid = fork_into(&user);
    if (pid == 0) {
        sigprocmask(SIG_SETMASK, &old, NULL);
        int status = HOST_SYSTEM;
        if (user && become_root_inside(uid, gid) != 0)
            fprintf(stderr, "nbtlab: the lab's user could not be mapped: %s\n", strerror(errno));
        else
            status = first_process(inside, arg);
        fflush(NULL);
        _exit(status);
    }
    if (pid > 0)
        return wait_outside(pid, &set);
    fprintf(stderr,
            "nbtlab: network namespaces are not allowed here (%s): run as root, or allow "
            "unprivileged user namespaces (sysctl user.max_user_namespaces, "
            "kernel.unprivileged_userns_clone)\n",
            strerror(errno));
    return HOST_MISSING;
}

bool lab_sandbox_split(void)
{
    return unshare(CLONE_NEWNS | CLONE_NEWNET) == 0 && private_run() == 0;
}

bool lab_sandbox_network(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    if (unshare(CLONE_NEWNET) == 0)
        return true;
    return errno == EPERM && unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
           become_root_inside(uid, gid) == 0;
}

/* True also when it is ours already. */
static bool enter(pid_t pid, const char *kind, int type)
{
    char path[64], self[64];
    struct stat is, ours;
    snprintf(path, sizeof path, "/proc/%ld/ns/%s", (long)pid, kind);
    snprintf(self, sizeof self, "/proc/self/ns/%s", kind);
    if (stat(path, &is) != 0 || stat(self, &ours) != 0)
        return false;
    if (is.st_ino == ours.st_ino)
        return true;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && setns(fd, type) == 0;
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    return ok;
}

bool lab_sandbox_enter(pid_t pid)
{
    return enter(pid, "user", CLONE_NEWUSER) && enter(pid, "net", CLONE_NEWNET);
}
