/*
 * Pieces in and out. Whoever hears of a connection hears of it by a letter (xp_work_impl.h).
 */
#include "tools/scene/xp_ends.h"

#include "nbt/digest.h"
#include "tools/scene/xp_work_impl.h"

#include <assert.h>

enum { ACCEPTED_STEP = 2, FIRST_PORT = 49152 /* of the dynamic ones */ };

static xp_tcp *end_of(xp_ends *e, uint32_t proc, uint32_t conn)
{
    for (size_t i = 0; i < XP_ENDS_MAX; i++)
        if (e->end[i].state != XP_TCP_NONE && e->end[i].proc == proc && e->end[i].conn == conn)
            return &e->end[i];
    return NULL;
}

/* Pieces find no end that is only there to be read. */
static xp_tcp *end_between(xp_ends *e, nbt_ep local, nbt_ep peer)
{
    for (size_t i = 0; i < XP_ENDS_MAX; i++) {
        xp_tcp *end = &e->end[i];
        if ((end->state == XP_TCP_OPENING || end->state == XP_TCP_OPEN) &&
            nbt_ep_eq(end->local, local) && nbt_ep_eq(end->peer, peer))
            return end;
    }
    return NULL;
}

static xp_tcp *new_end(xp_work *h, uint32_t proc, uint32_t conn, nbt_ep local, nbt_ep peer)
{
    for (size_t i = 0; i < XP_ENDS_MAX; i++) {
        xp_tcp *end = &h->o->ends.end[i];
        if (end->state != XP_TCP_NONE)
            continue;
        *end =
            (xp_tcp){ .proc = proc, .conn = conn, .local = local, .peer = peer, .due = NBT_NEVER };
        return end;
    }
    h->all->overflowed = true;
    return NULL;
}

/* What a program has not received of it, it may still: the driver has it. */
static void end_it(xp_tcp *end)
{
    if (end->proc == XP_DRIVER && end->unheard.n > 0)
        end->state = XP_TCP_READ;
    else
        *end = (xp_tcp){ .state = XP_TCP_NONE };
}

static void report(xp_work *h, const xp_tcp *end, nbt_tcp_kind kind, nbt_bytes data)
{
    xp_letter l = { .kind = NBT_ACT_TCP_OPEN, .proc = end->proc };
    l.ev = (nbt_tcp_ev){
        .kind = kind, .conn = end->conn, .lana = end->lana, .peer = end->peer, .local = end->local
    };
    xp_work_post(h, &l, data);
}

static void report_sent(xp_work *h, const xp_tcp *end, size_t n)
{
    xp_letter l = { .kind = NBT_ACT_TCP_OPEN, .proc = end->proc };
    l.ev = (nbt_tcp_ev){ .kind = NBT_TCP_SENT, .conn = end->conn, .sent = n };
    xp_work_post(h, &l, (nbt_bytes){ NULL, 0 });
}

/* --- pieces out ----------------------------------------------------------------------------- */

static void send_to(xp_work *h, xp_packet_kind kind, nbt_ep from, nbt_ep to)
{
    xp_work_send(h, &(xp_packet){ .from = from, .to = to, .kind = (uint8_t)kind });
}

static void send_piece(xp_work *h, xp_tcp *end, xp_packet_kind kind, nbt_bytes data)
{
    xp_packet p = {
        .from = end->local, .to = end->peer, .kind = (uint8_t)kind, .seq = end->seq++, .data = data
    };
    if (kind == XP_DATA) {
        p.nsaid = end->unsent.n;
        memcpy(p.said, end->unsent.hash, end->unsent.n * sizeof p.said[0]);
        end->unsent.n = 0;
    }
    xp_work_send(h, &p);
}

static void open_end(xp_work *h, uint32_t proc, const nbt_act *act)
{
    xp_ends *e = &h->o->ends;
    nbt_ep local = { act->from.ip, FIRST_PORT };
    if (local.ip == 0)
        local.ip = scene_sends_from(h->all->scene, h->index, act->to.ip);
    local.port = (uint16_t)(FIRST_PORT + e->last_port++);
    xp_tcp *end = new_end(h, proc, act->conn, local, act->to);
    if (!end)
        return;
    end->state = XP_TCP_OPENING;
    end->due = h->now + XP_SYN_PATIENCE;
    send_piece(h, end, XP_SYN, (nbt_bytes){ NULL, 0 });
}

/* A close in order is over when both sides have said so. */
static void settle(xp_tcp *end)
{
    if (end->closing && end->eof)
        end_it(end);
}

static void close_end(xp_work *h, xp_tcp *end)
{
    if (end->closing)
        return;
    uint32_t proc = end->proc, conn = end->conn;
    end->closing = true;
    send_piece(h, end, XP_FIN, (nbt_bytes){ NULL, 0 });
    settle(end);
    xp_ends_take(h, proc, conn);
}

static void abort_end(xp_work *h, xp_tcp *end)
{
    if (end->state == XP_TCP_OPEN) /* else the answer will meet nobody */
        send_to(h, XP_RST, end->local, end->peer);
    *end = (xp_tcp){ .state = XP_TCP_NONE };
}

void xp_ends_listen(xp_ends *e, uint32_t proc, uint16_t port)
{
    xp_listener *place = NULL;
    for (size_t i = XP_LISTENERS_MAX; i-- > 0;) {
        if (e->listener[i].port == port)
            return; /* it stays with its first taker */
        if (e->listener[i].port == 0)
            place = &e->listener[i];
    }
    assert(place);
    *place = (xp_listener){ proc, port };
}

void xp_ends_do(xp_work *h, uint32_t proc, const nbt_act *act, nbt_bytes data)
{
    xp_tcp *end = end_of(&h->o->ends, proc, act->conn);
    if (act->kind == NBT_ACT_TCP_LISTEN)
        xp_ends_listen(&h->o->ends, proc, act->from.port);
    else if (act->kind == NBT_ACT_TCP_OPEN)
        open_end(h, proc, act);
    if (!end || end->state == XP_TCP_READ)
        return;
    if (act->kind == NBT_ACT_TCP_SEND && !end->closing && data.n > 0) {
        send_piece(h, end, XP_DATA, data);
        report_sent(h, end, data.n);
    } else if (act->kind == NBT_ACT_TCP_HOLD) {
        end->held = true;
    } else if (act->kind == NBT_ACT_TCP_RESUME) {
        end->held = false;
        xp_ends_take(h, proc, act->conn);
    } else if (act->kind == NBT_ACT_TCP_CLOSE) {
        close_end(h, end);
    } else if (act->kind == NBT_ACT_TCP_ABORT) {
        abort_end(h, end);
    }
}

/* --- pieces in ------------------------------------------------------------------------------ */

static const xp_listener *listener_at(const xp_ends *e, uint16_t port)
{
    for (size_t i = 0; i < XP_LISTENERS_MAX; i++)
        if (port != 0 && e->listener[i].port == port)
            return &e->listener[i];
    return NULL;
}

static void on_syn(xp_work *h, const xp_packet *p, uint8_t lana)
{
    xp_ends *e = &h->o->ends;
    const xp_listener *l = listener_at(e, p->to.port);
    if (!l) {
        send_to(h, XP_RST, p->to, p->from);
        return;
    }
    uint32_t number = e->last_accepted ? e->last_accepted + ACCEPTED_STEP : 1;
    xp_tcp *end = new_end(h, l->proc, number, p->to, p->from);
    if (!end)
        return;
    e->last_accepted = number;
    end->state = XP_TCP_OPEN;
    end->lana = lana;
    send_piece(h, end, XP_SYN_ACK, (nbt_bytes){ NULL, 0 });
    report(h, end, NBT_TCP_ACCEPTED, (nbt_bytes){ NULL, 0 });
}

static void on_rst(xp_work *h, xp_tcp *end)
{
    report(h, end, end->state == XP_TCP_OPENING ? NBT_TCP_REFUSED : NBT_TCP_RESET,
           (nbt_bytes){ NULL, 0 });
    *end = (xp_tcp){ .state = XP_TCP_NONE };
}

static void take_later(xp_work *h, const xp_tcp *end)
{
    xp_letter l = { .kind = NBT_ACT_TCP_RESUME, .proc = end->proc, .ev.conn = end->conn };
    xp_work_post(h, &l, (nbt_bytes){ NULL, 0 });
}

static void hear_messages(xp_work *h, xp_tcp *end, const xp_packet *p)
{
    if (end->unheard.n + p->nsaid > XP_SAID_MAX) {
        h->all->overflowed = true;
        return;
    }
    if (p->nsaid > 0)
        memcpy(end->unheard.hash + end->unheard.n, p->said, p->nsaid * sizeof p->said[0]);
    end->unheard.n += p->nsaid;
}

void xp_ends_take(xp_work *h, uint32_t proc, uint32_t conn)
{
    xp_tcp *end = end_of(&h->o->ends, proc, conn);
    if (!end || end->state != XP_TCP_OPEN || end->nwaiting == 0 || (end->held && !end->closing))
        return;
    const xp_packet p = h->all->net->packet[end->waiting[0]];
    end->nwaiting--;
    memmove(end->waiting, end->waiting + 1, end->nwaiting * sizeof end->waiting[0]);
    end->waiting[end->nwaiting] = 0;
    if (end->nwaiting > 0)
        take_later(h, end);
    if (p.kind == XP_DATA && !end->closing) {
        hear_messages(h, end, &p);
        report(h, end, NBT_TCP_DATA, p.data);
    } else if (p.kind == XP_FIN) {
        end->eof = true;
        report(h, end, NBT_TCP_EOF, p.data);
        settle(end);
    }
}

static void queue(xp_work *h, xp_tcp *end, uint32_t number)
{
    if (end->nwaiting == XP_WAITING_MAX) {
        h->all->overflowed = true;
        return;
    }
    end->waiting[end->nwaiting++] = number;
    xp_ends_take(h, end->proc, end->conn);
}

static void lose_patience(const xp_work *h, xp_tcp *end)
{
    if (end && end->state == XP_TCP_OPEN && end->due == NBT_NEVER)
        end->due = h->now + XP_DATA_PATIENCE;
}

void xp_ends_miss(xp_work *h, const xp_packet *p)
{
    lose_patience(h, end_between(&h->o->ends, p->from, p->to));
}

void xp_ends_hear(xp_work *h, const xp_packet *p, uint32_t number, uint8_t lana)
{
    bool off = !h->o->computer && !h->o->server;
    xp_packet_kind kind = (xp_packet_kind)p->kind;
    xp_tcp *end = end_between(&h->o->ends, p->to, p->from);
    if (kind == XP_SYN) {
        if (!off)
            on_syn(h, p, lana);
    } else if (kind == XP_GONE) {
        lose_patience(h, end);
    } else if (kind == XP_RST) {
        if (end)
            on_rst(h, end);
    } else if (!end) {
        send_to(h, off ? XP_GONE : XP_RST, p->to, p->from);
    } else if (kind == XP_SYN_ACK) {
        end->state = XP_TCP_OPEN;
        end->due = NBT_NEVER;
        report(h, end, NBT_TCP_OPENED, (nbt_bytes){ NULL, 0 });
    } else {
        queue(h, end, number);
    }
}

/* --- time and end --------------------------------------------------------------------------- */

void xp_ends_tick(xp_work *h)
{
    for (size_t i = 0; i < XP_ENDS_MAX; i++) {
        xp_tcp *end = &h->o->ends.end[i];
        if (end->state == XP_TCP_NONE || end->due > h->now)
            continue;
        report(h, end, end->state == XP_TCP_OPENING ? NBT_TCP_UNREACHABLE : NBT_TCP_RESET,
               (nbt_bytes){ NULL, 0 });
        *end = (xp_tcp){ .state = XP_TCP_NONE };
    }
}

nbt_time xp_ends_due(const xp_ends *e)
{
    nbt_time due = NBT_NEVER;
    for (size_t i = 0; i < XP_ENDS_MAX; i++)
        if (e->end[i].state != XP_TCP_NONE)
            due = nbt_time_min(due, e->end[i].due);
    return due;
}

void xp_ends_gone(xp_work *h, uint32_t proc, bool silent)
{
    xp_ends *e = &h->o->ends;
    for (size_t i = 0; i < XP_LISTENERS_MAX; i++)
        if (e->listener[i].port && e->listener[i].proc == proc)
            e->listener[i] = (xp_listener){ 0, 0 };
    for (size_t i = 0; i < XP_ENDS_MAX; i++) {
        xp_tcp *end = &e->end[i];
        if (end->state == XP_TCP_NONE || end->proc != proc)
            continue;
        if (silent)
            *end = (xp_tcp){ .state = XP_TCP_NONE };
        else
            abort_end(h, end);
    }
}

/* --- what sessions carry -------------------------------------------------------------------- */

/* FNV-1a, which can be taken of pieces. */
#define NO_OCTETS UINT64_C(0xCBF29CE484222325)

static uint64_t hash_on(uint64_t h, nbt_bytes data)
{
    for (size_t i = 0; i < data.n; i++)
        h = (h ^ data.p[i]) * UINT64_C(0x100000001B3);
    return h;
}

static uint32_t folded(uint64_t h)
{
    return (uint32_t)(h ^ h >> 32);
}

void xp_ends_say(xp_work *h, uint32_t conn, nbt_bytes data)
{
    xp_tcp *end = conn ? end_of(&h->o->ends, XP_DRIVER, conn) : NULL;
    if (!end || end->state != XP_TCP_OPEN || end->closing)
        return;
    if (end->unsent.n == XP_SAID_MAX)
        h->all->overflowed = true;
    else
        end->unsent.hash[end->unsent.n++] = folded(hash_on(NO_OCTETS, data));
}

static void drop_first(xp_said *said)
{
    said->n--;
    memmove(said->hash, said->hash + 1, said->n * sizeof said->hash[0]);
    said->hash[said->n] = 0;
}

void xp_ends_receive(xp_work *h, uint32_t conn, const nbt_ncb *ncb, nbt_bytes data)
{
    xp_ends *e = &h->o->ends;
    xp_tcp *end = conn ? end_of(e, XP_DRIVER, conn) : NULL;
    if (!end)
        return;
    if (ncb->retcode == NBT_NRC_SCLOSED)
        e->lost = e->lost || (end->unheard.n > 0 && !end->closing);
    if (ncb->retcode != NBT_NRC_GOODRET && ncb->retcode != NBT_NRC_INCOMP)
        return;
    end->hash = hash_on(end->partly ? end->hash : NO_OCTETS, data);
    end->partly = ncb->retcode == NBT_NRC_INCOMP;
    e->changed = e->changed || end->unheard.n == 0;
    if (end->partly || end->unheard.n == 0)
        return;
    e->changed = e->changed || end->unheard.hash[0] != folded(end->hash);
    end->hash = 0;
    drop_first(&end->unheard);
    if (end->state == XP_TCP_READ && end->unheard.n == 0)
        *end = (xp_tcp){ .state = XP_TCP_NONE };
}

static bool has_session(const xp_work *h, uint32_t conn)
{
    for (uint8_t lana = 0; lana < h->cfg->nadapters; lana++)
        for (uint16_t lsn = 1; lsn <= NBT_SESSIONS_MAX; lsn++)
            if (nbt_computer_conn(h->o->computer, lana, lsn) == conn)
                return true;
    return false;
}

void xp_ends_sweep(xp_work *h)
{
    for (size_t i = 0; i < XP_ENDS_MAX; i++) {
        xp_tcp *end = &h->o->ends.end[i];
        if (end->state == XP_TCP_READ && (!h->o->computer || !has_session(h, end->conn)))
            *end = (xp_tcp){ .state = XP_TCP_NONE };
    }
}

/* --- the digest ----------------------------------------------------------------------------- */

static void digest_end(nbt_digest *d, const xp_tcp *end)
{
    nbt_digest_u64(d, end->state);
    if (end->state == XP_TCP_NONE)
        return;
    nbt_digest_u64(d, (uint64_t)end->held << 3 | (uint64_t)end->closing << 2 |
                          (uint64_t)end->eof << 1 | end->partly);
    nbt_digest_u64(d, (uint64_t)end->proc << 32 | end->conn);
    nbt_digest_u64(d, (uint64_t)end->local.ip << 16 | end->local.port);
    nbt_digest_u64(d, (uint64_t)end->peer.ip << 16 | end->peer.port);
    nbt_digest_u64(d, (uint64_t)end->lana << 16 | end->seq);
    nbt_digest_time(d, end->due);
    nbt_digest_bytes(d, end->waiting, end->nwaiting * sizeof end->waiting[0]);
    nbt_digest_bytes(d, end->unsent.hash, end->unsent.n * sizeof end->unsent.hash[0]);
    nbt_digest_bytes(d, end->unheard.hash, end->unheard.n * sizeof end->unheard.hash[0]);
    nbt_digest_u64(d, end->partly ? end->hash : 0);
}

void xp_ends_digest(const xp_ends *e, nbt_digest *d)
{
    nbt_digest_u64(d, (uint64_t)e->changed << 1 | e->lost);
    nbt_digest_u64(d, (uint64_t)e->last_accepted << 16 | e->last_port);
    for (size_t i = 0; i < XP_LISTENERS_MAX; i++)
        nbt_digest_u64(d, (uint64_t)e->listener[i].proc << 16 | e->listener[i].port);
    for (size_t i = 0; i < XP_ENDS_MAX; i++)
        digest_end(d, &e->end[i]);
}
