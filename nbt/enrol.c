/*
 * The registration of a name at a name server. It never takes the owner's silence for the server's:
 * only the server gives names away.
 */
#include "nbt/enrol.h"

#include <string.h>

static void end(nbt_enrol *e, nbt_effect how, nbt_effects *fx)
{
    nbt_fx_emit(fx, how);
    e->state = NBT_ENROL_ENDED;
}

static void challenge(nbt_enrol *e, nbt_time now, nbt_effects *fx)
{
    e->asked++;
    nbt_fx_emit(fx, NBT_FX_CHALLENGE);
    e->due = now + e->pace.timeout;
    e->state = NBT_ENROL_CHALLENGING;
}

/* Lets the request to the server go on; what it means to the name is said here. */
static void ask(nbt_enrol *e, nbt_time now, const nbt_stimulus *s, nbt_effect send, nbt_effects *fx)
{
    nbt_effects asked = { .n = 0 };
    nbt_ask_step(&e->ask, now, s, &asked);
    for (size_t i = 0; i < asked.n; i++) {
        if (asked.e[i] == NBT_FX_SEND)
            nbt_fx_emit(fx, send);
        else if (asked.e[i] == NBT_FX_ENDED)
            end(e, NBT_FX_WON, fx);
        else
            end(e, asked.e[i], fx);
    }
}

/* RFC 1002 5.1.2.1: "unicast NAME UPDATE REQUEST to NBNS", to the one that left it to us. */
static void overwrite(nbt_enrol *e, nbt_time now, nbt_effects *fx)
{
    nbt_ask_cfg cfg = e->ask.cfg;
    uint8_t at = e->ask.at;
    cfg.servers = 1;
    cfg.first = 0;
    nbt_ask_init(&e->ask, &cfg);
    e->ask.at = at;
    e->state = NBT_ENROL_OVERWRITING;
    ask(e, now, &(nbt_stimulus){ .kind = NBT_ON_START }, NBT_FX_OVERWRITE, fx);
}

void nbt_enrol_init(nbt_enrol *e, const nbt_ask_cfg *cfg)
{
    memset(e, 0, sizeof *e);
    e->pace = cfg->pace;
    nbt_ask_init(&e->ask, cfg);
    e->state = NBT_ENROL_ASKING;
}

void nbt_enrol_step(nbt_enrol *e, nbt_time now, const nbt_stimulus *s, nbt_effects *fx)
{
    switch (e->state) {
    case NBT_ENROL_ASKING:
        if (s->kind == NBT_ON_CHALLENGE && e->ask.state != NBT_ASK_IDLE)
            challenge(e, now, fx);
        else
            ask(e, now, s, NBT_FX_SEND, fx);
        return;
    case NBT_ENROL_CHALLENGING:
        if (s->kind == NBT_ON_POSITIVE)
            end(e, NBT_FX_LOST, fx);
        else if (s->kind == NBT_ON_NEGATIVE)
            overwrite(e, now, fx);
        else if (s->kind == NBT_ON_TIME && now >= e->due && e->asked < e->pace.count)
            challenge(e, now, fx);
        else if (s->kind == NBT_ON_TIME && now >= e->due)
            overwrite(e, now, fx);
        return;
    case NBT_ENROL_OVERWRITING:
        ask(e, now, s, NBT_FX_OVERWRITE, fx);
        return;
    case NBT_ENROL_ENDED:
        return;
    }
}

nbt_time nbt_enrol_due(const nbt_enrol *e)
{
    switch (e->state) {
    case NBT_ENROL_ASKING:
    case NBT_ENROL_OVERWRITING:
        return nbt_ask_due(&e->ask);
    case NBT_ENROL_CHALLENGING:
        return e->due;
    case NBT_ENROL_ENDED:
        break;
    }
    return NBT_NEVER;
}
