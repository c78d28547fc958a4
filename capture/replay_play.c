/*
 * Moves in, and the clock: what is expected from when on, and when a move of ours is made. What
 * comes is in replay_come.c.
 */
#include "capture/replay_impl.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

cap_player *cap_player_new(const cap_player_cfg *cfg)
{
    cap_player *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->cfg = *cfg;
    p->told_end = &p->told;
    if (cap_notes_init(&p->open, CAP_OPEN_MAX) && cap_notes_init(&p->stray, CAP_STRAY_MAX))
        return p;
    cap_player_free(p);
    return NULL;
}

void cap_player_free(cap_player *p)
{
    cap_result r;
    if (!p)
        return;
    while (cap_player_next(p, &r))
        continue;
    for (size_t i = 0; i <= CAP_CONNS_MAX; i++)
        free(p->conn[i].in);
    cap_notes_fini(&p->open);
    cap_notes_fini(&p->stray);
    cap_buf_fini(&p->diff);
    free(p->next.bytes);
    free(p->mapped);
    free(p);
}

void cap_player_start(cap_player *p, nbt_time now, const nbt_ep *listen, size_t n, nbt_out *out)
{
    p->sent_at = p->last_at = now;
    for (size_t i = 0; i < n; i++)
        nbt_out_add(out, NBT_ACT_TCP_LISTEN, NULL, 0)->from = listen[i];
}

/* --- what moves are here ---------------------------------------------------------------------- */

cap_carry play_carry(const cap_move *m)
{
    if (m->kind == CAP_MOVE_DATAGRAM)
        return m->msg && m->msg->service == NBT_SERVICE_DATAGRAM ? CAP_CARRY_DATAGRAM
                                                                 : CAP_CARRY_NAME;
    return m->framing == CAP_FRAMING_RC     ? CAP_CARRY_RC
           : m->framing == CAP_FRAMING_NAME ? CAP_CARRY_NAME
                                            : CAP_CARRY_SESSION;
}

nbt_service play_service(cap_carry carry)
{
    return carry == CAP_CARRY_NAME       ? NBT_SERVICE_NAME
           : carry == CAP_CARRY_DATAGRAM ? NBT_SERVICE_DATAGRAM
                                         : NBT_SERVICE_SESSION;
}

nbt_ep play_ep(const cap_player *p, nbt_ep ep, bool ours)
{
    nbt_ep here = { cap_map_ip(p->cfg.map, ep.ip), ep.port };
    if (!ours)
        here.port = cap_map_peer_port(p->cfg.map, ep.port);
    return here;
}

static bool room(uint8_t **mem, size_t *cap, size_t n)
{
    if (n <= *cap)
        return true;
    uint8_t *more = realloc(*mem, n);
    if (!more)
        return false;
    *mem = more;
    *cap = n;
    return true;
}

nbt_bytes play_map(cap_player *p, const cap_move *m)
{
    nbt_bytes none = { NULL, 0 };
    if (!room(&p->mapped, &p->mapped_cap, m->bytes.n + CAP_MAP_EXTRA)) {
        p->counts.failed = true;
        return none;
    }
    nbt_bytes b = { p->mapped, cap_map_write(p->cfg.map, m->msg, m->bytes, p->mapped) };
    return b;
}

const play_fate *play_fate_of(const cap_player *p, uint64_t seq)
{
    const play_fate *f = &p->fates[seq % PLAY_FATES];
    return seq && f->seq == seq ? f : NULL;
}

void play_fate_set(cap_player *p, uint64_t seq, int64_t time, nbt_time at, uint32_t open)
{
    p->fates[seq % PLAY_FATES] = (play_fate){ .seq = seq, .time = time, .at = at, .open = open };
}

play_talk *play_talk_at(play_talk *in, uint64_t key)
{
    return &in[(key >> 40) % PLAY_TALKS];
}

/* --- what is expected ------------------------------------------------------------------------- */

/* The peer's timers are its own: what it does is as long after what it followed as it was then. */
nbt_time cap_player_expected(const cap_player *p, const cap_move *m)
{
    if (!p->begun)
        return p->last_at;
    const play_fate *cause = play_fate_of(p, m->cause);
    if (cause && !cause->open)
        return cause->at + (m->time - cause->time);
    return p->last_at + (m->time - p->last_time);
}

uint32_t play_expect(cap_player *p, nbt_time now, const cap_move *m, cap_note *note)
{
    nbt_time patience = p->cfg.patience;
    if (p->missed >= PLAY_DEAF)
        patience /= PLAY_DEAF_PART;
    note->when = cap_player_expected(p, m);
    note->until = (note->when > now ? note->when : now) + patience;
    note->time = m->time;
    note->seq = m->seq;
    note->number = m->number;
    note->kind = m->kind;
    note->repeats = m->repeats;
    note->cut = m->cut;
    note->to_all = m->to_all;
    note->from = play_ep(p, m->from, false);
    note->to = play_ep(p, m->to, true);
    uint32_t at = cap_notes_add(&p->open, note);
    if (!at)
        p->counts.failed = true;
    play_fate_set(p, m->seq, m->time, now, at);
    return at;
}

/* --- what is done ----------------------------------------------------------------------------- */

void play_salt(const cap_player *p, uint8_t *bytes, int id_at)
{
    if (id_at >= 0)
        cap_id_set(bytes, id_at, (uint16_t)(cap_id_get(bytes, id_at) + p->cfg.map->salt));
}

static void hold(cap_player *p, const cap_move *m)
{
    play_next *x = &p->next;
    nbt_bytes b = play_map(p, m);
    if (!room(&x->bytes, &x->cap, b.n)) {
        p->counts.failed = true;
        return;
    }
    if (b.n > 0)
        memcpy(x->bytes, b.p, b.n);
    x->n = b.n;
    x->m = *m;
    x->m.bytes = (nbt_bytes){ NULL, 0 };
    x->m.msg = NULL;
    x->m.rc = NULL;
    x->carry = play_carry(m);
    x->from = play_ep(p, m->from, true);
    x->to = play_ep(p, m->to, false);
    x->id_at = -1;
    x->key = 0;
    x->role = CAP_ROLE_ASKS;
    x->there = true;
    x->allowed = !p->cfg.step;
    if ((m->kind != CAP_MOVE_DATAGRAM && m->kind != CAP_MOVE_MESSAGE) || x->carry == CAP_CARRY_RC)
        return;
    nbt_service service = play_service(x->carry);
    x->id_at = cap_id_at(service, x->n);
    if (x->id_at < 0)
        return;
    (void)cap_key(service, (nbt_bytes){ x->bytes, x->n }, 0, &x->role);
    uint16_t id = cap_id_get(x->bytes, x->id_at);
    x->key = cap_key_id(service, x->role == CAP_ROLE_ASKS ? m->from.ip : m->to.ip, id);
}

/* When the next move is to be made; NBT_NEVER: when something else has happened. */
static nbt_time ready_at(const cap_player *p, nbt_time now)
{
    const cap_move *m = &p->next.m;
    const play_fate *cause = play_fate_of(p, m->cause);
    bool asap = p->cfg.timing == CAP_TIMING_ASAP;
    if ((cause && cause->open) || (asap && p->open.n > 0))
        return NBT_NEVER;
    nbt_time at = p->sent_at, since = m->time - p->sent_time;
    if (cause) {
        at = cause->at;
        since = m->time - cause->time;
    }
    if (!asap && since > 0)
        at += p->cfg.scale == 1000000
                  ? since
                  : since / 1000000 * p->cfg.scale + since % 1000000 * p->cfg.scale / 1000000;
    if (p->counts.of[CAP_SENT] > 0 && at < p->sent_at + p->cfg.pause)
        at = p->sent_at + p->cfg.pause;
    if (m->conn) {
        nbt_time conn = play_conn_ready(p, m, now);
        at = conn > at ? conn : at;
    }
    return at;
}

size_t play_adapter(const cap_player *p, uint32_t ip)
{
    size_t i = 0;
    while (i < p->cfg.nours && p->cfg.ours[i] != ip)
        i++;
    return i;
}

/* An answer goes to who has asked here, by his id. NULL, or why that cannot be. */
static const char *address(cap_player *p, play_next *x)
{
    if (x->id_at < 0)
        return NULL;
    play_talk *theirs = play_talk_at(p->theirs, x->key), *ours = play_talk_at(p->ours, x->key);
    if (x->role == CAP_ROLE_ASKS) {
        if (ours->key != x->key)
            *ours = (play_talk){ .key = x->key };
        ours->sent++;
        play_salt(p, x->bytes, x->id_at);
    } else if (theirs->key == x->key) {
        theirs->answered = true;
        cap_id_set(x->bytes, x->id_at, theirs->id);
        if (!x->m.to_all && x->role == CAP_ROLE_ANSWERS)
            x->to = theirs->peer;
    } else if (x->role == CAP_ROLE_ANSWERS) {
        return "what it answers has not come";
    } else {
        play_salt(p, x->bytes, x->id_at);
    }
    return NULL;
}

static const char *send_datagram(cap_player *p, play_next *x, nbt_out *out)
{
    size_t lana = play_adapter(p, x->from.ip);
    if (lana == p->cfg.nours)
        return "no adapter has its address";
    const char *why = address(p, x);
    if (why)
        return why;
    if (x->m.to_all)
        x->to.ip = p->cfg.broadcast[lana];
    nbt_act *act = nbt_out_add(out, NBT_ACT_SEND, x->bytes, x->n);
    act->lana = (uint8_t)lana;
    act->from = x->from;
    act->to = x->to;
    return NULL;
}

static void make(cap_player *p, nbt_time now, nbt_out *out)
{
    play_next *x = &p->next;
    const char *why;
    x->there = false;
    if (x->m.kind == CAP_MOVE_DATAGRAM)
        why = send_datagram(p, x, out);
    else if (x->m.kind == CAP_MOVE_MESSAGE && (why = address(p, x)))
        ; /* it is not sent */
    else
        why = play_conn_make(p, now, x, out);
    p->sent_at = now;
    p->sent_time = x->m.time;
    if (x->m.time >= p->last_time) {
        p->last_at = now;
        p->last_time = x->m.time;
    }
    play_fate_set(p, x->m.seq, x->m.time, now, 0);
    p->counts.of[why ? CAP_SKIPPED : CAP_SENT]++;
    if (!why && !p->cfg.all)
        return;
    play_tell(p, &(cap_result){ .verdict = why ? CAP_SKIPPED : CAP_SENT,
                                .at = now,
                                .number = x->m.number,
                                .kind = x->m.kind,
                                .carry = x->carry,
                                .from = x->from,
                                .to = x->to,
                                .expected = { x->bytes, x->n },
                                .diff = why ? why : "" });
}

void play_try(cap_player *p, nbt_time now, nbt_out *out)
{
    if (p->next.there && p->next.allowed && ready_at(p, now) <= now)
        make(p, now, out);
}

bool cap_player_wants(const cap_player *p)
{
    return !p->ended && !p->counts.failed && !p->next.there && p->open.n < CAP_OPEN_MAX;
}

void cap_player_feed(cap_player *p, nbt_time now, const cap_move *m, nbt_out *out)
{
    assert(cap_player_wants(p));
    if (!p->begun) {
        p->begun = true;
        p->sent_time = p->last_time = m->time;
        p->sent_at = p->last_at = now;
    }
    if (m->ours) {
        hold(p, m);
    } else {
        p->counts.expected++;
        if (m->kind == CAP_MOVE_DATAGRAM)
            play_expect_datagram(p, now, m);
        else
            play_conn_expect(p, now, m);
    }
    play_try(p, now, out);
}

void cap_player_end(cap_player *p, nbt_time now)
{
    (void)now;
    p->ended = true;
}

bool cap_player_waits(const cap_player *p, cap_result *r)
{
    const play_next *x = &p->next;
    /* Whether its time has come is for a tick to say: here it only must not wait for others. */
    if (!x->there || x->allowed || ready_at(p, NBT_NEVER) == NBT_NEVER)
        return false;
    *r = (cap_result){ .verdict = CAP_SENT,
                       .number = x->m.number,
                       .kind = x->m.kind,
                       .carry = x->carry,
                       .from = x->from,
                       .to = x->to,
                       .expected = { x->bytes, x->n },
                       .diff = "" };
    return true;
}

void cap_player_step(cap_player *p, nbt_time now, nbt_out *out)
{
    p->next.allowed = true;
    play_try(p, now, out);
}

/* --- time ------------------------------------------------------------------------------------- */

static void expire(cap_player *p, nbt_time now)
{
    uint32_t at;
    while ((at = cap_notes_soonest(&p->open)) && cap_notes_at(&p->open, at)->until <= now) {
        if (cap_notes_at(&p->open, at)->conn)
            play_conn_give_up(p, now, at);
        else
            play_miss(p, now, at);
    }
    bool last = p->ended && !p->next.there && p->open.n == 0;
    while ((at = cap_notes_soonest(&p->stray)) &&
           (last || cap_notes_at(&p->stray, at)->until <= now)) {
        if (cap_notes_at(&p->stray, at)->conn)
            play_conn_strays(p, at);
        else
            play_unexpected(p, at);
    }
}

void cap_player_tick(cap_player *p, nbt_time now, nbt_out *out)
{
    expire(p, now);
    play_try(p, now, out);
    if (p->ended && !p->next.there && p->open.n == 0 && !p->closed) {
        play_conn_close(p, out);
        expire(p, now);
        p->closed = true;
    }
}

nbt_time cap_player_due(const cap_player *p)
{
    nbt_time due = NBT_NEVER;
    uint32_t at;
    if ((at = cap_notes_soonest(&p->open)))
        due = nbt_time_min(due, cap_notes_at(&p->open, at)->until);
    if ((at = cap_notes_soonest(&p->stray)))
        due = nbt_time_min(due, cap_notes_at(&p->stray, at)->until);
    if (p->next.there && p->next.allowed)
        due = nbt_time_min(due, ready_at(p, 0));
    if (p->ended && !p->next.there && p->open.n == 0 && !p->closed)
        due = p->last_at;
    return due;
}

bool cap_player_over(const cap_player *p)
{
    return p->counts.failed || p->closed;
}

const cap_player_counts *cap_player_counted(const cap_player *p)
{
    return &p->counts;
}
