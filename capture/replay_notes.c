/*
 * Two lists go through the notes: of those whose keys fall into one bucket, and of all by time. New
 * notes mostly belong to the end of the latter, from which their place is looked for.
 */
#include "capture/replay_notes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BEFORE, BEHIND };

bool cap_notes_init(cap_notes *t, size_t max)
{
    *t = (cap_notes){ .max = max, .used = 1, .cap = 64 };
    t->note = calloc(t->cap, sizeof *t->note);
    return t->note != NULL;
}

void cap_notes_fini(cap_notes *t)
{
    for (size_t i = 1; t->note && i < t->used; i++)
        free(t->note[i].mem);
    free(t->note);
}

static size_t bucket(uint64_t key)
{
    return (key >> 32) % CAP_NOTES_BUCKETS;
}

/* A place without a note; 0: there is none. */
static uint32_t place(cap_notes *t)
{
    uint32_t at = t->spare;
    if (at) {
        t->spare = t->note[at].next;
        return at;
    }
    if (t->used > t->max)
        return 0;
    if (t->used == t->cap) {
        cap_note *more = realloc(t->note, 2 * t->cap * sizeof *more);
        if (!more)
            return 0;
        memset(more + t->cap, 0, t->cap * sizeof *more);
        t->note = more;
        t->cap *= 2;
    }
    return (uint32_t)t->used++;
}

static bool keep(cap_note *n, nbt_bytes bytes)
{
    if (bytes.n > n->cap) {
        size_t cap = bytes.n < 256 ? 256 : bytes.n;
        uint8_t *mem = realloc(n->mem, cap);
        if (!mem)
            return false;
        n->mem = mem;
        n->cap = cap;
    }
    if (bytes.n > 0)
        memcpy(n->mem, bytes.p, bytes.n);
    n->bytes = (nbt_bytes){ n->mem, bytes.n };
    return true;
}

static void enter_key(cap_notes *t, uint32_t at)
{
    cap_note *n = &t->note[at];
    size_t b = bucket(n->key);
    n->like[BEFORE] = t->last[b];
    n->like[BEHIND] = 0;
    if (t->last[b])
        t->note[t->last[b]].like[BEHIND] = at;
    else
        t->first[b] = at;
    t->last[b] = at;
}

static void leave_key(cap_notes *t, uint32_t at)
{
    cap_note *n = &t->note[at];
    size_t b = bucket(n->key);
    if (n->like[BEFORE])
        t->note[n->like[BEFORE]].like[BEHIND] = n->like[BEHIND];
    else
        t->first[b] = n->like[BEHIND];
    if (n->like[BEHIND])
        t->note[n->like[BEHIND]].like[BEFORE] = n->like[BEFORE];
    else
        t->last[b] = n->like[BEFORE];
}

static void enter_time(cap_notes *t, uint32_t at)
{
    cap_note *n = &t->note[at];
    uint32_t before = t->note[0].near[BEFORE];
    while (before && t->note[before].until > n->until)
        before = t->note[before].near[BEFORE];
    n->near[BEFORE] = before;
    n->near[BEHIND] = t->note[before].near[BEHIND];
    t->note[n->near[BEHIND]].near[BEFORE] = at;
    t->note[before].near[BEHIND] = at;
}

uint32_t cap_notes_add(cap_notes *t, const cap_note *note)
{
    uint32_t at = place(t);
    if (!at)
        return 0;
    cap_note *n = &t->note[at];
    uint8_t *mem = n->mem;
    size_t cap = n->cap;
    *n = *note;
    n->mem = mem;
    n->cap = cap;
    if (!keep(n, note->bytes)) {
        n->next = t->spare;
        t->spare = at;
        return 0;
    }
    if (n->key)
        enter_key(t, at);
    enter_time(t, at);
    t->n++;
    return at;
}

void cap_notes_drop(cap_notes *t, uint32_t at)
{
    cap_note *n = &t->note[at];
    assert(at && t->n > 0);
    if (n->key)
        leave_key(t, at);
    t->note[n->near[BEFORE]].near[BEHIND] = n->near[BEHIND];
    t->note[n->near[BEHIND]].near[BEFORE] = n->near[BEFORE];
    n->key = n->seq = 0;
    n->next = t->spare;
    t->spare = at;
    t->n--;
}

static uint32_t with_key(const cap_notes *t, uint32_t at, uint64_t key)
{
    while (at && t->note[at].key != key)
        at = t->note[at].like[BEHIND];
    return at;
}

uint32_t cap_notes_find(const cap_notes *t, uint64_t key)
{
    return with_key(t, t->first[bucket(key)], key);
}

uint32_t cap_notes_more(const cap_notes *t, uint32_t at)
{
    return with_key(t, t->note[at].like[BEHIND], t->note[at].key);
}
