/*
 * Frames in and out of a cable. Its time is one row of rounds: three in which each address is asked
 * for, then two in which each is announced.
 */
#include "nbt/cable.h"

#include <assert.h>
#include <string.h>

#include "nbt/wire.h"

/* RFC 5227 1.1 has a second and more between probes, and two to wait after them, for networks whose
 * bridges have yet to learn. Virtual machines answer within milliseconds. */
enum {
    PROBES = 3,
    ANNOUNCEMENTS = 2,
    TOGETHER = 100, /* frames at a time */
    PACE = 10000,   /* from one such time to the next */
    ROUND = 300000, /* at least */
    DEFEND_INTERVAL = 10000000,
};

enum { TYPE_IP4 = 0x0800, TYPE_ARP = 0x0806, ARP_ETHERNET = 1, ARP_REQUEST = 1, ARP_REPLY = 2 };

static const uint8_t everybody[NBT_MAC_LEN] = { 255, 255, 255, 255, 255, 255 };

/* -- addresses --------------------------------------------------------------------------------- */

void nbt_cable_mac_made(uint32_t ip, uint8_t mac[NBT_MAC_LEN])
{
    nbt_wr w;
    nbt_wr_init(&w, mac, NBT_MAC_LEN);
    nbt_wr_u16(&w, 0x0200, "MAC");
    nbt_wr_u32(&w, ip, "MAC");
}

/* The n-th of a row. What is counted up are the last four octets. */
static void mac_at(const nbt_cable_row *row, uint32_t n, uint8_t mac[NBT_MAC_LEN])
{
    nbt_rd r;
    nbt_wr w;
    nbt_rd_init(&r, row->mac, NBT_MAC_LEN);
    uint16_t high = nbt_rd_u16(&r, "MAC");
    uint32_t low = nbt_rd_u32(&r, "MAC") + n;
    nbt_wr_init(&w, mac, NBT_MAC_LEN);
    nbt_wr_u16(&w, high, "MAC");
    nbt_wr_u32(&w, low, "MAC");
}

bool nbt_cable_mac(const nbt_cable *c, uint32_t ip, uint8_t mac[NBT_MAC_LEN])
{
    for (size_t i = 0; i < c->cfg.nrows; i++) {
        const nbt_cable_row *row = &c->cfg.row[i];
        if (ip - row->ip < row->count) {
            mac_at(row, ip - row->ip, mac);
            return true;
        }
    }
    return false;
}

static bool has_ip(const nbt_cable *c, uint32_t ip)
{
    uint8_t mac[NBT_MAC_LEN];
    return nbt_cable_mac(c, ip, mac);
}

static bool has_mac(const nbt_cable *c, const uint8_t mac[NBT_MAC_LEN])
{
    for (size_t i = 0; i < c->cfg.nrows; i++) {
        const nbt_cable_row *row = &c->cfg.row[i];
        nbt_rd a, b;
        nbt_rd_init(&a, row->mac, NBT_MAC_LEN);
        nbt_rd_init(&b, mac, NBT_MAC_LEN);
        if (nbt_rd_u16(&a, "MAC") == nbt_rd_u16(&b, "MAC") &&
            nbt_rd_u32(&b, "MAC") - nbt_rd_u32(&a, "MAC") < row->count)
            return true;
    }
    return false;
}

/* The n-th address of all. */
static uint32_t ip_at(const nbt_cable *c, uint32_t n)
{
    const nbt_cable_row *row = c->cfg.row;
    for (; n >= row->count; row++)
        n -= row->count;
    return row->ip + n;
}

static bool same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, NBT_MAC_LEN) == 0;
}

/* -- frames ------------------------------------------------------------------------------------ */

typedef struct frame {
    uint8_t to[NBT_MAC_LEN], from[NBT_MAC_LEN];
    uint16_t type;
    uint16_t op;                                      /* ARP */
    uint8_t sender[NBT_MAC_LEN], target[NBT_MAC_LEN]; /* ARP */
    uint32_t src, dst;                                /* IPv4; ARP: the sender's, the target's */
} frame;

static void rd_mac(nbt_rd *r, uint8_t mac[NBT_MAC_LEN], const char *field)
{
    const uint8_t *p = nbt_rd_take(r, NBT_MAC_LEN, field);
    if (p)
        memcpy(mac, p, NBT_MAC_LEN);
}

/* RFC 826, for Ethernet and IPv4. */
static bool rd_arp(nbt_rd *r, frame *f)
{
    bool ours = nbt_rd_u16(r, "ar$hrd") == ARP_ETHERNET;
    ours &= nbt_rd_u16(r, "ar$pro") == TYPE_IP4;
    ours &= nbt_rd_u8(r, "ar$hln") == NBT_MAC_LEN;
    ours &= nbt_rd_u8(r, "ar$pln") == 4;
    f->op = nbt_rd_u16(r, "ar$op");
    rd_mac(r, f->sender, "ar$sha");
    f->src = nbt_rd_u32(r, "ar$spa");
    rd_mac(r, f->target, "ar$tha");
    f->dst = nbt_rd_u32(r, "ar$tpa");
    return ours && !r->err;
}

/* RFC 791 3.1 */
static bool rd_ip(nbt_rd *r, frame *f)
{
    enum { BEFORE_ADDRESSES = 11, VERSION_4 = 4 };
    bool ours = nbt_rd_u8(r, "Version") >> 4 == VERSION_4;
    (void)nbt_rd_take(r, BEFORE_ADDRESSES, "Header");
    f->src = nbt_rd_u32(r, "Source Address");
    f->dst = nbt_rd_u32(r, "Destination Address");
    return ours && !r->err;
}

/* False: it is none that is carried. */
static bool rd_frame(const uint8_t *bytes, size_t len, frame *f)
{
    nbt_rd r;
    nbt_rd_init(&r, bytes, len);
    rd_mac(&r, f->to, "Destination");
    rd_mac(&r, f->from, "Source");
    f->type = nbt_rd_u16(&r, "Type");
    if (r.err)
        return false;
    if (f->type == TYPE_ARP)
        return rd_arp(&r, f);
    return f->type == TYPE_IP4 && rd_ip(&r, f);
}

static void wr_ether(uint8_t *bytes, const frame *f)
{
    nbt_wr w;
    nbt_wr_init(&w, bytes, NBT_CABLE_ARP_LEN);
    nbt_wr_bytes(&w, f->to, NBT_MAC_LEN, "Destination");
    nbt_wr_bytes(&w, f->from, NBT_MAC_LEN, "Source");
}

static void wr_arp(uint8_t *bytes, const frame *f)
{
    nbt_wr w;
    nbt_wr_init(&w, bytes, NBT_CABLE_ARP_LEN);
    nbt_wr_bytes(&w, f->to, NBT_MAC_LEN, "Destination");
    nbt_wr_bytes(&w, f->from, NBT_MAC_LEN, "Source");
    nbt_wr_u16(&w, TYPE_ARP, "Type");
    nbt_wr_u16(&w, ARP_ETHERNET, "ar$hrd");
    nbt_wr_u16(&w, TYPE_IP4, "ar$pro");
    nbt_wr_u8(&w, NBT_MAC_LEN, "ar$hln");
    nbt_wr_u8(&w, 4, "ar$pln");
    nbt_wr_u16(&w, f->op, "ar$op");
    nbt_wr_bytes(&w, f->sender, NBT_MAC_LEN, "ar$sha");
    nbt_wr_u32(&w, f->src, "ar$spa");
    nbt_wr_bytes(&w, f->target, NBT_MAC_LEN, "ar$tha");
    nbt_wr_u32(&w, f->dst, "ar$tpa");
    assert(!w.err);
}

/* What an address is asked for with, and announced: a request for it, from nobody or from it (RFC
 * 5227 2.1.1, 2.3). */
static void wr_request(const nbt_cable *c, uint32_t ip, bool probe, uint8_t *bytes)
{
    frame f = { .op = ARP_REQUEST, .src = probe ? 0 : ip, .dst = ip };
    memcpy(f.to, everybody, NBT_MAC_LEN);
    (void)nbt_cable_mac(c, ip, f.from);
    memcpy(f.sender, f.from, NBT_MAC_LEN);
    wr_arp(bytes, &f);
}

/* -- the kernel's frames ----------------------------------------------------------------------- */

nbt_cable_way nbt_cable_out(nbt_cable *c, uint8_t *bytes, size_t len)
{
    frame f;
    if (c->state != NBT_CABLE_UP || !rd_frame(bytes, len, &f) || !nbt_cable_mac(c, f.src, f.from))
        return NBT_CABLE_DROP;
    if (f.type == TYPE_ARP) {
        memcpy(f.sender, f.from, NBT_MAC_LEN);
        wr_arp(bytes, &f);
    } else {
        wr_ether(bytes, &f);
    }
    return NBT_CABLE_PASS;
}

/* -- the network's frames ---------------------------------------------------------------------- */

static void note(nbt_cable *c, const frame *f, uint32_t ip)
{
    c->conflicts++;
    for (size_t i = 0; i < c->ntaken; i++)
        if (c->taken[i].ip == ip && same(c->taken[i].mac, f->sender))
            return;
    if (c->ntaken == NBT_CABLE_TAKEN_MAX)
        return;
    nbt_cable_peer *t = &c->taken[c->ntaken++];
    t->ip = ip;
    memcpy(t->mac, f->sender, NBT_MAC_LEN);
}

/* While it is asked: who says that it has the address, and who asks for it as we do (RFC 5227
 * 2.1.1). */
static void hear_claim(nbt_cable *c, const frame *f)
{
    if (has_ip(c, f->src))
        note(c, f, f->src);
    else if (f->op == ARP_REQUEST && f->src == 0 && has_ip(c, f->dst))
        note(c, f, f->dst);
}

/* Somebody uses an address of ours: it is said once more whose it is, and not too often (RFC 5227
 * 2.4 (b)). */
static nbt_cable_way defend(nbt_cable *c, nbt_time now, const frame *f, uint8_t *bytes)
{
    note(c, f, f->src);
    if (now - c->defended < DEFEND_INTERVAL)
        return NBT_CABLE_DROP;
    c->defended = now;
    wr_request(c, f->src, false, bytes);
    return NBT_CABLE_REPLY;
}

static nbt_cable_way answer(const nbt_cable *c, const frame *f, uint8_t *bytes)
{
    frame a = { .op = ARP_REPLY, .src = f->dst, .dst = f->src };
    (void)nbt_cable_mac(c, f->dst, a.from);
    memcpy(a.to, f->sender, NBT_MAC_LEN);
    memcpy(a.sender, a.from, NBT_MAC_LEN);
    memcpy(a.target, f->sender, NBT_MAC_LEN);
    wr_arp(bytes, &a);
    return NBT_CABLE_REPLY;
}

/* Who is where. One that another one's place is taken by is forgotten: then the kernel finds out by
 * itself, if late. */
static void remember(nbt_cable *c, uint32_t ip, const uint8_t *mac)
{
    nbt_cable_peer *p = &c->peer[(ip ^ ip >> 8) % NBT_CABLE_PEERS];
    if (ip == 0 || (p->ip == ip && same(p->mac, mac)))
        return;
    bool moved = p->ip == ip;
    p->ip = ip;
    memcpy(p->mac, mac, NBT_MAC_LEN);
    if (moved)
        c->moved = *p;
}

bool nbt_cable_news(nbt_cable *c, uint8_t bytes[NBT_CABLE_ARP_LEN])
{
    frame f = { .op = ARP_REQUEST, .src = c->moved.ip, .dst = c->moved.ip };
    if (c->moved.ip == 0)
        return false;
    memcpy(f.to, c->cfg.inner, NBT_MAC_LEN);
    memcpy(f.from, c->moved.mac, NBT_MAC_LEN);
    memcpy(f.sender, c->moved.mac, NBT_MAC_LEN);
    wr_arp(bytes, &f); /* an announcement (RFC 5227 3), to the kernel alone */
    c->moved.ip = 0;
    return true;
}

static nbt_cable_way arp_in(nbt_cable *c, nbt_time now, frame *f, uint8_t *bytes)
{
    if (c->state == NBT_CABLE_ASKING)
        hear_claim(c, f);
    if (c->state != NBT_CABLE_UP)
        return NBT_CABLE_DROP;
    if (has_ip(c, f->src))
        return defend(c, now, f, bytes);
    remember(c, f->src, f->sender);
    if (f->op == ARP_REQUEST && has_ip(c, f->dst))
        return answer(c, f, bytes);
    if (!same(f->to, everybody)) {
        if (!has_mac(c, f->to))
            return NBT_CABLE_DROP;
        memcpy(f->to, c->cfg.inner, NBT_MAC_LEN);
        memcpy(f->target, c->cfg.inner, NBT_MAC_LEN);
        wr_arp(bytes, f);
    }
    return NBT_CABLE_PASS;
}

static nbt_cable_way ip_in(nbt_cable *c, frame *f, uint8_t *bytes)
{
    uint8_t mac[NBT_MAC_LEN];
    if (c->state != NBT_CABLE_UP)
        return NBT_CABLE_DROP;
    if (same(f->to, everybody)) {
        remember(c, f->src, f->from);
        return NBT_CABLE_PASS;
    }
    if (!nbt_cable_mac(c, f->dst, mac) || !same(mac, f->to))
        return NBT_CABLE_DROP; /* a bridge floods what it does not know */
    remember(c, f->src, f->from);
    memcpy(f->to, c->cfg.inner, NBT_MAC_LEN);
    wr_ether(bytes, f);
    return NBT_CABLE_PASS;
}

nbt_cable_way nbt_cable_in(nbt_cable *c, nbt_time now, uint8_t *bytes, size_t len)
{
    frame f;
    if (!rd_frame(bytes, len, &f) || f.from[0] & 1 || has_mac(c, f.from))
        return NBT_CABLE_DROP; /* what we have sent comes back where the network is a hub */
    return f.type == TYPE_ARP ? arp_in(c, now, &f, bytes) : ip_in(c, &f, bytes);
}

/* -- time -------------------------------------------------------------------------------------- */

void nbt_cable_init(nbt_cable *c, const nbt_cable_cfg *cfg)
{
    *c = (nbt_cable){ .cfg = *cfg, .state = NBT_CABLE_OFF };
    for (size_t i = 0; i < cfg->nrows; i++)
        c->total += cfg->row[i].count;
}

void nbt_cable_ask(nbt_cable *c, nbt_time now)
{
    nbt_time round = (nbt_time)(c->total / TOGETHER) * PACE;
    assert(c->total > 0);
    c->state = NBT_CABLE_ASKING;
    c->begun = now;
    c->round = round > ROUND ? round : ROUND;
    c->said = 0;
    c->conflicts = 0;
    c->ntaken = 0;
    c->defended = now - DEFEND_INTERVAL;
}

/* When the next of its frames is to be sent. */
static nbt_time next_frame(const nbt_cable *c)
{
    uint32_t round = c->said / c->total, n = c->said % c->total;
    if (round >= PROBES + ANNOUNCEMENTS)
        return NBT_NEVER;
    return c->begun + round * c->round + (nbt_time)(n / TOGETHER) * PACE;
}

nbt_time nbt_cable_due(const nbt_cable *c)
{
    if (c->state == NBT_CABLE_OFF || c->state == NBT_CABLE_TAKEN)
        return NBT_NEVER;
    return c->state == NBT_CABLE_ASKING && c->said == PROBES * c->total
               ? c->begun + PROBES * c->round
               : next_frame(c);
}

bool nbt_cable_tick(nbt_cable *c, nbt_time now, uint8_t bytes[NBT_CABLE_ARP_LEN])
{
    if (now < nbt_cable_due(c))
        return false;
    if (c->state == NBT_CABLE_ASKING && c->said == PROBES * c->total)
        c->state = c->ntaken > 0 ? NBT_CABLE_TAKEN : NBT_CABLE_UP;
    if (c->state == NBT_CABLE_TAKEN || now < next_frame(c))
        return false;
    wr_request(c, ip_at(c, c->said % c->total), c->said < PROBES * c->total, bytes);
    c->said++;
    return true;
}
