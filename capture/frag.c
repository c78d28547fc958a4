/*
 * Fragments, in units of eight octets, as IP counts them. Knows nothing of what the packets carry.
 */
#include "capture/frag.h"

#include <stdlib.h>
#include <string.h>

enum { UNIT = 8, UNITS = (CAP_FRAG_DATA_MAX + 1) / UNIT };

typedef struct waiting {
    bool used;
    uint32_t from, to; /* with the next two: which packet */
    uint16_t id;
    uint8_t proto;
    int64_t since;
    uint64_t began;
    size_t len;   /* of the whole, 0 while its last fragment is missing */
    size_t reach; /* the end of the furthest that is there */
    size_t have;  /* units that are there */
    uint64_t there[UNITS / 64];
    uint8_t data[CAP_FRAG_DATA_MAX + 1];
} waiting;

struct cap_frags {
    waiting *slots[CAP_FRAGS_MAX]; /* made when first needed */
    uint64_t lost;
};

cap_frags *cap_frags_new(void)
{
    return calloc(1, sizeof(cap_frags));
}

void cap_frags_free(cap_frags *t)
{
    for (size_t i = 0; t && i < CAP_FRAGS_MAX; i++)
        free(t->slots[i]);
    free(t);
}

uint64_t cap_frags_lost(const cap_frags *t)
{
    uint64_t n = t->lost;
    for (size_t i = 0; i < CAP_FRAGS_MAX; i++)
        n += t->slots[i] && t->slots[i]->used;
    return n;
}

static bool is_of(const waiting *w, const cap_frame *f)
{
    return w->used && w->from == f->from.ip && w->to == f->to.ip && w->id == f->id &&
           w->proto == f->proto;
}

/* Whether slot b is the better one to give to another packet. */
static bool better(const waiting *a, const waiting *b)
{
    if (!a || !a->used)
        return false;
    return !b || !b->used || b->since < a->since;
}

/* The packet's slot, or one that is free, or else the oldest. NULL: no memory. */
static waiting *slot_for(cap_frags *t, const cap_frame *f, uint64_t number, int64_t time)
{
    size_t best = 0;
    for (size_t i = 0; i < CAP_FRAGS_MAX; i++) {
        waiting *w = t->slots[i];
        if (w && w->used && time - w->since > (int64_t)CAP_FRAGS_SECONDS * 1000000) {
            w->used = false;
            t->lost++;
        }
        if (w && is_of(w, f))
            return w;
        if (better(t->slots[best], w))
            best = i;
    }
    waiting *w = t->slots[best];
    if (!w)
        w = t->slots[best] = malloc(sizeof *w);
    else if (w->used)
        t->lost++;
    if (!w)
        return NULL;
    memset(w, 0, offsetof(waiting, data));
    w->used = true;
    w->from = f->from.ip;
    w->to = f->to.ip;
    w->id = f->id;
    w->proto = f->proto;
    w->since = time;
    w->began = number;
    return w;
}

/* Copies the units that are not there yet. */
static void fill(waiting *w, size_t offset, nbt_bytes b)
{
    for (size_t at = 0; at < b.n; at += UNIT) {
        size_t unit = (offset + at) / UNIT;
        uint64_t bit = UINT64_C(1) << unit % 64;
        if (w->there[unit / 64] & bit)
            continue;
        w->there[unit / 64] |= bit;
        w->have++;
        memcpy(w->data + offset + at, b.p + at, b.n - at < UNIT ? b.n - at : UNIT);
    }
}

bool cap_frags_add(cap_frags *t, const cap_frame *f, uint64_t number, int64_t time,
                   cap_whole *whole)
{
    size_t end = f->offset + f->payload.n;
    if (f->cut || f->payload.n == 0 || end > CAP_FRAG_DATA_MAX || (f->more && end % UNIT != 0))
        return false;
    waiting *w = slot_for(t, f, number, time);
    bool contradicts = w && (f->more ? w->len > 0 && end > w->len : end < w->reach);
    if (!w || contradicts)
        return false; /* something lies beyond what is said to be the last */
    if (!f->more)
        w->len = end;
    if (w->reach < end)
        w->reach = end;
    fill(w, f->offset, f->payload);
    if (w->len == 0 || w->have < (w->len + UNIT - 1) / UNIT)
        return false;
    w->used = false;
    *whole = (cap_whole){ { w->data, w->len }, w->began };
    return true;
}
