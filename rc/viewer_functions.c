/*
 * What a viewer's session is for when it is no remote control: a file, a chat, a command, a
 * restart. It never touches a file: what is wanted of one comes out as effects.
 */
#include "rc/viewer_impl.h"

#include <string.h>

static rc_transfer_io io_of(rc_viewer *v, nbt_time now, nbt_out *out)
{
    return (rc_transfer_io){ rc_viewer_function_link(v), &v->tags, now, out };
}

/* ---- a file ---- */

static void file_over(rc_viewer *v, nbt_time now, nbt_out *out)
{
    rc_result result = v->transfer.result;
    if (v->state != VIEWER_UP || v->transfer.state != RC_TRANSFER_OVER)
        return;
    rc_viewer_closed(v, RC_CLOSED_BY_VIEWER, out);
    if (result == RC_RESULT_DONE)
        rc_viewer_begin_close(v, now, RC_END_DONE, RC_BYE_CLOSED, out);
    else
        rc_viewer_fail_why(v, now, RC_END_TRANSFER, RC_SAY_NOT_TRANSFERRED,
                           rc_result_meaning(result), NULL, out);
}

void rc_viewer_file(rc_viewer *v, nbt_time now, const rc_cmd *cmd, nbt_out *out)
{
    rc_transfer_io io = io_of(v, now, out);
    rc_transfer_file(&v->transfer, &io, cmd->value, cmd->data);
    file_over(v, now, out);
}

void rc_viewer_file_pump(rc_viewer *v, nbt_time now, nbt_out *out)
{
    rc_transfer_io io = io_of(v, now, out);
    rc_transfer_pump(&v->transfer, &io);
}

void rc_viewer_file_overdue(rc_viewer *v, nbt_time now, nbt_out *out)
{
    rc_viewer_closed(v, RC_CLOSED_BY_LOSS, out);
    rc_viewer_fail_why(v, now, RC_END_LOST, RC_SAY_LOST, "nothing comes from the client any more",
                       NULL, out);
}

/* ---- a restart ---- */

bool rc_viewer_is_waiting(const rc_viewer *v, nbt_time now)
{
    return now < v->back_by;
}

/* The place among the console's sessions stays its own. */
void rc_viewer_wait(rc_viewer *v, nbt_time now, nbt_out *out)
{
    v->cfg.function = RC_FUNCTION_CONTROL;
    v->protocols = v->cfg.protocols;
    if (v->no_driver)
        v->protocols &= ~(unsigned)RC_SPEAKS_NETBIOS;
    v->missed = (nbt_ncb){ 0 };
    v->unnamed = false;
    v->find = (nbt_prog_ask){ 0 };
    v->call = 0;
    v->again = 0;
    rc_claim_forget(&v->claim);
    rc_viewer_enter(v, VIEWER_DOWN, now + DOWN_PAUSE, out);
}

/* KB Q176961: a viewer that has asked for a restart opens its session again behind it. */
static void restarts(rc_viewer *v, nbt_time now, nbt_out *out)
{
    if (v->cfg.reconnect > 0) {
        rc_emit_say(out, RC_SAY_REBOOTING, v->client);
        v->back_by = now + v->cfg.reconnect;
    }
    rc_viewer_begin_close(v, now, RC_END_DONE, RC_BYE_CLOSED, out);
}

/* ---- all of them ---- */

void rc_viewer_function_up(rc_viewer *v, nbt_time now, nbt_out *out)
{
    nbt_act *act = rc_emit(out, RC_APP_CONNECTED, v->rights.transport, NULL);
    act->to = v->rights.peer;
    act->tag = v->cfg.function;
    act->ncb.lana = v->rights.lana;
    act->ncb.lsn = v->rights.lsn;
    v->back_by = 0;
    rc_viewer_enter(v, VIEWER_UP, NBT_NEVER, out);
    if (v->cfg.function != RC_FUNCTION_TRANSFER)
        return;
    rc_transfer_io io = io_of(v, now, out);
    rc_transfer_ask(&v->transfer, &io, v->cfg.store, v->cfg.file);
}

void rc_viewer_act(rc_viewer *v, nbt_time now, nbt_out *out)
{
    rc_msg m = { .type = RC_MSG_REBOOT };
    if (v->cfg.function == RC_FUNCTION_EXECUTE) {
        m.type = RC_MSG_EXECUTE;
        m.data = (nbt_bytes){ (const uint8_t *)v->command, strlen(v->command) };
    }
    rc_link_send(&v->rights, &v->tags, &m, out);
    rc_viewer_enter(v, VIEWER_ACT, now + ANSWER_TIMEOUT, out);
}

bool rc_viewer_function_awaits(const rc_viewer *v, rc_msg_type type)
{
    if (v->state == VIEWER_ACT)
        return type == RC_MSG_RESULT;
    if (v->state != VIEWER_UP)
        return false;
    if (type == RC_MSG_CHAT)
        return v->cfg.function == RC_FUNCTION_CHAT;
    return v->transfer.state != RC_TRANSFER_IDLE;
}

static void acted(rc_viewer *v, nbt_time now, rc_result result, nbt_out *out)
{
    if (result != RC_RESULT_DONE)
        rc_viewer_fail_why(v, now, RC_END_RIGHTS, RC_SAY_NOT_DONE, rc_result_meaning(result), NULL,
                           out);
    else if (v->cfg.function == RC_FUNCTION_REBOOT)
        restarts(v, now, out);
    else
        rc_viewer_begin_close(v, now, RC_END_DONE, RC_BYE_CLOSED, out);
}

bool rc_viewer_function_msg(rc_viewer *v, nbt_time now, const rc_msg *m, nbt_out *out)
{
    if (m->type == RC_MSG_CHAT) {
        nbt_out_add(out, NBT_ACT_APP, m->data.p, m->data.n)->app = RC_APP_CHAT;
        return true;
    }
    if (v->state == VIEWER_ACT) {
        acted(v, now, m->result, out);
        return true;
    }
    rc_transfer_io io = io_of(v, now, out);
    bool fits = rc_transfer_msg(&v->transfer, &io, m);
    if (fits)
        file_over(v, now, out);
    return fits;
}
