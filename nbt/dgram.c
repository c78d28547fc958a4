/*
 * Datagrams of one adapter on the wire. It learns nothing from what it hears (CVE-2000-1079, D43).
 */
#include "nbt/dgram.h"

#include "nbt/call.h"
#include "nbt/mem.h"
#include "nbt/nodetype.h"

#include <assert.h>

void nbt_dgram_init(nbt_dgram *d, nbt_mem mem, const nbt_lana_cfg *cfg, uint16_t last_id)
{
    memset(d, 0, sizeof *d);
    d->cfg = cfg;
    d->last_id = last_id;
    nbt_fragments_init(&d->fragments, mem, cfg->profile->dgm_fragment, cfg->profile->dgm_room);
    d->fragments.any_length = !cfg->profile->dgm_length_counts;
}

void nbt_dgram_fini(nbt_dgram *d)
{
    nbt_mem_free(d->fragments.mem, d->sent, NBT_DGRAM_SENT_MAX * sizeof *d->sent);
    nbt_fragments_fini(&d->fragments);
}

uint16_t nbt_dgram_new_id(nbt_dgram *d)
{
    return ++d->last_id;
}

void nbt_dgram_trace(const nbt_dgram *d, const char *to, const char *why,
                     const uint8_t name[NBT_NAME_LEN], nbt_ep peer, nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_TRACE, NULL, 0);
    act->lana = d->cfg->lana;
    act->trace = (nbt_trace){ .what = "datagram", .from = "", .to = to, .why = why, .peer = peer };
    if (name)
        memcpy(act->trace.name, name, NBT_NAME_LEN);
    else
        act->trace.unnamed = true;
}

/* --- sending ------------------------------------------------------------------------------ */

static void full_name(const nbt_dgram *d, const uint8_t b[NBT_NAME_LEN], nbt_name *name)
{
    name->form = NBT_NAME_NETBIOS;
    memcpy(name->b, b, NBT_NAME_LEN);
    name->scope = d->cfg->scope;
}

/* Node type bits, first fragment, our address: what every packet of ours begins with. */
static void fill_header(const nbt_dgram *d, uint8_t type, uint16_t id, nbt_dgm *m)
{
    *m = (nbt_dgm){ .type = type, .id = id };
    m->flags = (uint8_t)(d->cfg->type << NBT_DGM_SNT_SHIFT);
    m->source = (nbt_ep){ d->cfg->ip, NBT_PORT_DGM };
}

bool nbt_dgram_make(nbt_dgram *d, uint8_t type, const uint8_t from[NBT_NAME_LEN],
                    const uint8_t to[NBT_NAME_LEN], nbt_bytes data, nbt_dgm *m)
{
    fill_header(d, type, nbt_dgram_new_id(d), m);
    full_name(d, from, &m->from);
    full_name(d, to, &m->to);
    m->data = data;
    m->flags |= NBT_DGM_FIRST;
    m->length = (uint16_t)nbt_dgm_length(&m->from, &m->to, data.n);
    return nbt_fragment_possible(m, d->cfg->profile->dgm_max);
}

static void put(const nbt_dgram *d, const nbt_dgm *m, nbt_ep to, nbt_out *out)
{
    uint8_t buf[NBT_DGM_HEADER_LEN + 2 * NBT_NAME_WIRE_MAX + NBT_DGM_DATA_MAX];
    nbt_wr w;
    nbt_wr_init(&w, buf, sizeof buf);
    nbt_dgm_wr(&w, m);
    assert(!w.err);
    nbt_act *act = nbt_out_add(out, NBT_ACT_SEND, buf, w.at);
    act->lana = d->cfg->lana;
    act->from = (nbt_ep){ d->cfg->ip, NBT_PORT_DGM };
    act->to = to;
}

static void remember(nbt_dgram *d, const nbt_dgm *m, uint32_t ip)
{
    size_t size = NBT_DGRAM_SENT_MAX * sizeof *d->sent;
    if (!d->sent && !(d->sent = nbt_mem_new(d->fragments.mem, size)))
        return; /* an error about it will not be believed */
    nbt_dgram_sent *sent = &d->sent[d->nsent++ % NBT_DGRAM_SENT_MAX];
    sent->id = m->id;
    sent->ip = ip;
    memcpy(sent->name, m->to.b, NBT_NAME_LEN);
}

void nbt_dgram_send(nbt_dgram *d, const nbt_dgm *m, uint32_t ip, nbt_out *out)
{
    nbt_dgm part;
    size_t sent = 0;
    while (nbt_fragment_next(m, d->cfg->profile->dgm_max, &sent, &part))
        put(d, &part, (nbt_ep){ ip, NBT_PORT_DGM }, out);
    if (m->type == NBT_DGM_UNIQUE)
        remember(d, m, ip);
}

void nbt_dgram_ask(nbt_dgram *d, const uint8_t name[NBT_NAME_LEN], uint16_t id, uint32_t ip,
                   nbt_out *out)
{
    nbt_dgm m;
    fill_header(d, NBT_DGM_QUERY, id, &m);
    full_name(d, name, &m.to);
    put(d, &m, (nbt_ep){ ip, NBT_PORT_DGM }, out);
}

/* RFC 1002 5.3.3: FIRST and MORE are clear, id and type bits as they are; our address. */
static void send_error(nbt_dgram *d, uint16_t id, nbt_ep to, uint8_t code, nbt_out *out)
{
    nbt_dgm m;
    fill_header(d, NBT_DGM_ERROR, id, &m);
    m.code = code;
    put(d, &m, to, out);
}

void nbt_dgram_refuse(nbt_dgram *d, nbt_ep to, const nbt_dgm *m, uint8_t code, nbt_out *out)
{
    bool to_us = to.ip == d->cfg->ip && m->type == NBT_DGM_UNIQUE;
    bool can = m->source.ip != d->cfg->ip && m->source.port != 0 &&
               nbt_target_usable(d->cfg, m->source.ip);
    if (to_us && can && d->cfg->profile->dgm_errors)
        send_error(d, m->id, m->source, code, out);
}

/* --- receiving ---------------------------------------------------------------------------- */

/* Whether a packet can be from somebody else at all. */
static bool can_be_from(const nbt_dgram *d, nbt_ep from, nbt_ep to)
{
    bool unheard = to.ip != d->cfg->ip && !nbt_nodetype_of(d->cfg->type)->hears_broadcasts;
    return !unheard && from.port != 0 && nbt_target_usable(d->cfg, from.ip);
}

/* Our own broadcast, heard again; what a distribution server here passes on is another's, and its
 * answers are meant for us. */
static bool is_own(const nbt_dgram *d, nbt_ep from, const nbt_dgm *m)
{
    return from.ip == d->cfg->ip && from.port == NBT_PORT_DGM && m->source.ip == d->cfg->ip &&
           m->type < NBT_DGM_ERROR;
}

static void take_malformed(nbt_dgram *d, nbt_ep from, nbt_ep to, const nbt_rd *r, const nbt_dgm *m,
                           nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_TRACE, NULL, 0);
    act->lana = d->cfg->lana;
    act->trace = (nbt_trace){ .what = "datagram packet", .from = "", .to = "malformed" };
    act->trace.why = nbt_err_str(r->err);
    act->trace.peer = from;
    act->trace.unnamed = true;
    act->trace.field = r->err_field;
    act->trace.offset = (uint32_t)r->err_at;
    if (nbt_dgm_name_error(r))
        nbt_dgram_refuse(d, to, m, nbt_dgm_name_error(r), out);
}

static nbt_dgram_news take_message(nbt_dgram *d, nbt_time now, nbt_ep from, nbt_dgm *m,
                                   nbt_out *out)
{
    switch (nbt_fragments_take(&d->fragments, now, from.ip, m)) {
    case NBT_FRAGMENT_WHOLE:
        break;
    case NBT_FRAGMENT_KEPT:
    case NBT_FRAGMENT_AGAIN:
        return NBT_DGRAM_NOTHING;
    case NBT_FRAGMENT_STRAY:
        nbt_dgram_trace(d, "dropped", "its first fragment is not known", NULL, from, out);
        return NBT_DGRAM_NOTHING;
    case NBT_FRAGMENT_FALSE:
        nbt_dgram_trace(d, "dropped", "length and fragments do not fit together", NULL, from, out);
        return NBT_DGRAM_NOTHING;
    case NBT_FRAGMENT_FULL:
        nbt_dgram_trace(d, "dropped", "no room for its fragments", NULL, from, out);
        return NBT_DGRAM_NOTHING;
    }
    bool astray = m->type == NBT_DGM_BROADCAST && !nbt_name_is_wildcard(m->to.b);
    if (astray && d->cfg->profile->dgm_type_counts) {
        nbt_dgram_trace(d, "dropped", "a broadcast, but to a name", m->to.b, from, out);
        return NBT_DGRAM_NOTHING;
    }
    return NBT_DGRAM_MESSAGE;
}

/* Only who was sent the datagram can know that its name is not there (D33). */
static nbt_dgram_news take_error(nbt_dgram *d, nbt_ep from, nbt_dgm *m, nbt_out *out)
{
    for (size_t i = 0; d->sent && i < NBT_DGRAM_SENT_MAX; i++) {
        nbt_dgram_sent *sent = &d->sent[i];
        if (sent->ip != from.ip || sent->id != m->id)
            continue;
        full_name(d, sent->name, &m->to);
        sent->ip = 0;
        nbt_dgram_trace(d, "refused", nbt_code_word(NBT_CODESET_DGM_CODE, m->code), m->to.b, from,
                        out);
        return m->code == NBT_DGM_CODE_DESTINATION_NOT_PRESENT ? NBT_DGRAM_ABSENT
                                                               : NBT_DGRAM_NOTHING;
    }
    return NBT_DGRAM_NOTHING;
}

nbt_dgram_news nbt_dgram_rx(nbt_dgram *d, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data,
                            nbt_dgm *m, nbt_out *out)
{
    nbt_rd r;
    if (!can_be_from(d, from, to))
        return NBT_DGRAM_NOTHING;
    nbt_rd_init(&r, data.p, data.n);
    nbt_dgm_rd(&r, m);
    if (!r.err && is_own(d, from, m))
        return NBT_DGRAM_NOTHING;
    if (r.err) {
        take_malformed(d, from, to, &r, m, out);
        return NBT_DGRAM_NOTHING;
    }
    switch ((enum nbt_dgm_type)m->type) {
    case NBT_DGM_UNIQUE:
    case NBT_DGM_GROUP:
    case NBT_DGM_BROADCAST:
        return take_message(d, now, from, m, out);
    case NBT_DGM_ERROR:
        return take_error(d, from, m, out);
    case NBT_DGM_POSITIVE_QUERY:
        return NBT_DGRAM_POSITIVE;
    case NBT_DGM_NEGATIVE_QUERY:
        return NBT_DGRAM_NEGATIVE;
    case NBT_DGM_QUERY: /* a distribution server's */
        break;
    }
    return NBT_DGRAM_NOTHING;
}

void nbt_dgram_tick(nbt_dgram *d, nbt_time now)
{
    nbt_fragments_tick(&d->fragments, now);
}

nbt_time nbt_dgram_due(const nbt_dgram *d)
{
    return nbt_fragments_due(&d->fragments);
}
