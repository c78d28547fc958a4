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
    STREAMS = 64 * 1024, /* that are remembered, each in one of so many places: */
    PLACES = 8,
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

/* A stream of a connection, of which something was wanted. */
typedef struct written {
    uint64_t stream; /* 0: none */
    uint64_t heard;  /* the last packet of the other side */
    bool gap;        /* what came behind that was not */
} written;

struct cap_keep {
    held packets[CAP_KEEP_PACKETS];
    uint64_t chains[CHAINS]; /* their newest */
    written written[STREAMS];
    uint64_t first, end; /* which are held */
    size_t from, to;     /* octets of the ring, from `from` to `to`, perhaps around its end */
    bool out;            /* the first was given, and still lies there */
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

static written *place_of(cap_keep *k, uint64_t stream, size_t i)
{
    return &k->written[((stream * UINT64_C(0x9E3779B97F4A7C15) >> 32) + i) % STREAMS];
}

static written *written_of(cap_keep *k, uint64_t stream)
{
    for (size_t i = 0; i < PLACES; i++) {
        if (place_of(k, stream, i)->stream == stream)
            return place_of(k, stream, i);
    }
    return NULL;
}

/* Where all places are taken, another stream is forgotten: one of eight, so not always the same. */
static void note_written(cap_keep *k, uint64_t stream)
{
    written *w = written_of(k, stream);
    for (size_t i = 0; !w && i < PLACES; i++)
        w = place_of(k, stream, i)->stream == 0 ? place_of(k, stream, i) : NULL;
    if (!w)
        w = place_of(k, stream, k->end % PLACES);
    if (w->stream != stream)
        *w = (written){ .stream = stream };
    w->gap = false;
}

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
    written *w = stream & CAP_STREAM_TCP ? written_of(k, (stream & ~CAP_STREAM_ACK) ^ 1) : NULL;
    if (w)
        w->heard = p->number;
}

/* What is given up of a stream is missing between what was wanted of it and what may yet be. */
static void drop(cap_keep *k, held *h)
{
    written *w = written_of(k, h->stream);
    h->decided = true;
    if (w)
        w->gap = true;
}

/* The last packet of a stream before another; none if that is no longer there. */
static uint64_t last_before(cap_keep *k, uint64_t stream, uint64_t number)
{
    for (uint64_t i = *chain_of(k, stream); is_held(k, i); i = at(k, i)->before) {
        if (at(k, i)->stream == stream && at(k, i)->p.number < number)
            return i;
    }
    return none;
}

/* The same of either kind of packet, those with octets and those without. */
static uint64_t last_of_way(cap_keep *k, uint64_t stream, uint64_t number)
{
    uint64_t a = last_before(k, stream, number);
    uint64_t b = last_before(k, stream | CAP_STREAM_ACK, number);
    return a == none || (b != none && b > a) ? b : a;
}

static void want(held *h)
{
    h->wanted = h->decided = true;
}

/* The other side's acknowledgement of what is missing before packet `first`. */
static void want_acknowledgement(cap_keep *k, uint64_t stream, uint64_t first)
{
    uint64_t other = last_of_way(k, stream ^ 1, first);
    if (other == none)
        return;
    want(at(k, other));
    if (at(k, other)->stream == (stream ^ 1)) /* it has octets, so there are two streams now */
        note_written(k, stream ^ 1);
}

/*
 * Those of the stream from `first` on; and of what is still there of it before, what the other side
 * has not acknowledged yet. Returns whether something is left out before that.
 */
static bool want_stream(cap_keep *k, uint64_t stream, uint64_t first, uint64_t last)
{
    const written *w = stream & CAP_STREAM_TCP ? written_of(k, stream) : NULL;
    for (uint64_t i = *chain_of(k, stream); stream && is_held(k, i); i = at(k, i)->before) {
        held *h = at(k, i);
        bool unacknowledged = w && !h->decided && h->p.number > w->heard;
        if (h->stream != stream)
            continue;
        if (h->p.number < first && !unacknowledged)
            return w && (w->gap || !h->wanted);
        if (h->p.number <= last)
            want(h);
    }
    return w && w->gap;
}

void cap_keep_want(cap_keep *k, uint64_t stream, uint64_t first, uint64_t last)
{
    bool gap = want_stream(k, stream, first, last);
    if (k->end > k->first && at(k, k->end - 1)->p.number == last)
        want(at(k, k->end - 1)); /* where most messages end */
    if (gap)
        want_acknowledgement(k, stream, first);
    if (stream & CAP_STREAM_TCP)
        note_written(k, stream);
}

static void decide(cap_keep *k, uint64_t stream, uint64_t before, uint64_t but)
{
    for (uint64_t i = *chain_of(k, stream); is_held(k, i); i = at(k, i)->before) {
        held *h = at(k, i);
        if (h->stream != stream || h->p.number >= before || i == but)
            continue;
        if (h->decided && !h->wanted)
            return; /* all before that one were decided with it */
        if (!h->wanted)
            drop(k, h);
    }
}

/*
 * Its last packet stays, if it may be the acknowledgement that is asked for; and so does what is
 * not acknowledged yet.
 */
void cap_keep_done(cap_keep *k, uint64_t stream, uint64_t before)
{
    uint64_t but = none;
    if (!(stream & CAP_STREAM_TCP)) {
        decide(k, stream, before, none);
        return;
    }
    if (written_of(k, stream ^ 1))
        but = last_of_way(k, stream, UINT64_MAX);
    const written *w = written_of(k, stream);
    if (w && w->heard > 0 && w->heard < before)
        before = w->heard;
    decide(k, stream, before, but);
    decide(k, stream | CAP_STREAM_ACK, UINT64_MAX, but);
}

bool cap_keep_next(cap_keep *k, bool end, cap_packet *p)
{
    if (k->out)
        forget(k);
    k->out = false;
    while (k->first < k->end) {
        held *h = at(k, k->first);
        bool old = k->now - h->p.time > (int64_t)CAP_KEEP_SECONDS * 1000000;
        if (!h->decided && !end && !old && !is_full(k))
            return false;
        if (h->wanted) {
            *p = h->p;
            k->out = true;
            return true;
        }
        if (!h->decided)
            drop(k, h);
        forget(k);
    }
    return false;
}
