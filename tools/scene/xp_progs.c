/*
 * The programs of an explored host: remote control's own objects, services, and control blocks that
 * steps submit. Each block's way is written down, since it must come back once.
 */
#include "tools/scene/xp_work_impl.h"

#include "tools/scene/build.h"

#include <assert.h>

enum { RESET_TAG = 1 << 29 }; /* the RESET that is made for a program */

static xp_prog *prog_of(xp_objects *o, uint32_t proc)
{
    for (size_t i = 0; i < XP_PROGS_MAX && proc != XP_DRIVER; i++)
        if (o->prog[i].proc == proc)
            return &o->prog[i];
    return NULL;
}

static bool is_service(const xp_prog *p)
{
    return p->proc != 0 && !p->viewer && !p->agent;
}

bool xp_progs_runs(const xp_work *h, uint32_t proc)
{
    return prog_of(h->o, proc) != NULL;
}

/* --- control blocks ------------------------------------------------------------------------- */

static bool is_send(const nbt_ncb *ncb)
{
    return nbt_ncb_verb(ncb) == NBT_NCB_SEND || nbt_ncb_verb(ncb) == NBT_NCB_CHAIN_SEND;
}

void xp_progs_asked(xp_work *h, uint32_t proc, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data)
{
    xp_objects *o = h->o;
    if (proc == XP_DRIVER)
        return;
    if (o->nasked == XP_ASKED_MAX) {
        h->all->overflowed = true;
        return;
    }
    o->asked[o->nasked++] = (xp_asked){ proc, tag, (uint8_t)nbt_ncb_verb(ncb) };
    if (is_send(ncb))
        xp_ends_say(h, nbt_computer_conn(o->computer, ncb->lana, ncb->lsn), data);
}

/* False if it was not under way. */
static bool take_asked(xp_objects *o, uint32_t proc, uint32_t tag)
{
    uint32_t i = 0;
    while (i < o->nasked && (o->asked[i].proc != proc || o->asked[i].tag != tag))
        i++;
    if (i == o->nasked)
        return false;
    for (o->nasked--; i < o->nasked; i++)
        o->asked[i] = o->asked[i + 1];
    o->asked[o->nasked] = (xp_asked){ 0, 0, 0 };
    return true;
}

static void forget_asked(xp_objects *o, uint32_t proc)
{
    for (uint32_t i = o->nasked; i-- > 0;)
        if (o->asked[i].proc == proc)
            (void)take_asked(o, proc, o->asked[i].tag);
}

/* What has become of a step's command. */
static void note_result(xp_objects *o, const nbt_act *act)
{
    unsigned verb = nbt_ncb_verb(&act->ncb);
    if (act->tag == 0 || act->tag > XP_STEPS_MAX || prog_of(o, act->proc))
        return;
    o->result[act->tag - 1] = (uint16_t)(XP_RESULT_DONE + act->ncb.retcode);
    if (act->ncb.retcode == NBT_NRC_GOODRET && (verb == NBT_NCB_CALL || verb == NBT_NCB_LISTEN))
        o->lsn[act->proc - 1] = act->ncb.lsn;
}

void xp_progs_done(xp_work *h, const nbt_act *act, nbt_bytes data)
{
    xp_objects *o = h->o;
    unsigned verb = nbt_ncb_verb(&act->ncb);
    if (act->proc == XP_DRIVER ||
        (act->kind == NBT_ACT_ACCEPTED && act->ncb.retcode == NBT_NRC_GOODRET))
        return;
    if (!take_asked(o, act->proc, act->tag))
        o->doubled = true;
    if (verb == NBT_NCB_RECEIVE || verb == NBT_NCB_RECEIVE_ANY)
        xp_ends_receive(h, nbt_computer_conn(o->computer, act->ncb.lana, act->ncb.lsn), &act->ncb,
                        data);
    note_result(o, act);
}

static void submit(xp_work *h, uint32_t proc, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data)
{
    xp_progs_asked(h, proc, tag, ncb, data);
    nbt_computer_do(h->o->computer, h->now, proc, tag, ncb, data, &h->out);
    xp_work_carry_out(h, XP_DRIVER);
}

void xp_progs_submit(xp_work *h, uint32_t step)
{
    const scene_step *s = &h->all->scene->step[step];
    uint32_t proc = s->program + 1u, bit = UINT32_C(1) << s->program;
    nbt_ncb ncb = scene_build_ncb(h->all->scene, s, h->o->lsn[s->program]);
    if (h->cfg->profile->reset_required && !(h->o->reset & bit) &&
        nbt_ncb_verb(&ncb) != NBT_NCB_RESET) {
        nbt_ncb reset = { .command = NBT_NCB_RESET, .lana = ncb.lana };
        submit(h, proc, RESET_TAG, &reset, (nbt_bytes){ NULL, 0 });
    }
    h->o->reset |= bit;
    h->o->result[step] = XP_RESULT_PENDING;
    nbt_bytes data = { (const uint8_t *)s->text, s->text ? strlen(s->text) : 0 };
    if (s->bytes)
        data = (nbt_bytes){ s->bytes, s->nbytes };
    submit(h, proc, step + 1, &ncb, data);
}

/* --- beginning and end ---------------------------------------------------------------------- */

/* What it is made of; false without memory. Screens are still, and packed in the one way that needs
 * no memory of its own: neither is what is explored, and each would make many states of one. */
static bool make(xp_work *h, xp_prog *p, const scene_program *cfg)
{
    nbt_mem mem = xp_arena_mem(h->arena);
    rc_agent_cfg agent = scene_build_agent(h->all->scene, cfg);
    rc_viewer_cfg viewer = scene_build_viewer(h->all->scene, cfg);
    switch (cfg->kind) {
    case SCENE_PROGRAM:
        return true;
    case SCENE_ECHO:
    case SCENE_SINK:
    case SCENE_SERVICE:
        nbt_dummy_init(&p->service, cfg->serves, cfg->lana, cfg->listen.b);
        return true;
    case SCENE_AGENT:
        agent.still = true;
        agent.compression = RC_COMPRESS_RLE;
        agent.seed = p->proc;
        p->agent = rc_agent_new(mem, &agent);
        return p->agent;
    case SCENE_VIEWER:
        p->viewer = rc_viewer_new(mem, &viewer);
        return p->viewer;
    }
    return false;
}

void xp_progs_run(xp_work *h, uint16_t program)
{
    const scene_program *cfg = &h->all->scene->program[program];
    size_t i = 0;
    while (i < XP_PROGS_MAX && h->o->prog[i].proc != 0)
        i++;
    if (cfg->kind == SCENE_PROGRAM || !h->o->computer || prog_of(h->o, program + 1u))
        return;
    if (i == XP_PROGS_MAX) {
        h->all->overflowed = true;
        return;
    }
    xp_prog *p = &h->o->prog[i];
    *p = (xp_prog){ .proc = program + 1u };
    h->o->standing[program] = (xp_standing){ .phase = XP_PHASE_NONE };
    if (!make(h, p, cfg)) {
        h->failed = true;
        return;
    }
    if (p->viewer)
        rc_viewer_start(p->viewer, h->now, &h->out);
    else if (p->agent)
        rc_agent_start(p->agent, h->now, &h->out);
    else
        nbt_dummy_start(&p->service, &h->out);
    xp_work_carry_out(h, program + 1u);
}

void xp_progs_start(xp_work *h)
{
    const scene *s = h->all->scene;
    for (uint32_t i = 0; i < s->nprograms; i++)
        if (s->program[i].host == h->index && !s->program[i].off &&
            s->program[i].kind != SCENE_VIEWER)
            xp_progs_run(h, (uint16_t)i);
}

static void free_prog(xp_objects *o, uint32_t proc)
{
    xp_prog *p = prog_of(o, proc);
    forget_asked(o, proc);
    if (proc != XP_DRIVER)
        o->lsn[proc - 1] = 0;
    if (!p)
        return;
    if (p->place)
        o->places--;
    rc_viewer_free(p->viewer);
    rc_agent_free(p->agent);
    *p = (xp_prog){ .proc = 0 };
}

static void end_prog(xp_work *h, uint32_t proc)
{
    free_prog(h->o, proc);
    xp_ends_gone(h, proc, false);
    nbt_computer_gone(h->o->computer, h->now, proc, &h->out);
    xp_work_carry_out(h, XP_DRIVER);
}

static void forget_results(xp_work *h, uint16_t program)
{
    const scene *s = h->all->scene;
    for (uint32_t i = 0; i < s->nsteps; i++)
        if (s->step[i].what == SCENE_DO_NCB && s->step[i].program == program &&
            h->o->result[i] == XP_RESULT_PENDING)
            h->o->result[i] = XP_RESULT_NONE;
}

void xp_progs_kill(xp_work *h, uint16_t program)
{
    h->o->reset &= ~(UINT32_C(1) << program);
    forget_results(h, program);
    end_prog(h, program + 1u);
}

void xp_progs_vanish(xp_work *h)
{
    const scene *s = h->all->scene;
    for (uint32_t i = 0; i < s->nprograms; i++) {
        if (s->program[i].host != h->index)
            continue;
        free_prog(h->o, i + 1);
        xp_ends_gone(h, i + 1, true);
        forget_results(h, (uint16_t)i);
    }
    h->o->reset = 0;
}

/* --- what it is told, and what it wants ----------------------------------------------------- */

void xp_progs_command(xp_work *h, uint16_t program, const rc_cmd *cmd)
{
    xp_prog *p = prog_of(h->o, program + 1u);
    if (!p)
        return;
    if (p->viewer)
        rc_viewer_do(p->viewer, h->now, cmd, &h->out);
    else if (p->agent)
        rc_agent_do(p->agent, h->now, cmd, &h->out);
    xp_work_carry_out(h, program + 1u);
}

/* How a program stands, for steps that wait for it (tools/scene/judge.c). */
static void note_standing(xp_standing *to, const nbt_act *act)
{
    if (act->app == RC_APP_LISTENING) {
        to->phase = XP_PHASE_OF(SCENE_PHASE_READY);
    } else if (act->app == RC_APP_CONNECTED) {
        to->phase = XP_PHASE_OF(SCENE_PHASE_CONNECTED);
        to->detail = (uint8_t)act->value;
    } else if (act->app == RC_APP_CLAIM_REFUSED) {
        to->refused = true;
        to->retcode = act->ncb.retcode;
    } else if (act->app == RC_APP_EXIT) {
        to->phase = XP_PHASE_OF(SCENE_PHASE_ENDED);
        to->detail = (uint8_t)act->value;
    }
}

static bool is_of_a_file(uint32_t app)
{
    return app >= RC_APP_FILE_OPEN && app <= RC_APP_FILE_OVER;
}

void xp_progs_effect(xp_work *h, uint32_t proc, const nbt_act *act, nbt_bytes data)
{
    note_standing(&h->o->standing[proc - 1], act);
    bool file = is_of_a_file(act->app);
    if (!file && act->app != RC_APP_SLOT_WANTED && act->app != RC_APP_SLOT_BACK &&
        act->app != RC_APP_EXIT)
        return;
    xp_letter l = {
        .kind = NBT_ACT_APP, .proc = proc, .tag = act->tag, .app = act->app, .value = act->value
    };
    xp_work_post(h, &l, file ? data : (nbt_bytes){ NULL, 0 });
}

/* A file that comes to its place and is not the one that was sent is a message that was changed. */
static void answer_file(xp_work *h, uint16_t program, const xp_letter *l, nbt_bytes data)
{
    uint8_t octets[RC_PIECE_MAX];
    simfile *f = &h->o->file[program];
    nbt_act act = { .app = l->app, .value = l->value, .tag = l->tag };
    simfile_answer a = simfile_act(f, &h->all->scene->program[program], &act, data, octets);
    h->o->ends.changed |= l->app == RC_APP_FILE_PLACE && f->wrong;
    if (a.due)
        xp_progs_command(h, program,
                         &(rc_cmd){ .kind = RC_CMD_FILE, .value = a.value, .data = a.data });
}

static void answer_effect(xp_work *h, xp_prog *p, const xp_letter *l)
{
    rc_cmd cmd = { .kind = RC_CMD_SLOT, .value = h->o->places < l->value };
    uint32_t proc = p->proc;
    if (l->app == RC_APP_EXIT) {
        end_prog(h, proc);
    } else if (l->app == RC_APP_SLOT_BACK) {
        h->o->places -= p->place;
        p->place = false;
    } else {
        p->place = cmd.value;
        h->o->places += p->place;
        xp_progs_command(h, (uint16_t)(proc - 1), &cmd);
    }
}

void xp_progs_deliver(xp_work *h, const xp_letter *l)
{
    xp_prog *p = prog_of(h->o, l->proc);
    nbt_bytes data = { l->data, l->n };
    nbt_tcp_ev ev = l->ev;
    if (!p)
        return; /* it has ended since */
    if (l->kind == NBT_ACT_APP) {
        if (is_of_a_file(l->app))
            answer_file(h, (uint16_t)(p->proc - 1), l, data);
        else
            answer_effect(h, p, l);
        return;
    }
    ev.data = data;
    if (l->kind == NBT_ACT_TCP_OPEN && p->viewer)
        rc_viewer_tcp(p->viewer, h->now, &ev, &h->out);
    else if (l->kind == NBT_ACT_TCP_OPEN && p->agent)
        rc_agent_tcp(p->agent, h->now, &ev, &h->out);
    else if (p->viewer)
        rc_viewer_ncb(p->viewer, h->now, l->tag, &l->ncb, data, &h->out);
    else if (p->agent)
        rc_agent_ncb(p->agent, h->now, l->tag, &l->ncb, data, &h->out);
    else
        nbt_dummy_ncb(&p->service, h->now, l->tag, &l->ncb, data, &h->out);
    xp_work_carry_out(h, l->proc);
}

void xp_progs_tick(xp_work *h)
{
    for (size_t i = 0; i < XP_PROGS_MAX; i++) {
        xp_prog *p = &h->o->prog[i];
        if (p->viewer && rc_viewer_due(p->viewer) <= h->now)
            rc_viewer_tick(p->viewer, h->now, &h->out);
        else if (p->agent && rc_agent_due(p->agent) <= h->now)
            rc_agent_tick(p->agent, h->now, &h->out);
        else if (is_service(p) && nbt_dummy_due(&p->service) <= h->now)
            nbt_dummy_tick(&p->service, h->now, &h->out);
        else
            continue;
        xp_work_carry_out(h, p->proc);
    }
}

nbt_time xp_progs_due(const xp_objects *o)
{
    nbt_time due = NBT_NEVER;
    for (size_t i = 0; i < XP_PROGS_MAX; i++) {
        if (o->prog[i].viewer)
            due = nbt_time_min(due, rc_viewer_due(o->prog[i].viewer));
        if (o->prog[i].agent)
            due = nbt_time_min(due, rc_agent_due(o->prog[i].agent));
        if (is_service(&o->prog[i]))
            due = nbt_time_min(due, nbt_dummy_due(&o->prog[i].service));
    }
    return due;
}

void xp_progs_digest(const xp_work *h, nbt_digest *d)
{
    const xp_objects *o = h->o;
    nbt_digest_u64(d, (uint64_t)o->places << 32 | o->reset);
    for (uint32_t i = 0; i < h->all->scene->nprograms && i < XP_PROGRAMS_MAX; i++)
        nbt_digest_u64(d, (uint64_t)o->standing[i].refused << 32 |
                              (uint64_t)o->standing[i].retcode << 24 |
                              (uint64_t)o->standing[i].phase << 16 |
                              (uint64_t)o->standing[i].detail << 8 | o->lsn[i]);
    for (uint32_t i = 0; i < h->all->scene->nprograms && i < XP_PROGRAMS_MAX; i++)
        nbt_digest_u64(d, (uint64_t)o->file[i].part << 2 | (uint64_t)o->file[i].wrong << 1 |
                              o->file[i].writes);
    for (uint32_t i = 0; i < o->nasked; i++)
        nbt_digest_u64(d, (uint64_t)o->asked[i].verb << 56 ^ (uint64_t)o->asked[i].proc << 32 ^
                              o->asked[i].tag);
    for (size_t i = 0; i < XP_PROGS_MAX; i++) {
        const xp_prog *p = &o->prog[i];
        nbt_digest_u64(d, (uint64_t)p->proc << 1 | p->place);
        if (p->viewer)
            rc_viewer_digest(p->viewer, d);
        if (p->agent)
            rc_agent_digest(p->agent, d);
        if (is_service(p)) {
            nbt_digest_u64(d, (uint64_t)p->service.num << 1 | p->service.listens);
            nbt_digest_time(d, p->service.due);
        }
    }
}

bool xp_progs_quiet(const xp_objects *o)
{
    for (size_t i = 0; i < XP_PROGS_MAX; i++)
        if ((o->prog[i].viewer && !rc_viewer_rests(o->prog[i].viewer)) ||
            (o->prog[i].agent && !rc_agent_rests(o->prog[i].agent)))
            return false;
    return true;
}

bool xp_progs_unanswered(const xp_objects *o)
{
    return o->nasked != nbt_computer_submitted(o->computer);
}
