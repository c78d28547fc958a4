/*
 * Lines in, JSON lines out. It knows no request.
 */
#include "tools/host/ctl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/host/json.h"
#include "tools/host/localsock.h"

/* What is to be sent, gathered. */
typedef struct answer {
    uv_write_t req;
    host_ctl_client *c;
    FILE *f;
    char *text;
    size_t len;
} answer;

struct host_ctl_client {
    LIST_ENTRY(host_ctl_client) link;
    host_ctl *ctl;
    uv_pipe_t pipe;
    char line[HOST_CTL_LINE];
    size_t n;
    bool closing;
    host_ctl_mode mode;
    answer *answer; /* that is being written */
    _Alignas(max_align_t) unsigned char state[];
};

struct host_ctl {
    uv_loop_t *uv;
    host_ctl_cfg cfg;
    host_localsock local;
    uv_pipe_t pipe;
    LIST_HEAD(, host_ctl_client) clients;
};

void *host_ctl_state(host_ctl_client *c)
{
    return c->state;
}

void host_ctl_set_mode(host_ctl_client *c, host_ctl_mode mode)
{
    c->mode = mode;
}

size_t host_ctl_queued(const host_ctl_client *c)
{
    return c->pipe.write_queue_size;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void end_client(host_ctl_client *c)
{
    if (c->closing)
        return;
    c->closing = true;
    LIST_REMOVE(c, link);
    uv_close((uv_handle_t *)&c->pipe, on_closed);
}

/* --- answers ---------------------------------------------------------------------------------- */

FILE *host_ctl_begin(host_ctl_client *c)
{
    answer *a = calloc(1, sizeof *a);
    if (a) {
        a->c = c;
        a->f = open_memstream(&a->text, &a->len);
    }
    if (a && a->f) {
        c->answer = a;
        return a->f;
    }
    free(a);
    end_client(c);
    return NULL;
}

/* The next line that is whole, or the next part, if nothing is being answered. */
static void go_on(host_ctl_client *c)
{
    const host_ctl_cfg *cfg = &c->ctl->cfg;
    if (c->closing || c->mode == HOST_CTL_WAITS || c->pipe.write_queue_size > 0)
        return;
    if (c->mode == HOST_CTL_GOES_ON) {
        cfg->more(cfg->ctx, c);
        return;
    }
    char *end = memchr(c->line, '\n', c->n);
    if (!end) {
        if (c->n == sizeof c->line)
            end_client(c);
        return;
    }
    char line[HOST_CTL_LINE];
    size_t len = (size_t)(end - c->line);
    memcpy(line, c->line, len);
    line[len] = '\0';
    c->n -= len + 1;
    memmove(c->line, end + 1, c->n);
    cfg->request(cfg->ctx, c, line);
}

static void on_written(uv_write_t *req, int status)
{
    answer *a = req->data;
    host_ctl_client *c = a->c;
    free(a->text);
    free(a);
    if (status < 0)
        end_client(c);
    else
        go_on(c);
}

void host_ctl_send(host_ctl_client *c)
{
    answer *a = c->answer;
    c->answer = NULL;
    fclose(a->f);
    uv_buf_t buf = uv_buf_init(a->text, (unsigned)a->len);
    a->req.data = a;
    if (uv_write(&a->req, (uv_stream_t *)&c->pipe, &buf, 1, on_written) == 0)
        return;
    end_client(c);
    free(a->text);
    free(a);
}

void host_ctl_put_end(FILE *f, const char *trouble)
{
    host_json j;
    host_json_begin(&j, f, "end");
    host_json_bool(&j, "ok", !trouble);
    if (trouble)
        host_json_str(&j, "trouble", trouble);
    host_json_end(&j);
}

void host_ctl_end(host_ctl_client *c, const char *trouble)
{
    FILE *f = host_ctl_begin(c);
    if (!f)
        return;
    host_ctl_put_end(f, trouble);
    host_ctl_send(c);
}

void host_ctl_go_on(host_ctl_client *c)
{
    c->mode = HOST_CTL_READY;
    go_on(c);
}

void host_ctl_each(host_ctl *ctl, void (*visit)(void *arg, host_ctl_client *c), void *arg)
{
    host_ctl_client *next;
    for (host_ctl_client *c = LIST_FIRST(&ctl->clients); c; c = next) {
        next = LIST_NEXT(c, link);
        visit(arg, c);
    }
}

/* --- connections ------------------------------------------------------------------------------ */

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    host_ctl_client *c = handle->data;
    (void)suggested;
    *buf = uv_buf_init(c->line + c->n, (unsigned)(sizeof c->line - c->n));
}

static void on_data(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    host_ctl_client *c = stream->data;
    (void)buf;
    if (n < 0) { /* also UV_ENOBUFS: lines without end */
        end_client(c);
        return;
    }
    c->n += (size_t)n;
    go_on(c);
}

/* Whether one of a process's groups is ours. */
static bool in_group(int fd, gid_t ours)
{
    enum { GROUPS = 65536 };
    gid_t *groups = malloc(GROUPS * sizeof *groups);
    socklen_t len = GROUPS * sizeof *groups;
    bool found = false;
    if (groups && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0)
        for (size_t i = 0; i < len / sizeof *groups; i++)
            found |= groups[i] == ours;
    free(groups);
    return found;
}

static bool may_connect(const host_ctl_client *c)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    uv_os_fd_t fd;
    if (!c->ctl->cfg.group_only)
        return true;
    if (uv_fileno((const uv_handle_t *)&c->pipe, &fd) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return false;
    return peer.uid == 0 || peer.uid == geteuid() || peer.gid == getegid() ||
           in_group(fd, getegid());
}

static void on_connection(uv_stream_t *server, int status)
{
    host_ctl *ctl = server->data;
    host_ctl_client *c = status < 0 ? NULL : calloc(1, sizeof *c + ctl->cfg.state);
    if (!c)
        return;
    c->ctl = ctl;
    c->pipe.data = c;
    uv_pipe_init(ctl->uv, &c->pipe, 0);
    LIST_INSERT_HEAD(&ctl->clients, c, link);
    if (uv_accept(server, (uv_stream_t *)&c->pipe) != 0 || !may_connect(c) ||
        uv_read_start((uv_stream_t *)&c->pipe, on_room, on_data) != 0)
        end_client(c);
}

host_ctl *host_ctl_new(uv_loop_t *uv, const char *path, const host_ctl_cfg *cfg, host_err *err)
{
    host_ctl *ctl = calloc(1, sizeof *ctl);
    if (!ctl) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return NULL;
    }
    ctl->uv = uv;
    ctl->cfg = *cfg;
    LIST_INIT(&ctl->clients);
    if (!host_localsock_listen(&ctl->local, path, SOCK_STREAM, err)) {
        free(ctl);
        return NULL;
    }
    ctl->pipe.data = ctl;
    uv_pipe_init(uv, &ctl->pipe, 0);
    int rc = uv_pipe_open(&ctl->pipe, ctl->local.fd);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&ctl->pipe, 16, on_connection);
    if (rc) {
        host_err_set(err, HOST_SYSTEM, "no socket can be made at %s: %s", path, uv_strerror(rc));
        host_ctl_free(ctl);
        return NULL;
    }
    return ctl;
}

void host_ctl_free(host_ctl *ctl)
{
    if (!ctl)
        return;
    while (!LIST_EMPTY(&ctl->clients))
        end_client(LIST_FIRST(&ctl->clients));
    host_localsock_remove(&ctl->local);
    uv_close((uv_handle_t *)&ctl->pipe, on_closed);
}
