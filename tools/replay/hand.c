/*
 * Deeds by their time; and what comes of control blocks. Which session is which is known by order:
 * the sessions that a host has taken, and those that it took in the capture.
 */
#include "tools/replay/hand_impl.h"

#include <stdlib.h>
#include <string.h>

replay_hand *replay_hand_new(const replay_hand_cfg *cfg)
{
    replay_hand *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->mem = cfg->mem;
    h->rng.s = cfg->seed;
    h->profile = cfg->profile;
    h->serves = cfg->serves;
    h->nlanas = cfg->nlanas < 8 ? cfg->nlanas : 8;
    memcpy(h->lana, cfg->lanas, h->nlanas * sizeof *h->lana);
    h->streams.base = PROBES * CONNS;
    return h;
}

void replay_hand_free(replay_hand *h)
{
    if (!h)
        return;
    for (deed *d = h->deeds, *next; d; d = next) {
        next = d->next;
        free(d);
    }
    for (size_t i = 0; i < PROBES; i++)
        if (h->question[i].busy)
            nbt_probe_fini(&h->question[i].probe);
    free(h);
}

void replay_hand_forget(replay_hand *h, nbt_time now)
{
    while (h->deeds && h->deeds->at < now) {
        deed *d = h->deeds;
        h->deeds = d->next;
        free(d);
    }
    for (size_t i = 0; i < PROBES; i++) {
        if (h->question[i].busy)
            nbt_probe_fini(&h->question[i].probe);
        h->question[i].busy = false;
    }
    for (size_t i = 0; i < h->nlistens; i++)
        h->listen[i].held = false;
    for (size_t i = 0; i < h->nown; i++)
        h->own[i].held = false;
    h->busy = h->nsessions = 0;
    replay_streams_clear(&h->streams);
}

/* --- control blocks --------------------------------------------------------------------------- */

static void submit(replay_hand *h, verb what, const nbt_ncb *ncb, nbt_bytes data, nbt_out *out)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_NCB, data.p, data.n);
    act->tag = ++h->tags * TAG_VERBS + what;
    act->ncb = *ncb;
}

static const nbt_bytes nothing;

void replay_hand_start(replay_hand *h, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_RESET };
    if (h->profile->reset_win32) {
        ncb.callname[0] = NBT_SESSIONS_MAX;
        ncb.callname[1] = UINT8_MAX;
        ncb.callname[2] = NBT_NAMES_MAX - 1;
    } else {
        ncb.lsn = NBT_SESSIONS_MAX;
        ncb.num = UINT8_MAX;
    }
    for (size_t i = 0; i < h->nlanas; i++) {
        ncb.lana = h->lana[i].lana;
        submit(h, RESET, &ncb, nothing, out);
    }
}

static void listen(replay_hand *h, const listened *l, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_LISTEN, .lana = l->lana, .callname = "*" };
    memcpy(ncb.name, l->name, NBT_NAME_LEN);
    submit(h, LISTEN, &ncb, nothing, out);
}

static void receive(replay_hand *h, uint8_t lana, uint16_t lsn, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE, .lana = lana, .lsn = lsn, .length = RECEIVE_MAX };
    submit(h, RECEIVE, &ncb, nothing, out);
}

static listened *listen_of(replay_hand *h, uint8_t lana, const uint8_t name[NBT_NAME_LEN])
{
    for (size_t i = 0; i < h->nlistens; i++)
        if (h->listen[i].lana == lana && memcmp(h->listen[i].name, name, NBT_NAME_LEN) == 0)
            return &h->listen[i];
    return NULL;
}

void replay_hand_listen(replay_hand *h, uint8_t lana, const uint8_t name[NBT_NAME_LEN])
{
    if (h->nlistens == LISTENS || listen_of(h, lana, name))
        return;
    listened *l = &h->listen[h->nlistens++];
    *l = (listened){ .lana = lana };
    memcpy(l->name, name, NBT_NAME_LEN);
}

/* --- sessions --------------------------------------------------------------------------------- */

static session *new_session(replay_hand *h)
{
    for (size_t i = 0; i < h->nsessions; i++)
        if (h->session[i].over)
            return memset(&h->session[i], 0, sizeof h->session[i]);
    return h->nsessions < SESSIONS ? &h->session[h->nsessions++] : NULL;
}

session *hand_half(replay_hand *h, bool taken)
{
    for (size_t i = 0; i < h->nsessions; i++) {
        session *s = &h->session[i];
        if (!s->over && !s->tag && (taken ? s->conn && !s->lsn : s->lsn && !s->conn))
            return s;
    }
    return new_session(h);
}

session *hand_session_of(replay_hand *h, uint64_t conn)
{
    for (size_t i = 0; i < h->nsessions; i++)
        if (!h->session[i].over && h->session[i].conn == conn)
            return &h->session[i];
    return NULL;
}

static void taken(replay_hand *h, const nbt_ncb *ncb, nbt_out *out)
{
    session *s = hand_half(h, true);
    listened *l = listen_of(h, ncb->lana, ncb->name);
    if (s) {
        s->lana = ncb->lana;
        s->lsn = ncb->lsn;
    }
    receive(h, ncb->lana, ncb->lsn, out);
    if (l)
        listen(h, l, out);
}

static void connected(replay_hand *h, uint32_t tag, const nbt_ncb *ncb, bool good, nbt_out *out)
{
    for (size_t i = 0; i < h->nsessions; i++) {
        session *s = &h->session[i];
        if (s->over || s->tag != tag)
            continue;
        s->lsn = ncb->lsn;
        s->over = !good;
        if (good)
            receive(h, ncb->lana, ncb->lsn, out);
        return;
    }
}

static void over(replay_hand *h, const nbt_ncb *ncb)
{
    for (size_t i = 0; i < h->nsessions; i++)
        if (h->session[i].lana == ncb->lana && h->session[i].lsn == ncb->lsn)
            h->session[i].over = true;
}

/* --- names ------------------------------------------------------------------------------------ */

owned *hand_own(replay_hand *h, uint8_t lana, const uint8_t name[NBT_NAME_LEN])
{
    for (size_t i = 0; i < h->nown; i++)
        if (h->own[i].lana == lana && memcmp(h->own[i].name, name, NBT_NAME_LEN) == 0)
            return &h->own[i];
    return NULL;
}

static void will_own(replay_hand *h, uint8_t lana, const uint8_t name[NBT_NAME_LEN])
{
    if (h->nown == OWN || hand_own(h, lana, name))
        return;
    h->own[h->nown].lana = lana;
    h->own[h->nown].held = false;
    memcpy(h->own[h->nown++].name, name, NBT_NAME_LEN);
}

static void own(replay_hand *h, const nbt_ncb *ncb, bool good)
{
    owned *o = hand_own(h, ncb->lana, ncb->name);
    if (o && good)
        o->held = true;
    else if (o && !o->held)
        *o = h->own[--h->nown];
}

static void hand_ncb(void *obj, nbt_time now, nbt_ipc_kind kind, uint32_t tag, const nbt_ncb *ncb,
                     nbt_bytes data, nbt_out *out)
{
    replay_hand *h = obj;
    bool good = ncb->retcode == NBT_NRC_GOODRET || ncb->retcode == NBT_NRC_INCOMP;
    listened *l;
    (void)now;
    (void)data;
    if (kind != NBT_IPC_DONE)
        return;
    switch ((verb)(tag % TAG_VERBS)) {
    case ADD:
        own(h, ncb, good);
        if (good && (l = listen_of(h, ncb->lana, ncb->name)) && !l->held) {
            l->held = true;
            listen(h, l, out);
        }
        break;
    case LISTEN:
        if (good)
            taken(h, ncb, out);
        break;
    case CALL:
        connected(h, tag, ncb, good, out);
        break;
    case RECEIVE:
        if (good)
            receive(h, ncb->lana, ncb->lsn, out);
        else
            over(h, ncb);
        break;
    case RESET:
    case DELETE:
    case FIND:
    case SEND:
    case HANGUP:
    case ASK:
    case DATAGRAM:
    case STREAM_OPEN:
    case STREAM_SEND:
    case STREAM_CLOSE:
    case STREAM_ABORT:
        break;
    }
}

/* --- questions -------------------------------------------------------------------------------- */

/* Of somebody who is no node, or of one host alone. */
static void ask(replay_hand *h, nbt_time now, const deed *d, nbt_out *out)
{
    const nbt_profile *p = h->profile;
    asked a;
    memcpy(&a, d->data, sizeof a);
    nbt_probe_cfg cfg = { .mem = h->mem,
                          .seed = nbt_rng_u64(&h->rng),
                          .profile = p,
                          .kind = a.kind,
                          .name = a.name,
                          .ip = h->lana[d->lana].ip,
                          .port = a.port,
                          .broadcast = a.to_all,
                          .subnet = h->lana[d->lana].broadcast,
                          .server = a.to_all ? 0 : a.at,
                          .bcast = { p->bcast_count, p->bcast_timeout },
                          .ucast = { p->ucast_count, p->ucast_timeout } };
    question *q = h->question;
    while (q < h->question + PROBES && q->busy)
        q++;
    if (q == h->question + PROBES)
        return;
    q->busy = true;
    h->busy++;
    if (!nbt_probe_init(&q->probe, &cfg, now, out))
        out->failed = true;
}

/* Each counts its connections from 0 on; here so many of them begin at another number. */
static void own_conns(const replay_hand *h, const question *q, size_t from, nbt_out *out)
{
    for (size_t i = from; i < out->n; i++)
        if (out->acts[i].kind != NBT_ACT_SEND)
            out->acts[i].conn += (uint32_t)((q - h->question) * CONNS);
}

static void hand_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                    nbt_out *out)
{
    replay_hand *h = obj;
    nbt_probe_got got;
    (void)lana;
    if (h->busy == 0)
        return;
    for (question *q = h->question; q < h->question + PROBES; q++)
        if (q->busy && q->probe.cfg.port == to.port) {
            size_t from_act = out->n;
            (void)nbt_probe_rx(&q->probe, now, from, data, &got, out);
            own_conns(h, q, from_act, out);
        }
}

static void tick_questions(replay_hand *h, nbt_time now, nbt_out *out)
{
    for (question *q = h->question; h->busy && q < h->question + PROBES; q++) {
        if (!q->busy)
            continue;
        size_t from = out->n;
        nbt_probe_tick(&q->probe, now, out);
        own_conns(h, q, from, out);
        if (nbt_probe_over(&q->probe)) {
            nbt_probe_fini(&q->probe);
            q->busy = false;
            h->busy--;
        }
    }
}

/* --- deeds ------------------------------------------------------------------------------------ */

deed *hand_plan(replay_hand *h, nbt_time at, verb what, uint8_t lana, nbt_bytes data)
{
    deed *d = calloc(1, sizeof *d + data.n), **before = &h->deeds;
    if (!d)
        return NULL;
    *d = (deed){ .at = at, .what = what, .lana = lana, .n = data.n };
    if (data.n > 0)
        memcpy(d->data, data.p, data.n);
    while (*before && (*before)->at <= at)
        before = &(*before)->next;
    d->next = *before;
    *before = d;
    return d;
}

void hand_plan_name(replay_hand *h, nbt_time at, verb what, uint8_t lana,
                    const uint8_t name[NBT_NAME_LEN], bool group)
{
    if (what == ADD)
        will_own(h, lana, name);
    deed *d = hand_plan(h, at, what, lana, nothing);
    if (!d)
        return;
    d->group = group;
    memcpy(d->name, name, NBT_NAME_LEN);
}

void replay_hand_add(replay_hand *h, nbt_time now, uint8_t lana, const uint8_t name[NBT_NAME_LEN],
                     bool group)
{
    hand_plan_name(h, now, ADD, lana, name, group);
}

static void by_name(replay_hand *h, const deed *d, uint8_t command, nbt_out *out)
{
    nbt_ncb ncb = { .command = command, .lana = d->lana };
    memcpy(d->what == FIND ? ncb.callname : ncb.name, d->name, NBT_NAME_LEN);
    if (d->what == FIND)
        ncb.length = RECEIVE_MAX;
    submit(h, d->what, &ncb, nothing, out);
}

static void on_session(replay_hand *h, const deed *d, nbt_out *out)
{
    session *s = hand_session_of(h, d->conn);
    if (!s)
        return;
    if (!s->lsn) { /* that of the capture ends, and never was here: the next one is not it */
        s->over = d->what == HANGUP && !s->tag;
        return;
    }
    nbt_ncb ncb = { .command = d->what == SEND ? NBT_NCB_SEND : NBT_NCB_HANGUP,
                    .lana = s->lana,
                    .lsn = s->lsn,
                    .length = (uint32_t)d->n };
    submit(h, d->what, &ncb, (nbt_bytes){ d->data, d->n }, out);
}

/* Its data is the name that is called. */
static void call(replay_hand *h, const deed *d, nbt_out *out)
{
    session *s = new_session(h);
    if (!s)
        return;
    nbt_ncb ncb = { .command = NBT_NCB_CALL, .lana = d->lana };
    memcpy(ncb.name, d->name, NBT_NAME_LEN);
    memcpy(ncb.callname, d->data, NBT_NAME_LEN);
    submit(h, CALL, &ncb, nothing, out);
    *s = (session){ .conn = d->conn, .lana = d->lana, .tag = h->tags * TAG_VERBS + CALL };
}

/* Its data is whom it is for, and what is said. A program waits until its name is added. */
static void datagram(replay_hand *h, nbt_time now, const deed *d, nbt_out *out)
{
    enum { TRIES = 200 };
    const owned *o = hand_own(h, d->lana, d->name);
    if (!o)
        return;
    if (!o->held) {
        deed *again = d->tries < TRIES ? hand_plan(h, now + NBT_MS(50), DATAGRAM, d->lana,
                                                   (nbt_bytes){ d->data, d->n })
                                       : NULL;
        if (!again)
            return;
        again->tries = d->tries + 1;
        again->group = d->group;
        memcpy(again->name, d->name, NBT_NAME_LEN);
        return;
    }
    nbt_ncb ncb = { .command = d->group ? NBT_NCB_SEND_BROADCAST : NBT_NCB_SEND_DATAGRAM,
                    .lana = d->lana,
                    .num = NBT_NUM_NAMED,
                    .length = (uint32_t)(d->n - NBT_NAME_LEN) };
    memcpy(ncb.name, d->name, NBT_NAME_LEN);
    memcpy(ncb.callname, d->data, NBT_NAME_LEN);
    submit(h, DATAGRAM, &ncb, (nbt_bytes){ d->data + NBT_NAME_LEN, d->n - NBT_NAME_LEN }, out);
}

static void carry_out(replay_hand *h, nbt_time now, const deed *d, nbt_out *out)
{
    switch (d->what) {
    case ADD:
        by_name(h, d, d->group ? NBT_NCB_ADD_GROUP_NAME : NBT_NCB_ADD_NAME, out);
        break;
    case DELETE:
        by_name(h, d, NBT_NCB_DELETE_NAME, out);
        break;
    case FIND:
        by_name(h, d, NBT_NCB_FIND_NAME, out);
        break;
    case SEND:
    case HANGUP:
        on_session(h, d, out);
        break;
    case ASK:
        ask(h, now, d, out);
        break;
    case CALL:
        call(h, d, out);
        break;
    case DATAGRAM:
        datagram(h, now, d, out);
        break;
    case STREAM_OPEN:
        replay_streams_open(&h->streams, d->conn, d->from, d->to, out);
        break;
    case STREAM_SEND:
        replay_streams_send(&h->streams, d->conn, (nbt_bytes){ d->data, d->n }, out);
        break;
    case STREAM_CLOSE:
    case STREAM_ABORT:
        replay_streams_close(&h->streams, d->conn, d->what == STREAM_ABORT, out);
        break;
    case RESET:
    case LISTEN:
    case RECEIVE:
        break;
    }
}

/* --- time ------------------------------------------------------------------------------------- */

static void hand_tick(void *obj, nbt_time now, nbt_out *out)
{
    replay_hand *h = obj;
    while (h->deeds && h->deeds->at <= now) {
        deed *d = h->deeds;
        h->deeds = d->next;
        carry_out(h, now, d, out);
        free(d);
    }
    tick_questions(h, now, out);
}

static nbt_time hand_due(const void *obj)
{
    const replay_hand *h = obj;
    nbt_time due = h->deeds ? h->deeds->at : NBT_NEVER;
    for (const question *q = h->question; h->busy && q < h->question + PROBES; q++)
        if (q->busy)
            due = nbt_time_min(due, nbt_probe_due(&q->probe));
    return due;
}

/* Answers that did not fit come by TCP; a question knows its own connection. */
static void hand_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    replay_hand *h = obj;
    nbt_probe_got got;
    if (replay_streams_tcp(&h->streams, ev))
        return;
    for (question *q = h->question; q < h->question + PROBES; q++) {
        nbt_tcp_ev own = *ev;
        size_t from_act = out->n, first = (size_t)(q - h->question) * CONNS;
        if (!q->busy || ev->conn < first || ev->conn >= first + CONNS)
            continue;
        own.conn -= (uint32_t)first;
        (void)nbt_probe_tcp(&q->probe, now, &own, &got, out);
        own_conns(h, q, from_act, out);
    }
}

static void hand_gone(void *obj, nbt_time now, uint32_t proc, nbt_out *out)
{
    (void)obj;
    (void)now;
    (void)proc;
    (void)out;
}

const nbt_simnet_ops replay_hand_ops = { .rx = hand_rx,
                                         .tcp = hand_tcp,
                                         .ncb = hand_ncb,
                                         .gone = hand_gone,
                                         .tick = hand_tick,
                                         .due = hand_due };

void replay_hand_call(replay_hand *h, nbt_time at, uint8_t lana, uint64_t conn,
                      const uint8_t from[NBT_NAME_LEN], const uint8_t to[NBT_NAME_LEN])
{
    deed *d = hand_plan(h, at, CALL, lana, (nbt_bytes){ to, NBT_NAME_LEN });
    if (!d)
        return;
    d->conn = conn;
    memcpy(d->name, from, NBT_NAME_LEN);
}
