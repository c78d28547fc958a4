/*
 * A list of streams, the one that was heard last in front; each has two ways.
 */
#include "rc/ear.h"
#include "nbt/mem.h"

/* One direction of a stream. */
typedef struct way {
    bool begun;    /* `next` means something */
    bool framed;   /* at `next` a message begins, or goes on */
    bool closed;   /* nothing comes behind `next` */
    uint32_t next; /* the number of the octet that comes next */
    uint32_t lost; /* so many before it were not heard, and that was not told yet */
    bool cut;      /* the message that has begun will not end */
    uint64_t low;  /* the packet in which that begins */
    rc_framer framer;
} way;

typedef struct stream {
    nbt_ep ep[2]; /* way i goes from ep[i] to the other */
    uint32_t id;
    way w[2];
} stream;

struct rc_ear {
    nbt_mem mem;
    size_t n, cap;
    stream *on; /* of the segment that was put last; NULL: of none */
    int dir;
    nbt_bytes in; /* what of its data was not looked at yet */
    uint64_t packet;
    bool ending;
    stream *s[];
};

static size_t size_of(size_t streams)
{
    return sizeof(rc_ear) + streams * sizeof(stream *);
}

rc_ear *rc_ear_new(nbt_mem mem, size_t streams)
{
    rc_ear *e = nbt_mem_new(mem, size_of(streams));
    if (!e)
        return NULL;
    e->mem = mem;
    e->cap = streams;
    return e;
}

void rc_ear_free(rc_ear *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->n; i++)
        nbt_mem_free(e->mem, e->s[i], sizeof(stream));
    nbt_mem_free(e->mem, e, size_of(e->cap));
}

/* ---- Streams ------------------------------------------------------------------------------- */

static bool is_between(const stream *s, nbt_ep from, nbt_ep to)
{
    return (nbt_ep_eq(s->ep[0], from) && nbt_ep_eq(s->ep[1], to)) ||
           (nbt_ep_eq(s->ep[0], to) && nbt_ep_eq(s->ep[1], from));
}

bool rc_ear_knows(const rc_ear *e, nbt_ep from, nbt_ep to)
{
    size_t i = 0;
    while (i < e->n && !is_between(e->s[i], from, to))
        i++;
    return i < e->n;
}

static void to_front(rc_ear *e, size_t i)
{
    stream *s = e->s[i];
    memmove(e->s + 1, e->s, i * sizeof(stream *));
    e->s[0] = s;
}

static stream *find(rc_ear *e, nbt_ep from, nbt_ep to, uint32_t id)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->s[i]->id == id && is_between(e->s[i], from, to)) {
            to_front(e, i);
            return e->s[0];
        }
    }
    return NULL;
}

/* A new one, in front; NULL without memory. */
static stream *add(rc_ear *e, nbt_ep from, nbt_ep to, uint32_t id)
{
    stream *s;
    if (e->n == e->cap) {
        s = e->s[e->n - 1];
        memset(s, 0, sizeof *s);
    } else {
        s = nbt_mem_new(e->mem, sizeof *s);
        if (!s)
            return NULL;
        e->s[e->n++] = s;
    }
    to_front(e, e->n - 1);
    s->ep[0] = from;
    s->ep[1] = to;
    s->id = id;
    return s;
}

/* ---- Segments ------------------------------------------------------------------------------ */

static void begin(way *w, uint32_t number, bool framed)
{
    *w = (way){ .begun = true, .framed = framed, .next = number };
}

/* The other side has everything before `ack`: what was not heard of that will not come any more. */
static void acknowledged(way *w, uint32_t ack)
{
    uint32_t lost = ack - w->next;
    if (!w->begun || lost == 0 || lost > UINT32_MAX / 2)
        return;
    w->cut = w->framer.n > 0;
    w->framed = false;
    w->lost += lost;
    w->next = ack;
}

/* Neither an OPEN nor its answer says what the other side has. */
static void open(stream *s, int dir, const rc_udp_seg *seg)
{
    way *w = &s->w[dir];
    bool anew = seg->kind == RC_UDP_OPEN && (w->closed || s->w[1 - dir].closed);
    if (anew || !w->begun)
        begin(w, 0, true);
    if (anew)
        s->w[1 - dir] = (way){ .begun = false };
}

static void reset(stream *s)
{
    for (int i = 0; i < 2; i++) {
        s->w[i].cut = s->w[i].framer.n > 0;
        s->w[i].closed = true;
    }
}

static rc_ear_place place_of(rc_ear *e, way *w, const rc_udp_seg *seg, uint32_t *behind)
{
    uint32_t known = w->next - seg->number;
    if (known > UINT32_MAX / 2) {
        *behind = 0 - known;
        return RC_EAR_AHEAD;
    }
    if (seg->kind == RC_UDP_CLOSE) {
        w->next += known == 0;
        w->closed = true;
        return known == 0 ? RC_EAR_NEXT : RC_EAR_AGAIN;
    }
    if (known >= seg->data.n)
        return RC_EAR_AGAIN;
    e->in = (nbt_bytes){ seg->data.p + known, seg->data.n - known };
    w->next += (uint32_t)e->in.n;
    return RC_EAR_NEXT;
}

rc_ear_place rc_ear_put(rc_ear *e, nbt_ep from, nbt_ep to, const rc_udp_seg *seg, uint64_t packet,
                        uint32_t *behind)
{
    stream *s = find(e, from, to, seg->id);
    e->in = (nbt_bytes){ NULL, 0 };
    e->packet = packet;
    e->on = NULL;
    if (!s && seg->kind != RC_UDP_RESET)
        s = add(e, from, to, seg->id);
    if (!s)
        return RC_EAR_NEXT;
    e->on = s;
    e->dir = nbt_ep_eq(s->ep[1], from) && !nbt_ep_eq(s->ep[0], from);
    switch (seg->kind) {
    case RC_UDP_OPEN:
    case RC_UDP_OPENED:
        open(s, e->dir, seg);
        return RC_EAR_NEXT;
    case RC_UDP_RESET:
        reset(s);
        return RC_EAR_NEXT;
    case RC_UDP_DATA:
    case RC_UDP_CLOSE:
    case RC_UDP_ACK:
    case RC_UDP_NAK:
        break;
    }
    acknowledged(&s->w[1 - e->dir], seg->ack);
    way *w = &s->w[e->dir];
    if (!w->begun)
        begin(w, seg->number, false); /* joined in the middle */
    return seg->kind == RC_UDP_DATA || seg->kind == RC_UDP_CLOSE ? place_of(e, w, seg, behind)
                                                                 : RC_EAR_NEXT;
}

void rc_ear_end(rc_ear *e)
{
    e->ending = true;
    e->on = NULL;
}

uint64_t rc_ear_need(const rc_ear *e)
{
    const way *w = e->on ? &e->on->w[e->dir] : NULL;
    return w && w->framer.n > 0 ? w->low : UINT64_MAX;
}

/* ---- Messages ------------------------------------------------------------------------------ */

enum { HEAD = 2 }; /* octets of length before a message */

/* Whether a message may begin here, in a way that was joined in the middle. */
static bool may_begin(nbt_bytes in)
{
    if (in.n < HEAD + 2)
        return false;
    size_t n = (size_t)in.p[0] << 8 | in.p[1];
    bool fits = HEAD + n <= in.n || in.n == RC_UDP_PIECE; /* or it goes on in the next */
    return n <= RC_MSG_MAX && fits && rc_msg_begins((nbt_bytes){ in.p + HEAD, in.n - HEAD });
}

static bool give_count(rc_ear_piece *p, rc_ear_kind kind, uint32_t count)
{
    p->kind = kind;
    p->count = count;
    return true;
}

/* Octets before `end`, which is where the stream has been read to; the length goes before them. */
static bool give(rc_ear_piece *p, rc_ear_kind kind, const way *w, nbt_bytes bytes, uint32_t end)
{
    p->kind = kind;
    p->bytes = bytes;
    p->lead = HEAD;
    p->number = end - (uint32_t)bytes.n;
    p->began = w->low;
    return true;
}

/* What was not heard, and the message that it took the end of. */
static bool next_gap(way *w, rc_ear_piece *p)
{
    if (w->cut) {
        size_t n = w->framer.n;
        w->cut = false;
        rc_framer_init(&w->framer); /* its octets stay where they are */
        if (n > HEAD)
            return give(p, RC_EAR_CUT, w, (nbt_bytes){ w->framer.b + HEAD, n - HEAD },
                        w->next - w->lost);
    }
    if (w->lost > 0) {
        give_count(p, RC_EAR_MISSING, w->lost);
        w->lost = 0;
        return true;
    }
    return false;
}

static bool next_message(rc_ear *e, way *w, rc_ear_piece *p)
{
    nbt_bytes msg;
    if (e->in.n == 0)
        return false;
    w->framed = w->framed || may_begin(e->in);
    if (w->framed && w->framer.n == 0)
        w->low = e->packet;
    if (w->framed) {
        switch (rc_framer_next(&w->framer, &e->in, &msg)) {
        case RC_FRAMED_MSG:
            return give(p, RC_EAR_MESSAGE, w, msg, w->next - (uint32_t)e->in.n);
        case RC_FRAMED_MORE:
            return false;
        case RC_FRAMED_BAD:
            break;
        }
    }
    size_t n = w->framer.n + e->in.n;
    w->framed = false;
    rc_framer_init(&w->framer);
    e->in = (nbt_bytes){ NULL, 0 };
    return give_count(p, RC_EAR_UNFRAMED, (uint32_t)n);
}

static bool next_of(rc_ear *e, stream *s, int dir, rc_ear_piece *p)
{
    *p = (rc_ear_piece){ .from = s->ep[dir], .to = s->ep[1 - dir], .began = e->packet };
    return next_gap(&s->w[dir], p) || (e->on && dir == e->dir && next_message(e, &s->w[dir], p));
}

bool rc_ear_next(rc_ear *e, rc_ear_piece *p)
{
    if (e->on)
        return next_of(e, e->on, 1 - e->dir, p) || next_of(e, e->on, e->dir, p);
    while (e->ending && e->n > 0) {
        stream *s = e->s[e->n - 1];
        for (int dir = 0; dir < 2; dir++) {
            s->w[dir].cut = s->w[dir].cut || s->w[dir].framer.n > 0;
            if (next_of(e, s, dir, p))
                return true;
        }
        nbt_mem_free(e->mem, s, sizeof *s);
        e->n--;
    }
    return false;
}
