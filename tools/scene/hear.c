/*
 * Frames to messages. Which frame is lost, and when one arrives, is the network's affair.
 */
#include "tools/scene/hear.h"
#include "nbt/mem.h"
#include "tools/scene/build.h"

/* The octets of one direction of a TCP connection that are not a whole message yet. */
typedef struct scene_hear_stream {
    nbt_ep from, to;
    uint64_t seq; /* how many were seen */
    uint8_t *b;
    size_t n, cap;
} stream;

void scene_hear_init(scene_hear *h, nbt_mem mem, const scene *s, scene_faults *faults)
{
    *h = (scene_hear){ .mem = mem, .s = s, .faults = faults };
}

void scene_hear_fini(scene_hear *h)
{
    for (size_t i = 0; i < h->nstreams; i++)
        nbt_mem_free(h->mem, h->stream[i].b, h->stream[i].cap);
    nbt_mem_free(h->mem, h->stream, h->streams_cap * sizeof *h->stream);
    rc_ear_free(h->fate_ear);
    rc_ear_free(h->ear);
    nbt_mem_free(h->mem, h->spoilt, h->spoilt_cap);
    nbt_mem_free(h->mem, h->answer, h->answer_cap);
}

/* --- messages in frames ----------------------------------------------------------------------- */

static bool is_port(const nbt_simframe *f, uint16_t port)
{
    return f->from.port == port || f->to.port == port;
}

/* What is spoken: a service of NetBIOS, or remote control. */
typedef enum spoken {
    NAME = NBT_SERVICE_NAME,
    DATAGRAM = NBT_SERVICE_DATAGRAM,
    SESSION = NBT_SERVICE_SESSION,
    REMOTE,
} spoken;

/* False: nothing that is heard. */
static bool spoken_in(const nbt_simframe *f, spoken *what)
{
    bool udp = f->kind == NBT_SIMFRAME_UDP;
    if (is_port(f, NBT_PORT_NS))
        *what = NAME;
    else if (udp && is_port(f, NBT_PORT_DGM))
        *what = DATAGRAM;
    else if (!udp && is_port(f, NBT_PORT_SSN))
        *what = SESSION;
    else if (rc_is_port(f->to.port) || rc_is_port(f->from.port))
        *what = REMOTE;
    else
        return false;
    return true;
}

/* A message as it is met and told of. */
typedef struct heard {
    nbt_msg msg;
    rc_packet rc;
} heard;

static scene_sent read_as(const scene_hear *h, const nbt_simframe *f, spoken what, heard *m,
                          const uint8_t *p, size_t n)
{
    scene_sent sent = { .from = f->from,
                        .to = f->to,
                        .broadcast = scene_hear_is_for_all(h->s, f->to.ip) };
    if (what == REMOTE) {
        rc_packet_rd(&m->rc, p, n);
        sent.rc = &m->rc;
    } else {
        nbt_msg_rd(&m->msg, (nbt_service)what, p, n);
        sent.msg = &m->msg;
    }
    return sent;
}

/* How many octets the first message of a stream has, and how many of them are the message's length
   (RFC 1002 4.2.1.1, rc/channel.h); 0: that is not known yet. */
static size_t framed(spoken what, nbt_bytes b, size_t *head)
{
    enum { LENGTH = 2 };
    *head = what == SESSION ? 0 : LENGTH;
    if (what == SESSION)
        return nbt_ssn_frame(b);
    return b.n < LENGTH ? 0 : LENGTH + ((size_t)b.p[0] << 8 | b.p[1]);
}

bool scene_hear_is_for_all(const scene *s, uint32_t ip)
{
    bool all = ip == 0xFFFFFFFF;
    for (uint32_t i = 0; i < s->nnetworks; i++)
        all = all || ip == scene_build_broadcast(&s->network[i]);
    return all;
}

/* --- streams ---------------------------------------------------------------------------------- */

static size_t find_stream(const scene_hear *h, const nbt_simframe *f)
{
    size_t i = 0;
    while (i < h->nstreams &&
           !(nbt_ep_eq(h->stream[i].from, f->from) && nbt_ep_eq(h->stream[i].to, f->to)))
        i++;
    return i;
}

static void end_stream(scene_hear *h, size_t i)
{
    if (i == h->nstreams)
        return;
    nbt_mem_free(h->mem, h->stream[i].b, h->stream[i].cap);
    h->stream[i] = h->stream[--h->nstreams];
}

static void begin_stream(scene_hear *h, const nbt_simframe *f)
{
    end_stream(h, find_stream(h, f));
    if (h->nstreams == h->streams_cap) {
        stream *more = nbt_mem_grow(h->mem, h->stream, &h->streams_cap, sizeof *more);
        if (!more) {
            h->failed = true;
            return;
        }
        h->stream = more;
    }
    h->stream[h->nstreams++] = (stream){ .from = f->from, .to = f->to };
}

static bool append(scene_hear *h, stream *s, nbt_bytes data)
{
    while (s->cap - s->n < data.n) {
        uint8_t *more = nbt_mem_grow(h->mem, s->b, &s->cap, 1);
        if (!more) {
            h->failed = true;
            return false;
        }
        s->b = more;
    }
    if (data.n > 0)
        memcpy(s->b + s->n, data.p, data.n);
    s->n += data.n;
    s->seq += data.n;
    return true;
}

/* --- faults ----------------------------------------------------------------------------------- */

static void meet(scene_hear *h, nbt_time at, const scene_sent *sent, uint8_t *p, size_t n,
                 scene_fate *sum)
{
    scene_fate fate = scene_faults_meet(h->faults, at, sent, p, n);
    sum->drop = sum->drop || fate.drop;
    sum->behind = sum->behind || fate.behind;
    sum->corrupted = sum->corrupted || fate.corrupted;
    sum->more += fate.more;
    sum->copies += fate.copies;
    sum->later = sum->later > fate.later ? sum->later : fate.later;
}

static void meet_octets(scene_hear *h, const nbt_simframe *f, spoken what, size_t at, size_t n,
                        scene_fate *sum)
{
    heard m;
    scene_sent sent = read_as(h, f, what, &m, h->spoilt + at, n);
    meet(h, f->at, &sent, h->spoilt + at, n, sum);
}

/* The messages that begin in a piece of a stream and are whole in it. */
static void meet_piece(scene_hear *h, const nbt_simframe *f, spoken what, scene_fate *sum)
{
    size_t i = find_stream(h, f), head;
    if (i < h->nstreams && f->seq == h->stream[i].seq && h->stream[i].n > 0)
        return; /* it begins in the middle of one */
    for (size_t at = 0, n; at < f->data.n; at += n) {
        n = framed(what, (nbt_bytes){ h->spoilt + at, f->data.n - at }, &head);
        if (n == 0 || n > f->data.n - at)
            return;
        meet_octets(h, f, what, at + head, n - head, sum);
    }
}

enum { EAR_STREAMS = 64 };

/* A datagram at a port of remote control: the segment that it is, and whose messages come out of
 * the ear. False: it is none, or there is no memory. */
static bool listen_to(scene_hear *h, rc_ear **ear, const nbt_simframe *f, rc_packet *p)
{
    uint32_t behind;
    if (!rc_udp_seg_begins(f->data) || !rc_packet_rd_segment(p, f->data.p, f->data.n))
        return false;
    if (!*ear)
        *ear = rc_ear_new(h->mem, EAR_STREAMS);
    h->failed = h->failed || !*ear;
    if (*ear)
        rc_ear_put(*ear, f->from, f->to, &p->seg, 0, &behind);
    return *ear;
}

static void meet_segment(scene_hear *h, const nbt_simframe *f, scene_fate *sum)
{
    heard m;
    rc_ear_piece piece;
    scene_sent sent = { .from = f->from, .to = f->to, .rc = &m.rc };
    if (!listen_to(h, &h->fate_ear, f, &m.rc))
        return;
    meet(h, f->at, &sent, h->spoilt, f->data.n, sum);
    while (rc_ear_next(h->fate_ear, &piece)) {
        if (piece.kind != RC_EAR_MESSAGE)
            continue;
        rc_packet_rd(&m.rc, piece.bytes.p, piece.bytes.n);
        meet(h, f->at, &sent, NULL, 0, sum);
    }
}

static bool copy(scene_hear *h, uint8_t **to, size_t *cap, nbt_bytes data)
{
    while (*cap < data.n) {
        uint8_t *more = nbt_mem_grow(h->mem, *to, cap, 1);
        if (!more) {
            h->failed = true;
            return false;
        }
        *to = more;
    }
    memcpy(*to, data.p, data.n);
    return true;
}

void scene_hear_fate(scene_hear *h, const nbt_simframe *f, nbt_simfate *fate)
{
    spoken what;
    scene_fate sum = { 0 };
    /* Of a stream over UDP all must be heard, whether or not a fault acts already. */
    if (f->data.n == 0 || h->s->nfaults == 0 || !spoken_in(f, &what) ||
        (!scene_faults_any(h->faults) && what != REMOTE) ||
        !copy(h, &h->spoilt, &h->spoilt_cap, f->data))
        return;
    if (f->kind != NBT_SIMFRAME_UDP)
        meet_piece(h, f, what, &sum);
    else if (what == REMOTE)
        meet_segment(h, f, &sum);
    else
        meet_octets(h, f, what, 0, f->data.n, &sum);
    fate->drop = sum.drop;
    fate->behind = sum.behind;
    fate->more = sum.more;
    fate->again = sum.copies;
    fate->later = sum.later;
    if (sum.corrupted)
        fate->data = (nbt_bytes){ h->spoilt, f->data.n };
}

/* --- questions -------------------------------------------------------------------------------- */

static void note_asked(scene_hear *h, const nbt_simframe *f, const nbt_msg *m)
{
    const nbt_name *name = nbt_msg_name(m);
    if (m->service != NBT_SERVICE_NAME || m->err || !name || m->u.ns.word & NBT_NS_R)
        return;
    h->asked[h->nasked++ % SCENE_HEAR_ASKED_MAX] =
        (scene_hear_asked){ f->from.ip, m->u.ns.trn_id, false, *name };
}

/* The last request; NULL: there was none. */
static scene_hear_asked *find_asked(scene_hear *h, uint32_t from, const nbt_name *name)
{
    for (size_t n = h->nasked; n > 0 && n + SCENE_HEAR_ASKED_MAX > h->nasked; n--) {
        scene_hear_asked *a = &h->asked[(n - 1) % SCENE_HEAR_ASKED_MAX];
        if (a->from == from && nbt_name_eq(&a->name, name))
            return a;
    }
    return NULL;
}

nbt_bytes scene_hear_answer(scene_hear *h, const scene_step *step)
{
    nbt_msg m;
    nbt_bytes said = { step->bytes, step->nbytes };
    if (!step->asked || !nbt_msg_rd(&m, NBT_SERVICE_NAME, said.p, said.n) || !nbt_msg_name(&m) ||
        !copy(h, &h->answer, &h->answer_cap, said))
        return said;
    scene_hear_asked *asked = find_asked(h, step->to.ip, nbt_msg_name(&m));
    uint16_t id = asked ? asked->trn_id : 0;
    if (asked)
        asked->answered = true;
    h->answer[0] = (uint8_t)(id >> 8); /* NAME_TRN_ID, RFC 1002 4.2.1.1 */
    h->answer[1] = (uint8_t)id;
    return (nbt_bytes){ h->answer, said.n };
}

bool scene_hear_was_asked(scene_hear *h, const scene_step *step)
{
    nbt_msg m;
    if (!step->asked || !nbt_msg_rd(&m, NBT_SERVICE_NAME, step->bytes, step->nbytes) ||
        !nbt_msg_name(&m))
        return true;
    const scene_hear_asked *asked = find_asked(h, step->to.ip, nbt_msg_name(&m));
    return asked && !asked->answered;
}

/* --- events ----------------------------------------------------------------------------------- */

static void tell(scene_hear *h, const nbt_simframe *f, uint64_t number, const scene_sent *sent)
{
    scene_event ev = { .kind = SCENE_EV_MESSAGE,
                       .at = f->at,
                       .from = f->from,
                       .to = f->to,
                       .broadcast = sent->broadcast,
                       .lost = f->copies == 0 && f->kind == NBT_SIMFRAME_UDP,
                       .frame = number,
                       .msg = sent->msg,
                       .rc = sent->rc };
    h->event(h->ctx, &ev);
}

static void tell_octets(scene_hear *h, const nbt_simframe *f, uint64_t number, spoken what,
                        nbt_bytes data)
{
    heard m;
    scene_sent sent = read_as(h, f, what, &m, data.p, data.n);
    if (sent.msg)
        note_asked(h, f, sent.msg);
    tell(h, f, number, &sent);
}

/* The segment, and what it completes. */
static void tell_segment(scene_hear *h, const nbt_simframe *f, uint64_t number)
{
    rc_packet p;
    rc_ear_piece piece;
    scene_sent sent = { .rc = &p };
    if (!listen_to(h, &h->ear, f, &p))
        return;
    tell(h, f, number, &sent);
    while (rc_ear_next(h->ear, &piece)) {
        if (piece.kind != RC_EAR_MESSAGE)
            continue;
        rc_packet_rd(&p, piece.bytes.p, piece.bytes.n);
        tell(h, f, number, &sent);
    }
}

/* What is sent for the first time; the rest of it has been seen. */
static void tell_piece(scene_hear *h, const nbt_simframe *f, uint64_t number, spoken what)
{
    size_t i = find_stream(h, f), head, n, at = 0;
    stream *s = &h->stream[i];
    if (i == h->nstreams || f->seq != s->seq || !append(h, s, f->data))
        return;
    while ((n = framed(what, (nbt_bytes){ s->b + at, s->n - at }, &head)) > 0 && n <= s->n - at) {
        tell_octets(h, f, number, what, (nbt_bytes){ s->b + at + head, n - head });
        at += n;
    }
    s->n -= at;
    if (s->n > 0)
        memmove(s->b, s->b + at, s->n);
}

static void show_stream(scene_hear *h, const nbt_simframe *f, uint64_t number, spoken what)
{
    nbt_simframe back = { .from = f->to, .to = f->from };
    switch (f->kind) {
    case NBT_SIMFRAME_SYN:
    case NBT_SIMFRAME_SYN_ACK:
        begin_stream(h, f);
        return;
    case NBT_SIMFRAME_DATA:
        tell_piece(h, f, number, what);
        return;
    case NBT_SIMFRAME_FIN:
        end_stream(h, find_stream(h, f));
        return;
    case NBT_SIMFRAME_RST:
        end_stream(h, find_stream(h, f));
        end_stream(h, find_stream(h, &back));
        return;
    case NBT_SIMFRAME_ACK:
    case NBT_SIMFRAME_UDP:
        return;
    }
}

void scene_hear_frame(scene_hear *h, const nbt_simframe *f, uint64_t number)
{
    spoken what;
    if (!spoken_in(f, &what))
        return;
    if (f->kind != NBT_SIMFRAME_UDP)
        show_stream(h, f, number, what);
    else if (what == REMOTE)
        tell_segment(h, f, number);
    else
        tell_octets(h, f, number, what, f->data);
}
