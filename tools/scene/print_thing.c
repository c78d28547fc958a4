/*
 * Networks, hosts and programs as lines. What a line says by default is not printed.
 */
#include "tools/scene/print_impl.h"

#include <string.h>

void scene_put_key(scene_put *o, const char *key)
{
    scene_put_str(o, " ");
    scene_put_str(o, key);
}

void scene_put_key_time(scene_put *o, const char *key, nbt_time t)
{
    scene_put_key(o, key);
    scene_put_time(o, t);
}

void scene_put_key_dec(scene_put *o, const char *key, uint64_t v)
{
    scene_put_key(o, key);
    scene_put_dec(o, v);
}

void scene_put_bare(scene_put *o, const char *text)
{
    bool bare = text[0] != '\0';
    for (const char *p = text; *p; p++)
        bare = bare && *p > ' ' && *p < 0x7F && *p != '"' && *p != '\\';
    if (bare)
        scene_put_str(o, text);
    else
        scene_put_quoted(o, text);
}

/* -- networks ---------------------------------------------------------------------------------- */

void scene_put_link(scene_put *o, const nbt_simlink *link, const nbt_simlink *other)
{
    if (link->delay != other->delay)
        scene_put_key_time(o, "delay=", link->delay);
    if (link->jitter != other->jitter)
        scene_put_key_time(o, "jitter=", link->jitter);
    const struct {
        const char *key;
        uint32_t is, was;
    } shares[] = { { "loss=", link->loss, other->loss },
                   { "duplicate=", link->duplicate, other->duplicate },
                   { "reorder=", link->reorder, other->reorder } };
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        if (shares[i].is == shares[i].was)
            continue;
        scene_put_key(o, shares[i].key);
        scene_put_share(o, shares[i].is);
    }
    if (link->late != other->late)
        scene_put_key_time(o, "late=", link->late);
}

static unsigned bits_of(uint32_t mask)
{
    unsigned bits = 0;
    for (; mask; mask <<= 1)
        bits++;
    return bits;
}

void scene_put_subnet(scene_put *o, uint32_t ip, uint32_t mask)
{
    scene_put_ip(o, ip);
    scene_put_str(o, "/");
    scene_put_dec(o, bits_of(mask));
}

static void put_network(scene_put *o, const scene_network *n)
{
    scene_network other = scene_network_default();
    bool lan = strcmp(n->name, "lan") == 0;
    scene_put_str(o, "network ");
    scene_put_str(o, n->name);
    if (!lan || n->subnet != other.subnet || n->mask != other.mask) {
        scene_put_key(o, "subnet=");
        scene_put_subnet(o, n->subnet, n->mask);
    }
    scene_put_link(o, &n->link, &other.link);
    if (n->mtu != other.mtu)
        scene_put_key_dec(o, "mtu=", n->mtu);
    scene_put_str(o, "\n");
}

/* -- hosts ------------------------------------------------------------------------------------- */

static void put_addresses(scene_put *o, const scene *s, const scene_host *h)
{
    scene_put_key(o, "address=");
    for (uint8_t i = 0; i < h->nadapters; i++) {
        const scene_adapter *a = &h->adapter[i];
        scene_put_str(o, i ? "," : "");
        if (a->network != scene_network_of(s, a->ip)) {
            scene_put_str(o, s->network[a->network].name);
            scene_put_str(o, ":");
        }
        scene_put_ip(o, a->ip);
    }
}

static void put_scope(scene_put *o, const nbt_scope *scope)
{
    scene_put_key(o, "scope=");
    for (size_t at = 0; at < scope->len; at += 1u + scope->b[at]) {
        scene_put_str(o, at ? "." : "");
        for (size_t i = 0; i < scope->b[at]; i++)
            scene_put_n(o, &(char){ (char)scope->b[at + 1 + i] }, 1);
    }
}

static void put_services(scene_put *o, unsigned services)
{
    static const unsigned all[] = { SCENE_WORKSTATION, SCENE_FILESERVER, SCENE_MESSENGER };
    size_t n = 0;
    scene_put_key(o, "services=");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (services & all[i]) {
            scene_put_str(o, n++ ? "," : "");
            scene_put_str(o, scene_word(SCENE_SET_SERVICE, all[i]));
        }
    }
    scene_put_str(o, n ? "" : "none");
}

static bool netbios_is_label(const scene_host *h)
{
    scene_host made = { 0 };
    return scene_host_netbios(&made, h->name, strlen(h->name)) &&
           memcmp(made.netbios, h->netbios, sizeof made.netbios) == 0;
}

static void put_keep_alive(scene_put *o, const nbt_profile *p)
{
    nbt_time usual = nbt_profile_find(p->name, strlen(p->name))->ssn_keep_alive;
    if (p->ssn_keep_alive == usual)
        return;
    scene_put_key(o, "keep-alive=");
    if (p->ssn_keep_alive == NBT_NEVER)
        scene_put_str(o, "none");
    else
        scene_put_time(o, p->ssn_keep_alive);
}

static void put_persona(scene_put *o, const scene_host *h)
{
    scene_put_key(o, "persona=");
    scene_put_str(o, h->persona->word);
    if (h->group[0]) {
        scene_put_key(o, "workgroup=");
        scene_put_bare(o, h->group);
    }
    if (h->row.user) {
        scene_put_key(o, "user=");
        scene_put_str(o, h->row.user);
    } else if (h->user[0]) {
        scene_put_key(o, "user=");
        scene_put_bare(o, h->user);
    }
}

static void put_computer(scene_put *o, const scene_host *h)
{
    if (h->row.name) {
        scene_put_key(o, "netbios=");
        scene_put_str(o, h->row.name);
    } else if (h->netbios[0] && !netbios_is_label(h)) {
        scene_put_key(o, "netbios=");
        scene_put_bare(o, h->netbios);
    }
    if (h->node != (h->nwins > 0 ? NBT_ONT_H : NBT_ONT_B)) {
        scene_put_key(o, "node=");
        scene_put_str(o, nbt_code_word(NBT_CODESET_NODE_TYPE, h->node));
    }
    for (uint8_t i = 0; i < h->nwins; i++) {
        scene_put_str(o, i ? "," : " wins=");
        scene_put_ip(o, h->wins[i]);
    }
    for (uint8_t i = 0; i < h->nnbdds; i++) {
        scene_put_str(o, i ? "," : " nbdd=");
        scene_put_ip(o, h->nbdds[i]);
    }
    if (h->persona)
        put_persona(o, h);
    if (h->profile_said || (!h->persona && strcmp(h->profile->name, "rfc") != 0)) {
        scene_put_key(o, "profile=");
        scene_put_str(o, h->profile->name);
    }
    put_keep_alive(o, h->profile);
    if (h->services != (SCENE_WORKSTATION | SCENE_FILESERVER | SCENE_MESSENGER))
        put_services(o, h->services);
    if (h->scope.len > 0)
        put_scope(o, &h->scope);
}

/* A server's column by its kind in words.def. */
static void put_TIME(scene_put *o, nbt_time v)
{
    scene_put_time(o, v);
}

static void put_SECONDS(scene_put *o, uint32_t v)
{
    scene_put_time(o, NBT_S((nbt_time)v));
}

static void put_FEW(scene_put *o, uint8_t v)
{
    scene_put_dec(o, v);
}

static void put_MANY(scene_put *o, uint16_t v)
{
    scene_put_dec(o, v);
}

static void put_YES(scene_put *o, bool v)
{
    scene_put_str(o, v ? "yes" : "no");
}

static void put_server(scene_put *o, const scene_host *h)
{
    const nbt_nbns_profile *base = nbt_nbns_profile_find(h->server.name, strlen(h->server.name));
    if (strcmp(base->name, "rfc") != 0) {
        scene_put_key(o, "profile=");
        scene_put_str(o, base->name);
    }
    if (!h->server.secured && base->secured)
        scene_put_key(o, "non-secured");
#define SCENE_W_SERVER(field, word, kind)                                                          \
    if (h->server.field != base->field) {                                                          \
        scene_put_key(o, word);                                                                    \
        put_##kind(o, h->server.field);                                                            \
    }
#include "tools/scene/words.def"
#undef SCENE_W_SERVER
    if (h->datagrams)
        scene_put_key(o, "datagrams");
    if (h->redirect) {
        scene_put_key(o, "redirect=");
        scene_put_ip(o, h->redirect);
    }
}

/* What a thing is, and its name; of a row the first says it for all. */
static void put_begin(scene_put *o, const char *kind, const char *name, const scene_row *row)
{
    scene_put_str(o, kind);
    scene_put_key(o, row->label ? row->label : name);
    if (row->nth)
        scene_put_key_dec(o, "count=", row->of);
}

static void put_host(scene_put *o, const scene *s, const scene_host *h)
{
    if (h->row.nth > 1)
        return;
    put_begin(o, scene_word(SCENE_SET_HOST_KIND, h->kind), h->name, &h->row);
    put_addresses(o, s, h);
    switch (h->kind) {
    case SCENE_COMPUTER:
        put_computer(o, h);
        break;
    case SCENE_SERVER:
        put_server(o, h);
        break;
    case SCENE_HOST:
        if (h->netbios[0]) {
            scene_put_key(o, "nmbd=");
            scene_put_bare(o, h->netbios);
        }
        break;
    }
    scene_put_str(o, h->off ? " off\n" : "\n");
}

/* -- LMHOSTS ----------------------------------------------------------------------------------- */

/* A name of LMHOSTS: as it is where it can stand so, else in quotes, with \0xNN. */
static void put_lmname(scene_put *o, const nbt_lmhost *h)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t n = NBT_NAME_LEN - 1;
    while (n > 0 && h->name[n - 1] == ' ')
        n--;
    bool plain = h->any_suffix && n > 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = h->name[i];
        plain = plain && c > ' ' && c < 0x7F && c != '#' && c != '"' && c != '\\' &&
                !(c >= 'a' && c <= 'z');
    }
    if (plain) {
        scene_put_n(o, (const char *)h->name, n);
        return;
    }
    scene_put_str(o, "\"");
    for (size_t i = 0; i < (h->any_suffix ? n : NBT_NAME_LEN); i++) {
        uint8_t c = h->name[i];
        if (c >= ' ' && c < 0x7F && c != '"' && c != '\\' && !(c >= 'a' && c <= 'z')) {
            scene_put_n(o, &(char){ (char)c }, 1);
        } else {
            scene_put_str(o, "\\0x");
            scene_put_n(o, &digits[c >> 4], 1);
            scene_put_n(o, &digits[c & 15], 1);
        }
    }
    scene_put_str(o, "\"");
}

void scene_put_lmhost(scene_put *o, const nbt_lmhost *h)
{
    scene_put_ip(o, h->ip);
    scene_put_str(o, " ");
    put_lmname(o, h);
    scene_put_str(o, h->pre ? " #PRE" : "");
    scene_put_str(o, h->multihomed ? " #MH" : "");
    if (h->dom) {
        size_t n = sizeof h->domain;
        while (n > 0 && h->domain[n - 1] == ' ')
            n--;
        scene_put_str(o, " #DOM:");
        scene_put_n(o, (const char *)h->domain, n);
    }
}

static void put_lmhost(scene_put *o, const scene_host *host, const nbt_lmhost *h)
{
    char text[256];
    scene_put line;
    scene_put_init(&line, text, sizeof text);
    scene_put_lmhost(&line, h);
    scene_put_str(o, "lmhosts ");
    scene_put_str(o, host->name);
    scene_put_str(o, " ");
    scene_put_quoted(o, text);
    scene_put_str(o, "\n");
}

/* -- programs ---------------------------------------------------------------------------------- */

static void put_lanas(scene_put *o, const uint8_t *lanas, size_t n)
{
    if (n == 1 && lanas[0] == 0)
        return;
    scene_put_key(o, "lana=");
    for (size_t i = 0; i < n; i++) {
        scene_put_str(o, i ? "," : "");
        scene_put_dec(o, lanas[i]);
    }
    scene_put_str(o, n ? "" : "all");
}

static void put_protocols(scene_put *o, const rc_profile *product, unsigned set)
{
    if (set != product->usual) {
        scene_put_key(o, "protocols=");
        scene_put_str(o, rc_transports_str(set));
    }
    if (strcmp(product->word, "sms2.0") != 0) {
        scene_put_key(o, "product=");
        scene_put_str(o, product->word);
    }
}

static void put_agent(scene_put *o, const rc_agent_cfg *a)
{
    put_protocols(o, a->profile, a->protocols);
    if (a->permission != RC_PERMISSION_GRANT) {
        scene_put_key(o, "permission=");
        scene_put_str(o, rc_permission_str(a->permission));
    }
    if (a->flaw != RC_UDP_FLAW_NONE) {
        scene_put_key(o, "udp-flaw=");
        scene_put_str(o, rc_udp_flaw_str(a->flaw));
    }
    if (a->ask_timeout != NBT_S(30))
        scene_put_key_time(o, "ask-timeout=", a->ask_timeout);
    for (size_t i = 0; a->permitted && i < a->npermitted; i++) {
        scene_put_str(o, i ? "," : " permitted=");
        scene_put_bare(o, a->permitted[i]);
    }
    if (a->permitted && a->npermitted == 0)
        scene_put_str(o, " permitted=none");
    if (a->compression != RC_COMPRESS_AUTO) {
        scene_put_key(o, "compression=");
        scene_put_str(o, rc_compression_str(a->compression));
    }
    for (rc_function f = RC_FUNCTION_CONTROL, any = 0; f <= RC_FUNCTION_REBOOT; f++)
        if (a->functions >> f & 1) {
            scene_put_str(o, any++ ? "," : " allow=");
            scene_put_str(o, rc_function_str(f));
        }
    if (a->down_time != NBT_S(10))
        scene_put_key_time(o, "down-time=", a->down_time);
    put_lanas(o, a->lanas, a->nlanas);
}

static void put_client(scene_put *o, const scene_row *row, const char *client)
{
    if (!client)
        return;
    scene_put_key(o, "client=");
    if (row->client)
        scene_put_str(o, row->client);
    else
        scene_put_bare(o, client);
}

static void put_viewer(scene_put *o, const rc_viewer_cfg *v)
{
    put_protocols(o, v->profile, v->protocols);
    if (v->policy != RC_POLICY_PER_SESSION) {
        scene_put_key(o, "policy=");
        scene_put_str(o, rc_policy_str(v->policy));
    }
    if (v->keep != RC_KEEP_ATTEMPT) {
        scene_put_key(o, "keep=");
        scene_put_str(o, scene_word(SCENE_SET_KEEP, v->keep));
    }
    if (strcmp(v->user, "user") != 0) {
        scene_put_key(o, "user=");
        scene_put_bare(o, v->user);
    }
    if (v->console) {
        scene_put_key(o, "console=");
        scene_put_bare(o, v->console);
    }
    if (v->address) {
        scene_put_key(o, "address=");
        scene_put_ip(o, v->address);
    }
    put_lanas(o, v->lanas, v->nlanas);
    switch (v->function) {
    case RC_FUNCTION_CONTROL:
        return;
    case RC_FUNCTION_CHAT:
        scene_put_str(o, " chat");
        return;
    case RC_FUNCTION_TRANSFER:
        scene_put_key(o, v->store ? "put=" : "get=");
        scene_put_bare(o, v->file);
        return;
    case RC_FUNCTION_EXECUTE:
        scene_put_key(o, "execute=");
        scene_put_bare(o, v->command);
        return;
    case RC_FUNCTION_REBOOT:
        scene_put_str(o, " reboot");
        return;
    }
}

static void put_program(scene_put *o, const scene *s, const scene_program *p)
{
    if (p->row.nth > 1)
        return;
    put_begin(o, scene_word(SCENE_SET_PROGRAM_KIND, p->kind), p->name, &p->row);
    scene_put_key(o, "on=");
    scene_put_str(o, p->row.on ? p->row.on : s->host[p->host].name);
    switch (p->kind) {
    case SCENE_AGENT:
        put_client(o, &p->row, p->agent.client);
        put_agent(o, &p->agent);
        if (p->file) {
            scene_put_key(o, "file=");
            scene_put_bare(o, p->file);
        }
        break;
    case SCENE_VIEWER:
        put_client(o, &p->row, p->viewer.client);
        put_viewer(o, &p->viewer);
        break;
    case SCENE_ECHO:
    case SCENE_SINK:
    case SCENE_SERVICE:
        scene_put_key(o, "name=");
        if (p->row.name)
            scene_put_str(o, p->row.name);
        else
            scene_put_name(o, &p->listen);
        if (p->kind != SCENE_SERVICE)
            break;
        scene_put_key(o, "does=");
        scene_put_str(o, nbt_dummy_word(p->serves));
        break;
    case SCENE_PROGRAM:
        break;
    }
    if (p->file_size)
        scene_put_key_dec(o, "size=", p->file_size);
    if (p->lana)
        scene_put_key_dec(o, "lana=", p->lana);
    scene_put_str(o, p->off ? " off\n" : "\n");
}

/* Whether it is the one that a file without networks has: its line says no more than its name. */
static bool is_implied(const scene_network *n)
{
    scene_put line;
    scene_put_init(&line, NULL, 0);
    put_network(&line, n);
    return strcmp(n->name, "lan") == 0 && line.len == strlen("network lan\n");
}

void scene_put_things(scene_put *o, const scene *s)
{
    bool only_lan = s->nnetworks == 1 && is_implied(&s->network[0]);
    for (uint32_t i = 0; !only_lan && i < s->nnetworks; i++)
        put_network(o, &s->network[i]);
    for (uint32_t i = 0; i < s->nhosts; i++)
        put_host(o, s, &s->host[i]);
    for (uint32_t i = 0; i < s->nhosts; i++) {
        for (uint32_t l = 0; l < s->host[i].nlmhosts; l++)
            put_lmhost(o, &s->host[i], &s->host[i].lmhosts[l]);
    }
    for (uint32_t i = 0; i < s->nprograms; i++)
        put_program(o, s, &s->program[i]);
}
