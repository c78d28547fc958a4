/*
 * The objects at work. They are served one after the other until none has anything for another:
 * what lies between a program and its driver takes no time.
 */
#include "tools/scene/xp_objects.h"

#include "nbt/digests.h"
#include "nbt/mem.h"
#include "tools/scene/build.h"

#include <assert.h>

enum {
    DRIVER = 0,        /* the program that the driver's own names belong to */
    RESET_TAG = 0x8000 /* tags of steps are below */
};

/* Something from one object of the host to another. */
struct xp_letter {
    nbt_act_kind kind; /* NCB, ACCEPTED, DONE; TCP_OPEN: the answer to one; APP: SLOT or, with a
                          tag, EXIT */
    uint32_t proc, tag, conn;
    uint8_t lana;
    nbt_ncb ncb;
    uint8_t *data; /* owned */
    size_t n;
};

/* --- what the objects are ------------------------------------------------------------------- */

static bool make_computer(xp_work *h)
{
    h->o->computer =
        scene_build_computer(xp_arena_mem(h->arena), h->all->scene, h->cfg, h->index + 1u);
    return h->o->computer != NULL;
}

static bool make_server(xp_work *h)
{
    h->o->server =
        scene_build_server(xp_arena_mem(h->arena), h->all->scene, h->cfg, h->index + 1u, h->now);
    return h->o->server != NULL;
}

/* --- between objects ------------------------------------------------------------------------ */

static int viewer_of(const xp_objects *o, uint32_t proc)
{
    for (int i = 0; i < XP_VIEWERS_MAX; i++)
        if (o->viewer[i] && o->viewer_proc[i] == proc)
            return i;
    return -1;
}

static void post(xp_work *h, const xp_letter *l, nbt_bytes data)
{
    if (h->nmail == h->mail_cap) {
        xp_letter *mail = nbt_mem_grow(h->all->mem, h->mail, &h->mail_cap, sizeof *mail);
        if (!mail) {
            h->failed = true;
            return;
        }
        h->mail = mail;
    }
    xp_letter *at = &h->mail[h->nmail];
    *at = *l;
    at->data = data.n > 0 ? nbt_mem_new(h->all->mem, data.n) : NULL;
    at->n = at->data ? data.n : 0;
    if (at->n < data.n) {
        h->failed = true;
        return;
    }
    if (at->n > 0)
        memcpy(at->data, data.p, data.n);
    h->nmail++;
}

static void send_datagram(xp_work *h, nbt_ep from, nbt_ep to, nbt_bytes data)
{
    if (h->nsent == h->sent_cap) {
        uint32_t *sent = nbt_mem_grow(h->all->mem, h->sent, &h->sent_cap, sizeof *sent);
        if (!sent) {
            h->failed = true;
            return;
        }
        h->sent = sent;
    }
    if (!xp_net_packet(h->all->net, from, to, data, &h->sent[h->nsent])) {
        h->failed = true;
        return;
    }
    h->nsent++;
}

/* What has become of a step's command; anybody else's names are nobody's steps. */
static void note_result(xp_objects *o, uint32_t proc, uint32_t tag, uint8_t retcode)
{
    if (proc == DRIVER || tag == 0 || tag > XP_STEPS_MAX)
        return;
    uint16_t *result = &o->result[tag - 1];
    o->doubled = o->doubled || *result != XP_RESULT_PENDING;
    *result = (uint16_t)(XP_RESULT_DONE + retcode);
}

static void viewer_exits(xp_work *h, int i, rc_end end)
{
    rc_viewer_free(h->o->viewer[i]);
    h->o->viewer[i] = NULL;
    h->o->viewer_end[i] = (uint8_t)(end + 1);
}

/* An application's effect: what matters here is that it wants a place and that it ends. */
static bool carry_out_app(uint32_t proc, const nbt_act *act, xp_letter *l)
{
    if (act->app == RC_APP_SLOT_WANTED) {
        *l = (xp_letter){ .kind = NBT_ACT_APP, .proc = proc };
        return true;
    }
    if (act->app == RC_APP_EXIT) {
        *l = (xp_letter){
            .kind = NBT_ACT_APP, .proc = proc, .tag = 1, .conn = (uint32_t)act->value
        };
        return true;
    }
    return false;
}

/* What an object wanted: `proc` is the program that it is. */
static void carry_out(xp_work *h, uint32_t proc)
{
    nbt_bytes none = { NULL, 0 };
    h->failed = h->failed || h->out.failed;
    for (size_t i = 0; i < h->out.n; i++) {
        const nbt_act *act = &h->out.acts[i];
        nbt_bytes data = nbt_out_data(&h->out, act);
        xp_letter l = { .kind = act->kind,
                        .proc = act->kind == NBT_ACT_NCB ? proc : act->proc,
                        .tag = act->tag,
                        .lana = act->lana,
                        .ncb = act->ncb };
        switch (act->kind) {
        case NBT_ACT_SEND:
            send_datagram(h, act->from, act->to, data);
            break;
        case NBT_ACT_NCB:
            post(h, &l, data);
            break;
        case NBT_ACT_ACCEPTED:
        case NBT_ACT_DONE:
            if (viewer_of(h->o, act->proc) >= 0)
                post(h, &l, data);
            else if (act->kind == NBT_ACT_DONE || act->ncb.retcode != NBT_NRC_GOODRET)
                note_result(h->o, act->proc, act->tag, act->ncb.retcode);
            break;
        case NBT_ACT_TCP_OPEN: /* nobody takes a connection here: explore.h */
            l.proc = proc;
            l.conn = act->conn;
            post(h, &l, none);
            break;
        case NBT_ACT_APP:
            if (carry_out_app(proc, act, &l))
                post(h, &l, none);
            break;
        case NBT_ACT_TCP_LISTEN:
        case NBT_ACT_TCP_SEND:
        case NBT_ACT_TCP_HOLD:
        case NBT_ACT_TCP_RESUME:
        case NBT_ACT_TCP_CLOSE:
        case NBT_ACT_TCP_ABORT:
        case NBT_ACT_TRACE:
            break;
        }
    }
    nbt_out_clear(&h->out);
}

static void deliver_to_viewer(xp_work *h, int i, const xp_letter *l)
{
    nbt_bytes data = { l->data, l->n };
    rc_viewer *v = h->o->viewer[i];
    if (l->kind == NBT_ACT_APP && l->tag == 1) {
        viewer_exits(h, i, (rc_end)l->conn);
        nbt_computer_gone(h->o->computer, h->now, l->proc, &h->out);
        carry_out(h, DRIVER);
        return;
    }
    if (l->kind == NBT_ACT_APP)
        rc_viewer_do(v, h->now, &(rc_cmd){ .kind = RC_CMD_SLOT, .value = 1 }, &h->out);
    else if (l->kind == NBT_ACT_TCP_OPEN)
        rc_viewer_tcp(v, h->now, &(nbt_tcp_ev){ .kind = NBT_TCP_REFUSED, .conn = l->conn },
                      &h->out);
    else
        rc_viewer_ncb(v, h->now, l->tag, &l->ncb, data, &h->out);
    carry_out(h, l->proc);
}

static void deliver(xp_work *h, const xp_letter *l)
{
    nbt_bytes data = { l->data, l->n };
    int viewer = viewer_of(h->o, l->proc);
    if (l->kind == NBT_ACT_NCB) {
        if (!h->o->computer || (viewer < 0))
            return; /* its sender has ended since */
        nbt_computer_do(h->o->computer, h->now, l->proc, l->tag, &l->ncb, data, &h->out);
        carry_out(h, DRIVER);
    } else if (l->kind == NBT_ACT_TCP_OPEN && l->proc == DRIVER) {
        nbt_tcp_ev ev = { .kind = NBT_TCP_REFUSED, .conn = l->conn, .lana = l->lana };
        nbt_computer_tcp(h->o->computer, h->now, &ev, &h->out);
        carry_out(h, DRIVER);
    } else if (viewer >= 0) {
        deliver_to_viewer(h, viewer, l);
    }
}

static void empty_mail(xp_work *h)
{
    for (size_t i = 0; i < h->nmail; i++) {
        xp_letter l = h->mail[i]; /* it grows meanwhile */
        if (!h->failed)
            deliver(h, &l);
        nbt_mem_free(h->all->mem, l.data, l.n);
    }
    h->nmail = 0;
}

/* --- steps ---------------------------------------------------------------------------------- */

static void submit(xp_work *h, uint32_t proc, uint32_t tag, const nbt_ncb *ncb, const char *text)
{
    nbt_bytes data = { (const uint8_t *)text, text ? strlen(text) : 0 };
    nbt_computer_do(h->o->computer, h->now, proc, tag, ncb, data, &h->out);
    carry_out(h, DRIVER);
}

void xp_work_start(xp_work *h)
{
    static const struct {
        unsigned bit;
        uint8_t suffix;
    } services[] = { { SCENE_WORKSTATION, 0x00 },
                     { SCENE_FILESERVER, 0x20 },
                     { SCENE_MESSENGER, 0x03 } };
    if (h->cfg->kind == SCENE_SERVER && !h->o->server)
        h->failed = h->failed || !make_server(h);
    if (h->cfg->kind != SCENE_COMPUTER || h->o->computer)
        return;
    h->failed = h->failed || !make_computer(h);
    for (uint32_t i = 0; i < 3 && !h->failed; i++) {
        nbt_ncb ncb = { .command = NBT_NCB_ADD_NAME };
        memset(ncb.name, ' ', NBT_NAME_LEN);
        memcpy(ncb.name, h->cfg->netbios, strnlen(h->cfg->netbios, NBT_NAME_TEXT_MAX));
        ncb.name[NBT_NAME_LEN - 1] = services[i].suffix;
        for (uint8_t lana = 0; lana < h->cfg->nadapters; lana++) {
            ncb.lana = lana;
            if (h->cfg->services & services[i].bit)
                submit(h, DRIVER, 1 + i * SCENE_ADAPTERS_MAX + lana, &ncb, NULL);
        }
    }
}

/* Nobody is told, and nothing comes back. */
static void crash(xp_work *h)
{
    xp_objects *o = h->o;
    for (int i = 0; i < XP_VIEWERS_MAX; i++) {
        rc_viewer_free(o->viewer[i]);
        o->viewer[i] = NULL;
    }
    nbt_computer_free(o->computer);
    nbt_nbns_free(o->server);
    o->computer = NULL;
    o->server = NULL;
    o->reset = 0;
    for (size_t i = 0; i < XP_STEPS_MAX; i++)
        if (o->result[i] == XP_RESULT_PENDING)
            o->result[i] = XP_RESULT_NONE;
}

static void kill_program(xp_work *h, uint16_t program)
{
    const scene *s = h->all->scene;
    int viewer = viewer_of(h->o, program + 1u);
    if (viewer >= 0)
        viewer_exits(h, viewer, RC_END_DONE);
    for (uint32_t i = 0; i < s->nsteps; i++)
        if (s->step[i].what == SCENE_DO_NCB && s->step[i].program == program &&
            h->o->result[i] == XP_RESULT_PENDING)
            h->o->result[i] = XP_RESULT_NONE;
    nbt_computer_gone(h->o->computer, h->now, program + 1u, &h->out);
    carry_out(h, DRIVER);
}

static void stop(xp_work *h)
{
    for (uint32_t i = 0; i < h->all->scene->nprograms; i++)
        if (h->all->scene->program[i].host == h->index)
            kill_program(h, (uint16_t)i);
    nbt_computer_gone(h->o->computer, h->now, DRIVER, &h->out);
    carry_out(h, DRIVER);
}

static void run_viewer(xp_work *h, uint16_t program)
{
    int i = 0;
    while (i < XP_VIEWERS_MAX && h->o->viewer[i])
        i++;
    assert(i < XP_VIEWERS_MAX);
    const scene *s = h->all->scene;
    rc_viewer_cfg cfg = scene_build_viewer(s, &s->program[program]);
    rc_viewer *v = rc_viewer_new(xp_arena_mem(h->arena), &cfg);
    if (!v) {
        h->failed = true;
        return;
    }
    h->o->viewer[i] = v;
    h->o->viewer_proc[i] = program + 1u;
    h->o->viewer_end[i] = 0;
    rc_viewer_start(v, h->now, &h->out);
    carry_out(h, program + 1u);
}

static void submit_step(xp_work *h, uint32_t step)
{
    const scene_step *s = &h->all->scene->step[step];
    uint32_t proc = s->program + 1u, bit = UINT32_C(1) << s->program % 32;
    if (h->cfg->profile->reset_required && !(h->o->reset & bit)) {
        nbt_ncb reset = { .command = NBT_NCB_RESET, .lana = s->ncb.lana };
        h->o->reset |= bit;
        submit(h, proc, RESET_TAG + proc, &reset, NULL);
    }
    h->o->result[step] = XP_RESULT_PENDING;
    nbt_ncb ncb = scene_build_ncb(h->all->scene, s, 0); /* nobody has a session here */
    submit(h, proc, step + 1, &ncb, s->text);
}

static void administer(xp_work *h, const scene_step *s)
{
    nbt_nbns_cmd cmd = scene_build_order(s);
    (void)nbt_nbns_do(h->o->server, h->now, &cmd, &h->out);
    carry_out(h, DRIVER);
}

static void do_step(xp_work *h, uint32_t step)
{
    const scene_step *s = &h->all->scene->step[step];
    bool computer = h->o->computer, server = h->o->server;
    switch (s->what) {
    case SCENE_DO_START:
        xp_work_start(h);
        return;
    case SCENE_DO_STOP:
        if (computer)
            stop(h);
        return;
    case SCENE_DO_CRASH:
        crash(h);
        return;
    case SCENE_DO_RUN:
        if (computer && h->all->scene->program[s->program].kind == SCENE_VIEWER)
            run_viewer(h, s->program);
        return;
    case SCENE_DO_KILL:
        if (computer)
            kill_program(h, s->program);
        return;
    case SCENE_DO_CLOSE:
        for (int i = 0; i < XP_VIEWERS_MAX; i++)
            if (h->o->viewer[i] && h->o->viewer_proc[i] == s->program + 1u) {
                rc_viewer_do(h->o->viewer[i], h->now, &(rc_cmd){ .kind = RC_CMD_CLOSE }, &h->out);
                carry_out(h, s->program + 1u);
            }
        return;
    case SCENE_DO_NCB:
        if (computer)
            submit_step(h, step);
        return;
    case SCENE_DO_SEND:
        send_datagram(h, s->from, s->to, (nbt_bytes){ s->bytes, s->nbytes });
        return;
    case SCENE_DO_STATIC:
    case SCENE_DO_FORGET:
    case SCENE_DO_FREEZE:
    case SCENE_DO_THAW:
        if (server)
            administer(h, s);
        return;
    case SCENE_DO_CLOCK:
        h->now += s->jump; /* all that it waits for is so much nearer */
        return;
    case SCENE_DO_AWAIT: /* these are the world's, or cannot be explored */
    case SCENE_DO_TYPE:
    case SCENE_DO_PERMIT:
    case SCENE_DO_LINK:
    case SCENE_DO_PARTITION:
    case SCENE_DO_HEAL:
    case SCENE_DO_FAULT:
    case SCENE_DO_MEND:
        return;
    }
}

/* --- packets and time ----------------------------------------------------------------------- */

static void hear(xp_work *h, uint32_t message)
{
    const xp_packet *p = &h->all->net->packet[xp_message_packet(message)];
    uint8_t lana = h->all->net->slot[xp_message_slot(message)].lana;
    nbt_ep from = p->from, to = p->to;
    nbt_bytes data = p->data;
    if (h->o->computer && (to.port == NBT_PORT_NS || to.port == NBT_PORT_DGM))
        nbt_computer_rx(h->o->computer, h->now, lana, from, to, data, &h->out);
    else if (h->o->server && to.port == NBT_PORT_NS)
        nbt_nbns_rx(h->o->server, h->now, lana, from, to, data, &h->out);
    carry_out(h, DRIVER);
}

static void tick(xp_work *h)
{
    if (h->o->computer && nbt_computer_due(h->o->computer) <= h->now) {
        nbt_computer_tick(h->o->computer, h->now, &h->out);
        carry_out(h, DRIVER);
    }
    if (h->o->server && nbt_nbns_soonest(h->o->server) <= h->now) {
        nbt_nbns_tick(h->o->server, h->now, &h->out);
        carry_out(h, DRIVER);
    }
    for (int i = 0; i < XP_VIEWERS_MAX; i++)
        if (h->o->viewer[i] && rc_viewer_due(h->o->viewer[i]) <= h->now) {
            rc_viewer_tick(h->o->viewer[i], h->now, &h->out);
            carry_out(h, h->o->viewer_proc[i]);
        }
}

/* --- what there is to see ------------------------------------------------------------------ */

uint64_t xp_work_digest(const xp_work *h)
{
    const xp_objects *o = h->o;
    nbt_digest d;
    nbt_digest_init(&d, h->now);
    nbt_digest_u64(&d, (uint64_t)(o->computer != NULL) << 2 | (uint64_t)(o->server != NULL) << 1 |
                           o->doubled);
    nbt_digest_u64(&d, o->reset);
    for (uint32_t i = 0; i < h->all->scene->nsteps && i < XP_STEPS_MAX; i++)
        nbt_digest_u64(&d, o->result[i]);
    if (o->computer)
        nbt_digest_computer(&d, o->computer);
    if (o->server)
        nbt_digest_nbns(&d, o->server);
    for (int i = 0; i < XP_VIEWERS_MAX; i++) {
        nbt_digest_u64(&d, (uint64_t)o->viewer_proc[i] << 8 | o->viewer_end[i]);
        if (o->viewer[i])
            rc_viewer_digest(o->viewer[i], &d);
    }
    return d.h;
}

static bool name_number(xp_hosts *all, const uint8_t b[NBT_NAME_LEN], const nbt_scope *scope,
                        uint16_t *number)
{
    nbt_name name = { .form = NBT_NAME_NETBIOS, .scope = *scope };
    memcpy(name.b, b, NBT_NAME_LEN);
    for (size_t i = 0; i < all->nnames; i++)
        if (nbt_name_eq(&all->name[i], &name)) {
            *number = (uint16_t)i;
            return true;
        }
    if (all->nnames == all->names_cap) {
        nbt_name *longer = nbt_mem_grow(all->mem, all->name, &all->names_cap, sizeof *longer);
        if (!longer)
            return false;
        all->name = longer;
    }
    *number = (uint16_t)all->nnames;
    all->name[all->nnames++] = name;
    return true;
}

static scene_name_state state_of_entry(const nbt_entry *e)
{
    if (e->state == NBT_ENTRY_REGISTERING)
        return SCENE_NAME_CLAIMED;
    return e->conflict ? SCENE_NAME_CONFLICT : SCENE_NAME_REGISTERED;
}

static bool see_names(xp_work *h, uint8_t lana, xp_facts *f)
{
    const nbt_node *node = nbt_computer_lana(h->o->computer, lana);
    const nbt_ltable *t = nbt_node_names(node);
    for (const nbt_entry *e = nbt_ltable_next(t, NULL); e; e = nbt_ltable_next(t, e)) {
        if (f->nholdings == XP_NAMES_MAX)
            return false;
        xp_holding *n = &f->holding[f->nholdings++];
        *n = (xp_holding){ .lana = lana, .group = e->group, .state = state_of_entry(e) };
        if (!name_number(h->all, e->name, &h->cfg->scope, &n->name))
            return false;
    }
    return true;
}

static void see_server(const nbt_nbns *s, xp_facts *f)
{
    uint32_t at = 0;
    for (const nbt_nbrec *rec; (rec = nbt_nbns_each(s, &at, NULL));)
        if (rec->kind == NBT_NBKIND_UNIQUE && rec->state == NBT_NBSTATE_ACTIVE && rec->n > 1)
            f->shared = true;
    f->quiet = f->quiet && nbt_nbns_pending(s) == 0;
}

bool xp_work_see(xp_work *h, xp_facts *f)
{
    const xp_objects *o = h->o;
    memset(f, 0, sizeof *f);
    f->quiet = true;
    f->doubled = o->doubled;
    f->up = o->computer || o->server;
    nbt_time due = NBT_NEVER;
    memcpy(f->result, o->result, sizeof f->result);
    if (o->computer) {
        due = nbt_time_min(due, nbt_computer_due(o->computer));
        f->quiet = nbt_computer_idle(o->computer);
        for (uint8_t i = 0; i < h->cfg->nadapters; i++)
            if (!see_names(h, i, f))
                return false;
    }
    if (o->server) {
        due = nbt_time_min(due, nbt_nbns_soonest(o->server));
        see_server(o->server, f);
    }
    for (int i = 0; i < XP_VIEWERS_MAX; i++) {
        if (!o->viewer[i])
            continue;
        f->quiet = false;
        due = nbt_time_min(due, rc_viewer_due(o->viewer[i]));
    }
    f->due = due == NBT_NEVER ? due : due > h->now ? due - h->now : 0;
    return true;
}

bool xp_work_do(xp_work *h, uint32_t stimulus)
{
    uint32_t about = stimulus & 0x3FFFFFFF;
    switch ((xp_stimulus_kind)(stimulus >> 30)) {
    case XP_ON_MESSAGE:
        hear(h, about);
        break;
    case XP_ON_TIME:
        tick(h);
        break;
    case XP_ON_STEP:
        do_step(h, about);
        break;
    case XP_ON_PAUSE:
        h->now += h->all->pause[about];
        break;
    }
    empty_mail(h);
    return !h->failed;
}

bool xp_work_init(xp_work *h, xp_hosts *all, uint8_t index, xp_arena *arena)
{
    *h = (xp_work){ .all = all, .index = index, .cfg = &all->scene->host[index], .arena = arena };
    nbt_out_init(&h->out, all->mem);
    h->o = nbt_mem_new(xp_arena_mem(arena), sizeof *h->o);
    return h->o != NULL;
}

void xp_work_fini(xp_work *h)
{
    if (!h->all)
        return;
    for (size_t i = 0; i < h->nmail; i++)
        nbt_mem_free(h->all->mem, h->mail[i].data, h->mail[i].n);
    nbt_mem_free(h->all->mem, h->mail, h->mail_cap * sizeof *h->mail);
    nbt_mem_free(h->all->mem, h->sent, h->sent_cap * sizeof *h->sent);
    nbt_out_fini(&h->out);
}
