/*
 * Scenes to objects. Nothing here runs.
 */
#include "tools/scene/build.h"

#include <string.h>

#define WALL NBT_S(1000000000) /* what servers take the beginning for: a whole second */

uint32_t scene_build_broadcast(const scene_network *n)
{
    return n->subnet | ~n->mask;
}

void scene_build_lana(const scene *s, const scene_host *h, uint8_t i, nbt_lana_cfg *lana)
{
    const scene_adapter *a = &h->adapter[i];
    const scene_network *n = &s->network[a->network];
    *lana = (nbt_lana_cfg){ .lana = i,
                            .ip = a->ip,
                            .mask = n->mask,
                            .broadcast = scene_build_broadcast(n),
                            .mac = { 2, 0, (uint8_t)(a->ip >> 24), (uint8_t)(a->ip >> 16),
                                     (uint8_t)(a->ip >> 8), (uint8_t)a->ip },
                            .type = h->node,
                            .profile = h->profile,
                            .persona = h->persona,
                            .scope = h->scope,
                            .nservers = h->nwins,
                            .nnbdds = h->nnbdds,
                            .hosts = h->lmhosts,
                            .nhosts = h->nlmhosts,
                            .multihomed = h->nadapters > 1 };
    memcpy(lana->servers, h->wins, sizeof lana->servers);
    memcpy(lana->nbdds, h->nbdds, sizeof lana->nbdds);
}

size_t scene_build_rules(const scene *s, const scene_host *h, nbt_rule rules[SCENE_RULES_MAX])
{
    size_t n = 0;
    for (uint32_t i = 0; i < s->nprograms && n < SCENE_RULES_MAX; i++) {
        const scene_program *p = &s->program[i];
        nbt_dummy service;
        nbt_dummy_init(&service, p->serves, p->lana, p->listen.b);
        if (scene_is_service(p) && &s->host[p->host] == h && nbt_dummy_rule(&service, &rules[n]))
            n++;
    }
    return n;
}

nbt_computer *scene_build_computer(nbt_mem mem, const scene *s, const scene_host *h, uint64_t seed)
{
    nbt_lana_cfg lanas[SCENE_ADAPTERS_MAX];
    for (uint8_t i = 0; i < h->nadapters; i++)
        scene_build_lana(s, h, i, &lanas[i]);
    nbt_rule rules[SCENE_RULES_MAX];
    nbt_computer_cfg cfg = { .mem = mem,
                             .seed = seed,
                             .lanas = lanas,
                             .nlanas = h->nadapters,
                             .rules = rules,
                             .nrules = scene_build_rules(s, h, rules) };
    return nbt_computer_new(&cfg);
}

static void lanas_of(const scene *s, const scene_host *h, nbt_nbns_lana *lanas)
{
    for (uint8_t i = 0; i < h->nadapters; i++) {
        const scene_adapter *a = &h->adapter[i];
        const scene_network *n = &s->network[a->network];
        lanas[i] = (nbt_nbns_lana){ i, a->ip, n->mask, scene_build_broadcast(n) };
    }
}

nbt_nbns *scene_build_server(nbt_mem mem, const scene *s, const scene_host *h, uint64_t seed,
                             nbt_time now)
{
    enum { NAMES = 1000000, PENDING = 4096, CONNS = 256 };
    nbt_nbns_lana lanas[SCENE_ADAPTERS_MAX];
    lanas_of(s, h, lanas);
    nbt_subnet everywhere = { 0, 0 };
    nbt_nbns_cfg cfg = { .mem = mem,
                         .seed = seed,
                         .profile = &h->server,
                         .lanas = lanas,
                         .nlanas = h->nadapters,
                         .served = &everywhere,
                         .nserved = 1,
                         .wall = WALL,
                         .max_names = NAMES,
                         .max_pending = PENDING,
                         .max_conns = CONNS,
                         .redirect_to = h->redirect };
    return nbt_nbns_new(&cfg, now);
}

nbt_nbdd *scene_build_nbdd(nbt_mem mem, const scene *s, const scene_host *h, const nbt_nbns *server)
{
    enum { PENDING = 256, COPIES = 1024 };
    nbt_nbns_lana lanas[SCENE_ADAPTERS_MAX];
    lanas_of(s, h, lanas);
    nbt_nbdd_cfg cfg = { .mem = mem,
                         .records = server,
                         .lanas = lanas,
                         .nlanas = h->nadapters,
                         .timeout = NBT_S(2),
                         .max_pending = PENDING,
                         .max_copies = COPIES };
    return nbt_nbdd_new(&cfg);
}

void scene_build_own(const scene_host *h, nbt_own *own)
{
    static const struct {
        unsigned bit;
        uint8_t suffix;
    } services[] = { { SCENE_WORKSTATION, 0x00 },
                     { SCENE_FILESERVER, 0x20 },
                     { SCENE_MESSENGER, 0x03 } };
    nbt_own_init(own, h->netbios, strnlen(h->netbios, NBT_NAME_TEXT_MAX), h->nadapters);
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (h->services & services[i].bit)
            nbt_own_serve(own, services[i].suffix);
    if (h->persona)
        nbt_own_be(own, h->persona, h->group[0] ? h->group : NBT_PERSONA_GROUP,
                   h->user[0] ? h->user : NULL);
}

rc_viewer_cfg scene_build_viewer(const scene *s, const scene_program *p)
{
    rc_viewer_cfg cfg = p->viewer;
    if (!cfg.console)
        cfg.console = s->host[p->host].netbios;
    return cfg;
}

rc_agent_cfg scene_build_agent(const scene *s, const scene_program *p)
{
    rc_agent_cfg cfg = p->agent;
    if (!cfg.client)
        cfg.client = s->host[p->host].netbios;
    if (p->file)
        cfg.functions |= 1u << RC_FUNCTION_CONTROL | 1u << RC_FUNCTION_TRANSFER;
    return cfg;
}

nbt_nbns_cmd scene_build_order(const scene_step *step)
{
    nbt_nbns_cmd cmd = { .verb = NBT_NBNS_ADD,
                         .name = step->name,
                         .kind = step->group ? NBT_NBKIND_GROUP : NBT_NBKIND_UNIQUE,
                         .ip = step->ip };
    if (step->what == SCENE_DO_FORGET)
        cmd.verb = NBT_NBNS_DELETE;
    else if (step->what == SCENE_DO_FREEZE)
        cmd.verb = NBT_NBNS_FREEZE;
    else if (step->what == SCENE_DO_THAW)
        cmd.verb = NBT_NBNS_THAW;
    return cmd;
}

nbt_ncb scene_build_ncb(const scene *s, const scene_step *step, uint16_t lsn)
{
    nbt_ncb ncb = step->ncb;
    ncb.lana = s->program[step->program].lana;
    switch (nbt_ncb_verb(&ncb)) {
    case NBT_NCB_SEND:
    case NBT_NCB_RECEIVE:
    case NBT_NCB_HANGUP:
        ncb.lsn = lsn;
    }
    return ncb;
}

nbt_bytes scene_build_data(const scene_step *step)
{
    if (step->bytes)
        return (nbt_bytes){ step->bytes, step->nbytes };
    return (nbt_bytes){ (const uint8_t *)step->text, step->text ? strlen(step->text) : 0 };
}
