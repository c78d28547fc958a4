/*
 * Connections: what is expected of each in its order, what has come of it, and the two held
 * together from their beginnings.
 */
#include "capture/replay_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST, LAST };

/* --- which one -------------------------------------------------------------------------------- */

static uint32_t by_key(const cap_player *p, uint64_t key)
{
    for (uint32_t i = 1; key && i <= p->nconns; i++)
        if (p->conn[i].state != PLAY_CONN_NONE && p->conn[i].key == key)
            return i;
    return 0;
}

static uint32_t by_number(const cap_player *p, uint32_t number)
{
    for (uint32_t i = 1; number && i <= p->nconns; i++)
        if (p->conn[i].state != PLAY_CONN_NONE && p->conn[i].number == number)
            return i;
    return 0;
}

/* A place for a new one; 0: as many are there as can be. */
static uint32_t place(cap_player *p)
{
    uint32_t i = 1;
    while (i <= p->nconns && p->conn[i].state != PLAY_CONN_NONE)
        i++;
    if (i > CAP_CONNS_MAX)
        return 0;
    if (i > p->nconns)
        p->nconns = i;
    play_conn *c = &p->conn[i];
    uint8_t *in = c->in;
    size_t cap = c->cap;
    *c = (play_conn){ .in = in, .cap = cap };
    return i;
}

/* It has said all that it says in the capture, and here. */
static void tidy(cap_player *p, uint32_t at)
{
    play_conn *c = &p->conn[at];
    bool silent = !c->key || (c->shut[0] && c->shut[1]);
    bool over = c->state == PLAY_CONN_LOST || c->closed;
    if (over && silent && !c->want[FIRST] && !c->got[FIRST])
        c->state = PLAY_CONN_NONE;
}

/* --- its two queues --------------------------------------------------------------------------- */

static void push(cap_notes *in, uint32_t queue[2], uint32_t at)
{
    cap_notes_at(in, at)->next = 0;
    if (queue[LAST])
        cap_notes_at(in, queue[LAST])->next = at;
    else
        queue[FIRST] = at;
    queue[LAST] = at;
}

static uint32_t pull(const cap_notes *in, uint32_t queue[2])
{
    uint32_t at = queue[FIRST];
    queue[FIRST] = cap_notes_at(in, at)->next;
    if (!queue[FIRST])
        queue[LAST] = 0;
    return at;
}

static void miss_first(cap_player *p, nbt_time now, play_conn *c)
{
    play_miss(p, now, pull(&p->open, c->want));
}

static void spare_first(cap_player *p, play_conn *c)
{
    play_unexpected(p, pull(&p->stray, c->got));
}

static bool is_keep_alive(const cap_note *n)
{
    return n->kind == CAP_MOVE_MESSAGE && n->carry == CAP_CARRY_SESSION && n->bytes.n > 0 &&
           n->bytes.p[0] == NBT_SSN_KEEP_ALIVE;
}

static bool same_message(const cap_note *a, const cap_note *b)
{
    return a->kind == CAP_MOVE_MESSAGE && a->bytes.n == b->bytes.n &&
           (a->bytes.n == 0 || memcmp(a->bytes.p, b->bytes.p, a->bytes.n) == 0);
}

/* How many expected ones are before the one that has come, of the next few; -1: it is none. */
static int left_out(const cap_player *p, const play_conn *c, const cap_note *got)
{
    enum { LOOKS = 8 };
    int n = 0;
    for (uint32_t i = c->want[FIRST]; i && n < LOOKS; i = cap_notes_at(&p->open, i)->next, n++)
        if (same_message(cap_notes_at(&p->open, i), got))
            return n;
    return -1;
}

static bool ends(const cap_note *n)
{
    return n->kind == CAP_MOVE_FIN || n->kind == CAP_MOVE_RESET || n->kind == CAP_MOVE_REFUSE;
}

/* The first expected one and the first that came. */
static void meet(cap_player *p, play_conn *c)
{
    const cap_note *want = cap_notes_at(&p->open, c->want[FIRST]);
    const cap_note *got = cap_notes_at(&p->stray, c->got[FIRST]);
    nbt_time when = got->when;
    if (is_keep_alive(want) != is_keep_alive(got)) { /* they say nothing, and come when they like */
        if (is_keep_alive(got)) {
            cap_notes_drop(&p->stray, pull(&p->stray, c->got));
            p->counts.again++;
        } else {
            uint32_t at = pull(&p->open, c->want);
            play_fate_set(p, want->seq, want->time, when, 0);
            cap_notes_drop(&p->open, at);
            p->counts.unneeded++;
        }
        return;
    }
    if (want->kind == CAP_MOVE_MESSAGE && ends(got)) {
        miss_first(p, when, c);
        return;
    }
    if (ends(want) && got->kind == CAP_MOVE_MESSAGE) {
        spare_first(p, c);
        return;
    }
    int before = left_out(p, c, got);
    for (; got->kind == CAP_MOVE_MESSAGE && before > 0; before--)
        miss_first(p, when, c);
    play_settle(p, pull(&p->open, c->want), got);
    cap_notes_drop(&p->stray, pull(&p->stray, c->got));
}

static void settle(cap_player *p, uint32_t at, nbt_time now)
{
    play_conn *c = &p->conn[at];
    while (c->want[FIRST] && c->got[FIRST])
        meet(p, c);
    while (c->state == PLAY_CONN_LOST && c->want[FIRST])
        miss_first(p, now, c);
    tidy(p, at);
}

void play_conn_give_up(cap_player *p, nbt_time now, uint32_t open)
{
    uint32_t at = cap_notes_at(&p->open, open)->conn;
    play_conn *c = &p->conn[at];
    if (c->state == PLAY_CONN_AWAITED) {
        c->state = PLAY_CONN_LOST;
        c->why = "its connection never came";
    } else if (c->state == PLAY_CONN_OPENING && c->until <= now) {
        c->state = PLAY_CONN_LOST;
        c->why = "nothing came of its connection";
    }
    bool more = true;
    while (more && c->want[FIRST]) {
        more = c->want[FIRST] != open;
        miss_first(p, now, c);
    }
    settle(p, at, now);
}

void play_conn_strays(cap_player *p, uint32_t stray)
{
    uint32_t at = cap_notes_at(&p->stray, stray)->conn;
    play_conn *c = &p->conn[at];
    bool more = true;
    while (more && c->got[FIRST]) {
        more = c->got[FIRST] != stray;
        spare_first(p, c);
    }
    tidy(p, at);
}

/* --- moves ------------------------------------------------------------------------------------ */

/* One of the same ends that has come already and is in no move. */
static uint32_t unclaimed(const cap_player *p, nbt_ep here, uint32_t peer)
{
    uint32_t any = 0;
    for (uint32_t i = 1; i <= p->nconns; i++) {
        const play_conn *c = &p->conn[i];
        if (c->state == PLAY_CONN_NONE || c->key || !c->number || !nbt_ep_eq(c->here, here) ||
            !c->got[FIRST] || cap_notes_at(&p->stray, c->got[FIRST])->kind != CAP_MOVE_OPEN)
            continue;
        if (c->peer.ip == peer)
            return i;
        any = any ? any : i;
    }
    return any;
}

/* The one whose opening is expected and that this may be. */
static uint32_t awaited(const cap_player *p, nbt_ep here, uint32_t peer)
{
    uint32_t any = 0, one = 0;
    for (uint32_t i = 1; i <= p->nconns; i++) {
        const play_conn *c = &p->conn[i];
        if (c->state != PLAY_CONN_AWAITED || !nbt_ep_eq(c->here, here))
            continue;
        uint32_t *than = c->peer.ip == peer ? &one : &any;
        if (!*than || cap_notes_at(&p->open, c->want[FIRST])->seq <
                          cap_notes_at(&p->open, p->conn[*than].want[FIRST])->seq)
            *than = i;
    }
    return one ? one : any;
}

static uint32_t begin(cap_player *p, const cap_move *m, bool ours)
{
    uint32_t old = by_key(p, m->conn);
    if (old) { /* its ends are used again */
        p->conn[old].key = 0;
        p->conn[old].shut[0] = p->conn[old].shut[1] = true;
        tidy(p, old);
    }
    nbt_ep here = play_ep(p, ours ? m->from : m->to, true);
    nbt_ep peer = play_ep(p, ours ? m->to : m->from, false);
    uint32_t at = ours ? 0 : unclaimed(p, here, peer.ip);
    if (!at && (at = place(p))) {
        p->conn[at].state = ours ? PLAY_CONN_OPENING : PLAY_CONN_AWAITED;
        p->conn[at].here = here;
        p->conn[at].peer = peer;
    }
    if (at)
        p->conn[at].key = m->conn;
    return at;
}

static void cut_stream(cap_player *p, uint32_t at, nbt_time now);

static void frame_by(cap_player *p, uint32_t at, const cap_move *m, nbt_time now)
{
    play_conn *c = &p->conn[at];
    if (c->framed || m->kind != CAP_MOVE_MESSAGE)
        return;
    c->framed = true;
    c->framing = m->framing;
    cut_stream(p, at, now);
}

static void note_ending(play_conn *c, const cap_move *m)
{
    if (m->kind == CAP_MOVE_FIN)
        c->shut[m->ours] = true;
    if (m->kind == CAP_MOVE_RESET || m->kind == CAP_MOVE_REFUSE)
        c->shut[0] = c->shut[1] = true;
}

void play_conn_expect(cap_player *p, nbt_time now, const cap_move *m)
{
    uint32_t at = m->kind == CAP_MOVE_OPEN ? begin(p, m, false) : by_key(p, m->conn);
    cap_note n = { .carry = play_carry(m), .conn = at };
    if (m->kind == CAP_MOVE_MESSAGE)
        n.bytes = play_map(p, m);
    int id_at = m->kind == CAP_MOVE_MESSAGE && n.carry == CAP_CARRY_NAME
                    ? cap_id_at(NBT_SERVICE_NAME, n.bytes.n)
                    : -1;
    if (id_at >= 0) {
        cap_role role;
        (void)cap_key(NBT_SERVICE_NAME, n.bytes, 0, &role);
        n.asks = role != CAP_ROLE_ANSWERS;
        n.whose = cap_key_id(NBT_SERVICE_NAME, n.asks ? m->from.ip : m->to.ip,
                             cap_id_get(n.bytes.p, id_at));
        if (!n.asks)
            play_salt(p, p->mapped, id_at);
    }
    uint32_t open = play_expect(p, now, m, &n);
    if (!open)
        return;
    if (!at) { /* there are too many */
        play_miss(p, now, open);
        return;
    }
    push(&p->open, p->conn[at].want, open);
    note_ending(&p->conn[at], m);
    frame_by(p, at, m, now);
    settle(p, at, now);
}

nbt_time play_conn_ready(const cap_player *p, const cap_move *m, nbt_time now)
{
    const play_conn *c = &p->conn[by_key(p, m->conn)];
    if (m->kind == CAP_MOVE_OPEN)
        return now;
    if (c->state == PLAY_CONN_OPENING)
        return c->until;
    return c->state == PLAY_CONN_AWAITED ? NBT_NEVER : now;
}

static void open(cap_player *p, nbt_time now, const play_next *x, uint32_t at, nbt_out *out)
{
    play_conn *c = &p->conn[at];
    c->number = 2 * ++p->opened;
    c->until = now + p->cfg.patience;
    nbt_act *act = nbt_out_add(out, NBT_ACT_TCP_OPEN, NULL, 0);
    act->lana = (uint8_t)play_adapter(p, x->from.ip);
    act->conn = c->number;
    act->from = (nbt_ep){ x->from.ip, 0 };
    act->to = x->to;
}

static void send(const play_conn *c, const play_next *x, nbt_out *out)
{
    uint8_t lead[2] = { (uint8_t)(x->n >> 8), (uint8_t)x->n };
    size_t n = x->m.framing == CAP_FRAMING_SESSION ? 0 : sizeof lead;
    nbt_act *act = nbt_out_add(out, NBT_ACT_TCP_SEND, NULL, n + x->n);
    act->conn = c->number;
    if (act->data_len != n + x->n)
        return;
    uint8_t *to = out->arena + act->data_at;
    if (n > 0)
        memcpy(to, lead, n);
    if (x->n > 0)
        memcpy(to + n, x->bytes, x->n);
}

static void end(play_conn *c, nbt_act_kind kind, nbt_out *out)
{
    nbt_out_add(out, kind, NULL, 0)->conn = c->number;
    c->closed = true;
    if (kind == NBT_ACT_TCP_ABORT) {
        c->state = PLAY_CONN_LOST;
        c->why = "its connection is gone";
    }
}

const char *play_conn_make(cap_player *p, nbt_time now, const play_next *x, nbt_out *out)
{
    uint32_t at = x->m.kind == CAP_MOVE_OPEN ? begin(p, &x->m, true) : by_key(p, x->m.conn);
    play_conn *c = &p->conn[at];
    if (!at)
        return "there are too many connections at a time";
    if (x->m.kind == CAP_MOVE_OPEN && play_adapter(p, x->from.ip) == p->cfg.nours)
        return "no adapter has its address";
    note_ending(c, &x->m);
    if (c->state == PLAY_CONN_OPENING && x->m.kind != CAP_MOVE_OPEN) {
        c->state = PLAY_CONN_LOST;
        c->why = "nothing came of its connection";
    }
    const char *why = c->state == PLAY_CONN_LOST ? c->why : NULL;
    frame_by(p, at, &x->m, now);
    if (!why && x->m.kind == CAP_MOVE_OPEN)
        open(p, now, x, at, out);
    if (!why && x->m.kind == CAP_MOVE_MESSAGE)
        send(c, x, out);
    if (!why && x->m.kind == CAP_MOVE_FIN)
        end(c, NBT_ACT_TCP_CLOSE, out);
    if (!why && (x->m.kind == CAP_MOVE_RESET || x->m.kind == CAP_MOVE_REFUSE))
        end(c, NBT_ACT_TCP_ABORT, out);
    settle(p, at, now);
    return why;
}

void play_conn_close(cap_player *p, nbt_out *out)
{
    for (uint32_t i = 1; i <= p->nconns; i++)
        if (p->conn[i].number && p->conn[i].state != PLAY_CONN_NONE &&
            p->conn[i].state != PLAY_CONN_LOST)
            end(&p->conn[i], NBT_ACT_TCP_ABORT, out);
}

/* --- what comes ------------------------------------------------------------------------------- */

/* It has come of a connection: into its queue. */
static void arrive(cap_player *p, uint32_t at, nbt_time now, cap_move_kind kind, nbt_bytes bytes,
                   const char *why)
{
    play_conn *c = &p->conn[at];
    cap_note n = { .kind = kind,
                   .carry = c->framing == CAP_FRAMING_RC     ? CAP_CARRY_RC
                            : c->framing == CAP_FRAMING_NAME ? CAP_CARRY_NAME
                                                             : CAP_CARRY_SESSION,
                   .from = c->peer,
                   .to = c->here,
                   .conn = at,
                   .why = why,
                   .bytes = bytes };
    uint32_t stray = play_stray(p, now, &n);
    if (stray)
        push(&p->stray, c->got, stray);
}

/* How many octets the first message in a stream has, with its length; 0: that is not there yet. */
static size_t first_message(const play_conn *c, size_t from)
{
    nbt_bytes b = { c->in + from, c->n - from };
    size_t n = 0;
    if (c->framing == CAP_FRAMING_SESSION)
        n = nbt_ssn_frame(b);
    else if (b.n >= 2)
        n = 2 + (size_t)(b.p[0] << 8 | b.p[1]);
    return n <= b.n ? n : 0;
}

static void cut_stream(cap_player *p, uint32_t at, nbt_time now)
{
    play_conn *c = &p->conn[at];
    size_t lead = c->framing == CAP_FRAMING_SESSION ? 0 : 2, from = 0, n;
    while (c->framed && from < c->n && (n = first_message(c, from))) {
        arrive(p, at, now, CAP_MOVE_MESSAGE, (nbt_bytes){ c->in + from + lead, n - lead }, NULL);
        from += n;
    }
    if (!c->framed && c->n > PLAY_UNFRAMED_MAX)
        from = c->n;
    if (from > 0)
        memmove(c->in, c->in + from, c->n - from);
    c->n -= from;
}

static void take(cap_player *p, uint32_t at, nbt_time now, nbt_bytes data)
{
    play_conn *c = &p->conn[at];
    if (c->n + data.n > c->cap) {
        size_t cap = 2 * (c->n + data.n);
        uint8_t *more = realloc(c->in, cap);
        if (!more) {
            p->counts.failed = true;
            return;
        }
        c->in = more;
        c->cap = cap;
    }
    if (data.n > 0)
        memcpy(c->in + c->n, data.p, data.n);
    c->n += data.n;
    cut_stream(p, at, now);
}

/* The stream is over: what is no whole message is one that was cut off. */
static void last_octets(cap_player *p, uint32_t at, nbt_time now)
{
    play_conn *c = &p->conn[at];
    if (c->n > 0)
        arrive(p, at, now, CAP_MOVE_MESSAGE, (nbt_bytes){ c->in, c->n }, NULL);
    c->n = 0;
}

static uint32_t accepted(cap_player *p, const nbt_tcp_ev *ev, nbt_out *out)
{
    uint32_t at = awaited(p, ev->local, ev->peer.ip);
    if (!at && !(at = place(p))) {
        nbt_out_add(out, NBT_ACT_TCP_ABORT, NULL, 0)->conn = ev->conn;
        return 0;
    }
    play_conn *c = &p->conn[at];
    c->state = PLAY_CONN_UP;
    c->number = ev->conn;
    c->here = ev->local;
    c->peer = ev->peer;
    return at;
}

static void lose(play_conn *c, const char *why)
{
    c->state = PLAY_CONN_LOST;
    c->why = why;
}

static bool is_theirs(const cap_player *p, uint32_t ip)
{
    for (size_t i = 0; i < p->cfg.ntheirs; i++)
        if (p->cfg.theirs[i] == ip)
            return true;
    return p->cfg.ntheirs == 0;
}

void cap_player_tcp(cap_player *p, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    static const nbt_bytes none = { NULL, 0 };
    if (ev->kind == NBT_TCP_ACCEPTED && !is_theirs(p, ev->peer.ip)) {
        p->counts.strangers++;
        nbt_out_add(out, NBT_ACT_TCP_ABORT, NULL, 0)->conn = ev->conn;
        return;
    }
    uint32_t at = ev->kind == NBT_TCP_ACCEPTED ? accepted(p, ev, out) : by_number(p, ev->conn);
    play_conn *c = &p->conn[at];
    if (!at)
        return;
    switch (ev->kind) {
    case NBT_TCP_ACCEPTED:
        arrive(p, at, now, CAP_MOVE_OPEN, none, NULL);
        break;
    case NBT_TCP_OPENED:
        if (c->state == PLAY_CONN_OPENING)
            c->state = PLAY_CONN_UP;
        arrive(p, at, now, CAP_MOVE_ACCEPT, none, NULL);
        break;
    case NBT_TCP_REFUSED:
        arrive(p, at, now, CAP_MOVE_REFUSE, none, NULL);
        lose(c, "its connection was refused");
        break;
    case NBT_TCP_UNREACHABLE:
        arrive(p, at, now, CAP_MOVE_REFUSE, none, "not reached");
        lose(c, "nobody was there for its connection");
        break;
    case NBT_TCP_DATA:
        take(p, at, now, ev->data);
        break;
    case NBT_TCP_SENT:
        break;
    case NBT_TCP_EOF:
        last_octets(p, at, now);
        arrive(p, at, now, CAP_MOVE_FIN, none, NULL);
        break;
    case NBT_TCP_RESET:
        last_octets(p, at, now);
        arrive(p, at, now, CAP_MOVE_RESET, none, NULL);
        lose(c, "its connection is gone");
        break;
    }
    settle(p, at, now);
    play_try(p, now, out);
}
