/*
 * A stream over datagrams: go back to the first octet that was not acknowledged, after a time or
 * when a NAK asks for it. What comes out of order is not kept, so that nothing that is sent here
 * takes memory (KB Q178748, Q192788: the product's agent took it without bound).
 */
#include "rc/udp.h"

#include <string.h>

const char *rc_udp_kind_str(rc_udp_kind kind)
{
    switch (kind) {
#define X(sym, code, word)                                                                         \
    case RC_UDP_##sym:                                                                             \
        return word;
        RC_UDP_KINDS(X)
#undef X
    }
    return NULL;
}

bool rc_udp_seg_begins(nbt_bytes bytes)
{
    return bytes.n >= 2 && bytes.p[0] == RC_UDP_VERSION && rc_udp_kind_str(bytes.p[1]);
}

void rc_udp_seg_rd(nbt_rd *r, rc_udp_seg *seg)
{
    if (nbt_rd_u8(r, "VERSION") != RC_UDP_VERSION)
        nbt_rd_fail(r, NBT_ERR_VALUE, 0, "VERSION");
    seg->kind = nbt_rd_u8(r, "KIND");
    if (!rc_udp_kind_str(seg->kind))
        nbt_rd_fail(r, NBT_ERR_VALUE, 1, "KIND");
    size_t n = nbt_rd_u16(r, "LENGTH");
    if (n > RC_UDP_PIECE || (n > 0) != (seg->kind == RC_UDP_DATA))
        nbt_rd_fail(r, NBT_ERR_LENGTH, 2, "LENGTH");
    seg->id = nbt_rd_u32(r, "ID");
    seg->number = nbt_rd_u32(r, "NUMBER");
    seg->ack = nbt_rd_u32(r, "ACK");
    seg->data = nbt_rd_bytes(r, n, "DATA");
    if (nbt_rd_left(r) > 0)
        nbt_rd_fail(r, NBT_ERR_EXTRA, RC_UDP_HEAD + n, "DATA");
}

void rc_udp_seg_wr(nbt_wr *w, const rc_udp_seg *seg)
{
    nbt_wr_u8(w, RC_UDP_VERSION, "VERSION");
    nbt_wr_u8(w, seg->kind, "KIND");
    nbt_wr_u16(w, seg->data.n, "LENGTH");
    nbt_wr_u32(w, seg->id, "ID");
    nbt_wr_u32(w, seg->number, "NUMBER");
    nbt_wr_u32(w, seg->ack, "ACK");
    nbt_wr_bytes(w, seg->data.p, seg->data.n, "DATA");
}

static void put(const rc_udp_seg *seg, nbt_ep from, nbt_ep to, nbt_out *out)
{
    uint8_t bytes[RC_UDP_HEAD + RC_UDP_PIECE];
    nbt_wr w;
    nbt_wr_init(&w, bytes, sizeof bytes);
    rc_udp_seg_wr(&w, seg);
    nbt_act *act = nbt_out_add(out, NBT_ACT_SEND, bytes, w.at);
    act->from = from;
    act->to = to;
}

static void say(const rc_udp *u, rc_udp_kind kind, nbt_bytes data, nbt_out *out)
{
    rc_udp_seg seg = { .kind = kind, .id = u->id, .number = u->sent, .ack = u->got, .data = data };
    put(&seg, u->here, u->peer, out);
}

static void tell(const rc_udp *u, rc_udp_kind kind, nbt_out *out)
{
    say(u, kind, (nbt_bytes){ NULL, 0 }, out);
}

static void begin(rc_udp *u, rc_udp_state state, uint32_t id, nbt_ep here, nbt_ep peer)
{
    memset(u, 0, offsetof(rc_udp, queue));
    u->state = state;
    u->id = id;
    u->here = here;
    u->peer = peer;
    u->due = NBT_NEVER;
}

void rc_udp_open(rc_udp *u, uint32_t id, nbt_ep here, nbt_ep to)
{
    begin(u, RC_UDP_IS_OPENING, id, here, to);
    u->due = 0; /* at once */
}

void rc_udp_accept(rc_udp *u, const rc_udp_seg *open, nbt_ep here, nbt_ep from, nbt_out *out)
{
    begin(u, RC_UDP_IS_OPEN, open->id, here, from);
    tell(u, RC_UDP_OPENED, out);
}

void rc_udp_refuse(const rc_udp_seg *seg, nbt_ep here, nbt_ep from, nbt_out *out)
{
    rc_udp_seg reset = { .kind = RC_UDP_RESET, .id = seg->id, .number = seg->ack };
    if (seg->kind != RC_UDP_RESET)
        put(&reset, here, from, out);
}

/* The stream is no more; what that means depends on what it was. */
static rc_udp_ev over(rc_udp *u, rc_udp_ev unopened)
{
    rc_udp_state was = u->state;
    u->state = RC_UDP_IS_CLOSED;
    if (was == RC_UDP_IS_CLOSING)
        return RC_UDP_ENDED;
    return was == RC_UDP_IS_OPENING ? unopened : RC_UDP_LOST;
}

/* One behind the last number there is. */
static uint32_t total(const rc_udp *u)
{
    return u->end + (u->state == RC_UDP_IS_CLOSING);
}

/* The other side lives; and it has everything before `ack`. True: even our CLOSE. */
static bool acknowledged(rc_udp *u, nbt_time now, uint32_t ack)
{
    uint32_t news = ack - u->acked;
    if (news > total(u) - u->acked)
        return false; /* of something that was never sent */
    u->tries = 0;
    if (news > u->sent - u->acked)
        u->sent = ack;
    u->acked = ack;
    if (news > 0)
        u->due = u->acked == u->sent ? NBT_NEVER : now + RC_UDP_RETRY;
    return u->state == RC_UDP_IS_CLOSING && u->acked == total(u);
}

/* Sent once for each gap: everything that follows comes out of order, too. */
static void miss(rc_udp *u, nbt_out *out)
{
    tell(u, u->nak ? RC_UDP_ACK : RC_UDP_NAK, out);
    u->gaps += !u->nak;
    u->nak = true;
}

static rc_udp_ev take(rc_udp *u, const rc_udp_seg *seg, nbt_bytes *data, nbt_out *out)
{
    uint32_t known = u->got - seg->number; /* so much of it has come before */
    if (known > UINT32_MAX / 2) {
        miss(u, out);
        return RC_UDP_SAME;
    }
    if (known >= seg->data.n || u->held) {
        tell(u, RC_UDP_ACK, out);
        return RC_UDP_SAME;
    }
    *data = (nbt_bytes){ seg->data.p + known, seg->data.n - known };
    u->got += (uint32_t)data->n;
    u->nak = false;
    tell(u, RC_UDP_ACK, out);
    return u->state == RC_UDP_IS_OPEN ? RC_UDP_INPUT : RC_UDP_SAME;
}

static rc_udp_ev closed_there(rc_udp *u, const rc_udp_seg *seg, nbt_out *out)
{
    if (seg->number != u->got) {
        miss(u, out);
        return RC_UDP_SAME;
    }
    u->got++;
    tell(u, RC_UDP_ACK, out);
    return over(u, RC_UDP_REFUSED);
}

static rc_udp_ev rx_opening(rc_udp *u, const rc_udp_seg *seg)
{
    if (seg->kind == RC_UDP_RESET)
        return over(u, RC_UDP_REFUSED);
    if (seg->kind != RC_UDP_OPENED)
        return RC_UDP_SAME; /* ahead of it; it comes again */
    u->state = RC_UDP_IS_OPEN;
    u->tries = 0;
    u->due = NBT_NEVER;
    return RC_UDP_UP;
}

rc_udp_ev rc_udp_rx(rc_udp *u, nbt_time now, nbt_ep from, const rc_udp_seg *seg, nbt_bytes *data,
                    nbt_out *out)
{
    if (u->state == RC_UDP_IS_CLOSED || seg->id != u->id || from.ip != u->peer.ip ||
        from.port != u->peer.port)
        return RC_UDP_NOT_MINE;
    if (u->state == RC_UDP_IS_OPENING)
        return rx_opening(u, seg);
    switch (seg->kind) {
    case RC_UDP_OPEN: /* our answer was lost, or it was doubled on its way */
        tell(u, RC_UDP_OPENED, out);
        return RC_UDP_SAME;
    case RC_UDP_OPENED:
        return RC_UDP_SAME;
    case RC_UDP_RESET:
        return over(u, RC_UDP_REFUSED);
    case RC_UDP_DATA:
    case RC_UDP_CLOSE:
    case RC_UDP_ACK:
    case RC_UDP_NAK:
        break;
    }
    if (acknowledged(u, now, seg->ack))
        return over(u, RC_UDP_REFUSED);
    u->naks += seg->kind == RC_UDP_NAK;
    if (seg->kind == RC_UDP_NAK && seg->ack == u->acked)
        u->sent = u->acked;
    if (seg->kind == RC_UDP_DATA)
        return take(u, seg, data, out);
    return seg->kind == RC_UDP_CLOSE ? closed_there(u, seg, out) : RC_UDP_SAME;
}

size_t rc_udp_unsent(const rc_udp *u)
{
    return u->state == RC_UDP_IS_CLOSED ? 0 : u->end - u->acked;
}

void rc_udp_send(rc_udp *u, const void *p, size_t n)
{
    if (u->state != RC_UDP_IS_OPEN || n == 0)
        return;
    if (n > RC_UDP_QUEUE - rc_udp_unsent(u)) {
        u->full = true;
        return;
    }
    size_t at = u->end % RC_UDP_QUEUE;
    size_t first = n < RC_UDP_QUEUE - at ? n : RC_UDP_QUEUE - at;
    memcpy(u->queue + at, p, first);
    memcpy(u->queue, (const uint8_t *)p + first, n - first);
    u->end += (uint32_t)n;
}

void rc_udp_hold(rc_udp *u, bool held, nbt_out *out)
{
    if (u->held && !held && u->state == RC_UDP_IS_OPEN)
        tell(u, RC_UDP_NAK, out); /* what was not taken may come now */
    u->held = held;
}

void rc_udp_close(rc_udp *u)
{
    if (u->state == RC_UDP_IS_OPEN)
        u->state = RC_UDP_IS_CLOSING;
    u->held = false; /* what still comes is taken, and dropped */
}

void rc_udp_abort(rc_udp *u, nbt_out *out)
{
    if (u->state != RC_UDP_IS_CLOSED)
        tell(u, RC_UDP_RESET, out);
    u->state = RC_UDP_IS_CLOSED;
}

/* The next octets of the queue, or the CLOSE behind them. */
static void send_next(rc_udp *u, nbt_out *out)
{
    uint8_t piece[RC_UDP_PIECE];
    size_t left = u->end - u->sent;
    size_t n = left < RC_UDP_PIECE ? left : RC_UDP_PIECE;
    for (size_t i = 0; i < n; i++)
        piece[i] = u->queue[(u->sent + i) % RC_UDP_QUEUE];
    if (n > 0)
        say(u, RC_UDP_DATA, (nbt_bytes){ piece, n }, out);
    else
        tell(u, RC_UDP_CLOSE, out);
    u->sent += n > 0 ? (uint32_t)n : 1;
}

/* Whether something is to be sent for which the window has room: a whole piece, or all that is
 * left; the CLOSE behind that always has. */
static bool has_more(const rc_udp *u)
{
    uint32_t flying = u->sent - u->acked, left = u->end - u->sent;
    if (u->state < RC_UDP_IS_OPEN || u->sent == total(u))
        return false;
    return flying + (left < RC_UDP_PIECE ? left : RC_UDP_PIECE) <= RC_UDP_WINDOW;
}

rc_udp_ev rc_udp_tick(rc_udp *u, nbt_time now, nbt_out *out)
{
    if (u->state == RC_UDP_IS_CLOSED)
        return RC_UDP_SAME;
    if (u->full) {
        rc_udp_ev ev = over(u, RC_UDP_UNHEARD);
        tell(u, RC_UDP_RESET, out);
        return ev;
    }
    bool again = now >= u->due;
    if (again && u->tries == RC_UDP_TRIES)
        return over(u, RC_UDP_UNHEARD); /* and not a word of it (KB Q173120) */
    if (again) {
        u->tries++;
        u->sent = u->acked;
        u->due = NBT_NEVER;
    }
    if (again && u->state == RC_UDP_IS_OPENING)
        tell(u, RC_UDP_OPEN, out);
    bool sends = again;
    for (; has_more(u); sends = true)
        send_next(u, out);
    if (sends && u->due == NBT_NEVER)
        u->due = now + RC_UDP_RETRY;
    return RC_UDP_SAME;
}

nbt_time rc_udp_due(const rc_udp *u)
{
    if (u->state == RC_UDP_IS_CLOSED)
        return NBT_NEVER;
    return u->full || has_more(u) ? 0 : u->due;
}
