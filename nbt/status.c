/*
 * The request for a node's status. It never reads the answer.
 */
#include "nbt/status.h"

#include <string.h>

static void enter(nbt_status *st, nbt_status_state state, nbt_time due)
{
    st->state = state;
    st->due = due;
}

static void ask(nbt_status *st, nbt_time now, nbt_effects *fx)
{
    st->asked++;
    nbt_fx_emit(fx, NBT_FX_SEND);
    enter(st, NBT_STATUS_ASKING, now + st->pace.timeout);
}

void nbt_status_init(nbt_status *st, nbt_pace pace)
{
    assert(pace.count > 0);
    memset(st, 0, sizeof *st);
    st->pace = pace;
    enter(st, NBT_STATUS_IDLE, NBT_NEVER);
}

void nbt_status_step(nbt_status *st, nbt_time now, const nbt_stimulus *s, nbt_effects *fx)
{
    switch (st->state) {
    case NBT_STATUS_IDLE:
        if (s->kind == NBT_ON_START)
            ask(st, now, fx);
        return;
    case NBT_STATUS_ASKING:
        if (s->kind == NBT_ON_POSITIVE) {
            nbt_fx_emit(fx, NBT_FX_ANSWERED);
            nbt_fx_emit(fx, NBT_FX_ENDED);
            enter(st, NBT_STATUS_ANSWERED, NBT_NEVER);
        } else if (s->kind == NBT_ON_TIME && now >= st->due && st->asked < st->pace.count) {
            ask(st, now, fx);
        } else if (s->kind == NBT_ON_TIME && now >= st->due) {
            nbt_fx_emit(fx, NBT_FX_ENDED);
            enter(st, NBT_STATUS_SILENT, NBT_NEVER);
        }
        return;
    case NBT_STATUS_ANSWERED:
    case NBT_STATUS_SILENT:
        return;
    }
}
