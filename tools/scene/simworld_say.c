/*
 * What is said on the wires: frames to messages, for faults before they leave and as events when
 * they have left.
 */
#include "tools/scene/simworld_impl.h"

#include <string.h>

/* --- messages in frames ----------------------------------------------------------------------- */

static bool is_port(const nbt_simframe *f, uint16_t port)
{
    return f->from.port == port || f->to.port == port;
}

/* The service that is spoken; false: none. */
static bool service_of(const nbt_simframe *f, nbt_service *service)
{
    bool udp = f->kind == NBT_SIMFRAME_UDP;
    if (is_port(f, NBT_PORT_NS))
        *service = NBT_SERVICE_NAME;
    else if (udp && is_port(f, NBT_PORT_DGM))
        *service = NBT_SERVICE_DATAGRAM;
    else if (!udp && is_port(f, NBT_PORT_SSN))
        *service = NBT_SERVICE_SESSION;
    else
        return false;
    return true;
}

/* How many octets the first message of a stream has, and how many of them are the message's length
   (RFC 1002 4.2.1.1); 0: that is not known yet. */
static size_t framed(nbt_service service, nbt_bytes b, size_t *head)
{
    enum { LENGTH = 2 };
    *head = service == NBT_SERVICE_NAME ? LENGTH : 0;
    if (service == NBT_SERVICE_SESSION)
        return nbt_ssn_frame(b);
    return b.n < LENGTH ? 0 : LENGTH + ((size_t)b.p[0] << 8 | b.p[1]);
}

static bool is_for_all(const simworld *w, uint32_t ip)
{
    bool all = ip == 0xFFFFFFFF;
    for (uint32_t i = 0; i < w->s->nnetworks; i++)
        all = all || ip == scene_build_broadcast(&w->s->network[i]);
    return all;
}

/* --- streams ---------------------------------------------------------------------------------- */

static size_t find_stream(const simworld *w, const nbt_simframe *f)
{
    size_t i = 0;
    while (i < w->nstreams &&
           !(nbt_ep_eq(w->stream[i].from, f->from) && nbt_ep_eq(w->stream[i].to, f->to)))
        i++;
    return i;
}

static void end_stream(simworld *w, size_t i)
{
    if (i == w->nstreams)
        return;
    nbt_mem_free(w->cfg.mem, w->stream[i].b, w->stream[i].cap);
    w->stream[i] = w->stream[--w->nstreams];
}

static void begin_stream(simworld *w, const nbt_simframe *f)
{
    end_stream(w, find_stream(w, f));
    if (w->nstreams == w->streams_cap) {
        simstream *more = nbt_mem_grow(w->cfg.mem, w->stream, &w->streams_cap, sizeof *more);
        if (!more) {
            w->failed = true;
            return;
        }
        w->stream = more;
    }
    w->stream[w->nstreams++] = (simstream){ .from = f->from, .to = f->to };
}

static bool append(simworld *w, simstream *s, nbt_bytes data)
{
    while (s->cap - s->n < data.n) {
        uint8_t *more = nbt_mem_grow(w->cfg.mem, s->b, &s->cap, 1);
        if (!more) {
            w->failed = true;
            return false;
        }
        s->b = more;
    }
    if (data.n > 0)
        memcpy(s->b + s->n, data.p, data.n);
    s->n += data.n;
    s->seq += data.n;
    return true;
}

/* --- faults ----------------------------------------------------------------------------------- */

static void meet(simworld *w, const nbt_simframe *f, nbt_service service, size_t at, size_t n,
                 scene_fate *sum)
{
    nbt_msg m;
    nbt_msg_rd(&m, service, w->spoilt + at, n);
    scene_sent sent = {
        .from = f->from, .to = f->to, .broadcast = is_for_all(w, f->to.ip), .msg = &m
    };
    scene_fate fate = scene_faults_meet(w->faults, f->at, &sent, w->spoilt + at, n);
    sum->drop = sum->drop || fate.drop;
    sum->behind = sum->behind || fate.behind;
    sum->corrupted = sum->corrupted || fate.corrupted;
    sum->more += fate.more;
    sum->copies += fate.copies;
}

/* The messages that begin in a piece of a stream and are whole in it. */
static void meet_piece(simworld *w, const nbt_simframe *f, nbt_service service, scene_fate *sum)
{
    size_t i = find_stream(w, f), head;
    if (i < w->nstreams && f->seq == w->stream[i].seq && w->stream[i].n > 0)
        return; /* it begins in the middle of one */
    for (size_t at = 0, n; at < f->data.n; at += n) {
        n = framed(service, (nbt_bytes){ w->spoilt + at, f->data.n - at }, &head);
        if (n == 0 || n > f->data.n - at)
            return;
        meet(w, f, service, at + head, n - head, sum);
    }
}

static bool copy(simworld *w, nbt_bytes data)
{
    while (w->spoilt_cap < data.n) {
        uint8_t *more = nbt_mem_grow(w->cfg.mem, w->spoilt, &w->spoilt_cap, 1);
        if (!more) {
            w->failed = true;
            return false;
        }
        w->spoilt = more;
    }
    memcpy(w->spoilt, data.p, data.n);
    return true;
}

void simworld_tap(void *ctx, const nbt_simframe *f, nbt_simfate *fate)
{
    simworld *w = ctx;
    nbt_service service;
    scene_fate sum = { 0 };
    if (!scene_faults_any(w->faults) || f->data.n == 0 || !service_of(f, &service) ||
        !copy(w, f->data))
        return;
    if (f->kind == NBT_SIMFRAME_UDP)
        meet(w, f, service, 0, f->data.n, &sum);
    else
        meet_piece(w, f, service, &sum);
    fate->drop = sum.drop;
    fate->behind = sum.behind;
    fate->more = sum.more;
    fate->again = sum.copies;
    if (sum.corrupted)
        fate->data = (nbt_bytes){ w->spoilt, f->data.n };
}

/* --- events ----------------------------------------------------------------------------------- */

static void tell(simworld *w, const nbt_simframe *f, uint64_t number, nbt_service service,
                 nbt_bytes data)
{
    nbt_msg m;
    nbt_msg_rd(&m, service, data.p, data.n);
    scene_event ev = { .kind = SCENE_EV_MESSAGE,
                       .at = f->at,
                       .from = f->from,
                       .to = f->to,
                       .broadcast = is_for_all(w, f->to.ip),
                       .lost = f->copies == 0 && f->kind == NBT_SIMFRAME_UDP,
                       .frame = number,
                       .msg = &m };
    w->cfg.event(w->cfg.ctx, &ev);
}

/* What is sent for the first time; the rest of it has been seen. */
static void tell_piece(simworld *w, const nbt_simframe *f, uint64_t number, nbt_service service)
{
    size_t i = find_stream(w, f), head, n, at = 0;
    simstream *s = &w->stream[i];
    if (i == w->nstreams || f->seq != s->seq || !append(w, s, f->data))
        return;
    while ((n = framed(service, (nbt_bytes){ s->b + at, s->n - at }, &head)) > 0 &&
           n <= s->n - at) {
        tell(w, f, number, service, (nbt_bytes){ s->b + at + head, n - head });
        at += n;
    }
    s->n -= at;
    if (s->n > 0)
        memmove(s->b, s->b + at, s->n);
}

static void show_stream(simworld *w, const nbt_simframe *f, uint64_t number, nbt_service service)
{
    nbt_simframe back = { .from = f->to, .to = f->from };
    switch (f->kind) {
    case NBT_SIMFRAME_SYN:
    case NBT_SIMFRAME_SYN_ACK:
        begin_stream(w, f);
        return;
    case NBT_SIMFRAME_DATA:
        tell_piece(w, f, number, service);
        return;
    case NBT_SIMFRAME_FIN:
        end_stream(w, find_stream(w, f));
        return;
    case NBT_SIMFRAME_RST:
        end_stream(w, find_stream(w, f));
        end_stream(w, find_stream(w, &back));
        return;
    case NBT_SIMFRAME_ACK:
    case NBT_SIMFRAME_UDP:
        return;
    }
}

void simworld_shown(simworld *w)
{
    const nbt_simframe *f;
    nbt_service service;
    while ((f = nbt_simnet_frame(w->net))) {
        uint64_t number = w->cfg.frame ? w->cfg.frame(w->cfg.ctx, f) : 0;
        if (!service_of(f, &service))
            continue;
        if (f->kind == NBT_SIMFRAME_UDP)
            tell(w, f, number, service, f->data);
        else
            show_stream(w, f, number, service);
    }
}
