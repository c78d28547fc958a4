/*
 * Any bytes as a story of a name server: packets of hosts, good and bad, streams, time, the
 * administrator. Whatever happens, its records make sense, and so do its answers.
 */
#include "nbt/nbns.h"
#include "nbt/ns.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct story {
    nbt_rd r; /* what is still to be told */
    nbt_nbns *s;
    nbt_out out;
    nbt_time now;
    nbt_ep asker; /* of the packet that came last */
    size_t asked; /* its length */
    uint16_t question;
} story;

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void *resize(void *ctx, void *p, size_t old, size_t size)
{
    (void)ctx;
    (void)old;
    if (size == 0) {
        free(p);
        return NULL;
    }
    return realloc(p, size);
}

/* Half of the hosts are strangers. */
static nbt_ep host(unsigned n)
{
    return (nbt_ep){ (n & 1 ? 0xC0A80010 : 0x0A000010) + (n >> 1 & 7), n & 16 ? 137 : 5000 };
}

static void check_record(const story *t, const nbt_nbrec *rec)
{
    nbt_name name;
    nbt_nbdb_name(rec, &name);
    check(nbt_nbns_find(t->s, &name) == rec);
    check(rec->n > 0 && rec->state != NBT_NBSTATE_GONE);
    check(rec->kind != NBT_NBKIND_UNIQUE || rec->n == 1);
    const nbt_nbaddr *a = nbt_nbdb_addrs_const(rec);
    for (unsigned i = 0; i < rec->n; i++)
        for (unsigned k = 0; k < i; k++)
            check(a[i].ip != a[k].ip);
    bool group = rec->kind == NBT_NBKIND_GROUP || rec->kind == NBT_NBKIND_INTERNET;
    for (unsigned i = 0; i < rec->n; i++)
        check(((a[i].nb_flags & NBT_NB_G) != 0) == group);
}

static void check_packet(story *t, const nbt_act *act)
{
    nbt_rd r;
    nbt_ns m;
    nbt_bytes data = nbt_out_data(&t->out, act);
    nbt_rd_init(&r, data.p, data.n);
    nbt_ns_rd(&r, &m);
    check(!r.err && data.n <= NBT_NS_UDP_MAX);
    if (!(m.word & NBT_NS_R)) {
        t->question = m.trn_id;
        check(act->to.port == NBT_PORT_NS);
    } else if (nbt_ep_eq(act->to, t->asker) && act->to.ip >> 24 == 0xC0) {
        check(data.n <= 62 || data.n <= t->asked * 2);
    }
}

static void check_all(story *t)
{
    uint32_t at = 0;
    check(!t->out.failed);
    for (size_t i = 0; i < t->out.n; i++)
        if (t->out.acts[i].kind == NBT_ACT_SEND)
            check_packet(t, &t->out.acts[i]);
    nbt_out_clear(&t->out);
    for (const nbt_nbrec *rec; (rec = nbt_nbns_each(t->s, &at, NULL));)
        check_record(t, rec);
    check(nbt_nbns_pending(t->s) <= 8 && nbt_nbns_names(t->s) <= 20);
    while (nbt_nbns_changed(t->s))
        ;
}

static void hear(story *t, unsigned who, const uint8_t *p, size_t n)
{
    t->asker = host(who);
    t->asked = n;
    nbt_nbns_rx(t->s, t->now, 0, t->asker, (nbt_ep){ 0x0A000001, 137 }, (nbt_bytes){ p, n },
                &t->out);
}

/* Eight names: two with a scope, some with a suffix of their own. */
static void pick_name(unsigned n, nbt_name *name)
{
    static const uint8_t suffix[] = { 0x20, 0x00, 0x1C, 0x1D, 0x1B, 0x1E, 0x20, 0x00 };
    memset(name, 0, sizeof *name);
    name->form = NBT_NAME_NETBIOS;
    memset(name->b, ' ', sizeof name->b);
    name->b[0] = 'A';
    name->b[15] = suffix[n & 7];
    if ((n & 7) >= 6) {
        name->scope.len = 2;
        memcpy(name->scope.b, "\1S", 2);
    }
}

/* A request or an answer that is well formed. */
static void hear_good(story *t, unsigned who)
{
    static const uint16_t words[] = {
        0x2900, 0x7900, 0x2800, 0x4000, 0x3000, 0x0100, 0x8500, 0x8503
    };
    uint8_t b[300];
    unsigned what = nbt_rd_u8(&t->r, "what"), whose = nbt_rd_u8(&t->r, "whose");
    unsigned pick = what & 7;
    nbt_ns m = { .trn_id = pick >= 6 ? t->question : (uint16_t)(whose >> 5) };
    nbt_addr addr = { (uint16_t)(what & 0x80 ? NBT_NB_G : 0), host(whose).ip };
    uint8_t rdata[NBT_ADDR_LEN];
    nbt_wr w;
    nbt_wr_init(&w, rdata, sizeof rdata);
    nbt_addr_wr(&w, addr);
    m.word = words[pick];
    pick_name(what >> 3, &m.q.name);
    m.q.type = NBT_RR_NB;
    m.q.cls = NBT_CLASS_IN;
    m.rr[0] = (nbt_rr){ m.q.name, NBT_RR_NB, NBT_CLASS_IN, whose * 100U, { rdata, w.at } };
    m.qdcount = pick < 6;
    m.arcount = pick < 5;
    m.ancount = pick >= 6;
    m.nrr = (uint8_t)(m.arcount + m.ancount);
    nbt_wr_init(&w, b, sizeof b);
    nbt_ns_wr(&w, &m);
    check(!w.err);
    hear(t, who, b, w.at);
}

static void hear_any(story *t, unsigned who)
{
    size_t n = nbt_rd_u8(&t->r, "length");
    n = n < nbt_rd_left(&t->r) ? n : nbt_rd_left(&t->r);
    nbt_bytes bytes = nbt_rd_bytes(&t->r, n, "packet");
    hear(t, who, bytes.p, bytes.n);
}

static void stream(story *t, unsigned who)
{
    nbt_tcp_ev ev = { .kind = (nbt_tcp_kind)(who % (NBT_TCP_RESET + 1)), .conn = who >> 4 | 1 };
    size_t n = nbt_rd_u8(&t->r, "length");
    n = n < nbt_rd_left(&t->r) ? n : nbt_rd_left(&t->r);
    ev.peer = host(who);
    ev.local = (nbt_ep){ 0x0A000001, 137 };
    ev.data = nbt_rd_bytes(&t->r, n, "stream");
    ev.sent = n;
    nbt_nbns_tcp(t->s, t->now, &ev, &t->out);
}

static void command(story *t, unsigned what)
{
    nbt_nbns_cmd cmd = { .verb = (nbt_nbns_verb)(what % 5), .kind = (nbt_nbkind)(what >> 2 & 3) };
    cmd.expires = 1000000 + (what & 0xF0) * 100U;
    pick_name(what >> 4, &cmd.name);
    cmd.ip = host(what >> 3).ip;
    nbt_nbns_do(t->s, t->now, &cmd, &t->out);
}

static void pass(story *t, unsigned how)
{
    nbt_time most = how & 1 ? NBT_S(10) : NBT_S(4000) * (how >> 1);
    nbt_time due = nbt_nbns_due(t->s), then = t->now + most;
    t->now = due > t->now && due < then ? due : then;
    nbt_nbns_tick(t->s, t->now, &t->out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const nbt_nbns_lana lana = { 0, 0x0A000001, 0xFFFFFF00, 0x0A0000FF };
    story t = { .now = 0 };
    nbt_rd_init(&t.r, data, size);
    unsigned how = nbt_rd_u8(&t.r, "profile");
    nbt_nbns_profile profile = *nbt_nbns_profile_at(how % 3);
    profile.secured = how & 64 ? false : profile.secured;
    nbt_nbns_cfg cfg = { .mem = { NULL, resize },
                         .seed = how,
                         .profile = &profile,
                         .lanas = &lana,
                         .nlanas = 1,
                         .wall = NBT_S(1000000),
                         .max_names = 20,
                         .max_pending = 8,
                         .max_conns = 3,
                         .redirect_to = how & 128 ? 0x0A000002 : 0,
                         .journal = (how & 32) != 0 };
    nbt_out_init(&t.out, cfg.mem);
    t.s = nbt_nbns_new(&cfg, 0);
    check(t.s != NULL);
    while (nbt_rd_left(&t.r) >= 2) {
        unsigned what = nbt_rd_u8(&t.r, "what"), arg = nbt_rd_u8(&t.r, "arg");
        switch (what % 6) {
        case 0:
        case 1:
            hear_good(&t, arg);
            break;
        case 2:
            hear_any(&t, arg);
            break;
        case 3:
            stream(&t, arg);
            break;
        case 4:
            command(&t, arg);
            break;
        case 5:
            pass(&t, arg);
            break;
        }
        check_all(&t);
    }
    nbt_nbns_free(t.s);
    nbt_out_fini(&t.out);
    return 0;
}
