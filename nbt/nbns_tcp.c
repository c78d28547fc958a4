/*
 * The name server's streams: packets with a length before them, answered on the same connection
 * (RFC 1002 4.2.1, RFC 1001 15.1.5.1). A stream has a bounded buffer and a bounded patience.
 */
#include "nbt/nbns_impl.h"

#include "nbt/mem.h"

#include <string.h>

enum {
    PREFIX = 2,
    IDLE_S = 30,          /* without a whole packet; ours, the RFC has none */
    UNSENT_MAX = 1 << 18, /* answers that the other side does not read */
};

struct nbt_nbns_conn {
    uint32_t conn;
    uint8_t lana;
    nbt_ep peer, local;
    nbt_time due;
    bool ended;    /* the other side says no more, and waits for what it has asked */
    size_t unsent; /* octets of answers that have not gone out yet */
    size_t n;      /* octets in the buffer */
    size_t size;   /* of the buffer */
    uint8_t *b;
};

static nbt_nbns_conn *find(const nbt_nbns *s, uint32_t conn)
{
    for (size_t i = 0; i < s->nconns; i++)
        if (s->conns[i]->conn == conn)
            return s->conns[i];
    return NULL;
}

static void drop(nbt_nbns *s, nbt_nbns_conn *c)
{
    size_t i = 0;
    while (s->conns[i] != c)
        i++;
    s->conns[i] = s->conns[--s->nconns];
    nbt_mem_free(s->cfg.mem, c->b, c->size);
    nbt_mem_free(s->cfg.mem, c, sizeof *c);
}

static void end(nbt_nbns *s, nbt_nbns_conn *c, nbt_act_kind how, nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, how, NULL, 0);
    act->conn = c->conn;
    act->lana = c->lana;
    drop(s, c);
}

static nbt_nbns_conn *conn_new(nbt_nbns *s)
{
    if (s->nconns == s->cfg.max_conns)
        return NULL;
    if (s->nconns == s->conns_cap) {
        void *longer = nbt_mem_grow(s->cfg.mem, s->conns, &s->conns_cap, sizeof(nbt_nbns_conn *));
        if (!longer)
            return NULL;
        s->conns = longer;
    }
    nbt_nbns_conn *c = nbt_mem_new(s->cfg.mem, sizeof *c);
    if (c)
        s->conns[s->nconns++] = c;
    return c;
}

static void accepted(nbt_nbns *s, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    nbt_nbns_conn *c = conn_new(s);
    if (!c) {
        nbt_out_add(out, NBT_ACT_TCP_ABORT, NULL, 0)->conn = ev->conn;
        return;
    }
    c->conn = ev->conn;
    c->lana = ev->lana;
    c->peer = ev->peer;
    c->local = ev->local;
    c->due = now + NBT_S(IDLE_S);
}

/* Room for `size` octets in all. */
static bool make_room(nbt_nbns *s, nbt_nbns_conn *c, size_t size)
{
    if (size <= c->size)
        return true;
    uint8_t *b = s->cfg.mem.resize(s->cfg.mem.ctx, c->b, c->size, size);
    if (!b)
        return false;
    c->b = b;
    c->size = size;
    return true;
}

void nbt_nbns_tcp_sent(nbt_nbns *s, uint32_t conn, size_t n)
{
    nbt_nbns_conn *c = find(s, conn);
    if (c)
        c->unsent += n;
}

/* The other side has closed, and has what it was waiting for. */
static bool is_over(const nbt_nbns *s, const nbt_nbns_conn *c)
{
    return c->ended && c->unsent == 0 && !nbt_nbns_awaited(s, c->conn);
}

/*
 * Takes what is needed of `data` to have the packet that the buffer begins with whole, and has it
 * answered if it is. The octets that were taken; 0 without memory.
 */
static size_t take(nbt_nbns *s, nbt_time now, nbt_nbns_conn *c, nbt_bytes data, nbt_out *out)
{
    size_t want = PREFIX;
    if (c->n >= PREFIX)
        want += (size_t)c->b[0] << 8 | c->b[1];
    size_t part = want - c->n < data.n ? want - c->n : data.n;
    if (!make_room(s, c, want))
        return 0;
    memcpy(c->b + c->n, data.p, part);
    c->n += part;
    if (c->n < want || (want == PREFIX && (c->b[0] || c->b[1])))
        return part;
    nbt_asker who = { .from = c->peer, .to = c->local, .lana = c->lana, .tcp = true };
    who.conn = c->conn;
    who.len = c->n - PREFIX;
    nbt_nbns_packet(s, now, &who, (nbt_bytes){ c->b + PREFIX, who.len }, out);
    c->due = now + NBT_S(IDLE_S);
    c->n = 0;
    return part;
}

static void data(nbt_nbns *s, nbt_time now, nbt_nbns_conn *c, nbt_bytes bytes, nbt_out *out)
{
    while (bytes.n > 0) {
        size_t part = c->unsent > UNSENT_MAX ? 0 : take(s, now, c, bytes, out);
        if (part == 0) {
            end(s, c, NBT_ACT_TCP_ABORT, out);
            return;
        }
        bytes.p += part;
        bytes.n -= part;
    }
}

void nbt_nbns_tcp(nbt_nbns *s, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    nbt_nbns_conn *c = find(s, ev->conn);
    switch (ev->kind) {
    case NBT_TCP_ACCEPTED:
        if (!c)
            accepted(s, now, ev, out);
        return;
    case NBT_TCP_DATA:
        if (c)
            data(s, now, c, ev->data, out);
        return;
    case NBT_TCP_SENT:
        if (c)
            c->unsent -= ev->sent < c->unsent ? ev->sent : c->unsent;
        nbt_nbns_tcp_tick(s, now, out);
        return;
    case NBT_TCP_EOF:
        if (c)
            c->ended = true;
        nbt_nbns_tcp_tick(s, now, out);
        return;
    case NBT_TCP_RESET:
        if (c)
            drop(s, c);
        return;
    case NBT_TCP_OPENED:
    case NBT_TCP_REFUSED:
    case NBT_TCP_UNREACHABLE:
        return; /* it opens none */
    }
}

void nbt_nbns_tcp_tick(nbt_nbns *s, nbt_time now, nbt_out *out)
{
    for (size_t i = s->nconns; i-- > 0;)
        if (is_over(s, s->conns[i]))
            end(s, s->conns[i], NBT_ACT_TCP_CLOSE, out);
        else if (s->conns[i]->due <= now)
            end(s, s->conns[i], NBT_ACT_TCP_ABORT, out);
}

nbt_time nbt_nbns_tcp_due(const nbt_nbns *s)
{
    nbt_time due = NBT_NEVER;
    for (size_t i = 0; i < s->nconns; i++)
        due = is_over(s, s->conns[i]) ? 0 : nbt_time_min(due, s->conns[i]->due);
    return due;
}

void nbt_nbns_tcp_fini(nbt_nbns *s)
{
    while (s->nconns > 0)
        drop(s, s->conns[0]);
    nbt_mem_free(s->cfg.mem, s->conns, s->conns_cap * sizeof(nbt_nbns_conn *));
}
