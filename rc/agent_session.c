/*
 * An agent's session: what its viewer says, and what he gets. It never decides who may have one.
 */
#include "rc/agent_impl.h"

#include <string.h>

#include "rc/names.h"

static uint32_t second_of_day(const rc_agent *a, nbt_time now)
{
    return (uint32_t)((now + a->cfg.midnight) / NBT_S(1) % 86400);
}

static void send_screen(rc_agent *a, nbt_time now, nbt_out *out)
{
    uint8_t diff[RC_DIFF_MAX], packed[RC_DIFF_MAX];
    a->clock_due = NBT_NEVER;
    if (!a->cfg.still) {
        rc_page_clock(&a->page, second_of_day(a, now));
        a->clock_due = now + NBT_S(1) - (now + a->cfg.midnight) % NBT_S(1);
    }
    if (rc_screen_eq(&a->sent, &a->page.screen))
        return;
    nbt_wr w;
    nbt_wr_init(&w, diff, sizeof diff);
    rc_diff_wr(&w, &a->sent, &a->page.screen);
    a->sent = a->page.screen;

    rc_msg m = { .type = RC_MSG_SCREEN, .unpacked = (uint16_t)w.at, .data.p = packed };
    m.packing = rc_pack(a->packer, a->cfg.compression, a->holder->packings,
                        (nbt_bytes){ diff, w.at }, packed, &m.data.n);
    rc_link_send(&a->carrier->link, &a->tags, &m, out);
}

/* Over NetBIOS the holder opens the function himself; over TCP the guest at the other port does. */
static bool may_open(const rc_agent *a, const rc_guest *g, uint32_t ticket)
{
    const rc_guest *holder = a->holder;
    if (!holder || holder->state != GUEST_GRANTED || holder->ticket != ticket)
        return false;
    if (holder->wants > RC_FUNCTION_TRANSFER)
        return false; /* it is not opened, it is done */
    return g->link.transport == RC_NETBIOS ? g == holder : g->function && g->wants == holder->wants;
}

static void on_open(rc_agent *a, nbt_time now, rc_guest *g, const rc_msg *m, nbt_out *out)
{
    bool may = may_open(a, g, m->ticket);
    rc_msg opened = { .type = RC_MSG_OPENED,
                      .verdict = may ? RC_VERDICT_GRANTED : RC_VERDICT_NO_TICKET,
                      .columns = RC_COLUMNS,
                      .rows = RC_ROWS };
    rc_link_send(&g->link, &a->tags, &opened, out);
    if (!may) {
        rc_agent_end_guest(a, now, g, RC_CLOSED_BY_CLIENT, out);
        return;
    }
    a->carrier = g;
    g->state = GUEST_CARRIER;
    a->holder->state = GUEST_HOLDING;
    g->due = a->holder->due = NBT_NEVER;
    a->heard = now;

    char machine[NBT_NAME_LEN];
    rc_name_machine(a->holder->machine, machine);
    nbt_act *act = rc_emit(out, RC_APP_CONNECTED, g->link.transport, a->holder->user);
    act->to = g->link.peer;
    act->tag = a->holder->wants;
    act->ncb.lana = g->link.lana;
    act->ncb.lsn = g->link.lsn;
    memcpy(act->ncb.callname, a->holder->machine, NBT_NAME_LEN);
    rc_agent_log_function(a->holder, out);
    a->nchat = 0;
    a->context_lost = a->out_of_step = false;
    a->transfer = (rc_transfer){ .state = RC_TRANSFER_IDLE };
    if (a->holder->wants != RC_FUNCTION_CONTROL)
        return;
    rc_emit_say(out, RC_SAY_ACCESSED_BY, machine);
    rc_screen_init(&a->sent);
    send_screen(a, now, out);
}

static void on_ping(rc_agent *a, nbt_time now, const rc_msg *m, nbt_out *out)
{
    rc_msg pong = *m;
    pong.type = RC_MSG_PONG;
    if (a->holder->wants == RC_FUNCTION_CONTROL)
        send_screen(a, now, out); /* a PONG says that the screen is up to date */
    rc_link_send(&a->carrier->link, &a->tags, &pong, out);
}

static bool is_awaited(const rc_agent *a, const rc_guest *g, rc_msg_type type)
{
    switch (type) {
    case RC_MSG_RIGHTS:
        return g->state == GUEST_REQUEST && !g->function;
    case RC_MSG_OPEN:
        return g->state == GUEST_GRANTED || (g->state == GUEST_REQUEST && g->function);
    case RC_MSG_KEYS:
        return g == a->carrier && a->holder->wants == RC_FUNCTION_CONTROL;
    case RC_MSG_PING:
        return g == a->carrier;
    case RC_MSG_FUNCTION:
    case RC_MSG_FETCH:
    case RC_MSG_STORE:
    case RC_MSG_HAVE:
    case RC_MSG_BEGIN:
    case RC_MSG_PIECE:
    case RC_MSG_WHOLE:
    case RC_MSG_RESULT:
    case RC_MSG_CHAT:
    case RC_MSG_EXECUTE:
    case RC_MSG_REBOOT:
        return rc_agent_function_awaits(a, g, type);
    case RC_MSG_BYE:
        return true;
    case RC_MSG_WAIT:
    case RC_MSG_VERDICT:
    case RC_MSG_OPENED:
    case RC_MSG_SCREEN:
    case RC_MSG_PONG:
        return false;
    }
    return false;
}

static void nonsense(rc_agent *a, nbt_time now, rc_guest *g, const char *what, nbt_out *out)
{
    char machine[NBT_NAME_LEN];
    rc_name_machine(g->machine, machine);
    rc_emit_say(out, RC_SAY_NONSENSE, machine[0] != '\0' ? machine : "Somebody");
    nbt_act *act = rc_emit_error(out, RC_END_NONSENSE, what, NULL);
    act->to = g->link.peer;
    act->ncb.lana = g->link.lana;
    act->ncb.lsn = g->link.lsn;
    rc_agent_send_bye(a, g, RC_BYE_NONSENSE, out);
    rc_agent_end_guest(a, now, g, RC_CLOSED_BY_CLIENT, out);
}

static void on_message(rc_agent *a, nbt_time now, rc_guest *g, const rc_msg *m, nbt_out *out)
{
    if (g == a->carrier && (a->context_lost || a->out_of_step) && m->type != RC_MSG_BYE)
        return; /* KB Q179563; Q233545, Q173122 */
    if (g == a->holder || g == a->carrier)
        a->heard = now;
    if (!is_awaited(a, g, m->type)) {
        rc_line line;
        rc_line_init(&line);
        rc_line_str(&line, "unexpected message: ");
        rc_line_str(&line, rc_msg_type_str(m->type));
        nonsense(a, now, g, line.s, out);
    } else if (m->type == RC_MSG_RIGHTS) {
        rc_agent_rights(a, now, g, m, out);
    } else if (m->type == RC_MSG_OPEN) {
        on_open(a, now, g, m, out);
    } else if (m->type == RC_MSG_KEYS) {
        rc_page_type(&a->page, m->data);
    } else if (m->type == RC_MSG_PING) {
        on_ping(a, now, m, out);
    } else if (m->type == RC_MSG_BYE) {
        rc_agent_end_guest(a, now, g, RC_CLOSED_BY_VIEWER, out);
    } else if (!rc_agent_function_msg(a, now, g, m, out)) {
        nonsense(a, now, g, "a file's message that cannot be", out);
    }
}

static void pull(rc_agent *a, nbt_time now, rc_guest *g, nbt_out *out)
{
    rc_msg m;
    nbt_rd r;
    for (;;) {
        switch (rc_link_next(&g->link, &m, &r)) {
        case RC_LINK_NONE:
            return;
        case RC_LINK_MSG:
            on_message(a, now, g, &m, out);
            break;
        case RC_LINK_BAD: {
            rc_line line;
            rc_link_describe(&r, &line);
            nonsense(a, now, g, line.s, out);
            return;
        }
        }
    }
}

void rc_agent_linked(rc_agent *a, nbt_time now, rc_guest *g, rc_link_ev ev, nbt_out *out)
{
    switch (ev) {
    case RC_LINK_NOT_MINE:
    case RC_LINK_SAME:
    case RC_LINK_UP:
    case RC_LINK_FAILED:
        return;
    case RC_LINK_INPUT:
        pull(a, now, g, out);
        return;
    case RC_LINK_LOST:
        rc_agent_end_guest(a, now, g, RC_CLOSED_BY_LOSS, out);
        return;
    case RC_LINK_ENDED:
        rc_agent_free_guest(a, g, out);
        return;
    }
}

/* What the agent makes of a stream over UDP that was not in order. */
void rc_agent_flaw(rc_agent *a, nbt_time now, rc_guest *g, nbt_out *out)
{
    if (g != a->carrier || g->link.transport != RC_UDP)
        return;
    switch (a->cfg.flaw) {
    case RC_UDP_FLAW_NONE:
        return;
    case RC_UDP_FLAW_OUT_OF_STEP:
        if (g->link.udp.gaps > 0 && !a->out_of_step) {
            a->out_of_step = true;
            rc_emit(out, RC_APP_OUT_OF_STEP, 0, a->holder->user);
        }
        return;
    case RC_UDP_FLAW_TOO_MANY_NAKS:
        if (g->link.udp.naks > RC_NAKS_MAX) {
            rc_emit_say(out, RC_SAY_TOO_MANY_NAKS, "");
            rc_agent_end_guest(a, now, g, RC_CLOSED_BY_LOSS, out);
        }
        return;
    }
}

/* The viewer gets what is new as fast as his link takes it. */
void rc_agent_pump(rc_agent *a, nbt_time now, nbt_out *out)
{
    if (a->carrier && rc_link_ready(&a->carrier->link)) {
        if (a->holder->wants == RC_FUNCTION_CONTROL)
            send_screen(a, now, out);
        else
            rc_agent_function_pump(a, now, out);
    }
    for (size_t i = 0; i < GUESTS_MAX; i++) {
        rc_link *l = &a->guests[i].link;
        rc_link_more(l, &a->tags, rc_link_ready(l), out);
    }
}
