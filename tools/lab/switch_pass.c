/*
 * Frames on their way: taken from the cables, met by faults, told of, and passed on when their time
 * has come. Who reaches whom and what becomes of a copy is decided by nbt/simwire, what faults do
 * by tools/scene: as in a simulated run.
 */
#include "capture/compose.h"
#include "tools/lab/switch_impl.h"

#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* -- time -------------------------------------------------------------------------------------- */

/* The alarm rings when the next copy arrives, or the patience with a waiting one is over. */
static void set_alarm(lab_switch *sw)
{
    nbt_time due = nbt_heap_due(&sw->due);
    for (uint32_t i = 0; i < sw->s->nhosts; i++)
        if (sw->waiting[i].bytes)
            due = nbt_time_min(due, sw->waiting[i].until);
    struct itimerspec at = { 0 };
    if (due != NBT_NEVER) {
        uint64_t ns = sw->zero + (uint64_t)due * 1000;
        at.it_value.tv_sec = (time_t)(ns / 1000000000);
        at.it_value.tv_nsec = (long)(ns % 1000000000);
    }
    (void)timerfd_settime(sw->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

/* -- copies on their way ----------------------------------------------------------------------- */

/* How often, and how long after each other, it is tried to reach somebody whose hardware address is
 * not known. */
#define UPLINK_TRIES 50
#define UPLINK_PAUSE NBT_MS(20)

/* False: it has to be tried again. */
static bool arrive(lab_switch *sw, switch_flight *f)
{
    if (nbt_simwire_at(&sw->wire, f->to + 1)->down)
        return true;
    if (sw->port[f->to].real)
        return switch_uplink_put(sw, f->to, f->bytes, f->len) || ++f->tries == UPLINK_TRIES;
    (void)!send(sw->port[f->to].fd, f->bytes, f->len, 0); /* what cannot be sent is lost */
    return true;
}

/* A place for one more copy; it is lost where too many are on their way. */
static uint32_t free_place(lab_switch *sw)
{
    for (uint32_t i = 0; i < sw->nflights; i++)
        if (!sw->flight[i].bytes)
            return i;
    switch_flight *more = sw->nflights < SWITCH_FLIGHTS_MAX
                              ? realloc(sw->flight, (sw->nflights + 1) * sizeof *more)
                              : NULL;
    if (!more)
        return UINT32_MAX;
    sw->flight = more;
    sw->flight[sw->nflights].bytes = NULL;
    return (uint32_t)sw->nflights++;
}

static bool take_off(lab_switch *sw, nbt_time at, uint32_t to, const uint8_t *bytes, size_t len)
{
    uint32_t place = free_place(sw);
    uint8_t *copy = place == UINT32_MAX ? NULL : malloc(len);
    if (!copy || !nbt_heap_push(&sw->due, at, place)) {
        free(copy);
        return false;
    }
    memcpy(copy, bytes, len);
    sw->flight[place] = (switch_flight){ .to = to, .len = len, .bytes = copy };
    return true;
}

/* How a frame leaves: what faults have said, and what it must not overtake. */
typedef struct leaving {
    bool udp;
    nbt_time now, more, floor, latest;
} leaving;

static uint32_t send_to(lab_switch *sw, uint32_t from, uint32_t to, const uint8_t *bytes,
                        size_t len, leaving *l)
{
    nbt_time takes[2];
    unsigned copies = l->udp ? nbt_simwire_datagram(&sw->wire, from + 1, to + 1, takes)
                             : nbt_simwire_piece(&sw->wire, from + 1, to + 1, takes);
    uint32_t sent = 0;
    for (unsigned i = 0; i < copies; i++) {
        nbt_time at = l->now + takes[i] + l->more, *last = &sw->latest[from][to];
        at = at < l->floor ? l->floor : at;
        if (!l->udp) /* a stream's pieces stay in order: to lose one is what costs it time */
            at = *last = at < *last ? *last : at;
        l->latest = at > l->latest ? at : l->latest;
        sent += take_off(sw, at, to, bytes, len);
    }
    return sent;
}

/* To whom its hardware address says; how many copies are on their way. */
static uint32_t send_frame(lab_switch *sw, uint32_t from, const uint8_t *bytes, size_t len,
                           leaving *l)
{
    uint32_t copies = 0;
    uint32_t segment = nbt_simwire_at(&sw->wire, from + 1)->segment;
    if (!(bytes[0] & 1)) {
        uint32_t to = nbt_simwire_find(&sw->wire, lab_segment_ip(bytes));
        return to && to - 1 != from ? send_to(sw, from, to - 1, bytes, len, l) : 0;
    }
    /* All real machines hear one copy; and each other, without anybody's help. */
    bool outside = sw->port[from].real;
    for (uint32_t i = 0; i < sw->nports; i++) {
        if (i == from || (outside && sw->port[i].real) ||
            nbt_simwire_at(&sw->wire, i + 1)->segment != segment)
            continue;
        outside = outside || sw->port[i].real;
        copies += send_to(sw, from, i, bytes, len, l);
    }
    return copies;
}

/* -- what leaves a host ------------------------------------------------------------------------ */

/* Its number in the capture, from 1; 0 where there is none. */
static uint64_t record(lab_switch *sw, const uint8_t *bytes, size_t len)
{
    struct timespec t;
    if (!sw->sink)
        return 0;
    clock_gettime(CLOCK_REALTIME, &t);
    cap_packet p = { .number = cap_sink_count(sw->sink) + 1,
                     .time = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000,
                     .link = CAP_COMPOSE_ETHERNET,
                     .wire_len = (uint32_t)len,
                     .bytes = { bytes, len } };
    sw->lost = !cap_sink_put(sw->sink, &p) || sw->lost;
    return cap_sink_count(sw->sink);
}

/* It leaves as often as faults want it, and whoever wants to know is told. */
static void leave(lab_switch *sw, uint32_t from, const uint8_t *bytes, size_t len, lab_segment *seg,
                  const nbt_simfate *fate, leaving *l)
{
    for (uint32_t i = 0; i <= (seg->udp ? fate->again : 0); i++) {
        if (i == 1)
            l->more += fate->later;
        uint32_t copies = fate->drop ? 0 : send_frame(sw, from, bytes, len, l);
        uint64_t number = record(sw, bytes, len);
        for (unsigned k = 0; k < seg->n; k++) {
            seg->frame[k].copies = copies;
            scene_hear_frame(&sw->hear, &seg->frame[k], number);
        }
    }
}

/* The one that waits on a host, now that another has left or its patience is over. */
static void send_waiting(lab_switch *sw, uint16_t host, nbt_time floor)
{
    switch_waiting w = sw->waiting[host];
    lab_segment seg;
    leaving l = { .udp = true, .now = lab_switch_now(sw), .floor = floor };
    sw->waiting[host].bytes = NULL;
    lab_segment_rd(&sw->ways, l.now, w.bytes, w.len, &seg);
    leave(sw, w.from, w.bytes, w.len, &seg, &(nbt_simfate){ 0 }, &l);
    free(w.bytes);
}

static bool let_wait(lab_switch *sw, uint32_t from, const uint8_t *bytes, size_t len,
                     const lab_segment *seg, nbt_time now)
{
    switch_waiting *w = &sw->waiting[sw->port[from].host];
    uint8_t *copy = w->bytes ? NULL : malloc(len);
    if (!copy)
        return false;
    memcpy(copy, bytes, len);
    *w = (switch_waiting){ copy, len, from, seg->frame[0].to, now + NBT_SIMNET_PATIENCE };
    return true;
}

/* A frame that passed on an interface that is watched: of hosts of the scenario. */
static void observe(lab_switch *sw, const uint8_t *bytes, size_t len)
{
    lab_segment seg;
    lab_segment_rd(&sw->ways, lab_switch_now(sw), bytes, len, &seg);
    if (seg.n == 0 || (!nbt_simwire_find(&sw->wire, seg.frame[0].from.ip) &&
                       !nbt_simwire_find(&sw->wire, seg.frame[0].to.ip)))
        return;
    uint64_t number = record(sw, bytes, len);
    for (unsigned k = 0; k < seg.n; k++) {
        seg.frame[k].copies = 1; /* as far as anybody knows */
        scene_hear_frame(&sw->hear, &seg.frame[k], number);
    }
}

/* A frame that a host sends, to be changed where it stands. */
static void take(lab_switch *sw, uint32_t from, uint8_t *bytes, size_t len)
{
    uint16_t host = sw->port[from].host;
    nbt_time now = lab_switch_now(sw);
    nbt_simfate fate = { 0 };
    lab_segment seg;
    if (nbt_simwire_at(&sw->wire, from + 1)->down)
        return;
    lab_segment_rd(&sw->ways, now, bytes, len, &seg);
    if (seg.part)
        return; /* a longer datagram than its network takes is lost */
    if (seg.n > 0)
        scene_hear_fate(&sw->hear, &seg.frame[0], &fate);
    if (fate.data.p)
        lab_segment_spoil(bytes, &seg, fate.data);
    if (fate.behind && !fate.drop && seg.udp && let_wait(sw, from, bytes, len, &seg, now))
        return;
    leaving l = { .udp = seg.udp, .now = now, .more = fate.more };
    leave(sw, from, bytes, len, &seg, &fate, &l);
    const switch_waiting *w = &sw->waiting[host];
    if (seg.udp && w->bytes && w->to.ip == seg.frame[0].to.ip)
        send_waiting(sw, host, l.latest);
}

static void send_step(lab_switch *sw, const scene_step *step)
{
    uint8_t udp[SWITCH_FRAME_MAX], *bytes = sw->frame;
    uint8_t source[6], target[6];
    nbt_wr payload, frame;
    uint32_t host = step->host + 1u;
    uint32_t from = nbt_simwire_choose(&sw->wire, host, step->from.ip, step->to.ip);
    nbt_wr_init(&payload, udp, sizeof udp);
    cap_compose_udp(&payload, step->from, step->to, scene_hear_answer(&sw->hear, step));
    cap_compose_mac(nbt_simwire_at(&sw->wire, from)->ip, source);
    cap_compose_mac(step->to.ip, target);
    if (nbt_simwire_is_broadcast(&sw->wire, from, step->to.ip))
        memset(target, 0xFF, sizeof target);
    nbt_wr_init(&frame, bytes, SWITCH_FRAME_MAX);
    cap_compose_ether(&frame, source, target);
    cap_compose_ip(&frame, step->from.ip, step->to.ip, CAP_IP_UDP, ++sw->id, 0, payload.at);
    nbt_wr_bytes(&frame, udp, payload.at, "payload");
    if (from && !payload.err && !frame.err)
        take(sw, from - 1, bytes, frame.at);
    set_alarm(sw);
}

/* Real hosts take their time to ask: so long an answer waits for its question. */
#define ANSWER_PATIENCE NBT_S(1)

void lab_switch_send(lab_switch *sw, const scene_step *step)
{
    if (sw->nanswers < SWITCH_ANSWERS_MAX && !scene_hear_was_asked(&sw->hear, step))
        sw->answer[sw->nanswers++] = (switch_answer){ step, lab_switch_now(sw) + ANSWER_PATIENCE };
    else
        send_step(sw, step);
}

static void send_answers(lab_switch *sw)
{
    for (size_t i = 0; i < sw->nanswers;) {
        switch_answer a = sw->answer[i];
        if (!scene_hear_was_asked(&sw->hear, a.step) && lab_switch_now(sw) < a.patience) {
            i++;
            continue;
        }
        sw->nanswers--;
        for (size_t k = i; k < sw->nanswers; k++)
            sw->answer[k] = sw->answer[k + 1];
        send_step(sw, a.step);
    }
}

/* -- the sockets ------------------------------------------------------------------------------- */

/* The next frame that came in, or `both` came in or went out: its length, or 0 when there is none.
 */
static size_t next_frame(int fd, bool both, uint8_t *bytes)
{
    for (;;) {
        struct sockaddr_ll from;
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(fd, bytes, SWITCH_FRAME_MAX, 0, (struct sockaddr *)&from, &len);
        if (n <= 0)
            return 0;
        if ((both || from.sll_pkttype != PACKET_OUTGOING) && n > ETHER_HDR_LEN)
            return (size_t)n;
    }
}

static void drain_port(lab_switch *sw, uint32_t i)
{
    uint8_t answer[LAB_ARP_LEN];
    size_t len;
    bool watched = sw->cfg.interface;
    while ((len = next_frame(sw->port[i].fd, watched, sw->frame)) > 0) {
        if (watched)
            observe(sw, sw->frame, len);
        else if (!lab_segment_is_arp(sw->frame, len))
            take(sw, i, sw->frame, len);
        else if (lab_segment_arp(sw->frame, len, answer))
            (void)!send(sw->port[i].fd, answer, sizeof answer, 0);
    }
}

static void drain_uplink(lab_switch *sw)
{
    size_t len;
    uint32_t from;
    while (sw->cfg.uplink && (from = switch_uplink_next(sw, sw->frame, &len)) < sw->nports)
        take(sw, from, sw->frame, len);
}

void lab_switch_drain(lab_switch *sw)
{
    for (uint32_t i = 0; i < sw->nports; i++)
        if (sw->port[i].fd >= 0)
            drain_port(sw, i);
    drain_uplink(sw);
    send_answers(sw);
    set_alarm(sw);
}

void switch_on_frames(uv_poll_t *poll, int status, int events)
{
    const switch_port *p = poll->data;
    (void)status;
    (void)events;
    drain_port(p->sw, (uint32_t)(p - p->sw->port));
    send_answers(p->sw);
    set_alarm(p->sw);
}

void switch_on_uplink(uv_poll_t *poll, int status, int events)
{
    lab_switch *sw = poll->data;
    (void)status;
    (void)events;
    drain_uplink(sw);
    send_answers(sw);
    set_alarm(sw);
}

void switch_on_alarm(uv_poll_t *poll, int status, int events)
{
    lab_switch *sw = poll->data;
    uint64_t times;
    (void)status;
    (void)events;
    (void)!read(sw->timer, &times, sizeof times);
    nbt_time now = lab_switch_now(sw);
    while (nbt_heap_due(&sw->due) <= now) {
        uint32_t place = nbt_heap_pop(&sw->due);
        switch_flight *f = &sw->flight[place];
        if (!arrive(sw, f) && nbt_heap_push(&sw->due, now + UPLINK_PAUSE, place))
            continue;
        free(f->bytes);
        f->bytes = NULL;
    }
    for (uint32_t i = 0; i < sw->s->nhosts; i++)
        if (sw->waiting[i].bytes && sw->waiting[i].until <= now)
            send_waiting(sw, (uint16_t)i, 0);
    send_answers(sw);
    set_alarm(sw);
}
