/*
 * The streams of the simulated network. There are no windows or checksums on the wire, and
 * acknowledgements for show alone: only what an object can notice of TCP is here, its order, its
 * delays, its ends.
 *
 * A stream is a list of pieces in order: SYN or SYN-ACK, data, FIN. Each travels by itself, and the
 * receiver takes those at the head that have arrived.
 */
#include "nbt/simtcp.h"

#include "nbt/mem.h"

#include <assert.h>

typedef struct nbt_simtcp_piece {
    struct nbt_simtcp_piece *next;
    nbt_simframe_kind kind;
    bool arrived;
    uint8_t tries;
    uint64_t seq;
    size_t n;
    uint8_t b[];
} piece;

typedef enum end_state {
    END_NONE,    /* the called side, before SYN has arrived */
    END_OPENING, /* the calling side, before SYN-ACK has arrived */
    END_OPEN,
    END_GONE, /* its object knows nothing of it any more */
} end_state;

typedef struct end {
    end_state state;
    uint32_t obj, number;
    uint32_t adapter;
    nbt_ep ep;
    bool held;
    bool closing;   /* TCP_CLOSE was given: nothing more to say, nothing more to hear but the end */
    bool fin;       /* FIN is among the pieces */
    bool eof;       /* the other side's FIN was taken */
    bool pumping;   /* an EVENT_PUMP is under way */
    bool probing;   /* an EVENT_PROBE is under way */
    uint8_t silent; /* probes in a row that did not arrive */
    uint8_t *queue; /* given by TCP_SEND and not yet cut: octets [at, have) */
    size_t at, have, cap;
    piece *first, *last; /* cut, and not yet taken by the other side */
    size_t window;       /* octets in them */
    uint64_t seq;        /* octets cut so far */
    uint64_t taken;      /* octets of the other side's that were taken, */
    bool syn;            /* and its SYN or SYN-ACK */
} end;

typedef struct nbt_simtcp_conn {
    end end[2];    /* the caller, the called */
    uint32_t refs; /* events that are about it */
    uint32_t next_free;
} conn;

typedef enum event_kind {
    EVENT_SEND,   /* `piece` leaves `side` */
    EVENT_ARRIVE, /* `piece` reaches `side` */
    EVENT_TAKE,   /* `side` can take a piece */
    EVENT_PUMP,   /* `side` can cut a piece */
    EVENT_PROBE,  /* `side` asks whether it may cut one */
    EVENT_RST,    /* RST reaches `side` */
} event_kind;

typedef struct nbt_simtcp_event {
    event_kind kind;
    uint32_t conn;
    unsigned side;
    piece *piece;
    uint32_t next_free;
} event;

/* --- memory ------------------------------------------------------------------------------- */

void nbt_simtcp_init(nbt_simtcp *t, nbt_mem mem, nbt_simwire *wire, uint64_t seed, bool cut)
{
    *t = (nbt_simtcp){ .mem = mem, .rng = { seed }, .wire = wire, .cut = cut };
    t->nconns = t->nevents = 1; /* number 0 is none */
    t->last_accepted = UINT32_MAX;
    t->last_port = UINT16_MAX;
    nbt_heap_init(&t->due, mem);
    nbt_idmap_init(&t->listeners, mem);
    nbt_idmap_init(&t->numbers, mem);
}

static void free_piece(nbt_simtcp *t, piece *p)
{
    if (p)
        nbt_mem_free(t->mem, p, sizeof *p + p->n);
}

static void drop_queue(nbt_simtcp *t, end *e)
{
    nbt_mem_free(t->mem, e->queue, e->cap);
    e->queue = NULL;
    e->at = e->have = e->cap = 0;
}

static void free_end(nbt_simtcp *t, end *e)
{
    drop_queue(t, e);
    for (piece *p = e->first; p; p = e->first) {
        e->first = p->next;
        free_piece(t, p);
    }
}

void nbt_simtcp_fini(nbt_simtcp *t)
{
    free_piece(t, t->spent);
    for (size_t i = 1; i < t->nconns; i++) {
        free_end(t, &t->conn[i].end[0]);
        free_end(t, &t->conn[i].end[1]);
    }
    nbt_mem_free(t->mem, t->conn, t->conns_cap * sizeof *t->conn);
    nbt_mem_free(t->mem, t->event, t->events_cap * sizeof *t->event);
    nbt_heap_fini(&t->due);
    nbt_idmap_fini(&t->listeners);
    nbt_idmap_fini(&t->numbers);
}

/* A free connection's number, 0 without memory. It moves the others. */
static uint32_t new_conn(nbt_simtcp *t)
{
    uint32_t id = t->free_conn;
    if (id) {
        t->free_conn = t->conn[id].next_free;
    } else {
        if (t->nconns >= t->conns_cap) {
            conn *c = nbt_mem_grow(t->mem, t->conn, &t->conns_cap, sizeof *c);
            if (!c) {
                t->failed = true;
                return 0;
            }
            t->conn = c;
        }
        id = (uint32_t)t->nconns++;
    }
    t->conn[id] = (conn){ .refs = 0 };
    return id;
}

static bool is_over(const end *e)
{
    return e->state == END_NONE || e->state == END_GONE;
}

/* Frees a connection of which neither an object nor an event knows any more. */
static void let_go(nbt_simtcp *t, uint32_t id)
{
    conn *c = &t->conn[id];
    if (c->refs > 0 || !is_over(&c->end[0]) || !is_over(&c->end[1]))
        return;
    free_end(t, &c->end[0]);
    free_end(t, &c->end[1]);
    *c = (conn){ .next_free = t->free_conn };
    t->free_conn = id;
}

static void schedule(nbt_simtcp *t, nbt_time at, event_kind kind, uint32_t id, unsigned side,
                     piece *p)
{
    uint32_t place = t->free_event ? t->free_event : (uint32_t)t->nevents;
    if (place >= t->events_cap) {
        event *e = nbt_mem_grow(t->mem, t->event, &t->events_cap, sizeof *e);
        if (!e) {
            t->failed = true;
            return;
        }
        t->event = e;
    }
    if (!nbt_heap_push(&t->due, at, place)) {
        t->failed = true;
        return;
    }
    if (place == t->free_event)
        t->free_event = t->event[place].next_free;
    else
        t->nevents++;
    t->event[place] = (event){ kind, id, side, p, 0 };
    t->conn[id].refs++;
}

/* --- ends --------------------------------------------------------------------------------- */

static uint64_t number_key(uint32_t obj, uint32_t number)
{
    return (uint64_t)obj << 32 | number;
}

static uint64_t listener_key(nbt_ep at)
{
    return (uint64_t)at.ip << 16 | at.port;
}

static bool enter_number(nbt_simtcp *t, uint32_t id, unsigned side)
{
    const end *e = &t->conn[id].end[side];
    if (nbt_idmap_add(&t->numbers, number_key(e->obj, e->number), id * 2 + side))
        return true;
    t->failed = true;
    return false;
}

/* Its object hears no more of it, and nothing that it had not sent yet will leave. */
static void end_it(nbt_simtcp *t, end *e)
{
    if (is_over(e))
        return;
    nbt_idmap_remove(&t->numbers, number_key(e->obj, e->number));
    drop_queue(t, e);
    e->state = END_GONE;
}

/* A close in order is over when both sides have said and heard all. */
static void settle(nbt_simtcp *t, conn *c)
{
    for (unsigned side = 0; side < 2; side++) {
        end *e = &c->end[side];
        if (e->closing && e->fin && e->eof && !e->first)
            end_it(t, e);
    }
}

static bool report(nbt_simtcp_report *r, const conn *c, unsigned side, nbt_tcp_kind kind)
{
    const end *e = &c->end[side];
    *r = (nbt_simtcp_report){ .obj = e->obj };
    r->ev.kind = kind;
    r->ev.conn = e->number;
    r->ev.peer = c->end[!side].ep;
    r->ev.local = e->ep;
    return true;
}

/* Sends a piece, or an RST if that is NULL, once: whether it arrives, and how long it takes. */
static bool transmit(nbt_simtcp *t, nbt_time now, const conn *c, unsigned side, piece *p,
                     nbt_time *takes)
{
    const end *from = &c->end[side], *to = &c->end[!side];
    const nbt_simwire *w = t->wire;
    bool inside = from->adapter && to->adapter &&
                  nbt_simwire_at(w, from->adapter)->host == nbt_simwire_at(w, to->adapter)->host;
    bool arrives = nbt_simwire_piece(t->wire, from->adapter, to->adapter, takes);
    if (!from->adapter || inside || nbt_simwire_at(w, from->adapter)->down)
        return arrives;
    nbt_simframe f = { .at = now, .from = from->ep, .to = to->ep };
    f.kind = p ? p->kind : NBT_SIMFRAME_RST;
    f.seq = p ? p->seq : from->seq;
    f.ack = from->taken;
    f.syn = from->syn;
    f.fin = from->eof;
    if (p)
        f.data = (nbt_bytes){ p->b, p->n };
    nbt_time more = 0;
    if (t->tap)
        arrives = t->tap(t->tap_ctx, from->adapter, &f, p ? p->b : NULL, &more) && arrives;
    *takes += more;
    f.copies = arrives;
    nbt_simwire_show(t->wire, from->adapter, &f);
    return arrives;
}

/* An observer sees what `side` has taken. Nothing hangs on it here. */
static void show_ack(nbt_simtcp *t, nbt_time now, const conn *c, unsigned side)
{
    const end *from = &c->end[side], *to = &c->end[!side];
    const nbt_simwire *w = t->wire;
    if (!t->acks || !from->adapter || !to->adapter ||
        nbt_simwire_at(w, from->adapter)->host == nbt_simwire_at(w, to->adapter)->host)
        return;
    nbt_simframe f = { .at = now, .kind = NBT_SIMFRAME_ACK, .from = from->ep, .to = to->ep };
    f.seq = from->seq;
    f.ack = from->taken;
    f.syn = from->syn;
    f.fin = from->eof;
    f.copies = 1;
    nbt_simwire_show(t->wire, from->adapter, &f);
}

/* A new last piece of what `side` sends; it leaves at `at`. */
static piece *send_piece(nbt_simtcp *t, nbt_time at, uint32_t id, unsigned side,
                         nbt_simframe_kind kind, const uint8_t *b, size_t n)
{
    end *e = &t->conn[id].end[side];
    piece *p = nbt_mem_new(t->mem, sizeof *p + n);
    if (!p) {
        t->failed = true;
        return NULL;
    }
    p->kind = kind;
    p->seq = e->seq;
    p->n = n;
    if (n > 0)
        memcpy(p->b, b, n);
    e->seq += n;
    e->window += n;
    if (e->last)
        e->last->next = p;
    else
        e->first = p;
    e->last = p;
    schedule(t, at, EVENT_SEND, id, side, p);
    return p;
}

/* RST belongs to no stream: it may overtake what was sent before it, and is not repeated. False if
   it does not arrive. */
static bool send_rst(nbt_simtcp *t, nbt_time now, uint32_t id, unsigned side)
{
    conn *c = &t->conn[id];
    nbt_time takes;
    bool arrives = transmit(t, now, c, side, NULL, &takes);
    if (arrives)
        schedule(t, now + takes, EVENT_RST, id, !side, NULL);
    return arrives;
}

static void pump_later(nbt_simtcp *t, nbt_time at, uint32_t id, unsigned side)
{
    end *e = &t->conn[id].end[side];
    if (e->pumping)
        return;
    e->pumping = true;
    schedule(t, at, EVENT_PUMP, id, side, NULL);
}

static void probe_later(nbt_simtcp *t, nbt_time at, uint32_t id, unsigned side)
{
    end *e = &t->conn[id].end[side];
    if (e->probing)
        return;
    e->probing = true;
    schedule(t, at, EVENT_PROBE, id, side, NULL);
}

/* --- what happens ------------------------------------------------------------------------- */

static bool give_up(nbt_simtcp *t, conn *c, unsigned side, nbt_simtcp_report *r)
{
    end *e = &c->end[side];
    report(r, c, side, e->state == END_OPENING ? NBT_TCP_UNREACHABLE : NBT_TCP_RESET);
    end_it(t, e);
    return true;
}

static bool on_send(nbt_simtcp *t, nbt_time now, uint32_t id, unsigned side, piece *p,
                    nbt_simtcp_report *r)
{
    conn *c = &t->conn[id];
    end *e = &c->end[side];
    if (e->state == END_GONE)
        return false;
    bool syn = p->kind == NBT_SIMFRAME_SYN || p->kind == NBT_SIMFRAME_SYN_ACK;
    if (p->tries == (syn ? NBT_SIMTCP_SYN_TRIES : NBT_SIMTCP_DATA_TRIES))
        return give_up(t, c, side, r);
    nbt_time takes;
    bool arrives = transmit(t, now, c, side, p, &takes);
    if (arrives)
        schedule(t, now + takes, EVENT_ARRIVE, id, !side, p);
    else
        schedule(t, now + ((syn ? NBT_S(1) : NBT_MS(200)) << p->tries), EVENT_SEND, id, side, p);
    p->tries++;
    return false;
}

/* SYN has arrived: the called side takes the connection on, or refuses it. */
static bool on_syn(nbt_simtcp *t, nbt_time now, uint32_t id, nbt_simtcp_report *r)
{
    conn *c = &t->conn[id];
    end *e = &c->end[1];
    uint32_t obj = nbt_idmap_get(&t->listeners, listener_key(e->ep));
    if (!obj) {
        if (!send_rst(t, now, id, 1)) /* the caller hears nothing, and asks again */
            send_piece(t, now + NBT_S(1), id, 0, NBT_SIMFRAME_SYN, NULL, 0);
        return false;
    }
    e->obj = obj;
    e->number = t->last_accepted += 2;
    if (!enter_number(t, id, 1))
        return false;
    e->state = END_OPEN;
    send_piece(t, now, id, 1, NBT_SIMFRAME_SYN_ACK, NULL, 0);
    report(r, c, 1, NBT_TCP_ACCEPTED);
    r->ev.lana = nbt_simwire_at(t->wire, e->adapter)->lana;
    return true;
}

static bool on_syn_ack(nbt_simtcp *t, nbt_time now, uint32_t id, nbt_simtcp_report *r)
{
    conn *c = &t->conn[id];
    c->end[0].state = END_OPEN;
    pump_later(t, now, id, 0);
    return report(r, c, 0, NBT_TCP_OPENED);
}

static bool on_data(nbt_simtcp *t, nbt_time now, uint32_t id, unsigned side, const piece *p,
                    nbt_simtcp_report *r)
{
    conn *c = &t->conn[id];
    end *from = &c->end[!side];
    bool was_full = from->window == NBT_SIMTCP_WINDOW;
    from->window -= p->n;
    nbt_time takes; /* should the news get lost, a probe will find out */
    if (was_full && nbt_simwire_piece(t->wire, c->end[side].adapter, from->adapter, &takes))
        pump_later(t, now + takes, id, !side);
    if (c->end[side].closing)
        return false;
    report(r, c, side, NBT_TCP_DATA);
    r->ev.data = (nbt_bytes){ p->b, p->n };
    return true;
}

static bool on_fin(const conn *c, unsigned side, nbt_simtcp_report *r)
{
    return report(r, c, side, NBT_TCP_EOF);
}

/* Takes the piece at the head of what the other side has sent, if it is there and wanted. */
static bool on_take(nbt_simtcp *t, nbt_time now, uint32_t id, unsigned side, nbt_simtcp_report *r)
{
    conn *c = &t->conn[id];
    end *from = &c->end[!side], *to = &c->end[side];
    piece *p = from->first;
    bool waits = to->held && !to->closing && to->state == END_OPEN;
    if (!p || !p->arrived || waits)
        return false;
    from->first = p->next;
    if (!from->first)
        from->last = NULL;
    else if (from->first->arrived)
        schedule(t, now, EVENT_TAKE, id, side, NULL);
    t->spent = p;

    if (to->state == END_GONE) { /* nobody there knows of it */
        (void)send_rst(t, now, id, side);
        return false;
    }
    bool told = false;
    to->taken += p->n;
    to->syn = to->syn || p->kind == NBT_SIMFRAME_SYN || p->kind == NBT_SIMFRAME_SYN_ACK;
    to->eof = to->eof || p->kind == NBT_SIMFRAME_FIN;
    if (p->kind != NBT_SIMFRAME_SYN) /* its answer acknowledges it */
        show_ack(t, now, c, side);
    switch (p->kind) {
    case NBT_SIMFRAME_SYN:
        told = on_syn(t, now, id, r);
        break;
    case NBT_SIMFRAME_SYN_ACK:
        told = on_syn_ack(t, now, id, r);
        break;
    case NBT_SIMFRAME_DATA:
        told = on_data(t, now, id, side, p, r);
        break;
    case NBT_SIMFRAME_FIN:
        told = on_fin(c, side, r);
        break;
    case NBT_SIMFRAME_RST:
    case NBT_SIMFRAME_ACK:
    case NBT_SIMFRAME_UDP:
        break; /* not of a stream */
    }
    settle(t, c);
    return told;
}

/* What reaches a host without power is lost after all: it is sent again. */
static bool on_arrive(nbt_simtcp *t, nbt_time now, uint32_t id, unsigned side, piece *p,
                      nbt_simtcp_report *r)
{
    uint32_t adapter = t->conn[id].end[side].adapter;
    if (adapter && nbt_simwire_at(t->wire, adapter)->down) {
        schedule(t, now + NBT_MS(200), EVENT_SEND, id, !side, p);
        return false;
    }
    p->arrived = true;
    return on_take(t, now, id, side, r);
}

static size_t cut_size(nbt_simtcp *t, const conn *c)
{
    enum { HEADERS = 40 }; /* of IP and TCP */
    uint32_t most = NBT_SIMTCP_MSS, mtu = UINT32_MAX;
    if (c->end[0].adapter && c->end[1].adapter)
        mtu = nbt_simwire_mtu(t->wire, c->end[0].adapter, c->end[1].adapter);
    if (mtu < most + HEADERS)
        most = mtu > HEADERS ? mtu - HEADERS : 1;
    if (!t->cut)
        return most;
    /* Now and then so small that it splits a header of four octets. */
    bool tiny = nbt_rng_below(&t->rng, 4) == 0;
    return 1 + nbt_rng_below(&t->rng, tiny ? 4 : most);
}

static bool on_pump(nbt_simtcp *t, nbt_time now, uint32_t id, unsigned side, nbt_simtcp_report *r)
{
    conn *c = &t->conn[id];
    end *e = &c->end[side];
    e->pumping = false;
    if (e->state != END_OPEN)
        return false;
    size_t n = cut_size(t, c);
    if (n > e->have - e->at)
        n = e->have - e->at;
    if (n > NBT_SIMTCP_WINDOW - e->window)
        n = NBT_SIMTCP_WINDOW - e->window;
    if (n > 0 && send_piece(t, now, id, side, NBT_SIMFRAME_DATA, e->queue + e->at, n)) {
        e->at += n;
        pump_later(t, now, id, side);
        report(r, c, side, NBT_TCP_SENT);
        r->ev.sent = n;
        return true;
    }
    if (e->at < e->have) {
        probe_later(t, now + NBT_MS(200), id, side);
    } else if (e->closing && !e->fin) {
        e->fin = true;
        send_piece(t, now, id, side, NBT_SIMFRAME_FIN, NULL, 0);
    }
    return false;
}

/* The window was full: only by asking does a sender notice that its peer takes octets again, or
   that it is no more, should the news have been lost. */
static bool on_probe(nbt_simtcp *t, nbt_time now, uint32_t id, unsigned side, nbt_simtcp_report *r)
{
    piece probe = { .kind = NBT_SIMFRAME_DATA, .seq = t->conn[id].end[side].seq };
    conn *c = &t->conn[id];
    end *e = &c->end[side];
    e->probing = false;
    if (e->state != END_OPEN || e->at == e->have)
        return false;
    if (e->silent == NBT_SIMTCP_DATA_TRIES)
        return give_up(t, c, side, r);
    nbt_time takes;
    bool arrives = transmit(t, now, c, side, &probe, &takes);
    if (!arrives) {
        probe_later(t, now + (NBT_MS(200) << e->silent), id, side);
        e->silent++;
        return false;
    }
    e->silent = 0;
    if (c->end[!side].state == END_GONE)
        (void)send_rst(t, now + takes, id, !side);
    else if (e->window < NBT_SIMTCP_WINDOW)
        pump_later(t, now + 2 * takes, id, side);
    probe_later(t, now + NBT_SIMTCP_PROBE, id, side);
    return false;
}

static bool on_rst(nbt_simtcp *t, conn *c, unsigned side, nbt_simtcp_report *r)
{
    end *e = &c->end[side];
    if (is_over(e))
        return false;
    report(r, c, side, e->state == END_OPENING ? NBT_TCP_REFUSED : NBT_TCP_RESET);
    end_it(t, e);
    return true;
}

static void do_abort(nbt_simtcp *t, nbt_time now, uint32_t id, unsigned side)
{
    end *e = &t->conn[id].end[side];
    bool known = e->state == END_OPEN; /* else the other side's SYN-ACK will meet nobody */
    end_it(t, e);
    if (known)
        (void)send_rst(t, now, id, side);
    let_go(t, id);
}

static void stop_listening(nbt_simtcp *t, uint32_t obj)
{
    for (size_t i = 0; i < t->listeners.cap; i++) {
        const nbt_idmap_place *p = &t->listeners.place[i];
        if (p->value != obj)
            continue;
        nbt_idmap_remove(&t->listeners, p->key);
        i = (size_t)-1; /* it may have moved others: from the beginning */
    }
}

void nbt_simtcp_gone(nbt_simtcp *t, nbt_time now, uint32_t obj, bool silent)
{
    stop_listening(t, obj);
    for (uint32_t id = 1; id < t->nconns; id++) {
        for (unsigned side = 0; side < 2; side++) {
            end *e = &t->conn[id].end[side];
            if (is_over(e) || e->obj != obj)
                continue;
            if (!silent) {
                do_abort(t, now, id, side);
                continue;
            }
            end_it(t, e);
            let_go(t, id);
        }
    }
}

bool nbt_simtcp_tick(nbt_simtcp *t, nbt_time now, nbt_simtcp_report *r)
{
    free_piece(t, t->spent);
    t->spent = NULL;
    if (nbt_heap_due(&t->due) > now)
        return false;
    uint32_t place = nbt_heap_pop(&t->due);
    event ev = t->event[place];
    t->event[place].next_free = t->free_event;
    t->free_event = place;

    conn *c = &t->conn[ev.conn];
    bool told = false;
    switch (ev.kind) {
    case EVENT_SEND:
        told = on_send(t, now, ev.conn, ev.side, ev.piece, r);
        break;
    case EVENT_ARRIVE:
        told = on_arrive(t, now, ev.conn, ev.side, ev.piece, r);
        break;
    case EVENT_TAKE:
        told = on_take(t, now, ev.conn, ev.side, r);
        break;
    case EVENT_PUMP:
        told = on_pump(t, now, ev.conn, ev.side, r);
        break;
    case EVENT_PROBE:
        told = on_probe(t, now, ev.conn, ev.side, r);
        break;
    case EVENT_RST:
        told = on_rst(t, c, ev.side, r);
        break;
    }
    c->refs--;
    let_go(t, ev.conn);
    return told;
}

/* --- what objects want -------------------------------------------------------------------- */

static void listen_on(nbt_simtcp *t, uint32_t obj, nbt_ep at)
{
    if (nbt_idmap_get(&t->listeners, listener_key(at)) == 0 &&
        !nbt_idmap_add(&t->listeners, listener_key(at), obj))
        t->failed = true;
}

static void do_listen(nbt_simtcp *t, uint32_t obj, uint32_t host, nbt_ep at)
{
    const nbt_simwire *w = t->wire;
    for (uint32_t a = w->host[host]; a; a = nbt_simwire_at(w, a)->next)
        if (at.ip == 0 || at.ip == nbt_simwire_at(w, a)->ip)
            listen_on(t, obj, (nbt_ep){ nbt_simwire_at(w, a)->ip, at.port });
}

static void do_open(nbt_simtcp *t, nbt_time now, uint32_t obj, uint32_t host, const nbt_act *act)
{
    uint32_t id = new_conn(t);
    if (!id)
        return;
    t->last_port = t->last_port < 49152 || t->last_port == UINT16_MAX
                       ? 49152 /* the first of the dynamic ports */
                       : (uint16_t)(t->last_port + 1);
    end *e = &t->conn[id].end[0];
    e->state = END_OPENING;
    e->obj = obj;
    e->number = act->conn;
    e->adapter = nbt_simwire_choose(t->wire, host, act->from.ip, act->to.ip);
    e->ep.ip = e->adapter ? nbt_simwire_at(t->wire, e->adapter)->ip : 0;
    e->ep.port = t->last_port;
    t->conn[id].end[1].ep = act->to;
    t->conn[id].end[1].adapter = nbt_simwire_find(t->wire, act->to.ip);
    if (!enter_number(t, id, 0) || !send_piece(t, now, id, 0, NBT_SIMFRAME_SYN, NULL, 0)) {
        end_it(t, e);
        let_go(t, id);
    }
}

static void do_send(nbt_simtcp *t, nbt_time now, uint32_t id, unsigned side, nbt_bytes data)
{
    end *e = &t->conn[id].end[side];
    if (e->closing || data.n == 0)
        return;
    if (e->at >= e->have - e->at && e->at > 0) { /* most of it has left */
        memmove(e->queue, e->queue + e->at, e->have - e->at);
        e->have -= e->at;
        e->at = 0;
    }
    while (data.n > e->cap - e->have) {
        uint8_t *queue = nbt_mem_grow(t->mem, e->queue, &e->cap, 1);
        if (!queue) {
            t->failed = true;
            return;
        }
        e->queue = queue;
    }
    memcpy(e->queue + e->have, data.p, data.n);
    e->have += data.n;
    pump_later(t, now, id, side);
}

bool nbt_simtcp_peer(const nbt_simtcp *t, uint32_t obj, uint32_t number, uint32_t *peer,
                     uint32_t *peer_number)
{
    uint32_t found = nbt_idmap_get(&t->numbers, number_key(obj, number));
    if (!found)
        return false;
    const end *other = &t->conn[found / 2].end[1 - found % 2];
    if (is_over(other))
        return false;
    *peer = other->obj;
    *peer_number = other->number;
    return true;
}

void nbt_simtcp_do(nbt_simtcp *t, nbt_time now, uint32_t obj, uint32_t host, const nbt_act *act,
                   nbt_bytes data)
{
    if (act->kind == NBT_ACT_TCP_LISTEN) {
        do_listen(t, obj, host, act->from);
        return;
    }
    if (act->kind == NBT_ACT_TCP_OPEN) {
        do_open(t, now, obj, host, act);
        return;
    }
    uint32_t found = nbt_idmap_get(&t->numbers, number_key(obj, act->conn));
    if (!found)
        return;
    uint32_t id = found / 2;
    unsigned side = found % 2;
    end *e = &t->conn[id].end[side];
    if (act->kind == NBT_ACT_TCP_SEND) {
        do_send(t, now, id, side, data);
    } else if (act->kind == NBT_ACT_TCP_HOLD) {
        e->held = true;
    } else if (act->kind == NBT_ACT_TCP_RESUME) {
        e->held = false;
        schedule(t, now, EVENT_TAKE, id, side, NULL);
    } else if (act->kind == NBT_ACT_TCP_CLOSE) {
        e->closing = true;
        schedule(t, now, EVENT_TAKE, id, side, NULL);
        pump_later(t, now, id, side);
    } else {
        assert(act->kind == NBT_ACT_TCP_ABORT);
        do_abort(t, now, id, side);
    }
}
