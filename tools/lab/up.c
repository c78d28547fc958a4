/*
 * Computers on a real interface. One process holds the addresses, and takes them away at the end,
 * however that comes; the other one, which reads what strangers send, has no privilege.
 */
#include "tools/lab/up.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/host/crowd.h"
#include "tools/host/drop.h"
#include "tools/host/mem.h"
#include "tools/host/outs.h"
#include "tools/host/progress.h"
#include "tools/lab/leftover.h"
#include "tools/scene/build.h"

static const char who[] = "nbtlab up";

/* -- addresses --------------------------------------------------------------------------------- */

enum { ROUTE_PROTO = 137 }; /* by which ip(8) tells our routes from others */

/* The largest aligned block that begins at an address and has no more than n of them: its prefix.
 */
static unsigned block_at(uint32_t ip, uint32_t n)
{
    unsigned prefix = 32;
    while (prefix > 1 && (ip >> (32 - prefix) & 1) == 0 && n >> (33 - prefix) != 0)
        prefix--;
    return prefix;
}

static void write_blocks(FILE *to, lab_uprow row, const char *interface)
{
    char text[HOST_IP_STR_MAX];
    while (row.count > 0) {
        unsigned prefix = block_at(row.ip, row.count);
        uint32_t size = UINT32_C(1) << (32 - prefix);
        fprintf(to, "route replace local %s/%u dev %s proto %d\n", host_ip_str(row.ip, text),
                prefix, interface, ROUTE_PROTO);
        row.ip += size;
        row.count -= size;
    }
}

static bool ip_batch(void (*write)(FILE *to, const void *what), const void *what, host_err *err)
{
    FILE *to = popen("ip -batch -", "w");
    if (to)
        write(to, what);
    int status = to ? pclose(to) : -1;
    if (status == 0)
        return true;
    if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) == 127)
        host_err_set(err, HOST_MISSING, "ip(8) is missing: install the package iproute2");
    else
        host_err_set(err, HOST_MISSING,
                     "the computers' addresses cannot be given to this machine (see ip's message "
                     "above): it takes CAP_NET_ADMIN; run as root, or in a network namespace of "
                     "your own");
    return false;
}

typedef struct lab {
    const lab_up_plan *plan;
    lab_upset set;
    host_iface iface;
    host_loop *loop;
    host_crowd *crowd;
    nbt_time begun;
    host_progress progress;
    uint32_t all, settled;
} lab;

/* -- the computers ----------------------------------------------------------------------------- */

static bool serve(const lab *l, uint32_t member, const char *name, host_err *err)
{
    char path[512];
    if (!l->plan->sockets)
        return true;
    snprintf(path, sizeof path, "%s/%s", l->plan->sockets, name);
    return host_crowd_serve(l->crowd, member, path, err);
}

static bool add(const lab *l, const scene_host *h, nbt_rng *rng, host_err *err)
{
    nbt_lana_cfg lana;
    nbt_own own;
    scene_build_lana(&l->set.s, h, 0, &lana);
    scene_build_own(h, &own);
    lana.mask = l->iface.mask;
    lana.broadcast = l->iface.broadcast;
    if (!l->plan->joins) /* they share the interface's address */
        memcpy(lana.mac, l->iface.mac, sizeof lana.mac);
    uint32_t member = host_crowd_add(l->crowd, &lana, nbt_rng_u64(rng), &own);
    if (member)
        return serve(l, member, h->name, err);
    host_err_set(err, HOST_SYSTEM, "no memory for so many computers");
    return false;
}

/* -- the process that runs them ---------------------------------------------------------------- */

static void on_log(void *tool, const char *line)
{
    lab *l = tool;
    host_progress_clear(&l->progress);
    fprintf(stderr, "%s: %s\n", who, line);
}

static void on_stop(void *tool)
{
    lab *l = tool;
    host_crowd_leave(l->crowd);
}

static void say(lab *l, const char *what)
{
    nbt_crowd_names names = nbt_crowd_own_names(host_crowd_all(l->crowd));
    host_crowd_counts counts = host_crowd_count(l->crowd);
    double seconds = (double)(host_now() - l->begun) / 1e6;
    host_progress_clear(&l->progress);
    if (!l->plan->json) {
        printf("%s: %u computers, %u names obtained, %u refused, in %.3f s; %llu packets sent, "
               "%llu received, %llu lost\n",
               what, names.members, names.obtained, names.refused, seconds,
               (unsigned long long)counts.sent, (unsigned long long)counts.received,
               (unsigned long long)counts.lost);
        fflush(stdout);
        return;
    }
    json_t *line =
        json_pack("{s:s, s:I, s:I, s:I, s:f, s:I, s:I, s:I}", "event", what, "computers",
                  (json_int_t)names.members, "obtained", (json_int_t)names.obtained, "refused",
                  (json_int_t)names.refused, "seconds", seconds, "sent", (json_int_t)counts.sent,
                  "received", (json_int_t)counts.received, "lost", (json_int_t)counts.lost);
    json_dumpf(line, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(line);
    putchar('\n');
    fflush(stdout);
}

static void on_settled(void *tool)
{
    lab *l = tool;
    l->settled++;
    if (l->settled == l->all)
        say(l, "up");
    else if (host_progress_due(&l->progress))
        host_progress_show(&l->progress, l->settled, l->all, "computers");
}

/* Sockets go away in the end. */
static bool drop(const lab *l, host_err *err)
{
    char folder[PATH_MAX];
    const char *const kept[] = { l->plan->sockets ? folder : NULL };
    snprintf(folder, sizeof folder, "%s/", l->plan->sockets ? l->plan->sockets : "");
    return host_drop(kept, 1, err);
}

static int run(lab *l)
{
    host_err err;
    nbt_rng rng = { l->plan->seed };
    l->loop = host_loop_new(&err);
    if (!l->loop)
        return host_err_print(who, &err);
    host_crowd_cfg cfg = {
        .iface = l->iface, .tool = l, .on_log = on_log, .on_stop = on_stop, .on_settled = on_settled
    };
    l->crowd = host_crowd_new(l->loop, &cfg, &err);
    bool ok = l->crowd != NULL;
    for (uint32_t i = 0; ok && i < l->set.n; i++)
        ok = add(l, &l->set.s.host[l->set.host[i]], &rng, &err);
    scene_free(&l->set.s); /* which is larger than what came of it */
    ok = ok && drop(l, &err);
    if (ok) {
        l->all = nbt_crowd_own_names(host_crowd_all(l->crowd)).members;
        l->begun = host_now();
        host_crowd_boot(l->crowd);
        host_loop_run(l->loop);
        say(l, "down");
    }
    host_crowd_free(l->crowd);
    host_loop_free(l->loop);
    return ok ? HOST_OK : host_err_print(who, &err);
}

/* -- the process that holds the addresses ------------------------------------------------------ */

static void write_routes(FILE *to, const void *what)
{
    const lab *l = what;
    for (size_t i = 0; i < l->set.nrows; i++)
        write_blocks(to, l->set.row[i], l->iface.name);
}

/* Without an interface: those of all. */
static void write_removal(FILE *to, const void *what)
{
    const lab *l = what;
    fprintf(to, "route flush table local type local proto %d%s%s\n", ROUTE_PROTO,
            l->iface.name[0] ? " dev " : "", l->iface.name);
}

static volatile sig_atomic_t child;

static void pass_on(int signal)
{
    if (child > 0)
        kill((pid_t)child, signal);
}

static int run_apart(lab *l)
{
    struct sigaction act = { .sa_handler = pass_on };
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        signal(SIGHUP, SIG_IGN);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        _exit(getppid() == parent ? run(l) : HOST_SYSTEM);
    }
    child = pid;
    int status = 0;
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (pid < 0) {
        fprintf(stderr, "%s: no process can be started: %s\n", who, strerror(errno));
        return HOST_SYSTEM;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool find_interface(lab *l, host_err *err)
{
    const char *name = l->plan->interface;
    return name ? host_iface_find(name, &l->iface, err) : host_iface_only(&l->iface, err);
}

static bool make_folder(const char *path, host_err *err)
{
    if (!path || mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    host_err_set(err, HOST_SYSTEM, "folder %s cannot be made: %s", path, strerror(errno));
    return false;
}

/* Name servers are others' work. */
static bool only_computers(const lab *l, host_err *err)
{
    for (uint32_t i = 0; i < l->set.n; i++) {
        const scene_host *h = &l->set.s.host[l->set.host[i]];
        if (h->kind == SCENE_COMPUTER)
            continue;
        host_err_set(err, HOST_USAGE,
                     "%s:%u: %s is no computer: nbtd --name-server runs name servers", l->set.path,
                     h->pos.line, h->name);
        return false;
    }
    return true;
}

static int switch_on(lab *l)
{
    host_err err;
    if (!find_interface(l, &err) || !lab_upset_fits(&l->set, &l->iface, l->plan->joins, &err) ||
        !only_computers(l, &err) || !make_folder(l->plan->sockets, &err) ||
        !ip_batch(write_routes, l, &err))
        return host_err_print(who, &err);
    int status = run_apart(l);
    return ip_batch(write_removal, l, &err) ? status : host_err_print(who, &err);
}

int lab_up_run(const lab_up_plan *plan)
{
    lab l = { .plan = plan };
    host_progress_init(&l.progress);
    int status = lab_upset_load(&l.set, who, plan->path, plan->count, plan->shard);
    if (status == HOST_OK && plan->list)
        lab_upset_list(&l.set, plan->json);
    else if (status == HOST_OK)
        status = switch_on(&l);
    lab_upset_free(&l.set);
    return status;
}

int lab_down_run(const char *interface, const char *sockets)
{
    lab l = { .plan = NULL };
    host_err err;
    if ((!interface || host_iface_find(interface, &l.iface, &err)) &&
        ip_batch(write_removal, &l, &err) && (!sockets || lab_leftover_sockets(sockets, &err)))
        return HOST_OK;
    return host_err_print("nbtlab down", &err);
}
