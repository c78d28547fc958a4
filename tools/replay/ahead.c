/*
 * A ring of copies, which is empty most of the time.
 */
#include "tools/replay/ahead.h"

#include <stdlib.h>
#include <string.h>

typedef struct copy {
    cap_move m;
    uint8_t *bytes;
    nbt_msg msg;
    rc_packet rc;
} copy;

struct replay_ahead {
    replay_feed *feed;
    copy ring[REPLAY_AHEAD_MAX];
    size_t first, n;
    uint8_t *given; /* octets of the move that was given last */
};

replay_ahead *replay_ahead_new(replay_feed *feed)
{
    replay_ahead *a = calloc(1, sizeof *a);
    if (a)
        a->feed = feed;
    return a;
}

void replay_ahead_free(replay_ahead *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->n; i++)
        free(a->ring[(a->first + i) % REPLAY_AHEAD_MAX].bytes);
    free(a->given);
    free(a);
}

bool replay_ahead_next(replay_ahead *a, cap_move *m)
{
    if (a->n == 0)
        return replay_feed_next(a->feed, m);
    copy *c = &a->ring[a->first];
    free(a->given);
    a->given = c->bytes;
    *m = c->m;
    a->first = (a->first + 1) % REPLAY_AHEAD_MAX;
    a->n--;
    return true;
}

/* One more into the ring; NULL: there is none, or no room. What was given last stays. */
static const copy *look(replay_ahead *a)
{
    copy *c = &a->ring[(a->first + a->n) % REPLAY_AHEAD_MAX];
    if (a->n == REPLAY_AHEAD_MAX || !replay_feed_next(a->feed, &c->m))
        return NULL;
    size_t n = c->m.bytes.n;
    c->bytes = malloc(n + 1);
    if (!c->bytes)
        return NULL;
    if (n > 0)
        memcpy(c->bytes, c->m.bytes.p, n);
    c->m.bytes.p = c->bytes;
    if (c->m.msg) {
        (void)nbt_msg_rd(&c->msg, c->m.msg->service, c->bytes, n);
        c->m.msg = &c->msg;
    }
    if (c->m.rc) {
        (void)rc_packet_rd(&c->rc, c->bytes, n);
        c->m.rc = &c->rc;
    }
    a->n++;
    return c;
}

/* The i-th move that comes; NULL: there is none, or it is not near. */
static const copy *at(replay_ahead *a, size_t i)
{
    return i < a->n ? &a->ring[(a->first + i) % REPLAY_AHEAD_MAX] : look(a);
}

const nbt_ssn *replay_ahead_request(replay_ahead *a, uint64_t conn)
{
    const copy *c;
    for (size_t i = 0; (c = at(a, i)); i++)
        if (c->m.conn == conn && c->m.kind == CAP_MOVE_MESSAGE &&
            c->m.framing == CAP_FRAMING_SESSION && c->m.msg && !c->m.msg->err &&
            c->m.msg->u.ssn.type == NBT_SSN_REQUEST)
            return &c->m.msg->u.ssn;
    return NULL;
}

const cap_move *replay_ahead_said(replay_ahead *a, uint64_t conn, size_t i)
{
    const copy *c;
    size_t n = 0;
    for (size_t k = 0; (c = at(a, k)); k++)
        if (c->m.conn == conn && c->m.kind == CAP_MOVE_MESSAGE && !c->m.ours && n++ == i)
            return &c->m;
    return NULL;
}

bool replay_ahead_takes(replay_ahead *a, uint64_t conn)
{
    const copy *c;
    for (size_t i = 0; (c = at(a, i)); i++)
        if (c->m.conn == conn)
            return c->m.kind == CAP_MOVE_ACCEPT;
    return false;
}
