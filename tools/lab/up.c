/*
 * Computers on a real interface. One process holds the addresses, and takes them away at the end,
 * however that comes; the other one, which reads what strangers send, has no privilege.
 */
#include "tools/lab/uprun.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/lab/lab.h"
#include "tools/lab/leftover.h"
#include "tools/lab/upprogs.h"
#include "tools/lab/upsock.h"

static const char who[] = "nbtlab up";

typedef lab_uplab lab;

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

static void driver_path(void *arg, const char *computer, char *to, size_t cap)
{
    lab_uprun_path(arg, computer, to, cap);
}

/* Until the computers' process ends; agents begin when it can be reached, and end behind it. */
static int keep(lab *l, pid_t pid, int reached)
{
    static lab_upprogs programs; /* there is one lab in a process */
    char byte;
    int status = 0, one;
    ssize_t n;
    while ((n = read(reached, &byte, 1)) < 0 && errno == EINTR)
        ;
    if (n > 0)
        lab_upprogs_start(&programs, &l->set, who, driver_path, l);
    for (pid_t ended = 0; ended != pid;) {
        ended = waitpid(-1, &one, 0);
        if (ended == pid)
            status = one;
        else if (ended > 0)
            lab_upprogs_ended(&programs, who, ended, one);
        else if (errno != EINTR)
            break;
    }
    lab_upprogs_stop(&programs);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_apart(lab *l)
{
    struct sigaction act = { .sa_handler = pass_on };
    int reached[2];
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    fflush(NULL);
    pid_t parent = getpid(), pid = pipe2(reached, O_CLOEXEC) == 0 ? fork() : -1;
    if (pid == 0) {
        signal(SIGHUP, SIG_IGN);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        close(reached[0]);
        l->reached = reached[1];
        _exit(getppid() == parent ? lab_uprun(l) : HOST_SYSTEM);
    }
    if (pid < 0) {
        fprintf(stderr, "%s: no process can be started: %s\n", who, strerror(errno));
        return HOST_SYSTEM;
    }
    child = pid;
    close(reached[1]);
    int status = keep(l, pid, reached[0]);
    close(reached[0]);
    return status;
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

/* Where the control socket will be. A folder of its own that cannot be made is no reason to stay
 * off; one that was asked for is told of when it cannot be used. */
static bool place_control(lab *l, host_err *err)
{
    host_err why;
    if (l->plan->control)
        snprintf(l->control, sizeof l->control, "%s", l->plan->control);
    else if (!lab_upsock_path(l->set.s.name, l->control, &why)) {
        fprintf(stderr, "%s: there is no control socket: %s\n", who, why.text);
        l->control[0] = '\0';
    }
    if (strlen(l->control) + SCENE_WORD_MAX < sizeof((struct sockaddr_un *)NULL)->sun_path)
        return true;
    host_err_set(err, HOST_USAGE, "--control %s: that is too long for a socket", l->control);
    return false;
}

static int switch_on(lab *l)
{
    host_err err;
    if (!find_interface(l, &err) || !lab_upset_fits(&l->set, &l->iface, l->plan->joins, &err) ||
        !make_folder(l->plan->sockets, &err) || !place_control(l, &err) ||
        !lab_upprogs_check(&l->set, &err) || !ip_batch(write_routes, l, &err))
        return host_err_print(who, &err);
    int status = run_apart(l);
    return ip_batch(write_removal, l, &err) ? status : host_err_print(who, &err);
}

int lab_up_run(const lab_up_plan *plan)
{
    lab l = { .plan = plan };
    int status =
        lab_upset_load(&l.set, who, plan->path, plan->count, plan->shard, lab_up_subnet(plan));
    if (status == HOST_OK && plan->list)
        lab_upset_list(&l.set, plan->json);
    else if (status == HOST_OK)
        status = switch_on(&l);
    lab_upset_free(&l.set);
    return status;
}

/* -- down -------------------------------------------------------------------------------------- */

typedef struct downing {
    const char *interface;
    bool here;
} downing;

static void take_lab(void *arg, json_t *o)
{
    downing *d = arg;
    d->here = (uint64_t)json_integer_value(json_object_get(o, "network")) == lab_upsock_network() &&
              (!d->interface || strcmp(d->interface, lab_text(o, "interface")) == 0);
}

/* Those of other networks are left alone, and those of others. */
static bool stop_one(void *arg, const char *path)
{
    downing *d = arg;
    host_err err;
    d->here = false;
    if (lab_upsock_ask(path, "lab\n", take_lab, d, &err) && d->here)
        (void)lab_upsock_stop(path, &err);
    return true;
}

int lab_down_run(const char *interface, const char *sockets)
{
    lab l = { .plan = NULL };
    downing d = { .interface = interface };
    host_err err;
    lab_upsock_each(stop_one, &d);
    if ((!interface || host_iface_find(interface, &l.iface, &err)) &&
        ip_batch(write_removal, &l, &err) && (!sockets || lab_leftover_sockets(sockets, &err)))
        return HOST_OK;
    return host_err_print("nbtlab down", &err);
}
