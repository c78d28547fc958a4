/*
 * The search: a set of hashes, a tree of ways, and a queue of states that wait.
 */
#include "tools/scene/xp_search.h"

#include "nbt/digest.h"
#include "nbt/mem.h"

#include <assert.h>

enum {
    CHUNK = 256 * 1024, /* words of a piece of the queue */
    BATCH = 32,         /* states that are looked up one behind the other */
    ROOT = 0,           /* the first state's number */
    HEAD = 2,           /* words before a waiting state: its number, its words */
    STATES_MAX_BITS = 32,
};

/* Where a state came from. */
typedef struct way {
    uint32_t from, choice;
} way;

typedef struct chunk {
    struct chunk *next;
    size_t n; /* words used */
    uint32_t word[CHUNK];
} chunk;

/* A state that is to be looked up. */
typedef struct guest {
    uint64_t hash;
    uint32_t choice, n;
    uint32_t word[XP_WORDS_MAX];
} guest;

struct xp_search {
    xp_cfg cfg;
    const xp_space *space;
    uint64_t *seen; /* hashes, open addressing; 0: free */
    size_t nseen, seen_cap;
    way *ways; /* by number of state */
    size_t ways_cap;
    chunk *first, *last;
    size_t at; /* in the first chunk */
    size_t nchunks;
    uint64_t waiting, choices;
    uint32_t here;  /* the state that is expanded */
    uint32_t layer; /* the last state of this depth */
    uint32_t depth;
    unsigned wrong;
    xp_end end;
    size_t nguests;
    guest guest[BATCH];
};

static uint64_t hash_of(const uint32_t *words, size_t n)
{
    nbt_digest d;
    nbt_digest_init(&d, 0);
    for (size_t i = 0; i + 1 < n; i += 2)
        nbt_digest_u64(&d, (uint64_t)words[i] << 32 | words[i + 1]);
    if (n % 2)
        nbt_digest_u64(&d, words[n - 1]);
    nbt_digest_u64(&d, n);
    return d.h ? d.h : 1;
}

/* --- the set -------------------------------------------------------------------------------- */

static bool widen_seen(xp_search *s)
{
    size_t cap = s->seen_cap ? s->seen_cap * 2 : 1 << 12;
    uint64_t *seen = nbt_mem_new(s->cfg.mem, cap * sizeof *seen);
    if (!seen)
        return false;
    for (size_t i = 0; i < s->seen_cap; i++) {
        if (!s->seen[i])
            continue;
        size_t at = s->seen[i] & (cap - 1);
        while (seen[at])
            at = (at + 1) & (cap - 1);
        seen[at] = s->seen[i];
    }
    nbt_mem_free(s->cfg.mem, s->seen, s->seen_cap * sizeof *s->seen);
    s->seen = seen;
    s->seen_cap = cap;
    return true;
}

/* Enters a hash; false if it was there. There is room. */
static bool enter(xp_search *s, uint64_t hash)
{
    size_t at = hash & (s->seen_cap - 1);
    while (s->seen[at]) {
        if (s->seen[at] == hash)
            return false;
        at = (at + 1) & (s->seen_cap - 1);
    }
    s->seen[at] = hash;
    s->nseen++;
    return true;
}

/* --- the queue ------------------------------------------------------------------------------ */

static bool push(xp_search *s, uint32_t number, const uint32_t *words, size_t n)
{
    if (!s->last || s->last->n + HEAD + n > CHUNK) {
        chunk *c = s->cfg.mem.resize(s->cfg.mem.ctx, NULL, 0, sizeof *c);
        if (!c)
            return false;
        c->next = NULL;
        c->n = 0;
        if (s->last)
            s->last->next = c;
        else
            s->first = c;
        s->last = c;
        s->nchunks++;
    }
    uint32_t *w = s->last->word + s->last->n;
    w[0] = number;
    w[1] = (uint32_t)n;
    memcpy(w + HEAD, words, n * sizeof *words);
    s->last->n += HEAD + n;
    s->waiting++;
    return true;
}

/* The state that has waited longest; it holds until the next pull. */
static const uint32_t *pull(xp_search *s, uint32_t *number, size_t *n)
{
    if (s->first && s->at == s->first->n && s->first->next) {
        chunk *c = s->first;
        s->first = c->next;
        s->at = 0;
        s->nchunks--;
        nbt_mem_free(s->cfg.mem, c, sizeof *c);
    }
    const uint32_t *w = s->first->word + s->at;
    *number = w[0];
    *n = w[1];
    s->at += HEAD + *n;
    s->waiting--;
    return w + HEAD;
}

/* --- the search ------------------------------------------------------------------------------ */

static uint64_t weight(const xp_search *s)
{
    return s->seen_cap * sizeof *s->seen + s->ways_cap * sizeof *s->ways +
           s->nchunks * sizeof(chunk) + (s->space->weight ? s->space->weight(s->space->ctx) : 0);
}

static bool make_room(xp_search *s)
{
    if (s->nseen * 10 >= s->seen_cap * 7 && !widen_seen(s))
        return false;
    if (s->nseen < s->ways_cap)
        return true;
    way *ways = nbt_mem_grow(s->cfg.mem, s->ways, &s->ways_cap, sizeof *ways);
    if (ways)
        s->ways = ways;
    return ways != NULL;
}

/* A state that may be new. */
static void meet(xp_search *s, const guest *g)
{
    if (!make_room(s)) {
        s->end = XP_MEMORY;
        return;
    }
    uint32_t number = (uint32_t)s->nseen;
    if (!enter(s, g->hash))
        return;
    s->ways[number] = (way){ s->here, g->choice };
    if (!push(s, number, g->word, g->n)) {
        s->end = XP_MEMORY;
        return;
    }
    s->wrong = s->space->judge(s->space->ctx, g->word, g->n);
    if (s->wrong)
        s->end = XP_FOUND;
    else if (s->nseen >= s->cfg.states)
        s->end = XP_STATES;
}

static void meet_all(xp_search *s)
{
    for (size_t i = 0; i < s->nguests && s->end == XP_RUNNING; i++)
        meet(s, &s->guest[i]);
    s->nguests = 0;
}

/* The set is far larger than any cache. Its places are fetched for some states side by side before
   the first of them is looked up: that is what most of the time goes into. */
static void invite(void *to, uint32_t choice, const uint32_t *words, size_t n)
{
    xp_search *s = to;
    assert(n <= XP_WORDS_MAX);
    if (s->nguests == BATCH)
        meet_all(s);
    guest *g = &s->guest[s->nguests++];
    g->hash = hash_of(words, n);
    g->choice = choice;
    g->n = (uint32_t)n;
    memcpy(g->word, words, n * sizeof *words);
    if (s->seen)
        __builtin_prefetch(&s->seen[g->hash & (s->seen_cap - 1)], 1);
    s->choices++;
}

xp_search *xp_search_new(const xp_cfg *cfg, const xp_space *space)
{
    xp_search *s = nbt_mem_new(cfg->mem, sizeof *s);
    if (!s)
        return NULL;
    s->cfg = *cfg;
    uint64_t most = (UINT64_C(1) << STATES_MAX_BITS) - 2;
    if (s->cfg.states == 0 || s->cfg.states > most)
        s->cfg.states = most;
    s->space = space;
    uint32_t words[XP_WORDS_MAX];
    size_t n = space->first(space->ctx, words);
    invite(s, 0, words, n);
    meet_all(s);
    s->choices = 0;
    return s;
}

void xp_search_free(xp_search *s)
{
    if (!s)
        return;
    nbt_mem mem = s->cfg.mem;
    for (chunk *c = s->first, *next; c; c = next) {
        next = c->next;
        nbt_mem_free(mem, c, sizeof *c);
    }
    nbt_mem_free(mem, s->seen, s->seen_cap * sizeof *s->seen);
    nbt_mem_free(mem, s->ways, s->ways_cap * sizeof *s->ways);
    nbt_mem_free(mem, s, sizeof *s);
}

static void expand_next(xp_search *s)
{
    size_t n;
    const uint32_t *words = pull(s, &s->here, &n);
    if (s->here > s->layer) {
        s->depth++;
        s->layer = (uint32_t)s->nseen - 1;
    }
    bool expanded = s->space->expand(s->space->ctx, words, n, &(xp_sink){ invite, s });
    meet_all(s);
    if (!expanded && s->end == XP_RUNNING)
        s->end = XP_MEMORY;
}

xp_end xp_search_run(xp_search *s, uint64_t n)
{
    while (s->end == XP_RUNNING && n-- > 0) {
        if (s->waiting == 0)
            s->end = XP_EXHAUSTED;
        else
            expand_next(s);
        if (s->end == XP_RUNNING && s->cfg.memory && n % 1024 == 0 && weight(s) > s->cfg.memory)
            s->end = XP_MEMORY;
    }
    return s->end;
}

void xp_search_counts(const xp_search *s, xp_counts *counts)
{
    *counts = (xp_counts){ s->nseen, s->choices, s->waiting, s->depth, weight(s) };
}

unsigned xp_search_wrong(const xp_search *s)
{
    return s->wrong;
}

uint32_t *xp_search_path(const xp_search *s, size_t *n)
{
    size_t len = 0;
    uint32_t last = (uint32_t)s->nseen - 1; /* it was the last to be met */
    for (uint32_t at = last; at != ROOT; at = s->ways[at].from)
        len++;
    uint32_t *path = nbt_mem_new(s->cfg.mem, (len ? len : 1) * sizeof *path);
    if (!path)
        return NULL;
    *n = len;
    for (uint32_t at = last; at != ROOT; at = s->ways[at].from)
        path[--len] = s->ways[at].choice;
    return path;
}
