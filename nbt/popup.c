/*
 * Messages that pop up, taken and sent. One session carries one message, in one block or in
 * several, and each block is answered before the next one comes.
 */
#include "nbt/popup.h"
#include "nbt/dgm.h"
#include "nbt/mem.h"
#include "nbt/prog.h"

#include <assert.h>
#include <string.h>

enum {
    GUESTS = 4, /* sessions at a time; ours */
    MESSENGER = 0x03,
    REFUSED = 0x00020001, /* ERRDOS, 2: "not found", for a text that belongs to no message; ours */
};
#define PATIENCE NBT_S(30) /* with a session in which nothing is said; ours */
#define PAUSE NBT_S(1)     /* before a LISTEN or RECEIVE that failed; ours */

typedef enum state { IDLE, NAMING, CLAIMING, TAKING, CALLING, TALKING, SLOT, OVER } state;

/* Somebody who sends us a message; or, when sending, whom we talk to. */
typedef struct guest {
    uint16_t lsn; /* 0: none */
    uint32_t receive, send;
    nbt_time due;
    uint16_t group; /* of a message in several blocks; 0: none */
    char from[NBT_NAME_LEN], to[NBT_NAME_LEN];
    uint8_t text[NBT_MESSENGER_TEXT_MAX];
    size_t n;
} guest;

struct nbt_popup {
    nbt_mem mem;
    nbt_popup_cfg cfg;
    char machine[NBT_NAME_LEN], to[NBT_NAME_LEN];
    uint8_t own[NBT_NAME_LEN]; /* <03>, or <00> where that cannot be had */
    state state;
    nbt_prog_tags tags;
    nbt_prog_ask ask;
    uint32_t listen, slot; /* tags */
    nbt_time due;          /* when those that failed are asked for again */
    uint16_t groups;       /* the last message group ID given */
    guest guests[GUESTS];
    size_t sent;               /* of the text */
    nbt_messenger_kind saying; /* which of our own messages is to be answered */
};

const char *nbt_popup_app_str(nbt_popup_app app)
{
    switch (app) {
    case NBT_POPUP_READY:
        return "ready";
    case NBT_POPUP_MESSAGE:
        return "message";
    case NBT_POPUP_SENT:
        return "sent";
    case NBT_POPUP_ERROR:
        return "error";
    case NBT_POPUP_EXIT:
        return "exit";
    }
    return "";
}

static nbt_act *emit(nbt_out *out, nbt_popup_app app, int64_t value, const void *data, size_t n)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_APP, data, n);
    act->app = app;
    act->value = value;
    return act;
}

static nbt_bytes text_of(const char *s)
{
    return (nbt_bytes){ (const uint8_t *)s, strlen(s) };
}

static void make_name(uint8_t b[NBT_NAME_LEN], const char *text, uint8_t suffix)
{
    nbt_name name;
    bool made = nbt_name_make(&name, text, strlen(text), suffix);
    assert(made);
    (void)made;
    memcpy(b, name.b, NBT_NAME_LEN);
}

nbt_popup *nbt_popup_new(nbt_mem mem, const nbt_popup_cfg *cfg)
{
    size_t machine = cfg->machine ? strlen(cfg->machine) : 0, to = cfg->to ? strlen(cfg->to) : 0;
    assert(machine < NBT_NAME_LEN && to < NBT_NAME_LEN && cfg->text.n <= NBT_MESSENGER_TEXT_MAX);
    nbt_popup *p = nbt_mem_new(mem, sizeof *p);
    if (!p)
        return NULL;
    p->mem = mem;
    p->cfg = *cfg;
    if (machine)
        memcpy(p->machine, cfg->machine, machine);
    if (to)
        memcpy(p->to, cfg->to, to);
    p->due = NBT_NEVER;
    for (size_t i = 0; i < GUESTS; i++)
        p->guests[i].due = NBT_NEVER;
    return p;
}

void nbt_popup_free(nbt_popup *p)
{
    if (p)
        nbt_mem_free(p->mem, p, sizeof *p);
}

static void leave(nbt_popup *p, int status, nbt_out *out)
{
    p->state = OVER;
    p->due = NBT_NEVER;
    emit(out, NBT_POPUP_EXIT, status, NULL, 0);
}

static void fail(nbt_popup *p, const char *why, const nbt_ncb *ncb, nbt_out *out)
{
    nbt_act *act = emit(out, NBT_POPUP_ERROR, 0, why, strlen(why));
    if (ncb)
        act->ncb = *ncb;
    leave(p, 1, out);
}

static uint32_t submit(nbt_popup *p, nbt_ncb ncb, const void *data, size_t n, nbt_out *out)
{
    ncb.lana = p->cfg.lana;
    memcpy(ncb.name, p->own, NBT_NAME_LEN);
    if (n > 0)
        ncb.length = (uint32_t)n;
    return nbt_prog_submit(&p->tags, &ncb, data, n, out);
}

static void receive(nbt_popup *p, guest *g, nbt_time now, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_RECEIVE, .lsn = g->lsn, .length = NBT_MESSENGER_LEN };
    g->receive = submit(p, ncb, NULL, 0, out);
    g->due = now + PATIENCE;
}

static void say(nbt_popup *p, guest *g, const nbt_messenger *m, nbt_out *out)
{
    uint8_t smb[NBT_MESSENGER_LEN];
    nbt_wr w;
    nbt_wr_init(&w, smb, sizeof smb);
    nbt_messenger_wr(&w, m);
    if (!w.err)
        g->send = submit(p, (nbt_ncb){ .command = NBT_NCB_SEND, .lsn = g->lsn }, smb, w.at, out);
}

static void hang_up(nbt_popup *p, guest *g, nbt_out *out)
{
    if (g->lsn)
        submit(p, (nbt_ncb){ .command = NBT_NCB_HANGUP, .lsn = g->lsn }, NULL, 0, out);
    *g = (guest){ .due = NBT_NEVER };
}

/* --- messages taken ------------------------------------------------------------------------- */

static guest *free_guest(nbt_popup *p)
{
    for (size_t i = 0; i < GUESTS; i++)
        if (!p->guests[i].lsn)
            return &p->guests[i];
    return NULL;
}

/* What is missing of LISTEN and RECEIVE DATAGRAM. */
static void take_on(nbt_popup *p, nbt_out *out)
{
    p->due = NBT_NEVER;
    if (!p->listen && free_guest(p)) {
        nbt_ncb ncb = { .command = NBT_NCB_LISTEN };
        nbt_name any;
        nbt_name_wildcard(&any);
        memcpy(ncb.callname, any.b, NBT_NAME_LEN);
        p->listen = submit(p, ncb, NULL, 0, out);
    }
    if (!p->slot)
        p->slot = submit(p,
                         (nbt_ncb){ .command = NBT_NCB_RECEIVE_DATAGRAM,
                                    .num = NBT_NUM_NAMED,
                                    .length = NBT_DGM_DATA_MAX },
                         NULL, 0, out);
}

static void show(nbt_popup_way way, nbt_bytes from, nbt_bytes to, nbt_bytes text, nbt_out *out)
{
    nbt_act *act = emit(out, NBT_POPUP_MESSAGE, way, NULL, from.n + to.n + text.n + 2);
    uint8_t *at = out->arena + act->data_at;
    if (act == &out->scratch)
        return; /* no memory: it is lost, and out->failed says so */
    if (from.n > 0)
        memcpy(at, from.p, from.n);
    at += from.n + 1;
    if (to.n > 0)
        memcpy(at, to.p, to.n);
    at += to.n + 1;
    if (text.n > 0)
        memcpy(at, text.p, text.n);
}

static void keep(char to[NBT_NAME_LEN], nbt_bytes from)
{
    size_t n = from.n < NBT_NAME_LEN ? from.n : NBT_NAME_LEN - 1;
    memset(to, 0, NBT_NAME_LEN);
    if (n > 0)
        memcpy(to, from.p, n);
}

/* One SMB of a guest's; true: it was good. What is too much of a text is cut off. */
static bool heard(nbt_popup *p, guest *g, const nbt_messenger *m, uint16_t *group, nbt_out *out)
{
    size_t room = sizeof g->text - g->n, n = m->text.n < room ? m->text.n : room;
    switch (m->kind) {
    case NBT_MESSENGER_SEND:
        show(NBT_POPUP_SESSION, m->from, m->to, m->text, out);
        return true;
    case NBT_MESSENGER_START:
        if (++p->groups == 0)
            p->groups = 1;
        *group = g->group = p->groups;
        g->n = 0;
        keep(g->from, m->from);
        keep(g->to, m->to);
        return true;
    case NBT_MESSENGER_TEXT:
        if (g->group == 0 || m->group != g->group)
            return false;
        if (n > 0)
            memcpy(g->text + g->n, m->text.p, n);
        g->n += n;
        return true;
    case NBT_MESSENGER_END:
        if (g->group == 0 || m->group != g->group)
            return false;
        show(NBT_POPUP_SESSION, text_of(g->from), text_of(g->to), (nbt_bytes){ g->text, g->n },
             out);
        g->group = 0;
        return true;
    case NBT_MESSENGER_COUNT:
        return false;
    }
    return false;
}

/* What is no message of these ends the session: nothing else is spoken here. */
static void guest_said(nbt_popup *p, guest *g, nbt_time now, nbt_bytes data, nbt_out *out)
{
    nbt_rd r;
    nbt_messenger m;
    nbt_rd_init(&r, data.p, data.n);
    nbt_messenger_rd(&r, &m);
    if (r.err || m.reply) {
        hang_up(p, g, out);
        take_on(p, out);
        return;
    }
    nbt_messenger answer = { .kind = m.kind,
                             .reply = true,
                             .flags = m.flags,
                             .flags2 = m.flags2,
                             .tid = m.tid,
                             .pid = m.pid,
                             .uid = m.uid,
                             .mid = m.mid };
    if (!heard(p, g, &m, &answer.group, out))
        answer.status = REFUSED;
    receive(p, g, now, out);
    say(p, g, &answer, out);
}

static void slot_heard(nbt_bytes data, nbt_out *out)
{
    nbt_rd r, inner;
    nbt_mailslot slot;
    nbt_messenger m;
    if (!nbt_mailslot_is(data))
        return;
    nbt_rd_init(&r, data.p, data.n);
    nbt_mailslot_rd(&r, &slot);
    if (r.err || !nbt_mailslot_named(&slot, NBT_MAILSLOT_MESSNGR))
        return;
    nbt_rd_init(&inner, slot.data.p, slot.data.n);
    nbt_messenger_slot_rd(&inner, &m);
    if (!inner.err)
        show(NBT_POPUP_MAILSLOT, m.from, m.to, m.text, out);
}

static void listened(nbt_popup *p, nbt_time now, const nbt_ncb *ncb, nbt_out *out)
{
    guest *g = free_guest(p);
    p->listen = 0;
    if (ncb->retcode != NBT_NRC_GOODRET || !g) {
        p->due = now + PAUSE;
        return;
    }
    g->lsn = ncb->lsn;
    receive(p, g, now, out);
    take_on(p, out);
}

static void slot_done(nbt_popup *p, nbt_time now, const nbt_ncb *ncb, nbt_bytes data, nbt_out *out)
{
    p->slot = 0;
    if (ncb->retcode != NBT_NRC_GOODRET) {
        p->due = now + PAUSE;
        return;
    }
    take_on(p, out);
    slot_heard(data, out);
}

/* --- messages sent -------------------------------------------------------------------------- */

static void send_slot(nbt_popup *p, nbt_out *out)
{
    static const uint8_t name[] = NBT_MAILSLOT_MESSNGR;
    uint8_t data[NBT_MAILSLOT_MAX], smb[NBT_MAILSLOT_HEAD + NBT_MAILSLOT_MAX];
    nbt_messenger m = { .from = text_of(p->machine), .to = text_of(p->to), .text = p->cfg.text };
    nbt_wr w, s;
    nbt_wr_init(&w, data, sizeof data);
    nbt_messenger_slot_wr(&w, &m);
    nbt_wr_init(&s, smb, sizeof smb);
    nbt_mailslot_wr(&s, &(nbt_mailslot){ .timeout = 1000,
                                         .priority = 1,
                                         .cls = NBT_MAILSLOT_UNRELIABLE,
                                         .name = { name, sizeof name - 1 },
                                         .data = { data, w.at } });
    if (w.err || s.err) {
        fail(p, "the text cannot be written to a mailslot", NULL, out);
        return;
    }
    nbt_ncb ncb = { .command = NBT_NCB_SEND_DATAGRAM, .num = NBT_NUM_NAMED };
    make_name(ncb.callname, p->to, MESSENGER);
    p->state = SLOT;
    p->slot = submit(p, ncb, smb, s.at, out);
}

static void call(nbt_popup *p, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_CALL };
    make_name(ncb.callname, p->to, MESSENGER);
    p->state = CALLING;
    p->listen = submit(p, ncb, NULL, 0, out);
}

/* The next of our SMBs; `group` is what START was answered with. */
static void send_next(nbt_popup *p, nbt_time now, uint16_t group, nbt_out *out)
{
    guest *g = &p->guests[0];
    size_t left = p->cfg.text.n - p->sent;
    size_t n = left < NBT_MESSENGER_BLOCK_MAX ? left : NBT_MESSENGER_BLOCK_MAX;
    nbt_messenger m = { .kind = p->saying,
                        .from = text_of(p->machine),
                        .to = text_of(p->to),
                        .group = group,
                        .text = { p->cfg.text.p + p->sent, n } };
    if (m.kind == NBT_MESSENGER_SEND || m.kind == NBT_MESSENGER_TEXT)
        p->sent += n;
    receive(p, g, now, out);
    say(p, g, &m, out);
}

static void called(nbt_popup *p, nbt_time now, const nbt_ncb *ncb, nbt_out *out)
{
    p->listen = 0;
    if (ncb->retcode != NBT_NRC_GOODRET) {
        fail(p, "nobody takes messages there", ncb, out);
        return;
    }
    p->state = TALKING;
    p->guests[0].lsn = ncb->lsn;
    bool one = p->cfg.text.n <= NBT_MESSENGER_BLOCK_MAX;
    p->saying = one ? NBT_MESSENGER_SEND : NBT_MESSENGER_START;
    send_next(p, now, 0, out);
}

static void sent_all(nbt_popup *p, nbt_out *out)
{
    hang_up(p, &p->guests[0], out);
    emit(out, NBT_POPUP_SENT, 0, p->to, strlen(p->to));
    leave(p, 0, out);
}

static void they_answered(nbt_popup *p, guest *g, nbt_time now, nbt_bytes data, nbt_out *out)
{
    nbt_rd r;
    nbt_messenger m;
    nbt_rd_init(&r, data.p, data.n);
    nbt_messenger_rd(&r, &m);
    if (r.err || !m.reply || m.kind != p->saying || m.status != 0) {
        fail(p, "the message was refused", NULL, out);
        return;
    }
    if (m.kind == NBT_MESSENGER_SEND || m.kind == NBT_MESSENGER_END) {
        sent_all(p, out);
        return;
    }
    if (m.kind == NBT_MESSENGER_START)
        g->group = m.group;
    p->saying = p->sent < p->cfg.text.n ? NBT_MESSENGER_TEXT : NBT_MESSENGER_END;
    send_next(p, now, g->group, out);
}

/* --- entrances ------------------------------------------------------------------------------ */

/* Whose name is claimed by another program of this computer, it is used all the same. */
static void claim(nbt_popup *p, nbt_out *out)
{
    nbt_ncb ncb = { .command = NBT_NCB_ADD_NAME, .lana = p->cfg.lana };
    make_name(p->own, p->machine, MESSENGER);
    memcpy(ncb.name, p->own, NBT_NAME_LEN);
    p->state = CLAIMING;
    nbt_prog_put(&p->ask, &p->tags, &ncb, out);
}

static void go(nbt_popup *p, nbt_out *out)
{
    if (p->to[0] && p->cfg.way == NBT_POPUP_MAILSLOT) {
        send_slot(p, out);
    } else if (p->to[0]) {
        call(p, out);
    } else {
        p->state = TAKING;
        take_on(p, out);
        emit(out, NBT_POPUP_READY, 0, p->machine, strlen(p->machine));
    }
}

static void answered(nbt_popup *p, nbt_bytes data, nbt_out *out)
{
    uint8_t nrc = p->ask.ncb.retcode;
    if (p->state == NAMING && !nbt_prog_machine(&p->ask, data, p->machine))
        fail(p, "the driver does not say what this computer is called", &p->ask.ncb, out);
    else if (p->state == NAMING)
        claim(p, out);
    else if (nrc == NBT_NRC_GOODRET || nrc == NBT_NRC_DUPNAME)
        go(p, out);
    else
        fail(p, "the messenger's name cannot be had", &p->ask.ncb, out);
}

void nbt_popup_start(nbt_popup *p, nbt_time now, nbt_out *out)
{
    (void)now;
    if (p->machine[0]) {
        claim(p, out);
        return;
    }
    p->state = NAMING;
    nbt_prog_ask_machine(&p->ask, &p->tags, p->cfg.lana, out);
}

static void guest_done(nbt_popup *p, guest *g, nbt_time now, const nbt_ncb *ncb, nbt_bytes data,
                       nbt_out *out)
{
    g->receive = 0;
    if (ncb->retcode == NBT_NRC_GOODRET && p->state == TALKING) {
        they_answered(p, g, now, data, out);
    } else if (ncb->retcode == NBT_NRC_GOODRET) {
        guest_said(p, g, now, data, out);
    } else if (p->state == TALKING) {
        fail(p, "the session ended before the message was taken", ncb, out);
    } else {
        hang_up(p, g, out);
        take_on(p, out);
    }
}

void nbt_popup_ncb(nbt_popup *p, nbt_time now, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data,
                   nbt_out *out)
{
    if (p->state == OVER)
        return;
    if (tag == p->slot && p->state == SLOT) {
        if (ncb->retcode == NBT_NRC_GOODRET)
            sent_all(p, out);
        else
            fail(p, "the message cannot be sent", ncb, out);
        return;
    }
    if (tag == p->slot)
        slot_done(p, now, ncb, data, out);
    else if (tag == p->listen && p->state == CALLING)
        called(p, now, ncb, out);
    else if (tag == p->listen)
        listened(p, now, ncb, out);
    else if (nbt_prog_answered(&p->ask, &p->tags, tag, ncb, out) == NBT_PROG_DONE)
        answered(p, data, out);
    else
        for (size_t i = 0; i < GUESTS; i++)
            if (p->guests[i].lsn && p->guests[i].receive == tag) {
                guest_done(p, &p->guests[i], now, ncb, data, out);
                return;
            }
}

void nbt_popup_gone(nbt_popup *p, nbt_time now, nbt_out *out)
{
    (void)now;
    if (p->state != OVER)
        fail(p, "there is no driver any more", NULL, out);
}

void nbt_popup_close(nbt_popup *p, nbt_time now, nbt_out *out)
{
    (void)now;
    if (p->state != OVER)
        leave(p, 0, out);
}

void nbt_popup_tick(nbt_popup *p, nbt_time now, nbt_out *out)
{
    for (size_t i = 0; i < GUESTS && p->state != OVER; i++) {
        guest *g = &p->guests[i];
        if (now < g->due)
            continue;
        if (p->state == TALKING) {
            fail(p, "nobody answers the message", NULL, out);
            return;
        }
        hang_up(p, g, out);
        p->due = now;
    }
    if (p->state == TAKING && now >= p->due)
        take_on(p, out);
}

nbt_time nbt_popup_due(const nbt_popup *p)
{
    nbt_time due = p->due;
    if (p->state == OVER)
        return NBT_NEVER;
    for (size_t i = 0; i < GUESTS; i++)
        due = nbt_time_min(due, p->guests[i].due);
    return due;
}
