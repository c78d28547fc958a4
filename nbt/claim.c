/*
 * The claim of a name. It never looks at who refuses or why: any negative answer is final (RFC 1001
 * 15.2.1), and no other answer counts.
 */
#include "nbt/claim.h"

#include <string.h>

static void enter(nbt_claim *c, nbt_claim_state state, nbt_time due)
{
    c->state = state;
    c->due = due;
}

static void ask(nbt_claim *c, nbt_time now, nbt_effects *fx)
{
    c->asked++;
    nbt_fx_emit(fx, NBT_FX_SEND);
    enter(c, NBT_CLAIM_ASKING, now + c->pace.timeout);
}

void nbt_claim_init(nbt_claim *c, nbt_pace pace, bool demand, nbt_time settle)
{
    assert(pace.count > 0);
    memset(c, 0, sizeof *c);
    c->pace = pace;
    c->demand = demand;
    c->settle = settle;
    enter(c, NBT_CLAIM_IDLE, NBT_NEVER);
}

static void win(nbt_claim *c, nbt_effects *fx)
{
    nbt_fx_emit(fx, NBT_FX_WON);
    enter(c, NBT_CLAIM_OWNED, NBT_NEVER);
}

/* RFC 1002 5.1.1.1: the pause follows the last request too; silence after it means consent. */
static void silence(nbt_claim *c, nbt_time now, nbt_effects *fx)
{
    if (c->asked < c->pace.count) {
        ask(c, now, fx);
        return;
    }
    if (c->demand)
        nbt_fx_emit(fx, NBT_FX_DEMAND);
    if (c->demand && c->settle > 0)
        enter(c, NBT_CLAIM_SETTLING, now + c->settle);
    else
        win(c, fx);
}

void nbt_claim_step(nbt_claim *c, nbt_time now, const nbt_stimulus *s, nbt_effects *fx)
{
    switch (c->state) {
    case NBT_CLAIM_IDLE:
        if (s->kind == NBT_ON_START)
            ask(c, now, fx);
        return;
    case NBT_CLAIM_ASKING:
    case NBT_CLAIM_SETTLING:
        /* A refusal that is here counts, even if the tick that would have ended the wait is late.
           Positive answers and challenges come from name servers, which a B node has none of. */
        if (s->kind == NBT_ON_NEGATIVE) {
            nbt_fx_emit(fx, NBT_FX_LOST);
            enter(c, NBT_CLAIM_REFUSED, NBT_NEVER);
        } else if (s->kind == NBT_ON_TIME && now >= c->due) {
            if (c->state == NBT_CLAIM_ASKING)
                silence(c, now, fx);
            else
                win(c, fx);
        }
        return;
    case NBT_CLAIM_OWNED:
    case NBT_CLAIM_REFUSED:
        return;
    }
}
