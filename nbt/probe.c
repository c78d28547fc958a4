/*
 * Transactions of nbt/trn, each with its machine, started by hand and without a node around them.
 */
#include "nbt/probe.h"

#include <assert.h>
#include <string.h>

#include "nbt/draft.h"

/* --- requests --- */

static nbt_addr own_address(const nbt_probe *p, const nbt_trn *trn)
{
    unsigned ont = trn->way == NBT_WAY_SERVER ? NBT_ONT_P : NBT_ONT_B;
    unsigned flags = p->cfg.profile->ont_in_nb_flags ? ont << NBT_NB_ONT_SHIFT : 0;
    return (nbt_addr){ (uint16_t)(flags | (p->cfg.group ? NBT_NB_G : 0)), p->cfg.ip };
}

/* The word of a request by broadcast, or at a server. */
static unsigned word_of(const nbt_probe *p, const nbt_trn *trn)
{
    unsigned b = trn->way == NBT_WAY_BROADCAST ? NBT_NS_B : 0;
    switch (trn->kind) {
    case NBT_TRN_CLAIM:
        return NBT_WORD_REGISTRATION | b;
    case NBT_TRN_REFRESH:
        return NBT_WORD_REFRESH | (unsigned)p->cfg.profile->refresh_opcode << NBT_NS_OPCODE_SHIFT;
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
    case NBT_FX_MORE:
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
}

/* --- beginning and end --- */

static void init_broadcast(const nbt_probe_cfg *cfg, nbt_trn *trn)
{
    if (cfg->kind == NBT_TRN_CLAIM)
        nbt_claim_init(&trn->m.claim, cfg->bcast, cfg->profile->overwrite_demand);
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
    *way = (nbt_probe_way){ .trn = trn, .to = to, .began = now };
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
    }
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

void nbt_probe_tick(nbt_probe *p, nbt_time now, nbt_out *out)
{
    for (size_t i = 0; i < p->n; i++)
        step(p, &p->ways[i], now, &(nbt_stimulus){ .kind = NBT_ON_TIME }, out);
}

nbt_time nbt_probe_due(const nbt_probe *p)
{
    nbt_time due = NBT_NEVER;
    for (size_t i = 0; i < p->n; i++)
        if (p->ways[i].result == NBT_PROBE_PENDING)
            due = nbt_time_min(due, nbt_trn_due(p->ways[i].trn));
    return due;
}

bool nbt_probe_over(const nbt_probe *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->ways[i].result == NBT_PROBE_PENDING)
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
