/*
 * Datagrams that come, or are expected; and what is said of either in the end.
 */
#include "capture/replay_impl.h"

#include <assert.h>
#include <string.h>

/* --- what comes ------------------------------------------------------------------------------- */

/* Whether two differ in nothing but the id, whose place is given. */
static bool same_but_id(nbt_bytes a, nbt_bytes b, int id_at)
{
    size_t behind = (size_t)(id_at + 2);
    if (a.n != b.n || id_at < 0)
        return false;
    return (id_at == 0 || memcmp(a.p, b.p, (size_t)id_at) == 0) &&
           memcmp(a.p + behind, b.p + behind, a.n - behind) == 0;
}

/* Of those that it could be: the same octets, the same way (from the same host, to all or to one),
 * the same host, the oldest. */
static uint32_t best(const cap_notes *among, const cap_note *like)
{
    enum { LOOKS = 64 };
    uint32_t first = cap_notes_find(among, like->key), host = 0, way = 0;
    int id_at = cap_id_at(play_service(like->carry), like->bytes.n);
    int looks = 0;
    for (uint32_t i = first; i && looks < LOOKS; i = cap_notes_more(among, i), looks++) {
        const cap_note *n = cap_notes_at(among, i);
        if (n->from.ip != like->from.ip)
            continue;
        if (!host)
            host = i;
        if (n->to_all != like->to_all)
            continue;
        if (!way)
            way = i;
        if (same_but_id(n->bytes, like->bytes, id_at))
            return i;
    }
    return way ? way : host ? host : first;
}

void play_expect_datagram(cap_player *p, nbt_time now, const cap_move *m)
{
    nbt_bytes b = play_map(p, m);
    if (p->counts.failed)
        return;
    cap_role role;
    cap_note n = { .carry = play_carry(m), .bytes = b };
    nbt_service service = play_service(n.carry);
    int id_at = cap_id_at(service, b.n);
    uint32_t to = m->to_all ? UINT32_MAX : cap_map_ip(p->cfg.map, m->to.ip);
    n.key = cap_key(service, b, to, &role);
    n.asks = role != CAP_ROLE_ANSWERS;
    if (id_at >= 0)
        n.whose = cap_key_id(service, role == CAP_ROLE_ANSWERS ? m->to.ip : m->from.ip,
                             cap_id_get(b.p, id_at));
    if (role == CAP_ROLE_ANSWERS) {
        play_salt(p, p->mapped, id_at);
        n.key = cap_key(service, b, to, &role);
    }
    uint32_t at = play_expect(p, now, m, &n);
    uint32_t early = at ? best(&p->stray, cap_notes_at(&p->open, at)) : 0;
    if (!early)
        return;
    play_settle(p, at, cap_notes_at(&p->stray, early));
    cap_notes_drop(&p->stray, early);
}

static bool is_ours(const cap_player *p, uint32_t ip)
{
    return play_adapter(p, ip) < p->cfg.nours;
}

static bool is_theirs(const cap_player *p, uint32_t ip)
{
    for (size_t i = 0; i < p->cfg.ntheirs; i++)
        if (p->cfg.theirs[i] == ip)
            return true;
    return p->cfg.ntheirs == 0;
}

/* Broadcasts are heard by each adapter of a network, and come to the first of them. */
static bool heard_before(const cap_player *p, uint8_t lana)
{
    for (size_t i = 0; i < lana; i++)
        if (p->cfg.broadcast[i] == p->cfg.broadcast[lana])
            return true;
    return false;
}

void cap_player_rx(cap_player *p, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to,
                   nbt_bytes data, nbt_out *out)
{
    assert(lana < p->cfg.nours);
    bool all = to.ip == p->cfg.broadcast[lana] || to.ip == UINT32_MAX;
    if (is_ours(p, from.ip) || (all && heard_before(p, lana)))
        return;
    if (!is_theirs(p, from.ip)) {
        p->counts.strangers++;
        return;
    }
    cap_role role;
    cap_note n = { .kind = CAP_MOVE_DATAGRAM,
                   .carry = to.port == NBT_PORT_DGM ? CAP_CARRY_DATAGRAM : CAP_CARRY_NAME,
                   .when = now,
                   .to_all = all,
                   .from = from,
                   .to = to,
                   .bytes = data };
    if (from.port == NBT_PORT_DGM && to.port != NBT_PORT_NS)
        n.carry = CAP_CARRY_DATAGRAM;
    n.key = cap_key(play_service(n.carry), data, all ? UINT32_MAX : to.ip, &role);
    n.asks = role != CAP_ROLE_ANSWERS;
    uint32_t open = best(&p->open, &n);
    if (open)
        play_settle(p, open, &n);
    else
        play_stray(p, now, &n);
    play_try(p, now, out);
}

/* --- what is said of it ----------------------------------------------------------------------- */

/* Who asked here, and how, so that it can be answered; of an answer to us, that it came. */
static void learn(cap_player *p, const cap_note *want, const cap_note *got)
{
    if (want->carry == CAP_CARRY_RC || !want->whose)
        return;
    int id_at = cap_id_at(play_service(want->carry), got->bytes.n);
    if (id_at < 0)
        return;
    if (!want->asks) {
        play_talk *ours = play_talk_at(p->ours, want->whose);
        if (ours->key == want->whose)
            ours->came++;
        return;
    }
    play_talk *theirs = play_talk_at(p->theirs, want->whose);
    bool answered = theirs->key == want->whose && theirs->answered;
    *theirs = (play_talk){ .key = want->whose,
                           .peer = got->from,
                           .id = cap_id_get(got->bytes.p, id_at),
                           .answered = answered };
}

void play_settle(cap_player *p, uint32_t open, const cap_note *got)
{
    cap_note *want = cap_notes_at(&p->open, open);
    bool message = got->kind == CAP_MOVE_DATAGRAM || got->kind == CAP_MOVE_MESSAGE;
    int id_at = -1;
    if (message && want->carry != CAP_CARRY_RC && want->asks)
        id_at = cap_id_at(play_service(want->carry), want->bytes.n);
    if (message)
        learn(p, want, got);
    if (id_at >= 0 && got->bytes.n >= (size_t)id_at + 2)
        cap_id_set(want->mem, id_at, cap_id_get(got->bytes.p, id_at));
    nbt_time late = got->when - want->when;
    cap_came v = play_differs(p, want, got) ? CAP_DIFFERENT
                 : late > p->cfg.late       ? CAP_LATE
                                            : CAP_MATCHED;
    p->missed = 0;
    p->counts.of[v]++;
    if (v != CAP_MATCHED || p->cfg.all) {
        cap_result r = play_result(want, v, got->when);
        r.late = late;
        r.got = got->bytes;
        r.from = got->from;
        r.to = got->to;
        r.diff = v == CAP_DIFFERENT ? p->diff.s : "";
        play_tell(p, &r);
    }
    if (want->time >= p->last_time) {
        p->last_time = want->time;
        p->last_at = got->when;
    }
    play_fate_set(p, want->seq, want->time, got->when, 0);
    cap_notes_drop(&p->open, open);
}

/* A request is not repeated when it was answered before its time. */
static bool was_unneeded(cap_player *p, const cap_note *want)
{
    const play_talk *theirs = play_talk_at(p->theirs, want->whose);
    return want->repeats && want->whose && theirs->key == want->whose && theirs->answered;
}

void play_miss(cap_player *p, nbt_time now, uint32_t open)
{
    const cap_note *want = cap_notes_at(&p->open, open);
    if (was_unneeded(p, want)) {
        p->counts.unneeded++;
    } else {
        cap_result r = play_result(want, CAP_MISSING, now);
        p->missed++;
        p->counts.of[CAP_MISSING]++;
        play_tell(p, &r);
    }
    play_fate_set(p, want->seq, want->time, now, 0);
    cap_notes_drop(&p->open, open);
}

uint32_t play_stray(cap_player *p, nbt_time now, cap_note *note)
{
    while (p->stray.n >= CAP_STRAY_MAX) {
        uint32_t oldest = cap_notes_soonest(&p->stray);
        if (cap_notes_at(&p->stray, oldest)->conn)
            play_conn_strays(p, oldest);
        else
            play_unexpected(p, oldest);
    }
    note->when = now;
    note->until = now + 2 * p->cfg.patience;
    uint32_t at = cap_notes_add(&p->stray, note);
    if (!at)
        p->counts.failed = true;
    return at;
}

/* Whoever is asked twice may answer twice. */
static bool came_again(cap_player *p, const cap_note *got)
{
    if (got->asks || got->kind != CAP_MOVE_DATAGRAM)
        return false;
    nbt_service service = play_service(got->carry);
    int id_at = cap_id_at(service, got->bytes.n);
    if (id_at < 0)
        return false;
    uint16_t id = (uint16_t)(cap_id_get(got->bytes.p, id_at) - p->cfg.map->salt);
    uint64_t key = cap_key_id(service, cap_map_ip_back(p->cfg.map, got->to.ip), id);
    play_talk *ours = play_talk_at(p->ours, key);
    if (ours->key != key || ours->came == 0 || ours->came >= ours->sent)
        return false;
    ours->came++;
    return true;
}

void play_unexpected(cap_player *p, uint32_t stray)
{
    const cap_note *got = cap_notes_at(&p->stray, stray);
    if (came_again(p, got)) {
        p->counts.again++;
    } else {
        p->counts.of[CAP_UNEXPECTED]++;
        play_tell(p, &(cap_result){ .verdict = CAP_UNEXPECTED,
                                    .at = got->when,
                                    .kind = got->kind,
                                    .carry = got->carry,
                                    .from = got->from,
                                    .to = got->to,
                                    .got = got->bytes,
                                    .diff = "" });
    }
    cap_notes_drop(&p->stray, stray);
}
