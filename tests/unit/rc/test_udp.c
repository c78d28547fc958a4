/*
 * rc/udp.c: segments read and written, and streams between two sides over a network that loses,
 * doubles and reorders, by seed.
 */
#include "tests/support/test.h"

#include "rc/udp.h"
#include "tests/support/mem.h"

enum { FLYING_MAX = 256, SENT_MAX = 200000 };

typedef struct flying {
    nbt_time at; /* when it arrives */
    bool to_b;
    size_t n;
    uint8_t b[RC_UDP_HEAD + RC_UDP_PIECE];
} flying;

typedef struct side {
    rc_udp u;
    rc_udp_ev last; /* other than SAME and INPUT */
    size_t got;
    bool wrong; /* an octet was not the next one */
} side;

typedef struct pair {
    test_mem mem;
    nbt_out out;
    nbt_rng rng;
    nbt_time now;
    unsigned lose, twice; /* of a hundred */
    bool cut_b;           /* nothing from b arrives */
    side a, b;            /* a opens */
    flying flying[FLYING_MAX];
    size_t nflying;
    unsigned sent[8]; /* segments, by kind */
} pair;

static const nbt_ep ep_a = { 0x0A000001, 4000 }, ep_b = { 0x0A000002, 1761 };

/* The octet at a place of either stream. */
static uint8_t octet(size_t at)
{
    return (uint8_t)(at * 31 + at / 251);
}

static void fly(pair *p, const nbt_act *act, bool from_a)
{
    nbt_bytes data = nbt_out_data(&p->out, act);
    unsigned copies = nbt_rng_below(&p->rng, 100) < p->twice ? 2 : 1;
    assert_true(data.n <= RC_UDP_HEAD + RC_UDP_PIECE);
    p->sent[data.p[1]]++;
    for (unsigned i = 0; i < copies && p->nflying < FLYING_MAX; i++) {
        if (nbt_rng_below(&p->rng, 100) < p->lose || (p->cut_b && !from_a))
            continue;
        flying *f = &p->flying[p->nflying++];
        f->at = p->now + NBT_MS(1 + nbt_rng_below(&p->rng, 20));
        f->to_b = from_a;
        f->n = data.n;
        memcpy(f->b, data.p, data.n);
    }
}

static void carry(pair *p, bool from_a)
{
    for (size_t i = 0; i < p->out.n; i++)
        fly(p, &p->out.acts[i], from_a);
    nbt_out_clear(&p->out);
}

static void note(side *s, rc_udp_ev ev, nbt_bytes data)
{
    if (ev == RC_UDP_INPUT)
        for (size_t i = 0; i < data.n; i++)
            s->wrong |= data.p[i] != octet(s->got++);
    else if (ev != RC_UDP_SAME && ev != RC_UDP_NOT_MINE)
        s->last = ev;
}

static void arrive(pair *p, const flying *f)
{
    side *s = f->to_b ? &p->b : &p->a;
    nbt_ep from = f->to_b ? ep_a : ep_b, here = f->to_b ? ep_b : ep_a;
    nbt_bytes data = { NULL, 0 };
    rc_udp_seg seg;
    nbt_rd r;
    nbt_rd_init(&r, f->b, f->n);
    rc_udp_seg_rd(&r, &seg);
    assert_false(r.err);
    rc_udp_ev ev = rc_udp_rx(&s->u, p->now, from, &seg, &data, &p->out);
    note(s, ev, data);
    if (ev == RC_UDP_NOT_MINE && f->to_b && seg.kind == RC_UDP_OPEN && s->got == 0)
        rc_udp_accept(&s->u, &seg, here, from, &p->out);
    else if (ev == RC_UDP_NOT_MINE)
        rc_udp_refuse(&seg, here, from, &p->out);
    carry(p, !f->to_b);
}

static void tick(pair *p, side *s)
{
    if (p->now >= rc_udp_due(&s->u))
        note(s, rc_udp_tick(&s->u, p->now, &p->out), (nbt_bytes){ NULL, 0 });
    carry(p, s == &p->a);
}

static nbt_time next(const pair *p)
{
    nbt_time at = nbt_time_min(rc_udp_due(&p->a.u), rc_udp_due(&p->b.u));
    for (size_t i = 0; i < p->nflying; i++)
        at = nbt_time_min(at, p->flying[i].at);
    return at;
}

/* Until nothing happens any more, or that time has come. */
static void run(pair *p, nbt_time until)
{
    for (nbt_time at; (at = next(p)) < until;) {
        if (at > p->now)
            p->now = at;
        for (size_t i = 0; i < p->nflying;) {
            if (p->flying[i].at > p->now) {
                i++;
                continue;
            }
            flying f = p->flying[i];
            p->flying[i] = p->flying[--p->nflying];
            arrive(p, &f);
        }
        tick(p, &p->a);
        tick(p, &p->b);
    }
}

static pair *pair_new(uint64_t seed, unsigned lose, unsigned twice)
{
    pair *p = calloc(1, sizeof *p);
    assert_non_null(p);
    nbt_out_init(&p->out, test_mem_of(&p->mem));
    p->rng.s = seed;
    p->lose = lose;
    p->twice = twice;
    p->b.u.state = RC_UDP_IS_CLOSED;
    rc_udp_open(&p->a.u, 77, ep_a, ep_b);
    return p;
}

static void pair_free(pair *p)
{
    nbt_out_fini(&p->out);
    assert_int_equal(p->mem.blocks, 0);
    free(p);
}

/* Sends up to n octets of a side's stream, as many as there is room for. */
static size_t feed(side *s, size_t from, size_t n)
{
    uint8_t bytes[3000];
    if (n > sizeof bytes)
        n = sizeof bytes;
    if (n > RC_UDP_QUEUE - rc_udp_unsent(&s->u))
        return 0;
    for (size_t i = 0; i < n; i++)
        bytes[i] = octet(from + i);
    rc_udp_send(&s->u, bytes, n);
    return n;
}

static void a_segment_is_read_as_it_was_written(void **state)
{
    (void)state;
    static const uint8_t is[] = { 1, 3, 0, 2, 0, 0, 0, 7, 0, 0, 1, 0, 0, 0, 0, 9, 'h', 'i' };
    uint8_t bytes[64];
    rc_udp_seg seg = {
        .kind = RC_UDP_DATA, .id = 7, .number = 256, .ack = 9, .data = { &is[16], 2 }
    };
    nbt_wr w;
    nbt_rd r;
    nbt_wr_init(&w, bytes, sizeof bytes);
    rc_udp_seg_wr(&w, &seg);
    assert_int_equal(w.at, sizeof is);
    assert_memory_equal(bytes, is, sizeof is);
    nbt_rd_init(&r, bytes, w.at);
    rc_udp_seg_rd(&r, &seg);
    assert_false(r.err);
    assert_int_equal(seg.number, 256);
    assert_int_equal(seg.data.n, 2);
    for (size_t n = 0; n < sizeof is; n++) { /* every truncation */
        nbt_rd_init(&r, bytes, n);
        rc_udp_seg_rd(&r, &seg);
        assert_int_equal(r.err, NBT_ERR_SHORT);
    }
    nbt_rd_init(&r, bytes, sizeof is + 1);
    rc_udp_seg_rd(&r, &seg);
    assert_rd_err(&r, NBT_ERR_EXTRA, sizeof is, "DATA");
}

static void what_no_segment_has_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t at, value;
        nbt_err err;
        uint8_t from;
        const char *field;
    } bad[] = {
        { 0, 2, NBT_ERR_VALUE, 0, "VERSION" },
        { 1, 0, NBT_ERR_VALUE, 1, "KIND" },
        { 1, 8, NBT_ERR_VALUE, 1, "KIND" },
        { 3, 1, NBT_ERR_LENGTH, 2, "LENGTH" }, /* data in an ACK */
        { 1, 3, NBT_ERR_LENGTH, 2, "LENGTH" }, /* DATA without any */
        { 2, 4, NBT_ERR_LENGTH, 2, "LENGTH" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint8_t bytes[RC_UDP_HEAD] = { 1, RC_UDP_ACK };
        rc_udp_seg seg;
        nbt_rd r;
        bytes[bad[i].at] = bad[i].value;
        nbt_rd_init(&r, bytes, sizeof bytes);
        rc_udp_seg_rd(&r, &seg);
        assert_rd_err(&r, bad[i].err, bad[i].from, bad[i].field);
    }
}

/* Both ways at once, then a closes: all that was sent arrives, once and in order. */
static void exchange(uint64_t seed, unsigned lose, unsigned twice)
{
    pair *p = pair_new(seed, lose, twice);
    size_t a = 0, b = 0;
    run(p, NBT_S(60));
    assert_int_equal(p->a.last, RC_UDP_UP);
    for (int i = 0; i < 4000 && (p->b.got < SENT_MAX || p->a.got < SENT_MAX / 2); i++) {
        a += feed(&p->a, a, nbt_rng_below(&p->rng, 3000) % (SENT_MAX - a + 1));
        b += feed(&p->b, b, nbt_rng_below(&p->rng, 300) % (SENT_MAX / 2 - b + 1));
        if (i % 50 == 7)
            rc_udp_hold(&p->b.u, true, &p->out);
        if (i % 50 == 9)
            rc_udp_hold(&p->b.u, false, &p->out);
        carry(p, false);
        run(p, p->now + NBT_MS(i > 2000 ? 2000 : 50));
        p->now += NBT_MS(10);
        if (i > 2000) {
            a += feed(&p->a, a, SENT_MAX - a);
            b += feed(&p->b, b, SENT_MAX / 2 - b);
        }
    }
    assert_int_equal(p->b.got, SENT_MAX);
    assert_int_equal(p->a.got, SENT_MAX / 2);
    rc_udp_close(&p->a.u);
    run(p, NBT_NEVER);
    assert_int_equal(p->a.last, RC_UDP_ENDED);
    assert_int_equal(p->b.last, RC_UDP_LOST);
    assert_false(p->a.wrong || p->b.wrong);
    assert_int_equal(p->a.u.state, RC_UDP_IS_CLOSED);
    assert_int_equal(p->b.u.state, RC_UDP_IS_CLOSED);
    if (lose == 0 && twice == 0)
        assert_int_equal(p->sent[RC_UDP_OPEN], 1);
    pair_free(p);
}

static void all_arrives_once_and_in_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        exchange(seed, 0, 0);
        exchange(seed, 0, 30);
        exchange(seed, 10, 0);
        exchange(seed, 25, 10);
    }
}

static void who_never_answers_is_given_up(void **state)
{
    (void)state;
    pair *p = pair_new(1, 100, 0);
    run(p, NBT_NEVER);
    assert_int_equal(p->a.last, RC_UDP_UNHEARD);
    assert_int_equal(p->sent[RC_UDP_OPEN], RC_UDP_TRIES);
    assert_true(p->now == RC_UDP_TRIES * RC_UDP_RETRY);
    pair_free(p);
}

/* KB Q173120: too many lost frames end it, and nobody is told. */
static void a_break_ends_a_stream_in_silence(void **state)
{
    (void)state;
    pair *p = pair_new(1, 0, 0);
    run(p, NBT_NEVER);
    p->lose = 100;
    feed(&p->a, 0, 10);
    run(p, NBT_NEVER);
    assert_int_equal(p->a.last, RC_UDP_LOST);
    assert_int_equal(p->b.u.state, RC_UDP_IS_OPEN); /* it has nothing to say */
    assert_int_equal(p->sent[RC_UDP_DATA], 1 + RC_UDP_TRIES);
    assert_int_equal(p->sent[RC_UDP_RESET], 0);
    pair_free(p);
}

/* Slow is not dead: whoever takes nothing but answers is waited for. */
static void a_held_side_is_waited_for(void **state)
{
    (void)state;
    pair *p = pair_new(1, 0, 0);
    run(p, NBT_NEVER);
    rc_udp_hold(&p->b.u, true, &p->out);
    feed(&p->a, 0, 2000);
    run(p, p->now + NBT_S(60));
    assert_int_equal(p->b.got, 0);
    assert_int_equal(p->a.u.state, RC_UDP_IS_OPEN);
    rc_udp_hold(&p->b.u, false, &p->out);
    carry(p, false);
    run(p, NBT_NEVER);
    assert_int_equal(p->b.got, 2000);
    assert_false(p->b.wrong);
    pair_free(p);
}

/* Pieces of any size: never more than the window is under way, and a closed stream has nothing. */
static void the_window_is_kept(void **state)
{
    (void)state;
    static const uint8_t octets[700];
    pair *p = pair_new(1, 0, 0);
    run(p, NBT_NEVER);
    for (int i = 0; i < 20; i++) {
        rc_udp_send(&p->a.u, octets, sizeof octets);
        (void)rc_udp_tick(&p->a.u, 0, &p->out);
        assert_true(p->a.u.sent - p->a.u.acked <= RC_UDP_WINDOW);
    }
    assert_int_equal(rc_udp_unsent(&p->a.u), 20 * sizeof octets);
    rc_udp_abort(&p->a.u, &p->out);
    assert_int_equal(rc_udp_unsent(&p->a.u), 0);
    pair_free(p);
}

static void a_lost_segment_is_asked_for(void **state)
{
    (void)state;
    nbt_bytes none = { NULL, 0 }, data = none;
    pair *p = pair_new(1, 0, 0);
    run(p, NBT_NEVER);
    rc_udp_seg seg = {
        .kind = RC_UDP_DATA, .id = 77, .number = 5, .data = { (const uint8_t *)"x", 1 }
    };
    assert_int_equal(rc_udp_rx(&p->b.u, 0, ep_a, &seg, &data, &p->out), RC_UDP_SAME);
    assert_int_equal(nbt_out_data(&p->out, &p->out.acts[0]).p[1], RC_UDP_NAK);
    assert_int_equal(rc_udp_rx(&p->b.u, 0, ep_a, &seg, &data, &p->out), RC_UDP_SAME);
    assert_int_equal(nbt_out_data(&p->out, &p->out.acts[1]).p[1], RC_UDP_ACK);
    assert_int_equal(p->b.u.gaps, 1); /* one gap, however much is behind it */
    assert_int_equal(p->a.u.naks, 0);
    seg = (rc_udp_seg){ .kind = RC_UDP_NAK, .id = 77 };
    (void)rc_udp_rx(&p->a.u, 0, ep_b, &seg, &data, &p->out);
    (void)rc_udp_rx(&p->a.u, 0, ep_b, &seg, &data, &p->out);
    assert_int_equal(p->a.u.naks, 2);
    seg = (rc_udp_seg){ .kind = RC_UDP_ACK, .id = 77, .ack = 9000 }; /* of what was never sent */
    assert_int_equal(rc_udp_rx(&p->b.u, 0, ep_a, &seg, &data, &p->out), RC_UDP_SAME);
    assert_int_equal(p->b.u.acked, 0);
    seg.id = 78;
    assert_int_equal(rc_udp_rx(&p->b.u, 0, ep_a, &seg, &data, &p->out), RC_UDP_NOT_MINE);
    seg.id = 77;
    assert_int_equal(rc_udp_rx(&p->b.u, 0, ep_b, &seg, &data, &p->out), RC_UDP_NOT_MINE);
    pair_free(p);
}

static void resets_refuse_and_break(void **state)
{
    (void)state;
    pair *p = pair_new(1, 0, 0);
    p->b.got = 1; /* takes no stream */
    run(p, NBT_NEVER);
    assert_int_equal(p->a.last, RC_UDP_REFUSED);
    pair_free(p);

    p = pair_new(1, 0, 0);
    run(p, NBT_NEVER);
    rc_udp_abort(&p->b.u, &p->out);
    carry(p, false);
    run(p, NBT_NEVER);
    assert_int_equal(p->a.last, RC_UDP_LOST);
    assert_int_equal(p->sent[RC_UDP_RESET], 1); /* none is answered by another */
    pair_free(p);
}

static void what_has_no_room_ends_the_stream(void **state)
{
    (void)state;
    pair *p = pair_new(1, 0, 0);
    run(p, NBT_NEVER);
    static const uint8_t much[RC_UDP_QUEUE];
    rc_udp_send(&p->a.u, much, sizeof much);
    assert_int_equal(rc_udp_unsent(&p->a.u), RC_UDP_QUEUE);
    rc_udp_send(&p->a.u, much, 1);
    run(p, NBT_NEVER);
    assert_int_equal(p->a.last, RC_UDP_LOST);
    assert_int_equal(p->b.last, RC_UDP_LOST);
    pair_free(p);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", a_segment_is_read_as_it_was_written),
    NBT_TEST("", what_no_segment_has_is_refused),
    NBT_TEST("", all_arrives_once_and_in_order),
    NBT_TEST("", who_never_answers_is_given_up),
    NBT_TEST("", a_break_ends_a_stream_in_silence),
    NBT_TEST("", a_held_side_is_waited_for),
    NBT_TEST("", a_lost_segment_is_asked_for),
    NBT_TEST("", the_window_is_kept),
    NBT_TEST("", resets_refuse_and_break),
    NBT_TEST("", what_has_no_room_ends_the_stream),
};

NBT_MAIN("udp", tests)
