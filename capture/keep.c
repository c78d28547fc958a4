/*
 * Two rings: one of what is known of each packet, one of octets, in which every packet lies in one
 * piece. Packets are counted up from 0, and found by their streams through a table of chains that
 * lead backwards.
 */
#include "capture/keep.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHAINS = CAP_KEEP_PACKETS,
    ROOM = CAP_INPUT_PEEK_MAX, /* is always free between two packets: more than any can have */
};

static const uint64_t none = UINT64_MAX; /* ends a chain */

typedef struct held {
    cap_packet p; /* `bytes` lies in the ring */
    size_t end;   /* where in the ring it ends */
    uint64_t stream;
    uint64_t before; /* in the chain */
    bool wanted;
    bool decided; /* nothing more can come that would make it wanted */
} held;

struct cap_keep {
    held packets[CAP_KEEP_PACKETS];
    uint64_t chains[CHAINS]; /* their newest */
    uint64_t first, end;     /* which are held */
    size_t from, to;         /* octets of the ring, from `from` to `to`, perhaps around its end */
    bool out;                /* the first was given, and still lies there */
    int64_t now;
    uint8_t *ring;
};

cap_keep *cap_keep_new(void)
{
    cap_keep *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->ring = malloc(CAP_KEEP_OCTETS);
    if (!k->ring) {
        free(k);
        return NULL;
    }
    for (size_t i = 0; i < CHAINS; i++)
        k->chains[i] = none;
    return k;
}

void cap_keep_free(cap_keep *k)
{
    if (!k)
        return;
    free(k->ring);
    free(k);
}

static held *at(cap_keep *k, uint64_t i)
{
    return &k->packets[i % CAP_KEEP_PACKETS];
}

static uint64_t *chain_of(cap_keep *k, uint64_t stream)
{
    return &k->chains[(stream * UINT64_C(0x9E3779B97F4A7C15) >> 32) % CHAINS];
}

static bool is_held(const cap_keep *k, uint64_t i)
{
    return i != none && i >= k->first;
}

/* ---- Room ---------------------------------------------------------------------------------- */

/* The longest piece that is free where the next packet would begin. */
static size_t room(const cap_keep *k)
{
    if (k->first == k->end)
        return CAP_KEEP_OCTETS;
    if (k->to <= k->from)
        return k->from - k->to;
    size_t behind = CAP_KEEP_OCTETS - k->to;
    return behind > k->from ? behind : k->from;
}

static uint8_t *take_room(cap_keep *k, size_t n)
{
    if (k->first == k->end)
        k->from = k->to = 0;
    else if (k->to > k->from && CAP_KEEP_OCTETS - k->to < n)
        k->to = 0;
    k->to += n;
    return k->ring + k->to - n;
}

static bool is_full(const cap_keep *k)
{
    return room(k) <= ROOM || k->end - k->first == CAP_KEEP_PACKETS;
}

static void forget(cap_keep *k)
{
    k->from = at(k, k->first)->end;
    k->first++;
}

/* ---- Packets ------------------------------------------------------------------------------- */

void cap_keep_put(cap_keep *k, const cap_packet *p, uint64_t stream)
{
    assert(p->bytes.n < ROOM && !is_full(k));
    uint64_t *chain = chain_of(k, stream);
    uint8_t *to = take_room(k, p->bytes.n > 0 ? p->bytes.n : 1);
    if (p->bytes.n > 0)
        memcpy(to, p->bytes.p, p->bytes.n);
    held *h = at(k, k->end);
    *h = (held){ .p = *p, .end = k->to, .stream = stream, .before = *chain, .decided = !stream };
    h->p.bytes.p = to;
    *chain = k->end++;
    k->now = p->time;
}

void cap_keep_want(cap_keep *k, uint64_t stream, uint64_t first, uint64_t last)
{
    for (uint64_t i = *chain_of(k, stream); stream && is_held(k, i); i = at(k, i)->before) {
        held *h = at(k, i);
        if (h->stream == stream && h->p.number < first)
            break;
        if (h->stream == stream && h->p.number <= last)
            h->wanted = h->decided = true;
    }
    held *newest = at(k, k->end - 1); /* which is where most messages end */
    if (k->end > k->first && newest->p.number == last)
        newest->wanted = newest->decided = true;
}

void cap_keep_done(cap_keep *k, uint64_t stream, uint64_t before)
{
    for (uint64_t i = *chain_of(k, stream); stream && is_held(k, i); i = at(k, i)->before) {
        held *h = at(k, i);
        if (h->stream != stream || h->p.number >= before)
            continue;
        if (h->decided && !h->wanted)
            break; /* all before that one were decided with it */
        h->decided = true;
    }
}

bool cap_keep_next(cap_keep *k, bool end, cap_packet *p)
{
    if (k->out)
        forget(k);
    k->out = false;
    while (k->first < k->end) {
        const held *h = at(k, k->first);
        bool old = k->now - h->p.time > (int64_t)CAP_KEEP_SECONDS * 1000000;
        if (!h->decided && !end && !old && !is_full(k))
            return false;
        if (h->wanted) {
            *p = h->p;
            k->out = true;
            return true;
        }
        forget(k);
    }
    return false;
}
