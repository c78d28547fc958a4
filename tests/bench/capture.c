/*
 * Makes the capture that tools/bench measures with: a network of Windows machines and a name
 * server, all services, the same bytes for the same seed. A few packets are fragmented, a few are
 * malformed. It says on standard error how many packets, messages and malformed messages there are.
 */
#include "capture/frame.h"
#include "capture/sink.h"
#include "nbt/msg.h"

#include <assert.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOSTS_MAX = 40000, /* what a network of 16 bits has room for, and some */
    WORKGROUPS = 8,
    FLOWS = 64, /* TCP connections that are open at a time */
    FRAME_MAX = 2048,
    ETHER_LEN = 14,
    IP_LEN = 20,
    UDP_LEN = 8,
    TCP_LEN = 20,
    FRAGMENT_LEN = 600 / 8 * 8,
    STEP_MAX = 800, /* microseconds from one packet to the next, on average half of it */
    GROUP = NBT_NB_G | NBT_ONT_H << NBT_NB_ONT_SHIFT,
    UNIQUE = NBT_ONT_H << NBT_NB_ONT_SHIFT,
};

static const uint32_t network = 0x0A4D0000;                        /* 10.77.0.0/16 */
static const uint32_t server = 0x0A4D0001, everybody = 0x0A4DFFFF; /* host order */
static const int64_t begin = INT64_C(1767225600) * 1000000;        /* 2026-01-01 */

typedef struct flow {
    unsigned step;    /* what comes next; see flow_step */
    uint32_t host[2]; /* who calls, who is called */
    uint16_t port;
    uint32_t seq[2];
    unsigned messages; /* still to come */
} flow;

typedef struct world {
    nbt_rng rng;
    cap_sink *sink;
    int64_t now;
    uint32_t hosts;
    uint64_t left, messages, malformed;
    uint16_t ip_id, trn_id;
    flow flows[FLOWS];
} world;

static unsigned below(world *w, unsigned n)
{
    return nbt_rng_below(&w->rng, n);
}

static bool chance(world *w, unsigned percent)
{
    return below(w, 100) < percent;
}

/* ---- Frames -------------------------------------------------------------------------------- */

static uint32_t ip_of(uint32_t host)
{
    return network + 16 + host;
}

static void put_mac(nbt_wr *wr, uint32_t ip)
{
    nbt_wr_u16(wr, ip == everybody ? 0xFFFF : 0x0200, "MAC");
    nbt_wr_u32(wr, ip == everybody ? 0xFFFFFFFF : ip, "MAC");
}

/* RFC 1071. `sum` is what was summed up before. */
static uint32_t add_up(uint32_t sum, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    return sum;
}

static void set_checksum(uint8_t *at, uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    at[0] = (uint8_t)(~sum >> 8);
    at[1] = (uint8_t)~sum;
}

static void emit(world *w, const uint8_t *frame, size_t n)
{
    if (w->left == 0)
        return;
    cap_packet p = { .link = DLT_EN10MB, .time = w->now, .wire_len = (uint32_t)n };
    p.bytes = (nbt_bytes){ frame, n };
    cap_sink_put(w->sink, &p);
    w->left--;
    w->now += 1 + below(w, STEP_MAX);
}

/* An Ethernet frame with IP and what it carries. `where` is the word of flags and offset. */
static void send_ip(world *w, uint32_t from, uint32_t to, uint8_t proto, uint16_t id,
                    unsigned where, nbt_bytes data)
{
    uint8_t frame[FRAME_MAX];
    nbt_wr wr;
    nbt_wr_init(&wr, frame, sizeof frame);
    put_mac(&wr, to);
    put_mac(&wr, from);
    nbt_wr_u16(&wr, 0x0800, "EtherType");
    nbt_wr_u16(&wr, 0x4500, "version, length, service");
    nbt_wr_u16(&wr, IP_LEN + data.n, "total length");
    nbt_wr_u16(&wr, id, "identification");
    nbt_wr_u16(&wr, where, "flags, offset");
    nbt_wr_u16(&wr, 128U << 8 | proto, "time to live, protocol");
    nbt_wr_u16(&wr, 0, "checksum");
    nbt_wr_u32(&wr, from, "source");
    nbt_wr_u32(&wr, to, "destination");
    nbt_wr_bytes(&wr, data.p, data.n, "data");
    assert(!wr.err);
    set_checksum(frame + ETHER_LEN + 10, add_up(0, frame + ETHER_LEN, IP_LEN));
    emit(w, frame, wr.at);
}

/* The sum of the pseudo header, RFC 768. */
static uint32_t pseudo_header(uint32_t from, uint32_t to, uint8_t proto, size_t n)
{
    return (from >> 16) + (from & 0xFFFF) + (to >> 16) + (to & 0xFFFF) + proto + (uint32_t)n;
}

static void send_udp(world *w, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    uint8_t udp[FRAME_MAX];
    uint16_t id = w->ip_id++;
    nbt_wr wr;
    nbt_wr_init(&wr, udp, sizeof udp);
    nbt_wr_u16(&wr, from.port, "port");
    nbt_wr_u16(&wr, to.port, "port");
    nbt_wr_u16(&wr, UDP_LEN + data.n, "length");
    nbt_wr_u16(&wr, 0, "checksum");
    nbt_wr_bytes(&wr, data.p, data.n, "data");
    assert(!wr.err);
    uint32_t sum = pseudo_header(from.ip, to.ip, 17, wr.at);
    set_checksum(udp + 6, add_up(sum, udp, wr.at));
    if (wr.at <= FRAGMENT_LEN || w->left < 2) {
        send_ip(w, from.ip, to.ip, 17, id, 0, (nbt_bytes){ udp, wr.at });
        return;
    }
    nbt_bytes first = { udp, FRAGMENT_LEN }, rest = { udp + FRAGMENT_LEN, wr.at - FRAGMENT_LEN };
    bool swapped = chance(w, 20);
    if (!swapped)
        send_ip(w, from.ip, to.ip, 17, id, 0x2000, first);
    send_ip(w, from.ip, to.ip, 17, id, FRAGMENT_LEN / 8, rest);
    if (swapped)
        send_ip(w, from.ip, to.ip, 17, id, 0x2000, first);
}

/* ---- Messages ------------------------------------------------------------------------------ */

static nbt_name host_name(uint32_t host, uint8_t suffix)
{
    nbt_name name;
    char text[16];
    int n = snprintf(text, sizeof text, "MACHINE-%03u", host);
    nbt_name_make(&name, text, (size_t)n, suffix);
    return name;
}

static nbt_name group_name(uint32_t group, uint8_t suffix)
{
    nbt_name name;
    char text[16];
    int n = snprintf(text, sizeof text, "WORKGROUP%u", group);
    nbt_name_make(&name, text, (size_t)n, suffix);
    return name;
}

static nbt_name own_name(world *w, uint32_t host)
{
    static const uint8_t suffixes[] = { 0x00, 0x03, 0x20 };
    return host_name(host, suffixes[below(w, sizeof suffixes)]);
}

/* Most names that are asked for are somebody's; some are a group's, some are nobody's. */
static nbt_name asked_name(world *w)
{
    static const uint8_t suffixes[] = { 0x00, 0x1B, 0x1D, 0x1E };
    if (chance(w, 30))
        return group_name(below(w, WORKGROUPS), suffixes[below(w, sizeof suffixes)]);
    return own_name(w, below(w, w->hosts + w->hosts / 10));
}

static void send_message(world *w, nbt_ep from, nbt_ep to, const nbt_msg *m)
{
    uint8_t b[FRAME_MAX];
    nbt_wr wr;
    nbt_wr_init(&wr, b, sizeof b);
    nbt_msg_wr(&wr, m);
    assert(!wr.err);
    w->messages += w->left > 0;
    send_udp(w, from, to, (nbt_bytes){ b, wr.at });
}

static void send_ns(world *w, uint32_t from, uint32_t to, const nbt_ns *ns)
{
    nbt_msg m = { .service = NBT_SERVICE_NAME, .exact = true, .u.ns = *ns };
    send_message(w, (nbt_ep){ from, NBT_PORT_NS }, (nbt_ep){ to, NBT_PORT_NS }, &m);
}

static nbt_ns question(world *w, unsigned word, nbt_name name, uint16_t type)
{
    nbt_ns m = { .trn_id = w->trn_id++, .word = (uint16_t)word, .qdcount = 1 };
    m.q = (nbt_question){ name, type, NBT_CLASS_IN };
    return m;
}

/* ADDR_ENTRY into `b`, of room for NBT_ADDR_LEN. */
static nbt_bytes address(uint8_t *b, unsigned nb_flags, uint32_t ip)
{
    nbt_wr wr;
    nbt_wr_init(&wr, b, NBT_ADDR_LEN);
    nbt_addr_wr(&wr, (nbt_addr){ (uint16_t)nb_flags, ip });
    return (nbt_bytes){ b, wr.at };
}

/* A request that says whose the name is. */
static nbt_ns request(world *w, unsigned word, nbt_name name, uint32_t ttl, nbt_bytes rdata)
{
    nbt_ns m = question(w, word, name, NBT_RR_NB);
    m.arcount = 1;
    m.nrr = 1;
    m.rr_pointer = true;
    m.rr[0] = (nbt_rr){ name, NBT_RR_NB, NBT_CLASS_IN, ttl, rdata };
    return m;
}

static nbt_ns answer(const nbt_ns *to, unsigned word, uint16_t type, uint32_t ttl, nbt_bytes rdata)
{
    nbt_ns m = { .trn_id = to->trn_id, .word = (uint16_t)word, .ancount = 1, .nrr = 1 };
    m.rr[0] = (nbt_rr){ to->q.name, type, NBT_CLASS_IN, ttl, rdata };
    return m;
}

static void negative_query(world *w, uint32_t from, uint32_t to, const nbt_ns *asked)
{
    nbt_ns no = answer(asked, 0x8583, NBT_RR_NULL, 0, (nbt_bytes){ NULL, 0 });
    no.ancount = 0;
    send_ns(w, from, to, &no);
}

/* ---- What happens on the network ----------------------------------------------------------- */

static void ask_everybody(world *w)
{
    uint32_t me = below(w, w->hosts), other = below(w, w->hosts);
    uint8_t b[NBT_ADDR_LEN];
    bool answered = chance(w, 20);
    nbt_ns q = question(w, 0x0110, answered ? own_name(w, other) : asked_name(w), NBT_RR_NB);
    for (unsigned i = !answered && chance(w, 10) ? 3 : 1; i > 0; i--)
        send_ns(w, ip_of(me), everybody, &q);
    if (answered) {
        nbt_ns yes = answer(&q, 0x8500, NBT_RR_NB, 300000, address(b, UNIQUE, ip_of(other)));
        send_ns(w, ip_of(other), ip_of(me), &yes);
    }
}

static void ask_server(world *w)
{
    uint32_t me = ip_of(below(w, w->hosts)), other = below(w, w->hosts);
    uint8_t b[NBT_ADDR_LEN];
    nbt_ns q = question(w, 0x0100, own_name(w, other), NBT_RR_NB);
    send_ns(w, me, server, &q);
    if (chance(w, 65)) {
        nbt_ns yes = answer(&q, 0x8580, NBT_RR_NB, 518400, address(b, UNIQUE, ip_of(other)));
        send_ns(w, server, me, &yes);
    } else {
        negative_query(w, server, me, &q);
    }
}

static void claim_from_everybody(world *w)
{
    uint32_t me = below(w, w->hosts), other = below(w, w->hosts);
    uint8_t b[NBT_ADDR_LEN];
    nbt_bytes mine = address(b, UNIQUE, ip_of(me));
    nbt_ns claim = request(w, 0x2910, own_name(w, me), 300000, mine);
    if (chance(w, 1)) { /* somebody has it already */
        nbt_ns no = answer(&claim, 0xAD86, NBT_RR_NB, 0, mine);
        send_ns(w, ip_of(me), everybody, &claim);
        send_ns(w, ip_of(other), ip_of(me), &no);
        return;
    }
    for (int i = 0; i < 3; i++)
        send_ns(w, ip_of(me), everybody, &claim);
    claim.word = 0x2810;
    send_ns(w, ip_of(me), everybody, &claim);
}

/* Registration, multihomed registration, refresh or release, by the name server's leave. */
static void tell_server(world *w, unsigned word, bool wait)
{
    uint32_t me = below(w, w->hosts);
    uint8_t b[NBT_ADDR_LEN], flags[2];
    bool release = word == 0x3000, refuse = !release && chance(w, 2);
    bool group = !release && chance(w, 10);
    nbt_name name = group ? group_name(me % WORKGROUPS, 0x00) : own_name(w, me);
    nbt_bytes mine = address(b, group ? GROUP : UNIQUE, ip_of(me));
    nbt_ns claim = request(w, word, name, release ? 0 : 300000, mine);
    send_ns(w, ip_of(me), server, &claim);
    if (wait) {
        flags[0] = (uint8_t)(word >> 8);
        flags[1] = (uint8_t)word;
        nbt_ns wack = answer(&claim, 0xBC00, NBT_RR_NULL, 60, (nbt_bytes){ flags, sizeof flags });
        send_ns(w, server, ip_of(me), &wack);
    }
    unsigned said = release ? 0xB400 : refuse ? 0xAD86 : 0xAD80;
    nbt_ns reply = answer(&claim, said, NBT_RR_NB, release || refuse ? 0 : 518400, mine);
    send_ns(w, server, ip_of(me), &reply);
}

static void ask_status(world *w)
{
    static const uint8_t suffixes[] = { 0x00, 0x03, 0x20 };
    uint32_t me = ip_of(below(w, w->hosts)), other = below(w, w->hosts);
    uint8_t b[256];
    nbt_node_name names[5];
    nbt_statistics st = { .unit_id = { 2 } };
    nbt_name all, group;
    nbt_wr wr;
    for (size_t i = 0; i < sizeof suffixes; i++) {
        nbt_name own = host_name(other, suffixes[i]);
        memcpy(names[i].b, own.b, NBT_NAME_LEN);
        names[i].flags = UNIQUE | NBT_NB_ACT;
    }
    for (uint8_t i = 0; i < 2; i++) {
        group = group_name(other % WORKGROUPS, i ? 0x1E : 0x00);
        memcpy(names[3 + i].b, group.b, NBT_NAME_LEN);
        names[3 + i].flags = GROUP | NBT_NB_ACT;
    }
    nbt_wr_init(&wr, b, sizeof b);
    nbt_status_wr(&wr, names, 5, &st);
    nbt_name_wildcard(&all);
    nbt_ns q = question(w, 0x0000, all, NBT_RR_NBSTAT);
    nbt_ns r = answer(&q, 0x8400, NBT_RR_NBSTAT, 0, (nbt_bytes){ b, wr.at });
    send_ns(w, me, ip_of(other), &q);
    send_ns(w, ip_of(other), me, &r);
}

/* Octets like those of SMB: a head that all have, and what differs. */
static nbt_bytes smb(world *w, uint8_t *b, size_t n)
{
    static const uint8_t head[] = { 0xFF, 'S', 'M', 'B', 0x25, 0, 0, 0, 0, 0x18, 0x01, 0x20 };
    for (size_t i = 0; i < n; i += 8) {
        uint64_t v = nbt_rng_u64(&w->rng) & UINT64_C(0x00FF00FF00FF00FF);
        memcpy(b + i, &v, n - i < 8 ? n - i : 8);
    }
    memcpy(b, head, sizeof head);
    return (nbt_bytes){ b, n };
}

static void announce(world *w, size_t n)
{
    uint32_t me = below(w, w->hosts);
    uint8_t b[FRAME_MAX];
    nbt_msg m = { .service = NBT_SERVICE_DATAGRAM, .exact = true };
    m.u.dgm = (nbt_dgm){
        .type = NBT_DGM_GROUP,
        .flags = NBT_DGM_FIRST | NBT_ONT_M << NBT_DGM_SNT_SHIFT,
        .id = w->trn_id++,
        .source = { ip_of(me), NBT_PORT_DGM },
        .from = host_name(me, 0x00),
        .to = group_name(me % WORKGROUPS, 0x1E),
        .data = smb(w, b, n),
    };
    m.u.dgm.length = (uint16_t)nbt_dgm_length(&m.u.dgm.from, &m.u.dgm.to, n);
    send_message(w, m.u.dgm.source, (nbt_ep){ everybody, NBT_PORT_DGM }, &m);
}

/* A query that is spoilt in one of several ways, each of which no reader can make sense of. */
static void send_rubbish(world *w)
{
    uint32_t me = ip_of(below(w, w->hosts));
    uint8_t b[FRAME_MAX];
    nbt_ns q = question(w, 0x0110, asked_name(w), NBT_RR_NB);
    nbt_wr wr;
    nbt_wr_init(&wr, b, sizeof b);
    nbt_ns_wr(&wr, &q);
    size_t n = wr.at;
    switch (below(w, 5)) {
    case 0: /* cut */
        n = 1 + below(w, (unsigned)n - 1);
        break;
    case 1: /* a count of questions that no packet has */
        b[4] = 7;
        break;
    case 2: /* no letter of a name */
        b[13 + below(w, 32)] = '!';
        break;
    case 3: /* a pointer to itself */
        b[12] = 0xC0;
        b[13] = 0x0C;
        break;
    case 4: /* a record is promised, and none is there */
        b[11] = 1;
        break;
    }
    w->messages += w->left > 0;
    w->malformed += w->left > 0;
    send_udp(w, (nbt_ep){ me, NBT_PORT_NS }, (nbt_ep){ everybody, NBT_PORT_NS },
             (nbt_bytes){ b, n });
}

/* ---- Sessions ------------------------------------------------------------------------------ */

static void segment(world *w, flow *f, int way, unsigned flags, nbt_bytes data)
{
    nbt_ep ep[2] = { { ip_of(f->host[0]), f->port }, { ip_of(f->host[1]), NBT_PORT_SSN } };
    uint8_t tcp[FRAME_MAX];
    nbt_wr wr;
    nbt_wr_init(&wr, tcp, sizeof tcp);
    nbt_wr_u16(&wr, ep[way].port, "port");
    nbt_wr_u16(&wr, ep[1 - way].port, "port");
    nbt_wr_u32(&wr, f->seq[way], "sequence");
    nbt_wr_u32(&wr, flags & CAP_TCP_ACK ? f->seq[1 - way] : 0, "acknowledgement");
    nbt_wr_u16(&wr, TCP_LEN / 4U << 12 | flags, "offset, flags");
    nbt_wr_u16(&wr, 8192, "window");
    nbt_wr_u32(&wr, 0, "checksum, urgent");
    nbt_wr_bytes(&wr, data.p, data.n, "data");
    assert(!wr.err);
    uint32_t sum = pseudo_header(ep[way].ip, ep[1 - way].ip, CAP_IP_TCP, wr.at);
    set_checksum(tcp + 16, add_up(sum, tcp, wr.at));
    send_ip(w, ep[way].ip, ep[1 - way].ip, CAP_IP_TCP, w->ip_id++, 0x4000,
            (nbt_bytes){ tcp, wr.at });
    f->seq[way] += (uint32_t)data.n + ((flags & (CAP_TCP_SYN | CAP_TCP_FIN)) != 0);
}

/* A session packet: in one segment, in two, or, when one is lost on its way, sent again. */
static void send_ssn(world *w, flow *f, int way, const nbt_ssn *ssn)
{
    uint8_t b[FRAME_MAX];
    nbt_wr wr;
    nbt_wr_init(&wr, b, sizeof b);
    nbt_ssn_wr(&wr, ssn);
    assert(!wr.err);
    size_t cut = w->left > 2 && chance(w, 5) ? 1 + below(w, (unsigned)wr.at - 1) : wr.at;
    w->messages += w->left > 0;
    segment(w, f, way, CAP_TCP_ACK, (nbt_bytes){ b, cut });
    if (cut < wr.at)
        segment(w, f, way, CAP_TCP_ACK, (nbt_bytes){ b + cut, wr.at - cut });
    if (cut == wr.at && chance(w, 1)) {
        f->seq[way] -= (uint32_t)wr.at;
        segment(w, f, way, CAP_TCP_ACK, (nbt_bytes){ b, wr.at });
    }
}

static void flow_begin(world *w, flow *f)
{
    uint16_t port = f->port;
    *f = (flow){ .messages = 4 + below(w, 60) };
    f->host[0] = below(w, w->hosts);
    f->host[1] = (f->host[0] + 1 + below(w, w->hosts - 1)) % w->hosts;
    f->port = (uint16_t)(port + FLOWS < 5000 ? port + FLOWS : 1025 + port % FLOWS);
    f->seq[0] = (uint32_t)nbt_rng_u64(&w->rng);
    f->seq[1] = (uint32_t)nbt_rng_u64(&w->rng);
}

static void call(world *w, flow *f)
{
    nbt_ssn m = { .type = NBT_SSN_REQUEST, .called = host_name(f->host[1], 0x20) };
    m.calling = host_name(f->host[0], 0x00);
    send_ssn(w, f, 0, &m);
}

static void be_answered(world *w, flow *f)
{
    nbt_ssn m = { .type = NBT_SSN_POSITIVE };
    if (chance(w, 10)) {
        m.type = NBT_SSN_NEGATIVE;
        m.code = NBT_SSN_CODE_CALLED_NOT_PRESENT;
        f->messages = 0;
    }
    send_ssn(w, f, 1, &m);
}

static void talk(world *w, flow *f)
{
    uint8_t b[FRAME_MAX];
    nbt_ssn m = { .type = NBT_SSN_MESSAGE };
    if (chance(w, 2))
        m.type = NBT_SSN_KEEP_ALIVE;
    else
        m.data = smb(w, b, 40 + below(w, 160));
    send_ssn(w, f, f->messages % 2 == 0, &m);
}

/* The next packet of a connection. */
static void flow_step(world *w, flow *f)
{
    static const nbt_bytes nothing;
    switch (f->step++) {
    case 0:
        flow_begin(w, f);
        f->step = 1;
        segment(w, f, 0, CAP_TCP_SYN, nothing);
        return;
    case 1:
        segment(w, f, 1, CAP_TCP_SYN | CAP_TCP_ACK, nothing);
        return;
    case 2:
        segment(w, f, 0, CAP_TCP_ACK, nothing);
        return;
    case 3:
        call(w, f);
        return;
    case 4:
        be_answered(w, f);
        return;
    case 5:
        if (f->messages > 0) {
            f->messages--;
            f->step = 5;
            talk(w, f);
            return;
        }
        segment(w, f, 0, CAP_TCP_FIN | CAP_TCP_ACK, nothing);
        return;
    case 6:
        segment(w, f, 1, CAP_TCP_FIN | CAP_TCP_ACK, nothing);
        return;
    case 7:
        segment(w, f, 0, CAP_TCP_ACK, nothing);
        f->step = 0;
        return;
    }
}

/* ---- All of it ----------------------------------------------------------------------------- */

/* What share of what happens is what, in tenths of a percent, and in the order tried. */
static void happen(world *w)
{
    unsigned n = below(w, 1000);
    if (n < 240)
        ask_everybody(w);
    else if (n < 380)
        ask_server(w);
    else if (n < 405)
        claim_from_everybody(w);
    else if (n < 465)
        tell_server(w, chance(w, 70) ? 0x2900 : 0x7900, chance(w, 15));
    else if (n < 495)
        tell_server(w, 0x4000, false);
    else if (n < 517)
        tell_server(w, 0x3000, false);
    else if (n < 563)
        ask_status(w);
    else if (n < 753)
        announce(w, 80 + below(w, 100));
    else if (n < 757)
        announce(w, NBT_DGM_DATA_MAX);
    else if (n < 765)
        send_rubbish(w);
    else
        flow_step(w, &w->flows[below(w, FLOWS)]);
}

int main(int argc, char **argv)
{
    char why[CAP_ERR_MAX];
    unsigned long hosts = argc == 5 ? strtoul(argv[4], NULL, 10) : 0;
    if (hosts < 2 || hosts > HOSTS_MAX) {
        fprintf(stderr, "usage: bench.capture FILE PACKETS SEED HOSTS\n");
        return 2;
    }
    world w = { .now = begin,
                .hosts = (uint32_t)hosts,
                .left = strtoull(argv[2], NULL, 10),
                .ip_id = 1,
                .trn_id = 1 };
    uint64_t packets = w.left;
    w.rng.s = strtoull(argv[3], NULL, 10);
    for (uint16_t i = 0; i < FLOWS; i++)
        w.flows[i].port = (uint16_t)(1025 + i);
    w.sink = cap_sink_new(argv[1], DLT_EN10MB, why);
    if (!w.sink) {
        fprintf(stderr, "bench.capture: %s\n", why);
        return 1;
    }
    while (w.left > 0)
        happen(&w);
    if (!cap_sink_free(w.sink)) {
        fprintf(stderr, "bench.capture: %s: cannot be written\n", argv[1]);
        return 1;
    }
    fprintf(stderr, "packets %llu messages %llu malformed %llu\n", (unsigned long long)packets,
            (unsigned long long)w.messages, (unsigned long long)w.malformed);
    return 0;
}
