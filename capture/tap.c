/*
 * The way of a packet through frame, frag and flow. It decides which port is whose, and nothing
 * else.
 */
#include "capture/tap.h"
#include "capture/frag.h"
#include "rc/ear.h"
#include "rc/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a port is for. */
typedef enum role { ROLE_NONE, ROLE_NAME, ROLE_DATAGRAM, ROLE_SESSION, ROLE_RC } role;

enum { STREAMS_MAX = 512 }; /* of remote control over UDP; some 17 KiB each */

/* What the mark of a connection says about the session in it. */
enum { MARK_NONE, MARK_CALLED, MARK_RC };

struct cap_tap {
    uint8_t roles[UINT16_MAX + 1];
    cap_frags *frags;
    cap_flows *flows;
    uint64_t number; /* the packet that was put */
    int64_t time;
    uint64_t began;      /* the first of its fragments, or itself */
    uint64_t fragments;  /* their stream; 0: it is none */
    uint64_t connection; /* the stream of its connection; 0: it is of none that is followed */
    bool whole;          /* it is the last of them, */
    nbt_bytes data;      /* and this is what they carry */
    cap_frame frame;
    nbt_service service;
    bool datagram; /* `frame` is one of a UDP port of ours, and not yet given out */
    bool noted;    /* the same for a note */
    bool inner;    /* the same for `rc`, which the session message in `outer` carried */
    bool segment;  /* the same for the segment of remote control that `frame` has */
    bool heard;    /* the ear may have more to give */
    rc_ear *ear;
    cap_item outer;
    nbt_msg msg;
    uint64_t unread;
    int unread_link;
    rc_packet rc;
};

static role usual_role(uint16_t port)
{
    switch (port) {
    case NBT_PORT_NS:
        return ROLE_NAME;
    case NBT_PORT_DGM:
        return ROLE_DATAGRAM;
    case NBT_PORT_SSN:
        return ROLE_SESSION;
    default:
        return rc_is_port(port) ? ROLE_RC : ROLE_NONE;
    }
}

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    (void)ctx;
    (void)old;
    if (size > 0)
        return realloc(p, size);
    free(p);
    return NULL;
}

cap_tap *cap_tap_new(void)
{
    cap_tap *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->frags = cap_frags_new();
    t->flows = cap_flows_new();
    t->ear = rc_ear_new((nbt_mem){ .resize = resize }, STREAMS_MAX);
    if (!t->frags || !t->flows || !t->ear) {
        cap_tap_free(t);
        return NULL;
    }
    for (unsigned port = 0; port <= UINT16_MAX; port++)
        t->roles[port] = (uint8_t)usual_role((uint16_t)port);
    return t;
}

void cap_tap_free(cap_tap *t)
{
    if (!t)
        return;
    cap_frags_free(t->frags);
    cap_flows_free(t->flows);
    rc_ear_free(t->ear);
    free(t);
}

bool cap_tap_is_usual(uint16_t port)
{
    return usual_role(port) != ROLE_NONE;
}

bool cap_tap_port(cap_tap *t, uint16_t usual, uint16_t number)
{
    role r = usual_role(usual);
    if (r != ROLE_NONE)
        t->roles[number] = (uint8_t)r;
    return r != ROLE_NONE;
}

uint64_t cap_tap_lost(const cap_tap *t)
{
    return cap_frags_lost(t->frags);
}

/* Of two ends, of which one must be ours: where both are, that of the receiver counts. NetBIOS
 * comes first, as below. */
static role udp_role(const cap_tap *t, nbt_ep from, nbt_ep to)
{
    role a = t->roles[from.port], b = t->roles[to.port];
    if (b == ROLE_NAME || b == ROLE_DATAGRAM)
        return b;
    if (a == ROLE_NAME || a == ROLE_DATAGRAM)
        return a;
    return a == ROLE_RC || b == ROLE_RC ? ROLE_RC : ROLE_NONE;
}

/* Ports of remote control are also such as clients of anything have: NetBIOS comes first. */
static role tcp_role(const cap_tap *t, nbt_ep from, nbt_ep to)
{
    role a = t->roles[from.port], b = t->roles[to.port];
    if (b == ROLE_NAME || b == ROLE_SESSION)
        return b;
    if (a == ROLE_NAME || a == ROLE_SESSION)
        return a;
    return a == ROLE_RC || b == ROLE_RC ? ROLE_RC : ROLE_NONE;
}

/* A number for one way between two ends of datagrams. */
static uint64_t segment_stream(nbt_ep from, nbt_ep to)
{
    uint64_t x = (uint64_t)from.ip << 32 | to.ip;
    x = (x ^ x >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
    return ((x ^ (uint64_t)from.port << 16 ^ to.port) << 2 | 1) & ~CAP_STREAM_ACK;
}

uint64_t cap_tap_unread(const cap_tap *t, int *link)
{
    *link = t->unread_link;
    return t->unread;
}

/* Whether a datagram at a port of remote control is one of that. */
static bool may_be_segment(const cap_tap *t)
{
    const cap_frame *f = &t->frame;
    return rc_udp_seg_begins(f->payload) || rc_ear_knows(t->ear, f->from, f->to);
}

static bool put_udp(cap_tap *t)
{
    role r = udp_role(t, t->frame.from, t->frame.to);
    if (r == ROLE_RC) {
        t->segment = may_be_segment(t);
        t->connection = t->segment ? segment_stream(t->frame.from, t->frame.to) : 0;
        return t->segment;
    }
    t->service = r == ROLE_DATAGRAM ? NBT_SERVICE_DATAGRAM : NBT_SERVICE_NAME;
    t->datagram = r != ROLE_NONE;
    return t->datagram;
}

static bool put_segment(cap_tap *t, cap_framing framing)
{
    bool ours = cap_flows_put(t->flows, &t->frame, framing, t->number, t->time);
    t->connection = cap_flows_stream(t->flows);
    return ours;
}

static bool put_tcp(cap_tap *t)
{
    const cap_frame *f = &t->frame;
    switch (tcp_role(t, f->from, f->to)) {
    case ROLE_NAME:
        return put_segment(t, CAP_FRAMING_NAME);
    case ROLE_SESSION:
        return put_segment(t, CAP_FRAMING_SESSION);
    case ROLE_RC:
        /* It is the agent who listens: a call from such a port is of something else. */
        if ((f->tcp_flags & (CAP_TCP_SYN | CAP_TCP_ACK)) == CAP_TCP_SYN &&
            t->roles[f->to.port] != ROLE_RC)
            return false;
        return put_segment(t, CAP_FRAMING_RC);
    case ROLE_NONE:
    case ROLE_DATAGRAM:
        break;
    }
    return false;
}

/* Whose packet was refused: of remote control, only one that was sent to an agent. */
static bool refused_is_ours(const cap_tap *t)
{
    const cap_frame *f = &t->frame;
    role r = f->proto == CAP_IP_TCP ? tcp_role(t, f->quoted_from, f->quoted_to)
                                    : udp_role(t, f->quoted_from, f->quoted_to);
    return r == ROLE_RC ? t->roles[f->quoted_to.port] == ROLE_RC : r != ROLE_NONE;
}

/* The last one makes the frame what the whole packet is. */
static void put_fragment(cap_tap *t, cap_frame *f)
{
    cap_whole whole;
    uint64_t ips = (uint64_t)f->from.ip << 32 | f->to.ip;
    ips = (ips ^ ips >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
    t->fragments =
        (ips ^ (uint64_t)f->id << 24 ^ (uint64_t)f->proto << 40) << 2 | 1; /* not CAP_STREAM_TCP */
    t->whole = cap_frags_add(t->frags, f, t->number, t->time, &whole);
    if (!t->whole)
        return;
    cap_frame_whole(f, whole.data);
    t->data = whole.data;
    t->began = whole.began;
}

bool cap_tap_put(cap_tap *t, const cap_packet *p)
{
    cap_frame *f = &t->frame;
    t->number = t->began = p->number;
    t->time = p->time;
    t->fragments = t->connection = 0;
    t->whole = false;
    t->datagram = t->noted = t->inner = t->segment = t->heard = false;
    cap_frame_rd(f, p->link, p->bytes);
    bool fragment = f->kind == CAP_FRAME_FRAGMENT;
    if (fragment)
        put_fragment(t, f);
    switch (f->kind) {
    case CAP_FRAME_UDP:
        return put_udp(t) || fragment;
    case CAP_FRAME_TCP:
        return put_tcp(t) || fragment;
    case CAP_FRAME_REFUSED:
        t->noted = refused_is_ours(t);
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

uint64_t cap_tap_stream(const cap_tap *t)
{
    if (t->fragments)
        return t->fragments;
    return t->connection;
}

uint64_t cap_tap_connection(const cap_tap *t)
{
    return t->connection;
}

size_t cap_tap_needs(const cap_tap *t, cap_need needs[CAP_NEEDS_MAX])
{
    size_t n = 0;
    if (t->connection && t->frame.kind == CAP_FRAME_UDP)
        needs[n++] = (cap_need){ t->connection, rc_ear_need(t->ear) };
    else if (t->connection)
        n = cap_flows_needs(t->flows, needs);
    if (t->whole)
        needs[n++] = (cap_need){ t->fragments, UINT64_MAX };
    return n;
}

const cap_frame *cap_tap_frame(const cap_tap *t)
{
    return &t->frame;
}

nbt_bytes cap_tap_whole(const cap_tap *t)
{
    return t->whole ? t->data : (nbt_bytes){ NULL, 0 };
}

uint64_t cap_tap_segment(const cap_tap *t)
{
    return t->whole && t->frame.kind == CAP_FRAME_TCP ? t->fragments : 0;
}

void cap_tap_end(cap_tap *t)
{
    t->datagram = t->noted = t->inner = t->segment = false;
    rc_ear_end(t->ear);
    t->heard = true;
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
    item->cut = f->cut;
    if (f->cut)
        snprintf(item->note, sizeof item->note, "only %zu of its %zu octets were captured",
                 f->payload.n, f->whole);
}

static void note_missing(cap_item *item, uint64_t count)
{
    snprintf(item->note, sizeof item->note, "%llu octets of the stream were not captured",
             (unsigned long long)count);
}

static void note_unframed(cap_item *item, uint64_t count)
{
    snprintf(item->note, sizeof item->note, "%llu octets of a message that began before",
             (unsigned long long)count);
}

/* What the capture says of a segment, beside what it says itself. */
static void note_segment(const cap_tap *t, cap_item *item, rc_ear_place place, uint32_t behind)
{
    const cap_frame *f = &t->frame;
    if (f->cut)
        snprintf(item->note, sizeof item->note, "only %zu of its %zu octets were captured",
                 f->payload.n, f->whole);
    else if (place == RC_EAR_AGAIN)
        snprintf(item->note, sizeof item->note, "sent again");
    else if (place == RC_EAR_AHEAD)
        snprintf(item->note, sizeof item->note, "ahead of %u octets that have not come", behind);
}

static void give_segment(cap_tap *t, cap_item *item)
{
    const cap_frame *f = &t->frame;
    rc_ear_place place = RC_EAR_NEXT;
    uint32_t behind = 0;
    t->segment = false;
    item->from = f->from;
    item->to = f->to;
    item->tcp = false;
    item->has_ip = true;
    item->msg = NULL;
    item->rc = &t->rc;
    item->cut = f->cut;
    if (rc_packet_rd_segment(&t->rc, f->payload.p, f->payload.n)) {
        place = rc_ear_put(t->ear, f->from, f->to, &t->rc.seg, t->number, &behind);
        t->heard = true;
    }
    note_segment(t, item, place, behind);
}

/* What segments have carried. */
static bool give_heard(cap_tap *t, cap_item *item)
{
    rc_ear_piece p;
    t->heard = t->heard && rc_ear_next(t->ear, &p);
    if (!t->heard)
        return false;
    item->from = p.from;
    item->to = p.to;
    item->tcp = false;
    item->has_ip = true;
    item->has_mac = item->has_mac && nbt_ep_eq(p.from, t->frame.from);
    item->msg = NULL;
    item->began = p.began;
    item->stream = segment_stream(p.from, p.to);
    item->seq = p.number;
    item->lead = p.lead;
    switch (p.kind) {
    case RC_EAR_CUT:
        item->cut = true;
        snprintf(item->note, sizeof item->note, "the rest of it was not captured");
        item->rc = &t->rc;
        rc_packet_rd(&t->rc, p.bytes.p, p.bytes.n);
        return true;
    case RC_EAR_MESSAGE:
        item->rc = &t->rc;
        rc_packet_rd(&t->rc, p.bytes.p, p.bytes.n);
        return true;
    case RC_EAR_MISSING:
        note_missing(item, p.count);
        return true;
    case RC_EAR_UNFRAMED:
        note_unframed(item, p.count);
        return true;
    }
    return true;
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

static bool is_rc_session(const nbt_ssn *m)
{
    uint8_t called = m->called.b[NBT_NAME_LEN - 1], calling = m->calling.b[NBT_NAME_LEN - 1];
    return (called >= RC_SUFFIX_CLIENT && called <= RC_SUFFIX_TRANSFER) ||
           calling == RC_SUFFIX_CONSOLE;
}

/*
 * What a session packet says about whether its session is one of remote control; and if it carries
 * a message of that, it becomes the next item. What the product itself sent is in no article: what
 * does not begin as one of our messages stays what it is, user data.
 */
static void look_inside(cap_tap *t, const cap_item *item, uint8_t *mark)
{
    const nbt_ssn *m = &t->msg.u.ssn;
    switch ((enum nbt_ssn_type)m->type) {
    case NBT_SSN_REQUEST:
        *mark = is_rc_session(m) ? MARK_CALLED : MARK_NONE;
        return;
    case NBT_SSN_POSITIVE:
        *mark = *mark == MARK_CALLED ? MARK_RC : MARK_NONE;
        return;
    case NBT_SSN_NEGATIVE:
    case NBT_SSN_RETARGET:
        *mark = MARK_NONE;
        return;
    case NBT_SSN_MESSAGE:
        if (*mark != MARK_RC || !rc_msg_begins(m->data))
            return;
        rc_packet_rd(&t->rc, m->data.p, m->data.n);
        t->inner = true;
        t->outer = *item;
        return;
    case NBT_SSN_KEEP_ALIVE:
        return;
    }
}

static void give_inner(cap_tap *t, cap_item *item)
{
    t->inner = false;
    *item = t->outer;
    item->msg = NULL;
    item->rc = &t->rc;
    item->seq += NBT_SSN_HEADER_LEN;
    item->lead = 0;
}

/* What is not whole is a message too: it says where it ends. */
static void give_message(cap_tap *t, cap_item *item, const cap_piece *p)
{
    switch (p->framing) {
    case CAP_FRAMING_SESSION:
        item->msg = &t->msg;
        if (nbt_msg_rd(&t->msg, NBT_SERVICE_SESSION, p->bytes.p, p->bytes.n))
            look_inside(t, item, p->mark);
        return;
    case CAP_FRAMING_NAME:
        item->msg = &t->msg;
        nbt_msg_rd(&t->msg, NBT_SERVICE_NAME, p->bytes.p, p->bytes.n);
        return;
    case CAP_FRAMING_RC:
        item->rc = &t->rc;
        rc_packet_rd(&t->rc, p->bytes.p, p->bytes.n);
        return;
    }
}

static void give_piece(cap_tap *t, cap_item *item, const cap_piece *p)
{
    item->number = p->number;
    item->time = p->time;
    item->from = p->from;
    item->to = p->to;
    item->has_ip = item->tcp = true;
    item->has_mac = item->has_mac && p->number == t->number;
    item->began = p->began;
    item->stream = p->stream;
    item->seq = p->seq;
    item->lead = p->lead;
    item->msg = NULL;
    switch (p->kind) {
    case CAP_PIECE_CUT:
        item->cut = true;
        snprintf(item->note, sizeof item->note, "the rest of it was not captured");
        give_message(t, item, p);
        return;
    case CAP_PIECE_MESSAGE:
        give_message(t, item, p);
        return;
    case CAP_PIECE_MISSING:
        note_missing(item, p->count);
        return;
    case CAP_PIECE_UNFRAMED:
        note_unframed(item, p->count);
        return;
    }
}

static void begin_item(const cap_tap *t, cap_item *item)
{
    item->number = t->number;
    item->began = t->began;
    item->stream = t->fragments;
    item->time = t->time;
    item->note[0] = '\0';
    item->rc = NULL;
    item->seq = 0;
    item->lead = 0;
    item->cut = false;
    set_macs(item, &t->frame);
}

bool cap_tap_next(cap_tap *t, cap_item *item)
{
    cap_piece piece;
    if (t->inner) {
        give_inner(t, item);
        return true;
    }
    begin_item(t, item);
    if (t->datagram)
        give_datagram(t, item);
    else if (t->segment)
        give_segment(t, item);
    else if (t->noted)
        give_note(t, item);
    else if (give_heard(t, item))
        return true;
    else if (cap_flows_next(t->flows, &piece))
        give_piece(t, item, &piece);
    else
        return false;
    return true;
}
