/*
 * Networks, hosts and programs that cannot be. What is done with them is check_step.c's, what is
 * expected of it check_expect.c's.
 */
#include "tools/scene/check.h"
#include "nbt/idmap.h"
#include "tools/scene/check_impl.h"
#include "tools/scene/put.h"

#include <string.h>

void scene_deny(scene_checker *c, scene_pos pos, const char *found, const char *why,
                const char *expected)
{
    scene_errs_add(c->errs, pos, found, strlen(found), why, expected);
}

void scene_deny_ip(scene_checker *c, scene_pos pos, uint32_t ip, const char *why,
                   const char *expected)
{
    char text[16];
    scene_put o;
    scene_put_init(&o, text, sizeof text);
    scene_put_ip(&o, ip);
    scene_deny(c, pos, text, why, expected);
}

void scene_deny_memory(scene_checker *c)
{
    scene_deny(c, (scene_pos){ 0, 0 }, "", "there is no memory for this file", "");
}

uint16_t scene_host_at(const scene *s, uint32_t ip)
{
    for (uint32_t i = 0; i < s->nhosts; i++) {
        for (uint8_t a = 0; a < s->host[i].nadapters; a++) {
            if (s->host[i].adapter[a].ip == ip)
                return (uint16_t)i;
        }
    }
    return SCENE_NOBODY;
}

bool scene_must_be(scene_checker *c, scene_pos pos, uint16_t host, scene_host_kind kind,
                   const char *why)
{
    const scene_host *h = &c->s->host[host];
    if (h->kind != kind)
        scene_deny(c, pos, h->name, why, "");
    return h->kind == kind;
}

/* -- networks ---------------------------------------------------------------------------------- */

static void check_networks(scene_checker *c)
{
    const scene *s = c->s;
    for (uint32_t i = 0; i < s->nnetworks; i++) {
        for (uint32_t k = 0; k < i; k++) {
            uint32_t mask = s->network[i].mask & s->network[k].mask;
            if ((s->network[i].subnet & mask) == (s->network[k].subnet & mask))
                scene_deny(c, s->network[i].pos, s->network[i].name,
                           "its addresses are those of another network", "another subnet=");
        }
    }
}

/* -- hosts ------------------------------------------------------------------------------------- */

static void check_adapter(scene_checker *c, uint32_t host, const scene_adapter *a, nbt_idmap *seen)
{
    const scene_network *n = &c->s->network[a->network];
    char expected[SCENE_COULD_MAX];
    scene_put o;
    scene_put_init(&o, expected, sizeof expected);
    scene_put_str(&o, "one of ");
    scene_put_ip(&o, n->subnet + 1);
    scene_put_str(&o, " to ");
    scene_put_ip(&o, (n->subnet | ~n->mask) - 1);
    if ((a->ip & n->mask) != n->subnet)
        scene_deny_ip(c, a->pos, a->ip, "this address is not on its network", expected);
    else if (a->ip == n->subnet || a->ip == (n->subnet | ~n->mask))
        scene_deny_ip(c, a->pos, a->ip, "this address is everybody's", expected);
    else if (nbt_idmap_get(seen, a->ip))
        scene_deny_ip(c, a->pos, a->ip, "two adapters have this address", expected);
    else if (!nbt_idmap_add(seen, a->ip, host + 1))
        scene_deny_memory(c);
}

/* One that others can type. False: the scene was denied. */
static bool check_name(scene_checker *c, const scene_host *h, const char name[NBT_NAME_LEN],
                       const char *another)
{
    size_t n = 0;
    bool control = false;
    for (; n < NBT_NAME_LEN && name[n]; n++)
        control = control || (unsigned char)name[n] < ' ';
    if (n == 0)
        scene_deny(c, h->pos, h->name, "a computer's name has 1 to 15 characters",
                   "a shorter name, or netbios= with one");
    else if (name[0] == '*')
        scene_deny(c, h->pos, name, "no computer's name begins with *", another);
    else if (control || name[n - 1] == ' ')
        scene_deny(c, h->pos, h->name, "its name has a control character, or ends in a space",
                   another);
    else
        return true;
    return false;
}

static void check_persona(scene_checker *c, const scene_host *h)
{
    if (!h->persona && (h->group[0] || h->user[0]))
        scene_deny(c, h->pos, h->name, "a workgroup and a user are a persona's",
                   "persona= as well");
    else if (h->persona && h->user[0] && !nbt_persona_has_user(h->persona))
        scene_deny(c, h->pos, h->name, "this persona claims no name of a user",
                   "no user=, or another persona=");
    else if (!h->group[0] || check_name(c, h, h->group, "another workgroup="))
        (void)(!h->user[0] || check_name(c, h, h->user, "another user="));
}

/* Who has an address of `at`. */
static const scene_host *whose(const scene_checker *c, const nbt_idmap *at, uint32_t ip)
{
    uint32_t host = nbt_idmap_get(at, ip);
    return host ? &c->s->host[host - 1] : NULL;
}

static void check_servers(scene_checker *c, const scene_host *h, const nbt_idmap *hosts)
{
    static const char why[] = "no server of this scenario has this address";
    static const char expected[] = "that of a server; one that is dead has `off`";
    for (uint8_t i = 0; i < h->nwins; i++) {
        const scene_host *at = whose(c, hosts, h->wins[i]);
        if (!at || at->kind == SCENE_COMPUTER)
            scene_deny_ip(c, h->pos, h->wins[i], why, expected);
    }
    for (uint8_t i = 0; i < h->nnbdds; i++) {
        const scene_host *at = whose(c, hosts, h->nbdds[i]);
        if (!at || at->kind == SCENE_COMPUTER)
            scene_deny_ip(c, h->pos, h->nbdds[i], why, expected);
    }
    if (h->kind == SCENE_COMPUTER && h->node == NBT_ONT_B && h->nnbdds > 0)
        scene_deny(c, h->pos, h->name, "a B node broadcasts its datagrams",
                   "node=P, M or H, or no nbdd=");
    if (h->redirect && !whose(c, hosts, h->redirect))
        scene_deny_ip(c, h->pos, h->redirect, why, expected);
    if (h->kind == SCENE_COMPUTER && h->node != NBT_ONT_B && h->nwins == 0)
        scene_deny(c, h->pos, h->name, "only a B node goes without a name server",
                   "wins= with the address of one, or node=B");
    if (h->kind == SCENE_SERVER && h->server.ttl_min > h->server.ttl_max)
        scene_deny(c, h->pos, h->name, "the least TTL is more than the most",
                   "ttl-min= that is not above ttl-max=");
}

static void check_host(scene_checker *c, const scene_host *h, const nbt_idmap *hosts)
{
    if (h->nadapters == 0)
        scene_deny(c, h->pos, h->name, "it has no address", "address=");
    if (h->kind == SCENE_COMPUTER && check_name(c, h, h->netbios, "another netbios="))
        check_persona(c, h);
    if (h->kind != SCENE_COMPUTER && h->nlmhosts > 0)
        scene_deny(c, h->pos, h->name, "only a computer has LMHOSTS", "a computer's name");
    if (h->kind == SCENE_HOST && h->netbios[0] && c->s->only != SCENE_LIVE)
        scene_deny(c, h->pos, h->name, "Samba's nmbd runs nowhere but live", "only live");
    check_servers(c, h, hosts);
}

/* How many errors there are: of a row the first that is wrong is told, for all behind it. */
static uint32_t faults(const scene_checker *c)
{
    return c->errs->n + c->errs->more;
}

static void check_hosts(scene_checker *c)
{
    nbt_idmap hosts;
    uint32_t before = 0;
    nbt_idmap_init(&hosts, c->s->mem);
    for (uint32_t i = 0; i < c->s->nhosts; i++) {
        const scene_host *h = &c->s->host[i];
        if (h->row.nth <= 1)
            before = faults(c);
        for (uint8_t a = 0; a < h->nadapters && (h->row.nth <= 1 || faults(c) == before); a++)
            check_adapter(c, i, &h->adapter[a], &hosts);
    }
    for (uint32_t i = 0; i < c->s->nhosts; i++) {
        if (c->s->host[i].row.nth <= 1)
            before = faults(c);
        if (c->s->host[i].row.nth <= 1 || faults(c) == before)
            check_host(c, &c->s->host[i], &hosts);
    }
    nbt_idmap_fini(&hosts);
}

/* -- programs ---------------------------------------------------------------------------------- */

static void check_lanas(scene_checker *c, const scene_program *p)
{
    const scene_host *h = &c->s->host[p->host];
    const uint8_t *lanas = p->kind == SCENE_AGENT ? p->agent.lanas : p->viewer.lanas;
    size_t n = p->kind == SCENE_AGENT ? p->agent.nlanas : p->viewer.nlanas;
    bool remote = p->kind == SCENE_AGENT || p->kind == SCENE_VIEWER;
    bool good = remote || p->lana < h->nadapters;
    for (size_t i = 0; remote && i < n; i++)
        good = good && lanas[i] < h->nadapters;
    if (!good)
        scene_deny(c, p->pos, p->name, "its computer has no adapter of that number",
                   "lana= from 0 on, below the number of its computer's addresses");
}

static bool same_letters(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char x = *a >= 'a' && *a <= 'z' ? (char)(*a - 'a' + 'A') : *a;
        char y = *b >= 'a' && *b <= 'z' ? (char)(*b - 'a' + 'A') : *b;
        if (x != y)
            return false;
    }
    return *a == *b;
}

/* In whatever case, which remote control minds and a writer of scenarios may want wrong. */
static bool is_known_client(const scene *s, const char *client)
{
    char netbios[NBT_NAME_LEN + 1] = "";
    for (uint32_t i = 0; i < s->nhosts; i++) {
        memcpy(netbios, s->host[i].netbios, NBT_NAME_LEN);
        if (s->host[i].kind == SCENE_COMPUTER && same_letters(netbios, client))
            return true;
    }
    for (uint32_t i = 0; i < s->nprograms; i++) {
        const char *of = s->program[i].kind == SCENE_AGENT ? s->program[i].agent.client : NULL;
        if (of && same_letters(of, client))
            return true;
    }
    return false;
}

static void check_machine(scene_checker *c, const scene_program *p, const char *name)
{
    if (!name)
        return;
    size_t n = strlen(name);
    if (n == 0 || n > NBT_NAME_TEXT_MAX)
        scene_deny(c, p->pos, name, "a computer's name has 1 to 15 characters", "a shorter name");
    else if (name[0] == '*')
        scene_deny(c, p->pos, name, "no computer's name begins with *", "another name");
}

static void check_product(scene_checker *c, const scene_program *p, const rc_profile *product,
                          unsigned protocols)
{
    if (protocols & ~rc_profile_speaks(product))
        scene_deny(c, p->pos, p->name, "its product does not speak these protocols",
                   "protocols=netbios, or another product=");
}

static void check_viewer(scene_checker *c, const scene_program *p)
{
    const rc_viewer_cfg *v = &p->viewer;
    check_product(c, p, v->profile, v->protocols);
    check_machine(c, p, v->client);
    check_machine(c, p, v->console);
    if (strlen(v->client) <= NBT_NAME_TEXT_MAX && !is_known_client(c->s, v->client))
        scene_deny(c, p->pos, v->client, "no computer of this scenario has this name",
                   "client= with the name of a computer");
}

static void check_listener(scene_checker *c, const scene_program *p)
{
    if (p->listen.scope.len > 0)
        scene_deny(c, p->pos, p->name, "a program's name has no scope: its computer's is taken",
                   "name= without one");
    else if (p->listen.b[0] == '*')
        scene_deny(c, p->pos, p->name, "no program's name begins with *", "another name=");
}

static void check_programs(scene_checker *c)
{
    uint32_t before = 0;
    for (uint32_t i = 0; i < c->s->nprograms; i++) {
        const scene_program *p = &c->s->program[i];
        before = p->row.nth <= 1 ? faults(c) : before;
        if (faults(c) != before)
            continue;
        if (!scene_must_be(c, p->pos, p->host, SCENE_COMPUTER,
                           "programs run on computers, and this is none"))
            continue;
        check_lanas(c, p);
        switch (p->kind) {
        case SCENE_AGENT:
            check_product(c, p, p->agent.profile, p->agent.protocols);
            check_machine(c, p, p->agent.client);
            if (p->agent.flaw && !(p->agent.protocols & RC_SPEAKS_UDP))
                scene_deny(c, p->pos, p->name, "it has no streams over UDP to go wrong",
                           "protocols= with udp, of product=sms1.2");
            break;
        case SCENE_VIEWER:
            check_viewer(c, p);
            break;
        case SCENE_ECHO:
        case SCENE_SINK:
        case SCENE_SERVICE:
            check_listener(c, p);
            break;
        case SCENE_PROGRAM:
            break;
        }
    }
}

/* -- the whole --------------------------------------------------------------------------------- */

bool scene_check(const scene *s, scene_errs *errs)
{
    scene_checker c = { s, errs };
    errs->n = errs->more = 0;
    check_networks(&c);
    check_hosts(&c);
    check_programs(&c);
    scene_check_faults(&c);
    scene_check_steps(&c);
    scene_check_expects(&c);
    return errs->n == 0;
}
