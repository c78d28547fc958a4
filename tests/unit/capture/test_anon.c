/*
 * Captures made anonymous: as many packets, of the same times and lengths, that say as many
 * messages of the same kinds; and no name, as text or encoded, and no address of before.
 */
#include "tests/support/test.h"

#include "capture/anon.h"
#include "capture/source.h"
#include "capture/tap.h"

#include <stdio.h>

enum { ROOM = 256 * 1024, PACKETS = 2048 };

static const char *const files[] = {
    "samba-browsing",
    "reproduce-clone",
    "fragments",
    "sessions",
    "malformed",
    "cut-and-tagged",
    "redirect",
    "samba-sessions",
    "tcp-137",
    "datagram-server",
    "two-owners",
    "samba-lookups",
    "reproduce-tcp-tcp-netbios-tcp",
};

typedef struct capture {
    size_t n, octets;
    cap_packet p[PACKETS];
    uint8_t b[ROOM];
} capture;

static void keep(capture *c, const cap_packet *p)
{
    assert_true(c->n < PACKETS && c->octets + p->bytes.n <= ROOM);
    c->p[c->n] = *p;
    if (p->bytes.n > 0)
        memcpy(c->b + c->octets, p->bytes.p, p->bytes.n);
    c->p[c->n++].bytes.p = c->b + c->octets;
    c->octets += p->bytes.n;
}

static void read_both(const char *name, capture *before, capture *after)
{
    char path[128], err[CAP_ERR_MAX];
    cap_anon_map m;
    cap_packet p;
    cap_anon_map_text(&m, "a key");
    snprintf(path, sizeof path, "fixtures/captures/%s.pcap", name);
    cap_source *s = cap_source_file(path, err);
    cap_anon *a = cap_anon_new(&m);
    assert_non_null(s);
    assert_non_null(a);
    before->n = before->octets = after->n = after->octets = 0;
    while (cap_source_next(s, &p) == CAP_PACKET) {
        keep(before, &p);
        assert_true(cap_anon_put(a, &p));
        while (cap_anon_next(a, &p))
            keep(after, &p);
    }
    cap_anon_end(a);
    while (cap_anon_next(a, &p))
        keep(after, &p);
    cap_anon_free(a);
    cap_source_free(s);
}

/* What each message is: its kind, and where it is wrong. */
static size_t kinds_of(const capture *c, char *to, size_t cap)
{
    size_t n = 0;
    cap_item item;
    cap_tap *t = cap_tap_new();
    assert_non_null(t);
    for (size_t i = 0; i <= c->n; i++) {
        if (i < c->n)
            cap_tap_put(t, &c->p[i]);
        else
            cap_tap_end(t);
        while (cap_tap_next(t, &item)) {
            char head[64] = "note";
            if (item.rc)
                snprintf(head, sizeof head, "%s", rc_text_kind(item.rc));
            else if (item.msg)
                snprintf(head, sizeof head, "%d %d %zu %d", item.msg->service, item.msg->err,
                         item.msg->err ? item.msg->err_at : item.msg->bytes.n,
                         item.msg->err || item.msg->service != NBT_SERVICE_NAME
                             ? 0
                             : (int)nbt_ns_kind_of(&item.msg->u.ns));
            n += (size_t)snprintf(to + n, cap - n, "%llu %s %s\n", (unsigned long long)item.number,
                                  head, item.note);
            assert_true(n < cap);
        }
    }
    cap_tap_free(t);
    return n;
}

static void test_all_is_said_as_before(void **state)
{
    (void)state;
    static capture before, after;
    static char a[ROOM], b[ROOM];
    for (size_t i = 0; i < LENGTH_OF(files); i++) {
        read_both(files[i], &before, &after);
        assert_int_equal(before.n, after.n);
        for (size_t k = 0; k < before.n; k++) {
            assert_int_equal(before.p[k].number, after.p[k].number);
            assert_int_equal(before.p[k].time, after.p[k].time);
            assert_int_equal(before.p[k].wire_len, after.p[k].wire_len);
            assert_int_equal(before.p[k].bytes.n, after.p[k].bytes.n);
        }
        assert_true(kinds_of(&before, a, sizeof a) > 0);
        kinds_of(&after, b, sizeof b);
        assert_string_equal(a, b);
    }
}

static bool holds(const capture *c, const uint8_t *p, size_t n)
{
    return memmem(c->b, c->octets, p, n) != NULL;
}

static void refuse_name(const capture *c, const char *name)
{
    uint8_t encoded[32], lower[16];
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++) {
        encoded[2 * i] = (uint8_t)('A' + (name[i] >> 4));
        encoded[2 * i + 1] = (uint8_t)('A' + (name[i] & 15));
        lower[i] = (uint8_t)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    }
    assert_false(holds(c, encoded, 2 * n));
    assert_false(holds(c, (const uint8_t *)name, n));
    assert_false(holds(c, lower, n));
}

static void test_nothing_is_left(void **state)
{
    (void)state;
    static const char *const names[] = { "ALPHA",   "BRAVO",   "CHARLIE", "NBTLAB", "CONSOLE",
                                         "CLIENT1", "CLIENT2", "ALICE",   "FRED",   "TAGGED",
                                         "SITE",    "GONE",    "Samba" };
    static capture before, after;
    for (size_t i = 0; i < LENGTH_OF(files); i++) {
        read_both(files[i], &before, &after);
        for (size_t k = 0; k < LENGTH_OF(names); k++)
            refuse_name(&after, names[k]);
        for (uint8_t k = 1; k < 8; k++) {
            const uint8_t lab[4] = { 10, 77, 0, k }, script[4] = { 10, 0, 0, k };
            assert_false(holds(&after, lab, 4));
            assert_false(holds(&after, script, 4));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_all_is_said_as_before),
        NBT_TEST("", test_nothing_is_left),
    };
    return cmocka_run_group_tests_name("anon", tests, NULL, NULL);
}
