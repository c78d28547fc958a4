/*
 * A cable: what becomes of each kind of frame, and what it says by itself, and when.
 */
#include "tests/support/test.h"

#include "nbt/cable.h"

/* Three computers from 10.77.0.40 on, and two from 10.77.1.0 on whose addresses somebody chose. */
static const nbt_cable_row rows[] = {
    { 0x0A4D0028, 3, { 2, 0, 10, 77, 0, 40 } },
    { 0x0A4D0100, 2, { 0, 0x50, 4, 0, 0, 255 } },
};
static const nbt_cable_cfg cfg = { rows, LENGTH_OF(rows), { 0xA, 0xB, 0xC, 0xD, 0xE, 0xF } };

#define INNER "0A0B0C0D0E0F"
#define ALL "FFFFFFFFFFFF"
#define PC1 "02000A4D0028"
#define PC3 "02000A4D002A"
#define PEER "525400123456"
#define IP "0800 45000021 00000000 40110000 "
#define ARP "0806 0001 0800 06 04 "
#define NOBODY "000000000000"

/* Asked, and nobody has said a word: it is up, and all has been announced. */
static void settle(nbt_cable *c)
{
    uint8_t frame[NBT_CABLE_ARP_LEN];
    nbt_cable_init(c, &cfg);
    nbt_cable_ask(c, 0);
    for (nbt_time due; (due = nbt_cable_due(c)) != NBT_NEVER;)
        while (nbt_cable_tick(c, due, frame))
            ;
    assert_int_equal(c->state, NBT_CABLE_UP);
}

typedef struct row {
    const char *label;
    const char *frame;
    nbt_cable_way way;
    const char *becomes; /* NULL: it is dropped */
} row;

static void check_row(const row *t, bool out)
{
    nbt_cable c;
    uint8_t bytes[128], want[128];
    settle(&c);
    size_t n = hex_bytes(t->frame, bytes, sizeof bytes);
    uint8_t *frame = exact_copy(bytes, n);
    nbt_cable_way way = out ? nbt_cable_out(&c, frame, n) : nbt_cable_in(&c, NBT_S(100), frame, n);
    if (way != t->way)
        fail_msg("%s: %d", t->label, way);
    size_t len = t->becomes ? hex_bytes(t->becomes, want, sizeof want) : 0;
    if (t->becomes && (len != n || memcmp(frame, want, n) != 0))
        fail_msg("%s: it is another frame", t->label);
    free(frame);
}

static void test_out(void **state)
{
    static const row table[] = {
        { "a datagram has its computer's address", PEER INNER IP "0A4D002A 0A4D0001 1234",
          NBT_CABLE_PASS, PEER PC3 IP "0A4D002A 0A4D0001 1234" },
        { "a broadcast, too", ALL INNER IP "0A4D0028 0A4DFFFF 1234", NBT_CABLE_PASS,
          ALL PC1 IP "0A4D0028 0A4DFFFF 1234" },
        { "chosen addresses count on", PEER INNER IP "0A4D0101 0A4D0001", NBT_CABLE_PASS,
          PEER "005004000100" IP "0A4D0101 0A4D0001" },
        { "nobody's does not leave", PEER INNER IP "0A4D002B 0A4D0001", NBT_CABLE_DROP, NULL },
        { "the one before the first", PEER INNER IP "0A4D0027 0A4D0001", NBT_CABLE_DROP, NULL },
        { "a question for a peer is one's own",
          ALL INNER ARP "0001" INNER "0A4D0028" NOBODY "0A4D0001", NBT_CABLE_PASS,
          ALL PC1 ARP "0001" PC1 "0A4D0028" NOBODY "0A4D0001" },
        { "no probe of the kernel's", ALL INNER ARP "0001" INNER "00000000" NOBODY "0A4D0028",
          NBT_CABLE_DROP, NULL },
        { "no IPv6", ALL INNER "86DD 60000000 00000000 00000000 00000000", NBT_CABLE_DROP, NULL },
        { "nothing", "", NBT_CABLE_DROP, NULL },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(table); i++)
        check_row(&table[i], true);
}

static void test_in(void **state)
{
    static const row table[] = {
        { "a datagram is the kernel's", PC3 PEER IP "0A4D0001 0A4D002A 1234", NBT_CABLE_PASS,
          INNER PEER IP "0A4D0001 0A4D002A 1234" },
        { "a broadcast stays one", ALL PEER IP "0A4D0001 0A4DFFFF", NBT_CABLE_PASS,
          ALL PEER IP "0A4D0001 0A4DFFFF" },
        { "another computer's address", PC1 PEER IP "0A4D0001 0A4D002A", NBT_CABLE_DROP, NULL },
        { "what a bridge floods", "525400999999" PEER IP "0A4D0001 0A4D002A", NBT_CABLE_DROP,
          NULL },
        { "multicast", "01005E0000FB" PEER IP "0A4D0001 E00000FB", NBT_CABLE_DROP, NULL },
        { "what a hub gives back", ALL PC1 IP "0A4D0028 0A4DFFFF", NBT_CABLE_DROP, NULL },
        { "nobody is from everybody", ALL ALL IP "0A4D0001 0A4DFFFF", NBT_CABLE_DROP, NULL },
        { "of IP version 6", ALL PEER "0800 60000021 00000000 40110000 0A4D0001 0A4DFFFF",
          NBT_CABLE_DROP, NULL },
        { "who has it? he has", ALL PEER ARP "0001" PEER "0A4D0001" NOBODY "0A4D002A",
          NBT_CABLE_REPLY, PEER PC3 ARP "0002" PC3 "0A4D002A" PEER "0A4D0001" },
        { "padding is left alone",
          ALL PEER ARP "0001" PEER "0A4D0001" NOBODY "0A4D002A 0000000000000000", NBT_CABLE_REPLY,
          PEER PC3 ARP "0002" PC3 "0A4D002A" PEER "0A4D0001 0000000000000000" },
        { "is he still there?", PC3 PEER ARP "0001" PEER "0A4D0001" NOBODY "0A4D002A",
          NBT_CABLE_REPLY, PEER PC3 ARP "0002" PC3 "0A4D002A" PEER "0A4D0001" },
        { "may I have it? (RFC 5227 2.1)", ALL PEER ARP "0001" PEER "00000000" NOBODY "0A4D002A",
          NBT_CABLE_REPLY, PEER PC3 ARP "0002" PC3 "0A4D002A" PEER "00000000" },
        { "I have it! (RFC 5227 2.4)", ALL PEER ARP "0001" PEER "0A4D002A" NOBODY "0A4D002A",
          NBT_CABLE_REPLY, ALL PC3 ARP "0001" PC3 "0A4D002A" NOBODY "0A4D002A" },
        { "an answer to the kernel", PC3 PEER ARP "0002" PEER "0A4D0001" PC3 "0A4D002A",
          NBT_CABLE_PASS, INNER PEER ARP "0002" PEER "0A4D0001" INNER "0A4D002A" },
        { "an answer to others", "525400999999" PEER ARP "0002" PEER "0A4D0001" PEER "0A4D0002",
          NBT_CABLE_DROP, NULL },
        { "who has another?", ALL PEER ARP "0001" PEER "0A4D0001" NOBODY "0A4D0002", NBT_CABLE_PASS,
          ALL PEER ARP "0001" PEER "0A4D0001" NOBODY "0A4D0002" },
        { "of Token Ring", ALL PEER "0806 0006 0800 06 04 0001" PEER "0A4D0001" NOBODY "0A4D002A",
          NBT_CABLE_DROP, NULL },
        { "nothing", "", NBT_CABLE_DROP, NULL },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(table); i++)
        check_row(&table[i], false);
}

static void test_every_truncation(void **state)
{
    static const struct {
        const char *frame;
        size_t whole; /* octets that must be there */
    } table[] = {
        { PC3 PEER IP "0A4D0001 0A4D002A", 34 },
        { ALL PEER ARP "0001" PEER "0A4D0001" NOBODY "0A4D002A", 42 },
        { ALL PEER ARP "0001" PEER "0A4D002A" NOBODY "0A4D002A", 42 },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        uint8_t bytes[64];
        size_t n = hex_bytes(table[i].frame, bytes, sizeof bytes);
        assert_int_equal(n, table[i].whole);
        for (size_t len = 0; len <= n; len++) {
            nbt_cable c;
            settle(&c);
            uint8_t *frame = exact_copy(bytes, len);
            assert_int_equal(nbt_cable_in(&c, NBT_S(100), frame, len) != NBT_CABLE_DROP, len == n);
            free(frame);
        }
    }
}

/* -- asking ------------------------------------------------------------------------------------ */

/* Takes all frames of a time; the first and the last of them, and how many. */
static unsigned frames_at(nbt_cable *c, nbt_time now, uint8_t first[NBT_CABLE_ARP_LEN],
                          uint8_t last[NBT_CABLE_ARP_LEN])
{
    unsigned n = 0;
    while (nbt_cable_tick(c, now, last))
        if (n++ == 0)
            memcpy(first, last, NBT_CABLE_ARP_LEN);
    return n;
}

static void test_asking(void **state)
{
    nbt_cable c;
    uint8_t first[NBT_CABLE_ARP_LEN], last[NBT_CABLE_ARP_LEN];
    (void)state;
    nbt_cable_init(&c, &cfg);
    assert_int_equal(nbt_cable_due(&c), NBT_NEVER);
    assert_false(nbt_cable_tick(&c, 0, first));
    nbt_cable_ask(&c, NBT_S(7));
    for (int round = 0; round < 3; round++) {
        nbt_time at = NBT_S(7) + NBT_MS(300) * round;
        assert_int_equal(nbt_cable_due(&c), at);
        assert_int_equal(frames_at(&c, at - 1, first, last), 0); /* too early */
        assert_int_equal(frames_at(&c, at, first, last), 5);
        assert_hex(first, sizeof first, ALL PC1 ARP "0001" PC1 "00000000" NOBODY "0A4D0028");
        assert_hex(last, sizeof last,
                   ALL "005004000100" ARP "0001"
                       "005004000100"
                       "00000000" NOBODY "0A4D0101");
        assert_int_equal(c.state, NBT_CABLE_ASKING);
    }
    nbt_time end = NBT_S(7) + NBT_MS(900);
    assert_int_equal(nbt_cable_due(&c), end);
    assert_int_equal(frames_at(&c, end - 1, first, last), 0);
    assert_int_equal(c.state, NBT_CABLE_ASKING);
    assert_int_equal(frames_at(&c, end, first, last), 5); /* RFC 5227 2.3 */
    assert_int_equal(c.state, NBT_CABLE_UP);
    assert_hex(first, sizeof first, ALL PC1 ARP "0001" PC1 "0A4D0028" NOBODY "0A4D0028");
    assert_int_equal(frames_at(&c, end + NBT_S(1), first, last), 5);
    assert_int_equal(nbt_cable_due(&c), NBT_NEVER);
}

static void test_pace(void **state)
{
    static const nbt_cable_row many = { 0x0A4D0001, 5000, { 2, 0, 10, 77, 0, 1 } };
    const nbt_cable_cfg all = { &many, 1, { 0 } };
    nbt_cable c;
    uint8_t first[NBT_CABLE_ARP_LEN], last[NBT_CABLE_ARP_LEN];
    unsigned n = 0, most = 0;
    (void)state;
    nbt_cable_init(&c, &all);
    nbt_cable_ask(&c, 0);
    while (c.state == NBT_CABLE_ASKING) {
        unsigned now = frames_at(&c, nbt_cable_due(&c), first, last);
        most = now > most ? now : most;
        n += now;
    }
    assert_int_equal(most, 100);
    assert_int_equal(n, 3 * 5000 + 100); /* the first are announced already */
}

static void hear(nbt_cable *c, nbt_time now, const char *hex)
{
    uint8_t frame[64];
    size_t n = hex_bytes(hex, frame, sizeof frame);
    assert_int_equal(nbt_cable_in(c, now, frame, n), NBT_CABLE_DROP);
}

static void test_taken(void **state)
{
    static const struct {
        const char *label, *frame;
        uint32_t ip; /* 0: not taken */
    } table[] = {
        { "it answers", PC1 PEER ARP "0002" PEER "0A4D0028" PC1 "00000000", 0x0A4D0028 },
        { "it asks others", ALL PEER ARP "0001" PEER "0A4D0029" NOBODY "0A4D0001", 0x0A4D0029 },
        { "it wants it, too", ALL PEER ARP "0001" PEER "00000000" NOBODY "0A4D0101", 0x0A4D0101 },
        { "it is asked for by others", ALL PEER ARP "0001" PEER "0A4D0001" NOBODY "0A4D0028", 0 },
        { "another is there", PC1 PEER ARP "0002" PEER "0A4D0001" PC1 "00000000", 0 },
        { "our own probe comes back", ALL PC1 ARP "0001" PC1 "00000000" NOBODY "0A4D0028", 0 },
        { "a datagram", PC1 PEER IP "0A4D0001 0A4D0028", 0 },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        nbt_cable c;
        uint8_t frame[NBT_CABLE_ARP_LEN];
        nbt_cable_init(&c, &cfg);
        nbt_cable_ask(&c, 0);
        hear(&c, NBT_MS(1), table[i].frame);
        hear(&c, NBT_MS(2), table[i].frame);
        while (c.state == NBT_CABLE_ASKING)
            (void)nbt_cable_tick(&c, nbt_cable_due(&c), frame);
        if (c.state != (table[i].ip ? NBT_CABLE_TAKEN : NBT_CABLE_UP))
            fail_msg("%s", table[i].label);
        assert_int_equal(c.ntaken, table[i].ip != 0);
        if (!table[i].ip)
            continue;
        assert_int_equal(c.taken[0].ip, table[i].ip);
        assert_hex(c.taken[0].mac, NBT_MAC_LEN, PEER);
        assert_int_equal(nbt_cable_due(&c), NBT_NEVER);
        assert_false(nbt_cable_tick(&c, NBT_S(100), frame));
    }
}

static void test_nothing_before_it_is_up(void **state)
{
    nbt_cable c;
    uint8_t frame[64];
    (void)state;
    nbt_cable_init(&c, &cfg);
    nbt_cable_ask(&c, 0);
    size_t n = hex_bytes(PEER INNER IP "0A4D0028 0A4D0001", frame, sizeof frame);
    assert_int_equal(nbt_cable_out(&c, frame, n), NBT_CABLE_DROP);
}

/* RFC 5227 2.4 (b): once in ten seconds; and of more than eight, eight are remembered. */
static void test_defence(void **state)
{
    static const struct {
        nbt_time at;
        nbt_cable_way way;
    } table[] = {
        { NBT_S(100), NBT_CABLE_REPLY },
        { NBT_S(100), NBT_CABLE_DROP },
        { NBT_S(110) - 1, NBT_CABLE_DROP },
        { NBT_S(110), NBT_CABLE_REPLY },
    };
    nbt_cable c;
    uint8_t frame[64];
    (void)state;
    settle(&c);
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        size_t n =
            hex_bytes(ALL PEER ARP "0001" PEER "0A4D002A" NOBODY "0A4D002A", frame, sizeof frame);
        assert_int_equal(nbt_cable_in(&c, table[i].at, frame, n), table[i].way);
    }
    assert_int_equal(c.conflicts, 4);
    assert_int_equal(c.ntaken, 1);
    for (uint8_t i = 0; i < 20; i++) {
        size_t n =
            hex_bytes(ALL PEER ARP "0002" PEER "0A4D002A" NOBODY "0A4D002A", frame, sizeof frame);
        frame[27] = i; /* the last octet of the sender's hardware address */
        (void)nbt_cable_in(&c, NBT_S(111), frame, n);
    }
    assert_int_equal(c.ntaken, NBT_CABLE_TAKEN_MAX);
}

static void test_news(void **state)
{
#define OTHER "525400654321"
    static const struct {
        const char *label, *frame, *news;
    } table[] = {
        { "he is new", ALL PEER IP "0A4D0001 0A4DFFFF", NULL },
        { "he is where he was", PC1 PEER IP "0A4D0001 0A4D0028", NULL },
        { "he has moved", ALL OTHER IP "0A4D0001 0A4DFFFF",
          INNER OTHER ARP "0001" OTHER "0A4D0001" NOBODY "0A4D0001" },
        { "which is told once", PC1 OTHER IP "0A4D0001 0A4D0028", NULL },
        { "back, and asks", ALL PEER ARP "0001" PEER "0A4D0001" NOBODY "0A4D0028",
          INNER PEER ARP "0001" PEER "0A4D0001" NOBODY "0A4D0001" },
        { "to others", "525400999999" OTHER IP "0A4D0001 0A4D0002", NULL },
        { "a probe is nobody's", ALL OTHER ARP "0001" OTHER "00000000" NOBODY "0A4D0001", NULL },
        { "another in his place", ALL OTHER IP "0B4D0001 0A4DFFFF", NULL },
        { "he was forgotten", ALL OTHER IP "0A4D0001 0A4DFFFF", NULL },
    };
    nbt_cable c;
    (void)state;
    settle(&c);
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        uint8_t frame[64], news[NBT_CABLE_ARP_LEN];
        size_t n = hex_bytes(table[i].frame, frame, sizeof frame);
        (void)nbt_cable_in(&c, NBT_S(100), frame, n);
        bool any = nbt_cable_news(&c, news);
        if (any != (table[i].news != NULL))
            fail_msg("%s", table[i].label);
        if (any)
            assert_hex(news, sizeof news, table[i].news);
        assert_false(nbt_cable_news(&c, news));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_out),
        NBT_TEST("", test_in),
        NBT_TEST("", test_every_truncation),
        NBT_TEST("", test_asking),
        NBT_TEST("", test_pace),
        NBT_TEST("", test_taken),
        NBT_TEST("", test_nothing_before_it_is_up),
        NBT_TEST("", test_defence),
        NBT_TEST("", test_news),
    };
    return cmocka_run_group_tests_name("cable", tests, NULL, NULL);
}
