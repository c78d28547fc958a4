/*
 * Which program has which names. A unique name belongs to one program, a group name to all that
 * have added it; the adapter's table knows each of them once. Nothing here touches the network
 * but through the node.
 */
#include "nbt/computer_impl.h"

/* --- who holds a name --------------------------------------------------------------------- */

bool nbt_computer_holds(nbt_prog *prog, const nbt_lana *lana, uint8_t num)
{
    return nbt_share_of(prog, lana)->holds[num / 8] >> num % 8 & 1;
}

static void hold(nbt_prog *prog, const nbt_lana *lana, uint8_t num)
{
    uint8_t *bits = &nbt_share_of(prog, lana)->holds[num / 8];
    *bits = (uint8_t)(*bits | 1u << num % 8);
}

static void let_go(nbt_prog *prog, const nbt_lana *lana, uint8_t num)
{
    uint8_t *bits = &nbt_share_of(prog, lana)->holds[num / 8];
    *bits = (uint8_t)(*bits & ~(1u << num % 8));
}

static unsigned names_of(nbt_prog *prog, const nbt_lana *lana)
{
    unsigned n = 0;
    for (unsigned num = 1; num <= NBT_NAMES_MAX; num++)
        n += nbt_computer_holds(prog, lana, (uint8_t)num);
    return n;
}

static bool anybody_holds(nbt_computer *c, const nbt_lana *lana, uint8_t num)
{
    for (nbt_prog *prog = c->progs; prog; prog = prog->next)
        if (nbt_computer_holds(prog, lana, num))
            return true;
    return false;
}

const nbt_entry *nbt_computer_entry(const nbt_lana *lana, uint8_t num)
{
    const nbt_entry *e = nbt_ltable_next(nbt_node_names(lana->node), NULL);
    while (e && e->num != num)
        e = nbt_ltable_next(nbt_node_names(lana->node), e);
    return e;
}

uint8_t nbt_computer_own_name(const nbt_lana *lana, const uint8_t name[NBT_NAME_LEN], uint8_t *num)
{
    const nbt_entry *e = nbt_ltable_find_const(nbt_node_names(lana->node), name);
    if (!e || e->state != NBT_ENTRY_REGISTERED)
        return NBT_NRC_NOWILD;
    if (e->conflict)
        return NBT_NRC_NAMCONF;
    *num = e->num;
    return NBT_NRC_GOODRET;
}

/* --- ADD NAME, ADD GROUP NAME ------------------------------------------------------------- */

/* Why a name that is in the table cannot be added; GOODRET: this program may join the group. */
static uint8_t clash(nbt_prog *prog, const nbt_lana *lana, const nbt_entry *e, bool group)
{
    const nbt_profile *profile = lana->cfg->profile;
    if (e->conflict)
        return profile->nrc_in_conflict; /* G13 */
    if (e->state != NBT_ENTRY_REGISTERED || nbt_computer_holds(prog, lana, e->num))
        return NBT_NRC_DUPNAME;                                              /* G9, G12, G14 */
    return e->group && group ? NBT_NRC_GOODRET : profile->nrc_other_process; /* G10 */
}

void nbt_computer_add_name(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out)
{
    nbt_lana *lana = cmd->lana;
    const uint8_t *name = cmd->ncb.name;
    bool group = nbt_cmd_verb(cmd) == NBT_NCB_ADD_GROUP_NAME;
    const nbt_entry *e = nbt_ltable_find_const(nbt_node_names(lana->node), name);
    uint8_t nrc = e ? clash(cmd->prog, lana, e, group) : NBT_NRC_GOODRET;
    if (nrc == NBT_NRC_GOODRET && nbt_node_in_conflict_elsewhere(lana->node, name))
        nrc = lana->cfg->profile->nrc_in_conflict; /* F28 */
    if (name[0] == '*' || name[0] == 0)
        nrc = NBT_NRC_NOWILD; /* G15 */
    else if (nrc == NBT_NRC_GOODRET &&
             names_of(cmd->prog, lana) >= nbt_share_of(cmd->prog, lana)->max_names)
        nrc = NBT_NRC_NAMTFUL;
    if (nrc != NBT_NRC_GOODRET) {
        nbt_computer_done(c, cmd, nrc, out);
        return;
    }
    if (e) {
        hold(cmd->prog, lana, e->num);
        cmd->ncb.num = e->num;
        nbt_computer_done(c, cmd, NBT_NRC_GOODRET, out);
        return;
    }
    /* number 1 is kept for the permanent name */
    bool full = nbt_node_names(lana->node)->count >= NBT_NAMES_MAX - 1;
    cmd->num = nbt_node_add(lana->node, now, name, group, out);
    if (cmd->num)
        hold(cmd->prog, lana, cmd->num); /* from now on: the program may go before the claim ends */
    else
        nbt_computer_done(c, cmd, full ? NBT_NRC_NAMTFUL : NBT_NRC_NORES, out);
}

/* The return code of a claim that was refused (G21, G22). */
static uint8_t refused_nrc(uint8_t rcode)
{
    switch ((enum nbt_rcode)rcode) {
    case NBT_RCODE_ACT_ERR:
    case NBT_RCODE_RFS_ERR:
    case NBT_RCODE_CFT_ERR:
        return NBT_NRC_INUSE;
    case NBT_RCODE_OK: /* G27: no name server has answered, so nobody has it */
        return NBT_NRC_CMDTMO;
    case NBT_RCODE_FMT_ERR:
    case NBT_RCODE_SRV_ERR:
    case NBT_RCODE_NAM_ERR:
    case NBT_RCODE_IMP_ERR:
        break;
    }
    return NBT_NRC_SYSTEM; /* nobody has said that the name is taken */
}

static void claim_ended(nbt_computer *c, nbt_lana *lana, const nbt_node_ev *ev, nbt_out *out)
{
    for (nbt_cmd *cmd = c->cmds; cmd; cmd = cmd->next) {
        unsigned verb = nbt_cmd_verb(cmd);
        bool add = verb == NBT_NCB_ADD_NAME || verb == NBT_NCB_ADD_GROUP_NAME;
        if (!add || cmd->lana != lana || cmd->num != ev->num)
            continue;
        if (ev->kind == NBT_NODE_ADDED) {
            cmd->ncb.num = ev->num;
            nbt_computer_done(c, cmd, NBT_NRC_GOODRET, out);
        } else {
            let_go(cmd->prog, lana, ev->num);
            nbt_computer_done(c, cmd, refused_nrc(ev->rcode), out);
        }
        return;
    }
}

/* --- the end of a name -------------------------------------------------------------------- */

/* Datagrams have no session that could outlive a name. */
static bool is_datagram(unsigned verb)
{
    return verb == NBT_NCB_RECEIVE_DATAGRAM || verb == NBT_NCB_RECEIVE_BROADCAST ||
           verb == NBT_NCB_SEND_DATAGRAM || verb == NBT_NCB_SEND_BROADCAST;
}

/* Ends the commands that wait under a name (of one program; NULL: of all): G17. */
static void end_waiting(nbt_computer *c, nbt_prog *prog, const nbt_lana *lana, uint8_t num,
                        uint8_t nrc, nbt_out *out)
{
    for (nbt_cmd *cmd = c->cmds, *next; cmd; cmd = next) {
        next = cmd->next;
        unsigned verb = nbt_cmd_verb(cmd);
        bool waits = verb == NBT_NCB_LISTEN || verb == NBT_NCB_RECEIVE_ANY || is_datagram(verb);
        if (waits && cmd->lana == lana && cmd->num == num && (!prog || cmd->prog == prog))
            nbt_computer_withdraw(c, cmd, nrc, out);
    }
}

/* Sessions that keep a deleted name alive: also those that are being set up. */
static bool in_use(const nbt_computer *c, const nbt_lana *lana, uint8_t num)
{
    for (const nbt_link *link = c->links; link; link = link->next)
        if (link->lana == lana && link->num == num && !link->dead &&
            link->s.phase != NBT_PHASE_OVER)
            return true;
    return false;
}

static void remove_name(nbt_computer *c, nbt_time now, nbt_lana *lana, uint8_t num, nbt_out *out)
{
    for (nbt_link *link = c->links; link; link = link->next)
        if (link->lana == lana && link->num == num)
            link->num = 0; /* over: the next name of this number has nothing to do with it */
    nbt_node_delete(lana->node, now, num, out);
    end_waiting(c, NULL, lana, num, NBT_NRC_NAMERR, out);
}

/* A program gives up a name that it holds. Returns what DELETE NAME says to that. */
static uint8_t give_up(nbt_computer *c, nbt_time now, nbt_prog *prog, nbt_lana *lana, uint8_t num,
                       nbt_out *out)
{
    let_go(prog, lana, num);
    if (anybody_holds(c, lana, num)) {
        end_waiting(c, prog, lana, num, NBT_NRC_NAMERR, out);
        return NBT_NRC_GOODRET;
    }
    if (in_use(c, lana, num)) { /* G16: the release must wait as well */
        nbt_node_deregister(lana->node, now, num, out);
        return NBT_NRC_ACTSES;
    }
    remove_name(c, now, lana, num, out);
    return NBT_NRC_GOODRET;
}

void nbt_computer_name_idle(nbt_computer *c, nbt_time now, nbt_lana *lana, uint8_t num,
                            nbt_out *out)
{
    const nbt_entry *e = nbt_computer_entry(lana, num);
    if (e && e->state == NBT_ENTRY_DEREGISTERED && !in_use(c, lana, num))
        remove_name(c, now, lana, num, out);
}

void nbt_computer_delete_name(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out)
{
    nbt_lana *lana = cmd->lana;
    const nbt_entry *e = nbt_ltable_find_const(nbt_node_names(lana->node), cmd->ncb.name);
    uint8_t nrc = NBT_NRC_NOWILD;
    if (e && e->state == NBT_ENTRY_REGISTERED && nbt_computer_holds(cmd->prog, lana, e->num))
        nrc = give_up(c, now, cmd->prog, lana, e->num, out);
    nbt_computer_done(c, cmd, nrc, out);
}

/* --- all names of a program --------------------------------------------------------------- */

void nbt_computer_strip(nbt_computer *c, nbt_time now, nbt_prog *prog, nbt_lana *lana, nbt_out *out)
{
    for (nbt_link *link = c->links; link; link = link->next)
        if (link->prog == prog && link->lana == lana && !link->dead)
            nbt_computer_orphan(c, now, link, out);
    for (unsigned num = 1; num <= NBT_NAMES_MAX; num++)
        if (nbt_computer_holds(prog, lana, (uint8_t)num))
            (void)give_up(c, now, prog, lana, (uint8_t)num, out);
}

static uint32_t limit(uint32_t wanted, uint32_t otherwise, uint32_t max)
{
    uint32_t n = wanted ? wanted : otherwise;
    return n > max ? max : n;
}

/*
 * Where a driver has more sessions than the NetBIOS interface knows, no number asks for them all,
 * and so does the largest that the interface has.
 */
void nbt_computer_set_limits(const nbt_computer *c, const nbt_lana *lana, nbt_share *share,
                             nbt_limits wanted)
{
    const nbt_profile *p = lana->cfg->profile;
    bool more = c->max_sessions > NBT_SESSIONS_MAX;
    if (more && wanted.sessions >= NBT_SESSIONS_MAX && wanted.sessions <= UINT8_MAX)
        wanted.sessions = 0;
    if (more && wanted.commands == UINT8_MAX)
        wanted.commands = 0;
    share->max_sessions = (uint16_t)limit(
        wanted.sessions, more ? c->max_sessions : p->default_sessions, c->max_sessions);
    share->max_commands =
        limit(wanted.commands, more ? c->max_commands : p->default_commands, c->max_commands);
    share->max_names = (uint8_t)limit(wanted.names, p->default_names, NBT_NAMES_MAX - 1);
}

/* IBM's old interface has the limits in NCB_LSN and NCB_NUM and none of names. */
static nbt_limits limits_of(const nbt_profile *p, const nbt_ncb *ncb)
{
    if (!p->reset_win32)
        return (nbt_limits){ ncb->lsn, ncb->num, 0 };
    return (nbt_limits){ ncb->callname[0], ncb->callname[1], ncb->callname[2] };
}

/* Win32's has them in NCB_CALLNAME: NCB_LSN says whether there is a new environment at all. */
void nbt_computer_reset(nbt_computer *c, nbt_time now, nbt_cmd *cmd, nbt_out *out)
{
    nbt_lana *lana = cmd->lana;
    nbt_prog *prog = cmd->prog;
    const nbt_profile *profile = lana->cfg->profile;
    nbt_share *share = nbt_share_of(prog, lana);
    for (nbt_cmd *other = c->cmds, *next; other; other = next) {
        next = other->next;
        if (other != cmd && other->prog == prog && other->lana == lana)
            nbt_computer_withdraw(c, other, NBT_NRC_CMDCAN, out);
    }
    nbt_computer_strip(c, now, prog, lana, out);
    share->reset = !profile->reset_win32 || cmd->ncb.lsn == 0;
    if (share->reset)
        nbt_computer_set_limits(c, lana, share, limits_of(profile, &cmd->ncb));
    nbt_computer_done(c, cmd, NBT_NRC_GOODRET, out);
}

/* --- the node's news ---------------------------------------------------------------------- */

/* A command that would make a new session under a name, or is about datagrams (E46). */
static nbt_cmd *next_blocked(nbt_computer *c, const nbt_lana *lana, uint8_t num)
{
    for (nbt_cmd *cmd = c->cmds; cmd; cmd = cmd->next) {
        unsigned verb = nbt_cmd_verb(cmd);
        bool blocked = verb == NBT_NCB_LISTEN || verb == NBT_NCB_CALL || is_datagram(verb);
        if (blocked && cmd->lana == lana && cmd->num == num)
            return cmd;
    }
    return NULL;
}

/* RFC 1001 15.1.3.5: no new session, in or out; those that are there live on. */
static void in_conflict(nbt_computer *c, nbt_time now, nbt_lana *lana, uint8_t num, nbt_out *out)
{
    nbt_cmd *cmd;
    while ((cmd = next_blocked(c, lana, num))) {
        nbt_link *link = cmd->link;
        nbt_computer_withdraw(c, cmd, NBT_NRC_NAMCONF, out);
        if (link)
            nbt_computer_kill(c, now, link, "name in conflict", out);
    }
}

/* RFC 1001 15.5.3: the name is gone for everybody who had it; sessions under it live on (G31). */
static void taken_away(nbt_computer *c, const nbt_lana *lana, uint8_t num, nbt_out *out)
{
    for (nbt_prog *prog = c->progs; prog; prog = prog->next)
        let_go(prog, lana, num);
    for (nbt_link *link = c->links; link; link = link->next)
        if (link->lana == lana && link->num == num)
            link->num = 0; /* the next name of this number has nothing to do with it */
    end_waiting(c, NULL, lana, num, NBT_NRC_NAMERR, out);
}

void nbt_computer_name_event(nbt_computer *c, nbt_time now, nbt_lana *lana, const nbt_node_ev *ev,
                             nbt_out *out)
{
    switch (ev->kind) {
    case NBT_NODE_CONFLICT:
        in_conflict(c, now, lana, ev->num, out);
        return;
    case NBT_NODE_RELEASED:
        taken_away(c, lana, ev->num, out);
        return;
    case NBT_NODE_ADDED:
    case NBT_NODE_REFUSED:
        claim_ended(c, lana, ev, out);
        return;
    case NBT_NODE_FOUND:
    case NBT_NODE_FOUND_ALL:
    case NBT_NODE_STATUS:
    case NBT_NODE_NO_STATUS:
        return;
    }
}
