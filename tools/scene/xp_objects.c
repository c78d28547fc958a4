/*
 * The objects at work. They are served one after the other until none has anything for another:
 * what lies between a program and its driver takes no time.
 */
#include "tools/scene/xp_work_impl.h"

#include "nbt/digests.h"
#include "nbt/mem.h"
#include "tools/scene/build.h"

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
    if (h->o->server && h->cfg->datagrams)
        h->o->nbdd = scene_build_nbdd(xp_arena_mem(h->arena), h->all->scene, h->cfg, h->o->server);
    return h->o->server && (h->o->nbdd || !h->cfg->datagrams);
}

/* --- between objects ------------------------------------------------------------------------ */

void xp_work_post(xp_work *h, const xp_letter *l, nbt_bytes data)
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

void xp_work_send(xp_work *h, const xp_packet *what)
{
    if (h->nsent == h->sent_cap) {
        uint32_t *sent = nbt_mem_grow(h->all->mem, h->sent, &h->sent_cap, sizeof *sent);
        if (!sent) {
            h->failed = true;
            return;
        }
        h->sent = sent;
    }
    if (!xp_net_packet(h->all->net, what, &h->sent[h->nsent])) {
        h->failed = true;
        return;
    }
    h->nsent++;
}

/* An answer by TCP is refused at once, anything else is a stream. */
static void carry_out_tcp(xp_work *h, uint32_t proc, const nbt_act *act, nbt_bytes data)
{
    if (act->kind == NBT_ACT_TCP_OPEN && act->to.port == NBT_PORT_NS) {
        xp_letter l = { .kind = NBT_ACT_TCP_OPEN, .proc = proc };
        l.ev = (nbt_tcp_ev){ .kind = NBT_TCP_REFUSED, .conn = act->conn, .lana = act->lana };
        xp_work_post(h, &l, (nbt_bytes){ NULL, 0 });
    } else {
        xp_ends_do(h, proc, act, data);
    }
}

static void claim_own(xp_work *h);

/* A command has ended, or was refused: its program may be one that runs here. */
static void carry_out_done(xp_work *h, const nbt_act *act, nbt_bytes data)
{
    xp_letter l = { .kind = act->kind, .proc = act->proc, .tag = act->tag, .ncb = act->ncb };
    xp_progs_done(h, act, data);
    if (act->proc == XP_DRIVER || xp_progs_runs(h, act->proc))
        xp_work_post(h, &l, data);
}

static void carry_out_one(xp_work *h, uint32_t proc, const nbt_act *act, nbt_bytes data)
{
    xp_letter l = { .kind = act->kind, .proc = proc, .tag = act->tag, .ncb = act->ncb };
    switch (act->kind) {
    case NBT_ACT_SEND:
        xp_work_send(h, &(xp_packet){ .from = act->from, .to = act->to, .data = data });
        return;
    case NBT_ACT_NCB:
        xp_work_post(h, &l, data);
        return;
    case NBT_ACT_ACCEPTED:
    case NBT_ACT_DONE:
        carry_out_done(h, act, data);
        return;
    case NBT_ACT_TCP_LISTEN:
    case NBT_ACT_TCP_OPEN:
    case NBT_ACT_TCP_SEND:
    case NBT_ACT_TCP_HOLD:
    case NBT_ACT_TCP_RESUME:
    case NBT_ACT_TCP_CLOSE:
    case NBT_ACT_TCP_ABORT:
        carry_out_tcp(h, proc, act, data);
        return;
    case NBT_ACT_APP:
        xp_progs_effect(h, proc, act, data);
        return;
    case NBT_ACT_TRACE:
        return;
    }
}

void xp_work_carry_out(xp_work *h, uint32_t proc)
{
    h->failed = h->failed || h->out.failed;
    for (size_t i = 0; i < h->out.n; i++)
        carry_out_one(h, proc, &h->out.acts[i], nbt_out_data(&h->out, &h->out.acts[i]));
    nbt_out_clear(&h->out);
}

static void deliver_to_driver(xp_work *h, const xp_letter *l)
{
    nbt_tcp_ev ev = l->ev;
    ev.data = (nbt_bytes){ l->data, l->n };
    if (l->kind == NBT_ACT_TCP_OPEN) {
        nbt_computer_tcp(h->o->computer, h->now, &ev, &h->out);
        xp_work_carry_out(h, XP_DRIVER);
    } else if (l->kind == NBT_ACT_DONE && nbt_own_done(&h->o->own, &l->ncb)) {
        claim_own(h);
    }
}

static void deliver(xp_work *h, const xp_letter *l)
{
    nbt_bytes data = { l->data, l->n };
    if (!h->o->computer)
        return;
    if (l->kind == NBT_ACT_TCP_RESUME) {
        xp_ends_take(h, l->proc, l->ev.conn);
    } else if (l->kind == NBT_ACT_NCB) {
        if (!xp_progs_runs(h, l->proc))
            return; /* its sender has ended since */
        xp_progs_asked(h, l->proc, l->tag, &l->ncb, data);
        nbt_computer_do(h->o->computer, h->now, l->proc, l->tag, &l->ncb, data, &h->out);
        xp_work_carry_out(h, XP_DRIVER);
    } else if (l->proc == XP_DRIVER) {
        deliver_to_driver(h, l);
    } else {
        xp_progs_deliver(h, l);
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

/* The next of its own names; when there is none any more, it is up. */
static void claim_own(xp_work *h)
{
    nbt_ncb ncb;
    uint32_t tag;
    while (nbt_own_next(&h->o->own, &tag, &ncb)) {
        nbt_computer_do(h->o->computer, h->now, XP_DRIVER, tag, &ncb, (nbt_bytes){ NULL, 0 },
                        &h->out);
        xp_work_carry_out(h, XP_DRIVER);
    }
    if (h->o->up || !nbt_own_settled(&h->o->own))
        return;
    h->o->up = true;
    xp_progs_start(h);
}

void xp_work_start(xp_work *h)
{
    if (h->cfg->kind == SCENE_SERVER && !h->o->server) {
        h->failed = h->failed || !make_server(h);
        h->o->up = true;
    }
    if (h->cfg->kind != SCENE_COMPUTER || h->o->computer)
        return;
    h->failed = h->failed || !make_computer(h);
    if (h->failed)
        return;
    h->o->up = false;
    xp_ends_listen(&h->o->ends, XP_DRIVER, NBT_PORT_SSN);
    scene_build_own(h->cfg, &h->o->own);
    claim_own(h);
    empty_mail(h);
}

/* Nobody is told, and nothing comes back. */
static void crash(xp_work *h)
{
    xp_objects *o = h->o;
    xp_progs_vanish(h);
    xp_ends_gone(h, XP_DRIVER, true);
    nbt_computer_free(o->computer);
    nbt_nbdd_free(o->nbdd);
    nbt_nbns_free(o->server);
    o->crashed = o->crashed || o->computer || o->server;
    o->computer = NULL;
    o->server = NULL;
    o->nbdd = NULL;
    o->up = false;
}

static void stop(xp_work *h)
{
    const scene *s = h->all->scene;
    for (uint32_t i = 0; i < s->nprograms; i++)
        if (s->program[i].host == h->index)
            xp_progs_kill(h, (uint16_t)i);
    nbt_computer_gone(h->o->computer, h->now, XP_DRIVER, &h->out);
    xp_work_carry_out(h, XP_DRIVER);
}

static void administer(xp_work *h, const scene_step *s)
{
    nbt_nbns_cmd cmd = scene_build_order(s);
    (void)nbt_nbns_do(h->o->server, h->now, &cmd, &h->out);
    xp_work_carry_out(h, XP_DRIVER);
}

static void do_step(xp_work *h, uint32_t step)
{
    const scene_step *s = &h->all->scene->step[step];
    bool computer = h->o->computer, server = h->o->server;
    nbt_bytes text;
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
        xp_progs_run(h, s->program);
        return;
    case SCENE_DO_KILL:
        if (computer)
            xp_progs_kill(h, s->program);
        return;
    case SCENE_DO_CLOSE:
        xp_progs_command(h, s->program, &(rc_cmd){ .kind = RC_CMD_CLOSE });
        return;
    case SCENE_DO_TYPE:
        text = (nbt_bytes){ (const uint8_t *)s->text, strlen(s->text) };
        xp_progs_command(h, s->program, &(rc_cmd){ .kind = RC_CMD_KEYS, .data = text });
        return;
    case SCENE_DO_PERMIT:
        xp_progs_command(h, s->program, &(rc_cmd){ .kind = RC_CMD_PERMIT, .value = s->yes });
        return;
    case SCENE_DO_NCB:
        if (computer)
            xp_progs_submit(h, step);
        return;
    case SCENE_DO_SEND:
        text = (nbt_bytes){ s->bytes, s->nbytes };
        xp_work_send(h, &(xp_packet){ .from = s->from, .to = s->to, .data = text });
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
    const xp_packet p = h->all->net->packet[xp_message_packet(message)]; /* they may move */
    uint8_t lana = h->all->net->slot[xp_message_slot(message)].lana;
    if (xp_net_comes_back(h->all->net, message)) {
        xp_ends_miss(h, &p);
        return;
    }
    if (p.kind != XP_DATAGRAM) {
        xp_ends_hear(h, &p, xp_message_packet(message), lana);
        return;
    }
    if (h->o->computer && (p.to.port == NBT_PORT_NS || p.to.port == NBT_PORT_DGM))
        nbt_computer_rx(h->o->computer, h->now, lana, p.from, p.to, p.data, &h->out);
    else if (h->o->server && p.to.port == NBT_PORT_NS)
        nbt_nbns_rx(h->o->server, h->now, lana, p.from, p.to, p.data, &h->out);
    else if (h->o->nbdd && p.to.port == NBT_PORT_DGM)
        nbt_nbdd_rx(h->o->nbdd, h->now, lana, p.from, p.to, p.data, &h->out);
    xp_work_carry_out(h, XP_DRIVER);
}

static void tick(xp_work *h)
{
    if (h->o->computer && nbt_computer_due(h->o->computer) <= h->now) {
        nbt_computer_tick(h->o->computer, h->now, &h->out);
        xp_work_carry_out(h, XP_DRIVER);
    }
    if (h->o->server && nbt_nbns_soonest(h->o->server) <= h->now) {
        nbt_nbns_tick(h->o->server, h->now, &h->out);
        xp_work_carry_out(h, XP_DRIVER);
    }
    if (h->o->nbdd)
        nbt_nbdd_tick(h->o->nbdd, h->now);
    xp_progs_tick(h);
    xp_ends_tick(h);
}

/* --- what there is to see ------------------------------------------------------------------ */

uint64_t xp_work_digest(const xp_work *h)
{
    const xp_objects *o = h->o;
    nbt_digest d;
    nbt_digest_init(&d, h->now);
    nbt_digest_u64(&d, (uint64_t)(o->computer != NULL) << 4 | (uint64_t)(o->server != NULL) << 3 |
                           (uint64_t)o->up << 2 | (uint64_t)o->crashed << 1 | o->doubled);
    for (uint32_t i = 0; i < h->all->scene->nsteps && i < XP_STEPS_MAX; i++)
        nbt_digest_u64(&d, o->result[i]);
    if (!o->up)
        nbt_digest_u64(&d,
                       (uint64_t)o->own.lana << 16 | (uint64_t)o->own.next << 8 | o->own.waiting);
    if (o->computer)
        nbt_digest_computer(&d, o->computer);
    if (o->server)
        nbt_digest_nbns(&d, o->server);
    if (o->nbdd)
        nbt_digest_nbdd(&d, o->nbdd);
    xp_progs_digest(h, &d);
    xp_ends_digest(&o->ends, &d);
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

/* Its connections, and whether each session has one. */
static void see_ends(const xp_work *h, xp_facts *f)
{
    const xp_ends *e = &h->o->ends;
    unsigned open = 0;
    f->changed = e->changed;
    f->lost = e->lost;
    f->crashed = h->o->crashed;
    for (size_t i = 0; i < XP_ENDS_MAX; i++) {
        const xp_tcp *end = &e->end[i];
        if (end->state != XP_TCP_OPENING && end->state != XP_TCP_OPEN)
            continue;
        f->end[f->nends++] = (xp_ends_seen){ end->local, end->peer };
        open += end->proc == XP_DRIVER;
    }
    f->bare = h->o->computer && nbt_computer_established(h->o->computer) > open;
}

bool xp_work_see(xp_work *h, xp_facts *f)
{
    const xp_objects *o = h->o;
    memset(f, 0, sizeof *f);
    f->quiet = xp_progs_quiet(o);
    f->doubled = o->doubled;
    f->up = o->up;
    nbt_time due = nbt_time_min(xp_progs_due(o), xp_ends_due(&o->ends));
    memcpy(f->result, o->result, sizeof f->result);
    memcpy(f->standing, o->standing, sizeof f->standing);
    see_ends(h, f);
    if (o->computer) {
        bool idle = nbt_computer_idle(o->computer);
        due = nbt_time_min(due, nbt_computer_due(o->computer));
        f->quiet = f->quiet && idle;
        f->unanswered = xp_progs_unanswered(o);
        for (uint8_t i = 0; i < h->cfg->nadapters; i++)
            if (!see_names(h, i, f))
                return false;
    }
    if (o->server) {
        due = nbt_time_min(due, nbt_nbns_soonest(o->server));
        see_server(o->server, f);
        if (o->nbdd)
            due = nbt_time_min(due, nbt_nbdd_due(o->nbdd));
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
    xp_ends_sweep(h);
    return !h->failed && !h->all->overflowed;
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
