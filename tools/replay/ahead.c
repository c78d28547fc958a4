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

const nbt_ssn *replay_ahead_request(replay_ahead *a, uint64_t conn)
{
    for (size_t i = 0;; i++) {
        const copy *c = &a->ring[(a->first + i) % REPLAY_AHEAD_MAX];
        if (i >= a->n && !(c = look(a)))
            return NULL;
        if (c->m.conn == conn && c->m.kind == CAP_MOVE_MESSAGE &&
            c->m.framing == CAP_FRAMING_SESSION && c->m.msg && !c->m.msg->err &&
            c->m.msg->u.ssn.type == NBT_SSN_REQUEST)
            return &c->m.msg->u.ssn;
    }
}
