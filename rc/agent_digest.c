/*
 * What an agent's future depends on, as a number. It changes nothing.
 */
#include "rc/agent_impl.h"
#include "rc/digests.h"

#include <string.h>

bool rc_agent_rests(const rc_agent *a)
{
    for (size_t i = 0; i < GUESTS_MAX; i++) {
        rc_guest_state s = a->guests[i].state;
        if (s != GUEST_FREE && s != GUEST_HOLDING && s != GUEST_CARRIER)
            return false;
    }
    return a->state == AGENT_LISTENING && !rc_transfer_busy(&a->transfer);
}

static void digest_guest(nbt_digest *d, const rc_guest *g)
{
    nbt_digest_u64(d, g->state);
    if (g->state == GUEST_FREE)
        return;
    nbt_digest_time(d, g->due);
    nbt_digest_u64(d, (uint64_t)g->ticket << 32 | (uint64_t)g->packings << 16 |
                          (uint64_t)g->wants << 8 | (uint64_t)g->reboots << 1 |
                          (uint64_t)g->function);
    nbt_digest_bytes(d, g->machine, NBT_NAME_LEN);
    nbt_digest_bytes(d, g->user, strlen(g->user));
    rc_digest_link(d, &g->link);
}

static void digest_screen(nbt_digest *d, const rc_screen *s)
{
    nbt_digest_u64(d, s->cursor);
    nbt_digest_bytes(d, s->chars, sizeof s->chars);
    nbt_digest_bytes(d, s->attrs, sizeof s->attrs);
}

static uint64_t place_of(const rc_agent *a, const rc_guest *g)
{
    return g ? (uint64_t)(g - a->guests) + 1 : 0;
}

static void digest_names(const rc_agent *a, nbt_digest *d)
{
    rc_digest_claim(d, &a->claim);
    nbt_digest_u64(d, (uint64_t)a->nlistens << 1 | a->ports);
    for (size_t i = 0; i < a->nlistens; i++) {
        nbt_digest_u64(d, (uint64_t)a->listens[i].tag << 1 | a->listens[i].over);
        nbt_digest_time(d, a->listens[i].tag ? NBT_NEVER : a->listens[i].due);
    }
}

void rc_agent_digest(const rc_agent *a, nbt_digest *d)
{
    nbt_digest_u64(d, (uint64_t)a->state << 32 | a->protocols);
    nbt_digest_time(d, a->due);
    nbt_digest_u64(d, a->tags.last);
    nbt_digest_u64(d, a->rng.s);
    nbt_digest_u64(d, (uint64_t)a->end << 1 | a->no_driver);
    digest_names(a, d);
    for (size_t i = 0; i < GUESTS_MAX; i++)
        digest_guest(d, &a->guests[i]);
    nbt_digest_u64(d, a->out_of_step);
    nbt_digest_u64(d, place_of(a, a->holder) << 8 | place_of(a, a->carrier));
    for (size_t i = 0; i < GRANTS_MAX; i++) {
        nbt_digest_bytes(d, a->grants[i].machine, NBT_NAME_LEN);
        nbt_digest_time(d, a->grants[i].until);
    }
    nbt_digest_u64(d, a->next_grant % GRANTS_MAX);
    digest_screen(d, &a->page.screen);
    nbt_digest_u64(d, a->page.after_cr);
    if (a->carrier)
        digest_screen(d, &a->sent);
    rc_digest_transfer(d, &a->transfer);
    nbt_digest_bytes(d, a->chat, a->nchat);
    if (!a->cfg.still) /* what its clock shows */
        nbt_digest_u64(d, (uint64_t)((d->now + a->cfg.midnight) % NBT_S(86400)));
}
