/*
 * A name server under glass.
 */
#include "tests/support/nbserver.h"

#include <stdio.h>

#include "nbt/text.h"
#include "tests/support/test.h"

void nbserver_init(nbserver *n, const char *profile)
{
    static const nbt_nbns_lana lanas[] = {
        { .lana = 0, .ip = 0x0A000001, .mask = 0xFFFFFF00, .broadcast = 0x0A0000FF },
        { .lana = 1, .ip = 0x0A090001, .mask = 0xFFFF0000, .broadcast = 0x0A09FFFF },
    };
    memset(n, 0, sizeof *n);
    n->profile = *nbt_nbns_profile_find(profile, strlen(profile));
    n->cfg = (nbt_nbns_cfg){ .mem = test_mem_of(&n->mem),
                             .seed = test_seed(),
                             .profile = &n->profile,
                             .lanas = lanas,
                             .nlanas = LENGTH_OF(lanas),
                             .wall = NBT_S(NBSERVER_WALL),
                             .max_names = 1000,
                             .max_pending = 100,
                             .max_conns = 4,
                             .journal = true };
    nbt_out_init(&n->out, n->cfg.mem);
}

void nbserver_start(nbserver *n)
{
    n->s = nbt_nbns_new(&n->cfg, n->now);
    assert_non_null(n->s);
}

void nbserver_fini(nbserver *n)
{
    nbt_nbns_free(n->s);
    nbt_out_fini(&n->out);
    assert_int_equal(n->mem.blocks, 0);
}

void nbserver_at(nbserver *n, uint64_t ms)
{
    nbt_time then = NBT_MS((nbt_time)ms);
    for (unsigned rounds = 0; nbt_nbns_due(n->s) <= then; rounds++) {
        assert_true(rounds < 1000000); /* it spins */
        nbt_time due = nbt_nbns_due(n->s);
        n->now = due > n->now ? due : n->now;
        nbt_nbns_tick(n->s, n->now, &n->out);
    }
    n->now = then;
    nbt_nbns_tick(n->s, n->now, &n->out); /* early, harmless */
}

static nbt_ep ep_of(const char *text)
{
    char ip[32];
    unsigned port = NBT_PORT_NS;
    assert_true(sscanf(text, "%31[0-9.]:%u", ip, &port) >= 1);
    return (nbt_ep){ ip_of(ip), (uint16_t)port };
}

void nbserver_hear_bytes(nbserver *n, const char *from, const char *to, const void *p, size_t len)
{
    uint8_t *copy = exact_copy(p, len);
    nbt_nbns_rx(n->s, n->now, 0, ep_of(from), ep_of(to), (nbt_bytes){ copy, len }, &n->out);
    free(copy);
}

packet nbserver_packet(const nbserver *n, const char *line)
{
    char with_id[1000];
    uint8_t arena[4000];
    packet p;
    nbt_msg m;
    nbt_text_err err;
    nbt_wr w;
    const char *q = strstr(line, "id=Q");
    if (q)
        snprintf(with_id, sizeof with_id, "%.*sid=0x%04x%s", (int)(q - line), line, n->question,
                 q + 4);
    else
        snprintf(with_id, sizeof with_id, "%s id=1", line);
    if (!nbt_text_parse(&m, with_id, strlen(with_id), arena, sizeof arena, &err))
        fail_msg("%s: column %zu: %s", with_id, err.column, err.why);
    nbt_wr_init(&w, p.b, sizeof p.b);
    nbt_msg_wr(&w, &m);
    assert_int_equal(w.err, NBT_OK);
    p.n = w.at;
    return p;
}

void nbserver_hear(nbserver *n, const char *from, const char *line)
{
    packet p = nbserver_packet(n, line);
    nbserver_hear_bytes(n, from, "10.0.0.1", p.b, p.n);
}

static void replace(char *text, const char *what, const char *with)
{
    char *at = strstr(text, what);
    if (!at)
        return;
    size_t tail = strlen(at + strlen(what)) + 1;
    memmove(at + strlen(with), at + strlen(what), tail);
    memcpy(at, with, strlen(with));
}

/* One packet, as a line. */
static void print(nbserver *n, nbt_bytes data, char *line, size_t cap)
{
    nbt_msg m;
    char id[20];
    nbt_msg_rd(&m, NBT_SERVICE_NAME, data.p, data.n);
    nbt_text_print(&m, line, cap);
    if (!(m.u.ns.word & NBT_NS_R)) {
        n->question = m.u.ns.trn_id;
        snprintf(id, sizeof id, "id=0x%04x", n->question);
        replace(line, id, "id=Q");
    } else {
        replace(line, " id=0x0001", "");
    }
}

const char *nbserver_said(nbserver *n)
{
    size_t used = 0;
    n->words[0] = 0;
    for (size_t i = 0; i < n->out.n; i++) {
        const nbt_act *act = &n->out.acts[i];
        char line[8000], port[10] = "";
        if (act->kind != NBT_ACT_SEND)
            continue;
        print(n, nbt_out_data(&n->out, act), line, sizeof line);
        if (act->to.port != NBT_PORT_NS)
            snprintf(port, sizeof port, ":%u", act->to.port);
        uint32_t ip = act->to.ip;
        used += (size_t)snprintf(n->words + used, sizeof n->words - used, "%s%u.%u.%u.%u%s %s",
                                 used ? " | " : "", ip >> 24, ip >> 16 & 255, ip >> 8 & 255,
                                 ip & 255, port, line);
        assert_true(used < sizeof n->words);
    }
    nbt_out_clear(&n->out);
    return n->words;
}

static size_t put_ip(char *at, size_t cap, const char *before, uint32_t ip)
{
    return (size_t)snprintf(at, cap, "%s%u.%u.%u.%u", before, ip >> 24, ip >> 16 & 255,
                            ip >> 8 & 255, ip & 255);
}

const char *nbserver_traced(nbserver *n)
{
    size_t used = 0, cap = sizeof n->words;
    char *b = n->words;
    b[0] = 0;
    for (size_t i = 0; i < n->out.n; i++) {
        const nbt_trace *t = &n->out.acts[i].trace;
        char name[NBT_NAME_STR_MAX] = "-";
        if (n->out.acts[i].kind != NBT_ACT_TRACE)
            continue;
        if (!t->unnamed)
            nbt_name16_print(t->name, name, sizeof name);
        used += (size_t)snprintf(b + used, cap - used, "%s%s %s > %s (%s)", used ? " | " : "", name,
                                 t->from, t->to, t->why);
        if (t->peer.ip)
            used += put_ip(b + used, cap - used, " by ", t->peer.ip);
        if (t->holder) {
            used += put_ip(b + used, cap - used, ", held by ", t->holder);
            used += (size_t)snprintf(b + used, cap - used, " since %u", (unsigned)t->since);
        }
        if (t->asked)
            used += (size_t)snprintf(b + used, cap - used, ", asked %u", t->asked);
        if (t->code)
            used += (size_t)snprintf(b + used, cap - used, ", %s",
                                     nbt_code_find(NBT_CODESET_RCODE, t->code)->word);
    }
    nbt_out_clear(&n->out);
    return b;
}
