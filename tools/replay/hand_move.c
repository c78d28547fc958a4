/*
 * Moves of the capture, and what programs have to do with them.
 */
#include "tools/replay/hand_impl.h"

#include "rc/channel.h"

#include <string.h>

/* --- moves of the capture --------------------------------------------------------------------- */

static void plan_question(replay_hand *h, nbt_time at, uint8_t lana, const cap_move *m,
                          nbt_trn_kind kind)
{
    if (nbt_name_size(&m->msg->u.ns.q.name) > NBT_NAME_WIRE_MAX)
        return; /* nothing of ours sends it */
    asked a = { .kind = kind, .to_all = m->to_all, .port = m->from.port, .at = m->to.ip };
    nbt_name_copy(&a.name, &m->msg->u.ns.q.name);
    hand_plan(h, at, ASK, lana, (nbt_bytes){ (const uint8_t *)&a, sizeof a });
}

/* It is found without asking: who wants the question asked cannot leave it to the driver. */
static bool known(const replay_hand *h, uint8_t lana, const uint8_t name[NBT_NAME_LEN])
{
    const nbt_lana_cfg *l = &h->lana[lana];
    for (size_t i = 0; i < l->nhosts; i++)
        if (memcmp(l->hosts[i].name, name, NBT_NAME_LEN) == 0)
            return true;
    return false;
}

/* What programs have a hand in; the rest of the name service is the driver's business, as are
 * repetitions. */
static void plan_ns(replay_hand *h, nbt_time at, uint8_t lana, const cap_move *m)
{
    const nbt_ns *ns = &m->msg->u.ns;
    nbt_ns_kind kind = nbt_ns_kind_of(ns);
    if (m->repeats)
        return;
    if (kind == NBT_NS_REGISTRATION || kind == NBT_NS_MULTIHOMED)
        hand_plan_name(h, at, ADD, lana, ns->q.name.b,
                       nbt_addr_get(&ns->rr[0], 0).nb_flags & NBT_NB_G);
    else if (kind == NBT_NS_RELEASE_REQUEST || kind == NBT_NS_RELEASE_DEMAND)
        hand_plan_name(h, at, DELETE, lana, ns->q.name.b, false);
    else if (kind == NBT_NS_QUERY && m->to_all && m->from.port == NBT_PORT_NS &&
             !known(h, lana, ns->q.name.b))
        hand_plan_name(h, at, FIND, lana, ns->q.name.b, false);
    else if (kind == NBT_NS_QUERY && (!h->serves || m->from.port != NBT_PORT_NS))
        plan_question(h, at, lana, m, NBT_TRN_QUERY);
    else if (kind == NBT_NS_STATUS_REQUEST)
        plan_question(h, at, lana, m, NBT_TRN_STATUS);
}

static void plan_session(replay_hand *h, nbt_time at, const cap_move *m)
{
    const nbt_ssn *ssn = &m->msg->u.ssn;
    session *s;
    if (ssn->type == NBT_SSN_POSITIVE && (s = hand_half(h, false)))
        s->conn = m->conn;
    if (ssn->type != NBT_SSN_MESSAGE)
        return;
    deed *d = hand_plan(h, at, SEND, 0, ssn->data);
    if (d)
        d->conn = m->conn;
}

/* One that is in one piece, from a name that its host has or is to have. */
static bool plan_datagram(replay_hand *h, nbt_time at, uint8_t lana, const cap_move *m)
{
    const nbt_dgm *g = &m->msg->u.dgm;
    uint8_t buf[NBT_NAME_LEN + NBT_DGM_DATA_MAX];
    bool said =
        g->type == NBT_DGM_UNIQUE || g->type == NBT_DGM_GROUP || g->type == NBT_DGM_BROADCAST;
    bool whole = g->flags & NBT_DGM_FIRST && !(g->flags & NBT_DGM_MORE);
    if (!said || !whole || m->from.port != NBT_PORT_DGM || g->data.n > NBT_DGM_DATA_MAX ||
        !hand_own(h, lana, g->from.b))
        return false;
    memcpy(buf, g->to.b, NBT_NAME_LEN);
    if (g->data.n > 0)
        memcpy(buf + NBT_NAME_LEN, g->data.p, g->data.n);
    deed *d = hand_plan(h, at, DATAGRAM, lana, (nbt_bytes){ buf, NBT_NAME_LEN + g->data.n });
    if (!d)
        return false;
    d->group = g->type == NBT_DGM_BROADCAST;
    memcpy(d->name, g->from.b, NBT_NAME_LEN);
    return true;
}

/* What goes over TCP and is no service of NetBIOS. */
static bool is_stream(const cap_move *m)
{
    return m->conn && m->kind != CAP_MOVE_DATAGRAM &&
           (rc_is_port(m->to.port) || rc_is_port(m->from.port));
}

static void plan_stream(replay_hand *h, nbt_time at, uint8_t lana, const cap_move *m)
{
    static const verb verbs[] = { [CAP_MOVE_OPEN] = STREAM_OPEN,
                                  [CAP_MOVE_MESSAGE] = STREAM_SEND,
                                  [CAP_MOVE_FIN] = STREAM_CLOSE,
                                  [CAP_MOVE_RESET] = STREAM_ABORT };
    uint8_t buf[2 + RECEIVE_MAX];
    nbt_bytes data = { buf, 0 };
    if (m->kind == CAP_MOVE_ACCEPT)
        replay_streams_take(&h->streams, m->conn, m->from.port);
    if (m->kind == CAP_MOVE_ACCEPT || m->kind == CAP_MOVE_REFUSE)
        return;
    if (m->kind == CAP_MOVE_MESSAGE && m->bytes.n <= RECEIVE_MAX) {
        buf[0] = (uint8_t)(m->bytes.n >> 8); /* the length goes before it: rc/channel.h */
        buf[1] = (uint8_t)m->bytes.n;
        memcpy(buf + 2, m->bytes.p, m->bytes.n);
        data.n = m->bytes.n + 2;
    }
    deed *d = hand_plan(h, at, verbs[m->kind], lana, data);
    if (!d)
        return;
    d->conn = m->conn;
    d->from.ip = h->lana[lana].ip;
    d->to = m->to;
}

bool replay_hand_move(replay_hand *h, nbt_time at, uint8_t lana, const cap_move *m)
{
    deed *d;
    if (is_stream(m)) {
        plan_stream(h, at, lana, m);
        return true;
    }
    if (m->kind == CAP_MOVE_FIN && hand_session_of(h, m->conn) &&
        (d = hand_plan(h, at, HANGUP, 0, (nbt_bytes){ NULL, 0 })))
        d->conn = m->conn;
    if (m->kind != CAP_MOVE_DATAGRAM && m->kind != CAP_MOVE_MESSAGE)
        return true;
    if (!m->msg || m->msg->err)
        return false;
    if (m->msg->service == NBT_SERVICE_DATAGRAM)
        return plan_datagram(h, at, lana, m);
    if (m->kind == CAP_MOVE_MESSAGE && m->framing == CAP_FRAMING_SESSION)
        plan_session(h, at, m);
    if (m->kind == CAP_MOVE_DATAGRAM)
        plan_ns(h, at, lana, m);
    return true;
}
