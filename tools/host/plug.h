/*
 * Where Ethernet frames come and go: a descriptor that carries one at a time, or a socket of QEMU's
 * `-netdev`. Whatever it is, a frame that cannot leave at once is lost, as on a network. It never
 * looks into a frame.
 */
#ifndef TOOLS_HOST_PLUG_H
#define TOOLS_HOST_PLUG_H

#include <sys/socket.h>
#include <uv.h>

#include "nbt/framed.h"
#include "tools/host/err.h"

typedef enum host_plug_kind {
    HOST_PLUG_FRAMES,  /* a tap; or a datagram socket, where `to` says whom to send to */
    HOST_PLUG_LISTEN,  /* a socket that listens: whoever connects is on one network with us */
    HOST_PLUG_CONNECT, /* a stream to `to`, begun again whenever it ends */
} host_plug_kind;

/* Tools/host/cord.h opens those that are sockets. */
typedef struct host_plug_end {
    host_plug_kind kind;
    int fd; /* CONNECT: none, -1 */
    struct sockaddr_storage to;
    socklen_t to_len; /* 0: nobody */
} host_plug_end;

typedef struct host_plug_cfg {
    void *ctx;
    /* A frame; it may be changed, and lasts for the call. */
    void (*rx)(void *ctx, uint8_t *frame, size_t len);
    /* Somebody is there now; or nobody is any more, or yet, with the reason, a static text. */
    void (*linked)(void *ctx, bool is, const char *why);
    /* It does not carry frames any more (errno). */
    void (*gone)(void *ctx, int error);
} host_plug_cfg;

typedef struct host_plug host_plug;

/* The descriptor is the plug's from then on, and does not block. FRAMES are linked from the
 * beginning, which is not told. NULL without memory. */
host_plug *host_plug_new(uv_loop_t *uv, const host_plug_cfg *cfg, const host_plug_end *end);

void host_plug_free(host_plug *p);

void host_plug_send(host_plug *p, const uint8_t *frame, size_t len);

#endif
