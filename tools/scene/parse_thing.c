/*
 * The lines of networks and hosts.
 */
#include "tools/scene/parse_impl.h"
#include "tools/scene/put.h"

#include <string.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

/* -- links and networks ------------------------------------------------------------------------ */

static bool set_delay(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_time(r, t, &((nbt_simlink *)what)->delay);
}

static bool set_jitter(scene_rd *r, void *what, scene_tok t)
{
    nbt_simlink *link = what;
    if (!scene_rd_time(r, t, &link->jitter))
        return false;
    return link->jitter < NBT_S(3600) || scene_rd_fail(r, t, "that is too much", "below an hour");
}

static bool set_loss(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_share(r, t, &((nbt_simlink *)what)->loss);
}

static bool set_duplicate(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_share(r, t, &((nbt_simlink *)what)->duplicate);
}

static bool set_reorder(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_share(r, t, &((nbt_simlink *)what)->reorder);
}

static bool set_late(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_time(r, t, &((nbt_simlink *)what)->late);
}

#define LINK_KEYS(set)                                                                             \
    { "delay=", set##_delay }, { "jitter=", set##_jitter }, { "loss=", set##_loss },               \
        { "duplicate=", set##_duplicate }, { "reorder=", set##_reorder },                          \
    {                                                                                              \
        "late=", set##_late                                                                        \
    }

bool scene_parse_link(scene_rd *r, nbt_simlink *link)
{
    static const scene_key keys[] = { LINK_KEYS(set) };
    return scene_rd_keys(r, keys, LENGTH_OF(keys), link, NULL);
}

/* The same of a network's line. */
#define OF_NETWORK(name)                                                                           \
    static bool network_##name(scene_rd *r, void *what, scene_tok t)                               \
    {                                                                                              \
        return set_##name(r, &((scene_network *)what)->link, t);                                   \
    }

OF_NETWORK(delay)
OF_NETWORK(jitter)
OF_NETWORK(loss)
OF_NETWORK(duplicate)
OF_NETWORK(reorder)
OF_NETWORK(late)

static bool network_subnet(scene_rd *r, void *what, scene_tok t)
{
    scene_network *n = what;
    return scene_rd_subnet(r, t, &n->subnet, &n->mask);
}

static bool network_mtu(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_number(r, t, 68, 65535, &((scene_network *)what)->mtu);
}

bool scene_parse_network(scene_rd *r)
{
    static const scene_key keys[] = {
        { "subnet=", network_subnet },
        LINK_KEYS(network),
        { "mtu=", network_mtu },
    };
    uint32_t i;
    if (!scene_entry_here(r, SCENE_REF_NETWORK, &i))
        return false;
    scene_rd_next(r);
    bool lan = strcmp(r->s->network[i].name, "lan") == 0;
    return scene_rd_keys(r, keys, LENGTH_OF(keys), &r->s->network[i], lan ? NULL : "subnet=");
}

/* -- hosts ------------------------------------------------------------------------------------- */

/* A host's line while it is read. */
typedef struct host_line {
    scene_host *h;
    bool node;           /* said */
    nbt_time keep_alive; /* 0: not said */
} host_line;

/* [NETWORK:]IP */
static bool read_adapter(scene_rd *r, scene_host *h, scene_tok t)
{
    const char *colon = t.n > 0 ? memchr(t.p, ':', t.n) : NULL;
    scene_adapter a = { .pos = { r->line, t.column } };
    scene_tok ip = t;
    if (colon) {
        scene_tok network = { t.p, (size_t)(colon - t.p), t.column };
        if (!scene_rd_ref(r, network, SCENE_REF_NETWORK, &a.network))
            return false;
        ip = scene_tok_from(t, network.n + 1);
    }
    if (!scene_rd_ip(r, ip, &a.ip))
        return false;
    if (!colon)
        a.network = scene_network_of(r->s, a.ip);
    if (r->row > 0 && a.ip > UINT32_MAX - (r->row - 1))
        return scene_rd_fail(r, t, "there are not so many addresses behind it", "a lower count=");
    a.ip += r->row > 0 ? r->row - 1 : 0; /* of a row, all are on the network of the first */
    if (h->nadapters == SCENE_ADAPTERS_MAX)
        return scene_rd_fail(r, t, "a host has no more than four adapters", "four at most");
    h->adapter[h->nadapters++] = a;
    return true;
}

static bool set_address(scene_rd *r, void *what, scene_tok list)
{
    scene_tok item;
    while (scene_tok_item(&list, &item)) {
        if (!read_adapter(r, ((host_line *)what)->h, item))
            return false;
    }
    return true;
}

static bool set_off(scene_rd *r, void *what, scene_tok t)
{
    (void)r;
    (void)t;
    ((host_line *)what)->h->off = true;
    return true;
}

static bool set_netbios(scene_rd *r, void *what, scene_tok t)
{
    scene_host *h = ((host_line *)what)->h;
    char *text, room[SCENE_NUMBERED_MAX];
    if (!scene_rd_numbered(r, &t, room, &h->row.name) || !scene_rd_text(r, t, &text))
        return false;
    return scene_host_netbios(h, text, strlen(text)) ||
           scene_rd_fail(r, t, "it is no computer's name", "1 to 15 characters");
}

static bool set_node(scene_rd *r, void *what, scene_tok t)
{
    host_line *l = what;
    const nbt_code *c = nbt_code_parse(NBT_CODESET_NODE_TYPE, t.p, t.n);
    if (!c)
        return scene_rd_fail(r, t, "it is no type of a node", "one of B, P, M, H");
    l->node = true;
    l->h->node = (nbt_node_type)c->value;
    return true;
}

static bool set_profile(scene_rd *r, void *what, scene_tok t)
{
    const nbt_profile *p = nbt_profile_find(t.p, t.n);
    if (p) {
        ((host_line *)what)->h->profile = p;
        ((host_line *)what)->h->profile_said = true;
        return true;
    }
    char expected[SCENE_COULD_MAX];
    scene_put o;
    scene_put_init(&o, expected, sizeof expected);
    for (size_t i = 0; (p = nbt_profile_at(i)); i++) {
        scene_put_str(&o, i ? ", " : "one of ");
        scene_put_str(&o, p->name);
    }
    return scene_rd_fail(r, t, "there is no such profile of computers", expected);
}

/* Of its profile, which may stand behind it. */
static bool set_keep_alive(scene_rd *r, void *what, scene_tok t)
{
    host_line *l = what;
    if (nbt_word_eq(scene_tok_word(t), "none")) {
        l->keep_alive = NBT_NEVER;
        return true;
    }
    if (!scene_rd_time(r, t, &l->keep_alive))
        return false;
    return l->keep_alive > 0 || scene_rd_fail(r, t, "so soon no session says that it stands",
                                              "a time such as 60s, or none");
}

static bool change_profile(scene_rd *r, const host_line *l)
{
    if (l->keep_alive == 0)
        return true;
    nbt_profile *own = scene_room(r->s, sizeof *own);
    if (!own) {
        r->failed = true;
        return false;
    }
    *own = *l->h->profile;
    own->ssn_keep_alive = l->keep_alive;
    l->h->profile = own;
    l->h->profile_said = true;
    return true;
}

static bool set_persona(scene_rd *r, void *what, scene_tok t)
{
    const nbt_persona *p = nbt_persona_find(t.p, t.n);
    if (p) {
        ((host_line *)what)->h->persona = p;
        return true;
    }
    char expected[SCENE_COULD_MAX];
    scene_put o;
    scene_put_init(&o, expected, sizeof expected);
    for (size_t i = 0; (p = nbt_persona_at(i)); i++) {
        scene_put_str(&o, i ? ", " : "one of ");
        scene_put_str(&o, p->word);
    }
    return scene_rd_fail(r, t, "there is no such persona", expected);
}

static bool set_group(scene_rd *r, void *what, scene_tok t)
{
    char *text;
    if (!scene_rd_text(r, t, &text))
        return false;
    return scene_name_make(((host_line *)what)->h->group, text, strlen(text)) ||
           scene_rd_fail(r, t, "it is no workgroup's name", "1 to 15 characters");
}

static bool set_user(scene_rd *r, void *what, scene_tok t)
{
    scene_host *h = ((host_line *)what)->h;
    char *text, room[SCENE_NUMBERED_MAX];
    if (!scene_rd_numbered(r, &t, room, &h->row.user) || !scene_rd_text(r, t, &text))
        return false;
    return scene_name_make(h->user, text, strlen(text)) ||
           scene_rd_fail(r, t, "it is no user's name", "1 to 15 characters");
}

static bool set_wins(scene_rd *r, void *what, scene_tok list)
{
    scene_host *h = ((host_line *)what)->h;
    scene_tok item;
    while (scene_tok_item(&list, &item)) {
        if (h->nwins == NBT_SERVERS_MAX)
            return scene_rd_fail(r, item, "a computer knows no more than 12 name servers",
                                 "12 at most");
        if (!scene_rd_ip(r, item, &h->wins[h->nwins]))
            return false;
        h->nwins++;
    }
    return true;
}

static bool set_nbdd(scene_rd *r, void *what, scene_tok list)
{
    scene_host *h = ((host_line *)what)->h;
    scene_tok item;
    while (scene_tok_item(&list, &item)) {
        if (h->nnbdds == NBT_NBDDS_MAX)
            return scene_rd_fail(r, item, "a computer knows no more than 4 distribution servers",
                                 "4 at most");
        if (!scene_rd_ip(r, item, &h->nbdds[h->nnbdds]))
            return false;
        h->nnbdds++;
    }
    return true;
}

static bool set_scope(scene_rd *r, void *what, scene_tok t)
{
    return nbt_scope_parse(&((host_line *)what)->h->scope, t.p, t.n) ||
           scene_rd_fail(r, t, "it is no scope", "labels with dots between them, such as LAB.COM");
}

static bool set_services(scene_rd *r, void *what, scene_tok list)
{
    scene_host *h = ((host_line *)what)->h;
    scene_tok item;
    unsigned service;
    h->services = 0;
    if (nbt_word_eq(scene_tok_word(list), "none"))
        return true;
    while (scene_tok_item(&list, &item)) {
        if (!scene_rd_word(r, item, SCENE_SET_SERVICE, &service))
            return false;
        h->services |= service;
    }
    return true;
}

static bool set_count(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_number(r, t, 1, UINT32_MAX, &((host_line *)what)->h->row.of);
}

/* The line's entry, with the kind and the name that goes with the label. */
static bool begin_host(scene_rd *r, scene_host_kind kind, host_line *l)
{
    uint32_t i;
    if (!scene_entry_here(r, SCENE_REF_HOST, &i))
        return false;
    *l = (host_line){ .h = &r->s->host[i] };
    l->h->kind = kind;
    l->h->row.nth = r->row;
    scene_rd_next(r);
    return true;
}

bool scene_parse_computer(scene_rd *r)
{
    static const scene_key keys[] = {
        { "address=", set_address },   { "off", set_off },
        { "netbios=", set_netbios },   { "node=", set_node },
        { "wins=", set_wins },         { "profile=", set_profile },
        { "services=", set_services }, { "scope=", set_scope },
        { "nbdd=", set_nbdd },         { "persona=", set_persona },
        { "workgroup=", set_group },   { "user=", set_user },
        { "count=", set_count },       { "keep-alive=", set_keep_alive },
    };
    host_line l;
    if (!begin_host(r, SCENE_COMPUTER, &l))
        return false;
    scene_host_netbios(l.h, l.h->name, strlen(l.h->name)); /* too long: the check says so */
    if (!scene_rd_keys(r, keys, LENGTH_OF(keys), &l, "address="))
        return false;
    if (!l.node)
        l.h->node = l.h->nwins > 0 ? NBT_ONT_H : NBT_ONT_B;
    const nbt_persona *p = l.h->persona;
    if (p && !l.h->profile_said)
        l.h->profile = nbt_profile_find(p->profile, strlen(p->profile));
    return change_profile(r, &l);
}

/* -- servers ----------------------------------------------------------------------------------- */

static bool set_server_profile(scene_rd *r, void *what, scene_tok t)
{
    scene_host *h = ((host_line *)what)->h;
    const nbt_nbns_profile *p = nbt_nbns_profile_find(t.p, t.n);
    if (p) {
        h->server = *p;
        return true;
    }
    char expected[SCENE_COULD_MAX];
    scene_put o;
    scene_put_init(&o, expected, sizeof expected);
    for (size_t i = 0; (p = nbt_nbns_profile_at(i)); i++) {
        scene_put_str(&o, i ? ", " : "one of ");
        scene_put_str(&o, p->name);
    }
    return scene_rd_fail(r, t, "there is no such profile of servers", expected);
}

static bool set_non_secured(scene_rd *r, void *what, scene_tok t)
{
    (void)r;
    (void)t;
    ((host_line *)what)->h->server.secured = false;
    return true;
}

static bool set_datagrams(scene_rd *r, void *what, scene_tok t)
{
    (void)r;
    (void)t;
    ((host_line *)what)->h->datagrams = true;
    return true;
}

static bool set_redirect(scene_rd *r, void *what, scene_tok t)
{
    return scene_rd_ip(r, t, &((host_line *)what)->h->redirect);
}

/* What stands in a server's column, by the kinds of words.def. */
static bool take_TIME(scene_rd *r, scene_tok t, nbt_time *v)
{
    return scene_rd_time(r, t, v);
}

static bool take_SECONDS(scene_rd *r, scene_tok t, uint32_t *v)
{
    nbt_time time;
    if (!scene_rd_time(r, t, &time))
        return false;
    if (time % NBT_S(1) != 0)
        return scene_rd_fail(r, t, "this is counted in whole seconds", "such as 300s");
    *v = (uint32_t)(time / NBT_S(1));
    return true;
}

static bool take_FEW(scene_rd *r, scene_tok t, uint8_t *v)
{
    uint32_t n;
    if (!scene_rd_number(r, t, 1, 16, &n))
        return false;
    *v = (uint8_t)n;
    return true;
}

static bool take_MANY(scene_rd *r, scene_tok t, uint16_t *v)
{
    uint32_t n;
    if (!scene_rd_number(r, t, 0, 65535, &n))
        return false;
    *v = (uint16_t)n;
    return true;
}

static bool take_YES(scene_rd *r, scene_tok t, bool *v)
{
    bool yes = nbt_word_eq(scene_tok_word(t), "yes");
    if (!yes && !nbt_word_eq(scene_tok_word(t), "no"))
        return scene_rd_fail(r, t, "it is neither yes nor no", "one of yes, no");
    *v = yes;
    return true;
}

#define SCENE_W_SERVER(field, word, kind)                                                          \
    static bool set_##field(scene_rd *r, void *what, scene_tok t)                                  \
    {                                                                                              \
        return take_##kind(r, t, &((host_line *)what)->h->server.field);                           \
    }
#include "tools/scene/words.def"
#undef SCENE_W_SERVER

/* The profile comes first, whatever stands before it: the other keys change it. */
static bool read_server_profile(scene_rd *r, host_line *l)
{
    static const char key[] = "profile=";
    for (scene_rd ahead = *r; !scene_rd_end(&ahead); scene_rd_next(&ahead)) {
        nbt_word w = scene_tok_word(ahead.tok);
        if (nbt_word_eat(&w, key))
            return w.n == 0 || set_server_profile(r, l, scene_tok_from(ahead.tok, sizeof key - 1));
    }
    return true;
}

static bool set_nothing(scene_rd *r, void *what, scene_tok t)
{
    (void)r;
    (void)what;
    (void)t;
    return true;
}

bool scene_parse_server(scene_rd *r)
{
    static const scene_key keys[] = {
        { "address=", set_address },        { "off", set_off },
        { "profile=", set_nothing },        { "redirect=", set_redirect },
        { "non-secured", set_non_secured }, { "datagrams", set_datagrams },
#define SCENE_W_SERVER(field, word, kind) { word, set_##field },
#include "tools/scene/words.def"
#undef SCENE_W_SERVER
    };
    host_line l;
    return begin_host(r, SCENE_SERVER, &l) && read_server_profile(r, &l) &&
           scene_rd_keys(r, keys, LENGTH_OF(keys), &l, "address=");
}

bool scene_parse_host(scene_rd *r)
{
    static const scene_key keys[] = { { "address=", set_address },
                                      { "off", set_off },
                                      { "nmbd=", set_netbios } };
    host_line l;
    return begin_host(r, SCENE_HOST, &l) && scene_rd_keys(r, keys, LENGTH_OF(keys), &l, "address=");
}

/* -- LMHOSTS ----------------------------------------------------------------------------------- */

bool scene_parse_lmhosts(scene_rd *r)
{
    uint16_t host;
    char *text;
    if (!scene_rd_ref(r, r->tok, SCENE_REF_HOST, &host))
        return false;
    scene_rd_next(r);
    if (!scene_rd_need(r, "a line of LMHOSTS in quotes") || !scene_rd_text(r, r->tok, &text))
        return false;
    nbt_lmtext lines = { .text = { (const uint8_t *)text, strlen(text) } };
    nbt_lmline line = nbt_lmtext_next(&lines);
    if (line.kind != NBT_LMLINE_HOST)
        return scene_rd_fail(r, r->tok, line.kind == NBT_LMLINE_BAD ? line.why : "it is no host",
                             "a line such as \"10.0.0.7 SEVEN #PRE\"");
    nbt_lmhost *h = scene_add_lmhost(r->s, &r->s->host[host]);
    if (!h) {
        r->failed = true;
        return false;
    }
    *h = line.host;
    scene_rd_next(r);
    return scene_rd_done(r);
}
