/*
 * The walk.
 */
#include "tools/scene/explore_way.h"

#include "nbt/mem.h"
#include "nbt/simnet.h"

enum { CLOCKS_MAX = 16 };

/* A moment that a host has waited for, and who made it wait. */
typedef struct clock {
    nbt_time at;
    int setter;
} clock;

/* The clocks that a host has had, the one that runs now last. */
typedef struct clocks {
    clock c[CLOCKS_MAX];
    size_t n;
} clocks;

typedef struct walk {
    xp_way *way;
    xp_world *world;
    clocks of[XP_HOSTS_MAX];
    bool failed;
} walk;

static void *add(walk *k, void **list, size_t *n, size_t *cap, size_t item)
{
    if (*n == *cap) {
        void *longer = nbt_mem_grow(k->way->mem, *list, cap, item);
        if (!longer) {
            k->failed = true;
            return NULL;
        }
        *list = longer;
    }
    return (uint8_t *)*list + item * (*n)++;
}

/* A host waits for a moment: since when, is what the clock of that moment says. */
static void watch(walk *k, uint8_t host, nbt_time now, int event)
{
    nbt_time due = xp_world_facts(k->world, host)->due;
    clocks *c = &k->of[host];
    nbt_time at = due == NBT_NEVER ? NBT_NEVER : now + due;
    if (at == NBT_NEVER)
        return;
    for (size_t i = 0; i < c->n; i++) {
        if (c->c[i].at != at)
            continue;
        clock old = c->c[i]; /* hidden by an earlier one, perhaps */
        memmove(&c->c[i], &c->c[i + 1], (c->n - i - 1) * sizeof c->c[0]);
        c->c[c->n - 1] = old;
        return;
    }
    if (c->n == CLOCKS_MAX) {
        memmove(&c->c[0], &c->c[1], (CLOCKS_MAX - 1) * sizeof c->c[0]);
        c->n--;
    }
    c->c[c->n++] = (clock){ at, event };
}

static void note_copy(walk *k, const xp_copy *what)
{
    xp_way *way = k->way;
    xp_copy *c = add(k, (void **)&way->copy, &way->ncopies, &way->copies_cap, sizeof *c);
    if (c)
        *c = *what;
}

/* One that was held back leaves behind this one. */
static void note_freed(walk *k, const xp_sent *sent, int by, nbt_time now)
{
    const xp_packet *next = xp_world_packet(k->world, sent->packet);
    for (size_t i = 0; i < k->way->ncopies; i++) {
        xp_copy *c = &k->way->copy[i];
        const xp_packet *p = xp_world_packet(k->world, xp_message_packet(c->message));
        if (c->more == NBT_SIMNET_PATIENCE && c->freed_by == XP_NO_EVENT &&
            c->arrives == XP_NO_EVENT && p->from.ip == next->from.ip && p->to.ip == next->to.ip) {
            c->freed_by = by;
            c->latest = now + xp_world_delay(k->world, c->message);
        }
    }
}

static void note_copies(walk *k, const xp_sent *sent, int by, nbt_time now)
{
    uint8_t to[XP_SLOTS_MAX];
    size_t n = xp_world_receivers(k->world, sent->wire, to);
    xp_copy c = { .frame = k->way->nframes,
                  .sent_by = by,
                  .arrives = XP_NO_EVENT,
                  .more = sent->held ? NBT_SIMNET_PATIENCE : sent->more,
                  .freed_by = XP_NO_EVENT };
    for (; c.nth <= (sent->held ? 0 : sent->again); c.nth++) {
        if (c.nth == 1)
            c.more += sent->later;
        for (size_t j = 0; j < n; j++) {
            c.message = xp_world_message(k->world, sent->wire, to[j]);
            c.latest = now + c.more + xp_world_delay(k->world, c.message);
            note_copy(k, &c);
        }
    }
}

static void note_sent(walk *k, int by, nbt_time now, const xp_sent *sent, size_t n)
{
    xp_way *way = k->way;
    for (size_t i = 0; i < n; i++) {
        xp_sent *at = add(k, (void **)&way->sent, &way->nsent, &way->sent_cap, sizeof *at);
        if (!at)
            return;
        *at = sent[i];
        if (sent[i].frees)
            note_freed(k, &sent[i], by, now);
        if (!sent[i].drop)
            note_copies(k, &sent[i], by, now);
        way->nframes++;
    }
}

static void note_arrival(walk *k, const xp_event *ev, int event)
{
    xp_way *way = k->way;
    for (size_t i = 0; i < way->ncopies; i++) {
        xp_copy *c = &way->copy[i];
        if (c->message != ev->message || c->arrives != XP_NO_EVENT || c->lost ||
            c->latest != ev->at + ev->left)
            continue;
        xp_copy again = *c;
        if (ev->kind == XP_LOSE)
            c->lost = true;
        else
            c->arrives = event;
        again.nth++;
        if (ev->kind == XP_ARRIVE_TWICE)
            note_copy(k, &again);
        return;
    }
}

/* All that a host waits for is nearer now. */
static void jump(walk *k, const xp_event *ev, int event)
{
    clocks *c = &k->of[ev->host];
    for (size_t i = 0; i < c->n; i++) {
        c->c[i].at -= ev->jump;
        if (c->c[i].at <= ev->at)
            c->c[i] = (clock){ ev->at, event };
    }
}

static void note(walk *k, const xp_event *ev)
{
    xp_way *way = k->way;
    int event = (int)way->ndeeds;
    xp_deed *d = add(k, (void **)&way->deed, &way->ndeeds, &way->deeds_cap, sizeof *d);
    if (!d)
        return;
    *d = (xp_deed){ .kind = ev->kind,
                    .at = ev->at,
                    .host = ev->host,
                    .message = ev->message,
                    .step = ev->step,
                    .first = (uint32_t)way->nsent,
                    .nsent = (uint32_t)ev->nsent,
                    .setter = XP_NO_EVENT };
    const clocks *c = &k->of[ev->host];
    if (ev->kind == XP_DUE && c->n > 0) {
        d->setter = c->c[c->n - 1].setter;
        d->period = d->at - (d->setter == XP_NO_EVENT ? 0 : way->deed[d->setter].at);
    }
    if (ev->kind <= XP_LOSE)
        note_arrival(k, ev, event);
    if (ev->jump > 0)
        jump(k, ev, event);
    note_sent(k, event, ev->at, ev->sent, ev->nsent);
    if (ev->kind != XP_LOSE && ev->host < XP_HOSTS_MAX)
        watch(k, ev->host, ev->at, event);
}

bool xp_way_walk(xp_way *way, nbt_mem mem, xp_world *w, const xp_search *s)
{
    size_t n, nsent;
    *way = (xp_way){ .mem = mem };
    walk k = { .way = way, .world = w };
    uint32_t *path = xp_search_path(s, &n);
    if (!path)
        return false;
    const xp_sent *sent = xp_world_begin(w, &nsent);
    note_sent(&k, XP_NO_EVENT, 0, sent, nsent);
    for (uint8_t i = 0; i < xp_world_hosts(w); i++)
        watch(&k, i, 0, XP_NO_EVENT);
    for (size_t i = 0; i < n && !k.failed; i++) {
        xp_event ev;
        k.failed = !xp_world_tell(w, path[i], &ev);
        if (!k.failed && ev.kind != XP_PASS)
            note(&k, &ev);
    }
    nbt_mem_free(mem, path, (n ? n : 1) * sizeof *path);
    return !k.failed;
}

void xp_way_fini(xp_way *way)
{
    nbt_mem_free(way->mem, way->deed, way->deeds_cap * sizeof *way->deed);
    nbt_mem_free(way->mem, way->sent, way->sent_cap * sizeof *way->sent);
    nbt_mem_free(way->mem, way->copy, way->copies_cap * sizeof *way->copy);
    *way = (xp_way){ .mem = way->mem };
}
