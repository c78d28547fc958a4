/*
 * Datagrams of programs: SEND and RECEIVE DATAGRAM, and the same for broadcasts. Which way a
 * datagram goes, nbt/dgsend.c says; what packets it becomes, nbt/dgram.c.
 */
#include "nbt/computer_impl.h"
#include "nbt/nodetype.h"

#include <assert.h>

/* --- receiving ---------------------------------------------------------------------------- */

/* Whether a command waits for what was sent to that name; NULL: to everybody. */
static bool waits_for(nbt_cmd *cmd, const nbt_lana *lana, const nbt_entry *e)
{
    unsigned verb = e ? NBT_NCB_RECEIVE_DATAGRAM : NBT_NCB_RECEIVE_BROADCAST;
    if (nbt_cmd_verb(cmd) != verb || cmd->lana != lana)
        return false;
    if (!e || cmd->num == e->num)
        return true;
    return cmd->num == NBT_NUM_ANY && nbt_computer_holds(cmd->prog, lana, e->num);
}

/* G44: what does not fit is lost. */
static void receive(nbt_computer *c, nbt_cmd *cmd, const nbt_entry *e, const nbt_dgm *m,
                    nbt_out *out)
{
    bool fits = m->data.n <= cmd->ncb.length;
    memcpy(cmd->ncb.callname, m->from.b, NBT_NAME_LEN);
    if (e)
        cmd->ncb.num = e->num;
    nbt_computer_done_data(c, cmd, fits ? NBT_NRC_GOODRET : NBT_NRC_INCOMP, m->data.p,
                           fits ? m->data.n : cmd->ncb.length, out);
}

/*
 * Every command that waits for it gets it, and if none does it is lost (RFC 1002 5.3.3, RFC 1001
 * 17.2). False if the name is not here: not held, in another scope, or in conflict (E46).
 */
static bool deliver(nbt_computer *c, const nbt_lana *lana, const nbt_dgm *m, nbt_out *out)
{
    if (m->to.form != NBT_NAME_NETBIOS || !nbt_lana_in_scope(lana->cfg, &m->to.scope))
        return false;
    const nbt_entry *e = NULL;
    if (!nbt_name_is_wildcard(m->to.b)) {
        e = nbt_ltable_find_const(nbt_node_names(lana->node), m->to.b);
        if (!e || e->state != NBT_ENTRY_REGISTERED || e->conflict)
            return false;
    }
    for (nbt_cmd *cmd = c->sort[NBT_SORT_RECEIVE_DATAGRAM].first, *next; cmd; cmd = next) {
        next = cmd->next_of_sort;
        if (waits_for(cmd, lana, e))
            receive(c, cmd, e, m, out);
    }
    return true;
}

/* Finds the name that a command is about and sets its number: GOODRET, ILLNN or NAMCONF. */
static uint8_t find_own(nbt_cmd *cmd)
{
    const nbt_entry *e = NULL;
    if (cmd->ncb.num == NBT_NUM_NAMED)
        e = nbt_ltable_find_const(nbt_node_names(cmd->lana->node), cmd->ncb.name);
    else
        e = nbt_computer_entry(cmd->lana, cmd->ncb.num);
    if (!e || e->state != NBT_ENTRY_REGISTERED)
        return NBT_NRC_ILLNN;
    cmd->num = e->num;
    return e->conflict ? NBT_NRC_NAMCONF : NBT_NRC_GOODRET;
}

void nbt_computer_receive_datagram(nbt_computer *c, nbt_cmd *cmd, nbt_out *out)
{
    bool named = cmd->ncb.num == NBT_NUM_NAMED;
    bool any = cmd->ncb.num == NBT_NUM_ANY || (named && cmd->ncb.name[0] == '*');
    uint8_t nrc = any ? NBT_NRC_GOODRET : find_own(cmd);
    if (any)
        cmd->num = NBT_NUM_ANY;
    if (nrc != NBT_NRC_GOODRET)
        nbt_computer_done(c, cmd, nrc, out);
}

/* --- sending ------------------------------------------------------------------------------ */

static nbt_dgsend_cfg ways_of(const nbt_lana *lana)
{
    const nbt_lana_cfg *cfg = lana->cfg;
    const nbt_profile *p = cfg->profile;
    return (nbt_dgsend_cfg){
        .nbdds = cfg->type == NBT_ONT_B ? 0 : cfg->nnbdds,
        .asks = p->dgm_query_count > 0,
        .broadcasts = cfg->type == NBT_ONT_B || cfg->type == NBT_ONT_H,
        .lists = cfg->type == NBT_ONT_P,
        .pace = { p->dgm_query_count, p->dgm_query_timeout },
    };
}

static nbt_dgsend_kind kind_of(const nbt_cmd *cmd)
{
    const nbt_lana *lana = cmd->lana;
    if (nbt_cmd_verb(cmd) == NBT_NCB_SEND_BROADCAST)
        return NBT_DGSEND_BROADCAST;
    const nbt_entry *e = nbt_ltable_find_const(nbt_node_names(lana->node), cmd->ncb.callname);
    bool own_group = e && e->group && e->state == NBT_ENTRY_REGISTERED;
    bool subnet =
        lana->cfg->profile->dgm_subnet_unasked && nbt_nodetype_is_of_subnet(cmd->ncb.callname);
    return own_group || subnet ? NBT_DGSEND_GROUP : NBT_DGSEND_NAME;
}

static void tell(const nbt_cmd *cmd, const char *why, nbt_out *out)
{
    const uint8_t *name = nbt_cmd_verb(cmd) == NBT_NCB_SEND_BROADCAST ? NULL : cmd->ncb.callname;
    nbt_dgram_trace(&cmd->lana->dgram, "not sent", why, name, (nbt_ep){ 0, 0 }, out);
}

static void send_to_list(nbt_computer *c, const nbt_cmd *cmd, const nbt_dgm *m, nbt_out *out)
{
    nbt_lana *lana = cmd->lana;
    const nbt_targets *t = cmd->targets;
    size_t n = m->type == NBT_DGM_UNIQUE && t->n > 1 ? 1 : t->n;
    for (size_t i = 0; i < n; i++)
        if (t->ip[i] == lana->cfg->ip)
            (void)deliver(c, lana, m, out);
        else
            nbt_dgram_send(&lana->dgram, m, t->ip[i], out);
    if (n == 0)
        tell(cmd, "the name has no address to send to", out);
}

/* Where it goes: `want` is one of the TO_ ones. The adapter does not hear what it sends itself. */
static void send(nbt_computer *c, nbt_cmd *cmd, nbt_dgsend_want want, nbt_out *out)
{
    nbt_lana *lana = cmd->lana;
    nbt_sending *s = cmd->sending;
    nbt_bytes data = { s->data, s->n };
    const nbt_entry *e = nbt_computer_entry(lana, cmd->num);
    nbt_name everybody;
    nbt_dgm m;
    nbt_name_wildcard(&everybody);
    bool broadcast = nbt_cmd_verb(cmd) == NBT_NCB_SEND_BROADCAST;
    assert(e);
    if (!nbt_dgram_make(&lana->dgram, s->way.type, e->name,
                        broadcast ? everybody.b : cmd->ncb.callname, data, &m)) {
        nbt_computer_done(c, cmd, NBT_NRC_BUFLEN, out);
        return;
    }
    if (want == NBT_DGSEND_TO_ONE || want == NBT_DGSEND_TO_LIST)
        send_to_list(c, cmd, &m, out);
    else if (want == NBT_DGSEND_TO_NBDD)
        nbt_dgram_send(&lana->dgram, &m, lana->cfg->nbdds[s->way.at], out);
    else if (want == NBT_DGSEND_TO_ALL)
        nbt_dgram_send(&lana->dgram, &m, lana->cfg->broadcast, out);
    else
        tell(cmd, broadcast ? "nothing here reaches everybody" : "the name is not found", out);
    bool own_nbdd = want == NBT_DGSEND_TO_NBDD && lana->cfg->nbdds[s->way.at] == lana->cfg->ip;
    if (want == NBT_DGSEND_TO_ALL || own_nbdd || (want == NBT_DGSEND_NOWHERE && broadcast))
        (void)deliver(c, lana, &m, out);
    nbt_computer_done(c, cmd, NBT_NRC_GOODRET, out);
}

static void look(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_dgsend_want want, nbt_out *out)
{
    nbt_node *node = cmd->lana->node;
    cmd->query = want == NBT_DGSEND_LIST ? nbt_node_members(node, now, cmd->ncb.callname, out)
                                         : nbt_node_query(node, now, cmd->ncb.callname, out);
    if (!cmd->query)
        nbt_computer_done(c, cmd, NBT_NRC_NORES, out);
}

static void ask_nbdd(nbt_cmd *cmd, nbt_out *out)
{
    nbt_lana *lana = cmd->lana;
    nbt_sending *s = cmd->sending;
    nbt_name name;
    nbt_name_wildcard(&name);
    if (nbt_cmd_verb(cmd) != NBT_NCB_SEND_BROADCAST)
        memcpy(name.b, cmd->ncb.callname, NBT_NAME_LEN);
    if (s->way.asked == 1)
        s->id = nbt_dgram_new_id(&lana->dgram);
    nbt_dgram_ask(&lana->dgram, name.b, s->id, lana->cfg->nbdds[s->way.at], out);
}

static void go_on(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_dgsend_want want, nbt_out *out)
{
    switch (want) {
    case NBT_DGSEND_WAIT:
        return;
    case NBT_DGSEND_FIND:
    case NBT_DGSEND_LIST:
        look(c, now, cmd, want, out);
        return;
    case NBT_DGSEND_ASK:
        ask_nbdd(cmd, out);
        return;
    case NBT_DGSEND_TO_ONE:
    case NBT_DGSEND_TO_ALL:
    case NBT_DGSEND_TO_NBDD:
    case NBT_DGSEND_TO_LIST:
    case NBT_DGSEND_NOWHERE:
        send(c, cmd, want, out);
        return;
    }
}

static nbt_sending *keep(nbt_computer *c, nbt_bytes data)
{
    nbt_sending *s = nbt_mem_new(c->mem, sizeof *s + data.n);
    if (!s)
        return NULL;
    s->n = data.n;
    if (data.n > 0)
        memcpy(s->data, data.p, data.n);
    return s;
}

void nbt_computer_drop_sending(nbt_computer *c, nbt_cmd *cmd)
{
    if (cmd->sending)
        nbt_mem_free(c->mem, cmd->sending, sizeof *cmd->sending + cmd->sending->n);
    cmd->sending = NULL;
}

/* G46; A34: a name that begins with an asterisk is nobody's on the network. */
static uint8_t check_send(nbt_cmd *cmd, nbt_bytes data)
{
    bool to_name = nbt_cmd_verb(cmd) == NBT_NCB_SEND_DATAGRAM;
    uint8_t nrc = find_own(cmd);
    if (cmd->ncb.length > NBT_DGM_DATA_MAX || data.n != cmd->ncb.length)
        return NBT_NRC_BUFLEN;
    if (nrc == NBT_NRC_GOODRET && to_name &&
        (cmd->ncb.callname[0] == '*' || cmd->ncb.callname[0] == 0))
        return NBT_NRC_NOWILD;
    return nrc;
}

void nbt_computer_send_datagram(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_bytes data,
                                nbt_out *out)
{
    nbt_dgsend_cfg cfg = ways_of(cmd->lana);
    uint8_t nrc = check_send(cmd, data);
    if (nrc == NBT_NRC_GOODRET && !(cmd->sending = keep(c, data)))
        nrc = NBT_NRC_NORES;
    if (nrc != NBT_NRC_GOODRET) {
        nbt_computer_done(c, cmd, nrc, out);
        return;
    }
    go_on(c, now, cmd, nbt_dgsend_start(&cmd->sending->way, now, &cfg, kind_of(cmd)), out);
}

void nbt_computer_datagram_found(nbt_computer *c, nbt_time now, nbt_cmd *cmd, const nbt_node_ev *ev,
                                 nbt_out *out)
{
    bool last = ev->kind == NBT_NODE_FOUND_ALL;
    cmd->targets->n = 0;
    nbt_targets_add(cmd->targets, cmd->lana->cfg, ev->found, ev->nfound);
    if (last)
        cmd->query = 0;
    nbt_dgsend *way = &cmd->sending->way;
    go_on(c, now, cmd, nbt_dgsend_found(way, now, ev->found, ev->nfound, last), out);
}

/* --- packets and time --------------------------------------------------------------------- */

static nbt_cmd *asker(nbt_computer *c, const nbt_lana *lana, nbt_ep from, const nbt_dgm *m)
{
    for (nbt_cmd *cmd = c->sort[NBT_SORT_ASK].first; cmd; cmd = cmd->next_of_sort) {
        const nbt_sending *s = cmd->sending;
        if (s && cmd->lana == lana && s->way.state == NBT_DGSEND_ASKING && s->id == m->id &&
            lana->cfg->nbdds[s->way.at] == from.ip)
            return cmd;
    }
    return NULL;
}

static void take_answer(nbt_computer *c, nbt_time now, nbt_lana *lana, nbt_ep from,
                        const nbt_dgm *m, bool positive, nbt_out *out)
{
    nbt_cmd *cmd = asker(c, lana, from, m);
    if (cmd)
        go_on(c, now, cmd, nbt_dgsend_answered(&cmd->sending->way, now, positive), out);
}

void nbt_computer_datagram_rx(nbt_computer *c, nbt_time now, nbt_lana *lana, nbt_ep from, nbt_ep to,
                              nbt_bytes data, nbt_out *out)
{
    nbt_dgm m;
    switch (nbt_dgram_rx(&lana->dgram, now, from, to, data, &m, out)) {
    case NBT_DGRAM_NOTHING:
        return;
    case NBT_DGRAM_MESSAGE:
        if (!deliver(c, lana, &m, out))
            nbt_dgram_refuse(&lana->dgram, to, &m, NBT_DGM_CODE_DESTINATION_NOT_PRESENT, out);
        return;
    case NBT_DGRAM_ABSENT:
        nbt_node_misled(lana->node, m.to.b, from.ip, out);
        return;
    case NBT_DGRAM_POSITIVE:
    case NBT_DGRAM_NEGATIVE:
        take_answer(c, now, lana, from, &m, m.type == NBT_DGM_POSITIVE_QUERY, out);
        return;
    }
}

static nbt_cmd *overdue(nbt_computer *c, nbt_time now)
{
    for (nbt_cmd *cmd = c->sort[NBT_SORT_ASK].first; cmd; cmd = cmd->next_of_sort)
        if (cmd->sending && nbt_dgsend_due(&cmd->sending->way) <= now)
            return cmd;
    return NULL;
}

void nbt_computer_datagram_tick(nbt_computer *c, nbt_time now, nbt_out *out)
{
    for (nbt_cmd *cmd = overdue(c, now); cmd; cmd = overdue(c, now))
        go_on(c, now, cmd, nbt_dgsend_tick(&cmd->sending->way, now), out);
    for (size_t i = 0; i < c->nlanas; i++)
        nbt_dgram_tick(&c->lanas[i].dgram, now);
}

nbt_time nbt_computer_datagram_due(const nbt_computer *c)
{
    nbt_time due = NBT_NEVER;
    for (size_t i = 0; i < c->nlanas; i++)
        due = nbt_time_min(due, nbt_dgram_due(&c->lanas[i].dgram));
    for (const nbt_cmd *cmd = c->sort[NBT_SORT_ASK].first; cmd; cmd = cmd->next_of_sort)
        if (cmd->sending)
            due = nbt_time_min(due, nbt_dgsend_due(&cmd->sending->way));
    return due;
}
