/*
 * The way from a switch to real machines: their frames come in and go out by a tap. Each host that
 * is played has a hardware address of its own there, which its IP address makes
 * (capture/compose.h); ARP is answered for these alone, and asked for the real ones'.
 */
#include "capture/compose.h"
#include "tools/host/iface.h"
#include "tools/lab/switch_impl.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

/* -- who is there ------------------------------------------------------------------------------ */

static uint32_t ip_of(const lab_switch *sw, uint32_t port)
{
    return nbt_simwire_at(&sw->wire, port + 1)->ip;
}

/* The port of an address; sw->nports: none has it. */
static uint32_t port_of(const lab_switch *sw, uint32_t ip)
{
    uint32_t i = 0;
    while (i < sw->nports && ip_of(sw, i) != ip)
        i++;
    return i;
}

static void learn(lab_switch *sw, uint32_t port, const uint8_t mac[6])
{
    switch_port *p = &sw->port[port];
    memcpy(p->mac, mac, sizeof p->mac);
    p->known = true;
}

/* From nobody's address, so that nobody who hears it takes it for somebody's (RFC 5227 2.1.1). */
static void ask(lab_switch *sw, uint32_t port)
{
    uint8_t frame[LAB_ARP_LEN], mac[6];
    uint32_t from = 0;
    while (from < sw->nports && sw->port[from].real)
        from++;
    cap_compose_mac(from < sw->nports ? ip_of(sw, from) : 0, mac);
    lab_segment_arp_ask(ip_of(sw, port), mac, frame);
    (void)!write(sw->cfg.uplink->fd, frame, sizeof frame);
}

/* -- what comes in ----------------------------------------------------------------------------- */

static void take_arp(lab_switch *sw, const uint8_t *bytes, size_t len)
{
    uint8_t answer[LAB_ARP_LEN];
    lab_arp arp;
    if (!lab_segment_arp_rd(bytes, len, &arp))
        return;
    uint32_t from = port_of(sw, arp.sender), to = port_of(sw, arp.target);
    if (from < sw->nports && sw->port[from].real)
        learn(sw, from, arp.mac);
    if (to < sw->nports && !sw->port[to].real && !nbt_simwire_at(&sw->wire, to + 1)->down &&
        lab_segment_arp(bytes, len, answer))
        (void)!write(sw->cfg.uplink->fd, answer, sizeof answer);
}

uint32_t switch_uplink_next(lab_switch *sw, uint8_t *bytes, size_t *len)
{
    ssize_t n;
    while ((n = read(sw->cfg.uplink->fd, bytes, SWITCH_FRAME_MAX)) > 0) {
        uint32_t ip = 0, port;
        if (lab_segment_is_arp(bytes, (size_t)n))
            take_arp(sw, bytes, (size_t)n);
        else if (lab_segment_source(bytes, (size_t)n, &ip) &&
                 (port = port_of(sw, ip)) < sw->nports && sw->port[port].real) {
            learn(sw, port, bytes + 6);
            *len = (size_t)n;
            return port;
        }
    }
    return sw->nports;
}

/* -- what goes out ----------------------------------------------------------------------------- */

bool switch_uplink_put(lab_switch *sw, uint32_t port, uint8_t *bytes, size_t len)
{
    const switch_port *p = &sw->port[port];
    if (!(bytes[0] & 1)) {
        if (!p->known) {
            ask(sw, port);
            return false;
        }
        memcpy(bytes, p->mac, sizeof p->mac);
    }
    (void)!write(sw->cfg.uplink->fd, bytes, len); /* what cannot be sent is lost, as on a wire */
    return true;
}

/* -- before anything starts -------------------------------------------------------------------- */

/* Who answers for the address of a host that is played: that host must not come. */
static bool take_probe(lab_switch *sw, host_err *err)
{
    ssize_t n;
    while ((n = read(sw->cfg.uplink->fd, sw->frame, sizeof sw->frame)) > 0) {
        char text[HOST_IP_STR_MAX];
        lab_arp arp;
        if (!lab_segment_arp_rd(sw->frame, (size_t)n, &arp))
            continue;
        uint32_t from = port_of(sw, arp.sender);
        if (from == sw->nports)
            continue;
        if (sw->port[from].real) {
            learn(sw, from, arp.mac);
            continue;
        }
        host_err_set(err, HOST_INTERFACE,
                     "%s, the address of %s, is %02x:%02x:%02x:%02x:%02x:%02x's already: choose "
                     "another",
                     host_ip_str(arp.sender, text), sw->s->host[sw->port[from].host].name,
                     arp.mac[0], arp.mac[1], arp.mac[2], arp.mac[3], arp.mac[4], arp.mac[5]);
        return false;
    }
    return true;
}

bool switch_uplink_greet(lab_switch *sw, host_err *err)
{
    enum { ROUNDS = 3, ROUND_MS = 200 };
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < sw->nports; i++)
            ask(sw, i);
        uint64_t until = uv_hrtime() + ROUND_MS * UINT64_C(1000000);
        for (uint64_t now; (now = uv_hrtime()) < until;) {
            struct pollfd p = { .fd = sw->cfg.uplink->fd, .events = POLLIN };
            (void)poll(&p, 1, (int)((until - now) / 1000000) + 1);
            if (!take_probe(sw, err))
                return false;
        }
    }
    return true;
}
