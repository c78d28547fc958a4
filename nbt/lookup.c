/*
 * The search for a name at name servers. It never watches for a second answer: a server's is the
 * only one.
 */
#include "nbt/lookup.h"

#include <string.h>

static void end(nbt_lookup *l, nbt_effect how, nbt_effects *fx)
{
    nbt_fx_emit(fx, how);
    l->state = NBT_LOOKUP_ENDED;
}

static void found(nbt_lookup *l, nbt_effects *fx)
{
    if (l->nknown == 0)
        nbt_fx_emit(fx, NBT_FX_ANSWERED);
    end(l, NBT_FX_ENDED, fx);
}

static void keep(nbt_lookup *l, const nbt_stimulus *s)
{
    l->nfound = l->nknown;
    for (size_t i = 0; i < s->naddrs && l->nfound < NBT_FOUND_MAX; i++)
        l->found[l->nfound++] = (nbt_found){ s->addrs[i], s->from };
}

static void ask(nbt_lookup *l, nbt_time now, const nbt_stimulus *s, nbt_effects *fx)
{
    nbt_effects asked = { .n = 0 };
    nbt_ask_step(&l->ask, now, s, &asked);
    for (size_t i = 0; i < asked.n; i++) {
        if (asked.e[i] == NBT_FX_SEND)
            nbt_fx_emit(fx, NBT_FX_SEND);
        else
            end(l, l->redirected ? NBT_FX_DENIED : asked.e[i], fx);
    }
}

/* RFC 1002 5.1.2.3: "repeat query with NBNS address in the response packet". */
static void follow(nbt_lookup *l, nbt_time now, nbt_effects *fx)
{
    if (l->redirects == l->limit) {
        end(l, NBT_FX_DENIED, fx);
        return;
    }
    nbt_ask_cfg cfg = l->ask.cfg;
    uint8_t at = l->ask.at;
    cfg.servers = 1;
    cfg.first = 0;
    nbt_ask_init(&l->ask, &cfg);
    l->ask.at = at;
    l->redirects++;
    l->redirected = true;
    ask(l, now, &(nbt_stimulus){ .kind = NBT_ON_START }, fx);
}

static void answer(nbt_lookup *l, nbt_time now, const nbt_stimulus *s, nbt_effects *fx)
{
    if (s->naddrs == 0) { /* B40 */
        end(l, NBT_FX_DENIED, fx);
        return;
    }
    keep(l, s);
    if (!s->truncated) {
        found(l, fx);
        return;
    }
    nbt_fx_emit(fx, NBT_FX_MORE);
    l->due = now + l->ask.cfg.pace.timeout;
    l->state = NBT_LOOKUP_FETCHING;
}

void nbt_lookup_init(nbt_lookup *l, const nbt_ask_cfg *cfg, uint8_t redirects)
{
    memset(l, 0, sizeof *l);
    l->limit = redirects;
    nbt_ask_init(&l->ask, cfg);
    l->state = NBT_LOOKUP_ASKING;
}

void nbt_lookup_know(nbt_lookup *l, nbt_found own)
{
    assert(l->ask.state == NBT_ASK_IDLE);
    l->found[0] = own;
    l->nfound = l->nknown = 1;
}

void nbt_lookup_step(nbt_lookup *l, nbt_time now, const nbt_stimulus *s, nbt_effects *fx)
{
    bool started = l->ask.state != NBT_ASK_IDLE;
    switch (l->state) {
    case NBT_LOOKUP_ASKING:
        if (started && s->kind == NBT_ON_POSITIVE)
            answer(l, now, s, fx);
        else if (started && s->kind == NBT_ON_REDIRECT)
            follow(l, now, fx);
        else
            ask(l, now, s, fx);
        return;
    case NBT_LOOKUP_FETCHING:
        /* RFC 1001 15.3.4: what TCP does not bring, the list that was cut must do for. */
        if (s->kind == NBT_ON_POSITIVE && s->naddrs > (size_t)(l->nfound - l->nknown))
            keep(l, s);
        if (s->kind == NBT_ON_POSITIVE || s->kind == NBT_ON_NEGATIVE ||
            (s->kind == NBT_ON_TIME && now >= l->due))
            found(l, fx);
        return;
    case NBT_LOOKUP_ENDED:
        return;
    }
}

nbt_time nbt_lookup_due(const nbt_lookup *l)
{
    switch (l->state) {
    case NBT_LOOKUP_ASKING:
        return nbt_ask_due(&l->ask);
    case NBT_LOOKUP_FETCHING:
        return l->due;
    case NBT_LOOKUP_ENDED:
        break;
    }
    return NBT_NEVER;
}
