/*
 * The way of a packet through frame, frag and flow. It decides which port is whose, and nothing
 * else.
 */
#include "capture/tap.h"
#include "capture/frag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a port is for. */
typedef struct port {
    uint16_t usual, port;
} port;

struct cap_tap {
    port ports[CAP_TAP_PORTS_MAX];
    size_t nports;
    cap_frags *frags;
    cap_flows *flows;
    uint64_t number; /* the packet that was put */
    int64_t time;
    cap_frame frame;
    nbt_service service;
    bool datagram; /* `frame` is one of a UDP port of ours, and not yet given out */
    bool noted;    /* the same for a note */
    nbt_msg msg;
    uint64_t unread;
    int unread_link;
};

cap_tap *cap_tap_new(void)
{
    cap_tap *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->frags = cap_frags_new();
    t->flows = cap_flows_new();
    if (!t->frags || !t->flows) {
        cap_tap_free(t);
        return NULL;
    }
    cap_tap_port(t, NBT_PORT_NS, NBT_PORT_NS);
    cap_tap_port(t, NBT_PORT_DGM, NBT_PORT_DGM);
    cap_tap_port(t, NBT_PORT_SSN, NBT_PORT_SSN);
    return t;
}

void cap_tap_free(cap_tap *t)
{
    if (!t)
        return;
    cap_frags_free(t->frags);
    cap_flows_free(t->flows);
    free(t);
}

bool cap_tap_port(cap_tap *t, uint16_t usual, uint16_t number)
{
    if (usual < NBT_PORT_NS || usual > NBT_PORT_SSN || t->nports == CAP_TAP_PORTS_MAX)
        return false;
    t->ports[t->nports++] = (port){ usual, number };
    return true;
}

uint64_t cap_tap_lost(const cap_tap *t)
{
    return cap_frags_lost(t->frags);
}

/* Which usual port a port stands for, 0 for none of ours. */
static uint16_t usual_port(const cap_tap *t, uint16_t number)
{
    for (size_t i = 0; i < t->nports; i++) {
        if (t->ports[i].port == number)
            return t->ports[i].usual;
    }
    return 0;
}

/*
 * The same for two ends of which one must be ours, of UDP or of TCP. Where both have a port of
 * ours, that of the receiver counts.
 */
static uint16_t usual_of(const cap_tap *t, nbt_ep from, nbt_ep to, bool tcp)
{
    uint16_t not_this = tcp ? NBT_PORT_DGM : NBT_PORT_SSN;
    uint16_t a = usual_port(t, from.port), b = usual_port(t, to.port);
    if (b && b != not_this)
        return b;
    return a != not_this ? a : 0;
}

uint64_t cap_tap_unread(const cap_tap *t, int *link)
{
    *link = t->unread_link;
    return t->unread;
}

static bool put_udp(cap_tap *t)
{
    uint16_t usual = usual_of(t, t->frame.from, t->frame.to, false);
    t->service = usual == NBT_PORT_DGM ? NBT_SERVICE_DATAGRAM : NBT_SERVICE_NAME;
    t->datagram = usual != 0;
    return t->datagram;
}

static bool put_tcp(cap_tap *t)
{
    uint16_t usual = usual_of(t, t->frame.from, t->frame.to, true);
    if (usual == 0)
        return false;
    cap_flows_put(t->flows, &t->frame,
                  usual == NBT_PORT_NS ? CAP_FRAMING_NAME : CAP_FRAMING_SESSION, t->number,
                  t->time);
    return true;
}

bool cap_tap_put(cap_tap *t, const cap_packet *p)
{
    cap_frame *f = &t->frame;
    nbt_bytes whole;
    t->number = p->number;
    t->time = p->time;
    t->datagram = t->noted = false;
    cap_frame_rd(f, p->link, p->bytes);
    bool fragment = f->kind == CAP_FRAME_FRAGMENT;
    if (fragment && cap_frags_add(t->frags, f, p->time, &whole))
        cap_frame_whole(f, whole);
    switch (f->kind) {
    case CAP_FRAME_UDP:
        return put_udp(t) || fragment;
    case CAP_FRAME_TCP:
        return put_tcp(t) || fragment;
    case CAP_FRAME_REFUSED:
        t->noted = usual_of(t, f->quoted_from, f->quoted_to, f->proto == CAP_IP_TCP) != 0;
        return t->noted || fragment;
    case CAP_FRAME_NETBEUI:
    case CAP_FRAME_IPX:
        t->noted = true;
        return true;
    case CAP_FRAME_UNREAD:
        t->unread++;
        t->unread_link = p->link;
        return false;
    case CAP_FRAME_FRAGMENT:
    case CAP_FRAME_OTHER:
        break;
    }
    return fragment;
}

void cap_tap_end(cap_tap *t)
{
    t->datagram = t->noted = false;
    cap_flows_end(t->flows);
}

static void set_macs(cap_item *item, const cap_frame *f)
{
    item->has_mac = f->has_mac;
    memcpy(item->mac_from, f->mac_from, sizeof item->mac_from);
    memcpy(item->mac_to, f->mac_to, sizeof item->mac_to);
}

static void give_datagram(cap_tap *t, cap_item *item)
{
    const cap_frame *f = &t->frame;
    t->datagram = false;
    item->from = f->from;
    item->to = f->to;
    item->tcp = false;
    item->has_ip = true;
    nbt_msg_rd(&t->msg, t->service, f->payload.p, f->payload.n);
    item->msg = &t->msg;
    if (f->cut)
        snprintf(item->note, sizeof item->note, "only %zu of its %zu octets were captured",
                 f->payload.n, f->whole);
}

static void give_note(cap_tap *t, cap_item *item)
{
    const cap_frame *f = &t->frame;
    t->noted = false;
    item->from = f->from;
    item->to = f->to;
    item->has_ip = f->kind == CAP_FRAME_REFUSED;
    item->tcp = false;
    item->msg = NULL;
    if (f->kind == CAP_FRAME_REFUSED)
        snprintf(item->note, sizeof item->note, "ICMP %s: from port %u to port %u of %s", f->what,
                 f->quoted_from.port, f->quoted_to.port, f->proto == CAP_IP_TCP ? "TCP" : "UDP");
    else
        snprintf(item->note, sizeof item->note, "%s, not decoded",
                 f->kind == CAP_FRAME_IPX ? "IPX" : "NetBEUI");
}

static void give_piece(cap_tap *t, cap_item *item, const cap_piece *p)
{
    bool name = p->framing == CAP_FRAMING_NAME;
    item->number = p->number;
    item->time = p->time;
    item->from = p->from;
    item->to = p->to;
    item->has_ip = item->tcp = true;
    item->has_mac = item->has_mac && p->number == t->number;
    item->msg = NULL;
    switch (p->kind) {
    case CAP_PIECE_CUT:
        snprintf(item->note, sizeof item->note, "the rest of it was not captured");
        /* fall through */
    case CAP_PIECE_MESSAGE:
        nbt_msg_rd(&t->msg, name ? NBT_SERVICE_NAME : NBT_SERVICE_SESSION, p->bytes.p, p->bytes.n);
        item->msg = &t->msg;
        return;
    case CAP_PIECE_MISSING:
        snprintf(item->note, sizeof item->note, "%llu octets of the stream were not captured",
                 (unsigned long long)p->count);
        return;
    case CAP_PIECE_UNFRAMED:
        snprintf(item->note, sizeof item->note, "%llu octets of a message that began before",
                 (unsigned long long)p->count);
        return;
    }
}

bool cap_tap_next(cap_tap *t, cap_item *item)
{
    cap_piece piece;
    if (!t->datagram && !t->noted && !cap_flows_next(t->flows, &piece))
        return false;
    item->number = t->number;
    item->time = t->time;
    item->note[0] = '\0';
    set_macs(item, &t->frame);
    if (t->datagram)
        give_datagram(t, item);
    else if (t->noted)
        give_note(t, item);
    else
        give_piece(t, item, &piece);
    return true;
}
