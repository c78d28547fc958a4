/*
 * Two packet sockets and a queue. Frames are held in a ring, since all are held for the same time.
 */
#include "tools/lab/delay.h"
#include "tools/lab/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FRAME_MAX = 2048, FRAMES_MAX = 256 };

typedef struct held {
    uint64_t due; /* milliseconds of the loop */
    size_t len;
    uint8_t bytes[FRAME_MAX];
} held;

struct lab_delay {
    uv_loop_t *loop;
    uv_timer_t timer;
    uv_poll_t poll[2];
    int fd[2]; /* towards the computer, towards the bridge */
    unsigned ms, open;
    size_t first, n;
    held ring[FRAMES_MAX];
};

static int open_port(const char *name)
{
    struct sockaddr_ll at = { .sll_family = AF_PACKET,
                              .sll_protocol = htons(ETH_P_ALL),
                              .sll_ifindex = (int)if_nametoindex(name) };
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* The next frame that came in: its length, or 0 when there is none. */
static size_t next_frame(int fd, uint8_t *bytes)
{
    for (;;) {
        struct sockaddr_ll from;
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(fd, bytes, FRAME_MAX, 0, (struct sockaddr *)&from, &len);
        if (n <= 0)
            return 0;
        if (from.sll_pkttype != PACKET_OUTGOING)
            return (size_t)n;
    }
}

/* A frame that cannot be sent is lost, as it is on a wire. */
static void pass(int fd, const uint8_t *bytes, size_t len)
{
    (void)!send(fd, bytes, len, 0);
}

static void on_due(uv_timer_t *t)
{
    lab_delay *d = t->data;
    uint64_t now = uv_now(d->loop);
    for (; d->n > 0 && d->ring[d->first].due <= now; d->n--) {
        pass(d->fd[1], d->ring[d->first].bytes, d->ring[d->first].len);
        d->first = (d->first + 1) % FRAMES_MAX;
    }
    if (d->n > 0)
        uv_timer_start(t, on_due, d->ring[d->first].due - now, 0);
}

static void on_computer(uv_poll_t *poll, int status, int events)
{
    lab_delay *d = poll->data;
    (void)status;
    (void)events;
    uint8_t lost[FRAME_MAX];
    uv_update_time(d->loop);
    for (;;) {
        held *h = d->n < FRAMES_MAX ? &d->ring[(d->first + d->n) % FRAMES_MAX] : NULL;
        size_t len = next_frame(d->fd[0], h ? h->bytes : lost);
        if (len == 0)
            break;
        if (!h)
            continue;
        h->len = len;
        h->due = uv_now(d->loop) + d->ms;
        if (d->n++ == 0)
            uv_timer_start(&d->timer, on_due, d->ms, 0);
    }
}

static void on_bridge(uv_poll_t *poll, int status, int events)
{
    lab_delay *d = poll->data;
    (void)status;
    (void)events;
    uint8_t bytes[FRAME_MAX];
    size_t len;
    while ((len = next_frame(d->fd[1], bytes)) > 0)
        pass(d->fd[0], bytes, len);
}

lab_delay *lab_delay_new(uv_loop_t *loop, const char *port, unsigned ms)
{
    if (!lab_net_detour(port))
        return NULL;
    lab_delay *d = calloc(1, sizeof *d);
    int fd[2] = { open_port(port), open_port(LAB_DETOUR) };
    if (!d || fd[0] < 0 || fd[1] < 0) {
        fprintf(stderr, "nbtlab: no slow link at %s: %s\n", port, strerror(errno));
        for (int i = 0; i < 2; i++) {
            if (fd[i] >= 0)
                close(fd[i]);
        }
        free(d);
        return NULL;
    }
    d->loop = loop;
    d->ms = ms;
    uv_timer_init(loop, &d->timer);
    d->timer.data = d;
    for (int i = 0; i < 2; i++) {
        d->fd[i] = fd[i];
        uv_poll_init(loop, &d->poll[i], fd[i]);
        d->poll[i].data = d;
    }
    d->open = 3;
    uv_poll_start(&d->poll[0], UV_READABLE, on_computer);
    uv_poll_start(&d->poll[1], UV_READABLE, on_bridge);
    return d;
}

static void on_closed(uv_handle_t *h)
{
    lab_delay *d = h->data;
    if (--d->open > 0)
        return;
    close(d->fd[0]);
    close(d->fd[1]);
    free(d);
}

void lab_delay_free(lab_delay *d)
{
    if (!d)
        return;
    uv_close((uv_handle_t *)&d->timer, on_closed);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&d->poll[i], on_closed);
}
