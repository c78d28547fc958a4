/*
 * Options of nbtd, rcview and rcagent. What these programs have no option for is refused.
 */
#include "tools/lab/args.h"
#include "tools/host/iface.h"
#include "tools/lab/switch.h"
#include "tools/scene/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* -- words ------------------------------------------------------------------------------------- */

static void begin(lab_args *a)
{
    memset(a, 0, sizeof *a);
}

/* The last word becomes longer. */
__attribute__((format(printf, 2, 3))) static void more(lab_args *a, const char *format, ...)
{
    va_list v;
    size_t left = sizeof a->text - a->used;
    va_start(v, format);
    int n = vsnprintf(a->text + a->used - 1, left + 1, format, v);
    va_end(v);
    a->full = a->full || n < 0 || (size_t)n > left;
    a->used += a->full ? 0 : (size_t)n;
}

static void add(lab_args *a, const char *word)
{
    if (a->n == LAB_ARGS_MAX || a->used == sizeof a->text) {
        a->full = true;
        return;
    }
    a->at[a->n++] = a->text + a->used;
    a->text[a->used++] = '\0';
    more(a, "%s", word);
}

void lab_args_words(lab_args *a, const char *const *words)
{
    begin(a);
    for (; *words; words++)
        add(a, *words);
}

static void add_option(lab_args *a, const char *option, const char *value)
{
    add(a, option);
    add(a, value);
}

static void add_ips(lab_args *a, const char *option, const uint32_t *ip, size_t n)
{
    char text[HOST_IP_STR_MAX];
    if (n == 0)
        return;
    add(a, option);
    add(a, "");
    for (size_t i = 0; i < n; i++)
        more(a, "%s%s", i ? "," : "", host_ip_str(ip[i], text));
}

/* -- nbtd -------------------------------------------------------------------------------------- */

static void add_interfaces(lab_args *a, const scene_host *h, const char *interface)
{
    add(a, "--interface");
    add(a, interface ? interface : "");
    for (uint8_t i = 0; !interface && i < h->nadapters; i++)
        more(a, "%seth%u", i ? "," : "", i);
}

static void add_services(lab_args *a, unsigned services)
{
    static const struct {
        unsigned bit;
        const char *word;
    } all[] = { { SCENE_WORKSTATION, "workstation" },
                { SCENE_FILESERVER, "server" },
                { SCENE_MESSENGER, "messenger" } };
    const char *comma = "";
    add(a, "--service");
    add(a, services ? "" : "none");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!(services & all[i].bit))
            continue;
        more(a, "%s%s", comma, all[i].word);
        comma = ",";
    }
}

static void add_scope(lab_args *a, const nbt_scope *scope)
{
    if (scope->len == 0)
        return;
    add(a, "--scope");
    add(a, "");
    for (size_t at = 0; at < scope->len; at += 1u + scope->b[at])
        more(a, "%s%.*s", at ? "." : "", scope->b[at], (const char *)scope->b + at + 1);
}

/* What services leave to their driver: the answers have the words of the services. */
static void add_answers(lab_args *a, const scene *s, const scene_host *h)
{
    for (uint32_t i = 0; i < s->nprograms; i++) {
        const scene_program *p = &s->program[i];
        nbt_dummy service;
        nbt_rule rule;
        char name[NBT_NAME_STR_MAX];
        nbt_dummy_init(&service, p->serves, p->lana, p->listen.b);
        if (!scene_is_service(p) || &s->host[p->host] != h || !nbt_dummy_rule(&service, &rule))
            continue;
        nbt_name16_print(p->listen.b, name, sizeof name);
        add_option(a, "--answer", name);
        more(a, "=%s", nbt_dummy_word(p->serves));
    }
}

/* Whether sessions say that they stand at another time than those of its kind. */
static bool has_own_keep_alive(const nbt_profile *p)
{
    return p->ssn_keep_alive != nbt_profile_find(p->name, strlen(p->name))->ssn_keep_alive;
}

static void add_keep_alive(lab_args *a, const nbt_profile *p)
{
    if (!has_own_keep_alive(p))
        return;
    add_option(a, "--keep-alive", "");
    more(a, "%lld", p->ssn_keep_alive == NBT_NEVER ? 0 : (long long)(p->ssn_keep_alive / NBT_S(1)));
}

void lab_args_computer(lab_args *a, const scene *s, const scene_host *h, const char *interface,
                       const char *socket, const char *lmhosts)
{
    begin(a);
    add(a, "nbtd");
    add(a, "--json");
    add_option(a, "--name", h->netbios);
    add_interfaces(a, h, interface);
    add_option(a, "--socket", socket);
    add_option(a, "--profile", h->profile->name);
    add_keep_alive(a, h->profile);
    if (h->persona)
        add_option(a, "--persona", h->persona->word);
    if (h->group[0])
        add_option(a, "--workgroup", h->group);
    if (h->user[0])
        add_option(a, "--user", h->user);
    add_option(a, "--node-type", nbt_code_word(NBT_CODESET_NODE_TYPE, h->node));
    add_ips(a, "--wins", h->wins, h->nwins);
    add_ips(a, "--nbdd", h->nbdds, h->nnbdds);
    add_services(a, h->services);
    add_scope(a, &h->scope);
    add_answers(a, s, h);
    if (lmhosts)
        add_option(a, "--lmhosts", lmhosts);
}

void lab_args_clock(lab_args *a)
{
    add(a, "--clock-jumps");
}

void lab_args_server(lab_args *a, const scene_host *h, const char *interface, const char *socket)
{
    begin(a);
    add(a, "nbtd");
    add(a, "--json");
    add(a, "--name-server");
    add(a, "--memory");
    if (h->datagrams)
        add(a, "--datagram-server");
    add_interfaces(a, h, interface);
    add_option(a, "--socket", socket);
    add_option(a, "--server-profile", h->server.name);
    if (!h->server.secured)
        add(a, "--non-secured");
    add(a, "--challenge-count");
    add(a, "");
    more(a, "%u", h->server.challenge_count);
    add(a, "--challenge-timeout");
    add(a, "");
    more(a, "%lld", (long long)(h->server.challenge_timeout / 1000));
    add_option(a, "--served", "0.0.0.0/0");
    add_ips(a, "--redirect", &h->redirect, h->redirect ? 1 : 0);
}

/* -- remote control ---------------------------------------------------------------------------- */

static void add_product(lab_args *a, const rc_profile *product, unsigned protocols)
{
    add_option(a, "--product", product->word);
    add_option(a, "--protocols", rc_transports_str(protocols));
}

static void add_lanas(lab_args *a, const uint8_t *lanas, size_t n)
{
    add(a, "--lana");
    add(a, n ? "" : "all");
    for (size_t i = 0; i < n; i++)
        more(a, "%s%u", i ? "," : "", lanas[i]);
}

bool lab_args_has_files(const scene_program *p)
{
    return p->file || p->viewer.file || p->agent.functions >> RC_FUNCTION_TRANSFER & 1;
}

/* What a viewer fetches comes under the same name, what it stores is there. */
static void add_transfer(lab_args *a, const rc_viewer_cfg *v, const char *folder)
{
    if (!v->store)
        add_option(a, "--get", v->file);
    add_option(a, v->store ? "--put" : "--as", folder);
    more(a, "/%s", v->file);
}

void lab_args_viewer(lab_args *a, const scene *s, const scene_program *p, const char *driver,
                     const char *folder)
{
    rc_viewer_cfg v = scene_build_viewer(s, p);
    begin(a);
    add(a, "rcview");
    add(a, "--json");
    add_option(a, "--driver", driver);
    add_product(a, v.profile, v.protocols);
    add_ips(a, "--address", &v.address, v.address ? 1 : 0);
    add_option(a, "--claim", v.keep == RC_KEEP_HELD ? "held" : "each-attempt");
    add_option(a, "--name-policy", rc_policy_str(v.policy));
    add_lanas(a, v.lanas, v.nlanas);
    add_option(a, "--console", v.console);
    if (v.user)
        add_option(a, "--user", v.user);
    if (v.command)
        add_option(a, "--execute", v.command);
    if (v.function == RC_FUNCTION_CHAT)
        add(a, "--chat");
    if (v.function == RC_FUNCTION_REBOOT)
        add(a, "--reboot");
    if (v.file)
        add_transfer(a, &v, folder);
    add_option(a, "--", v.client);
}

/* What viewers may do; none said: remote control alone, as without the option. */
static void add_functions(lab_args *a, unsigned functions)
{
    unsigned any = 0;
    if (functions == 0)
        return;
    add(a, "--allow");
    add(a, "");
    for (rc_function f = RC_FUNCTION_CONTROL; f <= RC_FUNCTION_REBOOT; f++)
        if (functions >> f & 1)
            more(a, "%s%s", any++ ? "," : "", rc_function_str(f));
}

void lab_args_agent(lab_args *a, const scene *s, const scene_program *p, const char *driver,
                    const char *folder)
{
    rc_agent_cfg g = scene_build_agent(s, p);
    begin(a);
    add(a, "rcagent");
    add(a, "--json");
    add_option(a, "--driver", driver);
    add_product(a, g.profile, g.protocols);
    add_option(a, "--permission", rc_permission_str(g.permission));
    add(a, "--ask-timeout");
    add(a, "");
    more(a, "%lld", (long long)(g.ask_timeout / NBT_S(1)));
    if (g.permitted) {
        add(a, "--viewers");
        add(a, g.npermitted ? "" : "none");
        for (size_t i = 0; i < g.npermitted; i++)
            more(a, "%s%s", i ? "," : "", g.permitted[i]);
    }
    if (g.flaw)
        add_option(a, "--udp-flaw", rc_udp_flaw_str(g.flaw));
    add_option(a, "--compression", rc_compression_str(g.compression));
    add_lanas(a, g.lanas, g.nlanas);
    add_functions(a, g.functions);
    if (folder)
        add_option(a, "--files", folder);
    if (g.down_time != NBT_S(10)) {
        add(a, "--down-time");
        add(a, "");
        more(a, "%lld", (long long)(g.down_time / NBT_S(1)));
    }
    add_option(a, "--name", g.client);
}

/* -- what cannot be ---------------------------------------------------------------------------- */

/* nbtd can be told of a server's profile, whether it is secured, and how it challenges. */
static const char *refuse_server(const scene_host *h)
{
    const nbt_nbns_profile *base = nbt_nbns_profile_find(h->server.name, strlen(h->server.name));
    nbt_time timeout = h->server.challenge_timeout;
#define SCENE_W_SERVER(field, word, kind)                                                          \
    if (h->server.field != base->field && strcmp(word, "challenge-count=") != 0 &&                 \
        strcmp(word, "challenge-timeout=") != 0)                                                   \
        return "nbtd has no option for that part of a name server's profile";
#include "tools/scene/words.def"
#undef SCENE_W_SERVER
    if (timeout % 1000 != 0 || timeout < 1000 || timeout > NBT_S(60))
        return "nbtd challenges after whole milliseconds, 1 ms to 60 s";
    return NULL;
}

/* Nor of keep-alives between two seconds, or after more than a day. */
static const char *refuse_computer(const scene_host *h)
{
    nbt_time t = h->profile->ssn_keep_alive;
    if (has_own_keep_alive(h->profile) && t != NBT_NEVER &&
        (t % NBT_S(1) != 0 || t > NBT_S(24 * 3600)))
        return "nbtd sends keep-alives after whole seconds, a day at most";
    return NULL;
}

static const char *refuse_program(const scene_program *p)
{
    nbt_time ask = p->agent.ask_timeout;
    if (p->kind == SCENE_AGENT && (ask % NBT_S(1) != 0 || ask < NBT_S(1) || ask > NBT_S(3600)))
        return "rcagent asks for whole seconds, 1 to 3600";
    if (p->kind == SCENE_AGENT && (p->agent.down_time % NBT_S(1) != 0 || p->agent.down_time == 0))
        return "rcagent is down for whole seconds";
    return NULL;
}

static const char *refuse_hosts(const scene *s, scene_pos *where)
{
    uint32_t ports = 0;
    const char *why = NULL;
    for (uint32_t i = 0; i < s->nhosts && !why; i++) {
        const scene_host *h = &s->host[i];
        *where = h->pos;
        ports += h->nadapters;
        if (ports > LAB_SWITCH_PORTS_MAX)
            return "there are more than 128 adapters, more than are run on one machine";
        why = h->kind == SCENE_SERVER     ? refuse_server(h)
              : h->kind == SCENE_COMPUTER ? refuse_computer(h)
                                          : NULL;
    }
    return why;
}

/* A clock is a process's: of the programs that a host runs in others nobody can make it jump. */
static const char *refuse_clock(const scene *s, uint16_t host)
{
    for (uint32_t i = 0; i < s->nprograms; i++)
        if (s->program[i].host == host && s->program[i].kind != SCENE_PROGRAM)
            return "only the clock of nbtd can jump, and on this host other programs have one, too";
    return NULL;
}

const char *lab_args_refuse(const scene *s, scene_pos *where)
{
    const char *why = refuse_hosts(s, where);
    for (uint32_t i = 0; i < s->nprograms && !why; i++) {
        *where = s->program[i].pos;
        why = refuse_program(&s->program[i]);
    }
    for (uint32_t i = 0; i < s->nsteps && !why; i++) {
        *where = s->step[i].pos;
        if (s->step[i].what == SCENE_DO_CLOCK)
            why = refuse_clock(s, s->step[i].host);
    }
    return why;
}

/* -- beside real machines ---------------------------------------------------------------------- */

bool lab_args_is_played(const scene *s, const lab_args_side *side, uint16_t host)
{
    const scene_host *h = &s->host[host];
    if (!side->bridge)
        return host == side->here;
    bool speaks = h->kind != SCENE_HOST || h->netbios[0];
    for (uint32_t i = 0; i < s->nsteps && !speaks; i++)
        speaks = s->step[i].what == SCENE_DO_SEND && s->step[i].host == host;
    return speaks;
}

static const char *refuse_sight(const scene *s, const scene_sight *sight, const lab_args_side *side)
{
    static const char *const why = "the state of a real machine is not known";
    switch (sight->see) {
    case SCENE_SEE_OWNERS:
        return "who owns a name on real machines is not known";
    case SCENE_SEE_NAME:
    case SCENE_SEE_RECORD:
    case SCENE_SEE_SESSIONS:
    case SCENE_SEE_READY:
        return lab_args_is_played(s, side, sight->host) ? NULL : why;
    case SCENE_SEE_DONE:
    case SCENE_SEE_LOG:
    case SCENE_SEE_PROGRAM:
        return lab_args_is_played(s, side, s->program[sight->program].host) ? NULL : why;
    case SCENE_SEE_MESSAGE:
        break;
    }
    return NULL;
}

static const char *refuse_step(const scene *s, const scene_step *step, const lab_args_side *side)
{
    static const char *const rule = "nobody rules over a real machine";
    switch (step->what) {
    case SCENE_DO_AWAIT:
        return refuse_sight(s, &step->sight, side);
    case SCENE_DO_START:
    case SCENE_DO_STOP:
    case SCENE_DO_CRASH:
    case SCENE_DO_STATIC:
    case SCENE_DO_FORGET:
    case SCENE_DO_FREEZE:
    case SCENE_DO_THAW:
    case SCENE_DO_CLOCK:
        return lab_args_is_played(s, side, step->host) ? NULL : rule;
    case SCENE_DO_RUN:
    case SCENE_DO_KILL:
    case SCENE_DO_CLOSE:
    case SCENE_DO_TYPE:
    case SCENE_DO_PERMIT:
    case SCENE_DO_NCB:
        return lab_args_is_played(s, side, s->program[step->program].host) ? NULL : rule;
    case SCENE_DO_SEND:
        return side->bridge ? NULL : "nothing is made up by hand at an interface, but at a bridge";
    case SCENE_DO_LINK:
    case SCENE_DO_PARTITION:
    case SCENE_DO_HEAL:
    case SCENE_DO_FAULT:
    case SCENE_DO_MEND:
        return side->bridge ? NULL
                            : "a real network is not disturbed at an interface, but at a bridge";
    }
    return NULL;
}

static const char *refuse_place(const scene *s, const lab_args_side *side, scene_pos *where)
{
    if (side->bridge) {
        *where = s->nnetworks > 1 ? s->network[1].pos : (scene_pos){ 0 };
        return s->nnetworks > 1 ? "a bridge is one network" : NULL;
    }
    *where = s->host[side->here].pos;
    if (s->host[side->here].nadapters != 1)
        return "the host at the interface has more than one adapter";
    *where = s->nfaults > 0 ? s->fault[0].pos : *where;
    return s->nfaults > 0 ? "a real network is not disturbed at an interface, but at a bridge"
                          : NULL;
}

const char *lab_args_refuse_beside(const scene *s, const lab_args_side *side, scene_pos *where)
{
    const char *why = lab_args_refuse(s, where);
    if (!why)
        why = refuse_place(s, side, where);
    for (uint32_t i = 0; i < s->nsteps && !why; i++) {
        *where = s->step[i].pos;
        why = refuse_step(s, &s->step[i], side);
    }
    for (uint32_t i = 0; i < s->nexpects && !why; i++) {
        *where = s->expect[i].pos;
        why = refuse_sight(s, &s->expect[i].sight, side);
    }
    return why;
}

static bool is_bad(const nbt_simlink *link)
{
    return link->loss || link->duplicate || link->reorder;
}

static bool disturbs(scene_do what)
{
    return what == SCENE_DO_SEND || what == SCENE_DO_LINK || what == SCENE_DO_PARTITION ||
           what == SCENE_DO_FAULT || what == SCENE_DO_FREEZE;
}

bool lab_args_disturbs(const scene *s, scene_pos *where)
{
    for (uint32_t i = 0; i < s->nnetworks; i++) {
        *where = s->network[i].pos;
        if (is_bad(&s->network[i].link))
            return true;
    }
    for (uint32_t i = 0; i < s->nfaults; i++) {
        *where = s->fault[i].pos;
        return true;
    }
    for (uint32_t i = 0; i < s->nsteps; i++) {
        *where = s->step[i].pos;
        if (disturbs(s->step[i].what))
            return true;
    }
    return false;
}
