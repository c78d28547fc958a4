/*
 * From a scenario's hosts to the members of a crowd: computers with what runs on them, and name
 * servers.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/host/mem.h"
#include "tools/lab/upprogs.h"
#include "tools/lab/uprun.h"
#include "tools/scene/build.h"

/* While they are added. */
typedef struct adding {
    lab_uplab *l;
    const scene *s;
    bool ruled;        /* there are services that leave their answers to their driver */
    uint32_t *member;  /* of each host of the scenario; 0: it is none of this part's computers */
    uint32_t *service; /* the programs that are services, by their computer */
    uint32_t nservices;
    nbt_rng rng;
} adding;

static bool no_memory(host_err *err)
{
    host_err_set(err, HOST_SYSTEM, "no memory for so many computers");
    return false;
}

/* -- computers and servers --------------------------------------------------------------------- */

static bool serve(const lab_uplab *l, uint32_t member, const char *name, host_err *err)
{
    char path[PATH_MAX];
    lab_uprun_path(l, name, path, sizeof path);
    return host_crowd_serve(l->crowd, member, path, err);
}

/* The computers of agents have a socket, whether all have or not. */
static bool serve_agents(const adding *a, host_err *err)
{
    const lab_uplab *l = a->l;
    for (uint32_t i = 0; i < a->s->nprograms; i++) {
        const scene_program *p = &a->s->program[i];
        if (!lab_upprogs_wants(&l->set, p) || host_crowd_served(l->crowd, a->member[p->host]))
            continue;
        if (!l->control[0]) {
            host_err_set(err, HOST_USAGE, "%s has no driver's socket: give --control or --sockets",
                         p->name);
            return false;
        }
        if (!serve(l, a->member[p->host], a->s->host[p->host].name, err))
            return false;
    }
    return true;
}

static bool add_computer(adding *a, uint16_t index, host_err *err)
{
    lab_uplab *l = a->l;
    const scene_host *h = &a->s->host[index];
    nbt_rule rules[SCENE_RULES_MAX];
    host_crowd_member m = { .seed = nbt_rng_u64(&a->rng), .rules = rules };
    scene_build_lana(a->s, h, 0, &m.lana);
    scene_build_own(h, &m.own);
    m.lana.mask = l->iface.mask;
    m.lana.broadcast = l->iface.broadcast;
    if (!l->plan->joins) /* they share the interface's address */
        memcpy(m.lana.mac, l->iface.mac, sizeof m.lana.mac);
    m.nrules = a->ruled ? scene_build_rules(a->s, h, rules) : 0;
    uint32_t member = host_crowd_add(l->crowd, &m);
    if (!member)
        return no_memory(err);
    a->member[index] = member;
    snprintf(l->label[l->computers++], HOST_CROWD_LABEL, "%s", h->name);
    return !l->plan->sockets || serve(l, member, h->name, err);
}

/* The server borrows from what is said of it, which stays. */
static bool add_server(adding *a, uint16_t index, host_err *err)
{
    lab_uplab *l = a->l;
    scene_host *h = &l->servers[l->nservers++];
    *h = a->s->host[index];
    nbt_nbns *server = scene_build_server(host_mem(), a->s, h, nbt_rng_u64(&a->rng), host_now());
    nbt_nbdd *nbdd = server && h->datagrams ? scene_build_nbdd(host_mem(), a->s, h, server) : NULL;
    if (server && (nbdd || !h->datagrams))
        return host_crowd_add_server(l->crowd, h->adapter[0].ip, server, nbdd, err);
    nbt_nbns_free(server);
    return no_memory(err);
}

static bool add_hosts(adding *a, host_err *err)
{
    const lab_upset *set = &a->l->set;
    for (uint32_t i = 0; i < set->n; i++) {
        bool computer = set->s.host[set->host[i]].kind == SCENE_COMPUTER;
        if (!(computer ? add_computer : add_server)(a, set->host[i], err))
            return false;
    }
    return true;
}

/* -- services ---------------------------------------------------------------------------------- */

static void find_services(adding *a)
{
    for (uint32_t i = 0; i < a->s->nprograms; i++) {
        const scene_program *p = &a->s->program[i];
        nbt_dummy service;
        nbt_rule rule;
        if (!scene_is_service(p))
            continue;
        nbt_dummy_init(&service, p->serves, p->lana, p->listen.b);
        a->ruled = a->ruled || nbt_dummy_rule(&service, &rule);
        if (!p->off)
            a->service[a->nservices++] = i;
    }
}

static int by_host(const void *x, const void *y, void *arg)
{
    const scene_program *p = arg;
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    if (p[a].host != p[b].host)
        return p[a].host < p[b].host ? -1 : 1;
    return a < b ? -1 : a > b;
}

/* Those of one computer after the other, each computer's together. */
static bool run_services(adding *a, host_err *err)
{
    nbt_dummy *list = calloc(a->nservices + (size_t)1, sizeof *list);
    bool ok = list != NULL;
    qsort_r(a->service, a->nservices, sizeof *a->service, by_host, a->s->program);
    for (uint32_t i = 0, n; ok && i < a->nservices; i += n) {
        uint16_t host = a->s->program[a->service[i]].host;
        for (n = 0; i + n < a->nservices && a->s->program[a->service[i + n]].host == host; n++) {
            const scene_program *p = &a->s->program[a->service[i + n]];
            nbt_dummy_init(&list[n], p->serves, p->lana, p->listen.b);
        }
        if (a->member[host] == 0)
            continue; /* off, or another part's */
        ok = host_crowd_run(a->l->crowd, a->member[host], list, n, err);
        a->l->services += n;
    }
    free(list);
    return ok;
}

bool lab_uphosts_add(lab_uplab *l, host_err *err)
{
    adding a = { .l = l, .s = &l->set.s, .rng = { l->plan->seed } };
    l->label = calloc(l->set.n + (size_t)1, sizeof *l->label);
    a.member = calloc(a.s->nhosts + (size_t)1, sizeof *a.member);
    a.service = calloc(a.s->nprograms + (size_t)1, sizeof *a.service);
    size_t servers = 1;
    for (uint32_t i = 0; i < l->set.n; i++)
        servers += l->set.s.host[l->set.host[i]].kind == SCENE_SERVER;
    l->servers = calloc(servers, sizeof *l->servers);
    bool ok = l->label && a.member && a.service && l->servers;
    if (!ok)
        no_memory(err);
    if (ok) {
        find_services(&a);
        ok = add_hosts(&a, err) && run_services(&a, err) && serve_agents(&a, err);
    }
    free(a.member);
    free(a.service);
    return ok;
}
