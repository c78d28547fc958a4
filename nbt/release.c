/*
 * The release of a name. It never waits for an answer: a demand has none.
 */
#include "nbt/release.h"

#include <string.h>

static void enter(nbt_release *r, nbt_release_state state, nbt_time due)
{
    r->state = state;
    r->due = due;
}

static void tell(nbt_release *r, nbt_time now, nbt_effects *fx)
{
    r->told++;
    nbt_fx_emit(fx, NBT_FX_SEND);
    if (r->told < r->pace.count) {
        enter(r, NBT_RELEASE_TELLING, now + r->pace.timeout);
    } else {
        nbt_fx_emit(fx, NBT_FX_ENDED);
        enter(r, NBT_RELEASE_ENDED, NBT_NEVER);
    }
}

void nbt_release_init(nbt_release *r, nbt_pace pace)
{
    assert(pace.count > 0);
    memset(r, 0, sizeof *r);
    r->pace = pace;
    enter(r, NBT_RELEASE_IDLE, NBT_NEVER);
}

void nbt_release_step(nbt_release *r, nbt_time now, const nbt_stimulus *s, nbt_effects *fx)
{
    switch (r->state) {
    case NBT_RELEASE_IDLE:
        if (s->kind == NBT_ON_START)
            tell(r, now, fx);
        return;
    case NBT_RELEASE_TELLING:
        if (s->kind == NBT_ON_TIME && now >= r->due)
            tell(r, now, fx);
        return;
    case NBT_RELEASE_ENDED:
        return;
    }
}
