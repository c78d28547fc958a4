/*
 * The computers of `nbtlab up`: added, switched on, told of, switched off.
 */
#include "tools/lab/uprun.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/host/drop.h"

static const char who[] = "nbtlab up";

/* -- what is told ------------------------------------------------------------------------------ */

static void on_log(void *tool, const char *line)
{
    lab_uplab *l = tool;
    host_progress_clear(&l->progress);
    fprintf(stderr, "%s: %s\n", who, line);
}

static void on_stop(void *tool)
{
    const lab_uplab *l = tool;
    host_crowd_leave(l->crowd);
}

static void say(lab_uplab *l, const char *what)
{
    nbt_crowd_names names = nbt_crowd_own_names(host_crowd_all(l->crowd));
    host_crowd_counts counts = host_crowd_count(l->crowd);
    double seconds = (double)(host_now() - l->begun) / 1e6;
    host_progress_clear(&l->progress);
    if (!l->plan->json) {
        printf("%s: %u computers, %u name servers, %u services, %u names obtained, %u refused, in "
               "%.3f s; %llu packets sent, %llu received, %llu lost\n",
               what, names.members, l->nservers, l->serving, names.obtained, names.refused, seconds,
               (unsigned long long)counts.sent, (unsigned long long)counts.received,
               (unsigned long long)counts.lost);
        fflush(stdout);
        return;
    }
    json_t *line =
        json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:s*}", "event", what,
                  "computers", (json_int_t)names.members, "servers", (json_int_t)l->nservers,
                  "services", (json_int_t)l->serving, "obtained", (json_int_t)names.obtained,
                  "refused", (json_int_t)names.refused, "seconds", seconds, "sent",
                  (json_int_t)counts.sent, "received", (json_int_t)counts.received, "lost",
                  (json_int_t)counts.lost, "control", l->ctl ? l->control : NULL);
    json_dumpf(line, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(line);
    putchar('\n');
    fflush(stdout);
}

/* It is up when all names are settled, and all services have theirs, or not. */
static void tell(lab_uplab *l)
{
    if (l->settled == l->all && l->serving + l->denied == l->services)
        say(l, "up");
    else if (host_progress_due(&l->progress))
        host_progress_show(&l->progress, l->settled, l->all, "computers");
}

static void on_settled(void *tool)
{
    lab_uplab *l = tool;
    l->settled++;
    tell(l);
}

static void on_service(void *tool, bool has)
{
    lab_uplab *l = tool;
    l->serving += has;
    l->denied += !has;
    tell(l);
}

/* -- the process ------------------------------------------------------------------------------- */

void lab_uprun_path(const lab_uplab *l, const char *computer, char *to, size_t cap)
{
    const char *sockets = l->plan->sockets;
    snprintf(to, cap, "%s%s%s", sockets ? sockets : l->control, sockets ? "/" : ".", computer);
}

/* Sockets come and go as long as it runs. */
static bool drop(const lab_uplab *l, host_err *err)
{
    char folder[PATH_MAX];
    const char *const kept[] = { l->plan->sockets ? folder : NULL, l->ctl ? l->control : NULL };
    snprintf(folder, sizeof folder, "%s/", l->plan->sockets ? l->plan->sockets : "");
    return host_drop(kept, 2, err);
}

static bool open_control(lab_uplab *l, host_err *err)
{
    const lab_up_plan *p = l->plan;
    snprintf(l->name, sizeof l->name, "%.*s", SCENE_WORD_MAX - 1, l->set.s.name);
    size_t n = strlen(l->name);
    if (p->shard.n > 1)
        snprintf(l->name + n, sizeof l->name - n, " %u/%u", p->shard.k, p->shard.n);
    host_crowdctl_cfg cfg = { .crowd = l->crowd,
                              .lab = l->name,
                              .interface = p->joins ? p->where : l->iface.name,
                              .network = p->network,
                              .label = (const char(*)[HOST_CROWD_LABEL])l->label,
                              .nlabels = l->computers };
    if (l->control[0])
        l->ctl = host_crowdctl_new(host_loop_uv(l->loop), l->control, &cfg, err);
    return l->ctl || !l->control[0];
}

static bool prepare(lab_uplab *l, host_err *err)
{
    host_crowd_cfg cfg = { .iface = l->iface,
                           .tool = l,
                           .on_log = on_log,
                           .on_stop = on_stop,
                           .on_settled = on_settled,
                           .on_service = on_service };
    l->crowd = host_crowd_new(l->loop, &cfg, err);
    return l->crowd && lab_uphosts_add(l, err) && open_control(l, err) && drop(l, err);
}

/* It is larger than what has come of it; but LMHOSTS are borrowed. */
static void forget_scene(lab_uplab *l)
{
    bool borrowed = false;
    for (uint32_t i = 0; i < l->set.s.nhosts; i++)
        borrowed = borrowed || l->set.s.host[i].nlmhosts > 0;
    if (!borrowed)
        scene_free(&l->set.s);
}

int lab_uprun(lab_uplab *l)
{
    host_err err;
    host_progress_init(&l->progress);
    l->loop = host_loop_new(&err);
    if (!l->loop)
        return host_err_print(who, &err);
    bool ok = prepare(l, &err);
    forget_scene(l);
    if (ok) {
        l->all = nbt_crowd_own_names(host_crowd_all(l->crowd)).members;
        l->begun = host_now();
        (void)!write(l->reached, "", 1);
        host_crowd_boot(l->crowd);
        if (l->all == 0)
            say(l, "up");
        host_loop_run(l->loop);
        say(l, "down");
    }
    host_crowdctl_free(l->ctl);
    host_crowd_free(l->crowd);
    host_loop_free(l->loop);
    free(l->label);
    free(l->servers);
    scene_free(&l->set.s);
    return ok ? HOST_OK : host_err_print(who, &err);
}
