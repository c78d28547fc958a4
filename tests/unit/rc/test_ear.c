/*
 * rc/ear.c: streams over UDP heard from outside. A story is a list of datagrams, in the order in
 * which they pass, and what is heard of each: where it belongs, and what it completes.
 */
#include "rc/ear.h"
#include "rc/text.h"
#include "tests/support/mem.h"
#include "tests/support/test.h"

#include <stdio.h>

enum { VIEWER, AGENT };

static const nbt_ep ends[] = { { 1, 5000 }, { 2, 1761 } };

typedef struct said {
    int who;
    rc_udp_kind kind;
    uint32_t number, ack;
    const char *hex;
    const char *heard; /* "next rc-keys@2", "again", "ahead 5" */
} said;

static const char *const kinds[] = { "", "cut ", "missing ", "unframed " };

static size_t put_piece(const rc_ear_piece *p, char *to, size_t cap)
{
    rc_packet m;
    if (p->kind == RC_EAR_MISSING || p->kind == RC_EAR_UNFRAMED)
        return (size_t)snprintf(to, cap, " %s%u", kinds[p->kind], p->count);
    rc_packet_rd(&m, p->bytes.p, p->bytes.n);
    assert_int_equal((size_t)p->bytes.p[-2] << 8 | p->bytes.p[-1],
                     p->kind == RC_EAR_MESSAGE ? p->bytes.n
                                               : (size_t)p->bytes.p[-2] << 8 | p->bytes.p[-1]);
    return (size_t)snprintf(to, cap, " %s%s@%u", kinds[p->kind], rc_text_kind(&m), p->number);
}

static void hear(rc_ear *e, const said *s, uint64_t packet, char *to, size_t cap)
{
    static const char *const places[] = { "next", "again", "ahead" };
    uint8_t bytes[RC_UDP_PIECE];
    uint32_t behind = 0;
    rc_ear_piece p;
    size_t n = hex_bytes(s->hex, bytes, sizeof bytes);
    rc_udp_seg seg = { s->kind, 2, s->number, s->ack, { n ? bytes : NULL, n } };
    rc_ear_place place = rc_ear_put(e, ends[s->who], ends[1 - s->who], &seg, packet, &behind);
    size_t at = (size_t)snprintf(to, cap, "%s", places[place]);
    if (place == RC_EAR_AHEAD)
        at += (size_t)snprintf(to + at, cap - at, " %u", behind);
    while (rc_ear_next(e, &p)) {
        assert_true(p.began > 0 && p.began <= packet);
        at += put_piece(&p, to + at, cap - at);
    }
}

static void story(const said *s, size_t n, const char *end)
{
    test_mem mem = { 0 };
    char heard[256];
    rc_ear *e = rc_ear_new(test_mem_of(&mem), 4);
    rc_ear_piece p;
    for (size_t i = 0; i < n; i++) {
        hear(e, &s[i], i + 1, heard, sizeof heard);
        print_message("%zu: %s\n", i + 1, heard);
        assert_string_equal(heard, s[i].heard);
    }
    size_t at = 0;
    heard[0] = '\0';
    rc_ear_end(e);
    while (rc_ear_next(e, &p))
        at += put_piece(&p, heard + at, sizeof heard - at);
    assert_string_equal(heard, end);
    rc_ear_free(e);
    assert_int_equal(mem.blocks, 0);
}

#define KEYS "0003 0107 61"
#define BYE "0003 010A 00"

static void test_in_order(void **state)
{
    static const said s[] = {
        { VIEWER, RC_UDP_OPEN, 0, 0, "", "next" },
        { AGENT, RC_UDP_OPENED, 0, 0, "", "next" },
        { VIEWER, RC_UDP_DATA, 0, 0, KEYS KEYS, "next rc-keys@2 rc-keys@7" },
        { AGENT, RC_UDP_ACK, 0, 10, "", "next" },
        { VIEWER, RC_UDP_DATA, 10, 0, "0003 01", "next" },
        { VIEWER, RC_UDP_DATA, 13, 0, "07 61" BYE, "next rc-keys@12 rc-bye@17" },
        { VIEWER, RC_UDP_CLOSE, 20, 0, "", "next" },
        { AGENT, RC_UDP_DATA, 0, 21, BYE, "next rc-bye@2" },
        { AGENT, RC_UDP_CLOSE, 5, 21, "", "next" },
        { VIEWER, RC_UDP_ACK, 21, 6, "", "next" },
        { VIEWER, RC_UDP_OPEN, 0, 0, "", "next" }, /* another stream of that number */
        { AGENT, RC_UDP_OPENED, 0, 0, "", "next" },
        { VIEWER, RC_UDP_DATA, 0, 0, KEYS, "next rc-keys@2" },
    };
    (void)state;
    story(s, LENGTH_OF(s), "");
}

static void test_again_and_ahead(void **state)
{
    static const said s[] = {
        { VIEWER, RC_UDP_OPEN, 0, 0, "", "next" },
        { VIEWER, RC_UDP_OPEN, 0, 0, "", "next" },
        { AGENT, RC_UDP_OPENED, 0, 0, "", "next" },
        { VIEWER, RC_UDP_DATA, 5, 0, BYE, "ahead 5" }, /* it overtook the other */
        { AGENT, RC_UDP_NAK, 0, 0, "", "next" },
        { VIEWER, RC_UDP_DATA, 0, 0, KEYS, "next rc-keys@2" },
        { VIEWER, RC_UDP_OPEN, 0, 0, "", "next" }, /* late: it changes nothing */
        { VIEWER, RC_UDP_DATA, 0, 0, KEYS, "again" },
        { VIEWER, RC_UDP_DATA, 0, 0, KEYS BYE, "next rc-bye@7" }, /* half of it is new */
        { VIEWER, RC_UDP_CLOSE, 10, 0, "", "next" },
        { VIEWER, RC_UDP_CLOSE, 10, 0, "", "again" },
    };
    (void)state;
    story(s, LENGTH_OF(s), "");
}

/* What is acknowledged was there, whether or not it was heard. */
static void test_missing(void **state)
{
    static const said s[] = {
        { VIEWER, RC_UDP_OPEN, 0, 0, "", "next" },
        { AGENT, RC_UDP_OPENED, 0, 0, "", "next" },
        { VIEWER, RC_UDP_DATA, 0, 0, "0009 0107", "next" },
        { VIEWER, RC_UDP_DATA, 11, 0, KEYS, "ahead 7" },
        { AGENT, RC_UDP_ACK, 0, 16, "", "next cut malformed-rc-message@2 missing 12" },
        { VIEWER, RC_UDP_DATA, 16, 0, "0102030405", "next unframed 5" },
        { VIEWER, RC_UDP_DATA, 21, 0, KEYS, "next rc-keys@23" }, /* found again */
        { VIEWER, RC_UDP_DATA, 26, 0, "0000", "next unframed 2" },
        { VIEWER, RC_UDP_DATA, 28, 0, "0009 01", "next unframed 3" },
        { VIEWER, RC_UDP_DATA, 31, 0, KEYS "0004 010761", "next rc-keys@33" },
    };
    static const said joined[] = {
        { AGENT, RC_UDP_ACK, 7, 1000, "", "next" },
        { VIEWER, RC_UDP_DATA, 1000, 7, "6162", "next unframed 2" },
        { VIEWER, RC_UDP_DATA, 1002, 7, KEYS, "next rc-keys@1004" },
        { AGENT, RC_UDP_ACK, 7, 90, "", "next" }, /* old */
        { AGENT, RC_UDP_DATA, 7, 1007, KEYS "0003", "next rc-keys@9" },
        { AGENT, RC_UDP_RESET, 0, 0, "", "next" },
    };
    (void)state;
    story(s, LENGTH_OF(s), " cut rc-keys@38");
    story(joined, LENGTH_OF(joined), "");
}

/* Numbers go on behind the largest. */
static void test_numbers_wrap(void **state)
{
    static const said s[] = {
        { VIEWER, RC_UDP_DATA, 0xFFFFFFFD, 0, KEYS, "next rc-keys@4294967295" },
        { VIEWER, RC_UDP_DATA, 2, 0, KEYS, "next rc-keys@4" },
        { VIEWER, RC_UDP_DATA, 0xFFFFFFFD, 0, KEYS, "again" },
        { VIEWER, RC_UDP_DATA, 9, 0, KEYS, "ahead 2" },
    };
    (void)state;
    story(s, LENGTH_OF(s), "");
}

static void test_the_longest_silent_gives_way(void **state)
{
    test_mem mem = { 0 };
    rc_ear *e = rc_ear_new(test_mem_of(&mem), 2);
    uint32_t behind;
    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        nbt_ep from = { 1, (uint16_t)(5000 + i) };
        rc_udp_seg seg = { RC_UDP_OPEN, i, 0, 0, { NULL, 0 } };
        assert_false(rc_ear_knows(e, from, ends[AGENT]));
        assert_int_equal(rc_ear_put(e, from, ends[AGENT], &seg, i, &behind), RC_EAR_NEXT);
        assert_true(rc_ear_knows(e, from, ends[AGENT]));
        assert_true(rc_ear_knows(e, ends[AGENT], from));
        assert_int_equal(mem.blocks, i == 0 ? 2 : 3);
    }
    rc_ear_free(e);
    assert_int_equal(mem.blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_in_order),
        NBT_TEST("", test_again_and_ahead),
        NBT_TEST("", test_missing),
        NBT_TEST("", test_numbers_wrap),
        NBT_TEST("", test_the_longest_silent_gives_way),
    };
    return cmocka_run_group_tests_name("ear", tests, NULL, NULL);
}
