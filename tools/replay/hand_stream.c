/*
 * A table of streams: few at a time, so that it is looked through.
 */
#include "tools/replay/hand_stream.h"

#include <string.h>

static replay_stream *new_stream(replay_streams *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->at[i].over) {
            s->at[i] = (replay_stream){ .here = s->at[i].here };
            return &s->at[i];
        }
    return s->n < REPLAY_STREAMS_MAX ? &s->at[s->n++] : NULL;
}

static replay_stream *of_conn(replay_streams *s, uint64_t conn)
{
    for (size_t i = 0; i < s->n; i++)
        if (!s->at[i].over && s->at[i].conn == conn)
            return &s->at[i];
    return NULL;
}

/* The oldest at a port that lacks one half; else a new one. */
static replay_stream *half(replay_streams *s, uint16_t port, bool here)
{
    for (size_t i = 0; i < s->n; i++) {
        replay_stream *x = &s->at[i];
        if (!x->over && x->port == port && (here ? !x->there : !x->conn))
            return x;
    }
    replay_stream *x = new_stream(s);
    if (x)
        *x = (replay_stream){ .port = port };
    return x;
}

void replay_streams_open(replay_streams *s, uint64_t conn, nbt_ep from, nbt_ep to, nbt_out *out)
{
    replay_stream *x = new_stream(s);
    if (!x)
        return;
    *x = (replay_stream){ .conn = conn, .there = true };
    x->here = s->base + 2 * (uint32_t)(x - s->at);
    nbt_act *act = nbt_out_add(out, NBT_ACT_TCP_OPEN, NULL, 0);
    act->conn = x->here;
    act->from = from;
    act->to = to;
}

void replay_streams_take(replay_streams *s, uint64_t conn, uint16_t port)
{
    replay_stream *x = half(s, port, false);
    if (x)
        x->conn = conn;
}

void replay_streams_send(replay_streams *s, uint64_t conn, nbt_bytes data, nbt_out *out)
{
    const replay_stream *x = of_conn(s, conn);
    if (x && x->there)
        nbt_out_add(out, NBT_ACT_TCP_SEND, data.p, data.n)->conn = x->here;
}

void replay_streams_close(replay_streams *s, uint64_t conn, bool abort, nbt_out *out)
{
    replay_stream *x = of_conn(s, conn);
    if (!x || !x->there)
        return;
    nbt_out_add(out, abort ? NBT_ACT_TCP_ABORT : NBT_ACT_TCP_CLOSE, NULL, 0)->conn = x->here;
    x->over = true;
}

bool replay_streams_tcp(replay_streams *s, const nbt_tcp_ev *ev)
{
    if (ev->kind == NBT_TCP_ACCEPTED) {
        replay_stream *x = half(s, ev->local.port, true);
        if (x) {
            x->here = ev->conn;
            x->there = true;
        }
        return true;
    }
    bool ours = ev->conn & 1 || ev->conn >= s->base;
    for (size_t i = 0; i < s->n; i++) {
        replay_stream *x = &s->at[i];
        bool gone = ev->kind == NBT_TCP_RESET || ev->kind == NBT_TCP_REFUSED ||
                    ev->kind == NBT_TCP_UNREACHABLE;
        if (!x->over && x->there && x->here == ev->conn && gone)
            x->over = true;
    }
    return ours;
}

void replay_streams_clear(replay_streams *s)
{
    s->n = 0;
}
