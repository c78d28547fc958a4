/*
 * Reading a descriptor on the loop. What cannot be waited for (a file, /dev/null) is always ready,
 * and is read by and by while the loop is idle.
 */
#include "tools/host/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct host_input {
    host_input_cfg cfg;
    int fd;
    bool polled; /* `poll` is in use, else `idle` */
    bool held, ended, freed;
    union {
        uv_handle_t handle;
        uv_poll_t poll;
        uv_idle_t idle;
    };
};

static void follow(host_input *in);

static void end(host_input *in)
{
    in->ended = true;
    follow(in);
    in->cfg.end(in->cfg.ctx);
}

static void read_some(host_input *in)
{
    uint8_t bytes[HOST_INPUT_MAX];
    ssize_t n = read(in->fd, bytes, sizeof bytes);
    if (n > 0)
        in->cfg.bytes(in->cfg.ctx, (nbt_bytes){ bytes, (size_t)n });
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        end(in);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    read_some(poll->data);
}

static void on_idle(uv_idle_t *idle)
{
    read_some(idle->data);
}

/* Starts or stops the handle, as things stand. */
static void follow(host_input *in)
{
    bool on = !in->held && !in->ended && !in->freed;
    if (in->polled && on)
        uv_poll_start(&in->poll, UV_READABLE | UV_DISCONNECT, on_poll);
    else if (in->polled)
        uv_poll_stop(&in->poll);
    else if (on)
        uv_idle_start(&in->idle, on_idle);
    else
        uv_idle_stop(&in->idle);
}

/*
 * libuv makes what it waits for non-blocking, and that is shared with everybody who has the same
 * open file, such as the shell and its terminal. So it gets an open file of its own, which a socket
 * (whose other end is somebody's who wants it so) cannot have.
 */
static int own(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int mine = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (mine < 0)
        mine = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return mine >= 0 ? mine : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

host_input *host_input_new(uv_loop_t *uv, int fd, const host_input_cfg *cfg, host_err *err)
{
    host_input *in = calloc(1, sizeof *in);
    if (!in || (in->fd = own(fd)) < 0) {
        host_err_set(err, HOST_SYSTEM, "standard input cannot be read: %s", strerror(errno));
        free(in);
        return NULL;
    }
    in->cfg = *cfg;
    in->polled = uv_poll_init(uv, &in->poll, in->fd) == 0;
    if (!in->polled)
        uv_idle_init(uv, &in->idle);
    in->handle.data = in;
    follow(in);
    return in;
}

void host_input_hold(host_input *in, bool hold)
{
    in->held = hold;
    follow(in);
}

static void on_closed(uv_handle_t *handle)
{
    host_input *in = handle->data;
    close(in->fd);
    free(in);
}

void host_input_free(host_input *in)
{
    if (!in)
        return;
    in->freed = true;
    follow(in);
    uv_close(&in->handle, on_closed);
}
