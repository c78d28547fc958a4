/*
 * Transactions of nbt/trn, each with its machine, started by hand and without a node around them.
 */
#include "nbt/probe.h"

#include <assert.h>
#include <string.h>

#include "nbt/draft.h"
#include "nbt/mem.h"

/* --- requests --- */

static nbt_addr own_address(const nbt_probe *p, const nbt_trn *trn)
{
    unsigned ont = trn->way == NBT_WAY_SERVER ? NBT_ONT_P : NBT_ONT_B;
    unsigned flags = p->cfg.profile->ont_in_nb_flags ? ont << NBT_NB_ONT_SHIFT : 0;
    return (nbt_addr){ (uint16_t)(flags | (p->cfg.group ? NBT_NB_G : 0)), p->cfg.ip };
}

/* A name is presented again as MS-NBTE 2.2.2 draws the registration, if that is wanted. */
static unsigned refresh_word(const nbt_probe *p)
{
    unsigned opcode = p->cfg.opcode ? p->cfg.opcode : p->cfg.profile->refresh_opcode;
    return opcode == NBT_OPCODE_MULTIHOMED ? NBT_WORD_MULTIHOMED
                                           : NBT_WORD_REFRESH | opcode << NBT_NS_OPCODE_SHIFT;
}

/* The word of a request by broadcast, or at a server. */
static unsigned word_of(const nbt_probe *p, const nbt_trn *trn)
{
    unsigned b = trn->way == NBT_WAY_BROADCAST ? NBT_NS_B : 0;
    switch (trn->kind) {
    case NBT_TRN_CLAIM:
        return !b && p->cfg.opcode == NBT_OPCODE_MULTIHOMED ? NBT_WORD_MULTIHOMED
                                                            : NBT_WORD_REGISTRATION | b;
    case NBT_TRN_REFRESH:
        return refresh_word(p);
    case NBT_TRN_RELEASE:
        return NBT_WORD_RELEASE | b;
    case NBT_TRN_QUERY:
        return NBT_WORD_QUERY | b;
    case NBT_TRN_STATUS:
        break;
    }
    return NBT_WORD_STATUS_REQUEST;
}

static void send(const nbt_probe *p, const nbt_probe_way *way, unsigned word, nbt_out *out)
{
    const nbt_trn *trn = way->trn;
    const nbt_profile *profile = p->cfg.profile;
    uint32_t ttl = trn->way == NBT_WAY_SERVER ? profile->ucast_ttl : profile->bcast_ttl;
    nbt_draft d;
    uint8_t buf[NBT_NS_UDP_MAX];
    nbt_wr w;
    if (trn->kind == NBT_TRN_QUERY || trn->kind == NBT_TRN_STATUS)
        nbt_draft_question(&d, trn->id, word, &trn->name,
                           trn->kind == NBT_TRN_QUERY ? NBT_RR_NB : NBT_RR_NBSTAT);
    else
        nbt_draft_record(&d, trn->id, word, &trn->name, trn->kind == NBT_TRN_RELEASE ? 0 : ttl,
                         own_address(p, trn));
    nbt_wr_init(&w, buf, sizeof buf);
    nbt_ns_wr(&w, &d.ns);
    assert(!w.err);
    nbt_act *act = nbt_out_add(out, NBT_ACT_SEND, buf, w.at);
    act->from = (nbt_ep){ p->cfg.ip, p->cfg.port };
    act->to = (nbt_ep){ way->to, NBT_PORT_NS };
}

/* --- an answer that was cut --- */

static nbt_act *tcp(const nbt_probe *p, const nbt_probe_way *way, nbt_act_kind kind, const void *b,
                    size_t n, nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, kind, b, n);
    act->conn = (uint32_t)(way - p->ways) * 2;
    return act;
}

static void fetch(const nbt_probe *p, nbt_probe_way *way, nbt_out *out)
{
    way->trn->fetch = nbt_mem_new(p->cfg.mem, sizeof *way->trn->fetch);
    if (!way->trn->fetch)
        return; /* the list that was cut must do, when the wait is over */
    nbt_act *act = tcp(p, way, NBT_ACT_TCP_OPEN, NULL, 0, out);
    act->from.ip = p->cfg.ip;
    act->to = (nbt_ep){ way->to, NBT_PORT_NS };
    way->fetching = true;
}

/* --- what comes of it --- */

/* Of a transaction that is over without more being said. */
static nbt_probe_result result_of(const nbt_trn *trn)
{
    bool server = trn->way == NBT_WAY_SERVER;
    switch (trn->kind) {
    case NBT_TRN_QUERY:
        return server || trn->m.query.nfound > 0 ? NBT_PROBE_YES : NBT_PROBE_SILENCE;
    case NBT_TRN_STATUS:
        return trn->m.status.state == NBT_STATUS_ANSWERED ? NBT_PROBE_YES : NBT_PROBE_SILENCE;
    case NBT_TRN_CLAIM:
    case NBT_TRN_REFRESH:
    case NBT_TRN_RELEASE:
        break;
    }
    return server ? NBT_PROBE_YES : NBT_PROBE_SILENCE;
}

static void carry_out(nbt_probe *p, nbt_probe_way *way, nbt_effect effect, nbt_out *out)
{
    switch (effect) {
    case NBT_FX_SEND:
        way->sent++;
        send(p, way, word_of(p, way->trn), out);
        return;
    case NBT_FX_DEMAND:
        send(p, way, NBT_WORD_OVERWRITE | NBT_NS_B, out);
        return;
    case NBT_FX_CONFLICT: /* it is no owner's and no asker's to say so: only noted */
        way->trn->disputed = true;
        return;
    case NBT_FX_WON:
    case NBT_FX_ENDED:
        way->result = result_of(way->trn);
        return;
    case NBT_FX_LOST:
    case NBT_FX_DENIED:
        way->result = NBT_PROBE_NO;
        return;
    case NBT_FX_SILENT:
        way->result = NBT_PROBE_SILENCE;
        return;
    case NBT_FX_ANSWERED:
    case NBT_FX_CHALLENGE: /* the machines are not told of what would lead to these */
    case NBT_FX_OVERWRITE:
        return;
    case NBT_FX_MORE:
        fetch(p, way, out);
        return;
    }
}

static void step(nbt_probe *p, nbt_probe_way *way, nbt_time now, const nbt_stimulus *s,
                 nbt_out *out)
{
    nbt_effects fx = { .n = 0 };
    if (way->result != NBT_PROBE_PENDING)
        return;
    nbt_trn_step(way->trn, now, s, &fx);
    for (size_t i = 0; i < fx.n; i++)
        carry_out(p, way, fx.e[i], out);
    if (way->fetching && way->trn->m.lookup.state != NBT_LOOKUP_FETCHING) {
        (void)tcp(p, way, NBT_ACT_TCP_ABORT, NULL, 0, out);
        way->fetching = false;
    }
}

/* --- beginning and end --- */

static void init_broadcast(const nbt_probe_cfg *cfg, nbt_trn *trn)
{
    if (cfg->kind == NBT_TRN_CLAIM)
        nbt_claim_init(&trn->m.claim, cfg->bcast, cfg->profile->overwrite_demand,
                       cfg->profile->demand_settles);
    else if (cfg->kind == NBT_TRN_QUERY)
        nbt_query_init(&trn->m.query, cfg->bcast, cfg->profile->conflict_timer, true);
    else
        nbt_release_init(&trn->m.release, cfg->bcast);
}

static void init_server(const nbt_probe_cfg *cfg, nbt_trn *trn)
{
    nbt_ask_cfg ask = { .pace = cfg->ucast, .wack_max = cfg->profile->wack_max, .servers = 1 };
    switch (cfg->kind) {
    case NBT_TRN_CLAIM:
    case NBT_TRN_REFRESH:
        nbt_enrol_init(&trn->m.enrol, &ask);
        return;
    case NBT_TRN_QUERY:
        nbt_lookup_init(&trn->m.lookup, &ask, 0);
        return;
    case NBT_TRN_RELEASE:
        nbt_ask_init(&trn->m.ask, &ask);
        return;
    case NBT_TRN_STATUS:
        nbt_status_init(&trn->m.status, cfg->ucast);
        return;
    }
}

static bool begin(nbt_probe *p, nbt_way by, uint32_t to, nbt_time now, nbt_out *out)
{
    nbt_trn *trn = nbt_trns_begin(&p->trns, p->cfg.kind, &p->cfg.name);
    if (!trn)
        return false;
    nbt_probe_way *way = &p->ways[p->n++];
    *way = (nbt_probe_way){ .trn = trn, .to = to, .began = now, .listens = NBT_NEVER };
    trn->way = by;
    trn->ip = to;
    if (by == NBT_WAY_BROADCAST)
        init_broadcast(&p->cfg, trn);
    else
        init_server(&p->cfg, trn);
    step(p, way, now, &(nbt_stimulus){ .kind = NBT_ON_START }, out);
    return true;
}

bool nbt_probe_init(nbt_probe *p, const nbt_probe_cfg *cfg, nbt_time now, nbt_out *out)
{
    assert(cfg->broadcast || cfg->server);
    assert(!cfg->broadcast || (cfg->kind != NBT_TRN_REFRESH && cfg->kind != NBT_TRN_STATUS));
    memset(p, 0, sizeof *p);
    p->cfg = *cfg;
    nbt_trns_init(&p->trns, cfg->mem, cfg->seed);
    return (!cfg->broadcast || begin(p, NBT_WAY_BROADCAST, cfg->subnet, now, out)) &&
           (!cfg->server || begin(p, NBT_WAY_SERVER, cfg->server, now, out));
}

void nbt_probe_fini(nbt_probe *p)
{
    nbt_trns_fini(&p->trns);
    p->n = 0;
}

/* --- what arrives --- */

/* The way whose id a response has, be it readable or not. */
static nbt_probe_way *way_by_id(nbt_probe *p, nbt_bytes data)
{
    nbt_rd r;
    nbt_rd_init(&r, data.p, data.n);
    uint16_t id = nbt_rd_u16(&r, "NAME_TRN_ID"), word = nbt_rd_u16(&r, "FLAGS");
    for (size_t i = 0; i < p->n; i++)
        if (!r.err && (word & NBT_NS_R) && p->ways[i].trn->id == id)
            return &p->ways[i];
    return NULL;
}

static size_t addresses(const nbt_ns *m, nbt_addr addrs[NBT_FOUND_MAX])
{
    size_t n = 0;
    for (; n < NBT_FOUND_MAX && n < nbt_addr_count(&m->rr[0]); n++)
        addrs[n] = nbt_addr_get(&m->rr[0], n);
    return n;
}

/* Whoever else refuses a claim by broadcast is to be seen as well. */
static void refused(nbt_probe *p, nbt_probe_way *way, nbt_time now, uint32_t by)
{
    if (way->result == NBT_PROBE_PENDING)
        way->listens = now + p->cfg.profile->conflict_timer;
    for (size_t i = 0; i < way->nrefusers; i++)
        if (way->refusers[i] == by)
            return;
    if (way->nrefusers < NBT_FOUND_MAX)
        way->refusers[way->nrefusers++] = by;
}

static void answered(nbt_probe *p, nbt_probe_way *way, nbt_time now, nbt_stimulus *s,
                     const nbt_ns *m, nbt_out *out)
{
    nbt_addr addrs[NBT_FOUND_MAX];
    bool elsewhere = s->kind == NBT_ON_CHALLENGE || s->kind == NBT_ON_REDIRECT;
    if (elsewhere && way->trn->way == NBT_WAY_SERVER) {
        if (way->result == NBT_PROBE_PENDING)
            way->result = NBT_PROBE_ELSEWHERE;
        return;
    }
    if (s->kind == NBT_ON_POSITIVE && p->cfg.kind == NBT_TRN_QUERY) {
        s->addrs = addrs;
        s->naddrs = addresses(m, addrs);
        s->truncated = (m->word & NBT_NS_TC) != 0;
    }
    if (s->kind == NBT_ON_NEGATIVE && p->cfg.kind == NBT_TRN_CLAIM &&
        way->trn->way == NBT_WAY_BROADCAST)
        refused(p, way, now, s->from.ip);
    if (s->kind == NBT_ON_WACK)
        s->wait = NBT_S(m->rr[0].ttl);
    step(p, way, now, s, out);
}

nbt_probe_take nbt_probe_rx(nbt_probe *p, nbt_time now, nbt_ep from, nbt_bytes data,
                            nbt_probe_got *got, nbt_out *out)
{
    nbt_stimulus s = { .from = from };
    nbt_probe_way *way = way_by_id(p, data);
    got->way = way;
    got->by_tcp = false;
    if (!way)
        return NBT_PROBE_STRAY;
    got->after = now - way->began;
    if (!nbt_msg_rd(&got->msg, NBT_SERVICE_NAME, data.p, data.n))
        return NBT_PROBE_ODD;
    if (nbt_trns_answered(&p->trns, from, &got->msg.u.ns, &s.kind) != way->trn)
        return NBT_PROBE_ODD;
    answered(p, way, now, &s, &got->msg.u.ns, out);
    return NBT_PROBE_ANSWER;
}

/* It cannot be had: the list that was cut must do. */
static void not_fetched(nbt_probe *p, nbt_probe_way *way, nbt_time now, nbt_out *out)
{
    step(p, way, now, &(nbt_stimulus){ .kind = NBT_ON_NEGATIVE }, out);
}

static nbt_probe_take fetched(nbt_probe *p, nbt_probe_way *way, nbt_time now, const nbt_tcp_ev *ev,
                              nbt_probe_got *got, nbt_out *out)
{
    nbt_addr addrs[NBT_FOUND_MAX];
    nbt_ep server = { way->to, NBT_PORT_NS };
    nbt_stimulus s = { .from = server, .addrs = addrs };
    nbt_bytes packet;
    if (!nbt_fetch_feed(way->trn->fetch, ev->data, &packet))
        return NBT_PROBE_STRAY;
    *got = (nbt_probe_got){ .way = way, .after = now - way->began, .by_tcp = true };
    if (!nbt_msg_rd(&got->msg, NBT_SERVICE_NAME, packet.p, packet.n) ||
        nbt_trns_answered(&p->trns, server, &got->msg.u.ns, &s.kind) != way->trn ||
        s.kind != NBT_ON_POSITIVE) {
        not_fetched(p, way, now, out);
        return NBT_PROBE_ODD;
    }
    s.naddrs = addresses(&got->msg.u.ns, addrs);
    step(p, way, now, &s, out);
    return NBT_PROBE_ANSWER;
}

nbt_probe_take nbt_probe_tcp(nbt_probe *p, nbt_time now, const nbt_tcp_ev *ev, nbt_probe_got *got,
                             nbt_out *out)
{
    nbt_probe_way *way = &p->ways[ev->conn / 2];
    uint8_t buf[NBT_FETCH_ASK_MAX];
    if (ev->conn / 2 >= p->n || !way->fetching) /* the end of one that is not waited for any more */
        return NBT_PROBE_STRAY;
    switch (ev->kind) {
    case NBT_TCP_OPENED:
        (void)tcp(p, way, NBT_ACT_TCP_SEND, buf, nbt_fetch_ask(way->trn->id, &way->trn->name, buf),
                  out);
        return NBT_PROBE_STRAY;
    case NBT_TCP_DATA:
        return fetched(p, way, now, ev, got, out);
    case NBT_TCP_REFUSED:
    case NBT_TCP_UNREACHABLE:
    case NBT_TCP_RESET:
        way->fetching = false; /* nothing is left to be reset */
        not_fetched(p, way, now, out);
        return NBT_PROBE_STRAY;
    case NBT_TCP_EOF:
        not_fetched(p, way, now, out);
        return NBT_PROBE_STRAY;
    case NBT_TCP_SENT:
    case NBT_TCP_ACCEPTED:
        break;
    }
    return NBT_PROBE_STRAY;
}

/* --- time --- */

void nbt_probe_tick(nbt_probe *p, nbt_time now, nbt_out *out)
{
    for (size_t i = 0; i < p->n; i++) {
        step(p, &p->ways[i], now, &(nbt_stimulus){ .kind = NBT_ON_TIME }, out);
        if (now >= p->ways[i].listens)
            p->ways[i].listens = NBT_NEVER;
    }
}

static nbt_time way_due(const nbt_probe_way *way)
{
    return way->result == NBT_PROBE_PENDING ? nbt_trn_due(way->trn) : way->listens;
}

nbt_time nbt_probe_due(const nbt_probe *p)
{
    nbt_time due = NBT_NEVER;
    for (size_t i = 0; i < p->n; i++)
        due = nbt_time_min(due, way_due(&p->ways[i]));
    return due;
}

bool nbt_probe_over(const nbt_probe *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->ways[i].result == NBT_PROBE_PENDING || p->ways[i].listens != NBT_NEVER)
            return false;
    return true;
}

bool nbt_probe_disputed(const nbt_probe *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->ways[i].trn->disputed)
            return true;
    return false;
}
