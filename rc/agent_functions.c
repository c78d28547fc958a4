/*
 * What an agent's session is for when it is no remote control: files, a chat, a command, a restart.
 * It never does any of these: what is wanted comes out as effects.
 */
#include "rc/agent_impl.h"

#include <assert.h>
#include <string.h>

static rc_transfer_io io_of(rc_agent *a, nbt_time now, nbt_out *out)
{
    return (rc_transfer_io){ &a->carrier->link, &a->tags, now, out };
}

static bool carries(const rc_agent *a, const rc_guest *g, rc_function function)
{
    return g == a->carrier && a->holder->wants == function;
}

static bool may_act(const rc_agent *a, const rc_guest *g, rc_function function)
{
    return g == a->holder && g->state == GUEST_GRANTED && g->wants == function;
}

bool rc_agent_function_awaits(const rc_agent *a, const rc_guest *g, rc_msg_type type)
{
    if (type == RC_MSG_FUNCTION)
        return g->state == GUEST_REQUEST && !g->function;
    if (type == RC_MSG_EXECUTE)
        return may_act(a, g, RC_FUNCTION_EXECUTE);
    if (type == RC_MSG_REBOOT)
        return may_act(a, g, RC_FUNCTION_REBOOT);
    if (type == RC_MSG_CHAT)
        return carries(a, g, RC_FUNCTION_CHAT);
    bool begins = type == RC_MSG_FETCH || type == RC_MSG_STORE;
    return carries(a, g, RC_FUNCTION_TRANSFER) &&
           (begins ? !rc_transfer_busy(&a->transfer) : a->transfer.state != RC_TRANSFER_IDLE);
}

/* Whoever runs it is told what is wanted of the computer; a restart begins when he who wants it has
 * gone. */
static void act_out(rc_agent *a, nbt_time now, rc_guest *g, const rc_msg *m, nbt_out *out)
{
    rc_msg result = { .type = RC_MSG_RESULT, .result = RC_RESULT_DONE };
    rc_agent_log_function(g, out);
    rc_link_send(&g->link, &a->tags, &result, out);
    g->due = now + REQUEST_TIMEOUT;
    g->reboots = m->type == RC_MSG_REBOOT;
    if (g->reboots)
        return;
    nbt_act *act = nbt_out_add(out, NBT_ACT_APP, m->data.p, m->data.n);
    act->app = RC_APP_EXECUTE;
    memcpy(act->ncb.callname, g->machine, NBT_NAME_LEN);
}

bool rc_agent_function_msg(rc_agent *a, nbt_time now, rc_guest *g, const rc_msg *m, nbt_out *out)
{
    if (m->type == RC_MSG_FUNCTION) {
        g->wants = m->function;
        return true;
    }
    if (m->type == RC_MSG_EXECUTE || m->type == RC_MSG_REBOOT) {
        act_out(a, now, g, m, out);
        return true;
    }
    if (m->type == RC_MSG_CHAT) {
        nbt_out_add(out, NBT_ACT_APP, m->data.p, m->data.n)->app = RC_APP_CHAT;
        return true;
    }
    rc_transfer_io io = io_of(a, now, out);
    if (m->type == RC_MSG_FETCH || m->type == RC_MSG_STORE) {
        rc_transfer_serve(&a->transfer, &io, m);
        return true;
    }
    return rc_transfer_msg(&a->transfer, &io, m);
}

void rc_agent_file(rc_agent *a, nbt_time now, const rc_cmd *cmd, nbt_out *out)
{
    if (!a->carrier)
        return; /* it comes too late */
    rc_transfer_io io = io_of(a, now, out);
    rc_transfer_file(&a->transfer, &io, cmd->value, cmd->data);
}

/* What does not fit is lost, as with a real keyboard. */
void rc_agent_chat(rc_agent *a, nbt_bytes typed)
{
    size_t room = sizeof a->chat - a->nchat;
    if (typed.n > room)
        typed.n = room;
    if (!a->carrier || a->holder->wants != RC_FUNCTION_CHAT || typed.n == 0)
        return;
    memcpy(a->chat + a->nchat, typed.p, typed.n);
    a->nchat += typed.n;
}

static void send_chat(rc_agent *a, nbt_out *out)
{
    size_t n = a->nchat < RC_TEXT_MAX ? a->nchat : RC_TEXT_MAX;
    rc_msg m = { .type = RC_MSG_CHAT, .data = { a->chat, n } };
    rc_link_send(&a->carrier->link, &a->tags, &m, out);
    a->nchat -= n;
    memmove(a->chat, a->chat + n, a->nchat);
}

void rc_agent_function_pump(rc_agent *a, nbt_time now, nbt_out *out)
{
    rc_transfer_io io = io_of(a, now, out);
    rc_transfer_pump(&a->transfer, &io);
    while (a->nchat > 0 && rc_link_ready(&a->carrier->link))
        send_chat(a, out);
}
