/*
 * The agent: its name, who may come to it, and its end. What guests say is dealt with in
 * agent_rights.c and agent_session.c.
 */
#include "rc/agent_impl.h"

#include <assert.h>
#include <string.h>

#include "rc/names.h"

const char *rc_permission_str(rc_permission permission)
{
    switch (permission) {
    case RC_PERMISSION_ASK:
        return "ask";
    case RC_PERMISSION_GRANT:
        return "grant";
    case RC_PERMISSION_DENY:
        return "deny";
    }
    return "";
}

bool rc_permission_parse(rc_permission *permission, const char *text, size_t len)
{
    for (rc_permission p = RC_PERMISSION_ASK; p <= RC_PERMISSION_DENY; p++) {
        if (rc_word_eq(rc_permission_str(p), text, len)) {
            *permission = p;
            return true;
        }
    }
    return false;
}

const char *rc_udp_flaw_str(rc_udp_flaw flaw)
{
    static const char *const words[] = {
#define X(sym, word) word,
        RC_UDP_FLAWS(X)
#undef X
    };
    return words[flaw];
}

bool rc_udp_flaw_parse(rc_udp_flaw *flaw, const char *text, size_t len)
{
    for (rc_udp_flaw f = RC_UDP_FLAW_NONE; f <= RC_UDP_FLAW_TOO_MANY_NAKS; f++) {
        if (rc_word_eq(rc_udp_flaw_str(f), text, len)) {
            *flaw = f;
            return true;
        }
    }
    return false;
}

static void enter(rc_agent *a, rc_agent_state s, nbt_time due, nbt_out *out)
{
    static const char *const words[] = { "idle", "claim", "listening", "down", "close", "over" };
    if (a->state != s) {
        nbt_trace *trace = &nbt_out_add(out, NBT_ACT_TRACE, NULL, 0)->trace;
        *trace = (nbt_trace){ .what = "agent", .from = words[a->state], .to = words[s], .why = "" };
        memcpy(trace->name, a->claim.machine, NBT_NAME_LEN - 1);
        trace->name[NBT_NAME_LEN - 1] = RC_SUFFIX_CLIENT;
    }
    a->state = s;
    a->due = due;
}

rc_agent *rc_agent_new(nbt_mem mem, const rc_agent_cfg *cfg)
{
    size_t client = cfg->client ? strlen(cfg->client) : 1;
    assert(client > 0 && client <= NBT_NAME_TEXT_MAX && cfg->nlanas <= RC_LANAS_MAX);
    assert(cfg->protocols & rc_profile_speaks(cfg->profile));

    rc_agent *a = mem.resize(mem.ctx, NULL, 0, sizeof *a);
    if (!a)
        return NULL;
    memset(a, 0, sizeof *a);
    a->mem = mem;
    a->packer = rc_packer_new(mem);
    if (!a->packer) {
        rc_agent_free(a);
        return NULL;
    }
    a->cfg = *cfg;
    if (cfg->client)
        a->cfg.client = memcpy(a->client, cfg->client, client + 1);
    if (cfg->nlanas > 0)
        a->cfg.lanas = memcpy(a->lanas, cfg->lanas, cfg->nlanas);
    a->protocols = cfg->protocols & rc_profile_speaks(cfg->profile);
    if (a->cfg.functions == 0)
        a->cfg.functions = 1u << RC_FUNCTION_CONTROL;
    a->rng.s = cfg->seed;
    a->due = NBT_NEVER;
    return a;
}

void rc_agent_free(rc_agent *a)
{
    if (!a)
        return;
    rc_packer_free(a->packer);
    nbt_mem mem = a->mem;
    mem.resize(mem.ctx, a, sizeof *a, 0);
}

static bool speaks(const rc_agent *a, rc_transport transport)
{
    return a->protocols & 1u << transport;
}

/* ---- the end ---- */

static void leave(rc_agent *a, nbt_out *out)
{
    enter(a, AGENT_OVER, NBT_NEVER, out);
    rc_emit(out, RC_APP_EXIT, a->end, NULL);
}

static void close_on(rc_agent *a, nbt_out *out)
{
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state != GUEST_FREE)
            return;
    rc_claim_return(&a->claim, -1, &a->tags, out); /* completes the LISTENs, too */
    if (rc_claim_idle(&a->claim))
        leave(a, out);
}

void rc_agent_send_bye(rc_agent *a, rc_guest *g, rc_bye bye, nbt_out *out)
{
    rc_msg m = { .type = RC_MSG_BYE, .bye = bye };
    rc_link_send(&g->link, &a->tags, &m, out);
}

/* Sends a guest away; he is gone when his link is closed. */
static void dismiss(rc_agent *a, nbt_time now, rc_guest *g, nbt_out *out)
{
    if (g->state == GUEST_LEAVING)
        return;
    rc_link_close(&g->link, &a->tags, out);
    g->state = g->link.state == RC_LINK_CLOSED ? GUEST_FREE : GUEST_LEAVING;
    g->due = now + CLOSE_TIMEOUT;
}

/* The holder's time is over, with or without a session. */
static void release(rc_agent *a, nbt_time now, rc_closed by, nbt_out *out)
{
    rc_guest *holder = a->holder, *carrier = a->carrier;
    a->holder = a->carrier = NULL;
    if (holder->state == GUEST_ASKING)
        rc_emit(out, RC_APP_ASK_OVER, 0, NULL);
    rc_transfer_break(&a->transfer, out);
    if (carrier)
        rc_emit(out, RC_APP_CLOSED, by, NULL);
    if (carrier && holder->wants == RC_FUNCTION_CONTROL)
        rc_agent_log(holder, RC_LOG_CONTROL_END, out);
    if (carrier && carrier != holder)
        dismiss(a, now, carrier, out);
    dismiss(a, now, holder, out);
}

void rc_agent_free_guest(rc_agent *a, rc_guest *g, nbt_out *out)
{
    g->state = GUEST_FREE;
    if (a->state == AGENT_CLOSE)
        close_on(a, out);
}

static bool has_part(const rc_agent *a, const rc_guest *g)
{
    return g == a->holder || g == a->carrier;
}

/* Its computer goes down: all that it has breaks off. */
static void go_down(rc_agent *a, nbt_time now, nbt_out *out)
{
    rc_emit(out, RC_APP_REBOOT, a->cfg.down_time / NBT_S(1), NULL);
    enter(a, AGENT_DOWN, now + a->cfg.down_time, out);
    memset(a->grants, 0, sizeof a->grants);
    if (a->holder)
        release(a, now, RC_CLOSED_BY_CLIENT, out);
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state != GUEST_FREE)
            dismiss(a, now, &a->guests[i], out);
    rc_claim_return(&a->claim, -1, &a->tags, out); /* completes the LISTENs, too */
    a->nlistens = 0;
}

/* KB Q168600: whoever leaves, all contexts go that were idle for long; the live one, too. */
static void free_contexts(rc_agent *a, nbt_time now, nbt_out *out)
{
    nbt_time idle = NBT_S(a->cfg.profile->context_idle);
    if (idle == 0 || !a->carrier || a->context_lost || now - a->heard < idle)
        return;
    a->context_lost = true;
    rc_emit(out, RC_APP_CONTEXT_LOST, 0, a->holder->user);
}

/* A guest's end, whoever he is. */
void rc_agent_end_guest(rc_agent *a, nbt_time now, rc_guest *g, rc_closed by, nbt_out *out)
{
    if (has_part(a, g)) {
        release(a, now, by, out);
    } else {
        free_contexts(a, now, out);
        dismiss(a, now, g, out);
    }
    if (a->state == AGENT_CLOSE)
        close_on(a, out);
    else if (g->reboots && a->state == AGENT_LISTENING)
        go_down(a, now, out);
}

static void begin_close(rc_agent *a, nbt_time now, rc_end end, nbt_out *out)
{
    a->end = end;
    if (a->claim.ask.tag) { /* ADD NAME: the driver cleans up behind a program that ends */
        leave(a, out);
        return;
    }
    enter(a, AGENT_CLOSE, now + CLOSE_TIMEOUT, out);
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state != GUEST_FREE && a->guests[i].state != GUEST_LEAVING)
            rc_agent_send_bye(a, &a->guests[i], RC_BYE_STOPPED, out);
    if (a->holder)
        release(a, now, RC_CLOSED_BY_CLIENT, out);
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state != GUEST_FREE)
            dismiss(a, now, &a->guests[i], out);
    close_on(a, out);
}

/* ---- listening ---- */

static void listen(rc_agent *a, rc_listener *l, nbt_out *out)
{
    const rc_claimed *at = &a->claim.lanas[l->lana];
    nbt_name any;
    nbt_ncb ncb = { .command = NBT_NCB_LISTEN, .lana = at->lana };
    nbt_name_wildcard(&any);
    memcpy(ncb.callname, any.b, NBT_NAME_LEN);
    memcpy(ncb.name, at->name, NBT_NAME_LEN);
    l->due = NBT_NEVER;
    l->tag = nbt_prog_submit(&a->tags, &ncb, NULL, 0, out);
}

static void listen_tcp(uint16_t port, nbt_out *out)
{
    nbt_out_add(out, NBT_ACT_TCP_LISTEN, NULL, 0)->from.port = port;
}

static void driver_gone(rc_agent *a, nbt_time now, nbt_out *out)
{
    rc_emit_error(out, RC_END_NETBIOS, "there is no NetBIOS driver", NULL);
    begin_close(a, now, RC_END_NETBIOS, out);
}

static void claimed(rc_agent *a, nbt_time now, nbt_out *out)
{
    const rc_claim *c = &a->claim;
    if (c->state == RC_CLAIM_FAILED) {
        rc_claim_say(c, out);
        rc_emit_error(out, c->end, c->reason, rc_claim_failed(c));
        begin_close(a, now, c->end, out);
        return;
    }
    char machine[NBT_NAME_LEN];
    rc_name_machine(c->machine, machine);
    rc_page_init(&a->page, machine);
    enter(a, AGENT_LISTENING, NBT_NEVER, out);
    if (speaks(a, RC_NETBIOS))
        for (a->nlistens = 0; a->nlistens < LISTENS_EACH * c->nlanas; a->nlistens++) {
            a->listens[a->nlistens].lana = a->nlistens / LISTENS_EACH;
            listen(a, &a->listens[a->nlistens], out);
        }
    if (speaks(a, RC_TCP) && !a->ports) {
        a->ports = true;
        const rc_step *ports = rc_profile_ports(a->cfg.profile);
        listen_tcp(ports->rights_port, out);
        for (rc_function f = RC_FUNCTION_CONTROL; f <= RC_FUNCTION_TRANSFER; f++)
            if (a->cfg.functions >> f & 1)
                listen_tcp(rc_step_port(ports, f), out);
    }
    nbt_act *act = rc_emit(out, RC_APP_LISTENING, a->protocols, NULL);
    memcpy(act->ncb.name, c->machine, NBT_NAME_LEN - 1);
    act->ncb.name[NBT_NAME_LEN - 1] = RC_SUFFIX_CLIENT;
}

static void claim(rc_agent *a, nbt_time now, nbt_out *out)
{
    if (a->no_driver && (speaks(a, RC_NETBIOS) || !a->cfg.client)) {
        driver_gone(a, now, out);
        return;
    }
    rc_claim_cfg cfg = { .machine = a->cfg.client,
                         .upper = true, /* KB Q305164 */
                         .want_name = speaks(a, RC_NETBIOS),
                         .suffix = RC_SUFFIX_CLIENT,
                         .policy = RC_POLICY_PER_SESSION,
                         .lanas = a->cfg.lanas,
                         .nlanas = a->cfg.nlanas,
                         .refused = RC_SAY_NO_NETBIOS,
                         .about = "",
                         .nameless = "the driver holds no unique name with the suffix 00: give "
                                     "--name NAME" };
    enter(a, AGENT_CLAIM, NBT_NEVER, out);
    rc_claim_start(&a->claim, &cfg, &a->tags, out);
    if (a->claim.state == RC_CLAIM_SETTLED)
        claimed(a, now, out);
}

static rc_guest *free_guest(rc_agent *a)
{
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state == GUEST_FREE)
            return &a->guests[i];
    return NULL;
}

/* `port`: of the function that he came for; 0: he will say it. */
static void admit(rc_guest *g, nbt_time now, unsigned port)
{
    g->state = GUEST_REQUEST;
    g->due = now + REQUEST_TIMEOUT;
    g->function = port != 0;
    g->wants = g->function ? (rc_function)(port - 1) : RC_FUNCTION_CONTROL;
    g->reboots = false;
    memset(g->machine, 0, sizeof g->machine);
    g->user[0] = '\0';
}

/* Codes after which no LISTEN on this name will ever succeed. */
static bool is_final(uint8_t retcode)
{
    static const uint8_t final[] = { NBT_NRC_NAMCONF, NBT_NRC_NAMERR, NBT_NRC_NOWILD,
                                     NBT_NRC_BRIDGE };
    return memchr(final, retcode, sizeof final) != NULL;
}

static bool hears_nothing(const rc_agent *a)
{
    for (size_t i = 0; i < a->nlistens; i++)
        if (!a->listens[i].over)
            return false;
    return !speaks(a, RC_TCP) && !speaks(a, RC_UDP);
}

static void not_listened(rc_agent *a, nbt_time now, rc_listener *l, const nbt_ncb *ncb,
                         nbt_out *out)
{
    rc_emit(out, RC_APP_LISTEN_FAILED, RC_NETBIOS, NULL)->ncb = *ncb;
    l->over = is_final(ncb->retcode);
    l->due = l->over ? NBT_NEVER : now + LISTEN_PAUSE;
    if (hears_nothing(a)) {
        rc_emit_error(out, RC_END_NAME, NULL, ncb);
        begin_close(a, now, RC_END_NAME, out);
    }
}

static void listened(rc_agent *a, nbt_time now, rc_listener *l, const nbt_ncb *ncb, nbt_out *out)
{
    l->tag = 0;
    if (a->state != AGENT_LISTENING)
        return;
    if (ncb->retcode != NBT_NRC_GOODRET) {
        not_listened(a, now, l, ncb, out);
        return;
    }
    rc_guest *g = free_guest(a);
    if (g) {
        rc_link_netbios(&g->link, &a->tags, ncb, out);
        admit(g, now, 0);
    } else {
        nbt_ncb hangup = { .command = NBT_NCB_HANGUP, .lana = ncb->lana, .lsn = ncb->lsn };
        nbt_prog_submit(&a->tags, &hangup, NULL, 0, out);
    }
    listen(a, l, out);
}

/* ---- the entrances ---- */

void rc_agent_start(rc_agent *a, nbt_time now, nbt_out *out)
{
    assert(a->state == AGENT_IDLE);
    claim(a, now, out);
}

static void ncb_for_guest(rc_agent *a, nbt_time now, uint32_t tag, const nbt_ncb *ncb,
                          nbt_bytes data, nbt_out *out)
{
    for (size_t i = 0; i < GUESTS_MAX; i++) {
        rc_guest *g = &a->guests[i];
        rc_link_ev ev =
            g->state == GUEST_FREE ? RC_LINK_NOT_MINE : rc_link_ncb(&g->link, tag, ncb, data);
        if (ev != RC_LINK_NOT_MINE) {
            rc_agent_linked(a, now, g, ev, out);
            return;
        }
    }
}

void rc_agent_ncb(rc_agent *a, nbt_time now, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                  nbt_out *out)
{
    if (a->state == AGENT_OVER)
        return;
    switch (rc_claim_ncb(&a->claim, &a->tags, tag, ncb, data, out)) {
    case NBT_PROG_DONE:
        claimed(a, now, out);
        return;
    case NBT_PROG_TAKEN:
        if (a->state == AGENT_CLOSE)
            close_on(a, out);
        return;
    case NBT_PROG_NOT_MINE:
        break;
    }
    for (size_t i = 0; i < a->nlistens; i++)
        if (tag == a->listens[i].tag && tag != 0) {
            listened(a, now, &a->listens[i], ncb, out);
            return;
        }
    ncb_for_guest(a, now, tag, ncb, data, out);
    rc_agent_pump(a, now, out);
}

void rc_agent_gone(rc_agent *a, nbt_time now, nbt_out *out)
{
    bool needed = a->claim.ask.tag || (a->state == AGENT_LISTENING && speaks(a, RC_NETBIOS));
    a->no_driver = true;
    rc_claim_forget(&a->claim);
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state != GUEST_FREE && a->guests[i].link.transport == RC_NETBIOS) {
            rc_link_abort(&a->guests[i].link, out);
            rc_agent_end_guest(a, now, &a->guests[i], RC_CLOSED_BY_LOSS, out);
        }
    if (a->state == AGENT_CLOSE)
        close_on(a, out);
    else if (needed)
        driver_gone(a, now, out);
}

static void accepted(rc_agent *a, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    rc_guest *g = a->state == AGENT_LISTENING ? free_guest(a) : NULL;
    if (!g) {
        nbt_out_add(out, NBT_ACT_TCP_ABORT, NULL, 0)->conn = ev->conn;
        return;
    }
    rc_link_accepted(&g->link, ev);
    admit(g, now, ev->local.port - rc_profile_ports(a->cfg.profile)->rights_port);
}

void rc_agent_tcp(rc_agent *a, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    if (ev->kind == NBT_TCP_ACCEPTED)
        accepted(a, now, ev, out);
    for (size_t i = 0; i < GUESTS_MAX; i++) {
        rc_guest *g = &a->guests[i];
        if (g->state != GUEST_FREE)
            rc_agent_linked(a, now, g, rc_link_tcp(&g->link, ev, out), out);
    }
    rc_agent_pump(a, now, out);
}

/* Whether somebody may come to that port: that of the rights, or of a function that is offered. */
static bool is_open(const rc_agent *a, uint16_t port)
{
    const rc_step *ports = rc_profile_ports(a->cfg.profile);
    unsigned f = (unsigned)port - ports->rights_port - 1;
    return a->state == AGENT_LISTENING &&
           (port == ports->rights_port || (f <= RC_FUNCTION_TRANSFER && a->cfg.functions >> f & 1));
}

static void unknown_stream(rc_agent *a, nbt_time now, const rc_udp_seg *seg, nbt_ep from, nbt_ep to,
                           nbt_out *out)
{
    rc_guest *g = seg->kind == RC_UDP_OPEN && is_open(a, to.port) ? free_guest(a) : NULL;
    if (!g) {
        rc_udp_refuse(seg, to, from, out);
        return;
    }
    rc_link_admitted(&g->link, seg, to, from, out);
    admit(g, now, to.port - rc_profile_ports(a->cfg.profile)->rights_port);
}

/* Junk is dropped without a word (KB Q178748: it was kept). */
void rc_agent_rx(rc_agent *a, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data, nbt_out *out)
{
    rc_udp_seg seg;
    nbt_rd r;
    if (!speaks(a, RC_UDP) || a->state == AGENT_OVER || !rc_is_port(to.port))
        return;
    nbt_rd_init(&r, data.p, data.n);
    rc_udp_seg_rd(&r, &seg);
    if (r.err)
        return;
    rc_link_ev ev = RC_LINK_NOT_MINE;
    for (size_t i = 0; i < GUESTS_MAX && ev == RC_LINK_NOT_MINE; i++) {
        rc_guest *g = &a->guests[i];
        if (g->state == GUEST_FREE || g->link.udp.here.port != to.port)
            continue;
        ev = rc_link_rx(&g->link, now, from, &seg, out);
        if (ev != RC_LINK_NOT_MINE)
            rc_agent_flaw(a, now, g, out);
        rc_agent_linked(a, now, g, ev, out);
    }
    if (ev == RC_LINK_NOT_MINE)
        unknown_stream(a, now, &seg, from, to, out);
    rc_agent_pump(a, now, out);
}

void rc_agent_do(rc_agent *a, nbt_time now, const rc_cmd *cmd, nbt_out *out)
{
    switch (cmd->kind) {
    case RC_CMD_PERMIT:
        rc_agent_permit(a, now, cmd->value != 0, out);
        break;
    case RC_CMD_CLOSE:
    case RC_CMD_FINISH:
        if (a->state != AGENT_CLOSE && a->state != AGENT_OVER)
            begin_close(a, now, RC_END_DONE, out);
        break;
    case RC_CMD_CHAT:
        rc_agent_chat(a, cmd->data);
        break;
    case RC_CMD_FILE:
        rc_agent_file(a, now, cmd, out);
        break;
    case RC_CMD_SLOT: /* a viewer's */
    case RC_CMD_KEYS:
    case RC_CMD_PING:
        break;
    }
    rc_agent_pump(a, now, out);
}

static void guest_overdue(rc_agent *a, nbt_time now, rc_guest *g, nbt_out *out)
{
    switch (g->state) {
    case GUEST_REQUEST:
    case GUEST_GRANTED:
        rc_agent_end_guest(a, now, g, RC_CLOSED_BY_CLIENT, out);
        return;
    case GUEST_ASKING:
        rc_agent_give_verdict(a, now, g, RC_VERDICT_SILENT, out);
        return;
    case GUEST_LEAVING:
        rc_link_abort(&g->link, out);
        rc_agent_linked(a, now, g, RC_LINK_ENDED, out);
        return;
    case GUEST_FREE:
    case GUEST_HOLDING:
    case GUEST_CARRIER:
        return;
    }
}

void rc_agent_tick(rc_agent *a, nbt_time now, nbt_out *out)
{
    if (a->state == AGENT_CLOSE && now >= a->due) {
        leave(a, out); /* the driver cleans up behind us */
        return;
    }
    if (a->state == AGENT_DOWN && now >= a->due && rc_claim_idle(&a->claim))
        claim(a, now, out);
    for (size_t i = 0; i < GUESTS_MAX; i++) {
        rc_guest *g = &a->guests[i];
        if (g->state != GUEST_FREE && now >= g->due)
            guest_overdue(a, now, g, out);
        if (g->state != GUEST_FREE)
            rc_agent_linked(a, now, g, rc_link_tick(&g->link, now, out), out);
    }
    if (a->carrier && now >= rc_transfer_due(&a->transfer)) /* nothing moves any more */
        rc_agent_end_guest(a, now, a->carrier, RC_CLOSED_BY_LOSS, out);
    for (size_t i = 0; a->state == AGENT_LISTENING && i < a->nlistens; i++)
        if (!a->listens[i].tag && now >= a->listens[i].due)
            listen(a, &a->listens[i], out);
    rc_agent_pump(a, now, out);
}

nbt_time rc_agent_due(const rc_agent *a)
{
    nbt_time due = a->due;
    for (size_t i = 0; i < GUESTS_MAX; i++)
        if (a->guests[i].state != GUEST_FREE)
            due =
                nbt_time_min(due, nbt_time_min(a->guests[i].due, rc_link_due(&a->guests[i].link)));
    for (size_t i = 0; a->state == AGENT_LISTENING && i < a->nlistens; i++)
        due = nbt_time_min(due, a->listens[i].due);
    /* A viewer who does not take what he has been sent gets no clock either. */
    due = nbt_time_min(due, rc_transfer_due(&a->transfer));
    if (a->carrier && a->holder->wants == RC_FUNCTION_CONTROL && rc_link_ready(&a->carrier->link))
        due = nbt_time_min(due, a->clock_due);
    return due;
}
