/*
 * Who may control an agent's computer: rights, the one-viewer rule, and its user's permission.
 */
#include "rc/agent_impl.h"

#include <string.h>

void rc_agent_log(const rc_guest *g, rc_log code, nbt_out *out)
{
    nbt_act *act = rc_emit(out, RC_APP_LOG, code, g->user);
    memcpy(act->ncb.callname, g->machine, NBT_NAME_LEN);
}

void rc_agent_log_function(const rc_guest *g, nbt_out *out)
{
    switch (g->wants) {
#define X(sym, value, word)                                                                        \
    case RC_FUNCTION_##sym:                                                                        \
        rc_agent_log(g, RC_LOG_##sym, out);                                                        \
        return;
        RC_FUNCTIONS(X)
#undef X
    }
}

/* Who is told to wait for another viewer has the rights none the less (KB Q168600). */
static void log_verdict(const rc_guest *g, rc_verdict verdict, nbt_out *out)
{
    switch (verdict) {
    case RC_VERDICT_GRANTED:
    case RC_VERDICT_BUSY:
        rc_agent_log(g, RC_LOG_PERMITTED, out);
        return;
    case RC_VERDICT_REFUSED:
    case RC_VERDICT_SILENT:
        rc_agent_log(g, RC_LOG_USER_REFUSED, out);
        return;
    case RC_VERDICT_NO_RIGHTS:
    case RC_VERDICT_NO_CONTEXT:
    case RC_VERDICT_NO_TICKET:
    case RC_VERDICT_NO_FUNCTION:
        rc_agent_log(g, RC_LOG_NOT_PERMITTED, out);
        return;
    }
}

void rc_agent_give_verdict(rc_agent *a, nbt_time now, rc_guest *g, rc_verdict verdict, nbt_out *out)
{
    nbt_act *act = rc_emit(out, RC_APP_CHECKED, verdict, g->user);
    memcpy(act->ncb.callname, g->machine, NBT_NAME_LEN);
    act->to = g->link.peer;
    log_verdict(g, verdict, out);
    rc_msg m = { .type = RC_MSG_VERDICT, .verdict = verdict };
    if (verdict == RC_VERDICT_GRANTED) {
        do
            g->ticket = (uint32_t)(nbt_rng_u64(&a->rng) >> 32);
        while (g->ticket == 0);
        m.ticket = g->ticket;
        a->holder = g;
        g->state = GUEST_GRANTED;
        g->due = now + REQUEST_TIMEOUT;
    }
    if (verdict != RC_VERDICT_BUSY || a->cfg.profile->busy_told)
        rc_link_send(&g->link, &a->tags, &m, out);
    if (verdict != RC_VERDICT_GRANTED)
        rc_agent_end_guest(a, now, g, RC_CLOSED_BY_CLIENT, out);
}

static bool is_permitted(const rc_agent *a, const char *user)
{
    for (size_t i = 0; i < a->cfg.npermitted; i++)
        if (rc_word_eq(a->cfg.permitted[i], user, strlen(user)))
            return true;
    return !a->cfg.permitted;
}

/* A grant is remembered for the console, whoever sits at it (KB Q248452). */
static bool is_remembered(const rc_agent *a, nbt_time now, const rc_guest *g)
{
    for (size_t i = 0; i < GRANTS_MAX; i++)
        if (now < a->grants[i].until && memcmp(a->grants[i].machine, g->machine, NBT_NAME_LEN) == 0)
            return true;
    return false;
}

static void remember(rc_agent *a, nbt_time now, const rc_guest *g)
{
    rc_grant *at = &a->grants[a->next_grant++ % GRANTS_MAX];
    memcpy(at->machine, g->machine, NBT_NAME_LEN);
    at->until = now + NBT_S(a->cfg.profile->grant_memory);
}

/* KB Q280054: who was told that the client is busy, and insists, may have it. */
static bool insists(const rc_agent *a, nbt_time now, const rc_guest *g)
{
    return now < a->told_busy.until && memcmp(a->told_busy.machine, g->machine, NBT_NAME_LEN) == 0;
}

static void turn_away(rc_agent *a, nbt_time now, rc_guest *g, nbt_out *out)
{
    memcpy(a->told_busy.machine, g->machine, NBT_NAME_LEN);
    a->told_busy.until = now + NBT_S(a->cfg.profile->insist);
    rc_agent_give_verdict(a, now, g, RC_VERDICT_BUSY, out);
}

static void ask(rc_agent *a, nbt_time now, rc_guest *g, nbt_out *out)
{
    uint16_t seconds = (uint16_t)(a->cfg.ask_timeout / NBT_S(1));
    rc_msg m = { .type = RC_MSG_WAIT, .seconds = seconds };
    rc_line question;
    rc_say_fill(RC_SAY_MAY_HE, g->user, &question);
    a->holder = g;
    g->state = GUEST_ASKING;
    g->due = now + a->cfg.ask_timeout;
    rc_link_send(&g->link, &a->tags, &m, out);
    rc_emit(out, RC_APP_ASK, seconds, question.s);
}

/* If there is nobody else. */
static bool may_have_it(const rc_agent *a, const rc_guest *g)
{
    return is_permitted(a, g->user) && (a->cfg.functions >> g->wants & 1);
}

void rc_agent_rights(rc_agent *a, nbt_time now, rc_guest *g, const rc_msg *m, nbt_out *out)
{
    memcpy(g->machine, m->machine, NBT_NAME_LEN);
    g->packings = m->packings;
    if (m->user.n > 0)
        memcpy(g->user, m->user.p, m->user.n);
    g->user[m->user.n] = '\0';

    if (a->carrier && may_have_it(a, g) && insists(a, now, g)) {
        rc_agent_send_bye(a, a->carrier, RC_BYE_STOPPED, out);
        rc_agent_end_guest(a, now, a->carrier, RC_CLOSED_BY_CLIENT, out);
    }
    if (a->cfg.permitted && a->cfg.npermitted == 0)
        rc_agent_give_verdict(a, now, g, RC_VERDICT_NO_CONTEXT, out);
    else if (!is_permitted(a, g->user))
        rc_agent_give_verdict(a, now, g, RC_VERDICT_NO_RIGHTS, out);
    else if (!(a->cfg.functions >> g->wants & 1))
        rc_agent_give_verdict(a, now, g, RC_VERDICT_NO_FUNCTION, out);
    else if (a->holder)
        turn_away(a, now, g, out);
    else if (a->cfg.permission == RC_PERMISSION_DENY)
        rc_agent_give_verdict(a, now, g, RC_VERDICT_REFUSED, out);
    else if (a->cfg.permission == RC_PERMISSION_GRANT || is_remembered(a, now, g))
        rc_agent_give_verdict(a, now, g, RC_VERDICT_GRANTED, out);
    else
        ask(a, now, g, out);
}

void rc_agent_permit(rc_agent *a, nbt_time now, bool yes, nbt_out *out)
{
    rc_guest *g = a->holder;
    if (!g || g->state != GUEST_ASKING)
        return; /* the answer comes too late */
    g->state = GUEST_REQUEST;
    if (yes) {
        remember(a, now, g);
        rc_agent_log(g, RC_LOG_USER_GRANTED, out);
    }
    rc_agent_give_verdict(a, now, g, yes ? RC_VERDICT_GRANTED : RC_VERDICT_REFUSED, out);
}
