/*
 * A whole node of any type, under any sequence of what can happen to it: names and searches of its
 * own, packets that answer and packets that do not, streams, time. A model keeps account of what it
 * may report, and of what must be in its table.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "nbt/draft.h"
#include "nbt/node.h"

enum { NAMES = 5, REFS = 8, OWN = 0x0A000001, ALL = 0x0A0000FF, OPS_MAX = 400 };

static const uint8_t names[NAMES][NBT_NAME_LEN + 1] = {
    "FRED           \x20", "WILMA          \x20", "GROUP          \x1E",
    "GROUP          \x1C", "*SMBSERVER     \x20",
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

typedef enum holding { GONE, CLAIMED, HELD, CONFLICT } holding;

typedef struct world {
    nbt_rd in;
    size_t blocks;
    nbt_node *node;
    nbt_out out;
    nbt_time now;
    nbt_lana_cfg cfg;
    nbt_lmhost host;
    holding state[NAMES];
    uint8_t num[NAMES];
    bool group[NAMES];
    uint32_t ref[REFS]; /* pending; 0: none */
    bool status[REFS];
    uint16_t id; /* of what was sent last */
    uint32_t conn;
} world;

static uint8_t next(world *w)
{
    return nbt_rd_left(&w->in) > 0 ? nbt_rd_u8(&w->in, "") : 0;
}

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    size_t *blocks = ctx;
    (void)old;
    *blocks += (size_t)((size > 0) - (p != NULL));
    if (size > 0)
        return realloc(p, size);
    free(p);
    return NULL;
}

/* --- what comes out ------------------------------------------------------------------------- */

static unsigned name_of_num(const world *w, uint8_t num)
{
    for (unsigned i = 0; i < NAMES; i++)
        if (w->state[i] != GONE && w->num[i] == num)
            return i;
    abort();
}

static unsigned place_of_ref(const world *w, uint32_t ref, bool status)
{
    for (unsigned i = 0; i < REFS; i++)
        if (ref && w->ref[i] == ref && w->status[i] == status)
            return i;
    abort();
}

static void take_event(world *w, const nbt_node_ev *ev)
{
    unsigned name;
    switch (ev->kind) {
    case NBT_NODE_ADDED:
        name = name_of_num(w, ev->num);
        assert(w->state[name] == CLAIMED);
        w->state[name] = HELD;
        return;
    case NBT_NODE_REFUSED:
        name = name_of_num(w, ev->num);
        assert(w->state[name] == CLAIMED);
        assert(ev->peer.ip ? ev->rcode != 0 : w->cfg.type != NBT_ONT_B);
        w->state[name] = GONE;
        return;
    case NBT_NODE_CONFLICT:
        name = name_of_num(w, ev->num);
        assert(w->state[name] == HELD && !w->group[name] && ev->peer.ip);
        w->state[name] = CONFLICT;
        return;
    case NBT_NODE_RELEASED:
        name = name_of_num(w, ev->num);
        assert((w->state[name] == HELD || w->state[name] == CONFLICT) && !w->group[name]);
        assert(w->cfg.type != NBT_ONT_B);
        w->state[name] = GONE;
        return;
    case NBT_NODE_FOUND:
        (void)place_of_ref(w, ev->ref, false);
        assert(ev->nfound > 0);
        return;
    case NBT_NODE_FOUND_ALL:
        w->ref[place_of_ref(w, ev->ref, false)] = 0;
        assert(ev->nfound <= NBT_FOUND_MAX);
        for (size_t i = 0; i < ev->nfound; i++) /* they are there to be read */
            assert(ev->found[i].addr.ip != 0xDEADBEEF);
        return;
    case NBT_NODE_STATUS:
    case NBT_NODE_NO_STATUS:
        w->ref[place_of_ref(w, ev->ref, true)] = 0;
        return;
    }
}

/* Whatever it sends can be read, comes from it, and goes where its type may send. */
static void check_packet(world *w, const nbt_act *act)
{
    nbt_bytes data = nbt_out_data(&w->out, act);
    nbt_rd r;
    nbt_ns m;
    nbt_rd_init(&r, data.p, data.n);
    nbt_ns_rd(&r, &m);
    assert(!r.err && nbt_ns_kind_of(&m) != NBT_NS_OTHER && nbt_ns_name(&m));
    assert(act->from.ip == OWN && act->to.ip != 0 && act->to.port != 0);
    assert(w->cfg.type != NBT_ONT_P || act->to.ip != ALL);
    assert((act->to.ip == ALL) == ((m.word & NBT_NS_B) != 0));
    if (!(m.word & NBT_NS_R))
        w->id = m.trn_id;
}

static void check_table(const world *w)
{
    const nbt_ltable *t = nbt_node_names(w->node);
    unsigned count = 0;
    for (unsigned i = 0; i < NAMES; i++) {
        const nbt_entry *e = nbt_ltable_find_const(t, names[i]);
        assert((e != NULL) == (w->state[i] != GONE));
        count += e != NULL;
        if (!e)
            continue;
        assert(e->num == w->num[i] && e->group == w->group[i]);
        assert(e->conflict == (w->state[i] == CONFLICT));
        assert((e->state == NBT_ENTRY_REGISTERING) == (w->state[i] == CLAIMED));
        assert(!e->conflict || e->refresh_at == NBT_NEVER);
    }
    assert(t->count == count);
}

static void drain(world *w)
{
    for (size_t i = 0; i < w->out.n; i++) {
        const nbt_act *act = &w->out.acts[i];
        if (act->kind == NBT_ACT_SEND)
            check_packet(w, act);
        else if (act->kind == NBT_ACT_TCP_OPEN)
            w->conn = act->conn;
        else
            assert(act->kind == NBT_ACT_TRACE || act->kind == NBT_ACT_TCP_SEND ||
                   act->kind == NBT_ACT_TCP_ABORT);
    }
    for (nbt_node_ev ev; nbt_node_next(w->node, &ev);)
        take_event(w, &ev);
    assert(!w->out.failed);
    nbt_out_clear(&w->out);
    check_table(w);
}

/* --- what happens ----------------------------------------------------------------------------- */

static void toggle(world *w)
{
    uint8_t which = next(w);
    unsigned i = which % NAMES;
    if (w->state[i] != GONE) {
        w->state[i] = GONE;
        nbt_node_delete(w->node, w->now, w->num[i], &w->out);
        return;
    }
    w->group[i] = which >> 7;
    w->state[i] = CLAIMED;
    w->num[i] = nbt_node_add(w->node, w->now, names[i], w->group[i], &w->out);
    assert(w->num[i]);
}

static void search(world *w)
{
    uint8_t which = next(w);
    unsigned at = which >> 5;
    if (w->ref[at]) {
        nbt_node_cancel(w->node, w->ref[at]);
        w->ref[at] = 0;
        return;
    }
    w->status[at] = which >> 4 & 1;
    const uint8_t *name = names[(which & 15) % NAMES];
    w->ref[at] = w->status[at] ? nbt_node_status(w->node, w->now, name, OWN + (which & 3), &w->out)
                               : nbt_node_query(w->node, w->now, name, &w->out);
    assert(w->ref[at]);
}

static void hear(world *w, const uint8_t *p, size_t n, uint8_t from, bool all)
{
    static const uint32_t peers[] = { 0x0A0000C9, 0x0A0000CA, 0x0A000002, 0x0A000003,
                                      OWN,        ALL,        0xE0000001, 0 };
    nbt_ep source = { peers[from % 8], from & 8 ? 1137 : NBT_PORT_NS };
    nbt_node_rx(w->node, w->now, source, (nbt_ep){ all ? ALL : OWN, NBT_PORT_NS },
                (nbt_bytes){ p, n }, &w->out);
}

/* A packet that might mean something: of a kind, about a name, with the id that is awaited. */
static void hear_packet(world *w)
{
    static const uint16_t words[] = {
        0xAD80, 0xAD86, 0xAD85, 0xAD87, 0xAD00, 0x8580, 0x8780, 0x8583, 0xBC00, 0xB400, 0xB406,
        0x8100, 0x2910, 0x2810, 0x2900, 0x7900, 0x4000, 0x3000, 0x3010, 0x0110, 0x0100, 0x8400,
    };
    uint8_t kind = next(w), about = next(w), from = next(w);
    uint16_t word = words[kind % (sizeof words / sizeof words[0])];
    nbt_name name = { 0 };
    nbt_draft d;
    uint8_t buf[NBT_NS_UDP_MAX];
    memcpy(name.b, names[about % NAMES], NBT_NAME_LEN);
    nbt_addr addr = { about & 0x40 ? NBT_NB_G : 0, about & 0x20 ? 0 : 0x0A000002u + (from >> 6) };
    uint16_t id = about & 0x80 ? 77 : w->id;
    if (word & NBT_NS_R)
        nbt_draft_response(&d, id, word, &name, about & 0x10 ? 0xFFFFFFFF : kind, addr);
    else if (word >> 8 <= 1)
        nbt_draft_question(&d, id, word, &name, NBT_RR_NB);
    else
        nbt_draft_record(&d, id, word, &name, kind, addr);
    if (word == 0x8100) { /* a redirect has its address in the second record */
        d.ns.ancount = 0;
        d.ns.nscount = d.ns.arcount = 1;
        d.ns.nrr = 2;
        d.ns.rr[1] = d.ns.rr[0];
        d.ns.rr[0].type = NBT_RR_NS;
        d.ns.rr[0].rdata = (nbt_bytes){ (const uint8_t *)"", 1 };
        d.ns.rr[1].type = NBT_RR_A;
        d.ns.rr[1].rdata = (nbt_bytes){ d.rdata + 2, 4 };
    }
    if (word == 0xBC00)
        d.ns.rr[0].rdata.n = 2;
    nbt_wr wr;
    nbt_wr_init(&wr, buf, sizeof buf);
    nbt_ns_wr(&wr, &d.ns);
    assert(!wr.err);
    hear(w, buf, wr.at, from, word & NBT_NS_B);
}

static void hear_anything(world *w)
{
    uint8_t from = next(w), n = next(w);
    size_t left = nbt_rd_left(&w->in);
    nbt_bytes data = { nbt_rd_take(&w->in, n < left ? n : left, ""), n < left ? n : left };
    uint8_t *copy = malloc(data.n ? data.n : 1); /* exactly as much as there is */
    assert(copy);
    if (data.n > 0)
        memcpy(copy, data.p, data.n);
    hear(w, copy, data.n, from, n & 1);
    free(copy);
}

static void stream(world *w)
{
    static const nbt_tcp_kind kinds[] = { NBT_TCP_OPENED, NBT_TCP_DATA,  NBT_TCP_DATA,
                                          NBT_TCP_EOF,    NBT_TCP_RESET, NBT_TCP_REFUSED };
    uint8_t which = next(w), n = next(w);
    size_t left = nbt_rd_left(&w->in);
    nbt_tcp_ev ev = { .kind = kinds[which % 6], .conn = w->conn };
    if (ev.kind == NBT_TCP_DATA) {
        ev.data.n = n < left ? n : left;
        ev.data.p = nbt_rd_take(&w->in, ev.data.n, "");
    }
    ev.peer = (nbt_ep){ 0x0A0000C9, NBT_PORT_NS };
    (void)nbt_node_tcp(w->node, w->now, &ev, &w->out);
}

static void pass(world *w, nbt_time more)
{
    w->now += more;
    nbt_node_tick(w->node, w->now, &w->out);
    assert(nbt_node_due(w->node) > w->now); /* everything overdue was done */
}

static void happen(world *w)
{
    uint8_t op = next(w);
    if (op < 50)
        toggle(w);
    else if (op < 80)
        search(w);
    else if (op < 170)
        hear_packet(w);
    else if (op < 190)
        hear_anything(w);
    else if (op < 200)
        stream(w);
    else if (op < 250)
        pass(w, NBT_MS(50) * next(w));
    else
        pass(w, NBT_S(10) * next(w));
    drain(w);
}

/* --- beginning and end -------------------------------------------------------------------------
 */

static void begin(world *w)
{
    nbt_mem mem = { &w->blocks, resize };
    uint8_t type = next(w), rest = next(w);
    const nbt_profile *p = nbt_profile_at(rest % 8);
    w->cfg = (nbt_lana_cfg){ .lana = 1, .ip = OWN, .mask = 0xFFFFFF00, .broadcast = ALL };
    w->cfg.type = (nbt_node_type)(type % 4);
    w->cfg.profile = p ? p : nbt_profile_at(0);
    w->cfg.servers[0] = 0x0A0000C9;
    w->cfg.servers[1] = 0x0A0000CA;
    w->cfg.nservers = rest >> 6;
    w->cfg.nservers = w->cfg.nservers > 2 ? 2 : w->cfg.nservers;
    w->cfg.multihomed = type >> 7;
    w->host = (nbt_lmhost){ .ip = 0x0A000009, .any_suffix = true, .pre = type >> 6 & 1 };
    memcpy(w->host.name, names[1], NBT_NAME_LEN);
    w->cfg.hosts = &w->host;
    w->cfg.nhosts = type >> 5 & 1;
    nbt_out_init(&w->out, mem);
    w->node = nbt_node_new(mem, &w->cfg, 1);
    assert(w->node);
}

/* When all is given back and forgotten, nothing is left to do. */
static void end(world *w)
{
    for (unsigned i = 0; i < NAMES; i++) {
        if (w->state[i] == GONE)
            continue;
        w->state[i] = GONE;
        nbt_node_delete(w->node, w->now, w->num[i], &w->out);
        drain(w);
    }
    for (unsigned i = 0; i < 200 && nbt_node_due(w->node) != NBT_NEVER; i++) {
        pass(w, nbt_node_due(w->node) - w->now);
        drain(w);
    }
    assert(nbt_node_due(w->node) == NBT_NEVER);
    for (unsigned i = 0; i < REFS; i++)
        assert(w->ref[i] == 0); /* every search has ended */
    nbt_node_free(w->node);
    nbt_out_fini(&w->out);
    assert(w->blocks == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static world w;
    memset(&w, 0, sizeof w);
    nbt_rd_init(&w.in, bytes, len);
    begin(&w);
    for (int i = 0; i < OPS_MAX && nbt_rd_left(&w.in) > 0; i++)
        happen(&w);
    end(&w);
    return 0;
}
