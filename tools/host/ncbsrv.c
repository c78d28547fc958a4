/*
 * The listening side of the driver's socket. What arrives is handed on; nothing is decided here.
 */
#include "tools/host/ncbsrv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/host/localsock.h"
#include "tools/host/ncbsock.h"
#include "tools/host/who.h"

enum { ANSWERS = 32 }; /* that are sent together */

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
    host_localsock local;
    int spare; /* a descriptor to give up when there are no more: see on_connection */
    LIST_HEAD(, program) programs;
    uint32_t last_proc;
    program *to; /* whose the answers are that wait to be sent; NULL: there are none */
    nbt_ipc answer[ANSWERS];
    size_t nanswers;
};

/* --- programs --- */

static void forget(program *p)
{
    if (p->srv->to == p)
        p->srv->to = NULL;
    LIST_REMOVE(p, link);
    host_ncbsock_free(p->sock);
    free(p);
}

static void on_message(void *ctx, const nbt_ipc *m)
{
    program *p = ctx;
    p->srv->cfg.submit(p->srv->cfg.ctx, p->proc, m->tag, &m->ncb, m->data);
}

static void on_turn(void *ctx)
{
    const program *p = ctx;
    if (p->srv->cfg.turn)
        p->srv->cfg.turn(p->srv->cfg.ctx);
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
    host_ncbsock_cfg cfg = { .ctx = p,
                             .driver = true,
                             .message = on_message,
                             .turn = on_turn,
                             .closed = on_program_closed };
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
    int fd = accept(srv->local.fd, NULL, NULL);
    if (fd >= 0)
        close(fd);
    srv->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    host_ncbsrv *srv = poll->data;
    (void)status;
    (void)events;
    int fd = accept4(srv->local.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        add_program(srv, fd);
    else if (errno == EMFILE || errno == ENFILE)
        turn_away(srv);
}

void host_ncbsrv_flush(host_ncbsrv *srv)
{
    const program *p = srv->to;
    srv->to = NULL;
    if (p)
        host_ncbsock_send_all(p->sock, srv->answer, srv->nanswers); /* p may be gone afterwards */
}

void host_ncbsrv_answer(host_ncbsrv *srv, const nbt_act *act, nbt_bytes data)
{
    if (srv->to && (srv->to->proc != act->proc || srv->nanswers == ANSWERS))
        host_ncbsrv_flush(srv);
    if (!srv->to) {
        srv->nanswers = 0;
        srv->to = LIST_FIRST(&srv->programs);
        while (srv->to && srv->to->proc != act->proc)
            srv->to = LIST_NEXT(srv->to, link);
    }
    if (srv->to)
        srv->answer[srv->nanswers++] =
            (nbt_ipc){ .kind = act->kind == NBT_ACT_DONE ? NBT_IPC_DONE : NBT_IPC_ACCEPTED,
                       .tag = act->tag,
                       .ncb = act->ncb,
                       .data = data };
}

/* --- its beginning and end --- */

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
    LIST_INIT(&srv->programs);
    srv->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (srv->spare < 0) {
        host_err_set(err, HOST_SYSTEM, "no file descriptor to be had: %s", strerror(errno));
        free(srv);
        return NULL;
    }
    if (!host_localsock_listen(&srv->local, path, SOCK_SEQPACKET, err)) {
        close(srv->spare);
        free(srv);
        return NULL;
    }
    srv->poll.data = srv;
    uv_poll_init(uv, &srv->poll, srv->local.fd);
    uv_poll_start(&srv->poll, UV_READABLE, on_connection);
    return srv;
}

static void on_closed(uv_handle_t *handle)
{
    host_ncbsrv *srv = handle->data;
    close(srv->local.fd);
    close(srv->spare);
    free(srv);
}

void host_ncbsrv_free(host_ncbsrv *srv)
{
    if (!srv)
        return;
    for (program *p; (p = LIST_FIRST(&srv->programs));)
        on_program_closed(p, NULL);
    host_localsock_remove(&srv->local);
    uv_close((uv_handle_t *)&srv->poll, on_closed);
}
