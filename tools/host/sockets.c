/*
 * One libuv socket for each port.
 */
#include "tools/host/sockets.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "tools/host/who.h"

typedef struct sock {
    uv_udp_t handle;
    host_sockets *of;
    uint16_t port; /* as it was asked for */
    LIST_ENTRY(sock) link;
} sock;

struct host_sockets {
    uv_loop_t *uv;
    host_sockets_cfg cfg;
    LIST_HEAD(, sock) socks;
    char packet[65536];
};

host_sockets *host_sockets_new(uv_loop_t *uv, const host_sockets_cfg *cfg)
{
    host_sockets *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->uv = uv;
    s->cfg = *cfg;
    LIST_INIT(&s->socks);
    return s;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void host_sockets_free(host_sockets *s)
{
    if (!s)
        return;
    for (sock *k; (k = LIST_FIRST(&s->socks));) {
        LIST_REMOVE(k, link);
        uv_close((uv_handle_t *)&k->handle, on_closed);
    }
    free(s);
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    sock *k = handle->data;
    *buf = uv_buf_init(k->of->packet, sizeof k->of->packet);
}

static void on_packet(uv_udp_t *handle, ssize_t n, const uv_buf_t *buf, const struct sockaddr *from,
                      unsigned flags)
{
    (void)flags;
    const sock *k = handle->data;
    struct sockaddr_in peer;
    if (n < 0 || !from || from->sa_family != AF_INET)
        return; /* nothing is there, or an ICMP error: the sender finds out in its own time */
    memcpy(&peer, from, sizeof peer);
    nbt_ep at = { ntohl(peer.sin_addr.s_addr), ntohs(peer.sin_port) };
    nbt_bytes data = { (const uint8_t *)buf->base, (size_t)n };
    k->of->cfg.rx(k->of->cfg.ctx, at, (nbt_ep){ 0, k->port }, data);
}

static struct sockaddr_in address(nbt_ep ep)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons(ep.port),
                                 .sin_addr.s_addr = htonl(ep.ip) };
}

static void open_err(const host_sockets *s, uint16_t port, int rc, host_err *err)
{
    if (rc == UV_EADDRINUSE)
        host_who_err(err, HOST_UDP, (nbt_ep){ 0, port }, "this computer", s->cfg.remedy);
    else
        host_err_set(err, HOST_SYSTEM, "UDP port %u of this computer cannot be opened: %s", port,
                     uv_strerror(rc));
}

bool host_sockets_open(host_sockets *s, uint16_t port, host_err *err)
{
    sock *k = calloc(1, sizeof *k);
    int rc = k ? uv_udp_init(s->uv, &k->handle) : UV_ENOMEM;
    if (rc) {
        free(k);
        open_err(s, port, rc, err);
        return false;
    }
    k->of = s;
    k->port = port;
    k->handle.data = k;
    LIST_INSERT_HEAD(&s->socks, k, link);
    struct sockaddr_in local = address((nbt_ep){ 0, port });
    rc = uv_udp_bind(&k->handle, (struct sockaddr *)&local, 0);
    if (rc == 0)
        rc = uv_udp_recv_start(&k->handle, on_room, on_packet);
    if (rc)
        open_err(s, port, rc, err);
    return rc == 0;
}

void host_sockets_send(host_sockets *s, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    struct sockaddr_in peer = address(to);
    uv_buf_t buf = { .base = (char *)(uintptr_t)data.p, .len = data.n };
    sock *k;
    LIST_FOREACH(k, &s->socks, link)
    if (k->port == from.port)
        (void)uv_udp_try_send(&k->handle, &buf, 1, (struct sockaddr *)&peer);
}
