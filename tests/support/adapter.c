/*
 * The node of adapter.h.
 */
#include "tests/support/adapter.h"

#include <stdio.h>

#include "tests/support/test.h"

enum { OWN_IP = 0x0A000001, BROADCAST = 0x0A0000FF };

static void init(adapter *a, nbt_lana_cfg *cfg, const nbt_profile *profile)
{
    assert_non_null(profile);
    a->mem = (test_mem){ 0 };
    a->now = 0;
    a->words[0] = '\0';
    cfg->lana = 3;
    cfg->ip = OWN_IP;
    cfg->mask = 0xFFFFFF00;
    cfg->broadcast = BROADCAST;
    memcpy(cfg->mac, "\x02\0\0\0\0\x01", 6);
    cfg->profile = profile;
    a->node = nbt_node_new(test_mem_of(&a->mem), cfg, 1);
    assert_non_null(a->node);
    nbt_out_init(&a->out, test_mem_of(&a->mem));
}

void adapter_init(adapter *a, const char *profile, const char *scope)
{
    nbt_lana_cfg cfg = { .type = NBT_ONT_B };
    assert_true(nbt_scope_parse(&cfg.scope, scope, strlen(scope)));
    init(a, &cfg, nbt_profile_find(profile, strlen(profile)));
}

static nbt_lana_cfg cfg_of(const char *type, unsigned servers)
{
    static const char types[] = "BPMH"; /* as the ONT field counts */
    nbt_lana_cfg cfg = { .type = (nbt_node_type)(strchr(types, *type) - types) };
    cfg.nservers = (uint8_t)servers;
    for (unsigned i = 0; i < servers; i++)
        cfg.servers[i] = ip_of("10.0.0.201") + i;
    return cfg;
}

void adapter_init_type(adapter *a, const char *profile, const char *type, unsigned servers)
{
    nbt_lana_cfg cfg = cfg_of(type, servers);
    init(a, &cfg, nbt_profile_find(profile, strlen(profile)));
}

void adapter_init_multihomed(adapter *a, const char *profile, const char *type)
{
    nbt_lana_cfg cfg = cfg_of(type, 1);
    cfg.multihomed = true;
    init(a, &cfg, nbt_profile_find(profile, strlen(profile)));
}

void adapter_init_profile(adapter *a, const nbt_profile *profile, const char *type,
                          unsigned servers)
{
    nbt_lana_cfg cfg = cfg_of(type, servers);
    init(a, &cfg, profile);
}

void adapter_init_own_server(adapter *a, const char *profile, const char *type)
{
    nbt_lana_cfg cfg = cfg_of(type, 1);
    cfg.servers[0] = OWN_IP;
    init(a, &cfg, nbt_profile_find(profile, strlen(profile)));
}

void adapter_init_hosts(adapter *a, const char *profile, const char *type, const char *lmhosts)
{
    nbt_lana_cfg cfg = cfg_of(type, *type == 'B' ? 0 : 1);
    nbt_lmtext t = { .text = { (const uint8_t *)lmhosts, strlen(lmhosts) } };
    for (nbt_lmline line; (line = nbt_lmtext_next(&t)).kind != NBT_LMLINE_END;) {
        assert_int_equal(line.kind, NBT_LMLINE_HOST);
        assert_true(cfg.nhosts < LENGTH_OF(a->hosts));
        a->hosts[cfg.nhosts++] = line.host;
    }
    cfg.hosts = a->hosts;
    init(a, &cfg, nbt_profile_find(profile, strlen(profile)));
}

void adapter_fini(adapter *a)
{
    nbt_node_free(a->node);
    nbt_out_fini(&a->out);
    assert_int_equal(a->mem.blocks, 0);
}

void adapter_at(adapter *a, unsigned ms)
{
    assert_true(a->now <= NBT_MS(ms));
    a->now = NBT_MS(ms);
    nbt_node_tick(a->node, a->now, &a->out);
}

uint8_t adapter_add(adapter *a, const char *name, bool group)
{
    nbt_name n = name_of(name);
    return nbt_node_add(a->node, a->now, n.b, group, &a->out);
}

uint8_t adapter_hold(adapter *a, const char *name, bool group)
{
    uint8_t num = adapter_add(a, name, group);
    assert_int_not_equal(num, 0);
    for (nbt_time due; (due = nbt_node_due(a->node)) != NBT_NEVER;) {
        a->now = due;
        nbt_node_tick(a->node, due, &a->out);
    }
    nbt_out_clear(&a->out);
    for (nbt_node_ev ev; nbt_node_next(a->node, &ev);)
        assert_int_equal(ev.kind, NBT_NODE_ADDED);
    return num;
}

uint32_t adapter_query(adapter *a, const char *name)
{
    nbt_name n = name_of(name);
    return nbt_node_query(a->node, a->now, n.b, &a->out);
}

static nbt_ep endpoint(const char *text)
{
    if (strcmp(text, "all") == 0)
        return (nbt_ep){ BROADCAST, NBT_PORT_NS };
    char ip[32];
    const char *colon = strchr(text, ':');
    snprintf(ip, sizeof ip, "%.*s", (int)(colon ? (size_t)(colon - text) : strlen(text)), text);
    unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : NBT_PORT_NS;
    return (nbt_ep){ ip_of(ip), (uint16_t)port };
}

void adapter_hear(adapter *a, const char *from, const char *to, const packet *p)
{
    uint8_t *bytes = exact_copy(p->b, p->n);
    nbt_node_rx(a->node, a->now, endpoint(from), endpoint(to), (nbt_bytes){ bytes, p->n }, &a->out);
    free(bytes);
}

/* --- in words ------------------------------------------------------------------------------ */

static void say(adapter *a, const char *text)
{
    assert_true(strlen(a->words) + strlen(text) < sizeof a->words);
    strcat(a->words, text);
}

static void say_ip(adapter *a, uint32_t ip)
{
    char text[32];
    snprintf(text, sizeof text, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
    say(a, ip == BROADCAST ? "all" : text);
}

static void next_thing(adapter *a)
{
    if (a->words[0])
        say(a, "; ");
}

/* What RFC 1002 4.2.1.1 and the drawings of 4.2.2 to 4.2.18 say of the flags of all packets. */
static void check_flags(const nbt_ns *m, const nbt_act *act)
{
    bool response = m->word & NBT_NS_R, broadcast = act->to.ip == BROADCAST;
    nbt_ns_kind kind = nbt_ns_kind_of(m);
    bool rd = kind == NBT_NS_REGISTRATION || kind == NBT_NS_MULTIHOMED || kind == NBT_NS_QUERY ||
              kind == NBT_NS_NEGATIVE_REGISTRATION || kind == NBT_NS_CONFLICT_DEMAND ||
              kind == NBT_NS_POSITIVE_QUERY || kind == NBT_NS_NEGATIVE_QUERY;
    assert_int_equal((m->word & NBT_NS_AA) != 0, response);
    assert_int_equal((m->word & NBT_NS_RD) != 0, rd);
    assert_int_equal((m->word & NBT_NS_B) != 0, broadcast);
    assert_int_equal(m->word & 0x0060, 0);
    assert_int_equal(m->qdcount, response ? 0 : 1);
}

static void say_packet(adapter *a, const nbt_act *act)
{
    nbt_bytes data = nbt_out_data(&a->out, act);
    nbt_rd r;
    nbt_ns m;
    char name[NBT_NAME_STR_MAX], port[16];
    nbt_rd_init(&r, data.p, data.n);
    nbt_ns_rd(&r, &m);
    assert_int_equal(r.err, NBT_OK);
    assert_int_equal(act->lana, 3);
    assert_int_equal(act->from.ip, OWN_IP);
    assert_int_equal(act->from.port, NBT_PORT_NS);
    check_flags(&m, act);
    nbt_name_print(nbt_ns_name(&m), name, sizeof name);
    say(a, nbt_ns_kind_word(nbt_ns_kind_of(&m)));
    if (nbt_ns_rcode(&m)) {
        say(a, "(");
        say(a, nbt_code_word(NBT_CODESET_RCODE, nbt_ns_rcode(&m)));
        say(a, ")");
    }
    say(a, " ");
    say(a, name);
    say(a, " to ");
    say_ip(a, act->to.ip);
    snprintf(port, sizeof port, ":%u", act->to.port);
    say(a, act->to.port == NBT_PORT_NS ? "" : port);
}

static void say_event(adapter *a, const nbt_node_ev *ev)
{
    static const char *const kinds[] = {
        [NBT_NODE_ADDED] = "ADDED",       [NBT_NODE_REFUSED] = "REFUSED",
        [NBT_NODE_FOUND] = "FOUND",       [NBT_NODE_FOUND_ALL] = "FOUND_ALL",
        [NBT_NODE_STATUS] = "STATUS",     [NBT_NODE_NO_STATUS] = "NO_STATUS",
        [NBT_NODE_CONFLICT] = "CONFLICT", [NBT_NODE_RELEASED] = "RELEASED",
    };
    say(a, kinds[ev->kind]);
    if (ev->num) {
        char num[16];
        snprintf(num, sizeof num, " #%u", ev->num);
        say(a, num);
    }
    bool silence = ev->kind == NBT_NODE_REFUSED && ev->peer.ip == 0;
    if (ev->kind == NBT_NODE_REFUSED) {
        say(a, " ");
        say(a, silence ? "unanswered" : nbt_code_word(NBT_CODESET_RCODE, ev->rcode));
    }
    if ((ev->kind == NBT_NODE_REFUSED && !silence) || ev->kind == NBT_NODE_CONFLICT ||
        ev->kind == NBT_NODE_RELEASED) {
        say(a, " ");
        say_ip(a, ev->peer.ip);
    }
    for (size_t i = 0; i < ev->nfound; i++) {
        say(a, " ");
        say_ip(a, ev->found[i].addr.ip);
    }
    if (ev->kind == NBT_NODE_FOUND_ALL && ev->nfound == 0)
        say(a, " nobody");
}

const char *adapter_said(adapter *a)
{
    a->words[0] = '\0';
    for (size_t i = 0; i < a->out.n; i++) {
        if (a->out.acts[i].kind != NBT_ACT_SEND)
            continue;
        next_thing(a);
        say_packet(a, &a->out.acts[i]);
    }
    for (nbt_node_ev ev; nbt_node_next(a->node, &ev);) {
        next_thing(a);
        say_event(a, &ev);
    }
    nbt_out_clear(&a->out);
    return a->words;
}

const char *adapter_traced(adapter *a)
{
    a->words[0] = '\0';
    for (size_t i = 0; i < a->out.n; i++) {
        const nbt_trace *t = &a->out.acts[i].trace;
        if (a->out.acts[i].kind != NBT_ACT_TRACE)
            continue;
        char name[NBT_NAME_STR_MAX] = "-";
        if (!t->unnamed)
            nbt_name16_print(t->name, name, sizeof name);
        next_thing(a);
        const char *const parts[] = { t->what, " ", name, " ", t->from, *t->from ? " > " : "> ",
                                      t->to };
        for (size_t k = 0; k < LENGTH_OF(parts); k++)
            say(a, parts[k]);
        if (t->peer.ip) {
            say(a, " ");
            say_ip(a, t->peer.ip);
        }
        if (t->code) {
            say(a, " ");
            say(a, nbt_code_word(NBT_CODESET_RCODE, t->code));
        }
    }
    nbt_out_clear(&a->out);
    for (nbt_node_ev ev; nbt_node_next(a->node, &ev);)
        continue;
    return a->words;
}

nbt_bytes adapter_last_packet(const adapter *a)
{
    for (size_t i = a->out.n; i-- > 0;)
        if (a->out.acts[i].kind == NBT_ACT_SEND)
            return nbt_out_data(&a->out, &a->out.acts[i]);
    fail_msg("no packet was sent");
    return (nbt_bytes){ NULL, 0 };
}

uint16_t adapter_last_id(const adapter *a)
{
    nbt_bytes data = adapter_last_packet(a);
    return (uint16_t)(data.p[0] << 8 | data.p[1]);
}

void test_said(adapter *a, const char *text, const char *file, int line)
{
    const char *said = adapter_said(a);
    if (strcmp(said, text) == 0)
        return;
    print_error("want: %s\nhave: %s\n", text, said);
    _fail(file, line);
}

void test_traced(adapter *a, const char *text, const char *file, int line)
{
    const char *traced = adapter_traced(a);
    if (strcmp(traced, text) == 0)
        return;
    print_error("want: %s\nhave: %s\n", text, traced);
    _fail(file, line);
}
