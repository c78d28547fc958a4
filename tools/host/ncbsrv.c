/*
 * The listening side of the driver's socket. What arrives is handed on; nothing is decided here.
 */
#include "tools/host/ncbsrv.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/host/ncbsock.h"
#include "tools/host/who.h"

enum { BACKLOG = 16 };

typedef struct program {
    LIST_ENTRY(program) link;
    host_ncbsrv *srv;
    host_ncbsock *sock;
    uint32_t proc;
    pid_t pid;
} program;

struct host_ncbsrv {
    uv_loop_t *uv;
    host_ncbsrv_cfg cfg;
    uv_poll_t poll;
    int fd;
    int spare; /* a descriptor to give up when there are no more: see on_connection */
    struct sockaddr_un at;
    dev_t dev; /* of the socket file that is ours */
    ino_t ino;
    LIST_HEAD(, program) programs;
    uint32_t last_proc;
};

/* --- programs --- */

static void forget(program *p)
{
    LIST_REMOVE(p, link);
    host_ncbsock_free(p->sock);
    free(p);
}

static void on_message(void *ctx, const nbt_ipc *m)
{
    program *p = ctx;
    p->srv->cfg.submit(p->srv->cfg.ctx, p->proc, m->tag, &m->ncb, m->data);
}

static void on_program_closed(void *ctx, const char *why)
{
    program *p = ctx;
    host_ncbsrv *srv = p->srv;
    uint32_t proc = p->proc;
    if (why) {
        char line[256], comm[32];
        snprintf(line, sizeof line, "program %u (%s, pid %ld) is cut off: %s", proc,
                 host_comm(p->pid, comm, sizeof comm), (long)p->pid, why);
        srv->cfg.log(srv->cfg.ctx, line);
    }
    forget(p);
    srv->cfg.gone(srv->cfg.ctx, proc);
}

static void add_program(host_ncbsrv *srv, int fd)
{
    struct ucred peer = { 0 };
    socklen_t len = sizeof peer;
    (void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
    program *p = malloc(sizeof *p);
    if (!p) {
        close(fd);
        return;
    }
    *p = (program){ .srv = srv, .pid = peer.pid };
    host_ncbsock_cfg cfg = {
        .ctx = p, .driver = true, .message = on_message, .closed = on_program_closed
    };
    p->sock = host_ncbsock_new(srv->uv, fd, &cfg);
    if (!p->sock) {
        free(p);
        return;
    }
    if (++srv->last_proc == 0)
        ++srv->last_proc; /* 0 is the driver's own */
    p->proc = srv->last_proc;
    LIST_INSERT_HEAD(&srv->programs, p, link);
}

/*
 * Without a free descriptor accept fails, the connection stays, and the loop would come here again
 * and again: then the spare one is spent on taking the connection and closing it.
 */
static void turn_away(host_ncbsrv *srv)
{
    srv->cfg.log(srv->cfg.ctx,
                 "a program is turned away: no file descriptors are left; see ulimit -n");
    close(srv->spare);
    int fd = accept(srv->fd, NULL, NULL);
    if (fd >= 0)
        close(fd);
    srv->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    host_ncbsrv *srv = poll->data;
    (void)status;
    (void)events;
    int fd = accept4(srv->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        add_program(srv, fd);
    else if (errno == EMFILE || errno == ENFILE)
        turn_away(srv);
}

void host_ncbsrv_answer(host_ncbsrv *srv, const nbt_act *act, nbt_bytes data)
{
    nbt_ipc m = { .kind = act->kind == NBT_ACT_DONE ? NBT_IPC_DONE : NBT_IPC_ACCEPTED,
                  .tag = act->tag,
                  .ncb = act->ncb,
                  .data = data };
    program *p = LIST_FIRST(&srv->programs);
    while (p && p->proc != act->proc)
        p = LIST_NEXT(p, link);
    if (p)
        host_ncbsock_send(p->sock, &m); /* p may be gone afterwards */
}

/* --- the path --- */

/* Whether `path` may be bound after all: it is a socket on which nobody listens. It is removed. */
static bool remove_stale(const host_ncbsrv *srv, host_err *err)
{
    const char *path = srv->at.sun_path;
    struct stat st;
    if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
        host_err_set(err, HOST_DRIVER, "%s is there and is no socket; choose another --socket",
                     path);
        return false;
    }
    host_err ignored;
    int fd = host_ncb_open(path, &ignored);
    if (fd >= 0) {
        struct ucred peer = { 0 };
        socklen_t len = sizeof peer;
        char comm[32];
        (void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
        host_err_set(err, HOST_DRIVER,
                     "the socket path %s is in use by %s (pid %ld); stop it or choose another "
                     "--socket",
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

static bool bind_here(host_ncbsrv *srv)
{
    struct stat st;
    if (bind(srv->fd, (struct sockaddr *)&srv->at, sizeof srv->at) != 0)
        return false;
    if (lstat(srv->at.sun_path, &st) == 0) {
        srv->dev = st.st_dev;
        srv->ino = st.st_ino;
    }
    return listen(srv->fd, BACKLOG) == 0;
}

/*
 * Binds, in the place of a stale file if need be. The folder is locked meanwhile, so that of two
 * drivers that start at the same moment the one does not take the other's fresh socket for stale.
 */
static bool take_path(host_ncbsrv *srv, host_err *err)
{
    char copy[sizeof srv->at.sun_path];
    memcpy(copy, srv->at.sun_path, sizeof copy);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || flock(folder, LOCK_EX) != 0) {
        host_err_set(err, HOST_SYSTEM, "the folder of the socket path %s cannot be used: %s",
                     srv->at.sun_path, strerror(errno));
        if (folder >= 0)
            close(folder);
        return false;
    }
    bool taken = bind_here(srv);
    if (!taken && errno != EADDRINUSE)
        host_err_set(err, HOST_SYSTEM, "no socket can be made at %s: %s", srv->at.sun_path,
                     strerror(errno));
    else if (!taken && remove_stale(srv, err)) {
        taken = bind_here(srv);
        if (!taken)
            host_err_set(err, HOST_SYSTEM, "no socket can be made at %s: %s", srv->at.sun_path,
                         strerror(errno));
    }
    close(folder);
    return taken;
}

host_ncbsrv *host_ncbsrv_new(uv_loop_t *uv, const char *path, const host_ncbsrv_cfg *cfg,
                             host_err *err)
{
    host_ncbsrv *srv = calloc(1, sizeof *srv);
    if (!srv) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return NULL;
    }
    srv->uv = uv;
    srv->cfg = *cfg;
    srv->at.sun_family = AF_UNIX;
    srv->fd = srv->spare = -1;
    LIST_INIT(&srv->programs);
    if (strlen(path) >= sizeof srv->at.sun_path) {
        host_err_set(err, HOST_DRIVER,
                     "%s is too long for a socket's path (%zu octets); choose another --socket",
                     path, sizeof srv->at.sun_path - 1);
        goto fail;
    }
    memcpy(srv->at.sun_path, path, strlen(path));
    srv->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    srv->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (srv->fd < 0 || srv->spare < 0) {
        host_err_set(err, HOST_SYSTEM, "no socket to be had: %s", strerror(errno));
        goto fail;
    }
    if (!take_path(srv, err))
        goto fail;
    srv->poll.data = srv;
    uv_poll_init(uv, &srv->poll, srv->fd);
    uv_poll_start(&srv->poll, UV_READABLE, on_connection);
    return srv;
fail:
    if (srv->fd >= 0)
        close(srv->fd);
    if (srv->spare >= 0)
        close(srv->spare);
    free(srv);
    return NULL;
}

static void on_closed(uv_handle_t *handle)
{
    host_ncbsrv *srv = handle->data;
    close(srv->fd);
    close(srv->spare);
    free(srv);
}

void host_ncbsrv_free(host_ncbsrv *srv)
{
    if (!srv)
        return;
    for (program *p; (p = LIST_FIRST(&srv->programs));)
        on_program_closed(p, NULL);
    struct stat st;
    if (lstat(srv->at.sun_path, &st) == 0 && st.st_dev == srv->dev && st.st_ino == srv->ino)
        unlink(srv->at.sun_path);
    uv_close((uv_handle_t *)&srv->poll, on_closed);
}

bool host_ncbsrv_default_path(const char *name, char *buf, size_t cap, host_err *err)
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
