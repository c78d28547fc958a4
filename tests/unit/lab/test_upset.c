/*
 * Which hosts of a scenario `nbtlab up` switches on, and how it is cut: every part of every number
 * of parts, which together are the whole.
 */
#include "tests/support/test.h"

#include "tools/lab/upset.h"

#include <stdio.h>
#include <unistd.h>

static const char file[] = "scenario lab \"a lab\"\n"
                           "network lan subnet=10.80.0.0/16\n"
                           "server WINS address=10.80.0.9\n"
                           "computer PC-%03 count=200 address=10.80.1.250 wins=10.80.0.9\n"
                           "computer GONE address=10.80.0.66 off\n"
                           "computer LAST address=10.80.2.194\n"
                           "host ROGUE address=10.80.0.99\n"
                           "echo E% count=200 on=PC-%03 name=E%<20>\n"
                           "program P on=LAST\n";

static int load(lab_upset *set, const char *text, uint32_t count, lab_shard shard)
{
    char path[] = "/tmp/nbtlab-upset-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(strlen(text), write(fd, text, strlen(text)));
    close(fd);
    int status = lab_upset_load(set, "test", path, count, shard, NULL);
    unlink(path);
    return status;
}

static void test_whole(void **state)
{
    (void)state;
    lab_upset set;
    assert_int_equal(HOST_OK, load(&set, file, 1, (lab_shard){ 1, 1 }));
    assert_int_equal(202, set.n);
    assert_int_equal(202, set.all);
    assert_int_equal(2, set.nrows);
    assert_true(set.row[0].ip == 0x0A500009 && set.row[0].count == 1);
    assert_true(set.row[1].ip == 0x0A5001FA && set.row[1].count == 201);
    assert_string_equal("WINS", set.s.host[set.host[0]].name);
    assert_string_equal("PC-200", set.s.host[set.host[200]].name);
    assert_string_equal("LAST", set.s.host[set.host[201]].name);
    lab_upset_free(&set);
}

/* In the file's order, each once, and none has two more than another. */
static void test_parts(void **state)
{
    (void)state;
    static const uint32_t cuts[] = { 1, 2, 3, 7, 64, 201, 202, 203, 1000 };
    for (size_t i = 0; i < LENGTH_OF(cuts); i++) {
        uint32_t n = cuts[i], seen = 0, addresses = 0;
        int last = -1;
        for (uint32_t k = 1; k <= n; k++) {
            lab_upset set;
            assert_int_equal(HOST_OK, load(&set, file, 1, (lab_shard){ k, n }));
            assert_int_equal(202, set.all);
            assert_true(set.n == 202 / n || set.n == 202 / n + 1);
            for (uint32_t h = 0; h < set.n; h++) {
                assert_true(set.host[h] > last);
                last = set.host[h];
            }
            for (size_t r = 0; r < set.nrows; r++)
                addresses += set.row[r].count;
            seen += set.n;
            lab_upset_free(&set);
        }
        assert_int_equal(202, seen);
        assert_int_equal(202, addresses);
    }
}

/* --count repeats those that no line with count= has made; programs stay with the first. */
static void test_repeated(void **state)
{
    (void)state;
    lab_upset set;
    assert_int_equal(HOST_OK, load(&set, file, 5, (lab_shard){ 1, 1 }));
    assert_int_equal(206, set.n);
    const scene_host *fifth = &set.s.host[set.host[205]];
    assert_string_equal("LAST5", fifth->name);
    assert_string_equal("LAST5", fifth->netbios);
    assert_int_equal(0x0A5002C6, fifth->adapter[0].ip);
    assert_true(fifth->row.nth == 5 && fifth->row.of == 5 && !fifth->row.label);
    assert_string_equal("LAST%", set.s.host[set.host[201]].row.label);
    const scene_program *p = &set.s.program[set.s.nprograms - 1];
    assert_string_equal("LAST1", set.s.host[p->host].name);
    assert_string_equal("PC-001", set.s.host[set.s.program[0].host].name);
    lab_upset_free(&set);
}

static void test_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        uint32_t count;
        int status;
    } table[] = {
        { "computer A address=10.0.0.1", 1, HOST_OK },
        { "computer A address=10.0.0.1 off", 1, HOST_USAGE },
        { "host A address=10.0.0.1", 1, HOST_USAGE },
        { "computer A address=10.0.0.1,10.0.0.2", 1, HOST_USAGE },
        { "komputer A address=10.0.0.1", 1, HOST_FOUND },
        { "computer A address=10.0.0.1", 254, HOST_OK },
        { "computer A address=10.0.0.1", 255, HOST_FOUND },
        { "computer A address=10.0.0.1\ncomputer B address=10.0.0.5", 4, HOST_OK },
        { "computer A address=10.0.0.1\ncomputer B address=10.0.0.5", 5, HOST_FOUND },
        { "computer ABCDEFGHIJKLMN address=10.0.0.1", 9, HOST_OK },
        { "computer ABCDEFGHIJKLMN address=10.0.0.1", 10, HOST_FOUND },
        { "computer ABCDEFGHIJKLMNOPQRSTUVWXYZABCDE address=10.0.0.1 netbios=A", 2, HOST_FOUND },
        { "network lan subnet=10.0.0.0/14\ncomputer A address=10.0.0.1\ncomputer B "
          "address=10.2.0.1",
          40000, HOST_FOUND },
    };
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        char text[256];
        lab_upset set;
        snprintf(text, sizeof text, "scenario x \"x\"\n%s\n", table[i].lines);
        int status = load(&set, text, table[i].count, (lab_shard){ 1, 1 });
        if (status != table[i].status)
            fail_msg("%s, %u times: %d", table[i].lines, table[i].count, status);
        lab_upset_free(&set);
    }
}

static void test_fits(void **state)
{
    (void)state;
    static const struct {
        uint32_t ip, mask;
        bool its_own, fits;
    } table[] = {
        { 0x0A500001, 0xFFFF0000, false, true },
        { 0x0A500001, 0xFFFFFF00, false, false }, /* 10.80.1.250 is elsewhere */
        { 0x0A500009, 0xFFFF0000, false, false }, /* that of WINS */
        { 0x0A500009, 0xFFFF0000, true, true },
        { 0x0A510001, 0xFFFF0000, false, false },
    };
    lab_upset set;
    assert_int_equal(HOST_OK, load(&set, file, 1, (lab_shard){ 1, 1 }));
    for (size_t i = 0; i < LENGTH_OF(table); i++) {
        host_err err;
        host_iface iface = { .ip = table[i].ip,
                             .mask = table[i].mask,
                             .broadcast = table[i].ip | ~table[i].mask };
        assert_int_equal(table[i].fits, lab_upset_fits(&set, &iface, table[i].its_own, &err));
    }
    lab_upset_free(&set);
}

static const struct CMUnitTest tests[] = {
    NBT_TEST("", test_whole), NBT_TEST("", test_parts), NBT_TEST("", test_repeated),
    NBT_TEST("", test_wrong), NBT_TEST("", test_fits),
};

NBT_MAIN("upset", tests)
