/*
 * A message is changed as it was read, and written again; its record data is changed in a copy.
 */
#include "capture/replay_map.h"

#include <assert.h>
#include <string.h>

bool cap_map_address(cap_map *m, uint32_t from, uint32_t to)
{
    if (m->naddresses == CAP_MAP_ADDRESSES_MAX)
        return false;
    m->address[m->naddresses].from = from;
    m->address[m->naddresses++].to = to;
    return true;
}

bool cap_map_port(cap_map *m, uint16_t from, uint16_t to)
{
    if (m->nports == CAP_MAP_PORTS_MAX)
        return false;
    m->port[m->nports].from = from;
    m->port[m->nports++].to = to;
    return true;
}

/* FRED, or FRED<20>; only the latter is `whole`. */
static bool parse_name(const char *text, size_t len, uint8_t b[NBT_NAME_LEN], bool *whole)
{
    nbt_name name;
    *whole = nbt_name_parse(&name, text, len);
    if (*whole ? name.form != NBT_NAME_NETBIOS || name.scope.len > 0
               : !nbt_name_make(&name, text, len, 0))
        return false;
    memcpy(b, name.b, NBT_NAME_LEN);
    return true;
}

bool cap_map_name(cap_map *m, const char *pair)
{
    const char *eq = strchr(pair, '=');
    bool from, to;
    if (!eq || m->nnames == CAP_MAP_NAMES_MAX)
        return false;
    if (!parse_name(pair, (size_t)(eq - pair), m->name[m->nnames].from, &from) ||
        !parse_name(eq + 1, strlen(eq + 1), m->name[m->nnames].to, &to) || from != to)
        return false;
    m->name[m->nnames++].whole = from;
    return true;
}

uint32_t cap_map_ip(const cap_map *m, uint32_t ip)
{
    for (size_t i = 0; i < m->naddresses; i++)
        if (m->address[i].from == ip)
            return m->address[i].to;
    return ip;
}

uint32_t cap_map_ip_back(const cap_map *m, uint32_t ip)
{
    for (size_t i = 0; i < m->naddresses; i++)
        if (m->address[i].to == ip)
            return m->address[i].from;
    return ip;
}

uint16_t cap_map_peer_port(const cap_map *m, uint16_t port)
{
    for (size_t i = 0; i < m->nports; i++)
        if (m->port[i].from == port)
            return m->port[i].to;
    return port;
}

uint16_t cap_map_peer_port_back(const cap_map *m, uint16_t port)
{
    for (size_t i = 0; i < m->nports; i++)
        if (m->port[i].to == port)
            return m->port[i].from;
    return port;
}

static void map_16(const cap_map *m, uint8_t b[NBT_NAME_LEN])
{
    for (size_t i = 0; i < m->nnames; i++) {
        size_t n = m->name[i].whole ? NBT_NAME_LEN : NBT_NAME_LEN - 1;
        if (memcmp(m->name[i].from, b, n) == 0) {
            memcpy(b, m->name[i].to, n);
            return;
        }
    }
}

static void map_name(const cap_map *m, nbt_name *name)
{
    if (name->form != NBT_NAME_NETBIOS)
        return;
    map_16(m, name->b);
    if (m->scoped && nbt_scope_eq(&name->scope, &m->scope_from))
        name->scope = m->scope_to;
}

static void put_ip(const cap_map *m, uint8_t *at)
{
    uint32_t ip = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    ip = cap_map_ip(m, ip);
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(ip >> (24 - 8 * i));
}

/* `data` is a copy of the record's. */
static void map_rdata(const cap_map *m, const nbt_rr *rr, uint8_t *data)
{
    if (rr->type == NBT_RR_NB)
        for (size_t i = 0; i < nbt_addr_count(rr); i++)
            put_ip(m, data + i * NBT_ADDR_LEN + 2);
    if (rr->type == NBT_RR_A && rr->rdata.n == 4)
        put_ip(m, data);
    if (rr->type == NBT_RR_NBSTAT && rr->rdata.n > 0)
        for (size_t i = 0; i < nbt_status_count(rr); i++)
            map_16(m, data + 1 + i * NBT_NODE_NAME_LEN);
}

static void map_ns(const cap_map *m, nbt_ns *ns, uint8_t *scratch)
{
    if (ns->qdcount == 1)
        map_name(m, &ns->q.name);
    for (size_t i = 0; i < ns->nrr; i++) {
        nbt_rr *rr = &ns->rr[i];
        map_name(m, &rr->name);
        if (rr->rdata.n == 0)
            continue;
        memcpy(scratch, rr->rdata.p, rr->rdata.n);
        map_rdata(m, rr, scratch);
        rr->rdata.p = scratch;
        scratch += rr->rdata.n;
    }
}

/* DGM_LENGTH counts the names, whose scope may have become longer or shorter. */
static void map_dgm(const cap_map *m, nbt_dgm *d)
{
    bool query = d->type == NBT_DGM_QUERY || d->type == NBT_DGM_POSITIVE_QUERY ||
                 d->type == NBT_DGM_NEGATIVE_QUERY;
    bool names = !query && d->type != NBT_DGM_ERROR && (d->flags & NBT_DGM_FIRST);
    unsigned length = d->length;
    d->source.ip = cap_map_ip(m, d->source.ip);
    if (names) {
        length -= d->from.scope.len;
        map_name(m, &d->from);
        length += d->from.scope.len;
    }
    if (names || query) {
        length -= d->to.scope.len;
        map_name(m, &d->to);
        length += d->to.scope.len;
    }
    if (names)
        d->length = (uint16_t)length;
}

static void map_ssn(const cap_map *m, nbt_ssn *s)
{
    if (s->type == NBT_SSN_REQUEST) {
        map_name(m, &s->called);
        map_name(m, &s->calling);
    }
    if (s->type == NBT_SSN_RETARGET)
        s->retarget.ip = cap_map_ip(m, s->retarget.ip);
}

size_t cap_map_write(const cap_map *m, const nbt_msg *msg, nbt_bytes bytes, uint8_t *to)
{
    bool changes = m->naddresses > 0 || m->nnames > 0 || m->scoped;
    if (!changes || !msg || msg->err || !msg->exact) {
        if (bytes.n > 0)
            memcpy(to, bytes.p, bytes.n);
        return bytes.n;
    }
    nbt_msg changed = *msg;
    uint8_t scratch[65536];
    switch (msg->service) {
    case NBT_SERVICE_NAME:
        map_ns(m, &changed.u.ns, scratch);
        break;
    case NBT_SERVICE_DATAGRAM:
        map_dgm(m, &changed.u.dgm);
        break;
    case NBT_SERVICE_SESSION:
        map_ssn(m, &changed.u.ssn);
        break;
    }
    nbt_wr w;
    nbt_wr_init(&w, to, bytes.n + CAP_MAP_EXTRA);
    nbt_msg_wr(&w, &changed);
    if (!w.err)
        return w.at;
    if (bytes.n > 0)
        memcpy(to, bytes.p, bytes.n);
    return bytes.n;
}

int cap_id_at(nbt_service service, size_t n)
{
    switch (service) {
    case NBT_SERVICE_NAME:
        return n >= 2 ? 0 : -1;
    case NBT_SERVICE_DATAGRAM:
        return n >= 4 ? 2 : -1;
    case NBT_SERVICE_SESSION:
        break;
    }
    return -1;
}
