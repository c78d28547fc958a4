/*
 * One way for messages between a viewer and an agent. Nothing here reads or makes a message's body.
 */
#include "rc/link.h"

#include <assert.h>
#include <string.h>

static void begin(rc_link *l, rc_link_state state, rc_transport transport)
{
    memset(l, 0, offsetof(rc_link, framer));
    rc_framer_init(&l->framer);
    l->state = state;
    l->transport = transport;
}

static void receive(rc_link *l, nbt_prog_tags *tags, nbt_out *out)
{
    nbt_ncb ncb = {
        .command = NBT_NCB_RECEIVE, .lana = l->lana, .lsn = l->lsn, .length = RC_MSG_MAX
    };
    l->receive = nbt_prog_submit(tags, &ncb, NULL, 0, out);
}

void rc_link_netbios(rc_link *l, nbt_prog_tags *tags, const nbt_ncb *ncb, nbt_out *out)
{
    begin(l, RC_LINK_OPEN, RC_NETBIOS);
    l->lana = ncb->lana;
    l->lsn = ncb->lsn;
    receive(l, tags, out);
}

void rc_link_accepted(rc_link *l, const nbt_tcp_ev *ev)
{
    begin(l, RC_LINK_OPEN, RC_TCP);
    l->conn = ev->conn;
    l->peer = ev->peer;
}

void rc_link_admitted(rc_link *l, const rc_udp_seg *open, nbt_ep here, nbt_ep from, nbt_out *out)
{
    begin(l, RC_LINK_OPEN, RC_UDP);
    l->conn = open->id;
    l->peer = from;
    rc_udp_accept(&l->udp, open, here, from, out);
}

void rc_link_stream(rc_link *l, uint32_t conn, nbt_ep here, nbt_ep to)
{
    begin(l, RC_LINK_OPENING, RC_UDP);
    l->conn = conn;
    l->peer = to;
    rc_udp_open(&l->udp, conn, here, to);
}

void rc_link_connect(rc_link *l, uint32_t conn, nbt_ep to, nbt_out *out)
{
    begin(l, RC_LINK_OPENING, RC_TCP);
    l->conn = conn;
    l->peer = to;
    nbt_act *act = nbt_out_add(out, NBT_ACT_TCP_OPEN, NULL, 0);
    act->conn = conn;
    act->to = to;
}

static unsigned pending_sends(const rc_link *l)
{
    unsigned n = 0;
    for (size_t i = 0; i < RC_LINK_SENDS_MAX; i++)
        n += l->sends[i] != 0;
    return n;
}

bool rc_link_ready(const rc_link *l)
{
    size_t unsent = l->transport == RC_UDP ? rc_udp_unsent(&l->udp) : l->unsent;
    return l->state == RC_LINK_OPEN && unsent < RC_LINK_UNSENT_READY &&
           pending_sends(l) < RC_LINK_SENDS_READY;
}

/* Whoever sends more than a few messages looks at rc_link_ready first, so there is a place left. */
static uint32_t *free_send(rc_link *l)
{
    size_t i = 0;
    while (i < RC_LINK_SENDS_MAX && l->sends[i])
        i++;
    assert(i < RC_LINK_SENDS_MAX);
    return &l->sends[i];
}

void rc_link_send(rc_link *l, nbt_prog_tags *tags, const rc_msg *m, nbt_out *out)
{
    uint8_t bytes[RC_FRAME_MAX];
    nbt_wr w;
    if (l->state != RC_LINK_OPEN)
        return;
    nbt_wr_init(&w, bytes, sizeof bytes);
    switch (l->transport) {
    case RC_NETBIOS:
        rc_msg_wr(&w, m);
        assert(!w.err);
        nbt_ncb ncb = {
            .command = NBT_NCB_SEND, .lana = l->lana, .lsn = l->lsn, .length = (uint32_t)w.at
        };
        *free_send(l) = nbt_prog_submit(tags, &ncb, bytes, w.at, out);
        return;
    case RC_TCP:
        rc_frame_wr(&w, m);
        assert(!w.err);
        nbt_out_add(out, NBT_ACT_TCP_SEND, bytes, w.at)->conn = l->conn;
        l->unsent += w.at;
        return;
    case RC_UDP:
        rc_frame_wr(&w, m);
        assert(!w.err);
        rc_udp_send(&l->udp, bytes, w.at);
        return;
    }
}

/* A command that failed takes the session with it; which one tells first is chance. */
static rc_link_ev lost(rc_link *l, const nbt_ncb *ncb)
{
    if (l->state != RC_LINK_OPEN)
        return RC_LINK_SAME;
    l->state = RC_LINK_CLOSED;
    l->lost_by = *ncb;
    return RC_LINK_LOST;
}

rc_link_ev rc_link_ncb(rc_link *l, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data)
{
    if (tag == 0)
        return RC_LINK_NOT_MINE;
    if (tag == l->receive) {
        l->receive = 0;
        if (ncb->retcode != NBT_NRC_GOODRET)
            return lost(l, ncb);
        l->in = data;
        l->input = l->state == RC_LINK_OPEN;
        return RC_LINK_INPUT;
    }
    if (tag == l->hangup) {
        l->hangup = 0;
        l->state = RC_LINK_CLOSED; /* whatever its code: there is nothing more to hang up */
        return RC_LINK_ENDED;
    }
    for (size_t i = 0; i < RC_LINK_SENDS_MAX; i++)
        if (tag == l->sends[i]) {
            l->sends[i] = 0;
            return ncb->retcode == NBT_NRC_GOODRET ? RC_LINK_SAME : lost(l, ncb);
        }
    return RC_LINK_NOT_MINE;
}

static void tcp_act(const rc_link *l, nbt_act_kind kind, nbt_out *out)
{
    nbt_out_add(out, kind, NULL, 0)->conn = l->conn;
}

/* The peer has closed, or the connection broke. */
static rc_link_ev tcp_end(rc_link *l, bool broken, nbt_out *out)
{
    rc_link_state was = l->state;
    l->state = RC_LINK_CLOSED;
    if (was == RC_LINK_CLOSING)
        return RC_LINK_ENDED;
    if (!broken)
        tcp_act(l, NBT_ACT_TCP_CLOSE, out);
    return RC_LINK_LOST;
}

rc_link_ev rc_link_tcp(rc_link *l, const nbt_tcp_ev *ev, nbt_out *out)
{
    if (l->state == RC_LINK_CLOSED || l->transport != RC_TCP || ev->conn != l->conn)
        return RC_LINK_NOT_MINE;
    switch (ev->kind) {
    case NBT_TCP_ACCEPTED:
        return RC_LINK_NOT_MINE;
    case NBT_TCP_OPENED:
        l->state = RC_LINK_OPEN;
        return RC_LINK_UP;
    case NBT_TCP_REFUSED:
    case NBT_TCP_UNREACHABLE:
        l->state = RC_LINK_CLOSED;
        return RC_LINK_FAILED;
    case NBT_TCP_DATA:
        l->in = ev->data;
        return RC_LINK_INPUT;
    case NBT_TCP_SENT:
        l->unsent -= ev->sent < l->unsent ? ev->sent : l->unsent;
        return RC_LINK_SAME;
    case NBT_TCP_EOF:
        return tcp_end(l, false, out);
    case NBT_TCP_RESET:
        return tcp_end(l, true, out);
    }
    return RC_LINK_SAME;
}

/* What has become of the stream is what becomes of the link. */
static rc_link_ev streamed(rc_link *l, rc_udp_ev ev)
{
    switch (ev) {
    case RC_UDP_NOT_MINE:
        return RC_LINK_NOT_MINE;
    case RC_UDP_SAME:
        return RC_LINK_SAME;
    case RC_UDP_UP:
        l->state = RC_LINK_OPEN;
        return RC_LINK_UP;
    case RC_UDP_REFUSED:
    case RC_UDP_UNHEARD:
        l->state = RC_LINK_CLOSED;
        return RC_LINK_FAILED;
    case RC_UDP_INPUT:
        return RC_LINK_INPUT;
    case RC_UDP_LOST:
        l->state = RC_LINK_CLOSED;
        return RC_LINK_LOST;
    case RC_UDP_ENDED:
        l->state = RC_LINK_CLOSED;
        return RC_LINK_ENDED;
    }
    return RC_LINK_SAME;
}

rc_link_ev rc_link_rx(rc_link *l, nbt_time now, nbt_ep from, const rc_udp_seg *seg, nbt_out *out)
{
    if (l->state == RC_LINK_CLOSED || l->transport != RC_UDP)
        return RC_LINK_NOT_MINE;
    return streamed(l, rc_udp_rx(&l->udp, now, from, seg, &l->in, out));
}

rc_link_ev rc_link_tick(rc_link *l, nbt_time now, nbt_out *out)
{
    if (l->state == RC_LINK_CLOSED || l->transport != RC_UDP)
        return RC_LINK_NOT_MINE;
    return streamed(l, rc_udp_tick(&l->udp, now, out));
}

nbt_time rc_link_due(const rc_link *l)
{
    bool has = l->state != RC_LINK_CLOSED && l->transport == RC_UDP;
    return has ? rc_udp_due(&l->udp) : NBT_NEVER;
}

static rc_link_pull parse(nbt_bytes bytes, rc_msg *m, nbt_rd *r)
{
    nbt_rd_init(r, bytes.p, bytes.n);
    rc_msg_rd(r, m);
    return r->err ? RC_LINK_BAD : RC_LINK_MSG;
}

/* The field before a message in a stream; rc_link_describe knows it by its address. */
static const char stream_length[] = "LENGTH";

rc_link_pull rc_link_next(rc_link *l, rc_msg *m, nbt_rd *r)
{
    if (l->state != RC_LINK_OPEN)
        return RC_LINK_NONE;
    if (l->transport == RC_NETBIOS) {
        bool input = l->input;
        l->input = false;
        return input ? parse(l->in, m, r) : RC_LINK_NONE;
    }
    nbt_bytes bytes;
    switch (rc_framer_next(&l->framer, &l->in, &bytes)) {
    case RC_FRAMED_MSG:
        return parse(bytes, m, r);
    case RC_FRAMED_MORE:
        return RC_LINK_NONE;
    case RC_FRAMED_BAD:
        break;
    }
    nbt_rd_init(r, l->framer.b, l->framer.n);
    nbt_rd_fail(r, NBT_ERR_LENGTH, 0, stream_length);
    return RC_LINK_BAD;
}

void rc_link_more(rc_link *l, nbt_prog_tags *tags, bool wanted, nbt_out *out)
{
    if (l->state != RC_LINK_OPEN)
        return;
    if (l->transport == RC_NETBIOS) {
        if (wanted && l->receive == 0)
            receive(l, tags, out);
    } else if (wanted == l->held) {
        l->held = !wanted;
        if (l->transport == RC_UDP)
            rc_udp_hold(&l->udp, l->held, out);
        else
            tcp_act(l, wanted ? NBT_ACT_TCP_RESUME : NBT_ACT_TCP_HOLD, out);
    }
}

void rc_link_close(rc_link *l, nbt_prog_tags *tags, nbt_out *out)
{
    switch (l->state) {
    case RC_LINK_CLOSED:
    case RC_LINK_CLOSING:
        return;
    case RC_LINK_OPENING:
        rc_link_abort(l, out);
        return;
    case RC_LINK_OPEN:
        break;
    }
    l->state = RC_LINK_CLOSING;
    if (l->transport == RC_TCP) {
        tcp_act(l, NBT_ACT_TCP_CLOSE, out);
    } else if (l->transport == RC_UDP) {
        rc_udp_close(&l->udp);
    } else {
        nbt_ncb ncb = { .command = NBT_NCB_HANGUP, .lana = l->lana, .lsn = l->lsn };
        l->hangup = nbt_prog_submit(tags, &ncb, NULL, 0, out);
    }
}

void rc_link_abort(rc_link *l, nbt_out *out)
{
    if (l->state == RC_LINK_CLOSED)
        return;
    if (l->transport == RC_TCP)
        tcp_act(l, NBT_ACT_TCP_ABORT, out);
    else if (l->transport == RC_UDP)
        rc_udp_abort(&l->udp, out);
    l->state = RC_LINK_CLOSED;
}

void rc_link_describe(const nbt_rd *r, rc_line *line)
{
    rc_line_init(line);
    if (r->err_field == stream_length) {
        rc_line_str(line, "no message has the length ");
        rc_line_num(line, (uint64_t)r->base[0] << 8 | r->base[1]);
        rc_line_str(line, " that octets 0 and 1 give");
        return;
    }
    rc_line_str(line, nbt_err_str(r->err));
    rc_line_str(line, " in ");
    rc_line_str(line, r->err_field);
    rc_line_str(line, " at octet ");
    rc_line_num(line, r->err_at);
}
