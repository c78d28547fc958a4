/*
 * The wires: who reaches whom, how long it takes, and that chance is neither more nor less frequent
 * than was asked for.
 */
#include "nbt/simwire.h"
#include "tests/support/mem.h"
#include "tests/support/test.h"

typedef struct wires {
    test_mem mem;
    nbt_simwire w;
} wires;

static void set_up(wires *x, bool keep)
{
    memset(x, 0, sizeof *x);
    nbt_simwire_init(&x->w, test_mem_of(&x->mem), test_seed(), keep);
}

static void tear_down(wires *x)
{
    nbt_simwire_fini(&x->w);
    assert_int_equal(x->mem.blocks, 0);
}

/* Adapter number `last` of network 10.`net`.0.0/16. */
static uint32_t adapter(wires *x, uint32_t host, uint32_t segment, uint32_t net, uint32_t last)
{
    nbt_lana_cfg cfg = { .lana = (uint8_t)last };
    cfg.ip = 0x0A000000 | net << 16 | last;
    cfg.broadcast = 0x0A00FFFF | net << 16;
    uint32_t id = nbt_simwire_adapter(&x->w, host, segment, &cfg);
    assert_int_not_equal(id, 0);
    return id;
}

static bool passes(wires *x, uint32_t from, uint32_t to, nbt_time want)
{
    nbt_time takes;
    if (!nbt_simwire_piece(&x->w, from, to, &takes))
        return false;
    assert_int_equal(takes, want);
    return true;
}

/* Two segments, a host with a foot in each, sides on the first. */
static void who_reaches_whom(void **state)
{
    (void)state;
    wires x;
    set_up(&x, false);
    nbt_simwire *w = &x.w;
    uint32_t near = nbt_simwire_segment(w, &(nbt_simlink){ .delay = 5 });
    uint32_t far = nbt_simwire_segment(w, &(nbt_simlink){ .delay = 100 });
    uint32_t ha = nbt_simwire_host(w), hb = nbt_simwire_host(w), hc = nbt_simwire_host(w);
    uint32_t a = adapter(&x, ha, near, 1, 1), b = adapter(&x, hb, near, 1, 2);
    uint32_t b2 = adapter(&x, hb, far, 2, 2), c = adapter(&x, hc, far, 2, 3);

    assert_true(passes(&x, a, b, 5));
    assert_true(passes(&x, c, b2, 100));
    assert_true(passes(&x, a, c, 105)); /* through the router */
    assert_true(passes(&x, b, b2, 0));  /* within the host */
    assert_false(passes(&x, a, 0, 0));
    assert_false(passes(&x, 0, a, 0));

    w->adapter[a].side = 1;
    assert_false(passes(&x, a, b, 0));
    assert_false(passes(&x, b, a, 0));
    assert_false(passes(&x, a, c, 0)); /* the router is on side 0 */
    assert_true(passes(&x, b, c, 105));
    w->adapter[b].side = 1;
    assert_true(passes(&x, a, b, 5));
    assert_false(passes(&x, b, c, 0));
    tear_down(&x);
}

static void addresses(void **state)
{
    (void)state;
    wires x;
    set_up(&x, false);
    nbt_simwire *w = &x.w;
    uint32_t one = nbt_simwire_segment(w, &(nbt_simlink){ 0 });
    uint32_t two = nbt_simwire_segment(w, &(nbt_simlink){ 0 });
    uint32_t bare = nbt_simwire_host(w), h = nbt_simwire_host(w), other = nbt_simwire_host(w);
    uint32_t a = adapter(&x, h, one, 1, 1), b = adapter(&x, h, two, 2, 1);
    adapter(&x, other, two, 2, 9);

    assert_int_equal(nbt_simwire_find(w, 0x0A020001), b);
    assert_int_equal(nbt_simwire_find(w, 0x0A020002), 0);
    assert_int_equal(nbt_simwire_choose(w, h, 0x0A020001, 0), b); /* named */
    assert_int_equal(nbt_simwire_choose(w, h, 0, 0x0A020009), b); /* on the receiver's segment */
    assert_int_equal(nbt_simwire_choose(w, h, 0, 0x0B000000), a); /* the first */
    assert_int_equal(nbt_simwire_choose(w, bare, 0, 0x0A020009), 0);
    assert_true(nbt_simwire_is_broadcast(w, a, 0x0A01FFFF));
    assert_true(nbt_simwire_is_broadcast(w, a, 0xFFFFFFFF));
    assert_false(nbt_simwire_is_broadcast(w, a, 0x0A02FFFF));
    tear_down(&x);
}

/* Of 20000 datagrams about as many meet each fate as the link says, within 4 standard deviations.
 */
static void chance_is_as_asked_for(void **state)
{
    (void)state;
    enum { ALL = 20000 };
    wires x;
    set_up(&x, false);
    nbt_simwire *w = &x.w;
    const nbt_simlink link = { .delay = 1000,
                               .jitter = 100,
                               .loss = 100000,
                               .duplicate = 200000,
                               .reorder = 50000,
                               .late = 5000 };
    uint32_t s = nbt_simwire_segment(w, &link);
    uint32_t a = adapter(&x, nbt_simwire_host(w), s, 1, 1);
    uint32_t b = adapter(&x, nbt_simwire_host(w), s, 1, 2);
    unsigned lost = 0, twice = 0, late = 0;
    for (unsigned i = 0; i < ALL; i++) {
        nbt_time takes[2];
        unsigned copies = nbt_simwire_datagram(w, a, b, takes);
        lost += copies == 0;
        twice += copies == 2;
        if (copies == 0)
            continue;
        bool is_late = takes[0] >= 6000;
        late += is_late;
        assert_in_range(takes[0], is_late ? 6000 : 1000, is_late ? 6100 : 1100);
        if (copies == 2)
            assert_in_range(takes[1], 2000, 2200);
    }
    assert_in_range(lost, 2000 - 170, 2000 + 170);
    assert_in_range(twice, 3600 - 220, 3600 + 220);
    assert_in_range(late, 900 - 120, 900 + 120);
    assert_int_equal(w->stats.lost, lost);
    assert_int_equal(w->stats.doubled, twice);
    assert_int_equal(w->stats.reordered, late);
    assert_int_equal(w->stats.arrived, ALL - lost + twice);
    tear_down(&x);
}

static void an_observer_sees_frames_in_order(void **state)
{
    (void)state;
    wires x;
    set_up(&x, true);
    nbt_simwire *w = &x.w;
    uint32_t s = nbt_simwire_segment(w, &(nbt_simlink){ 0 });
    uint32_t a = adapter(&x, nbt_simwire_host(w), s, 1, 1);
    uint8_t bytes[] = { 1, 2, 3 };
    nbt_simframe f = { .at = 7, .data = { bytes, sizeof bytes } };
    nbt_simwire_show(w, a, &f);
    bytes[0] = 9; /* they were copied */
    nbt_simwire_show(w, a, &(nbt_simframe){ .at = 8, .kind = NBT_SIMFRAME_RST });

    const nbt_simframe *seen = nbt_simwire_frame(w);
    assert_int_equal(seen->at, 7);
    assert_int_equal(seen->segment, s);
    assert_hex(seen->data.p, seen->data.n, "01 02 03");
    seen = nbt_simwire_frame(w);
    assert_int_equal(seen->at, 8);
    assert_int_equal(seen->kind, NBT_SIMFRAME_RST);
    assert_int_equal(seen->data.n, 0);
    assert_null(nbt_simwire_frame(w));
    nbt_simwire_show(w, a, &f); /* left behind */
    tear_down(&x);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", who_reaches_whom),
    NBT_TEST("", addresses),
    NBT_TEST("", chance_is_as_asked_for),
    NBT_TEST("", an_observer_sees_frames_in_order),
};

NBT_MAIN("simwire", tests)
