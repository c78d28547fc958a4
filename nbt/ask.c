/*
 * The patience with name servers. It never looks at what an answer says, nor at who gives it.
 */
#include "nbt/ask.h"

#include <string.h>

static void enter(nbt_ask *a, nbt_ask_state state, nbt_time due)
{
    a->state = state;
    a->due = due;
}

static void send(nbt_ask *a, nbt_time now, nbt_effects *fx)
{
    a->asked++;
    nbt_fx_emit(fx, NBT_FX_SEND);
    enter(a, NBT_ASK_ASKING, now + a->cfg.pace.timeout);
}

static void end(nbt_ask *a, nbt_effect how, nbt_effects *fx)
{
    nbt_fx_emit(fx, how);
    enter(a, NBT_ASK_ENDED, NBT_NEVER);
}

void nbt_ask_init(nbt_ask *a, const nbt_ask_cfg *cfg)
{
    assert(cfg->pace.count > 0 && (cfg->servers == 0 || cfg->first < cfg->servers));
    memset(a, 0, sizeof *a);
    a->cfg = *cfg;
    a->at = cfg->first;
    enter(a, NBT_ASK_IDLE, NBT_NEVER);
}

/* The next server, or nobody is left: what one has said is then the result. */
static void next(nbt_ask *a, nbt_time now, nbt_effects *fx)
{
    if (++a->tried >= a->cfg.servers) {
        end(a, a->denied ? NBT_FX_DENIED : NBT_FX_SILENT, fx);
        return;
    }
    a->at = (uint8_t)((a->at + 1u) % a->cfg.servers);
    a->asked = 0;
    send(a, now, fx);
}

/* The pause is over: again, or the next server. */
static void silence(nbt_ask *a, nbt_time now, nbt_effects *fx)
{
    if (a->asked < a->cfg.pace.count)
        send(a, now, fx);
    else
        next(a, now, fx);
}

static void denial(nbt_ask *a, nbt_time now, nbt_effects *fx)
{
    a->denied = true;
    if (a->cfg.past_denial)
        next(a, now, fx);
    else
        end(a, NBT_FX_DENIED, fx);
}

/*
 * RFC 1002 5.1.2.1: the pause is what the WACK says. A TTL of 0 says nothing (4.2.16), and one of
 * 136 years is not worth more than the profile's patience, however many WACKs there are.
 */
static void put_off(nbt_ask *a, nbt_time now, nbt_time wait)
{
    if (a->state == NBT_ASK_ASKING)
        a->patience = now + a->cfg.wack_max;
    nbt_time until = now + (wait > 0 ? wait : a->cfg.pace.timeout);
    enter(a, NBT_ASK_PUT_OFF, nbt_time_min(until, a->patience));
}

void nbt_ask_step(nbt_ask *a, nbt_time now, const nbt_stimulus *s, nbt_effects *fx)
{
    switch (a->state) {
    case NBT_ASK_IDLE:
        if (s->kind != NBT_ON_START)
            return;
        if (a->cfg.servers > 0)
            send(a, now, fx);
        else
            end(a, NBT_FX_SILENT, fx);
        return;
    case NBT_ASK_ASKING:
    case NBT_ASK_PUT_OFF:
        if (s->kind == NBT_ON_POSITIVE)
            end(a, NBT_FX_ENDED, fx);
        else if (s->kind == NBT_ON_NEGATIVE)
            denial(a, now, fx);
        else if (s->kind == NBT_ON_WACK)
            put_off(a, now, s->wait);
        else if (s->kind == NBT_ON_TIME && now >= a->due)
            silence(a, now, fx);
        return;
    case NBT_ASK_ENDED:
        return;
    }
}
