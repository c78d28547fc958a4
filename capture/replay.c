/*
 * The moves of a capture. Connections come from the TCP flags of its packets, all else from the
 * tap; what a move followed comes from the dialogs of datagrams and from the order of each
 * connection.
 */
#include "capture/replay.h"

#include "capture/dialog.h"

#include <stdlib.h>

enum { NUMBERS = 1 << 16, TALKS = 1 << 14, SETS = 2048, PLACES = 4 };

/* Which move a packet was: the last packets only, since answers come soon. */
typedef struct number_of {
    uint64_t number, seq;
} number_of;

/* A conversation, and the last move of each side in it. */
typedef struct talk {
    uint64_t transaction;
    uint64_t last[2]; /* theirs, ours */
} talk;

/* A connection whose beginning was seen. */
typedef struct conn {
    uint64_t key; /* 0: nothing */
    nbt_ep opener, other;
    bool accepted, fin[2]; /* by the other, by the opener */
    int64_t seen;
    uint64_t last[2]; /* moves: theirs, ours */
} conn;

struct cap_replay {
    cap_parts parts;
    cap_tap *tap;
    cap_dialog *dialog;
    cap_left left;
    bool asides, streams;
    uint64_t seq;
    const cap_frame *frame; /* of the packet that was put last */
    const cap_packet *packet;
    bool before, after; /* what its flags say has to come yet, before and after its messages */
    number_of numbers[NUMBERS];
    talk talks[TALKS];
    conn sets[SETS][PLACES];
};

const char *cap_move_word(cap_move_kind kind)
{
    switch (kind) {
    case CAP_MOVE_DATAGRAM:
    case CAP_MOVE_MESSAGE:
        return NULL;
    case CAP_MOVE_OPEN:
        return "tcp-open";
    case CAP_MOVE_ACCEPT:
        return "tcp-accept";
    case CAP_MOVE_REFUSE:
        return "tcp-refuse";
    case CAP_MOVE_FIN:
        return "tcp-close";
    case CAP_MOVE_RESET:
        return "tcp-reset";
    }
    return NULL;
}

cap_replay *cap_replay_new(const cap_parts *parts)
{
    cap_replay *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->parts = *parts;
    r->tap = cap_tap_new();
    r->dialog = cap_dialog_new();
    if (r->tap && r->dialog)
        return r;
    cap_replay_free(r);
    return NULL;
}

void cap_replay_free(cap_replay *r)
{
    if (!r)
        return;
    cap_tap_free(r->tap);
    cap_dialog_free(r->dialog);
    free(r);
}

bool cap_replay_port(cap_replay *r, uint16_t usual, uint16_t port)
{
    return cap_tap_port(r->tap, usual, port);
}

void cap_replay_asides(cap_replay *r)
{
    r->asides = true;
}

void cap_replay_streams(cap_replay *r)
{
    r->streams = true;
}

const cap_left *cap_replay_left(cap_replay *r)
{
    int link;
    r->left.unread = cap_tap_unread(r->tap, &link);
    r->left.lost = cap_tap_lost(r->tap);
    return &r->left;
}

/* --- connections ------------------------------------------------------------------------------ */

/* The same for both directions, and never 0. */
static uint64_t conn_key(nbt_ep a, nbt_ep b)
{
    uint64_t x = (uint64_t)a.ip << 16 | a.port, y = (uint64_t)b.ip << 16 | b.port;
    uint64_t low = x < y ? x : y, high = x < y ? y : x;
    low *= UINT64_C(0x9E3779B97F4A7C15);
    low ^= low >> 32;
    return (low + high) * UINT64_C(0xBF58476D1CE4E5B9) | 1;
}

/* Its place; with `enter`, that of the longest silent is cleared for it. NULL: it is not there. */
static conn *conn_at(cap_replay *r, nbt_ep a, nbt_ep b, bool enter)
{
    uint64_t key = conn_key(a, b);
    conn *set = r->sets[(key >> 20) % SETS], *oldest = set;
    for (size_t i = 0; i < PLACES; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].key == 0 || (oldest->key != 0 && set[i].seen < oldest->seen))
            oldest = &set[i];
    }
    if (!enter)
        return NULL;
    *oldest = (conn){ .key = key };
    return oldest;
}

/* Fills in what all moves have; `last` are the moves that it may have followed. */
static void begin(cap_replay *r, cap_move *m, cap_move_kind kind, nbt_ep from, nbt_ep to)
{
    *m = (cap_move){
        .kind = kind,
        .ours = cap_parts_ours(&r->parts, from.ip),
        .seq = ++r->seq,
        .number = r->packet->number,
        .time = r->packet->time,
        .from = from,
        .to = to,
    };
}

static void on_conn(cap_move *m, conn *c)
{
    m->conn = c->key;
    m->cause = c->last[!m->ours];
    c->last[m->ours] = m->seq;
    c->seen = m->time;
}

static bool between(const cap_replay *r, nbt_ep from, nbt_ep to)
{
    const cap_parts *p = &r->parts;
    return (cap_parts_ours(p, from.ip) && cap_parts_theirs(p, to.ip)) ||
           (cap_parts_theirs(p, from.ip) && cap_parts_ours(p, to.ip));
}

/* It is opened, or taken for the first time. */
static bool give_opened(cap_replay *r, cap_move *m, nbt_ep from, nbt_ep to, bool taken)
{
    conn *c = conn_at(r, from, to, !taken);
    if (!c || (taken && (c->accepted || !nbt_ep_eq(c->opener, to))))
        return false;
    if (!taken && nbt_ep_eq(c->opener, from) && !c->accepted)
        return false; /* sent again */
    if (!taken)
        *c = (conn){ .key = c->key, .opener = from, .other = to };
    c->accepted = taken;
    begin(r, m, taken ? CAP_MOVE_ACCEPT : CAP_MOVE_OPEN, from, to);
    on_conn(m, c);
    return true;
}

/* One side says no more, or breaks it off. */
static bool give_ended(cap_replay *r, cap_move *m, nbt_ep from, nbt_ep to, bool reset)
{
    conn *c = conn_at(r, from, to, false);
    if (!c)
        return false;
    bool opener = nbt_ep_eq(c->opener, from);
    if (reset && c->fin[0] && c->fin[1]) { /* it was over */
        c->key = 0;
        return false;
    }
    if (!reset && c->fin[opener])
        return false;
    c->fin[opener] |= !reset;
    begin(r, m, !reset ? CAP_MOVE_FIN : c->accepted ? CAP_MOVE_RESET : CAP_MOVE_REFUSE, from, to);
    on_conn(m, c);
    if (reset)
        c->key = 0;
    return true;
}

/* SYN, and the first answer to it. */
static bool give_opening(cap_replay *r, cap_move *m)
{
    const cap_frame *f = r->frame;
    r->before = false;
    if (!(f->tcp_flags & CAP_TCP_SYN) || (f->tcp_flags & CAP_TCP_RST))
        return false;
    return give_opened(r, m, f->from, f->to, (f->tcp_flags & CAP_TCP_ACK) != 0);
}

static bool give_ending(cap_replay *r, cap_move *m)
{
    const cap_frame *f = r->frame;
    bool reset = (f->tcp_flags & CAP_TCP_RST) != 0, fin = (f->tcp_flags & CAP_TCP_FIN) != 0;
    r->after = false;
    return (reset || fin) && give_ended(r, m, f->from, f->to, reset);
}

/* A segment of a stream over UDP. What is sent again, or out of order, has a note. */
static bool give_segment(cap_replay *r, const cap_item *item, cap_move *m)
{
    const rc_udp_seg *seg = &item->rc->seg;
    const conn *c;
    if (item->rc->err || item->note[0] || !between(r, item->from, item->to))
        return false;
    switch (seg->kind) {
    case RC_UDP_OPEN:
        c = conn_at(r, item->from, item->to, false);
        if (c && c->accepted && !c->fin[0] && !c->fin[1])
            return false; /* late, and doubled on its way */
        return give_opened(r, m, item->from, item->to, false);
    case RC_UDP_OPENED:
        return give_opened(r, m, item->from, item->to, true);
    case RC_UDP_CLOSE:
        return give_ended(r, m, item->from, item->to, false);
    case RC_UDP_RESET:
        return give_ended(r, m, item->from, item->to, true);
    case RC_UDP_DATA:
    case RC_UDP_ACK:
    case RC_UDP_NAK:
        break;
    }
    return false;
}

/* --- messages --------------------------------------------------------------------------------- */

static uint64_t seq_of(const cap_replay *r, uint64_t number)
{
    const number_of *n = &r->numbers[number % NUMBERS];
    return number && n->number == number ? n->seq : 0;
}

/* What a datagram answers, else the other side's last word in its conversation. What is said aside
 * nobody of ours has heard: nothing of it follows, and it follows nothing. */
static void follow(cap_replay *r, cap_move *m, const cap_link *link)
{
    talk *t = &r->talks[link->transaction % TALKS];
    if (t->transaction != link->transaction)
        *t = (talk){ .transaction = link->transaction };
    m->repeats = link->repeats != 0;
    if (m->aside)
        return;
    m->cause = seq_of(r, link->answers);
    if (!m->cause)
        m->cause = t->last[!m->ours];
    t->last[m->ours] = m->seq;
    r->numbers[m->number % NUMBERS] = (number_of){ m->number, m->seq };
}

static bool give_datagram(cap_replay *r, const cap_item *item, const cap_link *link, cap_move *m)
{
    const cap_parts *p = &r->parts;
    bool all = cap_is_to_all(item);
    bool ours = cap_parts_ours(p, item->from.ip);
    bool theirs = !ours && cap_parts_theirs(p, item->from.ip);
    bool aside = theirs && !all && !cap_parts_ours(p, item->to.ip);
    if (aside ? !r->asides : all ? !ours && !theirs : !between(r, item->from, item->to)) {
        r->left.strangers++;
        return false;
    }
    if (ours && item->cut) {
        r->left.cut++;
        return false;
    }
    begin(r, m, CAP_MOVE_DATAGRAM, item->from, item->to);
    m->to_all = all;
    m->aside = aside;
    m->cut = item->cut;
    m->bytes = item->msg->bytes;
    m->msg = item->msg;
    follow(r, m, link);
    return true;
}

static cap_framing framing_of(const cap_item *item)
{
    if (item->rc)
        return CAP_FRAMING_RC;
    return item->msg->service == NBT_SERVICE_SESSION ? CAP_FRAMING_SESSION : CAP_FRAMING_NAME;
}

static bool give_message(cap_replay *r, const cap_item *item, cap_move *m)
{
    if (!between(r, item->from, item->to)) {
        r->left.strangers++;
        return false;
    }
    conn *c = conn_at(r, item->from, item->to, false);
    if (!c) {
        r->left.unbegun++;
        return false;
    }
    if (item->cut) {
        r->left.cut++;
        return false;
    }
    begin(r, m, CAP_MOVE_MESSAGE, item->from, item->to);
    m->number = item->number;
    m->time = item->time;
    m->framing = framing_of(item);
    m->bytes = item->rc ? item->rc->bytes : item->msg->bytes;
    m->msg = item->msg;
    m->rc = item->rc;
    on_conn(m, c);
    return true;
}

void cap_replay_put(cap_replay *r, const cap_packet *p)
{
    r->packet = p;
    r->before = r->after = false;
    if (!cap_tap_put(r->tap, p))
        return;
    r->frame = cap_tap_frame(r->tap);
    r->before = r->after =
        r->frame->kind == CAP_FRAME_TCP && between(r, r->frame->from, r->frame->to);
}

void cap_replay_end(cap_replay *r)
{
    r->before = r->after = false;
    cap_tap_end(r->tap);
}

/* A message of remote control inside a session message is part of that. */
static bool is_inner(const cap_item *item)
{
    return item->rc && !rc_is_port(item->from.port) && !rc_is_port(item->to.port);
}

static bool is_over_udp(const cap_item *item)
{
    return item->rc && !item->tcp;
}

bool cap_replay_next(cap_replay *r, cap_move *m)
{
    cap_item item;
    cap_link link;
    if (r->before && give_opening(r, m))
        return true;
    while (cap_tap_next(r->tap, &item)) {
        if (!item.has_ip || (!item.msg && !item.rc))
            continue;
        cap_dialog_put(r->dialog, &item, &link);
        if (is_inner(&item))
            continue;
        if (is_over_udp(&item) && !r->streams) {
            r->left.streamed += !item.rc->segment;
            continue;
        }
        if (is_over_udp(&item) && item.rc->segment) {
            if (give_segment(r, &item, m))
                return true;
            continue;
        }
        if (item.tcp || item.rc ? give_message(r, &item, m) : give_datagram(r, &item, &link, m))
            return true;
    }
    return r->after && give_ending(r, m);
}
