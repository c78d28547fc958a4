/*
 * The options of a computer, one by one. Nothing is opened here.
 */
#include "tools/host/setup.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    uint8_t suffix;
} services[] = {
#define HOST_SERVICE(sym, word, suffix) [HOST_SERVICE_##sym] = { (word), (suffix) },
    HOST_SERVICES(HOST_SERVICE)
#undef HOST_SERVICE
};

uint8_t host_service_suffix(host_service service)
{
    return services[service].suffix;
}

void host_setup_init(host_setup *s)
{
    memset(s, 0, sizeof *s);
    s->services = (1u << HOST_SERVICE_COUNT) - 1;
    s->profile = nbt_profile_at(0);
    s->type = NBT_ONT_B;
}

void host_setup_fini(host_setup *s)
{
    free(s->adapters);
    host_lmhosts_free(&s->lmhosts);
    memset(s, 0, sizeof *s);
}

/* Up to 15 characters that others can type, in upper case; `option` takes them, `what` they are. */
static bool take_name(char out[NBT_NAME_TEXT_MAX + 1], const char *what, const char *option,
                      const char *text, host_err *err)
{
    size_t len = strlen(text);
    bool control = false;
    for (size_t i = 0; i < len; i++)
        control = control || iscntrl((unsigned char)text[i]);
    if (len == 0)
        host_err_set(err, HOST_USAGE, "%s is empty; --%s takes 1 to %d characters", what, option,
                     NBT_NAME_TEXT_MAX);
    else if (len > NBT_NAME_TEXT_MAX)
        host_err_set(err, HOST_USAGE,
                     "%s \"%s\" has %zu characters; --%s takes 1 to %d, the 16th is the "
                     "service's",
                     what, text, len, option, NBT_NAME_TEXT_MAX);
    else if (text[0] == '*')
        host_err_set(err, HOST_USAGE,
                     "%s \"%s\" begins with *, which no name on a network may; choose "
                     "another --%s",
                     what, text, option);
    else if (control || text[len - 1] == ' ')
        host_err_set(err, HOST_USAGE,
                     "%s \"%s\" has a control character or ends in a space, which others "
                     "could not type; choose another --%s",
                     what, text, option);
    else {
        for (size_t i = 0; i <= len; i++)
            out[i] = (char)toupper((unsigned char)text[i]);
        return true;
    }
    return false;
}

bool host_setup_name(host_setup *s, const char *text, host_err *err)
{
    return take_name(s->name, "the name", "name", text, err);
}

bool host_setup_workgroup(host_setup *s, const char *text, host_err *err)
{
    return take_name(s->group, "the workgroup", "workgroup", text, err);
}

bool host_setup_user(host_setup *s, const char *text, host_err *err)
{
    return take_name(s->user, "the user", "user", text, err);
}

bool host_setup_profile(host_setup *s, const char *text, host_err *err)
{
    const nbt_profile *p = nbt_profile_find(text, strlen(text));
    if (p) {
        s->profile = p;
        s->profiled = true;
        return true;
    }
    char known[128];
    size_t n = 0;
    known[0] = '\0';
    for (size_t i = 0; (p = nbt_profile_at(i)) && n < sizeof known; i++)
        n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "", p->name);
    host_err_set(err, HOST_USAGE, "there is no profile \"%s\"; --profile takes %s", text, known);
    return false;
}

bool host_setup_persona(host_setup *s, const char *text, host_err *err)
{
    const nbt_persona *p = nbt_persona_find(text, strlen(text));
    if (p) {
        s->persona = p;
        if (!s->profiled)
            s->profile = nbt_profile_find(p->profile, strlen(p->profile));
        return true;
    }
    char known[128];
    size_t n = 0;
    known[0] = '\0';
    for (size_t i = 0; (p = nbt_persona_at(i)) && n < sizeof known; i++)
        n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "", p->word);
    host_err_set(err, HOST_USAGE,
                 "there is no persona \"%s\"; --persona takes %s, or help for what they are", text,
                 known);
    return false;
}

static void list_names(FILE *to, const nbt_persona_name *n)
{
    for (size_t i = 0; n[i].whose; i++)
        fprintf(to, "%s%s<%02X>%s",
                !i           ? ""
                : n[i].waits ? ", then "
                             : " ",
                nbt_whose_str((nbt_whose)n[i].whose), n[i].suffix,
                n[i].user && n[i].whose != NBT_WHOSE_USER ? " (with a user)" : "");
    fputs(n->whose ? "" : "by number", to);
}

void host_setup_list_personas(FILE *to)
{
    const nbt_persona *p;
    for (size_t i = 0; (p = nbt_persona_at(i)); i++) {
        fprintf(to, "%s%s: %s\n", i ? "\n" : "", p->word, p->system);
        fprintf(to, "  profile  %s\n           [%s]\n", p->profile, p->source.profile);
        fputs("  claims   ", to);
        list_names(to, p->claims);
        fprintf(to, "\n           [%s]\n", p->source.claims);
        fputs("  status   ", to);
        list_names(to, p->status);
        if (p->status_tail)
            fprintf(to, ", and %u octets of 0", p->status_tail);
        fprintf(to, "\n           [%s]\n", p->source.status);
        fprintf(to, "  browser  %s\n           [%s]\n", p->browser, p->source.browser);
        fprintf(to, "  IP       TTL %u, DF %s\n           [%s]\n", p->ip_ttl,
                p->ip_fragments ? "clear" : "set", p->source.ip);
    }
}

void host_setup_own(const host_setup *s, nbt_own *own)
{
    nbt_own_init(own, s->name, strlen(s->name), (uint8_t)s->nadapters);
    for (unsigned i = 0; i < HOST_SERVICE_COUNT; i++)
        if (s->services >> i & 1)
            nbt_own_serve(own, host_service_suffix((host_service)i));
    if (s->persona)
        nbt_own_be(own, s->persona, s->group, *s->user ? s->user : NULL);
}

bool host_setup_node_type(host_setup *s, const char *text, host_err *err)
{
    char letter = (char)toupper((unsigned char)text[0]);
    const nbt_code *type = nbt_code_parse(NBT_CODESET_NODE_TYPE, &letter, strlen(text));
    if (!type) {
        host_err_set(err, HOST_USAGE,
                     "node type \"%s\" does not exist; --node-type takes b, p, m or h", text);
        return false;
    }
    s->type = (nbt_node_type)type->value;
    s->typed = true;
    return true;
}

bool host_setup_scope(host_setup *s, const char *text, host_err *err)
{
    if (nbt_scope_parse(&s->scope, text, strlen(text)))
        return true;
    host_err_set(err, HOST_USAGE,
                 "the scope \"%s\" is malformed; --scope takes labels of 1 to 63 letters, digits "
                 "and hyphens with dots between them",
                 text);
    return false;
}

/* The next item of a list with commas: advances `*rest`, false at the end. Items may be empty. */
static bool next_item(const char **rest, const char **item, size_t *len)
{
    if (!*rest)
        return false;
    *item = *rest;
    *len = strcspn(*rest, ",");
    *rest = (*rest)[*len] ? *rest + *len + 1 : NULL;
    return true;
}

/* "ADDRESS" or "INTERFACE=ADDRESS" */
static bool add_server(host_setup *s, const char *text, host_err *err)
{
    struct in_addr addr;
    char of[IF_NAMESIZE] = "";
    const char *equals = strchr(text, '=');
    if (equals && equals > text && (size_t)(equals - text) < sizeof of)
        memcpy(of, text, (size_t)(equals - text));
    const char *number = *of ? equals + 1 : text;
    uint32_t ip = inet_pton(AF_INET, number, &addr) == 1 ? ntohl(addr.s_addr) : 0;
    for (size_t i = 0; i < s->nservers; i++)
        if (s->servers[i] == ip && strcmp(s->servers_of[i], of) == 0) {
            host_err_set(err, HOST_USAGE, "the name server %s is given twice; name it once", text);
            return false;
        }
    if (ip == 0 || ip >> 28 >= 14)
        host_err_set(err, HOST_USAGE,
                     "\"%s\" is no address of a name server; --wins takes IPv4 addresses such as "
                     "10.0.0.1, or eth0=10.0.0.1, with commas",
                     text);
    else if (s->nservers == NBT_SERVERS_MAX)
        host_err_set(err, HOST_USAGE, "there are more than %d name servers; take some away",
                     NBT_SERVERS_MAX);
    else {
        memcpy(s->servers_of[s->nservers], of, sizeof of);
        s->servers[s->nservers++] = ip;
        return true;
    }
    return false;
}

bool host_setup_wins(host_setup *s, const char *text, host_err *err)
{
    const char *item;
    size_t len;
    for (const char *rest = text; next_item(&rest, &item, &len);) {
        char ip[64];
        snprintf(ip, sizeof ip, "%.*s", (int)len, item);
        if (!add_server(s, ip, err))
            return false;
    }
    return true;
}

bool host_setup_nbdd(host_setup *s, const char *text, host_err *err)
{
    const char *item;
    size_t len;
    for (const char *rest = text; next_item(&rest, &item, &len);) {
        struct in_addr addr;
        char number[64];
        snprintf(number, sizeof number, "%.*s", (int)len, item);
        uint32_t ip = inet_pton(AF_INET, number, &addr) == 1 ? ntohl(addr.s_addr) : 0;
        if (ip == 0 || ip >> 28 >= 14) {
            host_err_set(
                err, HOST_USAGE,
                "\"%s\" is no address of a datagram distribution server; --nbdd takes IPv4 "
                "addresses such as 10.0.0.1, with commas",
                number);
            return false;
        }
        if (s->nnbdds == NBT_NBDDS_MAX) {
            host_err_set(err, HOST_USAGE,
                         "there are more than %d datagram distribution servers; take some away",
                         NBT_NBDDS_MAX);
            return false;
        }
        s->nbdds[s->nnbdds++] = ip;
    }
    return true;
}

bool host_setup_lmhosts(host_setup *s, const char *path, host_err *err)
{
    return host_lmhosts_read(&s->lmhosts, path, err);
}

bool host_setup_services(host_setup *s, const char *text, host_err *err)
{
    unsigned set = 0;
    const char *item;
    size_t len;
    if (strcmp(text, "none") == 0) {
        s->services = 0;
        return true;
    }
    for (const char *rest = text; next_item(&rest, &item, &len);) {
        unsigned bit = 0;
        for (unsigned i = 0; i < HOST_SERVICE_COUNT; i++)
            if (strlen(services[i].word) == len && memcmp(services[i].word, item, len) == 0)
                bit = 1u << i;
        if (!bit) {
            host_err_set(err, HOST_USAGE,
                         "there is no service \"%.*s\"; --service takes workstation, server, "
                         "messenger (with commas), or none",
                         (int)len, item);
            return false;
        }
        set |= bit;
    }
    s->services = set;
    return true;
}

static bool add_interface(host_setup *s, const char *name, host_err *err)
{
    for (size_t i = 0; i < s->nadapters; i++)
        if (strcmp(s->adapters[i].iface.name, name) == 0) {
            host_err_set(err, HOST_USAGE, "interface %s is given twice; name it once", name);
            return false;
        }
    if (s->nadapters > NBT_LANA_MAX) {
        host_err_set(err, HOST_USAGE, "there are more than %d interfaces; take some away",
                     NBT_LANA_MAX + 1);
        return false;
    }
    host_adapter a = { 0 };
    if (!host_iface_find(name, &a.iface, err))
        return false;
    host_adapter *more = realloc(s->adapters, (s->nadapters + 1) * sizeof *more);
    if (!more) {
        host_err_set(err, HOST_SYSTEM, "no memory");
        return false;
    }
    a.lana.lana = (uint8_t)s->nadapters;
    a.lana.ip = a.iface.ip;
    a.lana.mask = a.iface.mask;
    a.lana.broadcast = a.iface.broadcast;
    memcpy(a.lana.mac, a.iface.mac, sizeof a.lana.mac);
    s->adapters = more;
    s->adapters[s->nadapters++] = a;
    return true;
}

bool host_setup_interfaces(host_setup *s, const char *text, host_err *err)
{
    const char *item;
    size_t len;
    for (const char *rest = text; next_item(&rest, &item, &len);) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)len, item);
        if (!add_interface(s, name, err))
            return false;
    }
    return true;
}

bool host_setup_own_server(const host_setup *s)
{
    return s->is_server && s->nservers == 0;
}

/* Those whose `servers_of` is that. */
static void give_servers(const host_setup *s, nbt_lana_cfg *lana, const char *of)
{
    lana->nservers = 0;
    for (size_t i = 0; i < s->nservers; i++)
        if (strcmp(s->servers_of[i], of) == 0)
            lana->servers[lana->nservers++] = s->servers[i];
}

/* MS-NBTE 3.1.4.2.1: an interface's own servers, or those of all. */
static bool servers_of_each(host_setup *s, host_err *err)
{
    for (size_t i = 0; i < s->nservers; i++) {
        size_t k = 0;
        while (k < s->nadapters && strcmp(s->adapters[k].iface.name, s->servers_of[i]) != 0)
            k++;
        if (*s->servers_of[i] && k == s->nadapters) {
            host_err_set(err, HOST_USAGE,
                         "a name server of interface %s is given, but not that one; give "
                         "--interface %s",
                         s->servers_of[i], s->servers_of[i]);
            return false;
        }
    }
    for (size_t k = 0; k < s->nadapters; k++) {
        host_adapter *a = &s->adapters[k];
        give_servers(s, &a->lana, a->iface.name);
        if (a->lana.nservers == 0)
            give_servers(s, &a->lana, "");
        if (host_setup_own_server(s))
            a->lana.servers[a->lana.nservers++] = a->lana.ip;
        if (s->type != NBT_ONT_B && a->lana.nservers == 0) {
            host_err_set(err, HOST_USAGE,
                         "a node of type %s needs a name server; give --wins ADDRESS, or --wins "
                         "%s=ADDRESS",
                         nbt_code_word(NBT_CODESET_NODE_TYPE, s->type), a->iface.name);
            return false;
        }
    }
    return true;
}

/* Whether what was said of a persona goes with it; and what it says itself. */
static bool finish_persona(host_setup *s, host_err *err)
{
    if (!s->persona && (*s->group || *s->user)) {
        host_err_set(err, HOST_USAGE,
                     "the names of a %s are a persona's; give --persona, or leave out --%s",
                     *s->group ? "workgroup" : "user", *s->group ? "workgroup" : "user");
        return false;
    }
    if (!s->persona)
        return true;
    if (*s->user && !nbt_persona_has_user(s->persona)) {
        host_err_set(err, HOST_USAGE, "the persona %s claims no name of a user; leave out --user",
                     s->persona->word);
        return false;
    }
    if (!*s->group)
        strcpy(s->group, NBT_PERSONA_GROUP);
    return true;
}

bool host_setup_finish(host_setup *s, host_err *err)
{
    if (!s->name[0]) {
        host_err_set(err, HOST_USAGE, "the computer has no name; give --name NAME");
        return false;
    }
    if (s->nadapters == 0) {
        host_err_set(err, HOST_USAGE, "the computer has no adapter; give --interface IF");
        return false;
    }
    if (!finish_persona(s, err))
        return false;
    if (!s->typed && (s->nservers > 0 || s->is_server))
        s->type = NBT_ONT_H; /* MS-NBTE 3.1.3 <7> */
    if (!servers_of_each(s, err))
        return false;
    if (s->type == NBT_ONT_B && s->nnbdds > 0) {
        host_err_set(err, HOST_USAGE,
                     "a node of type B broadcasts its datagrams; give --wins or --node-type with "
                     "--nbdd");
        return false;
    }
    for (size_t i = 0; i < s->nadapters; i++) {
        nbt_lana_cfg *lana = &s->adapters[i].lana;
        lana->type = s->type;
        lana->profile = s->profile;
        lana->persona = s->persona;
        lana->scope = s->scope;
        memcpy(lana->nbdds, s->nbdds, sizeof lana->nbdds);
        lana->nnbdds = s->nnbdds;
        lana->hosts = s->lmhosts.hosts;
        lana->nhosts = s->lmhosts.n;
        lana->multihomed = s->nadapters > 1;
    }
    return true;
}
