/*
 * The viewer: its life and its end. How it gets a session is in viewer_ways.c, what it does with
 * one in viewer_session.c.
 */
#include "rc/viewer_impl.h"

#include <assert.h>
#include <string.h>

#include "rc/names.h"

static const char *state_str(rc_viewer_state s)
{
    switch (s) {
    case VIEWER_IDLE:
        return "idle";
    case VIEWER_SLOT:
        return "slot";
    case VIEWER_CLAIM:
        return "claim";
    case VIEWER_FIND:
        return "find";
    case VIEWER_CONNECT:
        return "connect";
    case VIEWER_CALL:
        return "call";
    case VIEWER_CALL_AGAIN:
        return "call-again";
    case VIEWER_RIGHTS:
        return "rights";
    case VIEWER_CONNECT_FUNCTION:
        return "connect-function";
    case VIEWER_OPEN:
        return "open";
    case VIEWER_UP:
        return "up";
    case VIEWER_ACT:
        return "act";
    case VIEWER_DOWN:
        return "down";
    case VIEWER_CLOSE:
        return "close";
    case VIEWER_OVER:
        return "over";
    }
    return "";
}

void rc_viewer_enter(rc_viewer *v, rc_viewer_state s, nbt_time due, nbt_out *out)
{
    if (v->state != s) {
        nbt_trace *trace = &nbt_out_add(out, NBT_ACT_TRACE, NULL, 0)->trace;
        *trace = (nbt_trace){
            .what = "viewer", .from = state_str(v->state), .to = state_str(s), .why = ""
        };
        rc_name_make(trace->name, v->client, RC_SUFFIX_CLIENT);
    }
    v->state = s;
    v->due = due;
}

rc_viewer *rc_viewer_new(nbt_mem mem, const rc_viewer_cfg *cfg)
{
    size_t client = strlen(cfg->client), console = cfg->console ? strlen(cfg->console) : 1;
    assert(client > 0 && client <= NBT_NAME_TEXT_MAX);
    assert(console > 0 && console <= NBT_NAME_TEXT_MAX);
    assert((cfg->function != RC_FUNCTION_TRANSFER) == !cfg->file);
    assert(!cfg->file || strlen(cfg->file) <= RC_FILE_NAME_MAX);
    assert((cfg->function != RC_FUNCTION_EXECUTE) == !cfg->command);
    assert(!cfg->command || strlen(cfg->command) <= RC_TEXT_MAX);
    assert(strlen(cfg->user) <= RC_USER_MAX && cfg->nlanas <= RC_LANAS_MAX);
    assert(cfg->nmore <= RC_MORE_MAX);
    assert(cfg->protocols & rc_profile_speaks(cfg->profile));

    rc_viewer *v = mem.resize(mem.ctx, NULL, 0, sizeof *v);
    if (!v)
        return NULL;
    memset(v, 0, sizeof *v);
    v->mem = mem;
    v->packer = rc_packer_new(mem);
    if (!v->packer) {
        rc_viewer_free(v);
        return NULL;
    }
    v->cfg = *cfg;
    v->cfg.client = memcpy(v->client, cfg->client, client + 1);
    if (cfg->file)
        v->cfg.file = memcpy(v->file, cfg->file, strlen(cfg->file) + 1);
    if (cfg->command)
        v->cfg.command = memcpy(v->command, cfg->command, strlen(cfg->command) + 1);
    v->cfg.user = memcpy(v->user, cfg->user, strlen(cfg->user) + 1);
    if (cfg->console)
        v->cfg.console = memcpy(v->console, cfg->console, console + 1);
    if (cfg->nlanas > 0)
        v->cfg.lanas = memcpy(v->lanas, cfg->lanas, cfg->nlanas);
    v->protocols = v->cfg.protocols = cfg->protocols & rc_profile_speaks(cfg->profile);
    v->addresses[v->naddresses++] = cfg->address;
    for (size_t i = 0; i < cfg->nmore; i++)
        v->addresses[v->naddresses++] = cfg->more[i];
    v->due = NBT_NEVER;
    rc_screen_init(&v->screen);
    return v;
}

void rc_viewer_free(rc_viewer *v)
{
    if (!v)
        return;
    rc_packer_free(v->packer);
    nbt_mem mem = v->mem;
    mem.resize(mem.ctx, v, sizeof *v, 0);
}

/* ---- the end ---- */

static void leave(rc_viewer *v, nbt_time now, nbt_out *out)
{
    if (rc_viewer_is_waiting(v, now)) {
        rc_viewer_wait(v, now, out);
        return;
    }
    rc_viewer_enter(v, VIEWER_OVER, NBT_NEVER, out);
    if (v->has_slot)
        rc_emit(out, RC_APP_SLOT_BACK, 0, NULL);
    rc_emit(out, RC_APP_EXIT, v->end, NULL);
}

/*
 * The function first: what was said there last must not be overtaken by the end of the rights'
 * connection. Then that, and then the name, which could not be deleted before: NRC_ACTSES.
 */
void rc_viewer_close_on(rc_viewer *v, nbt_time now, nbt_out *out)
{
    if (v->function.state != RC_LINK_CLOSED)
        return;
    rc_link_close(&v->rights, &v->tags, out);
    if (v->rights.state != RC_LINK_CLOSED)
        return;
    rc_claim_return(&v->claim, -1, &v->tags, out);
    if (rc_claim_idle(&v->claim))
        leave(v, now, out);
}

/* The link that carries the function, or will. */
rc_link *rc_viewer_function_link(rc_viewer *v)
{
    return v->rights.transport == RC_NETBIOS ? &v->rights : &v->function;
}

static void say_bye(rc_viewer *v, rc_bye bye, nbt_out *out)
{
    rc_msg m = { .type = RC_MSG_BYE, .bye = bye };
    rc_link *l = rc_viewer_function_link(v);
    rc_link_send(l->state == RC_LINK_OPEN ? l : &v->rights, &v->tags, &m, out);
}

void rc_viewer_begin_close(rc_viewer *v, nbt_time now, rc_end end, rc_bye bye, nbt_out *out)
{
    v->end = end;
    rc_transfer_break(&v->transfer, out);
    /* What cannot be taken back (ADD NAME, CALL) the driver cleans up behind a program's end. */
    if (v->claim.ask.tag || v->find.tag || v->call) {
        leave(v, now, out);
        return;
    }
    say_bye(v, bye, out);
    rc_link_close(&v->function, &v->tags, out);
    rc_viewer_enter(v, VIEWER_CLOSE, now + CLOSE_TIMEOUT, out);
    rc_viewer_close_on(v, now, out);
}

void rc_viewer_closed(rc_viewer *v, rc_closed by, nbt_out *out)
{
    if (v->state == VIEWER_UP)
        rc_emit(out, RC_APP_CLOSED, by, NULL);
}

/* Ends it with an error: the user is told `say`, programs `end` and `reason` (NULL: end's own). */
void rc_viewer_fail_why(rc_viewer *v, nbt_time now, rc_end end, rc_say say, const char *reason,
                        const nbt_ncb *ncb, nbt_out *out)
{
    if (rc_viewer_is_waiting(v, now)) { /* no wonder: it will be tried again */
        rc_viewer_begin_close(v, now, end, RC_BYE_CLOSED, out);
        return;
    }
    if (say < RC_SAYS)
        rc_emit_say(out, say, v->client);
    rc_emit_error(out, end, reason, ncb);
    rc_viewer_begin_close(v, now, end, end == RC_END_NONSENSE ? RC_BYE_NONSENSE : RC_BYE_CLOSED,
                          out);
}

void rc_viewer_fail(rc_viewer *v, nbt_time now, rc_end end, rc_say say, nbt_out *out)
{
    rc_viewer_fail_why(v, now, end, say, NULL, NULL, out);
}

/* ---- the entrances ---- */

void rc_viewer_start(rc_viewer *v, nbt_time now, nbt_out *out)
{
    (void)now;
    assert(v->state == VIEWER_IDLE);
    rc_viewer_enter(v, VIEWER_SLOT, NBT_NEVER, out);
    rc_emit(out, RC_APP_SLOT_WANTED, v->cfg.profile->console_sessions, NULL);
}

void rc_viewer_ncb(rc_viewer *v, nbt_time now, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                   nbt_out *out)
{
    if (v->state == VIEWER_OVER)
        return;
    switch (rc_claim_ncb(&v->claim, &v->tags, tag, ncb, data, out)) {
    case NBT_PROG_DONE:
        rc_viewer_claimed(v, now, out);
        return;
    case NBT_PROG_TAKEN:
        if (v->state == VIEWER_CLOSE)
            rc_viewer_close_on(v, now, out);
        return;
    case NBT_PROG_NOT_MINE:
        break;
    }
    if (nbt_prog_answered(&v->find, &v->tags, tag, ncb, out) == NBT_PROG_DONE)
        rc_viewer_found(v, now, data, out);
    else if (tag == v->call && tag != 0)
        rc_viewer_called(v, now, ncb, out);
    else
        rc_viewer_linked(v, now, &v->rights, rc_link_ncb(&v->rights, tag, ncb, data), NULL, out);
    rc_viewer_pump(v, now, out);
}

void rc_viewer_gone(rc_viewer *v, nbt_time now, nbt_out *out)
{
    bool session = v->rights.transport == RC_NETBIOS && v->rights.state != RC_LINK_CLOSED;
    bool needed =
        v->claim.ask.tag || v->find.tag || v->call || v->state == VIEWER_CALL_AGAIN || session;
    v->no_driver = true;
    v->protocols &= ~(unsigned)RC_SPEAKS_NETBIOS;
    rc_claim_forget(&v->claim);
    v->find.tag = v->call = 0;
    if (session)
        rc_link_abort(&v->rights, out);
    if (v->state == VIEWER_CLOSE) {
        rc_viewer_close_on(v, now, out);
    } else if (needed) {
        rc_viewer_closed(v, RC_CLOSED_BY_LOSS, out);
        rc_viewer_driver_gone(v, now, out);
    }
}

static bool speaks_udp(const rc_viewer *v)
{
    return v->protocols & RC_SPEAKS_UDP;
}

void rc_viewer_tcp(rc_viewer *v, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    const char *why = ev->kind == NBT_TCP_REFUSED ? "the port is closed" : "nobody answers";
    rc_link_ev rights = rc_link_tcp(&v->rights, ev, out);
    rc_viewer_linked(v, now, &v->rights, rights, why, out);
    if (rights == RC_LINK_NOT_MINE)
        rc_viewer_linked(v, now, &v->function, rc_link_tcp(&v->function, ev, out), why, out);
    rc_viewer_pump(v, now, out);
}

/* Junk is dropped without a word; a segment of no stream is told so. */
void rc_viewer_rx(rc_viewer *v, nbt_time now, nbt_ep from, nbt_ep to, nbt_bytes data, nbt_out *out)
{
    rc_udp_seg seg;
    nbt_rd r;
    if (!speaks_udp(v) || v->state == VIEWER_OVER ||
        (v->cfg.here.port && to.port != v->cfg.here.port))
        return;
    nbt_rd_init(&r, data.p, data.n);
    rc_udp_seg_rd(&r, &seg);
    if (r.err)
        return;
    const char *why = "the port is closed";
    rc_link *l = &v->rights;
    rc_link_ev ev = rc_link_rx(l, now, from, &seg, out);
    if (ev == RC_LINK_NOT_MINE)
        ev = rc_link_rx(l = &v->function, now, from, &seg, out);
    if (ev == RC_LINK_NOT_MINE)
        rc_udp_refuse(&seg, v->cfg.here, from, out);
    rc_viewer_linked(v, now, l, ev, why, out);
    rc_viewer_pump(v, now, out);
}

static void take_slot(rc_viewer *v, nbt_time now, bool given, nbt_out *out)
{
    if (v->state != VIEWER_SLOT)
        return;
    v->has_slot = given;
    if (given)
        rc_viewer_claim(v, now, out);
    else
        rc_viewer_fail(v, now, RC_END_LIMIT, RC_SAY_NO_SLOT, out);
}

void rc_viewer_do(rc_viewer *v, nbt_time now, const rc_cmd *cmd, nbt_out *out)
{
    switch (cmd->kind) {
    case RC_CMD_SLOT:
        take_slot(v, now, cmd->value != 0, out);
        break;
    case RC_CMD_KEYS:
        rc_viewer_take_keys(v, cmd->data, out);
        break;
    case RC_CMD_PING:
        v->pings += cmd->value;
        break;
    case RC_CMD_FINISH:
        v->finish = true;
        break;
    case RC_CMD_CLOSE:
        if (v->state == VIEWER_CLOSE || v->state == VIEWER_OVER)
            break;
        v->back_by = 0;
        rc_viewer_closed(v, RC_CLOSED_BY_VIEWER, out);
        rc_viewer_begin_close(v, now, RC_END_DONE, RC_BYE_CLOSED, out);
        break;
    case RC_CMD_FILE:
        rc_viewer_file(v, now, cmd, out);
        break;
    case RC_CMD_PERMIT: /* an agent's */
    case RC_CMD_CHAT:
        break;
    }
    rc_viewer_pump(v, now, out);
}

static void overdue(rc_viewer *v, nbt_time now, nbt_out *out)
{
    switch (v->state) {
    case VIEWER_CONNECT:
    case VIEWER_CONNECT_FUNCTION:
        rc_link_abort(v->state == VIEWER_CONNECT ? &v->rights : &v->function, out);
        rc_viewer_not_connected(v, now, "nobody answers", out);
        return;
    case VIEWER_CALL_AGAIN:
        v->due = NBT_NEVER;
        rc_claim_again(&v->claim, v->lana, &v->tags, out);
        return;
    case VIEWER_DOWN:
        rc_viewer_claim(v, now, out);
        return;
    case VIEWER_RIGHTS:
    case VIEWER_OPEN:
    case VIEWER_ACT:
        rc_viewer_fail(v, now, RC_END_LOST, RC_SAY_NO_ANSWER, out);
        return;
    case VIEWER_CLOSE:
        rc_link_abort(&v->function, out);
        rc_link_abort(&v->rights, out);
        leave(v, now, out); /* the driver cleans up behind us */
        return;
    case VIEWER_IDLE:
    case VIEWER_SLOT:
    case VIEWER_CLAIM:
    case VIEWER_FIND:
    case VIEWER_CALL:
    case VIEWER_UP:
    case VIEWER_OVER:
        return;
    }
}

void rc_viewer_tick(rc_viewer *v, nbt_time now, nbt_out *out)
{
    if (now >= v->due)
        overdue(v, now, out);
    if (v->state == VIEWER_UP && v->pinging && now >= v->ping_at + PING_TIMEOUT)
        rc_viewer_ping_over(v, -1, out);
    if (now >= rc_transfer_due(&v->transfer))
        rc_viewer_file_overdue(v, now, out);
    const char *why = "nobody answers";
    rc_viewer_linked(v, now, &v->rights, rc_link_tick(&v->rights, now, out), why, out);
    rc_viewer_linked(v, now, &v->function, rc_link_tick(&v->function, now, out), why, out);
    rc_viewer_pump(v, now, out);
}

nbt_time rc_viewer_due(const rc_viewer *v)
{
    bool pinging = v->state == VIEWER_UP && v->pinging;
    nbt_time due = nbt_time_min(v->due, rc_transfer_due(&v->transfer));
    if (v->state == VIEWER_OVER)
        return due;
    due = nbt_time_min(due, nbt_time_min(rc_link_due(&v->rights), rc_link_due(&v->function)));
    return nbt_time_min(due, pinging ? v->ping_at + PING_TIMEOUT : NBT_NEVER);
}

const rc_screen *rc_viewer_screen(const rc_viewer *v)
{
    return &v->screen;
}
