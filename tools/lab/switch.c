/*
 * The switch as a whole: its cables, its sides, and what steps make of them.
 */
#include "capture/compose.h"
#include "tools/host/mem.h"
#include "tools/lab/args.h"
#include "tools/lab/net.h"
#include "tools/lab/switch_impl.h"
#include "tools/scene/build.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

nbt_time lab_switch_now(const lab_switch *sw)
{
    return sw->zero ? (nbt_time)((uv_hrtime() - sw->zero) / 1000) : 0;
}

void lab_switch_begin(lab_switch *sw)
{
    sw->zero = uv_hrtime();
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

uint64_t lab_switch_frames(const lab_switch *sw)
{
    return sw->sink ? cap_sink_count(sw->sink) : 0;
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

/* Its namespaces and cables. */
static bool build(const lab_switch *sw)
{
    lab_nic nic[LAB_SWITCH_PORTS_MAX];
    char(*name)[LAB_SWITCH_SITE_MAX] = calloc(sw->s->nhosts + 1, sizeof *name);
    lab_site *site = calloc(sw->s->nhosts + 1, sizeof *site);
    unsigned number = 0;
    size_t nsites = 0;
    for (uint32_t i = 0; site && name && i < sw->s->nhosts; i++) {
        const scene_host *h = &sw->s->host[i];
        if (!sw->port[number].real)
            site[nsites++] =
                (lab_site){ lab_switch_site(i, name[i]), &nic[number], h->nadapters, true };
        for (uint8_t a = 0; a < h->nadapters; a++, number++) {
            const scene_network *n = &sw->s->network[h->adapter[a].network];
            nic[number] = (lab_nic){ h->adapter[a].ip, n->mask, { 0 }, n->mtu, number };
            cap_compose_mac(h->adapter[a].ip, nic[number].mac);
        }
    }
    bool built = site && name && lab_net_wire(site, nsites);
    free(site);
    free(name);
    return built;
}

static bool is_real(const lab_switch *sw, uint16_t host)
{
    return sw->cfg.uplink && !lab_args_is_played(sw->s, &(lab_args_side){ .bridge = true }, host);
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
            bool real = is_real(sw, (uint16_t)i);
            if (adapter)
                nbt_simwire_down(&sw->wire, adapter, !real);
            sw->port[sw->nports++] =
                (switch_port){ .sw = sw, .host = (uint16_t)i, .fd = -1, .real = real };
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
    char name[IF_NAMESIZE];
    sw->nports = sw->cfg.interface ? 1 : sw->nports;
    for (uint32_t i = 0; i < sw->nports; i++) {
        switch_port *p = &sw->port[i];
        if (p->real)
            continue;
        snprintf(name, sizeof name, "p%u", i);
        p->fd = open_port(sw->cfg.interface ? sw->cfg.interface : name);
        if (p->fd < 0)
            return false;
        watch(sw, &p->poll, p->fd, switch_on_frames, p);
        p->polling = true;
    }
    if (sw->cfg.uplink) {
        watch(sw, &sw->uplink, sw->cfg.uplink->fd, switch_on_uplink, sw);
        sw->uplinked = true;
    }
    sw->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (sw->timer < 0)
        return false;
    watch(sw, &sw->alarm, sw->timer, switch_on_alarm, sw);
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
    if (!sw->cfg.interface && !build(sw))
        return false;
    bool plugged = plug_in(sw);
    if (!plugged)
        host_err_set(err, HOST_SYSTEM, "no packet sockets: %s", strerror(errno));
    return plugged && (!sw->cfg.uplink || switch_uplink_greet(sw, err));
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
    if (make(sw, err))
        return sw;
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
    if (sw->uplinked)
        unwatch(sw, &sw->uplink);
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
