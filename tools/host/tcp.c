/*
 * Connections and listeners over libuv. A connection lives from TCP_OPEN or its acceptance until it
 * is aborted, reset, or closed by both sides.
 */
#include "tools/host/tcp.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "tools/host/iface.h"
#include "tools/host/who.h"

enum { BACKLOG = 128, READ_ROOM = 65536 };

typedef struct conn {
    LIST_ENTRY(conn) link;
    host_tcp *tcp;
    uv_tcp_t handle;
    uv_connect_t connect;
    uv_shutdown_t shutdown;
    uint32_t number;
    uint8_t lana;
    bool closing; /* TCP_CLOSE was asked for */
    bool shut;    /* our FIN has been sent */
    bool eof;     /* the peer's has come */
} conn;

typedef struct listener {
    LIST_ENTRY(listener) link;
    host_tcp *tcp;
    uv_tcp_t handle;
    uint8_t lana;
} listener;

typedef struct sending {
    uv_write_t req;
    size_t len;
    uint8_t bytes[];
} sending;

struct host_tcp {
    uv_loop_t *uv;
    host_tcp_cfg cfg;
    LIST_HEAD(, conn) conns;
    LIST_HEAD(, listener) listeners;
    uint32_t next_accepted;
    char room[READ_ROOM]; /* for one read; its bytes are reported before the next */
};

host_tcp *host_tcp_new(uv_loop_t *uv, const host_tcp_cfg *cfg)
{
    host_tcp *tcp = calloc(1, sizeof *tcp);
    if (!tcp)
        return NULL;
    tcp->uv = uv;
    tcp->cfg = *cfg;
    tcp->next_accepted = 1;
    LIST_INIT(&tcp->conns);
    LIST_INIT(&tcp->listeners);
    return tcp;
}

static struct sockaddr_in address(nbt_ep ep)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons(ep.port),
                                 .sin_addr.s_addr = htonl(ep.ip) };
}

/*
 * Octets marked as urgent are octets like others (C40). And a peer that answers nothing any more,
 * not even to a keep-alive, is given up after 100 s, the least that RFC 1122 4.2.3.5 lets TCP try.
 */
static void set_options(const uv_tcp_t *handle)
{
    static const int yes = 1;
    static const unsigned patience_ms = 100000;
    uv_os_fd_t fd;
    if (uv_fileno((const uv_handle_t *)handle, &fd) != 0)
        return;
    (void)setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &yes, sizeof yes);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof patience_ms);
}

/* getsockname and getpeername have the same form; zeros where there is nothing to tell. */
static nbt_ep end_of(const uv_tcp_t *handle, int (*get)(const uv_tcp_t *, struct sockaddr *, int *))
{
    struct sockaddr_storage name;
    struct sockaddr_in in;
    int len = sizeof name;
    if (get(handle, (struct sockaddr *)&name, &len) != 0)
        return (nbt_ep){ 0 };
    memcpy(&in, &name, sizeof in);
    return (nbt_ep){ ntohl(in.sin_addr.s_addr), ntohs(in.sin_port) };
}

static void on_conn_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* The connection's end: nothing is reported about it any more. */
static void drop(conn *c)
{
    LIST_REMOVE(c, link);
    uv_close((uv_handle_t *)&c->handle, on_conn_closed);
}

/*
 * The end with a RST. uv_tcp_close_reset refuses a connection that is being shut down, and that is
 * just when a close that takes too long is to be broken off.
 */
static void drop_with_reset(conn *c)
{
    static const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)&c->handle, &fd) == 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    drop(c);
}

/* What libuv still has to tell about a connection after its end, it tells while closing it. */
static bool dropped(const conn *c)
{
    return uv_is_closing((const uv_handle_t *)&c->handle);
}

static void on_listener_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void host_tcp_free(host_tcp *tcp)
{
    if (!tcp)
        return;
    for (conn *c; (c = LIST_FIRST(&tcp->conns));)
        drop_with_reset(c);
    for (listener *l; (l = LIST_FIRST(&tcp->listeners));) {
        LIST_REMOVE(l, link);
        uv_close((uv_handle_t *)&l->handle, on_listener_closed);
    }
    free(tcp);
}

static void report(conn *c, nbt_tcp_kind kind)
{
    nbt_tcp_ev ev = { .kind = kind, .conn = c->number, .lana = c->lana };
    c->tcp->cfg.event(c->tcp->cfg.ctx, &ev);
}

/* Reports the connection's end; `c` is gone afterwards. */
static void broken(conn *c, nbt_tcp_kind kind)
{
    host_tcp *tcp = c->tcp;
    nbt_tcp_ev ev = { .kind = kind, .conn = c->number, .lana = c->lana };
    drop(c);
    tcp->cfg.event(tcp->cfg.ctx, &ev);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    const conn *c = handle->data;
    (void)suggested;
    *buf = uv_buf_init(c->tcp->room, sizeof c->tcp->room);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    conn *c = stream->data;
    if (n == UV_EOF) {
        c->eof = true;
        uv_read_stop(stream);
        if (c->shut)
            broken(c, NBT_TCP_EOF);
        else
            report(c, NBT_TCP_EOF);
    } else if (n < 0) {
        broken(c, NBT_TCP_RESET);
    } else if (n > 0 && !c->closing) {
        nbt_tcp_ev ev = { .kind = NBT_TCP_DATA, .conn = c->number, .lana = c->lana };
        ev.data.p = (const uint8_t *)buf->base;
        ev.data.n = (size_t)n;
        c->tcp->cfg.event(c->tcp->cfg.ctx, &ev);
    }
}

static void start_reading(conn *c)
{
    if (!c->eof)
        (void)uv_read_start((uv_stream_t *)&c->handle, on_room, on_read);
}

static conn *conn_new(host_tcp *tcp, uint32_t number, uint8_t lana)
{
    conn *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->tcp = tcp;
    c->number = number;
    c->lana = lana;
    if (uv_tcp_init(tcp->uv, &c->handle)) {
        free(c);
        return NULL;
    }
    c->handle.data = c;
    LIST_INSERT_HEAD(&tcp->conns, c, link);
    return c;
}

static void on_connection(uv_stream_t *server, int status)
{
    listener *l = server->data;
    if (status < 0)
        return; /* the peer has gone already, or there are no descriptors: it will try again */
    conn *c = conn_new(l->tcp, l->tcp->next_accepted, l->lana);
    if (!c)
        return; /* it waits unaccepted */
    if (uv_accept(server, (uv_stream_t *)&c->handle)) {
        drop(c);
        return;
    }
    l->tcp->next_accepted += 2;
    uv_tcp_nodelay(&c->handle, 1);
    set_options(&c->handle);
    nbt_tcp_ev ev = { .kind = NBT_TCP_ACCEPTED, .conn = c->number, .lana = c->lana };
    ev.peer = end_of(&c->handle, uv_tcp_getpeername);
    ev.local = end_of(&c->handle, uv_tcp_getsockname);
    start_reading(c);
    l->tcp->cfg.event(l->tcp->cfg.ctx, &ev);
}

static void listen_err(const host_tcp *tcp, nbt_ep at, int rc, host_err *err)
{
    char place[HOST_IP_STR_MAX] = "this computer";
    if (at.ip)
        host_ip_str(at.ip, place);
    if (rc == UV_EADDRINUSE)
        host_who_err(err, HOST_TCP, at, place, tcp->cfg.remedy);
    else if (rc == UV_EACCES)
        host_err_set(err, HOST_MISSING,
                     "TCP port %u of %s needs the privilege CAP_NET_BIND_SERVICE; run as root, or "
                     "in a network namespace of your own (unshare -Urn)",
                     at.port, place);
    else
        host_err_set(err, HOST_SYSTEM, "TCP port %u of %s cannot be opened: %s", at.port, place,
                     uv_strerror(rc));
}

bool host_tcp_listen(host_tcp *tcp, nbt_ep at, uint8_t lana, host_err *err)
{
    listener *l = calloc(1, sizeof *l);
    int rc = l ? uv_tcp_init(tcp->uv, &l->handle) : UV_ENOMEM;
    if (rc) {
        free(l);
        listen_err(tcp, at, rc, err);
        return false;
    }
    l->tcp = tcp;
    l->lana = lana;
    l->handle.data = l;
    struct sockaddr_in local = address(at);
    rc = uv_tcp_bind(&l->handle, (struct sockaddr *)&local, 0);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&l->handle, BACKLOG, on_connection);
    if (rc) {
        uv_close((uv_handle_t *)&l->handle, on_listener_closed);
        listen_err(tcp, at, rc, err);
        return false;
    }
    LIST_INSERT_HEAD(&tcp->listeners, l, link);
    return true;
}

static void on_connected(uv_connect_t *req, int status)
{
    conn *c = req->data;
    if (dropped(c))
        return;
    if (status) {
        broken(c, status == UV_ECONNREFUSED ? NBT_TCP_REFUSED : NBT_TCP_UNREACHABLE);
        return;
    }
    nbt_tcp_ev ev = { .kind = NBT_TCP_OPENED, .conn = c->number, .lana = c->lana };
    ev.peer = end_of(&c->handle, uv_tcp_getpeername);
    ev.local = end_of(&c->handle, uv_tcp_getsockname);
    start_reading(c);
    c->tcp->cfg.event(c->tcp->cfg.ctx, &ev);
}

static void open_conn(host_tcp *tcp, const nbt_act *act)
{
    conn *c = conn_new(tcp, act->conn, act->lana);
    if (!c) {
        nbt_tcp_ev ev = { .kind = NBT_TCP_UNREACHABLE, .conn = act->conn, .lana = act->lana };
        tcp->cfg.event(tcp->cfg.ctx, &ev);
        return;
    }
    struct sockaddr_in from = address(act->from), to = address(act->to);
    int rc = act->from.ip ? uv_tcp_bind(&c->handle, (struct sockaddr *)&from, 0) : 0;
    c->connect.data = c;
    if (rc == 0)
        rc = uv_tcp_connect(&c->connect, &c->handle, (struct sockaddr *)&to, on_connected);
    if (rc)
        broken(c, NBT_TCP_UNREACHABLE);
    else {
        uv_tcp_nodelay(&c->handle, 1);
        set_options(&c->handle);
    }
}

static void on_written(uv_write_t *req, int status)
{
    sending *w = req->data;
    conn *c = req->handle->data;
    size_t len = w->len;
    free(w);
    if (dropped(c))
        return;
    if (status) {
        broken(c, NBT_TCP_RESET);
        return;
    }
    nbt_tcp_ev ev = { .kind = NBT_TCP_SENT, .conn = c->number, .lana = c->lana, .sent = len };
    c->tcp->cfg.event(c->tcp->cfg.ctx, &ev);
}

static void send_data(conn *c, nbt_bytes data)
{
    sending *w = malloc(sizeof *w + data.n);
    if (!w) {
        broken(c, NBT_TCP_RESET); /* a stream with a hole in it is worse than none */
        return;
    }
    w->len = data.n;
    w->req.data = w;
    memcpy(w->bytes, data.p, data.n);
    uv_buf_t buf = uv_buf_init((char *)w->bytes, (unsigned)data.n);
    if (uv_write(&w->req, (uv_stream_t *)&c->handle, &buf, 1, on_written)) {
        free(w);
        broken(c, NBT_TCP_RESET);
    }
}

static void on_shut(uv_shutdown_t *req, int status)
{
    conn *c = req->data;
    if (dropped(c))
        return;
    c->shut = true;
    if (c->eof)
        drop(c);
    else if (status)
        broken(c, NBT_TCP_RESET);
}

static void close_conn(conn *c)
{
    if (c->closing)
        return;
    c->closing = true;
    c->shutdown.data = c;
    if (uv_shutdown(&c->shutdown, (uv_stream_t *)&c->handle, on_shut)) {
        drop(c); /* not connected yet: there is nobody to tell */
        return;
    }
    start_reading(c); /* even if held: for the peer's FIN */
}

static conn *find(const host_tcp *tcp, uint32_t number)
{
    conn *c = LIST_FIRST(&tcp->conns);
    while (c && c->number != number)
        c = LIST_NEXT(c, link);
    return c;
}

void host_tcp_act(host_tcp *tcp, const nbt_act *act, nbt_bytes data)
{
    if (act->kind == NBT_ACT_TCP_OPEN) {
        assert(act->conn % 2 == 0 && !find(tcp, act->conn));
        open_conn(tcp, act);
        return;
    }
    conn *c = find(tcp, act->conn);
    if (!c)
        return;
    switch (act->kind) {
    case NBT_ACT_TCP_SEND:
        if (data.n > 0 && !c->closing)
            send_data(c, data);
        return;
    case NBT_ACT_TCP_HOLD:
        if (!c->closing)
            uv_read_stop((uv_stream_t *)&c->handle);
        return;
    case NBT_ACT_TCP_RESUME:
        start_reading(c);
        return;
    case NBT_ACT_TCP_CLOSE:
        close_conn(c);
        return;
    case NBT_ACT_TCP_ABORT:
        drop_with_reset(c);
        return;
    case NBT_ACT_SEND:
    case NBT_ACT_TCP_LISTEN:
    case NBT_ACT_TCP_OPEN:
    case NBT_ACT_NCB:
    case NBT_ACT_ACCEPTED:
    case NBT_ACT_DONE:
    case NBT_ACT_TRACE:
    case NBT_ACT_APP:
        assert(false); /* none that is about a connection */
    }
}
