/*
 * Programs: viewers and agents as processes, whose control blocks are watched on their way to the
 * driver; those that submit what steps say, echo or only listen, here.
 */
#include "tools/host/loop.h"
#include "tools/lab/lab.h"
#include "tools/lab/play_impl.h"
#include "tools/scene/build.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const scene_program *cfg_of(const play_prog *q)
{
    return &q->play->s->program[q->index];
}

static play_host *host_of(const play_prog *q)
{
    return &q->play->host[cfg_of(q)->host];
}

/* -- control blocks ---------------------------------------------------------------------------- */

/* The RESET that is made for a program is its own affair. */
enum { RESET_TAG = 1 << 29 };

/* On its way to the driver, and into the book. */
static void on_submit(void *ctx, const nbt_ipc *m)
{
    const play_prog *q = ctx;
    if (!q->link.driver)
        return;
    simbook_asked(q->play->book, q->index, cfg_of(q)->host, m->tag, &m->ncb, m->data);
    host_ncbsock_send(q->link.driver, m);
}

static void submit(play_prog *q, uint32_t tag, const nbt_ncb *ncb, nbt_bytes data)
{
    nbt_ipc m = { .kind = NBT_IPC_SUBMIT, .tag = tag, .ncb = *ncb, .data = data };
    on_submit(q, &m);
}

/* What a peer wants to submit. */
static void carry(play_prog *q)
{
    nbt_out *out = &q->play->out;
    for (size_t i = 0; i < out->n; i++)
        submit(q, out->acts[i].tag, &out->acts[i].ncb, nbt_out_data(out, &out->acts[i]));
    nbt_out_clear(out);
}

/* The control block of a step has come back. */
static void end_step(play_prog *q, const nbt_ncb *ncb)
{
    unsigned verb = nbt_ncb_verb(ncb);
    if (ncb->retcode == NBT_NRC_GOODRET && (verb == NBT_NCB_CALL || verb == NBT_NCB_LISTEN))
        q->lsn = ncb->lsn;
}

static void on_answer(void *ctx, const nbt_ipc *m)
{
    play_prog *q = ctx;
    play *p = q->play;
    scene_program_kind kind = cfg_of(q)->kind;
    simbook_end here, there;
    bool under_way = m->kind == NBT_IPC_ACCEPTED && m->ncb.retcode == NBT_NRC_GOODRET;
    if (play_book_takes(p, cfg_of(q)->host, m))
        return;
    lab_switch_drain(p->net); /* what its driver has sent before it answered */
    host_of(q)->stale = true;
    play_touch(p);
    if (!under_way) {
        play_book_ends(p, cfg_of(q)->host, &m->ncb, &here, &there);
        simbook_done(p->book, q->index, cfg_of(q)->host, m->tag, &m->ncb, m->data, here, there);
    }
    if (m->tag != RESET_TAG && !under_way) {
        scene_event ev = {
            .kind = SCENE_EV_DONE, .index = q->index, .ncb = &m->ncb, .data = m->data
        };
        play_event(p, &ev);
    }
    if (q->link.program) {
        host_ncbsock_send(q->link.program, m);
    } else if (m->tag & NBT_DUMMY_TAG && kind != SCENE_PROGRAM && !under_way) {
        nbt_dummy_ncb(&q->service, host_now(), m->tag, &m->ncb, m->data, &p->out);
        carry(q);
    } else if (m->tag != RESET_TAG && !under_way) {
        end_step(q, &m->ncb);
    }
}

static void unlink_both(play_prog *q)
{
    simbook_gone(q->play->book, q->index); /* nobody is told of what is under way any more */
    host_ncbsock_free(q->link.program);
    host_ncbsock_free(q->link.driver);
    q->link = (play_link){ NULL, NULL };
}

/* The driver has gone, or the program has: the other hears of it. */
static void on_closed(void *ctx, const char *why)
{
    (void)why;
    unlink_both(ctx);
    play_touch(((play_prog *)ctx)->play);
}

static bool connect_driver(play_prog *q)
{
    play *p = q->play;
    host_err err;
    host_ncbsock_cfg cfg = { .ctx = q, .message = on_answer, .closed = on_closed };
    int fd = host_ncb_open(host_of(q)->socket, &err);
    if (fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
        q->link.driver = host_ncbsock_new(&p->loop, fd, &cfg);
    return q->link.driver;
}

/* Which of a host's programs has connected: the one that is this process. */
void play_prog_connected(play *p, uint16_t host, int fd)
{
    struct ucred peer = { 0 };
    socklen_t len = sizeof peer;
    (void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
    for (uint32_t i = 0; i < p->s->nprograms; i++) {
        play_prog *q = &p->prog[i];
        host_ncbsock_cfg cfg = {
            .ctx = q, .driver = true, .message = on_submit, .closed = on_closed
        };
        if (!q->process || cfg_of(q)->host != host ||
            lab_program_pid(q->process->program) != peer.pid || q->link.program)
            continue;
        if (!connect_driver(q))
            break;
        q->link.program = host_ncbsock_new(&p->loop, fd, &cfg);
        return;
    }
    close(fd);
}

/* -- beginning and end ------------------------------------------------------------------------- */

void play_prog_run(play *p, uint16_t prog)
{
    play_prog *q = &p->prog[prog];
    const scene_program *cfg = cfg_of(q);
    const play_host *h = host_of(q);
    const char *folder;
    lab_args args;
    if (q->process || q->link.driver || !h->driver || h->leaving)
        return;
    folder = play_files_folder(p, prog);
    if (p->failed)
        return;
    q->reset = false;
    q->lsn = 0;
    switch (cfg->kind) {
    case SCENE_VIEWER:
        lab_args_viewer(&args, p->s, cfg, h->relay, folder);
        q->process = play_spawn(p, cfg->host, prog, &args);
        return;
    case SCENE_AGENT:
        lab_args_agent(&args, p->s, cfg, h->relay, folder);
        q->process = play_spawn(p, cfg->host, prog, &args);
        return;
    case SCENE_ECHO:
    case SCENE_SINK:
    case SCENE_SERVICE:
        nbt_dummy_init(&q->service, cfg->serves, cfg->lana, cfg->listen.b);
        break;
    case SCENE_PROGRAM:
        break;
    }
    if (connect_driver(q) && cfg->kind != SCENE_PROGRAM) {
        nbt_dummy_start(&q->service, &p->out);
        carry(q);
    }
}

/* Services that wait for a moment. */
void play_prog_tick(play *p)
{
    nbt_time now = host_now();
    for (uint32_t i = 0; i < p->s->nprograms; i++) {
        play_prog *q = &p->prog[i];
        if (!scene_is_service(cfg_of(q)) || !q->link.driver)
            continue;
        nbt_dummy_tick(&q->service, now, &p->out);
        carry(q);
    }
}

void play_prog_kill(play *p, uint16_t prog)
{
    play_prog *q = &p->prog[prog];
    play_kill(q->process);
    q->process = NULL;
    unlink_both(q);
}

void play_prog_ended(play *p, play_process *q)
{
    p->prog[q->prog].process = NULL;
    unlink_both(&p->prog[q->prog]);
}

/* -- what steps want --------------------------------------------------------------------------- */

void play_prog_submit(play *p, const scene_step *step)
{
    play_prog *q = &p->prog[step->program];
    if (!q->link.driver && cfg_of(q)->kind == SCENE_PROGRAM)
        play_prog_run(p, step->program); /* it was killed: another process of that name */
    if (!q->link.driver)
        return;
    nbt_ncb ncb = scene_build_ncb(p->s, step, q->lsn);
    const nbt_profile *profile = p->s->host[cfg_of(q)->host].profile;
    if (profile->reset_required && !q->reset && nbt_ncb_verb(&ncb) != NBT_NCB_RESET) {
        nbt_ncb reset = { .command = NBT_NCB_RESET, .lana = ncb.lana };
        submit(q, RESET_TAG, &reset, (nbt_bytes){ NULL, 0 });
    }
    q->reset = true;
    uint32_t number = (uint32_t)(step - p->s->step);
    submit(q, number + 1, &ncb, scene_build_data(step));
}

/* A viewer's keys; an agent's user says yes or no. */
void play_prog_type(play *p, const scene_step *step)
{
    const play_prog *q = &p->prog[step->program];
    const char *text = step->what == SCENE_DO_TYPE ? step->text : step->yes ? "y\n" : "n\n";
    if (q->process)
        (void)lab_program_type(q->process->program, text);
}

void play_prog_close(play *p, uint16_t prog)
{
    if (p->prog[prog].process)
        lab_program_signal(p->prog[prog].process->program, SIGTERM);
}

/* -- what viewers and agents say --------------------------------------------------------------- */

static int64_t transport_of(const char *word)
{
    for (rc_transport t = RC_NETBIOS; t <= RC_UDP; t++)
        if (strcmp(word, rc_transport_str(t)) == 0)
            return t;
    return -1;
}

static int64_t end_of(const char *word)
{
    for (int end = RC_END_DONE; end <= RC_END_TRANSFER; end++)
        if (strcmp(word, rc_end_str((rc_end)end)) == 0)
            return end;
    return -1;
}

/* The rows of a viewer's screen that have changed, a line each; those that have no room are not
 * told. */
static nbt_bytes put_rows(const json_t *event, char *text, size_t cap)
{
    const json_t *row;
    size_t i, at = 0;
    json_array_foreach (json_object_get(event, "rows"), i, row) {
        int n = snprintf(text + at, cap - at, "%s\n", lab_text(row, "text"));
        if (n < 0 || (size_t)n >= cap - at)
            break;
        at += (size_t)n;
    }
    return (nbt_bytes){ (const uint8_t *)text, at };
}

void play_prog_said(play *p, uint16_t prog, json_t *event)
{
    char rows[RC_ROWS * (RC_COLUMNS + 1) + 1];
    const char *word = lab_text(event, "event");
    nbt_ncb ncb = { .retcode = (uint8_t)json_integer_value(json_object_get(event, "retcode")) };
    scene_event ev = { .kind = SCENE_EV_APP, .index = prog };
    int app = 0;
    while (app <= RC_APP_EXIT && strcmp(word, rc_app_str((rc_app)app)) != 0)
        app++;
    if (app > RC_APP_EXIT)
        return;
    ev.app = (rc_app)app;
    if (ev.app == RC_APP_CONNECTED)
        ev.value = transport_of(lab_text(event, "transport"));
    else if (ev.app == RC_APP_SCREEN)
        ev.data = put_rows(event, rows, sizeof rows);
    else if (ev.app == RC_APP_LOG)
        ev.value = json_integer_value(json_object_get(event, "code"));
    else if (ev.app == RC_APP_EXIT)
        ev.value = end_of(lab_text(event, "end"));
    else if (json_object_get(event, "retcode"))
        ev.ncb = &ncb;
    play_touch(p);
    play_event(p, &ev);
}
