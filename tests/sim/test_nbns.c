/*
 * A name server among hosts that claim, refresh, release, defend, lie and fall silent, at random:
 * what it has acknowledged is always there, a unique name has one owner, no name is both unique and
 * a group. Each seed is a world of its own; NBT_SEEDS=N runs seed N alone.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "tests/support/nbserver.h"

enum { HOSTS = 5, NAMES = 4, STEPS = 400 };

/* A request that is under way, and what became of it. */
typedef struct request {
    unsigned word, name;
    uint32_t ip; /* claimed, or released */
    unsigned host;
    bool group, ended;
} request;

/* What the server has promised about a name. */
typedef struct promise {
    bool group;
    struct {
        bool there;
        uint64_t ends; /* second */
    } of[HOSTS];
    bool defended; /* the last question about it was answered with yes */
} promise;

typedef struct world {
    nbserver n;
    nbt_rng rng;
    uint64_t seed;
    request requests[1 + STEPS * 2];
    uint16_t nrequests;
    promise names[NAMES];
    uint8_t believes[HOSTS][NAMES]; /* the host thinks that it has the name */
} world;

static const char *const names[NAMES] = { "FRED<20>", "WILMA<20>", "LAB<00>", "LAB<1C>.SCOPE" };

static world *running;

static uint64_t sec(const world *w)
{
    return NBSERVER_WALL + (uint64_t)(w->n.now / NBT_S(1));
}

static uint32_t ip_of_host(unsigned host)
{
    return 0x0A000064 + host;
}

static unsigned host_of_ip(uint32_t ip)
{
    assert_in_range(ip, 0x0A000064, 0x0A000064 + HOSTS - 1);
    return ip - 0x0A000064;
}

static unsigned name_number(const nbt_name *name)
{
    for (unsigned i = 0; i < NAMES; i++) {
        nbt_name other = name_of(names[i]);
        if (nbt_name_eq(name, &other))
            return i;
    }
    fail_msg("a name that nobody has claimed");
    return 0;
}

static void forget_what_is_over(world *w)
{
    for (unsigned i = 0; i < NAMES; i++)
        for (unsigned h = 0; h < HOSTS; h++)
            if (w->names[i].of[h].ends <= sec(w))
                w->names[i].of[h].there = false;
}

static unsigned holders(const promise *p)
{
    unsigned n = 0;
    for (unsigned h = 0; h < HOSTS; h++)
        n += p->of[h].there;
    return n;
}

/* --- what the server says -------------------------------------------------------------------- */

static void send(world *w, unsigned host, const packet *p)
{
    char from[20];
    snprintf(from, sizeof from, "10.0.0.%u", 100 + host);
    nbserver_hear_bytes(&w->n, from, "10.0.0.1", p->b, p->n);
}

static void granted(world *w, request *q, uint32_t ttl)
{
    promise *p = &w->names[q->name];
    unsigned who = host_of_ip(q->ip);
    forget_what_is_over(w);
    if (holders(p) > 0 && (!p->group || !q->group) && !p->of[who].there) {
        /* It was somebody else's: he must have had his say. A group is never taken away. */
        assert_false(p->group);
        assert_false(p->defended);
    }
    if (!q->group || !p->group || holders(p) == 0)
        memset(p, 0, sizeof *p);
    p->group = q->group;
    p->of[who].there = true;
    p->of[who].ends = sec(w) + (uint64_t)ttl * w->n.profile.expire_factor;
    w->believes[q->host][q->name] = 1;
}

static void released(world *w, request *q)
{
    promise *p = &w->names[q->name];
    unsigned who = host_of_ip(q->ip);
    if (p->group == q->group && p->of[who].there && p->of[q->host].there)
        p->of[who].there = false;
}

static void answered(world *w, unsigned host, const nbt_ns *m)
{
    assert_in_range(m->trn_id, 1, w->nrequests);
    request *q = &w->requests[m->trn_id];
    unsigned rcode = nbt_ns_rcode(m);
    assert_int_equal(q->host, host);
    if (nbt_ns_opcode(m) == NBT_OPCODE_WACK)
        return;
    if (nbt_ns_kind_of(m) == NBT_NS_CHALLENGE)
        assert_false(w->n.profile.secured);
    else if (rcode == 0 && nbt_ns_opcode(m) == NBT_OPCODE_REGISTRATION)
        granted(w, q, m->rr[0].ttl);
    else if (rcode == 0 && nbt_ns_opcode(m) == NBT_OPCODE_RELEASE)
        released(w, q);
    q->ended = true;
}

/* A holder is asked: he tells what he believes, or nothing. */
static void asked(world *w, unsigned host, const nbt_ns *m)
{
    unsigned name = name_number(&m->q.name);
    promise *p = &w->names[name];
    char ip[20];
    packet answer;
    p->defended = false;
    if (nbt_rng_below(&w->rng, 3) == 0)
        return; /* lost, or dead */
    snprintf(ip, sizeof ip, "10.0.0.%u", 100 + host);
    if (w->believes[host][name]) {
        answer = build_address_answer(m->trn_id, 0x8500, names[name], 0, 0, ip);
        p->defended = true;
    } else {
        answer = build_answer(m->trn_id, 0x8503, names[name], NBT_RR_NULL, 0, NULL, 0);
    }
    send(w, host, &answer);
}

/* All that the server has sent is received, and what it leads to. */
static void deliver(world *w)
{
    nbt_out *out = &w->n.out;
    for (size_t i = 0; i < out->n; i++) { /* it grows meanwhile */
        nbt_act act = out->acts[i];
        uint8_t b[NBT_NS_UDP_MAX];
        nbt_ns m;
        nbt_rd r;
        if (act.kind != NBT_ACT_SEND)
            continue;
        nbt_bytes data = nbt_out_data(out, &act);
        assert_in_range(data.n, 12, sizeof b);
        memcpy(b, data.p, data.n);
        nbt_rd_init(&r, b, data.n);
        nbt_ns_rd(&r, &m);
        assert_rd_end(&r);
        unsigned host = host_of_ip(act.to.ip);
        if (m.word & NBT_NS_R)
            answered(w, host, &m);
        else
            asked(w, host, &m);
    }
    nbt_out_clear(out);
}

/* --- what the hosts do ------------------------------------------------------------------------ */

static void request_name(world *w)
{
    static const unsigned words[] = { 0x2900, 0x2900, 0x2900, 0x7900, 0x2800,
                                      0x4000, 0x4800, 0x3000, 0x3000 };
    request *q = &w->requests[++w->nrequests];
    char ip[20];
    q->word = words[nbt_rng_below(&w->rng, LENGTH_OF(words))];
    q->name = nbt_rng_below(&w->rng, NAMES);
    q->host = nbt_rng_below(&w->rng, HOSTS);
    q->group = nbt_rng_below(&w->rng, 8) == 0 ? q->name < 2 : q->name >= 2;
    unsigned whose = nbt_rng_below(&w->rng, 10) == 0 ? nbt_rng_below(&w->rng, HOSTS) : q->host;
    q->ip = ip_of_host(whose);
    snprintf(ip, sizeof ip, "10.0.0.%u", 100 + whose);
    uint32_t ttl = 300 + nbt_rng_below(&w->rng, 1000);
    packet p = build_request(w->nrequests, q->word, names[q->name], ttl, q->group ? 0x8000 : 0, ip);
    if (q->word == 0x3000)
        w->believes[q->host][q->name] = 0;
    send(w, q->host, &p);
    if (nbt_rng_below(&w->rng, 5) == 0)
        send(w, q->host, &p); /* doubled on the way */
    deliver(w);
}

static void pass(world *w)
{
    static const unsigned most[] = { 10, 1000, 6000, 700000 };
    uint64_t now = (uint64_t)(w->n.now / NBT_MS(1));
    uint64_t then = now + nbt_rng_below(&w->rng, most[nbt_rng_below(&w->rng, LENGTH_OF(most))]);
    while (nbt_nbns_due(w->n.s) <= NBT_MS((nbt_time)then)) {
        nbt_time due = nbt_nbns_due(w->n.s);
        w->n.now = due > w->n.now ? due : w->n.now;
        nbt_nbns_tick(w->n.s, w->n.now, &w->n.out);
        deliver(w);
    }
    w->n.now = NBT_MS((nbt_time)then);
}

/* --- what must hold ----------------------------------------------------------------------------
 */

static void check_name(world *w, unsigned name)
{
    const promise *p = &w->names[name];
    packet ask = build_question(0, 0x0100, names[name], NBT_RR_NB);
    nbt_ns m;
    nbt_rd r;
    nbserver_hear_bytes(&w->n, "10.0.0.100", "10.0.0.1", ask.b, ask.n);
    assert_int_equal(w->n.out.n, 1);
    nbt_bytes data = nbt_out_data(&w->n.out, &w->n.out.acts[0]);
    nbt_rd_init(&r, data.p, data.n);
    nbt_ns_rd(&r, &m);
    assert_rd_end(&r);
    size_t listed = nbt_ns_rcode(&m) ? 0 : nbt_addr_count(&m.rr[0]);
    assert_int_equal(listed, holders(p));
    if (!p->group)
        assert_in_range(listed, 0, 1);
    for (size_t i = 0; i < listed; i++) {
        nbt_addr a = nbt_addr_get(&m.rr[0], i);
        assert_true(p->of[host_of_ip(a.ip)].there);
        assert_int_equal((a.nb_flags & NBT_NB_G) != 0, p->group);
    }
    nbt_out_clear(&w->n.out);
}

static void check_world(world *w)
{
    forget_what_is_over(w);
    for (unsigned i = 0; i < NAMES; i++)
        check_name(w, i);
}

/* Whoever asked has had his answer, sooner or later, but for those who found no room to wait. */
static void check_answers(const world *w)
{
    size_t unanswered = 0;
    for (unsigned i = 1; i <= w->nrequests; i++)
        unanswered += !w->requests[i].ended;
    assert_true(unanswered <= nbt_nbns_counts(w->n.s)->dropped);
    assert_int_equal(nbt_nbns_pending(w->n.s), 0);
}

static void run(uint64_t seed, bool secured)
{
    world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    running = w;
    w->seed = seed;
    w->rng = (nbt_rng){ seed };
    nbserver_init(&w->n, "rfc");
    w->n.cfg.seed = nbt_rng_u64(&w->rng);
    w->n.profile.secured = secured;
    nbserver_start(&w->n);
    for (unsigned i = 0; i < STEPS; i++) {
        request_name(w);
        if (nbt_rng_below(&w->rng, 2) == 0)
            pass(w);
        check_world(w);
        while (nbt_nbns_changed(w->n.s))
            ;
    }
    pass(w);
    for (unsigned i = 0; i < 60; i++)
        pass(w);
    check_world(w);
    check_answers(w);
    nbserver_fini(&w->n);
    running = NULL;
    free(w);
}

static void each_seed(bool secured)
{
    const char *only = getenv("NBT_SEEDS");
    if (only) {
        run(strtoull(only, NULL, 10), secured);
        return;
    }
    for (uint64_t seed = 1; seed <= 60; seed++)
        run(seed, secured);
}

static int name_seed(void **state)
{
    (void)state;
    if (running)
        print_error("NBT_SEEDS=%llu\n", (unsigned long long)running->seed);
    running = NULL;
    return 0;
}

static void a_secured_server_keeps_its_word(void **state)
{
    (void)state;
    each_seed(true);
}

static void a_non_secured_server_keeps_its_word(void **state)
{
    (void)state;
    each_seed(false);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST_WITH("", a_secured_server_keeps_its_word, NULL, name_seed),
    NBT_TEST_WITH("", a_non_secured_server_keeps_its_word, NULL, name_seed),
};

NBT_MAIN("nbns", tests)
