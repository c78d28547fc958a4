/*
 * A viewer's session, from the rights on: what the client says, and what the user wants of it. It
 * never looks for another way to the client.
 */
#include "rc/viewer_impl.h"

#include <string.h>

/* A message that must not come now, or that cannot be read. */
static void nonsense(rc_viewer *v, nbt_time now, const char *what, nbt_out *out)
{
    rc_viewer_closed(v, RC_CLOSED_BY_VIEWER, out);
    rc_viewer_fail_why(v, now, RC_END_NONSENSE, RC_SAY_NONSENSE, what, NULL, out);
}

static void on_verdict(rc_viewer *v, nbt_time now, const rc_msg *m, nbt_out *out)
{
    switch (m->verdict) {
    case RC_VERDICT_GRANTED:
        break;
    case RC_VERDICT_BUSY:
        rc_viewer_fail(v, now, RC_END_BUSY, RC_SAY_BUSY, out);
        return;
    case RC_VERDICT_NO_RIGHTS:
        rc_viewer_fail(v, now, RC_END_RIGHTS, RC_SAY_NO_RIGHTS, out);
        return;
    case RC_VERDICT_NO_CONTEXT:
    case RC_VERDICT_NO_TICKET:
        rc_viewer_fail(v, now, RC_END_RIGHTS, RC_SAY_NO_CONTEXT, out);
        return;
    case RC_VERDICT_NO_FUNCTION:
        rc_viewer_fail_why(v, now, RC_END_RIGHTS, RC_SAY_NO_FUNCTION,
                           "the client does not let anybody do that", NULL, out);
        return;
    case RC_VERDICT_REFUSED:
        rc_viewer_fail(v, now, RC_END_PERMISSION, RC_SAY_USER_REFUSED, out);
        return;
    case RC_VERDICT_SILENT:
        rc_viewer_fail(v, now, RC_END_PERMISSION, RC_SAY_USER_SILENT, out);
        return;
    }
    if (m->type == RC_MSG_OPENED && (m->columns != RC_COLUMNS || m->rows != RC_ROWS)) {
        nonsense(v, now, "a screen of another size", out);
        return;
    }
    if (m->type == RC_MSG_OPENED) {
        rc_viewer_function_up(v, now, out);
        return;
    }
    if (v->cfg.function > RC_FUNCTION_TRANSFER) {
        rc_viewer_act(v, now, out);
        return;
    }
    v->ticket = m->ticket;
    rc_msg open = { .type = RC_MSG_OPEN, .ticket = m->ticket };
    if (v->rights.transport == RC_NETBIOS) {
        rc_link_send(&v->rights, &v->tags, &open, out);
        rc_viewer_enter(v, VIEWER_OPEN, now + ANSWER_TIMEOUT, out);
    } else {
        const rc_step *step = &v->cfg.profile->steps[v->step];
        nbt_ep to = { v->ip, rc_step_port(step, v->cfg.function) };
        rc_viewer_connect(v, &v->function, to, out);
        rc_viewer_enter(v, VIEWER_CONNECT_FUNCTION, now + CONNECT_TIMEOUT, out);
    }
}

static void on_screen(rc_viewer *v, nbt_time now, const rc_msg *m, nbt_out *out)
{
    uint8_t bytes[RC_DIFF_MAX];
    uint32_t rows = 0;
    nbt_rd r;
    if (m->unpacked > sizeof bytes) {
        nonsense(v, now, "length does not fit in UNPACKED", out);
        return;
    }
    if (rc_unpack(v->packer, m, bytes, &r)) {
        nbt_rd_init(&r, bytes, m->unpacked);
        rc_diff_rd(&r, &v->screen, &rows);
    }
    if (r.err) {
        rc_line line;
        rc_link_describe(&r, &line);
        nonsense(v, now, line.s, out);
        return;
    }
    rc_emit(out, RC_APP_SCREEN, rows, NULL);
}

void rc_viewer_ping_over(rc_viewer *v, int64_t microseconds, nbt_out *out)
{
    v->pinging = false;
    if (v->fence)
        v->fences = microseconds < 0 ? v->fences + 1 : 0;
    else
        rc_emit(out, RC_APP_PING, microseconds, NULL)->tag = v->serial;
    v->fence = false;
}

static void on_pong(rc_viewer *v, nbt_time now, const rc_msg *m, nbt_out *out)
{
    if (!v->pinging || m->serial != v->serial)
        return; /* it comes too late to count */
    v->seen = v->ping_typed;
    rc_viewer_ping_over(v, now - v->ping_at, out);
}

static void on_bye(rc_viewer *v, nbt_time now, nbt_out *out)
{
    rc_viewer_closed(v, RC_CLOSED_BY_CLIENT, out);
    rc_viewer_fail(v, now, RC_END_LOST, RC_SAY_CLIENT_ENDED, out);
}

static bool is_awaited(const rc_viewer *v, rc_msg_type type)
{
    switch (type) {
    case RC_MSG_WAIT:
    case RC_MSG_VERDICT:
        return v->state == VIEWER_RIGHTS;
    case RC_MSG_OPENED:
        return v->state == VIEWER_OPEN;
    case RC_MSG_SCREEN:
        return v->state == VIEWER_UP && v->cfg.function == RC_FUNCTION_CONTROL;
    case RC_MSG_PONG:
        return v->state == VIEWER_UP;
    case RC_MSG_HAVE:
    case RC_MSG_BEGIN:
    case RC_MSG_PIECE:
    case RC_MSG_WHOLE:
    case RC_MSG_RESULT:
    case RC_MSG_CHAT:
        return rc_viewer_function_awaits(v, type);
    case RC_MSG_BYE:
        return true;
    case RC_MSG_RIGHTS:
    case RC_MSG_OPEN:
    case RC_MSG_KEYS:
    case RC_MSG_PING:
    case RC_MSG_FUNCTION:
    case RC_MSG_FETCH:
    case RC_MSG_STORE:
    case RC_MSG_EXECUTE:
    case RC_MSG_REBOOT:
        return false;
    }
    return false;
}

static void on_message(rc_viewer *v, nbt_time now, const rc_msg *m, nbt_out *out)
{
    if (!is_awaited(v, m->type)) {
        rc_line line;
        rc_line_init(&line);
        rc_line_str(&line, "unexpected message: ");
        rc_line_str(&line, rc_msg_type_str(m->type));
        nonsense(v, now, line.s, out);
    } else if (m->type == RC_MSG_WAIT) {
        rc_emit(out, RC_APP_WAITING, m->seconds, NULL);
        v->due = now + NBT_S(m->seconds) + ANSWER_TIMEOUT;
    } else if (m->type == RC_MSG_VERDICT || m->type == RC_MSG_OPENED) {
        on_verdict(v, now, m, out);
    } else if (m->type == RC_MSG_SCREEN) {
        on_screen(v, now, m, out);
    } else if (m->type == RC_MSG_PONG) {
        on_pong(v, now, m, out);
    } else if (m->type == RC_MSG_BYE) {
        on_bye(v, now, out);
    } else if (!rc_viewer_function_msg(v, now, m, out)) {
        nonsense(v, now, "a file's message that cannot be", out);
    }
}

static void pull(rc_viewer *v, nbt_time now, rc_link *l, nbt_out *out)
{
    rc_msg m;
    nbt_rd r;
    for (;;) {
        switch (rc_link_next(l, &m, &r)) {
        case RC_LINK_NONE:
            return;
        case RC_LINK_MSG:
            on_message(v, now, &m, out);
            break;
        case RC_LINK_BAD: {
            rc_line line;
            rc_link_describe(&r, &line);
            nonsense(v, now, line.s, out);
            return;
        }
        }
    }
}

static void lost(rc_viewer *v, nbt_time now, const rc_link *l, nbt_out *out)
{
    if (v->state == VIEWER_CLOSE) {
        rc_viewer_close_on(v, now, out);
        return;
    }
    rc_say say = v->state == VIEWER_UP ? RC_SAY_LOST : RC_SAY_NO_ANSWER;
    rc_viewer_closed(v, RC_CLOSED_BY_LOSS, out);
    rc_viewer_fail_why(v, now, RC_END_LOST, say, NULL, l->lost_by.command ? &l->lost_by : NULL,
                       out);
}

static void connected(rc_viewer *v, nbt_time now, nbt_out *out)
{
    if (v->state == VIEWER_CONNECT) {
        rc_viewer_settled(v, now, out);
    } else {
        rc_msg open = { .type = RC_MSG_OPEN, .ticket = v->ticket };
        rc_link_send(&v->function, &v->tags, &open, out);
        rc_viewer_enter(v, VIEWER_OPEN, now + ANSWER_TIMEOUT, out);
    }
}

void rc_viewer_not_connected(rc_viewer *v, nbt_time now, const char *why, nbt_out *out)
{
    if (v->state == VIEWER_CONNECT) {
        rc_viewer_missed(v, rc_viewer_socket(v), NULL, why, out);
        rc_viewer_next_address(v, now, out);
    } else {
        /* The client is there and has agreed: its function does not work, which no other
           transport would change (KB Q276378). */
        rc_viewer_fail(v, now, RC_END_LOST, RC_SAY_NO_ANSWER, out);
    }
}

void rc_viewer_linked(rc_viewer *v, nbt_time now, rc_link *l, rc_link_ev ev, const char *why,
                      nbt_out *out)
{
    switch (ev) {
    case RC_LINK_NOT_MINE:
    case RC_LINK_SAME:
        return;
    case RC_LINK_UP:
        connected(v, now, out);
        return;
    case RC_LINK_FAILED:
        rc_viewer_not_connected(v, now, why, out);
        return;
    case RC_LINK_INPUT:
        pull(v, now, l, out);
        return;
    case RC_LINK_LOST:
        lost(v, now, l, out);
        return;
    case RC_LINK_ENDED:
        if (v->state == VIEWER_CLOSE)
            rc_viewer_close_on(v, now, out);
        return;
    }
}

static void hold_keys(rc_viewer *v, nbt_out *out)
{
    bool hold = v->nkeys >= KEYS_MANY;
    if (hold != v->keys_held)
        rc_emit(out, RC_APP_KEYS, !hold, NULL);
    v->keys_held = hold;
}

static void send_keys(rc_viewer *v, rc_link *l, nbt_out *out)
{
    size_t n = v->nkeys < RC_KEYS_MAX ? v->nkeys : RC_KEYS_MAX;
    rc_msg m = { .type = RC_MSG_KEYS, .data = { v->keys, n } };
    if (v->cfg.function == RC_FUNCTION_CHAT)
        m.type = RC_MSG_CHAT;
    rc_link_send(l, &v->tags, &m, out);
    v->typed++;
    v->nkeys -= n;
    memmove(v->keys, v->keys + n, v->nkeys);
    hold_keys(v, out);
}

static void send_ping(rc_viewer *v, nbt_time now, rc_link *l, nbt_out *out)
{
    rc_msg m = { .type = RC_MSG_PING, .serial = ++v->serial };
    v->pinging = true;
    v->ping_typed = v->typed;
    v->ping_at = now;
    rc_link_send(l, &v->tags, &m, out);
}

/* What the user wants goes out as fast as the link takes it. */
void rc_viewer_pump(rc_viewer *v, nbt_time now, nbt_out *out)
{
    rc_link *l = rc_viewer_function_link(v);
    while (v->state == VIEWER_UP && rc_link_ready(l)) {
        if (v->cfg.function == RC_FUNCTION_TRANSFER) {
            rc_viewer_file_pump(v, now, out);
            break;
        } else if (v->nkeys > 0) {
            send_keys(v, l, out);
        } else if (v->pinging) {
            break;
        } else if (v->pings > 0) {
            v->pings--;
            send_ping(v, now, l, out);
        } else if (v->finish && v->seen != v->typed && v->fences >= FENCES_MAX) {
            rc_viewer_closed(v, RC_CLOSED_BY_VIEWER, out);
            rc_viewer_fail_why(v, now, RC_END_LOST, RC_SAY_NO_ANSWER,
                               "the client does not answer what is typed", NULL, out);
        } else if (v->finish && v->seen != v->typed) {
            v->fence = true;
            send_ping(v, now, l, out);
        } else if (v->finish) {
            rc_viewer_closed(v, RC_CLOSED_BY_VIEWER, out);
            rc_viewer_begin_close(v, now, RC_END_DONE, RC_BYE_CLOSED, out);
        } else {
            break;
        }
    }
    rc_link_more(&v->rights, &v->tags, true, out);
    rc_link_more(&v->function, &v->tags, true, out);
}

/* What is typed although no more was wanted may be lost, as with a real keyboard. */
void rc_viewer_take_keys(rc_viewer *v, nbt_bytes keys, nbt_out *out)
{
    size_t n = sizeof v->keys - v->nkeys;
    if (n > keys.n)
        n = keys.n;
    if (n > 0)
        memcpy(v->keys + v->nkeys, keys.p, n);
    v->nkeys += n;
    hold_keys(v, out);
}
