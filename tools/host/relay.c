/*
 * The wiring between a cable, its two ends and the loop.
 */
#include "tools/host/relay.h"

#include <stdlib.h>

struct host_relay {
    host_relay_cfg cfg;
    nbt_cable cable;
    host_plug *inner, *outer;
    size_t told; /* of those who use addresses of ours */
};

static void on_inner(void *ctx, uint8_t *frame, size_t len)
{
    host_relay *r = ctx;
    if (nbt_cable_out(&r->cable, frame, len) == NBT_CABLE_PASS)
        host_plug_send(r->outer, frame, len);
}

static void on_outer(void *ctx, uint8_t *frame, size_t len)
{
    host_relay *r = ctx;
    uint8_t news[NBT_CABLE_ARP_LEN];
    nbt_cable_way way = nbt_cable_in(&r->cable, host_now(), frame, len);
    if (nbt_cable_news(&r->cable, news))
        host_plug_send(r->inner, news, sizeof news);
    switch (way) {
    case NBT_CABLE_DROP:
        break;
    case NBT_CABLE_PASS:
        host_plug_send(r->inner, frame, len);
        break;
    case NBT_CABLE_REPLY:
        host_plug_send(r->outer, frame, len);
        break;
    }
    for (; r->cable.state == NBT_CABLE_UP && r->told < r->cable.ntaken; r->told++)
        r->cfg.conflict(r->cfg.ctx, &r->cable.taken[r->told]);
}

/* The kernel's end goes when its computers do. */
static void on_inner_gone(void *ctx, int error)
{
    (void)ctx;
    (void)error;
}

static void on_gone(void *ctx, int error)
{
    host_relay *r = ctx;
    r->cfg.gone(r->cfg.ctx, error);
}

/* Who is there only now, or again, has not heard what was asked before. */
static void on_linked(void *ctx, bool is, const char *why)
{
    host_relay *r = ctx;
    if (is && r->cable.state != NBT_CABLE_UP)
        nbt_cable_ask(&r->cable, host_now());
    r->cfg.linked(r->cfg.ctx, is, why);
}

static nbt_time due(const void *ctx)
{
    const host_relay *r = ctx;
    return nbt_cable_due(&r->cable);
}

static void tick(void *ctx, nbt_time now)
{
    host_relay *r = ctx;
    nbt_cable_state was = r->cable.state;
    uint8_t frame[NBT_CABLE_ARP_LEN];
    while (nbt_cable_tick(&r->cable, now, frame))
        host_plug_send(r->outer, frame, sizeof frame);
    if (r->cable.state != was)
        r->cfg.settled(r->cfg.ctx, &r->cable);
}

static void stop(void *ctx)
{
    host_relay *r = ctx;
    r->cfg.stop(r->cfg.ctx);
}

host_relay *host_relay_new(host_loop *loop, const host_relay_cfg *cfg, host_err *err)
{
    host_relay *r = calloc(1, sizeof *r);
    host_plug_cfg inner = { .ctx = r, .rx = on_inner, .gone = on_inner_gone };
    host_plug_cfg outer = { .ctx = r, .rx = on_outer, .linked = on_linked, .gone = on_gone };
    host_plug_end kernel = { .kind = HOST_PLUG_FRAMES, .fd = cfg->inner };
    host_driven driven = { .ctx = r, .due = due, .tick = tick, .stop = stop };
    if (r) {
        r->cfg = *cfg;
        r->inner = host_plug_new(host_loop_uv(loop), &inner, &kernel);
        r->outer = host_plug_new(host_loop_uv(loop), &outer, &cfg->outer);
    }
    if (!r || !r->inner || !r->outer) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        host_relay_free(r);
        return NULL;
    }
    nbt_cable_init(&r->cable, &cfg->cable);
    if (cfg->outer.kind == HOST_PLUG_FRAMES)
        nbt_cable_ask(&r->cable, host_now());
    host_loop_drive(loop, &driven);
    return r;
}

void host_relay_free(host_relay *r)
{
    if (!r)
        return;
    host_plug_free(r->inner);
    host_plug_free(r->outer);
    free(r);
}
