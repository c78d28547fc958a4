/*
 * A descriptor on the loop, read until it has nothing.
 */
#include "tools/host/plug.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { AT_ONCE = 64 }; /* frames that are read before others have their turn */

struct host_plug {
    uv_poll_t poll;
    host_plug_cfg cfg;
    int fd;
    uint64_t lost;
    uint8_t frame[HOST_PLUG_FRAME_MAX];
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
    host_plug *p = poll->data;
    (void)events;
    for (unsigned i = 0; status == 0 && i < AT_ONCE; i++) {
        ssize_t n = read(p->fd, p->frame, sizeof p->frame);
        if (n > 0) {
            p->cfg.rx(p->cfg.ctx, p->frame, (size_t)n);
            continue;
        }
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        status = n < 0 ? -errno : -EPIPE;
    }
    if (status == 0)
        return;
    uv_poll_stop(poll);
    p->cfg.gone(p->cfg.ctx, -status);
}

host_plug *host_plug_new(uv_loop_t *uv, const host_plug_cfg *cfg, int fd)
{
    host_plug *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->cfg = *cfg;
    p->fd = fd;
    p->poll.data = p;
    if (uv_poll_init(uv, &p->poll, fd) != 0) {
        free(p);
        return NULL;
    }
    uv_poll_start(&p->poll, UV_READABLE, on_readable);
    return p;
}

static void on_closed(uv_handle_t *handle)
{
    host_plug *p = handle->data;
    close(p->fd);
    free(p);
}

void host_plug_free(host_plug *p)
{
    if (p)
        uv_close((uv_handle_t *)&p->poll, on_closed);
}

void host_plug_send(host_plug *p, const uint8_t *frame, size_t len)
{
    ssize_t n;
    while ((n = write(p->fd, frame, len)) < 0 && errno == EINTR)
        ;
    p->lost += n != (ssize_t)len;
}

uint64_t host_plug_lost(const host_plug *p)
{
    return p->lost;
}
