/*
 * A descriptor on the loop, read until it has nothing.
 */
#include "tools/host/plug_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { AT_ONCE = 64 }; /* frames that are read before others have their turn */

static void on_readable(uv_poll_t *poll, int status, int events)
{
    host_plug *p = poll->data;
    (void)events;
    for (unsigned i = 0; status == 0 && i < AT_ONCE; i++) {
        ssize_t n = read(p->end.fd, p->frame, sizeof p->frame);
        if (n > 0) {
            p->cfg.rx(p->cfg.ctx, p->frame, (size_t)n);
            continue;
        }
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0 && errno == ECONNREFUSED && p->end.to_len > 0)
            continue; /* whom datagrams are for is not there: it may come */
        status = n < 0 ? -errno : -EPIPE;
    }
    if (status == 0)
        return;
    uv_poll_stop(poll);
    p->cfg.gone(p->cfg.ctx, -status);
}

static bool begin_frames(host_plug *p)
{
    if (uv_poll_init(p->uv, &p->poll, p->end.fd) != 0)
        return false;
    p->poll.data = p;
    p->open++;
    uv_poll_start(&p->poll, UV_READABLE, on_readable);
    return true;
}

host_plug *host_plug_new(uv_loop_t *uv, const host_plug_cfg *cfg, const host_plug_end *end)
{
    host_plug *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->uv = uv;
    p->cfg = *cfg;
    p->end = *end;
    LIST_INIT(&p->peers);
    if (end->kind == HOST_PLUG_FRAMES ? begin_frames(p) : plug_stream_begin(p))
        return p;
    free(p);
    return NULL;
}

void plug_closed(host_plug *p)
{
    if (--p->open > 0 || !p->closing)
        return;
    if (p->end.kind == HOST_PLUG_FRAMES)
        close(p->end.fd);
    free(p);
}

static void on_closed(uv_handle_t *handle)
{
    plug_closed(handle->data);
}

void host_plug_free(host_plug *p)
{
    if (!p)
        return;
    p->closing = true;
    if (p->end.kind == HOST_PLUG_FRAMES)
        uv_close((uv_handle_t *)&p->poll, on_closed);
    else
        plug_stream_end(p);
}

static void send_frame(const host_plug *p, const uint8_t *frame, size_t len)
{
    while ((p->end.to_len > 0 ? sendto(p->end.fd, frame, len, 0,
                                       (const struct sockaddr *)&p->end.to, p->end.to_len)
                              : write(p->end.fd, frame, len)) < 0 &&
           errno == EINTR)
        ;
}

void host_plug_send(host_plug *p, const uint8_t *frame, size_t len)
{
    uint8_t padded[PLUG_FRAME_MIN];
    if (len < sizeof padded) {
        memcpy(padded, frame, len);
        len = plug_pad(padded, len);
        frame = padded;
    }
    if (p->end.kind == HOST_PLUG_FRAMES)
        send_frame(p, frame, len);
    else
        plug_stream_send(p, NULL, frame, len);
}
