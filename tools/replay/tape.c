/*
 * Two ways a connection, each with what has gone along it.
 */
#include "tools/replay/tape.h"
#include "tools/scene/simcap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONNS = 1024, SEGMENT = 1460, MADE_UP_PORTS = 49152 };

typedef struct way {
    uint64_t octets;
    bool fin;
} way;

typedef struct conn {
    uint32_t number; /* 0: there is none */
    nbt_time opened;
    nbt_ep here, there;
    way out, in;
} conn;

struct replay_tape {
    scene_network network;
    scene scene;
    simcap *cap;
    conn conn[CONNS];
};

replay_tape *replay_tape_new(const char *path, nbt_subnet net, int64_t zero, char err[CAP_ERR_MAX])
{
    replay_tape *t = calloc(1, sizeof *t);
    if (!t) {
        (void)snprintf(err, CAP_ERR_MAX, "no memory");
        return NULL;
    }
    t->network = (scene_network){ .subnet = net.ip & net.mask, .mask = net.mask };
    t->scene = (scene){ .network = &t->network, .nnetworks = 1 };
    t->cap = simcap_new(path, &t->scene, err);
    if (t->cap) {
        simcap_epoch(t->cap, zero);
        return t;
    }
    free(t);
    return NULL;
}

bool replay_tape_free(replay_tape *t)
{
    bool good = !t || simcap_free(t->cap);
    free(t);
    return good;
}

void replay_tape_datagram(replay_tape *t, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    if (t)
        (void)simcap_put(t->cap, &(nbt_simframe){ .at = now,
                                                  .kind = NBT_SIMFRAME_UDP,
                                                  .from = from,
                                                  .to = to,
                                                  .copies = 1,
                                                  .data = data });
}

/* NULL: there is no such connection, and for 0, no room for one more. */
static conn *find(replay_tape *t, uint32_t number)
{
    for (size_t i = 0; i < CONNS; i++)
        if (t->conn[i].number == number)
            return &t->conn[i];
    return NULL;
}

static void put(replay_tape *t, nbt_time now, conn *c, bool out, nbt_simframe_kind kind,
                nbt_bytes data)
{
    const way *on = out ? &c->out : &c->in, *back = out ? &c->in : &c->out;
    (void)simcap_put(t->cap, &(nbt_simframe){ .at = now,
                                              .kind = kind,
                                              .from = out ? c->here : c->there,
                                              .to = out ? c->there : c->here,
                                              .seq = on->octets,
                                              .ack = back->octets,
                                              .syn = kind != NBT_SIMFRAME_SYN,
                                              .fin = back->fin,
                                              .copies = 1,
                                              .data = data });
}

static void put_data(replay_tape *t, nbt_time now, conn *c, bool out, nbt_bytes data)
{
    way *on = out ? &c->out : &c->in;
    for (size_t at = 0; at < data.n;) {
        size_t n = data.n - at < SEGMENT ? data.n - at : SEGMENT;
        put(t, now, c, out, NBT_SIMFRAME_DATA, (nbt_bytes){ data.p + at, n });
        on->octets += n;
        at += n;
    }
}

static void put_fin(replay_tape *t, nbt_time now, conn *c, bool out)
{
    way *on = out ? &c->out : &c->in;
    if (!on->fin)
        put(t, now, c, out, NBT_SIMFRAME_FIN, (nbt_bytes){ NULL, 0 });
    on->fin = true;
    if (c->out.fin && c->in.fin)
        c->number = 0;
}

/* Opened by us (`out`) or by them. */
static void put_opening(replay_tape *t, nbt_time now, conn *c, bool out)
{
    put(t, c->opened, c, out, NBT_SIMFRAME_SYN, (nbt_bytes){ NULL, 0 });
    put(t, now, c, !out, NBT_SIMFRAME_SYN_ACK, (nbt_bytes){ NULL, 0 });
    put(t, now, c, out, NBT_SIMFRAME_ACK, (nbt_bytes){ NULL, 0 });
}

static void begin(replay_tape *t, uint32_t number, nbt_time now, nbt_ep here, nbt_ep there)
{
    conn *c = find(t, 0);
    if (c)
        *c = (conn){ .number = number, .opened = now, .here = here, .there = there };
}

void replay_tape_act(replay_tape *t, nbt_time now, const nbt_act *act, nbt_bytes data)
{
    if (t && act->kind == NBT_ACT_TCP_OPEN)
        begin(t, act->conn, now, act->from, act->to);
    conn *c = t ? find(t, act->conn) : NULL;
    if (!c || !act->conn)
        return;
    if (act->kind == NBT_ACT_TCP_SEND)
        put_data(t, now, c, true, data);
    else if (act->kind == NBT_ACT_TCP_CLOSE)
        put_fin(t, now, c, true);
    else if (act->kind == NBT_ACT_TCP_ABORT) {
        put(t, now, c, true, NBT_SIMFRAME_RST, (nbt_bytes){ NULL, 0 });
        c->number = 0;
    }
}

/* The system does not tell which port a call had that was refused. */
static void put_refused(replay_tape *t, nbt_time now, conn *c)
{
    if (!c->here.port)
        c->here.port = (uint16_t)(MADE_UP_PORTS + c->number % (65536 - MADE_UP_PORTS));
    put(t, c->opened, c, true, NBT_SIMFRAME_SYN, (nbt_bytes){ NULL, 0 });
    put(t, now, c, false, NBT_SIMFRAME_RST, (nbt_bytes){ NULL, 0 });
    c->number = 0;
}

void replay_tape_event(replay_tape *t, nbt_time now, const nbt_tcp_ev *ev)
{
    if (t && ev->kind == NBT_TCP_ACCEPTED)
        begin(t, ev->conn, now, ev->local, ev->peer);
    conn *c = t ? find(t, ev->conn) : NULL;
    if (!c || !ev->conn)
        return;
    switch (ev->kind) {
    case NBT_TCP_ACCEPTED:
        put_opening(t, now, c, false);
        return;
    case NBT_TCP_OPENED:
        c->here = ev->local;
        put_opening(t, now, c, true);
        return;
    case NBT_TCP_REFUSED:
        put_refused(t, now, c);
        return;
    case NBT_TCP_UNREACHABLE:
        c->number = 0;
        return;
    case NBT_TCP_DATA:
        put_data(t, now, c, false, ev->data);
        return;
    case NBT_TCP_SENT:
        return;
    case NBT_TCP_EOF:
        put_fin(t, now, c, false);
        return;
    case NBT_TCP_RESET:
        put(t, now, c, false, NBT_SIMFRAME_RST, (nbt_bytes){ NULL, 0 });
        c->number = 0;
        return;
    }
}
