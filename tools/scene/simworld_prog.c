/*
 * Programs: what submits control blocks, echoes, and remote control, each an object of the network.
 */
#include "tools/scene/simrc.h"
#include "tools/scene/simworld_impl.h"

#include <assert.h>
#include <string.h>

static const scene_program *cfg_of(const simprog *p)
{
    return &p->w->s->program[p->index];
}

static simhost *host_of(const simprog *p)
{
    return &p->w->host[cfg_of(p)->host];
}

/* --- the objects ------------------------------------------------------------------------------ */

static void tell_done(const simprog *p, const nbt_ncb *ncb, nbt_bytes data)
{
    scene_event ev = { .kind = SCENE_EV_DONE,
                       .at = nbt_simnet_now(p->w->net),
                       .index = p->index,
                       .ncb = ncb,
                       .data = data };
    p->w->cfg.event(p->w->cfg.ctx, &ev);
}

static void note_session(simprog *p, const nbt_ncb *ncb)
{
    unsigned verb = nbt_ncb_verb(ncb);
    if (ncb->retcode == NBT_NRC_GOODRET && (verb == NBT_NCB_CALL || verb == NBT_NCB_LISTEN))
        p->lsn = ncb->lsn;
}

/* What a program submits from action `from` on is entered in the book. */
static void note_asked(const simprog *p, const nbt_out *out, size_t from)
{
    for (size_t i = from; i < out->n; i++) {
        const nbt_act *act = &out->acts[i];
        if (act->kind == NBT_ACT_NCB)
            simbook_asked(p->w->book, p->index, cfg_of(p)->host, act->tag, &act->ncb,
                          nbt_out_data(out, act));
    }
}

static void note_done(const simprog *p, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data)
{
    const simhost *h = host_of(p);
    simbook_end here = { h->obj, 0 }, there = { 0, 0 };
    if (h->computer)
        here.conn = nbt_computer_conn(h->computer, ncb->lana, ncb->lsn);
    if (here.conn && !nbt_simnet_peer(p->w->net, here.obj, here.conn, &there.obj, &there.conn))
        here.conn = 0;
    simbook_done(p->w->book, p->index, cfg_of(p)->host, tag, ncb, data, here, there);
}

/* The RESET that is made for a program is its own affair. */
enum { RESET_TAG = 1 << 29 };

static void prog_ncb(void *obj, nbt_time now, nbt_ipc_kind kind, uint32_t tag, const nbt_ncb *ncb,
                     nbt_bytes data, nbt_out *out)
{
    simprog *p = obj;
    size_t from = out->n;
    if (kind == NBT_IPC_ACCEPTED && ncb->retcode == NBT_NRC_GOODRET)
        return;
    note_done(p, tag, ncb, data);
    if (tag == RESET_TAG)
        return;
    tell_done(p, ncb, data);
    if (p->ops)
        p->ops->ncb(p->rc, now, kind, tag, ncb, data, out);
    else if (tag & NBT_DUMMY_TAG)
        nbt_dummy_ncb(&p->service, now, tag, ncb, data, out);
    else
        note_session(p, ncb);
    note_asked(p, out, from);
}

static void prog_tcp(void *obj, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    simprog *p = obj;
    size_t from = out->n;
    if (p->ops)
        p->ops->tcp(p->rc, now, ev, out);
    note_asked(p, out, from);
}

/* Whoever is on the host hears all that comes; whose it is they know by the port. */
static void prog_rx(void *obj, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                    nbt_out *out)
{
    simprog *p = obj;
    size_t before = out->n;
    p->ops->rx(p->rc, now, lana, from, to, data, out);
    note_asked(p, out, before);
}

static void prog_gone(void *obj, nbt_time now, uint32_t proc, nbt_out *out)
{
    simprog *p = obj;
    size_t from = out->n;
    if (p->ops)
        p->ops->gone(p->rc, now, proc, out);
    note_asked(p, out, from);
}

static void prog_tick(void *obj, nbt_time now, nbt_out *out)
{
    simprog *p = obj;
    size_t from = out->n;
    if (p->ops)
        p->ops->tick(p->rc, now, out);
    else if (scene_is_service(cfg_of(p)))
        nbt_dummy_tick(&p->service, now, out);
    note_asked(p, out, from);
}

static nbt_time prog_due(const void *obj)
{
    const simprog *p = obj;
    if (p->ops)
        return p->ops->due(p->rc);
    return scene_is_service(cfg_of(p)) ? nbt_dummy_due(&p->service) : NBT_NEVER;
}

static const nbt_simnet_ops ops = {
    .ncb = prog_ncb, .tcp = prog_tcp, .gone = prog_gone, .tick = prog_tick, .due = prog_due
};

/* Those that have datagrams: nobody else on a host need be called for all that it hears. */
static const nbt_simnet_ops datagram_ops = { .rx = prog_rx,
                                             .ncb = prog_ncb,
                                             .tcp = prog_tcp,
                                             .gone = prog_gone,
                                             .tick = prog_tick,
                                             .due = prog_due };

static const nbt_simnet_ops *ops_of(const scene_program *cfg)
{
    bool udp = (cfg->kind == SCENE_AGENT && cfg->agent.protocols & RC_SPEAKS_UDP) ||
               (cfg->kind == SCENE_VIEWER && cfg->viewer.protocols & RC_SPEAKS_UDP);
    return udp ? &datagram_ops : &ops;
}

/* --- beginning and end ------------------------------------------------------------------------ */

/* Where the system of a computer lets a program send datagrams from: no two have the same port, and
 * none has it soon again. */
enum { OWN_PORTS = 49152, OWN_PORTS_N = 16384, PORTS_APART = 64 };

/* What it is made of; false without memory. */
static bool make(simprog *p)
{
    const scene_program *cfg = cfg_of(p);
    nbt_rng seeds = { p->w->cfg.seed ^ (uint64_t)(p->index + 1) << 48 ^ ++p->runs };
    rc_agent_cfg agent = scene_build_agent(p->w->s, cfg);
    rc_viewer_cfg viewer = scene_build_viewer(p->w->s, cfg);
    switch (cfg->kind) {
    case SCENE_PROGRAM:
        return true;
    case SCENE_ECHO:
    case SCENE_SINK:
    case SCENE_SERVICE:
        nbt_dummy_init(&p->service, cfg->serves, cfg->lana, cfg->listen.b);
        return true;
    case SCENE_AGENT:
        agent.seed = nbt_rng_u64(&seeds);
        p->ops = &simrc_agent;
        p->rc = p->agent = rc_agent_new(p->w->cfg.mem, &agent);
        return p->agent;
    case SCENE_VIEWER:
        viewer.here.port = (uint16_t)(OWN_PORTS + (p->index + PORTS_APART * p->runs) % OWN_PORTS_N);
        p->ops = &simrc_viewer;
        p->rc = p->viewer = rc_viewer_new(p->w->cfg.mem, &viewer);
        return p->viewer;
    }
    return false;
}

static void start(simprog *p)
{
    simworld *w = p->w;
    nbt_time now = nbt_simnet_clock(w->net, host_of(p)->net);
    nbt_out *out = nbt_simnet_begin(w->net);
    if (p->viewer)
        rc_viewer_start(p->viewer, now, out);
    else if (p->agent)
        rc_agent_start(p->agent, now, out);
    else if (cfg_of(p)->kind != SCENE_PROGRAM)
        nbt_dummy_start(&p->service, out);
    note_asked(p, out, 0);
    nbt_simnet_end(w->net, p->obj);
}

void simworld_prog_run(simworld *w, uint16_t prog)
{
    simprog *p = &w->prog[prog];
    const simhost *h = host_of(p);
    if (p->obj || !h->computer || h->leave_by != NBT_NEVER)
        return;
    p->reset = p->place = false;
    p->lsn = 0;
    if (make(p))
        p->obj = nbt_simnet_attach(w->net, h->net, prog + 1u, ops_of(cfg_of(p)), p);
    if (!p->obj) {
        w->failed = true;
        return;
    }
    simworld_own(w, p->obj, w->s->nhosts + prog);
    start(p);
}

static void give_place_back(simprog *p)
{
    if (p->place)
        host_of(p)->places--;
    p->place = false;
}

void simworld_prog_vanish(simworld *w, uint16_t prog)
{
    simprog *p = &w->prog[prog];
    give_place_back(p);
    simbook_gone(w->book, prog);
    p->obj = 0;
    rc_viewer_free(p->viewer);
    rc_agent_free(p->agent);
    p->ops = NULL;
    p->viewer = NULL;
    p->agent = NULL;
}

void simworld_prog_kill(simworld *w, uint16_t prog)
{
    if (w->prog[prog].obj)
        nbt_simnet_detach(w->net, w->prog[prog].obj);
    simworld_prog_vanish(w, prog);
}

enum { SCREEN_TEXT_MAX = RC_ROWS * (RC_COLUMNS + 1) + 1 };

/* --- what it is told, and what it wants ------------------------------------------------------- */

static void submit(simprog *p, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data)
{
    nbt_out *out = nbt_simnet_begin(p->w->net);
    nbt_act *act = nbt_out_add(out, NBT_ACT_NCB, data.p, data.n);
    act->tag = tag;
    act->ncb = *ncb;
    note_asked(p, out, 0);
    nbt_simnet_end(p->w->net, p->obj);
}

void simworld_prog_submit(simworld *w, const scene_step *step)
{
    simprog *p = &w->prog[step->program];
    if (!p->obj && cfg_of(p)->kind == SCENE_PROGRAM)
        simworld_prog_run(w, step->program); /* it was killed: another process of that name */
    if (!p->obj)
        return;
    nbt_ncb ncb = scene_build_ncb(w->s, step, p->lsn);
    const nbt_profile *profile = w->s->host[cfg_of(p)->host].profile;
    if (profile->reset_required && !p->reset && nbt_ncb_verb(&ncb) != NBT_NCB_RESET) {
        nbt_ncb reset = { .command = NBT_NCB_RESET, .lana = ncb.lana };
        submit(p, RESET_TAG, &reset, (nbt_bytes){ NULL, 0 });
    }
    p->reset = true;
    submit(p, (uint32_t)(step - w->s->step) + 1, &ncb, scene_build_data(step));
}

void simworld_prog_command(simworld *w, uint16_t prog, const rc_cmd *cmd)
{
    simprog *p = &w->prog[prog];
    if (!p->viewer && !p->agent)
        return;
    nbt_time now = nbt_simnet_clock(w->net, host_of(p)->net);
    nbt_out *out = nbt_simnet_begin(w->net);
    if (p->viewer)
        rc_viewer_do(p->viewer, now, cmd, out);
    else
        rc_agent_do(p->agent, now, cmd, out);
    note_asked(p, out, 0);
    nbt_simnet_end(w->net, p->obj);
}

static void want_place(simprog *p, int64_t limit)
{
    simhost *h = host_of(p);
    rc_cmd cmd = { .kind = RC_CMD_SLOT, .value = h->places < limit };
    p->place = cmd.value;
    h->places += p->place;
    simworld_prog_command(p->w, p->index, &cmd);
}

/* The rows of a viewer's screen that have changed, a line each. */
static nbt_bytes put_rows(const rc_viewer *v, int64_t set, char text[SCREEN_TEXT_MAX])
{
    size_t n = 0;
    for (unsigned row = 0; v && row < RC_ROWS; row++) {
        if (!(set >> row & 1))
            continue;
        rc_screen_row(rc_viewer_screen(v), row, text + n);
        n += strlen(text + n);
        text[n++] = '\n';
    }
    return (nbt_bytes){ (const uint8_t *)text, n };
}

/* What was received must be what was sent, whatever the transfer itself has found out. */
static void do_file(simprog *p, const nbt_act *act, nbt_bytes data)
{
    uint8_t octets[RC_PIECE_MAX];
    simfile_answer a = simfile_act(&p->file, cfg_of(p), act, data, octets);
    assert(act->app != RC_APP_FILE_PLACE || !p->file.wrong);
    rc_cmd cmd = { .kind = RC_CMD_FILE, .value = a.value, .data = a.data };
    if (a.due)
        simworld_prog_command(p->w, p->index, &cmd);
}

void simworld_prog_effect(simworld *w, uint16_t prog, const nbt_simnet_effect *e)
{
    simprog *p = &w->prog[prog];
    char rows[SCREEN_TEXT_MAX];
    if (e->obj != p->obj || e->act.kind != NBT_ACT_APP)
        return;
    const nbt_act act = e->act; /* an answer makes room for other effects */
    const nbt_ncb *ncb = e->act.ncb.command ? &e->act.ncb : NULL;
    bool screen = e->act.app == RC_APP_SCREEN;
    scene_event ev = { .kind = SCENE_EV_APP,
                       .at = e->at,
                       .index = prog,
                       .ncb = ncb,
                       .app = (rc_app)e->act.app,
                       .value = e->act.value,
                       .data = screen ? put_rows(p->viewer, e->act.value, rows) : e->data };
    w->cfg.event(w->cfg.ctx, &ev);
    if (ev.app == RC_APP_SLOT_WANTED)
        want_place(p, ev.value);
    else if (ev.app == RC_APP_SLOT_BACK)
        give_place_back(p);
    else if (ev.app >= RC_APP_FILE_OPEN && ev.app <= RC_APP_FILE_OVER)
        do_file(p, &act, ev.data);
    else if (ev.app == RC_APP_EXIT)
        simworld_prog_kill(w, prog); /* its process ends */
}
