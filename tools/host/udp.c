/*
 * UDP over uv_poll, recvmmsg and sendmmsg, with IP_PKTINFO for the addresses. It looks into no
 * packet.
 *
 * An adapter's socket is bound to its interface and to any address: it gets what comes in there,
 * broadcasts included, and what programs of this machine send to the interface's address (Linux
 * counts that as coming in there). Another interface may have the same port in another process. Who
 * expects much has a second one, bound to the interface's address: the kernel prefers it for what
 * is sent there, and no packet needs IP_PKTINFO, which costs a tenth of the way through the kernel.
 */
#include "tools/host/udp.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/host/who.h"

enum {
    BATCH = 16,          /* packets in one system call */
    ROUNDS = 8,          /* batches in one turn of the loop: others want theirs */
    PACKET_MAX = 65536,  /* the largest UDP packet is a little smaller */
    SEND_ROOM = 1 << 20, /* asked for the kernel's buffer: a burst of answers must fit */
    BUSY_ROOM = 1 << 22, /* and a burst of requests */
};

typedef struct sock {
    LIST_ENTRY(sock) link;
    host_udp *udp;
    uv_poll_t poll;
    int fd;
    bool exact; /* bound to ip, and neither given nor giving addresses */
    uint8_t lana;
    uint32_t ip;
    int index; /* of the adapter's interface */
    uint16_t port;
    int error; /* errno of the last packet */
} sock;

struct host_udp {
    uv_loop_t *uv;
    host_udp_cfg cfg;
    LIST_HEAD(, sock) socks;
    uint8_t *packets; /* BATCH of PACKET_MAX */
};

/* Room for one IP_PKTINFO, aligned as the macros of cmsg(3) want it. */
typedef struct control {
    _Alignas(size_t) char b[CMSG_SPACE(sizeof(struct in_pktinfo))];
} control;

host_udp *host_udp_new(uv_loop_t *uv, const host_udp_cfg *cfg)
{
    host_udp *udp = calloc(1, sizeof *udp);
    uint8_t *packets = malloc((size_t)BATCH * PACKET_MAX);
    if (!udp || !packets) {
        free(udp);
        free(packets);
        return NULL;
    }
    udp->uv = uv;
    udp->cfg = *cfg;
    udp->packets = packets;
    LIST_INIT(&udp->socks);
    return udp;
}

static void on_closed(uv_handle_t *handle)
{
    sock *s = handle->data;
    close(s->fd);
    free(s);
}

void host_udp_free(host_udp *udp)
{
    if (!udp)
        return;
    for (sock *s; (s = LIST_FIRST(&udp->socks));) {
        LIST_REMOVE(s, link);
        uv_close((uv_handle_t *)&s->poll, on_closed);
    }
    free(udp->packets);
    free(udp);
}

static struct sockaddr_in address(nbt_ep ep)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons(ep.port),
                                 .sin_addr.s_addr = htonl(ep.ip) };
}

/* Says a change of luck once, and not each packet's. */
static void note(sock *s, int error)
{
    if (s->error != error)
        s->udp->cfg.trouble(s->udp->cfg.ctx, s->lana, error);
    s->error = error;
}

/*
 * Linux answers ARP for any of its addresses on any of its interfaces, so that what is sent to one
 * adapter may come in by another one's interface: the destination decides.
 */
static uint8_t adapter_of(const sock *s, uint32_t to)
{
    const sock *other = LIST_FIRST(&s->udp->socks);
    while (other && other->ip != to)
        other = LIST_NEXT(other, link);
    return other ? other->lana : s->lana;
}

static void take(sock *s, struct msghdr *msg, size_t len)
{
    struct sockaddr_in from;
    memcpy(&from, msg->msg_name, sizeof from);
    nbt_ep source = { ntohl(from.sin_addr.s_addr), ntohs(from.sin_port) };
    nbt_bytes data = { msg->msg_iov->iov_base, len };
    if (s->exact) {
        s->udp->cfg.rx(s->udp->cfg.ctx, s->lana, source, (nbt_ep){ s->ip, s->port }, data);
        return;
    }
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
            continue;
        struct in_pktinfo info;
        memcpy(&info, CMSG_DATA(c), sizeof info);
        nbt_ep to = { ntohl(info.ipi_addr.s_addr), s->port };
        s->udp->cfg.rx(s->udp->cfg.ctx, adapter_of(s, to.ip), source, to, data);
        return;
    }
}

/* One batch. False when there is nothing more for now. */
static bool receive(sock *s)
{
    struct mmsghdr msgs[BATCH] = { 0 };
    struct iovec iov[BATCH];
    struct sockaddr_in from[BATCH];
    control ctl[BATCH];
    for (size_t i = 0; i < BATCH; i++) {
        iov[i] = (struct iovec){ s->udp->packets + i * PACKET_MAX, PACKET_MAX };
        msgs[i].msg_hdr = (struct msghdr){
            .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &iov[i], .msg_iovlen = 1
        };
        if (s->exact)
            continue;
        msgs[i].msg_hdr.msg_control = &ctl[i];
        msgs[i].msg_hdr.msg_controllen = sizeof ctl[i];
    }
    int n = recvmmsg(s->fd, msgs, BATCH, MSG_DONTWAIT, NULL);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        note(s, errno);
    for (int i = 0; i < n; i++)
        take(s, &msgs[i].msg_hdr, msgs[i].msg_len);
    if (n > 0 && s->udp->cfg.batch)
        s->udp->cfg.batch(s->udp->cfg.ctx);
    return n == BATCH;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    sock *s = poll->data;
    (void)events;
    if (status < 0) {
        /* libuv has stopped watching; taking the socket's error makes it usable again. */
        int error = 0;
        socklen_t len = sizeof error;
        getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len);
        note(s, error);
        uv_poll_start(poll, UV_READABLE, on_readable);
        return;
    }
    for (int round = 0; round < ROUNDS && receive(s); round++)
        ;
}

static bool set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

static bool bind_to(sock *s, const host_iface *iface, host_err *err)
{
    struct sockaddr_in local = address((nbt_ep){ s->exact ? s->ip : INADDR_ANY, s->port });
    char own[HOST_IP_STR_MAX];
    (void)set_option(s->fd, SOL_SOCKET, SO_SNDBUF, SEND_ROOM);
    if (s->udp->cfg.ttl)
        (void)set_option(s->fd, IPPROTO_IP, IP_TTL, s->udp->cfg.ttl);
    if (s->udp->cfg.ip_fragments)
        (void)set_option(s->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
    /* Without CAP_NET_ADMIN, as much as the system lets everybody have. */
    if ((s->udp->cfg.busy || s->udp->cfg.many) &&
        !set_option(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, BUSY_ROOM))
        (void)set_option(s->fd, SOL_SOCKET, SO_RCVBUF, BUSY_ROOM);
    if (set_option(s->fd, SOL_SOCKET, SO_BROADCAST, 1) &&
        (s->exact || set_option(s->fd, IPPROTO_IP, IP_PKTINFO, 1)) &&
        setsockopt(s->fd, SOL_SOCKET, SO_BINDTODEVICE, iface->name,
                   (socklen_t)strlen(iface->name)) == 0 &&
        set_option(s->fd, SOL_SOCKET, SO_REUSEADDR, s->exact) &&
        bind(s->fd, (struct sockaddr *)&local, sizeof local) == 0)
        return true;

    host_ip_str(iface->ip, own);
    if (errno == EADDRINUSE)
        host_who_err(err, HOST_UDP, (nbt_ep){ INADDR_ANY, s->port }, own,
                     "choose another interface");
    else if (errno == EACCES || errno == EPERM)
        host_err_set(err, HOST_MISSING,
                     "UDP port %u of %s needs the privilege CAP_NET_BIND_SERVICE; run as root, or "
                     "in a network namespace of your own (unshare -Urn)",
                     s->port, own);
    else
        host_err_set(err, HOST_SYSTEM, "UDP port %u of %s cannot be opened: %s", s->port, own,
                     strerror(errno));
    return false;
}

/* One socket. NULL with `err` set. */
static sock *open_one(host_udp *udp, const sock *like, const host_iface *iface, host_err *err)
{
    sock *s = calloc(1, sizeof *s);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (!s || fd < 0) {
        host_err_set(err, HOST_SYSTEM, "no UDP socket to be had: %s", strerror(errno));
        goto fail;
    }
    *s = *like;
    s->fd = fd;
    if (!bind_to(s, iface, err))
        goto fail;
    s->poll.data = s;
    int rc = uv_poll_init(udp->uv, &s->poll, fd);
    if (rc) {
        host_err_set(err, HOST_SYSTEM, "a UDP socket cannot be watched: %s", uv_strerror(rc));
        goto fail;
    }
    uv_poll_start(&s->poll, UV_READABLE, on_readable);
    LIST_INSERT_HEAD(&udp->socks, s, link);
    return s;
fail:
    if (fd >= 0)
        close(fd);
    free(s);
    return NULL;
}

/*
 * The second socket. Linux lets an address and any address stand side by side only if both sockets
 * may be bound again; they may just as long as it takes, so that a port that is taken stays taken.
 */
static bool open_exact(host_udp *udp, sock *any, const host_iface *iface, host_err *err)
{
    sock like = *any;
    like.exact = true;
    bool may = set_option(any->fd, SOL_SOCKET, SO_REUSEADDR, 1);
    sock *s = open_one(udp, &like, iface, err);
    return set_option(any->fd, SOL_SOCKET, SO_REUSEADDR, 0) && may && s &&
           set_option(s->fd, SOL_SOCKET, SO_REUSEADDR, 0);
}

bool host_udp_open(host_udp *udp, uint8_t lana, const host_iface *iface, uint16_t port,
                   host_err *err)
{
    sock like = { .udp = udp, .lana = lana, .ip = iface->ip, .index = iface->index, .port = port };
    sock *s = open_one(udp, &like, iface, err);
    return s && (!udp->cfg.busy || open_exact(udp, s, iface, err));
}

uint64_t host_udp_lost(const host_udp *udp)
{
    uint64_t lost = 0;
    const sock *s;
    LIST_FOREACH(s, &udp->socks, link)
    {
        uint32_t info[SK_MEMINFO_VARS] = { 0 };
        socklen_t len = sizeof info;
        if (getsockopt(s->fd, SOL_SOCKET, SO_MEMINFO, info, &len) == 0)
            lost += info[SK_MEMINFO_DROPS];
    }
    return lost;
}

typedef struct batch {
    struct mmsghdr msgs[BATCH];
    struct iovec iov[BATCH];
    struct sockaddr_in to[BATCH];
    control ctl[BATCH];
    unsigned n;
} batch;

/* Sends what was gathered. A packet that cannot be sent is skipped, those behind it are not. */
static void flush(sock *s, batch *b)
{
    for (unsigned sent = 0; sent < b->n;) {
        int n = sendmmsg(s->fd, b->msgs + sent, b->n - sent, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        note(s, n < 0 ? errno : 0);
        sent += n > 0 ? (unsigned)n : 1;
    }
    b->n = 0;
}

static void gather(const sock *s, batch *b, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    unsigned i = b->n++;
    struct in_pktinfo info = { .ipi_ifindex = s->index, .ipi_spec_dst.s_addr = htonl(from.ip) };
    b->to[i] = address(to);
    memcpy(&b->iov[i].iov_base, &data.p, sizeof data.p); /* sending leaves the bytes alone */
    b->iov[i].iov_len = data.n;
    struct msghdr *msg = &b->msgs[i].msg_hdr;
    *msg = (struct msghdr){ .msg_name = &b->to[i],
                            .msg_namelen = sizeof b->to[i],
                            .msg_iov = &b->iov[i],
                            .msg_iovlen = 1 };
    if (s->exact)
        return;
    memset(&b->ctl[i], 0, sizeof b->ctl[i]);
    msg->msg_control = &b->ctl[i];
    msg->msg_controllen = sizeof b->ctl[i];
    struct cmsghdr *c = CMSG_FIRSTHDR(msg);
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(c), &info, sizeof info);
}

/* The exact one, which was opened behind the other, comes first in the list. */
static sock *sender(host_udp *udp, uint8_t lana, nbt_ep from)
{
    sock *s = LIST_FIRST(&udp->socks);
    while (s && (s->lana != lana || s->port != from.port || (s->exact && s->ip != from.ip)))
        s = LIST_NEXT(s, link);
    return s;
}

void host_udp_send(host_udp *udp, const nbt_out *out)
{
    batch b = { .n = 0 };
    sock *current = NULL;
    for (size_t i = 0; i < out->n; i++) {
        const nbt_act *act = &out->acts[i];
        if (act->kind != NBT_ACT_SEND || act->kept)
            continue;
        sock *s = sender(udp, act->lana, act->from);
        assert(s);
        if (current && (s != current || b.n == BATCH))
            flush(current, &b);
        current = s;
        gather(s, &b, act->from, act->to, nbt_out_data(out, act));
    }
    if (current)
        flush(current, &b);
}
