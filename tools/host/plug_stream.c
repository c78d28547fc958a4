/*
 * Streams of frames. Who is connected to a plug that listens is on one network with all others: a
 * hub, that gives each frame to everybody but the one it came from.
 */
#include <stdlib.h>

#include "tools/host/plug_impl.h"

enum {
    PEERS_MAX = 32,
    WAITING_MAX = 1 << 20, /* octets for a peer that does not read: then frames are lost */
    AGAIN_MS = 250,        /* until it is tried once more to connect */
};

struct plug_peer {
    LIST_ENTRY(plug_peer) link;
    host_plug *p;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } u;
    uv_connect_t connect;
    bool linked;
    nbt_framed framed;
    char in[65536];
};

static bool is_local(const host_plug *p)
{
    return p->end.to.ss_family == AF_UNIX;
}

/* -- who is there ------------------------------------------------------------------------------ */

static bool anybody(const host_plug *p)
{
    const plug_peer *peer;
    LIST_FOREACH(peer, &p->peers, link)
    {
        if (peer->linked)
            return true;
    }
    return false;
}

static void on_peer_closed(uv_handle_t *handle)
{
    plug_peer *peer = handle->data;
    host_plug *p = peer->p;
    free(peer);
    plug_closed(p);
}

/* Takes it out; whoever is left or comes is another one. */
static void part(plug_peer *peer, const char *why)
{
    host_plug *p = peer->p;
    bool was = peer->linked;
    if (uv_is_closing(&peer->u.handle))
        return;
    peer->linked = false;
    LIST_REMOVE(peer, link);
    p->npeers--;
    uv_close(&peer->u.handle, on_peer_closed);
    if (!p->closing && (was ? !anybody(p) : p->end.kind == HOST_PLUG_CONNECT))
        p->cfg.linked(p->cfg.ctx, false, why);
}

static void on_again(uv_timer_t *timer);

static void retry(host_plug *p)
{
    if (p->end.kind == HOST_PLUG_CONNECT && !p->closing)
        uv_timer_start(&p->again, on_again, AGAIN_MS, 0);
}

static void lose(plug_peer *peer, const char *why)
{
    host_plug *p = peer->p;
    part(peer, why);
    retry(p);
}

/* -- sending ----------------------------------------------------------------------------------- */

typedef struct rest {
    uv_write_t req;
    uint8_t bytes[];
} rest;

static void on_written(uv_write_t *req, int status)
{
    (void)status; /* reading tells when it is gone */
    free(req->data);
}

/* What did not leave at once of a frame that began to has to, or the stream makes no sense. */
static void send_rest(plug_peer *peer, const uint8_t *head, const uint8_t *frame, size_t len,
                      size_t gone)
{
    size_t all = NBT_FRAMED_HEAD + len;
    rest *r = malloc(sizeof *r + all);
    if (!r) {
        if (gone > 0)
            lose(peer, "no memory");
        return;
    }
    memcpy(r->bytes, head, NBT_FRAMED_HEAD);
    memcpy(r->bytes + NBT_FRAMED_HEAD, frame, len);
    uv_buf_t buf = uv_buf_init((char *)r->bytes + gone, (unsigned)(all - gone));
    r->req.data = r;
    if (uv_write(&r->req, &peer->u.stream, &buf, 1, on_written) != 0)
        free(r);
}

static void send_to(plug_peer *peer, const uint8_t *frame, size_t len)
{
    uint8_t head[NBT_FRAMED_HEAD];
    if (!peer->linked || uv_stream_get_write_queue_size(&peer->u.stream) > WAITING_MAX)
        return;
    nbt_framed_head(len, head);
    uv_buf_t bufs[] = { uv_buf_init((char *)head, sizeof head),
                        uv_buf_init((char *)(uintptr_t)frame, (unsigned)len) };
    int n = uv_try_write(&peer->u.stream, bufs, 2);
    if (n == UV_EAGAIN)
        n = 0;
    if (n >= 0 && (size_t)n < sizeof head + len)
        send_rest(peer, head, frame, len, (size_t)n);
}

void plug_stream_send(const host_plug *p, const plug_peer *but, const uint8_t *frame, size_t len)
{
    for (plug_peer *peer = LIST_FIRST(&p->peers), *next; peer; peer = next) {
        next = LIST_NEXT(peer, link);
        if (peer != but)
            send_to(peer, frame, len);
    }
}

/* -- receiving --------------------------------------------------------------------------------- */

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    plug_peer *peer = handle->data;
    (void)suggested;
    *buf = uv_buf_init(peer->in, sizeof peer->in);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    plug_peer *peer = stream->data;
    host_plug *p = peer->p;
    nbt_bytes in = { (const uint8_t *)buf->base, n > 0 ? (size_t)n : 0 };
    nbt_framed_result result = NBT_FRAMED_MORE;
    uint8_t *frame;
    size_t len;
    if (n < 0) {
        lose(peer, n == UV_EOF ? "it has closed the connection" : uv_strerror((int)n));
        return;
    }
    while (!p->closing &&
           (result = nbt_framed_take(&peer->framed, &in, &frame, &len)) == NBT_FRAMED_FRAME) {
        len = plug_pad(frame, len);
        plug_stream_send(p, peer, frame, len);
        p->cfg.rx(p->cfg.ctx, frame, len);
    }
    if (result == NBT_FRAMED_BAD)
        lose(peer, "it sends what are no frames: is it QEMU's -netdev socket or stream?");
}

static void begin_peer(plug_peer *peer)
{
    host_plug *p = peer->p;
    bool first = !anybody(p);
    peer->linked = true;
    if (!is_local(p))
        uv_tcp_nodelay(&peer->u.tcp, 1);
    uv_read_start(&peer->u.stream, on_room, on_read);
    if (first)
        p->cfg.linked(p->cfg.ctx, true, NULL);
}

static plug_peer *new_peer(host_plug *p)
{
    plug_peer *peer = calloc(1, sizeof *peer);
    if (!peer)
        return NULL;
    peer->p = p;
    nbt_framed_init(&peer->framed);
    if (is_local(p))
        uv_pipe_init(p->uv, &peer->u.pipe, 0);
    else
        uv_tcp_init(p->uv, &peer->u.tcp);
    peer->u.handle.data = peer;
    LIST_INSERT_HEAD(&p->peers, peer, link);
    p->npeers++;
    p->open++;
    return peer;
}

/* -- listening --------------------------------------------------------------------------------- */

static void on_knock(uv_stream_t *ear, int status)
{
    host_plug *p = ear->data;
    plug_peer *peer = status == 0 ? new_peer(p) : NULL;
    if (!peer)
        return; /* it waits in the kernel's queue */
    if (uv_accept(ear, &peer->u.stream) == 0 && p->npeers <= PEERS_MAX)
        begin_peer(peer);
    else
        part(peer, "");
}

static void on_ear_closed(uv_handle_t *handle)
{
    plug_closed(handle->data);
    free(handle);
}

static bool listen_here(host_plug *p)
{
    enum { BACKLOG = 16 };
    bool local = is_local(p);
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } *ear = calloc(1, sizeof *ear);
    if (!ear)
        return false;
    if (local)
        uv_pipe_init(p->uv, &ear->pipe, 0);
    else
        uv_tcp_init(p->uv, &ear->tcp);
    ear->handle.data = p;
    p->ear = &ear->stream;
    p->open++;
    if (local ? uv_pipe_open(&ear->pipe, p->end.fd) : uv_tcp_open(&ear->tcp, p->end.fd))
        return true; /* it never hears anybody */
    (void)uv_listen(p->ear, BACKLOG, on_knock);
    return true;
}

/* -- connecting -------------------------------------------------------------------------------- */

static void on_connected(uv_connect_t *connect, int status)
{
    plug_peer *peer = connect->data;
    if (status == 0)
        begin_peer(peer);
    else if (status != UV_ECANCELED)
        lose(peer, uv_strerror(status));
}

static void connect_there(host_plug *p)
{
    plug_peer *peer = new_peer(p);
    if (!peer) {
        retry(p);
        return;
    }
    peer->connect.data = peer;
    int rc = 0;
    if (is_local(p))
        uv_pipe_connect(&peer->connect, &peer->u.pipe,
                        ((const struct sockaddr_un *)&p->end.to)->sun_path, on_connected);
    else
        rc = uv_tcp_connect(&peer->connect, &peer->u.tcp, (const struct sockaddr *)&p->end.to,
                            on_connected);
    if (rc)
        lose(peer, uv_strerror(rc));
}

static void on_again(uv_timer_t *timer)
{
    connect_there(timer->data);
}

static void on_timer_closed(uv_handle_t *handle)
{
    plug_closed(handle->data);
}

/* -- life -------------------------------------------------------------------------------------- */

bool plug_stream_begin(host_plug *p)
{
    if (p->end.kind == HOST_PLUG_LISTEN)
        return listen_here(p);
    uv_timer_init(p->uv, &p->again);
    p->again.data = p;
    p->open++;
    uv_timer_start(&p->again, on_again, 0, 0);
    return true;
}

void plug_stream_end(host_plug *p)
{
    while (!LIST_EMPTY(&p->peers))
        part(LIST_FIRST(&p->peers), "");
    if (p->ear)
        uv_close((uv_handle_t *)p->ear, on_ear_closed);
    else
        uv_close((uv_handle_t *)&p->again, on_timer_closed);
}
