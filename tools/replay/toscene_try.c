/*
 * The scenario run once: what the other side was to say by itself and did not say is said by steps,
 * as it stands in the capture.
 */
#include "tools/replay/toscene_impl.h"

#include "rc/ear.h"
#include "tools/scene/simrun.h"

#include <stdlib.h>
#include <string.h>

/* What comes so soon after the first thing that is wrong is mended with it; the rest may have come
 * of that. */
static const nbt_time together = NBT_MS(20);

/* How late a CALL may be, and what is said on its session. */
#define WAIT_MOST NBT_MS(320)
#define LATE_MOST NBT_MS(320)

/* --- what is too much ------------------------------------------------------------------------- */

typedef struct listener {
    replay_toscene *t;
    nbt_time first; /* when something is too much, since the capture's first message */
    size_t had;     /* so much was not to be heard before */
    rc_ear *ear;    /* of segments over UDP; NULL: there were none yet */
} listener;

enum { EAR_STREAMS = 64 };

static bool is_answer(nbt_ns_kind kind, const nbt_ns *ns)
{
    return ns->word & NBT_NS_R || kind == NBT_NS_CONFLICT_DEMAND;
}

static bool was_said(const replay_toscene *t, const toscene_hush *h, const nbt_name *name)
{
    for (size_t i = 0; i < t->nsaid; i++) {
        const toscene_said *s = &t->said[i];
        if (s->from.ip == h->from && s->to.ip == h->to && s->service == NBT_SERVICE_NAME &&
            !s->bad && s->kind == h->kind && s->named &&
            memcmp(s->name.b, name->b, NBT_NAME_LEN) == 0)
            return true;
    }
    return false;
}

static bool is_hushed(const replay_toscene *t, const toscene_hush *h)
{
    for (size_t i = 0; i < t->nhushes; i++)
        if (t->hush[i].from == h->from && t->hush[i].to == h->to && t->hush[i].kind == h->kind &&
            strcmp(t->hush[i].name, h->name) == 0)
            return true;
    return false;
}

/* An answer that the capture does not have changes what comes behind it; one that is lost does not.
 */
static void hush(listener *l, const nbt_simframe *f, const nbt_msg *m, const nbt_name *name)
{
    replay_toscene *t = l->t;
    const toscene_host *from = toscene_find(t, f->from.ip);
    toscene_hush h = { f->from.ip, f->to.ip, nbt_ns_kind_of(&m->u.ns), "" };
    if (!from || from->role == TOSCENE_SENDER || !toscene_find(t, f->to.ip) ||
        (l->first < NBT_NEVER && f->at - t->lead > l->first + together) ||
        f->from.port != NBT_PORT_NS || !is_answer(h.kind, &m->u.ns) || was_said(t, &h, name) ||
        t->nhushes == TOSCENE_HUSHES_MAX)
        return;
    nbt_name_print(name, h.name, sizeof h.name);
    if (is_hushed(t, &h))
        return;
    t->hush[t->nhushes++] = h;
    l->first = l->first == NBT_NEVER ? f->at - t->lead : l->first;
}

/* --- remote control --------------------------------------------------------------------------- */

static rc_framer *framer_of(replay_toscene *t, const nbt_simframe *f)
{
    for (size_t i = t->nstreams; i > 0; i--) {
        toscene_stream *s = &t->stream[i - 1];
        if (nbt_ep_eq(s->from, f->from) && nbt_ep_eq(s->to, f->to))
            return &s->framer;
    }
    t->stream = toscene_grow(t, t->stream, &t->streams_cap, t->nstreams, sizeof *t->stream);
    if (t->failed)
        return NULL;
    toscene_stream *s = &t->stream[t->nstreams++];
    *s = (toscene_stream){ .from = f->from, .to = f->to };
    rc_framer_init(&s->framer);
    return &s->framer;
}

static toscene_heard *heard_at(const replay_toscene *t, uint32_t from, uint32_t to,
                               rc_msg_type type)
{
    for (size_t i = 0; i < t->nheards; i++)
        if (t->heard[i].from == from && t->heard[i].to == to && t->heard[i].type == type)
            return &t->heard[i];
    return NULL;
}

static void note_heard(replay_toscene *t, uint32_t from, uint32_t to, rc_msg_type type)
{
    toscene_heard *had = heard_at(t, from, to, type);
    if (had) {
        had->times++;
        return;
    }
    t->heard = toscene_grow(t, t->heard, &t->heards_cap, t->nheards, sizeof *t->heard);
    if (!t->failed)
        t->heard[t->nheards++] = (toscene_heard){ from, to, type, 1 };
}

/* Nothing is lost or late on this network: a stream's octets come in their order. */
static void hear_rc(replay_toscene *t, const nbt_simframe *f)
{
    rc_framer *framer = framer_of(t, f);
    nbt_bytes in = f->data, msg;
    while (framer && rc_framer_next(framer, &in, &msg) == RC_FRAMED_MSG) {
        rc_packet p;
        if (rc_packet_rd(&p, msg.p, msg.n))
            note_heard(t, f->from.ip, f->to.ip, p.m.type);
    }
}

/* The same over UDP, where a segment may come twice. */
static void hear_segment(listener *l, const nbt_simframe *f)
{
    rc_packet p;
    rc_ear_piece piece;
    uint32_t behind;
    if (!rc_packet_rd_segment(&p, f->data.p, f->data.n))
        return;
    if (!l->ear)
        l->ear = rc_ear_new(l->t->cfg.mem, EAR_STREAMS);
    l->t->failed = l->t->failed || !l->ear;
    if (l->ear)
        rc_ear_put(l->ear, f->from, f->to, &p.seg, 0, &behind);
    while (l->ear && rc_ear_next(l->ear, &piece))
        if (piece.kind == RC_EAR_MESSAGE && rc_packet_rd(&p, piece.bytes.p, piece.bytes.n))
            note_heard(l->t, f->from.ip, f->to.ip, p.m.type);
}

static void find_missing_rc(replay_toscene *t, bool *missing)
{
    for (size_t i = 0; i < t->nsaid; i++) {
        const toscene_said *s = &t->said[i];
        if (!toscene_rc_is_said(t, s))
            continue;
        toscene_heard *heard = heard_at(t, s->from.ip, s->to.ip, (rc_msg_type)s->kind);
        if (heard && heard->times > 0)
            heard->times--;
        else
            missing[i] = true;
    }
}

/* As with a call; what comes by itself and has not come so often is left out. */
static void change_talk(toscene_talk *k, toscene_said *s)
{
    bool begins = s->kind <= RC_MSG_OPENED;
    if (k->changed)
        return;
    k->changed = true;
    if (begins && k->wait < WAIT_MOST)
        k->wait = k->wait ? 4 * k->wait : NBT_MS(5);
    else if (begins)
        k->left_out = true;
    else if (s->kind == RC_MSG_KEYS && k->late < LATE_MOST)
        k->late = k->late ? 4 * k->late : NBT_MS(5);
    else
        s->by = TOSCENE_LEFT_OUT;
}

/* --- what comes ------------------------------------------------------------------------------- */

static uint64_t hear(void *ctx, const nbt_simframe *f)
{
    listener *l = ctx;
    replay_toscene *t = l->t;
    nbt_msg m;
    bool rc = rc_is_port(f->from.port) || rc_is_port(f->to.port);
    if (rc && f->kind == NBT_SIMFRAME_DATA)
        hear_rc(t, f);
    else if (rc && f->kind == NBT_SIMFRAME_UDP)
        hear_segment(l, f);
    if (f->kind != NBT_SIMFRAME_UDP || f->at < t->lead ||
        (f->from.port != NBT_PORT_NS && f->to.port != NBT_PORT_NS) ||
        !nbt_msg_rd(&m, NBT_SERVICE_NAME, f->data.p, f->data.n))
        return 0;
    const nbt_name *name = nbt_msg_name(&m);
    t->seen = toscene_grow(t, t->seen, &t->seen_cap, t->nseen, sizeof *t->seen);
    if (t->failed || !name || name->form != NBT_NAME_NETBIOS)
        return 0;
    t->seen[t->nseen++] = (toscene_seen){ .at = f->at - t->lead,
                                          .from = f->from,
                                          .to = f->to,
                                          .kind = nbt_ns_kind_of(&m.u.ns),
                                          .rcode = nbt_ns_rcode(&m.u.ns),
                                          .name = *name };
    hush(l, f, &m, name);
    return 0;
}

/* --- what is missing -------------------------------------------------------------------------- */

/* Of whom nothing is expected is none of ours. */
static bool demote(replay_toscene *t)
{
    bool any = false;
    for (size_t i = 0; i < t->nhosts; i++) {
        toscene_host *h = &t->host[i];
        if (h->role == TOSCENE_SENDER || h->calls || h->expected > 0)
            continue;
        h->role = TOSCENE_SENDER;
        any = true;
    }
    return any;
}

/* What goes over a stream cannot be sent by hand. One thing is changed about a session at a time:
 * it begins later; its names are there earlier; what is said comes later; a message is left out,
 * or, without its beginning, all of it. */
static void change_call(toscene_call *c, toscene_said *s, size_t i)
{
    bool begins = i == c->request || i == c->answer || i == c->query;
    if (c->changed)
        return;
    c->changed = true;
    if (begins && c->taken && c->wait < WAIT_MOST)
        c->wait = c->wait ? 4 * c->wait : NBT_MS(20);
    else if (begins && c->taken && !c->early) {
        c->early = true;
        c->wait = 0;
    } else if (begins)
        c->left_out = true;
    else if (c->late < LATE_MOST)
        c->late = c->late ? 4 * c->late : NBT_MS(5);
    else
        s->by = TOSCENE_LEFT_OUT;
}

/* It has come in this run, once for each time that it is in the capture. */
static bool has_come(replay_toscene *t, const toscene_said *s, bool by_step)
{
    nbt_time from = s->at, until = s->at;
    if (!by_step)
        toscene_window(t, s, &from, &until);
    for (size_t i = 0; i < t->nseen; i++) {
        toscene_seen *seen = &t->seen[i];
        if (seen->used || seen->at < from || seen->at > until || seen->kind != s->kind ||
            seen->rcode != s->rcode || !nbt_ep_eq(seen->from, s->from) ||
            !nbt_ep_eq(seen->to, s->to) || !nbt_name_eq(&seen->name, &s->name))
            continue;
        seen->used = true;
        return true;
    }
    return false;
}

/* Of what is by a step, and of what is by a computer or a server of ours: the latter may have not
 * come. */
static void find_missing(replay_toscene *t, bool by_step, bool *missing)
{
    for (size_t i = 0; i < t->nsaid; i++) {
        const toscene_said *s = &t->said[i];
        const toscene_host *h = toscene_find(t, s->from.ip);
        bool step = !h || h->role == TOSCENE_SENDER || s->now == TOSCENE_BY_STEP;
        if (s->tcp || s->bad || !s->named || s->service != NBT_SERVICE_NAME || step != by_step ||
            (!step && s->first != TOSCENE_NONE))
            continue;
        if (!has_come(t, s, by_step) && !by_step)
            missing[i] = true;
    }
}

static bool change(replay_toscene *t, bool *missing, listener *l)
{
    nbt_time first = NBT_NEVER;
    find_missing(t, true, missing);
    find_missing(t, false, missing);
    find_missing_rc(t, missing);
    for (size_t i = 0; i < t->nsaid; i++)
        if (missing[i])
            first = nbt_time_min(first, t->said[i].at);
    if (l->first < NBT_NEVER && l->first <= first)
        return true; /* it is hushed, and may be why the other is missing */
    t->nhushes = l->had;
    for (size_t i = 0; i < t->ncalls; i++)
        t->call[i].changed = false;
    for (size_t i = 0; i < t->ntalks; i++)
        t->talk[i].changed = false;
    for (size_t i = 0; first < NBT_NEVER && i < t->nsaid; i++) {
        toscene_said *s = &t->said[i];
        if (!missing[i] || s->at > first + together)
            continue;
        bool calls = s->call != TOSCENE_NONE && toscene_ssn_is_said(t, &t->call[s->call]);
        if (s->rc)
            change_talk(&t->talk[s->talk], s);
        else if (s->tcp || calls)
            change_call(&t->call[s->call], s, i);
        else
            s->by = TOSCENE_BY_STEP;
    }
    return first < NBT_NEVER || demote(t);
}

/* By message, whether what is expected of it has not come. NULL: no memory. */
static bool *find_unheld(const replay_toscene *t, const scene *s, const simrun *r)
{
    bool *unheld = calloc(t->nsaid + 1, sizeof *unheld);
    for (uint32_t i = 0; unheld && i < s->nexpects && i < t->nexpects; i++)
        unheld[t->expect[i]] = !scene_judge_held(r->judge, i);
    return unheld;
}

bool toscene_try(replay_toscene *t, const scene *s)
{
    simrun r;
    listener l = { .t = t, .first = NBT_NEVER, .had = t->nhushes };
    simrun_cfg cfg = { .mem = t->cfg.mem, .scene = s, .seed = 1, .ctx = &l, .frame = hear };
    t->nseen = t->nstreams = t->nheards = 0;
    bool good = simrun_init(&r, &cfg);
    while (good && !simrun_go(&r, 1000))
        continue;
    bool *missing = good ? find_unheld(t, s, &r) : NULL;
    t->failed = t->failed || !missing || simrun_failed(&r);
    bool changed = !t->failed && change(t, missing, &l);
    free(missing);
    simrun_fini(&r);
    rc_ear_free(l.ear);
    return !changed;
}
