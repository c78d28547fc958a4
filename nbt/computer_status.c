/*
 * What a computer tells about itself and about others: LANA ENUM, ADAPTER STATUS, SESSION STATUS,
 * FIND NAME. A buffer that is too small gets as many whole entries as fit, and NRC_INCOMP.
 */
#include "nbt/computer_impl.h"

enum {
    ETHERNET = 0xFE,
    NETBIOS_VERSION = 3,
    DGRAM_SIZE_MAX = 512, /* RFC 1002 4.4.2 */
};

/* How many of `n` entries fit behind a head. */
static size_t fitting(size_t room, size_t head, size_t entry, size_t n)
{
    size_t fit = (room - head) / entry;
    return fit < n ? fit : n;
}

/* LANA_ENUM of nb30.h: a count, and that many numbers. */
void nbt_computer_lana_enum(nbt_computer *c, nbt_cmd *cmd, nbt_out *out)
{
    if (cmd->ncb.length < 1 + c->nlanas) {
        nbt_computer_done(c, cmd, NBT_NRC_BUFLEN, out);
        return;
    }
    nbt_wr w = nbt_computer_done_wr(c, cmd, NBT_NRC_GOODRET, 1 + c->nlanas, out);
    nbt_wr_u8(&w, c->nlanas, "length");
    for (size_t i = 0; i < c->nlanas; i++)
        nbt_wr_u8(&w, c->lanas[i].cfg->lana, "lana");
}

/* --- ADAPTER STATUS ----------------------------------------------------------------------- */

static uint16_t narrow(uint32_t v)
{
    return v > UINT16_MAX ? UINT16_MAX : (uint16_t)v;
}

static uint8_t entry_flags(const nbt_entry *e)
{
    unsigned flags = e->group ? NBT_NAME_FLAG_GROUP : 0;
    bool gone = e->state == NBT_ENTRY_DEREGISTERED;
    if (e->state == NBT_ENTRY_REGISTERING)
        return (uint8_t)(flags | NBT_NAME_FLAG_REGISTERING);
    if (e->conflict)
        return (uint8_t)(flags | (gone ? NBT_NAME_FLAG_DUPLICATE_DEREG : NBT_NAME_FLAG_DUPLICATE));
    return (uint8_t)(flags | (gone ? NBT_NAME_FLAG_DEREGISTERED : NBT_NAME_FLAG_REGISTERED));
}

static nbt_astat own_astat(const nbt_computer *c, const nbt_cmd *cmd)
{
    nbt_lana *lana = cmd->lana;
    const nbt_node_stats *stats = nbt_node_counts(lana->node);
    const nbt_share *share = nbt_share_of(cmd->prog, lana);
    unsigned pending = share->commands;
    nbt_astat s = { .rev_major = NETBIOS_VERSION, .adapter_type = ETHERNET };
    memcpy(s.adapter_address, lana->cfg->mac, sizeof s.adapter_address);
    s.iframe_recv_err = narrow(stats->malformed);
    s.xmit_success = stats->sent;
    s.recv_success = stats->received;
    s.t1_timeouts = narrow(stats->resent);
    s.free_ncbs = narrow(pending < share->max_commands ? share->max_commands - pending : 0);
    s.max_cfg_ncbs = narrow(share->max_commands);
    s.max_ncbs = narrow(c->max_commands);
    s.max_dgram_size = DGRAM_SIZE_MAX;
    s.pending_sess = narrow(share->sessions);
    s.max_cfg_sess = share->max_sessions;
    s.max_sess = c->max_sessions;
    s.max_sess_pkt_size = UINT16_MAX;
    s.name_count = nbt_node_names(lana->node)->count;
    return s;
}

/* The head, and room for the names that fit; *n becomes their number. */
static nbt_wr done_astat(nbt_computer *c, nbt_cmd *cmd, const nbt_astat *s, size_t *n, nbt_out *out)
{
    size_t fit = fitting(cmd->ncb.length, NBT_ASTAT_LEN, NBT_ASTAT_NAME_LEN, *n);
    uint8_t nrc = fit < *n ? NBT_NRC_INCOMP : NBT_NRC_GOODRET;
    *n = fit;
    nbt_wr w = nbt_computer_done_wr(c, cmd, nrc, NBT_ASTAT_LEN + fit * NBT_ASTAT_NAME_LEN, out);
    nbt_astat_wr(&w, s);
    return w;
}

static void own_status(nbt_computer *c, nbt_cmd *cmd, nbt_out *out)
{
    const nbt_ltable *names = nbt_node_names(cmd->lana->node);
    nbt_astat s = own_astat(c, cmd);
    size_t n = s.name_count;
    nbt_wr w = done_astat(c, cmd, &s, &n, out);
    for (const nbt_entry *e = nbt_ltable_next(names, NULL); e && n > 0; n--) {
        nbt_astat_name name = { .num = e->num, .flags = entry_flags(e) };
        memcpy(name.name, e->name, NBT_NAME_LEN);
        nbt_astat_name_wr(&w, &name);
        e = nbt_ltable_next(names, e);
    }
}

void nbt_computer_adapter_status(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out)
{
    if (cmd->ncb.length < NBT_ASTAT_LEN) {
        nbt_computer_done(c, cmd, NBT_NRC_BUFLEN, out);
        return;
    }
    if (cmd->ncb.callname[0] == '*') { /* E67: no packet */
        own_status(c, cmd, out);
        return;
    }
    cmd->targets->more = true;
    cmd->query = nbt_node_query(cmd->lana->node, now, cmd->ncb.callname, out);
    if (!cmd->query)
        nbt_computer_done(c, cmd, NBT_NRC_NORES, out);
}

/* Asks the next of the addresses that were found, once one is known (E65). */
static void ask_status(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out)
{
    nbt_targets *t = cmd->targets;
    if (cmd->status || (t->at == t->n && t->more))
        return;
    if (t->at == t->n) { /* G47: not found, or silent */
        nbt_node_forget_name(cmd->lana->node, cmd->ncb.callname);
        nbt_computer_done(c, cmd, NBT_NRC_CMDTMO, out);
        return;
    }
    nbt_node *node = cmd->lana->node;
    cmd->status = nbt_node_status(node, now, cmd->ncb.callname, t->ip[t->at++], out);
    if (!cmd->status)
        nbt_computer_withdraw(c, cmd, NBT_NRC_NORES, out);
}

/* The counters of RFC 1002 4.2.18 where the interface has a place for them. */
static nbt_astat astat_of(const nbt_rr *rr)
{
    nbt_statistics st;
    (void)nbt_status_statistics(rr, &st); /* what is not there is zero */
    nbt_astat s = { .adapter_type = ETHERNET };
    memcpy(s.adapter_address, st.unit_id, sizeof s.adapter_address);
    s.rev_major = (uint8_t)(st.version >> 8);
    s.rev_minor = (uint8_t)st.version;
    s.duration = st.period;
    s.iframe_recv_err = st.crcs;
    s.xmit_aborts = st.send_aborts;
    s.xmit_success = st.good_sends;
    s.recv_success = st.good_receives;
    s.iframe_xmit_err = st.retransmits;
    s.recv_buff_unavail = st.no_resource;
    s.free_ncbs = st.free_cmd;
    s.max_cfg_ncbs = st.total_cmd;
    s.max_ncbs = st.max_total_cmd;
    s.pending_sess = st.pending_sess;
    s.max_cfg_sess = st.max_pending_sess;
    s.max_sess = st.max_total_sess;
    s.max_sess_pkt_size = st.sess_data_pkt_size;
    s.name_count = (uint16_t)nbt_status_count(rr);
    return s;
}

/* NAME_FLAGS of the wire as those of the interface (G47). */
static uint8_t flags_of(uint16_t flags)
{
    unsigned group = flags & NBT_NB_G ? NBT_NAME_FLAG_GROUP : 0;
    bool conflict = flags & NBT_NB_CNF, gone = flags & NBT_NB_DRG;
    unsigned state = conflict && gone ? NBT_NAME_FLAG_DUPLICATE_DEREG
                     : conflict       ? NBT_NAME_FLAG_DUPLICATE
                     : gone           ? NBT_NAME_FLAG_DEREGISTERED
                                      : NBT_NAME_FLAG_REGISTERED;
    return (uint8_t)(group | state);
}

static void their_status(nbt_computer *c, nbt_cmd *cmd, const nbt_rr *rr, nbt_out *out)
{
    nbt_astat s = astat_of(rr);
    size_t n = s.name_count;
    nbt_wr w = done_astat(c, cmd, &s, &n, out);
    for (size_t i = 0; i < n; i++) {
        nbt_node_name their = nbt_status_get(rr, i);
        nbt_astat_name name = { .num = (uint8_t)(i + 1), .flags = flags_of(their.flags) };
        memcpy(name.name, their.b, NBT_NAME_LEN);
        nbt_astat_name_wr(&w, &name);
    }
}

/* --- FIND NAME ---------------------------------------------------------------------------- */

void nbt_computer_find_name(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out)
{
    if (cmd->ncb.length < NBT_FIND_HEAD_LEN) {
        nbt_computer_done(c, cmd, NBT_NRC_BUFLEN, out);
        return;
    }
    cmd->query = nbt_node_query(cmd->lana->node, now, cmd->ncb.callname, out);
    if (!cmd->query)
        nbt_computer_done(c, cmd, NBT_NRC_NORES, out);
}

static void name_found(nbt_computer *c, nbt_cmd *cmd, nbt_out *out)
{
    nbt_targets t = *cmd->targets;
    if (t.n == 0) {
        nbt_computer_done(c, cmd, NBT_NRC_CMDTMO, out);
        return;
    }
    size_t n = fitting(cmd->ncb.length, NBT_FIND_HEAD_LEN, NBT_FIND_NODE_LEN, t.n);
    uint8_t nrc = n < t.n ? NBT_NRC_INCOMP : NBT_NRC_GOODRET;
    nbt_wr w = nbt_computer_done_wr(c, cmd, nrc, NBT_FIND_HEAD_LEN + n * NBT_FIND_NODE_LEN, out);
    nbt_find_wr(&w, &(nbt_find){ .nodes = t.n, .group = t.group });
    for (size_t i = 0; i < n; i++)
        nbt_find_node_wr(&w, t.ip[i]);
}

void nbt_computer_status_event(nbt_computer *c, nbt_time now, nbt_cmd *cmd, const nbt_node_ev *ev,
                               nbt_out *out)
{
    switch (ev->kind) {
    case NBT_NODE_FOUND:
    case NBT_NODE_FOUND_ALL:
        nbt_targets_add(cmd->targets, cmd->lana->cfg, ev->found, ev->nfound);
        cmd->targets->more = ev->kind == NBT_NODE_FOUND;
        if (nbt_cmd_verb(cmd) == NBT_NCB_ADAPTER_STATUS)
            ask_status(c, now, cmd, out);
        else if (!cmd->targets->more)
            name_found(c, cmd, out);
        return;
    case NBT_NODE_STATUS:
        their_status(c, cmd, ev->status, out);
        return;
    case NBT_NODE_NO_STATUS:
        cmd->status = 0;
        ask_status(c, now, cmd, out);
        return;
    case NBT_NODE_ADDED:
    case NBT_NODE_REFUSED:
    case NBT_NODE_CONFLICT:
    case NBT_NODE_RELEASED:
        return;
    }
}

/* --- SESSION STATUS ----------------------------------------------------------------------- */

/* Whose sessions, and under which name. */
typedef struct scope_of_status {
    const nbt_prog *prog;
    const nbt_lana *lana;
    uint8_t num; /* NBT_NUM_ANY for all names */
} scope_of_status;

/* SESSION_BUFFER has an octet for a session's number: those above are not listed. */
static bool link_listed(const scope_of_status *of, const nbt_link *link)
{
    return link->lsn <= NBT_SESSIONS_MAX && link->prog == of->prog && link->lana == of->lana &&
           !link->dead && (of->num == NBT_NUM_ANY || link->num == of->num);
}

static bool cmd_listed(const scope_of_status *of, const nbt_cmd *cmd, unsigned verb)
{
    return nbt_cmd_verb(cmd) == verb && cmd->prog == of->prog && cmd->lana == of->lana &&
           (of->num == NBT_NUM_ANY || cmd->num == of->num);
}

static uint8_t state_of(const nbt_link *link)
{
    switch (link->s.phase) {
    case NBT_PHASE_LOOKUP:
    case NBT_PHASE_CONNECT:
    case NBT_PHASE_PAUSE:
    case NBT_PHASE_ANSWER:
    case NBT_PHASE_REJECTED:
        return NBT_SESSION_CALL_PENDING;
    case NBT_PHASE_UP:
        return NBT_SESSION_ESTABLISHED;
    case NBT_PHASE_CLOSE:
        return NBT_SESSION_HANGUP_PENDING;
    case NBT_PHASE_OVER:
        return link->s.nrc == NBT_NRC_SCLOSED ? NBT_SESSION_HANGUP_COMPLETE : NBT_SESSION_ABORTED;
    case NBT_PHASE_REQUEST:
    case NBT_PHASE_OFFER:
    case NBT_PHASE_TURNED:
        break; /* no program's */
    }
    return 0;
}

static void link_wr(nbt_wr *w, const nbt_link *link)
{
    nbt_sstat_session s = { .lsn = (uint8_t)link->lsn, .state = state_of(link) };
    const nbt_session *ssn = &link->s;
    memcpy(s.local, link->caller ? ssn->calling.b : ssn->called.b, NBT_NAME_LEN);
    memcpy(s.remote, link->caller ? ssn->called.b : ssn->calling.b, NBT_NAME_LEN);
    for (const nbt_cmd *cmd = link->cmds; cmd; cmd = cmd->next_on_link) {
        unsigned verb = nbt_cmd_verb(cmd);
        s.receives = (uint8_t)(s.receives + (verb == NBT_NCB_RECEIVE));
        s.sends = (uint8_t)(s.sends + nbt_ncb_sends(verb));
    }
    nbt_sstat_session_wr(w, &s);
}

/* A LISTEN is a session to be, which has no number yet. */
static void listen_wr(nbt_wr *w, const nbt_ncb *ncb)
{
    nbt_sstat_session s = { .state = NBT_SESSION_LISTEN };
    memcpy(s.local, ncb->name, NBT_NAME_LEN);
    memcpy(s.remote, ncb->callname, NBT_NAME_LEN);
    nbt_sstat_session_wr(w, &s);
}

static nbt_sstat_head count_sessions(const nbt_computer *c, const scope_of_status *of)
{
    unsigned sessions = 0, any = 0, datagrams = 0;
    for (const nbt_link *link = c->links; link; link = link->next)
        sessions += link_listed(of, link);
    for (const nbt_cmd *cmd = c->cmds; cmd; cmd = cmd->next) {
        sessions += cmd_listed(of, cmd, NBT_NCB_LISTEN);
        any += cmd_listed(of, cmd, NBT_NCB_RECEIVE_ANY);
        datagrams += cmd_listed(of, cmd, NBT_NCB_RECEIVE_DATAGRAM) +
                     cmd_listed(of, cmd, NBT_NCB_RECEIVE_BROADCAST);
    }
    /* a program has at most 254 of the one and 255 of the other, but both together: one octet */
    sessions = sessions > UINT8_MAX ? UINT8_MAX : sessions;
    return (nbt_sstat_head){ .num = of->num,
                             .sessions = (uint8_t)sessions,
                             .dgram_receives = (uint8_t)datagrams,
                             .any_receives = (uint8_t)any };
}

static uint8_t status_name(const nbt_cmd *cmd, uint8_t *num)
{
    const nbt_ltable *names = nbt_node_names(cmd->lana->node);
    const nbt_entry *e = nbt_ltable_find_const(names, cmd->ncb.name);
    *num = NBT_NUM_ANY;
    if (cmd->ncb.name[0] == '*')
        return NBT_NRC_GOODRET;
    if (!e || e->state == NBT_ENTRY_REGISTERING)
        return NBT_NRC_NOWILD;
    *num = e->num;
    return e->conflict ? NBT_NRC_NAMCONF : NBT_NRC_GOODRET;
}

void nbt_computer_session_status(nbt_computer *c, nbt_cmd *cmd, nbt_out *out)
{
    scope_of_status of = { .prog = cmd->prog, .lana = cmd->lana };
    uint8_t nrc = status_name(cmd, &of.num);
    if (nrc == NBT_NRC_GOODRET && cmd->ncb.length < NBT_SSTAT_HEAD_LEN)
        nrc = NBT_NRC_BUFLEN;
    if (nrc != NBT_NRC_GOODRET) {
        nbt_computer_done(c, cmd, nrc, out);
        return;
    }
    nbt_sstat_head head = count_sessions(c, &of);
    size_t n = fitting(cmd->ncb.length, NBT_SSTAT_HEAD_LEN, NBT_SSTAT_SESSION_LEN, head.sessions);
    nrc = n < head.sessions ? NBT_NRC_INCOMP : NBT_NRC_GOODRET;
    nbt_wr w =
        nbt_computer_done_wr(c, cmd, nrc, NBT_SSTAT_HEAD_LEN + n * NBT_SSTAT_SESSION_LEN, out);
    nbt_sstat_head_wr(&w, &head);
    for (const nbt_link *link = c->links; link && n > 0; link = link->next) {
        if (!link_listed(&of, link))
            continue;
        link_wr(&w, link);
        n--;
    }
    for (const nbt_cmd *other = c->cmds; other && n > 0; other = other->next) {
        if (!cmd_listed(&of, other, NBT_NCB_LISTEN))
            continue;
        listen_wr(&w, &other->ncb);
        n--;
    }
}
