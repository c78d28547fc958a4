/*
 * Scenarios for real, several side by side: each in a process with a network of its own.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/host/err.h"
#include "tools/host/iface.h"
#include "tools/lab/args.h"
#include "tools/lab/lab.h"
#include "tools/lab/play.h"
#include "tools/host/progress.h"
#include "tools/lab/runtool.h"
#include "tools/lab/sandbox.h"
#include "tools/lab/scenefile.h"
#include "tools/scene/print.h"
#include "tools/scene/words.h"

/* One file. */
typedef struct job {
    const char *path;
    scene s;
    pid_t pid;
    int process; /* becomes readable at its end; -1: it does not run */
    int out;     /* what it printed */
} job;

typedef struct batch {
    const lab_run_plan *plan;
    char programs[512];
    job *job;
    host_tap uplink; /* fd -1: none */
    size_t started, done;
    int status;
} batch;

/* -- one file, in a process of its own --------------------------------------------------------- */

static json_t *json_expectations(const scene *s, const lab_played *p)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < s->nexpects; i++)
        json_array_append_new(list, json_pack("{s:i, s:s, s:b}", "line", (int)s->expect[i].pos.line,
                                              "label", s->expect[i].label, "held", p->expected[i]));
    return list;
}

static void print_json(const job *j, const lab_played *p)
{
    json_t *broken = json_object();
    for (unsigned i = 0; i < SCENE_INVARIANTS; i++)
        json_object_set_new(broken, scene_word(SCENE_SET_INVARIANT, i),
                            json_boolean(!p->broken[i]));
    for (unsigned i = 0; i < SIMBOOK_FAULTS; i++)
        json_object_set_new(broken, simbook_fault_str((simbook_fault)i),
                            json_boolean(!p->fault[i]));
    json_t *all =
        json_pack("{s:s, s:s, s:b, s:b, s:I, s:I, s:b, s:o, s:o}", "file", j->path, "scenario",
                  j->s.name, "live", true, "held", p->held, "messages", (json_int_t)p->messages,
                  "time_us", (json_int_t)p->time, "awaits", !p->missed, "expectations",
                  json_expectations(&j->s, p), "invariants", broken);
    if (p->told.n > 0) /* what is no UTF-8 cannot be told so */
        json_object_set_new(all, "told", json_stringn(p->told.s, p->told.n));
    json_dumpf(all, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(all);
}

static void print_text(const job *j, const lab_played *p)
{
    if (p->told.n > 0)
        fwrite(p->told.s, 1, p->told.n, stdout);
    printf("%s: %s: live, %u expectations, %llu messages in %.3f s\n", j->path,
           p->held ? "held" : "failed", (unsigned)j->s.nexpects, (unsigned long long)p->messages,
           (double)p->time / 1e6);
}

static const lab_args_side at_bridge = { .bridge = true };

static lab_play_cfg cfg_of(const batch *b, const job *j)
{
    bool bridge = b->uplink.fd >= 0;
    return (lab_play_cfg){ .scene = &j->s,
                           .path = j->path,
                           .programs = b->programs,
                           .capture = b->plan->capture,
                           .seed = b->plan->first,
                           .verbose = b->plan->verbose,
                           .ladder = b->plan->ladder,
                           .side = bridge ? &at_bridge : NULL,
                           .uplink = bridge ? &b->uplink : NULL,
                           .folder = "/run" };
}

/* Plays it, and prints what came of it. */
static int play_it(const batch *b, const job *j, const lab_play_cfg *cfg)
{
    lab_played played;
    host_err err;
    int status;
    if (lab_play(cfg, &played, &err)) {
        if (b->plan->json)
            print_json(j, &played);
        else
            print_text(j, &played);
        status = played.held ? HOST_OK : HOST_FOUND;
    } else {
        fprintf(stderr, "nbtlab run: %s: %s\n", j->path, err.text);
        status = (int)err.status;
    }
    free(played.expected);
    cap_buf_fini(&played.told);
    return status;
}

static int play_job(const batch *b, const job *j)
{
    lab_play_cfg cfg = cfg_of(b, j);
    host_err err;
    if (lab_sandbox_split())
        return play_it(b, j, &cfg);
    host_err_set(&err, HOST_SYSTEM, "%s: no network namespace: %s", j->path, strerror(errno));
    return host_err_print("nbtlab run", &err);
}

/* -- all of them, as the first process of a sandbox -------------------------------------------- */

/* False: it could not be started. */
static bool start(const batch *b, job *j)
{
    fflush(NULL);
    j->out = memfd_create("results", MFD_CLOEXEC);
    j->pid = j->out < 0 ? -1 : fork();
    if (j->pid == 0) {
        (void)dup2(j->out, STDOUT_FILENO);
        int status = play_job(b, j);
        fflush(NULL);
        _exit(status);
    }
    j->process = j->pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, j->pid, 0);
    if (j->process >= 0)
        return true;
    fprintf(stderr, "nbtlab run: %s: no process for it: %s\n", j->path, strerror(errno));
    return false;
}

static void print_out(const job *j)
{
    char text[4096];
    ssize_t n;
    (void)lseek(j->out, 0, SEEK_SET);
    while ((n = read(j->out, text, sizeof text)) > 0)
        fwrite(text, 1, (size_t)n, stdout);
    fflush(stdout);
}

static void finish(batch *b, job *j)
{
    int status = lab_sandbox_wait(j->pid);
    if (status >= 128)
        fprintf(stderr, "nbtlab run: %s: its process was ended by signal %d\n", j->path,
                status - 128);
    b->status = lab_run_worse(b->status, status >= 128 ? HOST_SYSTEM : status);
    print_out(j);
    close(j->process);
    close(j->out);
    j->process = -1;
    b->done++;
}

static void show(batch *b, host_progress *progress)
{
    char text[128];
    if (!host_progress_due(progress))
        return;
    snprintf(text, sizeof text, "%zu of %zu scenarios are over, after %.0f s", b->done, b->plan->n,
             host_progress_seconds(progress));
    host_progress_show(progress, (double)b->done, (double)b->plan->n, text);
}

static void wait_for_some(batch *b, host_progress *progress)
{
    enum { SECOND = 1000 };
    struct pollfd p[LAB_RUN_JOBS_MAX];
    job *of[LAB_RUN_JOBS_MAX];
    nfds_t n = 0;
    for (size_t i = 0; i < b->started; i++) {
        if (b->job[i].process < 0)
            continue;
        p[n] = (struct pollfd){ .fd = b->job[i].process, .events = POLLIN };
        of[n++] = &b->job[i];
    }
    int ready = poll(p, n, SECOND);
    for (nfds_t i = 0; ready > 0 && i < n; i++) {
        if (p[i].revents == 0)
            continue;
        host_progress_clear(progress);
        finish(b, of[i]);
    }
    if (b->done < b->plan->n)
        show(b, progress);
}

static int run_all(void *arg)
{
    batch *b = arg;
    host_progress progress;
    host_progress_init(&progress);
    while (b->done < b->plan->n && !host_progress_stopped()) {
        while (b->started < b->plan->n && b->started - b->done < b->plan->jobs) {
            if (start(b, &b->job[b->started++]))
                continue;
            b->status = lab_run_worse(b->status, HOST_SYSTEM);
            b->done++;
        }
        wait_for_some(b, &progress);
    }
    host_progress_clear(&progress);
    host_err err;
    return host_stdout_lost(&err) ? host_err_print("nbtlab run", &err) : b->status;
}

/* -- before anything starts -------------------------------------------------------------------- */

static int refuse(const job *j, const char *why, scene_pos where)
{
    host_err err;
    if (where.line)
        host_err_set(&err, HOST_USAGE, "%s:%u: this cannot be run live: %s; use --simulate",
                     j->path, where.line, why);
    else
        host_err_set(&err, HOST_USAGE, "%s cannot be run live: %s; use --simulate", j->path, why);
    return host_err_print("nbtlab run", &err);
}

static int load(job *j, const char *path)
{
    scene_errs errs;
    host_err err;
    scene_pos where = { 0, 0 };
    j->path = path;
    j->process = -1;
    if (!lab_scenefile_load(path, &j->s, &errs, &err)) {
        if (errs.n == 0)
            return host_err_print("nbtlab run", &err);
        lab_scenefile_complain(path, &errs);
        return HOST_USAGE;
    }
    if (j->s.only == SCENE_SIMULATED)
        return refuse(j, j->s.only_why ? j->s.only_why : "it says `only simulated`", where);
    const char *why = lab_args_refuse(&j->s, &where);
    return why ? refuse(j, why, where) : HOST_OK;
}

/* -- at a bridge ------------------------------------------------------------------------------- */

static bool covers(uint32_t ip, uint32_t mask, const scene_network *n)
{
    return (mask & ~n->mask) == 0 && ((ip ^ n->subnet) & mask) == 0;
}

/* Whoever disturbs others' machines has said so twice: in the scenario, and here. */
static bool is_allowed(const lab_run_plan *plan, const scene *s)
{
    bool scenario = false, here = false;
    for (uint32_t i = 0; i < s->nallowed; i++)
        scenario = scenario || covers(s->allowed[i].ip, s->allowed[i].mask, &s->network[0]);
    for (size_t i = 0; i < plan->nallowed; i++)
        here = here || covers(plan->allowed[i].ip, plan->allowed[i].mask, &s->network[0]);
    return scenario && here;
}

static bool check_peace(const lab_run_plan *plan, const job *j, host_err *err)
{
    char text[64];
    scene_put o;
    scene_pos where;
    if (!lab_args_disturbs(&j->s, &where) || is_allowed(plan, &j->s))
        return true;
    scene_put_init(&o, text, sizeof text);
    scene_put_subnet(&o, j->s.network[0].subnet, j->s.network[0].mask);
    host_err_set(err, HOST_USAGE,
                 "%s:%u: this disturbs real machines: if they are yours, write allow %s "
                 "because=\"...\" into the scenario, and say --allow %s",
                 j->path, where.line, text, text);
    return false;
}

/* The tap is made where the bridge is, before the sandbox. */
static int open_uplink(const lab_run_plan *plan, job *j, host_tap *uplink)
{
    scene_pos where;
    host_err err;
    const char *why = lab_args_refuse_beside(&j->s, &at_bridge, &where);
    if (why)
        return refuse(j, why, where);
    if (check_peace(plan, j, &err) && (plan->bridge ? host_tap_plug(uplink, plan->bridge, &err)
                                                    : host_tap_take(uplink, plan->tap, &err)))
        return HOST_OK;
    return host_err_print("nbtlab run", &err);
}

/* -- in namespaces ----------------------------------------------------------------------------- */

int lab_run_live(const lab_run_plan *plan)
{
    batch b = { .plan = plan, .job = calloc(plan->n, sizeof(job)), .uplink = { .fd = -1 } };
    int status = HOST_OK;
    host_err err;
    host_err_set(&err, HOST_SYSTEM, "no memory");
    if (!b.job || !lab_folder(b.programs, sizeof b.programs))
        return host_err_print("nbtlab run", &err);
    for (size_t i = 0; i < plan->n; i++)
        status = lab_run_worse(status, load(&b.job[i], plan->file[i]));
    if (status == HOST_OK && (plan->bridge || plan->tap))
        status = open_uplink(plan, &b.job[0], &b.uplink);
    if (status == HOST_OK)
        status = lab_sandbox_run(run_all, &b);
    host_tap_close(&b.uplink);
    for (size_t i = 0; i < plan->n; i++)
        scene_free(&b.job[i].s);
    free(b.job);
    return status;
}

/* -- at an interface --------------------------------------------------------------------------- */

/* Which host of the scenario the interface is; false: none, or not on its network. */
static bool find_here(const scene *s, const host_iface *iface, uint16_t *here, host_err *err)
{
    char ip[HOST_IP_STR_MAX];
    for (uint32_t i = 0; i < s->nhosts; i++) {
        const scene_adapter *a = &s->host[i].adapter[0];
        const scene_network *n = &s->network[a->network];
        if (a->ip != iface->ip)
            continue;
        *here = (uint16_t)i;
        if (n->mask == iface->mask)
            return true;
        host_err_set(err, HOST_USAGE,
                     "network %s has not the mask of %s; give it the subnet= that it really has",
                     n->name, iface->name);
        return false;
    }
    host_err_set(err, HOST_USAGE,
                 "no host of the scenario has %s, the address of %s; write real addresses into it",
                 host_ip_str(iface->ip, ip), iface->name);
    return false;
}

/* What killed drivers have left in the folder of the run, and it. */
static void clean(const char *folder)
{
    struct dirent *e;
    DIR *d = opendir(folder);
    while (d && (e = readdir(d)))
        (void)unlinkat(dirfd(d), e->d_name, 0); /* "." and ".." stay */
    if (d)
        closedir(d);
    (void)rmdir(folder);
}

static bool stopped(void *ctx, nbt_time now)
{
    host_progress *progress = ctx;
    char text[64];
    if (!host_progress_stopped() && host_progress_due(progress)) {
        snprintf(text, sizeof text, "%.0f s", (double)now / 1e6);
        host_progress_show(progress, 0, 1, text);
    }
    return host_progress_stopped();
}

static int play_here(const batch *b, const job *j, const host_iface *iface,
                     const lab_args_side *side)
{
    char folder[] = "/tmp/nbtlab-run.XXXXXX";
    lab_play_cfg cfg = cfg_of(b, j);
    host_progress progress;
    host_err err;
    cfg.interface = iface->name;
    cfg.side = side;
    cfg.folder = mkdtemp(folder);
    cfg.stopped = stopped;
    cfg.ctx = &progress;
    if (!cfg.folder) {
        host_err_set(&err, HOST_SYSTEM, "no folder for sockets in /tmp: %s", strerror(errno));
        return host_err_print("nbtlab run", &err);
    }
    host_progress_init(&progress);
    int status = play_it(b, j, &cfg);
    host_progress_clear(&progress);
    clean(folder);
    return status;
}

int lab_run_beside(const lab_run_plan *plan)
{
    batch b = { .plan = plan, .uplink = { .fd = -1 } };
    job j = { .process = -1 };
    host_iface iface;
    host_err err;
    scene_pos where = { 0, 0 };
    lab_args_side side = { 0 };
    int status = load(&j, plan->file[0]);
    host_err_set(&err, HOST_SYSTEM, "this program's folder is not known");
    if (status == HOST_OK && (!lab_folder(b.programs, sizeof b.programs) ||
                              !host_iface_find(plan->interface, &iface, &err) ||
                              !find_here(&j.s, &iface, &side.here, &err)))
        status = host_err_print("nbtlab run", &err);
    if (status == HOST_OK) {
        const char *why = lab_args_refuse_beside(&j.s, &side, &where);
        status = why ? refuse(&j, why, where) : play_here(&b, &j, &iface, &side);
    }
    scene_free(&j.s);
    host_err lost;
    return host_stdout_lost(&lost) ? host_err_print("nbtlab run", &lost) : status;
}
