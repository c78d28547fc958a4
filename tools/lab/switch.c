/*
 * Packet sockets on the cables' ends, and frames on their way in a heap. Who reaches whom and what
 * becomes of a copy is decided by nbt/simwire, what faults do by tools/scene: as in a simulated
 * run.
 */
#include "tools/lab/switch.h"
#include "capture/compose.h"
#include "capture/sink.h"
#include "nbt/heap.h"
#include "nbt/simnet.h"
#include "tools/host/mem.h"
#include "tools/lab/net.h"
#include "tools/lab/segment.h"
#include "tools/scene/build.h"
#include "tools/scene/hear.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_MAX = 65535 + ETHER_HDR_LEN, FLIGHTS_MAX = 16384 };

/* An adapter's end of its cable. Its number in the wires is one more than its place here. */
typedef struct port {
    lab_switch *sw;
    uint16_t host;
    int fd;
    uv_poll_t poll;
    bool polling;
} port;

/* A copy of a frame on its way. */
typedef struct flight {
    uint32_t to; /* a port */
    size_t len;
    uint8_t *bytes; /* NULL: this place is free */
} flight;

/* A datagram that is to come behind the next one of its host. */
typedef struct waiting {
    uint8_t *bytes; /* NULL: none waits */
    size_t len;
    uint32_t from; /* a port */
    nbt_ep to;
    nbt_time until;
} waiting;

struct lab_switch {
    lab_switch_cfg cfg;
    const scene *s;
    uint64_t zero; /* uv_hrtime() at the beginning */
    port port[LAB_SWITCH_PORTS_MAX];
    uint32_t nports;
    nbt_simwire wire;
    uint32_t *segment; /* by network */
    waiting *waiting;  /* by host */
    nbt_heap due;
    flight *flight;
    size_t nflights;
    nbt_time latest[LAB_SWITCH_PORTS_MAX][LAB_SWITCH_PORTS_MAX]; /* of streams, from and to */
    int timer;
    uv_poll_t alarm;
    bool alarming;
    unsigned open; /* handles not yet closed */
    scene_faults *faults;
    scene_hear hear;
    lab_ways ways;
    cap_sink *sink;
    uint64_t messages;
    uint16_t id; /* of the last IP packet of a step */
    bool lost;   /* a frame could not be written */
    uint8_t frame[FRAME_MAX];
};

/* -- time -------------------------------------------------------------------------------------- */

nbt_time lab_switch_now(const lab_switch *sw)
{
    return (nbt_time)((uv_hrtime() - sw->zero) / 1000);
}

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

static void arrive(lab_switch *sw, uint32_t to, const uint8_t *bytes, size_t len)
{
    if (!nbt_simwire_at(&sw->wire, to + 1)->down)
        (void)!send(sw->port[to].fd, bytes, len, 0); /* what cannot be sent is lost, as on a wire */
}

/* A place for one more copy; it is lost where too many are on their way. */
static uint32_t free_place(lab_switch *sw)
{
    for (uint32_t i = 0; i < sw->nflights; i++)
        if (!sw->flight[i].bytes)
            return i;
    flight *more =
        sw->nflights < FLIGHTS_MAX ? realloc(sw->flight, (sw->nflights + 1) * sizeof *more) : NULL;
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
    sw->flight[place] = (flight){ .to = to, .len = len, .bytes = copy };
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
    for (uint32_t i = 0; i < sw->nports; i++)
        if (i != from && nbt_simwire_at(&sw->wire, i + 1)->segment == segment)
            copies += send_to(sw, from, i, bytes, len, l);
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
    waiting w = sw->waiting[host];
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
    waiting *w = &sw->waiting[sw->port[from].host];
    uint8_t *copy = w->bytes ? NULL : malloc(len);
    if (!copy)
        return false;
    memcpy(copy, bytes, len);
    *w = (waiting){ copy, len, from, seg->frame[0].to, now + NBT_SIMNET_PATIENCE };
    return true;
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
    const waiting *w = &sw->waiting[host];
    if (seg.udp && w->bytes && w->to.ip == seg.frame[0].to.ip)
        send_waiting(sw, host, l.latest);
}

void lab_switch_send(lab_switch *sw, const scene_step *step)
{
    uint8_t udp[FRAME_MAX], *bytes = sw->frame;
    uint8_t source[6], target[6];
    nbt_wr payload, frame;
    uint32_t host = step->host + 1u;
    uint32_t from = nbt_simwire_choose(&sw->wire, host, step->from.ip, step->to.ip);
    nbt_wr_init(&payload, udp, sizeof udp);
    cap_compose_udp(&payload, step->from, step->to, (nbt_bytes){ step->bytes, step->nbytes });
    cap_compose_mac(nbt_simwire_at(&sw->wire, from)->ip, source);
    cap_compose_mac(step->to.ip, target);
    if (nbt_simwire_is_broadcast(&sw->wire, from, step->to.ip))
        memset(target, 0xFF, sizeof target);
    nbt_wr_init(&frame, bytes, FRAME_MAX);
    cap_compose_ether(&frame, source, target);
    cap_compose_ip(&frame, step->from.ip, step->to.ip, CAP_IP_UDP, ++sw->id, 0, payload.at);
    nbt_wr_bytes(&frame, udp, payload.at, "payload");
    if (from && !payload.err && !frame.err)
        take(sw, from - 1, bytes, frame.at);
    set_alarm(sw);
}

/* -- the sockets ------------------------------------------------------------------------------- */

/* The next frame that a host has sent: its length, or 0 when there is none. */
static size_t next_frame(int fd, uint8_t *bytes)
{
    for (;;) {
        struct sockaddr_ll from;
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(fd, bytes, FRAME_MAX, 0, (struct sockaddr *)&from, &len);
        if (n <= 0)
            return 0;
        if (from.sll_pkttype != PACKET_OUTGOING && n > ETHER_HDR_LEN)
            return (size_t)n;
    }
}

static void drain_port(lab_switch *sw, uint32_t i)
{
    uint8_t answer[LAB_ARP_LEN];
    size_t len;
    while ((len = next_frame(sw->port[i].fd, sw->frame)) > 0) {
        if (!lab_segment_is_arp(sw->frame, len))
            take(sw, i, sw->frame, len);
        else if (lab_segment_arp(sw->frame, len, answer))
            (void)!send(sw->port[i].fd, answer, sizeof answer, 0);
    }
}

void lab_switch_drain(lab_switch *sw)
{
    for (uint32_t i = 0; i < sw->nports; i++)
        drain_port(sw, i);
    set_alarm(sw);
}

static void on_frames(uv_poll_t *poll, int status, int events)
{
    const port *p = poll->data;
    (void)status;
    (void)events;
    drain_port(p->sw, (uint32_t)(p - p->sw->port));
    set_alarm(p->sw);
}

static void on_alarm(uv_poll_t *poll, int status, int events)
{
    lab_switch *sw = poll->data;
    uint64_t times;
    (void)status;
    (void)events;
    (void)!read(sw->timer, &times, sizeof times);
    nbt_time now = lab_switch_now(sw);
    while (nbt_heap_due(&sw->due) <= now) {
        flight *f = &sw->flight[nbt_heap_pop(&sw->due)];
        arrive(sw, f->to, f->bytes, f->len);
        free(f->bytes);
        f->bytes = NULL;
    }
    for (uint32_t i = 0; i < sw->s->nhosts; i++)
        if (sw->waiting[i].bytes && sw->waiting[i].until <= now)
            send_waiting(sw, (uint16_t)i, 0);
    set_alarm(sw);
}

/* -- what steps want --------------------------------------------------------------------------- */

static uint32_t first_port(const scene *s, uint32_t host)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < host; i++)
        n += s->host[i].nadapters;
    return n;
}

void lab_switch_power(lab_switch *sw, uint16_t host, bool on)
{
    uint32_t first = first_port(sw->s, host);
    lab_switch_drain(sw); /* what it has sent before that has left */
    for (uint32_t i = 0; i < sw->s->host[host].nadapters; i++)
        nbt_simwire_down(&sw->wire, first + i + 1, !on);
}

void lab_switch_relink(lab_switch *sw, uint16_t network, const nbt_simlink *link)
{
    sw->wire.segment[sw->segment[network]].link = *link;
}

static void set_side(lab_switch *sw, uint16_t network, uint32_t host, uint32_t side)
{
    uint32_t first = first_port(sw->s, host);
    for (uint32_t i = 0; i < sw->s->host[host].nadapters; i++)
        if (sw->s->host[host].adapter[i].network == network)
            nbt_simwire_side(&sw->wire, first + i + 1, side);
}

void lab_switch_partition(lab_switch *sw, uint16_t network, const uint16_t *hosts, uint32_t n)
{
    for (uint32_t i = 0; i < sw->s->nhosts; i++)
        set_side(sw, network, i, 0);
    for (uint32_t i = 0; i < n; i++)
        set_side(sw, network, hosts[i], 1);
}

void lab_switch_fault(lab_switch *sw, uint32_t fault, bool on)
{
    if (on)
        scene_faults_begin(sw->faults, fault, lab_switch_now(sw));
    else
        scene_faults_end(sw->faults, fault);
}

bool lab_switch_hears(const lab_switch *sw, uint16_t one, uint16_t other)
{
    uint32_t a = first_port(sw->s, one), b = first_port(sw->s, other);
    for (uint32_t i = a; i < a + sw->s->host[one].nadapters; i++) {
        for (uint32_t k = b; k < b + sw->s->host[other].nadapters; k++) {
            const nbt_simadapter *p = nbt_simwire_at(&sw->wire, i + 1);
            const nbt_simadapter *q = nbt_simwire_at(&sw->wire, k + 1);
            if (p->segment == q->segment && p->side == q->side)
                return true;
        }
    }
    return false;
}

uint64_t lab_switch_messages(const lab_switch *sw)
{
    return sw->messages;
}

/* -- life -------------------------------------------------------------------------------------- */

static void on_event(void *ctx, const scene_event *ev)
{
    lab_switch *sw = ctx;
    sw->messages++;
    sw->cfg.event(sw->cfg.ctx, ev);
}

static int open_port(uint32_t number)
{
    char name[IF_NAMESIZE];
    snprintf(name, sizeof name, "p%u", number);
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

/* Its namespaces and cables. */
static bool build(const lab_switch *sw)
{
    lab_nic nic[LAB_SWITCH_PORTS_MAX];
    char(*name)[LAB_SWITCH_SITE_MAX] = calloc(sw->s->nhosts + 1, sizeof *name);
    lab_site *site = calloc(sw->s->nhosts + 1, sizeof *site);
    unsigned number = 0;
    for (uint32_t i = 0; site && name && i < sw->s->nhosts; i++) {
        const scene_host *h = &sw->s->host[i];
        site[i] = (lab_site){ lab_switch_site(i, name[i]), &nic[number], h->nadapters, true };
        for (uint8_t a = 0; a < h->nadapters; a++, number++) {
            const scene_network *n = &sw->s->network[h->adapter[a].network];
            nic[number] = (lab_nic){ h->adapter[a].ip, n->mask, { 0 }, n->mtu, number };
            cap_compose_mac(h->adapter[a].ip, nic[number].mac);
        }
    }
    bool built = site && name && lab_net_wire(site, sw->s->nhosts);
    free(site);
    free(name);
    return built;
}

/* The wires of nbt/simwire: who is there, all of them down. */
static bool string_wires(lab_switch *sw)
{
    nbt_simwire_init(&sw->wire, host_mem(), sw->cfg.seed, false);
    for (uint32_t i = 0; i < sw->s->nnetworks; i++)
        sw->segment[i] = nbt_simwire_segment(&sw->wire, &sw->s->network[i].link);
    for (uint32_t i = 0; i < sw->s->nhosts; i++) {
        const scene_host *h = &sw->s->host[i];
        uint32_t host = nbt_simwire_host(&sw->wire);
        for (uint8_t a = 0; host && a < h->nadapters; a++) {
            nbt_lana_cfg lana;
            scene_build_lana(sw->s, h, a, &lana);
            uint32_t segment = sw->segment[h->adapter[a].network];
            uint32_t adapter = nbt_simwire_adapter(&sw->wire, host, segment, &lana);
            if (adapter)
                nbt_simwire_down(&sw->wire, adapter, true);
            sw->port[sw->nports++] = (port){ .sw = sw, .host = (uint16_t)i, .fd = -1 };
        }
    }
    return !sw->wire.failed;
}

static void watch(lab_switch *sw, uv_poll_t *poll, int fd, uv_poll_cb cb, void *data)
{
    uv_poll_init(sw->cfg.loop, poll, fd);
    poll->data = data;
    uv_poll_start(poll, UV_READABLE, cb);
    sw->open++;
}

/* False: errno says why. */
static bool plug_in(lab_switch *sw)
{
    for (uint32_t i = 0; i < sw->nports; i++) {
        port *p = &sw->port[i];
        p->fd = open_port(i);
        if (p->fd < 0)
            return false;
        watch(sw, &p->poll, p->fd, on_frames, p);
        p->polling = true;
    }
    sw->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (sw->timer < 0)
        return false;
    watch(sw, &sw->alarm, sw->timer, on_alarm, sw);
    sw->alarming = true;
    return true;
}

static bool open_capture(lab_switch *sw, host_err *err)
{
    char why[CAP_ERR_MAX];
    if (!sw->cfg.capture)
        return true;
    sw->sink = cap_sink_new(sw->cfg.capture, CAP_COMPOSE_ETHERNET, why);
    if (!sw->sink)
        host_err_set(err, HOST_SYSTEM, "%s", why);
    return sw->sink;
}

static bool make(lab_switch *sw, host_err *err)
{
    const scene *s = sw->s;
    host_err_set(err, HOST_SYSTEM, "no memory");
    sw->segment = calloc(s->nnetworks + 1, sizeof *sw->segment);
    sw->waiting = calloc(s->nhosts + 1, sizeof *sw->waiting);
    sw->faults = scene_faults_new(host_mem(), s);
    nbt_heap_init(&sw->due, host_mem());
    scene_hear_init(&sw->hear, host_mem(), s, sw->faults);
    sw->hear.ctx = sw;
    sw->hear.event = on_event;
    if (!sw->segment || !sw->waiting || !sw->faults || !string_wires(sw))
        return false;
    if (!open_capture(sw, err))
        return false;
    host_err_set(err, HOST_SYSTEM, "the scenario's network could not be built");
    if (!build(sw))
        return false;
    bool plugged = plug_in(sw);
    if (!plugged)
        host_err_set(err, HOST_SYSTEM, "no packet sockets: %s", strerror(errno));
    return plugged;
}

lab_switch *lab_switch_new(const lab_switch_cfg *cfg, host_err *err)
{
    lab_switch *sw = calloc(1, sizeof *sw);
    if (!sw) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return NULL;
    }
    sw->cfg = *cfg;
    sw->s = cfg->scene;
    sw->timer = -1;
    if (make(sw, err)) {
        sw->zero = uv_hrtime();
        return sw;
    }
    (void)lab_switch_free(sw);
    return NULL;
}

static void finish(lab_switch *sw)
{
    for (uint32_t i = 0; i < sw->nports; i++)
        if (sw->port[i].fd >= 0)
            close(sw->port[i].fd);
    if (sw->timer >= 0)
        close(sw->timer);
    free(sw);
}

static void on_closed(uv_handle_t *h)
{
    lab_switch *sw = h->data;
    if (--sw->open == 0)
        finish(sw);
}

static void unwatch(lab_switch *sw, uv_poll_t *poll)
{
    poll->data = sw;
    uv_close((uv_handle_t *)poll, on_closed);
}

static void forget(lab_switch *sw)
{
    for (size_t i = 0; i < sw->nflights; i++)
        free(sw->flight[i].bytes);
    for (uint32_t i = 0; sw->waiting && i < sw->s->nhosts; i++)
        free(sw->waiting[i].bytes);
    free(sw->flight);
    free(sw->waiting);
    free(sw->segment);
    lab_ways_fini(&sw->ways);
    scene_hear_fini(&sw->hear);
    scene_faults_free(sw->faults);
    nbt_heap_fini(&sw->due);
    nbt_simwire_fini(&sw->wire);
}

bool lab_switch_free(lab_switch *sw)
{
    bool whole = cap_sink_free(sw->sink) && !sw->lost;
    forget(sw);
    for (uint32_t i = 0; i < sw->nports; i++)
        if (sw->port[i].polling)
            unwatch(sw, &sw->port[i].poll);
    if (sw->alarming)
        unwatch(sw, &sw->alarm);
    if (sw->open == 0)
        finish(sw);
    return whole;
}

const char *lab_switch_site(uint32_t host, char buf[LAB_SWITCH_SITE_MAX])
{
    snprintf(buf, LAB_SWITCH_SITE_MAX, "h%u", host);
    return buf;
}
