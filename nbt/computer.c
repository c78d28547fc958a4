/*
 * The entrances of a computer: which command, connection or adapter something is about. Commands
 * begin and end here; what they do in between is in computer_names.c, computer_sessions.c,
 * computer_datagrams.c and computer_status.c.
 */
#include "nbt/computer_impl.h"

#include <assert.h>

/* --- life --------------------------------------------------------------------------------- */

static size_t size_with(size_t nlanas)
{
    return sizeof(nbt_computer) + nlanas * sizeof(nbt_lana);
}

static bool copy_rules(nbt_computer *c, const nbt_computer_cfg *cfg)
{
    if (cfg->nrules == 0)
        return true;
    c->rules = nbt_mem_new(c->mem, cfg->nrules * sizeof *c->rules);
    if (!c->rules)
        return false;
    c->nrules = cfg->nrules;
    memcpy(c->rules, cfg->rules, c->nrules * sizeof *c->rules);
    return true;
}

nbt_computer *nbt_computer_new(const nbt_computer_cfg *cfg)
{
    assert(cfg->nlanas >= 1 && cfg->nlanas <= NBT_LANA_MAX + 1);
    nbt_computer *c = nbt_mem_new(cfg->mem, size_with(cfg->nlanas));
    if (!c)
        return NULL;
    c->mem = cfg->mem;
    c->nlanas = cfg->nlanas;
    c->seed = cfg->seed;
    bool more = cfg->sessions > NBT_SESSIONS_MAX;
    c->max_sessions = more ? cfg->sessions : NBT_SESSIONS_MAX;
    c->max_commands = more ? 2u * cfg->sessions : UINT8_MAX;
    if (!nbt_tables_init(c) || !copy_rules(c, cfg)) {
        nbt_computer_free(c);
        return NULL;
    }
    nbt_rng rng = { cfg->seed }, ids = { ~cfg->seed };
    for (size_t i = 0; i < c->nlanas; i++) {
        nbt_lana *lana = &c->lanas[i];
        lana->i = i;
        lana->node = nbt_node_new(cfg->mem, &cfg->lanas[i], nbt_rng_u64(&rng));
        if (!lana->node) {
            nbt_computer_free(c);
            return NULL;
        }
        lana->cfg = nbt_node_cfg(lana->node);
        nbt_dgram_init(&lana->dgram, cfg->mem, lana->cfg, nbt_rng_u16(&ids));
        if (i > 0)
            nbt_node_join(c->lanas[0].node, lana->node);
    }
    return c;
}

static void free_prog(nbt_computer *c, nbt_prog *prog)
{
    nbt_mem_free(c->mem, prog, sizeof *prog + c->nlanas * sizeof prog->share[0]);
}

static void free_cmd(nbt_computer *c, nbt_cmd *cmd)
{
    nbt_computer_drop_sending(c, cmd);
    nbt_mem_free(c->mem, cmd->targets, sizeof *cmd->targets);
    nbt_mem_free(c->mem, cmd, sizeof *cmd);
}

void nbt_computer_free(nbt_computer *c)
{
    if (!c)
        return;
    for (nbt_cmd *cmd = c->cmds, *next; cmd; cmd = next) {
        next = cmd->next;
        free_cmd(c, cmd);
    }
    for (nbt_link *link = c->links, *next; link; link = next) {
        next = link->next;
        nbt_link_free(c, link);
    }
    for (nbt_prog *prog = c->progs, *next; prog; prog = next) {
        next = prog->next;
        free_prog(c, prog);
    }
    for (size_t i = 0; i < c->nlanas; i++) {
        nbt_dgram_fini(&c->lanas[i].dgram);
        nbt_node_free(c->lanas[i].node);
        nbt_mem_free(c->mem, c->lanas[i].by_lsn, nbt_by_lsn_size(c));
    }
    nbt_tables_fini(c);
    nbt_mem_free(c->mem, c->rules, c->nrules * sizeof *c->rules);
    nbt_mem_free(c->mem, c, size_with(c->nlanas));
}

static nbt_lana *find_lana(nbt_computer *c, uint8_t number)
{
    for (size_t i = 0; i < c->nlanas; i++)
        if (c->lanas[i].cfg->lana == number)
            return &c->lanas[i];
    return NULL;
}

const nbt_node *nbt_computer_lana(const nbt_computer *c, uint8_t lana)
{
    for (size_t i = 0; i < c->nlanas; i++)
        if (c->lanas[i].cfg->lana == lana)
            return c->lanas[i].node;
    return NULL;
}

/* --- programs ----------------------------------------------------------------------------- */

static nbt_prog *find_prog(nbt_computer *c, uint32_t proc)
{
    for (nbt_prog *prog = c->progs; prog; prog = prog->next)
        if (prog->proc == proc)
            return prog;
    return NULL;
}

/* A program is known from its first command on. NULL without memory. */
static nbt_prog *need_prog(nbt_computer *c, uint32_t proc)
{
    nbt_prog *prog = find_prog(c, proc);
    if (prog)
        return prog;
    prog = nbt_mem_new(c->mem, sizeof *prog + c->nlanas * sizeof prog->share[0]);
    if (!prog)
        return NULL;
    prog->proc = proc;
    for (size_t i = 0; i < c->nlanas; i++) {
        nbt_computer_set_limits(c, &c->lanas[i], &prog->share[i], (nbt_limits){ 0 });
    }
    prog->next = c->progs;
    c->progs = prog;
    return prog;
}

/* --- the end of a command ----------------------------------------------------------------- */

static void trace_failure(const nbt_ncb *ncb, const char *to, uint8_t nrc, nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_TRACE, NULL, 0);
    act->lana = ncb->lana;
    act->trace.what = "command";
    act->trace.from = "";
    act->trace.to = to;
    act->trace.why = nbt_code_word(NBT_CODESET_NCB_COMMAND, nbt_ncb_verb(ncb));
    act->trace.code = nrc;
    memcpy(act->trace.name, ncb->name, NBT_NAME_LEN);
}

static void unlink_cmd(nbt_computer *c, nbt_cmd *cmd)
{
    nbt_cmd_leave(c, cmd);
    free_cmd(c, cmd);
}

/* Commands whose NCB_LENGTH says how much has come back. */
static bool brings_data(unsigned verb)
{
    return verb == NBT_NCB_RECEIVE || verb == NBT_NCB_RECEIVE_ANY ||
           verb == NBT_NCB_ADAPTER_STATUS || verb == NBT_NCB_SESSION_STATUS ||
           verb == NBT_NCB_LANA_ENUM || verb == NBT_NCB_FIND_NAME ||
           verb == NBT_NCB_RECEIVE_DATAGRAM || verb == NBT_NCB_RECEIVE_BROADCAST;
}

static nbt_act *add_done(nbt_computer *c, nbt_cmd *cmd, uint8_t nrc, const void *p, size_t n,
                         nbt_out *out)
{
    if (nrc != NBT_NRC_GOODRET && nrc != NBT_NRC_INCOMP)
        trace_failure(&cmd->ncb, "failed", nrc, out);
    nbt_act *act = nbt_out_add(out, NBT_ACT_DONE, p, n);
    act->lana = cmd->ncb.lana;
    act->proc = cmd->prog->proc;
    act->tag = cmd->tag;
    act->ncb = cmd->ncb;
    act->ncb.retcode = nrc;
    if (brings_data(nbt_cmd_verb(cmd)))
        act->ncb.length = (uint32_t)n;
    unlink_cmd(c, cmd);
    return act;
}

void nbt_computer_done(nbt_computer *c, nbt_cmd *cmd, uint8_t nrc, nbt_out *out)
{
    (void)add_done(c, cmd, nrc, NULL, 0, out);
}

void nbt_computer_done_data(nbt_computer *c, nbt_cmd *cmd, uint8_t nrc, const void *p, size_t n,
                            nbt_out *out)
{
    (void)add_done(c, cmd, nrc, p, n, out);
}

nbt_wr nbt_computer_done_wr(nbt_computer *c, nbt_cmd *cmd, uint8_t nrc, size_t n, nbt_out *out)
{
    const nbt_act *act = add_done(c, cmd, nrc, NULL, n, out);
    nbt_wr w;
    nbt_wr_init(&w, act->data_len ? out->arena + act->data_at : NULL, act->data_len);
    return w;
}

static void forget_questions(nbt_cmd *cmd)
{
    if (!cmd->lana)
        return;
    nbt_node_cancel(cmd->lana->node, cmd->query);
    nbt_node_cancel(cmd->lana->node, cmd->status);
}

void nbt_computer_withdraw(nbt_computer *c, nbt_cmd *cmd, uint8_t nrc, nbt_out *out)
{
    forget_questions(cmd);
    nbt_computer_done(c, cmd, nrc, out);
}

/* --- the beginning of a command ----------------------------------------------------------- */

/* Commands that look a name up and keep where it is. */
static bool has_targets(unsigned verb)
{
    return verb == NBT_NCB_ADAPTER_STATUS || verb == NBT_NCB_FIND_NAME ||
           verb == NBT_NCB_SEND_DATAGRAM || verb == NBT_NCB_SEND_BROADCAST;
}

/* NULL without memory. */
static nbt_cmd *new_cmd(nbt_computer *c, nbt_prog *prog, nbt_lana *lana, uint32_t tag,
                        const nbt_ncb *ncb)
{
    nbt_cmd *cmd = nbt_mem_new(c->mem, sizeof *cmd);
    if (!cmd)
        return NULL;
    cmd->prog = prog;
    cmd->lana = lana;
    cmd->tag = tag;
    cmd->ncb = *ncb;
    cmd->due = NBT_NEVER;
    if (has_targets(nbt_cmd_verb(cmd)) &&
        !(cmd->targets = nbt_mem_new(c->mem, sizeof *cmd->targets))) {
        nbt_mem_free(c->mem, cmd, sizeof *cmd);
        return NULL;
    }
    nbt_cmd_enter(c, cmd);
    return cmd;
}

/*
 * What keeps a command from being taken at all; for a no-wait command these are the immediate
 * errors (G2), all others come with its DONE.
 */
static uint8_t refusal(nbt_computer *c, nbt_prog *prog, nbt_lana *lana, uint32_t tag,
                       const nbt_ncb *ncb)
{
    unsigned verb = nbt_ncb_verb(ncb);
    if (!nbt_code_find(NBT_CODESET_NCB_COMMAND, verb) || nbt_cmd_find(c, prog, tag))
        return NBT_NRC_ILLCMD;
    if (verb == NBT_NCB_LANA_ENUM)
        return NBT_NRC_GOODRET;
    if (!lana)
        return NBT_NRC_BRIDGE;
    if (verb == NBT_NCB_RESET)
        return NBT_NRC_GOODRET;
    const nbt_share *share = nbt_share_of(prog, lana);
    bool driver = prog->proc == 0; /* it needs nobody's leave for its own names */
    if (lana->cfg->profile->reset_required && !share->reset && !driver)
        return NBT_NRC_ENVNOTDEF;
    if (verb != NBT_NCB_CANCEL && share->commands >= share->max_commands)
        return NBT_NRC_TOOMANY;
    return NBT_NRC_GOODRET;
}

static void refuse(uint32_t proc, uint32_t tag, const nbt_ncb *ncb, uint8_t nrc, nbt_out *out)
{
    bool wait = !(ncb->command & NBT_NCB_ASYNC);
    trace_failure(ncb, "refused", nrc, out);
    nbt_act *act = nbt_out_add(out, wait ? NBT_ACT_DONE : NBT_ACT_ACCEPTED, NULL, 0);
    act->lana = ncb->lana;
    act->proc = proc;
    act->tag = tag;
    act->ncb = *ncb;
    act->ncb.retcode = nrc;
}

static void accept_no_wait(const nbt_cmd *cmd, nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_ACCEPTED, NULL, 0);
    act->lana = cmd->ncb.lana;
    act->proc = cmd->prog->proc;
    act->tag = cmd->tag;
    act->ncb = cmd->ncb;
    act->ncb.retcode = NBT_NRC_GOODRET;
}

/* RFC 1001 5.5; which commands can be cancelled: G43. */
static void cancel(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out)
{
    nbt_cmd *target = nbt_cmd_find(c, cmd->prog, cmd->ncb.target);
    if (!target) {
        nbt_computer_done(c, cmd, NBT_NRC_CANOCCR, out);
        return;
    }
    nbt_link *link = target->link;
    switch ((enum nbt_ncb_command)nbt_cmd_verb(target)) {
    case NBT_NCB_LISTEN:
    case NBT_NCB_RECEIVE:
    case NBT_NCB_RECEIVE_ANY:
    case NBT_NCB_RECEIVE_DATAGRAM:
    case NBT_NCB_RECEIVE_BROADCAST:
    case NBT_NCB_ADAPTER_STATUS:
    case NBT_NCB_FIND_NAME:
    case NBT_NCB_LAN_STATUS_ALERT:
        nbt_computer_withdraw(c, target, NBT_NRC_CMDCAN, out);
        break;
    case NBT_NCB_CALL:
    case NBT_NCB_HANGUP:
    case NBT_NCB_SEND:
    case NBT_NCB_CHAIN_SEND:
    case NBT_NCB_SEND_NO_ACK:
    case NBT_NCB_CHAIN_SEND_NO_ACK:
        nbt_computer_withdraw(c, target, NBT_NRC_CMDCAN, out);
        nbt_computer_kill(c, now, link, "command cancelled", out);
        break;
    case NBT_NCB_ADD_NAME:
    case NBT_NCB_ADD_GROUP_NAME:
    case NBT_NCB_DELETE_NAME:
    case NBT_NCB_RESET:
    case NBT_NCB_SEND_DATAGRAM:
    case NBT_NCB_SEND_BROADCAST:
    case NBT_NCB_SESSION_STATUS:
    case NBT_NCB_CANCEL: /* itself: its own tag */
    case NBT_NCB_LANA_ENUM:
    case NBT_NCB_UNLINK:
    case NBT_NCB_ACTION:
    case NBT_NCB_TRACE:
    case NBT_NCB_ASYNC:
        nbt_computer_done(c, cmd, NBT_NRC_CANCEL, out);
        return;
    }
    nbt_computer_done(c, cmd, NBT_NRC_GOODRET, out);
}

static void begin(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_bytes data, nbt_out *out)
{
    switch ((enum nbt_ncb_command)nbt_cmd_verb(cmd)) {
    case NBT_NCB_CALL:
        nbt_computer_call(c, now, cmd, out);
        return;
    case NBT_NCB_LISTEN:
        nbt_computer_listen(c, cmd, out);
        return;
    case NBT_NCB_HANGUP:
        nbt_computer_hang_up(c, now, cmd, out);
        return;
    case NBT_NCB_SEND:
    case NBT_NCB_CHAIN_SEND:
    case NBT_NCB_SEND_NO_ACK:
    case NBT_NCB_CHAIN_SEND_NO_ACK:
        nbt_computer_send(c, now, cmd, data, out);
        return;
    case NBT_NCB_RECEIVE:
        nbt_computer_receive(c, now, cmd, out);
        return;
    case NBT_NCB_RECEIVE_ANY:
        nbt_computer_receive_any(c, now, cmd, out);
        return;
    case NBT_NCB_SEND_DATAGRAM:
    case NBT_NCB_SEND_BROADCAST:
        nbt_computer_send_datagram(c, now, cmd, data, out);
        return;
    case NBT_NCB_RECEIVE_DATAGRAM:
    case NBT_NCB_RECEIVE_BROADCAST:
        nbt_computer_receive_datagram(c, cmd, out);
        return;
    case NBT_NCB_ADD_NAME:
    case NBT_NCB_ADD_GROUP_NAME:
        nbt_computer_add_name(c, now, cmd, out);
        return;
    case NBT_NCB_DELETE_NAME:
        nbt_computer_delete_name(c, now, cmd, out);
        return;
    case NBT_NCB_RESET:
        nbt_computer_reset(c, now, cmd, out);
        return;
    case NBT_NCB_ADAPTER_STATUS:
        nbt_computer_adapter_status(c, now, cmd, out);
        return;
    case NBT_NCB_SESSION_STATUS:
        nbt_computer_session_status(c, cmd, out);
        return;
    case NBT_NCB_CANCEL:
        cancel(c, now, cmd, out);
        return;
    case NBT_NCB_LANA_ENUM:
        nbt_computer_lana_enum(c, cmd, out);
        return;
    case NBT_NCB_FIND_NAME:
        nbt_computer_find_name(c, now, cmd, out);
        return;
    case NBT_NCB_UNLINK: /* G1: neither a remote boot nor a trace is there to be ended */
    case NBT_NCB_TRACE:
        nbt_computer_done(c, cmd, NBT_NRC_GOODRET, out);
        return;
    case NBT_NCB_ACTION: /* no transport here takes one */
        nbt_computer_done(c, cmd, NBT_NRC_ILLCMD, out);
        return;
    case NBT_NCB_LAN_STATUS_ALERT: /* there is no ring to be in trouble: it waits */
        return;
    case NBT_NCB_ASYNC: /* a bit, not a command */
        return;
    }
}

/* --- before an entrance is left ----------------------------------------------------------- */

static nbt_cmd *find_question(nbt_computer *c, const nbt_lana *lana, uint32_t ref)
{
    for (nbt_cmd *cmd = c->sort[NBT_SORT_ASK].first; cmd; cmd = cmd->next_of_sort)
        if (cmd->lana == lana && (cmd->query == ref || cmd->status == ref))
            return cmd;
    return NULL;
}

/* An answer. Who asked may have ended since: a query runs on, watching for conflicts (E43). */
static void take_answer(nbt_computer *c, nbt_time now, nbt_lana *lana, const nbt_node_ev *ev,
                        nbt_out *out)
{
    nbt_cmd *cmd = find_question(c, lana, ev->ref);
    if (!cmd)
        return;
    if (cmd->sending) {
        nbt_computer_datagram_found(c, now, cmd, ev, out);
        return;
    }
    if (nbt_cmd_verb(cmd) != NBT_NCB_CALL) {
        nbt_computer_status_event(c, now, cmd, ev, out);
        return;
    }
    nbt_link *link = cmd->link;
    bool last = ev->kind == NBT_NODE_FOUND_ALL;
    nbt_session_found(&link->s, now, ev->found, ev->nfound, last, out);
    nbt_computer_settle(c, now, link, out);
}

static void take_event(nbt_computer *c, nbt_time now, nbt_lana *lana, const nbt_node_ev *ev,
                       nbt_out *out)
{
    switch (ev->kind) {
    case NBT_NODE_ADDED:
    case NBT_NODE_REFUSED:
    case NBT_NODE_CONFLICT:
    case NBT_NODE_RELEASED:
        nbt_computer_name_event(c, now, lana, ev, out);
        return;
    case NBT_NODE_FOUND:
    case NBT_NODE_FOUND_ALL:
    case NBT_NODE_STATUS:
    case NBT_NODE_NO_STATUS:
        take_answer(c, now, lana, ev, out);
        return;
    }
}

static void leave(nbt_computer *c, nbt_time now, nbt_out *out)
{
    for (size_t i = 0; i < c->nlanas; i++) {
        nbt_node_ev ev;
        while (nbt_node_next(c->lanas[i].node, &ev))
            take_event(c, now, &c->lanas[i], &ev, out);
    }
    nbt_links_sweep(c);
}

/* --- entrances ---------------------------------------------------------------------------- */

void nbt_computer_do(nbt_computer *c, nbt_time now, uint32_t proc, uint32_t tag, const nbt_ncb *ncb,
                     nbt_bytes data, nbt_out *out)
{
    nbt_prog *prog = need_prog(c, proc);
    nbt_lana *lana = find_lana(c, ncb->lana);
    uint8_t nrc = prog ? refusal(c, prog, lana, tag, ncb) : NBT_NRC_OSRESNOTAV;
    nbt_cmd *cmd = NULL;
    if (nrc == NBT_NRC_GOODRET) {
        bool local = nbt_ncb_verb(ncb) == NBT_NCB_LANA_ENUM;
        cmd = new_cmd(c, prog, local ? NULL : lana, tag, ncb);
        nrc = NBT_NRC_OSRESNOTAV;
    }
    if (!cmd) {
        refuse(proc, tag, ncb, nrc, out);
        return;
    }
    if (ncb->command & NBT_NCB_ASYNC)
        accept_no_wait(cmd, out);
    begin(c, now, cmd, data, out);
    leave(c, now, out);
}

void nbt_computer_gone(nbt_computer *c, nbt_time now, uint32_t proc, nbt_out *out)
{
    nbt_prog *prog = find_prog(c, proc);
    if (!prog)
        return;
    for (nbt_cmd *cmd = c->cmds, *next; cmd; cmd = next) {
        next = cmd->next;
        if (cmd->prog == prog) { /* nobody is left to be told */
            forget_questions(cmd);
            unlink_cmd(c, cmd);
        }
    }
    for (size_t i = 0; i < c->nlanas; i++)
        nbt_computer_strip(c, now, prog, &c->lanas[i], out);
    nbt_prog **at = &c->progs;
    while (*at != prog)
        at = &(*at)->next;
    *at = prog->next;
    free_prog(c, prog);
    leave(c, now, out);
}

nbt_heard nbt_computer_hears(const nbt_computer *c, uint8_t lana)
{
    const nbt_node *node = nbt_computer_lana(c, lana);
    return node ? nbt_node_hears(node) : (nbt_heard){ .w = { 0 } };
}

void nbt_computer_overheard(nbt_computer *c, uint8_t lana, const nbt_overheard *o)
{
    nbt_lana *l = find_lana(c, lana);
    if (l)
        nbt_node_overheard(l->node, o);
}

void nbt_computer_rx(nbt_computer *c, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to,
                     nbt_bytes data, nbt_out *out)
{
    nbt_lana *l = find_lana(c, lana);
    if (!l)
        return;
    if (to.port == NBT_PORT_DGM)
        nbt_computer_datagram_rx(c, now, l, from, to, data, out);
    else if (to.port == NBT_PORT_NS)
        nbt_node_rx(l->node, now, from, to, data, out);
    leave(c, now, out);
}

void nbt_computer_tcp(nbt_computer *c, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    for (size_t i = 0; i < c->nlanas; i++)
        if (nbt_node_tcp(c->lanas[i].node, now, ev, out)) {
            leave(c, now, out);
            return;
        }
    if (ev->kind == NBT_TCP_ACCEPTED)
        nbt_computer_accepted(c, now, ev, out);
    nbt_link *link = ev->kind == NBT_TCP_ACCEPTED ? NULL : nbt_link_find(c, ev->conn);
    if (link) {
        nbt_session_tcp(&link->s, now, ev, out);
        nbt_computer_settle(c, now, link, out);
    }
    leave(c, now, out);
}

/* A RECEIVE only ends; a SEND takes its session with it, since half of it may have left (G42). */
static void time_out(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out)
{
    bool receive = nbt_cmd_verb(cmd) == NBT_NCB_RECEIVE;
    nbt_link *link = cmd->link;
    nbt_computer_done(c, cmd, NBT_NRC_CMDTMO, out);
    if (!receive)
        nbt_computer_kill(c, now, link, "send timed out", out);
}

/* A session or a command on it is due: the session first. */
static void look_at(nbt_computer *c, nbt_time now, nbt_link *link, nbt_out *out)
{
    if (nbt_session_due(&link->s) <= now) {
        nbt_session_tick(&link->s, now, out);
        nbt_computer_settle(c, now, link, out);
        return;
    }
    nbt_cmd *cmd = link->cmds;
    while (cmd->due > now)
        cmd = cmd->next_on_link;
    time_out(c, now, cmd, out);
}

void nbt_computer_tick(nbt_computer *c, nbt_time now, nbt_out *out)
{
    for (size_t i = 0; i < c->nlanas; i++)
        nbt_node_tick(c->lanas[i].node, now, out);
    leave(c, now, out);
    for (nbt_link *link; (link = nbt_link_first(c)) && link->due <= now;)
        look_at(c, now, link, out);
    nbt_computer_datagram_tick(c, now, out);
    leave(c, now, out);
}

nbt_time nbt_computer_due(const nbt_computer *c)
{
    nbt_time due = nbt_computer_datagram_due(c);
    for (size_t i = 0; i < c->nlanas; i++)
        due = nbt_time_min(due, nbt_node_due(c->lanas[i].node));
    const nbt_link *link = nbt_link_first(c);
    return link ? nbt_time_min(due, link->due) : due;
}

/* These wait for as long as it takes. */
static bool waits_for_a_peer(unsigned verb)
{
    return verb == NBT_NCB_LISTEN || verb == NBT_NCB_RECEIVE || verb == NBT_NCB_RECEIVE_ANY ||
           verb == NBT_NCB_RECEIVE_DATAGRAM || verb == NBT_NCB_RECEIVE_BROADCAST ||
           verb == NBT_NCB_LAN_STATUS_ALERT;
}

unsigned nbt_computer_submitted(const nbt_computer *c)
{
    unsigned n = 0;
    for (const nbt_cmd *cmd = c->cmds; cmd; cmd = cmd->next)
        n += cmd->prog->proc != 0;
    return n;
}

bool nbt_computer_idle(const nbt_computer *c)
{
    for (const nbt_cmd *cmd = c->cmds; cmd; cmd = cmd->next)
        if (!waits_for_a_peer(nbt_cmd_verb(cmd)))
            return false;
    for (size_t i = 0; i < c->nlanas; i++)
        if (!nbt_node_idle(c->lanas[i].node))
            return false;
    return true;
}
