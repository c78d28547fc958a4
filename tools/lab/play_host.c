/*
 * Hosts: nbtd as a computer's driver or as a name server, and the relay through which a computer's
 * programs reach their driver.
 */
#include "nbt/session.h"
#include "tools/host/mem.h"
#include "tools/lab/nmbd.h"
#include "tools/lab/lab.h"
#include "tools/lab/play_impl.h"
#include "tools/scene/print.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* -- on ---------------------------------------------------------------------------------------- */

static void be_up(play *p, uint16_t host)
{
    p->host[host].up = true;
    play_tell(p, SCENE_EV_UP, host);
    for (uint32_t i = 0; i < p->s->nprograms; i++) {
        const scene_program *prog = &p->s->program[i];
        if (prog->host == host && !prog->off && prog->kind != SCENE_VIEWER)
            play_prog_run(p, (uint16_t)i);
    }
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    const play_host *h = poll->data;
    (void)status;
    (void)events;
    int fd = accept4(h->local.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        play_prog_connected(h->play, h->index, fd);
}

/* Once for a host: its programs find it there whenever it is on. */
static bool open_relay(play_host *h)
{
    host_err err;
    if (h->relaying)
        return true;
    snprintf(h->relay, sizeof h->relay, "%s/h%u.relay", h->play->cfg.folder, h->index);
    if (!host_localsock_listen(&h->local, h->relay, SOCK_SEQPACKET, &err)) {
        play_fail(h->play, &err);
        return false;
    }
    uv_poll_init(&h->play->loop, &h->poll, h->local.fd);
    h->poll.data = h;
    uv_poll_start(&h->poll, UV_READABLE, on_connection);
    h->relaying = true;
    return true;
}

/* Its LMHOSTS, written for nbtd; NULL if it has none. */
static const char *write_lmhosts(play *p, const play_host *h, char path[PLAY_PATH_MAX])
{
    const scene_host *cfg = &p->s->host[h->index];
    host_err err;
    if (cfg->nlmhosts == 0)
        return NULL;
    snprintf(path, PLAY_PATH_MAX, "%s/h%u.lmhosts", p->cfg.folder, h->index);
    FILE *f = fopen(path, "we");
    for (uint32_t i = 0; f && i < cfg->nlmhosts; i++) {
        char text[256];
        scene_put line;
        scene_put_init(&line, text, sizeof text);
        scene_put_lmhost(&line, &cfg->lmhosts[i]);
        fprintf(f, "%s\n", text);
    }
    if (f && fclose(f) == 0)
        return path;
    host_err_set(&err, HOST_SYSTEM, "%s cannot be written", path);
    play_fail(p, &err);
    return NULL;
}

/* Where the scenario wants it: nobody waits for it, since it does not tell. */
static bool start_nmbd(play *p, uint16_t host)
{
    lab_args args;
    host_err err;
    if (!p->s->host[host].netbios[0])
        return true;
    if (!lab_nmbd(&args, p->s, host, p->cfg.folder, &err)) {
        play_fail(p, &err);
        return false;
    }
    p->host[host].driver = play_spawn(p, host, SCENE_NOBODY, &args);
    return p->host[host].driver;
}

static bool has_jumps(const scene *s, uint16_t host)
{
    bool any = false;
    for (uint32_t i = 0; i < s->nsteps && !any; i++)
        any = s->step[i].what == SCENE_DO_CLOCK && s->step[i].host == host;
    return any;
}

void play_host_start(play *p, uint16_t host)
{
    play_host *h = &p->host[host];
    const scene_host *cfg = &p->s->host[host];
    char path[PLAY_PATH_MAX];
    lab_args args;
    if (h->on)
        return;
    h->on = true;
    h->stale = true;
    lab_switch_power(p->net, host, true);
    snprintf(h->socket, sizeof h->socket, "%s/h%u.%u", p->cfg.folder, host, ++h->starts);
    switch (cfg->kind) {
    case SCENE_HOST:
        if (!start_nmbd(p, host))
            return;
        be_up(p, host);
        return;
    case SCENE_SERVER:
        lab_args_server(&args, cfg, p->cfg.interface, h->socket);
        break;
    case SCENE_COMPUTER:
        if (!open_relay(h))
            return;
        lab_args_computer(&args, p->s, cfg, p->cfg.interface, h->socket, write_lmhosts(p, h, path));
        break;
    }
    if (has_jumps(p->s, host))
        lab_args_clock(&args);
    h->driver = play_spawn(p, host, SCENE_NOBODY, &args);
}

/* -- off --------------------------------------------------------------------------------------- */

static void switch_off(play *p, uint16_t host)
{
    play_host *h = &p->host[host];
    lab_switch_power(p->net, host, false);
    play_kill(h->driver);
    if (h->asking >= 0)
        close(h->asking);
    h->driver = NULL;
    h->asking = -1;
    h->sessions = 0;
    h->on = h->up = h->leaving = false;
    play_touch(p);
    play_tell(p, SCENE_EV_DOWN, host);
}

static void end_programs(play *p, uint16_t host)
{
    for (uint32_t i = 0; i < p->s->nprograms; i++)
        if (p->s->program[i].host == host)
            play_prog_kill(p, (uint16_t)i);
}

/* What its kernel still says about its end leaves it no more. */
void play_host_crash(play *p, uint16_t host)
{
    if (!p->host[host].on)
        return;
    lab_switch_power(p->net, host, false);
    end_programs(p, host);
    switch_off(p, host);
}

void play_host_stop(play *p, uint16_t host)
{
    play_host *h = &p->host[host];
    if (!h->on || h->leaving)
        return;
    if (p->s->host[host].kind != SCENE_COMPUTER || !h->driver) {
        play_host_crash(p, host); /* it has nothing to give back */
        return;
    }
    end_programs(p, host);
    h->leaving = true;
    lab_program_signal(h->driver->program, SIGTERM);
}

/* -- what nbtd says ---------------------------------------------------------------------------- */

/* Sessions come and go by changes of their phase. */
static void count_sessions(play_host *h, const json_t *event)
{
    const char *up = nbt_phase_str(NBT_PHASE_UP);
    if (strcmp(lab_text(event, "what"), "session") != 0)
        return;
    if (strcmp(lab_text(event, "to"), up) == 0)
        h->sessions++;
    else if (strcmp(lab_text(event, "from"), up) == 0 && h->sessions > 0)
        h->sessions--;
}

void play_host_said(play *p, uint16_t host, json_t *event)
{
    play_host *h = &p->host[host];
    const char *word = lab_text(event, "event");
    bool server = p->s->host[host].kind == SCENE_SERVER;
    h->stale = true;
    play_touch(p);
    if (strcmp(word, "trace") == 0)
        count_sessions(h, event);
    else if (strcmp(word, server ? "ready" : "settled") == 0 && !h->up && !h->leaving)
        be_up(p, host);
}

/* Only a driver that was told to may end. */
void play_host_ended(play *p, play_process *q)
{
    host_err err;
    if (p->host[q->host].leaving) {
        switch_off(p, q->host);
        return;
    }
    host_err_set(&err, HOST_SYSTEM, "%s of %s ended with status %d, which it was not told to: %s",
                 p->s->host[q->host].kind == SCENE_HOST ? "nmbd" : "nbtd", p->s->host[q->host].name,
                 lab_program_status(q->program), lab_program_said(q->program));
    play_fail(p, &err);
}

/* -- what steps want of a server --------------------------------------------------------------- */

void play_host_order(play *p, const scene_step *step)
{
    char text[256];
    scene_put o;
    if (!p->host[step->host].up)
        return;
    scene_put_init(&o, text, sizeof text);
    if (step->what == SCENE_DO_STATIC) {
        scene_put_str(&o, "add ");
        scene_put_name(&o, &step->name);
        scene_put_str(&o, step->group ? " group " : " unique ");
        scene_put_ip(&o, step->ip);
    } else if (step->what == SCENE_DO_FORGET) {
        scene_put_str(&o, "delete ");
        scene_put_name(&o, &step->name);
    } else {
        scene_put_str(&o, step->what == SCENE_DO_FREEZE ? "freeze" : "thaw");
    }
    json_decref(play_view_ask_server(p, step->host, text));
}

/* Of a host that is off nobody hears. */
void play_host_jump(play *p, const scene_step *step)
{
    char text[32];
    const play_host *h = &p->host[step->host];
    snprintf(text, sizeof text, "%lld\n", (long long)step->jump);
    if (h->driver)
        (void)lab_program_type(h->driver->program, text);
}

/* -- life -------------------------------------------------------------------------------------- */

bool play_hosts_new(play *p)
{
    p->host = calloc(p->s->nhosts + 1, sizeof *p->host);
    p->prog = calloc(p->s->nprograms + 1, sizeof *p->prog);
    if (!p->host || !p->prog)
        return false;
    for (uint32_t i = 0; i < p->s->nhosts; i++) {
        p->host[i] = (play_host){ .play = p, .index = (uint16_t)i, .asking = -1 };
        p->host[i].names = calloc(SCENE_ADAPTERS_MAX * NBT_NAMES_MAX, sizeof(nbt_astat_name));
        if (!p->host[i].names)
            return false;
    }
    for (uint32_t i = 0; i < p->s->nprograms; i++) {
        p->prog[i].play = p;
        p->prog[i].index = (uint16_t)i;
    }
    return true;
}

void play_hosts_free(play *p)
{
    for (uint32_t i = 0; p->host && i < p->s->nhosts; i++) {
        play_host *h = &p->host[i];
        if (h->asking >= 0)
            close(h->asking);
        if (h->relaying) {
            uv_close((uv_handle_t *)&h->poll, NULL);
            host_localsock_remove(&h->local);
            close(h->local.fd);
        }
        free(h->names);
    }
    /* The polls are closed by the loop: it runs before the play is forgotten. */
    while (uv_run(&p->loop, UV_RUN_NOWAIT) > 1)
        ;
    play_files_remove(p);
    free(p->host);
    free(p->prog);
}
