/*
 * The file of a Unix socket, and what may be in its place.
 */
#include "tools/host/localsock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/host/who.h"

enum { BACKLOG = 16 };

/* Whether `path` may be bound after all: it is a socket on which nobody listens. It is removed. */
static bool remove_stale(const host_localsock *l, int type, host_err *err)
{
    const char *path = l->at.sun_path;
    struct stat st;
    if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
        host_err_set(err, HOST_DRIVER, "%s is there and is no socket; choose another path", path);
        return false;
    }
    int fd = host_localsock_connect(path, type);
    if (fd >= 0) {
        struct ucred peer = { 0 };
        socklen_t len = sizeof peer;
        char comm[32];
        (void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
        host_err_set(err, HOST_DRIVER,
                     "the socket path %s is in use by %s (pid %ld); stop it or choose another "
                     "path",
                     path, host_comm(peer.pid, comm, sizeof comm), (long)peer.pid);
        close(fd);
        return false;
    }
    if (errno != ECONNREFUSED || unlink(path) != 0) {
        host_err_set(err, HOST_SYSTEM, "the socket path %s cannot be used: %s", path,
                     strerror(errno));
        return false;
    }
    return true;
}

static bool bind_here(host_localsock *l)
{
    struct stat st;
    if (bind(l->fd, (struct sockaddr *)&l->at, sizeof l->at) != 0)
        return false;
    if (lstat(l->at.sun_path, &st) == 0) {
        l->dev = st.st_dev;
        l->ino = st.st_ino;
    }
    return listen(l->fd, BACKLOG) == 0;
}

/*
 * Binds, in the place of a stale file if need be. The folder is locked meanwhile, so that of two
 * processes that start at the same moment the one does not take the other's fresh socket for stale.
 */
static bool take_path(host_localsock *l, int type, host_err *err)
{
    char copy[sizeof l->at.sun_path];
    memcpy(copy, l->at.sun_path, sizeof copy);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || flock(folder, LOCK_EX) != 0) {
        host_err_set(err, HOST_SYSTEM, "the folder of the socket path %s cannot be used: %s",
                     l->at.sun_path, strerror(errno));
        if (folder >= 0)
            close(folder);
        return false;
    }
    bool taken = bind_here(l);
    if (!taken && errno != EADDRINUSE)
        host_err_set(err, HOST_SYSTEM, "no socket can be made at %s: %s", l->at.sun_path,
                     strerror(errno));
    else if (!taken && remove_stale(l, type, err)) {
        taken = bind_here(l);
        if (!taken)
            host_err_set(err, HOST_SYSTEM, "no socket can be made at %s: %s", l->at.sun_path,
                         strerror(errno));
    }
    close(folder);
    return taken;
}

bool host_localsock_listen(host_localsock *l, const char *path, int type, host_err *err)
{
    *l = (host_localsock){ .fd = -1, .at.sun_family = AF_UNIX };
    if (strlen(path) >= sizeof l->at.sun_path) {
        host_err_set(err, HOST_DRIVER,
                     "%s is too long for a socket's path (%zu octets); choose another path", path,
                     sizeof l->at.sun_path - 1);
        return false;
    }
    memcpy(l->at.sun_path, path, strlen(path));
    l->fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0) {
        host_err_set(err, HOST_SYSTEM, "no socket to be had: %s", strerror(errno));
        return false;
    }
    if (take_path(l, type, err))
        return true;
    close(l->fd);
    l->fd = -1;
    return false;
}

void host_localsock_remove(const host_localsock *l)
{
    struct stat st;
    if (lstat(l->at.sun_path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
        unlink(l->at.sun_path);
}

int host_localsock_connect(const char *path, int type)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof at.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(at.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

bool host_localsock_path(const char *name, char *buf, size_t cap, host_err *err)
{
    const char *run = getenv("XDG_RUNTIME_DIR");
    size_t n = (size_t)snprintf(buf, cap, "%s/nbtlab", run && run[0] == '/' ? run : "/run");
    if (n < cap && mkdir(buf, 0755) != 0 && errno != EEXIST) {
        host_err_set(err, HOST_SYSTEM, "the folder %s cannot be made: %s; give --socket PATH", buf,
                     strerror(errno));
        return false;
    }
    if (n < cap)
        n += (size_t)snprintf(buf + n, cap - n, "/");
    for (const char *c = name; *c && n < cap; c++)
        n += (size_t)snprintf(buf + n, cap - n,
                              isalnum((unsigned char)*c) || strchr("-_$!", *c) ? "%c" : "%%%02X",
                              (unsigned char)*c);
    if (n < cap)
        n += (size_t)snprintf(buf + n, cap - n, ".sock");
    if (n >= cap) {
        host_err_set(err, HOST_SYSTEM, "the folder for the socket has too long a name: %s", buf);
        return false;
    }
    return true;
}
