/*
 * Packets in a queue. Each begins as its headers and zeros; capture/tap.h finds the messages, and
 * what stands for one is copied to where its octets lie: in one packet, in fragments, in segments.
 */
#include "capture/anon.h"
#include "capture/anon_frame.h"
#include "capture/anon_msg.h"
#include "capture/tap.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 4096,
    MESSAGE_MAX = NBT_SSN_HEADER_LEN + NBT_SSN_LEN_MAX,
    UDP_HEADER_LEN = 8,
    LATE = 1024,               /* pieces of streams that are known for when they are sent again, */
    LATE_OCTETS = 1024 * 1024, /* and the room for them */
};

/* A packet, and what octets of what it has in it. */
typedef struct held {
    struct held *next;           /* the packet behind it */
    struct held *after, *before; /* in the bucket of its stream, while it waits */
    cap_packet packet;           /* its bytes are `out` */
    cap_anon_shape shape;
    cap_anon_shape sum; /* the checksum, where it is of fragments: of all they carry */
    bool waits;
    uint64_t stream;    /* a stream's number, as the tap gives it; of fragments, their packet's */
    uint64_t number;    /* the packet that made it known which octets of the stream these are */
    uint32_t pos;       /* its first octet's place in the stream, or behind the IP header */
    size_t at, n;       /* where they are in `out`, */
    size_t have;        /* and how many of them are there */
    uint64_t completed; /* of fragments, the packet that made theirs whole; 0: it is not */
    size_t whole;       /* of the first of these, all that IP carries */
    uint8_t out[];
} held;

/* Octets of a stream that were replaced, should they be sent again. */
typedef struct late {
    uint64_t stream;
    uint32_t seq;
    size_t n, at; /* in the ring */
} late;

struct cap_anon {
    cap_anon_map map;
    cap_tap *tap;
    held *first, *last;
    held *given; /* until the next call */
    held *buckets[BUCKETS];
    size_t octets, packets;
    int64_t time; /* of the last packet */
    bool ending;
    late late[LATE];
    size_t nlate, next_late, ring_at;
    uint8_t ring[LATE_OCTETS];
    uint64_t count;
    uint8_t message[2 + MESSAGE_MAX]; /* what stands for one, */
    size_t length;                    /* its length; 0: there is none that waits, */
    uint64_t stream;                  /* and where it belongs */
    uint32_t seq;
};

cap_anon *cap_anon_new(const cap_anon_map *map)
{
    cap_anon *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->map = *map;
    a->tap = cap_tap_new();
    if (!a->tap) {
        free(a);
        return NULL;
    }
    return a;
}

void cap_anon_free(cap_anon *a)
{
    if (!a)
        return;
    while (a->first) {
        held *h = a->first;
        a->first = h->next;
        free(h);
    }
    free(a->given);
    cap_tap_free(a->tap);
    free(a);
}

bool cap_anon_port(cap_anon *a, uint16_t usual, uint16_t port)
{
    return cap_tap_port(a->tap, usual, port);
}

uint64_t cap_anon_unread(const cap_anon *a, int *link)
{
    return cap_tap_unread(a->tap, link);
}

/* ---- Packets that wait --------------------------------------------------------------------- */

static held **bucket_of(cap_anon *a, uint64_t stream)
{
    return &a->buckets[(stream * UINT64_C(0x9E3779B97F4A7C15) >> 32) % BUCKETS];
}

static void wait_for(cap_anon *a, held *h, uint64_t stream, uint64_t number)
{
    held **bucket = bucket_of(a, stream);
    h->waits = true;
    h->stream = stream;
    h->number = number;
    h->before = NULL;
    h->after = *bucket;
    if (h->after)
        h->after->before = h;
    *bucket = h;
}

static void wait_no_longer(cap_anon *a, held *h)
{
    if (!h->waits)
        return;
    h->waits = false;
    *(h->before ? &h->before->after : bucket_of(a, h->stream)) = h->after;
    if (h->after)
        h->after->before = h->before;
}

/* No message is to come that has packets of the stream before `need->from` in it. */
static void decide(cap_anon *a, const cap_need *need)
{
    held *after;
    for (held *h = *bucket_of(a, need->stream); h; h = after) {
        after = h->after;
        if (h->stream == need->stream && h->number < need->from)
            wait_no_longer(a, h);
    }
}

/* ---- Octets to where they belong ----------------------------------------------------------- */

/*
 * Copies octets from `pos` on to where a packet has the same. What is behind 2^31 is before: both
 * may begin before the other.
 */
static size_t fill(held *h, uint32_t pos, nbt_bytes b)
{
    int32_t d = (int32_t)(h->pos - pos);
    size_t skip = d > 0 ? (size_t)d : 0, to = d < 0 ? (size_t) - (int64_t)d : 0;
    if (skip >= b.n || to >= h->n)
        return 0;
    size_t n = b.n - skip < h->n - to ? b.n - skip : h->n - to;
    memcpy(h->out + h->at + to, b.p + skip, n);
    return n;
}

/* The same for all that wait; which they do no longer, once they have all theirs. */
static void scatter(cap_anon *a, uint64_t stream, uint32_t pos, nbt_bytes b)
{
    held *after;
    for (held *h = *bucket_of(a, stream); h; h = after) {
        after = h->after;
        if (h->stream != stream)
            continue;
        h->have += fill(h, pos, b);
        if (h->have >= h->n)
            wait_no_longer(a, h);
    }
}

/* Keeps what stands for octets of a stream; the oldest gives way. */
static void remember(cap_anon *a, uint64_t stream, uint32_t seq, nbt_bytes b)
{
    if (b.n > LATE_OCTETS / 4)
        return;
    if (a->ring_at + b.n > LATE_OCTETS)
        a->ring_at = 0;
    for (size_t i = 0; i < a->nlate; i++) {
        late *l = &a->late[i];
        if (l->at < a->ring_at + b.n && a->ring_at < l->at + l->n)
            l->n = 0; /* overwritten now */
    }
    a->late[a->next_late] = (late){ stream, seq, b.n, a->ring_at };
    memcpy(a->ring + a->ring_at, b.p, b.n);
    a->ring_at += b.n;
    a->next_late = (a->next_late + 1) % LATE;
    a->nlate += a->nlate < LATE;
}

/* A segment with octets that were there before becomes what it was then. */
static void recall(cap_anon *a, held *h)
{
    for (size_t i = 0; i < a->nlate; i++) {
        const late *l = &a->late[i];
        if (l->stream == h->stream)
            h->have += fill(h, l->seq, (nbt_bytes){ a->ring + l->at, l->n });
    }
    if (h->have >= h->n)
        wait_no_longer(a, h);
}

/* ---- Messages ------------------------------------------------------------------------------ */

/* What stands for a message goes to `to`, with the length before it; gives how much that is. */
static size_t replace(cap_anon *a, const cap_item *item, uint8_t *to)
{
    nbt_bytes b = item->msg ? item->msg->bytes : item->rc->bytes;
    if (b.n > MESSAGE_MAX)
        return 0;
    if (item->lead > 0)
        memcpy(to, b.p - item->lead, item->lead);
    if (item->msg)
        cap_anon_msg(&a->map, item->msg, to + item->lead);
    else
        cap_anon_rc(&a->map, item->rc, to + item->lead);
    return item->lead + b.n;
}

/* The message of a stream that was taken last goes to where it belongs. */
static void put_message(cap_anon *a)
{
    const nbt_bytes b = { a->message, a->length };
    if (b.n == 0)
        return;
    scatter(a, a->stream, a->seq, b);
    remember(a, a->stream, a->seq, b);
    a->length = 0;
}

/* One of a stream waits for the next: that may be a message of remote control which is in it. */
static void take_message(cap_anon *a, const cap_item *item)
{
    bool inner = a->length > 0 && item->rc && item->stream == a->stream &&
                 item->seq == a->seq + NBT_SSN_HEADER_LEN;
    if (inner) {
        replace(a, item, a->message + NBT_SSN_HEADER_LEN);
        return;
    }
    put_message(a);
    a->length = replace(a, item, a->message);
    a->stream = item->stream;
    a->seq = item->seq - item->lead;
}

/* A datagram of the packet that was put last, which is at the end of the queue. */
static void take_datagram(cap_anon *a, const cap_item *item)
{
    held *h = a->last;
    nbt_bytes b = { a->message, replace(a, item, a->message) };
    if (item->rc && b.n > RC_UDP_HEAD)
        b.n = RC_UDP_HEAD; /* what stands for the messages behind it comes by itself */
    if (cap_tap_whole(a->tap).n > 0)
        scatter(a, item->stream, UDP_HEADER_LEN, b);
    else if (b.n <= h->shape.n && b.n > 0)
        memcpy(h->out + h->shape.payload, b.p, b.n);
}

static void take_items(cap_anon *a)
{
    cap_item item;
    while (cap_tap_next(a->tap, &item)) {
        if (!item.msg && !item.rc)
            continue; /* a note, of what has no octets that are known */
        if (item.tcp || (item.rc && !item.rc->segment))
            take_message(a, &item);
        else
            take_datagram(a, &item);
    }
    put_message(a);
}

/* What a fragment has of a segment of TCP is octets of that connection's stream. */
static void become_segment(cap_anon *a, held *h, uint32_t seq, size_t header)
{
    size_t offset = h->shape.frame.offset, skip = offset < header ? header - offset : 0;
    skip = skip < h->n ? skip : h->n;
    h->at += skip;
    h->n -= skip;
    h->have = 0;
    h->pos = seq + (uint32_t)(offset + skip - header);
    wait_no_longer(a, h);
    if (h->n > 0)
        wait_for(a, h, cap_tap_connection(a->tap), a->count);
}

/* Fragments whose packet is whole now: each gets what it has of the headers. */
static void take_whole(cap_anon *a, uint64_t fragments)
{
    const cap_frame *f = cap_tap_frame(a->tap);
    nbt_bytes data = cap_tap_whole(a->tap);
    cap_anon_shape shape;
    held *after;
    if (data.n > sizeof a->message)
        return;
    cap_anon_whole(&a->map, &a->last->shape.frame, data, a->message, &shape);
    bool segment = f->kind == CAP_FRAME_TCP, datagram = f->kind == CAP_FRAME_UDP;
    nbt_bytes head = { a->message, segment || datagram ? shape.payload : data.n };
    for (held *h = *bucket_of(a, fragments); h; h = after) {
        after = h->after;
        if (h->stream != fragments || h->completed)
            continue;
        h->completed = a->count;
        h->whole = h->shape.frame.offset == 0 ? data.n : 0;
        h->sum = shape;
        h->have += fill(h, 0, head);
        if (segment && cap_tap_connection(a->tap))
            become_segment(a, h, f->seq, shape.payload);
    }
}

/* ---- The queue ----------------------------------------------------------------------------- */

static held *append(cap_anon *a, const cap_packet *p)
{
    held *h = calloc(1, sizeof *h + p->bytes.n);
    if (!h)
        return NULL;
    h->packet = *p;
    h->packet.bytes.p = h->out;
    cap_anon_frame(&a->map, p->link, p->bytes, h->out, &h->shape);
    h->sum = h->shape;
    h->at = h->shape.payload;
    *(a->last ? &a->last->next : &a->first) = h;
    a->last = h;
    a->octets += sizeof *h + p->bytes.n;
    a->packets++;
    return h;
}

/* The octets of a stream that a segment of remote control over UDP has, behind its head. */
static void note_segment(cap_anon *a, held *h)
{
    const cap_frame *f = cap_tap_frame(a->tap);
    rc_packet p;
    if (!rc_packet_rd_segment(&p, f->payload.p, f->payload.n) || p.seg.data.n == 0 ||
        h->shape.n < RC_UDP_HEAD + p.seg.data.n)
        return;
    h->at += RC_UDP_HEAD;
    h->n = p.seg.data.n;
    h->pos = p.seg.number;
    wait_for(a, h, cap_tap_connection(a->tap), a->count);
    recall(a, h);
}

/* Which octets of what a packet has, where that is not known from itself alone. */
static void note_place(cap_anon *a, held *h)
{
    const cap_frame *f = &h->shape.frame;
    bool fragment = f->kind == CAP_FRAME_FRAGMENT;
    uint64_t stream = cap_tap_stream(a->tap);
    if (f->kind == CAP_FRAME_UDP && stream != 0)
        note_segment(a, h);
    if (h->shape.n == 0 || stream == 0 || (!fragment && f->kind != CAP_FRAME_TCP))
        return;
    h->n = h->shape.n;
    h->pos = fragment ? f->offset : f->seq + ((f->tcp_flags & CAP_TCP_SYN) != 0);
    wait_for(a, h, stream, a->count);
    if (!fragment)
        recall(a, h);
    else if (cap_tap_whole(a->tap).n > 0)
        take_whole(a, stream);
}

bool cap_anon_put(cap_anon *a, const cap_packet *p)
{
    cap_need needs[CAP_NEEDS_MAX];
    cap_packet counted = *p;
    held *h = append(a, p);
    if (!h)
        return false;
    counted.number = ++a->count;
    a->time = p->time;
    if (!cap_tap_put(a->tap, &counted))
        return true;
    note_place(a, h);
    take_items(a);
    size_t n = cap_tap_needs(a->tap, needs);
    for (size_t i = 0; i < n; i++)
        decide(a, &needs[i]);
    return true;
}

void cap_anon_end(cap_anon *a)
{
    a->ending = true;
    cap_tap_end(a->tap);
    take_items(a);
}

/* The checksum of what lies in fragments is over all of them, and they are all still there. */
static void sum_fragments(cap_anon *a, held *first)
{
    size_t end = first->whole;
    memset(a->message, 0, end);
    for (const held *h = first; h; h = h->next) {
        size_t at = h->shape.frame.offset, n = h->shape.n;
        if (h->completed == first->completed && at + n <= end)
            memcpy(a->message + at, h->out + h->shape.payload, n);
    }
    cap_anon_frame_sum(&first->sum, a->message);
    for (held *h = first; h; h = h->next) {
        size_t at = h->shape.frame.offset, n = h->shape.n, sum = first->sum.checksum;
        if (h->completed == first->completed && at <= sum && sum + 2 <= at + n)
            memcpy(h->out + h->shape.payload + sum - at, a->message + sum, 2);
    }
}

static bool is_over(const cap_anon *a, const held *h)
{
    return a->ending || a->octets > CAP_ANON_OCTETS || a->packets > CAP_ANON_PACKETS ||
           a->time - h->packet.time > (int64_t)CAP_ANON_SECONDS * 1000000;
}

bool cap_anon_next(cap_anon *a, cap_packet *p)
{
    held *h = a->first;
    free(a->given);
    a->given = NULL;
    if (!h || (h->waits && !is_over(a, h)))
        return false;
    wait_no_longer(a, h);
    if (h->whole > 0)
        sum_fragments(a, h);
    else if (!h->completed)
        cap_anon_frame_sum(&h->sum, h->out);
    a->first = h->next;
    if (!a->first)
        a->last = NULL;
    a->octets -= sizeof *h + h->packet.bytes.n;
    a->packets--;
    a->given = h;
    *p = h->packet;
    return true;
}
