/*
 * Messages over a SOCK_SEQPACKET socket: watched by the loop, or blocking. Never a command's
 * meaning.
 */
#include "tools/host/ncbsock.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/host/localsock.h"

enum {
    TURN = 16,                   /* messages read in one turn of the loop */
    TURN_OCTETS = 4 * 65536,     /* and once there are so many of these, no more either */
    BATCH = 32,                  /* messages sent in one system call */
    SEND_ROOM = 2 * NBT_IPC_MAX, /* the kernel's buffer must take the largest message whole */
};

/* A message that the other side has not taken yet. */
typedef struct unsent {
    STAILQ_ENTRY(unsent) link;
    size_t len;
    uint8_t bytes[];
} unsent;

struct host_ncbsock {
    uv_poll_t poll;
    int fd;
    host_ncbsock_cfg cfg;
    int watched; /* events, as UV_READABLE; 0: none yet */
    bool over;   /* `closed` has been called */
    STAILQ_HEAD(, unsent) queue;
    uint8_t buf[NBT_IPC_MAX];
};

static void on_event(uv_poll_t *poll, int status, int events);

static void watch(host_ncbsock *s)
{
    int events = STAILQ_EMPTY(&s->queue) ? UV_READABLE : UV_WRITABLE;
    if (!s->cfg.driver)
        events |= UV_READABLE;
    if (events != s->watched) /* it takes two system calls, and it is nearly always the same */
        uv_poll_start(&s->poll, events, on_event);
    s->watched = events;
}

static bool is_over(const host_ncbsock *s)
{
    return s->over || uv_is_closing((const uv_handle_t *)&s->poll);
}

static void end(host_ncbsock *s, const char *why)
{
    uv_poll_stop(&s->poll);
    s->over = true;
    s->cfg.closed(s->cfg.ctx, why);
}

/* What is wrong with the bytes, for `closed`; NULL if they are a message that may come here. */
static const char *check(const host_ncbsock *s, size_t n, nbt_ipc *m, char *why, size_t cap)
{
    nbt_rd r;
    nbt_rd_init(&r, s->buf, n < NBT_IPC_MAX ? n : NBT_IPC_MAX);
    nbt_ipc_rd(&r, m);
    if (r.err)
        snprintf(why, cap, "bad message of %zu octets: %s at offset %zu: %s", n, r.err_field,
                 r.err_at, nbt_err_str(r.err));
    else if (n > NBT_IPC_MAX)
        snprintf(why, cap, "bad message: %zu octets, %d are allowed", n, NBT_IPC_MAX);
    else if ((m->kind == NBT_IPC_SUBMIT) != s->cfg.driver)
        snprintf(why, cap, "bad message: kind %d does not go this way", m->kind);
    else
        return NULL;
    return why;
}

/* One message, whose octets are added to `*octets`. False when there is none for now, or the
 * connection is over. */
static bool receive(host_ncbsock *s, size_t *octets)
{
    ssize_t n = recv(s->fd, s->buf, sizeof s->buf, MSG_DONTWAIT | MSG_TRUNC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0) {
        end(s, n == 0 || errno == ECONNRESET ? NULL : strerror(errno));
        return false;
    }
    nbt_ipc m;
    char text[160];
    const char *why = check(s, (size_t)n, &m, text, sizeof text);
    if (why) {
        end(s, why);
        return false;
    }
    *octets += (size_t)n;
    s->cfg.message(s->cfg.ctx, &m);
    return !is_over(s);
}

/* Whether the bytes have gone, or the connection is over so that it does not matter. */
static bool transmit(host_ncbsock *s, const uint8_t *p, size_t n)
{
    ssize_t rc;
    do
        rc = send(s->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (rc < 0 && errno == EINTR);
    /* A broken connection is found, and told, by reading: what it said last is still there. */
    return rc >= 0 || errno != EAGAIN;
}

static void on_event(uv_poll_t *poll, int status, int events)
{
    host_ncbsock *s = poll->data;
    (void)events;
    if (status < 0)
        s->watched = 0; /* libuv has stopped */
    for (unsent *u; (u = STAILQ_FIRST(&s->queue)) && transmit(s, u->bytes, u->len);) {
        STAILQ_REMOVE_HEAD(&s->queue, link);
        free(u);
    }
    size_t octets = 0;
    bool more = status < 0 || !s->cfg.driver || STAILQ_EMPTY(&s->queue);
    for (int i = 0; more && i < TURN && octets < TURN_OCTETS; i++)
        more = receive(s, &octets) && (!s->cfg.driver || STAILQ_EMPTY(&s->queue));
    if (octets > 0 && s->cfg.turn && !is_over(s))
        s->cfg.turn(s->cfg.ctx);
    if (!is_over(s))
        watch(s);
}

host_ncbsock *host_ncbsock_new(uv_loop_t *uv, int fd, const host_ncbsock_cfg *cfg)
{
    static const int room = SEND_ROOM;
    host_ncbsock *s = malloc(sizeof *s);
    if (!s || uv_poll_init(uv, &s->poll, fd)) {
        free(s);
        close(fd);
        return NULL;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    s->poll.data = s;
    s->fd = fd;
    s->cfg = *cfg;
    s->over = false;
    s->watched = 0;
    STAILQ_INIT(&s->queue);
    watch(s);
    return s;
}

static void on_closed(uv_handle_t *handle)
{
    host_ncbsock *s = handle->data;
    for (unsent *u; (u = STAILQ_FIRST(&s->queue));) {
        STAILQ_REMOVE_HEAD(&s->queue, link);
        free(u);
    }
    close(s->fd);
    free(s);
}

void host_ncbsock_free(host_ncbsock *s)
{
    if (s)
        uv_close((uv_handle_t *)&s->poll, on_closed);
}

/* Writes a message, or its header only, into a buffer that is large enough; gives its length. */
static size_t encode(const nbt_ipc *m, uint8_t *bytes, size_t cap)
{
    nbt_wr w;
    nbt_wr_init(&w, bytes, cap);
    nbt_ipc_wr(&w, m);
    assert(!w.err);
    return w.at;
}

/* Sends up to BATCH messages, their data from where it is; how many are off our hands: what a
 * connection that is broken does not take, is, as in transmit. */
static size_t transmit_some(const host_ncbsock *s, const nbt_ipc *m, size_t n)
{
    uint8_t head[BATCH][NBT_IPC_HEADER_LEN];
    struct iovec iov[BATCH][2];
    struct mmsghdr msgs[BATCH];
    n = n < BATCH ? n : BATCH;
    for (size_t i = 0; i < n; i++) {
        nbt_ipc bare = m[i];
        bare.data = (nbt_bytes){ NULL, 0 };
        iov[i][0] = (struct iovec){ head[i], encode(&bare, head[i], sizeof head[i]) };
        iov[i][1].iov_len = m[i].data.n;
        memcpy(&iov[i][1].iov_base, &m[i].data.p, sizeof m[i].data.p); /* it is left alone */
        msgs[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = iov[i], .msg_iovlen = 2 } };
    }
    int sent;
    do
        sent = sendmmsg(s->fd, msgs, (unsigned)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        return errno == EAGAIN ? 0 : n;
    return (size_t)sent;
}

static void queue(host_ncbsock *s, const nbt_ipc *m)
{
    size_t len = NBT_IPC_HEADER_LEN + m->data.n;
    unsent *u = malloc(sizeof *u + len);
    if (!u) {
        end(s, "no memory for a message to it");
        return;
    }
    u->len = encode(m, u->bytes, len);
    STAILQ_INSERT_TAIL(&s->queue, u, link);
}

void host_ncbsock_send_all(host_ncbsock *s, const nbt_ipc *m, size_t n)
{
    if (is_over(s))
        return;
    size_t sent = 0;
    for (size_t some = 1; STAILQ_EMPTY(&s->queue) && some > 0 && sent < n; sent += some)
        some = transmit_some(s, m + sent, n - sent);
    if (sent == n)
        return;
    for (; sent < n && !is_over(s); sent++)
        queue(s, &m[sent]);
    if (!is_over(s))
        watch(s);
}

const char *host_ncb_default(void)
{
    const char *path = getenv("NBTLAB_DRIVER");
    return path && *path ? path : NULL;
}

int host_ncb_open(const char *path, host_err *err)
{
    static const int room = SEND_ROOM;
    int fd = host_localsock_connect(path, SOCK_SEQPACKET);
    int error = errno;
    if (fd >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    else if (error == ENAMETOOLONG)
        host_err_set(err, HOST_DRIVER, "%s is too long for a socket's path (%zu octets)", path,
                     sizeof((struct sockaddr_un *)NULL)->sun_path - 1);
    else if (error == EMFILE || error == ENFILE || error == ENOMEM)
        host_err_set(err, HOST_SYSTEM, "no socket to be had: %s", strerror(error));
    else
        host_err_set(err, HOST_DRIVER, "no driver answers at %s: %s; start nbtd with --socket %s",
                     path, strerror(error), path);
    errno = error;
    return fd;
}

static void driver_gone(host_err *err, ssize_t n)
{
    host_err_set(err, HOST_DRIVER, "the driver has gone (%s); start nbtd again",
                 n == 0 ? "it closed the connection" : strerror(errno));
}

bool host_ncb_submit(int fd, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data, host_err *err)
{
    nbt_ipc m = { .kind = NBT_IPC_SUBMIT, .tag = tag, .ncb = *ncb, .data = data };
    size_t len = NBT_IPC_HEADER_LEN + data.n;
    uint8_t *bytes = malloc(len);
    if (!bytes) {
        host_err_set(err, HOST_SYSTEM, "no memory for a command");
        return false;
    }
    encode(&m, bytes, len);
    ssize_t n;
    do
        n = send(fd, bytes, len, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    free(bytes);
    if (n < 0)
        driver_gone(err, n);
    return n >= 0;
}

bool host_ncb_next(int fd, nbt_ipc *m, uint8_t *buf, host_err *err)
{
    ssize_t n;
    do
        n = recv(fd, buf, NBT_IPC_MAX, MSG_TRUNC);
    while (n < 0 && errno == EINTR);
    if (n <= 0) {
        driver_gone(err, n);
        return false;
    }
    nbt_rd r;
    nbt_rd_init(&r, buf, n < NBT_IPC_MAX ? (size_t)n : NBT_IPC_MAX);
    nbt_ipc_rd(&r, m);
    if (r.err || n > NBT_IPC_MAX || m->kind == NBT_IPC_SUBMIT) {
        host_err_set(err, HOST_DRIVER,
                     "what answers there is no driver: a message of %zd octets "
                     "is no answer",
                     n);
        return false;
    }
    return true;
}

bool host_ncb_call(int fd, nbt_ncb *ncb, nbt_bytes data, nbt_bytes *answer, uint8_t *buf,
                   host_err *err)
{
    nbt_ipc m;
    if (!host_ncb_submit(fd, 1, ncb, data, err))
        return false;
    do
        if (!host_ncb_next(fd, &m, buf, err))
            return false;
    while (m.kind != NBT_IPC_DONE);
    *ncb = m.ncb;
    *answer = m.data;
    return true;
}
