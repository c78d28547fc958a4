/*
 * The search for a name, and the watch for a second owner. It never caches what it found.
 */
#include "nbt/query.h"

#include <string.h>

static void enter(nbt_query *q, nbt_query_state state, nbt_time due)
{
    q->state = state;
    q->due = due;
}

static void ask(nbt_query *q, nbt_time now, nbt_effects *fx)
{
    q->asked++;
    nbt_fx_emit(fx, NBT_FX_SEND);
    enter(q, NBT_QUERY_ASKING, now + q->pace.timeout);
}

static void end(nbt_query *q, nbt_effects *fx)
{
    nbt_fx_emit(fx, NBT_FX_ENDED);
    enter(q, NBT_QUERY_ENDED, NBT_NEVER);
}

void nbt_query_init(nbt_query *q, nbt_pace pace, nbt_time watch, bool find_conflicts)
{
    assert(pace.count > 0);
    memset(q, 0, sizeof *q);
    q->pace = pace;
    q->watch = watch;
    q->find_conflicts = find_conflicts;
    enter(q, NBT_QUERY_IDLE, NBT_NEVER);
}

void nbt_query_know(nbt_query *q, nbt_found own)
{
    assert(q->state == NBT_QUERY_IDLE);
    q->found[0] = own;
    q->nfound = q->nanswers = 1;
}

static bool lists(const nbt_addr *addrs, size_t n, nbt_addr a)
{
    for (size_t i = 0; i < n; i++)
        if (addrs[i].ip == a.ip && addrs[i].nb_flags == a.nb_flags)
            return true;
    return false;
}

/* Whether the i-th answer kept says the same as s: flags and addresses, in any order. */
static bool same_answer(const nbt_query *q, size_t i, const nbt_stimulus *s)
{
    size_t begin = q->begin[i];
    size_t end_at = i + 1 < q->nanswers ? q->begin[i + 1] : q->nfound;
    if (end_at - begin != s->naddrs)
        return false;
    for (size_t k = begin; k < end_at; k++)
        if (!lists(s->addrs, s->naddrs, q->found[k].addr))
            return false;
    return true;
}

static bool is_duplicate(const nbt_query *q, const nbt_stimulus *s)
{
    for (size_t i = 0; i < q->nanswers; i++)
        if (same_answer(q, i, s))
            return true;
    return false;
}

static bool keep(nbt_query *q, const nbt_stimulus *s)
{
    assert(s->naddrs <= NBT_FOUND_MAX);
    if (s->naddrs > (size_t)(NBT_FOUND_MAX - q->nfound))
        return false;
    q->begin[q->nanswers++] = q->nfound;
    for (size_t i = 0; i < s->naddrs; i++)
        q->found[q->nfound++] = (nbt_found){ s->addrs[i], s->from };
    return true;
}

/*
 * RFC 1001 15.1.3.5: inconsistent is what is no duplicate, if either side is unique. The sender of
 * the authoritative answer is left alone, also when it says something else the second time.
 */
static bool is_conflict(const nbt_query *q, const nbt_stimulus *s)
{
    bool both_groups = (q->found[0].addr.nb_flags & s->addrs[0].nb_flags & NBT_NB_G) != 0;
    return q->find_conflicts && !both_groups && s->from.ip != q->found[0].from.ip;
}

static void another_answer(nbt_query *q, const nbt_stimulus *s, nbt_effects *fx)
{
    if (is_duplicate(q, s) || !keep(q, s))
        return;
    if (is_conflict(q, s))
        nbt_fx_emit(fx, NBT_FX_CONFLICT);
}

void nbt_query_step(nbt_query *q, nbt_time now, const nbt_stimulus *s, nbt_effects *fx)
{
    switch (q->state) {
    case NBT_QUERY_IDLE:
        if (s->kind != NBT_ON_START)
            return;
        ask(q, now, fx);
        if (q->nfound > 0)
            enter(q, NBT_QUERY_WATCHING, now + q->watch);
        return;
    case NBT_QUERY_ASKING:
        if (s->kind == NBT_ON_POSITIVE && s->naddrs > 0 && keep(q, s)) {
            nbt_fx_emit(fx, NBT_FX_ANSWERED);
            enter(q, NBT_QUERY_WATCHING, now + q->watch);
        } else if (s->kind == NBT_ON_TIME && now >= q->due && q->asked < q->pace.count) {
            ask(q, now, fx);
        } else if (s->kind == NBT_ON_TIME && now >= q->due) {
            end(q, fx);
        }
        return;
    case NBT_QUERY_WATCHING:
        /* RFC 1002 5.1.1.5: what comes after the timer is ignored, however late the tick is. */
        if (s->kind == NBT_ON_POSITIVE && s->naddrs > 0 && now < q->due)
            another_answer(q, s, fx);
        else if (s->kind == NBT_ON_TIME && now >= q->due)
            end(q, fx);
        return;
    case NBT_QUERY_ENDED:
        return;
    }
}
