/*
 * Who is in a capture, as the things of a scenario.
 */
#include "tools/replay/toscene_impl.h"

#include <stdlib.h>
#include <string.h>

#include "tools/scene/words.h"

enum { BITS_LEAST = 8, BITS_USUAL = 24, BITS_MOST = 30 };

static uint32_t mask_of(unsigned bits)
{
    return UINT32_MAX << (32 - bits);
}

static unsigned bits_of(uint32_t mask)
{
    unsigned bits = 0;
    for (; mask; mask <<= 1)
        bits++;
    return bits;
}

toscene_host *toscene_find(const replay_toscene *t, uint32_t ip)
{
    for (size_t i = 0; i < t->nhosts; i++) {
        if (t->host[i].ip == ip)
            return &t->host[i];
    }
    return NULL;
}

/* --- networks --------------------------------------------------------------------------------- */

/* The longest subnet that has a host and in which the address that it broadcasts to is everybody's,
 * but none longer than usual. */
static uint32_t mask_for(uint32_t ip, const replay_person *p)
{
    if (!p || !p->has_broadcast)
        return mask_of(BITS_USUAL);
    for (unsigned bits = BITS_MOST; bits >= BITS_LEAST; bits--) {
        uint32_t mask = mask_of(bits);
        bool all = (p->broadcast | mask) == UINT32_MAX && ((p->broadcast ^ ip) & mask) == 0;
        if (all && (bits <= BITS_USUAL || (p->broadcast & 0xFF) != 0xFF))
            return mask;
    }
    return mask_of(BITS_USUAL);
}

/* Networks that have addresses in common become the larger one. */
static void add_network(replay_toscene *t, uint32_t ip, uint32_t mask)
{
    for (size_t i = 0; i < t->nnetworks;) {
        toscene_network *n = &t->network[i];
        uint32_t both = n->mask & mask;
        if ((n->subnet & both) != (ip & both)) {
            i++;
            continue;
        }
        if (both == n->mask)
            return;
        *n = t->network[--t->nnetworks]; /* it is part of the new one */
    }
    t->network[t->nnetworks++] = (toscene_network){ ip & mask, mask };
}

static const toscene_network *network_of(const replay_toscene *t, uint32_t ip)
{
    for (size_t i = 0; i < t->nnetworks; i++) {
        if ((ip & t->network[i].mask) == t->network[i].subnet)
            return &t->network[i];
    }
    return NULL;
}

static bool is_a_hosts(const replay_toscene *t, uint32_t ip)
{
    const toscene_network *n = network_of(t, ip);
    return n && ip != n->subnet && ip != (n->subnet | ~n->mask) && ip >> 28 < 14 && ip >> 24 > 0;
}

/* --- names ------------------------------------------------------------------------------------ */

typedef void on_holding(replay_toscene *t, toscene_host *h, const nbt_name *name,
                        const cap_holding *holding);

/* Every name that a host of ours is known to have had. */
static void each_holding(replay_toscene *t, on_holding *fn)
{
    const cap_ledger *l = t->cfg.study->ledger;
    for (uint32_t i = 1; i <= cap_ledger_names(l); i++) {
        const cap_named *named = cap_ledger_named(l, i);
        uint32_t lists[2] = { named->unique, named->group };
        nbt_name name;
        cap_ledger_name(l, i, &name);
        for (size_t k = 0; k < 2; k++) {
            for (uint32_t at = lists[k]; at; at = cap_ledger_holding(l, at)->next) {
                const cap_holding *holding = cap_ledger_holding(l, at);
                const cap_host *host = cap_hosts_get(cap_ledger_hosts(l), holding->host);
                for (size_t h = 0; host && h < t->nhosts; h++) {
                    if (t->host[h].ip == host->ip)
                        fn(t, &t->host[h], &name, holding);
                }
            }
        }
    }
}

static bool is_label_char(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
           c == '_';
}

static bool is_free(const replay_toscene *t, const char *label)
{
    unsigned word;
    for (size_t i = 0; i < t->nhosts; i++) {
        if (strcmp(t->host[i].label, label) == 0)
            return false;
    }
    size_t n = strlen(label);
    return !scene_word_find(SCENE_SET_DO, label, n, &word) &&
           !scene_word_find(SCENE_SET_SEE, label, n, &word) &&
           !scene_word_find(SCENE_SET_HARM, label, n, &word);
}

/* The first name of its own that says who it is becomes its label. */
static void name_host(replay_toscene *t, toscene_host *h, const nbt_name *name,
                      const cap_holding *holding)
{
    char label[NBT_NAME_LEN] = "";
    size_t n = NBT_NAME_LEN - 1;
    if (holding->began == CAP_SAID || holding->began == CAP_CALLED_AS)
        return;
    h->has_names = true;
    if (h->scope.len == 0)
        h->scope = name->scope;
    if (h->label[0] || holding->group || (name->b[15] != 0x00 && name->b[15] != 0x20) ||
        (name->b[0] | 0x20) < 'a' || (name->b[0] | 0x20) > 'z')
        return;
    while (n > 0 && name->b[n - 1] == ' ')
        n--;
    for (size_t i = 0; i < n; i++)
        label[i] = is_label_char((char)name->b[i]) ? (char)name->b[i] : '-';
    if (is_free(t, label))
        memcpy(h->label, label, sizeof label);
}

static void name_the_others(replay_toscene *t)
{
    for (size_t i = 0; i < t->nhosts; i++) {
        toscene_host *h = &t->host[i];
        cap_buf b = { 0 };
        if (h->label[0])
            continue;
        cap_buf_str(&b, "H");
        cap_buf_ip(&b, h->ip);
        if (b.n < sizeof h->label)
            memcpy(h->label, b.s, b.n);
        cap_buf_fini(&b);
    }
}

/* The first that it said of a name was a claim. */
static bool begins_with_claim(const replay_toscene *t, uint32_t ip, const nbt_name *name)
{
    for (size_t i = 0; i < t->nsaid; i++) {
        const toscene_said *s = &t->said[i];
        if (s->from.ip == ip && s->named && memcmp(s->name.b, name->b, NBT_NAME_LEN) == 0)
            return s->verb && strncmp(s->verb, "add", 3) == 0;
    }
    return false;
}

/* A name that it had before it said anything: it is registered before the capture begins. */
static void register_name(replay_toscene *t, toscene_host *h, const nbt_name *name,
                          const cap_holding *holding)
{
    char text[NBT_NAME_STR_MAX];
    nbt_name plain = *name;
    bool claimed = holding->began == CAP_CLAIMED || holding->began == CAP_GRANTED ||
                   begins_with_claim(t, h->ip, name);
    if (h->role != TOSCENE_COMPUTER || claimed || holding->began == CAP_SAID ||
        name->form != NBT_NAME_NETBIOS || name->b[0] == '*' || toscene_owns(t, h->ip, name->b))
        return;
    plain.scope.len = 0;
    nbt_name_print(&plain, text, sizeof text);
    toscene_at(t, 0, "P-%s %s %s", h->label, holding->group ? "add-group" : "add", text);
    toscene_get(t, h->ip, name->b);
}

/* Nobody told it in the capture, and nobody that is here tells it before, or it has said so. */
static bool is_told(const replay_toscene *t, size_t i)
{
    const toscene_said *s = &t->said[i];
    if (toscene_owns(t, s->owner, s->name.b))
        return true;
    for (size_t k = 0; k < i; k++) {
        const toscene_said *o = &t->said[k];
        bool same = o->named && memcmp(o->name.b, s->name.b, NBT_NAME_LEN) == 0;
        bool claims = o->verb && strncmp(o->verb, "add", 3) == 0 && o->to.ip == s->from.ip;
        if (same && (claims || (o->owner && o->from.ip == s->from.ip)))
            return true;
    }
    return false;
}

/* What a name server knows of others without having been told. */
static void put_record(replay_toscene *t, size_t i)
{
    const toscene_said *s = &t->said[i];
    const toscene_host *h = toscene_find(t, s->from.ip);
    const char *name = strchr(s->text, ' ');
    cap_buf ip = { 0 };
    if (!h || h->role != TOSCENE_SERVER || !s->named || !s->owner || !name || is_told(t, i))
        return;
    cap_buf_ip(&ip, s->owner);
    toscene_at(t, 0, "%s static %.*s %.*s%s", h->label, (int)strcspn(name + 1, " "), name + 1,
               (int)ip.n, ip.s, s->group ? " group" : "");
    cap_buf_fini(&ip);
}

/* It gives up what nobody has seen it take. */
static void put_given_up(replay_toscene *t, const toscene_said *s)
{
    char text[NBT_NAME_STR_MAX];
    const toscene_host *h = toscene_find(t, s->from.ip);
    if (!s->verb || strcmp(s->verb, "delete") != 0 || !s->named || s->name.b[0] == '*' || !h ||
        h->role != TOSCENE_COMPUTER || toscene_owns(t, h->ip, s->name.b))
        return;
    for (const toscene_said *o = t->said; o < s; o++)
        if (o->from.ip == h->ip && o->named && nbt_name_eq(&o->name, &s->name) && o->verb &&
            strncmp(o->verb, "add", 3) == 0)
            return;
    nbt_name16_print(s->name.b, text, sizeof text);
    toscene_at(t, 0, "P-%s %s %s", h->label, strstr(s->text, " group") ? "add-group" : "add", text);
    toscene_get(t, h->ip, s->name.b);
}

void toscene_names(replay_toscene *t)
{
    each_holding(t, register_name);
    for (size_t i = 0; i < t->nsaid; i++)
        put_given_up(t, &t->said[i]);
    for (size_t i = 0; i < t->nsaid; i++)
        put_record(t, i);
}

/* Behind what it said last, and before what it says next, or what it does not hear. */
void toscene_downs(replay_toscene *t)
{
    const replay_down *down;
    size_t n = replay_downs_all(t->cfg.study->downs, &down);
    for (size_t i = 0; i < n; i++) {
        const toscene_host *h = toscene_find(t, down[i].ip);
        bool starts = down[i].back < INT64_MAX;
        nbt_time at = down[i].at - t->first, back = starts ? down[i].back - t->first : NBT_NEVER;
        if (!h || h->role == TOSCENE_SENDER || !t->begun || at < 0 || at + t->lead == 0)
            continue;
        toscene_at(t, (starts && at + 2 <= back ? back - 2 : at - 1) + t->lead, "crash %s",
                   h->label);
        if (starts)
            toscene_at(t, back - 1 + t->lead, "start %s", h->label);
    }
}

void toscene_hushes(const replay_toscene *t, cap_buf *to)
{
    for (size_t i = 0; i < t->nhushes; i++) {
        const toscene_hush *h = &t->hush[i];
        const toscene_host *from = toscene_find(t, h->from);
        if (from->role != TOSCENE_SENDER)
            cap_buf_fmt(to, "fault drop from=%s to=%s %s %s\n", from->label,
                        toscene_find(t, h->to)->label, nbt_ns_kind_word(h->kind), h->name);
    }
}

/* --- hosts ------------------------------------------------------------------------------------ */

static toscene_role role_of(const replay_toscene *t, uint32_t ip)
{
    const replay_person *p = replay_people_find(t->cfg.study->people, ip);
    if (cap_parts_ours(t->cfg.parts, ip))
        return TOSCENE_SENDER;
    return p && p->serves ? TOSCENE_SERVER : TOSCENE_COMPUTER;
}

/* Who has no names is no node, but somebody's tool: it sends what it sent. */
static void find_tools(replay_toscene *t)
{
    for (size_t i = 0; i < t->nhosts; i++) {
        if (t->host[i].role == TOSCENE_COMPUTER && !t->host[i].has_names)
            t->host[i].role = TOSCENE_SENDER;
    }
}

static void cast_end(const replay_toscene *t, uint32_t ip)
{
    toscene_host *h = toscene_find(t, ip);
    if (!h || h->role == TOSCENE_SERVER)
        return;
    h->calls = true;
    h->role = TOSCENE_COMPUTER;
}

/* No step speaks TCP: the ends of a session are computers. */
void toscene_cast(replay_toscene *t)
{
    for (size_t i = 0; i < t->ncalls; i++) {
        cast_end(t, t->call[i].from.ip);
        cast_end(t, t->call[i].to.ip);
    }
    for (size_t i = 0; i < t->ntalks; i++) {
        cast_end(t, t->talk[i].from.ip);
        cast_end(t, t->talk[i].to.ip);
    }
}

static int by_address(const void *a, const void *b)
{
    uint32_t x = ((const toscene_host *)a)->ip, y = ((const toscene_host *)b)->ip;
    return x < y ? -1 : x > y;
}

bool toscene_hosts(replay_toscene *t)
{
    const cap_cast *cast = t->cfg.study->cast;
    size_t n = cap_cast_count(cast);
    t->host = calloc(n + 1, sizeof *t->host);
    t->network = calloc(n + 1, sizeof *t->network);
    if (!t->host || !t->network)
        return false;
    for (size_t i = 0; i < n; i++) {
        uint32_t ip = cap_cast_at(cast, i)->ip;
        add_network(t, ip, mask_for(ip, replay_people_find(t->cfg.study->people, ip)));
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t ip = cap_cast_at(cast, i)->ip;
        if (is_a_hosts(t, ip))
            t->host[t->nhosts++] = (toscene_host){ .ip = ip, .role = role_of(t, ip) };
    }
    qsort(t->host, t->nhosts, sizeof *t->host, by_address);
    each_holding(t, name_host);
    name_the_others(t);
    find_tools(t);
    return true;
}

/* --- lines ------------------------------------------------------------------------------------ */

static void put_networks(const replay_toscene *t, cap_buf *to)
{
    for (size_t i = 0; i < t->nnetworks; i++) {
        cap_buf_str(to, i ? "network lan" : "network lan subnet=");
        if (i)
            cap_buf_fmt(to, "%zu subnet=", i + 1);
        cap_buf_ip(to, t->network[i].subnet);
        cap_buf_fmt(to, "/%u%s\n", bits_of(t->network[i].mask),
                    t->largest > 1400 ? " mtu=65535" : "");
    }
}

static void put_scope(cap_buf *to, const nbt_scope *scope)
{
    cap_buf_str(to, scope->len ? " scope=" : "");
    for (size_t at = 0; at < scope->len; at += 1u + scope->b[at]) {
        cap_buf_str(to, at ? "." : "");
        cap_buf_add(to, (const char *)scope->b + at + 1, scope->b[at]);
    }
}

/* Its node type and its servers, as far as these are in the scenario. */
static void put_node(const replay_toscene *t, cap_buf *to, const toscene_host *h)
{
    const replay_person *p = replay_people_find(t->cfg.study->people, h->ip);
    size_t n = 0;
    for (size_t i = 0; p && i < p->nservers; i++) {
        const toscene_host *server = toscene_find(t, p->server[i]);
        if (!server || server->role == TOSCENE_COMPUTER)
            continue;
        cap_buf_str(to, n++ ? "," : " wins=");
        cap_buf_ip(to, server->ip);
    }
    if (n > 0 && p->has_type && p->type != NBT_ONT_B)
        cap_buf_fmt(to, " node=%s", nbt_code_word(NBT_CODESET_NODE_TYPE, p->type));
    cap_buf_fmt(to, " profile=%s services=none", t->cfg.profile ? t->cfg.profile : "win2000");
    nbt_time idle = toscene_ssn_keep_alive(t, h->ip);
    if (idle > 0)
        cap_buf_fmt(to, " keep-alive=%llds", (long long)(idle / NBT_S(1)));
}

/* Whom it tells others to ask. */
static void put_redirect(const replay_toscene *t, cap_buf *to, const toscene_host *h)
{
    for (size_t i = 0; i < t->nsaid; i++) {
        const toscene_said *s = &t->said[i];
        const char *address = strstr(s->text, " address=");
        if (s->from.ip != h->ip || s->service != NBT_SERVICE_NAME || s->kind != NBT_NS_REDIRECT ||
            !address)
            continue;
        address = strchr(address, '=') + 1;
        cap_buf_fmt(to, " redirect=%.*s", (int)strcspn(address, " "), address);
        return;
    }
}

static void put_host(const replay_toscene *t, cap_buf *to, const toscene_host *h)
{
    static const char *const words[] = {
        [TOSCENE_SENDER] = "host", [TOSCENE_COMPUTER] = "computer", [TOSCENE_SERVER] = "server"
    };
    cap_buf_fmt(to, "%s %s address=", words[h->role], h->label);
    cap_buf_ip(to, h->ip);
    if (h->role == TOSCENE_COMPUTER) {
        cap_buf_fmt(to, " netbios=H%x", h->ip);
        put_node(t, to, h);
        put_scope(to, &h->scope);
    } else if (h->role == TOSCENE_SERVER) {
        cap_buf_fmt(to, " profile=%s", t->cfg.server ? t->cfg.server : "windows");
        put_redirect(t, to, h);
    }
    cap_buf_str(to, "\n");
}

void toscene_things(const replay_toscene *t, cap_buf *to)
{
    put_networks(t, to);
    for (size_t i = 0; i < t->nhosts; i++)
        put_host(t, to, &t->host[i]);
    for (size_t i = 0; i < t->nhosts; i++) {
        if (t->host[i].role != TOSCENE_COMPUTER)
            continue;
        toscene_ssn_hosts(t, &t->host[i], to);
        cap_buf_fmt(to, "program P-%s on=%s\n", t->host[i].label, t->host[i].label);
    }
    toscene_ssn_programs(t, to);
    toscene_rc_programs(t, to);
}
