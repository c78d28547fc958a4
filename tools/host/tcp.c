/*
 * Connections and listeners over libuv. A connection lives from TCP_OPEN or its acceptance until it
 * is aborted, reset, or closed by both sides. What the kernel takes at once is never copied.
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

enum {
    BACKLOG = 128,
    READ_ROOM = 4 * 65536,
    PIECES = 64,    /* that go out in one system call */
    BUCKETS = 1024, /* in which connections are looked for: a power of two */
};

typedef struct conn {
    LIST_ENTRY(conn) link;
    TAILQ_ENTRY(conn) next_to_tell; /* of those with `sent` */
    host_tcp *tcp;
    uv_tcp_t handle;
    uv_connect_t connect;
    uv_shutdown_t shutdown;
    uint32_t number;
    uint8_t lana;
    size_t sent;  /* has left, which is not reported yet */
    bool closing; /* TCP_CLOSE was asked for */
    bool shut;    /* our FIN has been sent */
    bool eof;     /* the peer's has come */
} conn;

typedef struct listener {
    LIST_ENTRY(listener) link;
    host_tcp *tcp;
    uv_tcp_t handle;
    nbt_ep at;
    uint8_t lana;
} listener;

/* What the kernel has not taken at once. */
typedef struct sending {
    uv_write_t req;
    size_t len; /* with what it has taken */
    uint8_t bytes[];
} sending;

/* Octets for one connection that are to go out together, where they are. */
typedef struct pieces {
    conn *c;
    uv_buf_t buf[PIECES];
    unsigned n;
} pieces;

struct host_tcp {
    uv_loop_t *uv;
    host_tcp_cfg cfg;
    LIST_HEAD(, conn) conns[BUCKETS];
    LIST_HEAD(, listener) listeners;
    TAILQ_HEAD(, conn) to_tell; /* what has left of them, in the loop's next turn */
    uv_idle_t teller;           /* runs while there are such */
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
    LIST_INIT(&tcp->listeners);
    TAILQ_INIT(&tcp->to_tell);
    uv_idle_init(uv, &tcp->teller);
    tcp->teller.data = tcp;
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
 * What is accepted has the options of its listener.
 */
static void set_options(uv_tcp_t *handle)
{
    static const int yes = 1;
    static const unsigned patience_ms = 100000;
    uv_os_fd_t fd;
    uv_tcp_nodelay(handle, 1);
    if (uv_fileno((const uv_handle_t *)handle, &fd) != 0)
        return;
    (void)setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &yes, sizeof yes);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof patience_ms);
}

/* From the first packet on: before a socket listens or connects. */
static void set_ttl(const host_tcp *tcp, const uv_tcp_t *handle)
{
    const int ttl = tcp->cfg.ttl;
    uv_os_fd_t fd;
    if (ttl && uv_fileno((const uv_handle_t *)handle, &fd) == 0)
        (void)setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof ttl);
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

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void nothing_to_tell(conn *c)
{
    if (c->sent > 0)
        TAILQ_REMOVE(&c->tcp->to_tell, c, next_to_tell);
    c->sent = 0;
}

/* The connection's end: nothing is reported about it any more. */
static void drop(conn *c)
{
    LIST_REMOVE(c, link);
    nothing_to_tell(c);
    uv_close((uv_handle_t *)&c->handle, on_closed);
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

void host_tcp_free(host_tcp *tcp)
{
    if (!tcp)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (conn *c; (c = LIST_FIRST(&tcp->conns[i]));)
            drop_with_reset(c);
    for (listener *l; (l = LIST_FIRST(&tcp->listeners));) {
        LIST_REMOVE(l, link);
        uv_close((uv_handle_t *)&l->handle, on_closed);
    }
    uv_close((uv_handle_t *)&tcp->teller, on_closed);
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

/* Those that are opened and those that are accepted have every other number. */
static unsigned bucket(uint32_t number)
{
    return number / 2 % BUCKETS;
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
    LIST_INSERT_HEAD(&tcp->conns[bucket(number)], c, link);
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
    nbt_tcp_ev ev = { .kind = NBT_TCP_ACCEPTED, .conn = c->number, .lana = c->lana };
    ev.peer = end_of(&c->handle, uv_tcp_getpeername);
    ev.local = l->at.ip ? l->at : end_of(&c->handle, uv_tcp_getsockname);
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
    l->at = at;
    l->lana = lana;
    l->handle.data = l;
    struct sockaddr_in local = address(at);
    rc = uv_tcp_bind(&l->handle, (struct sockaddr *)&local, 0);
    set_ttl(tcp, &l->handle); /* accepted ones have it of this one */
    if (rc == 0)
        set_options(&l->handle);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&l->handle, BACKLOG, on_connection);
    if (rc) {
        uv_close((uv_handle_t *)&l->handle, on_closed);
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
    set_ttl(tcp, &c->handle);
    if (rc == 0)
        rc = uv_tcp_connect(&c->connect, &c->handle, (struct sockaddr *)&to, on_connected);
    if (rc)
        broken(c, NBT_TCP_UNREACHABLE);
    else
        set_options(&c->handle);
}

/*
 * What the kernel took at once is reported from the loop, not from within: who sends more whenever
 * something has left would never come to an end where the peer takes it as fast. It is as many
 * connections as there were at the beginning: the others' turn is the next.
 */
static void tell_sent(uv_idle_t *teller)
{
    host_tcp *tcp = teller->data;
    conn *c;
    size_t n = 0;
    TAILQ_FOREACH(c, &tcp->to_tell, next_to_tell)
    n++;
    for (; n > 0 && (c = TAILQ_FIRST(&tcp->to_tell)); n--) {
        nbt_tcp_ev ev = { .kind = NBT_TCP_SENT, .conn = c->number, .lana = c->lana };
        ev.sent = c->sent;
        nothing_to_tell(c);
        tcp->cfg.event(tcp->cfg.ctx, &ev);
    }
    if (TAILQ_EMPTY(&tcp->to_tell))
        uv_idle_stop(teller);
}

static void has_left(conn *c, size_t n)
{
    if (c->sent == 0)
        TAILQ_INSERT_TAIL(&c->tcp->to_tell, c, next_to_tell);
    c->sent += n;
    uv_idle_start(&c->tcp->teller, tell_sent);
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

/* Keeps what the kernel has no room for, all but the first `taken` octets, until it has. */
static void send_later(const pieces *p, size_t len, size_t taken)
{
    sending *w = malloc(sizeof *w + len - taken);
    if (!w) {
        broken(p->c, NBT_TCP_RESET); /* a stream with a hole in it is worse than none */
        return;
    }
    w->len = len;
    w->req.data = w;
    size_t at = 0, skip = taken;
    for (unsigned i = 0; i < p->n; i++) {
        size_t left = p->buf[i].len > skip ? p->buf[i].len - skip : 0;
        if (left > 0)
            memcpy(w->bytes + at, p->buf[i].base + skip, left);
        skip -= p->buf[i].len - left;
        at += left;
    }
    uv_buf_t buf = uv_buf_init((char *)w->bytes, (unsigned)at);
    if (uv_write(&w->req, (uv_stream_t *)&p->c->handle, &buf, 1, on_written)) {
        free(w);
        broken(p->c, NBT_TCP_RESET);
    }
}

/* Sends what was gathered; there is nothing then, and perhaps no connection any more. */
static void flush(pieces *p)
{
    size_t len = 0;
    for (unsigned i = 0; i < p->n; i++)
        len += p->buf[i].len;
    if (len > 0) {
        int rc = uv_try_write((uv_stream_t *)&p->c->handle, p->buf, p->n);
        if (rc >= 0 && (size_t)rc == len)
            has_left(p->c, len);
        else
            send_later(p, len, rc > 0 ? (size_t)rc : 0); /* which finds errors, too */
    }
    p->c = NULL;
    p->n = 0;
}

static void gather(pieces *p, conn *c, nbt_bytes data)
{
    if (data.n == 0 || c->closing)
        return;
    p->c = c;
    p->buf[p->n] = uv_buf_init(NULL, (unsigned)data.n);
    memcpy(&p->buf[p->n++].base, &data.p, sizeof data.p); /* sending leaves the bytes alone */
    if (p->n == PIECES)
        flush(p);
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
    if (c->eof && c->sent == 0 && uv_stream_get_write_queue_size((uv_stream_t *)&c->handle) == 0) {
        drop(c); /* nothing is on its way in either direction: that is the FIN */
        return;
    }
    c->shutdown.data = c;
    if (uv_shutdown(&c->shutdown, (uv_stream_t *)&c->handle, on_shut)) {
        drop(c); /* not connected yet: there is nobody to tell */
        return;
    }
    start_reading(c); /* even if held: for the peer's FIN */
}

static conn *find(const host_tcp *tcp, uint32_t number)
{
    conn *c = LIST_FIRST(&tcp->conns[bucket(number)]);
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
    case NBT_ACT_TCP_SEND: {
        pieces p = { .n = 0 };
        gather(&p, c, data);
        flush(&p);
        return;
    }
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

void host_tcp_carry(host_tcp *tcp, const nbt_out *out)
{
    pieces p = { .n = 0 };
    for (size_t i = 0; i < out->n; i++) {
        const nbt_act *act = &out->acts[i];
        if (act->kind < NBT_ACT_TCP_OPEN || act->kind > NBT_ACT_TCP_ABORT)
            continue;
        if (act->kind != NBT_ACT_TCP_SEND || (p.c && p.c->number != act->conn))
            flush(&p);
        if (act->kind != NBT_ACT_TCP_SEND) {
            host_tcp_act(tcp, act, nbt_out_data(out, act));
            continue;
        }
        conn *c = p.c ? p.c : find(tcp, act->conn);
        if (c)
            gather(&p, c, nbt_out_data(out, act));
    }
    flush(&p);
}
