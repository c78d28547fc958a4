/*
 * What plug.c and plug_stream.c share.
 */
#ifndef TOOLS_HOST_PLUG_IMPL_H
#define TOOLS_HOST_PLUG_IMPL_H

#include <string.h>
#include <sys/queue.h>
#include <sys/un.h>

#include "tools/host/plug.h"

typedef struct plug_peer plug_peer; /* a stream */

struct host_plug {
    uv_loop_t *uv;
    host_plug_cfg cfg;
    host_plug_end end;
    uv_poll_t poll;   /* FRAMES */
    uv_stream_t *ear; /* LISTEN */
    uv_timer_t again; /* CONNECT */
    LIST_HEAD(, plug_peer) peers;
    unsigned npeers;
    unsigned open; /* handles and peers that are not yet closed */
    bool closing;
    uint8_t frame[NBT_FRAMED_MAX];
};

/*
 * IEEE 802.3 3.2.8: no frame is shorter, and who emulates an old card may not fill it up. Does so,
 * where there is room, and gives the length.
 */
enum { PLUG_FRAME_MIN = 60 };
static inline size_t plug_pad(uint8_t *frame, size_t len)
{
    if (len >= PLUG_FRAME_MIN)
        return len;
    memset(frame + len, 0, PLUG_FRAME_MIN - len);
    return PLUG_FRAME_MIN;
}

/* Begins to listen or to connect. False without memory. */
bool plug_stream_begin(host_plug *p);

/* To all who are there; but for one, or NULL. */
void plug_stream_send(const host_plug *p, const plug_peer *but, const uint8_t *frame, size_t len);

void plug_stream_end(host_plug *p);

/* Something of it has been closed: the last one frees it. */
void plug_closed(host_plug *p);

#endif
