/*
 * Scenes for tests. The comparison knows every field, so that a printer that forgets one is found.
 */
#include "tests/support/scenes.h"
#include "tests/support/test.h"
#include "tools/scene/check.h"
#include "tools/scene/parse.h"
#include "tools/scene/print.h"
#include "tools/scene/words.h"

#include "nbt/text.h"

#include <stdio.h>

void scenes_read(nbt_mem mem, const char *text, size_t len, scene *s)
{
    static scene_errs errs;
    char line[SCENE_ERR_STR_MAX];
    if (scene_parse(mem, text, len, s, &errs) && scene_check(s, &errs))
        return;
    for (uint32_t i = 0; i < errs.n; i++) {
        scene_err_print(&errs.at[i], line, sizeof line);
        print_error("%s\n", line);
    }
    fail_msg("this scenario should be good:\n%.*s", (int)len, text);
}

char *scenes_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(0, fseek(f, 0, SEEK_END));
    long n = ftell(f);
    assert_true(n >= 0);
    rewind(f);
    char *text = malloc((size_t)n + 1);
    assert_non_null(text);
    assert_int_equal(n, fread(text, 1, (size_t)n, f));
    text[n] = '\0';
    fclose(f);
    *len = (size_t)n;
    return text;
}

char *scenes_text(const scene *s, size_t *len)
{
    size_t n = scene_print(s, NULL, 0);
    char *text = malloc(n + 1);
    assert_non_null(text);
    assert_int_equal(n, scene_print(s, text, n + 1));
    assert_int_equal(n, strlen(text));
    *len = n;
    return text;
}

/* -- comparing --------------------------------------------------------------------------------- */

#define SAME(field)                                                                                \
    do {                                                                                           \
        if (a->field != b->field)                                                                  \
            return #field;                                                                         \
    } while (0)

#define SAME_TEXT(field)                                                                           \
    do {                                                                                           \
        if ((a->field != NULL) != (b->field != NULL) ||                                            \
            (a->field && strcmp(a->field, b->field) != 0))                                         \
            return #field;                                                                         \
    } while (0)

#define SAME_ARRAY(field)                                                                          \
    do {                                                                                           \
        if (memcmp(a->field, b->field, sizeof a->field) != 0)                                      \
            return #field;                                                                         \
    } while (0)

#define SAME_ITEMS(field, n, differ)                                                               \
    do {                                                                                           \
        SAME(n);                                                                                   \
        for (size_t i_ = 0; i_ < a->n; i_++) {                                                     \
            const char *d_ = differ(&a->field[i_], &b->field[i_]);                                 \
            if (d_)                                                                                \
                return d_;                                                                         \
        }                                                                                          \
    } while (0)

#define SAME_BY(field, differ)                                                                     \
    do {                                                                                           \
        const char *d_ = differ(&a->field, &b->field);                                             \
        if (d_)                                                                                    \
            return d_;                                                                             \
    } while (0)

static const char *differ_name(const nbt_name *a, const nbt_name *b)
{
    return nbt_name_eq(a, b) ? NULL : "a name";
}

static const char *differ_text(char *const *a, char *const *b)
{
    return strcmp(*a, *b) == 0 ? NULL : "a text of a list";
}

static const char *differ_word(const char *const *a, const char *const *b)
{
    return strcmp(*a, *b) == 0 ? NULL : "a word of a list";
}

static const char *differ_u16(const uint16_t *a, const uint16_t *b)
{
    return *a == *b ? NULL : "a number of a list";
}

static const char *differ_u8(const uint8_t *a, const uint8_t *b)
{
    return *a == *b ? NULL : "an octet of a list";
}

static const char *differ_u32(const uint32_t *a, const uint32_t *b)
{
    return *a == *b ? NULL : "an address of a list";
}

static const char *differ_link(const nbt_simlink *a, const nbt_simlink *b)
{
    SAME(delay);
    SAME(jitter);
    SAME(loss);
    SAME(duplicate);
    SAME(reorder);
    SAME(late);
    return NULL;
}

static const char *differ_network(const scene_network *a, const scene_network *b)
{
    SAME_TEXT(name);
    SAME(subnet);
    SAME(mask);
    SAME(mtu);
    SAME_BY(link, differ_link);
    return NULL;
}

static const char *differ_adapter(const scene_adapter *a, const scene_adapter *b)
{
    SAME(network);
    SAME(ip);
    return NULL;
}

static const char *differ_lmhost(const nbt_lmhost *a, const nbt_lmhost *b)
{
    SAME(ip);
    SAME_ARRAY(name);
    SAME(any_suffix);
    SAME(pre);
    SAME(multihomed);
    SAME(dom);
    if (a->dom)
        SAME_ARRAY(domain);
    return NULL;
}

static const char *differ_server(const nbt_nbns_profile *a, const nbt_nbns_profile *b)
{
    SAME_TEXT(name);
    SAME(secured);
    SAME(challenge_count);
    SAME(challenge_timeout);
    SAME(challenge_doubles);
    SAME(challenge_word);
    SAME(wack);
    SAME(wack_ttl);
    SAME(overwrite_refused);
    SAME(refresh_challenges);
    SAME(multihomed_merges);
    SAME(ttl_min);
    SAME(ttl_max);
    SAME(ttl_infinite);
    SAME(expire_factor);
    SAME(extinct_after);
    SAME(forget_after);
    SAME(burst_queue);
    return NULL;
}

static const char *differ_row(const scene_row *a, const scene_row *b)
{
    SAME(nth);
    SAME(of);
    SAME_TEXT(label);
    SAME_TEXT(on);
    SAME_TEXT(name);
    SAME_TEXT(client);
    SAME_TEXT(user);
    return NULL;
}

/* Of a computer; its line changes the keep-alives alone. */
static const char *differ_profile(const nbt_profile *const *one, const nbt_profile *const *other)
{
    const nbt_profile *a = *one, *b = *other;
    SAME_TEXT(name);
    SAME(ssn_keep_alive);
    return NULL;
}

static const char *differ_host(const scene_host *a, const scene_host *b)
{
    SAME_TEXT(name);
    SAME_BY(row, differ_row);
    SAME(kind);
    SAME_ITEMS(adapter, nadapters, differ_adapter);
    SAME(off);
    if (a->kind == SCENE_SERVER) {
        SAME_BY(server, differ_server);
        SAME(redirect);
        SAME(datagrams);
    }
    if (a->kind != SCENE_SERVER)
        SAME_ARRAY(netbios);
    if (a->kind != SCENE_COMPUTER)
        return NULL;
    SAME(node);
    SAME_BY(profile, differ_profile);
    SAME(profile_said);
    SAME(persona);
    SAME_ARRAY(group);
    SAME_ARRAY(user);
    SAME_ITEMS(wins, nwins, differ_u32);
    SAME_ITEMS(nbdds, nnbdds, differ_u32);
    if (!nbt_scope_eq(&a->scope, &b->scope))
        return "scope";
    SAME(services);
    SAME_ITEMS(lmhosts, nlmhosts, differ_lmhost);
    return NULL;
}

static const char *differ_agent(const rc_agent_cfg *a, const rc_agent_cfg *b)
{
    SAME(profile);
    SAME(protocols);
    SAME_TEXT(client);
    SAME_ITEMS(lanas, nlanas, differ_u8);
    SAME(permission);
    SAME(ask_timeout);
    SAME(compression);
    SAME(functions);
    SAME(down_time);
    if (!a->permitted != !b->permitted)
        return "permitted";
    SAME_ITEMS(permitted, npermitted, differ_word);
    return NULL;
}

static const char *differ_viewer(const rc_viewer_cfg *a, const rc_viewer_cfg *b)
{
    SAME(profile);
    SAME(protocols);
    SAME(keep);
    SAME(policy);
    SAME_TEXT(console);
    SAME_TEXT(client);
    SAME_TEXT(user);
    SAME(address);
    SAME(function);
    SAME(store);
    SAME_TEXT(file);
    SAME_TEXT(command);
    SAME(reconnect);
    SAME_ITEMS(lanas, nlanas, differ_u8);
    return NULL;
}

static const char *differ_program(const scene_program *a, const scene_program *b)
{
    SAME_TEXT(name);
    SAME_BY(row, differ_row);
    SAME(kind);
    SAME(host);
    SAME(lana);
    SAME_TEXT(file);
    SAME(file_size);
    SAME(off);
    switch (a->kind) {
    case SCENE_ECHO:
    case SCENE_SINK:
    case SCENE_SERVICE:
        SAME(serves);
        SAME_BY(listen, differ_name);
        break;
    case SCENE_AGENT:
        SAME_BY(agent, differ_agent);
        break;
    case SCENE_VIEWER:
        SAME_BY(viewer, differ_viewer);
        break;
    case SCENE_PROGRAM:
        break;
    }
    return NULL;
}

static const char *differ_pattern(const scene_pattern *a, const scene_pattern *b)
{
    SAME(from);
    SAME(to);
    SAME(from_ip);
    SAME(to_ip);
    SAME_TEXT(kind);
    SAME_TEXT(name);
    SAME_ITEMS(word, nwords, differ_word);
    return NULL;
}

static const char *differ_sight(const scene_sight *a, const scene_sight *b)
{
    SAME(see);
    if (a->see == SCENE_SEE_MESSAGE)
        SAME_BY(msg, differ_pattern);
    SAME(host);
    SAME(program);
    SAME(verb);
    SAME(named);
    if (a->named)
        SAME_BY(name, differ_name);
    SAME(retcode);
    SAME(via);
    SAME(end);
    SAME(phase);
    SAME_TEXT(text);
    SAME(state);
    SAME(record);
    SAME(owner);
    SAME(count);
    return NULL;
}

static const char *differ_ncb(const nbt_ncb *a, const nbt_ncb *b)
{
    SAME(command);
    SAME(lana);
    SAME_ARRAY(callname);
    SAME_ARRAY(name);
    SAME(length);
    return NULL;
}

static const char *differ_step(const scene_step *a, const scene_step *b)
{
    SAME(at);
    SAME(relative);
    SAME(slack);
    SAME(what);
    SAME(host);
    SAME(program);
    SAME(network);
    SAME(fault);
    if (a->what == SCENE_DO_AWAIT) {
        SAME_BY(sight, differ_sight);
        SAME(limit);
    }
    if (a->what == SCENE_DO_NCB)
        SAME_BY(ncb, differ_ncb);
    SAME_TEXT(text);
    SAME_ITEMS(bytes, nbytes, differ_u8);
    SAME(asked);
    if (!nbt_ep_eq(a->from, b->from) || !nbt_ep_eq(a->to, b->to))
        return "from, to";
    SAME(yes);
    SAME(group);
    if (a->what == SCENE_DO_STATIC || a->what == SCENE_DO_FORGET)
        SAME_BY(name, differ_name);
    SAME(ip);
    if (a->what == SCENE_DO_LINK)
        SAME_BY(link, differ_link);
    SAME_ITEMS(hosts, nhosts, differ_u16);
    SAME(jump);
    return NULL;
}

static const char *differ_fault(const scene_fault *a, const scene_fault *b)
{
    SAME_TEXT(name);
    SAME(stepped);
    SAME(harm);
    SAME(more);
    SAME(times);
    SAME(field);
    SAME(value);
    if (a->harm == SCENE_HARM_CORRUPT && a->field == SCENE_FIELD_NAME)
        SAME_BY(to_name, differ_name);
    SAME_BY(msg, differ_pattern);
    SAME(first);
    SAME(nth);
    SAME(every);
    SAME(on);
    SAME(off);
    return NULL;
}

static const char *differ_expect(const scene_expect *a, const scene_expect *b)
{
    SAME_TEXT(label);
    SAME(never);
    SAME(finally);
    SAME(count);
    SAME_BY(sight, differ_sight);
    SAME(from);
    SAME(until);
    SAME(since_step);
    SAME(step);
    SAME_ITEMS(after, nafter, differ_u16);
    SAME(share);
    SAME_TEXT(because);
    return NULL;
}

static const char *differ_allowed(const scene_allowed *a, const scene_allowed *b)
{
    SAME(ip);
    SAME(mask);
    SAME_TEXT(because);
    return NULL;
}

const char *scenes_differ(const scene *a, const scene *b)
{
    SAME_TEXT(name);
    SAME_TEXT(title);
    SAME_ITEMS(source, nsources, differ_text);
    SAME_ITEMS(about, nabouts, differ_text);
    SAME(only);
    SAME_TEXT(only_why);
    for (size_t i = 0; i < SCENE_INVARIANTS; i++)
        SAME_TEXT(allow[i]);
    SAME_ITEMS(allowed, nallowed, differ_allowed);
    SAME_ITEMS(network, nnetworks, differ_network);
    SAME_ITEMS(host, nhosts, differ_host);
    SAME_ITEMS(program, nprograms, differ_program);
    SAME_ITEMS(step, nsteps, differ_step);
    SAME_ITEMS(fault, nfaults, differ_fault);
    SAME_ITEMS(expect, nexpects, differ_expect);
    SAME(end_relative);
    SAME(end);
    return NULL;
}

/* -- inventing --------------------------------------------------------------------------------- */

typedef struct inventor {
    nbt_rng *rng;
    scene *s;
} inventor;

static uint32_t below(inventor *v, uint32_t n)
{
    return nbt_rng_below(v->rng, n);
}

static bool coin(inventor *v)
{
    return below(v, 2) == 1;
}

static char *invent_text(inventor *v)
{
    static const char *const texts[] = { "x", "FRED", "with spaces", "a \"quote\"", "back\\slash",
                                         "",  "#",    "user-1",      "tab\there",   "=,:" };
    const char *t = texts[below(v, LENGTH_OF(texts))];
    return scene_text(v->s, t, strlen(t));
}

/* Without spaces and commas: an item of a list. */
static char *invent_item(inventor *v)
{
    static const char *const texts[] = { "x", "FRED", "with spaces", "a\"b", "back\\slash" };
    const char *t = texts[below(v, LENGTH_OF(texts))];
    return scene_text(v->s, t, strlen(t));
}

static void invent_label(inventor *v, char name[SCENE_WORD_MAX], char letter, uint32_t i)
{
    snprintf(name, SCENE_WORD_MAX, "%c%u%s", letter, i, coin(v) ? "-x_.y" : "");
}

static nbt_time invent_time(inventor *v)
{
    static const nbt_time units[] = {
        1, NBT_MS(1), NBT_S(1), NBT_S(60), NBT_S(3600), NBT_S(86400)
    };
    return (nbt_time)below(v, 1500) * units[below(v, LENGTH_OF(units))];
}

static nbt_name invent_name(inventor *v)
{
    static const char *const names[] = { "FRED", "a b", "x<y>\"", "\\\t#", "12345678901234" };
    nbt_name name;
    if (below(v, 8) == 0) {
        nbt_name_wildcard(&name);
        return name;
    }
    const char *t = names[below(v, LENGTH_OF(names))];
    assert_true(nbt_name_make(&name, t, strlen(t), (uint8_t)below(v, 256)));
    return name;
}

static nbt_simlink invent_link(inventor *v)
{
    nbt_simlink link = { .delay = invent_time(v),
                         .jitter = (nbt_time)below(v, 1000000),
                         .late = invent_time(v) };
    link.loss = below(v, 1000001);
    link.duplicate = coin(v) ? below(v, 100) * 10000 : 0;
    link.reorder = below(v, 3);
    return link;
}

static void invent_networks(inventor *v)
{
    uint32_t n = 1 + below(v, 3);
    for (uint32_t i = 0; i < n; i++) {
        scene_network *net = scene_add_network(v->s);
        invent_label(v, net->name, 'n', i);
        if (i == 0 && coin(v))
            memcpy(net->name, "lan", sizeof "lan");
        net->subnet = 0x0A000000 + (i << 16);
        net->mask = coin(v) ? 0xFFFF0000 : 0xFFFFFF00;
        if (coin(v))
            net->link = invent_link(v);
        if (coin(v))
            net->mtu = 68 + below(v, 2000);
    }
}

static void invent_lmhost(inventor *v, scene_host *h)
{
    nbt_lmhost *l = scene_add_lmhost(v->s, h);
    memset(l->name, ' ', sizeof l->name);
    l->ip = below(v, UINT32_MAX);
    l->any_suffix = coin(v);
    for (uint32_t i = 0, n = 1 + below(v, 15); i < n; i++)
        l->name[i] = (uint8_t)('!' + below(v, 200));
    if (!l->any_suffix)
        l->name[NBT_NAME_LEN - 1] = (uint8_t)below(v, 256);
    l->pre = coin(v);
    l->multihomed = coin(v);
    l->dom = coin(v);
    memset(l->domain, ' ', sizeof l->domain);
    memcpy(l->domain, "LAB", 3);
}

static void invent_persona(inventor *v, scene_host *h)
{
    h->persona = nbt_persona_at(below(v, 7));
    if (!h->profile_said)
        h->profile = nbt_profile_find(h->persona->profile, strlen(h->persona->profile));
    if (coin(v))
        assert_true(scene_name_make(h->group, coin(v) ? "LAB" : "A \"GROUP\"", coin(v) ? 1 : 3));
    if (coin(v) && nbt_persona_has_user(h->persona))
        assert_true(scene_name_make(h->user, "JOE # DOE", coin(v) ? 9 : 3));
}

static void invent_computer(inventor *v, scene_host *h)
{
    scene_host_netbios(h, h->name, strlen(h->name));
    if (coin(v)) {
        memset(h->netbios, 0, sizeof h->netbios);
        memcpy(h->netbios, coin(v) ? "PC" : "O\"N E#", coin(v) ? 2 : 1);
    }
    h->node = (nbt_node_type)below(v, 4);
    h->profile = nbt_profile_at(below(v, 7));
    h->profile_said = true; /* always of those that are not the default */
    if (coin(v)) {
        h->profile = nbt_profile_find("rfc", 3);
        h->profile_said = coin(v);
    }
    if (below(v, 4) == 0)
        invent_persona(v, h);
    h->nwins = (uint8_t)below(v, 4);
    for (uint8_t i = 0; i < h->nwins; i++)
        h->wins[i] = 1 + below(v, 1000000);
    h->nnbdds = (uint8_t)below(v, 3);
    for (uint8_t i = 0; i < h->nnbdds; i++)
        h->nbdds[i] = 1 + below(v, 1000000);
    if (coin(v))
        assert_true(nbt_scope_parse(&h->scope, "LAB.COM", 7));
    h->services = below(v, 8);
    for (uint32_t n = below(v, 3); n > 0; n--)
        invent_lmhost(v, h);
}

static void invent_server(inventor *v, scene_host *h)
{
    size_t n = 0;
    while (nbt_nbns_profile_at(n))
        n++;
    h->server = *nbt_nbns_profile_at(below(v, (uint32_t)n));
    if (coin(v))
        h->server.secured = false;
    if (coin(v)) {
        h->server.challenge_count = (uint8_t)(1 + below(v, 16));
        h->server.challenge_timeout = invent_time(v);
        h->server.wack = !h->server.wack;
        h->server.ttl_min = below(v, 100000);
        h->server.expire_factor = (uint8_t)(1 + below(v, 16));
        h->server.burst_queue = (uint16_t)below(v, 65536);
    }
    h->redirect = coin(v) ? below(v, UINT32_MAX) : 0;
    h->datagrams = coin(v);
}

static const char *kept_text(inventor *v, const char *t)
{
    return scene_text(v->s, t, strlen(t));
}

/* The computer that was added last becomes the first of a row. */
static void invent_host_row(inventor *v, uint32_t i)
{
    scene_host first = v->s->host[v->s->nhosts - 1];
    bool same = memcmp(first.netbios, "PC", 3) == 0, named = !same && coin(v);
    char text[SCENE_WORD_MAX];
    snprintf(text, sizeof text, "H%u-%%02.x", i);
    first.row = (scene_row){ .of = 1 + below(v, 12), .label = kept_text(v, text) };
    first.row.name = named ? kept_text(v, "\"W%% %03\"") : NULL;
    for (uint32_t k = 1; k <= first.row.of; k++) {
        scene_host *h = k == 1 ? &v->s->host[v->s->nhosts - 1] : scene_add_host(v->s);
        *h = first;
        h->row.nth = k;
        if (k > 1)
            h->row.label = h->row.name = NULL;
        snprintf(h->name, sizeof h->name, "H%u-%02u.x", i, k);
        for (uint8_t a = 0; a < h->nadapters; a++)
            h->adapter[a].ip += k - 1;
        snprintf(text, sizeof text, "W%% %03u", k);
        if (named)
            assert_true(scene_host_netbios(h, text, strlen(text)));
        else if (!same)
            assert_true(scene_host_netbios(h, h->name, strlen(h->name)));
    }
}

/* The same of programs, which run on that many computers of one row, or on one. */
static void invent_program_row(inventor *v, uint32_t i)
{
    scene_program first = v->s->program[v->s->nprograms - 1];
    const scene_row *on = &v->s->host[first.host].row;
    char text[NBT_NAME_LEN];
    bool spread = on->nth == 1;
    snprintf(text, sizeof text, "Q%u-%%01", i);
    first.row = (scene_row){ .of = spread ? on->of : 2, .label = kept_text(v, text) };
    first.row.on = spread ? on->label : NULL;
    first.row.name = scene_is_service(&first) ? kept_text(v, "E%<20>") : NULL;
    first.row.client = first.kind == SCENE_VIEWER ? kept_text(v, "C%") : NULL;
    for (uint32_t k = 1; k <= first.row.of; k++) {
        scene_program *p = k == 1 ? &v->s->program[v->s->nprograms - 1] : scene_add_program(v->s);
        *p = first;
        p->row.nth = k;
        if (k > 1)
            p->row.label = p->row.on = p->row.name = p->row.client = NULL;
        snprintf(p->name, sizeof p->name, "Q%u-%u", i, k);
        p->host = (uint16_t)(first.host + (spread ? k - 1 : 0));
        snprintf(text, sizeof text, "%c%u", scene_is_service(p) ? 'E' : 'C', k);
        if (scene_is_service(p))
            assert_true(nbt_name_make(&p->listen, text, strlen(text), 0x20));
        if (p->kind == SCENE_VIEWER)
            p->viewer.client = kept_text(v, text);
    }
}

static void invent_hosts(inventor *v)
{
    uint32_t n = 1 + below(v, 5);
    for (uint32_t i = 0; i < n; i++) {
        scene_host *h = scene_add_host(v->s);
        invent_label(v, h->name, 'H', i);
        h->kind = (scene_host_kind)below(v, 3);
        h->off = coin(v);
        h->nadapters = (uint8_t)(1 + below(v, SCENE_ADAPTERS_MAX));
        for (uint8_t a = 0; a < h->nadapters; a++) {
            h->adapter[a].network = (uint16_t)below(v, v->s->nnetworks);
            h->adapter[a].ip = 0x0A000001 + (below(v, 3) << 16) + below(v, 250);
        }
        if (h->kind == SCENE_COMPUTER)
            invent_computer(v, h);
        if (h->kind == SCENE_HOST && coin(v))
            scene_host_netbios(h, "SAMBA", 5);
        if (h->kind == SCENE_SERVER)
            invent_server(v, h);
        if (h->kind == SCENE_COMPUTER && below(v, 3) == 0)
            invent_host_row(v, i);
    }
}

static const char *invent_file(inventor *v)
{
    static const char *const names[] = { "A.TXT", "my file", "x\"y#z" };
    return names[below(v, LENGTH_OF(names))];
}

/* What a viewer's session is for. */
static void invent_function(inventor *v, scene_program *p)
{
    rc_viewer_cfg *w = &p->viewer;
    w->function = (rc_function)below(v, RC_FUNCTION_LAST + 1);
    if (w->function == RC_FUNCTION_TRANSFER) {
        w->file = invent_file(v);
        w->store = coin(v);
        p->file = w->store ? w->file : NULL;
        p->file_size = below(v, 100000);
    } else if (w->function == RC_FUNCTION_EXECUTE) {
        w->command = invent_item(v);
    } else if (w->function == RC_FUNCTION_REBOOT) {
        w->reconnect = NBT_S(120);
    }
}

static void invent_remote(inventor *v, scene_program *p)
{
    uint8_t *lanas = scene_room(v->s, RC_LANAS_MAX);
    size_t nlanas = below(v, 3);
    for (size_t i = 0; i < nlanas; i++)
        lanas[i] = (uint8_t)below(v, SCENE_ADAPTERS_MAX);
    const rc_profile *product = rc_profile_at(below(v, 3));
    unsigned protocols = 1 + below(v, 7);
    if (p->kind == SCENE_VIEWER) {
        p->viewer.profile = product;
        p->viewer.protocols = protocols;
        p->viewer.keep = (rc_keep)below(v, 2);
        p->viewer.policy = (rc_policy)below(v, 5);
        p->viewer.client = invent_text(v);
        p->viewer.console = coin(v) ? invent_text(v) : NULL;
        if (coin(v))
            p->viewer.user = invent_item(v);
        p->viewer.address = below(v, 2) * 0x0A000005;
        p->viewer.lanas = lanas;
        p->viewer.nlanas = nlanas;
        invent_function(v, p);
        return;
    }
    char **users = scene_room(v->s, 4 * sizeof *users);
    p->agent.profile = product;
    p->agent.protocols = protocols;
    p->agent.client = coin(v) ? invent_text(v) : NULL;
    p->agent.permission = (rc_permission)below(v, 3);
    p->agent.flaw = (rc_udp_flaw)below(v, 3);
    p->agent.ask_timeout = invent_time(v);
    p->agent.compression = (rc_compression)below(v, 3);
    p->agent.lanas = lanas;
    p->agent.nlanas = nlanas;
    p->agent.functions = below(v, RC_FUNCTIONS_ALL + 1);
    p->agent.down_time = invent_time(v);
    p->file = coin(v) ? invent_file(v) : NULL;
    p->file_size = below(v, 100000);
    if (coin(v)) {
        p->agent.npermitted = below(v, 4);
        for (size_t i = 0; i < p->agent.npermitted; i++)
            users[i] = invent_item(v);
        p->agent.permitted = (const char *const *)users;
    }
}

static void invent_programs(inventor *v)
{
    for (uint32_t i = 0, n = 1 + below(v, 5); i < n; i++) {
        scene_program *p = scene_add_program(v->s);
        invent_label(v, p->name, 'P', i);
        p->kind = (scene_program_kind)below(v, SCENE_VIEWER + 1);
        p->host = (uint16_t)below(v, v->s->nhosts);
        bool listens = scene_is_service(p);
        p->serves = p->kind == SCENE_SINK ? NBT_DUMMY_SINK : NBT_DUMMY_ECHO;
        if (p->kind == SCENE_SERVICE)
            p->serves = (nbt_dummy_kind)below(v, NBT_DUMMY_KINDS);
        if (p->kind == SCENE_AGENT || p->kind == SCENE_VIEWER)
            invent_remote(v, p);
        else
            p->lana = (uint8_t)below(v, SCENE_ADAPTERS_MAX);
        if (listens)
            p->listen = invent_name(v);
        if (listens || p->kind == SCENE_AGENT)
            p->off = coin(v);
        if (below(v, 3) == 0)
            invent_program_row(v, i);
    }
}

static const char *invent_name_text(inventor *v)
{
    char text[NBT_NAME_STR_MAX];
    nbt_name name = invent_name(v);
    size_t n = nbt_name_print(&name, text, sizeof text);
    return scene_text(v->s, text, n);
}

static void invent_pattern(inventor *v, scene_pattern *p)
{
    static const char *const kinds[] = { "*", "registration-request", "wack", "query-request",
                                         "malformed-name-packet" };
    scene_pattern_init(p);
    if (coin(v))
        p->from = (uint16_t)below(v, v->s->nhosts);
    else if (coin(v))
        p->from_ip = 1 + below(v, 100000);
    if (coin(v))
        p->to = coin(v) ? (uint16_t)below(v, v->s->nhosts) : SCENE_EVERYBODY;
    else if (coin(v))
        p->to_ip = 1 + below(v, 100000);
    p->kind = kinds[below(v, LENGTH_OF(kinds))];
    if (strncmp(p->kind, "mal", 3) == 0)
        return;
    p->name = coin(v) ? invent_name_text(v) : coin(v) ? "-" : "*";
    p->word = scene_room(v->s, 2 * sizeof *p->word);
    p->nwords = below(v, 3);
    for (uint32_t i = 0; i < p->nwords; i++)
        p->word[i] = i ? "id=*" : "rcode=ACT_ERR";
}

static uint16_t program_of(inventor *v, bool remote)
{
    for (int tries = 0; tries < 50; tries++) {
        uint16_t p = (uint16_t)below(v, v->s->nprograms);
        scene_program_kind k = v->s->program[p].kind;
        if ((k == SCENE_AGENT || k == SCENE_VIEWER) == remote)
            return p;
    }
    return SCENE_NOBODY;
}

static void invent_named(inventor *v, scene_sight *t)
{
    t->named = true;
    t->name = invent_name(v);
}

static void invent_phase(inventor *v, scene_sight *t)
{
    t->program = program_of(v, true);
    if (t->program == SCENE_NOBODY) {
        scene_sight_init(t, SCENE_SEE_READY);
        t->host = 0;
        return;
    }
    t->phase = (scene_phase)below(v, 5);
    if (t->phase == SCENE_PHASE_CONNECTED)
        t->via = (int8_t)((int)below(v, 4) - 1);
    if (t->phase == SCENE_PHASE_REFUSED && coin(v))
        t->retcode = NBT_NRC_DUPNAME;
    if (t->phase == SCENE_PHASE_ENDED)
        t->end = (int8_t)((int)below(v, 5) - 1);
    if (t->phase == SCENE_PHASE_SHOWS)
        do
            t->text = invent_text(v);
        while (!t->text[0]);
}

static void invent_sight(inventor *v, scene_sight *t)
{
    static const uint8_t verbs[] = { NBT_NCB_ADD_NAME, NBT_NCB_CALL, NBT_NCB_FIND_NAME };
    scene_sight_init(t, (scene_see)below(v, 9));
    switch (t->see) {
    case SCENE_SEE_MESSAGE:
        invent_pattern(v, &t->msg);
        return;
    case SCENE_SEE_LOG:
        t->program = (uint16_t)below(v, v->s->nprograms);
        t->count = coin(v) ? 1 + (int32_t)below(v, 10) : -1;
        return;
    case SCENE_SEE_DONE:
        t->program = (uint16_t)below(v, v->s->nprograms);
        if (coin(v)) {
            t->verb = verbs[below(v, LENGTH_OF(verbs))];
            if (coin(v))
                invent_named(v, t);
        }
        t->retcode = coin(v) ? NBT_NRC_INUSE : -1;
        return;
    case SCENE_SEE_PROGRAM:
        invent_phase(v, t);
        return;
    case SCENE_SEE_NAME:
        invent_named(v, t);
        t->host = (uint16_t)below(v, v->s->nhosts);
        t->state = (scene_name_state)below(v, 4);
        return;
    case SCENE_SEE_OWNERS:
        invent_named(v, t);
        t->count = (int32_t)below(v, 5);
        return;
    case SCENE_SEE_RECORD:
        invent_named(v, t);
        t->host = (uint16_t)below(v, v->s->nhosts);
        t->record = (int8_t)((int)below(v, 5) - 1);
        t->owner = below(v, 2) * 0x0A000007;
        return;
    case SCENE_SEE_SESSIONS:
        t->host = (uint16_t)below(v, v->s->nhosts);
        t->count = (int32_t)below(v, 5);
        return;
    case SCENE_SEE_READY:
        t->host = (uint16_t)below(v, v->s->nhosts);
        return;
    }
}

static void invent_fault(inventor *v, bool stepped)
{
    uint32_t i = v->s->nfaults;
    scene_fault *f = scene_add_fault(v->s);
    f->stepped = stepped;
    if (coin(v))
        invent_label(v, f->name, 'F', i);
    f->harm = (scene_harm)below(v, 5);
    if (f->harm == SCENE_HARM_DELAY)
        f->more = invent_time(v);
    if (f->harm == SCENE_HARM_DUPLICATE)
        f->times = 1 + below(v, 3);
    if (f->harm == SCENE_HARM_DUPLICATE && coin(v))
        f->more = invent_time(v);
    if (f->harm == SCENE_HARM_CORRUPT) {
        f->field = (scene_field)below(v, 5);
        if (f->field == SCENE_FIELD_NAME)
            f->to_name = invent_name(v);
        else
            f->value = below(v, 16);
    }
    uint32_t which = below(v, 4), n = 1 + below(v, 9);
    f->first = which == 1 ? n : 0;
    f->nth = which == 2 ? n : 0;
    f->every = which == 3 ? n : 0;
    f->on = coin(v) ? 1 + invent_time(v) : 0;
    f->off = coin(v) ? 1 + invent_time(v) : 0;
    invent_pattern(v, &f->msg);
}

static void invent_send(inventor *v, scene_step *step)
{
    static const char *const lines[] = {
        "query-request FRED<20> id=0x2002 b=1",
        "session-keep-alive -",
        ("direct-unique-datagram FRED<20> id=0x0001 from=LISA<00> source=10.0.0.3:138 node=B first "
         "data=\"hello\""),
        "malformed-name-packet raw=1a2b",
        "negative-query-response FRED<20> id=0x000 rcode=NAM_ERR", /* id=asked */
    };
    static const uint16_t ports[] = { 137, 139, 138, 137, 137 };
    nbt_msg m;
    nbt_text_err err;
    nbt_wr w;
    uint32_t i = below(v, LENGTH_OF(lines));
    const char *line = lines[i];
    size_t len = strlen(line), cap = len + NBT_TEXT_ARENA_EXTRA;
    uint8_t *arena = scene_room(v->s, cap);
    step->bytes = scene_room(v->s, cap);
    assert_true(nbt_text_parse(&m, line, len, arena, cap, &err));
    nbt_wr_init(&w, step->bytes, cap);
    nbt_msg_wr(&w, &m);
    step->nbytes = (uint32_t)w.at;
    step->text = scene_text(v->s, line, len);
    char *asked = strstr(step->text, "id=0x000 ");
    if (asked) {
        memcpy(asked, "id=asked", 8);
        step->asked = true;
    }
    step->to = (nbt_ep){ below(v, UINT32_MAX), coin(v) ? ports[i] : 1137 };
    if (coin(v)) { /* as nbtdump has it: whoever has the address sends it */
        const scene_host *h = &v->s->host[step->host];
        step->from = (nbt_ep){ h->adapter[0].ip, coin(v) ? ports[i] : 4711 };
        for (uint32_t other = 0; other < v->s->nhosts; other++) {
            for (uint8_t a = 0; a < v->s->host[other].nadapters; a++) {
                if (v->s->host[other].adapter[a].ip == step->from.ip) {
                    step->host = (uint16_t)other;
                    return;
                }
            }
        }
    }
    step->from = (nbt_ep){ scene_sends_from(v->s, step->host, step->to.ip), ports[i] };
}

static void invent_ncb(inventor *v, scene_step *step)
{
    static const uint8_t verbs[] = { NBT_NCB_ADD_NAME, NBT_NCB_CALL,    NBT_NCB_LISTEN,
                                     NBT_NCB_SEND,     NBT_NCB_RECEIVE, NBT_NCB_ADAPTER_STATUS };
    step->program = program_of(v, false);
    if (step->program == SCENE_NOBODY) {
        step->what = SCENE_DO_HEAL;
        step->network = 0;
        return;
    }
    step->ncb.command = verbs[below(v, LENGTH_OF(verbs))];
    step->ncb.lana = v->s->program[step->program].lana;
    step->ncb.length = NBT_SEND_MAX;
    nbt_name name = invent_name(v), other = invent_name(v);
    for (const char *arg = scene_verb_args(step->ncb.command); *arg; arg++) {
        if (*arg == 't' && coin(v)) {
            step->bytes = scene_room(v->s, 3);
            step->nbytes = step->ncb.length = below(v, 3);
            for (uint32_t i = 0; i < step->nbytes; i++)
                step->bytes[i] = (uint8_t)below(v, 256);
        } else if (*arg == 't') {
            step->text = invent_text(v);
            step->ncb.length = (uint32_t)strlen(step->text);
        } else if (*arg == 'n') {
            memcpy(step->ncb.name, name.b, NBT_NAME_LEN);
        } else {
            memcpy(step->ncb.callname, other.b, NBT_NAME_LEN);
            if (coin(v))
                memcpy(step->ncb.callname, "*               ", NBT_NAME_LEN);
        }
    }
}

static void invent_step(inventor *v)
{
    scene_step *step = scene_add_step(v->s);
    step->what = (scene_do)below(v, SCENE_DO_CLOCK + 1);
    step->relative = coin(v);
    step->at = invent_time(v);
    step->slack = coin(v) ? invent_time(v) : 0;
    uint16_t host = (uint16_t)below(v, v->s->nhosts);
    uint16_t network = (uint16_t)below(v, v->s->nnetworks);
    switch (step->what) {
    case SCENE_DO_AWAIT:
        if (coin(v)) {
            step->relative = true;
            step->at = step->slack = 0;
        }
        step->limit = invent_time(v);
        invent_sight(v, &step->sight);
        return;
    case SCENE_DO_START:
    case SCENE_DO_STOP:
    case SCENE_DO_CRASH:
    case SCENE_DO_FREEZE:
    case SCENE_DO_THAW:
        step->host = host;
        return;
    case SCENE_DO_RUN:
    case SCENE_DO_KILL:
    case SCENE_DO_CLOSE:
        step->program = (uint16_t)below(v, v->s->nprograms);
        return;
    case SCENE_DO_TYPE:
        step->program = (uint16_t)below(v, v->s->nprograms);
        step->text = invent_text(v);
        return;
    case SCENE_DO_PERMIT:
        step->program = (uint16_t)below(v, v->s->nprograms);
        step->yes = coin(v);
        return;
    case SCENE_DO_NCB:
        invent_ncb(v, step);
        return;
    case SCENE_DO_SEND:
        step->host = host;
        invent_send(v, step);
        return;
    case SCENE_DO_STATIC:
        step->ip = below(v, UINT32_MAX);
        step->group = coin(v);
        step->host = host;
        step->name = invent_name(v);
        return;
    case SCENE_DO_FORGET:
        step->host = host;
        step->name = invent_name(v);
        return;
    case SCENE_DO_LINK:
        step->network = network;
        step->link = invent_link(v);
        return;
    case SCENE_DO_PARTITION:
        step->network = network;
        step->nhosts = 1 + below(v, 4);
        step->hosts = scene_room(v->s, step->nhosts * sizeof *step->hosts);
        for (uint32_t i = 0; i < step->nhosts; i++)
            step->hosts[i] = (uint16_t)below(v, v->s->nhosts);
        return;
    case SCENE_DO_HEAL:
        step->network = network;
        return;
    case SCENE_DO_FAULT:
        step->fault = (uint16_t)v->s->nfaults;
        invent_fault(v, true);
        return;
    case SCENE_DO_MEND:
        for (uint32_t i = 0; i < v->s->nfaults; i++) {
            if (v->s->fault[i].name[0])
                step->fault = (uint16_t)i;
        }
        if (step->fault == SCENE_NOBODY) {
            step->what = SCENE_DO_HEAL;
            step->network = network;
        }
        return;
    case SCENE_DO_CLOCK:
        step->host = host;
        step->jump = invent_time(v);
        return;
    }
}

static void invent_expect(inventor *v)
{
    uint32_t i = v->s->nexpects;
    scene_expect *e = scene_add_expect(v->s);
    if (coin(v))
        invent_label(v, e->label, 'e', i);
    e->never = coin(v);
    e->finally = !e->never && coin(v);
    if (!e->never && coin(v))
        e->count = 1 + (int32_t)below(v, 5);
    invent_sight(v, &e->sight);
    for (uint32_t k = 0; k < i && e->nafter < 3; k++) {
        if (v->s->expect[k].label[0] && coin(v))
            e->after[e->nafter++] = (uint16_t)k;
    }
    e->since_step = v->s->nsteps > 0 && coin(v);
    e->step = e->since_step ? v->s->nsteps - 1 : 0;
    if (coin(v))
        e->from = invent_time(v);
    if (coin(v))
        e->until = e->from + invent_time(v);
    if (coin(v)) {
        e->share = below(v, 1000001);
        e->because = invent_text(v);
    }
}

void scenes_invent(nbt_rng *rng, nbt_mem mem, scene *s)
{
    inventor v = { rng, s };
    scene_init(s, mem);
    s->name = scene_text(s, "invented", 8);
    s->title = invent_text(&v);
    s->source = scene_room(s, 2 * sizeof *s->source);
    s->about = scene_room(s, 2 * sizeof *s->about);
    for (s->nsources = 0; s->nsources < 2 && coin(&v); s->nsources++)
        s->source[s->nsources] = invent_text(&v);
    for (s->nabouts = 0; s->nabouts < 2 && coin(&v); s->nabouts++)
        s->about[s->nabouts] = invent_text(&v);
    s->only = (scene_only)below(&v, 3);
    s->only_why = s->only != SCENE_BOTH && coin(&v) ? invent_text(&v) : NULL;
    for (size_t i = 0; i < SCENE_INVARIANTS; i++)
        s->allow[i] = coin(&v) ? invent_text(&v) : NULL;
    for (s->nallowed = 0; s->nallowed < SCENE_ALLOWED_MAX && coin(&v); s->nallowed++) {
        uint32_t mask = UINT32_MAX << (2 + below(&v, 23));
        uint32_t ip = (uint32_t)nbt_rng_u64(rng) & mask;
        s->allowed[s->nallowed] = (scene_allowed){ ip, mask, invent_text(&v) };
    }
    invent_networks(&v);
    invent_hosts(&v);
    invent_programs(&v);
    for (uint32_t n = below(&v, 12); n > 0; n--) {
        uint32_t what = below(&v, 4);
        if (what == 0)
            invent_fault(&v, false);
        else if (what == 1)
            invent_expect(&v);
        else
            invent_step(&v);
    }
    s->end_relative = coin(&v);
    s->end = invent_time(&v);
}
