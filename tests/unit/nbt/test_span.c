/*
 * Spans: the list is in order and without overlap, whatever is noted; and of every good message,
 * and every truncation of one, it is all that was read.
 */
#include "tests/support/samples.h"
#include "tests/support/test.h"

#include "nbt/span.h"

#include <stdio.h>

enum { ROOM = 16 };

/* "0+2 A, 2+3 B" */
static void assert_spans(const nbt_spans *s, const char *want)
{
    char got[512] = "";
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%zu+%zu %s", i > 0 ? ", " : "",
                              s->p[i].at, s->p[i].n, s->p[i].field);
    assert_string_equal(got, want);
}

static void test_what_is_noted(void **state)
{
    static const struct {
        const char *label;
        nbt_span noted[5];
        const char *list;
    } rows[] = {
        { "nothing", { { 0, 0, "A" } }, "" },
        { "one after the other", { { 0, 2, "A" }, { 2, 3, "B" } }, "0+2 A, 2+3 B" },
        { "with a gap", { { 0, 2, "A" }, { 4, 1, "B" } }, "0+2 A, 4+1 B" },
        { "pieces of one", { { 0, 1, "A" }, { 1, 4, "A" }, { 5, 1, "A" } }, "0+6 A" },
        { "the front of a region", { { 0, 9, "R" }, { 0, 2, "A" } }, "0+2 A, 2+7 R" },
        { "all of it", { { 0, 4, "R" }, { 0, 2, "A" }, { 2, 2, "B" } }, "0+2 A, 2+2 B" },
        { "its middle", { { 0, 9, "R" }, { 3, 2, "A" } }, "0+3 R, 3+2 A, 5+4 R" },
        { "beyond it", { { 0, 4, "R" }, { 2, 4, "A" }, { 6, 1, "B" } }, "0+2 R, 2+4 A, 6+1 B" },
        { "a region in a region",
          { { 0, 9, "R" }, { 1, 6, "S" }, { 1, 2, "A" }, { 3, 4, "B" }, { 7, 2, "C" } },
          "0+1 R, 1+2 A, 3+4 B, 7+2 C" },
        { "pieces of one in a region",
          { { 0, 4, "R" }, { 0, 1, "A" }, { 1, 2, "A" } },
          "0+3 A, 3+1 R" },
        { "into the next", { { 0, 4, "A" }, { 4, 4, "B" }, { 1, 5, "C" } }, "0+4 A, 4+4 B" },
    };
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        nbt_span room[ROOM];
        nbt_spans s;
        nbt_spans_init(&s, room, ROOM);
        print_message("%s\n", rows[i].label);
        for (size_t k = 0; k < LENGTH_OF(rows[i].noted) && rows[i].noted[k].field; k++)
            nbt_spans_add(&s, rows[i].noted[k].at, rows[i].noted[k].n, rows[i].noted[k].field);
        assert_spans(&s, rows[i].list);
    }
}

/* Without room, the region stays what it is. */
static void test_little_room(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 5; cap++) {
        nbt_span *room = malloc(cap * sizeof *room + 1);
        nbt_spans s;
        nbt_spans_init(&s, room, cap);
        nbt_spans_add(&s, 0, 9, "R");
        nbt_spans_add(&s, 0, 2, "A");
        nbt_spans_add(&s, 2, 2, "B");
        nbt_spans_add(&s, 4, 2, "C");
        assert_true(s.n <= cap);
        if (cap == 2)
            assert_spans(&s, "0+2 A, 2+7 R");
        if (cap == 3)
            assert_spans(&s, "0+2 A, 2+2 B, 4+5 R");
        free(room);
    }
}

static void check_message(nbt_service service, const uint8_t *bytes, size_t n)
{
    nbt_span room[256];
    nbt_spans s;
    nbt_msg m;
    size_t at = 0;
    nbt_spans_init(&s, room, LENGTH_OF(room));
    bool good = nbt_msg_rd_note(&m, service, bytes, n, &s);
    for (size_t i = 0; i < s.n; i++) {
        assert_true(s.p[i].at >= at && s.p[i].n > 0 && s.p[i].field[0]);
        assert_true(!good || s.p[i].at == at);
        at = s.p[i].at + s.p[i].n;
    }
    assert_true(good ? at == n : at <= n);
}

static void test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < good_samples_n + inexact_samples_n; i++) {
        const sample *s =
            i < good_samples_n ? &good_samples[i] : &inexact_samples[i - good_samples_n];
        size_t n;
        uint8_t *bytes = sample_bytes(s, &n);
        print_message("%s\n", s->label);
        for (size_t cut = 0; cut <= n; cut++) {
            uint8_t *exact = exact_copy(bytes, cut);
            check_message(s->service, exact, cut);
            free(exact);
        }
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        NBT_TEST("", test_what_is_noted),
        NBT_TEST("", test_little_room),
        NBT_TEST("", test_messages),
    };
    return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
