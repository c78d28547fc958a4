/*
 * Sessions of programs: which LISTEN takes a call, which RECEIVE gets a message, and what becomes
 * of the commands of a session that ends. What a session says to its peer is not decided here.
 */
#include "nbt/computer_impl.h"

/* --- session numbers ---------------------------------------------------------------------- */

/* A number for one more session of this program, 0 when the table is full, its own or the LANA's.
 * Without a table none is taken yet. */
static uint16_t free_lsn(const nbt_computer *c, nbt_prog *prog, const nbt_lana *lana)
{
    const nbt_share *share = nbt_share_of(prog, lana);
    if (share->sessions >= share->max_sessions || !lana->by_lsn)
        return 0;
    uint16_t lsn = lana->last_lsn;
    for (unsigned tries = 0; tries < c->max_sessions; tries++) {
        lsn = lsn == c->max_sessions ? 1 : (uint16_t)(lsn + 1);
        if (!lana->by_lsn[lsn])
            return lsn;
    }
    return 0;
}

/* Whether there may be a session: the adapter has its table, which most never need. What is wrong,
 * GOODRET if nothing is. */
static uint8_t need_lsn(const nbt_computer *c, nbt_prog *prog, nbt_lana *lana)
{
    if (!lana->by_lsn && !(lana->by_lsn = nbt_mem_new(c->mem, nbt_by_lsn_size(c))))
        return NBT_NRC_NORES;
    return free_lsn(c, prog, lana) ? NBT_NRC_GOODRET : NBT_NRC_LOCTFUL;
}

static void give_lsn(nbt_link *link, nbt_prog *prog, uint16_t lsn, uint8_t num, const nbt_ncb *ncb)
{
    link->prog = prog;
    link->lsn = lsn;
    link->num = num;
    link->rto = ncb->rto;
    link->sto = ncb->sto;
    link->lana->by_lsn[lsn] = link;
    link->lana->last_lsn = lsn;
    nbt_share_of(prog, link->lana)->sessions++;
}

/* Nobody's any more: the number is free. */
static void take_lsn(nbt_link *link)
{
    if (link->lsn) {
        link->lana->by_lsn[link->lsn] = NULL;
        nbt_share_of(link->prog, link->lana)->sessions--;
    }
    link->prog = NULL;
    link->lsn = link->num = 0;
}

static void bury(nbt_computer *c, nbt_link *link)
{
    take_lsn(link);
    nbt_link_die(c, link);
    nbt_link_touch(c, link);
}

/* The session of a command's NCB_LSN, as its program sees it: NULL before it stands. */
static nbt_link *session_of(const nbt_computer *c, const nbt_cmd *cmd)
{
    uint16_t lsn = cmd->ncb.lsn;
    nbt_link **by_lsn = cmd->lana->by_lsn;
    nbt_link *link = by_lsn && lsn <= c->max_sessions ? by_lsn[lsn] : NULL;
    return link && link->prog == cmd->prog && link->s.phase >= NBT_PHASE_UP ? link : NULL;
}

static nbt_time in_half_seconds(nbt_time now, uint8_t units)
{
    return units ? now + units * NBT_MS(500) : NBT_NEVER;
}

static nbt_session_cfg session_cfg(nbt_computer *c, const nbt_lana *lana)
{
    return (nbt_session_cfg){ c->mem, lana->cfg, &c->conns };
}

/* --- the end of a session ----------------------------------------------------------------- */

/* Ends all that its program still waits for on it. True if there was anything. */
static bool end_commands(nbt_computer *c, const nbt_link *link, uint8_t hang_up, uint8_t others,
                         nbt_out *out)
{
    bool any = false;
    for (nbt_cmd *cmd = link->cmds, *next; cmd; cmd = next) {
        next = cmd->next_on_link;
        bool hanging_up = nbt_cmd_verb(cmd) == NBT_NCB_HANGUP;
        nbt_computer_done(c, cmd, hanging_up ? hang_up : others, out);
        any = true;
    }
    return any;
}

void nbt_computer_kill(nbt_computer *c, nbt_time now, nbt_link *link, const char *why, nbt_out *out)
{
    nbt_lana *lana = link->lana;
    uint8_t num = link->num;
    if (link->s.phase != NBT_PHASE_OVER)
        nbt_session_abort(&link->s, NBT_NRC_SABORT, why, out);
    (void)end_commands(c, link, NBT_NRC_SABORT, NBT_NRC_SABORT, out);
    bury(c, link);
    nbt_computer_name_idle(c, now, lana, num, out);
}

void nbt_computer_orphan(nbt_computer *c, nbt_time now, nbt_link *link, nbt_out *out)
{
    nbt_lana *lana = link->lana;
    uint8_t num = link->num;
    take_lsn(link);
    if (link->s.phase == NBT_PHASE_UP)
        nbt_session_close(&link->s, now, out);
    else if (link->s.phase < NBT_PHASE_UP)
        nbt_session_abort(&link->s, NBT_NRC_SABORT, "its program has gone", out);
    if (link->s.phase == NBT_PHASE_OVER)
        nbt_link_die(c, link);
    nbt_link_touch(c, link);
    nbt_computer_name_idle(c, now, lana, num, out);
}

/* The RECEIVE ANY that is next in line for a session: under its name before under any (G40). */
static nbt_cmd *any_receiver(const nbt_computer *c, const nbt_link *link)
{
    nbt_cmd *for_any_name = NULL;
    for (nbt_cmd *cmd = c->sort[NBT_SORT_RECEIVE_ANY].first; cmd; cmd = cmd->next_of_sort) {
        bool mine = cmd->prog == link->prog && cmd->lana == link->lana;
        if (mine && cmd->num == link->num)
            return cmd;
        if (mine && cmd->num == NBT_NUM_ANY && !for_any_name)
            for_any_name = cmd;
    }
    return for_any_name;
}

static void answer_any(nbt_cmd *cmd, const nbt_link *link)
{
    cmd->ncb.lsn = link->lsn;
    cmd->ncb.num = link->num;
    link->lana->last_heard = link->lsn;
}

/*
 * The session is over. Its program hears it once: through the commands that wait on it, else
 * through one RECEIVE ANY, else through the next command that names it (G40, G41). What has
 * arrived before can still be received.
 */
static void ended(nbt_computer *c, nbt_time now, nbt_link *link, nbt_out *out)
{
    nbt_lana *lana = link->lana;
    uint8_t num = link->num, nrc = link->s.nrc;
    if (!link->prog) {
        bury(c, link);
        return;
    }
    nbt_bytes rest;
    bool waits = nbt_session_message(&link->s, &rest);
    uint8_t others = nrc == NBT_NRC_CMDTMO ? NBT_NRC_SABORT : nrc;
    link->told = end_commands(c, link, nrc, others, out) || link->told;
    nbt_cmd *any = link->told ? NULL : any_receiver(c, link);
    if (any) {
        answer_any(any, link);
        nbt_computer_done(c, any, nrc, out);
        link->told = true;
    }
    if (link->told && !waits)
        bury(c, link);
    nbt_computer_name_idle(c, now, lana, num, out);
}

/* A command names a session that is over, and no message waits that it could take. */
static void refuse_ended(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_link *link, nbt_out *out)
{
    link->told = true;
    nbt_computer_done(c, cmd, link->s.nrc, out);
    ended(c, now, link, out);
}

/* --- messages ----------------------------------------------------------------------------- */

static nbt_cmd *receiver(const nbt_computer *c, const nbt_link *link)
{
    for (nbt_cmd *cmd = link->cmds; cmd; cmd = cmd->next_on_link)
        if (nbt_cmd_verb(cmd) == NBT_NCB_RECEIVE)
            return cmd;
    return link->prog ? any_receiver(c, link) : NULL;
}

/* G44: what does not fit stays for the next. */
static void deliver(nbt_computer *c, nbt_link *link, nbt_cmd *cmd, nbt_bytes rest, nbt_out *out)
{
    size_t room = cmd->ncb.length < NBT_RECEIVE_MAX ? cmd->ncb.length : NBT_RECEIVE_MAX;
    size_t n = rest.n < room ? rest.n : room;
    if (nbt_cmd_verb(cmd) == NBT_NCB_RECEIVE_ANY)
        answer_any(cmd, link);
    uint8_t nrc = n < rest.n ? NBT_NRC_INCOMP : NBT_NRC_GOODRET;
    nbt_computer_done_data(c, cmd, nrc, rest.p, n, out);
    nbt_session_take(&link->s, n, out);
}

static void deliver_all(nbt_computer *c, nbt_link *link, nbt_out *out)
{
    nbt_bytes rest;
    while (nbt_session_message(&link->s, &rest)) {
        nbt_cmd *cmd = receiver(c, link);
        if (!cmd)
            return;
        deliver(c, link, cmd, rest, out);
    }
}

/* --- calls that come in, RFC 1002 5.2.1.2 --------------------------------------------------- */

/*
 * The LISTEN for a caller: one that names it before one that takes anybody (C18). `*for_other`:
 * there are some for others.
 */
static nbt_cmd *listener(const nbt_computer *c, const nbt_link *link, uint8_t num, bool *for_other)
{
    nbt_cmd *for_anybody = NULL;
    *for_other = false;
    for (nbt_cmd *cmd = c->sort[NBT_SORT_LISTEN].first; cmd; cmd = cmd->next_of_sort) {
        if (cmd->lana != link->lana || cmd->num != num)
            continue;
        if (memcmp(cmd->ncb.callname, link->s.calling.b, NBT_NAME_LEN) == 0)
            return cmd;
        if (cmd->ncb.callname[0] != '*')
            *for_other = true;
        else if (!for_anybody)
            for_anybody = cmd;
    }
    return for_anybody;
}

/*
 * The name that is called here: an own one, or the file server by the name that any of them has for
 * those who know an address alone (MS-NBTE 3.1.4.1; A7). GOODRET, or what is wrong with it.
 */
static uint8_t called_name(const nbt_link *link, uint8_t *num)
{
    static const uint8_t any_server[NBT_NAME_LEN] = "*SMBSERVER     \x20";
    const uint8_t *called = link->s.called.b;
    if (!link->lana->cfg->profile->ssn_smbserver || memcmp(called, any_server, NBT_NAME_LEN) != 0)
        return nbt_computer_own_name(link->lana, called, num);
    const nbt_ltable *names = nbt_node_names(link->lana->node);
    const nbt_entry *e = nbt_ltable_next(names, NULL);
    while (e && (e->group || e->name[NBT_NAME_LEN - 1] != 0x20))
        e = nbt_ltable_next(names, e);
    return e ? nbt_computer_own_name(link->lana, e->name, num) : NBT_NRC_NOWILD;
}

/* The caller is known: the session code that refuses it, or 0 and the session stands. */
static uint8_t judge(nbt_computer *c, nbt_time now, nbt_link *link, nbt_out *out)
{
    uint8_t num;
    bool ours = nbt_lana_in_scope(link->lana->cfg, &link->s.called.scope);
    if (!ours || called_name(link, &num) != NBT_NRC_GOODRET)
        return NBT_SSN_CODE_CALLED_NOT_PRESENT; /* C14 */
    bool for_other;
    nbt_cmd *cmd = listener(c, link, num, &for_other);
    if (!cmd)
        return for_other ? NBT_SSN_CODE_NOT_LISTENING_CALLING : NBT_SSN_CODE_NOT_LISTENING_CALLED;
    uint16_t lsn = free_lsn(c, cmd->prog, link->lana);
    if (!lsn)
        return NBT_SSN_CODE_NO_RESOURCES; /* C16; the LISTEN stays */
    nbt_session_accept(&link->s, now, out);
    if (link->s.phase == NBT_PHASE_OVER) /* no memory for the answer */
        return 0;
    give_lsn(link, cmd->prog, lsn, num, &cmd->ncb);
    cmd->ncb.lsn = lsn;
    memcpy(cmd->ncb.callname, link->s.calling.b, NBT_NAME_LEN); /* as received: C23 */
    nbt_computer_done(c, cmd, NBT_NRC_GOODRET, out);
    return 0;
}

/* Octets that begin with a TYPE that no packet has. */
static void garble(const nbt_computer *c, nbt_time now, nbt_link *link, nbt_out *out)
{
    uint8_t octets[64];
    nbt_rng rng = { c->seed ^ link->s.conn };
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)nbt_rng_below(&rng, 256);
    octets[0] = (uint8_t)(0x40 | (octets[0] & 0x3F));
    nbt_session_garble(&link->s, now, (nbt_bytes){ octets, sizeof octets }, out);
}

static void obey(nbt_computer *c, nbt_time now, nbt_link *link, const nbt_rule *rule, nbt_out *out)
{
    switch (rule->does) {
    case NBT_RULE_LISTEN:
        return;
    case NBT_RULE_CODE:
        nbt_session_refuse(&link->s, now, rule->code, out);
        return;
    case NBT_RULE_RETARGET:
        nbt_session_retarget(&link->s, now, rule->to, out);
        return;
    case NBT_RULE_SILENT:
        nbt_session_ignore(&link->s, out);
        return;
    case NBT_RULE_RESET:
        nbt_session_abort(&link->s, NBT_NRC_SABORT, "reset by a rule", out);
        return;
    case NBT_RULE_GARBAGE:
        garble(c, now, link, out);
        return;
    }
}

/* OFFER: a rule has the first word, then the LISTENs. */
static void answer_call(nbt_computer *c, nbt_time now, nbt_link *link, nbt_out *out)
{
    const nbt_rule *rule = nbt_rule_find(c->rules, c->nrules, link->s.called.b, link->s.calling.b);
    if (rule && rule->does != NBT_RULE_LISTEN) {
        obey(c, now, link, rule, out);
        return;
    }
    uint8_t code = judge(c, now, link, out);
    if (code)
        nbt_session_refuse(&link->s, now, code, out);
}

/* Makes room for one more connection that has not said what it wants: KB Q275567. */
static void limit_half_open(nbt_computer *c, nbt_out *out)
{
    bool more = c->max_sessions > NBT_SESSIONS_MAX;
    if (c->half_open < (more ? c->max_sessions : (unsigned)NBT_HALF_OPEN_MAX))
        return;
    nbt_link *oldest = c->links;
    while (!oldest->half_open)
        oldest = oldest->next;
    nbt_session_abort(&oldest->s, NBT_NRC_NORES, "too many half-open connections", out);
    bury(c, oldest);
}

void nbt_computer_accepted(nbt_computer *c, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    nbt_lana *lana = NULL;
    for (size_t i = 0; i < c->nlanas; i++)
        if (c->lanas[i].cfg->lana == ev->lana)
            lana = &c->lanas[i];
    limit_half_open(c, out);
    nbt_link *link = lana ? nbt_link_new(c, lana) : NULL;
    if (!link) {
        nbt_act *act = nbt_out_add(out, NBT_ACT_TCP_ABORT, NULL, 0);
        act->lana = ev->lana;
        act->conn = ev->conn;
        return;
    }
    nbt_session_cfg cfg = session_cfg(c, lana);
    nbt_session_answer(&link->s, &cfg, now, ev->conn, ev->peer, out);
    nbt_link_touch(c, link);
}

/* --- after each step ---------------------------------------------------------------------- */

static nbt_cmd *command_on(const nbt_link *link, unsigned verb)
{
    for (nbt_cmd *cmd = link->cmds; cmd; cmd = cmd->next_on_link)
        if (nbt_cmd_verb(cmd) == verb)
            return cmd;
    return NULL;
}

static void look_up(nbt_time now, nbt_link *link, nbt_out *out)
{
    nbt_cmd *call = command_on(link, NBT_NCB_CALL);
    assert(call);                  /* its session ends with it */
    if (link->s.call.attempts > 0) /* what was found was good for nothing */
        nbt_node_forget_name(link->lana->node, call->ncb.callname);
    call->query = nbt_node_query(link->lana->node, now, call->ncb.callname, out);
    if (!call->query)
        nbt_session_abort(&link->s, NBT_NRC_NORES, "no memory", out);
}

static void finish_sends(nbt_computer *c, const nbt_link *link, nbt_out *out)
{
    for (nbt_cmd *cmd = link->cmds, *next; cmd; cmd = next) {
        next = cmd->next_on_link;
        bool send = nbt_ncb_sends(nbt_cmd_verb(cmd));
        if (send && cmd->end <= link->s.sent)
            nbt_computer_done(c, cmd, NBT_NRC_GOODRET, out);
    }
}

void nbt_computer_settle(nbt_computer *c, nbt_time now, nbt_link *link, nbt_out *out)
{
    uint32_t absent = nbt_session_absent(&link->s);
    if (absent)
        nbt_node_release_absent(link->lana->node, link->s.called.b, absent,
                                link->s.call.targets.group, out);
    if (nbt_session_lookup(&link->s))
        look_up(now, link, out);
    if (link->s.phase == NBT_PHASE_OFFER)
        answer_call(c, now, link, out);
    finish_sends(c, link, out);
    nbt_cmd *call = link->s.phase == NBT_PHASE_UP ? command_on(link, NBT_NCB_CALL) : NULL;
    if (call) {
        call->ncb.lsn = link->lsn;
        nbt_computer_done(c, call, NBT_NRC_GOODRET, out);
    }
    deliver_all(c, link, out);
    call = link->s.phase == NBT_PHASE_OVER ? command_on(link, NBT_NCB_CALL) : NULL;
    if (call) /* in vain (F36) */
        nbt_node_forget_name(link->lana->node, call->ncb.callname);
    if (link->s.phase == NBT_PHASE_OVER)
        ended(c, now, link, out);
    else
        nbt_session_flow(&link->s, out);
    nbt_link_touch(c, link);
}

/* --- commands ----------------------------------------------------------------------------- */

void nbt_computer_call(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out)
{
    nbt_lana *lana = cmd->lana;
    uint8_t nrc = nbt_computer_own_name(lana, cmd->ncb.name, &cmd->num);
    if (nrc == NBT_NRC_GOODRET && (cmd->ncb.callname[0] == '*' || cmd->ncb.callname[0] == 0))
        nrc = NBT_NRC_NOWILD;
    else if (nrc == NBT_NRC_GOODRET)
        nrc = need_lsn(c, cmd->prog, lana);
    nbt_link *link = nrc == NBT_NRC_GOODRET ? nbt_link_new(c, lana) : NULL;
    if (!link) {
        nbt_computer_done(c, cmd, nrc == NBT_NRC_GOODRET ? NBT_NRC_NORES : nrc, out);
        return;
    }
    nbt_cmd_join(cmd, link);
    give_lsn(link, cmd->prog, free_lsn(c, cmd->prog, lana), cmd->num, &cmd->ncb);
    link->caller = true;
    nbt_session_cfg cfg = session_cfg(c, lana);
    nbt_session_call(&link->s, &cfg, cmd->ncb.callname, cmd->ncb.name, out);
    nbt_computer_settle(c, now, link, out);
}

void nbt_computer_listen(nbt_computer *c, nbt_cmd *cmd, nbt_out *out)
{
    uint8_t nrc = nbt_computer_own_name(cmd->lana, cmd->ncb.name, &cmd->num);
    if (nrc == NBT_NRC_GOODRET)
        nrc = need_lsn(c, cmd->prog, cmd->lana);
    if (nrc != NBT_NRC_GOODRET)
        nbt_computer_done(c, cmd, nrc, out);
}

void nbt_computer_hang_up(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out)
{
    nbt_link *link = session_of(c, cmd);
    if (!link) {
        nbt_computer_done(c, cmd, NBT_NRC_SNUMOUT, out);
        return;
    }
    if (link->s.phase == NBT_PHASE_CLOSE) {
        nbt_computer_done(c, cmd, NBT_NRC_SCLOSED, out);
        return;
    }
    if (link->s.phase == NBT_PHASE_OVER) {
        nbt_session_fini(&link->s); /* nobody wants what still waits */
        refuse_ended(c, now, cmd, link, out);
        return;
    }
    for (nbt_cmd *other = link->cmds, *next; other; other = next) {
        next = other->next_on_link;
        if (nbt_cmd_verb(other) == NBT_NCB_RECEIVE)
            nbt_computer_done(c, other, NBT_NRC_SCLOSED, out);
    }
    nbt_cmd_join(cmd, link);
    nbt_session_close(&link->s, now, out);
    nbt_computer_settle(c, now, link, out);
}

/* How much of a session may be on its way while a NO ACK ends at once. */
enum { UNSENT_MAX = 131072 };

/*
 * A NO ACK does not wait for its message; but who never waits must not fill the memory, so it waits
 * until no more than UNSENT_MAX octets are on their way.
 */
static uint64_t may_end_at(const nbt_cmd *cmd, uint64_t end)
{
    if (!nbt_ncb_sends_no_ack(nbt_cmd_verb(cmd)))
        return end;
    return end > UNSENT_MAX ? end - UNSENT_MAX : 0;
}

/* All forms: a CHAIN SEND's two buffers come as one (G45). */
void nbt_computer_send(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_bytes data, nbt_out *out)
{
    uint32_t second = nbt_ncb_chains(nbt_cmd_verb(cmd)) ? cmd->ncb.chain_length : 0;
    nbt_link *link = session_of(c, cmd);
    uint8_t nrc = NBT_NRC_GOODRET;
    if (!link)
        nrc = NBT_NRC_SNUMOUT;
    else if (link->s.phase == NBT_PHASE_CLOSE)
        nrc = NBT_NRC_SCLOSED;
    else if (cmd->ncb.length > NBT_SEND_MAX || second > NBT_SEND_MAX ||
             data.n != cmd->ncb.length + second)
        nrc = NBT_NRC_BUFLEN;
    if (nrc != NBT_NRC_GOODRET) {
        nbt_computer_done(c, cmd, nrc, out);
        return;
    }
    if (link->s.phase == NBT_PHASE_OVER) {
        refuse_ended(c, now, cmd, link, out);
        return;
    }
    if (!nbt_session_send(&link->s, now, data, &cmd->end, out)) {
        nbt_computer_done(c, cmd, NBT_NRC_NORES, out);
        return;
    }
    nbt_cmd_join(cmd, link);
    cmd->end = may_end_at(cmd, cmd->end);
    cmd->due = in_half_seconds(now, link->sto);
    nbt_link_touch(c, link);
    finish_sends(c, link, out);
}

void nbt_computer_receive(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out)
{
    nbt_link *link = session_of(c, cmd);
    if (!link || link->s.phase == NBT_PHASE_CLOSE) {
        nbt_computer_done(c, cmd, link ? NBT_NRC_SCLOSED : NBT_NRC_SNUMOUT, out);
        return;
    }
    nbt_cmd_join(cmd, link);
    cmd->due = in_half_seconds(now, link->rto);
    nbt_computer_settle(c, now, link, out);
}

/* The first of the program's sessions behind the one served last that has something for it. */
static nbt_link *next_heard(const nbt_computer *c, const nbt_cmd *cmd)
{
    uint16_t lsn = cmd->lana->last_heard;
    if (c->heard == 0)
        return NULL; /* as nearly always: the sessions may be thousands */
    for (unsigned tries = 0; cmd->lana->by_lsn && tries < c->max_sessions; tries++) {
        lsn = lsn == c->max_sessions ? 1 : (uint16_t)(lsn + 1);
        nbt_link *link = cmd->lana->by_lsn[lsn];
        bool named = link && (cmd->num == NBT_NUM_ANY || cmd->num == link->num);
        nbt_bytes rest;
        if (named && link->prog == cmd->prog &&
            (nbt_session_message(&link->s, &rest) || link->s.phase == NBT_PHASE_OVER))
            return link;
    }
    return NULL;
}

void nbt_computer_receive_any(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out)
{
    cmd->num = cmd->ncb.num;
    const nbt_entry *e = nbt_computer_entry(cmd->lana, cmd->num);
    uint8_t nrc = NBT_NRC_GOODRET;
    if (cmd->num != NBT_NUM_ANY && (!e || e->state == NBT_ENTRY_REGISTERING))
        nrc = NBT_NRC_ILLNN;
    else if (cmd->num != NBT_NUM_ANY && e->conflict)
        nrc = NBT_NRC_NAMCONF;
    if (nrc != NBT_NRC_GOODRET) {
        nbt_computer_done(c, cmd, nrc, out);
        return;
    }
    nbt_link *link = next_heard(c, cmd);
    if (link)
        nbt_computer_settle(c, now, link, out);
}

uint32_t nbt_computer_conn(const nbt_computer *c, uint8_t lana, uint16_t lsn)
{
    for (const nbt_link *link = c->links; link; link = link->next) {
        if (!link->dead && link->lsn == lsn && lsn > 0 && link->lana->cfg->lana == lana)
            return link->s.conn;
    }
    return 0;
}

unsigned nbt_computer_established(const nbt_computer *c)
{
    unsigned n = 0;
    for (const nbt_link *link = c->links; link; link = link->next)
        n += !link->dead && link->s.phase == NBT_PHASE_UP;
    return n;
}
