/*
 * Wires and chance. It never knows what a frame says, nor when it arrives: it tells how long a copy
 * takes, and its caller keeps the time.
 */
#include "nbt/simwire.h"

#include "nbt/mem.h"

#include <assert.h>

void nbt_simwire_init(nbt_simwire *w, nbt_mem mem, uint64_t seed, bool keep)
{
    *w = (nbt_simwire){ .mem = mem, .rng = { seed }, .keep = keep };
    w->nadapters = w->nsegments = w->nhosts = 1; /* nobody */
    nbt_fifo_init(&w->frames, mem);
    nbt_idmap_init(&w->by_ip, mem);
}

void nbt_simwire_fini(nbt_simwire *w)
{
    for (size_t i = 1; i < w->nsegments; i++)
        nbt_mem_free(w->mem, w->segment[i].adapter, w->segment[i].cap * sizeof(uint32_t));
    nbt_mem_free(w->mem, w->segment, w->segments_cap * sizeof *w->segment);
    nbt_mem_free(w->mem, w->adapter, w->adapters_cap * sizeof *w->adapter);
    nbt_mem_free(w->mem, w->host, w->hosts_cap * sizeof *w->host);
    nbt_fifo_fini(&w->frames);
    nbt_idmap_fini(&w->by_ip);
}

/* --- what there is ------------------------------------------------------------------------ */

/* Room for item number n of an array; the array's place, NULL without memory. */
static void *room_for(nbt_simwire *w, void *p, size_t n, size_t *cap, size_t item)
{
    void *q = n < *cap ? p : nbt_mem_grow(w->mem, p, cap, item);
    if (!q)
        w->failed = true;
    return q;
}

uint32_t nbt_simwire_segment(nbt_simwire *w, const nbt_simlink *link)
{
    assert(link->delay >= 0 && link->late >= 0);
    assert(link->jitter >= 0 && link->jitter < NBT_S(3600));
    nbt_simsegment *s = room_for(w, w->segment, w->nsegments, &w->segments_cap, sizeof *w->segment);
    if (!s)
        return 0;
    w->segment = s;
    s[w->nsegments] = (nbt_simsegment){ .link = *link };
    return (uint32_t)w->nsegments++;
}

uint32_t nbt_simwire_host(nbt_simwire *w)
{
    uint32_t *h = room_for(w, w->host, w->nhosts, &w->hosts_cap, sizeof *w->host);
    if (!h)
        return 0;
    w->host = h;
    h[w->nhosts] = 0;
    return (uint32_t)w->nhosts++;
}

uint32_t nbt_simwire_adapter(nbt_simwire *w, uint32_t host, uint32_t segment,
                             const nbt_lana_cfg *cfg)
{
    assert(host > 0 && host < w->nhosts && segment > 0 && segment < w->nsegments);
    assert(!nbt_simwire_find(w, cfg->ip));
    nbt_simadapter *a = room_for(w, w->adapter, w->nadapters, &w->adapters_cap, sizeof *w->adapter);
    if (!a)
        return 0;
    w->adapter = a;
    nbt_simsegment *s = &w->segment[segment];
    uint32_t *on = room_for(w, s->adapter, s->n, &s->cap, sizeof *s->adapter);
    if (!on)
        return 0;
    s->adapter = on;
    uint32_t id = (uint32_t)w->nadapters;
    if (!nbt_idmap_add(&w->by_ip, cfg->ip, id)) {
        w->failed = true;
        return 0;
    }
    a[id] = (nbt_simadapter){ .host = host, .segment = segment, .lana = cfg->lana };
    a[id].ip = cfg->ip;
    a[id].broadcast = cfg->broadcast;
    uint32_t *last = &w->host[host];
    while (*last)
        last = &a[*last].next;
    *last = id;
    s->adapter[s->n++] = id;
    w->nadapters++;
    return id;
}

uint32_t nbt_simwire_find(const nbt_simwire *w, uint32_t ip)
{
    return nbt_idmap_get(&w->by_ip, ip);
}

uint32_t nbt_simwire_choose(const nbt_simwire *w, uint32_t host, uint32_t from, uint32_t to)
{
    uint32_t target = nbt_simwire_find(w, to);
    for (uint32_t a = w->host[host]; a; a = w->adapter[a].next) {
        bool fits = from ? w->adapter[a].ip == from
                         : target && w->adapter[a].segment == w->adapter[target].segment;
        if (fits)
            return a;
    }
    return w->host[host];
}

bool nbt_simwire_is_broadcast(const nbt_simwire *w, uint32_t adapter, uint32_t ip)
{
    return ip == 0xFFFFFFFF || ip == w->adapter[adapter].broadcast;
}

uint32_t nbt_simwire_mtu(const nbt_simwire *w, uint32_t from, uint32_t to)
{
    uint32_t mtu = w->segment[w->adapter[from].segment].mtu;
    uint32_t other = w->segment[w->adapter[to].segment].mtu;
    if (mtu == 0 || (other > 0 && other < mtu))
        mtu = other;
    return mtu > 0 ? mtu : UINT32_MAX;
}

static bool is_apart(const nbt_simadapter *a)
{
    return a->side != 0 || a->down;
}

static void move(nbt_simwire *w, nbt_simadapter *a, uint32_t side, bool down)
{
    nbt_simsegment *s = &w->segment[a->segment];
    s->apart -= is_apart(a);
    a->side = side;
    a->down = down;
    s->apart += is_apart(a);
}

void nbt_simwire_side(nbt_simwire *w, uint32_t adapter, uint32_t side)
{
    move(w, &w->adapter[adapter], side, w->adapter[adapter].down);
}

void nbt_simwire_down(nbt_simwire *w, uint32_t adapter, bool down)
{
    move(w, &w->adapter[adapter], w->adapter[adapter].side, down);
}

/* --- what becomes of a frame -------------------------------------------------------------- */

static bool reaches(const nbt_simadapter *a, const nbt_simadapter *b)
{
    if (a->down || b->down)
        return false;
    if (a->segment == b->segment)
        return a->side == b->side;
    return a->side == 0 && b->side == 0;
}

/* Nothing is drawn for what cannot happen: an undisturbed network costs no chance. */
static bool happens(nbt_simwire *w, uint32_t in_a_million)
{
    return in_a_million > 0 && nbt_rng_below(&w->rng, 1000000) < in_a_million;
}

static nbt_time crossing(nbt_simwire *w, const nbt_simlink *link)
{
    nbt_time more = link->jitter > 0 ? nbt_rng_below(&w->rng, (uint32_t)link->jitter + 1) : 0;
    return link->delay + more;
}

static const nbt_simlink *link_of(const nbt_simwire *w, uint32_t adapter)
{
    return &w->segment[w->adapter[adapter].segment].link;
}

bool nbt_simwire_piece(nbt_simwire *w, uint32_t from, uint32_t to, nbt_time *takes)
{
    *takes = 0;
    if (from && to && w->adapter[from].host == w->adapter[to].host)
        return !w->adapter[from].down;
    if (!from || !to || !reaches(&w->adapter[from], &w->adapter[to])) {
        w->stats.lost++;
        return false;
    }
    const nbt_simlink *first = link_of(w, from), *second = link_of(w, to);
    bool routed = first != second;
    if (happens(w, first->loss) || (routed && happens(w, second->loss))) {
        w->stats.lost++;
        return false;
    }
    *takes = crossing(w, first) + (routed ? crossing(w, second) : 0);
    w->stats.arrived++;
    return true;
}

unsigned nbt_simwire_datagram(nbt_simwire *w, uint32_t from, uint32_t to, nbt_time takes[2])
{
    if (!nbt_simwire_piece(w, from, to, &takes[0]))
        return 0;
    if (w->adapter[from].host == w->adapter[to].host)
        return 1;
    /* The disturbances are those of the segment where it arrives. */
    const nbt_simlink *link = link_of(w, to);
    unsigned copies = 1;
    if (happens(w, link->duplicate)) {
        takes[copies++] = takes[0] + crossing(w, link);
        w->stats.doubled++;
        w->stats.arrived++;
    }
    if (happens(w, link->reorder)) {
        takes[0] += link->late;
        w->stats.reordered++;
    }
    return copies;
}

/* --- what an observer sees ---------------------------------------------------------------- */

void nbt_simwire_show(nbt_simwire *w, uint32_t from, const nbt_simframe *f)
{
    w->stats.frames++;
    if (!w->keep)
        return;
    nbt_simframe *seen = nbt_fifo_push(&w->frames, sizeof *seen + f->data.n);
    if (!seen) {
        w->failed = true;
        return;
    }
    *seen = *f;
    seen->segment = w->adapter[from].segment;
    if (f->data.n > 0) {
        uint8_t *bytes = (uint8_t *)(seen + 1);
        memcpy(bytes, f->data.p, f->data.n);
        seen->data.p = bytes;
    }
}

const nbt_simframe *nbt_simwire_frame(nbt_simwire *w)
{
    return nbt_fifo_pull(&w->frames);
}
