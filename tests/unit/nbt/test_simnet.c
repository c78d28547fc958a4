/*
 * The simulated network with simple things on it: what reaches whom and when, what is kept for
 * others, and that a seed says all.
 *
 * A thing writes down what it is told, as text that the tests compare: "b1 10.0.0.1 hello" is the
 * thing b hearing hello from that address on its adapter 1.
 */
#include "nbt/simnet.h"
#include "tests/support/mem.h"
#include "tests/support/test.h"

#include <stdio.h>

enum { THINGS = 4 };

typedef struct thing {
    struct world *w;
    uint32_t id; /* in the network */
    char name;
    nbt_time due, again; /* when it wants to be called; how much later the next time, 0: never */
    bool answers;        /* to what begins with a question mark, with "yes" */
} thing;

typedef struct world {
    test_mem mem;
    nbt_simnet *net;
    uint32_t segment, adapter[THINGS];
    thing thing[THINGS];
    char log[2000];
    size_t at;
} world;

static void put(world *w, const char *text)
{
    int n = snprintf(w->log + w->at, sizeof w->log - w->at, "%s", text);
    w->at += (size_t)n;
    assert_true(w->at < sizeof w->log);
}

static void put_thing(thing *t, const char *text, size_t n, const char *more)
{
    char line[200];
    (void)snprintf(line, sizeof line, "%c%s%.*s; ", t->name, more, (int)n, text);
    put(t->w, line);
}

static void send_text(nbt_out *out, nbt_ep from, nbt_ep to, const char *text)
{
    nbt_act *act = nbt_out_add(out, NBT_ACT_SEND, text, strlen(text));
    act->from = from;
    act->to = to;
}

static void thing_rx(void *self, nbt_time now, uint8_t lana, nbt_ep from, nbt_ep to, nbt_bytes data,
                     nbt_out *out)
{
    (void)now;
    thing *t = self;
    char head[60];
    (void)snprintf(head, sizeof head, "%u %u.%u.%u.%u ", lana, from.ip >> 24, from.ip >> 16 & 255,
                   from.ip >> 8 & 255, from.ip & 255);
    put_thing(t, (const char *)data.p, data.n, head);
    if (t->answers && data.n > 0 && data.p[0] == '?')
        send_text(out, to, from, "yes");
}

static void thing_tcp(void *self, nbt_time now, const nbt_tcp_ev *ev, nbt_out *out)
{
    (void)now, (void)out;
    put_thing(self, (const char *)ev->data.p, ev->data.n, ev->kind == NBT_TCP_DATA ? " tcp " : "+");
}

static void thing_tick(void *self, nbt_time now, nbt_out *out)
{
    thing *t = self;
    (void)out;
    assert_int_equal(now, t->due);
    char text[40];
    int n = snprintf(text, sizeof text, "%lld", (long long)now);
    put_thing(t, text, (size_t)n, " at ");
    t->due = t->again ? now + t->again : NBT_NEVER;
}

static nbt_time thing_due(const void *self)
{
    return ((const thing *)self)->due;
}

/* A driver that is done at once, with the text that came along. */
static void driver_submit(void *self, nbt_time now, uint32_t proc, uint32_t tag, const nbt_ncb *ncb,
                          nbt_bytes data, nbt_out *out)
{
    (void)now;
    put_thing(self, (const char *)data.p, data.n, " submit ");
    nbt_act *act = nbt_out_add(out, NBT_ACT_DONE, data.p, data.n);
    act->proc = proc;
    act->tag = tag;
    act->ncb = *ncb;
    act->ncb.retcode = NBT_NRC_NOCALL;
}

static void program_ncb(void *self, nbt_time now, nbt_ipc_kind kind, uint32_t tag,
                        const nbt_ncb *ncb, nbt_bytes data, nbt_out *out)
{
    (void)now, (void)out;
    assert_int_equal(kind, NBT_IPC_DONE);
    assert_int_equal(tag, 77);
    assert_int_equal(ncb->retcode, NBT_NRC_NOCALL);
    put_thing(self, (const char *)data.p, data.n, " done ");
}

static const nbt_simnet_ops thing_ops = {
    .rx = thing_rx, .tcp = thing_tcp, .tick = thing_tick, .due = thing_due
};
static const nbt_simnet_ops driver_ops = { .rx = thing_rx, .submit = driver_submit };
static const nbt_simnet_ops program_ops = { .ncb = program_ncb };

static const nbt_simlink quiet = { .delay = NBT_MS(1) };

static nbt_ep ep(uint32_t last)
{
    return (nbt_ep){ 0x0A000000 + last, NBT_PORT_NS };
}

/* Things a, b, c, d: 10.0.0.1 and so on, on one segment, each on a host of its own. False when
   there is no memory for it. */
static bool build(world *w, const nbt_simlink *link)
{
    w->segment = nbt_simnet_segment(w->net, link);
    if (!w->segment)
        return false;
    for (uint32_t i = 0; i < THINGS; i++) {
        thing *t = &w->thing[i];
        *t = (thing){ .w = w, .name = (char)('a' + i), .due = NBT_NEVER };
        uint32_t host = nbt_simnet_host(w->net);
        nbt_lana_cfg cfg = { .lana = 1, .ip = ep(i + 1).ip, .broadcast = ep(255).ip };
        w->adapter[i] = host ? nbt_simnet_adapter(w->net, host, w->segment, &cfg) : 0;
        t->id = w->adapter[i] ? nbt_simnet_attach(w->net, host, 0, &thing_ops, t) : 0;
        if (!t->id)
            return false;
    }
    return true;
}

static void set_up(world *w, const nbt_simlink *link, nbt_simnet_cfg cfg)
{
    memset(w, 0, sizeof *w);
    cfg.mem = test_mem_of(&w->mem);
    w->net = nbt_simnet_new(&cfg);
    assert_non_null(w->net);
    assert_true(build(w, link));
}

static void tear_down(world *w)
{
    nbt_simnet_free(w->net);
    assert_int_equal(w->mem.blocks, 0);
}

static void says(world *w, uint32_t from, uint32_t to, const char *text)
{
    send_text(nbt_simnet_begin(w->net), ep(from), ep(to), text);
    nbt_simnet_end(w->net, w->thing[from - 1].id);
}

static void expect(world *w, nbt_time until, const char *log)
{
    nbt_simnet_run(w->net, until);
    assert_int_equal(nbt_simnet_now(w->net), until);
    assert_string_equal(w->log, log);
    w->at = 0;
    w->log[0] = 0;
}

/* --- the tests ---------------------------------------------------------------------------- */

static void datagrams(void **state)
{
    (void)state;
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ 0 });
    w.thing[1].answers = true;
    says(&w, 1, 2, "hello");
    expect(&w, NBT_MS(1) - 1, "");
    expect(&w, NBT_MS(1), "b1 10.0.0.1 hello; ");
    says(&w, 1, 2, "? ");
    expect(&w, NBT_MS(5), "b1 10.0.0.1 ? ; a1 10.0.0.2 yes; ");
    says(&w, 1, 9, "nobody");
    says(&w, 1, 2, ""); /* an empty packet is a packet */
    says(&w, 3, 3, "to myself");
    expect(&w, NBT_MS(9), "c1 10.0.0.3 to myself; b1 10.0.0.1 ; ");
    tear_down(&w);
}

static void broadcasts(void **state)
{
    (void)state;
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ 0 });
    says(&w, 3, 255, "x"); /* its own broadcast comes back to it, at once */
    expect(&w, 0, "c1 10.0.0.3 x; ");
    expect(&w, NBT_S(1), "a1 10.0.0.3 x; b1 10.0.0.3 x; d1 10.0.0.3 x; ");
    tear_down(&w);

    set_up(&w, &quiet, (nbt_simnet_cfg){ .no_echo = true });
    says(&w, 3, 255, "x");
    expect(&w, NBT_S(1), "a1 10.0.0.3 x; b1 10.0.0.3 x; d1 10.0.0.3 x; ");
    nbt_simnet_side(w.net, w.adapter[0], 1);
    nbt_simnet_side(w.net, w.adapter[2], 1);
    says(&w, 3, 255, "x");
    says(&w, 2, 255, "y");
    says(&w, 2, 1, "z");
    expect(&w, NBT_S(2), "a1 10.0.0.3 x; d1 10.0.0.2 y; ");
    nbt_simnet_side(w.net, w.adapter[0], 0);
    says(&w, 2, 1, "healed");
    expect(&w, NBT_S(3), "a1 10.0.0.2 healed; ");
    tear_down(&w);
}

/* A host with two adapters on one segment hears itself twice: by its socket, and by the other. */
static void two_adapters(void **state)
{
    (void)state;
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ .frames = true });
    uint32_t host = nbt_simnet_host(w.net);
    for (uint8_t lana = 0; lana < 2; lana++) {
        nbt_lana_cfg cfg = { .lana = lana, .ip = ep(20u + lana).ip, .broadcast = ep(255).ip };
        assert_int_not_equal(nbt_simnet_adapter(w.net, host, w.segment, &cfg), 0);
    }
    thing e = { .w = &w, .name = 'e', .due = NBT_NEVER };
    e.id = nbt_simnet_attach(w.net, host, 0, &thing_ops, &e);
    send_text(nbt_simnet_begin(w.net), ep(21), ep(255), "x");
    nbt_simnet_end(w.net, e.id);
    expect(&w, 0, "e0 10.0.0.21 x; e1 10.0.0.21 x; ");
    assert_int_equal(nbt_simnet_frame(w.net)->copies, 5);
    send_text(nbt_simnet_begin(w.net), ep(20), ep(21), "y");
    nbt_simnet_end(w.net, e.id);
    expect(&w, 0, "e1 10.0.0.20 y; ");
    assert_int_equal(nbt_simnet_frame(w.net)->to.ip, ep(21).ip); /* over the wire they share */
    send_text(nbt_simnet_begin(w.net), (nbt_ep){ 0, 5000 }, ep(1), "z"); /* as by any address */
    nbt_simnet_end(w.net, e.id);
    const nbt_simframe *left = nbt_simnet_frame(w.net);
    assert_true(left->from.ip == ep(20).ip || left->from.ip == ep(21).ip);
    assert_int_equal(left->from.port, 5000);
    tear_down(&w);
}

/* With its adapters on two segments it passes that on inside. */
static void two_segments(void **state)
{
    (void)state;
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ .frames = true });
    uint32_t host = nbt_simnet_host(w.net), other = nbt_simnet_segment(w.net, &quiet);
    for (uint8_t lana = 0; lana < 2; lana++) {
        nbt_lana_cfg cfg = { .lana = lana, .ip = ep(20u + lana).ip, .broadcast = ep(255).ip };
        uint32_t segment = lana ? other : w.segment;
        assert_int_not_equal(nbt_simnet_adapter(w.net, host, segment, &cfg), 0);
    }
    thing e = { .w = &w, .name = 'e', .due = NBT_NEVER };
    e.id = nbt_simnet_attach(w.net, host, 0, &thing_ops, &e);
    send_text(nbt_simnet_begin(w.net), ep(20), ep(21), "y");
    nbt_simnet_end(w.net, e.id);
    expect(&w, 0, "e1 10.0.0.20 y; ");
    assert_null(nbt_simnet_frame(w.net)); /* what stays inside a host is not seen */
    tear_down(&w);
}

static void called_when_due(void **state)
{
    (void)state;
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ 0 });
    w.thing[0].due = 5000;
    w.thing[0].again = 2500;
    says(&w, 2, 1, "wake"); /* it was asked for its time only after this call */
    says(&w, 2, 3, "wake");
    w.thing[2].due = 9000;
    expect(&w, NBT_MS(4), "a1 10.0.0.2 wake; c1 10.0.0.2 wake; ");
    w.thing[2].due = 6000; /* sooner than it had said */
    says(&w, 2, 3, "!");
    expect(&w, NBT_MS(7), "a at 5000; c1 10.0.0.2 !; c at 6000; ");
    w.thing[0].due = 12000; /* later than it had said: it is not called in between */
    says(&w, 2, 1, "!");
    expect(&w, NBT_MS(16), "a1 10.0.0.2 !; a at 12000; a at 14500; ");
    tear_down(&w);
}

/* Steps until a time; what is said meanwhile is forgotten. */
static unsigned steps_until(world *w, nbt_time until)
{
    unsigned steps = 0;
    for (; nbt_simnet_due(w->net) <= until; steps++) {
        nbt_simnet_step(w->net);
        w->log[w->at = 0] = 0;
    }
    nbt_simnet_run(w->net, until);
    return steps;
}

/* However often a thing changes its mind, nothing is left of it but the time that counts. */
static void wishes_do_not_pile_up(void **state)
{
    (void)state;
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ 0 });
    unsigned steps = 0;
    for (unsigned i = 0; i < 200; i++) { /* ever later, as a keep-alive does */
        w.thing[0].due = nbt_simnet_now(w.net) + NBT_S(1);
        says(&w, 2, 1, "");
        steps += steps_until(&w, nbt_simnet_now(w.net) + NBT_MS(2));
    }
    assert_int_equal(steps, 200);
    assert_in_range(steps_until(&w, NBT_S(10)), 1, 3);

    for (unsigned i = 0; i < 200; i++) { /* now sooner, now later */
        w.thing[0].due = NBT_S(11) - 1000 * (i % 2) - i;
        says(&w, 2, 1, "");
        (void)steps_until(&w, nbt_simnet_now(w.net) + NBT_MS(2));
    }
    w.thing[0].again = NBT_MS(1);
    (void)steps_until(&w, NBT_S(12));
    assert_int_equal(steps_until(&w, NBT_S(12) + NBT_MS(300)), 300);
    tear_down(&w);
}

static void programs_and_their_driver(void **state)
{
    (void)state;
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ 0 });
    uint32_t host = nbt_simnet_host(w.net), lonely = nbt_simnet_host(w.net);
    thing e = { .w = &w, .name = 'e' }, f = { .w = &w, .name = 'f' }, g = { .w = &w, .name = 'g' };
    uint32_t driver = nbt_simnet_attach(w.net, host, 0, &driver_ops, &e);
    f.id = nbt_simnet_attach(w.net, host, 6, &program_ops, &f);
    (void)nbt_simnet_attach(w.net, host, 0, &program_ops, &g); /* none that the driver knows */
    g.id = nbt_simnet_attach(w.net, lonely, 7, &program_ops, &g);

    nbt_act *act = nbt_out_add(nbt_simnet_begin(w.net), NBT_ACT_NCB, "one", 3);
    act->tag = 77;
    nbt_simnet_end(w.net, f.id);
    act = nbt_out_add(nbt_simnet_begin(w.net), NBT_ACT_NCB, "two", 3);
    nbt_simnet_end(w.net, g.id); /* no driver on its host */
    assert_string_equal(w.log, "");
    expect(&w, 0, "e submit one; f done one; ");
    assert_null(nbt_simnet_next(w.net));

    for (uint32_t proc = 0; proc <= 8; proc += 8) { /* programs that are no objects: pulled */
        nbt_ncb ncb = { .command = NBT_NCB_CALL };
        driver_submit(&e, 0, proc, 3, &ncb, (nbt_bytes){ (const uint8_t *)"x", 1 },
                      nbt_simnet_begin(w.net));
        nbt_simnet_end(w.net, driver);
        const nbt_simnet_effect *effect = nbt_simnet_next(w.net);
        assert_non_null(effect);
        assert_int_equal(effect->obj, driver);
        assert_int_equal(effect->act.kind, NBT_ACT_DONE);
        assert_int_equal(effect->act.proc, proc);
        assert_int_equal(effect->act.ncb.command, NBT_NCB_CALL);
        assert_hex(effect->data.p, effect->data.n, "78");
    }
    assert_null(nbt_simnet_next(w.net));
    tear_down(&w);
}

static void effects_are_kept(void **state)
{
    (void)state;
    for (unsigned traces = 0; traces < 2; traces++) {
        world w;
        set_up(&w, &quiet, (nbt_simnet_cfg){ .traces = traces });
        nbt_simnet_run(w.net, 5);
        nbt_out *out = nbt_simnet_begin(w.net);
        nbt_out_add(out, NBT_ACT_TRACE, NULL, 0)->trace.what = "name";
        nbt_out_add(out, NBT_ACT_APP, "abc", 3)->app = 12;
        nbt_simnet_end(w.net, w.thing[1].id);
        const nbt_simnet_effect *effect = nbt_simnet_next(w.net);
        if (traces) {
            assert_int_equal(effect->act.kind, NBT_ACT_TRACE);
            assert_string_equal(effect->act.trace.what, "name");
            effect = nbt_simnet_next(w.net);
        }
        assert_int_equal(effect->act.kind, NBT_ACT_APP);
        assert_int_equal(effect->at, 5);
        assert_int_equal(effect->obj, w.thing[1].id);
        assert_int_equal(effect->act.app, 12);
        assert_hex(effect->data.p, effect->data.n, "616263");
        assert_null(nbt_simnet_next(w.net));
        tear_down(&w);
    }
}

static void streams(void **state)
{
    (void)state;
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ .frames = true });
    nbt_simnet_listen(w.net, w.thing[1].id, (nbt_ep){ 0, NBT_PORT_SSN });
    nbt_out *out = nbt_simnet_begin(w.net);
    nbt_act *act = nbt_out_add(out, NBT_ACT_TCP_OPEN, NULL, 0);
    act->conn = 2;
    act->to = (nbt_ep){ ep(2).ip, NBT_PORT_SSN };
    nbt_out_add(out, NBT_ACT_TCP_SEND, "hello", 5)->conn = 2;
    nbt_out_add(out, NBT_ACT_TCP_CLOSE, NULL, 0)->conn = 2;
    nbt_simnet_end(w.net, w.thing[0].id);
    /* accepted, opened, sent, data, EOF */
    expect(&w, NBT_S(1), "b+; a+; a+; b tcp hello; b+; ");
    static const nbt_simframe_kind kinds[] = { NBT_SIMFRAME_SYN, NBT_SIMFRAME_SYN_ACK,
                                               NBT_SIMFRAME_DATA, NBT_SIMFRAME_FIN };
    static const uint64_t seq[] = { 0, 0, 0, 5 };
    for (size_t i = 0; i < LENGTH_OF(kinds); i++) {
        const nbt_simframe *f = nbt_simnet_frame(w.net);
        assert_non_null(f);
        assert_int_equal(f->kind, kinds[i]);
        assert_int_equal(f->seq, seq[i]);
        assert_int_equal(f->copies, 1);
        assert_int_equal(f->data.n, i == 2 ? 5 : 0);
        const nbt_ep *called = i == 1 ? &f->from : &f->to;
        assert_true(nbt_ep_eq(*called, (nbt_ep){ ep(2).ip, NBT_PORT_SSN }));
    }
    assert_null(nbt_simnet_frame(w.net));
    tear_down(&w);
}

/* FNV-1a of everything that was seen and heard in a disturbed network. */
static uint64_t hash_of_run(uint64_t seed)
{
    world w;
    const nbt_simlink link = { .delay = 500,
                               .jitter = 3000,
                               .loss = 100000,
                               .duplicate = 100000,
                               .reorder = 100000,
                               .late = 4000 };
    set_up(&w, &link, (nbt_simnet_cfg){ .seed = seed, .frames = true });
    uint64_t hash = UINT64_C(0xCBF29CE484222325);
    for (unsigned i = 0; i < 40; i++) {
        w.thing[i % THINGS].answers = true;
        says(&w, 1 + i % THINGS, i % 3 ? 255 : 1 + (i + 1) % THINGS, i % 2 ? "?" : "x");
        nbt_simnet_run(w.net, nbt_simnet_now(w.net) + 700);
        for (const char *c = w.log; *c; c++)
            hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001B3);
        w.log[w.at = 0] = 0;
    }
    nbt_simnet_run(w.net, NBT_S(1));
    for (const nbt_simframe *f = nbt_simnet_frame(w.net); f; f = nbt_simnet_frame(w.net))
        hash = (hash ^ (uint64_t)f->at ^ f->copies) * UINT64_C(0x100000001B3);
    assert_true(nbt_simnet_stats(w.net)->lost > 0 && nbt_simnet_stats(w.net)->doubled > 0);
    assert_false(nbt_simnet_failed(w.net));
    tear_down(&w);
    return hash;
}

static void a_seed_says_all(void **state)
{
    (void)state;
    uint64_t last = 0;
    for (uint64_t seed = test_seed(), end = seed + 50; seed < end; seed++) {
        uint64_t hash = hash_of_run(seed);
        assert_true(hash == hash_of_run(seed));
        assert_true(hash != last);
        last = hash;
    }
}

/* Memory ends at every point in turn. */
static void without_memory(void **state)
{
    (void)state;
    bool failed = true;
    for (size_t nth = 1; failed; nth++) {
        world w;
        memset(&w, 0, sizeof w);
        w.mem.fail_at = nth;
        nbt_simnet_cfg cfg = { .mem = test_mem_of(&w.mem), .frames = true, .traces = true };
        w.net = nbt_simnet_new(&cfg);
        if (!w.net)
            continue;
        bool built = build(&w, &quiet);
        if (built) {
            w.thing[0].due = 5000;
            says(&w, 1, 255, "?");
            nbt_out *out = nbt_simnet_begin(w.net);
            nbt_out_add(out, NBT_ACT_APP, "abc", 3);
            nbt_simnet_end(w.net, w.thing[1].id);
            nbt_simnet_run(w.net, NBT_S(1));
        }
        failed = nbt_simnet_failed(w.net);
        assert_true(built || failed);
        if (!failed)
            expect(&w, NBT_S(1),
                   "a1 10.0.0.1 ?; b1 10.0.0.1 ?; c1 10.0.0.1 ?; d1 10.0.0.1 ?; "
                   "a at 5000; ");
        tear_down(&w);
    }
}

/* Ten thousand hosts: a datagram between two of them concerns no other. */
static void many(void **state)
{
    (void)state;
    enum { ALL = 10000 };
    static thing things[ALL];
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ 0 });
    for (uint32_t i = 0; i < ALL; i++) {
        nbt_lana_cfg cfg = { .ip = ep(256 + i).ip, .broadcast = ep(255).ip };
        uint32_t host = nbt_simnet_host(w.net);
        nbt_simnet_adapter(w.net, host, w.segment, &cfg);
        things[i] = (thing){ .w = &w, .name = 'm', .due = 1000000 + i };
        things[i].id = nbt_simnet_attach(w.net, host, 0, &thing_ops, &things[i]);
    }
    for (uint32_t i = 0; i < ALL; i++) {
        send_text(nbt_simnet_begin(w.net), ep(256 + i), ep(256 + (i * 7 + 1) % ALL), "x");
        nbt_simnet_end(w.net, things[i].id);
        for (unsigned n = 0; nbt_simnet_due(w.net) < NBT_S(1); n++) {
            assert_true(n < 1); /* it arrives, and that is all */
            nbt_simnet_step(w.net);
        }
        w.log[w.at = 0] = 0;
    }
    assert_int_equal(nbt_simnet_stats(w.net)->arrived, ALL);
    assert_false(nbt_simnet_failed(w.net));
    tear_down(&w);
}

/* --- what becomes of frames and hosts ------------------------------------------------------ */

/* What the tap says to the next frame, and how many it was asked about. */
typedef struct judge {
    nbt_simfate fate;
    unsigned asked;
} judge;

static void tap(void *ctx, const nbt_simframe *f, nbt_simfate *fate)
{
    judge *j = ctx;
    assert_int_equal(f->segment, 1);
    *fate = j->fate;
    j->fate = (nbt_simfate){ .drop = false };
    j->asked++;
}

static void fates(void **state)
{
    (void)state;
    world w;
    judge j = { .asked = 0 };
    set_up(&w, &quiet, (nbt_simnet_cfg){ .frames = true, .tap = tap, .tap_ctx = &j });
    j.fate.drop = true;
    says(&w, 1, 2, "dropped");
    says(&w, 1, 2, "x");
    expect(&w, NBT_MS(1), "b1 10.0.0.1 x; ");
    assert_int_equal(nbt_simnet_frame(w.net)->copies, 0); /* it is seen all the same */
    assert_int_equal(nbt_simnet_frame(w.net)->copies, 1);

    j.fate.more = NBT_MS(5);
    says(&w, 1, 255, "late");
    says(&w, 1, 2, "x");
    expect(&w, NBT_MS(6), "a1 10.0.0.1 late; b1 10.0.0.1 x; ");
    expect(&w, NBT_MS(7), "b1 10.0.0.1 late; c1 10.0.0.1 late; d1 10.0.0.1 late; ");

    j.fate.again = 2;
    says(&w, 1, 2, "thrice");
    expect(&w, NBT_MS(8), "b1 10.0.0.1 thrice; b1 10.0.0.1 thrice; b1 10.0.0.1 thrice; ");

    j.fate.data = (nbt_bytes){ (const uint8_t *)"other", 5 };
    says(&w, 1, 2, "one");
    expect(&w, NBT_MS(9), "b1 10.0.0.1 other; ");

    j.fate.again = 1;
    j.fate.later = NBT_MS(2);
    j.fate.more = NBT_MS(1);
    says(&w, 1, 2, "twice");
    expect(&w, NBT_MS(11), "b1 10.0.0.1 twice; ");
    expect(&w, NBT_MS(13), "b1 10.0.0.1 twice; ");
    assert_int_equal(j.asked, 7);
    tear_down(&w);
}

/* A frame that waits leaves behind the next one to the same address, and no later than it may. */
static void behind_the_next(void **state)
{
    (void)state;
    world w;
    judge j = { .asked = 0 };
    set_up(&w, &quiet, (nbt_simnet_cfg){ .tap = tap, .tap_ctx = &j });
    j.fate.behind = true;
    says(&w, 1, 2, "first");
    says(&w, 1, 3, "elsewhere");
    expect(&w, NBT_MS(5), "c1 10.0.0.1 elsewhere; ");
    j.fate.more = NBT_MS(3);
    says(&w, 1, 2, "second");
    expect(&w, NBT_MS(8), "");
    expect(&w, NBT_MS(9), "b1 10.0.0.1 second; b1 10.0.0.1 first; ");
    j.fate.behind = true;
    says(&w, 1, 2, "alone");
    expect(&w, NBT_MS(9) + NBT_SIMNET_PATIENCE, "");
    expect(&w, NBT_MS(10) + NBT_SIMNET_PATIENCE, "b1 10.0.0.1 alone; ");
    j.fate.behind = true;
    says(&w, 1, 2, "never left"); /* all memory is back even so */
    tear_down(&w);
}

static void power(void **state)
{
    (void)state;
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ .frames = true });
    w.thing[1].due = NBT_MS(3);
    says(&w, 2, 1, "wake");
    says(&w, 1, 2, "under way");
    nbt_simnet_power(w.net, 2, false); /* what it has sent arrives, what was sent to it does not */
    expect(&w, NBT_MS(2), "a1 10.0.0.2 wake; ");
    says(&w, 1, 2, "lost");
    says(&w, 1, 255, "x");
    expect(&w, NBT_MS(5), "a1 10.0.0.1 x; c1 10.0.0.1 x; d1 10.0.0.1 x; ");
    nbt_simnet_power(w.net, 2, true);
    says(&w, 1, 2, "nobody");
    expect(&w, NBT_MS(7), "");
    w.thing[1].due = NBT_NEVER;
    w.thing[1].id = nbt_simnet_attach(w.net, 2, 0, &thing_ops, &w.thing[1]);
    says(&w, 1, 2, "again");
    says(&w, 2, 1, "too");
    expect(&w, NBT_MS(9), "b1 10.0.0.1 again; a1 10.0.0.2 too; ");
    tear_down(&w);
}

static void opens(world *w)
{
    nbt_act *act = nbt_out_add(nbt_simnet_begin(w->net), NBT_ACT_TCP_OPEN, NULL, 0);
    act->conn = 2;
    act->to = (nbt_ep){ ep(2).ip, NBT_PORT_SSN };
    nbt_simnet_end(w->net, w->thing[0].id);
}

static void gives(world *w, const char *text)
{
    nbt_out_add(nbt_simnet_begin(w->net), NBT_ACT_TCP_SEND, text, strlen(text))->conn = 2;
    nbt_simnet_end(w->net, w->thing[0].id);
}

/* An object that ends resets its connections; one whose host has no power is only silent. */
static void ends_of_streams(void **state)
{
    (void)state;
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ 0 });
    nbt_simnet_listen(w.net, w.thing[1].id, (nbt_ep){ 0, NBT_PORT_SSN });
    opens(&w);
    expect(&w, NBT_S(1), "b+; a+; ");
    nbt_simnet_detach(w.net, w.thing[1].id);
    expect(&w, NBT_S(2), "a+; "); /* reset */
    opens(&w);
    expect(&w, NBT_S(3), "a+; "); /* refused: nobody listens there any more */

    w.thing[1].id = nbt_simnet_attach(w.net, 2, 0, &thing_ops, &w.thing[1]);
    nbt_simnet_listen(w.net, w.thing[1].id, (nbt_ep){ 0, NBT_PORT_SSN });
    opens(&w);
    expect(&w, NBT_S(4), "b+; a+; ");
    gives(&w, "under way");
    nbt_simnet_power(w.net, 2, false);
    expect(&w, NBT_S(50), "a+; "); /* sent, and again and again */
    nbt_simnet_power(w.net, 2, true);
    expect(&w, NBT_S(60), "a+; "); /* reset by a host that knows nothing of it */
    tear_down(&w);
}

static void driver_gone(void *self, nbt_time now, uint32_t proc, nbt_out *out)
{
    char text[20];
    (void)now, (void)out;
    int n = snprintf(text, sizeof text, "%u", proc);
    put_thing(self, text, (size_t)n, " gone ");
}

/* A program that breaks off is told to its driver, and what it had under way is not carried out. */
static void programs_break(void **state)
{
    (void)state;
    static const nbt_simnet_ops driver = { .submit = driver_submit, .gone = driver_gone };
    static const nbt_simnet_ops program = { .ncb = program_ncb, .gone = driver_gone };
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ 0 });
    uint32_t host = nbt_simnet_host(w.net);
    thing e = { .w = &w, .name = 'e' }, f = { .w = &w, .name = 'f' }, g = { .w = &w, .name = 'g' };
    e.id = nbt_simnet_attach(w.net, host, 0, &driver, &e);
    f.id = nbt_simnet_attach(w.net, host, 6, &program, &f);
    g.id = nbt_simnet_attach(w.net, host, 7, &program, &g);
    nbt_out_add(nbt_simnet_begin(w.net), NBT_ACT_NCB, "one", 3)->tag = 77;
    nbt_simnet_end(w.net, f.id);
    nbt_simnet_detach(w.net, f.id);
    expect(&w, NBT_S(1), "e gone 6; ");
    nbt_simnet_detach(w.net, e.id);
    expect(&w, NBT_S(2), "g gone 0; ");
    tear_down(&w);
}

static void clocks_jump(void **state)
{
    (void)state;
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ 0 });
    w.thing[0].due = NBT_S(10);
    w.thing[2].due = NBT_S(10);
    says(&w, 2, 1, "");
    says(&w, 2, 3, "");
    expect(&w, NBT_S(1), "a1 10.0.0.2 ; c1 10.0.0.2 ; ");
    nbt_simnet_jump(w.net, 1, NBT_S(7));
    assert_int_equal(nbt_simnet_clock(w.net, 1), NBT_S(8));
    assert_int_equal(nbt_simnet_clock(w.net, 3), NBT_S(1));
    expect(&w, NBT_S(3), "a at 10000000; ");
    nbt_simnet_jump(w.net, 3, NBT_S(7)); /* to its time exactly */
    expect(&w, NBT_S(3), "c at 10000000; ");
    tear_down(&w);
}

static void too_long(void **state)
{
    (void)state;
    world w;
    set_up(&w, &quiet, (nbt_simnet_cfg){ .frames = true });
    nbt_simnet_mtu(w.net, w.segment, 28 + 5);
    says(&w, 1, 2, "12345");
    says(&w, 1, 2, "123456");
    says(&w, 2, 255, "123456");
    expect(&w, NBT_S(1), "b1 10.0.0.2 123456; b1 10.0.0.1 12345; ");
    assert_int_equal(nbt_simnet_frame(w.net)->copies, 1);
    assert_int_equal(nbt_simnet_frame(w.net)->copies, 0);
    nbt_simnet_listen(w.net, w.thing[1].id, (nbt_ep){ 0, NBT_PORT_SSN });
    nbt_simnet_mtu(w.net, w.segment, 40 + 3);
    opens(&w);
    gives(&w, "12345");
    expect(&w, NBT_S(2), "b+; a+; a+; a+; b tcp 123; b tcp 45; ");
    tear_down(&w);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", datagrams),
    NBT_TEST("", broadcasts),
    NBT_TEST("", two_adapters),
    NBT_TEST("", two_segments),
    NBT_TEST("", called_when_due),
    NBT_TEST("", wishes_do_not_pile_up),
    NBT_TEST("", programs_and_their_driver),
    NBT_TEST("", effects_are_kept),
    NBT_TEST("", streams),
    NBT_TEST("", a_seed_says_all),
    NBT_TEST("", without_memory),
    NBT_TEST("", many),
    NBT_TEST("", fates),
    NBT_TEST("", behind_the_next),
    NBT_TEST("", power),
    NBT_TEST("", ends_of_streams),
    NBT_TEST("", programs_break),
    NBT_TEST("", clocks_jump),
    NBT_TEST("", too_long),
};

NBT_MAIN("simnet", tests)
