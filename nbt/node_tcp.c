/*
 * Answers that are too long for a datagram, fetched by TCP (RFC 1001 15.1.5.1, 15.3.4): the query
 * once more, on a connection of its own to port 137. A connection's number tells the adapter and
 * the transaction, so that there is no list of them.
 *
 * Whoever forgets the query forgets the connection, too: it is reset when it next says something.
 */
#include "nbt/mem.h"
#include "nbt/node_impl.h"

enum { LANA_SHIFT = 17 }; /* above an id, doubled: an opener's numbers are even */

#define NODES UINT32_C(0x80000000) /* the numbers of nodes; sessions count from 0 */

static uint32_t conn_of(const nbt_node *node, const nbt_trn *trn)
{
    return NODES | (uint32_t)node->cfg.lana << LANA_SHIFT | (uint32_t)trn->id << 1;
}

static nbt_act *tcp(const nbt_node *node, nbt_act_kind kind, uint32_t conn, const void *p, size_t n,
                    nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, kind, p, n);
    act->lana = node->cfg.lana;
    act->conn = conn;
    return act;
}

void nbt_node_fetch(nbt_node *node, nbt_trn *trn, nbt_out *out)
{
    trn->fetch = nbt_mem_new(node->mem, sizeof *trn->fetch);
    if (!trn->fetch)
        return; /* the list that was cut must do, when the wait is over */
    nbt_act *act = tcp(node, NBT_ACT_TCP_OPEN, conn_of(node, trn), NULL, 0, out);
    act->from.ip = node->cfg.ip;
    act->to = (nbt_ep){ nbt_node_asked(node, trn), NBT_PORT_NS };
    nbt_node_trace_own(node, out, "query", "found", "asking", "the answer was cut: now by TCP",
                       trn->name.b, trn->id);
}

void nbt_node_fetched(nbt_node *node, nbt_trn *trn, nbt_out *out)
{
    if (!trn->fetch)
        return;
    nbt_mem_free(node->mem, trn->fetch, sizeof *trn->fetch);
    trn->fetch = NULL;
    (void)tcp(node, NBT_ACT_TCP_ABORT, conn_of(node, trn), NULL, 0, out);
}

static void ask(nbt_node *node, const nbt_trn *trn, nbt_out *out)
{
    uint8_t buf[NBT_FETCH_ASK_MAX];
    size_t n = nbt_fetch_ask(trn->id, &trn->name, buf);
    (void)tcp(node, NBT_ACT_TCP_SEND, conn_of(node, trn), buf, n, out);
}

/* It cannot be had. */
static void failed(nbt_node *node, nbt_time now, nbt_trn *trn, nbt_out *out)
{
    nbt_node_step(node, trn, now, &(nbt_stimulus){ .kind = NBT_ON_NEGATIVE }, NULL, out);
}

static void feed(nbt_node *node, nbt_time now, nbt_trn *trn, nbt_bytes data, nbt_out *out)
{
    nbt_ep from = { nbt_node_asked(node, trn), NBT_PORT_NS };
    nbt_bytes packet;
    if (!nbt_fetch_feed(trn->fetch, data, &packet))
        return;
    nbt_rd r;
    nbt_ns m;
    nbt_rd_init(&r, packet.p, packet.n);
    nbt_ns_rd(&r, &m);
    if (r.err)
        nbt_node_trace_malformed(node, out, from, &r);
    if (r.err || !nbt_node_take_fetched(node, now, trn, from, &m, out))
        failed(node, now, trn, out);
}

static nbt_trn *find(const nbt_node *node, uint32_t conn)
{
    for (nbt_trn *trn = node->trns.first; trn; trn = trn->next)
        if (trn->fetch && conn_of(node, trn) == conn)
            return trn;
    return NULL;
}

bool nbt_node_tcp(nbt_node *node, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    if (!(ev->conn & NODES) || (ev->conn & ~NODES) >> LANA_SHIFT != node->cfg.lana)
        return false;
    nbt_trn *trn = find(node, ev->conn);
    switch (ev->kind) {
    case NBT_TCP_OPENED:
        if (trn)
            ask(node, trn, out);
        break;
    case NBT_TCP_DATA:
        if (trn)
            feed(node, now, trn, ev->data, out);
        break;
    case NBT_TCP_EOF:
        if (trn)
            failed(node, now, trn, out);
        break;
    case NBT_TCP_REFUSED:
    case NBT_TCP_UNREACHABLE:
    case NBT_TCP_RESET: /* it is gone: nothing to abort */
        if (trn) {
            nbt_mem_free(node->mem, trn->fetch, sizeof *trn->fetch);
            trn->fetch = NULL;
            failed(node, now, trn, out);
        }
        return true;
    case NBT_TCP_SENT:
    case NBT_TCP_ACCEPTED: /* never: nobody calls a node */
        return true;
    }
    if (!trn) /* nobody waits for it any more: its query was forgotten meanwhile */
        (void)tcp(node, NBT_ACT_TCP_ABORT, ev->conn, NULL, 0, out);
    return true;
}
