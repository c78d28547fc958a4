/*
 * Connections in a hash table, in the order of their last packet; in each, two streams. A message
 * that lies whole in a segment is given out as it lies there; only what is split is copied.
 */
#include "capture/flow.h"
#include "nbt/ssn.h"
#include "rc/channel.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 4096,
    IDLE_MAX = 512,         /* what a stream may keep for messages to come */
    FAR = 16 * 1024 * 1024, /* a sequence number this far off is that of another connection */
    SHORT_HEAD_LEN = 2,     /* a length; of name packets and remote control */
    NAME_LEN_MIN = 12,      /* a name packet's header */
};

/* A segment that came before those that it follows. */
typedef struct segment {
    struct segment *next;
    uint64_t number; /* its packet */
    uint32_t seq;
    size_t n;
    uint8_t b[];
} segment;

typedef struct stream {
    bool begun;    /* `next` means something */
    bool framed;   /* at `next` a message begins, or goes on */
    bool fin;      /* it ends at `end` */
    uint32_t next; /* the sequence number of the octet that comes next */
    uint32_t end;
    uint32_t acked; /* what the other side says it has, if `other_acks` */
    bool other_acks;
    size_t skip;   /* octets still to come of a message that was given up */
    uint64_t low;  /* from which packet on the message can be found again; 0: not known */
    bool sure;     /* the next message can be found again by itself, whatever it is */
    uint8_t *held; /* the beginning of a message */
    size_t n, cap;
    segment *ahead;     /* in order */
    size_t nahead;      /* what they take */
    nbt_bytes in;       /* what comes next, of the frame or of `taken` */
    segment *taken;     /* was ahead, and is now in order */
    uint64_t in_number; /* the packet that `in` is of, */
    bool fresh;         /* and whether `in` is where its octets begin */
} stream;

typedef struct conn {
    struct conn *in_bucket, *older, *newer;
    nbt_ep ep[2]; /* stream i goes from ep[i] to the other */
    cap_framing framing;
    bool closing;    /* nothing more will come */
    uint64_t number; /* its last packet */
    int64_t time;
    stream s[2];
    uint8_t mark; /* the caller's */
} conn;

struct cap_flows {
    conn *buckets[BUCKETS];
    conn *oldest, *newest;
    size_t count;
    size_t held;     /* octets, of all streams */
    conn *dying;     /* no longer in the table, but not yet given out to its end; by in_bucket */
    conn *current;   /* of the frame that was put last, while it may have more to give */
    uint64_t stream; /* of that frame */
    cap_need needs[2];
    size_t nneeds;
    bool ending;
};

cap_flows *cap_flows_new(void)
{
    return calloc(1, sizeof(cap_flows));
}

/* ---- Connections --------------------------------------------------------------------------- */

static conn **bucket_of(cap_flows *t, nbt_ep a, nbt_ep b)
{
    uint64_t x = (((uint64_t)a.ip << 16) + a.port) ^ (((uint64_t)b.ip << 16) + b.port);
    x *= UINT64_C(0x9E3779B97F4A7C15); /* alike for both directions, then spread */
    return &t->buckets[(x >> 32) % BUCKETS];
}

/* Takes a connection out of the table; it stays until what it holds has been given out. */
static void detach(cap_flows *t, conn *c)
{
    conn **at = bucket_of(t, c->ep[0], c->ep[1]);
    while (*at != c)
        at = &(*at)->in_bucket;
    *at = c->in_bucket;
    *(c->older ? &c->older->newer : &t->oldest) = c->newer;
    *(c->newer ? &c->newer->older : &t->newest) = c->older;
    t->count--;
    c->closing = true;
    c->in_bucket = t->dying;
    t->dying = c;
}

static void make_newest(cap_flows *t, conn *c)
{
    c->older = t->newest;
    c->newer = NULL;
    *(t->newest ? &t->newest->newer : &t->oldest) = c;
    t->newest = c;
}

static void touch(cap_flows *t, conn *c)
{
    if (t->newest == c)
        return;
    *(c->older ? &c->older->newer : &t->oldest) = c->newer;
    c->newer->older = c->older;
    make_newest(t, c);
}

static conn *find(cap_flows *t, nbt_ep from, nbt_ep to)
{
    conn *c = *bucket_of(t, from, to);
    while (c && !(nbt_ep_eq(c->ep[0], from) && nbt_ep_eq(c->ep[1], to)) &&
           !(nbt_ep_eq(c->ep[0], to) && nbt_ep_eq(c->ep[1], from)))
        c = c->in_bucket;
    return c;
}

static conn *add(cap_flows *t, nbt_ep from, nbt_ep to, cap_framing framing)
{
    conn *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    if (t->count == CAP_FLOWS_MAX)
        detach(t, t->oldest);
    conn **bucket = bucket_of(t, from, to);
    c->ep[0] = from;
    c->ep[1] = to;
    c->framing = framing;
    c->in_bucket = *bucket;
    *bucket = c;
    make_newest(t, c);
    t->count++;
    return c;
}

static void conn_free(cap_flows *t, conn *c)
{
    for (int i = 0; i < 2; i++) {
        stream *s = &c->s[i];
        for (segment *seg = s->ahead; seg;) {
            segment *next = seg->next;
            free(seg);
            seg = next;
        }
        free(s->held);
        free(s->taken);
        t->held -= s->cap + s->nahead;
    }
    free(c);
}

void cap_flows_free(cap_flows *t)
{
    if (!t)
        return;
    while (t->oldest)
        detach(t, t->oldest);
    while (t->dying) {
        conn *c = t->dying;
        t->dying = c->in_bucket;
        conn_free(t, c);
    }
    free(t);
}

/* ---- Messages in octets -------------------------------------------------------------------- */

static size_t head_len(cap_framing framing)
{
    return framing == CAP_FRAMING_SESSION ? (size_t)NBT_SSN_HEADER_LEN : (size_t)SHORT_HEAD_LEN;
}

/* How long the message is that begins here, its head included; 0 while its head is not all there.
 */
static size_t message_len(cap_framing framing, nbt_bytes b)
{
    if (framing == CAP_FRAMING_SESSION)
        return nbt_ssn_frame(b);
    nbt_rd r;
    nbt_rd_init(&r, b.p, b.n);
    uint16_t len = nbt_rd_u16(&r, "length");
    return r.err ? 0 : (size_t)SHORT_HEAD_LEN + len;
}

/*
 * A type that no session packet has: nothing can then be said of its length either. Or a length
 * that no message of remote control has.
 */
static bool is_nonsense(cap_framing framing, nbt_bytes b)
{
    size_t len;
    switch (framing) {
    case CAP_FRAMING_SESSION:
        return !nbt_code_find(NBT_CODESET_SSN_TYPE, b.p[0]);
    case CAP_FRAMING_NAME:
        return false;
    case CAP_FRAMING_RC:
        len = message_len(framing, b);
        return len == SHORT_HEAD_LEN || len > RC_FRAME_MAX;
    }
    return false;
}

static bool is_smb(nbt_bytes b)
{
    static const uint8_t mark[] = { 'S', 'M', 'B' };
    return b.n >= NBT_SSN_HEADER_LEN + 4 && (b.p[4] == 0xFF || b.p[4] == 0xFE) &&
           memcmp(b.p + 5, mark, sizeof mark) == 0;
}

/*
 * Whether a message may begin here, in a stream that was joined in the middle: its length is that
 * of its type, and for user data, which can have any, that of the segment; or SMB follows.
 */
static bool may_begin(cap_framing framing, nbt_bytes b)
{
    size_t len = message_len(framing, b);
    if (len == 0)
        return false;
    if (framing == CAP_FRAMING_NAME)
        return len == b.n && len >= SHORT_HEAD_LEN + NAME_LEN_MIN;
    if (framing == CAP_FRAMING_RC)
        return len == b.n &&
               rc_msg_begins((nbt_bytes){ b.p + SHORT_HEAD_LEN, len - SHORT_HEAD_LEN });
    if (b.p[1] & ~NBT_SSN_E)
        return false;
    size_t trailer = len - NBT_SSN_HEADER_LEN;
    switch (b.p[0]) {
    case NBT_SSN_MESSAGE:
        return is_smb(b) || (len == b.n && trailer > 0);
    case NBT_SSN_REQUEST:
        return len == b.n && trailer > 0;
    case NBT_SSN_POSITIVE:
    case NBT_SSN_KEEP_ALIVE:
        return trailer == 0;
    case NBT_SSN_NEGATIVE:
        return trailer == 1;
    case NBT_SSN_RETARGET:
        return trailer == 6;
    }
    return false;
}

/* ---- Pieces of a stream -------------------------------------------------------------------- */

static void advance(stream *s, size_t n)
{
    s->fresh = false;
    s->in.p += n;
    s->in.n -= n;
    s->next += (uint32_t)n;
}

/* `b` ends where the stream has been read to. */
static bool give(cap_piece *p, cap_piece_kind kind, const conn *c, const stream *s, nbt_bytes b)
{
    size_t head = c->framing == CAP_FRAMING_SESSION ? 0 : (size_t)SHORT_HEAD_LEN;
    if (head > b.n)
        head = b.n;
    p->kind = kind;
    p->bytes = (nbt_bytes){ b.p + head, b.n - head };
    p->seq = s->next - (uint32_t)p->bytes.n;
    p->lead = (uint8_t)head;
    return true;
}

static bool give_count(cap_piece *p, cap_piece_kind kind, uint64_t count)
{
    p->kind = kind;
    p->bytes = (nbt_bytes){ NULL, 0 };
    p->count = count;
    return true;
}

/* Room for a message of `len` octets; false where the bound, or memory, does not allow it. */
static bool make_room(cap_flows *t, stream *s, size_t len)
{
    if (len <= s->cap)
        return true;
    if (t->held - s->cap + len > CAP_FLOWS_HELD_MAX)
        return false;
    uint8_t *more = realloc(s->held, len);
    if (!more)
        return false;
    s->held = more;
    t->held += len - s->cap;
    s->cap = len;
    return true;
}

/* Moves up to `n` octets from `in` to what is held. */
static void hold(stream *s, size_t n)
{
    if (n > s->in.n)
        n = s->in.n;
    memcpy(s->held + s->n, s->in.p, n);
    s->n += n;
    advance(s, n);
}

/* What is held of a message is all that will be known of it. */
static bool give_up(stream *s, const conn *c, cap_piece *p)
{
    nbt_bytes held = { s->held, s->n };
    size_t len = message_len(c->framing, held);
    s->framed = len > 0;
    s->skip = len > 0 ? len - s->n : 0;
    s->n = 0;
    p->began = s->low;
    s->low = 0;
    return give(p, CAP_PIECE_CUT, c, s, held);
}

/* Goes on with a message that an earlier segment began, or that this one does not end. */
static bool collect(cap_flows *t, conn *c, stream *s, cap_piece *p)
{
    size_t head = head_len(c->framing);
    if (!make_room(t, s, head)) {
        s->framed = false;
        size_t n = s->in.n;
        advance(s, n);
        return give_count(p, CAP_PIECE_UNFRAMED, n);
    }
    if (s->n < head)
        hold(s, head - s->n);
    if (s->n < head)
        return false;
    size_t len = message_len(c->framing, (nbt_bytes){ s->held, s->n });
    if (!make_room(t, s, len))
        return give_up(s, c, p);
    hold(s, len - s->n);
    if (s->n < len)
        return false;
    s->n = 0;
    return give(p, CAP_PIECE_MESSAGE, c, s, (nbt_bytes){ s->held, len });
}

/*
 * Where does one have to begin reading to find this message? Here, if it could be found by somebody
 * who joins the stream now. Else where the message before it could be, and so on.
 */
static void note_beginning(conn *c, stream *s)
{
    bool by_itself = s->fresh && may_begin(c->framing, s->in);
    if (s->n == 0 && (by_itself || !s->low))
        s->low = s->in_number;
    else if (s->in_number < s->low)
        s->low = s->in_number; /* it came before those that it follows */
    if (s->n == 0)
        s->sure = c->framing == CAP_FRAMING_SESSION && is_smb(s->in);
}

/* Takes something off `in`, the next octets of the stream; true when that gives a piece. */
static bool consume(cap_flows *t, conn *c, stream *s, cap_piece *p)
{
    nbt_bytes in = s->in;
    if (s->skip > 0) {
        size_t n = s->skip < in.n ? s->skip : in.n;
        s->skip -= n;
        advance(s, n);
        return false;
    }
    s->framed = s->framed || may_begin(c->framing, in);
    if (!s->framed) {
        advance(s, in.n);
        p->began = s->in_number;
        s->low = 0;
        return give_count(p, CAP_PIECE_UNFRAMED, in.n);
    }
    note_beginning(c, s);
    p->began = s->low;
    if (s->n > 0)
        return collect(t, c, s, p);
    if (is_nonsense(c->framing, in)) {
        s->framed = false;
        s->low = 0;
        advance(s, in.n);
        return give(p, CAP_PIECE_MESSAGE, c, s, in);
    }
    size_t len = message_len(c->framing, in);
    if (len == 0 || len > in.n)
        return collect(t, c, s, p);
    advance(s, len);
    return give(p, CAP_PIECE_MESSAGE, c, s, (nbt_bytes){ in.p, len });
}

/* ---- Order --------------------------------------------------------------------------------- */

/* How far sequence number a is behind b; they wrap around. */
static int32_t distance(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static void put_ahead(cap_flows *t, stream *s, uint64_t number, uint32_t seq, nbt_bytes b)
{
    segment **at = &s->ahead;
    while (*at && distance((*at)->seq, seq) <= 0) {
        if ((*at)->seq == seq && (*at)->n >= b.n)
            return; /* sent again */
        at = &(*at)->next;
    }
    segment *seg = malloc(sizeof *seg + b.n);
    if (!seg)
        return; /* it is then missing */
    seg->number = number;
    seg->seq = seq;
    seg->n = b.n;
    memcpy(seg->b, b.p, b.n);
    seg->next = *at;
    *at = seg;
    s->nahead += sizeof *seg + b.n;
    t->held += sizeof *seg + b.n;
}

/* The next segment ahead comes in order now; what of it is not there yet becomes `in`. */
static void take_ahead(cap_flows *t, conn *c, int way)
{
    stream *s = &c->s[way];
    segment *seg = s->ahead;
    s->ahead = seg->next;
    s->nahead -= sizeof *seg + seg->n;
    t->held -= sizeof *seg + seg->n;
    free(s->taken);
    s->taken = seg;
    size_t old = (size_t)-distance(seg->seq, s->next);
    if (old > seg->n)
        old = seg->n;
    s->in = (nbt_bytes){ seg->b + old, seg->n - old };
    s->in_number = seg->number;
    s->fresh = old == 0;
}

/* Octets that will not come, up to the next segment that is there. */
static bool give_missing(stream *s, cap_piece *p)
{
    size_t gap = (size_t)distance(s->ahead->seq, s->next);
    s->framed = s->framed && gap <= s->skip;
    s->skip = gap <= s->skip ? s->skip - gap : 0;
    s->next = s->ahead->seq;
    s->low = 0;
    return give_count(p, CAP_PIECE_MISSING, gap);
}

/* Whether what is missing before `ahead` will never come. */
static bool is_lost(const cap_flows *t, const stream *s, bool closing)
{
    return closing || (s->other_acks && distance(s->acked, s->next) > 0) ||
           s->nahead > CAP_FLOW_AHEAD_MAX || t->held > CAP_FLOWS_HELD_MAX;
}

/* A large message is over: its room is for other streams. */
static void release(cap_flows *t, stream *s)
{
    free(s->held);
    t->held -= s->cap;
    s->held = NULL;
    s->cap = 0;
}

static bool next_of_stream(cap_flows *t, conn *c, int way, cap_piece *p)
{
    stream *s = &c->s[way];
    for (;;) {
        if (s->in.n > 0) {
            if (consume(t, c, s, p))
                return true;
        } else if (s->ahead && distance(s->ahead->seq, s->next) <= 0) {
            take_ahead(t, c, way);
        } else {
            break;
        }
    }
    p->began = c->number;
    if (s->ahead && is_lost(t, s, c->closing))
        return s->n > 0 ? give_up(s, c, p) : give_missing(s, p);
    bool over = c->closing || (s->fin && distance(s->next, s->end) >= 0);
    if (over && s->n > 0)
        return give_up(s, c, p);
    if (s->n == 0 && s->cap > IDLE_MAX)
        release(t, s);
    return false;
}

static uint64_t stream_of(const conn *c, int way)
{
    uint64_t ips = (uint64_t)c->ep[0].ip << 32 | c->ep[1].ip;
    uint64_t ports = (uint64_t)c->ep[0].port << 16 | c->ep[1].port;
    ips = (ips ^ ips >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
    return ((ips ^ ports << 20) << 2 | CAP_STREAM_TCP | (unsigned)way) & ~CAP_STREAM_ACK;
}

/* Between two messages nothing is, but that the next may be found only because of the last. */
static uint64_t need_of(const stream *s)
{
    uint64_t from = s->low && (s->n > 0 || !s->sure) ? s->low : UINT64_MAX;
    for (const segment *seg = s->ahead; seg; seg = seg->next) {
        if (seg->number < from)
            from = seg->number;
    }
    return from;
}

static void note_needs(cap_flows *t, const conn *c)
{
    for (int way = 0; way < 2; way++)
        t->needs[way] = (cap_need){
            .stream = stream_of(c, way),
            .from = c->closing ? UINT64_MAX : need_of(&c->s[way]),
        };
    t->nneeds = 2;
}

uint64_t cap_flows_stream(const cap_flows *t)
{
    return t->stream;
}

size_t cap_flows_needs(const cap_flows *t, cap_need needs[2])
{
    memcpy(needs, t->needs, t->nneeds * sizeof *needs);
    return t->nneeds;
}

static bool next_of_conn(cap_flows *t, conn *c, cap_piece *p)
{
    for (int way = 0; way < 2; way++) {
        if (next_of_stream(t, c, way, p)) {
            p->from = c->ep[way];
            p->to = c->ep[1 - way];
            p->framing = c->framing;
            p->number = c->number;
            p->time = c->time;
            p->mark = &c->mark;
            p->stream = stream_of(c, way);
            return true;
        }
    }
    return false;
}

bool cap_flows_next(cap_flows *t, cap_piece *p)
{
    for (;;) {
        conn *c = t->dying ? t->dying : t->current;
        if (!c)
            return false;
        if (next_of_conn(t, c, p))
            return true;
        if (c == t->dying) {
            t->dying = c->in_bucket;
            conn_free(t, c);
            if (t->ending && t->oldest && !t->dying)
                detach(t, t->oldest);
        } else {
            t->current = NULL;
            note_needs(t, c);
            if (c->closing)
                detach(t, c);
        }
    }
}

/* ---- Segments ------------------------------------------------------------------------------ */

/* Whether a segment belongs to another connection than that which had these addresses before. */
static bool is_another(const conn *c, int way, const cap_frame *f)
{
    const stream *s = &c->s[way];
    uint32_t first = f->seq + ((f->tcp_flags & CAP_TCP_SYN) ? 1 : 0);
    if (!s->begun)
        return false;
    if (f->tcp_flags & CAP_TCP_SYN) /* sent again, it is the same; but not after a FIN */
        return s->next != first || s->fin;
    int32_t d = distance(first, s->next);
    return f->payload.n > 0 && (d > FAR || d < -FAR);
}

static void put_data(cap_flows *t, conn *c, int way, uint32_t seq, nbt_bytes b)
{
    stream *s = &c->s[way];
    if (!s->begun) {
        s->begun = true;
        s->next = seq;
    }
    int32_t d = distance(seq, s->next);
    if (d > 0) {
        put_ahead(t, s, c->number, seq, b);
        return;
    }
    size_t old = (size_t)-d;
    if (old < b.n) {
        s->in = (nbt_bytes){ b.p + old, b.n - old };
        s->in_number = c->number;
        s->fresh = old == 0;
    }
}

/* Whether a packet may be the first that is seen of a connection. */
static bool may_open(const cap_frame *f, cap_framing framing)
{
    bool syn = (f->tcp_flags & CAP_TCP_SYN) != 0;
    if (framing == CAP_FRAMING_RC && (!syn || (f->tcp_flags & CAP_TCP_ACK)))
        return f->payload.n > 0 && may_begin(framing, f->payload);
    return f->payload.n > 0 || syn; /* else there is nothing that would be worth keeping */
}

bool cap_flows_put(cap_flows *t, const cap_frame *f, cap_framing framing, uint64_t number,
                   int64_t time)
{
    t->stream = 0;
    t->nneeds = 0;
    conn *c = find(t, f->from, f->to);
    int way = c && nbt_ep_eq(c->ep[1], f->from);
    if (c && is_another(c, way, f)) {
        detach(t, c);
        c = NULL;
    }
    if (!c) {
        if (!may_open(f, framing))
            return framing != CAP_FRAMING_RC;
        c = add(t, f->from, f->to, framing);
        way = 0;
    }
    if (!c)
        return true;
    touch(t, c);
    c->number = number;
    c->time = time;
    stream *s = &c->s[way];
    uint32_t seq = f->seq;
    if (f->tcp_flags & CAP_TCP_SYN) {
        seq++;
        if (!s->begun)
            s->next = seq;
        if (!s->begun)
            s->low = number;
        s->framed = s->framed || !s->begun;
        s->begun = true;
    }
    bool moves = f->payload.n > 0 || (f->tcp_flags & CAP_TCP_SYN);
    t->stream = stream_of(c, way) | (moves ? 0 : CAP_STREAM_ACK);
    if (f->payload.n > 0)
        put_data(t, c, way, seq, f->payload);
    if (f->tcp_flags & CAP_TCP_ACK) {
        c->s[1 - way].acked = f->ack;
        c->s[1 - way].other_acks = true;
    }
    if (f->tcp_flags & CAP_TCP_FIN) {
        s->fin = true;
        s->end = seq + (uint32_t)f->whole;
    }
    c->closing = c->closing || (f->tcp_flags & CAP_TCP_RST) != 0;
    t->current = c;
    return true;
}

void cap_flows_end(cap_flows *t)
{
    t->ending = true;
    if (t->oldest && !t->dying)
        detach(t, t->oldest);
}
