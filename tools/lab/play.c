/*
 * The play as a whole: its clock, its steps, its judge, its processes.
 */
#include "tools/lab/play_impl.h"
#include "tools/host/mem.h"
#include "tools/scene/ladder.h"
#include "tools/scene/tell.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { LOOK_MS = 100, START_MS = 10000, LINGER_MS = 1000, RELEASE_MS = 5000 };

/* -- what happens ------------------------------------------------------------------------------ */

void play_event(play *p, const scene_event *ev)
{
    scene_event e = *ev;
    e.at = lab_switch_now(p->net);
    if (p->over)
        return;
    p->happened = e.at;
    scene_judge_event(p->judge, &e);
    scene_log_event(p->log, &e);
}

void play_tell(play *p, scene_event_kind kind, uint32_t index)
{
    play_event(p, &(scene_event){ .kind = kind, .index = index });
}

static void on_message(void *ctx, const scene_event *ev)
{
    play_book_hear(ctx, ev);
    play_event(ctx, ev);
}

void play_touch(play *p)
{
    p->looked = false;
}

void play_fail(play *p, const host_err *err)
{
    if (!p->failed)
        p->err = *err;
    p->failed = p->over = true;
}

/* -- processes --------------------------------------------------------------------------------- */

static void on_said(void *ctx, json_t *event)
{
    const play_process *q = ctx;
    const lab_watch *watch = &q->play->cfg.watch;
    if (!q->wanted)
        return;
    if (watch->said)
        watch->said(watch->ctx, q->host, q->prog, event);
    lab_switch_drain(q->play->net); /* what it has sent before it said so */
    if (q->prog != SCENE_NOBODY)
        play_prog_said(q->play, q->prog, event);
    else
        play_host_said(q->play, q->host, event);
}

static void on_ended(void *ctx)
{
    play_process *q = ctx;
    const lab_watch *watch = &q->play->cfg.watch;
    if (watch->ended)
        watch->ended(watch->ctx, q->host, q->prog, lab_program_said(q->program));
    if (!q->wanted)
        return;
    q->wanted = false;
    lab_switch_drain(q->play->net);
    if (q->prog != SCENE_NOBODY)
        play_prog_ended(q->play, q);
    else
        play_host_ended(q->play, q);
}

play_process *play_spawn(play *p, uint16_t host, uint16_t prog, const lab_args *args)
{
    host_err err;
    char site[LAB_SWITCH_SITE_MAX];
    const lab_watch *watch = &p->cfg.watch;
    host_err_set(&err, HOST_SYSTEM, "%s of %s could not be started", args->at[0],
                 p->s->host[host].name);
    play_process *q = args->full ? NULL : calloc(1, sizeof *q);
    if (!q) {
        play_fail(p, &err);
        return NULL;
    }
    *q = (play_process){ .play = p, .host = host, .prog = prog, .wanted = true };
    lab_program_cfg cfg = { .loop = &p->loop,
                            .programs = p->cfg.programs,
                            .host = p->cfg.interface ? NULL : lab_switch_site(host, site),
                            .argv = args->at,
                            .ctx = q,
                            .event = on_said,
                            .ended = on_ended };
    if (watch->started)
        watch->started(watch->ctx, host, prog);
    q->program = lab_program_new(&cfg);
    if (!q->program) {
        play_fail(p, &err);
        free(q);
        return NULL;
    }
    LIST_INSERT_HEAD(&p->processes, q, link);
    return q;
}

/* Until the kernel has taken its sockets away, so that another can have their ports. */
static void wait_for_end(pid_t pid)
{
    siginfo_t info;
    while (pid && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        ;
}

void play_kill(play_process *q)
{
    if (!q)
        return;
    q->wanted = false;
    pid_t pid = lab_program_pid(q->program);
    lab_program_signal(q->program, SIGKILL);
    wait_for_end(pid);
}

/* -- what must not be -------------------------------------------------------------------------- */

static void judge_invariants(play *p)
{
    for (unsigned i = 0; i < SCENE_INVARIANTS; i++) {
        if (p->broken[i] || p->s->allow[i])
            continue;
        p->broken[i] = play_view_breaks(p, (scene_invariant)i, &p->breach[i]);
        p->breach[i].at = lab_switch_now(p->net);
    }
}

/* Before a step changes something: nothing at all has happened for so long. */
static void judge_quiet(play *p, nbt_time now)
{
    enum { QUIET = NBT_S(1) };
    if (now - p->happened >= QUIET)
        judge_invariants(p);
    p->happened = now;
}

/* -- steps ------------------------------------------------------------------------------------- */

static void do_step(play *p, const scene_step *step)
{
    switch (step->what) {
    case SCENE_DO_START:
        play_host_start(p, step->host);
        return;
    case SCENE_DO_STOP:
        play_host_stop(p, step->host);
        return;
    case SCENE_DO_CRASH:
        play_host_crash(p, step->host);
        return;
    case SCENE_DO_RUN:
        play_prog_run(p, step->program);
        return;
    case SCENE_DO_KILL:
        play_prog_kill(p, step->program);
        return;
    case SCENE_DO_CLOSE:
        play_prog_close(p, step->program);
        return;
    case SCENE_DO_TYPE:
    case SCENE_DO_PERMIT:
        play_prog_type(p, step);
        return;
    case SCENE_DO_NCB:
        play_prog_submit(p, step);
        return;
    case SCENE_DO_SEND:
        lab_switch_send(p->net, step);
        return;
    case SCENE_DO_STATIC:
    case SCENE_DO_FORGET:
    case SCENE_DO_FREEZE:
    case SCENE_DO_THAW:
        play_host_order(p, step);
        return;
    case SCENE_DO_LINK:
        lab_switch_relink(p->net, step->network, &step->link);
        return;
    case SCENE_DO_PARTITION:
    case SCENE_DO_HEAL: /* of nobody against all others */
        lab_switch_partition(p->net, step->network, step->hosts, step->nhosts);
        return;
    case SCENE_DO_FAULT:
    case SCENE_DO_MEND:
        lab_switch_fault(p->net, step->fault, step->what == SCENE_DO_FAULT);
        return;
    case SCENE_DO_CLOCK:
        play_host_jump(p, step);
        return;
    case SCENE_DO_AWAIT: /* the script's */
        return;
    }
}

static void look(play *p, nbt_time now)
{
    if (p->looked)
        return;
    p->looked = true;
    scene_judge_look(p->judge, now);
}

/* All that is to be done now. */
static void go_on(play *p)
{
    const scene_step *step;
    nbt_time now = lab_switch_now(p->net);
    look(p, now);
    while (!p->over && (step = scene_script_next(&p->script, now))) {
        judge_quiet(p, now);
        do_step(p, step);
        play_touch(p);
        now = lab_switch_now(p->net);
        look(p, now);
    }
    if (!p->over && scene_script_is_over(&p->script, now)) {
        lab_switch_drain(p->net);
        p->over = true;
    }
}

/* Windows open and scripts go on though nothing happens. */
static void on_timer(uv_timer_t *t)
{
    play_prog_tick(t->data);
    play_touch(t->data);
}

/* How long nobody has to look, in milliseconds. */
static uint64_t patience(const play *p)
{
    nbt_time left = scene_script_due(&p->script) - lab_switch_now(p->net);
    if (left <= 0)
        return 0;
    return left / 1000 + 1 < LOOK_MS ? (uint64_t)(left / 1000 + 1) : LOOK_MS;
}

static void interrupt(play *p)
{
    host_err err;
    host_err_set(&err, HOST_BOUND, "interrupted");
    play_fail(p, &err);
}

static bool is_played(const play *p, uint32_t host)
{
    return !p->s->host[host].off &&
           (!p->cfg.side || lab_args_is_played(p->s, p->cfg.side, (uint16_t)host));
}

/* Whether nothing is heard of it until somebody asks or a step wants something: a name server, a
 * computer without names of its own or programs that run by themselves. */
static bool is_silent(const scene *s, uint32_t host)
{
    const scene_host *h = &s->host[host];
    bool silent = h->kind == SCENE_SERVER || (h->kind == SCENE_COMPUTER && h->services == 0);
    for (uint32_t i = 0; i < s->nprograms; i++)
        silent =
            silent && (s->program[i].host != host || s->program[i].off ||
                       s->program[i].kind == SCENE_PROGRAM || s->program[i].kind == SCENE_VIEWER);
    return silent;
}

static void start_hosts(play *p, bool silent)
{
    for (uint32_t i = 0; i < p->s->nhosts; i++)
        if (is_played(p, i) && is_silent(p->s, i) == silent)
            play_host_start(p, (uint16_t)i);
}

static bool silent_are_up(const play *p)
{
    for (uint32_t i = 0; i < p->s->nhosts; i++)
        if (is_played(p, i) && is_silent(p->s, i) && !p->host[i].up)
            return false;
    return true;
}

/* A simulated one hears what is said, and does what it is told, at the very beginning: a real one
 * needs a moment before that. */
static void start(play *p)
{
    start_hosts(p, true);
    uv_timer_start(&p->timer, on_timer, START_MS, 0);
    while (!p->over && !silent_are_up(p) && uv_is_active((uv_handle_t *)&p->timer))
        uv_run(&p->loop, UV_RUN_ONCE);
    lab_switch_begin(p->net);
    start_hosts(p, false);
}

static void run(play *p)
{
    start(p);
    for (go_on(p); !p->over; go_on(p)) {
        /* Once more a little later: it may ring before the loop begins to wait. */
        uv_timer_start(&p->timer, on_timer, patience(p), 1);
        uv_run(&p->loop, UV_RUN_ONCE);
        if (p->cfg.stopped && p->cfg.stopped(p->cfg.ctx, lab_switch_now(p->net)))
            interrupt(p);
    }
}

/* -- what came of it --------------------------------------------------------------------------- */

static void tell_invariants(play *p, lab_played *to)
{
    judge_invariants(p);
    for (unsigned i = 0; i < SCENE_INVARIANTS; i++) {
        to->broken[i] = p->broken[i];
        to->held = to->held && !p->broken[i];
        if (p->broken[i])
            scene_tell_breach(&to->told, p->cfg.path, p->s, (scene_invariant)i, &p->breach[i],
                              to->time);
    }
}

/* Of the book: what drivers did wrong with control blocks and sessions. */
static void tell_faults(play *p, lab_played *to)
{
    play_book_settle(p);
    for (unsigned i = 0; i < SIMBOOK_FAULTS; i++) {
        const simbook_entry *e = simbook_found(p->book, (simbook_fault)i);
        to->fault[i] = e->n > 0;
        to->held = to->held && !to->fault[i];
        if (to->fault[i])
            scene_tell_fault(&to->told, p->cfg.path, p->s, (simbook_fault)i, e);
    }
}

static void judge(play *p, lab_played *to)
{
    to->time = lab_switch_now(p->net);
    to->messages = lab_switch_messages(p->net);
    play_view_forget(p);
    scene_judge_end(p->judge, to->time);
    to->frames = lab_switch_frames(p->net);
    to->missed = p->script.missed;
    to->missed_step = p->script.at;
    to->held = !to->missed;
    if (p->cfg.verbose)
        scene_tell_log(&to->told, p->log);
    if (p->cfg.ladder)
        scene_ladder(&to->told, p->s, p->log);
    if (to->missed)
        scene_tell_missed(&to->told, p->cfg.path, &p->script, p->log);
    tell_invariants(p, to);
    for (uint32_t i = 0; i < p->s->nexpects; i++) {
        to->expected[i] = scene_judge_held(p->judge, i);
        to->held = to->held && to->expected[i];
        if (!to->expected[i])
            scene_tell_expect(&to->told, p->cfg.path, p->s, p->judge, p->log, i);
    }
    tell_faults(p, to);
}

/* -- life -------------------------------------------------------------------------------------- */

static bool make(play *p)
{
    lab_switch_cfg net = { .loop = &p->loop,
                           .scene = p->s,
                           .seed = p->cfg.seed,
                           .capture = p->cfg.capture,
                           .interface = p->cfg.interface,
                           .uplink = p->cfg.uplink,
                           .ctx = p,
                           .event = on_message };
    scene_view view = play_view(p);
    host_err_set(&p->err, HOST_SYSTEM, "no memory");
    p->book = simbook_new(host_mem());
    p->buf = malloc(NBT_IPC_MAX);
    p->log = scene_log_new(host_mem(), p->s);
    p->judge = scene_judge_new(host_mem(), p->s, &view);
    if (!p->book || !p->buf || !p->log || !p->judge || !play_hosts_new(p))
        return false;
    p->net = lab_switch_new(&net, &p->err);
    if (!p->net)
        return false;
    scene_script_init(&p->script, p->s, p->judge);
    return true;
}

/* Who goes first: programs, while they have their drivers; then computers, while they have their
 * name servers. */
typedef enum rank { PROGRAMS, COMPUTERS, ALL } rank;

static rank rank_of(const play *p, const play_process *q)
{
    if (q->prog != SCENE_NOBODY)
        return PROGRAMS;
    return p->s->host[q->host].kind == SCENE_COMPUTER ? COMPUTERS : ALL;
}

static bool any_process(const play *p, rank up_to)
{
    const play_process *q;
    LIST_FOREACH(q, &p->processes, link)
    {
        if (rank_of(p, q) <= up_to && !lab_program_over(q->program))
            return true;
    }
    return false;
}

static void signal_all(play *p, rank up_to, int sig)
{
    play_process *q;
    LIST_FOREACH(q, &p->processes, link)
    {
        if (rank_of(p, q) > up_to)
            continue;
        q->wanted = false;
        lab_program_signal(q->program, sig);
    }
}

/* Sends them a signal, and waits until they have ended, and what they said was read. */
static void end_all(play *p, rank up_to, int sig)
{
    /* Real machines have to be told; in namespaces nobody waits for a session to somebody dead. */
    uint64_t patience = p->cfg.side ? RELEASE_MS : LINGER_MS;
    signal_all(p, up_to, sig);
    uv_timer_start(&p->timer, on_timer, LOOK_MS, LOOK_MS);
    for (uint64_t until = uv_now(&p->loop) + patience;
         any_process(p, up_to) && uv_now(&p->loop) < until;)
        uv_run(&p->loop, UV_RUN_ONCE);
}

/* In namespaces at once, for nobody is left to be told; real machines are told in order. */
static void end_processes(play *p)
{
    play_process *q;
    if (p->cfg.side || p->cfg.in_order)
        for (rank r = PROGRAMS; r <= ALL; r++)
            end_all(p, r, SIGTERM);
    end_all(p, ALL, SIGKILL);
    for (uint32_t i = 0; p->prog && i < p->s->nprograms; i++)
        play_prog_kill(p, (uint16_t)i);
    while ((q = LIST_FIRST(&p->processes))) {
        LIST_REMOVE(q, link);
        if (lab_program_over(q->program))
            lab_program_free(q->program);
        free(q);
    }
}

static bool unmake(play *p)
{
    bool whole = true;
    end_processes(p);
    play_hosts_free(p);
    if (p->net)
        whole = lab_switch_free(p->net);
    uv_close((uv_handle_t *)&p->timer, NULL);
    while (uv_run(&p->loop, UV_RUN_NOWAIT) != 0)
        ;
    uv_loop_close(&p->loop);
    scene_judge_free(p->judge);
    scene_log_free(p->log);
    nbt_out_fini(&p->out);
    free(p->buf);
    simbook_free(p->book);
    free(p->call);
    return whole;
}

bool lab_play(const lab_play_cfg *cfg, lab_played *played, host_err *err)
{
    play p = { .cfg = *cfg, .s = cfg->scene };
    *played = (lab_played){ .expected = calloc(cfg->scene->nexpects + 1, sizeof(bool)) };
    signal(SIGPIPE, SIG_IGN);
    LIST_INIT(&p.processes);
    nbt_out_init(&p.out, host_mem());
    uv_loop_init(&p.loop);
    uv_timer_init(&p.loop, &p.timer);
    p.timer.data = &p;
    bool made = played->expected && make(&p);
    if (made)
        run(&p);
    bool ran = made && !p.failed;
    if (ran)
        judge(&p, played);
    bool whole = unmake(&p);
    if (!ran)
        *err = p.err;
    else if (!whole)
        host_err_set(err, HOST_SYSTEM, "%s cannot be written; is there room?", cfg->capture);
    return ran && whole;
}
