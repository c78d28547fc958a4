/*
 * What was known of a host becomes configuration, names and records; then objects.
 */
#include "tools/replay/emulate_host.h"

#include <string.h>

enum { WALL = 1000000000 };

/* --- on the network --------------------------------------------------------------------------- */

/* What only a name server answers; all else is for the node. */
static bool is_for_server(nbt_bytes data)
{
    nbt_msg m;
    if (!nbt_msg_rd(&m, NBT_SERVICE_NAME, data.p, data.n))
        return false;
    const nbt_ns *ns = &m.u.ns;
    return !(ns->qdcount == 1 && ns->q.type == NBT_RR_NBSTAT);
}

static void host_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                    nbt_out *out)
{
    replay_host *h = obj;
    bool all = to.ip == h->lana[lana].broadcast || to.ip == UINT32_MAX;
    if (to.port != NBT_PORT_NS && to.port != NBT_PORT_DGM)
        return;
    if (h->server && to.port == NBT_PORT_NS && !all && is_for_server(data))
        nbt_nbns_rx(h->server, now, lana, from, to, data, out);
    else
        nbt_computer_rx(h->computer, now, lana, from, to, data, out);
}

/* Who takes a connection is known by its port; after that, each knows its own. */
static void host_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    replay_host *h = obj;
    bool accepted = ev->kind == NBT_TCP_ACCEPTED, ns = ev->local.port == NBT_PORT_NS;
    if (h->server && (!accepted || ns))
        nbt_nbns_tcp(h->server, now, ev, out);
    if (!accepted || !ns)
        nbt_computer_tcp(h->computer, now, ev, out);
}

static void host_submit(void *obj, nbt_time now, uint32_t proc, uint32_t tag, const nbt_ncb *ncb,
                        nbt_bytes data, nbt_out *out)
{
    replay_host *h = obj;
    nbt_computer_do(h->computer, now, proc, tag, ncb, data, out);
}

static void host_gone(void *obj, nbt_time now, uint32_t proc, nbt_out *out)
{
    replay_host *h = obj;
    nbt_computer_gone(h->computer, now, proc, out);
}

static void host_tick(void *obj, nbt_time now, nbt_out *out)
{
    replay_host *h = obj;
    nbt_computer_tick(h->computer, now, out);
    if (h->server)
        nbt_nbns_tick(h->server, now, out);
}

static nbt_time host_due(const void *obj)
{
    const replay_host *h = obj;
    nbt_time due = nbt_computer_due(h->computer);
    return h->server ? nbt_time_min(due, nbt_nbns_due(h->server)) : due;
}

static const nbt_simnet_ops host_ops = { .rx = host_rx,
                                         .tcp = host_tcp,
                                         .submit = host_submit,
                                         .gone = host_gone,
                                         .tick = host_tick,
                                         .due = host_due };

/* --- what it is ------------------------------------------------------------------------------- */

static const replay_person *person_of(const replay_making *m, uint32_t ip)
{
    return replay_people_find(m->cfg->study->people, ip);
}

static bool serves(const replay_making *m, uint32_t ip)
{
    const replay_person *p = person_of(m, ip);
    return p && p->serves;
}

/* The shortest mask that the broadcast address fits; of a network that nobody broadcast on, /24. */
static uint32_t mask_of(uint32_t broadcast)
{
    uint32_t host = 0;
    while ((broadcast & (host << 1 | 1)) == (host << 1 | 1) && host < 0xFFFFFF)
        host = host << 1 | 1;
    return ~(host ? host : 0xFF);
}

nbt_lana_cfg replay_lana(const replay_making *m, uint32_t ip, uint32_t here, uint8_t number)
{
    const replay_person *p = person_of(m, ip);
    const cap_cast_host *c = cap_cast_find(m->cfg->study->cast, ip);
    const cap_map *map = m->cfg->player->map;
    nbt_lana_cfg lana = { .lana = number,
                          .ip = here,
                          .broadcast = here | 0xFF,
                          .mask = 0xFFFFFF00,
                          .mac = { 2, 0, (uint8_t)(here >> 24), (uint8_t)(here >> 16),
                                   (uint8_t)(here >> 8), (uint8_t)here },
                          .type = NBT_ONT_B,
                          .profile = m->profile,
                          .hosts = m->called,
                          .nhosts = m->ncalled };
    if (p && p->has_broadcast) {
        lana.broadcast = cap_map_ip(map, p->broadcast);
        lana.mask = mask_of(lana.broadcast);
    }
    if (c && c->has_mac)
        memcpy(lana.mac, c->mac, sizeof lana.mac);
    if (p && p->has_type)
        lana.type = p->type;
    for (size_t i = 0; p && i < p->nservers && lana.nservers < NBT_SERVERS_MAX; i++)
        lana.servers[lana.nservers++] = cap_map_ip(map, p->server[i]);
    if (lana.nservers == 0 && p && p->serves && lana.type != NBT_ONT_B)
        lana.servers[lana.nservers++] = here; /* it asks itself */
    if (lana.nservers > 0 && lana.type == NBT_ONT_B)
        lana.type = NBT_ONT_H;
    if (lana.nservers == 0)
        lana.type = NBT_ONT_B;
    return lana;
}

/* --- its names -------------------------------------------------------------------------------- */

/* Which of its adapters has an address of the capture; nlanas: none. */
static size_t lana_at(const replay_host *h, const cap_map *map, uint32_t ip)
{
    size_t i = 0;
    while (i < h->nlanas && h->lana[i].ip != cap_map_ip(map, ip))
        i++;
    return i;
}

/* What it sent as the name says nothing about when it had it: programs send before a claim is over.
 */
static bool is_weak(cap_evidence e)
{
    return e == CAP_SAID || e == CAP_CALLED_AS || e == CAP_SENT_AS;
}

/* It has been seen claiming it, as unique or a group's: so it will again when its time comes. */
static bool claimed_there(const cap_ledger *l, const cap_named *named, cap_host_id host)
{
    uint32_t lists[2] = { named->unique, named->group };
    for (size_t i = 0; i < 2; i++)
        for (uint32_t at = lists[i]; at; at = cap_ledger_holding(l, at)->next) {
            const cap_holding *h = cap_ledger_holding(l, at);
            bool claimed = h->began == CAP_CLAIMED || h->began == CAP_GRANTED ||
                           (is_weak(h->began) && h->evidence >= CAP_CLAIMED);
            if (h->host == host && claimed)
                return true;
        }
    return false;
}

static void have(replay_host *h, const replay_making *m, uint32_t place)
{
    const cap_ledger *l = m->cfg->study->ledger;
    const cap_map *map = m->cfg->player->map;
    const cap_named *named = cap_ledger_named(l, place);
    uint32_t lists[2] = { named->unique, named->group };
    for (size_t i = 0; i < 2; i++) {
        for (uint32_t at = lists[i]; at; at = cap_ledger_holding(l, at)->next) {
            const cap_holding *holding = cap_ledger_holding(l, at);
            const cap_host *host = cap_hosts_get(cap_ledger_hosts(l), holding->host);
            size_t lana = host ? lana_at(h, map, host->ip) : h->nlanas;
            if (lana == h->nlanas || claimed_there(l, named, holding->host))
                continue;
            replay_hand_add(h->hand, 0, (uint8_t)lana, named->b, holding->group);
            h->names++;
        }
    }
}

/* Whether the capture says anything else about it as a name of this host's. */
static bool is_told_of(const replay_host *h, const replay_making *m,
                       const uint8_t name[NBT_NAME_LEN])
{
    const cap_ledger *l = m->cfg->study->ledger;
    for (uint32_t i = 1; i <= cap_ledger_names(l); i++) {
        const cap_named *named = cap_ledger_named(l, i);
        uint32_t lists[2] = { named->unique, named->group };
        for (size_t k = 0; k < 2 && memcmp(named->b, name, NBT_NAME_LEN) == 0; k++)
            for (uint32_t at = lists[k]; at; at = cap_ledger_holding(l, at)->next) {
                const cap_host *host =
                    cap_hosts_get(cap_ledger_hosts(l), cap_ledger_holding(l, at)->host);
                if (host && lana_at(h, m->cfg->player->map, host->ip) < h->nlanas)
                    return true;
            }
    }
    return false;
}

static void have_names(replay_host *h, const replay_making *m)
{
    const cap_map *map = m->cfg->player->map;
    const replay_called *called;
    size_t n = replay_people_called(m->cfg->study->people, &called);
    for (size_t i = 0; i < n; i++) {
        size_t lana = lana_at(h, map, called[i].ip);
        if (lana == h->nlanas || !called[i].there)
            continue;
        if (called[i].took)
            replay_hand_listen(h->hand, (uint8_t)lana, called[i].name);
        /* It has the name, though nothing else was heard of that. */
        bool star = called[i].name[0] == '*';
        if (!star && is_told_of(h, m, called[i].name))
            continue;
        replay_hand_add(h->hand, 0, (uint8_t)lana, called[i].name, false);
        h->names += !star;
    }
    for (uint32_t i = 1; i <= cap_ledger_names(m->cfg->study->ledger); i++)
        have(h, m, i);
}

/* --- its records ------------------------------------------------------------------------------ */

/* What it said of others without having been told in the capture. */
static void put_record(replay_host *h, const replay_making *m, uint32_t place, const cap_host *host,
                       const cap_holding *holding)
{
    const replay_person *p = person_of(m, host->ip);
    nbt_nbns_cmd cmd = { .verb = NBT_NBNS_PUT,
                         .kind = holding->group ? NBT_NBKIND_GROUP : NBT_NBKIND_UNIQUE,
                         .ip = cap_map_ip(m->cfg->player->map, host->ip),
                         .nb_flags = holding->group ? NBT_NB_G : 0,
                         .expires = WALL + 6 * 86400 };
    cap_ledger_name(m->cfg->study->ledger, place, &cmd.name);
    if (p && p->has_type)
        cmd.nb_flags |= (uint16_t)(p->type << NBT_NB_ONT_SHIFT);
    if (cmd.name.form == NBT_NAME_NETBIOS && cmd.name.b[15] == 0x1C && holding->group)
        cmd.kind = NBT_NBKIND_INTERNET;
    nbt_out *out = nbt_simnet_begin(m->net);
    (void)nbt_nbns_do(h->server, 0, &cmd, out);
    nbt_simnet_end(m->net, h->obj);
}

static void put_records(replay_host *h, const replay_making *m)
{
    const cap_ledger *l = m->cfg->study->ledger;
    for (uint32_t i = 1; i <= cap_ledger_names(l); i++) {
        const cap_named *named = cap_ledger_named(l, i);
        uint32_t lists[2] = { named->unique, named->group };
        for (size_t k = 0; k < 2; k++) {
            for (uint32_t at = lists[k]; at; at = cap_ledger_holding(l, at)->next) {
                const cap_holding *holding = cap_ledger_holding(l, at);
                const cap_host *host = cap_hosts_get(cap_ledger_hosts(l), holding->host);
                if (host && holding->began == CAP_SAID)
                    put_record(h, m, i, host, holding);
            }
        }
    }
}

/* --- made ------------------------------------------------------------------------------------- */

static bool make_server(replay_host *h, const replay_making *m, uint64_t seed)
{
    enum { NAMES = 1000000, PENDING = 4096, CONNS = 256 };
    nbt_nbns_lana lanas[REPLAY_ADDRESSES_MAX];
    for (size_t i = 0; i < h->nlanas; i++)
        lanas[i] = (nbt_nbns_lana){ h->lana[i].lana, h->lana[i].ip, h->lana[i].mask,
                                    h->lana[i].broadcast };
    nbt_subnet everywhere = { 0, 0 };
    nbt_nbns_cfg cfg = { .mem = m->mem,
                         .seed = seed,
                         .profile = m->server,
                         .lanas = lanas,
                         .nlanas = h->nlanas,
                         .served = &everywhere,
                         .nserved = 1,
                         .wall = NBT_S(WALL),
                         .max_names = NAMES,
                         .max_pending = PENDING,
                         .max_conns = CONNS };
    h->server = nbt_nbns_new(&cfg, 0);
    return h->server;
}

static bool make_hand(replay_host *h, const replay_making *m, uint64_t seed)
{
    replay_hand_cfg hand = {
        .mem = m->mem,
        .seed = ~seed,
        .profile = m->profile,
        .lanas = h->lana,
        .nlanas = h->nlanas,
        .serves = h->serves,
    };
    h->hand = replay_hand_new(&hand);
    return h->hand;
}

/* What has power: the driver, the server, and the programs, which begin with a RESET. */
static bool start(replay_host *h, const replay_making *m, uint64_t seed)
{
    nbt_computer_cfg computer = {
        .mem = m->mem, .seed = seed, .lanas = h->lana, .nlanas = h->nlanas
    };
    h->computer = nbt_computer_new(&computer);
    if (!h->computer || (h->serves && !make_server(h, m, seed + 1)))
        return false;
    h->obj = nbt_simnet_attach(m->net, h->net, 0, &host_ops, h);
    h->hand_obj = h->obj ? nbt_simnet_attach(m->net, h->net, 1, &replay_hand_ops, h->hand) : 0;
    if (!h->hand_obj)
        return false;
    nbt_simnet_listen(m->net, h->obj, (nbt_ep){ 0, NBT_PORT_SSN });
    if (h->serves) {
        nbt_simnet_listen(m->net, h->obj, (nbt_ep){ 0, NBT_PORT_NS });
        put_records(h, m);
    }
    replay_hand_start(h->hand, nbt_simnet_begin(m->net));
    nbt_simnet_end(m->net, h->hand_obj);
    return true;
}

bool replay_host_start(replay_host *h, const replay_making *m, uint64_t seed)
{
    for (size_t i = 0; i < h->nlanas; i++) {
        h->serves = h->serves || serves(m, cap_map_ip_back(m->cfg->player->map, h->lana[i].ip));
        h->lana[i].multihomed = h->nlanas > 1;
    }
    if (!make_hand(h, m, seed))
        return false;
    have_names(h, m);
    return start(h, m, seed);
}

void replay_host_off(replay_host *h, const replay_making *m)
{
    if (h->off)
        return;
    nbt_simnet_power(m->net, h->net, false);
    nbt_computer_free(h->computer);
    nbt_nbns_free(h->server);
    h->computer = NULL;
    h->server = NULL;
    h->obj = h->hand_obj = 0;
    h->off = true;
}

bool replay_host_on(replay_host *h, const replay_making *m, uint64_t seed)
{
    if (!h->off)
        return true;
    h->off = false;
    nbt_simnet_power(m->net, h->net, true);
    replay_hand_forget(h->hand, nbt_simnet_now(m->net));
    return start(h, m, seed);
}

void replay_host_fini(replay_host *h)
{
    nbt_computer_free(h->computer);
    nbt_nbns_free(h->server);
    replay_hand_free(h->hand);
}
