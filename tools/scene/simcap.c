/*
 * Simulated frames as octets.
 */
#include "tools/scene/simcap.h"
#include "capture/compose.h"
#include "tools/scene/build.h"

#include <stdlib.h>
#include <string.h>

#define EPOCH INT64_C(1767225600000000) /* 2026-01-01, when every simulation begins */

enum { FRAME_MAX = 65535 + 64 };

/* One direction of a TCP connection. */
typedef struct way {
    nbt_ep from, to;
    uint32_t first; /* the sequence number of its SYN */
    uint32_t next;  /* behind all that was sent */
} way;

struct simcap {
    const scene *s;
    cap_sink *sink;
    int64_t epoch;
    way *way;
    size_t nways, ways_cap;
    uint32_t opened;
    uint16_t id; /* of the last IP packet */
    bool failed;
    uint8_t payload[FRAME_MAX], frame[FRAME_MAX];
};

simcap *simcap_new(const char *path, const scene *s, char err[CAP_ERR_MAX])
{
    simcap *c = calloc(1, sizeof *c);
    if (!c) {
        (void)strcpy(err, "no memory");
        return NULL;
    }
    c->s = s;
    c->epoch = EPOCH;
    c->sink = cap_sink_new(path, CAP_COMPOSE_ETHERNET, err);
    if (c->sink)
        return c;
    free(c);
    return NULL;
}

void simcap_shift(simcap *c, int64_t more)
{
    c->epoch += more;
}

void simcap_epoch(simcap *c, int64_t epoch)
{
    c->epoch = epoch;
}

bool simcap_free(simcap *c)
{
    bool written = cap_sink_free(c->sink) && !c->failed;
    free(c->way);
    free(c);
    return written;
}

/* --- TCP -------------------------------------------------------------------------------------- */

static way *find_way(simcap *c, nbt_ep from, nbt_ep to)
{
    for (size_t i = 0; i < c->nways; i++)
        if (nbt_ep_eq(c->way[i].from, from) && nbt_ep_eq(c->way[i].to, to))
            return &c->way[i];
    return NULL;
}

/* NULL without memory. It moves the others. */
static way *open_way(simcap *c, nbt_ep from, nbt_ep to)
{
    way *w = find_way(c, from, to);
    if (w)
        return w; /* its SYN is repeated, or the ports are used again */
    if (c->nways == c->ways_cap) {
        size_t cap = c->ways_cap ? 2 * c->ways_cap : 16;
        way *more = realloc(c->way, cap * sizeof *more);
        if (!more)
            return NULL;
        c->way = more;
        c->ways_cap = cap;
    }
    w = &c->way[c->nways++];
    *w = (way){ .from = from, .to = to, .first = ++c->opened * UINT32_C(1640531527) };
    w->next = w->first;
    return w;
}

static void close_way(simcap *c, nbt_ep from, nbt_ep to)
{
    way *w = find_way(c, from, to);
    if (w)
        *w = c->way[--c->nways];
}

static uint8_t flags_of(const nbt_simframe *f)
{
    uint8_t ack = f->syn ? CAP_TCP_ACK : 0;
    switch (f->kind) {
    case NBT_SIMFRAME_SYN:
    case NBT_SIMFRAME_SYN_ACK:
        return CAP_TCP_SYN | ack;
    case NBT_SIMFRAME_DATA:
        return (uint8_t)(ack | (f->data.n > 0 ? CAP_COMPOSE_PSH : 0));
    case NBT_SIMFRAME_FIN:
        return CAP_TCP_FIN | ack;
    case NBT_SIMFRAME_RST:
        return CAP_TCP_RST | ack;
    case NBT_SIMFRAME_ACK:
    case NBT_SIMFRAME_UDP:
        break;
    }
    return ack;
}

/* False without memory. */
static bool put_tcp(simcap *c, nbt_wr *w, const nbt_simframe *f)
{
    bool syn = f->kind == NBT_SIMFRAME_SYN || f->kind == NBT_SIMFRAME_SYN_ACK;
    bool fin = f->kind == NBT_SIMFRAME_FIN;
    way *on = syn ? open_way(c, f->from, f->to) : find_way(c, f->from, f->to);
    if (syn && !on)
        return false;
    const way *back = find_way(c, f->to, f->from);
    uint32_t ack = back ? back->first + 1 + (uint32_t)f->ack + f->fin : 0;
    uint32_t seq = 0;
    if (on) {
        seq = syn ? on->first : on->first + 1 + (uint32_t)f->seq;
        if (f->kind == NBT_SIMFRAME_ACK || f->kind == NBT_SIMFRAME_RST)
            seq = on->next;
        uint32_t end = seq + (uint32_t)f->data.n + syn + fin;
        if ((int32_t)(end - on->next) > 0)
            on->next = end;
    }
    cap_compose_tcp(w, f->from, f->to, seq, ack, flags_of(f), f->data);
    if (f->kind == NBT_SIMFRAME_RST) {
        close_way(c, f->from, f->to);
        close_way(c, f->to, f->from);
    }
    return true;
}

/* --- frames ----------------------------------------------------------------------------------- */

static void put_ether(const simcap *c, nbt_wr *w, uint32_t from, uint32_t to)
{
    uint8_t source[6], target[6];
    bool all = to == 0xFFFFFFFF;
    for (uint32_t i = 0; i < c->s->nnetworks; i++)
        all = all || to == scene_build_broadcast(&c->s->network[i]);
    cap_compose_mac(from, source);
    cap_compose_mac(to, target);
    if (all)
        memset(target, 0xFF, sizeof target);
    cap_compose_ether(w, source, target);
}

uint64_t simcap_put(simcap *c, const nbt_simframe *f)
{
    nbt_wr payload, frame;
    bool udp = f->kind == NBT_SIMFRAME_UDP;
    nbt_wr_init(&payload, c->payload, sizeof c->payload);
    if (udp)
        cap_compose_udp(&payload, f->from, f->to, f->data);
    else if (!put_tcp(c, &payload, f))
        c->failed = true;
    nbt_wr_init(&frame, c->frame, sizeof c->frame);
    put_ether(c, &frame, f->from.ip, f->to.ip);
    cap_compose_ip(&frame, f->from.ip, f->to.ip, udp ? CAP_IP_UDP : CAP_IP_TCP, ++c->id, 0,
                   payload.at);
    nbt_wr_bytes(&frame, c->payload, payload.at, "payload");
    cap_packet p = { .number = cap_sink_count(c->sink) + 1,
                     .time = c->epoch + f->at,
                     .link = CAP_COMPOSE_ETHERNET,
                     .wire_len = (uint32_t)frame.at,
                     .bytes = { c->frame, frame.at } };
    c->failed = c->failed || payload.err || frame.err || !cap_sink_put(c->sink, &p);
    return cap_sink_count(c->sink);
}
