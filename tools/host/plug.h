/*
 * Where Ethernet frames come and go: a TAP device. Whatever it is, a frame that cannot
 * leave at once is lost, as on a network. It never looks into a frame.
 */
#ifndef TOOLS_HOST_PLUG_H
#define TOOLS_HOST_PLUG_H

#include <uv.h>

#include "tools/host/err.h"

enum { HOST_PLUG_FRAME_MAX = 65536 + 4096 };

typedef struct host_plug_cfg {
    void *ctx;
    /* A frame; it may be changed, and lasts for the call. */
    void (*rx)(void *ctx, uint8_t *frame, size_t len);
    /* It does not carry frames any more (errno). */
    void (*gone)(void *ctx, int error);
} host_plug_cfg;

typedef struct host_plug host_plug;

/* A descriptor that gives and takes a frame at a time and does not block, as a TAP device's. It is
 * the plug's from then on. NULL without memory. */
host_plug *host_plug_new(uv_loop_t *uv, const host_plug_cfg *cfg, int fd);

void host_plug_free(host_plug *p);

void host_plug_send(host_plug *p, const uint8_t *frame, size_t len);

/* Frames that could not leave. */
uint64_t host_plug_lost(const host_plug *p);

#endif
